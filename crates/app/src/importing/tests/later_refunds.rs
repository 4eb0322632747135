//! Refunds that come in a later file than what they take back.

use super::overlap::{Books, row};

/// Number of the refund, tier, thousandths, and the number of the order that was found; by their order.
async fn found(books: &Books) -> Vec<(String, String, i64, Option<String>)> {
    let mut db = books.store.reader().await.unwrap();
    let sql = "SELECT r.refund_no, l.rule, l.quantity_milli, d.order_no FROM refund_line l JOIN refund r ON r.id = l.refund_id
        LEFT JOIN order_line s ON s.id = l.order_line_id LEFT JOIN order_doc d ON d.id = s.order_id
        WHERE l.batch_id NOT IN (SELECT batch_id FROM import_undone) ORDER BY r.occurred_at_ms, r.refund_no, d.order_no";
    sqlx::query_as(sql).fetch_all(&mut *db).await.unwrap()
}

fn line(refund: &str, rule: &str, pieces: i64, order: Option<&str>) -> (String, String, i64, Option<String>) {
    (refund.into(), rule.into(), pieces * 1_000, order.map(Into::into))
}

async fn state_of(books: &Books, order: &str) -> String {
    let mut db = books.store.reader().await.unwrap();
    let sql = "SELECT f.refund FROM order_fold f JOIN order_doc d ON d.id = f.order_id WHERE d.order_no = ? AND f.effective = 1";
    sqlx::query_scalar(sql).bind(order.to_owned()).fetch_one(&mut *db).await.unwrap()
}

fn without_customer(row: &str) -> String {
    row.replace(",c1,", ",,")
}

#[tokio::test]
async fn a_refund_finds_what_an_earlier_file_sold() {
    let mut books = Books::open().await;
    let sale = row("1", "AA", 5, "2026-03-02 10:00");
    let first = books.import(std::slice::from_ref(&sale)).await.0;
    let report = books.import(&[row("C2", "AA", -2, "2026-04-02 10:00")]).await.1;
    assert_eq!((report.matched_refund_lines, report.refund_lines), (1, 1));
    assert_eq!(found(&books).await, [line("C2", "same_purchase", 2, Some("1"))]);
    assert_eq!(state_of(&books, "1").await, "part");
    // What came back cannot come back again, in whatever file.
    books.import(&[row("C3", "AA", -4, "2026-04-03 10:00")]).await;
    books.import(&[row("C4", "AA", -1, "2026-04-04 10:00"), row("C5", "ZZ", -1, "2026-04-04 10:00")]).await;
    assert_eq!(
        found(&books).await[1..],
        [line("C3", "part_of_return", 1, None), line("C3", "part_of_return", 3, Some("1")), line("C4", "none", 1, None), line("C5", "none", 1, None)]
    );
    // What was undone was never sold.
    books.undo(first).await;
    books.import(&[row("C6", "AA", -1, "2026-04-05 10:00")]).await;
    assert_eq!(found(&books).await.last(), Some(&line("C6", "none", 1, None)));
    books.close().await;
}

#[tokio::test]
async fn a_file_that_overlaps_finds_what_is_left() {
    let mut books = Books::open().await;
    let (old, sale) = (row("1", "AA", 5, "2026-02-02 10:00"), row("2", "AA", 5, "2026-03-02 10:00"));
    let (back, again) = (row("C3", "AA", -2, "2026-03-03 10:00"), row("C4", "AA", -3, "2026-03-04 10:00"));
    books.import(&[old, sale.clone(), back.clone()]).await;
    books.import(&[sale, back, again]).await;
    assert_eq!(found(&books).await, [line("C3", "same_purchase", 2, Some("2")), line("C4", "same_purchase", 3, Some("2"))]);
    assert_eq!((state_of(&books, "1").await, state_of(&books, "2").await), ("none".into(), "all".into()));
    books.close().await;
}

#[tokio::test]
async fn a_refund_to_nobody_finds_a_sale_to_nobody_of_the_last_months() {
    let mut books = Books::open().await;
    let sales = ["2026-01-01 10:00", "2026-03-02 10:00"].map(|at| without_customer(&row(&at[..7].replace('-', ""), "AA", 1, at)));
    books.import(&[sales[0].clone(), sales[1].clone(), row("9", "AA", 1, "2026-04-01 10:00")]).await;
    let refund = |number: &str, at: &str| without_customer(&row(number, "AA", -1, at));
    books.import(&[refund("C1", "2026-04-02 10:00"), refund("C2", "2026-04-02 11:00")]).await;
    // The older sale was too long ago, and the third was somebody's.
    assert_eq!(found(&books).await, [line("C1", "no_customer", 1, Some("202603")), line("C2", "none", 1, None)]);
    books.close().await;
}

#[tokio::test]
async fn a_row_below_nothing_takes_back_what_the_order_of_its_number_sold() {
    let mut books = Books::open().await;
    let sale = without_customer(&row("77", "AA", 3, "2026-01-02 10:00"));
    books.import(&[sale, row("78", "AA", 3, "2026-06-01 10:00")]).await;
    // Half a year later, and no customer: the number says which.
    books.import_refunds(&[without_customer(&row("77", "AA", -1, "2026-07-02 10:00"))]).await;
    assert_eq!(found(&books).await, [line("77", "same_purchase", 1, Some("77"))]);
    assert_eq!(state_of(&books, "77").await, "part");
    books.close().await;
}

#[tokio::test]
async fn what_came_back_whole_comes_back_no_more_though_a_later_file_names_its_sale_again() {
    let mut books = Books::open().await;
    let (sale, back) = (row("1", "AA", 5, "2026-03-02 10:00"), row("C2", "AA", -5, "2026-03-03 10:00"));
    books.import(&[sale.clone(), back.clone()]).await;
    books.import(&[sale.clone(), back, row("C3", "AA", -1, "2026-03-04 10:00")]).await;
    books.import(&[sale, row("C4", "AA", -1, "2026-03-05 10:00")]).await;
    assert_eq!(found(&books).await, [line("C2", "same_purchase", 5, Some("1")), line("C3", "none", 1, None), line("C4", "none", 1, None)]);
    // What is open is found beside it, be it older.
    let (old, later) = (row("8", "BB", 2, "2026-01-02 10:00"), row("9", "BB", 2, "2026-02-02 10:00"));
    let whole = row("C10", "BB", -2, "2026-02-03 10:00");
    books.import(&[old, later.clone(), whole.clone()]).await;
    books.import(&[later, whole, row("C11", "BB", -1, "2026-03-06 10:00")]).await;
    assert_eq!(found(&books).await.last(), Some(&line("C11", "same_purchase", 1, Some("8"))));
    books.close().await;
}

#[tokio::test]
async fn one_sale_that_two_questions_find_is_one_sale() {
    let mut books = Books::open().await;
    let sale = row("77", "AA", 2, "2026-01-02 10:00");
    books.import(std::slice::from_ref(&sale)).await;
    // By its order's number without a customer, then by its customer; the file names the sale itself too.
    let by_number = without_customer(&row("77", "AA", -1, "2026-02-02 10:00"));
    books.import_refunds(&[sale, by_number, row("80", "AA", -1, "2026-02-03 10:00"), row("81", "AA", -1, "2026-02-04 10:00")]).await;
    assert_eq!(found(&books).await, [line("77", "same_purchase", 1, Some("77")), line("80", "same_purchase", 1, Some("77")), line("81", "none", 1, None)]);
    books.close().await;
}

#[tokio::test]
async fn sales_after_a_refund_do_not_crowd_out_the_one_before_it() {
    let mut books = Books::open().await;
    let mut sold = vec![row("1", "AA", 1, "2026-01-02 10:00")];
    sold.extend((0..300).map(|n| row(&format!("{}", 1_000 + n), "AA", 1, &format!("2026-03-{:02} {:02}:{:02}", 2 + n / 60, 9 + n % 12, n % 60))));
    books.import(&sold).await;
    // An older export comes after newer ones.
    books.import(&[row("C2", "AA", -1, "2026-01-03 10:00")]).await;
    assert_eq!(found(&books).await, [line("C2", "same_purchase", 1, Some("1"))]);
    books.close().await;
}

#[tokio::test]
async fn an_import_that_was_cut_off_takes_back_no_sale_of_the_books_a_second_time() {
    let mut books = Books::open().await;
    books.import(&[row("1", "AA", 5, "2026-01-02 10:00")]).await;
    let mut lines = vec![row("C2", "AA", -5, "2026-02-01 10:00")];
    lines.extend((0..9_000).map(|n| row(&format!("{}", 10_000 + n), "BB", 1, &format!("2026-02-{:02} 10:{:02}", 2 + n / 400, n % 60))));
    lines.push(row("C3", "AA", -1, "2026-03-01 10:00"));
    books.import_in_two_goes(&lines).await;
    assert_eq!(found(&books).await, [line("C2", "same_purchase", 5, Some("1")), line("C3", "none", 1, None)]);
    books.close().await;
}

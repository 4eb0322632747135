use super::{
    ImportPlan,
    gather::{HELD_LINES_MAX, LINES_PER_PART, LINES_PER_PART_BESIDE},
    run::{run, run_holding},
};
use crate::{
    trade_file::{self, FileKind},
    wire::ImportReport,
};
use domain::{BusinessDay, Channel, PersonId, StoreId};
use std::{path::Path, sync::Arc};
use store::{
    Founding, Queue, Store,
    keys::{Key, RootKey},
};
use uuid::Uuid;

mod later_refunds;
mod overlap;

const NOW_MS: i64 = 1_795_312_800_000;

async fn store_in(dir: &Path) -> Arc<Store> {
    let id = Uuid::from_u128(1);
    let founding = Founding { store_id: id, organisation_id: id, node_id: id, incarnation: id, kind: "own", now_ms: NOW_MS };
    Arc::new(Store::create(&dir.join("own"), RootKey::new(Key::new([1; 32]), StoreId(id), 1), &founding).await.unwrap())
}

fn plan(dir: &Path, lines: &[String], currency: &str) -> ImportPlan {
    let path = dir.join("trade.csv");
    let heading = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country";
    std::fs::write(&path, format!("{heading}\n{}\n", lines.join("\n"))).unwrap();
    ImportPlan {
        batch_id: *Uuid::from_u128(2).as_bytes(),
        organisation_id: Uuid::from_u128(1),
        mapping: trade_file::probe(&path, FileKind::Orders).unwrap().mapping,
        path,
        file_name: "trade.csv".into(),
        file_sha256: Vec::new(),
        source: "orders/tests".into(),
        shop_id: *Uuid::from_u128(3).as_bytes(),
        shop_name: String::new(),
        add_shops: false,
        currency: currency.into(),
        zone: "Europe/London".into(),
        day: BusinessDay::new("Europe/London", 0).unwrap(),
        channel: Channel::Import,
        actor: PersonId(Uuid::from_u128(4)),
        started_at_ms: NOW_MS,
        dry_run: false,
    }
}

fn line(invoice: usize) -> String {
    format!("{invoice},71053,LANTERN,2,2010-12-01 08:26:00,100,17850,United Kingdom")
}

/// How many orders the store counts, which is what the figures are made of.
async fn orders_in(store: &Store) -> i64 {
    let digests = store.canonical_digests().await.unwrap();
    digests.iter().find(|(table, _, _)| *table == "order_doc").unwrap().1
}

async fn imported(lines: &[String]) -> (ImportReport, i64) {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let report = run(&store, &plan(dir.path(), lines, "GBP"), &|_, _| true).await.unwrap();
    let orders = orders_in(&store).await;
    store.close().await.unwrap();
    (report, orders)
}

#[tokio::test]
async fn a_file_sorted_by_product_has_the_orders_of_one_sorted_by_time() {
    const ORDERS: usize = 900;
    const PRODUCTS: usize = 6;
    // The lines of an order must lie in different parts.
    const { assert!(ORDERS * PRODUCTS > 2 * LINES_PER_PART) };
    let line = |product: usize, order: usize| format!("{order},P{product},CUP,1,2010-12-01 08:26:00,2,17850,United Kingdom");
    let by_product: Vec<String> = (0..PRODUCTS).flat_map(|product| (1..=ORDERS).map(move |order| line(product, order))).collect();
    let by_order: Vec<String> = (1..=ORDERS).flat_map(|order| (0..PRODUCTS).map(move |product| line(product, order))).collect();
    let (one, two) = (imported(&by_product).await, imported(&by_order).await);
    assert_eq!((one.1, two.1), (900, 900));
    assert_eq!((one.0.orders, one.0.new_lines, one.0.sales_minor), (two.0.orders, two.0.new_lines, two.0.sales_minor));
}

#[tokio::test]
async fn a_line_that_repeats_another_of_its_invoice_is_kept_however_far_away() {
    let lines: Vec<String> = (1..=1_500).chain(1..=1_500).map(|n| line(536_000 + n)).collect();
    let (report, orders) = imported(&lines).await;
    assert_eq!((report.lines, report.new_lines, report.orders, report.repeated_lines, orders), (3_000, 3_000, 1_500, 1_500, 1_500));
    assert_eq!(report.sales_minor, 3_000 * 20_000);
}

#[tokio::test]
async fn a_file_whose_invoices_lie_too_scattered_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let lines: Vec<String> = (1..=20).chain(1..=20).map(|n| line(536_000 + n)).collect();
    let plan = plan(dir.path(), &lines, "GBP");
    let refused = run_holding(&store, &plan, &|_, _| true, 19).await.unwrap_err();
    assert!(refused.to_string().contains("sort the file by order number"), "{refused}");
    assert_eq!(run_holding(&store, &plan, &|_, _| true, HELD_LINES_MAX).await.unwrap().repeated_lines, 20);
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_import_that_was_stopped_tells_what_it_brought() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let lines: Vec<String> = (1..=30_000).map(|n| line(536_000 + n)).collect();
    let plan = plan(dir.path(), &lines, "GBP");
    let stopped = run(&store, &plan, &|rows, _| rows == 0).await.unwrap();
    let batch = store::import_rows::batches(&mut store.reader().await.unwrap()).await.unwrap().remove(0);
    assert!(batch.report.is_none());
    let so_far: ImportReport = serde_json::from_str(&batch.report_so_far.unwrap()).unwrap();
    assert!((1..30_000).contains(&so_far.new_lines), "{so_far:?}");
    assert_eq!((so_far.new_lines, so_far.lines), (stopped.new_lines, stopped.lines));
    assert_eq!(orders_in(&store).await, so_far.new_lines);
    let rest = run(&store, &plan, &|_, _| true).await.unwrap();
    assert_eq!((so_far.new_lines + rest.new_lines, rest.lines, orders_in(&store).await), (30_000, 30_000, 30_000));
    store.close().await.unwrap();
}

/// The lines of the entries that an import of so many wrote, while somebody asks for the writer or while nobody does.
async fn entries(lines: usize, somebody: bool) -> Vec<usize> {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let at_work = store.clone();
    let asking = somebody.then(|| {
        tokio::spawn(async move {
            loop {
                at_work.begin(Queue::Person).await.unwrap().commit_local().await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
    });
    let lines: Vec<String> = (1..=lines).map(|n| line(536_000 + n)).collect();
    run(&store, &plan(dir.path(), &lines, "GBP"), &|_, _| true).await.unwrap();
    if let Some(asking) = asking {
        asking.abort();
        let _ = asking.await;
    }
    let entries = store::journal::after(&mut store.reader().await.unwrap(), *Uuid::from_u128(1).as_bytes(), 0, 1_000).await.unwrap();
    let lines_of = |entry: &store::journal::Stored| {
        let changes = entry.changes().unwrap();
        changes.iter().find(|change| change.table().name == "order_line").map(|change| change.rows().len())
    };
    let lines = entries.iter().filter_map(lines_of).collect();
    store.close().await.unwrap();
    lines
}

#[tokio::test]
async fn beside_somebody_at_work_an_import_writes_in_small_parts() {
    let alone = entries(16_000, false).await;
    assert!(alone.iter().all(|lines| *lines == LINES_PER_PART), "{alone:?}");
    let beside = entries(16_000, true).await;
    assert_eq!(beside.iter().sum::<usize>(), 16_000);
    assert_eq!(beside.iter().rev().take(4).max(), Some(&LINES_PER_PART_BESIDE), "{beside:?}");
}

#[tokio::test]
async fn a_line_of_an_order_that_is_here_already_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    run(&store, &plan(dir.path(), &[line(536_365), line(536_366)], "GBP"), &|_, _| true).await.unwrap();
    let corrected = line(536_366).replace(",100,", ",90,");
    let mut later = plan(dir.path(), &[line(536_365), corrected], "GBP");
    later.batch_id = *Uuid::from_u128(9).as_bytes();
    let report = run(&store, &later, &|_, _| true).await.unwrap();
    assert_eq!((report.new_lines, report.grown_orders, report.warnings), (1, 1, 1));
    let finding = &report.findings[0];
    assert_eq!((finding.row, finding.reason.as_str(), finding.value.as_str()), (3, "order_grown", "536366"));
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_a_file_does_not_show_of_its_dates_and_columns_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let path = dir.path().join("trade.csv");
    let mut plan = plan(dir.path(), &[], "GBP");
    std::fs::write(&path, "Invoice,StockCode,Quantity,InvoiceDate,Price,Quantity\n1,A,2,3/4/2026,5,9\n2,A,2,3/5/2026,5,9\n").unwrap();
    plan.mapping = trade_file::probe(&path, FileKind::Orders).unwrap().mapping;
    let report = run(&store, &plan, &|_, _| true).await.unwrap();
    let told: Vec<(i64, &str, &str)> = report.findings.iter().map(|f| (f.row, f.reason.as_str(), f.value.as_str())).collect();
    assert_eq!(told, [(1, "date_order_uncertain", "3/4 → 03-04"), (1, "duplicate_column", "Quantity")]);
    assert_eq!(report.warnings, 2);
    std::fs::write(&path, "Invoice,StockCode,Quantity,InvoiceDate,Price\n").unwrap();
    let refused = run(&store, &plan, &|_, _| true).await.unwrap_err();
    assert!(refused.to_string().contains("no rows below"), "{refused}");
    store.close().await.unwrap();
}

/// What is told of a file of this text.
async fn told_of(text: &str) -> (ImportReport, Vec<(i64, String, String)>) {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let mut plan = plan(dir.path(), &[], "GBP");
    std::fs::write(&plan.path, text).unwrap();
    plan.mapping = trade_file::probe(&plan.path, FileKind::Orders).unwrap().mapping;
    let report = run(&store, &plan, &|_, _| true).await.unwrap();
    store.close().await.unwrap();
    let told = report.findings.iter().map(|f| (f.row, f.reason.clone(), f.value.clone())).collect();
    (report, told)
}

#[tokio::test]
async fn a_refund_is_one_however_its_quantity_is_written() {
    for quantity in ["-1", "(1)", "\u{2212}1", "－1"] {
        let (report, told) = told_of(&format!("Invoice,StockCode,Quantity,InvoiceDate,Price\n1,A,2,2026-03-14,10\nC2,A,{quantity},2026-03-15,10\n")).await;
        assert_eq!((report.sales_minor, report.refunds_minor, report.write_offs, told.len()), (2_000, 1_000, 0, 0), "{quantity}: {told:?}");
    }
}

#[tokio::test]
async fn a_file_whose_letters_mean_nothing_says_so() {
    let (report, told) = told_of("Invoice,StockCode,Quantity,InvoiceDate,Price\n1,A,2,2026-03-14,10\nC2,A,1,2026-03-15,10\nc3,A,2,2026-03-15,10\n").await;
    assert_eq!((report.sales_minor, report.refunds_minor, report.warnings), (5_000, 0, 1));
    assert_eq!(told, [(3, "letters_mean_nothing".to_owned(), "2".to_owned())]);
}

#[tokio::test]
async fn rows_that_are_too_short_are_told_and_a_file_that_was_cut_off_does_not_pass_for_a_whole_one() {
    let start = "Invoice,StockCode,Quantity,InvoiceDate,Price,Country,\n1,A,2,2026-03-14,10,UK\n2,A,2,2026-03-14,10\n3,A,2,2026-03-14,1";
    let (report, told) = told_of(start).await;
    assert_eq!((report.lines, report.rejected, report.sales_minor), (2, 1, 4_000));
    assert_eq!(told, [(3, "short_row".to_owned(), "2".to_owned()), (4, "cut_off".to_owned(), "1".to_owned())]);
    for end in ["\n", "\r\n", ",UK"] {
        let (report, _) = told_of(&format!("{start}{end}")).await;
        assert_eq!((report.lines, report.rejected), (3, 0), "{end:?}");
    }
}

#[tokio::test]
async fn amounts_have_the_decimals_of_the_shops_money() {
    for (currency, minor) in [("JPY", 200), ("GBP", 20_000), ("KWD", 200_000)] {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in(dir.path()).await;
        let report = run(&store, &plan(dir.path(), &[line(536_365)], currency), &|_, _| true).await.unwrap();
        assert_eq!((report.sales_minor, report.rejected), (minor, 0), "{currency}");
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn an_import_that_fails_midway_says_what_stays_and_how_it_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    // After whole parts have landed come orders that lie too scattered.
    let scattered = (9_001..=9_600).chain(9_001..=9_600);
    let lines: Vec<String> = (1..=9_000).chain(scattered).map(line).collect();
    let plan = plan(dir.path(), &lines, "GBP");
    let failed = run_holding(&store, &plan, &|_, _| true, 500).await.unwrap_err();
    assert_eq!(failed.code(), crate::Code::BadRequest);
    let landed = orders_in(&store).await;
    assert!(landed > 0 && failed.to_string().contains(&format!("{landed} lines were written before and stay")), "{failed}");
    store.close().await.unwrap();
}

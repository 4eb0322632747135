//! How SQLite goes about the questions: by a key, never through everything there is.

use super::*;
use crate::import_rows::{self, SoldTo};

/// The steps of a plan.
async fn plan_of(world: &mut World, text: &str) -> Vec<String> {
    let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"))).fetch_all(&mut world.db).await.unwrap();
    steps.into_iter().map(|(.., step)| step).collect()
}

/// Left to itself SQLite takes the index by amount and walks through every order there is.
#[tokio::test]
async fn the_largest_orders_of_a_month_are_looked_for_in_that_month() {
    let mut world = World::history(12).await;
    let month = OrderFilter { from: Some(date(2026, 5, 1)), to: Some(date(2026, 5, 31)), ..OrderFilter::default() };
    crate::read::sql::asked::take();
    let page = orders::order_page(&mut world.db, &month, OrderSort::LargestFirst, None, 50).await.unwrap().rows;
    assert!(page.is_sorted_by_key(|row| std::cmp::Reverse(row.payable_minor)));
    let asked = crate::read::sql::asked::take();
    let text = asked.iter().find(|text| text.contains("payable_minor k")).unwrap();
    let plan = plan_of(&mut world, text).await;
    assert!(plan.iter().any(|step| step.contains("order_fold_time (effective=? AND occurred_at_ms>? AND occurred_at_ms<?)")), "{text}\n{plan:?}");
}

/// Nearly every order is effective, which SQLite does not know: left to itself it walks through all of them to find the few that are named by their ids.
#[tokio::test]
async fn what_is_named_is_read_by_its_key() {
    let mut world = World::history(12).await;
    let refunded = OrderFilter { from: Some(FIRST), to: Some(date(2026, 5, 31)), refunded_in_period: true, ..OrderFilter::default() };
    let rows = orders::order_page(&mut world.db, &OrderFilter::default(), OrderSort::NewestFirst, None, 50).await.unwrap().rows;
    let back = orders::order_page(&mut world.db, &refunded, OrderSort::NewestFirst, None, 50).await.unwrap().rows;
    let ids: Vec<Uuid> = rows.iter().chain(&back).map(|row| row.id).collect();
    crate::read::sql::asked::take();
    orders::order_rows(&mut world.db, &ids).await.unwrap();
    orders::lone_rows(&mut world.db, &ids).await.unwrap();
    crate::read::refunded::given_back(&mut world.db, &ids, &refunded).await.unwrap();
    search::search(&mut world.db, "A0000", 5, &search::Within::everything()).await.unwrap();
    for id in ids {
        order::order_get(&mut world.db, id).await.unwrap();
    }
    for customer in world.customers.clone() {
        customers::customer_get(&mut world.db, customer, &[]).await.unwrap();
        let theirs = OrderFilter { customer: Some(customer), ..OrderFilter::default() };
        for sort in [OrderSort::OldestFirst, OrderSort::LargestFirst] {
            orders::order_page(&mut world.db, &theirs, sort, None, 5).await.unwrap();
        }
        orders::order_totals(&mut world.db, &Months::default(), &theirs, 0).await.unwrap();
        let (customer, shop, last) = (*customer.0.as_bytes(), *world.shops[0].0.as_bytes(), date(2026, 5, 31));
        for to in [
            SoldTo::Customer { customer, from: FIRST, to: last },
            SoldTo::Nobody { shop, price_micro: 1, from: FIRST, to: last },
            SoldTo::Number { shop, number: "A00001".into() },
        ] {
            import_rows::sold_before(&mut world.db, &[9; 16], world.skus[0].0.as_bytes(), &to).await.unwrap();
        }
    }
    orders::order_page(&mut world.db, &OrderFilter::default(), OrderSort::LargestFirst, None, 5).await.unwrap();
    let date = date(2026, 5, 12);
    let cut = day::DayCut { date, whole_hours: (0..15).collect(), running_hour: 15, to_ms: crate::read::span::instants(date, date).1, shops: Vec::new() };
    day::hours(&mut world.db, &cut).await.unwrap();
    day::new_customers(&mut world.db, &cut).await.unwrap();
    day::paid_by_channel(&mut world.db, &cut).await.unwrap();
    day::paid_lines(&mut world.db, &cut).await.unwrap();
    day::unshipped(&mut world.db, &[], cut.to_ms).await.unwrap();
    for text in crate::read::sql::asked::take() {
        let plan = plan_of(&mut world, &text).await;
        let walks = |step: &str| {
            step.contains("(effective=?)")
                || ["order_doc_customer", "customer_day_customer", "order_fold_amount"].iter().any(|index| step.starts_with("SCAN") && step.contains(index))
        };
        assert!(!plan.iter().any(|step| walks(step)), "{text}\n{plan:?}");
    }
}

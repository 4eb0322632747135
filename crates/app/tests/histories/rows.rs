//! The rows that a figure opens, asked for as the screen does: its own list and filter, page by page.

use crate::shop::Shop;
use serde_json::{Value, json};

/// Rows of a page: few, so that every list has several pages.
const PAGE: u32 = 7;

/// All rows of a list under a filter.
pub async fn all(shop: &Shop, list: &str, filter: &Value) -> Vec<Value> {
    let (command, sort, filter) = match list {
        "orders" => ("order_page", "newest_first", filter.clone()),
        "customers" => (
            "customer_page",
            "spent_most",
            json!({"text": null, "country": null, "shop_ids": filter["shop_ids"], "bought_from": filter["from"], "bought_to": filter["to"], "min_orders": null}),
        ),
        "products" => (
            "product_page",
            "sold_most",
            json!({"text": null, "category_ids": [], "shop_ids": filter["shop_ids"], "sold_from": filter["from"], "sold_to": filter["to"], "goods_only": true, "low_stock": false, "no_sale": false}),
        ),
        other => panic!("there is no list {other}"),
    };
    let (mut rows, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = shop.ask(command, json!({"filter": filter, "sort": sort, "after": after, "limit": PAGE})).await;
        rows.extend(page["rows"].as_array().unwrap().iter().cloned());
        after = page["next"].clone();
        if after.is_null() {
            return rows;
        }
    }
}

/// The sum of a column.
pub fn sum(rows: &[Value], column: &str) -> i64 {
    rows.iter().map(|row| row[column].as_i64().unwrap_or_else(|| panic!("no {column} in {row}"))).sum()
}

/// How many rows there are.
pub fn count(rows: &[Value]) -> i64 {
    i64::try_from(rows.len()).unwrap()
}

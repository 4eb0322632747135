//! The orders that have an article. Its movements of stock lead to them: `stock_movement_day` begins with the date and the article, and holds what a
//! movement belongs to. Lines that no movement leads to ([`domain::LineFlags::UNMOVED`]) stand in `sku_order`, in the same order. Both are walked day by
//! day, each day one step along the key.

use super::sql::Sql;
use crate::value::Value;
use domain::SkuId;
use jiff::civil::Date;
use uuid::Uuid;

/// Adds a query for their ids. It also names refunds by which the article came back: they are no orders.
pub(crate) fn orders(sql: &mut Sql, skus: &[Uuid]) {
    sql.add(MOVED).list(skus.iter().copied()).add(" WHERE m.ref_id IS NOT NULL UNION ALL ").add(UNMOVED).list(skus.iter().copied());
}

const MOVED: &str = "SELECT m.ref_id FROM (WITH RECURSIVE day(on_date) AS (SELECT min(business_date) FROM stock_movement UNION ALL
 SELECT (SELECT min(business_date) FROM stock_movement WHERE business_date > day.on_date) FROM day WHERE day.on_date IS NOT NULL) SELECT on_date FROM day WHERE on_date IS NOT NULL) d
 CROSS JOIN stock_movement m INDEXED BY stock_movement_day ON m.business_date = d.on_date AND m.sku_id IN ";
const UNMOVED: &str = "SELECT o.order_id FROM (WITH RECURSIVE day(on_date) AS (SELECT min(business_date) FROM sku_order UNION ALL
 SELECT (SELECT min(business_date) FROM sku_order WHERE business_date > day.on_date) FROM day WHERE day.on_date IS NOT NULL) SELECT on_date FROM day WHERE on_date IS NOT NULL) d
 CROSS JOIN sku_order o ON o.business_date = d.on_date AND o.sku_id IN ";

/// Begins a query with `o(order_id, on_date)`: the orders with an article on some days, each once; a movement on another day than its order's names it too.
/// `values` stand for the marks in `select`.
pub(crate) fn on_days(select: &str, values: impl IntoIterator<Item = Value>, sku: SkuId, from: Date, to: Date) -> Sql {
    let mut sql = Sql::new("WITH RECURSIVE day(on_date) AS (SELECT ");
    sql.arg(from.to_string()).add(" UNION ALL SELECT date(on_date, '+1 day') FROM day WHERE on_date < ").arg(to.to_string()).add(") ").add(select);
    for value in values {
        sql.bound(value);
    }
    sql.add(" FROM (SELECT m.ref_id order_id, t.on_date FROM day t CROSS JOIN stock_movement m INDEXED BY stock_movement_day ON m.business_date = t.on_date AND m.sku_id = ").arg(sku);
    sql.add(" WHERE m.ref_id IS NOT NULL UNION SELECT u.order_id, t.on_date FROM day t CROSS JOIN sku_order u ON u.business_date = t.on_date AND u.sku_id = ")
        .arg(sku);
    sql.add(") o");
    sql
}

//! What belongs to a customer: their orders and their days. Both lie month by month, so that the trade of a day changes few pages; each month is one step
//! along the index.

use super::{span::month, sql::Sql};
use crate::value::Value;
use domain::{CustomerId, SkuId};
use jiff::civil::Date;
use uuid::Uuid;

/// The months that have trade (`day_mark` has a row for each of their dates). The sign takes the column's affinity away, which the expression in the index
/// has not: SQLite would walk the whole index.
const MONTHS: &str = "(SELECT +month FROM day_mark)";

/// Adds a query for the ids of their orders.
pub(crate) fn orders(sql: &mut Sql, customers: &[Uuid]) {
    sql.add(&format!("SELECT id FROM order_doc INDEXED BY order_doc_customer WHERE substr(business_date, 1, 7) IN {MONTHS} AND customer_id IN "));
    sql.list(customers.iter().copied());
}

/// Begins a query over a customer's lines of an article on some days: `d` the order, `l` the line, `f` what the order folds to. `values` stand for the marks in
/// `select`; conditions follow.
pub(crate) fn each_line(select: &str, values: impl IntoIterator<Item = Value>, customer: CustomerId, sku: SkuId, (from, to): (Date, Date)) -> Sql {
    let mut sql = Sql::new(select);
    for value in values {
        sql.bound(value);
    }
    sql.add(" FROM order_doc d INDEXED BY order_doc_customer CROSS JOIN order_line l INDEXED BY order_line_order ON l.order_id = d.id AND l.sku_id = ")
        .arg(sku);
    sql.add(" CROSS JOIN order_fold f ON f.order_id = d.id WHERE substr(d.business_date, 1, 7) IN (SELECT +month FROM day_mark WHERE month >= ")
        .arg(month(from));
    sql.add(" AND month <= ").arg(month(to)).add(") AND d.business_date BETWEEN ").arg(from.to_string()).add(" AND ").arg(to.to_string());
    sql.add(" AND d.customer_id = ").arg(customer);
    sql
}

/// Begins a query over the days of customers (`customer_day`). Conditions and groups follow.
pub(crate) fn days(select: &str, customers: &[Uuid]) -> Sql {
    let mut sql = Sql::new(select);
    sql.add(&format!(" FROM customer_day INDEXED BY customer_day_customer WHERE substr(business_date, 1, 7) IN {MONTHS} AND customer_id IN "));
    sql.list(customers.iter().copied());
    sql
}

/// Begins a query over a customer's orders of some days: `d` the order, `f` what it folds to. Conditions follow.
pub(crate) fn on_days(select: &str, customer: CustomerId, from: Date, to: Date) -> Sql {
    let mut sql = Sql::new(select);
    sql.add(" FROM order_doc d INDEXED BY order_doc_customer CROSS JOIN order_fold f ON f.order_id = d.id WHERE substr(d.business_date, 1, 7) IN (SELECT +month FROM day_mark WHERE month BETWEEN substr(");
    sql.arg(from.to_string()).add(", 1, 7) AND substr(").arg(to.to_string()).add(", 1, 7)) AND d.customer_id = ").arg(customer);
    sql.add(" AND d.business_date BETWEEN ").arg(from.to_string()).add(" AND ").arg(to.to_string());
    sql
}

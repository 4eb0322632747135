//! Views of the order book in which the refunds of a period have a part.
//!
//! "By date of refund" shows the orders with a refund in the period, whatever their own date, and beside them the refunds that no sale was found for: so the
//! rows of a refund figure sum to it. Such a lone refund stands as a row with nothing due and nothing paid. "With refunds" shows the orders of the period as
//! well: what each row adds to net sales, less what its refunds of the period take away, sums to the net sales of the period.

use super::{
    orders::{Chosen, OrderFilter, narrow_orders, narrow_states, narrow_time},
    sql::{Sql, id, int},
};
use crate::Result;
use domain::{FulfilState, PayState, RefundState};
use sqlx::SqliteConnection;
use std::collections::HashMap;
use uuid::Uuid;

const KEY_COLUMNS: &str = "occurred_at_ms, payable_minor, paid_minor, pay, fulfil, refund, first_paid_at_ms, currency";

/// Orders with a refund in the period.
fn refunded_orders(sql: &mut Sql, filter: &OrderFilter, chosen: &Chosen) {
    sql.add(&format!(
        "SELECT f.order_id id, {}, 0 own, 0 lone, r.refunded_minor FROM (SELECT order_id, sum(amount_minor) refunded_minor FROM refund_fold WHERE effective = 1 AND order_id IS NOT NULL",
        key_columns()
    ));
    narrow_time(sql, filter, "", false);
    sql.add(" GROUP BY order_id) r CROSS JOIN order_fold f ON f.order_id = r.order_id WHERE f.effective = 1");
    if filter.with_refunds {
        sql.add(" AND NOT (1");
        narrow_time(sql, filter, "f.", false);
        sql.add(")");
    }
    narrow_states(sql, filter, chosen);
}

/// Refunds in the period that no sale was found for.
fn lone_refunds(sql: &mut Sql, filter: &OrderFilter, chosen: &Chosen) {
    sql.add(
        "SELECT r.refund_id id, r.occurred_at_ms, 0 payable_minor, 0 paid_minor, 'closed' pay, 'none' fulfil, 'all' refund, NULL first_paid_at_ms, r.currency, 0 own, 1 lone, r.amount_minor refunded_minor
         FROM refund_fold r WHERE r.effective = 1 AND NOT EXISTS (SELECT 1 FROM order_fold o WHERE o.order_id = r.order_id AND o.effective = 1)",
    );
    narrow_time(sql, filter, "r.", false);
    let fits = (filter.pay.is_empty() || filter.pay.contains(&PayState::Closed))
        && (filter.fulfil.is_empty() || filter.fulfil.contains(&FulfilState::None))
        && (filter.refund.is_empty() || filter.refund.contains(&RefundState::All))
        && filter.amount_min_minor.is_none_or(|least| least <= 0)
        && filter.amount_max_minor.is_none_or(|most| most >= 0)
        && filter.waiting_since_ms.is_none();
    if !fits {
        sql.add(" AND 0");
    }
    if let Some(customer) = filter.customer {
        sql.add(" AND r.customer_id = ").arg(customer);
    }
    if let Some(sku) = filter.sku {
        sql.add(" AND EXISTS (SELECT 1 FROM refund_line l WHERE l.refund_id = r.refund_id AND l.sku_id = ").arg(sku).add(")");
    }
    if let Some(batch) = filter.batch {
        sql.add(" AND (SELECT d.batch_id FROM refund d WHERE d.id = r.refund_id) = ").arg(batch);
    }
    if let Some(matches) = &chosen.text {
        sql.add(" AND (0");
        if let Some((from, to)) = &matches.numbers {
            sql.add(" OR (SELECT d.refund_no FROM refund d WHERE d.id = r.refund_id) BETWEEN ").arg(from.clone()).add(" AND ").arg(to.clone());
        }
        if !matches.customers.is_empty() {
            sql.add(" OR r.customer_id IN ").list(matches.customers.iter().copied());
        }
        if !matches.skus.is_empty() {
            sql.add(" OR EXISTS (SELECT 1 FROM refund_line l WHERE l.refund_id = r.refund_id AND l.sku_id IN ").list(matches.skus.iter().copied()).add(")");
        }
        sql.add(")");
    }
}

fn key_columns() -> String {
    KEY_COLUMNS.split(", ").map(|c| format!("f.{c}")).collect::<Vec<_>>().join(", ")
}

/// The rows of a view, each once: orders of the period where they are asked for, orders refunded in it, lone refunds.
pub(super) fn rows(sql: &mut Sql, filter: &OrderFilter, chosen: &Chosen) {
    if filter.with_refunds {
        sql.add(&format!("SELECT f.order_id id, {}, 1 own, 0 lone, f.refunded_minor FROM order_fold f WHERE f.effective = 1", key_columns()));
        narrow_orders(sql, filter, chosen);
        sql.add(" UNION ALL ");
    }
    refunded_orders(sql, filter, chosen);
    sql.add(" UNION ALL ");
    lone_refunds(sql, filter, chosen);
}

/// What was given back.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GivenBack {
    pub amount_minor: i64,
    /// Of it, what counts as returned goods, and their cost.
    pub goods_minor: i64,
    pub cost_minor: i64,
}

/// What was given back of some orders in the period.
pub(super) async fn given_back(db: &mut SqliteConnection, orders: &[Uuid], filter: &OrderFilter) -> Result<HashMap<Uuid, GivenBack>> {
    let mut sql = Sql::new(
        "SELECT order_id, sum(amount_minor) amount, sum(goods_minor) goods, sum(cost_minor) cost FROM refund_fold WHERE +effective = 1 AND order_id IN ",
    );
    sql.list(orders.iter().copied());
    narrow_time(&mut sql, filter, "", false);
    sql.add(" GROUP BY order_id");
    let read = |r| Ok((id(r, "order_id")?, GivenBack { amount_minor: int(r, "amount")?, goods_minor: int(r, "goods")?, cost_minor: int(r, "cost")? }));
    sql.rows(db).await?.iter().map(read).collect()
}

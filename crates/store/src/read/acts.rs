//! What an act on an order must know inside its own transaction.

use crate::Result;
use domain::{FulfilState, PayState, PersonId, RefundState, order::OrderState};
use sqlx::{Row as _, SqliteConnection};

/// An order as an act finds it.
#[derive(Debug, Clone)]
pub struct OrderFacts {
    pub state: OrderState,
    pub order_no: String,
    pub shop_id: [u8; 16],
    pub channel: String,
    pub customer_id: Option<[u8; 16]>,
    pub currency: String,
    pub zone: String,
    pub day_start_min: i64,
    pub refund_count: i64,
}

/// The state and the place of an order; `None` where it is not here or its import was undone.
///
/// # Errors
/// Where the database cannot be read.
pub async fn order_facts(db: &mut SqliteConnection, order_id: [u8; 16]) -> Result<Option<OrderFacts>> {
    let sql = "SELECT f.pay, f.fulfil, f.refund, f.paid_minor, f.refunded_minor, d.order_no, f.shop_id, f.channel, f.customer_id, f.currency, s.zone, s.day_start_min, \
               (SELECT count(*) FROM refund r WHERE r.order_id = f.order_id) \
               FROM order_fold f JOIN order_doc d ON d.id = f.order_id JOIN shop s ON s.id = f.shop_id WHERE f.order_id = ? AND f.effective = 1";
    let row = sqlx::query(sql).bind(order_id.to_vec()).fetch_optional(db).await?;
    Ok(row.map(|r| OrderFacts {
        state: OrderState {
            pay: PayState::from_word(r.get(0)).unwrap_or(PayState::Unpaid),
            fulfil: FulfilState::from_word(r.get(1)).unwrap_or(FulfilState::None),
            refund: RefundState::from_word(r.get(2)).unwrap_or(RefundState::None),
            paid_minor: r.get(3),
            refunded_minor: r.get(4),
        },
        order_no: r.get(5),
        shop_id: r.get::<Vec<u8>, _>(6).try_into().unwrap_or_default(),
        channel: r.get(7),
        customer_id: r.get::<Option<Vec<u8>>, _>(8).and_then(|b| b.try_into().ok()),
        currency: r.get(9),
        zone: r.get(10),
        day_start_min: r.get(11),
        refund_count: r.get(12),
    }))
}

/// Entries of this node looked at for what somebody did of late: more than the busiest counter makes in two days.
const ENTRIES_LOOKED_AT: i64 = 20_000;

/// When a person did an act of late on this node, the newest first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn moments(db: &mut SqliteConnection, actor: PersonId, kind: &str) -> Result<Vec<i64>> {
    let sql = "SELECT at_ms FROM (SELECT at_ms, kind, actor_id FROM journal WHERE node_id = (SELECT node_id FROM node) ORDER BY seq DESC LIMIT ?) WHERE kind = ? AND actor_id = ?";
    Ok(sqlx::query_scalar(sql).bind(ENTRIES_LOOKED_AT).bind(kind).bind(actor.bytes().to_vec()).fetch_all(db).await?)
}

/// Goods of an order that left the shelf when it was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    pub sku_id: [u8; 16],
    pub shop_id: [u8; 16],
    /// How many left: more than nothing.
    pub quantity_milli: i64,
}

/// What left the shelf when an order was placed, by SKU.
///
/// # Errors
/// Where the database cannot be read.
pub async fn gone_with_order(db: &mut SqliteConnection, order_id: [u8; 16]) -> Result<Vec<Gone>> {
    // By day, SKU and instant, which have an index; a movement's reference has none.
    let sql = "SELECT m.sku_id, m.shop_id, -sum(m.quantity_milli) FROM order_doc d CROSS JOIN stock_movement m ON m.business_date = d.business_date AND m.at_ms = d.occurred_at_ms AND m.sku_id IN (SELECT l.sku_id FROM order_line l WHERE l.order_id = d.id) \
               WHERE d.id = ? AND m.ref_id = d.id AND m.kind = 'sale' GROUP BY m.sku_id, m.shop_id HAVING sum(m.quantity_milli) < 0";
    let rows = sqlx::query(sql).bind(order_id.to_vec()).fetch_all(db).await?;
    Ok(rows
        .iter()
        .map(|r| Gone {
            sku_id: r.get::<Vec<u8>, _>(0).try_into().unwrap_or_default(),
            shop_id: r.get::<Vec<u8>, _>(1).try_into().unwrap_or_default(),
            quantity_milli: r.get(2),
        })
        .collect())
}

/// When the newest order was placed.
///
/// # Errors
/// Where the database cannot be read.
pub async fn last_order_ms(db: &mut SqliteConnection) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar("SELECT max(occurred_at_ms) FROM order_fold WHERE effective = 1").fetch_one(db).await?)
}

/// Orders of a business date, over all shops.
///
/// # Errors
/// Where the database cannot be read.
pub async fn orders_of_day(db: &mut SqliteConnection, date: &str) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT coalesce(sum(orders_created), 0) FROM sales_hour WHERE business_date = ?").bind(date).fetch_one(db).await?)
}

/// The person who founded the store.
///
/// # Errors
/// Where the database cannot be read.
pub async fn first_person(db: &mut SqliteConnection) -> Result<Option<[u8; 16]>> {
    let id: Option<Vec<u8>> = sqlx::query_scalar("SELECT id FROM credential ORDER BY created_at_ms, id LIMIT 1").fetch_optional(db).await?;
    Ok(id.and_then(|b| b.try_into().ok()))
}

//! One order with everything that belongs to it. A lone refund is read in the same form.

use super::{
    orders::{OrderRow, lone_rows, order_rows},
    sql::{Sql, id, int, maybe_int, maybe_text, text},
};
use crate::{Error, Result};
use domain::{LineFlags, SkuId, SkuKind, Tender};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub line_no: i64,
    pub sku_id: SkuId,
    pub code: String,
    pub name: String,
    pub kind: SkuKind,
    pub quantity_milli: i64,
    pub price_micro: i64,
    pub net_minor: i64,
    pub refunded_milli: i64,
    pub refunded_minor: i64,
    pub flags: LineFlags,
}

/// A step of the order on one axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub at_ms: i64,
    pub axis: String,
    pub to_state: String,
    pub reason: Option<String>,
    pub actor: Option<String>,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub at_ms: i64,
    pub tender: Tender,
    pub amount_minor: i64,
}

/// A refund of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: Uuid,
    pub refund_no: String,
    pub at_ms: i64,
    pub amount_minor: i64,
    pub reason: Option<String>,
    /// The rule by which its lines were matched to the sale; empty where it has none.
    pub rule: String,
}

/// An order in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub row: OrderRow,
    /// A refund without a sale, shown in an order's form.
    pub lone: bool,
    pub lines: Vec<Line>,
    pub payments: Vec<Payment>,
    pub refunds: Vec<Refund>,
    pub steps: Vec<Step>,
    pub goods_minor: i64,
    pub discount_minor: i64,
    pub freight_minor: i64,
    pub first_paid_at_ms: Option<i64>,
    /// The file that it came from.
    pub source: Option<String>,
}

/// Reads an order, or the refund of that id that no sale was found for.
///
/// # Errors
/// [`Error::NotFound`] where there is neither, or its import was undone.
pub async fn order_get(db: &mut SqliteConnection, order_id: Uuid) -> Result<Order> {
    if let Some(row) = order_rows(db, &[order_id]).await?.pop() {
        return whole_order(db, row).await;
    }
    let row = lone_rows(db, &[order_id]).await?.pop().ok_or(Error::NotFound)?;
    lone_refund(db, row).await
}

async fn whole_order(db: &mut SqliteConnection, row: OrderRow) -> Result<Order> {
    let mut sql = Sql::new(
        "SELECT d.discount_minor, d.freight_minor, f.goods_minor, f.first_paid_at_ms, b.file_name FROM order_doc d JOIN order_fold f ON f.order_id = d.id
         LEFT JOIN import_batch b ON b.id = d.batch_id WHERE d.id = ",
    );
    sql.arg(row.id);
    let doc = sql.row(db).await?;
    Ok(Order {
        lone: false,
        lines: lines(db, row.id).await?,
        payments: payments(db, row.id).await?,
        refunds: refunds(db, row.id).await?,
        steps: steps(db, row.id).await?,
        goods_minor: int(&doc, "goods_minor")?,
        discount_minor: int(&doc, "discount_minor")?,
        freight_minor: int(&doc, "freight_minor")?,
        first_paid_at_ms: maybe_int(&doc, "first_paid_at_ms")?,
        source: maybe_text(&doc, "file_name")?,
        row,
    })
}

async fn lone_refund(db: &mut SqliteConnection, row: OrderRow) -> Result<Order> {
    let mut sql = Sql::new(
        "SELECT row_number() OVER () line_no, l.sku_id, s.code, s.name, s.kind, l.quantity_milli, l.price_micro, 0 net_minor, l.quantity_milli refunded_milli, l.amount_minor refunded_minor, l.flags
         FROM refund_line l JOIN sku s ON s.id = l.sku_id WHERE l.refund_id = ",
    );
    sql.arg(row.id);
    let lines = read_lines(&sql.rows(db).await?)?;
    let mut sql = Sql::new(&format!("{REFUNDS} r.id = "));
    sql.arg(row.id);
    let refunds = read_refunds(&sql.rows(db).await?)?;
    let mut sql = Sql::new("SELECT b.file_name FROM refund r JOIN import_batch b ON b.id = r.batch_id WHERE r.id = ");
    sql.arg(row.id);
    let source = sql.first(db).await?.map(|r| text(&r, "file_name")).transpose()?;
    Ok(Order {
        lone: true,
        lines,
        payments: Vec::new(),
        refunds,
        steps: Vec::new(),
        goods_minor: 0,
        discount_minor: 0,
        freight_minor: 0,
        first_paid_at_ms: None,
        source,
        row,
    })
}

async fn lines(db: &mut SqliteConnection, order_id: Uuid) -> Result<Vec<Line>> {
    let mut sql = Sql::new(
        "SELECT l.line_no, l.sku_id, s.code, s.name, s.kind, l.quantity_milli, l.price_micro, l.net_minor, l.flags, coalesce(b.milli, 0) refunded_milli, coalesce(b.minor, 0) refunded_minor
         FROM order_line l JOIN sku s ON s.id = l.sku_id
         LEFT JOIN (SELECT x.order_line_id, sum(x.quantity_milli) milli, sum(x.amount_minor) minor FROM refund_line x JOIN refund_fold f ON f.refund_id = x.refund_id AND +f.effective = 1
           WHERE x.order_line_id IN (SELECT id FROM order_line WHERE order_id = ",
    );
    sql.arg(order_id).add(") GROUP BY x.order_line_id) b ON b.order_line_id = l.id WHERE l.order_id = ").arg(order_id).add(" ORDER BY l.line_no");
    read_lines(&sql.rows(db).await?)
}

fn read_lines(rows: &[sqlx::sqlite::SqliteRow]) -> Result<Vec<Line>> {
    rows.iter()
        .map(|r| {
            Ok(Line {
                line_no: int(r, "line_no")?,
                sku_id: id(r, "sku_id")?,
                code: text(r, "code")?,
                name: text(r, "name")?,
                kind: SkuKind::from_word(&text(r, "kind")?).unwrap_or(SkuKind::Other),
                quantity_milli: int(r, "quantity_milli")?,
                price_micro: int(r, "price_micro")?,
                net_minor: int(r, "net_minor")?,
                refunded_milli: int(r, "refunded_milli")?,
                refunded_minor: int(r, "refunded_minor")?,
                flags: LineFlags(int(r, "flags")?),
            })
        })
        .collect()
}

async fn payments(db: &mut SqliteConnection, order_id: Uuid) -> Result<Vec<Payment>> {
    let mut sql = Sql::new("SELECT paid_at_ms, tender, amount_minor FROM payment WHERE order_id = ");
    sql.arg(order_id).add(" ORDER BY paid_at_ms, id");
    sql.rows(db)
        .await?
        .iter()
        .map(|r| {
            Ok(Payment {
                at_ms: int(r, "paid_at_ms")?,
                tender: Tender::from_word(&text(r, "tender")?).unwrap_or(Tender::Unknown),
                amount_minor: int(r, "amount_minor")?,
            })
        })
        .collect()
}

const REFUNDS: &str = "SELECT r.id, r.refund_no, r.occurred_at_ms, r.amount_minor, r.reason, coalesce((SELECT l.rule FROM refund_line l WHERE l.refund_id = r.id LIMIT 1), '') rule
     FROM refund r JOIN refund_fold f ON f.refund_id = r.id AND +f.effective = 1 WHERE";

async fn refunds(db: &mut SqliteConnection, order_id: Uuid) -> Result<Vec<Refund>> {
    let mut sql = Sql::new(&format!("{REFUNDS} r.order_id = "));
    sql.arg(order_id).add(" ORDER BY r.occurred_at_ms, r.id");
    read_refunds(&sql.rows(db).await?)
}

fn read_refunds(rows: &[sqlx::sqlite::SqliteRow]) -> Result<Vec<Refund>> {
    rows.iter()
        .map(|r| {
            Ok(Refund {
                id: id(r, "id")?,
                refund_no: text(r, "refund_no")?,
                at_ms: int(r, "occurred_at_ms")?,
                amount_minor: int(r, "amount_minor")?,
                reason: maybe_text(r, "reason")?,
                rule: text(r, "rule")?,
            })
        })
        .collect()
}

async fn steps(db: &mut SqliteConnection, order_id: Uuid) -> Result<Vec<Step>> {
    let mut sql = Sql::new(
        "SELECT t.at_ms, t.axis, t.to_state, t.reason, c.name actor FROM order_transition t LEFT JOIN credential c ON c.id = t.actor_id WHERE t.order_id = ",
    );
    sql.arg(order_id).add(" ORDER BY t.at_ms, t.id");
    let rows = sql.rows(db).await?;
    rows.iter()
        .map(|r| {
            Ok(Step {
                at_ms: int(r, "at_ms")?,
                axis: text(r, "axis")?,
                to_state: text(r, "to_state")?,
                reason: maybe_text(r, "reason")?,
                actor: maybe_text(r, "actor")?,
            })
        })
        .collect()
}

//! One SKU with its stock, its months and what moved it.

use super::{
    products::{ProductRow, product_rows},
    sql::{Sql, int, maybe_int, maybe_text, text},
};
use crate::{Error, Result};
use domain::{ShopId, SkuId};
use sqlx::SqliteConnection;

/// Movements shown with a SKU, the newest first.
const MOVEMENTS_SHOWN: i64 = 50;
/// Months shown with a SKU, the newest last.
const MONTHS_SHOWN: i64 = 25;

/// Stock in a shop; absent until stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    pub shop_name: String,
    pub on_hand_milli: Option<i64>,
}

/// A month's sales in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    pub month: String,
    pub net_minor: i64,
}

/// A stock movement. The reference is an order's or refund's number, or a file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub at_ms: i64,
    pub shop_name: String,
    pub kind: String,
    pub quantity_milli: i64,
    pub reference: Option<String>,
}

/// A SKU in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub row: ProductRow,
    pub stock: Vec<Stock>,
    pub months: Vec<Month>,
    pub movements: Vec<Movement>,
}

/// Reads a SKU, with its stock and trade in some shops or, where none is named, in all.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn product_get(db: &mut SqliteConnection, sku: SkuId, shops: &[ShopId]) -> Result<Product> {
    let row = product_rows(db, &[sku.0], shops).await?.pop().ok_or(Error::NotFound)?;
    Ok(Product { row, stock: stock(db, sku, shops).await?, months: months(db, sku, shops).await?, movements: movements(db, sku, shops).await? })
}

async fn stock(db: &mut SqliteConnection, sku: SkuId, shops: &[ShopId]) -> Result<Vec<Stock>> {
    let mut sql = Sql::new(
        "SELECT h.name, b.on_hand_milli FROM shop h JOIN sku s ON s.currency = h.currency LEFT JOIN stock_balance b ON b.shop_id = h.id AND b.sku_id = s.id AND b.stated = 1 WHERE s.id = ",
    );
    sql.arg(sku).among("h.id", shops).add(" ORDER BY h.position, h.name");
    sql.rows(db).await?.iter().map(|r| Ok(Stock { shop_name: text(r, "name")?, on_hand_milli: maybe_int(r, "on_hand_milli")? })).collect()
}

/// Every month that has a row, found step by step along the key of `sku_month`.
const MONTHS: &str = "WITH RECURSIVE months(on_month) AS (SELECT max(month) FROM sku_month UNION ALL
 SELECT (SELECT max(month) FROM sku_month WHERE month < months.on_month) FROM months WHERE months.on_month IS NOT NULL) ";

async fn months(db: &mut SqliteConnection, sku: SkuId, shops: &[ShopId]) -> Result<Vec<Month>> {
    let mut sql = Sql::new(MONTHS);
    sql.add("SELECT * FROM (SELECT m.month, sum(m.net_minor) net FROM months CROSS JOIN shop h CROSS JOIN sku_month m ON m.month = months.on_month AND m.shop_id = h.id AND m.sku_id = ");
    sql.arg(sku).among("h.id", shops).add(" GROUP BY m.month ORDER BY m.month DESC LIMIT ").arg(MONTHS_SHOWN).add(") ORDER BY month");
    sql.rows(db).await?.iter().map(|r| Ok(Month { month: text(r, "month")?, net_minor: int(r, "net")? })).collect()
}

async fn movements(db: &mut SqliteConnection, sku: SkuId, shops: &[ShopId]) -> Result<Vec<Movement>> {
    // The newest first, day by day, so that little is read of an article that moves every day.
    let mut sql = Sql::new(
        "WITH RECURSIVE day(on_date) AS (SELECT max(business_date) FROM stock_movement UNION ALL
          SELECT (SELECT max(business_date) FROM stock_movement WHERE business_date < day.on_date) FROM day WHERE day.on_date IS NOT NULL),
         newest AS MATERIALIZED (SELECT m.id FROM day CROSS JOIN stock_movement m INDEXED BY stock_movement_day ON m.business_date = day.on_date AND m.sku_id = ",
    );
    sql.arg(sku)
        .add(" WHERE NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = m.batch_id)")
        .among("m.shop_id", shops)
        .add(" ORDER BY m.at_ms DESC, m.id DESC LIMIT ")
        .arg(MOVEMENTS_SHOWN)
        .add(
            ") SELECT m.at_ms, coalesce(h.name, '') shop_name, m.kind, m.quantity_milli, coalesce(o.order_no, r.refund_no, b.file_name) reference
         FROM newest n CROSS JOIN stock_movement m ON m.id = n.id LEFT JOIN shop h ON h.id = m.shop_id LEFT JOIN order_doc o ON o.id = m.ref_id
         LEFT JOIN refund r ON r.id = m.ref_id LEFT JOIN import_batch b ON b.id = m.batch_id ORDER BY m.at_ms DESC, m.id DESC",
        );
    let rows = sql.rows(db).await?;
    rows.iter()
        .map(|r| {
            Ok(Movement {
                at_ms: int(r, "at_ms")?,
                shop_name: text(r, "shop_name")?,
                kind: text(r, "kind")?,
                quantity_milli: int(r, "quantity_milli")?,
                reference: maybe_text(r, "reference")?,
            })
        })
        .collect()
}

//! Shops, categories, people's names and the dates between which there is trade.

use super::sql::{Sql, id, int, maybe_text, text};
use crate::Result;
use domain::{CategoryId, ShopId};
use sqlx::SqliteConnection;

/// A shop 门店.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    pub id: ShopId,
    pub name: String,
    pub zone: String,
    pub currency: String,
    pub day_start_min: i64,
    pub opens_hour: i64,
    pub closes_hour: i64,
    /// Of the row: a change of it becomes the next.
    pub version: i64,
    /// Its place among the shops.
    pub position: i64,
}

/// A category 分类.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub id: CategoryId,
    pub name: String,
}

/// All shops in the order that the owner gave them.
///
/// # Errors
/// Where the database cannot be read.
pub async fn shops(db: &mut SqliteConnection) -> Result<Vec<Shop>> {
    let rows = Sql::new("SELECT id, name, zone, currency, day_start_min, opens_hour, closes_hour, version, position FROM shop ORDER BY position, name, id")
        .rows(db)
        .await?;
    rows.iter()
        .map(|r| {
            Ok(Shop {
                id: id(r, "id")?,
                name: text(r, "name")?,
                zone: text(r, "zone")?,
                currency: text(r, "currency")?,
                day_start_min: int(r, "day_start_min")?,
                opens_hour: int(r, "opens_hour")?,
                closes_hour: int(r, "closes_hour")?,
                version: int(r, "version")?,
                position: int(r, "position")?,
            })
        })
        .collect()
}

/// All categories by name.
///
/// # Errors
/// Where the database cannot be read.
pub async fn categories(db: &mut SqliteConnection) -> Result<Vec<Category>> {
    let rows = Sql::new("SELECT id, name FROM category ORDER BY name, id").rows(db).await?;
    rows.iter().map(|r| Ok(Category { id: id(r, "id")?, name: text(r, "name")? })).collect()
}

/// The first and last business date with trade in these shops; `None` where there is none.
///
/// # Errors
/// Where the database cannot be read.
pub async fn trade_dates(db: &mut SqliteConnection, shops: &[ShopId]) -> Result<Option<(String, String)>> {
    let end = |way: &str| {
        let mut sql = Sql::new("SELECT business_date d FROM sales_hour WHERE (orders_created <> 0 OR refunds <> 0)");
        super::span::narrow_places(&mut sql, "", shops, &[]);
        sql.add(&format!(" ORDER BY business_date {way} LIMIT 1"));
        sql
    };
    let first = end("ASC").first(db).await?;
    let last = end("DESC").first(db).await?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(None) };
    Ok(maybe_text(&first, "d")?.zip(maybe_text(&last, "d")?))
}

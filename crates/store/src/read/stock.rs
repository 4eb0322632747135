//! The value of the stock over a period: what turnover is divided by.

use super::{
    span::{Span, narrow_places},
    sql::{Sql, int},
};
use crate::Result;
use sqlx::SqliteConnection;

/// Stock at cost. Only goods whose stock is stated count, and only those with a cost have a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StockValue {
    /// Goods (by shop) whose stock is stated, and how many of them have a cost.
    pub stated: i64,
    pub costed: i64,
    /// Mean of the values at the close of each day of the period.
    pub average_minor: i64,
}

/// Works out the mean value: from what is on hand now back through every movement since the period began.
///
/// With V(d) the value at the close of day d and Δ(e) what day e changed, V(d) = V(now) − Σ Δ(e) over e > d; the mean is taken over the period's days.
///
/// # Errors
/// Where the database cannot be read.
pub async fn average_value(db: &mut SqliteConnection, span: &Span) -> Result<StockValue> {
    let mut sql = Sql::new(
        "SELECT count(*) stated, count(s.cost_minor) costed, coalesce(sum(b.on_hand_milli * s.cost_minor), 0) value FROM stock_balance b JOIN sku s ON s.id = b.sku_id WHERE b.stated = 1 AND s.kind = 'goods'",
    );
    narrow_places(&mut sql, "b.", &span.shops, &[]);
    let row = sql.row(db).await?;
    let (stated, costed, now_value) = (int(&row, "stated")?, int(&row, "costed")?, int(&row, "value")?);
    let days = i128::from(span.days());
    if costed == 0 || days == 0 {
        return Ok(StockValue { stated, costed, average_minor: 0 });
    }
    let from_day = julian(db, &span.from.to_string()).await?;
    let to_day = julian(db, &span.to.to_string()).await?;
    let mut total = i128::from(now_value) * days;
    for (day, change) in changes(db, span).await? {
        // The days of the period at whose close this change had not happened yet.
        let before = if day > to_day { days } else { i128::from(day - from_day) };
        total -= i128::from(change) * before;
    }
    let average = total / days / 1000;
    Ok(StockValue { stated, costed, average_minor: i64::try_from(average).unwrap_or(0) })
}

async fn julian(db: &mut SqliteConnection, date: &str) -> Result<i64> {
    let mut sql = Sql::new("SELECT CAST(julianday(");
    sql.arg(date).add(") + 0.5 AS INTEGER) day");
    int(&sql.row(db).await?, "day")
}

/// By day after the period's first, what the stock's value changed by, in thousandths of a minor unit.
async fn changes(db: &mut SqliteConnection, span: &Span) -> Result<Vec<(i64, i64)>> {
    let from = span.from.to_string();
    let mut sql = Sql::new(
        "WITH b AS MATERIALIZED (SELECT b.sku_id, b.shop_id, s.cost_minor cost FROM stock_balance b JOIN sku s ON s.id = b.sku_id WHERE b.stated = 1 AND s.kind = 'goods' AND s.cost_minor IS NOT NULL",
    );
    narrow_places(&mut sql, "b.", &span.shops, &[]);
    sql.add(
        ") SELECT CAST(julianday(business_date) + 0.5 AS INTEGER) day, sum(change) change FROM (
         SELECT d.business_date, (d.refund_units_milli - d.units_milli) * b.cost change FROM sku_day d JOIN b ON b.sku_id = d.sku_id AND b.shop_id = d.shop_id WHERE d.business_date > ",
    );
    sql.arg(from.clone()).add(
        " UNION ALL SELECT m.business_date, m.quantity_milli * b.cost FROM stock_movement m JOIN b ON b.sku_id = m.sku_id AND b.shop_id = m.shop_id
         WHERE m.kind NOT IN ('sale', 'sale_return') AND m.kind <> 'reversal' AND NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = m.batch_id) AND m.business_date > ",
    );
    sql.arg(from).add(") GROUP BY business_date");
    sql.rows(db).await?.iter().map(|r| Ok((int(r, "day")?, int(r, "change")?))).collect()
}

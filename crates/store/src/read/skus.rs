//! Goods of a period: which sold most and least, how many sold at all.

use super::{
    span::Span,
    sql::{Sql, id, int, text},
};
use crate::Result;
use domain::SkuId;
use sqlx::SqliteConnection;

/// A SKU's part of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkuSum {
    pub id: SkuId,
    pub code: String,
    pub name: String,
    pub units_milli: i64,
    pub net_minor: i64,
    pub refund_units_milli: i64,
    pub refund_minor: i64,
}

/// The goods that sold most and, of those that sold, least, by what remained of their sales after refunds.
///
/// # Errors
/// Where the database cannot be read.
pub async fn ranking(db: &mut SqliteConnection, span: &Span, limit: i64) -> Result<(Vec<SkuSum>, Vec<SkuSum>)> {
    let mut sql =
        Sql::new("WITH u AS (SELECT sku_id, sum(units_milli) units, sum(net_minor) net, sum(refund_units_milli) back_units, sum(refund_minor) back FROM (");
    if span.channels.is_empty() {
        span.sku_rows(&mut sql, None)
    } else {
        line_rows(&mut sql, span)
    }
    sql.add(
        ") GROUP BY sku_id), r AS MATERIALIZED (SELECT u.*, s.code, s.name, row_number() OVER (ORDER BY u.net - u.back DESC, s.id) best, row_number() OVER (ORDER BY u.net - u.back, s.id DESC) worst
         FROM u JOIN sku s ON s.id = u.sku_id WHERE s.kind = 'goods' AND u.units > 0)
         SELECT * FROM r WHERE best <= ",
    );
    sql.arg(limit).add(" OR worst <= ").arg(limit).add(" ORDER BY best");
    let (mut best, mut worst) = (Vec::new(), Vec::new());
    for row in &sql.rows(db).await? {
        let sum = SkuSum {
            id: id(row, "sku_id")?,
            code: text(row, "code")?,
            name: text(row, "name")?,
            units_milli: int(row, "units")?,
            net_minor: int(row, "net")?,
            refund_units_milli: int(row, "back_units")?,
            refund_minor: int(row, "back")?,
        };
        if int(row, "worst")? <= limit {
            worst.insert(0, sum.clone());
        }
        if int(row, "best")? <= limit {
            best.push(sum);
        }
    }
    Ok((best, worst))
}

/// The same rows from the facts, for channels, which the rollups by SKU do not know.
fn line_rows(sql: &mut Sql, span: &Span) {
    let (from_ms, to_ms) = super::span::instants(span.from, span.to);
    sql.add(
        "SELECT l.sku_id, l.quantity_milli units_milli, l.net_minor, 0 refund_units_milli, 0 refund_minor, coalesce(l.cost_minor, 0) cost_minor
         FROM order_fold f CROSS JOIN order_line l ON l.order_id = f.order_id WHERE f.effective = 1 AND f.pay <> 'closed' AND f.occurred_at_ms BETWEEN ",
    );
    sql.arg(from_ms).add(" AND ").arg(to_ms);
    span.narrow(sql, "f.");
    sql.add(
        " UNION ALL SELECT l.sku_id, 0, 0, l.quantity_milli, l.amount_minor, -coalesce(l.cost_minor, 0) FROM refund_fold f CROSS JOIN refund_line l ON l.refund_id = f.refund_id WHERE f.effective = 1",
    );
    span.narrow(sql, "f.");
}

/// Goods that sold, and goods that sold or are stated to be in stock. `stated` is how many have stated stock at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Active {
    pub sold: i64,
    pub sold_or_here: i64,
    pub stated: i64,
}

/// Counts the goods that sold in a period.
///
/// # Errors
/// Where the database cannot be read.
pub async fn active(db: &mut SqliteConnection, span: &Span) -> Result<Active> {
    let mut sql = Sql::new("WITH sold AS MATERIALIZED (SELECT sku_id FROM (");
    span.sku_rows(&mut sql, None);
    sql.add(
        ") GROUP BY sku_id HAVING sum(units_milli) > 0), here AS MATERIALIZED (SELECT sku_id, sum(on_hand_milli) on_hand FROM stock_balance WHERE stated = 1",
    );
    super::span::narrow_places(&mut sql, "", &span.shops, &[]);
    sql.add(
        " GROUP BY sku_id) SELECT (SELECT count(*) FROM sold JOIN sku s ON s.id = sold.sku_id WHERE s.kind = 'goods') sold,
         (SELECT count(*) FROM here) stated,
         (SELECT count(*) FROM (SELECT sku_id FROM sold UNION SELECT sku_id FROM here WHERE on_hand > 0) a JOIN sku s ON s.id = a.sku_id WHERE s.kind = 'goods') either",
    );
    let row = sql.row(db).await?;
    Ok(Active { sold: int(&row, "sold")?, sold_or_here: int(&row, "either")?, stated: int(&row, "stated")? })
}

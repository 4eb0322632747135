//! Goods of a period: which sold most and least, how many sold at all.

use super::{
    goods::{Goods, SkuSums},
    months::Months,
    span::Span,
    sql::{Sql, id, text},
};
use crate::Result;
use domain::SkuId;
use sqlx::{Row as _, SqliteConnection};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

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

/// What the articles of a period sold, read once for everything that is said of them.
#[derive(Debug)]
pub struct Sold {
    goods: Goods,
    span: Span,
}

/// Reads what the articles of a period sold.
///
/// # Errors
/// Where the database cannot be read.
pub async fn sold(db: &mut SqliteConnection, kept: &Months, span: &Span) -> Result<Sold> {
    // The rollups by SKU do not know channels.
    let goods = if span.channels.is_empty() { Goods::read(db, kept, span).await? } else { Goods::default() };
    Ok(Sold { goods, span: span.clone() })
}

/// The goods that sold most and, of those that sold, least, by what remained of their sales after refunds.
///
/// # Errors
/// Where the database cannot be read.
pub async fn ranking(db: &mut SqliteConnection, kept: &Months, sold: &Sold, limit: usize) -> Result<(Vec<SkuSum>, Vec<SkuSum>)> {
    let mut ranked: Vec<(Uuid, SkuSums)> = if sold.span.channels.is_empty() {
        let (numbers, sums): (Vec<u32>, Vec<SkuSums>) = sold.goods.all().filter(|(_, sums)| sums.units_milli > 0).unzip();
        kept.skus.ids(numbers).into_iter().zip(sums).collect()
    } else {
        sold_through(db, &sold.span).await?.into_iter().filter(|(_, sums)| sums.units_milli > 0).collect()
    };
    ranked.sort_unstable_by_key(|(id, sums)| (std::cmp::Reverse(sums.kept_minor()), *id));
    let best = first_goods(db, ranked.iter(), limit).await?;
    let worst = first_goods(db, ranked.iter().rev(), limit).await?;
    Ok((best, worst))
}

/// The first that are goods, in their order.
async fn first_goods<'a>(db: &mut SqliteConnection, ranked: impl Iterator<Item = &'a (Uuid, SkuSums)> + Send, limit: usize) -> Result<Vec<SkuSum>> {
    /// Asked for at once: of what sells, few are no goods.
    const LOOKED_UP: usize = 64;
    let mut ranked = ranked.copied();
    let mut found = Vec::new();
    loop {
        let part: Vec<(Uuid, SkuSums)> = ranked.by_ref().take(LOOKED_UP).collect();
        if part.is_empty() || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
        let mut sql = Sql::new("SELECT id, code, name FROM sku WHERE kind = 'goods' AND id IN ");
        sql.list(part.iter().map(|(id, _)| *id));
        let mut names: HashMap<Uuid, (String, String)> = HashMap::new();
        for row in &sql.rows(db).await? {
            names.insert(id(row, "id")?, (text(row, "code")?, text(row, "name")?));
        }
        for (id, sums) in part {
            let Some((code, name)) = names.remove(&id) else { continue };
            let SkuSums { units_milli, net_minor, refund_units_milli, refund_minor } = sums;
            found.push(SkuSum { id: id.into(), code, name, units_milli, net_minor, refund_units_milli, refund_minor });
        }
    }
}

/// What each article sold through some channels.
async fn sold_through(db: &mut SqliteConnection, span: &Span) -> Result<Vec<(Uuid, SkuSums)>> {
    let mut sql = Sql::new("SELECT sku_id, sum(units_milli), sum(net_minor), sum(refund_units_milli), sum(refund_minor) FROM (");
    line_rows(&mut sql, span);
    sql.add(") GROUP BY sku_id");
    let mut sold = Vec::new();
    sql.each(db, |row| {
        sold.push((row.try_get(0)?, SkuSums::read(row, 1)?));
        Ok(())
    })
    .await?;
    Ok(sold)
}

/// The rows of the facts, for channels, which the rollups by SKU do not know.
fn line_rows(sql: &mut Sql, span: &Span) {
    let (from_ms, to_ms) = super::span::instants(span.from, span.to);
    sql.add(
        "SELECT l.sku_id, l.quantity_milli units_milli, l.net_minor, 0 refund_units_milli, 0 refund_minor
         FROM order_fold f CROSS JOIN order_line l ON l.order_id = f.order_id WHERE f.effective = 1 AND f.pay <> 'closed' AND f.occurred_at_ms BETWEEN ",
    );
    sql.arg(from_ms).add(" AND ").arg(to_ms);
    span.narrow(sql, "f.");
    sql.add(
        " UNION ALL SELECT l.sku_id, 0, 0, l.quantity_milli, l.amount_minor FROM refund_fold f CROSS JOIN refund_line l ON l.refund_id = f.refund_id WHERE f.effective = 1",
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
pub async fn active(db: &mut SqliteConnection, kept: &Months, sold: &Sold) -> Result<Active> {
    let others = other_articles(db).await?;
    let sold_numbers = kept.skus.in_table(db, "sku", sold.goods.sold()).await?;
    let mut goods: HashSet<Uuid> = kept.skus.ids(sold_numbers).into_iter().filter(|id| !others.contains(id)).collect();
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let sold_count = count(goods.len());
    let mut here = Sql::new("SELECT sku_id, sum(on_hand_milli) > 0 FROM stock_balance INDEXED BY stock_balance_stated WHERE stated = 1");
    super::span::narrow_places(&mut here, "", &sold.span.shops, &[]);
    here.add(" GROUP BY sku_id");
    let (mut stated, mut in_stock) = (0, Vec::new());
    here.each(db, |row| {
        stated += 1;
        if row.try_get(1)? {
            in_stock.push(kept.skus.number(row.try_get(0)?));
        }
        Ok(())
    })
    .await?;
    let in_stock = kept.skus.in_table(db, "sku", in_stock).await?;
    goods.extend(kept.skus.ids(in_stock).into_iter().filter(|id| !others.contains(id)));
    Ok(Active { sold: sold_count, sold_or_here: count(goods.len()), stated })
}

/// The articles that are no goods: postage, fees and the like, a few dozen.
async fn other_articles(db: &mut SqliteConnection) -> Result<HashSet<Uuid>> {
    Sql::new("SELECT id FROM sku INDEXED BY sku_other WHERE kind <> 'goods'").rows(db).await?.iter().map(|row| id(row, "id")).collect()
}

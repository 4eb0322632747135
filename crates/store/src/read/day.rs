//! One day up to a minute: whole hours from the rollup, the running hour from the folded orders.

use super::{
    orders::OVERDUE_MS,
    sales::{SUMS, Sums, read_sums},
    span::{instants, narrow_places},
    sql::{Sql, id, int, maybe_id, maybe_int, maybe_text, text, word},
};
use crate::{Error, Result};
use domain::{CategoryId, Channel, ShopId, SkuId};
use jiff::civil::Date;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A business date up to an instant: the hours that are over, and the one that is running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCut {
    pub date: Date,
    pub whole_hours: Vec<u8>,
    pub running_hour: u8,
    /// The last instant that counts, UTC ms.
    pub to_ms: i64,
    pub shops: Vec<ShopId>,
}

/// Sums by hour up to the cut.
///
/// # Errors
/// Where the database cannot be read.
pub async fn hours(db: &mut SqliteConnection, cut: &DayCut) -> Result<BTreeMap<u8, Sums>> {
    let mut by_hour = BTreeMap::new();
    let mut sql = Sql::new(&format!("SELECT hour, {SUMS} FROM sales_hour WHERE business_date = "));
    sql.arg(cut.date.to_string()).add(" AND hour IN ").list(cut.whole_hours.iter().map(|h| i64::from(*h)));
    narrow_places(&mut sql, "", &cut.shops, &[]);
    sql.add(" GROUP BY hour");
    for row in &sql.rows(db).await? {
        by_hour.insert(u8::try_from(int(row, "hour")?).unwrap_or(0), read_sums(row)?);
    }
    let running = running_orders(db, cut).await?.plus(&running_refunds(db, cut).await?);
    by_hour.insert(cut.running_hour, running);
    Ok(by_hour)
}

async fn running_orders(db: &mut SqliteConnection, cut: &DayCut) -> Result<Sums> {
    let mut sql = Sql::new(
        "SELECT count(*) orders_created, coalesce(sum(payable_minor), 0) gmv_minor, coalesce(sum(pay IN ('paid', 'partial')), 0) orders_paid, coalesce(sum(paid_minor), 0) paid_minor,
         coalesce(sum(iif(pay = 'closed', 0, net_goods_minor)), 0) goods_minor, coalesce(sum(iif(pay = 'closed', 0, discount_minor)), 0) discount_minor, 0 refunds, 0 refunds_minor, 0 refund_goods_minor, coalesce(sum(iif(pay = 'closed', 0, quantity_milli)), 0) units_milli,
         coalesce(sum(iif(pay = 'closed', 0, cost_minor)), 0) cost_minor, coalesce(sum(iif(pay = 'closed', 0, costed_minor)), 0) costed_minor, 0 visitors, coalesce(sum(CASE WHEN customer_id IS NOT NULL THEN paid_minor END), 0) identified_paid_minor
         FROM order_fold WHERE effective = 1",
    );
    narrow_day(&mut sql, cut);
    sql.add(" AND hour = ").arg(i64::from(cut.running_hour));
    read_sums(&sql.row(db).await?)
}

async fn running_refunds(db: &mut SqliteConnection, cut: &DayCut) -> Result<Sums> {
    let mut sql = Sql::new(
        "SELECT 0 orders_created, 0 gmv_minor, 0 orders_paid, 0 paid_minor, 0 goods_minor, 0 discount_minor, count(*) refunds, coalesce(sum(amount_minor), 0) refunds_minor,
         coalesce(sum(goods_minor), 0) refund_goods_minor, 0 units_milli, -coalesce(sum(cost_minor), 0) cost_minor, -coalesce(sum(costed_minor), 0) costed_minor, 0 visitors, 0 identified_paid_minor
         FROM refund_fold WHERE effective = 1 AND business_date = ",
    );
    sql.arg(cut.date.to_string()).add(" AND hour = ").arg(i64::from(cut.running_hour)).add(" AND occurred_at_ms <= ").arg(cut.to_ms);
    narrow_places(&mut sql, "", &cut.shops, &[]);
    read_sums(&sql.row(db).await?)
}

/// Adds the conditions of the day up to the cut, with the instants that lead the index to it.
fn narrow_day(sql: &mut Sql, cut: &DayCut) {
    sql.add(" AND occurred_at_ms BETWEEN ").arg(instants(cut.date, cut.date).0).add(" AND ").arg(cut.to_ms);
    sql.add(" AND business_date = ").arg(cut.date.to_string());
    narrow_places(sql, "", &cut.shops, &[]);
}

/// By hour, how many known customers paid for their first order of the day.
///
/// # Errors
/// Where the database cannot be read.
pub async fn new_customers(db: &mut SqliteConnection, cut: &DayCut) -> Result<BTreeMap<u8, i64>> {
    let mut sql = Sql::new(
        "SELECT hour, count(*) n FROM (SELECT hour, min(occurred_at_ms) FROM order_fold WHERE effective = 1 AND customer_id IS NOT NULL AND pay IN ('paid', 'partial')",
    );
    narrow_day(&mut sql, cut);
    sql.add(" GROUP BY customer_id) GROUP BY hour");
    sql.rows(db).await?.iter().map(|r| Ok((u8::try_from(int(r, "hour")?).unwrap_or(0), int(r, "n")?))).collect()
}

/// Orders and amounts of a channel up to the cut.
///
/// # Errors
/// Where the database cannot be read.
pub async fn paid_by_channel(db: &mut SqliteConnection, cut: &DayCut) -> Result<BTreeMap<Channel, i64>> {
    let mut sql = Sql::new("SELECT channel, count(*) n FROM order_fold WHERE effective = 1 AND pay IN ('paid', 'partial')");
    narrow_day(&mut sql, cut);
    sql.add(" GROUP BY channel");
    sql.rows(db).await?.iter().map(|r| Ok((word(r, "channel", Channel::from_word)?, int(r, "n")?))).collect()
}

/// A line's part of what was paid for its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidLine {
    pub order: Uuid,
    pub shop: ShopId,
    pub channel: Channel,
    pub sku: SkuId,
    pub category: Option<CategoryId>,
    pub quantity_milli: i64,
    pub amount_minor: i64,
}

/// What was paid up to the cut, line by line: each line has the share of its net in its order's lines. Remainders of the division are left to whoever adds up.
///
/// # Errors
/// Where the database cannot be read.
pub async fn paid_lines(db: &mut SqliteConnection, cut: &DayCut) -> Result<Vec<PaidLine>> {
    let mut sql = Sql::new(
        "SELECT f.order_id, f.shop_id, f.channel, l.sku_id, s.category_id, l.quantity_milli, l.net_minor, f.paid_minor, f.goods_minor
         FROM (SELECT order_id, shop_id, channel, goods_minor, paid_minor FROM order_fold WHERE effective = 1 AND paid_minor <> 0",
    );
    narrow_day(&mut sql, cut);
    sql.add(") f CROSS JOIN order_line l ON l.order_id = f.order_id LEFT JOIN sku s ON s.id = l.sku_id");
    let rows = sql.rows(db).await?;
    rows.iter()
        .map(|r| {
            Ok(PaidLine {
                order: id(r, "order_id")?,
                shop: id(r, "shop_id")?,
                channel: word(r, "channel", Channel::from_word)?,
                sku: id(r, "sku_id")?,
                category: maybe_id(r, "category_id")?,
                quantity_milli: int(r, "quantity_milli")?,
                amount_minor: share_minor(int(r, "paid_minor")?, int(r, "net_minor")?, int(r, "goods_minor")?)
                    .ok_or_else(|| Error::SumTooLarge { of: cut.date.to_string() })?,
            })
        })
        .collect()
}

/// The part of an amount that falls on one of some goods. The product of two amounts is no amount: an order of four thousand million dong would outgrow an `i64`.
fn share_minor(paid_minor: i64, net_minor: i64, goods_minor: i64) -> Option<i64> {
    let product = i128::from(paid_minor) * i128::from(net_minor);
    if goods_minor == 0 { Some(0) } else { i64::try_from(product / i128::from(goods_minor)).ok() }
}

/// The name of a SKU, or of a category.
///
/// # Errors
/// Where the database cannot be read.
pub async fn name_of(db: &mut SqliteConnection, sku: Option<SkuId>, category: Option<CategoryId>) -> Result<Option<String>> {
    let sql = match (sku, category) {
        (Some(sku), _) => {
            let mut sql = Sql::new("SELECT name FROM sku WHERE id = ");
            sql.arg(sku);
            sql
        }
        (None, Some(category)) => {
            let mut sql = Sql::new("SELECT name FROM category WHERE id = ");
            sql.arg(category);
            sql
        }
        (None, None) => return Ok(None),
    };
    sql.first(db).await?.map_or(Ok(None), |row| maybe_text(&row, "name"))
}

/// What was paid in each hour of whole days: by date, then by hour. Days without trade are absent.
///
/// # Errors
/// Where the database cannot be read.
pub async fn paid_hours(db: &mut SqliteConnection, dates: &[Date], shops: &[ShopId]) -> Result<BTreeMap<String, BTreeMap<u8, i64>>> {
    let mut sql = Sql::new("SELECT business_date, hour, sum(paid_minor) paid, sum(orders_created) orders FROM sales_hour WHERE business_date IN ");
    sql.list(dates.iter().map(Date::to_string));
    narrow_places(&mut sql, "", shops, &[]);
    sql.add(" GROUP BY business_date, hour HAVING sum(orders_created) > 0");
    let mut days: BTreeMap<String, BTreeMap<u8, i64>> = BTreeMap::new();
    for row in &sql.rows(db).await? {
        days.entry(text(row, "business_date")?).or_default().insert(u8::try_from(int(row, "hour")?).unwrap_or(0), int(row, "paid")?);
    }
    Ok(days)
}

/// Visitors by channel in hours that are over.
///
/// # Errors
/// Where the database cannot be read.
pub async fn visitors_by_channel(db: &mut SqliteConnection, cut: &DayCut) -> Result<BTreeMap<Channel, i64>> {
    let mut sql = Sql::new("SELECT channel, sum(visitors) n FROM sales_hour WHERE business_date = ");
    sql.arg(cut.date.to_string()).add(" AND hour IN ").list(cut.whole_hours.iter().map(|h| i64::from(*h)));
    narrow_places(&mut sql, "", &cut.shops, &[]);
    sql.add(" GROUP BY channel HAVING sum(visitors) > 0");
    sql.rows(db).await?.iter().map(|r| Ok((word(r, "channel", Channel::from_word)?, int(r, "n")?))).collect()
}

/// Orders that were paid more than [`OVERDUE_MS`] ago and still wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unshipped {
    pub orders: i64,
    pub payable_minor: i64,
    pub oldest_paid_at_ms: Option<i64>,
}

/// Counts the orders that are overdue to be shipped. By the index of those that wait: left to itself the database walks through every order there is.
///
/// # Errors
/// Where the database cannot be read.
pub async fn unshipped(db: &mut SqliteConnection, shops: &[ShopId], now_ms: i64) -> Result<Unshipped> {
    let mut sql = Sql::new(
        "SELECT count(*) n, coalesce(sum(payable_minor), 0) payable, min(first_paid_at_ms) oldest
         FROM order_fold INDEXED BY order_fold_waiting WHERE effective = 1 AND fulfil = 'waiting' AND first_paid_at_ms < ",
    );
    sql.arg(now_ms - OVERDUE_MS);
    narrow_places(&mut sql, "", shops, &[]);
    let row = sql.row(db).await?;
    Ok(Unshipped { orders: int(&row, "n")?, payable_minor: int(&row, "payable")?, oldest_paid_at_ms: maybe_int(&row, "oldest")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_part_of_what_was_paid_however_large() {
        const DONG: i64 = 4_000_000_000;
        for (paid, net, goods, share) in [(900, 500, 1_000, Some(450)), (900, 1, 0, Some(0)), (DONG, DONG, DONG, Some(DONG)), (i64::MAX, i64::MAX, 1, None)] {
            assert_eq!(share_minor(paid, net, goods), share);
        }
    }
}

//! Sums of sales over a period, in all and by day, month, hour of the week, shop and channel; all from `sales_hour`.

use super::{
    span::Span,
    sql::{Sql, id, int, text, word},
};
use crate::Result;
use domain::{Channel, ShopId};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

/// Sums of a part of the trade. Orders count at the order's date and hour, refunds at the refund's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub orders_created: i64,
    /// Payable of all orders created, cancelled ones included.
    pub gmv_minor: i64,
    pub orders_paid: i64,
    pub paid_minor: i64,
    /// Net of the lines that count as sales, before the orders' discounts.
    pub goods_minor: i64,
    pub discount_minor: i64,
    pub refunds: i64,
    pub refunds_minor: i64,
    pub refund_goods_minor: i64,
    pub units_milli: i64,
    /// Cost of what was sold less cost of what came back.
    pub cost_minor: i64,
    /// Net of the lines whose cost is known, less refunds of such lines.
    pub costed_minor: i64,
    pub visitors: i64,
    /// Paid by customers who are known.
    pub identified_paid_minor: i64,
}

impl Sums {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: &Self) -> Self {
        Self {
            orders_created: self.orders_created + other.orders_created,
            gmv_minor: self.gmv_minor + other.gmv_minor,
            orders_paid: self.orders_paid + other.orders_paid,
            paid_minor: self.paid_minor + other.paid_minor,
            goods_minor: self.goods_minor + other.goods_minor,
            discount_minor: self.discount_minor + other.discount_minor,
            refunds: self.refunds + other.refunds,
            refunds_minor: self.refunds_minor + other.refunds_minor,
            refund_goods_minor: self.refund_goods_minor + other.refund_goods_minor,
            units_milli: self.units_milli + other.units_milli,
            cost_minor: self.cost_minor + other.cost_minor,
            costed_minor: self.costed_minor + other.costed_minor,
            visitors: self.visitors + other.visitors,
            identified_paid_minor: self.identified_paid_minor + other.identified_paid_minor,
        }
    }

    /// Net sales 净销售额: goods less discounts less returned goods.
    #[must_use]
    pub const fn net_sales_minor(&self) -> i64 {
        self.goods_minor - self.discount_minor - self.refund_goods_minor
    }
}

/// The columns of [`Sums`] as sums.
pub(crate) const SUMS: &str = "coalesce(sum(orders_created), 0) orders_created, coalesce(sum(gmv_minor), 0) gmv_minor, coalesce(sum(orders_paid), 0) orders_paid, coalesce(sum(paid_minor), 0) paid_minor,
 coalesce(sum(goods_minor), 0) goods_minor, coalesce(sum(discount_minor), 0) discount_minor, coalesce(sum(refunds), 0) refunds, coalesce(sum(refunds_minor), 0) refunds_minor,
 coalesce(sum(refund_goods_minor), 0) refund_goods_minor, coalesce(sum(units_milli), 0) units_milli, coalesce(sum(cost_minor), 0) cost_minor, coalesce(sum(costed_minor), 0) costed_minor,
 coalesce(sum(visitors), 0) visitors, coalesce(sum(identified_paid_minor), 0) identified_paid_minor";

pub(crate) fn read_sums(row: &SqliteRow) -> Result<Sums> {
    Ok(Sums {
        orders_created: int(row, "orders_created")?,
        gmv_minor: int(row, "gmv_minor")?,
        orders_paid: int(row, "orders_paid")?,
        paid_minor: int(row, "paid_minor")?,
        goods_minor: int(row, "goods_minor")?,
        discount_minor: int(row, "discount_minor")?,
        refunds: int(row, "refunds")?,
        refunds_minor: int(row, "refunds_minor")?,
        refund_goods_minor: int(row, "refund_goods_minor")?,
        units_milli: int(row, "units_milli")?,
        cost_minor: int(row, "cost_minor")?,
        costed_minor: int(row, "costed_minor")?,
        visitors: int(row, "visitors")?,
        identified_paid_minor: int(row, "identified_paid_minor")?,
    })
}

fn grouped(span: &Span, key: &str) -> Sql {
    let mut sql = Sql::new(&format!("SELECT {key}, {SUMS} FROM sales_hour WHERE 1"));
    span.narrow(&mut sql, "");
    sql
}

/// The sums of a period.
///
/// # Errors
/// Where the database cannot be read.
pub async fn sums(db: &mut SqliteConnection, span: &Span) -> Result<Sums> {
    read_sums(&grouped(span, "0").row(db).await?)
}

/// Sums by date, oldest first; days without trade are absent.
///
/// # Errors
/// Where the database cannot be read.
pub async fn by_day(db: &mut SqliteConnection, span: &Span) -> Result<Vec<(String, Sums)>> {
    labelled(db, grouped(span, "business_date label")).await
}

/// Sums by month (`2026-03`), oldest first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn by_month(db: &mut SqliteConnection, span: &Span) -> Result<Vec<(String, Sums)>> {
    labelled(db, grouped(span, "substr(business_date, 1, 7) label")).await
}

async fn labelled(db: &mut SqliteConnection, mut sql: Sql) -> Result<Vec<(String, Sums)>> {
    sql.add(" GROUP BY 1 ORDER BY 1");
    sql.rows(db).await?.iter().map(|r| Ok((text(r, "label")?, read_sums(r)?))).collect()
}

/// One hour of the week; weekday 1 is Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekHour {
    pub weekday: i64,
    pub hour: i64,
    pub sums: Sums,
}

/// Sums by weekday and hour.
///
/// # Errors
/// Where the database cannot be read.
pub async fn by_week_hour(db: &mut SqliteConnection, span: &Span) -> Result<Vec<WeekHour>> {
    let columns = "orders_created, gmv_minor, orders_paid, paid_minor, goods_minor, discount_minor, refunds, refunds_minor, refund_goods_minor, units_milli, cost_minor, costed_minor, visitors, identified_paid_minor";
    let inner: Vec<String> = columns.split(", ").map(|c| format!("sum({c}) {c}")).collect();
    // By date first, in the order of the key, so that the weekday is worked out once a date and hour.
    let mut sql = Sql::new(&format!(
        "SELECT (CAST(strftime('%w', business_date) AS INTEGER) + 6) % 7 + 1 weekday, hour, {SUMS} FROM (SELECT business_date, hour, {} FROM sales_hour WHERE 1",
        inner.join(", ")
    ));
    span.narrow(&mut sql, "");
    sql.add(" GROUP BY business_date, hour) GROUP BY 1, 2 HAVING sum(orders_created) > 0 ORDER BY 1, 2");
    sql.rows(db).await?.iter().map(|r| Ok(WeekHour { weekday: int(r, "weekday")?, hour: int(r, "hour")?, sums: read_sums(r)? })).collect()
}

/// Sums by shop, the largest first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn by_shop(db: &mut SqliteConnection, span: &Span) -> Result<Vec<(ShopId, Sums)>> {
    let mut sql = grouped(span, "shop_id");
    sql.add(" GROUP BY shop_id ORDER BY paid_minor DESC, shop_id");
    sql.rows(db).await?.iter().map(|r| Ok((id(r, "shop_id")?, read_sums(r)?))).collect()
}

/// Sums by channel, the largest first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn by_channel(db: &mut SqliteConnection, span: &Span) -> Result<Vec<(Channel, Sums)>> {
    let mut sql = grouped(span, "channel");
    sql.add(" GROUP BY channel ORDER BY paid_minor DESC, channel");
    sql.rows(db).await?.iter().map(|r| Ok((word(r, "channel", Channel::from_word)?, read_sums(r)?))).collect()
}

/// Paid orders of the days, shops and channels whose visitors were counted: what conversion divides by visitors.
///
/// # Errors
/// Where the database cannot be read.
pub async fn orders_where_visits(db: &mut SqliteConnection, span: &Span) -> Result<i64> {
    let mut sql = Sql::new("SELECT coalesce(sum(paid), 0) paid FROM (SELECT sum(orders_paid) paid FROM sales_hour WHERE 1");
    span.narrow(&mut sql, "");
    sql.add(" GROUP BY business_date, shop_id, channel HAVING sum(visitors) > 0)");
    int(&sql.row(db).await?, "paid")
}

/// Days of the period that changed after they were over.
///
/// # Errors
/// Where the database cannot be read.
pub async fn restated_days(db: &mut SqliteConnection, span: &Span) -> Result<i64> {
    let mut sql = Sql::new("SELECT count(DISTINCT business_date) n FROM sales_hour WHERE restated <> 0");
    span.narrow(&mut sql, "");
    int(&sql.row(db).await?, "n")
}

/// How many days had trade, and the best of them with what was paid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TradeDays {
    pub days: i64,
    pub best: Option<(String, i64)>,
}

/// Counts the days with trade up to the span's end.
///
/// # Errors
/// Where the database cannot be read.
pub async fn trade_days(db: &mut SqliteConnection, span: &Span) -> Result<TradeDays> {
    let mut sql = Sql::new("SELECT count(*) OVER () days, business_date, paid FROM (SELECT business_date, sum(paid_minor) paid FROM sales_hour WHERE 1");
    span.narrow(&mut sql, "");
    sql.add(" GROUP BY business_date HAVING sum(orders_created) > 0) ORDER BY paid DESC, business_date DESC LIMIT 1");
    let Some(row) = sql.first(db).await? else { return Ok(TradeDays::default()) };
    Ok(TradeDays { days: int(&row, "days")?, best: Some((text(&row, "business_date")?, int(&row, "paid")?)) })
}

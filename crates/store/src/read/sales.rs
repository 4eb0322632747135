//! Sums of sales over a period, in all and by day, month, hour of the week, shop and channel; all from the rows of `sales_hour`, read once.

use super::{
    amounts::{SUM_MAX, whole},
    months::{self, Months, Rows},
    span::{Span, month},
    sql::Sql,
};
use crate::{Error, Result};
use domain::{Channel, ShopId};
use jiff::civil::Date;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};
use uuid::Uuid;

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
    /// The same without costs: for somebody who does not see them.
    #[must_use]
    pub const fn without_costs(self) -> Self {
        Self { cost_minor: 0, costed_minor: 0, ..self }
    }

    /// All of them, in the order of the fields.
    const fn amounts(&self) -> [i64; 14] {
        [
            self.orders_created,
            self.gmv_minor,
            self.orders_paid,
            self.paid_minor,
            self.goods_minor,
            self.discount_minor,
            self.refunds,
            self.refunds_minor,
            self.refund_goods_minor,
            self.units_milli,
            self.cost_minor,
            self.costed_minor,
            self.visitors,
            self.identified_paid_minor,
        ]
    }

    /// Both together. They fit: whatever is read was checked, by itself or as part of a [`Sales`].
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

/// Reads sums that the database made.
///
/// # Errors
/// [`Error::SumTooLarge`] where one does not fit.
pub(crate) fn read_sums(row: &SqliteRow) -> Result<Sums> {
    let sum = |column: &str| whole(row.try_get(column)?);
    Ok(Sums {
        orders_created: sum("orders_created")?,
        gmv_minor: sum("gmv_minor")?,
        orders_paid: sum("orders_paid")?,
        paid_minor: sum("paid_minor")?,
        goods_minor: sum("goods_minor")?,
        discount_minor: sum("discount_minor")?,
        refunds: sum("refunds")?,
        refunds_minor: sum("refunds_minor")?,
        refund_goods_minor: sum("refund_goods_minor")?,
        units_milli: sum("units_milli")?,
        cost_minor: sum("cost_minor")?,
        costed_minor: sum("costed_minor")?,
        visitors: sum("visitors")?,
        identified_paid_minor: sum("identified_paid_minor")?,
    })
}

/// An hour of a shop and channel: a row of `sales_hour`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hour {
    pub date: Date,
    pub shop: ShopId,
    pub channel: Channel,
    pub hour: u8,
    /// It changed after its day was over.
    pub restated: bool,
    pub sums: Sums,
}

/// The sales of a period, hour by hour.
#[derive(Debug, Clone)]
pub struct Sales {
    months: Rows<Hour>,
    span: Span,
    /// Costs are left out: for somebody who does not see them.
    hides_costs: bool,
}

impl Sales {
    /// Reads the sales of a period.
    ///
    /// # Errors
    /// [`Error::SumTooLarge`] where its amounts do not fit a sum, or where the database cannot be read.
    pub async fn read(db: &mut SqliteConnection, kept: &Months, span: &Span) -> Result<Self> {
        let marks = months::month_marks(db, &month(span.from), &month(span.to)).await?;
        let (mut months, missing) = kept.hours.find(&marks);
        for run in missing {
            let hours = hours(db, &run).await?;
            kept.hours.keep(&marks, run, hours, &mut months);
        }
        let sales = Self { months, span: span.clone(), hides_costs: false };
        sales.check_sums()?;
        Ok(sales)
    }

    /// Once for all that is asked: where the amounts without their signs fit one sum, those of any part of the period do.
    fn check_sums(&self) -> Result<()> {
        let mut sums = [0_u64; 14];
        for hour in self.hours() {
            for (sum, amount) in sums.iter_mut().zip(hour.sums.amounts()) {
                *sum = sum.saturating_add(amount.unsigned_abs());
            }
        }
        if sums.iter().all(|sum| *sum <= SUM_MAX.unsigned_abs()) {
            return Ok(());
        }
        let largest = self.hours().max_by_key(|hour: &Hour| hour.sums.amounts().map(i64::unsigned_abs).into_iter().max());
        Err(largest.map_or_else(Error::sum_too_large, |hour| Error::SumTooLarge { of: hour.date.to_string() }))
    }

    /// The same without costs: for somebody who does not see them.
    #[must_use]
    pub const fn without_costs(mut self) -> Self {
        self.hides_costs = true;
        self
    }

    fn hours(&self) -> impl Iterator<Item = Hour> {
        let span = &self.span;
        let within = self.months.values().flat_map(|hours| hours.iter()).filter(move |h| {
            h.date >= span.from
                && h.date <= span.to
                && (span.shops.is_empty() || span.shops.contains(&h.shop))
                && (span.channels.is_empty() || span.channels.contains(&h.channel))
        });
        within.map(|hour| if self.hides_costs { Hour { sums: hour.sums.without_costs(), ..*hour } } else { *hour })
    }

    fn grouped<K: Ord>(&self, key: impl Fn(&Hour) -> K) -> BTreeMap<K, Sums> {
        let mut groups: BTreeMap<K, Sums> = BTreeMap::new();
        for hour in self.hours() {
            let sums = groups.entry(key(&hour)).or_default();
            *sums = sums.plus(&hour.sums);
        }
        groups
    }

    /// The sums of the period.
    #[must_use]
    pub fn sums(&self) -> Sums {
        self.hours().fold(Sums::default(), |sums, hour| sums.plus(&hour.sums))
    }

    /// Sums by date, oldest first; days without trade are absent.
    #[must_use]
    pub fn by_day(&self) -> Vec<(String, Sums)> {
        self.grouped(|hour| hour.date).into_iter().map(|(date, sums)| (date.to_string(), sums)).collect()
    }

    /// Sums by month (`2026-03`), oldest first.
    #[must_use]
    pub fn by_month(&self) -> Vec<(String, Sums)> {
        self.grouped(|hour| hour.date.first_of_month()).into_iter().map(|(date, sums)| (month(date), sums)).collect()
    }

    /// Sums by weekday and hour.
    #[must_use]
    pub fn by_week_hour(&self) -> Vec<WeekHour> {
        let groups = self.grouped(|hour| (i64::from(hour.date.weekday().to_monday_one_offset()), i64::from(hour.hour)));
        let cells = groups.into_iter().map(|((weekday, hour), sums)| WeekHour { weekday, hour, sums });
        cells.filter(|cell| cell.sums.orders_created > 0).collect()
    }

    /// Sums by shop, the largest first.
    #[must_use]
    pub fn by_shop(&self) -> Vec<(ShopId, Sums)> {
        let mut shops: Vec<(ShopId, Sums)> = self.grouped(|hour| hour.shop.0).into_iter().map(|(id, sums)| (ShopId(id), sums)).collect();
        shops.sort_by_key(|(_, sums)| Reverse(sums.paid_minor));
        shops
    }

    /// Sums by channel, the largest first.
    #[must_use]
    pub fn by_channel(&self) -> Vec<(Channel, Sums)> {
        let by_word = self.grouped(|hour| hour.channel.word()).into_iter();
        let mut channels: Vec<(Channel, Sums)> = by_word.filter_map(|(word, sums)| Some((Channel::from_word(word)?, sums))).collect();
        channels.sort_by_key(|(_, sums)| Reverse(sums.paid_minor));
        channels
    }

    /// Paid orders of the days, shops and channels whose visitors were counted: what conversion divides by visitors.
    #[must_use]
    pub fn orders_where_visits(&self) -> i64 {
        let places = self.grouped(|hour| (hour.date, hour.shop.0, hour.channel.word()));
        places.values().filter(|sums| sums.visitors > 0).map(|sums| sums.orders_paid).sum()
    }

    /// Days of the period that changed after they were over.
    #[must_use]
    pub fn restated_days(&self) -> i64 {
        let days: BTreeSet<Date> = self.hours().filter(|hour| hour.restated).map(|hour| hour.date).collect();
        i64::try_from(days.len()).unwrap_or(i64::MAX)
    }

    /// The days with trade, and the best of them.
    #[must_use]
    pub fn trade_days(&self) -> TradeDays {
        let days = self.grouped(|hour| hour.date);
        let traded = days.iter().filter(|(_, sums)| sums.orders_created > 0);
        let best = traded.clone().max_by_key(|(date, sums)| (sums.paid_minor, **date));
        TradeDays { days: i64::try_from(traded.count()).unwrap_or(i64::MAX), best: best.map(|(date, sums)| (date.to_string(), sums.paid_minor)) }
    }
}

/// Reads the hours of a run of months.
async fn hours(db: &mut SqliteConnection, run: &(String, String)) -> Result<BTreeMap<String, Vec<Hour>>> {
    let mut sql = Sql::new(
        "SELECT business_date, shop_id, channel, hour, restated <> 0, orders_created, gmv_minor, orders_paid, paid_minor, goods_minor, discount_minor, refunds, refunds_minor,
         refund_goods_minor, units_milli, cost_minor, costed_minor, visitors, identified_paid_minor FROM sales_hour WHERE business_date BETWEEN ",
    );
    sql.arg(first_day(&run.0)).add(" AND ").arg(last_day(&run.1));
    let mut months: BTreeMap<String, Vec<Hour>> = BTreeMap::new();
    sql.each(db, |row| {
        let date = date_at(row, 0)?;
        let sum = |at: usize| row.try_get::<i64, _>(5 + at);
        let hour = Hour {
            date,
            shop: ShopId(row.try_get::<Uuid, _>(1)?),
            channel: channel_at(row, 2)?,
            hour: u8::try_from(row.try_get::<i64, _>(3)?).unwrap_or(0),
            restated: row.try_get(4)?,
            sums: Sums {
                orders_created: sum(0)?,
                gmv_minor: sum(1)?,
                orders_paid: sum(2)?,
                paid_minor: sum(3)?,
                goods_minor: sum(4)?,
                discount_minor: sum(5)?,
                refunds: sum(6)?,
                refunds_minor: sum(7)?,
                refund_goods_minor: sum(8)?,
                units_milli: sum(9)?,
                cost_minor: sum(10)?,
                costed_minor: sum(11)?,
                visitors: sum(12)?,
                identified_paid_minor: sum(13)?,
            },
        };
        months.entry(month(date)).or_default().push(hour);
        Ok(())
    })
    .await?;
    Ok(months)
}

/// A text that is not after any date of a month, and one that is not before any.
pub(super) fn first_day(month: &str) -> String {
    format!("{month}-01")
}

pub(super) fn last_day(month: &str) -> String {
    format!("{month}-31")
}

/// A business date of a row.
pub(super) fn date_at(row: &SqliteRow, at: usize) -> Result<Date> {
    let text: &str = row.try_get(at)?;
    text.parse().map_err(|_| Error::WrongValue { table: text.to_owned(), column: "business_date".to_owned() })
}

/// A channel of a row.
pub(super) fn channel_at(row: &SqliteRow, at: usize) -> Result<Channel> {
    let word: &str = row.try_get(at)?;
    Channel::from_word(word).ok_or_else(|| Error::WrongValue { table: word.to_owned(), column: "channel".to_owned() })
}

/// One hour of the week; weekday 1 is Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekHour {
    pub weekday: i64,
    pub hour: i64,
    pub sums: Sums,
}

/// How many days had trade, and the best of them with what was paid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TradeDays {
    pub days: i64,
    pub best: Option<(String, i64)>,
}

//! Totals of the order book where it is narrowed by dates, places and states alone: each month's orders are added up once and kept in memory.

use super::{
    amounts::{less, plus},
    months::{self, Months, Rows},
    orders::{Chosen, OVERDUE_MS, OrderFilter, OrderTotals, narrow_orders},
    products::{EARLIEST, LATEST},
    sales::{channel_at, date_at, first_day, last_day},
    span::{instants, month},
    sql::{Sql, int},
};
use crate::{Error, Result};
use domain::{Channel, FulfilState, PayState, RefundState, ShopId};
use jiff::civil::Date;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The orders of a date, shop and channel that stand alike.
#[derive(Debug, Clone)]
pub(super) struct Told {
    date: Date,
    shop: ShopId,
    channel: Channel,
    pay: PayState,
    fulfil: FulfilState,
    refund: RefundState,
    currency: String,
    count: i64,
    payable_minor: i64,
    paid_minor: i64,
    refunded_minor: i64,
}

/// Whether the rows kept here are enough to tell the totals of a view.
pub(super) fn is_told_by_months(filter: &OrderFilter) -> bool {
    let own = OrderFilter {
        from: filter.from,
        to: filter.to,
        weekday: filter.weekday,
        shops: filter.shops.clone(),
        channels: filter.channels.clone(),
        pay: filter.pay.clone(),
        fulfil: filter.fulfil.clone(),
        refund: filter.refund.clone(),
        text: filter.text.as_ref().filter(|text| text.trim().is_empty()).cloned(),
        ..OrderFilter::default()
    };
    own == *filter
}

/// The totals of such a view. `now_ms` decides what is overdue.
pub(super) async fn of_months(db: &mut SqliteConnection, kept: &Months, filter: &OrderFilter, now_ms: i64) -> Result<OrderTotals> {
    let (from, to) = (filter.from.unwrap_or(EARLIEST), filter.to.unwrap_or(LATEST));
    let months = rows(db, kept, from, to).await?;
    let mut totals = OrderTotals::default();
    let mut currencies = BTreeSet::new();
    for told in months.values().flat_map(|rows| rows.iter()).filter(|told| told.date >= from && told.date <= to && fits(told, filter)) {
        add(&mut totals, told).ok_or_else(|| Error::SumTooLarge { of: told.date.to_string() })?;
        currencies.insert(&told.currency);
    }
    totals.unpaid_minor = unpaid(totals.payable_minor, totals.paid_minor, totals.closed_minor).ok_or_else(Error::sum_too_large)?;
    totals.currency = currencies.first().filter(|_| currencies.len() == 1).map(|currency| (*currency).clone());
    if totals.waiting_count > 0 {
        totals.overdue_count = overdue(db, filter, now_ms).await?;
    }
    Ok(totals)
}

/// What is neither paid nor closed; `None` where it does not fit a sum.
pub(super) fn unpaid(payable_minor: i64, paid_minor: i64, closed_minor: i64) -> Option<i64> {
    less(less(payable_minor, paid_minor)?, closed_minor)
}

/// Adds orders that stand alike to the totals; `None` where one does not fit.
fn add(totals: &mut OrderTotals, told: &Told) -> Option<()> {
    totals.count = plus(totals.count, told.count)?;
    totals.payable_minor = plus(totals.payable_minor, told.payable_minor)?;
    totals.paid_minor = plus(totals.paid_minor, told.paid_minor)?;
    totals.refunded_minor = plus(totals.refunded_minor, told.refunded_minor)?;
    if told.pay == PayState::Closed {
        totals.closed_minor = plus(totals.closed_minor, less(told.payable_minor, told.paid_minor)?)?;
    }
    if told.fulfil == FulfilState::Waiting {
        totals.waiting_count = plus(totals.waiting_count, told.count)?;
    }
    if told.refund == RefundState::Underway {
        totals.refund_underway_count = plus(totals.refund_underway_count, told.count)?;
    }
    Some(())
}

fn fits(told: &Told, filter: &OrderFilter) -> bool {
    (filter.shops.is_empty() || filter.shops.contains(&told.shop))
        && (filter.channels.is_empty() || filter.channels.contains(&told.channel))
        && (filter.pay.is_empty() || filter.pay.contains(&told.pay))
        && (filter.fulfil.is_empty() || filter.fulfil.contains(&told.fulfil))
        && (filter.refund.is_empty() || filter.refund.contains(&told.refund))
        && filter.weekday.is_none_or(|weekday| i64::from(weekday) % 7 == i64::from(told.date.weekday().to_sunday_zero_offset()))
}

/// Few orders wait, and they lie in an index of their own.
async fn overdue(db: &mut SqliteConnection, filter: &OrderFilter, now_ms: i64) -> Result<i64> {
    let mut sql =
        Sql::new("SELECT count(*) n FROM order_fold f INDEXED BY order_fold_waiting WHERE f.effective = 1 AND f.fulfil = 'waiting' AND f.first_paid_at_ms < ");
    sql.arg(now_ms - OVERDUE_MS);
    narrow_orders(&mut sql, filter, &Chosen::default());
    int(&sql.row(db).await?, "n")
}

async fn rows(db: &mut SqliteConnection, kept: &Months, from: Date, to: Date) -> Result<Rows<Told>> {
    let marks = months::month_marks(db, &month(from), &month(to)).await?;
    let (mut found, missing) = kept.orders.find(&marks);
    for run in missing {
        let mut sql = Sql::new(
            "SELECT business_date, shop_id, channel, pay, fulfil, refund, currency, count(*), sum(payable_minor), sum(paid_minor), sum(refunded_minor)
             FROM order_fold INDEXED BY order_fold_time WHERE effective = 1 AND occurred_at_ms >= ",
        );
        let day = |text: String| text.parse::<Date>().map_err(|_| Error::WrongValue { table: text, column: "month".to_owned() });
        let (first, last) = (day(first_day(&run.0))?, day(first_day(&run.1))?.last_of_month());
        let (from_ms, to_ms) = instants(first, last);
        sql.arg(from_ms).add(" AND occurred_at_ms < ").arg(to_ms);
        sql.add(" AND business_date BETWEEN ").arg(first_day(&run.0)).add(" AND ").arg(last_day(&run.1)).add(" GROUP BY 1, 2, 3, 4, 5, 6, 7");
        let mut read: BTreeMap<String, Vec<Told>> = BTreeMap::new();
        sql.each(db, |row| {
            let told = told(row)?;
            read.entry(month(told.date)).or_default().push(told);
            Ok(())
        })
        .await?;
        kept.orders.keep(&marks, run, read, &mut found);
    }
    Ok(found)
}

fn told(row: &SqliteRow) -> Result<Told> {
    fn state<T>(row: &SqliteRow, at: usize, read: fn(&str) -> Option<T>) -> Result<T> {
        let word: &str = row.try_get(at)?;
        read(word).ok_or_else(|| Error::WrongValue { table: word.to_owned(), column: "state".to_owned() })
    }
    Ok(Told {
        date: date_at(row, 0)?,
        shop: ShopId(row.try_get::<Uuid, _>(1)?),
        channel: channel_at(row, 2)?,
        pay: state(row, 3, PayState::from_word)?,
        fulfil: state(row, 4, FulfilState::from_word)?,
        refund: state(row, 5, RefundState::from_word)?,
        currency: row.try_get(6)?,
        count: row.try_get(7)?,
        payable_minor: row.try_get(8)?,
        paid_minor: row.try_get(9)?,
        refunded_minor: row.try_get(10)?,
    })
}

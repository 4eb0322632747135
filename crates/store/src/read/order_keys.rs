//! Which orders a page of the order book shows, found the way that reads least: along the index in their order, or part by part through the days that have
//! orders of one customer or one article.

use super::{
    of_customer,
    orders::{Chosen, OrderFilter, OrderSort, RowKey, beyond_cursor, narrow_orders},
    page::{Cursor, Key},
    products::{EARLIEST, LATEST},
    span::{instants, month},
    sql::{Sql, id, int, maybe_text, text},
    with_article,
};
use crate::Result;
use domain::{CustomerId, SkuId};
use jiff::{ToSpan as _, civil::Date};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// Days that are looked through first for the orders of one customer or one article; each further part is twice as long.
const DAYS_FIRST: i64 = 14;

/// The keys of at most `wanted` rows after the cursor, in the order of the sort.
pub(super) async fn find(
    db: &mut SqliteConnection,
    filter: &OrderFilter,
    chosen: &Chosen,
    sort: OrderSort,
    after: Option<&Cursor>,
    wanted: i64,
) -> Result<Vec<RowKey>> {
    let by_time = sort != OrderSort::LargestFirst;
    match (filter.customer, filter.sku) {
        (Some(customer), None) if by_time && chosen.text.is_none() => by_days(db, filter, chosen, Of::Customer(customer), sort, after, wanted).await,
        (None, Some(sku)) if by_time && chosen.text.is_none() => by_days(db, filter, chosen, Of::Article(sku), sort, after, wanted).await,
        _ if by_time || chosen.is_narrow() || filter.from.is_some() => in_order(db, filter, chosen, sort, after, wanted).await,
        _ => largest(db, filter, chosen, after, wanted).await,
    }
}

/// Whose orders lie by day.
#[derive(Clone, Copy)]
enum Of {
    Customer(CustomerId),
    Article(SkuId),
}

async fn in_order(
    db: &mut SqliteConnection,
    filter: &OrderFilter,
    chosen: &Chosen,
    sort: OrderSort,
    after: Option<&Cursor>,
    wanted: i64,
) -> Result<Vec<RowKey>> {
    let (key, (way, beyond)) = (sort.key(), sort.way());
    // Where few orders can fit, they are fetched, by their ids or along the days of a period, and sorted; otherwise the index gives them in order and the
    // limit ends the search.
    let (named, of_period) = (chosen.is_narrow(), sort == OrderSort::LargestFirst && filter.from.is_some());
    let plus = if named || of_period { "+" } else { "" };
    let from = match (named, of_period) {
        (true, _) => "order_fold f WHERE +f.effective = 1",
        (false, true) => "order_fold f INDEXED BY order_fold_time WHERE f.effective = 1",
        (false, false) => "order_fold f WHERE f.effective = 1",
    };
    let mut sql = Sql::new(&format!("SELECT f.order_id id, f.{key} k FROM {from}"));
    narrow_orders(&mut sql, filter, chosen);
    beyond_cursor(&mut sql, after, &format!("f.{key}"), "f.order_id", beyond);
    sql.add(&format!(" ORDER BY {plus}f.{key} {way}, {plus}f.order_id {way} LIMIT ")).arg(wanted);
    keys(db, sql).await
}

/// The largest orders lie month by month: of each month those are read that are larger than what the months before it have given.
async fn largest(db: &mut SqliteConnection, filter: &OrderFilter, chosen: &Chosen, after: Option<&Cursor>, wanted: i64) -> Result<Vec<RowKey>> {
    let (way, beyond) = OrderSort::LargestFirst.way();
    let mut months = Sql::new("SELECT DISTINCT month FROM day_mark WHERE month <= ");
    months.arg(month(filter.to.unwrap_or(LATEST)));
    let (mut found, count): (Vec<RowKey>, _) = (Vec::new(), usize::try_from(wanted).unwrap_or(0));
    for row in months.rows(db).await? {
        let mut sql = Sql::new(
            "SELECT f.order_id id, f.payable_minor k FROM order_fold f INDEXED BY order_fold_amount WHERE f.effective = 1 AND substr(f.business_date, 1, 7) = ",
        );
        sql.arg(text(&row, "month")?);
        narrow_orders(&mut sql, filter, chosen);
        beyond_cursor(&mut sql, after, "f.payable_minor", "f.order_id", beyond);
        if let Some(least) = found.last().filter(|_| found.len() >= count) {
            sql.add(" AND f.payable_minor >= ").arg(least.key);
        }
        sql.add(&format!(" ORDER BY f.payable_minor {way}, f.order_id {way} LIMIT ")).arg(wanted);
        found.extend(keys(db, sql).await?);
        found.sort_unstable_by_key(|row| std::cmp::Reverse((row.key, row.id)));
        found.truncate(count);
    }
    Ok(found)
}

/// The orders of one customer or with one article are gathered from the cursor's day on, until no day that is left can bring one before the last.
async fn by_days(
    db: &mut SqliteConnection,
    filter: &OrderFilter,
    chosen: &Chosen,
    of: Of,
    sort: OrderSort,
    after: Option<&Cursor>,
    wanted: i64,
) -> Result<Vec<RowKey>> {
    let oldest_first = sort == OrderSort::OldestFirst;
    let Some((first, last)) = dates(db, filter, after, oldest_first).await? else { return Ok(Vec::new()) };
    let wanted = usize::try_from(wanted).unwrap_or(0);
    let (mut from, mut to, mut days) = (first, last, DAYS_FIRST);
    let mut found: Vec<RowKey> = Vec::new();
    loop {
        (from, to) =
            if oldest_first { (from, from.saturating_add((days - 1).days()).min(last)) } else { (to.saturating_sub((days - 1).days()).max(first), to) };
        found.extend(on_days(db, filter, chosen, of, (from, to), sort, after).await?);
        let is_last = if oldest_first { to == last } else { from == first };
        // No order of a day that was not looked through yet lies on this side.
        let settled =
            |key: i64| if oldest_first { key < instants(to.saturating_add(1.day()), to).0 } else { key >= instants(from, from.saturating_sub(1.day())).1 };
        if is_last || found.iter().filter(|row| settled(row.key)).count() >= wanted {
            break;
        }
        (from, to) = if oldest_first { (to.saturating_add(1.day()), last) } else { (first, from.saturating_sub(1.day())) };
        days *= 2;
    }
    found.sort_unstable_by_key(|row| (row.key, row.id));
    if !oldest_first {
        found.reverse();
    }
    found.truncate(wanted);
    Ok(found)
}

/// The first and last date that a page can have orders of.
async fn dates(db: &mut SqliteConnection, filter: &OrderFilter, after: Option<&Cursor>, oldest_first: bool) -> Result<Option<(Date, Date)>> {
    let end = |row: Option<String>| row.and_then(|text| text.parse::<Date>().ok());
    let row = Sql::new("SELECT (SELECT min(business_date) FROM order_doc) first, (SELECT max(business_date) FROM order_doc) last").row(db).await?;
    let (Some(mut first), Some(mut last)) = (end(maybe_text(&row, "first")?), end(maybe_text(&row, "last")?)) else { return Ok(None) };
    first = first.max(filter.from.unwrap_or(EARLIEST));
    last = last.min(filter.to.unwrap_or(LATEST));
    if let Some(Cursor { key: Key::Number(at_ms), .. }) = after {
        let day = jiff::Timestamp::from_millisecond(*at_ms).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date();
        // A zone and a day boundary move a date by two days at most.
        if oldest_first {
            first = first.max(day.saturating_sub(3.days()));
        } else {
            last = last.min(day.saturating_add(3.days()));
        }
    }
    Ok((first <= last).then_some((first, last)))
}

async fn on_days(
    db: &mut SqliteConnection,
    filter: &OrderFilter,
    chosen: &Chosen,
    of: Of,
    (from, to): (Date, Date),
    sort: OrderSort,
    after: Option<&Cursor>,
) -> Result<Vec<RowKey>> {
    let select = "SELECT f.order_id id, f.occurred_at_ms k";
    let mut sql = match of {
        Of::Customer(customer) => of_customer::on_days(select, customer, from, to),
        Of::Article(sku) => {
            let mut sql = with_article::on_days(select, [], sku, from, to);
            sql.add(" CROSS JOIN order_fold f ON f.order_id = o.order_id AND f.business_date = o.on_date WHERE 1");
            sql
        }
    };
    sql.add(" AND f.effective = 1");
    // That one is what the days were looked through for.
    narrow_orders(&mut sql, &OrderFilter { sku: None, customer: None, ..filter.clone() }, chosen);
    beyond_cursor(&mut sql, after, "f.occurred_at_ms", "f.order_id", sort.way().1);
    keys(db, sql).await
}

async fn keys(db: &mut SqliteConnection, sql: Sql) -> Result<Vec<RowKey>> {
    sql.rows(db).await?.iter().map(|row| Ok(RowKey { id: id::<Uuid>(row, "id")?, key: int(row, "k")?, own: true, lone: false })).collect()
}

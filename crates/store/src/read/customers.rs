//! The list of customers, one customer in full, and how many bought and came again.

use super::{
    amounts::plus,
    buyers::{self, BuyerSums, BuyersOf},
    months::Months,
    of_customer,
    orders::{OrderFilter, OrderRow, OrderSort, order_page},
    page::{Cursor, Key, limit},
    products::{EARLIEST, LATEST, ProductRow, product_rows},
    rank::Ranking,
    search,
    span::Span,
    sql::{Sql, id, int, maybe_text, text},
};
use crate::{Error, Result};
use domain::{CustomerId, ShopId};
use jiff::civil::Date;
use sqlx::{Row as _, SqliteConnection};
use std::collections::HashMap;
use uuid::Uuid;

/// Customers that a text may stand for in a list.
const TEXT_MATCHES_MAX: u32 = 400;
/// Goods and orders shown with a customer.
const FAVOURITES_SHOWN: i64 = 8;
const RECENT_SHOWN: u32 = 20;
/// Days of purchase that the usual distance between two is taken from.
const GAP_DAYS_MAX: i64 = 200;

/// What narrows the list. With a date or a least number of orders given, only customers who paid for an order then are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    pub text: Option<String>,
    pub country: Option<String>,
    pub shops: Vec<ShopId>,
    pub bought_from: Option<Date>,
    pub bought_to: Option<Date>,
    pub min_orders: Option<i64>,
    /// By what of a person the text finds them.
    pub people: search::People,
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerSort {
    Name,
    SpentMost,
    LastOrder,
}

impl CustomerSort {
    const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::SpentMost => "spent",
            Self::LastOrder => "last",
        }
    }
}

/// A row: orders and amounts within the period, or ever where none is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    pub id: CustomerId,
    pub code: String,
    pub name: String,
    pub phone: Option<String>,
    pub country: Option<String>,
    pub orders: i64,
    pub paid_minor: i64,
    pub refunded_minor: i64,
    pub first_on: Option<String>,
    pub last_on: Option<String>,
}

/// A page and where the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerPage {
    pub rows: Vec<CustomerRow>,
    pub next: Option<String>,
}

/// Totals of the whole view; `repeat_count` have two paid orders or more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerTotals {
    pub count: i64,
    pub paid_minor: i64,
    pub repeat_count: i64,
}

/// A customer in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub row: CustomerRow,
    /// Month and what was paid in it.
    pub months: Vec<(String, i64)>,
    pub favourites: Vec<ProductRow>,
    pub recent: Vec<OrderRow>,
    /// Days usually between two days of purchase; absent with fewer than three.
    pub median_gap_days: Option<i64>,
}

impl CustomerFilter {
    const fn asks_for_trade(&self) -> bool {
        self.bought_from.is_some() || self.bought_to.is_some() || self.min_orders.is_some() || !self.shops.is_empty()
    }

    /// The period and the shops that orders and amounts are added up over.
    fn span(&self) -> Span {
        Span { from: self.bought_from.unwrap_or(EARLIEST), to: self.bought_to.unwrap_or(LATEST), shops: self.shops.clone(), channels: Vec::new() }
    }

    /// Whether a customer with so many orders in the period is in the view.
    fn shows(&self, orders: i64) -> bool {
        !self.asks_for_trade() || orders >= self.min_orders.unwrap_or(1).max(1)
    }

    /// Adds the conditions on a customer `s`. What was bought is narrowed elsewhere.
    fn narrow(&self, sql: &mut Sql, matches: Option<&[Uuid]>) {
        if let Some(matches) = matches {
            sql.add(" AND s.id IN ").list(matches.iter().copied());
        }
        if let Some(country) = &self.country {
            sql.add(" AND s.country = ").arg(country.clone());
        }
    }

    async fn text_matches(&self, db: &mut SqliteConnection) -> Result<Option<Vec<Uuid>>> {
        match self.text.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
            Some(asked) => Ok(Some(search::people(db, asked, TEXT_MATCHES_MAX, self.people).await?)),
            None => Ok(None),
        }
    }
}

/// One page.
///
/// # Errors
/// Where the cursor is of another sort or the database cannot be read.
pub async fn customer_page(
    db: &mut SqliteConnection,
    kept: &Months,
    filter: &CustomerFilter,
    sort: CustomerSort,
    after: Option<&str>,
    asked: u32,
) -> Result<CustomerPage> {
    let after = after.map(|text| Cursor::read(text, sort.word())).transpose()?;
    // One more than the page shows tells whether there is another.
    let wanted = usize::try_from(limit(asked)).unwrap_or(0) + 1;
    let buyers = BuyersOf::read(db, kept, &filter.span()).await?;
    let matches = filter.text_matches(db).await?;
    let mut found = match sort {
        CustomerSort::Name => by_name(db, kept, filter, after.as_ref(), &buyers, matches.as_deref(), wanted).await?,
        CustomerSort::SpentMost => {
            let after = after.and_then(|cursor| if let Key::Number(paid) = cursor.key { Some((paid, Uuid::from_bytes(cursor.id))) } else { None });
            let ranking = ranking(kept, filter, &buyers, matches.as_deref(), after, |sums| sums.paid_minor);
            keyed(ranking.page(db, "customer", |sql| filter.narrow(sql, None), wanted).await?, Key::Number)
        }
        CustomerSort::LastOrder => {
            let after = after.and_then(|cursor| if let Key::Text(date) = cursor.key { Some((date, Uuid::from_bytes(cursor.id))) } else { None });
            let ranking = ranking(kept, filter, &buyers, matches.as_deref(), after, |sums| sums.last_on.map_or_else(String::new, |date| date.to_string()));
            keyed(ranking.page(db, "customer", |sql| filter.narrow(sql, None), wanted).await?, Key::Text)
        }
    };
    let more = found.len() == wanted;
    found.truncate(wanted - 1);
    let next = found.last().filter(|_| more).map(|(key, id)| Cursor { sort: sort.word(), key: key.clone(), id: *id.as_bytes() }.write());
    let ids: Vec<Uuid> = found.into_iter().map(|(_, id)| id).collect();
    Ok(CustomerPage { rows: customer_rows(db, &ids, |id| buyers.of(kept, id).unwrap_or_default()).await?, next })
}

fn keyed<K>(found: Vec<(K, Uuid)>, key: fn(K) -> Key) -> Vec<(Key, Uuid)> {
    found.into_iter().map(|(of, id)| (key(of), id)).collect()
}

/// The customers of a view in the order of what they bought, the most first.
fn ranking<K: Ord>(
    kept: &Months,
    filter: &CustomerFilter,
    buyers: &BuyersOf,
    matches: Option<&[Uuid]>,
    after: Option<(K, Uuid)>,
    key: impl Fn(&BuyerSums) -> K,
) -> Ranking<K> {
    let nothing = BuyerSums::default();
    let (keyed, rest) = match matches {
        Some(ids) => (ids.iter().map(|id| (buyers.of(kept, *id).unwrap_or_default(), *id)).collect::<Vec<_>>(), None),
        None => {
            let (numbers, sums): (Vec<u32>, Vec<BuyerSums>) = buyers.all().unzip();
            let ids = kept.customers.ids(numbers);
            let rest = filter.shows(0).then(|| (key(&nothing), ids.iter().copied().collect()));
            (sums.into_iter().zip(ids).collect(), rest)
        }
    };
    let keyed = keyed.into_iter().filter(|(sums, _)| filter.shows(sums.orders)).map(|(sums, id)| (key(&sums), id)).collect();
    Ranking { ascending: false, after, keyed, rest }
}

/// The keys and ids of a page in the order of the names.
async fn by_name(
    db: &mut SqliteConnection,
    kept: &Months,
    filter: &CustomerFilter,
    after: Option<&Cursor>,
    buyers: &BuyersOf,
    matches: Option<&[Uuid]>,
    wanted: usize,
) -> Result<Vec<(Key, Uuid)>> {
    let mut sql = Sql::new("SELECT s.id, coalesce(s.name, s.code) k FROM customer s WHERE 1");
    filter.narrow(&mut sql, matches);
    if let Some(Cursor { key: Key::Text(name), id, .. }) = after {
        sql.add(" AND (coalesce(s.name, s.code), s.id) > (").arg(name.clone()).add(", ").arg(Uuid::from_bytes(*id)).add(")");
    }
    sql.add(" ORDER BY k, s.id");
    // Where trade is asked for, memory says who is shown; otherwise the limit ends the search.
    if !filter.asks_for_trade() {
        sql.add(" LIMIT ").arg(i64::try_from(wanted).unwrap_or(i64::MAX));
    }
    let mut found = Vec::new();
    sql.each(db, |row| {
        let id: Uuid = row.try_get(0)?;
        if found.len() < wanted && filter.shows(buyers.of(kept, id).unwrap_or_default().orders) {
            found.push((Key::Text(row.try_get(1)?), id));
        }
        Ok(())
    })
    .await?;
    Ok(found)
}

/// Totals of the whole view.
///
/// # Errors
/// Where the database cannot be read.
pub async fn customer_totals(db: &mut SqliteConnection, kept: &Months, filter: &CustomerFilter) -> Result<CustomerTotals> {
    let buyers = BuyersOf::read(db, kept, &filter.span()).await?;
    let matches = filter.text_matches(db).await?;
    let mut sql = Sql::new("SELECT s.id FROM customer s WHERE 1");
    filter.narrow(&mut sql, matches.as_deref());
    let mut totals = CustomerTotals::default();
    sql.each(db, |row| {
        let sums = buyers.of(kept, row.try_get(0)?).unwrap_or_default();
        if filter.shows(sums.orders) {
            totals.count += 1;
            totals.paid_minor = plus(totals.paid_minor, sums.paid_minor).ok_or_else(Error::sum_too_large)?;
            totals.repeat_count += i64::from(sums.orders >= 2);
        }
        Ok(())
    })
    .await?;
    Ok(totals)
}

/// The rows of customers in the order of the ids.
async fn customer_rows(db: &mut SqliteConnection, ids: &[Uuid], bought: impl Fn(Uuid) -> BuyerSums) -> Result<Vec<CustomerRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT id, code, coalesce(name, code) name, phone, country FROM customer WHERE id IN ");
    sql.list(ids.iter().copied());
    let mut rows = HashMap::new();
    for r in &sql.rows(db).await? {
        let customer: Uuid = id(r, "id")?;
        let sums = bought(customer);
        let row = CustomerRow {
            id: customer.into(),
            code: text(r, "code")?,
            name: text(r, "name")?,
            phone: maybe_text(r, "phone")?,
            country: maybe_text(r, "country")?,
            orders: sums.orders,
            paid_minor: sums.paid_minor,
            refunded_minor: sums.refunds_minor,
            first_on: sums.first_on.map(|date| date.to_string()),
            last_on: sums.last_on.map(|date| date.to_string()),
        };
        rows.insert(customer, row);
    }
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// The rows of customers, with what they bought ever, in some shops or, where none is named, in all.
///
/// # Errors
/// Where the database cannot be read.
pub async fn rows_by_id(db: &mut SqliteConnection, ids: &[CustomerId], shops: &[ShopId]) -> Result<Vec<CustomerRow>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let bought = buyers::ever(db, &ids, shops).await?;
    customer_rows(db, &ids, |id| bought.get(&id).copied().unwrap_or_default()).await
}

/// Reads one customer, with their trade in some shops or, where none is named, in all.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or none who has an order in these shops.
pub async fn customer_get(db: &mut SqliteConnection, customer: CustomerId, shops: &[ShopId]) -> Result<Customer> {
    let row = rows_by_id(db, &[customer], shops).await?.pop().ok_or(Error::NotFound)?;
    let filter = OrderFilter { customer: Some(customer), shops: shops.to_vec(), ..OrderFilter::default() };
    let recent = order_page(db, &filter, OrderSort::NewestFirst, None, RECENT_SHOWN).await?.rows;
    if recent.is_empty() && !shops.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(Customer {
        row,
        months: months(db, customer, shops).await?,
        favourites: favourites(db, customer, shops).await?,
        recent,
        median_gap_days: median_gap(db, customer, shops).await?,
    })
}

async fn months(db: &mut SqliteConnection, customer: CustomerId, shops: &[ShopId]) -> Result<Vec<(String, i64)>> {
    let mut sql = of_customer::days("SELECT substr(business_date, 1, 7) month, sum(paid_minor) paid", &[customer.0]);
    sql.among("shop_id", shops).add(" GROUP BY 1 HAVING sum(orders_paid) > 0 ORDER BY 1");
    sql.rows(db).await?.iter().map(|r| Ok((text(r, "month")?, int(r, "paid")?))).collect()
}

async fn favourites(db: &mut SqliteConnection, customer: CustomerId, shops: &[ShopId]) -> Result<Vec<ProductRow>> {
    let mut sql = Sql::new("SELECT l.sku_id id, sum(l.quantity_milli) units, sum(l.net_minor) net FROM (");
    of_customer::orders(&mut sql, &[customer.0]);
    sql.add(
        ") d CROSS JOIN order_fold f ON f.order_id = d.id AND +f.effective = 1 CROSS JOIN order_line l ON l.order_id = d.id CROSS JOIN sku s ON s.id = l.sku_id AND s.kind = 'goods' WHERE 1",
    );
    sql.among("f.shop_id", shops).add(" GROUP BY l.sku_id ORDER BY count(DISTINCT d.id) DESC, net DESC, l.sku_id LIMIT ").arg(FAVOURITES_SHOWN);
    let mut ids = Vec::new();
    let mut own = HashMap::new();
    for row in &sql.rows(db).await? {
        let sku: Uuid = id(row, "id")?;
        ids.push(sku);
        own.insert(sku, (int(row, "units")?, int(row, "net")?));
    }
    let mut rows = product_rows(db, &ids, shops).await?;
    for row in &mut rows {
        (row.sold_milli, row.sold_minor) = own.get(&row.id.0).copied().unwrap_or_default();
    }
    Ok(rows)
}

async fn median_gap(db: &mut SqliteConnection, customer: CustomerId, shops: &[ShopId]) -> Result<Option<i64>> {
    let mut sql = of_customer::days("SELECT DISTINCT CAST(julianday(business_date) AS INTEGER) day", &[customer.0]);
    sql.among("shop_id", shops).add(" AND orders_paid > 0 ORDER BY day DESC LIMIT ").arg(GAP_DAYS_MAX);
    let mut days = Vec::new();
    for row in &sql.rows(db).await? {
        days.push(int(row, "day")?);
    }
    let mut gaps: Vec<i64> = days.windows(2).map(|pair| pair[0] - pair[1]).collect();
    gaps.sort_unstable();
    Ok(if gaps.len() < 2 { None } else { gaps.get(gaps.len() / 2).copied() })
}

/// How many identified customers paid for an order in the period, and for two or more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Buyers {
    pub customers: i64,
    pub again: i64,
}

/// Counts the buyers of a period.
///
/// # Errors
/// Where the database cannot be read.
pub async fn buyers(db: &mut SqliteConnection, kept: &Months, span: &Span) -> Result<Buyers> {
    let mut buyers = Buyers::default();
    for (_, sums) in BuyersOf::read(db, kept, span).await?.all().filter(|(_, sums)| sums.orders > 0) {
        buyers.customers += 1;
        buyers.again += i64::from(sums.orders >= 2);
    }
    Ok(buyers)
}

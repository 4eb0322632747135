//! The list of customers, one customer in full, and how many bought and came again.

use super::{
    orders::{OrderFilter, OrderRow, OrderSort, order_page},
    page::{Cursor, Key, limit},
    products::{ProductFilter, ProductRow, product_rows},
    search,
    span::{Span, narrow_places},
    sql::{Sql, id, int, maybe_text, text},
};
use crate::{Error, Result};
use domain::{CustomerId, ShopId};
use jiff::civil::Date;
use sqlx::SqliteConnection;
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
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerSort {
    Name,
    SpentMost,
    LastOrder,
}

impl CustomerSort {
    /// Its word, its key, the key's direction and what "beyond" means.
    const fn parts(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Name => ("name", "coalesce(c.name, c.code)", "ASC", ">"),
            Self::SpentMost => ("spent", "coalesce(b.paid, 0)", "DESC", "<"),
            Self::LastOrder => ("last", "coalesce(b.last_on, '')", "DESC", "<"),
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

    /// Adds what each customer bought in the period.
    fn bought(&self, sql: &mut Sql, ids: Option<&[Uuid]>) {
        sql.add(
            "SELECT customer_id, sum(orders_paid) orders, sum(paid_minor) paid, sum(refunds_minor) refunds, min(CASE WHEN orders_paid > 0 THEN business_date END) first_on,
             max(CASE WHEN orders_paid > 0 THEN business_date END) last_on FROM customer_day INDEXED BY customer_day_customer WHERE 1",
        );
        if let Some(ids) = ids {
            sql.add(" AND customer_id IN ").list(ids.iter().copied());
        }
        if let Some(from) = self.bought_from {
            sql.add(" AND business_date >= ").arg(from.to_string());
        }
        if let Some(to) = self.bought_to {
            sql.add(" AND business_date <= ").arg(to.to_string());
        }
        narrow_places(sql, "", &self.shops, &[]);
        sql.add(" GROUP BY customer_id");
    }

    fn narrow(&self, sql: &mut Sql, matches: Option<&[Uuid]>) {
        if let Some(matches) = matches {
            sql.add(" AND c.id IN ").list(matches.iter().copied());
        }
        if let Some(country) = &self.country {
            sql.add(" AND c.country = ").arg(country.clone());
        }
        if self.asks_for_trade() {
            sql.add(" AND b.orders >= ").arg(self.min_orders.unwrap_or(1).max(1));
        }
    }

    async fn text_matches(&self, db: &mut SqliteConnection) -> Result<Option<Vec<Uuid>>> {
        match self.text.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
            Some(asked) => Ok(Some(search::matches(db, "customer", asked, TEXT_MATCHES_MAX).await?)),
            None => Ok(None),
        }
    }
}

/// One page.
///
/// # Errors
/// Where the cursor is of another sort or the database cannot be read.
pub async fn customer_page(db: &mut SqliteConnection, filter: &CustomerFilter, sort: CustomerSort, after: Option<&str>, asked: u32) -> Result<CustomerPage> {
    let (name, key, way, beyond) = sort.parts();
    let after = after.map(|text| Cursor::read(text, name)).transpose()?;
    let limit = limit(asked);
    let matches = filter.text_matches(db).await?;
    let mut sql = Sql::new(&format!("SELECT c.id, {key} k FROM customer c"));
    if filter.asks_for_trade() || sort != CustomerSort::Name {
        sql.add(" LEFT JOIN (");
        filter.bought(&mut sql, None);
        sql.add(") b ON b.customer_id = c.id");
    }
    sql.add(" WHERE 1");
    filter.narrow(&mut sql, matches.as_deref());
    if let Some(cursor) = &after {
        sql.add(&format!(" AND ({key}, c.id) {beyond} ("));
        match &cursor.key {
            Key::Number(n) => sql.arg(*n),
            Key::Text(text) => sql.arg(text.clone()),
        };
        sql.add(", ").arg(Uuid::from_bytes(cursor.id)).add(")");
    }
    sql.add(&format!(" ORDER BY {key} {way}, c.id {way} LIMIT ")).arg(limit + 1);
    let found = sql.rows(db).await?;
    let shown = found.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut ids: Vec<Uuid> = Vec::new();
    for row in &found[..shown] {
        ids.push(id(row, "id")?);
    }
    let next = match found.get(shown.wrapping_sub(1)).filter(|_| found.len() > shown) {
        Some(last) => {
            let key = if sort == CustomerSort::SpentMost { Key::Number(int(last, "k")?) } else { Key::Text(text(last, "k")?) };
            Some(Cursor { sort: name, key, id: *id::<Uuid>(last, "id")?.as_bytes() }.write())
        }
        None => None,
    };
    Ok(CustomerPage { rows: customer_rows(db, &ids, filter).await?, next })
}

/// Totals of the whole view.
///
/// # Errors
/// Where the database cannot be read.
pub async fn customer_totals(db: &mut SqliteConnection, filter: &CustomerFilter) -> Result<CustomerTotals> {
    let matches = filter.text_matches(db).await?;
    let mut sql = Sql::new("SELECT count(*) n, coalesce(sum(b.paid), 0) paid, coalesce(sum(b.orders >= 2), 0) again FROM customer c LEFT JOIN (");
    filter.bought(&mut sql, None);
    sql.add(") b ON b.customer_id = c.id WHERE 1");
    filter.narrow(&mut sql, matches.as_deref());
    let row = sql.row(db).await?;
    Ok(CustomerTotals { count: int(&row, "n")?, paid_minor: int(&row, "paid")?, repeat_count: int(&row, "again")? })
}

/// The rows of customers in the order of the ids.
async fn customer_rows(db: &mut SqliteConnection, ids: &[Uuid], filter: &CustomerFilter) -> Result<Vec<CustomerRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT c.id, c.code, coalesce(c.name, c.code) name, c.phone, c.country, coalesce(b.orders, 0) orders, coalesce(b.paid, 0) paid, coalesce(b.refunds, 0) refunds, b.first_on, b.last_on FROM customer c LEFT JOIN (",
    );
    filter.bought(&mut sql, Some(ids));
    sql.add(") b ON b.customer_id = c.id WHERE c.id IN ").list(ids.iter().copied());
    let mut rows = HashMap::new();
    for r in &sql.rows(db).await? {
        let customer: Uuid = id(r, "id")?;
        let row = CustomerRow {
            id: customer.into(),
            code: text(r, "code")?,
            name: text(r, "name")?,
            phone: maybe_text(r, "phone")?,
            country: maybe_text(r, "country")?,
            orders: int(r, "orders")?,
            paid_minor: int(r, "paid")?,
            refunded_minor: int(r, "refunds")?,
            first_on: maybe_text(r, "first_on")?,
            last_on: maybe_text(r, "last_on")?,
        };
        rows.insert(customer, row);
    }
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// The rows of customers, with what they bought ever.
///
/// # Errors
/// Where the database cannot be read.
pub async fn rows_by_id(db: &mut SqliteConnection, ids: &[CustomerId]) -> Result<Vec<CustomerRow>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    customer_rows(db, &ids, &CustomerFilter::default()).await
}

/// Reads one customer.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn customer_get(db: &mut SqliteConnection, customer: CustomerId) -> Result<Customer> {
    let row = customer_rows(db, &[customer.0], &CustomerFilter::default()).await?.pop().ok_or(Error::NotFound)?;
    let filter = OrderFilter { customer: Some(customer), ..OrderFilter::default() };
    let recent = order_page(db, &filter, OrderSort::NewestFirst, None, RECENT_SHOWN).await?.rows;
    Ok(Customer {
        row,
        months: months(db, customer).await?,
        favourites: favourites(db, customer).await?,
        recent,
        median_gap_days: median_gap(db, customer).await?,
    })
}

async fn months(db: &mut SqliteConnection, customer: CustomerId) -> Result<Vec<(String, i64)>> {
    let mut sql = Sql::new("SELECT substr(business_date, 1, 7) month, sum(paid_minor) paid FROM customer_day WHERE customer_id = ");
    sql.arg(customer).add(" GROUP BY 1 HAVING sum(orders_paid) > 0 ORDER BY 1");
    sql.rows(db).await?.iter().map(|r| Ok((text(r, "month")?, int(r, "paid")?))).collect()
}

async fn favourites(db: &mut SqliteConnection, customer: CustomerId) -> Result<Vec<ProductRow>> {
    let mut sql = Sql::new(
        "SELECT l.sku_id id, sum(l.quantity_milli) units, sum(l.net_minor) net FROM order_doc d JOIN order_fold f ON f.order_id = d.id AND f.effective = 1 JOIN order_line l ON l.order_id = d.id
         JOIN sku s ON s.id = l.sku_id AND s.kind = 'goods' WHERE d.customer_id = ",
    );
    sql.arg(customer).add(" GROUP BY l.sku_id ORDER BY count(DISTINCT d.id) DESC, net DESC, l.sku_id LIMIT ").arg(FAVOURITES_SHOWN);
    let mut ids = Vec::new();
    let mut own = HashMap::new();
    for row in &sql.rows(db).await? {
        let sku: Uuid = id(row, "id")?;
        ids.push(sku);
        own.insert(sku, (int(row, "units")?, int(row, "net")?));
    }
    let mut rows = product_rows(db, &ids, &ProductFilter::default()).await?;
    for row in &mut rows {
        (row.sold_milli, row.sold_minor) = own.get(&row.id.0).copied().unwrap_or_default();
    }
    Ok(rows)
}

async fn median_gap(db: &mut SqliteConnection, customer: CustomerId) -> Result<Option<i64>> {
    let mut sql = Sql::new("SELECT DISTINCT CAST(julianday(business_date) AS INTEGER) day FROM customer_day WHERE orders_paid > 0 AND customer_id = ");
    sql.arg(customer).add(" ORDER BY day DESC LIMIT ").arg(GAP_DAYS_MAX);
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
pub async fn buyers(db: &mut SqliteConnection, span: &Span) -> Result<Buyers> {
    // A long period is read in the customers' order, which needs no sort; a short one by its dates.
    const SHORT_DAYS: i64 = 92;
    let index = if span.days() > SHORT_DAYS && span.channels.is_empty() { "INDEXED BY customer_day_customer" } else { "NOT INDEXED" };
    let mut sql = Sql::new(&format!(
        "SELECT count(*) customers, coalesce(sum(orders >= 2), 0) again FROM (SELECT sum(orders_paid) orders FROM customer_day {index} WHERE 1"
    ));
    span.narrow(&mut sql, "");
    sql.add(" GROUP BY customer_id HAVING sum(orders_paid) > 0)");
    let row = sql.row(db).await?;
    Ok(Buyers { customers: int(&row, "customers")?, again: int(&row, "again")? })
}

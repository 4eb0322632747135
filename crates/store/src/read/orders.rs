//! The order book: filter, keyset page, totals.
//!
//! Views in which the refunds of a period have a part are made in [`refunded`].

use super::{
    amounts::whole,
    months::Months,
    of_customer, order_keys,
    page::{Cursor, Key, limit},
    refunded, search,
    span::{instants, narrow_places},
    sql::{Sql, id, int, maybe_id, maybe_text, text, word},
    totals, with_article,
};
use crate::{Error, Result};
use domain::{BatchId, Channel, CustomerId, FulfilState, PayState, RefundState, ShopId, SkuId};
use jiff::civil::Date;
use sqlx::SqliteConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// A paid order that waits longer than this is overdue: a platform reminds the buyer at 48 hours.
pub const OVERDUE_MS: i64 = 40 * 3_600_000;
/// Goods and people that a text of the order list may stand for.
const TEXT_MATCHES_MAX: u32 = 200;

/// What narrows the list; a field left empty does not. Dates inclusive; weekday 1 is Monday.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    pub text: Option<String>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub hour_from: Option<u8>,
    pub hour_to: Option<u8>,
    pub weekday: Option<u8>,
    pub shops: Vec<ShopId>,
    pub channels: Vec<Channel>,
    pub pay: Vec<PayState>,
    pub fulfil: Vec<FulfilState>,
    pub refund: Vec<RefundState>,
    pub amount_min_minor: Option<i64>,
    pub amount_max_minor: Option<i64>,
    pub customer: Option<CustomerId>,
    pub sku: Option<SkuId>,
    pub batch: Option<BatchId>,
    /// Dates, hours, weekday, shops and channels speak of the refund, not of the order.
    pub refunded_in_period: bool,
    /// Beside the orders of the period those that were refunded in it, so that the rows sum to net sales.
    pub with_refunds: bool,
    /// Only orders that wait to be shipped and were paid before this instant.
    pub waiting_since_ms: Option<i64>,
    /// Only orders of days, shops and channels whose visitors were counted.
    pub visits_counted: bool,
    /// By what of a person the text finds their orders.
    pub people: search::People,
}

impl OrderFilter {
    /// Whether refunds of the period have a part in the rows.
    pub(super) const fn speaks_of_refunds(&self) -> bool {
        self.refunded_in_period || self.with_refunds
    }
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderSort {
    NewestFirst,
    OldestFirst,
    LargestFirst,
}

impl OrderSort {
    const fn word(self) -> &'static str {
        match self {
            Self::NewestFirst => "newest",
            Self::OldestFirst => "oldest",
            Self::LargestFirst => "largest",
        }
    }

    pub(super) const fn key(self) -> &'static str {
        if matches!(self, Self::LargestFirst) { "payable_minor" } else { "occurred_at_ms" }
    }

    pub(super) const fn way(self) -> (&'static str, &'static str) {
        if matches!(self, Self::OldestFirst) { ("ASC", ">") } else { ("DESC", "<") }
    }
}

/// A row of the list. A lone refund has the refund's id and number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    pub id: Uuid,
    pub order_no: String,
    pub occurred_at_ms: i64,
    pub business_date: String,
    pub shop_id: ShopId,
    pub shop_name: String,
    pub channel: Channel,
    pub customer_id: Option<CustomerId>,
    pub customer_name: Option<String>,
    pub first_item: String,
    pub kinds: i64,
    pub pieces_milli: i64,
    pub pay: PayState,
    pub fulfil: FulfilState,
    pub refund: RefundState,
    pub payable_minor: i64,
    pub paid_minor: i64,
    /// In a view by date of refund: what was refunded in the period.
    pub refunded_minor: i64,
    /// What it adds to net sales and to the cost of what was sold: goods less discounts, nothing where it is closed. In a view by date of refund what its
    /// refunds take away.
    pub net_minor: i64,
    pub cost_minor: i64,
    pub currency: String,
}

/// A page and where the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    pub rows: Vec<OrderRow>,
    pub next: Option<String>,
}

/// Totals of the whole view: payable = paid + unpaid + closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderTotals {
    pub count: i64,
    pub payable_minor: i64,
    pub paid_minor: i64,
    pub unpaid_minor: i64,
    pub closed_minor: i64,
    pub refunded_minor: i64,
    pub waiting_count: i64,
    pub overdue_count: i64,
    pub refund_underway_count: i64,
    /// Absent where the view mixes currencies or is empty.
    pub currency: Option<String>,
}

/// One page.
///
/// # Errors
/// Where the cursor is of another sort or the database cannot be read.
pub async fn order_page(db: &mut SqliteConnection, filter: &OrderFilter, sort: OrderSort, after: Option<&str>, asked: u32) -> Result<OrderPage> {
    let after = after.map(|text| Cursor::read(text, sort.word())).transpose()?;
    let limit = limit(asked);
    let chosen = Chosen::find(db, filter).await?;
    let mut keys = if filter.speaks_of_refunds() {
        keys_with_refunds(db, filter, &chosen, sort, after.as_ref(), limit + 1).await?
    } else {
        order_keys::find(db, filter, &chosen, sort, after.as_ref(), limit + 1).await?
    };
    let more = keys.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    keys.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = keys.last().filter(|_| more).map(|k| Cursor { sort: sort.word(), key: Key::Number(k.key), id: *k.id.as_bytes() }.write());
    Ok(OrderPage { rows: rows_of(db, &keys, filter).await?, next })
}

async fn keys_with_refunds(
    db: &mut SqliteConnection,
    filter: &OrderFilter,
    chosen: &Chosen,
    sort: OrderSort,
    after: Option<&Cursor>,
    wanted: i64,
) -> Result<Vec<RowKey>> {
    let (key, (way, beyond)) = (sort.key(), sort.way());
    let mut sql = Sql::new("SELECT * FROM (");
    refunded::rows(&mut sql, filter, chosen);
    sql.add(") WHERE 1");
    beyond_cursor(&mut sql, after, key, "id", beyond);
    sql.add(&format!(" ORDER BY {key} {way}, id {way} LIMIT ")).arg(wanted);
    let read = |row| Ok(RowKey { id: id(row, "id")?, key: int(row, key)?, own: int(row, "own")? == 1, lone: int(row, "lone")? == 1 });
    sql.rows(db).await?.iter().map(read).collect()
}

pub(super) fn beyond_cursor(sql: &mut Sql, after: Option<&Cursor>, key: &str, id: &str, beyond: &str) {
    if let Some(Cursor { key: Key::Number(at), id: last, .. }) = after {
        sql.add(&format!(" AND ({key}, {id}) {beyond} (")).arg(*at).add(", ").arg(Uuid::from_bytes(*last)).add(")");
    }
}

/// Totals of the whole view. `now_ms` decides what is overdue.
///
/// # Errors
/// [`crate::Error::SumTooLarge`] where the amounts do not fit a sum; where the database cannot be read.
pub async fn order_totals(db: &mut SqliteConnection, kept: &Months, filter: &OrderFilter, now_ms: i64) -> Result<OrderTotals> {
    if totals::is_told_by_months(filter) {
        return totals::of_months(db, kept, filter, now_ms).await;
    }
    let chosen = Chosen::find(db, filter).await?;
    let mut sql = Sql::new(
        "SELECT count(*) n, coalesce(sum(payable_minor), 0) payable, coalesce(sum(paid_minor), 0) paid, coalesce(sum(CASE WHEN pay = 'closed' THEN payable_minor - paid_minor END), 0) closed,
         coalesce(sum(refunded_minor), 0) refunded, coalesce(sum(fulfil = 'waiting'), 0) waiting, coalesce(sum(refund = 'underway'), 0) underway,
         min(currency) low, max(currency) high, coalesce(sum(fulfil = 'waiting' AND first_paid_at_ms < ",
    );
    sql.arg(now_ms - OVERDUE_MS).add("), 0) overdue FROM ");
    if filter.speaks_of_refunds() {
        sql.add("(");
        refunded::rows(&mut sql, filter, &chosen);
        sql.add(")");
    } else {
        sql.add("order_fold f WHERE ").add(if chosen.is_narrow() { "+" } else { "" }).add("f.effective = 1");
        narrow_orders(&mut sql, filter, &chosen);
    }
    let row = sql.row(db).await?;
    let amount = |name: &str| whole(int(&row, name)?);
    let (payable_minor, paid_minor, closed_minor) = (amount("payable")?, amount("paid")?, amount("closed")?);
    Ok(OrderTotals {
        count: int(&row, "n")?,
        payable_minor,
        paid_minor,
        unpaid_minor: totals::unpaid(payable_minor, paid_minor, closed_minor).ok_or_else(Error::sum_too_large)?,
        closed_minor,
        refunded_minor: amount("refunded")?,
        waiting_count: int(&row, "waiting")?,
        overdue_count: int(&row, "overdue")?,
        refund_underway_count: int(&row, "underway")?,
        currency: maybe_text(&row, "low")?.filter(|low| maybe_text(&row, "high").is_ok_and(|high| high.as_ref() == Some(low))),
    })
}

/// What the text of a filter stands for.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// A text was given; an order must be among those that it names.
    pub(super) text: Option<TextMatches>,
    narrow: bool,
}

#[derive(Debug)]
pub(super) struct TextMatches {
    pub(super) numbers: Option<(String, String)>,
    pub(super) skus: Vec<Uuid>,
    pub(super) customers: Vec<Uuid>,
}

impl Chosen {
    async fn find(db: &mut SqliteConnection, filter: &OrderFilter) -> Result<Self> {
        let narrow = filter.customer.is_some() || filter.sku.is_some();
        let Some(asked) = filter.text.as_deref().map(str::trim).filter(|t| !t.is_empty()) else { return Ok(Self { text: None, narrow }) };
        let skus = search::meant(db, "sku", asked, TEXT_MATCHES_MAX).await?;
        let customers = search::people_meant(db, asked, TEXT_MATCHES_MAX, filter.people).await?;
        Ok(Self { text: Some(TextMatches { numbers: search::number_range(asked), skus, customers }), narrow: true })
    }

    pub(super) const fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// Adds the condition on an order's id.
    fn narrow(&self, sql: &mut Sql, column: &str) {
        let Some(matches) = &self.text else { return };
        sql.add(&format!(" AND {column} IN (SELECT NULL WHERE 0"));
        if let Some((from, to)) = &matches.numbers {
            sql.add(" UNION SELECT id FROM order_doc WHERE order_no >= ").arg(from.clone()).add(" AND order_no < ").arg(to.clone());
        }
        if !matches.customers.is_empty() {
            sql.add(" UNION ");
            of_customer::orders(sql, &matches.customers);
        }
        if !matches.skus.is_empty() {
            sql.add(" UNION ");
            with_article::orders(sql, &matches.skus);
        }
        sql.add(")");
    }
}

/// Adds the conditions on an order of its own dates and places.
pub(super) fn narrow_orders(sql: &mut Sql, filter: &OrderFilter, chosen: &Chosen) {
    narrow_time(sql, filter, "f.", true);
    narrow_states(sql, filter, chosen);
}

/// Adds the conditions on dates, hours, weekday, shops and channels. `timed` where an index on the instant helps.
pub(super) fn narrow_time(sql: &mut Sql, filter: &OrderFilter, alias: &str, timed: bool) {
    if let Some(from) = filter.from {
        sql.add(&format!(" AND {alias}business_date >= ")).arg(from.to_string());
        if timed {
            sql.add(&format!(" AND {alias}occurred_at_ms >= ")).arg(instants(from, from).0);
        }
    }
    if let Some(to) = filter.to {
        sql.add(&format!(" AND {alias}business_date <= ")).arg(to.to_string());
        if timed {
            sql.add(&format!(" AND {alias}occurred_at_ms < ")).arg(instants(to, to).1);
        }
    }
    if let Some(hour) = filter.hour_from {
        sql.add(&format!(" AND {alias}hour >= ")).arg(i64::from(hour));
    }
    if let Some(hour) = filter.hour_to {
        sql.add(&format!(" AND {alias}hour <= ")).arg(i64::from(hour));
    }
    if let Some(weekday) = filter.weekday {
        sql.add(&format!(" AND CAST(strftime('%w', {alias}business_date) AS INTEGER) = ")).arg(i64::from(weekday) % 7);
    }
    narrow_places(sql, alias, &filter.shops, &filter.channels);
}

/// Adds the conditions on the order itself.
pub(super) fn narrow_states(sql: &mut Sql, filter: &OrderFilter, chosen: &Chosen) {
    if !filter.pay.is_empty() {
        sql.add(" AND f.pay IN ").list(filter.pay.iter().map(|w| w.word()));
    }
    if !filter.fulfil.is_empty() {
        sql.add(" AND f.fulfil IN ").list(filter.fulfil.iter().map(|w| w.word()));
    }
    if !filter.refund.is_empty() {
        sql.add(" AND f.refund IN ").list(filter.refund.iter().map(|w| w.word()));
    }
    if let Some(least) = filter.amount_min_minor {
        sql.add(" AND f.payable_minor >= ").arg(least);
    }
    if let Some(most) = filter.amount_max_minor {
        sql.add(" AND f.payable_minor <= ").arg(most);
    }
    if let Some(customer) = filter.customer {
        sql.add(" AND f.order_id IN (");
        of_customer::orders(sql, &[customer.0]);
        sql.add(")");
    }
    if let Some(sku) = filter.sku {
        sql.add(" AND f.order_id IN (");
        with_article::orders(sql, &[sku.0]);
        sql.add(")");
    }
    if let Some(batch) = filter.batch {
        sql.add(" AND (SELECT d.batch_id FROM order_doc d WHERE d.id = f.order_id) = ").arg(batch);
    }
    if let Some(since_ms) = filter.waiting_since_ms {
        sql.add(" AND f.fulfil = 'waiting' AND f.first_paid_at_ms < ").arg(since_ms);
    }
    if filter.visits_counted {
        sql.add(" AND (f.business_date, f.shop_id, f.channel) IN (SELECT business_date, shop_id, channel FROM sales_hour WHERE 1");
        if let Some(from) = filter.from {
            sql.add(" AND business_date >= ").arg(from.to_string());
        }
        if let Some(to) = filter.to {
            sql.add(" AND business_date <= ").arg(to.to_string());
        }
        sql.add(" GROUP BY 1, 2, 3 HAVING sum(visitors) > 0)");
    }
    chosen.narrow(sql, "f.order_id");
}

/// A row that was chosen, before its texts are read.
pub(super) struct RowKey {
    pub id: Uuid,
    pub key: i64,
    /// The order itself is in the period, not a refund of it alone.
    pub own: bool,
    pub lone: bool,
}

async fn rows_of(db: &mut SqliteConnection, keys: &[RowKey], filter: &OrderFilter) -> Result<Vec<OrderRow>> {
    let orders: Vec<Uuid> = keys.iter().filter(|k| !k.lone).map(|k| k.id).collect();
    let lone: Vec<Uuid> = keys.iter().filter(|k| k.lone).map(|k| k.id).collect();
    let mut rows: HashMap<Uuid, OrderRow> = HashMap::new();
    for row in order_rows(db, &orders).await?.into_iter().chain(lone_rows(db, &lone).await?) {
        rows.insert(row.id, row);
    }
    let given = if filter.speaks_of_refunds() { refunded::given_back(db, &orders, filter).await? } else { HashMap::new() };
    let told = |key: &RowKey| {
        let mut row = rows.remove(&key.id)?;
        if filter.speaks_of_refunds() && !key.lone {
            let back = given.get(&key.id).copied().unwrap_or_default();
            let own = if key.own { (row.net_minor, row.cost_minor) } else { (0, 0) };
            (row.refunded_minor, row.net_minor, row.cost_minor) = (back.amount_minor, own.0 - back.goods_minor, own.1 - back.cost_minor);
        }
        Some(row)
    };
    Ok(keys.iter().filter_map(told).collect())
}

/// The rows of orders by their ids, in no order.
pub(crate) async fn order_rows(db: &mut SqliteConnection, ids: &[Uuid]) -> Result<Vec<OrderRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT f.order_id id, d.order_no, f.occurred_at_ms, f.business_date, f.shop_id, coalesce(h.name, '') shop_name, f.channel, f.customer_id, coalesce(c.name, c.code) customer_name,
         coalesce((SELECT s.name FROM sku s WHERE s.id = f.first_sku_id), '') first_item, f.kinds, f.quantity_milli, f.pay, f.fulfil, f.refund, f.payable_minor, f.paid_minor, f.refunded_minor, f.currency,
         iif(f.pay = 'closed', 0, f.net_goods_minor - f.discount_minor) net_minor, iif(f.pay = 'closed', 0, f.cost_minor) cost_minor
         FROM order_fold f JOIN order_doc d ON d.id = f.order_id LEFT JOIN shop h ON h.id = f.shop_id LEFT JOIN customer c ON c.id = f.customer_id WHERE +f.effective = 1 AND f.order_id IN ",
    );
    sql.list(ids.iter().copied());
    read_rows(&sql.rows(db).await?)
}

/// The rows of refunds without a sale by their ids, in no order.
pub(crate) async fn lone_rows(db: &mut SqliteConnection, ids: &[Uuid]) -> Result<Vec<OrderRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT f.refund_id id, d.refund_no order_no, f.occurred_at_ms, f.business_date, f.shop_id, coalesce(h.name, '') shop_name, f.channel, f.customer_id, coalesce(c.name, c.code) customer_name,
         coalesce((SELECT s.name FROM refund_line l JOIN sku s ON s.id = l.sku_id WHERE l.refund_id = f.refund_id LIMIT 1), '') first_item,
         (SELECT count(DISTINCT l.sku_id) FROM refund_line l WHERE l.refund_id = f.refund_id) kinds, (SELECT coalesce(sum(l.quantity_milli), 0) FROM refund_line l WHERE l.refund_id = f.refund_id) quantity_milli,
         'closed' pay, 'none' fulfil, 'all' refund, 0 payable_minor, 0 paid_minor, f.amount_minor refunded_minor, f.currency, -f.goods_minor net_minor, -f.cost_minor cost_minor
         FROM refund_fold f JOIN refund d ON d.id = f.refund_id LEFT JOIN shop h ON h.id = f.shop_id LEFT JOIN customer c ON c.id = f.customer_id WHERE +f.effective = 1 AND f.refund_id IN ",
    );
    sql.list(ids.iter().copied());
    read_rows(&sql.rows(db).await?)
}

fn read_rows(rows: &[sqlx::sqlite::SqliteRow]) -> Result<Vec<OrderRow>> {
    rows.iter()
        .map(|r| {
            Ok(OrderRow {
                id: id(r, "id")?,
                order_no: text(r, "order_no")?,
                occurred_at_ms: int(r, "occurred_at_ms")?,
                business_date: text(r, "business_date")?,
                shop_id: id(r, "shop_id")?,
                shop_name: text(r, "shop_name")?,
                channel: word(r, "channel", Channel::from_word)?,
                customer_id: maybe_id(r, "customer_id")?,
                customer_name: maybe_text(r, "customer_name")?,
                first_item: text(r, "first_item")?,
                kinds: int(r, "kinds")?,
                pieces_milli: int(r, "quantity_milli")?,
                pay: word(r, "pay", PayState::from_word)?,
                fulfil: word(r, "fulfil", FulfilState::from_word)?,
                refund: word(r, "refund", RefundState::from_word)?,
                payable_minor: int(r, "payable_minor")?,
                paid_minor: int(r, "paid_minor")?,
                refunded_minor: int(r, "refunded_minor")?,
                net_minor: int(r, "net_minor")?,
                cost_minor: int(r, "cost_minor")?,
                currency: text(r, "currency")?,
            })
        })
        .collect()
}

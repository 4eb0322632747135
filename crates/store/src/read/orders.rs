//! The order book: filter, keyset page, totals.
//!
//! A view "by date of refund" shows the orders with a refund in the period, whatever their own date, and beside them the refunds that no
//! sale was found for: so the rows of a refund figure sum to it. Such a lone refund stands as a row with nothing due and nothing paid.

use super::{
    page::{Cursor, Key, limit},
    search,
    span::{instants, narrow_places},
    sql::{Sql, id, int, maybe_id, maybe_text, text, word},
};
use crate::Result;
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

    const fn key(self) -> &'static str {
        if matches!(self, Self::LargestFirst) { "payable_minor" } else { "occurred_at_ms" }
    }

    const fn way(self) -> (&'static str, &'static str) {
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
    let mut sql = Sql::new("");
    let (key, (way, beyond)) = (sort.key(), sort.way());
    if filter.refunded_in_period {
        sql.add("SELECT * FROM (");
        refunded_orders(&mut sql, filter, &chosen);
        sql.add(" UNION ALL ");
        lone_refunds(&mut sql, filter, &chosen);
        sql.add(") WHERE 1");
        beyond_cursor(&mut sql, after.as_ref(), key, "id", beyond);
        sql.add(&format!(" ORDER BY {key} {way}, id {way} LIMIT "));
    } else {
        // Where few orders can fit, they are fetched and sorted; otherwise the index gives them in order and the limit ends the search.
        let sorted = chosen.is_narrow() || (sort == OrderSort::LargestFirst && filter.from.is_some());
        let plus = if sorted { "+" } else { "" };
        sql.add(&format!(
            "SELECT f.order_id id, f.{key} {key}, 0 lone, 0 refunded_minor, 0 net_minor, 0 cost_minor FROM order_fold f WHERE {plus}f.effective = 1"
        ));
        narrow_orders(&mut sql, filter, &chosen);
        beyond_cursor(&mut sql, after.as_ref(), &format!("f.{key}"), "f.order_id", beyond);
        sql.add(&format!(" ORDER BY {plus}f.{key} {way}, {plus}f.order_id {way} LIMIT "));
    }
    sql.arg(limit + 1);
    let found = sql.rows(db).await?;
    let mut keys = Vec::new();
    for row in &found {
        keys.push(RowKey {
            id: id(row, "id")?,
            key: int(row, key)?,
            lone: int(row, "lone")? == 1,
            refunded_minor: int(row, "refunded_minor")?,
            net_minor: int(row, "net_minor")?,
            cost_minor: int(row, "cost_minor")?,
        });
    }
    let more = keys.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    keys.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = keys.last().filter(|_| more).map(|k| Cursor { sort: sort.word(), key: Key::Number(k.key), id: *k.id.as_bytes() }.write());
    Ok(OrderPage { rows: rows_of(db, &keys, filter.refunded_in_period).await?, next })
}

fn beyond_cursor(sql: &mut Sql, after: Option<&Cursor>, key: &str, id: &str, beyond: &str) {
    if let Some(Cursor { key: Key::Number(at), id: last, .. }) = after {
        sql.add(&format!(" AND ({key}, {id}) {beyond} (")).arg(*at).add(", ").arg(Uuid::from_bytes(*last)).add(")");
    }
}

/// Totals of the whole view. `now_ms` decides what is overdue.
///
/// # Errors
/// Where the database cannot be read.
pub async fn order_totals(db: &mut SqliteConnection, filter: &OrderFilter, now_ms: i64) -> Result<OrderTotals> {
    let chosen = Chosen::find(db, filter).await?;
    let mut sql = Sql::new(
        "SELECT count(*) n, coalesce(sum(payable_minor), 0) payable, coalesce(sum(paid_minor), 0) paid, coalesce(sum(CASE WHEN pay = 'closed' THEN payable_minor - paid_minor END), 0) closed,
         coalesce(sum(refunded_minor), 0) refunded, coalesce(sum(fulfil = 'waiting'), 0) waiting, coalesce(sum(refund = 'underway'), 0) underway,
         min(currency) low, max(currency) high, coalesce(sum(fulfil = 'waiting' AND first_paid_at_ms < ",
    );
    sql.arg(now_ms - OVERDUE_MS).add("), 0) overdue FROM ");
    if filter.refunded_in_period {
        sql.add("(");
        refunded_orders(&mut sql, filter, &chosen);
        sql.add(" UNION ALL ");
        lone_refunds(&mut sql, filter, &chosen);
        sql.add(")");
    } else {
        sql.add("order_fold f WHERE ").add(if chosen.is_narrow() { "+" } else { "" }).add("f.effective = 1");
        narrow_orders(&mut sql, filter, &chosen);
    }
    let row = sql.row(db).await?;
    let (payable_minor, paid_minor, closed_minor) = (int(&row, "payable")?, int(&row, "paid")?, int(&row, "closed")?);
    Ok(OrderTotals {
        count: int(&row, "n")?,
        payable_minor,
        paid_minor,
        unpaid_minor: payable_minor - paid_minor - closed_minor,
        closed_minor,
        refunded_minor: int(&row, "refunded")?,
        waiting_count: int(&row, "waiting")?,
        overdue_count: int(&row, "overdue")?,
        refund_underway_count: int(&row, "underway")?,
        currency: maybe_text(&row, "low")?.filter(|low| maybe_text(&row, "high").is_ok_and(|high| high.as_ref() == Some(low))),
    })
}

/// What the text of a filter stands for.
#[derive(Debug, Default)]
struct Chosen {
    /// A text was given; an order must be among those that it names.
    text: Option<TextMatches>,
    narrow: bool,
}

#[derive(Debug)]
struct TextMatches {
    numbers: Option<(String, String)>,
    skus: Vec<Uuid>,
    customers: Vec<Uuid>,
}

impl Chosen {
    async fn find(db: &mut SqliteConnection, filter: &OrderFilter) -> Result<Self> {
        let narrow = filter.customer.is_some() || filter.sku.is_some();
        let Some(asked) = filter.text.as_deref().map(str::trim).filter(|t| !t.is_empty()) else { return Ok(Self { text: None, narrow }) };
        let skus = search::matches(db, "sku", asked, TEXT_MATCHES_MAX).await?;
        let customers = search::matches(db, "customer", asked, TEXT_MATCHES_MAX).await?;
        Ok(Self { text: Some(TextMatches { numbers: search::number_range(asked), skus, customers }), narrow: true })
    }

    const fn is_narrow(&self) -> bool {
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
            sql.add(" UNION SELECT id FROM order_doc WHERE customer_id IN ").list(matches.customers.iter().copied());
        }
        if !matches.skus.is_empty() {
            sql.add(" UNION SELECT order_id FROM order_line WHERE sku_id IN ").list(matches.skus.iter().copied());
        }
        sql.add(")");
    }
}

/// Adds the conditions on an order of its own dates and places.
fn narrow_orders(sql: &mut Sql, filter: &OrderFilter, chosen: &Chosen) {
    narrow_time(sql, filter, "f.", true);
    narrow_states(sql, filter, chosen);
}

/// Adds the conditions on dates, hours, weekday, shops and channels. `timed` where an index on the instant helps.
fn narrow_time(sql: &mut Sql, filter: &OrderFilter, alias: &str, timed: bool) {
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
fn narrow_states(sql: &mut Sql, filter: &OrderFilter, chosen: &Chosen) {
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
        sql.add(" AND f.order_id IN (SELECT id FROM order_doc WHERE customer_id = ").arg(customer).add(")");
    }
    if let Some(sku) = filter.sku {
        sql.add(" AND f.order_id IN (SELECT order_id FROM order_line WHERE sku_id = ").arg(sku).add(")");
    }
    if let Some(batch) = filter.batch {
        sql.add(" AND (SELECT d.batch_id FROM order_doc d WHERE d.id = f.order_id) = ").arg(batch);
    }
    chosen.narrow(sql, "f.order_id");
}

const KEY_COLUMNS: &str = "occurred_at_ms, payable_minor, paid_minor, pay, fulfil, refund, first_paid_at_ms, currency";

/// Orders with a refund in the period.
fn refunded_orders(sql: &mut Sql, filter: &OrderFilter, chosen: &Chosen) {
    sql.add(&format!(
        "SELECT f.order_id id, {}, 0 lone, r.refunded_minor, r.net_minor, r.cost_minor FROM (SELECT order_id, sum(amount_minor) refunded_minor, -sum(goods_minor) net_minor, -sum(cost_minor) cost_minor FROM refund_fold WHERE effective = 1 AND order_id IS NOT NULL",
        KEY_COLUMNS.split(", ").map(|c| format!("f.{c}")).collect::<Vec<_>>().join(", ")
    ));
    narrow_time(sql, filter, "", false);
    sql.add(" GROUP BY order_id) r CROSS JOIN order_fold f ON f.order_id = r.order_id WHERE f.effective = 1");
    narrow_states(sql, filter, chosen);
}

/// Refunds in the period that no sale was found for.
fn lone_refunds(sql: &mut Sql, filter: &OrderFilter, chosen: &Chosen) {
    sql.add(
        "SELECT r.refund_id id, r.occurred_at_ms, 0 payable_minor, 0 paid_minor, 'closed' pay, 'none' fulfil, 'all' refund, NULL first_paid_at_ms, r.currency, 1 lone, r.amount_minor refunded_minor, -r.goods_minor net_minor, -r.cost_minor cost_minor
         FROM refund_fold r WHERE r.effective = 1 AND NOT EXISTS (SELECT 1 FROM order_fold o WHERE o.order_id = r.order_id AND o.effective = 1)",
    );
    narrow_time(sql, filter, "r.", false);
    let fits = (filter.pay.is_empty() || filter.pay.contains(&PayState::Closed))
        && (filter.fulfil.is_empty() || filter.fulfil.contains(&FulfilState::None))
        && (filter.refund.is_empty() || filter.refund.contains(&RefundState::All))
        && filter.amount_min_minor.is_none_or(|least| least <= 0)
        && filter.amount_max_minor.is_none_or(|most| most >= 0);
    if !fits {
        sql.add(" AND 0");
    }
    if let Some(customer) = filter.customer {
        sql.add(" AND r.customer_id = ").arg(customer);
    }
    if let Some(sku) = filter.sku {
        sql.add(" AND EXISTS (SELECT 1 FROM refund_line l WHERE l.refund_id = r.refund_id AND l.sku_id = ").arg(sku).add(")");
    }
    if let Some(batch) = filter.batch {
        sql.add(" AND (SELECT d.batch_id FROM refund d WHERE d.id = r.refund_id) = ").arg(batch);
    }
    if let Some(matches) = &chosen.text {
        sql.add(" AND (0");
        if let Some((from, to)) = &matches.numbers {
            sql.add(" OR (SELECT d.refund_no FROM refund d WHERE d.id = r.refund_id) BETWEEN ").arg(from.clone()).add(" AND ").arg(to.clone());
        }
        if !matches.customers.is_empty() {
            sql.add(" OR r.customer_id IN ").list(matches.customers.iter().copied());
        }
        if !matches.skus.is_empty() {
            sql.add(" OR EXISTS (SELECT 1 FROM refund_line l WHERE l.refund_id = r.refund_id AND l.sku_id IN ").list(matches.skus.iter().copied()).add(")");
        }
        sql.add(")");
    }
}

/// A row that was chosen, before its texts are read.
struct RowKey {
    id: Uuid,
    key: i64,
    lone: bool,
    refunded_minor: i64,
    net_minor: i64,
    cost_minor: i64,
}

async fn rows_of(db: &mut SqliteConnection, keys: &[RowKey], by_refund: bool) -> Result<Vec<OrderRow>> {
    let orders: Vec<Uuid> = keys.iter().filter(|k| !k.lone).map(|k| k.id).collect();
    let lone: Vec<Uuid> = keys.iter().filter(|k| k.lone).map(|k| k.id).collect();
    let mut rows: HashMap<Uuid, OrderRow> = HashMap::new();
    for row in order_rows(db, &orders).await?.into_iter().chain(lone_rows(db, &lone).await?) {
        rows.insert(row.id, row);
    }
    Ok(keys
        .iter()
        .filter_map(|key| {
            let mut row = rows.remove(&key.id)?;
            if by_refund {
                (row.refunded_minor, row.net_minor, row.cost_minor) = (key.refunded_minor, key.net_minor, key.cost_minor);
            }
            Some(row)
        })
        .collect())
}

/// The rows of orders by their ids, in no order.
pub(crate) async fn order_rows(db: &mut SqliteConnection, ids: &[Uuid]) -> Result<Vec<OrderRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT f.order_id id, d.order_no, f.occurred_at_ms, f.business_date, f.shop_id, coalesce(h.name, '') shop_name, f.channel, f.customer_id, coalesce(c.name, c.code) customer_name,
         coalesce((SELECT s.name FROM order_line l JOIN sku s ON s.id = l.sku_id WHERE l.order_id = f.order_id ORDER BY l.line_no LIMIT 1), '') first_item,
         (SELECT count(DISTINCT l.sku_id) FROM order_line l WHERE l.order_id = f.order_id) kinds, f.quantity_milli, f.pay, f.fulfil, f.refund, f.payable_minor, f.paid_minor, f.refunded_minor, f.currency,
         iif(f.pay = 'closed', 0, f.net_goods_minor - f.discount_minor) net_minor, iif(f.pay = 'closed', 0, f.cost_minor) cost_minor
         FROM order_fold f JOIN order_doc d ON d.id = f.order_id LEFT JOIN shop h ON h.id = f.shop_id LEFT JOIN customer c ON c.id = f.customer_id WHERE f.effective = 1 AND f.order_id IN ",
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
         FROM refund_fold f JOIN refund d ON d.id = f.refund_id LEFT JOIN shop h ON h.id = f.shop_id LEFT JOIN customer c ON c.id = f.customer_id WHERE f.effective = 1 AND f.refund_id IN ",
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

//! Derived rows: what is kept from the facts so that screens need not add them up each time.
//!
//! One way serves use cases, imports, undo and inbound apply alike: take the touched orders' and refunds' old share (`retract`), apply the facts,
//! fold the touched ones anew ([`fold`]) and add the new share (`contribute`); what both come to is written once ([`shares`]). A refund changes what
//! was given back of an order and no share of it. Since the share that is taken out is read from the stored fold, it is the share that was once
//! added, whatever has happened to the facts between. An order that is wholly new in a change is folded from the rows in hand ([`facts`]), which
//! spares an import of a million lines to read them back.
//!
//! Deliberately absent: any figure. Figures are sums over these tables, in `read`.

mod facts;
mod fold;
pub(crate) mod goods;
pub(crate) mod owed;
mod shares;

use crate::{
    Error, Result,
    apply::Laid,
    catalogue,
    change::Change,
    value::{Row, Value},
};
pub(crate) use facts::Kinds;
use fold::{Facts, Fold};
use shares::Shares;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a set of changes touches.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Orders whose facts the tables hold, wholly or in part.
    pub orders: BTreeSet<[u8; 16]>,
    /// Orders of which nothing is here yet: all their facts are in the changes.
    pub new: BTreeSet<[u8; 16]>,
    pub refunds: BTreeSet<[u8; 16]>,
}

impl Touched {
    /// Collects the orders and refunds that the changes speak of. In a store that no other writes to, a document that is made has no line, payment,
    /// transition or refund before it; where others write, theirs may have come first.
    pub(crate) fn of(changes: &[Change], is_alone: bool) -> Self {
        let mut touched = Self::default();
        if is_alone {
            let made = changes.iter().filter(|change| change.table().name == catalogue::ORDER_DOC.name);
            touched.new = made.flat_map(Change::rows).filter_map(|row| row[0].as_id()).collect();
        }
        for change in changes {
            let table = change.table();
            let (order_column, refund_column) = match table.name {
                "order_doc" => (Some("id"), None),
                "order_line" | "order_transition" | "payment" => (Some("order_id"), None),
                "refund" => (None, Some("id")),
                "refund_line" => (None, Some("refund_id")),
                _ => continue,
            };
            let (order_at, refund_at) = (order_column.and_then(|c| table.column(c)), refund_column.and_then(|c| table.column(c)));
            for row in change.rows() {
                touched.orders.extend(order_at.and_then(|i| row[i].as_id()));
                touched.refunds.extend(refund_at.and_then(|i| row[i].as_id()));
            }
        }
        touched.orders.retain(|order| !touched.new.contains(order));
        touched
    }
}

/// Makes the connection's temporary tables; called once when the writer opens.
pub(crate) async fn prepare(db: &mut SqliteConnection) -> Result<()> {
    for table in ["touched_order", "touched_refund", "refunded_order"] {
        sqlx::query(AssertSqlSafe(format!("CREATE TEMP TABLE {table} (id BLOB PRIMARY KEY) WITHOUT ROWID"))).execute(&mut *db).await?;
    }
    Ok(())
}

/// On hand by SKU and shop, in thousandths, and whether it was stated.
type OnHand = BTreeMap<([u8; 16], [u8; 16]), (i64, bool)>;

/// Sums that are to be added to the rollups and to the stock on hand. They add up over the entries of a transaction and are written once, so that a row is
/// met once however many entries speak of it.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    shares: Shares,
    stock: OnHand,
}

impl Sums {
    /// Adds what was gathered to the tables and begins anew.
    pub(crate) async fn write(&mut self, db: &mut SqliteConnection) -> Result<()> {
        let Self { shares, stock } = std::mem::take(self);
        write_stock(db, stock).await?;
        shares.write(db).await
    }
}

/// Names the touched ones to the database and takes their present share out of the sums.
pub(crate) async fn retract(db: &mut SqliteConnection, touched: &Touched, sums: &mut Sums) -> Result<()> {
    if !touched.orders.is_empty() {
        name(db, "touched_order", &touched.orders).await?;
        retract_orders(db, &mut sums.shares).await?;
    }
    if !touched.refunds.is_empty() {
        name(db, "touched_refund", &touched.refunds).await?;
        sums.shares.refunds(db, -1).await?;
    }
    Ok(())
}

async fn retract_orders(db: &mut SqliteConnection, shares: &mut Shares) -> Result<()> {
    for (fold, lines) in facts::folded(db).await? {
        shares.order(&fold, &lines, -1)?;
    }
    Ok(())
}

/// Folds the touched ones from the facts and adds what their share has become to the sums.
pub(crate) async fn contribute(db: &mut SqliteConnection, touched: &Touched, changes: &[Change], sums: &mut Sums, kinds: &mut Kinds) -> Result<()> {
    let mut folded = Folded::default();
    if !touched.new.is_empty() {
        let asked = facts::ask(db, changes, kinds).await?;
        folded = Folded::of(&touched.new, changes, kinds, &asked, &mut sums.shares)?;
    }
    contribute_folded(db, touched, folded, sums).await
}

/// As [`contribute`], with the new orders folded already.
pub(crate) async fn contribute_folded(db: &mut SqliteConnection, touched: &Touched, folded: Folded, sums: &mut Sums) -> Result<()> {
    goods::note(db, folded.missing).await?;
    // What the temporary tables name is of an earlier change where this one touches none.
    let named = Named { orders: !touched.orders.is_empty(), refunds: !touched.refunds.is_empty() };
    contribute_named(db, folded.rows, named, &mut sums.shares).await
}

/// New orders folded from the changes that made them.
#[derive(Default)]
pub(crate) struct Folded {
    /// Of `order_fold`.
    rows: Laid,
    missing: facts::Missing,
}

impl Folded {
    /// Folds them and adds their shares.
    fn of(new: &BTreeSet<fold::Id>, changes: &[Change], kinds: &Kinds, asked: &facts::Asked, shares: &mut Shares) -> Result<Self> {
        let (found, missing) = facts::of_new(new, changes, kinds, asked)?;
        Ok(Self { rows: fold_all(found, shares)?, missing })
    }
}

/// Many new orders, folded on another thread while their rows are being written.
pub(crate) struct Folding(tokio::task::JoinHandle<Result<(Folded, Shares, Kinds)>>);

impl Folding {
    /// Begins, when the SKUs among the changes have been applied. It takes along the shares gathered so far and the kinds.
    pub(crate) async fn begin(db: &mut SqliteConnection, touched: &Touched, changes: &Arc<Vec<Change>>, sums: &mut Sums, kinds: &mut Kinds) -> Result<Self> {
        let asked = facts::ask(db, changes, kinds).await?;
        let (new, changes) = (touched.new.clone(), changes.clone());
        let (mut shares, kinds) = (std::mem::take(&mut sums.shares), std::mem::take(kinds));
        Ok(Self(tokio::task::spawn_blocking(move || {
            let folded = Folded::of(&new, &changes, &kinds, &asked, &mut shares)?;
            Ok((folded, shares, kinds))
        })))
    }

    /// Waits for its end and gives back what it took along, the shares with what they have become.
    pub(crate) async fn end(self, sums: &mut Sums, kinds: &mut Kinds) -> Result<Folded> {
        let (folded, mut shares, taken) = self.0.await.map_err(|_| Error::Torn)??;
        shares.add(std::mem::take(&mut sums.shares))?;
        (sums.shares, *kinds) = (shares, taken);
        Ok(folded)
    }
}

/// Which of the temporary tables name something now.
#[derive(Debug, Clone, Copy)]
struct Named {
    orders: bool,
    refunds: bool,
}

impl Named {
    const BOTH: Self = Self { orders: true, refunds: true };
}

/// As [`contribute`], of what the temporary tables name and of these new rows of `order_fold`.
async fn contribute_named(db: &mut SqliteConnection, new: Laid, named: Named, shares: &mut Shares) -> Result<()> {
    if named.refunds {
        for sql in [REFUND_FOLD, "DELETE FROM temp.refunded_order", REFUNDED_ORDERS, goods::NOTE_REFUNDS] {
            sqlx::query(sql).execute(&mut *db).await?;
        }
    }
    new.run(db).await?;
    if named.orders {
        sqlx::query(goods::NOTE_ORDERS).execute(&mut *db).await?;
        let touched = facts::of_touched(db).await?;
        fold_all(touched, shares)?.run(db).await?;
    }
    if named.refunds {
        for row in sqlx::query(REFUNDED).fetch_all(&mut *db).await? {
            shares.changed_on(row.try_get("business_date")?);
        }
        shares.refunds(db, 1).await?;
    }
    Ok(())
}

/// Folds orders, adds their shares and lays their rows.
fn fold_all(facts: Vec<Facts>, shares: &mut Shares) -> Result<Laid> {
    let mut folds = Vec::with_capacity(facts.len());
    for facts in facts {
        let fold = Fold::of(&facts)?;
        shares.order(&fold, &facts.lines, 1)?;
        folds.push(fold.row());
    }
    Ok(Laid::of("INSERT OR REPLACE INTO order_fold", &Fold::COLUMNS, &folds, ""))
}

async fn name(db: &mut SqliteConnection, table: &str, ids: &BTreeSet<[u8; 16]>) -> Result<()> {
    sqlx::query(AssertSqlSafe(format!("DELETE FROM temp.{table}"))).execute(&mut *db).await?;
    let rows: Vec<Row> = ids.iter().map(|id| vec![Value::Id(*id)]).collect();
    shares::write_rows(db, &format!("INSERT INTO temp.{table}"), &["id"], &rows, "").await
}

/// Folds every touched refund from its document and lines.
const REFUND_FOLD: &str = "INSERT OR REPLACE INTO refund_fold
 SELECT r.id, r.order_id, r.shop_id, r.channel, r.customer_id, r.occurred_at_ms, r.business_date, r.hour, r.currency, r.amount_minor,
  coalesce(sum(CASE WHEN s.kind IN ('goods','manual','discount','sample','other') THEN l.amount_minor END), CASE WHEN count(l.id) = 0 THEN r.amount_minor ELSE 0 END),
  coalesce(sum(l.cost_minor), 0), coalesce(sum(CASE WHEN l.cost_minor IS NOT NULL THEN l.amount_minor END), 0),
  NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = r.batch_id)
 FROM temp.touched_refund t CROSS JOIN refund r ON r.id = t.id LEFT JOIN refund_line l ON l.refund_id = r.id LEFT JOIN sku s ON s.id = l.sku_id GROUP BY r.id";

/// What was given back of each order that a temporary table names, from its lines and from refunds that name the order alone.
macro_rules! given_back {
    ($orders:literal) => {
        concat!(
            "SELECT order_id, sum(amount) refunded FROM (SELECT l.order_id, b.amount_minor amount FROM ",
            $orders,
            " t CROSS JOIN order_line l ON l.order_id = t.id CROSS JOIN refund_line b ON b.order_line_id = l.id CROSS JOIN refund_fold f ON f.refund_id = b.refund_id WHERE f.effective = 1
   UNION ALL SELECT f.order_id, f.amount_minor FROM ",
            $orders,
            " t CROSS JOIN refund_fold f ON f.order_id = t.id WHERE f.effective = 1 AND NOT EXISTS (SELECT 1 FROM refund_line b WHERE b.refund_id = f.refund_id)) GROUP BY order_id"
        )
    };
}
use given_back;

/// The orders of which the touched refunds give something back, by their lines or by name: asked when all of them are here, since a refund and its
/// lines may come apart, and a file may bring a sale and its refund in one chunk.
const REFUNDED_ORDERS: &str = "INSERT OR IGNORE INTO temp.refunded_order
 SELECT l.order_id FROM temp.touched_refund t CROSS JOIN refund_line b ON b.refund_id = t.id CROSS JOIN order_line l ON l.id = b.order_line_id
 UNION SELECT f.order_id FROM temp.touched_refund t CROSS JOIN refund_fold f ON f.refund_id = t.id WHERE f.order_id IS NOT NULL";

/// What was given back of the orders that refunds touched, and whether a refund of them is underway; the rest of their fold stands. The first
/// condition has each order found by its key: without it every order there is would be read.
const REFUNDED: &str = concat!(
    "WITH r AS (",
    given_back!("temp.refunded_order"),
    "), v AS MATERIALIZED (SELECT t.id, coalesce(r.refunded, 0) refunded,
   EXISTS (SELECT 1 FROM order_transition x WHERE x.order_id = t.id AND x.axis = 'refund' AND x.to_state = 'underway') refunding FROM temp.refunded_order t LEFT JOIN r ON r.order_id = t.id)
 UPDATE order_fold SET refunded_minor = v.refunded,
  refund = CASE WHEN v.refunded <= 0 THEN iif(v.refunding, 'underway', 'none') WHEN v.refunded >= paid_minor THEN 'all' ELSE 'part' END
 FROM v WHERE order_fold.order_id IN (SELECT id FROM temp.refunded_order) AND order_fold.order_id = v.id RETURNING business_date"
);

/// Keeps what hangs on single rows: stock on hand and visitors by hour go to the sums, the search text is written. Called after the rows were applied,
/// with the rows that are new.
pub(crate) async fn single_rows(db: &mut SqliteConnection, change: &Change, sums: &mut Sums) -> Result<()> {
    match change.table().name {
        "stock_movement" => {
            let undone = undone_batches(db, change).await?;
            stock(standing(change, &undone), &mut sums.stock)
        }
        "visit_count" => {
            let undone = undone_batches(db, change).await?;
            visits(standing(change, &undone), &mut sums.shares)
        }
        "sku" | "customer" => search_text(db, change).await,
        _ => Ok(()),
    }
}

/// Those of the rows' imports that were undone: their rows may arrive after the undo, and count nowhere.
async fn undone_batches(db: &mut SqliteConnection, change: &Change) -> Result<BTreeSet<[u8; 16]>> {
    let batches: BTreeSet<[u8; 16]> = change.rows().iter().filter_map(batch_of).collect();
    let mut undone = BTreeSet::new();
    for batch in batches {
        if undo_count(db, &batch).await? > 0 {
            undone.insert(batch);
        }
    }
    Ok(undone)
}

fn batch_of(row: &Row) -> Option<[u8; 16]> {
    row.last().and_then(Value::as_id)
}

/// The rows whose import stands.
fn standing<'a>(change: &'a Change, undone: &'a BTreeSet<[u8; 16]>) -> impl Iterator<Item = &'a Row> {
    change.rows().iter().filter(|row| batch_of(row).is_none_or(|batch| !undone.contains(&batch)))
}

async fn undo_count(db: &mut SqliteConnection, batch_id: &[u8]) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM import_undone WHERE batch_id = ?").bind(batch_id).fetch_one(db).await?)
}

fn stock<'a>(rows: impl Iterator<Item = &'a Row>, sums: &mut OnHand) -> Result<()> {
    let table = &catalogue::STOCK_MOVEMENT;
    let at = |name| table.column(name).unwrap_or(0);
    let (sku, shop, kind, quantity, date) = (at("sku_id"), at("shop_id"), at("kind"), at("quantity_milli"), at("business_date"));
    for row in rows {
        if let (Some(sku), Some(shop)) = (row[sku].as_id(), row[shop].as_id()) {
            let sum = sums.entry((sku, shop)).or_default();
            let added = sum.0.checked_add(row[quantity].as_int().unwrap_or(0));
            sum.0 = added.ok_or_else(|| Error::SumTooLarge { of: row[date].as_text().unwrap_or_default().to_owned() })?;
            sum.1 |= row[kind].as_text() == Some("opening");
        }
    }
    Ok(())
}

async fn write_stock(db: &mut SqliteConnection, sums: OnHand) -> Result<()> {
    let row = |((sku, shop), (quantity_milli, stated))| vec![Value::Id(sku), Value::Id(shop), Value::Int(quantity_milli), Value::Int(i64::from(stated))];
    let rows: Vec<Row> = sums.into_iter().map(row).collect();
    let added = " ON CONFLICT (sku_id, shop_id) DO UPDATE SET on_hand_milli = on_hand_milli + excluded.on_hand_milli, stated = max(stated, excluded.stated)";
    shares::write_rows(db, "INSERT INTO stock_balance", &["sku_id", "shop_id", "on_hand_milli", "stated"], &rows, added).await
}

fn visits<'a>(rows: impl Iterator<Item = &'a Row>, shares: &mut Shares) -> Result<()> {
    for row in rows {
        // Columns: id, shop, channel, date, hour, visitors.
        if let [_, Value::Id(shop), Value::Text(channel), Value::Text(date), Value::Int(hour), Value::Int(visitors), ..] = row.as_slice() {
            shares.visits((date.clone(), *shop, channel.clone(), *hour), *visitors)?;
        }
    }
    Ok(())
}

/// The text is that of the rows as they stand: one of the change may have been older than what is here.
async fn search_text(db: &mut SqliteConnection, change: &Change) -> Result<()> {
    let table = change.table();
    let at = |name| table.column(name);
    let ids: Vec<String> = change.rows().iter().filter_map(|row| row[0].as_id()).map(hex::encode).collect();
    let names: Vec<String> = table.columns.iter().map(|c| format!("t.{}", c.name)).collect();
    let sql = format!("SELECT {} FROM json_each(?) j CROSS JOIN {} t ON t.id = unhex(j.value)", names.join(","), table.name);
    let standing = sqlx::query(AssertSqlSafe(sql)).bind(serde_json::json!(ids).to_string()).fetch_all(&mut *db).await?;
    let mut rows: BTreeMap<i64, Row> = BTreeMap::new();
    for row in standing.iter().map(|row| crate::apply::read_row(table, row)) {
        let Some(id) = row[0].as_id() else { continue };
        let text = |name| at(name).and_then(|i| row[i].as_text()).unwrap_or("");
        let body = crate::read::search_body(text("name"), text("code"), text("phone"));
        let rowid = search_rowid(table.name, &id);
        rows.insert(rowid, vec![Value::Int(rowid), Value::Bytes(id.to_vec()), Value::Text(body)]);
    }
    let numbers = serde_json::json!(rows.keys().collect::<Vec<_>>()).to_string();
    sqlx::query("DELETE FROM search_text WHERE rowid IN (SELECT j.value FROM json_each(?) j)").bind(numbers).execute(&mut *db).await?;
    let rows: Vec<Row> = rows.into_values().collect();
    shares::write_rows(db, "INSERT INTO search_text", &["rowid", "ref", "body"], &rows, "").await
}

/// The search row's number: the id's last eight bytes, which are random (v7) or a hash (v8), with the sign of its kind, so that a search looks through
/// one kind alone.
fn search_rowid(table: &str, id: &[u8; 16]) -> i64 {
    let mut tail = [0; 8];
    tail.copy_from_slice(&id[8..]);
    let number = i64::from_be_bytes(tail) & i64::MAX;
    if crate::read::is_searched_below_zero(table) { !number } else { number }
}

/// Rebuilds every derived table from the facts, in chunks of orders. The proof that they are caches and nothing more.
pub(crate) async fn rebuild(db: &mut SqliteConnection) -> Result<()> {
    /// Orders or refunds folded at once: the temporary tables hold their lines.
    const DOCUMENTS_PER_PART: i64 = 5_000;
    for table in [
        "order_fold",
        "refund_fold",
        "sales_hour",
        "sku_day",
        "sku_month",
        "sku_order",
        "customer_day",
        "stock_balance",
        "search_text",
        "awaited_goods",
        "arrived_goods",
    ] {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut *db).await?;
    }
    // Where a date has nothing left no share tells that it changed.
    sqlx::query("UPDATE day_mark SET mark = mark + 1").execute(&mut *db).await?;
    // Refunds first: an order's fold reads those of its refunds.
    for (table, other, source) in [("touched_refund", "touched_order", "refund"), ("touched_order", "touched_refund", "order_doc")] {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM temp.{other}"))).execute(&mut *db).await?;
        let mut after: Option<Vec<u8>> = Some(Vec::new());
        while let Some(last) = after {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM temp.{table}"))).execute(&mut *db).await?;
            let sql = format!("INSERT INTO temp.{table} SELECT id FROM {source} WHERE id > ? ORDER BY id LIMIT {DOCUMENTS_PER_PART}");
            sqlx::query(AssertSqlSafe(sql)).bind(last).execute(&mut *db).await?;
            after = sqlx::query_scalar(AssertSqlSafe(format!("SELECT max(id) FROM temp.{table}"))).fetch_one(&mut *db).await?;
            if after.is_some() {
                let mut sums = Sums::default();
                contribute_named(db, Laid::default(), Named::BOTH, &mut sums.shares).await?;
                sums.write(db).await?;
            }
        }
    }
    for table in [&catalogue::STOCK_MOVEMENT, &catalogue::VISIT_COUNT, &catalogue::SKU, &catalogue::CUSTOMER] {
        let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
        let mut after: Vec<u8> = Vec::new();
        loop {
            let sql = format!(
                "SELECT {} FROM {} WHERE id > ? AND NOT EXISTS (SELECT 1 FROM import_undone u WHERE {}) ORDER BY id LIMIT 5000",
                names.join(","),
                table.name,
                undone_test(table)
            );
            let rows = sqlx::query(AssertSqlSafe(sql)).bind(after.clone()).fetch_all(&mut *db).await?;
            let rows: Vec<Row> = rows.iter().map(|r| crate::apply::read_row(table, r)).collect();
            let Some(Value::Id(last)) = rows.last().map(|r| r[0].clone()) else { break };
            after = last.to_vec();
            let mut sums = Sums::default();
            single_rows(db, &Change::Insert { table, rows }, &mut sums).await?;
            sums.write(db).await?;
        }
    }
    Ok(())
}

/// Names (goods, people) stay known after an undo; what they moved does not.
fn undone_test(table: &catalogue::Table) -> String {
    if matches!(table.name, "stock_movement" | "visit_count") { format!("u.batch_id = {}.batch_id", table.name) } else { "0".to_owned() }
}

/// Takes the next part of an undone batch out of the derived tables. Answers whether there was any left to take.
pub(crate) async fn undo_part(db: &mut SqliteConnection, batch_id: &[u8], orders_max: i64) -> Result<bool> {
    let parts = [
        ("touched_order", "SELECT f.order_id FROM order_fold f JOIN order_doc d ON d.id = f.order_id WHERE d.batch_id = ? AND f.effective = 1 LIMIT ?"),
        ("touched_refund", "SELECT f.refund_id FROM refund_fold f JOIN refund r ON r.id = f.refund_id WHERE r.batch_id = ? AND f.effective = 1 LIMIT ?"),
    ];
    let mut taken = 0;
    for (table, sql) in parts {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM temp.{table}"))).execute(&mut *db).await?;
        taken += sqlx::query(AssertSqlSafe(format!("INSERT OR IGNORE INTO temp.{table} {sql}")))
            .bind(batch_id)
            .bind(orders_max)
            .execute(&mut *db)
            .await?
            .rows_affected();
    }
    if taken > 0 {
        let mut sums = Sums::default();
        retract_orders(db, &mut sums.shares).await?;
        sums.shares.refunds(db, -1).await?;
        contribute_named(db, Laid::default(), Named::BOTH, &mut sums.shares).await?;
        sums.write(db).await?;
    } else {
        sqlx::query("UPDATE import_job SET state = 'undone' WHERE batch_id = ? AND state = 'undoing'").bind(batch_id).execute(&mut *db).await?;
    }
    Ok(taken > 0)
}

/// Takes what new undos took back out of the sums of stock and visits, in the transaction of the undo. Two computers may undo one import: the second changes nothing.
pub(crate) async fn undo_sums(db: &mut SqliteConnection, undone: &Change) -> Result<()> {
    let mut news: BTreeMap<[u8; 16], i64> = BTreeMap::new();
    for batch in undone.rows().iter().filter_map(|row| row[1].as_id()) {
        *news.entry(batch).or_default() += 1;
    }
    for (batch_id, new) in news {
        if undo_count(db, &batch_id).await? == new {
            undo_batch_sums(db, &batch_id).await?;
        }
    }
    Ok(())
}

async fn undo_batch_sums(db: &mut SqliteConnection, batch_id: &[u8]) -> Result<()> {
    let stock = "INSERT INTO stock_balance (sku_id, shop_id, on_hand_milli, stated) SELECT sku_id, shop_id, -sum(quantity_milli), 0 FROM stock_movement WHERE batch_id = ? GROUP BY sku_id, shop_id \
         ON CONFLICT (sku_id, shop_id) DO UPDATE SET on_hand_milli = on_hand_milli + excluded.on_hand_milli";
    // Stock is stated for as long as some count of it stands.
    // The first condition is that of the index on the few movements that are no sales.
    let stated = "UPDATE stock_balance SET stated = (sku_id, shop_id) IN (SELECT m.sku_id, m.shop_id FROM stock_movement m
            WHERE m.kind NOT IN ('sale', 'sale_return') AND m.kind = 'opening' AND NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = m.batch_id)) \
          WHERE (sku_id, shop_id) IN (SELECT sku_id, shop_id FROM stock_movement WHERE batch_id = ? AND kind = 'opening')";
    // Its orders follow part by part; until they are all out, the store remembers to go on.
    let remember = "INSERT INTO import_job (batch_id, path, mapping, rows_done, state, counts) VALUES (?, '', '{}', 0, 'undoing', '{}') ON CONFLICT (batch_id) DO UPDATE SET state = 'undoing'";
    for sql in [stock, stated, remember] {
        sqlx::query(sql).bind(batch_id).execute(&mut *db).await?;
    }
    let mut shares = Shares::default();
    let visits = "SELECT business_date, shop_id, channel, hour, -sum(visitors) FROM visit_count WHERE batch_id = ? GROUP BY 1, 2, 3, 4";
    for row in sqlx::query(visits).bind(batch_id).fetch_all(&mut *db).await? {
        let key = (row.try_get(0)?, fold::id_at(&row, "shop_id")?, row.try_get(2)?, row.try_get(3)?);
        shares.visits(key, row.try_get(4)?)?;
    }
    shares.write(db).await
}

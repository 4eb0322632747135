//! Where the facts of touched orders come from: the changes themselves where an order is wholly new in them, else the tables.

use super::fold::{Facts, Fold, Id, Sale, id_at, maybe_id_at};
use crate::{
    Error, Result, catalogue,
    change::Change,
    value::{Row, Value},
};
use domain::LineFlags;
use sqlx::{Row as _, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a line's SKU must be for the line to count among goods.
macro_rules! goods {
    () => {
        "('goods','manual','discount','sample','other')"
    };
}

/// Reads the facts of the orders named in `touched_order`, as the tables hold them now.
pub(super) async fn of_touched(db: &mut SqliteConnection) -> Result<Vec<Facts>> {
    let mut found: BTreeMap<Id, Facts> = BTreeMap::new();
    for row in sqlx::query(DOCUMENTS).fetch_all(&mut *db).await? {
        let order_id = id_at(&row, "id")?;
        let facts = Facts {
            order_id,
            occurred_at_ms: row.try_get("occurred_at_ms")?,
            business_date: row.try_get("business_date")?,
            hour: row.try_get("hour")?,
            shop_id: id_at(&row, "shop_id")?,
            channel: row.try_get("channel")?,
            customer_id: maybe_id_at(&row, "customer_id")?,
            currency: row.try_get("currency")?,
            discount_minor: row.try_get("discount_minor")?,
            freight_minor: row.try_get("freight_minor")?,
            effective: row.try_get::<i64, _>("effective")? != 0,
            ..Facts::default()
        };
        found.insert(order_id, facts);
    }
    for (order_id, line) in lines(db).await? {
        if let Some(facts) = found.get_mut(&order_id) {
            facts.lines.push(line);
        }
    }
    for row in sqlx::query(PAYMENTS).fetch_all(&mut *db).await? {
        if let Some(facts) = found.get_mut(&id_at(&row, "order_id")?) {
            (facts.paid_minor, facts.first_paid_at_ms) = (row.try_get("paid")?, row.try_get("first_at")?);
        }
    }
    for row in sqlx::query(GIVEN_BACK).fetch_all(&mut *db).await? {
        if let Some(facts) = found.get_mut(&id_at(&row, "order_id")?) {
            facts.refunded_minor = row.try_get("refunded")?;
        }
    }
    for row in sqlx::query(TRANSITIONS).fetch_all(&mut *db).await? {
        if let Some(facts) = found.get_mut(&id_at(&row, "order_id")?) {
            facts.axes.take(row.try_get("axis")?, row.try_get("to_state")?);
        }
    }
    Ok(found.into_values().collect())
}

/// The orders named in `touched_order` as they were last folded, each with its lines.
pub(super) async fn folded(db: &mut SqliteConnection) -> Result<Vec<(Fold, Vec<Sale>)>> {
    let rows = sqlx::query("SELECT f.* FROM temp.touched_order t CROSS JOIN order_fold f ON f.order_id = t.id").fetch_all(&mut *db).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines_of: BTreeMap<Id, Vec<Sale>> = BTreeMap::new();
    for (order_id, line) in lines(db).await? {
        lines_of.entry(order_id).or_default().push(line);
    }
    rows.iter()
        .map(|row| {
            let fold = Fold::read(row)?;
            let lines = lines_of.remove(&fold.order_id).unwrap_or_default();
            Ok((fold, lines))
        })
        .collect()
}

async fn lines(db: &mut SqliteConnection) -> Result<Vec<(Id, Sale)>> {
    let rows = sqlx::query(LINES).fetch_all(&mut *db).await?;
    rows.iter()
        .map(|row| {
            let line = Sale {
                line_no: row.try_get("line_no")?,
                sku_id: id_at(row, "sku_id")?,
                quantity_milli: row.try_get("quantity_milli")?,
                net_minor: row.try_get("net_minor")?,
                cost_minor: row.try_get("cost_minor")?,
                is_goods: row.try_get::<i64, _>("is_goods")? != 0,
                is_piece: row.try_get::<i64, _>("is_piece")? != 0,
                is_unmoved: LineFlags(row.try_get("flags")?).has(LineFlags::UNMOVED),
            };
            Ok((id_at(row, "order_id")?, line))
        })
        .collect()
}

const DOCUMENTS: &str =
    "SELECT d.id, d.occurred_at_ms, d.business_date, d.hour, d.shop_id, d.channel, d.customer_id, d.currency, d.discount_minor, d.freight_minor,
  NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = d.batch_id) effective FROM temp.touched_order t CROSS JOIN order_doc d ON d.id = t.id";
const LINES: &str = concat!(
    "SELECT l.order_id, l.line_no, l.sku_id, l.quantity_milli, l.net_minor, l.cost_minor, l.flags, coalesce(s.kind IN ",
    goods!(),
    ", 0) is_goods, coalesce(s.kind = 'goods', 0) is_piece FROM temp.touched_order t CROSS JOIN order_line l ON l.order_id = t.id LEFT JOIN sku s ON s.id = l.sku_id"
);
const PAYMENTS: &str = "SELECT p.order_id, sum(p.amount_minor) paid, min(p.paid_at_ms) first_at FROM temp.touched_order t CROSS JOIN payment p ON p.order_id = t.id GROUP BY p.order_id";
const TRANSITIONS: &str = "SELECT x.order_id, x.axis, x.to_state FROM temp.touched_order t CROSS JOIN order_transition x ON x.order_id = t.id";
const GIVEN_BACK: &str = super::given_back!("temp.touched_order");

/// Goods that are not here, each with its order.
pub(super) type Missing = Vec<(Id, Id)>;

/// What is to be asked of the tables before new orders are folded from the changes that made them.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Imports of the orders, and whether they were undone.
    undone: BTreeMap<Id, bool>,
}

/// Asks for it, when the SKUs among the changes have been applied.
pub(super) async fn ask(db: &mut SqliteConnection, changes: &[Change], kinds: &mut Kinds) -> Result<Asked> {
    kinds.learn(db, changes).await?;
    let mut undone = BTreeMap::new();
    let batches: BTreeSet<Id> = rows_of(changes, &catalogue::ORDER_DOC).filter_map(|row| Columns(&catalogue::ORDER_DOC, row).id("batch_id")).collect();
    for batch in batches {
        undone.insert(batch, super::undo_count(db, &batch).await? > 0);
    }
    Ok(Asked { undone })
}

/// The facts of these orders out of the changes that made them; lines, payments and transitions of a new order come with it. And which of their goods
/// are not here.
pub(super) fn of_new(new: &BTreeSet<Id>, changes: &[Change], kinds: &Kinds, asked: &Asked) -> Result<(Vec<Facts>, Missing)> {
    let mut missing = Vec::new();
    let mut found: BTreeMap<Id, Facts> = BTreeMap::new();
    for row in rows_of(changes, &catalogue::ORDER_DOC) {
        let at = Columns(&catalogue::ORDER_DOC, row);
        let order_id = at.id("id").unwrap_or_default();
        if !new.contains(&order_id) {
            continue;
        }
        let facts = Facts {
            order_id,
            occurred_at_ms: at.int("occurred_at_ms"),
            business_date: at.text("business_date").to_owned(),
            hour: at.int("hour"),
            shop_id: at.id("shop_id").unwrap_or_default(),
            channel: at.text("channel").to_owned(),
            customer_id: at.id("customer_id"),
            currency: at.text("currency").to_owned(),
            discount_minor: at.int("discount_minor"),
            freight_minor: at.int("freight_minor"),
            effective: at.id("batch_id").is_none_or(|batch| asked.undone.get(&batch) != Some(&true)),
            ..Facts::default()
        };
        found.insert(order_id, facts);
    }
    // Lines are many: their columns are looked up once.
    let line = places(&catalogue::ORDER_LINE, ["order_id", "line_no", "sku_id", "quantity_milli", "net_minor", "cost_minor", "flags"]);
    for row in rows_of(changes, &catalogue::ORDER_LINE) {
        let [order_id, line_no, sku_id, quantity_milli, net_minor, cost_minor, flags] = line.map(|at| &row[at]);
        let Some(facts) = order_id.as_id().and_then(|order| found.get_mut(&order)) else { continue };
        let sku_id = sku_id.as_id().unwrap_or_default();
        if !kinds.is_known(&sku_id) {
            missing.push((sku_id, facts.order_id));
        }
        let [line_no, quantity_milli, net_minor, flags] = [line_no, quantity_milli, net_minor, flags].map(|value| value.as_int().unwrap_or(0));
        let kind = kinds.of(&sku_id);
        let (is_goods, is_piece, is_unmoved) = (kind.is_goods, kind.is_piece, LineFlags(flags).has(LineFlags::UNMOVED));
        facts.lines.push(Sale { line_no, sku_id, quantity_milli, net_minor, cost_minor: cost_minor.as_int(), is_goods, is_piece, is_unmoved });
    }
    for row in rows_of(changes, &catalogue::PAYMENT) {
        let at = Columns(&catalogue::PAYMENT, row);
        let Some(facts) = at.id("order_id").and_then(|order| found.get_mut(&order)) else { continue };
        let paid_minor = facts.paid_minor.checked_add(at.int("amount_minor"));
        facts.paid_minor = paid_minor.ok_or_else(|| Error::SumTooLarge { of: facts.business_date.clone() })?;
        let paid_at_ms = at.int("paid_at_ms");
        facts.first_paid_at_ms = Some(facts.first_paid_at_ms.map_or(paid_at_ms, |first| first.min(paid_at_ms)));
    }
    for row in rows_of(changes, &catalogue::ORDER_TRANSITION) {
        let at = Columns(&catalogue::ORDER_TRANSITION, row);
        let Some(facts) = at.id("order_id").and_then(|order| found.get_mut(&order)) else { continue };
        facts.axes.take(at.text("axis"), at.text("to_state"));
    }
    Ok((found.into_values().collect(), missing))
}

fn rows_of<'a>(changes: &'a [Change], table: &'static catalogue::Table) -> impl Iterator<Item = &'a Row> {
    changes.iter().filter(move |change| change.table().name == table.name).flat_map(Change::rows)
}

/// Where columns stand in a table's rows.
fn places<const N: usize>(table: &catalogue::Table, names: [&str; N]) -> [usize; N] {
    names.map(|name| table.column(name).unwrap_or(0))
}

/// A row by its columns' names; its kinds were checked when it was applied.
struct Columns<'a>(&'static catalogue::Table, &'a Row);

impl Columns<'_> {
    fn value(&self, name: &str) -> &Value {
        self.0.column(name).and_then(|at| self.1.get(at)).unwrap_or(&Value::Null)
    }

    fn id(&self, name: &str) -> Option<Id> {
        self.value(name).as_id()
    }

    fn maybe_int(&self, name: &str) -> Option<i64> {
        self.value(name).as_int()
    }

    fn int(&self, name: &str) -> i64 {
        self.maybe_int(name).unwrap_or(0)
    }

    fn text(&self, name: &str) -> &str {
        self.value(name).as_text().unwrap_or("")
    }
}

/// What SKUs count among, as far as it was asked: an import asks for the same few thousand again and again.
#[derive(Debug, Default)]
pub(crate) struct Kinds(HashMap<Id, CountsAmong>);

/// Whether the lines of a SKU count among goods with their money, and among the pieces sold: a discount is no piece.
#[derive(Debug, Clone, Copy, Default)]
struct CountsAmong {
    is_goods: bool,
    is_piece: bool,
}

impl Kinds {
    /// Forgets the SKUs that a change writes.
    pub(crate) fn forget(&mut self, change: &Change) {
        for id in rows_of(std::slice::from_ref(change), &catalogue::SKU).filter_map(|row| row[0].as_id()) {
            self.0.remove(&id);
        }
    }

    fn is_known(&self, sku: &Id) -> bool {
        self.0.contains_key(sku)
    }

    fn of(&self, sku: &Id) -> CountsAmong {
        self.0.get(sku).copied().unwrap_or_default()
    }

    /// Asks for the SKUs of these lines that are not known yet. One that is not here counts among nothing, and is asked for again.
    async fn learn(&mut self, db: &mut SqliteConnection, changes: &[Change]) -> Result<()> {
        let sku_at = catalogue::ORDER_LINE.column("sku_id").unwrap_or(0);
        let sold = rows_of(changes, &catalogue::ORDER_LINE).filter_map(|row| row[sku_at].as_id());
        let asked: BTreeSet<Id> = sold.filter(|id| !self.0.contains_key(id)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = asked.iter().map(hex::encode).collect();
        let sql =
            concat!("SELECT s.id, s.kind IN ", goods!(), " is_goods, s.kind = 'goods' is_piece FROM json_each(?) j CROSS JOIN sku s ON s.id = unhex(j.value)");
        for row in sqlx::query(sql).bind(serde_json::json!(list).to_string()).fetch_all(db).await? {
            self.0.insert(id_at(&row, "id")?, CountsAmong { is_goods: row.try_get("is_goods")?, is_piece: row.try_get("is_piece")? });
        }
        Ok(())
    }
}

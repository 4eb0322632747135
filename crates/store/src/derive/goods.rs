//! Goods that are heard of after what was sold of them. They come in another stream than orders and refunds, so either may be first; and whether a
//! line counts as a sale is said by the kind of its goods.
//!
//! A document that is folded without its goods is noted under them (`awaited_goods`). New goods are looked up there by their key, which in a store
//! where nothing is late costs one look into an empty table. What is found is folded part by part, and the parts still to do survive the program.

use super::{Kinds, Sums, Touched, fold::Id};
use crate::{
    Result,
    change::Change,
    read::{sql::Sql, with_article},
    value::{Row, Value},
};
use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

/// Documents folded again at once: their lines are in memory, and a transaction holds the writer for them.
pub(crate) const DOCUMENTS_PER_PART: usize = 200;

/// Notes the touched orders under those of their goods that are not here. One whose document is still to come is not folded: it is noted when that is here.
pub(super) const NOTE_ORDERS: &str =
    "INSERT OR IGNORE INTO awaited_goods SELECT l.sku_id, d.id, 0 FROM temp.touched_order t CROSS JOIN order_doc d ON d.id = t.id
      CROSS JOIN order_line l ON l.order_id = d.id
      WHERE NOT EXISTS (SELECT 1 FROM sku s WHERE s.id = l.sku_id)";
/// The same of the touched refunds.
pub(super) const NOTE_REFUNDS: &str =
    "INSERT OR IGNORE INTO awaited_goods SELECT l.sku_id, r.id, 1 FROM temp.touched_refund t CROSS JOIN refund r ON r.id = t.id
      CROSS JOIN refund_line l ON l.refund_id = r.id
      WHERE NOT EXISTS (SELECT 1 FROM sku s WHERE s.id = l.sku_id)";

/// Notes new orders under goods that are not here.
pub(super) async fn note(db: &mut SqliteConnection, missing: Vec<(Id, Id)>) -> Result<()> {
    let rows: Vec<Row> = missing.into_iter().map(|(sku, order)| vec![Value::Id(sku), Value::Id(order), Value::Int(0)]).collect();
    super::shares::write_rows(db, "INSERT OR IGNORE INTO awaited_goods", &["sku_id", "document_id", "is_refund"], &rows, "").await
}

/// The goods of a change that will be new here, and those that will be of another kind than before. Asked before it is applied.
#[derive(Debug, Default)]
pub(crate) struct Coming {
    new: Vec<Id>,
    of_another_kind: Vec<Id>,
}

impl Coming {
    /// Compares a change with what is here.
    pub(crate) async fn of(db: &mut SqliteConnection, change: &Change) -> Result<Self> {
        let mut coming = Self::default();
        if change.table().name != "sku" {
            return Ok(coming);
        }
        let kind_at = change.table().column("kind").unwrap_or(0);
        let kinds: Vec<(Id, &str)> = change.rows().iter().filter_map(|row| Some((row[0].as_id()?, row.get(kind_at)?.as_text()?))).collect();
        let sql = "SELECT s.id, s.kind FROM json_each(?) j CROSS JOIN sku s ON s.id = unhex(j.value)";
        let there = sqlx::query(sql).bind(list(kinds.iter().map(|(id, _)| id))).fetch_all(db).await?;
        let there: std::collections::BTreeMap<&[u8], &str> = there.iter().map(|row| (row.get(0), row.get(1))).collect();
        for (id, kind) in kinds {
            match there.get(id.as_slice()) {
                None => coming.new.push(id),
                Some(before) if *before != kind => coming.of_another_kind.push(id),
                Some(_) => {}
            }
        }
        Ok(coming)
    }

    /// Whether documents are to be found by the goods that they have: what was gathered of `sku_order` must be written before.
    pub(crate) const fn looks_for_documents(&self) -> bool {
        !self.of_another_kind.is_empty()
    }

    /// Notes those that are here now and have documents to be folded again; answers whether any are to be. Called after the change was applied.
    pub(crate) async fn note_arrival(self, db: &mut SqliteConnection) -> Result<bool> {
        // A kind is changed seldom and by hand: to read all lines of refunds once costs less than an index that every import would keep.
        for id in &self.of_another_kind {
            let mut sql = Sql::new("INSERT OR IGNORE INTO awaited_goods SELECT ");
            sql.arg(Value::Id(*id)).add(", d.id, 0 FROM order_doc d WHERE d.id IN (");
            with_article::orders(&mut sql, &[Uuid::from_bytes(*id)]);
            sql.add(")");
            sql.rows(db).await?;
        }
        if !self.of_another_kind.is_empty() {
            sqlx::query(REFUNDS_WITH).bind(list(&self.of_another_kind)).execute(&mut *db).await?;
        }
        let arrived: Vec<Id> = self.new.into_iter().chain(self.of_another_kind).collect();
        if arrived.is_empty() {
            return Ok(false);
        }
        sqlx::query(ARRIVED).bind(list(&arrived)).execute(&mut *db).await?;
        // Some may have been noted before, and their parts cut off.
        Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM arrived_goods)").fetch_one(db).await?)
    }
}

fn list<'a>(ids: impl IntoIterator<Item = &'a Id>) -> String {
    serde_json::json!(ids.into_iter().map(hex::encode).collect::<Vec<_>>()).to_string()
}

const ARRIVED: &str = "INSERT OR IGNORE INTO arrived_goods SELECT s.id FROM json_each(?) j CROSS JOIN sku s ON s.id = unhex(j.value)
 WHERE EXISTS (SELECT 1 FROM awaited_goods a WHERE a.sku_id = s.id)";
const REFUNDS_WITH: &str =
    "INSERT OR IGNORE INTO awaited_goods SELECT b.sku_id, b.refund_id, 1 FROM refund_line b WHERE b.sku_id IN (SELECT unhex(j.value) FROM json_each(?) j)";

/// Folds the next part of the documents whose goods have arrived. Answers whether more may be left.
pub(crate) async fn fold_part(db: &mut SqliteConnection) -> Result<bool> {
    let next = "SELECT a.sku_id, a.document_id, a.is_refund FROM arrived_goods r CROSS JOIN awaited_goods a ON a.sku_id = r.sku_id LIMIT ?";
    let rows = sqlx::query(next).bind(i64::try_from(DOCUMENTS_PER_PART).unwrap_or(i64::MAX)).fetch_all(&mut *db).await?;
    let mut touched = Touched::default();
    for row in &rows {
        let (sku_id, document_id) = (super::fold::id_at(row, "sku_id")?, super::fold::id_at(row, "document_id")?);
        let documents = if row.try_get::<i64, _>("is_refund")? == 0 { &mut touched.orders } else { &mut touched.refunds };
        documents.insert(document_id);
        let done = "DELETE FROM awaited_goods WHERE sku_id = ? AND document_id = ?";
        sqlx::query(done).bind(sku_id.to_vec()).bind(document_id.to_vec()).execute(&mut *db).await?;
    }
    if !rows.is_empty() {
        let mut sums = Sums::default();
        super::retract(db, &touched, &mut sums).await?;
        super::contribute(db, &touched, &[], &mut sums, &mut Kinds::default()).await?;
        sums.write(db).await?;
    }
    if rows.len() == DOCUMENTS_PER_PART {
        return Ok(true);
    }
    sqlx::query("DELETE FROM arrived_goods WHERE NOT EXISTS (SELECT 1 FROM awaited_goods a WHERE a.sku_id = arrived_goods.sku_id)").execute(db).await?;
    Ok(false)
}

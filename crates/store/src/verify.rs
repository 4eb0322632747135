//! `store check`: pages, chain, sums and caches; and the canonical dump by which two stores are compared.

use crate::{Queue, Result, Store, Value, catalogue, derive, journal, open::DATABASE_FILE};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

/// What a check found. Empty findings mean that all is well.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    pub pages_ok: bool,
    pub chain_ok: bool,
    pub sums_ok: bool,
    pub caches_ok: bool,
    pub entries: i64,
    pub findings: Vec<String>,
}

/// The derived tables, each with what orders it and the columns that make a row empty when all are zero.
const CACHES: &[(&str, &str, &str)] = &[
    ("order_fold", "order_id", ""),
    ("refund_fold", "refund_id", ""),
    ("sales_hour", "business_date, shop_id, channel, hour", "orders_created <> 0 OR gmv_minor <> 0 OR refunds <> 0 OR visitors <> 0"),
    ("sku_day", "business_date, shop_id, sku_id", "units_milli <> 0 OR net_minor <> 0 OR refund_units_milli <> 0 OR refund_minor <> 0"),
    ("sku_month", "month, shop_id, sku_id", "units_milli <> 0 OR net_minor <> 0 OR refund_units_milli <> 0 OR refund_minor <> 0"),
    ("sku_order", "business_date, sku_id, order_id", ""),
    ("customer_day", "business_date, customer_id, shop_id, channel", "orders_paid <> 0 OR paid_minor <> 0 OR refunds_minor <> 0"),
    ("stock_balance", "sku_id, shop_id", "on_hand_milli <> 0"),
    ("search_text", "rowid", ""),
    ("awaited_goods", "sku_id, document_id", ""),
];

impl Store {
    /// Checks everything that can be checked with the store open.
    ///
    /// # Errors
    /// Where the database cannot be read at all.
    pub async fn check(&self) -> Result<Checked> {
        let mut checked = Checked::default();
        // Not on a reader of the pool: after the search index was rebuilt (a repair, then an undo), the check of a connection that had read it before
        // calls the new one malformed, while every connection opened since finds it whole (seen with SQLite 3.50.4).
        let mut apart = self.connect_apart().await?;
        let pages = texts(&mut apart, "PRAGMA cipher_integrity_check").await?;
        let structure = texts(&mut apart, "PRAGMA integrity_check(20)").await?;
        apart.close().await?;
        let mut db = self.reader().await?;
        checked.pages_ok = pages.is_empty() && structure == ["ok"];
        // The database's own words are for whoever mends it, and say nothing to a person.
        if !checked.pages_ok {
            tracing::warn!(?pages, ?structure, "the check found damage");
        }
        if !pages.is_empty() {
            checked.findings.push(format!("{} parts of {DATABASE_FILE} were damaged: restore a backup", pages.len()));
        } else if !checked.pages_ok {
            checked.findings.push(format!("the parts of {DATABASE_FILE} do not belong together: restore a backup"));
        }
        let nodes: Vec<Vec<u8>> = sqlx::query_scalar("SELECT DISTINCT node_id FROM journal").fetch_all(&mut *db).await?;
        checked.chain_ok = true;
        for node in nodes {
            let node_id: [u8; 16] = node.try_into().unwrap_or_default();
            let (entries, wrong) = journal::verify(&mut db, node_id).await?;
            checked.entries += entries;
            if let Some(wrong) = wrong {
                checked.chain_ok = false;
                checked.findings.push(wrong);
            }
        }
        drop(db);
        let differing = self.differing_caches().await?;
        checked.caches_ok = differing.is_empty();
        checked.sums_ok = !differing.iter().any(|name| *name == "sales_hour" || *name == "stock_balance");
        checked.findings.extend(differing.iter().map(|name| format!("{name} differs from the facts: run `store check --repair`")));
        Ok(checked)
    }

    /// Names the derived tables that are not what the facts give. Compares by rebuilding inside a transaction that is then dropped.
    async fn differing_caches(&self) -> Result<Vec<&'static str>> {
        let mut write = self.begin(Queue::Background).await?;
        // What is still owed is no difference.
        while derive::owed::part(&mut write).await? {}
        let before = cache_digests(&mut write).await?;
        derive::rebuild(&mut write).await?;
        let after = cache_digests(&mut write).await?;
        drop(write);
        // The next writer rolls the dropped transaction back; take its place so that nobody meets it half-way.
        self.begin(Queue::Background).await?.commit_local().await?;
        Ok(CACHES.iter().zip(before.iter().zip(&after)).filter(|(_, (b, a))| b != a).map(|((name, ..), _)| *name).collect())
    }

    /// A digest of each synced table in the canonical order: by table, then by id. Equal on two nodes that know the same.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn canonical_digests(&self) -> Result<Vec<(&'static str, i64, String)>> {
        let mut db = self.reader().await?;
        let mut digests = Vec::new();
        for table in catalogue::TABLES {
            let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
            let sql = format!("SELECT {} FROM {} ORDER BY id", names.join(","), table.name);
            let (rows, digest) = digest(&mut db, &sql).await?;
            digests.push((table.name, rows, digest));
        }
        Ok(digests)
    }

    /// A digest of each derived table, rows of zeros left out: a share that was added and taken out again is no share.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn derived_digests(&self) -> Result<Vec<(&'static str, String)>> {
        let mut db = self.reader().await?;
        Ok(CACHES.iter().map(|(name, ..)| *name).zip(cache_digests(&mut db).await?).collect())
    }
}

async fn cache_digests(db: &mut SqliteConnection) -> Result<Vec<String>> {
    let mut digests = Vec::new();
    for (name, order, nonzero) in CACHES {
        let filter = if nonzero.is_empty() { "1" } else { nonzero };
        digests.push(digest(db, &format!("SELECT * FROM {name} WHERE {filter} ORDER BY {order}")).await?.1);
    }
    Ok(digests)
}

async fn digest(db: &mut SqliteConnection, sql: &str) -> Result<(i64, String)> {
    use futures_util::TryStreamExt as _;
    let mut hash = Sha256::new();
    let mut count = 0;
    let mut rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch(db);
    while let Some(row) = rows.try_next().await? {
        count += 1;
        for i in 0..row.len() {
            let raw = row.try_get_raw(i)?;
            // Asked first: of nothing, SQLite's driver names the column's declared kind and reads 0 or an empty text.
            let kind = if raw.is_null() { "NULL".to_owned() } else { raw.type_info().name().to_owned() };
            let value = match kind.as_str() {
                "NULL" => Value::Null,
                "INTEGER" => Value::Int(row.try_get(i)?),
                "TEXT" => Value::Text(row.try_get(i)?),
                _ => Value::Bytes(row.try_get(i)?),
            };
            hash_value(&mut hash, &value);
        }
    }
    Ok((count, hex::encode(hash.finalize())))
}

/// Adds one value to a digest, here and at the centre alike. Its kind and length go with it: nothing, the number 0 and an empty text are three things, and no two
/// rows run into one another.
pub fn hash_value(hash: &mut Sha256, value: &Value) {
    let mut add = |kind: u8, bytes: &[u8]| {
        hash.update([kind]);
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    };
    match value {
        Value::Null => add(0, &[]),
        Value::Int(n) => add(1, &n.to_be_bytes()),
        Value::Id(id) => add(2, id),
        Value::Bytes(bytes) => add(2, bytes),
        Value::Text(text) => add(3, text.as_bytes()),
    }
}

async fn texts(db: &mut SqliteConnection, sql: &'static str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(sql).fetch_all(db).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_differ_have_digests_that_differ() {
        let of = |values: &[Value]| {
            let mut hash = Sha256::new();
            values.iter().for_each(|value| hash_value(&mut hash, value));
            hex::encode(hash.finalize())
        };
        let (text, null) = (|text: &str| Value::Text(text.to_owned()), Value::Null);
        let rows = [
            vec![null.clone()],
            vec![Value::Int(0)],
            vec![text("")],
            vec![Value::Bytes(vec![0; 8])],
            vec![text("a\u{1f}"), text("")],
            vec![text("a"), text("\u{1f}")],
            vec![null, text("a")],
        ];
        let digests: std::collections::BTreeSet<String> = rows.iter().map(|row| of(row)).collect();
        assert_eq!(digests.len(), rows.len());
        assert_eq!(of(&[Value::Id([7; 16])]), of(&[Value::Bytes(vec![7; 16])]), "an id is sixteen bytes wherever it is read");
    }
}

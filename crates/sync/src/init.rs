//! `central init`: the schema, the organisation, and everything of the founding store at one journal position, in one transaction: either the centre is there whole or
//! not at all.

use crate::{
    Error, Result,
    central::{FIXED, GENERATED, writes},
    limits::{BASELINE_ROWS_PER_PART, STATEMENT_TIMEOUT},
    seal::Seal,
    transport::Postgres,
    wire::{Parts, entry_json},
};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use store::{
    Store,
    catalogue::{TABLES, Table},
    change::row_from_json,
    inbound::{Baseline, OrganisationKeys},
};

/// Makes the centre in the database of `url` and writes everything of this store into it. Where this organisation's centre is there already, nothing happens.
///
/// # Errors
/// [`Error::OtherOrganisation`] where another one's is; [`Error::CentreExists`] where the database has something else of that name.
pub async fn central_init(url: &str, store: &Store) -> Result<()> {
    let mut transport = Postgres::new(url)?;
    let db = transport.connection().await?;
    if is_there(db, store).await? {
        return Ok(());
    }
    // From here on the keys of the business are kept by name: this store's own may be replaced one day.
    let keys = store.organisation_keys().await?;
    store.adopt(&keys, Vec::new()).await?;
    let mut baseline = store.baseline().await?;
    let mut tx = db.begin().await?;
    // A large store takes minutes; each statement is still bounded, and so is the wait for the next.
    sqlx::raw_sql(AssertSqlSafe(format!("SET LOCAL idle_in_transaction_session_timeout = '{}s'", STATEMENT_TIMEOUT.as_secs() * 10))).execute(&mut *tx).await?;
    sqlx::raw_sql(GENERATED).execute(&mut *tx).await?;
    sqlx::raw_sql(FIXED).execute(&mut *tx).await?;
    found(&mut tx, store, &mut baseline).await?;
    write_rows(&mut tx, store, &mut baseline, &Seal::new(keys.field)).await?;
    tx.commit().await?;
    store.set_acked(baseline.seq()).await?;
    transport.close().await;
    Ok(())
}

/// Whether this organisation's centre is there.
async fn is_there(db: &mut PgConnection, store: &Store) -> Result<bool> {
    let schema: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname IN ('sync', 'projection'))").fetch_one(&mut *db).await?;
    if !schema {
        return Ok(false);
    }
    let organisation: Option<Vec<u8>> = match sqlx::query_scalar("SELECT organisation_id FROM sync.organisation").fetch_optional(db).await {
        Ok(found) => found,
        Err(sqlx::Error::Database(_)) => return Err(Error::CentreExists),
        Err(error) => return Err(error.into()),
    };
    match organisation {
        Some(id) if id == store.node().organisation_id.as_bytes() => Ok(true),
        Some(_) => Err(Error::OtherOrganisation),
        None => Err(Error::CentreExists),
    }
}

async fn found(db: &mut PgConnection, store: &Store, baseline: &mut Baseline) -> Result<()> {
    let node = store.node();
    let (node_id, incarnation) = (node.node_id.as_bytes().to_vec(), node.incarnation.as_bytes().to_vec());
    sqlx::query("INSERT INTO sync.organisation (organisation_id, founded_by, baseline_seq, form) VALUES ($1, $2, $3, $4)")
        .bind(node.organisation_id.as_bytes().to_vec())
        .bind(node_id.clone())
        .bind(baseline.seq())
        .bind(i32::try_from(store::journal::SCHEMA).unwrap_or(i32::MAX))
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO sync.device (node_id, incarnation, acked_seq, chain_hash) VALUES ($1, $2, $3, $4)")
        .bind(node_id.clone())
        .bind(incarnation.clone())
        .bind(baseline.seq())
        .bind(baseline.hash().to_vec())
        .execute(&mut *db)
        .await?;
    let (mut after, mut previous) = (0, vec![0_u8; 32]);
    loop {
        let entries = baseline.entries(*node.node_id.as_bytes(), after, BASELINE_ROWS_PER_PART).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        let forms: Vec<serde_json::Value> = entries.iter().map(entry_json).collect();
        sqlx::query("SELECT sync.keep_entries($1, $2, $3, $4, $5::text::jsonb)")
            .bind(node_id.clone())
            .bind(incarnation.clone())
            .bind(after)
            .bind(previous)
            .bind(serde_json::Value::Array(forms).to_string())
            .execute(&mut *db)
            .await?;
        (after, previous) = (last.seq, last.hash.clone());
    }
}

async fn write_rows(db: &mut PgConnection, store: &Store, baseline: &mut Baseline, seal: &Seal) -> Result<()> {
    let node_id = store.node().node_id.as_bytes().to_vec();
    for table in TABLES {
        let mut after = None;
        loop {
            let rows = baseline.rows(table, after, BASELINE_ROWS_PER_PART).await?;
            let Some((last, _)) = rows.last() else { break };
            after = last[0].as_id();
            let mut parts = Parts::new(seal);
            parts.add_baseline(baseline.seq(), table, &rows)?;
            sqlx::query("SELECT sync.apply($1, $2::text::jsonb, false)").bind(node_id.clone()).bind(parts.into_json().to_string()).execute(&mut *db).await?;
        }
    }
    Ok(())
}

/// A digest of each projection table in the canonical order, personal columns opened: equal to `Store::canonical_digests` of a node that knows the same.
///
/// # Errors
/// Where the centre cannot be read, or a row does not open with these keys.
pub async fn central_digests(url: &str, keys: &OrganisationKeys) -> Result<Vec<(&'static str, i64, String)>> {
    let mut transport = Postgres::new(url)?;
    let db = transport.connection().await?;
    let seal = Seal::new(keys.field.clone());
    let mut digests = Vec::new();
    for table in TABLES {
        digests.push(digest(db, table, &seal).await?);
    }
    transport.close().await;
    Ok(digests)
}

async fn digest(db: &mut PgConnection, table: &'static Table, seal: &Seal) -> Result<(&'static str, i64, String)> {
    let sql = format!("SELECT {}::text FROM projection.{} t WHERE t.id > $1 ORDER BY t.id LIMIT {BASELINE_ROWS_PER_PART}", writes(table), table.name);
    let (mut hash, mut count, mut after) = (Sha256::new(), 0, Vec::new());
    loop {
        let page = sqlx::query(AssertSqlSafe(sql.clone())).bind(after.clone()).fetch_all(&mut *db).await?;
        if page.is_empty() {
            return Ok((table.name, count, hex::encode(hash.finalize())));
        }
        for found in page {
            let fault = || Error::Form { what: format!("a row of {}", table.name) };
            let json = serde_json::from_str(&found.try_get::<String, _>(0)?).map_err(|_| fault())?;
            let row = seal.open(table, &row_from_json(table, &json).ok_or_else(fault)?)?;
            after = row[0].as_id().unwrap_or_default().to_vec();
            count += 1;
            for value in &row {
                store::verify::hash_value(&mut hash, value);
            }
        }
    }
}

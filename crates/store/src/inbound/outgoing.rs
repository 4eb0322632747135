//! What this node sends: its journal after the last acknowledged entry, everything at one journal position for a new centre, and the organisation's keys.

use crate::{
    Change, Error, Queue, Result, Row, Store, apply,
    catalogue::{self, Table},
    journal::{self, Stored},
    keys::Key,
    local,
};
use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqliteConnection, pool::PoolConnection};

/// The name of the organisation's keys among the device settings, which never leave the encrypted file.
const KEYS_SETTING: &str = "organisation_keys";

/// How the sending stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncState {
    /// The last entry that the centre has.
    pub acked_seq: i64,
    /// The last entry here.
    pub last_seq: i64,
    /// When the last exchange ended well, UTC milliseconds.
    pub last_at_ms: Option<i64>,
    /// When the oldest entry that waits was made, UTC milliseconds.
    pub oldest_waiting_ms: Option<i64>,
    pub last_error: Option<String>,
    /// What was put aside here.
    pub quarantined: i64,
}

/// The keys that the stores of one organisation share.
#[derive(Clone)]
pub struct OrganisationKeys {
    /// Seals personal columns wherever they rest outside a node.
    pub field: Key,
    /// Seals the seeds of one-time codes in credentials.
    pub totp: Key,
}

impl std::fmt::Debug for OrganisationKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OrganisationKeys")
    }
}

/// A row of a baseline and the shop it belongs to, where it belongs to one.
pub type BaselineRow = (Row, Option<[u8; 16]>);

/// Everything in the store at one journal position. Writers go on meanwhile; what they write is not in it.
pub struct Baseline {
    reader: PoolConnection<Sqlite>,
    seq: i64,
    hash: Vec<u8>,
}

impl Baseline {
    /// The journal position.
    #[must_use]
    pub const fn seq(&self) -> i64 {
        self.seq
    }

    /// The hash of the entry there.
    #[must_use]
    pub fn hash(&self) -> &[u8] {
        &self.hash
    }

    /// The next rows of a table in the order of their ids.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn rows(&mut self, table: &'static Table, after: Option<[u8; 16]>, max: i64) -> Result<Vec<BaselineRow>> {
        let names: Vec<String> = table.columns.iter().map(|c| format!("t.{}", c.name)).collect();
        let shop = shop_column(table);
        let sql = format!("SELECT {}, {shop} AS shop_of_row FROM {} t WHERE t.id > ? ORDER BY t.id LIMIT ?", names.join(","), table.name);
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(after.map_or_else(Vec::new, |id| id.to_vec())).bind(max).fetch_all(&mut *self.reader).await?;
        Ok(rows.iter().map(|r| (apply::read_row(table, r), r.get::<Option<Vec<u8>>, _>("shop_of_row").and_then(|b| b.try_into().ok()))).collect())
    }

    /// The next entries of the chain, without those after the baseline.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn entries(&mut self, node_id: [u8; 16], after: i64, max: i64) -> Result<Vec<Stored>> {
        journal::after(&mut self.reader, node_id, after, max).await
    }
}

/// The row that says to which shop a row without a shop of its own belongs.
#[must_use]
pub fn parent_of(table: &Table) -> Option<(&'static str, &'static Table)> {
    match table.name {
        "order_line" | "order_transition" | "payment" => Some(("order_id", &catalogue::ORDER_DOC)),
        "refund_line" => Some(("refund_id", &catalogue::REFUND)),
        "import_end" | "import_undone" => Some(("batch_id", &catalogue::IMPORT_BATCH)),
        _ => None,
    }
}

fn shop_column(table: &Table) -> String {
    match (table.stream, table.column("shop_id"), parent_of(table)) {
        (catalogue::Stream::Shop, Some(_), _) => "t.shop_id".to_owned(),
        (catalogue::Stream::Shop, None, Some((column, parent))) => format!("(SELECT p.shop_id FROM {} p WHERE p.id = t.{column})", parent.name),
        _ => "NULL".to_owned(),
    }
}

impl Store {
    /// How the sending stands.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn sync_state(&self) -> Result<SyncState> {
        let mut db = self.reader().await?;
        let row = sqlx::query("SELECT acked_seq, last_at_ms, last_error, (SELECT count(*) FROM quarantine) FROM sync_push").fetch_one(&mut *db).await?;
        let own = *self.node().node_id.as_bytes();
        let acked_seq: i64 = row.get(0);
        let oldest = sqlx::query_scalar("SELECT at_ms FROM journal WHERE node_id = ? AND seq = ?")
            .bind(own.to_vec())
            .bind(acked_seq + 1)
            .fetch_optional(&mut *db)
            .await?;
        Ok(SyncState {
            acked_seq,
            last_seq: journal::head(&mut db, &own).await?.0,
            last_at_ms: row.get(1),
            oldest_waiting_ms: oldest,
            last_error: row.get(2),
            quarantined: row.get(3),
        })
    }

    /// Own entries after `seq`, at most `max`, cut before their packed operations exceed `packed_bytes_max`; one always passes.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn outgoing(&self, seq: i64, max: i64, packed_bytes_max: usize) -> Result<Vec<Stored>> {
        let mut db = self.reader().await?;
        let mut entries = journal::after(&mut db, *self.node().node_id.as_bytes(), seq, max).await?;
        let mut bytes = 0;
        let fits = entries.iter().take_while(|e| {
            bytes += e.operation.as_ref().map_or(0, Vec::len);
            bytes <= packed_bytes_max
        });
        let keep = fits.count().max(1);
        entries.truncate(keep);
        Ok(entries)
    }

    /// The hash of an own entry: zeros for the place before the first, `None` where it is not here.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn entry_hash(&self, seq: i64) -> Result<Option<Vec<u8>>> {
        if seq == 0 {
            return Ok(Some(vec![0; 32]));
        }
        let mut db = self.reader().await?;
        let own = self.node().node_id.as_bytes().to_vec();
        Ok(sqlx::query_scalar("SELECT hash FROM journal WHERE node_id = ? AND seq = ?").bind(own).bind(seq).fetch_optional(&mut *db).await?)
    }

    /// The shop of a row that others refer to; `None` where the row is not here.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn shop_of(&self, table: &'static Table, id: [u8; 16]) -> Result<Option<[u8; 16]>> {
        let mut db = self.reader().await?;
        let sql = format!("SELECT {} FROM {} t WHERE t.id = ?", shop_column(table), table.name);
        let found: Option<Option<Vec<u8>>> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(id.to_vec()).fetch_optional(&mut *db).await?;
        Ok(found.flatten().and_then(|bytes| bytes.try_into().ok()))
    }

    /// Remembers how far the centre has this node's journal. The centre itself is asked at each exchange: this is for the badge.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn set_acked(&self, seq: i64) -> Result<()> {
        let mut write = self.begin(Queue::Background).await?;
        sqlx::query("UPDATE sync_push SET acked_seq = ?").bind(seq).execute(&mut *write).await?;
        write.commit_local().await
    }

    /// Puts an own operation aside that the centre cannot take. Once, however often the push is tried.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn keep_unsendable(&self, seq: i64, reason: &str, changes: &[Change], at_ms: i64) -> Result<()> {
        let payload: Vec<serde_json::Value> = changes.iter().map(Change::to_json).collect();
        let mut write = self.begin(Queue::Background).await?;
        sqlx::query("INSERT INTO quarantine (direction, reference, reason, payload, first_seen_ms) SELECT 'out', ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM quarantine WHERE direction = 'out' AND reference = ?1)")
            .bind(format!("entry {seq}"))
            .bind(reason)
            .bind(serde_json::Value::Array(payload).to_string().into_bytes())
            .bind(at_ms)
            .execute(&mut *write)
            .await?;
        write.commit_local().await
    }

    /// Remembers how an exchange ended: when, where it ended well, or why not.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn set_exchanged(&self, outcome: std::result::Result<i64, String>) -> Result<()> {
        let mut write = self.begin(Queue::Background).await?;
        let query = match outcome {
            Ok(at_ms) => sqlx::query("UPDATE sync_push SET last_at_ms = ?, last_error = NULL").bind(at_ms),
            Err(error) => sqlx::query("UPDATE sync_push SET last_error = ?").bind(error),
        };
        query.execute(&mut *write).await?;
        write.commit_local().await
    }

    /// Everything at the present journal position, for a new centre.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn baseline(&self) -> Result<Baseline> {
        let mut reader = self.reader().await?;
        // The transaction ends with the connection, also where the reader is dropped half-way.
        reader.close_on_drop();
        sqlx::query("BEGIN").execute(&mut *reader).await?;
        let (seq, hash) = journal::head(&mut reader, self.node().node_id.as_bytes()).await?;
        Ok(Baseline { reader, seq, hash })
    }

    /// The organisation's keys: those that were joined, else this store's own, which founded it.
    ///
    /// # Errors
    /// Where the database cannot be read or the kept keys cannot.
    pub async fn organisation_keys(&self) -> Result<OrganisationKeys> {
        let mut db = self.reader().await?;
        kept_keys(&mut db).await.map(|kept| kept.unwrap_or_else(|| OrganisationKeys { field: self.root().field_key(), totp: self.root().totp_key() }))
    }

    /// Whether this business has a centre, or had one: it stays so where the address is taken out of the settings, which a person may put back.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn has_centre(&self) -> Result<bool> {
        let mut db = self.reader().await?;
        Ok(local::settings(&mut db).await?.get(KEYS_SETTING).is_some())
    }

    /// Takes over an organisation's keys and credentials, at joining. Kept inside the encrypted file alone.
    ///
    /// # Errors
    /// Where a credential does not fit or the database cannot be written.
    pub async fn adopt(&self, keys: &OrganisationKeys, credentials: Vec<Row>) -> Result<()> {
        let kept = serde_json::json!({"field": hex::encode(*keys.field), "totp": hex::encode(*keys.totp)});
        self.change_settings(|settings| {
            settings.insert(KEYS_SETTING.to_owned(), kept);
        })
        .await?;
        let mut write = self.begin(Queue::Person).await?;
        write.apply_arrived(&[Change::Put { table: &catalogue::CREDENTIAL, rows: credentials }]).await?;
        write.commit_local().await
    }

    /// The credentials as rows, for a store that joins.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn credential_rows(&self) -> Result<Vec<Row>> {
        let table = &catalogue::CREDENTIAL;
        let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
        let sql = format!("SELECT {} FROM credential ORDER BY id", names.join(","));
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *self.reader().await?).await?;
        Ok(rows.iter().map(|r| apply::read_row(table, r)).collect())
    }
}

async fn kept_keys(db: &mut SqliteConnection) -> Result<Option<OrganisationKeys>> {
    let settings = local::settings(db).await?;
    let Some(kept) = settings.get(KEYS_SETTING) else { return Ok(None) };
    let read = |name: &str| {
        let mut key = Key::default();
        let text = kept.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
        hex::decode_to_slice(text, key.as_mut_slice()).map_err(|_| Error::WrongValue { table: KEYS_SETTING.into(), column: name.into() })?;
        Ok::<Key, Error>(key)
    };
    Ok(Some(OrganisationKeys { field: read("field")?, totp: read("totp")? }))
}

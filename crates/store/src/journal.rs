//! The journal: one entry for each transaction, with three sections (operation, events, audit) and a chain of hashes per node.
//!
//! The hash of an entry covers salted hashes of its sections, never their content, so that a section can be pruned or erased by law and
//! the chain still verifies. The byte layout is described in `docs/store-format.md`; changing it here breaks every store in the field.

use crate::{Error, Result, catalogue, change::Change};
use domain::PersonId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{Row as _, SqliteConnection};

/// The form of operations written by this version.
pub const SCHEMA: i64 = 1;
/// Operations of a store without a centre are pruned after this many days; the chain keeps their hashes.
pub const OPERATION_KEEP_DAYS: i64 = 30;
/// A journal section larger than this is refused when it is read: nothing of ours writes one.
const SECTION_BYTES_MAX: usize = 64 << 20;

/// Where a change was born. Automations run once, for `Here`; the others only refresh screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Here,
    Synced,
    Imported,
}

impl Origin {
    /// The word in the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Synced => "synced",
            Self::Imported => "imported",
        }
    }
}

/// Something that happened, for consumers: screens, alerts, relays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// As `order.placed`.
    pub kind: String,
    pub entity: String,
    /// Hex ids; empty means many.
    pub ids: Vec<String>,
}

/// Who did what, for the auditor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    pub act: String,
    pub result: String,
    /// Ids, counts and reasons, never personal data or secrets.
    pub detail: serde_json::Value,
}

/// A transaction's entry before it is written.
#[derive(Debug, Clone)]
pub struct Entry {
    /// As `order.record`.
    pub kind: &'static str,
    pub actor: PersonId,
    pub at_ms: i64,
    pub origin: Origin,
    pub changes: Vec<Change>,
    pub events: Vec<Event>,
    pub audit: Audit,
}

/// A written entry as it is read back.
#[derive(Debug, Clone)]
pub struct Stored {
    pub node_id: [u8; 16],
    pub seq: i64,
    pub at_ms: i64,
    pub kind: String,
    pub actor_id: Vec<u8>,
    pub device_id: Vec<u8>,
    pub origin: String,
    pub schema: i64,
    pub operation: Option<Vec<u8>>,
    pub operation_salt: Vec<u8>,
    pub operation_hash: Vec<u8>,
    pub events: Option<Vec<u8>>,
    pub events_salt: Vec<u8>,
    pub events_hash: Vec<u8>,
    pub audit: Option<Vec<u8>>,
    pub audit_salt: Vec<u8>,
    pub audit_hash: Vec<u8>,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

/// The salted hash of a section.
#[must_use]
pub fn section_hash(salt: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"zhanggui/section/v1");
    hash.update(salt);
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(bytes);
    hash.finalize().into()
}

impl Stored {
    /// The hash that the entry's other fields give.
    #[must_use]
    pub fn computed_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"zhanggui/entry/v1");
        hash.update(&self.previous_hash);
        hash.update(self.node_id);
        hash.update(self.seq.to_be_bytes());
        hash.update(self.at_ms.to_be_bytes());
        for text in [self.kind.as_bytes(), &self.actor_id, &self.device_id, self.origin.as_bytes()] {
            hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(text);
        }
        hash.update(self.schema.to_be_bytes());
        hash.update(&self.operation_hash);
        hash.update(&self.events_hash);
        hash.update(&self.audit_hash);
        hash.finalize().into()
    }

    /// The row changes of the operation; empty where it was pruned.
    ///
    /// # Errors
    /// [`Error::Journal`] where the section cannot be read.
    pub fn changes(&self) -> Result<Vec<Change>> {
        let Some(packed) = &self.operation else { return Ok(Vec::new()) };
        let fault = |reason: String| Error::Journal { seq: self.seq, reason };
        let json = unpack(packed).map_err(|e| fault(e.to_string()))?;
        let coded: Vec<serde_json::Value> = serde_json::from_slice(&json).map_err(|e| fault(e.to_string()))?;
        coded.iter().map(|c| Change::from_json(c).ok_or_else(|| fault("a change of an unknown table or form".into()))).collect()
    }

    /// The events of the entry; empty where they were pruned.
    ///
    /// # Errors
    /// [`Error::Journal`] where the section cannot be read.
    pub fn event_list(&self) -> Result<Vec<Event>> {
        let Some(packed) = &self.events else { return Ok(Vec::new()) };
        let fault = |reason: String| Error::Journal { seq: self.seq, reason };
        let json = unpack(packed).map_err(|e| fault(e.to_string()))?;
        serde_json::from_slice(&json).map_err(|e| fault(e.to_string()))
    }
}

/// Packs a section: JSON under zstd level 1, which costs less time than writing the bytes it saves.
pub(crate) fn pack(json: &[u8]) -> Result<Vec<u8>> {
    Ok(zstd::bulk::compress(json, 1)?)
}

pub(crate) fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::bulk::decompress(packed, SECTION_BYTES_MAX)
}

/// The end of a node's chain: the last sequence number (0 where there is none) and its hash (zeros).
pub(crate) async fn head(db: &mut SqliteConnection, node_id: &[u8]) -> Result<(i64, Vec<u8>)> {
    let row = sqlx::query("SELECT seq, hash FROM journal WHERE node_id = ? ORDER BY seq DESC LIMIT 1").bind(node_id).fetch_optional(db).await?;
    Ok(row.map_or_else(|| (0, vec![0; 32]), |r| (r.get(0), r.get(1))))
}

/// The operation section of these changes, packed.
pub(crate) fn pack_operation(changes: &[Change]) -> Result<Vec<u8>> {
    let mut json = Vec::with_capacity(1024);
    write_operation(changes, &mut json);
    pack(&json)
}

/// Seals an entry onto the chain's end over its packed operation. `random` gives the three salts.
pub(crate) fn seal(entry: &Entry, operation: Vec<u8>, node_id: [u8; 16], previous: (i64, Vec<u8>), random: &mut dyn FnMut(&mut [u8])) -> Result<Stored> {
    let mut salt = || {
        let mut bytes = vec![0_u8; 16];
        random(&mut bytes);
        bytes
    };
    let fault = |e: serde_json::Error| Error::Journal { seq: previous.0 + 1, reason: e.to_string() };
    let events = pack(&serde_json::to_vec(&entry.events).map_err(fault)?)?;
    let audit = pack(&serde_json::to_vec(&entry.audit).map_err(fault)?)?;
    let (operation_salt, events_salt, audit_salt) = (salt(), salt(), salt());
    let mut stored = Stored {
        node_id,
        seq: previous.0 + 1,
        at_ms: entry.at_ms,
        kind: entry.kind.to_owned(),
        actor_id: entry.actor.bytes().to_vec(),
        device_id: node_id.to_vec(),
        origin: entry.origin.word().to_owned(),
        schema: SCHEMA,
        operation_hash: section_hash(&operation_salt, &operation).to_vec(),
        events_hash: section_hash(&events_salt, &events).to_vec(),
        audit_hash: section_hash(&audit_salt, &audit).to_vec(),
        operation: Some(operation),
        operation_salt,
        events: Some(events),
        events_salt,
        audit: Some(audit),
        audit_salt,
        previous_hash: previous.1,
        hash: Vec::new(),
    };
    stored.hash = stored.computed_hash().to_vec();
    Ok(stored)
}

fn write_operation(changes: &[Change], json: &mut Vec<u8>) {
    json.push(b'[');
    for (i, change) in changes.iter().enumerate() {
        if i > 0 {
            json.push(b',');
        }
        change.write_json(json);
    }
    json.push(b']');
}

/// Writes a sealed entry, this node's or another's.
pub(crate) async fn insert(db: &mut SqliteConnection, entry: &Stored) -> Result<()> {
    sqlx::query(
        "INSERT INTO journal (node_id, seq, at_ms, kind, actor_id, device_id, origin, schema, operation, operation_salt, operation_hash, \
         events, events_salt, events_hash, audit, audit_salt, audit_hash, previous_hash, hash) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    )
    .bind(entry.node_id.to_vec())
    .bind(entry.seq)
    .bind(entry.at_ms)
    .bind(entry.kind.clone())
    .bind(entry.actor_id.clone())
    .bind(entry.device_id.clone())
    .bind(entry.origin.clone())
    .bind(entry.schema)
    .bind(entry.operation.clone())
    .bind(entry.operation_salt.clone())
    .bind(entry.operation_hash.clone())
    .bind(entry.events.clone())
    .bind(entry.events_salt.clone())
    .bind(entry.events_hash.clone())
    .bind(entry.audit.clone())
    .bind(entry.audit_salt.clone())
    .bind(entry.audit_hash.clone())
    .bind(entry.previous_hash.clone())
    .bind(entry.hash.clone())
    .execute(db)
    .await?;
    Ok(())
}

/// Reads entries of a node after `seq`, at most `limit`.
///
/// # Errors
/// Where the database cannot be read.
pub async fn after(db: &mut SqliteConnection, node_id: [u8; 16], seq: i64, limit: i64) -> Result<Vec<Stored>> {
    let rows = sqlx::query("SELECT * FROM journal WHERE node_id = ? AND seq > ? ORDER BY seq LIMIT ?")
        .bind(node_id.to_vec())
        .bind(seq)
        .bind(limit)
        .fetch_all(db)
        .await?;
    Ok(rows
        .iter()
        .map(|r| Stored {
            node_id,
            seq: r.get("seq"),
            at_ms: r.get("at_ms"),
            kind: r.get("kind"),
            actor_id: r.get("actor_id"),
            device_id: r.get("device_id"),
            origin: r.get("origin"),
            schema: r.get("schema"),
            operation: r.get("operation"),
            operation_salt: r.get("operation_salt"),
            operation_hash: r.get("operation_hash"),
            events: r.get("events"),
            events_salt: r.get("events_salt"),
            events_hash: r.get("events_hash"),
            audit: r.get("audit"),
            audit_salt: r.get("audit_salt"),
            audit_hash: r.get("audit_hash"),
            previous_hash: r.get("previous_hash"),
            hash: r.get("hash"),
        })
        .collect())
}

/// Walks a node's whole chain and says what is wrong with the first entry that does not fit; `None` where all fits.
///
/// # Errors
/// Where the database cannot be read.
pub async fn verify(db: &mut SqliteConnection, node_id: [u8; 16]) -> Result<(i64, Option<String>)> {
    const PAGE: i64 = 500;
    let (mut seq, mut previous) = (0_i64, vec![0_u8; 32]);
    loop {
        let page = after(db, node_id, seq, PAGE).await?;
        if page.is_empty() {
            return Ok((seq, None));
        }
        for entry in page {
            if let Some(wrong) = fault_of(&entry, seq, &previous) {
                return Ok((seq, Some(format!("entry {}: {wrong}", entry.seq))));
            }
            seq = entry.seq;
            previous = entry.hash;
        }
    }
}

fn fault_of(entry: &Stored, last_seq: i64, previous: &[u8]) -> Option<&'static str> {
    if entry.seq != last_seq + 1 {
        return Some("an entry before it is missing");
    }
    if entry.previous_hash != previous {
        return Some("it does not follow the entry before it");
    }
    if entry.computed_hash().as_slice() != entry.hash {
        return Some("it was altered");
    }
    let sections = [
        (&entry.operation, &entry.operation_salt, &entry.operation_hash, "its operation was altered"),
        (&entry.events, &entry.events_salt, &entry.events_hash, "its events were altered"),
        (&entry.audit, &entry.audit_salt, &entry.audit_hash, "its audit record was altered"),
    ];
    sections.into_iter().find_map(|(bytes, salt, hash, wrong)| {
        let bytes = bytes.as_ref()?;
        (section_hash(salt, bytes).as_slice() != hash.as_slice()).then_some(wrong)
    })
}

/// Removes operations older than [`OPERATION_KEEP_DAYS`]; their hashes stay. Only for a store without a centre.
///
/// # Errors
/// Where the database cannot be written.
pub(crate) async fn prune(db: &mut SqliteConnection, now_ms: i64, batch: i64) -> Result<u64> {
    let before_ms = now_ms - OPERATION_KEEP_DAYS * 86_400_000;
    let done = sqlx::query(
        "UPDATE journal SET operation = NULL WHERE (node_id, seq) IN (SELECT node_id, seq FROM journal WHERE operation IS NOT NULL AND at_ms < ? LIMIT ?)",
    )
    .bind(before_ms)
    .bind(batch)
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// The catalogue's names, for a reader that meets an operation of a newer program.
#[must_use]
pub fn known_tables() -> Vec<&'static str> {
    catalogue::TABLES.iter().map(|t| t.name).collect()
}

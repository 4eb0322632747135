//! What other nodes sent, applied in one transaction with the cursors; and the state of this node's own sending.
//!
//! A record is the rows of one table that one operation brought to one stream, at a dense position. Own records that come back are counted and
//! skipped. What cannot be applied is put into quarantine whole and never holds up what follows it.
//!
//! Deliberately absent: the network and the protocol (`sync`), and rules of the shop: rows meet by class alone.

mod again;
mod outgoing;
mod sieve;

pub use outgoing::{Baseline, BaselineRow, OrganisationKeys, SyncState, parent_of};

use crate::{
    Change, Error, Queue, Result, Store, Write,
    derive::owed,
    journal::{self, Stored},
};
use serde_json::json;
use sieve::Sieve;
use sqlx::{Row as _, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};

/// What a record holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Rows that this version can read.
    Rows(Change),
    /// Something it cannot: kept in quarantine until a newer version reads it.
    Unreadable { reason: String, payload: String },
}

/// The rows of one table that one operation brought to one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub stream: String,
    /// The stream's birth: another one means another history under the same name.
    pub epoch: [u8; 16],
    pub position: i64,
    pub node_id: [u8; 16],
    pub seq: i64,
    pub content: Content,
}

/// What one pull brought.
#[derive(Debug, Clone, Default)]
pub struct InboundBatch {
    pub at_ms: i64,
    pub records: Vec<Record>,
    /// Entries of other nodes' chains, by node and sequence number; without the sections that do not travel.
    pub entries: Vec<Stored>,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboundReport {
    /// Rows that are new here.
    pub rows: u64,
    /// Records of this node that came back.
    pub own: u64,
    /// Rows and records put aside.
    pub quarantined: u64,
    /// Entries of other nodes kept.
    pub entries: u64,
    /// The tables that changed, for whoever refreshes screens.
    pub tables: BTreeSet<&'static str>,
}

/// A place in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub position: i64,
    pub epoch: [u8; 16],
}

/// Something put aside.
pub(crate) struct Aside {
    pub reference: String,
    pub reason: String,
    pub payload: String,
}

impl Store {
    /// Applies what a pull brought: rows, quarantine, entries and cursors in one transaction.
    ///
    /// # Errors
    /// [`Error::Hole`] where a position or entry is missing, [`Error::Journal`] where an entry does not fit its chain; nothing is applied then.
    pub async fn apply_inbound(&self, batch: InboundBatch) -> Result<InboundReport> {
        let own = *self.node().node_id.as_bytes();
        // What a delivery before this one brought may have been cut off between its parts.
        self.pay_owed().await?;
        let mut write = self.begin(Queue::Background).await?;
        let mut cursors = cursors(&mut write).await?;
        let moved = follow(&batch.records, &mut cursors)?;
        let mut report = InboundReport::default();
        let mut sieve = Sieve::default();
        let mut changes = Vec::new();
        for record in &batch.records {
            if record.node_id == own {
                report.own += 1;
                continue;
            }
            match &record.content {
                Content::Rows(change) => {
                    let from = reference(record);
                    changes.extend(sieve.pass(&mut write, &from, change).await?.map(|change| (from, change)));
                }
                Content::Unreadable { reason, payload } => {
                    sieve.aside.push(Aside { reference: reference(record), reason: reason.clone(), payload: payload.clone() })
                }
            }
        }
        sieve.give_way(&mut write).await?;
        for change in apply_records(&mut write, &changes, &mut sieve.aside).await? {
            report.rows += u64::try_from(change.rows().len()).unwrap_or(0);
            report.tables.insert(change.table().name);
        }
        report.quarantined = u64::try_from(sieve.aside.len()).unwrap_or(u64::MAX);
        put_aside(&mut write, "in", &sieve.aside, batch.at_ms).await?;
        for stream in moved {
            if let Some(cursor) = cursors.get(&stream) {
                save_cursor(&mut write, &stream, *cursor).await?;
            }
        }
        report.entries = keep_entries(&mut write, &batch.entries, &mut cursors).await?;
        write.commit_local().await?;
        self.pay_owed().await?;
        Ok(report)
    }

    /// Goes on with what is owed, which is asked of a reader: hardly ever is it anything.
    async fn pay_owed(&self) -> Result<()> {
        if owed::is_any(&mut *self.reader().await?).await? { self.desk.pay_owed().await } else { Ok(()) }
    }

    /// Where this node stands in each stream.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn cursors(&self) -> Result<BTreeMap<String, Cursor>> {
        cursors(&mut *self.reader().await?).await
    }
}

/// The cursor of another node's chain. Its positions are the sequence numbers.
#[must_use]
pub fn entry_stream(node_id: &[u8; 16]) -> String {
    format!("entry:{}", hex::encode(node_id))
}

fn reference(record: &Record) -> String {
    format!("{} {} from {} {}", record.stream, record.position, hex::encode(record.node_id), record.seq)
}

async fn cursors(db: &mut SqliteConnection) -> Result<BTreeMap<String, Cursor>> {
    let rows = sqlx::query("SELECT stream, position, epoch FROM sync_cursor").fetch_all(db).await?;
    Ok(rows.into_iter().map(|r| (r.get(0), Cursor { position: r.get(1), epoch: r.get::<Vec<u8>, _>(2).try_into().unwrap_or_default() })).collect())
}

async fn save_cursor(write: &mut Write, stream: &str, cursor: Cursor) -> Result<()> {
    sqlx::query("INSERT OR REPLACE INTO sync_cursor (stream, position, epoch) VALUES (?,?,?)")
        .bind(stream)
        .bind(cursor.position)
        .bind(cursor.epoch.to_vec())
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// Moves the cursors over the records and names the streams that moved. Contiguity is checked, not assumed.
fn follow(records: &[Record], cursors: &mut BTreeMap<String, Cursor>) -> Result<BTreeSet<String>> {
    let mut moved = BTreeSet::new();
    for record in records {
        let cursor = cursors.entry(record.stream.clone()).or_insert(Cursor { position: 0, epoch: record.epoch });
        if record.position != cursor.position + 1 || record.epoch != cursor.epoch {
            return Err(Error::Hole { stream: record.stream.clone(), expected: cursor.position + 1, found: record.position });
        }
        cursor.position = record.position;
        moved.insert(record.stream.clone());
    }
    Ok(moved)
}

/// Applies all in one go; where that fails, record by record, so that the one that does not fit is put aside alone. Answers what was applied; each change
/// stands beside where it came from.
async fn apply_records<'a>(write: &mut Write, changes: &'a [(String, Change)], aside: &mut Vec<Aside>) -> Result<Vec<&'a Change>> {
    let all: Vec<Change> = changes.iter().map(|(_, change)| change.clone()).collect();
    if guarded(write, &all, aside).await?.is_none() {
        return Ok(changes.iter().map(|(_, change)| change).collect());
    }
    let mut applied = Vec::new();
    for (from, change) in changes {
        match guarded(write, std::slice::from_ref(change), aside).await? {
            None => applied.push(change),
            Some(reason) => aside.push(Aside { reference: from.clone(), reason, payload: change.to_json().to_string() }),
        }
    }
    Ok(applied)
}

/// Applies changes within a savepoint. Answers why it was rolled back, where the rows themselves were the reason.
async fn guarded(write: &mut Write, changes: &[Change], aside: &mut Vec<Aside>) -> Result<Option<String>> {
    sqlx::query("SAVEPOINT inbound").execute(&mut **write).await?;
    let outcome = write.apply_arrived(changes).await;
    let reason = match outcome {
        Ok(left) => {
            aside.extend(left.into_iter().map(|(change, reason)| Aside {
                reference: change.table().name.to_owned(),
                reason,
                payload: change.to_json().to_string(),
            }));
            None
        }
        Err(error) if is_of_the_rows(&error) => {
            sqlx::query("ROLLBACK TO inbound").execute(&mut **write).await?;
            Some(error.to_string())
        }
        Err(error) => return Err(error),
    };
    sqlx::query("RELEASE inbound").execute(&mut **write).await?;
    Ok(reason)
}

/// Whether the rows are the reason, not the disk.
fn is_of_the_rows(error: &Error) -> bool {
    match error {
        Error::WrongValue { .. } | Error::OtherContent { .. } | Error::RowsTouched { .. } | Error::SumTooLarge { .. } => true,
        Error::Database(sqlx::Error::Database(refusal)) => {
            refusal.is_unique_violation() || refusal.is_check_violation() || refusal.message().contains("constraint failed")
        }
        _ => false,
    }
}

async fn put_aside(write: &mut Write, direction: &str, aside: &[Aside], at_ms: i64) -> Result<()> {
    for one in aside {
        sqlx::query("INSERT INTO quarantine (direction, reference, reason, payload, first_seen_ms) VALUES (?,?,?,?,?)")
            .bind(direction)
            .bind(one.reference.clone())
            .bind(one.reason.clone())
            .bind(one.payload.clone().into_bytes())
            .bind(at_ms)
            .execute(&mut **write)
            .await?;
    }
    Ok(())
}

/// Keeps other nodes' entries as they are, after checking that each follows the one before it.
async fn keep_entries(write: &mut Write, entries: &[Stored], cursors: &mut BTreeMap<String, Cursor>) -> Result<u64> {
    let mut last: BTreeMap<[u8; 16], Vec<u8>> = BTreeMap::new();
    for entry in entries {
        let stream = entry_stream(&entry.node_id);
        let cursor = cursors.entry(stream.clone()).or_insert(Cursor { position: 0, epoch: [0; 16] });
        if entry.seq != cursor.position + 1 {
            return Err(Error::Hole { stream, expected: cursor.position + 1, found: entry.seq });
        }
        let before = match last.remove(&entry.node_id) {
            Some(hash) => hash,
            None => journal::head(write, &entry.node_id).await?.1,
        };
        if entry.previous_hash != before || entry.computed_hash().as_slice() != entry.hash {
            return Err(Error::Journal {
                seq: entry.seq,
                reason: json!({"node": hex::encode(entry.node_id), "fault": "it does not follow the entry before it"}).to_string(),
            });
        }
        journal::insert(write, entry).await?;
        cursor.position = entry.seq;
        last.insert(entry.node_id, entry.hash.clone());
    }
    for node_id in last.keys() {
        let stream = entry_stream(node_id);
        if let Some(cursor) = cursors.get(&stream) {
            save_cursor(write, &stream, *cursor).await?;
        }
    }
    Ok(u64::try_from(entries.len()).unwrap_or(u64::MAX))
}

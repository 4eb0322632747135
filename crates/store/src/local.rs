//! Local rows: this computer's settings, used codes, own views, notices, running imports. They have no journal entry and never travel.

use crate::{Error, Queue, Result, Row, Store, Write};
use serde_json::Value as Json;
use sqlx::{Row as _, SqliteConnection};

/// The credential of a person as it is kept: head office owns it, it travels under the organisation's key.
#[derive(Debug, Clone)]
pub struct Credential {
    pub id: [u8; 16],
    pub version: i64,
    pub name: String,
    pub role: String,
    /// Sealed seed.
    pub totp_seed: Vec<u8>,
    /// JSON: `[{salt, hash, used_at_ms}]`.
    pub recovery_hashes: String,
    pub created_at_ms: i64,
    /// Sealed password verifier: serves only where a slot is made on another computer.
    pub verifier: Vec<u8>,
}

impl Credential {
    /// The row of the next version.
    #[must_use]
    pub fn next_row(&self) -> Row {
        crate::row![
            uuid::Uuid::from_bytes(self.id),
            self.version + 1,
            1_i64,
            self.name.clone(),
            self.role.clone(),
            self.totp_seed.clone(),
            self.recovery_hashes.clone(),
            self.created_at_ms,
            self.verifier.clone()
        ]
    }
}

/// A view of a list that a person keeps for themselves; `body` is the UI's own JSON.
#[derive(Debug, Clone)]
pub struct OwnView {
    pub id: [u8; 16],
    pub list: String,
    pub name: String,
    pub body: String,
}

/// A notice that stays in the notification centre.
#[derive(Debug, Clone)]
pub struct Notice {
    pub id: [u8; 16],
    pub at_ms: i64,
    pub level: String,
    pub message_key: String,
    pub params: Vec<String>,
}

/// An import on its way: where to go on after a stop.
#[derive(Debug, Clone)]
pub struct ImportJob {
    pub batch_id: [u8; 16],
    pub path: String,
    pub mapping: String,
    pub rows_done: i64,
    pub state: String,
    pub counts: String,
}

/// A backup that was made.
#[derive(Debug, Clone)]
pub struct BackupRun {
    pub at_ms: i64,
    pub path: String,
    pub bytes: i64,
    pub verified: bool,
}

/// Notices kept in the centre; older ones go.
const NOTICES_MAX: i64 = 200;

fn id_of(bytes: Vec<u8>) -> [u8; 16] {
    bytes.try_into().unwrap_or_default()
}

/// The device settings as JSON.
///
/// # Errors
/// Where the database cannot be read.
pub async fn settings(db: &mut SqliteConnection) -> Result<Json> {
    let text: String = sqlx::query_scalar("SELECT settings FROM node").fetch_one(db).await?;
    Ok(serde_json::from_str(&text).unwrap_or_else(|_| Json::Object(serde_json::Map::new())))
}

/// The highest instant that the store has seen, UTC milliseconds.
///
/// # Errors
/// Where the database cannot be read.
pub async fn last_seen_ms(db: &mut SqliteConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT last_seen_ms FROM node").fetch_one(db).await?)
}

/// The credential of a person; `None` where there is none.
///
/// # Errors
/// Where the database cannot be read.
pub async fn credential(db: &mut SqliteConnection, person_id: [u8; 16]) -> Result<Option<Credential>> {
    let row = sqlx::query("SELECT * FROM credential WHERE id = ?").bind(person_id.to_vec()).fetch_optional(db).await?;
    Ok(row.map(|r| Credential {
        id: person_id,
        version: r.get("version"),
        name: r.get("name"),
        role: r.get("role"),
        totp_seed: r.get("totp_seed"),
        recovery_hashes: r.get("recovery_hashes"),
        created_at_ms: r.get("created_at_ms"),
        verifier: r.get("verifier"),
    }))
}

/// The credential of a sign-in name, case and white space around it aside; `None` where there is none.
///
/// # Errors
/// Where the database cannot be read.
pub async fn credential_named(db: &mut SqliteConnection, name: &str) -> Result<Option<Credential>> {
    let people: Vec<(Vec<u8>, String)> = sqlx::query_as("SELECT id, name FROM credential ORDER BY id").fetch_all(&mut *db).await?;
    let same = |known: &str| known.trim().to_lowercase() == name.trim().to_lowercase();
    match people.into_iter().find(|(_, known)| same(known)) {
        Some((id, _)) => credential(db, id_of(id)).await,
        None => Ok(None),
    }
}

/// A person's views.
///
/// # Errors
/// Where the database cannot be read.
pub async fn views(db: &mut SqliteConnection, person_id: [u8; 16]) -> Result<Vec<OwnView>> {
    let rows = sqlx::query("SELECT id, list, name, body FROM own_view WHERE person_id = ? ORDER BY name").bind(person_id.to_vec()).fetch_all(db).await?;
    Ok(rows.into_iter().map(|r| OwnView { id: id_of(r.get(0)), list: r.get(1), name: r.get(2), body: r.get(3) }).collect())
}

/// The notices, newest first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn notices(db: &mut SqliteConnection) -> Result<Vec<Notice>> {
    let rows = sqlx::query("SELECT id, at_ms, level, message_key, params FROM notice ORDER BY at_ms DESC LIMIT ?").bind(NOTICES_MAX).fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|r| Notice {
            id: id_of(r.get(0)),
            at_ms: r.get(1),
            level: r.get(2),
            message_key: r.get(3),
            params: serde_json::from_str(&r.get::<String, _>(4)).unwrap_or_default(),
        })
        .collect())
}

/// The newest backup; `None` where none was made.
///
/// # Errors
/// Where the database cannot be read.
pub async fn last_backup(db: &mut SqliteConnection) -> Result<Option<BackupRun>> {
    let row = sqlx::query("SELECT at_ms, path, bytes, verified FROM backup_run ORDER BY at_ms DESC LIMIT 1").fetch_optional(db).await?;
    Ok(row.map(|r| BackupRun { at_ms: r.get(0), path: r.get(1), bytes: r.get(2), verified: r.get::<i64, _>(3) == 1 }))
}

/// Imports that were begun and are not done.
///
/// # Errors
/// Where the database cannot be read.
pub async fn import_jobs(db: &mut SqliteConnection) -> Result<Vec<ImportJob>> {
    let rows = sqlx::query("SELECT batch_id, path, mapping, rows_done, state, counts FROM import_job").fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|r| ImportJob { batch_id: id_of(r.get(0)), path: r.get(1), mapping: r.get(2), rows_done: r.get(3), state: r.get(4), counts: r.get(5) })
        .collect())
}

/// The column mapping remembered for a file's header.
///
/// # Errors
/// Where the database cannot be read.
pub async fn import_mapping(db: &mut SqliteConnection, header_hash: &[u8]) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("SELECT mapping FROM import_mapping WHERE header_hash = ?").bind(header_hash).fetch_optional(db).await?)
}

/// The last step of the one-time code that a person used; `None` before the first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn last_step(db: &mut SqliteConnection, person_id: [u8; 16]) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar("SELECT last_step FROM sign_in_step WHERE person_id = ?").bind(person_id.to_vec()).fetch_optional(db).await?)
}

impl Write {
    /// Counts a step of the one-time code as used. Answers `false` where it, or a later one, was used before: a code counts once.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn use_step(&mut self, person_id: [u8; 16], step: i64) -> Result<bool> {
        let touched = sqlx::query(
            "INSERT INTO sign_in_step (person_id, last_step) VALUES (?, ?) ON CONFLICT (person_id) DO UPDATE SET last_step = excluded.last_step WHERE last_step < excluded.last_step",
        )
        .bind(person_id.to_vec())
        .bind(step)
        .execute(&mut **self)
        .await?
        .rows_affected();
        Ok(touched == 1)
    }

    /// Remembers how far an import has come, in the transaction that brought it there.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn import_progress(&mut self, job: &ImportJob) -> Result<()> {
        sqlx::query("INSERT OR REPLACE INTO import_job (batch_id, path, mapping, rows_done, state, counts) VALUES (?,?,?,?,?,?)")
            .bind(job.batch_id.to_vec())
            .bind(job.path.clone())
            .bind(job.mapping.clone())
            .bind(job.rows_done)
            .bind(job.state.clone())
            .bind(job.counts.clone())
            .execute(&mut **self)
            .await?;
        Ok(())
    }

    /// Lets go of what was found in the rows of imports, but for the latest `kept`: their counts stay.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn forget_findings(&mut self, kept: i64) -> Result<()> {
        let sql = "UPDATE import_job SET counts = json_set(counts, '$.findings', json('[]')) WHERE json_array_length(counts, '$.findings') > 0 \
                   AND batch_id NOT IN (SELECT id FROM import_batch ORDER BY started_at_ms DESC, id DESC LIMIT ?)";
        sqlx::query(sql).bind(kept).execute(&mut **self).await?;
        Ok(())
    }

    /// Remembers the column mapping of a header.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn remember_mapping(&mut self, header_hash: &[u8], mapping: &str) -> Result<()> {
        sqlx::query("INSERT OR REPLACE INTO import_mapping (header_hash, mapping) VALUES (?,?)").bind(header_hash).bind(mapping).execute(&mut **self).await?;
        Ok(())
    }
}

impl Store {
    /// Changes device settings with `change`.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn change_settings(&self, change: impl FnOnce(&mut serde_json::Map<String, Json>) + Send) -> Result<()> {
        let mut write = self.begin(Queue::Person).await?;
        let mut settings = match settings(&mut write).await? {
            Json::Object(map) => map,
            _ => serde_json::Map::new(),
        };
        change(&mut settings);
        sqlx::query("UPDATE node SET settings = ?").bind(Json::Object(settings).to_string()).execute(&mut *write).await?;
        write.commit_local().await
    }

    /// Raises the highest instant seen.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn saw(&self, now_ms: i64, force: bool) -> Result<()> {
        let mut write = self.begin(Queue::Person).await?;
        let sql = if force { "UPDATE node SET last_seen_ms = ?" } else { "UPDATE node SET last_seen_ms = max(last_seen_ms, ?)" };
        sqlx::query(sql).bind(now_ms).execute(&mut *write).await?;
        write.commit_local().await
    }

    /// Saves or replaces a person's view.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn save_view(&self, person_id: [u8; 16], view: &OwnView) -> Result<()> {
        let mut write = self.begin(Queue::Person).await?;
        sqlx::query("INSERT OR REPLACE INTO own_view (id, person_id, list, name, body) VALUES (?,?,?,?,?)")
            .bind(view.id.to_vec())
            .bind(person_id.to_vec())
            .bind(view.list.clone())
            .bind(view.name.clone())
            .bind(view.body.clone())
            .execute(&mut *write)
            .await?;
        write.commit_local().await
    }

    /// Removes a person's view.
    ///
    /// # Errors
    /// [`Error::NotFound`] where they have none of that id.
    pub async fn delete_view(&self, person_id: [u8; 16], id: [u8; 16]) -> Result<()> {
        let mut write = self.begin(Queue::Person).await?;
        let touched = sqlx::query("DELETE FROM own_view WHERE id = ? AND person_id = ?")
            .bind(id.to_vec())
            .bind(person_id.to_vec())
            .execute(&mut *write)
            .await?
            .rows_affected();
        if touched == 0 {
            return Err(Error::NotFound);
        }
        write.commit_local().await
    }

    /// Adds a notice and lets the oldest go.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn add_notice(&self, notice: &Notice) -> Result<()> {
        let mut write = self.begin(Queue::Person).await?;
        sqlx::query("INSERT INTO notice (id, at_ms, level, message_key, params) VALUES (?,?,?,?,?)")
            .bind(notice.id.to_vec())
            .bind(notice.at_ms)
            .bind(notice.level.clone())
            .bind(notice.message_key.clone())
            .bind(serde_json::to_string(&notice.params).unwrap_or_default())
            .execute(&mut *write)
            .await?;
        sqlx::query("DELETE FROM notice WHERE id NOT IN (SELECT id FROM notice ORDER BY at_ms DESC LIMIT ?)").bind(NOTICES_MAX).execute(&mut *write).await?;
        write.commit_local().await
    }
}

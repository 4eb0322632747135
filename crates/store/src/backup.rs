//! Backups: a consistent copy of the database under the backup format, verified after it was written; and the way back.
//!
//! The archive carries the slots (`store.keys`), so that the password with this computer, or the recovery key alone, opens it elsewhere.

pub(crate) mod swap;

pub use swap::resume;

// The api of backup_format and keys used below is the one in force: change both sides together.
use crate::{
    Audit, Entry, Error, Event, Origin, Queue, Result, Store,
    backup_format::{self, Header},
    keys::{self, RootKey},
    open::{COPY_FILE, DATABASE_FILE, HOLDER_FILE, take_lock},
    place,
    salt::SystemSalt,
    unfinished,
};
use sqlx::Connection as _;
use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

/// The ending of a backup file.
pub const EXTENSION: &str = "zgbackup";
/// The ending of one that is being written; before it stands whose it is.
const PART_EXTENSION: &str = "part";

/// So many backups of one second are told apart; more are a mistake of whoever asks for them.
const SAME_SECOND_MAX: u32 = 100;

/// A backup that was written and read back.
#[derive(Debug, Clone)]
pub struct Backup {
    pub path: PathBuf,
    pub bytes: u64,
    pub journal_seq: i64,
    pub at_ms: i64,
}

impl Store {
    /// Writes a backup into `folder`, reads it back whole, and records it. `progress` is told (bytes done, bytes in all); where it
    /// answers `false` the backup stops and leaves nothing behind.
    ///
    /// # Errors
    /// Where the folder cannot be written; an unfinished file is removed.
    pub async fn backup(&self, folder: &Path, now_ms: i64, progress: impl FnMut(u64, u64) -> bool + Send + 'static) -> Result<Backup> {
        let _turn = self.copying.lock().await;
        place::folder(folder)?;
        self.clear_parts(folder);
        let (stamp, path) = self.free_name(folder, now_ms).await?;
        let copy = self.dir().join(COPY_FILE);
        let journal_seq = self.copy_database(&copy).await?;
        let journal_head = {
            let mut db = self.reader().await?;
            let (_, head) = crate::journal::head(&mut db, self.node().node_id.as_bytes()).await?;
            <[u8; 32]>::try_from(head).unwrap_or_default()
        };
        let plan = Plan {
            store: self.root().duplicate(),
            dir: self.dir().to_owned(),
            copy,
            part: folder.join(format!("zhanggui-{stamp}{}", self.part_ending())),
            target: path.clone(),
            created_at_ms: now_ms,
            journal_seq,
            journal_head,
        };
        let written = tokio::task::spawn_blocking(move || write_and_verify(&plan, progress)).await.map_err(|e| std::io::Error::other(e.to_string()))?;
        let bytes = written?;
        self.record_backup(now_ms, &path, bytes, journal_seq).await?;
        Ok(Backup { path, bytes, journal_seq, at_ms: now_ms })
    }

    /// A name by the clock of the shop, as its people read it, that nothing in the folder has: another store may write there too, and once a year an hour
    /// comes twice. Nothing reads the name again; when a backup was made stands in its head.
    async fn free_name(&self, folder: &Path, now_ms: i64) -> Result<(String, PathBuf)> {
        let shops = crate::read::places::shops(&mut *self.reader().await?).await?;
        let zone = shops.first().and_then(|shop| jiff::tz::TimeZone::get(&shop.zone).ok()).unwrap_or(jiff::tz::TimeZone::UTC);
        let stamp = jiff::Timestamp::from_millisecond(now_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone).strftime("%Y%m%d-%H%M%S").to_string();
        let numbered = |n: u32| if n == 1 { stamp.clone() } else { format!("{stamp}-{n}") };
        let file = |stamp: &str| folder.join(format!("zhanggui-{stamp}.{EXTENSION}"));
        let free = (1..=SAME_SECOND_MAX).map(numbered).map(|name| (file(&name), name)).find(|(path, _)| fs::symlink_metadata(path).is_err());
        let (path, stamp) = free.ok_or_else(|| Error::FileExists { file: file(&stamp).display().to_string() })?;
        Ok((stamp, path))
    }

    /// How the names of this store's unfinished backups end. Other stores may write into the same folder at this moment.
    fn part_ending(&self) -> String {
        format!(".{}.{PART_EXTENSION}", self.node().store_id.simple())
    }

    /// Removes what backups of this store left unfinished when they were cut off: none is being written, since the store is open here alone and backups take turns.
    fn clear_parts(&self, folder: &Path) {
        let ending = self.part_ending();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().ends_with(&ending)
                && let Err(error) = fs::remove_file(entry.path())
            {
                tracing::warn!(%error, file = %entry.path().display(), "an unfinished backup could not be removed");
            }
        }
    }

    /// Copies the database as of one instant into a file under the same key. The writer steps aside only for the copy itself.
    async fn copy_database(&self, copy: &Path) -> Result<i64> {
        match fs::remove_file(copy) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(place::at(copy)(error)),
            _ => {}
        }
        // Made here first: where it cannot be made the system says why, which the database does not.
        File::create_new(copy).map_err(place::at(copy))?;
        let copied = self.copy_into(copy).await;
        if copied.is_err() {
            let _ = fs::remove_file(copy);
        }
        // Trouble with the disk is at the copy; damage is the store's own.
        copied.map_err(|error| if matches!(error, Error::File(_)) { error.of(copy) } else { error })
    }

    async fn copy_into(&self, copy: &Path) -> Result<i64> {
        let mut write = self.begin(Queue::Background).await?;
        let seq: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM journal WHERE node_id = ?")
            .bind(self.node().node_id.as_bytes().to_vec())
            .fetch_one(&mut *write)
            .await?;
        write.commit_local().await?;
        // VACUUM INTO reads a snapshot and writes a compact copy under the connection's own key.
        let mut connection = self.connect_apart().await?;
        let done = sqlx::query("VACUUM INTO ?").bind(copy.display().to_string()).execute(&mut connection).await;
        connection.close().await?;
        done?;
        Ok(seq)
    }

    async fn record_backup(&self, now_ms: i64, path: &Path, bytes: u64, journal_seq: i64) -> Result<()> {
        let mut write = self.begin(Queue::Background).await?;
        sqlx::query("INSERT OR REPLACE INTO backup_run (id, at_ms, path, bytes, verified, journal_seq) VALUES (?,?,?,?,1,?)")
            .bind(now_ms.to_be_bytes().to_vec())
            .bind(now_ms)
            .bind(path.display().to_string())
            .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
            .bind(journal_seq)
            .execute(&mut *write)
            .await?;
        write.commit_local().await
    }

    /// Writes a copy of the database for other programs, under the same raw key; never the live file.
    ///
    /// # Errors
    /// [`Error::FileExists`] where something stands there already; where nothing can be written there.
    pub async fn export_copy(&self, target: &Path) -> Result<()> {
        // What cannot be looked at is not there to be written over; making the file tells why.
        if fs::symlink_metadata(target).is_ok() {
            return Err(Error::FileExists { file: target.display().to_string() });
        }
        self.copy_database(target).await.map(|_| ())
    }
}

/// What the writing thread needs.
struct Plan {
    store: RootKey,
    dir: PathBuf,
    copy: PathBuf,
    part: PathBuf,
    target: PathBuf,
    created_at_ms: i64,
    journal_seq: i64,
    journal_head: [u8; 32],
}

fn write_and_verify(plan: &Plan, mut progress: impl FnMut(u64, u64) -> bool) -> Result<u64> {
    let part = &plan.part;
    let length = fs::metadata(&plan.copy).map_err(place::at(&plan.copy))?.len();
    let cancel = AtomicBool::new(false);
    let written = (|| -> Result<()> {
        let header = Header {
            schema_version: u32::try_from(crate::form::FORM).unwrap_or(0),
            created_at_ms: plan.created_at_ms,
            journal_position: plan.journal_seq,
            journal_head: plan.journal_head,
            plain_len: length,
            key_file: keys::SlotFile::read(&plan.dir)?,
        };
        let mut out = BufWriter::new(File::create(part).map_err(place::at(part))?);
        // Writing is the first half of the work, reading back the second.
        let mut told = |done: u64, before: u64| {
            if !progress(before + done, length * 2) {
                cancel.store(true, Ordering::Relaxed);
            }
        };
        backup_format::write(
            &mut BufReader::new(File::open(&plan.copy).map_err(place::at(&plan.copy))?),
            &mut out,
            &plan.store,
            &header,
            &mut SystemSalt,
            &mut |done| told(done, 0),
            &cancel,
        )
        .map_err(|error| named(part, error))?;
        out.flush().and_then(|()| out.get_ref().sync_all()).map_err(place::at(part))?;
        let back = BufReader::new(File::open(part).map_err(place::at(part))?);
        let read = backup_format::Backup::open(back).and_then(|backup| backup.verify(&plan.store, &mut |done| told(done, length), &cancel));
        read.map(|_| ()).map_err(|error| named(part, error))
    })();
    let _ = fs::remove_file(&plan.copy);
    if let Err(error) = written {
        let _ = fs::remove_file(part);
        return Err(error);
    }
    fs::rename(part, &plan.target).map_err(place::at(&plan.target))?;
    place::sync_folder(&plan.target)?;
    Ok(fs::metadata(&plan.target).map_err(place::at(&plan.target))?.len())
}

/// Trouble with the disk is told with the file it was at.
fn named(file: &Path, error: backup_format::Error) -> Error {
    match error {
        backup_format::Error::File(source) => place::at(file)(source),
        other => other.into(),
    }
}

/// A store that was put back.
pub struct Restored {
    /// For whoever lets this computer in again, where its secret is not the one the store was set up with.
    pub root: RootKey,
    /// The person whose sheet it was.
    pub person_id: domain::PersonId,
    /// False where the key file inside the backup was altered before it was made.
    pub is_intact: bool,
}

/// Restores a backup into `dir`: everything is verified into a new file, the database is opened and checked, and only then swapped in.
/// The store that was there is kept beside it as `store.db.before-restore`, with its log and key file; a second time as `…-2`. The folder is locked meanwhile, and what comes back is a new
/// incarnation of its node, which its journal says.
///
/// # Errors
/// [`Error::InUse`] where a program has the store open; where the backup is not whole, not of this key, or of another business than the store there. What was in `dir` is untouched then.
pub async fn restore(file: &Path, dir: &Path, recovery_key: &str, now_ms: i64) -> Result<Restored> {
    let lock = take_lock(dir)?;
    let restored = restore_locked(file, dir, recovery_key, now_ms).await;
    let _ = fs::remove_file(dir.join(HOLDER_FILE));
    drop(lock);
    restored
}

async fn restore_locked(file: &Path, dir: &Path, recovery_key: &str, now_ms: i64) -> Result<Restored> {
    swap::resume_held(dir)?;
    let fresh = dir.join(swap::FRESH);
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(place::at(&fresh))?;
    }
    fs::create_dir(&fresh).map_err(place::at(&fresh))?;
    match restore_into(file, (dir, &fresh), recovery_key, now_ms).await {
        Ok(restored) => swap::swap(dir).map(|()| restored),
        Err(error) => {
            let _ = fs::remove_dir_all(&fresh);
            Err(error)
        }
    }
}

async fn restore_into(file: &Path, (dir, fresh): (&Path, &Path), recovery_key: &str, now_ms: i64) -> Result<Restored> {
    let recovery_key = keys::RecoveryKey::parse(recovery_key)?;
    let backup = open_file(file)?;
    backup.header().key_file.write(fresh)?;
    if let Some(there) = keys::store_there(dir)
        && there != backup.header().key_file.store_id()
        && !unfinished::is(dir)
    {
        return Err(Error::BackupOfAnother);
    }
    let made_at_ms = backup.header().created_at_ms;
    let opened = keys::open_with_recovery(fresh, &recovery_key)?;
    let database = fresh.join(DATABASE_FILE);
    let mut out = BufWriter::new(File::create(&database).map_err(place::at(&database))?);
    backup.extract(&mut out, &opened.root, &mut |_| {}, &AtomicBool::new(false)).map_err(|error| named(&database, error))?;
    out.flush().and_then(|()| out.get_ref().sync_all()).map_err(place::at(&database))?;
    drop(out);
    let restored = Restored { root: opened.root.duplicate(), person_id: opened.person_id, is_intact: opened.is_intact };
    look_through(fresh, opened.root, &restored, made_at_ms, now_ms).await.map_err(|error| match error {
        Error::Unreadable { reason, .. } | Error::Damaged { reason, .. } => Error::BackupNotWhole { reason },
        other => other,
    })?;
    Ok(restored)
}

/// Opens a backup and reads its head.
fn open_file(file: &Path) -> Result<backup_format::Backup<BufReader<File>>> {
    let reader = BufReader::new(File::open(file).map_err(place::at(file))?);
    backup_format::Backup::open(reader).map_err(|error| named(file, error))
}

/// Opens and checks what came out of a backup, and makes it a new incarnation.
async fn look_through(fresh: &Path, root: RootKey, restored: &Restored, made_at_ms: i64, now_ms: i64) -> Result<()> {
    let store = Store::open(fresh, root).await?;
    let looked = async {
        let checked = store.check().await?;
        if checked.pages_ok && checked.chain_ok {
            begin_anew(&store, restored, made_at_ms, now_ms).await
        } else {
            Err(Error::BackupNotWhole { reason: checked.findings.join("; ") })
        }
    }
    .await;
    store.close().await?;
    looked
}

/// A new incarnation of the node, with the entry that says why: the original may live on somewhere, and the two are not one.
async fn begin_anew(store: &Store, restored: &Restored, made_at_ms: i64, now_ms: i64) -> Result<()> {
    let mut random = [0; 10];
    domain::Random::fill(&mut SystemSalt, &mut random);
    let incarnation = domain::id::uuid_v7(now_ms, random);
    let mut write = store.begin(Queue::Person).await?;
    let touched = sqlx::query("UPDATE node SET incarnation = ?").bind(incarnation.as_bytes().to_vec()).execute(&mut *write).await?.rows_affected();
    if touched != 1 {
        return Err(Error::RowsTouched { table: "node".into(), expected: 1, actual: touched });
    }
    let detail = serde_json::json!({"backup_made_at_ms": made_at_ms, "before": store.node().incarnation.to_string(), "keys_intact": restored.is_intact});
    let entry = Entry {
        kind: "store.restore",
        actor: restored.person_id,
        at_ms: now_ms,
        origin: Origin::Here,
        changes: Vec::new(),
        events: vec![Event { kind: "store.restored".into(), entity: "shop".into(), ids: Vec::new() }],
        audit: Audit { act: "store.restore".into(), result: "done".into(), detail },
    };
    write.commit(entry).await.map(|_| ())
}

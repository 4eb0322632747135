//! Opening the store: one process a file, one writer connection that alone checkpoints and closes last, a pool of readers that never do.
//!
//! The one writer is also what keeps the WAL-reset fault of SQLite 3.7.0–3.51.2 (two connections that write or checkpoint at once) from
//! ever having two connections to meet: what sqlx 0.9 brings is 3.50.4.

use crate::{
    Error, Result, derive,
    form::{self, MIGRATIONS},
    keys::RootKey,
    place,
    read::Months,
    write::{CACHE_KIB, CHECKPOINT_PAGES, Desk, READER_CACHE_KIB, Writer},
};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, Sqlite, SqliteConnection, SqlitePool, Transaction,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// The database of a store.
pub const DATABASE_FILE: &str = "store.db";
/// A whole page of SQLCipher: what is shorter was never a database, and SQLite would take it for a new one and write into it.
const PAGE_BYTES: u64 = 8_192;
const LOCK_FILE: &str = "store.lock";
pub(crate) const HOLDER_FILE: &str = "store.holder";
/// The copy of the database that a backup is written from, under the same key.
pub(crate) const COPY_FILE: &str = "backup.copy";
/// Readers: enough for the screens of one person and the jobs beside them.
const READERS_MAX: u32 = 4;
/// How long a reader waits for a page that the writer is just replacing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What a new store is told about itself.
#[derive(Debug, Clone)]
pub struct Founding {
    pub store_id: Uuid,
    pub organisation_id: Uuid,
    pub node_id: Uuid,
    pub incarnation: Uuid,
    /// `own` or `demo`.
    pub kind: &'static str,
    pub now_ms: i64,
}

/// What the file says of itself.
#[derive(Debug, Clone)]
pub struct Node {
    pub store_id: Uuid,
    pub organisation_id: Uuid,
    pub node_id: Uuid,
    pub incarnation: Uuid,
    pub kind: String,
    pub created_at_ms: i64,
}

/// Makes the cipher ready, once a process, before the first connection is keyed. SQLite calls itself initialised before it runs the hook in which
/// SQLCipher registers its provider (`sqlite3_initialize`: `isInit`, then `SQLITE_EXTRA_INIT`): of two threads that open their first file at the same
/// moment, the second may set its key too early and is told "An error occurred with PRAGMA key". Seen once among tests that ran side by side.
async fn ready_cipher() -> Result<()> {
    static READY: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    let ready = || async {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
        // What it finds wrong comes back as an error, which is told in the person's words; its own lines on standard error would stand beside them.
        sqlx::query("PRAGMA cipher_log_level = NONE").execute(&mut connection).await?;
        // For the whole process and not by connection: what `VACUUM INTO` writes has none that could be told.
        sqlx::query(AssertSqlSafe(format!("PRAGMA cipher_default_page_size = {PAGE_BYTES}"))).execute(&mut connection).await?;
        Ok(connection.close().await?)
    };
    READY.get_or_try_init(ready).await.copied()
}

/// What a store's files lie on. Programs that ship take the default; the proofs of `crates/faultfs` put a disk under it whose power they cut.
#[derive(Debug, Clone, Copy)]
pub struct Medium {
    /// The name of a file system that was registered with SQLite; `None` is the system's own.
    pub file_system: Option<&'static str>,
    /// Whether a commit waits for the disk. Without it an acknowledged write can be lost, which is what a proof must notice.
    pub synchronous: bool,
}

impl Default for Medium {
    fn default() -> Self {
        Self { file_system: None, synchronous: true }
    }
}

/// An open store.
pub struct Store {
    dir: PathBuf,
    node: Node,
    root: RootKey,
    medium: Medium,
    readers: SqlitePool,
    months: Months,
    pub(crate) desk: Arc<Desk>,
    /// Until the store is closed: whoever still holds the closed store holds no file any more.
    lock: std::sync::Mutex<Option<FileLock>>,
    /// One backup at a time: two would write into one copy.
    pub(crate) copying: tokio::sync::Mutex<()>,
}

pub(crate) struct FileLock(#[expect(dead_code, reason = "held, not read: dropping it releases the lock")] File);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("dir", &self.dir).field("node", &self.node).finish_non_exhaustive()
    }
}

impl Store {
    /// Makes a new store in `dir`, whose keys are there already.
    ///
    /// # Errors
    /// [`Error::Exists`] where there is a database.
    pub async fn create(dir: &Path, root: RootKey, founding: &Founding) -> Result<Self> {
        Self::create_on(Medium::default(), dir, root, founding).await
    }

    /// The same on a medium of choice; for proofs.
    ///
    /// # Errors
    /// As [`Store::create`].
    pub async fn create_on(medium: Medium, dir: &Path, root: RootKey, founding: &Founding) -> Result<Self> {
        ready_cipher().await?;
        let lock = take_lock(dir)?;
        let file = dir.join(DATABASE_FILE);
        if file.exists() {
            return Err(Error::Exists { dir: dir.display().to_string() });
        }
        let made = async {
            let mut connection = options(&file, &root, medium).create_if_missing(true).connect().await?;
            form::migrate(&mut connection, MIGRATIONS).await?;
            sqlx::query("INSERT INTO node (one, store_id, organisation_id, node_id, incarnation, kind, created_at_ms, last_seen_ms, settings) VALUES (1,?,?,?,?,?,?,?,'{}')")
                .bind(founding.store_id.as_bytes().to_vec())
                .bind(founding.organisation_id.as_bytes().to_vec())
                .bind(founding.node_id.as_bytes().to_vec())
                .bind(founding.incarnation.as_bytes().to_vec())
                .bind(founding.kind)
                .bind(founding.now_ms)
                .bind(founding.now_ms)
                .execute(&mut connection)
                .await?;
            sqlx::query("INSERT INTO sync_push (one, acked_seq) VALUES (1, 0)").execute(&mut connection).await?;
            Self::with(medium, dir, root, connection, lock).await
        };
        made.await.map_err(|error| {
            // Half a database would pass for one whose keys were lost.
            for name in [DATABASE_FILE, "store.db-wal", "store.db-shm"] {
                let _ = std::fs::remove_file(dir.join(name));
            }
            error.of(&file)
        })
    }

    /// Opens the store in `dir` with its root key, migrating it under a backup where its form is older.
    ///
    /// # Errors
    /// Never makes an empty store: where the database is missing, [`Error::DatabaseMissing`] says so.
    pub async fn open(dir: &Path, root: RootKey) -> Result<Self> {
        Self::open_on(Medium::default(), dir, root).await
    }

    /// The same on a medium of choice; for proofs.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_on(medium: Medium, dir: &Path, root: RootKey) -> Result<Self> {
        Self::open_as(medium, dir, root, MIGRATIONS).await
    }

    /// The same as a program that knows these migrations.
    pub(crate) async fn open_as(medium: Medium, dir: &Path, root: RootKey, migrations: &[&'static str]) -> Result<Self> {
        ready_cipher().await?;
        let lock = take_lock(dir)?;
        let file = dir.join(DATABASE_FILE);
        looks_like_database(medium, &file)?;
        let opened = async {
            let mut connection = options(&file, &root, medium).connect().await?;
            sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await?;
            let found = form::of(&mut connection).await?;
            if found == 0 {
                return Err(Error::damaged("there is nothing in it"));
            }
            // On the disk of a proof there is no older form.
            if found < form::known(migrations) && medium.file_system.is_none() {
                sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
                connection.close().await?;
                form::keep_older(&file, found).await?;
                connection = options(&file, &root, medium).connect().await?;
            }
            if let Err(error) = form::migrate(&mut connection, migrations).await {
                // Closed before the folder's lock is given back: a connection that closes later would take the next one's log away.
                let _ = connection.close().await;
                return Err(error);
            }
            let store = Self::with(medium, dir, root, connection, lock).await?;
            // A row that still finds no place must not keep the books shut.
            if let Err(error) = store.offer_again().await {
                tracing::warn!(%error, "what other computers sent and an older version could not read waits for the next opening");
            }
            Ok(store)
        };
        opened.await.map_err(|error| error.of(&file))
    }

    async fn with(medium: Medium, dir: &Path, root: RootKey, mut connection: SqliteConnection, lock: FileLock) -> Result<Self> {
        // After a power cut pages of the file may be torn, with the whole ones in the log. What reads the file itself (`cipher_integrity_check`, a copy)
        // would call that damage: the log is brought in before anyone looks. After a clean end there is none.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
        derive::prepare(&mut connection).await?;
        derive::owed::finish(&mut connection).await?;
        let node = read_node(&mut connection).await?;
        let file = dir.join(DATABASE_FILE);
        // Readers never checkpoint: the writer does, alone.
        let reading = options(&file, &root, medium)
            .read_only(true)
            .pragma("wal_autocheckpoint", "0")
            .pragma("query_only", "ON")
            .pragma("cache_size", format!("-{READER_CACHE_KIB}"));
        let readers = SqlitePoolOptions::new().max_connections(READERS_MAX).connect_with(reading).await?;
        let last: Option<i64> = sqlx::query_scalar("SELECT max(at_ms) FROM journal").fetch_one(&mut connection).await?;
        // What a backup that was cut off left; the lock says that none is being made.
        let _ = std::fs::remove_file(dir.join(COPY_FILE));
        Ok(Self {
            dir: dir.to_owned(),
            desk: Arc::new(Desk::new(Writer::new(connection, *node.node_id.as_bytes()), last.unwrap_or(node.created_at_ms))),
            node,
            root,
            medium,
            readers,
            months: Months::default(),
            lock: std::sync::Mutex::new(Some(lock)),
            copying: tokio::sync::Mutex::new(()),
        })
    }

    /// The folder of the store.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the file says of itself.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// The root key, for what is sealed beside the database.
    #[must_use]
    pub const fn root(&self) -> &RootKey {
        &self.root
    }

    /// When the last write was made durable, UTC milliseconds.
    #[must_use]
    pub fn saved_at_ms(&self) -> i64 {
        self.desk.saved_at_ms()
    }

    /// A connection that reads a consistent state while others write.
    ///
    /// # Errors
    /// Where the pool is closed.
    pub async fn reader(&self) -> Result<PoolConnection<Sqlite>> {
        Ok(self.readers.acquire().await?)
    }

    /// A reader whose questions all see one state, whatever is written meanwhile. Not for long: the write-ahead log grows while it is held.
    ///
    /// # Errors
    /// Where the pool is closed.
    pub async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.readers.begin().await?)
    }

    /// What was read of whole months, for questions over many of them.
    #[must_use]
    pub const fn months(&self) -> &Months {
        &self.months
    }

    /// A connection beside the pool, for what must see the file as one that was just opened does, or must not hold a reader. It never checkpoints.
    pub(crate) async fn connect_apart(&self) -> Result<SqliteConnection> {
        Ok(options(&self.dir.join(DATABASE_FILE), &self.root, self.medium).pragma("wal_autocheckpoint", "0").connect().await?)
    }

    /// Closes readers first, then checkpoints and closes the writer, and lets the file go. Writes that are waiting get an error.
    ///
    /// # Errors
    /// Where the last checkpoint could not be written; what was acknowledged stays in the write-ahead log.
    pub async fn close(&self) -> Result<()> {
        self.readers.close().await;
        let writer = self.desk.writer.lock().await.take();
        if let Some(mut writer) = writer {
            // A transaction whose holder was dropped on the way: a checkpoint inside it would be refused.
            if writer.open {
                writer.roll_back().await;
            }
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut writer.connection).await?;
            writer.connection.close().await?;
        }
        let _ = std::fs::remove_file(self.dir.join(HOLDER_FILE));
        drop(self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
        Ok(())
    }
}

/// The options of a connection: the key first, then what makes a commit survive a power cut.
fn options(file: &Path, root: &RootKey, medium: Medium) -> SqliteConnectOptions {
    let synchronous = if medium.synchronous { SqliteSynchronous::Full } else { SqliteSynchronous::Off };
    let options = SqliteConnectOptions::new();
    match medium.file_system {
        Some(name) => options.vfs(name),
        None => options,
    }
    .filename(file)
    .pragma("key", format!("\"{}\"", root.database_key().raw_literal().as_str()))
    .journal_mode(SqliteJournalMode::Wal)
    .synchronous(synchronous)
    .busy_timeout(BUSY_TIMEOUT)
    .pragma("temp_store", "MEMORY")
    .pragma("secure_delete", "ON")
    .pragma("cache_size", format!("-{CACHE_KIB}"))
    .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
    .foreign_keys(false)
    .statement_cache_capacity(512)
    .disable_statement_logging()
}

/// Refuses what cannot be a database before SQLite sees it.
fn looks_like_database(medium: Medium, file: &Path) -> Result<()> {
    let place = || file.display().to_string();
    match std::fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::DatabaseMissing { file: place() }),
        Err(error) => Err(place::at(file)(error)),
        Ok(found) if found.is_dir() => Err(Error::Unreadable { file: place(), reason: "it is a folder".to_owned() }),
        // On a medium of a proof the bytes may lie elsewhere.
        Ok(found) if medium.file_system.is_none() && found.len() < PAGE_BYTES => {
            Err(Error::Unreadable { file: place(), reason: format!("it holds {} bytes", found.len()) })
        }
        Ok(_) => Ok(()),
    }
}

async fn read_node(db: &mut SqliteConnection) -> Result<Node> {
    let row = sqlx::query("SELECT * FROM node").fetch_one(db).await?;
    let id = |name: &str| Uuid::from_slice(&row.get::<Vec<u8>, _>(name)).map_err(|_| Error::WrongValue { table: "node".into(), column: name.into() });
    Ok(Node {
        store_id: id("store_id")?,
        organisation_id: id("organisation_id")?,
        node_id: id("node_id")?,
        incarnation: id("incarnation")?,
        kind: row.get("kind"),
        created_at_ms: row.get("created_at_ms"),
    })
}

/// Takes the lock of the folder or names who holds it.
pub(crate) fn take_lock(dir: &Path) -> Result<FileLock> {
    place::folder(dir)?;
    let (lock, holder) = (dir.join(LOCK_FILE), dir.join(HOLDER_FILE));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&lock).map_err(place::at(&lock))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => return Err(Error::InUse { holder: read_holder(dir) }),
        Err(std::fs::TryLockError::Error(error)) => return Err(place::at(&lock)(error)),
    }
    let program = std::env::current_exe().ok().and_then(|p| p.file_name().map(|n| n.to_string_lossy().into_owned())).unwrap_or_else(|| "zhanggui".to_owned());
    let mut text = OpenOptions::new().create(true).truncate(true).write(true).open(&holder).map_err(place::at(&holder))?;
    writeln!(text, "{program}, process {}", std::process::id()).map_err(place::at(&holder))?;
    Ok(FileLock(file))
}

fn read_holder(dir: &Path) -> String {
    let mut text = String::new();
    let read = File::open(dir.join(HOLDER_FILE)).and_then(|mut f| f.rewind().and_then(|()| f.read_to_string(&mut text)));
    match read {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "another program".to_owned(),
    }
}

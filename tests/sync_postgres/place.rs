//! A database and stores of one test; the killer of backends; the transport that loses replies.

use domain::{Clock, Random, StoreId, clock::Seeded};
use sqlx::{Connection as _, PgConnection, Row as _};
use std::{
    collections::BTreeMap,
    future::Future,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use store::{Founding, Store, inbound::Cursor, keys::RootKey};
use sync::{
    Error, Postgres, Result, SyncWorker, Transport,
    transport::{Delivery, Greeting, Speaker},
    wire::Chunk,
};
use uuid::Uuid;

/// Attempts before a test gives up on a line that is cut again and again.
const ATTEMPTS_MAX: usize = 2_000;

/// A database of its own, and the folder of its stores.
pub struct Place {
    pub url: String,
    server: String,
    database: String,
    dir: tempfile::TempDir,
}

impl Place {
    pub async fn new(name: &str) -> Self {
        let server = std::env::var("ZHANGGUI_TEST_POSTGRES").unwrap_or_else(|_| {
            panic!("this test needs a PostgreSQL: run it with `./dev test`, or with `cargo xtask postgres -- cargo test --test sync_postgres`")
        });
        let database = format!("zhanggui_{name}_{}", std::process::id());
        let mut db = PgConnection::connect(&server).await.unwrap();
        for sql in [format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"), format!("CREATE DATABASE {database}")] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut db).await.unwrap();
        }
        let (head, _) = server.rsplit_once('/').unwrap();
        Self { url: format!("{head}/{database}"), server, database, dir: tempfile::tempdir().unwrap() }
    }

    async fn store(&self, name: &str, organisation_id: Uuid) -> Arc<Store> {
        let seed = name.bytes().fold(7_u128, |sum, b| sum * 31 + u128::from(b));
        let root = RootKey::new(store::keys::Key::new([name.as_bytes()[0]; 32]), StoreId(Uuid::from_u128(seed)), 1);
        let founding = Founding {
            store_id: Uuid::from_u128(seed),
            organisation_id,
            node_id: Uuid::from_u128(seed + 1),
            incarnation: Uuid::from_u128(seed + 2),
            kind: "own",
            now_ms: 1_790_000_000_000,
        };
        Arc::new(Store::create(&self.dir.path().join(name), root, &founding).await.unwrap())
    }

    /// A store that founds an organisation.
    pub async fn found(&self, name: &str) -> Arc<Store> {
        self.store(name, Uuid::from_u128(u128::from(name.as_bytes()[0]))).await
    }

    /// A store that joins the organisation of another, by a code.
    pub async fn join(&self, name: &str, first: &Store) -> Arc<Store> {
        let mut random = Seeded::new(99);
        let mut found = None;
        for _ in 0..ATTEMPTS_MAX {
            let Ok(code) = sync::join_code(&self.url, first, &mut random).await else { continue };
            if let Ok(joined) = sync::join(&self.url, &code).await {
                found = Some(joined);
                break;
            }
        }
        let joined = found.unwrap();
        let store = self.store(name, joined.organisation_id).await;
        store.adopt(&joined.keys, joined.credentials).await.unwrap();
        store
    }

    /// The store's folder as another disk would have it.
    pub async fn copy(&self, of: &Store, name: &str) -> Arc<Store> {
        let (from, to) = (of.dir(), self.dir.path().join(name));
        std::fs::create_dir_all(&to).unwrap();
        for file in ["store.db", "store.db-wal", "store.db-shm"] {
            if from.join(file).exists() {
                std::fs::copy(from.join(file), to.join(file)).unwrap();
            }
        }
        Arc::new(Store::open(&to, root_of(of, from)).await.unwrap())
    }

    pub async fn run(&self, sql: &'static str) {
        let mut db = PgConnection::connect(&self.url).await.unwrap();
        assert!(sqlx::query(sql).execute(&mut db).await.is_ok(), "{sql}");
    }

    pub async fn column<T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>>(&self, sql: &'static str) -> Vec<T> {
        let mut db = PgConnection::connect(&self.url).await.unwrap();
        sqlx::query(sql).fetch_all(&mut db).await.unwrap().iter().map(|r| r.get(0)).collect()
    }

    pub async fn one<T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>>(&self, sql: &'static str) -> T {
        self.column(sql).await.pop().unwrap()
    }

    /// Both stores and the centre hold the same rows, and the stores the same derived rows.
    pub async fn assert_same(&self, a: &Store, b: &Store) {
        let (at_a, at_b) = (a.canonical_digests().await.unwrap(), b.canonical_digests().await.unwrap());
        assert!(at_a.iter().map(|(_, rows, _)| rows).sum::<i64>() > 0, "nothing was written");
        assert_eq!(at_a, at_b, "the stores differ");
        let keys = a.organisation_keys().await.unwrap();
        assert_eq!(at_a, sync::central_digests(&self.url, &keys).await.unwrap(), "the centre differs");
        assert_eq!(a.derived_digests().await.unwrap(), b.derived_digests().await.unwrap(), "derived rows differ");
    }

    /// Every position of every stream is there once.
    pub async fn assert_dense(&self) {
        let torn: i64 = self.one("SELECT count(*) FROM sync.head h WHERE h.pos <> (SELECT count(*) FROM sync.log l WHERE l.stream = h.stream) OR h.pos <> (SELECT max(pos) FROM sync.log l WHERE l.stream = h.stream)").await;
        assert_eq!(torn, 0);
    }
}

fn root_of(store: &Store, dir: &Path) -> RootKey {
    let first = dir.file_name().and_then(|n| n.to_str()).and_then(|n| n.bytes().next()).unwrap();
    RootKey::new(store::keys::Key::new([first; 32]), StoreId(store.node().store_id), 1)
}

/// A clock that stands.
pub struct Standing;

impl Clock for Standing {
    fn now_ms(&self) -> i64 {
        1_795_000_000_000
    }
}

pub async fn worker(place: &Place, store: &Arc<Store>, seed: u64) -> SyncWorker {
    SyncWorker::open(store.clone(), &place.url, Arc::new(Standing), Box::new(Seeded::new(seed))).await.unwrap()
}

/// Tries again for as long as the error says that it may help.
pub async fn eventually<T, F: Future<Output = Result<T>>>(mut attempt: impl FnMut() -> F) -> T {
    for _ in 0..ATTEMPTS_MAX {
        match attempt().await {
            Ok(done) => return done,
            Err(error) => assert!(!error.is_permanent(), "{error}"),
        }
    }
    panic!("{ATTEMPTS_MAX} attempts were cut");
}

/// Kills the backends of the test's database at random moments.
pub struct Cut {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<i64>,
}

impl Cut {
    /// `longest_ms`: the longest pause between two kills at the beginning.
    pub fn start(place: &Place, seed: u64, longest_ms: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (server, database, stopped) = (place.server.clone(), place.database.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let mut random = Seeded::new(seed);
            let mut db = PgConnection::connect(&server).await.unwrap();
            let mut kills = 0;
            // The pauses grow by a tenth, so that what is long gets through after a few dozen cuts.
            let mut longest_ms = longest_ms;
            while !stopped.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(1 + random.below(longest_ms))).await;
                longest_ms += longest_ms / 10 + 1;
                let killed: i64 = sqlx::query_scalar(
                    "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'zhanggui'",
                )
                .bind(&database)
                .fetch_one(&mut db)
                .await
                .unwrap();
                kills += killed;
            }
            kills
        });
        Self { stop, task }
    }

    pub async fn stop(self) -> i64 {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

/// A line on which the reply of every second push is lost after the centre has committed.
pub struct Deaf {
    line: Postgres,
    random: Seeded,
}

impl Transport for Deaf {
    async fn greet(&mut self, speaker: &Speaker) -> Result<Greeting> {
        self.line.greet(speaker).await
    }

    async fn push(&mut self, speaker: &Speaker, chunk: &Chunk) -> Result<i64> {
        let acked = self.line.push(speaker, chunk).await?;
        match self.random.below(4) {
            0 => Err(Error::Away { reason: "the reply is lost".into() }),
            // The line sends the same chunk twice, as one does that lost the reply itself.
            1 => self.line.push(speaker, chunk).await,
            _ => Ok(acked),
        }
    }

    async fn pull(&mut self, speaker: &Speaker, cursors: &BTreeMap<String, Cursor>) -> Result<Delivery> {
        self.line.pull(speaker, cursors).await
    }
}

pub async fn deaf_worker(place: &Place, store: &Arc<Store>) -> SyncWorker<Deaf> {
    let line = Deaf { line: Postgres::new(&place.url).unwrap(), random: Seeded::new(3) };
    let random: Box<dyn Random> = Box::new(Seeded::new(4));
    SyncWorker::over(store.clone(), line, Arc::new(Standing), random).await.unwrap()
}

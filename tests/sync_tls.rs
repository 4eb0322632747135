//! The line to the centre under TLS, where the address says so: a real PostgreSQL with certificates made for this test by the openssl program.
//!
//! Needs the address of a superuser's database in ZHANGGUI_TEST_POSTGRES, which `./dev test` and `cargo xtask postgres -- CMD` give. The test turns TLS on in that
//! cluster and leaves it as it was; others that use the cluster meanwhile do not ask for TLS and are not held up.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use base64::Engine as _;
use domain::{StoreId, clock::Seeded};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::{path::Path, process::Command, sync::Arc};
use store::{Founding, Store, keys::RootKey};
use sync::{Error, SyncWorker};
use uuid::Uuid;

/// Makes a certificate authority, and a certificate of it for 127.0.0.1.
fn certificates(dir: &Path, name: &str) {
    let openssl = |words: &[&str]| {
        let done =
            Command::new("openssl").args(words).current_dir(dir).output().unwrap_or_else(|error| panic!("this test needs the program openssl ({error})"));
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let (ca, ca_key, key, request, made) =
        (format!("{name}-ca.pem"), format!("{name}-ca.key"), format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
    let of_authority = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
    openssl(&[&["req", "-x509", "-days", "3", "-subj", "/CN=a root of this test", "-keyout", &ca_key, "-out", &ca], curve.as_slice(), &of_authority].concat());
    openssl(&[&["req", "-subj", "/CN=centre", "-keyout", &key, "-out", &request], curve.as_slice()].concat());
    std::fs::write(dir.join("names"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    openssl(&["x509", "-req", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial", "-days", "3", "-extfile", "names", "-out", &made]);
}

/// The cluster, by its superuser.
struct Cluster {
    db: PgConnection,
    address: String,
}

impl Cluster {
    async fn meet() -> Self {
        let address = std::env::var("ZHANGGUI_TEST_POSTGRES")
            .unwrap_or_else(|_| panic!("this test needs a PostgreSQL: run it with `./dev test`, or with `cargo xtask postgres -- cargo test --test sync_tls`"));
        // Not as it may be now, but as it was when the connection began.
        let db = PgConnection::connect(&format!("{address}?sslmode=disable")).await.unwrap();
        Self { db, address }
    }

    async fn run(&mut self, sql: String) {
        let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut self.db).await;
        assert!(done.is_ok(), "{sql}: {done:?}");
    }

    /// Puts a file into the cluster's own folder, with the rights that PostgreSQL wants for a key.
    async fn put(&mut self, from: &Path, name: &str) {
        let text = base64::engine::general_purpose::STANDARD.encode(std::fs::read(from).unwrap());
        self.run(format!("COPY (SELECT '{text}') TO PROGRAM 'umask 077; base64 -d > {name}'")).await;
    }

    async fn turn(&mut self, on: bool) {
        for setting in [
            format!("ALTER SYSTEM SET ssl = {on}"),
            "ALTER SYSTEM SET ssl_cert_file = 'tls.pem'".into(),
            "ALTER SYSTEM SET ssl_key_file = 'tls.key'".into(),
            "SELECT pg_reload_conf()".into(),
        ] {
            self.run(setting).await;
        }
        // The postmaster rereads at its own pace: what new connections see is what counts.
        let expected = if on { "on" } else { "off" };
        for _ in 0..3_000 {
            let mut fresh = PgConnection::connect(&format!("{}?sslmode=disable", self.address)).await.unwrap();
            let now: String = sqlx::query_scalar("SHOW ssl").fetch_one(&mut fresh).await.unwrap();
            if now == expected {
                return;
            }
        }
        panic!("TLS did not turn {expected}");
    }

    async fn database(&mut self) -> String {
        let name = format!("zhanggui_tls_{}", std::process::id());
        self.run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        self.run(format!("CREATE DATABASE {name}")).await;
        let (head, _) = self.address.rsplit_once('/').unwrap();
        format!("{head}/{name}")
    }
}

async fn founded(dir: &Path) -> Arc<Store> {
    let id = Uuid::from_u128;
    let root = RootKey::new(store::keys::Key::new([9; 32]), StoreId(id(1)), 1);
    let founding = Founding { store_id: id(1), organisation_id: id(2), node_id: id(3), incarnation: id(4), kind: "own", now_ms: 1_790_000_000_000 };
    Arc::new(Store::create(dir, root, &founding).await.unwrap())
}

/// Whether an exchange over this address ends well, and what it says where it does not.
async fn exchange(store: &Arc<Store>, url: &str) -> Result<(), Error> {
    let worker = SyncWorker::open(store.clone(), url, Arc::new(app::SystemClock), Box::new(Seeded::new(1))).await?;
    worker.now().await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_says_how_safe_the_line_is_and_gets_no_less() {
    let dir = tempfile::tempdir().unwrap();
    let mut cluster = Cluster::meet().await;
    let plain = cluster.database().await;
    let store = founded(dir.path()).await;
    certificates(dir.path(), "right");
    certificates(dir.path(), "wrong");
    let root = |name: &str| dir.path().join(format!("{name}-ca.pem")).display().to_string();
    cluster.put(&dir.path().join("right.pem"), "tls.pem").await;
    cluster.put(&dir.path().join("right.key"), "tls.key").await;

    cluster.turn(false).await;
    for mode in ["require", "verify-full"] {
        let error = exchange(&store, &format!("{plain}?sslmode={mode}")).await.unwrap_err();
        assert!(matches!(error, Error::Certificate { .. }) && error.is_permanent(), "{mode} over a plain line: {error}");
    }
    cluster.turn(true).await;
    sync::central_init(&format!("{plain}?sslmode=verify-full&sslrootcert={}", root("right")), &store).await.unwrap();
    let named = plain.replace("127.0.0.1", "localhost");
    let cases = [
        ("the right root", format!("{plain}?sslmode=verify-full&sslrootcert={}", root("right")), true),
        ("another root", format!("{plain}?sslmode=verify-full&sslrootcert={}", root("wrong")), false),
        ("no root, only the public ones", format!("{plain}?sslmode=verify-full"), false),
        ("a name that is not the certificate's", format!("{named}?sslmode=verify-full&sslrootcert={}", root("right")), false),
        ("encrypted without asking who answers", format!("{plain}?sslmode=require"), true),
    ];
    for (what, url, accepted) in &cases {
        match (exchange(&store, url).await, accepted) {
            (Ok(()), true) => {}
            (Err(error), false) => assert!(matches!(error, Error::Certificate { .. }) && error.is_permanent(), "{what}: {error}"),
            (outcome, _) => panic!("{what}: {outcome:?}"),
        }
    }
    // It is TLS indeed, not a plain line that was let pass.
    let mut db = PgConnection::connect(&cases[0].1).await.unwrap();
    assert!(sqlx::query_scalar::<_, bool>("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetch_one(&mut db).await.unwrap());
    drop(db);
    cluster.turn(false).await;
}

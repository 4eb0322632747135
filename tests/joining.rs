//! A second store of a business, through the real PostgreSQL: its credential travels, its slot is made there, and its owner comes in again.
//!
//! Needs the address of a superuser's database in ZHANGGUI_TEST_POSTGRES, which `./dev test` and `cargo xtask postgres -- CMD` give.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use app::{
    Chance, Program, Session,
    access::{code, vault},
    program::{KeyringChoice, Start},
    rpc,
    wire::{Host, StoreChoice, WireError},
};
use domain::Clock;
use serde_json::{Value, json};
use server::joining::Joiner;
use sqlx::Connection as _;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use store::keys::Argon2Cost;

const PASSWORD: &str = "three blue cups on a shelf";
const SEED: &[u8] = b"twenty bytes of seed";
const START_MS: i64 = 1_795_000_000_000;

/// A clock that a test moves.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A computer: its folder and its clock.
struct Computer {
    dir: tempfile::TempDir,
    hands: Arc<Hands>,
}

impl Computer {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), hands: Arc::new(Hands(AtomicI64::new(START_MS))) }
    }

    fn start(&self, seed: u64) -> Arc<Program> {
        let program = Program::new(Start {
            data_dir: self.dir.path().to_owned(),
            host: Host::Web,
            keyring: KeyringChoice::File,
            clock: self.hands.clone(),
            chance: Chance::seeded(seed),
            language: None,
            cost: Some(Argon2Cost::FLOOR),
        });
        server::sync_control::carry(&program);
        program
    }

    /// The code of this moment; a later call gives a later one.
    fn code(&self) -> String {
        let now_ms = self.hands.0.fetch_add(60_000, Ordering::Relaxed) + 60_000;
        code::current(&code::generator(SEED, "Riverside", "Li").unwrap(), now_ms).0
    }

    fn own(&self) -> std::path::PathBuf {
        self.dir.path().join("own")
    }
}

async fn database(name: &str) -> String {
    let server = std::env::var("ZHANGGUI_TEST_POSTGRES")
        .unwrap_or_else(|_| panic!("this test needs a PostgreSQL: run it with `./dev test`, or with `cargo xtask postgres -- cargo test --test joining`"));
    let database = format!("zhanggui_{name}_{}", std::process::id());
    let mut db = sqlx::PgConnection::connect(&server).await.unwrap();
    for sql in [format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"), format!("CREATE DATABASE {database}")] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut db).await.unwrap();
    }
    let (head, _) = server.rsplit_once('/').unwrap();
    format!("{head}/{database}")
}

async fn ask(program: &Arc<Program>, session: &Arc<Session>, command: &str, request: Value) -> Result<Value, WireError> {
    rpc::dispatch(program, session, command, request).await
}

async fn sign_in(program: &Arc<Program>, session: &Arc<Session>, password: &str, code: &str) -> Result<Value, WireError> {
    ask(program, session, "store_choose", json!({"store": "own"})).await.unwrap();
    ask(program, session, "sign_in", json!({"name": "Li", "password": password, "code": code})).await
}

/// A store of its own, its owner signed in; and its recovery key.
async fn alone(computer: &Computer) -> (Arc<Program>, Arc<Session>, String) {
    let program = computer.start(1);
    let founder = vault::Founder {
        choice: StoreChoice::Own,
        shop_name: "Riverside".into(),
        currency: "CNY".into(),
        zone: "Asia/Shanghai".into(),
        owner_name: "Li".into(),
        password: PASSWORD.to_owned().into(),
        seed: SEED.to_vec().into(),
        recovery_codes: vec!["0000-0000-0000-0001".into()],
    };
    let made = vault::found(&program, founder).await.unwrap();
    let session = Arc::new(Session::default());
    sign_in(&program, &session, PASSWORD, &computer.code()).await.unwrap();
    (program, session, made.recovery_key.to_string())
}

/// The first store of a business and its centre, its owner signed in.
async fn founded(computer: &Computer, url: &str) -> (Arc<Program>, Arc<Session>) {
    let (program, session, _) = alone(computer).await;
    ask(&program, &session, "central_init", json!({"url": url})).await.unwrap();
    (program, session)
}

async fn joiner((program, session): &(Arc<Program>, Arc<Session>), url: &str, password: &str, one_time_code: String) -> Joiner {
    let code = ask(program, session, "central_invite", json!({})).await.unwrap();
    Joiner {
        url: url.to_owned(),
        code: code["join_code"].as_str().unwrap().to_owned(),
        owner_name: "Li".into(),
        password: password.to_owned().into(),
        one_time_code,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_signs_in_again_on_a_store_that_joined() {
    let url = database("joining").await;
    let (first, second) = (Computer::new(), Computer::new());
    let founder = founded(&first, &url).await;
    let program = second.start(2);
    let joiner = joiner(&founder, &url, PASSWORD, second.code()).await;
    let session = Arc::new(Session::default());
    let recovery_key = server::joining::join(&program, &session, joiner).await.unwrap();
    assert_eq!(recovery_key.len(), 35, "the second store has a recovery key of its own");
    program.shut_down().await;

    // Another start of the second computer: name, password and the code of the one phone.
    let again = second.start(3);
    let session = Arc::new(Session::default());
    let wrong = sign_in(&again, &session, "another password altogether", &second.code()).await.unwrap_err();
    assert_eq!(wrong.code, "wrong_name_or_password", "{}", wrong.message);
    let entered = sign_in(&again, &session, PASSWORD, &second.code()).await.unwrap();
    assert_eq!(entered["person"]["name"], "Li");
    let store = again.opened(StoreChoice::Own).unwrap();
    let here = founder.0.opened(StoreChoice::Own).unwrap();
    assert_eq!(store.credential_rows().await.unwrap(), here.credential_rows().await.unwrap(), "the credential is the one that travelled");
    assert_ne!(store.node().store_id, here.node().store_id);
    drop(store);
    again.shut_down().await;
    founder.0.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_the_password_or_the_code_joins_nothing() {
    let url = database("stranger").await;
    let (first, second) = (Computer::new(), Computer::new());
    let founder = founded(&first, &url).await;
    let program = second.start(2);
    let left = |dir: &Path| std::fs::read_dir(dir).map(|d| d.flatten().map(|e| e.file_name()).collect::<Vec<_>>()).unwrap_or_default();
    for (password, one_time_code, refusal) in
        [("another password altogether", second.code(), "wrong_name_or_password"), (PASSWORD, "000000".to_owned(), "wrong_code")]
    {
        let joiner = joiner(&founder, &url, password, one_time_code).await;
        let error = server::joining::join(&program, &Arc::new(Session::default()), joiner).await.unwrap_err();
        assert_eq!(error.code, refusal, "{}", error.message);
        let files = left(&second.own());
        assert!(files.iter().all(|f| f == "store.lock" || f == "store.holder"), "{files:?} were left behind");
        assert!(!program.has(StoreChoice::Own));
    }
    // The way in stays open: a fresh code and the right password join.
    let joiner = joiner(&founder, &url, PASSWORD, second.code()).await;
    server::joining::join(&program, &Arc::new(Session::default()), joiner).await.unwrap();
    program.shut_down().await;
    founder.0.shut_down().await;
}

/// What the audit of a store says, newest last.
async fn acts(program: &Arc<Program>) -> Vec<String> {
    let store = program.opened(StoreChoice::Own).unwrap();
    store.outgoing(0, 10_000, usize::MAX).await.unwrap().into_iter().map(|entry| entry.kind).collect()
}

async fn backup_of(program: &Arc<Program>, folder: &Path) -> std::path::PathBuf {
    let store = program.opened(StoreChoice::Own).unwrap();
    store.backup(folder, program.now_ms(), |_, _| true).await.unwrap().path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_put_back_on_a_new_computer_lets_its_owner_in_and_goes_on_with_the_centre() {
    let url = database("restored").await;
    let (first, second) = (Computer::new(), Computer::new());
    let (program, session, recovery_key) = alone(&first).await;
    ask(&program, &session, "central_init", json!({"url": url})).await.unwrap();
    let backup = backup_of(&program, first.dir.path()).await;
    let before = program.opened(StoreChoice::Own).unwrap().node().clone();
    program.shut_down().await;

    // The first computer is gone. The second has no secret for this store: the recovery key opens the file, the password makes the slot.
    let again = second.start(2);
    let session = Arc::new(Session::default());
    let upload_id = again.adopt_file(&session, &backup).unwrap();
    ask(&again, &session, "restore_open", json!({"upload_id": upload_id, "recovery_key": recovery_key})).await.unwrap();
    let wrong = sign_in(&again, &session, "another password altogether", &second.code()).await.unwrap_err();
    assert_eq!(wrong.code, "wrong_name_or_password", "{}", wrong.message);
    second.code();
    sign_in(&again, &session, PASSWORD, &second.code()).await.unwrap();
    let kinds = acts(&again).await;
    for kind in ["store.restore", "device.remember", "session.open"] {
        assert!(kinds.iter().any(|k| k == kind), "{kind} is not in the audit: {kinds:?}");
    }
    let store = again.opened(StoreChoice::Own).unwrap();
    assert_eq!(store.node().node_id, before.node_id);
    assert_ne!(store.node().incarnation, before.incarnation, "a restored store is a new incarnation");
    let status = ask(&again, &session, "sync_status", json!({})).await.unwrap();
    assert!(status["url"].is_string(), "the address of the centre came back too: {status}");
    drop(store);
    again.shut_down().await;
    // From now on the second computer knows the store, in another start as well, and the sheet still holds.
    let third = second.start(3);
    sign_in(&third, &Arc::new(Session::default()), PASSWORD, &second.code()).await.unwrap();
    third.shut_down().await;
    assert!(store::keys::open_with_recovery(&second.own(), &store::keys::RecoveryKey::parse(&recovery_key).unwrap()).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recovery_key_gives_a_new_password_where_the_keyring_is_lost() {
    let computer = Computer::new();
    let (program, _, recovery_key) = alone(&computer).await;
    program.shut_down().await;
    std::fs::remove_file(computer.own().join(store::keys::SECRET_FILE)).unwrap();
    let again = computer.start(2);
    let session = Arc::new(Session::default());
    let lost = sign_in(&again, &session, PASSWORD, &computer.code()).await.unwrap_err();
    assert_eq!(lost.code, "keyring", "{}", lost.message);
    let new_password = "four green plates in a rack";
    let recovered =
        ask(&again, &session, "recover", json!({"recovery_key": recovery_key, "password": new_password, "new_authenticator": false})).await.unwrap();
    assert_eq!(recovered["name"], "Li");
    let old = ask(&again, &session, "recover", json!({"recovery_key": recovery_key, "password": new_password, "new_authenticator": false})).await.unwrap_err();
    assert_eq!(old.code, "refused", "the old recovery key opens nothing any more");
    assert!(sign_in(&again, &session, PASSWORD, &computer.code()).await.is_err(), "the old password opens nothing any more");
    sign_in(&again, &session, new_password, &computer.code()).await.unwrap();
    again.shut_down().await;
}

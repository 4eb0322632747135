//! The proof that the journal is the store: the journal of the whole demo, and of the whole file of real trade, replayed into an empty store.
//!
//! `replay [--write FILE]`. What it proves and how is in docs/proofs.md.

#![expect(clippy::unwrap_used, reason = "a proof that cannot go on fails where it stands")]

#[path = "../../tests/histories/replay.rs"]
mod replay;

use app::{
    Chance, Program, Session, SystemClock,
    importing::{self, ImportPlan},
    program::{KeyringChoice, Start},
    rpc,
    trade_file::{self, FileKind},
    wire::{Host, Language, StoreChoice},
};
use domain::{BusinessDay, Channel, Clock as _, PersonId, StoreId};
use serde_json::json;
use std::{fmt::Write as _, path::Path, sync::Arc, time::Instant};
use store::{
    Founding, Store,
    keys::{Key, RootKey},
};
use uuid::Uuid;
use zhanggui_app as app;

/// What one replay came to.
struct Replayed {
    what: &'static str,
    entries: usize,
    rows: i64,
    written_s: f64,
    replayed_s: f64,
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let found = [demo().await, file().await];
    let mut page = String::from(
        "# Evidence: replay\n\nWritten by `cargo xtask prove replay`; what it proves and how is in [proofs](../proofs.md).\n\n**Holds.** Equal facts, equal derived rows, nothing put aside, `store check` finds nothing.\n\n| journal of | entries | rows of facts and masters | written in s | replayed in s |\n|---|---|---|---|---|\n",
    );
    for one in &found {
        writeln!(page, "| {} | {} | {} | {:.0} | {:.0} |", one.what, one.entries, one.rows, one.written_s, one.replayed_s).unwrap();
    }
    let now = jiff::Timestamp::from_millisecond(SystemClock.now_ms()).unwrap();
    writeln!(
        page,
        "\n{}, {} cores, {}.",
        now.strftime("%Y-%m-%d %H:%M UTC"),
        std::thread::available_parallelism().map_or(0, usize::from),
        std::env::consts::OS
    )
    .unwrap();
    println!("{page}");
    if let [option, path] = arguments.as_slice()
        && option == "--write"
    {
        std::fs::write(path, page).unwrap();
    }
}

/// The demo, made as its button makes it.
async fn demo() -> Replayed {
    let dir = tempfile::tempdir().unwrap();
    let start = Start {
        data_dir: dir.path().to_owned(),
        host: Host::Web,
        keyring: KeyringChoice::File,
        clock: Arc::new(SystemClock),
        chance: Chance::seeded(3),
        language: Some(Language::Zh),
        cost: Some(store::keys::Argon2Cost::FLOOR),
    };
    let program = Program::new(start);
    let session = Arc::new(Session::default());
    let begun = Instant::now();
    rpc::dispatch(&program, &session, "demo_open", json!({"language": "zh"})).await.unwrap();
    while !dir.path().join("demo").join("whole").exists() {
        let jobs = program_jobs(&program, &session).await;
        assert!(!jobs.contains("failed"), "{jobs}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    // The demo trades while it is open: it rests while it is compared.
    let _ = rpc::dispatch(&program, &session, "demo_pause", json!({"paused": true})).await;
    let written_s = begun.elapsed().as_secs_f64();
    let found = again("the demo", &program.opened(StoreChoice::Demo).unwrap(), written_s).await;
    program.shut_down().await;
    found
}

async fn program_jobs(program: &Arc<Program>, session: &Arc<Session>) -> String {
    rpc::dispatch(program, session, "job_list", json!({})).await.unwrap().to_string()
}

/// The file of real trade, as `import orders` brings it in.
async fn file() -> Replayed {
    let dir = tempfile::tempdir().unwrap();
    let id = Uuid::from_u128(1);
    let founding = Founding { store_id: id, organisation_id: id, node_id: id, incarnation: id, kind: "own", now_ms: SystemClock.now_ms() };
    let store = Arc::new(Store::create(&dir.path().join("own"), RootKey::new(Key::new([1; 32]), StoreId(id), 1), &founding).await.unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample/online_retail.parquet");
    let plan = ImportPlan {
        batch_id: *Uuid::from_u128(2).as_bytes(),
        organisation_id: id,
        mapping: trade_file::probe(&path, FileKind::Orders).unwrap().mapping,
        path,
        file_name: "online_retail.parquet".into(),
        file_sha256: Vec::new(),
        source: "orders/replay".into(),
        shop_id: *Uuid::from_u128(3).as_bytes(),
        shop_name: String::new(),
        add_shops: false,
        currency: "GBP".into(),
        zone: "Europe/London".into(),
        day: BusinessDay::new("Europe/London", 0).unwrap(),
        channel: Channel::Import,
        actor: PersonId(id),
        started_at_ms: founding.now_ms,
        dry_run: false,
    };
    let begun = Instant::now();
    importing::run(&store, &plan, &|_, _| true).await.unwrap();
    let written_s = begun.elapsed().as_secs_f64();
    let found = again("the file of real trade", &store, written_s).await;
    store.close().await.unwrap();
    found
}

async fn again(what: &'static str, first: &Store, written_s: f64) -> Replayed {
    let dir = tempfile::tempdir().unwrap();
    let second = replay::empty(dir.path(), first, 0xE).await;
    let begun = Instant::now();
    let entries = replay::replay_all(first, &second).await;
    let replayed_s = begun.elapsed().as_secs_f64();
    replay::assert_same(first, &second, what).await;
    let rows = second.canonical_digests().await.unwrap().iter().map(|(_, rows, _)| rows).sum();
    second.close().await.unwrap();
    println!("{what}: {entries} entries, {rows} rows, replayed in {replayed_s:.0} s");
    Replayed { what, entries, rows, written_s, replayed_s }
}

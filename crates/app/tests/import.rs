//! Real trade through the whole program: the sums are those of `tests/readers/retail_sums.py`, which shares no code with it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "import/owner.rs"]
mod owner;

use domain::{Clock, clock::Seeded};
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use zeroize::Zeroizing;
use zhanggui_app::{
    Chance, Program, Session,
    access::{code, vault},
    program::{KeyringChoice, Start},
    rpc,
    wire::{Host, Language, StoreChoice},
};

const PASSWORD: &str = "three blue cups on a shelf";
const SEED: &[u8; 20] = b"12345678901234567890";

/// A clock that the test moves.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Shop {
    program: Arc<Program>,
    session: Arc<Session>,
    clock: Arc<Hand>,
    _dir: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(Hand(AtomicI64::new(1_764_000_000_000)));
        let start = Start {
            data_dir: dir.path().to_owned(),
            host: Host::Web,
            keyring: KeyringChoice::File,
            clock: clock.clone(),
            chance: Chance::seeded(11),
            language: Some(Language::En),
            cost: Some(store::keys::Argon2Cost::FLOOR),
        };
        let program = Program::new(start);
        let founder = vault::Founder {
            choice: StoreChoice::Own,
            shop_name: "Gifts".into(),
            currency: "GBP".into(),
            zone: "Europe/London".into(),
            owner_name: "owner".into(),
            password: Zeroizing::new(PASSWORD.into()),
            seed: Zeroizing::new(SEED.to_vec()),
            recovery_codes: store::keys::recovery::recovery_codes(&mut Seeded::new(5)),
        };
        vault::found(&program, founder).await.unwrap();
        let shop = Self { program, session: Arc::new(Session::default()), clock, _dir: dir };
        shop.sign_in().await;
        shop
    }

    async fn ask(&self, command: &str, payload: Value) -> Value {
        match self.try_ask(command, payload).await {
            Ok(answer) => answer,
            Err(error) => panic!("{command}: {error}"),
        }
    }

    async fn try_ask(&self, command: &str, payload: Value) -> Result<Value, Value> {
        rpc::dispatch(&self.program, &self.session, command, payload).await.map_err(|e| serde_json::to_value(e).unwrap())
    }

    fn code(&self) -> String {
        code::current(&code::generator(SEED, "", "owner").unwrap(), self.clock.now_ms()).0
    }

    async fn sign_in(&self) {
        self.ask("sign_in", json!({"name": "owner", "password": PASSWORD, "code": self.code()})).await;
    }

    async fn job(&self, answer: &Value) -> Value {
        let id = answer["job_id"].as_str().unwrap().to_owned();
        loop {
            let jobs = self.ask("job_list", json!({})).await;
            let job = jobs["jobs"].as_array().unwrap().iter().find(|j| j["id"] == id.as_str()).unwrap().clone();
            match job["state"].as_str().unwrap() {
                "running" => tokio::time::sleep(Duration::from_millis(20)).await,
                "done" => return job,
                _ => panic!("the job ended badly: {job}"),
            }
        }
    }

    /// Imports an uploaded file (or the sample) into the first shop and answers the report.
    async fn import(&self, upload_id: Option<&str>, dry_run: bool) -> Value {
        let probed = self.ask("import_probe", json!({"upload_id": upload_id, "sample": upload_id.is_none()})).await;
        let shops = self.ask("shop_list", json!({})).await;
        let start = json!({
            "upload_id": probed["upload_id"], "mapping": probed["mapping"], "shop_id": shops["shops"][0]["id"],
            "new_shop_name": null, "currency": null, "zone": null, "dry_run": dry_run
        });
        let started = self.ask("import_start", start).await;
        self.job(&started).await;
        self.ask("import_report", json!({"job_id": started["job_id"]})).await
    }

    async fn upload(&self, path: &Path) -> String {
        use base64::Engine as _;
        let bytes = std::fs::read(path).unwrap();
        let (mut id, mut offset) = (Value::Null, 0);
        for piece in bytes.chunks(1 << 20) {
            let chunk = json!({"upload_id": id, "file_name": "head.csv", "offset": offset, "base64": base64::engine::general_purpose::STANDARD.encode(piece)});
            let answer = self.ask("upload_chunk", chunk).await;
            id = answer["upload_id"].clone();
            offset = answer["bytes"].as_i64().unwrap();
        }
        id.as_str().unwrap().to_owned()
    }

    async fn figure(&self, from: &str, to: &str, key: &str) -> Value {
        let asked = json!({"from": from, "to": to, "compare": "none", "shop_ids": [], "channels": []});
        let analysis = self.ask("analysis", asked).await;
        let tiles = analysis["tiles"].as_array().unwrap();
        tiles.iter().find(|t| t["figure"]["key"] == key).unwrap_or_else(|| panic!("no tile {key}"))["figure"]["value"].clone()
    }
}

fn expect(report: &Value, expected: &[(&str, i64)]) {
    for (key, value) in expected {
        assert_eq!(report[*key], *value, "{key} of {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_years_of_real_trade_land_whole_and_once() {
    let shop = Shop::open().await;
    let report = shop.import(None, false).await;
    expect(
        &report,
        &[
            ("lines", 1_044_847),
            ("new_lines", 1_044_847),
            ("orders", 41_937),
            ("refunds", 8_292),
            ("write_offs", 3_393),
            ("adjustments", 6),
            ("rejected", 0),
            ("repeated_lines", 11_814),
            ("sub_penny_lines", 18),
            ("two_times_orders", 83),
            ("sales_minor", 2_052_266_184),
            ("refunds_minor", 146_530_366),
        ],
    );
    let (from, to) = ("2009-12-01", "2011-12-09");
    assert_eq!(shop.figure(from, to, "gmv_minor").await, 2_052_266_184_i64);
    assert_eq!(shop.figure(from, to, "refunds_minor").await, 146_530_366_i64);
    assert_eq!(shop.figure(from, to, "orders_created").await, 41_937);
    assert_eq!(shop.figure(from, to, "conversion_bp").await, Value::Null);
    let again = shop.import(None, false).await;
    expect(&again, &[("lines", 1_044_847), ("new_lines", 0), ("orders", 41_937)]);
    assert_eq!(shop.figure(from, to, "gmv_minor").await, 2_052_266_184_i64);
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_undone_and_done_again() {
    let shop = Shop::open().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample/retail_head.csv");
    let upload = shop.upload(&file).await;
    let dry = shop.import(Some(&upload), true).await;
    let (from, to) = ("2009-12-01", "2010-12-31");
    assert_eq!(shop.figure(from, to, "gmv_minor").await.as_i64().unwrap_or(0), 0, "a dry run writes nothing");
    let done = shop.import(Some(&upload), false).await;
    for key in ["lines", "new_lines", "orders", "refunds", "sales_minor", "refunds_minor", "rejected"] {
        assert_eq!(dry[key], done[key], "the dry run told something else than the import did: {key}");
    }
    let gmv = shop.figure(from, to, "gmv_minor").await;
    assert_eq!(gmv, done["sales_minor"]);
    let store = shop.program.opened(StoreChoice::Own).unwrap();
    let checked = store.check().await.unwrap();
    assert!(checked.chain_ok && checked.caches_ok, "{:?}", checked.findings);
    let undone = shop.ask("import_undo", json!({"batch_id": done["batch_id"]})).await;
    shop.job(&undone).await;
    assert_eq!(shop.figure(from, to, "gmv_minor").await.as_i64().unwrap_or(0), 0);
    let checked = store.check().await.unwrap();
    assert!(checked.caches_ok, "after the undo: {:?}", checked.findings);
    // The search index is made anew under connections that have read it: no check may call that damage.
    store.rebuild_derived().await.unwrap();
    let checked = store.check().await.unwrap();
    assert!(checked.pages_ok && checked.caches_ok, "after the repair: {:?}", checked.findings);
    let again = shop.import(Some(&upload), false).await;
    assert_eq!(again["new_lines"], done["new_lines"]);
    assert_eq!(shop.figure(from, to, "gmv_minor").await, gmv);
    let checked = store.check().await.unwrap();
    assert!(checked.caches_ok && checked.chain_ok, "after the second import: {:?}", checked.findings);
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_once_to_a_code() {
    let shop = Shop::open().await;
    shop.ask("sign_out", json!({})).await;
    let used = shop.try_ask("sign_in", json!({"name": "owner", "password": PASSWORD, "code": shop.code()})).await.unwrap_err();
    assert_eq!(used["code"], "code_used");
    let unknown = shop.try_ask("sign_in", json!({"name": "nobody", "password": PASSWORD, "code": "000000"})).await.unwrap_err();
    let wrong = shop.try_ask("sign_in", json!({"name": "owner", "password": "wrong", "code": "000000"})).await.unwrap_err();
    assert_eq!(unknown["message"], wrong["message"], "unknown name and wrong password must read alike");
    let refused = shop.try_ask("today", json!({"shop_ids": []})).await.unwrap_err();
    assert_eq!(refused["code"], "signed_out");
    shop.clock.0.fetch_add(30_000, Ordering::Relaxed);
    shop.sign_in().await;
    shop.ask("lock", json!({})).await;
    assert_eq!(shop.try_ask("today", json!({"shop_ids": []})).await.unwrap_err()["code"], "locked");
    shop.ask("unlock", json!({"password": PASSWORD})).await;
    shop.ask("today", json!({"shop_ids": []})).await;
    // A clock that is behind what the store has seen is explained, not believed.
    shop.ask("sign_out", json!({})).await;
    shop.clock.0.fetch_sub(600_000, Ordering::Relaxed);
    let behind = shop.try_ask("sign_in", json!({"name": "owner", "password": PASSWORD, "code": shop.code()})).await.unwrap_err();
    assert_eq!(behind["code"], "clock", "{behind}");
    shop.program.shut_down().await;
}

/// A file of so many orders of one line, in pounds.
fn written(dir: &Path, name: &str, orders: usize) -> std::path::PathBuf {
    use std::fmt::Write as _;
    let mut text = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n".to_owned();
    for order in 1..=orders {
        writeln!(text, "{order},71053,LANTERN,2,2010-12-{:02} 08:26:00,5,17850,United Kingdom", 1 + order % 28).unwrap();
    }
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_stopped_goes_on_as_one_and_is_undone_as_one() {
    let shop = Shop::open().await;
    let dir = tempfile::tempdir().unwrap();
    let upload = shop.upload(&written(dir.path(), "trade.csv", 30_000)).await;
    let probed = shop.ask("import_probe", json!({"upload_id": upload, "sample": false})).await;
    let shops = shop.ask("shop_list", json!({})).await;
    let start = json!({
        "upload_id": upload, "mapping": probed["mapping"], "shop_id": shops["shops"][0]["id"],
        "new_shop_name": null, "currency": null, "zone": null, "date_order": null, "dry_run": false
    });
    let started = shop.ask("import_start", start.clone()).await;
    let same = shop.try_ask("import_start", start.clone()).await.unwrap_err();
    assert_eq!(same["code"], "conflict", "one file twice at once: {same}");
    let id = started["job_id"].clone();
    loop {
        let jobs = shop.ask("job_list", json!({})).await;
        let job = jobs["jobs"].as_array().unwrap().iter().find(|j| j["id"] == id).unwrap().clone();
        assert_eq!(job["state"], "running", "the file is too short for this test");
        if job["done"].as_i64().unwrap() > 0 {
            assert_eq!(job["total"], 30_000);
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let list = shop.ask("import_list", json!({})).await;
    let batch = list["imports"][0].clone();
    assert_eq!((&batch["state"], &batch["can_undo"]), (&json!("applying"), &json!(false)));
    let early = shop.try_ask("import_undo", json!({"batch_id": batch["id"]})).await.unwrap_err();
    assert_eq!(early["code"], "conflict", "undo of what is at work: {early}");
    shop.ask("job_cancel", json!({"job_id": id})).await;
    loop {
        let jobs = shop.ask("job_list", json!({})).await;
        let state = jobs["jobs"].as_array().unwrap().iter().find(|j| j["id"] == id).unwrap()["state"].clone();
        if state != "running" {
            assert_eq!(state, "cancelled");
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let stopped = shop.ask("import_list", json!({})).await["imports"][0].clone();
    let landed = stopped["orders"].as_i64().unwrap();
    assert_eq!(stopped["state"], "stopped");
    assert!((1..30_000).contains(&landed), "{stopped}");
    assert_eq!(shop.figure("2010-12-01", "2010-12-31", "orders_created").await, landed);
    let rest = shop.ask("import_start", start).await;
    shop.job(&rest).await;
    let list = shop.ask("import_list", json!({})).await;
    assert_eq!(list["imports"].as_array().unwrap().len(), 1, "it goes on under its own name: {list}");
    assert_eq!((&list["imports"][0]["state"], &list["imports"][0]["lines"]), (&json!("done"), &json!(30_000)));
    assert_eq!(shop.figure("2010-12-01", "2010-12-31", "orders_created").await, 30_000);
    let undone = shop.ask("import_undo", json!({"batch_id": batch["id"]})).await;
    shop.job(&undone).await;
    assert_eq!(shop.figure("2010-12-01", "2010-12-31", "orders_created").await.as_i64().unwrap_or(0), 0);
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_dates_is_remembered_where_it_was_said_and_not_where_it_was_guessed() {
    let shop = Shop::open().await;
    let dir = tempfile::tempdir().unwrap();
    // Read with the day first these three days follow each other; with the month first the next file's do.
    let (by_day, by_month) = (["3/4/2026", "4/4/2026", "5/4/2026"], ["4/3/2026", "4/4/2026", "4/5/2026"]);
    let file = |name: &str, heading: &str, dates: [&str; 3]| {
        let path = dir.path().join(name);
        let rows: Vec<String> = dates.iter().zip(1..).map(|(date, n)| format!("{n},A,2,{date},5")).collect();
        std::fs::write(&path, format!("{heading}\n{}\n", rows.join("\n"))).unwrap();
        path
    };
    let (said, guessed) = ("Invoice,StockCode,Quantity,InvoiceDate,Price", "Order No,StockCode,Quantity,Date,Price");
    for (heading, date_order, expect) in [(said, json!("day_first"), "day_first"), (guessed, Value::Null, "month_first")] {
        let upload = shop.upload(&file("first.csv", heading, by_day)).await;
        let probed = shop.ask("import_probe", json!({"upload_id": upload, "sample": false})).await;
        assert_eq!((&probed["date_order"], &probed["date_order_certain"]), (&json!("day_first"), &json!(false)));
        let shops = shop.ask("shop_list", json!({})).await;
        let start = json!({
            "upload_id": upload, "mapping": probed["mapping"], "shop_id": shops["shops"][0]["id"],
            "new_shop_name": null, "currency": null, "zone": null, "date_order": date_order, "dry_run": true
        });
        let started = shop.ask("import_start", start).await;
        shop.job(&started).await;
        let report = shop.ask("import_report", json!({"job_id": started["job_id"]})).await;
        assert_eq!(report["warnings"], i64::from(date_order.is_null()), "{report}");
        let upload = shop.upload(&file("second.csv", heading, by_month)).await;
        let probed = shop.ask("import_probe", json!({"upload_id": upload, "sample": false})).await;
        assert_eq!((&probed["date_order"], &probed["remembered"]), (&json!(expect), &json!(true)), "{heading}");
    }
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_handed_over_does_not_outlive_the_session() {
    let shop = Shop::open().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample/retail_head.csv");
    let uploads = shop.program.data_dir().join("uploads");
    shop.upload(&file).await;
    let run = std::fs::read_dir(&uploads).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    assert_eq!(std::fs::read_dir(&run).unwrap().count(), 1);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&uploads).unwrap().permissions()) & 0o777, 0o700);
    shop.ask("sign_out", json!({})).await;
    assert!(!uploads.exists());
    assert!(file.exists());
    shop.program.shut_down().await;
}

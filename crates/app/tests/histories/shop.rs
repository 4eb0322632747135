//! The real program over an encrypted store of its own, with a clock that the test moves; asked only through its one door.

use domain::{BusinessDay, Channel, Clock, PersonId, clock::Seeded};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use store::{
    Store,
    journal::{self, Stored},
};
use uuid::Uuid;
use zeroize::Zeroizing;
use zhanggui_app::{
    Chance, Program, Session,
    access::{code, vault},
    importing::{self, ImportPlan},
    program::{KeyringChoice, Start},
    rpc,
    trade_file::{self, FileKind},
    wire::{Host, Language, StoreChoice},
};

const PASSWORD: &str = "three blue cups on a shelf";
const SEED: &[u8; 20] = b"12345678901234567890";
/// Sunday, 22 November 2026, ten in the morning in Shanghai.
pub const START_MS: i64 = 1_795_312_800_000;

pub struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub struct Shop {
    pub program: Arc<Program>,
    session: Arc<Session>,
    clock: Arc<Hand>,
    recovery_codes: Vec<String>,
    dir: tempfile::TempDir,
}

impl Shop {
    /// A shop of one's own, signed in to.
    pub async fn open(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(Hand(AtomicI64::new(START_MS)));
        let start = Start {
            data_dir: dir.path().to_owned(),
            host: Host::Web,
            keyring: KeyringChoice::File,
            clock: clock.clone(),
            chance: Chance::seeded(seed),
            language: Some(Language::Zh),
            cost: Some(store::keys::Argon2Cost::FLOOR),
        };
        let program = Program::new(start);
        let recovery_codes = store::keys::recovery::recovery_codes(&mut Seeded::new(5));
        let founder = vault::Founder {
            choice: StoreChoice::Own,
            shop_name: "滨江店".into(),
            currency: "CNY".into(),
            zone: "Asia/Shanghai".into(),
            owner_name: "owner".into(),
            password: Zeroizing::new(PASSWORD.into()),
            seed: Zeroizing::new(SEED.to_vec()),
            recovery_codes: recovery_codes.clone(),
        };
        vault::found(&program, founder).await.unwrap();
        let shop = Self { program, session: Arc::new(Session::default()), clock, recovery_codes, dir };
        let code = code::current(&code::generator(SEED, "", "owner").unwrap(), shop.now_ms()).0;
        shop.ask("sign_in", json!({"name": "owner", "password": PASSWORD, "code": code})).await;
        shop
    }

    pub fn store(&self) -> Arc<Store> {
        self.program.opened(StoreChoice::Own).unwrap()
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    pub fn wait(&self, ms: u64) {
        self.clock.0.fetch_add(i64::try_from(ms).unwrap(), Ordering::Relaxed);
    }

    pub async fn ask(&self, command: &str, payload: Value) -> Value {
        match self.try_ask(command, payload.clone()).await {
            Ok(answer) => answer,
            Err(error) => panic!("{command} {payload}: {error}"),
        }
    }

    pub async fn try_ask(&self, command: &str, payload: Value) -> Result<Value, Value> {
        rpc::dispatch(&self.program, &self.session, command, payload).await.map_err(|e| serde_json::to_value(e).unwrap())
    }

    async fn job(&self, answer: &Value) {
        let id = answer["job_id"].as_str().unwrap();
        loop {
            let jobs = self.ask("job_list", json!({})).await;
            let job = jobs["jobs"].as_array().unwrap().iter().find(|j| j["id"] == id).unwrap().clone();
            match job["state"].as_str().unwrap() {
                // Jobs run beside; how long they take decides nothing.
                "running" => tokio::time::sleep(Duration::from_millis(2)).await,
                "done" => return,
                _ => panic!("the job ended badly: {job}"),
            }
        }
    }

    /// Signs in again with a recovery code, as one does whose telephone is gone.
    pub async fn sign_in_by_recovery(&self) {
        self.ask("sign_out", json!({})).await;
        self.ask("sign_in_recovery", json!({"name": "owner", "password": PASSWORD, "recovery_code": self.recovery_codes[0]})).await;
    }

    /// Changes the password: first where the key file cannot be written, so that the next sign-in has something to settle, then for good.
    pub async fn change_password(&self) {
        let code = || {
            self.wait(60_000);
            code::current(&code::generator(SEED, "", "owner").unwrap(), self.now_ms()).0
        };
        let change = |code: String| json!({"name": "owner", "password": PASSWORD, "code": code, "new_password": "four green plates in a rack"});
        let beside = self.store().dir().join("store.keys.new");
        std::fs::create_dir_all(beside.join("x")).unwrap();
        self.try_ask("password_change", change(code())).await.unwrap_err();
        std::fs::remove_dir_all(&beside).unwrap();
        self.ask("sign_in", json!({"name": "owner", "password": PASSWORD, "code": code()})).await;
        self.ask("password_change", change(code())).await;
    }

    /// Imports a file of visits into a shop by the way of the command line; answers how many of its lines are new.
    pub async fn import_visits(&self, batch_id: Uuid, text: &str, shop_id: Uuid) -> i64 {
        let path = self.dir.path().join("visits.csv");
        std::fs::write(&path, text).unwrap();
        let store = self.store();
        let plan = ImportPlan {
            batch_id: *batch_id.as_bytes(),
            organisation_id: store.node().organisation_id,
            mapping: trade_file::probe(&path, FileKind::Visits).unwrap().mapping,
            path,
            file_name: "visits.csv".into(),
            file_sha256: Vec::new(),
            source: "visits".into(),
            shop_id: *shop_id.as_bytes(),
            shop_name: String::new(),
            add_shops: false,
            currency: "CNY".into(),
            zone: "Asia/Shanghai".into(),
            day: BusinessDay::new("Asia/Shanghai", 0).unwrap(),
            channel: Channel::Web,
            actor: PersonId(Uuid::from_u128(1)),
            started_at_ms: self.now_ms(),
            dry_run: false,
        };
        let report = importing::import_visits(&store, &plan).await.unwrap();
        assert_eq!(report.rejected, 0, "{:?}", report.findings);
        report.new_lines
    }

    /// Begins to make the demo shop and answers the beginning of its journal.
    pub async fn demo_journal(&self, entries: i64) -> Vec<Stored> {
        self.ask("demo_open", json!({"language": "zh"})).await;
        loop {
            if let Some(demo) = self.program.opened(StoreChoice::Demo) {
                let found = journal::after(&mut demo.reader().await.unwrap(), *demo.node().node_id.as_bytes(), 0, entries).await.unwrap();
                if found.len() == usize::try_from(entries).unwrap() {
                    // What comes after is not asked for: the making ends here, as when the program is closed.
                    self.program.close(StoreChoice::Demo).await.unwrap();
                    return found;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Imports a file of orders into a shop; answers the batch.
    pub async fn import(&self, text: &str, shop_id: Option<&str>) -> String {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD.encode(text);
        let uploaded = self.ask("upload_chunk", json!({"upload_id": null, "file_name": "trade.csv", "offset": 0, "base64": base64})).await;
        let probed = self.ask("import_probe", json!({"upload_id": uploaded["upload_id"], "sample": false})).await;
        let start = json!({"upload_id": probed["upload_id"], "mapping": probed["mapping"], "shop_id": shop_id, "new_shop_name": if shop_id.is_none() { json!("新店") } else { Value::Null }, "currency": null, "zone": null, "dry_run": false});
        let started = self.ask("import_start", start).await;
        self.job(&started).await;
        let report = self.ask("import_report", json!({"job_id": started["job_id"]})).await;
        assert_eq!(report["rejected"], 0, "{report}");
        report["batch_id"].as_str().unwrap().to_owned()
    }

    pub async fn undo(&self, batch_id: &str) {
        let started = self.ask("import_undo", json!({"batch_id": batch_id})).await;
        self.job(&started).await;
    }
}

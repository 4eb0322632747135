//! The real program over an encrypted store of its own, with a clock that the test moves; asked only through its one door.

use domain::{Clock, clock::Seeded};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use store::Store;
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
    _dir: tempfile::TempDir,
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
        let founder = vault::Founder {
            choice: StoreChoice::Own,
            shop_name: "滨江店".into(),
            currency: "CNY".into(),
            zone: "Asia/Shanghai".into(),
            owner_name: "owner".into(),
            password: Zeroizing::new(PASSWORD.into()),
            seed: Zeroizing::new(SEED.to_vec()),
            recovery_codes: store::keys::recovery::recovery_codes(&mut Seeded::new(5)),
        };
        vault::found(&program, founder).await.unwrap();
        let shop = Self { program, session: Arc::new(Session::default()), clock, _dir: dir };
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

    /// Imports a file of orders into a shop; answers the batch.
    pub async fn import(&self, text: &str, shop_id: &str) -> String {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD.encode(text);
        let uploaded = self.ask("upload_chunk", json!({"upload_id": null, "file_name": "trade.csv", "offset": 0, "base64": base64})).await;
        let probed = self.ask("import_probe", json!({"upload_id": uploaded["upload_id"], "sample": false})).await;
        let start = json!({"upload_id": probed["upload_id"], "mapping": probed["mapping"], "shop_id": shop_id, "new_shop_name": null, "currency": null, "zone": null, "dry_run": false});
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

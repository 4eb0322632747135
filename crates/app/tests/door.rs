//! The door: signing in, waiting, locking, and what an owner may do with the file of the store.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "door/backups.rs"]
mod backups;
#[path = "door/founding.rs"]
mod founding;
#[path = "door/owner.rs"]
mod owner;
#[path = "door/people.rs"]
mod people;

use domain::Clock;
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use store::keys::{Argon2Cost, KEY_FILE, SlotFile, attempts::Attempts};
use zhanggui_app::{
    Chance, Program, Session,
    access::{code, vault},
    program::{KeyringChoice, Start},
    rpc,
    wire::{Host, StoreChoice, WireError},
};

const PASSWORD: &str = "three blue cups on a shelf";
const SEED: &[u8] = b"twenty bytes of seed";
const START_MS: i64 = 1_795_000_000_000;
const HOUR_MS: i64 = 3_600_000;

/// A clock that a test moves.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Shop {
    dir: tempfile::TempDir,
    hands: Arc<Hands>,
    cost: Argon2Cost,
    codes: Vec<String>,
    recovery_key: String,
}

impl Shop {
    async fn found(cost: Argon2Cost) -> Self {
        let hands = Arc::new(Hands(AtomicI64::new(START_MS)));
        // Fewer than on a real sheet: each costs a password's work.
        let codes = store::keys::recovery_codes(&mut domain::clock::Seeded::new(5)).into_iter().take(3).collect();
        let mut shop = Self { dir: tempfile::tempdir().unwrap(), hands, cost, codes, recovery_key: String::new() };
        let program = shop.start(1);
        let made = vault::found(&program, shop.founder()).await.unwrap();
        shop.recovery_key = made.recovery_key.to_string();
        program.shut_down().await;
        shop
    }

    fn founder(&self) -> vault::Founder {
        vault::Founder {
            choice: StoreChoice::Own,
            shop_name: "Riverside".into(),
            currency: "CNY".into(),
            zone: "Asia/Shanghai".into(),
            owner_name: "Li".into(),
            password: PASSWORD.to_owned().into(),
            seed: SEED.to_vec().into(),
            recovery_codes: self.codes.clone(),
        }
    }

    fn start(&self, seed: u64) -> Arc<Program> {
        Program::new(Start {
            data_dir: self.dir.path().to_owned(),
            host: Host::Web,
            keyring: KeyringChoice::File,
            clock: self.hands.clone(),
            chance: Chance::seeded(seed),
            language: Some(zhanggui_app::wire::Language::En),
            cost: Some(self.cost),
        })
    }

    fn move_by(&self, ms: i64) -> i64 {
        self.hands.0.fetch_add(ms, Ordering::Relaxed) + ms
    }

    /// The phone's code at an instant.
    fn code_at(&self, at_ms: i64) -> String {
        code::current(&code::generator(SEED, "Riverside", "Li").unwrap(), at_ms).0
    }

    /// The code of the next minute, which was not used yet.
    fn code(&self) -> String {
        let now_ms = self.move_by(60_000);
        self.code_at(now_ms)
    }

    fn own(&self) -> PathBuf {
        self.dir.path().join("own")
    }
}

async fn ask(program: &Arc<Program>, session: &Arc<Session>, command: &str, request: Value) -> Result<Value, WireError> {
    rpc::dispatch(program, session, command, request).await
}

async fn sign_in_as(program: &Arc<Program>, session: &Arc<Session>, name: &str, password: &str, code: &str) -> Result<Value, WireError> {
    ask(program, session, "sign_in", json!({"name": name, "password": password, "code": code})).await
}

async fn sign_in(program: &Arc<Program>, session: &Arc<Session>, code: &str) -> Result<Value, WireError> {
    sign_in_as(program, session, "Li", PASSWORD, code).await
}

async fn phase(program: &Arc<Program>, session: &Arc<Session>) -> String {
    ask(program, session, "app_state", json!({})).await.unwrap()["phase"].as_str().unwrap().to_owned()
}

async fn acts(program: &Arc<Program>) -> Vec<String> {
    let store = program.opened(StoreChoice::Own).unwrap();
    store.outgoing(0, 10_000, usize::MAX).await.unwrap().into_iter().map(|entry| entry.kind).collect()
}

fn session() -> Arc<Session> {
    Arc::new(Session::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_only_asks_for_figures_locks_and_a_touch_keeps_it_open() {
    const MINUTE_MS: i64 = 60_000;
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, screen) = (shop.start(2), Arc::new(Session::of_a_screen()));
    sign_in(&program, &screen, &shop.code()).await.unwrap();
    // Five minutes of questions that no person asked, and the session is shut for whoever asks on.
    for _ in 0..4 {
        shop.move_by(MINUTE_MS);
        ask(&program, &screen, "backup_status", json!({})).await.unwrap();
    }
    let mut events = program.events();
    shop.move_by(MINUTE_MS);
    assert_eq!(ask(&program, &screen, "backup_status", json!({})).await.unwrap_err().code, "locked");
    assert!(matches!(events.try_recv().unwrap(), zhanggui_app::wire::AppEvent::Phase), "every window is told at once");
    assert_eq!(ask(&program, &screen, "session_use", json!({})).await.unwrap_err().code, "locked", "a touch opens nothing");
    assert_eq!(phase(&program, &screen).await, "locked");
    // The password alone opens it, and the minutes begin anew.
    ask(&program, &screen, "unlock", json!({"password": PASSWORD})).await.unwrap();
    shop.move_by(4 * MINUTE_MS);
    ask(&program, &screen, "session_use", json!({})).await.unwrap();
    shop.move_by(4 * MINUTE_MS);
    assert_eq!(phase(&program, &screen).await, "open");
    // The minutes are those of the settings, at once and after a restart.
    let minutes = json!({"language": null, "theme": null, "backup_dir": null, "idle_lock_min": 10});
    ask(&program, &screen, "settings_set", minutes).await.unwrap();
    shop.move_by(5 * MINUTE_MS);
    assert_eq!(phase(&program, &screen).await, "open");
    program.shut_down().await;
    let (again, screen) = (shop.start(3), Arc::new(Session::of_a_screen()));
    sign_in(&again, &screen, &shop.code()).await.unwrap();
    shop.move_by(9 * MINUTE_MS);
    assert_eq!(phase(&again, &screen).await, "open");
    shop.move_by(MINUTE_MS);
    assert_eq!(phase(&again, &screen).await, "locked");
    // A terminal's session ends with its commands.
    let terminal = session();
    sign_in(&again, &terminal, &shop.code()).await.unwrap();
    shop.move_by(HOUR_MS);
    assert_eq!(phase(&again, &terminal).await, "open");
    again.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_counts_once_however_many_try_it_at_the_same_moment() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let program = shop.start(2);
    // Somebody is at work: the store is open.
    sign_in(&program, &session(), &shop.code()).await.unwrap();
    let ask_with = async |code: &str| {
        let request = json!({"name": "Li", "password": PASSWORD, "recovery_code": code});
        ask(&program, &session(), "sign_in_recovery", request).await.map_err(|refused| refused.code)
    };
    let [first, second] = [shop.codes[0].as_str(), shop.codes[1].as_str()];
    let (a, b, c, d) = tokio::join!(ask_with(first), ask_with(first), ask_with(second), ask_with(first));
    let came_in = [&a, &b, &c, &d].into_iter().filter(|asked| asked.is_ok()).count();
    assert_eq!((came_in, c.is_ok()), (2, true), "{a:?} {b:?} {c:?} {d:?}");
    for code in [first, second] {
        assert_eq!(ask_with(code).await.unwrap_err(), "code_used", "one that was used beside another is used");
    }
    program.shut_down().await;
}

/// The demo is open to anybody: nothing of the shop may be reached from it, also where its person has only locked the screen.
#[tokio::test(flavor = "multi_thread")]
async fn files_and_jobs_of_a_shop_are_its_own() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let program = shop.start(2);
    let (owner, stranger) = (Arc::new(Session::of_a_screen()), Arc::new(Session::of_a_screen()));
    sign_in(&program, &owner, &shop.code()).await.unwrap();
    let piece = json!({"upload_id": null, "file_name": "a.csv", "offset": 0, "base64": "YQ=="});
    let upload = ask(&program, &owner, "upload_chunk", piece).await.unwrap()["upload_id"].clone();
    let export = json!({"list": "products", "format": "csv", "columns": []});
    let job = ask(&program, &owner, "list_export", export).await.unwrap()["job_id"].clone();
    let jobs = async |at: &Arc<Session>| ask(&program, at, "job_list", json!({})).await.unwrap()["jobs"].as_array().unwrap().clone();
    let download = loop {
        let listed = jobs(&owner).await;
        match listed.iter().find(|one| one["id"] == job && one["state"] == "done") {
            Some(done) => break done["result"].clone(),
            None => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    };
    assert!(ask(&program, &owner, "download_get", json!({"download_id": download})).await.is_ok());
    let more = json!({"upload_id": upload, "file_name": "a.csv", "offset": 1, "base64": "YQ=="});
    assert_eq!(ask(&program, &stranger, "upload_chunk", more.clone()).await.unwrap_err().code, "not_found");
    assert!(jobs(&stranger).await.is_empty());
    assert_eq!(ask(&program, &stranger, "job_cancel", json!({"job_id": job})).await.unwrap_err().code, "not_found");
    // Who signs out elsewhere takes nobody's file along, and who is shut out by a new password knows of no job any more.
    let (elsewhere, shut) = (Arc::new(Session::of_a_screen()), Arc::new(Session::of_a_screen()));
    sign_in(&program, &elsewhere, &shop.code()).await.unwrap();
    sign_in(&program, &shut, &shop.code()).await.unwrap();
    assert_eq!(jobs(&shut).await.len(), 1);
    let change = json!({"name": "Li", "password": PASSWORD, "code": shop.code(), "new_password": "four green plates in a rack"});
    ask(&program, &owner, "password_change", change).await.unwrap();
    assert!(jobs(&shut).await.is_empty());
    assert_eq!(ask(&program, &shut, "job_cancel", json!({"job_id": job})).await.unwrap_err().code, "not_found");
    sign_in_as(&program, &elsewhere, "Li", "four green plates in a rack", &shop.code()).await.unwrap();
    ask(&program, &elsewhere, "sign_out", json!({})).await.unwrap();
    ask(&program, &owner, "upload_chunk", more).await.unwrap();
    ask(&program, &owner, "lock", json!({})).await.unwrap();
    assert_eq!(jobs(&owner).await.len(), 1, "what is at work goes on");
    assert_eq!(ask(&program, &owner, "job_cancel", json!({"job_id": job})).await.unwrap_err().code, "not_found");
    program.shut_down().await;
    assert!(!shop.dir.path().join("exports").exists() && !shop.dir.path().join("uploads").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_counts_once_across_a_restart_and_failures_are_counted_across_it_too() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, code) = (shop.start(2), shop.code());
    sign_in(&program, &session(), &code).await.unwrap();
    program.shut_down().await;
    let again = shop.start(3);
    assert_eq!(sign_in(&again, &session(), &code).await.unwrap_err().code, "code_used");
    // Typed once more some minutes later it is a used one still, and no clock is wrong.
    shop.move_by(180_000);
    assert_eq!(sign_in(&again, &session(), &code).await.unwrap_err().code, "code_used");
    // The used codes were the first failures.
    for _ in 0..3 {
        assert_eq!(sign_in(&again, &session(), "000000").await.unwrap_err().code, "wrong_code");
    }
    let wait = sign_in(&again, &session(), &shop.code()).await.unwrap_err();
    assert!(wait.code == "wait" && wait.wait_s.is_some_and(|s| (1..=30).contains(&s)), "{wait:?}");
    again.shut_down().await;
    let third = shop.start(4);
    assert_eq!(sign_in(&third, &session(), &shop.code()).await.unwrap_err().code, "wait", "a restart gains nothing");
    // Whatever was counted, the sheet leads back at once.
    let password = "four green plates in a rack";
    ask(&third, &session(), "recover", json!({"recovery_key": shop.recovery_key, "password": password, "new_authenticator": false})).await.unwrap();
    sign_in_as(&third, &session(), "Li", password, &shop.code()).await.unwrap();
    third.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_was_cut_off_is_counted() {
    let shop = Shop::found(Argon2Cost::DEFAULT).await;
    let (program, code) = (shop.start(2), shop.code());
    let cut = program.clone();
    let attempt = tokio::spawn(async move { sign_in(&cut, &session(), &code).await });
    let begun = Instant::now();
    while Attempts::load(&shop.own(), Instant::now()).count("Li") == 0 {
        assert!(begun.elapsed() < Duration::from_secs(30) && !attempt.is_finished(), "the attempt is counted before it is checked");
        tokio::task::yield_now().await;
    }
    attempt.abort();
    assert!(attempt.await.unwrap_err().is_cancelled());
    assert_eq!(Attempts::load(&shop.own(), Instant::now()).count("Li"), 1);
    sign_in(&program, &session(), &shop.code()).await.unwrap();
    assert_eq!(Attempts::load(&shop.own(), Instant::now()).count("Li"), 0);
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_name_and_wrong_password_are_alike_in_text_and_time() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let program = shop.start(2);
    let (mut texts, mut shortest) = (Vec::new(), [Duration::MAX; 2]);
    for round in 0..3 {
        for (which, name) in [(0, format!("nobody {round}")), (1, "Li".to_owned())] {
            let begun = Instant::now();
            let error = sign_in_as(&program, &session(), &name, "another password altogether", "000000").await.unwrap_err();
            shortest[which] = shortest[which].min(begun.elapsed());
            texts.push((error.code, error.message));
        }
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(shortest[0] < shortest[1] * 3 && shortest[1] < shortest[0] * 3, "unknown name {:?}, wrong password {:?}", shortest[0], shortest[1]);
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_explained_and_has_a_way_back() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at) = (shop.start(2), session());
    // Four minutes slow: the phone shows the code of a later moment.
    let now_ms = shop.move_by(60_000);
    let slow = sign_in(&program, &at, &shop.code_at(now_ms + 240_000)).await.unwrap_err();
    assert!(slow.code == "clock" && slow.message.contains("4 min slow"), "{slow:?}");
    let fast = sign_in(&program, &at, &shop.code_at(now_ms - 240_000)).await.unwrap_err();
    assert!(fast.code == "clock" && fast.message.contains("4 min fast"), "{fast:?}");
    assert_eq!(Attempts::load(&shop.own(), Instant::now()).count("Li"), 0, "a wrong clock is nobody's failure");

    // The clock was a year ahead while the owner worked with a recovery code; then it is put right.
    shop.move_by(365 * 24 * HOUR_MS);
    let by_code = |n: usize| json!({"name": "Li", "password": PASSWORD, "recovery_code": shop.codes[n]});
    ask(&program, &at, "sign_in_recovery", by_code(0)).await.unwrap();
    program.shut_down().await;
    shop.move_by(-365 * 24 * HOUR_MS);
    let again = shop.start(3);
    let behind = sign_in(&again, &at, &shop.code()).await.unwrap_err();
    assert!(behind.code == "clock" && behind.message.contains("recovery code"), "{behind:?}");
    let state = ask(&again, &session(), "app_state", json!({})).await.unwrap();
    assert!(state["clock_behind_s"].as_i64().is_some_and(|s| s > 364 * 86_400), "{state}");
    let used = ask(&again, &at, "sign_in_recovery", by_code(0)).await.unwrap_err();
    assert_eq!(used.code, "code_used");
    let left = ask(&again, &at, "sign_in_recovery", by_code(1)).await.unwrap();
    assert_eq!(left["recovery_codes_left"], 1);
    again.shut_down().await;
    // Only once: from now on the phone's codes are enough again.
    let third = shop.start(4);
    sign_in(&third, &session(), &shop.code()).await.unwrap();
    let state = ask(&third, &session(), "app_state", json!({})).await.unwrap();
    assert!(state["clock_behind_s"].is_null());
    third.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_screen_opens_by_password_for_twelve_hours_and_jobs_go_on() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at) = (shop.start(2), session());
    sign_in(&program, &at, &shop.code()).await.unwrap();
    let folder = shop.dir.path().join("backups");
    let job = ask(&program, &at, "backup_to", json!({"dir": folder})).await.unwrap();
    ask(&program, &at, "lock", json!({})).await.unwrap();
    assert_eq!(phase(&program, &at).await, "locked");
    assert_eq!(ask(&program, &at, "shop_list", json!({})).await.unwrap_err().code, "locked");
    let begun = Instant::now();
    loop {
        let jobs = ask(&program, &at, "job_list", json!({})).await.unwrap();
        let state = jobs["jobs"].as_array().unwrap().iter().find(|j| j["id"] == job["job_id"]).unwrap()["state"].clone();
        if state != "running" {
            assert_eq!(state, "done");
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the job goes on behind the lock");
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(&program, &at, "unlock", json!({"password": "another password altogether"})).await.unwrap_err().code, "wrong_name_or_password");
    shop.move_by(11 * HOUR_MS);
    ask(&program, &at, "unlock", json!({"password": PASSWORD})).await.unwrap();
    assert_eq!(phase(&program, &at).await, "open");
    ask(&program, &at, "shop_list", json!({})).await.unwrap();
    ask(&program, &at, "lock", json!({})).await.unwrap();
    shop.move_by(HOUR_MS + 1);
    assert_eq!(phase(&program, &at).await, "signed_out", "after twelve hours both factors are asked");
    assert_eq!(ask(&program, &at, "unlock", json!({"password": PASSWORD})).await.unwrap_err().code, "signed_out");
    sign_in(&program, &at, &shop.code()).await.unwrap();
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_for_whoever_shows_all_three_and_every_act_on_the_file_is_in_the_audit() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at) = (shop.start(2), session());
    for command in ["store_repair", "store_copy", "backup_to", "central_init", "central_invite", "visits_import"] {
        assert_eq!(ask(&program, &at, command, json!({})).await.unwrap_err().code, "signed_out", "{command}");
    }
    sign_in(&program, &at, &shop.code()).await.unwrap();
    let code = shop.code();
    let proof = |password: &str, code: &str| json!({"name": "Li", "password": password, "code": code});
    assert_eq!(ask(&program, &at, "key_export", proof("another password altogether", &code)).await.unwrap_err().code, "wrong_name_or_password");
    assert_eq!(ask(&program, &at, "key_export", proof(PASSWORD, "000000")).await.unwrap_err().code, "wrong_code");
    assert_eq!(ask(&program, &at, "key_export", json!({})).await.unwrap_err().code, "bad_request", "a session is not enough");
    let exported = ask(&program, &at, "key_export", proof(PASSWORD, &code)).await.unwrap();
    assert!(exported["database_key"].as_str().unwrap().starts_with("x'"), "{exported}");
    assert_eq!(ask(&program, &at, "key_export", proof(PASSWORD, &code)).await.unwrap_err().code, "code_used");
    ask(&program, &at, "store_copy", json!({"path": shop.dir.path().join("copy.db")})).await.unwrap();
    assert_eq!(ask(&program, &at, "store_copy", json!({"path": "copy.db"})).await.unwrap_err().code, "bad_request");
    ask(&program, &at, "store_repair", json!({})).await.unwrap();
    ask(&program, &at, "backup_to", json!({"dir": shop.dir.path().join("b")})).await.unwrap();
    let kinds = acts(&program).await;
    for act in ["store.key", "store.copy", "store.repair", "backup.make"] {
        assert_eq!(kinds.iter().filter(|kind| *kind == act).count(), 1, "{act}: {kinds:?}");
    }
    program.shut_down().await;
    // Also where nobody is signed in and the store is closed: it is closed again afterwards.
    let again = shop.start(3);
    ask(&again, &session(), "key_export", proof(PASSWORD, &shop.code())).await.unwrap();
    assert!(again.opened(StoreChoice::Own).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_was_altered_is_told_and_audited() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let path = shop.own().join(KEY_FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    // The last byte of the sum: every slot still opens.
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert!(SlotFile::parse(&bytes).is_ok());
    let (program, at) = (shop.start(2), session());
    sign_in(&program, &at, &shop.code()).await.unwrap();
    assert!(acts(&program).await.iter().any(|kind| kind == "keys.altered"));
    let notices = ask(&program, &at, "notice_list", json!({})).await.unwrap();
    assert_eq!(notices["notices"][0]["message_key"], "keys_altered", "{notices}");
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_leads_back_also_while_the_store_is_open_and_everybody_comes_in_anew() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at, elsewhere) = (shop.start(2), session(), session());
    sign_in(&program, &at, &shop.code()).await.unwrap();
    sign_in(&program, &elsewhere, &shop.code()).await.unwrap();
    ask(&program, &at, "sign_out", json!({})).await.unwrap();
    assert!(program.opened(StoreChoice::Own).is_some(), "signing out leaves the store open");
    let recover = |key: &str, password: &str| json!({"recovery_key": key, "password": password, "new_authenticator": false});
    let other = {
        let (dir, owner) = (tempfile::tempdir().unwrap(), domain::PersonId(uuid::Uuid::from_u128(1)));
        let person = store::keys::SignIn { person_id: owner, name: "Li", password: PASSWORD };
        let device = store::keys::KeyFile::in_folder(dir.path());
        let made =
            store::keys::create(dir.path(), domain::StoreId(uuid::Uuid::from_u128(2)), &person, Argon2Cost::FLOOR, &device, &mut domain::clock::Seeded::new(9));
        made.unwrap().recovery_key.to_text().to_string()
    };
    for wrong in [other.as_str(), "ABCDE-FGHJK", ""] {
        let error = ask(&program, &at, "recover", recover(wrong, "four green plates in a rack")).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.field.as_deref()), ("refused", Some("recovery_key")), "{wrong}");
    }
    // The screens look at the key first, with no password: the others go on working.
    let error = ask(&program, &at, "recover", recover(&shop.recovery_key, "")).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("password"), "{error:?}");
    ask(&program, &elsewhere, "shop_list", json!({})).await.unwrap();
    ask(&program, &at, "recover", recover(&shop.recovery_key, "four green plates in a rack")).await.unwrap();
    assert_eq!(ask(&program, &elsewhere, "shop_list", json!({})).await.unwrap_err().code, "signed_out");
    sign_in_as(&program, &at, "Li", "four green plates in a rack", &shop.code()).await.unwrap();
    assert_eq!(phase(&program, &elsewhere).await, "signed_out", "not let in again by somebody else's sign-in");
    assert_eq!(ask(&program, &elsewhere, "shop_list", json!({})).await.unwrap_err().code, "signed_out");
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_neither_phone_nor_codes_comes_back_with_a_new_authenticator() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at) = (shop.start(2), session());
    let password = "four green plates in a rack";
    let request = json!({"recovery_key": shop.recovery_key, "password": password, "new_authenticator": true});
    let recovered = ask(&program, &at, "recover", request).await.unwrap();
    let codes = recovered["recovery_codes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    assert!(recovered["authenticator"]["totp_uri"].as_str().unwrap().starts_with("otpauth://totp/"));
    // What was on the phone and on the old sheet counts no more.
    let old_phone = sign_in_as(&program, &at, "Li", password, &shop.code()).await.unwrap_err();
    assert_eq!(old_phone.code, "wrong_code");
    let by_code = |code: &str| json!({"name": "Li", "password": password, "recovery_code": code});
    let old_code = ask(&program, &at, "sign_in_recovery", by_code(&shop.codes[0])).await.unwrap_err();
    assert_eq!(old_code.code, "wrong_code");
    let phone = totp_rs::Totp::from_url(recovered["authenticator"]["totp_uri"].as_str().unwrap()).unwrap();
    let new_phone = code::current(&phone, shop.move_by(HOUR_MS)).0;
    sign_in_as(&program, &at, "Li", password, &new_phone).await.unwrap();
    ask(&program, &at, "sign_out", json!({})).await.unwrap();
    ask(&program, &at, "sign_in_recovery", by_code(codes[0].as_str().unwrap())).await.unwrap();
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_was_left_only_by_whoever_signed_out_of_it() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at) = (shop.start(2), session());
    vault::found(&program, vault::Founder { choice: StoreChoice::Demo, ..shop.founder() }).await.unwrap();
    let left = async || ask(&program, &at, "app_state", json!({})).await.unwrap()["left_at_ms"].clone();
    // Out of the own shop nobody leaves the demo.
    sign_in(&program, &at, &shop.code()).await.unwrap();
    ask(&program, &at, "sign_out", json!({})).await.unwrap();
    ask(&program, &at, "store_choose", json!({"store": "demo"})).await.unwrap();
    assert_eq!(left().await, Value::Null);
    sign_in(&program, &at, &shop.code()).await.unwrap();
    shop.move_by(HOUR_MS);
    assert_eq!(left().await, Value::Null);
    ask(&program, &at, "sign_out", json!({})).await.unwrap();
    assert_eq!(left().await, json!(shop.move_by(0)));
    // The next demo was left by nobody.
    ask(&program, &at, "demo_wipe", json!({})).await.unwrap();
    assert_eq!(left().await, Value::Null);
    program.shut_down().await;
}

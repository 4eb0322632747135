//! The backups that the program makes by itself: the first, the one of the day, and the one before trade comes in.

use super::*;
use std::path::Path;
use zhanggui_app::wire::{Job, JobState};

const TRADE: &str =
    "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n489434,85048,LIGHTS,2,2024-12-01 07:45:00,6.95,13085,United Kingdom\n";

fn screen() -> Arc<Session> {
    Arc::new(Session::of_a_screen())
}

async fn choose_folder(program: &Arc<Program>, at: &Arc<Session>, folder: &Path) {
    ask(program, at, "settings_set", json!({"backup_dir": folder})).await.unwrap();
}

/// The jobs of a kind, once all of them have ended.
async fn ended(program: &Arc<Program>, at: &Arc<Session>, kind: &str) -> Vec<Job> {
    let mut events = program.events();
    loop {
        let jobs = ask(program, at, "job_list", json!({})).await.unwrap();
        let jobs: Vec<Value> = jobs["jobs"].as_array().unwrap().iter().filter(|job| job["kind"] == kind).cloned().collect();
        let jobs: Vec<Job> = jobs.into_iter().map(|job| serde_json::from_value(job).unwrap()).collect();
        if jobs.iter().all(|job| job.state != JobState::Running) {
            return jobs;
        }
        let _ = events.recv().await;
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

async fn import(program: &Arc<Program>, at: &Arc<Session>, file: &Path, dry_run: bool) -> Result<Value, WireError> {
    let upload_id = program.adopt_file(at, file).unwrap();
    let shop_id = ask(program, at, "shop_list", json!({})).await.unwrap()["shops"][0]["id"].clone();
    ask(program, at, "import_start", json!({"upload_id": upload_id, "mapping": [], "shop_id": shop_id, "dry_run": dry_run})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_makes_the_first_backup_at_once_and_one_a_day_and_a_terminal_none() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let folder = shop.dir.path().join("backups");
    let (program, terminal, at) = (shop.start(2), session(), screen());
    sign_in(&program, &terminal, &shop.code()).await.unwrap();
    choose_folder(&program, &terminal, &folder).await;
    sign_in(&program, &terminal, &shop.code()).await.unwrap();
    assert!(ended(&program, &terminal, "backup").await.is_empty(), "the command of a terminal would end before its backup");

    sign_in(&program, &at, &shop.code()).await.unwrap();
    let made = ended(&program, &at, "backup").await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].state, JobState::Done, "{made:?}");
    // Named by the shop's clock: 11:09:40 in UTC is 19:09:40 in Shanghai.
    assert_eq!(names(&folder), ["zhanggui-20261118-190940.zgbackup"]);
    assert_eq!(ask(&program, &at, "backup_status", json!({})).await.unwrap()["verified"], true);

    // Signed in again on the same day none is made; the next morning, though a day is not over, one is.
    sign_in(&program, &at, &shop.code()).await.unwrap();
    assert_eq!(ended(&program, &at, "backup").await.len(), 1);
    shop.move_by(23 * HOUR_MS);
    sign_in(&program, &terminal, &shop.code()).await.unwrap();
    assert_eq!(ended(&program, &terminal, "backup").await.len(), 1);
    sign_in(&program, &at, &shop.code()).await.unwrap();
    assert_eq!(ended(&program, &at, "backup").await.len(), 2);
    assert_eq!(names(&folder).len(), 2);
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_chosen_on_a_screen_has_its_first_backup_at_once() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let folder = shop.dir.path().join("backups");
    let (program, at) = (shop.start(2), screen());
    sign_in(&program, &at, &shop.code()).await.unwrap();
    assert!(ended(&program, &at, "backup").await.is_empty(), "there is no folder yet");
    choose_folder(&program, &at, &folder).await;
    assert_eq!(ended(&program, &at, "backup").await.len(), 1);
    ask(&program, &at, "settings_set", json!({"idle_lock_min": 10})).await.unwrap();
    choose_folder(&program, &at, &folder).await;
    assert_eq!(ended(&program, &at, "backup").await.len(), 1, "one of today is there");
    // Two of one second are two files: none is written over.
    ask(&program, &at, "backup_now", json!({})).await.unwrap();
    ended(&program, &at, "backup").await;
    assert_eq!(names(&folder), ["zhanggui-20261118-190740-2.zgbackup", "zhanggui-20261118-190740.zgbackup"]);
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trade_comes_in_after_a_first_backup_and_not_where_that_fails() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (folder, file) = (shop.dir.path().join("backups"), shop.dir.path().join("trade.csv"));
    std::fs::write(&file, TRADE).unwrap();
    let (program, at) = (shop.start(2), session());
    sign_in(&program, &at, &shop.code()).await.unwrap();
    choose_folder(&program, &at, &folder).await;
    import(&program, &at, &file, true).await.unwrap();
    ended(&program, &at, "import_dry_run").await;
    assert!(ended(&program, &at, "backup").await.is_empty(), "a look brings nothing in");

    // The stick was pulled out, and a file stands where it was.
    std::fs::remove_dir(&folder).unwrap();
    std::fs::write(&folder, "").unwrap();
    let refused = import(&program, &at, &file, false).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("refused", Some("backup_dir")), "{refused:?}");
    assert!(ended(&program, &at, "import_apply").await.is_empty());

    std::fs::remove_file(&folder).unwrap();
    import(&program, &at, &file, false).await.unwrap();
    assert_eq!(ask(&program, &at, "backup_status", json!({})).await.unwrap()["verified"], true, "it was waited for");
    let backup = ended(&program, &at, "backup").await.into_iter().find(|job| job.state == JobState::Done).unwrap();
    let first = ended(&program, &at, "import_apply").await;
    assert!(backup.ended_at_ms.unwrap() <= first[0].started_at_ms && first[0].state == JobState::Done, "{first:?}");
    assert_eq!(names(&folder).len(), 1);
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_folder_trade_comes_in_and_the_person_is_told() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let file = shop.dir.path().join("trade.csv");
    std::fs::write(&file, TRADE).unwrap();
    let (program, at) = (shop.start(2), session());
    sign_in(&program, &at, &shop.code()).await.unwrap();
    import(&program, &at, &file, false).await.unwrap();
    assert_eq!(ended(&program, &at, "import_apply").await[0].state, JobState::Done);
    let notices = ask(&program, &at, "notice_list", json!({})).await.unwrap();
    assert_eq!(notices["notices"][0]["message_key"], "import_without_backup", "{notices}");
    program.shut_down().await;
}

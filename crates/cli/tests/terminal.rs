//! The built program as a script drives it: a store made, signed in to, asked, held open, and refused.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "terminal/damage.rs"]
mod damage;
#[path = "terminal/nonsense.rs"]
mod nonsense;
#[path = "terminal/shop.rs"]
mod shop;

use serde_json::Value;
use shop::{PASSWORD, Shop, command, json, lines, path, zhanggui};
use std::{
    fs,
    io::Write as _,
    process::Stdio,
    time::{Duration, Instant},
};

#[test]
fn a_shop_is_made_and_asked() {
    let shop = Shop::create();
    let listed = shop.run(&["orders", "list"]);
    assert_eq!(listed.status.code(), Some(0), "{listed:?}");
    assert_eq!(json(&listed)["rows"], serde_json::json!([]));

    let wrong = shop.file("wrong");
    fs::write(&wrong, "not the password at all").unwrap();
    let refused = shop.run_with(&wrong, &shop.code(), &["orders", "list"], "");
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    assert_eq!(json(&refused)["error"]["code"], "wrong_name_or_password");

    let again = zhanggui(shop.dir.path(), &["store", "create", "--owner", "Li", "--password-file", path(&shop.file("password"))]);
    assert_eq!(again.status.code(), Some(3), "{again:?}");
}

#[test]
fn a_code_counts_once() {
    let shop = Shop::create();
    let code = shop.code();
    let password = shop.file("password");
    assert_eq!(shop.run_with(&password, &code, &["orders", "list"], "").status.code(), Some(0));
    let again = shop.run_with(&password, &code, &["orders", "list"], "");
    assert_eq!(again.status.code(), Some(3), "{again:?}");
    assert_eq!(json(&again)["error"]["code"], "code_used");
}

#[test]
fn a_batch_answers_each_line_and_goes_on_after_an_error() {
    let shop = Shop::create();
    let file = shop.file("trade.csv");
    fs::write(&file, "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n489434,85048,LIGHTS,2,2024-12-01 07:45:00,6.95,13085,United Kingdom\nC489435,85048,LIGHTS,-1,2024-12-02 08:00:00,6.95,13085,United Kingdom\n").unwrap();
    let input = format!(
        "# a comment\n\nimport orders '{}'\nno such command\norders list --limit 10\nreport kpi --from 2024-12-01 --to 2024-12-31\nstore check\nstore export-key\n",
        file.display()
    );
    let batch = shop.run_with(&shop.file("password"), &shop.code(), &["batch"], &input);
    let answers = lines(&batch);
    assert_eq!(answers.len(), 6, "{batch:?}");
    assert_eq!(
        (&answers[0]["lines"], &answers[0]["orders"], &answers[0]["refunds"], &answers[0]["rejected"]),
        (&2.into(), &1.into(), &1.into(), &0.into()),
        "{}",
        answers[0]
    );
    assert_eq!(answers[1]["error"]["code"], "usage");
    assert_eq!(answers[2]["rows"].as_array().unwrap().len(), 1, "{}", answers[2]);
    assert_eq!(answers[3]["paid_minor"], 1390, "{}", answers[3]);
    assert_eq!(answers[3]["visitors"], Value::Null, "{}", answers[3]);
    assert_eq!(answers[4]["findings"], serde_json::json!([]), "{}", answers[4]);
    assert_eq!(answers[5]["error"]["code"], "refused", "{}", answers[5]);
    assert_eq!(batch.status.code(), Some(2), "the exit code is that of the first line that failed");
}

#[test]
fn a_store_that_is_open_elsewhere_names_its_holder() {
    let shop = Shop::create();
    let password = shop.file("password");
    let mut holder =
        command(shop.dir.path(), &["--user", "Li", "--password-file", path(&password), "--totp", &shop.code(), "batch"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut to = holder.stdin.take().unwrap();
    writeln!(to, "orders list").unwrap();
    let mut from = std::io::BufReader::new(holder.stdout.take().unwrap());
    let mut answer = String::new();
    std::io::BufRead::read_line(&mut from, &mut answer).unwrap();
    assert!(answer.contains("rows"), "{answer}");
    let second = shop.run(&["orders", "list"]);
    assert_eq!(second.status.code(), Some(5), "{second:?}");
    let message = json(&second)["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&holder.id().to_string()), "{message}");
    drop(to);
    assert!(holder.wait().unwrap().success());
}

#[test]
fn a_backup_comes_back_by_the_recovery_key() {
    let shop = Shop::create();
    let backup = shop.run(&["store", "backup", "--to", path(&shop.file("backups"))]);
    assert_eq!(backup.status.code(), Some(0), "{backup:?}");
    let file = json(&backup)["path"].as_str().unwrap().to_owned();
    let key = shop.file("key");
    fs::write(&key, &shop.recovery_key).unwrap();
    let restored = zhanggui(shop.dir.path(), &["store", "restore", &file, "--recovery-key-file", path(&key), "--json"]);
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    let listed = shop.run(&["orders", "list"]);
    assert_eq!(listed.status.code(), Some(0), "{listed:?}");
    // Another computer does not know the store: the recovery key gives its owner a new password there, and is replaced itself.
    let elsewhere = tempfile::tempdir().unwrap();
    let there = zhanggui(elsewhere.path(), &["store", "restore", &file, "--recovery-key-file", path(&key), "--json"]);
    assert_eq!(json(&there)["device_known"], false, "{there:?}");
    let password = elsewhere.path().join("password");
    fs::write(&password, "four green plates in a rack\n").unwrap();
    let recovered = zhanggui(elsewhere.path(), &["store", "recover", "--recovery-key-file", path(&key), "--password-file", path(&password), "--json"]);
    assert_eq!(recovered.status.code(), Some(0), "{recovered:?}");
    assert_ne!(json(&recovered)["recovery_key"], shop.recovery_key.as_str());
    let code = shop.code();
    let words = ["--user", "Li", "--password-file", path(&password), "--totp", &code, "--json", "orders", "list"];
    assert_eq!(zhanggui(elsewhere.path(), &words).status.code(), Some(0));
    let key_out = shop.run(&["store", "export-key"]);
    assert!(json(&key_out)["database_key"].as_str().unwrap().starts_with("x'"), "{key_out:?}");
    let missing = zhanggui(shop.dir.path(), &["store", "restore", "no-such-file", "--recovery-key-file", path(&key)]);
    assert_eq!(missing.status.code(), Some(6), "{missing:?}");
}

#[test]
fn trade_without_a_backup_is_told_and_with_a_folder_the_first_is_made_before() {
    const TRADE: &str =
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n489434,85048,LIGHTS,2,2024-12-01 07:45:00,6.95,13085,United Kingdom\n";
    let shop = Shop::create();
    let file = shop.file("trade.csv");
    fs::write(&file, TRADE).unwrap();
    let zh = shop.run_with(&shop.file("password"), &shop.code(), &["--lang", "zh", "batch"], &format!("import orders '{}'\n", file.display()));
    assert_eq!(lines(&zh)[0]["lines"], 1, "{zh:?}");
    let note = lines(&zh)[0]["note"].as_str().unwrap().to_owned();
    assert!(note.contains("备份") && note.contains("store backup --to"), "{note}");

    let kept = Shop::create_with_backups();
    let file = kept.file("trade.csv");
    fs::write(&file, TRADE).unwrap();
    let backed = kept.run(&["import", "orders", path(&file)]);
    assert_eq!(backed.status.code(), Some(0), "{backed:?}");
    assert_eq!(json(&backed)["note"], Value::Null, "{backed:?}");
    assert_eq!(fs::read_dir(kept.file("backups")).unwrap().count(), 1);
}

#[test]
fn shops_are_added_and_renamed() {
    let shop = Shop::create();
    let input = "shop add Quay --currency gbp --zone Europe/London\nshop rename 我的店 Riverside\nshop rename Quay riverside\nshop rename Harbour Pier\nshop list\nuser password\n";
    let answers = lines(&shop.run_with(&shop.file("password"), &shop.code(), &["batch"], input));
    let names = |answer: &Value| -> Vec<String> { answer["shops"].as_array().unwrap().iter().map(|shop| shop["name"].as_str().unwrap().to_owned()).collect() };
    assert_eq!(names(&answers[0]), ["我的店", "Quay"], "{answers:?}");
    assert_eq!(names(&answers[1]), ["Riverside", "Quay"], "{answers:?}");
    assert_eq!(answers[2]["error"]["field"], "name", "{answers:?}");
    assert_eq!(answers[3]["error"]["code"], "usage", "{answers:?}");
    assert_eq!(names(&answers[4]), ["Riverside", "Quay"]);
    assert_eq!(answers[5]["error"]["code"], "refused", "a session is not enough for a new password: {answers:?}");
}

#[test]
fn a_password_is_changed_by_whoever_shows_the_old_one_and_a_code() {
    const NEW: &str = "four green plates in a rack";
    let shop = Shop::create();
    let (old, new) = (shop.file("password"), shop.file("new"));
    fs::write(&new, format!("{NEW}\n")).unwrap();
    let change = ["user", "password", "--new-password-file", path(&new)];
    // A wrong password is told before the code is looked at, so that none is used up.
    let refused = shop.run_with(&new, "000000", &change, "");
    assert_eq!(json(&refused)["error"]["code"], "wrong_name_or_password", "{refused:?}");
    let changed = shop.run(&change);
    assert_eq!(changed.status.code(), Some(0), "{changed:?}");
    assert_eq!(json(&changed)["password_changed"], true);
    assert_eq!(shop.run_with(&old, "000000", &["shop", "list"], "").status.code(), Some(3));
    assert_eq!(shop.run_with(&new, &shop.code(), &["shop", "list"], "").status.code(), Some(0));
}

/// A start of the program begins the wait anew: a command that went away at once would never come in again.
#[test]
fn a_command_waits_at_a_door_that_was_tried_too_often() {
    let shop = Shop::create();
    let wrong = shop.file("wrong");
    fs::write(&wrong, "not the password at all").unwrap();
    for _ in 0..5 {
        let refused = shop.run_with(&wrong, "000000", &["shop", "list"], "");
        assert_eq!(json(&refused)["error"]["code"], "wrong_name_or_password", "{refused:?}");
    }
    let waited = shop.run(&["shop", "list"]);
    assert_eq!(waited.status.code(), Some(0), "{waited:?}");
    assert!(String::from_utf8_lossy(&waited.stderr).contains("30 s"), "{waited:?}");
}

#[cfg(unix)]
#[test]
fn a_kept_session_needs_no_code() {
    let shop = Shop::create();
    let login = shop.run(&["login"]);
    assert_eq!(login.status.code(), Some(0), "{login:?}");
    assert!(String::from_utf8_lossy(&login.stderr).contains("--keyring file"), "the file is warned of: {login:?}");
    let listed = zhanggui(shop.dir.path(), &["orders", "list", "--json"]);
    assert_eq!(listed.status.code(), Some(0), "{listed:?}");
    assert_eq!(json(&listed)["rows"], serde_json::json!([]));
    let key = zhanggui(shop.dir.path(), &["store", "export-key", "--json"]);
    assert_eq!(key.status.code(), Some(3), "a kept session does not give the key out: {key:?}");
    let socket = fs::metadata(shop.file("data/own.session")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&socket.permissions()) & 0o777, 0o600);
    assert_eq!(zhanggui(shop.dir.path(), &["logout"]).status.code(), Some(0));
    let begun = Instant::now();
    while shop.file("data/own.session").exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the session ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(zhanggui(shop.dir.path(), &["orders", "list"]).status.code(), Some(2), "without a session, a terminal or options there is nobody to ask");
}

#[test]
fn exit_codes_of_what_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let password = dir.path().join("password");
    fs::write(&password, PASSWORD).unwrap();
    let words = ["--user", "Li", "--password-file", path(&password), "--totp", "123456"];
    let run = |more: &[&str]| zhanggui(dir.path(), &[words.as_slice(), more].concat()).status.code();
    assert_eq!(run(&["orders", "list"]), Some(4), "no store");
    assert_eq!(run(&["orders", "lists"]), Some(2), "no such command");
    assert_eq!(zhanggui(dir.path(), &["completions", "bash"]).status.code(), Some(0));
}

#[test]
fn a_reader_that_went_away_has_read_enough() {
    let dir = tempfile::tempdir().unwrap();
    for words in [&["completions", "bash"][..], &["--help"][..]] {
        let mut running = command(dir.path(), words).spawn().unwrap();
        drop(running.stdout.take());
        let ended = running.wait_with_output().unwrap();
        assert!(!String::from_utf8_lossy(&ended.stderr).contains("panicked"), "{words:?}: {ended:?}");
    }
}

#[test]
fn it_speaks_the_language_of_the_option_or_of_the_locale() {
    let dir = tempfile::tempdir().unwrap();
    let password = dir.path().join("password");
    fs::write(&password, PASSWORD).unwrap();
    let words = ["--user", "Li", "--password-file", path(&password), "--totp", "123456", "orders", "list"];
    let said = |locale: &str, more: &[&str], words: &[&str]| {
        let mut asked = command(dir.path(), &[more, words].concat());
        let output = asked.env("LC_ALL", locale).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let (chinese, english) = ("data/own 里没有账本：请用 `zhanggui store create` 新建", "data/own: make one with `zhanggui store create`");
    for (locale, more, expected) in
        [("zh_CN.UTF-8", vec![], chinese), ("C", vec![], english), ("C", vec!["--lang", "zh"], chinese), ("zh_CN.UTF-8", vec!["--lang", "en"], english)]
    {
        let told = said(locale, &more, &words);
        assert!(told.contains(expected), "{locale} {more:?}: {told}");
        // The warning of the key file too.
        assert_eq!(told.contains("注意："), expected == chinese, "{told}");
    }
    let missing = said("zh_CN.UTF-8", &[], &["store", "restore", "no-such-file", "--recovery-key-file", path(&password)]);
    assert!(missing.contains("no-such-file：读不了（"), "{missing}");
    let unread = said("zh_CN.UTF-8", &[], &["ordres"]);
    assert!(unread.contains("没有“ordres”这个命令") && unread.contains("是不是要写：orders"), "{unread}");
}

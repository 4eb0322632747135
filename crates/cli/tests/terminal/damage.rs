//! Files of the store and of its backups that are damaged, missing or in the wrong place: each is told by itself, with its place and what to do next.

use crate::shop::{Shop, command, json, lines, path, zhanggui};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

/// Copies the files of a folder that has no folders in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at] ^= 0x55;
    fs::write(file, bytes).unwrap();
}

fn error(output: &Output) -> (i32, String, String) {
    let error = &json(output)["error"];
    (output.status.code().unwrap(), error["code"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
}

impl Shop {
    /// Signs in to a copy of the store, in Chinese and in English.
    fn told_at(&self, place: &Path) -> [(i32, String, String); 2] {
        ["zh", "en"].map(|language| {
            let (password, code) = (self.file("password"), self.code_for_copies());
            let words = ["--lang", language, "--user", "Li", "--password-file", path(&password), "--totp", &code, "--json", "orders", "list"];
            error(&zhanggui(place, &words))
        })
    }
}

#[test]
fn a_damaged_store_is_called_so_and_left_as_it_is() {
    let shop = Shop::create();
    let length = fs::metadata(shop.file("data/own/store.db")).unwrap().len();
    let at = move |share: u64| usize::try_from(length * share / 100).unwrap();
    type Harm = Box<dyn Fn(&Path)>;
    let harms: [(&str, Harm); 7] = [
        ("empty", Box::new(|file| fs::write(file, "").unwrap())),
        ("a byte", Box::new(|file| fs::write(file, "x").unwrap())),
        ("plain text", Box::new(|file| fs::write(file, "invoice,code\n".repeat(2_000)).unwrap())),
        ("its salt", Box::new(|file| flip(file, 3))),
        ("its first page", Box::new(|file| flip(file, 100))),
        ("its second page", Box::new(|file| flip(file, 9_000))),
        ("half of it", Box::new(move |file| fs::write(file, &fs::read(file).unwrap()[..at(50)]).unwrap())),
    ];
    for (what, harm) in harms {
        let place = tempfile::tempdir().unwrap();
        let own = place.path().join("data/own");
        copy(&shop.file("data/own"), &own);
        let file = own.join("store.db");
        harm(&file);
        let before = fs::read(&file).unwrap();
        for (exit, code, message) in shop.told_at(place.path()) {
            assert_eq!((exit, code.as_str()), (7, "damaged"), "{what}: {message}");
            assert!(message.contains("store restore"), "{what}: {message}");
            assert!(message.contains(path(&file)), "{what} names no place: {message}");
        }
        assert_eq!(fs::read(&file).unwrap(), before, "{what} was written into");
    }
}

/// A page in the midst of the file is met by whoever reads it; what was asked after that on the same connection fails for the same reason.
#[test]
fn a_damaged_page_in_the_midst_is_told_as_damage_whatever_is_asked() {
    let shop = Shop::create();
    let trade: String = (0..2_000).map(|n| format!("{},85048,LIGHTS,2,2024-12-01 07:45:00,6.95,{},United Kingdom\n", 489_434 + n / 4, 13_085 + n)).collect();
    let file = shop.file("trade.csv");
    fs::write(&file, format!("Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n{trade}")).unwrap();
    assert_eq!(shop.run(&["import", "orders", path(&file)]).status.code(), Some(0));
    let database = shop.file("data/own/store.db");
    let length = usize::try_from(fs::metadata(&database).unwrap().len()).unwrap();
    flip(&database, length / 2);
    let (backups, copy) = (shop.file("backups"), shop.file("copy.db"));
    let input = format!("store check\nstore backup --to '{}'\nstore export-copy '{}'\nstore check --repair\n", backups.display(), copy.display());
    let answers = lines(&shop.run_with(&shop.file("password"), &shop.code(), &["batch"], &input));
    assert_eq!(answers.len(), 4);
    for answer in answers {
        let (code, message) = (&answer["error"]["code"], answer["error"]["message"].as_str().unwrap_or_default());
        assert!(code == "damaged" && message.contains("store restore") && message.contains(path(&database)), "{answer}");
    }
    assert!(!copy.exists() && fs::read_dir(&backups).map_or(0, Iterator::count) == 0, "nothing half is left");
}

#[test]
fn what_is_missing_is_named_and_nothing_new_is_made_over_what_is_left() {
    let shop = Shop::create();
    let backup = shop.run(&["store", "backup", "--to", path(&shop.file("backups"))]);
    let backup = json(&backup)["path"].as_str().unwrap().to_owned();
    for (gone, left) in [("store.keys", "store.db"), ("store.db", "store.keys")] {
        let place = tempfile::tempdir().unwrap();
        let own = place.path().join("data/own");
        copy(&shop.file("data/own"), &own);
        fs::remove_file(own.join(gone)).unwrap();
        for (exit, code, message) in shop.told_at(place.path()) {
            assert_eq!((exit, code.as_str()), (7, "damaged"), "{message}");
            assert!(message.contains(path(&own.join(gone))) && message.contains("store restore"), "{message}");
        }
        let before = fs::read(own.join(left)).unwrap();
        let password = shop.file("password");
        let made = zhanggui(place.path(), &["store", "create", "--owner", "Li", "--password-file", path(&password), "--json"]);
        assert!(matches!(made.status.code(), Some(3 | 7)), "{made:?}");
        assert_eq!(fs::read(own.join(left)).unwrap(), before);
        let key = shop.file("key");
        fs::write(&key, &shop.recovery_key).unwrap();
        let restored = zhanggui(place.path(), &["store", "restore", &backup, "--recovery-key-file", path(&key), "--json"]);
        assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    }
}

#[test]
fn a_backup_that_is_not_whole_is_told_by_its_harm() {
    let shop = Shop::create();
    let made = shop.run(&["store", "backup", "--to", path(&shop.file("backups"))]);
    let whole = fs::read(json(&made)["path"].as_str().unwrap()).unwrap();
    let (key, file, place) = (shop.file("key"), shop.file("harmed.zgbackup"), tempfile::tempdir().unwrap());
    let restore = |language: &str, file: &Path, key: &Path| {
        let words = ["--lang", language, "--json", "store", "restore", path(file), "--recovery-key-file", path(key)];
        zhanggui(place.path(), &words)
    };
    fs::write(&key, &shop.recovery_key).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        bytes
    };
    for (bytes, says) in [
        (Vec::new(), "is not a backup of Zhanggui"),
        (b"invoice,code\n".repeat(300), "is not a backup of Zhanggui"),
        (whole[..100].to_vec(), "cut short"),
        (whole[..whole.len() / 2].to_vec(), "cut short"),
        (whole[..whole.len() - 1].to_vec(), "cut short"),
        ([whole.as_slice(), b"more"].concat(), "after its end"),
        (flipped(4), "install the newer version"),
        (flipped(9), "head of this backup is damaged"),
        (flipped(40), "damaged"),
        (flipped(140), "the keys inside it"),
        (flipped(whole.len() / 2), "was changed or damaged"),
        (flipped(whole.len() - 3), "was changed or damaged"),
    ] {
        fs::write(&file, &bytes).unwrap();
        let (exit, code, message) = error(&restore("en", &file, &key));
        assert_eq!((exit, code.as_str()), (6, "bad_file"), "{message}");
        assert!(message.contains(says) && message.contains(path(&file)), "{says}: {message}");
        let (_, _, chinese) = error(&restore("zh", &file, &key));
        assert!(chinese.contains('：') && !chinese.contains("backup: ") && !chinese.contains("another backup"), "{chinese}");
        assert!(!place.path().join("data/own/store.db").exists() && !place.path().join("data/own/restore.tmp").exists(), "{says} left something behind");
    }
    fs::write(&file, &whole).unwrap();
    for (typed, says) in [(Shop::create().recovery_key, "does not open this backup"), ("ABCDE-FGHJK".to_owned(), "mistyped")] {
        fs::write(&key, typed).unwrap();
        let output = restore("en", &file, &key);
        assert_eq!(json(&output)["error"]["field"], "recovery_key", "{output:?}");
        let (exit, code, message) = error(&output);
        assert_eq!((exit, code.as_str()), (3, "refused"), "{message}");
        assert!(message.contains(says), "{message}");
    }
    fs::write(&key, &shop.recovery_key).unwrap();
    let (exit, ..) = error(&restore("en", place.path(), &key));
    assert_eq!(exit, 6, "a folder is no backup");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let shop = Shop::create();
    let (file, there) = (shop.file("a file"), shop.file("copy.db"));
    fs::write(&file, "x").unwrap();
    fs::write(&there, "precious").unwrap();
    let deeper = file.join("below");
    let mut cases: Vec<(String, &str, PathBuf, &str)> = vec![
        (format!("store export-copy '{}'", there.display()), "refused", there.clone(), "nothing is written over it"),
        (format!("store export-copy '{}'", deeper.display()), "file", deeper.clone(), "could not be read or written"),
        (format!("store backup --to '{}'", file.display()), "file", file.clone(), "is a file, not a folder"),
        (format!("store backup --to '{}'", deeper.display()), "file", file.clone(), "is a file, not a folder"),
    ];
    if cfg!(target_os = "linux") {
        // The kernel lets nobody make a folder there, not even root.
        cases.push(("store backup --to /proc/nowhere".to_owned(), "file", "/proc/nowhere".into(), "could not be read or written"));
    }
    let input: String = cases.iter().flat_map(|(line, ..)| [line.as_str(), "\n"]).collect();
    let batch = shop.run_with(&shop.file("password"), &shop.code(), &["batch"], &input);
    assert_eq!(batch.status.code(), Some(3), "{batch:?}");
    let answers = lines(&batch);
    assert_eq!(answers.len(), cases.len(), "{batch:?}");
    for ((line, code, place, says), answer) in cases.into_iter().zip(answers) {
        let (told_code, message) = (answer["error"]["code"].as_str().unwrap(), answer["error"]["message"].as_str().unwrap());
        assert_eq!(told_code, code, "{line}: {message}");
        assert!(message.contains(path(&place)) && message.contains(says), "{line}: {message}");
    }
    assert_eq!(fs::read(&there).unwrap(), b"precious");

    let password = shop.file("password");
    let output =
        command(shop.dir.path(), &["--dir", path(&file), "--user", "Li", "--password-file", path(&password), "--totp", "123456", "--json", "orders", "list"]);
    let output = { output }.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

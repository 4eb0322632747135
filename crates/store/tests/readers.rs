//! The second reader, written in Python from `docs/store-format.md` alone, over the golden files and over a store that this program writes now; and the
//! device secret against a real keyring. `./dev test` sets Python up and names what is missing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use domain::{PersonId, StoreId, clock::Seeded};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use store::{
    Founding, Store,
    keys::{self, Argon2Cost, KeyFile, SignIn},
};
use uuid::Uuid;
use zhanggui_store as store;

const PASSWORD: &str = "three blue cups on a shelf";

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/readers")
}

/// Runs a script of `tests/readers` and answers what it printed. The Python is the one that the set-up prepared, else the system's.
fn python(script: &str, arguments: &[&str]) -> String {
    let python = std::env::var("ZHANGGUI_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let modules = Command::new(&python).args(["-c", "import sqlcipher3, argon2, cryptography"]).output();
    let remedy = "run `cargo xtask setup`, or install the packages of tests/readers/requirements.txt for it";
    let modules = modules.unwrap_or_else(|error| panic!("{python} does not start ({error}): install python3, then {remedy}"));
    assert!(modules.status.success(), "{python} lacks a package ({}): {remedy}", String::from_utf8_lossy(&modules.stderr).trim());
    let done = Command::new(&python).arg(scripts().join(script)).args(arguments).output().unwrap();
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{script} {arguments:?}: {printed}{}", String::from_utf8_lossy(&done.stderr));
    printed
}

#[test]
fn the_second_reader_opens_the_golden_files_and_refuses_damaged_ones() {
    assert!(python("check_reader.py", &[]).starts_with("second reader:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_reader_opens_what_is_written_today() {
    let (dir, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let id = Uuid::from_u128;
    let owner = SignIn { person_id: PersonId(id(1)), name: "Li", password: PASSWORD };
    let created = keys::create(dir.path(), StoreId(id(2)), &owner, Argon2Cost::FLOOR, &KeyFile::in_folder(dir.path()), &mut Seeded::new(7)).unwrap();
    let founding = Founding { store_id: id(2), organisation_id: id(3), node_id: id(4), incarnation: id(5), kind: "own", now_ms: 1_764_000_000_000 };
    let store = Store::create(dir.path(), created.root, &founding).await.unwrap();
    let backup = store.backup(folder.path(), 1_764_000_000_000, |_, _| true).await.unwrap().path;
    store.close().await.unwrap();
    let (password, sheet) = (folder.path().join("password"), folder.path().join("sheet"));
    std::fs::write(&password, PASSWORD).unwrap();
    std::fs::write(&sheet, created.recovery_key.to_text().as_str()).unwrap();
    let text = |path: &Path| path.display().to_string();
    let by_password = python("read_store.py", &[&text(dir.path()), "--user", "Li", "--password-file", &text(&password)]);
    let by_sheet = python("read_store.py", &[&text(&backup), "--recovery-key-file", &text(&sheet), "--out", &text(&folder.path().join("copy.db"))]);
    for told in [by_password, by_sheet] {
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert!(told["keys_intact"] == true && told["tables"]["journal"] == 0 && told["tables"]["node"] == 1, "{told}");
    }
}

/// Each state of a real GNOME Keyring has its own answer: unlocked, hanging, missing, locked, absent; and failed sign-ins are remembered there.
#[cfg(target_os = "linux")]
#[test]
fn every_state_of_a_real_keyring_has_its_own_answer() {
    // `cargo test` builds the examples beside the tests.
    let probe = std::env::current_exe().unwrap().parent().and_then(Path::parent).unwrap().join("examples").join("keyring_probe");
    let usage = Command::new(&probe).output().map(|told| String::from_utf8_lossy(&told.stderr).trim().to_owned()).unwrap_or_default();
    // A run of this test alone builds no example: what stands there may be of an earlier day.
    let remedy = "build it with `cargo build --workspace --examples`, or run all tests";
    assert_eq!(usage, "keyring_probe create|open|forget|fail|failures DIR", "{} is missing or not of this source: {remedy}", probe.display());
    for program in ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"] {
        let there = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|dir| dir.join(program).exists());
        assert!(there, "{program} is missing: run `cargo xtask setup`, or install the Debian packages dbus and gnome-keyring");
    }
    assert!(python("check_keyring.py", &[&probe.display().to_string()]).starts_with("keyring:"));
}

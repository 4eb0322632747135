//! A shop for a test, and the program run over it.

use serde_json::Value;
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use totp_rs::Totp;

pub(crate) const PASSWORD: &str = "three blue cups on a shelf";

/// A folder with a store in it, and what its owner holds.
pub(crate) struct Shop {
    pub(crate) dir: tempfile::TempDir,
    totp: Totp,
    pub(crate) recovery_key: String,
    /// The step of the last code that was used: each counts once.
    used: std::cell::Cell<u64>,
}

impl Shop {
    pub(crate) fn create() -> Self {
        Self::create_in(tempfile::tempdir().unwrap(), &[])
    }

    /// A shop with a folder for its backups.
    pub(crate) fn create_with_backups() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("backups");
        Self::create_in(dir, &["--backup-dir", path(&folder)])
    }

    fn create_in(dir: tempfile::TempDir, more: &[&str]) -> Self {
        fs::write(dir.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        let password = dir.path().join("password");
        let made = zhanggui(dir.path(), &[&["store", "create", "--owner", "Li", "--password-file", path(&password), "--json"], more].concat());
        assert!(made.status.success(), "{made:?}");
        let answer = json(&made);
        let fields: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert_eq!(fields.len(), 3, "{fields:?}");
        assert_eq!(answer["recovery_codes"].as_array().unwrap().len(), 10);
        let totp = Totp::from_url(answer["totp_uri"].as_str().unwrap()).unwrap();
        Self { recovery_key: answer["recovery_key"].as_str().unwrap().to_owned(), dir, totp, used: std::cell::Cell::new(0) }
    }

    /// A code that was not used yet. One of the next step counts as well, so that no test waits half a minute for its second sign-in.
    pub(crate) fn code(&self) -> String {
        let step = now_s() / 30;
        let step = if self.used.get() < step { step } else { self.used.get() + 1 };
        while step > now_s() / 30 + 1 {
            std::thread::sleep(Duration::from_millis(200));
        }
        self.used.set(step);
        self.totp.generate(step * 30).to_string()
    }

    /// The code of this moment, not used up: for copies of the store, of which each counts codes by itself.
    pub(crate) fn code_for_copies(&self) -> String {
        self.totp.generate(now_s()).to_string()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a command with a sign-in.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.run_with(&self.file("password"), &self.code(), words, "")
    }

    pub(crate) fn run_with(&self, password: &Path, code: &str, words: &[&str], input: &str) -> Output {
        let all = [&["--user", "Li", "--password-file", path(password), "--totp", code, "--json"], words].concat();
        zhanggui_fed(self.dir.path(), &all, input)
    }
}

fn now_s() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the program under test reads the system's clock")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) fn command(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhanggui"));
    command.arg("--dir").arg(dir.join("data")).args(["--keyring", "file"]).args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn zhanggui(dir: &Path, words: &[&str]) -> Output {
    command(dir, words).output().unwrap()
}

pub(crate) fn zhanggui_fed(dir: &Path, words: &[&str], input: &str) -> Output {
    let mut child = command(dir, words).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {output:?}"))
}

pub(crate) fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

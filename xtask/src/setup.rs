//! What a machine needs before the program builds: system packages, the UI's modules, the built screens.
//!
//! Debian and its relatives are set up; elsewhere the missing parts are named. Nothing is installed that the task at hand does not need.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::child;
use crate::place::Place;
use crate::readers;
use crate::stop::{Explain, Outcome, Stop};

/// What the set-up is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Building and opening the program.
    Run,
    /// Also every suite of `./dev test`.
    Test,
}

const PACKAGES_RUN: &[&str] =
    &["libwebkit2gtk-4.1-dev", "libgtk-3-dev", "libayatana-appindicator3-dev", "librsvg2-dev", "libssl-dev", "pkg-config", "fonts-noto-cjk"];
const PACKAGES_TEST: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "imagemagick",
    "chromium",
    "postgresql-15",
    "openssl",
    "gnome-keyring",
    "libsecret-tools",
    "dbus",
    "python3",
    "python3-venv",
];

/// `cargo xtask setup`.
pub fn task(place: &Place, _arguments: &[String]) -> Outcome<()> {
    prepare(place, Need::Test)
}

/// Does all of it; quick where there is nothing to do.
pub fn prepare(place: &Place, need: Need) -> Outcome<()> {
    packages(need)?;
    if need == Need::Test {
        readers::python(place, &readers::READERS)?;
    }
    screens(place)
}

/// Installs missing system packages on Debian; elsewhere says what the build needs, once, and goes on.
pub fn packages(need: Need) -> Outcome<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let mut wanted = PACKAGES_RUN.to_vec();
    if need == Need::Test {
        wanted.extend(PACKAGES_TEST);
    }
    if !Path::new("/etc/debian_version").exists() {
        return elsewhere(&wanted);
    }
    let missing = missing_of(&wanted);
    if missing.is_empty() {
        return Ok(());
    }
    println!("Installing {} …", missing.join(" "));
    let refused = |stop: Stop| Stop::because(format!("{} Install these packages by hand and run this again: {}", stop.message, missing.join(" ")));
    apt(&["update", "-q"]).map_err(refused)?;
    let mut words = vec!["install", "-q", "-y", "--no-install-recommends"];
    words.extend(missing.iter().copied());
    apt(&words).map_err(refused)?;
    let still = missing_of(&wanted);
    if still.is_empty() { Ok(()) } else { Err(Stop::because(format!("apt-get did not install {}. Install them by hand and run this again.", still.join(" ")))) }
}

fn missing_of<'a>(wanted: &[&'a str]) -> Vec<&'a str> {
    let listed = Command::new("dpkg-query")
        .args(["-W", "-f=${Package} ${db:Status-Status}\n"])
        .args(wanted)
        .stderr(Stdio::null())
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let installed: BTreeSet<&str> = listed.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    wanted.iter().copied().filter(|name| !installed.contains(name)).collect()
}

fn apt(words: &[&str]) -> Outcome<()> {
    let root = child::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    let mut command = if root {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    };
    child::run(command.args(words).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null()))
}

/// On another Linux the packages have other names, so the Debian ones are named and the libraries asked for.
fn elsewhere(wanted: &[&str]) -> Outcome<()> {
    let found = |library: &str| Command::new("pkg-config").args(["--exists", library]).status().is_ok_and(|status| status.success());
    let libraries = ["webkit2gtk-4.1", "gtk+-3.0", "librsvg-2.0", "openssl"];
    let missing: Vec<&str> = libraries.into_iter().filter(|library| !found(library)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Stop::because(format!(
        "pkg-config does not find: {}. Install your distribution's counterparts of these Debian packages and run this again: {}",
        missing.join(" "),
        wanted.join(" ")
    )))
}

/// Installs the UI's modules when the lock file changed and builds the screens when a source changed.
pub fn screens(place: &Place) -> Outcome<()> {
    let ui = place.ui();
    let lock = std::fs::read(ui.join("package-lock.json")).explain(|| "Cannot read ui/package-lock.json".to_owned())?;
    let modules = ui.join("node_modules");
    let lock_mark = mark(&[("package-lock.json".to_owned(), lock)]);
    stamped(&modules.join(".zhanggui-installed"), &lock_mark, || child::run(place.npm().arg("ci")))?;
    let mut sources = Vec::new();
    collect(&ui, &ui, &mut sources)?;
    let stamp = modules.join(".zhanggui-built");
    if !ui.join("dist").join("index.html").exists() {
        let _ = std::fs::remove_file(&stamp);
    }
    stamped(&stamp, &mark(&sources), || child::run(place.npm().args(["run", "build"])))
}

/// Does `work` unless the stamp says it was done for this very mark; writes the stamp only after success.
fn stamped(stamp: &Path, mark: &str, work: impl FnOnce() -> Outcome<()>) -> Outcome<()> {
    if std::fs::read_to_string(stamp).is_ok_and(|done| done == mark) {
        return Ok(());
    }
    work()?;
    std::fs::write(stamp, mark).explain(|| format!("Cannot write {}", stamp.display()))
}

/// What the built screens depend on: everything in ui/ but modules, output and tests.
fn collect(base: &Path, dir: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Outcome<()> {
    let entries = std::fs::read_dir(dir).explain(|| format!("Cannot read {}", dir.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if ["node_modules", "dist", "tests"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        if path.is_dir() {
            collect(base, &path, files)?;
        } else {
            let shown = path.strip_prefix(base).unwrap_or(&path).to_string_lossy().into_owned();
            files.push((shown, std::fs::read(&path).explain(|| format!("Cannot read {}", path.display()))?));
        }
    }
    Ok(())
}

/// A fingerprint of names and contents; the order in which they were found does not matter. It guards a cache, not a secret.
fn mark(files: &[(String, Vec<u8>)]) -> String {
    let mut sorted: Vec<_> = files.iter().collect();
    sorted.sort();
    let mut hasher = DefaultHasher::new();
    sorted.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_knows_names_and_contents_but_no_order() {
        let file = |name: &str, body: &str| (name.to_owned(), body.as_bytes().to_vec());
        let two = mark(&[file("a", "1"), file("b", "2")]);
        assert_eq!(two, mark(&[file("b", "2"), file("a", "1")]));
        assert_ne!(two, mark(&[file("a", "2"), file("b", "1")]));
        assert_ne!(two, mark(&[file("a", "1")]));
    }

    #[test]
    fn work_is_done_once_and_again_after_a_failure() {
        let dir = std::env::temp_dir().join(format!("zhanggui-stamp-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let stamp = dir.join("stamp");
        let mut done = 0;
        assert!(stamped(&stamp, "one", || Err(Stop::because("no"))).is_err());
        stamped(&stamp, "one", || {
            done += 1;
            Ok(())
        })
        .unwrap();
        stamped(&stamp, "one", || {
            done += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(done, 1);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

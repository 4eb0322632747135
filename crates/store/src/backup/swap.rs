//! One store in the place of another, over cuts: what came out of a backup moves in whole, and what was there is kept beside it whole.
//!
//! The plan, under what name the old one is kept, is written down before the first file moves. Whoever comes next, after a cut, goes on by it ([`resume`]).

use crate::{
    Result, keys,
    open::{DATABASE_FILE, HOLDER_FILE, take_lock},
    place, unfinished,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where a backup is taken out and verified, inside the store's folder.
pub(super) const FRESH: &str = "restore.tmp";
/// In it, the plan: what is in the folder is verified and moves in; the text is the ending under which the store of before is kept.
const PLAN: &str = "moving-in";

/// Puts what was verified in [`FRESH`] in the place of what is there. The folder is locked by the caller.
///
/// # Errors
/// Where the system refuses to set the old store aside, which then stays as it was; where it refuses the new one, which then is moved in at the next start.
pub(super) fn swap(dir: &Path) -> Result<()> {
    let plan = dir.join(FRESH).join(PLAN);
    let written = fs::File::create(&plan).and_then(|mut file| {
        std::io::Write::write_all(&mut file, free_suffix(dir, "before-restore").as_bytes())?;
        file.sync_all()
    });
    written.map_err(place::at(&plan))?;
    place::sync_folder(&plan)?;
    place::sync_folder(&dir.join(FRESH))?;
    go_on(dir)
}

/// Goes on with a swap that was cut off, where there is one. The folder is locked by the caller.
pub(super) fn resume_held(dir: &Path) -> Result<()> {
    if is_cut_off(dir) { go_on(dir) } else { Ok(()) }
}

/// Puts a backup in its place that was verified and moving in when the program ended. Where somebody else is at it, it is theirs.
///
/// # Errors
/// Where the system refuses; the next start tries again.
pub fn resume(dir: &Path) -> Result<()> {
    if !is_cut_off(dir) {
        return Ok(());
    }
    let Ok(lock) = take_lock(dir) else { return Ok(()) };
    let gone_on = resume_held(dir);
    let _ = fs::remove_file(dir.join(HOLDER_FILE));
    drop(lock);
    gone_on
}

fn is_cut_off(dir: &Path) -> bool {
    dir.join(FRESH).join(PLAN).exists()
}

fn go_on(dir: &Path) -> Result<()> {
    let fresh = dir.join(FRESH);
    let plan = fresh.join(PLAN);
    let suffix = fs::read_to_string(&plan).map_err(place::at(&plan))?;
    // Once the database has moved in, what stands there is the new store.
    if fresh.join(DATABASE_FILE).exists()
        && let Err(error) = set_aside(dir, &suffix)
    {
        let _ = fs::remove_file(&plan);
        let _ = fs::remove_dir_all(&fresh);
        return Err(error);
    }
    // A store that nobody has entered yet is no more: what takes its place stands.
    unfinished::finish(dir)?;
    for name in [DATABASE_FILE, keys::KEY_FILE] {
        let from = fresh.join(name);
        if from.exists() {
            rename(&from, &dir.join(name))?;
        }
    }
    // What was counted at another door does not count here; without the file, everyone would have to wait.
    keys::attempts::start(dir)?;
    place::sync_folder(&dir.join(DATABASE_FILE))?;
    let _ = fs::remove_file(&plan);
    let _ = fs::remove_dir_all(&fresh);
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(place::at(to))
}

/// What is kept of a store, the stem of its name there, and what follows the ending: the log takes its name from the database's, so that both can be
/// read where they are kept.
const KEPT: [(&str, &str, &str); 3] = [(keys::KEY_FILE, keys::KEY_FILE, ""), (DATABASE_FILE, DATABASE_FILE, ""), ("store.db-wal", DATABASE_FILE, "-wal")];

fn beside(dir: &Path, stem: &str, suffix: &str, tail: &str) -> PathBuf {
    dir.join(format!("{stem}{suffix}{tail}"))
}

/// An ending under which nothing is kept yet.
fn free_suffix(dir: &Path, ending: &str) -> String {
    let is_free =
        |suffix: &String| !beside(dir, keys::SECRET_FILE, suffix, "").exists() && KEPT.iter().all(|(_, stem, tail)| !beside(dir, stem, suffix, tail).exists());
    (1_u32..).map(|n| if n == 1 { format!(".{ending}") } else { format!(".{ending}-{n}") }).find(is_free).unwrap_or_default()
}

/// Keeps a store beside its place, whole: with its log, which may hold what was committed last, and under names that nothing has yet. What cannot be moved
/// whole stays: the keys go first, so that at no moment a database stands to be opened without its log.
///
/// # Errors
/// Where the system refuses; what had moved is moved back then.
pub(crate) fn put_aside(dir: &Path, ending: &str) -> Result<()> {
    set_aside(dir, &free_suffix(dir, ending))
}

fn set_aside(dir: &Path, suffix: &str) -> Result<()> {
    let secret = dir.join(keys::SECRET_FILE);
    if secret.exists() {
        // It opens what is kept, and what came back where that is of this computer.
        let copy = beside(dir, keys::SECRET_FILE, suffix, "");
        fs::copy(&secret, &copy).map_err(place::at(&copy))?;
    }
    let mut moved: Vec<(PathBuf, PathBuf)> = Vec::new();
    for (name, stem, tail) in KEPT {
        let (there, aside) = (dir.join(name), beside(dir, stem, suffix, tail));
        if !there.exists() {
            continue;
        }
        if let Err(error) = rename(&there, &aside) {
            for (there, aside) in moved.into_iter().rev() {
                let _ = fs::rename(aside, there);
            }
            return Err(error);
        }
        moved.push((there, aside));
    }
    let shared = dir.join("store.db-shm");
    if shared.exists() {
        fs::remove_file(&shared).map_err(place::at(&shared))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [(&str, &str); 3] = [(keys::KEY_FILE, "old keys"), (DATABASE_FILE, "old database"), ("store.db-wal", "old log")];

    fn text(dir: &Path, name: &str) -> Option<String> {
        fs::read_to_string(dir.join(name)).ok()
    }

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in OLD {
            fs::write(dir.path().join(name), content).unwrap();
        }
        let fresh = dir.path().join(FRESH);
        fs::create_dir(&fresh).unwrap();
        fs::write(fresh.join(DATABASE_FILE), "new database").unwrap();
        fs::write(fresh.join(keys::KEY_FILE), "new keys").unwrap();
        fs::write(fresh.join(PLAN), ".before-restore").unwrap();
        dir
    }

    /// The steps of a swap in their order, as moves inside the folder.
    fn steps(dir: &Path) -> [(PathBuf, PathBuf); 5] {
        let fresh = dir.join(FRESH);
        let [keys, database, log] = KEPT.map(|(name, stem, tail)| (dir.join(name), beside(dir, stem, ".before-restore", tail)));
        [keys, database, log, (fresh.join(DATABASE_FILE), dir.join(DATABASE_FILE)), (fresh.join(keys::KEY_FILE), dir.join(keys::KEY_FILE))]
    }

    #[test]
    fn cut_off_after_any_of_its_moves_a_swap_is_gone_on_with() {
        for done in 0..=5 {
            let dir = folder();
            let dir = dir.path();
            for (from, to) in steps(dir).into_iter().take(done) {
                fs::rename(from, to).unwrap();
            }
            resume(dir).unwrap();
            resume(dir).unwrap();
            let there = [keys::KEY_FILE, DATABASE_FILE, "store.db-wal"].map(|name| text(dir, name));
            assert_eq!(there, [Some("new keys".into()), Some("new database".into()), None], "after {done} moves");
            let kept = ["store.keys.before-restore", "store.db.before-restore", "store.db.before-restore-wal"].map(|name| text(dir, name));
            assert_eq!(kept, OLD.map(|(_, content)| Some(content.to_owned())), "after {done} moves");
            assert!(!dir.join(FRESH).exists());
        }
    }

    #[test]
    fn a_store_that_cannot_be_set_aside_whole_stays_as_it_was() {
        let dir = folder();
        let dir = dir.path();
        // No file moves over a folder with something in it: the database is refused when the keys have moved already.
        fs::create_dir_all(dir.join("store.db.before-restore").join("something")).unwrap();
        assert!(go_on(dir).is_err());
        assert_eq!(OLD.map(|(name, _)| text(dir, name)), OLD.map(|(_, content)| Some(content.to_owned())));
        assert!(!dir.join(FRESH).exists(), "nothing is left that a next start would go on with");
    }

    #[test]
    fn what_somebody_holds_is_theirs() {
        let dir = folder();
        let held = take_lock(dir.path()).unwrap();
        resume(dir.path()).unwrap();
        assert_eq!(text(dir.path(), DATABASE_FILE).as_deref(), Some("old database"));
        drop(held);
    }
}

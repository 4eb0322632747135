//! A folder of one run of the program for files that hold in plain what the store keeps encrypted: uploads and exports. It is closed to others, made when
//! it is first needed, and gone when its person signs out or the program ends.
//!
//! Each run has a folder of its own and holds a lock on it: a second program over the same data leaves it alone, and removes what a run that was
//! cut off left behind.

use std::{
    fs::{self, File},
    io::Result,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Where the files of one kind lie.
#[derive(Debug)]
pub(crate) struct Scratch {
    base: PathBuf,
    run: String,
    held: Mutex<Option<File>>,
}

impl Scratch {
    /// Over a folder; what earlier runs left there is removed.
    pub(crate) fn new(base: PathBuf) -> Self {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        sweep(&base);
        let run = format!("{}-{}", std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
        Self { base, run, held: Mutex::new(None) }
    }

    /// The folder of this run, made where it is not there.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = self.base.join(&self.run);
        if held.is_none() {
            private_folder(&self.base)?;
            let lock = File::create(self.lock_file())?;
            lock.lock()?;
            *held = Some(lock);
        }
        private_folder(&dir)?;
        Ok(dir)
    }

    /// Removes what lies there.
    pub(crate) fn forget(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.take().is_some() {
            let _ = fs::remove_dir_all(self.base.join(&self.run));
            let _ = fs::remove_file(self.lock_file());
        }
        // Only where no other run has anything.
        let _ = fs::remove_dir(&self.base);
    }

    fn lock_file(&self) -> PathBuf {
        self.base.join(format!("{}.lock", self.run))
    }
}

/// Removes the folders that no run holds.
fn sweep(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else { return };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let lock = path.with_extension("lock");
        let is_held = File::open(&lock).is_ok_and(|file| file.try_lock().is_err());
        if is_held {
            continue;
        }
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
    let _ = fs::remove_dir(base);
}

#[cfg(unix)]
fn private_folder(dir: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// The folder of a person's application data is private on Windows already.
#[cfg(not(unix))]
fn private_folder(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_leaves_anothers_files_alone_and_removes_what_a_cut_left() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().join("uploads");
        fs::create_dir_all(base.join("99-0")).unwrap();
        fs::write(base.join("99-0").join("left.csv"), "x").unwrap();
        fs::write(base.join("99-0.lock"), "").unwrap();
        let first = Scratch::new(base.clone());
        assert!(!base.exists(), "what a cut left is gone");
        let file = first.folder().unwrap().join("orders.csv");
        fs::write(&file, "x").unwrap();
        let second = Scratch::new(base.clone());
        assert!(file.exists(), "another run's file was taken away");
        fs::write(second.folder().unwrap().join("other.csv"), "x").unwrap();
        first.forget();
        assert!(!file.exists() && base.exists());
        second.forget();
        assert!(!base.exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(dir.path().join("exports"));
        let folder = scratch.folder().unwrap();
        for place in [folder.as_path(), folder.parent().unwrap()] {
            assert_eq!(fs::metadata(place).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}

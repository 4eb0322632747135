//! What a disk holds for certain, what it was only told, and what is left of that when the power goes.
//!
//! The files themselves always hold the newest bytes, as the page cache of a running machine does. Beside them stands, for each file, what
//! undoes every change since its last sync. A cut rolls all of that back, to what is certain, and then repeats a part of it by seed.
//!
//! A sector keeps either its old or its new bytes, and a write harms no byte beside its own: this is what SQLite asks of a disk ("powersafe
//! overwrite", on by default). Changes that were not synced may arrive in any selection, so also out of order.

use crate::vfs;
use domain::clock::Seeded;
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{Result, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What a disk writes whole or not at all.
const SECTOR_BYTES: u64 = 512;
/// How long a cut waits for the connections to be closed: they are closed by threads of their own, which need no more than moments.
const CLOSED_WITHIN: Duration = Duration::from_secs(30);

/// Something that a disk is asked to do and that a cut can fall on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Write,
    Sync,
    Truncate,
    Delete,
}

/// What a cut left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Where the power went; `None` where the work was over before.
    pub at: Option<(Event, String)>,
    /// Changes that were not synced: kept, torn and lost.
    pub kept: u64,
    pub torn: u64,
    pub lost: u64,
    /// Files that came back although they were deleted, or are gone although they were made.
    pub names_undone: u64,
}

/// Whether an event takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Goes,
    /// The power goes while it takes place.
    Last,
    Off,
}

/// A change that was not synced, with what undoes it.
#[derive(Debug)]
pub(crate) enum Change {
    Write { offset: u64, bytes: Vec<u8>, length_before: u64, bytes_before: Vec<u8> },
    Truncate { length: u64, length_before: u64, tail_before: Vec<u8> },
}

#[derive(Debug, Default)]
struct Pending {
    changes: Vec<Change>,
    /// The file was made and never synced, so its name is not certain.
    new: bool,
    /// The file was deleted and its folder never synced; its last bytes.
    deleted: Option<Vec<u8>>,
}

/// Where the power is to go: at one of all events, or of those that are no writes and so much rarer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Event(u64),
    End(u64),
}

#[derive(Debug)]
struct State {
    on: bool,
    events: u64,
    /// Of these, all but writes.
    ends: u64,
    cut_at: Option<Cut>,
    cut: Option<(Event, String)>,
    open: usize,
    files: BTreeMap<PathBuf, Pending>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    state: Mutex<State>,
    closed: Condvar,
}

/// The disk under one folder.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Inner>);

static MOUNTED: Mutex<Vec<Disk>> = Mutex::new(Vec::new());

fn mounted() -> MutexGuard<'static, Vec<Disk>> {
    MOUNTED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Disk {
    /// Puts a folder on a disk that can be cut. Connections opened under [`crate::NAME`] to files in it pass through it until it is dropped by [`Disk::unmount`].
    ///
    /// # Errors
    /// Where the folder does not exist or SQLite refuses the file system.
    pub fn mount(folder: &Path) -> Result<Self> {
        vfs::register()?;
        let folder = folder.canonicalize()?;
        let state = State { on: true, events: 0, ends: 0, cut_at: None, cut: None, open: 0, files: BTreeMap::new() };
        let disk = Self(Arc::new(Inner { folder, state: Mutex::new(state), closed: Condvar::new() }));
        mounted().push(disk.clone());
        Ok(disk)
    }

    /// Takes the folder off; what is open in it goes on as before.
    pub fn unmount(&self) {
        mounted().retain(|disk| !Arc::ptr_eq(&disk.0, &self.0));
    }

    pub(crate) fn of(path: &Path) -> Option<Self> {
        mounted().iter().find(|disk| path.starts_with(&disk.0.folder)).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Events since the disk was mounted: all, and those that are no writes.
    #[must_use]
    pub fn events(&self) -> (u64, u64) {
        let state = self.state();
        (state.events, state.ends)
    }

    /// Whether the power is gone.
    #[must_use]
    pub fn is_off(&self) -> bool {
        !self.state().on
    }

    /// Lets the power go at the `n`-th event from now; the first is 1.
    pub fn cut_after(&self, n: u64) {
        let mut state = self.state();
        state.cut_at = Some(Cut::Event(state.events + n.max(1)));
    }

    /// Lets the power go at the `n`-th sync, truncation or deletion from now.
    pub fn cut_after_ends(&self, n: u64) {
        let mut state = self.state();
        state.cut_at = Some(Cut::End(state.ends + n.max(1)));
    }

    /// Lets the power go now, between two events.
    pub fn cut_now(&self) {
        self.state().on = false;
    }

    pub(crate) fn step(&self, event: Event, path: &Path) -> Step {
        let mut state = self.state();
        if !state.on {
            return Step::Off;
        }
        state.events += 1;
        let is_end = event != Event::Write;
        state.ends += u64::from(is_end);
        let now = match state.cut_at {
            Some(Cut::Event(n)) => n == state.events,
            Some(Cut::End(n)) => is_end && n == state.ends,
            None => false,
        };
        if !now {
            return Step::Goes;
        }
        state.on = false;
        state.cut = Some((event, name_of(path)));
        Step::Last
    }

    pub(crate) fn opened(&self, path: &Path, new: bool) {
        let mut state = self.state();
        state.open += 1;
        let pending = state.files.entry(path.to_owned()).or_default();
        pending.new |= new;
        if let Some(bytes) = pending.deleted.take() {
            // Made again after it was deleted: one file with one history, in which all of it was cut off.
            pending.changes.push(Change::Truncate { length: 0, length_before: bytes.len() as u64, tail_before: bytes });
        }
    }

    pub(crate) fn closed(&self) {
        self.state().open -= 1;
        self.0.closed.notify_all();
    }

    pub(crate) fn changed(&self, path: &Path, change: Change) {
        self.state().files.entry(path.to_owned()).or_default().changes.push(change);
    }

    /// A file was synced. Under the first sync of a new journal or log SQLite syncs their folder too: then every name in it is certain.
    pub(crate) fn synced(&self, path: &Path) {
        let mut state = self.state();
        let pending = state.files.entry(path.to_owned()).or_default();
        pending.changes.clear();
        let syncs_folder = std::mem::take(&mut pending.new) && ["-wal", "-journal"].iter().any(|end| name_of(path).ends_with(end));
        if syncs_folder {
            state.files.retain(|other, pending| other.parent() != path.parent() || pending.deleted.is_none());
            state.files.iter_mut().filter(|(other, _)| other.parent() == path.parent()).for_each(|(_, pending)| pending.new = false);
        }
    }

    /// A file is deleted; `for_certain` where its folder is synced with it.
    pub(crate) fn deleted(&self, path: &Path, for_certain: bool) -> Result<()> {
        let bytes = std::fs::read(path)?;
        let mut state = self.state();
        if for_certain {
            state.files.remove(path);
        } else {
            state.files.entry(path.to_owned()).or_default().deleted = Some(bytes);
        }
        Ok(())
    }

    /// Waits until every connection is closed, makes of the files what the cut left of them, and turns the power on again.
    ///
    /// # Errors
    /// Where a connection stays open or a file cannot be written.
    pub fn settle(&self, seed: u64) -> Result<Settled> {
        let mut state = self.state();
        state.on = false;
        let (mut state, waited) = self.0.closed.wait_timeout_while(state, CLOSED_WITHIN, |state| state.open > 0).unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(std::io::Error::other(format!("{} files are still open", state.open)));
        }
        let mut random = Seeded::new(seed);
        let mut settled = Settled { at: state.cut.take(), ..Settled::default() };
        let luck = Luck::draw(&mut random);
        for (path, pending) in std::mem::take(&mut state.files) {
            settle_file(&path, pending, luck, &mut random, &mut settled)?;
            // The index beside the log lies in memory: what a disk has of it says nothing. SQLite makes it anew.
            let index = path.with_file_name(format!("{}-shm", name_of(&path)));
            if index.exists() {
                std::fs::remove_file(index)?;
            }
        }
        state.cut_at = None;
        state.on = true;
        Ok(settled)
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// How one cut treats what was not synced. Each by itself for the most part; now and then all or nothing, which chance alone would hardly bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Luck {
    Each,
    AllLost,
    AllKept,
}

impl Luck {
    fn draw(random: &mut Seeded) -> Self {
        match random.below(6) {
            0 => Self::AllLost,
            1 => Self::AllKept,
            _ => Self::Each,
        }
    }
}

fn settle_file(path: &Path, pending: Pending, luck: Luck, random: &mut Seeded, settled: &mut Settled) -> Result<()> {
    if let Some(bytes) = &pending.deleted {
        if luck == Luck::AllKept || random.below(2) == 0 {
            return Ok(());
        }
        settled.names_undone += 1;
        std::fs::write(path, bytes)?;
    }
    if !path.exists() {
        return Ok(());
    }
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    for change in pending.changes.iter().rev() {
        undo(&mut file, change)?;
    }
    for change in &pending.changes {
        let draw = match luck {
            Luck::AllLost => 0,
            Luck::AllKept => 1,
            Luck::Each => random.below(3),
        };
        match draw {
            0 => settled.lost += 1,
            1 => {
                repeat(&mut file, change, |_| true)?;
                settled.kept += 1;
            }
            _ => {
                repeat(&mut file, change, |_| random.below(2) == 0)?;
                settled.torn += 1;
            }
        }
    }
    drop(file);
    if pending.new && luck != Luck::AllKept && random.below(2) == 0 {
        settled.names_undone += 1;
        std::fs::remove_file(path)?;
    }
    Ok(())
}

fn undo(file: &mut File, change: &Change) -> Result<()> {
    let (length_before, offset, bytes) = match change {
        Change::Write { offset, length_before, bytes_before, .. } => (*length_before, *offset, bytes_before),
        Change::Truncate { length, length_before, tail_before } => (*length_before, *length, tail_before),
    };
    file.set_len(length_before)?;
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)
}

/// Repeats a change in the sectors that `keeps` names by their number.
fn repeat(file: &mut File, change: &Change, mut keeps: impl FnMut(u64) -> bool) -> Result<()> {
    match change {
        Change::Truncate { length, .. } => {
            if keeps(length / SECTOR_BYTES) {
                file.set_len(*length)?;
            }
        }
        Change::Write { offset, bytes, .. } => {
            let end = offset + bytes.len() as u64;
            let mut at = *offset;
            while at < end {
                let next = ((at / SECTOR_BYTES + 1) * SECTOR_BYTES).min(end);
                if keeps(at / SECTOR_BYTES) {
                    let (from, to) = (usize::try_from(at - offset).unwrap_or(0), usize::try_from(next - offset).unwrap_or(0));
                    file.seek(SeekFrom::Start(at))?;
                    file.write_all(&bytes[from..to])?;
                }
                at = next;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(offset: u64, bytes: &[u8], before: &[u8]) -> Change {
        let from = usize::try_from(offset).unwrap().min(before.len());
        let to = (from + bytes.len()).min(before.len());
        Change::Write { offset, bytes: bytes.to_vec(), length_before: before.len() as u64, bytes_before: before[from..to].to_vec() }
    }

    /// A file of 2,000 bytes: all certain but the middle, which is written anew, and a tail that was cut off and grown again.
    fn changed(path: &Path) -> Vec<u8> {
        let certain: Vec<u8> = (0..2_000_u32).map(|n| (n % 251) as u8).collect();
        let mut now = certain.clone();
        now[700..1_500].fill(0xEE);
        now.truncate(1_800);
        now.extend([0xDD; 900]);
        std::fs::write(path, now).unwrap();
        certain
    }

    fn pending(certain: &[u8]) -> Pending {
        let mut middle = certain.to_vec();
        middle[700..1_500].fill(0xEE);
        let changes = vec![
            write(700, &[0xEE; 800], certain),
            Change::Truncate { length: 1_800, length_before: 2_000, tail_before: middle[1_800..].to_vec() },
            write(1_800, &[0xDD; 900], &middle[..1_800]),
        ];
        Pending { changes, new: false, deleted: None }
    }

    #[test]
    fn what_was_not_synced_is_lost_kept_or_torn_by_sectors() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let settle = |luck, seed| {
            let certain = changed(&path);
            let whole = std::fs::read(&path).unwrap();
            let mut settled = Settled::default();
            settle_file(&path, pending(&certain), luck, &mut Seeded::new(seed), &mut settled).unwrap();
            (certain, whole, std::fs::read(&path).unwrap(), settled)
        };
        let (certain, _, left, settled) = settle(Luck::AllLost, 1);
        assert_eq!((left == certain, settled.lost), (true, 3));
        let (_, whole, left, settled) = settle(Luck::AllKept, 1);
        assert_eq!((left == whole, settled.kept), (true, 3));
        let mut torn = 0;
        for seed in 0..64 {
            let (certain, whole, left, settled) = settle(Luck::Each, seed);
            torn += settled.torn;
            assert_eq!(settled.kept + settled.torn + settled.lost, 3);
            assert_eq!(left[..700], certain[..700], "a byte that nobody wrote was harmed");
            for sector in [700..1_024, 1_024..1_500] {
                assert!(left[sector.clone()] == certain[sector.clone()] || left[sector.clone()] == whole[sector], "a sector is neither old nor new");
            }
        }
        assert!(torn > 20);
    }
}

//! How often somebody failed to sign in, kept across restarts in the file `store.attempts`. Attempts are counted, not minutes: the wait runs
//! on the monotonic clock and begins anew when the program starts, so that neither a changed clock nor a restart gains anything. Nobody is
//! ever locked out for good.
//!
//! Count an attempt **before** it is checked (`record_failure`) and take it back when it succeeds (`record_success`) or was none (`take_back`):
//! a program killed in between has counted it.
//!
//! The highest count is mirrored in the keyring (`open`, `save`), so that putting an old file back gains nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::slot::Bytes;
use super::{DeviceSecretStore, Error, SlotFile, primitives, write};
use domain::StoreId;

/// The name of the file in the store's folder.
pub const ATTEMPTS_FILE: &str = "store.attempts";
const MAGIC: [u8; 4] = *b"ZGAT";
const VERSION: u8 = 1;
/// Failures that cost nothing: a person mistypes.
const FREE_FAILURES: u32 = 4;
/// The first wait; it doubles with each further failure.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait. A locked-out owner is worse than a slow guesser.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// Names counted one by one. Whoever tries more names than that shares one count.
const MAX_NAMES: usize = 64;
/// Head, entries and sum.
const MAX_LEN: usize = 7 + (MAX_NAMES + 1) * 36 + 32;

type NameHash = [u8; 32];
/// The shared count of all names beyond the limit.
const OTHERS: NameHash = [0; 32];
/// The count that an unreadable file stands for, on every name.
const DAMAGED_COUNT: u32 = FREE_FAILURES + 1;

/// The wait after `count` failures: nothing up to four, then 30 s, doubling up to 15 minutes.
#[must_use]
pub fn delay_for(count: u32) -> Duration {
    match count.checked_sub(FREE_FAILURES + 1) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_WAIT.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(LONGEST_WAIT),
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    /// When the wait began in this run of the program.
    armed: Instant,
}

/// The counts of one store, loaded once when the program starts.
#[derive(Debug)]
pub struct Attempts {
    path: PathBuf,
    failures: BTreeMap<NameHash, Failures>,
    /// Counted on every name that has no higher count of its own; above zero where the file was unreadable, or older than what the keyring remembers.
    floor: Failures,
}

/// The counts and the keyring that mirrors them.
pub struct Door {
    attempts: Attempts,
    /// The store, where the place of its secret is the one that is asked.
    mirrored: Option<StoreId>,
}

impl Door {
    /// Loads the counts and heeds what the keyring remembers.
    ///
    /// # Errors
    /// Where the keyring does not answer: nobody can sign in without it either.
    pub fn open(dir: &Path, device: &dyn DeviceSecretStore, now: Instant) -> Result<Self, Error> {
        let mut attempts = Attempts::load(dir, now);
        let file = SlotFile::read(dir).ok().filter(|file| file.backend() == device.backend());
        let mirrored = file.map(|file| file.store_id());
        if let Some(store_id) = mirrored {
            attempts.heed(device.read_failures(store_id)?, now);
        }
        Ok(Self { attempts, mirrored })
    }

    /// Works on the counts and mirrors what came of it. A mirror that cannot be written holds nobody up: the file counts.
    pub fn with<T>(&mut self, device: &dyn DeviceSecretStore, work: impl FnOnce(&mut Attempts) -> T) -> T {
        let before = self.attempts.highest();
        let done = work(&mut self.attempts);
        let after = self.attempts.highest();
        if let Some(store_id) = self.mirrored.filter(|_| before != after)
            && let Err(error) = device.write_failures(store_id, after)
        {
            tracing::warn!(%error, "the keyring does not remember failed sign-ins");
        }
        done
    }
}

impl Attempts {
    /// Loads the counts; every wait begins anew at `now`. A file that is missing beside keys, or damaged, stands for five failures of everyone.
    #[must_use]
    pub fn load(dir: &Path, now: Instant) -> Self {
        let path = dir.join(ATTEMPTS_FILE);
        let read = std::fs::read(&path).ok().and_then(|bytes| parse(&bytes));
        let floor = Failures { count: if read.is_some() { 0 } else { DAMAGED_COUNT }, armed: now };
        let failures = read.unwrap_or_default().into_iter().map(|(name, count)| (name, Failures { count, armed: now })).collect();
        Self { path, failures, floor }
    }

    /// How long this name must still wait before the next attempt.
    #[must_use]
    pub fn wait(&self, name: &str, now: Instant) -> Duration {
        let failures = self.of(hash(name));
        delay_for(failures.count).saturating_sub(now.saturating_duration_since(failures.armed))
    }

    /// Failures of this name since its last success.
    #[must_use]
    pub fn count(&self, name: &str) -> u32 {
        self.of(hash(name)).count
    }

    fn of(&self, name: NameHash) -> Failures {
        let own = match self.failures.get(&name) {
            Some(failures) => *failures,
            None if self.failures.len() >= MAX_NAMES => self.failures.get(&OTHERS).copied().unwrap_or(self.floor),
            None => self.floor,
        };
        if own.count < self.floor.count { self.floor } else { own }
    }

    /// The most failures of one name.
    #[must_use]
    pub fn highest(&self) -> u32 {
        self.failures.values().map(|failures| failures.count).chain([self.floor.count]).max().unwrap_or(0)
    }

    /// What another place remembers: where that is more than the file knows, the file is an old one, and the higher count holds for every name.
    fn heed(&mut self, remembered: u32, now: Instant) {
        if remembered > self.highest() {
            self.floor = Failures { count: remembered, armed: now };
        }
    }

    /// Counts an attempt, durably, and gives the wait that begins with it.
    ///
    /// # Errors
    /// `File`; the attempt must then be refused, or a full disk would be an open door.
    pub fn record_failure(&mut self, name: &str, now: Instant) -> Result<Duration, Error> {
        let hash = hash(name);
        let key = if self.failures.contains_key(&hash) || self.failures.len() < MAX_NAMES { hash } else { OTHERS };
        let count = self.of(hash).count.saturating_add(1);
        self.failures.insert(key, Failures { count, armed: now });
        self.save()?;
        Ok(delay_for(count))
    }

    /// The attempt was none: the keyring did not answer, or the clock is wrong. The count is as it was before it.
    ///
    /// # Errors
    /// `File`.
    pub fn take_back(&mut self, name: &str) -> Result<(), Error> {
        let hash = hash(name);
        let key = if self.failures.contains_key(&hash) { hash } else { OTHERS };
        let Some(failures) = self.failures.get_mut(&key) else { return Ok(()) };
        failures.count = failures.count.saturating_sub(1);
        if failures.count == 0 {
            self.failures.remove(&key);
        }
        self.save()
    }

    /// The person is in: their count falls to nothing, and a file that was unreadable is whole again.
    ///
    /// # Errors
    /// `File`.
    pub fn record_success(&mut self, name: &str) -> Result<(), Error> {
        let had_count = self.failures.remove(&hash(name)).is_some();
        let was_unreadable = std::mem::take(&mut self.floor.count) > 0;
        if had_count || was_unreadable { self.save() } else { Ok(()) }
    }

    fn save(&self) -> Result<(), Error> {
        let counts = self.failures.iter().map(|(name, failures)| (*name, failures.count));
        write::replace(&self.path, &to_bytes(counts)).map_err(Error::file(&self.path))
    }
}

/// Puts an empty file beside new keys, so that a missing one is recognised later.
///
/// # Errors
/// `File`.
pub fn start(dir: &Path) -> Result<(), Error> {
    let path = dir.join(ATTEMPTS_FILE);
    write::replace(&path, &to_bytes(std::iter::empty())).map_err(Error::file(path))
}

fn hash(name: &str) -> NameHash {
    primitives::sha256(&[b"attempts/v1", name.trim().to_lowercase().as_bytes()])
}

fn to_bytes(counts: impl Iterator<Item = (NameHash, u32)>) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut count = 0_u16;
    for (name, failures) in counts {
        entries.extend_from_slice(&name);
        entries.extend_from_slice(&failures.to_be_bytes());
        count += 1;
    }
    let mut out = MAGIC.to_vec();
    out.push(VERSION);
    out.extend_from_slice(&count.to_be_bytes());
    out.append(&mut entries);
    let sum = primitives::sha256(&[&out]);
    out.extend_from_slice(&sum);
    out
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<NameHash, u32>> {
    let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if bytes.len() > MAX_LEN || primitives::sha256(&[content]) != sum {
        return None;
    }
    let mut content = Bytes(content);
    if content.array::<4>().ok()? != MAGIC || content.array::<1>().ok()? != [VERSION] {
        return None;
    }
    let count = u16::from_be_bytes(content.array().ok()?);
    let mut entry = || Some((content.array().ok()?, content.number().ok()?));
    let entries = (0..count).map(|_| entry()).collect::<Option<BTreeMap<_, _>>>()?;
    content.0.is_empty().then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn the_wait_doubles_from_thirty_seconds_to_fifteen_minutes() {
        let waits = [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900), (40, 900), (u32::MAX, 900)];
        for (count, wait_s) in waits {
            assert_eq!(delay_for(count), seconds(wait_s), "after {count} failures");
        }
    }

    #[test]
    fn counts_survive_a_restart_and_the_wait_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        start(dir.path()).unwrap();
        let begun = Instant::now();
        let mut attempts = Attempts::load(dir.path(), begun);
        for _ in 0..4 {
            assert_eq!(attempts.record_failure("Anna", begun).unwrap(), Duration::ZERO);
        }
        assert_eq!(attempts.record_failure(" anna", begun).unwrap(), seconds(30));
        assert_eq!(attempts.wait("ANNA", begun + seconds(29)), seconds(1));
        assert_eq!(attempts.wait("other", begun), Duration::ZERO);
        let restarted = Attempts::load(dir.path(), begun + seconds(29));
        assert_eq!((restarted.count("anna"), restarted.wait("anna", begun + seconds(29))), (5, seconds(30)));
        assert_eq!(restarted.wait("anna", begun + seconds(59)), Duration::ZERO);
    }

    #[test]
    fn success_clears_the_count_durably() {
        let dir = tempfile::tempdir().unwrap();
        start(dir.path()).unwrap();
        let now = Instant::now();
        let mut attempts = Attempts::load(dir.path(), now);
        attempts.record_failure("anna", now).unwrap();
        attempts.record_success("anna").unwrap();
        assert_eq!(Attempts::load(dir.path(), now).count("anna"), 0);
    }

    #[test]
    fn a_missing_or_damaged_file_is_never_an_open_door() {
        let dir = tempfile::tempdir().unwrap();
        let now = Instant::now();
        assert_eq!(Attempts::load(dir.path(), now).wait("anna", now), seconds(30));
        start(dir.path()).unwrap();
        let mut attempts = Attempts::load(dir.path(), now);
        attempts.record_failure("anna", now).unwrap();
        let whole = std::fs::read(dir.path().join(ATTEMPTS_FILE)).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            std::fs::write(dir.path().join(ATTEMPTS_FILE), &flipped).unwrap();
            assert_eq!(Attempts::load(dir.path(), now).wait("anna", now), seconds(30), "byte {at}");
        }
        let mut damaged = Attempts::load(dir.path(), now);
        assert_eq!(damaged.record_failure("anna", now).unwrap(), seconds(60));
        damaged.record_success("anna").unwrap();
        assert_eq!(Attempts::load(dir.path(), now).wait("anna", now), Duration::ZERO);
    }

    #[test]
    fn many_names_share_one_count_and_the_file_stays_small() {
        let dir = tempfile::tempdir().unwrap();
        start(dir.path()).unwrap();
        let now = Instant::now();
        let mut attempts = Attempts::load(dir.path(), now);
        for number in 0..MAX_NAMES + 5 {
            attempts.record_failure(&format!("name {number}"), now).unwrap();
        }
        assert_eq!(attempts.wait("a name never seen", now), seconds(30));
        assert_eq!(Attempts::load(dir.path(), now).count("name 3"), 1);
    }
}

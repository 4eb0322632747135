//! The running program: its data folder, the stores that are open, its sessions, clock and chance, and the bus of events.

use crate::{
    Code, Error, Result,
    control::SyncControl,
    export::Exports,
    jobs::Jobs,
    rights::Answers,
    session::{Presence, Session},
    uploads::Uploads,
    visits::Doors,
    wire::{AppEvent, Host, Language, StoreChoice},
};
use domain::{Clock, PersonId, Random};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use store::{
    Store,
    keys::{
        RootKey,
        attempts::{Attempts, Door},
    },
};
use tokio::sync::broadcast;

/// Events kept for a listener that is slow; one that falls further behind asks again for what it shows.
const EVENTS_MAX: usize = 256;

/// Where the device secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringChoice {
    Os,
    /// A file of rights 0600: only by explicit choice, and in the demo.
    File,
}

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the system's time comes in")]
    fn now_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }
}

/// The operating system's randomness, or a seeded one in tests, behind one lock.
pub struct Chance(Mutex<Box<dyn Random>>);

struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness comes in; a machine without it must not make keys")]
    fn fill(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("this computer gives no randomness: {error}");
        }
    }
}

impl Chance {
    /// The operating system's.
    #[must_use]
    pub fn system() -> Self {
        Self(Mutex::new(Box::new(SystemRandom)))
    }

    /// A seeded one, for tests and the demo's data.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(Box::new(domain::clock::Seeded::new(seed))))
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }

    /// A new UUIDv7.
    #[must_use]
    pub fn mint(&self, now_ms: i64) -> uuid::Uuid {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        domain::id::uuid_v7(now_ms, bytes)
    }

    /// A short reference for a fault, as `E-7F3K2`.
    #[must_use]
    pub fn reference(&self) -> String {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut bytes = [0; 5];
        self.fill(&mut bytes);
        let text: String = bytes.iter().map(|b| char::from(LETTERS[usize::from(b & 31)])).collect();
        format!("E-{text}")
    }
}

impl Random for &Chance {
    fn fill(&mut self, bytes: &mut [u8]) {
        Chance::fill(self, bytes);
    }
}

/// How a program is started.
pub struct Start {
    pub data_dir: PathBuf,
    pub host: Host,
    pub keyring: KeyringChoice,
    pub clock: Arc<dyn Clock>,
    pub chance: Chance,
    pub language: Option<Language>,
    /// A cheaper password cost, for tests only; `None` is the product's.
    pub cost: Option<store::keys::Argon2Cost>,
}

/// The running program.
pub struct Program {
    pub(crate) start: Start,
    pub(crate) jobs: Jobs,
    pub(crate) uploads: Uploads,
    pub(crate) exports: Exports,
    pub(crate) visits: Doors,
    pub(crate) answers: Answers,
    pub(crate) shown: crate::access::invitation::Shown,
    /// Held while a recovery code is looked at and used up.
    pub(crate) recovering: tokio::sync::Mutex<()>,
    pub(crate) setup: Mutex<Option<crate::access::setup::Draft>>,
    pub(crate) demo: crate::demo::DemoTrade,
    pub(crate) sync: OnceLock<Arc<dyn SyncControl>>,
    open: tokio::sync::Mutex<[Option<Arc<Store>>; 2]>,
    open_now: Mutex<[Option<Arc<Store>>; 2]>,
    language: Mutex<Language>,
    doors: Mutex<[Option<Door>; 2]>,
    /// By how much this computer's clock was behind at the last attempt, in seconds.
    clock_behind_s: Mutex<[Option<i64>; 2]>,
    /// The key of a store that was put back a moment ago, until its owner shows the password; never longer than the program runs.
    restored: Mutex<Option<RootKey>>,
    /// Whose password was changed in this run of the program, and when: who came in with the one before comes in anew.
    password_of: Mutex<BTreeMap<PersonId, Instant>>,
    /// Minutes without a person's touch after which the screens over a store lock.
    idle_lock_min: [AtomicU32; 2],
    events: broadcast::Sender<AppEvent>,
    /// Kept so that any part of the program can start a job that outlives its command.
    own: std::sync::Weak<Self>,
}

pub(crate) const fn slot(choice: StoreChoice) -> usize {
    match choice {
        StoreChoice::Demo => 0,
        StoreChoice::Own => 1,
    }
}

/// What the folder of a store is called.
pub(crate) const fn folder_name(choice: StoreChoice) -> &'static str {
    match choice {
        StoreChoice::Demo => "demo",
        StoreChoice::Own => "own",
    }
}

impl Program {
    /// Starts a program over a data folder; opens nothing yet.
    #[must_use]
    pub fn new(start: Start) -> Arc<Self> {
        let own_shop = start.data_dir.join(folder_name(StoreChoice::Own));
        if let Err(error) = store::backup::resume(&own_shop) {
            tracing::error!(%error, "a backup that was being put back when the program ended is not in its place yet: start the program again, or restore it once more");
        }
        let language = start.language.or_else(|| read_language(&start.data_dir)).unwrap_or(Language::Zh);
        Arc::new_cyclic(|own| Self {
            jobs: Jobs::default(),
            uploads: Uploads::new(start.data_dir.join("uploads")),
            exports: Exports::new(start.data_dir.join("exports")),
            visits: Doors::default(),
            answers: Answers::default(),
            shown: crate::access::invitation::Shown::default(),
            recovering: tokio::sync::Mutex::new(()),
            setup: Mutex::new(None),
            demo: crate::demo::DemoTrade::default(),
            sync: OnceLock::new(),
            open: tokio::sync::Mutex::new([None, None]),
            open_now: Mutex::new([None, None]),
            language: Mutex::new(language),
            doors: Mutex::new([None, None]),
            clock_behind_s: Mutex::new([None, None]),
            restored: Mutex::new(None),
            password_of: Mutex::new(BTreeMap::new()),
            idle_lock_min: [const { AtomicU32::new(crate::settings::IDLE_LOCK_MIN) }; 2],
            events: broadcast::channel(EVENTS_MAX).0,
            own: own.clone(),
            start,
        })
    }

    /// Tells the program how to reach the centre; hosts do.
    pub fn set_sync(&self, control: Arc<dyn SyncControl>) {
        let _ = self.sync.set(control);
    }

    pub(crate) fn own(&self) -> Result<Arc<Self>> {
        self.own.upgrade().ok_or_else(|| Error::Fault("the program is ending".into()))
    }

    /// The current instant, UTC milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.start.clock.now_ms()
    }

    /// Randomness.
    #[must_use]
    pub const fn chance(&self) -> &Chance {
        &self.start.chance
    }

    /// The folder of a store.
    #[must_use]
    pub fn dir(&self, choice: StoreChoice) -> PathBuf {
        self.start.data_dir.join(folder_name(choice))
    }

    /// The data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.start.data_dir
    }

    /// Where a store's device secret is kept: the demo never asks the OS keyring.
    #[must_use]
    pub const fn keyring(&self, choice: StoreChoice) -> KeyringChoice {
        match choice {
            StoreChoice::Demo => KeyringChoice::File,
            StoreChoice::Own => self.start.keyring,
        }
    }

    /// What one try of a password costs in the stores that this program makes.
    #[must_use]
    pub fn cost(&self) -> store::keys::Argon2Cost {
        self.start.cost.unwrap_or(store::keys::Argon2Cost::DEFAULT)
    }

    /// The store, if it is open.
    #[must_use]
    pub fn opened(&self, choice: StoreChoice) -> Option<Arc<Store>> {
        self.open_now.lock().unwrap_or_else(PoisonError::into_inner)[slot(choice)].clone()
    }

    /// The store that a person came in to, as long as it is open.
    pub(crate) fn opened_for(&self, presence: &Presence) -> Option<Arc<Store>> {
        self.opened(presence.store).filter(|store| std::sync::Weak::ptr_eq(&presence.opened, &Arc::downgrade(store)))
    }

    /// Who is signed in at a session, as long as the store they came in to is open and the session is not over. A screen that nobody has used for
    /// long is locked here, so that it is locked for every caller, whatever the screen itself does.
    pub(crate) fn presence_at(&self, session: &Session) -> Option<Presence> {
        let store = session.presence()?.store;
        let idle_max = Duration::from_secs(u64::from(self.idle_lock_min[slot(store)].load(Ordering::Relaxed)) * 60);
        if session.rest(self.now_ms(), Instant::now(), idle_max) {
            self.tell(AppEvent::Phase);
        }
        session.presence().filter(|presence| !presence.is_over(self.now_ms()) && !self.is_shut(presence) && self.opened_for(presence).is_some())
    }

    /// From now on nobody is signed in any more who came in with a password of this person from before.
    pub(crate) fn shut_sessions(&self, person_id: PersonId) {
        self.password_of.lock().unwrap_or_else(PoisonError::into_inner).insert(person_id, Instant::now());
        self.tell(AppEvent::Phase);
    }

    /// Whether somebody came in with a password that was changed since.
    pub(crate) fn is_shut(&self, presence: &Presence) -> bool {
        self.password_of.lock().unwrap_or_else(PoisonError::into_inner).get(&presence.person_id).is_some_and(|changed| presence.since < *changed)
    }

    pub(crate) fn set_idle_lock(&self, choice: StoreChoice, minutes: u32) {
        self.idle_lock_min[slot(choice)].store(minutes, Ordering::Relaxed);
    }

    /// Opens a store once, whoever asks: `make` is called only where it is not open.
    pub(crate) async fn open_with<F>(&self, choice: StoreChoice, make: F) -> Result<Arc<Store>>
    where
        F: Future<Output = Result<Store>> + Send,
    {
        let mut open = self.open.lock().await;
        if let Some(store) = &open[slot(choice)] {
            return Ok(store.clone());
        }
        let store = Arc::new(make.await?);
        open[slot(choice)] = Some(store.clone());
        self.open_now.lock().unwrap_or_else(PoisonError::into_inner)[slot(choice)] = Some(store.clone());
        Ok(store)
    }

    /// Closes a store, the writer last.
    ///
    /// # Errors
    /// Where the last checkpoint could not be written.
    pub async fn close(&self, choice: StoreChoice) -> Result<()> {
        self.close_where(choice, |_| true).await
    }

    /// Closes a store where it is one to be closed; while that is looked at, nobody opens it.
    pub(crate) async fn close_where(&self, choice: StoreChoice, is_to_close: impl FnOnce(&Arc<Store>) -> bool) -> Result<()> {
        let mut open = self.open.lock().await;
        if open[slot(choice)].as_ref().is_some_and(|store| !is_to_close(store)) {
            return Ok(());
        }
        self.open_now.lock().unwrap_or_else(PoisonError::into_inner)[slot(choice)] = None;
        if let Some(store) = open[slot(choice)].take() {
            // Whoever carries its journal to the centre lets it go first: a worker over a closed store would only report faults.
            if let Some(control) = self.sync.get()
                && let Err(error) = control.set(&store, None, crate::settings::SYNC_EVERY_S).await
            {
                tracing::warn!(%error, "the exchange with the centre did not let the store go");
            }
            store.close().await?;
        }
        drop(open);
        Ok(())
    }

    /// Closes both stores; the last thing a host does.
    pub async fn shut_down(&self) {
        self.demo.stop();
        self.uploads.forget();
        self.exports.forget();
        for choice in [StoreChoice::Demo, StoreChoice::Own] {
            if let Err(error) = self.close(choice).await {
                tracing::warn!(%error, "a store did not close cleanly; its write-ahead log keeps what was acknowledged");
            }
        }
    }

    /// The host around the screens.
    #[must_use]
    pub const fn host(&self) -> Host {
        self.start.host
    }

    /// Whether the demo's trade is paused.
    #[must_use]
    pub fn demo_paused(&self) -> bool {
        self.demo.paused()
    }

    /// When a person last signed out of the demo, since this program started.
    #[must_use]
    pub fn demo_left_at_ms(&self) -> Option<i64> {
        self.demo.left_at_ms()
    }

    /// Works on the counts of failed attempts at a store's door, away from the threads that answer: the keyring is asked too.
    pub(crate) async fn with_attempts<T: Send + 'static>(
        &self,
        choice: StoreChoice,
        work: impl FnOnce(&mut Attempts, std::time::Instant) -> T + Send + 'static,
    ) -> Result<T> {
        let program = self.own()?;
        crate::access::vault::apart(move || {
            let now = std::time::Instant::now();
            let dir = program.dir(choice);
            let device = crate::access::vault::device(program.keyring(choice), &dir);
            let mut doors = program.doors.lock().unwrap_or_else(PoisonError::into_inner);
            let door = match &mut doors[slot(choice)] {
                Some(door) => door,
                none => none.insert(Door::open(&dir, device.as_ref(), now)?),
            };
            Ok(door.with(device.as_ref(), |attempts| work(attempts, now)))
        })
        .await?
    }

    /// Forgets the counts of a store that was wiped or put back.
    pub(crate) fn forget_attempts(&self, choice: StoreChoice) {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)[slot(choice)] = None;
    }

    /// Holds, or takes, the key of a store that was put back on a computer that does not know it.
    pub(crate) fn hold_restored(&self, root: Option<RootKey>) -> Option<RootKey> {
        std::mem::replace(&mut *self.restored.lock().unwrap_or_else(PoisonError::into_inner), root)
    }

    /// By how much this computer's clock was behind the store's at the last attempt, in seconds.
    pub(crate) fn clock_behind_s(&self, choice: StoreChoice) -> Option<i64> {
        self.clock_behind_s.lock().unwrap_or_else(PoisonError::into_inner)[slot(choice)]
    }

    pub(crate) fn note_clock(&self, choice: StoreChoice, behind_s: Option<i64>) {
        let before = std::mem::replace(&mut self.clock_behind_s.lock().unwrap_or_else(PoisonError::into_inner)[slot(choice)], behind_s);
        if before != behind_s {
            self.tell(AppEvent::Phase);
        }
    }

    /// The language of the screens.
    #[must_use]
    pub fn language(&self) -> Language {
        *self.language.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_language(&self, language: Language) -> Result<()> {
        *self.language.lock().unwrap_or_else(PoisonError::into_inner) = language;
        store::place::folder(self.data_dir())?;
        let file = self.data_dir().join("language");
        Ok(std::fs::write(&file, if language == Language::Zh { "zh" } else { "en" }).map_err(store::place::at(&file))?)
    }

    /// An error in the form of the wire: in the person's language, a fault with its reference.
    #[must_use]
    pub fn wire(&self, error: &Error) -> crate::wire::WireError {
        let placed = self.placed(error);
        placed.as_ref().unwrap_or(error).to_wire(self.language(), || self.chance().reference())
    }

    /// A listener of events.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<AppEvent> {
        self.events.subscribe()
    }

    /// Tells every listener. Nobody listening is no fault.
    pub fn tell(&self, event: AppEvent) {
        let _ = self.events.send(event);
    }

    pub(crate) fn changed(&self, entity: &str, ids: Vec<String>) {
        self.tell(AppEvent::Changed { entity: entity.to_owned(), ids });
    }

    /// A clock that is before what the store has seen by more than this is explained and not believed.
    pub(crate) fn check_clock(&self, choice: StoreChoice, last_seen_ms: i64) -> Result<()> {
        const BEHIND_MAX_MS: i64 = 120_000;
        let behind_ms = last_seen_ms - self.now_ms();
        if behind_ms <= BEHIND_MAX_MS {
            self.note_clock(choice, None);
            return Ok(());
        }
        self.note_clock(choice, Some(behind_ms / 1_000));
        let minutes = behind_ms / 60_000;
        Err(Error::refuse(
            Code::Clock,
            format!(
                "this computer is {minutes} min behind the time this store has already seen: set the clock right, or sign in with a recovery code if the store's time was the wrong one"
            ),
        ))
    }
}

fn read_language(dir: &Path) -> Option<Language> {
    match std::fs::read_to_string(dir.join("language")).ok()?.trim() {
        "zh" => Some(Language::Zh),
        "en" => Some(Language::En),
        _ => None,
    }
}

//! Who is signed in at one window, browser or terminal, since when, and when a person last used it.
//!
//! A screen asks for figures by itself, so that a call says nothing of a person: only what a person does is told as use (`session_use`). The session
//! locks by what it was told, also where the screen has stopped to look. A terminal's session has no such lock: its commands end, or its host ends it.

use crate::{Program, wire::StoreChoice};
use domain::PersonId;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};
use store::Store;

/// Absolute length of a session (AU-07).
pub const SESSION_MAX_MS: i64 = 12 * 3_600_000;
/// How often a session is looked at whether it was left: a screen that shows figures is told within this time.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A person signed in.
#[derive(Debug, Clone)]
pub struct Presence {
    pub person_id: PersonId,
    pub name: String,
    pub role: String,
    pub store: StoreChoice,
    /// When the second factor was shown, UTC ms: the session ends [`SESSION_MAX_MS`] after it.
    pub since_ms: i64,
    /// The same moment of the clock that nobody can set.
    pub since: Instant,
    pub locked: bool,
    /// The store as it was opened when the person came in: once it is closed, they come in anew, also where somebody else has opened it since.
    pub(crate) opened: Weak<Store>,
}

impl Presence {
    /// Whether the twelve hours are over, by either clock: one that was set back does not make a session longer.
    #[must_use]
    pub fn is_over(&self, now_ms: i64) -> bool {
        let longest = Duration::from_millis(SESSION_MAX_MS.unsigned_abs());
        now_ms - self.since_ms > SESSION_MAX_MS || self.since.elapsed() > longest
    }
}

/// One session: the desktop's window, a browser, a terminal.
#[derive(Debug, Default)]
pub struct Session {
    is_screen: bool,
    state: Mutex<SessionState>,
}

#[derive(Debug, Default)]
struct SessionState {
    presence: Option<Presence>,
    choice: Option<StoreChoice>,
    used: Option<Used>,
    watch: Option<tokio::task::AbortHandle>,
}

/// When a person last used a session, by the clock on the wall, which goes on while the computer sleeps, and by the one that nobody can set.
#[derive(Debug, Clone, Copy)]
struct Used {
    at_ms: i64,
    at: Instant,
}

impl Session {
    /// A session of a screen, which locks when it is left alone.
    #[must_use]
    pub fn of_a_screen() -> Self {
        Self { is_screen: true, ..Self::default() }
    }

    /// Whether it is one of a screen: it locks when it is left alone, and the program around it stays open.
    #[must_use]
    pub const fn is_of_a_screen(&self) -> bool {
        self.is_screen
    }

    fn state(&self) -> MutexGuard<'_, SessionState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is signed in here.
    #[must_use]
    pub fn presence(&self) -> Option<Presence> {
        self.state().presence.clone()
    }

    pub(crate) fn enter(&self, presence: Presence) {
        let mut state = self.state();
        state.choice = Some(presence.store);
        state.used = Some(Used { at_ms: presence.since_ms, at: presence.since });
        state.presence = Some(presence);
    }

    pub(crate) fn leave(&self) {
        self.state().presence = None;
    }

    /// A person is there.
    pub(crate) fn used(&self, now_ms: i64) {
        self.state().used = Some(Used { at_ms: now_ms, at: Instant::now() });
    }

    pub(crate) fn lock(&self) {
        self.set_locked(true);
    }

    pub(crate) fn unlock(&self, now_ms: i64) {
        self.used(now_ms);
        self.set_locked(false);
    }

    /// Both factors were shown at this session once more.
    pub(crate) fn renew(&self, now_ms: i64) {
        self.used(now_ms);
        if let Some(presence) = self.state().presence.as_mut() {
            presence.since_ms = now_ms;
            presence.since = Instant::now();
        }
    }

    fn set_locked(&self, locked: bool) {
        if let Some(presence) = self.state().presence.as_mut() {
            presence.locked = locked;
        }
    }

    /// Locks a screen that was not used for `idle_max`, by either clock. Answers whether it was locked by this.
    pub(crate) fn rest(&self, now_ms: i64, now: Instant, idle_max: Duration) -> bool {
        let mut state = self.state();
        let (true, Some(used)) = (self.is_screen, state.used) else { return false };
        let idle_max_ms = i64::try_from(idle_max.as_millis()).unwrap_or(i64::MAX);
        let left = now_ms.saturating_sub(used.at_ms) >= idle_max_ms || now.saturating_duration_since(used.at) >= idle_max;
        match state.presence.as_mut() {
            Some(presence) if left && !presence.locked => {
                presence.locked = true;
                true
            }
            _ => false,
        }
    }

    /// Looks at a screen's session until nobody is signed in at it, so that a screen which shows figures is told to hide them.
    pub(crate) fn watch(self: &Arc<Self>, program: &Arc<Program>) {
        if !self.is_screen {
            return;
        }
        let (session, program) = (Arc::downgrade(self), Arc::downgrade(program));
        let looking = tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let (Some(session), Some(program)) = (session.upgrade(), program.upgrade()) else { return };
                if program.presence_at(&session).is_none() {
                    return;
                }
            }
        });
        if let Some(before) = self.state().watch.replace(looking.abort_handle()) {
            before.abort();
        }
    }

    pub(crate) fn choose(&self, choice: Option<StoreChoice>) {
        self.state().choice = choice;
    }

    pub(crate) fn choice(&self) -> Option<StoreChoice> {
        self.state().choice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const MINUTE_MS: i64 = 60_000;

    /// A session that somebody entered at 0, and the instant of that.
    fn entered(session: Session) -> (Session, Instant) {
        let since = Instant::now();
        session.enter(Presence {
            person_id: PersonId(uuid::Uuid::nil()),
            name: "Li".into(),
            role: "owner".into(),
            store: StoreChoice::Own,
            since_ms: 0,
            since,
            locked: false,
            opened: Weak::new(),
        });
        (session, since)
    }

    #[test]
    fn a_screen_rests_by_either_clock_and_a_terminal_never() {
        // Milliseconds and instants since the last use, and whether five minutes are over.
        for (ms, elapsed, locks) in [
            (MINUTE_MS, MINUTE, false),
            (5 * MINUTE_MS, MINUTE, true),
            (MINUTE_MS, 5 * MINUTE, true),
            (-60 * MINUTE_MS, 4 * MINUTE, false),
            (-60 * MINUTE_MS, 5 * MINUTE, true),
        ] {
            let (screen, since) = entered(Session::of_a_screen());
            assert_eq!(screen.rest(ms, since + elapsed, 5 * MINUTE), locks, "{ms} {elapsed:?}");
            assert_eq!(screen.presence().is_some_and(|presence| presence.locked), locks);
            assert!(!screen.rest(ms, since + elapsed, 5 * MINUTE), "it is locked once");
            let (terminal, since) = entered(Session::default());
            assert!(!terminal.rest(ms, since + elapsed, 5 * MINUTE));
        }
    }
}

//! The browsers that were let in: each has a session of its own, behind a token that only its cookie holds. And the one-time key of the
//! address in the terminal, by which a browser is let in.

use app::{Chance, Session};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use subtle::ConstantTimeEq as _;

/// Bytes of a token or key: 256 bits, beyond guessing.
const TOKEN_BYTES: usize = 32;
/// Browsers at once on one computer; more is a fault or a flood.
const VISITORS_MAX: usize = 16;
/// A browser that was away for longer has to come in anew; as long as a session of the program lasts at most.
pub(crate) const AWAY_MAX: Duration = Duration::from_secs(12 * 3600);

/// A token as it stands in a cookie or an address.
type Token = [u8; TOKEN_BYTES];

struct Visitor {
    token: Token,
    session: Arc<Session>,
    seen: Instant,
}

struct Inside {
    key: Token,
    visitors: Vec<Visitor>,
    /// The session that the first browser takes over: that of the demo which was opened at the start.
    first: Option<Arc<Session>>,
}

/// The browsers inside, and the key for the next.
pub(crate) struct Visitors(Mutex<Inside>);

fn token(chance: &Chance) -> Token {
    let mut bytes = [0; TOKEN_BYTES];
    chance.fill(&mut bytes);
    bytes
}

fn read(text: &str) -> Option<Token> {
    let mut bytes = [0; TOKEN_BYTES];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

fn same(a: &Token, b: &Token) -> bool {
    a.ct_eq(b).into()
}

impl Visitors {
    pub(crate) fn new(chance: &Chance, first: Option<Arc<Session>>) -> Self {
        Self(Mutex::new(Inside { key: token(chance), visitors: Vec::new(), first }))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that lets the next browser in.
    pub(crate) fn key(&self) -> String {
        hex::encode(self.inside().key)
    }

    /// The session behind a cookie's token.
    pub(crate) fn find(&self, text: &str) -> Option<Arc<Session>> {
        let asked = read(text)?;
        let mut inside = self.inside();
        // All are compared, so that the time says nothing of which fits.
        let mut found = None;
        for visitor in &mut inside.visitors {
            if same(&visitor.token, &asked) && visitor.seen.elapsed() < AWAY_MAX {
                visitor.seen = Instant::now();
                found = Some(visitor.session.clone());
            }
        }
        found
    }

    /// Lets a browser in that shows the key; answers its token. The key is used up, and a new one takes its place.
    pub(crate) fn let_in(&self, key: &str, chance: &Chance) -> Option<String> {
        let asked = read(key)?;
        let mut inside = self.inside();
        if !same(&inside.key, &asked) {
            return None;
        }
        inside.key = token(chance);
        inside.make_room();
        let session = inside.first.take().unwrap_or_else(|| Arc::new(Session::of_a_screen()));
        let token = token(chance);
        inside.visitors.push(Visitor { token, session, seen: Instant::now() });
        drop(inside);
        Some(hex::encode(token))
    }
}

impl Inside {
    /// The browser that was away longest goes when there are too many; the key was shown, so a person asks for the new place.
    fn make_room(&mut self) {
        self.visitors.retain(|visitor| visitor.seen.elapsed() < AWAY_MAX);
        while self.visitors.len() >= VISITORS_MAX {
            let oldest = self.visitors.iter().enumerate().min_by_key(|(_, visitor)| (visitor.session.presence().is_some(), visitor.seen)).map(|(at, _)| at);
            let Some(oldest) = oldest else { return };
            self.visitors.remove(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_once_and_each_browser_has_its_own_session() {
        let chance = Chance::seeded(1);
        let visitors = Visitors::new(&chance, None);
        let key = visitors.key();
        let first = visitors.let_in(&key, &chance).unwrap();
        assert_eq!(visitors.let_in(&key, &chance), None);
        let second = visitors.let_in(&visitors.key(), &chance).unwrap();
        let sessions = (visitors.find(&first).unwrap(), visitors.find(&second).unwrap());
        assert!(!Arc::ptr_eq(&sessions.0, &sessions.1));
        assert!(sessions.0.is_of_a_screen());
        assert!(visitors.find("").is_none());
        assert!(visitors.find(&"0".repeat(64)).is_none());
    }

    #[test]
    fn the_number_of_browsers_is_limited() {
        let chance = Chance::seeded(2);
        let visitors = Visitors::new(&chance, None);
        let first = visitors.let_in(&visitors.key(), &chance).unwrap();
        for _ in 0..VISITORS_MAX {
            visitors.let_in(&visitors.key(), &chance).unwrap();
        }
        assert!(visitors.find(&first).is_none());
    }
}

//! Asking whether a person may: the answer of `domain::access`, kept until something changes from which it is made, and told to whoever is refused.
//!
//! Deliberately absent: the rules (`domain::access`), and the screens of people and roles (`access`).

use crate::{Code, Error, Program, Result, session::Presence};
use domain::{
    PersonId, ShopId,
    access::{Allowed, Field, FieldMode, Limits, Principal, Refused, RowFacts, ScopeExpr},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use store::Store;

/// A person's rights in a store, and the one with which they came in to a command.
#[derive(Clone)]
pub struct Rights {
    principal: Arc<Principal>,
    allowed: Allowed,
    now_ms: i64,
}

impl Rights {
    /// For which rows the command's right holds.
    #[must_use]
    pub const fn scope(&self) -> &ScopeExpr {
        &self.allowed.scope
    }

    /// Up to where another right is used for a row of a shop without anybody else.
    #[must_use]
    pub fn limits_of(&self, right: &str, shop: ShopId) -> Limits {
        self.principal.limits_of(right, &RowFacts::of_shop(shop), self.now_ms).unwrap_or_default()
    }

    /// The person.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Whether the person holds another right too, and for which rows.
    #[must_use]
    pub fn of(&self, right: &str) -> Option<ScopeExpr> {
        self.principal.decide(right, self.now_ms).ok().map(|allowed| allowed.scope)
    }

    /// A row of a shop: outside of the scope it is not there.
    ///
    /// # Errors
    /// As where there is none.
    pub fn row_of(&self, shop: ShopId) -> Result<()> {
        if self.allowed.scope.has(&RowFacts::of_shop(shop)) { Ok(()) } else { Err(Error::not_found()) }
    }

    /// The shops for whose rows it holds; `None` are all.
    #[must_use]
    pub fn shops(&self) -> Option<Vec<ShopId>> {
        (!self.allowed.scope.is_everything()).then(|| self.allowed.scope.shops(self.principal.shops()))
    }

    /// The shops that one thing in full is told of; none named are all.
    ///
    /// # Errors
    /// Where there is none: as where the thing is not there.
    pub fn some_shops(&self) -> Result<Vec<ShopId>> {
        match self.shops() {
            Some(shops) if shops.is_empty() => Err(Error::not_found()),
            shops => Ok(shops.unwrap_or_default()),
        }
    }

    /// The shops of which a question may speak: those that it names, where each is within the scope; where it names none, those of the scope, and none
    /// where that is all.
    ///
    /// # Errors
    /// Where it names one outside of the scope, as where there is none.
    pub fn narrowed(&self, asked: Vec<String>) -> Result<Vec<String>> {
        let Some(within) = self.shops() else { return Ok(asked) };
        if asked.is_empty() {
            return if within.is_empty() { Err(Error::not_found()) } else { Ok(within.iter().map(ToString::to_string).collect()) };
        }
        let is_within = |text: &String| text.parse().is_ok_and(|shop: ShopId| within.contains(&shop));
        if asked.iter().all(is_within) { Ok(asked) } else { Err(Error::not_found()) }
    }

    /// How a field of one row is seen.
    #[must_use]
    pub fn field_of(&self, field: Field, row: &RowFacts) -> FieldMode {
        self.principal.field_of(field, row, self.now_ms)
    }

    /// How a field is seen of every row in the command's scope: what a list, a sum, an order or a filter over them may use.
    #[must_use]
    pub fn field(&self, field: Field) -> FieldMode {
        self.principal.field_over(field, &self.allowed.scope, self.now_ms)
    }
}

/// Answers that were made, each with the count of changes at which it was.
#[derive(Default)]
pub(crate) struct Answers(Mutex<BTreeMap<PersonId, Answer>>);

struct Answer {
    store: Weak<Store>,
    changes: u64,
    principal: Arc<Principal>,
}

/// People whose answers are kept; a computer is used by fewer.
const ANSWERS_MAX: usize = 1_000;

impl Answers {
    /// The person as the decision sees them now. A change of a role or a membership counts from the next command on.
    pub(crate) async fn principal(&self, store: &Arc<Store>, person: PersonId) -> Result<Arc<Principal>> {
        // Before it is read: a change in between makes the answer old at once.
        let changes = store.access_changes();
        if let Some(answer) = self.kept().get(&person)
            && answer.changes == changes
            && answer.store.ptr_eq(&Arc::downgrade(store))
        {
            return Ok(answer.principal.clone());
        }
        let principal = Arc::new(store::read::people::principal(&mut *store.snapshot().await?, person).await?);
        let mut kept = self.kept();
        if kept.len() >= ANSWERS_MAX {
            kept.clear();
        }
        kept.insert(person, Answer { store: Arc::downgrade(store), changes, principal: principal.clone() });
        Ok(principal)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<PersonId, Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Program {
    /// A person's rights, where they hold `right` now.
    ///
    /// # Errors
    /// [`Code::Forbidden`] with the reason and the way out.
    pub(crate) async fn rights(&self, store: &Arc<Store>, presence: &Presence, right: &'static str) -> Result<Rights> {
        let principal = self.answers.principal(store, presence.person_id).await?;
        let now_ms = self.now_ms();
        match principal.decide(right, now_ms) {
            Ok(allowed) => Ok(Rights { principal, allowed, now_ms }),
            Err(refused) => Err(refusal(right, refused)),
        }
    }
}

/// What a right lets a person do, in words.
pub(crate) fn in_words(right: &str) -> &str {
    domain::access::rights::right(right).map_or(right, |right| right.words)
}

/// A refusal in words: why, and what to do.
fn refusal(right: &str, refused: Refused) -> Error {
    let right = in_words(right);
    match refused {
        Refused::Closed => Error::refuse(Code::Forbidden, "this account is closed: whoever manages people opens it again"),
        Refused::NoRole => Error::refuse(Code::Forbidden, "you hold no role yet: ask whoever manages people for one"),
        Refused::NotGranted => {
            Error::refuse(Code::Forbidden, format!("this needs the right “{right}”, which none of your roles grants: ask whoever manages people"))
        }
        Refused::Denied { .. } => Error::refuse(Code::Forbidden, format!("one of your roles denies the right “{right}”: ask whoever manages people")),
        Refused::NotYet { .. } => Error::refuse(Code::Forbidden, format!("your role with the right “{right}” begins later: ask whoever manages people")),
        Refused::Over { .. } => Error::refuse(Code::Forbidden, format!("your role with the right “{right}” is over: ask whoever manages people")),
    }
}

//! Signing in: password and one-time code, or password and recovery code; locking and unlocking.
//!
//! Attempts are counted, not minutes; the count survives restarts; a wait is measured by the monotonic clock and never locks for good.

use super::{
    code::{self, Outcome},
    vault,
};
use crate::{
    Code, Error, Program, Result, Session,
    rpc::{self, Scope, Visitor},
    session::Presence,
    visits::Visit,
    wire::{AppEvent, Empty, Person, Phase, SignIn, SignInRecovery, SignedIn, StoreChoice, Unlock},
};
use domain::PersonId;
use std::sync::Arc;
use store::{
    Audit, Change, Entry, Event, Origin, Queue, Store, catalogue,
    local::{self, Credential},
    read::people::{self, AccountState},
};

/// The store that a session signs in to: its choice, else the own one, else the demo.
pub(crate) fn store_in_front(program: &Program, session: &Session) -> Option<StoreChoice> {
    session.choice().filter(|c| program.has(*c)).or_else(|| [StoreChoice::Own, StoreChoice::Demo].into_iter().find(|c| program.has(*c)))
}

/// What the program shows next to this session.
pub(crate) fn phase(program: &Program, session: &Session) -> Phase {
    if let Some(presence) = program.presence_at(session) {
        return if presence.locked { Phase::Locked } else { Phase::Open };
    }
    let setting_up = program.setup.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_some();
    match store_in_front(program, session) {
        _ if setting_up => Phase::SettingUp,
        Some(_) => Phase::SignedOut,
        None => Phase::FirstStart,
    }
}

/// Signs in with name, password and the authenticator's code.
///
/// # Errors
/// With the code and the time to wait; unknown name and wrong password are alike.
pub async fn sign_in(visitor: &Visitor, request: SignIn) -> Result<SignedIn> {
    let program = &visitor.program;
    let choice = store_in_front(program, &visitor.session).ok_or_else(|| no_store(visitor))?;
    let entering = attempt(program, choice, &request.name, async {
        let person = identify(program, choice, &request.name, &request.password).await?;
        let entered = async {
            let step = check_code(program, &person, &request.code).await?;
            let entered = enter(visitor, &person, Some(step), "session.open", Vec::new()).await?;
            settle(program, &person, &request.password).await;
            Ok(entered)
        };
        person.or_close(entered.await).await
    });
    let credential = entering.await?;
    Ok(SignedIn {
        person: Person { id: uuid::Uuid::from_bytes(credential.id).to_string(), name: credential.name, role: credential.role },
        recovery_codes_left: codes_left(&credential.recovery_hashes),
    })
}

/// Signs in with a recovery code in place of the authenticator. It is also the way back from a clock that was once in the future.
///
/// # Errors
/// Where the password or the code is wrong, or the code was used.
pub async fn sign_in_recovery(visitor: &Visitor, request: SignInRecovery) -> Result<SignedIn> {
    let program = &visitor.program;
    let choice = store_in_front(program, &visitor.session).ok_or_else(|| no_store(visitor))?;
    let entering = attempt(program, choice, &request.name, async {
        let person = identify(program, choice, &request.name, &request.password).await?;
        let entered = async {
            let now_ms = program.now_ms();
            // One at a time, each from what stands: two at once would both find a code unused, or take back what the other used up.
            let _alone = program.recovering.lock().await;
            let person = Identified { credential: person.credential_now().await?, ..person.clone() };
            let (recovery_hashes, left) = vault::spend_recovery_code(person.credential.recovery_hashes.clone(), request.recovery_code, now_ms).await?;
            // Whoever has the sheet may say what time it is: what this store took for later was the wrong one.
            person.store.saw(now_ms, true).await?;
            program.note_clock(choice, None);
            let changed = Credential { recovery_hashes, ..person.credential.clone() }.next_row();
            let change = Change::Put { table: &catalogue::CREDENTIAL, rows: vec![changed] };
            let credential = enter(visitor, &person, None, "session.open_by_recovery_code", vec![change]).await?;
            settle(program, &person, &request.password).await;
            Ok((credential, left))
        };
        person.or_close(entered.await).await
    });
    let (credential, left) = entering.await?;
    let id = uuid::Uuid::from_bytes(credential.id).to_string();
    Ok(SignedIn { person: Person { id, name: credential.name, role: credential.role }, recovery_codes_left: left })
}

/// Opens a locked screen with the password alone; within twelve hours of the last second factor.
///
/// # Errors
/// Where the password is wrong.
pub async fn unlock(scope: &Scope, request: Unlock) -> Result<Empty> {
    let (program, presence) = (&scope.program, &scope.presence);
    let unlocking = attempt(program, presence.store, &presence.name, vault::unlock_keys(program, presence.store, &presence.name, &request.password));
    let opened = unlocking.await?;
    if !opened.is_intact {
        tell_altered_keys(program, &scope.store, presence.person_id).await?;
    }
    scope.session.unlock(program.now_ms());
    program.tell(AppEvent::Phase);
    Ok(Empty {})
}

/// Admits a person to one command alone, by name, password and code given with that very command. No session begins by it; the code is used up.
///
/// # Errors
/// As [`sign_in`]; where the person does not hold `permission`.
pub(crate) async fn prove(visitor: &Visitor, request: SignIn, permission: &'static str) -> Result<Scope> {
    let program = &visitor.program;
    let choice = store_in_front(program, &visitor.session).ok_or_else(|| no_store(visitor))?;
    let proving = attempt(program, choice, &request.name, async {
        let person = identify(program, choice, &request.name, &request.password).await?;
        let proved = async {
            let step = check_code(program, &person, &request.code).await?;
            let presence = person.presence(program);
            let scope = rpc::scope_of((program, &visitor.session), presence, person.store.clone(), permission).await?;
            let entry = audited(permission, person.person_id(), program.now_ms(), Vec::new());
            write_once(&person, Some(step), entry).await?;
            Ok(scope)
        };
        person.or_close(proved.await).await
    });
    proving.await
}

/// Enters without typing: only a demo shop that was made this moment.
pub(crate) async fn enter_new(program: &Arc<Program>, session: &Arc<Session>, choice: StoreChoice, store: &Arc<Store>, person_id: PersonId) -> Result<()> {
    let mut db = store.reader().await?;
    let credential = local::credential(&mut db, person_id.bytes()).await?.ok_or_else(Error::not_found)?;
    drop(db);
    let visitor = Visitor { program: program.clone(), session: session.clone() };
    let visit = Arc::new(Visit::begin(program, choice)?);
    let person = Identified { choice, store: store.clone(), credential, keys_intact: true, visit };
    enter(&visitor, &person, None, "session.open_new", Vec::new()).await.map(|_| ())
}

/// A person whose name and password are right; the store is open.
#[derive(Clone)]
pub(super) struct Identified {
    pub(super) choice: StoreChoice,
    pub(super) store: Arc<Store>,
    pub(super) credential: Credential,
    keys_intact: bool,
    /// The attempt that this is part of.
    pub(super) visit: Arc<Visit>,
}

impl Identified {
    pub(super) const fn person_id(&self) -> PersonId {
        PersonId(uuid::Uuid::from_bytes(self.credential.id))
    }

    /// The credential as it stands now: it may have changed since the password was looked at.
    async fn credential_now(&self) -> Result<Credential> {
        let mut db = self.store.reader().await?;
        local::credential(&mut db, self.credential.id).await?.ok_or_else(no_credential)
    }

    pub(super) fn presence(&self, program: &Program) -> Presence {
        Presence {
            person_id: self.person_id(),
            name: self.credential.name.clone(),
            role: self.credential.role.clone(),
            store: self.choice,
            since_ms: program.now_ms(),
            since: std::time::Instant::now(),
            locked: false,
            opened: Arc::downgrade(&self.store),
        }
    }

    /// A store that was opened for attempts alone is closed again with the last that failed.
    pub(super) async fn or_close<T>(&self, result: Result<T>) -> Result<T> {
        if result.is_err() {
            self.visit.leave().await?;
        }
        result
    }
}

pub(super) async fn identify(program: &Program, choice: StoreChoice, name: &str, password: &str) -> Result<Identified> {
    let visit = Arc::new(Visit::begin(program, choice)?);
    let looked = async {
        let opened = vault::unlock_keys(program, choice, name, password).await?;
        let (dir, person_id, keys_intact) = (program.dir(choice), opened.person_id, opened.is_intact);
        let store = visit.open(async { Ok(Store::open(&dir, opened.root).await?) }).await?;
        let mut db = store.reader().await?;
        let credential = local::credential(&mut db, person_id.bytes()).await?.ok_or_else(no_credential)?;
        if people::account_of(&mut db, person_id).await?.is_some_and(|account| account.state == AccountState::Left) {
            return Err(Error::refuse(Code::Forbidden, "this account is closed: whoever manages people opens it again"));
        }
        drop(db);
        Ok((store, credential, keys_intact))
    };
    match looked.await {
        Ok((store, credential, keys_intact)) => Ok(Identified { choice, store, credential, keys_intact, visit }),
        Err(error) => {
            visit.leave().await?;
            Err(error)
        }
    }
}

fn audited(act: &'static str, person_id: PersonId, now_ms: i64, changes: Vec<Change>) -> Entry {
    Entry {
        kind: act,
        actor: person_id,
        at_ms: now_ms,
        origin: Origin::Here,
        changes,
        events: Vec::new(),
        audit: Audit { act: act.into(), result: "done".into(), detail: serde_json::Value::Null },
    }
}

fn no_credential() -> Error {
    Error::refuse(Code::Refused, "this person has no credential in the store: restore a backup")
}

fn used() -> Error {
    Error::refuse(Code::CodeUsed, "this code was used already: wait for the next one, at most 30 seconds")
}

/// Writes the entry and uses the code up, in one transaction: a code counts once, also where two programs' worth of requests come at the same moment.
pub(super) async fn write_once(person: &Identified, step: Option<i64>, entry: Entry) -> Result<()> {
    let mut write = person.store.begin(Queue::Person).await?;
    if let Some(step) = step
        && !write.use_step(person.credential.id, step).await?
    {
        return Err(used());
    }
    write.commit(entry).await?;
    Ok(())
}

async fn enter(visitor: &Visitor, person: &Identified, step: Option<i64>, act: &'static str, changes: Vec<Change>) -> Result<Credential> {
    let program = &visitor.program;
    let opened = Event { kind: "session.opened".into(), entity: "session".into(), ids: Vec::new() };
    write_once(person, step, Entry { events: vec![opened], ..audited(act, person.person_id(), program.now_ms(), changes) }).await?;
    if !person.keys_intact {
        tell_altered_keys(program, &person.store, person.person_id()).await?;
    }
    crate::settings::note_idle_lock(program, person.choice, &person.store).await?;
    person.visit.came_in();
    // Whoever sat at this screen before took nothing along that is found here.
    program.exports.forget_of(&visitor.session);
    visitor.session.enter(person.presence(program));
    visitor.session.watch(program);
    program.tell(AppEvent::Phase);
    crate::settings::after_opening(program, person.choice, &person.store, visitor.session.is_of_a_screen()).await;
    Ok(person.credential.clone())
}

/// What a cut left of a change of the password is gone on with. A failure keeps nobody out: it is tried again at the next sign-in.
async fn settle(program: &Arc<Program>, person: &Identified, typed: &str) {
    if let Err(error) = super::new_password::settle(program, person, typed).await {
        tracing::warn!(%error, "a change of the password that was cut off is not settled yet");
    }
}

/// Somebody changed the key file outside the slot that was just opened: it goes into the audit, and the person is told.
async fn tell_altered_keys(program: &Arc<Program>, store: &Store, person_id: PersonId) -> Result<()> {
    let now_ms = program.now_ms();
    let mut entry = audited("keys.altered", person_id, now_ms, Vec::new());
    entry.audit.result = "found".into();
    store.begin(Queue::Person).await?.commit(entry).await?;
    crate::settings::notify(program, store, crate::wire::NoticeLevel::Warn, "keys_altered").await
}

pub(super) async fn check_code(program: &Program, person: &Identified, typed: &str) -> Result<i64> {
    let mut db = person.store.reader().await?;
    let (last_seen_ms, last_step) = (local::last_seen_ms(&mut db).await?, local::last_step(&mut db, person.credential.id).await?);
    drop(db);
    program.check_clock(person.choice, last_seen_ms)?;
    let totp = vault::generator_of(&person.store, &person.credential, "").await?;
    match code::compare(&totp, typed, program.now_ms()) {
        Outcome::Fits { step } => Ok(step),
        // The clocks agree: it is a code of before, which was used or passed over.
        Outcome::Elsewhere { step, .. } if last_step.is_some_and(|last| step <= last) => Err(used()),
        Outcome::Elsewhere { off_s, .. } => {
            let minutes = (off_s.abs() + 30) / 60;
            let which = if off_s > 0 { "slow" } else { "fast" };
            Err(Error::refuse(
                Code::Clock,
                format!("the code is right for another moment: this computer is about {minutes} min {which} beside the phone. Set the clock, then try again"),
            ))
        }
        Outcome::Wrong => Err(Error::refuse(
            Code::WrongCode,
            "the code is wrong: take the six digits that the authenticator shows now. If it stays wrong, compare date and time of this computer with the phone's",
        )),
    }
}

/// Uses a code up for one act of a person who is signed in.
pub(super) async fn use_code(scope: &Scope, typed: &str, act: &str) -> Result<()> {
    let (program, presence) = (&scope.program, &scope.presence);
    let credential = local::credential(&mut *scope.store.reader().await?, presence.person_id.bytes()).await?.ok_or_else(no_credential)?;
    let visit = Arc::new(Visit::begin(program, presence.store)?);
    let person = Identified { choice: presence.store, store: scope.store.clone(), credential, keys_intact: true, visit };
    let used = async {
        let step = check_code(program, &person, typed).await?;
        let mut entry = audited("code.use", presence.person_id, program.now_ms(), Vec::new());
        entry.audit.detail = serde_json::json!({"for": act});
        write_once(&person, Some(step), entry).await
    };
    let used = used.await;
    person.visit.leave().await?;
    used
}

pub(super) fn no_store(visitor: &Visitor) -> Error {
    visitor.program.absent(visitor.session.choice().unwrap_or(StoreChoice::Own))
}

/// One attempt at the door of a store. It is counted before it is checked, so that a program killed in between has counted it; success clears
/// the count, and what was no attempt (the keyring did not answer, the clock is wrong) is taken back.
pub(super) async fn attempt<T>(program: &Program, choice: StoreChoice, name: &str, check: impl Future<Output = Result<T>>) -> Result<T> {
    attempted(program, choice, name, check, true).await
}

/// As [`attempt`], for a part of the way: where it succeeds it counts for nothing, and clears nothing.
pub(super) async fn attempt_on<T>(program: &Program, choice: StoreChoice, name: &str, check: impl Future<Output = Result<T>>) -> Result<T> {
    attempted(program, choice, name, check, false).await
}

async fn attempted<T>(program: &Program, choice: StoreChoice, name: &str, check: impl Future<Output = Result<T>>, is_all: bool) -> Result<T> {
    let typed = name.to_owned();
    let wait = program.with_attempts(choice, move |attempts, now| {
        let wait = attempts.wait(&typed, now);
        if wait.is_zero() { attempts.record_failure(&typed, now).map(|_| wait) } else { Ok(wait) }
    });
    let wait = wait.await??;
    if !wait.is_zero() {
        let wait_s = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1);
        return Err(Error::Refusal {
            code: Code::Wait,
            message: format!("too many attempts: try again in {wait_s} s, or use the recovery sheet"),
            field: None,
            wait_s: Some(wait_s),
        });
    }
    let result = check.await;
    let counts = result.as_ref().map_err(Error::code).map(|_| ());
    let typed = name.to_owned();
    let settled = program.with_attempts(choice, move |attempts, _| match counts {
        Ok(()) if is_all => attempts.record_success(&typed),
        Ok(()) => attempts.take_back(&typed),
        Err(Code::WrongNameOrPassword | Code::WrongCode | Code::CodeUsed) => Ok(()),
        Err(_) => attempts.take_back(&typed),
    });
    settled.await??;
    result
}

fn codes_left(kept: &str) -> u32 {
    let list: Vec<serde_json::Value> = serde_json::from_str(kept).unwrap_or_default();
    u32::try_from(list.iter().filter(|c| c["used_at_ms"].is_null()).count()).unwrap_or(0)
}

//! Signing in: password and one-time code, or password and recovery code; locking and unlocking.
//!
//! Attempts are counted, not minutes; the count survives restarts; a wait is measured by the monotonic clock and never locks for good.

use super::{
    code::{self, Outcome},
    vault,
};
use crate::{
    Code, Error, Program, Result, Session,
    program::Presence,
    rpc::{Scope, Visitor},
    wire::{Empty, Person, Phase, SignIn, SignInRecovery, SignedIn, StoreChoice, Unlock},
};
use domain::PersonId;
use std::sync::Arc;
use store::{
    Audit, Change, Entry, Event, Origin, Queue, Store, catalogue, keys,
    local::{self, Credential},
};

/// The store that a session signs in to: its choice, else the own one, else the demo.
pub(crate) fn store_in_front(program: &Program, session: &Session) -> Option<StoreChoice> {
    session.choice().filter(|c| program.has(*c)).or_else(|| [StoreChoice::Own, StoreChoice::Demo].into_iter().find(|c| program.has(*c)))
}

/// What the program shows next to this session.
pub(crate) fn phase(program: &Program, session: &Session) -> Phase {
    if let Some(presence) = session.presence() {
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
    let choice = store_in_front(program, &visitor.session)
        .ok_or_else(|| Error::refuse(Code::NotFound, "there is no store here yet: open the demo shop or set up your own"))?;
    attempt_allowed(program, choice, &request.name)?;
    let opened = counted(program, choice, &request.name, vault::unlock_keys(program, choice, &request.name, &request.password).await)?;
    let was_open = program.opened(choice).is_some();
    let person_id = opened.person_id;
    let (store, credential) = open_for(program, choice, opened).await?;
    let checked = check_code(program, &store, &credential, &request.code).await;
    let entered = match counted(program, choice, &request.name, checked) {
        Ok(step) => enter(visitor, choice, &store, &credential, person_id, Some(step), "session.open", Vec::new()).await,
        Err(error) => Err(error),
    };
    if entered.is_err() && !was_open {
        program.close(choice).await?;
    }
    entered?;
    program.with_attempts(choice, |a, _| a.record_success(&request.name))?;
    Ok(SignedIn {
        person: Person { id: person_id.to_string(), name: credential.name, role: credential.role },
        recovery_codes_left: codes_left(&credential.recovery_hashes),
    })
}

/// Signs in with a recovery code in place of the authenticator. It is also the way back from a clock that was once in the future.
///
/// # Errors
/// Where the password or the code is wrong, or the code was used.
pub async fn sign_in_recovery(visitor: &Visitor, request: SignInRecovery) -> Result<SignedIn> {
    let program = &visitor.program;
    let choice = store_in_front(program, &visitor.session).ok_or_else(|| Error::refuse(Code::NotFound, "there is no store here yet"))?;
    attempt_allowed(program, choice, &request.name)?;
    let opened = counted(program, choice, &request.name, vault::unlock_keys(program, choice, &request.name, &request.password).await)?;
    let was_open = program.opened(choice).is_some();
    let person_id = opened.person_id;
    let (store, credential) = open_for(program, choice, opened).await?;
    let now_ms = program.now_ms();
    let spent = counted(program, choice, &request.name, vault::spend_recovery_code(credential.recovery_hashes.clone(), request.recovery_code, now_ms).await);
    let entered = match spent {
        Ok((kept, left)) => {
            store.saw(now_ms, true).await?;
            let changed = Credential { recovery_hashes: kept, ..credential.clone() }.next_row();
            let change = Change::Put { table: &catalogue::CREDENTIAL, rows: vec![changed] };
            enter(visitor, choice, &store, &credential, person_id, None, "session.open_by_recovery_code", vec![change]).await.map(|()| left)
        }
        Err(error) => Err(error),
    };
    if entered.is_err() && !was_open {
        program.close(choice).await?;
    }
    let left = entered?;
    program.with_attempts(choice, |a, _| a.record_success(&request.name))?;
    Ok(SignedIn { person: Person { id: person_id.to_string(), name: credential.name, role: credential.role }, recovery_codes_left: left })
}

/// Opens a locked screen with the password alone; within twelve hours of the last second factor.
///
/// # Errors
/// Where the password is wrong.
pub async fn unlock(scope: &Scope, request: Unlock) -> Result<Empty> {
    let (program, presence) = (&scope.program, &scope.presence);
    attempt_allowed(program, presence.store, &presence.name)?;
    counted(program, presence.store, &presence.name, vault::unlock_keys(program, presence.store, &presence.name, &request.password).await)?;
    program.with_attempts(presence.store, |a, _| a.record_success(&presence.name))?;
    scope.session.set_locked(false);
    program.tell(crate::wire::AppEvent::Phase);
    Ok(Empty {})
}

/// Enters without typing: only a demo shop that was made this moment.
pub(crate) async fn enter_new(program: &Arc<Program>, session: &Arc<Session>, choice: StoreChoice, store: &Arc<Store>, person_id: PersonId) -> Result<()> {
    let mut db = store.reader().await?;
    let credential = local::credential(&mut db, person_id.bytes()).await?.ok_or_else(Error::not_found)?;
    drop(db);
    let visitor = Visitor { program: program.clone(), session: session.clone() };
    enter(&visitor, choice, store, &credential, person_id, None, "session.open_new", Vec::new()).await
}

#[expect(clippy::too_many_arguments, reason = "the one place where a session begins names everything it rests on")]
async fn enter(
    visitor: &Visitor,
    choice: StoreChoice,
    store: &Arc<Store>,
    credential: &Credential,
    person_id: PersonId,
    step: Option<i64>,
    act: &'static str,
    changes: Vec<Change>,
) -> Result<()> {
    let now_ms = visitor.program.now_ms();
    let mut write = store.begin(Queue::Person).await?;
    if let Some(step) = step
        && !write.use_step(person_id.bytes(), step).await?
    {
        return Err(Error::refuse(Code::CodeUsed, "this code was used already: wait for the next one, at most 30 seconds"));
    }
    let entry = Entry {
        kind: act,
        actor: person_id,
        at_ms: now_ms,
        origin: Origin::Here,
        changes,
        events: vec![Event { kind: "session.opened".into(), entity: "session".into(), ids: Vec::new() }],
        audit: Audit { act: act.into(), result: "done".into(), detail: serde_json::Value::Null },
    };
    write.commit(entry).await?;
    visitor.session.enter(Presence { person_id, name: credential.name.clone(), role: credential.role.clone(), store: choice, since_ms: now_ms, locked: false });
    visitor.program.tell(crate::wire::AppEvent::Phase);
    crate::settings::after_opening(&visitor.program, choice, store).await;
    Ok(())
}

async fn open_for(program: &Program, choice: StoreChoice, opened: keys::Opened) -> Result<(Arc<Store>, Credential)> {
    let dir = program.dir(choice);
    let person_id = opened.person_id;
    let store = program.open_with(choice, async { Ok(Store::open(&dir, opened.root).await?) }).await?;
    let mut db = store.reader().await?;
    let credential = local::credential(&mut db, person_id.bytes()).await?;
    drop(db);
    let credential = credential.ok_or_else(|| Error::refuse(Code::Refused, "this person has no credential in the store: restore a backup"))?;
    Ok((store, credential))
}

async fn check_code(program: &Program, store: &Store, credential: &Credential, typed: &str) -> Result<i64> {
    let mut db = store.reader().await?;
    let last_seen_ms = local::last_seen_ms(&mut db).await?;
    drop(db);
    program.check_clock(last_seen_ms)?;
    let totp = vault::generator_of(store, credential, "").await?;
    match code::compare(&totp, typed, program.now_ms()) {
        Outcome::Fits { step } => Ok(step),
        Outcome::Elsewhere { off_s } => {
            let minutes = (off_s.abs() + 30) / 60;
            let which = if off_s > 0 { "slow" } else { "fast" };
            Err(Error::refuse(
                Code::Clock,
                format!("the code is right for another moment: this computer is about {minutes} min {which} beside the phone. Set the clock, then try again"),
            ))
        }
        Outcome::Wrong => Err(Error::refuse(Code::WrongCode, "the code is wrong: take the six digits that the authenticator shows now")),
    }
}

fn attempt_allowed(program: &Program, choice: StoreChoice, name: &str) -> Result<()> {
    let wait = program.with_attempts(choice, |a, now| a.wait(name, now));
    if wait.is_zero() {
        return Ok(());
    }
    let wait_s = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1);
    Err(Error::Refusal {
        code: Code::Wait,
        message: format!("too many attempts: try again in {wait_s} s, or use the recovery sheet"),
        field: None,
        wait_s: Some(wait_s),
    })
}

/// Counts a failed attempt, whichever factor failed.
fn counted<T>(program: &Program, choice: StoreChoice, name: &str, result: Result<T>) -> Result<T> {
    if let Err(error) = &result
        && matches!(error.code(), Code::WrongNameOrPassword | Code::WrongCode | Code::CodeUsed)
    {
        program.with_attempts(choice, |a, now| a.record_failure(name, now))?;
    }
    result
}

fn codes_left(kept: &str) -> u32 {
    let list: Vec<serde_json::Value> = serde_json::from_str(kept).unwrap_or_default();
    u32::try_from(list.iter().filter(|c| c["used_at_ms"].is_null()).count()).unwrap_or(0)
}

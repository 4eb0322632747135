//! A new password for a person who shows the present one and a code. Slot and credential are two things: the slot opens this computer's file, the
//! credential's verifier is what a slot is made by elsewhere. They lie in two files, so that a cut between the two is gone on with at the next sign-in.
//!
//! At no moment does neither password open the file: `store.keys` is replaced whole by one rename, and opens with the old password before it and with the new
//! one after it.
//!
//! Deliberately absent: a password that was forgotten (`recover`), and the slots of other computers, which keep the old one until it is changed there.

use super::{
    password,
    sign_in::{self, Identified},
    vault,
};
use crate::{
    Error, Program, Result,
    rpc::Visitor,
    visits::Visit,
    wire::{Empty, PasswordChange, StoreChoice},
};
use domain::PersonId;
use std::sync::Arc;
use store::{
    Audit, Change, Entry, Event, Origin, Store, catalogue, keys,
    local::{self, Credential},
};
use zeroize::Zeroizing;

const RIGHT: &str = "password.change";

/// Gives whoever shows name, password and an unused code a new password on this computer.
///
/// # Errors
/// As signing in; where the new password cannot be used; where the key file cannot be written: the old password stays then.
pub async fn change(visitor: &Visitor, request: PasswordChange) -> Result<Empty> {
    let program = &visitor.program;
    let choice = sign_in::store_in_front(program, &visitor.session).ok_or_else(|| sign_in::no_store(visitor))?;
    if choice == StoreChoice::Demo {
        return Err(Error::field("new_password", "the password of the demo shop is the one its sign-in shows: change the one of your own shop"));
    }
    let (old, new) = (Zeroizing::new(request.password), Zeroizing::new(request.new_password));
    let changing = sign_in::attempt(program, choice, &request.name, async {
        let person = sign_in::identify(program, choice, &request.name, &old).await?;
        let changed = async {
            // Before the code is used up: whoever chose a weak one tries again with the same code.
            usable(&person, &old, &new).await?;
            let step = sign_in::check_code(program, &person, &request.code).await?;
            program.rights(&person.store, &person.presence(program), RIGHT).await?;
            change_credential(program, &person, step, new.clone()).await?;
            change_slot(program, &person, new).await
        };
        person.or_close(changed.await).await.map(|()| person.person_id())
    });
    let person_id = changing.await?;
    // Who knows the old one may sit at another screen; the one at which both factors were shown goes on.
    program.shut_sessions(person_id);
    if visitor.session.presence().is_some_and(|presence| presence.person_id == person_id) {
        visitor.session.renew(program.now_ms());
    }
    Visit::begin(program, choice)?.leave().await?;
    Ok(Empty {})
}

async fn usable(person: &Identified, old: &str, new: &str) -> Result<()> {
    if old == new {
        return Err(Error::field("new_password", "this is the password of now: choose another one"));
    }
    let shop = vault::first_shop(&person.store).await?.map(|(name, ..)| name).unwrap_or_default();
    match password::judge(new, &[&shop, &person.credential.name]).problem {
        None => Ok(()),
        Some(problem) => Err(Error::field(
            "new_password",
            format!("this password cannot be used ({}): take at least 12 characters that nobody guesses", password::said(&problem)),
        )),
    }
}

/// Of whom the settings of this computer say that a change of their password was begun.
fn mark(person_id: PersonId) -> String {
    format!("password_changing:{person_id}")
}

/// The first half: the credential recognises the new password, the code is used up and the audit has the act, all in one entry. The mark comes before it.
async fn change_credential(program: &Arc<Program>, person: &Identified, step: i64, new: Zeroizing<String>) -> Result<()> {
    let person_id = person.person_id();
    set_mark(&person.store, person_id).await?;
    let changed = recognising(program, &person.store, &person.credential, new).await?;
    sign_in::write_once(person, Some(step), entry(RIGHT, program.now_ms(), person_id, changed)).await
}

/// The second half: the slot opens with the new password, and the mark falls.
async fn change_slot(program: &Arc<Program>, person: &Identified, new: Zeroizing<String>) -> Result<()> {
    let (person_id, root, random) = (person.person_id(), person.store.root().duplicate(), program.clone());
    let (dir, keyring) = (program.dir(person.choice), program.keyring(person.choice));
    vault::apart(move || keys::rewrap(&dir, &root, person_id, &new, vault::device(keyring, &dir).as_ref(), &mut random.chance())).await??;
    if let Err(error) = forget_mark(&person.store, person_id).await {
        tracing::warn!(%error, "the password is changed; that the change was begun is looked at again at the next sign-in");
    }
    Ok(())
}

/// Says that a change of a person's password is begun: where it is cut off, their next sign-in settles it.
pub(super) async fn set_mark(store: &Store, person_id: PersonId) -> Result<()> {
    Ok(store.change_settings(move |kept| drop(kept.insert(mark(person_id), true.into()))).await?)
}

/// The change is done, in both places.
pub(super) async fn forget_mark(store: &Store, person_id: PersonId) -> Result<()> {
    Ok(store.change_settings(move |kept| drop(kept.remove(&mark(person_id)))).await?)
}

/// After a sign-in: where a change was begun and cut off, the credential is made to recognise the password that opened the slot, whichever of the two it is.
///
/// # Errors
/// Where the store cannot be read or written.
pub(super) async fn settle(program: &Arc<Program>, person: &Identified, typed: &str) -> Result<()> {
    let (store, person_id) = (&person.store, person.person_id());
    let mut db = store.reader().await?;
    let begun = local::settings(&mut db).await?.get(mark(person_id)).is_some();
    let credential = local::credential(&mut db, person_id.bytes()).await?.filter(|_| begun);
    drop(db);
    let Some(credential) = credential else { return Ok(()) };
    let (key, password) = (store.organisation_keys().await?.totp, Zeroizing::new(typed.to_owned()));
    let (verifier, tried) = (credential.verifier.clone(), password.clone());
    let is_recognised = vault::apart(move || keys::is_password_of(&key, person_id, &tried, &verifier)).await??;
    if !is_recognised {
        let changed = recognising(program, store, &credential, password).await?;
        store.begin(store::Queue::Person).await?.commit(entry("password.keep", program.now_ms(), person_id, changed)).await?;
    }
    forget_mark(store, person_id).await
}

/// The credential that recognises a password, as the change of a row.
async fn recognising(program: &Program, store: &Store, credential: &Credential, password: Zeroizing<String>) -> Result<Change> {
    let person_id = PersonId(uuid::Uuid::from_bytes(credential.id));
    let verifier = vault::verifier(program, store.organisation_keys().await?.totp, person_id, password).await?;
    Ok(Change::Put { table: &catalogue::CREDENTIAL, rows: vec![Credential { verifier, ..credential.clone() }.next_row()] })
}

fn entry(act: &'static str, now_ms: i64, person_id: PersonId, changed: Change) -> Entry {
    Entry {
        kind: act,
        actor: person_id,
        at_ms: now_ms,
        origin: Origin::Here,
        changes: vec![changed],
        events: vec![Event { kind: "password.changed".into(), entity: "person".into(), ids: vec![person_id.to_string()] }],
        audit: Audit { act: act.into(), result: "done".into(), detail: serde_json::Value::Null },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Chance, Session, SystemClock,
        access::code,
        program::{KeyringChoice, Start},
        wire::{Host, Language},
    };
    use store::keys::Argon2Cost;

    const OLD: &str = "three blue cups on a shelf";
    const NEW: &str = "four green plates in a rack";
    const SEED: &[u8] = b"twenty bytes of seed";

    fn start(dir: &std::path::Path) -> Arc<Program> {
        Program::new(Start {
            data_dir: dir.to_owned(),
            host: Host::Web,
            keyring: KeyringChoice::File,
            clock: Arc::new(SystemClock),
            chance: Chance::seeded(1),
            language: Some(Language::En),
            cost: Some(Argon2Cost::FLOOR),
        })
    }

    async fn found(dir: &std::path::Path) {
        let program = start(dir);
        let founder = vault::Founder {
            choice: StoreChoice::Own,
            shop_name: "Riverside".into(),
            currency: "CNY".into(),
            zone: "Asia/Shanghai".into(),
            owner_name: "Li".into(),
            password: OLD.to_owned().into(),
            seed: SEED.to_vec().into(),
            recovery_codes: store::keys::recovery_codes(&mut domain::clock::Seeded::new(5)).into_iter().take(2).collect(),
        };
        vault::found(&program, founder).await.unwrap();
        program.shut_down().await;
    }

    /// Which of the two passwords opens the file, and which one the credential recognises.
    async fn which(program: &Arc<Program>, person: &Identified) -> ([bool; 2], [bool; 2]) {
        let (mut opens, mut recognised) = ([false; 2], [false; 2]);
        let credential = local::credential(&mut person.store.reader().await.unwrap(), person.credential.id).await.unwrap().unwrap();
        for (i, typed) in [OLD, NEW].into_iter().enumerate() {
            opens[i] = vault::unlock_keys(program, StoreChoice::Own, "Li", typed).await.is_ok();
            let key = person.store.organisation_keys().await.unwrap().totp;
            recognised[i] = keys::is_password_of(&key, person.person_id(), typed, &credential.verifier).unwrap();
        }
        (opens, recognised)
    }

    /// The program is killed before, between and after the two halves: exactly one password opens the file, and after the next sign-in the credential
    /// recognises the same one.
    #[tokio::test(flavor = "multi_thread")]
    async fn killed_at_any_step_one_password_opens_and_the_next_sign_in_settles_the_rest() {
        for (halves, opens, recognised) in [(0, [true, false], [true, false]), (1, [true, false], [false, true]), (2, [false, true], [false, true])] {
            let dir = tempfile::tempdir().unwrap();
            found(dir.path()).await;
            let program = start(dir.path());
            let person = sign_in::identify(&program, StoreChoice::Own, "Li", OLD).await.unwrap();
            let id = person.person_id();
            // What the first half begins with, also where nothing else was done.
            set_mark(&person.store, id).await.unwrap();
            if halves >= 1 {
                change_credential(&program, &person, 1, NEW.to_owned().into()).await.unwrap();
            }
            if halves == 2 {
                change_slot(&program, &person, NEW.to_owned().into()).await.unwrap();
                set_mark(&person.store, id).await.unwrap();
            }
            assert_eq!(which(&program, &person).await, (opens, recognised), "after {halves} halves");
            drop(person);
            program.shut_down().await;

            let again = start(dir.path());
            let session = Arc::new(Session::default());
            let now = if opens[0] { OLD } else { NEW };
            let code = code::current(&code::generator(SEED, "Riverside", "Li").unwrap(), again.now_ms()).0;
            let ask = serde_json::json!({"name": "Li", "password": now, "code": code});
            crate::rpc::dispatch(&again, &session, "sign_in", ask).await.unwrap();
            let person = sign_in::identify(&again, StoreChoice::Own, "Li", now).await.unwrap();
            assert_eq!(which(&again, &person).await, (opens, opens), "after {halves} halves and a sign-in");
            let kept = local::settings(&mut person.store.reader().await.unwrap()).await.unwrap();
            assert!(kept.get(mark(person.person_id())).is_none(), "{kept}");
            drop(person);
            again.shut_down().await;
        }
    }
}

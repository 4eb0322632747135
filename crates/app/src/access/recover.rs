//! The way back with the recovery sheet 恢复单: a backup put back, a computer that does not know its store any more, a password that was forgotten.
//!
//! The one-time code, or one of the sheet's recovery codes, is asked at the sign-in that follows. Whoever has neither any more gets a new authenticator and
//! new codes together with the new password: the recovery key opens the books, so that asking more of its holder would protect nothing and lock a sole
//! owner out for good.

use super::{new_password, password, vault};
use crate::{
    Code, Error, Program, Result, Session,
    visits::Visit,
    wire::{AppEvent, JobKind, JobState, Recover, Recovered, StoreChoice},
};
use domain::PersonId;
use std::{path::Path, sync::Arc};
use store::{
    Audit, Change, Entry, Event, Origin, Queue, Store, catalogue,
    keys::{self, RecoveryKey, RootKey, SignIn},
    local::{self, Credential},
};
use zeroize::Zeroizing;

/// Puts a backup in the place of the own store. Answers whether this computer knows the store: where it does not, a password opens nothing yet.
/// The owner then signs in with the password of the business in this run of the program, or [`recover`] gives them a new one.
///
/// # Errors
/// Where the store is open, or the backup is not whole or not of this recovery key: the refusal's field says which of the two, `file` or `recovery_key`.
pub async fn restore(program: &Program, file: &Path, recovery_key: &str) -> Result<bool> {
    let dir = program.dir(StoreChoice::Own);
    // Before anything is put in another's place: without its keyring this computer could not let anybody in afterwards.
    let (keyring, at) = (program.keyring(StoreChoice::Own), dir.clone());
    vault::apart(move || keys::is_reachable(vault::device(keyring, &at).as_ref())).await??;
    let restored = store::backup::restore(file, &dir, recovery_key, program.now_ms()).await.map_err(|error| of_backup(error, file))?;
    program.forget_attempts(StoreChoice::Own);
    let keyring = program.keyring(StoreChoice::Own);
    let known = vault::apart(move || keys::knows_device(&dir, vault::device(keyring, &dir).as_ref())).await?;
    program.hold_restored((!known).then_some(restored.root));
    Ok(known)
}

/// Opens the own store with the recovery key and gives its person a new password on this computer. The device's secret and the recovery key are
/// new afterwards; every other slot falls.
///
/// # Errors
/// Where the recovery key does not open the store, the password cannot be used, or another program has the store open.
pub async fn recover(program: &Program, session: &Session, request: Recover) -> Result<Recovered> {
    let choice = StoreChoice::Own;
    if !program.has(choice) {
        return Err(program.absent(choice));
    }
    let dir = program.dir(choice);
    let key = RecoveryKey::parse(&request.recovery_key).map_err(of_key)?;
    let opened = vault::apart(move || keys::open_with_recovery(&dir, &key)).await?.map_err(of_key)?;
    // Held to the end: an attempt at the door that fails meanwhile does not close the store under this.
    let _visit = Visit::begin(program, choice)?;
    // After signing out the store stays open for the next person. Whoever has the sheet takes it as it is, but breaks no work off.
    let was_open = program.opened(choice).is_some();
    if was_open && program.jobs.list().iter().any(|job| job.state == JobState::Running && job.kind != JobKind::DemoMake) {
        return Err(Error::refuse(Code::InUse, "your shop is at work (an import, a backup or an exchange): wait until it is done, then recover it"));
    }
    let result = renew(program, opened, Zeroizing::new(request.password), request.new_authenticator).await;
    // With the new password everybody signs in anew. Where nothing came of it, a store that was open stays so.
    if result.is_ok() || !was_open {
        program.close(choice).await?;
    }
    if let Ok(recovered) = &result {
        // Whoever has the sheet waits for nobody's failures.
        let name = recovered.name.clone();
        program.with_attempts(choice, move |attempts, _| attempts.record_success(&name)).await??;
        program.hold_restored(None);
        session.leave();
        session.choose(Some(choice));
        program.tell(AppEvent::Phase);
    }
    result
}

/// A recovery key that is not taken, at the field where it was typed.
fn of_key(error: keys::Error) -> Error {
    match error {
        keys::Error::WrongRecoveryKey | keys::Error::RecoveryKeyMistyped => refused_field("recovery_key", error.to_string()),
        other => other.into(),
    }
}

/// What is wrong with a backup or its key, at the field where it was chosen or typed.
fn of_backup(error: store::Error, file: &Path) -> Error {
    use store::backup_format::Error as Of;
    match error {
        store::Error::Keys(keys::Error::WrongRecoveryKey) => refused_field(
            "recovery_key",
            "this recovery key does not open this backup: take the sheet that was the latest when the backup was made; if it is that one, the head of the backup is damaged, use another backup".to_owned(),
        ),
        store::Error::Keys(error) => of_key(error),
        store::Error::Backup(Of::File(_) | Of::Cancelled) => error.into(),
        store::Error::Backup(_) | store::Error::BackupNotWhole { .. } | store::Error::BackupOfAnother => refused_field("file", error.to_string()),
        // What stands at the backup itself is the file's fault, not the store's.
        store::Error::Place { ref place, .. } if *place == file.display().to_string() => refused_field("file", error.to_string()),
        other => other.into(),
    }
}

fn refused_field(field: &str, message: String) -> Error {
    Error::Refusal { code: Code::Refused, message, field: Some(field.to_owned()), wait_s: None }
}

async fn renew(program: &Program, opened: keys::Opened, password: Zeroizing<String>, new_authenticator: bool) -> Result<Recovered> {
    let (choice, person_id, root) = (StoreChoice::Own, opened.person_id, opened.root.duplicate());
    let store = open(program, opened.root).await?;
    let mut db = store.reader().await?;
    let credential = local::credential(&mut db, person_id.bytes()).await?;
    drop(db);
    let credential = credential.ok_or_else(|| Error::refuse(Code::Refused, "this person has no credential in the store: restore a backup"))?;
    let name = opened.sign_in_name.unwrap_or_else(|| credential.name.clone());
    if let Some(problem) = password::judge(&password, &[&name]).problem {
        return Err(Error::field(
            "password",
            format!("this password cannot be used ({}): take at least 12 characters that nobody guesses", password::said(&problem)),
        ));
    }
    let verifier = vault::verifier(program, store.organisation_keys().await?.totp, person_id, password.clone()).await?;
    let mut changed = Credential { verifier, ..credential };
    let factor = if new_authenticator { Some(vault::new_factor(program, &store, &mut changed).await?) } else { None };
    // The keys go last: what is cut off before leaves the sheet of now, with which the owner begins again. Cut off between the two, a sign-in settles them.
    new_password::set_mark(&store, person_id).await?;
    write(program, &store, person_id, vec![Change::Put { table: &catalogue::CREDENTIAL, rows: vec![changed.next_row()] }], opened.is_intact).await?;
    let (keys_dir, keyring, random, typed) = (program.dir(choice), program.keyring(choice), program.own()?, name.clone());
    let renewed = vault::apart(move || {
        let person = SignIn { person_id, name: &typed, password: &password };
        keys::remember_new_device(&keys_dir, &root, &person, vault::device(keyring, &keys_dir).as_ref(), &mut random.chance())
    });
    let renewed = renewed.await??;
    if let Err(error) = new_password::forget_mark(&store, person_id).await {
        tracing::warn!(%error, "the password is new; that it was begun is looked at again at the next sign-in");
    }
    let (recovery_codes, authenticator) = factor.map_or((Vec::new(), None), |(codes, authenticator)| (codes, Some(authenticator)));
    let recovery_key = renewed.recovery_key.to_text().as_str().to_owned();
    Ok(Recovered { name, recovery_key, names_to_add_again: renewed.names_to_add_again, recovery_codes, authenticator })
}

/// The slot of a store that was just put back on this computer: made for the password that the credential recognises. The sheet stays.
///
/// # Errors
/// Unknown name and wrong password are one error; the key of the store is then kept for the next attempt.
pub(super) async fn let_in(program: &Program, root: RootKey, name: &str, password: &str) -> Result<keys::Opened> {
    let kept = root.duplicate();
    let result = let_in_by_password(program, root, name, Zeroizing::new(password.to_owned())).await;
    program.close(StoreChoice::Own).await?;
    if result.is_err() {
        program.hold_restored(Some(kept));
    }
    result
}

async fn let_in_by_password(program: &Program, root: RootKey, name: &str, password: Zeroizing<String>) -> Result<keys::Opened> {
    let choice = StoreChoice::Own;
    let store = open(program, root.duplicate()).await?;
    let mut db = store.reader().await?;
    let credential = local::credential_named(&mut db, name).await?;
    drop(db);
    let key = store.organisation_keys().await?.totp;
    let (typed, cost) = (password.clone(), program.cost());
    let recognised = vault::apart(move || match credential {
        Some(credential) => {
            let person_id = PersonId(uuid::Uuid::from_bytes(credential.id));
            Ok(keys::is_password_of(&key, person_id, &typed, &credential.verifier)?.then_some((person_id, credential.name)))
        }
        // An unknown name costs what a wrong password costs.
        None => keys::primitives::argon2id(typed.as_bytes(), &[0; 32], cost).map(|_| None),
    });
    let (person_id, sign_in_name) = recognised.await??.ok_or(keys::Error::WrongNameOrPassword)?;
    let (keys_dir, keyring, random, typed, own) = (program.dir(choice), program.keyring(choice), program.own()?, sign_in_name.clone(), root.duplicate());
    let settled = vault::apart(move || {
        let person = SignIn { person_id, name: &typed, password: &password };
        keys::remember_new_device_by_password(&keys_dir, &own, &person, vault::device(keyring, &keys_dir).as_ref(), &mut random.chance())
    });
    settled.await??;
    write(program, &store, person_id, Vec::new(), true).await?;
    Ok(keys::Opened { root, person_id, sign_in_name: Some(sign_in_name), is_intact: true })
}

async fn open(program: &Program, root: RootKey) -> Result<Arc<Store>> {
    let dir = program.dir(StoreChoice::Own);
    program.open_with(StoreChoice::Own, async { Ok(Store::open(&dir, root).await?) }).await
}

async fn write(program: &Program, store: &Store, person_id: PersonId, changes: Vec<Change>, keys_intact: bool) -> Result<()> {
    let entry = Entry {
        kind: "device.remember",
        actor: person_id,
        at_ms: program.now_ms(),
        origin: Origin::Here,
        changes,
        events: vec![Event { kind: "device.remembered".into(), entity: "session".into(), ids: Vec::new() }],
        audit: Audit { act: "device.remember".into(), result: "done".into(), detail: serde_json::json!({"keys_intact": keys_intact}) },
    };
    store.begin(Queue::Person).await?.commit(entry).await?;
    Ok(())
}

//! The first sign-in of a person who was invited, and the one after a reset: a one-time code lets them choose a password at a computer on which the shop is
//! open. Nobody else learns the password; after a reset the authenticator stays.
//!
//! The slot comes first and the account after it: cut off between the two, the one-time code still counts, and the next attempt makes the slot anew.

use super::{code, password, setup, sign_in, vault};
use crate::{
    Code, Error, Program, Result,
    rpc::Visitor,
    visits::Visit,
    wire::{Empty, InvitationAccept, InvitationLook, InvitationShown, StoreChoice},
};
use domain::PersonId;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use store::{
    Audit, Change, Entry, Event, Origin, Queue, Store, catalogue,
    keys::{self, SignIn},
    local::{self, Credential},
    read::people::{self, Account, AccountState},
};
use zeroize::Zeroizing;

/// Seeds of authenticators that were shown and not confirmed yet; only in memory.
#[derive(Default)]
pub(crate) struct Shown(Mutex<BTreeMap<PersonId, Zeroizing<Vec<u8>>>>);

/// People who are at their first sign-in at one moment.
const SHOWN_MAX: usize = 100;

impl Shown {
    fn keep(&self, person: PersonId, seed: Zeroizing<Vec<u8>>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SHOWN_MAX {
            kept.clear();
        }
        kept.insert(person, seed);
    }

    fn of(&self, person: PersonId) -> Option<Zeroizing<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&person).cloned()
    }

    fn forget(&self, person: PersonId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&person);
    }
}

/// A one-time code of an invitation or a reset.
pub(super) struct Opening {
    code: String,
    salt: [u8; 32],
    hash: [u8; 32],
}

impl Opening {
    /// What is kept of it: enough to recognise it, and until when.
    pub(super) fn kept(&self, until_ms: i64) -> String {
        serde_json::json!({"salt": hex::encode(self.salt), "hash": hex::encode(self.hash), "until_ms": until_ms}).to_string()
    }

    /// The code itself, shown once.
    pub(super) fn text(&self) -> String {
        self.code.clone()
    }
}

/// A fresh code of eighty bits, as it is read out or written down.
pub(super) async fn new_code(program: &Arc<Program>) -> Result<Opening> {
    let random = program.clone();
    vault::apart(move || {
        let code = keys::recovery::recovery_codes(&mut random.chance()).into_iter().next().ok_or_else(|| Error::Fault("no code was made".into()))?;
        let mut salt = [0; 32];
        random.chance().fill(&mut salt);
        let hash = keys::recovery::hash_recovery_code(&code, &salt)?;
        Ok(Opening { code, salt, hash })
    })
    .await?
}

/// Until when the code that is out counts; `None` where none is.
pub(super) fn until_ms(kept: &str) -> Option<i64> {
    serde_json::from_str::<serde_json::Value>(kept).ok()?.get("until_ms")?.as_i64()
}

/// What a wrong name, a wrong code and one that is over have in common, so that none of them tells of the others.
fn refused() -> Error {
    Error::refuse(
        Code::WrongNameOrPassword,
        "this name and one-time code do not fit together, or the code was used or is older than a day: compare both with what you were told, or ask for a new code",
    )
}

fn is_code_of(kept: &str, typed: &str, now_ms: i64) -> Result<bool> {
    let value: serde_json::Value = serde_json::from_str(kept).unwrap_or_default();
    let (mut salt, mut hash) = ([0; 32], [0; 32]);
    let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let is_kept = hex::decode_to_slice(text("salt"), &mut salt).is_ok() && hex::decode_to_slice(text("hash"), &mut hash).is_ok();
    // An unknown name costs what a wrong code costs.
    let fits = keys::recovery::verify_recovery_code(typed, &salt, &hash)?;
    Ok(fits && is_kept && until_ms(kept).is_some_and(|until_ms| now_ms < until_ms))
}

/// The store as somebody has it open: the key of a closed one is with those who can open it.
fn opened(visitor: &Visitor) -> Result<Arc<Store>> {
    visitor.program.opened(StoreChoice::Own).ok_or_else(|| {
        Error::refuse(Code::Refused, "the shop is closed on this computer: let somebody sign in who already can, and type the one-time code then")
    })
}

async fn account_of(visitor: &Visitor, name: &str, typed: &str) -> Result<(Arc<Store>, Account)> {
    let (store, now_ms) = (opened(visitor)?, visitor.program.now_ms());
    let accounts = people::accounts(&mut *store.reader().await?).await?;
    let same = |account: &Account| account.name.trim().to_lowercase() == name.trim().to_lowercase() && account.state != AccountState::Left;
    let account = accounts.into_iter().find(same);
    let (kept, typed) = (account.as_ref().map(|account| account.opening.clone()).unwrap_or_default(), typed.to_owned());
    let fits = vault::apart(move || is_code_of(&kept, &typed, now_ms)).await??;
    match account {
        Some(account) if fits => Ok((store, account)),
        _ => Err(refused()),
    }
}

async fn credential_of(store: &Store, person: PersonId) -> Result<Option<Credential>> {
    Ok(local::credential(&mut *store.reader().await?, person.bytes()).await?)
}

/// Shows the authenticator of a person who has none yet.
///
/// # Errors
/// Where name and code do not fit together; counted as an attempt to sign in.
pub async fn look(visitor: &Visitor, request: InvitationLook) -> Result<InvitationShown> {
    let program = &visitor.program;
    // It clears no count: else whoever knows the one-time code could try the authenticator's without end.
    let looking = sign_in::attempt_on(program, StoreChoice::Own, &request.name, account_of(visitor, &request.name, &request.code));
    let (store, account) = looking.await?;
    let shop_name = vault::first_shop(&store).await?.map(|(name, ..)| name).unwrap_or_default();
    if credential_of(&store, account.id).await?.is_some() {
        return Ok(InvitationShown { shop_name, authenticator: None });
    }
    // Each time another one: whoever gave the one-time code out may have looked first.
    let mut seed = Zeroizing::new(vec![0; code::SEED_BYTES]);
    program.chance().fill(&mut seed);
    program.shown.keep(account.id, seed.clone());
    let authenticator = setup::shown(&code::generator(&seed, &shop_name, &account.name)?)?;
    Ok(InvitationShown { shop_name, authenticator: Some(authenticator) })
}

/// Takes the password that the person chose, and the code that proves their authenticator.
///
/// # Errors
/// Where one of them does not fit; the one-time code counts on then.
pub async fn accept(visitor: &Visitor, request: InvitationAccept) -> Result<Empty> {
    let program = &visitor.program;
    let visit = Visit::begin(program, StoreChoice::Own)?;
    let accepting = sign_in::attempt(program, StoreChoice::Own, &request.name, accept_by(visitor, &request));
    let accepted = accepting.await;
    visit.leave().await?;
    accepted.map(|()| Empty {})
}

async fn accept_by(visitor: &Visitor, request: &InvitationAccept) -> Result<()> {
    let program = &visitor.program;
    let (store, account) = account_of(visitor, &request.name, &request.code).await?;
    let shop_name = vault::first_shop(&store).await?.map(|(name, ..)| name).unwrap_or_default();
    if let Some(problem) = password::judge(&request.password, &[&shop_name, &account.name]).problem {
        return Err(Error::field(
            "password",
            format!("this password cannot be used ({}): take at least 12 characters that nobody guesses", password::said(&problem)),
        ));
    }
    let before = credential_of(&store, account.id).await?;
    let (totp, seed) = match &before {
        Some(credential) => (vault::generator_of(&store, credential, &shop_name).await?, None),
        None => {
            let seed = program
                .shown
                .of(account.id)
                .ok_or_else(|| Error::refuse(Code::Refused, "the authenticator was not shown yet: type name and one-time code again"))?;
            (code::generator(&seed, &shop_name, &account.name)?, Some(seed))
        }
    };
    let step = match code::compare(&totp, &request.totp, program.now_ms()) {
        code::Outcome::Fits { step } => step,
        _ => {
            return Err(Error::refuse(
                Code::WrongCode,
                "the code is wrong: take the six digits that the authenticator shows now. If it stays wrong, compare date and time of this computer with the phone's",
            ));
        }
    };
    let chosen = Zeroizing::new(request.password.clone());
    let key = store.organisation_keys().await?.totp;
    let verifier = vault::verifier(program, key, account.id, chosen.clone()).await?;
    let credential = match (before, seed) {
        (Some(credential), _) => Credential { verifier, ..credential },
        (None, Some(seed)) => vault::new_credential(program, &store, &account, &seed, verifier).await?,
        (None, None) => return Err(Error::Fault("a person without credential has a seed".into())),
    };
    make_slot(program, &store, &account, chosen).await?;
    let changed = Account { state: AccountState::Active, opening: String::new(), ..account.clone() };
    let entry = Entry {
        kind: "person.enter",
        actor: account.id,
        at_ms: program.now_ms(),
        origin: Origin::Here,
        changes: vec![
            Change::Put { table: &catalogue::CREDENTIAL, rows: vec![credential.next_row()] },
            Change::Put { table: &catalogue::ACCOUNT, rows: vec![changed.next_row()] },
        ],
        events: vec![Event { kind: "person.changed".into(), entity: "person".into(), ids: vec![account.id.to_string()] }],
        audit: Audit { act: "person.enter".into(), result: "done".into(), detail: serde_json::Value::Null },
    };
    let mut write = store.begin(Queue::Person).await?;
    // A reset or a closing in between counts: the slot that was just made goes again.
    if people::account_of(&mut write, account.id).await?.is_none_or(|now| now.version != account.version) {
        drop(write);
        let (dir, root, person_id) = (program.dir(StoreChoice::Own), store.root().duplicate(), account.id);
        vault::apart(move || keys::drop_slot(&dir, &root, person_id)).await??;
        return Err(refused());
    }
    if !write.use_step(account.id.bytes(), step).await? {
        return Err(Error::refuse(Code::CodeUsed, "this code was used already: wait for the next one, at most 30 seconds"));
    }
    write.commit(entry).await?;
    program.shown.forget(account.id);
    program.changed("person", vec![account.id.to_string()]);
    Ok(())
}

async fn make_slot(program: &Arc<Program>, store: &Store, account: &Account, password: Zeroizing<String>) -> Result<()> {
    let (dir, keyring, root, random) = (program.dir(StoreChoice::Own), program.keyring(StoreChoice::Own), store.root().duplicate(), program.clone());
    let (person_id, name) = (account.id, account.name.clone());
    let made = vault::apart(move || {
        let person = SignIn { person_id, name: &name, password: &password };
        keys::add_slot(&dir, &root, &person, vault::device(keyring, &dir).as_ref(), &mut random.chance())
    });
    Ok(made.await??)
}

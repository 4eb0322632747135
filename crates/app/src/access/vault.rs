//! Making and opening a store with its keys: the seam to `store::keys`. Everything here that stretches a password runs on a blocking thread.

use crate::{
    Code, Error, Program, Result,
    access::{code, founding::ShopFacts},
    program::KeyringChoice,
    shops,
    wire::{SetupAuthenticator, StoreChoice},
};
use domain::PersonId;
use std::{path::Path, sync::Arc};
use store::{
    Audit, Change, Entry, Event, Founding, Origin, Queue, Store, catalogue,
    keys::{self, DeviceSecretStore, KeyFile, OsKeyring, RootKey, SignIn},
    local::Credential,
    read::people::{Account, MEMBER},
    row,
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a new store is made of.
pub struct Founder {
    pub choice: StoreChoice,
    pub shop_name: String,
    pub currency: String,
    pub zone: String,
    pub owner_name: String,
    pub password: Zeroizing<String>,
    pub seed: Zeroizing<Vec<u8>>,
    pub recovery_codes: Vec<String>,
}

/// A store that was just made. The recovery key is shown once.
pub struct Made {
    pub store: Arc<Store>,
    pub person_id: PersonId,
    pub recovery_key: Zeroizing<String>,
}

/// The place of the device secret.
#[must_use]
pub fn device(choice: KeyringChoice, dir: &Path) -> Box<dyn DeviceSecretStore> {
    match choice {
        KeyringChoice::Os => Box::new(OsKeyring::new()),
        KeyringChoice::File => Box::new(KeyFile::in_folder(dir)),
    }
}

/// Runs work that takes a processor for a while away from the threads that answer.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|e| Error::Fault(e.to_string()));
    crate::memory::give_back_soon();
    done
}

/// Makes a store that stands at once: nothing has to be shown first, as in the demo.
///
/// # Errors
/// As [`prepare`].
pub async fn found(program: &Program, founder: Founder) -> Result<Made> {
    let choice = founder.choice;
    let made = prepare(program, founder).await?;
    finish(program, choice)?;
    Ok(made)
}

/// What opens the store was shown to its owner: from now on it stands.
///
/// # Errors
/// Where the disk refuses.
pub fn finish(program: &Program, choice: StoreChoice) -> Result<()> {
    Ok(store::unfinished::finish(&program.dir(choice))?)
}

/// Makes a store: keys, database, organisation, first shop, owner. It stands once it is finished ([`finish`]); until then nothing is lost with it, and where
/// this program ends before, the next one is made in its place.
///
/// # Errors
/// Where there is a store already, or the keyring or disk refuses; nothing half-made is left behind then.
pub async fn prepare(program: &Program, founder: Founder) -> Result<Made> {
    let now_ms = program.now_ms();
    let (store_id, person_id) = (program.chance().mint(now_ms), PersonId(program.chance().mint(now_ms)));
    let owner = Owner { person_id, name: founder.owner_name.clone(), password: founder.password.clone() };
    let created = make_keys(program, founder.choice, store_id, owner).await?;
    let founding = Founding {
        store_id,
        organisation_id: program.chance().mint(now_ms),
        node_id: program.chance().mint(now_ms),
        incarnation: program.chance().mint(now_ms),
        kind: if founder.choice == StoreChoice::Demo { "demo" } else { "own" },
        now_ms,
    };
    let store = make_database(program, founder.choice, created.root, &founding).await?;
    match write_first_rows(program, &store, &founder, person_id, now_ms).await {
        Ok(()) => Ok(Made { store, person_id, recovery_key: created.recovery_key.to_text() }),
        Err(error) => {
            drop(store);
            take_back(program, founder.choice, store_id, true).await;
            Err(error)
        }
    }
}

/// Who opens a new store first.
pub struct Owner {
    pub person_id: PersonId,
    pub name: String,
    pub password: Zeroizing<String>,
}

/// Makes the keys of a new store.
///
/// # Errors
/// Where there is a store or a database already, or the keyring or disk refuses.
pub async fn make_keys(program: &Program, choice: StoreChoice, store_id: Uuid, owner: Owner) -> Result<keys::Created> {
    let (dir, keyring, random) = (program.dir(choice), program.keyring(choice), program.own()?);
    program.vacant(choice)?;
    let cost = program.cost();
    apart(move || {
        store::unfinished::begin(&dir)?;
        let person = SignIn { person_id: owner.person_id, name: &owner.name, password: &owner.password };
        let made = keys::create(&dir, domain::StoreId(store_id), &person, cost, device(keyring, &dir).as_ref(), &mut random.chance());
        if made.is_err() {
            store::unfinished::finish(&dir)?;
        }
        made.map_err(Error::from)
    })
    .await?
}

/// Makes the database beside new keys; where that fails, the keys are taken back: without a database they would read as a lost store.
///
/// # Errors
/// Where the disk refuses or somebody holds the folder.
pub async fn make_database(program: &Program, choice: StoreChoice, root: RootKey, founding: &Founding) -> Result<Arc<Store>> {
    let dir = program.dir(choice);
    let made = program.open_with(choice, async { Ok(Store::create(&dir, root, founding).await?) }).await;
    if made.is_err() {
        take_back(program, choice, founding.store_id, false).await;
    }
    made
}

/// Takes a store that was just made back: its secret in the keyring, its keys, and its database where that was made too.
pub async fn take_back(program: &Program, choice: StoreChoice, store_id: Uuid, with_database: bool) {
    let (dir, keyring) = (program.dir(choice), program.keyring(choice));
    if let Err(error) = program.close(choice).await {
        tracing::warn!(%error, "a store that is taken back did not close cleanly");
    }
    program.forget_attempts(choice);
    let gone = apart(move || {
        if let Err(error) = device(keyring, &dir).forget(domain::StoreId(store_id)) {
            tracing::warn!(%error, "the secret of a store that was not made stays in the keyring: it opens nothing");
        }
        let database = ["store.db", "store.db-wal", "store.db-shm"];
        // The mark goes last: a cut before it leaves what counts for none.
        let files = [keys::KEY_FILE, keys::attempts::ATTEMPTS_FILE].into_iter().chain(database.into_iter().filter(|_| with_database));
        for name in files.chain([store::unfinished::FILE]) {
            let _ = std::fs::remove_file(dir.join(name));
        }
    });
    if let Err(error) = gone.await {
        tracing::warn!(%error, "what was half made could not be taken back");
    }
}

async fn write_first_rows(program: &Program, store: &Store, founder: &Founder, person_id: PersonId, now_ms: i64) -> Result<()> {
    let hashes = hash_codes(program, founder.recovery_codes.clone()).await?;
    let key = store.organisation_keys().await?.totp;
    let seed = seal_seed(program, &key, person_id, &founder.seed)?;
    let verifier = verifier(program, key, person_id, founder.password.clone()).await?;
    let shop_id = program.chance().mint(now_ms);
    let credential = row![person_id, 1_i64, 1_i64, founder.owner_name.clone(), "owner", seed, hashes, now_ms, verifier];
    let facts = ShopFacts { name: founder.shop_name.clone(), currency: founder.currency.clone(), zone: founder.zone.clone() };
    let shop = shops::new_row(shop_id, &facts, shops::next_position(&[]));
    let entry = Entry {
        kind: "store.found",
        actor: person_id,
        at_ms: now_ms,
        origin: Origin::Here,
        changes: vec![Change::Put { table: &catalogue::CREDENTIAL, rows: vec![credential] }, Change::Put { table: &catalogue::SHOP, rows: vec![shop] }],
        events: vec![Event { kind: "store.founded".into(), entity: "shop".into(), ids: vec![shop_id.to_string()] }],
        audit: Audit { act: "store.found".into(), result: "done".into(), detail: serde_json::json!({"shop": shop_id.to_string()}) },
    };
    Ok(store.begin(Queue::Person).await?.commit(entry).await.map(|_| ())?)
}

/// What another computer of this business recognises the password by.
pub(super) async fn verifier(program: &Program, key: keys::Key, person_id: PersonId, password: Zeroizing<String>) -> Result<Vec<u8>> {
    let (random, cost) = (program.own()?, program.cost());
    apart(move || keys::password_verifier(&key, person_id, &password, cost, &mut random.chance()).map_err(Error::from)).await?
}

/// Opens the keys of a store with name and password; the database stays closed.
///
/// # Errors
/// Unknown name and wrong password are one error.
pub async fn unlock_keys(program: &Program, choice: StoreChoice, name: &str, password: &str) -> Result<keys::Opened> {
    let (dir, keyring) = (program.dir(choice), program.keyring(choice));
    let (name, password) = (name.trim().to_owned(), Zeroizing::new(password.to_owned()));
    if !store::keys::exists(&dir) {
        return Err(program.absent(choice));
    }
    let (typed_name, typed_password) = (name.clone(), password.clone());
    let opened = apart(move || keys::open(&dir, &name, &password, device(keyring, &dir).as_ref())).await?;
    match opened {
        // This computer does not know a store that was put back a moment ago.
        Err(keys::Error::Device(reason)) if choice == StoreChoice::Own => match program.hold_restored(None) {
            Some(root) => super::recover::let_in(program, root, &typed_name, &typed_password).await,
            None => Err(keys::Error::Device(reason).into()),
        },
        other => Ok(other?),
    }
}

async fn hash_codes(program: &Program, codes: Vec<String>) -> Result<String> {
    let random = program.own()?;
    apart(move || {
        let mut kept = Vec::new();
        for code in codes {
            let mut salt = [0_u8; 32];
            random.chance().fill(&mut salt);
            let hash = keys::recovery::hash_recovery_code(&code, &salt)?;
            kept.push(serde_json::json!({"salt": hex::encode(salt), "hash": hex::encode(hash), "used_at_ms": null}));
        }
        Ok(serde_json::Value::Array(kept).to_string())
    })
    .await?
}

/// Finds the unused recovery code that was typed; answers the kept list with it marked as used, and how many are left.
///
/// # Errors
/// Where none fits, or it was used before.
pub(crate) async fn spend_recovery_code(kept: String, typed: String, now_ms: i64) -> Result<(String, u32)> {
    apart(move || {
        let mut list: Vec<serde_json::Value> = serde_json::from_str(&kept)?;
        for i in 0..list.len() {
            let (mut salt, mut hash) = ([0_u8; 32], [0_u8; 32]);
            let text = |key: &str| list[i].get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
            if hex::decode_to_slice(text("salt"), &mut salt).is_err() || hex::decode_to_slice(text("hash"), &mut hash).is_err() {
                continue;
            }
            if keys::recovery::verify_recovery_code(&typed, &salt, &hash).unwrap_or(false) {
                if !list[i]["used_at_ms"].is_null() {
                    return Err(Error::refuse(Code::CodeUsed, "this recovery code was used before: take the next one on the sheet"));
                }
                list[i]["used_at_ms"] = now_ms.into();
                let left = list.iter().filter(|c| c["used_at_ms"].is_null()).count();
                return Ok((serde_json::Value::Array(list).to_string(), u32::try_from(left).unwrap_or(0)));
            }
        }
        Err(Error::refuse(Code::WrongCode, "this is none of the recovery codes of this store: compare it with the sheet"))
    })
    .await?
}

fn seal_seed(program: &Program, key: &keys::Key, person_id: PersonId, seed: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0_u8; 12];
    program.chance().fill(&mut nonce);
    let sealed = keys::primitives::seal(key, &nonce, &person_id.bytes(), seed).ok_or_else(|| Error::Fault("the seed could not be sealed".into()))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Puts a new authenticator and new recovery codes into a credential, and answers them: they are shown once.
pub(super) async fn new_factor(program: &Program, store: &Store, credential: &mut Credential) -> Result<(Vec<String>, SetupAuthenticator)> {
    let mut seed = Zeroizing::new(vec![0; code::SEED_BYTES]);
    program.chance().fill(&mut seed);
    let codes = keys::recovery::recovery_codes(&mut program.chance());
    let key = store.organisation_keys().await?.totp;
    credential.totp_seed = seal_seed(program, &key, PersonId(Uuid::from_bytes(credential.id)), &seed)?;
    credential.recovery_hashes = hash_codes(program, codes.clone()).await?;
    let shop = first_shop(store).await?.map(|(name, ..)| name).unwrap_or_default();
    Ok((codes, super::setup::shown(&code::generator(&seed, &shop, &credential.name)?)?))
}

/// The credential of a person at their first sign-in. They have no recovery codes: whoever manages people lets them in again.
pub(super) async fn new_credential(program: &Program, store: &Store, account: &Account, seed: &[u8], verifier: Vec<u8>) -> Result<Credential> {
    let key = store.organisation_keys().await?.totp;
    Ok(Credential {
        id: account.id.bytes(),
        version: 0,
        name: account.name.clone(),
        role: MEMBER.to_owned(),
        totp_seed: seal_seed(program, &key, account.id, seed)?,
        recovery_hashes: "[]".to_owned(),
        created_at_ms: program.now_ms(),
        verifier,
    })
}

/// The generator of a person's codes. The seed is sealed under the organisation's key, which is this store's own only where it founded the business.
pub(crate) async fn generator_of(store: &Store, credential: &Credential, shop: &str) -> Result<totp_rs::Totp> {
    let fault = || Error::Fault("the seed of the one-time code cannot be unsealed".into());
    let key = store.organisation_keys().await?.totp;
    let (nonce, sealed) = credential.totp_seed.split_first_chunk::<12>().ok_or_else(fault)?;
    let seed = keys::primitives::unseal(&key, nonce, Uuid::from_bytes(credential.id).as_bytes(), sealed).ok_or_else(fault)?;
    code::generator(&seed, shop, &credential.name)
}

/// The name of the first shop, for titles and the authenticator.
pub(crate) async fn first_shop(store: &Store) -> Result<Option<(String, String, String)>> {
    let mut db = store.reader().await?;
    Ok(store::read::shops(&mut db).await?.into_iter().next().map(|s| (s.name, s.currency, s.zone)))
}

//! Making and opening a store with its keys: the seam to `store::keys`. Everything here that stretches a password runs on a blocking thread.

use crate::{Code, Error, Program, Result, access::code, program::KeyringChoice, wire::StoreChoice};
use domain::PersonId;
use std::{path::Path, sync::Arc};
use store::{
    Audit, Change, Entry, Event, Founding, Origin, Queue, Store, catalogue,
    keys::{self, Argon2Cost, DeviceSecretStore, KeyFile, OsKeyring, RootKey, SignIn},
    local::Credential,
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
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Fault(e.to_string()))
}

/// Makes a store: keys, database, organisation, first shop, owner.
///
/// # Errors
/// Where there is a store already, or the keyring or disk refuses; nothing half-made is left behind then.
pub async fn found(program: &Program, founder: Founder) -> Result<Made> {
    let dir = program.dir(founder.choice);
    let now_ms = program.now_ms();
    let (store_id, person_id) = (program.chance().mint(now_ms), PersonId(program.chance().mint(now_ms)));
    let (name, password, keyring, cost) = (founder.owner_name.clone(), founder.password.clone(), program.keyring(founder.choice), program.start.cost);
    let random = program.own()?;
    let keys_dir = dir.clone();
    let created = apart(move || {
        std::fs::create_dir_all(&keys_dir)?;
        let device = device(keyring, &keys_dir);
        let cost = cost.unwrap_or(Argon2Cost::DEFAULT);
        let owner = SignIn { person_id, name: &name, password: &password };
        keys::create(&keys_dir, domain::StoreId(store_id), &owner, cost, device.as_ref(), &mut random.chance()).map_err(Error::from)
    })
    .await??;
    let founding = Founding {
        store_id,
        organisation_id: program.chance().mint(now_ms),
        node_id: program.chance().mint(now_ms),
        incarnation: program.chance().mint(now_ms),
        kind: if founder.choice == StoreChoice::Demo { "demo" } else { "own" },
        now_ms,
    };
    let hashes = hash_codes(program, founder.recovery_codes.clone()).await?;
    let seed = seal_seed(program, &created.root, person_id, &founder.seed)?;
    let root = created.root;
    let made = program.open_with(founder.choice, async { Ok(Store::create(&dir, root, &founding).await?) }).await;
    let store = match made {
        Ok(store) => store,
        Err(error) => {
            // Keys without a database would read as a lost store: take them back.
            let _ = std::fs::remove_file(dir.join(keys::KEY_FILE));
            return Err(error);
        }
    };
    let shop_id = program.chance().mint(now_ms);
    let credential = row![person_id, 1_i64, 1_i64, founder.owner_name.clone(), "owner", seed, hashes, now_ms];
    let shop = row![shop_id, 1_i64, founder.shop_name.clone(), founder.zone.clone(), founder.currency.clone(), 0_i64, 8_i64, 22_i64, 1_i64];
    let entry = Entry {
        kind: "store.found",
        actor: person_id,
        at_ms: now_ms,
        origin: Origin::Here,
        changes: vec![Change::Put { table: &catalogue::CREDENTIAL, rows: vec![credential] }, Change::Put { table: &catalogue::SHOP, rows: vec![shop] }],
        events: vec![Event { kind: "store.founded".into(), entity: "shop".into(), ids: vec![shop_id.to_string()] }],
        audit: Audit { act: "store.found".into(), result: "done".into(), detail: serde_json::json!({"shop": shop_id.to_string()}) },
    };
    store.begin(Queue::Person).await?.commit(entry).await?;
    Ok(Made { store, person_id, recovery_key: created.recovery_key.to_text() })
}

/// Opens the keys of a store with name and password; the database stays closed.
///
/// # Errors
/// Unknown name and wrong password are one error.
pub async fn unlock_keys(program: &Program, choice: StoreChoice, name: &str, password: &str) -> Result<keys::Opened> {
    let (dir, keyring) = (program.dir(choice), program.keyring(choice));
    let (name, password) = (name.trim().to_owned(), Zeroizing::new(password.to_owned()));
    if !store::keys::exists(&dir) {
        return Err(Error::refuse(Code::NotFound, "there is no store here yet: open the demo shop or set up your own"));
    }
    apart(move || keys::open(&dir, &name, &password, device(keyring, &dir).as_ref()).map_err(Error::from)).await?
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

fn seal_seed(program: &Program, root: &RootKey, person_id: PersonId, seed: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0_u8; 12];
    program.chance().fill(&mut nonce);
    let sealed =
        keys::primitives::seal(&root.totp_key(), &nonce, &person_id.bytes(), seed).ok_or_else(|| Error::Fault("the seed could not be sealed".into()))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// The generator of a person's codes.
pub(crate) fn generator_of(root: &RootKey, credential: &Credential, shop: &str) -> Result<totp_rs::Totp> {
    let fault = || Error::Fault("the seed of the one-time code cannot be unsealed".into());
    let (nonce, sealed) = credential.totp_seed.split_at_checked(12).ok_or_else(fault)?;
    let nonce: [u8; 12] = nonce.try_into().map_err(|_| fault())?;
    let seed = keys::primitives::unseal(&root.totp_key(), &nonce, Uuid::from_bytes(credential.id).as_bytes(), sealed).ok_or_else(fault)?;
    code::generator(&seed, shop, &credential.name)
}

/// The name of the first shop, for titles and the authenticator.
pub(crate) async fn first_shop(store: &Store) -> Result<Option<(String, String, String)>> {
    let mut db = store.reader().await?;
    Ok(store::read::shops(&mut db).await?.into_iter().next().map(|s| (s.name, s.currency, s.zone)))
}

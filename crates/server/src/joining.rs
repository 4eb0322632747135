//! A second store of a business: made empty, given the keys and the owner's credential that the join code guards, and filled by the first
//! exchange. A stopgap until enrolment comes. The owner's one-time code is asked before anything is pulled.

use crate::sync_control::{SystemChance, refusal};
use app::{
    Chance, Code, Error, Program, Result, Session,
    access::vault,
    rpc,
    wire::{SignIn, StoreChoice, StoreChoose, SyncSet, WireError},
};
use domain::{PersonId, StoreId};
use std::{path::Path, sync::Arc};
use store::{
    Founding, Row, Store, Value,
    keys::{self, Argon2Cost},
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Where the columns of a credential stand.
const CREDENTIAL_ID: usize = 0;
const CREDENTIAL_NAME: usize = 3;

/// Who joins, and by what.
pub struct Joiner {
    pub url: String,
    pub code: String,
    pub owner_name: String,
    pub password: Zeroizing<String>,
    pub one_time_code: String,
}

/// The centre's and the first store's address of a business, as it is known here.
///
/// # Errors
/// Where no centre is set, or it cannot be reached.
pub async fn invite(store: &Store, url: &str) -> Result<String> {
    sync::join_code(url, store, &mut SystemChance(Chance::system())).await.map_err(refusal)
}

/// Makes the centre in a database and fills it from this store.
///
/// # Errors
/// Where it cannot be reached, or another business has it.
pub async fn central_init(store: &Store, url: &str) -> Result<()> {
    sync::central_init(url, store).await.map_err(refusal)
}

/// Makes the own store as a second one of a business; answers its recovery key. The session is signed in afterwards.
///
/// # Errors
/// Where the code does not hold, or the owner's one-time code is wrong: nothing is left behind then.
pub async fn join(program: &Arc<Program>, session: &Arc<Session>, joiner: Joiner) -> std::result::Result<Zeroizing<String>, WireError> {
    let wire = |error: Error| error.to_wire(|| program.chance().reference());
    let dir = program.dir(StoreChoice::Own);
    let recovery_key = make(program, &dir, &joiner).await.map_err(wire)?;
    let entered = enter(program, session, &joiner).await;
    if let Err(error) = entered {
        let closed = program.close(StoreChoice::Own).await;
        if closed.is_ok() && error.code != "fault" {
            let _ = std::fs::remove_dir_all(&dir);
        }
        return Err(error);
    }
    Ok(recovery_key)
}

async fn make(program: &Program, dir: &Path, joiner: &Joiner) -> Result<Zeroizing<String>> {
    if program.has(StoreChoice::Own) {
        return Err(Error::refuse(Code::Refused, "there is a store in this folder already: choose another folder"));
    }
    let joined = sync::join(&joiner.url, &joiner.code).await.map_err(refusal)?;
    let person_id = person(&joined.credentials, &joiner.owner_name).ok_or_else(|| {
        Error::refuse(
            Code::WrongNameOrPassword,
            "nobody of this name signs in to that business: check the owner's name. The join code is used up, print a new one",
        )
    })?;
    let now_ms = program.now_ms();
    let store_id = program.chance().mint(now_ms);
    let (keys_dir, name, password, keyring) = (dir.to_owned(), joiner.owner_name.clone(), joiner.password.clone(), program.keyring(StoreChoice::Own));
    let made = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&keys_dir)?;
        let owner = keys::SignIn { person_id, name: &name, password: &password };
        let device = vault::device(keyring, &keys_dir);
        keys::create(&keys_dir, StoreId(store_id), &owner, Argon2Cost::DEFAULT, device.as_ref(), &mut SystemChance(Chance::system())).map_err(Error::from)
    });
    let created = made.await.map_err(|error| Error::Fault(error.to_string()))??;
    let founding = Founding {
        store_id,
        organisation_id: joined.organisation_id,
        node_id: program.chance().mint(now_ms),
        incarnation: program.chance().mint(now_ms),
        kind: "own",
        now_ms,
    };
    let store = Store::create(dir, created.root, &founding).await?;
    store.adopt(&joined.keys, joined.credentials).await?;
    store.close().await?;
    Ok(created.recovery_key.to_text())
}

/// Signs in, which proves password and one-time code, and then begins to exchange.
async fn enter(program: &Arc<Program>, session: &Arc<Session>, joiner: &Joiner) -> std::result::Result<(), WireError> {
    let form = |error: serde_json::Error| Error::from(error).to_wire(|| program.chance().reference());
    let sign_in = SignIn { name: joiner.owner_name.clone(), password: joiner.password.to_string(), code: joiner.one_time_code.clone() };
    let choose = StoreChoose { store: StoreChoice::Own };
    let set = SyncSet { url: Some(joiner.url.clone()), every_s: None };
    rpc::dispatch(program, session, "store_choose", serde_json::to_value(choose).map_err(form)?).await?;
    rpc::dispatch(program, session, "sign_in", serde_json::to_value(sign_in).map_err(form)?).await?;
    rpc::dispatch(program, session, "sync_set", serde_json::to_value(set).map_err(form)?).await?;
    Ok(())
}

/// The id of the person of a name among credentials.
fn person(credentials: &[Row], name: &str) -> Option<PersonId> {
    let same = |row: &&Row| matches!(row.get(CREDENTIAL_NAME), Some(Value::Text(known)) if known.trim().to_lowercase() == name.trim().to_lowercase());
    match credentials.iter().find(same)?.get(CREDENTIAL_ID)? {
        Value::Id(bytes) => Some(PersonId(Uuid::from_bytes(*bytes))),
        _ => None,
    }
}

//! A second store of a business: made empty, given the keys and the owner's credential that the join code guards, and filled by the first
//! exchange. A stopgap until enrolment comes. The owner's one-time code is asked before anything is pulled.

use crate::sync_control::refusal;
use app::{
    Code, Error, Program, Result, Session,
    access::vault,
    rpc,
    wire::{SignIn, StoreChoice, StoreChoose, SyncSet, WireError},
};
use domain::PersonId;
use std::sync::Arc;
use store::{
    Founding, Row, Value,
    catalogue::CREDENTIAL,
    keys::{self, Argon2Cost},
};
use sync::JoinedOrganisation;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Who joins, and by what.
pub struct Joiner {
    pub url: String,
    pub code: String,
    pub owner_name: String,
    pub password: Zeroizing<String>,
    pub one_time_code: String,
}

/// Makes the own store as a second one of a business; answers its recovery key. The session is signed in afterwards.
///
/// # Errors
/// Where the code does not hold, or the owner's name, password or one-time code are wrong: nothing is left behind then.
pub async fn join(program: &Arc<Program>, session: &Arc<Session>, joiner: Joiner) -> std::result::Result<Zeroizing<String>, WireError> {
    let wire = |error: Error| program.wire(&error);
    let store_id = program.chance().mint(program.now_ms());
    let recovery_key = make(program, store_id, &joiner).await.map_err(wire)?;
    if let Err(error) = enter(program, session, &joiner).await {
        vault::take_back(program, StoreChoice::Own, store_id, true).await;
        return Err(error);
    }
    Ok(recovery_key)
}

/// The credential came with the join code; the slot is made here, for the password that the credential recognises.
async fn make(program: &Program, store_id: Uuid, joiner: &Joiner) -> Result<Zeroizing<String>> {
    program.vacant(StoreChoice::Own)?;
    let joined = sync::join(&joiner.url, &joiner.code).await.map_err(refusal)?;
    let person_id = recognised(&joined, joiner).await?;
    let now_ms = program.now_ms();
    let owner = vault::Owner { person_id, name: joiner.owner_name.clone(), password: joiner.password.clone() };
    let created = vault::make_keys(program, StoreChoice::Own, store_id, owner).await?;
    let founding = Founding {
        store_id,
        organisation_id: joined.organisation_id,
        node_id: program.chance().mint(now_ms),
        incarnation: program.chance().mint(now_ms),
        kind: "own",
        now_ms,
    };
    let store = vault::make_database(program, StoreChoice::Own, created.root, &founding).await?;
    let adopted = store.adopt(&joined.keys, joined.credentials).await;
    drop(store);
    // Whoever joins knows name, password and code already: the store stands, also where the program ends before it says so.
    if let Err(error) = adopted.map_err(Error::from).and_then(|()| vault::finish(program, StoreChoice::Own)) {
        vault::take_back(program, StoreChoice::Own, store_id, true).await;
        return Err(error);
    }
    Ok(created.recovery_key.to_text())
}

/// The person of the typed name and password. An unknown name costs what a wrong password costs, and is answered alike.
async fn recognised(joined: &JoinedOrganisation, joiner: &Joiner) -> Result<PersonId> {
    let known = joined.credentials.iter().find_map(|row| person(row, &joiner.owner_name));
    let (key, password) = (joined.keys.totp.clone(), joiner.password.clone());
    let checked = tokio::task::spawn_blocking(move || match known {
        Some((person_id, verifier)) => Ok(keys::is_password_of(&key, person_id, &password, &verifier)?.then_some(person_id)),
        None => keys::primitives::argon2id(password.as_bytes(), &[0; 32], Argon2Cost::DEFAULT).map(|_| None),
    });
    let person_id = checked.await.map_err(|error| Error::Fault(error.to_string()))??;
    person_id.ok_or_else(|| {
        Error::refuse(
            Code::WrongNameOrPassword,
            "the owner's name or password is not that of this business: check both. The join code is used up, print a new one",
        )
    })
}

/// Signs in, which proves password and one-time code, and then begins to exchange.
async fn enter(program: &Arc<Program>, session: &Arc<Session>, joiner: &Joiner) -> std::result::Result<(), WireError> {
    let form = |error: serde_json::Error| program.wire(&error.into());
    let sign_in = SignIn { name: joiner.owner_name.clone(), password: joiner.password.to_string(), code: joiner.one_time_code.clone() };
    let choose = StoreChoose { store: StoreChoice::Own };
    let set = SyncSet { url: Some(joiner.url.clone()), every_s: None };
    rpc::dispatch(program, session, "store_choose", serde_json::to_value(choose).map_err(form)?).await?;
    rpc::dispatch(program, session, "sign_in", serde_json::to_value(sign_in).map_err(form)?).await?;
    rpc::dispatch(program, session, "sync_set", serde_json::to_value(set).map_err(form)?).await?;
    Ok(())
}

/// Id and verifier of a credential, where it is of this name.
fn person(row: &Row, name: &str) -> Option<(PersonId, Vec<u8>)> {
    let column = |name: &str| CREDENTIAL.column(name).and_then(|at| row.get(at));
    let known = column("name")?.as_text()?;
    let same = known.trim().to_lowercase() == name.trim().to_lowercase();
    match (column("id")?, column("verifier")?) {
        (Value::Id(id), Value::Bytes(verifier)) if same => Some((PersonId(Uuid::from_bytes(*id)), verifier.clone())),
        _ => None,
    }
}

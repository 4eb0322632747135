//! `central` and `sync`: the exchange with the central database.

use crate::{
    arguments::{CentralCommand, SyncCommand},
    desk::Desk,
    failure::Failure,
    job,
};
use app::wire::{Empty, SyncSet, SyncStatus};
use serde_json::{Value, json};
use store::local;

/// `central init` and `central invite`.
pub async fn central(desk: &Desk, command: CentralCommand) -> Result<Value, Failure> {
    let store = desk.store()?;
    match command {
        CentralCommand::Init { url } => {
            server::joining::central_init(&store, &url).await.map_err(|error| desk.failure(error))?;
            let _: SyncStatus = desk.ask("sync_set", &SyncSet { url: Some(url), every_s: None }).await?;
            exchange(desk).await
        }
        CentralCommand::Invite => {
            let url = address(desk).await?;
            let code = server::joining::invite(&store, &url).await.map_err(|error| desk.failure(error))?;
            Ok(json!({"join_code": code, "minutes": JOIN_CODE_MINUTES}))
        }
    }
}

/// How long a join code holds, as it is printed.
const JOIN_CODE_MINUTES: i64 = sync::limits::JOIN_CODE_MINUTES;

async fn address(desk: &Desk) -> Result<String, Failure> {
    let store = desk.store()?;
    let mut db = store.reader().await.map_err(|error| desk.failure(error))?;
    let kept = local::settings(&mut db).await.map_err(|error| desk.failure(error))?;
    let url = kept.get("sync_url").and_then(Value::as_str).map(str::to_owned);
    url.ok_or_else(|| Failure::Refused("no centre is set: run `zhanggui central init --url URL` first".into()))
}

/// `sync now` and `sync status`.
pub async fn sync(desk: &Desk, command: SyncCommand) -> Result<Value, Failure> {
    match command {
        SyncCommand::Now => exchange(desk).await,
        SyncCommand::Status => status(desk).await,
    }
}

async fn exchange(desk: &Desk) -> Result<Value, Failure> {
    job::run(desk, "sync_now", &Empty {}).await?;
    status(desk).await
}

async fn status(desk: &Desk) -> Result<Value, Failure> {
    let status: SyncStatus = desk.ask("sync_status", &Empty {}).await?;
    Ok(serde_json::to_value(status)?)
}

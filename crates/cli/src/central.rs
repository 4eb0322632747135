//! `central` and `sync`: the exchange with the central database.

use crate::{
    arguments::{CentralCommand, SyncCommand},
    desk::Desk,
    failure::Failure,
    job,
};
use app::wire::{CentralInit, Empty, JoinCode, SyncStatus};
use serde_json::Value;

/// `central init` and `central invite`.
pub async fn central(desk: &Desk, command: CentralCommand) -> Result<Value, Failure> {
    match command {
        CentralCommand::Init { url } => {
            let _: SyncStatus = desk.ask("central_init", &CentralInit { url }).await?;
            exchange(desk).await
        }
        CentralCommand::Invite => {
            let code: JoinCode = desk.ask("central_invite", &Empty {}).await?;
            Ok(serde_json::to_value(code)?)
        }
    }
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

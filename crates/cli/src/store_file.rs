//! `store check`, `backup`, `export-key` and `export-copy`: the file itself, for its owner.

use crate::{arguments::StoreCommand, desk::Desk, failure::Failure, job};
use app::wire::{BackupStatus, Empty, StoreCheck};
use serde_json::{Value, json};
use std::path::Path;

/// A command about the file of the store.
pub async fn run(desk: &Desk, command: StoreCommand) -> Result<Value, Failure> {
    match command {
        StoreCommand::Check { repair } => check(desk, repair).await,
        StoreCommand::Backup { to } => backup(desk, to.as_deref()).await,
        StoreCommand::ExportKey => export_key(desk),
        StoreCommand::ExportCopy { file } => export_copy(desk, &file).await,
        StoreCommand::Create(_) | StoreCommand::Restore { .. } => Err(Failure::Usage("this command stands alone: start it as a program of its own".into())),
    }
}

/// Findings are a failure, so that a script that looks at the exit code alone learns of them.
async fn check(desk: &Desk, repair: bool) -> Result<Value, Failure> {
    if repair {
        desk.store()?.rebuild_derived().await.map_err(|error| desk.failure(error))?;
    }
    let checked: StoreCheck = desk.ask("store_check", &Empty {}).await?;
    if checked.findings.is_empty() {
        return Ok(serde_json::to_value(checked)?);
    }
    Err(Failure::Fault(format!("the check found: {}", checked.findings.join("; "))))
}

async fn backup(desk: &Desk, to: Option<&Path>) -> Result<Value, Failure> {
    if let Some(folder) = to {
        let made = desk.store()?.backup(&desk.path(folder), desk.program.now_ms(), |_, _| true).await;
        let made = made.map_err(|error| desk.failure(error))?;
        return Ok(json!({"path": made.path.display().to_string(), "bytes": made.bytes, "at_ms": made.at_ms, "verified": true}));
    }
    job::run(desk, "backup_now", &Empty {}).await?;
    let status: BackupStatus = desk.ask("backup_status", &Empty {}).await?;
    Ok(json!({"path": status.dir, "bytes": status.last_bytes, "at_ms": status.last_at_ms, "verified": status.verified}))
}

/// The key opens everything, so that a session that was only kept is not enough.
fn export_key(desk: &Desk) -> Result<Value, Failure> {
    if !desk.just_signed_in {
        return Err(Failure::Refused(
            "the key of the store wants password and code for itself: give --user, --password-file and --totp with this command".into(),
        ));
    }
    let key = desk.store()?.root().database_key().raw_literal().to_string();
    Ok(json!({"database_key": key, "note": "for PRAGMA key = \"…\" on a copy made by `store export-copy`, never on the live file"}))
}

async fn export_copy(desk: &Desk, file: &Path) -> Result<Value, Failure> {
    let target = desk.path(file);
    desk.store()?.export_copy(&target).await.map_err(|error| desk.failure(error))?;
    Ok(json!({"path": target.display().to_string()}))
}

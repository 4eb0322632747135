//! `store check`, `backup`, `export-key` and `export-copy`: the file itself, for its owner.

use crate::{arguments::StoreCommand, desk::Desk, entry::Shown, failure::Failure, job};
use app::wire::{BackupStatus, BackupTo, Empty, ExportedKey, KeyExport, StoreCheck, StoreCopy};
use serde_json::{Value, json};
use std::path::Path;

/// A command about the file of the store.
pub async fn run(desk: &Desk, command: StoreCommand) -> Result<Value, Failure> {
    match command {
        StoreCommand::Check { repair } => check(desk, repair).await,
        StoreCommand::Backup { to } => backup(desk, to.as_deref()).await,
        StoreCommand::ExportKey => {
            Err(Failure::Refused("the key of the store wants password and code for itself: give --user, --password-file and --totp with this command".into()))
        }
        StoreCommand::ExportCopy { file } => export_copy(desk, &file).await,
        StoreCommand::Create(_) | StoreCommand::Restore { .. } | StoreCommand::Recover { .. } => {
            Err(Failure::Usage("this command stands alone: start it as a program of its own".into()))
        }
    }
}

/// Findings are a failure, so that a script that looks at the exit code alone learns of them.
async fn check(desk: &Desk, repair: bool) -> Result<Value, Failure> {
    let checked: StoreCheck = desk.ask(if repair { "store_repair" } else { "store_check" }, &Empty {}).await?;
    if checked.findings.is_empty() {
        return Ok(serde_json::to_value(checked)?);
    }
    Err(Failure::Fault(format!("the check found: {}", checked.findings.join("; "))))
}

async fn backup(desk: &Desk, to: Option<&Path>) -> Result<Value, Failure> {
    let job = match to {
        Some(folder) => job::run(desk, "backup_to", &BackupTo { dir: text(&desk.path(folder)) }).await?,
        None => job::run(desk, "backup_now", &Empty {}).await.map_err(|failure| match failure {
            Failure::Wire(told) if told.field.as_deref() == Some("backup_dir") => {
                Failure::Usage("no folder for the backups was chosen yet: name one with --to DIR, or choose it once in the settings".into())
            }
            other => other,
        })?,
    };
    let status: BackupStatus = desk.ask("backup_status", &Empty {}).await?;
    Ok(json!({"path": job.result, "bytes": status.last_bytes, "at_ms": status.last_at_ms, "verified": status.verified}))
}

/// The key opens everything, so that neither a session nor the sign-in of another command is enough: it goes to whoever shows all three with this one.
pub async fn export_key(desk: &Desk, shown: Shown) -> Result<Value, Failure> {
    desk.choose().await?;
    let ask = KeyExport { name: shown.name, password: shown.password.to_string(), code: shown.code };
    let exported: ExportedKey = desk.ask("key_export", &ask).await?;
    Ok(
        json!({"database_key": exported.database_key, "note": "for PRAGMA key = \"…\", then PRAGMA cipher_page_size = 8192, on a copy made by `store export-copy`, never on the live file"}),
    )
}

async fn export_copy(desk: &Desk, file: &Path) -> Result<Value, Failure> {
    let path = text(&desk.path(file));
    let _: Empty = desk.ask("store_copy", &StoreCopy { path: path.clone() }).await?;
    Ok(json!({"path": path}))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

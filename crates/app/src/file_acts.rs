//! What an owner does with the file of the store itself and with its way to the centre: key, copy, backup elsewhere, repair, centre. Each is a command
//! of the contract with its permission, and each leaves its line in the audit.
//!
//! Deliberately absent: what may be done without anybody signed in (`access::recover`).

use crate::{
    Code, Error, Result,
    access::sign_in,
    backups,
    control::SyncControl,
    rpc::{Scope, Visitor},
    settings,
    visits::Visit,
    wire::{BackupTo, CentralInit, Empty, ExportedKey, JobRef, JoinCode, KeyExport, SignIn, StoreCheck, StoreCopy, SyncSet, SyncStatus},
};
use std::{path::Path, sync::Arc};
use store::{Audit, Entry, Origin, Queue};

/// Writes an act that changed no row of the shop into the audit.
///
/// # Errors
/// Where the store cannot be written: the act must then not be done.
pub(crate) async fn audit(scope: &Scope, act: &'static str, detail: serde_json::Value) -> Result<()> {
    let entry = Entry {
        kind: act,
        actor: scope.actor(),
        at_ms: scope.program.now_ms(),
        origin: Origin::Here,
        changes: Vec::new(),
        events: Vec::new(),
        audit: Audit { act: act.into(), result: "done".into(), detail },
    };
    scope.store.begin(Queue::Person).await?.commit(entry).await?;
    Ok(())
}

/// The key of the database, for a person who shows name, password and code with this very command. The audit has it before the person has.
///
/// # Errors
/// As signing in.
pub async fn key_export(visitor: &Visitor, request: KeyExport) -> Result<ExportedKey> {
    let proof = SignIn { name: request.name, password: request.password, code: request.code };
    let scope = sign_in::prove(visitor, proof, "store.key").await?;
    let database_key = scope.store.root().database_key().raw_literal().to_string();
    Visit::begin(&visitor.program, scope.presence.store)?.leave().await?;
    Ok(ExportedKey { database_key })
}

/// Writes a copy of the database for other programs.
///
/// # Errors
/// Where the file is there already or cannot be written.
pub async fn store_copy(scope: &Scope, request: StoreCopy) -> Result<Empty> {
    let target = whole_path("path", &request.path)?;
    scope.program.outside("path", target)?;
    audit(scope, "store.copy", serde_json::json!({"path": request.path})).await?;
    scope.store.export_copy(target).await?;
    Ok(Empty {})
}

/// Makes a backup into a folder other than the one of the settings, as a job.
///
/// # Errors
/// Where the folder cannot be written.
pub async fn backup_to(scope: &Scope, request: BackupTo) -> Result<JobRef> {
    scope.program.outside("dir", whole_path("dir", &request.dir)?)?;
    audit(scope, "backup.make", serde_json::json!({"dir": request.dir})).await?;
    backups::start(&scope.program, &scope.store, request.dir)
}

/// Makes the caches anew from the facts, then checks the store.
///
/// # Errors
/// Where the store cannot be read or written.
pub async fn store_repair(scope: &Scope) -> Result<StoreCheck> {
    audit(scope, "store.repair", serde_json::Value::Null).await?;
    scope.store.rebuild_derived().await?;
    settings::check(scope).await
}

/// Makes the centre in a database, fills it from this store, and exchanges with it from now on.
///
/// # Errors
/// Where it cannot be reached, or another business has it.
pub async fn central_init(scope: &Scope, request: CentralInit) -> Result<SyncStatus> {
    let url = settings::centre_address(&request.url)?;
    audit(scope, "central.init", serde_json::Value::Null).await?;
    control(scope)?.found_centre(&scope.store, &url).await?;
    settings::sync_set(scope, SyncSet { url: Some(url), every_s: None }).await
}

/// A code with which a second store joins.
///
/// # Errors
/// Where no centre is set, or it cannot be reached.
pub async fn central_invite(scope: &Scope) -> Result<JoinCode> {
    audit(scope, "central.invite", serde_json::Value::Null).await?;
    control(scope)?.invite(&scope.store).await
}

fn control(scope: &Scope) -> Result<&Arc<dyn SyncControl>> {
    scope.program.sync.get().ok_or_else(|| Error::refuse(Code::Refused, "this program was started without a way to the centre: start it again"))
}

/// A path that means the same wherever the program runs.
fn whole_path<'a>(field: &str, path: &'a str) -> Result<&'a Path> {
    let path = Path::new(path);
    if path.is_absolute() { Ok(path) } else { Err(Error::field(field, "give the whole path, from the root of the disk")) }
}

//! Backups as the program makes them: by hand, by itself while it stays open, and before real trade comes in.
//!
//! Deliberately absent: the archive (`store::backup`) and putting one back (`access::recover`).

use crate::{
    Code, Error, Program, Result, file_acts,
    jobs::{JobOf, Running},
    rpc::Scope,
    settings,
    wire::{BackupStatus, Empty, Job, JobKind, JobRef, JobState, NoticeLevel, StoreChoice},
};
use std::{path::Path, sync::Arc};
use store::{Store, local};

const HOUR_MS: i64 = 3_600_000;
/// A new one is made at a sign-in this long after the last: a shop that opens a little earlier than yesterday has its backup of the day all the same.
const DUE_MS: i64 = 20 * HOUR_MS;
/// A backup older than this is overdue.
const OVERDUE_MS: i64 = 26 * HOUR_MS;

/// Where the backups stand.
///
/// # Errors
/// Where the store cannot be read.
pub async fn status(scope: &Scope) -> Result<BackupStatus> {
    status_of(&scope.program, &scope.store).await
}

async fn status_of(program: &Program, store: &Store) -> Result<BackupStatus> {
    let mut db = store.reader().await?;
    let kept = local::settings(&mut db).await?;
    let last = local::last_backup(&mut db).await?;
    let since_ms = last.as_ref().map_or(store.node().created_at_ms, |b| b.at_ms);
    let overdue = store.node().kind != "demo" && program.now_ms() - since_ms > OVERDUE_MS;
    Ok(BackupStatus {
        dir: settings::text(&kept, "backup_dir"),
        last_at_ms: last.as_ref().map(|b| b.at_ms),
        last_bytes: last.as_ref().map(|b| b.bytes),
        verified: last.is_some_and(|b| b.verified),
        overdue,
    })
}

/// Makes a backup now, as a job.
///
/// # Errors
/// Where no folder was chosen yet.
pub async fn now(scope: &Scope, _: Empty) -> Result<JobRef> {
    let folder = status(scope).await?.dir.ok_or_else(|| Error::field("backup_dir", "choose a folder for the backups first"))?;
    file_acts::audit(scope, "backup.make", serde_json::json!({"dir": folder})).await?;
    start(&scope.program, &scope.store, folder)
}

/// Which of the two stores it is.
fn choice_of(store: &Store) -> StoreChoice {
    if store.node().kind == "demo" { StoreChoice::Demo } else { StoreChoice::Own }
}

pub(crate) fn start(program: &Arc<Program>, store: &Arc<Store>, folder: String) -> Result<JobRef> {
    let (store, now_ms, teller) = (store.clone(), program.now_ms(), program.clone());
    program.start_job(Some(JobOf { store: choice_of(&store), starter: None }), JobKind::Backup, "backup", "bytes", move |running: Running| async move {
        let watch = running.clone();
        let made = store
            .backup(Path::new(&folder), now_ms, move |done, total| {
                watch.progress(i64::try_from(done).unwrap_or(i64::MAX), i64::try_from(total).unwrap_or(i64::MAX));
                !watch.stopped()
            })
            .await?;
        teller.changed("backup", Vec::new());
        Ok(Some(made.path.display().to_string()))
    })
}

/// Starts the first backup of a shop, or the one of the day, where a folder was chosen. Only for a session of a screen: the program around it stays open,
/// while the command of a terminal would end before its backup does.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) async fn start_if_due(program: &Arc<Program>, store: &Arc<Store>) -> Result<()> {
    let status = status_of(program, store).await?;
    let is_due = status.last_at_ms.is_none_or(|last| program.now_ms() - last > DUE_MS);
    match status.dir {
        Some(folder) if is_due && store.node().kind != "demo" && running(program).is_none() => start(program, store, folder).map(|_| ()),
        _ => Ok(()),
    }
}

/// The backup that is being made.
fn running(program: &Program) -> Option<JobRef> {
    let jobs = program.jobs.list();
    jobs.into_iter().find(|job| job.kind == JobKind::Backup && job.state == JobState::Running).map(|job| JobRef { job_id: job.id })
}

/// Nobody loads real trade into a shop without a backup: where none was made yet, one is made here and waited for. Where no folder was chosen, the person
/// is told ([`tell_without`]) and the trade comes in all the same, as a script may want. Answers whether there is one.
///
/// # Errors
/// Where the backup could not be made: the trade must then not come in.
pub(crate) async fn before_trade(scope: &Scope) -> Result<bool> {
    if scope.presence.store == StoreChoice::Demo {
        return Ok(true);
    }
    let kept = status(scope).await?;
    if kept.verified {
        return Ok(true);
    }
    let Some(folder) = kept.dir else { return Ok(false) };
    let made = match running(&scope.program) {
        Some(made) => made,
        None => start(&scope.program, &scope.store, folder)?,
    };
    let job = ended(&scope.program, &made).await?;
    if job.state == JobState::Done {
        return Ok(true);
    }
    let why = job.error.map_or_else(|| "the backup was stopped".to_owned(), |error| error.message);
    Err(Error::Refusal {
        code: Code::Refused,
        message: format!(
            "before trade comes in, a first backup is made, and it could not be ({why}): plug in its disk or choose another folder in the settings, then import again"
        ),
        field: Some("backup_dir".into()),
        wait_s: None,
    })
}

/// Tells the person that trade came in without a backup, in the notification centre.
///
/// # Errors
/// Where the store cannot be written.
pub(crate) async fn tell_without(scope: &Scope) -> Result<()> {
    settings::notify(&scope.program, &scope.store, NoticeLevel::Warn, "import_without_backup").await
}

/// Waits until a job has ended. The end is told after it stands, so that none is missed.
async fn ended(program: &Program, job: &JobRef) -> Result<Job> {
    let mut events = program.events();
    loop {
        let now = program.jobs.get(&job.job_id).ok_or_else(Error::not_found)?;
        if now.state != JobState::Running {
            return Ok(now);
        }
        // Too many events for this listener are as good as one: it looks again.
        if let Err(tokio::sync::broadcast::error::RecvError::Closed) = events.recv().await {
            return Err(Error::Fault("the program is ending".into()));
        }
    }
}

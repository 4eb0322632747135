//! This computer's settings, its notices, and what runs when a store opens: the backup of the day, the demo's trade, sync.

use crate::{
    Error, Program, Result, backups, file_acts,
    rpc::Scope,
    speech,
    wire::{AppEvent, JobKind, JobRef, Language, Notice, NoticeLevel, Notices, Settings, SettingsSet, StoreCheck, StoreChoice, SyncSet, SyncStatus, Theme},
};
use serde_json::Value as Json;
use std::{path::Path, sync::Arc};
use store::{Store, local};

/// Minutes without a touch after which the screen locks, unless set otherwise (AU-07).
pub(crate) const IDLE_LOCK_MIN: u32 = 5;
/// Seconds between exchanges with the centre, unless set otherwise.
pub const SYNC_EVERY_S: u32 = 60;

pub(crate) fn text(settings: &Json, key: &str) -> Option<String> {
    settings.get(key).and_then(Json::as_str).map(str::to_owned)
}

/// The settings of this computer.
///
/// # Errors
/// Where the store cannot be read.
pub async fn get(scope: &Scope) -> Result<Settings> {
    let mut db = scope.store.reader().await?;
    let kept = local::settings(&mut db).await?;
    let theme = match text(&kept, "theme").as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    };
    Ok(Settings { language: scope.program.language(), theme, backup_dir: text(&kept, "backup_dir"), idle_lock_min: idle_lock_min(&kept) })
}

fn idle_lock_min(kept: &Json) -> u32 {
    kept.get("idle_lock_min").and_then(Json::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(IDLE_LOCK_MIN)
}

/// Tells the program after how many minutes the screens over a store lock.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) async fn note_idle_lock(program: &Program, choice: StoreChoice, store: &Store) -> Result<()> {
    let kept = local::settings(&mut *store.reader().await?).await?;
    program.set_idle_lock(choice, idle_lock_min(&kept));
    Ok(())
}

/// Changes settings.
///
/// # Errors
/// Names the field that does not fit.
pub async fn set(scope: &Scope, request: SettingsSet) -> Result<Settings> {
    if let Some(language) = request.language {
        scope.program.set_language(language)?;
    }
    let folder = request.backup_dir.as_deref().map(|folder| usable_folder(&scope.program, folder)).transpose()?;
    let folder_chosen = folder.is_some();
    if request.idle_lock_min.is_some_and(|m| !(1..=60).contains(&m)) {
        return Err(Error::field("idle_lock_min", "between 1 and 60 minutes"));
    }
    scope
        .store
        .change_settings(move |kept| {
            if let Some(theme) = request.theme {
                let word = match theme {
                    Theme::System => "system",
                    Theme::Light => "light",
                    Theme::Dark => "dark",
                };
                kept.insert("theme".into(), word.into());
            }
            if let Some(folder) = folder {
                kept.insert("backup_dir".into(), folder.into());
            }
            if let Some(minutes) = request.idle_lock_min {
                kept.insert("idle_lock_min".into(), minutes.into());
            }
        })
        .await?;
    note_idle_lock(&scope.program, scope.presence.store, &scope.store).await?;
    scope.program.changed("setting", Vec::new());
    if folder_chosen && scope.session.is_of_a_screen() {
        backups::start_if_due(&scope.program, &scope.store).await?;
    }
    get(scope).await
}

/// Checks that a folder can be written into; answers its full path.
///
/// # Errors
/// Says what to do where it cannot.
pub fn usable_folder(program: &Program, folder: &str) -> Result<String> {
    let path = Path::new(folder.trim());
    if !path.is_absolute() {
        return Err(Error::field("backup_dir", "give the whole path of the folder"));
    }
    program.outside("backup_dir", path)?;
    store::place::folder(path).map_err(|error| Error::field("backup_dir", error.to_string()))?;
    let probe = path.join(".zhanggui-probe");
    let written = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    written.map_err(|e| Error::field("backup_dir", format!("nothing can be written there ({e}): choose another folder, best on another disk")))?;
    Ok(path.display().to_string())
}

/// What runs when a person has opened a store. A failure is a notice, never a refusal to open.
/// Where `stays_open` is false the program ends with this command, and begins nothing that takes longer.
pub(crate) async fn after_opening(program: &Arc<Program>, choice: StoreChoice, store: &Arc<Store>, stays_open: bool) {
    if let Err(error) = due(program, choice, store, stays_open).await {
        tracing::warn!(%error, "what was due at opening did not start");
    }
}

async fn due(program: &Arc<Program>, choice: StoreChoice, store: &Arc<Store>, stays_open: bool) -> Result<()> {
    if choice == StoreChoice::Demo {
        return program.demo.start(program, store).await;
    }
    if stays_open {
        backups::start_if_due(program, store).await?;
    }
    let mut db = store.reader().await?;
    let kept = local::settings(&mut db).await?;
    drop(db);
    let url = text(&kept, "sync_url");
    if url.is_none() {
        store.prune_operations(program.now_ms()).await?;
    }
    if let (Some(control), Some(url)) = (program.sync.get(), url) {
        let every_s = kept.get("sync_every_s").and_then(Json::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(SYNC_EVERY_S);
        control.set(store, Some(url), every_s).await?;
    }
    Ok(())
}

/// Where the exchange with the centre stands.
///
/// # Errors
/// Where the store cannot be read.
pub async fn sync_status(scope: &Scope) -> Result<SyncStatus> {
    match scope.program.sync.get() {
        Some(control) => {
            let status = control.status(&scope.store).await?;
            // It was kept in the words of whoever wrote it down.
            Ok(SyncStatus { error: status.error.map(|error| speech::told(scope.program.language(), &error)), ..status })
        }
        None => Ok(SyncStatus { url: None, last_at_ms: None, waiting: 0, quarantined: 0, error: None, every_s: SYNC_EVERY_S }),
    }
}

/// The address of a centre, as it was typed.
pub(crate) fn centre_address(url: &str) -> Result<String> {
    let url = url.trim();
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(url.to_owned());
    }
    Err(Error::field("url", "the address of the centre begins with postgres://"))
}

/// Sets the centre's address and how often it is asked.
///
/// # Errors
/// Where the address is not one of PostgreSQL.
pub async fn sync_set(scope: &Scope, request: SyncSet) -> Result<SyncStatus> {
    let url = request.url.filter(|u| !u.trim().is_empty()).map(|u| centre_address(&u)).transpose()?;
    file_acts::audit(scope, "sync.set", serde_json::json!({"has_centre": url.is_some()})).await?;
    let every_s = request.every_s.unwrap_or(SYNC_EVERY_S).clamp(5, 3_600);
    let kept = url.clone();
    scope
        .store
        .change_settings(move |s| {
            s.insert("sync_url".into(), kept.map_or(Json::Null, Json::from));
            s.insert("sync_every_s".into(), every_s.into());
        })
        .await?;
    if let Some(control) = scope.program.sync.get() {
        control.set(&scope.store, url, every_s).await?;
    }
    sync_status(scope).await
}

/// Exchanges with the centre now, as a job.
///
/// # Errors
/// Where no centre is set.
pub fn sync_now(scope: &Scope) -> Result<JobRef> {
    let control = scope.program.sync.get().cloned().ok_or_else(|| Error::field("url", "set the address of the centre first"))?;
    let store = scope.store.clone();
    scope.program.start_job(
        Some(crate::jobs::JobOf::by(scope)),
        JobKind::Sync,
        "sync",
        "steps",
        move |_| async move { control.now(&store).await.map(|_| None) },
    )
}

/// Checks the store.
///
/// # Errors
/// Where it cannot be read at all.
pub async fn check(scope: &Scope) -> Result<StoreCheck> {
    let checked = scope.store.check().await?;
    Ok(StoreCheck {
        pages_ok: checked.pages_ok,
        chain_ok: checked.chain_ok,
        sums_ok: checked.sums_ok,
        caches_ok: checked.caches_ok,
        entries: checked.entries,
        findings: checked.findings.iter().map(|finding| speech::told(scope.program.language(), finding)).collect(),
    })
}

/// Tells a person something that stays in the notification centre.
///
/// # Errors
/// Where the store cannot be written.
pub(crate) async fn notify(program: &Program, store: &Store, level: NoticeLevel, message_key: &str) -> Result<()> {
    let now_ms = program.now_ms();
    let id = program.chance().mint(now_ms);
    let word = match level {
        NoticeLevel::Info => "info",
        NoticeLevel::Warn => "warn",
        NoticeLevel::Error => "error",
    };
    store.add_notice(&local::Notice { id: *id.as_bytes(), at_ms: now_ms, level: word.into(), message_key: message_key.into(), params: Vec::new() }).await?;
    program.tell(AppEvent::Notice { notice: Notice { id: id.to_string(), at_ms: now_ms, level, message_key: message_key.into(), params: Vec::new() } });
    Ok(())
}

/// The notices of the notification centre.
///
/// # Errors
/// Where the store cannot be read.
pub async fn notices(scope: &Scope) -> Result<Notices> {
    let mut db = scope.store.reader().await?;
    let notices = local::notices(&mut db)
        .await?
        .into_iter()
        .map(|n| Notice {
            id: uuid::Uuid::from_bytes(n.id).to_string(),
            at_ms: n.at_ms,
            level: match n.level.as_str() {
                "error" => NoticeLevel::Error,
                "warn" => NoticeLevel::Warn,
                _ => NoticeLevel::Info,
            },
            message_key: n.message_key,
            params: n.params,
        })
        .collect();
    Ok(Notices { notices })
}

/// The word of a language.
#[must_use]
pub const fn language_word(language: Language) -> &'static str {
    match language {
        Language::Zh => "zh",
        Language::En => "en",
    }
}

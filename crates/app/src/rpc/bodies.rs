//! The body of each command: a line that hands it to the room it belongs to. The names are those of the list.
//!
//! Rooms take `&Visitor` or `&Scope` and the request, and answer the wire's own types: `reading` for lists and figures, `importing`, `orders`,
//! `settings`, `export`, `demo`, `access`.

use super::{Scope, Visitor};
use crate::{
    Result,
    access::{invitation, new_password, password, people, recover, roles, setup, sign_in, step_up},
    backups, demo, export, file_acts, folders, importing, orders, reading, settings, shops,
    trade_file::FileKind,
    wire::*,
};
use store::local;

/// Declares bodies that only hand on to an async function of another room.
macro_rules! hand_on {
    ($($name:ident($caller:ty, $request:ty) -> $response:ty = $to:path;)*) => {$(
        pub(super) async fn $name(caller: &$caller, request: $request) -> Result<$response> { $to(caller, request).await }
    )*};
}

hand_on! {
    sign_in(Visitor, SignIn) -> SignedIn = sign_in::sign_in;
    sign_in_recovery(Visitor, SignInRecovery) -> SignedIn = sign_in::sign_in_recovery;
    unlock(Scope, Unlock) -> Empty = sign_in::unlock;
    settings_set(Scope, SettingsSet) -> Settings = settings::set;
    sync_set(Scope, SyncSet) -> SyncStatus = settings::sync_set;
    today(Scope, TodayQuery) -> Today = reading::today;
    analysis(Scope, AnalysisQuery) -> Analysis = reading::analysis;
    order_page(Scope, OrderQuery) -> OrderPage = reading::order_page;
    order_totals(Scope, OrderTotalsQuery) -> OrderTotals = reading::order_totals;
    order_get(Scope, IdRef) -> OrderDetail = reading::order_get;
    order_cancel(Scope, OrderAct) -> Empty = orders::cancel;
    order_ship(Scope, OrderAct) -> Empty = orders::ship;
    refund_record(Scope, RefundRecord) -> Empty = orders::refund;
    product_page(Scope, ProductQuery) -> ProductPage = reading::product_page;
    product_totals(Scope, ProductTotalsQuery) -> ProductTotals = reading::product_totals;
    product_get(Scope, IdRef) -> ProductDetail = reading::product_get;
    customer_page(Scope, CustomerQuery) -> CustomerPage = reading::customer_page;
    customer_totals(Scope, CustomerTotalsQuery) -> CustomerTotals = reading::customer_totals;
    customer_get(Scope, IdRef) -> CustomerDetail = reading::customer_get;
    search(Scope, SearchQuery) -> SearchHits = reading::search;
    import_probe(Scope, ImportProbe) -> ImportProbed = importing::import_probe;
    import_batch_report(Scope, ImportRef) -> ImportBatchReport = importing::import_batch_report;
    import_findings_save(Scope, ImportRef) -> Download = importing::import_findings_save;
    import_undo(Scope, ImportUndo) -> JobRef = importing::import_undo;
    key_export(Visitor, KeyExport) -> ExportedKey = file_acts::key_export;
    password_change(Visitor, PasswordChange) -> Empty = new_password::change;
    shop_add(Scope, ShopAdd) -> Shops = shops::add;
    shop_rename(Scope, ShopRename) -> Shops = shops::rename;
    backup_now(Scope, Empty) -> JobRef = backups::now;
    backup_to(Scope, BackupTo) -> JobRef = file_acts::backup_to;
    store_copy(Scope, StoreCopy) -> Empty = file_acts::store_copy;
    central_init(Scope, CentralInit) -> SyncStatus = file_acts::central_init;
    person_invite(Scope, PersonInvite) -> Invitation = people::invite;
    person_reset(Scope, IdRef) -> Invitation = people::reset;
    person_close(Scope, IdRef) -> Empty = people::close;
    role_give(Scope, RoleGive) -> Empty = people::give;
    role_take(Scope, IdRef) -> Empty = people::take;
    role_save(Scope, RoleSave) -> Roles = roles::save;
    department_save(Scope, DepartmentSave) -> Places = roles::department_save;
    group_save(Scope, GroupSave) -> Places = roles::group_save;
    access_look(Scope, AccessLook) -> AccessOf = people::look;
    invitation_look(Visitor, InvitationLook) -> InvitationShown = invitation::look;
    invitation_accept(Visitor, InvitationAccept) -> Empty = invitation::accept;
    step_up(Scope, StepUp) -> SteppedUp = step_up::step_up;
}

pub(super) async fn app_state(caller: &Visitor, _: Empty) -> Result<AppState> {
    let (program, session) = (&caller.program, &caller.session);
    let presence = session.presence().filter(|presence| program.opened_for(presence).is_some());
    let front = presence.as_ref().map(|p| p.store).or_else(|| sign_in::store_in_front(program, session));
    let store = front.and_then(|choice| program.opened(choice));
    let shop = match (&presence, &store) {
        (Some(_), Some(store)) => crate::access::vault::first_shop(store).await?,
        _ => None,
    };
    let (shop_name, currency, zone) = shop.map_or((None, None, None), |(name, currency, zone)| (Some(name), Some(currency), Some(zone)));
    Ok(AppState {
        phase: sign_in::phase(program, session),
        host: program.host(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        language: program.language(),
        store: front,
        has_demo: program.has(StoreChoice::Demo),
        has_own: program.has(StoreChoice::Own),
        shop_name,
        currency,
        zone,
        person: presence.map(|crate::session::Presence { person_id, name, role, .. }| Person { id: person_id.to_string(), name, role }),
        saved_at_ms: store.as_ref().map(|s| s.saved_at_ms()),
        clock_behind_s: front.and_then(|choice| program.clock_behind_s(choice)),
        demo_paused: program.demo_paused(),
        left_at_ms: program.demo_left_at_ms(),
    })
}

pub(super) async fn language_set(caller: &Visitor, request: LanguageSet) -> Result<Empty> {
    caller.program.set_language(request.language)?;
    Ok(Empty {})
}

pub(super) async fn store_choose(caller: &Visitor, request: StoreChoose) -> Result<Empty> {
    caller.session.leave();
    caller.session.choose(Some(request.store));
    caller.program.tell(AppEvent::Phase);
    Ok(Empty {})
}

pub(super) async fn demo_open(caller: &Visitor, request: DemoOpen) -> Result<JobRef> {
    demo::open(caller, &request)
}

pub(super) async fn demo_code(caller: &Visitor, _: Empty) -> Result<DemoCode> {
    demo::demo_code(caller)
}

pub(super) async fn demo_wipe(caller: &Visitor, _: Empty) -> Result<Empty> {
    demo::wipe(caller).await
}

pub(super) async fn demo_pause(caller: &Scope, request: DemoPause) -> Result<Empty> {
    demo::pause(&caller.program, &request)
}

pub(super) async fn setup_state(caller: &Visitor, _: Empty) -> Result<SetupState> {
    setup::state(caller)
}

pub(super) async fn setup_shop(caller: &Visitor, request: SetupShop) -> Result<SetupState> {
    setup::shop(caller, request)
}

pub(super) async fn setup_owner(caller: &Visitor, request: SetupOwner) -> Result<SetupState> {
    setup::owner(caller, request)
}

pub(super) async fn setup_authenticator(caller: &Visitor, _: Empty) -> Result<SetupAuthenticator> {
    setup::authenticator(caller)
}

pub(super) async fn setup_code(caller: &Visitor, request: SetupCode) -> Result<SetupState> {
    setup::confirm_code(caller, &request)
}

pub(super) async fn setup_folder(caller: &Visitor, request: FolderLookAt) -> Result<FolderLook> {
    folders::look_in_setup(caller, &request)
}

pub(super) async fn folder_look(caller: &Scope, request: FolderLookAt) -> Result<FolderLook> {
    Ok(folders::look(&request.path, caller.program.data_dir(), caller.program.language()))
}

pub(super) async fn setup_backup(caller: &Visitor, request: SetupBackup) -> Result<SetupState> {
    setup::backup(caller, &request)
}

pub(super) async fn setup_sheet(caller: &Visitor, _: Empty) -> Result<SetupSheet> {
    setup::sheet(caller).await
}

pub(super) async fn setup_finish(caller: &Visitor, request: SetupFinish) -> Result<Empty> {
    setup::finish(caller, &request).await
}

pub(super) async fn setup_drop(caller: &Visitor, _: Empty) -> Result<Empty> {
    setup::drop_draft(caller).await
}

pub(super) async fn password_check(_: &Visitor, request: PasswordCheck) -> Result<PasswordStrength> {
    Ok(password::judge(&request.password, &[&request.shop_name, &request.owner_name]))
}

pub(super) async fn job_list(caller: &Visitor, _: Empty) -> Result<Jobs> {
    Ok(Jobs { jobs: caller.program.jobs_for(&caller.session) })
}

pub(super) async fn job_cancel(caller: &Visitor, request: JobRef) -> Result<Empty> {
    caller.program.cancel_job(&caller.session, &request.job_id)?;
    Ok(Empty {})
}

pub(super) async fn upload_chunk(caller: &Visitor, request: UploadChunk) -> Result<Uploaded> {
    caller.program.take_chunk(&caller.session, &request)
}

pub(super) async fn restore_open(caller: &Visitor, request: RestoreOpen) -> Result<Empty> {
    let program = &caller.program;
    // Where only the database is left, its key file comes back with the backup.
    if program.has(StoreChoice::Own) {
        return Err(crate::Error::refuse(crate::Code::Refused, "there is a shop on this computer already: restore over it with `zhanggui store restore`"));
    }
    let (_, file) = program.uploads.find(&caller.session, &request.upload_id)?;
    recover::restore(program, &file, &request.recovery_key).await?;
    caller.session.choose(Some(StoreChoice::Own));
    program.tell(AppEvent::Phase);
    Ok(Empty {})
}

pub(super) async fn recover(caller: &Visitor, request: Recover) -> Result<Recovered> {
    recover::recover(&caller.program, &caller.session, request).await
}

pub(super) async fn sign_out(caller: &Scope, _: Empty) -> Result<Empty> {
    // A job may read a file still; the end of the program removes it then.
    if !caller.program.jobs.is_any_running() {
        caller.program.uploads.forget_of(&caller.session);
        caller.program.exports.forget_of(&caller.session);
    }
    caller.session.leave();
    if caller.presence.store == StoreChoice::Demo {
        caller.program.demo.set_left(Some(caller.program.now_ms()));
    }
    caller.program.tell(AppEvent::Phase);
    Ok(Empty {})
}

/// A person touched the screen: it stays open. Nothing is answered and nobody is told, since it comes often.
pub(super) async fn session_use(caller: &Scope, _: Empty) -> Result<Empty> {
    caller.session.used(caller.program.now_ms());
    Ok(Empty {})
}

pub(super) async fn lock(caller: &Scope, _: Empty) -> Result<Empty> {
    caller.session.lock();
    caller.program.tell(AppEvent::Phase);
    Ok(Empty {})
}

pub(super) async fn notice_list(caller: &Scope, _: Empty) -> Result<Notices> {
    settings::notices(caller).await
}

pub(super) async fn settings_get(caller: &Scope, _: Empty) -> Result<Settings> {
    settings::get(caller).await
}

pub(super) async fn backup_status(caller: &Scope, _: Empty) -> Result<BackupStatus> {
    backups::status(caller).await
}

pub(super) async fn store_check(caller: &Scope, _: Empty) -> Result<StoreCheck> {
    settings::check(caller).await
}

pub(super) async fn store_repair(caller: &Scope, _: Empty) -> Result<StoreCheck> {
    file_acts::store_repair(caller).await
}

pub(super) async fn central_invite(caller: &Scope, _: Empty) -> Result<JoinCode> {
    file_acts::central_invite(caller).await
}

pub(super) async fn import_start(caller: &Scope, request: ImportStart) -> Result<JobRef> {
    let has_backup = request.dry_run || backups::before_trade(caller).await?;
    let started = importing::import_start(caller, request).await?;
    if !has_backup {
        backups::tell_without(caller).await?;
    }
    Ok(started)
}

pub(super) async fn visits_import(caller: &Scope, request: VisitsImport) -> Result<ImportReport> {
    let has_backup = backups::before_trade(caller).await?;
    let (_, file) = caller.program.uploads.find(&caller.session, &request.upload_id)?;
    let plan = importing::plan_from_path(caller, &file, FileKind::Visits, &request.shop_id).await?;
    let report = importing::import_visits(&caller.store, &plan).await?;
    if !has_backup {
        backups::tell_without(caller).await?;
    }
    Ok(report)
}

pub(super) async fn sync_status(caller: &Scope, _: Empty) -> Result<SyncStatus> {
    settings::sync_status(caller).await
}

pub(super) async fn sync_now(caller: &Scope, _: Empty) -> Result<JobRef> {
    settings::sync_now(caller)
}

pub(super) async fn shop_list(caller: &Scope, _: Empty) -> Result<Shops> {
    reading::shop_list(caller).await
}

pub(super) async fn list_export(caller: &Scope, request: ListExport) -> Result<JobRef> {
    export::start(caller, request).await
}

pub(super) async fn download_get(caller: &Scope, request: DownloadRef) -> Result<Download> {
    export::download(caller, &request)
}

pub(super) async fn view_list(caller: &Scope, _: Empty) -> Result<OwnViews> {
    let mut db = caller.store.reader().await?;
    let views = local::views(&mut db, caller.actor().bytes()).await?;
    let list_of = |word: &str| match word {
        "products" => ListKind::Products,
        "customers" => ListKind::Customers,
        _ => ListKind::Orders,
    };
    Ok(OwnViews {
        views: views
            .into_iter()
            .map(|v| OwnView { id: uuid::Uuid::from_bytes(v.id).to_string(), list: list_of(&v.list), name: v.name, body: v.body })
            .collect(),
    })
}

pub(super) async fn view_save(caller: &Scope, request: OwnView) -> Result<OwnViews> {
    const BODY_BYTES_MAX: usize = 64 << 10;
    if request.name.trim().is_empty() || request.name.chars().count() > 60 {
        return Err(crate::Error::field("name", "a view's name has 1 to 60 characters"));
    }
    if request.body.len() > BODY_BYTES_MAX {
        return Err(crate::Error::field("body", "this view is too large to keep"));
    }
    let id = if request.id.is_empty() {
        caller.program.chance().mint(caller.program.now_ms())
    } else {
        uuid::Uuid::parse_str(&request.id).map_err(|_| crate::Error::not_found())?
    };
    let list = match request.list {
        ListKind::Orders => "orders",
        ListKind::Products => "products",
        ListKind::Customers => "customers",
    };
    let view = local::OwnView { id: *id.as_bytes(), list: list.to_owned(), name: request.name.trim().to_owned(), body: request.body };
    caller.store.save_view(caller.actor().bytes(), &view).await?;
    view_list(caller, Empty {}).await
}

pub(super) async fn view_delete(caller: &Scope, request: IdRef) -> Result<OwnViews> {
    let id = uuid::Uuid::parse_str(&request.id).map_err(|_| crate::Error::not_found())?;
    caller.store.delete_view(caller.actor().bytes(), *id.as_bytes()).await?;
    view_list(caller, Empty {}).await
}

pub(super) async fn import_report(caller: &Scope, request: ImportReportGet) -> Result<ImportReport> {
    importing::import_report(caller, &request)
}

pub(super) async fn import_list(caller: &Scope, _: Empty) -> Result<Imports> {
    importing::import_list(caller).await
}

pub(super) async fn person_list(caller: &Scope, _: Empty) -> Result<People> {
    people::list(caller).await
}

pub(super) async fn role_list(caller: &Scope, _: Empty) -> Result<Roles> {
    roles::list(caller).await
}

pub(super) async fn place_list(caller: &Scope, _: Empty) -> Result<Places> {
    roles::places(caller).await
}

pub(super) async fn access_own(caller: &Scope, _: Empty) -> Result<OwnAccess> {
    people::own(caller).await
}

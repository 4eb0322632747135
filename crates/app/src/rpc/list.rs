//! The one list of commands. A command without a permission does not compile.

use crate::wire::*;

crate::commands! {
    // Anyone, before signing in.
    app_state(Empty) -> AppState, open;
    language_set(LanguageSet) -> Empty, open;
    store_choose(StoreChoose) -> Empty, open;
    demo_open(DemoOpen) -> JobRef, open;
    demo_code(Empty) -> DemoCode, open;
    demo_wipe(Empty) -> Empty, open;
    setup_state(Empty) -> SetupState, open;
    setup_shop(SetupShop) -> SetupState, open;
    setup_owner(SetupOwner) -> SetupState, open;
    setup_authenticator(Empty) -> SetupAuthenticator, open;
    setup_code(SetupCode) -> SetupState, open;
    setup_folder(FolderLookAt) -> FolderLook, open;
    setup_backup(SetupBackup) -> SetupState, open;
    setup_sheet(Empty) -> SetupSheet, open;
    setup_finish(SetupFinish) -> Empty, open;
    setup_drop(Empty) -> Empty, open;
    password_check(PasswordCheck) -> PasswordStrength, open;
    sign_in(SignIn) -> SignedIn, open;
    sign_in_recovery(SignInRecovery) -> SignedIn, open;
    job_list(Empty) -> Jobs, open;
    job_cancel(JobRef) -> Empty, open;
    upload_chunk(UploadChunk) -> Uploaded, open;
    restore_open(RestoreOpen) -> Empty, open;
    recover(Recover) -> Recovered, open;
    invitation_look(InvitationLook) -> InvitationShown, open;
    invitation_accept(InvitationAccept) -> Empty, open;

    // By name, password and code given with the command itself: no session is enough.
    key_export(KeyExport) -> ExportedKey, proof "store.key";
    password_change(PasswordChange) -> Empty, proof "password.change";

    // The screen is locked: the person is known, the password is asked.
    unlock(Unlock) -> Empty, locked;
    sign_out(Empty) -> Empty, locked;

    // Signed in. Issue by issue the permission names become grants; until roles come, the owner holds all.
    session_use(Empty) -> Empty, may "session.use";
    lock(Empty) -> Empty, may "session.lock";
    demo_pause(DemoPause) -> Empty, may "demo.pause";
    notice_list(Empty) -> Notices, may "notice.read";
    settings_get(Empty) -> Settings, may "setting.read";
    settings_set(SettingsSet) -> Settings, may "setting.write";
    folder_look(FolderLookAt) -> FolderLook, may "setting.write";
    backup_status(Empty) -> BackupStatus, may "backup.read";
    backup_now(Empty) -> JobRef, may "backup.make";
    backup_to(BackupTo) -> JobRef, may "backup.make";
    store_check(Empty) -> StoreCheck, may "store.check";
    store_repair(Empty) -> StoreCheck, may "store.repair";
    store_copy(StoreCopy) -> Empty, may "store.copy";
    central_init(CentralInit) -> SyncStatus, may "central.init";
    central_invite(Empty) -> JoinCode, may "central.invite";
    sync_status(Empty) -> SyncStatus, may "sync.read";
    sync_set(SyncSet) -> SyncStatus, may "sync.write";
    sync_now(Empty) -> JobRef, may "sync.run";
    shop_list(Empty) -> Shops, may "shop.read";
    shop_add(ShopAdd) -> Shops, may "shop.write";
    shop_rename(ShopRename) -> Shops, may "shop.write";
    today(TodayQuery) -> Today, may "figure.read";
    analysis(AnalysisQuery) -> Analysis, may "figure.read";
    order_page(OrderQuery) -> OrderPage, may "order.read";
    order_totals(OrderTotalsQuery) -> OrderTotals, may "order.read";
    order_get(IdRef) -> OrderDetail, may "order.read";
    order_cancel(OrderAct) -> Empty, may "order.cancel";
    order_ship(OrderAct) -> Empty, may "order.ship";
    refund_record(RefundRecord) -> Empty, may "refund.create";
    product_page(ProductQuery) -> ProductPage, may "product.read";
    product_totals(ProductTotalsQuery) -> ProductTotals, may "product.read";
    product_get(IdRef) -> ProductDetail, may "product.read";
    customer_page(CustomerQuery) -> CustomerPage, may "customer.read";
    customer_totals(CustomerTotalsQuery) -> CustomerTotals, may "customer.read";
    customer_get(IdRef) -> CustomerDetail, may "customer.read";
    search(SearchQuery) -> SearchHits, may "session.use";
    list_export(ListExport) -> JobRef, may "list.export";
    download_get(DownloadRef) -> Download, may "list.export";
    view_list(Empty) -> OwnViews, may "view.own";
    view_save(OwnView) -> OwnViews, may "view.own";
    view_delete(IdRef) -> OwnViews, may "view.own";
    import_probe(ImportProbe) -> ImportProbed, may "import.run";
    import_start(ImportStart) -> JobRef, may "import.run";
    import_report(ImportReportGet) -> ImportReport, may "import.run";
    import_list(Empty) -> Imports, may "import.run";
    import_batch_report(ImportRef) -> ImportBatchReport, may "import.run";
    import_findings_save(ImportRef) -> Download, may "import.run";
    import_undo(ImportUndo) -> JobRef, may "import.undo";
    visits_import(VisitsImport) -> ImportReport, may "import.run";
    step_up(StepUp) -> SteppedUp, may "session.use";
    access_own(Empty) -> OwnAccess, may "access.own";
    access_look(AccessLook) -> AccessOf, may "person.read";
    person_list(Empty) -> People, may "person.read";
    person_invite(PersonInvite) -> Invitation, stepped "person.write";
    person_reset(IdRef) -> Invitation, stepped "person.write";
    person_close(IdRef) -> Empty, stepped "person.write";
    role_give(RoleGive) -> Empty, stepped "person.write";
    role_take(IdRef) -> Empty, stepped "person.write";
    role_list(Empty) -> Roles, may "person.read";
    role_save(RoleSave) -> Roles, stepped "role.write";
    place_list(Empty) -> Places, may "person.read";
    department_save(DepartmentSave) -> Places, stepped "department.write";
    group_save(GroupSave) -> Places, stepped "department.write";
}

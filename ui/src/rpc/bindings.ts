// Generated from crates/app/src/wire by `cargo xtask bindings`. Do not edit.

export type Phase = "first_start" | "setting_up" | "signed_out" | "locked" | "open";

export type StoreChoice = "demo" | "own";

export type Host = "desktop" | "web";

export type Language = "zh" | "en";

export type AppState = { phase: Phase, host: Host, version: string, language: Language, store: StoreChoice | null, has_demo: boolean, has_own: boolean, shop_name: string | null, currency: string | null, zone: string | null, person: Person | null, saved_at_ms: number | null, clock_behind_s: number | null, demo_paused: boolean, left_at_ms: number | null };

export type Person = { id: string, name: string, role: string };

export type LanguageSet = { language: Language };

export type StoreChoose = { store: StoreChoice };

export type DemoOpen = { language: Language };

export type DemoCode = { name: string, password: string, code: string, seconds_left: number };

export type DemoPause = { paused: boolean };

export type SignIn = { name: string, password: string, code: string };

export type SignInRecovery = { name: string, password: string, recovery_code: string };

export type Unlock = { password: string };

export type SignedIn = { person: Person, recovery_codes_left: number };

export type PasswordCheck = { password: string, shop_name: string, owner_name: string };

export type PasswordStrength = { score: number, problem: string | null };

export type SetupState = { step: number, shop_name: string, currency: string, zone: string, owner_name: string, backup_dir: string, currencies: Array<string>, zones: Array<string> };

export type SetupShop = { shop_name: string, currency: string, zone: string, language: Language };

export type SetupOwner = { owner_name: string, password: string };

export type SetupAuthenticator = { totp_uri: string, secret: string, qr_svg: string };

export type SetupCode = { code: string };

export type SetupBackup = { backup_dir: string };

export type SetupSheet = { shop_name: string, owner_name: string, made_on: string, recovery_codes: Array<string>, recovery_key: string, confirm_code: number, confirm_from: number };

export type SetupFinish = { four_characters: string };

export type RestoreOpen = { upload_id: string, recovery_key: string };

export type FigureKey = "gmv_minor" | "paid_minor" | "net_sales_minor" | "orders_created" | "orders_paid" | "refunds_minor" | "refund_rate_bp" | "per_customer_minor" | "per_order_minor" | "visitors" | "conversion_bp" | "gross_profit_minor" | "gross_margin_bp" | "turnover" | "turnover_days" | "active_sku_bp" | "repurchase_bp" | "customers" | "units";

export type FigureUnit = "money" | "count" | "basis_points" | "days" | "ratio" | "units";

export type Compare = "previous" | "year_before" | "none";

export type CauseKind = "sku" | "category" | "shop" | "channel" | "rest" | "visits";

export type NowKind = "unshipped" | "backup_overdue" | "rejected_rows" | "setup_backup" | "no_trade";

export type Figure = { key: FigureKey, unit: FigureUnit, value: number | null, before: number | null, change_bp: number | null, reason: string | null, good_when_up: boolean, side: Array<number> };

export type Point = { label: string, value: number | null };

export type TodayQuery = { shop_ids: Array<string> };

export type TodayFigure = { figure: Figure, today: Array<number>, before: Array<number>, filter: OrderFilter };

export type Cause = { kind: CauseKind, amount_minor: number, name: string, pieces_milli: number, orders: number, visitors_change_bp: number | null, filter: OrderFilter };

export type NowItem = { kind: NowKind, params: Array<string>, filter: OrderFilter | null };

export type Today = { business_date: string, weekday: number, at_ms: number, minute_of_day: number, opens_hour: number, closes_hour: number, currency: string, before_date: string | null, figures: Array<TodayFigure>, curve_today: Array<number>, curve_before: Array<number>, expected_low: Array<number>, expected_high: Array<number>, hours: Array<number>, causes: Array<Cause>, now: Array<NowItem>, days_of_trade: number, best_day: Point | null, mini_program_orders: number, customers: number };

export type AnalysisQuery = { from: string, to: string, compare: Compare, shop_ids: Array<string>, channels: Array<Channel> };

export type SkuFigure = { sku_id: string, code: string, name: string, units_milli: number, net_minor: number, refunded_minor: number };

export type PartFigure = { key: string, name: string, orders: number, paid_minor: number, net_minor: number, refund_rate_bp: number | null, share_bp: number | null, filter: OrderFilter };

export type HeatCell = { weekday: number, hour: number, orders: number, paid_minor: number };

export type Tile = { figure: Figure, list: ListKind, filter: OrderFilter };

export type Analysis = { from: string, to: string, before_from: string | null, before_to: string | null, currency: string, tiles: Array<Tile>, grain: string, sales: Array<Point>, sales_before: Array<Point>, orders: Array<Point>, best: Array<SkuFigure>, worst: Array<SkuFigure>, heat: Array<HeatCell>, shops: Array<PartFigure>, channels: Array<PartFigure>, restated_days: number, data_from: string | null, data_to: string | null };

export type FileFormat = "csv" | "xlsx" | "parquet";

export type ImportState = "applying" | "stopped" | "done" | "undone";

export type UploadChunk = { upload_id: string | null, file_name: string, offset: number, base64: string };

export type Uploaded = { upload_id: string, bytes: number };

export type ImportProbe = { upload_id: string | null, sample: boolean };

export type ImportProbed = { upload_id: string, file_name: string, format: FileFormat, encoding: string, columns: Array<string>, sample_rows: Array<Array<string>>, mapping: Array<FieldMapping>, remembered: boolean, date_order: string };

export type FieldMapping = { field: string, column: number | null, required: boolean };

export type ImportStart = { upload_id: string, mapping: Array<FieldMapping>, shop_id: string | null, new_shop_name: string | null, currency: string | null, zone: string | null, dry_run: boolean };

export type ImportFinding = { row: number, reason: string, remedy: string, value: string };

export type ImportReport = { batch_id: string | null, dry_run: boolean, lines: number, new_lines: number, orders: number, refunds: number, write_offs: number, adjustments: number, rejected: number, warnings: number, repeated_lines: number, sub_penny_lines: number, two_times_orders: number, matched_refund_lines: number, refund_lines: number, sales_minor: number, refunds_minor: number, skus: number, customers: number, from: string | null, to: string | null, findings: Array<ImportFinding> };

export type ImportReportGet = { job_id: string };

export type ImportBatch = { id: string, file_name: string, started_at_ms: number, state: ImportState, lines: number, orders: number, refunds: number, rejected: number, can_undo: boolean };

export type Imports = { imports: Array<ImportBatch> };

export type ImportUndo = { batch_id: string };

export type JobKind = "demo_make" | "import_dry_run" | "import_apply" | "import_undo" | "backup" | "export" | "sync";

export type JobState = "running" | "done" | "failed" | "cancelled";

export type NoticeLevel = "info" | "warn" | "error";

export type Theme = "system" | "light" | "dark";

export type Job = { id: string, kind: JobKind, state: JobState, title: string, done: number, total: number, unit: string, started_at_ms: number, ended_at_ms: number | null, can_cancel: boolean, error: WireError | null, result: string | null };

export type JobRef = { job_id: string };

export type Jobs = { jobs: Array<Job> };

export type WireError = { code: string, message: string, reference: string | null, field: string | null, wait_s: number | null };

export type Notice = { id: string, at_ms: number, level: NoticeLevel, message_key: string, params: Array<string> };

export type Notices = { notices: Array<Notice> };

export type Settings = { language: Language, theme: Theme, backup_dir: string | null, idle_lock_min: number };

export type SettingsSet = { language: Language | null, theme: Theme | null, backup_dir: string | null, idle_lock_min: number | null };

export type BackupStatus = { dir: string | null, last_at_ms: number | null, last_bytes: number | null, verified: boolean, overdue: boolean };

export type SyncStatus = { url: string | null, last_at_ms: number | null, waiting: number, quarantined: number, error: string | null, every_s: number };

export type SyncSet = { url: string | null, every_s: number | null };

export type StoreCheck = { pages_ok: boolean, chain_ok: boolean, sums_ok: boolean, caches_ok: boolean, entries: number, findings: Array<string> };

export type Channel = "counter" | "mini_program" | "web" | "app" | "errand" | "import";

export type PayState = "unpaid" | "partial" | "paid" | "closed";

export type FulfilState = "none" | "waiting" | "underway" | "done" | "closed";

export type RefundState = "none" | "underway" | "part" | "all";

export type OrderSort = "newest_first" | "oldest_first" | "largest_first";

export type ProductSort = "code" | "name" | "sold_most" | "sold_least" | "stock_least";

export type CustomerSort = "name" | "spent_most" | "last_order";

export type ListKind = "orders" | "products" | "customers";

export type ExportFormat = "csv" | "xlsx";

export type OrderFilter = { text: string | null, from: string | null, to: string | null, hour_from: number | null, hour_to: number | null, weekday: number | null, shop_ids: Array<string>, channels: Array<Channel>, pay: Array<PayState>, fulfil: Array<FulfilState>, refund: Array<RefundState>, amount_min_minor: number | null, amount_max_minor: number | null, customer_id: string | null, sku_id: string | null, batch_id: string | null, refunded_in_period: boolean };

export type OrderQuery = { filter: OrderFilter, sort: OrderSort, after: string | null, limit: number };

export type OrderRow = { id: string, order_no: string, occurred_at_ms: number, business_date: string, shop_id: string, shop_name: string, channel: Channel, customer_id: string | null, customer_name: string | null, first_item: string, kinds: number, pieces_milli: number, pay: PayState, fulfil: FulfilState, refund: RefundState, payable_minor: number, paid_minor: number, refunded_minor: number, currency: string };

export type OrderPage = { rows: Array<OrderRow>, next: string | null };

export type OrderTotals = { count: number, payable_minor: number, paid_minor: number, unpaid_minor: number, closed_minor: number, refunded_minor: number, waiting_count: number, overdue_count: number, refund_underway_count: number, currency: string | null };

export type OrderTotalsQuery = { filter: OrderFilter };

export type IdRef = { id: string };

export type OrderLineView = { line_no: number, sku_id: string, code: string, name: string, quantity_milli: number, price_minor: number, net_minor: number, refunded_milli: number, refunded_minor: number, is_goods: boolean, flags: Array<string> };

export type TimelineStep = { at_ms: number | null, what: string, axis: string, state: string, detail: Array<string>, actor: string | null, done: boolean };

export type PaymentView = { at_ms: number, tender: string, amount_minor: number };

export type RefundView = { id: string, refund_no: string, at_ms: number, amount_minor: number, rule: string };

export type OrderDetail = { row: OrderRow, lines: Array<OrderLineView>, payments: Array<PaymentView>, refunds: Array<RefundView>, timeline: Array<TimelineStep>, goods_minor: number, discount_minor: number, freight_minor: number, customer: CustomerRow | null, source: string | null, can_cancel: boolean, can_ship: boolean, can_refund: boolean };

export type OrderAct = { id: string, reason: string };

export type RefundRecord = { order_id: string, amount_minor: number, reason: string };

export type ProductFilter = { text: string | null, category_ids: Array<string>, shop_ids: Array<string>, sold_from: string | null, sold_to: string | null, goods_only: boolean, low_stock: boolean, no_sale: boolean };

export type ProductQuery = { filter: ProductFilter, sort: ProductSort, after: string | null, limit: number };

export type ProductRow = { sku_id: string, code: string, name: string, category: string | null, price_minor: number | null, cost_minor: number | null, on_hand_milli: number | null, sold_milli: number, sold_minor: number, last_sold_on: string | null, currency: string, is_goods: boolean };

export type ProductPage = { rows: Array<ProductRow>, next: string | null };

export type ProductTotals = { count: number, sold_milli: number, sold_minor: number, no_sale_count: number, currency: string | null };

export type ProductTotalsQuery = { filter: ProductFilter };

export type StockView = { shop_name: string, on_hand_milli: number | null };

export type MovementView = { at_ms: number, shop_name: string, kind: string, quantity_milli: number, reference: string | null };

export type ProductDetail = { row: ProductRow, stock: Array<StockView>, months: Array<Point>, movements: Array<MovementView>, other_names: Array<string> };

export type CustomerFilter = { text: string | null, country: string | null, shop_ids: Array<string>, bought_from: string | null, bought_to: string | null, min_orders: number | null };

export type CustomerQuery = { filter: CustomerFilter, sort: CustomerSort, after: string | null, limit: number };

export type CustomerRow = { id: string, code: string, name: string, phone_masked: string | null, country: string | null, orders: number, paid_minor: number, refunded_minor: number, first_on: string | null, last_on: string | null, currency: string };

export type CustomerPage = { rows: Array<CustomerRow>, next: string | null };

export type CustomerTotals = { count: number, paid_minor: number, repeat_count: number, currency: string | null };

export type CustomerTotalsQuery = { filter: CustomerFilter };

export type CustomerDetail = { row: CustomerRow, months: Array<Point>, favourites: Array<ProductRow>, recent: Array<OrderRow>, median_gap_days: number | null };

export type ShopRow = { id: string, name: string, currency: string, zone: string };

export type CategoryRow = { id: string, name: string };

export type Shops = { shops: Array<ShopRow>, categories: Array<CategoryRow> };

export type SearchQuery = { text: string, limit: number };

export type SearchHit = { kind: ListKind, id: string, title: string, detail: string };

export type SearchHits = { hits: Array<SearchHit> };

export type ListExport = { list: ListKind, format: ExportFormat, columns: Array<string>, order_filter: OrderFilter | null, product_filter: ProductFilter | null, customer_filter: CustomerFilter | null };

export type OwnView = { id: string, list: ListKind, name: string, body: string };

export type OwnViews = { views: Array<OwnView> };

export type DownloadRef = { download_id: string };

export type Download = { file_name: string, base64: string, path: string | null };

export type AppEvent = { "event": "changed", entity: string, ids: Array<string> } | { "event": "job", job: Job } | { "event": "notice", notice: Notice } | { "event": "phase" };

export type Empty = Record<string, never>;

/** Each command with what it asks and what it answers. */
export type Commands = {
  app_state: { ask: Empty, answer: AppState },
  language_set: { ask: LanguageSet, answer: Empty },
  store_choose: { ask: StoreChoose, answer: Empty },
  demo_open: { ask: DemoOpen, answer: JobRef },
  demo_code: { ask: Empty, answer: DemoCode },
  demo_wipe: { ask: Empty, answer: Empty },
  setup_state: { ask: Empty, answer: SetupState },
  setup_shop: { ask: SetupShop, answer: SetupState },
  setup_owner: { ask: SetupOwner, answer: SetupState },
  setup_authenticator: { ask: Empty, answer: SetupAuthenticator },
  setup_code: { ask: SetupCode, answer: SetupState },
  setup_backup: { ask: SetupBackup, answer: SetupState },
  setup_sheet: { ask: Empty, answer: SetupSheet },
  setup_finish: { ask: SetupFinish, answer: Empty },
  setup_drop: { ask: Empty, answer: Empty },
  password_check: { ask: PasswordCheck, answer: PasswordStrength },
  sign_in: { ask: SignIn, answer: SignedIn },
  sign_in_recovery: { ask: SignInRecovery, answer: SignedIn },
  job_list: { ask: Empty, answer: Jobs },
  job_cancel: { ask: JobRef, answer: Empty },
  upload_chunk: { ask: UploadChunk, answer: Uploaded },
  restore_open: { ask: RestoreOpen, answer: Empty },
  unlock: { ask: Unlock, answer: Empty },
  sign_out: { ask: Empty, answer: Empty },
  lock: { ask: Empty, answer: Empty },
  demo_pause: { ask: DemoPause, answer: Empty },
  notice_list: { ask: Empty, answer: Notices },
  settings_get: { ask: Empty, answer: Settings },
  settings_set: { ask: SettingsSet, answer: Settings },
  backup_status: { ask: Empty, answer: BackupStatus },
  backup_now: { ask: Empty, answer: JobRef },
  store_check: { ask: Empty, answer: StoreCheck },
  sync_status: { ask: Empty, answer: SyncStatus },
  sync_set: { ask: SyncSet, answer: SyncStatus },
  sync_now: { ask: Empty, answer: JobRef },
  shop_list: { ask: Empty, answer: Shops },
  today: { ask: TodayQuery, answer: Today },
  analysis: { ask: AnalysisQuery, answer: Analysis },
  order_page: { ask: OrderQuery, answer: OrderPage },
  order_totals: { ask: OrderTotalsQuery, answer: OrderTotals },
  order_get: { ask: IdRef, answer: OrderDetail },
  order_cancel: { ask: OrderAct, answer: Empty },
  order_ship: { ask: OrderAct, answer: Empty },
  refund_record: { ask: RefundRecord, answer: Empty },
  product_page: { ask: ProductQuery, answer: ProductPage },
  product_totals: { ask: ProductTotalsQuery, answer: ProductTotals },
  product_get: { ask: IdRef, answer: ProductDetail },
  customer_page: { ask: CustomerQuery, answer: CustomerPage },
  customer_totals: { ask: CustomerTotalsQuery, answer: CustomerTotals },
  customer_get: { ask: IdRef, answer: CustomerDetail },
  search: { ask: SearchQuery, answer: SearchHits },
  list_export: { ask: ListExport, answer: JobRef },
  download_get: { ask: DownloadRef, answer: Download },
  view_list: { ask: Empty, answer: OwnViews },
  view_save: { ask: OwnView, answer: OwnViews },
  view_delete: { ask: IdRef, answer: OwnViews },
  import_probe: { ask: ImportProbe, answer: ImportProbed },
  import_start: { ask: ImportStart, answer: JobRef },
  import_report: { ask: ImportReportGet, answer: ImportReport },
  import_list: { ask: Empty, answer: Imports },
  import_undo: { ask: ImportUndo, answer: JobRef },
};

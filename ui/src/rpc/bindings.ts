// Generated from crates/app/src/wire by `cargo xtask bindings`. Do not edit.

/**
 * What another person may, right by right: to see as they see, and to say why they were refused.
 */
export type AccessLook = { person_id: string, };

export type AccessOf = { person: PersonRow, rights: Array<RightOf>, fields: Array<FieldRow>, };

/**
 * Whether a person can sign in: a one-time code was given out, a password is set, or the account is closed.
 */
export type AccountState = "invited" | "active" | "left";

export type Analysis = { from: string, to: string, before_from: string | null, before_to: string | null, currency: string, tiles: Array<Tile>, 
/**
 * By day up to 92 days, else by month.
 */
grain: string, sales: Array<Point>, sales_before: Array<Point>, orders: Array<Point>, best: Array<SkuFigure>, worst: Array<SkuFigure>, heat: Array<HeatCell>, shops: Array<PartFigure>, channels: Array<PartFigure>, restated_days: number, data_from: string | null, data_to: string | null, };

/**
 * Dates inclusive.
 */
export type AnalysisQuery = { from: string, to: string, compare: Compare, shop_ids: Array<string>, channels: Array<Channel>, };

/**
 * What the program tells without being asked.
 */
export type AppEvent = { "event": "changed", entity: string, ids: Array<string>, } | { "event": "job", job: Job, } | { "event": "notice", notice: Notice, } | { "event": "phase" };

/**
 * Where the program stands; the UI asks for it first, and again at each `phase` event.
 */
export type AppState = { phase: Phase, host: Host, version: string, language: Language, 
/**
 * The store in front: `null` at the first start.
 */
store: StoreChoice | null, has_demo: boolean, has_own: boolean, shop_name: string | null, currency: string | null, zone: string | null, person: Person | null, 
/**
 * When the last write was made durable here, UTC ms.
 */
saved_at_ms: number | null, 
/**
 * Set where this computer's clock is behind what the store has already seen, in seconds.
 */
clock_behind_s: number | null, 
/**
 * Of the demo: whether its trade is paused.
 */
demo_paused: boolean, 
/**
 * When a person last signed out of the demo, since the program started; null where nobody has.
 */
left_at_ms: number | null, };

export type BackupStatus = { dir: string | null, last_at_ms: number | null, last_bytes: number | null, verified: boolean, overdue: boolean, };

/**
 * The whole path of a folder.
 */
export type BackupTo = { dir: string, };

export type CategoryRow = { id: string, name: string, };

/**
 * A cause is an amount; all of them sum to the difference of the first figure.
 */
export type Cause = { kind: CauseKind, amount_minor: number, name: string, pieces_milli: number, orders: number, visitors_change_bp: number | null, filter: OrderFilter, };

export type CauseKind = "sku" | "category" | "shop" | "channel" | "rest" | "visits";

export type CentralInit = { url: string, };

export type Channel = "counter" | "mini_program" | "web" | "app" | "errand" | "import";

export type Compare = "previous" | "year_before" | "none";

export type CustomerDetail = { row: CustomerRow, months: Array<Point>, favourites: Array<ProductRow>, recent: Array<OrderRow>, median_gap_days: number | null, };

export type CustomerFilter = { text: string | null, country: string | null, shop_ids: Array<string>, bought_from: string | null, bought_to: string | null, min_orders: number | null, };

export type CustomerPage = { rows: Array<CustomerRow>, next: string | null, };

export type CustomerQuery = { filter: CustomerFilter, sort: CustomerSort, after: string | null, limit: number, };

export type CustomerRow = { id: string, code: string, name: string, phone_masked: string | null, country: string | null, orders: number, paid_minor: number, refunded_minor: number, first_on: string | null, last_on: string | null, currency: string, };

export type CustomerSort = "name" | "spent_most" | "last_order";

export type CustomerTotals = { count: number, paid_minor: number, repeat_count: number, currency: string | null, };

export type CustomerTotalsQuery = { filter: CustomerFilter, };

/**
 * What comes first in a date of two small numbers: 3/4 is the fourth of March, or the third of April.
 */
export type DateOrder = "month_first" | "day_first";

/**
 * A field that not everybody who sees a row sees.
 */
export type DelicateField = "product_cost" | "sales_margin" | "customer_name" | "customer_phone";

/**
 * The drawn phone's content: only ever answered for the demo shop.
 */
export type DemoCode = { name: string, password: string, code: string, seconds_left: number, };

/**
 * Makes the demo shop if need be and opens it without typing when it is new. Answers the job whose progress to watch.
 */
export type DemoOpen = { language: Language, };

export type DemoPause = { paused: boolean, };

export type DepartmentRow = { id: string, version: number, name: string, parent_id: string | null, is_closed: boolean, shop_ids: Array<string>, };

/**
 * `id` null makes a new one. The shops named are in it from now on, and those that were and are not named are in none.
 */
export type DepartmentSave = { id: string | null, version: number, name: string, parent_id: string | null, is_closed: boolean, shop_ids: Array<string>, };

/**
 * A file made for the person: at most 32 MiB as base64, and where the host keeps files its path.
 */
export type Download = { file_name: string, base64: string, path: string | null, };

export type DownloadRef = { download_id: string, };

/**
 * Whether a grant allows or denies; a denial beats every grant.
 */
export type Effect = "allow" | "deny";

/**
 * A request or an answer that says nothing.
 */
export type Empty = Record<symbol, never>;

export type ExportFormat = "csv" | "xlsx";

/**
 * As `PRAGMA key` takes it; for a copy, never for the live file.
 */
export type ExportedKey = { database_key: string, };

/**
 * `field`: invoice, stock_code, description, quantity, at, time, price, customer, phone, country, channel, shop, paid.
 */
export type FieldMapping = { field: string, column: number | null, required: boolean, };

/**
 * How it is seen, from nothing to all.
 */
export type FieldMode = "hidden" | "masked" | "read" | "write";

export type FieldRow = { field: DelicateField, mode: FieldMode, };

/**
 * A figure; `value` null is shown as "—" and `reason` says why: no_visits, no_cost, no_customers, no_stock, nothing_before.
 */
export type Figure = { key: FigureKey, unit: FigureUnit, value: number | null, before: number | null, change_bp: number | null, reason: string | null, good_when_up: boolean, side: Array<number>, };

/**
 * Keys of the figures; their definitions are texts of the UI under `figure.<key>`.
 */
export type FigureKey = "gmv_minor" | "paid_minor" | "net_sales_minor" | "orders_created" | "orders_paid" | "refunds_minor" | "refund_rate_bp" | "per_customer_minor" | "per_order_minor" | "visitors" | "conversion_bp" | "gross_profit_minor" | "gross_margin_bp" | "turnover" | "turnover_days" | "active_sku_bp" | "repurchase_bp" | "customers" | "units";

export type FigureUnit = "money" | "count" | "basis_points" | "days" | "ratio" | "units";

export type FileFormat = "csv" | "xlsx" | "parquet";

export type Folder = { path: string, same_disk: boolean, };

/**
 * `same_disk`: the folder lies on the disk that the books lie on. `places` suit, the best first; `inside` are the folders that the typed text may go on to.
 */
export type FolderLook = { state: FolderState, same_disk: boolean, places: Array<Folder>, inside: Array<string>, };

/**
 * A folder as far as it is typed; empty asks only for places that suit.
 */
export type FolderLookAt = { path: string, };

/**
 * What stands at a path: nothing typed, no whole path, a file, a folder, or a folder that would be made.
 */
export type FolderState = "empty" | "not_whole" | "not_folder" | "there" | "new";

export type FulfilState = "none" | "waiting" | "underway" | "done" | "closed";

export type GrantRow = { right: string, effect: Effect, reach: Reach, amount_minor: number | null, percent_bp: number | null, per_day: number | null, };

export type GroupRow = { id: string, version: number, name: string, is_closed: boolean, shop_ids: Array<string>, };

export type GroupSave = { id: string | null, version: number, name: string, is_closed: boolean, shop_ids: Array<string>, };

export type HeatCell = { weekday: number, hour: number, orders: number, paid_minor: number, };

/**
 * A role held in a place. `word` is that of a ready role, which the screens say in the person's language; else null and `name` is what a person called it.
 * `is_live`: it holds at this moment.
 */
export type HeldRole = { id: string, role_id: string, word: string | null, name: string, place: PlaceKind, place_id: string | null, place_name: string | null, valid_from_ms: number | null, valid_to_ms: number | null, is_live: boolean, };

/**
 * The program around the UI.
 */
export type Host = "desktop" | "web";

export type IdRef = { id: string, };

export type ImportBatch = { id: string, file_name: string, started_at_ms: number, state: ImportState, lines: number, orders: number, refunds: number, rejected: number, can_undo: boolean, };

/**
 * What an import of this store did. The rows that it found something in are kept on the computer that imported, for the latest 100 imports; where
 * they are not kept, `findings_kept` is false and the report has only the counts.
 */
export type ImportBatchReport = { file_name: string, kind: ImportKind, currency: string, findings_kept: boolean, report: ImportReport, };

export type ImportFinding = { row: number, reason: string, remedy: string, value: string, };

export type ImportKind = "orders" | "visits";

/**
 * Looks at an uploaded file (`upload_id`) or, in the demo, at the file that comes with the program (`sample` = true).
 */
export type ImportProbe = { upload_id: string | null, sample: boolean, };

export type ImportProbed = { upload_id: string, file_name: string, format: FileFormat, encoding: string, columns: Array<string>, sample_rows: Array<Array<string>>, 
/**
 * For each of our fields the index of the column it is read from.
 */
mapping: Array<FieldMapping>, remembered: boolean, date_order: DateOrder, 
/**
 * Whether the file itself proves that order; if not, the person is asked.
 */
date_order_certain: boolean, 
/**
 * What was said of negative quantities in a file with the same headings.
 */
negative_rows: NegativeRows | null, };

export type ImportRef = { batch_id: string, };

/**
 * What a dry run found or an import did. Counts are of the file; `new_lines` are those that were not there yet.
 */
export type ImportReport = { batch_id: string | null, dry_run: boolean, lines: number, new_lines: number, orders: number, refunds: number, write_offs: number, adjustments: number, rejected: number, warnings: number, repeated_lines: number, sub_penny_lines: number, two_times_orders: number, 
/**
 * Orders and refunds that are here already and got lines which were not.
 */
grown_orders: number, matched_refund_lines: number, 
/**
 * Of the refunds' value, what found its sale.
 */
matched_refunds_minor: number, refund_lines: number, sales_minor: number, refunds_minor: number, skus: number, customers: number, from: string | null, to: string | null, 
/**
 * Lines with a negative quantity that no C explains, and what they were taken for.
 */
negative_lines: number, negative_rows: NegativeRows | null, 
/**
 * Whether the person is to be asked what they are: nobody said it, and the file has no C numbers to tell refunds by.
 */
negatives_asked: boolean, 
/**
 * Shops that the file names and that this makes, or would make.
 */
new_shops: Array<string>, 
/**
 * Shops that the file names and nobody knows; their rows are rejected. At most 50 are listed.
 */
unknown_shops: Array<string>, 
/**
 * Headings of columns of the file that nothing was read from.
 */
unused_columns: Array<string>, 
/**
 * The first 1,000 rows that were rejected, and of each kind of warning the first 50.
 */
findings: Array<ImportFinding>, };

export type ImportReportGet = { job_id: string, };

/**
 * `date_order` is what the person said; null takes what the file shows, and where it shows nothing the likelier order with a warning. `shop_id` null makes a shop of its own for the file (with `new_shop_name`, `currency`, `zone`). `negative_rows` is what the person said; null keeps what was said before of such a file, else write-offs. `add_shops` true makes shops of the names in its column of shops that nobody knows; else their rows are rejected.
 */
export type ImportStart = { upload_id: string, mapping: Array<FieldMapping>, date_order: DateOrder | null, shop_id: string | null, new_shop_name: string | null, currency: string | null, zone: string | null, negative_rows: NegativeRows | null, add_shops: boolean | null, dry_run: boolean, };

export type ImportState = "applying" | "stopped" | "done" | "undone";

export type ImportUndo = { batch_id: string, };

export type Imports = { imports: Array<ImportBatch>, };

/**
 * The one-time code is shown once. Whoever it is for types it at the sign-in of a computer on which the shop is open.
 */
export type Invitation = { person_id: string, name: string, code: string, until_ms: number, };

/**
 * `code` is the one-time code of the invitation, `totp` the authenticator's.
 */
export type InvitationAccept = { name: string, code: string, password: string, totp: string, };

/**
 * The first sign-in of a person who was invited, or whose password was reset: what they were called, and the one-time code.
 */
export type InvitationLook = { name: string, code: string, };

/**
 * `authenticator` is null after a reset: the person keeps theirs.
 */
export type InvitationShown = { shop_name: string, authenticator: SetupAuthenticator | null, };

/**
 * A job on its way. `done` of `total` in `unit` (rows, bytes, steps); `total` 0 while unknown.
 */
export type Job = { id: string, kind: JobKind, state: JobState, title: string, done: number, total: number, unit: string, started_at_ms: number, ended_at_ms: number | null, can_cancel: boolean, error: WireError | null, 
/**
 * What came of it: for an import the batch id, for an export the download id.
 */
result: string | null, };

export type JobKind = "demo_make" | "import_dry_run" | "import_apply" | "import_undo" | "backup" | "export" | "sync";

export type JobRef = { job_id: string, };

export type JobState = "running" | "done" | "failed" | "cancelled";

export type Jobs = { jobs: Array<Job>, };

/**
 * The code counts once, for so many minutes.
 */
export type JoinCode = { join_code: string, minutes: number, };

/**
 * Name, password and a code that was not used, shown for this alone.
 */
export type KeyExport = { name: string, password: string, code: string, };

/**
 * The language of the screens.
 */
export type Language = "zh" | "en";

export type LanguageSet = { language: Language, };

/**
 * Exports the view as it stands: filter and sort of the list that is named; `columns` in order. Answered with a job; its result is a download id.
 */
export type ListExport = { list: ListKind, format: ExportFormat, columns: Array<string>, order_filter: OrderFilter | null, order_sort: OrderSort | null, product_filter: ProductFilter | null, product_sort: ProductSort | null, customer_filter: CustomerFilter | null, customer_sort: CustomerSort | null, };

export type ListKind = "orders" | "products" | "customers";

export type MovementView = { at_ms: number, shop_name: string, kind: string, quantity_milli: number, reference: string | null, };

/**
 * What a negative quantity on an order without C means: goods that left the stock, or goods that came back.
 */
export type NegativeRows = "write_off" | "refund";

export type Notice = { id: string, at_ms: number, level: NoticeLevel, message_key: string, params: Array<string>, };

export type NoticeLevel = "info" | "warn" | "error";

export type Notices = { notices: Array<Notice>, };

/**
 * Something to do now: why, what happens otherwise, one act. Counts and amounts are in `params`.
 */
export type NowItem = { kind: NowKind, params: Array<string>, filter: OrderFilter | null, };

export type NowKind = "unshipped" | "backup_overdue" | "rejected_rows" | "setup_backup" | "no_trade";

export type OrderAct = { id: string, reason: string, };

export type OrderDetail = { row: OrderRow, lines: Array<OrderLineView>, payments: Array<PaymentView>, refunds: Array<RefundView>, timeline: Array<TimelineStep>, goods_minor: number, discount_minor: number, freight_minor: number, customer: CustomerRow | null, source: string | null, can_cancel: boolean, can_ship: boolean, can_refund: boolean, };

/**
 * What narrows the order list; every field left null or empty does not narrow. Dates are business dates, inclusive.
 */
export type OrderFilter = { text: string | null, from: string | null, to: string | null, hour_from: number | null, hour_to: number | null, weekday: number | null, shop_ids: Array<string>, channels: Array<Channel>, pay: Array<PayState>, fulfil: Array<FulfilState>, refund: Array<RefundState>, amount_min_minor: number | null, amount_max_minor: number | null, customer_id: string | null, sku_id: string | null, batch_id: string | null, 
/**
 * Orders that have a refund dated in from–to, whatever their own date.
 */
refunded_in_period: boolean, 
/**
 * Beside the orders of the period those refunded in it: the rows' `net_minor` sum to net sales.
 */
with_refunds: boolean, 
/**
 * Orders that were paid over 40 hours ago and still wait to be shipped.
 */
overdue: boolean, 
/**
 * Orders of days, shops and channels whose visitors were counted.
 */
visits_counted: boolean, };

export type OrderLineView = { line_no: number, sku_id: string, code: string, name: string, quantity_milli: number, price_minor: number, net_minor: number, refunded_milli: number, refunded_minor: number, is_goods: boolean, flags: Array<string>, };

export type OrderPage = { rows: Array<OrderRow>, next: string | null, };

/**
 * `after` is the cursor of the last page's answer.
 */
export type OrderQuery = { filter: OrderFilter, sort: OrderSort, after: string | null, limit: number, };

export type OrderRow = { id: string, order_no: string, occurred_at_ms: number, business_date: string, shop_id: string, shop_name: string, channel: Channel, customer_id: string | null, customer_name: string | null, first_item: string, kinds: number, pieces_milli: number, pay: PayState, fulfil: FulfilState, refund: RefundState, payable_minor: number, paid_minor: number, refunded_minor: number, 
/**
 * What the row adds to net sales and to the cost of what was sold; dated by refund, what its refunds take away. The cost is null where it is not shown to the person.
 */
net_minor: number, cost_minor: number | null, currency: string, };

export type OrderSort = "newest_first" | "oldest_first" | "largest_first";

/**
 * Totals of the whole view: payable = paid + unpaid + closed.
 */
export type OrderTotals = { count: number, payable_minor: number, paid_minor: number, unpaid_minor: number, closed_minor: number, refunded_minor: number, waiting_count: number, overdue_count: number, refund_underway_count: number, currency: string | null, };

export type OrderTotalsQuery = { filter: OrderFilter, };

/**
 * What the person who asks may: the names of the rights that they hold now, and how they see delicate fields of all rows that they read.
 */
export type OwnAccess = { rights: Array<string>, roles: Array<HeldRole>, fields: Array<FieldRow>, };

/**
 * Own views of a person, kept on this computer. `body` is the UI's own JSON.
 */
export type OwnView = { id: string, list: ListKind, name: string, body: string, };

export type OwnViews = { views: Array<OwnView>, };

/**
 * A shop or channel beside the others.
 */
export type PartFigure = { key: string, name: string, orders: number, paid_minor: number, net_minor: number, refund_rate_bp: number | null, share_bp: number | null, filter: OrderFilter, };

/**
 * Name, the password of now and a code that was not used, shown for this alone.
 */
export type PasswordChange = { name: string, password: string, code: string, new_password: string, };

export type PasswordCheck = { password: string, shop_name: string, owner_name: string, };

/**
 * `score` 0–4; `problem` is a key of the messages: too_short, too_common, has_name, or null when it may be used.
 */
export type PasswordStrength = { score: number, problem: string | null, };

export type PayState = "unpaid" | "partial" | "paid" | "closed";

export type PaymentView = { at_ms: number, tender: string, amount_minor: number, };

export type People = { people: Array<PersonRow>, };

export type Person = { id: string, name: string, role: string, };

export type PersonInvite = { name: string, department_id: string | null, roles: Array<RoleToGive>, };

/**
 * `opens_here`: the person has a slot on this computer and can open a closed store. `is_founder`: holds the owner's role by founding, which is not taken away.
 * `invited_until_ms`: until when the one-time code that is out counts.
 */
export type PersonRow = { id: string, name: string, state: AccountState, is_founder: boolean, opens_here: boolean, department_id: string | null, invited_until_ms: number | null, roles: Array<HeldRole>, };

/**
 * What the program shows next.
 */
export type Phase = "first_start" | "setting_up" | "signed_out" | "locked" | "open";

/**
 * In which a role is held.
 */
export type PlaceKind = "organisation" | "department" | "shop" | "group";

/**
 * Departments with the shops in each, and groups of shops.
 */
export type Places = { departments: Array<DepartmentRow>, groups: Array<GroupRow>, };

/**
 * One point of a curve. `label` is an hour, a date or a month.
 */
export type Point = { label: string, value: number | null, };

export type ProductDetail = { row: ProductRow, stock: Array<StockView>, months: Array<Point>, movements: Array<MovementView>, other_names: Array<string>, };

export type ProductFilter = { text: string | null, category_ids: Array<string>, shop_ids: Array<string>, sold_from: string | null, sold_to: string | null, goods_only: boolean, low_stock: boolean, no_sale: boolean, };

export type ProductPage = { rows: Array<ProductRow>, next: string | null, };

export type ProductQuery = { filter: ProductFilter, sort: ProductSort, after: string | null, limit: number, };

export type ProductRow = { sku_id: string, code: string, name: string, category: string | null, price_minor: number | null, cost_minor: number | null, on_hand_milli: number | null, sold_milli: number, sold_minor: number, last_sold_on: string | null, currency: string, is_goods: boolean, };

export type ProductSort = "code" | "name" | "sold_most" | "sold_least" | "stock_least";

export type ProductTotals = { count: number, sold_milli: number, sold_minor: number, no_sale_count: number, currency: string | null, };

export type ProductTotalsQuery = { filter: ProductFilter, };

/**
 * How far a grant reaches from the place in which its role is held.
 */
export type Reach = "own" | "department" | "department_tree" | "shop" | "shop_group" | "all";

/**
 * Opens the own store with the recovery key, where this computer does not know it any more or the password is forgotten, and gives a new password.
 * With `new_authenticator` the second factor is new as well, for whoever has neither phone nor recovery codes any more.
 */
export type Recover = { recovery_key: string, password: string, new_authenticator: boolean, };

/**
 * `recovery_key` is new and shown once: the one that was typed opens nothing any more. So are the recovery codes and the authenticator where a new one
 * was asked; else there are none here, and those of before go on.
 */
export type Recovered = { name: string, recovery_key: string, names_to_add_again: Array<string>, recovery_codes: Array<string>, authenticator: SetupAuthenticator | null, };

export type RefundRecord = { order_id: string, amount_minor: number, reason: string, };

export type RefundState = "none" | "underway" | "part" | "all";

export type RefundView = { id: string, refund_no: string, at_ms: number, amount_minor: number, rule: string, };

/**
 * Why a right is not held.
 */
export type RefusedWhy = "closed" | "no_role" | "not_granted" | "denied" | "not_yet" | "over";

/**
 * Opens a store from a backup file and the recovery key.
 */
export type RestoreOpen = { upload_id: string, recovery_key: string, };

/**
 * How a right is given: to everybody, for rows as far as its grant reaches, or for the whole.
 */
export type RightKind = "everyone" | "rows" | "whole";

/**
 * `shop_ids` null is every shop. `why` says why it is not held; `at_ms` when it begins or was over.
 */
export type RightOf = { name: string, is_held: boolean, shop_ids: Array<string> | null, amount_minor: number | null, percent_bp: number | null, per_day: number | null, why: RefusedWhy | null, at_ms: number | null, };

export type RightRow = { name: string, kind: RightKind, };

export type RoleGive = { person_id: string, role: RoleToGive, };

export type RoleRow = { id: string, version: number, word: string | null, name: string, is_closed: boolean, held_by: number, grants: Array<GrantRow>, fields: Array<FieldRow>, };

/**
 * `id` null makes a new role; `version` is the one that was read.
 */
export type RoleSave = { id: string | null, version: number, name: string, is_closed: boolean, grants: Array<GrantRow>, fields: Array<FieldRow>, };

/**
 * A role to be given. `place_id` is null for the whole organisation.
 */
export type RoleToGive = { role_id: string, place: PlaceKind, place_id: string | null, valid_from_ms: number | null, valid_to_ms: number | null, };

/**
 * Every role that may be given, the ready ones first, and every right and field that one can speak of.
 */
export type Roles = { roles: Array<RoleRow>, rights: Array<RightRow>, fields: Array<DelicateField>, };

export type SearchHit = { kind: ListKind, id: string, title: string, detail: string, };

export type SearchHits = { hits: Array<SearchHit>, };

export type SearchQuery = { text: string, limit: number, };

export type Settings = { language: Language, theme: Theme, backup_dir: string | null, idle_lock_min: number, };

export type SettingsSet = { language: Language | null, theme: Theme | null, backup_dir: string | null, idle_lock_min: number | null, };

export type SetupAuthenticator = { totp_uri: string, secret: string, qr_svg: string, };

export type SetupBackup = { backup_dir: string, };

export type SetupCode = { code: string, };

export type SetupFinish = { four_characters: string, };

export type SetupOwner = { owner_name: string, password: string, };

/**
 * The recovery sheet 恢复单. `confirm_hint` names which four characters are asked, as "code 3, characters 5–8".
 */
export type SetupSheet = { shop_name: string, owner_name: string, made_on: string, recovery_codes: Array<string>, recovery_key: string, confirm_code: number, confirm_from: number, };

export type SetupShop = { shop_name: string, currency: string, zone: string, language: Language, };

/**
 * The resumable part of setting up. The password and the authenticator are asked again after a restart, since they are never kept unencrypted.
 */
export type SetupState = { 
/**
 * 1 shop, 2 owner, 3 authenticator, 4 backup folder, 5 recovery sheet.
 */
step: number, shop_name: string, currency: string, zone: string, owner_name: string, backup_dir: string, currencies: Array<string>, zones: Array<string>, };

/**
 * Currency and zone are for good: the trade of the shop is counted by them.
 */
export type ShopAdd = { name: string, currency: string, zone: string, };

export type ShopRename = { id: string, name: string, };

export type ShopRow = { id: string, name: string, currency: string, zone: string, };

export type Shops = { shops: Array<ShopRow>, categories: Array<CategoryRow>, };

export type SignIn = { name: string, password: string, code: string, };

export type SignInRecovery = { name: string, password: string, recovery_code: string, };

export type SignedIn = { person: Person, recovery_codes_left: number, };

export type SkuFigure = { sku_id: string, code: string, name: string, units_milli: number, net_minor: number, refunded_minor: number, };

/**
 * A command that wants a fresh code: its name, its request as JSON text and the code, for this act alone.
 */
export type StepUp = { command: string, request: string, code: string, };

/**
 * The command's answer as JSON text.
 */
export type SteppedUp = { answer: string, };

export type StockView = { shop_name: string, on_hand_milli: number | null, };

export type StoreCheck = { pages_ok: boolean, chain_ok: boolean, sums_ok: boolean, caches_ok: boolean, entries: number, findings: Array<string>, };

/**
 * Which of the two stores of this computer.
 */
export type StoreChoice = "demo" | "own";

export type StoreChoose = { store: StoreChoice, };

/**
 * The whole path of a file that is not there yet.
 */
export type StoreCopy = { path: string, };

export type SyncSet = { url: string | null, every_s: number | null, };

/**
 * `url` is shown without its password.
 */
export type SyncStatus = { url: string | null, last_at_ms: number | null, waiting: number, quarantined: number, error: string | null, every_s: number, };

export type Theme = "system" | "light" | "dark";

/**
 * A tile and the rows that sum to it: `list` and `filter` open them.
 */
export type Tile = { figure: Figure, list: ListKind, filter: OrderFilter, };

export type TimelineStep = { at_ms: number | null, what: string, axis: string, state: string, detail: Array<string>, actor: string | null, done: boolean, };

export type Today = { business_date: string, weekday: number, at_ms: number, minute_of_day: number, opens_hour: number, closes_hour: number, currency: string, 
/**
 * The day compared with; null where there is none.
 */
before_date: string | null, figures: Array<TodayFigure>, 
/**
 * Cumulated sales by hour end; `expected_*` only with at least four same weekdays behind it.
 */
curve_today: Array<number>, curve_before: Array<number>, expected_low: Array<number>, expected_high: Array<number>, hours: Array<number>, causes: Array<Cause>, now: Array<NowItem>, days_of_trade: number, best_day: Point | null, mini_program_orders: number, customers: number, };

/**
 * `spark`: cumulated by hour, today and the same weekday before.
 */
export type TodayFigure = { figure: Figure, today: Array<number>, before: Array<number>, filter: OrderFilter, };

export type TodayQuery = { shop_ids: Array<string>, };

export type Unlock = { password: string, };

/**
 * A piece of a file, at most 1 MiB before base64. The first piece has no `upload_id` and is answered with one.
 */
export type UploadChunk = { upload_id: string | null, file_name: string, offset: number, base64: string, };

export type Uploaded = { upload_id: string, bytes: number, };

/**
 * Visits of a shop that is there.
 */
export type VisitsImport = { upload_id: string, shop_id: string, };

/**
 * An error as the UI gets it: it acts on `code` only; `message` is for the person, `reference` for the log.
 */
export type WireError = { code: string, message: string, reference: string | null, field: string | null, wait_s: number | null, };

export type Commands = {
  app_state: { ask: Empty; answer: AppState };
  language_set: { ask: LanguageSet; answer: Empty };
  store_choose: { ask: StoreChoose; answer: Empty };
  demo_open: { ask: DemoOpen; answer: JobRef };
  demo_code: { ask: Empty; answer: DemoCode };
  demo_wipe: { ask: Empty; answer: Empty };
  setup_state: { ask: Empty; answer: SetupState };
  setup_shop: { ask: SetupShop; answer: SetupState };
  setup_owner: { ask: SetupOwner; answer: SetupState };
  setup_authenticator: { ask: Empty; answer: SetupAuthenticator };
  setup_code: { ask: SetupCode; answer: SetupState };
  setup_folder: { ask: FolderLookAt; answer: FolderLook };
  setup_backup: { ask: SetupBackup; answer: SetupState };
  setup_sheet: { ask: Empty; answer: SetupSheet };
  setup_finish: { ask: SetupFinish; answer: Empty };
  setup_drop: { ask: Empty; answer: Empty };
  password_check: { ask: PasswordCheck; answer: PasswordStrength };
  sign_in: { ask: SignIn; answer: SignedIn };
  sign_in_recovery: { ask: SignInRecovery; answer: SignedIn };
  job_list: { ask: Empty; answer: Jobs };
  job_cancel: { ask: JobRef; answer: Empty };
  upload_chunk: { ask: UploadChunk; answer: Uploaded };
  restore_open: { ask: RestoreOpen; answer: Empty };
  recover: { ask: Recover; answer: Recovered };
  invitation_look: { ask: InvitationLook; answer: InvitationShown };
  invitation_accept: { ask: InvitationAccept; answer: Empty };
  key_export: { ask: KeyExport; answer: ExportedKey };
  password_change: { ask: PasswordChange; answer: Empty };
  unlock: { ask: Unlock; answer: Empty };
  sign_out: { ask: Empty; answer: Empty };
  session_use: { ask: Empty; answer: Empty };
  lock: { ask: Empty; answer: Empty };
  demo_pause: { ask: DemoPause; answer: Empty };
  notice_list: { ask: Empty; answer: Notices };
  settings_get: { ask: Empty; answer: Settings };
  settings_set: { ask: SettingsSet; answer: Settings };
  folder_look: { ask: FolderLookAt; answer: FolderLook };
  backup_status: { ask: Empty; answer: BackupStatus };
  backup_now: { ask: Empty; answer: JobRef };
  backup_to: { ask: BackupTo; answer: JobRef };
  store_check: { ask: Empty; answer: StoreCheck };
  store_repair: { ask: Empty; answer: StoreCheck };
  store_copy: { ask: StoreCopy; answer: Empty };
  central_init: { ask: CentralInit; answer: SyncStatus };
  central_invite: { ask: Empty; answer: JoinCode };
  sync_status: { ask: Empty; answer: SyncStatus };
  sync_set: { ask: SyncSet; answer: SyncStatus };
  sync_now: { ask: Empty; answer: JobRef };
  shop_list: { ask: Empty; answer: Shops };
  shop_add: { ask: ShopAdd; answer: Shops };
  shop_rename: { ask: ShopRename; answer: Shops };
  today: { ask: TodayQuery; answer: Today };
  analysis: { ask: AnalysisQuery; answer: Analysis };
  order_page: { ask: OrderQuery; answer: OrderPage };
  order_totals: { ask: OrderTotalsQuery; answer: OrderTotals };
  order_get: { ask: IdRef; answer: OrderDetail };
  order_cancel: { ask: OrderAct; answer: Empty };
  order_ship: { ask: OrderAct; answer: Empty };
  refund_record: { ask: RefundRecord; answer: Empty };
  product_page: { ask: ProductQuery; answer: ProductPage };
  product_totals: { ask: ProductTotalsQuery; answer: ProductTotals };
  product_get: { ask: IdRef; answer: ProductDetail };
  customer_page: { ask: CustomerQuery; answer: CustomerPage };
  customer_totals: { ask: CustomerTotalsQuery; answer: CustomerTotals };
  customer_get: { ask: IdRef; answer: CustomerDetail };
  search: { ask: SearchQuery; answer: SearchHits };
  list_export: { ask: ListExport; answer: JobRef };
  download_get: { ask: DownloadRef; answer: Download };
  view_list: { ask: Empty; answer: OwnViews };
  view_save: { ask: OwnView; answer: OwnViews };
  view_delete: { ask: IdRef; answer: OwnViews };
  import_probe: { ask: ImportProbe; answer: ImportProbed };
  import_start: { ask: ImportStart; answer: JobRef };
  import_report: { ask: ImportReportGet; answer: ImportReport };
  import_list: { ask: Empty; answer: Imports };
  import_batch_report: { ask: ImportRef; answer: ImportBatchReport };
  import_findings_save: { ask: ImportRef; answer: Download };
  import_undo: { ask: ImportUndo; answer: JobRef };
  visits_import: { ask: VisitsImport; answer: ImportReport };
  step_up: { ask: StepUp; answer: SteppedUp };
  access_own: { ask: Empty; answer: OwnAccess };
  access_look: { ask: AccessLook; answer: AccessOf };
  person_list: { ask: Empty; answer: People };
  person_invite: { ask: PersonInvite; answer: Invitation };
  person_reset: { ask: IdRef; answer: Invitation };
  person_close: { ask: IdRef; answer: Empty };
  role_give: { ask: RoleGive; answer: Empty };
  role_take: { ask: IdRef; answer: Empty };
  role_list: { ask: Empty; answer: Roles };
  role_save: { ask: RoleSave; answer: Roles };
  place_list: { ask: Empty; answer: Places };
  department_save: { ask: DepartmentSave; answer: Places };
  group_save: { ask: GroupSave; answer: Places };
};

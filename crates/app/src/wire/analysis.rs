//! 今日 and 分析: figures with their comparison, and the way down to the rows behind each.

use super::{Channel, ListKind, OrderFilter};

wire_enum! {
    /// Keys of the figures; their definitions are texts of the UI under `figure.<key>`.
    pub enum FigureKey {
        GmvMinor, PaidMinor, NetSalesMinor, OrdersCreated, OrdersPaid, RefundsMinor, RefundRateBp, PerCustomerMinor, PerOrderMinor,
        Visitors, ConversionBp, GrossProfitMinor, GrossMarginBp, Turnover, TurnoverDays, ActiveSkuBp, RepurchaseBp, Customers, Units,
    }
    pub enum FigureUnit { Money, Count, BasisPoints, Days, Ratio, Units }
    pub enum Compare { Previous, YearBefore, None }
    pub enum CauseKind { Sku, Category, Shop, Channel, Rest, Visits }
    pub enum NowKind { Unshipped, BackupOverdue, RejectedRows, SetupBackup, NoTrade }
}

wire! {
    /// A figure; `value` null is shown as "—" and `reason` says why: no_visits, no_cost, no_customers, no_stock, nothing_before.
    pub struct Figure { pub key: FigureKey, pub unit: FigureUnit, pub value: Option<i64>, pub before: Option<i64>, pub change_bp: Option<i64>, pub reason: Option<String>, pub good_when_up: bool, pub side: Vec<i64> }
    /// One point of a curve. `label` is an hour, a date or a month.
    pub struct Point { pub label: String, pub value: Option<i64> }
    pub struct TodayQuery { pub shop_ids: Vec<String> }
    /// `spark`: cumulated by hour, today and the same weekday before.
    pub struct TodayFigure { pub figure: Figure, pub today: Vec<i64>, pub before: Vec<i64>, pub filter: OrderFilter }
    /// A cause is an amount; all of them sum to the difference of the first figure.
    pub struct Cause { pub kind: CauseKind, pub amount_minor: i64, pub name: String, pub pieces_milli: i64, pub orders: i64, pub visitors_change_bp: Option<i64>, pub filter: OrderFilter }
    /// Something to do now: why, what happens otherwise, one act. Counts and amounts are in `params`.
    pub struct NowItem { pub kind: NowKind, pub params: Vec<String>, pub filter: Option<OrderFilter> }
    pub struct Today {
        pub business_date: String,
        pub weekday: u8,
        pub at_ms: i64,
        pub minute_of_day: i64,
        pub opens_hour: u8,
        pub closes_hour: u8,
        pub currency: String,
        /// The day compared with; null where there is none.
        pub before_date: Option<String>,
        pub figures: Vec<TodayFigure>,
        /// Cumulated sales by hour end; `expected_*` only with at least four same weekdays behind it.
        pub curve_today: Vec<i64>,
        pub curve_before: Vec<i64>,
        pub expected_low: Vec<i64>,
        pub expected_high: Vec<i64>,
        pub hours: Vec<u8>,
        pub causes: Vec<Cause>,
        pub now: Vec<NowItem>,
        pub days_of_trade: i64,
        pub best_day: Option<Point>,
        pub mini_program_orders: i64,
        pub customers: i64,
    }
    /// Dates inclusive.
    pub struct AnalysisQuery { pub from: String, pub to: String, pub compare: Compare, pub shop_ids: Vec<String>, pub channels: Vec<Channel> }
    pub struct SkuFigure { pub sku_id: String, pub code: String, pub name: String, pub units_milli: i64, pub net_minor: i64, pub refunded_minor: i64 }
    /// A shop or channel beside the others.
    pub struct PartFigure { pub key: String, pub name: String, pub orders: i64, pub paid_minor: i64, pub net_minor: i64, pub refund_rate_bp: Option<i64>, pub share_bp: Option<i64>, pub filter: OrderFilter }
    pub struct HeatCell { pub weekday: u8, pub hour: u8, pub orders: i64, pub paid_minor: i64 }
    /// A tile and the rows that sum to it: `list` and `filter` open them.
    pub struct Tile { pub figure: Figure, pub list: ListKind, pub filter: OrderFilter }
    pub struct Analysis {
        pub from: String,
        pub to: String,
        pub before_from: Option<String>,
        pub before_to: Option<String>,
        pub currency: String,
        pub tiles: Vec<Tile>,
        /// By day up to 92 days, else by month.
        pub grain: String,
        pub sales: Vec<Point>,
        pub sales_before: Vec<Point>,
        pub orders: Vec<Point>,
        pub best: Vec<SkuFigure>,
        pub worst: Vec<SkuFigure>,
        pub heat: Vec<HeatCell>,
        pub shops: Vec<PartFigure>,
        pub channels: Vec<PartFigure>,
        pub restated_days: i64,
        pub data_from: Option<String>,
        pub data_to: Option<String>,
    }
}

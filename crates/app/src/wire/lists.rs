//! The order book, products and customers as keyset pages.

wire_enum! {
    pub enum Channel { Counter, MiniProgram, Web, App, Errand, Import }
    pub enum PayState { Unpaid, Partial, Paid, Closed }
    pub enum FulfilState { None, Waiting, Underway, Done, Closed }
    pub enum RefundState { None, Underway, Part, All }
    pub enum OrderSort { NewestFirst, OldestFirst, LargestFirst }
    pub enum ProductSort { Code, Name, SoldMost, SoldLeast, StockLeast }
    pub enum CustomerSort { Name, SpentMost, LastOrder }
    pub enum ListKind { Orders, Products, Customers }
    pub enum ExportFormat { Csv, Xlsx }
}

wire! {
    /// What narrows the order list; every field left null or empty does not narrow. Dates are business dates, inclusive.
    pub struct OrderFilter {
        pub text: Option<String>,
        pub from: Option<String>,
        pub to: Option<String>,
        pub hour_from: Option<u8>,
        pub hour_to: Option<u8>,
        pub weekday: Option<u8>,
        pub shop_ids: Vec<String>,
        pub channels: Vec<Channel>,
        pub pay: Vec<PayState>,
        pub fulfil: Vec<FulfilState>,
        pub refund: Vec<RefundState>,
        pub amount_min_minor: Option<i64>,
        pub amount_max_minor: Option<i64>,
        pub customer_id: Option<String>,
        pub sku_id: Option<String>,
        pub batch_id: Option<String>,
        /// Orders that have a refund dated in from–to, whatever their own date.
        pub refunded_in_period: bool,
        /// Beside the orders of the period those refunded in it: the rows' `net_minor` sum to net sales.
        pub with_refunds: bool,
        /// Orders that were paid over 40 hours ago and still wait to be shipped.
        pub overdue: bool,
        /// Orders of days, shops and channels whose visitors were counted.
        pub visits_counted: bool,
    }
    /// `after` is the cursor of the last page's answer.
    pub struct OrderQuery { pub filter: OrderFilter, pub sort: OrderSort, pub after: Option<String>, pub limit: u32 }
    pub struct OrderRow {
        pub id: String,
        pub order_no: String,
        pub occurred_at_ms: i64,
        pub business_date: String,
        pub shop_id: String,
        pub shop_name: String,
        pub channel: Channel,
        pub customer_id: Option<String>,
        pub customer_name: Option<String>,
        pub first_item: String,
        pub kinds: i64,
        pub pieces_milli: i64,
        pub pay: PayState,
        pub fulfil: FulfilState,
        pub refund: RefundState,
        pub payable_minor: i64,
        pub paid_minor: i64,
        pub refunded_minor: i64,
        /// What the row adds to net sales and to the cost of what was sold; dated by refund, what its refunds take away. The cost is null where it is not shown to the person.
        pub net_minor: i64,
        pub cost_minor: Option<i64>,
        pub currency: String,
    }
    pub struct OrderPage { pub rows: Vec<OrderRow>, pub next: Option<String> }
    /// Totals of the whole view: payable = paid + unpaid + closed.
    pub struct OrderTotals { pub count: i64, pub payable_minor: i64, pub paid_minor: i64, pub unpaid_minor: i64, pub closed_minor: i64, pub refunded_minor: i64, pub waiting_count: i64, pub overdue_count: i64, pub refund_underway_count: i64, pub currency: Option<String> }
    pub struct OrderTotalsQuery { pub filter: OrderFilter }
    pub struct IdRef { pub id: String }
    pub struct OrderLineView { pub line_no: i64, pub sku_id: String, pub code: String, pub name: String, pub quantity_milli: i64, pub price_minor: i64, pub net_minor: i64, pub refunded_milli: i64, pub refunded_minor: i64, pub is_goods: bool, pub flags: Vec<String> }
    pub struct TimelineStep { pub at_ms: Option<i64>, pub what: String, pub axis: String, pub state: String, pub detail: Vec<String>, pub actor: Option<String>, pub done: bool }
    pub struct PaymentView { pub at_ms: i64, pub tender: String, pub amount_minor: i64 }
    pub struct RefundView { pub id: String, pub refund_no: String, pub at_ms: i64, pub amount_minor: i64, pub rule: String }
    pub struct OrderDetail { pub row: OrderRow, pub lines: Vec<OrderLineView>, pub payments: Vec<PaymentView>, pub refunds: Vec<RefundView>, pub timeline: Vec<TimelineStep>, pub goods_minor: i64, pub discount_minor: i64, pub freight_minor: i64, pub customer: Option<CustomerRow>, pub source: Option<String>, pub can_cancel: bool, pub can_ship: bool, pub can_refund: bool }
    pub struct OrderAct { pub id: String, pub reason: String }
    pub struct RefundRecord { pub order_id: String, pub amount_minor: i64, pub reason: String }

    pub struct ProductFilter { pub text: Option<String>, pub category_ids: Vec<String>, pub shop_ids: Vec<String>, pub sold_from: Option<String>, pub sold_to: Option<String>, pub goods_only: bool, pub low_stock: bool, pub no_sale: bool }
    pub struct ProductQuery { pub filter: ProductFilter, pub sort: ProductSort, pub after: Option<String>, pub limit: u32 }
    pub struct ProductRow { pub sku_id: String, pub code: String, pub name: String, pub category: Option<String>, pub price_minor: Option<i64>, pub cost_minor: Option<i64>, pub on_hand_milli: Option<i64>, pub sold_milli: i64, pub sold_minor: i64, pub last_sold_on: Option<String>, pub currency: String, pub is_goods: bool }
    pub struct ProductPage { pub rows: Vec<ProductRow>, pub next: Option<String> }
    pub struct ProductTotals { pub count: i64, pub sold_milli: i64, pub sold_minor: i64, pub no_sale_count: i64, pub currency: Option<String> }
    pub struct ProductTotalsQuery { pub filter: ProductFilter }
    pub struct StockView { pub shop_name: String, pub on_hand_milli: Option<i64> }
    pub struct MovementView { pub at_ms: i64, pub shop_name: String, pub kind: String, pub quantity_milli: i64, pub reference: Option<String> }
    pub struct ProductDetail { pub row: ProductRow, pub stock: Vec<StockView>, pub months: Vec<Point>, pub movements: Vec<MovementView>, pub other_names: Vec<String> }

    pub struct CustomerFilter { pub text: Option<String>, pub country: Option<String>, pub shop_ids: Vec<String>, pub bought_from: Option<String>, pub bought_to: Option<String>, pub min_orders: Option<i64> }
    pub struct CustomerQuery { pub filter: CustomerFilter, pub sort: CustomerSort, pub after: Option<String>, pub limit: u32 }
    pub struct CustomerRow { pub id: String, pub code: String, pub name: String, pub phone_masked: Option<String>, pub country: Option<String>, pub orders: i64, pub paid_minor: i64, pub refunded_minor: i64, pub first_on: Option<String>, pub last_on: Option<String>, pub currency: String }
    pub struct CustomerPage { pub rows: Vec<CustomerRow>, pub next: Option<String> }
    pub struct CustomerTotals { pub count: i64, pub paid_minor: i64, pub repeat_count: i64, pub currency: Option<String> }
    pub struct CustomerTotalsQuery { pub filter: CustomerFilter }
    pub struct CustomerDetail { pub row: CustomerRow, pub months: Vec<Point>, pub favourites: Vec<ProductRow>, pub recent: Vec<OrderRow>, pub median_gap_days: Option<i64> }

    pub struct ShopRow { pub id: String, pub name: String, pub currency: String, pub zone: String }
    /// Currency and zone are for good: the trade of the shop is counted by them.
    pub struct ShopAdd { pub name: String, pub currency: String, pub zone: String }
    pub struct ShopRename { pub id: String, pub name: String }
    pub struct CategoryRow { pub id: String, pub name: String }
    pub struct Shops { pub shops: Vec<ShopRow>, pub categories: Vec<CategoryRow> }
    pub struct SearchQuery { pub text: String, pub limit: u32 }
    pub struct SearchHit { pub kind: ListKind, pub id: String, pub title: String, pub detail: String }
    pub struct SearchHits { pub hits: Vec<SearchHit> }

    /// Exports the view as it stands: filter and sort of the list that is named; `columns` in order. Answered with a job; its result is a download id.
    pub struct ListExport {
        pub list: ListKind,
        pub format: ExportFormat,
        pub columns: Vec<String>,
        pub order_filter: Option<OrderFilter>,
        pub order_sort: Option<OrderSort>,
        pub product_filter: Option<ProductFilter>,
        pub product_sort: Option<ProductSort>,
        pub customer_filter: Option<CustomerFilter>,
        pub customer_sort: Option<CustomerSort>,
    }
    /// Own views of a person, kept on this computer. `body` is the UI's own JSON.
    pub struct OwnView { pub id: String, pub list: ListKind, pub name: String, pub body: String }
    pub struct OwnViews { pub views: Vec<OwnView> }
    pub struct DownloadRef { pub download_id: String }
    /// A file made for the person: at most 32 MiB as base64, and where the host keeps files its path.
    pub struct Download { pub file_name: String, pub base64: String, pub path: Option<String> }
}
use super::Point;

//! Lists on their way out: the view as it stands, as CSV or XLSX, in a file that says whose it is and of which day.
//!
//! Deliberately absent: what a cell is in either form (`sheet`).

mod kept;
mod sheet;

use crate::{
    Error, Result,
    jobs::{JobOf, Running},
    reading,
    rpc::Scope,
    wire::{
        Channel, CustomerFilter, CustomerQuery, CustomerSort, Download, DownloadRef, ExportFormat, FulfilState, ImportFinding, JobKind, JobRef, Language,
        ListExport, ListKind, OrderQuery, OrderSort, PayState, ProductFilter, ProductQuery, ProductSort, RefundState,
    },
};
use base64::Engine as _;
use domain::{BusinessDay, money::minor_digits, trade_file::told_of};
use jiff::civil::Date;
pub(crate) use kept::Exports;
use sheet::{Cell, Sheet};
use std::{collections::BTreeMap, fs, path::PathBuf};
use store::read::places::Shop;

/// Rows asked for at once.
const PAGE: u32 = 200;
/// A larger file is not sent through the screen; its path is told.
const DOWNLOAD_BYTES_MAX: u64 = 32 << 20;

/// Starts an export as a job; its result is the download's id.
///
/// # Errors
/// Where a column is not known, or the store cannot be read.
pub async fn start(scope: &Scope, mut request: ListExport) -> Result<JobRef> {
    let columns = columns_of(&request)?;
    // What may be taken along, and of it what may be read.
    narrow(scope, &mut request)?;
    let own = scope.under(read_by(request.list)).await?;
    let shops = store::read::shops(&mut *scope.store.reader().await?).await?;
    let reader = Reader { language: scope.program.language(), days: days_of(&shops) };
    let name = file_stem(&shops, &request, reader.language, scope.program.now_ms());
    let dir = dir_of(scope)?;
    let id = scope.program.chance().mint(scope.program.now_ms()).to_string();
    scope.program.start_job(Some(JobOf::by(scope)), JobKind::Export, "export", "rows", move |running: Running| async move {
        let ending = if request.format == ExportFormat::Csv { "csv" } else { "xlsx" };
        let path = dir.join(format!("{id}.{name}.{ending}"));
        let headings: Vec<&str> = columns.iter().map(|c| heading(c, reader.language)).collect();
        let mut sheet = Sheet::open(request.format, list_word(request.list, reader.language), &headings)?;
        let (mut after, mut done) = (None, 0);
        loop {
            let (rows, next) = page(&own, &request, after, &reader).await?;
            for row in &rows {
                sheet.row(&columns.iter().map(|c| row.iter().find(|(key, _)| key == c).map_or(Cell::Empty, |(_, cell)| cell.clone())).collect::<Vec<_>>())?;
            }
            done += i64::try_from(rows.len()).unwrap_or(0);
            running.progress(done, 0);
            if running.stopped() {
                return Ok(None);
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        sheet.save(&path)?;
        Ok(Some(id))
    })
}

const ORDER_COLUMNS: &[&str] =
    &["order_no", "placed", "shop", "channel", "customer", "items", "pieces", "pay", "fulfil", "refund", "payable", "paid", "refunded", "currency"];
const PRODUCT_COLUMNS: &[&str] = &["code", "name", "category", "price", "cost", "on_hand", "sold", "sold_amount", "last_sold", "currency"];
const CUSTOMER_COLUMNS: &[&str] = &["code", "name", "phone", "country", "orders", "paid", "refunded", "first", "last", "currency"];

fn columns_of(request: &ListExport) -> Result<Vec<String>> {
    let all = match request.list {
        ListKind::Orders => ORDER_COLUMNS,
        ListKind::Products => PRODUCT_COLUMNS,
        ListKind::Customers => CUSTOMER_COLUMNS,
    };
    if request.columns.is_empty() {
        return Ok(all.iter().map(|c| (*c).to_owned()).collect());
    }
    // A column that only the screen has (a mark, a button) is left out; none that is left would be a mistake.
    let chosen: Vec<String> = request.columns.iter().filter(|c| all.contains(&c.as_str())).cloned().collect();
    if chosen.is_empty() { Err(Error::field("columns", "none of these columns can be exported")) } else { Ok(chosen) }
}

fn heading(column: &str, language: Language) -> &str {
    let (zh, en) = match column {
        "order_no" => ("单号", "Order no."),
        "placed" => ("下单时间", "Placed"),
        "shop" => ("门店", "Shop"),
        "channel" => ("渠道", "Channel"),
        "customer" => ("顾客", "Customer"),
        "items" => ("商品", "Items"),
        "pieces" => ("件数", "Pieces"),
        "pay" => ("支付", "Payment"),
        "fulfil" => ("发货", "Fulfilment"),
        "refund" => ("退款", "Refund"),
        "payable" => ("应付", "Payable"),
        "paid" => ("已付", "Paid"),
        "refunded" => ("已退", "Refunded"),
        "currency" => ("币种", "Currency"),
        "code" => ("编码", "Code"),
        "name" => ("名称", "Name"),
        "category" => ("分类", "Category"),
        "price" => ("价格", "Price"),
        "cost" => ("成本", "Cost"),
        "on_hand" => ("在库", "On hand"),
        "sold" => ("售出件数", "Units sold"),
        "sold_amount" => ("售出金额", "Sales"),
        "last_sold" => ("最近售出", "Last sold"),
        "phone" => ("手机", "Phone"),
        "country" => ("国家", "Country"),
        "orders" => ("订单数", "Orders"),
        "first" => ("首次购买", "First order"),
        "last" => ("最近购买", "Last order"),
        "row" => ("行号", "Row"),
        "reason" => ("原因", "Reason"),
        "found" => ("内容", "Content"),
        "remedy" => ("怎么办", "What to do"),
        other => (other, other),
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

fn word(language: Language, zh: &str, en: &str) -> Cell {
    Cell::Text(if language == Language::Zh { zh.to_owned() } else { en.to_owned() })
}

fn channel_word(channel: Channel, language: Language) -> Cell {
    let (zh, en) = match channel {
        Channel::Counter => ("收银", "Counter"),
        Channel::MiniProgram => ("小程序", "Mini program"),
        Channel::Web => ("网站", "Website"),
        Channel::App => ("App", "App"),
        Channel::Errand => ("跑腿", "Errand"),
        Channel::Import => ("导入", "Imported"),
    };
    word(language, zh, en)
}

type Cells = Vec<(&'static str, Cell)>;

/// Who reads the sheet: the language of its words, and the clock of each shop by its id.
struct Reader {
    language: Language,
    days: BTreeMap<String, BusinessDay>,
}

fn days_of(shops: &[Shop]) -> BTreeMap<String, BusinessDay> {
    shops.iter().filter_map(|shop| Some((shop.id.0.to_string(), BusinessDay::new(&shop.zone, 0)?))).collect()
}

const fn list_word(list: ListKind, language: Language) -> &'static str {
    match (list, language) {
        (ListKind::Orders, Language::Zh) => "订单",
        (ListKind::Orders, Language::En) => "orders",
        (ListKind::Products, Language::Zh) => "商品",
        (ListKind::Products, Language::En) => "products",
        (ListKind::Customers, Language::Zh) => "顾客",
        (ListKind::Customers, Language::En) => "customers",
    }
}

/// The name of the file: the shop, the list and the day of the shop, as `滨江店-订单-2026-11-18`. Of several shops without one chosen it is all of them.
fn file_stem(shops: &[Shop], request: &ListExport, language: Language, now_ms: i64) -> String {
    let chosen = match request.list {
        ListKind::Orders => request.order_filter.as_ref().map(|filter| &filter.shop_ids),
        ListKind::Products => request.product_filter.as_ref().map(|filter| &filter.shop_ids),
        ListKind::Customers => request.customer_filter.as_ref().map(|filter| &filter.shop_ids),
    };
    let of: Vec<&Shop> = match chosen {
        Some(ids) if !ids.is_empty() => shops.iter().filter(|shop| ids.contains(&shop.id.0.to_string())).collect(),
        _ => shops.iter().collect(),
    };
    let shop = match (of.as_slice(), language) {
        ([shop], _) => in_file_name(&shop.name),
        (_, Language::Zh) => format!("{}家店", of.len()),
        (_, Language::En) => format!("{}-shops", of.len()),
    };
    let day = of.first().and_then(|shop| BusinessDay::new(&shop.zone, 0)).map(|day| day.of(now_ms).0.to_string()).unwrap_or_default();
    format!("{shop}-{}-{day}", list_word(request.list, language))
}

/// A name as every system takes it in the name of a file.
fn in_file_name(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_control() || r#"/\:*?"<>|"#.contains(c) { '-' } else { c }).collect();
    plain.trim_matches(['.', ' ']).to_owned()
}

impl Reader {
    /// An instant as the shop's clock showed it.
    fn moment(&self, at_ms: i64, shop_id: &str) -> Cell {
        self.days.get(shop_id).map_or(Cell::Empty, |day| {
            let (date, _) = day.of(at_ms);
            Cell::Moment(date, day.minute_of_day(at_ms))
        })
    }
}

async fn page(scope: &Scope, request: &ListExport, after: Option<String>, reader: &Reader) -> Result<(Vec<Cells>, Option<String>)> {
    match request.list {
        ListKind::Orders => {
            let filter = request.order_filter.clone().unwrap_or_else(crate::figures::all_orders);
            let page =
                reading::order_page(scope, OrderQuery { filter, sort: request.order_sort.unwrap_or(OrderSort::NewestFirst), after, limit: PAGE }).await?;
            Ok((page.rows.into_iter().map(|row| order_cells(row, reader)).collect(), page.next))
        }
        ListKind::Products => {
            let filter = request.product_filter.clone().unwrap_or_else(no_product_filter);
            let page =
                reading::product_page(scope, ProductQuery { filter, sort: request.product_sort.unwrap_or(ProductSort::Code), after, limit: PAGE }).await?;
            Ok((page.rows.into_iter().map(product_cells).collect(), page.next))
        }
        ListKind::Customers => {
            let filter = request.customer_filter.clone().unwrap_or_else(no_customer_filter);
            let page =
                reading::customer_page(scope, CustomerQuery { filter, sort: request.customer_sort.unwrap_or(CustomerSort::Name), after, limit: PAGE }).await?;
            Ok((page.rows.into_iter().map(customer_cells).collect(), page.next))
        }
    }
}

fn some_text(text: Option<String>) -> Cell {
    text.map_or(Cell::Empty, Cell::Text)
}

fn some_day(day: Option<String>) -> Cell {
    day.map_or(Cell::Empty, |day| day.parse::<Date>().map_or(Cell::Text(day), Cell::Day))
}

fn order_cells(row: crate::wire::OrderRow, reader: &Reader) -> Cells {
    let pay = match row.pay {
        PayState::Unpaid => ("待付", "Unpaid"),
        PayState::Partial => ("部分付", "Partly paid"),
        PayState::Paid => ("已付", "Paid"),
        PayState::Closed => ("已关", "Closed"),
    };
    let fulfil = match row.fulfil {
        FulfilState::None => ("–", "–"),
        FulfilState::Waiting => ("待发货", "To ship"),
        FulfilState::Underway => ("配送中", "On its way"),
        FulfilState::Done => ("已送达", "Delivered"),
        FulfilState::Closed => ("已关", "Closed"),
    };
    let refund = match row.refund {
        RefundState::None => ("–", "–"),
        RefundState::Underway => ("退款中", "Refunding"),
        RefundState::Part => ("部分退", "Partly refunded"),
        RefundState::All => ("已退", "Refunded"),
    };
    let (language, digits) = (reader.language, minor_digits(&row.currency));
    vec![
        ("order_no", Cell::Code(row.order_no)),
        ("placed", reader.moment(row.occurred_at_ms, &row.shop_id)),
        ("shop", Cell::Text(row.shop_name)),
        ("channel", channel_word(row.channel, language)),
        ("customer", some_text(row.customer_name)),
        ("items", Cell::Text(row.first_item)),
        ("pieces", Cell::Quantity(row.pieces_milli)),
        ("pay", word(language, pay.0, pay.1)),
        ("fulfil", word(language, fulfil.0, fulfil.1)),
        ("refund", word(language, refund.0, refund.1)),
        ("payable", Cell::Money(row.payable_minor, digits)),
        ("paid", Cell::Money(row.paid_minor, digits)),
        ("refunded", Cell::Money(row.refunded_minor, digits)),
        ("currency", Cell::Text(row.currency)),
    ]
}

fn product_cells(row: crate::wire::ProductRow) -> Cells {
    let digits = minor_digits(&row.currency);
    vec![
        ("code", Cell::Code(row.code)),
        ("name", Cell::Text(row.name)),
        ("category", some_text(row.category)),
        ("price", row.price_minor.map_or(Cell::Empty, |minor| Cell::Money(minor, digits))),
        ("cost", row.cost_minor.map_or(Cell::Empty, |minor| Cell::Money(minor, digits))),
        ("on_hand", row.on_hand_milli.map_or(Cell::Empty, Cell::Quantity)),
        ("sold", Cell::Quantity(row.sold_milli)),
        ("sold_amount", Cell::Money(row.sold_minor, digits)),
        ("last_sold", some_day(row.last_sold_on)),
        ("currency", Cell::Text(row.currency)),
    ]
}

fn customer_cells(row: crate::wire::CustomerRow) -> Cells {
    let digits = minor_digits(&row.currency);
    vec![
        ("code", Cell::Code(row.code)),
        ("name", Cell::Text(row.name)),
        ("phone", row.phone_masked.map_or(Cell::Empty, Cell::Code)),
        ("country", some_text(row.country)),
        ("orders", Cell::Count(row.orders)),
        ("paid", Cell::Money(row.paid_minor, digits)),
        ("refunded", Cell::Money(row.refunded_minor, digits)),
        ("first", some_day(row.first_on)),
        ("last", some_day(row.last_on)),
        ("currency", Cell::Text(row.currency)),
    ]
}

const fn no_product_filter() -> ProductFilter {
    ProductFilter {
        text: None,
        category_ids: Vec::new(),
        shop_ids: Vec::new(),
        sold_from: None,
        sold_to: None,
        goods_only: false,
        low_stock: false,
        no_sale: false,
    }
}

const fn no_customer_filter() -> CustomerFilter {
    CustomerFilter { text: None, country: None, shop_ids: Vec::new(), bought_from: None, bought_to: None, min_orders: None }
}

/// The rows of a file that something was found in, as a CSV that is handed over at once: there are at most some thousand.
///
/// # Errors
/// Where the file cannot be written.
pub fn findings(scope: &Scope, found: &[ImportFinding]) -> Result<Download> {
    let (language, dir) = (scope.program.language(), dir_of(scope)?);
    let id = scope.program.chance().mint(scope.program.now_ms()).to_string();
    let headings = ["row", "reason", "found", "remedy"].map(|column| heading(column, language));
    let mut sheet = Sheet::open(ExportFormat::Csv, "", &headings)?;
    for finding in found {
        let (reason, remedy) = match told_of(&finding.reason) {
            Some((reason, remedy)) => (word(language, reason.zh, reason.en), word(language, remedy.zh, remedy.en)),
            None => (Cell::Text(finding.reason.clone()), Cell::Empty),
        };
        sheet.row(&[Cell::Count(finding.row), reason, Cell::Text(finding.value.clone()), remedy])?;
    }
    sheet.save(&dir.join(format!("{id}.import-rows.csv")))?;
    download(scope, &DownloadRef { download_id: id })
}

/// The right with which the rows of a list are read.
const fn read_by(list: ListKind) -> &'static str {
    match list {
        ListKind::Orders => "order.read",
        ListKind::Products => "product.read",
        ListKind::Customers => "customer.read",
    }
}

fn narrow(scope: &Scope, request: &mut ListExport) -> Result<()> {
    let shops = match request.list {
        ListKind::Orders => &mut request.order_filter.get_or_insert_with(crate::figures::all_orders).shop_ids,
        ListKind::Products => &mut request.product_filter.get_or_insert_with(no_product_filter).shop_ids,
        ListKind::Customers => &mut request.customer_filter.get_or_insert_with(no_customer_filter).shop_ids,
    };
    *shops = scope.rights.narrowed(std::mem::take(shops))?;
    Ok(())
}

/// Hands over a file that was made.
///
/// # Errors
/// Where it is not here.
pub fn download(scope: &Scope, request: &DownloadRef) -> Result<Download> {
    let id = uuid::Uuid::parse_str(&request.download_id).map_err(|_| Error::not_found())?.to_string();
    let dir = dir_of(scope)?;
    let found =
        fs::read_dir(&dir)?.filter_map(std::result::Result::ok).find(|e| e.file_name().to_string_lossy().starts_with(&id)).ok_or_else(Error::not_found)?;
    let path = found.path();
    let file_name = found.file_name().to_string_lossy().trim_start_matches(&format!("{id}.")).to_owned();
    let bytes = if found.metadata()?.len() <= DOWNLOAD_BYTES_MAX { fs::read(&path)? } else { Vec::new() };
    Ok(Download { file_name, base64: base64::engine::general_purpose::STANDARD.encode(bytes), path: Some(path.display().to_string()) })
}

/// Where the exports of this session lie: another's are not found there.
fn dir_of(scope: &Scope) -> Result<PathBuf> {
    scope.program.exports.folder(&scope.session, scope.presence.store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_whose_it_is_and_of_which_day() {
        // 17:00 in London, and an hour past midnight of the next day in Shanghai.
        let now_ms = 1_795_021_200_000;
        let shop = |id: u128, name: &str, zone: &str| Shop {
            id: domain::ShopId(uuid::Uuid::from_u128(id)),
            name: name.into(),
            zone: zone.into(),
            currency: "CNY".into(),
            day_start_min: 0,
            opens_hour: 8,
            closes_hour: 22,
            version: 1,
            position: 1,
        };
        let (river, quay) = (shop(1, "滨江店", "Asia/Shanghai"), shop(2, "Quay: 1/2 ", "Europe/London"));
        let ask = |list: ListKind, shop: Option<&Shop>| ListExport {
            list,
            format: ExportFormat::Xlsx,
            columns: Vec::new(),
            order_filter: Some(crate::wire::OrderFilter { shop_ids: shop.iter().map(|shop| shop.id.0.to_string()).collect(), ..crate::figures::all_orders() }),
            order_sort: None,
            product_filter: None,
            product_sort: None,
            customer_filter: None,
            customer_sort: None,
        };
        let both = [river.clone(), quay.clone()];
        for (shops, request, language, expected) in [
            (&both[..1], ask(ListKind::Orders, None), Language::Zh, "滨江店-订单-2026-11-19"),
            (&both[..], ask(ListKind::Orders, Some(&quay)), Language::En, "Quay- 1-2-orders-2026-11-18"),
            (&both[..], ask(ListKind::Products, None), Language::Zh, "2家店-商品-2026-11-19"),
            (&both[..], ask(ListKind::Customers, None), Language::En, "2-shops-customers-2026-11-19"),
        ] {
            assert_eq!(file_stem(shops, &request, language, now_ms), expected);
        }
    }
}

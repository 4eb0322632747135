//! Lists on their way out: the view as it stands, as CSV or XLSX, with text that a spreadsheet would take for a formula made harmless.

use crate::{
    Code, Error, Result,
    jobs::Running,
    reading,
    rpc::Scope,
    wire::{
        Channel, CustomerFilter, CustomerQuery, CustomerSort, Download, DownloadRef, ExportFormat, FulfilState, ImportFinding, JobKind, JobRef, Language,
        ListExport, ListKind, OrderQuery, OrderSort, PayState, ProductFilter, ProductQuery, ProductSort, RefundState,
    },
};
use base64::Engine as _;
use domain::{BusinessDay, money::minor_digits, trade_file::told_of};
use std::{collections::BTreeMap, fs, path::Path};

/// Rows asked for at once.
const PAGE: u32 = 200;
/// A sheet of XLSX holds no more rows than this.
const XLSX_ROWS_MAX: usize = 1_048_575;
/// A larger file is not sent through the screen; its path is told.
const DOWNLOAD_BYTES_MAX: u64 = 32 << 20;

/// A cell on its way out.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Text(String),
    /// Minor units, and how many decimals their currency has.
    Money(i64, u32),
    /// Thousandths.
    Quantity(i64),
    Count(i64),
    Empty,
}

/// Makes text harmless that a spreadsheet would run: a leading apostrophe tells it that this is text (CWE-1236).
fn harmless(text: &str) -> String {
    let dangerous = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    if dangerous { format!("'{text}") } else { text.to_owned() }
}

fn decimal(value: i64, digits: u32) -> String {
    if digits == 0 {
        return value.to_string();
    }
    let unit = 10_u64.pow(digits);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, rest) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    format!("{sign}{whole}.{rest:0width$}", width = usize::try_from(digits).unwrap_or(0))
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => harmless(text),
            Self::Money(minor, digits) => decimal(*minor, *digits),
            Self::Quantity(milli) if milli % 1_000 == 0 => (milli / 1_000).to_string(),
            Self::Quantity(milli) => decimal(*milli, 3),
            Self::Count(n) => n.to_string(),
            Self::Empty => String::new(),
        }
    }
}

/// Starts an export as a job; its result is the download's id.
///
/// # Errors
/// Where a column is not known, or the store cannot be read.
pub async fn start(scope: &Scope, request: ListExport) -> Result<JobRef> {
    let columns = columns_of(&request)?;
    let reader = Reader { language: scope.program.language(), days: days_of(scope).await? };
    let own = Scope { program: scope.program.clone(), session: scope.session.clone(), store: scope.store.clone(), presence: scope.presence.clone() };
    let dir = scope.program.data_dir().join("exports");
    let id = scope.program.chance().mint(scope.program.now_ms()).to_string();
    scope.program.start_job(JobKind::Export, "export", "rows", move |running: Running| async move {
        store::place::folder(&dir)?;
        let ending = if request.format == ExportFormat::Csv { "csv" } else { "xlsx" };
        let name = match request.list {
            ListKind::Orders => "orders",
            ListKind::Products => "products",
            ListKind::Customers => "customers",
        };
        let path = dir.join(format!("{id}.{name}.{ending}"));
        let mut sheet = Sheet::open(request.format)?;
        sheet.row(&columns.iter().map(|c| Cell::Text(heading(c, reader.language).to_owned())).collect::<Vec<_>>())?;
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

async fn days_of(scope: &Scope) -> Result<BTreeMap<String, BusinessDay>> {
    let mut db = scope.store.reader().await?;
    let shops = store::read::shops(&mut db).await?;
    Ok(shops.into_iter().filter_map(|shop| Some((shop.id.0.to_string(), BusinessDay::new(&shop.zone, 0)?))).collect())
}

impl Reader {
    /// An instant as the shop's clock showed it, in a form that spreadsheets read as a date.
    fn moment(&self, at_ms: i64, shop_id: &str) -> Cell {
        self.days.get(shop_id).map_or(Cell::Empty, |day| {
            let (date, _) = day.of(at_ms);
            let minute = day.minute_of_day(at_ms);
            Cell::Text(format!("{date} {:02}:{:02}", minute / 60, minute % 60))
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
        ("order_no", Cell::Text(row.order_no)),
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
        ("code", Cell::Text(row.code)),
        ("name", Cell::Text(row.name)),
        ("category", some_text(row.category)),
        ("price", row.price_minor.map_or(Cell::Empty, |minor| Cell::Money(minor, digits))),
        ("cost", row.cost_minor.map_or(Cell::Empty, |minor| Cell::Money(minor, digits))),
        ("on_hand", row.on_hand_milli.map_or(Cell::Empty, Cell::Quantity)),
        ("sold", Cell::Quantity(row.sold_milli)),
        ("sold_amount", Cell::Money(row.sold_minor, digits)),
        ("last_sold", some_text(row.last_sold_on)),
        ("currency", Cell::Text(row.currency)),
    ]
}

fn customer_cells(row: crate::wire::CustomerRow) -> Cells {
    let digits = minor_digits(&row.currency);
    vec![
        ("code", Cell::Text(row.code)),
        ("name", Cell::Text(row.name)),
        ("phone", some_text(row.phone_masked)),
        ("country", some_text(row.country)),
        ("orders", Cell::Count(row.orders)),
        ("paid", Cell::Money(row.paid_minor, digits)),
        ("refunded", Cell::Money(row.refunded_minor, digits)),
        ("first", some_text(row.first_on)),
        ("last", some_text(row.last_on)),
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

/// A sheet that is being written.
enum Sheet {
    Csv(Box<csv::Writer<Vec<u8>>>),
    Xlsx { book: Box<rust_xlsxwriter::Workbook>, rows: usize },
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Fault(error.to_string())
}

impl Sheet {
    fn open(format: ExportFormat) -> Result<Self> {
        match format {
            // The mark at the start makes Excel read UTF-8.
            ExportFormat::Csv => Ok(Self::Csv(Box::new(csv::Writer::from_writer(vec![0xEF, 0xBB, 0xBF])))),
            ExportFormat::Xlsx => {
                let mut book = rust_xlsxwriter::Workbook::new();
                book.add_worksheet();
                Ok(Self::Xlsx { book: Box::new(book), rows: 0 })
            }
        }
    }

    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        match self {
            Self::Csv(writer) => writer.write_record(cells.iter().map(Cell::text)).map_err(fault),
            Self::Xlsx { book, rows } => {
                if *rows > XLSX_ROWS_MAX {
                    return Err(Error::refuse(Code::Refused, "a sheet holds 1,048,575 rows: narrow the view, or export CSV"));
                }
                let sheet = book.worksheet_from_index(0).map_err(fault)?;
                let row = u32::try_from(*rows).map_err(fault)?;
                for (column, cell) in (0_u16..).zip(cells) {
                    match cell {
                        Cell::Empty => continue,
                        Cell::Text(text) => sheet.write_string(row, column, harmless(text)),
                        Cell::Money(minor, digits) => {
                            sheet.write_number_with_format(row, column, number(*minor) / number(10_i64.pow(*digits)), &money_format(*digits))
                        }
                        Cell::Quantity(milli) => sheet.write_number(row, column, number(*milli) / 1_000.0),
                        Cell::Count(n) => sheet.write_number(row, column, number(*n)),
                    }
                    .map_err(fault)?;
                }
                *rows += 1;
                Ok(())
            }
        }
    }

    fn save(self, path: &Path) -> Result<()> {
        match self {
            Self::Csv(writer) => Ok(fs::write(path, writer.into_inner().map_err(fault)?).map_err(store::place::at(path))?),
            Self::Xlsx { mut book, .. } => book.save(path).map_err(|error| match error {
                rust_xlsxwriter::XlsxError::IoError(source) => store::place::at(path)(source).into(),
                other => fault(other),
            }),
        }
    }
}

fn money_format(digits: u32) -> rust_xlsxwriter::Format {
    rust_xlsxwriter::Format::new().set_num_format(match digits {
        0 => "#,##0",
        3 => "#,##0.000",
        4 => "#,##0.0000",
        _ => "#,##0.00",
    })
}

/// XLSX knows only doubles; money of a shop is far below where they lose a minor unit.
const fn number(value: i64) -> f64 {
    value as f64
}

/// The rows of a file that something was found in, as a CSV that is handed over at once: there are at most some thousand.
///
/// # Errors
/// Where the file cannot be written.
pub fn findings(scope: &Scope, found: &[ImportFinding]) -> Result<Download> {
    let (language, dir) = (scope.program.language(), scope.program.data_dir().join("exports"));
    let id = scope.program.chance().mint(scope.program.now_ms()).to_string();
    store::place::folder(&dir)?;
    let mut sheet = Sheet::open(ExportFormat::Csv)?;
    sheet.row(&["row", "reason", "found", "remedy"].map(|column| Cell::Text(heading(column, language).to_owned())))?;
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

/// Hands over a file that was made.
///
/// # Errors
/// Where it is not here.
pub fn download(scope: &Scope, request: &DownloadRef) -> Result<Download> {
    let id = uuid::Uuid::parse_str(&request.download_id).map_err(|_| Error::not_found())?.to_string();
    let dir = scope.program.data_dir().join("exports");
    let found =
        fs::read_dir(&dir)?.filter_map(std::result::Result::ok).find(|e| e.file_name().to_string_lossy().starts_with(&id)).ok_or_else(Error::not_found)?;
    let path = found.path();
    let file_name = found.file_name().to_string_lossy().trim_start_matches(&format!("{id}.")).to_owned();
    let bytes = if found.metadata()?.len() <= DOWNLOAD_BYTES_MAX { fs::read(&path)? } else { Vec::new() };
    Ok(Download { file_name, base64: base64::engine::general_purpose::STANDARD.encode(bytes), path: Some(path.display().to_string()) })
}

/// The place of the exports is emptied when a program starts: they hold what the store keeps encrypted.
pub fn clear(data_dir: &Path) {
    let _ = fs::remove_dir_all(data_dir.join("exports"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless() {
        for (text, out) in [
            ("=1+1", "'=1+1"),
            ("+8613800000000", "'+8613800000000"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            (" =1", "' =1"),
            ("保温杯 350ml", "保温杯 350ml"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(harmless(text), out);
        }
    }

    #[test]
    fn numbers_are_written_as_they_are() {
        assert_eq!(Cell::Money(-105, minor_digits("CNY")).text(), "-1.05");
        assert_eq!(Cell::Money(7, minor_digits("GBP")).text(), "0.07");
        assert_eq!(Cell::Money(-1_980, minor_digits("JPY")).text(), "-1980");
        assert_eq!(Cell::Money(12_345, minor_digits("KWD")).text(), "12.345");
        assert_eq!(Cell::Quantity(2_000).text(), "2");
        assert_eq!(Cell::Quantity(1_250).text(), "1.250");
    }
}

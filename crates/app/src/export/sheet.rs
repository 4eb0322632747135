//! A sheet that is being written, as CSV or XLSX, and its cells. Text that a spreadsheet would take for a formula is made harmless in both.
//!
//! In XLSX a date is a date and money a number, each with its format, so that they sort and sum; a code is text and keeps its leading zeros.

use crate::{Code, Error, Result, access::founding::is_unseen, wire::ExportFormat};
use jiff::civil::Date;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatBorder, Workbook, Worksheet, XlsxError};
use std::{fs, path::Path};

/// A sheet of XLSX holds no more rows than this.
const XLSX_ROWS_MAX: usize = 1_048_575;
/// The narrowest and the widest column, in digits: a heading is read, and one long name does not push the others off the screen.
const WIDTH: std::ops::RangeInclusive<usize> = 8..=60;
/// More than the text itself: the border of the cell, and digits that are a little wider in bold.
const WIDTH_BESIDE: usize = 2;

/// A cell on its way out.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    /// Text that may be all digits: never a number.
    Code(String),
    /// Minor units, and how many decimals their currency has.
    Money(i64, u32),
    /// Thousandths.
    Quantity(i64),
    Count(i64),
    Day(Date),
    /// A day and the minute of it, by the clock of the shop.
    Moment(Date, i64),
    Empty,
}

/// Whether a spreadsheet would run this text, in the signs of a Chinese keyboard too (CWE-1236).
fn is_dangerous(text: &str) -> bool {
    // What nobody sees before the sign does not make it harmless.
    let shown = text.trim_start_matches(|letter: char| letter.is_whitespace() || is_unseen(letter));
    shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) || text.starts_with(['\t', '\r', '\n'])
}

/// Makes text harmless for CSV: a leading apostrophe tells that this is text.
fn harmless(text: &str) -> String {
    if is_dangerous(text) { format!("'{text}") } else { text.to_owned() }
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
    /// As CSV has it. Dates have the form that spreadsheets read as one.
    fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Code(text) => harmless(text),
            Self::Money(minor, digits) => decimal(*minor, *digits),
            Self::Quantity(milli) if milli % 1_000 == 0 => (milli / 1_000).to_string(),
            Self::Quantity(milli) => decimal(*milli, 3),
            Self::Count(n) => n.to_string(),
            Self::Day(date) => date.to_string(),
            Self::Moment(date, minute) => format!("{date} {:02}:{:02}", minute / 60, minute % 60),
            Self::Empty => String::new(),
        }
    }

    /// How wide it is shown, in digits; a Chinese sign is as wide as two.
    fn width(&self) -> usize {
        let text = self.text();
        let signs: usize = text.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).sum();
        // Money is grouped by thousands.
        if matches!(self, Self::Money(..)) { signs + signs / 4 } else { signs }
    }
}

/// A sheet that is being written.
pub enum Sheet {
    Csv(Box<csv::Writer<Vec<u8>>>),
    Xlsx(Box<Book>),
}

/// A workbook of one sheet.
pub struct Book {
    book: Workbook,
    formats: Formats,
    rows: usize,
    widths: Vec<usize>,
}

struct Formats {
    heading: Format,
    code: Format,
    /// Shown as it is, and text also for whoever edits it.
    quoted: Format,
    day: Format,
    moment: Format,
    /// By the decimals of a currency.
    money: [Format; 5],
}

impl Formats {
    fn new() -> Self {
        let number = |form: &str| Format::new().set_num_format(form);
        Self {
            heading: Format::new().set_bold().set_border_bottom(FormatBorder::Thin),
            code: number("@"),
            quoted: number("@").set_quote_prefix(),
            day: number("yyyy-mm-dd"),
            moment: number("yyyy-mm-dd hh:mm"),
            money: ["#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000"].map(number),
        }
    }

    fn money(&self, digits: u32) -> &Format {
        usize::try_from(digits).ok().and_then(|digits| self.money.get(digits)).unwrap_or(&self.money[2])
    }
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Fault(error.to_string())
}

impl Sheet {
    /// Begins a sheet with its heading, which stays in sight.
    ///
    /// # Errors
    /// Where the library refuses the name or a heading.
    pub fn open(format: ExportFormat, name: &str, headings: &[&str]) -> Result<Self> {
        let mut sheet = match format {
            // The mark at the start makes Excel read UTF-8.
            ExportFormat::Csv => Self::Csv(Box::new(csv::WriterBuilder::new().quote_style(csv::QuoteStyle::NonNumeric).from_writer(vec![0xEF, 0xBB, 0xBF]))),
            ExportFormat::Xlsx => {
                let mut book = Workbook::new();
                book.add_worksheet().set_name(name).and_then(|sheet| sheet.set_freeze_panes(1, 0)).map_err(fault)?;
                Self::Xlsx(Box::new(Book { book, formats: Formats::new(), rows: 0, widths: vec![0; headings.len()] }))
            }
        };
        match &mut sheet {
            Self::Csv(writer) => writer.write_record(headings).map_err(fault)?,
            Self::Xlsx(book) => book.heading(headings)?,
        }
        Ok(sheet)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Where a sheet of XLSX is full.
    pub fn row(&mut self, cells: &[Cell]) -> Result<()> {
        match self {
            Self::Csv(writer) => writer.write_record(cells.iter().map(Cell::text)).map_err(fault),
            Self::Xlsx(book) => book.row(cells),
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn save(self, path: &Path) -> Result<()> {
        match self {
            Self::Csv(writer) => Ok(fs::write(path, writer.into_inner().map_err(fault)?).map_err(store::place::at(path))?),
            Self::Xlsx(book) => book.save(path),
        }
    }
}

impl Book {
    fn heading(&mut self, headings: &[&str]) -> Result<()> {
        let sheet = self.book.worksheet_from_index(0).map_err(fault)?;
        for ((column, heading), width) in (0_u16..).zip(headings).zip(&mut self.widths) {
            sheet.write_string_with_format(0, column, *heading, &self.formats.heading).map_err(fault)?;
            *width = Cell::Text((*heading).to_owned()).width();
        }
        self.rows = 1;
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        if self.rows > XLSX_ROWS_MAX {
            return Err(Error::refuse(Code::Refused, "a sheet holds 1,048,575 rows: narrow the view, or export CSV"));
        }
        let sheet = self.book.worksheet_from_index(0).map_err(fault)?;
        let row = u32::try_from(self.rows).map_err(fault)?;
        for ((column, cell), width) in (0_u16..).zip(cells).zip(&mut self.widths) {
            put(sheet, &self.formats, (row, column), cell).map_err(fault)?;
            *width = cell.width().max(*width);
        }
        self.rows += 1;
        Ok(())
    }

    fn save(mut self, path: &Path) -> Result<()> {
        let sheet = self.book.worksheet_from_index(0).map_err(fault)?;
        for (column, width) in (0_u16..).zip(&self.widths) {
            let width = (width + WIDTH_BESIDE).clamp(*WIDTH.start(), *WIDTH.end());
            sheet.set_column_width(column, u32::try_from(width).unwrap_or(0)).map_err(fault)?;
        }
        self.book.save(path).map_err(|error| match error {
            XlsxError::IoError(source) => store::place::at(path)(source).into(),
            other => fault(other),
        })
    }
}

fn put(sheet: &mut Worksheet, formats: &Formats, (row, column): (u32, u16), cell: &Cell) -> std::result::Result<(), XlsxError> {
    match cell {
        Cell::Empty => return Ok(()),
        Cell::Text(text) | Cell::Code(text) if is_dangerous(text) => sheet.write_string_with_format(row, column, text, &formats.quoted),
        Cell::Text(text) => sheet.write_string(row, column, text),
        Cell::Code(text) => sheet.write_string_with_format(row, column, text, &formats.code),
        Cell::Money(minor, digits) => sheet.write_number_with_format(row, column, number(*minor) / number(10_i64.pow(*digits)), formats.money(*digits)),
        Cell::Quantity(milli) => sheet.write_number(row, column, number(*milli) / 1_000.0),
        Cell::Count(n) => sheet.write_number(row, column, number(*n)),
        Cell::Day(_) | Cell::Moment(..) => match instant(cell) {
            Some((at, is_day)) => sheet.write_datetime_with_format(row, column, at, if is_day { &formats.day } else { &formats.moment }),
            None => sheet.write_string(row, column, cell.text()),
        },
    }
    .map(|_| ())
}

/// A date as XLSX counts it, and whether it is a whole day; `None` before 1900, which XLSX does not know.
fn instant(cell: &Cell) -> Option<(ExcelDateTime, bool)> {
    let (date, minute) = match cell {
        Cell::Day(date) => (date, None),
        Cell::Moment(date, minute) => (date, Some(*minute)),
        _ => return None,
    };
    let part = |value: i8| u8::try_from(value).ok();
    let day = ExcelDateTime::from_ymd(u16::try_from(date.year()).ok()?, part(date.month())?, part(date.day())?).ok()?;
    match minute {
        None => Some((day, true)),
        Some(minute) => Some((day.and_hms(u16::try_from(minute / 60).ok()?, u8::try_from(minute % 60).ok()?, 0).ok()?, false)),
    }
}

/// XLSX knows only doubles; money of a shop is far below where they lose a minor unit.
const fn number(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader as _};
    use domain::money::minor_digits;
    use std::io::Read as _;

    #[test]
    fn formulas_are_made_harmless() {
        for (text, out) in [
            ("=1+1", "'=1+1"),
            ("+8613800000000", "'+8613800000000"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\rcmd", "'\rcmd"),
            (" =1", "' =1"),
            ("＝1+1", "'＝1+1"),
            ("保温杯 350ml", "保温杯 350ml"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(harmless(text), out);
            assert_eq!(Cell::Code(text.to_owned()).text(), out);
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

    const HEADINGS: &[&str] = &["编码", "名称", "价格", "最近售出", "下单时间", "件数"];

    fn rows() -> Vec<[Cell; 6]> {
        let day = jiff::civil::date(2026, 11, 18);
        vec![
            [
                Cell::Code("00850".into()),
                Cell::Text("=HYPERLINK(\"http://x\")".into()),
                Cell::Money(123_456, 2),
                Cell::Day(day),
                Cell::Moment(day, 19 * 60 + 7),
                Cell::Quantity(1_500),
            ],
            [
                Cell::Code("-7".into()),
                Cell::Text("保温杯".into()),
                Cell::Money(-1_980, 0),
                Cell::Day(jiff::civil::date(1850, 1, 2)),
                Cell::Empty,
                Cell::Count(3),
            ],
        ]
    }

    fn written(format: ExportFormat) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sheet");
        let mut sheet = Sheet::open(format, "商品", HEADINGS).unwrap();
        for row in rows() {
            sheet.row(&row).unwrap();
        }
        sheet.save(&path).unwrap();
        (dir, path)
    }

    #[test]
    fn what_nobody_sees_hides_no_formula() {
        for text in ["=1", "\u{200B}=1", "\u{202E}=1", "\0=1", "\u{FEFF} +1", "\t-1", "＝1"] {
            assert!(is_dangerous(text), "{text:?}");
        }
        assert!(!is_dangerous("保温杯 = 1") && !is_dangerous("x;=1"));
    }

    #[test]
    fn csv_begins_with_the_mark_and_runs_nothing() {
        let (_dir, path) = written(ExportFormat::Csv);
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.strip_prefix('\u{feff}').unwrap().lines().collect();
        assert_eq!(
            lines,
            [
                r#""编码","名称","价格","最近售出","下单时间","件数""#,
                r#"00850,"'=HYPERLINK(""http://x"")",1234.56,"2026-11-18","2026-11-18 19:07",1.500"#,
                r#""'-7","保温杯",-1980,"1850-01-02","",3"#,
            ]
        );
    }

    #[test]
    fn excel_has_dates_as_dates_money_as_numbers_and_codes_as_text() {
        let (_dir, path) = written(ExportFormat::Xlsx);
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
        let sheet = book.worksheet_range("商品").unwrap();
        let at = |row: u32, column: u32| sheet.get_value((row, column)).cloned().unwrap_or(Data::Empty);
        assert_eq!(at(0, 3), Data::String("最近售出".into()));
        assert_eq!((at(1, 0), at(2, 0)), (Data::String("00850".into()), Data::String("-7".into())));
        assert_eq!(at(1, 1), Data::String("=HYPERLINK(\"http://x\")".into()), "shown as it is, and no formula");
        assert_eq!((at(1, 2), at(2, 2)), (Data::Float(1234.56), Data::Float(-1980.0)));
        let ymd = |data: Data| match data {
            Data::DateTime(at) => at.to_ymd_hms_milli(),
            other => panic!("no date: {other:?}"),
        };
        assert_eq!(ymd(at(1, 3)), (2026, 11, 18, 0, 0, 0, 0));
        assert_eq!(ymd(at(1, 4)), (2026, 11, 18, 19, 7, 0, 0));
        assert_eq!(at(2, 3), Data::String("1850-01-02".into()), "XLSX counts from 1900");
        assert_eq!((at(1, 5), at(2, 5), at(2, 4)), (Data::Float(1.5), Data::Float(3.0), Data::Empty));
        assert!(book.worksheet_formula("商品").unwrap().is_empty());
    }

    #[test]
    fn excel_has_a_heading_that_stays_and_columns_that_fit() {
        let (_dir, path) = written(ExportFormat::Xlsx);
        let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
        let mut part = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let (sheet, styles) = (part("xl/worksheets/sheet1.xml"), part("xl/styles.xml"));
        assert!(sheet.contains("ySplit=\"1\"") && sheet.contains("state=\"frozen\""), "{sheet}");
        assert!(styles.contains("<b/>") && styles.contains("yyyy-mm-dd hh:mm") && styles.contains("quotePrefix=\"1\""), "{styles}");
        let widths: Vec<f64> =
            sheet.split("<col ").skip(1).map(|col| col.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()).collect();
        assert_eq!(widths.len(), HEADINGS.len(), "{sheet}");
        assert!(widths[4] > 17.0 && widths[4] < 20.0, "a moment has sixteen signs: {widths:?}");
        assert!(widths[1] > widths[0] && widths[0] >= 8.0, "{widths:?}");
    }
}

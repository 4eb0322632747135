//! A first look at a file: its format, its columns, what each seems to be, and how it is to be read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use domain::trade_file::{InvoiceMarks, Negatives, parse_milli};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::csv_table::{CsvTable, sniff_delimiter};
use super::encoding::TextEncoding;
use super::error::{FileError, Result};
use super::field::{Field, FileKind, normal_form, suggest};
use super::moment::{DateOrder, OrderEvidence};
use super::parquet_table::{ParquetTable, columns_and_rows};
use super::table::{Cell, Table};
use super::xlsx_table::{Wanted, XlsxTable, sheets};
use super::{COLUMNS_MAX, check_size, open_file, open_table};

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Text with separators.
    Csv,
    /// A workbook of Excel or WPS.
    Xlsx,
    /// Apache Parquet.
    Parquet,
}

/// What a negative quantity without a letter means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NegativeRows {
    /// Goods that left the stock.
    WriteOff,
    /// Goods that came back.
    Refund,
}

/// How a file is to be read: everything that was guessed and that its owner may set right. It is remembered by
/// [`Mapping::heading_key`], so that the same export is understood at once the next time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Orders or visits.
    pub kind: FileKind,
    /// The format.
    pub format: FileFormat,
    /// The encoding of a CSV: "UTF-8", "UTF-8 BOM", "GB18030" …
    pub encoding: Option<String>,
    /// The separator of a CSV.
    pub delimiter: Option<char>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The row of the headings as a person finds it; 0 in Parquet, which has none.
    pub heading_row: u64,
    /// The headings.
    pub headings: Vec<String>,
    /// Which column, counted from 0, holds which field.
    pub columns: Vec<(Field, usize)>,
    /// What comes first in a date of two small numbers.
    pub date_order: DateOrder,
    /// Whether the file itself proves that order. If not, ask.
    pub date_order_certain: bool,
    /// Whether prices are written "12,50".
    pub decimal_comma: bool,
    /// Whether "C1001" is a refund; not when most numbers of the file begin like that.
    pub letters_mark_refunds: bool,
    /// What quantities below nothing mean, where a person said it.
    #[serde(default)]
    pub negative_rows: Option<NegativeRows>,
}

impl Mapping {
    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.columns.iter().find(|(known, _)| *known == field).map(|(_, column)| *column)
    }

    /// Chooses a column for a field, or none.
    pub fn choose(&mut self, field: Field, column: Option<usize>) {
        self.columns.retain(|(known, _)| *known != field);
        self.columns.extend(column.map(|column| (field, column)));
    }

    /// The first field that is needed and has no column, or a column that does not exist.
    pub fn check(&self) -> Result<()> {
        for field in self.kind.fields() {
            match self.column(*field) {
                None if self.kind.requires(*field) => {
                    return Err(FileError::MissingColumn { field: *field });
                }
                Some(column) if column >= self.headings.len() => {
                    let columns = self.headings.len();
                    return Err(FileError::ColumnOutOfRange { field: *field, column: column + 1, columns });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What a mapping is remembered by: the headings, whatever their capitals, blanks and punctuation.
    pub fn heading_key(&self) -> String {
        self.headings.iter().map(|heading| normal_form(heading)).collect::<Vec<_>>().join("|")
    }

    /// Headings of columns that are read which stand over another column as well.
    pub fn doubled_headings(&self) -> Vec<&str> {
        let is_doubled = |column: usize| {
            let heading = self.headings.get(column).map(|heading| normal_form(heading)).filter(|heading| !heading.is_empty());
            heading.is_some_and(|heading| self.headings.iter().enumerate().any(|(other, text)| other != column && normal_form(text) == heading))
        };
        self.columns.iter().filter(|(_, column)| is_doubled(*column)).filter_map(|(_, column)| self.headings.get(*column).map(String::as_str)).collect()
    }

    /// Headings of columns that nothing is read from.
    pub fn unused_headings(&self) -> Vec<&str> {
        let is_used = |column: usize| self.columns.iter().any(|(_, used)| *used == column);
        self.headings.iter().enumerate().filter(|(column, text)| !is_used(*column) && !text.is_empty()).map(|(_, text)| text.as_str()).collect()
    }

    /// How cleansing is to take the letters before invoice numbers.
    pub fn invoice_marks(&self) -> InvoiceMarks {
        if self.letters_mark_refunds { InvoiceMarks::Letters } else { InvoiceMarks::None }
    }

    /// How cleansing is to take quantities below nothing; write-offs until somebody says otherwise.
    pub fn negatives(&self) -> Negatives {
        match self.negative_rows {
            Some(NegativeRows::Refund) => Negatives::Refund,
            Some(NegativeRows::WriteOff) | None => Negatives::WriteOff,
        }
    }

    /// For each field of the kind its column, in the order of [`FileKind::fields`].
    pub(super) fn places(&self) -> Vec<Option<usize>> {
        self.kind.fields().iter().map(|field| self.column(*field)).collect()
    }
}

/// What a first look finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Probe {
    /// The format.
    pub format: FileFormat,
    /// The encoding of a CSV.
    pub encoding: Option<String>,
    /// The headings.
    pub columns: Vec<String>,
    /// The first rows below the headings, as text.
    pub sample_rows: Vec<Vec<String>>,
    /// How many rows there are, about; exact for Parquet.
    pub row_count_estimate: u64,
    /// How the file would be read.
    pub mapping: Mapping,
}

/// Rows looked at to find the headings: exports of banks and platforms begin with a title and a period.
const HEADING_ROWS: usize = 20;

/// Rows shown to the owner.
const SAMPLE_ROWS: usize = 20;

/// Rows read to see what the numbers look like.
const LOOK_ROWS: u64 = 2_000;

/// Looks at a file and suggests how to read it.
pub fn probe(path: &Path, kind: FileKind) -> Result<Probe> {
    let bytes = check_size(path)?;
    let first_rows;
    let mut mapping = Mapping {
        kind,
        format: format_of(path)?,
        encoding: None,
        delimiter: None,
        sheet: None,
        heading_row: 0,
        headings: Vec::new(),
        columns: Vec::new(),
        date_order: DateOrder::default(),
        date_order_certain: true,
        decimal_comma: false,
        letters_mark_refunds: true,
        negative_rows: None,
    };
    let row_count_estimate;
    match mapping.format {
        FileFormat::Csv => {
            let encoding = TextEncoding::detect(&mut open_file(path)?).map_err(|source| FileError::Read { row: 0, source })?;
            let delimiter = sniff_delimiter(path, encoding)?;
            mapping.encoding = Some(encoding.name());
            mapping.delimiter = Some(char::from(delimiter));
            let (rows, estimate) = first_csv_rows(path, encoding, delimiter, bytes)?;
            (first_rows, row_count_estimate) = (take_headings(&mut mapping, rows)?, estimate);
        }
        FileFormat::Xlsx => {
            let (sheet, rows) = fullest_sheet(path)?;
            let table = XlsxTable::open(path, Some(sheet.clone()), Wanted::All(COLUMNS_MAX));
            mapping.sheet = Some(sheet);
            let first = first_table_rows(table, HEADING_ROWS + SAMPLE_ROWS)?;
            first_rows = take_headings(&mut mapping, first)?;
            row_count_estimate = rows.saturating_sub(mapping.heading_row);
        }
        FileFormat::Parquet => {
            (mapping.headings, row_count_estimate) = columns_and_rows(path)?;
            let all = (0..mapping.headings.len().min(COLUMNS_MAX)).map(Some).collect();
            first_rows = first_table_rows(ParquetTable::open(path, all, TimeZone::UTC)?, SAMPLE_ROWS)?;
            let (columns, _) = suggest(kind, &mapping.headings);
            mapping.columns = chosen(kind, &columns);
        }
    }
    if mapping.headings.len() > COLUMNS_MAX {
        return Err(FileError::TooLarge { what: "the number of columns", limit: COLUMNS_MAX.to_string() });
    }
    look_at_values(path, &mut mapping)?;
    Ok(Probe {
        format: mapping.format,
        encoding: mapping.encoding.clone(),
        columns: mapping.headings.clone(),
        sample_rows: first_rows.into_iter().map(|(_, row)| row).take(SAMPLE_ROWS).collect(),
        row_count_estimate,
        mapping,
    })
}

type TextRow = (u64, Vec<String>);

fn format_of(path: &Path) -> Result<FileFormat> {
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(512).read_to_end(&mut start)).map_err(|source| FileError::Open { source })?;
    let unknown = |found| Err(FileError::UnknownFormat { found });
    match start.as_slice() {
        [] => Err(FileError::Empty),
        [b'P', b'A', b'R', b'1', ..] => Ok(FileFormat::Parquet),
        [b'P', b'K', 3, 4, ..] => Ok(FileFormat::Xlsx),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => unknown("an old .xls workbook or one with a password"),
        [b'%', b'P', b'D', b'F', ..] => unknown("a PDF"),
        [0x1F, 0x8B, ..] => unknown("a gzip archive"),
        // UTF-16 has zeros, and a mark that says so; other texts have none.
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Ok(FileFormat::Csv),
        bytes if bytes.iter().any(|byte| is_of_no_text(*byte)) => unknown("binary data"),
        bytes if bytes.trim_ascii_start().starts_with(b"<") => unknown("a web page"),
        _ => Ok(FileFormat::Csv),
    }
}

/// Bytes that no exported text has, in UTF-8 and GB18030 alike: all controls but blanks, the form feed, and the end mark of old DOS programs.
const fn is_of_no_text(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0B | 0x0E..=0x19 | 0x1B..=0x1F | 0x7F)
}

fn first_csv_rows(path: &Path, encoding: TextEncoding, delimiter: u8, bytes: u64) -> Result<(Vec<TextRow>, u64)> {
    let mut table = CsvTable::open(path, encoding, delimiter, Vec::new(), 0)?;
    let mut rows: Vec<TextRow> = Vec::new();
    let (mut looked_at, mut text_bytes) = (0_u64, 0_u64);
    while looked_at < LOOK_ROWS {
        let Some((row, record)) = table.next_record()? else {
            return Ok((rows, looked_at.saturating_sub(1)));
        };
        looked_at += 1;
        text_bytes += record.as_slice().len() as u64 + record.len() as u64 + 1;
        if rows.len() < HEADING_ROWS + SAMPLE_ROWS {
            rows.push((row, record.iter().take(COLUMNS_MAX + 1).map(str::to_owned).collect()));
        }
    }
    Ok((rows, bytes.saturating_mul(looked_at) / text_bytes.max(1)))
}

fn first_table_rows(mut table: impl Table, count: usize) -> Result<Vec<TextRow>> {
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    while rows.len() < count {
        let Some(row) = table.next_row(&mut cells)? else {
            break;
        };
        rows.push((row, cells.drain(..).map(|cell| cell.into_text().unwrap_or_default()).collect()));
    }
    Ok(rows)
}

fn fullest_sheet(path: &Path) -> Result<(String, u64)> {
    let sheets = sheets(path)?;
    let rows = |sheet: &(String, Option<u64>)| sheet.1.unwrap_or(0);
    // The first of equals: `max_by_key` would take the last.
    sheets.into_iter().rev().max_by_key(rows).map(|(name, rows)| (name, rows.unwrap_or(0))).ok_or(FileError::Empty)
}

/// Finds the row that reads most like headings and gives back the rows below it.
fn take_headings(mapping: &mut Mapping, mut rows: Vec<TextRow>) -> Result<Vec<TextRow>> {
    let mut best: Option<(u32, usize, Vec<Option<usize>>)> = None;
    for (place, (_, row)) in rows.iter().enumerate().take(HEADING_ROWS) {
        let (columns, score) = suggest(mapping.kind, row);
        if best.as_ref().is_none_or(|(most, _, _)| score > *most) {
            best = Some((score, place, columns));
        }
    }
    let Some((_, place, columns)) = best else {
        return Err(FileError::Empty);
    };
    let below = rows.split_off(place + 1);
    let Some((row, headings)) = rows.pop() else {
        return Err(FileError::Empty);
    };
    mapping.heading_row = row;
    mapping.headings = headings.iter().map(|heading| heading.trim().trim_matches('\u{feff}').to_owned()).collect();
    mapping.columns = chosen(mapping.kind, &columns);
    Ok(below)
}

fn chosen(kind: FileKind, columns: &[Option<usize>]) -> Vec<(Field, usize)> {
    kind.fields().iter().zip(columns).filter_map(|(field, column)| column.map(|column| (*field, column))).collect()
}

/// Reads values to see how numbers and dates are written. The date column is read until one date decides the order, which is
/// nearly always at once; a file without such a date is read whole.
fn look_at_values(path: &Path, mapping: &mut Mapping) -> Result<()> {
    if mapping.check().is_err() {
        return Ok(());
    }
    let place = |field: Field| mapping.kind.fields().iter().position(|known| *known == field);
    let (at, price, invoice, quantity) = (place(Field::At), place(Field::Price), place(Field::Invoice), place(Field::Quantity));
    let mut table = open_table(path, mapping, &TimeZone::UTC)?;
    let mut cells = Vec::new();
    let mut evidence = OrderEvidence::default();
    let (mut points, mut commas, mut marked_sales, mut marked) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut looked_at, mut decided) = (0, false);
    while looked_at < LOOK_ROWS || (!decided && evidence != OrderEvidence::default()) {
        let Some(row) = table.next_row(&mut cells)? else {
            break;
        };
        if row <= mapping.heading_row {
            continue;
        }
        looked_at += 1;
        decided |= at.and_then(|at| cells.get(at)).is_some_and(|cell| evidence.take(cell));
        if let Some(Cell::Text(text)) = price.and_then(|price| cells.get(price)) {
            commas += u64::from(has_decimal_comma(text));
            points += u64::from(text.contains('.') && !has_decimal_comma(text) && !has_grouping_points(text));
        }
        let cell = |place: Option<usize>| place.and_then(|place| cells.get(place)).cloned().unwrap_or_default();
        if let Some(number) = cell(invoice).into_text().filter(|number| is_lettered(number)) {
            marked += u64::from(!number.is_empty());
            marked_sales += u64::from(cell(quantity).into_text().is_some_and(|quantity| is_above_nothing(&quantity)));
        }
    }
    (mapping.date_order, mapping.date_order_certain) = evidence.verdict();
    mapping.decimal_comma = commas > 0 && points == 0;
    mapping.letters_mark_refunds = marked_sales * 2 <= marked;
    Ok(())
}

/// "12,5" and "12,50" have a decimal comma; "1,234" may be a thousand.
fn has_decimal_comma(text: &str) -> bool {
    text.trim().rsplit_once(',').is_some_and(|(_, after)| (1..=2).contains(&after.len()) && after.bytes().all(|byte| byte.is_ascii_digit()))
}

/// "1.234" and "1.234.567" may be thousands where "12,50" has a comma; "0.125" may not.
pub(super) fn has_grouping_points(text: &str) -> bool {
    let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
    let mut groups = digits.split('.');
    let first = groups.next().unwrap_or_default();
    let is_first = (1..=3).contains(&first.len()) && !first.starts_with('0') && first.bytes().all(|byte| byte.is_ascii_digit());
    let mut rest = groups.peekable();
    is_first && rest.peek().is_some() && rest.all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Read as the lines are: "(1)" and "−1" are below nothing as "-1" is.
fn is_above_nothing(quantity: &str) -> bool {
    parse_milli(quantity).or_else(|_| parse_milli(&quantity.replace(',', "."))).is_ok_and(|milli| milli > 0)
}

/// Whether a number is C and digits.
pub(crate) fn is_lettered(number: &str) -> bool {
    let number = number.trim();
    let rest = number.strip_prefix(['C', 'c']);
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

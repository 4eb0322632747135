//! CSV: one row after the other, with a limit on how long a row may be.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use csv::StringRecord;
use domain::trade_file::{RejectReason, RowFault};

use super::encoding::{Decoded, TextEncoding};
use super::error::{FileError, Result};
use super::open_file;
use super::table::{Cell, Table, unwrapped};

/// The longest row. A quotation mark that is not closed would otherwise pull the rest of the file into memory as one cell.
pub(super) const ROW_BYTES_MAX: u64 = 1024 * 1024;

/// The buffer of the csv reader; it reads ahead by as much.
const BUFFER_BYTES: usize = 64 * 1024;

/// The separators that are tried, in order of preference.
pub(super) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

pub(super) struct CsvTable {
    rows: csv::Reader<Limited<Decoded<File>>>,
    record: StringRecord,
    columns: Vec<Option<usize>>,
    allowance: Arc<AtomicU64>,
    row: u64,
    delimiter: u8,
    /// How many headings there are; 0 where it is not known yet.
    width: usize,
    /// The same without those at the end that say nothing.
    named_width: usize,
    /// Whether the end of the file has been met. A row that its line end closes is read before that.
    ended: Arc<AtomicBool>,
}

impl CsvTable {
    /// Opens a file to read `columns` of its rows, which are held against a heading of `width` cells; 0 to look at it before the heading is known.
    pub(super) fn open(path: &Path, encoding: TextEncoding, delimiter: u8, columns: Vec<Option<usize>>, width: usize) -> Result<Self> {
        let file = open_file(path)?;
        let allowance = Arc::new(AtomicU64::new(0));
        let ended = Arc::new(AtomicBool::new(false));
        let limited = Limited { inner: Decoded::new(file, encoding), allowance: Arc::clone(&allowance), ended: Arc::clone(&ended) };
        let rows = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).buffer_capacity(BUFFER_BYTES).from_reader(limited);
        Ok(Self { rows, record: StringRecord::new(), columns, allowance, row: 0, delimiter, width, named_width: 0, ended })
    }

    /// Says what the headings are, so that rows that are too short for them are known.
    pub(super) fn with_headings(mut self, headings: &[String]) -> Self {
        self.named_width = headings.iter().rposition(|heading| !heading.trim().is_empty()).map_or(0, |last| last + 1);
        self
    }

    /// The next row with every column, as text; `None` at the end.
    pub(super) fn next_record(&mut self) -> Result<Option<(u64, &StringRecord)>> {
        self.allowance.store(ROW_BYTES_MAX + BUFFER_BYTES as u64, Ordering::Relaxed);
        match self.rows.read_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                // The line of the file where the row begins, as a person sees it; blank lines and breaks within quotes count.
                // A file that ends its lines with CR alone has no lines to count: then rows are counted.
                self.row = self.record.position().map_or(0, csv::Position::line).max(self.row + 1);
                Ok(Some((self.row, &self.record)))
            }
            Err(error) => Err(self.fault(error)),
        }
    }

    fn fault(&self, error: csv::Error) -> FileError {
        let row = self.row + 1;
        match error.into_kind() {
            csv::ErrorKind::Io(source) if source.kind() == std::io::ErrorKind::FileTooLarge => FileError::EndlessRow { row },
            csv::ErrorKind::Io(source) => FileError::Read { row, source },
            other => FileError::Damaged { row, detail: format!("{other:?}") },
        }
    }
}

impl Table for CsvTable {
    fn next_row(&mut self, cells: &mut Vec<Cell>) -> Result<Option<u64>> {
        let Some((row, _)) = self.next_record()? else {
            return Ok(None);
        };
        cells.clear();
        for column in &self.columns {
            let text = column.and_then(|column| self.record.get(column)).map(unwrapped);
            cells.push(match text {
                None | Some("") => Cell::Missing,
                Some(text) => Cell::Text(text.to_owned()),
            });
        }
        Ok(Some(row))
    }

    /// A row with a break within quotes is whole where it has as many cells as the heading and no cell holds as many separators as a row has. A
    /// quotation mark that was not closed draws in the rest of its row, rows after it, and the start of the one where the next mark stands: together
    /// as many separators as that, or the count of cells is wrong.
    fn fault(&self) -> Option<RowFault> {
        if self.width < 2 {
            return None;
        }
        let text = self.record.as_slice();
        let is_blank = |cell: Option<&str>| cell.is_none_or(|cell| cell.trim().is_empty());
        let too_many = (self.width..self.record.len()).any(|column| !is_blank(self.record.get(column)));
        let delimiter = char::from(self.delimiter);
        if text.contains(['\n', '\r']) {
            let draws_in = |cell: &str| cell.contains(['\n', '\r']) && cell.matches(delimiter).count() + 1 >= self.width;
            if too_many || self.record.len() < self.width || self.record.iter().any(draws_in) {
                let breaks = text.matches('\n').count().max(text.matches('\r').count()) as u64;
                return Some(RowFault { reason: RejectReason::UnclosedQuote, found: format!("{}–{}", self.row, self.row + breaks) });
            }
        }
        if self.is_short() && self.ended.load(Ordering::Relaxed) && text.contains(|c: char| !c.is_whitespace() && !c.is_control()) {
            return Some(RowFault { reason: RejectReason::CutOff, found: self.record.iter().next_back().unwrap_or_default().to_owned() });
        }
        let beyond = || self.record.iter().skip(self.width).collect::<Vec<_>>().join(&delimiter.to_string());
        too_many.then(|| RowFault { reason: RejectReason::TooManyCells, found: beyond() })
    }

    fn is_short(&self) -> bool {
        self.record.len() < self.named_width
    }
}

/// Lets only so many bytes through until the allowance is renewed.
struct Limited<R> {
    inner: R,
    allowance: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            self.ended.store(true, Ordering::Relaxed);
        }
        let left = self.allowance.load(Ordering::Relaxed);
        let Some(left) = left.checked_sub(read as u64) else {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        };
        self.allowance.store(left, Ordering::Relaxed);
        Ok(read)
    }
}

/// The separator under which the first rows have the most columns that most of them agree on.
pub(super) fn sniff_delimiter(path: &Path, encoding: TextEncoding) -> Result<u8> {
    const ROWS: usize = 50;
    let mut best = (0, 0, DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let mut table = CsvTable::open(path, encoding, delimiter, Vec::new(), 0)?;
        let mut widths = Vec::new();
        while widths.len() < ROWS {
            match table.next_record() {
                Ok(Some((_, record))) => widths.push(record.len()),
                // A wrong separator may make one endless row of everything.
                Ok(None) | Err(_) => break,
            }
        }
        let widest = widths.iter().copied().filter(|width| *width > 1).max_by_key(|width| (widths.iter().filter(|other| *other == width).count(), *width));
        let Some(width) = widest else { continue };
        let agreeing = widths.iter().filter(|other| **other == width).count();
        if (agreeing, width) > (best.0, best.1) {
            best = (agreeing, width, delimiter);
        }
    }
    Ok(best.2)
}

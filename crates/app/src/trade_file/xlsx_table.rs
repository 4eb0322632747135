//! XLSX: the first sheet with rows, cell by cell on a thread of its own.
//!
//! A sheet cannot be read in chunks from outside, since its reader borrows the workbook. So a thread owns both and hands over
//! batches of rows through a channel that holds two: the sheet is never in memory whole. What is in memory is the table of
//! shared texts, which is why the unpacked size of a workbook has a limit.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};

use jiff::Unit;
use jiff::civil::{Date, Time};

use super::error::{FileError, Result};
use super::open_file;
use super::table::{Cell, Table, unwrapped};

/// The largest text table, style table or other part that is held whole when unpacked.
pub const XLSX_PART_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// The largest sheet when unpacked. It goes by in pieces, so the limit is one of time: a full sheet of a million orders is about 500 MiB.
pub const XLSX_SHEET_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// How many times larger a part may be unpacked than packed. Real sheets reach about 20; 1,000 is a bomb.
pub const XLSX_RATIO_MAX: u64 = 200;

/// Parts too small to matter, whatever their ratio.
const SMALL_PART_BYTES: u64 = 1024 * 1024;

const BATCH_ROWS: usize = 512;

type Batch = Result<Vec<(u64, Vec<Cell>)>>;

pub(super) struct XlsxTable {
    batches: Option<Receiver<Batch>>,
    batch: std::vec::IntoIter<(u64, Vec<Cell>)>,
    thread: Option<JoinHandle<()>>,
    row: u64,
}

impl XlsxTable {
    /// Opens the sheet. With `columns` only those are handed over, each at its place; without, every column up to `width`.
    pub(super) fn open(path: &Path, sheet: Option<String>, columns: Wanted) -> Self {
        let path = path.to_owned();
        let (sender, batches) = sync_channel(2);
        let thread = std::thread::Builder::new().name("xlsx".to_owned()).spawn(move || {
            if let Err(error) = read_sheet(&path, sheet.as_deref(), &columns, &sender) {
                // The reader may have been dropped; then nobody wants to know.
                sender.send(Err(error)).ok();
            }
        });
        Self { batches: Some(batches), batch: Vec::new().into_iter(), thread: thread.ok(), row: 0 }
    }

    /// Why the thread ended without a word: it could not start, or the decoder panicked on a damaged file.
    fn ended(&mut self) -> Result<Option<u64>> {
        self.batches = None;
        let damaged = |detail: &str| Err(FileError::Damaged { row: self.row, detail: detail.to_owned() });
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(())) => Ok(None),
            Some(Err(_)) => damaged("the sheet cannot be decoded"),
            None => damaged("the reader of the sheet could not be started"),
        }
    }
}

impl Table for XlsxTable {
    fn next_row(&mut self, cells: &mut Vec<Cell>) -> Result<Option<u64>> {
        loop {
            if let Some((row, next)) = self.batch.next() {
                *cells = next;
                self.row = row;
                return Ok(Some(row));
            }
            let Some(batches) = &self.batches else {
                return Ok(None);
            };
            match batches.recv() {
                Ok(batch) => self.batch = batch?.into_iter(),
                Err(_) => return self.ended(),
            }
        }
    }
}

/// The columns to hand over.
pub(super) enum Wanted {
    /// These, each at its place.
    Columns(Vec<Option<usize>>),
    /// All of them, at most so many.
    All(usize),
}

impl Wanted {
    fn blank_row(&self) -> Vec<Cell> {
        match self {
            Self::Columns(columns) => vec![Cell::Missing; columns.len()],
            Self::All(_) => Vec::new(),
        }
    }

    fn put(&self, cells: &mut Vec<Cell>, column: usize, cell: Cell) {
        match self {
            Self::Columns(columns) => {
                for (place, wanted) in columns.iter().enumerate() {
                    if *wanted == Some(column) {
                        cells[place] = cell.clone();
                    }
                }
            }
            Self::All(width) if column < *width => {
                if cells.len() <= column {
                    cells.resize(column + 1, Cell::Missing);
                }
                cells[column] = cell;
            }
            Self::All(_) => {}
        }
    }
}

/// The names of the sheets and how many rows each says it has.
pub(super) fn sheets(path: &Path) -> Result<Vec<(String, Option<u64>)>> {
    guarded(|| {
        let mut book = open_book(path)?;
        let names = book.sheet_names();
        Ok(names
            .into_iter()
            .map(|name| {
                let rows = book.worksheet_cells_reader(&name).ok().map(|cells| u64::from(cells.dimensions().end.0) + 1);
                (name, rows)
            })
            .collect())
    })
}

/// Runs a decoder of outside data so that a panic in it is a damaged file and not the end of the program.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(FileError::Damaged { row: 0, detail: "it cannot be decoded".to_owned() }))
}

fn open_book(path: &Path) -> Result<Xlsx<BufReader<File>>> {
    check_parts(path)?;
    Xlsx::new(BufReader::new(open_file(path)?)).map_err(|error| damaged(0, &error))
}

fn damaged(row: u64, error: &dyn std::fmt::Display) -> FileError {
    FileError::Damaged { row, detail: error.to_string() }
}

/// Unpacks each part once, counting, before anything is kept: what a part says about its own size may be a lie.
fn check_parts(path: &Path) -> Result<()> {
    let mut archive = zip::ZipArchive::new(BufReader::new(open_file(path)?)).map_err(|error| damaged(0, &error))?;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| damaged(0, &error))?;
        let is_sheet = part.name().map_err(|error| damaged(0, &error))?.starts_with("xl/worksheets/");
        let limit = if is_sheet { XLSX_SHEET_BYTES_MAX } else { XLSX_PART_BYTES_MAX };
        let by_ratio = part.compressed_size().saturating_mul(XLSX_RATIO_MAX).max(SMALL_PART_BYTES);
        let allowed = limit.min(by_ratio);
        let unpacked = std::io::copy(&mut part.take(allowed + 1), &mut std::io::sink()).map_err(|source| FileError::Read { row: 0, source })?;
        if unpacked > allowed {
            let limit = format!("{} MiB", allowed / 1024 / 1024);
            return Err(FileError::TooLarge { what: "the unpacked workbook", limit });
        }
    }
    Ok(())
}

fn read_sheet(path: &Path, sheet: Option<&str>, columns: &Wanted, sender: &SyncSender<Batch>) -> Result<()> {
    let mut book = open_book(path)?;
    let name = match sheet {
        Some(name) => name.to_owned(),
        None => book.sheet_names().into_iter().next().ok_or(FileError::Empty)?,
    };
    let mut reader = book.worksheet_cells_reader(&name).map_err(|error| damaged(0, &error))?;
    let mut batch: BTreeMap<u64, Vec<Cell>> = BTreeMap::new();
    let mut row = 0;
    while let Some(cell) = reader.next_cell().map_err(|error| damaged(row, &error))? {
        let (at_row, column) = cell.get_position();
        let next = u64::from(at_row) + 1;
        if next != row && batch.len() >= BATCH_ROWS {
            let full = std::mem::take(&mut batch).into_iter().collect();
            if sender.send(Ok(full)).is_err() {
                return Ok(());
            }
        }
        row = next;
        let value = cell_of(cell.get_value());
        if value != Cell::Missing {
            columns.put(batch.entry(row).or_insert_with(|| columns.blank_row()), column as usize, value);
        }
    }
    sender.send(Ok(batch.into_iter().collect())).ok();
    Ok(())
}

fn cell_of(value: &DataRef<'_>) -> Cell {
    let text = |text: &str| match unwrapped(text) {
        "" => Cell::Missing,
        text => Cell::Text(text.to_owned()),
    };
    match value {
        DataRef::Int(whole) => Cell::Whole(*whole),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(string) => text(string),
        DataRef::SharedString(string) => text(string),
        DataRef::DateTime(serial) => moment_of(*serial),
        DataRef::DateTimeIso(string) | DataRef::DurationIso(string) => text(string),
        DataRef::Bool(flag) => Cell::Text(flag.to_string()),
        // "#N/A" and the like: there is no value.
        DataRef::Error(_) | DataRef::Empty => Cell::Missing,
    }
}

/// A date by the calendar of the workbook (1900 or 1904), to the second. What is less than a day is a time of day alone.
fn moment_of(serial: ExcelDateTime) -> Cell {
    let (year, month, day, hour, minute, second, milli) = serial.to_ymd_hms_milli();
    let small = |number: u8| i8::try_from(number).unwrap_or(-1);
    let at = (serial.as_f64() >= 1.0).then(|| {
        let date = Date::new(i16::try_from(year).ok()?, small(month), small(day)).ok()?;
        let time = Time::new(small(hour), small(minute), small(second), i32::from(milli) * 1_000_000).ok()?;
        date.to_datetime(time).round(Unit::Second).ok()
    });
    at.flatten().map_or(Cell::Number(serial.as_f64()), Cell::Moment)
}

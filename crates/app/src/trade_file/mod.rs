//! Files of past trade: what is in them, row after row.
//!
//! Held here: the first look at a file ([`probe`]), the readers of CSV, XLSX and Parquet behind [`LineReader`] and [`VisitReader`], how
//! a heading, an encoding and a date are understood. All of it reads files and nothing else.
//!
//! Deliberately not here: what a row means (`domain::trade_file`), what is written to the store and how an import is resumed
//! or undone (the use case). Reading blocks: call it from a thread made for that.
//!
//! Memory does not grow with the file: CSV goes by row, Parquet by batches of its pages, XLSX by row through a channel, with only its
//! table of shared texts in memory. To add a format: a body of `Table`, a variant of [`FileFormat`], an arm in `open_table`.

mod csv_table;
mod encoding;
mod error;
mod field;
mod lines;
mod moment;
mod parquet_table;
mod probe;
mod table;
#[cfg(test)]
mod tests;
mod xlsx_table;

use std::fs::File;
use std::path::Path;

use domain::trade_file::LastRows;
use jiff::tz::TimeZone;

pub use error::{FileError, Result};
pub use field::{Field, FileKind};
pub use lines::{LineReader, VisitReader};
pub use moment::DateOrder;
pub use parquet_table::PARQUET_COLUMN_BYTES_MAX;
pub(crate) use probe::is_lettered;
pub use probe::{FileFormat, Mapping, NegativeRows, Probe, probe};
pub use xlsx_table::{XLSX_PART_BYTES_MAX, XLSX_RATIO_MAX, XLSX_SHEET_BYTES_MAX};

use csv_table::CsvTable;
use encoding::TextEncoding;
use parquet_table::ParquetTable;
use table::Table;
use xlsx_table::{Wanted, XlsxTable};

/// The largest file: ten years of a shop with ten thousand lines a day are below it, and whoever has more exports by year.
pub const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// The most columns. The widest exports of the platforms have about 70.
pub const COLUMNS_MAX: usize = 256;

/// Opens a file of orders, read as its own first look suggests. Fails when a needed column is not recognised: then
/// [`probe`], let a person choose, and [`open_lines`].
pub fn open(path: &Path, zone: &TimeZone) -> Result<Box<dyn LineReader>> {
    let probe = probe(path, FileKind::Orders)?;
    open_lines(path, &probe.mapping, zone)
}

/// Opens a file of orders. `zone` is the shop's, for files whose times are instants.
pub fn open_lines(path: &Path, mapping: &Mapping, zone: &TimeZone) -> Result<Box<dyn LineReader>> {
    Ok(Box::new(lines::Rows::open(path, mapping, zone)?))
}

/// Looks once at the order numbers of a file: where each invoice ends. `goes_on` is asked now and then and answers `false` to stop; then there is no answer.
pub fn last_rows(path: &Path, mapping: &Mapping, zone: &TimeZone, goes_on: &dyn Fn() -> bool) -> Result<Option<LastRows>> {
    lines::last_rows(path, mapping, zone, goes_on)
}

/// Opens a file of visits.
pub fn open_visits(path: &Path, mapping: &Mapping, zone: &TimeZone) -> Result<Box<dyn VisitReader>> {
    Ok(Box::new(lines::Rows::open(path, mapping, zone)?))
}

fn open_file(path: &Path) -> Result<File> {
    File::open(path).map_err(|source| FileError::Open { source })
}

/// The size of the file, when it is one and not too large.
fn check_size(path: &Path) -> Result<u64> {
    let metadata = std::fs::metadata(path).map_err(|source| FileError::Open { source })?;
    if metadata.is_dir() {
        return Err(FileError::UnknownFormat { found: "a folder" });
    }
    if metadata.len() > FILE_BYTES_MAX {
        return Err(FileError::TooLarge { what: "the file", limit: "2 GiB".to_owned() });
    }
    Ok(metadata.len())
}

/// The table of a file with one cell a row for each field of the mapping's kind.
fn open_table(path: &Path, mapping: &Mapping, zone: &TimeZone) -> Result<Box<dyn Table>> {
    open_columns(path, mapping, mapping.places(), zone)
}

fn open_columns(path: &Path, mapping: &Mapping, places: Vec<Option<usize>>, zone: &TimeZone) -> Result<Box<dyn Table>> {
    check_size(path)?;
    mapping.check()?;
    Ok(match mapping.format {
        FileFormat::Csv => {
            let name = mapping.encoding.as_deref().unwrap_or("UTF-8");
            let utf_8 = TextEncoding { encoding: encoding_rs::UTF_8, has_mark: false };
            let encoding = TextEncoding::from_name(name).unwrap_or(utf_8);
            let delimiter = mapping.delimiter.and_then(|delimiter| u8::try_from(delimiter).ok()).unwrap_or(b',');
            Box::new(CsvTable::open(path, encoding, delimiter, places, mapping.headings.len())?.with_headings(&mapping.headings))
        }
        FileFormat::Xlsx => Box::new(XlsxTable::open(path, mapping.sheet.clone(), Wanted::Columns(places))),
        FileFormat::Parquet => Box::new(ParquetTable::open(path, places, zone.clone())?),
    })
}

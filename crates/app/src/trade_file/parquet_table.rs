//! Parquet: the columns asked for, a batch at a time, through the plain column readers.

use std::fs::File;
use std::path::Path;

use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::error::{FileError, Result};
use super::open_file;
use super::table::{Cell, Table};
use super::xlsx_table::guarded;

/// Rows decoded at a time: large enough that the cost of a batch does not show, small beside the pages of the file.
const BATCH_ROWS: usize = 4_096;

/// The largest column of one row group when unpacked. A page of it is held whole, and a page may be as large as its column.
pub const PARQUET_COLUMN_BYTES_MAX: i64 = 1024 * 1024 * 1024;

pub(super) struct ParquetTable {
    file: SerializedFileReader<File>,
    columns: Vec<Option<usize>>,
    zone: TimeZone,
    next_group: usize,
    /// For each column asked for, its reader in the current row group.
    readers: Vec<Option<(ColumnReader, Reading)>>,
    group_rows_left: usize,
    batch: Vec<Vec<Cell>>,
    batch_rows: usize,
    at: usize,
    row: u64,
}

/// How the values of a column become cells.
#[derive(Clone)]
enum Reading {
    Plain,
    /// A decimal with so many digits after the point.
    Decimal(u32),
    /// A time in units of so many a second; true when it is an instant and not a local time.
    Time(i64, bool),
    /// Days since 1970.
    Days,
}

impl ParquetTable {
    pub(super) fn open(path: &Path, columns: Vec<Option<usize>>, zone: TimeZone) -> Result<Self> {
        let file = open_parquet(path)?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        for column in columns.iter().flatten() {
            let column = schema.column(*column);
            if column.max_rep_level() > 0 || column.path().parts().len() > 1 {
                return Err(FileError::ColumnType { column: column.path().string(), found: "lists or groups".to_owned() });
            }
        }
        let width = columns.len();
        Ok(Self { file, columns, zone, next_group: 0, readers: Vec::new(), group_rows_left: 0, batch: vec![Vec::new(); width], batch_rows: 0, at: 0, row: 0 })
    }

    /// Loads the next batch; false at the end of the file.
    fn load(&mut self) -> Result<bool> {
        while self.group_rows_left == 0 {
            if self.next_group >= self.file.num_row_groups() {
                return Ok(false);
            }
            self.open_group()?;
        }
        let rows = self.group_rows_left.min(BATCH_ROWS);
        for (reader, cells) in self.readers.iter_mut().zip(&mut self.batch) {
            cells.clear();
            match reader {
                Some((reader, reading)) => read_cells(reader, reading, rows, &self.zone, cells)?,
                None => cells.resize(rows, Cell::Missing),
            }
            if cells.len() != rows {
                return Err(FileError::Damaged { row: self.row, detail: "a column ends before the others".to_owned() });
            }
        }
        self.group_rows_left -= rows;
        self.batch_rows = rows;
        self.at = 0;
        Ok(true)
    }

    fn open_group(&mut self) -> Result<()> {
        let group = self.file.get_row_group(self.next_group).map_err(damaged)?;
        let metadata = group.metadata();
        let mut readers = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let Some(column) = *column else {
                readers.push(None);
                continue;
            };
            if metadata.column(column).uncompressed_size() > PARQUET_COLUMN_BYTES_MAX {
                return Err(FileError::TooLarge { what: "a column of the Parquet file", limit: "1 GiB".to_owned() });
            }
            let packed = metadata.column(column).compression();
            if !matches!(packed, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) | Compression::ZSTD(_)) {
                let name = metadata.column(column).column_path().string();
                return Err(FileError::ColumnType { column: name, found: format!("values packed by {packed}; save the file with Snappy, Gzip or Zstandard") });
            }
            let reading = reading_of(metadata.schema_descr().column(column).as_ref())?;
            readers.push(Some((group.get_column_reader(column).map_err(damaged)?, reading)));
        }
        self.group_rows_left = usize::try_from(metadata.num_rows()).unwrap_or(0);
        self.readers = readers;
        self.next_group += 1;
        Ok(())
    }
}

impl Table for ParquetTable {
    fn next_row(&mut self, cells: &mut Vec<Cell>) -> Result<Option<u64>> {
        if self.at == self.batch_rows && !guarded(|| self.load())? {
            return Ok(None);
        }
        cells.clear();
        cells.extend(self.batch.iter_mut().map(|column| std::mem::take(&mut column[self.at])));
        self.at += 1;
        self.row += 1;
        Ok(Some(self.row))
    }
}

/// The names of the columns and the number of rows.
pub(super) fn columns_and_rows(path: &Path) -> Result<(Vec<String>, u64)> {
    guarded(|| {
        let file = open_parquet(path)?;
        let metadata = file.metadata().file_metadata();
        let names = metadata.schema_descr().columns().iter().map(|column| column.path().string()).collect();
        Ok((names, u64::try_from(metadata.num_rows()).unwrap_or(0)))
    })
}

fn open_parquet(path: &Path) -> Result<SerializedFileReader<File>> {
    SerializedFileReader::new(open_file(path)?).map_err(damaged)
}

fn damaged(error: ParquetError) -> FileError {
    FileError::Damaged { row: 0, detail: error.to_string() }
}

fn reading_of(column: &ColumnDescriptor) -> Result<Reading> {
    let per_second = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    };
    let unsupported = |found: &str| Err(FileError::ColumnType { column: column.name().to_owned(), found: found.to_owned() });
    let scale = |scale: i32| u32::try_from(scale).ok().filter(|scale| *scale <= 18);
    Ok(match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Timestamp(time)), _) => Reading::Time(per_second(&time.unit), time.is_adjusted_to_u_t_c),
        (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => Reading::Days,
        (Some(LogicalType::Decimal(decimal)), _) => match scale(decimal.scale) {
            Some(scale) => Reading::Decimal(scale),
            None => return unsupported("decimals with more than 18 places"),
        },
        (None, ConvertedType::TIMESTAMP_MILLIS) => Reading::Time(1_000, true),
        (None, ConvertedType::TIMESTAMP_MICROS) => Reading::Time(1_000_000, true),
        (None, ConvertedType::DECIMAL) => match scale(column.type_scale()) {
            Some(scale) => Reading::Decimal(scale),
            None => return unsupported("decimals with more than 18 places"),
        },
        _ => Reading::Plain,
    })
}

fn read_cells(reader: &mut ColumnReader, reading: &Reading, rows: usize, zone: &TimeZone, cells: &mut Vec<Cell>) -> Result<()> {
    match reader {
        ColumnReader::BoolColumnReader(reader) => read(reader, rows, cells, |flag: bool| Cell::Text(flag.to_string())),
        ColumnReader::Int32ColumnReader(reader) => read(reader, rows, cells, |whole: i32| whole_cell(i64::from(whole), reading, zone)),
        ColumnReader::Int64ColumnReader(reader) => read(reader, rows, cells, |whole: i64| whole_cell(whole, reading, zone)),
        ColumnReader::Int96ColumnReader(reader) => {
            read(reader, rows, cells, |at: Int96| instant(at.to_nanos(), 1_000_000_000).map_or(Cell::Missing, Cell::Moment))
        }
        // Through its own text, so that 6.95 as a float is not 6.949999809.
        ColumnReader::FloatColumnReader(reader) => {
            read(reader, rows, cells, |number: f32| if number.is_nan() { Cell::Missing } else { Cell::Text(number.to_string()) })
        }
        ColumnReader::DoubleColumnReader(reader) => read(reader, rows, cells, |number: f64| if number.is_nan() { Cell::Missing } else { Cell::Number(number) }),
        ColumnReader::ByteArrayColumnReader(reader) => read(reader, rows, cells, |bytes: ByteArray| bytes_cell(bytes.data(), reading)),
        ColumnReader::FixedLenByteArrayColumnReader(reader) => read(reader, rows, cells, |bytes: FixedLenByteArray| bytes_cell(bytes.data(), reading)),
    }
}

/// Reads values and puts a missing cell where the column has a gap.
fn read<T: DataType>(reader: &mut ColumnReaderImpl<T>, rows: usize, cells: &mut Vec<Cell>, cell: impl Fn(T::T) -> Cell) -> Result<()> {
    let mut levels = Vec::with_capacity(rows);
    let mut values = Vec::with_capacity(rows);
    let (records, _, _) = reader.read_records(rows, Some(&mut levels), None, &mut values).map_err(damaged)?;
    let mut values = values.into_iter();
    if levels.is_empty() {
        cells.extend(values.map(cell));
        return Ok(());
    }
    // Columns are flat, so the highest level is 1: present.
    for level in levels.into_iter().take(records) {
        cells.push(if level > 0 { values.next().map_or(Cell::Missing, &cell) } else { Cell::Missing });
    }
    Ok(())
}

fn whole_cell(whole: i64, reading: &Reading, zone: &TimeZone) -> Cell {
    match reading {
        Reading::Plain => Cell::Whole(whole),
        Reading::Decimal(scale) => Cell::Text(decimal_text(i128::from(whole), *scale)),
        Reading::Days => whole.checked_mul(86_400).and_then(|seconds| instant(seconds, 1)).map_or(Cell::Missing, Cell::Moment),
        Reading::Time(per_second, is_instant) => {
            let Some(at) = instant(whole, *per_second) else {
                return Cell::Missing;
            };
            if !is_instant {
                return Cell::Moment(at);
            }
            let timestamp = jiff::tz::Offset::UTC.to_timestamp(at);
            timestamp.map_or(Cell::Missing, |timestamp| Cell::Moment(zone.to_datetime(timestamp)))
        }
    }
}

/// The civil time so many units after 1970.
fn instant(units: i64, per_second: i64) -> Option<DateTime> {
    let nanos = i32::try_from(units.rem_euclid(per_second) * (1_000_000_000 / per_second)).ok()?;
    let since = jiff::SignedDuration::new(units.div_euclid(per_second), nanos);
    date(1970, 1, 1).to_datetime(jiff::civil::Time::midnight()).checked_add(since).ok()
}

fn bytes_cell(bytes: &[u8], reading: &Reading) -> Cell {
    match reading {
        // A decimal is a big-endian number of any length; more than 16 bytes do not fit a price anyway.
        Reading::Decimal(scale) if (1..=16).contains(&bytes.len()) => {
            let sign = if bytes[0] & 0x80 == 0 { 0 } else { 0xFF };
            let mut wide = [sign; 16];
            wide[16 - bytes.len()..].copy_from_slice(bytes);
            Cell::Text(decimal_text(i128::from_be_bytes(wide), *scale))
        }
        _ if bytes.is_empty() => Cell::Missing,
        _ => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn decimal_text(unscaled: i128, scale: u32) -> String {
    let divisor = 10_u128.pow(scale);
    let sign = if unscaled < 0 { "-" } else { "" };
    let (whole, fraction) = (unscaled.unsigned_abs() / divisor, unscaled.unsigned_abs() % divisor);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction:0width$}", width = scale as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_cells() {
        let utc = TimeZone::UTC;
        let moment = |text: &str| Cell::Moment(text.parse().unwrap_or_default());
        assert_eq!(whole_cell(695, &Reading::Decimal(2), &utc), Cell::Text("6.95".into()));
        assert_eq!(whole_cell(-5, &Reading::Decimal(2), &utc), Cell::Text("-0.05".into()));
        assert_eq!(whole_cell(14_944, &Reading::Days, &utc), moment("2010-12-01T00:00:00"));
        assert_eq!(whole_cell(1_291_191_960_000, &Reading::Time(1_000, false), &utc), moment("2010-12-01T08:26:00"));
        assert_eq!(bytes_cell(&[0xFF, 0x38], &Reading::Decimal(2)), Cell::Text("-2.00".into()));
        assert_eq!(bytes_cell("灯".as_bytes(), &Reading::Plain), Cell::Text("灯".into()));
    }
}

//! What can be wrong with a file as a whole. A single bad row is no error: it is rejected and the rest is read.

/// Why a file cannot be read, with what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file is not there, or this user may not read it.
    #[error("the file cannot be opened ({source}): check that it is still there and that no other program holds it")]
    Open {
        /// What the system says.
        source: std::io::Error,
    },
    /// Reading stopped in the middle.
    #[error("reading stopped near row {row} ({source}): copy the file to this computer and try again")]
    Read {
        /// The last row that was read.
        row: u64,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("the file is empty: choose the file that the other program exported")]
    Empty,
    /// Headings and no row below them.
    #[error("the file has headings and no rows below them: choose the file that the other program exported, or export it again")]
    NoRows,
    /// Larger than a limit.
    #[error("{what} is larger than {limit}: export the trade in parts, for example one file a year")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit, readable.
        limit: String,
    },
    /// None of the formats.
    #[error("this is no CSV, XLSX or Parquet file ({found}): save it as CSV or XLSX and try again")]
    UnknownFormat {
        /// What it looks like.
        found: &'static str,
    },
    /// The format is right and the content is damaged.
    #[error("the file is damaged near row {row} ({detail}): export it once more")]
    Damaged {
        /// The last row that was read; 0 when not even the first.
        row: u64,
        /// What the decoder says.
        detail: String,
    },
    /// A row of a CSV does not end.
    #[error("row {row} does not end: a quotation mark before it is not closed; close it, or save the file as XLSX")]
    EndlessRow {
        /// The row that was begun.
        row: u64,
    },
    /// The lines of many invoices lie far apart.
    #[error("the lines of order {invoice} lie far apart (row {row}), as those of many orders before: sort the file by order number and try again")]
    Scattered {
        /// Where the last of them was met.
        row: u64,
        /// The invoice.
        invoice: String,
    },
    /// A column that is needed has no counterpart in the file.
    #[error("no column of the file holds the {field}: choose it by hand")]
    MissingColumn {
        /// The field, see [`Field::key`](super::Field::key).
        field: super::Field,
    },
    /// A mapping names a column that this file does not have.
    #[error("the file has {columns} columns and column {column} was chosen for the {field}: choose the columns again")]
    ColumnOutOfRange {
        /// The field.
        field: super::Field,
        /// The column chosen, counted from 1.
        column: usize,
        /// How many there are.
        columns: usize,
    },
    /// A column holds lists or structures.
    #[error("column “{column}” holds {found}, not plain values: export it as text or numbers")]
    ColumnType {
        /// The heading.
        column: String,
        /// What it holds.
        found: String,
    },
}

/// The result of reading.
pub type Result<T> = std::result::Result<T, FileError>;

impl FileError {
    /// The name under which the error is known at the wire.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Open { .. } => "file_open",
            Self::Read { .. } => "file_read",
            Self::Empty => "file_empty",
            Self::NoRows => "file_no_rows",
            Self::TooLarge { .. } => "file_too_large",
            Self::UnknownFormat { .. } => "file_unknown_format",
            Self::Damaged { .. } => "file_damaged",
            Self::EndlessRow { .. } => "file_endless_row",
            Self::Scattered { .. } => "file_scattered",
            Self::MissingColumn { .. } => "file_missing_column",
            Self::ColumnOutOfRange { .. } => "file_column_out_of_range",
            Self::ColumnType { .. } => "file_column_type",
        }
    }
}

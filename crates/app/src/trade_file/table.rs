//! What the three formats have in common: a table that goes by row after row, in cells.

use domain::trade_file::RowFault;
use jiff::civil::DateTime;

use super::error::Result;

/// One value of a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Cell {
    /// Nothing.
    #[default]
    Missing,
    /// Text as it stands.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number that the file stores as a double. It leaves here only as its shortest decimal text, or as a serial date.
    Number(f64),
    /// A local time.
    Moment(DateTime),
}

/// Rows of cells, in the order of the columns that were asked for when the table was opened.
pub(super) trait Table: Send {
    /// Fills `cells` with the next row, one for each column asked for, and gives the row's number as a person finds it;
    /// `None` at the end.
    fn next_row(&mut self, cells: &mut Vec<Cell>) -> Result<Option<u64>>;

    /// Why the row that was just read could not be cut into columns. Only text can be cut wrongly.
    fn fault(&self) -> Option<RowFault> {
        None
    }

    /// Whether the row that was just read has fewer cells than the heading. Only text has rows of different lengths.
    fn is_short(&self) -> bool {
        false
    }
}

impl Cell {
    /// Whether there is nothing to read.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// The cell as text, `None` when there is nothing in it.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Missing => None,
            Self::Text(text) => Some(text),
            Self::Whole(whole) => Some(whole.to_string()),
            Self::Number(number) => Some(number_text(number)),
            Self::Moment(at) => Some(at.to_string()),
        }
    }
}

/// The shortest decimal text that reads back as the same double. It never uses an exponent, except where a double no longer
/// tells whole numbers apart: there the digits are lost and the text says so, like a spreadsheet does, and the row is
/// rejected instead of going on with a wrong number.
fn number_text(number: f64) -> String {
    const EXACT_MAX: f64 = 1e15;
    if number.is_finite() && number.abs() >= EXACT_MAX {
        return format!("{number:e}").replacen('e', "E+", 1);
    }
    format!("{number}")
}

/// A text cell without what other programs put around numbers to keep a spreadsheet from changing them: `="0012"`, a leading
/// apostrophe or tab.
pub(super) fn unwrapped(text: &str) -> &str {
    let trimmed = text.trim_matches(['\t', ' ', '\u{feff}']);
    let inner = trimmed.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_else(|| trimmed.strip_prefix('\'').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_leave_as_decimals() {
        for (number, expect) in [
            (6.95, "6.95"),
            (0.001, "0.001"),
            (-53594.36, "-53594.36"),
            (489434.0, "489434"),
            (0.1 + 0.2, "0.30000000000000004"),
            (692_017_000_000_000_000.0, "6.92017E+17"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number_text(number), expect);
        }
    }

    #[test]
    fn wrappers_come_off() {
        for (text, expect) in [("=\"0012\"", "0012"), ("'0012", "0012"), ("\t\"x\"", "\t\"x\""), (" WHITE CHERRY ", " WHITE CHERRY "), ("", "")] {
            assert_eq!(unwrapped(text), expect);
        }
    }
}

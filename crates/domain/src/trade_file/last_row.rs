//! Where each invoice of a file ends, so that whoever reads the file knows when one is whole.
//!
//! Invoices come in one piece in nearly every file, but not in all: exports are sorted by product or by customer too. The numbers are therefore
//! looked at once before the file is read; 16 bytes are held for each invoice.

use super::keys::{KeyMap, Keys};
use super::line::{InvoiceMarks, invoice_number};

/// The last row of each invoice.
#[derive(Debug, Default)]
pub struct LastRows {
    keys: Keys,
    last: KeyMap<u64>,
    rows: u64,
}

impl LastRows {
    /// Takes a row into account, by the text of its column of order numbers. Rows come in the order of the file.
    pub fn see(&mut self, row: u64, invoice: &str, marks: InvoiceMarks) {
        self.rows += 1;
        if let Ok((number, _)) = invoice_number(invoice, row, marks) {
            self.last.insert(self.keys.of(number.as_str()), row);
        }
    }

    /// The last row of an invoice, by its number as a [`TradeLine`](super::TradeLine) has it; `None` where none was seen.
    pub fn of(&self, invoice: &str) -> Option<u64> {
        self.last.get(&self.keys.of(invoice)).copied()
    }

    /// How many rows were seen.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_ends_where_its_number_stands_last_however_it_is_written() {
        let mut last = LastRows::default();
        for (row, invoice) in [(2, "1001"), (3, "c7"), (4, " 1001.0 "), (5, ""), (6, "1002"), (7, "C7")] {
            last.see(row, invoice, InvoiceMarks::Letters);
        }
        assert_eq!((last.of("1001"), last.of("1002"), last.of("C7"), last.of("9")), (Some(4), Some(6), Some(7), None));
        assert_eq!(last.rows(), 6);
    }
}

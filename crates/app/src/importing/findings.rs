//! The rows of a file that its owner should look at: those that were left out, and those that were taken with something to know.

use crate::wire::ImportFinding;
use domain::trade_file::RejectedRow;
use std::collections::HashMap;

/// Rows left out that are listed; all are counted.
pub(super) const REJECTED_LISTED_MAX: usize = 1_000;
/// Warnings of one kind that are listed, so that a column of hidden phones does not stand before a row that was left out.
pub(super) const WARNINGS_LISTED_MAX: usize = 50;

/// What is listed of a file.
#[derive(Default)]
pub(super) struct Findings {
    listed: Vec<ImportFinding>,
    rejected: usize,
    warned: HashMap<String, usize>,
}

impl Findings {
    /// Lists a row that was left out.
    pub(super) fn reject(&mut self, rejected: &RejectedRow) {
        if self.rejected < REJECTED_LISTED_MAX {
            self.rejected += 1;
            self.list(rejected.row, rejected.reason.key(), &rejected.reason.remedy_key(), &rejected.found);
        }
    }

    /// Lists something to know about a row that was taken, or about the file.
    pub(super) fn warn(&mut self, row: u64, reason: &str, remedy: &str, value: &str) {
        let listed = self.warned.entry(reason.to_owned()).or_default();
        if *listed < WARNINGS_LISTED_MAX {
            *listed += 1;
            self.list(row, reason, remedy, value);
        }
    }

    fn list(&mut self, row: u64, reason: &str, remedy: &str, value: &str) {
        let row = i64::try_from(row).unwrap_or(i64::MAX);
        self.listed.push(ImportFinding { row, reason: reason.to_owned(), remedy: remedy.to_owned(), value: value.to_owned() });
    }

    /// All of them by the rows of the file.
    pub(super) fn in_order(&self) -> Vec<ImportFinding> {
        let mut listed = self.listed.clone();
        listed.sort_by_key(|finding| finding.row);
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::trade_file::RejectReason;

    #[test]
    fn warnings_do_not_crowd_out_what_was_left_out() {
        let mut findings = Findings::default();
        for row in 0..5_000 {
            findings.warn(row, "unreadable_phone", "kept", "1");
        }
        findings.reject(&RejectedRow { row: 7, reason: RejectReason::ZeroQuantity, found: "0".into() });
        for row in 5_001..9_000 {
            findings.reject(&RejectedRow { row, reason: RejectReason::MissingCode, found: String::new() });
        }
        let listed = findings.in_order();
        assert_eq!(listed.len(), WARNINGS_LISTED_MAX + REJECTED_LISTED_MAX);
        assert_eq!(listed.iter().filter(|finding| finding.row == 7).count(), 2);
        assert!(listed.is_sorted_by_key(|finding| finding.row));
    }
}

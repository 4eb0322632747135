//! Which occurrence of its content a line is within its invoice.
//!
//! Invoices come in one piece in nearly every file, but not in all: in two years of the real trade two invoices have a line
//! of another between theirs. So the lines of the latest invoices are held, and of those before only the number of the invoice is remembered
//! (8 bytes). When an old one comes back, the caller asks its store how many lines of it are there and says so by
//! [`Occurrences::recall`]; nothing is guessed.

use std::collections::VecDeque;

use super::identity::Content;
use super::keys::{KeyMap, KeySet, Keys};

/// Lines whose content is held: about 12 MB, and far more than any file has between two lines of one invoice.
pub const OCCURRENCE_LINES_MAX: usize = 200_000;

/// Counts occurrences while a file goes by.
#[derive(Debug)]
pub struct Occurrences {
    keys: Keys,
    counts: KeyMap<u32>,
    held: KeyMap<Vec<u64>>,
    order: VecDeque<u64>,
    closed: KeySet,
    held_lines_max: usize,
}

impl Default for Occurrences {
    fn default() -> Self {
        Self::with_limit(OCCURRENCE_LINES_MAX)
    }
}

impl Occurrences {
    /// Holds about so many lines; the invoice that is going by is always held whole.
    pub fn with_limit(held_lines_max: usize) -> Self {
        Self { keys: Keys::default(), counts: KeyMap::default(), held: KeyMap::default(), order: VecDeque::new(), closed: KeySet::default(), held_lines_max }
    }

    /// Whether lines of this invoice went by so long ago that they are no longer held: then call
    /// [`Self::recall`] before [`Self::number`].
    pub fn needs_recall(&self, invoice: &str) -> bool {
        let key = self.keys.of(invoice);
        self.closed.contains(&key) && !self.held.contains_key(&key)
    }

    /// Tells how often each content of an invoice has occurred so far in this file.
    pub fn recall<'a>(&mut self, invoice: &str, counts: impl IntoIterator<Item = (&'a Content, u32)>) {
        let invoice = self.keys.of(invoice);
        self.hold(invoice);
        for (content, count) in counts {
            let line = self.keys.of(&(invoice, content));
            if self.counts.insert(line, count).is_none() {
                self.held.entry(invoice).or_default().push(line);
            }
        }
    }

    /// The occurrence, counted from 1, of the next line of the file. From 2 on the line repeats another of its invoice.
    pub fn number(&mut self, invoice: &str, content: &Content) -> u32 {
        let invoice = self.keys.of(invoice);
        let line = self.keys.of(&(invoice, content));
        self.hold(invoice);
        let count = self.counts.entry(line).or_insert(0);
        *count += 1;
        if *count == 1 {
            self.held.entry(invoice).or_default().push(line);
        }
        *count
    }

    /// Begins to hold an invoice and lets the oldest go when there are too many lines.
    fn hold(&mut self, invoice: u64) {
        if self.held.contains_key(&invoice) {
            return;
        }
        self.held.insert(invoice, Vec::new());
        self.order.push_back(invoice);
        while self.counts.len() > self.held_lines_max && self.order.len() > 1 {
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            for line in self.held.remove(&oldest).unwrap_or_default() {
                self.counts.remove(&line);
            }
            self.closed.insert(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_lines_are_numbered_also_when_not_adjacent() {
        let mut occurrences = Occurrences::default();
        let (a, b) = ([1; 32], [2; 32]);
        assert_eq!(occurrences.number("1", &a), 1);
        assert_eq!(occurrences.number("1", &b), 1);
        assert_eq!(occurrences.number("2", &a), 1);
        assert_eq!(occurrences.number("1", &a), 2);
        assert_eq!(occurrences.number("1", &a), 3);
    }

    #[test]
    fn an_invoice_that_was_let_go_is_asked_for() {
        let mut occurrences = Occurrences::with_limit(2);
        let (a, b) = ([1; 32], [2; 32]);
        occurrences.number("1", &a);
        occurrences.number("1", &b);
        for invoice in ["2", "3", "4"] {
            occurrences.number(invoice, &a);
        }
        assert!(occurrences.needs_recall("1"));
        assert!(!occurrences.needs_recall("4"));
        assert!(!occurrences.needs_recall("never seen"));
        occurrences.recall("1", [(&a, 1), (&b, 1)]);
        assert!(!occurrences.needs_recall("1"));
        assert_eq!(occurrences.number("1", &a), 2);
        assert_eq!(occurrences.number("1", &b), 2);
    }
}

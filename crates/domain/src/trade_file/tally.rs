//! The counts of a dry run: what a file holds, line by line, by the same rules as the import.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

use super::keys::{KeyMap, KeySet, Keys};
use super::line::{LineKind, LineWarning, TradeLine};
use super::matching::{MatchRule, SaleMatch};
use super::reject::RejectReason;

/// Counts of a file. Documents are counted once however many lines they have: 9 bytes are held for each.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Rows that were taken.
    pub lines: u64,
    /// Invoices with at least one sale line.
    pub orders: u64,
    /// Cancellation documents.
    pub refunds: u64,
    /// Lines of cancellation documents.
    pub refund_lines: u64,
    /// Lines that write goods off.
    pub write_offs: u64,
    /// Lines of documents that a letter marks as cancellations.
    pub marked: u64,
    /// Lines with a quantity below nothing that no letter explains, whatever they were taken for.
    pub negatives: u64,
    /// Adjustment lines.
    pub adjustments: u64,
    /// Lines that repeat another of their invoice.
    pub repeated_lines: u64,
    /// Rows that were not taken, by reason.
    pub rejected: BTreeMap<RejectReason, u64>,
    /// Lines with something their owner should know.
    pub warnings: BTreeMap<LineWarning, u64>,
    /// Σ amounts of sale lines.
    pub gmv_minor: i64,
    /// Σ amounts of cancellation lines, positive when money went back.
    pub refunded_minor: i64,
    /// Cancellation lines that found their sale, by tier: lines and value.
    pub matched: BTreeMap<MatchRule, MatchedShare>,
    /// The first and the last time in the file.
    pub span: Option<(DateTime, DateTime)>,
    keys: Keys,
    documents: KeyMap<u8>,
    skus: KeySet,
    customers: KeySet,
}

/// How many cancellation lines a tier found a sale for, and their value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MatchedShare {
    /// Cancellation lines.
    pub lines: u64,
    /// Their value, for a line found in part the part's.
    pub value_minor: i64,
}

const HAS_SALE: u8 = 1;
const HAS_REFUND: u8 = 2;

impl Tally {
    /// Counts a line; `nth` is its occurrence within its invoice.
    pub fn take(&mut self, line: &TradeLine, nth: u32) {
        self.take_of_day(line, nth, None);
    }

    /// Counts a line of a number that was used again: each later `day` of it is a document of its own.
    pub fn take_of_day(&mut self, line: &TradeLine, nth: u32, day: Option<Date>) {
        self.lines += 1;
        self.repeated_lines += u64::from(nth > 1);
        for warning in &line.warnings {
            *self.warnings.entry(*warning).or_default() += 1;
        }
        self.gmv_minor += line.sold_minor();
        self.refunded_minor += line.refunded_minor();
        self.skus.insert(self.keys.of(line.code.as_str()));
        self.customers.extend(line.whose().map(|customer| self.keys.of(customer)));
        let (first, last) = self.span.unwrap_or((line.at, line.at));
        self.span = Some((first.min(line.at), last.max(line.at)));
        self.negatives += u64::from(line.is_negative);
        self.marked += u64::from(line.kind == LineKind::Cancellation && !line.is_negative);
        match line.kind {
            LineKind::Sale => self.orders += self.is_new(line, day, HAS_SALE),
            LineKind::Cancellation => {
                self.refund_lines += 1;
                self.refunds += self.is_new(line, day, HAS_REFUND);
            }
            LineKind::WriteOff => self.write_offs += 1,
            LineKind::Adjustment => self.adjustments += 1,
        }
    }

    /// Counts a row that was not taken.
    pub fn reject(&mut self, reason: RejectReason) {
        *self.rejected.entry(reason).or_default() += 1;
    }

    /// Counts a cancellation line that found its sale.
    pub fn match_found(&mut self, line: &TradeLine, found: &SaleMatch) {
        let share = self.matched.entry(found.rule).or_default();
        share.lines += 1;
        let asked = i128::from(line.quantity_milli).abs().max(1);
        let part = i128::from(line.refunded_minor()) * i128::from(found.quantity_milli()) / asked;
        share.value_minor += i64::try_from(part).unwrap_or_default();
    }

    /// How many codes the lines name.
    pub fn skus(&self) -> usize {
        self.skus.len()
    }

    /// How many customers the lines name.
    pub fn customers(&self) -> usize {
        self.customers.len()
    }

    /// Rows that were not taken.
    pub fn rejected_rows(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Cancellation lines that found their sale, by any tier.
    pub fn matched_share(&self) -> MatchedShare {
        self.matched
            .values()
            .fold(MatchedShare::default(), |sum, share| MatchedShare { lines: sum.lines + share.lines, value_minor: sum.value_minor + share.value_minor })
    }

    /// 1 the first time that a document shows this side, else 0.
    fn is_new(&mut self, line: &TradeLine, day: Option<Date>, side: u8) -> u64 {
        // Two shops may number their orders alike.
        let shop = line.details.as_ref().and_then(|details| details.shop.as_deref());
        let document = shop.map_or_else(|| self.keys.of(line.invoice.as_str()), |shop| self.keys.of(&(shop, line.invoice.as_str())));
        let document = day.map_or(document, |day| self.keys.of(&(document, day)));
        let seen = self.documents.entry(document).or_default();
        let is_new = *seen & side == 0;
        *seen |= side;
        u64::from(is_new)
    }
}

//! What a file of past trade means: the rules that turn its rows into orders, refunds, write-offs and adjustments.
//!
//! Held here: the raw row and its cleansing ([`cleanse`]), what kind of line and of code it is and which figures
//! each counts in ([`LineKind`], [`CodeKind`]), the identity that makes a second import of the same line a no-op
//! ([`IdSpace`], [`LastRows`]), the sale that a cancellation refers to ([`find_sale`], [`SaleWindow`]), the counts of a
//! dry run ([`Tally`]) and the rows of a visits file ([`cleanse_visit`]).
//!
//! Deliberately not here: files, encodings and column names (they are in `app::trade_file`), tables and journal
//! (`store`), the shop's time zone (the caller turns the local time of a line into an instant).
//!
//! To recognise one more code that is not goods: add a row to the table in `code.rs`, to its test and to
//! `docs/import.md`. To add a reason to reject a row: a variant of [`RejectReason`] with both texts.

mod code;
mod decimal;
mod identity;
mod keys;
mod last_row;
mod line;
mod matching;
mod phone;
mod raw;
mod reject;
mod tally;
mod told;
mod visit;
mod warning;
mod window;

pub use code::{AmountGroup, CodeFigures, CodeKind, CodeTable, fold_code};
pub use decimal::{DecimalError, line_amount_minor, parse_micro, parse_milli};
pub use identity::{Content, IdSpace, ImportedKind, content_of, line_id, line_identity, order_id};
pub use last_row::LastRows;
pub use line::{CleansingRules, InvoiceMarks, LineKind, LineWarning, NameWeight, Negatives, OrderDetails, TradeLine, cleanse};
pub use matching::{CANDIDATES_MAX, CancelledLine, MatchRule, MatchedPart, NO_CUSTOMER_DAYS_MAX, SaleCandidate, SaleMatch, find_sale};
pub use raw::{RawDetails, RawLine, RawMoment, RawQuantity, RowFault};
pub use reject::{FIELD_CHARS_MAX, RejectReason, RejectedRow, Words};
pub use tally::{MatchedShare, Tally};
pub use told::told_of;
pub use visit::{RawVisit, VisitRow, cleanse_visit};
pub use warning::FileWarning;
pub use window::{SALES_HELD_MAX, SaleWindow};

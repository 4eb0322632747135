//! A row as a reader hands it over: cut into columns, nothing judged yet.

use jiff::civil::DateTime;

use super::reject::RejectReason;

/// One row of a file of orders, before any rule has looked at it.
///
/// Text is decoded but not trimmed. A number that the file stores as a double arrives as its shortest decimal
/// text, so that no float takes part in money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLine {
    /// The row as a person finds it: in CSV and XLSX the heading is row 1, in Parquet the first line is row 1.
    pub row: u64,
    /// The number of the order or of the document that takes it back.
    pub invoice: String,
    /// The code of the article, or of a charge.
    pub stock_code: String,
    /// The name of the article, or a remark of the warehouse.
    pub description: Option<String>,
    /// How many; negative when goods come back or are written off.
    pub quantity: RawQuantity,
    /// When, by the clock of the shop.
    pub at: RawMoment,
    /// The price of one, as decimal text.
    pub price: String,
    /// The customer's number in the other program.
    pub customer: Option<String>,
    /// Where the goods went.
    pub country: Option<String>,
    /// What the row says of its order beside the goods; all empty in a file without such columns.
    pub details: RawDetails,
    /// Whether the row has fewer cells than the heading.
    pub is_short: bool,
    /// Why the row could not be cut into columns; its cells then mean nothing.
    pub fault: Option<RowFault>,
}

/// Columns that speak of the order, not of the goods. They are no part of a line's content and so of its identity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawDetails {
    /// The customer's telephone.
    pub phone: Option<String>,
    /// The name of the channel.
    pub channel: Option<String>,
    /// The name of the shop.
    pub shop: Option<String>,
    /// What was paid, as decimal text.
    pub paid: Option<String>,
}

/// A row that could not be cut into columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// What is wrong with it.
    pub reason: RejectReason,
    /// What shows it.
    pub found: String,
}

/// A quantity as the file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawQuantity {
    /// The file has a column of whole numbers.
    Whole(i64),
    /// The file has text, or numbers with decimals.
    Text(String),
}

/// A time as far as the reader could understand it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawMoment {
    /// Local time of the shop.
    Local(DateTime),
    /// The text that fits none of the layouts.
    Unreadable(String),
    /// The text of a date that no calendar has, and why.
    Impossible(String, RejectReason),
    /// The cell is empty.
    Missing,
}

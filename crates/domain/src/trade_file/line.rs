//! A row that is understood: cleansing, and what kind of line it is.

use jiff::civil::{Date, DateTime, date};

use crate::Channel;

use super::code::{CodeFigures, CodeKind, CodeTable, fold_code};
use super::decimal::{DecimalError, is_of_another_currency, line_amount_minor, parse_scaled};
use super::phone::phone;
use super::raw::{RawDetails, RawLine, RawMoment, RawQuantity};
use super::reject::{FIELD_CHARS_MAX, RejectReason, RejectedRow};
use super::visit::channel;

/// What a line does to the shop's trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LineKind {
    /// A line of an order.
    Sale,
    /// A line of a refund document: its number is C and digits, or its quantity is negative where that was said to be a refund.
    Cancellation,
    /// An entry of the books (its number is A and digits): outside sales, refunds and stock.
    Adjustment,
    /// A negative quantity on a document without C, unless it was said to be a refund: goods left the stock and nobody paid.
    WriteOff,
}

/// Whether a leading letter of the invoice number means something in this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InvoiceMarks {
    /// C and digits is a cancellation, A and digits an adjustment.
    #[default]
    Letters,
    /// Numbers are only numbers: for a shop whose orders are called "C1001".
    None,
}

/// What a negative quantity on a document without C means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Negatives {
    /// Goods left the stock and nobody paid.
    #[default]
    WriteOff,
    /// Goods came back: many programs write a refund as a line of the order below nothing.
    Refund,
}

/// What cleansing must know about the file and the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleansingRules {
    /// Decimals of the shop's currency: 2 for yuan and pounds, 0 for yen.
    pub minor_digits: u32,
    /// The shop's currency (ISO 4217), which no price may contradict by its mark.
    pub currency: [u8; 3],
    /// Whether letters before invoice numbers mean something.
    pub marks: InvoiceMarks,
    /// What quantities below nothing mean where no letter says it.
    pub negatives: Negatives,
    /// Which codes are taken for something else than goods.
    pub codes: CodeTable,
}

impl Default for CleansingRules {
    fn default() -> Self {
        Self { minor_digits: 2, currency: *b"CNY", marks: InvoiceMarks::default(), negatives: Negatives::default(), codes: CodeTable::default() }
    }
}

impl CleansingRules {
    fn currency(&self) -> &str {
        std::str::from_utf8(&self.currency).unwrap_or_default()
    }
}

/// Something about a line that is kept, that its owner should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LineWarning {
    /// The price has parts of a minor unit ("0.001"): the amount is rounded for the line, not for the piece.
    SubPennyPrice,
    /// The price has more than six decimals; the rest was rounded away.
    PriceRounded,
    /// The quantity has more than three decimals; the rest was rounded away.
    QuantityRounded,
    /// A refund document with a positive quantity: it takes back a refund.
    PositiveOnCancellation,
    /// Goods written off at a price. If it is a return, the file must mark its number with C.
    WriteOffWithPrice,
    /// A sale below nothing: it lowers what the order amounts to.
    NegativePrice,
    /// The telephone is none, or parts of it are hidden: the customer stays without.
    UnreadablePhone,
    /// What was paid is no number from zero up: the order counts as paid whole.
    UnreadablePaid,
    /// The row has fewer cells than the heading: what is beyond them counts as empty.
    ShortRow,
}

impl LineWarning {
    /// Every warning.
    pub const ALL: [Self; 9] = [
        Self::SubPennyPrice,
        Self::PriceRounded,
        Self::QuantityRounded,
        Self::PositiveOnCancellation,
        Self::WriteOffWithPrice,
        Self::NegativePrice,
        Self::UnreadablePhone,
        Self::UnreadablePaid,
        Self::ShortRow,
    ];

    /// The name under which the warning is counted and sent.
    pub fn key(self) -> &'static str {
        match self {
            Self::SubPennyPrice => "sub_penny_price",
            Self::PriceRounded => "price_rounded",
            Self::QuantityRounded => "quantity_rounded",
            Self::PositiveOnCancellation => "positive_on_cancellation",
            Self::WriteOffWithPrice => "write_off_with_price",
            Self::NegativePrice => "negative_price",
            Self::UnreadablePhone => "unreadable_phone",
            Self::UnreadablePaid => "unreadable_paid",
            Self::ShortRow => "short_row",
        }
    }

    /// The warning for the owner.
    pub fn words(self) -> super::Words {
        let (zh, en) = match self {
            Self::SubPennyPrice => ("单价不足一分，金额按整行四舍五入", "The price is finer than the smallest coin, the line's amount is rounded"),
            Self::PriceRounded => ("单价超过六位小数，多出的已舍入", "The price has more than six decimals, the rest is rounded"),
            Self::QuantityRounded => ("数量超过三位小数，多出的已舍入", "The quantity has more than three decimals, the rest is rounded"),
            Self::PositiveOnCancellation => ("退款单里的数量是正数，按冲回退款处理", "A refund with a positive quantity takes back a refund"),
            Self::WriteOffWithPrice => {
                ("负数量按报损处理；如果是退货，检查时选“退款”", "A negative quantity counts as a write-off; if it is a return, choose “refunds” in the check")
            }
            Self::NegativePrice => ("单价是负数，会减少订单金额", "The price is negative and lowers the order's amount"),
            Self::UnreadablePhone => ("手机号不完整或被平台打了星号，没有记下", "The phone is incomplete or partly hidden and was not kept"),
            Self::UnreadablePaid => ("实付金额看不懂，按整单付清记", "The amount paid cannot be read; the order counts as paid whole"),
            Self::ShortRow => ("这一行的格数比表头少，缺的按空格处理", "The row has fewer cells than the headings, those that lack count as empty"),
        };
        super::Words { zh, en }
    }
}

/// Which of two descriptions names a SKU: the heavier one, then the later one. Remarks of the warehouse ("damages", "?")
/// stand on lines without a price, so they name a SKU only while nothing better has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameWeight {
    /// From a line without a price.
    Unpriced,
    /// From a line with a price.
    Priced,
}

/// What a row says of its order beside the goods.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderDetails {
    /// The customer's telephone, its digits alone.
    pub phone: Option<String>,
    /// The channel, where it is known.
    pub channel: Option<Channel>,
    /// The name of a channel that is not known.
    pub strange_channel: Option<String>,
    /// The name of the shop.
    pub shop: Option<String>,
    /// What was paid, in minor units.
    pub paid_minor: Option<i64>,
}

/// A line that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeLine {
    /// The row as a person finds it.
    pub row: u64,
    /// The number of the order or document, trimmed; its mark in capitals.
    pub invoice: String,
    /// What it does.
    pub kind: LineKind,
    /// The code, folded.
    pub code: String,
    /// What the code stands for.
    pub code_kind: CodeKind,
    /// The name or remark, trimmed; `None` when the file has none.
    pub description: Option<String>,
    /// Thousandths of the unit, with the sign of the file.
    pub quantity_milli: i64,
    /// Whether the quantity is below nothing and no letter of the number says why.
    pub is_negative: bool,
    /// Local time of the shop.
    pub at: DateTime,
    /// The price of one unit in millionths of the currency unit.
    pub price_micro: i64,
    /// Quantity × price, rounded half away from zero, with the sign of the file.
    pub amount_minor: i64,
    /// The customer's number in the other program.
    pub customer: Option<String>,
    /// Where the goods went.
    pub country: Option<String>,
    /// What the row says of its order; `None` where it says nothing, as every row of a file without such columns.
    pub details: Option<Box<OrderDetails>>,
    /// What the owner should know; nearly always empty.
    pub warnings: Vec<LineWarning>,
}

impl TradeLine {
    /// Part of GMV, in minor units: the amount of a sale.
    pub fn sold_minor(&self) -> i64 {
        if self.kind == LineKind::Sale { self.amount_minor } else { 0 }
    }

    /// Part of the refunds, in minor units: positive when money went back. GMV less this is net sales.
    pub fn refunded_minor(&self) -> i64 {
        if self.kind == LineKind::Cancellation { -self.amount_minor } else { 0 }
    }

    /// What the line adds to stock, in thousandths: sales and write-offs take away, returns bring back. Adjustments and
    /// codes that are not goods move nothing.
    pub fn stock_milli(&self) -> i64 {
        if !self.figures().moves_stock {
            return 0;
        }
        match self.kind {
            LineKind::Sale | LineKind::Cancellation => -self.quantity_milli,
            LineKind::WriteOff => self.quantity_milli,
            LineKind::Adjustment => 0,
        }
    }

    /// The figures that the code counts in.
    pub fn figures(&self) -> CodeFigures {
        self.code_kind.figures()
    }

    /// What tells its customer from others: the number in the other program, else the telephone.
    pub fn whose(&self) -> Option<&str> {
        self.customer.as_deref().or_else(|| self.details.as_ref()?.phone.as_deref())
    }

    /// How good a name for its SKU the description is; `None` without one.
    pub fn name_weight(&self) -> Option<NameWeight> {
        self.description.as_ref()?;
        Some(if self.price_micro > 0 { NameWeight::Priced } else { NameWeight::Unpriced })
    }
}

/// Turns a raw row into a line, or says why it cannot be taken.
pub fn cleanse(raw: RawLine, rules: &CleansingRules) -> Result<TradeLine, RejectedRow> {
    let row = raw.row;
    if let Some(fault) = raw.fault {
        return Err(RejectedRow::new(row, fault.reason, &fault.found));
    }
    check_lengths(&raw)?;
    let (invoice, mark) = invoice_number(&raw.invoice, row, rules.marks)?;
    let code = number_text(&raw.stock_code, row, RejectReason::MissingCode, RejectReason::CodeDigitsLost)?;
    let mut warnings = Vec::new();
    if raw.is_short {
        warnings.push(LineWarning::ShortRow);
    }
    let quantity_milli = quantity(&raw, &mut warnings)?;
    let at = moment(&raw)?;
    let price_micro = price(&raw, rules, &mut warnings)?;
    let amount_minor =
        line_amount_minor(quantity_milli, price_micro, rules.minor_digits).ok_or_else(|| RejectedRow::new(row, RejectReason::AmountTooLarge, &raw.price))?;
    let kind = match mark {
        Some('C') => LineKind::Cancellation,
        Some(_) => LineKind::Adjustment,
        None if quantity_milli < 0 => match rules.negatives {
            Negatives::WriteOff => LineKind::WriteOff,
            Negatives::Refund => LineKind::Cancellation,
        },
        None => LineKind::Sale,
    };
    let oddity = match kind {
        LineKind::Cancellation if quantity_milli > 0 => Some(LineWarning::PositiveOnCancellation),
        LineKind::WriteOff if price_micro != 0 => Some(LineWarning::WriteOffWithPrice),
        LineKind::Sale if price_micro < 0 => Some(LineWarning::NegativePrice),
        _ => None,
    };
    warnings.extend(oddity);
    let details = details(raw.details, rules, &mut warnings);
    let code = fold_code(&code);
    Ok(TradeLine {
        row,
        code_kind: rules.codes.kind_of(&code),
        invoice,
        kind,
        code,
        description: present(raw.description),
        quantity_milli,
        is_negative: mark.is_none() && quantity_milli < 0,
        at,
        price_micro,
        amount_minor,
        customer: present(raw.customer).map(without_point_zero),
        country: present(raw.country),
        details,
        warnings,
    })
}

fn check_lengths(raw: &RawLine) -> Result<(), RejectedRow> {
    let RawDetails { phone, channel, shop, paid } = &raw.details;
    let optional = [&raw.description, &raw.customer, &raw.country, phone, channel, shop, paid].into_iter().flatten();
    let texts = [&raw.invoice, &raw.stock_code, &raw.price].into_iter().chain(optional);
    for text in texts {
        // Bytes are counted first: they are never fewer than characters, and counting them is free.
        if text.len() > FIELD_CHARS_MAX && text.chars().count() > FIELD_CHARS_MAX {
            return Err(RejectedRow::new(raw.row, RejectReason::TextTooLong, text));
        }
    }
    Ok(())
}

/// What a row says of its order. What cannot be read is left out and said: a row is never rejected for it.
fn details(raw: RawDetails, rules: &CleansingRules, warnings: &mut Vec<LineWarning>) -> Option<Box<OrderDetails>> {
    if raw == RawDetails::default() {
        return None;
    }
    let mut details = OrderDetails { shop: present(raw.shop), ..OrderDetails::default() };
    if let Some(text) = present(raw.phone) {
        details.phone = phone(&text);
        if details.phone.is_none() {
            warnings.push(LineWarning::UnreadablePhone);
        }
    }
    if let Some(name) = present(raw.channel) {
        details.channel = channel(&name);
        details.strange_channel = details.channel.is_none().then_some(name);
    }
    if let Some(text) = present(raw.paid) {
        details.paid_minor = parse_scaled(&text, rules.minor_digits).ok().map(|paid| paid.value).filter(|paid| *paid >= 0);
        if is_of_another_currency(&text, rules.currency()) {
            details.paid_minor = None;
        }
        if details.paid_minor.is_none() {
            warnings.push(LineWarning::UnreadablePaid);
        }
    }
    (details != OrderDetails::default()).then(|| Box::new(details))
}

fn number_text(text: &str, row: u64, missing: RejectReason, lost: RejectReason) -> Result<String, RejectedRow> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(RejectedRow::new(row, missing, text));
    }
    if is_scientific(trimmed) {
        return Err(RejectedRow::new(row, lost, text));
    }
    Ok(without_point_zero(trimmed.to_owned()))
}

/// "6.92017E+17": what a spreadsheet makes of a long number.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+").or_else(|| text.split_once("e+")) else {
        return false;
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_number(mantissa) && is_number(exponent)
}

/// "13085.0" is what a table program makes of the number 13085 in a column with gaps.
fn without_point_zero(mut text: String) -> String {
    if let Some(whole) = text.strip_suffix(".0")
        && !whole.is_empty()
        && whole.bytes().all(|b| b.is_ascii_digit())
    {
        text.truncate(text.len() - 2);
    }
    text
}

/// The number of an invoice, trimmed, with its mark in capitals, and the mark.
pub(super) fn invoice_number(text: &str, row: u64, marks: InvoiceMarks) -> Result<(String, Option<char>), RejectedRow> {
    let number = number_text(text, row, RejectReason::MissingInvoice, RejectReason::InvoiceDigitsLost)?;
    Ok(marked(number, marks))
}

/// The invoice with its mark in capitals, and the mark.
fn marked(mut invoice: String, marks: InvoiceMarks) -> (String, Option<char>) {
    if marks == InvoiceMarks::None {
        return (invoice, None);
    }
    let mark = match invoice.as_bytes() {
        [b'C' | b'c', rest @ ..] if is_digits(rest) => 'C',
        [b'A' | b'a', rest @ ..] if is_digits(rest) => 'A',
        _ => return (invoice, None),
    };
    invoice.replace_range(..1, if mark == 'C' { "C" } else { "A" });
    (invoice, Some(mark))
}

fn is_digits(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
}

fn quantity(raw: &RawLine, warnings: &mut Vec<LineWarning>) -> Result<i64, RejectedRow> {
    let reject = |reason, found: &str| Err(RejectedRow::new(raw.row, reason, found));
    let value = match &raw.quantity {
        RawQuantity::Whole(whole) => match whole.checked_mul(1_000) {
            Some(value) => value,
            None => return reject(RejectReason::AmountTooLarge, &whole.to_string()),
        },
        RawQuantity::Text(text) => match parse_scaled(text, 3) {
            Ok(scaled) => {
                if scaled.rounded {
                    warnings.push(LineWarning::QuantityRounded);
                }
                scaled.value
            }
            Err(DecimalError::Missing) => return reject(RejectReason::MissingQuantity, text),
            Err(DecimalError::Unreadable) => return reject(RejectReason::UnreadableQuantity, text),
            Err(DecimalError::OutOfRange) => return reject(RejectReason::AmountTooLarge, text),
        },
    };
    if value == 0 { reject(RejectReason::ZeroQuantity, "0") } else { Ok(value) }
}

const EARLIEST: Date = date(1990, 1, 1);
const LATEST: Date = date(2100, 12, 31);

fn moment(raw: &RawLine) -> Result<DateTime, RejectedRow> {
    match &raw.at {
        RawMoment::Local(at) if (EARLIEST..=LATEST).contains(&at.date()) => Ok(*at),
        RawMoment::Local(at) => Err(RejectedRow::new(raw.row, RejectReason::TimeOutOfRange, &at.to_string())),
        RawMoment::Unreadable(text) => Err(RejectedRow::new(raw.row, RejectReason::UnreadableTime, text)),
        RawMoment::Impossible(text, reason) => Err(RejectedRow::new(raw.row, *reason, text)),
        RawMoment::Missing => Err(RejectedRow::new(raw.row, RejectReason::MissingTime, "")),
    }
}

fn price(raw: &RawLine, rules: &CleansingRules, warnings: &mut Vec<LineWarning>) -> Result<i64, RejectedRow> {
    let reject = |reason| Err(RejectedRow::new(raw.row, reason, &raw.price));
    if is_of_another_currency(&raw.price, rules.currency()) {
        return reject(RejectReason::OtherCurrency);
    }
    let scaled = match parse_scaled(&raw.price, 6) {
        Ok(scaled) => scaled,
        Err(DecimalError::Missing) => return reject(RejectReason::MissingPrice),
        Err(DecimalError::Unreadable) => return reject(RejectReason::UnreadablePrice),
        Err(DecimalError::OutOfRange) => return reject(RejectReason::AmountTooLarge),
    };
    if scaled.rounded {
        warnings.push(LineWarning::PriceRounded);
    }
    let minor_micro = 10_i64.pow(6_u32.saturating_sub(rules.minor_digits));
    if scaled.value % minor_micro != 0 {
        warnings.push(LineWarning::SubPennyPrice);
    }
    Ok(scaled.value)
}

/// The trimmed text, unless it is empty or one of the words that table programs write for "nothing".
pub(super) fn present(text: Option<String>) -> Option<String> {
    const NOTHING: [&str; 5] = ["nan", "null", "none", "#n/a", "n/a"];
    let text = text?;
    let trimmed = text.trim();
    if trimmed.is_empty() || NOTHING.iter().any(|nothing| trimmed.eq_ignore_ascii_case(nothing)) {
        return None;
    }
    // The text is given back as it is when there was nothing to trim: no copy for nearly every cell.
    Some(if trimmed.len() == text.len() { text } else { trimmed.to_owned() })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn raw(invoice: &str, code: &str, quantity: i64, price: &str) -> RawLine {
        RawLine {
            row: 7,
            invoice: invoice.into(),
            stock_code: code.into(),
            description: Some(" WHITE CHERRY LIGHTS ".into()),
            quantity: RawQuantity::Whole(quantity),
            at: RawMoment::Local(date(2010, 12, 1).at(8, 26, 0, 0)),
            price: price.into(),
            customer: Some("13085.0".into()),
            country: Some("nan".into()),
            details: RawDetails::default(),
            is_short: false,
            fault: None,
        }
    }

    #[test]
    fn money_of_another_currency_is_not_taken_for_the_shops() {
        let rules = CleansingRules::default();
        assert_eq!(cleanse(raw("1", "A", 1, "$12"), &rules).unwrap_err().reason, RejectReason::OtherCurrency);
        assert_eq!(cleanse(raw("1", "A", 1, "$12"), &CleansingRules { currency: *b"USD", ..rules }).unwrap().amount_minor, 1_200);
        let paid = |text: &str| RawLine { details: RawDetails { paid: Some(text.into()), ..RawDetails::default() }, ..raw("1", "A", 1, "12") };
        let foreign = cleanse(paid("£12"), &rules).unwrap();
        assert_eq!((foreign.warnings.as_slice(), foreign.details), ([LineWarning::UnreadablePaid].as_slice(), None));
        assert_eq!(cleanse(paid("¥12"), &rules).unwrap().details.unwrap().paid_minor, Some(1_200));
    }

    #[test]
    fn a_line_of_more_than_any_shop_sells_is_refused() {
        let rules = CleansingRules::default();
        assert_eq!(cleanse(raw("1", "A", 1_000_000, "10000"), &rules).unwrap().amount_minor, 1_000_000_000_000);
        assert_eq!(cleanse(raw("1", "A", 1_000_001, "10000"), &rules).unwrap_err().reason, RejectReason::AmountTooLarge);
    }

    #[test]
    fn kinds_of_lines() {
        let rules = CleansingRules::default();
        let cases = [
            ("489434", 12, "6.95", LineKind::Sale, 8_340, 0, -12_000),
            ("C489434", -12, "6.95", LineKind::Cancellation, 0, 8_340, 12_000),
            ("c489434", -1, "1", LineKind::Cancellation, 0, 100, 1_000),
            ("C496350", 1, "373.57", LineKind::Cancellation, 0, -37_357, -1_000),
            ("A506401", 1, "-53594.36", LineKind::Adjustment, 0, 0, 0),
            ("489464", -96, "0", LineKind::WriteOff, 0, 0, -96_000),
            ("CN1001", 1, "2", LineKind::Sale, 200, 0, -1_000),
            ("489434", 5, "0", LineKind::Sale, 0, 0, -5_000),
        ];
        for (invoice, quantity, price, kind, sold, refunded, stock) in cases {
            let line = cleanse(raw(invoice, "79323w", quantity, price), &rules).unwrap();
            assert_eq!((line.kind, line.sold_minor(), line.refunded_minor(), line.stock_milli()), (kind, sold, refunded, stock), "{invoice}");
            assert_eq!(line.code, "79323W");
            assert_eq!(line.description.as_deref(), Some("WHITE CHERRY LIGHTS"));
            assert_eq!(line.customer.as_deref(), Some("13085"));
            assert_eq!(line.country, None);
        }
        let returns = CleansingRules { negatives: Negatives::Refund, ..rules };
        let line = cleanse(raw("489434", "79323w", -2, "6.95"), &returns).unwrap();
        assert_eq!((line.kind, line.is_negative, line.refunded_minor(), line.stock_milli()), (LineKind::Cancellation, true, 1_390, 2_000));
        assert!(line.warnings.is_empty());
        let marked = cleanse(raw("C489434", "79323w", -2, "6.95"), &returns).unwrap();
        assert_eq!((marked.kind, marked.is_negative), (LineKind::Cancellation, false));
        let unmarked = CleansingRules { marks: InvoiceMarks::None, ..rules };
        assert_eq!(cleanse(raw("C1001", "1", 1, "2"), &unmarked).unwrap().kind, LineKind::Sale);
    }

    #[test]
    fn rejects_say_why() {
        let rules = CleansingRules::default();
        let base = || raw("1", "2", 1, "1");
        let cases = [
            (RawLine { invoice: " ".into(), ..base() }, RejectReason::MissingInvoice),
            (RawLine { invoice: "6.92017E+17".into(), ..base() }, RejectReason::InvoiceDigitsLost),
            (RawLine { stock_code: String::new(), ..base() }, RejectReason::MissingCode),
            (RawLine { stock_code: "6.9E+12".into(), ..base() }, RejectReason::CodeDigitsLost),
            (RawLine { quantity: RawQuantity::Text(String::new()), ..base() }, RejectReason::MissingQuantity),
            (RawLine { quantity: RawQuantity::Text("两".into()), ..base() }, RejectReason::UnreadableQuantity),
            (RawLine { quantity: RawQuantity::Whole(0), ..base() }, RejectReason::ZeroQuantity),
            (RawLine { quantity: RawQuantity::Whole(i64::MAX), ..base() }, RejectReason::AmountTooLarge),
            (RawLine { at: RawMoment::Missing, ..base() }, RejectReason::MissingTime),
            (RawLine { at: RawMoment::Unreadable("soon".into()), ..base() }, RejectReason::UnreadableTime),
            (RawLine { at: RawMoment::Impossible("2025-11-31".into(), RejectReason::ThirtyDays), ..base() }, RejectReason::ThirtyDays),
            (RawLine { at: RawMoment::Local(date(1899, 12, 31).into()), ..base() }, RejectReason::TimeOutOfRange),
            (RawLine { price: String::new(), ..base() }, RejectReason::MissingPrice),
            (RawLine { price: "free".into(), ..base() }, RejectReason::UnreadablePrice),
            (RawLine { quantity: RawQuantity::Whole(9_000_000_000), price: "9000000".into(), ..base() }, RejectReason::AmountTooLarge),
            (RawLine { description: Some("x".repeat(1_001)), ..base() }, RejectReason::TextTooLong),
        ];
        for (row, reason) in cases {
            let rejected = cleanse(row, &rules).unwrap_err();
            assert_eq!((rejected.row, rejected.reason), (7, reason));
        }
    }

    #[test]
    fn what_a_row_says_of_its_order_is_read_and_never_rejects_it() {
        let rules = CleansingRules::default();
        let text = |text: &str| Some(text.to_owned());
        let read = |phone: &str, channel: &str, shop: &str, paid: &str| {
            let details = RawDetails { phone: text(phone), channel: text(channel), shop: text(shop), paid: text(paid) };
            let line = cleanse(RawLine { details, ..raw("1", "2", 1, "1") }, &rules).unwrap();
            (line.details.map(|details| *details), line.warnings)
        };
        let whole = OrderDetails {
            phone: text("13812346021"),
            channel: Some(Channel::MiniProgram),
            strange_channel: None,
            shop: text("滨江店"),
            paid_minor: Some(1_250),
        };
        assert_eq!(read("+86 138 1234 6021", "微信小程序", " 滨江店 ", "¥12.50"), (Some(whole), vec![]));
        let strange = OrderDetails { strange_channel: text("邻居"), ..OrderDetails::default() };
        assert_eq!(read("138****6021", "邻居", "", "-3"), (Some(strange), vec![LineWarning::UnreadablePhone, LineWarning::UnreadablePaid]));
        assert_eq!(read("", " ", "nan", ""), (None, vec![]));
        assert_eq!(cleanse(raw("1", "2", 1, "1"), &rules).unwrap().details, None);
        let same = |details| super::super::content_of(&cleanse(RawLine { details, ..raw("1", "2", 1, "1") }, &rules).unwrap());
        assert_eq!(same(RawDetails { phone: text("13812346021"), ..RawDetails::default() }), same(RawDetails::default()), "the identity is that of the goods");
    }

    #[test]
    fn oddities_are_kept_and_said() {
        let rules = CleansingRules::default();
        let cases = [
            (raw("1", "PADS", 1, "0.001"), vec![LineWarning::SubPennyPrice]),
            (raw("1", "2", 1, "0.30000000000000004"), vec![LineWarning::PriceRounded]),
            (raw("C1", "2", 1, "1"), vec![LineWarning::PositiveOnCancellation]),
            (raw("1", "2", -1, "1"), vec![LineWarning::WriteOffWithPrice]),
            (raw("1", "2", 1, "-1"), vec![LineWarning::NegativePrice]),
            (raw("A1", "B", 1, "-1"), vec![]),
        ];
        for (row, expect) in cases {
            assert_eq!(cleanse(row, &rules).unwrap().warnings, expect);
        }
    }
}

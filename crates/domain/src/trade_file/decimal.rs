//! Decimal text to integers, and a line's amount. No float is involved anywhere.

/// Why a text is no usable number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalError {
    /// There is nothing but blanks.
    Missing,
    /// It holds something that belongs to no number.
    Unreadable,
    /// It does not fit the range of the program.
    OutOfRange,
}

/// A parsed number and whether digits beyond the scale were rounded away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scaled {
    pub value: i64,
    pub rounded: bool,
}

/// Signs of currencies that owners leave in a price column, with the currencies that each may stand for. What begins with another stands before it.
const CURRENCY_MARKS: [(&str, &[&str]); 12] = [
    ("CNY", &["CNY"]),
    ("RMB", &["CNY"]),
    ("元", &["CNY", "HKD", "TWD", "MOP"]),
    ("GBP", &["GBP"]),
    ("USD", &["USD"]),
    ("EUR", &["EUR"]),
    ("HK$", &["HKD"]),
    ("¥", &["CNY", "JPY"]),
    ("￥", &["CNY", "JPY"]),
    ("£", &["GBP"]),
    ("€", &["EUR"]),
    ("$", &["USD", "HKD", "AUD", "CAD", "NZD", "SGD", "TWD", "MXN"]),
];

/// Whether a number bears the mark of a currency that is not this one (ISO 4217). Without a mark it does not.
pub(super) fn is_of_another_currency(text: &str, currency: &str) -> bool {
    // A plain number is nearly every cell.
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return false;
    }
    let body = text.trim().trim_matches(['(', ')', '（', '）', '-', '+', '−', '－', '＋']).trim();
    let mark = CURRENCY_MARKS.iter().find(|(mark, _)| body.starts_with(mark) || body.ends_with(mark));
    mark.is_some_and(|(_, currencies)| !currencies.contains(&currency))
}

/// A price in millionths of the currency unit. Accepts a currency mark, thousands commas and accounting brackets;
/// further digits are rounded half away from zero.
pub fn parse_micro(text: &str) -> Result<i64, DecimalError> {
    parse_scaled(text, 6).map(|scaled| scaled.value)
}

/// A quantity in thousandths of its unit. Digits beyond that are rounded half away from zero.
pub fn parse_milli(text: &str) -> Result<i64, DecimalError> {
    parse_scaled(text, 3).map(|scaled| scaled.value)
}

pub(super) fn parse_scaled(text: &str, scale: u32) -> Result<Scaled, DecimalError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DecimalError::Missing);
    }
    match parse_plain(text, scale) {
        // The plain form is nearly every cell; the tidied copy is made only for the others.
        Err(DecimalError::Unreadable) => parse_plain(&tidied(text)?, scale),
        done => done,
    }
}

/// Only an optional sign, digits and one decimal point.
fn parse_plain(text: &str, scale: u32) -> Result<Scaled, DecimalError> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(DecimalError::Unreadable);
    }
    let mut value: i128 = 0;
    for byte in whole.bytes() {
        value = value * 10 + i128::from(digit(byte)?);
        if value > i128::from(i64::MAX) {
            return Err(DecimalError::OutOfRange);
        }
    }
    let mut rounded = false;
    let mut round_up = false;
    let mut taken = 0;
    for byte in fraction.bytes() {
        let digit = digit(byte)?;
        if taken < scale {
            value = value * 10 + i128::from(digit);
        } else {
            round_up |= taken == scale && digit >= 5;
            rounded |= digit != 0;
        }
        taken += 1;
    }
    while taken < scale {
        value *= 10;
        taken += 1;
    }
    value += i128::from(round_up);
    let value = if negative { -value } else { value };
    let value = i64::try_from(value).map_err(|_| DecimalError::OutOfRange)?;
    Ok(Scaled { value, rounded })
}

fn digit(byte: u8) -> Result<u8, DecimalError> {
    if byte.is_ascii_digit() { Ok(byte - b'0') } else { Err(DecimalError::Unreadable) }
}

/// Takes off what people and spreadsheets put around a number: currency, brackets, grouping commas, wide digits.
fn tidied(text: &str) -> Result<String, DecimalError> {
    let mut text: String = text.chars().filter(|c| !c.is_whitespace()).map(narrow).collect();
    let in_brackets = text.starts_with('(') && text.ends_with(')');
    if in_brackets {
        text = text[1..text.len() - 1].to_owned();
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let mut body = text.strip_prefix(['-', '+']).unwrap_or(&text);
    for (mark, _) in &CURRENCY_MARKS {
        body = body.strip_prefix(mark).or_else(|| body.strip_suffix(mark)).unwrap_or(body);
    }
    let (whole, fraction) = body.split_once('.').map_or((body, None), |(w, f)| (w, Some(f)));
    if whole.contains(',') && !is_grouped(whole) {
        return Err(DecimalError::Unreadable);
    }
    if in_brackets && (!sign.is_empty() || body.starts_with(['-', '+'])) {
        return Err(DecimalError::Unreadable);
    }
    let sign = if in_brackets { "-" } else { sign };
    let mut plain = format!("{sign}{}", whole.replace(',', ""));
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    Ok(plain)
}

/// "1,234,567": a first group of one to three digits, then groups of exactly three. "12,50" is not grouped, so a
/// decimal comma is refused instead of becoming a price a hundred times too high.
fn is_grouped(whole: &str) -> bool {
    let mut groups = whole.split(',');
    let first = groups.next().map_or(0, str::len);
    (1..=3).contains(&first) && groups.all(|group| group.len() == 3)
}

fn narrow(c: char) -> char {
    match c {
        '０'..='９' | '．' | '，' | '－' | '（' | '）' | '＋' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '−' => '-',
        other => other,
    }
}

/// The largest amount of a line: ten thousand million in a currency with cents. No shop sells it, and thousands of such lines still add up to a sum that
/// every place can hold (2^53).
pub const LINE_MINOR_MAX: i64 = 1_000_000_000_000;

/// Quantity × price, rounded half away from zero to the minor unit of a currency with `minor_digits` decimals.
/// `None` when it is beyond [`LINE_MINOR_MAX`].
pub fn line_amount_minor(quantity_milli: i64, price_micro: i64, minor_digits: u32) -> Option<i64> {
    let divisor = 10_i128.checked_pow(9_u32.checked_sub(minor_digits)?)?;
    let product = i128::from(quantity_milli) * i128::from(price_micro);
    let half = if product < 0 { -(divisor / 2) } else { divisor / 2 };
    let amount = (product + half) / divisor;
    if amount.abs() > i128::from(LINE_MINOR_MAX) { None } else { i64::try_from(amount).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_must_be_the_currencys() {
        for (text, fits, not) in [
            ("¥12.5", "CNY", "GBP"),
            ("(£1,234.50)", "GBP", "CNY"),
            ("-$3", "USD", "EUR"),
            ("HK$3", "HKD", "USD"),
            ("12.5 元", "CNY", "USD"),
            ("USD 4", "USD", "CNY"),
            ("4€", "EUR", "GBP"),
        ] {
            assert_eq!((is_of_another_currency(text, fits), is_of_another_currency(text, not)), (false, true), "{text}");
        }
        for text in ["12.50", "-3", "", "(4)", "nan", "12,50"] {
            assert!(!is_of_another_currency(text, "CNY"), "{text}");
        }
    }

    #[test]
    fn prices_parse_through_decimals() {
        let cases = [
            ("6.95", Ok(6_950_000)),
            ("0.001", Ok(1_000)),
            ("-53594.36", Ok(-53_594_360_000)),
            (" 12 ", Ok(12_000_000)),
            (".5", Ok(500_000)),
            ("5.", Ok(5_000_000)),
            ("£1,234.50", Ok(1_234_500_000)),
            ("-¥1,234.5", Ok(-1_234_500_000)),
            ("¥-3", Ok(-3_000_000)),
            ("-¥-3", Err(DecimalError::Unreadable)),
            ("（12.50）", Ok(-12_500_000)),
            ("12.5元", Ok(12_500_000)),
            ("１２．５", Ok(12_500_000)),
            ("0.0000005", Ok(1)),
            ("-0.0000005", Ok(-1)),
            ("0.0000004", Ok(0)),
            ("12,50", Err(DecimalError::Unreadable)),
            ("1,23,456", Err(DecimalError::Unreadable)),
            ("1e3", Err(DecimalError::Unreadable)),
            ("--1", Err(DecimalError::Unreadable)),
            ("(-1)", Err(DecimalError::Unreadable)),
            (".", Err(DecimalError::Unreadable)),
            ("-", Err(DecimalError::Unreadable)),
            ("", Err(DecimalError::Missing)),
            ("  ", Err(DecimalError::Missing)),
            ("nan", Err(DecimalError::Unreadable)),
            ("99999999999999", Err(DecimalError::OutOfRange)),
        ];
        for (text, expect) in cases {
            assert_eq!(parse_micro(text), expect, "{text:?}");
        }
        assert_eq!(parse_milli("1.5"), Ok(1_500));
        assert_eq!(parse_milli("-80995"), Ok(-80_995_000));
    }

    #[test]
    fn an_amount_is_rounded_half_away_from_zero() {
        let cases = [
            (1_000, 1_000, 2, 0),   // 1 × 0.001
            (1_000, 5_000, 2, 1),   // 1 × 0.005
            (-1_000, 5_000, 2, -1), // −1 × 0.005
            (-1_000, 4_999, 2, 0),  // −1 × 0.004999
            (80_995_000, 2_080_000, 2, 16_846_960),
            (1_500, 333_333, 2, 50),  // 1.5 × 0.333333 = 0.4999995
            (3_000, 1_500_000, 0, 5), // yen: 4.5
            (1_000, 1_234_500, 3, 1_235),
        ];
        for (quantity, price, digits, expect) in cases {
            assert_eq!(line_amount_minor(quantity, price, digits), Some(expect), "{quantity} {price} {digits}");
        }
        assert_eq!(line_amount_minor(i64::MAX, i64::MAX, 2), None);
    }
}

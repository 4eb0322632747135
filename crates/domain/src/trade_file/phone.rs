//! A customer's telephone as the program keeps it: digits alone, so that its end finds the customer's orders.

/// The shortest: a number in a town. The search by the end of a phone knows the same.
const DIGITS_MIN: usize = 7;
/// The longest that the telephone net has (ITU-T E.164).
const DIGITS_MAX: usize = 15;

/// The digits of a telephone. Blanks, dashes, brackets and wide digits are understood; the prefix of China (+86, 0086, 86) comes off a mobile number,
/// other countries keep theirs without `+` and `00`. `None` for what is no number, also one with stars in place of digits.
pub(super) fn phone(text: &str) -> Option<String> {
    let text = text.trim();
    // What a table program makes of digits in a column with gaps.
    let text = text.strip_suffix(".0").unwrap_or(text);
    let mut digits = String::with_capacity(DIGITS_MAX);
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '０'..='９' => digits.extend(char::from_digit(u32::from(c) - u32::from('０'), 10)),
            '+' | '＋' | '-' | '–' | '—' | '－' | '.' | '(' | ')' | '（' | '）' | '\'' => {}
            c if c.is_whitespace() => {}
            _ => return None,
        }
    }
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    let digits = digits.strip_prefix("86").filter(|rest| is_mobile(rest)).unwrap_or(digits);
    // "00000000000" and "11111111111" are what a till wants typed where a customer gives no number.
    let first = digits.bytes().next()?;
    let is_one = (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().any(|digit| digit != first);
    is_one.then(|| digits.to_owned())
}

/// A mobile number of China.
fn is_mobile(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_its_digits() {
        for (text, expect) in [
            ("13812346021", Some("13812346021")),
            (" +86 138-1234-6021 ", Some("13812346021")),
            ("0086 13812346021", Some("13812346021")),
            ("8613812346021", Some("13812346021")),
            ("１３８１２３４６０２１", Some("13812346021")),
            ("13812346021.0", Some("13812346021")),
            ("(0571) 8888 1234", Some("057188881234")),
            ("+44 7911 123456", Some("447911123456")),
            ("8888123", Some("8888123")),
            ("138****6021", None),
            ("1.38E+10", None),
            ("10086", None),
            ("11111111111", None),
            ("1381234602113812346021", None),
            ("微信联系", None),
            ("", None),
        ] {
            assert_eq!(phone(text).as_deref(), expect, "{text}");
        }
    }
}

//! What a new shop may be called, counted in and timed by, and its owner called: one check for the window, the browser and the command line.
//!
//! To offer one more currency: see `domain::money::CURRENCIES`.

use crate::{Error, Result};
use domain::money::CURRENCIES;

/// A name fits a title, a receipt's head and the authenticator's list.
pub const NAME_CHARACTERS_MAX: usize = 40;
/// Of what was typed a refusal repeats so much: enough to see the mistake.
const REPEATED_CHARACTERS_MAX: usize = 30;

/// What a new shop is known by, in the form that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopFacts {
    pub name: String,
    pub currency: String,
    pub zone: String,
}

/// Checks the facts of a new shop.
///
/// # Errors
/// Names the field that does not fit, with the list or an example.
pub fn shop(name: &str, currency: &str, zone: &str) -> Result<ShopFacts> {
    Ok(ShopFacts { name: shop_name(name)?, currency: self::currency(currency)?, zone: self::zone(zone)? })
}

/// Checks the name of a shop.
///
/// # Errors
/// Where it is empty, too long or no single line.
pub fn shop_name(name: &str) -> Result<String> {
    one_line(name)
        .ok_or_else(|| Error::field("shop_name", format!("a shop's name has 1 to {NAME_CHARACTERS_MAX} characters, in one line, none of them unseen")))
}

/// Checks a currency; answers its code in capitals.
///
/// # Errors
/// Where the books cannot be kept in it, with those in which they can.
pub fn currency(code: &str) -> Result<String> {
    let capitals = code.trim().to_ascii_uppercase();
    if CURRENCIES.contains(&capitals.as_str()) {
        return Ok(capitals);
    }
    let (typed, known) = (repeated(code), CURRENCIES.join(", "));
    Err(Error::field("currency", format!("the books cannot be kept in the currency “{typed}”: choose one of {known}")))
}

/// Checks a time zone.
///
/// # Errors
/// Where nobody knows it.
pub fn zone(name: &str) -> Result<String> {
    let zone = name.trim();
    if domain::BusinessDay::new(zone, 0).is_some() {
        return Ok(zone.to_owned());
    }
    let typed = repeated(name);
    Err(Error::field("zone", format!("the time zone “{typed}” is not known: write it by its city, such as Asia/Shanghai or Europe/London")))
}

/// Checks the name with which the owner signs in.
///
/// # Errors
/// Where it is empty, too long for the key file or no single line.
pub fn owner_name(name: &str) -> Result<String> {
    // The key file counts bytes, of which a Chinese character has three.
    let known = one_line(name).filter(|name| name.len() <= store::keys::NAME_MAX_LEN);
    known.ok_or_else(|| {
        Error::field(
            "owner_name",
            format!(
                "a name has 1 to {NAME_CHARACTERS_MAX} characters, in one line, none of them unseen; of Chinese ones at most {}",
                store::keys::NAME_MAX_LEN / 3
            ),
        )
    })
}

fn one_line(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= NAME_CHARACTERS_MAX && !text.chars().any(is_unseen);
    fits.then(|| text.to_owned())
}

/// A letter that nobody sees. No name holds one: two names that look alike would be two shops, and a mark of direction turns the rest of a line around.
pub(crate) fn is_unseen(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

fn repeated(text: &str) -> String {
    let mut letters = text.chars().filter(|letter| !letter.is_control());
    let head: String = letters.by_ref().take(REPEATED_CHARACTERS_MAX).collect();
    if letters.next().is_some() { format!("{head}…") } else { head }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_shop_is_looked_at_once_for_all_doors() {
        let long = "店".repeat(NAME_CHARACTERS_MAX + 1);
        for (name, currency, zone, field) in [
            ("Riverside", "CNY", "Asia/Shanghai", None),
            (" 滨江店 ", "jpy", "Asia/Tokyo", None),
            ("", "CNY", "UTC", Some("shop_name")),
            (long.as_str(), "CNY", "UTC", Some("shop_name")),
            ("two\nlines", "CNY", "UTC", Some("shop_name")),
            ("River\u{202E}side", "CNY", "UTC", Some("shop_name")),
            ("River\u{200B}side", "CNY", "UTC", Some("shop_name")),
            ("Riverside", "ZZZ", "UTC", Some("currency")),
            ("Riverside", "", "UTC", Some("currency")),
            ("Riverside", "CNY", "Mars/Olympus", Some("zone")),
            ("Riverside", "CNY", "", Some("zone")),
        ] {
            let refused = match shop(name, currency, zone) {
                Err(Error::Refusal { field, .. }) => field,
                _ => None,
            };
            assert_eq!(refused.as_deref(), field, "{name} {currency} {zone}");
        }
        assert_eq!(shop(" 滨江店 ", "jpy", "Asia/Tokyo").unwrap(), ShopFacts { name: "滨江店".into(), currency: "JPY".into(), zone: "Asia/Tokyo".into() });
    }

    #[test]
    fn a_refusal_repeats_little() {
        let Err(Error::Refusal { message, .. }) = zone(&"x".repeat(100_000)) else { panic!("a zone of 100,000 letters") };
        assert!(message.len() < 200, "{message}");
    }

    #[test]
    fn an_owner_is_called_what_the_key_file_takes() {
        assert_eq!(owner_name(" 李 ").unwrap(), "李");
        for name in ["", "two\nlines", &"李".repeat(22), &"l".repeat(41)] {
            assert!(owner_name(name).is_err(), "{name}");
        }
    }
}

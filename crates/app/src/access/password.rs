//! What makes a password usable: length and not being known, no rules of composition (ASVS 6.2; a 等保 profile adds them later).

use crate::wire::PasswordStrength;

/// An owner's password has at least this many characters (AU-01).
const CHARACTERS_MIN: usize = 12;
/// Longer than this is refused, so that nobody makes the key derivation read a book.
const CHARACTERS_MAX: usize = 128;
/// Words that make a password guessable however long; the common lists' heads and the shop's own words.
const COMMON: &[&str] = &[
    "password",
    "123456",
    "12345678",
    "qwerty",
    "abc123",
    "111111",
    "iloveyou",
    "admin",
    "welcome",
    "letmein",
    "monkey",
    "dragon",
    "passw0rd",
    "woaini",
    "5201314",
    "1314520",
    "zhanggui",
    "掌柜",
    "a123456",
    "147258369",
    "987654321",
    "asdfgh",
    "zxcvbn",
    "888888",
    "666666",
    "000000",
];

/// Judges a password. `names` are the shop's and the owner's.
#[must_use]
pub fn judge(password: &str, names: &[&str]) -> PasswordStrength {
    let characters = password.chars().count();
    let lower = password.to_lowercase();
    let problem = if characters < CHARACTERS_MIN {
        Some("too_short")
    } else if characters > CHARACTERS_MAX {
        Some("too_long")
    } else if names.iter().any(|n| n.chars().count() >= 3 && lower.contains(&n.to_lowercase())) {
        Some("has_name")
    } else if is_common(&lower) {
        Some("too_common")
    } else {
        None
    };
    let different = {
        let mut all: Vec<char> = lower.chars().collect();
        all.sort_unstable();
        all.dedup();
        all.len()
    };
    let score = match (problem, characters, different) {
        (Some("too_short"), 0..=7, _) | (Some("too_common"), ..) => 0,
        (Some(_), ..) => 1,
        (None, 12..=13, _) | (None, _, 0..=7) => 2,
        (None, 14..=17, _) => 3,
        _ => 4,
    };
    PasswordStrength { score, problem: problem.map(str::to_owned) }
}

/// A common word with little beside it, one character repeated, or a run of the keyboard.
/// What is wrong with a password, in words; `problem` is [`PasswordStrength::problem`].
#[must_use]
pub fn said(problem: &str) -> &'static str {
    match problem {
        "too_short" => "it is too short",
        "too_long" => "it is too long",
        "has_name" => "it has the name of the shop or the person in it",
        _ => "it is too common",
    }
}

fn is_common(lower: &str) -> bool {
    let rest = COMMON.iter().fold(lower.to_owned(), |text, word| text.replace(word, ""));
    let mut different: Vec<char> = rest.chars().collect();
    different.sort_unstable();
    different.dedup();
    (rest.len() < lower.len() && rest.chars().count() < 6) || (rest.len() == lower.len() && different.len() <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges() {
        for (password, problem) in [
            ("short", Some("too_short")),
            ("aaaaaaaaaaaaaa", Some("too_common")),
            ("password123456", Some("too_common")),
            ("riverside shop 42", Some("has_name")),
            ("three blue cups on a shelf", None),
            ("三只蓝杯子摆在木架子的上面", None),
        ] {
            assert_eq!(judge(password, &["Riverside"]).problem.as_deref(), problem, "{password}");
        }
    }
}

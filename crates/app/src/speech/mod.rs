//! The program's own sentences in the person's language. Rooms write them in English, where they arise; here is the Chinese of each, as one closed book.
//!
//! `{}` in the English stands for what a sentence names (a file, a number, another sentence); `{0}`, `{1}` … in the Chinese are the same, in the order of
//! the English. `tests/speech.rs` reads the sentences out of every room and fails where one has no Chinese.
//!
//! Deliberately absent: what screens say by themselves (`ui/src/i18n`), and what the system or a library says, which stays as it came.
//!
//! To add a sentence: write it where it arises, and its line in the part of the book that fits.

mod at_the_door;
mod of_files;
mod of_people;
mod of_the_centre;
mod of_the_shop;
mod of_the_store;
mod of_the_terminal;

use crate::wire::Language;

/// A sentence in English and in Chinese.
pub type Phrase = (&'static str, &'static str);

/// The parts of the book.
pub const BOOK: &[&[Phrase]] = &[
    at_the_door::PHRASES,
    of_files::PHRASES,
    of_people::PHRASES,
    of_the_centre::PHRASES,
    of_the_shop::PHRASES,
    of_the_store::PHRASES,
    of_the_terminal::PHRASES,
];

/// A sentence may name another one, and that one another; deeper than this nothing is looked up.
const DEPTH_MAX: usize = 4;

/// A sentence of the program in a language. What the book does not have stays in English: a word too many is better than none.
#[must_use]
pub fn told(language: Language, english: &str) -> String {
    match language {
        Language::En => english.to_owned(),
        Language::Zh => chinese(english, DEPTH_MAX).unwrap_or_else(|| english.to_owned()),
    }
}

fn chinese(english: &str, depth: usize) -> Option<String> {
    let fits = |(template, words): &Phrase| named(template, english).map(|names| (template.len(), *words, names));
    // The longest template that fits says most.
    let (_, words, names) = BOOK.iter().copied().flatten().filter_map(fits).max_by_key(|(length, ..)| *length)?;
    let mut text = words.to_owned();
    for (i, name) in names.into_iter().enumerate().rev() {
        let name = if depth > 0 { chinese(name, depth - 1).unwrap_or_else(|| name.to_owned()) } else { name.to_owned() };
        text = text.replace(&format!("{{{i}}}"), &name);
    }
    Some(text)
}

/// What a sentence names at the places of its template; `None` where it is not of this template.
fn named<'t>(template: &str, sentence: &'t str) -> Option<Vec<&'t str>> {
    let mut pieces = template.split("{}");
    let mut rest = sentence.strip_prefix(pieces.next()?)?;
    let mut names = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = match (piece, pieces.peek()) {
            ("", None) => rest.len(),
            // The last piece ends the sentence: what is named may hold the same words.
            (_, None) => rest.len().checked_sub(piece.len()).filter(|at| rest.is_char_boundary(*at) && rest.ends_with(piece))?,
            _ => rest.find(piece)?,
        };
        names.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty().then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_and_what_they_name() {
        for (english, chinese) in [
            ("sign in first", "请先登录"),
            ("too many attempts: try again in 30 s, or use the recovery sheet", "试得太多了：请过 30 秒再试，或用恢复单"),
            (
                "the desktop keyring (Secret Service) is locked: unlock it (sign in to the desktop, or open the keyring program), then try again",
                "系统钥匙串（Secret Service）已上锁：请先解锁（登录桌面，或打开钥匙串程序），再试一次",
            ),
            ("what nobody ever wrote down", "what nobody ever wrote down"),
        ] {
            assert_eq!(told(Language::Zh, english), chinese);
            assert_eq!(told(Language::En, english), english);
        }
    }

    #[test]
    fn a_name_may_hold_the_words_of_its_sentence() {
        assert_eq!(named("there is no shop {}", "there is no shop there is no shop"), Some(vec!["there is no shop"]));
        assert_eq!(named("{} of {}", "a of b of c"), Some(vec!["a", "b of c"]));
        assert_eq!(named("only {} now", "only now"), None);
        assert_eq!(named("all", "all of it"), None);
    }

    /// Each sentence says in both languages what to do or what is, names the same things, and stands once.
    #[test]
    fn the_book_is_whole() {
        let mut seen = std::collections::BTreeSet::new();
        for (english, chinese) in BOOK.iter().copied().flatten() {
            assert!(seen.insert(*english), "{english} stands twice");
            let names = english.matches("{}").count();
            assert!(chinese.chars().any(|c| u32::from(c) >= 0x4E00), "{english} has no Chinese");
            for i in 0..names {
                assert!(chinese.contains(&format!("{{{i}}}")), "{chinese} does not name {i}");
            }
            assert!(!chinese.contains(&format!("{{{names}}}")) && !chinese.contains("{}"), "{chinese} names too much");
        }
    }
}

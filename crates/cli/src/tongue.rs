//! The language of the command line: `--lang`, else the environment's locale, as other programs of the terminal have it.

use crate::arguments::{Common, Tongue};
use app::{speech, wire::Language};

/// The language of a command line.
pub fn of(common: &Common) -> Language {
    match common.lang {
        Some(Tongue::Zh) => Language::Zh,
        Some(Tongue::En) => Language::En,
        None => of_locale(["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok())),
    }
}

/// The first of them that says anything decides, as POSIX has it.
fn of_locale(mut locales: impl Iterator<Item = String>) -> Language {
    let locale = locales.find(|locale| !locale.is_empty()).unwrap_or_default();
    if locale.to_ascii_lowercase().starts_with("zh") { Language::Zh } else { Language::En }
}

/// A sentence of the program in the language of the command line.
pub fn told(common: &Common, english: &str) -> String {
    speech::told(of(common), english)
}

/// The language where the command line could not be read: `--lang` as it stands there, else the locale.
pub fn of_words(words: impl Iterator<Item = String>) -> Language {
    let words: Vec<String> = words.collect();
    let after = words.iter().position(|word| word == "--lang").and_then(|at| words.get(at + 1)).map(String::as_str);
    match after.or_else(|| words.iter().find_map(|word| word.strip_prefix("--lang="))) {
        Some("zh") => Language::Zh,
        Some("en") => Language::En,
        _ => of_locale(["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_says_anything_decides() {
        for (locales, language) in [
            (vec!["zh_CN.UTF-8"], Language::Zh),
            (vec!["", "zh_TW"], Language::Zh),
            (vec!["C", "zh_CN.UTF-8"], Language::En),
            (vec!["en_GB.UTF-8"], Language::En),
            (vec![], Language::En),
        ] {
            assert_eq!(of_locale(locales.iter().map(|locale| (*locale).to_owned())), language, "{locales:?}");
        }
        let words = |text: &str| of_words(text.split(' ').map(str::to_owned));
        assert_eq!(words("zhanggui --lang zh ordres"), Language::Zh);
        assert_eq!(words("zhanggui ordres --lang=en"), Language::En);
    }
}

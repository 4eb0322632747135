//! Everything the program says of itself stands in Chinese and English: the sentences are read out of the rooms, so that none is forgotten.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use app::speech::BOOK;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What comes before a sentence that a person may read.
const MAKERS: &[&str] = &[
    "#[error(",
    "Error::refuse(",
    "Error::field(",
    "Error::Refusal {",
    "Failure::Usage(",
    "Failure::Refused(",
    "Failure::Fault(",
    "Failure::Passed {",
    "Failure::BadFile {",
    "fault(\"",
    "bad(format!(",
    "tongue::told(",
    "speech::told(",
    "findings.push(",
    "reason: format!(",
];
/// Rooms whose errors reach a person through the contract or the command line.
const ROOMS: &[&str] = &["app", "cli", "domain", "server", "store", "sync"];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "speech" {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && entry.file_name() != "tests.rs" {
            found.push(path);
        }
    }
}

/// The texts between quotation marks up to the bracket that closes the call; a call of another maker inside it is its own.
fn texts(call: &str) -> Vec<String> {
    let (mut depth, mut texts, mut characters) = (1_i32, Vec::new(), call.chars());
    while let Some(character) = characters.next() {
        match character {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth -= 1,
            '"' => {
                let mut text = String::new();
                while let Some(character) = characters.next() {
                    match character {
                        '"' => break,
                        '\\' => match characters.next() {
                            // A line that goes on: what follows stands without its indent.
                            Some('\n') => {
                                let rest = characters.as_str();
                                characters = rest.trim_start().chars();
                            }
                            Some(escaped) => text.push(escaped),
                            None => {}
                        },
                        other => text.push(other),
                    }
                }
                texts.push(text);
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    texts
}

/// A text with its places as the book writes them.
fn template(text: &str) -> String {
    let mut template = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '{' if characters.next_if_eq(&'{').is_some() => template.push('{'),
            '}' if characters.next_if_eq(&'}').is_some() => template.push('}'),
            '{' => {
                while characters.next().is_some_and(|c| c != '}') {}
                template.push_str("{}");
            }
            other => template.push(other),
        }
    }
    template
}

/// Every sentence of the program with the file that says it. Words without a space are keys and names, not sentences.
fn sentences() -> BTreeMap<String, String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let mut found = BTreeMap::new();
    for room in ROOMS {
        let mut files = Vec::new();
        sources(&crates.join(room).join("src"), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for maker in MAKERS {
                for (at, _) in shipped.match_indices(maker) {
                    // Where the maker's mark holds the opening quotation mark, the text begins with it.
                    let call = &shipped[at + maker.trim_end_matches('"').len()..];
                    let said = texts(call).into_iter().map(|text| template(&text)).filter(|text| text.len() >= 12 && text.trim().contains(' '));
                    found.extend(said.map(|text| (text, file.display().to_string())));
                }
            }
        }
    }
    found
}

#[test]
fn every_sentence_of_the_program_has_its_chinese() {
    let known: BTreeSet<&str> = BOOK.iter().copied().flatten().map(|(english, _)| *english).collect();
    let said = sentences();
    assert!(said.len() > 150, "only {} sentences were read: the reading is broken", said.len());
    let missing: Vec<String> = said.iter().filter(|(text, _)| !known.contains(text.as_str())).map(|(text, file)| format!("{file}: {text}")).collect();
    assert!(missing.is_empty(), "without Chinese in crates/app/src/speech:\n{}", missing.join("\n"));
}

/// What the reading leaves out would never be missed: some sentences of each maker are in it.
#[test]
fn the_reading_finds_what_is_said() {
    let said = sentences();
    for sentence in [
        "sign in first",
        "the store is open in another program ({}): close it there, or wait until it is done",
        "the two passwords differ: start again",
        "a shop's name has 1 to {} characters, in one line, none of them unseen",
        "too many attempts: try again in {} s, or use the recovery sheet",
        "the working folder is gone",
    ] {
        assert!(said.contains_key(sentence), "{sentence}");
    }
    assert_eq!(texts(r#"Code::Wait, format!("a \"b\" {c}")) + "not this""#), [r#"a "b" {c}"#]);
    assert_eq!(template("a {b} {{c}} {d:?}"), "a {} {c} {}");
}

/// The screens have their own words for each code of the contract, in both languages.
#[test]
fn every_code_has_its_words_on_the_screens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let codes = fs::read_to_string(root.join("crates/app/src/error.rs")).unwrap();
    let codes: Vec<&str> = codes.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split_once(" => \"")?.1.strip_suffix("\",")).collect();
    assert!(codes.len() > 12, "{codes:?}");
    for language in ["zh", "en"] {
        let texts: serde_json::Value = serde_json::from_slice(&fs::read(root.join(format!("ui/src/i18n/{language}/common.json"))).unwrap()).unwrap();
        for code in &codes {
            assert!(texts["error"][code].as_str().is_some_and(|text| !text.is_empty()), "common.error.{code} is missing in {language}");
        }
    }
}

/// Why a row was left out is told in one wording: the screens have a copy of the domain's, which the command line prints.
#[test]
fn the_screens_tell_of_rows_in_the_words_of_the_domain() {
    use domain::trade_file::{LineWarning, RejectReason};
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for language in ["zh", "en"] {
        let texts: serde_json::Value = serde_json::from_slice(&fs::read(root.join(format!("ui/src/i18n/{language}/imports.json"))).unwrap()).unwrap();
        let one = |words: domain::trade_file::Words| if language == "zh" { words.zh } else { words.en };
        for reason in RejectReason::ALL {
            assert_eq!(texts["reason"][reason.key()], one(reason.words()));
            assert_eq!(texts["remedy"][reason.key()], one(reason.remedy()));
        }
        for warning in LineWarning::ALL {
            assert_eq!(texts["reason"][warning.key()], one(warning.words()));
        }
    }
}

//! Rows of a file that were left out or looked at: their keys, and the sentences of the domain for them.
//!
//! The words are put in where they are printed, so that they are in the language of this terminal also where another process did the work.

use app::{speech, wire::Language};
use domain::trade_file::{Words, told_of};
use serde_json::Value;

/// Adds the sentences to the findings of an answer: `reason_text` and `remedy_text` beside the keys, which stay. Its note is told in the language too.
pub fn put_into_words(answer: &mut Value, language: Language) {
    if let Some(note) = answer.get("note").and_then(Value::as_str) {
        answer["note"] = speech::told(language, note).into();
    }
    for finding in answer.get_mut("findings").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some((reason, remedy)) = finding.get("reason").and_then(Value::as_str).and_then(told_of) else { continue };
        if let Some(fields) = finding.as_object_mut() {
            fields.insert("reason_text".into(), said(reason, language).into());
            fields.insert("remedy_text".into(), said(remedy, language).into());
        }
    }
}

/// The findings as lines for a person, in place of rows of keys.
pub fn as_lines(answer: &mut Value, language: Language) {
    put_into_words(answer, language);
    let Some(findings) = answer.get_mut("findings").and_then(Value::as_array_mut) else { return };
    for finding in findings {
        let text = |name: &str| finding.get(name).and_then(Value::as_str).unwrap_or_default();
        let (Some(row), false) = (finding.get("row").and_then(Value::as_i64), text("reason_text").is_empty()) else { continue };
        let (reason, remedy, value) = (text("reason_text"), text("remedy_text"), text("value"));
        // A Parquet file has no row of headings to point at.
        let (place, seen) = match language {
            Language::Zh => (if row > 0 { format!("第 {row} 行：") } else { String::new() }, format!("（“{value}”）。")),
            Language::En => (if row > 0 { format!("row {row}: ") } else { String::new() }, format!(" (“{value}”). ")),
        };
        *finding = format!("{place}{reason}{seen}{remedy}").into();
    }
}

const fn said(words: Words, language: Language) -> &'static str {
    match language {
        Language::Zh => words.zh,
        Language::En => words.en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn findings_are_told_in_words_and_keep_their_keys() {
        let answer = || {
            json!({"lines": 2, "findings": [
                {"row": 3, "reason": "zero_quantity", "remedy": "import.remedy.zero_quantity", "value": "0"},
                {"row": 4, "reason": "negative_price", "remedy": "kept", "value": "-3"},
                {"row": 5, "reason": "of a later version", "remedy": "kept", "value": ""},
            ]})
        };
        let mut kept = answer();
        put_into_words(&mut kept, Language::Zh);
        let first = &kept["findings"][0];
        assert_eq!((first["reason"].as_str(), first["reason_text"].as_str()), (Some("zero_quantity"), Some("数量是 0")));
        assert_eq!(first["remedy_text"], "改成实际数量，或删掉这一行");
        assert_eq!(kept["findings"][1]["remedy_text"], "照文件记下了");
        assert!(kept["findings"][2].get("reason_text").is_none(), "what nobody knows keeps its key");
        let mut lines = answer();
        as_lines(&mut lines, Language::En);
        assert_eq!(lines["findings"][0], "row 3: The quantity is 0 (“0”). Enter the real quantity, or delete the row");
        assert!(lines["findings"][2].is_object());
        let mut none = json!({"findings": ["entry 3: altered"]});
        as_lines(&mut none, Language::Zh);
        assert_eq!(none, json!({"findings": ["entry 3: altered"]}));
    }
}

//! What is printed: JSON for scripts, plain lines for a person.

use crate::{failure::Failure, findings};
use app::wire::Language;
use serde_json::Value;
use std::io::Write as _;

/// Prints an answer.
pub fn answer(mut answer: Value, json: bool, language: Language) {
    if json {
        findings::put_into_words(&mut answer, language);
        return put(&answer.to_string());
    }
    findings::as_lines(&mut answer, language);
    put(&lines(&answer).join("\n"));
}

/// A reader that went away, as `head` does, has read enough.
fn put(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints what a program reads, as it is.
pub fn bytes(bytes: &[u8]) {
    let _ = std::io::stdout().lock().write_all(bytes);
}

/// What a terminal may show of a text: the names in a file of another program could hold signs that move its cursor or set its title.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Prints a failure: to standard error for a person, as JSON on standard output too where a script reads.
pub fn failure(failure: &Failure, json: bool, language: Language) {
    if json {
        put(&failure.to_json(language).to_string());
    }
    let told = harmless(&failure.told(language));
    match failure.reference() {
        Some(reference) => eprintln!("{told} ({reference})"),
        None => eprintln!("{told}"),
    }
}

/// An answer as lines: a list of rows as a table, an object as names and values, a list as one line each.
fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value {
                Value::Array(rows) if rows.iter().any(Value::is_object) => [vec![format!("{name}:")], table(rows)].concat(),
                Value::Array(items) => [vec![format!("{name}:")], items.iter().map(|item| format!("  {}", plain(item))).collect()].concat(),
                Value::Object(_) => [vec![format!("{name}:")], lines(value).into_iter().map(|line| format!("  {line}")).collect()].concat(),
                _ => vec![format!("{name}: {}", plain(value))],
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(lines).collect(),
        other => vec![plain(other)],
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::String(text) => harmless(text),
        other => other.to_string(),
    }
}

/// Rows under their names, columns as wide as their longest cell.
fn table(rows: &[Value]) -> Vec<String> {
    let names: Vec<&String> = rows.iter().find_map(Value::as_object).map(|row| row.keys().collect()).unwrap_or_default();
    let cells: Vec<Vec<String>> = rows.iter().map(|row| names.iter().map(|name| plain(row.get(name.as_str()).unwrap_or(&Value::Null))).collect()).collect();
    let head: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
    let widths: Vec<usize> = (0..names.len()).map(|column| std::iter::once(&head).chain(&cells).map(|row| width(&row[column])).max().unwrap_or(0)).collect();
    std::iter::once(&head)
        .chain(&cells)
        .map(|row| {
            let padded = row.iter().zip(&widths).map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))));
            format!("  {}", padded.collect::<Vec<_>>().join("  ").trim_end())
        })
        .collect()
}

/// How many columns of a terminal a text takes: Chinese characters and their punctuation take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if matches!(u32::from(c), 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_person_reads_lines() {
        for (answer, expected) in [
            (json!({"orders": 2}), vec!["orders: 2"]),
            (json!({"gmv_minor": null}), vec!["gmv_minor: —"]),
            (json!({"name": "\u{1b}]0;x\u{7}cup"}), vec!["name: \u{fffd}]0;x\u{fffd}cup"]),
            (json!({"codes": ["x", "y"]}), vec!["codes:", "  x", "  y"]),
            (json!({"sync": {"waiting": 0}}), vec!["sync:", "  waiting: 0"]),
            (json!({"rows": [{"name": "蓝杯"}, {"name": "tea"}, {"name": null}]}), vec!["rows:", "  name", "  蓝杯", "  tea", "  —"]),
        ] {
            assert_eq!(lines(&answer), expected, "{answer}");
        }
    }

    #[test]
    fn columns_stand_under_their_names() {
        let rows = [json!({"a": "蓝杯", "b": 1}), json!({"a": "x", "b": 22})];
        let found = table(&rows);
        assert!(found.contains(&"  蓝杯  1".to_owned()) || found.contains(&"  1   蓝杯".to_owned()), "{found:?}");
        assert_eq!(width("蓝杯 a"), 6);
    }
}

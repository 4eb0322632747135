//! Licences of every crate and npm package against the list in deny.toml. Expressions are SPDX; `MIT/Apache-2.0` of old crates means OR.

use serde_json::Value;

use super::read;
use crate::child;
use crate::place::Place;
use crate::stop::{Explain, Outcome, Stop};

/// Gives a sentence for each package whose licence is not allowed or not stated.
pub fn check(place: &Place) -> Outcome<Vec<String>> {
    let allowed = allowed(&read(&place.root().join("deny.toml"))?)?;
    let metadata = child::output(place.command("cargo").args(["metadata", "--all-features", "--format-version", "1", "--locked"]))
        .ok_or_else(|| Stop::because("cargo metadata failed, so the licences are not known."))?;
    let metadata: Value = serde_json::from_str(&metadata).explain(|| "cargo metadata".to_owned())?;
    let lock: Value = serde_json::from_str(&read(&place.ui().join("package-lock.json"))?).explain(|| "ui/package-lock.json".to_owned())?;
    let mut problems = Vec::new();
    let mut packages = crates(&metadata);
    packages.extend(modules(&lock));
    println!("Licences: {} packages.", packages.len());
    for (name, licence) in packages {
        match licence {
            Some(licence) if is_allowed(&licence, &allowed) => {}
            Some(licence) => problems.push(format!("{name}: the licence '{licence}' is not allowed by deny.toml.")),
            None => problems.push(format!("{name}: no licence is stated.")),
        }
    }
    Ok(problems)
}

fn allowed(deny: &str) -> Outcome<Vec<String>> {
    let deny: toml::Table = deny.parse().explain(|| "Cannot read deny.toml".to_owned())?;
    let list = deny.get("licenses").and_then(|licenses| licenses.get("allow")).and_then(toml::Value::as_array);
    let list = list.ok_or_else(|| Stop::because("deny.toml has no list licenses.allow"))?;
    Ok(list.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

fn crates(metadata: &Value) -> Vec<(String, Option<String>)> {
    let text = |package: &Value, field: &str| package[field].as_str().map(str::to_owned);
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.map(|package| (format!("crate {} {}", package["name"], package["version"]).replace('"', ""), text(package, "license"))).collect()
}

fn modules(lock: &Value) -> Vec<(String, Option<String>)> {
    let packages = lock["packages"].as_object().into_iter().flatten().filter(|(path, _)| !path.is_empty());
    packages.map(|(path, package)| (format!("npm {}", path.trim_start_matches("node_modules/")), package["license"].as_str().map(str::to_owned))).collect()
}

/// Whether an SPDX expression can be met with allowed licences: AND binds tighter than OR; an exception (`WITH`) only adds rights.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = any(&words, &mut at, allowed);
    met == Some(true) && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &[String]) -> Option<bool> {
    let mut met = all(words, at, allowed)?;
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, allowed)?;
    }
    Some(met)
}

fn all(words: &[&str], at: &mut usize, allowed: &[String]) -> Option<bool> {
    let mut met = one(words, at, allowed)?;
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed)?;
    }
    Some(met)
}

fn one(words: &[&str], at: &mut usize, allowed: &[String]) -> Option<bool> {
    let word = *words.get(*at)?;
    *at += 1;
    if word == "(" {
        let met = any(words, at, allowed)?;
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return closed.then_some(met);
    }
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
    }
    Some(allowed.iter().any(|licence| licence == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, expect: bool) {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"].map(str::to_owned);
        assert_eq!(is_allowed(expression, &allowed), expect, "{expression}");
    }

    #[test]
    fn an_expression_is_met_or_not() {
        check("MIT", true);
        check("MIT/Apache-2.0", true);
        check("MIT OR GPL-3.0-only", true);
        check("(MIT OR Apache-2.0) AND Unicode-3.0", true);
        check("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", true);
        check("GPL-3.0-only", false);
        check("MIT AND AGPL-3.0-only", false);
        check("(MIT OR Apache-2.0) AND OpenSSL", false);
        check("SEE LICENSE IN LICENSE.md", false);
        check("(MIT", false);
        check("", false);
    }

    #[test]
    fn packages_of_both_registries_are_listed() {
        let metadata = serde_json::json!({ "packages": [{ "name": "a", "version": "1.0.0", "license": null }] });
        assert_eq!(crates(&metadata), [("crate a 1.0.0".to_owned(), None)]);
        let lock = serde_json::json!({ "packages": { "": { "license": "X" }, "node_modules/@b/c": { "license": "MIT" } } });
        assert_eq!(modules(&lock), [("npm @b/c".to_owned(), Some("MIT".to_owned()))]);
    }
}

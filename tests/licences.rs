//! docs/dependencies.md names every direct dependency, and nothing that is no dependency. The licences themselves, down to the last package, are checked by
//! `cargo xtask scan`, which may download; this may not.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap_or_default()
}

/// Direct dependencies of our crates that are not our own crates.
fn crates(metadata: &Value) -> BTreeSet<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let dependencies = packages.flat_map(|package| package["dependencies"].as_array().into_iter().flatten());
    let foreign = dependencies.filter(|dependency| dependency["path"].is_null());
    foreign.filter_map(|dependency| dependency["name"].as_str().map(str::to_owned)).collect()
}

fn modules(package: &Value) -> BTreeSet<String> {
    let lists = ["dependencies", "devDependencies"].into_iter().filter_map(|list| package[list].as_object());
    lists.flat_map(|list| list.keys().cloned()).collect()
}

/// The names in the first column of a document's tables.
fn documented(text: &str) -> BTreeSet<String> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    rows.filter(|(_, rest)| rest.matches('|').count() == 3).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn a_planted_dependency_is_missed() {
    let metadata = serde_json::json!({ "packages": [{ "dependencies": [{ "name": "serde" }, { "name": "ours", "path": "x" }] }] });
    assert_eq!(crates(&metadata), BTreeSet::from(["serde".to_owned()]));
    let package = serde_json::json!({ "dependencies": { "vue": "3" }, "devDependencies": { "vite": "8" } });
    assert_eq!(modules(&package), BTreeSet::from(["vite".to_owned(), "vue".to_owned()]));
    let page = "| `serde` | wire | all | MIT |\n| `a row without its columns` | x |\n`prose`";
    assert_eq!(documented(page), BTreeSet::from(["serde".to_owned()]));
}

#[test]
fn every_dependency_has_its_reason() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path", manifest];
    let metadata = Command::new(cargo).args(arguments).output().ok();
    let metadata: Value = metadata.and_then(|output| serde_json::from_slice(&output.stdout).ok()).unwrap_or_default();
    let package: Value = serde_json::from_str(&file("ui/package.json")).unwrap_or_default();
    let mut used = crates(&metadata);
    assert!(used.contains("serde"), "cargo metadata gave no dependencies");
    used.extend(modules(&package));
    let documented = documented(&file("docs/dependencies.md"));
    let missing: Vec<_> = used.difference(&documented).collect();
    let gone: Vec<_> = documented.difference(&used).collect();
    assert!(missing.is_empty(), "docs/dependencies.md does not say what these are for: {missing:?}");
    assert!(gone.is_empty(), "docs/dependencies.md names what nothing uses any more: {gone:?}");
}

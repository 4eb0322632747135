//! The arrows between rooms, as ARCHITECTURE.md draws them: hosts → app → store → domain, sync → store, never upward; SQL only in store and sync.
//!
//! Read from `cargo metadata`, so that a dependency for one platform or for building counts as well. Dependencies for tests alone may cross.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Each room and the rooms it may use. A new room is a new row here and in ARCHITECTURE.md.
const MAY_USE: &[(&str, &[&str])] = &[
    ("zhanggui-domain", &[]),
    ("zhanggui-store", &["zhanggui-domain"]),
    ("zhanggui-sync", &["zhanggui-domain", "zhanggui-store"]),
    ("zhanggui-app", &["zhanggui-domain", "zhanggui-store"]),
    ("zhanggui-server", &["zhanggui-domain", "zhanggui-store", "zhanggui-sync", "zhanggui-app"]),
    ("zhanggui-cli", &["zhanggui-domain", "zhanggui-store", "zhanggui-sync", "zhanggui-app", "zhanggui-server"]),
    ("zhanggui-desktop", &["zhanggui-domain", "zhanggui-store", "zhanggui-sync", "zhanggui-app", "zhanggui-server"]),
    // For tests alone: that no other row names it is what keeps it out of everything that ships.
    ("zhanggui-faultfs", &["zhanggui-domain"]),
    ("xtask", &[]),
];

/// Packages with a reach of their own, and the only rooms that may have them.
const KEPT_TO: &[(&str, &[&str])] = &[
    ("sqlx", &["zhanggui-store", "zhanggui-sync"]),
    ("libsqlite3-sys", &["zhanggui-store", "zhanggui-faultfs"]),
    ("keyring", &["zhanggui-store"]),
    ("tauri", &["zhanggui-desktop"]),
    ("axum", &["zhanggui-server"]),
    ("tokio", &["zhanggui-store", "zhanggui-sync", "zhanggui-app", "zhanggui-server", "zhanggui-cli", "zhanggui-desktop"]),
];

/// One dependency that ships: who has it, and what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: String,
    to: String,
}

fn arrow(from: &str, to: &str) -> Arrow {
    Arrow { from: from.to_owned(), to: to.to_owned() }
}

/// Every dependency of our packages but those for tests.
fn arrows(metadata: &Value) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let shipped = package["dependencies"].as_array().into_iter().flatten().filter(|dependency| dependency["kind"] != "dev");
        for dependency in shipped {
            arrows.push(arrow(package["name"].as_str().unwrap_or_default(), dependency["name"].as_str().unwrap_or_default()));
        }
    }
    arrows
}

/// Arrows that the house does not have.
fn forbidden(rooms: &BTreeSet<String>, arrows: &[Arrow]) -> Vec<String> {
    let mut found = Vec::new();
    for Arrow { from, to } in arrows {
        let allowed = MAY_USE.iter().find(|(room, _)| room == from).map(|(_, uses)| *uses);
        match allowed {
            None => found.push(format!("{from} is a room that no row here knows")),
            Some(uses) if rooms.contains(to) && !uses.contains(&to.as_str()) => found.push(format!("{from} must not use {to}")),
            Some(_) => {}
        }
        if let Some((_, homes)) = KEPT_TO.iter().find(|(package, _)| package == to)
            && !homes.contains(&from.as_str())
        {
            found.push(format!("{to} belongs to {} only, not to {from}", homes.join(", ")));
        }
    }
    found
}

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(cargo).args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path", manifest]).output();
    output.ok().and_then(|output| serde_json::from_slice(&output.stdout).ok()).unwrap_or_default()
}

fn rooms(metadata: &Value) -> BTreeSet<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.filter_map(|package| package["name"].as_str().map(str::to_owned)).collect()
}

fn planted(from: &str, to: &str) -> Vec<String> {
    let rooms = MAY_USE.iter().map(|(room, _)| (*room).to_owned()).collect();
    forbidden(&rooms, &[arrow(from, to)])
}

#[test]
fn a_planted_arrow_is_seen() {
    for (from, to) in [
        ("zhanggui-store", "zhanggui-app"),
        ("zhanggui-sync", "zhanggui-app"),
        ("zhanggui-domain", "zhanggui-store"),
        ("zhanggui-app", "zhanggui-server"),
        ("zhanggui-store", "zhanggui-faultfs"),
        ("zhanggui-app", "sqlx"),
        ("zhanggui-desktop", "sqlx"),
        ("zhanggui-cli", "axum"),
        ("zhanggui-domain", "tokio"),
        ("xtask", "zhanggui-store"),
        ("zhanggui-attic", "serde"),
    ] {
        assert_eq!(planted(from, to).len(), 1, "{from} → {to}");
    }
    for (from, to) in [("zhanggui-cli", "zhanggui-server"), ("zhanggui-sync", "zhanggui-store"), ("zhanggui-store", "sqlx"), ("zhanggui-app", "serde")] {
        assert_eq!(planted(from, to), Vec::<String>::new(), "{from} → {to}");
    }
}

#[test]
fn a_dependency_for_tests_is_no_arrow() {
    let metadata = serde_json::json!({ "packages": [{ "name": "a", "dependencies": [
        { "name": "b", "kind": "dev" }, { "name": "c", "kind": null }, { "name": "d", "kind": "build" }
    ] }] });
    assert_eq!(arrows(&metadata), [arrow("a", "c"), arrow("a", "d")]);
}

#[test]
fn the_arrows_are_those_of_the_house() {
    let metadata = metadata();
    let rooms = rooms(&metadata);
    assert!(rooms.contains("zhanggui-domain"), "cargo metadata gave no packages");
    let found = forbidden(&rooms, &arrows(&metadata));
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    let gone: Vec<&str> = MAY_USE.iter().map(|(room, _)| *room).filter(|room| !rooms.contains(*room)).collect();
    assert!(gone.is_empty(), "no longer rooms, take them out here: {gone:?}");
}

/// The words of SQL must not stand in a string outside store and sync either: a query can be built without sqlx being named.
fn sql_outside(path: &str, text: &str) -> bool {
    let home = ["crates/store/", "crates/sync/", "migrations/"].iter().any(|home| path.starts_with(home));
    let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    !home && ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "sqlx::"].iter().any(|words| shipped.contains(words))
}

#[test]
fn sql_stands_in_store_and_sync_only() {
    assert!(sql_outside("crates/app/src/a.rs", "let rows = query(\"SELECT 1\")"));
    assert!(sql_outside("src-tauri/a.rs", "sqlx::query(x)"));
    assert!(!sql_outside("crates/store/src/a.rs", "\"SELECT 1\""));
    assert!(!sql_outside("crates/app/src/a.rs", "#[cfg(test)]\nmod tests { \"SELECT 1\" }"));
    let mut found = Vec::new();
    for room in ["crates", "src-tauri", "xtask"] {
        look(&format!("{}/{room}", env!("CARGO_MANIFEST_DIR")), room, &mut found);
    }
    assert!(found.is_empty(), "SQL outside store and sync:\n{}\n", found.join("\n"));
}

fn look(dir: &str, shown: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let (path, shown) = (format!("{dir}/{name}"), format!("{shown}/{name}"));
        if entry.path().is_dir() && !["tests", "benches", "examples"].contains(&name.as_str()) {
            look(&path, &shown, found);
        } else if name.ends_with(".rs") && std::fs::read_to_string(&path).is_ok_and(|text| sql_outside(&shown, &text)) {
            found.push(shown);
        }
    }
}

//! The TypeScript types of the contract: written from the Rust types, and stale files fail.
//!
//! `cargo xtask bindings` sets `ZHANGGUI_WRITE_BINDINGS`, which writes the file instead of comparing it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::{fs, path::Path};
use zhanggui_app::rpc;

const HEAD: &str = "// Generated from crates/app/src/wire by `cargo xtask bindings`. Do not edit.\n";

fn generated() -> String {
    let dir = tempfile::tempdir().unwrap();
    let config = ts_rs::Config::new().with_out_dir(dir.path()).with_large_int("number");
    let map = rpc::type_declarations(&config).unwrap();
    let types = fs::read_to_string(dir.path().join("bindings.ts")).unwrap();
    // What ts-rs writes above the types names itself; ours says how to make the file again.
    let types: Vec<&str> = types.lines().filter(|l| !l.starts_with("// This file was generated")).collect();
    format!("{HEAD}{}\n\n{map}", types.join("\n").trim_end())
}

#[test]
fn the_types_of_the_screens_are_those_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/rpc/bindings.ts");
    let fresh = generated();
    if std::env::var_os("ZHANGGUI_WRITE_BINDINGS").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == fresh, "ui/src/rpc/bindings.ts is stale: run `cargo xtask bindings`");
}

#[test]
fn every_command_says_who_may_call_it() {
    let names: Vec<&str> = rpc::COMMANDS.iter().map(|c| c.name).collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len(), "a command is listed twice");
    for command in rpc::COMMANDS {
        if let rpc::Access::May(permission) = command.access {
            assert!(
                permission.split_once('.').is_some_and(|(area, act)| !area.is_empty() && !act.is_empty()),
                "{}: {permission} is not area.act",
                command.name
            );
        }
    }
}

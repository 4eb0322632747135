//! The centre's form: what is generated from the catalogue, and what is written by hand.

use std::fmt::Write as _;
use store::{
    catalogue::{Class, Column, TABLES, Table},
    value::Kind,
};

/// The part written by hand: devices, positions, the apply by class.
pub const FIXED: &str = include_str!("../../../migrations/central/0002_sync.sql");
/// The generated part as it was released; a test refuses one that is stale.
pub const GENERATED: &str = include_str!("../../../migrations/central/0001_tables.sql");

/// The generated part: a projection table for each synced table, and the catalogue by which the centre applies rows.
#[must_use]
pub fn central_schema() -> String {
    let mut sql = String::from(
        "-- Generated from crates/store/src/catalogue.rs by crates/sync/src/central.rs: `cargo test -p zhanggui-sync central` says when it is stale, and with\n\
         -- ZHANGGUI_WRITE_SCHEMA=1 writes it anew.\n\
         CREATE SCHEMA sync;\nCREATE SCHEMA projection;\n\n\
         -- How each table is read from and written to an operation's rows, and the order in which tables are applied.\n\
         CREATE TABLE sync.catalogue (table_name text PRIMARY KEY, place integer NOT NULL, class text NOT NULL, columns text NOT NULL, reads text NOT NULL, writes text NOT NULL, sets text NOT NULL);\n",
    );
    for (place, table) in TABLES.iter().enumerate() {
        let columns: Vec<String> = table.columns.iter().map(|c| format!("{} {}{}", c.name, kind_word(c.kind), limits(c))).collect();
        let _ = write!(sql, "\nCREATE TABLE projection.{} ({});\n", table.name, columns.join(", "));
        let _ = writeln!(
            sql,
            "INSERT INTO sync.catalogue VALUES ('{}', {place}, '{}', '{}', '{}', '{}', '{}');",
            table.name,
            table.class.word(),
            names(table).join(", "),
            quoted(&reads(table)),
            quoted(&writes(table)),
            sets(table),
        );
    }
    sql
}

/// The columns of a table as a row of an operation, with the row called `t`.
pub(crate) fn writes(table: &Table) -> String {
    let parts: Vec<String> =
        table.columns.iter().map(|c| if is_bytes(c.kind) { format!("encode(t.{}, 'hex')", c.name) } else { format!("t.{}", c.name) }).collect();
    format!("jsonb_build_array({})", parts.join(", "))
}

fn reads(table: &Table) -> String {
    let parts: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(i, c)| match c.kind {
            Kind::Id | Kind::Bytes => format!("decode(r->>{i}, 'hex')"),
            Kind::Int => format!("(r->>{i})::bigint"),
            Kind::Text => format!("r->>{i}"),
        })
        .collect();
    parts.join(", ")
}

fn sets(table: &Table) -> String {
    if table.class == Class::Fact {
        return String::new();
    }
    let parts: Vec<String> = names(table).iter().skip(1).map(|name| format!("{name} = excluded.{name}")).collect();
    parts.join(", ")
}

fn names(table: &Table) -> Vec<&'static str> {
    table.columns.iter().map(|c| c.name).collect()
}

const fn is_bytes(kind: Kind) -> bool {
    matches!(kind, Kind::Id | Kind::Bytes)
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Bytes => "bytea",
        Kind::Int => "bigint",
        Kind::Text => "text",
    }
}

fn limits(column: &Column) -> &'static str {
    match (column.name, column.nullable) {
        ("id", _) => " PRIMARY KEY",
        (_, true) => "",
        (_, false) => " NOT NULL",
    }
}

fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_part_is_fresh() {
        let fresh = central_schema();
        if std::env::var_os("ZHANGGUI_WRITE_SCHEMA").is_some() {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/central/0001_tables.sql");
            std::fs::write(file, &fresh).unwrap();
        }
        assert!(
            fresh == GENERATED,
            "migrations/central/0001_tables.sql is stale: run ZHANGGUI_WRITE_SCHEMA=1 cargo test -p zhanggui-sync central, and again without it"
        );
    }

    #[test]
    fn every_table_has_its_projection_and_its_line() {
        for table in TABLES {
            assert!(GENERATED.contains(&format!("CREATE TABLE projection.{} (id bytea PRIMARY KEY, ", table.name)), "{}", table.name);
            assert!(GENERATED.contains(&format!("VALUES ('{}', ", table.name)), "{}", table.name);
        }
    }
}

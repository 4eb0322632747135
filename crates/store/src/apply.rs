//! Applying row changes: one path for a use case here and for what another node sent.

use crate::{
    Error, Result,
    catalogue::{Class, Table},
    change::Change,
    value::{Row, Value, arguments, bind},
};
use sqlx::{
    AssertSqlSafe, Row as _, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};
use std::collections::HashMap;

/// Rows in one INSERT. Every statement goes to the thread of its connection and back, which on a computer with idle processors costs more than
/// writing a hundred rows. With the 25 columns of the widest table (`order_fold`) this many stay under SQLite's 32,766 marks.
const ROWS_PER_STATEMENT: usize = 512;

/// How rows are met that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// This node decided the change in this transaction: a row that is there is an error.
    Decided,
    /// Another node did: an equal row is skipped, an older version is skipped, other content of a fact is reported.
    Arrived,
}

/// Applies a change. Answers the rows that could not be applied (only of `Arrived`), each with the reason.
pub(crate) async fn apply(db: &mut SqliteConnection, change: &Change, meeting: Meeting) -> Result<Vec<(Row, String)>> {
    let table = change.table();
    table.check_all(change.rows())?;
    match (change, meeting) {
        (Change::Insert { rows, .. }, Meeting::Decided) => Laid::insert("INSERT", table, rows).run(db).await.map(|_| Vec::new()),
        (Change::Insert { rows, .. }, Meeting::Arrived) => insert_arrived(db, table, rows).await,
        (Change::Put { rows, .. }, meeting) => {
            let mut left = Vec::new();
            let mut versions = versions(db, table, rows).await?;
            let (mut new, mut there) = (Vec::new(), Vec::new());
            for row in rows {
                match row[0].as_id() {
                    Some(id) if !versions.contains_key(&id) => {
                        versions.insert(id, version_of(row));
                        new.push(row.clone());
                    }
                    _ => there.push(row),
                }
            }
            Laid::insert("INSERT", table, &new).run(db).await?;
            for row in there {
                let id = row[0].as_id().unwrap_or_default();
                if put(db, table, row, versions.get(&id).copied().unwrap_or(0), meeting).await? {
                    versions.insert(id, version_of(row));
                } else {
                    left.push((row.clone(), "an equal or newer version is here".to_owned()));
                }
            }
            Ok(if meeting == Meeting::Arrived { Vec::new() } else { left })
        }
    }
}

/// Rows laid into statements, away from the connection that runs them: while one computes, the other writes.
#[derive(Default)]
pub(crate) struct Laid(Vec<(String, SqliteArguments)>);

impl Laid {
    /// Lays rows after `head` (as `INSERT INTO sku`) and before `tail` (as ` ON CONFLICT …`), in statements of a few fixed lengths.
    pub(crate) fn of(head: &str, names: &[&str], rows: &[Row], tail: &str) -> Self {
        let names_all = names.join(",");
        let marks = format!("({}),", vec!["?"; names.len()].join(","));
        let statements = statement_parts(rows).map(|rows| {
            let mut sql = format!("{head} ({names_all}) VALUES {}", marks.repeat(rows.len()));
            // The comma after the last row.
            sql.pop();
            sql.push_str(tail);
            (sql, arguments(rows.iter().flatten(), rows.len() * names.len()))
        });
        Self(statements.collect())
    }

    /// The rows of a synced table, as new ones.
    pub(crate) fn insert(verb: &str, table: &Table, rows: &[Row]) -> Self {
        let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
        Self::of(&format!("{verb} INTO {}", table.name), &names, rows, "")
    }

    /// Runs the statements; answers how many rows were written.
    pub(crate) async fn run(self, db: &mut SqliteConnection) -> Result<u64> {
        let mut written = 0;
        for (sql, arguments) in self.0 {
            written += sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut *db).await?.rows_affected();
        }
        Ok(written)
    }
}

/// Cuts a slice into parts of a few fixed lengths, the longest first: each length is one prepared statement that stays in the cache, and a
/// slice of any length needs few of them.
fn statement_parts<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    const LENGTHS: [usize; 10] = [ROWS_PER_STATEMENT, 256, 128, 64, 32, 16, 8, 4, 2, 1];
    std::iter::from_fn(move || {
        let length = *LENGTHS.iter().find(|l| **l <= rest.len())?;
        let (part, left) = rest.split_at(length);
        rest = left;
        Some(part)
    })
}

async fn insert_arrived(db: &mut SqliteConnection, table: &Table, rows: &[Row]) -> Result<Vec<(Row, String)>> {
    let before = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let written = Laid::insert("INSERT OR IGNORE", table, rows).run(db).await?;
    if i64::try_from(written).unwrap_or(0) == before {
        return Ok(Vec::new());
    }
    let mut left = Vec::new();
    for row in rows {
        let there = fetch(db, table, &row[0]).await?;
        if there.as_ref() != Some(row) {
            left.push((row.clone(), "the same id is here with other content".to_owned()));
        }
    }
    Ok(left)
}

/// Reads a row by its id.
pub(crate) async fn fetch(db: &mut SqliteConnection, table: &Table, id: &Value) -> Result<Option<Row>> {
    let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
    let sql = format!("SELECT {} FROM {} WHERE id = ?", names.join(","), table.name);
    let found = bind(sqlx::query(AssertSqlSafe(sql)), id).fetch_optional(db).await?;
    Ok(found.map(|r| read_row(table, &r)))
}

/// Reads a row as the catalogue's values.
pub(crate) fn read_row(table: &Table, row: &SqliteRow) -> Row {
    use crate::value::Kind;
    table
        .columns
        .iter()
        .enumerate()
        .map(|(i, column)| match column.kind {
            Kind::Int => row.get::<Option<i64>, _>(i).map_or(Value::Null, Value::Int),
            Kind::Text => row.get::<Option<String>, _>(i).map_or(Value::Null, Value::Text),
            Kind::Bytes => row.get::<Option<Vec<u8>>, _>(i).map_or(Value::Null, Value::Bytes),
            Kind::Id => row.get::<Option<Vec<u8>>, _>(i).and_then(|b| <[u8; 16]>::try_from(b).ok()).map_or(Value::Null, Value::Id),
        })
        .collect()
}

fn version_of(row: &Row) -> i64 {
    row.get(1).and_then(Value::as_int).unwrap_or(0)
}

/// The versions of the rows that are here, by their ids.
async fn versions(db: &mut SqliteConnection, table: &Table, rows: &[Row]) -> Result<HashMap<[u8; 16], i64>> {
    let ids: Vec<String> = rows.iter().filter_map(|row| row[0].as_id()).map(hex::encode).collect();
    let sql = format!("SELECT t.id, t.version FROM json_each(?) j CROSS JOIN {} t ON t.id = unhex(j.value)", table.name);
    let found = sqlx::query(AssertSqlSafe(sql)).bind(serde_json::json!(ids).to_string()).fetch_all(db).await?;
    Ok(found.iter().filter_map(|row| Some((row.get::<&[u8], _>(0).try_into().ok()?, row.get(1)))).collect())
}

/// Writes a newer version of a row that is here; answers whether it was newer.
async fn put(db: &mut SqliteConnection, table: &Table, row: &Row, there: i64, meeting: Meeting) -> Result<bool> {
    debug_assert!(matches!(table.class, Class::Owned | Class::Patch), "facts are inserted, not put");
    let version = version_of(row);
    if there >= version {
        return Ok(false);
    }
    if meeting == Meeting::Decided && version != there + 1 {
        return Err(Error::OtherContent { table: table.name.into(), reference: format!("version {there}") });
    }
    let sets: Vec<String> = table.columns.iter().skip(1).map(|c| format!("{} = ?", c.name)).collect();
    let sql = format!("UPDATE {} SET {} WHERE id = ? AND version = ?", table.name, sets.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in row.iter().skip(1) {
        query = bind(query, value);
    }
    let touched = bind(query, &row[0]).bind(there).execute(db).await?.rows_affected();
    if touched == 1 { Ok(true) } else { Err(Error::RowsTouched { table: table.name.into(), expected: 1, actual: touched }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statement_parts_cover_every_row_once() {
        for length in [0_usize, 1, 3, 4, 63, 64, 65, 511, 512, 1_023, 5_000] {
            let rows: Vec<usize> = (0..length).collect();
            let joined: Vec<usize> = statement_parts(&rows).flatten().copied().collect();
            assert_eq!(joined, rows);
            assert!(statement_parts(&rows).count() <= length / ROWS_PER_STATEMENT + 13);
        }
    }
}

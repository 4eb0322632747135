//! Which arrived rows are new here: the others are dropped or put aside before anything is derived from them, so that no share is counted twice.

use super::Aside;
use crate::{
    Change, Error, Result, Write, apply,
    catalogue::{Class, Table},
    value::{Row, Value, bind},
};
use domain::Channel;
use jiff::civil::Date;
use sqlx::{AssertSqlSafe, SqliteConnection};
use std::collections::BTreeMap;

/// Ids asked for in one statement.
const IDS_PER_STATEMENT: usize = 64;
/// Whole numbers on the wire stay below it, signs aside.
const NUMBER_LIMIT: u64 = 1 << 53;

/// Facts never change, so that one of the two is wrong.
const OTHER_CONTENT: &str = "the same id is here with other content";
/// The row here that gave way to the one of the centre.
const GAVE_WAY: &str = "another computer changed the same row at the same time";

/// Whether a row was put aside for a person to decide, and not because this version could not read it.
pub(super) fn waits_for_a_person(reason: &str) -> bool {
    [OTHER_CONTENT, GAVE_WAY].contains(&reason)
}

type Known = BTreeMap<(&'static str, [u8; 16]), Row>;

/// Compares arrived rows with what is here and with those before them in the batch.
#[derive(Default)]
pub(super) struct Sieve {
    /// The newest form of every row met so far.
    known: Known,
    /// Rows here that lost a tie: the row of the centre takes their place.
    ties: Vec<(&'static Table, [u8; 16], i64)>,
    pub(super) aside: Vec<Aside>,
}

impl Sieve {
    /// Answers the rows of a change that are new here; `None` where none is.
    pub(super) async fn pass(&mut self, write: &mut Write, from: &str, change: &Change) -> Result<Option<Change>> {
        let table = change.table();
        learn(write, table, change.rows(), &mut self.known).await?;
        let rows: Vec<Row> = change.rows().iter().filter(|row| self.is_new(from, table, row)).cloned().collect();
        Ok(match change {
            _ if rows.is_empty() => None,
            Change::Insert { .. } => Some(Change::Insert { table, rows }),
            Change::Put { .. } => Some(Change::Put { table, rows }),
        })
    }

    fn is_new(&mut self, from: &str, table: &'static Table, row: &Row) -> bool {
        let Some(id) = row.first().and_then(Value::as_id) else {
            self.aside.push(Aside { reference: from.to_owned(), reason: "a row without an id".into(), payload: as_text(table, row) });
            return false;
        };
        if let Some(reason) = unreadable(table, row) {
            self.aside.push(Aside { reference: from.to_owned(), reason, payload: as_text(table, row) });
            return false;
        }
        let version = |row: &Row| row.get(1).and_then(Value::as_int).unwrap_or(0);
        let there = self.known.get(&(table.name, id));
        let (new, loser) = match there {
            None => (true, None),
            Some(there) if there == row => (false, None),
            Some(_) if table.class == Class::Fact => (false, Some((OTHER_CONTENT, row))),
            Some(there) if version(row) > version(there) => (true, None),
            // Both made the same version of it. The centre took this one, so that every node does; the one from here is kept aside for a person.
            Some(there) if version(row) == version(there) => {
                self.ties.push((table, id, version(row)));
                (true, Some((GAVE_WAY, there)))
            }
            Some(_) => (false, None),
        };
        if let Some((reason, loser)) = loser {
            self.aside.push(Aside { reference: from.to_owned(), reason: reason.into(), payload: as_text(table, loser) });
        }
        if new {
            self.known.insert((table.name, id), row.clone());
        }
        new
    }

    /// Sets rows that lost a tie one version back, so that the one that won is newer and takes the usual way.
    pub(super) async fn give_way(&self, write: &mut Write) -> Result<()> {
        for (table, id, version) in &self.ties {
            let sql = format!("UPDATE {} SET version = version - 1 WHERE id = ? AND version = ?", table.name);
            let touched = sqlx::query(AssertSqlSafe(sql)).bind(id.to_vec()).bind(version).execute(&mut **write).await?.rows_affected();
            if touched != 1 {
                return Err(Error::RowsTouched { table: table.name.into(), expected: 1, actual: touched });
            }
        }
        Ok(())
    }
}

/// Why a row would make no sense to those who read it. Figures and lists read whole months: one row with a word or date that they do not know would
/// refuse them all.
fn unreadable(table: &Table, row: &Row) -> Option<String> {
    table.columns.iter().zip(row).find_map(|(column, value)| match (column.name, value) {
        ("channel", Value::Text(word)) => Channel::from_word(word).is_none().then(|| format!("this version does not know the channel {word}")),
        ("business_date", Value::Text(text)) => (!is_business_date(text)).then(|| format!("{text} is no business date")),
        ("hour", Value::Int(hour)) => (!(0..24).contains(hour)).then(|| format!("{hour} is no hour of a day")),
        (name, Value::Int(number)) => (number.unsigned_abs() >= NUMBER_LIMIT).then(|| format!("the number in {name} is larger than any of ours")),
        _ => None,
    })
}

/// Dates are compared and cut as texts: only the one form of four, two and two digits is theirs.
fn is_business_date(text: &str) -> bool {
    text.len() == "2026-11-28".len() && text.parse::<Date>().is_ok_and(|date| date.to_string() == text)
}

fn as_text(table: &'static Table, row: &Row) -> String {
    Change::Insert { table, rows: vec![row.clone()] }.to_json().to_string()
}

/// Reads the rows of these ids that are here and were not met before.
async fn learn(db: &mut SqliteConnection, table: &'static Table, rows: &[Row], known: &mut Known) -> Result<()> {
    let ids: Vec<[u8; 16]> = rows.iter().filter_map(|row| row.first()?.as_id()).filter(|id| !known.contains_key(&(table.name, *id))).collect();
    let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
    for part in ids.chunks(IDS_PER_STATEMENT) {
        // Whole parts share one prepared statement; a rest asks for one id several times over, which costs less than a statement of its own.
        let marks = vec!["?"; IDS_PER_STATEMENT].join(",");
        let sql = format!("SELECT {} FROM {} WHERE id IN ({marks})", names.join(","), table.name);
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for i in 0..IDS_PER_STATEMENT {
            query = bind(query, &Value::Id(part[i.min(part.len() - 1)]));
        }
        for found in query.fetch_all(&mut *db).await? {
            let row = apply::read_row(table, &found);
            if let Some(id) = row[0].as_id() {
                known.insert((table.name, id), row);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_business_date_has_one_form() {
        for text in ["2026-11-28", "2024-02-29", "0001-01-01"] {
            assert!(is_business_date(text), "{text}");
        }
        for text in ["", "2026-11-31", "2026-13-01", "2026-1-02", "20261128", "2026-11-28T00:00", "-00026-11-28", "+2026-11-8", "yesterday", "２０２６-1"] {
            assert!(!is_business_date(text), "{text}");
        }
    }
}

//! The row changes that a use case decided: what is applied here, what travels in an operation, and what another node applies again.

use crate::{
    catalogue::{self, Table},
    value::{Row, Value},
};
use serde_json::{Value as Json, json};

/// Rows of one table.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// New rows. Of a `fact` the same id with other content is refused.
    Insert { table: &'static Table, rows: Vec<Row> },
    /// Whole rows of an `owned` or `patch` table, each with the version it becomes; new or one above the one that is there.
    Put { table: &'static Table, rows: Vec<Row> },
}

impl Change {
    /// The table whose rows they are.
    #[must_use]
    pub const fn table(&self) -> &'static Table {
        match self {
            Self::Insert { table, .. } | Self::Put { table, .. } => table,
        }
    }

    /// The rows.
    #[must_use]
    pub const fn rows(&self) -> &Vec<Row> {
        match self {
            Self::Insert { rows, .. } | Self::Put { rows, .. } => rows,
        }
    }

    /// Writes the form it has in an operation, without building a tree of it: an import writes a million rows.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        let act = if matches!(self, Self::Insert { .. }) { "insert" } else { "put" };
        out.extend_from_slice(format!(r#"{{"table":"{}","act":"{act}","rows":["#, self.table().name).as_bytes());
        for (i, row) in self.rows().iter().enumerate() {
            out.extend_from_slice(if i == 0 { b"[" } else { b",[" });
            for (j, value) in row.iter().enumerate() {
                if j > 0 {
                    out.push(b',');
                }
                write_value(value, out);
            }
            out.push(b']');
        }
        out.extend_from_slice(b"]}");
    }

    /// The form as a tree.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let act = if matches!(self, Self::Insert { .. }) { "insert" } else { "put" };
        let rows: Vec<Json> = self.rows().iter().map(|row| row.iter().map(Value::to_json).collect()).collect();
        json!({"table": self.table().name, "act": act, "rows": rows})
    }

    /// Reads a change; `None` where the table, the act or a value is not known to this version.
    #[must_use]
    pub fn from_json(json: &Json) -> Option<Self> {
        let table = catalogue::table(json.get("table")?.as_str()?)?;
        let rows = json.get("rows")?.as_array()?.iter().map(|row| row_from_json(table, row)).collect::<Option<Vec<Row>>>()?;
        match json.get("act")?.as_str()? {
            "insert" => Some(Self::Insert { table, rows }),
            "put" => Some(Self::Put { table, rows }),
            _ => None,
        }
    }
}

/// Reads one row of a table; `None` where a value does not fit its column.
#[must_use]
pub fn row_from_json(table: &Table, json: &Json) -> Option<Row> {
    let values = json.as_array()?;
    if values.len() != table.columns.len() {
        return None;
    }
    table.columns.iter().zip(values).map(|(c, v)| Value::from_json(v, c.kind, c.nullable)).collect()
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Int(n) => out.extend_from_slice(n.to_string().as_bytes()),
        Value::Id(id) => write_hex(id, out),
        Value::Bytes(bytes) => write_hex(bytes, out),
        Value::Text(text) => {
            // Writing a string into a vector cannot fail; an empty string stands where it ever did.
            if serde_json::to_writer(&mut *out, text).is_err() {
                out.extend_from_slice(br#""""#);
            }
        }
    }
}

fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(name in "\\PC*", at in any::<i64>(), id in any::<[u8; 16]>(), phone in proptest::option::of("\\PC{0,12}")) {
            let change = Change::Put {
                table: &catalogue::CUSTOMER,
                rows: vec![vec![Value::Id(id), Value::Int(1), Value::Text("c".into()), Value::Text(name), phone.into(), Value::Null, Value::Null, Value::Int(at)]],
            };
            let mut bytes = Vec::new();
            change.write_json(&mut bytes);
            let tree: Json = serde_json::from_slice(&bytes).expect("valid JSON");
            prop_assert_eq!(&tree, &change.to_json());
            prop_assert_eq!(Change::from_json(&tree), Some(change));
        }
    }

    #[test]
    fn foreign_forms_are_not_read() {
        for bad in [
            json!({"table": "nobody", "act": "insert", "rows": []}),
            json!({"table": "category", "act": "drop", "rows": []}),
            json!({"table": "category", "act": "put", "rows": [["00", 1, "x"]]}),
            json!({"table": "category", "act": "put", "rows": [["00000000000000000000000000000000", "1", "x"]]}),
            json!({"table": "category", "act": "put", "rows": [[1, 2]]}),
        ] {
            assert_eq!(Change::from_json(&bad), None, "{bad}");
        }
        assert!(catalogue::CATEGORY.check(&[uuid::Uuid::nil().into(), 1_i64.into(), "x".into()]).is_ok());
        assert!(catalogue::CATEGORY.check(&[uuid::Uuid::nil().into(), "1".into(), "x".into()]).is_err());
    }
}

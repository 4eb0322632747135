//! The forms that cross to the centre and back: chunks of operations out, records and entries in.
//!
//! Out, rows are grouped by table, because the centre applies them table by table: `{"previous_hash", "entries": [...], "changes": {table: [[seq, number, stream, act, rows], ...]}}`.
//! Rows are JSON arrays in the order of the catalogue's columns, ids and bytes in hex.

use crate::{
    Error, Result,
    route::{self, Shops},
    seal::Seal,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::{
    Change, Value,
    catalogue::{self, Table},
    change::row_from_json,
    inbound::{Content, Record},
    journal::Stored,
};

/// A chunk of own operations, ready for the centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    pub from_seq: i64,
    pub last_seq: i64,
    pub body: String,
    pub rows: u64,
}

/// Collects the changes of a chunk, by table.
pub(crate) struct Parts<'a> {
    seal: &'a Seal,
    tables: BTreeMap<&'static str, Vec<Json>>,
    pub(crate) rows: u64,
}

impl<'a> Parts<'a> {
    pub(crate) const fn new(seal: &'a Seal) -> Self {
        Self { seal, tables: BTreeMap::new(), rows: 0 }
    }

    /// Adds an operation's changes. `shops` knows the parents of its rows.
    pub(crate) fn add(&mut self, seq: i64, changes: &[Change], shops: &Shops) -> Result<()> {
        let mut number = 0;
        for change in changes {
            let table = change.table();
            let mut by_stream: BTreeMap<String, Vec<Json>> = BTreeMap::new();
            for row in change.rows() {
                by_stream.entry(route::stream_of(table, row, shops)).or_default().push(self.row(table, row)?);
            }
            let act = if matches!(change, Change::Insert { .. }) { "insert" } else { "put" };
            for (stream, rows) in by_stream {
                self.tables.entry(table.name).or_default().push(json!([seq, number, stream, act, rows]));
                number += 1;
            }
        }
        Ok(())
    }

    /// Adds rows of a baseline, which have their shop with them.
    pub(crate) fn add_baseline(&mut self, seq: i64, table: &'static Table, rows: &[store::inbound::BaselineRow]) -> Result<()> {
        let act = if table.class == catalogue::Class::Fact { "insert" } else { "put" };
        let mut by_stream: BTreeMap<String, Vec<Json>> = BTreeMap::new();
        for (row, shop) in rows {
            let stream = shop.as_ref().map_or_else(|| route::GLOBAL.to_owned(), route::shop_stream);
            by_stream.entry(stream).or_default().push(self.row(table, row)?);
        }
        for (number, (stream, rows)) in by_stream.into_iter().enumerate() {
            self.tables.entry(table.name).or_default().push(json!([seq, number, stream, act, rows]));
        }
        Ok(())
    }

    fn row(&mut self, table: &Table, row: &store::Row) -> Result<Json> {
        self.rows += 1;
        let closed;
        let row = if table.personal.is_empty() {
            row
        } else {
            closed = self.seal.close(table, row)?;
            &closed
        };
        Ok(row.iter().map(Value::to_json).collect())
    }

    pub(crate) fn into_json(self) -> Json {
        self.tables.into_iter().map(|(name, parts)| (name.to_owned(), Json::Array(parts))).collect::<serde_json::Map<String, Json>>().into()
    }
}

/// Whether PostgreSQL can hold these changes: its JSON and text know no NUL character. An operation with one is kept here and shown, and its entry goes alone.
pub(crate) fn is_sendable(changes: &[Change]) -> bool {
    changes.iter().flat_map(|c| c.rows().iter().flatten()).all(|value| !value.as_text().is_some_and(|text| text.contains('\0')))
}

/// An entry as the centre keeps it: what the chain needs, and the audit section. Operation and events travel as rows, or not at all.
pub(crate) fn entry_json(entry: &Stored) -> Json {
    let hex = |bytes: &[u8]| hex::encode(bytes);
    json!({
        "seq": entry.seq, "hash": hex(&entry.hash), "previous_hash": hex(&entry.previous_hash),
        "at_ms": entry.at_ms, "kind": entry.kind, "actor_id": hex(&entry.actor_id), "device_id": hex(&entry.device_id), "origin": entry.origin, "schema": entry.schema,
        "operation_hash": hex(&entry.operation_hash), "events_hash": hex(&entry.events_hash), "audit_hash": hex(&entry.audit_hash),
        "audit": entry.audit.as_deref().map(hex::encode), "audit_salt": hex(&entry.audit_salt),
    })
}

/// Reads an entry of another node.
pub(crate) fn entry_from(node_id: [u8; 16], seq: i64, hash: Vec<u8>, previous_hash: Vec<u8>, body: &str) -> Result<Stored> {
    let fault = || Error::Form { what: format!("entry {seq} of {}", hex::encode(node_id)) };
    let body: Json = serde_json::from_str(body).map_err(|_| fault())?;
    let text = |name: &str| body.get(name).and_then(Json::as_str).ok_or_else(fault);
    let bytes = |name: &str| text(name).and_then(|t| hex::decode(t).map_err(|_| fault()));
    let number = |name: &str| body.get(name).and_then(Json::as_i64).ok_or_else(fault);
    let audit = body.get("audit").and_then(Json::as_str).map(hex::decode).transpose().map_err(|_| fault())?;
    Ok(Stored {
        node_id,
        seq,
        at_ms: number("at_ms")?,
        kind: text("kind")?.to_owned(),
        actor_id: bytes("actor_id")?,
        device_id: bytes("device_id")?,
        origin: text("origin")?.to_owned(),
        schema: number("schema")?,
        operation: None,
        operation_salt: Vec::new(),
        operation_hash: bytes("operation_hash")?,
        events: None,
        events_salt: Vec::new(),
        events_hash: bytes("events_hash")?,
        audit,
        audit_salt: bytes("audit_salt")?,
        audit_hash: bytes("audit_hash")?,
        previous_hash,
        hash,
    })
}

/// A record as the centre gives it, personal columns sealed.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub stream: String,
    pub epoch: [u8; 16],
    pub position: i64,
    pub node_id: [u8; 16],
    pub seq: i64,
    pub table_name: String,
    pub act: String,
    pub rows: String,
}

/// Reads a record. What this version cannot read is kept whole, for a later one; a row that does not open is a fault of keys and stops the exchange.
pub(crate) fn record_from(arrived: Arrived, seal: &Seal) -> Result<Record> {
    let content = match rows_from(&arrived) {
        Some((table, rows)) => {
            let rows = rows.iter().map(|row| if table.personal.is_empty() { Ok(row.clone()) } else { seal.open(table, row) }).collect::<Result<Vec<_>>>()?;
            Content::Rows(if arrived.act == "insert" { Change::Insert { table, rows } } else { Change::Put { table, rows } })
        }
        None => Content::Unreadable { reason: format!("this version does not know such rows of {}", arrived.table_name), payload: arrived.rows },
    };
    Ok(Record { stream: arrived.stream, epoch: arrived.epoch, position: arrived.position, node_id: arrived.node_id, seq: arrived.seq, content })
}

fn rows_from(arrived: &Arrived) -> Option<(&'static Table, Vec<store::Row>)> {
    let table = catalogue::table(&arrived.table_name)?;
    let json: Json = serde_json::from_str(&arrived.rows).ok()?;
    let rows = json.as_array()?.iter().map(|row| row_from_json(table, row)).collect::<Option<Vec<_>>>()?;
    matches!(arrived.act.as_str(), "insert" | "put").then_some((table, rows))
}

//! To which stream a row goes: global, or that of its shop.
//!
//! A row without a shop of its own (an order's line, a payment) goes with the row it hangs on, which is looked for first in the same chunk and then in the store.

use std::collections::BTreeMap;
use store::{
    Change, Value,
    catalogue::{Stream, Table},
    inbound,
};

/// The stream that every node reads.
pub const GLOBAL: &str = "global";

/// The stream of a shop.
#[must_use]
pub fn shop_stream(shop_id: &[u8; 16]) -> String {
    format!("shop:{}", hex::encode(shop_id))
}

/// The shops of rows that others hang on.
pub type Shops = BTreeMap<(&'static str, [u8; 16]), [u8; 16]>;

/// Notes the shops that the changes name.
pub fn note_shops(changes: &[Change], shops: &mut Shops) {
    for change in changes {
        let table = change.table();
        let (Some(at), true) = (table.column("shop_id"), matches!(table.name, "order_doc" | "refund" | "import_batch")) else { continue };
        for row in change.rows() {
            if let (Some(id), Some(shop)) = (row[0].as_id(), row[at].as_id()) {
                shops.insert((table.name, id), shop);
            }
        }
    }
}

/// The parents of rows whose shop is not known yet: what has to be looked up in the store.
#[must_use]
pub fn unknown_parents(changes: &[Change], shops: &Shops) -> Vec<(&'static Table, [u8; 16])> {
    let mut unknown = Vec::new();
    for change in changes.iter().filter(|c| c.table().stream == Stream::Shop && c.table().column("shop_id").is_none()) {
        let Some((column, parent)) = inbound::parent_of(change.table()) else { continue };
        let Some(at) = change.table().column(column) else { continue };
        unknown.extend(change.rows().iter().filter_map(|row| row[at].as_id()).filter(|id| !shops.contains_key(&(parent.name, *id))).map(|id| (parent, id)));
    }
    unknown.sort_unstable_by_key(|(table, id)| (table.name, *id));
    unknown.dedup_by_key(|(table, id)| (table.name, *id));
    unknown
}

/// The stream of a row. One whose parent is nowhere goes to all: it is lost on nobody.
#[must_use]
pub fn stream_of(table: &Table, row: &[Value], shops: &Shops) -> String {
    if table.stream == Stream::Global {
        return GLOBAL.to_owned();
    }
    let own = table.column("shop_id").and_then(|at| row[at].as_id());
    let of_parent = || {
        let (column, parent) = inbound::parent_of(table)?;
        let id = row[table.column(column)?].as_id()?;
        shops.get(&(parent.name, id)).copied()
    };
    own.or_else(of_parent).map_or_else(|| GLOBAL.to_owned(), |shop| shop_stream(&shop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{
        catalogue::{IMPORT_UNDONE, ORDER_DOC, SKU, TABLES},
        row,
    };
    use uuid::Uuid;

    #[test]
    fn every_shop_table_leads_to_a_shop() {
        for table in TABLES.iter().filter(|t| t.stream == Stream::Shop && t.column("shop_id").is_none()) {
            let (column, parent) = inbound::parent_of(table).expect(table.name);
            assert!(table.column(column).is_some(), "{}", table.name);
            assert!(parent.column("shop_id").is_some(), "{}", table.name);
        }
    }

    #[test]
    fn rows_go_with_their_shop() {
        let (batch, shop) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let undone = row![Uuid::from_u128(3), batch, 9_i64];
        let change = [Change::Insert { table: &IMPORT_UNDONE, rows: vec![undone.clone()] }];
        let mut shops = Shops::new();
        assert_eq!(unknown_parents(&change, &shops), [(&store::catalogue::IMPORT_BATCH, *batch.as_bytes())]);
        assert_eq!(stream_of(&IMPORT_UNDONE, &undone, &shops), GLOBAL);
        shops.insert(("import_batch", *batch.as_bytes()), *shop.as_bytes());
        assert!(unknown_parents(&change, &shops).is_empty());
        assert_eq!(stream_of(&IMPORT_UNDONE, &undone, &shops), shop_stream(shop.as_bytes()));
        assert_eq!(stream_of(&SKU, &[], &shops), GLOBAL);
        assert!(ORDER_DOC.column("shop_id").is_some());
    }
}

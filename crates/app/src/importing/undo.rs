//! Undo of an import: a fact of its own. Its rows stay, out of every figure; its goods and customers stay known.

use crate::{Code, Error, Result};
use domain::PersonId;
use std::sync::Arc;
use store::{Audit, Change, Entry, Event, Origin, Queue, Row, Store, catalogue, import_rows, row};
use uuid::Uuid;

/// Orders taken out of the figures in one transaction.
const ORDERS_PER_PART: i64 = 300;

/// Undoes a batch; goes on where an earlier undo was cut off. `progress` is told the parts done.
///
/// # Errors
/// Where there is no such batch, or nothing of it is left to be undone.
pub async fn undo(store: &Arc<Store>, batch_id: [u8; 16], actor: PersonId, id: Uuid, now_ms: i64, progress: &(dyn Fn(i64) + Sync)) -> Result<()> {
    let mut db = store.reader().await?;
    let batch = import_rows::batches(&mut db).await?.into_iter().find(|b| b.id == batch_id).ok_or_else(Error::not_found)?;
    drop(db);
    if !batch.undone {
        let undone: Row = row![id, Uuid::from_bytes(batch_id), now_ms];
        let entry = Entry {
            kind: "import.undo",
            actor,
            at_ms: now_ms,
            origin: Origin::Here,
            changes: vec![Change::Insert { table: &catalogue::IMPORT_UNDONE, rows: vec![undone] }],
            events: vec![Event { kind: "import.undone".into(), entity: "import".into(), ids: vec![hex::encode(batch_id)] }],
            audit: Audit { act: "import.undo".into(), result: "done".into(), detail: serde_json::json!({"batch": hex::encode(batch_id)}) },
        };
        store.begin(Queue::Background).await?.commit(entry).await?;
    }
    let mut parts = 0;
    while store.undo_part(batch_id, ORDERS_PER_PART).await? {
        parts += 1;
        progress(parts * ORDERS_PER_PART);
    }
    if batch.undone && parts == 0 {
        return Err(Error::refuse(Code::Conflict, "this import was undone before: nothing of it counts any more"));
    }
    Ok(())
}

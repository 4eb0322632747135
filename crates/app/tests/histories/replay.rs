//! A journal replayed into an empty store, as another computer would hear of it: the same facts and the same derived rows.

use domain::StoreId;
use std::{collections::BTreeMap, path::Path};
use store::{
    Founding, Store,
    inbound::{Content, InboundBatch, Record},
    journal::{self, Stored},
    keys::{Key, RootKey},
};
use uuid::Uuid;

/// Entries in one delivery.
const ENTRIES_PER_DELIVERY: i64 = 16;

/// An empty store of the same organisation, at a computer of its own number.
pub async fn empty(dir: &Path, of: &Store, computer: u128) -> Store {
    let id = Uuid::from_u128(computer);
    let founding =
        Founding { store_id: id, organisation_id: of.node().organisation_id, node_id: id, incarnation: id, kind: "own", now_ms: of.node().created_at_ms };
    Store::create(dir, RootKey::new(Key::new([0xE; 32]), StoreId(id), 1), &founding).await.unwrap()
}

/// A store that hears of another's journal, delivery by delivery.
struct Listener<'a> {
    store: &'a Store,
    positions: BTreeMap<&'static str, i64>,
}

impl Listener<'_> {
    async fn hear(&mut self, entries: &[Stored]) {
        let mut records = Vec::new();
        for entry in entries {
            for change in entry.changes().unwrap() {
                let stream = if change.table().stream == store::catalogue::Stream::Global { "global" } else { "shop" };
                let position = self.positions.entry(stream).or_default();
                *position += 1;
                records.push(Record {
                    stream: stream.into(),
                    epoch: [1; 16],
                    position: *position,
                    node_id: entry.node_id,
                    seq: entry.seq,
                    content: Content::Rows(change),
                });
            }
        }
        let batch = InboundBatch { at_ms: entries.last().unwrap().at_ms, records, entries: entries.to_vec() };
        let report = self.store.apply_inbound(batch).await.unwrap();
        assert_eq!((report.quarantined, report.entries), (0, u64::try_from(entries.len()).unwrap()));
    }
}

/// Replays a store's whole journal into another; answers how many entries it had.
pub async fn replay_all(first: &Store, into: &Store) -> usize {
    let mut listener = Listener { store: into, positions: BTreeMap::new() };
    let mut heard = 0;
    loop {
        let seq = i64::try_from(heard).unwrap();
        let entries = journal::after(&mut first.reader().await.unwrap(), *first.node().node_id.as_bytes(), seq, ENTRIES_PER_DELIVERY).await.unwrap();
        if entries.is_empty() {
            return heard;
        }
        listener.hear(&entries).await;
        heard += entries.len();
    }
}

/// Both know the same and keep the same of it, and the second finds nothing wrong with itself.
pub async fn assert_same(first: &Store, second: &Store, of: &str) {
    let facts = first.canonical_digests().await.unwrap();
    assert!(facts.iter().map(|(_, rows, _)| rows).sum::<i64>() > 0, "{of}: nothing was written");
    assert_eq!(facts, second.canonical_digests().await.unwrap(), "{of}: the replayed facts differ");
    assert_eq!(first.derived_digests().await.unwrap(), second.derived_digests().await.unwrap(), "{of}: what is derived of them differs");
    let checked = second.check().await.unwrap();
    assert!(checked.findings.is_empty(), "{of}: {:?}", checked.findings);
}

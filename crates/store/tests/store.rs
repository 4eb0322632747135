//! The store as a whole, over a real encrypted file.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "store/arrived.rs"]
mod arrived;

use domain::{Clock as _, PersonId, Random as _, StoreId, clock::Seeded};
use std::path::Path;
use store::{
    Audit, Change, Entry, Event, Founding, Origin, Queue, Ready, Store, catalogue, inbound,
    keys::{self, Argon2Cost, KeyFile, SignIn},
    read::{
        Span, customers,
        orders::{self, OrderFilter},
        products::{self, ProductFilter, ProductSort},
        sales::Sales,
        skus,
    },
    row,
};
use uuid::Uuid;
use zhanggui_store as store;

const NOW_MS: i64 = 1_764_000_000_000;
const PASSWORD: &str = "three blue cups on a shelf";

struct Noon;

impl domain::Clock for Noon {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn owner() -> PersonId {
    PersonId(id(1))
}

/// Makes a store in `dir` and answers it with its recovery key.
async fn make(dir: &Path) -> (Store, String) {
    let mut random = Seeded::new(7);
    let sign_in = SignIn { person_id: owner(), name: "owner", password: PASSWORD };
    let created = keys::create(dir, StoreId(id(2)), &sign_in, Argon2Cost::FLOOR, &KeyFile::in_folder(dir), &mut random).unwrap();
    let founding = Founding { store_id: id(2), organisation_id: id(3), node_id: id(4), incarnation: id(5), kind: "own", now_ms: Noon.now_ms() };
    let store = Store::create(dir, created.root, &founding).await.unwrap();
    let shop = row![id(10), 1_i64, "滨江店", "Asia/Shanghai", "CNY", 0_i64, 8_i64, 22_i64, 1_i64];
    let sku = row![id(20), 1_i64, "C-1", "保温杯", None::<Uuid>, "goods", "CNY", 5_900_i64, 3_000_i64, None::<Uuid>, NOW_MS];
    commit(&store, vec![Change::Put { table: &catalogue::SHOP, rows: vec![shop] }, Change::Put { table: &catalogue::SKU, rows: vec![sku] }]).await;
    (store, created.recovery_key.to_text().as_str().to_owned())
}

fn entry(changes: Vec<Change>) -> Entry {
    Entry {
        kind: "test.write",
        actor: owner(),
        at_ms: NOW_MS,
        origin: Origin::Here,
        changes,
        events: vec![Event { kind: "test.written".into(), entity: "order".into(), ids: Vec::new() }],
        audit: Audit { act: "test.write".into(), result: "done".into(), detail: serde_json::Value::Null },
    }
}

async fn commit(store: &Store, changes: Vec<Change>) -> i64 {
    store.begin(Queue::Person).await.unwrap().commit(entry(changes)).await.unwrap()
}

/// An order of two cups, paid; its number makes its ids.
fn order(n: u128, date: &str) -> Vec<Change> {
    let order_id = id(1_000 + n * 10);
    let noon = date.parse::<jiff::civil::Date>().unwrap().at(12, 0, 0, 0).in_tz("UTC").unwrap().timestamp().as_millisecond();
    let mut doc =
        row![order_id, format!("T-{n}"), id(10), "counter", None::<Uuid>, noon + 60_000 * i64::try_from(n).unwrap(), date, 12_i64, "CNY", 0_i64, 0_i64];
    doc.extend(row_tail());
    vec![
        Change::Insert { table: &catalogue::ORDER_DOC, rows: vec![doc] },
        Change::Insert {
            table: &catalogue::ORDER_LINE,
            rows: vec![row![id(1_001 + n * 10), order_id, 1_i64, id(20), 2_000_i64, 59_000_000_i64, 11_800_i64, 6_000_i64, 0_i64, None::<Uuid>]],
        },
        Change::Insert { table: &catalogue::PAYMENT, rows: vec![row![id(1_002 + n * 10), order_id, "cash", 11_800_i64, NOW_MS, date, None::<Uuid>]] },
        Change::Insert {
            table: &catalogue::STOCK_MOVEMENT,
            rows: vec![row![id(1_003 + n * 10), id(20), id(10), "sale", -2_000_i64, NOW_MS, date, order_id, 6_000_i64, None::<Uuid>]],
        },
    ]
}

fn row_tail() -> Vec<store::Value> {
    vec![store::Value::Null, store::Value::Null]
}

async fn number(store: &Store, sql: &'static str) -> i64 {
    let mut db = store.reader().await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut *db).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_folded_and_counted_once() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    commit(&store, order(1, "2026-11-22")).await;
    commit(&store, order(2, "2026-11-22")).await;
    assert_eq!(number(&store, "SELECT sum(paid_minor) FROM sales_hour").await, 23_600);
    assert_eq!(number(&store, "SELECT orders_created FROM sales_hour").await, 2);
    assert_eq!(number(&store, "SELECT count(*) FROM order_fold WHERE pay = 'paid' AND payable_minor = 11800 AND refund = 'none'").await, 2);
    assert_eq!(number(&store, "SELECT units_milli FROM sku_day").await, 4_000);
    assert_eq!(number(&store, "SELECT on_hand_milli FROM stock_balance").await, -4_000);
    let checked = store.check().await.unwrap();
    assert!(checked.pages_ok && checked.chain_ok && checked.caches_ok, "{:?}", checked.findings);
    store.close().await.unwrap();
}

/// What was appended in part, or would lose its sums, is refused and leaves nothing; the store goes on.
#[tokio::test(flavor = "multi_thread")]
async fn entries_that_are_not_whole_are_never_committed() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let ready = |n: u128| Ready::of(entry(order(n, "2026-11-22"))).unwrap();
    let before = number(&store, "SELECT count(*) FROM journal").await;
    // Its rows are in, its sums are not written yet.
    let mut write = store.begin(Queue::Background).await.unwrap();
    write.append(ready(1)).await.unwrap();
    assert!(matches!(write.commit_local().await, Err(store::Error::Torn)));
    // The second entry fails on the way: some of its rows are in.
    let torn = async || {
        let mut write = store.begin(Queue::Background).await.unwrap();
        write.append(ready(1)).await.unwrap();
        let mut half = order(2, "2026-11-22");
        half.extend(order(1, "2026-11-22"));
        assert!(write.append(Ready::of(entry(half)).unwrap()).await.is_err());
        write
    };
    assert!(matches!(torn().await.commit_appended().await, Err(store::Error::Torn)));
    assert!(matches!(torn().await.commit_local().await, Err(store::Error::Torn)));
    assert!(matches!(torn().await.append(ready(3)).await, Err(store::Error::Torn)));
    assert!(matches!(torn().await.commit(entry(order(3, "2026-11-22"))).await, Err(store::Error::Torn)));
    assert_eq!(number(&store, "SELECT (SELECT count(*) FROM order_doc) + (SELECT count(*) FROM sales_hour)").await, 0);
    assert_eq!(number(&store, "SELECT count(*) FROM journal").await, before);
    commit(&store, order(1, "2026-11-22")).await;
    let checked = store.check().await.unwrap();
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    store.close().await.unwrap();
}

/// Acts that one transaction holds are folded and counted as if each had its own, also where a later one changes what an earlier one made.
#[tokio::test(flavor = "multi_thread")]
async fn several_entries_of_one_transaction_are_there_all_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let entries = || {
        let shipped = row![id(7), id(1_010), "fulfil", "underway", NOW_MS, owner(), None::<String>, None::<Uuid>];
        let second_payment = row![id(8), id(1_010), "cash", 500_i64, NOW_MS, "2026-11-22", None::<Uuid>];
        let later = vec![
            Change::Insert { table: &catalogue::ORDER_TRANSITION, rows: vec![shipped] },
            Change::Insert { table: &catalogue::PAYMENT, rows: vec![second_payment] },
        ];
        [order(1, "2026-11-22"), order(2, "2026-11-23"), later].map(|changes| Ready::of(entry(changes)).unwrap())
    };
    let before = number(&store, "SELECT count(*) FROM journal").await;
    let mut write = store.begin(Queue::Background).await.unwrap();
    for ready in entries() {
        write.append(ready).await.unwrap();
    }
    drop(write);
    assert_eq!(number(&store, "SELECT count(*) FROM order_doc").await, 0);
    let mut write = store.begin(Queue::Background).await.unwrap();
    for ready in entries() {
        write.append(ready).await.unwrap();
    }
    write.commit_appended().await.unwrap();
    assert_eq!(number(&store, "SELECT count(*) FROM journal").await, before + 3);
    assert_eq!(number(&store, "SELECT sum(paid_minor) FROM sales_hour").await, 24_100);
    assert_eq!(number(&store, "SELECT count(*) FROM order_fold WHERE fulfil = 'underway' AND paid_minor = 12300").await, 1);
    assert_eq!(number(&store, "SELECT on_hand_milli FROM stock_balance").await, -4_000);
    let checked = store.check().await.unwrap();
    assert!(checked.pages_ok && checked.chain_ok && checked.caches_ok, "{:?}", checked.findings);
    commit(&store, order(3, "2026-11-23")).await;
    assert!(store.check().await.unwrap().chain_ok);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_changes_its_order_and_its_own_day() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    commit(&store, order(1, "2026-11-22")).await;
    let mut refund = row![id(50), id(1_010), "R-1", id(10), "counter", None::<Uuid>, NOW_MS, "2026-11-23", 9_i64, "CNY", 5_900_i64];
    refund.extend(row_tail());
    let line = row![id(51), id(50), id(20), id(1_011), "recorded", 1_000_i64, 59_000_000_i64, 5_900_i64, 3_000_i64, 0_i64, None::<Uuid>];
    commit(&store, vec![Change::Insert { table: &catalogue::REFUND, rows: vec![refund] }, Change::Insert { table: &catalogue::REFUND_LINE, rows: vec![line] }])
        .await;
    assert_eq!(number(&store, "SELECT count(*) FROM order_fold WHERE refund = 'part' AND refunded_minor = 5900").await, 1);
    assert_eq!(number(&store, "SELECT refunds_minor FROM sales_hour WHERE business_date = '2026-11-23'").await, 5_900);
    assert_eq!(number(&store, "SELECT paid_minor FROM sales_hour WHERE business_date = '2026-11-22'").await, 11_800);
    let checked = store.check().await.unwrap();
    assert!(checked.caches_ok, "{:?}", checked.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_facts_alone_give_the_same_derived_rows() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    for n in 1..40 {
        commit(&store, order(n, if n % 3 == 0 { "2026-11-21" } else { "2026-11-22" })).await;
    }
    let before = store.derived_digests().await.unwrap();
    store.rebuild_derived().await.unwrap();
    assert_eq!(store.derived_digests().await.unwrap(), before);
    // A cache that was tampered with is found.
    let mut write = store.begin(Queue::Person).await.unwrap();
    sqlx::query("UPDATE sales_hour SET paid_minor = paid_minor + 1").execute(&mut *write).await.unwrap();
    write.commit_local().await.unwrap();
    assert!(!store.check().await.unwrap().sums_ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let entries = number(&store, "SELECT count(*) FROM journal").await;
    let mut write = store.begin(Queue::Person).await.unwrap();
    sqlx::query("DELETE FROM sku").execute(&mut *write).await.unwrap();
    drop(write);
    commit(&store, order(1, "2026-11-22")).await;
    assert_eq!(number(&store, "SELECT count(*) FROM sku").await, 1);
    assert_eq!(number(&store, "SELECT count(*) FROM journal").await, entries + 1);
    // A fact is written once: the same id again is refused whole.
    let again = store.begin(Queue::Person).await.unwrap().commit(entry(order(1, "2026-11-22"))).await;
    assert!(again.is_err());
    assert_eq!(number(&store, "SELECT count(*) FROM order_doc").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_journal_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    commit(&store, order(1, "2026-11-22")).await;
    commit(&store, order(2, "2026-11-22")).await;
    for sql in ["UPDATE journal SET kind = 'x' WHERE seq = 2", "UPDATE journal SET audit = x'00' WHERE seq = 2"] {
        let mut write = store.begin(Queue::Person).await.unwrap();
        sqlx::query(sql).execute(&mut *write).await.unwrap();
        write.commit_local().await.unwrap();
        let checked = store.check().await.unwrap();
        assert!(!checked.chain_ok && checked.findings[0].contains("entry 2"), "{:?}", checked.findings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_program_opens_a_store() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let opened = keys::open(dir.path(), "Owner", PASSWORD, &KeyFile::in_folder(dir.path())).unwrap();
    match Store::open(dir.path(), opened.root).await {
        Err(store::Error::InUse { holder }) => assert!(holder.contains("process"), "{holder}"),
        other => panic!("a second opener must be refused and told who holds it, not {other:?}"),
    }
    store.close().await.unwrap();
    drop(store);
    let opened = keys::open(dir.path(), "owner", PASSWORD, &KeyFile::in_folder(dir.path())).unwrap();
    let store = Store::open(dir.path(), opened.root).await.unwrap();
    assert_eq!(number(&store, "SELECT count(*) FROM sku").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_database_is_never_replaced_by_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    store.close().await.unwrap();
    drop(store);
    std::fs::remove_file(dir.path().join("store.db")).unwrap();
    let opened = keys::open(dir.path(), "owner", PASSWORD, &KeyFile::in_folder(dir.path())).unwrap();
    assert!(matches!(Store::open(dir.path(), opened.root).await, Err(store::Error::DatabaseMissing { .. })));
    assert!(!dir.path().join("store.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_readable_rests_on_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    commit(&store, order(1, "2026-11-22")).await;
    for file in ["store.db", "store.db-wal"] {
        let bytes = std::fs::read(dir.path().join(file)).unwrap();
        for marker in ["保温杯".as_bytes(), b"SQLite format 3", b"order_line", b"T-1"] {
            assert!(!bytes.windows(marker.len()).any(|w| w == marker), "{file} holds readable text");
        }
    }
}

/// What stood in the folder before a restore is kept each time, with what its log alone held; and nobody's backup goes over another's shop.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_keeps_all_that_stood_there_however_often() {
    let dir = tempfile::tempdir().unwrap();
    let (store, recovery_key) = make(dir.path()).await;
    let folder = tempfile::tempdir().unwrap();
    let backup = store.backup(folder.path(), NOW_MS, |_, _| true).await.unwrap();
    commit(&store, order(1, "2026-11-22")).await;
    // As a cut leaves it: the order stands in the log alone.
    let shop = tempfile::tempdir().unwrap();
    for name in ["store.db", "store.db-wal", keys::KEY_FILE, keys::SECRET_FILE] {
        std::fs::copy(dir.path().join(name), shop.path().join(name)).unwrap();
    }
    store.close().await.unwrap();
    for n in 1..=2 {
        store::backup::restore(&backup.path, shop.path(), &recovery_key, NOW_MS + n).await.unwrap();
    }
    let orders = async |suffix: &str| {
        let again = tempfile::tempdir().unwrap();
        for (name, tail) in [("store.db", ""), ("store.db", "-wal"), (keys::KEY_FILE, ""), (keys::SECRET_FILE, "")] {
            let kept = shop.path().join(format!("{name}{suffix}{tail}"));
            if kept.exists() {
                std::fs::copy(kept, again.path().join(format!("{name}{tail}"))).unwrap();
            }
        }
        let opened = keys::open(again.path(), "owner", PASSWORD, &KeyFile::in_folder(again.path())).unwrap();
        let store = Store::open(again.path(), opened.root).await.unwrap();
        let orders = number(&store, "SELECT count(*) FROM order_doc").await;
        store.close().await.unwrap();
        orders
    };
    assert_eq!((orders(".before-restore").await, orders(".before-restore-2").await, orders("").await), (1, 0, 0));
    let other = tempfile::tempdir().unwrap();
    let mut random = Seeded::new(8);
    let sign_in = SignIn { person_id: owner(), name: "owner", password: PASSWORD };
    keys::create(other.path(), StoreId(id(77)), &sign_in, Argon2Cost::FLOOR, &KeyFile::in_folder(other.path()), &mut random).unwrap();
    let before = std::fs::read(other.path().join(keys::KEY_FILE)).unwrap();
    let refused = store::backup::restore(&backup.path, other.path(), &recovery_key, NOW_MS).await;
    assert!(matches!(refused, Err(store::Error::BackupOfAnother)));
    assert_eq!(std::fs::read(other.path().join(keys::KEY_FILE)).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_comes_back_whole_by_the_recovery_key_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (store, recovery_key) = make(dir.path()).await;
    commit(&store, order(1, "2026-11-22")).await;
    let folder = tempfile::tempdir().unwrap();
    let backup = store.backup(folder.path(), NOW_MS, |_, _| true).await.unwrap();
    let before = store.canonical_digests().await.unwrap();
    let other = tempfile::tempdir().unwrap();
    store::backup::restore(&backup.path, other.path(), &recovery_key, NOW_MS + 1).await.unwrap();
    let opened = keys::open_with_recovery(other.path(), &keys::RecoveryKey::parse(&recovery_key).unwrap()).unwrap();
    let restored = Store::open(other.path(), opened.root).await.unwrap();
    assert_eq!(restored.canonical_digests().await.unwrap(), before);
    assert_ne!(restored.node().incarnation, store.node().incarnation, "a restored store is another incarnation of its node");
    let last = restored.outgoing(backup.journal_seq, 5, usize::MAX).await.unwrap();
    assert_eq!(last.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["store.restore"], "the journal says so");
    assert!(restored.check().await.unwrap().findings.is_empty());
    // Nobody's store is replaced under them.
    let held = store::backup::restore(&backup.path, other.path(), &recovery_key, NOW_MS).await;
    assert!(matches!(held, Err(store::Error::InUse { .. })));
    assert!(restored.reader().await.is_ok() && !other.path().join("restore.tmp").exists());
    // Every flipped byte is refused, and what is in the target stays.
    let bytes = std::fs::read(&backup.path).unwrap();
    let mut dice = Seeded::new(3);
    for _ in 0..25 {
        let mut damaged = bytes.clone();
        let mut place = [0; 8];
        dice.fill(&mut place);
        let at = usize::try_from(u64::from_le_bytes(place) % u64::try_from(bytes.len()).unwrap()).unwrap();
        damaged[at] ^= 0x40;
        let file = folder.path().join("damaged.zgbackup");
        std::fs::write(&file, &damaged).unwrap();
        let target = tempfile::tempdir().unwrap();
        assert!(store::backup::restore(&file, target.path(), &recovery_key, NOW_MS).await.is_err(), "byte {at} was flipped and the backup restored");
        assert!(!target.path().join("store.db").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_backup_left_unfinished_goes_with_the_next_one_and_what_is_others_stays() {
    let (dir, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = make(dir.path()).await;
    let own = folder.path().join(format!("zhanggui-20200101-000000.{}.part", id(2).simple()));
    let others = ["zhanggui-20200101-000000.part".to_owned(), format!("zhanggui-20200101-000000.{}.part", id(9).simple()), "thesis.part".to_owned()];
    for file in others.iter().map(|name| folder.path().join(name)).chain([own.clone(), dir.path().join("backup.copy")]) {
        std::fs::write(file, "unfinished").unwrap();
    }
    // Two at once take turns: they write from one copy.
    let (one, two) = tokio::join!(store.backup(folder.path(), NOW_MS, |_, _| true), store.backup(folder.path(), NOW_MS + 1_000, |_, _| true));
    assert_ne!(one.unwrap().path, two.unwrap().path);
    assert!(!own.exists() && !dir.path().join("backup.copy").exists());
    assert!(others.iter().all(|name| folder.path().join(name).exists()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), others.len() + 2);
    // One that is stopped while it writes leaves nothing, as before.
    assert!(store.backup(folder.path(), NOW_MS + 2_000, |_, _| false).await.is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), others.len() + 2);
    // The copy that a killed program left goes when the store opens.
    store.close().await.unwrap();
    std::fs::write(dir.path().join("backup.copy"), "unfinished").unwrap();
    let opened = keys::open(dir.path(), "owner", PASSWORD, &KeyFile::in_folder(dir.path())).unwrap();
    let _again = Store::open(dir.path(), opened.root).await.unwrap();
    assert!(!dir.path().join("backup.copy").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_full_damaged_or_held_is_told_apart_from_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let mut write = store.begin(Queue::Person).await.unwrap();
    sqlx::query("PRAGMA max_page_count = 1").execute(&mut *write).await.unwrap();
    let full = sqlx::query("CREATE TABLE filler AS SELECT zeroblob(9000000) AS bytes").execute(&mut *write).await.unwrap_err();
    assert!(matches!(store::Error::from(full), store::Error::File(error) if error.kind() == std::io::ErrorKind::StorageFull));
    let mistaken = sqlx::query("SELECT * FROM no_such_table").fetch_all(&mut *write).await.unwrap_err();
    assert!(matches!(store::Error::from(mistaken), store::Error::Database(_)), "a mistake of ours is a fault");
    let outgrown = "SELECT sum(n) FROM (SELECT 9223372036854775807 n UNION ALL SELECT 1)";
    let outgrown_in_a_row = "UPDATE node SET created_at_ms = created_at_ms + 9223372036854775807";
    for sql in [outgrown, outgrown_in_a_row] {
        let error = sqlx::query(sql).fetch_all(&mut *write).await.unwrap_err();
        assert!(matches!(store::Error::from(error), store::Error::SumTooLarge { .. }), "{sql}");
    }
    drop(write);
    store.close().await.unwrap();
    assert!(matches!(store.reader().await, Err(store::Error::Closed)));
    assert!(matches!(store.begin(Queue::Person).await.map(|_| ()), Err(store::Error::Closed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_opens_again_though_somebody_still_holds_it() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let root = || keys::open(dir.path(), "owner", PASSWORD, &KeyFile::in_folder(dir.path())).unwrap().root;
    assert!(matches!(Store::open(dir.path(), root()).await, Err(store::Error::InUse { .. })));
    store.close().await.unwrap();
    let again = Store::open(dir.path(), root()).await.unwrap();
    assert!(store.reader().await.is_err(), "the closed store reads no more");
    drop(store);
    assert!(matches!(Store::open(dir.path(), root()).await, Err(store::Error::InUse { .. })), "the old holder gave the new one's lock away");
    again.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_centre_may_still_have_to_be_told_is_never_pruned() {
    const LATER_MS: i64 = NOW_MS + 400 * 86_400_000;
    let (alone, member) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = make(alone.path()).await;
    assert!(store.prune_operations(LATER_MS).await.unwrap() > 0, "a store alone prunes");
    let (store, _) = make(member.path()).await;
    let keys = store.organisation_keys().await.unwrap();
    store.adopt(&keys, Vec::new()).await.unwrap();
    assert_eq!(store.prune_operations(LATER_MS).await.unwrap(), 0);
    assert!(store.outgoing(0, 10, usize::MAX).await.unwrap().iter().all(|entry| entry.operation.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_two_nodes_made_is_kept_twice_listed_twice_and_stands_for_the_older() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let sku = |n: u128, name: &str| row![id(n), 1_i64, "C-7", name, None::<Uuid>, "goods", "CNY", 100_i64, None::<i64>, None::<Uuid>, NOW_MS];
    for rows in [vec![sku(71, "ours")], vec![sku(70, "theirs")]] {
        commit(&store, vec![Change::Put { table: &catalogue::SKU, rows }]).await;
    }
    let mut db = store.reader().await.unwrap();
    let known = store::import_rows::skus(&mut db, "CNY").await.unwrap();
    assert_eq!(known["C-7"].id, *id(70).as_bytes(), "an import takes the older by id, at every node");
    let filter = ProductFilter { text: Some("C-7".into()), ..ProductFilter::default() };
    // Page by page as well: the second one follows the first.
    let first = products::product_page(&mut db, store.months(), &filter, ProductSort::Code, None, 1).await.unwrap();
    let second = products::product_page(&mut db, store.months(), &filter, ProductSort::Code, first.next.as_deref(), 1).await.unwrap();
    let mut names: Vec<String> = first.rows.into_iter().chain(second.rows).map(|row| row.name).collect();
    names.sort();
    assert_eq!(names, ["ours", "theirs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_the_code_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let mut write = store.begin(Queue::Person).await.unwrap();
    assert!(write.use_step([1; 16], 100).await.unwrap());
    assert!(!write.use_step([1; 16], 100).await.unwrap());
    assert!(!write.use_step([1; 16], 99).await.unwrap());
    assert!(write.use_step([1; 16], 101).await.unwrap());
    write.commit_local().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_was_cut_off_is_gone_on_with_when_the_store_opens() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let batch = id(77);
    let begun = row![batch, "orders", "f.csv", Vec::<u8>::new(), id(10), NOW_MS];
    let mut changes = vec![Change::Insert { table: &catalogue::IMPORT_BATCH, rows: vec![begun] }];
    for mut change in order(1, "2026-11-22") {
        if let Change::Insert { rows, .. } = &mut change {
            rows.iter_mut().for_each(|row| *row.last_mut().unwrap() = batch.into());
        }
        changes.push(change);
    }
    commit(&store, changes).await;
    commit(&store, order(2, "2026-11-22")).await;
    // The fact of the undo is written; the power goes before its orders are taken out part by part.
    commit(&store, vec![Change::Insert { table: &catalogue::IMPORT_UNDONE, rows: vec![row![id(78), batch, NOW_MS]] }]).await;
    assert_eq!(number(&store, "SELECT sum(paid_minor) FROM sales_hour").await, 23_600, "nothing was left to go on with: the test proves nothing");
    store.close().await.unwrap();
    drop(store);
    let opened = keys::open(dir.path(), "owner", PASSWORD, &KeyFile::in_folder(dir.path())).unwrap();
    let store = Store::open(dir.path(), opened.root).await.unwrap();
    assert_eq!(number(&store, "SELECT sum(paid_minor) FROM sales_hour").await, 11_800);
    let checked = store.check().await.unwrap();
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    // A second computer undid it as well: its fact changes nothing more.
    let again = vec![Change::Insert { table: &catalogue::IMPORT_UNDONE, rows: vec![row![id(79), batch, NOW_MS]] }];
    commit(&store, again).await;
    let checked = store.check().await.unwrap();
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_store_goes_on_after_a_transaction_that_the_database_ended_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    // So it stands after a full disk, or a commit whose answer nobody heard: the holder believes in a transaction that is no more.
    let mut write = store.begin(Queue::Person).await.unwrap();
    sqlx::query("ROLLBACK").execute(&mut *write).await.unwrap();
    drop(write);
    commit(&store, order(1, "2026-11-22")).await;
    let mut write = store.begin(Queue::Person).await.unwrap();
    sqlx::query("ROLLBACK").execute(&mut *write).await.unwrap();
    drop(write);
    store.close().await.unwrap();
}

#[tokio::test]
async fn amounts_that_outgrow_a_figure_are_told_with_their_day_and_end_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    for (n, date) in [(1, "2026-10-21"), (2, "2026-11-22"), (3, "2026-12-20")] {
        commit(&store, order(n, date)).await;
    }
    let mut write = store.begin(Queue::Person).await.unwrap();
    let wrong = "UPDATE sales_hour SET paid_minor = 9223372036854775807 WHERE business_date < '2026-12'; UPDATE sku_day SET net_minor = 9223372036854775807 WHERE business_date < '2026-12';
        UPDATE sku_month SET net_minor = 9223372036854775807 WHERE month < '2026-12'; UPDATE order_fold SET payable_minor = 9223372036854775807 WHERE business_date < '2026-12';
        INSERT INTO customer_day SELECT x'00000000000000000000000000000001', shop_id, channel, business_date, 1, 9223372036854775807, 0 FROM sales_hour WHERE business_date < '2026-12';
        UPDATE day_mark SET mark = mark + 1";
    sqlx::raw_sql(wrong).execute(&mut *write).await.unwrap();
    write.commit_local().await.unwrap();
    let mut db = store.reader().await.unwrap();
    let kept = store.months();
    let span = |from: &str, to: &str| Span::of(from.parse().unwrap(), to.parse().unwrap());
    let wide = span("2026-10-01", "2026-11-30");
    let of = |error: store::Error| match error {
        store::Error::SumTooLarge { of } => of,
        other => panic!("{other}"),
    };
    assert_eq!(of(Sales::read(&mut db, kept, &wide).await.unwrap_err()), "2026-11-22");
    assert_eq!(of(skus::sold(&mut db, kept, &wide).await.unwrap_err()), "2026-10");
    assert_eq!(of(customers::buyers(&mut db, kept, &wide).await.unwrap_err()), "2026-10-21");
    assert_eq!(of(orders::order_totals(&mut db, kept, &OrderFilter::default(), NOW_MS).await.unwrap_err()), "2026-10-21");
    let narrow = span("2026-12-01", "2026-12-31");
    assert_eq!(Sales::read(&mut db, kept, &narrow).await.unwrap().sums().paid_minor, 11_800);
    assert!(skus::sold(&mut db, kept, &narrow).await.is_ok());
    assert_eq!(customers::buyers(&mut db, kept, &narrow).await.unwrap().customers, 0);
    // A view that the database adds up itself: its sums fit a number of its own, and what is made of them here does not.
    drop(db);
    let mut write = store.begin(Queue::Person).await.unwrap();
    sqlx::query("UPDATE order_fold SET paid_minor = -9223372036854775807 WHERE business_date < '2026-11'").execute(&mut *write).await.unwrap();
    write.commit_local().await.unwrap();
    let mut db = store.reader().await.unwrap();
    let by_hour = OrderFilter { from: "2026-10-01".parse().ok(), to: "2026-10-31".parse().ok(), hour_from: Some(0), ..OrderFilter::default() };
    assert_eq!(of(orders::order_totals(&mut db, kept, &by_hour, NOW_MS).await.unwrap_err()), "several days");
}

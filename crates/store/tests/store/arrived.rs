//! What other computers send, in whatever order it comes, and what is owed after it.

use super::*;

/// What another computer sent, in one delivery: orders by the stream of their shop, goods by the one of all.
async fn hear(store: &Store, stream: &str, after: &mut i64, changes: Vec<Change>) {
    assert_eq!(deliver(store, stream, after, changes).await, 0);
}

/// The same; answers how many rows were put aside.
async fn deliver(store: &Store, stream: &str, after: &mut i64, changes: Vec<Change>) -> u64 {
    let records = changes.into_iter().map(|change| {
        *after += 1;
        let content = inbound::Content::Rows(change);
        inbound::Record { stream: stream.into(), epoch: [1; 16], position: *after, node_id: [9; 16], seq: *after, content }
    });
    let batch = inbound::InboundBatch { at_ms: NOW_MS, records: records.collect(), entries: Vec::new() };
    store.apply_inbound(batch).await.unwrap().quarantined
}

fn mug(version: i64, kind: &str) -> Vec<Change> {
    let row = row![id(21), version, "C-2", "马克杯", None::<Uuid>, kind, "CNY", 5_900_i64, 3_000_i64, None::<Uuid>, NOW_MS];
    vec![Change::Put { table: &catalogue::SKU, rows: vec![row] }]
}

/// The same order, of mugs.
fn order_of_mugs(n: u128, date: &str) -> Vec<Change> {
    let mut changes = order(n, date);
    for change in &mut changes {
        let sku_at = change.table().column("sku_id");
        if let (Change::Insert { rows, .. }, Some(at)) = (change, sku_at) {
            rows.iter_mut().for_each(|row| row[at] = id(21).into());
        }
    }
    changes
}

const GOODS: &str = "SELECT sum(goods_minor - refund_goods_minor) FROM sales_hour";

async fn assert_sound(store: &Store) {
    let checked = store.check().await.unwrap();
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    assert_eq!(number(store, "SELECT (SELECT count(*) FROM awaited_goods) + (SELECT count(*) FROM arrived_goods)").await, 0);
}

#[tokio::test]
async fn goods_that_come_after_their_orders_and_refunds_count_whoever_brings_them() {
    // More than are folded at once.
    const ORDERS: u128 = 450;
    let mut document = row![id(91), None::<Uuid>, "R-1", id(10), "counter", None::<Uuid>, NOW_MS, "2026-11-23", 9_i64, "CNY", 5_900_i64];
    document.extend(row_tail());
    let refund = vec![
        Change::Insert { table: &catalogue::REFUND, rows: vec![document] },
        Change::Insert {
            table: &catalogue::REFUND_LINE,
            rows: vec![row![id(92), id(91), id(21), None::<Uuid>, "recorded", 1_000_i64, 59_000_000_i64, 5_900_i64, None::<i64>, 0_i64, None::<Uuid>]],
        },
    ];
    let orders: Vec<Change> = (0..ORDERS).flat_map(|n| order_of_mugs(n, if n % 2 == 0 { "2026-11-22" } else { "2026-11-23" })).chain(refund).collect();
    let goods_minor = 11_800 * i64::try_from(ORDERS).unwrap() - 5_900;
    for (come_from_elsewhere, sent) in [(true, true), (true, false), (false, false)] {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = make(dir.path()).await;
        let (mut of_the_shop, mut of_all) = (0, 0);
        if come_from_elsewhere {
            hear(&store, "shop", &mut of_the_shop, orders.clone()).await;
        } else {
            commit(&store, orders.clone()).await;
        }
        assert_eq!(number(&store, GOODS).await, 0, "they count before anybody knows what they are: the test proves nothing");
        assert!(store.check().await.unwrap().findings.is_empty());
        if sent {
            hear(&store, "global", &mut of_all, mug(1, "goods")).await;
        } else {
            commit(&store, mug(1, "goods")).await;
        }
        assert_eq!(number(&store, GOODS).await, goods_minor);
        assert_sound(&store).await;
        // They turn out to be postage, and goods again.
        for (version, kind, expected) in [(2, "postage", 0), (3, "goods", goods_minor)] {
            if sent {
                hear(&store, "global", &mut of_all, mug(version, kind)).await;
            } else {
                commit(&store, mug(version, kind)).await;
            }
            assert_eq!(number(&store, GOODS).await, expected, "{kind}");
            assert_sound(&store).await;
        }
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn goods_whose_orders_were_not_all_folded_are_gone_on_with_when_the_store_opens() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    hear(&store, "shop", &mut 0, (0..3).flat_map(|n| order_of_mugs(n, "2026-11-22")).collect()).await;
    // The goods are here and noted; the power goes before a part was folded.
    let mut write = store.begin(Queue::Person).await.unwrap();
    let mug = "CREATE TEMP TABLE mug AS SELECT * FROM sku; UPDATE mug SET id = unhex(printf('%032x', 21)); INSERT INTO sku SELECT * FROM mug; INSERT INTO arrived_goods SELECT id FROM mug";
    sqlx::raw_sql(mug).execute(&mut *write).await.unwrap();
    write.commit_local().await.unwrap();
    assert_eq!(number(&store, GOODS).await, 0, "nothing was left to go on with: the test proves nothing");
    store.close().await.unwrap();
    drop(store);
    let opened = keys::open(dir.path(), "owner", PASSWORD, &KeyFile::in_folder(dir.path())).unwrap();
    let store = Store::open(dir.path(), opened.root).await.unwrap();
    assert_eq!(number(&store, GOODS).await, 3 * 11_800);
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_is_found_by_its_text_is_what_stands_in_the_row_and_a_check_looks_at_it() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    commit(&store, mug(1, "goods")).await;
    let named = |version: i64, name: &str| {
        let row = row![id(21), version, "C-2", name, None::<Uuid>, "goods", "CNY", 5_900_i64, 3_000_i64, None::<Uuid>, NOW_MS];
        vec![Change::Put { table: &catalogue::SKU, rows: vec![row] }]
    };
    commit(&store, named(2, "搪瓷杯")).await;
    // An import that read the goods before the new name makes them as it knew them: the newer row stands, and so does its text.
    commit(&store, named(1, "马克杯")).await;
    let found = "SELECT count(*) FROM search_text WHERE body MATCH '搪瓷杯'";
    assert_eq!(number(&store, found).await, 1);
    assert!(store.check().await.unwrap().findings.is_empty());
    let mut write = store.begin(Queue::Person).await.unwrap();
    sqlx::query("UPDATE search_text SET body = 'something else' WHERE body MATCH '搪瓷杯'").execute(&mut *write).await.unwrap();
    write.commit_local().await.unwrap();
    let checked = store.check().await.unwrap();
    assert!(!checked.caches_ok && checked.findings.iter().any(|finding| finding.starts_with("search_text ")), "{:?}", checked.findings);
    store.rebuild_derived().await.unwrap();
    assert_eq!(number(&store, found).await, 1);
    assert_sound(&store).await;
    store.close().await.unwrap();
}

#[tokio::test]
async fn who_may_do_what_is_decided_anew_where_somebody_else_decided_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let role = |version: i64, name: &str| vec![Change::Put { table: &catalogue::ROLE, rows: vec![row![id(90), version, name, "[]", "{}", 0_i64]] }];
    let before = store.access_changes();
    commit(&store, role(1, "reader")).await;
    commit(&store, role(2, "reader of one shop")).await;
    assert_eq!(store.access_changes(), before + 2, "kept answers are old from now on");
    let late = store.begin(Queue::Person).await.unwrap().commit(entry(role(2, "reader of all"))).await;
    assert!(matches!(late, Err(store::Error::OtherContent { .. })), "{late:?}");
    assert_eq!(number(&store, "SELECT count(*) FROM role WHERE name = 'reader of one shop'").await, 1);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_change_made_here_holds_the_writer_for_one_part_of_what_waited_for_it() {
    const ORDERS: u128 = 450;
    const WAITING: &str = "SELECT count(*) FROM awaited_goods";
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    hear(&store, "shop", &mut 0, (0..ORDERS).flat_map(|n| order_of_mugs(n, "2026-11-22")).collect()).await;
    assert_eq!(number(&store, WAITING).await, 450);
    let mut write = store.begin(Queue::Person).await.unwrap();
    write.append(Ready::of(entry(mug(1, "goods"))).unwrap()).await.unwrap();
    let left: i64 = sqlx::query_scalar(WAITING).fetch_one(&mut *write).await.unwrap();
    assert_eq!(left, 250, "one part is folded within the transaction");
    write.commit_appended().await.unwrap();
    assert_eq!(number(&store, GOODS).await, 11_800 * i64::try_from(ORDERS).unwrap());
    assert_sound(&store).await;
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_a_commit_left_to_be_done_is_gone_on_with_after_the_next_one() {
    const ORDERS: u128 = 450;
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    hear(&store, "shop", &mut 0, (0..ORDERS).flat_map(|n| order_of_mugs(n, "2026-11-22")).collect()).await;
    let mut write = store.begin(Queue::Person).await.unwrap();
    write.append(Ready::of(entry(mug(1, "goods"))).unwrap()).await.unwrap();
    // Somebody has the writer as soon as the entry is durable; whoever wrote it is gone by then, as a browser is that was closed.
    let mut commits = Box::pin(write.commit_appended());
    let next = tokio::select! {
        biased;
        _ = &mut commits => panic!("nothing was left to be done, or nobody got between"),
        next = store.begin(Queue::Person) => next.unwrap(),
    };
    drop(commits);
    assert_eq!(number(&store, GOODS).await, 200 * 11_800);
    next.commit(entry(order(ORDERS, "2026-11-22"))).await.unwrap();
    assert_eq!(number(&store, GOODS).await, 11_800 * i64::try_from(ORDERS + 1).unwrap());
    assert_sound(&store).await;
    store.close().await.unwrap();
}

#[tokio::test]
async fn goods_of_another_kind_find_the_orders_of_the_entries_before_them() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    commit(&store, mug(1, "goods")).await;
    let mut write = store.begin(Queue::Background).await.unwrap();
    // The orders are in, and not yet among the sums of the tables.
    write.append(Ready::of(entry(order_of_mugs(1, "2026-11-22"))).unwrap()).await.unwrap();
    write.append(Ready::of(entry(mug(2, "postage"))).unwrap()).await.unwrap();
    write.append(Ready::of(entry(order_of_mugs(2, "2026-11-23"))).unwrap()).await.unwrap();
    write.commit_appended().await.unwrap();
    assert_eq!(number(&store, GOODS).await, 0);
    assert_sound(&store).await;
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_was_cut_off_is_gone_on_with_when_another_node_is_heard_and_is_no_difference_before() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    hear(&store, "shop", &mut 0, (0..3).flat_map(|n| order_of_mugs(n, "2026-11-22")).collect()).await;
    let mut write = store.begin(Queue::Person).await.unwrap();
    let mug = "CREATE TEMP TABLE mug AS SELECT * FROM sku; UPDATE mug SET id = unhex(printf('%032x', 21)); INSERT INTO sku SELECT * FROM mug; INSERT INTO arrived_goods SELECT id FROM mug";
    sqlx::raw_sql(mug).execute(&mut *write).await.unwrap();
    write.commit_local().await.unwrap();
    let checked = store.check().await.unwrap();
    let differing = checked.findings.iter().find(|finding| !finding.starts_with("search_text "));
    assert_eq!(differing, None, "what is still owed is no difference");
    assert_eq!(number(&store, GOODS).await, 0, "the check went on with it: the test proves nothing");
    hear(&store, "shop", &mut 12, Vec::new()).await;
    assert_eq!(number(&store, GOODS).await, 3 * 11_800);
    assert_eq!(number(&store, "SELECT (SELECT count(*) FROM awaited_goods) + (SELECT count(*) FROM arrived_goods)").await, 0);
    store.close().await.unwrap();
}

#[tokio::test]
async fn lines_that_come_before_their_documents_and_goods_are_no_difference_and_count_in_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let mut document = row![id(91), None::<Uuid>, "R-1", id(10), "counter", None::<Uuid>, NOW_MS, "2026-11-23", 9_i64, "CNY", 5_900_i64];
    document.extend(row_tail());
    let refund = Change::Insert { table: &catalogue::REFUND, rows: vec![document] };
    let refund_line = Change::Insert {
        table: &catalogue::REFUND_LINE,
        rows: vec![row![id(92), id(91), id(21), None::<Uuid>, "recorded", 1_000_i64, 59_000_000_i64, 5_900_i64, None::<i64>, 0_i64, None::<Uuid>]],
    };
    let mut lines = order_of_mugs(1, "2026-11-22");
    let documents = vec![lines.remove(0), refund];
    lines.push(refund_line);
    let (mut of_the_shop, mut of_all) = (0, 0);
    hear(&store, "shop", &mut of_the_shop, lines).await;
    assert_sound(&store).await;
    hear(&store, "shop", &mut of_the_shop, documents).await;
    assert!(store.check().await.unwrap().findings.is_empty());
    hear(&store, "global", &mut of_all, mug(1, "goods")).await;
    assert_eq!(number(&store, GOODS).await, 11_800 - 5_900);
    assert_sound(&store).await;
    store.close().await.unwrap();
}

/// One row with a word or date that this version does not know must not refuse a month of good ones.
#[tokio::test]
async fn rows_that_no_reader_could_read_are_put_aside_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    let with = |n: u128, table: &str, column: &str, value: store::Value| -> Vec<Change> {
        let mut changes = order(n, "2026-11-22");
        for change in &mut changes {
            let at = change.table().column(column).filter(|_| change.table().name == table);
            if let (Change::Insert { rows, .. }, Some(at)) = (change, at) {
                rows[0][at] = value.clone();
            }
        }
        changes
    };
    let visits = |date: &str, hour: i64| Change::Insert {
        table: &catalogue::VISIT_COUNT,
        rows: vec![
            row![id(70), id(10), "counter", date, hour, 5_i64, None::<Uuid>],
            row![id(71), id(10), "counter", "2026-11-22", 12_i64, 5_i64, None::<Uuid>],
        ],
    };
    let mut sent = order(1, "2026-11-22");
    sent.extend(with(2, "order_doc", "channel", "teleport".into()));
    sent.extend(with(3, "order_doc", "business_date", "2026-11-31".into()));
    sent.extend(with(4, "payment", "amount_minor", (1_i64 << 53).into()));
    sent.extend(with(5, "stock_movement", "quantity_milli", i64::MIN.into()));
    sent.push(visits("2026-11-22", 24));
    assert_eq!(deliver(&store, "shop", &mut 0, sent).await, 5);
    let mut db = store.reader().await.unwrap();
    let reasons: Vec<String> = sqlx::query_scalar("SELECT reason FROM quarantine WHERE direction = 'in' ORDER BY id").fetch_all(&mut *db).await.unwrap();
    let expected = [
        "this version does not know the channel teleport",
        "2026-11-31 is no business date",
        "the number in amount_minor is larger than any of ours",
        "the number in quantity_milli is larger than any of ours",
        "24 is no hour of a day",
    ];
    assert_eq!(reasons, expected);
    let span = Span::of("2026-11-01".parse().unwrap(), "2026-11-30".parse().unwrap());
    let sums = Sales::read(&mut db, store.months(), &span).await.unwrap().sums();
    assert_eq!((sums.orders_created, sums.paid_minor, sums.visitors), (3, 23_600, 5));
    assert_eq!(orders::order_totals(&mut db, store.months(), &OrderFilter::default(), NOW_MS).await.unwrap().count, 3);
    drop(db);
    assert_sound(&store).await;
    store.close().await.unwrap();
}

/// Puts a change aside as an older version would have done.
async fn aside(store: &Store, reason: &str, change: &Change) {
    let mut write = store.begin(Queue::Person).await.unwrap();
    sqlx::query("INSERT INTO quarantine (direction, reference, reason, payload, first_seen_ms) VALUES ('in', 'shop 1', ?, ?, 7)")
        .bind(reason)
        .bind(change.to_json().to_string().into_bytes())
        .execute(&mut *write)
        .await
        .unwrap();
    write.commit_local().await.unwrap();
}

async fn reopened(dir: &std::path::Path, store: Store) -> Store {
    store.close().await.unwrap();
    drop(store);
    let opened = keys::open(dir, "owner", PASSWORD, &KeyFile::in_folder(dir)).unwrap();
    Store::open(dir, opened.root).await.unwrap()
}

#[tokio::test]
async fn what_an_older_version_put_aside_is_offered_to_the_one_that_opens_the_store_now() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = make(dir.path()).await;
    hear(&store, "shop", &mut 0, order(1, "2026-11-22")).await;
    let with = |channel: &str, n: u128| {
        let mut changes = order(n, "2026-11-22");
        let Change::Insert { table, rows } = &mut changes[0] else { panic!("no order") };
        rows[0][table.column("channel").unwrap()] = channel.into();
        changes
    };
    // Of the second order the goods and the money are here, and its head is aside: an older version did not know the channel. The third is of a channel that
    // nobody knows yet, the fourth is in a dispute.
    for n in [2, 3, 4] {
        hear(&store, &format!("more {n}"), &mut 0, with("web", n)[1..].to_vec()).await;
    }
    aside(&store, "this version does not know the channel web", &with("web", 2)[0]).await;
    aside(&store, "this version does not know the channel teleport", &with("teleport", 3)[0]).await;
    aside(&store, "the same id is here with other content", &with("web", 4)[0]).await;
    assert_eq!(number(&store, "SELECT sum(paid_minor) FROM sales_hour").await, 11_800);

    let store = reopened(dir.path(), store).await;
    assert_eq!(number(&store, "SELECT sum(paid_minor) FROM sales_hour").await, 23_600);
    assert_eq!(number(&store, "SELECT count(*) FROM order_doc WHERE channel = 'web'").await, 1);
    let left = "SELECT count(*) FROM quarantine WHERE first_seen_ms = 7";
    assert_eq!(number(&store, left).await, 2, "what cannot be read yet and what waits for a person stays as it was");
    assert_sound(&store).await;

    // The same version does not look through it again.
    aside(&store, "this version does not know the channel web", &with("web", 4)[0]).await;
    let store = reopened(dir.path(), store).await;
    assert_eq!(number(&store, left).await, 3);
    store.close().await.unwrap();
}

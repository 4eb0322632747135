//! Two stores and a real PostgreSQL 15: nothing is lost and nothing arrives twice, however often the line is cut.
//!
//! Needs the address of a superuser's database in ZHANGGUI_TEST_POSTGRES, which `./dev test` and `cargo xtask postgres -- CMD` give. Each test makes a database of its own.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

extern crate app as zhanggui_app;

#[path = "../crates/app/tests/histories/hand.rs"]
mod hand;
#[path = "sync_postgres/place.rs"]
mod place;
#[path = "../crates/app/tests/histories/shop.rs"]
mod shop;
#[path = "sync_postgres/trade.rs"]
mod trade;

use place::{Cut, Place, eventually, worker};
use std::time::Instant;
use store::{Change, catalogue, row};
use sync::{
    Error, Transport,
    transport::{Postgres, Speaker},
    wire::Chunk,
};
use trade::Trade;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_store_writes_the_other_has_though_backends_are_killed() {
    let place = Place::new("killed").await;
    let a = place.found("a").await;
    let mut at_a = Trade::open(&a, 1).await;
    at_a.go_on(60).await;
    let cut = Cut::start(&place, 11, 20);
    eventually(|| sync::central_init(&place.url, &a)).await;
    at_a.go_on(120).await;
    let worker_a = worker(&place, &a, 1).await;
    eventually(|| worker_a.now()).await;
    let b = place.join("b", &a).await;
    let worker_b = worker(&place, &b, 2).await;
    eventually(|| worker_b.now()).await;
    let mut at_b = at_a.in_another_store(&b, 5);
    at_b.go_on(80).await;
    at_a.go_on(40).await;
    eventually(|| worker_b.now()).await;
    eventually(|| worker_a.now()).await;
    eventually(|| worker_b.now()).await;
    let kills = cut.stop().await;
    assert!(kills > 5, "only {kills} backends were killed: the test proves nothing");
    println!("{kills} backends killed");
    worker_a.now().await.unwrap();
    worker_b.now().await.unwrap();
    place.assert_same(&a, &b).await;
    place.assert_dense().await;
    for store in [&a, &b] {
        let checked = store.check().await.unwrap();
        assert!(checked.findings.is_empty(), "{:?}", checked.findings);
        assert_eq!(store.sync_state().await.unwrap().quarantined, 0);
        assert_eq!(sync::status(store).await.unwrap().waiting, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_use_case_reaches_the_other_store_though_backends_are_killed() {
    let place = Place::new("use_cases").await;
    let shop = shop::Shop::open(201).await;
    let a = shop.store();
    sync::central_init(&place.url, &a).await.unwrap();
    let mut hand = hand::Hand::new(&shop, 201, false).await;
    assert_eq!(hand.shop_ids().len(), 3);
    for _ in 0..80 {
        hand.act().await;
    }
    hand.the_rest().await;
    assert!(hand.done["import"] > 0 && hand.done["undo"] > 0, "{:?}", hand.done);
    travel_under_kills(&place, &a, 21, 20).await;
    shop.program.shut_down().await;
}

/// The beginning of the demo's import: the entries as they were written, decided once more in a store that has a centre.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_reaches_the_other_store_though_backends_are_killed() {
    let place = Place::new("demo").await;
    let shop = shop::Shop::open(202).await;
    let entries = shop.demo_journal(14).await;
    let a = place.found("a").await;
    sync::central_init(&place.url, &a).await.unwrap();
    for entry in &entries {
        let again = store::Entry {
            kind: "demo.history",
            actor: domain::PersonId(Uuid::from_slice(&entry.actor_id).unwrap()),
            at_ms: entry.at_ms,
            origin: store::Origin::Imported,
            changes: entry.changes().unwrap(),
            events: entry.event_list().unwrap(),
            audit: store::Audit { act: "demo.history".into(), result: "done".into(), detail: serde_json::Value::Null },
        };
        a.begin(store::Queue::Background).await.unwrap().commit(again).await.unwrap();
    }
    // Its chunks are large: each needs a while without a cut to get through.
    travel_under_kills(&place, &a, 22, 2_000).await;
    shop.program.shut_down().await;
}

/// Sends a store's journal through the centre to another store while backends are killed; both are the same then.
async fn travel_under_kills(place: &Place, a: &std::sync::Arc<store::Store>, seed: u64, longest_ms: u64) {
    let cut = Cut::start(place, seed, longest_ms);
    let worker_a = worker(place, a, 1).await;
    eventually(|| worker_a.now()).await;
    let b = place.join("b", a).await;
    let worker_b = worker(place, &b, 2).await;
    eventually(|| worker_b.now()).await;
    let kills = cut.stop().await;
    assert!(kills > 0, "no backend was killed: the test proves nothing");
    println!("{kills} backends killed");
    worker_b.now().await.unwrap();
    place.assert_same(a, &b).await;
    place.assert_dense().await;
    let checked = b.check().await.unwrap();
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    assert_eq!((b.sync_state().await.unwrap().quarantined, sync::status(a).await.unwrap().waiting), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_lost_after_the_commit_counts_once() {
    let place = Place::new("reply").await;
    let a = place.found("a").await;
    let mut at_a = Trade::open(&a, 2).await;
    sync::central_init(&place.url, &a).await.unwrap();
    let deaf = place::deaf_worker(&place, &a).await;
    for _ in 0..12 {
        at_a.go_on(6).await;
        eventually(|| deaf.now()).await;
    }
    let b = place.join("b", &a).await;
    worker(&place, &b, 2).await.now().await.unwrap();
    place.assert_same(&a, &b).await;
    let counted: i64 = place.one("SELECT count(*) FROM sync.applied").await;
    assert_eq!(counted, a.sync_state().await.unwrap().last_seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_push_at_once() {
    let place = Place::new("two").await;
    let a = place.found("a").await;
    let mut at_a = Trade::open(&a, 3).await;
    sync::central_init(&place.url, &a).await.unwrap();
    let b = place.join("b", &a).await;
    let (worker_a, worker_b) = (worker(&place, &a, 1).await, worker(&place, &b, 2).await);
    worker_b.now().await.unwrap();
    let mut at_b = at_a.in_another_store(&b, 4);
    // Both import one file: the same rows under the same ids, which must count once.
    let shop_id = at_a.shop_id();
    let opening = |n: u128| {
        row![
            Uuid::from_u128(n),
            Uuid::from_u128(0x5C0),
            shop_id,
            "opening",
            5_000_i64,
            1_794_000_000_000_i64,
            "2026-11-08",
            None::<Uuid>,
            None::<i64>,
            None::<Uuid>
        ]
    };
    let file = || vec![Change::Insert { table: &catalogue::STOCK_MOVEMENT, rows: (1..=100).map(opening).collect() }];
    at_a.write("import.chunk", file()).await;
    at_b.write("import.chunk", file()).await;
    for _ in 0..8 {
        tokio::join!(at_a.go_on(12), at_b.go_on(12));
        let (one, two) = tokio::join!(worker_a.now(), worker_b.now());
        one.unwrap();
        two.unwrap();
    }
    worker_a.now().await.unwrap();
    worker_b.now().await.unwrap();
    place.assert_same(&a, &b).await;
    place.assert_dense().await;
    for store in [&a, &b] {
        let checked = store.check().await.unwrap();
        assert!(checked.findings.is_empty(), "{:?}", checked.findings);
        assert_eq!(store.sync_state().await.unwrap().quarantined, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_is_found_and_nothing_of_it_is_applied() {
    let place = Place::new("hole").await;
    let a = place.found("a").await;
    let mut at_a = Trade::open(&a, 4).await;
    sync::central_init(&place.url, &a).await.unwrap();
    let b = place.join("b", &a).await;
    let worker_b = worker(&place, &b, 2).await;
    worker_b.now().await.unwrap();
    at_a.go_on(30).await;
    worker(&place, &a, 1).await.now().await.unwrap();
    let before = (b.canonical_digests().await.unwrap(), b.cursors().await.unwrap());
    place
        .run("DELETE FROM sync.log WHERE stream LIKE 'shop:%' AND pos = (SELECT pos - 3 FROM sync.head WHERE stream LIKE 'shop:%' ORDER BY stream LIMIT 1)")
        .await;
    let error = worker_b.now().await.unwrap_err();
    assert_eq!(error.code(), "hole", "{error}");
    assert!(error.is_permanent());
    assert_eq!((b.canonical_digests().await.unwrap(), b.cursors().await.unwrap()), before);
    assert!(sync::status(&b).await.unwrap().error.is_some());
    // A centre that was restored from an older backup has less than this store already received.
    place.run("UPDATE sync.head SET pos = 0 WHERE stream = 'global'").await;
    let error = worker_b.now().await.unwrap_err();
    assert!(matches!(&error, Error::Rewound { stream } if stream == "global"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_store_is_refused_as_a_fork() {
    let place = Place::new("fork").await;
    let a = place.found("a").await;
    let mut at_a = Trade::open(&a, 6).await;
    at_a.go_on(5).await;
    sync::central_init(&place.url, &a).await.unwrap();
    let copy = place.copy(&a, "copy").await;
    at_a.go_on(4).await;
    worker(&place, &a, 1).await.now().await.unwrap();
    let mut at_copy = at_a.in_another_store(&copy, 77);
    at_copy.go_on(6).await;
    let heads: i64 = place.one("SELECT sum(pos)::bigint FROM sync.head").await;
    let error = worker(&place, &copy, 2).await.now().await.unwrap_err();
    assert_eq!(error.code(), "fork", "{error}");
    // The centre refuses too, where a node does not look first.
    let node = copy.node();
    let speaker = Speaker { organisation_id: node.organisation_id, node_id: node.node_id, incarnation: Uuid::from_u128(1) };
    let entry = &copy.outgoing(5, 1, 1).await.unwrap()[0];
    let body = serde_json::json!({"previous_hash": hex(&entry.previous_hash), "entries": [], "changes": {}}).to_string();
    let mut postgres = Postgres::new(&place.url).unwrap();
    let acked = postgres.greet(&speaker).await.unwrap().acked_seq;
    let error = postgres.push(&speaker, &Chunk { from_seq: acked + 1, last_seq: acked + 1, body, rows: 0 }).await.unwrap_err();
    assert_eq!(error.code(), "fork", "{error}");
    assert_eq!(place.one::<i64>("SELECT sum(pos)::bigint FROM sync.head").await, heads);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_of_one_row_the_first_at_the_centre_stays_everywhere_and_the_other_is_kept() {
    let place = Place::new("tie").await;
    let a = place.found("a").await;
    let mut at_a = Trade::open(&a, 7).await;
    sync::central_init(&place.url, &a).await.unwrap();
    let b = place.join("b", &a).await;
    let (worker_a, worker_b) = (worker(&place, &a, 1).await, worker(&place, &b, 2).await);
    worker_b.now().await.unwrap();
    let mut at_b = at_a.in_another_store(&b, 8);
    at_a.rename_category("咖啡").await;
    at_b.rename_category("Coffee").await;
    worker_a.now().await.unwrap();
    worker_b.now().await.unwrap();
    worker_a.now().await.unwrap();
    place.assert_same(&a, &b).await;
    assert_eq!(place.one::<String>("SELECT name FROM projection.category").await, "咖啡");
    assert_eq!(place.one::<i64>("SELECT count(*) FROM sync.quarantine WHERE reason = 'newer_version' AND payload->>2 = 'Coffee'").await, 1);
    assert_eq!(b.sync_state().await.unwrap().quarantined, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_code_that_two_nodes_made_stays_twice_at_both() {
    let place = Place::new("code").await;
    let a = place.found("a").await;
    let mut at_a = Trade::open(&a, 12).await;
    sync::central_init(&place.url, &a).await.unwrap();
    let b = place.join("b", &a).await;
    let (worker_a, worker_b) = (worker(&place, &a, 1).await, worker(&place, &b, 2).await);
    worker_b.now().await.unwrap();
    let mut at_b = at_a.in_another_store(&b, 13);
    let sku = |n: u128, name: &str| {
        let row = row![Uuid::from_u128(n), 1_i64, "C-7", name, None::<Uuid>, "goods", "CNY", 100_i64, None::<i64>, None::<Uuid>, 1_794_000_000_000_i64];
        vec![Change::Put { table: &catalogue::SKU, rows: vec![row] }]
    };
    at_a.write("sku.make", sku(71, "甲店的")).await;
    at_b.write("sku.make", sku(70, "乙店的")).await;
    worker_a.now().await.unwrap();
    worker_b.now().await.unwrap();
    worker_a.now().await.unwrap();
    place.assert_same(&a, &b).await;
    assert_eq!(place.one::<i64>("SELECT count(*) FROM projection.sku WHERE code = 'C-7'").await, 2);
    for store in [&a, &b] {
        assert_eq!(store.sync_state().await.unwrap().quarantined, 0);
        let known = store::import_rows::skus(&mut store.reader().await.unwrap(), "CNY").await.unwrap();
        assert_eq!(known["C-7"].id, *Uuid::from_u128(70).as_bytes(), "both nodes take the older by id");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_put_aside_and_the_rest_goes_on() {
    let place = Place::new("poison").await;
    let a = place.found("a").await;
    let mut at_a = Trade::open(&a, 9).await;
    sync::central_init(&place.url, &a).await.unwrap();
    let b = place.join("b", &a).await;
    place.run("ALTER TABLE projection.category ADD CONSTRAINT planted CHECK (name <> 'poison')").await;
    at_a.go_on(5).await;
    at_a.write("category.change", vec![Change::Put { table: &catalogue::CATEGORY, rows: vec![row![Uuid::from_u128(5), 1_i64, "poison"]] }]).await;
    at_a.write("category.change", vec![Change::Put { table: &catalogue::CATEGORY, rows: vec![row![Uuid::from_u128(6), 1_i64, "nul \0"]] }]).await;
    at_a.go_on(5).await;
    // The same id with other content, which only a fault can bring.
    let shop_id = at_a.shop_id();
    let visit = |visitors: i64| {
        vec![Change::Insert {
            table: &catalogue::VISIT_COUNT,
            rows: vec![row![Uuid::from_u128(9), shop_id, "counter", "2026-11-01", 9_i64, visitors, None::<Uuid>]],
        }]
    };
    at_a.write("visit.count", visit(3)).await;
    let worker_a = worker(&place, &a, 1).await;
    worker_a.now().await.unwrap();
    let mut at_b = at_a.in_another_store(&b, 10);
    at_b.write("visit.count", visit(4)).await;
    worker(&place, &b, 2).await.now().await.unwrap();
    let aside: Vec<String> = place.column("SELECT reason FROM sync.quarantine ORDER BY id").await;
    assert_eq!(aside.len(), 2, "{aside:?}");
    assert!(aside[0].contains("planted") && aside[1] == "other_content", "{aside:?}");
    assert_eq!(a.sync_state().await.unwrap().quarantined, 1, "the text with NUL stays here, said aloud");
    assert_eq!(b.sync_state().await.unwrap().quarantined, 1, "the other content of the visit");
    assert_eq!(place.one::<i64>("SELECT visitors FROM projection.visit_count WHERE id = decode('00000000000000000000000000000009', 'hex')").await, 3);
    assert_eq!(place.one::<i64>("SELECT acked_seq FROM sync.device ORDER BY first_seen_at LIMIT 1").await, a.sync_state().await.unwrap().last_seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_code_counts_once_and_not_for_long() {
    let place = Place::new("join").await;
    let a = place.found("a").await;
    let mut at_a = Trade::open(&a, 10).await;
    at_a.go_on(20).await;
    assert!(matches!(sync::join_code(&place.url, &a, &mut domain::clock::Seeded::new(1)).await, Err(Error::NoCentre)));
    sync::central_init(&place.url, &a).await.unwrap();
    sync::central_init(&place.url, &a).await.unwrap();
    let code = sync::join_code(&place.url, &a, &mut domain::clock::Seeded::new(2)).await.unwrap();
    let joined = sync::join(&place.url, &code.to_lowercase()).await.unwrap();
    assert_eq!(joined.organisation_id, a.node().organisation_id);
    assert_eq!(joined.credentials, a.credential_rows().await.unwrap());
    assert_eq!(*joined.keys.totp, *a.root().totp_key());
    assert!(matches!(sync::join(&place.url, &code).await, Err(Error::CodeUsed)));
    let late = sync::join_code(&place.url, &a, &mut domain::clock::Seeded::new(3)).await.unwrap();
    place.run("UPDATE sync.join_code SET expires_at = now() - interval '1 second' WHERE used_at IS NULL").await;
    assert!(matches!(sync::join(&place.url, &late).await, Err(Error::CodeUsed)));
    assert!(matches!(sync::join(&place.url, "not a code").await, Err(Error::CodeForm)));
    let stranger = place.found("stranger").await;
    assert!(matches!(sync::central_init(&place.url, &stranger).await, Err(Error::OtherOrganisation)));
    assert!(matches!(worker(&place, &stranger, 3).await.now().await, Err(Error::OtherOrganisation)));
    // Personal data rests sealed at the centre.
    worker(&place, &a, 1).await.now().await.unwrap();
    assert!(place.one::<i64>("SELECT count(*) FROM projection.customer WHERE name LIKE 'z1:%'").await > 0);
    assert_eq!(place.one::<i64>("SELECT count(*) FROM sync.log WHERE rows::text LIKE '%王%'").await, 0);
    assert_eq!(place.one::<i64>("SELECT count(*) FROM projection.customer WHERE name LIKE '%王%' OR phone LIKE '1%'").await, 0);
}

/// Says how fast a real PostgreSQL takes rows, log and positions included; `docs/sync.md` has the figures. It asserts only that all arrived.
#[tokio::test(flavor = "multi_thread")]
async fn the_rate_of_pushing() {
    const CHUNKS: i64 = 20;
    const OPERATIONS: i64 = 500;
    let place = Place::new("rate").await;
    let a = place.found("a").await;
    sync::central_init(&place.url, &a).await.unwrap();
    for devices in [1_u128, 2] {
        let started = Instant::now();
        let all = (0..devices).map(|device| {
            let url = place.url.clone();
            let speaker =
                Speaker { organisation_id: a.node().organisation_id, node_id: Uuid::from_u128(1000 * devices + device), incarnation: Uuid::from_u128(1) };
            let chunks: Vec<Chunk> = (0..CHUNKS).map(|n| trade::chunk(speaker.node_id, n * OPERATIONS, OPERATIONS)).collect();
            tokio::spawn(async move {
                let mut postgres = Postgres::new(&url).unwrap();
                postgres.greet(&speaker).await.unwrap();
                let started = Instant::now();
                let mut rows = 0;
                for chunk in &chunks {
                    assert_eq!(postgres.push(&speaker, chunk).await.unwrap(), chunk.last_seq);
                    rows += chunk.rows;
                }
                (rows, started.elapsed())
            })
        });
        let mut rows = 0;
        let mut longest = started.elapsed();
        for one in all.collect::<Vec<_>>() {
            let (pushed, took) = one.await.unwrap();
            rows += pushed;
            longest = longest.max(took);
        }
        println!(
            "{devices} device(s), chunks of {OPERATIONS} operations: {rows} rows in {:.2} s: {:.0} rows/s",
            longest.as_secs_f64(),
            rows as f64 / longest.as_secs_f64()
        );
    }
    let kept: i64 = place.one("SELECT count(*) FROM projection.order_line").await;
    assert_eq!(kept, 3 * CHUNKS * OPERATIONS * 2);
    place.assert_dense().await;
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

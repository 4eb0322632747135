//! Random histories through the real program, and after each: every figure of 今日 and 分析 equals an independent SQL over the facts, the rows that a
//! figure opens sum to it, the store finds nothing wrong with itself, and what is derived is what a rebuild gives.
//!
//! A history is its seed; the failing one is printed. `ZHANGGUI_HISTORIES=from..to` runs others than the usual ones.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "histories/facts.rs"]
mod facts;
#[path = "histories/hand.rs"]
mod hand;
#[path = "histories/replay.rs"]
mod replay;
#[path = "histories/rows.rs"]
mod rows;
#[path = "histories/shop.rs"]
mod shop;

use domain::PersonId;
use facts::{Figures, Part, rate};
use hand::Hand;
use serde_json::{Value, json};
use shop::Shop;
use std::collections::BTreeMap;
use store::{
    Audit, Entry, Origin, Queue, Store,
    journal::{self, Stored},
};
use uuid::Uuid;

/// Seeds of one run, and acts of one history.
const SEEDS: std::ops::Range<u64> = 1..5;
const ACTS: usize = 90;
/// Of all parts of the trade (shops, channels, periods) each history is asked about one in so many, the next history about the next ones: together about all.
const PARTS_ASKED: u64 = 4;
const PERIODS: [(&str, &str); 5] =
    [("2026-11-22", "2026-11-22"), ("2026-11-09", "2026-11-22"), ("2026-10-01", "2026-10-31"), ("2026-07-01", "2026-11-22"), ("2025-01-01", "2025-01-31")];

#[tokio::test(flavor = "multi_thread")]
async fn after_any_history_every_figure_is_what_the_facts_say() {
    let asked = std::env::var("ZHANGGUI_HISTORIES").ok();
    let seeds = asked.and_then(|text| text.split_once("..").map(|(a, b)| a.parse().unwrap()..b.parse().unwrap())).unwrap_or(SEEDS);
    let mut done: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in seeds {
        println!("history {seed}");
        for (what, times) in one(seed).await {
            *done.entry(what).or_default() += times;
        }
    }
    println!("{done:?}");
    for what in [
        "place",
        "pay",
        "cancel",
        "ship",
        "refund an amount",
        "refund lines",
        "refund without a sale",
        "count visitors",
        "count stock",
        "import",
        "undo",
        "hear",
    ] {
        assert!(done.get(what).is_some_and(|times| *times > 2), "the histories hardly ever {what}: {done:?}");
    }
}

/// Kinds of entries that the program writes: the journal of all of them is replayed. The kinds of the demo stand below.
const KINDS: &[&str] = &[
    "store.found",
    "session.open",
    "session.open_by_recovery_code",
    "shop.add",
    "shop.rename",
    "password.change",
    "password.keep",
    "order.record",
    "order.cancel",
    "order.ship",
    "refund.record",
    "import.begin",
    "import.chunk",
    "import.end",
    "import.visits",
    "import.undo",
];
const DEMO_KINDS: &[&str] = &["session.open_new", "demo.masters", "demo.opening", "demo.history"];

/// The sources name no kind of entry that is not replayed.
#[test]
fn every_use_case_is_on_the_list() {
    let named = |text: &str| {
        let words = text.split('"').skip(1).step_by(2);
        let kinds = ["store.", "session.", "password.", "shop.", "order.", "refund.", "import.", "demo.", "product.", "customer.", "visit.", "stock."];
        words.filter(|word| kinds.iter().any(|kind| word.starts_with(kind))).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            // Where an entry is written, its kind is a word beside it; permissions and events have other places.
            let lines = text
                .lines()
                .filter(|line| ["kind: \"", "entry(", "transition(", "enter("].iter().any(|place| line.contains(place)) && !line.contains("Event {"));
            for word in lines.flat_map(named) {
                assert!(
                    KINDS.contains(&word.as_str()) || DEMO_KINDS.contains(&word.as_str()),
                    "{}: entries of the kind {word} are replayed by no test",
                    path.display()
                );
                found += 1;
            }
        }
    }
    assert!(found > 10, "the kinds were not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_of_every_use_case_gives_the_same_store_again() {
    let mut replayed: BTreeMap<String, u64> = BTreeMap::new();
    for seed in [101, 102, 103] {
        let shop = Shop::open(seed).await;
        let mut hand = Hand::new(&shop, seed, false).await;
        for _ in 0..ACTS {
            hand.act().await;
        }
        hand.the_rest().await;
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (shop.store(), replay::empty(dir.path(), &shop.store(), 0xE).await);
        replay::replay_all(&first, &second).await;
        for entry in journal::after(&mut second.reader().await.unwrap(), *first.node().node_id.as_bytes(), 0, i64::MAX).await.unwrap() {
            *replayed.entry(entry.kind).or_default() += 1;
        }
        replay::assert_same(&first, &second, &format!("seed {seed}")).await;
        second.close().await.unwrap();
        shop.program.shut_down().await;
    }
    println!("{replayed:?}");
    for kind in KINDS {
        assert!(replayed.contains_key(*kind), "no entry of the kind {kind} was replayed: {replayed:?}");
    }
}

/// The beginning of the demo's import; the whole is replayed by `cargo xtask prove replay`.
#[tokio::test(flavor = "multi_thread")]
async fn the_journal_of_the_demo_gives_the_same_store_again() {
    const ENTRIES: i64 = 14;
    let shop = Shop::open(7).await;
    let entries = shop.demo_journal(ENTRIES).await;
    let dir = tempfile::tempdir().unwrap();
    let (decided, heard) =
        (replay::empty(&dir.path().join("decided"), &shop.store(), 0xD).await, replay::empty(&dir.path().join("heard"), &shop.store(), 0xE).await);
    for entry in &entries {
        decide(entry, &decided).await;
    }
    replay::replay_all(&decided, &heard).await;
    assert!(entries.iter().any(|entry| entry.kind == "demo.history"), "the demo wrote no trade yet");
    replay::assert_same(&decided, &heard, "the demo").await;
    numbers_name_one_document(&entries);
}

/// A number of an order has its whole date, since the demo's past is longer than a year; and no two documents have one number.
fn numbers_name_one_document(entries: &[Stored]) {
    let changes: Vec<store::Change> = entries.iter().flat_map(|entry| entry.changes().unwrap()).collect();
    let mut seen = std::collections::BTreeSet::new();
    let mut of_one_order = BTreeMap::<String, u64>::new();
    for change in &changes {
        let table = change.table();
        let Some(at) = ["order_no", "refund_no"].iter().find_map(|name| table.column(name)) else { continue };
        for row in change.rows() {
            let number = row[at].as_text().unwrap();
            assert!(seen.insert(number.to_owned()), "{number} names two documents");
            match table.name {
                "order_doc" => {
                    let date = row[table.column("business_date").unwrap()].as_text().unwrap().replace('-', "");
                    assert!(number.contains(&date[2..]), "{number} of {date}");
                }
                _ => *of_one_order.entry(number.rsplit_once('-').unwrap().0.to_owned()).or_default() += 1,
            }
        }
    }
    assert!(of_one_order.values().any(|refunds| *refunds > 1), "no order was refunded twice: the test proves little");
}

/// Writes an entry as the use case did that decided it.
async fn decide(entry: &Stored, into: &Store) {
    let again = Entry {
        kind: "replay.decide",
        actor: PersonId(Uuid::from_slice(&entry.actor_id).unwrap()),
        at_ms: entry.at_ms,
        origin: Origin::Here,
        changes: entry.changes().unwrap(),
        events: entry.event_list().unwrap(),
        audit: Audit { act: "replay.decide".into(), result: "done".into(), detail: serde_json::Value::Null },
    };
    into.begin(Queue::Background).await.unwrap().commit(again).await.unwrap();
}

async fn one(seed: u64) -> BTreeMap<&'static str, u64> {
    let shop = Shop::open(seed).await;
    let mut hand = Hand::new(&shop, seed, true).await;
    for _ in 0..ACTS {
        hand.act().await;
    }
    let store = shop.store();
    let checked = store.check().await.unwrap();
    assert!(checked.findings.is_empty(), "seed {seed}: {:?}", checked.findings);
    let kept = store.derived_digests().await.unwrap();
    store.rebuild_derived().await.unwrap();
    assert_eq!(kept, store.derived_digests().await.unwrap(), "seed {seed}: what is derived is not what a rebuild gives");
    let [a, b, other] = hand.shop_ids()[..] else { panic!("three shops") };
    let mut number = seed;
    for shops in [vec![], vec![a], vec![b], vec![a, b], vec![other]] {
        today(&shop, seed, &shops, &[a, b]).await;
        for channels in [vec![], vec!["counter"], vec!["mini_program", "web"], vec!["import"]] {
            for (from, to) in PERIODS {
                number += 1;
                if number.is_multiple_of(PARTS_ASKED) {
                    let asked = if shops.is_empty() { vec![a, b] } else { shops.clone() };
                    let part = Part { from: from.into(), to: to.into(), shops: asked, channels: channels.clone(), until_ms: None };
                    analysis(&shop, seed, &shops, &part).await;
                }
            }
        }
    }
    shop.program.shut_down().await;
    hand.done
}

fn texts(ids: &[Uuid]) -> Vec<String> {
    ids.iter().map(Uuid::to_string).collect()
}

async fn figures(shop: &Shop, part: &Part) -> Figures {
    facts::figures(&mut shop.store().reader().await.unwrap(), part).await
}

async fn net_sales(shop: &Shop, part: &Part, condition: &str) -> i64 {
    part.net_sales(&mut shop.store().reader().await.unwrap(), condition).await
}

/// 分析 over one part: tiles, comparison, curve, shops, channels, the week's hours, and the rows behind.
async fn analysis(shop: &Shop, seed: u64, chosen: &[Uuid], part: &Part) {
    let asked = json!({"from": part.from, "to": part.to, "compare": "previous", "shop_ids": texts(chosen), "channels": part.channels});
    let told = shop.ask("analysis", asked).await;
    let here = format!("seed {seed}, {part:?}");
    let facts = figures(shop, part).await;
    let tiles = told["tiles"].as_array().unwrap();
    assert_eq!(tiles.len(), facts.len(), "{here}: a figure is missing");
    for tile in tiles {
        let key = tile["figure"]["key"].as_str().unwrap();
        assert_eq!(tile["figure"]["value"].as_i64(), facts[key], "{here}: {key}");
    }
    if let (Some(from), Some(to)) = (told["before_from"].as_str(), told["before_to"].as_str()) {
        let before = figures(shop, &Part { from: from.into(), to: to.into(), ..part.clone() }).await;
        for tile in tiles {
            let key = tile["figure"]["key"].as_str().unwrap();
            assert_eq!(tile["figure"]["before"].as_i64(), before[key], "{here}: {key} before");
        }
    }
    assert_eq!(
        told["sales"].as_array().unwrap().iter().filter_map(|p| p["value"].as_i64()).sum::<i64>(),
        facts["net_sales_minor"].unwrap(),
        "{here}: the curve"
    );
    for point in told["sales"].as_array().unwrap().iter().filter(|p| p["value"].is_i64()) {
        let label = point["label"].as_str().unwrap();
        let of_label = net_sales(shop, part, &format!("substr(business_date, 1, {}) = '{label}'", label.len())).await;
        assert_eq!(point["value"], of_label, "{here}: the curve at {label}");
    }
    for (list, column) in [("shops", "shop_id"), ("channels", "channel")] {
        for one in told[list].as_array().unwrap() {
            let key = one["key"].as_str().unwrap();
            let literal = if list == "shops" { format!("x'{}'", key.replace('-', "")) } else { format!("'{key}'") };
            let net = net_sales(shop, part, &format!("{column} = {literal}")).await;
            assert_eq!(one["net_minor"], net, "{here}: {list} {key}");
            assert_eq!(
                one["share_bp"].as_i64(),
                rate(net, facts["net_sales_minor"].unwrap()).filter(|_| facts["net_sales_minor"] > Some(0)),
                "{here}: share of {key}"
            );
            let opened = rows::all(shop, "orders", &one["filter"]).await;
            assert_eq!(
                (rows::count(&opened), rows::sum(&opened, "paid_minor")),
                (one["orders"].as_i64().unwrap(), one["paid_minor"].as_i64().unwrap()),
                "{here}: rows of {key}"
            );
        }
    }
    let heat = told["heat"].as_array().unwrap();
    let of_heat = |column: &str| heat.iter().map(|cell| cell[column].as_i64().unwrap()).sum::<i64>();
    assert_eq!((Some(of_heat("orders")), Some(of_heat("paid_minor"))), (facts["orders_created"], facts["paid_minor"]), "{here}: the week's hours");
    for tile in tiles {
        open_rows(shop, &here, tile, &facts).await;
    }
}

/// The rows that a tile opens sum to it.
async fn open_rows(shop: &Shop, here: &str, tile: &Value, facts: &Figures) {
    let key = tile["figure"]["key"].as_str().unwrap();
    let value = tile["figure"]["value"].as_i64();
    let opened = rows::all(shop, tile["list"].as_str().unwrap(), &tile["filter"]).await;
    let of_orders = tile["list"] == "orders";
    let sum = |column| rows::sum(&opened, column);
    let count = rows::count(&opened);
    // Under a filter by channel people are not listed: their orders are, and each person stands in some of them.
    let customers = || {
        opened.iter().filter_map(|row| row["customer_id"].as_str()).fold(BTreeMap::<_, i64>::new(), |mut of, id| {
            *of.entry(id).or_default() += 1;
            of
        })
    };
    let summed = match key {
        "gmv_minor" => Some(sum("payable_minor")),
        "paid_minor" => Some(sum("paid_minor")),
        "orders_created" | "orders_paid" => Some(count),
        "per_order_minor" => (count > 0).then(|| sum("paid_minor")).and_then(|paid| facts::mean(paid, count)),
        "refunds_minor" => Some(sum("refunded_minor")),
        "refund_rate_bp" => rate(sum("refunded_minor"), facts["paid_minor"].unwrap()),
        "net_sales_minor" => Some(sum("net_minor")),
        "gross_profit_minor" => value.map(|_| sum("net_minor") - sum("cost_minor")),
        "gross_margin_bp" => value.and_then(|_| rate(sum("net_minor") - sum("cost_minor"), sum("net_minor"))),
        "units" => Some(sum("pieces_milli")),
        "customers" if of_orders => Some(i64::try_from(customers().len()).unwrap()),
        "customers" => Some(count),
        "repurchase_bp" if of_orders => {
            rate(i64::try_from(customers().values().filter(|n| **n > 1).count()).unwrap(), i64::try_from(customers().len()).unwrap())
        }
        "repurchase_bp" => rate(i64::try_from(opened.iter().filter(|row| row["orders"].as_i64() > Some(1)).count()).unwrap(), count),
        "per_customer_minor" if of_orders => {
            let known: Vec<Value> = opened.iter().filter(|row| row["customer_id"].is_string()).cloned().collect();
            facts::mean(rows::sum(&known, "paid_minor"), i64::try_from(customers().len()).unwrap())
        }
        "per_customer_minor" => facts::mean(sum("paid_minor"), count),
        // Visitors are counted, not written down one by one: the orders open that are set against them.
        "visitors" => value,
        "conversion_bp" => value.and_then(|_| rate(count, facts["visitors"].unwrap())),
        "active_sku_bp" => value.map(|value| if count == 0 { 0 } else { value }),
        "turnover" | "turnover_days" => value,
        other => panic!("no rows are known for {other}"),
    };
    assert_eq!(summed, value, "{here}: the rows of {key} under {}", tile["filter"]);
}

/// 今日: the day up to this minute, the same weekday before it up to the same minute, and the rows behind.
async fn today(shop: &Shop, seed: u64, chosen: &[Uuid], all: &[Uuid]) {
    let told = shop.ask("today", json!({"shop_ids": texts(chosen)})).await;
    let here = format!("seed {seed}, today of {chosen:?}");
    let shops = if chosen.is_empty() { all.to_vec() } else { chosen.to_vec() };
    let part = |date: &str, until_ms| Part { from: date.into(), to: date.into(), shops: shops.clone(), channels: vec![], until_ms: Some(until_ms) };
    let date = told["business_date"].as_str().unwrap();
    let facts = figures(shop, &part(date, shop.now_ms())).await;
    let before = match told["before_date"].as_str() {
        Some(date) => Some(figures(shop, &part(date, shop.now_ms() - 7 * 86_400_000)).await),
        None => None,
    };
    for one in told["figures"].as_array().unwrap() {
        let key = one["figure"]["key"].as_str().unwrap();
        let value = one["figure"]["value"].as_i64();
        // Before anything is sold nothing is earned yet: the day's profit stands at nothing, not at "cannot be said".
        let expected = if key == "gross_profit_minor" { facts[key].or(Some(0)) } else { facts[key] };
        assert_eq!(value, expected, "{here}: {key}");
        assert_eq!(one["figure"]["before"].as_i64(), before.as_ref().and_then(|facts| facts[key]), "{here}: {key} before");
        let opened = rows::all(shop, "orders", &one["filter"]).await;
        let summed = match key {
            "paid_minor" => Some(rows::sum(&opened, "paid_minor")),
            "orders_paid" => Some(rows::count(&opened)),
            "refund_rate_bp" => rate(rows::sum(&opened, "refunded_minor"), facts["paid_minor"].unwrap()),
            "gross_profit_minor" => Some(rows::sum(&opened, "net_minor") - rows::sum(&opened, "cost_minor")),
            _ => value,
        };
        assert_eq!(summed, value, "{here}: the rows of {key}");
    }
    if let Some(before) = &before {
        let difference = facts["paid_minor"].unwrap() - before["paid_minor"].unwrap();
        let causes: i64 = told["causes"].as_array().unwrap().iter().map(|cause| cause["amount_minor"].as_i64().unwrap()).sum();
        assert_eq!(causes, difference, "{here}: the causes");
    }
    for item in told["now"].as_array().unwrap().iter().filter(|item| item["kind"] == "unshipped") {
        let opened = rows::all(shop, "orders", &item["filter"]).await;
        assert_eq!(item["params"][0], rows::count(&opened).to_string(), "{here}: the orders that wait");
    }
}

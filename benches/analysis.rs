//! `cargo xtask bench analysis`: what a manager waits for over 1 and 5 million lines and 100,000 SKUs, beside DuckDB on the same rows in the same run.
//!
//! Every question goes through the contract as the UI asks it. DuckDB (a column store without encryption, rollups or a journal) gets the facts of the
//! same store as CSV, answers the same questions by SQL over them, and both answers must be equal. `--once` stops after the first million lines
//! and writes no page; `--write FILE` writes the page of evidence. `--keep DIR` puts a copy of each shop into DIR when it is made, and begins from the copies that are
//! there: the import of five million lines is spared to whoever measures again. Delete DIR when the form of the store has changed.

mod real_shop;

use app::{SystemClock, wire::StoreChoice};
use domain::Clock;
use futures_util::TryStreamExt as _;
use jiff::{ToSpan as _, civil::Date};
use real_shop::{Outcome, RealShop, real_file, write_again};
use serde_json::{Value, json};
use sqlx::Row as _;
use std::{
    fmt::Write as _,
    io::{BufRead as _, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};
use tempfile::TempDir;

/// Limits of the program in milliseconds, at the 95th percentile.
const TILE_MS_MAX: f64 = 150.0;
const PAGE_MS_MAX: f64 = 50.0;
const SEARCH_MS_MAX: f64 = 80.0;
/// SKUs of the catalogue that is searched.
const SKUS: usize = 100_000;
/// How often each question is asked, each time a little differently.
const ASKED: i64 = 40;
const PAGE_ROWS: u32 = 100;
/// The days of the real trade and how far each copy of it lies behind the one before.
const FIRST_DAY: Date = jiff::civil::date(2009, 12, 1);
const LAST_DAY: Date = jiff::civil::date(2011, 12, 9);
const COPY_DAYS: i64 = 742;
/// A shop is made in the morning and measured in the afternoon: its clock never goes back, however long the making takes.
const MADE_AT_HOUR: i8 = 8;
const MEASURED_AT_HOUR: i8 = 15;

/// The time of the trade that is measured, running on: 今日 asks for the day that it is.
struct TradeClock {
    ahead_ms: AtomicI64,
}

impl TradeClock {
    fn stand_at(&self, day: Date, hour: i8) -> Outcome<()> {
        let wanted_ms = day.at(hour, 30, 0, 0).in_tz("Europe/London")?.timestamp().as_millisecond();
        self.ahead_ms.store(wanted_ms - SystemClock.now_ms(), Ordering::Relaxed);
        Ok(())
    }
}

impl Clock for TradeClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.ahead_ms.load(Ordering::Relaxed)
    }
}

/// A question as the UI asks it.
struct Question {
    name: &'static str,
    limit_ms: f64,
    command: &'static str,
    payload: Box<dyn Fn(i64) -> Value + Send + Sync>,
}

/// What a question took.
struct Took {
    name: &'static str,
    limit_ms: f64,
    /// The first time since the shop was opened, or since a question like it brought the same months into memory.
    first_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let file_after = |option: &str| arguments.iter().position(|argument| argument == option).and_then(|at| arguments.get(at + 1)).map(PathBuf::from);
    let (kept_in, page_file) = (file_after("--keep"), file_after("--write"));
    let once = arguments.iter().any(|argument| argument == "--once");
    let copies: &[u32] = if once { &[1] } else { &[1, 5] };
    let clock = Arc::new(TradeClock { ahead_ms: AtomicI64::new(0) });
    let (mut page, mut within, mut before) = (String::new(), true, None);
    for &copies in copies {
        let dir = made(copies, before.take(), kept_in.as_deref(), &clock).await?;
        let last_day = last_day(copies)?;
        clock.stand_at(last_day, MEASURED_AT_HOUR)?;
        let shop = RealShop::open(dir, clock.clone()).await?;
        within &= measure(&shop, last_day, &mut page).await?;
        shop.program.shut_down().await;
        before = Some((copies, shop.dir));
    }
    if let Some(file) = page_file.filter(|_| !once) {
        std::fs::write(file, evidence(&page))?;
    }
    println!("{}", if within { "within the limits, and DuckDB gives the same answers" } else { "NOT within the limits (on a busy machine this says little)" });
    if within { Ok(()) } else { Err("a limit is not kept".into()) }
}

/// The last day of this many copies of the real trade.
fn last_day(copies: u32) -> Outcome<Date> {
    Ok(LAST_DAY.checked_add((COPY_DAYS * i64::from(copies - 1)).days())?)
}

/// The folder of a shop with this many copies of the real trade: from the kept one, or from the one before by importing what it lacks.
async fn made(copies: u32, before: Option<(u32, TempDir)>, kept_in: Option<&Path>, clock: &Arc<TradeClock>) -> Outcome<TempDir> {
    let kept = kept_in.map(|dir| dir.join(format!("{copies}-times")));
    if let Some(kept) = kept.as_deref().filter(|kept| kept.is_dir()) {
        println!("the shop is taken from {} …", kept.display());
        let dir = tempfile::tempdir()?;
        copy_folder(kept, dir.path())?;
        return Ok(dir);
    }
    println!("the shop is made of {copies} times the real trade and a catalogue of {SKUS} SKUs …");
    clock.stand_at(last_day(before.as_ref().map_or(1, |(copies, _)| copies + 1))?, MADE_AT_HOUR)?;
    let (there, shop) = match before {
        Some((there, dir)) => (there, RealShop::open(dir, clock.clone()).await?),
        None => {
            let shop = RealShop::found(clock.clone()).await?;
            shop.import(&real_file()).await?;
            widen_catalogue(&shop).await?;
            (1, shop)
        }
    };
    for nth in there..copies {
        clock.stand_at(last_day(nth + 1)?, MADE_AT_HOUR)?;
        if nth > there {
            shop.sign_in(clock.as_ref()).await?;
        }
        let file = shop.dir.path().join("again.csv");
        write_again(&file, nth)?;
        shop.import(&file).await?;
        std::fs::remove_file(file)?;
    }
    shop.program.shut_down().await;
    if let Some(kept) = kept {
        copy_folder(shop.dir.path(), &kept)?;
    }
    Ok(shop.dir)
}

fn copy_folder(from: &Path, to: &Path) -> Outcome<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Sells one piece each of as many further goods as the catalogue needs, spread over the whole trade as slow sellers are; their names are those of
/// the real goods with a word more.
async fn widen_catalogue(shop: &RealShop) -> Outcome<()> {
    const GOODS_PER_INVOICE: usize = 20;
    const DAYS_OF_TRADE: usize = 738;
    const WORDS: [&str; 20] = [
        "LARGE", "SMALL", "OAK", "WALNUT", "TEAL", "AMBER", "SLATE", "LINEN", "COPPER", "BRASS", "CORK", "WOOL", "JADE", "PEARL", "RUST", "SAGE", "PLUM",
        "STONE", "FROST", "CLOUD",
    ];
    let store = shop.program.opened(StoreChoice::Own).ok_or("the store is closed")?;
    let mut db = store.reader().await?;
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM sku WHERE kind = 'goods' AND name <> '' ORDER BY code").fetch_all(&mut *db).await?;
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM sku").fetch_one(&mut *db).await?;
    drop(db);
    let file = shop.dir.path().join("catalogue.csv");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file)?);
    writeln!(out, "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country")?;
    let further = SKUS.saturating_sub(usize::try_from(there)?);
    for n in 0..further {
        let (name, word) = (names[n % names.len()].replace('"', "\"\""), WORDS[(n / names.len()) % WORDS.len()]);
        let invoice = n / GOODS_PER_INVOICE;
        let day = FIRST_DAY.saturating_add(i64::try_from(invoice * GOODS_PER_INVOICE * DAYS_OF_TRADE / further)?.days());
        writeln!(out, "9{invoice:05},{n:05}XX,\"{name} {word}\",1,{day} 12:00:00,2.50,,United Kingdom")?;
    }
    out.flush()?;
    drop(out);
    shop.import(&file).await?;
    Ok(())
}

async fn measure(shop: &RealShop, last_day: Date, page: &mut String) -> Outcome<bool> {
    let lines = count(shop, "SELECT count(*) FROM order_line").await? + count(shop, "SELECT count(*) FROM refund_line").await?;
    let skus = count(shop, "SELECT count(*) FROM sku").await?;
    let questions = questions(shop, last_day).await?;
    let before_mib = resident_mib();
    let mut took = Vec::new();
    for question in &questions {
        let one = ask(shop, question).await?;
        println!("  {:<42} first {:>8.1}  p50 {:>8.1}  p95 {:>8.1}  limit {:>5.0}", one.name, one.first_ms, one.p50_ms, one.p95_ms, one.limit_ms);
        took.push(one);
    }
    let memory = format!("memory of the process: {before_mib} MiB before the questions, {} MiB after them", resident_mib());
    let beside = beside_duckdb(shop, last_day).await?;
    let mut kept = true;
    let title = format!("{lines} lines, {skus} SKUs, up to {last_day}");
    println!("\n{title}; {memory}");
    let head = "| question | first ms | p50 ms | p95 ms | limit ms | DuckDB p50 ms | ours ÷ DuckDB |\n|---|---|---|---|---|---|---|";
    writeln!(page, "\n## {title}\n\n{memory}\n\n{head}")?;
    for one in took {
        let duck_ms = beside.iter().find(|(name, _)| name == one.name).map(|(_, ms)| *ms);
        let (duck, ratio) = duck_ms.map_or((String::new(), String::new()), |ms| (format!("{ms:.1}"), format!("{:.2}", one.p50_ms / ms.max(0.01))));
        let over = if one.p95_ms > one.limit_ms { " **over**" } else { "" };
        kept &= over.is_empty();
        if !duck.is_empty() {
            println!("  {:<42} p50 {:>8.1}  DuckDB {duck:>8}  ratio {ratio}", one.name, one.p50_ms);
        }
        writeln!(page, "| {} | {:.1} | {:.1} | {:.1}{over} | {:.0} | {duck} | {ratio} |", one.name, one.first_ms, one.p50_ms, one.p95_ms, one.limit_ms)?;
    }
    Ok(kept)
}

async fn ask(shop: &RealShop, question: &Question) -> Outcome<Took> {
    let timed = async |nth: i64| -> Outcome<f64> {
        let payload = (question.payload)(nth);
        let started = Instant::now();
        shop.ask(question.command, payload).await?;
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    };
    let first_ms = timed(ASKED).await?;
    let mut times_ms = Vec::new();
    for nth in 0..ASKED {
        times_ms.push(timed(nth).await?);
    }
    times_ms.sort_by(f64::total_cmp);
    let at = |share: usize| times_ms[(times_ms.len() * share / 100).min(times_ms.len() - 1)];
    Ok(Took { name: question.name, limit_ms: question.limit_ms, first_ms, p50_ms: at(50), p95_ms: at(95) })
}

/// What this process holds in memory.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) / 1024
}

async fn count(shop: &RealShop, sql: &'static str) -> Outcome<i64> {
    let store = shop.program.opened(StoreChoice::Own).ok_or("the store is closed")?;
    Ok(sqlx::query_scalar(sql).fetch_one(&mut *store.reader().await?).await?)
}

/// The period of `days` that ends `back` days before the last.
fn period(last_day: Date, days: i64, back: i64) -> (String, String) {
    let to = last_day.saturating_sub(back.days());
    (to.saturating_sub((days - 1).days()).to_string(), to.to_string())
}

fn order_filter(set: Value) -> Value {
    let mut filter = json!({"text": null, "from": null, "to": null, "hour_from": null, "hour_to": null, "weekday": null, "shop_ids": [], "channels": [], "pay": [], "fulfil": [],
        "refund": [], "amount_min_minor": null, "amount_max_minor": null, "customer_id": null, "sku_id": null, "batch_id": null, "refunded_in_period": false,
        "with_refunds": false, "overdue": false, "visits_counted": false});
    merge(&mut filter, set);
    filter
}

fn merge(into: &mut Value, set: Value) {
    if let (Value::Object(into), Value::Object(set)) = (into, set) {
        into.extend(set);
    }
}

fn product_filter(set: Value) -> Value {
    let mut filter = json!({"text": null, "category_ids": [], "shop_ids": [], "sold_from": null, "sold_to": null, "goods_only": false, "low_stock": false, "no_sale": false});
    merge(&mut filter, set);
    filter
}

fn customer_filter(set: Value) -> Value {
    let mut filter = json!({"text": null, "country": null, "shop_ids": [], "bought_from": null, "bought_to": null, "min_orders": null});
    merge(&mut filter, set);
    filter
}

/// Words as people type them: names, parts of them, codes, two letters, nothing that is there.
const WORDS: [&str; 10] = ["teacup", "christmas", "RED RETROSPOT", "bag", "white hanging", "85123", "22423", "lunch box", "jar", "zeppelin"];

fn one_of(words: &[&'static str], nth: i64) -> &'static str {
    words[usize::try_from(nth).unwrap_or(0) % words.len()]
}

async fn questions(shop: &RealShop, last_day: Date) -> Outcome<Vec<Question>> {
    let all_days = i64::from(last_day.since(FIRST_DAY)?.get_days()) + 1;
    let store = shop.program.opened(StoreChoice::Own).ok_or("the store is closed")?;
    let mut db = store.reader().await?;
    let hex = |row: &sqlx::sqlite::SqliteRow| -> Outcome<String> { Ok(uuid::Uuid::from_slice(&row.try_get::<Vec<u8>, _>(0)?)?.to_string()) };
    let sku = hex(&sqlx::query("SELECT sku_id FROM sku_month GROUP BY 1 ORDER BY sum(net_minor) DESC LIMIT 1").fetch_one(&mut *db).await?)?;
    let customer = hex(&sqlx::query("SELECT customer_id FROM customer_day GROUP BY 1 ORDER BY sum(paid_minor) DESC LIMIT 1").fetch_one(&mut *db).await?)?;
    drop(db);
    let deep = {
        let mut after = Value::Null;
        for _ in 0..50 {
            let page = shop.ask("order_page", json!({"filter": order_filter(json!({})), "sort": "newest_first", "after": after, "limit": PAGE_ROWS})).await?;
            after = page["next"].clone();
        }
        after
    };
    let mut list: Vec<Question> = Vec::new();
    let mut add = |name, limit_ms, command, payload: Box<dyn Fn(i64) -> Value + Send + Sync>| list.push(Question { name, limit_ms, command, payload });
    add("今日 today", TILE_MS_MAX, "today", Box::new(|_| json!({"shop_ids": []})));
    for (name, days, compare) in [
        ("分析 30 days", 30, "none"),
        ("分析 30 days beside those before", 30, "previous"),
        ("分析 12 months", 365, "none"),
        ("分析 12 months beside the year before", 365, "year_before"),
        ("分析 all", all_days, "none"),
    ] {
        add(
            name,
            TILE_MS_MAX,
            "analysis",
            Box::new(move |nth| {
                let (from, to) = period(last_day, days, nth % 20);
                json!({"from": from, "to": to, "compare": compare, "shop_ids": [], "channels": []})
            }),
        );
    }
    add("orders: totals of all", TILE_MS_MAX, "order_totals", Box::new(|_| json!({"filter": order_filter(json!({}))})));
    add(
        "orders: totals of 30 days",
        TILE_MS_MAX,
        "order_totals",
        Box::new(move |nth| {
            let (from, to) = period(last_day, 30, nth);
            json!({"filter": order_filter(json!({"from": from, "to": to}))})
        }),
    );
    let page = |sort: &'static str, filter: Box<dyn Fn(i64) -> Value + Send + Sync>, after: Value| -> Box<dyn Fn(i64) -> Value + Send + Sync> {
        Box::new(move |nth| json!({"filter": filter(nth), "sort": sort, "after": after, "limit": PAGE_ROWS}))
    };
    let month = move |nth: i64| {
        let (from, to) = period(last_day, 30, nth);
        order_filter(json!({"from": from, "to": to}))
    };
    add("orders: newest", PAGE_MS_MAX, "order_page", page("newest_first", Box::new(|_| order_filter(json!({}))), Value::Null));
    add("orders: page 51", PAGE_MS_MAX, "order_page", page("newest_first", Box::new(|_| order_filter(json!({}))), deep));
    add("orders: oldest of a month", PAGE_MS_MAX, "order_page", page("oldest_first", Box::new(month), Value::Null));
    add("orders: largest of a month", PAGE_MS_MAX, "order_page", page("largest_first", Box::new(month), Value::Null));
    let plain = |_| order_filter(json!({}));
    add("orders: largest of all", PAGE_MS_MAX, "order_page", page("largest_first", Box::new(plain), Value::Null));
    let some = |_| order_filter(json!({"channels": ["import"], "pay": ["paid"], "amount_max_minor": 500_000}));
    add("orders: largest of some", PAGE_MS_MAX, "order_page", page("largest_first", Box::new(some), Value::Null));
    add("orders: by a word", SEARCH_MS_MAX, "order_page", page("newest_first", Box::new(|_| order_filter(json!({"text": "1308"}))), Value::Null));
    add(
        "orders: of one customer",
        PAGE_MS_MAX,
        "order_page",
        page("newest_first", Box::new(move |_| order_filter(json!({"customer_id": customer}))), Value::Null),
    );
    add("orders: with one article", PAGE_MS_MAX, "order_page", page("newest_first", Box::new(move |_| order_filter(json!({"sku_id": sku}))), Value::Null));
    add("products: by code", PAGE_MS_MAX, "product_page", page("code", Box::new(|_| product_filter(json!({}))), Value::Null));
    add(
        "products: sold most in 30 days",
        PAGE_MS_MAX,
        "product_page",
        page(
            "sold_most",
            Box::new(move |nth| {
                let (from, to) = period(last_day, 30, nth);
                product_filter(json!({"sold_from": from, "sold_to": to, "goods_only": true}))
            }),
            Value::Null,
        ),
    );
    add("products: sold most of all", PAGE_MS_MAX, "product_page", page("sold_most", Box::new(|_| product_filter(json!({}))), Value::Null));
    add("customers: spent most", PAGE_MS_MAX, "customer_page", page("spent_most", Box::new(|_| customer_filter(json!({}))), Value::Null));
    add("customers: last order", PAGE_MS_MAX, "customer_page", page("last_order", Box::new(|_| customer_filter(json!({}))), Value::Null));
    add("search", SEARCH_MS_MAX, "search", Box::new(|nth| json!({"text": one_of(&WORDS, nth), "limit": 12})));
    add("search: two letters", SEARCH_MS_MAX, "search", Box::new(|nth| json!({"text": one_of(&["te", "bo", "ca", "wh"], nth), "limit": 12})));
    Ok(list)
}

/// The facts that DuckDB gets.
const FACTS: [(&str, &str); 6] = [
    (
        "doc",
        "SELECT hex(id), order_no, channel, coalesce(hex(customer_id), ''), occurred_at_ms, business_date, hour, discount_minor, freight_minor FROM order_doc",
    ),
    ("line", "SELECT hex(order_id), hex(sku_id), quantity_milli, net_minor FROM order_line"),
    ("payment", "SELECT hex(order_id), amount_minor FROM payment"),
    ("refund", "SELECT hex(id), coalesce(hex(order_id), ''), business_date, amount_minor FROM refund"),
    ("refund_line", "SELECT hex(refund_id), hex(sku_id), amount_minor FROM refund_line"),
    ("sku", "SELECT hex(id), code, name, kind FROM sku"),
];

/// The same questions to DuckDB; the names and medians of those that it can be asked. An answer that differs ends the run.
async fn beside_duckdb(shop: &RealShop, last_day: Date) -> Outcome<Vec<(String, f64)>> {
    let dir = tempfile::tempdir()?;
    let store = shop.program.opened(StoreChoice::Own).ok_or("the store is closed")?;
    let mut db = store.reader().await?;
    for (name, sql) in FACTS {
        let mut out = std::io::BufWriter::new(std::fs::File::create(dir.path().join(format!("{name}.csv")))?);
        let mut rows = sqlx::query(sql).fetch(&mut *db);
        while let Some(row) = rows.try_next().await? {
            write_row(&mut out, &row)?;
        }
        out.flush()?;
    }
    drop(db);
    let mut asked = Vec::new();
    for (name, days) in [("分析 30 days", 30), ("分析 12 months", 365), ("分析 all", 100_000)] {
        let (from, to) = if days > 10_000 { (FIRST_DAY.to_string(), last_day.to_string()) } else { period(last_day, days, 0) };
        let ours = shop.ask("analysis", json!({"from": from, "to": to, "compare": "none", "shop_ids": [], "channels": []})).await?;
        let tile = |key: &str| {
            ours["tiles"].as_array().and_then(|tiles| tiles.iter().find(|tile| tile["figure"]["key"] == key)).map(|tile| tile["figure"]["value"].clone())
        };
        let best: Vec<Value> = ours["best"].as_array().into_iter().flatten().map(|sku| sku["net_minor"].clone()).collect();
        let answer =
            json!({"orders": tile("orders_created"), "paid": tile("paid_minor"), "net": tile("net_sales_minor"), "customers": tile("customers"), "best": best});
        asked.push(json!({"name": name, "kind": "analysis", "from": from, "to": to, "answer": answer}));
    }
    let first = shop.ask("order_page", json!({"filter": order_filter(json!({})), "sort": "newest_first", "after": null, "limit": PAGE_ROWS})).await?;
    let numbers: Vec<Value> = first["rows"].as_array().into_iter().flatten().map(|row| row["payable_minor"].clone()).collect();
    asked.push(json!({"name": "orders: newest", "kind": "newest", "limit": PAGE_ROWS, "answer": {"count": numbers.len()}}));
    asked.push(json!({"name": "search", "kind": "search", "words": WORDS, "limit": 12, "answer": {}}));
    std::fs::write(dir.path().join("questions.json"), serde_json::to_vec(&asked)?)?;
    run_duckdb(dir.path())
}

fn write_row(out: &mut impl std::io::Write, row: &sqlx::sqlite::SqliteRow) -> Outcome<()> {
    for i in 0..row.len() {
        let separator = if i == 0 { "" } else { "," };
        match row.try_get_unchecked::<i64, _>(i) {
            Ok(number) if row.try_get::<i64, _>(i).is_ok() => write!(out, "{separator}{number}")?,
            _ => write!(out, "{separator}\"{}\"", row.try_get_unchecked::<String, _>(i)?.replace('"', "\"\""))?,
        }
    }
    Ok(writeln!(out)?)
}

fn run_duckdb(dir: &Path) -> Outcome<Vec<(String, f64)>> {
    let python = std::env::var("ZHANGGUI_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join("beside_duckdb.py");
    let answer = std::process::Command::new(python).arg(script).arg(dir).stderr(std::process::Stdio::inherit()).output()?;
    if !answer.status.success() {
        return Err("DuckDB did not answer, or not the same: see above".into());
    }
    let mut found = Vec::new();
    for line in answer.stdout.lines() {
        let one: Value = serde_json::from_str(&line?)?;
        found.push((one["name"].as_str().unwrap_or_default().to_owned(), one["p50_ms"].as_f64().unwrap_or_default()));
    }
    Ok(found)
}

fn evidence(page: &str) -> String {
    format!(
        "# Figures, lists and search over millions of lines: what was measured

`cargo xtask bench analysis` asks every question {ASKED} times through the contract, each time for a period or word a little different, over the real trade once and five
times over (renumbered and shifted) with a catalogue of {SKUS} SKUs, in the release profile, beside DuckDB (Python package; a column store without encryption, rollups and
journal) on the facts of the same store in the same run. The first time that a question is asked since the shop was opened stands apart: the
months that it needs are then read into memory, where the next questions find them. DuckDB's figures must equal ours: number of orders, paid, net sales, customers, the ten best goods.
A row of 分析 is the whole page with every tile, curve, ranking and heat map in one answer, so it holds for each tile.
{page}"
    )
}

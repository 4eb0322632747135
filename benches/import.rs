//! `cargo xtask bench import`: two years of real trade into the encrypted store, once and five times over, beside the same rows into plain SQLite.
//!
//! Printed are lines a second, the peak of this process's memory, the rows of each table, and the ratio to plain SQLite in the same run; and, of one more
//! pass, how long somebody at work waits for the writer meanwhile.

mod real_shop;

use app::wire::StoreChoice;
use futures_util::TryStreamExt as _;
use real_shop::{Outcome, RealShop, real_file, write_again};
use sqlx::{AssertSqlSafe, Column as _, Connection as _, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _, sqlite::SqliteRow};
use std::time::Duration;

/// Limits of the program: lines a second, and the process's memory.
const LINES_PER_S_MIN: f64 = 40_000.0;
const MEMORY_MIB_MAX: u64 = 300;
/// The word by which the benchmark calls itself to write the file of a pass.
const WRITE_AGAIN: &str = "--write-again";
/// No transaction is meant to hold the writer longer.
const WAIT_MS_MEANT: u32 = 50;
/// Rows of a statement and of a transaction on the plain side.
const ROWS_PER_STATEMENT: usize = 64;
const ROWS_PER_COMMIT: usize = 20_000;

const TABLES: &[&str] = &[
    "order_doc",
    "order_line",
    "order_transition",
    "payment",
    "refund",
    "refund_line",
    "stock_movement",
    "adjustment",
    "sku",
    "customer",
    "journal",
    "order_fold",
    "refund_fold",
    "sales_hour",
    "sku_day",
    "sku_month",
    "customer_day",
    "stock_balance",
];

#[tokio::main]
async fn main() -> Outcome<()> {
    // The next file is written by a process of its own: what writing takes of memory is not the import's.
    if let [_, flag, nth, path] = std::env::args().collect::<Vec<_>>().as_slice()
        && flag == WRITE_AGAIN
    {
        return write_again(path.as_ref(), nth.parse()?);
    }
    let times: u32 = if std::env::args().any(|argument| argument == "--once") { 1 } else { 5 };
    let shop = RealShop::found(std::sync::Arc::new(app::SystemClock)).await?;
    let mut kept = true;
    for nth in 0..times {
        let again = shop.dir.path().join(format!("again-{nth}.csv"));
        let file = if nth == 0 {
            real_file()
        } else {
            let written = std::process::Command::new(std::env::current_exe()?).arg(WRITE_AGAIN).arg(nth.to_string()).arg(&again).status()?;
            if !written.success() {
                return Err("the file of the next pass could not be written".into());
            }
            again.clone()
        };
        forget_peak();
        let (report, took) = shop.import(&file).await?;
        let (rate, peak_mib) = (per_s(report.new_lines, took), peak_mib());
        println!(
            "pass {}: {} lines in {:.1} s, {rate:.0} lines/s (limit {LINES_PER_S_MIN:.0}), peak memory {peak_mib} MiB (limit {MEMORY_MIB_MAX})",
            nth + 1,
            report.new_lines,
            took.as_secs_f64()
        );
        kept &= rate >= LINES_PER_S_MIN && peak_mib <= MEMORY_MIB_MAX;
        if nth == 0 {
            beside_plain(&shop, took).await?;
        }
        let _ = std::fs::remove_file(again);
    }
    beside_work(&shop, times).await?;
    let bytes = std::fs::metadata(shop.program.opened(StoreChoice::Own).ok_or("the store is closed")?.dir().join("store.db"))?.len();
    println!("the file: {:.0} MiB", bytes as f64 / 1_048_576.0);
    shop.program.shut_down().await;
    println!("{}", if kept { "within the limits" } else { "NOT within the limits (on a busy machine this says little)" });
    if kept { Ok(()) } else { Err("a limit is not kept".into()) }
}

/// Imports the trade once more while somebody asks for the writer several times a second, and says how long they wait for it.
async fn beside_work(shop: &RealShop, nth: u32) -> Outcome<()> {
    /// So long the import has the store for itself, so that its transactions have grown.
    const ALONE: Duration = Duration::from_secs(5);
    const BETWEEN: Duration = Duration::from_millis(200);
    let file = shop.dir.path().join("beside-work.csv");
    write_again(&file, nth)?;
    let store = shop.program.opened(StoreChoice::Own).ok_or("the store is closed")?;
    let is_over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let over = is_over.clone();
    let somebody = tokio::spawn(async move {
        let mut waits_ms = Vec::new();
        tokio::time::sleep(ALONE).await;
        while !over.load(std::sync::atomic::Ordering::Relaxed) {
            let asked = std::time::Instant::now();
            let write = store.begin(store::Queue::Person).await?;
            waits_ms.push(asked.elapsed().as_secs_f64() * 1000.0);
            write.commit_local().await?;
            tokio::time::sleep(BETWEEN).await;
        }
        Ok::<_, store::Error>(waits_ms)
    });
    let (report, took) = shop.import(&file).await?;
    is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut waits_ms = somebody.await??;
    std::fs::remove_file(file)?;
    let first_ms = waits_ms.first().copied().unwrap_or_default();
    waits_ms.sort_by(f64::total_cmp);
    let at = |share: usize| waits_ms.get((waits_ms.len() * share / 100).min(waits_ms.len().saturating_sub(1))).copied().unwrap_or_default();
    println!(
        "beside somebody at work: {:.0} lines/s; of {} waits for the writer the first took {first_ms:.0} ms, p50 {:.0} ms, p95 {:.0} ms, the longest {:.0} ms (meant: {WAIT_MS_MEANT} ms)",
        per_s(report.new_lines, took),
        waits_ms.len(),
        at(50),
        at(95),
        at(100)
    );
    Ok(())
}

fn per_s(count: i64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(0.001)
}

/// Writes every row that the import wrote into a plain SQLite file, keys and no other index, and says what that took.
async fn beside_plain(shop: &RealShop, took: Duration) -> Outcome<()> {
    let store = shop.program.opened(StoreChoice::Own).ok_or("the store is closed")?;
    let mut from = store.reader().await?;
    let path = shop.dir.path().join("plain.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
        .pragma("cache_size", "-65536");
    let mut plain = SqliteConnection::connect_with(&options).await?;
    let (mut plain_took, mut rows_all) = (Duration::ZERO, 0);
    for table in TABLES {
        let sql: String = sqlx::query_scalar("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?").bind(*table).fetch_one(&mut *from).await?;
        sqlx::query(AssertSqlSafe(sql)).execute(&mut plain).await?;
        let (rows, spent) = copy(&mut from, &mut plain, table).await?;
        println!("  {table:<18} {rows:>9} rows");
        rows_all += rows;
        plain_took += spent;
    }
    plain.close().await?;
    let bytes = std::fs::metadata(&path)?.len();
    std::fs::remove_file(&path)?;
    println!(
        "  {rows_all} rows; the same into plain SQLite ({:.0} MiB), batched: {:.1} s. Ratio: the import takes {:.2} times as long",
        bytes as f64 / 1_048_576.0,
        plain_took.as_secs_f64(),
        took.as_secs_f64() / plain_took.as_secs_f64().max(0.001)
    );
    Ok(())
}

/// Page by page, so that this process does not grow by what it copies.
async fn copy(from: &mut SqliteConnection, to: &mut SqliteConnection, table: &str) -> Outcome<(usize, Duration)> {
    let mut rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch(from);
    let (mut count, mut took) = (0, Duration::ZERO);
    loop {
        let mut page: Vec<SqliteRow> = Vec::with_capacity(ROWS_PER_COMMIT);
        while page.len() < ROWS_PER_COMMIT
            && let Some(row) = rows.try_next().await?
        {
            page.push(row);
        }
        if page.is_empty() {
            return Ok((count, took));
        }
        let started = std::time::Instant::now();
        insert(to, table, &page).await?;
        took += started.elapsed();
        count += page.len();
    }
}

async fn insert(to: &mut SqliteConnection, table: &str, page: &[SqliteRow]) -> Outcome<()> {
    let names: Vec<&str> = page[0].columns().iter().map(|column| column.name()).collect();
    let marks = format!("({})", vec!["?"; names.len()].join(","));
    let mut write = to.begin().await?;
    for part in page.chunks(ROWS_PER_STATEMENT) {
        let sql = format!("INSERT INTO {table} ({}) VALUES {}", names.join(","), vec![marks.as_str(); part.len()].join(","));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in part {
            for i in 0..names.len() {
                query = bind(query, row, i)?;
            }
        }
        query.execute(&mut *write).await?;
    }
    Ok(write.commit().await?)
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

fn bind<'q>(query: Query<'q>, row: &SqliteRow, i: usize) -> Outcome<Query<'q>> {
    let value = row.try_get_raw(i)?;
    let kind = value.type_info();
    Ok(match (value.is_null(), kind.name()) {
        (true, _) => query.bind(None::<i64>),
        (_, "INTEGER") => query.bind(row.try_get::<i64, _>(i)?),
        (_, "TEXT") => query.bind(row.try_get::<String, _>(i)?),
        _ => query.bind(row.try_get::<Vec<u8>, _>(i)?),
    })
}

/// The highest memory of this process since [`forget_peak`], in MiB; 0 where the system does not say.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Lets the peak begin at what is used now (Linux).
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

//! What must hold when the store is opened again: everything acknowledged is there, and nothing is there by half.

use crate::{
    Outcome,
    shop::{Shop, root},
    work::{Ack, invoices},
};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, BufWriter, Write as _},
    path::Path,
    sync::atomic::AtomicBool,
};
use store::{Change, Medium, Store, backup_format, catalogue, journal};

/// Opens the store and names everything that is wrong with it.
pub async fn find_faults(shop: &Shop, medium: Medium, acks: &[Ack]) -> Outcome<Vec<String>> {
    let store = match shop.open(medium).await {
        Ok(store) => store,
        Err(error) => return Ok(vec![format!("it does not open: {error}")]),
    };
    let mut faults = store_faults(&store, acks).await?;
    store.close().await?;
    for ack in acks {
        if let Ack::Backup { seq, path } = ack
            && let Err(error) = backup_holds(path, *seq)
        {
            faults.push(format!("the backup {}: {error}", path.display()));
        }
    }
    Ok(faults)
}

async fn store_faults(store: &Store, acks: &[Ack]) -> Outcome<Vec<String>> {
    // Pages, chain of hashes, sums and caches against a rebuild.
    let mut faults = match store.check().await {
        Ok(checked) => checked.findings,
        Err(error) => vec![format!("it cannot be checked: {error}")],
    };
    match whole_entries(store).await {
        Ok(torn) => faults.extend(torn),
        Err(error) => faults.push(format!("its journal cannot be read: {error}")),
    }
    for ack in acks {
        if let Some(fault) = lost(store, ack).await? {
            faults.push(fault);
        }
    }
    Ok(faults)
}

/// Every row of every fact came with a journal entry, and every entry brought all of its rows.
async fn whole_entries(store: &Store) -> Outcome<Vec<String>> {
    let mut db = store.reader().await?;
    let mut brought: BTreeMap<&str, i64> = BTreeMap::new();
    let mut seq = 0;
    loop {
        let page = journal::after(&mut db, *store.node().node_id.as_bytes(), seq, 200).await?;
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for change in page.iter().map(journal::Stored::changes).collect::<Result<Vec<_>, _>>()?.iter().flatten() {
            if let Change::Insert { table, rows } = change {
                *brought.entry(table.name).or_default() += i64::try_from(rows.len())?;
            }
        }
    }
    let mut faults = Vec::new();
    for table in catalogue::TABLES.iter().filter(|t| t.class == catalogue::Class::Fact) {
        let there: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {}", table.name))).fetch_one(&mut *db).await?;
        let brought = brought.get(table.name).copied().unwrap_or(0);
        if there != brought {
            faults.push(format!("{} has {there} rows, its entries brought {brought}", table.name));
        }
    }
    Ok(faults)
}

async fn lost(store: &Store, ack: &Ack) -> Outcome<Option<String>> {
    let mut db = store.reader().await?;
    let last: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM journal").fetch_one(&mut *db).await?;
    let (seq, there) = match ack {
        Ack::Write { seq, table, id } => {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE id = ?)");
            (seq, sqlx::query_scalar::<_, bool>(sqlx::AssertSqlSafe(sql)).bind(id.as_bytes().to_vec()).fetch_one(&mut *db).await?)
        }
        Ack::Chunk { seq, orders } => {
            let there: i64 = sqlx::query_scalar("SELECT count(*) FROM order_doc").fetch_one(&mut *db).await?;
            (seq, there >= *orders)
        }
        // The row that remembers it has no entry of its own; it is acknowledged all the same.
        Ack::Backup { seq, path } => {
            let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM backup_run WHERE path = ?)").bind(path.display().to_string());
            (seq, found.fetch_one(&mut *db).await?)
        }
    };
    Ok((*seq > last || !there).then(|| format!("{ack:?} was acknowledged and is not there; the last entry is {last}")))
}

fn backup_holds(path: &Path, seq: i64) -> Outcome<()> {
    let header = backup_format::Backup::open(BufReader::new(File::open(path)?))?.verify(&root(), &mut |_| {}, &AtomicBool::new(false))?;
    if header.journal_position == seq { Ok(()) } else { Err(format!("it ends at entry {}, not {seq}", header.journal_position).into()) }
}

/// Restores a backup into `dir` and checks what comes out of it.
pub async fn restored(path: &Path, dir: &Path, seq: i64) -> Outcome<Vec<String>> {
    std::fs::create_dir_all(dir)?;
    let mut out = BufWriter::new(File::create(dir.join(store::open::DATABASE_FILE))?);
    backup_format::Backup::open(BufReader::new(File::open(path)?))?.extract(&mut out, &root(), &mut |_| {}, &AtomicBool::new(false))?;
    out.flush()?;
    drop(out);
    let store = Store::open(dir, root()).await?;
    let mut faults = store.check().await?.findings;
    faults.extend(whole_entries(&store).await?);
    let last: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM journal").fetch_one(&mut *store.reader().await?).await?;
    if last < seq {
        faults.push(format!("the restored store ends at entry {last}, the backup was told to end at {seq}"));
    }
    store.close().await?;
    std::fs::remove_dir_all(dir)?;
    Ok(faults)
}

/// An import that was cut off and started again has brought every line of its file once.
pub async fn import_is_whole(store: &Store, round: u64) -> Outcome<Option<String>> {
    let mut db = store.reader().await?;
    let (first, last) = (invoices(round).min().unwrap_or(0).to_string(), invoices(round).max().unwrap_or(0).to_string());
    let sql = "SELECT count(DISTINCT d.id), count(*) FROM order_doc d JOIN order_line l ON l.order_id = d.id WHERE d.order_no BETWEEN ? AND ? AND length(d.order_no) = ?";
    let (orders, lines): (i64, i64) = sqlx::query_as(sql).bind(&first).bind(&last).bind(i64::try_from(first.len())?).fetch_one(&mut *db).await?;
    let expected = i64::try_from(invoices(round).count())?;
    Ok(((orders, lines) != (expected, 3 * expected))
        .then(|| format!("the import gone on with has {orders} orders and {lines} lines, its file has {expected} and {}", 3 * expected)))
}

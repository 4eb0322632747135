//! Files that overlap, are undone and come again: each line stands once.

use super::*;
use crate::importing::undo;
use std::collections::{HashMap, HashSet, hash_map::Entry};

/// A store that files are brought into and taken out of.
pub(super) struct Books {
    dir: tempfile::TempDir,
    pub store: Arc<Store>,
    imports: u128,
}

/// What the figures say, and how many write-offs stand.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    gmv_minor: i64,
    refunds_minor: i64,
    write_offs: i64,
}

impl Books {
    pub async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in(dir.path()).await;
        Self { dir, store, imports: 0 }
    }

    pub async fn import(&mut self, lines: &[String]) -> ([u8; 16], ImportReport) {
        self.import_as(lines, None).await
    }

    /// Quantities below nothing are refunds.
    pub async fn import_refunds(&mut self, lines: &[String]) -> ([u8; 16], ImportReport) {
        self.import_as(lines, Some(trade_file::NegativeRows::Refund)).await
    }

    async fn import_as(&mut self, lines: &[String], negative_rows: Option<trade_file::NegativeRows>) -> ([u8; 16], ImportReport) {
        self.imports += 1;
        let mut plan = ImportPlan { batch_id: *Uuid::from_u128(1_000 + self.imports).as_bytes(), ..plan(self.dir.path(), lines, "GBP") };
        plan.mapping.negative_rows = negative_rows;
        let dry = run(&self.store, &ImportPlan { dry_run: true, ..plan.clone() }, &|_, _| true).await.unwrap();
        let report = run(&self.store, &plan, &|_, _| true).await.unwrap();
        assert_eq!((dry.new_lines, dry.warnings, &dry.findings), (report.new_lines, report.warnings, &report.findings), "the dry run told something else");
        (plan.batch_id, report)
    }

    /// Begins a file, is cut off once something has landed, and goes on with it.
    pub async fn import_in_two_goes(&mut self, lines: &[String]) -> ImportReport {
        self.imports += 1;
        let plan = ImportPlan { batch_id: *Uuid::from_u128(1_000 + self.imports).as_bytes(), ..plan(self.dir.path(), lines, "GBP") };
        let cut = run(&self.store, &plan, &|landed, _| landed == 0).await.unwrap();
        assert!(cut.new_lines > 0 && cut.new_lines < i64::try_from(lines.len()).unwrap(), "{} lines landed before the cut", cut.new_lines);
        run(&self.store, &plan, &|_, _| true).await.unwrap()
    }

    pub async fn undo(&mut self, batch_id: [u8; 16]) {
        self.imports += 1;
        undo(&self.store, batch_id, PersonId(Uuid::from_u128(4)), Uuid::from_u128(9_000 + self.imports), NOW_MS, &|_| ()).await.unwrap();
    }

    async fn told(&self) -> Told {
        let mut db = self.store.reader().await.unwrap();
        let (gmv_minor, refunds_minor): (i64, i64) =
            sqlx::query_as("SELECT coalesce(sum(gmv_minor), 0), coalesce(sum(refunds_minor), 0) FROM sales_hour").fetch_one(&mut *db).await.unwrap();
        let write_offs: i64 =
            sqlx::query_scalar("SELECT count(*) FROM stock_movement WHERE kind = 'write_off' AND batch_id NOT IN (SELECT batch_id FROM import_undone)")
                .fetch_one(&mut *db)
                .await
                .unwrap();
        Told { gmv_minor, refunds_minor, write_offs }
    }

    async fn gmv(&self) -> i64 {
        self.told().await.gmv_minor
    }

    async fn orders(&self) -> Vec<(String, i64)> {
        let mut db = self.store.reader().await.unwrap();
        sqlx::query_as("SELECT business_date, count(*) FROM order_doc WHERE batch_id NOT IN (SELECT batch_id FROM import_undone) GROUP BY 1 ORDER BY 1")
            .fetch_all(&mut *db)
            .await
            .unwrap()
    }

    pub async fn close(self) {
        let checked = self.store.check().await.unwrap();
        assert!(checked.caches_ok && checked.chain_ok, "{:?}", checked.findings);
        self.store.close().await.unwrap();
    }
}

pub(super) fn row(invoice: &str, code: &str, quantity: i64, at: &str) -> String {
    format!("{invoice},{code},x,{quantity},{at},10,c1,UK")
}

fn reasons(report: &ImportReport) -> Vec<(i64, &str)> {
    report.findings.iter().map(|finding| (finding.row, finding.reason.as_str())).collect()
}

#[tokio::test]
async fn what_stands_in_a_grown_order_is_not_added_again_after_an_undo() {
    let at = "2026-03-02 10:00";
    let mut books = Books::open().await;
    let (half, whole) = (vec![row("2", "AA", 2, at)], vec![row("2", "AA", 2, at), row("2", "AB", 1, at)]);
    let first = books.import(&half).await.0;
    let (second, report) = books.import(&whole).await;
    assert_eq!((report.new_lines, reasons(&report), books.gmv().await), (1, vec![(3, "order_grown")], 3_000));
    books.undo(first).await;
    assert_eq!(books.gmv().await, 1_000);
    assert_eq!((books.import(&whole).await.1.new_lines, books.gmv().await), (1, 3_000));
    assert_eq!((books.import(&whole).await.1.new_lines, books.import(&half).await.1.new_lines, books.gmv().await), (0, 0, 3_000));
    // The lines of a grown order that were undone come again.
    books.undo(second).await;
    assert_eq!(books.gmv().await, 2_000);
    assert_eq!((books.import(&whole).await.1.new_lines, books.gmv().await), (1, 3_000));
    books.close().await;
}

#[tokio::test]
async fn a_corrected_line_is_put_right_by_an_undo_and_a_new_import() {
    let at = "2026-03-02 10:00";
    let mut books = Books::open().await;
    let first = books.import(&[row("2", "AA", 3, at), row("2", "AB", 1, at)]).await.0;
    let corrected = [row("2", "AA", 2, at), row("2", "AB", 1, at)];
    let report = books.import(&corrected).await.1;
    assert_eq!((report.grown_orders, books.gmv().await), (1, 6_000));
    books.undo(first).await;
    assert_eq!(books.gmv().await, 2_000);
    books.import(&corrected).await;
    assert_eq!(books.gmv().await, 3_000);
    books.close().await;
}

#[tokio::test]
async fn a_number_used_again_on_another_day_is_another_order() {
    let (one, two, three) = (row("1", "AA", 1, "2026-03-05 10:00"), row("1", "AA", 1, "2026-03-06 10:00"), row("1", "AA", 1, "2026-03-07 10:00"));
    for days in [[&one, &two, &three], [&three, &one, &two], [&two, &three, &one]] {
        let mut books = Books::open().await;
        let mut told = Vec::new();
        for day in days {
            let report = books.import(std::slice::from_ref(day)).await.1;
            assert_eq!(report.new_lines, 1, "{days:?}");
            told.push(reasons(&report).len());
        }
        assert_eq!((told, books.gmv().await), (vec![0, 1, 1], 3_000), "{days:?}");
        let whole: Vec<String> = days.into_iter().cloned().collect();
        let again = books.import(&whole).await.1;
        assert_eq!((again.new_lines, again.warnings, again.orders, books.gmv().await), (0, 0, 3, 3_000), "{days:?}");
        books.close().await;
    }
}

#[tokio::test]
async fn a_number_used_on_several_days_of_a_file_is_an_order_a_day() {
    let days = ["2026-03-05", "2026-03-06", "2026-03-07"];
    let lines: Vec<String> = days.iter().flat_map(|day| ["1", "2"].map(|number| row(number, "AA", 1, &format!("{day} 10:00")))).collect();
    let mut books = Books::open().await;
    let (batch, report) = books.import(&lines).await;
    assert_eq!((report.new_lines, report.orders, report.repeated_lines, report.two_times_orders), (6, 6, 0, 0));
    assert_eq!(reasons(&report), [(4, "number_reused"), (5, "number_reused"), (6, "number_reused"), (7, "number_reused")]);
    assert_eq!(report.warnings, 4);
    let a_day = days.map(|day| (day.to_owned(), 2)).to_vec();
    assert_eq!(books.orders().await, a_day);
    assert_eq!((books.import(&lines).await.1.new_lines, books.import(&lines[4..]).await.1.new_lines), (0, 0));
    books.undo(batch).await;
    assert_eq!(books.gmv().await, 0);
    assert_eq!((books.import(&lines[2..4]).await.1.new_lines, books.import(&lines).await.1.new_lines), (2, 4));
    assert_eq!((books.orders().await, books.gmv().await), (a_day, 6_000));
    books.close().await;
}

#[tokio::test]
async fn an_order_that_runs_over_midnight_stays_one() {
    let (late, early, noon) = (row("1", "AA", 1, "2026-03-05 23:50"), row("1", "AB", 1, "2026-03-06 00:10"), row("1", "AA", 1, "2026-03-06 12:00"));
    let mut books = Books::open().await;
    let report = books.import(&[late.clone(), early.clone()]).await.1;
    assert_eq!((report.orders, report.warnings, report.two_times_orders), (1, 0, 1));
    let report = books.import(&[late.clone(), early.clone(), noon]).await.1;
    assert_eq!((report.new_lines, reasons(&report)), (1, vec![(4, "number_reused")]));
    books.close().await;
    // In two files, whichever comes first.
    for files in [[&late, &early], [&early, &late]] {
        let mut books = Books::open().await;
        books.import(std::slice::from_ref(files[0])).await;
        let report = books.import(std::slice::from_ref(files[1])).await.1;
        assert_eq!((report.new_lines, reasons(&report)), (1, vec![(2, "order_grown")]));
        assert_eq!(books.import(&[late.clone(), early.clone()]).await.1.new_lines, 0);
        books.close().await;
    }
}

/// The same numbers each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// A line by what tells it from others: invoice, day, code, and which occurrence it is.
type Key = (&'static str, usize, &'static str, usize);

fn random_file(dice: &mut Dice) -> Vec<(&'static str, usize, &'static str)> {
    const INVOICES: [&str; 4] = ["1", "2", "C9", "7"];
    let days = 1 + dice.roll(3);
    (0..=dice.roll(9)).map(|_| (INVOICES[dice.roll(4)], dice.roll(days), ["A", "B"][dice.roll(2)])).collect()
}

fn text((invoice, day, code): &(&'static str, usize, &'static str)) -> String {
    // Numbers that a C marks are refunds, and those of number 7 are write-offs.
    let quantity = if matches!(*invoice, "C9" | "7") { -1 } else { 1 };
    row(invoice, code, quantity, &format!("2026-03-{:02} 1{day}:00", 5 + day))
}

fn keys(file: &[(&'static str, usize, &'static str)]) -> Vec<Key> {
    let mut counts = HashMap::new();
    let nth = |line: &(&'static str, usize, &'static str)| {
        let count = counts.entry(*line).or_insert(0);
        *count += 1;
        (line.0, line.1, line.2, *count)
    };
    file.iter().map(nth).collect()
}

fn sums<'a>(keys: impl Iterator<Item = &'a Key>) -> Told {
    let mut told = Told { gmv_minor: 0, refunds_minor: 0, write_offs: 0 };
    for (invoice, ..) in keys {
        match *invoice {
            "C9" => told.refunds_minor += 1_000,
            "7" => told.write_offs += 1,
            _ => told.gmv_minor += 1_000,
        }
    }
    told
}

#[tokio::test]
async fn however_files_overlap_and_are_undone_each_line_stands_once() {
    for seed in 1..=12 {
        let mut dice = Dice(seed);
        let mut books = Books::open().await;
        let files: Vec<_> = (0..4).map(|_| random_file(&mut dice)).collect();
        // Who brought each line that stands, and the files that stand, by their imports.
        let mut stands: HashMap<Key, [u8; 16]> = HashMap::new();
        let mut imports: Vec<([u8; 16], usize)> = Vec::new();
        for step in 0..14 {
            if !imports.is_empty() && dice.roll(5) < 2 {
                let (batch, _) = imports.swap_remove(dice.roll(imports.len()));
                books.undo(batch).await;
                stands.retain(|_, by| *by != batch);
            } else {
                let file = dice.roll(files.len());
                let lines: Vec<String> = files[file].iter().map(text).collect();
                let (batch, report) = books.import(&lines).await;
                let mut new = 0;
                for key in keys(&files[file]) {
                    if let Entry::Vacant(free) = stands.entry(key) {
                        free.insert(batch);
                        new += 1;
                    }
                }
                assert_eq!(report.new_lines, new, "seed {seed}, step {step}");
                imports.push((batch, file));
            }
            assert_eq!(books.told().await, sums(stands.keys()), "seed {seed}, step {step}");
        }
        // Once more all files that stand: the books hold what is in any of them, and that once.
        for (_, file) in &imports {
            let lines: Vec<String> = files[*file].iter().map(text).collect();
            books.import(&lines).await;
        }
        let union: HashSet<Key> = imports.iter().flat_map(|(_, file)| keys(&files[*file])).chain(stands.keys().copied()).collect();
        assert_eq!(books.told().await, sums(union.iter()), "seed {seed}");
        books.close().await;
    }
}

//! What the months of the trade hold, kept in memory between questions.
//!
//! A ranking over ten years adds up half a million rows of the rollups, and every page of them must be deciphered and proved first: that costs more than all
//! else together. So the rows of a month are kept in narrow form once they were read. How they stay true: each write counts up the mark of every date
//! whose derived rows it changes (`day_mark`), in its own transaction. A question reads the marks of its period and takes from memory only what
//! was read under the same marks; the rest it reads anew. Who asks in one transaction gets one state, whatever others keep meanwhile.
//!
//! Deliberately absent: what is asked of the rows (`sales`, `buyers`, `goods`, `totals`).

use super::sql::Sql;
use crate::Result;
use sqlx::SqliteConnection;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// What one shelf keeps at most: ten years of a shop with half a million lines a year fill less than half of it.
const BYTES_KEPT_MAX: usize = 48 << 20;

/// The memory of a store: a shelf for each kind of row.
#[derive(Debug, Default)]
pub struct Months {
    pub(super) hours: Shelf<super::sales::Hour>,
    pub(super) buyers: Shelf<super::buyers::Bought>,
    pub(super) goods: Shelf<super::goods::Sold>,
    /// The same by day: the ends of periods that do not fall on a month's.
    pub(super) goods_days: Shelf<super::goods::Sold>,
    pub(super) orders: Shelf<super::totals::Told>,
    pub(super) skus: Numbers,
    pub(super) customers: Numbers,
    pub(super) shops: Numbers,
}

/// How often what is derived of a month (`2026-03`) or a date was changed.
pub(super) type Marks = BTreeMap<String, i64>;

/// The marks of every month between two that has trade.
pub(super) async fn month_marks(db: &mut SqliteConnection, from: &str, to: &str) -> Result<Marks> {
    let mut sql = Sql::new("SELECT month, sum(mark) FROM day_mark WHERE month BETWEEN ");
    sql.arg(from).add(" AND ").arg(to).add(" GROUP BY month");
    marks(db, sql).await
}

/// The marks of every date between two that has trade.
pub(super) async fn day_marks(db: &mut SqliteConnection, from: &str, to: &str) -> Result<Marks> {
    let mut sql = Sql::new("SELECT business_date, mark FROM day_mark WHERE month BETWEEN substr(");
    sql.arg(from).add(", 1, 7) AND substr(").arg(to).add(", 1, 7) AND business_date BETWEEN ").arg(from).add(" AND ").arg(to);
    marks(db, sql).await
}

async fn marks(db: &mut SqliteConnection, sql: Sql) -> Result<Marks> {
    use sqlx::Row as _;
    let mut marks = Marks::new();
    sql.each(db, |row| {
        marks.insert(row.try_get(0)?, row.try_get(1)?);
        Ok(())
    })
    .await?;
    Ok(marks)
}

/// Rows by month or date, each with the mark that they were read under.
#[derive(Debug)]
pub(super) struct Shelf<T>(Mutex<BTreeMap<String, Kept<T>>>);

#[derive(Debug)]
struct Kept<T> {
    mark: i64,
    rows: Arc<Vec<T>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// The rows of some months or dates, in the order of time.
pub(super) type Rows<T> = BTreeMap<String, Arc<Vec<T>>>;

impl<T> Shelf<T> {
    /// What is here under these marks, and the runs (first and last) that must be read anew.
    pub fn find(&self, marks: &Marks) -> (Rows<T>, Vec<(String, String)>) {
        let (kept, mut found, mut missing) = (self.lock(), Rows::new(), Vec::<(String, String)>::new());
        let mut runs_on = false;
        for (key, mark) in marks {
            match kept.get(key).filter(|one| one.mark == *mark) {
                Some(one) => {
                    found.insert(key.clone(), Arc::clone(&one.rows));
                    runs_on = false;
                }
                None => {
                    match missing.last_mut().filter(|_| runs_on) {
                        Some(run) => run.1.clone_from(key),
                        None => missing.push((key.clone(), key.clone())),
                    }
                    runs_on = true;
                }
            }
        }
        (found, missing)
    }

    /// Keeps what was read of a run and adds it to what was found. A month that is in the marks and not among the rows has none.
    pub fn keep(&self, marks: &Marks, run: (String, String), mut read: BTreeMap<String, Vec<T>>, found: &mut Rows<T>) {
        let mut kept = self.lock();
        for (key, mark) in marks.range(run.0..=run.1) {
            let mut rows = read.remove(key).unwrap_or_default();
            // They stay for long: room that they grew into and do not need is given back.
            rows.shrink_to_fit();
            let rows = Arc::new(rows);
            found.insert(key.clone(), Arc::clone(&rows));
            kept.insert(key.clone(), Kept { mark: *mark, rows });
        }
        let bytes = |kept: &BTreeMap<String, Kept<T>>| kept.values().map(|one| one.rows.len() * size_of::<T>()).sum::<usize>();
        if bytes(&kept) > BYTES_KEPT_MAX {
            kept.retain(|key, _| marks.contains_key(key));
        }
        if bytes(&kept) > BYTES_KEPT_MAX {
            kept.clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids by small numbers, so that rows are narrow and sums stand in a plain list. A number once given stands for its id for good.
#[derive(Debug, Default)]
pub(super) struct Numbers(Mutex<Numbered>);

#[derive(Debug, Default)]
struct Numbered {
    numbers: HashMap<Uuid, u32>,
    ids: Vec<Uuid>,
    /// Which of them were seen in the table that they are ids of: a row of sales may have come before its article.
    seen: Vec<bool>,
}

impl Numbers {
    /// The number of an id.
    pub fn number(&self, id: Uuid) -> u32 {
        let mut this = self.lock();
        if let Some(number) = this.numbers.get(&id) {
            return *number;
        }
        let number = u32::try_from(this.ids.len()).unwrap_or(u32::MAX);
        this.numbers.insert(id, number);
        this.ids.push(id);
        this.seen.push(false);
        number
    }

    /// The number of an id that has one.
    pub fn find(&self, id: Uuid) -> Option<u32> {
        self.lock().numbers.get(&id).copied()
    }

    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.lock().ids.len()
    }

    /// The ids of numbers.
    pub fn ids(&self, numbers: impl IntoIterator<Item = u32>) -> Vec<Uuid> {
        let this = self.lock();
        numbers.into_iter().filter_map(|number| this.ids.get(place(number)).copied()).collect()
    }

    /// Those of the numbers whose ids are in a table. Rows of these tables are never taken away, so that one that was seen is there for good.
    pub async fn in_table(&self, db: &mut SqliteConnection, table: &'static str, numbers: Vec<u32>) -> Result<Vec<u32>> {
        let (seen, unseen): (Vec<u32>, Vec<u32>) = {
            let this = self.lock();
            numbers.into_iter().partition(|number| this.seen.get(place(*number)).copied().unwrap_or(false))
        };
        if unseen.is_empty() {
            return Ok(seen);
        }
        let mut sql = Sql::new("SELECT t.id FROM json_each(");
        sql.arg(json_of(&self.ids(unseen))).add(&format!(") j CROSS JOIN {table} t ON t.id = unhex(j.value)"));
        let mut here: Vec<Uuid> = Vec::new();
        sql.each(db, |row| {
            here.push(sqlx::Row::try_get(row, 0)?);
            Ok(())
        })
        .await?;
        let mut this = self.lock();
        let mut all = seen;
        for id in here {
            if let Some(number) = this.numbers.get(&id).copied() {
                this.seen[place(number)] = true;
                all.push(number);
            }
        }
        Ok(all)
    }

    fn lock(&self) -> MutexGuard<'_, Numbered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the sums of a number stand in a list.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Ids as a JSON list of hexadecimal digits: one bound value, however many there are.
pub(super) fn json_of(ids: &[Uuid]) -> String {
    let list: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
    serde_json::json!(list).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(list: &[(&str, i64)]) -> Marks {
        list.iter().map(|(key, mark)| ((*key).to_owned(), *mark)).collect()
    }

    fn run(first: &str, last: &str) -> (String, String) {
        (first.to_owned(), last.to_owned())
    }

    #[test]
    fn what_was_written_since_is_read_anew_and_the_rest_is_kept() {
        let shelf: Shelf<i64> = Shelf::default();
        let first = marks(&[("2026-01", 1), ("2026-02", 4), ("2026-04", 2), ("2026-05", 2)]);
        let (mut found, missing) = shelf.find(&first);
        assert_eq!(missing, [run("2026-01", "2026-05")]);
        shelf.keep(&first, run("2026-01", "2026-05"), BTreeMap::from([("2026-02".to_owned(), vec![7])]), &mut found);
        assert_eq!(found.values().map(|rows| rows.len()).collect::<Vec<_>>(), [0, 1, 0, 0]);
        assert!(shelf.find(&first).1.is_empty());
        let later = marks(&[("2026-01", 2), ("2026-02", 4), ("2026-04", 3), ("2026-05", 3)]);
        assert_eq!(shelf.find(&later).1, [run("2026-01", "2026-01"), run("2026-04", "2026-05")]);
    }

    #[test]
    fn a_shelf_that_is_full_keeps_what_is_asked_for_or_nothing() {
        type Wide = [u64; 1_024];
        let shelf: Shelf<Wide> = Shelf::default();
        let keep = |key: &str, megabytes: usize| {
            let marks = marks(&[(key, 1)]);
            let mut found = Rows::new();
            shelf.keep(&marks, run(key, key), BTreeMap::from([(key.to_owned(), vec![[0; 1_024]; megabytes << 7])]), &mut found);
            assert_eq!(found[key].len(), megabytes << 7);
        };
        keep("2026-01", 30);
        keep("2026-02", 10);
        assert_eq!(shelf.lock().len(), 2);
        keep("2026-03", 20);
        assert_eq!(shelf.lock().keys().collect::<Vec<_>>(), ["2026-03"]);
        keep("2026-04", 60);
        assert!(shelf.lock().is_empty());
    }
}

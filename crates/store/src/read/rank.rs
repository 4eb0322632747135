//! Pages in the order of a sum that is in memory: the ids are put in order here, and the database only says which of them the view shows.

use super::{
    months::json_of,
    sql::{Sql, id},
};
use crate::Result;
use sqlx::SqliteConnection;
use std::{
    cmp::Ordering,
    collections::{HashSet, VecDeque},
};
use uuid::Uuid;

/// How many ids the database is first asked about; each further question asks about twice as many, up to the most.
const ASKED_FIRST: usize = 256;
const ASKED_MAX: usize = 16_384;

/// The order of a list by a key, ties by id the same way.
pub(super) struct Ranking<K> {
    pub ascending: bool,
    /// Where the page begins: after this row.
    pub after: Option<(K, Uuid)>,
    /// Every row that has a key of its own.
    pub keyed: Vec<(K, Uuid)>,
    /// The key of the rows that have none, and who has one; absent where these are not in the view.
    pub rest: Option<(K, HashSet<Uuid>)>,
}

impl<K: Ord + Clone + Send + Sync> Ranking<K> {
    /// The next rows that the database finds in the view: `narrow` adds its conditions on the table `s`.
    pub async fn page(mut self, db: &mut SqliteConnection, table: &str, narrow: impl Fn(&mut Sql) + Send + Sync, wanted: usize) -> Result<Vec<(K, Uuid)>> {
        let after = self.after.take();
        let mut keyed = std::mem::take(&mut self.keyed);
        keyed.retain(|row| after.as_ref().is_none_or(|after| self.order(row, after) == Ordering::Greater));
        keyed.sort_unstable_by(|a, b| self.order(a, b));
        let mut keyed = VecDeque::from(keyed);
        let mut rest = self.rest.take().and_then(|(key, keyed)| Rest::beginning(key, keyed, after.as_ref(), self.ascending));
        let (mut found, mut asked) = (Vec::new(), ASKED_FIRST);
        while found.len() < wanted {
            let mut part = Vec::new();
            while part.len() < asked {
                let row = match self.first_of_rest(db, table, &mut rest, keyed.front(), asked).await? {
                    Some(row) => Some(row),
                    None => keyed.pop_front(),
                };
                let Some(row) = row else { break };
                part.push(row);
            }
            if part.is_empty() {
                break;
            }
            let shown = shown(db, table, &narrow, &part).await?;
            found.extend(part.into_iter().filter(|(_, id)| shown.contains(id)));
            asked = (asked * 2).min(ASKED_MAX);
        }
        found.truncate(wanted);
        Ok(found)
    }

    /// The next of the rows without a key of their own, where it comes before the next of the others.
    async fn first_of_rest(
        &self,
        db: &mut SqliteConnection,
        table: &str,
        rest: &mut Option<Rest<K>>,
        keyed: Option<&(K, Uuid)>,
        at_once: usize,
    ) -> Result<Option<(K, Uuid)>> {
        let Some(rest) = rest.as_mut() else { return Ok(None) };
        let key = rest.key.clone();
        let is_before = |id: Uuid| keyed.is_none_or(|keyed| self.order(keyed, &(key.clone(), id)) == Ordering::Greater);
        if !is_before(rest.at_least()) {
            return Ok(None);
        }
        let Some(first) = rest.first(db, table, at_once).await?.filter(|first| is_before(*first)) else { return Ok(None) };
        rest.read.pop_front();
        Ok(Some((key, first)))
    }

    fn order(&self, a: &(K, Uuid), b: &(K, Uuid)) -> Ordering {
        if self.ascending { a.cmp(b) } else { b.cmp(a) }
    }
}

async fn shown<K>(db: &mut SqliteConnection, table: &str, narrow: impl Fn(&mut Sql), part: &[(K, Uuid)]) -> Result<HashSet<Uuid>> {
    let ids: Vec<Uuid> = part.iter().map(|(_, id)| *id).collect();
    let mut sql = Sql::new("SELECT s.id FROM json_each(");
    sql.arg(json_of(&ids)).add(&format!(") j CROSS JOIN {table} s ON s.id = unhex(j.value) WHERE 1"));
    narrow(&mut sql);
    sql.rows(db).await?.iter().map(|row| id(row, "id")).collect()
}

/// The rows that have no key of their own, in the order of their ids, read as far as they are needed.
struct Rest<K> {
    key: K,
    keyed: HashSet<Uuid>,
    ascending: bool,
    last: Option<Uuid>,
    read: VecDeque<Uuid>,
    ended: bool,
}

impl<K: Ord + Clone> Rest<K> {
    /// `None` where the page begins after all of them.
    fn beginning(key: K, keyed: HashSet<Uuid>, after: Option<&(K, Uuid)>, ascending: bool) -> Option<Self> {
        let last = match after.map(|(at, id)| (at.cmp(&key), *id)) {
            Some((Ordering::Equal, id)) => Some(id),
            Some((Ordering::Less, _)) if !ascending => return None,
            Some((Ordering::Greater, _)) if ascending => return None,
            _ => None,
        };
        Some(Self { key, keyed, ascending, last, read: VecDeque::new(), ended: false })
    }

    /// The id of the next row, or one that is not after it.
    fn at_least(&self) -> Uuid {
        let first = if self.ascending { Uuid::nil() } else { Uuid::max() };
        self.read.front().copied().or(self.last).unwrap_or(first)
    }

    /// The id of the next row, which stays the next.
    async fn first(&mut self, db: &mut SqliteConnection, table: &str, at_once: usize) -> Result<Option<Uuid>> {
        while self.read.is_empty() && !self.ended {
            let (way, beyond) = if self.ascending { ("ASC", ">") } else { ("DESC", "<") };
            let mut sql = Sql::new(&format!("SELECT id FROM {table} WHERE 1"));
            if let Some(last) = self.last {
                sql.add(&format!(" AND id {beyond} ")).arg(last);
            }
            sql.add(&format!(" ORDER BY id {way} LIMIT ")).arg(i64::try_from(at_once).unwrap_or(i64::MAX));
            let rows = sql.rows(db).await?;
            self.ended = rows.len() < at_once;
            for row in &rows {
                let id: Uuid = id(row, "id")?;
                self.last = Some(id);
                if !self.keyed.contains(&id) {
                    self.read.push_back(id);
                }
            }
        }
        Ok(self.read.front().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection as _;

    #[tokio::test]
    async fn rows_with_and_without_a_key_come_in_one_order_each_once() {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql("CREATE TABLE thing (id BLOB PRIMARY KEY, odd INTEGER) WITHOUT ROWID").execute(&mut db).await.unwrap();
        let id = |n: u128| Uuid::from_u128(n);
        for n in 1..=700 {
            sqlx::query("INSERT INTO thing VALUES (?, ?)").bind(id(n)).bind(n % 2 == 1).execute(&mut db).await.unwrap();
        }
        // Some above nothing, some below, some of a sum of nothing that have a row, and one that is in no table.
        let keyed: Vec<(i64, Uuid)> = (1..=300).map(|n| (i64::try_from(n % 5).unwrap() - 2, id(n * 2))).chain([(9, id(9_999))]).collect();
        let key_of = |n: u128| keyed.iter().find(|(_, other)| *other == id(n)).map_or(0, |(key, _)| *key);
        for ascending in [true, false] {
            for narrow in ["", " AND s.odd = 1"] {
                let mut expected: Vec<(i64, Uuid)> = (1..=700).filter(|n| narrow.is_empty() || n % 2 == 1).map(|n| (key_of(n), id(n))).collect();
                expected.sort_unstable();
                if !ascending {
                    expected.reverse();
                }
                let (mut after, mut all) = (None, Vec::new());
                loop {
                    let rest = Some((0, keyed.iter().map(|(_, id)| *id).collect()));
                    let ranking = Ranking { ascending, after, keyed: keyed.clone(), rest };
                    let page = ranking
                        .page(
                            &mut db,
                            "thing",
                            |sql| {
                                sql.add(narrow);
                            },
                            13,
                        )
                        .await
                        .unwrap();
                    let Some(last) = page.last() else { break };
                    after = Some(*last);
                    all.extend(page);
                }
                assert_eq!(all, expected, "{ascending} {narrow}");
            }
        }
    }
}

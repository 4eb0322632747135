//! What an older version could not read is offered to the one that opens the store now: a word or a table that it knows by this time brings the row in.
//!
//! What waits for a person, since two computers said different things, is not touched; nor is what the exchange itself could not take apart (`sync`).

use super::{apply_records, sieve};
use crate::{Change, Queue, Result, Store, catalogue::TABLES, local};
use domain::Channel;
use serde_json::Value as Json;
use sqlx::Row as _;

/// The setting of this computer that says which version looked through the rows last.
const READ_BY: &str = "quarantine_read_by";
/// Rows looked at in one transaction: the writer is held no longer than by a small import.
const ROWS_PER_LOOK: i64 = 100;

/// What this version can read, in a few signs: other ones for every word, table or column that is new. The number of the program would say less, since it stays
/// the same while it is built.
fn reader() -> String {
    let mut known: Vec<String> = Channel::ALL.iter().map(|channel| channel.word().to_owned()).collect();
    known.extend(TABLES.iter().flat_map(|table| table.columns.iter().map(move |column| format!("{}.{}", table.name, column.name))));
    hex::encode(&crate::keys::sha256(&[known.join(" ").as_bytes()])[..8])
}

impl Store {
    /// Looks through the rows that were put aside, once for every version that reads more or less than the one before.
    ///
    /// # Errors
    /// Where the store cannot be read or written; what came in before stays in.
    pub(crate) async fn offer_again(&self) -> Result<()> {
        let mut db = self.reader().await?;
        let kept = local::settings(&mut db).await?;
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM quarantine WHERE direction = 'in'").fetch_one(&mut *db).await?;
        drop(db);
        if waiting == 0 || kept.get(READ_BY).and_then(Json::as_str) == Some(reader().as_str()) {
            return Ok(());
        }
        let mut after = 0;
        while let Some(last) = self.offer_some(after).await? {
            after = last;
        }
        self.change_settings(|kept| drop(kept.insert(READ_BY.into(), reader().into()))).await
    }

    /// Offers the rows after one of them; answers the last that was looked at.
    async fn offer_some(&self, after: i64) -> Result<Option<i64>> {
        let mut write = self.begin(Queue::Background).await?;
        let rows = sqlx::query("SELECT id, reference, reason, payload FROM quarantine WHERE direction = 'in' AND id > ? ORDER BY id LIMIT ?")
            .bind(after)
            .bind(ROWS_PER_LOOK)
            .fetch_all(&mut *write)
            .await?;
        for row in &rows {
            let (reference, payload): (String, Vec<u8>) = (row.get("reference"), row.get("payload"));
            let change = serde_json::from_slice(&payload).ok().and_then(|json| Change::from_json(&json));
            let (Some(change), false) = (change, sieve::waits_for_a_person(row.get("reason"))) else { continue };
            let mut sieve = sieve::Sieve::default();
            let new = sieve.pass(&mut write, &reference, &change).await?;
            // Whatever is still not right with it leaves it where it is, with the day on which it came.
            if !sieve.aside.is_empty() {
                continue;
            }
            let mut aside = Vec::new();
            apply_records(&mut write, &new.into_iter().map(|change| (reference.clone(), change)).collect::<Vec<_>>(), &mut aside).await?;
            if aside.is_empty() {
                let touched = sqlx::query("DELETE FROM quarantine WHERE id = ?").bind(row.get::<i64, _>("id")).execute(&mut *write).await?.rows_affected();
                if touched != 1 {
                    return Err(crate::Error::RowsTouched { table: "quarantine".into(), expected: 1, actual: touched });
                }
            }
        }
        let last = rows.last().map(|row| row.get("id"));
        write.commit_local().await?;
        self.pay_owed().await?;
        Ok(last)
    }
}

//! Work that is too much for one transaction and may be cut off between two of its parts: orders of an undone import are taken out of the figures, documents
//! whose goods have arrived are folded again. What is still owed stands in the tables, so that it is gone on with whatever came between: when the store
//! opens, when another node is heard, after the next commit.

use super::goods;
use crate::Result;
use sqlx::SqliteConnection;

/// Orders and refunds of an undone import taken out at once.
const DOCUMENTS_PER_PART: i64 = 200;

/// Whether anything is owed.
pub(crate) async fn is_any(db: &mut SqliteConnection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM arrived_goods) OR EXISTS (SELECT 1 FROM import_job WHERE state = 'undoing')";
    Ok(sqlx::query_scalar(sql).fetch_one(db).await?)
}

/// Does the next part within a transaction. Answers whether more may be owed.
pub(crate) async fn part(db: &mut SqliteConnection) -> Result<bool> {
    let undone: Option<Vec<u8>> = sqlx::query_scalar("SELECT batch_id FROM import_job WHERE state = 'undoing' LIMIT 1").fetch_optional(&mut *db).await?;
    match undone {
        Some(batch_id) => super::undo_part(db, &batch_id, DOCUMENTS_PER_PART).await.map(|_| true),
        None => goods::fold_part(db).await,
    }
}

/// Goes on with what was cut off. Called once when the writer opens.
pub(crate) async fn finish(db: &mut SqliteConnection) -> Result<()> {
    while is_any(db).await? {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *db).await?;
        part(db).await?;
        sqlx::query("COMMIT").execute(&mut *db).await?;
    }
    Ok(())
}

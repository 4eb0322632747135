//! What imports left for a person to look at.

use super::sql::{Sql, id, int, text};
use crate::Result;
use domain::{BatchId, ShopId};
use sqlx::SqliteConnection;

/// A finished import, not undone, whose report says that rows were rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    pub batch: BatchId,
    pub file_name: String,
    pub rows: i64,
    pub at_ms: i64,
}

/// Imports with rejected rows since an instant, the newest first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn rejected(db: &mut SqliteConnection, since_ms: i64, shops: &[ShopId]) -> Result<Vec<Rejected>> {
    let mut sql = Sql::new(
        "SELECT b.id, b.file_name, CAST(json_extract(e.report, '$.rejected') AS INTEGER) rejected, e.at_ms FROM import_end e JOIN import_batch b ON b.id = e.batch_id
         WHERE json_valid(e.report) AND json_extract(e.report, '$.rejected') > 0 AND NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = b.id) AND e.at_ms >= ",
    );
    sql.arg(since_ms).among("b.shop_id", shops).add(" ORDER BY e.at_ms DESC LIMIT 20");
    let rows = sql.rows(db).await?;
    rows.iter().map(|r| Ok(Rejected { batch: id(r, "id")?, file_name: text(r, "file_name")?, rows: int(r, "rejected")?, at_ms: int(r, "at_ms")? })).collect()
}

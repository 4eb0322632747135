//! What an import asks of the store: which of its rows are here already, and how earlier batches ended.

use crate::{Result, Value};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use std::collections::{HashMap, HashSet};

/// Ids asked for in one statement.
const IDS_PER_QUERY: usize = 500;

/// A sellable unit as an import needs it.
#[derive(Debug, Clone)]
pub struct KnownSku {
    pub id: [u8; 16],
    pub version: i64,
    pub code: String,
    pub name: String,
    pub kind: String,
    pub category_id: Option<[u8; 16]>,
    pub price_minor: Option<i64>,
    pub cost_minor: Option<i64>,
    pub batch_id: Option<[u8; 16]>,
    pub named_at_ms: i64,
}

/// One import and how it stands.
#[derive(Debug, Clone)]
pub struct Batch {
    pub id: [u8; 16],
    pub kind: String,
    pub file_name: String,
    pub shop_id: [u8; 16],
    pub started_at_ms: i64,
    pub undone: bool,
    /// JSON of the report; `None` while it was not finished.
    pub report: Option<String>,
    /// JSON of the report so far, of an import that was begun here.
    pub report_so_far: Option<String>,
}

fn id_of(bytes: Vec<u8>) -> [u8; 16] {
    bytes.try_into().unwrap_or_default()
}

/// A row of an import that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whether its import was undone.
    pub is_undone: bool,
    /// The document that it is or belongs to; `None` for what stands alone.
    pub document: Option<[u8; 16]>,
    /// The moment of its document, or its own; 0 for visits.
    pub at_ms: i64,
}

/// Which of `ids` are here.
///
/// # Errors
/// Where the database cannot be read.
pub async fn documents(db: &mut SqliteConnection, table: Document, ids: &[[u8; 16]]) -> Result<HashMap<[u8; 16], Found>> {
    let mut found = HashMap::new();
    for part in ids.chunks(IDS_PER_QUERY) {
        // One parameter whatever the number of ids, so that the statement is prepared once.
        let list: Vec<String> = part.iter().map(hex::encode).collect();
        let (name, (document, at_ms), join) = (table.name(), table.whose(), table.join());
        let sql = format!(
            "SELECT d.id, EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = d.batch_id), {document}, {at_ms}
            FROM json_each(?) j CROSS JOIN {name} d ON d.id = unhex(j.value) {join}"
        );
        for row in sqlx::query(AssertSqlSafe(sql)).bind(serde_json::json!(list).to_string()).fetch_all(&mut *db).await? {
            let here = Found {
                is_undone: row.get::<i64, _>(1) != 0,
                document: row.get::<Option<Vec<u8>>, _>(2).map(id_of),
                at_ms: row.get::<Option<i64>, _>(3).unwrap_or_default(),
            };
            found.insert(id_of(row.get(0)), here);
        }
    }
    Ok(found)
}

/// A table whose rows an import makes with ids of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Document {
    Order,
    OrderLine,
    Refund,
    RefundLine,
    Movement,
    Adjustment,
    Visit,
}

impl Document {
    const fn name(self) -> &'static str {
        match self {
            Self::Order => "order_doc",
            Self::OrderLine => "order_line",
            Self::Refund => "refund",
            Self::RefundLine => "refund_line",
            Self::Movement => "stock_movement",
            Self::Adjustment => "adjustment",
            Self::Visit => "visit_count",
        }
    }

    /// The document of a row of `d`, and its moment.
    const fn whose(self) -> (&'static str, &'static str) {
        match self {
            Self::Order | Self::Refund => ("d.id", "d.occurred_at_ms"),
            Self::OrderLine | Self::RefundLine => ("o.id", "o.occurred_at_ms"),
            Self::Movement | Self::Adjustment => ("NULL", "d.at_ms"),
            Self::Visit => ("NULL", "0"),
        }
    }

    const fn join(self) -> &'static str {
        match self {
            Self::OrderLine => "LEFT JOIN order_doc o ON o.id = d.order_id",
            Self::RefundLine => "LEFT JOIN refund o ON o.id = d.refund_id",
            _ => "",
        }
    }
}

/// The SKUs of a currency, by folded code. Where two nodes made one code each for themselves, both stay, and the older by its id stands for the code:
/// every node chooses the same.
///
/// # Errors
/// Where the database cannot be read.
pub async fn skus(db: &mut SqliteConnection, currency: &str) -> Result<HashMap<String, KnownSku>> {
    let rows = sqlx::query(
        "SELECT id, version, code, name, kind, category_id, price_minor, cost_minor, batch_id, named_at_ms FROM sku WHERE currency = ? ORDER BY id DESC",
    )
    .bind(currency)
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let sku = KnownSku {
                id: id_of(r.get(0)),
                version: r.get(1),
                code: r.get(2),
                name: r.get(3),
                kind: r.get(4),
                category_id: r.get::<Option<Vec<u8>>, _>(5).map(id_of),
                price_minor: r.get(6),
                cost_minor: r.get(7),
                batch_id: r.get::<Option<Vec<u8>>, _>(8).map(id_of),
                named_at_ms: r.get(9),
            };
            (sku.code.clone(), sku)
        })
        .collect())
}

/// The ids of all customers.
///
/// # Errors
/// Where the database cannot be read.
pub async fn customer_ids(db: &mut SqliteConnection) -> Result<HashSet<[u8; 16]>> {
    let ids: Vec<Vec<u8>> = sqlx::query_scalar("SELECT id FROM customer").fetch_all(db).await?;
    Ok(ids.into_iter().map(id_of).collect())
}

/// The telephones that are kept, with whose they are, by the customers' ids.
///
/// # Errors
/// Where the database cannot be read.
pub async fn phones(db: &mut SqliteConnection) -> Result<Vec<(String, [u8; 16])>> {
    let rows = sqlx::query("SELECT phone, id FROM customer WHERE phone IS NOT NULL ORDER BY id").fetch_all(db).await?;
    Ok(rows.into_iter().map(|r| (r.get(0), id_of(r.get(1)))).collect())
}

/// The whole rows of customers, to be written again with something changed.
///
/// # Errors
/// Where the database cannot be read.
pub async fn customer_rows(db: &mut SqliteConnection, ids: &[[u8; 16]]) -> Result<Vec<([u8; 16], crate::Row)>> {
    let mut found = Vec::new();
    for part in ids.chunks(IDS_PER_QUERY) {
        let list: Vec<String> = part.iter().map(hex::encode).collect();
        let sql = "SELECT c.id, c.version, c.code, c.name, c.phone, c.country, c.batch_id, c.joined_at_ms \
                   FROM json_each(?) j CROSS JOIN customer c ON c.id = unhex(j.value) ORDER BY c.id";
        for r in sqlx::query(sql).bind(serde_json::json!(list).to_string()).fetch_all(&mut *db).await? {
            let (id, batch_id) = (id_of(r.get(0)), r.get::<Option<Vec<u8>>, _>(6).map(id_of));
            let text = |at: usize| r.get::<Option<String>, _>(at);
            let mut row: crate::Row = crate::row![uuid::Uuid::from_bytes(id), r.get::<i64, _>(1), r.get::<String, _>(2), text(3), text(4), text(5)];
            row.extend([batch_id.map_or(Value::Null, Value::Id), Value::Int(r.get(7))]);
            found.push((id, row));
        }
    }
    Ok(found)
}

/// All imports, newest first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn batches(db: &mut SqliteConnection) -> Result<Vec<Batch>> {
    let sql = "SELECT b.id, b.kind, b.file_name, b.shop_id, b.started_at_ms, EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = b.id), \
               (SELECT e.report FROM import_end e WHERE e.batch_id = b.id ORDER BY e.at_ms DESC LIMIT 1), (SELECT j.counts FROM import_job j WHERE j.batch_id = b.id) \
               FROM import_batch b ORDER BY b.started_at_ms DESC, b.id DESC LIMIT 500";
    let rows = sqlx::query(sql).fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|r| Batch {
            id: id_of(r.get(0)),
            kind: r.get(1),
            file_name: r.get(2),
            shop_id: id_of(r.get(3)),
            started_at_ms: r.get(4),
            undone: r.get::<i64, _>(5) != 0,
            report: r.get(6),
            report_so_far: r.get(7),
        })
        .collect())
}

/// The import of a file into a shop that was begun here and neither finished nor undone.
///
/// # Errors
/// Where the database cannot be read.
pub async fn unfinished(db: &mut SqliteConnection, kind: &str, file_sha256: &[u8], shop_id: &[u8; 16]) -> Result<Option<[u8; 16]>> {
    let sql = "SELECT b.id FROM import_batch b JOIN import_job j ON j.batch_id = b.id WHERE b.kind = ? AND b.file_sha256 = ? AND b.shop_id = ? \
               AND NOT EXISTS (SELECT 1 FROM import_end e WHERE e.batch_id = b.id) AND NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = b.id) \
               ORDER BY b.started_at_ms DESC LIMIT 1";
    let id: Option<Vec<u8>> = sqlx::query_scalar(sql).bind(kind).bind(file_sha256).bind(shop_id.to_vec()).fetch_optional(db).await?;
    Ok(id.map(id_of))
}

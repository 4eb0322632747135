//! What an import asks of the store: which of its rows are here already, and how earlier batches ended.

use crate::{
    Result, Value,
    read::{of_customer, sql::Sql, with_article},
};
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
    /// The import that brought it.
    pub batch: Option<[u8; 16]>,
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
            "SELECT d.id, EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = d.batch_id), {document}, {at_ms}, d.batch_id
            FROM json_each(?) j CROSS JOIN {name} d ON d.id = unhex(j.value) {join}"
        );
        for row in sqlx::query(AssertSqlSafe(sql)).bind(serde_json::json!(list).to_string()).fetch_all(&mut *db).await? {
            let here = Found {
                is_undone: row.get::<i64, _>(1) != 0,
                batch: row.get::<Option<Vec<u8>>, _>(4).map(id_of),
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

/// When the last order was made that this import did not bring; `None` where there is none.
///
/// # Errors
/// Where the database cannot be read.
pub async fn last_sale_beside(db: &mut SqliteConnection, batch_id: &[u8; 16]) -> Result<Option<i64>> {
    let sql = "SELECT occurred_at_ms FROM order_doc INDEXED BY order_doc_time WHERE batch_id IS NOT ? ORDER BY occurred_at_ms DESC LIMIT 1";
    Ok(sqlx::query_scalar(sql).bind(batch_id.to_vec()).fetch_optional(db).await?)
}

/// A sold line of an article, and what has not come back of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sold {
    pub line: [u8; 16],
    pub order: [u8; 16],
    /// When it was sold, UTC ms.
    pub at_ms: i64,
    pub price_micro: i64,
    pub unreturned_milli: i64,
}

/// Whose sales are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoldTo {
    /// Sales to a customer on some business dates.
    Customer { customer: [u8; 16], from: jiff::civil::Date, to: jiff::civil::Date },
    /// Sales of a shop to nobody that is known, at a price, on some business dates.
    Nobody { shop: [u8; 16], price_micro: i64, from: jiff::civil::Date, to: jiff::civil::Date },
    /// The orders of a shop that have a number.
    Number { shop: [u8; 16], number: String },
}

/// The latest sales of an article with what has not come back of each, the oldest first; also those of which nothing is left, so that nobody takes the file's
/// own copy of one for whole. Without those of one import, and without what it returned.
///
/// # Errors
/// Where the database cannot be read.
pub async fn sold_before(db: &mut SqliteConnection, batch_id: &[u8; 16], sku: &[u8; 16], to: &SoldTo) -> Result<Vec<Sold>> {
    // As many as the window of a file looks at.
    let sales_max = i64::try_from(domain::trade_file::CANDIDATES_MAX).unwrap_or(i64::MAX);
    let columns = "SELECT l.id, f.order_id, f.occurred_at_ms, l.price_micro, l.quantity_milli - coalesce((SELECT sum(b.quantity_milli) FROM refund_line b
         JOIN refund_fold r ON r.refund_id = b.refund_id WHERE b.order_line_id = l.id AND r.effective = 1 AND b.batch_id IS NOT ?), 0) unreturned";
    let mut sql = match to {
        SoldTo::Customer { customer, from, to } => {
            let customer = domain::CustomerId(uuid::Uuid::from_bytes(*customer));
            of_customer::each_line(columns, [Value::Id(*batch_id)], customer, domain::SkuId(uuid::Uuid::from_bytes(*sku)), (*from, *to))
        }
        SoldTo::Nobody { shop, price_micro, from, to } => {
            let mut sql = with_article::on_days(columns, [Value::Id(*batch_id)], domain::SkuId(uuid::Uuid::from_bytes(*sku)), *from, *to);
            sql.add(" CROSS JOIN order_fold f ON f.order_id = o.order_id AND f.business_date = o.on_date CROSS JOIN order_doc d ON d.id = f.order_id CROSS JOIN order_line l ON l.order_id = f.order_id WHERE f.customer_id IS NULL AND f.shop_id = ");
            sql.arg(Value::Id(*shop)).add(" AND l.price_micro = ").arg(*price_micro);
            sql
        }
        SoldTo::Number { shop, number } => {
            let mut sql = Sql::new(columns);
            sql.bound(Value::Id(*batch_id)).add(" FROM order_doc d INDEXED BY order_doc_no CROSS JOIN order_fold f ON f.order_id = d.id CROSS JOIN order_line l ON l.order_id = d.id WHERE d.order_no = ");
            sql.arg(number.clone()).add(" AND d.shop_id = ").arg(Value::Id(*shop));
            sql
        }
    };
    sql.add(" AND f.effective = 1 AND f.pay <> 'closed' AND d.batch_id IS NOT ").arg(Value::Id(*batch_id)).add(" AND l.sku_id = ").arg(Value::Id(*sku));
    sql.add(" ORDER BY f.occurred_at_ms DESC, l.id DESC LIMIT ").arg(sales_max);
    let rows = sql.rows(db).await?;
    let sold = |row: &sqlx::sqlite::SqliteRow| Sold {
        line: id_of(row.get(0)),
        order: id_of(row.get(1)),
        at_ms: row.get(2),
        price_micro: row.get(3),
        unreturned_milli: row.get(4),
    };
    Ok(rows.iter().rev().map(sold).collect())
}

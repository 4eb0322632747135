//! Derived rows: what is kept from the facts so that screens need not add them up each time.
//!
//! One way serves use cases, imports, undo and inbound apply alike: take the touched orders' and refunds' old share out of the rollups
//! (`retract`), apply the facts, fold the touched ones anew and add their new share (`contribute`). A refund changes what was given back of an order and no share of it. Since the share that is taken out is read from the
//! stored fold, it is the share that was once added, whatever has happened to the facts between.
//!
//! Deliberately absent: any figure. Figures are sums over these tables, in `read`.

use crate::{
    Result, catalogue,
    change::Change,
    value::{Row, Value, bind},
};
use sqlx::{AssertSqlSafe, SqliteConnection};
use std::collections::BTreeSet;

/// What a set of changes touches.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub orders: BTreeSet<[u8; 16]>,
    pub refunds: BTreeSet<[u8; 16]>,
    /// Orders that a refund names: what was given back of them changes, their share of the rollups does not.
    pub refunded: BTreeSet<[u8; 16]>,
    /// Order lines that refund lines give back: the same holds for their orders.
    pub order_lines: BTreeSet<[u8; 16]>,
}

impl Touched {
    /// Collects the orders and refunds that the changes speak of.
    pub(crate) fn of(changes: &[Change]) -> Self {
        let mut touched = Self::default();
        for change in changes {
            let table = change.table();
            let (order_column, refund_column) = match table.name {
                "order_doc" => (Some("id"), None),
                "order_line" | "order_transition" | "payment" => (Some("order_id"), None),
                "refund" => (Some("order_id"), Some("id")),
                "refund_line" => (None, Some("refund_id")),
                _ => continue,
            };
            let (order_at, refund_at) = (order_column.and_then(|c| table.column(c)), refund_column.and_then(|c| table.column(c)));
            let orders = if table.name == "refund" { &mut touched.refunded } else { &mut touched.orders };
            for row in change.rows() {
                orders.extend(order_at.and_then(|i| row[i].as_id()));
                touched.refunds.extend(refund_at.and_then(|i| row[i].as_id()));
                if table.name == "refund_line" {
                    touched.order_lines.extend(row[3].as_id());
                }
            }
        }
        touched
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.refunds.is_empty()
    }
}

/// Makes the connection's temporary tables; called once when the writer opens.
pub(crate) async fn prepare(db: &mut SqliteConnection) -> Result<()> {
    for table in ["touched_order", "touched_refund", "touched_line", "refunded_order"] {
        sqlx::query(AssertSqlSafe(format!("CREATE TEMP TABLE {table} (id BLOB PRIMARY KEY) WITHOUT ROWID"))).execute(&mut *db).await?;
    }
    for sql in [
        "CREATE TEMP TABLE touched_sale (order_id BLOB, id BLOB, sku_id BLOB, quantity_milli INTEGER, net_minor INTEGER, cost_minor INTEGER, goods INTEGER)",
        "CREATE TEMP TABLE sku_share (business_date TEXT, shop_id BLOB, sku_id BLOB, units_milli INTEGER, net_minor INTEGER, refund_units_milli INTEGER, refund_minor INTEGER, cost_minor INTEGER)",
    ] {
        sqlx::query(sql).execute(&mut *db).await?;
    }
    Ok(())
}

/// Reads the lines of the touched orders once, for the fold and for the shares of their goods.
async fn read_sales(db: &mut SqliteConnection) -> Result<()> {
    for sql in ["DELETE FROM temp.touched_sale", TOUCHED_SALES] {
        sqlx::query(sql).execute(&mut *db).await?;
    }
    Ok(())
}

const TOUCHED_SALES: &str = "INSERT INTO temp.touched_sale SELECT l.order_id, l.id, l.sku_id, l.quantity_milli, l.net_minor, l.cost_minor, coalesce(s.kind IN ('goods','manual','discount','sample','other'), 0)
 FROM temp.touched_order t CROSS JOIN order_line l ON l.order_id = t.id LEFT JOIN sku s ON s.id = l.sku_id";

/// Names the touched ones to the database and takes their present share out of the rollups.
pub(crate) async fn retract(db: &mut SqliteConnection, touched: &Touched) -> Result<()> {
    name(db, "touched_order", &touched.orders).await?;
    name(db, "touched_refund", &touched.refunds).await?;
    name(db, "refunded_order", &touched.refunded).await?;
    if !touched.order_lines.is_empty() {
        name(db, "touched_line", &touched.order_lines).await?;
        sqlx::query("INSERT OR IGNORE INTO temp.refunded_order SELECT l.order_id FROM temp.touched_line t CROSS JOIN order_line l ON l.id = t.id")
            .execute(&mut *db)
            .await?;
    }
    let any = "SELECT EXISTS (SELECT 1 FROM temp.touched_order t JOIN order_fold f ON f.order_id = t.id) \
               OR EXISTS (SELECT 1 FROM temp.touched_refund t JOIN refund_fold f ON f.refund_id = t.id)";
    let known: bool = sqlx::query_scalar(any).fetch_one(&mut *db).await?;
    if !known {
        return Ok(());
    }
    read_sales(db).await?;
    share(db, -1).await
}

/// Folds the touched ones from the facts and adds their share.
pub(crate) async fn contribute(db: &mut SqliteConnection) -> Result<()> {
    read_sales(db).await?;
    for sql in [REFUND_FOLD, ORDER_FOLD, REFUNDED, SKU_ORDERS] {
        sqlx::query(sql).execute(&mut *db).await?;
    }
    share(db, 1).await
}

async fn name(db: &mut SqliteConnection, table: &str, ids: &BTreeSet<[u8; 16]>) -> Result<()> {
    sqlx::query(AssertSqlSafe(format!("DELETE FROM temp.{table}"))).execute(&mut *db).await?;
    let ids: Vec<&[u8; 16]> = ids.iter().collect();
    for part in crate::apply::statement_parts(&ids) {
        let sql = format!("INSERT INTO temp.{table} (id) VALUES {}", vec!["(?)"; part.len()].join(","));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in part {
            query = query.bind(id.to_vec());
        }
        query.execute(&mut *db).await?;
    }
    Ok(())
}

async fn share(db: &mut SqliteConnection, sign: i64) -> Result<()> {
    sqlx::query("DELETE FROM temp.sku_share").execute(&mut *db).await?;
    for sql in [ORDER_HOURS, REFUND_HOURS, ORDER_SKU_SHARE, REFUND_SKU_SHARE, ORDER_CUSTOMERS, REFUND_CUSTOMERS] {
        sqlx::query(sql).bind(sign).execute(&mut *db).await?;
    }
    for sql in [SKU_DAYS, SKU_MONTHS] {
        sqlx::query(sql).execute(&mut *db).await?;
    }
    Ok(())
}

/// Folds every touched refund from its document and lines.
const REFUND_FOLD: &str = "INSERT OR REPLACE INTO refund_fold
 SELECT r.id, r.order_id, r.shop_id, r.channel, r.customer_id, r.occurred_at_ms, r.business_date, r.hour, r.currency, r.amount_minor,
  coalesce(sum(CASE WHEN s.kind IN ('goods','manual','discount','sample','other') THEN l.amount_minor END), CASE WHEN count(l.id) = 0 THEN r.amount_minor ELSE 0 END),
  coalesce(sum(l.cost_minor), 0), coalesce(sum(CASE WHEN l.cost_minor IS NOT NULL THEN l.amount_minor END), 0),
  NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = r.batch_id)
 FROM temp.touched_refund t CROSS JOIN refund r ON r.id = t.id LEFT JOIN refund_line l ON l.refund_id = r.id LEFT JOIN sku s ON s.id = l.sku_id GROUP BY r.id";

/// What was given back of each order, from its lines and from refunds that name the order alone.
macro_rules! given_back {
    ($lines:literal, $orders:literal) => {
        concat!(
            "SELECT order_id, sum(amount) refunded FROM (SELECT l.order_id, b.amount_minor amount FROM ",
            $lines,
            " CROSS JOIN refund_line b ON b.order_line_id = l.id CROSS JOIN refund_fold f ON f.refund_id = b.refund_id WHERE f.effective = 1
   UNION ALL SELECT f.order_id, f.amount_minor FROM ",
            $orders,
            " t CROSS JOIN refund_fold f ON f.order_id = t.id WHERE f.effective = 1 AND NOT EXISTS (SELECT 1 FROM refund_line b WHERE b.refund_id = f.refund_id)) GROUP BY order_id"
        )
    };
}
/// How far an order is given back, by what was refunded of what was paid.
macro_rules! refund_state {
    ($paid:literal) => {
        concat!("CASE WHEN refunded <= 0 THEN CASE WHEN refunding THEN 'underway' ELSE 'none' END WHEN refunded >= ", $paid, " THEN 'all' ELSE 'part' END")
    };
}

/// Orders that refunds touched and nothing else did: the rest of their fold stands.
const REFUNDED: &str = concat!(
    "WITH r AS (",
    given_back!("temp.refunded_order t CROSS JOIN order_line l ON l.order_id = t.id", "temp.refunded_order"),
    "),
 x AS (SELECT x.order_id, max(x.axis = 'refund' AND x.to_state = 'underway') refunding FROM temp.refunded_order t CROSS JOIN order_transition x ON x.order_id = t.id GROUP BY x.order_id)
 UPDATE order_fold SET refunded_minor = v.refunded, refund = ",
    refund_state!("paid_minor"),
    " FROM (SELECT t.id, coalesce(r.refunded, 0) refunded, coalesce(x.refunding, 0) refunding FROM temp.refunded_order t LEFT JOIN r ON r.order_id = t.id LEFT JOIN x ON x.order_id = t.id) v
 WHERE order_fold.order_id = v.id"
);

/// Folds every touched order from its document, lines, payments, refunds and transitions; the same result in any order of their arrival.
const ORDER_FOLD: &str = concat!(
    "INSERT OR REPLACE INTO order_fold (order_id, occurred_at_ms, business_date, hour, shop_id, channel, customer_id, currency, goods_minor, payable_minor, paid_minor, refunded_minor,
  net_goods_minor, cost_minor, costed_minor, discount_minor, line_count, quantity_milli, pay, fulfil, refund, first_paid_at_ms, effective)
 WITH l AS (SELECT order_id, sum(net_minor) net, sum(net_minor * goods) goods, coalesce(sum(cost_minor), 0) cost, coalesce(sum(CASE WHEN cost_minor IS NOT NULL THEN net_minor END), 0) costed,
   count(*) lines, sum(quantity_milli) pieces FROM temp.touched_sale GROUP BY order_id),
 p AS (SELECT p.order_id, sum(p.amount_minor) paid, min(p.paid_at_ms) first_at FROM temp.touched_order t CROSS JOIN payment p ON p.order_id = t.id GROUP BY p.order_id),
 r AS (",
    given_back!("temp.touched_sale l", "temp.touched_order"),
    "),
 x AS (SELECT x.order_id, max(x.axis = 'order' AND x.to_state = 'cancelled') cancelled,
   max(CASE WHEN x.axis = 'fulfil' THEN CASE x.to_state WHEN 'waiting' THEN 1 WHEN 'underway' THEN 2 WHEN 'done' THEN 3 ELSE 0 END ELSE 0 END) fulfil,
   max(x.axis = 'refund' AND x.to_state = 'underway') refunding
   FROM temp.touched_order t CROSS JOIN order_transition x ON x.order_id = t.id GROUP BY x.order_id),
 d AS (SELECT d.*, coalesce(l.net, 0) goods, coalesce(l.net, 0) - d.discount_minor + d.freight_minor payable, coalesce(p.paid, 0) paid, coalesce(r.refunded, 0) refunded,
   coalesce(l.goods, 0) net_goods, coalesce(l.cost, 0) cost, coalesce(l.costed, 0) costed, coalesce(l.lines, 0) lines, coalesce(l.pieces, 0) pieces,
   p.first_at, coalesce(x.cancelled, 0) cancelled, coalesce(x.fulfil, 0) fulfil, coalesce(x.refunding, 0) refunding
   FROM temp.touched_order t CROSS JOIN order_doc d ON d.id = t.id LEFT JOIN l ON l.order_id = d.id LEFT JOIN p ON p.order_id = d.id LEFT JOIN r ON r.order_id = d.id LEFT JOIN x ON x.order_id = d.id)
 SELECT id, occurred_at_ms, business_date, hour, shop_id, channel, customer_id, currency, goods, payable, paid, refunded, net_goods, cost, costed, discount_minor, lines, pieces,
  CASE WHEN cancelled AND paid = 0 THEN 'closed' WHEN paid >= payable THEN 'paid' WHEN paid > 0 THEN 'partial' ELSE 'unpaid' END,
  CASE WHEN cancelled THEN 'closed' ELSE CASE fulfil WHEN 1 THEN 'waiting' WHEN 2 THEN 'underway' WHEN 3 THEN 'done' ELSE 'none' END END,
  ",
    refund_state!("paid"),
    ",
  first_at, NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = d.batch_id)
 FROM d"
);

macro_rules! hours_upsert {
    () => {
        " ON CONFLICT (business_date, shop_id, channel, hour) DO UPDATE SET orders_created = orders_created + excluded.orders_created, gmv_minor = gmv_minor + excluded.gmv_minor,
  orders_paid = orders_paid + excluded.orders_paid, paid_minor = paid_minor + excluded.paid_minor, goods_minor = goods_minor + excluded.goods_minor,
  discount_minor = discount_minor + excluded.discount_minor, refunds = refunds + excluded.refunds, refunds_minor = refunds_minor + excluded.refunds_minor,
  refund_goods_minor = refund_goods_minor + excluded.refund_goods_minor, units_milli = units_milli + excluded.units_milli, cost_minor = cost_minor + excluded.cost_minor,
  costed_minor = costed_minor + excluded.costed_minor, visitors = visitors + excluded.visitors, identified_paid_minor = identified_paid_minor + excluded.identified_paid_minor"
    };
}
const HOURS_COLUMNS: &str = "INSERT INTO sales_hour (business_date, shop_id, channel, hour, orders_created, gmv_minor, orders_paid, paid_minor, goods_minor, discount_minor, refunds, refunds_minor, refund_goods_minor, units_milli, cost_minor, costed_minor, visitors, identified_paid_minor, restated)";

/// An order that was cancelled before anything was paid counts as created, with its value, and in nothing else.
const ORDER_HOURS: &str = concat!(
    "INSERT INTO sales_hour (business_date, shop_id, channel, hour, orders_created, gmv_minor, orders_paid, paid_minor, goods_minor, discount_minor, refunds, refunds_minor, refund_goods_minor, units_milli, cost_minor, costed_minor, visitors, identified_paid_minor, restated)
 SELECT f.business_date, f.shop_id, f.channel, f.hour, ?1 * count(*), ?1 * sum(f.payable_minor), ?1 * sum(f.pay IN ('paid', 'partial')), ?1 * sum(f.paid_minor), ?1 * sum(iif(f.pay = 'closed', 0, f.net_goods_minor)), ?1 * sum(iif(f.pay = 'closed', 0, f.discount_minor)), 0, 0, 0,
  ?1 * sum(iif(f.pay = 'closed', 0, f.quantity_milli)), ?1 * sum(iif(f.pay = 'closed', 0, f.cost_minor)), ?1 * sum(iif(f.pay = 'closed', 0, f.costed_minor)), 0, ?1 * sum(CASE WHEN f.customer_id IS NOT NULL THEN f.paid_minor ELSE 0 END), 0
 FROM temp.touched_order t CROSS JOIN order_fold f ON f.order_id = t.id WHERE f.effective = 1 GROUP BY 1, 2, 3, 4",
    hours_upsert!()
);
const REFUND_HOURS: &str = concat!(
    "INSERT INTO sales_hour (business_date, shop_id, channel, hour, orders_created, gmv_minor, orders_paid, paid_minor, goods_minor, discount_minor, refunds, refunds_minor, refund_goods_minor, units_milli, cost_minor, costed_minor, visitors, identified_paid_minor, restated)
 SELECT f.business_date, f.shop_id, f.channel, f.hour, 0, 0, 0, 0, 0, 0, ?1 * count(*), ?1 * sum(f.amount_minor), ?1 * sum(f.goods_minor), 0, -?1 * sum(f.cost_minor), -?1 * sum(f.costed_minor), 0, 0, 0
 FROM temp.touched_refund t CROSS JOIN refund_fold f ON f.refund_id = t.id WHERE f.effective = 1 GROUP BY 1, 2, 3, 4",
    hours_upsert!()
);
/// Which orders have which article; it stands whatever becomes of the order, and lists look at the order's own state.
const SKU_ORDERS: &str = "INSERT OR IGNORE INTO sku_order (business_date, sku_id, order_id)
 SELECT f.business_date, l.sku_id, l.order_id FROM temp.touched_sale l CROSS JOIN order_fold f ON f.order_id = l.order_id ORDER BY 1, 2, 3";
const ORDER_SKU_SHARE: &str = "INSERT INTO temp.sku_share
 SELECT f.business_date, f.shop_id, l.sku_id, ?1 * sum(l.quantity_milli), ?1 * sum(l.net_minor), 0, 0, ?1 * coalesce(sum(l.cost_minor), 0)
 FROM temp.touched_sale l CROSS JOIN order_fold f ON f.order_id = l.order_id WHERE f.effective = 1 AND f.pay <> 'closed' GROUP BY 1, 2, 3";
const REFUND_SKU_SHARE: &str = "INSERT INTO temp.sku_share
 SELECT f.business_date, f.shop_id, l.sku_id, 0, 0, ?1 * sum(l.quantity_milli), ?1 * sum(l.amount_minor), -?1 * coalesce(sum(l.cost_minor), 0)
 FROM temp.touched_refund t CROSS JOIN refund_fold f ON f.refund_id = t.id CROSS JOIN refund_line l ON l.refund_id = f.refund_id WHERE f.effective = 1 GROUP BY 1, 2, 3";
/// In the order of the tables' keys, so that a page is met once.
const SKU_DAYS: &str = "INSERT INTO sku_day (business_date, shop_id, sku_id, units_milli, net_minor, refund_units_milli, refund_minor, cost_minor)
 SELECT business_date, shop_id, sku_id, sum(units_milli), sum(net_minor), sum(refund_units_milli), sum(refund_minor), sum(cost_minor) FROM temp.sku_share WHERE true GROUP BY 1, 2, 3
 ON CONFLICT (business_date, shop_id, sku_id) DO UPDATE SET units_milli = units_milli + excluded.units_milli, net_minor = net_minor + excluded.net_minor,
  refund_units_milli = refund_units_milli + excluded.refund_units_milli, refund_minor = refund_minor + excluded.refund_minor, cost_minor = cost_minor + excluded.cost_minor";
const SKU_MONTHS: &str = "INSERT INTO sku_month (month, shop_id, sku_id, units_milli, net_minor, refund_units_milli, refund_minor, cost_minor)
 SELECT substr(business_date, 1, 7), shop_id, sku_id, sum(units_milli), sum(net_minor), sum(refund_units_milli), sum(refund_minor), sum(cost_minor) FROM temp.sku_share WHERE true GROUP BY 1, 2, 3
 ON CONFLICT (month, shop_id, sku_id) DO UPDATE SET units_milli = units_milli + excluded.units_milli, net_minor = net_minor + excluded.net_minor,
  refund_units_milli = refund_units_milli + excluded.refund_units_milli, refund_minor = refund_minor + excluded.refund_minor, cost_minor = cost_minor + excluded.cost_minor";
macro_rules! customers_upsert {
    () => {
        " ON CONFLICT (business_date, customer_id, shop_id, channel) DO UPDATE SET orders_paid = orders_paid + excluded.orders_paid, paid_minor = paid_minor + excluded.paid_minor, refunds_minor = refunds_minor + excluded.refunds_minor"
    };
}
const ORDER_CUSTOMERS: &str = concat!(
    "INSERT INTO customer_day (business_date, customer_id, shop_id, channel, orders_paid, paid_minor, refunds_minor)
 SELECT f.business_date, f.customer_id, f.shop_id, f.channel, ?1 * sum(f.pay IN ('paid', 'partial')), ?1 * sum(f.paid_minor), 0
 FROM temp.touched_order t CROSS JOIN order_fold f ON f.order_id = t.id WHERE f.effective = 1 AND f.customer_id IS NOT NULL GROUP BY 1, 2, 3, 4",
    customers_upsert!()
);
const REFUND_CUSTOMERS: &str = concat!(
    "INSERT INTO customer_day (business_date, customer_id, shop_id, channel, orders_paid, paid_minor, refunds_minor)
 SELECT f.business_date, f.customer_id, f.shop_id, f.channel, 0, 0, ?1 * sum(f.amount_minor)
 FROM temp.touched_refund t CROSS JOIN refund_fold f ON f.refund_id = t.id WHERE f.effective = 1 AND f.customer_id IS NOT NULL GROUP BY 1, 2, 3, 4",
    customers_upsert!()
);

/// Keeps what hangs on single rows: stock on hand, visitors by hour, the search text. Called after the rows were applied, with the rows that are new.
pub(crate) async fn single_rows(db: &mut SqliteConnection, change: &Change) -> Result<()> {
    match change.table().name {
        "stock_movement" => {
            let rows = of_standing_imports(db, change).await?;
            stock(db, &rows).await
        }
        "visit_count" => {
            let rows = of_standing_imports(db, change).await?;
            visits(db, &rows).await
        }
        "sku" | "customer" => search_text(db, change).await,
        _ => Ok(()),
    }
}

/// The rows whose import stands: those of an undone one may arrive after the undo, and count nowhere.
async fn of_standing_imports(db: &mut SqliteConnection, change: &Change) -> Result<Vec<Row>> {
    let batch_of = |row: &Row| row.last().and_then(Value::as_id);
    let batches: BTreeSet<[u8; 16]> = change.rows().iter().filter_map(batch_of).collect();
    let mut undone = BTreeSet::new();
    for batch in batches {
        if undo_count(db, &batch).await? > 0 {
            undone.insert(batch);
        }
    }
    Ok(change.rows().iter().filter(|row| batch_of(row).is_none_or(|batch| !undone.contains(&batch))).cloned().collect())
}

async fn undo_count(db: &mut SqliteConnection, batch_id: &[u8]) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM import_undone WHERE batch_id = ?").bind(batch_id).fetch_one(db).await?)
}

async fn stock(db: &mut SqliteConnection, rows: &[Row]) -> Result<()> {
    use std::collections::BTreeMap;
    let table = &catalogue::STOCK_MOVEMENT;
    let at = |name| table.column(name).unwrap_or(0);
    let (sku, shop, kind, quantity) = (at("sku_id"), at("shop_id"), at("kind"), at("quantity_milli"));
    let mut sums: BTreeMap<([u8; 16], [u8; 16]), (i64, bool)> = BTreeMap::new();
    for row in rows {
        if let (Some(sku), Some(shop)) = (row[sku].as_id(), row[shop].as_id()) {
            let sum = sums.entry((sku, shop)).or_default();
            sum.0 += row[quantity].as_int().unwrap_or(0);
            sum.1 |= row[kind].as_text() == Some("opening");
        }
    }
    let sums: Vec<_> = sums.into_iter().collect();
    for part in crate::apply::statement_parts(&sums) {
        let sql = format!(
            "INSERT INTO stock_balance (sku_id, shop_id, on_hand_milli, stated) VALUES {} \
             ON CONFLICT (sku_id, shop_id) DO UPDATE SET on_hand_milli = on_hand_milli + excluded.on_hand_milli, stated = max(stated, excluded.stated)",
            vec!["(?,?,?,?)"; part.len()].join(",")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for ((sku, shop), (quantity_milli, stated)) in part {
            query = query.bind(sku.to_vec()).bind(shop.to_vec()).bind(*quantity_milli).bind(*stated);
        }
        query.execute(&mut *db).await?;
    }
    Ok(())
}

async fn visits(db: &mut SqliteConnection, rows: &[Row]) -> Result<()> {
    let sql = format!("{HOURS_COLUMNS} VALUES (?,?,?,?,0,0,0,0,0,0,0,0,0,0,0,0,?,0,0){}", hours_upsert!());
    for row in rows {
        // Columns: id, shop, channel, date, hour, visitors.
        let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
        for i in [3, 1, 2, 4, 5] {
            query = bind(query, &row[i]);
        }
        query.execute(&mut *db).await?;
    }
    Ok(())
}

async fn search_text(db: &mut SqliteConnection, change: &Change) -> Result<()> {
    let table = change.table();
    let at = |name| table.column(name);
    for row in change.rows() {
        let Some(id) = row[0].as_id() else { continue };
        let text = |name| at(name).and_then(|i| row[i].as_text()).unwrap_or("");
        let rowid = search_rowid(&id);
        sqlx::query("DELETE FROM search_text WHERE rowid = ?").bind(rowid).execute(&mut *db).await?;
        let body = crate::read::search_body(text("name"), text("code"), text("phone"));
        let insert = sqlx::query("INSERT INTO search_text (rowid, kind, ref, body) VALUES (?,?,?,?)");
        insert.bind(rowid).bind(table.name).bind(id.to_vec()).bind(body).execute(&mut *db).await?;
    }
    Ok(())
}

/// The search row's number: the id's last eight bytes, which are random (v7) or a hash (v8).
fn search_rowid(id: &[u8; 16]) -> i64 {
    let mut tail = [0; 8];
    tail.copy_from_slice(&id[8..]);
    i64::from_be_bytes(tail)
}

/// Rebuilds every derived table from the facts, in chunks of orders. The proof that they are caches and nothing more.
pub(crate) async fn rebuild(db: &mut SqliteConnection) -> Result<()> {
    /// Orders or refunds folded at once: the temporary tables hold their lines.
    const DOCUMENTS_PER_PART: i64 = 5_000;
    for table in ["order_fold", "refund_fold", "sales_hour", "sku_day", "sku_month", "sku_order", "customer_day", "stock_balance", "search_text"] {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut *db).await?;
    }
    sqlx::query("DELETE FROM temp.refunded_order").execute(&mut *db).await?;
    // Refunds first: an order's fold reads those of its refunds.
    for (table, other, source) in [("touched_refund", "touched_order", "refund"), ("touched_order", "touched_refund", "order_doc")] {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM temp.{other}"))).execute(&mut *db).await?;
        let mut after: Option<Vec<u8>> = Some(Vec::new());
        while let Some(last) = after {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM temp.{table}"))).execute(&mut *db).await?;
            let sql = format!("INSERT INTO temp.{table} SELECT id FROM {source} WHERE id > ? ORDER BY id LIMIT {DOCUMENTS_PER_PART}");
            sqlx::query(AssertSqlSafe(sql)).bind(last).execute(&mut *db).await?;
            after = sqlx::query_scalar(AssertSqlSafe(format!("SELECT max(id) FROM temp.{table}"))).fetch_one(&mut *db).await?;
            if after.is_some() {
                contribute(db).await?;
            }
        }
    }
    for table in [&catalogue::STOCK_MOVEMENT, &catalogue::VISIT_COUNT, &catalogue::SKU, &catalogue::CUSTOMER] {
        let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
        let mut after: Vec<u8> = Vec::new();
        loop {
            let sql = format!(
                "SELECT {} FROM {} WHERE id > ? AND NOT EXISTS (SELECT 1 FROM import_undone u WHERE {}) ORDER BY id LIMIT 5000",
                names.join(","),
                table.name,
                undone_test(table)
            );
            let rows = sqlx::query(AssertSqlSafe(sql)).bind(after.clone()).fetch_all(&mut *db).await?;
            let rows: Vec<Row> = rows.iter().map(|r| crate::apply::read_row(table, r)).collect();
            let Some(Value::Id(last)) = rows.last().map(|r| r[0].clone()) else { break };
            after = last.to_vec();
            single_rows(db, &Change::Insert { table, rows }).await?;
        }
    }
    Ok(())
}

/// Names (goods, people) stay known after an undo; what they moved does not.
fn undone_test(table: &catalogue::Table) -> String {
    if matches!(table.name, "stock_movement" | "visit_count") { format!("u.batch_id = {}.batch_id", table.name) } else { "0".to_owned() }
}

/// Takes the next part of an undone batch out of the derived tables. Answers whether there was any left to take.
pub(crate) async fn undo_part(db: &mut SqliteConnection, batch_id: &[u8], orders_max: i64) -> Result<bool> {
    let parts = [
        ("touched_order", "SELECT f.order_id FROM order_fold f JOIN order_doc d ON d.id = f.order_id WHERE d.batch_id = ? AND f.effective = 1 LIMIT ?"),
        ("touched_refund", "SELECT f.refund_id FROM refund_fold f JOIN refund r ON r.id = f.refund_id WHERE r.batch_id = ? AND f.effective = 1 LIMIT ?"),
    ];
    let mut taken = 0;
    for (table, sql) in parts {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM temp.{table}"))).execute(&mut *db).await?;
        taken += sqlx::query(AssertSqlSafe(format!("INSERT OR IGNORE INTO temp.{table} {sql}")))
            .bind(batch_id)
            .bind(orders_max)
            .execute(&mut *db)
            .await?
            .rows_affected();
    }
    // A refund of this batch may have changed an order of another.
    sqlx::query("DELETE FROM temp.refunded_order").execute(&mut *db).await?;
    sqlx::query(
        "INSERT OR IGNORE INTO temp.refunded_order SELECT l.order_id FROM temp.touched_refund t CROSS JOIN refund_line b ON b.refund_id = t.id CROSS JOIN order_line l ON l.id = b.order_line_id \
         UNION SELECT f.order_id FROM temp.touched_refund t CROSS JOIN refund_fold f ON f.refund_id = t.id WHERE f.order_id IS NOT NULL",
    )
    .execute(&mut *db)
    .await?;
    if taken > 0 {
        read_sales(db).await?;
        share(db, -1).await?;
        contribute(db).await?;
    } else {
        sqlx::query("UPDATE import_job SET state = 'undone' WHERE batch_id = ? AND state = 'undoing'").bind(batch_id).execute(&mut *db).await?;
    }
    Ok(taken > 0)
}

/// Takes what new undos took back out of the sums of stock and visits, in the transaction of the undo. Two computers may undo one import: the second changes nothing.
pub(crate) async fn undo_sums(db: &mut SqliteConnection, undone: &Change) -> Result<()> {
    let mut news: std::collections::BTreeMap<[u8; 16], i64> = std::collections::BTreeMap::new();
    for batch in undone.rows().iter().filter_map(|row| row[1].as_id()) {
        *news.entry(batch).or_default() += 1;
    }
    for (batch_id, new) in news {
        if undo_count(db, &batch_id).await? == new {
            undo_batch_sums(db, &batch_id).await?;
        }
    }
    Ok(())
}

async fn undo_batch_sums(db: &mut SqliteConnection, batch_id: &[u8]) -> Result<()> {
    let stock = "INSERT INTO stock_balance (sku_id, shop_id, on_hand_milli, stated) SELECT sku_id, shop_id, -sum(quantity_milli), 0 FROM stock_movement WHERE batch_id = ? GROUP BY sku_id, shop_id \
         ON CONFLICT (sku_id, shop_id) DO UPDATE SET on_hand_milli = on_hand_milli + excluded.on_hand_milli";
    // Stock is stated for as long as some count of it stands.
    // The first condition is that of the index on the few movements that are no sales.
    let stated = "UPDATE stock_balance SET stated = (sku_id, shop_id) IN (SELECT m.sku_id, m.shop_id FROM stock_movement m
            WHERE m.kind NOT IN ('sale', 'sale_return') AND m.kind = 'opening' AND NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = m.batch_id)) \
          WHERE (sku_id, shop_id) IN (SELECT sku_id, shop_id FROM stock_movement WHERE batch_id = ? AND kind = 'opening')";
    let visits = format!(
        "{HOURS_COLUMNS} SELECT business_date, shop_id, channel, hour, 0,0,0,0,0,0,0,0,0,0,0,0, -sum(visitors), 0, 0 FROM visit_count WHERE batch_id = ? GROUP BY 1, 2, 3, 4{}",
        hours_upsert!()
    );
    // Its orders follow part by part; until they are all out, the store remembers to go on.
    let remember = "INSERT INTO import_job (batch_id, path, mapping, rows_done, state, counts) VALUES (?, '', '{}', 0, 'undoing', '{}') ON CONFLICT (batch_id) DO UPDATE SET state = 'undoing'";
    for sql in [stock, stated, &visits, remember] {
        sqlx::query(AssertSqlSafe(sql.to_owned())).bind(batch_id).execute(&mut *db).await?;
    }
    Ok(())
}

/// Goes on with undos that were cut off between their parts. Called once when the writer opens.
pub(crate) async fn finish_undos(db: &mut SqliteConnection) -> Result<()> {
    const ORDERS_PER_PART: i64 = 500;
    let batches: Vec<Vec<u8>> = sqlx::query_scalar("SELECT batch_id FROM import_job WHERE state = 'undoing'").fetch_all(&mut *db).await?;
    for batch in batches {
        loop {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut *db).await?;
            let more = undo_part(db, &batch, ORDERS_PER_PART).await?;
            sqlx::query("COMMIT").execute(&mut *db).await?;
            if !more {
                break;
            }
        }
    }
    Ok(())
}

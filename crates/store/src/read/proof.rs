//! The figures once more, from the facts alone: orders, lines, payments, refunds, movements, visits. No folded order and no rollup is read here,
//! so that a fault in them shows. Slow by design: for `store check` and tests.

use super::{
    customers,
    months::Months,
    sales,
    span::Span,
    sql::{Sql, id, int, text},
};
use crate::Result;
use domain::ShopId;
use jiff::civil::Date;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

/// A figure that the rollups and the facts give differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub figure: &'static str,
    /// What part of the trade: a shop and channel, a SKU, a customer.
    pub part: String,
    pub kept: i64,
    pub facts: i64,
}

/// Orders of the period whose import stands, with what their lines and payments come to. Two marks: from, to.
const ORDERS: &str = "o AS MATERIALIZED (SELECT d.id, d.shop_id, d.channel, d.customer_id, d.discount_minor, d.freight_minor,
  (SELECT coalesce(sum(l.net_minor), 0) FROM order_line l WHERE l.order_id = d.id) net,
  (SELECT coalesce(sum(l.net_minor), 0) FROM order_line l JOIN sku s ON s.id = l.sku_id WHERE l.order_id = d.id AND s.kind NOT IN ('postage', 'fee', 'voucher', 'charity', 'test', 'adjustment')) goods,
  (SELECT coalesce(sum(l.quantity_milli), 0) FROM order_line l JOIN sku s ON s.id = l.sku_id WHERE l.order_id = d.id AND s.kind = 'goods') units,
  (SELECT coalesce(sum(l.cost_minor), 0) FROM order_line l WHERE l.order_id = d.id) cost,
  (SELECT coalesce(sum(l.net_minor), 0) FROM order_line l WHERE l.order_id = d.id AND l.cost_minor IS NOT NULL) costed,
  (SELECT coalesce(sum(p.amount_minor), 0) FROM payment p WHERE p.order_id = d.id) paid,
  EXISTS (SELECT 1 FROM order_transition t WHERE t.order_id = d.id AND t.axis = 'order' AND t.to_state = 'cancelled') cancelled
  FROM order_doc d WHERE d.business_date BETWEEN ?1 AND ?2 AND d.id NOT IN (SELECT x.id FROM order_doc x JOIN import_undone u ON u.batch_id = x.batch_id)),
 q AS MATERIALIZED (SELECT *, net - discount_minor + freight_minor payable, (paid > 0 OR (NOT cancelled AND net - discount_minor + freight_minor <= 0)) counts_paid, NOT (cancelled AND paid = 0) stands FROM o)";

const REFUNDS: &str = "r AS MATERIALIZED (SELECT f.id, f.shop_id, f.channel, f.customer_id, f.amount_minor,
  CASE WHEN EXISTS (SELECT 1 FROM refund_line l WHERE l.refund_id = f.id)
   THEN (SELECT coalesce(sum(l.amount_minor), 0) FROM refund_line l JOIN sku s ON s.id = l.sku_id WHERE l.refund_id = f.id AND s.kind NOT IN ('postage', 'fee', 'voucher', 'charity', 'test', 'adjustment'))
   ELSE f.amount_minor END goods,
  (SELECT coalesce(sum(l.cost_minor), 0) FROM refund_line l WHERE l.refund_id = f.id) cost,
  (SELECT coalesce(sum(l.amount_minor), 0) FROM refund_line l WHERE l.refund_id = f.id AND l.cost_minor IS NOT NULL) costed
  FROM refund f WHERE f.business_date BETWEEN ?1 AND ?2 AND f.id NOT IN (SELECT x.id FROM refund x JOIN import_undone u ON u.batch_id = x.batch_id))";

/// Names every figure of the period that does not equal its facts. Empty means that all are right.
///
/// # Errors
/// Where the database cannot be read.
pub async fn prove_figures(db: &mut SqliteConnection, from: Date, to: Date) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    prove_sales(db, from, to, &mut found).await?;
    prove_buyers(db, from, to, &mut found).await?;
    prove_skus(db, from, to, &mut found).await?;
    prove_stock(db, &mut found).await?;
    Ok(found)
}

fn compare(found: &mut Vec<Difference>, figure: &'static str, part: &str, kept: i64, facts: i64) {
    if kept != facts {
        found.push(Difference { figure, part: part.to_owned(), kept, facts });
    }
}

type Place = (ShopId, String);

async fn prove_sales(db: &mut SqliteConnection, from: Date, to: Date, found: &mut Vec<Difference>) -> Result<()> {
    let mut facts: BTreeMap<Place, sales::Sums> = BTreeMap::new();
    let orders = format!(
        "WITH {ORDERS} SELECT shop_id, channel, count(*) orders_created, sum(payable) gmv_minor, sum(counts_paid) orders_paid, sum(paid) paid_minor, sum(stands * goods) goods_minor, sum(stands * discount_minor) discount_minor,
         0 refunds, 0 refunds_minor, 0 refund_goods_minor, sum(stands * units) units_milli, sum(stands * cost) cost_minor, sum(stands * costed) costed_minor, 0 visitors,
         sum(CASE WHEN customer_id IS NULL THEN 0 ELSE paid END) identified_paid_minor FROM q GROUP BY 1, 2"
    );
    let refunds = format!(
        "WITH {REFUNDS} SELECT shop_id, channel, 0 orders_created, 0 gmv_minor, 0 orders_paid, 0 paid_minor, 0 goods_minor, 0 discount_minor, count(*) refunds, sum(amount_minor) refunds_minor,
         sum(goods) refund_goods_minor, 0 units_milli, -sum(cost) cost_minor, -sum(costed) costed_minor, 0 visitors, 0 identified_paid_minor FROM r GROUP BY 1, 2"
    );
    let visits = "SELECT shop_id, channel, 0 orders_created, 0 gmv_minor, 0 orders_paid, 0 paid_minor, 0 goods_minor, 0 discount_minor, 0 refunds, 0 refunds_minor, 0 refund_goods_minor, 0 units_milli,
         0 cost_minor, 0 costed_minor, sum(visitors) visitors, 0 identified_paid_minor FROM visit_count v WHERE business_date BETWEEN ?1 AND ?2
         AND NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = v.batch_id) GROUP BY 1, 2";
    for query in [orders.as_str(), refunds.as_str(), visits] {
        for row in &dated(query, from, to).rows(db).await? {
            let place = (id(row, "shop_id")?, text(row, "channel")?);
            let sums = facts.entry(place).or_default();
            *sums = sums.plus(&sales::read_sums(row)?);
        }
    }
    let mut kept: BTreeMap<Place, sales::Sums> = BTreeMap::new();
    let sql = format!("SELECT shop_id, channel, {} FROM sales_hour WHERE business_date BETWEEN ?1 AND ?2 GROUP BY 1, 2", sales::SUMS);
    for row in &dated(&sql, from, to).rows(db).await? {
        kept.insert((id(row, "shop_id")?, text(row, "channel")?), sales::read_sums(row)?);
    }
    let places: std::collections::BTreeSet<&Place> = facts.keys().chain(kept.keys()).collect();
    for place in places {
        let (k, f) = (kept.get(place).copied().unwrap_or_default(), facts.get(place).copied().unwrap_or_default());
        let part = format!("shop {}, {}", place.0, place.1);
        for (figure, kept, facts) in [
            ("orders_created", k.orders_created, f.orders_created),
            ("gmv_minor", k.gmv_minor, f.gmv_minor),
            ("orders_paid", k.orders_paid, f.orders_paid),
            ("paid_minor", k.paid_minor, f.paid_minor),
            ("goods_minor", k.goods_minor, f.goods_minor),
            ("discount_minor", k.discount_minor, f.discount_minor),
            ("refunds", k.refunds, f.refunds),
            ("refunds_minor", k.refunds_minor, f.refunds_minor),
            ("refund_goods_minor", k.refund_goods_minor, f.refund_goods_minor),
            ("net_sales_minor", k.net_sales_minor(), f.net_sales_minor()),
            ("units_milli", k.units_milli, f.units_milli),
            ("cost_minor", k.cost_minor, f.cost_minor),
            ("costed_minor", k.costed_minor, f.costed_minor),
            ("visitors", k.visitors, f.visitors),
            ("identified_paid_minor", k.identified_paid_minor, f.identified_paid_minor),
        ] {
            compare(found, figure, &part, kept, facts);
        }
    }
    Ok(())
}

/// A query with the period bound to ?1 and ?2.
fn dated(query: &str, from: Date, to: Date) -> Sql {
    let mut sql = Sql::new(query);
    sql.bound(from.to_string()).bound(to.to_string());
    sql
}

async fn prove_buyers(db: &mut SqliteConnection, from: Date, to: Date, found: &mut Vec<Difference>) -> Result<()> {
    let kept = customers::buyers(db, &Months::default(), &Span::of(from, to)).await?;
    let query = format!(
        "WITH {ORDERS} SELECT count(*) customers, coalesce(sum(n >= 2), 0) again FROM (SELECT sum(counts_paid) n FROM q WHERE customer_id IS NOT NULL GROUP BY customer_id HAVING sum(counts_paid) > 0)"
    );
    let facts = dated(&query, from, to).row(db).await?;
    compare(found, "customers", "all", kept.customers, int(&facts, "customers")?);
    compare(found, "repurchase", "all", kept.again, int(&facts, "again")?);
    Ok(())
}

async fn prove_skus(db: &mut SqliteConnection, from: Date, to: Date, found: &mut Vec<Difference>) -> Result<()> {
    let mut kept = Sql::new(
        "SELECT sku_id, sum(units_milli) units, sum(net_minor) net, sum(refund_units_milli) back_units, sum(refund_minor) back, sum(cost_minor) cost FROM (",
    );
    Span::of(from, to).sku_rows(&mut kept);
    kept.add(") GROUP BY sku_id");
    let facts = format!(
        "WITH {ORDERS}, {REFUNDS}, x AS (
         SELECT l.sku_id, l.quantity_milli units, l.net_minor net, 0 back_units, 0 back, coalesce(l.cost_minor, 0) cost FROM q JOIN order_line l ON l.order_id = q.id WHERE q.stands
         UNION ALL SELECT l.sku_id, 0, 0, l.quantity_milli, l.amount_minor, -coalesce(l.cost_minor, 0) FROM r JOIN refund_line l ON l.refund_id = r.id)
         SELECT sku_id, sum(units) units, sum(net) net, sum(back_units) back_units, sum(back) back, sum(cost) cost FROM x GROUP BY sku_id"
    );
    let (kept, facts) = (by_sku(kept.rows(db).await?)?, by_sku(dated(&facts, from, to).rows(db).await?)?);
    let skus: std::collections::BTreeSet<&String> = kept.keys().chain(facts.keys()).collect();
    for sku in skus {
        let (k, f) = (kept.get(sku).copied().unwrap_or_default(), facts.get(sku).copied().unwrap_or_default());
        for (i, figure) in ["sku_units", "sku_net_minor", "sku_refund_units", "sku_refund_minor", "sku_cost_minor"].into_iter().enumerate() {
            compare(found, figure, sku, k[i], f[i]);
        }
    }
    Ok(())
}

fn by_sku(rows: Vec<sqlx::sqlite::SqliteRow>) -> Result<BTreeMap<String, [i64; 5]>> {
    let mut sums = BTreeMap::new();
    for r in &rows {
        let sku: domain::SkuId = id(r, "sku_id")?;
        sums.insert(sku.to_string(), [int(r, "units")?, int(r, "net")?, int(r, "back_units")?, int(r, "back")?, int(r, "cost")?]);
    }
    Ok(sums)
}

async fn prove_stock(db: &mut SqliteConnection, found: &mut Vec<Difference>) -> Result<()> {
    let sql = Sql::new(
        "WITH m AS (SELECT sku_id, shop_id, sum(quantity_milli) facts FROM stock_movement m WHERE NOT EXISTS (SELECT 1 FROM import_undone u WHERE u.batch_id = m.batch_id) GROUP BY 1, 2),
         k AS (SELECT sku_id, shop_id, on_hand_milli kept, 0 facts FROM stock_balance UNION ALL SELECT sku_id, shop_id, 0, facts FROM m)
         SELECT sku_id, sum(kept) kept, sum(facts) facts FROM k GROUP BY sku_id, shop_id HAVING sum(kept) <> sum(facts)",
    );
    for row in &sql.rows(db).await? {
        let sku: domain::SkuId = id(row, "sku_id")?;
        compare(found, "on_hand_milli", &sku.to_string(), int(row, "kept")?, int(row, "facts")?);
    }
    Ok(())
}

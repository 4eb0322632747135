//! The figures once more, by SQL over the tables of facts alone: no folded order, no rollup, no balance, and nothing of the program's own code.
//! Written from docs/figures.md.

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The part of the trade that is asked for. An empty list does not narrow, but amounts of another currency never count.
#[derive(Debug, Clone)]
pub struct Part {
    pub from: String,
    pub to: String,
    pub shops: Vec<Uuid>,
    pub channels: Vec<&'static str>,
    /// Counts only what happened up to this instant.
    pub until_ms: Option<i64>,
}

/// Figures by their keys; `None` where one cannot be said.
pub type Figures = BTreeMap<&'static str, Option<i64>>;

const COUNTS: &str = "('goods', 'manual', 'discount', 'sample', 'other')";

impl Part {
    fn shops(&self) -> String {
        self.shops.iter().map(|id| format!("x'{}'", id.simple())).collect::<Vec<_>>().join(",")
    }

    /// What narrows a table with a business date, shop and channel.
    fn within(&self, t: &str, instant: Option<&str>) -> String {
        let mut sql = format!("{t}.business_date BETWEEN '{}' AND '{}' AND {t}.shop_id IN ({})", self.from, self.to, self.shops());
        if !self.channels.is_empty() {
            sql += &format!(" AND {t}.channel IN ('{}')", self.channels.join("','"));
        }
        if let (Some(ms), Some(column)) = (self.until_ms, instant) {
            sql += &format!(" AND {t}.{column} <= {ms}");
        }
        sql
    }

    /// The orders of the part with what they come to, as `o`; and refunds, as `r`. What an undone import brought is no fact any more.
    pub fn with(&self) -> String {
        let (orders, refunds) = (self.within("d", Some("occurred_at_ms")), self.within("f", Some("occurred_at_ms")));
        format!(
            "WITH gone AS (SELECT batch_id FROM import_undone),
             line AS (SELECT l.*, (SELECT s.kind FROM sku s WHERE s.id = l.sku_id) kind FROM order_line l),
             due AS (SELECT d.*, d.freight_minor - d.discount_minor + (SELECT ifnull(sum(l.net_minor), 0) FROM line l WHERE l.order_id = d.id) due_minor,
               (SELECT ifnull(sum(p.amount_minor), 0) FROM payment p WHERE p.order_id = d.id) got_minor,
               (SELECT count(*) FROM order_transition t WHERE t.order_id = d.id AND t.axis = 'order' AND t.to_state = 'cancelled') > 0 called_off
               FROM order_doc d WHERE {orders} AND (d.batch_id IS NULL OR d.batch_id NOT IN gone)),
             o AS (SELECT due.*, NOT (called_off AND got_minor = 0) stands, NOT (called_off AND got_minor = 0) AND (got_minor > 0 OR got_minor >= due_minor) is_paid FROM due),
             sold AS (SELECT l.*, o.shop_id, o.channel, o.business_date, o.hour FROM o JOIN line l ON l.order_id = o.id WHERE o.stands),
             r AS (SELECT f.* FROM refund f WHERE {refunds} AND (f.batch_id IS NULL OR f.batch_id NOT IN gone)),
             back AS (SELECT b.*, r.shop_id, r.channel, r.business_date, r.hour, (SELECT s.kind FROM sku s WHERE s.id = b.sku_id) kind FROM r JOIN refund_line b ON b.refund_id = r.id),
             given AS (SELECT r.*, CASE WHEN EXISTS (SELECT 1 FROM refund_line b WHERE b.refund_id = r.id)
               THEN (SELECT ifnull(sum(b.amount_minor), 0) FROM back b WHERE b.refund_id = r.id AND b.kind IN {COUNTS}) ELSE r.amount_minor END goods_minor FROM r),
             seen AS (SELECT v.* FROM visit_count v WHERE {} AND (v.batch_id IS NULL OR v.batch_id NOT IN gone)) ",
            self.within("v", None)
        )
    }

    async fn number(&self, db: &mut SqliteConnection, select: &str) -> i64 {
        let sql = format!("{} SELECT ifnull(({select}), 0)", self.with());
        match sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_one(db).await {
            Ok(number) => number,
            Err(error) => panic!("{error}: {sql}"),
        }
    }

    /// What net sales come to under a condition on the rows.
    pub async fn net_sales(&self, db: &mut SqliteConnection, condition: &str) -> i64 {
        let select = format!(
            "SELECT ifnull((SELECT sum(net_minor) FROM sold WHERE kind IN {COUNTS} AND {condition}), 0) - ifnull((SELECT sum(discount_minor) FROM o WHERE stands AND {condition}), 0)
             - ifnull((SELECT sum(goods_minor) FROM given WHERE {condition}), 0)"
        );
        self.number(db, &select).await
    }
}

/// A ÷ B in ten-thousandths, a half away from zero.
pub fn rate(a: i64, b: i64) -> Option<i64> {
    divided(i128::from(a) * 10_000, b)
}

/// A ÷ B, a half away from zero.
pub fn mean(a: i64, b: i64) -> Option<i64> {
    divided(a.into(), b)
}

fn divided(a: i128, b: i64) -> Option<i64> {
    let b = i128::from(b);
    if b == 0 {
        return None;
    }
    let twice = 2 * a.abs() + b.abs();
    let sign = if (a < 0) == (b < 0) { 1 } else { -1 };
    i64::try_from(sign * (twice / (2 * b.abs()))).ok()
}

/// Every figure of a part.
pub async fn figures(db: &mut SqliteConnection, part: &Part) -> Figures {
    let mut of = Figures::new();
    let gmv = part.number(db, "SELECT sum(due_minor) FROM o").await;
    let paid = part.number(db, "SELECT sum(got_minor) FROM o").await;
    let created = part.number(db, "SELECT count(*) FROM o").await;
    let orders = part.number(db, "SELECT count(*) FROM o WHERE is_paid").await;
    let net = part.net_sales(db, "1").await;
    let refunds = part.number(db, "SELECT sum(amount_minor) FROM r").await;
    let known_paid = part.number(db, "SELECT sum(got_minor) FROM o WHERE customer_id IS NOT NULL").await;
    let customers = part.number(db, "SELECT count(DISTINCT customer_id) FROM o WHERE is_paid").await;
    let again =
        part.number(db, "SELECT count(*) FROM (SELECT 1 FROM o WHERE is_paid AND customer_id IS NOT NULL GROUP BY customer_id HAVING count(*) > 1)").await;
    let visitors = part.number(db, "SELECT sum(visitors) FROM seen").await;
    let visited = part
        .number(db, "SELECT count(*) FROM o WHERE is_paid AND (SELECT sum(v.visitors) FROM seen v WHERE (v.business_date, v.shop_id, v.channel) = (o.business_date, o.shop_id, o.channel)) > 0")
        .await;
    for (key, value) in [
        ("gmv_minor", gmv),
        ("paid_minor", paid),
        ("net_sales_minor", net),
        ("orders_created", created),
        ("orders_paid", orders),
        ("refunds_minor", refunds),
        ("customers", customers),
    ] {
        of.insert(key, Some(value));
    }
    of.insert("units", Some(part.number(db, "SELECT sum(quantity_milli) FROM sold WHERE kind = 'goods'").await));
    of.insert("refund_rate_bp", rate(refunds, paid));
    of.insert("per_customer_minor", divided(known_paid.into(), customers));
    of.insert("per_order_minor", divided(paid.into(), orders));
    of.insert("repurchase_bp", rate(again, customers));
    of.insert("visitors", Some(visitors).filter(|n| *n > 0));
    of.insert("conversion_bp", rate(visited, visitors));
    profit_and_stock(db, part, net, &mut of).await;
    of
}

async fn profit_and_stock(db: &mut SqliteConnection, part: &Part, net: i64, of: &mut Figures) {
    let cost = part.number(db, "SELECT ifnull((SELECT sum(cost_minor) FROM sold), 0) - ifnull((SELECT sum(cost_minor) FROM back), 0)").await;
    let costed = part
        .number(db, "SELECT ifnull((SELECT sum(net_minor) FROM sold WHERE cost_minor IS NOT NULL), 0) - ifnull((SELECT sum(amount_minor) FROM back WHERE cost_minor IS NOT NULL), 0)")
        .await;
    let goods = part
        .number(db, &format!("SELECT ifnull((SELECT sum(net_minor) FROM sold WHERE kind IN {COUNTS}), 0) - ifnull((SELECT sum(goods_minor) FROM given), 0)"))
        .await;
    let profit = (goods > 0 && rate(costed, goods) >= Some(9_500)).then_some(net - cost);
    of.insert("gross_profit_minor", profit);
    of.insert("gross_margin_bp", profit.and_then(|profit| rate(profit, net)));
    let mean = if part.channels.is_empty() && profit.is_some() && cost > 0 { mean_stock(db, part).await } else { None };
    let days: i64 =
        sqlx::query_scalar("SELECT CAST(julianday(?) - julianday(?) AS INTEGER) + 1").bind(&part.to).bind(&part.from).fetch_one(&mut *db).await.unwrap();
    of.insert("turnover", mean.map(|mean| i64::try_from(i128::from(cost) * 100 / i128::from(mean)).unwrap()));
    of.insert("turnover_days", mean.map(|mean| i64::try_from(i128::from(days) * 10 * i128::from(mean) / i128::from(cost)).unwrap()));
    of.insert("active_sku_bp", if part.channels.is_empty() { active(db, part).await } else { None });
}

/// Movements that count: of imports that stand, and not of orders that were called off before anything was paid, whose goods never left.
fn moved(part: &Part) -> String {
    format!(
        "moved AS (SELECT m.* FROM stock_movement m WHERE m.shop_id IN ({}) AND (m.batch_id IS NULL OR m.batch_id NOT IN (SELECT batch_id FROM import_undone))),
         stated AS (SELECT DISTINCT sku_id, shop_id FROM moved WHERE kind = 'opening'),
         never AS (SELECT t.order_id id FROM order_transition t WHERE t.axis = 'order' AND t.to_state = 'cancelled' AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.order_id = t.order_id))",
        part.shops()
    )
}

async fn active(db: &mut SqliteConnection, part: &Part) -> Option<i64> {
    let sql = format!(
        "{}, {}, there AS (SELECT sku_id FROM (SELECT m.sku_id, sum(m.quantity_milli) n FROM moved m JOIN stated s ON s.sku_id = m.sku_id AND s.shop_id = m.shop_id GROUP BY m.sku_id) WHERE n > 0),
         went AS (SELECT sku_id FROM sold GROUP BY sku_id HAVING sum(quantity_milli) > 0),
         either AS (SELECT sku_id FROM there UNION SELECT sku_id FROM went)
         SELECT (SELECT count(*) FROM went JOIN sku k ON k.id = went.sku_id AND k.kind = 'goods'), (SELECT count(*) FROM either JOIN sku k ON k.id = either.sku_id AND k.kind = 'goods'), (SELECT count(*) FROM stated)",
        part.with(),
        moved(part)
    );
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(db).await.unwrap();
    if row.get::<i64, _>(2) == 0 { None } else { rate(row.get(0), row.get(1)) }
}

/// The mean of the stock's value at the close of each day: each day by itself, from the beginning of all movements.
async fn mean_stock(db: &mut SqliteConnection, part: &Part) -> Option<i64> {
    let sql = format!(
        "WITH RECURSIVE {}, day(d) AS (SELECT '{}' UNION ALL SELECT date(d, '+1 day') FROM day WHERE d < '{}'),
         priced AS (SELECT m.business_date, m.quantity_milli * k.cost_minor worth FROM moved m JOIN stated s ON s.sku_id = m.sku_id AND s.shop_id = m.shop_id
           JOIN sku k ON k.id = m.sku_id AND k.kind = 'goods' AND k.cost_minor IS NOT NULL WHERE m.ref_id IS NULL OR m.ref_id NOT IN never)
         SELECT (SELECT count(*) FROM stated s JOIN sku k ON k.id = s.sku_id AND k.kind = 'goods') stated, (SELECT count(k.cost_minor) FROM stated s JOIN sku k ON k.id = s.sku_id AND k.kind = 'goods') costed,
         (SELECT sum((SELECT ifnull(sum(worth), 0) FROM priced p WHERE p.business_date <= day.d)) FROM day) total, (SELECT count(*) FROM day) days",
        moved(part),
        part.from,
        part.to
    );
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(db).await.unwrap();
    let (stated, costed, total, days): (i64, i64, i64, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
    let mean = total / days / 1_000;
    (stated > 0 && mean > 0 && rate(costed, stated) >= Some(9_500)).then_some(mean)
}

//! What orders and refunds add to the rollups: taken out and added in memory, written once, in the order of the tables' keys, so that a page is met once.

use super::fold::{Fold, Id, Sale, id_at};
use crate::{
    Error, Result,
    apply::Laid,
    value::{Row, Value},
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet};

/// The sums of one key, and whether a share was taken out: of its row, or of what an entry before it in the same transaction added. Either way sums of
/// nothing leave nothing to write.
#[derive(Debug, Clone, Copy)]
struct Sums<const N: usize> {
    values: [i64; N],
    was_taken_from: bool,
}

impl<const N: usize> Sums<N> {
    /// `of` names the day or month for whoever has to look for a wrong amount.
    fn take(&mut self, sign: i64, values: [i64; N], of: &str) -> Result<()> {
        for (sum, value) in self.values.iter_mut().zip(values) {
            let taken = sign.checked_mul(value).and_then(|value| sum.checked_add(value));
            *sum = taken.ok_or_else(|| Error::SumTooLarge { of: of.to_owned() })?;
        }
        self.was_taken_from |= sign < 0;
        Ok(())
    }

    /// What was taken out was added again, or the other way about: the row stands as it is, or is not needed.
    fn changes_nothing(&self) -> bool {
        self.was_taken_from && self.values.iter().all(|value| *value == 0)
    }
}

impl<const N: usize> Default for Sums<N> {
    fn default() -> Self {
        Self { values: [0; N], was_taken_from: false }
    }
}

/// A rollup table: its key, then its sums. A row that is there is added to.
struct Rollup<const K: usize, const N: usize> {
    table: &'static str,
    key: [&'static str; K],
    sums: [&'static str; N],
}

const HOURS: Rollup<4, 15> = Rollup {
    table: "sales_hour",
    key: ["business_date", "shop_id", "channel", "hour"],
    sums: [
        "orders_created",
        "gmv_minor",
        "orders_paid",
        "paid_minor",
        "goods_minor",
        "discount_minor",
        "refunds",
        "refunds_minor",
        "refund_goods_minor",
        "units_milli",
        "cost_minor",
        "costed_minor",
        "visitors",
        "identified_paid_minor",
        "restated",
    ],
};
const SKU_SUMS: [&str; 5] = ["units_milli", "net_minor", "refund_units_milli", "refund_minor", "cost_minor"];
const SKU_DAYS: Rollup<3, 5> = Rollup { table: "sku_day", key: ["business_date", "shop_id", "sku_id"], sums: SKU_SUMS };
const SKU_MONTHS: Rollup<3, 5> = Rollup { table: "sku_month", key: ["month", "shop_id", "sku_id"], sums: SKU_SUMS };
const CUSTOMER_DAYS: Rollup<4, 3> =
    Rollup { table: "customer_day", key: ["business_date", "customer_id", "shop_id", "channel"], sums: ["orders_paid", "paid_minor", "refunds_minor"] };

impl<const K: usize, const N: usize> Rollup<K, N> {
    fn added(&self, rows: impl Iterator<Item = ([Value; K], Sums<N>)>) -> Laid {
        let rows: Vec<Row> =
            rows.filter(|(_, sums)| !sums.changes_nothing()).map(|(key, sums)| key.into_iter().chain(sums.values.map(Value::Int)).collect()).collect();
        let names: Vec<&str> = self.key.iter().chain(&self.sums).copied().collect();
        let added: Vec<String> = self.sums.iter().map(|sum| format!("{sum} = {sum} + excluded.{sum}")).collect();
        let tail = format!(" ON CONFLICT ({}) DO UPDATE SET {}", self.key.join(", "), added.join(", "));
        Laid::of(&format!("INSERT INTO {}", self.table), &names, &rows, &tail)
    }
}

/// Counts the marks of dates up: whoever keeps something of their months in memory reads it anew.
fn mark(dates: BTreeSet<String>) -> Laid {
    let rows: Vec<Row> = dates.into_iter().map(|date| vec![Value::Text(month_of(&date)), Value::Text(date), Value::Int(1)]).collect();
    let counted = " ON CONFLICT (month, business_date) DO UPDATE SET mark = mark + 1";
    Laid::of("INSERT INTO day_mark", &["month", "business_date", "mark"], &rows, counted)
}

/// `2026-03` of `2026-03-31`.
fn month_of(date: &str) -> String {
    date.chars().take("2026-03".len()).collect()
}

/// Writes rows in statements of a few fixed lengths.
pub(super) async fn write_rows(db: &mut SqliteConnection, head: &str, names: &[&str], rows: &[Row], tail: &str) -> Result<()> {
    Laid::of(head, names, rows, tail).run(db).await.map(|_| ())
}

/// What is to be added to the rollups.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    /// By date, shop, channel, hour.
    hours: BTreeMap<(String, Id, String, i64), Sums<15>>,
    /// By date, shop, SKU.
    skus: BTreeMap<(String, Id, Id), Sums<5>>,
    /// By date, customer, shop, channel.
    customers: BTreeMap<(String, Id, Id, String), Sums<3>>,
    /// Which orders have which article that no movement leads to: date, SKU, order. It stands whatever becomes of the order, and lists look at the
    /// order's own state.
    sku_orders: BTreeSet<(String, Id, Id)>,
    /// Dates whose derived rows change without a share: an order of then that was refunded since.
    changed: BTreeSet<String>,
}

impl Shares {
    /// Takes an order in (+1) or out (−1). One that was cancelled before anything was paid counts as created, with its value, and in nothing else.
    pub(super) fn order(&mut self, fold: &Fold, lines: &[Sale], sign: i64) -> Result<()> {
        let date = &fold.business_date;
        if sign > 0 {
            self.sku_orders.extend(lines.iter().filter(|line| line.is_unmoved).map(|line| (date.clone(), line.sku_id, fold.order_id)));
        }
        if !fold.effective {
            return Ok(());
        }
        let is_paid = i64::from(matches!(fold.pay.as_str(), "paid" | "partial"));
        let stands = i64::from(fold.pay != "closed");
        let identified_minor = if fold.customer_id.is_some() { fold.paid_minor } else { 0 };
        let hour = [
            1,
            fold.payable_minor,
            is_paid,
            fold.paid_minor,
            stands * fold.net_goods_minor,
            stands * fold.discount_minor,
            0,
            0,
            0,
            stands * fold.quantity_milli,
            stands * fold.cost_minor,
            stands * fold.costed_minor,
            0,
            identified_minor,
            0,
        ];
        self.hours.entry((date.clone(), fold.shop_id, fold.channel.clone(), fold.hour)).or_default().take(sign, hour, date)?;
        if stands == 1 {
            for line in lines {
                let sums = [line.quantity_milli, line.net_minor, 0, 0, line.cost_minor.unwrap_or(0)];
                self.skus.entry((date.clone(), fold.shop_id, line.sku_id)).or_default().take(sign, sums, date)?;
            }
        }
        if let Some(customer_id) = fold.customer_id {
            let sums = [is_paid, fold.paid_minor, 0];
            self.customers.entry((date.clone(), customer_id, fold.shop_id, fold.channel.clone())).or_default().take(sign, sums, date)?;
        }
        Ok(())
    }

    /// Counts visitors of an hour: date, shop, channel, hour.
    pub(super) fn visits(&mut self, hour: (String, Id, String, i64), visitors: i64) -> Result<()> {
        /// Where `visitors` stands among the sums.
        const VISITORS_AT: usize = 12;
        let mut sums = [0; 15];
        sums[VISITORS_AT] = visitors;
        let date = hour.0.clone();
        self.hours.entry(hour).or_default().take(1, sums, &date)
    }

    /// Takes the refunds named in `touched_refund` in (+1) or out (−1), as they are folded now.
    pub(super) async fn refunds(&mut self, db: &mut SqliteConnection, sign: i64) -> Result<()> {
        for row in sqlx::query(REFUND_HOURS).fetch_all(&mut *db).await? {
            let taken = |column: &str| taken(&row, column);
            let sums = [0, 0, 0, 0, 0, 0, row.try_get("refunds")?, row.try_get("amount")?, row.try_get("goods")?, 0, taken("cost")?, taken("costed")?, 0, 0, 0];
            let date: String = row.try_get("business_date")?;
            let key = (date.clone(), id_at(&row, "shop_id")?, row.try_get("channel")?, row.try_get("hour")?);
            self.hours.entry(key).or_default().take(sign, sums, &date)?;
        }
        for row in sqlx::query(REFUND_SKUS).fetch_all(&mut *db).await? {
            let sums = [0, 0, row.try_get("units")?, row.try_get("amount")?, taken(&row, "cost")?];
            let date: String = row.try_get("business_date")?;
            let key = (date.clone(), id_at(&row, "shop_id")?, id_at(&row, "sku_id")?);
            self.skus.entry(key).or_default().take(sign, sums, &date)?;
        }
        for row in sqlx::query(REFUND_CUSTOMERS).fetch_all(&mut *db).await? {
            let date: String = row.try_get("business_date")?;
            let key = (date.clone(), id_at(&row, "customer_id")?, id_at(&row, "shop_id")?, row.try_get("channel")?);
            self.customers.entry(key).or_default().take(sign, [0, 0, row.try_get("amount")?], &date)?;
        }
        Ok(())
    }

    /// Adds what was gathered apart.
    pub(super) fn add(&mut self, other: Self) -> Result<()> {
        fn each<K: Ord, const N: usize>(sums: &mut BTreeMap<K, Sums<N>>, others: BTreeMap<K, Sums<N>>, of: fn(&K) -> &str) -> Result<()> {
            for (key, other) in others {
                let of = of(&key).to_owned();
                let sum = sums.entry(key).or_default();
                sum.take(1, other.values, &of)?;
                sum.was_taken_from |= other.was_taken_from;
            }
            Ok(())
        }
        each(&mut self.hours, other.hours, |key| &key.0)?;
        each(&mut self.skus, other.skus, |key| &key.0)?;
        each(&mut self.customers, other.customers, |key| &key.0)?;
        self.sku_orders.extend(other.sku_orders);
        self.changed.extend(other.changed);
        Ok(())
    }

    /// Names a date of which derived rows changed beside the shares.
    pub(super) fn changed_on(&mut self, date: String) {
        self.changed.insert(date);
    }

    /// Adds what was gathered to the tables. Much of it is laid into statements on another thread, while those before are run.
    pub(super) async fn write(self, db: &mut SqliteConnection) -> Result<()> {
        /// A thread is not woken for fewer rows.
        const ROWS_APART_MIN: usize = 512;
        if self.skus.len() < ROWS_APART_MIN {
            let mut all = Vec::new();
            self.lay(&mut |laid| {
                all.push(laid);
                true
            })?;
            for laid in all {
                laid.run(db).await?;
            }
            return Ok(());
        }
        let (hand_over, mut next) = tokio::sync::mpsc::channel(1);
        // Where a statement fails nobody takes the rest, and the laying ends.
        let laying = tokio::task::spawn_blocking(move || self.lay(&mut |laid| hand_over.blocking_send(laid).is_ok()));
        while let Some(laid) = next.recv().await {
            laid.run(db).await?;
        }
        laying.await.map_err(|_| Error::Torn)?
    }

    /// Lays what was gathered into statements, table after table in the order of its key, while `hand_over` takes them.
    fn lay(mut self, hand_over: &mut dyn FnMut(Laid) -> bool) -> Result<()> {
        let mut dates = std::mem::take(&mut self.changed);
        dates.extend(self.hours.keys().map(|key| &key.0).chain(self.skus.keys().map(|key| &key.0)).chain(self.customers.keys().map(|key| &key.0)).cloned());
        let mut months: BTreeMap<(String, Id, Id), Sums<5>> = BTreeMap::new();
        let goes_on = hand_over(mark(dates)) && {
            let hours = self
                .hours
                .into_iter()
                .map(|((date, shop, channel, hour), sums)| ([Value::Text(date), Value::Id(shop), Value::Text(channel), Value::Int(hour)], sums));
            hand_over(HOURS.added(hours))
        };
        if !goes_on {
            return Ok(());
        }
        for ((date, shop, sku), sums) in &self.skus {
            let month = months.entry((month_of(date), *shop, *sku)).or_default();
            month.take(1, sums.values, date)?;
            month.was_taken_from |= sums.was_taken_from;
        }
        let by_sku = |((date, shop, sku), sums)| ([Value::Text(date), Value::Id(shop), Value::Id(sku)], sums);
        let customers = self
            .customers
            .into_iter()
            .map(|((date, customer, shop, channel), sums)| ([Value::Text(date), Value::Id(customer), Value::Id(shop), Value::Text(channel)], sums));
        let _ = hand_over(SKU_DAYS.added(self.skus.into_iter().map(by_sku)))
            && hand_over(SKU_MONTHS.added(months.into_iter().map(by_sku)))
            && hand_over(CUSTOMER_DAYS.added(customers))
            && {
                let orders: Vec<Row> =
                    self.sku_orders.into_iter().map(|(date, sku, order)| vec![Value::Text(date), Value::Id(sku), Value::Id(order)]).collect();
                hand_over(Laid::of("INSERT OR IGNORE INTO sku_order", &["business_date", "sku_id", "order_id"], &orders, ""))
            };
        Ok(())
    }
}

/// A sum of a refund that is taken away.
fn taken(row: &SqliteRow, column: &str) -> Result<i64> {
    row.try_get::<i64, _>(column)?.checked_neg().ok_or_else(Error::sum_too_large)
}

const REFUND_HOURS: &str = "SELECT f.business_date, f.shop_id, f.channel, f.hour, count(*) refunds, sum(f.amount_minor) amount, sum(f.goods_minor) goods, sum(f.cost_minor) cost, sum(f.costed_minor) costed
 FROM temp.touched_refund t CROSS JOIN refund_fold f ON f.refund_id = t.id WHERE f.effective = 1 GROUP BY 1, 2, 3, 4";
const REFUND_SKUS: &str = "SELECT f.business_date, f.shop_id, l.sku_id, sum(l.quantity_milli) units, sum(l.amount_minor) amount, coalesce(sum(l.cost_minor), 0) cost
 FROM temp.touched_refund t CROSS JOIN refund_fold f ON f.refund_id = t.id CROSS JOIN refund_line l ON l.refund_id = f.refund_id WHERE f.effective = 1 GROUP BY 1, 2, 3";
const REFUND_CUSTOMERS: &str = "SELECT f.business_date, f.customer_id, f.shop_id, f.channel, sum(f.amount_minor) amount
 FROM temp.touched_refund t CROSS JOIN refund_fold f ON f.refund_id = t.id WHERE f.effective = 1 AND f.customer_id IS NOT NULL GROUP BY 1, 2, 3, 4";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::fold::Facts;

    #[test]
    fn what_is_taken_out_and_added_again_changes_nothing() {
        let lines = vec![Sale {
            line_no: 1,
            sku_id: [3; 16],
            quantity_milli: 2_000,
            net_minor: 500,
            cost_minor: None,
            is_goods: true,
            is_piece: true,
            is_unmoved: false,
        }];
        let fold = Fold::of(&Facts {
            business_date: "2026-01-31".into(),
            customer_id: Some([4; 16]),
            effective: true,
            paid_minor: 500,
            lines: lines.clone(),
            ..Facts::default()
        })
        .unwrap();
        let mut shares = Shares::default();
        shares.order(&fold, &lines, -1).unwrap();
        assert!(shares.skus.values().all(|sums| !sums.changes_nothing()));
        shares.order(&fold, &lines, 1).unwrap();
        assert!(
            shares.hours.values().all(Sums::changes_nothing)
                && shares.skus.values().all(Sums::changes_nothing)
                && shares.customers.values().all(Sums::changes_nothing)
        );
    }

    #[test]
    fn an_order_that_was_closed_unpaid_adds_its_value_and_no_goods() {
        let lines = vec![Sale {
            line_no: 1,
            sku_id: [3; 16],
            quantity_milli: 2_000,
            net_minor: 500,
            cost_minor: Some(100),
            is_goods: true,
            is_piece: true,
            is_unmoved: false,
        }];
        let mut facts = Facts { effective: true, lines: lines.clone(), ..Facts::default() };
        facts.axes.cancelled = true;
        let mut shares = Shares::default();
        shares.order(&Fold::of(&facts).unwrap(), &lines, 1).unwrap();
        assert!(shares.skus.is_empty());
        let sums: Vec<[i64; 15]> = shares.hours.values().map(|sums| sums.values).collect();
        assert_eq!(sums, [[1, 500, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
    }
}

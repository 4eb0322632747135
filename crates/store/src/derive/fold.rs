//! What an order comes to, from its facts alone: the one fold, in memory, whatever way the facts came.

use crate::{
    Error, Result,
    value::{Row, Value},
};
use sqlx::{Row as _, sqlite::SqliteRow};
use std::collections::BTreeSet;

/// An id as the tables hold it.
pub(super) type Id = [u8; 16];

/// One sold line as the fold and the shares need it.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    pub line_no: i64,
    pub sku_id: Id,
    pub quantity_milli: i64,
    pub net_minor: i64,
    pub cost_minor: Option<i64>,
    /// Whether the line counts among goods; postage and fees do not.
    pub is_goods: bool,
    /// Whether its quantity counts as pieces sold: of goods alone, not of a discount or an entry by hand.
    pub is_piece: bool,
    /// Whether no movement leads from its article to its order ([`domain::LineFlags::UNMOVED`]).
    pub is_unmoved: bool,
}

/// How far an order has come on its axes, from all its transitions, whatever their order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Axes {
    pub cancelled: bool,
    /// 0 none, 1 waiting, 2 underway, 3 done: the furthest.
    pub fulfil: i64,
    pub refunding: bool,
}

impl Axes {
    pub fn take(&mut self, axis: &str, to_state: &str) {
        match (axis, to_state) {
            ("order", "cancelled") => self.cancelled = true,
            ("refund", "underway") => self.refunding = true,
            ("fulfil", "waiting") => self.fulfil = self.fulfil.max(1),
            ("fulfil", "underway") => self.fulfil = self.fulfil.max(2),
            ("fulfil", "done") => self.fulfil = self.fulfil.max(3),
            _ => {}
        }
    }
}

/// The facts of one order. Money in minor units of its currency.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub order_id: Id,
    pub occurred_at_ms: i64,
    pub business_date: String,
    pub hour: i64,
    pub shop_id: Id,
    pub channel: String,
    pub customer_id: Option<Id>,
    pub currency: String,
    pub discount_minor: i64,
    pub freight_minor: i64,
    /// Its import was not undone.
    pub effective: bool,
    pub lines: Vec<Sale>,
    pub paid_minor: i64,
    pub first_paid_at_ms: Option<i64>,
    pub refunded_minor: i64,
    pub axes: Axes,
}

/// What an order comes to: a row of `order_fold`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fold {
    pub order_id: Id,
    pub occurred_at_ms: i64,
    pub business_date: String,
    pub hour: i64,
    pub shop_id: Id,
    pub channel: String,
    pub customer_id: Option<Id>,
    pub currency: String,
    pub goods_minor: i64,
    pub payable_minor: i64,
    pub paid_minor: i64,
    pub refunded_minor: i64,
    pub net_goods_minor: i64,
    pub cost_minor: i64,
    pub costed_minor: i64,
    pub discount_minor: i64,
    pub line_count: i64,
    /// How many articles it has, and that of its first line: lists tell both and read no line for them.
    pub kinds: i64,
    pub first_sku_id: Option<Id>,
    /// Of goods; postage, fees, discounts and entries by hand are no pieces.
    pub quantity_milli: i64,
    pub pay: String,
    pub fulfil: String,
    pub refund: String,
    pub first_paid_at_ms: Option<i64>,
    pub effective: bool,
}

impl Fold {
    /// The columns of `order_fold` in the order of [`Fold::row`].
    pub const COLUMNS: [&str; 25] = [
        "order_id",
        "occurred_at_ms",
        "business_date",
        "hour",
        "shop_id",
        "channel",
        "customer_id",
        "currency",
        "goods_minor",
        "payable_minor",
        "paid_minor",
        "refunded_minor",
        "net_goods_minor",
        "cost_minor",
        "costed_minor",
        "discount_minor",
        "line_count",
        "kinds",
        "first_sku_id",
        "quantity_milli",
        "pay",
        "fulfil",
        "refund",
        "first_paid_at_ms",
        "effective",
    ];

    /// Folds an order.
    ///
    /// # Errors
    /// [`Error::SumTooLarge`] where its amounts do not fit a sum.
    pub fn of(facts: &Facts) -> Result<Self> {
        let too_large = || Error::SumTooLarge { of: facts.business_date.clone() };
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let sum = |of: fn(&Sale) -> i64| facts.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(of(line))).ok_or_else(too_large);
        let goods_minor = sum(|line| line.net_minor)?;
        let payable_minor = goods_minor.checked_sub(facts.discount_minor).and_then(|due| due.checked_add(facts.freight_minor)).ok_or_else(too_large)?;
        let paid_minor = facts.paid_minor;
        let pay = match paid_minor {
            0 if facts.axes.cancelled => "closed",
            paid if paid >= payable_minor => "paid",
            1.. => "partial",
            _ => "unpaid",
        };
        let fulfil = match facts.axes.fulfil {
            _ if facts.axes.cancelled => "closed",
            1 => "waiting",
            2 => "underway",
            3 => "done",
            _ => "none",
        };
        let refund = match facts.refunded_minor {
            ..=0 if facts.axes.refunding => "underway",
            ..=0 => "none",
            refunded if refunded >= paid_minor => "all",
            _ => "part",
        };
        Ok(Self {
            order_id: facts.order_id,
            occurred_at_ms: facts.occurred_at_ms,
            business_date: facts.business_date.clone(),
            hour: facts.hour,
            shop_id: facts.shop_id,
            channel: facts.channel.clone(),
            customer_id: facts.customer_id,
            currency: facts.currency.clone(),
            goods_minor,
            payable_minor,
            paid_minor,
            refunded_minor: facts.refunded_minor,
            net_goods_minor: sum(|line| if line.is_goods { line.net_minor } else { 0 })?,
            cost_minor: sum(|line| line.cost_minor.unwrap_or(0))?,
            costed_minor: sum(|line| if line.cost_minor.is_some() { line.net_minor } else { 0 })?,
            discount_minor: facts.discount_minor,
            line_count: count(facts.lines.len()),
            kinds: count(facts.lines.iter().map(|line| line.sku_id).collect::<BTreeSet<Id>>().len()),
            first_sku_id: facts.lines.iter().map(|line| (line.line_no, line.sku_id)).min().map(|(_, sku_id)| sku_id),
            quantity_milli: sum(|line| if line.is_piece { line.quantity_milli } else { 0 })?,
            pay: pay.to_owned(),
            fulfil: fulfil.to_owned(),
            refund: refund.to_owned(),
            first_paid_at_ms: facts.first_paid_at_ms,
            effective: facts.effective,
        })
    }

    /// As the table keeps it.
    pub fn row(&self) -> Row {
        let maybe_id = |id: Option<Id>| id.map_or(Value::Null, Value::Id);
        vec![
            Value::Id(self.order_id),
            Value::Int(self.occurred_at_ms),
            Value::Text(self.business_date.clone()),
            Value::Int(self.hour),
            Value::Id(self.shop_id),
            Value::Text(self.channel.clone()),
            maybe_id(self.customer_id),
            Value::Text(self.currency.clone()),
            Value::Int(self.goods_minor),
            Value::Int(self.payable_minor),
            Value::Int(self.paid_minor),
            Value::Int(self.refunded_minor),
            Value::Int(self.net_goods_minor),
            Value::Int(self.cost_minor),
            Value::Int(self.costed_minor),
            Value::Int(self.discount_minor),
            Value::Int(self.line_count),
            Value::Int(self.kinds),
            maybe_id(self.first_sku_id),
            Value::Int(self.quantity_milli),
            Value::Text(self.pay.clone()),
            Value::Text(self.fulfil.clone()),
            Value::Text(self.refund.clone()),
            self.first_paid_at_ms.map_or(Value::Null, Value::Int),
            Value::Int(i64::from(self.effective)),
        ]
    }

    /// Reads a row of the table: what was once added of an order.
    pub fn read(row: &SqliteRow) -> Result<Self> {
        Ok(Self {
            order_id: id_at(row, "order_id")?,
            occurred_at_ms: row.try_get("occurred_at_ms")?,
            business_date: row.try_get("business_date")?,
            hour: row.try_get("hour")?,
            shop_id: id_at(row, "shop_id")?,
            channel: row.try_get("channel")?,
            customer_id: maybe_id_at(row, "customer_id")?,
            currency: row.try_get("currency")?,
            goods_minor: row.try_get("goods_minor")?,
            payable_minor: row.try_get("payable_minor")?,
            paid_minor: row.try_get("paid_minor")?,
            refunded_minor: row.try_get("refunded_minor")?,
            net_goods_minor: row.try_get("net_goods_minor")?,
            cost_minor: row.try_get("cost_minor")?,
            costed_minor: row.try_get("costed_minor")?,
            discount_minor: row.try_get("discount_minor")?,
            line_count: row.try_get("line_count")?,
            kinds: row.try_get("kinds")?,
            first_sku_id: maybe_id_at(row, "first_sku_id")?,
            quantity_milli: row.try_get("quantity_milli")?,
            pay: row.try_get("pay")?,
            fulfil: row.try_get("fulfil")?,
            refund: row.try_get("refund")?,
            first_paid_at_ms: row.try_get("first_paid_at_ms")?,
            effective: row.try_get::<i64, _>("effective")? != 0,
        })
    }
}

/// An id of a row that was read.
pub(super) fn id_at(row: &SqliteRow, column: &str) -> Result<Id> {
    maybe_id_at(row, column)?.ok_or_else(|| Error::WrongValue { table: "a query".to_owned(), column: column.to_owned() })
}

/// An id of a row that was read, or nothing.
pub(super) fn maybe_id_at(row: &SqliteRow, column: &str) -> Result<Option<Id>> {
    Ok(row.try_get::<Option<&[u8]>, _>(column)?.and_then(|bytes| bytes.try_into().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(net_minor: i64, cost_minor: Option<i64>, is_goods: bool) -> Sale {
        Sale { line_no: 1, sku_id: [7; 16], quantity_milli: 1_000, net_minor, cost_minor, is_goods, is_piece: is_goods, is_unmoved: false }
    }

    #[test]
    fn an_order_comes_to_its_lines_less_discount_plus_freight() {
        let lines = vec![line(1_000, Some(400), true), line(500, None, true), line(300, None, false)];
        let fold = Fold::of(&Facts { lines, discount_minor: 100, freight_minor: 50, paid_minor: 1_000, effective: true, ..Facts::default() }).unwrap();
        assert_eq!((fold.goods_minor, fold.payable_minor, fold.net_goods_minor), (1_800, 1_750, 1_500));
        assert_eq!((fold.cost_minor, fold.costed_minor, fold.line_count, fold.quantity_milli), (400, 1_000, 3, 2_000));
        assert_eq!((fold.pay.as_str(), fold.fulfil.as_str(), fold.refund.as_str()), ("partial", "none", "none"));
    }

    #[test]
    fn an_order_tells_its_articles_by_its_first_line_however_the_lines_lie() {
        let of = |line_no, sku| Sale { line_no, sku_id: [sku; 16], ..line(100, None, true) };
        let fold = Fold::of(&Facts { lines: vec![of(3, 9), of(1, 8), of(2, 9)], ..Facts::default() }).unwrap();
        assert_eq!((fold.line_count, fold.kinds, fold.first_sku_id), (3, 2, Some([8; 16])));
        assert_eq!(Fold::of(&Facts::default()).unwrap().first_sku_id, None);
    }

    #[test]
    fn the_axes_tell_how_far_it_is() {
        let told = |paid_minor, refunded_minor, transitions: &[(&str, &str)]| {
            let mut axes = Axes::default();
            for (axis, to_state) in transitions {
                axes.take(axis, to_state);
            }
            let fold = Fold::of(&Facts { lines: vec![line(900, None, true)], paid_minor, refunded_minor, axes, ..Facts::default() }).unwrap();
            [fold.pay, fold.fulfil, fold.refund]
        };
        assert_eq!(told(0, 0, &[]), ["unpaid", "none", "none"]);
        assert_eq!(told(0, 0, &[("order", "cancelled"), ("fulfil", "waiting")]), ["closed", "closed", "none"]);
        assert_eq!(told(900, 0, &[("fulfil", "done"), ("fulfil", "waiting")]), ["paid", "done", "none"]);
        assert_eq!(told(900, 900, &[("order", "cancelled"), ("refund", "underway")]), ["paid", "closed", "all"]);
        assert_eq!(told(900, 100, &[("fulfil", "underway")]), ["paid", "underway", "part"]);
        assert_eq!(told(900, 0, &[("refund", "underway")]), ["paid", "none", "underway"]);
    }

    #[test]
    fn an_order_with_nothing_to_pay_is_paid() {
        assert_eq!(Fold::of(&Facts { effective: true, ..Facts::default() }).unwrap().pay, "paid");
    }

    #[test]
    fn amounts_that_do_not_fit_a_sum_are_an_error_and_no_figure() {
        let facts = Facts { lines: vec![line(i64::MAX, None, true), line(1, None, true)], ..Facts::default() };
        assert!(matches!(Fold::of(&facts), Err(Error::SumTooLarge { .. })));
    }
}

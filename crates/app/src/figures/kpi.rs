//! The formulas. Each stands in docs/figures.md with the rows that it is the sum of.

use super::Said;
use crate::wire::FigureKey;
use domain::money::{mean_minor, share_bp};
use serde_json::{Map, Value};
use store::read::{customers::Buyers, sales::Sums, skus::Active, stock::StockValue};

/// Gross profit and turnover are only said where at least this share of the value has a cost.
const COSTED_BP: i64 = 9_500;

/// Everything that the figures of a period are made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kpi {
    pub sums: Sums,
    pub buyers: Buyers,
    pub active: Active,
    pub stock: StockValue,
    /// Paid orders where visitors were counted.
    pub visited_orders: i64,
    pub days: i64,
    /// Narrowed to channels: stock is not kept by channel, so its figures cannot be said.
    pub by_channel: bool,
}

/// Every key in the order in which they are told.
pub const KEYS: [FigureKey; 19] = [
    FigureKey::GmvMinor,
    FigureKey::PaidMinor,
    FigureKey::NetSalesMinor,
    FigureKey::OrdersCreated,
    FigureKey::OrdersPaid,
    FigureKey::RefundsMinor,
    FigureKey::RefundRateBp,
    FigureKey::PerCustomerMinor,
    FigureKey::PerOrderMinor,
    FigureKey::Customers,
    FigureKey::RepurchaseBp,
    FigureKey::Visitors,
    FigureKey::ConversionBp,
    FigureKey::GrossProfitMinor,
    FigureKey::GrossMarginBp,
    FigureKey::Turnover,
    FigureKey::TurnoverDays,
    FigureKey::ActiveSkuBp,
    FigureKey::Units,
];

impl Kpi {
    /// A figure, or why it cannot be said.
    ///
    /// # Errors
    /// The reason, as a key that the UI has words for.
    pub fn say(&self, key: FigureKey) -> Said {
        use FigureKey as K;
        let sums = &self.sums;
        match key {
            K::GmvMinor => Ok(sums.gmv_minor),
            K::PaidMinor => Ok(sums.paid_minor),
            K::NetSalesMinor => Ok(sums.net_sales_minor()),
            K::OrdersCreated => Ok(sums.orders_created),
            K::OrdersPaid => Ok(sums.orders_paid),
            K::RefundsMinor => Ok(sums.refunds_minor),
            K::RefundRateBp => share_bp(sums.refunds_minor, sums.paid_minor).ok_or("no_sales"),
            K::PerCustomerMinor => mean_minor(sums.identified_paid_minor, self.buyers.customers).ok_or("no_customers"),
            K::PerOrderMinor => mean_minor(sums.paid_minor, sums.orders_paid).ok_or("no_sales"),
            K::Customers => Ok(self.buyers.customers),
            K::RepurchaseBp => share_bp(self.buyers.again, self.buyers.customers).ok_or("no_customers"),
            K::Visitors => {
                if sums.visitors == 0 {
                    Err("no_visits")
                } else {
                    Ok(sums.visitors)
                }
            }
            K::ConversionBp => share_bp(self.visited_orders, sums.visitors).ok_or("no_visits"),
            K::GrossProfitMinor => gross_profit(sums),
            K::GrossMarginBp => gross_profit(sums).and_then(|profit| share_bp(profit, sums.net_sales_minor()).ok_or("no_sales")),
            K::Turnover => self.turnover(|cost, average| i128::from(cost) * 100 / i128::from(average)),
            K::TurnoverDays => self.turnover(|cost, average| if cost == 0 { 0 } else { i128::from(self.days) * 10 * i128::from(average) / i128::from(cost) }),
            K::ActiveSkuBp => self.active_skus(),
            K::Units => Ok(sums.units_milli),
        }
    }

    fn turnover(&self, of: impl Fn(i64, i64) -> i128) -> Said {
        gross_profit(&self.sums)?;
        if self.by_channel {
            return Err("by_channel");
        }
        if self.stock.stated == 0 || self.stock.average_minor <= 0 {
            return Err("no_stock");
        }
        if share_bp(self.stock.costed, self.stock.stated).is_none_or(|share| share < COSTED_BP) || self.sums.cost_minor <= 0 {
            return Err("no_cost");
        }
        i64::try_from(of(self.sums.cost_minor, self.stock.average_minor)).map_err(|_| "no_stock")
    }

    fn active_skus(&self) -> Said {
        if self.by_channel {
            return Err("by_channel");
        }
        if self.active.stated == 0 {
            return Err("no_stock");
        }
        share_bp(self.active.sold, self.active.sold_or_here).ok_or("no_stock")
    }

    /// The figures by their names: money in minor units, null where one cannot be said.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let name = |key: FigureKey| serde_json::to_value(key).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        KEYS.iter().map(|key| (name(*key), self.say(*key).map_or(Value::Null, Value::from))).collect()
    }
}

/// Gross profit 毛利: net sales less the cost of what stayed sold, where nearly all of it has a cost.
///
/// # Errors
/// `no_sales`, or `no_cost` where less than 95 % of the value has a cost.
pub fn gross_profit(sums: &Sums) -> Said {
    let goods_minor = sums.goods_minor - sums.refund_goods_minor;
    match share_bp(sums.costed_minor, goods_minor) {
        _ if goods_minor <= 0 => Err(if sums.costed_minor > 0 { "no_sales" } else { "no_cost" }),
        Some(share) if share >= COSTED_BP => Ok(sums.net_sales_minor() - sums.cost_minor),
        _ => Err("no_cost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMS: Sums = Sums {
        orders_created: 12,
        gmv_minor: 130_000,
        orders_paid: 10,
        paid_minor: 100_000,
        goods_minor: 98_000,
        discount_minor: 3_000,
        refunds: 1,
        refunds_minor: 5_000,
        refund_goods_minor: 5_000,
        units_milli: 31_000,
        cost_minor: 60_000,
        costed_minor: 92_000,
        visitors: 400,
        identified_paid_minor: 80_000,
    };

    #[test]
    fn each_figure_by_its_formula() {
        let kpi = Kpi {
            sums: SUMS,
            buyers: Buyers { customers: 8, again: 2 },
            active: Active { sold: 30, sold_or_here: 40, stated: 35 },
            stock: StockValue { stated: 100, costed: 100, average_minor: 120_000 },
            visited_orders: 6,
            days: 30,
            by_channel: false,
        };
        for (key, expected) in [
            (FigureKey::NetSalesMinor, Ok(90_000)),
            (FigureKey::RefundRateBp, Ok(500)),
            (FigureKey::PerCustomerMinor, Ok(10_000)),
            (FigureKey::PerOrderMinor, Ok(10_000)),
            (FigureKey::ConversionBp, Ok(150)),
            (FigureKey::GrossProfitMinor, Ok(30_000)),
            (FigureKey::GrossMarginBp, Ok(3_333)),
            (FigureKey::Turnover, Ok(50)),
            (FigureKey::TurnoverDays, Ok(600)),
            (FigureKey::ActiveSkuBp, Ok(7_500)),
            (FigureKey::RepurchaseBp, Ok(2_500)),
            (FigureKey::Units, Ok(31_000)),
        ] {
            assert_eq!(kpi.say(key), expected, "{key:?}");
        }
        assert_eq!(Kpi { by_channel: true, ..kpi }.say(FigureKey::ActiveSkuBp), Err("by_channel"));
        assert_eq!(kpi.to_json()["net_sales_minor"], 90_000);
    }

    #[test]
    fn what_cannot_be_said_is_never_zero_percent() {
        let kpi = Kpi::default();
        for key in KEYS {
            let said = kpi.say(key);
            assert!(said.is_err() || said == Ok(0), "{key:?}");
        }
        for key in [
            FigureKey::RefundRateBp,
            FigureKey::PerOrderMinor,
            FigureKey::ConversionBp,
            FigureKey::GrossProfitMinor,
            FigureKey::Turnover,
            FigureKey::RepurchaseBp,
        ] {
            assert!(kpi.say(key).is_err(), "{key:?}");
        }
        assert_eq!(gross_profit(&Sums { costed_minor: 80_000, ..SUMS }), Err("no_cost"));
        assert!(kpi.to_json()["turnover"].is_null());
    }
}

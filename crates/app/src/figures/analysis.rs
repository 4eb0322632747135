//! 分析: tiles with their rows, curves, best and worst, the week's hours, shops and channels.

use super::{
    all_orders, figure,
    kpi::{KEYS, Kpi},
};
use crate::wire::{Analysis, Channel, FigureKey, HeatCell, ListKind, OrderFilter, PartFigure, PayState, Point, SkuFigure, Tile};
use domain::money::share_bp;
use jiff::{ToSpan as _, civil::Date};
use std::collections::HashMap;
use store::read::{
    places::Shop,
    sales::{Sums, WeekHour},
    skus::SkuSum,
    span::{Span, month},
};

/// Up to here a period is told by its days, beyond by its months.
pub const DAYS_TOLD_MAX: i64 = 92;

/// What was read of one period.
#[derive(Debug, Clone)]
pub struct Period {
    pub span: Span,
    pub kpi: Kpi,
    /// By day or month, as the grain asks.
    pub series: Vec<(String, Sums)>,
}

/// Everything that was read.
#[derive(Debug, Clone)]
pub struct Read {
    pub now: Period,
    pub before: Option<Period>,
    pub by_day: bool,
    pub best: Vec<SkuSum>,
    pub worst: Vec<SkuSum>,
    pub heat: Vec<WeekHour>,
    pub by_shop: Vec<(domain::ShopId, Sums)>,
    pub by_channel: Vec<(domain::Channel, Sums)>,
    pub shops: Vec<Shop>,
    pub currency: String,
    pub restated_days: i64,
    pub data: Option<(String, String)>,
}

/// Puts the answer together.
#[must_use]
pub fn assemble(read: Read) -> Analysis {
    let base = base_filter(&read.now.span);
    let tiles = KEYS.into_iter().map(|key| tile(key, &read, &base)).collect();
    let points = |period: &Period, of: fn(&Sums) -> i64| points(period, read.by_day, read.data.as_ref(), of);
    let names: HashMap<_, _> = read.shops.iter().map(|s| (s.id, s.name.clone())).collect();
    let total = read.now.kpi.sums.net_sales_minor();
    let shops = read.by_shop.iter().filter(|(_, s)| has_trade(s)).map(|(id, sums)| {
        let filter = OrderFilter { shop_ids: vec![id.to_string()], ..base.clone() };
        part(id.to_string(), names.get(id).cloned().unwrap_or_default(), sums, total, filter)
    });
    let channels = read.by_channel.iter().filter(|(_, s)| has_trade(s)).map(|(channel, sums)| {
        let filter = OrderFilter { channels: vec![Channel::from(*channel)], ..base.clone() };
        part(channel.word().to_owned(), channel.word().to_owned(), sums, total, filter)
    });
    Analysis {
        from: read.now.span.from.to_string(),
        to: read.now.span.to.to_string(),
        before_from: read.before.as_ref().map(|b| b.span.from.to_string()),
        before_to: read.before.as_ref().map(|b| b.span.to.to_string()),
        currency: read.currency.clone(),
        tiles,
        grain: if read.by_day { "day" } else { "month" }.to_owned(),
        sales: points(&read.now, Sums::net_sales_minor),
        sales_before: read.before.as_ref().map(|b| points(b, Sums::net_sales_minor)).unwrap_or_default(),
        orders: points(&read.now, |s| s.orders_paid),
        best: read.best.iter().map(sku_figure).collect(),
        worst: read.worst.iter().map(sku_figure).collect(),
        heat: read.heat.iter().map(heat_cell).collect(),
        shops: shops.collect(),
        channels: channels.collect(),
        restated_days: read.restated_days,
        data_from: read.data.as_ref().map(|d| d.0.clone()),
        data_to: read.data.as_ref().map(|d| d.1.clone()),
    }
}

const fn has_trade(sums: &Sums) -> bool {
    sums.orders_created != 0 || sums.refunds != 0
}

/// The filter that opens every order of a period.
#[must_use]
pub fn base_filter(span: &Span) -> OrderFilter {
    OrderFilter {
        from: Some(span.from.to_string()),
        to: Some(span.to.to_string()),
        shop_ids: span.shops.iter().map(ToString::to_string).collect(),
        channels: span.channels.iter().map(|c| Channel::from(*c)).collect(),
        ..all_orders()
    }
}

fn tile(key: FigureKey, read: &Read, base: &OrderFilter) -> Tile {
    let before = read.before.as_ref().map(|b| b.kpi.say(key));
    let (list, filter) = rows_of(key, base);
    Tile { figure: figure(key, read.now.kpi.say(key), before), list, filter }
}

/// The list and the filter whose rows sum to a figure.
#[must_use]
pub fn rows_of(key: FigureKey, base: &OrderFilter) -> (ListKind, OrderFilter) {
    use FigureKey as K;
    let base = base.clone();
    match key {
        K::GmvMinor | K::PaidMinor | K::OrdersCreated => (ListKind::Orders, base),
        K::OrdersPaid | K::PerOrderMinor => (ListKind::Orders, OrderFilter { pay: vec![PayState::Paid, PayState::Partial], ..base }),
        K::Visitors | K::ConversionBp => (ListKind::Orders, OrderFilter { pay: vec![PayState::Paid, PayState::Partial], visits_counted: true, ..base }),
        K::NetSalesMinor | K::GrossProfitMinor | K::GrossMarginBp => (ListKind::Orders, OrderFilter { with_refunds: true, ..base }),
        K::Units => (ListKind::Orders, OrderFilter { pay: vec![PayState::Unpaid, PayState::Partial, PayState::Paid], ..base }),
        K::RefundsMinor | K::RefundRateBp => (ListKind::Orders, OrderFilter { refunded_in_period: true, ..base }),
        // Customers are not listed by channel; there the orders open.
        K::Customers | K::PerCustomerMinor | K::RepurchaseBp if base.channels.is_empty() => (ListKind::Customers, base),
        K::Customers | K::PerCustomerMinor | K::RepurchaseBp => (ListKind::Orders, OrderFilter { pay: vec![PayState::Paid, PayState::Partial], ..base }),
        K::Turnover | K::TurnoverDays | K::ActiveSkuBp => (ListKind::Products, base),
    }
}

/// One point for each day or month of the period; those outside of all trade have no value.
fn points(period: &Period, by_day: bool, data: Option<&(String, String)>, of: fn(&Sums) -> i64) -> Vec<Point> {
    let sums: HashMap<&str, i64> = period.series.iter().map(|(label, sums)| (label.as_str(), of(sums))).collect();
    let within = |label: &str| data.is_some_and(|(from, to)| label >= &from[..label.len().min(from.len())] && label <= &to[..label.len().min(to.len())]);
    labels(&period.span, by_day)
        .into_iter()
        .map(|label| {
            let value = sums.get(label.as_str()).copied().or_else(|| within(&label).then_some(0));
            Point { label, value }
        })
        .collect()
}

fn labels(span: &Span, by_day: bool) -> Vec<String> {
    let mut labels = Vec::new();
    let mut date: Date = if by_day { span.from } else { span.from.first_of_month() };
    while date <= span.to {
        labels.push(if by_day { date.to_string() } else { month(date) });
        let next = if by_day { date.tomorrow() } else { date.checked_add(1.month()) };
        let Ok(next) = next else { break };
        date = next;
    }
    labels
}

fn sku_figure(sum: &SkuSum) -> SkuFigure {
    SkuFigure {
        sku_id: sum.id.to_string(),
        code: sum.code.clone(),
        name: sum.name.clone(),
        units_milli: sum.units_milli,
        net_minor: sum.net_minor - sum.refund_minor,
        refunded_minor: sum.refund_minor,
    }
}

fn heat_cell(cell: &WeekHour) -> HeatCell {
    HeatCell {
        weekday: u8::try_from(cell.weekday).unwrap_or(1),
        hour: u8::try_from(cell.hour).unwrap_or(0),
        orders: cell.sums.orders_created,
        paid_minor: cell.sums.paid_minor,
    }
}

fn part(key: String, name: String, sums: &Sums, total_minor: i64, filter: OrderFilter) -> PartFigure {
    PartFigure {
        key,
        name,
        orders: sums.orders_created,
        paid_minor: sums.paid_minor,
        net_minor: sums.net_sales_minor(),
        refund_rate_bp: share_bp(sums.refunds_minor, sums.paid_minor),
        share_bp: share_bp(sums.net_sales_minor(), total_minor).filter(|_| total_minor > 0),
        filter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn period(from: Date, to: Date, series: &[(&str, i64)]) -> Period {
        let series = series
            .iter()
            .map(|(label, paid)| ((*label).to_owned(), Sums { goods_minor: *paid, paid_minor: *paid, orders_paid: 1, orders_created: 1, ..Sums::default() }))
            .collect();
        Period { span: Span::of(from, to), kpi: Kpi::default(), series }
    }

    #[test]
    fn each_day_has_a_point_and_days_outside_the_trade_have_no_value() {
        let period = period(date(2026, 2, 27), date(2026, 3, 3), &[("2026-02-28", 500), ("2026-03-02", 700)]);
        let data = ("2026-02-28".to_owned(), "2026-03-02".to_owned());
        let values: Vec<Option<i64>> = points(&period, true, Some(&data), Sums::net_sales_minor).into_iter().map(|p| p.value).collect();
        assert_eq!(values, [None, Some(500), Some(0), Some(700), None]);
        let months = points(
            &Period { series: vec![("2026-02".to_owned(), Sums { goods_minor: 9, ..Sums::default() })], ..period },
            false,
            Some(&data),
            Sums::net_sales_minor,
        );
        assert_eq!(months.iter().map(|p| (p.label.as_str(), p.value)).collect::<Vec<_>>(), [("2026-02", Some(9)), ("2026-03", Some(0))]);
    }

    #[test]
    fn an_empty_shop_has_every_tile_and_no_comparison() {
        let read = Read {
            now: period(date(2026, 3, 1), date(2026, 3, 30), &[]),
            before: None,
            by_day: true,
            best: vec![],
            worst: vec![],
            heat: vec![],
            by_shop: vec![],
            by_channel: vec![],
            shops: vec![],
            currency: "CNY".to_owned(),
            restated_days: 0,
            data: None,
        };
        let analysis = assemble(read);
        assert_eq!(analysis.tiles.len(), KEYS.len());
        assert!(analysis.tiles.iter().all(|t| t.figure.change_bp.is_none() && t.filter.from.as_deref() == Some("2026-03-01")));
        assert!(analysis.sales.iter().all(|p| p.value.is_none()) && analysis.sales_before.is_empty());
    }
}

//! Figures: what the sums of a period say, beside what they are compared with. Pure: what is read comes in, wire structures go out.
//!
//! Deliberately absent: queries (`store::read`), the commands themselves (`reading`), words for people (the UI has them by key).
//!
//! To add a figure: a key in `wire`, its formula in [`kpi`], its rows in [`analysis::rows_of`], its definition in docs/figures.md, and the same
//! sum from the facts in `store::read::proof`.

pub mod analysis;
pub mod causes;
pub mod kpi;
pub mod today;

use crate::wire::{Figure, FigureKey, FigureUnit, OrderFilter};
use domain::money::share_bp;

/// The unit that a figure is given in. Days are tenths of a day, ratios hundredths, units thousandths of a piece.
#[must_use]
pub const fn unit(key: FigureKey) -> FigureUnit {
    use FigureKey as K;
    match key {
        K::GmvMinor | K::PaidMinor | K::NetSalesMinor | K::RefundsMinor | K::PerCustomerMinor | K::PerOrderMinor | K::GrossProfitMinor => FigureUnit::Money,
        K::OrdersCreated | K::OrdersPaid | K::Visitors | K::Customers => FigureUnit::Count,
        K::RefundRateBp | K::ConversionBp | K::GrossMarginBp | K::ActiveSkuBp | K::RepurchaseBp => FigureUnit::BasisPoints,
        K::Turnover => FigureUnit::Ratio,
        K::TurnoverDays => FigureUnit::Days,
        K::Units => FigureUnit::Units,
    }
}

/// Whether more of it is good news.
#[must_use]
pub const fn good_when_up(key: FigureKey) -> bool {
    !matches!(key, FigureKey::RefundsMinor | FigureKey::RefundRateBp | FigureKey::TurnoverDays)
}

/// A figure that may be missing, with the reason why.
pub type Said = Result<i64, &'static str>;

/// A figure beside what it is compared with. `before` is absent where there is nothing to compare with.
#[must_use]
pub fn figure(key: FigureKey, now: Said, before: Option<Said>) -> Figure {
    let value = now.ok();
    let before = before.and_then(Result::ok);
    let change_bp = value.zip(before).and_then(|(now, before)| share_bp(now - before, before.abs()));
    let reason = now.err().or_else(|| before.is_none().then_some("nothing_before")).map(str::to_owned);
    Figure { key, unit: unit(key), value, before, change_bp, reason, good_when_up: good_when_up(key), side: Vec::new() }
}

/// An order filter that does not narrow.
#[must_use]
pub const fn all_orders() -> OrderFilter {
    OrderFilter {
        text: None,
        from: None,
        to: None,
        hour_from: None,
        hour_to: None,
        weekday: None,
        shop_ids: Vec::new(),
        channels: Vec::new(),
        pay: Vec::new(),
        fulfil: Vec::new(),
        refund: Vec::new(),
        amount_min_minor: None,
        amount_max_minor: None,
        customer_id: None,
        sku_id: None,
        batch_id: None,
        refunded_in_period: false,
        with_refunds: false,
        overdue: false,
        visits_counted: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_needs_something_to_compare_with() {
        let with = |now, before| figure(FigureKey::PaidMinor, now, before);
        assert_eq!(with(Ok(110), Some(Ok(100))).change_bp, Some(1_000));
        assert_eq!(with(Ok(-50), Some(Ok(-100))).change_bp, Some(5_000));
        assert_eq!(with(Ok(110), Some(Ok(0))).change_bp, None);
        assert_eq!(with(Ok(110), None).reason.as_deref(), Some("nothing_before"));
        let missing = with(Err("no_sales"), Some(Ok(1)));
        assert_eq!((missing.value, missing.reason.as_deref()), (None, Some("no_sales")));
    }
}

//! 分析, and the figures of a period by their names.

use super::{
    convert::{self, Places},
    seen::Seen,
};
use crate::{
    Code, Error, Result,
    figures::{
        analysis::{self, DAYS_TOLD_MAX, Period, Read},
        kpi::Kpi,
    },
    rpc::Scope,
    wire::{Analysis, AnalysisQuery, Compare},
};
use jiff::{ToSpan as _, civil::Date};
use store::read::{
    Connection, Months, customers, places,
    sales::Sales,
    skus::{self, Sold},
    span::Span,
    stock,
};

/// Goods named as best and as worst.
const GOODS_NAMED: usize = 10;
/// The longest period that is asked for, in days: no shop's books are older.
const DAYS_MAX: i64 = 200 * 366;

/// The business over a period beside another.
///
/// # Errors
/// Where the period cannot be understood or the store cannot be read.
pub async fn analysis(scope: &Scope, request: AnalysisQuery) -> Result<Analysis> {
    let mut db = scope.store.snapshot().await?;
    let kept = scope.store.months();
    let all = places::shops(&mut db).await?;
    let chosen = Places::choose(&all, &request.shop_ids, scope.rights.shops().as_deref())?;
    let sees_costs = Seen::of(scope).margins();
    let span = span_of(&request, &chosen)?;
    let data = places::trade_dates(&mut db, &chosen.narrow).await?;
    let by_day = span.days() <= DAYS_TOLD_MAX;
    let before = match before_of(&span, request.compare).filter(|before| has_trade(before, data.as_ref())) {
        Some(before) => Some(period(&mut db, kept, before, by_day, sees_costs).await?.0),
        None => None,
    };
    let (now, sales, sold) = period(&mut db, kept, span, by_day, sees_costs).await?;
    let (best, worst) = skus::ranking(&mut db, kept, &sold, GOODS_NAMED).await?;
    Ok(analysis::assemble(Read {
        now,
        before,
        by_day,
        best,
        worst,
        heat: sales.by_week_hour(),
        by_shop: sales.by_shop(),
        by_channel: sales.by_channel(),
        restated_days: sales.restated_days(),
        shops: all,
        currency: chosen.currency,
        data,
    }))
}

/// The figures of a period alone.
///
/// # Errors
/// Where the store cannot be read.
pub async fn kpi(db: &mut Connection, kept: &Months, span: &Span) -> Result<Kpi> {
    let (sales, sold) = (Sales::read(db, kept, span).await?, skus::sold(db, kept, span).await?);
    kpi_of(db, kept, span, &sales, &sold).await
}

async fn kpi_of(db: &mut Connection, kept: &Months, span: &Span, sales: &Sales, sold: &Sold) -> Result<Kpi> {
    let by_channel = !span.channels.is_empty();
    let sums = sales.sums();
    Ok(Kpi {
        buyers: customers::buyers(db, kept, span).await?,
        active: if by_channel { skus::Active::default() } else { skus::active(db, kept, sold).await? },
        stock: if by_channel || sums.cost_minor == 0 { stock::StockValue::default() } else { stock::average_value(db, span).await? },
        visited_orders: if sums.visitors == 0 { 0 } else { sales.orders_where_visits() },
        days: span.days(),
        by_channel,
        sums,
    })
}

async fn period(db: &mut Connection, kept: &Months, span: Span, by_day: bool, sees_costs: bool) -> Result<(Period, Sales, Sold)> {
    let (sales, sold) = (Sales::read(db, kept, &span).await?, skus::sold(db, kept, &span).await?);
    let sales = if sees_costs { sales } else { sales.without_costs() };
    let series = if by_day { sales.by_day() } else { sales.by_month() };
    let kpi = kpi_of(db, kept, &span, &sales, &sold).await?;
    Ok((Period { span, kpi, series }, sales, sold))
}

fn span_of(request: &AnalysisQuery, chosen: &Places) -> Result<Span> {
    let (from, to) = (convert::date("from", &request.from)?, convert::date("to", &request.to)?);
    let channels = request.channels.iter().map(|c| (*c).into()).collect();
    let span = Span { from, to, shops: chosen.narrow.clone(), channels };
    match span.days() {
        0 => Err(Error::field("to", "the period ends before it begins: swap its dates")),
        days if days > DAYS_MAX => Err(Error::refuse(Code::BadRequest, "this period is longer than any shop's books: choose a shorter one")),
        _ => Ok(span),
    }
}

/// The period compared with: as many days right before, or the same dates a year before.
fn before_of(span: &Span, compare: Compare) -> Option<Span> {
    let shifted = |from: Option<Date>, to: Option<Date>| from.zip(to).map(|(from, to)| span.over(from, to));
    match compare {
        Compare::None => None,
        Compare::Previous => {
            let back = span.days().days();
            shifted(span.from.checked_sub(back).ok(), span.to.checked_sub(back).ok())
        }
        Compare::YearBefore => shifted(span.from.checked_sub(1.year()).ok(), span.to.checked_sub(1.year()).ok()),
    }
}

/// Whether there was trade already: a period that lies wholly before it is nothing to compare with.
fn has_trade(before: &Span, data: Option<&(String, String)>) -> bool {
    data.is_some_and(|(first, _)| before.to.to_string() >= *first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_period_before_is_as_long_and_touches() {
        let span = Span::of(date(2026, 3, 1), date(2026, 3, 31));
        let before = |compare| before_of(&span, compare).map(|s| (s.from, s.to));
        assert_eq!(before(Compare::Previous), Some((date(2026, 1, 29), date(2026, 2, 28))));
        assert_eq!(before(Compare::YearBefore), Some((date(2025, 3, 1), date(2025, 3, 31))));
        assert_eq!(before(Compare::None), None);
    }

    #[test]
    fn nothing_is_compared_with_a_time_before_the_first_sale() {
        let data = ("2026-03-01".to_owned(), "2026-05-01".to_owned());
        assert!(!has_trade(&Span::of(date(2026, 1, 1), date(2026, 2, 28)), Some(&data)));
        assert!(has_trade(&Span::of(date(2026, 1, 1), date(2026, 3, 1)), Some(&data)));
        assert!(!has_trade(&Span::of(date(2026, 1, 1), date(2026, 3, 1)), None));
    }
}

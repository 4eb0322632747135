//! 今日: this day up to this minute beside the same weekday before it up to the same minute.
//!
//! Hours are told as positions on the business day: where a day begins at 4:00, the hour after midnight is 24.

use super::{Said, all_orders, figure, kpi::gross_profit};
use crate::wire::{Figure, FigureKey, OrderFilter, PayState, Point, Today, TodayFigure};
use domain::money::{mean_minor, share_bp};
use jiff::civil::Date;
use std::collections::BTreeMap;
use store::read::sales::Sums;

/// Same weekdays that the expected close is taken from, and how many of them must have trade.
pub const WEEKS_LOOKED_BACK: i64 = 8;
const WEEKS_NEEDED: usize = 4;

/// The place of an hour on the business day.
#[must_use]
pub fn position(hour: u8, day_start_min: i64) -> u8 {
    if i64::from(hour) * 60 + 59 < day_start_min { hour + 24 } else { hour }
}

/// A day's sums by hour, up to some minute, with the known customers who first bought in each.
#[derive(Debug, Clone, Default)]
pub struct Day {
    pub hours: BTreeMap<u8, Sums>,
    pub new_customers: BTreeMap<u8, i64>,
}

impl Day {
    fn total(&self) -> Sums {
        self.hours.values().fold(Sums::default(), |sum, hour| sum.plus(hour))
    }

    fn customers(&self) -> i64 {
        self.new_customers.values().sum()
    }

    /// The sums and customers up to the end of an hour's position.
    fn until(&self, at: u8, day_start_min: i64) -> (Sums, i64) {
        let within = |hour: &u8| position(*hour, day_start_min) <= at;
        let sums = self.hours.iter().filter(|(h, _)| within(h)).fold(Sums::default(), |sum, (_, hour)| sum.plus(hour));
        (sums, self.new_customers.iter().filter(|(h, _)| within(h)).map(|(_, n)| n).sum())
    }
}

/// Where and when it is.
#[derive(Debug, Clone)]
pub struct Moment {
    pub date: Date,
    pub at_ms: i64,
    /// The local hour and the minute of the local day.
    pub hour: u8,
    pub minute_of_day: i64,
    pub day_start_min: i64,
    pub opens_hour: u8,
    pub closes_hour: u8,
    pub currency: String,
    pub shop_ids: Vec<String>,
}

/// Everything that was read, but for causes and what to do now.
#[derive(Debug, Clone, Default)]
pub struct Read {
    pub today: Day,
    /// The same weekday before, up to the same minute; absent where that day had no trade.
    pub before: Option<(Date, Day)>,
    /// What was paid by hour on whole days: the same weekdays before, the last first.
    pub weeks: Vec<BTreeMap<u8, i64>>,
    pub mini_program_orders: i64,
    pub days_of_trade: i64,
    pub best_day: Option<(String, i64)>,
}

impl Read {
    /// The difference that the causes explain: what was paid, against the day before.
    #[must_use]
    pub fn difference_minor(&self) -> i64 {
        self.before.as_ref().map_or(0, |(_, before)| self.today.total().paid_minor - before.total().paid_minor)
    }
}

/// Puts the day together; causes and what to do now are added by the caller.
#[must_use]
pub fn assemble(moment: &Moment, read: &Read) -> Today {
    let hours = shown_hours(moment, read);
    let now_at = position(moment.hour, moment.day_start_min);
    let begun: Vec<u8> = hours.iter().copied().filter(|h| *h <= now_at).collect();
    let cumulated = |day: &Day, of: fn(&Sums) -> i64, until: &[u8]| until.iter().map(|h| of(&day.until(*h, moment.day_start_min).0)).collect::<Vec<i64>>();
    let (expected_low, expected_high) = expected(moment, read, &hours);
    let whole_before = read.before.as_ref().and(read.weeks.first());
    Today {
        business_date: moment.date.to_string(),
        weekday: u8::try_from(moment.date.weekday().to_monday_one_offset()).unwrap_or(1),
        at_ms: moment.at_ms,
        minute_of_day: if now_at >= 24 { moment.minute_of_day + 24 * 60 } else { moment.minute_of_day },
        opens_hour: moment.opens_hour,
        closes_hour: moment.closes_hour,
        currency: moment.currency.clone(),
        before_date: read.before.as_ref().map(|(date, _)| date.to_string()),
        figures: figures(moment, read, &begun),
        curve_today: cumulated(&read.today, |s| s.paid_minor, &begun),
        curve_before: whole_before.map(|paid| hours.iter().map(|h| paid_until(paid, *h, moment.day_start_min)).collect()).unwrap_or_default(),
        expected_low,
        expected_high,
        hours,
        causes: Vec::new(),
        now: Vec::new(),
        days_of_trade: read.days_of_trade,
        best_day: read.best_day.clone().map(|(label, value)| Point { label, value: Some(value) }),
        mini_program_orders: read.mini_program_orders,
        customers: read.today.customers(),
    }
}

/// From opening or the first sale to closing or the last, of today and of the day compared with.
fn shown_hours(moment: &Moment, read: &Read) -> Vec<u8> {
    let sold =
        |hours: &BTreeMap<u8, Sums>| hours.iter().filter(|(_, s)| s.orders_created > 0).map(|(h, _)| position(*h, moment.day_start_min)).collect::<Vec<u8>>();
    let mut positions = sold(&read.today.hours);
    if read.before.is_some() {
        positions.extend(read.weeks.first().into_iter().flat_map(|day| day.keys().map(|h| position(*h, moment.day_start_min))));
    }
    let first = positions.iter().copied().chain([moment.opens_hour]).min().unwrap_or(0);
    let last = positions.iter().copied().chain([moment.closes_hour.saturating_sub(1)]).max().unwrap_or(23);
    (first..=last.max(first)).collect()
}

fn paid_until(paid: &BTreeMap<u8, i64>, at: u8, day_start_min: i64) -> i64 {
    paid.iter().filter(|(h, _)| position(**h, day_start_min) <= at).map(|(_, paid)| paid).sum()
}

/// The band of the hours still to come: what came after this minute on the same weekdays before, without the extremes, on top of what is here.
/// One value for the end of each hour from the running one on.
fn expected(moment: &Moment, read: &Read, hours: &[u8]) -> (Vec<i64>, Vec<i64>) {
    if read.weeks.iter().filter(|week| !week.is_empty()).count() < WEEKS_NEEDED {
        return (Vec::new(), Vec::new());
    }
    let now_at = position(moment.hour, moment.day_start_min);
    let minute = moment.minute_of_day % 60;
    let here = read.today.total().paid_minor;
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for hour in hours.iter().copied().filter(|h| *h >= now_at) {
        let mut after: Vec<i64> =
            read.weeks.iter().filter(|week| !week.is_empty()).map(|week| came_after(week, now_at, minute, hour, moment.day_start_min)).collect();
        after.sort_unstable();
        let cut = (after.len() - 1) / 4;
        low.push(here + after[cut]);
        high.push(here + after[after.len() - 1 - cut]);
    }
    (low, high)
}

/// What a past day sold from this minute to the end of an hour; within the running hour its sales are spread evenly.
fn came_after(paid: &BTreeMap<u8, i64>, now_at: u8, minute: i64, until: u8, day_start_min: i64) -> i64 {
    let running: i64 = paid.iter().filter(|(h, _)| position(**h, day_start_min) == now_at).map(|(_, paid)| paid).sum();
    let whole = paid_until(paid, until, day_start_min) - paid_until(paid, now_at, day_start_min);
    whole + running * (60 - minute) / 60
}

fn figures(moment: &Moment, read: &Read, begun: &[u8]) -> Vec<TodayFigure> {
    let before = read.before.as_ref().map(|(_, day)| day);
    let (now, then) = (read.today.total(), before.map(Day::total));
    let day = OrderFilter { from: Some(moment.date.to_string()), to: Some(moment.date.to_string()), shop_ids: moment.shop_ids.clone(), ..all_orders() };
    let paid = OrderFilter { pay: vec![PayState::Paid, PayState::Partial], ..day.clone() };
    let spark = |day: Option<&Day>, of: &dyn Fn(&Sums, i64) -> i64| {
        let until = |h: &u8| {
            day.map(|day| {
                let (sums, customers) = day.until(*h, moment.day_start_min);
                of(&sums, customers)
            })
        };
        begun.iter().filter_map(until).collect::<Vec<i64>>()
    };
    let told = |figure: Figure, filter: OrderFilter, of: &dyn Fn(&Sums, i64) -> i64| TodayFigure {
        figure,
        today: spark(Some(&read.today), of),
        before: spark(before, of),
        filter,
    };
    let per_customer = |sums: &Sums, customers: i64| mean_minor(sums.identified_paid_minor, customers).ok_or("no_customers");
    let (last, last_filter) = profit_or_refunds(&now, then.as_ref(), &day);
    let of_last = if last.key == FigureKey::GrossProfitMinor { gross_profit } else { refund_rate };
    vec![
        told(figure(FigureKey::PaidMinor, Ok(now.paid_minor), then.map(|s| Ok(s.paid_minor))), day.clone(), &|s, _| s.paid_minor),
        told(figure(FigureKey::OrdersPaid, Ok(now.orders_paid), then.map(|s| Ok(s.orders_paid))), paid.clone(), &|s, _| s.orders_paid),
        told(
            figure(FigureKey::PerCustomerMinor, per_customer(&now, read.today.customers()), then.map(|s| per_customer(&s, before.map_or(0, Day::customers)))),
            paid,
            &|s, n| per_customer(s, n).unwrap_or(0),
        ),
        told(last, last_filter, &|s, _| of_last(s).unwrap_or(0)),
    ]
}

/// Gross profit where nearly all value has a cost (of the day before, while nothing is sold yet), else the refund rate.
fn profit_or_refunds(now: &Sums, then: Option<&Sums>, day: &OrderFilter) -> (Figure, OrderFilter) {
    let nothing_yet = now.goods_minor == 0 && now.refund_goods_minor == 0;
    let profit = if nothing_yet && then.is_some_and(|s| gross_profit(s).is_ok()) { Ok(0) } else { gross_profit(now) };
    if profit.is_err() {
        let filter = OrderFilter { refunded_in_period: true, ..day.clone() };
        return (figure(FigureKey::RefundRateBp, refund_rate(now), then.map(refund_rate)), filter);
    }
    let margin = |sums: &Sums| gross_profit(sums).ok().and_then(|profit| share_bp(profit, sums.net_sales_minor()));
    let mut profit = figure(FigureKey::GrossProfitMinor, profit, then.map(gross_profit));
    let now_margin = margin(now);
    profit.side = now_margin.into_iter().chain(now_margin.zip(then.and_then(margin)).map(|(now, then)| now - then)).collect();
    (profit, OrderFilter { with_refunds: true, ..day.clone() })
}

fn refund_rate(sums: &Sums) -> Said {
    share_bp(sums.refunds_minor, sums.paid_minor).ok_or("no_sales")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn sums(paid_minor: i64) -> Sums {
        Sums {
            orders_created: 1,
            orders_paid: 1,
            paid_minor,
            gmv_minor: paid_minor,
            goods_minor: paid_minor,
            identified_paid_minor: paid_minor,
            ..Sums::default()
        }
    }

    fn day(hours: &[(u8, i64)]) -> Day {
        Day { hours: hours.iter().map(|(h, p)| (*h, sums(*p))).collect(), new_customers: hours.iter().map(|(h, _)| (*h, 1)).collect() }
    }

    fn moment(hour: u8, minute: i64) -> Moment {
        Moment {
            date: date(2026, 11, 22),
            at_ms: 0,
            hour,
            minute_of_day: i64::from(hour) * 60 + minute,
            day_start_min: 0,
            opens_hour: 8,
            closes_hour: 22,
            currency: "CNY".to_owned(),
            shop_ids: vec![],
        }
    }

    #[test]
    fn no_order_at_all_is_a_day_without_comparison() {
        let today = assemble(&moment(15, 20), &Read::default());
        assert_eq!((today.weekday, today.before_date, today.days_of_trade), (7, None, 0));
        assert_eq!(today.figures.iter().map(|f| f.figure.value).collect::<Vec<_>>(), [Some(0), Some(0), None, None]);
        assert_eq!(today.figures[2].figure.reason.as_deref(), Some("no_customers"));
        assert!(today.curve_before.is_empty() && today.expected_high.is_empty());
        assert_eq!(today.hours, (8..22).collect::<Vec<u8>>());
        assert_eq!(today.curve_today, [0; 8]);
    }

    #[test]
    fn one_order_and_nothing_to_compare_with() {
        let read = Read { today: day(&[(7, 500)]), days_of_trade: 1, ..Read::default() };
        let today = assemble(&moment(15, 20), &read);
        assert_eq!((today.hours[0], today.curve_today[0], today.curve_today.len()), (7, 500, 9));
        assert_eq!((today.figures[0].figure.value, today.figures[0].figure.before, today.figures[0].figure.change_bp), (Some(500), None, None));
        assert_eq!(today.figures[3].figure.key, FigureKey::RefundRateBp);
        assert_eq!(read.difference_minor(), 0);
    }

    #[test]
    fn a_day_stands_beside_the_same_minute_of_the_week_before() {
        let weeks: Vec<BTreeMap<u8, i64>> = (0..8_i64).map(|n| BTreeMap::from([(9, 1_000 + n), (15, 600), (20, 300 * (n + 1))])).collect();
        let read = Read {
            today: day(&[(9, 1_500), (15, 200)]),
            before: Some((date(2026, 11, 15), day(&[(9, 1_000), (15, 150)]))),
            weeks,
            days_of_trade: 60,
            ..Read::default()
        };
        let today = assemble(&moment(15, 20), &read);
        let sales = &today.figures[0];
        assert_eq!((sales.figure.value, sales.figure.before, sales.figure.change_bp), (Some(1_700), Some(1_150), Some(4_783)));
        assert_eq!((sales.today.last(), sales.before.last()), (Some(&1_700), Some(&1_150)));
        assert_eq!(read.difference_minor(), 550);
        assert_eq!((today.curve_before.len(), today.curve_before.last()), (14, Some(&1_900)));
        // Of the running hour two thirds are still to come: 400; of the evening the second lowest and the second highest of eight.
        assert_eq!((today.expected_low.len(), today.expected_low[0], today.expected_high[0]), (7, 2_100, 2_100));
        assert_eq!((today.expected_low.last(), today.expected_high.last()), (Some(&(2_100 + 600)), Some(&(2_100 + 2_100))));
        let few = Read { weeks: read.weeks[..3].to_vec(), ..read };
        assert!(assemble(&moment(15, 20), &few).expected_low.is_empty());
    }

    #[test]
    fn gross_profit_is_told_where_value_has_a_cost() {
        let costed = |paid: i64| Sums { cost_minor: paid * 6 / 10, costed_minor: paid, ..sums(paid) };
        let one = |paid| Day { hours: BTreeMap::from([(9, costed(paid))]), new_customers: BTreeMap::new() };
        let read = Read { today: one(1_000), before: Some((date(2026, 11, 15), one(500))), ..Read::default() };
        let figure = &assemble(&moment(15, 20), &read).figures[3].figure;
        assert_eq!(
            (figure.key, figure.value, figure.before, figure.side.as_slice()),
            (FigureKey::GrossProfitMinor, Some(400), Some(200), [4_000, 0].as_slice())
        );
        let early = Read { today: Day::default(), ..read };
        assert_eq!(assemble(&moment(7, 0), &early).figures[3].figure.value, Some(0));
    }

    #[test]
    fn hours_after_midnight_follow_the_evening() {
        let moment = Moment { day_start_min: 240, closes_hour: 24, hour: 1, minute_of_day: 80, ..moment(1, 20) };
        let read = Read { today: day(&[(22, 500), (0, 70), (1, 30)]), ..Read::default() };
        let today = assemble(&moment, &read);
        assert_eq!((today.hours.last(), today.curve_today.last(), today.minute_of_day), (Some(&25), Some(&600), 1_520));
    }
}

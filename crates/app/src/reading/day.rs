//! 今日: reads the day up to this minute, the same weekday before, why they differ and what to do now.

use super::{convert::Places, seen::Seen};
use crate::{
    Result, backups,
    figures::{
        all_orders,
        causes::{self, Days, Mover},
        today::{self, Day, Moment, Read, WEEKS_LOOKED_BACK, position},
    },
    rpc::Scope,
    wire::{BackupStatus, Cause, NowItem, NowKind, OrderFilter, Today, TodayQuery},
};
use domain::{BusinessDay, Channel};
use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use store::read::{
    Connection,
    day::{self, DayCut},
    imports,
    places::{self, Shop},
    sales::Sales,
    span::Span,
};

/// Rejected rows are spoken of for this long after their import.
const REJECTED_SHOWN_MS: i64 = 14 * 86_400_000;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// 今日.
///
/// # Errors
/// Where the store cannot be read.
pub async fn today(scope: &Scope, request: TodayQuery) -> Result<Today> {
    let now_ms = scope.program.now_ms();
    let backup = backups::status(scope).await?;
    let mut db = scope.store.snapshot().await?;
    let all = places::shops(&mut db).await?;
    let chosen = Places::choose(&all, &request.shop_ids, scope.rights.shops().as_deref())?;
    let sees_costs = Seen::of(scope).margins();
    let moment = moment(&chosen, now_ms);
    let cut = cut_of(&chosen, &moment, moment.date, now_ms);
    let same_weekdays: Vec<Date> = (1..=WEEKS_LOOKED_BACK).filter_map(|week| moment.date.checked_sub((week * 7).days()).ok()).collect();
    let paid = day::paid_hours(&mut db, &same_weekdays, &chosen.narrow).await?;
    let weeks: Vec<_> = same_weekdays.iter().map(|date| paid.get(&date.to_string()).cloned().unwrap_or_default()).collect();
    let cut_before = same_weekdays
        .first()
        .filter(|_| weeks.first().is_some_and(|week| !week.is_empty()))
        .map(|date| cut_of(&chosen, &moment, *date, same_time(&chosen, now_ms, 7)));
    let before = match &cut_before {
        Some(cut) => Some((cut.date, read_day(&mut db, cut, sees_costs).await?)),
        None => None,
    };
    let ever = Span { shops: chosen.narrow.clone(), ..Span::of(jiff::civil::date(1970, 1, 1), moment.date) };
    let trade = Sales::read(&mut db, scope.store.months(), &ever).await?.trade_days();
    let read = Read {
        today: read_day(&mut db, &cut, sees_costs).await?,
        before,
        weeks,
        mini_program_orders: day::paid_by_channel(&mut db, &cut).await?.get(&Channel::MiniProgram).copied().unwrap_or(0),
        days_of_trade: trade.days,
        best_day: trade.best,
    };
    let mut answer = today::assemble(&moment, &read);
    if let Some(cut_before) = &cut_before {
        answer.causes = why(&mut db, &cut, cut_before, read.difference_minor(), &moment, &all).await?;
    }
    answer.now = what_now(&mut db, &chosen, &moment, &backup, trade.days).await?;
    Ok(answer)
}

async fn read_day(db: &mut Connection, cut: &DayCut, sees_costs: bool) -> Result<Day> {
    let mut hours = day::hours(db, cut).await?;
    if !sees_costs {
        hours.values_mut().for_each(|sums| *sums = sums.without_costs());
    }
    Ok(Day { hours, new_customers: day::new_customers(db, cut).await? })
}

/// The business day, zone and hours are those of the first shop chosen.
fn moment(chosen: &Places, now_ms: i64) -> Moment {
    let lead = chosen.shops.first();
    let day_start_min = lead.map_or(0, |s| s.day_start_min);
    let (date, hour, minute_of_day) = match business_day(lead) {
        Some(day) => {
            let (date, hour) = day.of(now_ms);
            (date, hour, day.minute_of_day(now_ms))
        }
        None => (Date::default(), 0, 0),
    };
    let hour_of = |hour: i64| u8::try_from(hour).unwrap_or(0);
    Moment {
        date,
        at_ms: now_ms,
        hour: hour_of(i64::from(hour)),
        minute_of_day,
        day_start_min,
        opens_hour: lead.map_or(8, |s| hour_of(s.opens_hour)),
        closes_hour: lead.map_or(22, |s| hour_of(s.closes_hour)),
        currency: chosen.currency.clone(),
        shop_ids: chosen.narrow.iter().map(ToString::to_string).collect(),
    }
}

fn business_day(shop: Option<&Shop>) -> Option<BusinessDay> {
    let zone = shop.map_or("UTC", |s| s.zone.as_str());
    BusinessDay::new(zone, shop.map_or(0, |s| s.day_start_min)).or_else(|| BusinessDay::new("UTC", 0))
}

/// The same local time some days before.
fn same_time(chosen: &Places, now_ms: i64, days: i64) -> i64 {
    let lead = chosen.shops.first();
    let zone = lead.and_then(|s| TimeZone::get(&s.zone).ok()).unwrap_or(TimeZone::UTC);
    let local = jiff::Timestamp::from_millisecond(now_ms).ok().and_then(|now| now.to_zoned(zone).datetime().checked_sub(days.days()).ok());
    local.zip(business_day(lead)).and_then(|(local, day)| day.instant_ms(local)).unwrap_or(now_ms - days * DAY_MS)
}

fn cut_of(chosen: &Places, moment: &Moment, date: Date, to_ms: i64) -> DayCut {
    let now_at = position(moment.hour, moment.day_start_min);
    let whole_hours = (0..24_u8).filter(|hour| position(*hour, moment.day_start_min) < now_at).collect();
    DayCut { date, whole_hours, running_hour: moment.hour, to_ms, shops: chosen.narrow.clone() }
}

async fn why(db: &mut Connection, cut: &DayCut, cut_before: &DayCut, difference_minor: i64, moment: &Moment, shops: &[Shop]) -> Result<Vec<Cause>> {
    let (lines_today, lines_before) = (day::paid_lines(db, cut).await?, day::paid_lines(db, cut_before).await?);
    let (visitors_today, visitors_before) = (day::visitors_by_channel(db, cut).await?, day::visitors_by_channel(db, cut_before).await?);
    let days = Days { today: &lines_today, before: &lines_before, visitors_today: &visitors_today, visitors_before: &visitors_before };
    let mut told = Vec::new();
    for cause in causes::of(difference_minor, days) {
        let day = OrderFilter { from: Some(moment.date.to_string()), to: Some(moment.date.to_string()), shop_ids: moment.shop_ids.clone(), ..all_orders() };
        let (name, filter) = match cause.mover {
            Mover::Sku(sku) => (day::name_of(db, Some(sku), None).await?, OrderFilter { sku_id: Some(sku.to_string()), ..day }),
            Mover::Category(category) => (day::name_of(db, None, Some(category)).await?, day),
            Mover::Shop(shop) => (shops.iter().find(|s| s.id == shop).map(|s| s.name.clone()), OrderFilter { shop_ids: vec![shop.to_string()], ..day }),
            Mover::Channel(channel) => (Some(channel.word().to_owned()), OrderFilter { channels: vec![channel.into()], ..day }),
            Mover::Rest => (None, day),
        };
        told.push(Cause {
            kind: cause.kind,
            amount_minor: cause.amount_minor,
            name: name.unwrap_or_default(),
            pieces_milli: cause.pieces_milli,
            orders: cause.orders,
            visitors_change_bp: cause.visitors_change_bp,
            filter,
        });
    }
    Ok(told)
}

/// What a person should do now, the most pressing first.
async fn what_now(db: &mut Connection, chosen: &Places, moment: &Moment, backup: &BackupStatus, days_of_trade: i64) -> Result<Vec<NowItem>> {
    let now_ms = moment.at_ms;
    let plain = |kind: NowKind, params: Vec<String>| NowItem { kind, params, filter: None };
    let mut items = Vec::new();
    if days_of_trade == 0 {
        items.push(plain(NowKind::NoTrade, Vec::new()));
    }
    let unshipped = day::unshipped(db, &chosen.narrow, now_ms).await?;
    if unshipped.orders > 0 {
        let waiting_hours = (now_ms - unshipped.oldest_paid_at_ms.unwrap_or(now_ms)) / HOUR_MS;
        let filter = OrderFilter { overdue: true, shop_ids: moment.shop_ids.clone(), ..all_orders() };
        items.push(NowItem { kind: NowKind::Unshipped, params: vec![unshipped.orders.to_string(), waiting_hours.to_string()], filter: Some(filter) });
    }
    if backup.dir.is_none() {
        items.push(plain(NowKind::SetupBackup, Vec::new()));
    } else if backup.overdue {
        let days = backup.last_at_ms.map(|last| ((now_ms - last) / DAY_MS).to_string());
        items.push(plain(NowKind::BackupOverdue, days.into_iter().collect()));
    }
    if let Some(newest) = imports::rejected(db, now_ms - REJECTED_SHOWN_MS, &chosen.narrow).await?.into_iter().next() {
        items.push(plain(NowKind::RejectedRows, vec![newest.rows.to_string(), newest.file_name]));
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ShopId;
    use uuid::Uuid;

    fn places(zone: &str, day_start_min: i64) -> Places {
        let shop = Shop {
            id: ShopId(Uuid::from_u128(1)),
            name: "西湖店".into(),
            zone: zone.into(),
            currency: "CNY".into(),
            day_start_min,
            opens_hour: 8,
            closes_hour: 22,
            version: 1,
            position: 1,
        };
        Places { shops: vec![shop], narrow: vec![], currency: "CNY".into() }
    }

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn the_same_minute_of_last_week_holds_over_a_change_of_clocks() {
        let london = places("Europe/London", 0);
        // Clocks went back on 25 October 2026: 15:20 GMT on the 27th is 16 minutes past an hour later in UTC than on the 20th.
        assert_eq!(same_time(&london, ms("2026-10-27T15:20:00Z"), 7), ms("2026-10-20T14:20:00Z"));
        let shanghai = places("Asia/Shanghai", 0);
        assert_eq!(same_time(&shanghai, ms("2026-11-22T07:20:00Z"), 7), ms("2026-11-15T07:20:00Z"));
    }

    #[test]
    fn the_cut_holds_the_hours_that_are_over() {
        let night = places("Asia/Shanghai", 240);
        let now_ms = ms("2026-11-21T17:30:00Z");
        let moment = moment(&night, now_ms);
        assert_eq!((moment.date.to_string().as_str(), moment.hour), ("2026-11-21", 1));
        let cut = cut_of(&night, &moment, moment.date, now_ms);
        assert!(cut.whole_hours.contains(&23) && cut.whole_hours.contains(&0) && !cut.whole_hours.contains(&1) && !cut.whole_hours.contains(&2));
    }

    #[test]
    fn a_store_without_a_shop_has_a_day_too() {
        let none = Places { shops: vec![], narrow: vec![], currency: "CNY".into() };
        assert_eq!(moment(&none, ms("2026-11-21T17:30:00Z")).date.to_string(), "2026-11-21");
    }
}

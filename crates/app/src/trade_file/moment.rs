//! Dates in the layouts that other programs write, to local time of the shop.
//!
//! Read: ISO (`2010-12-01 08:26:00`, with `T`, with an offset), `2010/12/1 8:26`, `20101201`, `2010年12月1日 8时26分`, `12/1/2010 8:26`
//! and `1/12/2010 8:26` (which of the two is decided from the file, see [`OrderEvidence`]), `01-Dec-2010`, a time with
//! 上午/下午/AM/PM, and the serial days of Excel. Deliberately not: words ("yesterday"), weeks, two readings of one file.

use domain::trade_file::{RawMoment, RejectReason};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::table::Cell;

/// Which comes first where a date begins with two small numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `12/1/2010` is the first of December.
    #[default]
    MonthFirst,
    /// `12/1/2010` is the twelfth of January.
    DayFirst,
}

/// What the dates of a file say about their own order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct OrderEvidence {
    month_first: u64,
    day_first: u64,
    /// Steps back in time when read either way: a file is nearly always in the order of its time.
    back_month_first: u64,
    back_day_first: u64,
    first: Option<(i16, i8, i8)>,
    before: Option<(i16, i8, i8)>,
}

impl OrderEvidence {
    /// Takes one date into account. Returns true when the order is decided and no more need be read.
    pub(super) fn take(&mut self, cell: &Cell) -> bool {
        let Cell::Text(text) = cell else { return false };
        let Some(Parts { date: DateParts::TwoSmall(a, b, year), .. }) = Parts::of(text) else {
            return false;
        };
        match (a > 12, b > 12) {
            (true, false) => self.day_first += 1,
            (false, true) => self.month_first += 1,
            _ => {}
        }
        if let Some((last_year, last_a, last_b)) = self.before {
            self.back_month_first += u64::from((year, a, b) < (last_year, last_a, last_b));
            self.back_day_first += u64::from((year, b, a) < (last_year, last_b, last_a));
        }
        self.first = self.first.or(Some((year, a, b)));
        self.before = Some((year, a, b));
        self.month_first + self.day_first > 0
    }

    /// The order, and whether the file proves it. Without a number above 12 the reading with fewer steps back in time is
    /// taken, then the one that spans less time, and it is not certain.
    pub(super) fn verdict(&self) -> (DateOrder, bool) {
        use std::cmp::Ordering::{Equal, Greater, Less};
        // No such date at all: every layout of the file says itself what is what.
        let (Some(first), Some(last)) = (self.first, self.before) else {
            return (DateOrder::MonthFirst, true);
        };
        match self.month_first.cmp(&self.day_first) {
            Greater => return (DateOrder::MonthFirst, true),
            Less => return (DateOrder::DayFirst, true),
            Equal => {}
        }
        let days = |(year, month, day): (i16, i8, i8)| i32::from(year) * 372 + i32::from(month) * 31 + i32::from(day);
        let swapped = |(year, a, b): (i16, i8, i8)| (year, b, a);
        let span_month_first = days(last) - days(first);
        let span_day_first = days(swapped(last)) - days(swapped(first));
        if (self.back_day_first, span_day_first) < (self.back_month_first, span_month_first) {
            (DateOrder::DayFirst, false)
        } else {
            (DateOrder::MonthFirst, false)
        }
    }
}

/// Turns cells into local times.
#[derive(Debug, Clone)]
pub(super) struct MomentReader {
    pub(super) order: DateOrder,
    /// The zone of the shop, for times that are instants.
    pub(super) zone: TimeZone,
}

impl MomentReader {
    /// The time in a date column and, if the file has one, a column of times.
    pub(super) fn read(&self, date: Cell, time: Cell) -> RawMoment {
        if date.is_blank() {
            return RawMoment::Missing;
        }
        let Some(at) = self.one(&date) else {
            let text = date.into_text().unwrap_or_default();
            return match self.impossible(&text) {
                Some(reason) => RawMoment::Impossible(text, reason),
                None => RawMoment::Unreadable(text),
            };
        };
        if time.is_blank() {
            return RawMoment::Local(at);
        }
        match time_of(&time) {
            Some(time) => RawMoment::Local(at.date().to_datetime(time)),
            None => RawMoment::Unreadable(time.into_text().unwrap_or_default()),
        }
    }

    fn one(&self, cell: &Cell) -> Option<DateTime> {
        match cell {
            Cell::Moment(at) => Some(*at),
            Cell::Number(serial) => from_serial(*serial),
            Cell::Whole(number) => self.text(&number.to_string()),
            Cell::Text(text) => self.text(text),
            Cell::Missing => None,
        }
    }

    /// Year, month and day of a date that is written as such.
    fn numbers(&self, date: &DateParts) -> Option<(i16, i8, i8)> {
        match *date {
            DateParts::Known(year, month, day) => Some((year, month, day)),
            DateParts::TwoSmall(a, b, year) if self.order == DateOrder::MonthFirst => Some((year, a, b)),
            DateParts::TwoSmall(a, b, year) => Some((year, b, a)),
            DateParts::Serial(_) => None,
        }
    }

    /// Why a text in one of the layouts is no date of the calendar.
    fn impossible(&self, text: &str) -> Option<RejectReason> {
        let (year, month, day) = self.numbers(&Parts::of(text.trim())?.date)?;
        Some(match (month, day) {
            (..=0 | 13.., _) => RejectReason::NoSuchMonth,
            (_, ..=0 | 32..) => RejectReason::NoSuchDay,
            (4 | 6 | 9 | 11, 31) => RejectReason::ThirtyDays,
            (2, 30..) => RejectReason::February,
            (2, 29) if !Date::new(year, 1, 1).ok()?.in_leap_year() => RejectReason::NoLeapYear,
            _ => return None,
        })
    }

    fn text(&self, text: &str) -> Option<DateTime> {
        let text = text.trim();
        let parts = Parts::of(text)?;
        if let DateParts::Serial(serial) = parts.date {
            return from_serial(serial);
        }
        let (year, month, day) = self.numbers(&parts.date)?;
        let at = Date::new(year, month, day).ok()?.to_datetime(parts.time);
        let Some(offset_seconds) = parts.offset_seconds else {
            return Some(at);
        };
        let offset = jiff::tz::Offset::from_seconds(offset_seconds).ok()?;
        let instant = offset.to_timestamp(at).ok()?;
        Some(self.zone.to_datetime(instant))
    }
}

/// Days since 1899-12-30, as spreadsheets count; the fraction is the time of day, rounded to the second.
pub(super) fn from_serial(serial: f64) -> Option<DateTime> {
    // 1927 to 2119: other numbers in a date column are something else.
    const SERIALS: std::ops::Range<f64> = 10_000.0..80_000.0;
    const SECONDS_PER_DAY: f64 = 86_400.0;
    if !SERIALS.contains(&serial) {
        return None;
    }
    let seconds = (serial * SECONDS_PER_DAY).round() as i64;
    let epoch = Date::new(1899, 12, 30).ok()?.to_datetime(Time::midnight());
    epoch.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
}

fn time_of(cell: &Cell) -> Option<Time> {
    match cell {
        Cell::Moment(at) => Some(at.time()),
        Cell::Number(fraction) if (0.0..1.0).contains(fraction) => from_serial(20_000.0 + fraction).map(|at| at.time()),
        Cell::Text(text) => {
            let mut scan = Scan { rest: text.trim() };
            let time = scan.time()?;
            if scan.rest.is_empty() { Some(time) } else { None }
        }
        _ => None,
    }
}

enum DateParts {
    /// Year, month and day are told apart by the layout.
    Known(i16, i8, i8),
    /// Two small numbers, then the year.
    TwoSmall(i8, i8, i16),
    Serial(f64),
}

struct Parts {
    date: DateParts,
    time: Time,
    offset_seconds: Option<i32>,
}

impl Parts {
    fn of(text: &str) -> Option<Self> {
        let mut scan = Scan { rest: text.trim() };
        let date = scan.date()?;
        if matches!(date, DateParts::Serial(_)) {
            return Some(Self { date, time: Time::midnight(), offset_seconds: None });
        }
        scan.skip(&[' ', 'T', '\u{3000}', ',']);
        let time = if scan.rest.is_empty() { Time::midnight() } else { scan.time()? };
        let offset_seconds = scan.offset()?;
        if scan.rest.is_empty() { Some(Self { date, time, offset_seconds }) } else { None }
    }
}

/// Reads a text from left to right.
struct Scan<'a> {
    rest: &'a str,
}

impl Scan<'_> {
    fn date(&mut self) -> Option<DateParts> {
        let whole = self.rest;
        let (first, digits) = self.number()?;
        if digits == 8 && self.rest.is_empty() {
            let day = i8::try_from(first % 100).ok()?;
            let month = i8::try_from(first / 100 % 100).ok()?;
            return Some(DateParts::Known(i16::try_from(first / 10_000).ok()?, month, day));
        }
        if digits == 5 && (self.rest.is_empty() || self.rest.starts_with('.')) {
            // A serial day in a text cell; a float is harmless here, it is no money.
            self.rest = "";
            return whole.parse().ok().map(DateParts::Serial);
        }
        self.separator()?;
        if let Some(month) = self.month_name() {
            self.separator()?;
            return Some(DateParts::Known(full_year(self.number()?)?, month, i8::try_from(first).ok()?));
        }
        let (second, _) = self.number()?;
        self.separator()?;
        let third = self.number()?;
        // 年月日 ends with a sign of its own.
        self.skip_one(&['日', '号']);
        if digits == 4 {
            let (month, day) = (i8::try_from(second).ok()?, i8::try_from(third.0).ok()?);
            return Some(DateParts::Known(i16::try_from(first).ok()?, month, day));
        }
        Some(DateParts::TwoSmall(i8::try_from(first).ok()?, i8::try_from(second).ok()?, full_year(third)?))
    }

    fn time(&mut self) -> Option<Time> {
        let before_noon = self.half();
        self.skip(&[' ']);
        let (hour, _) = self.number()?;
        let mut minute = 0;
        let mut second = 0;
        let mut nanosecond = 0;
        if self.skip_one(&[':', '：', '时', '点', '.']) && !self.rest.is_empty() {
            minute = self.number()?.0;
            if self.skip_one(&[':', '：', '分', '.']) && !self.rest.is_empty() && self.rest.starts_with(|c: char| c.is_ascii_digit()) {
                second = self.number()?.0;
                self.skip_one(&['秒']);
                if self.skip_one(&['.', ',']) {
                    nanosecond = self.fraction()?;
                }
            }
        }
        self.skip(&[' ']);
        let before_noon = before_noon.or_else(|| self.half());
        let hour = match (before_noon, hour) {
            (Some(true), 12) => 0,
            (Some(false), 1..=11) => hour + 12,
            _ => hour,
        };
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, nanosecond).ok()
    }

    /// Nothing, `Z`, `+08:00` or `+0800`. The outer `None` is a text that is no offset.
    fn offset(&mut self) -> Option<Option<i32>> {
        self.skip(&[' ']);
        if self.rest.is_empty() {
            return Some(None);
        }
        if matches!(self.rest, "Z" | "z" | "UTC") {
            self.rest = "";
            return Some(Some(0));
        }
        let sign = if self.skip_one(&['+']) {
            1
        } else if self.skip_one(&['-']) {
            -1
        } else {
            return None;
        };
        let (number, digits) = self.number()?;
        let (hours, minutes) = match digits {
            4 => (number / 100, number % 100),
            _ if self.skip_one(&[':']) => (number, self.number()?.0),
            _ => (number, 0),
        };
        if !self.rest.is_empty() || hours > 15 || minutes > 59 {
            return None;
        }
        Some(Some(sign * i32::try_from(hours * 3_600 + minutes * 60).ok()?))
    }

    /// A number of at most eight digits, and how many it has.
    fn number(&mut self) -> Option<(u32, usize)> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=8).contains(&digits) {
            return None;
        }
        let number = self.rest[..digits].parse().ok()?;
        self.rest = &self.rest[digits..];
        Some((number, digits))
    }

    /// The digits after a second's point; more than nine are ignored.
    fn fraction(&mut self) -> Option<i32> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let mut nanosecond: i32 = self.rest[..digits.min(9)].parse().ok()?;
        for _ in digits..9 {
            nanosecond *= 10;
        }
        self.rest = &self.rest[digits..];
        Some(nanosecond)
    }

    fn month_name(&mut self) -> Option<i8> {
        const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        let letters = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let name = self.rest[..letters].to_ascii_lowercase();
        let month = MONTHS.iter().position(|month| name.len() >= 3 && name.starts_with(month))?;
        self.rest = &self.rest[letters..];
        i8::try_from(month + 1).ok()
    }

    /// Whether a word for before noon (true) or after noon (false) comes next.
    fn half(&mut self) -> Option<bool> {
        for (word, before_noon) in [("上午", true), ("凌晨", true), ("下午", false), ("晚上", false), ("am", true), ("pm", false)] {
            let Some(start) = self.rest.get(..word.len()) else {
                continue;
            };
            if start.eq_ignore_ascii_case(word) {
                self.rest = &self.rest[word.len()..];
                return Some(before_noon);
            }
        }
        None
    }

    fn separator(&mut self) -> Option<()> {
        if self.skip_one(&['-', '/', '.', '年', '月', ' ']) { Some(()) } else { None }
    }

    fn skip(&mut self, any: &[char]) {
        self.rest = self.rest.trim_start_matches(any);
    }

    fn skip_one(&mut self, any: &[char]) -> bool {
        match self.rest.strip_prefix(any) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

/// "10" is 2010 and "95" is 1995: shops of today export the trade of this century, and nobody that of 2095.
fn full_year((year, digits): (u32, usize)) -> Option<i16> {
    let year = match digits {
        4 => year,
        2 if year < 90 => 2_000 + year,
        2 => 1_900 + year,
        _ => return None,
    };
    i16::try_from(year).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(order: DateOrder) -> MomentReader {
        MomentReader { order, zone: TimeZone::get("Asia/Shanghai").unwrap() }
    }

    fn check(order: DateOrder, date: &str, time: &str, expect: &str) {
        let read = reader(order).read(Cell::Text(date.into()), Cell::Text(time.into()));
        let found = match read {
            RawMoment::Local(at) => at.to_string(),
            RawMoment::Unreadable(text) => format!("? {text}"),
            RawMoment::Impossible(text, reason) => format!("{} {text}", reason.key()),
            RawMoment::Missing => "missing".into(),
        };
        assert_eq!(found, expect, "{date:?} {time:?}");
    }

    #[test]
    fn layouts() {
        for (text, expect) in [
            ("2010-12-01 08:26:00", "2010-12-01T08:26:00"),
            ("2010-12-01T08:26", "2010-12-01T08:26:00"),
            ("2010-12-01 08:26:00.123", "2010-12-01T08:26:00.123"),
            ("2010-12-01T00:26:00Z", "2010-12-01T08:26:00"),
            ("2010-12-01T08:26:00+08:00", "2010-12-01T08:26:00"),
            ("2010-12-01T08:26:00+0900", "2010-12-01T07:26:00"),
            ("2010-12-01", "2010-12-01T00:00:00"),
            ("2010/12/1 8:26", "2010-12-01T08:26:00"),
            ("2010.12.1", "2010-12-01T00:00:00"),
            ("20101201", "2010-12-01T00:00:00"),
            ("2010年12月1日", "2010-12-01T00:00:00"),
            ("2010年12月1日 8时26分", "2010-12-01T08:26:00"),
            ("2010年12月1日8时26分5秒", "2010-12-01T08:26:05"),
            ("2010年12月1日 下午3:05", "2010-12-01T15:05:00"),
            ("2010-12-01 上午 12:05", "2010-12-01T00:05:00"),
            ("01-Dec-2010", "2010-12-01T00:00:00"),
            ("1 December 2010 3:05 PM", "2010-12-01T15:05:00"),
            ("40513.351388888892", "2010-12-01T08:26:00"),
            ("40513", "2010-12-01T00:00:00"),
            ("2010-13-01", "no_such_month 2010-13-01"),
            ("2010-00-01", "no_such_month 2010-00-01"),
            ("2010-02-30", "february 2010-02-30"),
            ("2010-02-29", "no_leap_year 2010-02-29"),
            ("2012-02-29", "2012-02-29T00:00:00"),
            ("2025-11-31 09:30", "thirty_days 2025-11-31 09:30"),
            ("20251131", "thirty_days 20251131"),
            ("2025年6月31日", "thirty_days 2025年6月31日"),
            ("2025/1/32", "no_such_day 2025/1/32"),
            ("11/31/2025", "thirty_days 11/31/2025"),
            ("soon", "? soon"),
            ("2010-12-01 25:00", "? 2010-12-01 25:00"),
            ("2010-12-01 08:26 whatever", "? 2010-12-01 08:26 whatever"),
            ("12", "? 12"),
            ("", "missing"),
        ] {
            check(DateOrder::MonthFirst, text, "", expect);
        }
    }

    #[test]
    fn the_order_of_day_and_month_is_the_file_s() {
        check(DateOrder::MonthFirst, "12/1/2010 8:26", "", "2010-12-01T08:26:00");
        check(DateOrder::DayFirst, "12/1/2010 8:26", "", "2010-01-12T08:26:00");
        check(DateOrder::DayFirst, "12/1/10 8:26", "", "2010-01-12T08:26:00");
        check(DateOrder::MonthFirst, "13/1/2010", "", "no_such_month 13/1/2010");
        check(DateOrder::MonthFirst, "2010-12-01", "8:26:07", "2010-12-01T08:26:07");
        check(DateOrder::MonthFirst, "2010-12-01", "noon", "? noon");

        let verdict = |dates: &[&str]| {
            let mut evidence = OrderEvidence::default();
            for date in dates {
                evidence.take(&Cell::Text((*date).into()));
            }
            evidence.verdict()
        };
        assert_eq!(verdict(&["12/1/2010 8:26", "12/13/2010 8:26"]), (DateOrder::MonthFirst, true));
        assert_eq!(verdict(&["1/12/2010 8:26", "13/12/2010 8:26"]), (DateOrder::DayFirst, true));
        assert_eq!(verdict(&["1/2/2010", "2/2/2010", "3/2/2010", "1/3/2010"]), (DateOrder::DayFirst, false));
        assert_eq!(verdict(&["2/1/2010", "2/2/2010", "2/3/2010", "3/1/2010"]), (DateOrder::MonthFirst, false));
        assert_eq!(verdict(&["2010-12-01"]), (DateOrder::MonthFirst, true));
    }
}

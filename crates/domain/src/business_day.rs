//! The business date of an instant: the shop's zone, and the minute at which its day begins.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// A shop's zone and day boundary.
#[derive(Debug, Clone)]
pub struct BusinessDay {
    zone: TimeZone,
    day_start_min: i64,
}

impl BusinessDay {
    /// `zone` is an IANA name. `None` where it is unknown.
    #[must_use]
    pub fn new(zone: &str, day_start_min: i64) -> Option<Self> {
        TimeZone::get(zone).ok().map(|zone| Self { zone, day_start_min })
    }

    /// The business date (ISO text) and the local hour (0–23) of an instant.
    #[must_use]
    pub fn of(&self, at_ms: i64) -> (Date, i8) {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let local = at.to_zoned(self.zone.clone());
        let shifted = local.datetime().checked_sub(self.day_start_min.minutes()).unwrap_or_else(|_| local.datetime());
        (shifted.date(), local.hour())
    }

    /// The local minute of the day, 0–1439.
    #[must_use]
    pub fn minute_of_day(&self, at_ms: i64) -> i64 {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let local = at.to_zoned(self.zone.clone());
        i64::from(local.hour()) * 60 + i64::from(local.minute())
    }

    /// The instant of a local date and time; a time that the clock skipped or repeated resolves as jiff's "compatible" rule does.
    #[must_use]
    pub fn instant_ms(&self, local: jiff::civil::DateTime) -> Option<i64> {
        self.zone.to_ambiguous_timestamp(local).compatible().ok().map(|t| t.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_after_midnight_belongs_to_the_evening_before() {
        let day = BusinessDay::new("Asia/Shanghai", 4 * 60).expect("known zone");
        // 2026-11-21T18:30Z is 02:30 on the 22nd in Shanghai.
        let at_ms = "2026-11-21T18:30:00Z".parse::<Timestamp>().expect("instant").as_millisecond();
        let (date, hour) = day.of(at_ms);
        assert_eq!((date.to_string().as_str(), hour), ("2026-11-21", 2));
        assert_eq!(BusinessDay::new("Asia/Shanghai", 0).expect("known zone").of(at_ms).0.to_string(), "2026-11-22");
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        assert!(BusinessDay::new("Mars/Olympus", 0).is_none());
    }
}

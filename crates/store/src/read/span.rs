//! The part of the trade that a figure speaks of: a period of business dates, shops and channels.

use super::sql::Sql;
use domain::{Channel, ShopId};
use jiff::{ToSpan as _, civil::Date};

/// A period (dates inclusive) narrowed to shops and channels; an empty list does not narrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub from: Date,
    pub to: Date,
    pub shops: Vec<ShopId>,
    pub channels: Vec<Channel>,
}

impl Span {
    /// A period over all shops and channels.
    #[must_use]
    pub const fn of(from: Date, to: Date) -> Self {
        Self { from, to, shops: Vec::new(), channels: Vec::new() }
    }

    /// How many days it has; 0 where it ends before it begins.
    #[must_use]
    pub fn days(&self) -> i64 {
        self.from.until(self.to).map_or(0, |span| i64::from(span.get_days()) + 1).max(0)
    }

    /// The same shops and channels over other dates.
    #[must_use]
    pub fn over(&self, from: Date, to: Date) -> Self {
        Self { from, to, ..self.clone() }
    }

    /// Adds ` AND …` for dates, shops and channels of a table whose columns carry the usual names.
    pub(crate) fn narrow(&self, sql: &mut Sql, alias: &str) {
        sql.add(&format!(" AND {alias}business_date BETWEEN ")).arg(self.from.to_string()).add(" AND ").arg(self.to.to_string());
        narrow_places(sql, alias, &self.shops, &self.channels);
    }

    /// Adds what each SKU sold in the period, in parts that sum to it: whole months from `sku_month`, less or more the days at both ends from
    /// `sku_day`. Each part is added up in its own order first, so that little is left to sort.
    pub(crate) fn sku_rows(&self, sql: &mut Sql) {
        for (i, part) in parts(self.from, self.to).into_iter().enumerate() {
            let (table, column) = if part.months { ("sku_month", "month") } else { ("sku_day", "business_date") };
            let sign = if part.less { "-" } else { "" };
            let sums: Vec<String> =
                ["units_milli", "net_minor", "refund_units_milli", "refund_minor", "cost_minor"].iter().map(|c| format!("{sign}sum({c}) {c}")).collect();
            sql.add(if i > 0 { " UNION ALL " } else { "" });
            sql.add(&format!("SELECT sku_id, {} FROM {table} WHERE {column} BETWEEN ", sums.join(", "))).arg(part.from).add(" AND ").arg(part.to);
            narrow_places(sql, "", &self.shops, &[]);
            sql.add(" GROUP BY sku_id");
        }
    }
}

/// Adds ` AND …` for shops and channels.
pub(crate) fn narrow_places(sql: &mut Sql, alias: &str, shops: &[ShopId], channels: &[Channel]) {
    if !shops.is_empty() {
        sql.add(&format!(" AND {alias}shop_id IN ")).list(shops.iter().copied());
    }
    if !channels.is_empty() {
        sql.add(&format!(" AND {alias}channel IN ")).list(channels.iter().map(|c| c.word()));
    }
}

/// A run of whole months (`2026-01` … `2026-03`) or of days, to be added or taken away.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub months: bool,
    pub less: bool,
    pub from: String,
    pub to: String,
}

/// Cuts a period into whole months and the days at both ends. Where more than half of a month at an end is in the period, the whole month is
/// counted and the days outside are taken away, so that no more than about thirty days are read one by one.
pub(super) fn parts(from: Date, to: Date) -> Vec<Part> {
    let days = |from: Date, to: Date, less: bool| Part { months: false, less, from: from.to_string(), to: to.to_string() };
    let (before, after) = (from.day() - 1, to.days_in_month() - to.day());
    if month(from) == month(to) && to.day() - before <= before + after {
        return vec![days(from, to, false)];
    }
    let one_month = month(from) == month(to);
    let head_whole = one_month || before < from.days_in_month() - before;
    let tail_whole = one_month || after < to.day();
    let mut parts = Vec::new();
    if head_whole && before > 0 {
        parts.push(days(from.first_of_month(), from.saturating_sub(1.day()), true));
    } else if !head_whole {
        parts.push(days(from, from.last_of_month(), false));
    }
    let first = if head_whole { from } else { from.last_of_month().saturating_add(1.day()) };
    let last = if tail_whole { to } else { to.first_of_month().saturating_sub(1.day()) };
    if month(first) <= month(last) {
        parts.push(Part { months: true, less: false, from: month(first), to: month(last) });
    }
    if tail_whole && after > 0 {
        parts.push(days(to.saturating_add(1.day()), to.last_of_month(), true));
    } else if !tail_whole {
        parts.push(days(to.first_of_month(), to, false));
    }
    parts
}

/// `2026-03` of a date.
#[must_use]
pub fn month(date: Date) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}

/// The instants (UTC ms, from inclusive, to exclusive) outside of which no sale of these business dates can lie, whatever the shop's zone
/// and day boundary: a zone is at most 14 h ahead and 12 h behind, a day begins at most 24 h late.
pub(crate) fn instants(from: Date, to: Date) -> (i64, i64) {
    const HOUR_MS: i64 = 3_600_000;
    let midnight = |date: Date| date.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |z| z.timestamp().as_millisecond());
    (midnight(from) - 14 * HOUR_MS, midnight(to) + (24 + 12 + 24) * HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_is_cut_at_its_whole_months() {
        let days = |a: &str, b: &str, less: bool| Part { months: false, less, from: a.to_owned(), to: b.to_owned() };
        let months = |a: &str, b: &str| Part { months: true, less: false, from: a.to_owned(), to: b.to_owned() };
        for (from, to, expected) in [
            (date(2026, 1, 1), date(2026, 3, 31), vec![months("2026-01", "2026-03")]),
            (date(2026, 1, 9), date(2026, 1, 12), vec![days("2026-01-09", "2026-01-12", false)]),
            (
                date(2026, 1, 2),
                date(2026, 1, 30),
                vec![days("2026-01-01", "2026-01-01", true), months("2026-01", "2026-01"), days("2026-01-31", "2026-01-31", true)],
            ),
            (
                date(2025, 12, 25),
                date(2026, 2, 3),
                vec![days("2025-12-25", "2025-12-31", false), months("2026-01", "2026-01"), days("2026-02-01", "2026-02-03", false)],
            ),
            (date(2025, 12, 31), date(2026, 1, 1), vec![days("2025-12-31", "2025-12-31", false), days("2026-01-01", "2026-01-01", false)]),
            (
                date(2026, 10, 24),
                date(2026, 11, 22),
                vec![days("2026-10-24", "2026-10-31", false), months("2026-11", "2026-11"), days("2026-11-23", "2026-11-30", true)],
            ),
            (date(2025, 12, 5), date(2026, 1, 31), vec![days("2025-12-01", "2025-12-04", true), months("2025-12", "2026-01")]),
        ] {
            assert_eq!(parts(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn a_period_counts_its_days() {
        assert_eq!(Span::of(date(2026, 1, 1), date(2026, 3, 1)).days(), 60);
        assert_eq!(Span::of(date(2026, 1, 2), date(2026, 1, 1)).days(), 0);
    }
}

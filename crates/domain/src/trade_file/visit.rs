//! A file of visits: how many people came, which conversion divides by.

use jiff::civil::Date;

use crate::Channel;

use super::decimal::{DecimalError, parse_milli};
use super::line::present;
use super::raw::{RawMoment, RowFault};
use super::reject::{RejectReason, RejectedRow};

/// One row of a file of visits, before any rule has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawVisit {
    /// The row as a person finds it.
    pub row: u64,
    /// The day, or the day and hour in one column.
    pub at: RawMoment,
    /// The hour, when it has a column of its own.
    pub hour: Option<String>,
    /// The name or code of the shop.
    pub shop: Option<String>,
    /// The name of the channel.
    pub channel: Option<String>,
    /// How many people.
    pub visitors: String,
    /// How many visits.
    pub sessions: Option<String>,
    /// Why the row could not be cut into columns.
    pub fault: Option<RowFault>,
}

/// Visits of one day, or of one hour of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRow {
    /// The row as a person finds it.
    pub row: u64,
    /// The day by the clock of the shop.
    pub date: Date,
    /// The hour 0–23; `None` when the file counts by day.
    pub hour: Option<i8>,
    /// The shop as the file names it; `None` means the only one.
    pub shop: Option<String>,
    /// The channel; `None` where the file names none.
    pub channel: Option<Channel>,
    /// How many people.
    pub visitors: i64,
    /// How many visits; `None` when the file does not say.
    pub sessions: Option<i64>,
}

/// Turns a raw row into visits, or says why it cannot be taken.
pub fn cleanse_visit(raw: RawVisit) -> Result<VisitRow, RejectedRow> {
    let reject = |reason, found: &str| RejectedRow::new(raw.row, reason, found);
    if let Some(fault) = &raw.fault {
        return Err(reject(fault.reason, &fault.found));
    }
    let at = match &raw.at {
        RawMoment::Local(at) if (1990..=2100).contains(&at.year()) => *at,
        RawMoment::Local(at) => return Err(reject(RejectReason::TimeOutOfRange, &at.to_string())),
        RawMoment::Unreadable(text) => return Err(reject(RejectReason::UnreadableTime, text)),
        RawMoment::Impossible(text, reason) => return Err(reject(*reason, text)),
        RawMoment::Missing => return Err(reject(RejectReason::MissingTime, "")),
    };
    let hour = match present(raw.hour.clone()) {
        Some(text) => Some(hour(&text).ok_or_else(|| reject(RejectReason::UnreadableHour, &text))?),
        // A column of dates alone reads as midnight: that is a day, not its first hour.
        None if at.hour() == 0 && at.minute() == 0 => None,
        None => Some(at.hour()),
    };
    let visitors = count(&raw.visitors).map_err(|_| reject(RejectReason::UnreadableVisitors, &raw.visitors))?;
    let sessions = match raw.sessions.as_deref().map(count) {
        None | Some(Err(DecimalError::Missing)) => None,
        Some(Ok(sessions)) => Some(sessions),
        Some(Err(_)) => {
            return Err(reject(RejectReason::UnreadableSessions, raw.sessions.as_deref().unwrap_or_default()));
        }
    };
    let channel = match present(raw.channel.clone()) {
        Some(name) => Some(channel(&name).ok_or_else(|| reject(RejectReason::UnknownChannel, &name))?),
        None => None,
    };
    Ok(VisitRow { row: raw.row, date: at.date(), hour, shop: present(raw.shop), channel, visitors, sessions })
}

/// A channel by the names that platforms and shops give it, whatever its capitals, blanks and dashes.
pub(super) fn channel(name: &str) -> Option<Channel> {
    const NAMES: [(Channel, &[&str]); 5] = [
        (Channel::MiniProgram, &["miniprogram", "miniapp", "wechat", "wechatminiprogram", "小程序", "微信小程序", "微信"]),
        (Channel::Web, &["web", "website", "online", "onlinestore", "shop", "h5", "网站", "网店", "官网", "网页", "商城"]),
        (Channel::Counter, &["counter", "store", "pos", "retail", "offline", "门店", "线下", "实体店", "收银", "到店"]),
        (Channel::App, &["app", "mobileapp", "手机应用"]),
        (Channel::Errand, &["errand", "delivery", "跑腿", "外卖", "同城配送"]),
    ];
    let folded: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    NAMES.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(channel, _)| *channel)
}

/// "8", "08", "8:00", "8点" and "8:00-9:00".
fn hour(text: &str) -> Option<i8> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let rest = text[digits.len()..].trim_start();
    let is_hour = rest.is_empty() || rest.starts_with([':', '：', '点', '时', '-', '~', '.']);
    digits.parse().ok().filter(|hour| is_hour && (0..24).contains(hour))
}

fn count(text: &str) -> Result<i64, DecimalError> {
    let thousandths = parse_milli(text)?;
    if thousandths < 0 || thousandths % 1_000 != 0 {
        return Err(DecimalError::Unreadable);
    }
    Ok(thousandths / 1_000)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn check(hour: Option<&str>, visitors: &str, sessions: Option<&str>, at_hour: i8) -> Result<(Option<i8>, i64, Option<i64>), RejectReason> {
        let raw = RawVisit {
            row: 2,
            at: RawMoment::Local(date(2024, 3, 15).at(at_hour, 0, 0, 0)),
            hour: hour.map(Into::into),
            shop: None,
            channel: Some(" 小程序 ".into()),
            visitors: visitors.into(),
            sessions: sessions.map(Into::into),
            fault: None,
        };
        cleanse_visit(raw).map(|row| (row.hour, row.visitors, row.sessions)).map_err(|row| row.reason)
    }

    #[test]
    fn channels_have_many_names_and_a_strange_one_is_no_channel() {
        for (name, expect) in [
            ("小程序", Some(Channel::MiniProgram)),
            ("Mini-Program", Some(Channel::MiniProgram)),
            (" 网店", Some(Channel::Web)),
            ("Online Store", Some(Channel::Web)),
            ("线下", Some(Channel::Counter)),
            ("APP", Some(Channel::App)),
            ("同城配送", Some(Channel::Errand)),
            ("import", None),
            ("邻居", None),
        ] {
            assert_eq!(channel(name), expect, "{name}");
        }
    }

    #[test]
    fn visits_are_read() {
        assert_eq!(check(None, "1,234", Some("1500"), 0), Ok((None, 1_234, Some(1_500))));
        assert_eq!(check(None, "12", None, 9), Ok((Some(9), 12, None)));
        assert_eq!(check(Some("08:00-09:00"), "12", Some(""), 0), Ok((Some(8), 12, None)));
        assert_eq!(check(Some("8点"), "12.0", None, 0), Ok((Some(8), 12, None)));
        assert_eq!(check(Some("24"), "12", None, 0), Err(RejectReason::UnreadableHour));
        assert_eq!(check(Some("早上"), "12", None, 0), Err(RejectReason::UnreadableHour));
        assert_eq!(check(None, "-1", None, 0), Err(RejectReason::UnreadableVisitors));
        assert_eq!(check(None, "", None, 0), Err(RejectReason::UnreadableVisitors));
        assert_eq!(check(None, "1", Some("x"), 0), Err(RejectReason::UnreadableSessions));
    }
}

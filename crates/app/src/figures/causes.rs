//! Why a day differs from the one it is compared with: amounts that sum exactly to the difference.
//!
//! Every order's payment lies on its lines. The goods (a SKU or a category) whose lines moved most are taken out first, then the shop or channel
//! that moved most among the lines that are left, and what remains is the rest: so nothing is counted twice and nothing is missing.

use crate::wire::CauseKind;
use domain::{CategoryId, Channel, ShopId, SkuId, money::share_bp};
use std::collections::{BTreeMap, BTreeSet};
use store::read::day::PaidLine;

/// Causes told beside the rest.
const TOLD: usize = 2;
/// A SKU is named in place of its category where it carries this share of it.
const SKU_CARRIES_BP: i64 = 6_000;
/// A change of visitors below this is no cause.
const VISITS_MOVED_BP: i64 = 500;

/// What moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mover {
    Sku(SkuId),
    Category(CategoryId),
    Shop(ShopId),
    Channel(Channel),
    Rest,
}

impl Mover {
    fn holds(self, line: &PaidLine) -> bool {
        match self {
            Self::Sku(sku) => line.sku == sku,
            Self::Category(category) => line.category == Some(category),
            Self::Shop(shop) => line.shop == shop,
            Self::Channel(channel) => line.channel == channel,
            Self::Rest => false,
        }
    }
}

/// A cause before it has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    pub mover: Mover,
    pub kind: CauseKind,
    pub amount_minor: i64,
    pub pieces_milli: i64,
    pub orders: i64,
    pub visitors_change_bp: Option<i64>,
}

/// The two days' lines, and their visitors by channel in the hours that are over.
#[derive(Debug, Clone, Copy)]
pub struct Days<'a> {
    pub today: &'a [PaidLine],
    pub before: &'a [PaidLine],
    pub visitors_today: &'a BTreeMap<Channel, i64>,
    pub visitors_before: &'a BTreeMap<Channel, i64>,
}

/// Finds the causes of a difference; their amounts sum to it. None where there is no difference.
#[must_use]
pub fn of(difference_minor: i64, days: Days<'_>) -> Vec<Cause> {
    if difference_minor == 0 {
        return Vec::new();
    }
    let mut today: Vec<&PaidLine> = days.today.iter().collect();
    let mut before: Vec<&PaidLine> = days.before.iter().collect();
    let mut causes: Vec<Cause> = Vec::new();
    for pick in [goods, places, goods] {
        let Some(mover) = pick(&today, &before).filter(|_| causes.len() < TOLD) else { continue };
        let (of_today, of_before) = (taken(&mut today, mover), taken(&mut before, mover));
        causes.push(cause(mover, &of_today, &of_before, days));
    }
    causes.retain(|c| c.amount_minor != 0);
    causes.sort_by_key(|c| std::cmp::Reverse(c.amount_minor.abs()));
    let rest_minor = difference_minor - causes.iter().map(|c| c.amount_minor).sum::<i64>();
    if rest_minor != 0 {
        causes.push(Cause { mover: Mover::Rest, kind: CauseKind::Rest, amount_minor: rest_minor, pieces_milli: 0, orders: 0, visitors_change_bp: None });
    }
    causes
}

/// Takes the lines of a mover out.
fn taken<'a>(lines: &mut Vec<&'a PaidLine>, mover: Mover) -> Vec<&'a PaidLine> {
    let (held, left) = lines.iter().partition(|l| mover.holds(l));
    *lines = left;
    held
}

fn cause(mover: Mover, today: &[&PaidLine], before: &[&PaidLine], days: Days<'_>) -> Cause {
    let amount = |lines: &[&PaidLine]| lines.iter().map(|l| l.amount_minor).sum::<i64>();
    let pieces = |lines: &[&PaidLine]| lines.iter().map(|l| l.quantity_milli).sum::<i64>();
    let orders = |lines: &[&PaidLine]| i64::try_from(lines.iter().map(|l| l.order).collect::<BTreeSet<_>>().len()).unwrap_or(0);
    let amount_minor = amount(today) - amount(before);
    let mut kind = match mover {
        Mover::Sku(_) => CauseKind::Sku,
        Mover::Category(_) => CauseKind::Category,
        Mover::Shop(_) => CauseKind::Shop,
        Mover::Channel(_) => CauseKind::Channel,
        Mover::Rest => CauseKind::Rest,
    };
    let mut visitors_change_bp = None;
    if let Mover::Channel(channel) = mover {
        let counts = days.visitors_today.get(&channel).zip(days.visitors_before.get(&channel));
        visitors_change_bp = counts.and_then(|(now, then)| share_bp(now - then, *then));
        if visitors_change_bp.is_some_and(|change| change.abs() >= VISITS_MOVED_BP && (change > 0) == (amount_minor > 0)) {
            kind = CauseKind::Visits;
        }
    }
    Cause { mover, kind, amount_minor, pieces_milli: pieces(today) - pieces(before), orders: orders(today) - orders(before), visitors_change_bp }
}

/// Differences by a part of the lines.
fn moved(today: &[&PaidLine], before: &[&PaidLine], of: impl Fn(&PaidLine) -> Option<Mover>) -> BTreeMap<Mover, i64> {
    let mut sums = BTreeMap::new();
    for (lines, sign) in [(today, 1), (before, -1)] {
        for line in lines {
            if let Some(mover) = of(line) {
                *sums.entry(mover).or_insert(0) += sign * line.amount_minor;
            }
        }
    }
    sums
}

fn largest(sums: &BTreeMap<Mover, i64>) -> Option<(Mover, i64)> {
    sums.iter()
        .map(|(mover, amount)| (*mover, *amount))
        .filter(|(_, amount)| *amount != 0)
        .max_by_key(|(mover, amount)| (amount.abs(), std::cmp::Reverse(*mover)))
}

/// The SKU or category that moved most.
fn goods(today: &[&PaidLine], before: &[&PaidLine]) -> Option<Mover> {
    let sku = largest(&moved(today, before, |l| Some(Mover::Sku(l.sku))));
    let category = largest(&moved(today, before, |l| l.category.map(Mover::Category)));
    match (sku, category) {
        (Some(sku), Some(category)) => {
            Some(if sku.1.abs().saturating_mul(10_000) >= category.1.abs().saturating_mul(SKU_CARRIES_BP) { sku.0 } else { category.0 })
        }
        (sku, category) => sku.or(category).map(|(mover, _)| mover),
    }
}

/// The shop or channel that moved most; none where there is only one of each.
fn places(today: &[&PaidLine], before: &[&PaidLine]) -> Option<Mover> {
    let many = |sums: BTreeMap<Mover, i64>| if sums.len() > 1 { largest(&sums) } else { None };
    let shop = many(moved(today, before, |l| Some(Mover::Shop(l.shop))));
    let channel = many(moved(today, before, |l| Some(Mover::Channel(l.channel))));
    [shop, channel].into_iter().flatten().max_by_key(|(_, amount)| amount.abs()).map(|(mover, _)| mover)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn line(order: u128, shop: u128, channel: Channel, sku: u128, category: Option<u128>, amount_minor: i64) -> PaidLine {
        PaidLine {
            order: Uuid::from_u128(order),
            shop: ShopId(Uuid::from_u128(shop)),
            channel,
            sku: SkuId(Uuid::from_u128(sku)),
            category: category.map(|c| CategoryId(Uuid::from_u128(c))),
            quantity_milli: 1_000,
            amount_minor,
        }
    }

    fn causes_of(difference: i64, today: &[PaidLine], before: &[PaidLine]) -> Vec<Cause> {
        let none = BTreeMap::new();
        of(difference, Days { today, before, visitors_today: &none, visitors_before: &none })
    }

    #[test]
    fn causes_sum_exactly_and_count_nothing_twice() {
        let today = [
            line(1, 1, Channel::Counter, 10, Some(5), 900),
            line(1, 1, Channel::Counter, 11, Some(5), 100),
            line(2, 2, Channel::Web, 12, None, 400),
            line(3, 1, Channel::Web, 13, None, 50),
        ];
        let before = [line(9, 1, Channel::Counter, 10, Some(5), 200), line(8, 2, Channel::Counter, 14, None, 300)];
        let paid: i64 = today.iter().map(|l| l.amount_minor).sum();
        let then: i64 = before.iter().map(|l| l.amount_minor).sum();
        // Seven fen lie on no line: freight, rounding.
        let causes = causes_of(paid - then + 7, &today, &before);
        assert_eq!(causes.iter().map(|c| c.amount_minor).sum::<i64>(), paid - then + 7);
        assert_eq!((causes[0].kind, causes[0].amount_minor, causes[0].pieces_milli), (CauseKind::Sku, 700, 0));
        assert_eq!((causes[1].kind, causes[1].amount_minor, causes[1].orders), (CauseKind::Channel, 450, 2));
        assert_eq!(causes.last().map(|c| c.kind), Some(CauseKind::Rest));
        assert!(causes.len() <= 3);
    }

    #[test]
    fn a_category_is_named_where_no_single_sku_carries_it() {
        let today: Vec<PaidLine> = (0..5).map(|n| line(n, 1, Channel::Counter, n + 10, Some(5), 100)).collect();
        let causes = causes_of(500, &today, &[]);
        assert_eq!((causes[0].kind, causes[0].amount_minor, causes.len()), (CauseKind::Category, 500, 1));
    }

    #[test]
    fn visitors_explain_their_channel_only_where_they_moved_with_it() {
        let before = [line(1, 1, Channel::MiniProgram, 10, None, 1_000), line(2, 1, Channel::Counter, 11, None, 10)];
        let today = [line(3, 1, Channel::Counter, 11, None, 10), line(4, 1, Channel::MiniProgram, 12, None, 100)];
        let (few, many) = (BTreeMap::from([(Channel::MiniProgram, 80)]), BTreeMap::from([(Channel::MiniProgram, 100)]));
        let causes = of(-900, Days { today: &today, before: &before, visitors_today: &few, visitors_before: &many });
        assert_eq!(causes.iter().map(|c| c.amount_minor).sum::<i64>(), -900);
        let channel = cause(
            Mover::Channel(Channel::MiniProgram),
            &[],
            &[&before[0]],
            Days { today: &today, before: &before, visitors_today: &few, visitors_before: &many },
        );
        assert_eq!((channel.kind, channel.visitors_change_bp), (CauseKind::Visits, Some(-2_000)));
        let channel = cause(
            Mover::Channel(Channel::MiniProgram),
            &[],
            &[&before[0]],
            Days { today: &today, before: &before, visitors_today: &many, visitors_before: &few },
        );
        assert_eq!(channel.kind, CauseKind::Channel);
    }

    #[test]
    fn no_difference_has_no_cause() {
        assert!(causes_of(0, &[], &[]).is_empty());
        assert_eq!(causes_of(5, &[], &[]).len(), 1);
    }
}

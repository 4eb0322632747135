//! Which sale a cancellation takes back.
//!
//! A file says *that* goods came back, not *what* they came back from. The rule, tier by tier; the first tier that fits
//! decides and its name is kept with the refund. Candidates are sales of the same code to the same customer, not later than
//! the cancellation, of which something has not been returned yet; the latest comes first.
//!
//! 1. [`MatchRule::SamePurchase`]: same price, and enough of it left.
//! 2. [`MatchRule::SeveralPurchases`]: same price, and the latest of them hold enough together.
//! 3. [`MatchRule::OtherPrice`]: another price (a discount given afterwards, a list price on the return), and enough left.
//! 4. [`MatchRule::SeveralPrices`]: at several prices, enough together.
//! 5. [`MatchRule::PartOfReturn`]: not enough left; the refund refers to what is, and the rest to nothing.
//! 6. [`MatchRule::NoCustomer`]: the file names no customer; a sale without customer of the same code at the same price, of
//!    at least this quantity, at most [`NO_CUSTOMER_DAYS_MAX`] days before.
//!
//! A charge (postage, fee, manual line) is matched by the same rule as goods. A cancellation that fits no tier stays a
//! refund without a sale: the goods may have been sold before the file begins.

use jiff::civil::DateTime;
use uuid::Uuid;

/// Without a customer the code and the price must do; the longer the time between, the more such sales fit by chance.
pub const NO_CUSTOMER_DAYS_MAX: i32 = 90;

/// The most candidates looked at for one cancellation. Postage bought every day by one customer is the longest list; beyond
/// the latest 256 an older sale is not what the customer brings back.
pub const CANDIDATES_MAX: usize = 256;

/// By which tier a sale was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchRule {
    /// Same customer, code and price; one sale with enough left.
    SamePurchase,
    /// Same customer, code and price; several sales together.
    SeveralPurchases,
    /// Same customer and code, another price; one sale with enough left.
    OtherPrice,
    /// Same customer and code; several sales at several prices together.
    SeveralPrices,
    /// Same customer and code; what was left covers a part.
    PartOfReturn,
    /// No customer named; same code and price within 90 days.
    NoCustomer,
}

impl MatchRule {
    /// Every tier, the strictest first.
    pub const ALL: [Self; 6] = [Self::SamePurchase, Self::SeveralPurchases, Self::OtherPrice, Self::SeveralPrices, Self::PartOfReturn, Self::NoCustomer];

    /// The name under which the tier is stored.
    pub fn key(self) -> &'static str {
        match self {
            Self::SamePurchase => "same_purchase",
            Self::SeveralPurchases => "several_purchases",
            Self::OtherPrice => "other_price",
            Self::SeveralPrices => "several_prices",
            Self::PartOfReturn => "part_of_return",
            Self::NoCustomer => "no_customer",
        }
    }

    /// The tier for the owner.
    pub fn words(self) -> super::Words {
        let (zh, en) = match self {
            Self::SamePurchase => ("同一顾客、同一商品、同价的一次购买", "One purchase of the same customer, product and price"),
            Self::SeveralPurchases => ("同一顾客、同一商品、同价的几次购买", "Several purchases of the same customer, product and price"),
            Self::OtherPrice => ("同一顾客、同一商品，价格不同", "Same customer and product, another price"),
            Self::SeveralPrices => ("同一顾客、同一商品，几次购买价格不同", "Same customer and product, several purchases at other prices"),
            Self::PartOfReturn => ("同一顾客、同一商品，只找到一部分", "Same customer and product, found for a part"),
            Self::NoCustomer => ("没有顾客：90 天内同一商品同价", "No customer named: same product and price within 90 days"),
        };
        super::Words { zh, en }
    }
}

/// What a cancellation line takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelledLine {
    /// Whether the file names a customer.
    pub has_customer: bool,
    /// The price of one.
    pub price_micro: i64,
    /// How many come back, as a positive number.
    pub quantity_milli: i64,
    /// When.
    pub at: DateTime,
}

/// A sale that may be meant: same code and same customer (both may be "none").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaleCandidate {
    /// The order line.
    pub line: Uuid,
    /// Its order.
    pub order: Uuid,
    /// When it was sold.
    pub at: DateTime,
    /// The price of one.
    pub price_micro: i64,
    /// How many have not been returned yet.
    pub unreturned_milli: i64,
}

/// What part of which sale comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchedPart {
    /// The order line.
    pub line: Uuid,
    /// Its order.
    pub order: Uuid,
    /// How many of it come back.
    pub quantity_milli: i64,
}

/// The sale or sales that a cancellation refers to, the latest first; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleMatch {
    /// By which tier.
    pub rule: MatchRule,
    /// What comes back from where.
    pub parts: Vec<MatchedPart>,
}

impl SaleMatch {
    /// How many found their sale; less than came back only under [`MatchRule::PartOfReturn`].
    pub fn quantity_milli(&self) -> i64 {
        self.parts.iter().map(|part| part.quantity_milli).sum()
    }
}

/// Finds the sale that a cancellation refers to among candidates given latest first. Sales after the cancellation and sales
/// returned whole are passed over, so a caller may hand them in.
pub fn find_sale(cancelled: &CancelledLine, candidates: &[SaleCandidate]) -> Option<SaleMatch> {
    let wanted = cancelled.quantity_milli;
    if wanted <= 0 {
        return None;
    }
    let open: Vec<&SaleCandidate> = candidates.iter().take(CANDIDATES_MAX).filter(|sale| sale.at <= cancelled.at && sale.unreturned_milli > 0).collect();
    let same_price = || open.iter().copied().filter(|sale| sale.price_micro == cancelled.price_micro);
    let any_price = || open.iter().copied();
    let enough = |sale: &&SaleCandidate| sale.unreturned_milli >= wanted;

    if !cancelled.has_customer {
        let recent = |sale: &&SaleCandidate| days_between(sale.at, cancelled.at) <= NO_CUSTOMER_DAYS_MAX;
        return same_price().filter(recent).find(enough).map(|sale| whole(MatchRule::NoCustomer, sale, wanted));
    }
    if let Some(sale) = same_price().find(enough) {
        return Some(whole(MatchRule::SamePurchase, sale, wanted));
    }
    if let Some(parts) = spread(same_price(), wanted).filter(|parts| covers(parts, wanted)) {
        return Some(SaleMatch { rule: MatchRule::SeveralPurchases, parts });
    }
    if let Some(sale) = any_price().find(enough) {
        return Some(whole(MatchRule::OtherPrice, sale, wanted));
    }
    let parts = spread(any_price(), wanted)?;
    let rule = if covers(&parts, wanted) { MatchRule::SeveralPrices } else { MatchRule::PartOfReturn };
    Some(SaleMatch { rule, parts })
}

fn whole(rule: MatchRule, sale: &SaleCandidate, wanted: i64) -> SaleMatch {
    let part = MatchedPart { line: sale.line, order: sale.order, quantity_milli: wanted };
    SaleMatch { rule, parts: vec![part] }
}

/// Takes from the latest sale what it has, then from the one before.
fn spread<'a>(sales: impl Iterator<Item = &'a SaleCandidate>, wanted: i64) -> Option<Vec<MatchedPart>> {
    let mut missing = wanted;
    let mut parts = Vec::new();
    for sale in sales {
        if missing == 0 {
            break;
        }
        let taken = missing.min(sale.unreturned_milli);
        parts.push(MatchedPart { line: sale.line, order: sale.order, quantity_milli: taken });
        missing -= taken;
    }
    if parts.is_empty() { None } else { Some(parts) }
}

fn covers(parts: &[MatchedPart], wanted: i64) -> bool {
    parts.iter().map(|part| part.quantity_milli).sum::<i64>() == wanted
}

fn days_between(from: DateTime, to: DateTime) -> i32 {
    // Dates are within 1990–2100 after cleansing, so the difference always fits.
    to.date().since(from.date()).map_or(i32::MAX, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn sale(number: u128, day: i8, price_micro: i64, unreturned: i64) -> SaleCandidate {
        SaleCandidate {
            line: Uuid::from_u128(number),
            order: Uuid::from_u128(number + 1_000),
            at: date(2010, 6, day).at(12, 0, 0, 0),
            price_micro,
            unreturned_milli: unreturned,
        }
    }

    fn found(has_customer: bool, price_micro: i64, quantity: i64, sales: &[SaleCandidate]) -> Option<(MatchRule, Vec<(u128, i64)>)> {
        let at = date(2010, 6, 20).at(12, 0, 0, 0);
        let cancelled = CancelledLine { has_customer, price_micro, quantity_milli: quantity, at };
        find_sale(&cancelled, sales).map(|found| (found.rule, found.parts.iter().map(|p| (p.line.as_u128(), p.quantity_milli)).collect()))
    }

    #[test]
    fn the_strictest_tier_that_fits_decides() {
        let sales = [sale(1, 25, 5, 90), sale(2, 15, 7, 10), sale(3, 10, 5, 4), sale(4, 5, 5, 6), sale(5, 1, 5, 6)];
        let cases = [
            // The sale of the 25th is after the cancellation and never meant.
            (5, 3, Some((MatchRule::SamePurchase, vec![(3, 3)]))),
            (5, 5, Some((MatchRule::SamePurchase, vec![(4, 5)]))),
            (5, 12, Some((MatchRule::SeveralPurchases, vec![(3, 4), (4, 6), (5, 2)]))),
            (6, 10, Some((MatchRule::OtherPrice, vec![(2, 10)]))),
            (6, 13, Some((MatchRule::SeveralPrices, vec![(2, 10), (3, 3)]))),
            (5, 50, Some((MatchRule::PartOfReturn, vec![(2, 10), (3, 4), (4, 6), (5, 6)]))),
            (5, 0, None),
        ];
        for (price, quantity, expect) in cases {
            assert_eq!(found(true, price, quantity, &sales), expect, "{quantity} at {price}");
        }
        assert_eq!(found(true, 5, 1, &[]), None);
        assert_eq!(found(true, 5, 1, &[sale(1, 1, 5, 0)]), None);
    }

    #[test]
    fn without_a_customer_only_a_recent_sale_at_the_price_is_meant() {
        let mut old = sale(1, 1, 5, 9);
        old.at = date(2010, 3, 1).at(12, 0, 0, 0);
        assert_eq!(found(false, 5, 3, &[old]), None);
        assert_eq!(found(false, 6, 3, &[sale(1, 1, 5, 9)]), None);
        assert_eq!(found(false, 5, 3, &[sale(1, 1, 5, 9)]), Some((MatchRule::NoCustomer, vec![(1, 3)])));
    }
}

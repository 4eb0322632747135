//! What a stock code stands for, and which figures a line of that code counts in.
//!
//! Every line of a sale counts in what the order amounts to, whatever its code: the invoice says so, and postage that
//! the customer paid is money taken. What differs is the figures *of articles*: units sold, the ranking of SKUs,
//! 动销率 and stock. `docs/import.md` shows this table to people.

use crate::words::SkuKind;

/// What a stock code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CodeKind {
    /// An article of the shop.
    Goods,
    /// Postage and carriage charged to the customer.
    Postage,
    /// Charges of the bank.
    BankCharges,
    /// A line typed by hand, without an article.
    Manual,
    /// A discount given on the whole document.
    Discount,
    /// A gift voucher sold or taken back.
    GiftVoucher,
    /// The fee of a marketplace.
    Fee,
    /// Samples sent to customers.
    Samples,
    /// Money passed on to a charity.
    Charity,
    /// Somebody tried the program out.
    Test,
    /// A correction of the books.
    Adjustment,
}

/// Under which heading the amount of a line is shown when the payable amount is broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AmountGroup {
    /// Articles.
    Goods,
    /// Postage and carriage.
    Freight,
    /// Discounts.
    Discount,
    /// Charges of banks and marketplaces, gifts to charity.
    Charges,
    /// Everything else that stands on a document.
    Other,
}

/// The figures that a line of a kind of code counts in. Whether it counts at all is decided first by its
/// [`LineKind`](super::LineKind): a write-off and an adjustment are never in sales.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeFigures {
    /// Part of what an order amounts to: GMV, paid, net sales, 客单价, 笔单价, refund rate.
    pub in_sales: bool,
    /// Part of units sold, best and worst SKUs and 动销率.
    pub in_sku_figures: bool,
    /// Moves stock.
    pub moves_stock: bool,
    /// Its heading in a breakdown of amounts.
    pub group: AmountGroup,
}

/// Which codes are taken for something else than goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CodeTable {
    /// The table of this page.
    #[default]
    Standard,
    /// Every code is an article: for a shop whose articles are called "M" or "S".
    GoodsOnly,
}

enum Pattern {
    Exactly(&'static str),
    StartsWith(&'static str),
    /// The text, then nothing but digits, perhaps none.
    Numbered(&'static str),
}

use Pattern::{Exactly, Numbered, StartsWith};

/// The table, in folded form. The first row that fits decides; a code that fits none is an article. So are the articles
/// of this data with unusual codes: PADS, SP1002 and DCGS….
const TABLE: [(Pattern, CodeKind); 31] = [
    (Exactly("POST"), CodeKind::Postage),
    (Exactly("DOT"), CodeKind::Postage),
    (Exactly("C2"), CodeKind::Postage),
    (Exactly("C3"), CodeKind::Postage),
    (Exactly("POSTAGE"), CodeKind::Postage),
    (Exactly("CARRIAGE"), CodeKind::Postage),
    (Exactly("SHIPPING"), CodeKind::Postage),
    (Exactly("运费"), CodeKind::Postage),
    (Exactly("邮费"), CodeKind::Postage),
    (Exactly("配送费"), CodeKind::Postage),
    (Exactly("BANK CHARGES"), CodeKind::BankCharges),
    (Exactly("手续费"), CodeKind::BankCharges),
    (Exactly("M"), CodeKind::Manual),
    (Exactly("MANUAL"), CodeKind::Manual),
    (Exactly("D"), CodeKind::Discount),
    (Exactly("DISCOUNT"), CodeKind::Discount),
    (Exactly("优惠"), CodeKind::Discount),
    (Exactly("折扣"), CodeKind::Discount),
    (Exactly("GIFT"), CodeKind::GiftVoucher),
    (StartsWith("GIFT_"), CodeKind::GiftVoucher),
    (Exactly("礼品卡"), CodeKind::GiftVoucher),
    (Exactly("AMAZONFEE"), CodeKind::Fee),
    (Exactly("平台服务费"), CodeKind::Fee),
    (Exactly("佣金"), CodeKind::Fee),
    (Exactly("S"), CodeKind::Samples),
    (Exactly("SAMPLES"), CodeKind::Samples),
    (Exactly("CRUK"), CodeKind::Charity),
    (Numbered("TEST"), CodeKind::Test),
    (Exactly("B"), CodeKind::Adjustment),
    (Numbered("ADJUST"), CodeKind::Adjustment),
    (Exactly("调整"), CodeKind::Adjustment),
];

/// The code in the one form in which codes are compared: trimmed and in capitals, so that "15056bl" and "15056BL" are
/// one SKU, and "m" is "M".
pub fn fold_code(code: &str) -> String {
    let trimmed = code.trim();
    if trimmed.is_ascii() { trimmed.to_ascii_uppercase() } else { trimmed.to_uppercase() }
}

impl CodeTable {
    /// The kind of a folded code.
    pub fn kind_of(self, folded: &str) -> CodeKind {
        // An article of this trade starts with a digit, no row of the table does: nearly all lines leave here.
        if self == Self::GoodsOnly || folded.starts_with(|c: char| c.is_ascii_digit()) {
            return CodeKind::Goods;
        }
        let fits = |pattern: &Pattern| match pattern {
            Exactly(text) => folded == *text,
            StartsWith(text) => folded.starts_with(text),
            Numbered(text) => folded.strip_prefix(text).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit())),
        };
        TABLE.iter().find(|(pattern, _)| fits(pattern)).map_or(CodeKind::Goods, |(_, kind)| *kind)
    }
}

impl CodeKind {
    /// Every kind, in the order of the table in `docs/import.md`.
    pub const ALL: [Self; 11] = [
        Self::Goods,
        Self::Postage,
        Self::BankCharges,
        Self::Manual,
        Self::Discount,
        Self::GiftVoucher,
        Self::Fee,
        Self::Samples,
        Self::Charity,
        Self::Test,
        Self::Adjustment,
    ];

    /// The name under which the kind is stored.
    pub fn key(self) -> &'static str {
        match self {
            Self::Goods => "goods",
            Self::Postage => "postage",
            Self::BankCharges => "bank_charges",
            Self::Manual => "manual",
            Self::Discount => "discount",
            Self::GiftVoucher => "gift_voucher",
            Self::Fee => "fee",
            Self::Samples => "samples",
            Self::Charity => "charity",
            Self::Test => "test",
            Self::Adjustment => "adjustment",
        }
    }

    /// The kind stored under a name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The kind of the SKU that is made for the code.
    pub fn sku_kind(self) -> SkuKind {
        match self {
            Self::Goods => SkuKind::Goods,
            Self::Postage => SkuKind::Postage,
            Self::BankCharges | Self::Fee => SkuKind::Fee,
            Self::Manual => SkuKind::Manual,
            Self::Discount => SkuKind::Discount,
            Self::GiftVoucher => SkuKind::Voucher,
            Self::Samples => SkuKind::Sample,
            Self::Charity => SkuKind::Charity,
            Self::Test => SkuKind::Test,
            Self::Adjustment => SkuKind::Adjustment,
        }
    }

    /// The figures that lines of this kind count in.
    pub fn figures(self) -> CodeFigures {
        let is_goods = self == Self::Goods;
        let group = match self {
            Self::Goods => AmountGroup::Goods,
            Self::Postage => AmountGroup::Freight,
            Self::Discount => AmountGroup::Discount,
            Self::BankCharges | Self::Fee | Self::Charity => AmountGroup::Charges,
            Self::Manual | Self::GiftVoucher | Self::Samples | Self::Test | Self::Adjustment => AmountGroup::Other,
        };
        CodeFigures { in_sales: true, in_sku_figures: is_goods, moves_stock: is_goods, group }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_real_file() {
        let cases = [
            ("85048", CodeKind::Goods),
            ("15056bl", CodeKind::Goods),
            ("47503J ", CodeKind::Goods),
            ("PADS", CodeKind::Goods),
            ("SP1002", CodeKind::Goods),
            ("DCGS0058", CodeKind::Goods),
            ("DCGSSGIRL", CodeKind::Goods),
            ("DCGSLBOY", CodeKind::Goods),
            ("POST", CodeKind::Postage),
            ("DOT", CodeKind::Postage),
            ("C2", CodeKind::Postage),
            ("C3", CodeKind::Postage),
            ("BANK CHARGES", CodeKind::BankCharges),
            ("M", CodeKind::Manual),
            ("m", CodeKind::Manual),
            ("D", CodeKind::Discount),
            ("gift_0001_80", CodeKind::GiftVoucher),
            ("GIFT", CodeKind::GiftVoucher),
            ("AMAZONFEE", CodeKind::Fee),
            ("S", CodeKind::Samples),
            ("CRUK", CodeKind::Charity),
            ("TEST001", CodeKind::Test),
            ("TEST002", CodeKind::Test),
            ("TESTER", CodeKind::Goods),
            ("B", CodeKind::Adjustment),
            ("ADJUST", CodeKind::Adjustment),
            ("ADJUST2", CodeKind::Adjustment),
        ];
        for (code, expect) in cases {
            assert_eq!(CodeTable::Standard.kind_of(&fold_code(code)), expect, "{code:?}");
            assert_eq!(CodeTable::GoodsOnly.kind_of(&fold_code(code)), CodeKind::Goods, "{code:?}");
        }
    }

    #[test]
    fn no_row_of_the_table_starts_with_a_digit_and_all_are_folded() {
        for (pattern, _) in &TABLE {
            let (Exactly(text) | StartsWith(text) | Numbered(text)) = pattern;
            assert!(!text.starts_with(|c: char| c.is_ascii_digit()), "the short way out would miss {text}");
            assert_eq!(fold_code(text), *text);
        }
    }

    #[test]
    fn keys_lead_back_to_their_kind() {
        for kind in CodeKind::ALL {
            assert_eq!(CodeKind::from_key(kind.key()), Some(kind));
            assert_eq!(kind.figures().moves_stock, kind.sku_kind().has_stock());
        }
    }
}

//! Closed sets of words, with the text each has in the store.

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),* }

        impl $name {
            /// Every word of the set.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word as it stands in the store and in files.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $(Self::$variant => $text),* } }
            /// The other way; `None` for a word this version does not know.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> { match word { $($text => Some(Self::$variant),)* _ => None } }
        }
    )*};
}

words! {
    /// Where an order came from 渠道.
    Channel { Counter = "counter", MiniProgram = "mini_program", Web = "web", App = "app", Errand = "errand", Import = "import" }
    /// The payment axis of an order.
    PayState { Unpaid = "unpaid", Partial = "partial", Paid = "paid", Closed = "closed" }
    /// The fulfilment axis of an order.
    FulfilState { None = "none", Waiting = "waiting", Underway = "underway", Done = "done", Closed = "closed" }
    /// The refund axis of an order.
    RefundState { None = "none", Underway = "underway", Part = "part", All = "all" }
    /// What a code of a file or shelf stands for; only some kinds count as goods sold.
    SkuKind {
        Goods = "goods", Postage = "postage", Fee = "fee", Manual = "manual", Discount = "discount",
        Voucher = "voucher", Charity = "charity", Sample = "sample", Test = "test", Adjustment = "adjustment", Other = "other",
    }
    /// Why stock moved 库存流水.
    MovementKind { Opening = "opening", Sale = "sale", SaleReturn = "sale_return", WriteOff = "write_off", PurchaseIn = "purchase_in", Reversal = "reversal" }
    /// How money was taken 支付方式.
    Tender { Cash = "cash", Wechat = "wechat", Alipay = "alipay", Card = "card", Unknown = "unknown" }
}

impl SkuKind {
    /// Whether lines of this kind count in net sales 净销售额 (goods and what changes their price, not what is charged beside them).
    #[must_use]
    pub const fn counts_in_net(self) -> bool {
        matches!(self, Self::Goods | Self::Manual | Self::Discount | Self::Sample | Self::Other)
    }

    /// Whether it has stock.
    #[must_use]
    pub const fn has_stock(self) -> bool {
        matches!(self, Self::Goods)
    }
}

/// What is remarkable about a line, as bits of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineFlags(pub i64);

impl LineFlags {
    /// The line repeats another of its invoice, to the letter.
    pub const REPEATED: Self = Self(1);
    /// Its unit price is finer than a minor unit.
    pub const SUB_PENNY: Self = Self(2);
    /// Its price is zero.
    pub const FREE: Self = Self(4);
    /// Its invoice has lines at two times.
    pub const TWO_TIMES: Self = Self(8);
    /// No movement of stock leads from its article to its order: it moves none (postage), or not on the order's own day. Set by whoever writes the line
    /// and its movement; the derived table `sku_order` has these lines alone.
    pub const UNMOVED: Self = Self(16);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

//! Why a row is left out, said so that its owner can mend it.

/// A text in both languages of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// The longest text that a column may hold. The longest of two years of real trade is 35 characters; what is far longer is a
/// quote that was never closed.
pub const FIELD_CHARS_MAX: usize = 1_000;

/// A row that is not taken, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The row as a person finds it, see [`RawLine::row`](super::RawLine::row).
    pub row: u64,
    /// What is wrong with it.
    pub reason: RejectReason,
    /// The text of the cell that is to blame, cut to 60 characters.
    pub found: String,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectReason {
    /// No order number.
    MissingInvoice,
    /// A spreadsheet has turned the number into 6.92E+17: its last digits are lost.
    InvoiceDigitsLost,
    /// No code of an article.
    MissingCode,
    /// The code was turned into 6.9E+12 by a spreadsheet.
    CodeDigitsLost,
    /// No quantity.
    MissingQuantity,
    /// The quantity is no number.
    UnreadableQuantity,
    /// The quantity is zero: nothing was sold.
    ZeroQuantity,
    /// No date.
    MissingTime,
    /// The date fits none of the layouts.
    UnreadableTime,
    /// The month is not 1–12.
    NoSuchMonth,
    /// The day is not 1–31.
    NoSuchDay,
    /// The 31st of April, June, September or November.
    ThirtyDays,
    /// The 30th or 31st of February.
    February,
    /// The 29th of February of a year that has 28.
    NoLeapYear,
    /// The date is outside 1990–2100.
    TimeOutOfRange,
    /// No price. Zero is a price, an empty cell is not.
    MissingPrice,
    /// The price is no number.
    UnreadablePrice,
    /// Quantity times price is larger than the program can hold.
    AmountTooLarge,
    /// The price bears the mark of another currency than the shop's.
    OtherCurrency,
    /// A text is longer than [`FIELD_CHARS_MAX`].
    TextTooLong,
    /// No number of visitors, or one that is no number.
    UnreadableVisitors,
    /// The number of visits is no number.
    UnreadableSessions,
    /// The hour is not 0–23.
    UnreadableHour,
    /// The channel is none that the program knows.
    UnknownChannel,
    /// The row counts the visitors of another shop.
    OtherShop,
    /// The row belongs to a shop that is not here, and it was not agreed to add it.
    UnknownShop,
    /// The row belongs to a shop whose books are in another currency or time zone than the file.
    ShopOfOtherMoney,
    /// More cells than headings: what follows a separator within a text stands in the wrong columns.
    TooManyCells,
    /// A quotation mark has drawn the rows after it into this one.
    UnclosedQuote,
    /// The last row has fewer cells than the heading and no line end.
    CutOff,
}

impl RejectReason {
    /// Every reason.
    pub const ALL: [Self; 30] = [
        Self::MissingInvoice,
        Self::InvoiceDigitsLost,
        Self::MissingCode,
        Self::CodeDigitsLost,
        Self::MissingQuantity,
        Self::UnreadableQuantity,
        Self::ZeroQuantity,
        Self::MissingTime,
        Self::UnreadableTime,
        Self::NoSuchMonth,
        Self::NoSuchDay,
        Self::ThirtyDays,
        Self::February,
        Self::NoLeapYear,
        Self::TimeOutOfRange,
        Self::MissingPrice,
        Self::UnreadablePrice,
        Self::AmountTooLarge,
        Self::OtherCurrency,
        Self::TextTooLong,
        Self::UnreadableVisitors,
        Self::UnreadableSessions,
        Self::UnreadableHour,
        Self::UnknownChannel,
        Self::OtherShop,
        Self::UnknownShop,
        Self::ShopOfOtherMoney,
        Self::TooManyCells,
        Self::UnclosedQuote,
        Self::CutOff,
    ];

    /// The name under which the reason is stored and sent.
    pub fn key(self) -> &'static str {
        match self {
            Self::MissingInvoice => "missing_invoice",
            Self::InvoiceDigitsLost => "invoice_digits_lost",
            Self::MissingCode => "missing_code",
            Self::CodeDigitsLost => "code_digits_lost",
            Self::MissingQuantity => "missing_quantity",
            Self::UnreadableQuantity => "unreadable_quantity",
            Self::ZeroQuantity => "zero_quantity",
            Self::MissingTime => "missing_time",
            Self::UnreadableTime => "unreadable_time",
            Self::NoSuchMonth => "no_such_month",
            Self::NoSuchDay => "no_such_day",
            Self::ThirtyDays => "thirty_days",
            Self::February => "february",
            Self::NoLeapYear => "no_leap_year",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::MissingPrice => "missing_price",
            Self::UnreadablePrice => "unreadable_price",
            Self::AmountTooLarge => "amount_too_large",
            Self::OtherCurrency => "other_currency",
            Self::TextTooLong => "text_too_long",
            Self::UnreadableVisitors => "unreadable_visitors",
            Self::UnreadableSessions => "unreadable_sessions",
            Self::UnreadableHour => "unreadable_hour",
            Self::UnknownChannel => "unknown_channel",
            Self::OtherShop => "other_shop",
            Self::UnknownShop => "unknown_shop",
            Self::ShopOfOtherMoney => "shop_of_other_money",
            Self::TooManyCells => "too_many_cells",
            Self::UnclosedQuote => "unclosed_quote",
            Self::CutOff => "cut_off",
        }
    }

    /// The reason stored under a name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.key() == key)
    }

    /// What is wrong, for the owner.
    pub fn words(self) -> Words {
        let (zh, en) = match self {
            Self::MissingInvoice => ("没有订单号", "The order number is missing"),
            Self::InvoiceDigitsLost => {
                ("订单号被表格软件改成了科学计数，末尾几位已经丢失", "The spreadsheet rewrote the order number as 1.2E+17, its last digits are lost")
            }
            Self::MissingCode => ("没有商品编码", "The product code is missing"),
            Self::CodeDigitsLost => {
                ("商品编码被表格软件改成了科学计数，末尾几位已经丢失", "The spreadsheet rewrote the product code as 1.2E+12, its last digits are lost")
            }
            Self::MissingQuantity => ("没有数量", "The quantity is missing"),
            Self::UnreadableQuantity => ("数量不是数字", "The quantity is not a number"),
            Self::ZeroQuantity => ("数量是 0", "The quantity is 0"),
            Self::MissingTime => ("没有日期", "The date is missing"),
            Self::UnreadableTime => ("看不懂这个日期", "The date cannot be read"),
            Self::NoSuchMonth => ("没有这个月：月份只到 12", "There is no such month: they go from 1 to 12"),
            Self::NoSuchDay => ("没有这一天：一个月最多 31 天", "There is no such day: a month has at most 31"),
            Self::ThirtyDays => ("没有这一天：这个月只有 30 天", "There is no such day: this month has only 30"),
            Self::February => ("没有这一天：2 月最多 29 天", "There is no such day: February has at most 29"),
            Self::NoLeapYear => ("没有这一天：这一年的 2 月只有 28 天", "There is no such day: February of this year has only 28"),
            Self::TimeOutOfRange => ("日期不在 1990 到 2100 年之间", "The date is not between 1990 and 2100"),
            Self::MissingPrice => ("没有单价", "The price is missing"),
            Self::UnreadablePrice => ("单价不是数字", "The price is not a number"),
            Self::AmountTooLarge => ("数量乘单价太大", "Quantity times price is too large"),
            Self::OtherCurrency => ("单价带着另一种币种的符号", "The price bears the mark of another currency than the shop's"),
            Self::TextTooLong => ("有一格文字太长", "One cell holds too much text"),
            Self::UnreadableVisitors => ("访客数不是数字", "The number of visitors is not a number"),
            Self::UnreadableSessions => ("访问次数不是数字", "The number of visits is not a number"),
            Self::UnreadableHour => ("小时不在 0 到 23 之间", "The hour is not between 0 and 23"),
            Self::UnknownChannel => ("不认识这个渠道", "The channel is not known"),
            Self::OtherShop => ("这一行是另一家门店的访客", "The row counts the visitors of another shop"),
            Self::UnknownShop => ("账里还没有这家门店", "There is no shop of this name yet"),
            Self::ShopOfOtherMoney => ("这家门店用的是另一种币种或时区", "This shop keeps its books in another currency or time zone"),
            Self::TooManyCells => ("这一行的格数比表头多", "The row has more cells than the headings"),
            Self::UnclosedQuote => ("引号没有闭合，把后面的行并了进来", "A quotation mark is not closed and has drawn in the rows after it"),
            Self::CutOff => ("文件好像在这一行被截断了", "The file seems to be cut off in this row"),
        };
        Words { zh, en }
    }

    /// What to do about it, for the owner.
    pub fn remedy(self) -> Words {
        let (zh, en) = match self {
            Self::MissingInvoice => ("补上订单号，或删掉这一行（常见于合计行）", "Fill it in, or delete the row (totals often look like this)"),
            Self::InvoiceDigitsLost | Self::CodeDigitsLost => {
                ("从原系统重新导出，先把这一列设成“文本”再保存", "Export again and set the column to “text” before saving")
            }
            Self::MissingCode => ("补上商品编码；没有编码就用品名", "Fill it in; without a code use the name"),
            Self::MissingQuantity | Self::UnreadableQuantity => ("改成数字，例如 3 或 0.5", "Make it a number such as 3 or 0.5"),
            Self::ZeroQuantity => ("改成实际数量，或删掉这一行", "Enter the real quantity, or delete the row"),
            Self::MissingTime | Self::UnreadableTime | Self::TimeOutOfRange => ("改成 2024-03-15 14:30 这样的日期", "Write it like 2024-03-15 14:30"),
            Self::NoSuchMonth => ("核对日期；如果文件是先日后月，请选这个顺序", "Look the date up; if the file writes the day first, choose that order"),
            Self::NoSuchDay | Self::ThirtyDays | Self::February | Self::NoLeapYear => {
                ("对照原单，改成实际的日期", "Look the date up in the other program and write the right one")
            }
            Self::MissingPrice | Self::UnreadablePrice => ("改成数字，例如 12.50；赠品填 0", "Make it a number such as 12.50; a gift costs 0"),
            Self::AmountTooLarge => ("检查数量和单价是否对调或多了零", "Check whether they are swapped or have zeros too many"),
            Self::OtherCurrency => (
                "导入到用这种币种的门店，或在文件里去掉符号",
                "Import it into a shop that keeps its books in that currency, or take the mark off if it is wrong",
            ),
            Self::TextTooLong => ("检查这一行附近是否有没闭合的引号", "Look for a quotation mark that is not closed nearby"),
            Self::UnreadableVisitors | Self::UnreadableSessions => ("改成不小于 0 的整数", "Make it a whole number, 0 or more"),
            Self::UnreadableHour => ("改成 0 到 23，或留空", "Make it 0 to 23, or leave it empty"),
            Self::UnknownChannel => ("写成小程序、网店、门店等", "Write mini program, web, store or the like"),
            Self::OtherShop => ("按门店拆开文件，分别导入", "Split the file by shop and import each part into its own"),
            Self::UnknownShop => ("同意把它加为新门店，或在文件里改成已有的店名", "Agree to add it as a new shop, or write the name of one that is there"),
            Self::ShopOfOtherMoney => ("把这家店的行另存一个文件，导入到它自己的店里", "Save its rows as a file of their own and import that into this shop"),
            Self::TooManyCells => ("含分隔符的文字要加引号，或另存为 XLSX", "Put texts that hold the separator in quotation marks, or save the file as XLSX"),
            Self::UnclosedQuote => ("补上引号再导入一次，已有的行不会重复", "Close it and import the file again: rows that are here are not added twice"),
            Self::CutOff => ("重新导出完整的文件再导入，已有的行不会重复", "Export the whole file and import it again: rows that are here are not added twice"),
        };
        Words { zh, en }
    }

    /// The key of the remedy, for tables of texts.
    pub fn remedy_key(self) -> String {
        format!("import.remedy.{}", self.key())
    }
}

impl RejectedRow {
    pub(super) fn new(row: u64, reason: RejectReason, found: &str) -> Self {
        const FOUND_CHARS_MAX: usize = 60;
        Self { row, reason, found: found.chars().take(FOUND_CHARS_MAX).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_texts_and_leads_back_from_its_key() {
        for reason in RejectReason::ALL {
            assert_eq!(RejectReason::from_key(reason.key()), Some(reason));
            for words in [reason.words(), reason.remedy()] {
                assert!(!words.zh.is_empty() && !words.en.is_empty());
                assert!(words.en.is_ascii() || words.en.contains('“'), "{}", words.en);
            }
        }
    }
}

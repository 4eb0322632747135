//! What the owner should know about a file as a whole, or about what is in the books already. Nothing is left out because of it.

use super::reject::Words;

/// Something about a file that is taken as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileWarning {
    /// No date of the file tells days from months.
    DateOrderUncertain,
    /// Two columns have the heading of one field; the first is read.
    DuplicateColumn,
    /// An order that is here already gets more lines: a line was added to it later, or one was changed and now stands twice.
    OrderGrown,
    /// A number that stands for another order on another day: the rows of each day are an order of their own.
    NumberReused,
    /// A channel that is not known: its orders stand under "imported".
    StrangeChannel,
    /// Quantities below nothing were taken for write-offs, and nobody said whether they are refunds.
    NegativesUnsaid,
    /// Most numbers that begin with C have quantities above nothing, so the letter marks no refund.
    LettersMeanNothing,
    /// An order was paid less than its lines come to.
    PaidLess,
}

impl FileWarning {
    /// Every warning.
    pub const ALL: [Self; 8] = [
        Self::DateOrderUncertain,
        Self::DuplicateColumn,
        Self::OrderGrown,
        Self::NumberReused,
        Self::StrangeChannel,
        Self::NegativesUnsaid,
        Self::LettersMeanNothing,
        Self::PaidLess,
    ];

    /// The name under which the warning is sent.
    pub fn key(self) -> &'static str {
        match self {
            Self::DateOrderUncertain => "date_order_uncertain",
            Self::DuplicateColumn => "duplicate_column",
            Self::OrderGrown => "order_grown",
            Self::NumberReused => "number_reused",
            Self::StrangeChannel => "strange_channel",
            Self::NegativesUnsaid => "negatives_unsaid",
            Self::LettersMeanNothing => "letters_mean_nothing",
            Self::PaidLess => "paid_less",
        }
    }

    /// The key of the remedy, for tables of texts.
    pub fn remedy_key(self) -> String {
        format!("import.remedy.{}", self.key())
    }

    /// The warning for the owner.
    pub fn words(self) -> Words {
        let (zh, en) = match self {
            Self::DateOrderUncertain => ("文件里看不出日期是先月后日还是先日后月", "The file does not show whether its dates begin with the day or the month"),
            Self::DuplicateColumn => ("有两列用了同一个表头，只读第一列", "Two columns have the same heading, the first is read"),
            Self::OrderGrown => (
                "这张订单已在账本里，文件里又有内容不同的行，已作为新行加入",
                "The order is in the books already and the file has other lines of it: they are added",
            ),
            Self::NumberReused => (
                "这个订单号在另一天用过，这一天的行单独记为一张订单",
                "The order number was used on another day too: the rows of this day are an order of their own",
            ),
            Self::StrangeChannel => ("不认识这个渠道，这些订单的渠道记为“导入”", "The channel is not known; its orders stand under “imported”"),
            Self::NegativesUnsaid => (
                "数量是负数的行没有说是退款还是报损，按报损处理",
                "Nobody said whether negative quantities are refunds or write-offs: they count as write-offs",
            ),
            Self::LettersMeanNothing => (
                "C 开头的单号多数是正数量，没有当作退款，按普通订单处理",
                "Most numbers that begin with C have quantities above 0: they were not taken for refunds but for orders",
            ),
            Self::PaidLess => ("实付少于各行合计，差额记为未付", "Less was paid than the lines come to; the rest counts as unpaid"),
        };
        Words { zh, en }
    }

    /// What to do about it, for the owner.
    pub fn remedy(self) -> Words {
        let (zh, en) = match self {
            Self::DateOrderUncertain => ("核对日期；不对就撤销，选好顺序再导入", "Check the dates; if they are wrong, undo, choose the order and import again"),
            Self::DuplicateColumn => ("核对读的是不是要的那一列", "Check that the right one is read"),
            Self::OrderGrown => {
                ("如果是改过的旧行，会算两次：撤销原来那次导入再导入", "A line that was corrected now counts twice: undo the earlier import and import again")
            }
            Self::NumberReused => (
                "如果是同一张订单改了日期，会算两次：撤销其中一次导入，把日期改成一样再导入",
                "If it is one order whose date was changed, it counts twice: undo one of the imports, write one date and import again",
            ),
            Self::StrangeChannel => ("写成小程序、网店、门店等，或照这样导入", "Write mini program, web, store or the like, or import it as it is"),
            Self::NegativesUnsaid => (
                "在检查时选一种；命令行用 --negative refund 或 --negative write-off",
                "Choose in the check; on the command line with --negative refund or --negative write-off",
            ),
            Self::LettersMeanNothing => ("如果是退款，把数量写成负数再导入", "If they are refunds, write their quantities below 0 and import the file again"),
            Self::PaidLess => (
                "如果差的是优惠，在文件里加一行：编码写“优惠”，单价写负数",
                "If the rest is a discount, add a line to the order with the code DISCOUNT and a negative price",
            ),
        };
        Words { zh, en }
    }
}

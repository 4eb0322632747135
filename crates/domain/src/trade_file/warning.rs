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
}

impl FileWarning {
    /// Every warning.
    pub const ALL: [Self; 3] = [Self::DateOrderUncertain, Self::DuplicateColumn, Self::OrderGrown];

    /// The name under which the warning is sent.
    pub fn key(self) -> &'static str {
        match self {
            Self::DateOrderUncertain => "date_order_uncertain",
            Self::DuplicateColumn => "duplicate_column",
            Self::OrderGrown => "order_grown",
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
        };
        Words { zh, en }
    }
}

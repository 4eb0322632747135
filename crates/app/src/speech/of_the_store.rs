//! The encrypted file: open elsewhere, missing, of another version, not as it should be.

use super::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    ("the store is open in another program ({}): close it there, or wait until it is done", "账本正被另一个程序打开（{0}）：请在那里关闭，或等它做完"),
    ("another program", "另一个程序"),
    ("there is no store in {}: make one with `zhanggui --dir DIR store create`", "{0} 里没有账本：请用 `zhanggui --dir DIR store create` 新建"),
    ("there is a store in {} already: open it, or choose another folder", "{0} 里已有账本：请打开它，或换一个文件夹"),
    (
        "this store was written by a newer version (form {}, this program knows {}): install the newer version to open it",
        "这本账是新版程序写的（第 {0} 版，这个程序只认到第 {1} 版）：请安装新版再打开",
    ),
    ("the database of this store is missing although its keys are here: put {} back from a backup", "钥匙在，账本文件却不见了：请从备份取回 {0}"),
    ("the store cannot be read with this key, or it was damaged: restore a backup ({})", "用这把钥匙读不了账本，或账本坏了：请从备份恢复（{0}）"),
    ("the database says: {}", "数据库报告：{0}"),
    ("{}: expected to touch {} rows, touched {}", "{0}：应改 {1} 行，实改 {2} 行；什么都没有写入"),
    ("row {} of {} exists with other content", "{1} 里已有编号 {0} 的另一条内容；没有覆盖它"),
    ("{}.{}: a value of this kind does not belong here", "{0}.{1}：这种值不该放在这里"),
    (
        "the amounts of {} sum to more than the books can hold: one of them is wrong; correct it where it comes from and try again",
        "{0} 的金额加起来超出了账本能记的范围：其中有一笔不对；请在来源处改正后再试",
    ),
    ("the content of journal entry {} cannot be read: {}", "第 {0} 条流水读不出来：{1}"),
    (
        "{}: position {} should come next, {} came: something of another computer is missing; nothing of it was applied",
        "{0}：接下来应是第 {1} 条，来的是第 {2} 条：另一台电脑的内容有缺失；什么都没有采用，请找维护总部的人",
    ),
    ("a change of an unknown table or form", "不认识的表或格式：请更新程序"),
    ("{} differs from the facts: run `store check --repair`", "{0} 和原始记录对不上：请运行 `store check --repair`"),
    ("entry {}: {}", "第 {0} 条流水：{1}"),
];

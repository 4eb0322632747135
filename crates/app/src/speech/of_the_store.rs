//! The encrypted file: open elsewhere, missing, of another version, not as it should be.

use super::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    ("the store is open in another program ({}): close it there, or wait until it is done", "账本正被另一个程序打开（{0}）：请在那里关闭，或等它做完"),
    ("another program", "另一个程序"),
    (
        "there is no store in {}: make one with `zhanggui store create`, put a backup back with `zhanggui store restore`, or name another folder with --dir",
        "{0} 里没有账本：请用 `zhanggui store create` 新建，用 `zhanggui store restore` 放回备份，或用 --dir 换一个文件夹",
    ),
    ("there is a store in {} already: open it, or choose another folder", "{0} 里已有账本：请打开它，或换一个文件夹"),
    (
        "this store was written by a newer version (form {}, this program knows {}): install the newer version to open it",
        "这本账是新版程序写的（第 {0} 版，这个程序只认到第 {1} 版）：请安装新版再打开",
    ),
    (
        "the database {} is missing, although its keys are here: restore a backup with `zhanggui store restore FILE --recovery-key-file FILE`, or put the file back",
        "钥匙在，账本文件 {0} 却不见了：请用 `zhanggui store restore 备份文件 --recovery-key-file 文件` 从备份恢复，或把它放回原处",
    ),
    (
        "the key file {} is missing, although the database of the store is here: without it nobody can open the books. Put it back from a copy of this folder, or restore a backup, which contains it, with `zhanggui store restore FILE --recovery-key-file FILE`",
        "账本文件还在，钥匙文件 {0} 却不见了：没有它，谁也打不开账本。请从这个文件夹的副本里取回，或从备份恢复（备份里有钥匙）：`zhanggui store restore 备份文件 --recovery-key-file 文件`",
    ),
    (
        "{} cannot be opened with the keys beside it: it was damaged or replaced ({}). It was left as it is; restore a backup with `zhanggui store restore FILE --recovery-key-file FILE`",
        "用旁边的钥匙打不开 {0}：它坏了或被换过（{1}）。文件没有动过；请从备份恢复：`zhanggui store restore 备份文件 --recovery-key-file 文件`",
    ),
    (
        "a part of {} is damaged and cannot be read ({}): restore a backup with `zhanggui store restore FILE --recovery-key-file FILE`; the damaged file is kept beside it",
        "{0} 有一处坏了，读不出来（{1}）：请从备份恢复：`zhanggui store restore 备份文件 --recovery-key-file 文件`；坏的文件会留在旁边",
    ),
    ("it is a folder", "它是一个文件夹"),
    ("it holds {} bytes", "它只有 {0} 字节"),
    ("there is nothing in it", "里面什么都没有"),
    ("the sum of a page does not fit", "有一页的校验和不对"),
    ("it is no database under these keys", "用现有的钥匙打不开，不是账本文件"),
    ("its pages do not belong together", "账本文件的内容对不上"),
    ("the store inside this backup is not whole ({}): use another backup", "这份备份里的账本不完整（{0}）：请用另一份备份"),
    (
        "the database of the store is held by another program: close whatever else has it open, then try again",
        "账本文件正被另一个程序占着：请关闭打开它的程序，再试一次",
    ),
    ("the database says: {}", "数据库报告：{0}"),
    (
        "something that was to be written together was not whole, and nothing of it was written: try again",
        "本该一起写入的内容不完整，什么都没有写入：请再试一次",
    ),
    ("{}: expected to touch {} rows, touched {}", "{0}：应改 {1} 行，实改 {2} 行；什么都没有写入"),
    ("row {} of {} exists with other content", "{1} 里已有编号 {0} 的另一条内容；没有覆盖它"),
    ("{}.{}: a value of this kind does not belong here", "{0}.{1}：这种值不该放在这里"),
    (
        "the amounts of {} sum to more than the books can hold: one of them is wrong; correct it where it comes from and try again",
        "{0} 的金额加起来超出了账本能记的范围：其中有一笔不对；请在来源处改正后再试",
    ),
    ("several days", "某几天"),
    ("the content of journal entry {} cannot be read: {}", "第 {0} 条流水读不出来：{1}"),
    (
        "{}: position {} should come next, {} came: something of another computer is missing; nothing of it was applied",
        "{0}：接下来应是第 {1} 条，来的是第 {2} 条：另一台电脑的内容有缺失；什么都没有采用，请找维护总部的人",
    ),
    ("a change of an unknown table or form", "不认识的表或格式：请更新程序"),
    ("{} parts of {} were damaged: restore a backup", "{1} 有 {0} 处损坏：请恢复一份备份"),
    ("the parts of {} do not belong together: restore a backup", "{0} 内部对不上：请恢复一份备份"),
    ("{} differs from the facts: run `store check --repair`", "{0} 和原始记录对不上：请运行 `store check --repair`"),
    ("entry {}: {}", "第 {0} 条流水：{1}"),
];

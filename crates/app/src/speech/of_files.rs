//! Files that come in, go out, or cannot be read.

use super::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    ("a file could not be read or written: {}; check the disk's space and rights", "文件读写没有成功：{0}；请检查磁盘空间和权限"),
    ("{} could not be read or written ({}): check the disk's space and your rights to the folder", "{0} 读写没有成功（{1}）：请检查磁盘空间和文件夹权限"),
    ("{} is there already, and nothing is written over it: name a file that is not there yet", "{0} 已经在那里，不会覆盖它：请换一个还没有的文件名"),
    ("{} is a file, not a folder: name a folder", "{0} 是文件，不是文件夹：请写一个文件夹"),
    ("none of these columns can be exported", "这些列都不能导出：请另选几列"),
    ("a sheet holds 1,048,575 rows: narrow the view, or export CSV", "一张表最多 1,048,575 行：请缩小范围，或导出 CSV"),
    ("give the whole path, from the root of the disk", "请写完整的路径，从磁盘根目录开始"),
    ("give the whole path of the folder", "请写文件夹的完整路径"),
    ("nothing can be written there ({}): choose another folder, best on another disk", "那里写不进去（{0}）：请换一个文件夹，最好在另一块硬盘上"),
    ("choose a folder for the backups first", "请先选备份文件夹"),
    ("choose a file first", "请先选文件"),
    ("this field is not known", "不认识这个字段：请从列表里选"),
    ("this time zone is not known", "不认识这个时区：请从列表里选"),
    ("this shop is not known", "不认识这家店：请从列表里选"),
    ("name the shop whose trade this is", "请写明这是哪家店的生意"),
    ("the report is not here yet: wait until the job is done", "报告还没有出来：请等任务做完"),
    (
        "the file cannot be opened ({}): check that it is still there and that no other program holds it",
        "打不开这个文件（{0}）：请确认它还在原处，并关闭正在使用它的程序",
    ),
    ("reading stopped near row {} ({}): copy the file to this computer and try again", "读到第 {0} 行附近中断（{1}）：请把文件复制到本机再试"),
    ("the file is empty: choose the file that the other program exported", "文件是空的：请选择另一个程序导出的文件"),
    ("{} is larger than {}: export the trade in parts, for example one file a year", "超过上限 {1}（{0}）：请分几次导出，例如每年一个文件"),
    ("this is no CSV, XLSX or Parquet file ({}): save it as CSV or XLSX and try again", "这不是 CSV、XLSX 或 Parquet 文件（{0}）：请另存为 CSV 或 XLSX 再试"),
    ("the file is damaged near row {} ({}): export it once more", "文件在第 {0} 行附近损坏（{1}）：请重新导出一次"),
    (
        "row {} does not end: a quotation mark before it is not closed; close it, or save the file as XLSX",
        "第 {0} 行没有结尾：前面有引号没有闭合；请补上，或另存为 XLSX",
    ),
    (
        "the lines of order {} lie far apart (row {}), as those of many orders before: sort the file by order number and try again",
        "单号 {0} 的各行相隔太远（第 {1} 行），前面已有多单如此：请按单号排序后再导入",
    ),
    ("folders are looked at while a shop is set up, and by who is signed in", "只有在开店时，或登录之后，才能查看文件夹：请先登录"),
    ("no column of the file holds the {}: choose it by hand", "找不到“{0}”这一列：请手动选择"),
    ("the file has {} columns and column {} was chosen for the {}: choose the columns again", "文件只有 {0} 列，“{2}”选的是第 {1} 列：请重新选择"),
    ("column “{}” holds {}, not plain values: export it as text or numbers", "“{0}”这一列是 {1}，不是普通的值：请导出为文字或数字"),
    ("the file is no longer here: choose it again", "文件已经不在了：请重新选择"),
    ("this piece of the file is not base64", "文件的这一段传坏了：请重新上传"),
    ("a piece of a file is at most 1 MiB", "文件每段最多 1 MiB：请重新上传"),
    ("the next piece begins at byte {}", "下一段应从第 {0} 字节开始：请重新上传"),
    ("a file is at most 2 GiB: split it", "文件最大 2 GiB：请拆成几个"),
    ("this file is not a backup of Zhanggui: choose a file that ends in .zgbackup", "这不是掌柜的备份：请选 .zgbackup 结尾的文件"),
    (
        "this backup has format {}, and this program knows formats up to {}: install the newer version of Zhanggui",
        "备份是第 {0} 版格式，这个程序只认到第 {1} 版：请安装新版掌柜",
    ),
    ("the head of this backup is damaged ({}): use another backup", "备份的开头坏了（{0}）：请用另一份备份"),
    ("this backup is cut short: copy it again from where it was kept, or use another backup", "备份不完整：请从原处重新复制，或用另一份备份"),
    (
        "this backup has bytes after its end: copy it again from where it was kept, or use another backup",
        "备份末尾多出了内容：请从原处重新复制，或用另一份备份",
    ),
    ("part {} of this backup was changed or damaged: use another backup", "备份的第 {0} 段被改动或损坏：请用另一份备份"),
    (
        "this backup belongs to another store ({}) and this one is {}: choose a backup of this store, or restore it into a new folder",
        "这份备份是另一本账的（{0}），这里是 {1}：请选这本账的备份，或恢复到新文件夹",
    ),
    (
        "this backup does not open with this key, or its head was changed: sign in as it was when the backup was made, or use its recovery key",
        "用这把钥匙打不开备份，或备份的开头被改动：请用备份当时的登录，或它的恢复密钥",
    ),
    ("the database changed its size while it was backed up (expected {} bytes): try again", "备份时账本大小变了（应为 {0} 字节）：请再试一次"),
    ("the backup was stopped", "备份已停止；需要时请重新备份"),
    (
        "the backup could not be read or written ({}): check that the disk is there, has space and may be written to",
        "备份读写没有成功（{0}）：请确认磁盘还在、有空间、可以写入",
    ),
];

//! Coming in: setting up, signing in, keys, the recovery sheet.

use super::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    ("there is no store here yet: open the demo shop or set up your own", "这里还没有账本：请打开演示店，或开自己的店"),
    (
        "your shop is at work (an import, a backup or an exchange): wait until it is done, then recover it",
        "店铺正在做事（导入、备份或同步）：请等它做完，再来找回",
    ),
    (
        "this recovery key does not open this backup: take the sheet that was the latest when the backup was made; if it is that one, the head of the backup is damaged, use another backup",
        "这个恢复密钥打不开这份备份：请用做备份时最近的那张恢复单；如果就是那一张，说明备份的开头坏了，请用另一份备份",
    ),
    ("this person has no credential in the store: restore a backup", "账本里没有这个人的登录资料：请从备份恢复"),
    ("this password cannot be used ({}): take at least 12 characters that nobody guesses", "这个密码不能用（{0}）：请用至少 12 个字符，别人猜不到的"),
    (
        "this password cannot be used ({}): take at least 12 characters that nobody guesses, without the name of the shop or the owner",
        "这个密码不能用（{0}）：请用至少 12 个字符，别人猜不到，也不含店名和老板的名字",
    ),
    ("it is too short", "太短"),
    ("it is too long", "太长"),
    ("it has the name of the shop or the person in it", "含有店名或人名"),
    ("it is too common", "太常见"),
    ("your shop is set up already: sign in", "店铺已经开好了：请登录"),
    ("a shop's name has 1 to {} characters, in one line, none of them unseen", "店名要 1 到 {0} 个字，写在一行里，不能有看不见的字符"),
    ("the books cannot be kept in the currency “{}”: choose one of {}", "不能用“{0}”这种货币记账：请从这些里选：{1}"),
    (
        "the time zone “{}” is not known: write it by its city, such as Asia/Shanghai or Europe/London",
        "不认识“{0}”这个时区：请按城市写，例如 Asia/Shanghai 或 Europe/London",
    ),
    (
        "a name has 1 to {} characters, in one line, none of them unseen; of Chinese ones at most {}",
        "名字要 1 到 {0} 个字符，写在一行里，不能有看不见的字符；汉字最多 {1} 个",
    ),
    ("the password comes first: it is not kept while the program is closed", "请先填密码：程序关闭时不保存密码"),
    (
        "the code is right for another moment: this computer and the phone are {} min apart. Set both to automatic time",
        "验证码对应的是另一个时刻：这台电脑和手机相差 {0} 分钟。请把两边都设为自动校时",
    ),
    ("the code is wrong: take the six digits that the authenticator shows for this shop now", "验证码不对：请填验证器上这家店现在的 6 位数字"),
    ("an earlier step is not done yet", "前面还有一步没做完：请先做完那一步"),
    ("these are not the four characters of the sheet: look again", "和恢复单上的四个字不一样：请再看一遍"),
    ("the recovery sheet was not made yet", "恢复单还没有生成：请先做完前面的步骤"),
    ("this code was used already: wait for the next one, at most 30 seconds", "这组数字已经用过：请等下一组，最多 30 秒"),
    (
        "the code is right for another moment: this computer is about {} min {} beside the phone. Set the clock, then try again",
        "验证码对应的是另一个时刻：这台电脑比手机{1}了约 {0} 分钟。请校准时间，再试一次",
    ),
    ("slow", "慢"),
    ("fast", "快"),
    (
        "the code is wrong: take the six digits that the authenticator shows now. If it stays wrong, compare date and time of this computer with the phone's",
        "验证码不对：请填验证器上现在的 6 位数字。如果一直不对，请核对这台电脑和手机的日期、时间",
    ),
    (
        "this computer is {} min behind the time this store has already seen: set the clock right, or sign in with a recovery code if the store's time was the wrong one",
        "这台电脑比账本里已有的时间慢了 {0} 分钟：请校准时间；如果当时的时间才是错的，请用恢复码登录",
    ),
    (
        "the backup is of another business than the store in this folder: restore it into a folder of its own (`zhanggui --dir FOLDER store restore …`)",
        "这份备份属于另一家店，不是这个文件夹里的账：请恢复到单独的文件夹（`zhanggui --dir 文件夹 store restore …`）",
    ),
    ("too many files wait in this program: try again when the others are done", "等着导入的文件太多：等其他的处理完再试"),
    ("these shops keep their books in different currencies: ask for those of one currency at a time", "这些门店的记账币种不同：一次只看同一币种的门店"),
    ("too many attempts: waiting {} s", "试得太多了：等 {0} 秒"),
    ("too many attempts: try again in {} s, or use the recovery sheet", "试得太多了：请过 {0} 秒再试，或用恢复单"),
    ("this recovery code was used before: take the next one on the sheet", "这个恢复码已经用过：请用恢复单上的下一个"),
    ("this is none of the recovery codes of this store: compare it with the sheet", "这不是这本账的恢复码：请和恢复单核对"),
    (
        "the password of the demo shop is the one its sign-in shows: change the one of your own shop",
        "演示店的密码就是登录页上显示的那个，不能改：请到自己的店里改密码",
    ),
    ("this is the password of now: choose another one", "新密码和现在的一样：请换一个"),
    ("sign in first", "请先登录"),
    ("the session of twelve hours is over: sign in again", "登录满十二小时了：请重新登录"),
    ("the password was changed: sign in with the new one", "密码已改：请用新密码登录"),
    ("the screen is locked: type the password", "屏幕已锁：请输入密码"),
    ("the store was closed: sign in again", "账本已关闭：请重新登录"),
    (
        "the key file {} is missing: put it back from a backup (every backup contains it), or choose the folder that holds your store",
        "缺少钥匙文件 {0}：请从备份取回（每份备份里都有），或选账本所在的文件夹",
    ),
    ("there is a store in this folder already ({}): open it, or choose another folder", "这个文件夹里已有账本（{0}）：请打开它，或换一个文件夹"),
    ("the key file is damaged ({}): put store.keys back from a backup, then open the store again", "钥匙文件坏了（{0}）：请从备份取回 store.keys，再打开账本"),
    (
        "the key file has format {}, and this program knows formats up to {}: install the newer version of Zhanggui",
        "钥匙文件是第 {0} 版格式，这个程序只认到第 {1} 版：请安装新版掌柜",
    ),
    (
        "the key file asks for an Argon2id cost outside the safe range ({}): put store.keys back from a backup",
        "钥匙文件要求的计算量不在安全范围内（{0}）：请从备份取回 store.keys",
    ),
    ("there is not enough free memory to check the password: close other programs and try again", "内存不够，无法核对密码：请关掉一些程序再试"),
    ("name or password is wrong: check both, or use the recovery key of the recovery sheet", "名字或密码不对：请都核对一遍，或用恢复单上的恢复密钥"),
    (
        "this recovery key does not belong to this store, or was replaced by a newer one: use the latest recovery sheet of this shop",
        "这个恢复密钥不是这本账的，或已换成新的：请用这家店最近的恢复单",
    ),
    (
        "the recovery key is mistyped: it has 30 letters and digits in six groups of five; compare each group with the sheet",
        "恢复密钥填错了：它有 30 个字母和数字，五个一组共六组；请逐组和恢复单核对",
    ),
    (
        "this sign-in name cannot be used: it needs 1 to 64 bytes (about 21 Chinese characters) and no control characters",
        "这个登录名不能用：要 1 到 64 个字节（约 21 个汉字），不能有控制字符",
    ),
    ("somebody signs in with this name already: choose another name", "已经有人用这个名字登录：请换一个名字"),
    ("the password is empty: choose one", "密码是空的：请填一个"),
    ("this person cannot sign in on this computer yet: add them while the store is open", "这个人还不能在这台电脑上登录：请在账本打开时添加"),
    ("this computer holds the most people it can ({}): remove one who has left first", "这台电脑上的人数已到上限（{0}）：请先移除已离开的人"),
    (
        "what this business keeps to recognise the password cannot be read with its key: sign in at the first store, and print a new join code there",
        "核对密码所用的资料打不开：请在第一台电脑上登录，重新打印加入码",
    ),
    (
        "{} holds no device secret for this store: sign in once with the recovery key, which makes a new one; a key file or keyring restored from a backup of this computer also works",
        "{0}里没有这本账的设备密钥：请用恢复密钥找回一次，会生成新的；从这台电脑的备份恢复钥匙串也行",
    ),
    (
        "{} is locked: unlock it (sign in to the desktop, or open the keyring program), then try again",
        "{0}已上锁：请先解锁（登录桌面，或打开钥匙串程序），再试一次",
    ),
    ("this store keeps its device secret in {}, and {} was asked: {}", "这本账的设备密钥存在{0}，这次找的是{1}：{2}"),
    ("start with --keyring file, or sign in with the recovery key to move the store to the keyring", "请加上 --keyring file 启动，或用恢复密钥改存到钥匙串"),
    ("start with --keyring os, or sign in with the recovery key to move the store to a key file", "请加上 --keyring os 启动，或用恢复密钥改存到钥匙文件"),
    (
        "it was set up on another kind of computer; sign in with the recovery key, which sets it up on this one",
        "它是在另一种系统上开的；请用恢复密钥，在这台电脑上重新设好",
    ),
    (
        "the device secret in {} is not the one this store was set up with: restore the keyring of this computer, or sign in with the recovery key, which makes a new one",
        "{0}里的设备密钥不是这本账当初的那一个：请恢复这台电脑的钥匙串，或用恢复密钥生成新的",
    ),
    (
        "the device secret in {} is unreadable: restore the keyring of this computer, or sign in with the recovery key, which makes a new one",
        "{0}里的设备密钥读不出来：请恢复这台电脑的钥匙串，或用恢复密钥生成新的",
    ),
    (
        "{} cannot be reached ({}): start the desktop's keyring and then Zhanggui again; on a machine without a keyring, set the store up with --keyring file",
        "连不上{0}（{1}）：请先启动桌面的钥匙串，再启动掌柜；没有钥匙串的电脑请用 --keyring file 开店",
    ),
    (
        "{} did not answer within {} s: look for a keyring window that waits for your answer, or restart the keyring, then try again",
        "{0}在 {1} 秒内没有应答：请看看有没有钥匙串的窗口在等你，或重启钥匙串，再试一次",
    ),
    ("access to {} was refused: allow it when asked, and try again", "访问{0}被拒绝：询问时请允许，再试一次"),
    (
        "the file {} can be read by other users of this computer: make it private (chmod 600), then try again",
        "文件 {0} 能被这台电脑的其他用户读到：请改为仅自己可读（chmod 600），再试一次",
    ),
    ("the desktop keyring (Secret Service)", "系统钥匙串（Secret Service）"),
    ("the macOS keychain", "macOS 钥匙串"),
    ("the Windows credential store", "Windows 凭据管理器"),
    ("the key file device.secret", "钥匙文件 device.secret"),
];

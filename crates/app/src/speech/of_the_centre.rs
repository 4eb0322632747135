//! The exchange with head office.

use super::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    ("the address of the centre begins with postgres://", "总部地址要以 postgres:// 开头"),
    ("set the address of the centre first", "请先填总部地址"),
    ("this program was started without a way to the centre: start it again", "程序启动时没有带上同步：请重新启动"),
    (
        "no centre is set: run `zhanggui central init --url URL` once, or set its address in the settings",
        "还没有接总部：请运行一次 `zhanggui central init --url URL`，或在设置里填总部地址",
    ),
    ("no centre is set: run `zhanggui central init --url URL` first", "还没有接总部：请先运行 `zhanggui central init --url URL`"),
    (
        "the owner's name or password is not that of this business: check both. The join code is used up, print a new one",
        "名字或密码不是这家店老板的：请都核对一遍。加入码已经用掉，请重新打印一个",
    ),
    (
        "the address of the centre cannot be read: {}; it looks like postgres://name:password@host/database?sslmode=verify-full",
        "总部地址看不懂：{0}；应写成 postgres://用户名:密码@主机/数据库?sslmode=verify-full",
    ),
    ("the centre cannot be reached or broke off ({}): the program tries again by itself", "连不上总部或中途断开（{0}）：程序会自动再试"),
    ("the centre refuses this name or password ({}): check the address", "总部不接受这个用户名或密码（{0}）：请核对地址"),
    (
        "the line to the centre cannot be made as safe as its address asks ({}): check the address, and name the certificate of whoever issued the centre's with &sslrootcert=FILE",
        "到总部的连接达不到地址要求的安全（{0}）：请核对地址，并用 &sslrootcert=文件 指明签发证书",
    ),
    (
        "the centre is not set up: run `zhanggui central init --url URL` once, at the first store",
        "总部还没有建好：请在第一台电脑上运行一次 `zhanggui central init --url URL`",
    ),
    ("there is a centre in this database already: use another database, or join this one", "这个数据库里已有总部：请换一个数据库，或加入它"),
    (
        "another copy of this store has gone on without this one (a copied disk, or a backup restored beside the original): nothing is sent. Join it as a new store and enter again what is only here",
        "这本账的另一份已经接着记了（复制过磁盘，或备份恢复后原来的还在用）：什么都没有发送。请把这台作为新的电脑加入，再补录只在这里有的内容",
    ),
    ("the centre and this store disagree where they stopped: the program compares and goes on by itself", "总部和这里记的进度不一样：程序会自己比对并接着做"),
    ("the centre does not know this computer: join it again", "总部不认识这台电脑：请重新加入"),
    ("the centre is older than this program: bring it up to date with `zhanggui central init`", "总部比这个程序旧：请用 `zhanggui central init` 更新"),
    ("the centre holds another business: check the address", "这个总部是另一家的：请核对地址"),
    (
        "the centre has less than this store already received ({}): it was restored from an older backup, join this computer again",
        "总部的内容比这里收到过的少（{0}）：它是从旧备份恢复的，请把这台电脑重新加入",
    ),
    (
        "entry {} of the journal was pruned before it was sent: make a new centre, which begins with everything that is here",
        "第 {0} 条记录在发送前已清理：请新建一个总部，它会从这里的全部内容开始",
    ),
    ("this code is not a join code: it has 52 letters and digits, check for a mistyped one", "这不是加入码：加入码有 52 个字母和数字，请检查有没有填错"),
    (
        "this join code was used, is older than ten minutes, or was never given: print a new one at the first store",
        "加入码用过了、超过十分钟，或不存在：请在第一台电脑上重新打印",
    ),
    (
        "the join code does not open what the centre keeps for it: print a new one at the first store",
        "加入码打不开总部为它保管的内容：请在第一台电脑上重新打印",
    ),
    (
        "a value could not be sealed or opened with the key of the business ({}): the store was joined to another business, or a row was altered",
        "有内容用本店的钥匙封不上或打不开（{0}）：账本加入过别的店，或有一行被改动；请重新加入",
    ),
    ("the centre answered in a form that this program does not know ({}): update the program", "总部的回答这个程序看不懂（{0}）：请更新程序"),
    ("the centre refuses ({})", "总部拒绝了（{0}）：请把括号里的话告诉维护总部的人"),
    ("no answer within {} s", "{0} 秒内没有应答"),
    ("this version does not know such rows of {}", "这个版本不认识 {0} 里的这种内容：请更新程序"),
    ("server does not support TLS", "对方不支持加密连接"),
];

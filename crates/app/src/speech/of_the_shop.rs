//! Orders, lists, views, settings, and the contract between program and screens.

use super::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    ("making the demo was stopped", "演示店没有做完：请再打开一次"),
    ("this is no date: write it as 2026-03-01", "这不是日期：请写成 2026-03-01"),
    ("there is a shop called {} already: choose another name", "已有一家店叫“{0}”：请换一个店名"),
    ("at most {} can be asked for by name at once: ask for fewer, or for all", "一次最多点名 {0} 个：请少选一些，或者选全部"),
    ("there is no shop {}", "没有 {0} 这家店：请核对店名"),
    (
        "this is no place in this list: give what the answer before called its next, for the same list and order, or begin without it",
        "列表里没有这个位置：请填上一次结果里的 next（同一个列表、同样的排序），或不填、从头开始",
    ),
    ("the period ends before it begins: swap its dates", "结束日期早于开始日期：请对调"),
    ("this period is longer than any shop's books: choose a shorter one", "这段时间太长：请选短一些"),
    (
        "there is a shop on this computer already: restore over it with `zhanggui store restore`",
        "这台电脑上已有一家店：要覆盖它，请用 `zhanggui store restore`",
    ),
    ("a view's name has 1 to 60 characters", "视图的名字要 1 到 60 个字"),
    ("this view is too large to keep", "这个视图太大，存不下：请减少条件"),
    ("the request does not have the form of {}: {}", "请求的格式不是 {0} 的：{1}"),
    ("there is no command {}: the program and its screens are of different versions, start it again", "没有 {0} 这个命令：程序和界面版本不一致，请重新启动"),
    ("between 1 and 60 minutes", "请填 1 到 60 分钟"),
    ("not found: it may have been removed, or was never here", "没有找到：可能已被删除，或从来不在这里"),
    ("the order is paid: refund it instead of cancelling it", "订单已付款：请退款，不要取消"),
    ("the order is closed already", "订单已经关闭，不用再做"),
    ("the order is not waiting to be shipped", "订单不在待发货状态：请刷新看看"),
    ("the order is not paid yet: nothing can be refunded", "订单还没付款：没有可退的"),
    ("at most {} minor units can still be refunded", "最多还能退 {0} 分：请改小金额"),
    ("the amount must be more than zero", "金额要大于零"),
    (
        "something went wrong inside the program; nothing was changed. Try again, and if it stays, report the reference",
        "程序内部出错，什么都没有改动。请再试一次；如果还不行，把编号发给我们",
    ),
];

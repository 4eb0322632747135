//! The columns we look for, and how a heading in Chinese or English is recognised.

use domain::trade_file::Words;
use serde::{Deserialize, Serialize};

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Order lines.
    Orders,
    /// Visits.
    Visits,
}

/// A column we know what to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The order's number.
    Invoice,
    /// The article's code.
    StockCode,
    /// The article's name.
    Description,
    /// How many.
    Quantity,
    /// When, or the day of it.
    At,
    /// The time of day, when it has a column of its own.
    Time,
    /// The price of one.
    Price,
    /// The customer's number.
    Customer,
    /// The country.
    Country,
    /// The hour of a row of visits.
    Hour,
    /// The shop of a row.
    Shop,
    /// The channel of a row.
    Channel,
    /// The number of visitors.
    Visitors,
    /// The number of visits.
    Sessions,
    /// The customer's telephone.
    Phone,
    /// What was paid for the order.
    Paid,
}

struct Known {
    field: Field,
    key: &'static str,
    zh: &'static str,
    en: &'static str,
    /// Headings in their normal form, which has no blanks; the usual ones first.
    headings: &'static str,
}

/// To recognise one more heading: add it here in its normal form (small letters, no blanks, no punctuation).
const KNOWN: [Known; 16] = [
    Known {
        field: Field::Invoice,
        key: "invoice",
        zh: "订单号",
        en: "order number",
        headings: "订单号 单号 订单编号 订单id 交易单号 交易号 主订单编号 销售单号 单据编号 小票号 invoice invoiceno invoicenumber invoiceid \
                   orderno ordernumber orderid order receiptno transactionid bill billno",
    },
    Known {
        field: Field::StockCode,
        key: "stock_code",
        zh: "商品编码",
        en: "product code",
        headings: "货号 商品编码 商品编号 商品代码 商家编码 规格编码 产品编码 sku编码 skuid sku 条码 商品条码 stockcode productcode itemcode \
                   itemno productid itemid code barcode article articleno",
    },
    Known {
        field: Field::Description,
        key: "description",
        zh: "品名",
        en: "product name",
        headings: "品名 商品名称 商品名 商品标题 宝贝标题 产品名称 货品名称 名称 商品 标题 description productname itemname product item \
                   name title",
    },
    Known {
        field: Field::Quantity,
        key: "quantity",
        zh: "数量",
        en: "quantity",
        headings: "数量 商品数量 购买数量 销售数量 件数 宝贝数量 数目 quantity qty units pieces count lineitemquantity",
    },
    Known {
        field: Field::At,
        key: "at",
        zh: "下单时间",
        en: "date",
        headings: "下单时间 订单时间 订单创建时间 创建时间 下单日期 订单日期 成交时间 交易时间 付款时间 支付时间 销售时间 日期时间 日期 时间 统计日期 invoicedate \
                   orderdate datetime createdat ordertime transactiondate date timestamp day at",
    },
    Known { field: Field::Time, key: "time", zh: "时刻", en: "time of day", headings: "时刻 时间 time timeofday 下单时刻" },
    Known {
        field: Field::Price,
        key: "price",
        zh: "单价",
        en: "price",
        headings: "单价 商品单价 销售单价 售价 成交单价 商品价格 价格 price unitprice itemprice sellingprice lineitemprice rate",
    },
    Known {
        field: Field::Customer,
        key: "customer",
        zh: "顾客",
        en: "customer",
        headings: "客户编号 顾客 顾客编号 客户 客户id 会员 会员卡号 会员号 会员编号 会员id 买家id 买家会员名 用户id 客户代码 customerid customer customerno \
                   customernumber customercode clientid client memberid userid buyerid buyer",
    },
    Known {
        field: Field::Country,
        key: "country",
        zh: "国家",
        en: "country",
        headings: "国家 国家地区 国家或地区 收货国家 地区 country countryregion shippingcountry region",
    },
    Known { field: Field::Hour, key: "hour", zh: "小时", en: "hour", headings: "小时 时段 时间段 钟点 hour hourofday" },
    Known {
        field: Field::Shop,
        key: "shop",
        zh: "门店",
        en: "shop",
        headings: "门店 店铺 门店名称 店铺名称 店名 下单门店 销售门店 所属门店 shop store shopname storename location branch",
    },
    Known {
        field: Field::Channel,
        key: "channel",
        zh: "渠道",
        en: "channel",
        headings: "渠道 来源 流量来源 来源渠道 终端 订单来源 订单渠道 销售渠道 下单渠道 channel source trafficsource medium saleschannel orderchannel ordersource",
    },
    Known {
        field: Field::Visitors,
        key: "visitors",
        zh: "访客数",
        en: "visitors",
        headings: "访客数 访客 访客人数 客流 客流量 进店人数 人数 uv 独立访客 visitors uniquevisitors users people footfall",
    },
    Known {
        field: Field::Sessions,
        key: "sessions",
        zh: "访问次数",
        en: "visits",
        headings: "访问次数 会话数 会话 访问量 打开次数 sessions visits visitcount",
    },
    Known {
        field: Field::Phone,
        key: "phone",
        zh: "手机",
        en: "phone",
        headings: "手机 手机号 手机号码 电话 电话号码 联系电话 联系手机 联系方式 会员手机 会员手机号 会员电话 顾客手机 顾客手机号 顾客电话 客户手机 客户手机号 客户电话 \
                   买家手机 买家手机号 用户手机号 收货人手机 收货人手机号 收货人电话 收件人手机 收件人电话 phone phoneno phonenumber mobile mobileno mobilenumber \
                   mobilephone cellphone telephone tel contactphone customerphone buyerphone shippingphone billingphone",
    },
    Known {
        field: Field::Paid,
        key: "paid",
        zh: "实付",
        en: "amount paid",
        headings: "实付 实付金额 实付款 订单实付 订单实付金额 实际支付 实际支付金额 实际付款 支付金额 付款金额 已付金额 已付 实收 实收金额 买家实付 买家实付金额 买家实际支付金额 \
                   paid amountpaid paidamount totalpaid paymentamount",
    },
];

const ORDER_FIELDS: [Field; 13] = [
    Field::Invoice,
    Field::StockCode,
    Field::Description,
    Field::Quantity,
    Field::At,
    Field::Time,
    Field::Price,
    Field::Customer,
    Field::Phone,
    Field::Country,
    Field::Channel,
    Field::Shop,
    Field::Paid,
];
const VISIT_FIELDS: [Field; 7] = [Field::At, Field::Time, Field::Hour, Field::Shop, Field::Channel, Field::Visitors, Field::Sessions];

impl FileKind {
    /// The fields that a file of this kind may have, in the order in which they are shown.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Orders => &ORDER_FIELDS,
            Self::Visits => &VISIT_FIELDS,
        }
    }

    /// Whether nothing can be read without the field.
    pub fn requires(self, field: Field) -> bool {
        match self {
            Self::Orders => {
                matches!(field, Field::Invoice | Field::StockCode | Field::Quantity | Field::At | Field::Price)
            }
            Self::Visits => matches!(field, Field::At | Field::Visitors),
        }
    }
}

impl Field {
    /// The name at the wire and in a remembered mapping.
    pub fn key(self) -> &'static str {
        self.known().key
    }

    /// The field with this name.
    pub fn from_key(key: &str) -> Option<Self> {
        KNOWN.iter().find(|known| known.key == key).map(|known| known.field)
    }

    /// The name on the screen.
    pub fn words(self) -> Words {
        let known = self.known();
        Words { zh: known.zh, en: known.en }
    }

    fn known(self) -> &'static Known {
        // Declared in the order of the enum; the test below holds it so.
        &KNOWN[self as usize]
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en)
    }
}

/// Finds for each field of a kind the heading that suits it best. A column serves one field; what is equally good goes to
/// the column further left. Returns the column for each field of [`FileKind::fields`] and how sure the whole is.
pub(super) fn suggest(kind: FileKind, headings: &[String]) -> (Vec<Option<usize>>, u32) {
    let fields = kind.fields();
    let normal: Vec<String> = headings.iter().map(|heading| normal_form(heading)).collect();
    let mut offers = Vec::new();
    for (place, field) in fields.iter().enumerate() {
        for (column, heading) in normal.iter().enumerate() {
            let score = likeness(*field, heading);
            if score > 0 {
                offers.push((score, place, column));
            }
        }
    }
    offers.sort_by_key(|(score, place, column)| (std::cmp::Reverse(*score), *place, *column));
    let mut chosen = vec![None; fields.len()];
    let mut used = vec![false; headings.len()];
    let mut sum = 0;
    for (score, place, column) in offers {
        if chosen[place].is_none() && !used[column] {
            chosen[place] = Some(column);
            used[column] = true;
            sum += score;
        }
    }
    (chosen, sum)
}

/// 300 and less by rank for a known heading, 100 for one with a slip of the pen, 50 for one that contains it, 0 for none.
fn likeness(field: Field, heading: &str) -> u32 {
    if heading.is_empty() {
        return 0;
    }
    let known: Vec<&str> = field.known().headings.split(' ').collect();
    if let Some(rank) = known.iter().position(|known| *known == heading) {
        return 300 - u32::try_from(rank).unwrap_or(0);
    }
    // Short words are a letter away from too much ("date", "rate").
    let slipped = |known: &&str| known.is_ascii() && known.len() >= 6 && is_one_slip_away(known, heading);
    if known.iter().any(slipped) {
        return 100;
    }
    let contains = |known: &&&str| {
        let long_enough = if known.is_ascii() { known.len() >= 5 } else { known.chars().count() >= 2 };
        long_enough && heading.contains(**known)
    };
    let length = |known: &&str| 50 + u32::try_from(known.chars().count()).unwrap_or(0);
    known.iter().find(contains).map_or(0, length)
}

/// One letter more, less or other, or two neighbours swapped.
fn is_one_slip_away(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    match (a, b) {
        ([_, x @ ..], [_, y @ ..]) if x == y => true,
        ([_, x @ ..], y) if x == y => true,
        (x, [_, y @ ..]) if x == y => true,
        ([a0, a1, x @ ..], [b0, b1, y @ ..]) => a0 == b1 && a1 == b0 && x == y,
        _ => false,
    }
}

/// Small letters, no blanks, no punctuation and nothing in brackets: "Unit Price (£)" is "unitprice".
pub(super) fn normal_form(heading: &str) -> String {
    let mut depth = 0_u32;
    let mut normal = String::new();
    for c in heading.chars() {
        match c {
            '(' | '（' | '[' | '【' => depth += 1,
            ')' | '）' | ']' | '】' => depth = depth.saturating_sub(1),
            c if depth == 0 && c.is_alphanumeric() => normal.extend(c.to_lowercase()),
            _ => {}
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_normal() {
        for (place, known) in KNOWN.iter().enumerate() {
            assert_eq!(known.field as usize, place);
            assert_eq!(Field::from_key(known.key), Some(known.field));
            for heading in known.headings.split(' ') {
                assert_eq!(normal_form(heading), heading);
            }
        }
    }

    fn check(kind: FileKind, headings: &str, expect: &str) {
        let headings: Vec<String> = headings.split('|').map(Into::into).collect();
        let (columns, _) = suggest(kind, &headings);
        let found: Vec<String> =
            kind.fields().iter().zip(columns).filter_map(|(field, column)| column.map(|column| format!("{}={column}", field.key()))).collect();
        assert_eq!(found.join(" "), expect, "{headings:?}");
    }

    #[test]
    fn headings_in_both_languages() {
        let whole = "invoice=0 stock_code=1 description=2 quantity=3 at=4 price=5 customer=6 country=7";
        for headings in [
            "InvoiceNo|StockCode|Description|Quantity|InvoiceDate|UnitPrice|CustomerID|Country",
            "Invoice|StockCode|Description|Quantity|InvoiceDate|Price|Customer ID|Country",
            "invoice|stock_code|description|quantity|invoice_date|price|customer_id|country",
            "\u{feff}Invoce|Stock Code|Descripton|Qty|Invoice Date|Unit Price (£)|Customer No.|Country/Region",
            "订单号|货号|品名|数量|下单时间|单价|客户编号|国家",
            "单号|商品编码|商品名称|数量（件）|日期|单价(元)|顾客|国家/地区",
            "订单号|商品编码|商品名称|数量|下单时间|单价|会员|国家",
            "主订单编号|商家编码|宝贝标题|宝贝数量|订单创建时间|商品价格|买家会员名|收货国家",
        ] {
            check(FileKind::Orders, headings, whole);
        }
        check(FileKind::Orders, "备注|日期|时间|单号|商品编码|单价|数量", "invoice=3 stock_code=4 quantity=6 at=1 time=2 price=5");
        check(
            FileKind::Orders,
            "Order Date|Ship Date|Order ID|Product ID|Product Name|Qty|Price|Total",
            "invoice=2 stock_code=3 description=4 quantity=5 at=0 price=6",
        );
        check(
            FileKind::Orders,
            "订单号|下单时间|商品编码|商品名称|单价|数量|实付金额|支付方式|顾客昵称|顾客手机号|门店|订单来源|备注|快递单号",
            "invoice=0 stock_code=2 description=3 quantity=5 at=1 price=4 customer=8 phone=9 channel=11 shop=10 paid=6",
        );
        check(
            FileKind::Orders,
            "Order No.|Date|SKU|Item Name|Qty|Unit Price|Amount Paid|Mobile|Store|Sales Channel",
            "invoice=0 stock_code=2 description=3 quantity=4 at=1 price=5 phone=7 channel=9 shop=8 paid=6",
        );
        check(
            FileKind::Orders,
            "订单编号|商家编码|购买数量|付款时间|商品价格|买家会员名|买家实际支付金额|收货人手机|联系电话",
            "invoice=0 stock_code=1 quantity=2 at=3 price=4 customer=5 phone=8 paid=6",
        );
        check(FileKind::Orders, "foo|bar", "");
        check(FileKind::Visits, "日期|小时|门店|渠道|访客数|访问次数", "at=0 hour=1 shop=2 channel=3 visitors=4 sessions=5");
        check(FileKind::Visits, "date,|channel|visitors|sessions", "at=0 channel=1 visitors=2 sessions=3");
        check(FileKind::Visits, "统计日期|UV", "at=0 visitors=1");
    }
}

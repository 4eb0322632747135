//! The checked-in tables of the demo: goods, categories, shops, people, and the extract of real trade.

use crate::{Error, Result, wire::Language};
use std::collections::BTreeMap;

const GOODS: &str = include_str!("../../../../data/demo/goods.tsv");
const CATEGORIES: &str = include_str!("../../../../data/demo/categories.tsv");
const SHOPS: &str = include_str!("../../../../data/demo/shops.tsv");
const PEOPLE: &str = include_str!("../../../../data/demo/people.tsv");
const TRADE: &[u8] = include_bytes!("../../../../data/demo/trade.tsv.zst");
/// The unpacked extract is about 4 MB; this bounds what a damaged file could unpack to.
const TRADE_BYTES_MAX: usize = 32 << 20;

/// One SKU of the demo.
pub(super) struct Good {
    pub code: String,
    pub category: String,
    pub name: String,
    pub price_minor: i64,
    pub cost_minor: i64,
}

/// One shop of the demo.
pub(super) struct DemoShop {
    pub code: String,
    pub name: String,
    pub prefix: String,
    pub share_bp: u64,
}

/// A line of a basket: goods by their place in the table, pieces.
pub(super) type BasketLine = (usize, i64);

/// One document of the extract.
#[derive(Debug, Clone)]
pub(super) struct Basket {
    pub day: i64,
    pub minute: i64,
    pub number: u64,
    pub customer: Option<u64>,
    pub lines: Vec<BasketLine>,
    pub is_cancellation: bool,
}

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).filter(|l| !l.is_empty()).map(|l| l.split('\t').collect())
}

fn damaged(what: &str) -> Error {
    Error::Fault(format!("the demo's table {what} is damaged: install the program anew"))
}

fn cell<'a>(row: &[&'a str], at: usize, what: &str) -> Result<&'a str> {
    row.get(at).copied().ok_or_else(|| damaged(what))
}

fn number<T: std::str::FromStr>(row: &[&str], at: usize, what: &str) -> Result<T> {
    cell(row, at, what)?.parse().map_err(|_| damaged(what))
}

const fn name_at(language: Language, zh: usize, en: usize) -> usize {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

pub(super) fn goods(language: Language) -> Result<Vec<Good>> {
    rows(GOODS)
        .map(|row| {
            let price_minor: i64 = number(&row, 5, "goods")?;
            let share_bp: i64 = number(&row, 6, "goods")?;
            Ok(Good {
                code: cell(&row, 0, "goods")?.to_owned(),
                category: cell(&row, 1, "goods")?.to_owned(),
                name: cell(&row, name_at(language, 3, 2), "goods")?.to_owned(),
                price_minor,
                cost_minor: (price_minor * share_bp + 5_000) / 10_000,
            })
        })
        .collect()
}

pub(super) fn categories(language: Language) -> Result<Vec<(String, String)>> {
    rows(CATEGORIES).map(|row| Ok((cell(&row, 0, "categories")?.to_owned(), cell(&row, name_at(language, 2, 1), "categories")?.to_owned()))).collect()
}

pub(super) fn shops(language: Language) -> Result<Vec<DemoShop>> {
    rows(SHOPS)
        .map(|row| {
            Ok(DemoShop {
                code: cell(&row, 0, "shops")?.to_owned(),
                name: cell(&row, name_at(language, 1, 2), "shops")?.to_owned(),
                prefix: cell(&row, 3, "shops")?.to_owned(),
                share_bp: number(&row, 9, "shops")?,
            })
        })
        .collect()
}

/// The name and code of the shop that founds the demo.
pub(super) fn first_shop(language: Language) -> Result<(String, String)> {
    let shop = shops(language)?.into_iter().next().ok_or_else(|| damaged("shops"))?;
    Ok((shop.name, shop.code))
}

/// A customer's name by their number, made from the table as `data/demo/README.md` says.
pub(super) fn people(language: Language) -> Result<impl Fn(u64) -> String> {
    let table: Vec<[String; 3]> = rows(PEOPLE)
        .map(|row| {
            let (surname, given) = match language {
                Language::Zh => (3, 4),
                Language::En => (6, 5),
            };
            Ok([cell(&row, name_at(language, 1, 2), "people")?.to_owned(), cell(&row, surname, "people")?.to_owned(), cell(&row, given, "people")?.to_owned()])
        })
        .collect::<Result<_>>()?;
    Ok(move |customer: u64| {
        let size = u64::try_from(table.len()).unwrap_or(1).max(1);
        let i = customer.saturating_sub(1);
        let (a, b) = (i / size, i % size);
        let at = |n: u64| &table[usize::try_from(n % size).unwrap_or(0)];
        if a == 0 {
            return at(b)[0].clone();
        }
        let (surname, given) = (&at(b)[1], &at(b + 86 * a)[2]);
        match language {
            Language::Zh => format!("{surname}{given}"),
            Language::En => format!("{given} {surname}"),
        }
    })
}

/// The extract, document by document in the order of time.
pub(super) fn baskets() -> Result<Vec<Basket>> {
    let bytes = store::unpack_bytes(TRADE, TRADE_BYTES_MAX).map_err(|_| damaged("trade"))?;
    let text = String::from_utf8(bytes).map_err(|_| damaged("trade"))?;
    let mut baskets: Vec<Basket> = Vec::new();
    for row in rows(&text) {
        let number_of: u64 = number(&row, 2, "trade")?;
        let line = (number(&row, 4, "trade")?, number(&row, 5, "trade")?);
        match baskets.last_mut() {
            Some(last) if last.number == number_of => last.lines.push(line),
            _ => baskets.push(Basket {
                day: number(&row, 0, "trade")?,
                minute: number(&row, 1, "trade")?,
                number: number_of,
                customer: cell(&row, 3, "trade")?.parse().ok(),
                lines: vec![line],
                is_cancellation: cell(&row, 6, "trade")? == "1",
            }),
        }
    }
    Ok(baskets)
}

/// The baskets by the day they fall on, once spread over seven days and the opening hours.
pub(super) fn by_day(baskets: Vec<Basket>) -> BTreeMap<i64, Vec<Basket>> {
    let mut days: BTreeMap<i64, Vec<Basket>> = BTreeMap::new();
    for mut basket in baskets {
        // 2009-12-01 was a Tuesday: day 4 is a Saturday. The retailer hardly sold on Saturdays; one basket in six of Tuesday to Friday moves there.
        let weekday = (basket.day + 1).rem_euclid(7);
        if (1..=4).contains(&weekday) && basket.number % 6 == 0 {
            basket.day += 5 - weekday;
        }
        // 7–20 h of the retailer become 8–22 h of the shop.
        let stretched = 480 + (basket.minute - 420).clamp(0, 780) * 840 / 780;
        basket.minute = (stretched + i64::try_from(basket.number % 7).unwrap_or(0) - 3).clamp(480, 1_319);
        days.entry(basket.day).or_default().push(basket);
    }
    for day in days.values_mut() {
        day.sort_by_key(|b| (b.minute, b.number));
    }
    days
}

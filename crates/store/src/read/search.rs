//! Search by name, code, phone tail, pinyin and initials, over one trigram index; and order numbers by their beginning.

use super::{
    scope::Columns,
    sql::{Sql, id, maybe_text, text},
};
use crate::Result;
use domain::{CustomerId, OrderId, ShopId, SkuId, access::ScopeExpr};
use pinyin::ToPinyin as _;
use sqlx::SqliteConnection;
use uuid::Uuid;

/// A word this short has no trigram; it is looked for by reading the bodies.
const TRIGRAM_CHARS: usize = 3;
/// Candidates looked at for the best ones: a word that fits half the catalogue must not cost a sort of it.
const CANDIDATES_MAX: i64 = 400;
/// Customers looked at for those who bought in some shops.
const CUSTOMERS_LOOKED_AT: u32 = 400;
/// The longest text that is searched for, in characters.
const TEXT_CHARS_MAX: usize = 100;
/// What follows every text that begins with a prefix.
const AFTER_ALL: char = '\u{10FFFF}';

/// The text that a thing is found by: its name, code, pinyin in full and as initials, and what else is given (a phone), folded to lower case.
#[must_use]
pub fn search_body(name: &str, code: &str, extra: &str) -> String {
    let mut full = String::new();
    let mut initials = String::new();
    for (letter, sound) in name.chars().zip(name.to_pinyin()) {
        match sound {
            Some(sound) => {
                full.push_str(sound.plain());
                initials.push_str(sound.first_letter());
            }
            None if letter.is_ascii_alphanumeric() => {
                full.push(letter);
                initials.push(letter);
            }
            None => {}
        }
    }
    if full.chars().all(|c| name.contains(c)) && full.is_ascii() && name.is_ascii() {
        full.clear();
        initials.clear();
    }
    let parts = [name, code, &full, &initials, extra];
    let words: Vec<String> = parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty()).map(str::to_lowercase).collect();
    words.join("\n")
}

/// By what of a person they are found; by their code always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct People {
    pub by_name: bool,
    /// By a whole phone number, or its last four digits.
    pub by_phone: bool,
    /// By any piece of a phone number.
    pub by_part_of_phone: bool,
}

impl Default for People {
    fn default() -> Self {
        Self { by_name: true, by_phone: true, by_part_of_phone: true }
    }
}

impl People {
    /// The digits of the end of a phone that are enough to find it by.
    const END_DIGITS: usize = 4;

    /// Whether every word of a text finds a person by what may be used.
    fn find(self, words: &[String], code: &str, name: Option<&str>, phone: Option<&str>) -> bool {
        let (code, name) = (code.to_lowercase(), name.filter(|_| self.by_name).map(|name| search_body(name, "", "")));
        let by_phone = |word: &str| {
            phone.filter(|_| self.by_phone).is_some_and(|phone| match self.by_part_of_phone {
                true => phone.contains(word),
                false => phone == word || (word.chars().count() == Self::END_DIGITS && phone.ends_with(word)),
            })
        };
        words.iter().all(|word| code.contains(word) || by_phone(word) || name.as_ref().is_some_and(|name| name.contains(word)))
    }
}

/// Within what is searched.
#[derive(Debug, Clone, Default)]
pub struct Within {
    pub goods: bool,
    /// Customers of these shops; `None` within are those of all.
    pub customers: Option<Option<Vec<ShopId>>>,
    pub orders: Option<ScopeExpr>,
    pub people: People,
}

impl Within {
    /// Everything.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            goods: true,
            customers: Some(None),
            orders: Some(ScopeExpr::everything()),
            people: People { by_name: true, by_phone: true, by_part_of_phone: true },
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    Sku { id: SkuId, name: String, code: String },
    Customer { id: CustomerId, name: Option<String>, code: String, phone: Option<String> },
    Order { id: OrderId, order_no: String, business_date: String },
}

/// The best hits of each kind, at most `limit` a kind.
///
/// # Errors
/// Where the database cannot be read.
pub async fn search(db: &mut SqliteConnection, asked: &str, limit: u32, within: &Within) -> Result<Vec<Hit>> {
    let limit = limit.clamp(1, 50);
    let mut hits = Vec::new();
    let skus = if within.goods { matches(db, "sku", asked, limit).await? } else { Vec::new() };
    if !skus.is_empty() {
        let mut sql = Sql::new("SELECT id, name, code FROM sku WHERE id IN ");
        sql.list(skus.iter().copied());
        for row in in_order(sql.rows(db).await?, &skus)? {
            hits.push(Hit::Sku { id: id(&row, "id")?, name: text(&row, "name")?, code: text(&row, "code")? });
        }
    }
    if let Some(shops) = &within.customers {
        hits.extend(customers(db, asked, limit, shops.as_deref(), within.people).await?);
    }
    if let Some(scope) = &within.orders {
        hits.extend(orders(db, asked, limit, scope).await?);
    }
    Ok(hits)
}

async fn customers(db: &mut SqliteConnection, asked: &str, limit: u32, shops: Option<&[ShopId]>, by: People) -> Result<Vec<Hit>> {
    // Of some shops alone: more are looked at, of which those stay that bought there.
    let looked_at = if shops.is_some() { CUSTOMERS_LOOKED_AT } else { limit };
    let mut found = people(db, asked, looked_at, by).await?;
    if let Some(shops) = shops {
        let ids: Vec<Uuid> = found.clone();
        let there = super::buyers::ever(db, &ids, shops).await?;
        found.retain(|id| !shops.is_empty() && there.contains_key(id));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT id, name, code, phone FROM customer WHERE id IN ");
    sql.list(found.iter().copied());
    let rows = in_order(sql.rows(db).await?, &found)?;
    rows.iter()
        .map(|row| Ok(Hit::Customer { id: id(row, "id")?, name: maybe_text(row, "name")?, code: text(row, "code")?, phone: maybe_text(row, "phone")? }))
        .collect()
}

/// The customers that a text may stand for, found by what may be used of them, the closest first.
pub(crate) async fn people(db: &mut SqliteConnection, asked: &str, limit: u32, by: People) -> Result<Vec<Uuid>> {
    let found = matches(db, "customer", asked, limit).await?;
    only_by(db, asked, found, by).await
}

/// As [`people`], for a text that stands for orders.
pub(crate) async fn people_meant(db: &mut SqliteConnection, asked: &str, limit: u32, by: People) -> Result<Vec<Uuid>> {
    let found = meant(db, "customer", asked, limit).await?;
    only_by(db, asked, found, by).await
}

async fn only_by(db: &mut SqliteConnection, asked: &str, found: Vec<Uuid>, by: People) -> Result<Vec<Uuid>> {
    if by == People::default() || found.is_empty() {
        return Ok(found);
    }
    let words: Vec<String> = asked.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut sql = Sql::new("SELECT id, name, code, phone FROM customer WHERE id IN ");
    sql.list(found.iter().copied());
    let mut kept = Vec::new();
    for row in in_order(sql.rows(db).await?, &found)? {
        let (name, phone) = (maybe_text(&row, "name")?, maybe_text(&row, "phone")?);
        if by.find(&words, &text(&row, "code")?, name.as_deref(), phone.as_deref()) {
            kept.push(id(&row, "id")?);
        }
    }
    Ok(kept)
}

fn in_order(rows: Vec<sqlx::sqlite::SqliteRow>, ids: &[Uuid]) -> Result<Vec<sqlx::sqlite::SqliteRow>> {
    let mut placed = Vec::new();
    for row in rows {
        let found: Uuid = id(&row, "id")?;
        placed.push((ids.iter().position(|i| *i == found), row));
    }
    placed.sort_by_key(|(at, _)| *at);
    Ok(placed.into_iter().map(|(_, row)| row).collect())
}

/// The ids of one kind (`sku`, `customer`) that fit every word of the text, the closest first.
pub(crate) async fn matches(db: &mut SqliteConnection, kind: &str, asked: &str, limit: u32) -> Result<Vec<Uuid>> {
    closest(db, kind, asked, limit, |_| true).await
}

/// As [`matches`], for a text that stands for orders: digits alone mean a whole code or the end of a phone, else every article with these digits
/// somewhere in its code would bring in orders that nobody meant.
pub(crate) async fn meant(db: &mut SqliteConnection, kind: &str, asked: &str, limit: u32) -> Result<Vec<Uuid>> {
    let asked = asked.trim();
    let digits = !asked.is_empty() && asked.chars().all(|c| c.is_ascii_digit());
    closest(db, kind, asked, limit, |body| !digits || is_meant(body, asked)).await
}

fn is_meant(body: &str, digits: &str) -> bool {
    body.lines().any(|line| line == digits || is_end_of_phone(line, digits))
}

fn is_end_of_phone(line: &str, digits: &str) -> bool {
    /// The shortest phone: a number in a town.
    const PHONE_DIGITS_MIN: usize = 7;
    line.len() >= PHONE_DIGITS_MIN && line.chars().all(|c| c.is_ascii_digit()) && line.ends_with(digits)
}

/// Whether the row numbers of a kind lie below 0 in the index, so that one kind is looked through without the other.
pub(crate) fn is_searched_below_zero(kind: &str) -> bool {
    kind == "customer"
}

async fn closest(db: &mut SqliteConnection, kind: &str, asked: &str, limit: u32, fits: impl Fn(&str) -> bool + Send) -> Result<Vec<Uuid>> {
    let folded: String = asked.to_lowercase().chars().take(TEXT_CHARS_MAX).collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    let Some(first) = words.first().copied() else { return Ok(Vec::new()) };
    let (long, short): (Vec<&str>, Vec<&str>) = words.iter().partition(|w| w.chars().count() >= TRIGRAM_CHARS);
    // Where no word has a trigram, the bodies are read from the index's own table, which costs a third of asking the index for them.
    let mut sql = if long.is_empty() {
        Sql::new("SELECT c0 ref, c1 body FROM search_text_content WHERE id ")
    } else {
        Sql::new("SELECT ref, body FROM search_text WHERE rowid ")
    };
    sql.add(if is_searched_below_zero(kind) { "< 0" } else { ">= 0" });
    if !long.is_empty() {
        let phrases: Vec<String> = long.iter().map(|w| format!("\"{}\"", w.replace('"', "\"\""))).collect();
        sql.add(" AND body MATCH ").arg(phrases.join(" AND "));
    }
    for word in &short {
        sql.add(if long.is_empty() { " AND instr(c1, " } else { " AND instr(body, " }).arg(*word).add(") > 0");
    }
    sql.add(" LIMIT ").arg(CANDIDATES_MAX);
    let mut found = Vec::new();
    for row in sql.rows(db).await? {
        let body = text(&row, "body")?;
        if fits(&body) {
            found.push((closeness(&body, first), id::<Uuid>(&row, "ref")?));
        }
    }
    found.sort();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// How near a body is to a word: a line that is the word or a phone that ends with it, then one that begins with it, then the shorter body.
fn closeness(body: &str, word: &str) -> (u8, usize) {
    let rank = body
        .lines()
        .map(|line| {
            if line == word || is_end_of_phone(line, word) {
                0
            } else if line.starts_with(word) {
                1
            } else {
                2
            }
        })
        .min()
        .unwrap_or(2);
    (rank, body.len())
}

/// Orders whose number begins with the text.
async fn orders(db: &mut SqliteConnection, asked: &str, limit: u32, scope: &ScopeExpr) -> Result<Vec<Hit>> {
    let Some((from, to)) = number_range(asked) else { return Ok(Vec::new()) };
    let mut sql =
        Sql::new("SELECT d.id, d.order_no, d.business_date FROM order_doc d JOIN order_fold f ON f.order_id = d.id AND +f.effective = 1 WHERE d.order_no >= ");
    sql.arg(from)
        .add(" AND d.order_no < ")
        .arg(to)
        .add(" AND ")
        .within(scope, Columns { shop: Some("d.shop_id"), ..Columns::default() })
        .add(" ORDER BY d.order_no LIMIT ")
        .arg(i64::from(limit));
    let rows = sql.rows(db).await?;
    rows.iter().map(|r| Ok(Hit::Order { id: id(r, "id")?, order_no: text(r, "order_no")?, business_date: text(r, "business_date")? })).collect()
}

/// The range of order numbers that begin with the text; `None` where it cannot be a number's beginning.
pub(crate) fn number_range(asked: &str) -> Option<(String, String)> {
    let number = asked.trim().to_uppercase();
    let fits = !number.is_empty() && number.chars().count() <= 40 && number.chars().all(|c| c.is_ascii_alphanumeric() || "-_/#".contains(c));
    fits.then(|| (number.clone(), format!("{number}{AFTER_ALL}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_holds_name_code_sounds_and_phone() {
        assert_eq!(search_body("保温杯 350ml", "BW350", "13812346021"), "保温杯 350ml\nbw350\nbaowenbei350ml\nbwb350ml\n13812346021");
        assert_eq!(search_body("WHITE METAL LANTERN", "71053", ""), "white metal lantern\n71053");
        assert_eq!(search_body("", "12345", ""), "12345");
    }

    #[test]
    fn a_person_is_found_only_by_what_may_be_used() {
        let (all, counter, none) = (
            People::default(),
            People { by_name: false, by_phone: true, by_part_of_phone: false },
            People { by_name: false, by_phone: false, by_part_of_phone: false },
        );
        for (asked, by, is_found) in [
            ("小龙", all, true),
            ("xiaolong", all, true),
            ("1234", all, true),
            ("小龙", counter, false),
            ("lxl", counter, false),
            ("6021", counter, true),
            ("13812346021", counter, true),
            ("1234", counter, false),
            ("46021", counter, false),
            ("m-88", counter, true),
            ("m-88 6021", counter, true),
            ("m-88 小龙", counter, false),
            ("6021", none, false),
            ("m-88", none, true),
        ] {
            let words: Vec<String> = asked.split_whitespace().map(str::to_owned).collect();
            assert_eq!(by.find(&words, "M-8812", Some("李小龙"), Some("13812346021")), is_found, "{asked} {by:?}");
        }
    }

    #[test]
    fn numbers_are_found_by_their_beginning() {
        assert!(number_range("bj1122").is_some_and(|(from, _)| from == "BJ1122"));
        assert!(number_range("手套").is_none());
        assert!(number_range("  ").is_none());
    }

    #[test]
    fn digits_in_the_order_book_are_a_whole_code_or_a_phones_end() {
        assert!(is_meant("wang\nc-77\n13812346021", "6021"));
        assert!(is_meant("mug\n6021", "6021"));
        assert!(!is_meant("mug\n16021\n", "6021"));
        assert!(!is_meant("wang\nc-77\n13860211234", "6021"));
    }

    #[test]
    fn the_nearer_comes_first() {
        assert!(closeness("手套\nst1", "手套") < closeness("手套加绒\nst", "手套"));
        assert!(closeness("手套加绒\nst", "手套") < closeness("灰手套\nst", "手套"));
        assert!(closeness("wang xiaoming\nc-7\n13812340132", "0132") < closeness("li\nc-8\n13801321328", "0132"));
    }
}

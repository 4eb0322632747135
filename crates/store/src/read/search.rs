//! Search by name, code, phone tail, pinyin and initials, over one trigram index; and order numbers by their beginning.

use super::sql::{Sql, id, maybe_text, text};
use crate::Result;
use domain::{CustomerId, OrderId, SkuId};
use pinyin::ToPinyin as _;
use sqlx::SqliteConnection;
use uuid::Uuid;

/// A word this short has no trigram; it is looked for by reading the bodies.
const TRIGRAM_CHARS: usize = 3;
/// Candidates looked at for the best ones: a word that fits half the catalogue must not cost a sort of it.
const CANDIDATES_MAX: i64 = 400;
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

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    Sku { id: SkuId, name: String, code: String },
    Customer { id: CustomerId, name: String, code: String, phone: Option<String> },
    Order { id: OrderId, order_no: String, business_date: String },
}

/// The best hits of each kind, at most `limit` a kind.
///
/// # Errors
/// Where the database cannot be read.
pub async fn search(db: &mut SqliteConnection, asked: &str, limit: u32) -> Result<Vec<Hit>> {
    let limit = limit.clamp(1, 50);
    let mut hits = Vec::new();
    let skus = matches(db, "sku", asked, limit).await?;
    if !skus.is_empty() {
        let mut sql = Sql::new("SELECT id, name, code FROM sku WHERE id IN ");
        sql.list(skus.iter().copied());
        for row in in_order(sql.rows(db).await?, &skus)? {
            hits.push(Hit::Sku { id: id(&row, "id")?, name: text(&row, "name")?, code: text(&row, "code")? });
        }
    }
    let people = matches(db, "customer", asked, limit).await?;
    if !people.is_empty() {
        let mut sql = Sql::new("SELECT id, coalesce(name, code) name, code, phone FROM customer WHERE id IN ");
        sql.list(people.iter().copied());
        for row in in_order(sql.rows(db).await?, &people)? {
            hits.push(Hit::Customer { id: id(&row, "id")?, name: text(&row, "name")?, code: text(&row, "code")?, phone: maybe_text(&row, "phone")? });
        }
    }
    hits.extend(orders(db, asked, limit).await?);
    Ok(hits)
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
async fn orders(db: &mut SqliteConnection, asked: &str, limit: u32) -> Result<Vec<Hit>> {
    let Some((from, to)) = number_range(asked) else { return Ok(Vec::new()) };
    let mut sql =
        Sql::new("SELECT d.id, d.order_no, d.business_date FROM order_doc d JOIN order_fold f ON f.order_id = d.id AND +f.effective = 1 WHERE d.order_no >= ");
    sql.arg(from).add(" AND d.order_no < ").arg(to).add(" ORDER BY d.order_no LIMIT ").arg(i64::from(limit));
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

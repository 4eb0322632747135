//! The list of goods: filter, keyset page, totals.

use super::{
    page::{Cursor, Key, limit},
    search,
    span::Span,
    sql::{Sql, id, int, maybe_int, maybe_text, text},
};
use crate::Result;
use domain::{CategoryId, ShopId, SkuId, SkuKind};
use jiff::civil::{Date, date};
use sqlx::SqliteConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Goods that a text may stand for in a list; beyond it only the closest are shown.
const TEXT_MATCHES_MAX: u32 = 400;
/// A period open at an end reaches here.
const EARLIEST: Date = date(1970, 1, 1);
const LATEST: Date = date(2999, 12, 31);
/// The key of goods that have none under a sort, after all that have one.
const LAST: i64 = i64::MAX;

/// What narrows the list. Dates inclusive: with one of them given, only goods sold between them are shown, unless `no_sale` asks for the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    pub text: Option<String>,
    pub currency: Option<String>,
    pub categories: Vec<CategoryId>,
    pub shops: Vec<ShopId>,
    pub sold_from: Option<Date>,
    pub sold_to: Option<Date>,
    pub goods_only: bool,
    /// Stated stock that does not last as long again as the sales since this date took.
    pub low_since: Option<Date>,
    pub no_sale: bool,
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductSort {
    Code,
    Name,
    SoldMost,
    SoldLeast,
    StockLeast,
}

impl ProductSort {
    const fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Name => "name",
            Self::SoldMost => "most",
            Self::SoldLeast => "least",
            Self::StockLeast => "stock",
        }
    }
}

/// A row: sold within the period, or ever where none is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    pub id: SkuId,
    pub code: String,
    pub name: String,
    pub category: Option<String>,
    pub kind: SkuKind,
    pub currency: String,
    pub price_minor: Option<i64>,
    pub cost_minor: Option<i64>,
    /// Absent until an opening or a count states it.
    pub on_hand_milli: Option<i64>,
    pub sold_milli: i64,
    pub sold_minor: i64,
    pub last_sold_on: Option<String>,
}

/// A page and where the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductPage {
    pub rows: Vec<ProductRow>,
    pub next: Option<String>,
}

/// Totals of the whole view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductTotals {
    pub count: i64,
    pub sold_milli: i64,
    pub sold_minor: i64,
    pub no_sale_count: i64,
    pub currency: Option<String>,
}

impl ProductFilter {
    /// The period that sales are added up over.
    fn span(&self) -> Span {
        Span { from: self.sold_from.unwrap_or(EARLIEST), to: self.sold_to.unwrap_or(LATEST), shops: self.shops.clone(), channels: Vec::new() }
    }

    const fn has_period(&self) -> bool {
        self.sold_from.is_some() || self.sold_to.is_some()
    }

    /// Adds the conditions on a SKU `s`. `sold` is narrowed elsewhere.
    fn narrow(&self, sql: &mut Sql, matches: Option<&[Uuid]>) {
        if let Some(currency) = &self.currency {
            sql.add(" AND s.currency = ").arg(currency.clone());
        }
        if let Some(matches) = matches {
            sql.add(" AND s.id IN ").list(matches.iter().copied());
        }
        if !self.categories.is_empty() {
            sql.add(" AND s.category_id IN ").list(self.categories.iter().copied());
        }
        if self.goods_only {
            sql.add(" AND s.kind = 'goods'");
        }
        if let Some(since) = self.low_since {
            sql.add(" AND s.id IN (SELECT b.sku_id FROM (SELECT sku_id, sum(on_hand_milli) on_hand FROM stock_balance WHERE stated = 1");
            super::span::narrow_places(sql, "", &self.shops, &[]);
            sql.add(" GROUP BY sku_id) b LEFT JOIN (SELECT sku_id, sum(units_milli) units FROM (");
            self.span().over(since, LATEST).sku_rows(sql, None);
            sql.add(") GROUP BY sku_id) u ON u.sku_id = b.sku_id WHERE b.on_hand <= 0 OR b.on_hand < coalesce(u.units, 0))");
        }
    }

    /// Adds `(id, units, net)` of every SKU sold in the period.
    fn sold(&self, sql: &mut Sql) {
        sql.add("SELECT sku_id, sum(units_milli) units, sum(net_minor) net FROM (");
        self.span().sku_rows(sql, None);
        sql.add(") GROUP BY sku_id");
    }

    /// Adds the condition that a SKU was sold in the period, or was not.
    fn narrow_sold(&self, sql: &mut Sql) {
        if self.no_sale || self.has_period() {
            sql.add(if self.no_sale { " AND s.id NOT IN (" } else { " AND s.id IN (" });
            sql.add("SELECT sku_id FROM (");
            self.sold(sql);
            sql.add(") WHERE units > 0)");
        }
    }

    async fn text_matches(&self, db: &mut SqliteConnection) -> Result<Option<Vec<Uuid>>> {
        match self.text.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
            Some(asked) => Ok(Some(search::matches(db, "sku", asked, TEXT_MATCHES_MAX).await?)),
            None => Ok(None),
        }
    }
}

/// One page.
///
/// # Errors
/// Where the cursor is of another sort or the database cannot be read.
pub async fn product_page(db: &mut SqliteConnection, filter: &ProductFilter, sort: ProductSort, after: Option<&str>, asked: u32) -> Result<ProductPage> {
    let after = after.map(|text| Cursor::read(text, sort.word())).transpose()?;
    let limit = limit(asked);
    let matches = filter.text_matches(db).await?;
    let mut sql = Sql::new("");
    let (key, way, beyond) = keys(&mut sql, filter, sort);
    filter.narrow(&mut sql, matches.as_deref());
    filter.narrow_sold(&mut sql);
    if let Some(cursor) = &after {
        sql.add(&format!(" AND ({key}, s.id) {beyond} ("));
        match &cursor.key {
            Key::Number(n) => sql.arg(*n),
            Key::Text(text) => sql.arg(text.clone()),
        };
        sql.add(", ").arg(Uuid::from_bytes(cursor.id)).add(")");
    }
    sql.add(&format!(" ORDER BY {key} {way}, s.id {way} LIMIT ")).arg(limit + 1);
    let found = sql.rows(db).await?;
    let shown = found.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut ids: Vec<Uuid> = Vec::new();
    for row in &found[..shown] {
        ids.push(id(row, "id")?);
    }
    let next = match found.get(shown.wrapping_sub(1)).filter(|_| found.len() > shown) {
        Some(last) => {
            let key = if matches!(sort, ProductSort::Code | ProductSort::Name) { Key::Text(text(last, "k")?) } else { Key::Number(int(last, "k")?) };
            Some(Cursor { sort: sort.word(), key, id: *id::<Uuid>(last, "id")?.as_bytes() }.write())
        }
        None => None,
    };
    Ok(ProductPage { rows: product_rows(db, &ids, filter).await?, next })
}

/// Begins the query for the keys of a sort; answers the key, its direction and what "beyond" means.
fn keys(sql: &mut Sql, filter: &ProductFilter, sort: ProductSort) -> (&'static str, &'static str, &'static str) {
    match sort {
        ProductSort::Code => {
            sql.add("SELECT s.id, s.code k FROM sku s WHERE 1");
            ("s.code", "ASC", ">")
        }
        ProductSort::Name => {
            sql.add("SELECT s.id, s.name k FROM sku s WHERE 1");
            ("s.name", "ASC", ">")
        }
        ProductSort::SoldMost | ProductSort::SoldLeast => {
            sql.add("SELECT s.id, coalesce(u.net, 0) k FROM sku s LEFT JOIN (");
            filter.sold(sql);
            sql.add(") u ON u.sku_id = s.id WHERE 1");
            if sort == ProductSort::SoldMost { ("coalesce(u.net, 0)", "DESC", "<") } else { ("coalesce(u.net, 0)", "ASC", ">") }
        }
        ProductSort::StockLeast => {
            sql.add(&format!(
                "SELECT s.id, coalesce(b.on_hand, {LAST}) k FROM sku s LEFT JOIN (SELECT sku_id, sum(on_hand_milli) on_hand FROM stock_balance WHERE stated = 1"
            ));
            super::span::narrow_places(sql, "", &filter.shops, &[]);
            sql.add(" GROUP BY sku_id) b ON b.sku_id = s.id WHERE 1");
            ("coalesce(b.on_hand, 9223372036854775807)", "ASC", ">")
        }
    }
}

/// Totals of the whole view.
///
/// # Errors
/// Where the database cannot be read.
pub async fn product_totals(db: &mut SqliteConnection, filter: &ProductFilter) -> Result<ProductTotals> {
    let matches = filter.text_matches(db).await?;
    let mut sql = Sql::new(
        "SELECT count(*) n, coalesce(sum(u.units), 0) units, coalesce(sum(u.net), 0) net, min(s.currency) low, max(s.currency) high FROM sku s LEFT JOIN (",
    );
    filter.sold(&mut sql);
    sql.add(") u ON u.sku_id = s.id WHERE 1");
    filter.narrow(&mut sql, matches.as_deref());
    if filter.no_sale {
        sql.add(" AND coalesce(u.units, 0) <= 0");
    } else if filter.has_period() {
        sql.add(" AND u.units > 0");
    }
    let row = sql.row(db).await?;
    let mut unsold = Sql::new("SELECT count(*) n FROM sku s WHERE s.id NOT IN (SELECT sku_id FROM (");
    filter.sold(&mut unsold);
    unsold.add(") WHERE units > 0)");
    filter.narrow(&mut unsold, matches.as_deref());
    let unsold = unsold.row(db).await?;
    Ok(ProductTotals {
        count: int(&row, "n")?,
        sold_milli: int(&row, "units")?,
        sold_minor: int(&row, "net")?,
        no_sale_count: int(&unsold, "n")?,
        currency: maybe_text(&row, "low")?.filter(|low| maybe_text(&row, "high").is_ok_and(|high| high.as_ref() == Some(low))),
    })
}

/// The rows of SKUs, in the order of the ids; ids that are not here are left out.
///
/// # Errors
/// Where the database cannot be read.
pub async fn product_rows(db: &mut SqliteConnection, ids: &[Uuid], filter: &ProductFilter) -> Result<Vec<ProductRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("WITH u AS (SELECT sku_id, sum(units_milli) units, sum(net_minor) net FROM (");
    filter.span().sku_rows(&mut sql, Some(ids));
    sql.add(") GROUP BY sku_id), b AS (SELECT sku_id, sum(on_hand_milli) on_hand FROM stock_balance WHERE stated = 1 AND sku_id IN ");
    sql.list(ids.iter().copied());
    super::span::narrow_places(&mut sql, "", &filter.shops, &[]);
    sql.add(
        " GROUP BY sku_id) SELECT s.id, s.code, s.name, c.name category, s.kind, s.currency, s.price_minor, s.cost_minor, b.on_hand, coalesce(u.units, 0) units, coalesce(u.net, 0) net
         FROM sku s LEFT JOIN category c ON c.id = s.category_id LEFT JOIN u ON u.sku_id = s.id LEFT JOIN b ON b.sku_id = s.id WHERE s.id IN ",
    );
    sql.list(ids.iter().copied());
    let last = last_sold(db, ids).await?;
    let mut rows = HashMap::new();
    for r in &sql.rows(db).await? {
        let sku: Uuid = id(r, "id")?;
        let row = ProductRow {
            id: sku.into(),
            code: text(r, "code")?,
            name: text(r, "name")?,
            category: maybe_text(r, "category")?,
            kind: SkuKind::from_word(&text(r, "kind")?).unwrap_or(SkuKind::Other),
            currency: text(r, "currency")?,
            price_minor: maybe_int(r, "price_minor")?,
            cost_minor: maybe_int(r, "cost_minor")?,
            on_hand_milli: maybe_int(r, "on_hand")?,
            sold_milli: int(r, "units")?,
            sold_minor: int(r, "net")?,
            last_sold_on: last.get(&sku).cloned(),
        };
        rows.insert(sku, row);
    }
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// The last date on which each was sold: its last month from the rollup, then at most 31 look-ups a shop.
async fn last_sold(db: &mut SqliteConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let mut sql = Sql::new(super::product::MONTHS);
    sql.add(
        ", day(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM day WHERE n < 31),
         m AS MATERIALIZED (SELECT x.sku_id, x.shop_id, max(x.month) month FROM months CROSS JOIN shop h CROSS JOIN sku_month x ON x.month = months.on_month AND x.shop_id = h.id AND x.sku_id IN ",
    );
    sql.list(ids.iter().copied()).add(
        " WHERE x.units_milli > 0 GROUP BY x.sku_id, x.shop_id) SELECT m.sku_id id, max(d.business_date) on_date FROM m CROSS JOIN day CROSS JOIN sku_day d
         ON d.business_date = m.month || printf('-%02d', day.n) AND d.shop_id = m.shop_id AND d.sku_id = m.sku_id WHERE d.units_milli > 0 GROUP BY m.sku_id",
    );
    let mut last = HashMap::new();
    for row in &sql.rows(db).await? {
        last.insert(id(row, "id")?, text(row, "on_date")?);
    }
    Ok(last)
}

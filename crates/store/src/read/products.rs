//! The list of goods: filter, keyset page, totals.

use super::{
    amounts::plus,
    goods::{self, Goods, SkuSums},
    months::Months,
    page::{Cursor, Key, limit},
    rank::Ranking,
    search,
    span::Span,
    sql::{Sql, id, int, maybe_int, maybe_text, text},
};
use crate::{Error, Result};
use domain::{CategoryId, ShopId, SkuId, SkuKind};
use jiff::civil::{Date, date};
use sqlx::{Row as _, SqliteConnection};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Goods that a text may stand for in a list; beyond it only the closest are shown.
const TEXT_MATCHES_MAX: u32 = 400;
/// A period open at an end reaches here.
pub(super) const EARLIEST: Date = date(1970, 1, 1);
pub(super) const LATEST: Date = date(2999, 12, 31);
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

    /// Whether a SKU that sold so much in the period is in the view.
    const fn shows(&self, units_milli: i64) -> bool {
        if self.no_sale { units_milli <= 0 } else { !self.has_period() || units_milli > 0 }
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
            self.span().over(since, LATEST).sku_rows(sql);
            sql.add(") GROUP BY sku_id) u ON u.sku_id = b.sku_id WHERE b.on_hand <= 0 OR b.on_hand < coalesce(u.units, 0))");
        }
    }

    /// Adds `(id, units, net)` of every SKU sold in the period.
    fn sold(&self, sql: &mut Sql) {
        sql.add("SELECT sku_id, sum(units_milli) units, sum(net_minor) net FROM (");
        self.span().sku_rows(sql);
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
pub async fn product_page(
    db: &mut SqliteConnection,
    kept: &Months,
    filter: &ProductFilter,
    sort: ProductSort,
    after: Option<&str>,
    asked: u32,
) -> Result<ProductPage> {
    let after = after.map(|text| Cursor::read(text, sort.word())).transpose()?;
    let limit = limit(asked);
    let sold = Goods::read(db, kept, &filter.span()).await?;
    let mut found = if matches!(sort, ProductSort::SoldMost | ProductSort::SoldLeast) {
        ranked(db, kept, filter, sort, after.as_ref(), &sold, limit + 1).await?
    } else {
        in_table_order(db, filter, sort, after.as_ref(), limit + 1).await?
    };
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| more).map(|(key, id)| Cursor { sort: sort.word(), key: key.clone(), id: *id.as_bytes() }.write());
    let ids: Vec<Uuid> = found.into_iter().map(|(_, id)| id).collect();
    let last = goods::last_months(db, kept, &ids).await?;
    let rows = rows_of(db, &ids, &filter.shops, |id| sold.of(kept, id).unwrap_or_default(), last).await?;
    Ok(ProductPage { rows, next })
}

/// The keys and ids of a page in the order of what was sold.
async fn ranked(
    db: &mut SqliteConnection,
    kept: &Months,
    filter: &ProductFilter,
    sort: ProductSort,
    after: Option<&Cursor>,
    sold: &Goods,
    wanted: i64,
) -> Result<Vec<(Key, Uuid)>> {
    let matches = filter.text_matches(db).await?;
    let (keyed, rest): (Vec<(i64, Uuid)>, _) = match &matches {
        Some(ids) => {
            let keyed = ids.iter().map(|id| (sold.of(kept, *id).unwrap_or_default(), *id));
            (keyed.filter(|(sums, _)| filter.shows(sums.units_milli)).map(|(sums, id)| (sums.net_minor, id)).collect(), None)
        }
        None => {
            let (numbers, sums): (Vec<u32>, Vec<SkuSums>) = sold.all().unzip();
            let ids = kept.skus.ids(numbers);
            let rest = filter.shows(0).then(|| (0, ids.iter().copied().collect()));
            (ids.into_iter().zip(sums).filter(|(_, sums)| filter.shows(sums.units_milli)).map(|(id, sums)| (sums.net_minor, id)).collect(), rest)
        }
    };
    let after = after.and_then(|cursor| match cursor.key {
        Key::Number(key) => Some((key, Uuid::from_bytes(cursor.id))),
        Key::Text(_) => None,
    });
    let ranking = Ranking { ascending: sort == ProductSort::SoldLeast, after, keyed, rest };
    let found = ranking.page(db, "sku", |sql| filter.narrow(sql, None), usize::try_from(wanted).unwrap_or(0)).await?;
    Ok(found.into_iter().map(|(key, id)| (Key::Number(key), id)).collect())
}

/// The keys and ids of a page in an order that an index or the stock gives.
async fn in_table_order(db: &mut SqliteConnection, filter: &ProductFilter, sort: ProductSort, after: Option<&Cursor>, wanted: i64) -> Result<Vec<(Key, Uuid)>> {
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
    sql.add(&format!(" ORDER BY {key} {way}, s.id {way} LIMIT ")).arg(wanted);
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let key = if sort == ProductSort::StockLeast { Key::Number(int(row, "k")?) } else { Key::Text(text(row, "k")?) };
        Ok((key, id(row, "id")?))
    };
    sql.rows(db).await?.iter().map(read).collect()
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
        // What is ordered by a sum is not asked of the database.
        ProductSort::StockLeast | ProductSort::SoldMost | ProductSort::SoldLeast => {
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
pub async fn product_totals(db: &mut SqliteConnection, kept: &Months, filter: &ProductFilter) -> Result<ProductTotals> {
    let sold = Goods::read(db, kept, &filter.span()).await?;
    let matches = filter.text_matches(db).await?;
    let mut sql = Sql::new("SELECT s.id, s.currency FROM sku s WHERE 1");
    filter.narrow(&mut sql, matches.as_deref());
    let mut totals = ProductTotals::default();
    let (mut low, mut high): (Option<String>, Option<String>) = (None, None);
    sql.each(db, |row| {
        let sums = sold.of(kept, row.try_get(0)?).unwrap_or_default();
        let is_sold = sums.units_milli > 0;
        totals.no_sale_count += i64::from(!is_sold);
        if !filter.shows(sums.units_milli) {
            return Ok(());
        }
        totals.count += 1;
        totals.sold_milli = plus(totals.sold_milli, sums.units_milli).ok_or_else(Error::sum_too_large)?;
        totals.sold_minor = plus(totals.sold_minor, sums.net_minor).ok_or_else(Error::sum_too_large)?;
        let currency: &str = row.try_get(1)?;
        if low.as_deref().is_none_or(|low| currency < low) {
            low = Some(currency.to_owned());
        }
        if high.as_deref().is_none_or(|high| currency > high) {
            high = Some(currency.to_owned());
        }
        Ok(())
    })
    .await?;
    totals.currency = low.filter(|low| high.as_ref() == Some(low));
    Ok(totals)
}

/// The rows of a few SKUs with what they sold ever, in some shops or, where none is named, in all; in the order of the ids, ids that are not here left out.
///
/// # Errors
/// Where the database cannot be read.
pub async fn product_rows(db: &mut SqliteConnection, ids: &[Uuid], shops: &[ShopId]) -> Result<Vec<ProductRow>> {
    let sold = goods::ever(db, ids, shops).await?;
    let last = sold.iter().filter_map(|(id, (_, month))| Some((*id, month.clone()?))).collect();
    rows_of(db, ids, shops, |id| sold.get(&id).map(|(sums, _)| *sums).unwrap_or_default(), last).await
}

/// The rows of SKUs, with what each sold and its last month of sales.
async fn rows_of(
    db: &mut SqliteConnection,
    ids: &[Uuid],
    shops: &[ShopId],
    sold: impl Fn(Uuid) -> SkuSums,
    last_months: BTreeMap<Uuid, String>,
) -> Result<Vec<ProductRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("WITH b AS (SELECT sku_id, sum(on_hand_milli) on_hand FROM stock_balance WHERE stated = 1 AND sku_id IN ");
    sql.list(ids.iter().copied());
    super::span::narrow_places(&mut sql, "", shops, &[]);
    sql.add(
        " GROUP BY sku_id) SELECT s.id, s.code, s.name, c.name category, s.kind, s.currency, s.price_minor, s.cost_minor, b.on_hand
         FROM sku s LEFT JOIN category c ON c.id = s.category_id LEFT JOIN b ON b.sku_id = s.id WHERE s.id IN ",
    );
    sql.list(ids.iter().copied());
    let last = last_sold(db, last_months, shops).await?;
    let mut rows = HashMap::new();
    for r in &sql.rows(db).await? {
        let sku: Uuid = id(r, "id")?;
        let sums = sold(sku);
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
            sold_milli: sums.units_milli,
            sold_minor: sums.net_minor,
            last_sold_on: last.get(&sku).cloned(),
        };
        rows.insert(sku, row);
    }
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// The last date on which each was sold: the days of its last month from its end.
async fn last_sold(db: &mut SqliteConnection, months: BTreeMap<Uuid, String>, shops: &[ShopId]) -> Result<HashMap<Uuid, String>> {
    let asked: Vec<[String; 2]> = months.iter().map(|(id, month)| [id.simple().to_string(), month.clone()]).collect();
    let mut sql = Sql::new(
        "SELECT unhex(j.value ->> 0) id, (SELECT m.business_date FROM day_mark m CROSS JOIN shop h CROSS JOIN sku_day d ON d.business_date = m.business_date AND d.shop_id = h.id
          AND d.sku_id = unhex(j.value ->> 0) WHERE m.month = j.value ->> 1 AND d.units_milli > 0",
    );
    sql.among("h.id", shops).add(" ORDER BY m.business_date DESC LIMIT 1) on_date FROM json_each(");
    sql.arg(serde_json::json!(asked).to_string()).add(") j");
    let mut last = HashMap::new();
    for row in &sql.rows(db).await? {
        if let Some(on_date) = maybe_text(row, "on_date")? {
            last.insert(id(row, "id")?, on_date);
        }
    }
    Ok(last)
}

//! What each article sold in a period: whole months from `sku_month` and the days at both ends from `sku_day`, both kept in memory.

use super::{
    amounts::{less, plus, whole},
    months::{self, Marks, Months, Rows, Shelf, place},
    span::{Span, parts},
    sql::Sql,
};
use crate::{Error, Result};
use domain::ShopId;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What an article sold in a shop in a month or on a date.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sold {
    sku: u32,
    shop: u32,
    sums: SkuSums,
}

/// Sums of an article.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SkuSums {
    pub units_milli: i64,
    pub net_minor: i64,
    pub refund_units_milli: i64,
    pub refund_minor: i64,
}

impl SkuSums {
    /// What remained of its sales.
    pub const fn kept_minor(&self) -> i64 {
        self.net_minor - self.refund_minor
    }

    /// Both together; `None` where one does not fit.
    fn with(&self, other: &Self, add: fn(i64, i64) -> Option<i64>) -> Option<Self> {
        Some(Self {
            units_milli: add(self.units_milli, other.units_milli)?,
            net_minor: add(self.net_minor, other.net_minor)?,
            refund_units_milli: add(self.refund_units_milli, other.refund_units_milli)?,
            refund_minor: add(self.refund_minor, other.refund_minor)?,
        })
    }

    /// Sums that the database made, in four columns from `at` on.
    ///
    /// # Errors
    /// [`Error::SumTooLarge`] where one does not fit.
    pub fn read(row: &SqliteRow, at: usize) -> Result<Self> {
        let sum = |column: usize| whole(row.try_get(at + column)?);
        Ok(Self { units_milli: sum(0)?, net_minor: sum(1)?, refund_units_milli: sum(2)?, refund_minor: sum(3)? })
    }
}

/// The articles of a period by their numbers; one without a row has none.
#[derive(Debug, Default)]
pub(super) struct Goods(Vec<Option<SkuSums>>);

impl Goods {
    /// Reads what every article sold in a period, over all channels.
    pub async fn read(db: &mut SqliteConnection, kept: &Months, span: &Span) -> Result<Self> {
        let mut read = Vec::new();
        for part in parts(span.from, span.to) {
            let (marks, shelf) = if part.months {
                (months::month_marks(db, &part.from, &part.to).await?, &kept.goods)
            } else {
                (months::day_marks(db, &part.from, &part.to).await?, &kept.goods_days)
            };
            let add: fn(i64, i64) -> Option<i64> = if part.less { less } else { plus };
            read.push((rows(db, kept, shelf, &marks, part.months).await?, add));
        }
        let shops: Vec<u32> = span.shops.iter().map(|shop| kept.shops.number(shop.0)).collect();
        let mut goods = vec![None; kept.skus.count()];
        for (rows, add) in &read {
            for (of, sold) in rows.iter().flat_map(|(of, rows)| rows.iter().map(move |sold| (of, sold))) {
                if let Some(sums) = goods.get_mut(place(sold.sku)).filter(|_| shops.is_empty() || shops.contains(&sold.shop)) {
                    let before: SkuSums = sums.unwrap_or_default();
                    *sums = Some(before.with(&sold.sums, *add).ok_or_else(|| Error::SumTooLarge { of: of.clone() })?);
                }
            }
        }
        Ok(Self(goods))
    }

    /// What an article sold; absent where it has no row.
    pub fn of(&self, kept: &Months, sku: Uuid) -> Option<SkuSums> {
        self.0.get(place(kept.skus.find(sku)?)).copied().flatten()
    }

    /// The numbers and sums of all that have a row.
    pub fn all(&self) -> impl Iterator<Item = (u32, &SkuSums)> {
        (0..).zip(&self.0).filter_map(|(number, sums)| Some((number, sums.as_ref()?)))
    }

    /// The numbers of those that sold.
    pub fn sold(&self) -> Vec<u32> {
        self.all().filter(|(_, sums)| sums.units_milli > 0).map(|(number, _)| number).collect()
    }
}

async fn rows(db: &mut SqliteConnection, kept: &Months, shelf: &Shelf<Sold>, marks: &Marks, by_month: bool) -> Result<Rows<Sold>> {
    let (mut found, missing) = shelf.find(marks);
    for run in missing {
        let columns = "sku_id, shop_id, units_milli, net_minor, refund_units_milli, refund_minor";
        let (table, key) = if by_month { ("sku_month", "month") } else { ("sku_day", "business_date") };
        let mut sql = Sql::new(&format!("SELECT {key}, {columns} FROM {table} WHERE {key} BETWEEN "));
        sql.arg(run.0.clone()).add(" AND ").arg(run.1.clone());
        let mut read: BTreeMap<String, Vec<Sold>> = BTreeMap::new();
        sql.each(db, |row| {
            let (key, sum): (&str, _) = (row.try_get(0)?, |at: usize| row.try_get::<i64, _>(at));
            let sold = Sold {
                sku: kept.skus.number(row.try_get(1)?),
                shop: kept.shops.number(row.try_get(2)?),
                sums: SkuSums { units_milli: sum(3)?, net_minor: sum(4)?, refund_units_milli: sum(5)?, refund_minor: sum(6)? },
            };
            match read.get_mut(key) {
                Some(rows) => rows.push(sold),
                None => drop(read.insert(key.to_owned(), vec![sold])),
            }
            Ok(())
        })
        .await?;
        shelf.keep(marks, run, read, &mut found);
    }
    Ok(found)
}

/// The last month in which each of these articles was sold.
pub(super) async fn last_months(db: &mut SqliteConnection, kept: &Months, skus: &[Uuid]) -> Result<BTreeMap<Uuid, String>> {
    let marks = months::month_marks(db, "", "9999").await?;
    let all = rows(db, kept, &kept.goods, &marks, true).await?;
    let mut wanted: BTreeMap<u32, Uuid> = skus.iter().filter_map(|id| Some((kept.skus.find(*id)?, *id))).collect();
    let mut last = BTreeMap::new();
    for (month, rows) in all.iter().rev() {
        if wanted.is_empty() {
            break;
        }
        for sold in rows.iter().filter(|sold| sold.sums.units_milli > 0) {
            if let Some(id) = wanted.get(&sold.sku) {
                last.insert(*id, month.clone());
            }
        }
        wanted.retain(|_, id| !last.contains_key(id));
    }
    Ok(last)
}

/// What a few articles sold ever and in which month last, found month by month along the key of `sku_month`: one page of one article must not read every row.
pub(super) async fn ever(db: &mut SqliteConnection, skus: &[Uuid], shops: &[ShopId]) -> Result<HashMap<Uuid, (SkuSums, Option<String>)>> {
    let mut sql = Sql::new(
        "SELECT x.sku_id, sum(x.units_milli), sum(x.net_minor), sum(x.refund_units_milli), sum(x.refund_minor), max(CASE WHEN x.units_milli > 0 THEN x.month END)
         FROM (SELECT DISTINCT month FROM day_mark) m CROSS JOIN shop h CROSS JOIN sku_month x ON x.month = m.month AND x.shop_id = h.id AND x.sku_id IN ",
    );
    sql.list(skus.iter().copied()).among("x.shop_id", shops).add(" GROUP BY x.sku_id");
    let mut sold = HashMap::new();
    sql.each(db, |row| {
        sold.insert(row.try_get(0)?, (SkuSums::read(row, 1)?, row.try_get(5)?));
        Ok(())
    })
    .await?;
    Ok(sold)
}

//! What known customers bought in a period, day by day from `customer_day`, kept in memory.

use super::{
    amounts::{plus, whole},
    months::{self, Months, Rows, place},
    of_customer,
    sales::{channel_at, date_at, first_day, last_day},
    span::{Span, month},
    sql::Sql,
};
use crate::{Error, Result};
use domain::{Channel, ShopId};
use jiff::civil::Date;
use sqlx::{Row as _, SqliteConnection};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What a customer bought on a date in a shop through a channel: a row of `customer_day`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bought {
    customer: u32,
    shop: u32,
    date: Date,
    channel: Channel,
    orders: i64,
    paid_minor: i64,
    refunds_minor: i64,
}

/// Sums of a customer, with the first and last date on which an order was paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BuyerSums {
    pub orders: i64,
    pub paid_minor: i64,
    pub refunds_minor: i64,
    pub first_on: Option<Date>,
    pub last_on: Option<Date>,
}

/// The customers of a period by their numbers; one without a row has none.
#[derive(Debug)]
pub(super) struct BuyersOf(Vec<Option<BuyerSums>>);

impl BuyersOf {
    /// Reads what every known customer bought in a period.
    pub async fn read(db: &mut SqliteConnection, kept: &Months, span: &Span) -> Result<Self> {
        let rows = rows(db, kept, span).await?;
        let shops: Vec<u32> = span.shops.iter().map(|shop| kept.shops.number(shop.0)).collect();
        let mut buyers: Vec<Option<BuyerSums>> = vec![None; kept.customers.count()];
        for bought in rows.values().flat_map(|rows| rows.iter()) {
            let within = bought.date >= span.from
                && bought.date <= span.to
                && (shops.is_empty() || shops.contains(&bought.shop))
                && (span.channels.is_empty() || span.channels.contains(&bought.channel));
            if let Some(sums) = buyers.get_mut(place(bought.customer)).filter(|_| within) {
                sums.get_or_insert_with(BuyerSums::default).add(bought)?;
            }
        }
        Ok(Self(buyers))
    }

    /// What a customer bought; absent where there is no row.
    pub fn of(&self, kept: &Months, customer: Uuid) -> Option<BuyerSums> {
        self.0.get(place(kept.customers.find(customer)?)).copied().flatten()
    }

    /// The numbers and sums of all that have a row.
    pub fn all(&self) -> impl Iterator<Item = (u32, &BuyerSums)> {
        (0..).zip(&self.0).filter_map(|(number, sums)| Some((number, sums.as_ref()?)))
    }
}

/// What a few customers bought ever, in some shops or, where none is named, in all: by the index of their days, since one page of one person must not read
/// every month.
pub(super) async fn ever(db: &mut SqliteConnection, customers: &[Uuid], shops: &[ShopId]) -> Result<HashMap<Uuid, BuyerSums>> {
    let mut sql = of_customer::days(
        "SELECT customer_id, sum(orders_paid), sum(paid_minor), sum(refunds_minor), min(CASE WHEN orders_paid > 0 THEN business_date END),
         max(CASE WHEN orders_paid > 0 THEN business_date END)",
        customers,
    );
    sql.among("shop_id", shops).add(" GROUP BY customer_id");
    let mut bought = HashMap::new();
    sql.each(db, |row| {
        let date = |at: usize| row.try_get::<Option<&str>, _>(at)?.map(|_| date_at(row, at)).transpose();
        let sum = |at: usize| whole(row.try_get(at)?);
        let sums = BuyerSums { orders: sum(1)?, paid_minor: sum(2)?, refunds_minor: sum(3)?, first_on: date(4)?, last_on: date(5)? };
        bought.insert(row.try_get(0)?, sums);
        Ok(())
    })
    .await?;
    Ok(bought)
}

impl BuyerSums {
    fn add(&mut self, bought: &Bought) -> Result<()> {
        let too_large = || Error::SumTooLarge { of: bought.date.to_string() };
        self.orders = plus(self.orders, bought.orders).ok_or_else(too_large)?;
        self.paid_minor = plus(self.paid_minor, bought.paid_minor).ok_or_else(too_large)?;
        self.refunds_minor = plus(self.refunds_minor, bought.refunds_minor).ok_or_else(too_large)?;
        if bought.orders > 0 {
            self.first_on = Some(self.first_on.map_or(bought.date, |first| first.min(bought.date)));
            self.last_on = self.last_on.max(Some(bought.date));
        }
        Ok(())
    }
}

async fn rows(db: &mut SqliteConnection, kept: &Months, span: &Span) -> Result<Rows<Bought>> {
    let marks = months::month_marks(db, &month(span.from), &month(span.to)).await?;
    let (mut found, missing) = kept.buyers.find(&marks);
    for run in missing {
        let mut sql = Sql::new(
            "SELECT business_date, customer_id, shop_id, channel, orders_paid, paid_minor, refunds_minor FROM customer_day NOT INDEXED WHERE business_date BETWEEN ",
        );
        sql.arg(first_day(&run.0)).add(" AND ").arg(last_day(&run.1));
        let mut read: BTreeMap<String, Vec<Bought>> = BTreeMap::new();
        sql.each(db, |row| {
            let date = date_at(row, 0)?;
            let bought = Bought {
                customer: kept.customers.number(row.try_get(1)?),
                shop: kept.shops.number(row.try_get(2)?),
                date,
                channel: channel_at(row, 3)?,
                orders: row.try_get(4)?,
                paid_minor: row.try_get(5)?,
                refunds_minor: row.try_get(6)?,
            };
            read.entry(month(date)).or_default().push(bought);
            Ok(())
        })
        .await?;
        kept.buyers.keep(&marks, run, read, &mut found);
    }
    Ok(found)
}

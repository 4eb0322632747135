//! From the wire's words, ids and dates to the store's, and back.

use crate::{Code, Error, Result, wire};
use domain::{Channel, FulfilState, PayState, RefundState, ShopId};
use jiff::civil::Date;
use std::str::FromStr;
use store::read::{
    customers::CustomerFilter,
    orders::{OVERDUE_MS, OrderFilter},
    places::Shop,
    products::ProductFilter,
    search::People,
};

/// A business has fewer shops than that; a question that names more is none of a screen's.
const IDS_MAX: usize = 1_000;

macro_rules! same_words {
    ($($name:ident { $($word:ident),* })*) => {$(
        impl From<$name> for wire::$name {
            fn from(word: $name) -> Self { match word { $($name::$word => Self::$word),* } }
        }
        impl From<wire::$name> for $name {
            fn from(word: wire::$name) -> Self { match word { $(wire::$name::$word => Self::$word),* } }
        }
    )*};
}

same_words! {
    Channel { Counter, MiniProgram, Web, App, Errand, Import }
    PayState { Unpaid, Partial, Paid, Closed }
    FulfilState { None, Waiting, Underway, Done, Closed }
    RefundState { None, Underway, Part, All }
}

/// An id of a request. One that is none names nothing.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::not_found())
}

pub(super) fn ids<T: FromStr>(texts: &[String]) -> Result<Vec<T>> {
    if texts.len() > IDS_MAX {
        return Err(Error::refuse(Code::BadRequest, format!("at most {IDS_MAX} can be asked for by name at once: ask for fewer, or for all")));
    }
    texts.iter().map(|text| id(text)).collect()
}

/// A page that was asked after a cursor: one that was made by hand, or for another order of rows, is the asker's.
pub(super) fn page<T>(found: store::Result<T>) -> Result<T> {
    found.map_err(|error| match error {
        store::Error::WrongValue { table, .. } if table == "cursor" => Error::field(
            "after",
            "this is no place in this list: give what the answer before called its next, for the same list and order, or begin without it",
        ),
        other => other.into(),
    })
}

/// A date of a request, as `2026-03-01`.
pub(super) fn date(field: &str, text: &str) -> Result<Date> {
    text.parse().map_err(|_| Error::field(field, "this is no date: write it as 2026-03-01"))
}

fn maybe_date(field: &str, text: Option<&String>) -> Result<Option<Date>> {
    text.map(|text| date(field, text)).transpose()
}

/// The shops that a question speaks of, all of one currency: amounts of two are never added.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// Shops chosen, or all; never of two currencies. Empty only where there is no shop.
    pub shops: Vec<Shop>,
    /// What queries are narrowed to: empty where nothing is left out.
    pub narrow: Vec<ShopId>,
    pub currency: String,
}

impl Places {
    /// `within` are the shops of which may be asked; `None` are all.
    pub(super) fn choose(all: &[Shop], chosen: &[String], within: Option<&[ShopId]>) -> Result<Self> {
        let may = |id: &ShopId| within.is_none_or(|within| within.contains(id));
        let mut wanted: Vec<ShopId> = ids(chosen)?;
        wanted.sort_unstable();
        wanted.dedup();
        if let Some(missing) = wanted.iter().find(|id| !may(id) || !all.iter().any(|s| s.id == **id)) {
            return Err(Error::refuse(Code::NotFound, format!("there is no shop {missing}")));
        }
        let picked: Vec<&Shop> = all.iter().filter(|s| may(&s.id) && (wanted.is_empty() || wanted.contains(&s.id))).collect();
        if picked.is_empty() && !all.is_empty() {
            return Err(Error::not_found());
        }
        let currency = picked.first().map_or_else(|| "CNY".to_owned(), |s| s.currency.clone());
        if !wanted.is_empty() && picked.iter().any(|s| s.currency != currency) {
            return Err(Error::field("shop_ids", "these shops keep their books in different currencies: ask for those of one currency at a time"));
        }
        let shops: Vec<Shop> = picked.into_iter().filter(|s| s.currency == currency).cloned().collect();
        let narrow = if shops.len() == all.len() { Vec::new() } else { shops.iter().map(|s| s.id).collect() };
        Ok(Self { shops, narrow, currency })
    }
}

/// `now_ms` decides what is overdue.
pub(super) fn order_filter(filter: &wire::OrderFilter, now_ms: i64) -> Result<OrderFilter> {
    Ok(OrderFilter {
        text: filter.text.clone(),
        from: maybe_date("from", filter.from.as_ref())?,
        to: maybe_date("to", filter.to.as_ref())?,
        hour_from: filter.hour_from,
        hour_to: filter.hour_to,
        weekday: filter.weekday,
        shops: ids(&filter.shop_ids)?,
        channels: filter.channels.iter().map(|w| (*w).into()).collect(),
        pay: filter.pay.iter().map(|w| (*w).into()).collect(),
        fulfil: filter.fulfil.iter().map(|w| (*w).into()).collect(),
        refund: filter.refund.iter().map(|w| (*w).into()).collect(),
        amount_min_minor: filter.amount_min_minor,
        amount_max_minor: filter.amount_max_minor,
        customer: filter.customer_id.as_deref().map(id).transpose()?,
        sku: filter.sku_id.as_deref().map(id).transpose()?,
        batch: filter.batch_id.as_deref().map(id).transpose()?,
        refunded_in_period: filter.refunded_in_period,
        with_refunds: filter.with_refunds,
        waiting_since_ms: filter.overdue.then_some(now_ms - OVERDUE_MS),
        visits_counted: filter.visits_counted,
        people: People::default(),
    })
}

/// `low_since` is the date from which the sales count that low stock is measured by.
pub(super) fn product_filter(filter: &wire::ProductFilter, low_since: Date) -> Result<ProductFilter> {
    Ok(ProductFilter {
        text: filter.text.clone(),
        currency: None,
        categories: ids(&filter.category_ids)?,
        shops: ids(&filter.shop_ids)?,
        sold_from: maybe_date("sold_from", filter.sold_from.as_ref())?,
        sold_to: maybe_date("sold_to", filter.sold_to.as_ref())?,
        goods_only: filter.goods_only,
        low_since: filter.low_stock.then_some(low_since),
        no_sale: filter.no_sale,
    })
}

pub(super) fn customer_filter(filter: &wire::CustomerFilter) -> Result<CustomerFilter> {
    Ok(CustomerFilter {
        text: filter.text.clone(),
        country: filter.country.clone(),
        shops: ids(&filter.shop_ids)?,
        bought_from: maybe_date("bought_from", filter.bought_from.as_ref())?,
        bought_to: maybe_date("bought_to", filter.bought_to.as_ref())?,
        min_orders: filter.min_orders,
        people: People::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn shop(n: u128, currency: &str) -> Shop {
        Shop {
            id: ShopId(Uuid::from_u128(n)),
            name: n.to_string(),
            zone: "UTC".into(),
            currency: currency.into(),
            day_start_min: 0,
            opens_hour: 8,
            closes_hour: 22,
            version: 1,
            position: 1,
        }
    }

    #[test]
    fn amounts_of_two_currencies_are_never_added() {
        let all = [shop(1, "CNY"), shop(2, "GBP"), shop(3, "CNY")];
        let places = Places::choose(&all, &[], None).unwrap();
        assert_eq!((places.currency.as_str(), places.narrow.len()), ("CNY", 2));
        let places = Places::choose(&all, &[all[1].id.to_string()], None).unwrap();
        assert_eq!((places.currency.as_str(), places.narrow.as_slice()), ("GBP", [all[1].id].as_slice()));
        assert!(Places::choose(&all[..1], &[], None).unwrap().narrow.is_empty());
        assert!(Places::choose(&all, &[Uuid::nil().to_string()], None).is_err());
        assert!(Places::choose(&[], &[], None).unwrap().shops.is_empty());
        let within = [all[1].id, all[2].id];
        let places = Places::choose(&all, &[], Some(&within)).unwrap();
        assert_eq!((places.currency.as_str(), places.narrow.as_slice()), ("GBP", [all[1].id].as_slice()));
        assert!(Places::choose(&all, &[all[0].id.to_string()], Some(&within)).is_err());
        assert!(Places::choose(&all, &[], Some(&[])).is_err());
    }

    #[test]
    fn what_is_no_date_is_refused_with_its_field() {
        assert!(date("from", "2026-02-30").is_err());
        assert_eq!(date("from", "2026-02-28").unwrap().to_string(), "2026-02-28");
    }
}

//! The customers.

use super::{convert, convert::Places, orders::order_row, products::product_row, seen::Seen};
use crate::{Error, Result, rpc::Scope, wire};
use domain::access::RowFacts;
use store::read::{
    customers::{self, CustomerFilter, CustomerRow, CustomerSort},
    places,
};

/// One page of the customers.
///
/// # Errors
/// Where the question cannot be understood or the store cannot be read.
pub async fn customer_page(scope: &Scope, mut request: wire::CustomerQuery) -> Result<wire::CustomerPage> {
    let asked = request.filter.shop_ids.clone();
    request.filter.shop_ids = scope.rights.narrowed(request.filter.shop_ids)?;
    let seen = Seen::of(scope);
    let filter = CustomerFilter { people: seen.people(), ..convert::customer_filter(&request.filter)? };
    let sort = match request.sort {
        // The order of what is hidden would tell it.
        wire::CustomerSort::Name if !seen.names() => {
            return Err(Error::field(
                "sort",
                "the names of customers are not shown to you whole, so the list cannot be put in their order: choose another order",
            ));
        }
        wire::CustomerSort::Name => CustomerSort::Name,
        wire::CustomerSort::SpentMost => CustomerSort::SpentMost,
        wire::CustomerSort::LastOrder => CustomerSort::LastOrder,
    };
    let mut db = scope.store.snapshot().await?;
    let currency = Places::choose(&places::shops(&mut db).await?, &asked, scope.rights.shops().as_deref())?.currency;
    let page = convert::page(customers::customer_page(&mut db, scope.store.months(), &filter, sort, request.after.as_deref(), request.limit).await)?;
    Ok(wire::CustomerPage { rows: page.rows.into_iter().map(|row| customer_row(row, &currency, &seen)).collect(), next: page.next })
}

/// Totals of the whole view.
///
/// # Errors
/// Where the question cannot be understood or the store cannot be read.
pub async fn customer_totals(scope: &Scope, mut request: wire::CustomerTotalsQuery) -> Result<wire::CustomerTotals> {
    let asked = request.filter.shop_ids.clone();
    request.filter.shop_ids = scope.rights.narrowed(request.filter.shop_ids)?;
    let filter = CustomerFilter { people: Seen::of(scope).people(), ..convert::customer_filter(&request.filter)? };
    let mut db = scope.store.snapshot().await?;
    let currency = Places::choose(&places::shops(&mut db).await?, &asked, scope.rights.shops().as_deref())?.currency;
    let totals = customers::customer_totals(&mut db, scope.store.months(), &filter).await?;
    Ok(wire::CustomerTotals { count: totals.count, paid_minor: totals.paid_minor, repeat_count: totals.repeat_count, currency: Some(currency) })
}

/// One customer in full.
///
/// # Errors
/// Where there is none or the store cannot be read.
pub async fn customer_get(scope: &Scope, request: wire::IdRef) -> Result<wire::CustomerDetail> {
    let customer = convert::id(&request.id)?;
    let mut db = scope.store.snapshot().await?;
    let shops = scope.rights.shops();
    let currency = Places::choose(&places::shops(&mut db).await?, &[], shops.as_deref())?.currency;
    let seen = Seen::of(scope);
    let orders = scope.rights.of("order.read");
    let reads_order = |shop| orders.as_ref().is_some_and(|rows| rows.has(&RowFacts::of_shop(shop)));
    let customer = customers::customer_get(&mut db, customer, &scope.rights.some_shops()?).await?;
    Ok(wire::CustomerDetail {
        row: customer_row(customer.row, &currency, &seen),
        months: customer.months.into_iter().map(|(label, paid)| wire::Point { label, value: Some(paid) }).collect(),
        favourites: customer.favourites.into_iter().filter(|_| scope.rights.of("product.read").is_some()).map(|row| product_row(row, &seen)).collect(),
        recent: customer.recent.into_iter().filter(|order| reads_order(order.shop_id)).map(|row| order_row(row, &seen)).collect(),
        median_gap_days: customer.median_gap_days,
    })
}

pub(super) fn customer_row(row: CustomerRow, currency: &str, seen: &Seen) -> wire::CustomerRow {
    wire::CustomerRow {
        id: row.id.to_string(),
        // Who has no name is listed by their code.
        name: if row.name == row.code { row.name } else { seen.name(Some(row.name)).unwrap_or_else(|| row.code.clone()) },
        code: row.code,
        phone_masked: seen.phone(row.phone),
        country: row.country,
        orders: row.orders,
        paid_minor: row.paid_minor,
        refunded_minor: row.refunded_minor,
        first_on: row.first_on,
        last_on: row.last_on,
        currency: currency.to_owned(),
    }
}

//! The customers.

use super::{convert, convert::Places, orders::order_row, products::product_row};
use crate::{Result, rpc::Scope, wire};
use store::read::{
    customers::{self, CustomerRow, CustomerSort},
    places,
};

/// One page of the customers.
///
/// # Errors
/// Where the question cannot be understood or the store cannot be read.
pub async fn customer_page(scope: &Scope, request: wire::CustomerQuery) -> Result<wire::CustomerPage> {
    let filter = convert::customer_filter(&request.filter)?;
    let sort = match request.sort {
        wire::CustomerSort::Name => CustomerSort::Name,
        wire::CustomerSort::SpentMost => CustomerSort::SpentMost,
        wire::CustomerSort::LastOrder => CustomerSort::LastOrder,
    };
    let mut db = scope.store.snapshot().await?;
    let currency = Places::choose(&places::shops(&mut db).await?, &request.filter.shop_ids)?.currency;
    let page = convert::page(customers::customer_page(&mut db, scope.store.months(), &filter, sort, request.after.as_deref(), request.limit).await)?;
    Ok(wire::CustomerPage { rows: page.rows.into_iter().map(|row| customer_row(row, &currency)).collect(), next: page.next })
}

/// Totals of the whole view.
///
/// # Errors
/// Where the question cannot be understood or the store cannot be read.
pub async fn customer_totals(scope: &Scope, request: wire::CustomerTotalsQuery) -> Result<wire::CustomerTotals> {
    let filter = convert::customer_filter(&request.filter)?;
    let mut db = scope.store.snapshot().await?;
    let currency = Places::choose(&places::shops(&mut db).await?, &request.filter.shop_ids)?.currency;
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
    let currency = Places::choose(&places::shops(&mut db).await?, &[])?.currency;
    let customer = customers::customer_get(&mut db, customer).await?;
    Ok(wire::CustomerDetail {
        row: customer_row(customer.row, &currency),
        months: customer.months.into_iter().map(|(label, paid)| wire::Point { label, value: Some(paid) }).collect(),
        favourites: customer.favourites.into_iter().map(product_row).collect(),
        recent: customer.recent.into_iter().map(order_row).collect(),
        median_gap_days: customer.median_gap_days,
    })
}

pub(super) fn customer_row(row: CustomerRow, currency: &str) -> wire::CustomerRow {
    wire::CustomerRow {
        id: row.id.to_string(),
        code: row.code,
        name: row.name,
        phone_masked: row.phone.as_deref().map(convert::masked),
        country: row.country,
        orders: row.orders,
        paid_minor: row.paid_minor,
        refunded_minor: row.refunded_minor,
        first_on: row.first_on,
        last_on: row.last_on,
        currency: currency.to_owned(),
    }
}

//! The goods.

use super::{convert, seen::Seen};
use crate::{Result, rpc::Scope, wire};
use jiff::{ToSpan as _, civil::Date};
use store::read::{
    product,
    products::{self, ProductRow, ProductSort},
};

/// Stock is low where it does not last as long again as this many days of sales took.
const LOW_STOCK_DAYS: i64 = 14;

/// The date from which sales count for low stock.
fn low_since(scope: &Scope) -> Date {
    let today = jiff::Timestamp::from_millisecond(scope.program.now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(jiff::tz::TimeZone::UTC).date();
    today.checked_sub(LOW_STOCK_DAYS.days()).unwrap_or(today)
}

/// One page of the goods.
///
/// # Errors
/// Where the question cannot be understood or the store cannot be read.
pub async fn product_page(scope: &Scope, mut request: wire::ProductQuery) -> Result<wire::ProductPage> {
    request.filter.shop_ids = scope.rights.narrowed(request.filter.shop_ids)?;
    let seen = Seen::of(scope);
    let filter = convert::product_filter(&request.filter, low_since(scope))?;
    let sort = match request.sort {
        wire::ProductSort::Code => ProductSort::Code,
        wire::ProductSort::Name => ProductSort::Name,
        wire::ProductSort::SoldMost => ProductSort::SoldMost,
        wire::ProductSort::SoldLeast => ProductSort::SoldLeast,
        wire::ProductSort::StockLeast => ProductSort::StockLeast,
    };
    let mut db = scope.store.snapshot().await?;
    let page = convert::page(products::product_page(&mut db, scope.store.months(), &filter, sort, request.after.as_deref(), request.limit).await)?;
    Ok(wire::ProductPage { rows: page.rows.into_iter().map(|row| product_row(row, &seen)).collect(), next: page.next })
}

/// Totals of the whole view.
///
/// # Errors
/// Where the question cannot be understood or the store cannot be read.
pub async fn product_totals(scope: &Scope, mut request: wire::ProductTotalsQuery) -> Result<wire::ProductTotals> {
    request.filter.shop_ids = scope.rights.narrowed(request.filter.shop_ids)?;
    let filter = convert::product_filter(&request.filter, low_since(scope))?;
    let mut db = scope.store.snapshot().await?;
    let totals = products::product_totals(&mut db, scope.store.months(), &filter).await?;
    Ok(wire::ProductTotals {
        count: totals.count,
        sold_milli: totals.sold_milli,
        sold_minor: totals.sold_minor,
        no_sale_count: totals.no_sale_count,
        currency: totals.currency,
    })
}

/// One SKU in full.
///
/// # Errors
/// Where there is none or the store cannot be read.
pub async fn product_get(scope: &Scope, request: wire::IdRef) -> Result<wire::ProductDetail> {
    let sku = convert::id(&request.id)?;
    let mut db = scope.store.snapshot().await?;
    let product = product::product_get(&mut db, sku, &scope.rights.some_shops()?).await?;
    Ok(wire::ProductDetail {
        row: product_row(product.row, &Seen::of(scope)),
        stock: product.stock.into_iter().map(|s| wire::StockView { shop_name: s.shop_name, on_hand_milli: s.on_hand_milli }).collect(),
        months: product.months.into_iter().map(|m| wire::Point { label: m.month, value: Some(m.net_minor) }).collect(),
        movements: product
            .movements
            .into_iter()
            .map(|m| wire::MovementView { at_ms: m.at_ms, shop_name: m.shop_name, kind: m.kind, quantity_milli: m.quantity_milli, reference: m.reference })
            .collect(),
        // A SKU is kept under one name, the latest that its files gave it.
        other_names: Vec::new(),
    })
}

pub(super) fn product_row(row: ProductRow, seen: &Seen) -> wire::ProductRow {
    wire::ProductRow {
        sku_id: row.id.to_string(),
        code: row.code,
        name: row.name,
        category: row.category,
        price_minor: row.price_minor,
        cost_minor: seen.cost(row.cost_minor),
        on_hand_milli: row.on_hand_milli,
        sold_milli: row.sold_milli,
        sold_minor: row.sold_minor,
        last_sold_on: row.last_sold_on,
        currency: row.currency,
        is_goods: row.kind == domain::SkuKind::Goods,
    }
}

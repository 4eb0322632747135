//! The bodies of the commands that only read: lists, one thing in full, search, 今日 and 分析.
//!
//! Each turns the question into the store's terms, reads on one connection, and hands rows or sums on. Deliberately absent: SQL (`store::read`),
//! formulas (`figures`), anything that writes.

mod convert;
mod customers;
mod day;
mod orders;
mod period;
mod products;
mod seen;

pub use customers::{customer_get, customer_page, customer_totals};
pub use day::today;
pub use orders::{order_get, order_page, order_totals};
pub use period::{analysis, kpi};
pub use products::{product_get, product_page, product_totals};

use crate::{
    Result,
    rpc::Scope,
    wire::{CategoryRow, ListKind, SearchHit, SearchHits, SearchQuery, ShopRow, Shops},
};
use store::read::{
    places,
    search::{self as searching, Hit},
};

/// The shops and the categories.
///
/// # Errors
/// Where the store cannot be read.
pub async fn shop_list(scope: &Scope) -> Result<Shops> {
    let mut db = scope.store.reader().await?;
    let shops = places::shops(&mut db).await?.into_iter().map(|s| ShopRow { id: s.id.to_string(), name: s.name, currency: s.currency, zone: s.zone }).collect();
    let categories = places::categories(&mut db).await?.into_iter().map(|c| CategoryRow { id: c.id.to_string(), name: c.name }).collect();
    Ok(Shops { shops, categories })
}

/// Goods, people and orders that fit a text, each as far as the person reads them.
///
/// # Errors
/// Where the store cannot be read.
pub async fn search(scope: &Scope, request: SearchQuery) -> Result<SearchHits> {
    // Each kind as far as it is read; people as they are seen there.
    let seen = scope.under("customer.read").await.map_or_else(|_| seen::Seen::of(scope), |reading| seen::Seen::of(&reading));
    let all = scope.rights.principal();
    let shops = |right: &str| scope.rights.of(right).map(|rows| (!rows.is_everything()).then(|| rows.shops(all.shops())));
    let within = searching::Within {
        goods: scope.rights.of("product.read").is_some(),
        customers: shops("customer.read"),
        orders: scope.rights.of("order.read"),
        people: seen.people(),
    };
    let mut db = scope.store.reader().await?;
    let hits = searching::search(&mut db, &request.text, request.limit, &within).await?;
    Ok(SearchHits { hits: hits.into_iter().map(|one| hit(one, &seen)).collect() })
}

fn hit(hit: Hit, seen: &seen::Seen) -> SearchHit {
    match hit {
        Hit::Sku { id, name, code } => SearchHit { kind: ListKind::Products, id: id.to_string(), title: name, detail: code },
        Hit::Customer { id, name, code, phone } => {
            let title = seen.name(name).unwrap_or_else(|| code.clone());
            let detail = seen.phone(phone).unwrap_or(code);
            SearchHit { kind: ListKind::Customers, id: id.to_string(), title, detail }
        }
        Hit::Order { id, order_no, business_date } => SearchHit { kind: ListKind::Orders, id: id.to_string(), title: order_no, detail: business_date },
    }
}

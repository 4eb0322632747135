//! Reading: the one place for the queries behind lists, figures and search.
//!
//! Every function takes a connection and only reads. Figures come from the rollups (`sales_hour`, `sku_day`, `sku_month`, `customer_day`), whose months
//! [`months`] keeps in memory between questions, lists from the folded orders and the catalogue of goods, all as keyset pages. What is put into words,
//! compared or judged is `app`'s.
//!
//! Deliberately absent: writing, definitions of figures (docs/figures.md and `app::figures`), the wire.
//!
//! To add a figure: a sum here over the rollups, the same sum over the facts in [`proof`], its definition in docs/figures.md.

pub mod acts;
mod amounts;
mod buyers;
pub mod customers;
pub mod day;
mod goods;
pub mod imports;
pub mod months;
pub(crate) mod of_customer;
pub mod order;
mod order_keys;
pub mod orders;
pub mod page;
pub mod people;
pub mod places;
pub mod product;
pub mod products;
pub mod proof;
mod rank;
mod refunded;
pub mod sales;
pub mod scope;
pub mod search;
pub mod skus;
pub mod span;
pub(crate) mod sql;
pub mod stock;
mod totals;
pub(crate) mod with_article;

#[cfg(test)]
mod tests;

pub use acts::{OrderFacts, first_person, gone_with_order, last_order_ms, order_facts, orders_of_day};
pub use months::Months;
pub use page::Cursor;
pub use places::shops;
pub(crate) use search::is_searched_below_zero;
pub use search::search_body;
pub use span::Span;

/// The connection that every function here reads from.
pub use sqlx::SqliteConnection as Connection;

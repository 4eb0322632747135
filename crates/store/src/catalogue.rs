//! The catalogue of synced tables: for each its class, stream, columns and personal columns. It is the one list from which the codec,
//! the local apply, the central apply and the tests are made.
//!
//! Deliberately absent: derived and local tables (they never travel), and any rule of the shop.
//!
//! To add a table: a migration in `migrations/local`, a line here, and a function in `derive` if something is kept from it.

use crate::value::{Kind, Value};

/// How a table's rows behave when they meet at another node (house.md §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Inserted once, never changed; a correction is a new fact.
    Fact,
    /// One writer at a time, version checked.
    Owned,
    /// Field by field against a base version.
    Patch,
}

impl Class {
    /// The word of the class in the catalogue of the centre.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Owned => "owned",
            Self::Patch => "patch",
        }
    }
}

/// Who reads a table's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Every node of the organisation.
    Global,
    /// The nodes of the row's shop and head office.
    Shop,
}

/// A column of a synced table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub nullable: bool,
}

/// A synced table. The first column is always `id`.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    pub class: Class,
    pub stream: Stream,
    pub columns: &'static [Column],
    /// Columns that hold personal data and are sealed wherever they rest outside a node.
    pub personal: &'static [&'static str],
}

impl Table {
    /// The position of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// Checks that each row has the columns' number and kinds.
    ///
    /// # Errors
    /// As [`Table::check`].
    pub fn check_all(&self, rows: &[Vec<Value>]) -> crate::Result<()> {
        rows.iter().try_for_each(|row| self.check(row))
    }

    /// Checks that a row has the columns' number and kinds.
    ///
    /// # Errors
    /// Names the first column that does not fit.
    pub fn check(&self, row: &[Value]) -> crate::Result<()> {
        if row.len() != self.columns.len() {
            return Err(crate::Error::WrongValue { table: self.name.into(), column: format!("{} columns", row.len()) });
        }
        for (column, value) in self.columns.iter().zip(row) {
            if !value.fits(column.kind, column.nullable) {
                return Err(crate::Error::WrongValue { table: self.name.into(), column: column.name.into() });
            }
        }
        Ok(())
    }
}

macro_rules! column {
    ($name:ident id) => {
        Column { name: stringify!($name), kind: Kind::Id, nullable: false }
    };
    ($name:ident maybe_id) => {
        Column { name: stringify!($name), kind: Kind::Id, nullable: true }
    };
    ($name:ident int) => {
        Column { name: stringify!($name), kind: Kind::Int, nullable: false }
    };
    ($name:ident maybe_int) => {
        Column { name: stringify!($name), kind: Kind::Int, nullable: true }
    };
    ($name:ident text) => {
        Column { name: stringify!($name), kind: Kind::Text, nullable: false }
    };
    ($name:ident maybe_text) => {
        Column { name: stringify!($name), kind: Kind::Text, nullable: true }
    };
    ($name:ident bytes) => {
        Column { name: stringify!($name), kind: Kind::Bytes, nullable: false }
    };
}

macro_rules! synced_tables {
    ($($constant:ident $name:ident: $class:ident, $stream:ident, personal [$($personal:ident),*] { $($column:ident: $kind:ident),* $(,)? })*) => {
        $(
            #[doc = concat!("The table `", stringify!($name), "`.")]
            pub static $constant: Table = Table {
                name: stringify!($name), class: Class::$class, stream: Stream::$stream,
                columns: &[$(column!($column $kind)),*], personal: &[$(stringify!($personal)),*],
            };
        )*
        /// Every synced table, in the order in which a node applies them.
        pub static TABLES: &[&Table] = &[$(&$constant),*];
    };
}

synced_tables! {
    CREDENTIAL credential: Owned, Global, personal [name] { id: id, version: int, epoch: int, name: text, role: text, totp_seed: bytes, recovery_hashes: text, created_at_ms: int, verifier: bytes }
    SHOP shop: Patch, Global, personal [] { id: id, version: int, name: text, zone: text, currency: text, day_start_min: int, opens_hour: int, closes_hour: int, position: int }
    SHARED_SETTING shared_setting: Patch, Global, personal [] { id: id, version: int, name: text, value: text }
    CATEGORY category: Patch, Global, personal [] { id: id, version: int, name: text }
    IMPORT_BATCH import_batch: Fact, Shop, personal [] { id: id, kind: text, file_name: text, file_sha256: bytes, shop_id: id, started_at_ms: int }
    SKU sku: Owned, Global, personal [] { id: id, version: int, code: text, name: text, category_id: maybe_id, kind: text, currency: text, price_minor: maybe_int, cost_minor: maybe_int, batch_id: maybe_id, named_at_ms: int }
    CUSTOMER customer: Patch, Global, personal [name, phone] { id: id, version: int, code: text, name: maybe_text, phone: maybe_text, country: maybe_text, batch_id: maybe_id, joined_at_ms: int }
    ORDER_DOC order_doc: Fact, Shop, personal [] { id: id, order_no: text, shop_id: id, channel: text, customer_id: maybe_id, occurred_at_ms: int, business_date: text, hour: int, currency: text, discount_minor: int, freight_minor: int, country: maybe_text, batch_id: maybe_id }
    ORDER_LINE order_line: Fact, Shop, personal [] { id: id, order_id: id, line_no: int, sku_id: id, quantity_milli: int, price_micro: int, net_minor: int, cost_minor: maybe_int, flags: int, batch_id: maybe_id }
    ORDER_TRANSITION order_transition: Fact, Shop, personal [] { id: id, order_id: id, axis: text, to_state: text, at_ms: int, actor_id: id, reason: maybe_text, batch_id: maybe_id }
    PAYMENT payment: Fact, Shop, personal [] { id: id, order_id: id, tender: text, amount_minor: int, paid_at_ms: int, business_date: text, batch_id: maybe_id }
    REFUND refund: Fact, Shop, personal [] { id: id, order_id: maybe_id, refund_no: text, shop_id: id, channel: text, customer_id: maybe_id, occurred_at_ms: int, business_date: text, hour: int, currency: text, amount_minor: int, reason: maybe_text, batch_id: maybe_id }
    REFUND_LINE refund_line: Fact, Shop, personal [] { id: id, refund_id: id, sku_id: id, order_line_id: maybe_id, rule: text, quantity_milli: int, price_micro: int, amount_minor: int, cost_minor: maybe_int, flags: int, batch_id: maybe_id }
    STOCK_MOVEMENT stock_movement: Fact, Shop, personal [] { id: id, sku_id: id, shop_id: id, kind: text, quantity_milli: int, at_ms: int, business_date: text, ref_id: maybe_id, cost_minor: maybe_int, batch_id: maybe_id }
    ADJUSTMENT adjustment: Fact, Shop, personal [] { id: id, number: text, shop_id: id, at_ms: int, business_date: text, amount_minor: int, note: maybe_text, batch_id: maybe_id }
    VISIT_COUNT visit_count: Fact, Shop, personal [] { id: id, shop_id: id, channel: text, business_date: text, hour: int, visitors: int, batch_id: maybe_id }
    IMPORT_END import_end: Fact, Shop, personal [] { id: id, batch_id: id, at_ms: int, report: text }
    ACCOUNT account: Owned, Global, personal [name] { id: id, version: int, name: text, department_id: maybe_id, state: text, opening: text, created_at_ms: int }
    DEPARTMENT department: Owned, Global, personal [] { id: id, version: int, name: text, parent_id: maybe_id, is_closed: int }
    SHOP_PLACE shop_place: Owned, Global, personal [] { id: id, version: int, department_id: maybe_id }
    SHOP_GROUP shop_group: Owned, Global, personal [] { id: id, version: int, name: text, shops: text, is_closed: int }
    ROLE role: Owned, Global, personal [] { id: id, version: int, name: text, grants: text, fields: text, is_closed: int }
    MEMBERSHIP membership: Owned, Global, personal [] { id: id, version: int, person_id: id, role_id: id, place: text, place_id: maybe_id, valid_from_ms: maybe_int, valid_to_ms: maybe_int, given_by: id, given_at_ms: int }
    IMPORT_UNDONE import_undone: Fact, Shop, personal [] { id: id, batch_id: id, at_ms: int }
}

/// The tables from which it is decided who may do what: whoever keeps an answer asks again after a change of one of them.
pub(crate) fn decides_access(table: &Table) -> bool {
    [&CREDENTIAL, &SHOP, &ACCOUNT, &DEPARTMENT, &SHOP_PLACE, &SHOP_GROUP, &ROLE, &MEMBERSHIP].iter().any(|known| known.name == table.name)
}

/// The table of a name; `None` for one that this version does not know.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|t| t.name == name).copied()
}

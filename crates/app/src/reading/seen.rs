//! How the delicate fields of the rows of one answer are seen: cost and margin, names and phones of customers. Whatever turns a row into the wire's form
//! takes them from here, so that a hidden one is in no list, page, sum, search or file.

use crate::rpc::Scope;
use domain::{
    ShopId,
    access::{Field, FieldMode, RowFacts, fields},
};
use store::read::search::People;

/// For one answer.
pub(crate) struct Seen {
    cost: FieldMode,
    margin: FieldMode,
    name: FieldMode,
    phone: FieldMode,
    pub(super) may: May,
}

/// What may be done with an order that is shown.
pub(super) struct May {
    pub(super) cancel: bool,
    pub(super) ship: bool,
    pub(super) refund: bool,
}

impl Seen {
    /// Of every row that the command's right reaches.
    pub(crate) fn of(scope: &Scope) -> Self {
        let rights = &scope.rights;
        let may = |right: &str| rights.of(right).is_some();
        let may = May { cancel: may("order.cancel"), ship: may("order.ship"), refund: may("refund.create") };
        Self::from(|field| rights.field(field), may)
    }

    /// Of the rows of one shop.
    pub(super) fn of_shop(scope: &Scope, shop: ShopId) -> Self {
        let (rights, row) = (&scope.rights, RowFacts::of_shop(shop));
        let may = |right: &str| rights.of(right).is_some_and(|rows| rows.has(&row));
        let may = May { cancel: may("order.cancel"), ship: may("order.ship"), refund: may("refund.create") };
        Self::from(|field| rights.field_of(field, &row), may)
    }

    fn from(mode: impl Fn(Field) -> FieldMode, may: May) -> Self {
        let [cost, margin, name, phone] = [Field::ProductCost, Field::SalesMargin, Field::CustomerName, Field::CustomerPhone].map(mode);
        Self { cost, margin, name, phone, may }
    }

    /// A cost as it may be shown. There is no part of an amount: masked is hidden.
    pub(super) fn cost(&self, cost: Option<i64>) -> Option<i64> {
        cost.filter(|_| self.costs())
    }

    /// Whether costs are seen.
    pub(super) fn costs(&self) -> bool {
        self.cost >= FieldMode::Read
    }

    /// Whether the sum of what is left after cost is seen: where costs are too, since one tells the other.
    pub(super) fn margins(&self) -> bool {
        self.margin >= FieldMode::Read
    }

    /// Whether names of customers are seen whole.
    pub(super) fn names(&self) -> bool {
        self.name >= FieldMode::Read
    }

    /// A customer's name as it may be shown.
    pub(super) fn name(&self, name: Option<String>) -> Option<String> {
        match self.name {
            FieldMode::Hidden => None,
            FieldMode::Masked => name.map(|name| fields::masked_name(&name)),
            FieldMode::Read | FieldMode::Write => name,
        }
    }

    /// A customer's phone as lists show it: always with its middle kept back.
    pub(super) fn phone(&self, phone: Option<String>) -> Option<String> {
        phone.filter(|_| self.phone > FieldMode::Hidden).map(|phone| fields::masked_phone(&phone))
    }

    /// By what customers may be found. Whoever sees a phone in part finds it by its end or whole, as a customer tells it at the counter, and not by pieces
    /// with which the rest could be tried out.
    pub(crate) fn people(&self) -> People {
        People { by_name: self.names(), by_phone: self.phone > FieldMode::Hidden, by_part_of_phone: self.phone >= FieldMode::Read }
    }
}

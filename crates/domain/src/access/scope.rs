//! For which rows a right holds: one expression, held against a row here and asked in SQL by the store. A test of the store holds the two together.

use crate::{PersonId, ShopId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What the decision knows of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowFacts {
    pub shop: Option<ShopId>,
    pub department: Option<Uuid>,
    /// Whose the row is.
    pub owner: Option<PersonId>,
}

impl RowFacts {
    /// A row of a shop.
    #[must_use]
    pub const fn of_shop(shop: ShopId) -> Self {
        Self { shop: Some(shop), department: None, owner: None }
    }
}

/// Rows: all, or those of some shops, of some departments, or of one person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Region {
    pub everything: bool,
    pub shops: BTreeSet<ShopId>,
    pub departments: BTreeSet<Uuid>,
    pub owner: Option<PersonId>,
}

impl Region {
    /// Every row.
    #[must_use]
    pub fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// Whether no row is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.everything && self.shops.is_empty() && self.departments.is_empty() && self.owner.is_none()
    }

    /// Whether a row is in it.
    #[must_use]
    pub fn has(&self, row: &RowFacts) -> bool {
        self.everything
            || row.shop.is_some_and(|shop| self.shops.contains(&shop))
            || row.department.is_some_and(|department| self.departments.contains(&department))
            || (row.owner.is_some() && row.owner == self.owner)
    }

    /// Takes another region's rows in.
    pub fn join(&mut self, other: Self) {
        self.everything |= other.everything;
        self.shops.extend(other.shops);
        self.departments.extend(other.departments);
        self.owner = self.owner.or(other.owner);
    }

    /// Whether all of another region's rows are in it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.everything
            || (!other.everything
                && other.shops.is_subset(&self.shops)
                && other.departments.is_subset(&self.departments)
                && (other.owner.is_none() || other.owner == self.owner))
    }
}

/// The rows for which a right holds: those that a grant allows and no denial takes out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeExpr {
    pub allow: Region,
    pub deny: Region,
}

impl ScopeExpr {
    /// Every row.
    #[must_use]
    pub fn everything() -> Self {
        Self { allow: Region::everything(), deny: Region::default() }
    }

    /// Whether it holds for a row.
    #[must_use]
    pub fn has(&self, row: &RowFacts) -> bool {
        self.allow.has(row) && !self.deny.has(row)
    }

    /// Whether it holds for every row.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.allow.everything && self.deny.is_empty()
    }

    /// Of the shops of an organisation, those whose rows it holds for.
    pub fn shops(&self, all: impl IntoIterator<Item = ShopId>) -> Vec<ShopId> {
        all.into_iter().filter(|shop| self.has(&RowFacts::of_shop(*shop))).collect()
    }
}

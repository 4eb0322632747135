//! A role: what its holder may do, how far, up to what limit, and how delicate fields are seen.

use super::fields::{Field, FieldMode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Whether a grant allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Allow,
    Deny,
}

/// How far a grant reaches from the place in which its role is held. The order is from near to far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The person's own rows.
    Own,
    /// The department in which the role is held, or that of the shop in which it is.
    Department,
    /// The department and all below it.
    DepartmentTree,
    /// The shop in which the role is held.
    Shop,
    /// The group of shops in which the role is held, or the groups of the shop in which it is.
    ShopGroup,
    All,
}

/// Up to where a right is used without anybody else: beyond it a second person agrees. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The largest amount of one act, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<i64>,
    /// The largest share of one act, basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent_bp: Option<i64>,
    /// The most acts of one business day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<i64>,
}

impl Limits {
    /// Of two grants of one right, each limit is the wider one.
    #[must_use]
    pub fn wider(self, other: Self) -> Self {
        let wider = |a: Option<i64>, b: Option<i64>| a.zip(b).map(|(a, b)| a.max(b));
        Self {
            amount_minor: wider(self.amount_minor, other.amount_minor),
            percent_bp: wider(self.percent_bp, other.percent_bp),
            per_day: wider(self.per_day, other.per_day),
        }
    }

    /// Whether these limits allow no more than those.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        let within = |a: Option<i64>, b: Option<i64>| b.is_none_or(|b| a.is_some_and(|a| a <= b));
        within(self.amount_minor, other.amount_minor) && within(self.percent_bp, other.percent_bp) && within(self.per_day, other.per_day)
    }
}

/// One grant of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The name of the right. One that this version does not know is kept and allows nothing.
    pub right: String,
    pub effect: Effect,
    pub reach: Reach,
    #[serde(default)]
    pub limits: Limits,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub id: Uuid,
    /// What a person called it; of a ready role the screens say the name.
    pub name: String,
    pub grants: Vec<Grant>,
    /// A field that is not named is hidden.
    pub fields: BTreeMap<Field, FieldMode>,
}

impl Role {
    /// How the role shows a field.
    #[must_use]
    pub fn field(&self, field: Field) -> FieldMode {
        self.fields.get(&field).copied().unwrap_or(FieldMode::Hidden)
    }

    /// Whether it grants a right, however far.
    #[must_use]
    pub fn allows(&self, right: &str) -> bool {
        self.grants.iter().any(|grant| grant.right == right && grant.effect == Effect::Allow)
    }
}

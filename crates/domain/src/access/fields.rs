//! Fields that not everybody who sees a row sees: cost and margin, and what belongs to a customer's person.

use serde::{Deserialize, Serialize};

/// How a delicate field is seen. The order is the order of rights: a later one allows more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldMode {
    /// It is not there: not shown, not searched, not sorted or filtered by, not exported, in no sum.
    Hidden,
    /// A part of it is shown; it is neither sorted nor filtered by.
    Masked,
    Read,
    Write,
}

impl FieldMode {
    /// Every mode, from none to all.
    pub const ALL: [Self; 4] = [Self::Hidden, Self::Masked, Self::Read, Self::Write];
}

/// A delicate field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What an article costs the shop.
    ProductCost,
    /// What is left of sales after cost: whoever knows it knows the cost.
    SalesMargin,
    CustomerName,
    CustomerPhone,
}

/// Every delicate field. A role that says nothing of one hides it.
pub const FIELDS: [Field; 4] = [Field::ProductCost, Field::SalesMargin, Field::CustomerName, Field::CustomerPhone];

impl Field {
    /// The right with which the rows are read that hold the field.
    #[must_use]
    pub const fn read_by(self) -> &'static str {
        match self {
            Self::ProductCost => "product.read",
            Self::SalesMargin => "figure.read",
            Self::CustomerName | Self::CustomerPhone => "customer.read",
        }
    }
}

/// A phone as it may be shown: first three and last four digits, `138****6021`; of a short one the last four, of a shorter one nothing.
#[must_use]
pub fn masked_phone(phone: &str) -> String {
    let letters: Vec<char> = phone.chars().collect();
    let (head, tail) = match letters.len() {
        0..=4 => (0, 0),
        5..=7 => (0, 4),
        _ => (3, 4),
    };
    let is_shown = |i: usize| i < head || i >= letters.len() - tail;
    letters.iter().enumerate().map(|(i, letter)| if is_shown(i) { *letter } else { '*' }).collect()
}

/// A name of which the first letter is shown: `李**`.
#[must_use]
pub fn masked_name(name: &str) -> String {
    let mut letters = name.trim().chars();
    letters.next().map_or_else(String::new, |first| format!("{first}**"))
}

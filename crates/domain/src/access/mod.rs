//! Who may do what: rights, roles, the places in which a person holds a role, and the decision.
//!
//! A person holds *memberships*: a role, in a place, from a day and until a day. A role is a list of *grants*: a right, how far it reaches from the place
//! where the role is held, its limits, or its denial; and *field rules*: how a delicate field is seen. Whatever no grant allows is refused, and a denial
//! beats every grant. The decision is made here and nowhere else: [`Principal::decide`] answers it together with the rows for which it holds, as a
//! [`ScopeExpr`], which a row is held against here and which the store asks in SQL.
//!
//! Deliberately absent: reading people and roles (`store`), asking for a decision (`app`), and passwords, codes and sessions.
//!
//! To add a right: a line in [`rights::RIGHTS`], and in the ready roles that have it.

pub mod fields;
pub mod principal;
pub mod ready;
pub mod rights;
pub mod role;
pub mod scope;

pub use fields::{FIELDS, Field, FieldMode};
pub use principal::{Allowed, Decision, Membership, Organisation, Place, Principal, Refused};
pub use ready::ReadyRole;
pub use rights::{RIGHTS, Right};
pub use role::{Effect, Grant, Limits, Reach, Role};
pub use scope::{Region, RowFacts, ScopeExpr};

#[cfg(test)]
mod tests;

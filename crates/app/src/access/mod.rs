//! The door of the program: first start, setting up, signing in and out, locking.
//!
//! Deliberately absent: roles and scopes, which decide what a person may do inside; until they come, the owner is the only person.

pub mod code;
pub mod founding;
pub mod new_password;
pub mod password;
pub mod recover;
pub mod setup;
pub mod sign_in;
pub mod vault;

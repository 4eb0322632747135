//! The door of the program and who is behind it: first start, setting up, signing in and out, locking; people, their roles, and a fresh code for dangerous acts.
//!
//! Deliberately absent: the decision who may do what (`domain::access`), and asking for it at each command (`rights`).

pub mod code;
pub mod founding;
pub mod invitation;
pub mod new_password;
pub mod password;
pub mod people;
pub mod recover;
pub mod roles;
pub mod setup;
pub mod sign_in;
pub mod step_up;
pub mod vault;

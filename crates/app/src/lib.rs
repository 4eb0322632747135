//! Use cases, session and permission check, jobs, the event bus, and the wire contract that every host speaks.
//!
//! Deliberately absent: SQL (that is `store`), rules of the shop (that is `domain`), windows and sockets (those are hosts).
//!
//! To add a use case: its command in `wire` and `rpc/list.rs`, its body in the room it belongs to, one transaction with one journal entry.

pub mod access;
pub mod backups;
pub mod control;
pub mod demo;
pub mod error;
pub mod export;
pub mod figures;
pub mod file_acts;
pub mod folders;
pub mod importing;
pub mod jobs;
mod landing;
mod memory;
pub mod orders;
pub mod program;
pub mod reading;
pub mod rights;
pub mod rpc;
mod scratch;
pub mod session;
pub mod settings;
pub mod shops;
pub mod speech;
mod standing;
pub mod trade_file;
pub mod uploads;
mod visits;
pub mod wire;

pub use error::{Code, Error, Result};
pub use program::{Chance, Program, SystemClock};
pub use session::Session;

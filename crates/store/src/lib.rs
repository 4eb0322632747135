//! The encrypted store of a node: one SQLite file under SQLCipher, its keys, journal, derived rows and backups.
//!
//! The only place with local SQL. Deliberately absent: rules of the shop (`domain`), permissions and sessions (`app`), the network (`sync`).
//!
//! To add a table: a migration, a line in [`catalogue`] if it travels, a function in `derive` if something is kept from it, queries in [`read`].

#[macro_use]
pub mod value;
pub(crate) mod apply;
pub mod backup;
pub mod backup_format;
pub mod catalogue;
pub mod change;
pub(crate) mod derive;
pub mod error;
pub(crate) mod form;
pub mod import_rows;
pub mod inbound;
pub mod journal;
pub mod keys;
pub mod local;
pub mod open;
pub mod place;
pub mod read;
mod salt;
pub mod unfinished;
pub mod verify;
pub mod write;

pub use change::Change;
pub use error::{Error, Result};
pub use journal::{Audit, Entry, Event, Origin};
pub use open::{Founding, Medium, Node, Store};
pub use sqlx::SqliteConnection as Connection;
pub use value::{Row, Value};
pub use write::{Queue, Ready, Write};

/// Unpacks bytes that come with the program, such as the demo's extract; at most `bytes_max` of them.
///
/// # Errors
/// Where they are not packed, or unpack to more.
pub fn unpack_bytes(packed: &[u8], bytes_max: usize) -> std::io::Result<Vec<u8>> {
    zstd::bulk::decompress(packed, bytes_max)
}

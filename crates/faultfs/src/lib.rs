//! A disk whose power can be cut: what SQLite wrote and did not sync is then lost, torn or kept, as a seed says.
//!
//! [`Disk::mount`] registers a file system with SQLite under [`NAME`] that hands everything on to the system's own and remembers, for the files of
//! one folder, what was written since the last sync. It lies below SQLCipher, so it sees what a disk sees. [`Disk::cut_after`] ends the power at one
//! write, sync, truncation or deletion; [`Disk::settle`] then makes of the folder what a machine would find that is started again.
//!
//! Deliberately absent: the store and what is proved of it (`examples/crash`, `tests/power.rs`), and files that are not SQLite's: of a backup the
//! database copy passes through here, the sealed archive does not.
//!
//! The one room with `unsafe`, for tests alone: nothing that ships depends on it.

mod disk;
mod vfs;

pub use disk::{Disk, Event, Settled};

/// The name under which SQLite finds the file system.
pub const NAME: &str = "zhanggui-fault";

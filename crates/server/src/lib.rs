//! The headless host: the same screens and the same contract over HTTP on this computer, for a browser and for machines without a display.
//!
//! Holds the door (who may come in, and from where), the embedded pages, the stream of events, and what all hosts share: the place of the
//! data and the way to the sync worker. Deliberately absent: rules, SQL, and any address but loopback.
//!
//! To add a path: a handler in `serve`, behind the checks of `door`, and its cases in `tests/door.rs`.

mod door;
mod error;
mod events;
pub mod joining;
mod pages;
pub mod place;
mod serve;
pub mod sync_control;
mod visitors;

pub use error::{Error, Result};
pub use serve::{Options, serve};

//! The shop's vocabulary and rules: ids, money, channels, orders, clock and random source.
//!
//! Deliberately absent: IO, async, SQL, the wire. Everything here is a pure function or a value, so that each rule is written once and
//! holds on the desktop, at the counter and at head office alike.
//!
//! To add a rule: put it beside the nouns it speaks of, with a table of cases in its tests.

pub mod access;
pub mod business_day;
pub mod clock;
pub mod id;
pub mod money;
pub mod order;
pub mod trade_file;
pub mod words;

pub use business_day::BusinessDay;
pub use clock::{Clock, Random};
pub use id::*;
pub use money::{Micro, round_micro_to_minor};
pub use words::{Channel, FulfilState, LineFlags, MovementKind, PayState, RefundState, SkuKind, Tender};

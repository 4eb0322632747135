//! The wire contract: what a host may ask and what it is told. One list, [`commands`], makes the dispatcher, the permission of each
//! command and the TypeScript types in `ui/src/rpc/bindings.ts`.
//!
//! Holds shapes only: no rule, no look-up. Integers stay below 2^53 so that TypeScript's `number` holds them; money is in minor units
//! (`*_minor`), quantities in thousandths (`*_milli`), instants in UTC milliseconds (`*_at_ms`), dates are ISO text of the shop's zone.
//!
//! To add a command: add its request and answer here, a line to the list in `rpc/list.rs`, its body in `rpc/`, then run `cargo xtask bindings`.

/// Declares wire structures and enumerations with everything they derive, so that no one of them misses its TypeScript form.
macro_rules! wire {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* pub $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
        #[ts(export_to = "bindings.ts")]
        pub struct $name { $($(#[$fmeta])* pub $field: $type),* }
    )*};
}

/// Declares a closed set of words as they stand on the wire, in snake case.
macro_rules! wire_enum {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, ts_rs::TS)]
        #[serde(rename_all = "snake_case")]
        #[ts(export_to = "bindings.ts")]
        pub enum $name { $($(#[$vmeta])* $variant),* }
    )*};
}

mod access;
mod analysis;
mod coming_in;
mod events;
mod house;
mod lists;
mod people;

pub use access::*;
pub use analysis::*;
pub use coming_in::*;
pub use events::*;
pub use house::*;
pub use lists::*;
pub use people::*;

wire! {
    /// A request or an answer that says nothing.
    pub struct Empty {}
}

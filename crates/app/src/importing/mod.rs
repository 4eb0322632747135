//! Bringing a file of past trade into the store: dry run, apply, undo.
//!
//! One pass serves dry run and apply, so that the one tells what the other will do. A chunk is one transaction with one journal entry; its
//! rows have ids made from the file's content, so that a second import, or one that goes on after a kill, adds what is missing and nothing else.
//!
//! Deliberately absent: reading files (`trade_file`) and the rules of cleansing (`domain::trade_file`).

mod chunk;
mod commands;
mod known;
mod run;
#[cfg(test)]
mod tests;
mod undo;
mod visits;

pub use commands::{import_list, import_probe, import_report, import_start, import_undo, plan_from_path};
pub use run::{ImportPlan, run};
pub use undo::undo;
pub use visits::import_visits;

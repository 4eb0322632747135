//! Bringing a file of past trade into the store: dry run, apply, undo.
//!
//! One pass serves dry run and apply, so that the one tells what the other will do. Invoices are gathered until they are whole; a part of some of
//! them is one journal entry, and the next parts are made while it is written (`landing`). Rows have ids made from the file's content, so that a second
//! import, or one that goes on after a kill, adds what is missing and nothing else.
//!
//! Deliberately absent: reading files (`trade_file`) and the rules of cleansing (`domain::trade_file`).

mod chunk;
mod commands;
mod findings;
mod gather;
mod known;
mod past;
mod places;
mod plan;
mod reading;
mod recall;
mod run;
mod standing;
#[cfg(test)]
mod tests;
mod undo;
mod visits;

pub use commands::{import_list, import_probe, import_report, import_start, import_undo, plan_from_path};
pub use past::{import_batch_report, import_findings_save};
pub use plan::ImportPlan;
pub use run::run;
pub use undo::undo;
pub use visits::import_visits;

//! Events from the program to every host. A lost event costs time, never data: the UI asks again when it reconnects.

use super::{Job, Notice};

/// What the program tells without being asked.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(tag = "event", rename_all = "snake_case")]
#[ts(export_to = "bindings.ts")]
pub enum AppEvent {
    /// Rows of an entity changed: order, sku, customer, figure, import, setting. Empty `ids` means "many".
    Changed {
        entity: String,
        ids: Vec<String>,
    },
    Job {
        job: Job,
    },
    Notice {
        notice: Notice,
    },
    /// The phase changed: ask for `app_state` again.
    Phase,
}

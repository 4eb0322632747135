//! What an import is asked to do.

use crate::trade_file::Mapping;
use domain::{BusinessDay, Channel, PersonId};
use jiff::civil::DateTime;
use std::path::PathBuf;
use uuid::Uuid;

/// What is imported, where to, and by whom.
#[derive(Clone)]
pub struct ImportPlan {
    pub batch_id: [u8; 16],
    pub organisation_id: Uuid,
    pub path: PathBuf,
    pub file_name: String,
    /// Of the whole file, so that an owner can tell later which file it was.
    pub file_sha256: Vec<u8>,
    pub mapping: Mapping,
    /// The range of numbers that the invoices belong to.
    pub source: String,
    /// The shop that was chosen: of every row that names none.
    pub shop_id: [u8; 16],
    pub shop_name: String,
    /// Whether shops that the file names and nobody knows are added.
    pub add_shops: bool,
    pub currency: String,
    pub zone: String,
    pub day: BusinessDay,
    /// Of orders that name none that is known.
    pub channel: Channel,
    pub actor: PersonId,
    pub started_at_ms: i64,
    pub dry_run: bool,
}

/// A local time of the file, as the store keeps it.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub at_ms: i64,
    pub date: String,
    pub hour: i64,
}

impl ImportPlan {
    pub(super) fn moment(&self, at: DateTime) -> Moment {
        let at_ms = self.day.instant_ms(at).unwrap_or(0);
        let (date, hour) = self.day.of(at_ms);
        Moment { at_ms, date: date.to_string(), hour: i64::from(hour) }
    }
}

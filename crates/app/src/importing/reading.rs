//! The thread that reads a file: it finds where each invoice ends, then hands the lines over, cleansed, a few chunks ahead of the writing.

use super::{gather::LINES_PER_PART, plan::ImportPlan};
use crate::{
    Code, Error, Result,
    trade_file::{self, LineReader},
};
use domain::{
    money::minor_digits,
    trade_file::{CleansingRules, Content, LastRows, RejectedRow, TradeLine, cleanse, content_of},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A line as the reading thread hands it over: cleansed, with what tells it from another of its invoice.
pub(super) type Cleansed = std::result::Result<(TradeLine, Content), RejectedRow>;

/// Lines of a file in its order, with the number of the last row that was read for them.
pub(super) struct Chunk {
    pub lines: Vec<Cleansed>,
    pub rows: u64,
    pub last_row: u64,
}

/// The reading of one file.
pub(super) struct Reading {
    /// Chunks; closed at the end, or after an error.
    pub chunks: tokio::sync::mpsc::Receiver<Result<Chunk>>,
    thread: tokio::task::JoinHandle<()>,
}

impl Reading {
    /// Waits until the thread has let go of the file.
    pub async fn end(self) {
        drop(self.chunks);
        let _ = self.thread.await;
    }
}

/// Finds where each invoice ends. `goes_on` is asked ten times a second; where it says no there is no answer.
///
/// # Errors
/// Where the file cannot be read.
pub(super) async fn look(plan: &ImportPlan, goes_on: &(dyn Fn() -> bool + Sync)) -> Result<Option<LastRows>> {
    let zone = jiff::tz::TimeZone::get(&plan.zone).map_err(|e| Error::Fault(e.to_string()))?;
    let stop = Arc::new(AtomicBool::new(false));
    let (path, mapping, stopping) = (plan.path.clone(), plan.mapping.clone(), stop.clone());
    let mut looking = tokio::task::spawn_blocking(move || trade_file::last_rows(&path, &mapping, &zone, &|| !stopping.load(Ordering::Relaxed)));
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(100));
    loop {
        tokio::select! {
            looked = &mut looking => return looked.map_err(|e| Error::Fault(e.to_string()))?.map_err(|e| file_error(&e)),
            _ = tick.tick() => stop.store(!goes_on(), Ordering::Relaxed),
        }
    }
}

/// Reads and cleanses on a thread of its own, at most two chunks ahead, so that reading and writing overlap and memory stays flat.
///
/// # Errors
/// Where the file cannot be opened; what is found wrong later comes as a chunk.
pub(super) fn read(plan: &ImportPlan) -> Result<Reading> {
    let zone = jiff::tz::TimeZone::get(&plan.zone).map_err(|e| Error::Fault(e.to_string()))?;
    let mut reader: Box<dyn LineReader> = trade_file::open_lines(&plan.path, &plan.mapping, &zone).map_err(|e| file_error(&e))?;
    let rules = CleansingRules {
        minor_digits: minor_digits(&plan.currency),
        currency: plan.currency.as_bytes().try_into().unwrap_or_default(),
        marks: plan.mapping.invoice_marks(),
        negatives: plan.mapping.negatives(),
        ..CleansingRules::default()
    };
    let (send, chunks) = tokio::sync::mpsc::channel(2);
    let thread = tokio::task::spawn_blocking(move || {
        loop {
            let chunk = match reader.next_chunk(LINES_PER_PART) {
                Ok(lines) if lines.is_empty() => return,
                Ok(lines) => Ok(Chunk {
                    rows: lines.len() as u64,
                    last_row: lines.last().map_or(0, |line| line.row),
                    lines: lines.into_iter().map(|raw| cleanse(raw, &rules).map(with_content)).collect(),
                }),
                Err(error) => Err(file_error(&error)),
            };
            let is_over = chunk.is_err();
            if send.blocking_send(chunk).is_err() || is_over {
                return;
            }
        }
    });
    Ok(Reading { chunks, thread })
}

fn with_content(line: TradeLine) -> (TradeLine, Content) {
    let content = content_of(&line);
    (line, content)
}

/// What is wrong with a file as a whole, as the person's answer.
pub(super) fn file_error(error: &trade_file::FileError) -> Error {
    Error::refuse(Code::BadRequest, error.to_string())
}

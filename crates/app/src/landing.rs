//! Large work on its way into the store: entry after entry, made ready while the one before is written, several a transaction while nobody waits.
//!
//! A transaction takes no further entry once a counter or a person waits for the writer. The first who asks waits for the entry that is being written, the
//! sums of all the transaction holds, and its commit; while somebody is at work each holds one entry, and that is what they wait for. What landed is told when
//! it is durable.

use crate::{Error, Result};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use store::{Entry, Queue, Ready, Store, local::ImportJob};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

/// Entries of one transaction while nobody is at work. More would write few pages less and keep more of them in memory until the commit.
const ENTRIES_PER_COMMIT: usize = 16;
/// Somebody who wrote this lately is at work and will write again.
const AT_WORK: Duration = Duration::from_secs(10);
/// Entries that are ready and wait: enough that neither side waits for the other's uneven pace.
const READY_MAX: usize = 2;
/// How long a transaction is kept open for the next entry. A commit costs about as much.
const NEXT_ENTRY_WITHIN: Duration = Duration::from_millis(10);

/// How far the work has come, in its own counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Rows of the file that are read.
    pub rows: i64,
    /// New lines that are in the store.
    pub new_lines: i64,
}

struct Part {
    ready: Ready,
    job: Option<ImportJob>,
    mark: Mark,
}

/// The work's way into one store.
pub(crate) struct Landing {
    parts: mpsc::Sender<Part>,
    landed: watch::Receiver<Mark>,
    beside_work: Arc<AtomicBool>,
    writing: JoinHandle<Result<()>>,
}

impl Landing {
    pub fn start(store: Arc<Store>) -> Self {
        let (parts, next) = mpsc::channel(READY_MAX);
        let (tell, landed) = watch::channel(Mark::default());
        let beside_work = Arc::new(AtomicBool::new(false));
        let told = beside_work.clone();
        Self { parts, landed, beside_work, writing: tokio::spawn(async move { write(&store, next, &tell, &told).await }) }
    }

    /// Whether somebody is at work in the store, who should not wait long: entries are to be small.
    pub fn is_beside_work(&self) -> bool {
        self.beside_work.load(Ordering::Relaxed)
    }

    /// Makes an entry ready and hands it over, with how the import stands after it. It may wait until there is room.
    ///
    /// # Errors
    /// Where a row does not fit. Where the store cannot be written, [`Landing::end`] tells why.
    pub async fn hand_over(&self, entry: Entry, job: Option<ImportJob>, mark: Mark) -> Result<bool> {
        let ready = tokio::task::spawn_blocking(move || Ready::of(entry)).await.map_err(|e| Error::Fault(e.to_string()))??;
        Ok(self.parts.send(Part { ready, job, mark }).await.is_ok())
    }

    /// What is durable by now.
    pub fn landed(&self) -> Mark {
        *self.landed.borrow()
    }

    /// Waits until everything that was handed over is durable; answers what is, also where the rest could not be written.
    pub async fn end(self) -> (Mark, Result<()>) {
        drop(self.parts);
        let outcome = self.writing.await.map_err(|e| Error::Fault(e.to_string())).and_then(|written| written);
        let mark = *self.landed.borrow();
        crate::memory::give_back_soon();
        (mark, outcome)
    }
}

async fn write(store: &Store, mut parts: mpsc::Receiver<Part>, landed: &watch::Sender<Mark>, beside_work: &AtomicBool) -> Result<()> {
    let mut asked = store.asked_for();
    let mut seen_at: Option<Instant> = None;
    // It begins with one, so that the first of it is told soon.
    let mut group = 1;
    while let Some(first) = parts.recv().await {
        let mut write = store.begin(Queue::Background).await?;
        let (mut next, mut count, mut last, mut job) = (Some(first), 0, Mark::default(), None);
        while let Some(part) = next {
            write.append(part.ready).await?;
            (last, job, count) = (part.mark, part.job.or(job), count + 1);
            if store.asked_for() != asked {
                (asked, seen_at) = (store.asked_for(), Some(Instant::now()));
            }
            let alone = seen_at.is_none_or(|at| at.elapsed() > AT_WORK);
            beside_work.store(!alone, Ordering::Relaxed);
            let goes_on = alone && count < group && !store.is_waited_for();
            next = if goes_on { tokio::time::timeout(NEXT_ENTRY_WITHIN, parts.recv()).await.ok().flatten() } else { None };
        }
        if let Some(job) = &job {
            write.import_progress(job).await?;
        }
        write.commit_appended().await?;
        group = (group * 2).min(ENTRIES_PER_COMMIT);
        let _ = landed.send(last);
    }
    Ok(())
}

//! The pass over a file: read, cleanse, gather whole invoices, write them part by part.

use super::{
    chunk,
    findings::Findings,
    gather::{Gathering, HELD_LINES_MAX, Invoice, LINES_PER_PART, LINES_PER_PART_BESIDE},
    known::Known,
    past::FINDINGS_KEPT_IMPORTS,
    places::Places,
    plan::ImportPlan,
    reading::{self, Cleansed, file_error},
    recall::Recall,
};
use crate::{
    Code, Error, Result,
    landing::{Landing, Mark},
    trade_file::{DateOrder, FileError, is_lettered},
    wire::{ImportReport, NegativeRows},
};
use domain::{
    BatchId,
    trade_file::{FileWarning, IdSpace, ImportedKind, LineWarning, Negatives, RejectedRow, SaleWindow, Tally},
};
use jiff::civil::DateTime;
use std::{collections::HashSet, sync::Arc};
use store::{Audit, Change, Entry, Event, Origin, Queue, Row, Store, catalogue, import_rows, local::ImportJob, row};
use uuid::Uuid;

/// Channels that are told not to be known. A column with more names than that holds no channels.
const STRANGE_CHANNELS_MAX: usize = 100;

/// Told the rows that have landed and those of the file; where it answers `false` the pass stops.
pub type Progress<'a> = &'a (dyn Fn(i64, i64) -> bool + Sync);

/// Runs the pass.
///
/// # Errors
/// Where the file cannot be read or the store not written; what was written before stays, and the same import goes on from there.
pub async fn run(store: &Arc<Store>, plan: &ImportPlan, progress: Progress<'_>) -> Result<ImportReport> {
    run_holding(store, plan, progress, HELD_LINES_MAX).await
}

/// As [`run`], with about so many lines held of invoices that are not whole yet.
pub(super) async fn run_holding(store: &Arc<Store>, plan: &ImportPlan, progress: Progress<'_>, held_lines_max: usize) -> Result<ImportReport> {
    let Some(last) = reading::look(plan, &|| progress(0, 0)).await? else {
        return Ok(ImportReport { dry_run: plan.dry_run, ..super::visits::empty_report() });
    };
    let mut pass = Pass {
        store,
        plan: Arc::new(plan.clone()),
        known: Known::read(store, plan).await?,
        places: Places::read(store, plan).await?,
        window: SaleWindow::default(),
        recall: Recall::begin(store, plan).await?,
        gathering: Gathering::new(last, held_lines_max),
        tally: Tally::default(),
        counts: Counts::default(),
        landing: Some(Landing::start(store.clone())),
        landed_lines: 0,
    };
    let outcome = pass.whole(progress).await;
    // What is on its way lands, or fails, before anything else is said; a failed write is why the pass came to an end.
    let landed = pass.land().await;
    landed.and(outcome).map_err(|error| pass.cut_off(error))
}

/// What a pass counts beside the tally.
#[derive(Default)]
struct Counts {
    new_lines: i64,
    two_times: i64,
    grown_orders: i64,
    file_warnings: i64,
    /// Channels that are not known, folded.
    strange_channels: HashSet<String>,
    /// Rows whose number begins with C in a file where that means nothing, and the first of them.
    lettered: (i64, u64),
    /// The first row with a quantity below nothing that no letter explains.
    first_negative: Option<u64>,
    findings: Findings,
}

struct Pass<'a> {
    store: &'a Arc<Store>,
    plan: Arc<ImportPlan>,
    known: Known,
    places: Places,
    window: SaleWindow,
    recall: Recall,
    gathering: Gathering,
    tally: Tally,
    counts: Counts,
    /// The parts on their way into the store; none after their end.
    landing: Option<Landing>,
    /// New lines that are in the store.
    landed_lines: i64,
}

impl Pass<'_> {
    async fn whole(&mut self, progress: Progress<'_>) -> Result<ImportReport> {
        self.look_at_headings();
        let mut reading = reading::read(&self.plan)?;
        let (mut rows, mut goes_on) = (0_i64, true);
        while goes_on {
            let Some(chunk) = reading.chunks.recv().await else { break };
            let chunk = chunk?;
            if rows == 0 && !self.plan.dry_run {
                self.begin().await?;
            }
            rows += i64::try_from(chunk.rows).unwrap_or(0);
            for line in chunk.lines {
                let row = line.as_ref().map_or_else(|rejected| rejected.row, |(line, _)| line.row);
                self.take(line)?;
                self.gathering.reached(row);
            }
            self.gathering.reached(chunk.last_row);
            while let Some(part) = self.gathering.part(self.lines_per_part(), false) {
                goes_on &= self.hand_over(part, rows, progress).await?;
            }
        }
        reading.end().await;
        if rows == 0 {
            return Err(file_error(&FileError::NoRows));
        }
        if goes_on {
            self.gathering.reached(u64::MAX);
            while let Some(part) = self.gathering.part(self.lines_per_part(), true) {
                goes_on &= self.hand_over(part, rows, progress).await?;
            }
        }
        self.land().await?;
        if let Some(row) = self.counts.first_negative.filter(|_| self.negatives_asked()) {
            self.warn(row, FileWarning::NegativesUnsaid, &self.tally.negatives.to_string());
        }
        if let (lettered @ 1.., row) = self.counts.lettered {
            self.warn(row, FileWarning::LettersMeanNothing, &lettered.to_string());
        }
        if self.plan.dry_run {
            return Ok(self.report());
        }
        goes_on &= progress(rows, self.total());
        if goes_on {
            self.end(rows).await?;
        } else {
            let mut write = self.store.begin(Queue::Background).await?;
            write.import_progress(&self.job("stopped", rows)).await?;
            write.commit_local().await?;
        }
        Ok(self.report())
    }

    /// Lines of the next part: few while somebody waits for the writer now and then.
    fn lines_per_part(&self) -> usize {
        if self.landing.as_ref().is_some_and(Landing::is_beside_work) { LINES_PER_PART_BESIDE } else { LINES_PER_PART }
    }

    /// Says what of the headings its owner should know before a row is read.
    fn look_at_headings(&mut self) {
        let plan = self.plan.clone();
        if !plan.mapping.date_order_certain {
            let read_as = match plan.mapping.date_order {
                DateOrder::MonthFirst => "3/4 → 03-04",
                DateOrder::DayFirst => "3/4 → 04-03",
            };
            self.warn(plan.mapping.heading_row, FileWarning::DateOrderUncertain, read_as);
        }
        for heading in plan.mapping.doubled_headings() {
            self.warn(plan.mapping.heading_row, FileWarning::DuplicateColumn, heading);
        }
    }

    fn warn(&mut self, row: u64, warning: FileWarning, value: &str) {
        self.counts.file_warnings += 1;
        self.counts.findings.warn(row, warning.key(), &warning.remedy_key(), value);
    }

    fn take(&mut self, line: Cleansed) -> Result<()> {
        match line {
            Err(rejected) => self.reject(rejected),
            Ok((line, content)) => {
                let shop = line.details.as_ref().and_then(|details| details.shop.as_deref());
                let place = match shop.map_or(Ok(0), |name| self.places.find(&self.plan, name)) {
                    Ok(place) => place,
                    Err(reason) => {
                        self.reject(RejectedRow { row: line.row, reason, found: shop.unwrap_or_default().to_owned() });
                        return Ok(());
                    }
                };
                if line.is_negative {
                    self.counts.first_negative.get_or_insert(line.row);
                }
                if !self.plan.mapping.letters_mark_refunds && is_lettered(&line.invoice) {
                    let (lettered, first) = self.counts.lettered;
                    self.counts.lettered = (lettered + 1, if lettered == 0 { line.row } else { first });
                }
                for warning in &line.warnings {
                    self.counts.findings.warn(line.row, warning.key(), "kept", &line.invoice);
                }
                if let Some(name) = line.details.as_ref().and_then(|details| details.strange_channel.as_deref())
                    && self.counts.strange_channels.len() < STRANGE_CHANNELS_MAX
                    && self.counts.strange_channels.insert(name.to_lowercase())
                {
                    self.warn(line.row, FileWarning::StrangeChannel, name);
                }
                return self.gathering.take(line, content, place);
            }
        }
        Ok(())
    }

    fn reject(&mut self, rejected: RejectedRow) {
        self.tally.reject(rejected.reason);
        self.counts.findings.reject(&rejected);
    }

    /// Makes the rows of a part while the one before is being written, and hands them to the writer. Answers whether to go on.
    async fn hand_over(&mut self, invoices: Vec<Invoice>, rows: i64, progress: Progress<'_>) -> Result<bool> {
        for invoice in &invoices {
            let day = invoice.lines.first().filter(|_| invoice.rank > 0).map(|first| first.line.at.date());
            for numbered in &invoice.lines {
                self.tally.take_of_day(&numbered.line, numbered.nth, day);
            }
        }
        let mut db = self.store.reader().await?;
        let made =
            chunk::rows_of(&mut db, (&self.plan, &self.places), &mut self.known, (&mut self.window, &mut self.recall), &mut self.tally, invoices).await?;
        drop(db);
        self.counts.new_lines += made.new_lines;
        self.counts.two_times += made.two_times;
        self.counts.grown_orders += i64::try_from(made.grown.len()).unwrap_or(0);
        for (row, invoice) in &made.grown {
            self.warn(*row, FileWarning::OrderGrown, invoice);
        }
        for (row, invoice) in &made.reused {
            self.warn(*row, FileWarning::NumberReused, invoice);
        }
        for (row, invoice) in &made.paid_less {
            self.warn(*row, FileWarning::PaidLess, invoice);
        }
        let changes = made.into_changes();
        let Some(landing) = self.landing.as_ref().filter(|_| !self.plan.dry_run && !changes.is_empty()) else {
            return Ok(progress(rows, self.total()));
        };
        self.places.write_new(self.store).await?;
        let detail = serde_json::json!({"rows": changes.iter().map(|change| change.rows().len()).sum::<usize>()});
        let mark = Mark { rows, new_lines: self.counts.new_lines };
        let goes_on = landing.hand_over(entry(&self.plan, "import.chunk", changes, detail), Some(self.job("applying", rows)), mark).await?;
        Ok(goes_on && progress(landing.landed().rows, self.total()))
    }

    /// Waits until everything that was handed over has landed.
    async fn land(&mut self) -> Result<()> {
        let Some(landing) = self.landing.take() else { return Ok(()) };
        let (mark, outcome) = landing.end().await;
        self.landed_lines = mark.new_lines;
        outcome
    }

    /// An error after some lines have landed says so, and how to go on.
    fn cut_off(&self, error: Error) -> Error {
        if self.landed_lines == 0 {
            return error;
        }
        let (code, cause) = match error.code() {
            Code::Fault => {
                tracing::error!(?error, "an import was cut off");
                (Code::Refused, "something went wrong inside the program".to_owned())
            }
            code => (code, error.to_string()),
        };
        Error::refuse(
            code,
            format!(
                "{cause} – {} lines were written before and stay: once that is mended, import the same file again, and it goes on there",
                self.landed_lines
            ),
        )
    }

    /// Whether a person is to say what quantities below nothing are: nobody has, and the file has no letters to tell refunds by.
    fn negatives_asked(&self) -> bool {
        self.tally.negatives > 0 && self.tally.marked == 0 && self.plan.mapping.negative_rows.is_none()
    }

    fn total(&self) -> i64 {
        i64::try_from(self.gathering.rows()).unwrap_or(i64::MAX)
    }

    /// How the import stands, with what it comes to so far, so that one that is cut off is not an import of nothing. The rows that it found something in
    /// are kept once, when it comes to an end.
    fn job(&self, state: &str, rows_done: i64) -> ImportJob {
        let counts = if state == "applying" { self.counted() } else { self.report() };
        ImportJob {
            batch_id: self.plan.batch_id,
            path: self.plan.path.display().to_string(),
            mapping: serde_json::to_string(&self.plan.mapping).unwrap_or_default(),
            rows_done,
            state: state.to_owned(),
            counts: serde_json::to_string(&counts).unwrap_or_default(),
        }
    }

    async fn begin(&self) -> Result<()> {
        let plan = &self.plan;
        let mut db = self.store.reader().await?;
        if import_rows::batches(&mut db).await?.iter().any(|b| b.id == plan.batch_id) {
            return Ok(());
        }
        drop(db);
        let batch: Row = row![
            BatchId(Uuid::from_bytes(plan.batch_id)),
            "orders",
            plan.file_name.clone(),
            plan.file_sha256.clone(),
            Uuid::from_bytes(plan.shop_id),
            plan.started_at_ms
        ];
        let mut write = self.store.begin(Queue::Background).await?;
        write.import_progress(&self.job("applying", 0)).await?;
        write.commit(entry(plan, "import.begin", vec![Change::Insert { table: &catalogue::IMPORT_BATCH, rows: vec![batch] }], serde_json::Value::Null)).await?;
        Ok(())
    }

    /// Writes what got a better name, and that the import is done.
    async fn end(&mut self, rows_done: i64) -> Result<()> {
        let report = self.report();
        let plan = self.plan.clone();
        let renames = self.known.renames(&plan);
        let id = IdSpace::new(plan.organisation_id, "import_end", 0).named(ImportedKind::Line, &hex::encode(plan.batch_id));
        let kept = ImportReport { findings: Vec::new(), ..report.clone() };
        let end: Row = row![id, Uuid::from_bytes(plan.batch_id), plan.started_at_ms, serde_json::to_string(&kept)?];
        let mut changes = vec![Change::Insert { table: &catalogue::IMPORT_END, rows: vec![end] }];
        if !renames.is_empty() {
            changes.push(Change::Put { table: &catalogue::SKU, rows: renames });
        }
        let mut write = self.store.begin(Queue::Background).await?;
        write.import_progress(&self.job("done", rows_done)).await?;
        write.forget_findings(FINDINGS_KEPT_IMPORTS).await?;
        write.commit(entry(&plan, "import.end", changes, serde_json::json!({"lines": report.lines}))).await?;
        Ok(())
    }

    fn report(&self) -> ImportReport {
        ImportReport { findings: self.counts.findings.in_order(), ..self.counted() }
    }

    /// The report without the rows that something was found in.
    fn counted(&self) -> ImportReport {
        let n = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let tally = &self.tally;
        let warning = |warning| n(tally.warnings.get(&warning).copied().unwrap_or(0));
        let date = |at: Option<DateTime>| at.map(|a| a.date().to_string());
        ImportReport {
            batch_id: (!self.plan.dry_run).then(|| Uuid::from_bytes(self.plan.batch_id).to_string()),
            dry_run: self.plan.dry_run,
            lines: n(tally.lines),
            new_lines: self.counts.new_lines,
            orders: n(tally.orders),
            refunds: n(tally.refunds),
            write_offs: n(tally.write_offs),
            adjustments: n(tally.adjustments),
            rejected: n(tally.rejected_rows()),
            warnings: n(tally.warnings.values().sum()) + self.counts.file_warnings,
            repeated_lines: n(tally.repeated_lines),
            sub_penny_lines: warning(LineWarning::SubPennyPrice),
            two_times_orders: self.counts.two_times,
            grown_orders: self.counts.grown_orders,
            matched_refund_lines: n(tally.matched_share().lines),
            matched_refunds_minor: tally.matched_share().value_minor,
            refund_lines: n(tally.refund_lines),
            sales_minor: tally.gmv_minor,
            refunds_minor: tally.refunded_minor,
            skus: n(tally.skus() as u64),
            customers: n(tally.customers() as u64),
            from: date(tally.span.map(|s| s.0)),
            to: date(tally.span.map(|s| s.1)),
            negative_lines: n(tally.negatives),
            negative_rows: (tally.negatives > 0).then(|| match self.plan.mapping.negatives() {
                Negatives::WriteOff => NegativeRows::WriteOff,
                Negatives::Refund => NegativeRows::Refund,
            }),
            negatives_asked: self.negatives_asked(),
            new_shops: self.places.new_names().to_vec(),
            unknown_shops: self.places.unknown_names().to_vec(),
            unused_columns: self.plan.mapping.unused_headings().into_iter().map(str::to_owned).collect(),
            findings: Vec::new(),
        }
    }
}

fn entry(plan: &ImportPlan, kind: &'static str, changes: Vec<Change>, detail: serde_json::Value) -> Entry {
    Entry {
        kind,
        actor: plan.actor,
        at_ms: plan.started_at_ms,
        origin: Origin::Imported,
        changes,
        events: vec![Event { kind: "import.applied".into(), entity: "import".into(), ids: vec![hex::encode(plan.batch_id)] }],
        audit: Audit { act: kind.into(), result: "done".into(), detail },
    }
}

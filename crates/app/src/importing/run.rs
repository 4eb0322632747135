//! The pass over a file: read, cleanse, number, gather whole invoices, write chunk by chunk.

use super::{
    chunk::{self, Numbered},
    known::Known,
};
use crate::{
    Code, Error, Result,
    trade_file::{self, LineReader, Mapping},
    wire::{ImportFinding, ImportReport},
};
use domain::{
    BatchId, BusinessDay, Channel, PersonId,
    money::minor_digits,
    trade_file::{
        CleansingRules, Content, IdSpace, ImportedKind, OCCURRENCE_LINES_MAX, Occurrences, RejectedRow, SaleWindow, Tally, TradeLine, cleanse, content_of,
    },
};
use jiff::civil::DateTime;
use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
};
use store::{Audit, Change, Entry, Event, Origin, Queue, Row, Store, catalogue, import_rows, local::ImportJob, row};
use uuid::Uuid;

/// Lines read before a chunk is written: few enough that the writer is held for tens of milliseconds, not longer.
const LINES_PER_CHUNK: usize = 2_000;
/// Findings shown on the screen; all are counted.
const FINDINGS_MAX: usize = 200;

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
    pub shop_id: [u8; 16],
    pub currency: String,
    pub zone: String,
    pub day: BusinessDay,
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

/// What a pass counts beside the tally.
#[derive(Default)]
struct Counts {
    new_lines: i64,
    two_times: i64,
    findings: Vec<ImportFinding>,
}

/// Runs the pass. `progress` is told the rows read; where it answers `false` the pass stops after the chunk that is being written.
///
/// # Errors
/// Where the file cannot be read or the store not written; what was written before stays, and the same import goes on from there.
pub async fn run(store: &Arc<Store>, plan: &ImportPlan, progress: &(dyn Fn(i64) -> bool + Sync)) -> Result<ImportReport> {
    run_holding(store, plan, progress, OCCURRENCE_LINES_MAX).await
}

/// As [`run`], with about so many lines held for telling a repeated line from a new one.
pub(super) async fn run_holding(store: &Arc<Store>, plan: &ImportPlan, progress: &(dyn Fn(i64) -> bool + Sync), held_lines_max: usize) -> Result<ImportReport> {
    let (lines, reading) = read_apart(plan)?;
    let mut pass = Pass {
        store,
        plan,
        known: Known::read(store, plan).await?,
        window: SaleWindow::default(),
        occurrences: Occurrences::with_limit(held_lines_max),
        tally: Tally::default(),
        counts: Counts::default(),
        invoices: BTreeMap::new(),
        order: Vec::new(),
        recalls: 0,
    };
    if !plan.dry_run {
        pass.begin().await?;
    }
    let (mut read, mut stopped) = (0_i64, false);
    let mut lines = lines;
    while let Some(chunk) = lines.recv().await {
        let chunk = chunk?;
        read += i64::try_from(chunk.len()).unwrap_or(0);
        for line in chunk {
            pass.take(line).await?;
        }
        pass.write(false).await?;
        if !progress(read) {
            stopped = true;
            break;
        }
    }
    drop(lines);
    let _ = reading.await;
    if stopped {
        pass.save_job("stopped", read).await?;
        return Ok(pass.report());
    }
    pass.write(true).await?;
    let report = pass.report();
    if !plan.dry_run {
        pass.end(&report, read).await?;
    }
    Ok(report)
}

/// A line as the reading thread hands it over: cleansed, with what tells it from another of its invoice.
type Cleansed = std::result::Result<(TradeLine, Content), RejectedRow>;
type Lines = tokio::sync::mpsc::Receiver<Result<Vec<Cleansed>>>;

/// Reads and cleanses on a thread of its own, at most two chunks ahead, so that reading and writing overlap and memory stays flat.
fn read_apart(plan: &ImportPlan) -> Result<(Lines, tokio::task::JoinHandle<()>)> {
    let zone = jiff::tz::TimeZone::get(&plan.zone).map_err(|e| Error::Fault(e.to_string()))?;
    let mut reader: Box<dyn LineReader> = trade_file::open_lines(&plan.path, &plan.mapping, &zone).map_err(|e| file_error(&e))?;
    let rules = CleansingRules { minor_digits: minor_digits(&plan.currency), marks: plan.mapping.invoice_marks(), ..CleansingRules::default() };
    let (send, receive) = tokio::sync::mpsc::channel(2);
    let reading = tokio::task::spawn_blocking(move || {
        loop {
            match reader.next_chunk(LINES_PER_CHUNK) {
                Ok(lines) if lines.is_empty() => return,
                Ok(lines) => {
                    let lines = lines.into_iter().map(|raw| cleanse(raw, &rules).map(with_content)).collect();
                    if send.blocking_send(Ok(lines)).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    let _ = send.blocking_send(Err(file_error(&error)));
                    return;
                }
            }
        }
    });
    Ok((receive, reading))
}

fn with_content(line: TradeLine) -> (TradeLine, Content) {
    let content = content_of(&line);
    (line, content)
}

pub(super) fn file_error(error: &trade_file::FileError) -> Error {
    Error::refuse(Code::BadRequest, error.to_string())
}

struct Pass<'a> {
    store: &'a Arc<Store>,
    plan: &'a ImportPlan,
    known: Known,
    window: SaleWindow,
    occurrences: Occurrences,
    tally: Tally,
    counts: Counts,
    /// Invoices that are being gathered; `order` keeps the file's order.
    invoices: BTreeMap<String, Vec<Numbered>>,
    order: Vec<String>,
    recalls: usize,
}

impl Pass<'_> {
    async fn take(&mut self, line: Cleansed) -> Result<()> {
        let (line, content) = match line {
            Ok(line) => line,
            Err(rejected) => {
                self.tally.reject(rejected.reason);
                self.find(rejected.row, rejected.reason.key(), &rejected.reason.remedy_key(), &rejected.found);
                return Ok(());
            }
        };
        for warning in &line.warnings {
            let row = line.row;
            let value = line.invoice.clone();
            self.find(row, warning.key(), "kept", &value);
        }
        if self.occurrences.needs_recall(&line.invoice) {
            self.recall(&line).await?;
        }
        let nth = self.occurrences.number(&line.invoice, &content);
        self.tally.take(&line, nth);
        let lines = self.invoices.entry(line.invoice.clone()).or_insert_with(|| {
            self.order.push(line.invoice.clone());
            Vec::new()
        });
        lines.push(Numbered { line, content, nth });
        Ok(())
    }

    /// An invoice comes back so long after its other lines that they are no longer held: the file is read again up to this line, to count them.
    /// A file whose invoices lie scattered all over it is refused instead, since each would cost a reading.
    async fn recall(&mut self, line: &TradeLine) -> Result<()> {
        /// Readings of the file for invoices that come back; in two years of real trade there is none.
        const RECALLS_MAX: usize = 20;
        self.recalls += 1;
        if self.recalls > RECALLS_MAX {
            return Err(file_error(&trade_file::FileError::Scattered { row: line.row, invoice: line.invoice.clone() }));
        }
        let (mut lines, reading) = read_apart(self.plan)?;
        let mut counts: HashMap<Content, u32> = HashMap::new();
        'file: while let Some(chunk) = lines.recv().await {
            for (earlier, content) in chunk?.into_iter().flatten() {
                if earlier.row >= line.row {
                    break 'file;
                }
                if earlier.invoice == line.invoice {
                    *counts.entry(content).or_default() += 1;
                }
            }
        }
        drop(lines);
        let _ = reading.await;
        self.occurrences.recall(&line.invoice, counts.iter().map(|(content, count)| (content, *count)));
        Ok(())
    }

    fn find(&mut self, row: u64, reason: &str, remedy: &str, value: &str) {
        if self.counts.findings.len() < FINDINGS_MAX {
            let finding =
                ImportFinding { row: i64::try_from(row).unwrap_or(i64::MAX), reason: reason.to_owned(), remedy: remedy.to_owned(), value: value.to_owned() };
            self.counts.findings.push(finding);
        }
    }

    /// Writes what is gathered but the last invoices, which may go on in the next lines; at the end, everything.
    async fn write(&mut self, all: bool) -> Result<()> {
        /// Invoices kept open: a few have a line of another between theirs.
        const OPEN_INVOICES: usize = 4;
        let keep = if all { 0 } else { OPEN_INVOICES.min(self.order.len()) };
        let whole: Vec<String> = self.order.drain(..self.order.len() - keep).collect();
        if whole.is_empty() && !all {
            return Ok(());
        }
        let mut invoices = Vec::with_capacity(whole.len());
        for invoice in whole {
            if let Some(lines) = self.invoices.remove(&invoice) {
                invoices.push((invoice, lines));
            }
        }
        if self.plan.dry_run {
            let mut db = self.store.reader().await?;
            let rows = chunk::rows_of(&mut db, self.plan, &mut self.known, &mut self.window, &mut self.tally, invoices).await?;
            self.counts.new_lines += rows.new_lines;
            self.counts.two_times += rows.two_times;
            return Ok(());
        }
        let mut write = self.store.begin(Queue::Background).await?;
        let rows = chunk::rows_of(&mut write, self.plan, &mut self.known, &mut self.window, &mut self.tally, invoices).await?;
        self.counts.new_lines += rows.new_lines;
        self.counts.two_times += rows.two_times;
        let mut changes = rows.into_changes();
        if all {
            let renames = self.known.renames(self.plan);
            if !renames.is_empty() {
                changes.push(Change::Put { table: &catalogue::SKU, rows: renames });
            }
        }
        if changes.is_empty() {
            drop(write);
            return Ok(());
        }
        write.import_progress(&self.job("applying", 0)).await?;
        let count: usize = changes.iter().map(|c| c.rows().len()).sum();
        write.commit(self.entry("import.chunk", changes, serde_json::json!({"rows": count}))).await?;
        Ok(())
    }

    fn entry(&self, kind: &'static str, changes: Vec<Change>, detail: serde_json::Value) -> Entry {
        Entry {
            kind,
            actor: self.plan.actor,
            at_ms: self.plan.started_at_ms,
            origin: Origin::Imported,
            changes,
            events: vec![Event { kind: "import.applied".into(), entity: "import".into(), ids: vec![hex::encode(self.plan.batch_id)] }],
            audit: Audit { act: kind.into(), result: "done".into(), detail },
        }
    }

    fn job(&self, state: &str, rows_done: i64) -> ImportJob {
        ImportJob {
            batch_id: self.plan.batch_id,
            path: self.plan.path.display().to_string(),
            mapping: serde_json::to_string(&self.plan.mapping).unwrap_or_default(),
            rows_done,
            state: state.to_owned(),
            counts: "{}".to_owned(),
        }
    }

    async fn save_job(&self, state: &str, rows_done: i64) -> Result<()> {
        if self.plan.dry_run {
            return Ok(());
        }
        let mut write = self.store.begin(Queue::Background).await?;
        write.import_progress(&self.job(state, rows_done)).await?;
        Ok(write.commit_local().await?)
    }

    async fn begin(&self) -> Result<()> {
        let plan = self.plan;
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
        write.commit(self.entry("import.begin", vec![Change::Insert { table: &catalogue::IMPORT_BATCH, rows: vec![batch] }], serde_json::Value::Null)).await?;
        Ok(())
    }

    async fn end(&self, report: &ImportReport, rows_done: i64) -> Result<()> {
        let id = IdSpace::new(self.plan.organisation_id, "import_end", 0).named(ImportedKind::Line, &hex::encode(self.plan.batch_id));
        let mut kept = report.clone();
        kept.findings.clear();
        let end: Row = row![id, Uuid::from_bytes(self.plan.batch_id), self.plan.started_at_ms, serde_json::to_string(&kept)?];
        let mut write = self.store.begin(Queue::Background).await?;
        write.import_progress(&self.job("done", rows_done)).await?;
        write
            .commit(self.entry(
                "import.end",
                vec![Change::Insert { table: &catalogue::IMPORT_END, rows: vec![end] }],
                serde_json::json!({"lines": report.lines}),
            ))
            .await?;
        Ok(())
    }

    fn report(&self) -> ImportReport {
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
            warnings: n(tally.warnings.values().sum()),
            repeated_lines: n(tally.repeated_lines),
            sub_penny_lines: warning(domain::trade_file::LineWarning::SubPennyPrice),
            two_times_orders: self.counts.two_times,
            matched_refund_lines: n(tally.matched_share().lines),
            matched_refunds_minor: tally.matched_share().value_minor,
            refund_lines: n(tally.refund_lines),
            sales_minor: tally.gmv_minor,
            refunds_minor: tally.refunded_minor,
            skus: i64::try_from(self.known.skus.len()).unwrap_or(i64::MAX),
            customers: i64::try_from(self.known.customers.len()).unwrap_or(i64::MAX),
            from: date(tally.span.map(|s| s.0)),
            to: date(tally.span.map(|s| s.1)),
            findings: self.counts.findings.clone(),
        }
    }
}

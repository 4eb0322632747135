//! Visits of a channel, for the conversion rate: one number for each shop, channel, day and hour.

use super::{findings::Findings, past::FINDINGS_KEPT_IMPORTS, plan::ImportPlan, reading::file_error};
use crate::{
    Error, Result,
    trade_file::{self, FileError},
    wire::ImportReport,
};
use domain::{
    Channel,
    trade_file::{IdSpace, ImportedKind, RejectReason, RejectedRow, VisitRow, cleanse_visit},
};
use std::sync::Arc;
use store::{
    Audit, Change, Entry, Event, Origin, Queue, Row, Store, Value, catalogue,
    import_rows::{self, Document},
    local::ImportJob,
    row,
};
use uuid::Uuid;

const ROWS_PER_CHUNK: usize = 1_000;

/// Imports a visits file into the plan's shop; rows that are here already add nothing.
///
/// # Errors
/// Where the file cannot be read or the store not written.
pub async fn import_visits(store: &Arc<Store>, plan: &ImportPlan) -> Result<ImportReport> {
    let zone = jiff::tz::TimeZone::get(&plan.zone).map_err(|e| Error::Fault(e.to_string()))?;
    let mut reader = trade_file::open_visits(&plan.path, &plan.mapping, &zone).map_err(|e| file_error(&e))?;
    let unused_columns = plan.mapping.unused_headings().into_iter().map(str::to_owned).collect();
    let mut report = ImportReport { batch_id: Some(Uuid::from_bytes(plan.batch_id).to_string()), unused_columns, ..empty_report() };
    let shop_name = shop_name(store, plan).await?;
    let mut findings = Findings::default();
    loop {
        let chunk = reader.next_chunk(ROWS_PER_CHUNK).map_err(|e| file_error(&e))?;
        if chunk.is_empty() && report.lines == 0 {
            return Err(file_error(&FileError::NoRows));
        }
        if chunk.is_empty() {
            report.findings = findings.in_order();
            end(store, plan, &report).await?;
            return Ok(report);
        }
        if report.lines == 0 {
            begin(store, plan).await?;
        }
        let mut rows = Vec::new();
        for raw in chunk {
            report.lines += 1;
            match cleanse_visit(raw).and_then(|visit| of_shop(visit, &shop_name)) {
                Ok(visit) => rows.push(row_of(plan, &visit)),
                Err(rejected) => {
                    report.rejected += 1;
                    findings.reject(&rejected);
                }
            }
        }
        let fresh = fresh(store, plan, rows).await?;
        report.new_lines += i64::try_from(fresh.len()).unwrap_or(0);
        if !fresh.is_empty() {
            commit(store, plan, vec![Change::Insert { table: &catalogue::VISIT_COUNT, rows: fresh }]).await?;
        }
    }
}

async fn shop_name(store: &Store, plan: &ImportPlan) -> Result<String> {
    let mut db = store.reader().await?;
    let shops = store::read::shops(&mut db).await?;
    Ok(shops.into_iter().find(|shop| *shop.id.0.as_bytes() == plan.shop_id).map(|shop| shop.name).unwrap_or_default())
}

/// A file of several shops is not one shop's: what names another is left out, and said.
fn of_shop(visit: VisitRow, shop_name: &str) -> std::result::Result<VisitRow, RejectedRow> {
    match &visit.shop {
        Some(other) if other.to_lowercase() != shop_name.trim().to_lowercase() => {
            Err(RejectedRow { row: visit.row, reason: RejectReason::OtherShop, found: other.clone() })
        }
        _ => Ok(visit),
    }
}

/// A row of the store with the name that its id is made from.
fn row_of(plan: &ImportPlan, visit: &VisitRow) -> (String, Row) {
    /// Visitors of a whole day stand in the middle of it.
    const NOON: i8 = 12;
    let channel = visit.channel.unwrap_or(Channel::MiniProgram).word();
    let hour = i64::from(visit.hour.unwrap_or(NOON));
    let name = format!("{}/{channel}/{}/{hour}", hex::encode(plan.shop_id), visit.date);
    let mut new: Row = row![Uuid::nil(), Uuid::from_bytes(plan.shop_id), channel, visit.date.to_string(), hour, visit.visitors];
    new.push(Value::Id(plan.batch_id));
    (name, new)
}

async fn begin(store: &Arc<Store>, plan: &ImportPlan) -> Result<()> {
    let batch: Row =
        row![Uuid::from_bytes(plan.batch_id), "visits", plan.file_name.clone(), plan.file_sha256.clone(), Uuid::from_bytes(plan.shop_id), plan.started_at_ms];
    commit(store, plan, vec![Change::Insert { table: &catalogue::IMPORT_BATCH, rows: vec![batch] }]).await
}

async fn end(store: &Arc<Store>, plan: &ImportPlan, report: &ImportReport) -> Result<()> {
    let id = IdSpace::new(plan.organisation_id, "import_end", 0).named(ImportedKind::Visit, &hex::encode(plan.batch_id));
    let kept = ImportReport { findings: Vec::new(), ..report.clone() };
    let end: Row = row![id, Uuid::from_bytes(plan.batch_id), plan.started_at_ms, serde_json::to_string(&kept)?];
    let job = ImportJob {
        batch_id: plan.batch_id,
        path: plan.path.display().to_string(),
        mapping: serde_json::to_string(&plan.mapping)?,
        rows_done: report.lines,
        state: "done".to_owned(),
        counts: serde_json::to_string(report)?,
    };
    let mut write = store.begin(Queue::Background).await?;
    write.import_progress(&job).await?;
    write.forget_findings(FINDINGS_KEPT_IMPORTS).await?;
    write.commit(entry(plan, vec![Change::Insert { table: &catalogue::IMPORT_END, rows: vec![end] }])).await?;
    Ok(())
}

/// The rows that are not here yet, each with its id. What an undone import brought is not here: it comes anew, a generation further.
async fn fresh(store: &Store, plan: &ImportPlan, rows: Vec<(String, Row)>) -> Result<Vec<Row>> {
    /// How often a file may be undone and brought again.
    const GENERATIONS_MAX: u32 = 64;
    let mut names = std::collections::HashSet::new();
    let mut open: Vec<(String, Row)> = rows.into_iter().filter(|(name, _)| names.insert(name.clone())).collect();
    let mut fresh = Vec::new();
    let mut db = store.reader().await?;
    for generation in 0..GENERATIONS_MAX {
        let space = IdSpace::new(plan.organisation_id, &plan.source, generation);
        let ids: Vec<[u8; 16]> = open.iter().map(|(name, _)| *space.named(ImportedKind::Visit, name).as_bytes()).collect();
        let here = import_rows::documents(&mut db, Document::Visit, &ids).await?;
        let mut undone = Vec::new();
        for ((name, mut row), id) in open.into_iter().zip(ids) {
            match here.get(&id).map(|found| found.is_undone) {
                None => {
                    row[0] = Value::Id(id);
                    fresh.push(row);
                }
                Some(true) => undone.push((name, row)),
                Some(false) => {}
            }
        }
        open = undone;
        if open.is_empty() {
            break;
        }
    }
    Ok(fresh)
}

async fn commit(store: &Arc<Store>, plan: &ImportPlan, changes: Vec<Change>) -> Result<()> {
    store.begin(Queue::Background).await?.commit(entry(plan, changes)).await?;
    Ok(())
}

fn entry(plan: &ImportPlan, changes: Vec<Change>) -> Entry {
    Entry {
        kind: "import.visits",
        actor: plan.actor,
        at_ms: plan.started_at_ms,
        origin: Origin::Imported,
        changes,
        events: vec![Event { kind: "import.applied".into(), entity: "import".into(), ids: Vec::new() }],
        audit: Audit { act: "import.visits".into(), result: "done".into(), detail: serde_json::Value::Null },
    }
}

/// A report of nothing.
pub(super) const fn empty_report() -> ImportReport {
    ImportReport {
        batch_id: None,
        dry_run: false,
        lines: 0,
        new_lines: 0,
        orders: 0,
        refunds: 0,
        write_offs: 0,
        adjustments: 0,
        rejected: 0,
        warnings: 0,
        repeated_lines: 0,
        sub_penny_lines: 0,
        two_times_orders: 0,
        grown_orders: 0,
        matched_refund_lines: 0,
        matched_refunds_minor: 0,
        refund_lines: 0,
        sales_minor: 0,
        refunds_minor: 0,
        skus: 0,
        customers: 0,
        from: None,
        to: None,
        negative_lines: 0,
        negative_rows: None,
        negatives_asked: false,
        new_shops: Vec::new(),
        unknown_shops: Vec::new(),
        unused_columns: Vec::new(),
        findings: Vec::new(),
    }
}

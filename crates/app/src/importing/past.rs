//! What an import that is over did, and the rows that it found something in.
//!
//! The counts travel with the import; the rows are kept by the computer that read the file, since they quote it.

use super::visits;
use crate::{
    Error, Result, export,
    rpc::Scope,
    wire::{Download, ImportBatchReport, ImportKind, ImportRef, ImportReport},
};
use store::import_rows;
use uuid::Uuid;

/// Imports of which the rows are kept. With what one lists of a file, about 15 MB at the most.
pub(super) const FINDINGS_KEPT_IMPORTS: i64 = 100;

/// The report of an import.
///
/// # Errors
/// Where there is no such import.
pub async fn import_batch_report(scope: &Scope, request: ImportRef) -> Result<ImportBatchReport> {
    let id = Uuid::parse_str(&request.batch_id).map_err(|_| Error::not_found())?;
    let mut db = scope.store.reader().await?;
    let batch = import_rows::batches(&mut db).await?.into_iter().find(|b| b.id == *id.as_bytes()).ok_or_else(Error::not_found)?;
    scope.rights.row_of(domain::ShopId(Uuid::from_bytes(batch.shop_id)))?;
    let shop = store::read::shops(&mut db).await?.into_iter().find(|shop| *shop.id.0.as_bytes() == batch.shop_id);
    let read = |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str::<ImportReport>(text).ok());
    let (end, here) = (read(&batch.report), read(&batch.report_so_far));
    let findings = here.as_ref().map(|report| report.findings.clone()).unwrap_or_default();
    let mut report = end.or(here).unwrap_or_else(visits::empty_report);
    report.findings = findings;
    Ok(ImportBatchReport {
        file_name: batch.file_name,
        kind: if batch.kind == "visits" { ImportKind::Visits } else { ImportKind::Orders },
        currency: shop.map(|shop| shop.currency).unwrap_or_default(),
        findings_kept: !report.findings.is_empty() || report.rejected + report.warnings == 0,
        report,
    })
}

/// The rows of an import that something was found in, as a CSV.
///
/// # Errors
/// Where there is no such import, or the file cannot be written.
pub async fn import_findings_save(scope: &Scope, request: ImportRef) -> Result<Download> {
    let found = import_batch_report(scope, request).await?;
    export::findings(scope, &found.report.findings)
}

//! The commands of the import screens.

use super::{places, plan::ImportPlan, reading::file_error, run, undo, visits};
use crate::{
    Code, Error, Result,
    access::founding,
    jobs::{Claim, JobOf, Running},
    rpc::Scope,
    shops,
    trade_file::{self, Field, FileKind, Mapping},
    wire::{
        DateOrder, FieldMapping, FileFormat, ImportBatch, ImportProbe, ImportProbed, ImportReport, ImportReportGet, ImportStart, ImportState, ImportUndo,
        Imports, JobKind, JobRef, NegativeRows,
    },
};
use domain::{BusinessDay, Channel, ShopId};
use sha2::{Digest as _, Sha256};
use store::{Queue, import_rows, local};
use uuid::Uuid;

/// Looks at an uploaded file, or at the real trade that comes with the program.
///
/// # Errors
/// Where it is no file that can be read, with the place and the remedy.
pub async fn import_probe(scope: &Scope, request: ImportProbe) -> Result<ImportProbed> {
    let program = &scope.program;
    let upload_id = match request.upload_id {
        Some(id) => id,
        None if request.sample => {
            let path = crate::demo::sample_file(program.data_dir())?;
            let id = program.chance().mint(program.now_ms()).to_string();
            program.uploads.adopt(&scope.session, id.clone(), "online_retail.parquet".into(), path);
            id
        }
        None => return Err(Error::field("upload_id", "choose a file first")),
    };
    let (file_name, path) = program.uploads.find(&scope.session, &upload_id)?;
    let probed = crate::access::vault::apart(move || trade_file::probe(&path, FileKind::Orders)).await?.map_err(|e| file_error(&e))?;
    let mut mapping = probed.mapping;
    let remembered = recall(scope, &mut mapping).await?;
    Ok(ImportProbed {
        upload_id,
        file_name,
        format: match probed.format {
            trade_file::FileFormat::Csv => FileFormat::Csv,
            trade_file::FileFormat::Xlsx => FileFormat::Xlsx,
            trade_file::FileFormat::Parquet => FileFormat::Parquet,
        },
        encoding: probed.encoding.unwrap_or_default(),
        columns: probed.columns,
        sample_rows: probed.sample_rows,
        mapping: FileKind::Orders.fields().iter().map(|f| field_mapping(&mapping, *f)).collect(),
        remembered,
        date_order: match mapping.date_order {
            trade_file::DateOrder::MonthFirst => DateOrder::MonthFirst,
            trade_file::DateOrder::DayFirst => DateOrder::DayFirst,
        },
        date_order_certain: mapping.date_order_certain,
        negative_rows: mapping.negative_rows.map(|rows| match rows {
            trade_file::NegativeRows::WriteOff => NegativeRows::WriteOff,
            trade_file::NegativeRows::Refund => NegativeRows::Refund,
        }),
    })
}

fn field_mapping(mapping: &Mapping, field: Field) -> FieldMapping {
    FieldMapping {
        field: field.key().to_owned(),
        column: mapping.column(field).and_then(|c| u32::try_from(c).ok()),
        required: FileKind::Orders.requires(field),
    }
}

/// Starts a dry run or an import.
///
/// # Errors
/// Where the mapping lacks a column, or the shop is unknown.
pub async fn import_start(scope: &Scope, request: ImportStart) -> Result<JobRef> {
    let program = &scope.program;
    let (file_name, path) = program.uploads.find(&scope.session, &request.upload_id)?;
    let probe_path = path.clone();
    let mut mapping = crate::access::vault::apart(move || trade_file::probe(&probe_path, FileKind::Orders)).await?.map_err(|e| file_error(&e))?.mapping;
    recall(scope, &mut mapping).await?;
    for chosen in &request.mapping {
        let field = Field::from_key(&chosen.field).ok_or_else(|| Error::field("mapping", "this field is not known"))?;
        mapping.choose(field, chosen.column.and_then(|c| usize::try_from(c).ok()));
    }
    if let Some(order) = request.date_order {
        mapping.date_order = match order {
            DateOrder::MonthFirst => trade_file::DateOrder::MonthFirst,
            DateOrder::DayFirst => trade_file::DateOrder::DayFirst,
        };
        mapping.date_order_certain = true;
    }
    if let Some(rows) = request.negative_rows {
        mapping.negative_rows = Some(match rows {
            NegativeRows::WriteOff => trade_file::NegativeRows::WriteOff,
            NegativeRows::Refund => trade_file::NegativeRows::Refund,
        });
    }
    mapping.check().map_err(|e| file_error(&e))?;
    if mapping.column(Field::Shop).is_some() || request.shop_id.is_none() {
        sees_all(scope)?;
    }
    let shop = shop_of(scope, &request).await?;
    remember(scope, &mapping).await?;
    let now_ms = program.now_ms();
    let shop_id = *shop.id.as_bytes();
    // A dry run keeps nothing, so that nobody need know which file it was.
    let file_sha256 = if request.dry_run { Vec::new() } else { sha256_of(&path).await? };
    let (batch_id, claims) = if request.dry_run { (*program.chance().mint(now_ms).as_bytes(), None) } else { batch_of(scope, &file_sha256, &shop_id).await? };
    let plan = ImportPlan {
        batch_id,
        organisation_id: scope.store.node().organisation_id,
        file_sha256,
        path,
        file_name: file_name.clone(),
        mapping,
        source: places::source_of(&shop.id),
        shop_id,
        shop_name: shop.name,
        add_shops: request.add_shops.unwrap_or(false),
        day: BusinessDay::new(&shop.zone, 0).ok_or_else(|| Error::field("zone", "this time zone is not known"))?,
        currency: shop.currency,
        zone: shop.zone,
        channel: Channel::Import,
        actor: scope.actor(),
        started_at_ms: now_ms,
        dry_run: request.dry_run,
    };
    let (store, program) = (scope.store.clone(), program.clone());
    let kind = if request.dry_run { JobKind::ImportDryRun } else { JobKind::ImportApply };
    scope.program.start_job(Some(JobOf::by(scope)), kind, &file_name, "rows", move |running: Running| async move {
        let _claims = claims;
        let report = run::run(&store, &plan, &|rows, total| {
            running.progress(rows, total);
            !running.stopped()
        })
        .await?;
        running.report(serde_json::to_value(&report)?);
        if !plan.dry_run {
            for entity in ["order", "figure", "import", "sku", "customer"] {
                program.changed(entity, Vec::new());
            }
            if !report.new_shops.is_empty() {
                program.changed("shop", Vec::new());
            }
        }
        Ok(report.batch_id)
    })
}

/// Under which batch a file comes in, and the claims that keep others from it: one that was cut off goes on under its own name, so that it can be
/// taken back as one.
async fn batch_of(scope: &Scope, file_sha256: &[u8], shop_id: &[u8; 16]) -> Result<([u8; 16], Option<[Claim; 2]>)> {
    let program = &scope.program;
    let busy = || Error::refuse(Code::Conflict, "this file is being imported already: wait until that is done, or stop it, and try again");
    let file = program.claim(format!("import of {} into {}", hex::encode(file_sha256), hex::encode(shop_id)))?.ok_or_else(busy)?;
    let mut db = scope.store.reader().await?;
    let unfinished = import_rows::unfinished(&mut db, "orders", file_sha256, shop_id).await?;
    let batch_id = unfinished.unwrap_or_else(|| *program.chance().mint(program.now_ms()).as_bytes());
    let batch = program.claim(batch_name(&batch_id))?.ok_or_else(busy)?;
    Ok((batch_id, Some([file, batch])))
}

/// The name under which a batch is claimed.
fn batch_name(batch_id: &[u8; 16]) -> String {
    format!("batch {}", hex::encode(batch_id))
}

/// The SHA-256 of a whole file, read on a thread for that.
async fn sha256_of(path: &std::path::Path) -> Result<Vec<u8>> {
    let path = path.to_owned();
    let hashed = crate::access::vault::apart(move || {
        let (mut file, mut hash, mut buffer) = (std::fs::File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
        loop {
            match std::io::Read::read(&mut file, &mut buffer)? {
                0 => return Ok(hash.finalize().to_vec()),
                n => hash.update(&buffer[..n]),
            }
        }
    });
    hashed.await?.map_err(|source| file_error(&trade_file::FileError::Open { source }))
}

/// Where an import goes to.
struct Target {
    id: Uuid,
    name: String,
    currency: String,
    zone: String,
}

/// A shop that is here.
async fn shop_here(scope: &Scope, shop_id: &str) -> Result<Target> {
    let id = Uuid::parse_str(shop_id).map_err(|_| Error::field("shop_id", "this shop is not known"))?;
    let there = store::read::shops(&mut *scope.store.reader().await?).await?;
    let shop = there.into_iter().find(|s| s.id.0 == id).ok_or_else(Error::not_found)?;
    scope.rights.row_of(shop.id)?;
    Ok(Target { id, name: shop.name, currency: shop.currency, zone: shop.zone })
}

/// A file of several shops, and one that makes a shop, is for who sees them all; so is taking back what a file brought, which may have been of several.
fn sees_all(scope: &Scope) -> Result<()> {
    if scope.rights.scope().is_everything() {
        return Ok(());
    }
    Err(Error::refuse(Code::Forbidden, "trade of several shops, or of a new one, is imported and taken back by somebody who sees all shops: ask them"))
}

async fn shop_of(scope: &Scope, request: &ImportStart) -> Result<Target> {
    if let Some(id) = &request.shop_id {
        return shop_here(scope, id).await;
    }
    let there = store::read::shops(&mut *scope.store.reader().await?).await?;
    let name = request
        .new_shop_name
        .as_deref()
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .ok_or_else(|| Error::field("new_shop_name", "name the shop whose trade this is"))?;
    let (currency, zone) = (request.currency.as_deref().unwrap_or("CNY"), request.zone.as_deref().unwrap_or("Asia/Shanghai"));
    let facts = founding::shop(name, currency, zone).map_err(shops::named_in("new_shop_name"))?;
    // A shop that a dry run speaks of is not made yet; the id it would get is the same, and a shop that it was given keeps it under another name.
    let id = places::new_shop_id(scope.store.node().organisation_id, &facts.name, &facts.currency);
    let known = there.iter().find(|s| s.name == facts.name && s.currency == facts.currency).or_else(|| there.iter().find(|s| s.id.0 == id));
    if let Some(shop) = known {
        return Ok(Target { id: shop.id.0, name: shop.name.clone(), currency: shop.currency.clone(), zone: shop.zone.clone() });
    }
    if scope.rights.of("shop.write").is_none() {
        return Err(Error::refuse(
            Code::Forbidden,
            "the shop that this file would make is made by somebody who may add shops: ask them, or choose a shop that is here",
        ));
    }
    if !request.dry_run {
        let entry = shops::added(scope.actor(), scope.program.now_ms(), id, &facts, shops::next_position(&there));
        scope.store.begin(Queue::Person).await?.commit(entry).await?;
        scope.program.changed("shop", vec![id.to_string()]);
    }
    Ok(Target { id, name: facts.name, currency: facts.currency, zone: facts.zone })
}

/// Takes over what was said of a file with the same headings: its columns, what negative quantities are, and the order of its dates where it was proved or
/// said and this file does not prove its own. Answers whether there was such a file.
async fn recall(scope: &Scope, mapping: &mut Mapping) -> Result<bool> {
    let mut db = scope.store.reader().await?;
    let kept = local::import_mapping(&mut db, mapping.heading_key().as_bytes()).await?;
    let Some(kept) = kept.and_then(|text| serde_json::from_str::<Mapping>(&text).ok()) else { return Ok(false) };
    mapping.columns = kept.columns;
    mapping.negative_rows = kept.negative_rows;
    if !mapping.date_order_certain && kept.date_order_certain {
        mapping.date_order = kept.date_order;
    }
    Ok(true)
}

async fn remember(scope: &Scope, mapping: &Mapping) -> Result<()> {
    let text = serde_json::to_string(mapping)?;
    let mut write = scope.store.begin(Queue::Person).await?;
    write.remember_mapping(mapping.heading_key().as_bytes(), &text).await?;
    Ok(write.commit_local().await?)
}

/// The report of a dry run or an import.
///
/// # Errors
/// Where the job is unknown or not done.
pub fn import_report(scope: &Scope, request: &ImportReportGet) -> Result<ImportReport> {
    let report = scope
        .program
        .jobs
        .report(&request.job_id)
        .filter(|_| scope.program.may_know_of(&scope.session, &request.job_id))
        .ok_or_else(|| Error::refuse(Code::NotFound, "the report is not here yet: wait until the job is done"))?;
    Ok(serde_json::from_value(report)?)
}

/// The imports of this store.
///
/// # Errors
/// Where the store cannot be read.
pub async fn import_list(scope: &Scope) -> Result<Imports> {
    let mut db = scope.store.reader().await?;
    let imports = import_rows::batches(&mut db)
        .await?
        .into_iter()
        .filter(|b| scope.rights.row_of(ShopId(Uuid::from_bytes(b.shop_id))).is_ok())
        .map(|b| {
            let report: Option<ImportReport> = b.report.as_deref().and_then(|t| serde_json::from_str(t).ok());
            let state = match (&report, b.undone) {
                (_, true) => ImportState::Undone,
                _ if scope.program.jobs.is_claimed(&batch_name(&b.id)) => ImportState::Applying,
                (Some(_), _) => ImportState::Done,
                (None, _) => ImportState::Stopped,
            };
            let so_far = || b.report_so_far.as_deref().and_then(|t| serde_json::from_str(t).ok());
            let report = report.or_else(so_far).unwrap_or_else(visits::empty_report);
            ImportBatch {
                id: Uuid::from_bytes(b.id).to_string(),
                file_name: b.file_name,
                started_at_ms: b.started_at_ms,
                state,
                lines: report.lines,
                orders: report.orders,
                refunds: report.refunds,
                rejected: report.rejected,
                can_undo: !b.undone && state != ImportState::Applying,
            }
        })
        .collect();
    Ok(Imports { imports })
}

/// Undoes an import as a job.
///
/// # Errors
/// Where there is no such import.
pub async fn import_undo(scope: &Scope, request: ImportUndo) -> Result<JobRef> {
    sees_all(scope)?;
    let batch_id = Uuid::parse_str(&request.batch_id).map_err(|_| Error::not_found())?;
    let mut db = scope.store.reader().await?;
    let batch = import_rows::batches(&mut db).await?.into_iter().find(|b| b.id == *batch_id.as_bytes()).ok_or_else(Error::not_found)?;
    drop(db);
    let claim = scope.program.claim(batch_name(batch_id.as_bytes()))?;
    let claim = claim.ok_or_else(|| Error::refuse(Code::Conflict, "this import is still at work: wait until it is done, or stop it, and try again"))?;
    let (store, program, actor) = (scope.store.clone(), scope.program.clone(), scope.actor());
    let id = program.chance().mint(program.now_ms());
    scope.program.start_job(Some(JobOf::by(scope)), JobKind::ImportUndo, &batch.file_name, "orders", move |running: Running| async move {
        let (_claim, now_ms) = (claim, program.now_ms());
        undo::undo(&store, *batch_id.as_bytes(), actor, id, now_ms, &|orders| running.progress(orders, 0)).await?;
        for entity in ["order", "figure", "import", "sku", "customer"] {
            program.changed(entity, Vec::new());
        }
        Ok(None)
    })
}

/// An import by the command line: no upload, the file is where it is.
///
/// # Errors
/// As [`import_start`].
pub async fn plan_from_path(scope: &Scope, path: &std::path::Path, kind: FileKind, shop_id: &str) -> Result<ImportPlan> {
    let probe_path = path.to_owned();
    let mapping = crate::access::vault::apart(move || trade_file::probe(&probe_path, kind)).await?.map_err(|e| file_error(&e))?.mapping;
    mapping.check().map_err(|e| file_error(&e))?;
    let shop = shop_here(scope, shop_id).await?;
    let now_ms = scope.program.now_ms();
    Ok(ImportPlan {
        batch_id: *scope.program.chance().mint(now_ms).as_bytes(),
        organisation_id: scope.store.node().organisation_id,
        path: path.to_owned(),
        file_name: path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        file_sha256: sha256_of(path).await?,
        mapping,
        source: places::source_of(&shop.id),
        shop_id: *shop.id.as_bytes(),
        shop_name: shop.name,
        add_shops: false,
        day: BusinessDay::new(&shop.zone, 0).ok_or_else(|| Error::field("zone", "this time zone is not known"))?,
        currency: shop.currency,
        zone: shop.zone,
        channel: Channel::Import,
        actor: scope.actor(),
        started_at_ms: now_ms,
        dry_run: false,
    })
}

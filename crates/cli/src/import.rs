//! `import`: files of trade into the store, looked at first, taken back whenever.

use crate::{
    arguments::{DatesBegin, ImportOrders, ImportVisits, Negative},
    desk::Desk,
    failure::Failure,
    job,
};
use app::{
    access::founding,
    wire::{
        BackupStatus, DateOrder, Empty, ImportProbe, ImportProbed, ImportReport, ImportReportGet, ImportStart, ImportUndo, Imports, NegativeRows, ShopRow,
        Shops, StoreChoice, VisitsImport,
    },
};
use serde_json::{Value, json};
use std::path::Path;

/// What is said of an import into a shop that has no backup and no folder for one. The trade comes in all the same: a script may keep backups of its own.
const WITHOUT_BACKUP: &str = "this trade has no backup: make one with `zhanggui store backup --to DIR`, or choose a folder in the settings of the window";

/// Where the trade of a file goes.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    shop_id: Option<String>,
    new_shop_name: Option<String>,
    currency: Option<String>,
    zone: Option<String>,
}

/// `import orders FILE`: one line of figures about what came in, or would.
pub async fn orders(desk: &Desk, asked: ImportOrders) -> Result<Value, Failure> {
    fits(desk, &asked)?;
    let file = desk.path(&asked.file);
    let bad = |reason: String| Failure::BadFile { file: file.clone(), reason };
    std::fs::File::open(&file).map_err(|error| bad(format!("it cannot be read ({error}): check that it is there and that you may read it")))?;
    let upload_id = desk.program.adopt_file(&desk.session, &file).map_err(|error| desk.failure(error))?;
    let probe = ImportProbe { upload_id: Some(upload_id), sample: false };
    let probed: ImportProbed = desk.ask("import_probe", &probe).await.map_err(|failure| of_file(failure, &file))?;
    let missing: Vec<&str> = probed.mapping.iter().filter(|field| field.required && field.column.is_none()).map(|field| field.field.as_str()).collect();
    if !missing.is_empty() {
        return Err(bad(format!(
            "no column was recognised for {}; its columns are {}. Give them these names, or map them in the window",
            missing.join(", "),
            probed.columns.join(", ")
        )));
    }
    let shops: Shops = desk.ask("shop_list", &Empty {}).await?;
    let target = target(&shops.shops, &asked, &file);
    let start = ImportStart {
        upload_id: probed.upload_id,
        mapping: probed.mapping,
        date_order: asked.date_order.map(|begin| match begin {
            DatesBegin::MonthFirst => DateOrder::MonthFirst,
            DatesBegin::DayFirst => DateOrder::DayFirst,
        }),
        shop_id: target.shop_id,
        new_shop_name: target.new_shop_name,
        currency: target.currency,
        zone: target.zone,
        negative_rows: asked.negative.map(|kind| match kind {
            Negative::WriteOff => NegativeRows::WriteOff,
            Negative::Refund => NegativeRows::Refund,
        }),
        add_shops: Some(asked.add_shops),
        dry_run: asked.dry_run,
    };
    let has_backup = asked.dry_run || has_backup(desk).await?;
    let job = job::run(desk, "import_start", &start).await.map_err(|failure| of_file(failure, &file))?;
    let report: ImportReport = desk.ask("import_report", &ImportReportGet { job_id: job.id }).await?;
    let mut answer = serde_json::to_value(report)?;
    if !has_backup {
        answer["note"] = WITHOUT_BACKUP.into();
    }
    Ok(answer)
}

/// Whether there is a backup, or a folder into which the first is made before trade comes in.
async fn has_backup(desk: &Desk) -> Result<bool, Failure> {
    let status: BackupStatus = desk.ask("backup_status", &Empty {}).await?;
    Ok(desk.choice == StoreChoice::Demo || status.verified || status.dir.is_some())
}

/// What a shop of its own for the file would be known by, looked at before the file is.
fn fits(desk: &Desk, asked: &ImportOrders) -> Result<(), Failure> {
    let checked = || {
        asked.shop.as_deref().map(founding::shop_name).transpose()?;
        asked.currency.as_deref().map(founding::currency).transpose()?;
        asked.zone.as_deref().map(founding::zone).transpose()
    };
    checked().map(|_| ()).map_err(|error| desk.failure(error))
}

/// `import visits FILE`: visitors by day, hour and channel.
pub async fn visits(desk: &Desk, asked: ImportVisits) -> Result<Value, Failure> {
    let file = desk.path(&asked.file);
    std::fs::File::open(&file).map_err(|error| Failure::BadFile {
        file: file.clone(),
        reason: format!("it cannot be read ({error}): check that it is there and that you may read it"),
    })?;
    let shops: Shops = desk.ask("shop_list", &Empty {}).await?;
    let shop = shops.shops.into_iter().find(|shop| asked.shop.as_ref().is_none_or(|name| *name == shop.name));
    let shop = shop.ok_or_else(|| Failure::Usage("there is no shop of this name; visits belong to a shop that is there".into()))?;
    let upload_id = desk.program.adopt_file(&desk.session, &file).map_err(|error| desk.failure(error))?;
    let has_backup = has_backup(desk).await?;
    let report: Result<ImportReport, Failure> = desk.ask("visits_import", &VisitsImport { upload_id, shop_id: shop.id }).await;
    let report = report.map_err(|failure| of_file(failure, &file))?;
    let mut answer = json!({
        "batch_id": report.batch_id, "lines": report.lines, "new_lines": report.new_lines, "rejected": report.rejected,
        "unused_columns": report.unused_columns, "findings": report.findings
    });
    if !has_backup {
        answer["note"] = WITHOUT_BACKUP.into();
    }
    Ok(answer)
}

/// The named shop, else the first one; a shop of its own where currency or zone are others.
fn target(shops: &[ShopRow], asked: &ImportOrders, file: &Path) -> Target {
    let fits = |shop: &&ShopRow| asked.currency.as_ref().is_none_or(|c| *c == shop.currency) && asked.zone.as_ref().is_none_or(|z| *z == shop.zone);
    let named = |shop: &&ShopRow| asked.shop.as_ref().is_none_or(|name| *name == shop.name);
    let own_name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    match shops.iter().filter(named).find(fits) {
        Some(shop) => Target { shop_id: Some(shop.id.clone()), new_shop_name: None, currency: None, zone: None },
        None => {
            let like = shops.first();
            Target {
                shop_id: None,
                new_shop_name: asked.shop.clone().or(own_name),
                currency: asked.currency.clone().or_else(|| like.map(|shop| shop.currency.clone())),
                zone: asked.zone.clone().or_else(|| like.map(|shop| shop.zone.clone())),
            }
        }
    }
}

/// A refusal of a file's content is the file's, not the caller's.
fn of_file(failure: Failure, file: &Path) -> Failure {
    match failure {
        Failure::Wire(error) if matches!(error.code.as_str(), "bad_request" | "refused") && error.field.as_deref() != Some("backup_dir") => {
            Failure::BadFile { file: file.to_owned(), reason: error.message }
        }
        other => other,
    }
}

/// `import undo ID`.
pub async fn undo(desk: &Desk, id: String) -> Result<Value, Failure> {
    job::run(desk, "import_undo", &ImportUndo { batch_id: id.clone() }).await?;
    Ok(json!({"undone": id}))
}

/// `import list`.
pub async fn list(desk: &Desk) -> Result<Value, Failure> {
    let imports: Imports = desk.ask("import_list", &Empty {}).await?;
    Ok(serde_json::to_value(imports)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(id: &str, name: &str, currency: &str, zone: &str) -> ShopRow {
        ShopRow { id: id.into(), name: name.into(), currency: currency.into(), zone: zone.into() }
    }

    #[test]
    fn where_a_file_goes() {
        let shops = [shop("1", "Riverside", "CNY", "Asia/Shanghai"), shop("2", "Old", "GBP", "Europe/London")];
        let asked = |shop: Option<&str>, currency: Option<&str>| ImportOrders {
            file: "x/trade.csv".into(),
            dry_run: false,
            shop: shop.map(Into::into),
            currency: currency.map(Into::into),
            zone: None,
            date_order: None,
            negative: None,
            add_shops: false,
        };
        let go = |shop, currency| {
            let found = target(&shops, &asked(shop, currency), Path::new("x/trade.csv"));
            (found.shop_id, found.new_shop_name, found.currency)
        };
        let text = |t: &str| Some(t.to_owned());
        assert_eq!(go(None, None), (text("1"), None, None));
        assert_eq!(go(Some("Old"), None), (text("2"), None, None));
        assert_eq!(go(None, Some("GBP")), (text("2"), None, None));
        assert_eq!(go(None, Some("EUR")), (None, text("trade"), text("EUR")));
        assert_eq!(go(Some("New"), None), (None, text("New"), text("CNY")));
    }
}

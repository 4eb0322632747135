use super::run::{ImportPlan, run, run_holding};
use crate::{
    Result,
    trade_file::{self, FileKind},
    wire::ImportReport,
};
use domain::{BusinessDay, Channel, PersonId, StoreId};
use std::{path::Path, sync::Arc};
use store::{
    Founding, Store,
    keys::{Key, RootKey},
};
use uuid::Uuid;

const NOW_MS: i64 = 1_795_312_800_000;

async fn store_in(dir: &Path) -> Arc<Store> {
    let id = Uuid::from_u128(1);
    let founding = Founding { store_id: id, organisation_id: id, node_id: id, incarnation: id, kind: "own", now_ms: NOW_MS };
    Arc::new(Store::create(&dir.join("own"), RootKey::new(Key::new([1; 32]), StoreId(id), 1), &founding).await.unwrap())
}

fn plan(dir: &Path, lines: &[String], currency: &str) -> ImportPlan {
    let path = dir.join("trade.csv");
    let heading = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country";
    std::fs::write(&path, format!("{heading}\n{}\n", lines.join("\n"))).unwrap();
    ImportPlan {
        batch_id: *Uuid::from_u128(2).as_bytes(),
        organisation_id: Uuid::from_u128(1),
        mapping: trade_file::probe(&path, FileKind::Orders).unwrap().mapping,
        path,
        file_name: "trade.csv".into(),
        file_sha256: Vec::new(),
        source: "orders/tests".into(),
        shop_id: *Uuid::from_u128(3).as_bytes(),
        currency: currency.into(),
        zone: "Europe/London".into(),
        day: BusinessDay::new("Europe/London", 0).unwrap(),
        channel: Channel::Import,
        actor: PersonId(Uuid::from_u128(4)),
        started_at_ms: NOW_MS,
        dry_run: false,
    }
}

fn line(invoice: usize) -> String {
    format!("{invoice},71053,LANTERN,2,2010-12-01 08:26:00,100,17850,United Kingdom")
}

/// Each invoice once, then all of them again: every second line repeats one that is no longer held.
async fn twice(invoices: usize, held_lines_max: usize) -> Result<ImportReport> {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let lines: Vec<String> = (1..=invoices).chain(1..=invoices).map(|n| line(536_000 + n)).collect();
    let report = run_holding(&store, &plan(dir.path(), &lines, "GBP"), &|_| true, held_lines_max).await;
    store.close().await.unwrap();
    report
}

#[tokio::test]
async fn an_invoice_that_comes_back_late_repeats_its_lines() {
    let report = twice(20, 3).await.unwrap();
    assert_eq!((report.lines, report.new_lines, report.orders, report.repeated_lines), (40, 40, 20, 20));
    assert_eq!(report.sales_minor, 40 * 20_000);
}

#[tokio::test]
async fn a_file_whose_invoices_are_scattered_is_refused_with_what_to_do() {
    let refused = twice(21, 3).await.unwrap_err();
    assert!(refused.to_string().contains("sort the file by order number"), "{refused}");
    assert_eq!(twice(21, 1_000).await.unwrap().repeated_lines, 21);
}

#[tokio::test]
async fn amounts_have_the_decimals_of_the_shops_money() {
    for (currency, minor) in [("JPY", 200), ("GBP", 20_000), ("KWD", 200_000)] {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in(dir.path()).await;
        let report = run(&store, &plan(dir.path(), &[line(536_365)], currency), &|_| true).await.unwrap();
        assert_eq!((report.sales_minor, report.rejected), (minor, 0), "{currency}");
        store.close().await.unwrap();
    }
}

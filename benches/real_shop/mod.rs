//! A shop over a new encrypted store, opened as a host opens one, for what is measured on real trade.

use app::{
    Chance, Program, Session, SystemClock,
    access::{code, vault},
    program::{KeyringChoice, Start},
    rpc,
    wire::{Host, ImportProbed, ImportReport, Language, Shops, StoreChoice},
};
use domain::{Clock, trade_file::RawMoment, trade_file::RawQuantity};
use serde_json::{Value, json};
use std::{
    error::Error,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use zeroize::Zeroizing;

/// As the programs have it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever stops a measurement; it is printed and the run ends.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

const PASSWORD: &str = "three blue cups on a shelf";
const SEED: &[u8; 20] = b"12345678901234567890";

/// A program that is signed in to its own shop, in a folder that goes when it is dropped.
pub struct RealShop {
    pub program: Arc<Program>,
    pub session: Arc<Session>,
    pub dir: tempfile::TempDir,
}

impl RealShop {
    /// Founds a shop in pounds, to which this clock tells the time, and signs in to it.
    pub async fn found(clock: Arc<dyn Clock>) -> Outcome<Self> {
        let dir = tempfile::tempdir()?;
        let program = program(dir.path(), clock.clone());
        let founder = vault::Founder {
            choice: StoreChoice::Own,
            shop_name: "Gifts".into(),
            currency: "GBP".into(),
            zone: "Europe/London".into(),
            owner_name: "owner".into(),
            password: Zeroizing::new(PASSWORD.into()),
            seed: Zeroizing::new(SEED.to_vec()),
            recovery_codes: Vec::new(),
        };
        vault::found(&program, founder).await?;
        program.shut_down().await;
        Self::open(dir, clock).await
    }

    /// Signs in to the shop that was founded in this folder.
    pub async fn open(dir: tempfile::TempDir, clock: Arc<dyn Clock>) -> Outcome<Self> {
        let shop = Self { program: program(dir.path(), clock.clone()), session: Arc::new(Session::default()), dir };
        shop.sign_in(clock.as_ref()).await?;
        Ok(shop)
    }

    /// Signs in: a session ends by its clock, so that one is needed after each leap.
    pub async fn sign_in(&self, clock: &dyn Clock) -> Outcome<()> {
        let code = code::current(&code::generator(SEED, "", "owner")?, clock.now_ms()).0;
        self.ask("sign_in", json!({"name": "owner", "password": PASSWORD, "code": code})).await.map(drop)
    }

    /// One command of the contract.
    pub async fn ask(&self, command: &str, payload: Value) -> Outcome<Value> {
        let answer = rpc::dispatch(&self.program, &self.session, command, payload).await;
        answer.map_err(|error| format!("{command}: {}", error.message).into())
    }

    /// Imports a file into the first shop; the time is from the start of the job to its end, by this computer's clock.
    pub async fn import(&self, file: &Path) -> Outcome<(ImportReport, Duration)> {
        let upload_id = self.program.adopt_file(&self.session, file)?;
        let probed: ImportProbed = serde_json::from_value(self.ask("import_probe", json!({"upload_id": upload_id, "sample": false})).await?)?;
        let shops: Shops = serde_json::from_value(self.ask("shop_list", json!({})).await?)?;
        let shop_id = shops.shops.first().map(|shop| shop.id.clone());
        let start = json!({"upload_id": upload_id, "mapping": probed.mapping, "shop_id": shop_id, "dry_run": false});
        let started_ms = SystemClock.now_ms();
        let job = self.ask("import_start", start).await?;
        self.finish(&job["job_id"]).await?;
        let took_ms = u64::try_from(SystemClock.now_ms() - started_ms)?;
        let report = self.ask("import_report", json!({"job_id": job["job_id"]})).await?;
        Ok((serde_json::from_value(report)?, Duration::from_millis(took_ms)))
    }

    async fn finish(&self, id: &Value) -> Outcome<()> {
        loop {
            let jobs = self.ask("job_list", json!({})).await?;
            let job = jobs["jobs"].as_array().and_then(|jobs| jobs.iter().find(|job| job["id"] == *id)).ok_or("the job is not listed")?;
            match job["state"].as_str() {
                Some("running") => tokio::time::sleep(Duration::from_millis(20)).await,
                Some("done") => return Ok(()),
                _ => return Err(format!("the job ended badly: {job}").into()),
            }
        }
    }
}

fn program(dir: &Path, clock: Arc<dyn Clock>) -> Arc<Program> {
    Program::new(Start {
        data_dir: dir.to_owned(),
        host: Host::Web,
        keyring: KeyringChoice::File,
        clock,
        chance: Chance::seeded(11),
        language: Some(Language::En),
        cost: Some(store::keys::Argon2Cost::FLOOR),
    })
}

/// The two years of real trade that come with the program.
#[must_use]
pub fn real_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join("sample").join("online_retail.parquet")
}

/// Writes the real trade as CSV once more, its invoices renumbered and its days moved by whole weeks.
pub fn write_again(path: &Path, nth: u32) -> Outcome<()> {
    /// 106 weeks: as long as the trade itself, so that one copy follows the other.
    const DAYS: i64 = 742;
    let mut reader = app::trade_file::open(&real_file(), &jiff::tz::TimeZone::UTC)?;
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    writeln!(out, "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country")?;
    let quoted = |text: Option<&str>| format!("\"{}\"", text.unwrap_or_default().replace('"', "\"\""));
    loop {
        let lines = reader.next_chunk(10_000)?;
        if lines.is_empty() {
            return Ok(out.flush()?);
        }
        for line in lines {
            let RawMoment::Local(at) = line.at else { return Err("a line without a time".into()) };
            let at = at.checked_add(jiff::Span::new().days(DAYS * i64::from(nth)))?;
            let quantity = match line.quantity {
                RawQuantity::Whole(n) => n.to_string(),
                RawQuantity::Text(text) => text,
            };
            // A mark stays in front: C536379 becomes C2536379.
            let (mark, digits) = line.invoice.split_at(line.invoice.find(|c: char| c.is_ascii_digit()).unwrap_or(0));
            let (name, country) = (quoted(line.description.as_deref()), quoted(line.country.as_deref()));
            let customer = line.customer.unwrap_or_default();
            writeln!(
                out,
                "{mark}{nth}{digits},{},{name},{quantity},{},{},{customer},{country}",
                line.stock_code,
                at.strftime("%Y-%m-%d %H:%M:%S"),
                line.price
            )?;
        }
    }
}

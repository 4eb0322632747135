//! The exchange with the centre, as every host carries it: one worker for each open store, beside the program and not inside it, because the
//! use cases know no network.

use app::{
    Chance, Code, Error, Program, Result, SystemClock,
    control::SyncControl,
    wire::{AppEvent, JoinCode, SyncStatus},
};
use domain::Random;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use store::{Store, local};
use sync::{Exchanged, SyncWorker};
use tokio::task::JoinHandle;

/// Seconds between exchanges where the store does not say.
const EVERY_S: u32 = 60;

/// A worker and the task that runs it.
struct Carried {
    worker: Arc<SyncWorker>,
    task: JoinHandle<()>,
}

impl Drop for Carried {
    fn drop(&mut self) {
        // Every effect of the worker is one transaction, so that it can be cut anywhere.
        self.task.abort();
    }
}

/// The workers of a program.
struct Exchanges {
    program: Weak<Program>,
    carried: Mutex<HashMap<[u8; 16], Carried>>,
}

/// Gives a program its way to the centre. Nothing is exchanged before a store with a centre's address is opened.
pub fn carry(program: &Arc<Program>) {
    program.set_sync(Arc::new(Exchanges { program: Arc::downgrade(program), carried: Mutex::default() }));
}

/// Randomness for a worker, which keeps its own.
pub(crate) struct SystemChance(pub(crate) Chance);

impl Random for SystemChance {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

/// An error of the exchange as the use cases have it.
pub(crate) fn refusal(error: sync::Error) -> Error {
    match error {
        sync::Error::Store(error) => error.into(),
        other => Error::refuse(Code::Refused, other.to_string()),
    }
}

impl Exchanges {
    fn carried(&self) -> MutexGuard<'_, HashMap<[u8; 16], Carried>> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn worker(&self, store: &Store) -> Option<Arc<SyncWorker>> {
        self.carried().get(store.node().store_id.as_bytes()).map(|carried| carried.worker.clone())
    }
}

/// Tells the screens which of their rows came in.
fn tell(program: &Weak<Program>, done: &Exchanged) {
    let Some(program) = program.upgrade() else { return };
    let entities: BTreeSet<&str> = done.tables.iter().flat_map(|table| entities_of(table)).copied().collect();
    for entity in entities.into_iter().chain(["sync"]) {
        program.tell(AppEvent::Changed { entity: entity.to_owned(), ids: Vec::new() });
    }
}

/// The entities of the screens that a table's rows belong to.
fn entities_of(table: &str) -> &'static [&'static str] {
    let first = table.split('_').next().unwrap_or_default();
    match first {
        "order" | "payment" | "refund" | "adjustment" => &["order", "refund", "figure"],
        "sku" | "product" | "price" | "category" | "barcode" => &["sku", "product"],
        "customer" => &["customer"],
        "stock" => &["sku", "figure"],
        "visit" => &["figure"],
        "import" => &["import", "order", "figure"],
        "shop" => &["shop"],
        _ => &["figure"],
    }
}

#[async_trait::async_trait]
impl SyncControl for Exchanges {
    async fn status(&self, store: &Arc<Store>) -> Result<SyncStatus> {
        let state = sync::status(store).await.map_err(refusal)?;
        let mut db = store.reader().await?;
        let kept = local::settings(&mut db).await?;
        drop(db);
        let every_s = kept.get("sync_every_s").and_then(serde_json::Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(EVERY_S);
        let url = kept.get("sync_url").and_then(serde_json::Value::as_str).map(without_password);
        Ok(SyncStatus { url, last_at_ms: state.last_at_ms, waiting: state.waiting, quarantined: state.quarantined, error: state.error, every_s })
    }

    async fn now(&self, store: &Arc<Store>) -> Result<SyncStatus> {
        let worker = self
            .worker(store)
            .ok_or_else(|| Error::refuse(Code::Refused, "no centre is set: run `zhanggui central init --url URL` once, or set its address in the settings"))?;
        let done = worker.now().await.map_err(refusal)?;
        tell(&self.program, &done);
        self.status(store).await
    }

    async fn found_centre(&self, store: &Arc<Store>, url: &str) -> Result<()> {
        sync::central_init(url, store).await.map_err(refusal)
    }

    async fn invite(&self, store: &Arc<Store>) -> Result<JoinCode> {
        let mut db = store.reader().await?;
        let kept = local::settings(&mut db).await?;
        drop(db);
        let url = kept.get("sync_url").and_then(serde_json::Value::as_str);
        let url = url.ok_or_else(|| Error::refuse(Code::Refused, "no centre is set: run `zhanggui central init --url URL` first"))?;
        let join_code = sync::join_code(url, store, &mut SystemChance(Chance::system())).await.map_err(refusal)?;
        Ok(JoinCode { join_code, minutes: u32::try_from(sync::limits::JOIN_CODE_MINUTES).unwrap_or(0) })
    }

    async fn set(&self, store: &Arc<Store>, url: Option<String>, every_s: u32) -> Result<()> {
        let id = *store.node().store_id.as_bytes();
        self.carried().remove(&id);
        let Some(url) = url else { return Ok(()) };
        let worker = SyncWorker::open(store.clone(), &url, Arc::new(SystemClock), Box::new(SystemChance(Chance::system()))).await.map_err(refusal)?;
        let worker = Arc::new(worker);
        let (running, program) = (worker.clone(), self.program.clone());
        let task = tokio::spawn(async move {
            let error = running.run(Duration::from_secs(u64::from(every_s)), |done| tell(&program, done)).await;
            // The status names it from now on; a person has to see to it.
            tracing::warn!(%error, "the exchange with the centre stopped");
        });
        self.carried().insert(id, Carried { worker, task });
        Ok(())
    }
}

/// An address as it may be shown.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "…".to_owned() };
    let (before, after) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    // A password may hold an @; a host never does.
    let place = match before.rsplit_once('@') {
        Some((person, host)) => format!("{}@{host}", person.split(':').next().unwrap_or_default()),
        None => before.to_owned(),
    };
    // What follows a question mark may hold a password of its own.
    format!("{scheme}://{place}{}", after.split('?').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_address_has_no_password() {
        for (url, shown) in [
            ("postgres://li:secret@db.example:5432/shop?sslmode=verify-full&password=x", "postgres://li@db.example:5432/shop"),
            ("postgres://li:se@cret@db/shop", "postgres://li@db/shop"),
            ("postgres://db/shop", "postgres://db/shop"),
            ("postgres://db?user=li&password=x", "postgres://db"),
            ("nonsense", "…"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}

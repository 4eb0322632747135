//! The demo's trade while it is open: first what came since it was left, then a sale every few seconds through the orders' own rows.

use super::history::{self, World};
use crate::{Error, Program, Result, orders::OrderRows};
use domain::PersonId;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{Audit, Entry, Event, Origin, Queue, Store};
use uuid::Uuid;

/// Seconds between two sales of the demo.
const SALE_EVERY: Duration = Duration::from_secs(6);

/// Whether the demo trades.
#[derive(Default)]
pub struct DemoTrade {
    paused: AtomicBool,
    /// Raised to end the loop that is running.
    round: Arc<AtomicU64>,
    left_at_ms: Mutex<Option<i64>>,
}

impl DemoTrade {
    /// Whether a person paused it.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    pub(crate) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// When a person last signed out of the demo, since this program started: what came before that is not known.
    #[must_use]
    pub fn left_at_ms(&self) -> Option<i64> {
        *self.left_at_ms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A person signed out at this moment; `None`: the demo is gone, and nobody has left the next one.
    pub(crate) fn set_left(&self, at_ms: Option<i64>) {
        *self.left_at_ms.lock().unwrap_or_else(PoisonError::into_inner) = at_ms;
    }

    /// Ends the trade; the store may close then.
    pub fn stop(&self) {
        self.round.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds the trade since the demo was left and goes on trading.
    pub(crate) async fn start(&self, program: &Arc<Program>, store: &Arc<Store>) -> Result<()> {
        let now_ms = program.now_ms();
        let mut db = store.reader().await?;
        let shops = store::read::shops(&mut db).await?;
        let last_ms = store::read::last_order_ms(&mut db).await?.unwrap_or(now_ms);
        let actor = store::read::first_person(&mut db).await?.ok_or_else(Error::not_found)?;
        drop(db);
        let first = shops.first().ok_or_else(Error::not_found)?;
        let kept = std::fs::read_to_string(store.dir().join("base")).ok().and_then(|t| t.trim().parse().ok());
        let zone = domain::BusinessDay::new("Asia/Shanghai", 0).ok_or_else(|| Error::Fault("the demo's zone is not known".into()))?;
        let mut world = history::world(program.language(), PersonId(Uuid::from_bytes(actor)), first.id, zone.of(now_ms).0)?;
        // Anchored once, when it was made: later starts add to it and move nothing.
        if let Some(base) = kept {
            world.base = base;
        }
        if now_ms - last_ms > 60_000 {
            history::catch_up(store, &world, last_ms, now_ms).await?;
            program.changed("order", Vec::new());
            program.changed("figure", Vec::new());
        }
        self.stop();
        let (round, mine) = (self.round.clone(), self.round.load(Ordering::Relaxed));
        let (program, store) = (program.clone(), store.clone());
        tokio::spawn(async move {
            let mut n = 0;
            loop {
                tokio::time::sleep(SALE_EVERY).await;
                if round.load(Ordering::Relaxed) != mine {
                    return;
                }
                if program.demo.paused() {
                    continue;
                }
                n += 1;
                if let Err(error) = sell(&program, &store, &world, n).await {
                    tracing::warn!(%error, "the demo could not sell");
                    return;
                }
            }
        });
        Ok(())
    }
}

/// One sale of this moment, its basket taken from the day's.
async fn sell(program: &Arc<Program>, store: &Arc<Store>, world: &World, n: u64) -> Result<()> {
    let now_ms = program.now_ms();
    let (date, _) = world.zone.of(now_ms);
    let baskets = world.baskets_of(date);
    let sales: Vec<_> = baskets.into_iter().filter(|(_, b)| !b.is_cancellation).collect();
    if sales.is_empty() {
        return Ok(());
    }
    let pick = usize::try_from(history::draw(n, now_ms.unsigned_abs()) % u64::try_from(sales.len()).unwrap_or(1)).unwrap_or(0);
    let mut write = store.begin(Queue::Counter).await?;
    let number = store::read::orders_of_day(&mut write, &date.to_string()).await? + 1;
    let number = 5_000 + u64::try_from(number).unwrap_or(0);
    let (_, mut order) = world.order(sales[pick].1, date, now_ms, number, now_ms);
    order.order_id = domain::OrderId(program.chance().mint(now_ms));
    let mut rows = OrderRows::default();
    rows.order(&order, world.actor, &mut || program.chance().mint(now_ms));
    let entry = Entry {
        kind: "order.record",
        actor: world.actor,
        at_ms: now_ms,
        origin: Origin::Here,
        changes: rows.into_changes(),
        events: vec![Event { kind: "order.placed".into(), entity: "order".into(), ids: vec![order.order_id.to_string()] }],
        audit: Audit { act: "order.record".into(), result: "done".into(), detail: serde_json::json!({"order": order.order_id.to_string()}) },
    };
    write.commit(entry).await?;
    program.changed("order", vec![order.order_id.to_string()]);
    program.changed("figure", Vec::new());
    Ok(())
}

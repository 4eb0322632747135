//! The worker: carries out what the state machine asks for, at each tick, nudge and call.
//!
//! Dropping it, or the future of any of its functions, loses nothing: each effect is one transaction, here or at the centre.

use crate::{
    Error, Result, Transport,
    limits::{PUSH_OPERATIONS_MAX, PUSH_PACKED_BYTES_MAX, STEPS_MAX},
    protocol::{Effect, Event, Exchange},
    route::{self, Shops},
    seal::Seal,
    transport::{Postgres, Speaker},
    wire::{Chunk, Parts, entry_json, is_sendable, record_from},
};
use domain::{Clock, Random};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use store::{
    Store,
    inbound::{InboundBatch, InboundReport},
    journal::Stored,
};
use tokio::sync::{Mutex, Notify};

/// What an exchange did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchanged {
    /// Own operations that the centre took.
    pub pushed_operations: i64,
    pub pushed_rows: u64,
    /// Rows of others that are new here.
    pub pulled_rows: u64,
    /// Put aside here.
    pub quarantined: u64,
    /// The tables that changed, for whoever refreshes screens.
    pub tables: BTreeSet<&'static str>,
}

/// How the exchange stands: for the badge and `zhanggui sync status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStatus {
    /// When the last exchange ended well, UTC milliseconds.
    pub last_at_ms: Option<i64>,
    /// Own operations that the centre has not.
    pub waiting: i64,
    /// When the oldest of them was made, UTC milliseconds.
    pub oldest_waiting_ms: Option<i64>,
    /// Put aside here.
    pub quarantined: i64,
    /// Why the last exchange failed, in words for a person.
    pub error: Option<String>,
}

/// Exchanges a store's journal with the centre.
pub struct SyncWorker<T: Transport = Postgres> {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    seal: Seal,
    nudged: Notify,
    held: Mutex<Held<T>>,
}

/// What one exchange at a time holds.
struct Held<T> {
    transport: T,
    machine: Exchange,
    random: Box<dyn Random>,
    failure: Option<Error>,
}

/// How the machine left off.
enum Rest {
    Finished,
    Paused(Duration),
    Stopped,
}

impl SyncWorker {
    /// A worker over PostgreSQL. Nothing is sent before [`SyncWorker::now`] or [`SyncWorker::run`].
    ///
    /// # Errors
    /// [`Error::Address`] where the address cannot be read.
    pub async fn open(store: Arc<Store>, url: &str, clock: Arc<dyn Clock>, random: Box<dyn Random>) -> Result<Self> {
        Self::over(store, Postgres::new(url)?, clock, random).await
    }
}

impl<T: Transport> SyncWorker<T> {
    /// A worker over any transport.
    ///
    /// # Errors
    /// Where the organisation's keys cannot be read.
    pub async fn over(store: Arc<Store>, transport: T, clock: Arc<dyn Clock>, random: Box<dyn Random>) -> Result<Self> {
        let seal = Seal::new(store.organisation_keys().await?.field);
        let held = Held { transport, machine: Exchange::default(), random, failure: None };
        Ok(Self { store, clock, seal, nudged: Notify::new(), held: Mutex::new(held) })
    }

    /// Exchanges everything now: own operations out, others' in.
    ///
    /// # Errors
    /// What stopped it; where [`Error::is_permanent`] is false, asking again later helps by itself.
    pub async fn now(&self) -> Result<Exchanged> {
        let mut done = Exchanged::default();
        match self.exchange(&mut done).await? {
            (Rest::Finished, _) => Ok(done),
            (_, error) => Err(error.unwrap_or(Error::Away { reason: "the exchange took too many steps at once".into() })),
        }
    }

    /// How the exchange stands. Asks nobody but the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn status(&self) -> Result<SyncStatus> {
        status(&self.store).await
    }

    /// Asks a running [`SyncWorker::run`] for an exchange soon. May be lost; then the next tick does it.
    pub fn nudge(&self) {
        self.nudged.notify_one();
    }

    /// Exchanges at each tick and nudge, for as long as the future is held; pauses after errors that may pass. Answers only with an error that a person must see to.
    pub async fn run(&self, every: Duration, mut on_change: impl FnMut(&Exchanged) + Send) -> Error {
        loop {
            let mut done = Exchanged::default();
            let wait = match self.exchange(&mut done).await {
                Ok((Rest::Finished, _)) => every,
                Ok((Rest::Paused(pause), error)) => {
                    tracing::info!(error = error.map(|e| e.to_string()), pause_ms = pause.as_millis(), "the exchange with the centre pauses");
                    pause
                }
                Ok((Rest::Stopped, error)) => return error.unwrap_or(Error::Fork),
                Err(error) => return error,
            };
            on_change(&done);
            // A nudge ends the wait between two exchanges, and a pause too: whoever asks by hand wants an answer.
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.nudged.notified() => {}
            }
        }
    }

    async fn exchange(&self, done: &mut Exchanged) -> Result<(Rest, Option<Error>)> {
        let mut held = self.held.lock().await;
        let held = &mut *held;
        held.failure = None;
        // An exchange that was dropped half-way left the machine anywhere: it begins anew, keeping the count of failures.
        held.machine.restart();
        let mut event = Event::Due;
        for _ in 0..STEPS_MAX {
            let random = &mut held.random;
            let effect = held.machine.step(event, &mut |n| below(random.as_mut(), n));
            let rest = match effect {
                Effect::Finish => Rest::Finished,
                Effect::Pause { pause_ms } => Rest::Paused(Duration::from_millis(pause_ms)),
                Effect::Stop { forked } => {
                    if forked {
                        held.failure = Some(Error::Fork);
                    }
                    Rest::Stopped
                }
                other => {
                    event = match self.carry_out(other, &mut held.transport, done).await {
                        Ok(event) => event,
                        Err(error) => {
                            let permanent = error.is_permanent();
                            held.failure = Some(error);
                            Event::Failed { permanent }
                        }
                    };
                    continue;
                }
            };
            let outcome = held.failure.as_ref().map_or_else(|| Ok(self.clock.now_ms()), |error| Err(error.to_string()));
            self.store.set_exchanged(outcome).await?;
            return Ok((rest, held.failure.take()));
        }
        Ok((Rest::Paused(Duration::ZERO), None))
    }

    async fn carry_out(&self, effect: Effect, transport: &mut T, done: &mut Exchanged) -> Result<Event> {
        let node = self.store.node();
        let speaker = Speaker { organisation_id: node.organisation_id, node_id: node.node_id, incarnation: node.incarnation };
        Ok(match effect {
            Effect::Greet => {
                let greeting = transport.greet(&speaker).await?;
                Event::Greeted { acked_seq: greeting.acked_seq, chain_hash: greeting.chain_hash }
            }
            Effect::Compare { seq, hash } => Event::Compared { same: self.store.entry_hash(seq).await? == Some(hash) },
            Effect::Collect { after } => Event::Collected(self.collect(after).await?),
            Effect::Push(chunk) => {
                let acked_seq = transport.push(&speaker, &chunk).await?;
                done.pushed_operations += acked_seq - chunk.from_seq + 1;
                done.pushed_rows += chunk.rows;
                Event::Pushed { acked_seq }
            }
            Effect::Note { acked_seq } => {
                self.store.set_acked(acked_seq).await?;
                Event::Noted
            }
            Effect::Pull => {
                let delivery = transport.pull(&speaker, &self.store.cursors().await?).await?;
                let records = delivery.records.into_iter().map(|r| record_from(r, &self.seal)).collect::<Result<_>>()?;
                Event::Pulled(InboundBatch { at_ms: self.clock.now_ms(), records, entries: delivery.entries })
            }
            Effect::Apply(batch) => {
                let report: InboundReport = self.store.apply_inbound(batch).await?;
                done.pulled_rows += report.rows;
                done.quarantined += report.quarantined;
                done.tables.extend(report.tables);
                Event::Applied
            }
            Effect::Finish | Effect::Pause { .. } | Effect::Stop { .. } | Effect::Ignore => Event::Failed { permanent: false },
        })
    }

    /// The next chunk of own operations after `after`.
    async fn collect(&self, after: i64) -> Result<Option<Chunk>> {
        let entries = self.store.outgoing(after, PUSH_OPERATIONS_MAX, PUSH_PACKED_BYTES_MAX).await?;
        let Some(last) = entries.last() else { return Ok(None) };
        let last_seq = last.seq;
        chunk(&self.store, &self.seal, &entries, self.clock.now_ms()).await.map(|(body, rows)| Some(Chunk { from_seq: after + 1, last_seq, body, rows }))
    }
}

/// How a store's exchange stands, also where no worker runs.
///
/// # Errors
/// Where the store cannot be read.
pub async fn status(store: &Store) -> Result<SyncStatus> {
    let state = store.sync_state().await?;
    Ok(SyncStatus {
        last_at_ms: state.last_at_ms,
        waiting: (state.last_seq - state.acked_seq).max(0),
        oldest_waiting_ms: state.oldest_waiting_ms,
        quarantined: state.quarantined,
        error: state.last_error,
    })
}

async fn chunk(store: &Store, seal: &Seal, entries: &[Stored], now_ms: i64) -> Result<(String, u64)> {
    let mut parts = Parts::new(seal);
    let mut shops = Shops::new();
    for entry in entries {
        if entry.operation.is_none() {
            return Err(Error::Pruned { seq: entry.seq });
        }
        let changes = entry.changes()?;
        if !is_sendable(&changes) {
            store.keep_unsendable(entry.seq, "a text holds a character that the centre cannot keep", &changes, now_ms).await?;
            continue;
        }
        route::note_shops(&changes, &mut shops);
        for (table, id) in route::unknown_parents(&changes, &shops) {
            if let Some(shop) = store.shop_of(table, id).await? {
                shops.insert((table.name, id), shop);
            }
        }
        parts.add(entry.seq, &changes, &shops)?;
    }
    let rows = parts.rows;
    let previous_hash = entries.first().map_or_else(String::new, |e| hex::encode(&e.previous_hash));
    let entries: Vec<serde_json::Value> = entries.iter().map(entry_json).collect();
    Ok((json!({"previous_hash": previous_hash, "entries": entries, "changes": parts.into_json()}).to_string(), rows))
}

/// A random number under `limit`. The remainder favours small numbers by less than one in four billion, which a pause does not feel.
fn below(random: &mut dyn Random, limit: u64) -> u64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    if limit == 0 { 0 } else { u64::from_le_bytes(bytes) % limit }
}

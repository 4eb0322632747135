//! Power cuts: the store works on a disk that ends at one event, and is opened again on what the cut left.

use crate::{
    Outcome, proof,
    shop::Shop,
    work::{self, Ack, Kind},
};
use domain::clock::Seeded;
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use store::Medium;
use zhanggui_faultfs::{Disk, Event, NAME, Settled};

/// Cuts that one store lives through before a new one takes its place: long enough to build one upon the other, short enough to check whole each time.
const CUTS_PER_STORE: u64 = 6;
/// Of the cuts in backups, one in so many also restores what was acknowledged.
const RESTORED_EVERY: u64 = 4;

/// What the cuts of one kind of work came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub cuts: u64,
    /// Events of the kind's work when nothing is cut, as last measured.
    pub events: (u64, u64),
    pub acknowledged: u64,
    /// Where the power went: the event and the file.
    pub at: BTreeMap<(Event, String), u64>,
    /// The work was over and the store closed before the power went.
    pub after: u64,
    pub kept: u64,
    pub torn: u64,
    pub lost: u64,
    pub names_undone: u64,
    pub resumed: u64,
    pub restored: u64,
    /// Cuts after which something was wrong, the first few in words.
    pub faulty: u64,
    pub faults: Vec<String>,
}

impl Tally {
    fn settle(&mut self, settled: Settled) {
        match settled.at {
            Some(at) => *self.at.entry(at).or_default() += 1,
            None => self.after += 1,
        }
        self.kept += settled.kept;
        self.torn += settled.torn;
        self.lost += settled.lost;
        self.names_undone += settled.names_undone;
    }

    fn blame(&mut self, seed: u64, faults: Vec<String>) {
        const TOLD: usize = 5;
        if faults.is_empty() {
            return;
        }
        self.faulty += 1;
        if self.faults.len() < TOLD {
            self.faults.push(format!("seed {seed}: {}", faults.join("; ")));
        }
    }
}

/// A shop on a disk, and the seed its cuts are drawn from.
pub struct Lane {
    shop: Shop,
    disk: Disk,
    medium: Medium,
    kind: Kind,
    round: u64,
    tally: Tally,
}

impl Lane {
    /// Puts a shop in `top` on a disk of its own.
    pub fn new(top: &Path, kind: Kind, synchronous: bool) -> Outcome<Self> {
        let shop = Shop::at(top)?;
        let disk = Disk::mount(top)?;
        let shop = Shop { store: shop.store.canonicalize()?, backups: shop.backups.canonicalize()?, files: shop.files };
        Ok(Self { shop, disk, medium: Medium { file_system: Some(NAME), synchronous }, kind, round: 0, tally: Tally::default() })
    }

    /// Cuts the power `cuts` times.
    pub async fn run(mut self, cuts: u64, seed: u64) -> Outcome<Tally> {
        for n in 0..cuts {
            if n.is_multiple_of(CUTS_PER_STORE) {
                self.begin_anew().await?;
            }
            let seed = seed.wrapping_mul(1_000_003).wrapping_add(n);
            let healthy = self.cut(seed, n).await?;
            if !healthy {
                self.begin_anew().await?;
            }
        }
        self.disk.unmount();
        Ok(self.tally)
    }

    /// A new store, and how many events its work takes, writes and others, when nothing is cut.
    async fn begin_anew(&mut self) -> Outcome<()> {
        self.shop.found(self.medium).await?;
        let before = self.disk.events();
        self.round += 1;
        let (worked, _) = self.work().await;
        worked?;
        let after = self.disk.events();
        self.tally.events = (after.0 - before.0, after.1 - before.1);
        Ok(())
    }

    /// Opens, works and closes; answers what was acknowledged until then.
    async fn work(&self) -> (Outcome<()>, Vec<Ack>) {
        let acks = Mutex::new(Vec::new());
        let tell = |ack| acks.lock().unwrap_or_else(PoisonError::into_inner).push(ack);
        let worked = async {
            let store = Arc::new(self.shop.open(self.medium).await?);
            let worked = work::run(self.kind, &store, &self.shop, self.round, &tell).await;
            let closed = store.close().await;
            worked?;
            Ok(closed?)
        };
        let worked = worked.await;
        (worked, acks.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// One cut and what it left. Answers whether the store is whole.
    async fn cut(&mut self, seed: u64, n: u64) -> Outcome<bool> {
        self.round += 1;
        let mut random = Seeded::new(seed);
        // Syncs and the like are few beside the writes, and are where most can go wrong: every other cut falls on one of them.
        let (events, ends) = self.tally.events;
        if random.below(2) == 0 {
            self.disk.cut_after(1 + random.below(events))
        } else {
            self.disk.cut_after_ends(1 + random.below(ends))
        }
        let (worked, acks) = self.work().await;
        if let Err(error) = worked
            && !self.disk.is_off()
        {
            return Err(format!("seed {seed}: the work failed though the power was on: {error}").into());
        }
        self.disk.cut_now();
        let settled = self.disk.settle(random.next_u64())?;
        self.tally.cuts += 1;
        self.tally.settle(settled);
        self.tally.acknowledged += u64::try_from(acks.len())?;
        let mut faults = proof::find_faults(&self.shop, self.medium, &acks).await?;
        if faults.is_empty() {
            faults.extend(self.go_on(n, &acks).await?);
        }
        let healthy = faults.is_empty();
        self.tally.blame(seed, faults);
        Ok(healthy)
    }

    /// What a person does next: the import is started again, a backup is restored.
    async fn go_on(&mut self, n: u64, acks: &[Ack]) -> Outcome<Vec<String>> {
        let mut faults = Vec::new();
        if self.kind == Kind::Import {
            let (worked, _) = self.work().await;
            worked?;
            let store = self.shop.open(self.medium).await?;
            faults.extend(proof::import_is_whole(&store, self.round).await?);
            store.close().await?;
            self.tally.resumed += 1;
        }
        let newest = acks.iter().rev().find_map(|ack| if let Ack::Backup { seq, path } = ack { Some((*seq, path)) } else { None });
        if let Some((seq, path)) = newest.filter(|_| n.is_multiple_of(RESTORED_EVERY)) {
            faults.extend(proof::restored(path, &self.shop.files.join("restored"), seq).await?);
            self.tally.restored += 1;
        }
        Ok(faults)
    }
}

//! Which shop each order of a file belongs to.
//!
//! A file without a column of shops is one shop's. In one that has it each row goes to the shop of its name, the rows without a name to the shop that was
//! chosen. Names that nobody knows are told before anything is written, and become shops only where that was agreed to.

use super::plan::ImportPlan;
use crate::{
    Result,
    access::founding::{self, ShopFacts},
    shops,
};
use domain::trade_file::{IdSpace, ImportedKind, RejectReason};
use std::collections::HashMap;
use store::{Entry, Queue, Store};
use uuid::Uuid;

/// The most shops that one file may add. More names than that are those of something else, such as towns.
pub(super) const NEW_SHOPS_MAX: usize = 50;

/// Names held; what comes after them is looked at each time. A column of other texts may have a name a row.
const NAMES_HELD_MAX: usize = 10_000;

/// A shop of the file.
pub(super) struct Place {
    pub shop_id: [u8; 16],
    /// The range of numbers that its orders belong to.
    pub source: String,
}

/// The shops of a file; the first is the one that was chosen.
pub(super) struct Places {
    list: Vec<Place>,
    /// By the folded name: its place, or why its rows cannot be taken.
    names: HashMap<String, std::result::Result<usize, RejectReason>>,
    /// Shops as they are here: id, currency and zone.
    here: HashMap<[u8; 16], (String, String)>,
    /// The entries of shops that are to be made and are not written yet.
    entries: Vec<Entry>,
    next_position: i64,
    new: Vec<String>,
    unknown: Vec<String>,
}

impl Places {
    pub(super) async fn read(store: &Store, plan: &ImportPlan) -> Result<Self> {
        let mut places = Self {
            list: vec![Place { shop_id: plan.shop_id, source: plan.source.clone() }],
            names: HashMap::new(),
            here: HashMap::new(),
            entries: Vec::new(),
            next_position: 0,
            new: Vec::new(),
            unknown: Vec::new(),
        };
        let mut db = store.reader().await?;
        let there = store::read::shops(&mut db).await?;
        drop(db);
        places.next_position = shops::next_position(&there);
        for shop in there {
            let id = *shop.id.0.as_bytes();
            let place = places.known(plan, id, &shop.currency, &shop.zone);
            places.names.insert(folded(&shop.name), place);
            places.here.insert(id, (shop.currency, shop.zone));
        }
        // A shop that this import makes is not here yet while it is only looked at.
        places.names.insert(folded(&plan.shop_name), Ok(0));
        Ok(places)
    }

    /// The place of a shop that is here.
    fn known(&mut self, plan: &ImportPlan, id: [u8; 16], currency: &str, zone: &str) -> std::result::Result<usize, RejectReason> {
        if id == plan.shop_id {
            return Ok(0);
        }
        if currency != plan.currency || zone != plan.zone {
            return Err(RejectReason::ShopOfOtherMoney);
        }
        Ok(self.add(id))
    }

    fn add(&mut self, shop_id: [u8; 16]) -> usize {
        self.list.push(Place { shop_id, source: source_of(&Uuid::from_bytes(shop_id)) });
        self.list.len() - 1
    }

    /// The place of a row by the name in it.
    pub(super) fn find(&mut self, plan: &ImportPlan, name: &str) -> std::result::Result<usize, RejectReason> {
        let key = folded(name);
        if let Some(found) = self.names.get(&key) {
            return *found;
        }
        let found = self.meet(plan, name);
        if found.is_ok() || self.names.len() < NAMES_HELD_MAX {
            self.names.insert(key, found);
        }
        found
    }

    /// A name that is met for the first time.
    fn meet(&mut self, plan: &ImportPlan, name: &str) -> std::result::Result<usize, RejectReason> {
        let id = new_shop_id(plan.organisation_id, name, &plan.currency);
        // A shop that a file brought and that was given another name since.
        if let Some((currency, zone)) = self.here.get(id.as_bytes()).cloned() {
            return self.known(plan, *id.as_bytes(), &currency, &zone);
        }
        let fits = founding::shop_name(name).ok().filter(|_| plan.add_shops && self.new.len() < NEW_SHOPS_MAX);
        let Some(fitting) = fits else {
            if self.unknown.len() < NEW_SHOPS_MAX && !self.unknown.iter().any(|known| folded(known) == folded(name)) {
                self.unknown.push(name.to_owned());
            }
            return Err(RejectReason::UnknownShop);
        };
        let facts = ShopFacts { name: fitting, currency: plan.currency.clone(), zone: plan.zone.clone() };
        self.entries.push(shops::added(plan.actor, plan.started_at_ms, id, &facts, self.next_position));
        self.next_position += 1;
        self.new.push(name.to_owned());
        Ok(self.add(*id.as_bytes()))
    }

    pub(super) fn at(&self, place: usize) -> &Place {
        &self.list[place]
    }

    /// Names of shops that are made by this import.
    pub(super) fn new_names(&self) -> &[String] {
        &self.new
    }

    /// Names whose rows are not taken, since it was not agreed to add them.
    pub(super) fn unknown_names(&self) -> &[String] {
        &self.unknown
    }

    /// Writes the shops that orders name which are about to be written.
    pub(super) async fn write_new(&mut self, store: &Store) -> Result<()> {
        for entry in std::mem::take(&mut self.entries) {
            store.begin(Queue::Background).await?.commit(entry).await?;
        }
        Ok(())
    }
}

/// The range of numbers of a shop's orders.
pub(super) fn source_of(shop_id: &Uuid) -> String {
    format!("orders/{shop_id}")
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The id of a shop that an import makes; a dry run names the same.
pub(super) fn new_shop_id(organisation_id: Uuid, name: &str, currency: &str) -> Uuid {
    IdSpace::new(organisation_id, "shop", 0).named(ImportedKind::Product, &format!("{name}/{currency}"))
}

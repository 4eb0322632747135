//! The shop that the proofs trade in: a real encrypted store with goods, and what opens it again.

use crate::Outcome;
use domain::{CustomerId, PersonId, ShopId, SkuId, StoreId, clock::Seeded};
use std::path::{Path, PathBuf};
use store::{
    Audit, Change, Entry, Event, Founding, Medium, Origin, Queue, Store, catalogue,
    keys::{self, Argon2Cost, Key, KeyFile, RootKey, SignIn},
    row,
};
use uuid::Uuid;

/// When the shop was founded; everything in it is later. 2026-11-22 in the morning, by the shop's clock.
pub const START_MS: i64 = 1_795_309_200_000;
pub const DATE: &str = "2026-11-22";
pub const SHOP: ShopId = ShopId(Uuid::from_u128(10));
pub const PERSON: PersonId = PersonId(Uuid::from_u128(1));
pub const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(30));
const STORE: StoreId = StoreId(Uuid::from_u128(2));
const GOODS: u128 = 6;

/// A SKU of the shop.
pub fn sku(n: u64) -> SkuId {
    SkuId(Uuid::from_u128(20 + u128::from(n) % GOODS))
}

/// The folders of one shop: the store, its backups, and files that are imported.
#[derive(Debug, Clone)]
pub struct Shop {
    pub store: PathBuf,
    pub backups: PathBuf,
    pub files: PathBuf,
}

impl Shop {
    /// The folders under `top`, which are made where they are missing.
    pub fn at(top: &Path) -> Outcome<Self> {
        let shop = Self { store: top.join("store"), backups: top.join("backups"), files: top.join("files") };
        for dir in [&shop.store, &shop.backups, &shop.files] {
            std::fs::create_dir_all(dir)?;
        }
        Ok(shop)
    }

    /// Makes the store anew, with slots for the backups to carry.
    pub async fn found(&self, medium: Medium) -> Outcome<()> {
        for dir in [&self.store, &self.backups, &self.files] {
            std::fs::remove_dir_all(dir)?;
            std::fs::create_dir_all(dir)?;
        }
        let owner = SignIn { person_id: PERSON, name: "owner", password: "three blue cups on a shelf" };
        keys::create(&self.store, STORE, &owner, Argon2Cost::FLOOR, &KeyFile::in_folder(&self.store), &mut Seeded::new(7))?;
        let founding = Founding {
            store_id: STORE.0,
            organisation_id: Uuid::from_u128(3),
            node_id: Uuid::from_u128(4),
            incarnation: Uuid::from_u128(5),
            kind: "own",
            now_ms: START_MS,
        };
        let store = Store::create_on(medium, &self.store, root(), &founding).await?;
        let shop = row![SHOP, 1_i64, "滨江店", "Asia/Shanghai", "CNY", 0_i64, 8_i64, 22_i64, 1_i64];
        let goods = (0..GOODS).map(|n| {
            row![
                Uuid::from_u128(20 + n),
                1_i64,
                format!("C-{n}"),
                format!("保温杯 {n}"),
                None::<Uuid>,
                "goods",
                "CNY",
                5_900_i64,
                3_000_i64,
                None::<Uuid>,
                START_MS
            ]
        });
        let customer = row![CUSTOMER, 1_i64, "K-1", "王芳", None::<String>, None::<String>, None::<Uuid>, START_MS];
        let changes = vec![
            Change::Put { table: &catalogue::SHOP, rows: vec![shop] },
            Change::Put { table: &catalogue::SKU, rows: goods.collect() },
            Change::Put { table: &catalogue::CUSTOMER, rows: vec![customer] },
        ];
        store.begin(Queue::Person).await?.commit(entry("shop.set_up", START_MS, changes)).await?;
        store.close().await?;
        Ok(())
    }

    /// Opens the store.
    pub async fn open(&self, medium: Medium) -> Outcome<Store> {
        Ok(Store::open_on(medium, &self.store, root()).await?)
    }
}

/// The root key that [`Shop::found`] uses. The slots beside it protect another one: what is proved here does not pass through them.
pub fn root() -> RootKey {
    RootKey::new(Key::new([0x42; 32]), STORE, 1)
}

/// An entry as a use case writes it.
pub fn entry(kind: &'static str, at_ms: i64, changes: Vec<Change>) -> Entry {
    Entry {
        kind,
        actor: PERSON,
        at_ms,
        origin: Origin::Here,
        changes,
        events: vec![Event { kind: format!("{kind}.done"), entity: "order".into(), ids: Vec::new() }],
        audit: Audit { act: kind.into(), result: "done".into(), detail: serde_json::Value::Null },
    }
}

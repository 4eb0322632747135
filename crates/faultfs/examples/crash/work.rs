//! What is done while the power goes or the process is killed: single writes, an import of a file, backups. Whatever the store has acknowledged
//! is told at once, so that it can be asked for afterwards.

use crate::{
    Outcome,
    shop::{CUSTOMER, DATE, PERSON, SHOP, START_MS, Shop, entry, sku},
};
use app::{
    importing::{self, ImportPlan},
    orders::{NewLine, NewOrder, NewRefund, OrderRows},
    trade_file::{self, FileKind},
};
use domain::{BusinessDay, Channel, OrderId, Random as _, Tender, clock::Seeded};
use std::{fmt::Write as _, path::PathBuf, str::FromStr, sync::Arc};
use store::{Change, Queue, Store, catalogue, row};
use uuid::Uuid;

/// Invoices of a file that is imported, three lines each: enough for several chunks.
pub const INVOICES: u64 = 1_200;
const SINGLE_WRITES: u64 = 14;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Single,
    Import,
    Backup,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Single, Self::Import, Self::Backup];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Import => "import",
            Self::Backup => "backup",
        }
    }
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| format!("there is no work {word}"))
    }
}

/// Something that the store has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ack {
    /// A journal entry with the row that it is about.
    Write { seq: i64, table: &'static str, id: Uuid },
    /// A chunk of an import: the chain's end and the orders there then.
    Chunk { seq: i64, orders: i64 },
    /// A backup of everything up to an entry.
    Backup { seq: i64, path: PathBuf },
}

/// A place that hears acknowledgements.
pub type Tell<'a> = &'a (dyn Fn(Ack) + Sync);

/// Does one piece of work; `round` makes its numbers its own.
pub async fn run(kind: Kind, store: &Arc<Store>, shop: &Shop, round: u64, tell: Tell<'_>) -> Outcome<()> {
    let mut hand = Hand { store, random: Seeded::new(round ^ 0x5EED), at_ms: START_MS + i64::try_from(round * 60_000)?, placed: Vec::new(), tell };
    match kind {
        Kind::Single => hand.writes(SINGLE_WRITES).await,
        Kind::Import => import(store, shop, round, tell).await,
        Kind::Backup => {
            for _ in 0..2 {
                hand.writes(3).await?;
                hand.at_ms += 1_000;
                let made = store.backup(&shop.backups, hand.at_ms, |_, _| true).await?;
                tell(Ack::Backup { seq: made.journal_seq, path: made.path });
            }
            Ok(())
        }
    }
}

/// A person who trades.
struct Hand<'a> {
    store: &'a Arc<Store>,
    random: Seeded,
    at_ms: i64,
    placed: Vec<(NewOrder, Vec<Uuid>)>,
    tell: Tell<'a>,
}

impl Hand<'_> {
    async fn writes(&mut self, count: u64) -> Outcome<()> {
        for _ in 0..count {
            self.at_ms += 700;
            match self.random.below(10) {
                0..=5 => self.sell().await?,
                6..=7 => self.refund().await?,
                _ => self.step().await?,
            }
        }
        Ok(())
    }

    async fn commit(&mut self, kind: &'static str, changes: Vec<Change>, table: &'static str, id: Uuid) -> Outcome<()> {
        let seq = self.store.begin(Queue::Counter).await?.commit(entry(kind, self.at_ms, changes)).await?;
        (self.tell)(Ack::Write { seq, table, id });
        Ok(())
    }

    async fn sell(&mut self) -> Outcome<()> {
        let at_ms = self.at_ms;
        let order_id = self.random.mint(at_ms);
        let lines = (0..=self.random.below(3))
            .map(|n| NewLine { sku_id: sku(n), quantity_milli: 1_000, price_minor: 5_900, net_minor: 5_900, cost_minor: Some(3_000), has_stock: true })
            .collect();
        let new = NewOrder {
            order_id: OrderId(order_id),
            order_no: format!("T-{order_id}"),
            shop_id: SHOP,
            channel: Channel::Counter,
            customer_id: (self.random.below(2) == 0).then_some(CUSTOMER),
            currency: "CNY".into(),
            at_ms,
            business_date: DATE.into(),
            hour: 10,
            discount_minor: 0,
            freight_minor: 0,
            lines,
            tender: (self.random.below(4) > 0).then_some(Tender::Wechat),
            fulfilled: Vec::new(),
            cancelled_at_ms: None,
        };
        let mut rows = OrderRows::default();
        let ids = rows.order(&new, PERSON, &mut || self.random.mint(at_ms));
        self.placed.push((new, ids));
        self.commit("order.record", rows.into_changes(), "order_doc", order_id).await
    }

    fn any_placed(&mut self) -> Option<(NewOrder, Vec<Uuid>)> {
        let n = self.random.below(self.placed.len() as u64);
        self.placed.get(usize::try_from(n).ok()?).cloned()
    }

    async fn refund(&mut self) -> Outcome<()> {
        let Some((order, lines)) = self.any_placed() else { return self.sell().await };
        let at_ms = self.at_ms;
        let mut first = None;
        let mut mint = || {
            let id = self.random.mint(at_ms);
            first.get_or_insert(id);
            id
        };
        let line = &order.lines[0];
        let new = NewRefund {
            order_id: order.order_id,
            refund_no: format!("R-{at_ms}"),
            shop_id: SHOP,
            channel: order.channel,
            customer_id: order.customer_id,
            currency: order.currency.clone(),
            at_ms,
            business_date: DATE.into(),
            hour: 10,
            amount_minor: 1_000,
            reason: None,
            lines: vec![(line.sku_id, lines[0], 100, 10_000, 1_000, None)],
        };
        let mut rows = OrderRows::default();
        rows.refund(&new, &mut mint);
        let id = first.ok_or("a refund without an id")?;
        self.commit("refund.record", rows.into_changes(), "refund", id).await
    }

    async fn step(&mut self) -> Outcome<()> {
        let Some((order, _)) = self.any_placed() else { return self.sell().await };
        let (id, at_ms) = (self.random.mint(self.at_ms), self.at_ms);
        let step = row![id, order.order_id, "fulfil", "done", at_ms, PERSON, None::<String>, None::<Uuid>];
        self.commit("order.ship", vec![Change::Insert { table: &catalogue::ORDER_TRANSITION, rows: vec![step] }], "order_transition", id).await
    }
}

/// The numbers of the invoices of a round's file.
pub fn invoices(round: u64) -> impl Iterator<Item = u64> {
    (0..INVOICES).map(move |n| 100_000 + round * 10_000 + n)
}

async fn import(store: &Arc<Store>, shop: &Shop, round: u64, tell: Tell<'_>) -> Outcome<()> {
    let path = shop.files.join(format!("{round}.csv"));
    let mut text = String::from("invoice,stock_code,description,quantity,invoice_date,price,customer_id,country\n");
    for (n, invoice) in (0_u64..).zip(invoices(round)) {
        for line in 0..3 {
            let (code, minute, customer) = (84_000 + (n + line) % 40, n % 60, 12_000 + n % 25);
            writeln!(text, "{invoice},{code},CUP {code},{},2026-11-21 {:02}:{minute:02}:00,2.95,{customer},China", 1 + line, 9 + n % 10)?;
        }
    }
    std::fs::write(&path, text)?;
    // An import that is started again is another batch, which brings what the first one did not.
    let batches: i64 = sqlx::query_scalar("SELECT count(*) FROM import_batch").fetch_one(&mut *store.reader().await?).await?;
    let plan = ImportPlan {
        batch_id: *Uuid::from_u128(0xBA7C_0000 + u128::try_from(batches)?).as_bytes(),
        organisation_id: store.node().organisation_id,
        mapping: trade_file::probe(&path, FileKind::Orders)?.mapping,
        path,
        file_name: format!("{round}.csv"),
        file_sha256: Vec::new(),
        source: "orders/crash".into(),
        shop_id: *SHOP.0.as_bytes(),
        shop_name: String::new(),
        add_shops: false,
        currency: "CNY".into(),
        zone: "Asia/Shanghai".into(),
        day: BusinessDay::new("Asia/Shanghai", 0).ok_or("the zone is not known")?,
        channel: Channel::Import,
        actor: PERSON,
        started_at_ms: START_MS + i64::try_from(round)?,
        dry_run: false,
    };
    importing::run(store, &plan, &|_, _| {
        // A part was committed: what every reader sees now is acknowledged.
        let seen = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(seen(store)));
        if let Ok(ack) = seen {
            tell(ack);
        }
        true
    })
    .await?;
    tell(seen(store).await?);
    Ok(())
}

async fn seen(store: &Store) -> Outcome<Ack> {
    let mut db = store.reader().await?;
    let (seq, orders) = sqlx::query_as("SELECT (SELECT max(seq) FROM journal), (SELECT count(*) FROM order_doc)").fetch_one(&mut *db).await?;
    Ok(Ack::Chunk { seq, orders })
}

//! Random trade by seed, written as use cases write it: one journal entry each.

use domain::{PersonId, Random, clock::Seeded};
use serde_json::json;
use std::sync::Arc;
use store::{Audit, Change, Entry, Event, Origin, Queue, Store, catalogue as c, row};
use sync::wire::Chunk;
use uuid::Uuid;

const START_MS: i64 = 1_794_000_000_000;
const DATE: &str = "2026-11-08";
const CATEGORY: Uuid = Uuid::from_u128(0xCA);

/// A person who trades in a store.
pub struct Trade {
    store: Arc<Store>,
    random: Seeded,
    at_ms: i64,
    shop: Uuid,
    skus: Vec<(Uuid, i64)>,
    customers: Vec<Uuid>,
    orders: Vec<(Uuid, Uuid)>,
}

impl Trade {
    /// A shop with goods and customers.
    pub async fn open(store: &Arc<Store>, seed: u64) -> Self {
        let mut trade = Self {
            store: store.clone(),
            random: Seeded::new(seed),
            at_ms: START_MS,
            shop: Uuid::nil(),
            skus: Vec::new(),
            customers: Vec::new(),
            orders: Vec::new(),
        };
        trade.shop = trade.mint();
        let credential = row![trade.mint(), 1_i64, 1_i64, "owner", "owner", vec![1_u8, 2, 3], "[]", START_MS, vec![4_u8]];
        let shop = row![trade.shop, 1_i64, "本店", "Asia/Shanghai", "CNY", 0_i64, 8_i64, 22_i64, 0_i64];
        let mut changes = vec![
            Change::Put { table: &c::CREDENTIAL, rows: vec![credential] },
            Change::Put { table: &c::SHOP, rows: vec![shop] },
            Change::Put { table: &c::CATEGORY, rows: vec![row![CATEGORY, 1_i64, "饮料"]] },
        ];
        for n in 0..12 {
            let id = trade.mint();
            trade.skus.push((id, 1));
            changes.push(Change::Put { table: &c::SKU, rows: vec![sku(id, 1, n, seed)] });
        }
        for n in 0..6 {
            let id = trade.mint();
            trade.customers.push(id);
            let customer = row![id, 1_i64, format!("C{n}"), format!("王{n}"), format!("1380000{n:04}"), "CN", None::<Uuid>, START_MS];
            changes.push(Change::Put { table: &c::CUSTOMER, rows: vec![customer] });
        }
        trade.write("shop.set_up", changes).await;
        trade
    }

    /// The same shop in another store.
    pub fn in_another_store(&self, store: &Arc<Store>, seed: u64) -> Self {
        Self {
            store: store.clone(),
            random: Seeded::new(seed),
            at_ms: self.at_ms + 1,
            shop: self.shop,
            skus: Vec::new(),
            customers: self.customers.clone(),
            orders: self.orders.clone(),
        }
    }

    pub fn shop_id(&self) -> Uuid {
        self.shop
    }

    pub async fn go_on(&mut self, operations: usize) {
        for _ in 0..operations {
            self.at_ms += 60_000;
            match self.random.below(10) {
                0..=4 => self.sell().await,
                5 => self.pay_later().await,
                6 => self.refund().await,
                7 => self.step_of_an_order().await,
                8 => self.count().await,
                _ => self.reprice().await,
            }
        }
    }

    pub async fn rename_category(&mut self, name: &str) {
        self.write("category.change", vec![Change::Put { table: &c::CATEGORY, rows: vec![row![CATEGORY, 2_i64, name]] }]).await;
    }

    pub async fn write(&mut self, kind: &'static str, changes: Vec<Change>) {
        let entry = Entry {
            kind,
            actor: PersonId(Uuid::from_u128(1)),
            at_ms: self.at_ms,
            origin: Origin::Here,
            changes,
            events: vec![Event { kind: kind.into(), entity: "trade".into(), ids: Vec::new() }],
            audit: Audit { act: kind.into(), result: "done".into(), detail: json!({}) },
        };
        self.store.begin(Queue::Person).await.unwrap().commit(entry).await.unwrap();
    }

    fn mint(&mut self) -> Uuid {
        let at_ms = self.at_ms;
        self.random.mint(at_ms)
    }

    fn any_sku(&mut self) -> Uuid {
        // A second store sells goods that it knows by hearsay alone: of its own making.
        if self.skus.is_empty() {
            return Uuid::from_u128(u128::from(self.random.below(4)) + 0x5C0);
        }
        let n = usize::try_from(self.random.below(self.skus.len() as u64)).unwrap();
        self.skus[n].0
    }

    async fn sell(&mut self) {
        let (order, at_ms) = (self.mint(), self.at_ms);
        let customer = (self.random.below(2) == 0).then(|| self.customers[usize::try_from(at_ms % 6).unwrap()]);
        let mut lines = Vec::new();
        let mut moves = Vec::new();
        let mut total = 0;
        for line_no in 0..=i64::try_from(self.random.below(4)).unwrap() {
            let (line, movement, sku, quantity) = (self.mint(), self.mint(), self.any_sku(), 1000 * (1 + i64::try_from(self.random.below(3)).unwrap()));
            let net = quantity * 3;
            total += net;
            lines.push(row![line, order, line_no, sku, quantity, 3_000_000_i64, net, Some(net / 2), 0_i64, None::<Uuid>]);
            moves.push(row![movement, sku, self.shop, "sale", -quantity, at_ms, DATE, Some(order), None::<i64>, None::<Uuid>]);
        }
        self.orders.push((order, lines[0][0].as_id().map(Uuid::from_bytes).unwrap()));
        let document = row![order, format!("N{at_ms}"), self.shop, "counter", customer, at_ms, DATE, 9_i64, "CNY", 0_i64, 0_i64, None::<String>, None::<Uuid>];
        let mut changes = vec![
            Change::Insert { table: &c::ORDER_DOC, rows: vec![document] },
            Change::Insert { table: &c::ORDER_LINE, rows: lines },
            Change::Insert { table: &c::STOCK_MOVEMENT, rows: moves },
        ];
        if self.random.below(3) > 0 {
            let payment = self.payment(order, total);
            changes.push(payment);
        }
        self.write("order.record", changes).await;
    }

    fn payment(&mut self, order: Uuid, amount: i64) -> Change {
        let payment = row![self.mint(), order, "cash", amount, self.at_ms, DATE, None::<Uuid>];
        Change::Insert { table: &c::PAYMENT, rows: vec![payment] }
    }

    fn any_order(&mut self) -> Option<(Uuid, Uuid)> {
        let n = self.random.below(self.orders.len().max(1) as u64);
        self.orders.get(usize::try_from(n).unwrap()).copied()
    }

    async fn pay_later(&mut self) {
        let Some((order, _)) = self.any_order() else { return };
        let payment = self.payment(order, 500);
        self.write("order.pay", vec![payment]).await;
    }

    async fn refund(&mut self) {
        let Some((order, line)) = self.any_order() else { return };
        let (refund, refund_line, sku, at_ms) = (self.mint(), self.mint(), self.any_sku(), self.at_ms);
        let document = row![
            refund,
            Some(order),
            format!("R{at_ms}"),
            self.shop,
            "counter",
            None::<Uuid>,
            at_ms,
            DATE,
            10_i64,
            "CNY",
            300_i64,
            "尺码不对 \"退\"",
            None::<Uuid>
        ];
        let of_line = row![refund_line, refund, sku, Some(line), "line", 100_i64, 3_000_000_i64, 300_i64, None::<i64>, 0_i64, None::<Uuid>];
        self.write(
            "refund.record",
            vec![Change::Insert { table: &c::REFUND, rows: vec![document] }, Change::Insert { table: &c::REFUND_LINE, rows: vec![of_line] }],
        )
        .await;
    }

    async fn step_of_an_order(&mut self) {
        let Some((order, _)) = self.any_order() else { return };
        let (axis, to_state) = [("fulfil", "waiting"), ("fulfil", "done"), ("order", "cancelled")][usize::try_from(self.random.below(3)).unwrap()];
        let step = row![self.mint(), order, axis, to_state, self.at_ms, Uuid::from_u128(1), None::<String>, None::<Uuid>];
        self.write("order.step", vec![Change::Insert { table: &c::ORDER_TRANSITION, rows: vec![step] }]).await;
    }

    async fn count(&mut self) {
        let visitors = i64::try_from(self.random.below(40)).unwrap();
        let visit = row![self.mint(), self.shop, "counter", DATE, 11_i64, visitors, None::<Uuid>];
        self.write("visit.count", vec![Change::Insert { table: &c::VISIT_COUNT, rows: vec![visit] }]).await;
    }

    async fn reprice(&mut self) {
        if self.skus.is_empty() {
            return;
        }
        let n = usize::try_from(self.random.below(self.skus.len() as u64)).unwrap();
        self.skus[n].1 += 1;
        let (id, version) = self.skus[n];
        self.write("product.change", vec![Change::Put { table: &c::SKU, rows: vec![sku(id, version, n, 0)] }]).await;
    }
}

fn sku(id: Uuid, version: i64, n: usize, seed: u64) -> store::Row {
    row![
        id,
        version,
        format!("S{seed}-{n}-{id}"),
        format!("茶 {n} v{version}"),
        Some(CATEGORY),
        "goods",
        "CNY",
        Some(100 * version),
        None::<i64>,
        None::<Uuid>,
        START_MS
    ]
}

/// A chunk of made-up sales of five rows each, as a device sends it.
pub fn chunk(node_id: Uuid, after: i64, operations: i64) -> Chunk {
    let id = |kind: i64, seq: i64| format!("{:032x}", node_id.as_u128() << 64 | u128::from(kind.unsigned_abs()) << 32 | u128::from(seq.unsigned_abs()));
    let hash = |seq: i64| if seq == 0 { "00".repeat(32) } else { format!("{:064x}", node_id.as_u128() << 40 | u128::from(seq.unsigned_abs())) };
    let (shop, stream) = ("00000000000000000000000000000077", "shop:00000000000000000000000000000077");
    let mut tables: [Vec<serde_json::Value>; 4] = Default::default();
    let mut entries = Vec::new();
    for seq in after + 1..=after + operations {
        let order = id(1, seq);
        let line = |kind: i64| json!([id(kind, seq), order, kind, id(9, seq % 50), 1000, 3_500_000, 350, 200, 0, null]);
        tables[0].push(json!([
            seq,
            0,
            stream,
            "insert",
            [[order, format!("N{seq}"), shop, "counter", null, START_MS + seq, DATE, 9, "CNY", 0, 0, null, null]]
        ]));
        tables[1].push(json!([seq, 1, stream, "insert", [line(2), line(3)]]));
        tables[2].push(json!([seq, 2, stream, "insert", [[id(4, seq), order, "cash", 700, START_MS + seq, DATE, null]]]));
        tables[3].push(json!([seq, 3, stream, "insert", [[id(5, seq), id(9, seq % 50), shop, "sale", -2000, START_MS + seq, DATE, order, null, null]]]));
        entries.push(json!({"seq": seq, "hash": hash(seq), "previous_hash": hash(seq - 1), "at_ms": START_MS + seq, "kind": "order.record", "actor_id": shop, "device_id": shop, "origin": "here",
            "schema": 1, "operation_hash": hash(1), "events_hash": hash(2), "audit_hash": hash(3), "audit": hash(4), "audit_salt": shop}));
    }
    let [orders, lines, payments, moves] = tables;
    let body = json!({"previous_hash": hash(after), "entries": entries, "changes": {"order_doc": orders, "order_line": lines, "payment": payments, "stock_movement": moves}});
    Chunk { from_seq: after + 1, last_seq: after + operations, body: body.to_string(), rows: 5 * operations.unsigned_abs() }
}

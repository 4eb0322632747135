//! A hand that trades at random by seed: places, pays, ships, cancels, refunds, counts visitors and stock, imports files and undoes them, writes
//! down what happened weeks ago, and hears of what another computer did.

use crate::shop::{START_MS, Shop};
use domain::{BusinessDay, Channel, CustomerId, OrderId, PersonId, Random as _, ShopId, SkuId, Tender, clock::Seeded};
use serde_json::json;
use std::collections::BTreeMap;
use store::{
    Audit, Change, Entry, Event, Origin, Queue, Row, catalogue as c,
    inbound::{Content, InboundBatch, Record},
    row,
};
use uuid::Uuid;
use zhanggui_app::orders::{NewLine, NewOrder, NewRefund, OrderRows};

const DAY_MS: i64 = 86_400_000;
/// How far back something is written down late.
const BACK_DAYS: u64 = 130;
const ZONE: &str = "Asia/Shanghai";
const PERSON: PersonId = PersonId(Uuid::from_u128(1));

struct Sku {
    id: Uuid,
    has_stock: bool,
    cost_minor: Option<i64>,
}

#[derive(Clone)]
struct Placed {
    order: NewOrder,
    lines: Vec<Uuid>,
}

pub struct Hand<'a> {
    shop: &'a Shop,
    random: Seeded,
    zone: BusinessDay,
    shops: Vec<(Uuid, &'static str)>,
    skus: Vec<Sku>,
    customers: Vec<Uuid>,
    placed: Vec<Placed>,
    batches: Vec<String>,
    positions: BTreeMap<String, i64>,
    /// Whether another computer is heard of: what it did stands in no journal here.
    hears: bool,
    /// What was done, by name: a history that never cancels proves nothing of cancelling.
    pub done: BTreeMap<&'static str, u64>,
}

impl<'a> Hand<'a> {
    /// Sets up shops, goods and customers. The second shop trades in the same currency, the third in another.
    pub async fn new(shop: &'a Shop, seed: u64, hears: bool) -> Self {
        let first = shop.ask("shop_list", json!({})).await["shops"][0]["id"].as_str().unwrap().parse().unwrap();
        let mut hand = Self {
            shop,
            random: Seeded::new(seed),
            zone: BusinessDay::new(ZONE, 0).unwrap(),
            shops: vec![(first, "CNY"), (Uuid::from_u128(0xB), "CNY"), (Uuid::from_u128(0xC), "GBP")],
            skus: Vec::new(),
            customers: (0..7).map(|n| Uuid::from_u128(0xC0 + n)).collect(),
            placed: Vec::new(),
            batches: Vec::new(),
            positions: BTreeMap::new(),
            hears,
            done: BTreeMap::new(),
        };
        let mut skus = Vec::new();
        for (n, kind) in (0_i64..).zip(["goods", "goods", "goods", "goods", "goods", "goods", "postage", "sample", "discount", "fee"]) {
            let cost_minor = (kind == "goods" && hand.random.below(12) > 0).then_some(900 + 70 * n);
            let id = Uuid::from_u128(0x5C0 + n.unsigned_abs() as u128);
            hand.skus.push(Sku { id, has_stock: kind == "goods", cost_minor });
            skus.push(row![id, 1_i64, format!("S-{n}"), format!("杯 {n}"), None::<Uuid>, kind, "CNY", Some(2_000_i64), cost_minor, None::<Uuid>, START_MS]);
        }
        let shops = hand.shops[1..]
            .iter()
            .zip(2_i64..)
            .map(|((id, currency), n)| row![*id, 1_i64, format!("{n} 店"), ZONE, *currency, 0_i64, 8_i64, 22_i64, n])
            .collect();
        let people = hand
            .customers
            .iter()
            .zip(0..)
            .map(|(id, n)| row![*id, 1_i64, format!("K-{n}"), format!("顾客 {n}"), None::<String>, None::<String>, None::<Uuid>, START_MS])
            .collect();
        let put = |table, rows| Change::Put { table, rows };
        hand.write("shop.set_up", vec![put(&c::SHOP, shops), put(&c::SKU, skus), put(&c::CUSTOMER, people)]).await;
        hand
    }

    pub fn shop_ids(&self) -> Vec<Uuid> {
        self.shops.iter().map(|(id, _)| *id).collect()
    }

    /// Does something.
    pub async fn act(&mut self) {
        self.shop.wait(1_000 + self.random.below(240_000));
        let (what, happened) = match self.random.below(24) {
            0..=5 => ("place", self.place().await),
            6 | 7 => ("pay", self.pay().await),
            8 | 9 => ("cancel", self.ask_of_an_order("order_cancel").await),
            10 => ("ship", self.ask_of_an_order("order_ship").await),
            11 | 12 => ("refund an amount", self.refund_amount().await),
            13 | 14 => ("refund lines", self.refund_lines(false).await),
            15 => ("refund without a sale", self.refund_lines(true).await),
            16 => ("count visitors", self.visit().await),
            17 | 18 => ("count stock", self.stock().await),
            19 | 20 => ("import", self.import().await),
            21 => ("undo", self.undo().await),
            _ if !self.hears => ("place", self.place().await),
            _ => ("hear", self.hear().await),
        };
        *self.done.entry(what).or_default() += u64::from(happened);
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.random.below(n as u64)).unwrap()
    }

    fn mint(&mut self) -> Uuid {
        let now_ms = self.shop.now_ms();
        self.random.mint(now_ms)
    }

    /// Now, or for the most part some day before: often the very day a week ago, with which today is compared.
    fn some_time(&mut self) -> (i64, String, i64) {
        let now_ms = self.shop.now_ms();
        let at_ms = match self.random.below(5) {
            0 | 1 => now_ms,
            2 => now_ms - 7 * DAY_MS + i64::try_from(self.random.below(7_200_000)).unwrap() - 3_600_000,
            _ => now_ms - i64::try_from(self.random.below(BACK_DAYS * 86_400)).unwrap() * 1_000,
        };
        let (date, hour) = self.zone.of(at_ms);
        (at_ms, date.to_string(), i64::from(hour))
    }

    async fn write(&mut self, kind: &'static str, changes: Vec<Change>) {
        let entry = Entry {
            kind,
            actor: PERSON,
            at_ms: self.shop.now_ms(),
            origin: Origin::Here,
            changes,
            events: vec![Event { kind: format!("{kind}.done"), entity: "order".into(), ids: Vec::new() }],
            audit: Audit { act: kind.into(), result: "done".into(), detail: serde_json::Value::Null },
        };
        self.shop.store().begin(Queue::Person).await.unwrap().commit(entry).await.unwrap();
    }

    fn new_order(&mut self) -> (NewOrder, OrderRows, Vec<Uuid>) {
        let (at_ms, business_date, hour) = self.some_time();
        let shop = self.below(self.shops.len() * 3);
        let (shop_id, currency) = self.shops[if shop < 8 { shop % 2 } else { 2 }];
        let mut lines = Vec::new();
        for _ in 0..=self.below(3) {
            let n = self.below(self.skus.len());
            let quantity_milli = 500 * (1 + i64::try_from(self.random.below(6)).unwrap());
            let sku = &self.skus[n];
            let net_minor = if n == 8 { -150 } else { 2 * quantity_milli + i64::try_from(n).unwrap() * 7 };
            let cost_minor = sku.cost_minor.map(|cost| cost * quantity_milli / 1_000);
            lines.push(NewLine { sku_id: SkuId(sku.id), quantity_milli, price_minor: 2_000, net_minor, cost_minor, has_stock: sku.has_stock });
        }
        let paid = self.random.below(3) > 0;
        let cancelled = !paid && self.random.below(6) == 0;
        let fulfilled = match self.random.below(4) {
            _ if cancelled => vec![],
            0 => vec![("waiting", at_ms)],
            1 => vec![("waiting", at_ms), ("done", at_ms + 5_000)],
            _ => vec![],
        };
        let (id, who) = (self.mint(), self.below(10));
        let new = NewOrder {
            order_id: OrderId(id),
            order_no: format!("N-{id}"),
            shop_id: ShopId(shop_id),
            channel: [Channel::Counter, Channel::MiniProgram, Channel::Web, Channel::Errand][self.below(4)],
            customer_id: (who < 7).then(|| CustomerId(self.customers[who])),
            currency: currency.into(),
            at_ms,
            business_date,
            hour,
            discount_minor: if self.random.below(3) == 0 { 120 } else { 0 },
            freight_minor: if self.random.below(4) == 0 { 600 } else { 0 },
            lines,
            tender: paid.then_some(Tender::Wechat),
            fulfilled,
            cancelled_at_ms: cancelled.then_some(at_ms + 1_000),
        };
        let mut rows = OrderRows::default();
        let now_ms = self.shop.now_ms();
        let ids = rows.order(&new, PERSON, &mut || self.random.mint(now_ms));
        (new, rows, ids)
    }

    async fn place(&mut self) -> bool {
        let (order, rows, lines) = self.new_order();
        self.placed.push(Placed { order, lines });
        self.write("order.record", rows.into_changes()).await;
        true
    }

    fn any_placed(&mut self) -> Option<Placed> {
        let n = self.below(self.placed.len().max(1));
        self.placed.get(n).cloned()
    }

    async fn state_of(&self, id: OrderId) -> serde_json::Value {
        self.shop.ask("order_get", json!({"id": id.to_string()})).await
    }

    /// Pays a part, all, or more than all of an order that is open. Nobody pays an order that was cancelled.
    async fn pay(&mut self) -> bool {
        let Some(placed) = self.any_placed() else { return false };
        let seen = self.state_of(placed.order.order_id).await;
        if seen["row"]["fulfil"] == "closed" {
            return false;
        }
        let due = seen["row"]["payable_minor"].as_i64().unwrap();
        let amount = [due / 2, due, due + 50][self.below(3)].max(1);
        let (id, now_ms) = (self.mint(), self.shop.now_ms());
        let date = self.zone.of(now_ms).0.to_string();
        self.write(
            "order.pay",
            vec![Change::Insert { table: &c::PAYMENT, rows: vec![row![id, placed.order.order_id, "cash", amount, now_ms, date, None::<Uuid>]] }],
        )
        .await;
        true
    }

    async fn ask_of_an_order(&mut self, command: &str) -> bool {
        let Some(placed) = self.any_placed() else { return false };
        let asked = self.shop.try_ask(command, json!({"id": placed.order.order_id.to_string(), "reason": "试"})).await;
        asked.inspect_err(|refused| assert_eq!(refused["code"], "refused", "{refused}")).is_ok()
    }

    async fn refund_amount(&mut self) -> bool {
        let Some(placed) = self.any_placed() else { return false };
        let seen = self.state_of(placed.order.order_id).await;
        let left = seen["row"]["paid_minor"].as_i64().unwrap() - seen["row"]["refunded_minor"].as_i64().unwrap();
        let amount = if self.random.below(2) == 0 { left } else { 1 + left / 3 };
        let asked = self.shop.try_ask("refund_record", json!({"order_id": placed.order.order_id.to_string(), "amount_minor": amount, "reason": ""})).await;
        asked.inspect_err(|refused| assert_eq!(refused["code"], "refused", "{refused}")).is_ok()
    }

    fn new_refund(&mut self, placed: &Placed, lone: bool) -> Vec<Change> {
        let (at_ms, business_date, hour) = self.some_time();
        let n = self.below(placed.lines.len());
        let line = &placed.order.lines[n];
        if line.net_minor <= 0 {
            return Vec::new();
        }
        let new = NewRefund {
            order_id: placed.order.order_id,
            refund_no: format!("R-{at_ms}"),
            shop_id: placed.order.shop_id,
            channel: placed.order.channel,
            customer_id: placed.order.customer_id,
            currency: placed.order.currency.clone(),
            at_ms,
            business_date,
            hour,
            amount_minor: line.net_minor / 2,
            reason: None,
            lines: vec![(line.sku_id, placed.lines[n], line.quantity_milli / 2, 2_000, line.net_minor / 2, line.cost_minor.map(|c| c / 2))],
        };
        let mut rows = OrderRows::default();
        let now_ms = self.shop.now_ms();
        rows.refund(&new, &mut || self.random.mint(now_ms));
        let mut changes = rows.into_changes();
        for change in &mut changes {
            let Change::Insert { table, rows } = change else { continue };
            // A refund whose sale nobody found names neither order nor line.
            let column = table.column(if table.name == "refund" { "order_id" } else { "order_line_id" });
            if let Some(column) = column.filter(|_| lone && table.name.starts_with("refund")) {
                rows.iter_mut().for_each(|row| row[column] = store::Value::Null);
            }
        }
        // Only goods come back onto the shelf.
        changes.retain(|change| change.table().name != "stock_movement" || line.has_stock);
        changes
    }

    async fn refund_lines(&mut self, lone: bool) -> bool {
        let Some(placed) = self.any_placed() else { return false };
        if placed.order.cancelled_at_ms.is_some() || placed.order.tender.is_none() {
            return false;
        }
        let changes = self.new_refund(&placed, lone);
        if changes.is_empty() {
            return false;
        }
        self.write("refund.record", changes).await;
        true
    }

    fn new_visit(&mut self, batch: Option<Uuid>) -> Change {
        let (_, date, hour) = self.some_time();
        let (n, visitors) = (self.below(2), i64::try_from(self.random.below(60)).unwrap());
        let channel = ["counter", "web"][self.below(2)];
        Change::Insert { table: &c::VISIT_COUNT, rows: vec![row![self.mint(), self.shops[n].0, channel, date, hour, visitors, batch]] }
    }

    async fn visit(&mut self) -> bool {
        let change = self.new_visit(None);
        self.write("visit.count", vec![change]).await;
        true
    }

    fn movement(&mut self, kind: &'static str, quantity_milli: i64, batch: Option<Uuid>) -> Change {
        let (at_ms, date, _) = self.some_time();
        let (sku, shop) = (self.below(6), self.below(2));
        let (sku, shop) = (self.skus[sku].id, self.shops[shop].0);
        Change::Insert {
            table: &c::STOCK_MOVEMENT,
            rows: vec![row![self.mint(), sku, shop, kind, quantity_milli, at_ms, date, None::<Uuid>, None::<i64>, batch]],
        }
    }

    async fn stock(&mut self) -> bool {
        let (kind, quantity) = [("opening", 90_000), ("opening", 40_000), ("purchase_in", 25_000), ("write_off", -1_500)][self.below(4)];
        let change = self.movement(kind, quantity, None);
        self.write("stock.count", vec![change]).await;
        true
    }

    /// A small file; the next one overlaps it.
    async fn import(&mut self) -> bool {
        use std::fmt::Write as _;
        let mut text = String::from("invoice,stock_code,description,quantity,invoice_date,price,customer_id,country\n");
        let first = 500_000 + 4 * self.random.below(12);
        for invoice in first..first + 3 + self.random.below(5) {
            // The content is made from the number alone: overlapping files agree.
            let mut own = Seeded::new(invoice);
            let day = 1 + own.below(20);
            for _ in 0..=own.below(3) {
                let (code, quantity, pence, customer) = (own.below(5), 1 + own.below(4), 100 + own.below(900), 12_000 + own.below(4));
                let code = ["85048", "79323", "POST", "22041", "21232"][usize::try_from(code).unwrap()];
                writeln!(
                    text,
                    "{invoice},{code},CUP {code},{quantity},2026-10-{day:02} 10:{:02}:00,{}.{:02},{customer},China",
                    own.below(60),
                    pence / 100,
                    pence % 100
                )
                .unwrap();
                if own.below(5) == 0 {
                    writeln!(text, "C{invoice},{code},CUP {code},-1,2026-11-{day:02} 11:00:00,{}.{:02},{customer},China", pence / 100, pence % 100).unwrap();
                }
            }
            if own.below(4) == 0 {
                writeln!(text, "9{invoice},22041,,-2,2026-10-{day:02} 12:00:00,0.00,,China").unwrap();
            }
        }
        let n = self.below(2);
        let into = self.shops[n].0.to_string();
        let batch = self.shop.import(&text, Some(&into)).await;
        // Visitors and a count of the shelf that came with the file.
        let batch_id: Uuid = batch.parse().unwrap();
        if self.random.below(2) == 0 {
            let changes = vec![self.new_visit(Some(batch_id)), self.movement("opening", 30_000, Some(batch_id))];
            self.write("import.visits", changes).await;
        }
        self.batches.push(batch);
        true
    }

    async fn undo(&mut self) -> bool {
        if self.batches.is_empty() {
            return false;
        }
        let n = self.below(self.batches.len());
        let batch = self.batches.remove(n);
        self.shop.undo(&batch).await;
        true
    }

    /// What chance does not bring: a shop made by an import, another that is added, a new name, visits from a file, a recovery code, a new password, an undo.
    pub async fn the_rest(&mut self) {
        let head = "invoice,stock_code,description,quantity,invoice_date,price,customer_id,country\n";
        let batch = self.shop.import(&format!("{head}77,85048,CUP,2,2026-10-03 10:00:00,3.50,12001,China\n"), None).await;
        let visits = "date,channel,visitors\n2026-10-03,web,40\n2026-10-04,web,31\n";
        // The same file again adds nothing; after an undo it adds all of it.
        for (n, new) in [(1, 2), (2, 0)] {
            assert_eq!(self.shop.import_visits(Uuid::from_u128(0x715 + n), visits, self.shops[0].0).await, new);
        }
        self.shop.undo(&Uuid::from_u128(0x716).to_string()).await;
        assert_eq!(self.shop.import_visits(Uuid::from_u128(0x718), visits, self.shops[0].0).await, 2);
        self.shop.undo(&batch).await;
        self.shop.ask("shop_rename", json!({"id": self.shops[0].0, "name": "江景店"})).await;
        self.shop.ask("shop_add", json!({"name": "码头店", "currency": "HKD", "zone": "Asia/Hong_Kong"})).await;
        self.shop.sign_in_by_recovery().await;
        self.shop.change_password().await;
        assert!(self.ask_until_done("order_cancel").await && self.ask_until_done("order_ship").await);
        self.place().await;
    }

    async fn ask_until_done(&mut self, command: &str) -> bool {
        for _ in 0..400 {
            if self.ask_of_an_order(command).await {
                return true;
            }
            self.place().await;
        }
        false
    }

    /// Something that another computer did, its tables arriving in any order and in two deliveries.
    async fn hear(&mut self) -> bool {
        let mut changes = match self.random.below(5) {
            0 if !self.batches.is_empty() => {
                let n = self.below(self.batches.len());
                let batch: Uuid = self.batches[n].parse().unwrap();
                if self.random.below(2) == 0 {
                    self.batches.remove(n);
                }
                let (id, now_ms) = (self.mint(), self.shop.now_ms());
                // Rows of the batch that come only after it was undone.
                let late = [self.new_visit(Some(batch)), self.movement("purchase_in", 7_000, Some(batch))];
                [vec![Change::Insert { table: &c::IMPORT_UNDONE, rows: vec![row![id, batch, now_ms]] }], late.into()].concat()
            }
            1 => match self.any_placed().filter(|p| p.order.cancelled_at_ms.is_none() && p.order.tender.is_some()) {
                Some(placed) => self.new_refund(&placed, false),
                None => return false,
            },
            _ => self.order_elsewhere(),
        };
        for i in (1..changes.len()).rev() {
            let j = self.below(i + 1);
            changes.swap(i, j);
        }
        let late = changes.split_off(self.below(changes.len() + 1));
        for delivery in [changes, late] {
            self.deliver(delivery).await;
        }
        true
    }

    /// An order placed at another computer, now and then of goods that nobody here has heard of.
    fn order_elsewhere(&mut self) -> Vec<Change> {
        let (mut order, rows, lines) = self.new_order();
        let mut changes = rows.into_changes();
        if self.random.below(3) == 0 {
            let (id, kind) = (self.mint(), ["goods", "sample", "postage"][self.below(3)]);
            let new = row![id, 1_i64, format!("S-{id}"), "别处的货", None::<Uuid>, kind, "CNY", Some(2_000_i64), Some(800_i64), None::<Uuid>, START_MS];
            let replace = |rows: &mut Vec<Row>, column: usize| rows.iter_mut().for_each(|row| row[column] = id.into());
            for change in &mut changes {
                let column = change.table().column("sku_id");
                if let (Change::Insert { rows, .. }, Some(column)) = (&mut *change, column) {
                    replace(rows, column);
                }
            }
            if kind != "goods" {
                changes.retain(|change| change.table().name != "stock_movement");
            }
            order.lines.iter_mut().for_each(|line| (line.sku_id, line.has_stock) = (SkuId(id), kind == "goods"));
            changes.push(Change::Put { table: &c::SKU, rows: vec![new] });
        }
        // The same goods on a shelf where nobody told how many there are; known here only once it has all arrived.
        if order.lines.iter().all(|line| line.has_stock == self.skus.iter().any(|sku| sku.id == line.sku_id.0 && sku.has_stock)) {
            self.placed.push(Placed { order, lines });
        }
        changes
    }

    async fn deliver(&mut self, changes: Vec<Change>) {
        let mut records = Vec::new();
        for change in changes {
            let stream = if change.table().stream == c::Stream::Global { "global" } else { "shop:elsewhere" };
            let position = self.positions.entry(stream.to_owned()).or_default();
            *position += 1;
            records.push(Record {
                stream: stream.into(),
                epoch: [7; 16],
                position: *position,
                node_id: [9; 16],
                seq: *position,
                content: Content::Rows(change),
            });
        }
        let count = u64::try_from(records.iter().map(|r| if let Content::Rows(change) = &r.content { change.rows().len() } else { 0 }).sum::<usize>()).unwrap();
        let report = self.shop.store().apply_inbound(InboundBatch { at_ms: self.shop.now_ms(), records, entries: Vec::new() }).await.unwrap();
        assert_eq!((report.rows, report.quarantined), (count, 0));
    }
}

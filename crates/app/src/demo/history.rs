//! The demo's past: the extract moved by whole weeks so that it ends in the present week, then the same weeks of the year before, up to now.

use super::goods::{self, Basket, DemoShop, Good};
use crate::{
    Error, Program, Result,
    access::founding::ShopFacts,
    jobs::Running,
    landing::{Landing, Mark},
    orders::{NewLine, NewOrder, NewRefund, OrderRows},
    shops,
    wire::Language,
};
use domain::{BusinessDay, Channel, CustomerId, OrderId, PersonId, ShopId, SkuId, Tender, clock::Seeded};
use jiff::{ToSpan, civil::Date};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::{Audit, Change, Entry, Event, Origin, Queue, Row, Store, Value, catalogue, row};
use uuid::Uuid;

/// The last day of the extract, and the year's length in whole weeks.
const LAST_DAY: i64 = 738;
const YEAR_DAYS: i64 = 364;
/// Orders in one journal entry of the history.
const ORDERS_PER_ENTRY: usize = 400;
/// Orders younger than this may still be on their way.
const FRESH_MS: i64 = 44 * 3_600_000;

/// The tables of the demo and the ids that were given to them: enough to make any day's orders.
pub(super) struct World {
    pub goods: Vec<Good>,
    pub shops: Vec<DemoShop>,
    pub shop_ids: Vec<ShopId>,
    pub days: BTreeMap<i64, Vec<Basket>>,
    pub zone: BusinessDay,
    /// Day 0 of the extract falls on this date.
    pub base: Date,
    pub actor: PersonId,
}

/// A stable number for a thing of the demo, so that a shop made twice at one moment is the same twice.
pub(super) fn draw(seed: u64, salt: u64) -> u64 {
    Seeded::new(seed.wrapping_mul(0x9E37_79B9).wrapping_add(salt)).next_u64()
}

/// The id of a thing of the demo by its kind and number.
pub(super) fn demo_id(kind: &str, number: u64) -> Uuid {
    domain::trade_file::IdSpace::new(Uuid::nil(), "demo", 0).named(domain::trade_file::ImportedKind::Product, &format!("{number}/{kind}"))
}

impl World {
    pub(super) fn sku_id(&self, at: usize) -> SkuId {
        SkuId(demo_id("sku", u64::try_from(at).unwrap_or(0)))
    }

    /// The extract's day that stands behind a date; later dates take the same weekday of the year before.
    fn source_day(&self, date: Date) -> i64 {
        let mut day = i64::from(self.base.until(date).map_or(0, |s| s.get_days()));
        while day > LAST_DAY {
            day -= YEAR_DAYS;
        }
        day
    }

    /// The baskets of a date, with the instant of each.
    pub(super) fn baskets_of(&self, date: Date) -> Vec<(i64, &Basket)> {
        let day = self.days.get(&self.source_day(date));
        day.into_iter()
            .flatten()
            .filter_map(|b| {
                let at = date.at(i8::try_from(b.minute / 60).ok()?, i8::try_from(b.minute % 60).ok()?, i8::try_from(b.number % 60).ok()?, 0);
                self.zone.instant_ms(at).map(|at_ms| (at_ms, b))
            })
            .collect()
    }

    /// A sale of the demo, as the orders' room takes it.
    pub(super) fn order(&self, basket: &Basket, date: Date, at_ms: i64, number_of_day: u64, now_ms: i64) -> (usize, NewOrder) {
        let dice = draw(basket.number, u64::try_from(at_ms.rem_euclid(1 << 40)).unwrap_or(0));
        let shop = self.shop_of(dice);
        let channel = match dice >> 8 & 127 {
            0..=49 => Channel::Counter,
            50..=105 => Channel::MiniProgram,
            106..=118 => Channel::Web,
            119..=124 => Channel::App,
            _ => Channel::Errand,
        };
        let remote = channel != Channel::Counter;
        let lines: Vec<NewLine> = basket
            .lines
            .iter()
            .filter_map(|(at, pieces)| {
                let good = self.goods.get(*at)?;
                Some(NewLine {
                    sku_id: self.sku_id(*at),
                    quantity_milli: pieces * 1_000,
                    price_minor: good.price_minor,
                    net_minor: good.price_minor * pieces,
                    cost_minor: Some(good.cost_minor * pieces),
                    has_stock: true,
                })
            })
            .collect();
        let goods_minor: i64 = lines.iter().map(|l| l.net_minor).sum();
        // Full reduction 满减: ¥15 off from ¥120 at the mini program; delivery costs ¥6 below ¥88.
        let discount_minor = if channel == Channel::MiniProgram && goods_minor >= 12_000 { 1_500 } else { 0 };
        let freight_minor = if remote && goods_minor < 8_800 { 600 } else { 0 };
        let age_ms = now_ms - at_ms;
        let unpaid = remote && dice >> 20 & 63 == 0;
        let cancelled_at_ms = (unpaid && age_ms > 1_800_000).then_some(at_ms + 1_800_000);
        let fulfilled = fulfilment(remote, at_ms, age_ms, dice, unpaid);
        let tender = match (channel, dice >> 16 & 7) {
            _ if unpaid => None,
            (Channel::Counter, 0..=1) => Some(Tender::Cash),
            (Channel::Counter, 2) => Some(Tender::Card),
            (_, 3) => Some(Tender::Alipay),
            _ => Some(Tender::Wechat),
        };
        let (_, hour) = self.zone.of(at_ms);
        let order_id = OrderId(domain::id::uuid_v7(at_ms, seeded_bytes(basket.number, at_ms)));
        let customer_id = basket.customer.filter(|_| remote || dice & 1 == 0).map(|n| CustomerId(demo_id("customer", n)));
        // With the year: the past is longer than one, and a number names one order.
        let order_no = format!("{}{:02}{:02}{:02}-{number_of_day:04}", self.shops[shop].prefix, date.year() % 100, date.month(), date.day());
        let order = NewOrder {
            order_id,
            order_no,
            shop_id: self.shop_ids[shop],
            channel,
            customer_id,
            currency: "CNY".into(),
            at_ms,
            business_date: date.to_string(),
            hour: i64::from(hour),
            discount_minor,
            freight_minor,
            lines,
            tender,
            fulfilled,
            cancelled_at_ms,
        };
        (shop, order)
    }

    fn shop_of(&self, dice: u64) -> usize {
        let mut left = (dice >> 32) % 10_000;
        for (i, shop) in self.shops.iter().enumerate() {
            if left < shop.share_bp {
                return i;
            }
            left -= shop.share_bp;
        }
        0
    }
}

/// How far an order has come: a counter sale is done at once, others within two days.
fn fulfilment(remote: bool, at_ms: i64, age_ms: i64, dice: u64, unpaid: bool) -> Vec<(&'static str, i64)> {
    if unpaid {
        return Vec::new();
    }
    if !remote {
        return vec![("done", at_ms)];
    }
    let slow = dice >> 24 & 31;
    let sent_after_ms = i64::try_from(slow + 1).unwrap_or(1) * 3_600_000 / 2;
    let done_after_ms = sent_after_ms * 2 + 3_600_000;
    let mut steps = vec![("waiting", at_ms)];
    // A few of the last two days were forgotten: they are what 今日 asks to ship.
    if slow == 31 && age_ms < FRESH_MS {
        return steps;
    }
    if age_ms > sent_after_ms {
        steps.push(("underway", at_ms + sent_after_ms));
    }
    if age_ms > done_after_ms {
        steps.push(("done", at_ms + done_after_ms));
    }
    steps
}

pub(super) fn seeded_bytes(number: u64, at_ms: i64) -> [u8; 10] {
    let mut bytes = [0; 10];
    domain::Random::fill(&mut Seeded::new(number ^ at_ms.unsigned_abs().rotate_left(17)), &mut bytes);
    bytes
}

/// Reads the tables and lays the extract so that it ends in the week before `today`.
pub(super) fn world(language: Language, actor: PersonId, first_shop: ShopId, today: Date) -> Result<World> {
    let base = jiff::civil::date(2009, 12, 1);
    let last = base.checked_add(LAST_DAY.days()).map_err(|e| Error::Fault(e.to_string()))?;
    let weeks = i64::from(last.until(today).map_err(|e| Error::Fault(e.to_string()))?.get_days()).div_euclid(7);
    let base = base.checked_add((weeks * 7).days()).map_err(|e| Error::Fault(e.to_string()))?;
    let shops = goods::shops(language)?;
    let shop_ids = (0..).zip(&shops).map(|(i, _)| if i == 0 { first_shop } else { ShopId(demo_id("shop", i)) }).collect();
    let zone = BusinessDay::new("Asia/Shanghai", 0).ok_or_else(|| Error::Fault("the demo's zone is not known".into()))?;
    Ok(World { goods: goods::goods(language)?, shops, shop_ids, days: goods::by_day(goods::baskets()?), zone, base, actor })
}

/// Writes the whole past of a new demo.
pub(super) async fn write(program: &Arc<Program>, store: &Arc<Store>, actor: PersonId, language: Language, running: &Running) -> Result<()> {
    let now_ms = program.now_ms();
    let zone = BusinessDay::new("Asia/Shanghai", 0).ok_or_else(|| Error::Fault("the demo's zone is not known".into()))?;
    let (today, _) = zone.of(now_ms);
    let mut db = store.reader().await?;
    let first = store::read::shops(&mut db).await?.into_iter().next().ok_or_else(Error::not_found)?;
    drop(db);
    let world = world(language, actor, first.id, today)?;
    std::fs::write(store.dir().join("owner"), super::owner_name(language))?;
    std::fs::write(store.dir().join("base"), world.base.to_string())?;
    let mut sold: HashMap<(usize, ShopId), i64> = HashMap::new();
    masters(store, &world, language, now_ms).await?;
    let total_days = i64::from(world.base.until(today).map_or(0, |s| s.get_days())) + 1;
    let mut writer = Writer::new(store, &world, now_ms);
    let mut date = world.base;
    for done in 0..total_days {
        writer.day(date, i64::MIN, now_ms, &mut sold).await?;
        running.progress(done + 1, total_days);
        if running.stopped() {
            writer.land().await?;
            return Err(Error::refuse(crate::Code::Refused, "making the demo was stopped"));
        }
        date = date.checked_add(1.day()).map_err(|e| Error::Fault(e.to_string()))?;
    }
    writer.end().await?;
    opening(store, &world, &sold, now_ms).await
}

/// Adds the trade since the demo was left, up to now.
pub(super) async fn catch_up(store: &Arc<Store>, world: &World, since_ms: i64, now_ms: i64) -> Result<i64> {
    /// After a longer absence only the last weeks are filled: the person waits for this.
    const DAYS_MAX: i64 = 60;
    let since_ms = since_ms.max(now_ms - DAYS_MAX * 86_400_000);
    let (mut date, _) = world.zone.of(since_ms);
    let (today, _) = world.zone.of(now_ms);
    let mut writer = Writer::new(store, world, now_ms);
    while date <= today {
        writer.day(date, since_ms, now_ms, &mut HashMap::new()).await?;
        date = date.checked_add(1.day()).map_err(|e| Error::Fault(e.to_string()))?;
    }
    writer.end().await?;
    Ok(writer.written)
}

fn entry(world: &World, kind: &'static str, at_ms: i64, changes: Vec<Change>) -> Entry {
    Entry {
        kind,
        actor: world.actor,
        at_ms,
        origin: Origin::Imported,
        changes,
        events: vec![Event { kind: "demo.filled".into(), entity: "order".into(), ids: Vec::new() }],
        audit: Audit { act: kind.into(), result: "done".into(), detail: Value::Null.to_json() },
    }
}

async fn masters(store: &Store, world: &World, language: Language, now_ms: i64) -> Result<()> {
    let categories = goods::categories(language)?;
    let category_id = |code: &str| categories.iter().position(|(c, _)| c == code).map(|i| demo_id("category", u64::try_from(i).unwrap_or(0)));
    let shops: Vec<Row> = world
        .shops
        .iter()
        .zip(&world.shop_ids)
        .enumerate()
        .skip(1)
        .map(|(i, (shop, id))| {
            let facts = ShopFacts { name: shop.name.clone(), currency: "CNY".into(), zone: "Asia/Shanghai".into() };
            shops::new_row(id.0, &facts, i64::try_from(i).unwrap_or(0) + 1)
        })
        .collect();
    let category_rows: Vec<Row> =
        categories.iter().enumerate().map(|(i, (_, name))| row![demo_id("category", u64::try_from(i).unwrap_or(0)), 1_i64, name.clone()]).collect();
    let skus: Vec<Row> = world
        .goods
        .iter()
        .enumerate()
        .map(|(i, g)| {
            let mut sku: Row =
                row![world.sku_id(i), 1_i64, g.code.clone(), g.name.clone(), category_id(&g.category), "goods", "CNY", g.price_minor, g.cost_minor];
            sku.extend([Value::Null, Value::Int(now_ms)]);
            sku
        })
        .collect();
    let names = goods::people(language)?;
    let mut first: BTreeMap<u64, i64> = BTreeMap::new();
    for (day, baskets) in &world.days {
        for customer in baskets.iter().filter_map(|b| b.customer) {
            first.entry(customer).or_insert(*day);
        }
    }
    let customers: Vec<Row> = first
        .into_iter()
        .map(|(n, day)| {
            let joined = world.base.checked_add(day.days()).ok().and_then(|d| world.zone.instant_ms(d.at(10, 0, 0, 0))).unwrap_or(now_ms);
            // Numbers of a range that is kept free for examples: nobody's telephone rings.
            let phone = format!("1{:02}0000{:04}", 30 + draw(n, 7) % 60, n % 10_000);
            let mut customer: Row = row![demo_id("customer", n), 1_i64, format!("{:05}", 10_000 + n), names(n), phone, None::<String>];
            customer.extend([Value::Null, Value::Int(joined)]);
            customer
        })
        .collect();
    let changes = [(&catalogue::SHOP, shops), (&catalogue::CATEGORY, category_rows), (&catalogue::SKU, skus), (&catalogue::CUSTOMER, customers)];
    for (table, rows) in changes {
        for part in rows.chunks(1_000) {
            let change = Change::Put { table, rows: part.to_vec() };
            store.begin(Queue::Background).await?.commit(entry(world, "demo.masters", now_ms, vec![change])).await?;
        }
    }
    Ok(())
}

/// States what each shop had at the start, so that on hand is what was not sold and a seeded rest.
async fn opening(store: &Store, world: &World, sold: &HashMap<(usize, ShopId), i64>, now_ms: i64) -> Result<()> {
    let start_ms = world.zone.instant_ms(world.base.at(8, 0, 0, 0)).unwrap_or(now_ms);
    let mut rows: Vec<Row> = Vec::new();
    for (i, good) in world.goods.iter().enumerate() {
        for (s, shop_id) in world.shop_ids.iter().enumerate() {
            let number = u64::try_from(i * 16 + s).unwrap_or(0);
            let dice = draw(number, 99);
            let rest = if dice.is_multiple_of(23) { i64::try_from(dice >> 8 & 3).unwrap_or(0) } else { 4 + i64::try_from(dice >> 8 & 63).unwrap_or(0) };
            let quantity_milli = sold.get(&(i, *shop_id)).copied().unwrap_or(0) + rest * 1_000;
            let cost_minor = good.cost_minor * (quantity_milli / 1_000);
            rows.push(row![
                demo_id("opening", number),
                world.sku_id(i),
                *shop_id,
                "opening",
                quantity_milli,
                start_ms,
                world.base.to_string(),
                None::<Uuid>,
                cost_minor,
                None::<Uuid>
            ]);
        }
    }
    for part in rows.chunks(1_000) {
        let change = Change::Insert { table: &catalogue::STOCK_MOVEMENT, rows: part.to_vec() };
        store.begin(Queue::Background).await?.commit(entry(world, "demo.opening", now_ms, vec![change])).await?;
    }
    Ok(())
}

/// Gathers days into entries.
struct Writer<'a> {
    landing: Option<Landing>,
    world: &'a World,
    now_ms: i64,
    rows: OrderRows,
    visits: Vec<Row>,
    held: usize,
    written: i64,
    /// What each customer bought of each SKU, for what comes back: order, line, shop, channel, order number, pieces.
    bought: HashMap<(u64, usize), Vec<Bought>>,
    /// How many refunds each order has had: their numbers go on, as those of a refund by hand do.
    refunds_of: HashMap<OrderId, u64>,
}

#[derive(Clone)]
struct Bought {
    order: NewOrder,
    line_id: Uuid,
    line: usize,
    left_milli: i64,
}

impl<'a> Writer<'a> {
    fn new(store: &'a Arc<Store>, world: &'a World, now_ms: i64) -> Self {
        Self {
            landing: Some(Landing::start(store.clone())),
            world,
            now_ms,
            rows: OrderRows::default(),
            visits: Vec::new(),
            held: 0,
            written: 0,
            bought: HashMap::new(),
            refunds_of: HashMap::new(),
        }
    }

    async fn day(&mut self, date: Date, after_ms: i64, until_ms: i64, sold: &mut HashMap<(usize, ShopId), i64>) -> Result<()> {
        let mut numbers = vec![0_u64; self.world.shops.len()];
        let mut visits: BTreeMap<(ShopId, Channel, i64), i64> = BTreeMap::new();
        for (at_ms, basket) in self.world.baskets_of(date) {
            if basket.is_cancellation {
                if at_ms > after_ms && at_ms <= until_ms {
                    self.take_back(basket, date, at_ms, sold);
                }
                continue;
            }
            let shop = self.world.order(basket, date, at_ms, 0, self.now_ms).0;
            numbers[shop] += 1;
            if at_ms <= after_ms || at_ms > until_ms {
                continue;
            }
            let (_, order) = self.world.order(basket, date, at_ms, numbers[shop], self.now_ms);
            if order.channel != Channel::Counter {
                *visits.entry((order.shop_id, order.channel, order.hour)).or_default() += 14 + i64::try_from(draw(basket.number, 5) % 21).unwrap_or(0);
            }
            self.sell(basket, order, sold);
        }
        for ((shop_id, channel, hour), visitors) in visits {
            let id = demo_id(&format!("visit/{date}/{}/{hour}/{shop_id}/{after_ms}", channel.word()), 0);
            self.visits.push(row![id, shop_id, channel.word(), date.to_string(), hour, visitors, None::<Uuid>]);
        }
        if self.held >= ORDERS_PER_ENTRY { self.flush().await } else { Ok(()) }
    }

    fn sell(&mut self, basket: &Basket, order: NewOrder, sold: &mut HashMap<(usize, ShopId), i64>) {
        let mut n = 0_u64;
        let (number, at_ms) = (basket.number, order.at_ms);
        let ids = self.rows.order(&order, self.world.actor, &mut || {
            n += 1;
            domain::id::uuid_v7(at_ms, seeded_bytes(number.wrapping_mul(1_000) + n, at_ms))
        });
        if order.cancelled_at_ms.is_none() {
            for (at, pieces) in &basket.lines {
                *sold.entry((*at, order.shop_id)).or_default() += pieces * 1_000;
            }
        }
        if let Some(customer) = basket.customer.filter(|_| order.tender.is_some() && order.discount_minor == 0) {
            for (i, (line_id, (at, pieces))) in ids.iter().zip(&basket.lines).enumerate() {
                self.bought.entry((customer, *at)).or_default().push(Bought { order: order.clone(), line_id: *line_id, line: i, left_milli: pieces * 1_000 });
            }
        }
        self.held += 1;
        self.written += 1;
    }

    fn take_back(&mut self, basket: &Basket, date: Date, at_ms: i64, sold: &mut HashMap<(usize, ShopId), i64>) {
        let Some(customer) = basket.customer else { return };
        for (n, (at, pieces)) in basket.lines.iter().enumerate() {
            let wanted = pieces * 1_000;
            let Some(found) = self.bought.get_mut(&(customer, *at)).and_then(|all| all.iter_mut().rev().find(|b| b.left_milli >= wanted)) else { continue };
            found.left_milli -= wanted;
            let found = found.clone();
            let line = &found.order.lines[found.line];
            let amount_minor = line.price_minor * pieces;
            let (_, hour) = self.world.zone.of(at_ms);
            let refunds = self.refunds_of.entry(found.order.order_id).or_default();
            *refunds += 1;
            let number = basket.number.wrapping_mul(50) + u64::try_from(n).unwrap_or(0);
            let refund = NewRefund {
                order_id: found.order.order_id,
                refund_no: format!("R-{}-{refunds}", found.order.order_no),
                shop_id: found.order.shop_id,
                channel: found.order.channel,
                customer_id: found.order.customer_id,
                currency: "CNY".into(),
                at_ms,
                business_date: date.to_string(),
                hour: i64::from(hour),
                amount_minor,
                reason: None,
                lines: vec![(
                    line.sku_id,
                    found.line_id,
                    wanted,
                    line.price_minor,
                    amount_minor,
                    line.cost_minor.map(|c| c * wanted / line.quantity_milli.max(1)),
                )],
            };
            let mut k = 0_u64;
            self.rows.refund(&refund, &mut || {
                k += 1;
                domain::id::uuid_v7(at_ms, seeded_bytes(number.wrapping_mul(77) + k, at_ms + 1))
            });
            *sold.entry((*at, found.order.shop_id)).or_default() -= wanted;
        }
    }

    async fn flush(&mut self) -> Result<()> {
        let mut changes = std::mem::take(&mut self.rows).into_changes();
        let visits = std::mem::take(&mut self.visits);
        if !visits.is_empty() {
            changes.push(Change::Insert { table: &catalogue::VISIT_COUNT, rows: visits });
        }
        self.held = 0;
        if changes.is_empty() {
            return Ok(());
        }
        let Some(landing) = &self.landing else { return Ok(()) };
        let goes_on = landing.hand_over(entry(self.world, "demo.history", self.now_ms, changes), None, Mark::default()).await?;
        if goes_on { Ok(()) } else { self.land().await }
    }

    /// Hands over the last of it and waits until everything is durable.
    async fn end(&mut self) -> Result<()> {
        self.flush().await?;
        self.land().await
    }

    async fn land(&mut self) -> Result<()> {
        match self.landing.take() {
            Some(landing) => landing.end().await.1,
            None => Ok(()),
        }
    }
}

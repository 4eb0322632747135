//! Reads over a random history written by the same apply and derive that the writer uses: every figure equals its facts, every tile its rows.

mod plans;

use super::{
    customers::{self, CustomerFilter, CustomerSort},
    day,
    months::Months,
    order,
    orders::{self, OrderFilter, OrderSort},
    places,
    products::{self, ProductFilter, ProductSort},
    proof,
    sales::{self, Sales},
    search, skus,
    span::Span,
    stock,
};
use crate::{
    Change,
    apply::{self, Meeting},
    catalogue as c,
    derive::{self, Kinds, Sums, Touched},
};
use domain::{BatchId, Channel, CustomerId, FulfilState, OrderId, PayState, Random as _, ShopId, SkuId, clock::Seeded};
use jiff::{ToSpan as _, civil::Date, civil::date};
use sqlx::{Connection as _, SqliteConnection};
use uuid::Uuid;

const CHANNELS: [Channel; 3] = [Channel::Counter, Channel::MiniProgram, Channel::Web];
const FIRST: Date = date(2026, 1, 5);
const DAYS: u64 = 100;

/// A small world with a history.
struct World {
    db: SqliteConnection,
    kept: Months,
    random: Seeded,
    shops: Vec<ShopId>,
    skus: Vec<SkuId>,
    customers: Vec<CustomerId>,
    orders: Vec<(OrderId, i64, Date)>,
    batch: Option<BatchId>,
}

async fn empty() -> SqliteConnection {
    let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for sql in crate::form::MIGRATIONS {
        sqlx::raw_sql(*sql).execute(&mut db).await.unwrap();
    }
    derive::prepare(&mut db).await.unwrap();
    db
}

/// Applies changes as the writer does.
async fn write(db: &mut SqliteConnection, changes: &[Change]) {
    let touched = Touched::of(changes, true);
    let mut sums = Sums::default();
    derive::retract(db, &touched, &mut sums).await.unwrap();
    for change in changes {
        assert!(apply::apply(db, change, Meeting::Decided).await.unwrap().is_empty());
        derive::single_rows(db, change, &mut sums).await.unwrap();
    }
    derive::contribute(db, &touched, changes, &mut sums, &mut Kinds::default()).await.unwrap();
    sums.write(db).await.unwrap();
}

fn insert(table: &'static c::Table, row: crate::Row) -> Change {
    Change::Insert { table, rows: vec![row] }
}

fn put(table: &'static c::Table, row: crate::Row) -> Change {
    Change::Put { table, rows: vec![row] }
}

fn at_ms(day: Date, hour: i64, minute: i64) -> i64 {
    // The shops of the tests stand in UTC.
    day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_millisecond() + (hour * 60 + minute) * 60_000
}

#[tokio::test]
async fn a_refund_and_its_lines_may_come_apart_and_name_other_orders() {
    let mut db = empty().await;
    let id = |n: u128| Uuid::from_u128(n);
    let day = FIRST.to_string();
    write(&mut db, &[put(&c::SKU, row![id(1), 1, "85123A", "lantern", None::<Uuid>, "goods", "CNY", None::<i64>, None::<i64>, None::<Uuid>, 0])]).await;
    for n in [10, 20] {
        let doc = row![id(n), format!("A{n}"), id(2), "web", None::<Uuid>, at_ms(FIRST, 9, 0), day.clone(), 9, "CNY", 0, 0, None::<String>, None::<Uuid>];
        let line = row![id(n + 1), id(n), 1, id(1), 1000, 1_000_000, 100, None::<i64>, 0, None::<Uuid>];
        let paid = row![id(n + 2), id(n), "cash", 100, at_ms(FIRST, 9, 0), day.clone(), None::<Uuid>];
        write(&mut db, &[insert(&c::ORDER_DOC, doc), insert(&c::ORDER_LINE, line), insert(&c::PAYMENT, paid)]).await;
    }
    let refund = |n: u128, order: Option<Uuid>| {
        let doc =
            row![id(n), order, format!("R{n}"), id(2), "web", None::<Uuid>, at_ms(FIRST, 10, 0), day.clone(), 10, "CNY", 50, None::<String>, None::<Uuid>];
        insert(&c::REFUND, doc)
    };
    let line = |n: u128, refund: u128| {
        insert(&c::REFUND_LINE, row![id(n), id(refund), id(1), Some(id(21)), "exact", 500, 1_000_000, 50, None::<i64>, 0, None::<Uuid>])
    };
    let told = async |db: &mut SqliteConnection| -> Vec<i64> {
        sqlx::query_scalar("SELECT refunded_minor FROM order_fold ORDER BY order_id").fetch_all(db).await.unwrap()
    };
    write(&mut db, &[refund(30, Some(id(10)))]).await;
    assert_eq!(told(&mut db).await, [50, 0]);
    write(&mut db, &[line(31, 30)]).await;
    assert_eq!(told(&mut db).await, [0, 50]);
    write(&mut db, &[line(41, 40)]).await;
    assert_eq!(told(&mut db).await, [0, 50]);
    write(&mut db, &[refund(40, None)]).await;
    assert_eq!(told(&mut db).await, [0, 100]);
    derive::rebuild(&mut db).await.unwrap();
    assert_eq!(told(&mut db).await, [0, 100]);
}

impl World {
    async fn new(seed: u64) -> Self {
        let mut world = Self {
            db: empty().await,
            kept: Months::default(),
            random: Seeded::new(seed),
            shops: Vec::new(),
            skus: Vec::new(),
            customers: Vec::new(),
            orders: Vec::new(),
            batch: None,
        };
        for (i, name) in ["西湖店", "滨江店"].into_iter().enumerate() {
            let id = ShopId(world.id());
            world.shops.push(id);
            write(&mut world.db, &[put(&c::SHOP, row![id, 1, name, "UTC", "CNY", 0, 8, 22, i64::try_from(i).unwrap()])]).await;
        }
        for (code, name, kind, cost) in [
            ("BW350", "保温杯 350ml 黑", "goods", Some(4_000)),
            ("ST01", "加绒手套 灰 M", "goods", Some(1_200)),
            ("71053", "WHITE METAL LANTERN", "goods", Some(100)),
            ("HZJ", "红枣姜茶 12 包", "goods", None),
            ("POST", "邮费", "postage", None),
            ("D", "优惠", "discount", None),
        ] {
            let id = SkuId(world.id());
            world.skus.push(id);
            write(&mut world.db, &[put(&c::SKU, row![id, 1, code, name, None::<Uuid>, kind, "CNY", 7_900, cost, None::<Uuid>, 0])]).await;
        }
        for i in 0..12_i64 {
            let id = CustomerId(world.id());
            world.customers.push(id);
            let row = row![id, 1, format!("C{i}"), format!("林{i}"), format!("1380000{:04}", i * 37), "中国", None::<Uuid>, 0];
            write(&mut world.db, &[put(&c::CUSTOMER, row)]).await;
        }
        for shop in world.shops.clone() {
            for sku in world.skus.clone().into_iter().take(2) {
                world.movement(sku, shop, "opening", 400_000, FIRST, None).await;
            }
        }
        world
    }

    fn id(&mut self) -> Uuid {
        self.random.mint(1_767_571_200_000)
    }

    fn below(&mut self, limit: u64) -> i64 {
        i64::try_from(self.random.below(limit)).unwrap()
    }

    fn shop(&mut self) -> ShopId {
        let at = usize::try_from(self.below(2)).unwrap();
        self.shops[at]
    }

    async fn movement(&mut self, sku: SkuId, shop: ShopId, kind: &str, quantity: i64, day: Date, batch: Option<BatchId>) {
        let id = self.id();
        let row = row![id, sku, shop, kind, quantity, at_ms(day, 9, 0), day.to_string(), None::<Uuid>, None::<i64>, batch];
        write(&mut self.db, &[insert(&c::STOCK_MOVEMENT, row)]).await;
    }

    /// An order with some lines, paid in most cases, later shipped, cancelled or refunded in some.
    async fn sale(&mut self) {
        let id = OrderId(self.id());
        let day = FIRST.checked_add(self.below(DAYS).days()).unwrap();
        let (hour, minute) = (8 + self.below(14), self.below(60));
        let shop = self.shop();
        let channel = CHANNELS[usize::try_from(self.below(3)).unwrap()];
        let customer = (self.below(10) < 7).then(|| self.customers[usize::try_from(self.random.below(12)).unwrap()]);
        let (discount, freight) = (self.below(3) * 50, self.below(2) * 600);
        let number = format!("A{:05}", self.orders.len());
        let doc = row![
            id,
            number,
            shop,
            channel.word(),
            customer,
            at_ms(day, hour, minute),
            day.to_string(),
            hour,
            "CNY",
            discount,
            freight,
            None::<String>,
            self.batch
        ];
        let mut changes = vec![insert(&c::ORDER_DOC, doc)];
        let mut payable = freight - discount;
        for line in 0..1 + self.below(4) {
            let sku_at = usize::try_from(self.below(6)).unwrap();
            let sku = self.skus[sku_at];
            let pieces = 1 + self.below(3);
            let price = if sku_at == 5 { -100 } else { self.below(20) * 500 };
            payable += price * pieces;
            let cost = [Some(4_000), Some(1_200), Some(100)].get(sku_at).copied().flatten().map(|c: i64| c * pieces);
            let (line_id, movement_id) = (self.id(), self.id());
            changes.push(insert(&c::ORDER_LINE, row![line_id, id, line, sku, pieces * 1000, price * 10_000, price * pieces, cost, 0, self.batch]));
            if sku_at < 4 {
                changes.push(insert(
                    &c::STOCK_MOVEMENT,
                    row![movement_id, sku, shop, "sale", -pieces * 1000, at_ms(day, hour, minute), day.to_string(), id, None::<i64>, self.batch],
                ));
            }
        }
        write(&mut self.db, &changes).await;
        let paid = match self.below(10) {
            0 => 0,
            1 => payable / 2,
            _ => payable,
        };
        if paid > 0 {
            let payment = row![self.id(), id, "wechat", paid, at_ms(day, hour, minute), day.to_string(), self.batch];
            write(&mut self.db, &[insert(&c::PAYMENT, payment)]).await;
        }
        let fate = self.below(10);
        if fate < 4 {
            self.step(id, "fulfil", ["waiting", "waiting", "underway", "done"][usize::try_from(fate).unwrap()], at_ms(day, hour, minute)).await;
        }
        if fate == 9 {
            self.step(id, "order", "cancelled", at_ms(day, hour, minute) + 60_000).await;
        }
        self.orders.push((id, paid.max(0), day));
    }

    async fn step(&mut self, order: OrderId, axis: &str, to: &str, at_ms: i64) {
        let row = row![self.id(), order, axis, to, at_ms, Uuid::nil(), None::<String>, self.batch];
        write(&mut self.db, &[insert(&c::ORDER_TRANSITION, row)]).await;
    }

    /// A refund of some order, or one that no sale is known for.
    async fn refund(&mut self) {
        let known = self.below(3) > 0;
        let at = usize::try_from(self.random.below(u64::try_from(self.orders.len()).unwrap())).unwrap();
        let (order, paid, sold_on) = self.orders[at];
        let day = if known { sold_on.checked_add(self.below(20).days()).unwrap() } else { FIRST.checked_add(self.below(DAYS).days()).unwrap() };
        let amount = if known { (paid / 2).max(1) } else { 700 };
        let (shop, channel) = (self.shop(), CHANNELS[usize::try_from(self.below(3)).unwrap()]);
        let customer = (self.below(2) == 0).then(|| self.customers[at % 12]);
        let id = self.id();
        let hour = 8 + self.below(14);
        let doc = row![
            id,
            format!("C{at:05}"),
            shop,
            channel.word(),
            customer,
            at_ms(day, hour, 30),
            day.to_string(),
            hour,
            "CNY",
            amount,
            None::<String>,
            self.batch
        ];
        let mut changes = vec![insert(&c::REFUND, {
            let mut doc = doc;
            doc.insert(1, known.then_some(order).into());
            doc
        })];
        if self.below(2) == 0 {
            let sku_at = usize::try_from(self.below(5)).unwrap();
            let sku = self.skus[sku_at];
            let line_id = self.id();
            changes.push(insert(&c::REFUND_LINE, row![line_id, id, sku, None::<Uuid>, "exact", 1000, amount * 10_000, amount, Some(50), 0, self.batch]));
        }
        write(&mut self.db, &changes).await;
    }

    async fn visits(&mut self) {
        let day = FIRST.checked_add(self.below(DAYS).days()).unwrap();
        let row = row![self.id(), self.shops[0], "web", day.to_string(), 10, 5 + self.below(40), self.batch];
        write(&mut self.db, &[insert(&c::VISIT_COUNT, row)]).await;
    }

    async fn history(seed: u64) -> Self {
        let mut world = Self::new(seed).await;
        for _ in 0..120 {
            world.sale().await;
        }
        for _ in 0..30 {
            world.refund().await;
            world.visits().await;
        }
        // A file comes in and is undone; another stays.
        for undone in [true, false] {
            let batch = BatchId(world.id());
            world.batch = Some(batch);
            let row = row![batch, "orders", "trade.csv", vec![0_u8; 32], world.shops[0], 0];
            write(&mut world.db, &[insert(&c::IMPORT_BATCH, row)]).await;
            for _ in 0..30 {
                world.sale().await;
            }
            world.refund().await;
            world.visits().await;
            world.batch = None;
            if undone {
                let row = row![world.id(), batch, 0];
                let change = insert(&c::IMPORT_UNDONE, row);
                write(&mut world.db, std::slice::from_ref(&change)).await;
                derive::undo_sums(&mut world.db, &change).await.unwrap();
                while derive::undo_part(&mut world.db, &batch.bytes(), 7).await.unwrap() {}
                world.orders.truncate(120);
            }
        }
        world
    }
}

fn spans(world: &World) -> Vec<Span> {
    let all = Span::of(FIRST, date(2026, 5, 31));
    vec![
        all.clone(),
        Span::of(date(2026, 1, 20), date(2026, 3, 4)),
        Span::of(date(2026, 2, 1), date(2026, 2, 28)),
        Span { shops: vec![world.shops[1]], ..Span::of(date(2026, 1, 9), date(2026, 4, 2)) },
        Span { channels: vec![Channel::Web, Channel::Counter], ..all.clone() },
        Span { shops: vec![world.shops[0]], channels: vec![Channel::MiniProgram], ..all },
        Span::of(date(2020, 1, 1), date(2020, 1, 31)),
    ]
}

fn filter_of(span: &Span) -> OrderFilter {
    OrderFilter { from: Some(span.from), to: Some(span.to), shops: span.shops.clone(), channels: span.channels.clone(), ..OrderFilter::default() }
}

#[tokio::test]
async fn every_figure_equals_its_facts() {
    for seed in [1, 2, 3] {
        let mut world = World::history(seed).await;
        for (from, to) in [(FIRST, date(2026, 5, 31)), (date(2026, 1, 20), date(2026, 3, 4)), (date(2026, 2, 1), date(2026, 2, 28))] {
            assert_eq!(proof::prove_figures(&mut world.db, from, to).await.unwrap(), vec![], "seed {seed}, {from} to {to}");
        }
    }
}

#[tokio::test]
async fn a_rollup_that_was_altered_is_found() {
    let mut world = World::history(4).await;
    for sql in [
        "UPDATE sales_hour SET paid_minor = paid_minor + 1 WHERE orders_paid > 0",
        "UPDATE sku_month SET units_milli = units_milli + 1",
        "UPDATE customer_day SET orders_paid = 0",
        "UPDATE stock_balance SET on_hand_milli = on_hand_milli - 1",
    ] {
        let mut tx = world.db.begin().await.unwrap();
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
        assert!(!proof::prove_figures(&mut tx, FIRST, date(2026, 5, 31)).await.unwrap().is_empty(), "{sql}");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn the_rows_of_a_tile_sum_to_it() {
    let mut world = World::history(5).await;
    for span in spans(&world) {
        let db = &mut world.db;
        let tile = Sales::read(db, &world.kept, &span).await.unwrap().sums();
        let totals = orders::order_totals(db, &world.kept, &filter_of(&span), 0).await.unwrap();
        assert_eq!((tile.orders_created, tile.gmv_minor, tile.paid_minor), (totals.count, totals.payable_minor, totals.paid_minor), "{span:?}");
        assert_eq!(totals.payable_minor, totals.paid_minor + totals.unpaid_minor + totals.closed_minor);
        let paid = OrderFilter { pay: vec![PayState::Paid, PayState::Partial], ..filter_of(&span) };
        let totals = orders::order_totals(db, &world.kept, &paid, 0).await.unwrap();
        assert_eq!((tile.orders_paid, tile.paid_minor), (totals.count, totals.paid_minor), "{span:?}");
        let refunded = OrderFilter { refunded_in_period: true, ..filter_of(&span) };
        let totals = orders::order_totals(db, &world.kept, &refunded, 0).await.unwrap();
        assert_eq!(tile.refunds_minor, totals.refunded_minor, "{span:?}");
        if span.channels.is_empty() {
            let filter = CustomerFilter { bought_from: Some(span.from), bought_to: Some(span.to), shops: span.shops.clone(), ..CustomerFilter::default() };
            let buyers = customers::buyers(db, &world.kept, &span).await.unwrap();
            let totals = customers::customer_totals(db, &world.kept, &filter).await.unwrap();
            assert_eq!((buyers.customers, buyers.again, tile.identified_paid_minor), (totals.count, totals.repeat_count, totals.paid_minor), "{span:?}");
            let filter =
                ProductFilter { sold_from: Some(span.from), sold_to: Some(span.to), shops: span.shops.clone(), goods_only: true, ..ProductFilter::default() };
            let totals = products::product_totals(db, &world.kept, &filter).await.unwrap();
            let sold = skus::sold(db, &world.kept, &span).await.unwrap();
            assert_eq!(skus::active(db, &world.kept, &sold).await.unwrap().sold, totals.count, "{span:?}");
            let (best, _) = skus::ranking(db, &world.kept, &sold, 100).await.unwrap();
            assert_eq!(best.iter().map(|s| s.units_milli).sum::<i64>(), totals.sold_milli);
        }
        let by_hour = Sales::read(db, &world.kept, &span).await.unwrap().by_week_hour();
        for cell in by_hour {
            let hour = u8::try_from(cell.hour).unwrap();
            let filter = OrderFilter { weekday: Some(u8::try_from(cell.weekday).unwrap()), hour_from: Some(hour), hour_to: Some(hour), ..filter_of(&span) };
            let totals = orders::order_totals(db, &world.kept, &filter, 0).await.unwrap();
            assert_eq!((cell.sums.orders_created, cell.sums.paid_minor), (totals.count, totals.paid_minor));
        }
    }
}

#[tokio::test]
async fn rankings_by_channel_agree_with_the_rollups() {
    let mut world = World::history(6).await;
    let span = Span::of(date(2026, 1, 20), date(2026, 3, 4));
    let from_rollups = ranking(&mut world, &span).await;
    let every = Span { channels: CHANNELS.to_vec(), ..span };
    assert_eq!(from_rollups, ranking(&mut world, &every).await);
}

async fn ranking(world: &mut World, span: &Span) -> (Vec<skus::SkuSum>, Vec<skus::SkuSum>) {
    let sold = skus::sold(&mut world.db, &world.kept, span).await.unwrap();
    skus::ranking(&mut world.db, &world.kept, &sold, 100).await.unwrap()
}

/// All that is told from the months in memory, in one text.
async fn told(db: &mut SqliteConnection, kept: &Months, spans: &[Span]) -> String {
    let mut told = String::new();
    for span in spans {
        let sales = Sales::read(db, kept, span).await.unwrap();
        let sold = skus::sold(db, kept, span).await.unwrap();
        let ranked = skus::ranking(db, kept, &sold, 3).await.unwrap();
        let active = skus::active(db, kept, &sold).await.unwrap();
        let buyers = customers::buyers(db, kept, span).await.unwrap();
        let totals = orders::order_totals(db, kept, &filter_of(span), 0).await.unwrap();
        told += &format!("{:?} {:?} {:?} {ranked:?} {active:?} {buyers:?} {totals:?}\n", sales.by_day(), sales.by_week_hour(), sales.by_channel());
    }
    let (goods, people) = (ProductFilter::default(), CustomerFilter::default());
    told += &format!("{:?}\n", products::product_page(db, kept, &goods, ProductSort::SoldMost, None, 50).await.unwrap());
    told += &format!("{:?}\n", customers::customer_page(db, kept, &people, CustomerSort::LastOrder, None, 50).await.unwrap());
    told
}

#[tokio::test]
async fn what_is_kept_in_memory_follows_every_write() {
    let mut world = World::history(12).await;
    let spans = spans(&world);
    for n in 0..24 {
        match n % 6 {
            0 => world.sale().await,
            1 => world.refund().await,
            2 => world.visits().await,
            3 => {
                let (order, ..) = world.orders[n];
                world.step(order, "fulfil", "done", 0).await;
            }
            4 => {
                let (order, ..) = world.orders[n];
                world.step(order, "order", "cancelled", 0).await;
            }
            _ => {
                sqlx::query("DELETE FROM payment WHERE id = (SELECT id FROM payment LIMIT 1)").execute(&mut world.db).await.unwrap();
                derive::rebuild(&mut world.db).await.unwrap();
            }
        }
        let anew = told(&mut world.db, &Months::default(), &spans).await;
        assert_eq!(told(&mut world.db, &world.kept, &spans).await, anew, "after write {n}");
    }
}

#[tokio::test]
async fn pages_hold_every_order_once_and_sum_to_the_totals() {
    let mut world = World::history(7).await;
    let one_sku = OrderFilter { sku: Some(world.skus[0]), ..OrderFilter::default() };
    let one_customer = OrderFilter { customer: Some(world.customers[0]), ..OrderFilter::default() };
    let refunded = OrderFilter { refunded_in_period: true, from: Some(date(2026, 2, 1)), ..OrderFilter::default() };
    let waiting = OrderFilter { fulfil: vec![FulfilState::Waiting], from: Some(FIRST), amount_min_minor: Some(500), ..OrderFilter::default() };
    let named = OrderFilter { text: Some("保温杯".to_owned()), ..OrderFilter::default() };
    let numbered = OrderFilter { text: Some("a0001".to_owned()), ..OrderFilter::default() };
    for filter in [OrderFilter::default(), one_sku, one_customer, refunded, waiting, named, numbered] {
        for sort in [OrderSort::NewestFirst, OrderSort::OldestFirst, OrderSort::LargestFirst] {
            let mut after = None;
            let mut rows = Vec::new();
            loop {
                let page = orders::order_page(&mut world.db, &filter, sort, after.as_deref(), 7).await.unwrap();
                rows.extend(page.rows);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let totals = orders::order_totals(&mut world.db, &world.kept, &filter, 0).await.unwrap();
            assert!(!rows.is_empty(), "{filter:?}");
            assert_eq!(i64::try_from(rows.len()).unwrap(), totals.count, "{filter:?} {sort:?}");
            assert_eq!(rows.iter().map(|r| r.payable_minor).sum::<i64>(), totals.payable_minor);
            assert_eq!(rows.iter().map(|r| r.refunded_minor).sum::<i64>(), totals.refunded_minor);
            let ids: std::collections::BTreeSet<Uuid> = rows.iter().map(|r| r.id).collect();
            assert_eq!(ids.len(), rows.len());
            let sorted = match sort {
                OrderSort::NewestFirst => rows.is_sorted_by_key(|r| std::cmp::Reverse(r.occurred_at_ms)),
                OrderSort::OldestFirst => rows.is_sorted_by_key(|r| r.occurred_at_ms),
                OrderSort::LargestFirst => rows.is_sorted_by_key(|r| std::cmp::Reverse(r.payable_minor)),
            };
            assert!(sorted, "{filter:?} {sort:?}");
            for row in rows.iter().take(5) {
                let whole = order::order_get(&mut world.db, row.id).await.unwrap();
                let net: i64 = whole.lines.iter().map(|l| l.net_minor).sum();
                assert_eq!(
                    whole.lone,
                    row.pay == PayState::Closed && row.payable_minor == 0 && whole.payments.is_empty() && whole.goods_minor == 0 && whole.steps.is_empty()
                );
                assert_eq!(net - whole.discount_minor + whole.freight_minor, row.payable_minor);
                assert_eq!(whole.payments.iter().map(|p| p.amount_minor).sum::<i64>(), row.paid_minor);
            }
        }
    }
}

#[tokio::test]
async fn goods_and_customers_are_paged_in_every_order() {
    let mut world = World::history(8).await;
    for sort in [ProductSort::Code, ProductSort::Name, ProductSort::SoldMost, ProductSort::SoldLeast, ProductSort::StockLeast] {
        for filter in [
            ProductFilter::default(),
            ProductFilter { sold_from: Some(date(2026, 1, 20)), sold_to: Some(date(2026, 3, 3)), currency: Some("CNY".to_owned()), ..ProductFilter::default() },
            ProductFilter { low_since: Some(FIRST), goods_only: true, ..ProductFilter::default() },
        ] {
            let (mut after, mut rows) = (None, Vec::new());
            loop {
                let page = products::product_page(&mut world.db, &world.kept, &filter, sort, after.as_deref(), 2).await.unwrap();
                rows.extend(page.rows);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let totals = products::product_totals(&mut world.db, &world.kept, &filter).await.unwrap();
            assert_eq!(
                (i64::try_from(rows.len()).unwrap(), rows.iter().map(|r| r.sold_minor).sum::<i64>()),
                (totals.count, totals.sold_minor),
                "{sort:?} {filter:?}"
            );
            assert!(rows.iter().filter(|r| r.sold_milli > 0).all(|r| r.last_sold_on.is_some()));
        }
    }
    for sort in [CustomerSort::Name, CustomerSort::SpentMost, CustomerSort::LastOrder] {
        for filter in [CustomerFilter::default(), CustomerFilter { min_orders: Some(2), bought_from: Some(date(2026, 1, 20)), ..CustomerFilter::default() }] {
            let (mut after, mut rows) = (None, Vec::new());
            loop {
                let page = customers::customer_page(&mut world.db, &world.kept, &filter, sort, after.as_deref(), 5).await.unwrap();
                rows.extend(page.rows);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let totals = customers::customer_totals(&mut world.db, &world.kept, &filter).await.unwrap();
            assert_eq!(
                (i64::try_from(rows.len()).unwrap(), rows.iter().map(|r| r.paid_minor).sum::<i64>()),
                (totals.count, totals.paid_minor),
                "{sort:?} {filter:?}"
            );
        }
    }
    let one = customers::customer_get(&mut world.db, world.customers[3], &[]).await.unwrap();
    assert_eq!(one.months.iter().map(|m| m.1).sum::<i64>(), one.row.paid_minor);
    let product = super::product::product_get(&mut world.db, world.skus[0], &[]).await.unwrap();
    assert_eq!(product.months.iter().map(|m| m.net_minor).sum::<i64>(), product.row.sold_minor);
    assert_eq!(product.stock.iter().filter_map(|s| s.on_hand_milli).sum::<i64>(), product.row.on_hand_milli.unwrap());
}

#[tokio::test]
async fn goods_people_and_orders_are_found() {
    let mut world = World::history(9).await;
    for (asked, expected) in [
        ("保温杯", "BW350"),
        ("手套", "ST01"),
        ("baowen", "BW350"),
        ("jrst", "ST01"),
        ("st", "ST01"),
        ("bw350", "BW350"),
        ("lantern white", "71053"),
        ("7105", "71053"),
    ] {
        let hits = search::search(&mut world.db, asked, 5, &search::Within::everything()).await.unwrap();
        assert!(hits.iter().any(|h| matches!(h, search::Hit::Sku { code, .. } if code == expected)), "{asked}: {hits:?}");
    }
    let hits = search::search(&mut world.db, "0407", 5, &search::Within::everything()).await.unwrap();
    assert!(hits.iter().any(|h| matches!(h, search::Hit::Customer { code, .. } if code == "C11")), "{hits:?}");
    let hits = search::search(&mut world.db, "A00003", 5, &search::Within::everything()).await.unwrap();
    assert!(matches!(hits.as_slice(), [search::Hit::Order { order_no, .. }] if order_no == "A00003"), "{hits:?}");
    assert!(search::search(&mut world.db, "\"; DROP", 5, &search::Within::everything()).await.unwrap().is_empty());
    assert!(search::search(&mut world.db, "%", 5, &search::Within::everything()).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_mean_value_of_stock_is_that_of_the_daily_closings() {
    let mut world = World::history(10).await;
    let span = Span::of(date(2026, 2, 3), date(2026, 2, 20));
    // The rollup leaves out what was cancelled before it was paid; its movements are put before the period.
    sqlx::query("UPDATE stock_movement SET business_date = '2000-01-01' WHERE ref_id IN (SELECT order_id FROM order_fold WHERE pay = 'closed')")
        .execute(&mut world.db)
        .await
        .unwrap();
    let mut total = 0;
    for n in 0..18 {
        let day = span.from.checked_add(n.days()).unwrap().to_string();
        let closing: i64 = sqlx::query_scalar(
            "SELECT coalesce(sum(m.quantity_milli * s.cost_minor), 0) FROM stock_movement m JOIN sku s ON s.id = m.sku_id JOIN stock_balance b ON b.sku_id = m.sku_id AND b.shop_id = m.shop_id AND b.stated = 1
             WHERE m.business_date <= ? AND m.batch_id IS NOT (SELECT batch_id FROM import_undone)",
        )
        .bind(day)
        .fetch_one(&mut world.db)
        .await
        .unwrap();
        total += closing;
    }
    // Returned pieces do not move stock in this history, so they are taken out of the rollup for the comparison.
    sqlx::query("UPDATE sku_day SET refund_units_milli = 0").execute(&mut world.db).await.unwrap();
    let value = stock::average_value(&mut world.db, &span).await.unwrap();
    assert_eq!((value.stated, value.costed, value.average_minor), (4, 4, total / 18 / 1000));
}

#[tokio::test]
async fn a_day_up_to_a_minute_equals_its_orders() {
    let mut world = World::history(11).await;
    for n in 0..40 {
        let day = FIRST.checked_add(n.days()).unwrap();
        let cut = day::DayCut { date: day, whole_hours: (0..15).collect(), running_hour: 15, to_ms: at_ms(day, 15, 20), shops: vec![] };
        let sums = day::hours(&mut world.db, &cut).await.unwrap().values().fold(sales::Sums::default(), |a, b| a.plus(b));
        let (orders, paid): (i64, i64) = sqlx::query_as(
            "SELECT count(DISTINCT d.id), coalesce(sum(p.amount_minor), 0) FROM order_doc d LEFT JOIN payment p ON p.order_id = d.id WHERE d.business_date = ? AND d.occurred_at_ms <= ? AND d.batch_id IS NOT (SELECT batch_id FROM import_undone)",
        )
        .bind(day.to_string())
        .bind(at_ms(day, 15, 20))
        .fetch_one(&mut world.db)
        .await
        .unwrap();
        assert_eq!((sums.orders_created, sums.paid_minor), (orders, paid), "{day}");
        let lines = day::paid_lines(&mut world.db, &cut).await.unwrap();
        assert!(lines.iter().map(|l| l.amount_minor).sum::<i64>().abs_diff(paid) <= u64::try_from(lines.len()).unwrap() + 8 * 1_000, "{day}");
    }
}

#[tokio::test]
async fn an_empty_store_answers_everything() {
    let mut db = empty().await;
    let span = Span::of(FIRST, date(2026, 5, 31));
    let sales = Sales::read(&mut db, &Months::default(), &span).await.unwrap();
    assert_eq!((sales.sums(), sales.trade_days()), (sales::Sums::default(), sales::TradeDays::default()));
    assert_eq!(orders::order_totals(&mut db, &Months::default(), &OrderFilter::default(), 0).await.unwrap(), orders::OrderTotals::default());
    assert!(orders::order_page(&mut db, &OrderFilter::default(), OrderSort::NewestFirst, None, 50).await.unwrap().rows.is_empty());
    assert_eq!(places::trade_dates(&mut db, &[]).await.unwrap(), None);
    assert_eq!(stock::average_value(&mut db, &span).await.unwrap(), stock::StockValue::default());
    assert!(proof::prove_figures(&mut db, FIRST, date(2026, 5, 31)).await.unwrap().is_empty());
    assert!(super::imports::rejected(&mut db, 0, &[]).await.unwrap().is_empty());
}

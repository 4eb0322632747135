//! Orders and refunds: recorded, shipped, cancelled, refunded. Until the pricing engine comes, amounts arrive finished.

use crate::{
    Code, Error, Result,
    rpc::Scope,
    wire::{Empty, OrderAct, RefundRecord},
};
use domain::{Channel, CustomerId, LineFlags, MovementKind, OrderId, PersonId, ShopId, SkuId, Tender, order::OrderState};
use store::{Audit, Change, Entry, Event, Origin, Queue, Row, catalogue, row};
use uuid::Uuid;

/// A line of an order that is recorded, its amount finished.
#[derive(Debug, Clone)]
pub struct NewLine {
    pub sku_id: SkuId,
    pub quantity_milli: i64,
    pub price_minor: i64,
    pub net_minor: i64,
    pub cost_minor: Option<i64>,
    pub has_stock: bool,
}

/// An order that is recorded.
#[derive(Debug, Clone)]
pub struct NewOrder {
    pub order_id: OrderId,
    pub order_no: String,
    pub shop_id: ShopId,
    pub channel: Channel,
    pub customer_id: Option<CustomerId>,
    pub currency: String,
    pub at_ms: i64,
    pub business_date: String,
    pub hour: i64,
    pub discount_minor: i64,
    pub freight_minor: i64,
    pub lines: Vec<NewLine>,
    /// `None` while it is not paid.
    pub tender: Option<Tender>,
    /// Steps on the fulfilment axis that it has taken, each with its instant: waiting, underway, done.
    pub fulfilled: Vec<(&'static str, i64)>,
    pub cancelled_at_ms: Option<i64>,
}

/// Rows of orders and refunds on their way into one entry.
#[derive(Default)]
pub struct OrderRows {
    docs: Vec<Row>,
    lines: Vec<Row>,
    transitions: Vec<Row>,
    payments: Vec<Row>,
    refunds: Vec<Row>,
    refund_lines: Vec<Row>,
    movements: Vec<Row>,
}

/// A refund that is recorded; its lines name what comes back.
#[derive(Debug, Clone)]
pub struct NewRefund {
    pub order_id: OrderId,
    pub refund_no: String,
    pub shop_id: ShopId,
    pub channel: Channel,
    pub customer_id: Option<CustomerId>,
    pub currency: String,
    pub at_ms: i64,
    pub business_date: String,
    pub hour: i64,
    pub amount_minor: i64,
    pub reason: Option<String>,
    /// SKU, order line, quantity, price and amount, cost.
    pub lines: Vec<(SkuId, Uuid, i64, i64, i64, Option<i64>)>,
}

impl OrderRows {
    /// Adds an order; answers the ids of its lines.
    pub fn order(&mut self, new: &NewOrder, actor: PersonId, mint: &mut dyn FnMut() -> Uuid) -> Vec<Uuid> {
        let mut doc: Row = row![
            new.order_id,
            new.order_no.clone(),
            new.shop_id,
            new.channel.word(),
            new.customer_id,
            new.at_ms,
            new.business_date.clone(),
            new.hour,
            new.currency.clone(),
            new.discount_minor,
            new.freight_minor
        ];
        doc.extend([store::Value::Null, store::Value::Null]);
        self.docs.push(doc);
        let mut ids = Vec::new();
        for (i, line) in (1_i64..).zip(&new.lines) {
            let id = mint();
            let leaves_stock = line.has_stock && new.cancelled_at_ms.is_none();
            let flags = if leaves_stock { LineFlags::default() } else { LineFlags::UNMOVED };
            self.lines.push(row![
                id,
                new.order_id,
                i,
                line.sku_id,
                line.quantity_milli,
                line.price_minor * 10_000,
                line.net_minor,
                line.cost_minor,
                flags.0,
                None::<Uuid>
            ]);
            if leaves_stock {
                let kind = MovementKind::Sale.word();
                self.movements.push(row![
                    mint(),
                    line.sku_id,
                    new.shop_id,
                    kind,
                    -line.quantity_milli,
                    new.at_ms,
                    new.business_date.clone(),
                    new.order_id,
                    line.cost_minor,
                    None::<Uuid>
                ]);
            }
            ids.push(id);
        }
        let payable_minor = new.lines.iter().map(|l| l.net_minor).sum::<i64>() - new.discount_minor + new.freight_minor;
        if let Some(tender) = new.tender {
            self.payments.push(row![mint(), new.order_id, tender.word(), payable_minor, new.at_ms, new.business_date.clone(), None::<Uuid>]);
        }
        for (state, at_ms) in &new.fulfilled {
            self.transitions.push(row![mint(), new.order_id, "fulfil", *state, *at_ms, actor, None::<String>, None::<Uuid>]);
        }
        if let Some(at_ms) = new.cancelled_at_ms {
            self.transitions.push(row![mint(), new.order_id, "order", "cancelled", at_ms, actor, None::<String>, None::<Uuid>]);
        }
        ids
    }

    /// Adds a refund with its returns to stock.
    pub fn refund(&mut self, new: &NewRefund, mint: &mut dyn FnMut() -> Uuid) {
        let refund_id = mint();
        let mut doc: Row = row![
            refund_id,
            new.order_id,
            new.refund_no.clone(),
            new.shop_id,
            new.channel.word(),
            new.customer_id,
            new.at_ms,
            new.business_date.clone(),
            new.hour,
            new.currency.clone(),
            new.amount_minor
        ];
        doc.extend([new.reason.clone().into(), store::Value::Null]);
        self.refunds.push(doc);
        for (sku_id, line_id, quantity_milli, price_minor, amount_minor, cost_minor) in &new.lines {
            self.refund_lines.push(row![
                mint(),
                refund_id,
                *sku_id,
                *line_id,
                "recorded",
                *quantity_milli,
                price_minor * 10_000,
                *amount_minor,
                *cost_minor,
                0_i64,
                None::<Uuid>
            ]);
            let kind = MovementKind::SaleReturn.word();
            self.movements.push(row![
                mint(),
                *sku_id,
                new.shop_id,
                kind,
                *quantity_milli,
                new.at_ms,
                new.business_date.clone(),
                refund_id,
                *cost_minor,
                None::<Uuid>
            ]);
        }
    }

    /// The changes, what is named before what names it.
    #[must_use]
    pub fn into_changes(self) -> Vec<Change> {
        let parts = [
            (&catalogue::ORDER_DOC, self.docs),
            (&catalogue::ORDER_LINE, self.lines),
            (&catalogue::ORDER_TRANSITION, self.transitions),
            (&catalogue::PAYMENT, self.payments),
            (&catalogue::REFUND, self.refunds),
            (&catalogue::REFUND_LINE, self.refund_lines),
            (&catalogue::STOCK_MOVEMENT, self.movements),
        ];
        parts.into_iter().filter(|(_, rows)| !rows.is_empty()).map(|(table, rows)| Change::Insert { table, rows }).collect()
    }
}

/// An entry about one order.
fn entry(scope: &Scope, kind: &'static str, order_id: Uuid, changes: Vec<Change>, detail: serde_json::Value) -> Entry {
    Entry {
        kind,
        actor: scope.actor(),
        at_ms: scope.program.now_ms(),
        origin: Origin::Here,
        changes,
        events: vec![Event { kind: format!("{kind}.done"), entity: "order".into(), ids: vec![order_id.to_string()] }],
        audit: Audit { act: kind.into(), result: "done".into(), detail },
    }
}

/// An order as an act finds it inside its transaction.
struct Found {
    id: Uuid,
    state: OrderState,
    facts: store::read::OrderFacts,
}

async fn find(scope: &Scope, write: &mut store::Write, id: &str) -> Result<Found> {
    let id = Uuid::parse_str(id).map_err(|_| Error::not_found())?;
    let facts = store::read::order_facts(write, *id.as_bytes()).await?.ok_or_else(Error::not_found)?;
    scope.rights.row_of(ShopId(Uuid::from_bytes(facts.shop_id)))?;
    Ok(Found { id, state: facts.state, facts })
}

/// Cancels an order that is not paid, or whose payment was wholly refunded. Where nothing was ever paid, its goods never left: they are on the shelf again.
///
/// # Errors
/// Says why it cannot be cancelled.
pub async fn cancel(scope: &Scope, request: OrderAct) -> Result<Empty> {
    let mut write = scope.store.begin(Queue::Person).await?;
    let found = find(scope, &mut write, &request.id).await?;
    found.state.cancel()?;
    let gone = if found.state.paid_minor == 0 { store::read::gone_with_order(&mut write, *found.id.as_bytes()).await? } else { Vec::new() };
    let now_ms = scope.program.now_ms();
    let date = business_hour(&found.facts, now_ms)?.0;
    let back: Vec<Row> = gone
        .into_iter()
        .map(|gone| {
            let (id, kind) = (scope.program.chance().mint(now_ms), MovementKind::Reversal.word());
            let (sku, shop) = (Uuid::from_bytes(gone.sku_id), Uuid::from_bytes(gone.shop_id));
            row![id, sku, shop, kind, gone.quantity_milli, now_ms, date.clone(), found.id, None::<i64>, None::<Uuid>]
        })
        .collect();
    let moved = (!back.is_empty()).then_some(Change::Insert { table: &catalogue::STOCK_MOVEMENT, rows: back });
    transition(scope, write, &found, ("order.cancel", "order", "cancelled"), request.reason, moved).await
}

/// The business date and hour of an instant at the order's shop.
fn business_hour(facts: &store::read::OrderFacts, at_ms: i64) -> Result<(String, i64)> {
    let day = domain::BusinessDay::new(&facts.zone, facts.day_start_min).ok_or_else(|| Error::Fault(format!("the shop's zone {} is not known", facts.zone)))?;
    let (date, hour) = day.of(at_ms);
    Ok((date.to_string(), i64::from(hour)))
}

/// Marks an order as handed over or sent.
///
/// # Errors
/// Says why it cannot be shipped.
pub async fn ship(scope: &Scope, request: OrderAct) -> Result<Empty> {
    let mut write = scope.store.begin(Queue::Person).await?;
    let found = find(scope, &mut write, &request.id).await?;
    found.state.ship()?;
    transition(scope, write, &found, ("order.ship", "fulfil", "done"), request.reason, None).await
}

/// Writes a step (kind of entry, axis, state) and what moved with it.
async fn transition(
    scope: &Scope,
    write: store::Write,
    found: &Found,
    (kind, axis, to): (&'static str, &str, &str),
    reason: String,
    moved: Option<Change>,
) -> Result<Empty> {
    let now_ms = scope.program.now_ms();
    let id = scope.program.chance().mint(now_ms);
    let reason = Some(reason).filter(|r| !r.trim().is_empty());
    let step: Row = row![id, found.id, axis, to, now_ms, scope.actor(), reason, None::<Uuid>];
    let changes = [Change::Insert { table: &catalogue::ORDER_TRANSITION, rows: vec![step] }].into_iter().chain(moved).collect();
    write.commit(entry(scope, kind, found.id, changes, serde_json::json!({"order": found.id.to_string()}))).await?;
    tell(scope, found.id);
    Ok(Empty {})
}

/// Records a refund of an amount that was given back; never more than what was paid and not yet given back.
///
/// # Errors
/// Says how much can still be refunded.
pub async fn refund(scope: &Scope, request: RefundRecord) -> Result<Empty> {
    let mut write = scope.store.begin(Queue::Person).await?;
    let found = find(scope, &mut write, &request.order_id).await?;
    found.state.refund(request.amount_minor)?;
    let now_ms = scope.program.now_ms();
    let facts = &found.facts;
    let (date, hour) = business_hour(facts, now_ms)?;
    within_limits(scope, &mut write, request.amount_minor, facts).await?;
    let id = scope.program.chance().mint(now_ms);
    let number = format!("R-{}-{}", facts.order_no, facts.refund_count + 1);
    let mut doc: Row = row![
        id,
        found.id,
        number,
        Uuid::from_bytes(facts.shop_id),
        facts.channel.clone(),
        facts.customer_id.map(Uuid::from_bytes),
        now_ms,
        date,
        hour,
        facts.currency.clone(),
        request.amount_minor
    ];
    doc.extend([Some(request.reason).filter(|r| !r.trim().is_empty()).into(), store::Value::Null]);
    let change = Change::Insert { table: &catalogue::REFUND, rows: vec![doc] };
    write
        .commit(entry(scope, "refund.record", found.id, vec![change], serde_json::json!({"order": found.id.to_string(), "amount_minor": request.amount_minor})))
        .await?;
    tell(scope, found.id);
    Ok(Empty {})
}

/// What a person gives back alone: beyond it somebody with a wider limit does it.
async fn within_limits(scope: &Scope, write: &mut store::Write, amount_minor: i64, facts: &store::read::OrderFacts) -> Result<()> {
    let paid_minor = facts.state.paid_minor;
    let limits = scope.rights.limits_of("refund.create", ShopId(Uuid::from_bytes(facts.shop_id)));
    if limits.amount_minor.is_some_and(|most| amount_minor > most) {
        return Err(Error::refuse(Code::Forbidden, "this is more than you give back alone: ask somebody with a wider limit"));
    }
    let is_over_share = |most: i64| i128::from(amount_minor) * 10_000 > i128::from(paid_minor) * i128::from(most);
    if limits.percent_bp.is_some_and(is_over_share) {
        return Err(Error::refuse(Code::Forbidden, "this is a larger share of the order than you give back alone: ask somebody with a wider limit"));
    }
    let Some(most) = limits.per_day else { return Ok(()) };
    let today = business_hour(facts, scope.program.now_ms())?.0;
    let mut before = 0;
    for at_ms in store::read::acts::moments(write, scope.actor(), "refund.record").await? {
        before += i64::from(business_hour(facts, at_ms)?.0 == today);
    }
    if before >= most {
        return Err(Error::refuse(Code::Forbidden, "you have given back as often as you do alone on one day: ask somebody with a wider limit"));
    }
    Ok(())
}

fn tell(scope: &Scope, id: Uuid) {
    scope.program.changed("order", vec![id.to_string()]);
    scope.program.changed("figure", Vec::new());
}

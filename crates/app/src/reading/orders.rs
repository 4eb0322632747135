//! The order book and one order.

use super::{convert, customers::customer_row, seen::Seen};
use crate::{Result, rpc::Scope, wire};
use domain::{FulfilState, LineFlags, SkuKind, access::RowFacts, money::minor_digits, order::OrderState, round_micro_to_minor};
use store::read::{
    customers, order,
    order::{Order, Refund, Step},
    orders::{self, OrderFilter, OrderRow, OrderSort},
};
use uuid::Uuid;

/// One page of the order book.
///
/// # Errors
/// Where the question cannot be understood or the store cannot be read.
pub async fn order_page(scope: &Scope, mut request: wire::OrderQuery) -> Result<wire::OrderPage> {
    request.filter.shop_ids = scope.rights.narrowed(request.filter.shop_ids)?;
    let filter = convert::order_filter(&request.filter, scope.program.now_ms())?;
    let sort = match request.sort {
        wire::OrderSort::NewestFirst => OrderSort::NewestFirst,
        wire::OrderSort::OldestFirst => OrderSort::OldestFirst,
        wire::OrderSort::LargestFirst => OrderSort::LargestFirst,
    };
    let seen = Seen::of(scope);
    let filter = OrderFilter { people: seen.people(), ..filter };
    let mut db = scope.store.snapshot().await?;
    let page = convert::page(orders::order_page(&mut db, &filter, sort, request.after.as_deref(), request.limit).await)?;
    Ok(wire::OrderPage { rows: page.rows.into_iter().map(|row| order_row(row, &seen)).collect(), next: page.next })
}

/// Totals of the whole view.
///
/// # Errors
/// Where the question cannot be understood or the store cannot be read.
pub async fn order_totals(scope: &Scope, mut request: wire::OrderTotalsQuery) -> Result<wire::OrderTotals> {
    request.filter.shop_ids = scope.rights.narrowed(request.filter.shop_ids)?;
    let filter = OrderFilter { people: Seen::of(scope).people(), ..convert::order_filter(&request.filter, scope.program.now_ms())? };
    let mut db = scope.store.snapshot().await?;
    let totals = orders::order_totals(&mut db, scope.store.months(), &filter, scope.program.now_ms()).await?;
    Ok(wire::OrderTotals {
        count: totals.count,
        payable_minor: totals.payable_minor,
        paid_minor: totals.paid_minor,
        unpaid_minor: totals.unpaid_minor,
        closed_minor: totals.closed_minor,
        refunded_minor: totals.refunded_minor,
        waiting_count: totals.waiting_count,
        overdue_count: totals.overdue_count,
        refund_underway_count: totals.refund_underway_count,
        currency: totals.currency,
    })
}

/// One order in full; a refund without a sale is shown in the same form.
///
/// # Errors
/// Where there is none or the store cannot be read.
pub async fn order_get(scope: &Scope, request: wire::IdRef) -> Result<wire::OrderDetail> {
    let order_id: Uuid = convert::id(&request.id)?;
    let mut db = scope.store.snapshot().await?;
    let order = order::order_get(&mut db, order_id).await?;
    scope.rights.row_of(order.row.shop_id)?;
    let seen = Seen::of_shop(scope, order.row.shop_id);
    let readable = scope.rights.of("customer.read").filter(|rows| rows.has(&RowFacts::of_shop(order.row.shop_id)));
    let customer = match order.row.customer_id.zip(readable) {
        Some((customer, rows)) => {
            let shops = if rows.is_everything() { Vec::new() } else { rows.shops(scope.rights.principal().shops()) };
            let row = customers::rows_by_id(&mut db, &[customer], &shops).await?.pop();
            row.map(|row| customer_row(row, &order.row.currency, &seen))
        }
        None => None,
    };
    Ok(detail(order, customer, &seen))
}

pub(super) fn order_row(row: OrderRow, seen: &Seen) -> wire::OrderRow {
    wire::OrderRow {
        id: row.id.to_string(),
        order_no: row.order_no,
        occurred_at_ms: row.occurred_at_ms,
        business_date: row.business_date,
        shop_id: row.shop_id.to_string(),
        shop_name: row.shop_name,
        channel: row.channel.into(),
        customer_id: row.customer_id.map(|id| id.to_string()),
        customer_name: seen.name(row.customer_name),
        first_item: row.first_item,
        kinds: row.kinds,
        pieces_milli: row.pieces_milli,
        pay: row.pay.into(),
        fulfil: row.fulfil.into(),
        refund: row.refund.into(),
        payable_minor: row.payable_minor,
        paid_minor: row.paid_minor,
        refunded_minor: row.refunded_minor,
        net_minor: row.net_minor,
        cost_minor: seen.cost(Some(row.cost_minor)),
        currency: row.currency,
    }
}

fn detail(order: Order, customer: Option<wire::CustomerRow>, seen: &Seen) -> wire::OrderDetail {
    let row = &order.row;
    let state = OrderState { pay: row.pay, fulfil: row.fulfil, refund: row.refund, paid_minor: row.paid_minor, refunded_minor: row.refunded_minor };
    let open = !order.lone && row.fulfil != FulfilState::Closed;
    let can_ship = open && state.ship().is_ok() && seen.may.ship;
    wire::OrderDetail {
        timeline: timeline(&order, can_ship),
        lines: order.lines.iter().map(|one| line(one, minor_digits(&row.currency))).collect(),
        payments: order
            .payments
            .iter()
            .map(|p| wire::PaymentView { at_ms: p.at_ms, tender: p.tender.word().to_owned(), amount_minor: p.amount_minor })
            .collect(),
        refunds: order.refunds.iter().map(refund).collect(),
        goods_minor: order.goods_minor,
        discount_minor: order.discount_minor,
        freight_minor: order.freight_minor,
        customer,
        source: order.source,
        can_cancel: open && state.cancel().is_ok() && seen.may.cancel,
        can_ship,
        can_refund: !order.lone && state.refund(1).is_ok() && seen.may.refund,
        row: order_row(order.row, seen),
    }
}

fn line(line: &order::Line, digits: u32) -> wire::OrderLineView {
    wire::OrderLineView {
        line_no: line.line_no,
        sku_id: line.sku_id.to_string(),
        code: line.code.clone(),
        name: line.name.clone(),
        quantity_milli: line.quantity_milli,
        price_minor: round_micro_to_minor(line.price_micro, 1_000, digits).unwrap_or(0),
        net_minor: line.net_minor,
        refunded_milli: line.refunded_milli,
        refunded_minor: line.refunded_minor,
        is_goods: line.kind == SkuKind::Goods,
        flags: flags(line.flags),
    }
}

fn flags(flags: LineFlags) -> Vec<String> {
    let words = [(LineFlags::REPEATED, "repeated"), (LineFlags::SUB_PENNY, "sub_penny"), (LineFlags::FREE, "free"), (LineFlags::TWO_TIMES, "two_times")];
    words.into_iter().filter(|(flag, _)| flags.has(*flag)).map(|(_, word)| word.to_owned()).collect()
}

fn refund(refund: &Refund) -> wire::RefundView {
    wire::RefundView {
        id: refund.id.to_string(),
        refund_no: refund.refund_no.clone(),
        at_ms: refund.at_ms,
        amount_minor: refund.amount_minor,
        rule: refund.rule.clone(),
    }
}

/// What happened, in order, and at its end what comes next.
fn timeline(order: &Order, can_ship: bool) -> Vec<wire::TimelineStep> {
    let past = |at_ms: i64, what: &str, axis: &str, state: &str, detail: Vec<String>, actor: Option<String>| wire::TimelineStep {
        at_ms: Some(at_ms),
        what: what.to_owned(),
        axis: axis.to_owned(),
        state: state.to_owned(),
        detail,
        actor,
        done: true,
    };
    let mut steps = Vec::new();
    if !order.lone {
        let what = if order.source.is_some() { "imported" } else { "placed" };
        let channel = order.row.channel.word().to_owned();
        steps.push(past(order.row.occurred_at_ms, what, "pay", "unpaid", vec![channel], None));
    }
    for payment in &order.payments {
        steps.push(past(payment.at_ms, "paid", "pay", "paid", vec![payment.tender.word().to_owned()], None));
    }
    for refund in &order.refunds {
        let detail = vec![refund.refund_no.clone(), refund.rule.clone(), refund.reason.clone().unwrap_or_default()];
        steps.push(past(refund.at_ms, "refunded", "refund", "part", detail, None));
    }
    for step in &order.steps {
        steps.push(past(step.at_ms, what_of(step), &step.axis, &step.to_state, step.reason.clone().into_iter().collect(), step.actor.clone()));
    }
    steps.sort_by_key(|s| s.at_ms);
    let next = |what: &str, axis: &str, state: &str| wire::TimelineStep {
        at_ms: None,
        what: what.to_owned(),
        axis: axis.to_owned(),
        state: state.to_owned(),
        detail: Vec::new(),
        actor: None,
        done: false,
    };
    match order.row.pay {
        _ if can_ship => steps.push(next("next_ship", "fulfil", "done")),
        domain::PayState::Unpaid | domain::PayState::Partial if !order.lone && order.row.fulfil != FulfilState::Closed => {
            steps.push(next("next_pay", "pay", "paid"))
        }
        _ => {}
    }
    steps
}

/// The word for a step; where it has none of its own, the UI tells the state.
fn what_of(step: &Step) -> &'static str {
    match (step.axis.as_str(), step.to_state.as_str()) {
        ("order", "cancelled") => "cancelled",
        ("fulfil", "underway") => "shipped",
        ("fulfil", "done") => "delivered",
        _ => "",
    }
}

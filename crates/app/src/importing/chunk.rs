//! One chunk of whole invoices, turned into rows.

use super::{
    gather::{Invoice, Numbered},
    known::Known,
    places::Places,
    plan::ImportPlan,
    recall::Recall,
    standing::{Seat, Stand, Standing, standings},
};
use crate::Result;
use domain::{
    Channel, LineFlags,
    trade_file::{IdSpace, ImportedKind, LineKind, LineWarning, SaleMatch, SaleWindow, Tally, TradeLine},
};
use store::{Change, Row, Value, catalogue, row};
use uuid::Uuid;

/// The rows of a chunk, by table.
#[derive(Default)]
pub(super) struct Rows {
    pub skus: Vec<Row>,
    pub customers: Vec<Row>,
    docs: Vec<Row>,
    lines: Vec<Row>,
    transitions: Vec<Row>,
    payments: Vec<Row>,
    refunds: Vec<Row>,
    refund_lines: Vec<Row>,
    movements: Vec<Row>,
    adjustments: Vec<Row>,
    pub new_lines: i64,
    pub two_times: i64,
    /// Orders and refunds that are here already and get lines which are not: the row of the first such line, and the number.
    pub grown: Vec<(u64, String)>,
    /// Orders whose number stands for an order of another day, in the same way.
    pub reused: Vec<(u64, String)>,
    /// Orders that were paid less than their lines come to, in the same way.
    pub paid_less: Vec<(u64, String)>,
}

impl Rows {
    /// The changes in the order in which they are applied: what is named before what names it.
    pub fn into_changes(self) -> Vec<Change> {
        let put = |table, rows: Vec<Row>| (!rows.is_empty()).then_some(Change::Put { table, rows });
        let insert = |table, rows: Vec<Row>| (!rows.is_empty()).then_some(Change::Insert { table, rows });
        [
            put(&catalogue::SKU, self.skus),
            put(&catalogue::CUSTOMER, self.customers),
            insert(&catalogue::ORDER_DOC, self.docs),
            insert(&catalogue::ORDER_LINE, self.lines),
            insert(&catalogue::ORDER_TRANSITION, self.transitions),
            insert(&catalogue::PAYMENT, self.payments),
            insert(&catalogue::REFUND, self.refunds),
            insert(&catalogue::REFUND_LINE, self.refund_lines),
            insert(&catalogue::STOCK_MOVEMENT, self.movements),
            insert(&catalogue::ADJUSTMENT, self.adjustments),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Builds the rows of a part. `db` is asked what is here already: the parts of one import have no invoice in common, and two imports of one file at once are
/// refused before.
pub(super) async fn rows_of(
    db: &mut store::Connection,
    (plan, places): (&ImportPlan, &Places),
    known: &mut Known,
    (window, recall): (&mut SaleWindow, &mut Recall),
    tally: &mut Tally,
    invoices: Vec<Invoice>,
) -> Result<Rows> {
    let mut rows = Rows::default();
    let standings = standings(db, plan, places, &invoices).await?;
    recall.look(db, plan, known, window, &invoices, &standings).await?;
    // The documents of the orders of a number that was divided.
    let mut orders: Vec<Uuid> = Vec::new();
    for (invoice, Standing { shop_id, lines: stands, seats: [above, below] }) in invoices.into_iter().zip(standings) {
        let Invoice { number, lines, goes_on, .. } = invoice;
        if !goes_on {
            orders.clear();
            orders.extend_from_slice(recall.orders_of(shop_id, &number));
        }
        let first_at = lines.first().map(|l| l.line.at);
        let two_times = lines.iter().any(|l| Some(l.line.at) != first_at);
        rows.two_times += i64::from(two_times);
        let (mut sales, mut returns) = (Vec::new(), Vec::new());
        let mut first_new = None;
        let mut order_id = None;
        for (numbered, stand) in lines.into_iter().zip(stands) {
            let seat = if numbered.line.is_negative { &below } else { &above };
            let Some(seat) = seat else { continue };
            let (id, space, key) = match stand {
                Stand::Here { id, document, is_own } => {
                    if numbered.line.kind == LineKind::Sale {
                        let order = document.unwrap_or_else(|| seat.space().order(&seat.key));
                        window.sell(&numbered.line, id, order);
                        orders.push(order);
                    }
                    // What it took back stays taken, so that a later line does not find the same sale again. The books' own sales know it already.
                    if is_own || !window.is_recalled(&numbered.line) {
                        match_sale(window, tally, &orders, &numbered.line);
                    }
                    continue;
                }
                Stand::New(id, space, key) => (id, space, key),
            };
            if numbered.line.kind == LineKind::Sale {
                let order = *order_id.get_or_insert_with(|| seat.space().order(&seat.name(id)));
                window.sell(&numbered.line, id, order);
                orders.push(order);
            }
            orders.dedup();
            rows.new_lines += 1;
            if !numbered.line.is_negative {
                first_new.get_or_insert(numbered.line.row);
            }
            let sku_id = known.sku(plan, &numbered.line, &mut rows.skus);
            match numbered.line.kind {
                LineKind::Sale => sales.push(NewLine { id, sku_id, space, key, numbered }),
                LineKind::Cancellation => returns.push(NewLine { id, sku_id, space, key, numbered }),
                LineKind::WriteOff => write_off(plan, &mut rows, shop_id, id, sku_id, &numbered.line),
                LineKind::Adjustment => adjust(plan, &mut rows, shop_id, id, &numbered.line),
            }
        }
        if let Some(row) = first_new.filter(|_| above.as_ref().is_some_and(|seat| seat.is_reused)) {
            rows.reused.push((row, number.clone()));
        }
        let returned = if returns.first().is_some_and(|new| new.numbered.line.is_negative) { below.as_ref() } else { above.as_ref() };
        let grows = |new: &[NewLine], seat: Option<&Seat>| {
            let is_here = seat.is_some_and(|seat| seat.is_here);
            new.first().filter(|_| is_here).map(|new| (new.numbered.line.row, number.clone()))
        };
        rows.grown.extend(grows(&sales, above.as_ref()).or_else(|| grows(&returns, returned)));
        if let Some(seat) = above.as_ref().filter(|_| !sales.is_empty()) {
            order(plan, known, &mut rows, (shop_id, seat), &number, sales, two_times);
        }
        if let Some(seat) = returned.filter(|_| !returns.is_empty()) {
            refund(plan, known, &mut rows, (&mut *window, &mut *tally), (shop_id, seat, &orders), &number, returns);
        }
    }
    known.fill_phones(db, &mut rows.customers).await?;
    Ok(rows)
}

/// A line that is about to be written: its id, its article, what makes the ids of all that belongs to it, and itself.
struct NewLine {
    id: Uuid,
    sku_id: Uuid,
    space: IdSpace,
    key: String,
    numbered: Numbered,
}

fn of_lines(new: &[NewLine]) -> Vec<&TradeLine> {
    new.iter().map(|new| &new.numbered.line).collect()
}

/// The channel of an order: the first that its lines name and that is known.
fn channel_of(plan: &ImportPlan, new: &[NewLine]) -> Channel {
    new.iter().find_map(|new| new.numbered.line.details.as_ref()?.channel).unwrap_or(plan.channel)
}

/// What the file says was paid for an order; `None` where it says nothing, and the order counts as paid whole.
///
/// One number on one line, or the same on every line, is the whole order's – unless it makes up the order only when counted once a line. Different
/// numbers are each line's own and are added.
fn stated_minor(sales: &[NewLine], due_minor: i64) -> Option<i64> {
    let stated: Vec<i64> = sales.iter().filter_map(|new| new.numbered.line.details.as_ref()?.paid_minor).collect();
    let first = *stated.first()?;
    let sum = stated.iter().fold(0_i64, |sum, paid| sum.saturating_add(*paid));
    let is_one = stated.iter().all(|paid| *paid == first) && (first == due_minor || sum != due_minor);
    Some(if is_one { first } else { sum })
}

fn order(plan: &ImportPlan, known: &mut Known, rows: &mut Rows, (shop_id, seat): ([u8; 16], &Seat), invoice: &str, sales: Vec<NewLine>, two_times: bool) {
    // Lines that come to an order that is here already make a document of their own: a document is never changed.
    let name = seat.name(sales[0].id);
    let order_id = seat.space().order(&name);
    let first = &sales[0].numbered.line;
    let moment = known.moment(plan, first.at);
    let customer_id = known.customer(plan, &seat.key, &of_lines(&sales), &mut rows.customers);
    let batch = Value::Id(plan.batch_id);
    let mut doc: Row = row![
        order_id,
        invoice,
        shop_id,
        channel_of(plan, &sales).word(),
        customer_id,
        moment.at_ms,
        moment.date.clone(),
        moment.hour,
        plan.currency.clone(),
        0_i64,
        0_i64,
        first.country.clone()
    ];
    doc.push(batch.clone());
    rows.docs.push(doc);
    let mut due_minor = 0;
    for (i, new_line) in (1_i64..).zip(&sales) {
        let (numbered, line) = (&new_line.numbered, &new_line.numbered.line);
        due_minor += line.amount_minor;
        let mut flags = flags_of(numbered, two_times);
        if line.stock_milli() == 0 || known.moment(plan, line.at).date != moment.date {
            flags = flags.with(LineFlags::UNMOVED);
        }
        let mut new: Row = row![new_line.id, order_id, i, new_line.sku_id, line.quantity_milli, line.price_micro, line.amount_minor, None::<i64>, flags.0];
        new.push(batch.clone());
        rows.lines.push(new);
        movement(plan, known, rows, shop_id, new_line, "sale", order_id);
    }
    let paid_minor = match stated_minor(&sales, due_minor) {
        // What was paid before for the lines that are here already is not told apart: these are paid as far as the whole is.
        Some(stated) if seat.is_here => stated.min(due_minor),
        Some(stated) => stated,
        None => due_minor,
    };
    if paid_minor < due_minor {
        rows.paid_less.push((first.row, invoice.to_owned()));
    }
    let transition = seat.space().named(ImportedKind::Order, &format!("{name}/done"));
    let mut done: Row = row![transition, order_id, "fulfil", "done", moment.at_ms, plan.actor, None::<String>];
    done.push(batch.clone());
    rows.transitions.push(done);
    if paid_minor != 0 {
        let payment = seat.space().named(ImportedKind::Payment, &name);
        let mut paid: Row = row![payment, order_id, "unknown", paid_minor, moment.at_ms, moment.date];
        paid.push(batch);
        rows.payments.push(paid);
    }
}

fn refund(
    plan: &ImportPlan,
    known: &mut Known,
    rows: &mut Rows,
    (window, tally): (&mut SaleWindow, &mut Tally),
    (shop_id, seat, sold): ([u8; 16], &Seat, &[Uuid]),
    invoice: &str,
    returns: Vec<NewLine>,
) {
    let refund_id = seat.space().refund(&seat.name(returns[0].id));
    let moment = known.moment(plan, returns[0].numbered.line.at);
    let customer_id = known.customer(plan, &seat.key, &of_lines(&returns), &mut rows.customers);
    let channel = channel_of(plan, &returns).word();
    let batch = Value::Id(plan.batch_id);
    let (mut amount_minor, mut orders) = (0, Vec::new());
    for new_line in returns {
        let (line_id, sku_id, line) = (new_line.id, new_line.sku_id, &new_line.numbered.line);
        amount_minor -= line.amount_minor;
        let flags = flags_of(&new_line.numbered, false);
        movement(plan, known, rows, shop_id, &new_line, "sale_return", refund_id);
        let found = match_sale(window, tally, sold, line);
        let rule = found.as_ref().map_or("none", |f| f.rule.key());
        let parts = found.map(|f| f.parts).unwrap_or_default();
        orders.extend(parts.iter().map(|p| p.order));
        let split = split_parts(-line.quantity_milli, -line.amount_minor, &parts);
        for (n, (order_line, quantity_milli, amount)) in split.into_iter().enumerate() {
            let id = if n == 0 { line_id } else { new_line.space.named(ImportedKind::Line, &format!("{}/{n}", line_id.simple())) };
            let mut new: Row = row![id, refund_id, sku_id, order_line, rule, quantity_milli, line.price_micro, amount, None::<i64>, flags.0];
            new.push(batch.clone());
            rows.refund_lines.push(new);
        }
    }
    orders.sort_unstable();
    orders.dedup();
    // A refund names an order only where all that found its sale found it there.
    let order_id = (orders.len() == 1).then(|| orders[0]);
    let mut doc: Row = row![
        refund_id,
        order_id,
        invoice,
        shop_id,
        channel,
        customer_id,
        moment.at_ms,
        moment.date,
        moment.hour,
        plan.currency.clone(),
        amount_minor,
        None::<String>
    ];
    doc.push(batch);
    rows.refunds.push(doc);
}

/// Finds the sale that a returned line takes back, and counts that it was found.
fn match_sale(window: &mut SaleWindow, tally: &mut Tally, orders: &[Uuid], line: &TradeLine) -> Option<SaleMatch> {
    let found = if line.is_negative { window.take_back_of(line, orders)? } else { window.take_back(line)? };
    tally.match_found(line, &found);
    Some(found)
}

/// Splits a returned line over the sales it was found in; what found none keeps no reference. Quantities and amounts sum to the line's.
fn split_parts(quantity_milli: i64, amount_minor: i64, parts: &[domain::trade_file::MatchedPart]) -> Vec<(Option<Uuid>, i64, i64)> {
    let matched: i64 = parts.iter().map(|p| p.quantity_milli).sum();
    let mut pieces: Vec<(Option<Uuid>, i64)> = parts.iter().map(|p| (Some(p.line), p.quantity_milli)).collect();
    if matched != quantity_milli || pieces.is_empty() {
        pieces.push((None, quantity_milli - matched));
    }
    let weights: Vec<i64> = pieces.iter().map(|(_, q)| q.abs()).collect();
    let shares = if pieces.len() == 1 { vec![amount_minor] } else { domain::money::allocate(amount_minor, &weights) };
    pieces.into_iter().zip(shares).map(|((line, quantity), amount)| (line, quantity, amount)).collect()
}

fn movement(plan: &ImportPlan, known: &mut Known, rows: &mut Rows, shop_id: [u8; 16], new_line: &NewLine, kind: &str, reference: Uuid) {
    let NewLine { sku_id, space, key, numbered, .. } = new_line;
    let quantity_milli = numbered.line.stock_milli();
    if quantity_milli == 0 {
        return;
    }
    let id = space.of_line(ImportedKind::Movement, key, &numbered.content, numbered.nth);
    let moment = known.moment(plan, numbered.line.at);
    let mut new: Row = row![id, *sku_id, shop_id, kind, quantity_milli, moment.at_ms, moment.date, reference, None::<i64>];
    new.push(Value::Id(plan.batch_id));
    rows.movements.push(new);
}

fn write_off(plan: &ImportPlan, rows: &mut Rows, shop_id: [u8; 16], id: Uuid, sku_id: Uuid, line: &TradeLine) {
    let moment = plan.moment(line.at);
    let mut new: Row = row![id, sku_id, shop_id, "write_off", line.quantity_milli, moment.at_ms, moment.date, None::<Uuid>, None::<i64>];
    new.push(Value::Id(plan.batch_id));
    rows.movements.push(new);
}

fn adjust(plan: &ImportPlan, rows: &mut Rows, shop_id: [u8; 16], id: Uuid, line: &TradeLine) {
    let moment = plan.moment(line.at);
    let mut new: Row = row![id, line.invoice.clone(), shop_id, moment.at_ms, moment.date, line.amount_minor, line.description.clone()];
    new.push(Value::Id(plan.batch_id));
    rows.adjustments.push(new);
}

fn flags_of(numbered: &Numbered, two_times: bool) -> LineFlags {
    let mut flags = LineFlags::default();
    for (set, flag) in [
        (numbered.nth > 1, LineFlags::REPEATED),
        (numbered.line.warnings.contains(&LineWarning::SubPennyPrice), LineFlags::SUB_PENNY),
        (numbered.line.price_micro == 0, LineFlags::FREE),
        (two_times, LineFlags::TWO_TIMES),
    ] {
        if set {
            flags = flags.with(flag);
        }
    }
    flags
}

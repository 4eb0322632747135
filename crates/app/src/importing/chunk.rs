//! One chunk of whole invoices, turned into rows.

use super::{
    gather::{Invoice, Numbered},
    known::Known,
    places::Places,
    plan::ImportPlan,
};
use crate::Result;
use domain::{
    Channel, LineFlags,
    trade_file::{IdSpace, ImportedKind, LineKind, LineWarning, SaleMatch, SaleWindow, Tally, TradeLine},
};
use std::collections::HashMap;
use store::{
    Change, Row, Value, catalogue,
    import_rows::{self, Document},
    row,
};
use uuid::Uuid;

/// How far generations are looked for: each undo of a file is one more.
const GENERATIONS_MAX: u32 = 64;

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

/// Whose an invoice is, which generation its rows take, and whether it is here already.
struct Standing {
    shop_id: [u8; 16],
    space: IdSpace,
    order_is_here: bool,
    refund_is_here: bool,
}

impl Standing {
    /// Whether a line may be in this table already. A document that is not here has no lines here. A line below nothing is looked for as what it was
    /// taken for then as well: said to be something else now, it must not come in twice.
    fn may_hold(&self, table: Document, line: &TradeLine) -> bool {
        match table {
            Document::OrderLine => line.kind == LineKind::Sale && self.order_is_here,
            Document::RefundLine => (line.kind == LineKind::Cancellation || line.is_negative) && self.refund_is_here,
            Document::Movement => line.is_negative,
            Document::Adjustment => line.kind == LineKind::Adjustment,
            Document::Order | Document::Refund | Document::Visit => false,
        }
    }
}

/// Builds the rows of a part. `db` is asked what is here already: the parts of one import have no invoice in common, and two imports of one file at once are
/// refused before.
pub(super) async fn rows_of(
    db: &mut store::Connection,
    (plan, places): (&ImportPlan, &Places),
    known: &mut Known,
    window: &mut SaleWindow,
    tally: &mut Tally,
    invoices: Vec<Invoice>,
) -> Result<Rows> {
    let mut rows = Rows::default();
    let standings = standings(db, plan, places, &invoices).await?;
    let mut here: HashMap<[u8; 16], bool> = HashMap::new();
    for table in [Document::OrderLine, Document::Movement, Document::Adjustment, Document::RefundLine] {
        let mut ids = Vec::new();
        for (Invoice { lines, .. }, standing) in invoices.iter().zip(&standings) {
            ids.extend(lines.iter().filter(|l| standing.may_hold(table, &l.line)).map(|l| *row_id(&standing.space, l).as_bytes()));
        }
        here.extend(import_rows::documents(db, table, &ids).await?);
    }
    for (Invoice { number: invoice, lines, .. }, standing) in invoices.into_iter().zip(&standings) {
        let first_at = lines.first().map(|l| l.line.at);
        let two_times = lines.iter().any(|l| Some(l.line.at) != first_at);
        rows.two_times += i64::from(two_times);
        let (mut sales, mut returns) = (Vec::new(), Vec::new());
        for numbered in lines {
            let id = row_id(&standing.space, &numbered);
            let is_here = here.contains_key(id.as_bytes());
            if numbered.line.kind == LineKind::Sale {
                window.sell(&numbered.line, id, standing.space.order(&invoice));
            }
            if is_here {
                // What it took back stays taken, so that a later line does not find the same sale again.
                match_sale(window, tally, standing, &numbered.line);
                continue;
            }
            rows.new_lines += 1;
            let sku_id = known.sku(plan, &numbered.line, &mut rows.skus);
            match numbered.line.kind {
                LineKind::Sale => sales.push((id, sku_id, numbered)),
                LineKind::Cancellation => returns.push((id, sku_id, numbered)),
                LineKind::WriteOff => write_off(plan, &mut rows, standing.shop_id, id, sku_id, &numbered.line),
                LineKind::Adjustment => adjust(plan, &mut rows, standing.shop_id, id, &numbered.line),
            }
        }
        let grows = |new: &[NewLine], is_here: bool| new.first().filter(|_| is_here).map(|(_, _, first)| (first.line.row, invoice.clone()));
        rows.grown.extend(grows(&sales, standing.order_is_here).or_else(|| grows(&returns, standing.refund_is_here)));
        if !sales.is_empty() {
            order(plan, known, &mut rows, standing, &invoice, sales, two_times);
        }
        if !returns.is_empty() {
            refund(plan, known, &mut rows, (&mut *window, &mut *tally), standing, &invoice, returns);
        }
    }
    known.fill_phones(db, &mut rows.customers).await?;
    Ok(rows)
}

fn row_id(space: &IdSpace, numbered: &Numbered) -> Uuid {
    space.line(&numbered.line.invoice, &numbered.content, numbered.nth)
}

/// One for each invoice, in their order.
async fn standings(db: &mut store::Connection, plan: &ImportPlan, places: &Places, invoices: &[Invoice]) -> Result<Vec<Standing>> {
    let spaces = |generation: u32| -> Vec<IdSpace> {
        let space = |place: usize| IdSpace::new(plan.organisation_id, &places.at(place).source, generation);
        (0..=invoices.iter().map(|i| i.place).max().unwrap_or(0)).map(space).collect()
    };
    let mut standings: Vec<Option<Standing>> = invoices.iter().map(|_| None).collect();
    let mut open: Vec<usize> = (0..invoices.len()).collect();
    for generation in 0..GENERATIONS_MAX {
        let spaces = spaces(generation);
        let space_of = |i: usize| &spaces[invoices[i].place];
        let ids: Vec<[u8; 16]> = open
            .iter()
            .flat_map(|i| {
                let (space, number) = (space_of(*i), &invoices[*i].number);
                [*space.order(number).as_bytes(), *space.refund(number).as_bytes()]
            })
            .collect();
        let mut here = import_rows::documents(db, Document::Order, &ids).await?;
        here.extend(import_rows::documents(db, Document::Refund, &ids).await?);
        // Write-offs and adjustments have no document: their own rows tell whether the invoice was undone.
        let loose: Vec<[u8; 16]> = open.iter().flat_map(|i| loose_ids(space_of(*i), &invoices[*i].lines)).collect();
        for table in [Document::Movement, Document::Adjustment] {
            here.extend(import_rows::documents(db, table, &loose).await?);
        }
        let mut undone = Vec::new();
        for i in open {
            let (space, Invoice { number, place, lines }) = (space_of(i), &invoices[i]);
            let [order, refund] = [space.order(number), space.refund(number)].map(|id| here.get(id.as_bytes()).copied());
            if generation + 1 < GENERATIONS_MAX
                && (order == Some(true) || refund == Some(true) || loose_ids(space, lines).any(|id| here.get(&id) == Some(&true)))
            {
                undone.push(i);
            } else {
                let shop_id = places.at(*place).shop_id;
                standings[i] = Some(Standing { shop_id, space: space.clone(), order_is_here: order.is_some(), refund_is_here: refund.is_some() });
            }
        }
        open = undone;
        if open.is_empty() {
            break;
        }
    }
    Ok(standings.into_iter().flatten().collect())
}

/// The rows of an invoice that belong to no document.
fn loose_ids<'a>(space: &'a IdSpace, lines: &'a [Numbered]) -> impl Iterator<Item = [u8; 16]> + 'a {
    lines.iter().filter(|l| l.line.is_negative || l.line.kind == LineKind::Adjustment).map(|l| *row_id(space, l).as_bytes())
}

/// A line that is about to be written: its id, its article and itself.
type NewLine = (Uuid, Uuid, Numbered);

fn of_lines(new: &[NewLine]) -> Vec<&TradeLine> {
    new.iter().map(|(_, _, numbered)| &numbered.line).collect()
}

/// The channel of an order: the first that its lines name and that is known.
fn channel_of(plan: &ImportPlan, new: &[NewLine]) -> Channel {
    new.iter().find_map(|(_, _, numbered)| numbered.line.details.as_ref()?.channel).unwrap_or(plan.channel)
}

/// What the file says was paid for an order; `None` where it says nothing, and the order counts as paid whole.
///
/// One number on one line, or the same on every line, is the whole order's – unless it makes up the order only when counted once a line. Different
/// numbers are each line's own and are added.
fn stated_minor(sales: &[NewLine], due_minor: i64) -> Option<i64> {
    let stated: Vec<i64> = sales.iter().filter_map(|(_, _, numbered)| numbered.line.details.as_ref()?.paid_minor).collect();
    let first = *stated.first()?;
    let sum = stated.iter().fold(0_i64, |sum, paid| sum.saturating_add(*paid));
    let is_one = stated.iter().all(|paid| *paid == first) && (first == due_minor || sum != due_minor);
    Some(if is_one { first } else { sum })
}

fn order(plan: &ImportPlan, known: &mut Known, rows: &mut Rows, standing: &Standing, invoice: &str, sales: Vec<NewLine>, two_times: bool) {
    // Lines that come to an order that is here already make a document of their own: a document is never changed.
    let name = if standing.order_is_here { format!("{invoice}+{}", sales[0].0.simple()) } else { invoice.to_owned() };
    let order_id = standing.space.order(&name);
    let first = &sales[0].2.line;
    let moment = known.moment(plan, first.at);
    let customer_id = known.customer(plan, &of_lines(&sales), &mut rows.customers);
    let batch = Value::Id(plan.batch_id);
    let mut doc: Row = row![
        order_id,
        invoice,
        standing.shop_id,
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
    for (i, (line_id, sku_id, numbered)) in (1_i64..).zip(&sales) {
        let line = &numbered.line;
        due_minor += line.amount_minor;
        let flags = flags_of(numbered, two_times);
        let mut new: Row = row![*line_id, order_id, i, *sku_id, line.quantity_milli, line.price_micro, line.amount_minor, None::<i64>, flags.0];
        new.push(batch.clone());
        rows.lines.push(new);
        movement(plan, known, rows, standing, *sku_id, numbered, "sale", order_id);
    }
    let paid_minor = match stated_minor(&sales, due_minor) {
        // What was paid before for the lines that are here already is not told apart: these are paid as far as the whole is.
        Some(stated) if standing.order_is_here => stated.min(due_minor),
        Some(stated) => stated,
        None => due_minor,
    };
    if paid_minor < due_minor {
        rows.paid_less.push((first.row, invoice.to_owned()));
    }
    let transition = standing.space.named(ImportedKind::Order, &format!("{name}/done"));
    let mut done: Row = row![transition, order_id, "fulfil", "done", moment.at_ms, plan.actor, None::<String>];
    done.push(batch.clone());
    rows.transitions.push(done);
    if paid_minor != 0 {
        let payment = standing.space.named(ImportedKind::Payment, &name);
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
    standing: &Standing,
    invoice: &str,
    returns: Vec<NewLine>,
) {
    let name = if standing.refund_is_here { format!("{invoice}+{}", returns[0].0.simple()) } else { invoice.to_owned() };
    let refund_id = standing.space.refund(&name);
    let moment = known.moment(plan, returns[0].2.line.at);
    let customer_id = known.customer(plan, &of_lines(&returns), &mut rows.customers);
    let channel = channel_of(plan, &returns).word();
    let batch = Value::Id(plan.batch_id);
    let (mut amount_minor, mut orders) = (0, Vec::new());
    for (line_id, sku_id, numbered) in returns {
        let line = &numbered.line;
        amount_minor -= line.amount_minor;
        let flags = flags_of(&numbered, false);
        movement(plan, known, rows, standing, sku_id, &numbered, "sale_return", refund_id);
        let found = match_sale(window, tally, standing, line);
        let rule = found.as_ref().map_or("none", |f| f.rule.key());
        let parts = found.map(|f| f.parts).unwrap_or_default();
        orders.extend(parts.iter().map(|p| p.order));
        let split = split_parts(-line.quantity_milli, -line.amount_minor, &parts);
        for (n, (order_line, quantity_milli, amount)) in split.into_iter().enumerate() {
            let id = if n == 0 { line_id } else { standing.space.named(ImportedKind::Line, &format!("{}/{n}", line_id.simple())) };
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
        standing.shop_id,
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
fn match_sale(window: &mut SaleWindow, tally: &mut Tally, standing: &Standing, line: &TradeLine) -> Option<SaleMatch> {
    let found = if line.is_negative { window.take_back_of(line, standing.space.order(&line.invoice))? } else { window.take_back(line)? };
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

#[expect(clippy::too_many_arguments, reason = "a movement names what moved, where, when, why and for whom")]
fn movement(plan: &ImportPlan, known: &mut Known, rows: &mut Rows, standing: &Standing, sku_id: Uuid, numbered: &Numbered, kind: &str, reference: Uuid) {
    let quantity_milli = numbered.line.stock_milli();
    if quantity_milli == 0 {
        return;
    }
    let id = standing.space.of_line(ImportedKind::Movement, &numbered.line.invoice, &numbered.content, numbered.nth);
    let moment = known.moment(plan, numbered.line.at);
    let mut new: Row = row![id, sku_id, standing.shop_id, kind, quantity_milli, moment.at_ms, moment.date, reference, None::<i64>];
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

//! What was sold before this file: a refund that comes in a later file than its sale finds it in the books.
//!
//! The rule is the one of a single file ([`domain::trade_file::SaleWindow`]). The sales that a refund may mean are brought into the window when the first such
//! refund is met: those of its customer, or where it names none those of its price and the days before, and those of its order's number. What the
//! books say was returned of them already is taken off. Where the file itself sold what comes back, later than anything in the books, they are not asked: the
//! latest sale comes first. The sales and refunds of this very import are in the window as its file goes by, so the books
//! are not asked for them.

use super::{
    gather::Invoice,
    known::Known,
    plan::ImportPlan,
    standing::{Stand, Standing},
};
use crate::{Error, Result};
use domain::trade_file::{LineKind, NO_CUSTOMER_DAYS_MAX, SaleCandidate, SaleWindow, TradeLine};
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use std::collections::{HashMap, HashSet};
use store::{
    Store,
    import_rows::{self, Sold, SoldTo},
};
use uuid::Uuid;

/// So far back the books are asked for what a customer brings back: thirteen months, as the window of a file reaches. The question takes as long as the
/// customer has orders in that time, and no longer with the age of the books.
const BOOKS_DAYS_MAX: i32 = 400;

/// What an import knows of the sales before it.
pub(super) struct Recall {
    /// When the last of them was, by the shop's clock; a first file asks for nothing.
    until: Option<DateTime>,
    zone: TimeZone,
    /// What the books were asked for, and of which days.
    asked: HashMap<Asked, (Date, Date)>,
    /// The orders of a shop's number that were here before.
    orders: HashMap<([u8; 16], String), Vec<Uuid>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Asked {
    /// With the window's key: one customer comes by code and by phone.
    Customer([u8; 16], [u8; 16], u64),
    Days([u8; 16], [u8; 16], i64, Date),
    Number([u8; 16], String, [u8; 16]),
}

impl Recall {
    pub(super) async fn begin(store: &Store, plan: &ImportPlan) -> Result<Self> {
        let mut db = store.reader().await?;
        let zone = TimeZone::get(&plan.zone).map_err(|e| Error::Fault(e.to_string()))?;
        let until = import_rows::last_sale_beside(&mut db, &plan.batch_id).await?.map(|at_ms| moment(at_ms, &zone));
        Ok(Self { until, zone, asked: HashMap::new(), orders: HashMap::new() })
    }

    /// Brings the sales that the new refunds of a part may mean into the window.
    pub(super) async fn look(
        &mut self,
        db: &mut store::Connection,
        plan: &ImportPlan,
        known: &Known,
        window: &mut SaleWindow,
        invoices: &[Invoice],
        standings: &[Standing],
    ) -> Result<()> {
        let Some(until) = self.until else { return Ok(()) };
        // What one refund of this part takes, another does not find any more: only the first of its kind is settled by what the file sold.
        let mut taken = HashSet::new();
        for (invoice, standing) in invoices.iter().zip(standings) {
            for (numbered, stand) in invoice.lines.iter().zip(&standing.lines) {
                let line = &numbered.line;
                if line.kind != LineKind::Cancellation || line.quantity_milli >= 0 {
                    continue;
                }
                let key = window.key_of(line);
                let is_first = taken.insert(key);
                // What this import returned before it was cut off finds its sale again; what others returned, the books have taken off.
                if !matches!(stand, Stand::New(..) | Stand::Here { is_own: true, .. }) {
                    continue;
                }
                let Some(sku) = known.skus.get(&line.code).map(|sku| sku.id) else { continue };
                for (asked, (from, to), whose) in Self::questions(known, standing.shop_id, &invoice.number, (sku, key), line, until) {
                    let by_number = matches!(whose, SoldTo::Number { .. });
                    if !line.is_negative && is_first && window.is_settled(line, until) {
                        continue;
                    }
                    let before = self.asked.get(&asked).copied();
                    if before.is_some_and(|(first, last)| first <= from && last >= to) {
                        continue;
                    }
                    self.asked.insert(asked, before.map_or((from, to), |(first, last)| (first.min(from), last.max(to))));
                    let found = import_rows::sold_before(db, &plan.batch_id, &sku, &whose).await?;
                    if by_number {
                        let orders = self.orders.entry((standing.shop_id, invoice.number.clone())).or_default();
                        orders.extend(found.iter().map(|sold| Uuid::from_bytes(sold.order)));
                        orders.sort_unstable();
                        orders.dedup();
                    }
                    window.recall(line, found.iter().map(|sold| candidate(sold, &self.zone)));
                }
            }
        }
        Ok(())
    }

    /// What the books can be asked for a refund: under which name it is remembered, of which days, and whose sales.
    fn questions(
        known: &Known,
        shop: [u8; 16],
        number: &str,
        (sku, key): ([u8; 16], u64),
        line: &TradeLine,
        until: DateTime,
    ) -> Vec<(Asked, (Date, Date), SoldTo)> {
        let day = line.at.date();
        let mut questions = Vec::new();
        if line.is_negative {
            let whose = SoldTo::Number { shop, number: number.to_owned() };
            questions.push((Asked::Number(shop, number.to_owned(), sku), (Date::MIN, Date::MAX), whose));
        }
        if line.whose().is_none() {
            let from = day.saturating_sub(NO_CUSTOMER_DAYS_MAX.days());
            questions.push((Asked::Days(shop, sku, line.price_micro, day), (from, day), SoldTo::Nobody { shop, price_micro: line.price_micro, from, to: day }));
        } else if let Some(customer) = known.customer_here(line) {
            let from = day.saturating_sub(BOOKS_DAYS_MAX.days());
            // After the last sale of the books one question holds for every day to come; before it, what was sold later must not crowd out what was sold before.
            let to = if line.at >= until { Date::MAX } else { day };
            questions.push((Asked::Customer(customer, sku, key), (from, to), SoldTo::Customer { customer, from, to }));
        }
        questions
    }

    /// The orders of a number that were here before this import.
    pub(super) fn orders_of(&self, shop: [u8; 16], number: &str) -> &[Uuid] {
        if self.orders.is_empty() {
            return &[];
        }
        self.orders.get(&(shop, number.to_owned())).map_or(&[], Vec::as_slice)
    }
}

fn moment(at_ms: i64, zone: &TimeZone) -> DateTime {
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone()).datetime()
}

fn candidate(sold: &Sold, zone: &TimeZone) -> SaleCandidate {
    let at = moment(sold.at_ms, zone);
    let (line, order) = (Uuid::from_bytes(sold.line), Uuid::from_bytes(sold.order));
    SaleCandidate { line, order, at, price_micro: sold.price_micro, unreturned_milli: sold.unreturned_milli }
}

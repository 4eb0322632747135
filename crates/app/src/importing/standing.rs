//! What of an invoice is here already, and which ids what is not here takes.
//!
//! A row that was undone stays, so what comes again takes ids of the next generation. Each line has generations of its own: it may stand in a document that
//! came later than the one that was undone. A line is here where it stands in any generation; it is looked for until it is not found.
//!
//! A number that was used on another day names another order. The order that came first has the ids of its number; one of another day those of its number
//! and its day. A line is here where it stands under either, on its own day.

use super::{
    gather::{Invoice, Numbered, is_one_order},
    places::Places,
    plan::ImportPlan,
};
use crate::{Error, Result};
use domain::trade_file::{IdSpace, LineKind};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::collections::HashMap;
use store::import_rows::{self, Document, Found};
use uuid::Uuid;

/// How far generations are looked for: each undo of a file is one more.
const GENERATIONS_MAX: u32 = 256;

/// A line of an invoice.
pub(super) enum Stand {
    /// It is here: its id, its document where it has one, and whether this very import brought it, before it was cut off.
    Here { id: Uuid, document: Option<Uuid>, is_own: bool },
    /// It is not: the id that it takes, and what makes the ids of all that belongs to it.
    New(Uuid, IdSpace, String),
}

/// What the lines of one side of an invoice are written under: those that sell or that a letter marks, or those below nothing.
#[derive(Clone)]
pub(super) struct Seat {
    space: IdSpace,
    /// The number, with the day where it was used before.
    pub key: String,
    /// Whether its document stands, so that what comes makes one of its own.
    stands: bool,
    /// Whether anything of it stands.
    pub is_here: bool,
    /// Whether its number was used on another day.
    pub is_reused: bool,
}

impl Seat {
    /// The name of a new document, whose first line is this.
    pub fn name(&self, first: Uuid) -> String {
        if self.stands { format!("{}+{}", self.key, first.simple()) } else { self.key.clone() }
    }

    pub fn space(&self) -> &IdSpace {
        &self.space
    }
}

/// Whose an invoice is, and what of it is here.
pub(super) struct Standing {
    pub shop_id: [u8; 16],
    /// One for each of its lines.
    pub lines: Vec<Stand>,
    /// Of the lines that are not below nothing, and of those that are.
    pub seats: [Option<Seat>; 2],
}

/// The generations of one side of an invoice under its number, or under its number and its day.
struct Chain {
    invoice: usize,
    first: DateTime,
    key: String,
    is_dated: bool,
    /// The document of such lines.
    document: Option<Document>,
    /// Its lines, by their places in the invoice, with how they are found.
    lines: Vec<Link>,
    is_open: bool,
    /// The first generation in which there is no document.
    free: Option<u32>,
    /// Where the document stands on this day.
    stands: Option<u32>,
    /// Whether it stands on another day.
    stands_elsewhere: bool,
    /// Whether there ever was one.
    was: bool,
}

struct Link {
    place: usize,
    here: Option<(Uuid, Option<Uuid>, bool)>,
    stands_elsewhere: bool,
    free: Option<u32>,
    /// Whether it was found in the generation before.
    goes_on: bool,
}

impl Chain {
    fn new(invoice: usize, of: &Invoice, lines: Vec<usize>, is_dated: bool) -> Self {
        let first = lines.iter().map(|place| of.lines[*place].line.at).min().unwrap_or_default();
        let line = &of.lines[lines[0]].line;
        let document = match line.kind {
            LineKind::Sale => Some(Document::Order),
            LineKind::Cancellation | LineKind::WriteOff => Some(Document::Refund),
            LineKind::Adjustment => None,
        };
        Self {
            invoice,
            first,
            // No number holds a break.
            key: if is_dated { format!("{}\n{}", of.number, first.date()) } else { of.number.clone() },
            is_dated,
            document,
            lines: lines.into_iter().map(|place| Link { place, here: None, stands_elsewhere: false, free: None, goes_on: false }).collect(),
            is_open: true,
            free: None,
            stands: None,
            stands_elsewhere: false,
            was: false,
        }
    }

    fn document_id(&self, space: &IdSpace) -> Option<(Document, Uuid)> {
        match self.document? {
            Document::Order => Some((Document::Order, space.order(&self.key))),
            table => Some((table, space.refund(&self.key))),
        }
    }
}

/// The tables that a line may be in. One below nothing is looked for as what it was taken for then as well: said to be something else now, it must not come
/// in twice.
fn tables_of(numbered: &Numbered) -> &'static [Document] {
    match numbered.line.kind {
        _ if numbered.line.is_negative => &[Document::RefundLine, Document::Movement],
        LineKind::Sale => &[Document::OrderLine],
        LineKind::Cancellation => &[Document::RefundLine],
        LineKind::Adjustment => &[Document::Adjustment],
        LineKind::WriteOff => &[Document::Movement],
    }
}

/// Whether its row may stand without a document.
fn is_loose(numbered: &Numbered) -> bool {
    numbered.line.is_negative || numbered.line.kind == LineKind::Adjustment
}

fn line_id(space: &IdSpace, key: &str, numbered: &Numbered) -> Uuid {
    space.line(key, &numbered.content, numbered.nth)
}

/// One for each invoice, in their order.
pub(super) async fn standings(db: &mut store::Connection, plan: &ImportPlan, places: &Places, invoices: &[Invoice]) -> Result<Vec<Standing>> {
    let zone = TimeZone::get(&plan.zone).map_err(|e| Error::Fault(e.to_string()))?;
    let mut spaces: HashMap<(usize, u32), IdSpace> = HashMap::new();
    let mut space = |place: usize, generation: u32| -> IdSpace {
        spaces.entry((place, generation)).or_insert_with(|| IdSpace::new(plan.organisation_id, &places.at(place).source, generation)).clone()
    };
    let mut plain = Vec::new();
    for (i, invoice) in invoices.iter().enumerate() {
        let (below, above): (Vec<usize>, Vec<usize>) = (0..invoice.lines.len()).partition(|place| invoice.lines[*place].line.is_negative);
        plain.extend([above, below].into_iter().filter(|side| !side.is_empty()).map(|side| Chain::new(i, invoice, side, false)));
    }
    follow(db, (&zone, plan.batch_id), &mut space, invoices, &mut plain).await?;
    // Nothing has the ids of a day whose number has none.
    let mut dated: Vec<Chain> = plain.iter().map(|chain| Chain::new(chain.invoice, &invoices[chain.invoice], places_of(chain), true)).collect();
    for (chain, under_number) in dated.iter_mut().zip(&plain) {
        let lines = &invoices[chain.invoice].lines;
        chain.is_open = under_number.was || chain.lines.iter().any(|link| is_loose(&lines[link.place]));
    }
    follow(db, (&zone, plan.batch_id), &mut space, invoices, &mut dated).await?;
    let mut standings: Vec<Standing> = invoices
        .iter()
        .map(|invoice| Standing { shop_id: places.at(invoice.place).shop_id, lines: Vec::with_capacity(invoice.lines.len()), seats: [None, None] })
        .collect();
    let mut stands: Vec<Vec<Option<Stand>>> = invoices.iter().map(|invoice| invoice.lines.iter().map(|_| None).collect()).collect();
    for (plain, dated) in plain.iter().zip(&dated) {
        let invoice = &invoices[plain.invoice];
        let is_dated = plain.stands.is_none() && (plain.stands_elsewhere || dated.stands.is_some() || invoice.rank > 0);
        let chain = if is_dated { dated } else { plain };
        let mut is_here = chain.stands.is_some();
        for (by_number, by_day) in plain.lines.iter().zip(&dated.lines) {
            let numbered = &invoice.lines[by_number.place];
            stands[plain.invoice][by_number.place] = Some(if let Some((id, document, is_own)) = by_number.here.or(by_day.here) {
                is_here |= document.is_some() || plain.document.is_none();
                Stand::Here { id, document, is_own }
            } else {
                let (link, chain) = if is_dated || by_number.stands_elsewhere { (by_day, dated) } else { (by_number, plain) };
                let space = space(invoice.place, link.free.unwrap_or(0));
                Stand::New(line_id(&space, &chain.key, numbered), space, chain.key.clone())
            });
        }
        let generation = chain.stands.or(chain.free).unwrap_or(0);
        let is_negative = invoice.lines[plain.lines[0].place].line.is_negative;
        standings[plain.invoice].seats[usize::from(is_negative)] = Some(Seat {
            space: space(invoice.place, generation),
            key: chain.key.clone(),
            stands: chain.stands.is_some(),
            is_here,
            is_reused: !is_negative && !is_here && is_dated,
        });
    }
    for (standing, lines) in standings.iter_mut().zip(stands) {
        standing.lines = lines.into_iter().flatten().collect();
    }
    Ok(standings)
}

fn places_of(chain: &Chain) -> Vec<usize> {
    chain.lines.iter().map(|link| link.place).collect()
}

/// Follows chains until nothing more of them is here.
async fn follow(
    db: &mut store::Connection,
    (zone, own): (&TimeZone, [u8; 16]),
    space: &mut (dyn FnMut(usize, u32) -> IdSpace + Send),
    invoices: &[Invoice],
    chains: &mut [Chain],
) -> Result<()> {
    for generation in 0..GENERATIONS_MAX {
        let mut open: Vec<&mut Chain> = chains.iter_mut().filter(|chain| chain.is_open).collect();
        if open.is_empty() {
            return Ok(());
        }
        let spaces: Vec<IdSpace> = open.iter().map(|chain| space(invoices[chain.invoice].place, generation)).collect();
        let mut documents: HashMap<[u8; 16], Found> = HashMap::new();
        for table in [Document::Order, Document::Refund] {
            let ids: Vec<[u8; 16]> = open
                .iter()
                .zip(&spaces)
                .filter_map(|(chain, space)| chain.document_id(space))
                .filter(|(of, _)| *of == table)
                .map(|(_, id)| *id.as_bytes())
                .collect();
            documents.extend(import_rows::documents(db, table, &ids).await?);
        }
        let mut wanted: HashMap<Document, Vec<[u8; 16]>> = HashMap::new();
        for (chain, space) in open.iter_mut().zip(&spaces) {
            let document = chain.document_id(space).and_then(|(_, id)| documents.get(id.as_bytes()));
            chain.was |= document.is_some();
            match document {
                None => drop(chain.free.get_or_insert(generation)),
                Some(found) if found.is_undone => {}
                Some(found) if chain.is_of(found, zone) => drop(chain.stands.get_or_insert(generation)),
                Some(_) => chain.stands_elsewhere = true,
            }
            let has_document = document.is_some();
            for link in chain.lines.iter_mut().filter(|link| link.here.is_none()) {
                let numbered = &invoices[chain.invoice].lines[link.place];
                link.goes_on |= has_document || (generation == 0 && is_loose(numbered));
                if link.goes_on {
                    for table in tables_of(numbered) {
                        wanted.entry(*table).or_default().push(*line_id(space, &chain.key, numbered).as_bytes());
                    }
                }
            }
            chain.is_open = has_document;
        }
        let mut here: HashMap<[u8; 16], Vec<Found>> = HashMap::new();
        for (table, ids) in wanted {
            for (id, found) in import_rows::documents(db, table, &ids).await? {
                here.entry(id).or_default().push(found);
            }
        }
        for (chain, space) in open.iter_mut().zip(&spaces) {
            let mut links = std::mem::take(&mut chain.lines);
            for link in links.iter_mut().filter(|link| link.here.is_none()) {
                let id = line_id(space, &chain.key, &invoices[chain.invoice].lines[link.place]);
                let found = if link.goes_on { here.get(id.as_bytes()) } else { None };
                link.goes_on = found.is_some();
                for found in found.into_iter().flatten().filter(|found| !found.is_undone) {
                    if chain.is_of(found, zone) {
                        link.here = Some((id, found.document.map(Uuid::from_bytes), found.batch == Some(own)));
                    } else {
                        link.stands_elsewhere = true;
                    }
                }
                if found.is_none() {
                    link.free.get_or_insert(generation);
                }
            }
            chain.is_open |= links.iter().any(|link| link.goes_on);
            chain.is_open &= links.iter().any(|link| link.here.is_none());
            chain.lines = links;
        }
    }
    Ok(())
}

impl Chain {
    /// Whether a row is of the day of these lines.
    fn is_of(&self, found: &Found, zone: &TimeZone) -> bool {
        let at = Timestamp::from_millisecond(found.at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        self.is_dated || is_one_order(self.first, at.to_zoned(zone.clone()).datetime())
    }
}

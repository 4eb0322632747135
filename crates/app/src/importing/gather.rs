//! Invoices are written whole: their lines are gathered until the last of them has gone by, however they lie in the file.

use super::reading::file_error;
use crate::{Result, trade_file::FileError};
use domain::trade_file::{Content, LastRows, TradeLine};
use jiff::civil::DateTime;
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, VecDeque},
};

/// Lines of one journal entry, about, while nobody is at work. An invoice is not divided.
pub(super) const LINES_PER_PART: usize = 2_000;
/// The same while somebody is at work: few enough that the writer is held for less than 50 ms.
pub(super) const LINES_PER_PART_BESIDE: usize = 400;
/// Lines held of invoices that are not whole yet, about 80 MB. In a file in the order of time they are those of two or three invoices.
pub(super) const HELD_LINES_MAX: usize = 200_000;

/// A line with its identity within its invoice.
pub(super) struct Numbered {
    pub line: TradeLine,
    pub content: Content,
    /// Which occurrence of its content it is, counted from 1.
    pub nth: u32,
}

/// What a line may lie after the first of its order and be of that order although the next day has begun.
const OVER_MIDNIGHT_HOURS: i64 = 6;

/// Whether rows of these times are of one order, as far as their days go: they are of one day, or the order ran over midnight.
pub(super) fn is_one_order(first: DateTime, at: DateTime) -> bool {
    first.date() == at.date() || first.duration_until(at).as_secs().abs() < OVER_MIDNIGHT_HOURS * 3_600
}

/// A whole invoice of one shop. Where the number was used on several days it is the invoice of one of them.
pub(super) struct Invoice {
    pub number: String,
    /// How many days of the number come before in the file.
    pub rank: usize,
    /// Whether it shares its number with the one before.
    pub goes_on: bool,
    /// Its shop, see [`Places`](super::places::Places).
    pub place: usize,
    pub lines: Vec<Numbered>,
}

/// The lines of an invoice that is not whole yet.
struct Open {
    place: usize,
    lines: Vec<(TradeLine, Content)>,
}

/// The lines that wait for the rest of their invoice, and the invoices that wait to be written.
pub(super) struct Gathering {
    last: LastRows,
    held_lines_max: usize,
    /// By number and shop, see [`key_of`].
    open: HashMap<String, Open>,
    /// Their keys by the row of their last line.
    due: BTreeSet<(u64, String)>,
    held: usize,
    whole: VecDeque<Invoice>,
    waiting: usize,
}

impl Gathering {
    pub fn new(last: LastRows, held_lines_max: usize) -> Self {
        Self { last, held_lines_max, open: HashMap::new(), due: BTreeSet::new(), held: 0, whole: VecDeque::new(), waiting: 0 }
    }

    /// The rows of the file.
    pub fn rows(&self) -> u64 {
        self.last.rows()
    }

    /// Takes a line of a shop.
    ///
    /// # Errors
    /// Where so many invoices lie scattered that their lines would not fit into memory.
    pub fn take(&mut self, line: TradeLine, content: Content, place: usize) -> Result<()> {
        if self.held >= self.held_lines_max {
            return Err(file_error(&FileError::Scattered { row: line.row, invoice: line.invoice }));
        }
        self.held += 1;
        let key = key_of(&line.invoice, place);
        match self.open.get_mut(key.as_ref()) {
            Some(open) => open.lines.push((line, content)),
            None => {
                let (last, key) = (self.last.of(&line.invoice).unwrap_or(line.row).max(line.row), key.into_owned());
                self.due.insert((last, key.clone()));
                self.open.insert(key, Open { place, lines: vec![(line, content)] });
            }
        }
        Ok(())
    }

    /// Says that everything up to `row` has been taken: invoices that end there are whole.
    pub fn reached(&mut self, row: u64) {
        while self.due.first().is_some_and(|(last, _)| *last <= row) {
            let Some((_, key)) = self.due.pop_first() else { return };
            let Some(Open { place, lines }) = self.open.remove(&key) else { continue };
            let Some(number) = lines.first().map(|(line, _)| line.invoice.clone()) else { continue };
            self.held -= lines.len();
            self.waiting += lines.len();
            for (rank, lines) in by_day(lines) {
                let goes_on = self.whole.back().is_some_and(|before| before.place == place && before.number == number);
                self.whole.push_back(Invoice { number: number.clone(), rank, goes_on, place, lines: numbered(lines) });
            }
        }
    }

    /// Whole invoices of about so many lines; fewer only where `all` asks for the rest. `None` where there is nothing to write yet.
    pub fn part(&mut self, lines_wanted: usize, all: bool) -> Option<Vec<Invoice>> {
        if self.whole.is_empty() || (!all && self.waiting < lines_wanted) {
            return None;
        }
        let (mut part, mut lines) = (Vec::new(), 0);
        while let Some(next) = self.whole.front() {
            if lines > 0 && !next.goes_on && lines + next.lines.len() > lines_wanted {
                break;
            }
            lines += next.lines.len();
            part.extend(self.whole.pop_front());
        }
        self.waiting -= lines;
        Some(part)
    }
}

/// What an invoice is held under: two shops may number their orders alike. Numbers hold no control signs at their ends, so none is another's key.
fn key_of(invoice: &str, place: usize) -> Cow<'_, str> {
    if place == 0 { Cow::Borrowed(invoice) } else { Cow::Owned(format!("{place}\n{invoice}")) }
}

/// The lines of a number by the orders that they are of, each with how many come before it. Nearly always there is one: only a number whose rows lie on
/// several days is divided. What is below nothing is divided by itself, since goods may come back on a later day.
fn by_day(lines: Vec<(TradeLine, Content)>) -> Vec<(usize, Vec<(TradeLine, Content)>)> {
    let earliest = lines.iter().map(|(line, _)| line.at).min().unwrap_or_default();
    if lines.iter().all(|(line, _)| is_one_order(earliest, line.at)) {
        return vec![(0, lines)];
    }
    let (below, above): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(line, _)| line.is_negative);
    let mut parts = Vec::new();
    for side in [above, below] {
        let mut times: Vec<DateTime> = side.iter().map(|(line, _)| line.at).collect();
        times.sort_unstable();
        let mut firsts: Vec<DateTime> = Vec::new();
        for at in times {
            if firsts.last().is_none_or(|first| !is_one_order(*first, at)) {
                firsts.push(at);
            }
        }
        let mut days: Vec<(usize, Vec<_>)> = (0..firsts.len()).map(|rank| (rank, Vec::new())).collect();
        for line in side {
            let day = firsts.partition_point(|first| *first <= line.0.at).saturating_sub(1);
            days[day].1.push(line);
        }
        parts.extend(days);
    }
    parts
}

fn numbered(lines: Vec<(TradeLine, Content)>) -> Vec<Numbered> {
    let mut counts: HashMap<Content, u32> = HashMap::with_capacity(lines.len());
    lines
        .into_iter()
        .map(|(line, content)| {
            let nth = counts.entry(content).or_insert(0);
            *nth += 1;
            Numbered { line, content, nth: *nth }
        })
        .collect()
}

//! The latest sales in memory, for matching cancellations while a file goes by.
//!
//! A ring of at most [`SALES_HELD_MAX`] sales; the oldest is overwritten. Each entry knows the entry before it with the same
//! customer and code, so looking up candidates follows one chain from the latest sale backwards and stops where the ring has
//! been overwritten. Memory: 80 bytes a sale and 16 a (customer, code), about 60 MB when full, whatever the size of the file.
//!
//! A store with an index over (customer, code, time) may hand candidates to [`find_sale`] itself instead: the rule is the
//! same.

use std::collections::{HashMap, HashSet};

use jiff::civil::DateTime;
use uuid::Uuid;

use super::keys::{KeyMap, Keys};
use super::line::{LineKind, TradeLine};
use super::matching::{CANDIDATES_MAX, CancelledLine, MatchRule, SaleCandidate, SaleMatch, find_sale};

/// Sales held by default: about a year of the real shop. Measured on it: holding all 1.02 million instead finds the sale of
/// 95 more of 19,165 cancelled lines.
pub const SALES_HELD_MAX: usize = 500_000;

#[derive(Debug, Clone, Copy)]
struct Held {
    sale: SaleCandidate,
    key: u64,
    before: u64,
}

/// "There is no entry before this one." Entries are numbered from 1.
const NONE: u64 = 0;

/// The latest sales, and how much of each has come back.
#[derive(Debug)]
pub struct SaleWindow {
    ring: Vec<Held>,
    latest: KeyMap<u64>,
    /// The number of the next entry; entry n stands at (n − 1) modulo the size of the ring.
    next: u64,
    held_max: usize,
    keys: Keys,
    /// Lines that came out of the books, with the entry of each; what they were asked for; and entries that more than one question found.
    recalled: HashMap<Uuid, u64>,
    asked: HashSet<u64>,
    shared: KeyMap<Vec<u64>>,
}

impl Default for SaleWindow {
    fn default() -> Self {
        Self::with_limit(SALES_HELD_MAX)
    }
}

impl SaleWindow {
    /// Holds at most so many sales.
    pub fn with_limit(held_max: usize) -> Self {
        Self {
            ring: Vec::new(),
            latest: KeyMap::default(),
            next: 1,
            held_max: held_max.max(1),
            keys: Keys::default(),
            recalled: HashMap::new(),
            asked: HashSet::new(),
            shared: KeyMap::default(),
        }
    }

    /// Remembers a sale. Other kinds of lines are passed over.
    pub fn sell(&mut self, line: &TradeLine, line_id: Uuid, order_id: Uuid) {
        if line.kind != LineKind::Sale || (!self.recalled.is_empty() && self.recalled.contains_key(&line_id)) {
            return;
        }
        let sale = SaleCandidate { line: line_id, order: order_id, at: line.at, price_micro: line.price_micro, unreturned_milli: line.quantity_milli };
        self.remember(self.key_of(line), sale);
    }

    /// Brings in what the books know of the sales that a cancellation may mean: it counts instead of what the file said of them.
    pub fn recall(&mut self, line: &TradeLine, sales: impl IntoIterator<Item = SaleCandidate>) {
        let key = self.key_of(line);
        self.asked.insert(key);
        for sale in sales {
            if let Some(number) = self.recalled.get(&sale.line).copied() {
                // Another question found it before: one sale, whoever asks.
                self.share(key, number);
                continue;
            }
            let is_it = |number: &u64| self.ring[self.place(*number)].sale.line == sale.line;
            let oldest = self.oldest();
            // What an order's number finds may have been sold to somebody that this line does not name.
            let there = self.chain(key).find(is_it).or_else(|| (oldest..self.next).filter(|_| line.is_negative).find(is_it));
            let number = if let Some(number) = there {
                let place = self.place(number);
                self.ring[place].sale = sale;
                self.share(key, number);
                number
            } else {
                self.remember(key, sale);
                self.next - 1
            };
            self.recalled.insert(sale.line, number);
        }
    }

    fn share(&mut self, key: u64, number: u64) {
        if !self.chain(key).any(|known| known == number) {
            self.shared.entry(key).or_default().push(number);
        }
    }

    /// Whether the books were asked for the sales that a line may mean, so that they know what it took back.
    pub fn is_recalled(&self, line: &TradeLine) -> bool {
        !self.asked.is_empty() && self.asked.contains(&self.key_of(line))
    }

    /// Whether a cancellation takes back one sale that is held, of its own price, whatever else was sold up to `since`: the latest sale comes first, so that
    /// nothing older is looked for.
    pub fn is_settled(&self, line: &TradeLine, since: DateTime) -> bool {
        let cancelled =
            CancelledLine { has_customer: line.whose().is_some(), price_micro: line.price_micro, quantity_milli: -line.quantity_milli, at: line.at };
        let (_, candidates) = self.candidates(self.key_of(line), cancelled.at);
        let found = find_sale(&cancelled, &candidates).filter(|found| matches!(found.rule, MatchRule::SamePurchase | MatchRule::NoCustomer));
        found.is_some_and(|found| candidates.iter().any(|sale| sale.at > since && found.parts.iter().all(|part| part.line == sale.line)))
    }

    /// Finds the sale that a cancellation refers to and marks that part as returned.
    pub fn take_back(&mut self, line: &TradeLine) -> Option<SaleMatch> {
        self.find(line, &[])
    }

    /// As [`take_back`](Self::take_back), for a line that stands on an order: what that order sold comes first, customer or none. `orders` are
    /// the documents of that order: it has several where lines came to it later.
    pub fn take_back_of(&mut self, line: &TradeLine, orders: &[Uuid]) -> Option<SaleMatch> {
        self.find(line, orders).or_else(|| self.find(line, &[]))
    }

    fn find(&mut self, line: &TradeLine, orders: &[Uuid]) -> Option<SaleMatch> {
        if line.kind != LineKind::Cancellation {
            return None;
        }
        let has_customer = !orders.is_empty() || line.whose().is_some();
        let cancelled = CancelledLine { has_customer, price_micro: line.price_micro, quantity_milli: -line.quantity_milli, at: line.at };
        let (numbers, candidates) = self.candidates(self.key_of(line), cancelled.at);
        let (numbers, candidates): (Vec<u64>, Vec<SaleCandidate>) =
            numbers.into_iter().zip(candidates).filter(|(_, sale)| orders.is_empty() || orders.contains(&sale.order)).unzip();
        let found = find_sale(&cancelled, &candidates)?;
        for part in &found.parts {
            for (number, sale) in numbers.iter().zip(&candidates) {
                if sale.line == part.line {
                    let place = self.place(*number);
                    self.ring[place].sale.unreturned_milli -= part.quantity_milli;
                }
            }
        }
        Some(found)
    }

    fn remember(&mut self, key: u64, sale: SaleCandidate) {
        let number = self.next;
        self.next += 1;
        let before = self.latest.insert(key, number).unwrap_or(NONE);
        let held = Held { sale, key, before };
        if self.ring.len() < self.held_max {
            self.ring.push(held);
            return;
        }
        let place = self.place(number);
        let forgotten = std::mem::replace(&mut self.ring[place], held);
        // The chain of the forgotten entry ends with it if it was its latest.
        let forgotten_number = number - self.ring.len() as u64;
        if self.latest.get(&forgotten.key) == Some(&forgotten_number) {
            self.latest.remove(&forgotten.key);
        }
    }

    /// The entries of a key that are still held, the last that was remembered first.
    fn chain(&self, key: u64) -> impl Iterator<Item = u64> {
        let oldest = self.oldest();
        let held = move |number: &u64| *number >= oldest;
        let latest = self.latest.get(&key).copied().filter(held);
        let own = std::iter::successors(latest, move |number| Some(self.ring[self.place(*number)].before).filter(held));
        own.chain(self.shared.get(&key).into_iter().flatten().copied().filter(held))
    }

    /// The number of the oldest entry that is still held.
    fn oldest(&self) -> u64 {
        self.next.saturating_sub(self.ring.len() as u64).max(1)
    }

    /// The latest open sales of a key with their numbers, the latest first.
    fn candidates(&self, key: u64, until: DateTime) -> (Vec<u64>, Vec<SaleCandidate>) {
        // A sale returned whole is no candidate and does not use up the room of one.
        let open = |sale: &SaleCandidate| sale.unreturned_milli > 0 && sale.at <= until;
        let of_key = self.chain(key).map(|number| (number, self.ring[self.place(number)].sale)).filter(|(_, sale)| open(sale));
        if !self.asked.contains(&key) {
            return of_key.take(CANDIDATES_MAX).unzip();
        }
        // What came out of the books was remembered late and sold before.
        let mut of_key: Vec<(u64, SaleCandidate)> = of_key.take(2 * CANDIDATES_MAX).collect();
        of_key.sort_by_key(|(_, sale)| std::cmp::Reverse(sale.at));
        of_key.into_iter().take(CANDIDATES_MAX).unzip()
    }

    fn place(&self, number: u64) -> usize {
        ((number - 1) % self.held_max as u64) as usize
    }

    /// What stands for whom and what a line speaks of.
    pub fn key_of(&self, line: &TradeLine) -> u64 {
        self.keys.of(&(line.whose(), line.code.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{CleansingRules, RawDetails, RawLine, RawMoment, RawQuantity, cleanse};
    use super::*;

    fn line(invoice: &str, code: &str, quantity: i64, day: i8) -> TradeLine {
        let raw = RawLine {
            row: 1,
            invoice: invoice.into(),
            stock_code: code.into(),
            description: None,
            quantity: RawQuantity::Whole(quantity),
            at: RawMoment::Local(date(2010, 6, day).into()),
            price: "2.5".into(),
            customer: Some("13085".into()),
            country: None,
            details: RawDetails::default(),
            is_short: false,
            fault: None,
        };
        cleanse(raw, &CleansingRules::default()).unwrap()
    }

    #[test]
    fn what_came_back_cannot_come_back_again() {
        let mut window = SaleWindow::default();
        window.sell(&line("1", "A", 5, 1), Uuid::from_u128(1), Uuid::from_u128(10));
        window.sell(&line("2", "A", 5, 2), Uuid::from_u128(2), Uuid::from_u128(20));
        let parts = |found: Option<SaleMatch>| {
            let found = found.unwrap();
            (found.rule, found.parts.iter().map(|p| (p.line.as_u128(), p.quantity_milli)).collect::<Vec<_>>())
        };
        assert_eq!(parts(window.take_back(&line("C3", "A", -4, 3))), (MatchRule::SamePurchase, vec![(2, 4_000)]));
        assert_eq!(parts(window.take_back(&line("C4", "A", -4, 3))), (MatchRule::SamePurchase, vec![(1, 4_000)]));
        assert_eq!(parts(window.take_back(&line("C5", "A", -2, 3))), (MatchRule::SeveralPurchases, vec![(2, 1_000), (1, 1_000)]));
        assert_eq!(window.take_back(&line("C6", "A", -1, 3)), None);
        assert_eq!(window.take_back(&line("C7", "B", -1, 3)), None);
    }

    #[test]
    fn the_ring_forgets_the_oldest_and_its_chains_stay_sound() {
        let mut window = SaleWindow::with_limit(3);
        for (number, code) in ["A", "B", "A", "A", "C"].into_iter().enumerate() {
            let id = Uuid::from_u128(number as u128);
            window.sell(&line("1", code, 1, 1), id, id);
        }
        assert_eq!(window.take_back(&line("C1", "B", -1, 3)), None);
        let found = window.take_back(&line("C1", "A", -3, 3)).unwrap();
        assert_eq!(found.rule, MatchRule::PartOfReturn);
        assert_eq!(found.quantity_milli(), 2_000);
        assert_eq!(window.latest.len(), 2);
    }

    #[test]
    fn what_a_later_sale_settles_asks_for_nothing_older() {
        let mut window = SaleWindow::default();
        let since = |day: i8| DateTime::from(date(2010, 6, day));
        let cancelled = line("C2", "A", -4, 9);
        assert!(!window.is_settled(&cancelled, since(1)), "nothing was sold");
        window.sell(&line("1", "A", 6, 2), Uuid::from_u128(2), Uuid::nil());
        assert!(window.is_settled(&cancelled, since(1)));
        assert!(!window.is_settled(&cancelled, since(2)), "one that was sold at the same moment may come first");
        assert!(!window.is_settled(&line("C3", "A", -7, 9), since(1)), "it has not enough");
        assert!(!window.is_settled(&line("C4", "B", -1, 9), since(1)), "another article");
        assert!(window.is_settled(&cancelled, since(1)), "to ask takes nothing back");
        assert!(window.take_back(&cancelled).is_some() && !window.is_settled(&cancelled, since(1)), "two are left");
    }
}

//! The identity of what comes from a file, so that the same line is the same row wherever and whenever it is imported.
//!
//! A line is identified by its invoice, its content (all columns but the time) and which occurrence of that content it is
//! within the invoice. The time is left out since it is the one column that two exports of the same trade write differently.
//! Numbers enter as numbers and texts trimmed and folded, so that a CSV and a Parquet of the same trade agree.
//!
//! Ids are UUIDs of version 8 made from SHA-256(organisation, source, identity, generation): two nodes importing one file
//! make the same rows. The first six bytes are the number in the document's name instead of hash, see `place_of`. The
//! generation is the count of undone imports of that file, so that what is imported again after an undo does not collide with
//! the tombstones of the first time.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::line::TradeLine;

/// SHA-256 of all columns of a line but the invoice and the time.
pub type Content = [u8; 32];

/// Changed only if what enters the hashes changes; then every file imported before is new again.
const SCHEME: u8 = 1;

/// What an id is for. The same number of invoice gives different ids for its order and its refund document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportedKind {
    /// An order.
    Order,
    /// A line of an order, a refund document or an adjustment.
    Line,
    /// A refund document.
    Refund,
    /// The payment of an order.
    Payment,
    /// A movement of stock.
    Movement,
    /// An adjustment outside sales.
    Adjustment,
    /// A customer, by the number in the other program.
    Customer,
    /// A product, by its code.
    Product,
    /// A SKU, by its code.
    Sku,
    /// A row of a visits file.
    Visit,
}

impl ImportedKind {
    /// Part of every id of the kind: never changed, never reused.
    fn tag(self) -> u8 {
        match self {
            Self::Order => 1,
            Self::Line => 2,
            Self::Refund => 3,
            Self::Payment => 4,
            Self::Movement => 5,
            Self::Adjustment => 6,
            Self::Customer => 7,
            Self::Product => 8,
            Self::Sku => 9,
            Self::Visit => 10,
        }
    }
}

/// The content of a line: all its columns but the invoice, which stands beside it, and the time.
pub fn content_of(line: &TradeLine) -> Content {
    // One buffer and one call: a hash fed in many small pieces costs more than the hash itself.
    let mut bytes = Vec::with_capacity(160);
    bytes.push(SCHEME);
    push_text(&mut bytes, Some(&line.code));
    push_text(&mut bytes, line.description.as_deref());
    bytes.extend_from_slice(&line.quantity_milli.to_be_bytes());
    bytes.extend_from_slice(&line.price_micro.to_be_bytes());
    push_text(&mut bytes, line.customer.as_deref());
    push_text(&mut bytes, line.country.as_deref());
    Sha256::digest(&bytes).into()
}

/// The identity of a line: SHA-256 of its invoice, its content and which occurrence it is, counted from 1.
pub fn line_identity(invoice: &str, content: &Content, nth: u32) -> [u8; 32] {
    Sha256::digest(line_key(invoice, content, nth)).into()
}

fn line_key(invoice: &str, content: &Content, nth: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    push_text(&mut bytes, Some(invoice));
    bytes.extend_from_slice(content);
    bytes.extend_from_slice(&nth.to_be_bytes());
    bytes
}

/// A length before each text: "AB" + "C" and "A" + "BC" must differ, and so must an empty text and none.
fn push_text(bytes: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => bytes.extend_from_slice(&u32::MAX.to_be_bytes()),
        Some(text) => {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX - 1);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}

/// Makes the ids of one import: organisation and source are hashed once and the state is copied for each id.
#[derive(Debug, Clone)]
pub struct IdSpace {
    prefix: Sha256,
    generation: u32,
}

impl IdSpace {
    /// The ids of one organisation and one source. The source names the range of numbers the invoices belong to ("retail",
    /// "taobao"), so that order 1001 of one program is not order 1001 of another.
    pub fn new(organisation: Uuid, source: &str, generation: u32) -> Self {
        let mut bytes = Vec::with_capacity(64);
        bytes.push(SCHEME);
        bytes.extend_from_slice(organisation.as_bytes());
        push_text(&mut bytes, Some(source));
        Self { prefix: Sha256::new_with_prefix(&bytes), generation }
    }

    /// The id of one line.
    pub fn line(&self, invoice: &str, content: &Content, nth: u32) -> Uuid {
        self.of_line(ImportedKind::Line, invoice, content, nth)
    }

    /// The id of something that belongs to one line, such as its movement.
    pub fn of_line(&self, kind: ImportedKind, invoice: &str, content: &Content, nth: u32) -> Uuid {
        self.make(kind, &line_key(invoice, content, nth), place_of(invoice))
    }

    /// The id of an order.
    pub fn order(&self, invoice: &str) -> Uuid {
        self.named(ImportedKind::Order, invoice)
    }

    /// The id of a refund document.
    pub fn refund(&self, invoice: &str) -> Uuid {
        self.named(ImportedKind::Refund, invoice)
    }

    /// The id of anything that one text identifies: a document, a customer's number, a code.
    pub fn named(&self, kind: ImportedKind, name: &str) -> Uuid {
        self.make(kind, name.as_bytes(), place_of(name))
    }

    fn make(&self, kind: ImportedKind, identity: &[u8], place: [u8; 6]) -> Uuid {
        let mut hash = self.prefix.clone();
        hash.update([kind.tag()]);
        hash.update(identity);
        hash.update(self.generation.to_be_bytes());
        let digest = hash.finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        id[..6].copy_from_slice(&place);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }
}

/// The first six bytes of an id: the number in a document's name. Documents are numbered as they are written, so rows of one time stand on
/// neighbouring pages of the store instead of all over it; 74 bits of hash remain to tell ids apart.
fn place_of(name: &str) -> [u8; 6] {
    let number = name.bytes().filter(u8::is_ascii_digit).take(14).fold(0_u64, |n, digit| n * 10 + u64::from(digit - b'0'));
    let mut place = [0; 6];
    place.copy_from_slice(&number.to_be_bytes()[2..]);
    place
}

/// The id of one line; [`IdSpace::line`] is the cheaper form for many.
pub fn line_id(organisation: Uuid, source: &str, invoice: &str, content: &Content, nth: u32, generation: u32) -> Uuid {
    IdSpace::new(organisation, source, generation).line(invoice, content, nth)
}

/// The id of one order; [`IdSpace::order`] is the cheaper form for many.
pub fn order_id(organisation: Uuid, source: &str, invoice: &str, generation: u32) -> Uuid {
    IdSpace::new(organisation, source, generation).order(invoice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_an_identity_matters() {
        let content = [7; 32];
        let (ours, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let ids = [
            line_id(ours, "retail", "489434", &content, 1, 0),
            line_id(theirs, "retail", "489434", &content, 1, 0),
            line_id(ours, "other", "489434", &content, 1, 0),
            line_id(ours, "retail", "489435", &content, 1, 0),
            line_id(ours, "retail", "489434", &[8; 32], 1, 0),
            line_id(ours, "retail", "489434", &content, 2, 0),
            line_id(ours, "retail", "489434", &content, 1, 1),
            IdSpace::new(ours, "retail", 0).of_line(ImportedKind::Movement, "489434", &content, 1),
            order_id(ours, "retail", "489434", 0),
            IdSpace::new(ours, "retail", 0).refund("489434"),
        ];
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        assert!(ids.iter().all(|id| id.get_version_num() == 8));
    }

    #[test]
    fn ids_never_change_between_releases() {
        let space = IdSpace::new(Uuid::from_u128(1), "retail", 0);
        assert_eq!(space.order("489434").to_string(), "00000007-77da-8d52-8de7-e6ae3dc533f6");
        assert_eq!(space.line("489434", &[7; 32], 1).to_string(), "00000007-77da-813c-a831-aada3d6e9e4e");
    }

    #[test]
    fn an_empty_text_is_not_a_missing_one() {
        let mut empty = Vec::new();
        push_text(&mut empty, Some(""));
        let mut missing = Vec::new();
        push_text(&mut missing, None);
        assert_ne!(empty, missing);
    }
}

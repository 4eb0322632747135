//! Keyset pages: a page begins after the last row of the one before, so that its cost does not grow with its distance from the top.

use crate::{Error, Result};

/// The most rows of one page: what two screens show, and little enough to stay far under the frame of 50 ms.
pub const ROWS_MAX: u32 = 200;

/// The limit that a page really has.
#[must_use]
pub fn limit(asked: u32) -> i64 {
    i64::from(asked.clamp(1, ROWS_MAX))
}

/// Where a page ended: the sort's key and the id of its last row. As text it is opaque to everyone else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The sort that the key belongs to; a cursor of another sort is refused.
    pub sort: &'static str,
    pub key: Key,
    pub id: [u8; 16],
}

/// A sort's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Number(i64),
    Text(String),
}

impl Cursor {
    /// The text of a cursor.
    #[must_use]
    pub fn write(&self) -> String {
        match &self.key {
            Key::Number(n) => format!("{}.n.{n}.{}", self.sort, hex::encode(self.id)),
            Key::Text(text) => format!("{}.t.{}.{}", self.sort, hex::encode(text), hex::encode(self.id)),
        }
    }

    /// Reads the text of a cursor of this sort.
    ///
    /// # Errors
    /// Where it is not one: made by hand, or of another sort.
    pub fn read(text: &str, sort: &'static str) -> Result<Self> {
        let wrong = || Error::WrongValue { table: "cursor".to_owned(), column: "after".to_owned() };
        let parts: Vec<&str> = text.split('.').collect();
        let [of, kind, key, id_text] = parts.as_slice() else { return Err(wrong()) };
        let mut id = [0; 16];
        hex::decode_to_slice(id_text, &mut id).map_err(|_| wrong())?;
        let key = match *kind {
            "n" => Key::Number(key.parse().map_err(|_| wrong())?),
            "t" => Key::Text(String::from_utf8(hex::decode(key).map_err(|_| wrong())?).map_err(|_| wrong())?),
            _ => return Err(wrong()),
        };
        if *of == sort { Ok(Self { sort, key, id }) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text_and_belongs_to_one_sort() {
        for key in [Key::Number(-7), Key::Text("保温杯.350".to_owned()), Key::Text(String::new())] {
            let cursor = Cursor { sort: "name", key, id: [7; 16] };
            assert_eq!(Cursor::read(&cursor.write(), "name").unwrap(), cursor);
            assert!(Cursor::read(&cursor.write(), "code").is_err());
        }
        assert!(Cursor::read("name.n.x.00", "name").is_err());
        assert!(Cursor::read("", "name").is_err());
    }
}

//! Personal columns as they rest at the centre: AES-256-GCM under the organisation's key.
//!
//! The nonce is made from the content (HMAC-SHA256 over table, column, row id and text, cut to 96 bits), so that equal rows have equal forms and the centre can compare
//! them without reading them. It gives away that a row has the same text as before, and nothing between rows: the row's id is in it.

use crate::{Error, Result};
use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hmac::Mac as _;
use sha2::Sha256;
use store::{Row, Value, catalogue::Table, value::Kind};

/// What a sealed text begins with.
const MARK: &str = "z1:";
const NONCE_BYTES: usize = 12;

/// Seals and opens personal columns.
#[derive(Clone)]
pub struct Seal {
    key: store::keys::Key,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// A seal under the organisation's field key.
    #[must_use]
    pub const fn new(key: store::keys::Key) -> Self {
        Self { key }
    }

    /// The row with its personal columns sealed.
    ///
    /// # Errors
    /// [`Error::Seal`] where a text is too long to seal.
    pub fn close(&self, table: &Table, row: &Row) -> Result<Row> {
        self.each(table, row, |context, text| {
            let nonce = self.nonce(context, text.as_bytes());
            let sealed = cipher(&self.key).encrypt(&Nonce::from(nonce), Payload { msg: text.as_bytes(), aad: context }).ok()?;
            Some(format!("{MARK}{}{}", hex::encode(nonce), hex::encode(sealed)))
        })
    }

    /// The row with its personal columns readable.
    ///
    /// # Errors
    /// [`Error::Seal`] where one was sealed with another key or altered.
    pub fn open(&self, table: &Table, row: &Row) -> Result<Row> {
        self.each(table, row, |context, text| {
            let bytes = hex::decode(text.strip_prefix(MARK)?).ok()?;
            let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
            let opened = cipher(&self.key).decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: context }).ok()?;
            String::from_utf8(opened).ok()
        })
    }

    fn each(&self, table: &Table, row: &Row, turn: impl Fn(&[u8], &str) -> Option<String>) -> Result<Row> {
        let mut turned = row.clone();
        let id = row.first().and_then(Value::as_id).unwrap_or_default();
        for name in table.personal {
            let Some(at) = table.column(name).filter(|at| table.columns[*at].kind == Kind::Text) else { continue };
            let Some(text) = row.get(at).and_then(Value::as_text) else { continue };
            let context = [table.name.as_bytes(), b".", name.as_bytes(), b".", &id].concat();
            turned[at] = Value::Text(turn(&context, text).ok_or_else(|| Error::Seal { what: format!("{}.{name} of {}", table.name, hex::encode(id)) })?);
        }
        Ok(turned)
    }

    fn nonce(&self, context: &[u8], text: &[u8]) -> [u8; NONCE_BYTES] {
        // HMAC fills a key shorter than its block with zeros; done here, no length can be wrong.
        let mut padded = zeroize::Zeroizing::new([0_u8; 64]);
        padded[..32].copy_from_slice(self.key.as_slice());
        let mut mac = <hmac::Hmac<Sha256> as hmac::KeyInit>::new((&*padded).into());
        for part in [b"zhanggui/seal/v1".as_slice(), context, b"\0", text] {
            mac.update(part);
        }
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&whole[..NONCE_BYTES]);
        nonce
    }
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(key.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{catalogue::CUSTOMER, row};

    fn customer(name: &str) -> Row {
        row![uuid::Uuid::from_u128(7), 1_i64, "C1", name, None::<String>, "CN", None::<uuid::Uuid>, 5_i64]
    }

    #[test]
    fn personal_columns_are_sealed_and_open_again() {
        let seal = Seal::new(store::keys::Key::new([3; 32]));
        let closed = seal.close(&CUSTOMER, &customer("王小明")).unwrap();
        assert_eq!(closed[2], Value::Text("C1".into()));
        assert!(closed[3].as_text().unwrap().starts_with(MARK));
        assert_eq!(closed[4], Value::Null);
        assert_eq!(seal.open(&CUSTOMER, &closed).unwrap(), customer("王小明"));
        assert_eq!(seal.close(&CUSTOMER, &customer("王小明")).unwrap(), closed);
        assert_ne!(seal.close(&CUSTOMER, &customer("王小红")).unwrap(), closed);
    }

    #[test]
    fn another_key_or_an_altered_text_opens_nothing() {
        let closed = Seal::new(store::keys::Key::new([3; 32])).close(&CUSTOMER, &customer("Ann")).unwrap();
        assert!(Seal::new(store::keys::Key::new([4; 32])).open(&CUSTOMER, &closed).is_err());
        let mut moved = closed;
        moved[0] = Value::Id([9; 16]);
        assert!(Seal::new(store::keys::Key::new([3; 32])).open(&CUSTOMER, &moved).is_err());
        assert!(Seal::new(store::keys::Key::new([3; 32])).open(&CUSTOMER, &customer("plain")).is_err());
    }
}

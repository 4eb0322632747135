//! The root key of a store and the keys derived from it. A child never leads back to the root, nor to a sibling.

use domain::StoreId;
use zeroize::Zeroizing;

use super::primitives::{self, Key};

/// The 32 random bytes everything else of a store is derived from. Each copy is wiped when dropped; it has no text form.
pub struct RootKey {
    bytes: Key,
    store_id: StoreId,
    generation: u32,
}

impl RootKey {
    /// Takes the bytes of a root key over. `generation` rises when the root key is replaced.
    #[must_use]
    pub const fn new(bytes: Key, store_id: StoreId, generation: u32) -> Self {
        Self { bytes, store_id, generation }
    }

    /// A second copy, for a thread that outlives its caller; wiped like the first. Written out, so that no copy is made by accident.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self { bytes: self.bytes.clone(), store_id: self.store_id, generation: self.generation }
    }

    /// The store this key belongs to.
    #[must_use]
    pub const fn store_id(&self) -> StoreId {
        self.store_id
    }

    /// Which root key of this store it is, from 1.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    fn child(&self, label: &str) -> Key {
        primitives::hkdf(&[], self.bytes.as_slice(), &[label.as_bytes(), &self.store_id.bytes()])
    }

    /// The raw key of the database file.
    #[must_use]
    pub fn database_key(&self) -> DatabaseKey {
        DatabaseKey(self.child("database/v1"))
    }

    /// The key of blind indexes over personal fields.
    #[must_use]
    pub fn field_key(&self) -> Key {
        self.child("field/v1")
    }

    /// The key that seals the seeds of one-time codes.
    #[must_use]
    pub fn totp_key(&self) -> Key {
        self.child("totp/v1")
    }

    /// The key of the audit chain's sums.
    #[must_use]
    pub fn audit_key(&self) -> Key {
        self.child("audit/v1")
    }

    /// The key that seals what waits to be sent.
    #[must_use]
    pub fn outbox_key(&self) -> Key {
        self.child("outbox/v1")
    }

    /// The key of the sum over the whole of `store.keys`.
    #[must_use]
    pub(super) fn key_file_key(&self) -> Key {
        self.child("store.keys/v1")
    }

    /// The key of one backup and the commitment to it. `salt` is the backup's own.
    #[must_use]
    pub fn backup_key(&self, salt: &[u8; 32]) -> (Key, [u8; 32]) {
        primitives::split(&primitives::hkdf(salt, self.bytes.as_slice(), &[b"backup/v1", &self.store_id.bytes()]))
    }
}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RootKey(of store {}, generation {})", self.store_id, self.generation)
    }
}

/// The raw key of the database file.
pub struct DatabaseKey(Key);

impl DatabaseKey {
    /// The key as SQLCipher takes it without deriving anything from it: `x'` + 64 hexadecimal digits + `'`. In a statement it stands in
    /// double quotes. `export-key` shows the same text.
    #[must_use]
    pub fn raw_literal(&self) -> Zeroizing<String> {
        let digits = Zeroizing::new(hex::encode(*self.0));
        Zeroizing::new(format!("x'{}'", digits.as_str()))
    }

    /// What follows `PRAGMA key =`: the raw literal in double quotes. sqlx keeps this text as long as the pool lives, without wiping it.
    #[must_use]
    pub fn pragma(&self) -> String {
        format!("\"{}\"", self.raw_literal().as_str())
    }
}

impl std::fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(byte: u8, store: u128) -> RootKey {
        RootKey::new(Zeroizing::new([byte; 32]), StoreId(uuid::Uuid::from_u128(store)), 1)
    }

    #[test]
    fn children_differ_from_each_other_and_by_store() {
        let (here, there) = (root(7, 1), root(7, 2));
        let all = |key: &RootKey| {
            vec![
                *key.database_key().0,
                *key.field_key(),
                *key.totp_key(),
                *key.audit_key(),
                *key.outbox_key(),
                *key.key_file_key(),
                *key.backup_key(&[0; 32]).0,
            ]
        };
        let mut seen: Vec<[u8; 32]> = all(&here).into_iter().chain(all(&there)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 14);
        assert_ne!(*here.backup_key(&[1; 32]).0, *here.backup_key(&[2; 32]).0);
    }

    #[test]
    fn no_text_form_shows_the_key() {
        let key = root(0xab, 1);
        let literal = key.database_key().raw_literal();
        assert_eq!(literal.len(), 67);
        let shown = format!("{key:?} {:?}", key.database_key());
        assert!(!shown.contains("abab") && !shown.contains(&literal[2..10]));
    }
}

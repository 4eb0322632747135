//! Keys of eight bytes for what is held while a file goes by.
//!
//! A text is hashed once with a secret of this run (SipHash), and the maps take the result as it is instead of hashing again.
//! Two of a million texts share a key once in 37 million runs; the keys never leave memory.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

/// A map by keys of [`Keys`].
pub(super) type KeyMap<V> = HashMap<u64, V, BuildHasherDefault<AsItIs>>;

/// A set of keys of [`Keys`].
pub(super) type KeySet = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// Makes keys; those of two makers have nothing to do with each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys(RandomState);

impl Keys {
    pub(super) fn of(&self, thing: &(impl Hash + ?Sized)) -> u64 {
        self.0.hash_one(thing)
    }
}

/// The hash of a key is the key.
#[derive(Debug, Clone, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only `write_u64` is called for keys; this keeps the trait honest for anything else.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

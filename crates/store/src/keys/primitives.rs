//! The four primitives everything here stands on: Argon2id, HKDF-SHA256, HMAC-SHA256 and AES-256-GCM, each behind one function,
//! so that the published vectors are checked through the same code the store runs.

use std::sync::{Mutex, PoisonError};

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Error;

/// A key that is wiped when dropped.
pub type Key = Zeroizing<[u8; 32]>;

/// Bytes that AES-GCM adds to what it seals.
pub const TAG_LEN: usize = 16;

/// What one Argon2id run costs. Every slot of a store has the same cost, so that no name answers faster than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Argon2Cost {
    /// The cost of a store: 64 MiB, three passes, four lanes (the second choice of RFC 9106 §4).
    pub const DEFAULT: Self = Self::new(64 * 1024, 3, 4);
    /// The least a reader accepts: below it a stolen file could be guessed too cheaply.
    pub const FLOOR: Self = Self::new(19 * 1024, 2, 1);
    /// The most a reader accepts: a file from elsewhere must not be able to exhaust the memory or hold the sign-in for minutes.
    pub const CEILING: Self = Self::new(1024 * 1024, 20, 16);

    /// A cost from its three numbers.
    #[must_use]
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Self {
        Self { memory_kib, passes, lanes }
    }

    /// Refuses a cost outside floor and ceiling.
    ///
    /// # Errors
    /// `CostOutOfRange`.
    pub const fn check(self) -> Result<Self, Error> {
        let (low, high) = (Self::FLOOR, Self::CEILING);
        let fits = self.memory_kib >= low.memory_kib
            && self.memory_kib <= high.memory_kib
            && self.passes >= low.passes
            && self.passes <= high.passes
            && self.lanes >= low.lanes
            && self.lanes <= high.lanes;
        if fits { Ok(self) } else { Err(Error::CostOutOfRange(self)) }
    }
}

impl std::fmt::Display for Argon2Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} KiB, {} passes, {} lanes", self.memory_kib, self.passes, self.lanes)
    }
}

/// Only one Argon2 run at a time: a flood of attempts waits in line instead of exhausting the memory.
static ONE_RUN: Mutex<()> = Mutex::new(());

/// Argon2id (version 0x13) of `password` with `salt`: 32 bytes.
///
/// # Errors
/// `CostOutOfRange`, or `NotEnoughMemory`.
pub fn argon2id(password: &[u8], salt: &[u8], cost: Argon2Cost) -> Result<Key, Error> {
    cost.check()?;
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| Error::CostOutOfRange(cost))?;
    run_argon2(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params), password, salt)
}

fn run_argon2(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Result<Key, Error> {
    // The lock guards no data, so that a poisoned one is as good as a clean one.
    let _one = ONE_RUN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut key = Key::default();
    argon2.hash_password_into(password, salt, key.as_mut_slice()).map_err(|_| Error::NotEnoughMemory)?;
    Ok(key)
}

/// HKDF-SHA256 (RFC 5869): extract with `salt`, expand with the parts of `info` one after the other.
pub fn hkdf<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "RFC 5869 gives at most 255 blocks") };
    let mut out = Zeroizing::new([0_u8; N]);
    let expanded = Hkdf::<Sha256>::new(Some(salt), secret).expand_multi_info(info, out.as_mut_slice());
    // The only failure is a length above 255 blocks, which the assertion above rules out when this is compiled.
    debug_assert!(expanded.is_ok());
    out
}

/// HMAC-SHA256 over the parts, one after the other.
#[must_use]
pub fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // RFC 2104 pads a short key with zeros to the block of the hash; padded here, there is no length left to fail on.
    let mut block = Zeroizing::new([0_u8; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// SHA-256 over the parts, one after the other.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// AES-256-GCM: cipher text followed by the tag. `None` only where the text exceeds what the algorithm can seal (64 GiB).
#[must_use]
pub fn seal(key: &[u8; 32], nonce: &[u8; 12], associated: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    Aes256Gcm::new(key.into()).encrypt(&Nonce::from(*nonce), Payload { msg: text, aad: associated }).ok()
}

/// Opens what `seal` made; `None` where key, nonce, associated data or a byte of the text differs.
#[must_use]
pub fn unseal(key: &[u8; 32], nonce: &[u8; 12], associated: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let opened = Aes256Gcm::new(key.into()).decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: associated });
    opened.ok().map(Zeroizing::new)
}

/// Splits 64 derived bytes into an encryption key and the commitment to it. AES-GCM alone is not key-committing: one sealed text can be
/// made that opens under many keys. The commitment, compared first, rules that out.
#[must_use]
pub fn split(derived: &[u8; 64]) -> (Key, [u8; 32]) {
    let (mut key, mut commitment) = (Key::default(), [0_u8; 32]);
    key.copy_from_slice(&derived[..32]);
    commitment.copy_from_slice(&derived[32..]);
    (key, commitment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    #[test]
    fn rfc_5869_appendix_a() {
        let case_1 = hkdf::<42>(&bytes("000102030405060708090a0b0c"), &[0x0b; 22], &[&bytes("f0f1f2f3f4"), &bytes("f5f6f7f8f9")]);
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(hex::encode(*case_1), expected);
        let case_3 = hkdf::<42>(&[], &[0x0b; 22], &[]);
        let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
        assert_eq!(hex::encode(*case_3), expected);
    }

    #[test]
    fn rfc_5869_longer_inputs() {
        let range = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
        let okm = hkdf::<82>(&range(0x60, 0xaf), &range(0x00, 0x4f), &[&range(0xb0, 0xff)]);
        let expected = "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87";
        assert_eq!(hex::encode(*okm), expected);
    }

    #[test]
    fn rfc_9106_section_5_3() {
        // The vector also has a secret and associated data, which the store does not use, and a cost below the store's floor.
        let params =
            argon2::ParamsBuilder::new().m_cost(32).t_cost(3).p_cost(4).output_len(32).data(argon2::AssociatedData::new(&[4_u8; 12]).unwrap()).build().unwrap();
        let argon2 = Argon2::new_with_secret(&[3_u8; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let tag = run_argon2(&argon2, &[1_u8; 32], &[2_u8; 16]).unwrap();
        assert_eq!(hex::encode(*tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
    }

    #[test]
    fn argon2id_agrees_with_the_reference_program() {
        // echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1, which is also in the reference implementation's own test.
        let tag = argon2id(b"password", b"somesalt", Argon2Cost::new(65_536, 2, 1)).unwrap();
        assert_eq!(hex::encode(*tag), "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }

    #[test]
    fn rfc_4231_hmac() {
        let mut key = [0_u8; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mac = hmac(&key, &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex::encode(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn gcm_case_16_of_the_specification() {
        let key: [u8; 32] = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").try_into().unwrap();
        let nonce: [u8; 12] = bytes("cafebabefacedbaddecaf888").try_into().unwrap();
        let associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let text = bytes("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        let sealed = seal(&key, &nonce, &associated, &text).unwrap();
        assert_eq!(hex::encode(&sealed[text.len()..]), "76fc6ece0f4e1768cddf8853bb2d551b");
        assert_eq!(unseal(&key, &nonce, &associated, &sealed).unwrap().as_slice(), text);
        assert!(unseal(&key, &nonce, b"other", &sealed).is_none());
    }

    #[test]
    fn cost_is_held_between_floor_and_ceiling() {
        for cost in [Argon2Cost::FLOOR, Argon2Cost::DEFAULT, Argon2Cost::CEILING] {
            assert!(cost.check().is_ok());
        }
        let outside = [(19 * 1024 - 1, 2, 1), (19 * 1024, 1, 1), (19 * 1024, 2, 0), (1024 * 1024 + 1, 2, 1), (65_536, 21, 1), (65_536, 3, 17)];
        for (memory_kib, passes, lanes) in outside {
            assert!(matches!(argon2id(b"p", &[0; 32], Argon2Cost::new(memory_kib, passes, lanes)), Err(Error::CostOutOfRange(_))));
        }
    }
}

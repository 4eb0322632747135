//! What stands on the printed recovery sheet 恢复单: the recovery key, which opens the file anywhere, and ten recovery codes, each of which
//! replaces the one-time code once. Marking a code as used is the sign-in's, not this file's.

use domain::Random;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::Error;
use super::primitives::{self, Argon2Cost};

/// Crockford's base 32: no I, L, O or U, so that a hand-copied sheet cannot be misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const KEY_LEN: usize = 16;
/// The check is the first 22 bits of a hash of the key, so that key and check are 150 bits: 30 characters of five.
const CHECK_LEN: usize = 3;
const CHECK_MASK: u8 = 0b1111_1100;
const KEY_CHARACTERS: usize = 30;
/// Recovery codes on one sheet.
pub const CODE_COUNT: usize = 10;
/// 80 random bits: sixteen characters of five.
const CODE_LEN: usize = 10;
const CODE_CHARACTERS: usize = 16;
/// A code has 80 random bits, so that the least cost is enough.
const CODE_COST: Argon2Cost = Argon2Cost::FLOOR;

/// The key on the recovery sheet: 128 random bits. Wiped when dropped.
pub struct RecoveryKey(Zeroizing<[u8; KEY_LEN]>);

impl RecoveryKey {
    pub(super) fn new(random: &mut dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        random.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    fn with_check(&self) -> Zeroizing<[u8; KEY_LEN + CHECK_LEN]> {
        let [a, b, c, ..] = primitives::sha256(&[b"zhanggui/recovery-key/v1", self.bytes()]);
        let mut out = Zeroizing::new([0; KEY_LEN + CHECK_LEN]);
        out[..KEY_LEN].copy_from_slice(self.bytes());
        out[KEY_LEN..].copy_from_slice(&[a, b, c & CHECK_MASK]);
        out
    }

    /// As printed: six groups of five characters, of which the last 22 bits are a check on the others.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        to_base32(self.with_check().as_slice(), KEY_CHARACTERS, 5)
    }

    /// Reads a key as typed: case, spaces and hyphens do not count, O is read as 0, I and L as 1.
    ///
    /// # Errors
    /// `RecoveryKeyMistyped` where the length, a character or the check does not fit.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let typed = from_base32::<{ KEY_LEN + CHECK_LEN }>(text, KEY_CHARACTERS).ok_or(Error::RecoveryKeyMistyped)?;
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        bytes.copy_from_slice(&typed[..KEY_LEN]);
        let key = Self(bytes);
        if *key.with_check() == *typed { Ok(key) } else { Err(Error::RecoveryKeyMistyped) }
    }
}

impl std::fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryKey(..)")
    }
}

/// Ten fresh recovery codes as printed: four groups of four characters. Only `hash_recovery_code` of each is kept.
#[must_use]
pub fn recovery_codes(random: &mut dyn Random) -> Vec<String> {
    let code = || {
        let mut bytes = Zeroizing::new([0; CODE_LEN]);
        random.fill(bytes.as_mut_slice());
        to_base32(bytes.as_slice(), CODE_CHARACTERS, 4).as_str().to_owned()
    };
    std::iter::repeat_with(code).take(CODE_COUNT).collect()
}

/// What is kept of a recovery code: Argon2id at the least cost (19 MiB, two passes, one lane), each code with a salt of its own.
/// The code is read as typed; something that is no code at all is hashed as it is, so that it takes the same time.
///
/// # Errors
/// `NotEnoughMemory`.
pub fn hash_recovery_code(code: &str, salt: &[u8; 32]) -> Result<[u8; 32], Error> {
    let hash = match from_base32::<CODE_LEN>(code, CODE_CHARACTERS) {
        Some(bytes) => primitives::argon2id(bytes.as_slice(), salt, CODE_COST)?,
        None => primitives::argon2id(code.as_bytes(), salt, CODE_COST)?,
    };
    Ok(*hash)
}

/// Whether `code` is the one that was hashed; compared in constant time.
///
/// # Errors
/// `NotEnoughMemory`.
pub fn verify_recovery_code(code: &str, salt: &[u8; 32], kept: &[u8; 32]) -> Result<bool, Error> {
    Ok(hash_recovery_code(code, salt)?.ct_eq(kept).into())
}

/// The first `characters` groups of five bits, from the highest bit, hyphenated every `group` characters.
fn to_base32(bytes: &[u8], characters: usize, group: usize) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(characters + characters / group));
    for place in 0..characters {
        let digit = (0..5).fold(0_usize, |digit, bit| {
            let at = place * 5 + bit;
            digit << 1 | usize::from(bytes[at / 8] >> (7 - at % 8) & 1)
        });
        if place > 0 && place % group == 0 {
            out.push('-');
        }
        out.push(char::from(ALPHABET[digit]));
    }
    out
}

/// The inverse of `to_base32`, forgiving in case, spaces, hyphens, O, I and L.
fn from_base32<const N: usize>(text: &str, characters: usize) -> Option<Zeroizing<[u8; N]>> {
    let mut out = Zeroizing::new([0_u8; N]);
    let mut place = 0;
    for character in text.chars().filter(|character| !character.is_whitespace() && *character != '-') {
        if place == characters {
            return None;
        }
        let digit = digit(character)?;
        for bit in (0..5).filter(|bit| digit >> (4 - bit) & 1 == 1) {
            let at = place * 5 + bit;
            *out.get_mut(at / 8)? |= 1 << (7 - at % 8);
        }
        place += 1;
    }
    (place == characters).then_some(out)
}

fn digit(character: char) -> Option<usize> {
    let read_as = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|digit| char::from(*digit) == read_as)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_typed() {
        let key = RecoveryKey::new(&mut domain::clock::Seeded::new(7));
        let text = key.to_text();
        assert_eq!(text.len(), 35);
        let sloppy = text.to_lowercase().replace('-', "  ").replace('0', "o").replace('1', "l");
        for typed in [text.as_str(), sloppy.as_str()] {
            assert_eq!(RecoveryKey::parse(typed).unwrap().bytes(), key.bytes());
        }
    }

    #[test]
    fn every_single_mistyped_character_is_noticed() {
        let text = RecoveryKey::new(&mut domain::clock::Seeded::new(7)).to_text();
        for (at, written) in text.char_indices().filter(|(_, written)| *written != '-') {
            for other in ALPHABET.iter().map(|digit| char::from(*digit)).filter(|other| *other != written) {
                let mut typed = text.to_string();
                typed.replace_range(at..=at, &other.to_string());
                assert!(matches!(RecoveryKey::parse(&typed), Err(Error::RecoveryKeyMistyped)), "{typed}");
            }
        }
        for typed in ["", "0", &text[1..], &format!("{}0", text.as_str()), "掌柜", &text.replace('-', "U")] {
            assert!(RecoveryKey::parse(typed).is_err());
        }
    }

    #[test]
    fn codes_are_ten_and_verify_once_hashed() {
        let codes = recovery_codes(&mut domain::clock::Seeded::new(7));
        assert_eq!(codes.len(), CODE_COUNT);
        assert!(codes.iter().all(|code| code.len() == 19));
        let kept = hash_recovery_code(&codes[0], &[3; 32]).unwrap();
        assert!(verify_recovery_code(&codes[0].to_lowercase().replace('-', ""), &[3; 32], &kept).unwrap());
        assert!(!verify_recovery_code(&codes[1], &[3; 32], &kept).unwrap());
        assert!(!verify_recovery_code(&codes[0], &[4; 32], &kept).unwrap());
        assert!(!verify_recovery_code("not a code", &[3; 32], &kept).unwrap());
    }
}

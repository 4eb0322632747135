//! The password verifier of a credential: what lets another computer of the same business recognise a person's password before it makes them a slot
//! of their own there. It opens nothing by itself, and serves only where a slot is made.
//!
//! Sealed under the organisation's key, because it travels through the centre: whoever reads the centre has nothing to guess against.

use domain::{PersonId, Random};
use subtle::ConstantTimeEq;

use super::Error;
use super::primitives::{self, Argon2Cost, Key};
use super::slot::Bytes;

const SALT_LEN: usize = 32;
const NONCE_LEN: usize = 12;

/// What the seal is bound to, so that one person's verifier cannot be put under another's name, nor a seed in its place.
fn context(person_id: PersonId) -> Vec<u8> {
    [b"verifier/v1".as_slice(), &person_id.bytes()].concat()
}

/// The verifier of a password, sealed.
///
/// # Errors
/// `EmptyPassword`, `CostOutOfRange` or `NotEnoughMemory`.
pub fn password_verifier(key: &Key, person_id: PersonId, password: &str, cost: Argon2Cost, random: &mut dyn Random) -> Result<Vec<u8>, Error> {
    if password.is_empty() {
        return Err(Error::EmptyPassword);
    }
    let (mut salt, mut nonce) = ([0_u8; SALT_LEN], [0_u8; NONCE_LEN]);
    random.fill(&mut salt);
    random.fill(&mut nonce);
    let hash = primitives::argon2id(password.as_bytes(), &salt, cost)?;
    let mut text = zeroize::Zeroizing::new(Vec::new());
    for number in [cost.memory_kib, cost.passes, cost.lanes] {
        text.extend_from_slice(&number.to_be_bytes());
    }
    text.extend_from_slice(&salt);
    text.extend_from_slice(hash.as_slice());
    let sealed = primitives::seal(key, &nonce, &context(person_id), &text).ok_or(Error::VerifierUnreadable)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Whether `password` is the one that was sealed for this person.
///
/// # Errors
/// `VerifierUnreadable` where it was sealed with another key, for another person, or altered; `CostOutOfRange`; `NotEnoughMemory`.
pub fn is_password_of(key: &Key, person_id: PersonId, password: &str, verifier: &[u8]) -> Result<bool, Error> {
    let (nonce, sealed) = verifier.split_first_chunk::<NONCE_LEN>().ok_or(Error::VerifierUnreadable)?;
    let text = primitives::unseal(key, nonce, &context(person_id), sealed).ok_or(Error::VerifierUnreadable)?;
    let mut text = Bytes(&text);
    let mut read =
        || Some((Argon2Cost::new(text.number().ok()?, text.number().ok()?, text.number().ok()?), text.array::<SALT_LEN>().ok()?, text.array::<32>().ok()?));
    let (cost, salt, hash) = read().ok_or(Error::VerifierUnreadable)?;
    Ok(primitives::argon2id(password.as_bytes(), &salt, cost)?.ct_eq(&hash).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::clock::Seeded;

    const ANNA: PersonId = PersonId(uuid::Uuid::from_u128(1));

    #[test]
    fn a_password_is_recognised_and_nothing_else_is() {
        let key = Key::new([7; 32]);
        let verifier = password_verifier(&key, ANNA, "three blue cups", Argon2Cost::FLOOR, &mut Seeded::new(1)).unwrap();
        assert!(is_password_of(&key, ANNA, "three blue cups", &verifier).unwrap());
        assert!(!is_password_of(&key, ANNA, "three blue cup", &verifier).unwrap());
        assert!(matches!(is_password_of(&Key::new([8; 32]), ANNA, "three blue cups", &verifier), Err(Error::VerifierUnreadable)));
        let other = PersonId(uuid::Uuid::from_u128(2));
        assert!(matches!(is_password_of(&key, other, "three blue cups", &verifier), Err(Error::VerifierUnreadable)));
        assert!(matches!(is_password_of(&key, ANNA, "three blue cups", &[]), Err(Error::VerifierUnreadable)));
        let mut altered = verifier;
        altered[20] ^= 1;
        assert!(matches!(is_password_of(&key, ANNA, "three blue cups", &altered), Err(Error::VerifierUnreadable)));
    }
}

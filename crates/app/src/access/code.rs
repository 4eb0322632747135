//! The one-time code (RFC 6238: SHA-1, six digits, thirty seconds) and what its failure says of the clock.

use crate::{Error, Result};
use totp_rs::{Builder, Secret, Totp};

/// Seconds of one step.
pub const STEP_S: i64 = 30;
/// A code of one step before or after counts, for the seconds it takes to type.
const SKEW_STEPS: i64 = 1;
/// How far a clock is looked for when a code does not fit: ten minutes either way.
const LOOK_STEPS: i64 = 20;
/// Bytes of a seed: 160 bits, as authenticator apps expect.
pub const SEED_BYTES: usize = 20;

/// What a typed code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is the code of this step.
    Fits {
        step: i64,
    },
    /// It is the code of a moment that is this many seconds away: the clock of this computer or of the phone is off.
    Elsewhere {
        step: i64,
        off_s: i64,
    },
    Wrong,
}

/// Builds the generator of a seed.
///
/// # Errors
/// Where the seed has a length that no authenticator takes.
pub fn generator(seed: &[u8], shop: &str, name: &str) -> Result<Totp> {
    // A colon parts issuer and account in the address, so it cannot stand in either.
    let clean = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_secret(Secret::new(seed.to_vec().into_boxed_slice()))
        .with_skew(0)
        .with_account_name(clean(name))
        .with_issuer(Some(clean(shop)))
        .build()
        .map_err(|e| Error::Fault(format!("the seed of the one-time code cannot be used: {e}")))
}

/// Compares a typed code with those around `now_ms`.
#[must_use]
pub fn compare(totp: &Totp, typed: &str, now_ms: i64) -> Outcome {
    let typed: String = typed.chars().filter(char::is_ascii_digit).collect();
    if typed.len() != 6 {
        return Outcome::Wrong;
    }
    let here = now_ms.div_euclid(1000).div_euclid(STEP_S);
    let fits = |step: i64| u64::try_from(step * STEP_S).is_ok_and(|time| totp.check(&typed, time).is_some());
    // Near steps first, so that a code that would fit twice is taken for the nearer.
    for away in 0..=LOOK_STEPS {
        for step in [here - away, here + away] {
            if fits(step) {
                return if away <= SKEW_STEPS { Outcome::Fits { step } } else { Outcome::Elsewhere { step, off_s: (step - here) * STEP_S } };
            }
        }
    }
    Outcome::Wrong
}

/// The code of this moment and the seconds it has left; only the demo's drawn phone and tests ask.
#[must_use]
pub fn current(totp: &Totp, now_ms: i64) -> (String, u32) {
    let now_s = now_ms.div_euclid(1000);
    let code = totp.generate(u64::try_from(now_s).unwrap_or(0)).to_string();
    (code, u32::try_from(STEP_S - now_s.rem_euclid(STEP_S)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, SHA-1, its last six digits.
    #[test]
    fn the_vectors_of_the_standard() {
        let totp = generator(b"12345678901234567890", "shop", "owner").expect("a seed of 20 bytes");
        for (time_s, code) in [(59_i64, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037"), (20_000_000_000, "353130")]
        {
            assert_eq!(current(&totp, time_s * 1000).0, code);
            assert_eq!(compare(&totp, code, time_s * 1000), Outcome::Fits { step: time_s / 30 });
        }
    }

    #[test]
    fn a_clock_that_is_off_is_named() {
        let totp = generator(b"12345678901234567890", "shop", "owner").expect("a seed of 20 bytes");
        let now_ms = 2_000_000_000_000;
        let code = current(&totp, now_ms + 240_000).0;
        assert_eq!(compare(&totp, &code, now_ms), Outcome::Elsewhere { step: now_ms.div_euclid(30_000) + 8, off_s: 240 });
        assert_eq!(compare(&totp, "12 34", now_ms), Outcome::Wrong);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(compare(&totp, &spaced, now_ms + 240_000), Outcome::Fits { step: (now_ms / 1000 + 240) / 30 });
    }
}

//! Randomness that nobody replays: salts and nonces.

/// Salts and nonces of files: the operating system's randomness.
pub(crate) struct SystemSalt;

impl domain::Random for SystemSalt {
    #[expect(
        clippy::disallowed_methods,
        reason = "a salt has no meaning to replay, so it needs no parameter; a machine without randomness must not write keys"
    )]
    fn fill(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("this computer gives no randomness: {error}");
        }
    }
}

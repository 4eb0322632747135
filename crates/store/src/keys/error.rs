//! What can go wrong with keys. Every message names the remedy.

use std::path::PathBuf;

use super::device::Backend;
use super::primitives::Argon2Cost;

/// A failure to make, read or open the keys of a store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no `store.keys` in the folder.
    #[error("the key file {0} is missing: put it back from a backup (every backup contains it), or choose the folder that holds your store")]
    NoKeyFile(PathBuf),
    /// There is a `store.keys` already; it is never written over by a new one.
    #[error("there is a store in this folder already ({0}): open it, or choose another folder")]
    KeyFileExists(PathBuf),
    /// `store.keys` is not what this program writes.
    #[error("the key file is damaged ({0}): put store.keys back from a backup, then open the store again")]
    Damaged(&'static str),
    /// `store.keys` was written by a later version.
    #[error("the key file has format {found}, and this program knows formats up to {known}: install the newer version of Zhanggui")]
    Newer {
        /// The version in the file.
        found: u8,
        /// The highest version this program reads.
        known: u8,
    },
    /// A cost outside what is safe to accept.
    #[error("the key file asks for an Argon2id cost outside the safe range ({0}): put store.keys back from a backup")]
    CostOutOfRange(Argon2Cost),
    /// The machine could not give Argon2id its memory.
    #[error("there is not enough free memory to check the password: close other programs and try again")]
    NotEnoughMemory,
    /// Unknown name and wrong password look alike on purpose.
    #[error("name or password is wrong: check both, or use the recovery key of the recovery sheet")]
    WrongNameOrPassword,
    /// The recovery key is well formed but does not open this store.
    #[error("this recovery key does not belong to this store, or was replaced by a newer one: use the latest recovery sheet of this shop")]
    WrongRecoveryKey,
    /// The recovery key has a typing mistake: its check characters do not fit.
    #[error("the recovery key is mistyped: it has 30 letters and digits in six groups of five; compare each group with the sheet")]
    RecoveryKeyMistyped,
    /// A sign-in name that cannot be kept.
    #[error("this sign-in name cannot be used: it needs 1 to 64 bytes (about 21 Chinese characters) and no control characters")]
    NameNotUsable,
    /// Two people cannot share a sign-in name.
    #[error("somebody signs in with this name already: choose another name")]
    NameTaken,
    /// A store that nobody opens is lost.
    #[error("this person is the only one who opens the shop on this computer: let somebody else sign in here first")]
    LastSlot,
    /// Nobody can sign in without a password.
    #[error("the password is empty: choose one")]
    EmptyPassword,
    /// The person has no slot on this machine.
    #[error("this person cannot sign in on this computer yet: add them while the store is open")]
    NoSlot,
    /// The slot count of one file is limited.
    #[error("this computer holds the most people it can ({0}): remove one who has left first")]
    TooManySlots(usize),
    /// What recognises a person's password was not sealed for them under this business's key.
    #[error("what this business keeps to recognise the password cannot be read with its key: sign in at the first store, and print a new join code there")]
    VerifierUnreadable,
    /// The device secret could not be had.
    #[error(transparent)]
    Device(#[from] DeviceSecretError),
    /// A file could not be read or written.
    #[error("{path} could not be read or written ({source}): check the disk's space and your rights to the folder")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

/// Why the device secret cannot be had. Each is its own case, because each has its own remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceSecretError {
    /// The keyring answers, and has no entry for this store.
    #[error(
        "{0} holds no device secret for this store: sign in once with the recovery key, which makes a new one; a key file or keyring restored from a backup of this computer also works"
    )]
    Missing(Backend),
    /// The keyring is locked.
    #[error("{0} is locked: unlock it (sign in to the desktop, or open the keyring program), then try again")]
    Locked(Backend),
    /// The store was set up with another place for the secret.
    #[error("this store keeps its device secret in {expected}, and {found} was asked: {}", expected.remedy())]
    OtherBackend {
        /// What `store.keys` records.
        expected: Backend,
        /// What this start uses.
        found: Backend,
    },
    /// There is a secret, and it is not the one this store was set up with.
    #[error(
        "the device secret in {0} is not the one this store was set up with: restore the keyring of this computer, or sign in with the recovery key, which makes a new one"
    )]
    Changed(Backend),
    /// There is something under the store's entry that is no device secret.
    #[error("the device secret in {0} is unreadable: restore the keyring of this computer, or sign in with the recovery key, which makes a new one")]
    Unreadable(Backend),
    /// No keyring runs, or it failed.
    #[error(
        "{backend} cannot be reached ({reason}): start the desktop's keyring and then Zhanggui again; on a machine without a keyring, set the store up with --keyring file"
    )]
    Unavailable {
        /// What was asked.
        backend: Backend,
        /// What it said.
        reason: String,
    },
    /// The keyring did not answer in time.
    #[error("{backend} did not answer within {waited_s} s: look for a keyring window that waits for your answer, or restart the keyring, then try again")]
    TimedOut {
        /// What was asked.
        backend: Backend,
        /// How long.
        waited_s: u64,
    },
    /// The person or the system refused access.
    #[error("access to {0} was refused: allow it when asked, and try again")]
    Denied(Backend),
    /// The key file can be read by other users of the computer.
    #[error("the file {0} can be read by other users of this computer: make it private (chmod 600), then try again")]
    Exposed(PathBuf),
}

//! The device secret: the half of a password slot's key that stays on this machine. It lives in the operating system's keyring, or, only
//! where somebody chose so, in a file beside the store. What opens a store with it is `slot`'s.
//!
//! To add a place for the secret: a `Backend` with its code, and a body of `DeviceSecretStore`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::{Random, StoreId};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::error::DeviceSecretError;
use super::keyring_thread::KeyringThread;
use super::primitives::{self, Key};
use super::write;

/// The service under which the keyring files the secret; the account is the store's id.
const SERVICE: &str = "zhanggui";
/// A keyring that shows a window nobody sees answers never; a person who must type a password needs some seconds.
pub const KEYRING_LIMIT: Duration = Duration::from_secs(10);
/// What an unreadable memory of failed sign-ins stands for: the first wait.
const UNREADABLE_FAILURES: u32 = 5;
/// The file of `KeyFile`.
pub const SECRET_FILE: &str = "device.secret";

/// 32 random bytes that never leave this device. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceSecret(Key);

impl DeviceSecret {
    pub(super) fn new(random: &mut dyn Random) -> Self {
        let mut bytes = Key::default();
        random.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A sum that recognises the secret without giving it away.
    pub(super) fn check(&self) -> [u8; 32] {
        primitives::hmac(&self.0, &[b"id"])
    }

    pub(super) fn is_recognised_by(&self, check: &[u8; 32]) -> bool {
        self.check().ct_eq(check).into()
    }

    /// Base64, because KDE's wallet keeps text only.
    fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.0.as_slice()))
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let decoded = Zeroizing::new(BASE64.decode(text.trim_ascii()).ok()?);
        let mut bytes = Key::default();
        (decoded.len() == bytes.len()).then(|| bytes.copy_from_slice(&decoded))?;
        Some(Self(bytes))
    }
}

impl std::fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceSecret(..)")
    }
}

/// Where a device secret lives; `store.keys` records it, so that a store never silently looks elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The Secret Service of a Linux desktop: GNOME Keyring, KDE Wallet, KeePassXC.
    SecretService,
    /// The keychain of macOS.
    Keychain,
    /// The credential store of Windows.
    CredentialManager,
    /// The private file `device.secret` beside the store.
    KeyFile,
}

impl Backend {
    /// The keyring of the system this program was built for.
    #[must_use]
    pub const fn of_this_system() -> Self {
        if cfg!(target_os = "macos") {
            Self::Keychain
        } else if cfg!(target_os = "windows") {
            Self::CredentialManager
        } else {
            Self::SecretService
        }
    }

    pub(super) const fn code(self) -> u8 {
        match self {
            Self::SecretService => 1,
            Self::Keychain => 2,
            Self::CredentialManager => 3,
            Self::KeyFile => 4,
        }
    }

    pub(super) const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::SecretService),
            2 => Some(Self::Keychain),
            3 => Some(Self::CredentialManager),
            4 => Some(Self::KeyFile),
            _ => None,
        }
    }

    /// What to do where a store keeps its secret here and another place was asked.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::KeyFile => "start with --keyring file, or sign in with the recovery key to move the store to the keyring",
            same if same == Self::of_this_system() => "start with --keyring os, or sign in with the recovery key to move the store to a key file",
            _ => "it was set up on another kind of computer; sign in with the recovery key, which sets it up on this one",
        }
    }
}

impl std::fmt::Display for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SecretService => "the desktop keyring (Secret Service)",
            Self::Keychain => "the macOS keychain",
            Self::CredentialManager => "the Windows credential store",
            Self::KeyFile => "the key file device.secret",
        })
    }
}

/// A place for device secrets.
pub trait DeviceSecretStore: Send + Sync {
    /// Which place it is.
    fn backend(&self) -> Backend;

    /// The secret of a store.
    ///
    /// # Errors
    /// `Missing` where this place answers and has none; the other cases where it does not answer.
    fn read(&self, store_id: StoreId) -> Result<DeviceSecret, DeviceSecretError>;

    /// Keeps the secret of a store, in place of an earlier one.
    ///
    /// # Errors
    /// As `read`, but never `Missing`.
    fn write(&self, store_id: StoreId, secret: &DeviceSecret) -> Result<(), DeviceSecretError>;

    /// Forgets the secret of a store; there being none is no error. For a store that is being wiped.
    ///
    /// # Errors
    /// As `write`.
    fn forget(&self, store_id: StoreId) -> Result<(), DeviceSecretError>;

    /// The most failed sign-ins of one name that this place remembers of a store; 0 where it remembers none. A place beside the store has no memory
    /// of its own: whoever puts an old file back puts the other back as well.
    ///
    /// # Errors
    /// As `read`, but never `Missing`.
    fn read_failures(&self, store_id: StoreId) -> Result<u32, DeviceSecretError>;

    /// Remembers it.
    ///
    /// # Errors
    /// As `write`.
    fn write_failures(&self, store_id: StoreId, count: u32) -> Result<(), DeviceSecretError>;
}

/// The one thread of this program that speaks to the keyring.
static KEYRING: KeyringThread = KeyringThread::new(Backend::of_this_system(), KEYRING_LIMIT);

/// The keyring of the operating system. Every call runs on one plain thread and is given up after ten seconds: a locked keyring can block for
/// as long as its window waits, and must block neither the async runtime nor the end of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsKeyring;

impl OsKeyring {
    /// The keyring of this system; it is first asked at the first call.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl DeviceSecretStore for OsKeyring {
    fn backend(&self) -> Backend {
        Backend::of_this_system()
    }

    fn read(&self, store_id: StoreId) -> Result<DeviceSecret, DeviceSecretError> {
        let text = KEYRING.call(move || entry(&store_id.to_string())?.get_secret().map(Zeroizing::new).map_err(explained))?;
        DeviceSecret::parse(&text).ok_or(DeviceSecretError::Unreadable(self.backend()))
    }

    fn write(&self, store_id: StoreId, secret: &DeviceSecret) -> Result<(), DeviceSecretError> {
        let text = secret.to_text();
        KEYRING.call(move || entry(&store_id.to_string())?.set_secret(text.as_bytes()).map_err(explained))
    }

    fn forget(&self, store_id: StoreId) -> Result<(), DeviceSecretError> {
        for account in [store_id.to_string(), failures_account(store_id)] {
            match KEYRING.call(move || entry(&account)?.delete_credential().map_err(explained)) {
                Err(DeviceSecretError::Missing(_)) | Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn read_failures(&self, store_id: StoreId) -> Result<u32, DeviceSecretError> {
        match KEYRING.call(move || entry(&failures_account(store_id))?.get_secret().map_err(explained)) {
            // Something else under this entry was put there by hand: it counts as many failures, never as none.
            Ok(text) => Ok(std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(UNREADABLE_FAILURES)),
            Err(DeviceSecretError::Missing(_)) => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn write_failures(&self, store_id: StoreId, count: u32) -> Result<(), DeviceSecretError> {
        KEYRING.call(move || entry(&failures_account(store_id))?.set_secret(count.to_string().as_bytes()).map_err(explained))
    }
}

/// The second entry of a store: how often somebody failed to sign in.
fn failures_account(store_id: StoreId) -> String {
    format!("{store_id}/failures")
}

fn entry(account: &str) -> Result<keyring::Entry, DeviceSecretError> {
    if let Err(error) = keyring::Entry::store_status() {
        return Err(unavailable(error.to_string()));
    }
    keyring::Entry::new(SERVICE, account).map_err(explained)
}

fn unavailable(reason: String) -> DeviceSecretError {
    DeviceSecretError::Unavailable { backend: Backend::of_this_system(), reason }
}

/// What the keyring's error means for the person in front of it.
fn explained(error: keyring::Error) -> DeviceSecretError {
    let backend = Backend::of_this_system();
    match error {
        keyring::Error::NoEntry => DeviceSecretError::Missing(backend),
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) | keyring::Error::Ambiguous(_) => DeviceSecretError::Unreadable(backend),
        // The Secret Service tells a missing default keyring from a locked one only in its words. A window that was closed, or that could not be
        // shown, leaves the keyring locked.
        keyring::Error::NoStorageAccess(cause) => match cause.to_string() {
            words if words.contains("not returned") => unavailable(format!("it has no default keyring: {words}")),
            _ => DeviceSecretError::Locked(backend),
        },
        other => unavailable(other.to_string()),
    }
}

/// The private file `device.secret` in the store's folder. Whoever copies the folder has both halves, so that this is used only by explicit
/// choice (`--keyring file`) and by the demo.
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key file in a store's folder.
    #[must_use]
    pub fn in_folder(dir: &Path) -> Self {
        Self { path: dir.join(SECRET_FILE) }
    }

    fn failed(&self, error: &std::io::Error) -> DeviceSecretError {
        match error.kind() {
            std::io::ErrorKind::NotFound => DeviceSecretError::Missing(Backend::KeyFile),
            std::io::ErrorKind::PermissionDenied => DeviceSecretError::Denied(Backend::KeyFile),
            _ => DeviceSecretError::Unavailable { backend: Backend::KeyFile, reason: format!("{}: {error}", self.path.display()) },
        }
    }
}

impl DeviceSecretStore for KeyFile {
    fn backend(&self) -> Backend {
        Backend::KeyFile
    }

    fn read(&self, _: StoreId) -> Result<DeviceSecret, DeviceSecretError> {
        if write::is_open_to_others(&self.path).map_err(|error| self.failed(&error))? {
            return Err(DeviceSecretError::Exposed(self.path.clone()));
        }
        let text = Zeroizing::new(std::fs::read(&self.path).map_err(|error| self.failed(&error))?);
        DeviceSecret::parse(&text).ok_or(DeviceSecretError::Unreadable(Backend::KeyFile))
    }

    fn write(&self, _: StoreId, secret: &DeviceSecret) -> Result<(), DeviceSecretError> {
        let text = Zeroizing::new(format!("{}\n", secret.to_text().as_str()));
        write::replace(&self.path, text.as_bytes()).map_err(|error| self.failed(&error))
    }

    fn forget(&self, _: StoreId) -> Result<(), DeviceSecretError> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.failed(&error)),
            _ => Ok(()),
        }
    }

    fn read_failures(&self, _: StoreId) -> Result<u32, DeviceSecretError> {
        Ok(0)
    }

    fn write_failures(&self, _: StoreId, _: u32) -> Result<(), DeviceSecretError> {
        Ok(())
    }
}

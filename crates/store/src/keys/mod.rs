//! The keys of a store: who can open it, and every key derived from the one root key.
//!
//! `store.keys` stands beside the database and holds one slot a person (password and device secret) and one for the recovery key; each slot
//! seals the same root key. `docs/store-format.md` describes the files byte by byte, and `tests/readers/` holds a second reader written from
//! that page. Sealing a backup is `backup_format`'s; one-time codes, sessions and what a person may do are not here: a slot only opens the file.
//!
//! Passwords are taken as typed, byte by byte in UTF-8, without normalising.
//!
//! Every function blocks (Argon2id takes a third of a second, a keyring up to ten): call them on a blocking thread.

pub mod attempts;
mod device;
mod error;
mod file;
mod keyring_thread;
pub mod primitives;
pub mod recovery;
mod root;
mod slot;
#[cfg(test)]
mod tests;
mod verifier;
mod write;

use std::path::Path;

use domain::{PersonId, Random, StoreId};

pub use device::{Backend, DeviceSecret, DeviceSecretStore, KEYRING_LIMIT, KeyFile, OsKeyring, SECRET_FILE};
pub use error::{DeviceSecretError, Error};
pub use file::{KEY_FILE, MAX_LEN as KEY_FILE_MAX_LEN, SlotFile};
pub(crate) use primitives::sha256;
pub use primitives::{Argon2Cost, Key, TAG_LEN, seal, unseal};
pub use recovery::{CODE_COUNT, RecoveryKey, hash_recovery_code, recovery_codes, verify_recovery_code};
pub use root::{DatabaseKey, RootKey};
pub use slot::NAME_MAX_LEN;
pub use verifier::{is_password_of, password_verifier};

use slot::Owner;

/// Who signs in, and with what.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    /// The person.
    pub person_id: PersonId,
    /// The name they type; 1 to 64 bytes. Case and white space around it do not count.
    pub name: &'a str,
    /// The password, as typed.
    pub password: &'a str,
}

/// A store whose keys were just made.
#[derive(Debug)]
pub struct Created {
    /// The root key.
    pub root: RootKey,
    /// To be printed once and kept nowhere.
    pub recovery_key: RecoveryKey,
}

/// A store that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The root key.
    pub root: RootKey,
    /// Who opened it; with the recovery key, the person whose sheet it is.
    pub person_id: PersonId,
    /// The name this person signs in with on this computer, as first written.
    pub sign_in_name: Option<String>,
    /// False where a byte of `store.keys` outside the slot that was opened is not what this program wrote: worth an audit entry and a warning.
    pub is_intact: bool,
}

/// What a new device secret brings.
#[derive(Debug)]
pub struct NewDevice {
    /// The new recovery key, to be printed; the one that was used opens nothing any more.
    pub recovery_key: RecoveryKey,
    /// The names that must be let in again, because their slots were sealed with the lost secret.
    pub names_to_add_again: Vec<String>,
}

/// Whether the folder holds the keys of a store. Where it does, no new store is made there, whatever else is missing.
#[must_use]
pub fn exists(dir: &Path) -> bool {
    // A file that cannot be looked at counts as there: the cautious side is never to make a new store.
    file::path_in(dir).try_exists().unwrap_or(true)
}

/// Makes the keys of a new store: root key, device secret, the owner's slot and the recovery slot.
///
/// # Errors
/// `KeyFileExists` where the folder has keys; the cases of the device secret; a name or password that cannot be used; `File`.
pub fn create(
    dir: &Path,
    store_id: StoreId,
    owner: &SignIn<'_>,
    cost: Argon2Cost,
    device: &dyn DeviceSecretStore,
    random: &mut dyn Random,
) -> Result<Created, Error> {
    if exists(dir) {
        return Err(Error::KeyFileExists(file::path_in(dir)));
    }
    let mut bytes = Key::default();
    random.fill(bytes.as_mut_slice());
    let root = RootKey::new(bytes, store_id, 1);
    let secret = DeviceSecret::new(random);
    let mut file = SlotFile::new(&root, device.backend(), &secret, cost)?;
    file.put_password(&root, &Owner { person_id: owner.person_id, name: owner.name }, owner.password, &secret, random)?;
    let recovery_key = file.put_recovery(&root, owner.person_id, random)?;
    device.write(store_id, &secret)?;
    if let Err(error) = attempts::start(dir).and_then(|()| file.save(dir, &root)) {
        // A secret that opens nothing would stay in the keyring for ever. Where it cannot be taken out either, the first error is the one to tell.
        drop(device.forget(store_id));
        return Err(error);
    }
    Ok(Created { root, recovery_key })
}

/// The store whose key file stands in a folder; `None` where there is none that can be read.
#[must_use]
pub fn store_there(dir: &Path) -> Option<StoreId> {
    SlotFile::read(dir).ok().map(|file| file.store_id())
}

/// Opens a store with name, password and the secret of this device.
///
/// # Errors
/// `WrongNameOrPassword` for either; the cases of file and device secret, each with its remedy.
pub fn open(dir: &Path, sign_in_name: &str, password: &str, device: &dyn DeviceSecretStore) -> Result<Opened, Error> {
    SlotFile::read(dir)?.open(sign_in_name, password, device)
}

/// Opens a store with the key of the recovery sheet; what was typed goes through `RecoveryKey::parse` first.
///
/// # Errors
/// `WrongRecoveryKey`, and the cases of the file.
pub fn open_with_recovery(dir: &Path, recovery_key: &RecoveryKey) -> Result<Opened, Error> {
    SlotFile::read(dir)?.open_with_recovery(recovery_key)
}

/// Lets one more person open this store on this computer.
///
/// # Errors
/// `NameTaken`, a name or password that cannot be used, and the cases of file and device secret.
pub fn add_slot(dir: &Path, root: &RootKey, person: &SignIn<'_>, device: &dyn DeviceSecretStore, random: &mut dyn Random) -> Result<(), Error> {
    let mut file = SlotFile::read(dir)?;
    let secret = file.device_secret(device)?;
    file.put_password(root, &Owner { person_id: person.person_id, name: person.name }, person.password, &secret, random)?;
    file.save(dir, root)
}

/// Who has a slot here, and their sign-in names.
///
/// # Errors
/// The cases of the file.
pub fn people(dir: &Path) -> Result<Vec<(PersonId, String)>, Error> {
    Ok(SlotFile::read(dir)?.people().map(|(person, name)| (person, name.to_owned())).collect())
}

/// Takes a person's slot away: their password opens nothing here any more. Where they have none, nothing changes. The last one stays, since a store that
/// nobody opens is lost.
///
/// # Errors
/// `LastSlot`, and the cases of the file.
pub fn drop_slot(dir: &Path, root: &RootKey, person_id: PersonId) -> Result<(), Error> {
    let mut file = SlotFile::read(dir)?;
    if !file.people().any(|(person, _)| person == person_id) {
        return Ok(());
    }
    file.drop_password(person_id)?;
    file.save(dir, root)
}

/// Gives a person a new password; the name stays.
///
/// # Errors
/// `NoSlot` where the person cannot sign in here; else as `add_slot`.
pub fn rewrap(
    dir: &Path,
    root: &RootKey,
    person_id: PersonId,
    new_password: &str,
    device: &dyn DeviceSecretStore,
    random: &mut dyn Random,
) -> Result<(), Error> {
    let name = SlotFile::read(dir)?.people().find(|(person, _)| *person == person_id).map(|(_, name)| name.to_owned());
    let name = name.ok_or(Error::NoSlot)?;
    add_slot(dir, root, &SignIn { person_id, name: &name, password: new_password }, device, random)
}

/// Whether the place of device secrets answers, whatever it holds.
///
/// # Errors
/// Where it is locked, refuses, cannot be reached or does not answer.
pub fn is_reachable(device: &dyn DeviceSecretStore) -> Result<(), Error> {
    use DeviceSecretError as Of;
    match device.read(StoreId(uuid::Uuid::nil())) {
        Ok(_) | Err(Of::Missing(_) | Of::Changed(_) | Of::Unreadable(_) | Of::OtherBackend { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether this computer's secret is the one the store was set up with: a password opens it then.
#[must_use]
pub fn knows_device(dir: &Path, device: &dyn DeviceSecretStore) -> bool {
    SlotFile::read(dir).and_then(|file| file.device_secret(device)).is_ok()
}

/// Makes a new recovery key; the printed one opens nothing any more.
///
/// # Errors
/// The cases of the file.
pub fn replace_recovery_key(dir: &Path, root: &RootKey, person_id: PersonId, random: &mut dyn Random) -> Result<RecoveryKey, Error> {
    let mut file = SlotFile::read(dir)?;
    let recovery_key = file.put_recovery(root, person_id, random)?;
    file.save(dir, root)?;
    Ok(recovery_key)
}

/// After opening with the recovery key: a new device secret, a new password slot for this person, a new recovery key. Every other slot falls,
/// because it was sealed with the secret that is lost.
///
/// # Errors
/// As `create`, without `KeyFileExists`.
pub fn remember_new_device(
    dir: &Path,
    root: &RootKey,
    person: &SignIn<'_>,
    device: &dyn DeviceSecretStore,
    random: &mut dyn Random,
) -> Result<NewDevice, Error> {
    let (before, secret, mut file) = renewed(dir, root, person, device, random)?;
    let recovery_key = file.put_recovery(root, person.person_id, random)?;
    settle(dir, root, file, &secret, device)?;
    let others = before.people().filter(|(other, _)| *other != person.person_id);
    Ok(NewDevice { recovery_key, names_to_add_again: others.map(|(_, name)| name.to_owned()).collect() })
}

/// As `remember_new_device`, and the sheet stays: for a person who just showed the recovery key and then the password that the credential
/// recognises. Answers the names that must be let in again.
///
/// # Errors
/// As `remember_new_device`.
pub fn remember_new_device_by_password(
    dir: &Path,
    root: &RootKey,
    person: &SignIn<'_>,
    device: &dyn DeviceSecretStore,
    random: &mut dyn Random,
) -> Result<Vec<String>, Error> {
    let (before, secret, mut file) = renewed(dir, root, person, device, random)?;
    file.keep_recovery(&before)?;
    settle(dir, root, file, &secret, device)?;
    Ok(before.people().filter(|(other, _)| *other != person.person_id).map(|(_, name)| name.to_owned()).collect())
}

fn renewed(
    dir: &Path,
    root: &RootKey,
    person: &SignIn<'_>,
    device: &dyn DeviceSecretStore,
    random: &mut dyn Random,
) -> Result<(SlotFile, DeviceSecret, SlotFile), Error> {
    let before = SlotFile::read(dir)?;
    let secret = DeviceSecret::new(random);
    let mut file = SlotFile::new(root, device.backend(), &secret, before.cost())?;
    file.put_password(root, &Owner { person_id: person.person_id, name: person.name }, person.password, &secret, random)?;
    Ok((before, secret, file))
}

/// The secret first: a power cut in between leaves the old slots, and the recovery key in hand still opens the file.
fn settle(dir: &Path, root: &RootKey, file: SlotFile, secret: &DeviceSecret, device: &dyn DeviceSecretStore) -> Result<(), Error> {
    device.write(root.store_id(), secret)?;
    file.save(dir, root)
}

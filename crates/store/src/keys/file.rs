//! The file `store.keys` beside the database: a short head, the slots, and a sum over all of it. Byte by byte in `docs/store-format.md`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use domain::{PersonId, Random, StoreId};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::device::{Backend, DeviceSecret, DeviceSecretStore};
use super::error::DeviceSecretError;
use super::primitives::{self, Argon2Cost};
use super::recovery::RecoveryKey;
use super::root::RootKey;
use super::slot::{self, Bytes, Owner, Slot, SlotKind};
use super::{Error, Opened, write};

/// The name of the file in the store's folder.
pub const KEY_FILE: &str = "store.keys";
const MAGIC: [u8; 4] = *b"ZGSK";
const VERSION: u8 = 1;
/// More people than any computer of a shop has; a file from elsewhere must not cost unbounded time.
const MAX_SLOTS: usize = 256;
/// What 256 of the longest slots, head and sum take, rounded up.
pub const MAX_LEN: u64 = 96 * 1024;
const SUM_LEN: usize = 32;

/// The content of a `store.keys`, from a folder or out of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotFile {
    store_id: StoreId,
    backend: Backend,
    /// HMAC of the device secret, so that a changed one is recognised before a password is blamed.
    device_check: [u8; 32],
    cost: Argon2Cost,
    slots: Vec<Slot>,
    sum: [u8; SUM_LEN],
}

impl SlotFile {
    /// Reads the file of a store's folder.
    ///
    /// # Errors
    /// `NoKeyFile`, `Damaged`, `Newer`, `CostOutOfRange` or `File`.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let path = path_in(dir);
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(MAX_LEN + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) => Self::parse(&bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::NoKeyFile(path)),
            Err(source) => Err(Error::File { path, source }),
        }
    }

    /// Reads the content out of bytes, such as those in the head of a backup.
    ///
    /// # Errors
    /// `Damaged`, `Newer` or `CostOutOfRange`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut bytes = Bytes(bytes);
        if bytes.array::<4>()? != MAGIC {
            return Err(Error::Damaged("it does not begin with its mark"));
        }
        let [version, backend] = bytes.array::<2>()?;
        if version > VERSION {
            return Err(Error::Newer { found: version, known: VERSION });
        }
        let backend = Backend::from_code(backend).filter(|_| version == VERSION);
        let backend = backend.ok_or(Error::Damaged("it names an unknown place of the device secret"))?;
        let count = usize::from(u16::from_be_bytes(bytes.array()?));
        if count > MAX_SLOTS {
            return Err(Error::Damaged("it holds too many slots"));
        }
        let store_id = StoreId(Uuid::from_bytes(bytes.array()?));
        let device_check = bytes.array()?;
        let cost = Argon2Cost::new(bytes.number()?, bytes.number()?, bytes.number()?).check()?;
        let slots = (0..count).map(|_| Slot::read(&mut bytes)).collect::<Result<Vec<_>, _>>()?;
        let sum = bytes.array()?;
        let file = Self { store_id, backend, device_check, cost, slots, sum };
        if !bytes.0.is_empty() || !file.is_consistent() {
            return Err(Error::Damaged("its parts do not fit together"));
        }
        Ok(file)
    }

    fn is_consistent(&self) -> bool {
        self.slots.iter().all(|slot| slot.store_id == self.store_id && (slot.kind == SlotKind::Recovery || slot.cost == self.cost))
    }

    /// The bytes of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.summed_bytes();
        out.extend_from_slice(&self.sum);
        out
    }

    fn summed_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, self.backend.code()]);
        // At most 256 slots, checked where they are added and read.
        out.extend_from_slice(&u16::try_from(self.slots.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(&self.store_id.bytes());
        out.extend_from_slice(&self.device_check);
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        for slot in &self.slots {
            slot.write(&mut out);
        }
        out
    }

    /// Writes the file into a store's folder, in place of an earlier one; a power cut leaves one of the two. A restore uses it.
    ///
    /// # Errors
    /// `File`.
    pub fn write(&self, dir: &Path) -> Result<(), Error> {
        let path = path_in(dir);
        write::replace(&path, &self.to_bytes()).map_err(Error::file(path))
    }

    /// The store whose keys these are.
    #[must_use]
    pub const fn store_id(&self) -> StoreId {
        self.store_id
    }

    /// Where the device secret of this store is kept.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.backend
    }

    /// What one try of a password costs.
    #[must_use]
    pub const fn cost(&self) -> Argon2Cost {
        self.cost
    }

    /// The people who can sign in on this computer.
    pub fn people(&self) -> impl Iterator<Item = (PersonId, &str)> {
        self.slots.iter().filter(|slot| slot.kind == SlotKind::Password).map(|slot| (slot.person_id, slot.name.as_str()))
    }

    /// Opens the store with a name, a password and the secret of this device. An unknown name costs what a wrong password costs.
    ///
    /// # Errors
    /// `Device` before anything is tried; `WrongNameOrPassword`; `NotEnoughMemory`.
    pub fn open(&self, name: &str, password: &str, device: &dyn DeviceSecretStore) -> Result<Opened, Error> {
        let secret = self.device_secret(device)?;
        let known = self.slots.iter().find(|slot| slot.kind == SlotKind::Password && slot::same_name(&slot.name, name));
        match known {
            Some(slot) => Ok(self.opened(slot.open_with_password(password, &secret)?, slot.person_id)),
            None => {
                let spent = primitives::argon2id(password.as_bytes(), &self.device_check, self.cost)?;
                std::hint::black_box(spent);
                Err(Error::WrongNameOrPassword)
            }
        }
    }

    /// Opens the store with the key of the recovery sheet; neither password nor device secret is needed.
    ///
    /// # Errors
    /// `WrongRecoveryKey`.
    pub fn open_with_recovery(&self, recovery: &RecoveryKey) -> Result<Opened, Error> {
        let slots = self.slots.iter().filter(|slot| slot.kind == SlotKind::Recovery);
        let opened = slots.filter_map(|slot| slot.open_with_recovery(recovery).ok().map(|root| (root, slot.person_id))).next();
        let (root, person_id) = opened.ok_or(Error::WrongRecoveryKey)?;
        Ok(self.opened(root, person_id))
    }

    fn opened(&self, root: RootKey, person_id: PersonId) -> Opened {
        let name = self.people().find(|(person, _)| *person == person_id).map(|(_, name)| name.to_owned());
        let is_intact = self.sum_under(&root).ct_eq(&self.sum).into();
        Opened { root, person_id, sign_in_name: name, is_intact }
    }

    fn sum_under(&self, root: &RootKey) -> [u8; SUM_LEN] {
        primitives::hmac(&root.key_file_key(), &[&self.summed_bytes()])
    }

    pub(super) fn device_secret(&self, device: &dyn DeviceSecretStore) -> Result<DeviceSecret, Error> {
        let (expected, found) = (self.backend, device.backend());
        if expected != found {
            return Err(DeviceSecretError::OtherBackend { expected, found }.into());
        }
        let secret = device.read(self.store_id)?;
        if secret.is_recognised_by(&self.device_check) { Ok(secret) } else { Err(DeviceSecretError::Changed(found).into()) }
    }

    pub(super) fn new(root: &RootKey, backend: Backend, secret: &DeviceSecret, cost: Argon2Cost) -> Result<Self, Error> {
        Ok(Self { store_id: root.store_id(), backend, device_check: secret.check(), cost: cost.check()?, slots: Vec::new(), sum: [0; SUM_LEN] })
    }

    /// Puts the slot of a person in, in place of an earlier one.
    pub(super) fn put_password(
        &mut self,
        root: &RootKey,
        owner: &Owner<'_>,
        password: &str,
        secret: &DeviceSecret,
        random: &mut dyn Random,
    ) -> Result<(), Error> {
        if password.is_empty() {
            return Err(Error::EmptyPassword);
        }
        let owner = Owner { name: slot::usable_name(owner.name)?, ..*owner };
        if self.people().any(|(person, name)| person != owner.person_id && slot::same_name(name, owner.name)) {
            return Err(Error::NameTaken);
        }
        let slot = Slot::for_password(root, &owner, password, secret, self.cost, random)?;
        self.put(slot)
    }

    /// Takes the slot of a person out; never the last one.
    pub(super) fn drop_password(&mut self, person_id: PersonId) -> Result<(), Error> {
        if self.people().all(|(person, _)| person == person_id) {
            return Err(Error::LastSlot);
        }
        self.slots.retain(|slot| (slot.kind, slot.person_id) != (SlotKind::Password, person_id));
        Ok(())
    }

    /// Puts a fresh recovery slot in; an earlier recovery key opens nothing any more.
    pub(super) fn put_recovery(&mut self, root: &RootKey, person_id: PersonId, random: &mut dyn Random) -> Result<RecoveryKey, Error> {
        let recovery = RecoveryKey::new(random);
        let slot = Slot::for_recovery(root, person_id, &recovery, random)?;
        self.slots.retain(|slot| slot.kind != SlotKind::Recovery);
        self.put(slot)?;
        Ok(recovery)
    }

    /// Takes the recovery slots of another file over: they are sealed with no secret of a device.
    pub(super) fn keep_recovery(&mut self, before: &Self) -> Result<(), Error> {
        before.slots.iter().filter(|slot| slot.kind == SlotKind::Recovery).try_for_each(|slot| self.put(slot.clone()))
    }

    fn put(&mut self, slot: Slot) -> Result<(), Error> {
        self.slots.retain(|other| (other.kind, other.person_id) != (slot.kind, slot.person_id));
        if self.slots.len() >= MAX_SLOTS {
            return Err(Error::TooManySlots(MAX_SLOTS));
        }
        self.slots.push(slot);
        Ok(())
    }

    /// Computes the sum anew and writes the file.
    pub(super) fn save(mut self, dir: &Path, root: &RootKey) -> Result<(), Error> {
        self.sum = self.sum_under(root);
        self.write(dir)
    }
}

/// Where the key file of a folder stands.
pub fn path_in(dir: &Path) -> PathBuf {
    dir.join(KEY_FILE)
}

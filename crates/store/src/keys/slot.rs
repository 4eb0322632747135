//! One key slot: the root key of the store, sealed under what one person knows (and this device holds). Byte by byte in
//! `docs/store-format.md`. Reading and writing the file of slots is `file`'s.

use domain::{PersonId, Random, StoreId};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Error;
use super::device::DeviceSecret;
use super::primitives::{self, Argon2Cost, Key};
use super::recovery::RecoveryKey;
use super::root::RootKey;

const MAGIC: [u8; 4] = *b"SKS1";
const VERSION: u8 = 1;
const AEAD_AES_256_GCM: u8 = 1;
const KDF_ARGON2ID: u8 = 1;
const KDF_HKDF_ONLY: u8 = 2;
/// Root key and tag.
const SEALED_LEN: usize = 32 + primitives::TAG_LEN;
/// Longest sign-in name, in bytes of UTF-8.
pub const NAME_MAX_LEN: usize = 64;

/// Whom a slot is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// A person's password together with the device secret.
    Password,
    /// The recovery key of the printed sheet, alone.
    Recovery,
}

impl SlotKind {
    const fn code(self) -> u8 {
        match self {
            Self::Password => 1,
            Self::Recovery => 2,
        }
    }

    const fn kdf(self) -> u8 {
        match self {
            Self::Password => KDF_ARGON2ID,
            Self::Recovery => KDF_HKDF_ONLY,
        }
    }
}

/// One slot as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub kind: SlotKind,
    /// What deriving from the password costs; zero where the key is derived by HKDF alone.
    pub cost: Argon2Cost,
    pub salt: [u8; 32],
    pub store_id: StoreId,
    pub person_id: PersonId,
    pub slot_id: Uuid,
    pub generation: u32,
    pub nonce: [u8; 12],
    pub commitment: [u8; 32],
    /// Empty in a recovery slot.
    pub name: String,
    pub sealed: [u8; SEALED_LEN],
}

/// Whose slot is made.
pub struct Owner<'a> {
    pub person_id: PersonId,
    pub name: &'a str,
}

impl Slot {
    /// A slot that a password opens on this device.
    pub fn for_password(
        root: &RootKey,
        owner: &Owner<'_>,
        password: &str,
        secret: &DeviceSecret,
        cost: Argon2Cost,
        random: &mut dyn Random,
    ) -> Result<Self, Error> {
        let mut slot = Self::blank(SlotKind::Password, root, owner, cost.check()?, random);
        let (key, commitment) = slot.password_keys(password, secret)?;
        slot.seal(root, &key, commitment)?;
        Ok(slot)
    }

    /// A slot that the printed recovery key opens anywhere.
    pub fn for_recovery(root: &RootKey, person_id: PersonId, recovery: &RecoveryKey, random: &mut dyn Random) -> Result<Self, Error> {
        let owner = Owner { person_id, name: "" };
        let mut slot = Self::blank(SlotKind::Recovery, root, &owner, Argon2Cost::new(0, 0, 0), random);
        let (key, commitment) = slot.recovery_keys(recovery);
        slot.seal(root, &key, commitment)?;
        Ok(slot)
    }

    fn blank(kind: SlotKind, root: &RootKey, owner: &Owner<'_>, cost: Argon2Cost, random: &mut dyn Random) -> Self {
        let (mut salt, mut slot_id, mut nonce) = ([0; 32], [0; 16], [0; 12]);
        random.fill(&mut salt);
        random.fill(&mut slot_id);
        random.fill(&mut nonce);
        Self {
            kind,
            cost,
            salt,
            store_id: root.store_id(),
            person_id: owner.person_id,
            slot_id: uuid::Builder::from_random_bytes(slot_id).into_uuid(),
            generation: root.generation(),
            nonce,
            commitment: [0; 32],
            name: owner.name.to_owned(),
            sealed: [0; SEALED_LEN],
        }
    }

    fn seal(&mut self, root: &RootKey, key: &Key, commitment: [u8; 32]) -> Result<(), Error> {
        self.commitment = commitment;
        let sealed = primitives::seal(key, &self.nonce, &self.header(), root.bytes());
        self.sealed = sealed.and_then(|bytes| bytes.try_into().ok()).ok_or(Error::Damaged("a slot could not be sealed"))?;
        Ok(())
    }

    /// Opens a password slot; `WrongNameOrPassword` where password, device secret or any byte differs.
    pub fn open_with_password(&self, password: &str, secret: &DeviceSecret) -> Result<RootKey, Error> {
        let (key, commitment) = self.password_keys(password, secret)?;
        self.unseal(&key, &commitment).ok_or(Error::WrongNameOrPassword)
    }

    /// Opens a recovery slot.
    pub fn open_with_recovery(&self, recovery: &RecoveryKey) -> Result<RootKey, Error> {
        let (key, commitment) = self.recovery_keys(recovery);
        self.unseal(&key, &commitment).ok_or(Error::WrongRecoveryKey)
    }

    fn unseal(&self, key: &Key, commitment: &[u8; 32]) -> Option<RootKey> {
        if !bool::from(self.commitment.ct_eq(commitment)) {
            return None;
        }
        let opened = primitives::unseal(key, &self.nonce, &self.header(), &self.sealed)?;
        let mut bytes = Key::default();
        if opened.len() != bytes.len() {
            return None;
        }
        bytes.copy_from_slice(&opened);
        Some(RootKey::new(bytes, self.store_id, self.generation))
    }

    fn password_keys(&self, password: &str, secret: &DeviceSecret) -> Result<(Key, [u8; 32]), Error> {
        let from_password = primitives::argon2id(password.as_bytes(), &self.salt, self.cost)?;
        let mut both = Zeroizing::new([0_u8; 64]);
        both[..32].copy_from_slice(from_password.as_slice());
        both[32..].copy_from_slice(secret.bytes());
        Ok(self.slot_keys(both.as_slice(), b"slot/v1"))
    }

    fn recovery_keys(&self, recovery: &RecoveryKey) -> (Key, [u8; 32]) {
        self.slot_keys(recovery.bytes(), b"recovery/v1")
    }

    fn slot_keys(&self, secret: &[u8], label: &[u8]) -> (Key, [u8; 32]) {
        primitives::split(&primitives::hkdf(&self.salt, secret, &[label, &self.store_id.bytes(), &self.person_id.bytes()]))
    }

    /// All bytes before the sealed root key: the associated data.
    fn header(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(149 + self.name.len());
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, self.kind.code(), AEAD_AES_256_GCM, self.kind.kdf()]);
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&self.store_id.bytes());
        out.extend_from_slice(&self.person_id.bytes());
        out.extend_from_slice(self.slot_id.as_bytes());
        out.extend_from_slice(&self.generation.to_be_bytes());
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.commitment);
        // A name is at most 64 bytes, checked where it comes in, so that its length fits one byte.
        out.push(u8::try_from(self.name.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(self.name.as_bytes());
        out
    }

    /// Appends the slot to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.header());
        out.extend_from_slice(&self.sealed);
    }

    /// Reads one slot off the front of `bytes`.
    pub fn read(bytes: &mut Bytes<'_>) -> Result<Self, Error> {
        if bytes.array::<4>()? != MAGIC {
            return Err(Error::Damaged("a slot does not begin with its mark"));
        }
        let [version, kind, aead, kdf] = bytes.array::<4>()?;
        if version > VERSION {
            return Err(Error::Newer { found: version, known: VERSION });
        }
        let kind = match (kind, kdf) {
            (1, KDF_ARGON2ID) => SlotKind::Password,
            (2, KDF_HKDF_ONLY) => SlotKind::Recovery,
            _ => return Err(Error::Damaged("a slot is of an unknown kind")),
        };
        if version != VERSION || aead != AEAD_AES_256_GCM {
            return Err(Error::Damaged("a slot uses an unknown cipher"));
        }
        let cost = Argon2Cost::new(bytes.number()?, bytes.number()?, bytes.number()?);
        match kind {
            SlotKind::Password => cost.check()?,
            SlotKind::Recovery if cost == Argon2Cost::new(0, 0, 0) => cost,
            SlotKind::Recovery => return Err(Error::Damaged("a recovery slot names a cost")),
        };
        Ok(Self {
            kind,
            cost,
            salt: bytes.array()?,
            store_id: StoreId(Uuid::from_bytes(bytes.array()?)),
            person_id: PersonId(Uuid::from_bytes(bytes.array()?)),
            slot_id: Uuid::from_bytes(bytes.array()?),
            generation: bytes.number()?,
            nonce: bytes.array()?,
            commitment: bytes.array()?,
            name: read_name(bytes, kind)?,
            sealed: bytes.array()?,
        })
    }
}

fn read_name(bytes: &mut Bytes<'_>, kind: SlotKind) -> Result<String, Error> {
    let [len] = bytes.array::<1>()?;
    let name = bytes.take(usize::from(len))?;
    let name = std::str::from_utf8(name).map_err(|_| Error::Damaged("a sign-in name is not text"))?;
    let fits = match kind {
        SlotKind::Password => usable_name(name).is_ok_and(|kept| kept == name),
        SlotKind::Recovery => name.is_empty(),
    };
    if fits { Ok(name.to_owned()) } else { Err(Error::Damaged("a sign-in name is not of the allowed form")) }
}

/// The name as it is kept: without white space around it. Nothing else is changed.
pub fn usable_name(name: &str) -> Result<&str, Error> {
    let kept = name.trim();
    let fits = !kept.is_empty() && kept.len() <= NAME_MAX_LEN && !kept.chars().any(char::is_control);
    if fits { Ok(kept) } else { Err(Error::NameNotUsable) }
}

/// Whether two names are one: case does not count, white space around neither.
pub fn same_name(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

/// Bytes being read from the front; running out is an error, never a panic.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next `len` bytes.
    pub const fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        match self.0.split_at_checked(len) {
            Some((head, rest)) => {
                self.0 = rest;
                Ok(head)
            }
            None => Err(Error::Damaged("it ends too early")),
        }
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| Error::Damaged("it ends too early"))
    }

    /// The next four bytes as a number.
    pub fn number(&mut self) -> Result<u32, Error> {
        Ok(u32::from_be_bytes(self.array()?))
    }
}

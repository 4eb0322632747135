//! The encrypted backup: one file with a readable head, the store's `store.keys` in clear, and the database in sealed chunks. Byte by byte in
//! `docs/store-format.md`. Copying a live database to a still file, choosing the folder, and swapping a restored file in are not here.
//!
//! The chunks follow STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce counts them and marks the last one, so that a chunk that was
//! changed, moved, left out or taken from another backup does not open, and neither does a file that was cut.

use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{Random, StoreId};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::keys::{self, KEY_FILE_MAX_LEN, Key, RootKey, SlotFile, TAG_LEN};

const MAGIC: [u8; 4] = *b"ZGBK";
const VERSION: u8 = 1;
const AEAD_AES_256_GCM: u8 = 1;
const KDF_HKDF_ONLY: u8 = 2;
/// Bytes of the database in a chunk: small enough that a backup of any size needs no memory to speak of.
pub const CHUNK_LEN: usize = 64 * 1024;
/// Head before the embedded key file.
const FIXED_LEN: usize = 135;
/// The nonce counts chunks in 32 bits.
const MAX_PLAIN_LEN: u64 = (u32::MAX as u64) * CHUNK_LEN as u64;

/// Why a backup could not be written or read. Every message names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file does not begin as a backup does.
    #[error("this file is not a backup of Zhanggui: choose a file that ends in .zgbackup")]
    NotABackup,
    /// Written by a later version.
    #[error("this backup has format {found}, and this program knows formats up to {known}: install the newer version of Zhanggui")]
    Newer {
        /// The version in the file.
        found: u8,
        /// The highest version this program reads.
        known: u8,
    },
    /// The head contradicts itself.
    #[error("the head of this backup is damaged ({0}): use another backup")]
    Damaged(&'static str),
    /// The file ends before its last chunk.
    #[error("this backup is cut short: copy it again from where it was kept, or use another backup")]
    Truncated,
    /// Something follows the last chunk.
    #[error("this backup has bytes after its end: copy it again from where it was kept, or use another backup")]
    TrailingBytes,
    /// A chunk was changed, moved or taken from another backup; or the head was.
    #[error("part {chunk} of this backup was changed or damaged: use another backup")]
    ChunkRefused {
        /// Which, from 0.
        chunk: u32,
    },
    /// The backup is of another store.
    #[error("this backup belongs to another store ({found}) and this one is {expected}: choose a backup of this store, or restore it into a new folder")]
    OtherStore {
        /// The store whose key was given.
        expected: StoreId,
        /// The store in the head.
        found: StoreId,
    },
    /// The root key given is not the one this backup was sealed with, or salt or commitment in the head was changed.
    #[error("this backup does not open with this key, or its head was changed: sign in as it was when the backup was made, or use its recovery key")]
    WrongKey,
    /// The file that was to be backed up is longer or shorter than it was said to be.
    #[error("the database changed its size while it was backed up (expected {promised} bytes): try again")]
    LengthChanged {
        /// What the head says.
        promised: u64,
    },
    /// The embedded key file.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// Somebody stopped it.
    #[error("the backup was stopped")]
    Cancelled,
    /// Reading or writing failed.
    #[error("the backup could not be read or written ({0}): check that the disk is there, has space and may be written to")]
    File(#[from] std::io::Error),
}

/// What the head of a backup says about its content. Anybody who has the file can read it; it is authenticated, once the whole was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The schema of the database inside.
    pub schema_version: u32,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: i64,
    /// The position of the last journal entry of this node inside: what is known to have happened at least.
    pub journal_position: i64,
    /// The hash of that entry; zeros where there is none.
    pub journal_head: [u8; 32],
    /// The size of the database inside, in bytes.
    pub plain_len: u64,
    /// The keys of the store, so that the backup alone (with password and device, or the recovery key) is enough.
    pub key_file: SlotFile,
}

/// Everything before the first chunk.
struct Preamble {
    bytes: Vec<u8>,
    nonce_prefix: [u8; 7],
}

impl Preamble {
    /// What the chunks are bound to.
    fn associated(&self) -> [u8; 32] {
        keys::sha256(&[&self.bytes])
    }
}

/// Writes a backup of the `header.plain_len` bytes that `reader` gives. `progress` hears the bytes done so far. `random` must be the system's:
/// a salt that comes twice gives texts away. The caller syncs and renames.
///
/// # Errors
/// `OtherStore` where key file and root key differ; `LengthChanged`; `Cancelled`; `File`.
pub fn write(
    reader: &mut dyn Read,
    writer: &mut dyn Write,
    root: &RootKey,
    header: &Header,
    random: &mut dyn Random,
    progress: &mut dyn FnMut(u64),
    cancel: &AtomicBool,
) -> Result<(), Error> {
    let (preamble, key) = preamble_of(root, header, random)?;
    writer.write_all(&preamble.bytes)?;
    let associated = preamble.associated();
    let mut buffer = Zeroizing::new(vec![0_u8; CHUNK_LEN]);
    for chunk in Chunks::of(header.plain_len) {
        stop_if(cancel)?;
        let plain = &mut buffer[..chunk.len];
        fill(reader, plain, || Error::LengthChanged { promised: header.plain_len })?;
        let sealed = keys::seal(&key, &chunk.nonce(&preamble.nonce_prefix), &associated, plain);
        writer.write_all(&sealed.ok_or(Error::Damaged("a chunk could not be sealed"))?)?;
        progress(chunk.done);
    }
    if is_at_end(reader)? { Ok(writer.flush()?) } else { Err(Error::LengthChanged { promised: header.plain_len }) }
}

fn preamble_of(root: &RootKey, header: &Header, random: &mut dyn Random) -> Result<(Preamble, Key), Error> {
    let (expected, found) = (root.store_id(), header.key_file.store_id());
    if expected != found {
        return Err(Error::OtherStore { expected, found });
    }
    if header.plain_len > MAX_PLAIN_LEN {
        return Err(Error::Damaged("the database is too large for one backup"));
    }
    let (mut salt, mut nonce_prefix) = ([0; 32], [0; 7]);
    random.fill(&mut salt);
    random.fill(&mut nonce_prefix);
    let key_file = header.key_file.to_bytes();
    let mut bytes = Vec::with_capacity(FIXED_LEN + key_file.len() + 32);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[VERSION, AEAD_AES_256_GCM, KDF_HKDF_ONLY, 0]);
    bytes.extend_from_slice(&(CHUNK_LEN as u32).to_be_bytes());
    bytes.extend_from_slice(&root.store_id().bytes());
    bytes.extend_from_slice(&root.generation().to_be_bytes());
    bytes.extend_from_slice(&header.schema_version.to_be_bytes());
    bytes.extend_from_slice(&header.created_at_ms.to_be_bytes());
    bytes.extend_from_slice(&header.journal_position.to_be_bytes());
    bytes.extend_from_slice(&header.journal_head);
    bytes.extend_from_slice(&header.plain_len.to_be_bytes());
    bytes.extend_from_slice(&salt);
    bytes.extend_from_slice(&nonce_prefix);
    let key_file_len = u32::try_from(key_file.len()).map_err(|_| Error::Damaged("the key file is too large"))?;
    bytes.extend_from_slice(&key_file_len.to_be_bytes());
    bytes.extend_from_slice(&key_file);
    let (key, commitment) = root.backup_key(&salt);
    bytes.extend_from_slice(&commitment);
    Ok((Preamble { bytes, nonce_prefix }, key))
}

/// A backup whose head has been read. Open `header().key_file` with password or recovery key, then `extract` or `verify` with its root key.
pub struct Backup<R> {
    reader: R,
    header: Header,
    store_id: StoreId,
    generation: u32,
    salt: [u8; 32],
    commitment: [u8; 32],
    preamble: Preamble,
}

impl<R: Read> Backup<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// `NotABackup`, `Newer`, `Damaged`, `Truncated`, those of the embedded key file, `File`.
    pub fn open(mut reader: R) -> Result<Self, Error> {
        let mut fixed = [0; FIXED_LEN];
        fill(&mut reader, &mut fixed[..8], || Error::NotABackup)?;
        check_kind(&fixed)?;
        fill(&mut reader, &mut fixed[8..], || Error::Truncated)?;
        let mut fields = Fields(&fixed[8..]);
        if u32::from_be_bytes(fields.next()) as usize != CHUNK_LEN {
            return Err(Error::Damaged("its chunks have an unknown size"));
        }
        let store_id = StoreId(Uuid::from_bytes(fields.next()));
        let generation = u32::from_be_bytes(fields.next());
        let schema_version = u32::from_be_bytes(fields.next());
        let created_at_ms = i64::from_be_bytes(fields.next());
        let journal_position = i64::from_be_bytes(fields.next());
        let journal_head = fields.next();
        let plain_len = u64::from_be_bytes(fields.next());
        let (salt, nonce_prefix) = (fields.next(), fields.next());
        let key_file_len = u64::from(u32::from_be_bytes(fields.next()));
        if plain_len > MAX_PLAIN_LEN || key_file_len > KEY_FILE_MAX_LEN {
            return Err(Error::Damaged("it names a size that cannot be"));
        }
        let mut key_file = vec![0; key_file_len as usize];
        fill(&mut reader, &mut key_file, || Error::Truncated)?;
        let mut commitment = [0; 32];
        fill(&mut reader, &mut commitment, || Error::Truncated)?;
        let preamble = Preamble { bytes: [fixed.as_slice(), &key_file, &commitment].concat(), nonce_prefix };
        let key_file = SlotFile::parse(&key_file).map_err(|error| match error {
            // Nobody can put these keys back: they are the backup's own.
            keys::Error::Damaged(_) | keys::Error::CostOutOfRange(_) => Error::Damaged("the keys inside it cannot be read"),
            other => other.into(),
        })?;
        if key_file.store_id() != store_id {
            return Err(Error::Damaged("its keys belong to another store"));
        }
        let header = Header { schema_version, created_at_ms, journal_position, journal_head, plain_len, key_file };
        Ok(Self { reader, header, store_id, generation, salt, commitment, preamble })
    }

    /// What the head says. Trust it only after `verify` or `extract`.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The store that was backed up.
    #[must_use]
    pub const fn store_id(&self) -> StoreId {
        self.store_id
    }

    /// Writes the database out. Every chunk is verified before it is written, but that it is whole is known only at the end: write to a new
    /// file, and put it in place after this returned without error.
    ///
    /// # Errors
    /// `OtherStore`, `WrongKey`, `ChunkRefused`, `Truncated`, `TrailingBytes`, `Cancelled`, `File`.
    pub fn extract(mut self, writer: &mut dyn Write, root: &RootKey, progress: &mut dyn FnMut(u64), cancel: &AtomicBool) -> Result<Header, Error> {
        let key = self.key(root)?;
        let associated = self.preamble.associated();
        let mut buffer = vec![0_u8; CHUNK_LEN + TAG_LEN];
        for chunk in Chunks::of(self.header.plain_len) {
            stop_if(cancel)?;
            let sealed = &mut buffer[..chunk.len + TAG_LEN];
            fill(&mut self.reader, sealed, || Error::Truncated)?;
            let plain = keys::unseal(&key, &chunk.nonce(&self.preamble.nonce_prefix), &associated, sealed);
            writer.write_all(&plain.ok_or(Error::ChunkRefused { chunk: chunk.number })?)?;
            progress(chunk.done);
        }
        if !is_at_end(&mut self.reader)? {
            return Err(Error::TrailingBytes);
        }
        writer.flush()?;
        Ok(self.header)
    }

    /// Reads the whole of it and keeps nothing: the check after a backup was written.
    ///
    /// # Errors
    /// As `extract`.
    pub fn verify(self, root: &RootKey, progress: &mut dyn FnMut(u64), cancel: &AtomicBool) -> Result<Header, Error> {
        self.extract(&mut std::io::sink(), root, progress, cancel)
    }

    fn key(&self, root: &RootKey) -> Result<Key, Error> {
        let (expected, found) = (root.store_id(), self.store_id);
        if expected != found {
            return Err(Error::OtherStore { expected, found });
        }
        let (key, commitment) = root.backup_key(&self.salt);
        let fits = root.generation() == self.generation && bool::from(commitment.ct_eq(&self.commitment));
        if fits { Ok(key) } else { Err(Error::WrongKey) }
    }
}

fn check_kind(head: &[u8; FIXED_LEN]) -> Result<(), Error> {
    let (magic, kind) = head.split_at(4);
    match kind {
        _ if magic != MAGIC => Err(Error::NotABackup),
        [found, ..] if *found > VERSION => Err(Error::Newer { found: *found, known: VERSION }),
        [VERSION, AEAD_AES_256_GCM, KDF_HKDF_ONLY, 0, ..] => Ok(()),
        _ => Err(Error::Damaged("it uses an unknown cipher")),
    }
}

/// Fields of fixed size, off the front of bytes whose length was checked by reading them.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn next<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_at(N);
        self.0 = rest;
        let mut out = [0; N];
        out.copy_from_slice(field);
        out
    }
}

/// The chunks of a database of a known size, in order; an empty one has one empty chunk, which bears the mark of the last.
struct Chunks {
    next: u32,
    left: u64,
    total: u64,
    is_over: bool,
}

struct Chunk {
    number: u32,
    len: usize,
    is_last: bool,
    /// Bytes of the database up to the end of this chunk.
    done: u64,
}

impl Chunks {
    const fn of(plain_len: u64) -> Self {
        Self { next: 0, left: plain_len, total: plain_len, is_over: false }
    }
}

impl Iterator for Chunks {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        if self.is_over {
            return None;
        }
        let len = self.left.min(CHUNK_LEN as u64);
        self.left -= len;
        self.is_over = self.left == 0;
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        Some(Chunk { number, len: len as usize, is_last: self.is_over, done: self.total - self.left })
    }
}

impl Chunk {
    fn nonce(&self, prefix: &[u8; 7]) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..7].copy_from_slice(prefix);
        nonce[7..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = u8::from(self.is_last);
        nonce
    }
}

fn stop_if(cancel: &AtomicBool) -> Result<(), Error> {
    if cancel.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
}

/// Fills `bytes`; a reader that ends before gives `short`.
fn fill(reader: &mut dyn Read, bytes: &mut [u8], short: impl FnOnce() -> Error) -> Result<(), Error> {
    reader.read_exact(bytes).map_err(|error| if error.kind() == ErrorKind::UnexpectedEof { short() } else { Error::File(error) })
}

fn is_at_end(reader: &mut dyn Read) -> Result<bool, Error> {
    let mut one = [0];
    match reader.read_exact(&mut one) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(true),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(false),
    }
}

#[cfg(test)]
mod tests;

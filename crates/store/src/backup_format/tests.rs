//! Backups written, read back, and damaged in every way that can be thought of.

use std::sync::LazyLock;

use domain::clock::Seeded;
use domain::{PersonId, Random};
use proptest::prelude::*;

use super::*;
use crate::keys::{Argon2Cost, KeyFile, RecoveryKey, SignIn};

/// Two whole chunks and a part of a third.
const LEN: usize = 2 * CHUNK_LEN + 4_321;
const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;

struct Made {
    root: RootKey,
    recovery: RecoveryKey,
    key_file: SlotFile,
}

fn store(number: u64) -> Made {
    let dir = tempfile::tempdir().unwrap();
    let owner = SignIn { person_id: PersonId(Uuid::from_u128(9)), name: "Anna", password: "a password" };
    let (id, device) = (StoreId(Uuid::from_u128(u128::from(number))), KeyFile::in_folder(dir.path()));
    let created = keys::create(dir.path(), id, &owner, Argon2Cost::FLOOR, &device, &mut Seeded::new(number)).unwrap();
    Made { recovery: created.recovery_key, root: created.root, key_file: SlotFile::read(dir.path()).unwrap() }
}

static STORE: LazyLock<Made> = LazyLock::new(|| store(1));
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| backup_of(&STORE, LEN, 1));

fn database(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    Seeded::new(42).fill(&mut bytes);
    bytes
}

fn header(store: &Made, plain_len: usize) -> Header {
    Header {
        schema_version: 7,
        created_at_ms: 1_763_000_000_000,
        journal_position: 1_204,
        journal_head: [5; 32],
        plain_len: plain_len as u64,
        key_file: store.key_file.clone(),
    }
}

fn run() -> AtomicBool {
    AtomicBool::new(false)
}

fn write_with(store: &Made, header: &Header, database: &[u8], seed: u64) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    write(&mut &*database, &mut out, &store.root, header, &mut Seeded::new(seed), &mut |_| {}, &run()).map(|()| out)
}

fn backup_of(store: &Made, len: usize, seed: u64) -> Vec<u8> {
    write_with(store, &header(store, len), &database(len), seed).unwrap()
}

fn extract(bytes: &[u8], root: &RootKey) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    Backup::open(bytes)?.extract(&mut out, root, &mut |_| {}, &run()).map(|_| out)
}

/// Where the chunks of the whole backup begin.
fn chunks_begin() -> usize {
    WHOLE.len() - LEN - 3 * TAG_LEN
}

#[test]
fn what_goes_in_comes_out() {
    for len in [0, 1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, LEN] {
        let backup = backup_of(&STORE, len, 3);
        assert_eq!(extract(&backup, &STORE.root).unwrap(), database(len), "{len} bytes");
        let read = Backup::open(backup.as_slice()).unwrap();
        assert_eq!((read.store_id(), read.header()), (STORE.root.store_id(), &header(&STORE, len)));
        assert_eq!(read.verify(&STORE.root, &mut |_| {}, &run()).unwrap(), header(&STORE, len));
    }
}

#[test]
fn the_recovery_key_and_the_file_alone_are_enough() {
    let backup = Backup::open(WHOLE.as_slice()).unwrap();
    let opened = backup.header().key_file.open_with_recovery(&STORE.recovery).unwrap();
    assert_eq!(extract(&WHOLE, &opened.root).unwrap(), database(LEN));
}

#[test]
fn progress_rises_to_the_whole_and_cancel_stops() {
    let mut heard = Vec::new();
    Backup::open(WHOLE.as_slice()).unwrap().verify(&STORE.root, &mut |done| heard.push(done), &run()).unwrap();
    assert_eq!(heard, [CHUNK_LEN as u64, 2 * CHUNK_LEN as u64, LEN as u64]);
    let stop = AtomicBool::new(false);
    let mut out = Vec::new();
    let stopped =
        write(&mut &*database(LEN), &mut out, &STORE.root, &header(&STORE, LEN), &mut Seeded::new(1), &mut |_| stop.store(true, Ordering::Relaxed), &stop);
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(out.len(), chunks_begin() + SEALED_CHUNK_LEN);
    let stopped = Backup::open(WHOLE.as_slice()).unwrap().verify(&STORE.root, &mut |_| {}, &stop);
    assert!(matches!(stopped, Err(Error::Cancelled)));
}

#[test]
fn a_database_of_another_size_than_promised_is_refused() {
    for given in [LEN - 1, LEN + 1] {
        let written = write_with(&STORE, &header(&STORE, LEN), &database(given), 1);
        assert!(matches!(written, Err(Error::LengthChanged { promised }) if promised == LEN as u64));
    }
}

#[test]
fn a_backup_cut_anywhere_is_refused() {
    let (whole, begin) = (&*WHOLE, chunks_begin());
    let places = (0..begin).chain([begin, begin + 1, begin + SEALED_CHUNK_LEN, begin + 2 * SEALED_CHUNK_LEN, whole.len() - 1]);
    for len in places {
        let refused = extract(&whole[..len], &STORE.root).unwrap_err();
        assert!(matches!(refused, Error::NotABackup | Error::Truncated), "cut after {len}: {refused}");
    }
    assert!(matches!(extract(&[whole.as_slice(), &[0]].concat(), &STORE.root), Err(Error::TrailingBytes)));
}

#[test]
fn chunks_cannot_be_moved_repeated_or_taken_from_another_backup() {
    let (whole, begin) = (&*WHOLE, chunks_begin());
    let chunk = |number: usize| begin + number * SEALED_CHUNK_LEN..begin + (number + 1) * SEALED_CHUNK_LEN;
    let swapped = [&whole[..begin], &whole[chunk(1)], &whole[chunk(0)], &whole[chunk(1).end..]].concat();
    assert!(matches!(extract(&swapped, &STORE.root), Err(Error::ChunkRefused { chunk: 0 })));
    let repeated = [&whole[..chunk(0).end], &whole[chunk(0)], &whole[chunk(1).end..]].concat();
    assert!(matches!(extract(&repeated, &STORE.root), Err(Error::ChunkRefused { chunk: 1 })));
    let other = backup_of(&STORE, LEN, 2);
    let mixed = [&whole[..begin], &other[begin..]].concat();
    assert!(matches!(extract(&mixed, &STORE.root), Err(Error::ChunkRefused { chunk: 0 })));
    // Cut at a chunk's end, with the head made to promise just that: the head is bound into every chunk.
    let mut shortened = whole[..chunk(1).end].to_vec();
    shortened[84..92].copy_from_slice(&(2 * CHUNK_LEN as u64).to_be_bytes());
    assert!(matches!(extract(&shortened, &STORE.root), Err(Error::ChunkRefused { chunk: 0 })));
}

#[test]
fn another_stores_backup_or_key_is_refused_with_both_named() {
    let other = store(2);
    let refused = extract(&WHOLE, &other.root).unwrap_err();
    assert!(matches!(refused, Error::OtherStore { expected, found } if expected == other.root.store_id() && found == STORE.root.store_id()));
    assert!(matches!(write_with(&other, &header(&STORE, 9), &database(9), 1), Err(Error::OtherStore { .. })));
    let replaced = RootKey::new(Zeroizing::new([1; 32]), STORE.root.store_id(), 1);
    assert!(matches!(extract(&WHOLE, &replaced), Err(Error::WrongKey)));
    assert!(matches!(extract(b"SQLite format 3\0 and more", &STORE.root), Err(Error::NotABackup)));
    let mut newer = WHOLE.clone();
    newer[4] = 2;
    assert!(matches!(extract(&newer, &STORE.root), Err(Error::Newer { found: 2, known: 1 })));
}

proptest! {
    #[test]
    fn any_flipped_bit_is_refused(at in prop_oneof![0..2_000_usize, 0..WHOLE.len()], bit in 0..8_u32) {
        let mut bytes = WHOLE.clone();
        bytes[at] ^= 1 << bit;
        prop_assert!(extract(&bytes, &STORE.root).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_panic(noise in proptest::collection::vec(any::<u8>(), 0..400), head in 0..140_usize) {
        let bytes = [&WHOLE[..head], &noise].concat();
        prop_assert!(extract(&bytes, &STORE.root).is_err());
    }
}

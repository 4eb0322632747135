//! The file system as SQLite calls it: every method hands on to the system's own file system, which lies behind it in the same piece of memory.
//!
//! SQLite allots `szOsFile` bytes for each file. They begin with [`ShimFile`]; from [`REAL_OFFSET`] on lies the file of the real file system.
//!
//! Memory-mapped reading is not offered (version 2 of the methods): every byte goes through `xRead` and `xWrite`.

use crate::{
    NAME,
    disk::{Change, Disk, Event, Step},
};
use libsqlite3_sys::{
    SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_IOERR_CLOSE, SQLITE_IOERR_DELETE, SQLITE_IOERR_FSTAT, SQLITE_IOERR_FSYNC, SQLITE_IOERR_LOCK, SQLITE_IOERR_READ,
    SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_UNLOCK, SQLITE_IOERR_WRITE, SQLITE_OK, sqlite3_file, sqlite3_io_methods, sqlite3_vfs,
    sqlite3_vfs_find, sqlite3_vfs_register,
};
use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    path::PathBuf,
    ptr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicPtr, Ordering},
    },
};

/// What SQLite knows of a file of ours.
#[repr(C)]
struct ShimFile {
    base: sqlite3_file,
    /// Made by `Box::into_raw` when the file is opened, taken back when it is closed.
    place: *mut Place,
}

/// Where a file lies; no disk where its folder is on none.
struct Place {
    disk: Option<Disk>,
    path: PathBuf,
}

/// Where the file of the real file system begins: after ours, at a place that is good for any type.
const REAL_OFFSET: usize = size_of::<ShimFile>().next_multiple_of(16);

static REAL: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());
static REGISTERED: Mutex<bool> = Mutex::new(false);

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Registers the file system, once for the process.
pub(crate) fn register() -> std::io::Result<()> {
    let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    if *registered {
        return Ok(());
    }
    // SAFETY: a null name asks for the default file system, which SQLite keeps for as long as the process lives.
    let real = unsafe { sqlite3_vfs_find(ptr::null()) };
    if real.is_null() {
        return Err(std::io::Error::other("SQLite has no file system"));
    }
    REAL.store(real, Ordering::Release);
    let name = CString::new(NAME)?;
    // SAFETY: `real` was just found and is not null; a file system is a plain structure of numbers and pointers, which may be copied.
    let mut ours = unsafe { *real };
    ours.szOsFile += c_int::try_from(REAL_OFFSET).unwrap_or(c_int::MAX);
    ours.pNext = ptr::null_mut();
    // SQLite keeps both for as long as the process lives, so they are never freed.
    ours.zName = name.into_raw();
    ours.xOpen = Some(open);
    ours.xDelete = Some(delete);
    ours.xAccess = Some(access);
    ours.xFullPathname = Some(full_pathname);
    // SAFETY: the structure is leaked, so it outlives every use; 0 leaves the default file system the default.
    let code = unsafe { sqlite3_vfs_register(Box::leak(Box::new(ours)), 0) };
    *registered = code == SQLITE_OK;
    if *registered { Ok(()) } else { Err(std::io::Error::other(format!("SQLite refuses the file system: {code}"))) }
}

fn real_vfs() -> *mut sqlite3_vfs {
    REAL.load(Ordering::Acquire)
}

/// The file of the real file system behind one of ours.
///
/// # Safety
/// `file` was allotted by SQLite for this file system, so at least `REAL_OFFSET` bytes and the real file lie there.
unsafe fn real(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: see above.
    unsafe { file.cast::<u8>().add(REAL_OFFSET).cast() }
}

/// Where a file lies.
///
/// # Safety
/// `file` was opened by [`open`] and is not closed: `place` points to what `open` made.
unsafe fn place<'a>(file: *mut sqlite3_file) -> &'a Place {
    // SAFETY: see above.
    unsafe { &*(*file.cast::<ShimFile>()).place }
}

/// Calls a method of the real file, or answers an error where it has none.
macro_rules! hand_on {
    ($file:expr, $method:ident, $missing:expr $(, $argument:expr)*) => {{
        // SAFETY: SQLite gives a file that `open` opened, whose real file has methods.
        let real = unsafe { real($file) };
        // SAFETY: as above; the arguments are SQLite's own, handed on as they came.
        unsafe {
            match (*(*real).pMethods).$method {
                Some(method) => method(real $(, $argument)*),
                None => $missing,
            }
        }
    }};
}

unsafe extern "C" fn open(_vfs: *mut sqlite3_vfs, name: *const c_char, file: *mut sqlite3_file, flags: c_int, out_flags: *mut c_int) -> c_int {
    let shim = file.cast::<ShimFile>();
    // SAFETY: SQLite allotted the memory for this file system. Without methods SQLite never calls the file, which is what a failure must leave.
    unsafe {
        (*shim).base.pMethods = ptr::null();
        (*shim).place = ptr::null_mut();
    }
    // A file without a name is a temporary one: it is not expected to outlive anything.
    let path = if name.is_null() {
        PathBuf::new()
    } else {
        // SAFETY: SQLite gives a text that ends with a zero.
        PathBuf::from(unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
    };
    let disk = Disk::of(&path);
    if disk.as_ref().is_some_and(Disk::is_off) {
        return SQLITE_CANTOPEN;
    }
    let new = !path.exists();
    let vfs = real_vfs();
    // SAFETY: the real file system was found at registration; its file lies behind ours in memory of the size that it asked for.
    let code = unsafe {
        match (*vfs).xOpen {
            Some(open) => open(vfs, name, real(file), flags, out_flags),
            None => SQLITE_CANTOPEN,
        }
    };
    if code == SQLITE_OK {
        if let Some(disk) = &disk {
            disk.opened(&path, new);
        }
        // SAFETY: the memory is ours, see above.
        unsafe {
            (*shim).place = Box::into_raw(Box::new(Place { disk, path }));
            (*shim).base.pMethods = &raw const METHODS;
        }
    }
    code
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let code = hand_on!(file, xClose, SQLITE_IOERR_CLOSE);
    // SAFETY: `open` made it with `Box::into_raw`, and SQLite closes a file once.
    let place = unsafe { Box::from_raw((*file.cast::<ShimFile>()).place) };
    if let Some(disk) = &place.disk {
        disk.closed();
    }
    code
}

unsafe extern "C" fn read(file: *mut sqlite3_file, into: *mut c_void, amount: c_int, offset: i64) -> c_int {
    // SAFETY: SQLite gives an open file of ours.
    let place = unsafe { place(file) };
    if place.disk.as_ref().is_some_and(Disk::is_off) {
        return SQLITE_IOERR_READ;
    }
    hand_on!(file, xRead, SQLITE_IOERR_READ, into, amount, offset)
}

/// The bytes of a range that are there, and the length of the file.
///
/// # Safety
/// `file` is an open file of ours.
unsafe fn bytes_of(file: *mut sqlite3_file, offset: u64, length: u64) -> Result<(u64, Vec<u8>), c_int> {
    let mut size = 0_i64;
    let code = hand_on!(file, xFileSize, SQLITE_IOERR_FSTAT, &raw mut size);
    if code != SQLITE_OK {
        return Err(code);
    }
    let size = u64::try_from(size).unwrap_or(0);
    let there = size.saturating_sub(offset).min(length);
    let mut bytes = vec![0_u8; usize::try_from(there).unwrap_or(0)];
    if there > 0 {
        let (amount, at) = (c_int::try_from(there).unwrap_or(c_int::MAX), i64::try_from(offset).unwrap_or(i64::MAX));
        let code = hand_on!(file, xRead, SQLITE_IOERR_READ, bytes.as_mut_ptr().cast(), amount, at);
        if code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ {
            return Err(code);
        }
    }
    Ok((size, bytes))
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, amount: c_int, offset: i64) -> c_int {
    // SAFETY: SQLite gives an open file of ours.
    let place = unsafe { place(file) };
    let Some(disk) = &place.disk else { return hand_on!(file, xWrite, SQLITE_IOERR_WRITE, from, amount, offset) };
    let step = disk.step(Event::Write, &place.path);
    if step == Step::Off {
        return SQLITE_IOERR_WRITE;
    }
    let (at, length) = (u64::try_from(offset).unwrap_or(0), u64::try_from(amount).unwrap_or(0));
    // SAFETY: as above.
    let (length_before, bytes_before) = match unsafe { bytes_of(file, at, length) } {
        Ok(before) => before,
        Err(code) => return code,
    };
    let code = hand_on!(file, xWrite, SQLITE_IOERR_WRITE, from, amount, offset);
    if code == SQLITE_OK {
        // SAFETY: SQLite gives `amount` bytes to be written.
        let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(amount).unwrap_or(0)) }.to_vec();
        disk.changed(&place.path, Change::Write { offset: at, bytes, length_before, bytes_before });
    }
    if step == Step::Last { SQLITE_IOERR_WRITE } else { code }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    // SAFETY: SQLite gives an open file of ours.
    let place = unsafe { place(file) };
    let Some(disk) = &place.disk else { return hand_on!(file, xTruncate, SQLITE_IOERR_TRUNCATE, size) };
    let step = disk.step(Event::Truncate, &place.path);
    if step == Step::Off {
        return SQLITE_IOERR_TRUNCATE;
    }
    let length = u64::try_from(size).unwrap_or(0);
    // SAFETY: as above.
    let (length_before, tail_before) = match unsafe { bytes_of(file, length, u64::MAX) } {
        Ok(before) => before,
        Err(code) => return code,
    };
    let code = hand_on!(file, xTruncate, SQLITE_IOERR_TRUNCATE, size);
    if code == SQLITE_OK {
        disk.changed(&place.path, Change::Truncate { length, length_before, tail_before });
    }
    if step == Step::Last { SQLITE_IOERR_TRUNCATE } else { code }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite gives an open file of ours.
    let place = unsafe { place(file) };
    let Some(disk) = &place.disk else { return hand_on!(file, xSync, SQLITE_IOERR_FSYNC, flags) };
    if disk.step(Event::Sync, &place.path) != Step::Goes {
        return SQLITE_IOERR_FSYNC;
    }
    // What is certain is kept in the disk's own books: waiting for the machine's disk as well would make a proof of hundreds of cuts wait for nothing else.
    disk.synced(&place.path);
    SQLITE_OK
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut i64) -> c_int {
    hand_on!(file, xFileSize, SQLITE_IOERR_FSTAT, size)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    hand_on!(file, xLock, SQLITE_IOERR_LOCK, level)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    hand_on!(file, xUnlock, SQLITE_IOERR_UNLOCK, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, held: *mut c_int) -> c_int {
    hand_on!(file, xCheckReservedLock, SQLITE_IOERR_LOCK, held)
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, what: c_int, argument: *mut c_void) -> c_int {
    hand_on!(file, xFileControl, SQLITE_IOERR, what, argument)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    hand_on!(file, xSectorSize, 0)
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    hand_on!(file, xDeviceCharacteristics, 0)
}

unsafe extern "C" fn shm_map(file: *mut sqlite3_file, page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int {
    hand_on!(file, xShmMap, SQLITE_IOERR, page, size, extend, out)
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, offset: c_int, count: c_int, flags: c_int) -> c_int {
    hand_on!(file, xShmLock, SQLITE_IOERR, offset, count, flags)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    hand_on!(file, xShmBarrier, ());
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    hand_on!(file, xShmUnmap, SQLITE_IOERR, delete)
}

unsafe extern "C" fn delete(_vfs: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite gives a text that ends with a zero.
    let path = PathBuf::from(unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned());
    let disk = Disk::of(&path).filter(|_| path.exists());
    let mut last = false;
    if let Some(disk) = &disk {
        let step = disk.step(Event::Delete, &path);
        last = step == Step::Last;
        if step == Step::Off || disk.deleted(&path, sync_folder != 0 && !last).is_err() {
            return SQLITE_IOERR_DELETE;
        }
    }
    let vfs = real_vfs();
    // SAFETY: the real file system was found at registration; the arguments are SQLite's own.
    let code = unsafe {
        match (*vfs).xDelete {
            Some(delete) => delete(vfs, name, sync_folder),
            None => SQLITE_IOERR_DELETE,
        }
    };
    if last { SQLITE_IOERR_DELETE } else { code }
}

unsafe extern "C" fn access(_vfs: *mut sqlite3_vfs, name: *const c_char, flags: c_int, out: *mut c_int) -> c_int {
    let vfs = real_vfs();
    // SAFETY: the real file system was found at registration; the arguments are SQLite's own.
    unsafe {
        match (*vfs).xAccess {
            Some(access) => access(vfs, name, flags, out),
            None => SQLITE_IOERR,
        }
    }
}

unsafe extern "C" fn full_pathname(_vfs: *mut sqlite3_vfs, name: *const c_char, length: c_int, out: *mut c_char) -> c_int {
    let vfs = real_vfs();
    // SAFETY: the real file system was found at registration; the arguments are SQLite's own.
    unsafe {
        match (*vfs).xFullPathname {
            Some(full) => full(vfs, name, length, out),
            None => SQLITE_CANTOPEN,
        }
    }
}

//! What can go wrong with the store, in words that say what to do next.

use std::path::Path;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the store is open in another program ({holder}): close it there, or wait until it is done")]
    InUse { holder: String },
    #[error(
        "there is no store in {dir}: make one with `zhanggui store create`, put a backup back with `zhanggui store restore`, or name another folder with --dir"
    )]
    NoStore { dir: String },
    #[error("there is a store in {dir} already: open it, or choose another folder")]
    Exists { dir: String },
    #[error("{file} is there already, and nothing is written over it: name a file that is not there yet")]
    FileExists { file: String },
    #[error("{place} is a file, not a folder: name a folder")]
    NotFolder { place: String },
    #[error("{place} could not be read or written ({source}): check the disk's space and your rights to the folder")]
    Place { place: String, source: std::io::Error },
    #[error("this store was written by a newer version (form {found}, this program knows {known}): install the newer version to open it")]
    Newer { found: i64, known: i64 },
    #[error(
        "the database {file} is missing, although its keys are here: restore a backup with `zhanggui store restore FILE --recovery-key-file FILE`, or put the file back"
    )]
    DatabaseMissing { file: String },
    #[error(
        "the key file {file} is missing, although the database of the store is here: without it nobody can open the books. Put it back from a copy of this folder, or restore a backup, which contains it, with `zhanggui store restore FILE --recovery-key-file FILE`"
    )]
    KeysMissing { file: String },
    #[error(
        "{file} cannot be opened with the keys beside it: it was damaged or replaced ({reason}). It was left as it is; restore a backup with `zhanggui store restore FILE --recovery-key-file FILE`"
    )]
    Unreadable { file: String, reason: String },
    #[error(
        "a part of {place} is damaged and cannot be read ({reason}): restore a backup with `zhanggui store restore FILE --recovery-key-file FILE`; the damaged file is kept beside it"
    )]
    /// `place` is the name of the database where the one who asks knows whose it is, else its whole path.
    Damaged { place: String, reason: String },
    #[error("the store inside this backup is not whole ({reason}): use another backup")]
    BackupNotWhole { reason: String },
    #[error("the backup is of another business than the store in this folder: restore it into a folder of its own (`zhanggui --dir FOLDER store restore …`)")]
    BackupOfAnother,
    #[error("the database of the store is held by another program: close whatever else has it open, then try again")]
    Held,
    #[error("the store was closed: sign in again")]
    Closed,
    #[error("the database says: {0}")]
    Database(#[source] sqlx::Error),
    #[error("a file could not be read or written: {0}; check the disk's space and rights")]
    File(#[from] std::io::Error),
    #[error("something that was to be written together was not whole, and nothing of it was written: try again")]
    Torn,
    #[error("{table}: expected to touch {expected} rows, touched {actual}")]
    RowsTouched { table: String, expected: u64, actual: u64 },
    #[error("row {reference} of {table} exists with other content")]
    OtherContent { table: String, reference: String },
    #[error("{table}.{column}: a value of this kind does not belong here")]
    WrongValue { table: String, column: String },
    #[error("the amounts of {of} sum to more than the books can hold: one of them is wrong; correct it where it comes from and try again")]
    /// `of` is the business date or the month, or says that they are several.
    SumTooLarge { of: String },
    #[error("the content of journal entry {seq} cannot be read: {reason}")]
    Journal { seq: i64, reason: String },
    #[error("{stream}: position {expected} should come next, {found} came: something of another computer is missing; nothing of it was applied")]
    Hole { stream: String, expected: i64, found: i64 },
    #[error("not found: it may have been removed, or was never here")]
    NotFound,
    #[error(transparent)]
    Keys(#[from] crate::keys::Error),
    #[error(transparent)]
    Backup(#[from] crate::backup_format::Error),
}

impl Error {
    /// Whether trying again cannot help.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        !matches!(self, Self::InUse { .. } | Self::Held | Self::File(_) | Self::Place { .. })
    }

    pub(crate) fn damaged(reason: &str) -> Self {
        Self::Damaged { place: crate::open::DATABASE_FILE.to_owned(), reason: reason.to_owned() }
    }

    /// Where nobody knows on which of several days the wrong amount is.
    pub(crate) fn sum_too_large() -> Self {
        Self::SumTooLarge { of: "several days".to_owned() }
    }

    /// Says of which file damage or trouble with the disk was told.
    #[must_use]
    pub(crate) fn of(self, file: &Path) -> Self {
        match self {
            Self::Damaged { reason, .. } => Self::Unreadable { file: file.display().to_string(), reason },
            Self::File(source) => Self::Place { place: file.display().to_string(), source },
            other => other,
        }
    }
}

/// Sorts what the database says: a full disk and a damaged file are for the person to mend, the rest is a fault of the program.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolClosed) {
            return Self::Closed;
        }
        let Some(told) = error.as_database_error() else { return Self::Database(error) };
        let extended = told.code().and_then(|code| code.parse::<u32>().ok());
        // The low byte of an extended result code is the code itself (sqlite.org/rescode.html).
        let code = extended.map(|code| code & 0xFF);
        let reason = told.message().to_owned();
        match code {
            Some(sqlite::FULL) => Self::File(std::io::Error::new(std::io::ErrorKind::StorageFull, reason)),
            Some(sqlite::PERM | sqlite::READ_ONLY | sqlite::IO | sqlite::CANNOT_OPEN) => Self::File(std::io::Error::other(reason)),
            Some(sqlite::BUSY | sqlite::LOCKED) => Self::Held,
            Some(sqlite::CORRUPT) => Self::damaged("its pages do not belong together"),
            Some(sqlite::NOT_A_DATABASE) => Self::damaged("it is no database under these keys"),
            // After a page whose sum does not fit, SQLCipher answers so to whatever is asked of that connection.
            Some(sqlite::NO_MEMORY) => Self::damaged("the sum of a page does not fit"),
            Some(sqlite::ERROR) if reason == sqlite::OVERFLOW => Self::sum_too_large(),
            // Every value that is bound has its column's kind: only a sum that outgrew an integer, which SQLite goes on with as a real, has another.
            _ if extended == Some(sqlite::WRONG_KIND) => Self::sum_too_large(),
            // A page whose sum does not fit ends as a bare "SQL logic error" where SQLCipher meets it in the midst of a statement; a mistake in a
            // statement has words of its own.
            Some(sqlite::ERROR) if reason == sqlite::BARE_ERROR => Self::damaged("the sum of a page does not fit"),
            _ => Self::Database(error),
        }
    }
}

/// Result codes of SQLite (sqlite.org/rescode.html).
mod sqlite {
    pub(super) const ERROR: u32 = 1;
    pub(super) const PERM: u32 = 3;
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const NO_MEMORY: u32 = 7;
    pub(super) const READ_ONLY: u32 = 8;
    pub(super) const IO: u32 = 10;
    pub(super) const CORRUPT: u32 = 11;
    pub(super) const FULL: u32 = 13;
    pub(super) const CANNOT_OPEN: u32 = 14;
    pub(super) const NOT_A_DATABASE: u32 = 26;
    pub(super) const WRONG_KIND: u32 = 3091;
    /// What `sum` says where it outgrows an integer.
    pub(super) const OVERFLOW: &str = "integer overflow";
    /// What `ERROR` says of itself where nobody said more.
    pub(super) const BARE_ERROR: &str = "SQL logic error";
}

/// Result of the store.
pub type Result<T> = std::result::Result<T, Error>;

//! What can go wrong with the store, in words that say what to do next.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the store is open in another program ({holder}): close it there, or wait until it is done")]
    InUse { holder: String },
    #[error("there is no store in {dir}: make one with `zhanggui --dir DIR store create`")]
    NoStore { dir: String },
    #[error("there is a store in {dir} already: open it, or choose another folder")]
    Exists { dir: String },
    #[error("this store was written by a newer version (form {found}, this program knows {known}): install the newer version to open it")]
    Newer { found: i64, known: i64 },
    #[error("the database of this store is missing although its keys are here: put {file} back from a backup")]
    DatabaseMissing { file: String },
    #[error("the store cannot be read with this key, or it was damaged: restore a backup ({source})")]
    Unreadable { source: sqlx::Error },
    #[error("the database says: {0}")]
    Database(#[from] sqlx::Error),
    #[error("a file could not be read or written: {0}; check the disk's space and rights")]
    File(#[from] std::io::Error),
    #[error("{table}: expected to touch {expected} rows, touched {actual}")]
    RowsTouched { table: String, expected: u64, actual: u64 },
    #[error("row {reference} of {table} exists with other content")]
    OtherContent { table: String, reference: String },
    #[error("{table}.{column}: a value of this kind does not belong here")]
    WrongValue { table: String, column: String },
    #[error("the amounts of {of} sum to more than the books can hold: one of them is wrong; correct it where it comes from and try again")]
    /// `of` is the business date.
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
        !matches!(self, Self::InUse { .. } | Self::File(_))
    }
}

/// Result of the store.
pub type Result<T> = std::result::Result<T, Error>;

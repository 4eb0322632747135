//! Errors of use cases, and their form on the wire: a closed set of codes the UI acts on, and a message that says what to do.

use crate::{
    speech,
    wire::{Language, WireError},
};

/// What the UI can act on. A code is added only when some screen does something because of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// What came in does not have the form the contract asks for.
    BadRequest,
    NotFound,
    /// Sign in first.
    SignedOut,
    /// The screen is locked: the password opens it.
    Locked,
    Forbidden,
    WrongNameOrPassword,
    WrongCode,
    CodeUsed,
    /// The act wants a fresh code of its own.
    StepUp,
    /// Too many attempts: wait `wait_s`.
    Wait,
    /// This computer's clock is off; the message says by how much.
    Clock,
    InUse,
    Keyring,
    Refused,
    Conflict,
    DiskFull,
    /// A file or folder of this computer cannot be read or written; the message names it.
    File,
    /// The store's own files are damaged, or one of them is missing: a backup brings them back.
    Damaged,
    Fault,
}

impl Code {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::NotFound => "not_found",
            Self::SignedOut => "signed_out",
            Self::Locked => "locked",
            Self::Forbidden => "forbidden",
            Self::WrongNameOrPassword => "wrong_name_or_password",
            Self::WrongCode => "wrong_code",
            Self::CodeUsed => "code_used",
            Self::StepUp => "step_up",
            Self::Wait => "wait",
            Self::Clock => "clock",
            Self::InUse => "in_use",
            Self::Keyring => "keyring",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
            Self::DiskFull => "disk_full",
            Self::File => "file",
            Self::Damaged => "damaged",
            Self::Fault => "fault",
        }
    }
}

/// An error of a use case. Refusals are the shop's answer; faults are ours and are logged with their reference.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{message}")]
    Refusal { code: Code, message: String, field: Option<String>, wait_s: Option<u32> },
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Keys(#[from] store::keys::Error),
    #[error("a file could not be read or written: {0}; check the disk's space and rights")]
    File(#[from] std::io::Error),
    /// What a command inside another one answered.
    #[error("{}", .0.message)]
    Wire(crate::wire::WireError),
    #[error("{0}")]
    Fault(String),
}

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A refusal with its code.
    pub fn refuse(code: Code, message: impl Into<String>) -> Self {
        Self::Refusal { code, message: message.into(), field: None, wait_s: None }
    }

    /// A refusal of one field of a form.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Refusal { code: Code::BadRequest, message: message.into(), field: Some(field.to_owned()), wait_s: None }
    }

    /// "Not found": also what lies outside a person's scope.
    #[must_use]
    pub fn not_found() -> Self {
        Self::refuse(Code::NotFound, "not found: it may have been removed, or was never here")
    }

    /// The code on the wire.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Refusal { code, .. } => *code,
            Self::Store(error) => store_code(error),
            Self::Keys(error) => key_code(error),
            Self::File(error) => file_code(error),
            // Its own code is in what it told; whoever counts attempts takes it for an answer.
            Self::Wire(_) => Code::Refused,
            Self::Fault(_) => Code::Fault,
        }
    }

    /// The form on the wire, in the person's language. A fault is logged here, once, under the reference that the person sees.
    #[must_use]
    pub fn to_wire(&self, language: Language, reference: impl FnOnce() -> String) -> WireError {
        if let Self::Wire(told) = self {
            return told.clone();
        }
        let code = self.code();
        let (field, wait_s) = match self {
            Self::Refusal { field, wait_s, .. } => (field.clone(), *wait_s),
            _ => (None, None),
        };
        if matches!(code, Code::File | Code::Damaged | Code::DiskFull) {
            tracing::warn!(error = ?self, "files of this computer hold a command up");
        }
        if code != Code::Fault {
            return WireError { code: code.word().to_owned(), message: speech::told(language, &self.to_string()), reference: None, field, wait_s };
        }
        let reference = reference();
        tracing::error!(reference, error = ?self, "a command failed");
        WireError { code: code.word().to_owned(), message: speech::told(language, FAULT), reference: Some(reference), field, wait_s }
    }
}

/// What a person reads of a fault; the rest is in the log.
const FAULT: &str = "something went wrong inside the program; nothing was changed. Try again, and if it stays, report the reference";

/// What a person, their disk or another program can bring about has its own answer; what is left is a fault of this program.
fn store_code(error: &store::Error) -> Code {
    use store::Error as Of;
    match error {
        Of::InUse { .. } | Of::Held => Code::InUse,
        Of::NotFound | Of::NoStore { .. } => Code::NotFound,
        Of::Closed => Code::SignedOut,
        Of::OtherContent { .. } => Code::Conflict,
        Of::Exists { .. } | Of::FileExists { .. } | Of::Newer { .. } | Of::SumTooLarge { .. } | Of::BackupNotWhole { .. } | Of::BackupOfAnother => {
            Code::Refused
        }
        Of::DatabaseMissing { .. } | Of::KeysMissing { .. } | Of::Unreadable { .. } | Of::Damaged { .. } => Code::Damaged,
        Of::NotFolder { .. } => Code::File,
        Of::File(source) | Of::Place { source, .. } => file_code(source),
        Of::Keys(error) => key_code(error),
        Of::Backup(error) => backup_code(error),
        Of::Database(_) | Of::RowsTouched { .. } | Of::WrongValue { .. } | Of::Journal { .. } | Of::Hole { .. } | Of::Torn => Code::Fault,
    }
}

fn backup_code(error: &store::backup_format::Error) -> Code {
    match error {
        store::backup_format::Error::File(source) => file_code(source),
        store::backup_format::Error::Keys(error) => key_code(error),
        _ => Code::Refused,
    }
}

fn key_code(error: &store::keys::Error) -> Code {
    use store::keys::Error as Of;
    match error {
        Of::WrongNameOrPassword => Code::WrongNameOrPassword,
        Of::Device(_) => Code::Keyring,
        Of::NoKeyFile(_) | Of::Damaged(_) | Of::CostOutOfRange(_) => Code::Damaged,
        Of::File { source, .. } => file_code(source),
        _ => Code::Refused,
    }
}

fn file_code(error: &std::io::Error) -> Code {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Code::DiskFull,
        _ => Code::File,
    }
}

impl From<domain::order::Refusal> for Error {
    fn from(refusal: domain::order::Refusal) -> Self {
        Self::refuse(Code::Refused, refusal.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Fault(error.to_string())
    }
}

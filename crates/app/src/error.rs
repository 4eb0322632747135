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
    /// Too many attempts: wait `wait_s`.
    Wait,
    /// This computer's clock is off; the message says by how much.
    Clock,
    InUse,
    Keyring,
    Refused,
    Conflict,
    DiskFull,
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
            Self::Wait => "wait",
            Self::Clock => "clock",
            Self::InUse => "in_use",
            Self::Keyring => "keyring",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
            Self::DiskFull => "disk_full",
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
            Self::Store(store::Error::InUse { .. }) => Code::InUse,
            Self::Store(store::Error::NotFound) => Code::NotFound,
            Self::Store(store::Error::OtherContent { .. }) => Code::Conflict,
            Self::Store(store::Error::Keys(error)) | Self::Keys(error) => key_code(error),
            Self::Store(store::Error::File(error)) | Self::File(error) if error.kind() == std::io::ErrorKind::StorageFull => Code::DiskFull,
            Self::Store(store::Error::Newer { .. } | store::Error::NoStore { .. } | store::Error::Exists { .. } | store::Error::DatabaseMissing { .. }) => {
                Code::Refused
            }
            _ => Code::Fault,
        }
    }

    /// The form on the wire, in the person's language. A fault is logged here, once, under the reference that the person sees.
    #[must_use]
    pub fn to_wire(&self, language: Language, reference: impl FnOnce() -> String) -> WireError {
        let code = self.code();
        let (field, wait_s) = match self {
            Self::Refusal { field, wait_s, .. } => (field.clone(), *wait_s),
            _ => (None, None),
        };
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

fn key_code(error: &store::keys::Error) -> Code {
    match error {
        store::keys::Error::WrongNameOrPassword => Code::WrongNameOrPassword,
        store::keys::Error::Device(_) => Code::Keyring,
        _ => Code::Refused,
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

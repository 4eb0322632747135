//! What goes wrong on the command line, and the exit code by which a script knows it.

use app::{
    speech,
    wire::{Language, WireError},
};
use std::{path::PathBuf, process::ExitCode};

/// A failure with its exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was typed cannot be understood, or something is missing and there is no terminal to ask.
    #[error("{0}")]
    Usage(String),
    /// The same, told in the person's language already.
    #[error("{0}")]
    Words(String),
    /// The program refuses, or something went wrong inside.
    #[error("{}", .0.message)]
    Wire(WireError),
    /// The file that was to be read is not one that can be.
    #[error("{}: {reason}", file.display())]
    BadFile { file: PathBuf, reason: String },
    /// A file of the command line itself could not be read or written.
    #[error("{}: {source}; check that it exists and that you may read and write there", file.display())]
    File { file: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Serve(#[from] server::Error),
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Fault(String),
    /// What another process of this program answered, with its exit code.
    #[error("{message}")]
    Passed { code: String, message: String, exit: u8, reference: Option<String> },
}

impl Failure {
    /// The exit code. Listed in `docs/cli.md`; a released code never changes its meaning.
    pub fn exit_number(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Words(_) => 2,
            Self::Refused(_) => 3,
            Self::BadFile { .. } => 6,
            Self::Passed { exit, .. } => *exit,
            Self::File { .. } | Self::Serve(_) | Self::Fault(_) => 1,
            Self::Wire(error) => match error.code.as_str() {
                "bad_request" => 2,
                "not_found" => 4,
                "in_use" => 5,
                "fault" | "disk_full" | "file" => 1,
                "damaged" => 7,
                _ => 3,
            },
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        self.exit_number().into()
    }

    /// The code of a JSON answer.
    pub fn code(&self) -> &str {
        match self {
            Self::Usage(_) | Self::Words(_) => "usage",
            Self::Refused(_) => "refused",
            Self::BadFile { .. } => "bad_file",
            Self::File { .. } => "file",
            Self::Serve(_) | Self::Fault(_) => "fault",
            Self::Passed { code, .. } => code,
            Self::Wire(error) => &error.code,
        }
    }

    /// The reference under which a fault is logged.
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Wire(error) => error.reference.as_deref(),
            Self::Passed { reference, .. } => reference.as_deref(),
            _ => None,
        }
    }

    /// What a person reads.
    pub fn told(&self, language: Language) -> String {
        match self {
            // The program told it in the person's language already.
            Self::Wire(error) => error.message.clone(),
            Self::Words(text) => text.clone(),
            other => speech::told(language, &other.to_string()),
        }
    }

    /// The form of a JSON answer.
    pub fn to_json(&self, language: Language) -> serde_json::Value {
        let mut error = serde_json::json!({"code": self.code(), "message": self.told(language)});
        let field = match self {
            Self::Wire(error) => error.field.as_deref(),
            _ => None,
        };
        for (name, text) in [("reference", self.reference()), ("field", field)] {
            if let (Some(text), Some(error)) = (text, error.as_object_mut()) {
                error.insert(name.into(), text.into());
            }
        }
        serde_json::json!({ "error": error })
    }
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Fault(format!("an answer does not have the form this program knows: {error}"))
    }
}

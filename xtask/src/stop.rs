//! Why a task stops: a sentence for the person at the terminal and an exit code. No error types of its own: nobody acts on them but that person.

/// The result of a task.
pub type Outcome<T> = Result<T, Stop>;

/// A task that could not go on.
#[derive(Debug)]
pub struct Stop {
    /// What happened and what to do; empty where everything has been said already.
    pub message: String,
    /// The exit code of the process.
    pub code: u8,
}

impl Stop {
    /// Something failed: exit code 1.
    pub fn because(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// The call itself was wrong: exit code 2.
    pub fn misuse(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }

    /// A failure that has been printed already.
    pub fn silently(code: u8) -> Self {
        Self { message: String::new(), code }
    }
}

/// Puts a sentence before an error of the standard library.
pub trait Explain<T> {
    /// `what` says what was being tried.
    fn explain(self, what: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: std::fmt::Display> Explain<T> for Result<T, E> {
    fn explain(self, what: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Stop::because(format!("{}: {error}", what())))
    }
}

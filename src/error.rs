//! One error type at the edge: kind (picks the exit code), cause, hint. Stages return gaps for what they lose; an
//! error is only what ends a command.

pub mod place;

use std::fmt;
use std::path::Path;

/// What went wrong, in the terms of the exit codes (architecture §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No bundle could be written: disk full, output exists.
    Output,
    /// Wrong flags or a wrong audit.toml, pack or settings file.
    Usage,
    /// No log file was found.
    NoInput,
    /// Rules faulted or input could not be read (used with a bundle, never as an `Error`).
    Partial,
    /// A program fault.
    Internal,
}

impl Kind {
    /// The exit code of `run`.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Output | Kind::Internal => 1,
            Kind::Usage => 2,
            Kind::NoInput => 3,
            Kind::Partial => 4,
        }
    }
}

/// An error that ends a command.
#[derive(Debug)]
pub struct Error {
    /// Picks the exit code.
    pub kind: Kind,
    /// What happened.
    pub message: String,
    /// The chain of causes, outermost first.
    pub causes: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
}

/// Result with our error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), causes: Vec::new(), hint: None }
    }

    /// A wrong flag or file.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Something could not be written.
    pub fn output(what: &str, path: &Path, cause: &std::io::Error) -> Self {
        let error = Self::new(Kind::Output, format!("{what}: {}", path.display())).cause(cause);
        match cause.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::FileTooLarge => {
                error.hint("there is no room for the bundle: free space or choose another folder with --out")
            }
            std::io::ErrorKind::PermissionDenied => error.hint("choose a folder you may write to with --out"),
            _ => error,
        }
    }

    /// Adds a cause.
    #[must_use]
    pub fn cause(mut self, cause: &dyn std::error::Error) -> Self {
        let mut next = Some(cause);
        while let Some(error) = next {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        for cause in &self.causes {
            write!(f, "\n  because: {cause}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

//! Checks a pack before it runs. Comes in: the text of its files. Goes out: every [`Problem`] with file, line, column,
//! the line itself and a suggestion. It runs no rule and changes nothing.

pub(super) mod examples;

mod calls;
mod names;
mod operators;
mod parsed;
mod same;
mod spelling;
mod truths;
mod types;
mod walk;

use std::fmt;

use serde::de::DeserializeOwned;

use crate::error::place::{excerpt, line_and_column, toml_slip, word_length};

pub(super) use crate::error::place::nearest;
pub(super) use parsed::unreadable;
pub(super) use types::{Held, Type};
pub(super) use walk::{Use, WHOLE_RUN, Walker};

/// One thing wrong in a pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// File inside the pack, such as `10.2.1.1/control.rhai`.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The line as written.
    pub excerpt: String,
    /// What to do, often the nearest name.
    pub hint: Option<String>,
    /// Whether the pack cannot be loaded for it.
    pub severity: Severity,
}

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The pack is not loaded.
    #[default]
    Error,
    /// Worth knowing; the pack is loaded.
    Note,
}

impl Problem {
    /// A problem of a file as a whole.
    pub(super) fn of_file(file: &str, message: impl Into<String>) -> Self {
        let (file, message) = (file.to_owned(), message.into());
        Problem {
            file,
            line: 0,
            column: 0,
            message,
            excerpt: String::new(),
            hint: None,
            severity: Severity::Error,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Makes a note of it.
    #[must_use]
    pub(super) fn note(mut self) -> Self {
        self.severity = Severity::Note;
        self
    }

    /// Whether the pack can be loaded all the same.
    pub fn is_note(&self) -> bool {
        self.severity == Severity::Note
    }

    /// Adds the nearest of some names, if one is near.
    #[must_use]
    pub(super) fn nearest<'a>(mut self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        if let Some(near) = nearest(name, known) {
            self.hint = Some(format!("did you mean `{near}`?"));
        }
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_note() { "note: " } else { "" };
        if self.line == 0 {
            write!(f, "{}: {kind}{}", self.file, self.message)?;
        } else {
            writeln!(f, "{}:{}:{}: {kind}{}", self.file, self.line, self.column, self.message)?;
            let width = word_length(&self.excerpt, self.column, self.file.ends_with(".toml"));
            write!(f, "{}", excerpt(self.line, self.column, &self.excerpt, width))?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A file of a pack with its name inside the pack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// A problem at a line and column, both from 1.
    pub(super) fn at(&self, line: usize, column: usize, message: impl Into<String>) -> Problem {
        let excerpt = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        Problem { line, column, excerpt: excerpt.to_owned(), ..Problem::of_file(self.file, message) }
    }

    /// A problem at a byte of the text.
    pub(super) fn at_offset(&self, offset: usize, message: impl Into<String>) -> Problem {
        let (line, column) = line_and_column(self.text, offset);
        self.at(line, column, message)
    }

    /// A problem at a position of a script.
    pub(super) fn at_position(&self, position: rhai::Position, message: impl Into<String>) -> Problem {
        match (position.line(), position.position()) {
            (Some(line), column) => self.at(line, column.unwrap_or(1), message),
            (None, _) => Problem::of_file(self.file, message),
        }
    }

    /// A problem where a text first occurs, else of the whole file.
    pub(super) fn at_text(&self, part: &str, message: impl Into<String>) -> Problem {
        let blank = part.len() - part.trim_start().len();
        match self.text.find(part) {
            Some(offset) => self.at_offset(offset + blank, message),
            None => Problem::of_file(self.file, message),
        }
    }

    /// The text as TOML of a known shape.
    pub(super) fn toml<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        toml::from_str(self.text).map_err(|error| self.slip(&error))
    }

    /// What the reader of TOML says, with its place and what to do.
    pub(super) fn slip(&self, error: &toml::de::Error) -> Problem {
        let slip = toml_slip(self.text, error);
        let problem = match slip.line {
            0 => Problem::of_file(self.file, slip.message),
            line => self.at(line, slip.column, slip.message),
        };
        Problem { hint: slip.hint, ..problem }
    }
}

#[cfg(test)]
mod tests;

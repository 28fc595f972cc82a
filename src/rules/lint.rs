//! Checks a pack before it runs. Comes in: the text of its files. Goes out: every [`Problem`] with file, line, column,
//! the line itself and a suggestion. It runs no rule and changes nothing.

mod calls;
mod operators;
mod types;
mod walk;

use std::fmt;

use serde::de::DeserializeOwned;

pub(super) use types::Type;
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
}

impl Problem {
    /// A problem of a file as a whole.
    pub(super) fn of_file(file: &str, message: impl Into<String>) -> Self {
        let (file, message) = (file.to_owned(), message.into());
        Problem { file, line: 0, column: 0, message, excerpt: String::new(), hint: None }
    }

    /// Adds what to do.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
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
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.message)?;
        } else {
            let line = self.line.to_string();
            write!(f, "{}:{line}:{}: {}", self.file, self.column, self.message)?;
            write!(f, "\n  {line} | {}", self.excerpt)?;
            let before: String =
                self.excerpt.chars().take(self.column.saturating_sub(1)).map(blank).collect();
            let width = line.len();
            write!(f, "\n  {:width$} | {before}{}", "", "^".repeat(self.word_length()))?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl Problem {
    fn word_length(&self) -> usize {
        let mut rest = self.excerpt.chars().skip(self.column.saturating_sub(1)).peekable();
        if rest.next_if_eq(&'"').is_some() {
            return rest.take_while(|letter| *letter != '"').count() + 2;
        }
        let hyphen = self.file.ends_with(".toml");
        let in_word =
            |letter: &char| letter.is_alphanumeric() || *letter == '_' || (hyphen && *letter == '-');
        rest.take_while(in_word).count().max(1)
    }
}

fn blank(letter: char) -> char {
    if letter == '\t' { letter } else { ' ' }
}

/// The nearest of some names, if it is near enough to be a slip.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|known| (strsim::damerau_levenshtein(name, known), known));
    let (distance, near) = scored.min()?;
    (distance <= 1 + name.chars().count() / 3).then_some(near)
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
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
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
        toml::from_str(self.text).map_err(|error| {
            let message = error.message();
            let problem = match error.span() {
                Some(span) => self.at_offset(span.start, message),
                None => Problem::of_file(self.file, message),
            };
            let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
            match quoted.split_first() {
                Some((unknown, known)) if message.starts_with("unknown") => {
                    problem.nearest(unknown, known.iter().copied())
                }
                _ => problem,
            }
        })
    }
}

/// Turns a message of the script parser into words that say what to do.
pub(super) fn parse_problem(source: Source<'_>, error: &rhai::ParseError) -> Problem {
    let kind = error.err_type().to_string();
    let problem = |message: String| source.at_position(error.position(), message);
    match error.err_type() {
        rhai::ParseErrorType::VariableUndefined(name) => {
            problem(format!("`{name}` is not known here")).nearest(name, ["access", "run", "settings"])
        }
        _ if kind.contains("typo of '=='") => {
            problem("`=` sets a value; it does not compare".into()).hint("write `==` to compare")
        }
        _ => problem(kind),
    }
}

#[cfg(test)]
mod tests;

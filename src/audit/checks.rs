//! Checks of audit.toml, each with file, line and a suggestion.

mod sources;
mod stated;

use std::path::Path;

use super::{File, Overrides};
use crate::clock::{self, Seconds};
use crate::error::{Error, Result, place};

/// Turns an error of the TOML reader into ours: file, line, column, what, the line with a caret, and what to do.
pub fn describe(error: &toml::de::Error, text: &str, path: &Path) -> Error {
    let slip = place::toml_slip(text, error);
    let described = told(path, text, slip.line.max(1), slip.column.max(1), &slip.message);
    let otherwise = || String::from("`trailwitness init` writes an audit.toml with every key explained");
    described.hint(slip.hint.unwrap_or_else(otherwise))
}

/// File, line, column, what, and the line with a caret.
fn told(path: &Path, text: &str, line: usize, column: usize, what: &str) -> Error {
    let row = text.lines().nth(line - 1).unwrap_or_default();
    let shown = place::excerpt(line, column, row, place::word_length(row, column, true));
    Error::usage(format!("{}:{line}:{column}: {what}\n{shown}", path.display()))
}

/// The checked window.
pub struct Window {
    /// Start.
    pub from: Seconds,
    /// End.
    pub to: Seconds,
    /// The only "today".
    pub as_of: Seconds,
    /// Reporting zone.
    pub zone: chrono_tz::Tz,
}

/// Checks one file.
pub struct Checker<'a> {
    text: &'a str,
    path: &'a Path,
}

impl<'a> Checker<'a> {
    /// For a text read from `path`.
    pub fn new(text: &'a str, path: &'a Path) -> Self {
        Checker { text, path }
    }

    fn at(&self, value: &toml::Spanned<String>, what: &str) -> Error {
        self.at_place(value.span().start, what)
    }

    fn at_place(&self, offset: usize, what: &str) -> Error {
        let (line, column) = place::line_and_column(self.text, offset);
        told(self.path, self.text, line, column, what)
    }

    /// Where a key or a value first stands.
    fn find(&self, needle: &str) -> usize {
        let key = self.text.find(&format!("\n{needle} =")).map(|offset| offset + 1);
        key.or_else(|| self.text.find(needle)).unwrap_or(0)
    }

    fn wrong(&self, needle: &str, what: &str) -> Error {
        self.at_place(self.find(needle), what)
    }

    /// Only the profile that exists.
    ///
    /// # Errors
    /// For any other profile.
    pub fn redaction(&self, file: &File) -> Result<()> {
        match file.audit.redaction.as_deref() {
            None | Some("internal") => Ok(()),
            Some(other) => Err(self
                .wrong("redaction", &format!("redaction profile `{other}` does not exist in this version"))
                .hint("use `internal`: keys and persons in full, card numbers masked")),
        }
    }

    /// Names that become folder names or are compared with logs.
    ///
    /// # Errors
    /// For an account that is not twelve digits, a table outside the declared accounts, two declarations of one thing.
    pub fn names(&self, file: &File) -> Result<()> {
        let plain = |text: &str| {
            !text.is_empty()
                && text.len() <= 40
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !plain(&file.audit.name) {
            return Err(self
                .wrong(
                    "name",
                    &format!(
                        "audit.name = {:?} must be lower-case letters, digits and hyphens, at most 40",
                        file.audit.name
                    ),
                )
                .hint("it becomes part of the bundle's folder name"));
        }
        for account in &file.accounts {
            if account.id.len() != 12 || !account.id.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(self.wrong(
                    &account.id,
                    &format!("account id {:?} must be twelve digits in quotes", account.id),
                ));
            }
            if file.accounts.iter().filter(|other| other.id == account.id).count() > 1 {
                return Err(self.wrong(&account.id, &format!("account {} is declared twice", account.id)));
            }
            for region in &account.regions {
                if let Some(hint) = super::regions::mend(region) {
                    return Err(self
                        .wrong(&format!("\"{region}\""), &format!("{region:?} is no region code"))
                        .hint(hint));
                }
            }
        }
        self.tables(file)
    }

    fn tables(&self, file: &File) -> Result<()> {
        for table in &file.tables {
            let known = file.accounts.iter().find(|account| account.id == table.account);
            if !known.is_some_and(|account| account.regions.contains(&table.region)) {
                let what = format!(
                    "table {:?} lies in account {} region {}, which no [[account]] declares",
                    table.name, table.account, table.region
                );
                return Err(self
                    .wrong(&table.name, &what)
                    .hint("declare the account with this region, or mend the table"));
            }
            let same = |other: &&super::TableSection| {
                other.account == table.account && other.region == table.region && other.name == table.name
            };
            if file.tables.iter().filter(same).count() > 1 {
                return Err(self.wrong(&table.name, &format!("table {:?} is declared twice", table.name)));
            }
        }
        Ok(())
    }

    /// The window with flags applied.
    ///
    /// # Errors
    /// For times that are none, `from` not before `to`, an unknown zone.
    pub fn window(&self, file: &File, overrides: &Overrides) -> Result<Window> {
        let period = &file.period;
        let from = self.time(&period.from, overrides.from.as_deref(), "--from")?;
        let to = self.time(&period.to, overrides.to.as_deref(), "--to")?;
        if from >= to {
            let what = format!("from ({}) must be before to ({})", clock::rfc3339(from), clock::rfc3339(to));
            return Err(self
                .at(&period.from, &what)
                .hint("a date means its first instant; the end is not part of the window"));
        }
        let as_of = match (&overrides.as_of, &period.as_of) {
            (Some(flag), _) => flag_time(flag, "--as-of")?,
            (None, Some(value)) => self.time(value, None, "")?,
            (None, None) => to,
        };
        let zone = match &period.zone {
            None => chrono_tz::UTC,
            Some(value) => value.as_ref().parse().map_err(|_| {
                self.at(value, &format!("{:?} is no time zone", value.as_ref()))
                    .hint("use a name such as Europe/Dublin or UTC")
            })?,
        };
        Ok(Window { from, to, as_of, zone })
    }

    fn time(&self, value: &toml::Spanned<String>, flag: Option<&str>, name: &str) -> Result<Seconds> {
        if let Some(flag) = flag {
            return flag_time(flag, name);
        }
        clock::parse_date_or_time(value.as_ref()).ok_or_else(|| {
            self.at(value, &format!("{:?} is no date or time", value.as_ref()))
                .hint("write 2026-03-02 or 2026-03-02T10:00:00Z")
        })
    }
}

fn flag_time(text: &str, flag: &str) -> Result<Seconds> {
    clock::parse_date_or_time(text).ok_or_else(|| {
        Error::usage(format!("{flag} {text:?} is no date or time"))
            .hint("write 2026-03-02 or 2026-03-02T10:00:00Z")
    })
}

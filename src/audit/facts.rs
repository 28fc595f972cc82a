//! Files that audit.toml names: approved changes, incidents, selector snapshots. Every line is checked; a
//! wrong one is an error with file and line, because a fact that is silently dropped would change verdicts.

use std::path::Path;

use serde::Deserialize;

use super::{Beside, Pattern, SnapshotSection, saved};
use crate::clock::{self, Seconds};
use crate::error::{Error, Result};

/// An approved change.
#[derive(Debug, Clone)]
pub struct Change {
    /// Change id.
    pub id: String,
    /// Start of its window.
    pub from: Seconds,
    /// End of its window (inclusive).
    pub to: Seconds,
    /// Who may act: ARN or person, as a pattern.
    pub principal: Pattern,
    /// Which operations.
    pub operation: Pattern,
    /// On what.
    pub object: Pattern,
    /// Who approved it.
    pub approver: String,
}

/// An incident that explains activity.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Incident id.
    pub id: String,
    /// Opened.
    pub opened: Seconds,
    /// Closed, if it is.
    pub closed: Option<Seconds>,
    /// Whose activity it explains.
    pub principal: Pattern,
    /// One line.
    pub summary: String,
}

/// A saved answer of get-event-selectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Trail ARN.
    pub trail: String,
    /// Account of the trail.
    pub account: String,
    /// Home region of the trail.
    pub region: String,
    /// When it was taken.
    pub taken: Seconds,
    /// Whether it logs all regions.
    pub multi_region: bool,
    /// The answer as received.
    pub answer: serde_json::Value,
    /// File name as audit.toml gives it.
    pub file: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeLine {
    id: String,
    from: String,
    to: String,
    principal: String,
    operation: String,
    object: String,
    approver: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncidentLine {
    id: String,
    opened: String,
    closed: String,
    principal: String,
    summary: String,
}

/// Reads the approved changes.
///
/// # Errors
/// With file and line for a missing column or a wrong time.
pub fn changes(path: &Beside) -> Result<Vec<Change>> {
    Ok(changes_with_lines(path)?.into_iter().map(|(_, row)| row).collect())
}

/// The same, each row with its line.
pub(super) fn changes_with_lines(path: &Beside) -> Result<Vec<(u64, Change)>> {
    lines::<ChangeLine>(path)?
        .into_iter()
        .map(|(line, row)| {
            let (from, to) = (required(path, line, &row.from)?, required(path, line, &row.to)?);
            ordered(path, line, "from and to", Some(from), Some(to))?;
            let change = Change {
                from,
                to,
                principal: Pattern::new(&row.principal),
                operation: Pattern::new(&row.operation),
                object: Pattern::new(&row.object),
                id: row.id,
                approver: row.approver,
            };
            Ok((line, change))
        })
        .collect()
}

/// Reads the incidents.
///
/// # Errors
/// With file and line for a missing column or a wrong time.
pub fn incidents(path: &Beside) -> Result<Vec<Incident>> {
    lines::<IncidentLine>(path)?
        .into_iter()
        .map(|(line, row)| {
            let (opened, closed) = (required(path, line, &row.opened)?, optional(path, line, &row.closed)?);
            ordered(path, line, "opened and closed", Some(opened), closed)?;
            Ok(Incident {
                opened,
                closed,
                principal: Pattern::new(&row.principal),
                id: row.id,
                summary: row.summary,
            })
        })
        .collect()
}

/// Reads a selector snapshot.
///
/// # Errors
/// When the file is no answer of get-event-selectors.
pub fn snapshot(folder: &Beside, section: &SnapshotSection) -> Result<Snapshot> {
    let path = folder.join(&section.file);
    let answer = saved::answer(&path)?;
    let trail = answer.get("TrailARN").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let mut parts = trail.split(':').skip(3);
    let (Some(region), Some(account), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Error::usage(format!("{}: no TrailARN", path.display())).hint(
            "save the answer of `aws cloudtrail get-event-selectors --trail-name NAME --output json`",
        ));
    };
    let taken = saved::taken(&path, section)?;
    let Some(multi_region) = section.multi_region else {
        return Err(Error::usage(format!("[[snapshot]] {}: multi_region is missing", path.display()))
            .hint("state whether the trail logs all regions of its account: multi_region = true or false"));
    };
    Ok(Snapshot {
        account: account.to_owned(),
        region: region.to_owned(),
        taken,
        multi_region,
        file: section.file.display().to_string(),
        answer,
        trail,
    })
}

/// Rows with the line each starts on.
pub(super) fn lines<T: serde::de::DeserializeOwned>(path: &Beside) -> Result<Vec<(u64, T)>> {
    rows_of(path, &content(path)?)
}

/// The bytes of a file that [records] names.
pub(super) fn content(path: &Beside) -> Result<Vec<u8>> {
    path.bytes().map_err(|cause| {
        Error::usage(format!("cannot read {}", path.display()))
            .cause(&cause)
            .hint("audit.toml names it under [records]")
    })
}

/// Rows of a CSV text with the line each starts on.
pub(super) fn rows_of<T: serde::de::DeserializeOwned>(path: &Path, text: &[u8]) -> Result<Vec<(u64, T)>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let header = reader.headers().map_err(|error| wrong(path, 1, &error.to_string()))?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record =
            record.map_err(|error| wrong(path, line_at(text, error.position()), &error.to_string()))?;
        let line = line_at(text, record.position());
        let row: T =
            record.deserialize(Some(&header)).map_err(|error| wrong(path, line, &error.to_string()))?;
        rows.push((line, row));
    }
    Ok(rows)
}

/// The line of a row: its position may lie before blank lines that the reader passes over.
fn line_at(text: &[u8], position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 1 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.get(start..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r' | b' '));
    position.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

/// Two times in their order; `what` names them.
pub(super) fn ordered(
    path: &Path,
    line: u64,
    what: &str,
    from: Option<Seconds>,
    to: Option<Seconds>,
) -> Result<()> {
    match (from, to) {
        (Some(from), Some(to)) if from > to => {
            let told = format!("{what}: {} lies behind {}", clock::rfc3339(from), clock::rfc3339(to));
            Err(wrong(path, line, &told))
        }
        _ => Ok(()),
    }
}

pub(super) fn wrong(path: &Path, line: u64, what: &str) -> Error {
    Error::usage(format!("{}:{line}: {what}", path.display()))
}

pub(super) fn required(path: &Path, line: u64, text: &str) -> Result<Seconds> {
    clock::parse_date_or_time(text).ok_or_else(|| {
        wrong(path, line, &format!("{text:?} is no date or time (2026-03-02 or 2026-03-02T10:00:00Z)"))
    })
}

pub(super) fn optional(path: &Path, line: u64, text: &str) -> Result<Option<Seconds>> {
    if text.is_empty() { Ok(None) } else { required(path, line, text).map(Some) }
}

//! Further files of [records]: reviews of logs, requests of persons whose data is held, people who must no longer have
//! access. Every line is checked; a wrong one is an error with file and line.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Beside;
use super::facts::{lines, ordered, required, wrong};
use crate::clock::{DAY, Seconds};
use crate::error::Result;

/// A review of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Start of the time reviewed.
    pub period_from: Seconds,
    /// End of the time reviewed, as written.
    pub period_to: Seconds,
    /// The first instant behind the time reviewed: a date in `period_to` is its last day.
    pub period_end: Seconds,
    /// When it was done.
    pub date: Seconds,
    /// Who did it.
    pub reviewer: String,
    /// What it found, as written.
    pub found: String,
    /// What came of it, as written.
    pub follow_up: String,
}

/// What a person whose data is held asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// Which data is held and who saw it.
    Access,
    /// Deletion.
    Erasure,
    /// An accounting of disclosures.
    Accounting,
}

impl SubjectKind {
    /// The word of the file.
    pub fn word(self) -> &'static str {
        match self {
            SubjectKind::Access => "access",
            SubjectKind::Erasure => "erasure",
            SubjectKind::Accounting => "accounting",
        }
    }
}

/// A request of a person whose data is held. The key is personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectRow {
    /// Id of the request.
    pub id: String,
    /// What was asked for.
    pub kind: SubjectKind,
    /// When it was received.
    pub received: Seconds,
    /// Table: name or ARN.
    pub table: String,
    /// Key of the item as written.
    pub key: String,
}

/// A person who must no longer have access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HighRisk {
    /// Roster id, name, mail or identity.
    pub person: String,
    /// From when.
    pub from: Seconds,
    /// Why.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewLine {
    period_from: String,
    period_to: String,
    date: String,
    reviewer: String,
    found: String,
    follow_up: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectLine {
    id: String,
    kind: SubjectKind,
    received: String,
    table: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HighRiskLine {
    person: String,
    from: String,
    reason: String,
}

/// Whether a text that was read as a date or a time is a date alone.
fn is_date(text: &str) -> bool {
    text.trim().len() == "2026-03-02".len()
}

/// Reads the reviews, in the order of their dates.
///
/// # Errors
/// With file and line for a missing column, a wrong time or a review without reviewer.
pub fn reviews(path: &Beside) -> Result<Vec<Review>> {
    let mut reviews = Vec::new();
    for (line, row) in lines::<ReviewLine>(path)? {
        let (from, to) = (required(path, line, &row.period_from)?, required(path, line, &row.period_to)?);
        ordered(path, line, "period_from and period_to", Some(from), Some(to))?;
        if row.reviewer.is_empty() {
            return Err(wrong(path, line, "a review needs a reviewer"));
        }
        reviews.push(Review {
            period_from: from,
            period_to: to,
            period_end: if is_date(&row.period_to) { to + DAY } else { to },
            date: required(path, line, &row.date)?,
            reviewer: row.reviewer,
            found: row.found,
            follow_up: row.follow_up,
        });
    }
    reviews.sort_by(|a: &Review, b| {
        (a.date, a.period_from, &a.reviewer, &a.found).cmp(&(b.date, b.period_from, &b.reviewer, &b.found))
    });
    Ok(reviews)
}

/// Reads the requests of persons.
///
/// # Errors
/// With file and line for a missing column, a wrong time or kind, two requests with one id, no id, table or key.
pub fn subjects(path: &Beside) -> Result<Vec<SubjectRow>> {
    let mut ids = BTreeSet::new();
    let mut rows = Vec::new();
    for (line, row) in lines::<SubjectLine>(path)? {
        if !ids.insert(row.id.clone()) {
            return Err(wrong(path, line, &format!("request id {} stands twice", row.id)));
        }
        if row.id.is_empty() || row.table.is_empty() || row.key.is_empty() {
            return Err(wrong(path, line, "a request needs an id, a table and a key"));
        }
        rows.push(SubjectRow {
            id: row.id,
            kind: row.kind,
            received: required(path, line, &row.received)?,
            table: row.table,
            key: row.key,
        });
    }
    Ok(rows)
}

/// Reads who must no longer have access.
///
/// # Errors
/// With file and line for a missing column, a wrong time or no person.
pub fn high_risk(path: &Beside) -> Result<Vec<HighRisk>> {
    let row = |(line, row): (u64, HighRiskLine)| {
        if row.person.is_empty() {
            return Err(wrong(path, line, "a row needs a person"));
        }
        Ok(HighRisk { from: required(path, line, &row.from)?, person: row.person, reason: row.reason })
    };
    lines::<HighRiskLine>(path)?.into_iter().map(row).collect()
}

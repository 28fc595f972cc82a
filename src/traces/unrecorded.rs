//! What was not recorded: the hours of a table that are not proven to be logged, and what no log of this kind shows.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Sources;
use crate::audit::scope;
use crate::clock::rfc3339;
use crate::coverage::{Class, Strip};
use crate::error::Result;
use crate::rules;

/// Hours of one kind of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unrecorded {
    /// Account, region, table and kind of events.
    pub name: String,
    /// Hours of the window.
    pub hours: u64,
    /// Hours that are proven to be logged.
    pub proven: u64,
    /// The others, in runs.
    pub spans: Vec<Span>,
}

/// A run of hours that are not proven for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Start.
    pub from: String,
    /// End, not included.
    pub to: String,
    /// Hours.
    pub hours: u64,
    /// State, as in a bundle's coverage.csv.
    pub state: &'static str,
    /// The same in words.
    pub words: &'static str,
}

/// A limit of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// Id in rules/limits.toml.
    pub id: String,
    /// Words.
    pub words: String,
}

/// The hours of a table: reads, writes and its stream, and the calls that copy or delete it.
pub fn of_table(from: &Sources<'_>, table: &scope::Table) -> Vec<Unrecorded> {
    let is_its = |strip: &&Strip| {
        let here = strip.account == table.account && strip.region == table.region;
        here && (strip.table == table.name || strip.class == Class::Management)
    };
    from.coverage.strips.iter().filter(is_its).map(|strip| hours(from, strip)).collect()
}

/// The hours of everything that audit.toml declares.
pub fn of_all(from: &Sources<'_>) -> Vec<Unrecorded> {
    from.coverage.strips.iter().map(|strip| hours(from, strip)).collect()
}

fn hours(from: &Sources<'_>, strip: &Strip) -> Unrecorded {
    let open = strip.spans().into_iter().filter(|(state, ..)| !state.is_proven());
    let span = |(state, first, hours): (crate::coverage::State, u64, u64)| {
        let times = from.coverage.times(first, hours);
        Span {
            from: rfc3339(times.0),
            to: rfc3339(times.1),
            hours,
            state: state.word(),
            words: state.words(),
        }
    };
    Unrecorded {
        name: strip.name(),
        hours: strip.states.len() as u64,
        proven: strip.proven(),
        spans: open.map(span).collect(),
    }
}

/// The limits of these ids, and those of the containers that the records came out of.
///
/// # Errors
/// When the shipped limits cannot be read.
pub fn limits(from: &Sources<'_>, ids: &[&str]) -> Result<Vec<Limit>> {
    let texts = rules::limits()?;
    let mut found = BTreeMap::new();
    let contained = from.ledger.container_limits();
    for id in ids.iter().copied().chain(contained.keys().copied()) {
        if let Some(limit) = texts.get(id) {
            found.insert(id.to_owned(), limit.words.clone());
        }
    }
    Ok(found.into_iter().map(|(id, words)| Limit { id, words }).collect())
}

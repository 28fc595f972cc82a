//! Traces: one question about one item, one person or one credential. Comes in: a settled ledger with its coverage, and a
//! way to read single records again. Goes out: a finished answer that names what is certain, what may be, and what was not
//! recorded, ready to be written as text, CSV or JSON. It judges nobody; what the records do not tell it does not say.

pub mod bearing;
pub mod condition;
pub mod credential;
pub mod item;
pub mod key;
pub mod line;
pub mod person;
pub mod roles;
pub mod schema;
pub mod unrecorded;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::audit::Audit;
use crate::bundle::redaction::INTERNAL;
use crate::clock::rfc3339;
use crate::coverage::Coverage;
use crate::ledger::Ledger;
use crate::ledger::repeats::Place;
use crate::records::Record;

/// Reads the records at some places again and hands over each that is still there.
pub type Again<'a> = &'a dyn Fn(&BTreeSet<Place>, &mut dyn FnMut(Place, &Record<'_>));

/// What every trace is made from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The audit.
    pub audit: &'a Audit,
    /// The ledger.
    pub ledger: &'a Ledger,
    /// Coverage.
    pub coverage: &'a Coverage,
    /// Reads records again.
    pub again: Again<'a>,
}

/// What every answer begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Organisation.
    pub entity: String,
    /// System.
    pub system: String,
    /// Start of the window.
    pub window_from: String,
    /// End of the window, not included.
    pub window_to: String,
    /// Log files and other files read.
    pub files: u64,
    /// Records parsed.
    pub records: u64,
    /// Files and records that could not be read or placed: what they held is in no part of this answer.
    pub lost: u64,
    /// How values are shown.
    pub shown: String,
}

impl Head {
    /// The head of an answer; `roles` when employees are not named.
    pub fn new(from: &Sources<'_>, roles: bool) -> Head {
        let (audit, section) = (from.audit, &from.audit.file.audit);
        let shown = if roles {
            "roles: functions and roles in place of employees; addresses and agents as classes"
        } else {
            INTERNAL
        };
        Head {
            entity: section.entity.clone(),
            system: section.system.clone(),
            window_from: rfc3339(audit.from),
            window_to: rfc3339(audit.to),
            files: from.ledger.files.len() as u64,
            records: from.ledger.boxes.parsed,
            lost: from.ledger.lost(),
            shown: shown.to_owned(),
        }
    }
}

/// What was asked cannot be answered: why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), hint: hint.into() }
    }
}

/// Names near to what was typed: those that hold it, then those a few letters away; each once, at most eight.
pub fn near<'n>(typed: &str, known: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let wanted = typed.to_lowercase();
    let mut scored: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let holds = wanted.len() >= 3 && lower.contains(&wanted);
            let distance = if holds { 0 } else { strsim::damerau_levenshtein(&wanted, &lower) };
            (distance <= 1 + wanted.chars().count() / 3).then_some((distance, name))
        })
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().take(8).map(|(_, name)| name.to_owned()).collect()
}

/// The hint of a name that nobody has.
pub fn near_hint(near: &[String], otherwise: &str) -> String {
    match near {
        [] => otherwise.to_owned(),
        names => format!("did you mean {}?", names.join(", or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_hold_what_was_typed_or_are_a_slip_away() {
        let known = ["Inés Valdecasas-Roy", "Bram Okonjo-Visser", "orders"];
        assert_eq!(near("valdecasas", known), ["Inés Valdecasas-Roy"]);
        assert_eq!(near("Ines Valdecasas-Roy", known), ["Inés Valdecasas-Roy"]);
        assert_eq!(near("order", known), ["orders"]);
        assert!(near("zz", known).is_empty());
    }
}

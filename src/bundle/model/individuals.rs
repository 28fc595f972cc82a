//! The part of the model about individuals: how far accesses lead to them, and how they stand to the roster.

use serde::{Deserialize, Serialize};

use super::Listing;

/// How far accesses lead to individuals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Individuals {
    /// `98.2 % of 1204 accesses proven (people 1182), 1.1 % by name only, 0.7 % unresolved, 0 guessed`.
    pub sentence: String,
    /// The parts; they add up to all accesses and to 100.0 %.
    pub shares: Vec<IndividualShare>,
    /// Accesses given to a person whom only a claim names.
    pub guessed: u64,
    /// What the roster is and how much of it matched, in one sentence.
    pub roster: String,
    /// SHA-256 of the roster's file; empty without one.
    pub roster_sha256: String,
    /// People of the roster without access in the window.
    pub unused: Listing<RosterUse>,
    /// Names that are on no roster.
    pub unmatched: Listing<RosterUse>,
    /// Identities that match otherwise than character by character.
    pub otherwise: Listing<RosterUse>,
    /// People with accesses before they joined or after they left.
    pub outside: Listing<RosterUse>,
}

/// A part of all accesses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IndividualShare {
    /// `proven`, `by name only`, `unresolved`.
    pub words: String,
    /// Accesses.
    pub accesses: u64,
    /// Tenths of a percent of all accesses.
    pub tenths: u64,
}

/// Somebody of the roster, or a name that is on none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RosterUse {
    /// Name.
    pub name: String,
    /// Person id of the roster; of a name that is on none, its token in users.csv.
    pub token: String,
    /// Department.
    pub department: String,
    /// Accesses in the window.
    pub accesses: u64,
    /// What there is to say.
    pub note: String,
}

//! People: matching identities to roster rows. Exactly; only mail addresses compare without letter case.

use std::collections::BTreeMap;

use crate::audit::RosterRow;

/// The roster, ready to ask.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// The rows.
    pub rows: Vec<RosterRow>,
    by_identity: BTreeMap<String, Vec<u32>>,
}

/// What an identity matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// One row.
    One(u32),
    /// More than one person claims it.
    Several,
    /// Nobody.
    None,
}

impl Roster {
    /// Prepares the look-up.
    pub fn new(rows: Vec<RosterRow>) -> Self {
        let mut by_identity: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (number, row) in rows.iter().enumerate() {
            for identity in
                row.identities.iter().chain(std::iter::once(&row.mail)).filter(|text| !text.is_empty())
            {
                let people = by_identity.entry(folded(identity)).or_default();
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                if !people.contains(&number) {
                    people.push(number);
                }
            }
        }
        Roster { rows, by_identity }
    }

    /// Who claims an identity.
    pub fn find(&self, identity: &str) -> Match {
        match self.by_identity.get(&folded(identity)).map(Vec::as_slice) {
            Some([one]) => Match::One(*one),
            Some([_, _, ..]) => Match::Several,
            _ => Match::None,
        }
    }

    /// A row.
    pub fn row(&self, number: u32) -> Option<&RosterRow> {
        self.rows.get(number as usize)
    }
}

/// Mail addresses in lower case, everything else as it is.
fn folded(identity: &str) -> String {
    if identity.contains('@') && !identity.starts_with("arn:") {
        identity.to_lowercase()
    } else {
        identity.to_owned()
    }
}

//! The records behind an object of a run: the first ones cited, the principals, the things touched, the times. Only
//! places are kept; a citation is written when somebody asks for it.

use std::collections::BTreeSet;

use crate::clock::Seconds;
use crate::ledger::Ledger;
use crate::ledger::row::{NO_TIME, Row};
use crate::ledger::walk::{EventRows, Spot};
use crate::verdicts::tally::{CITATIONS, Cited, RowKey};

/// What stands behind an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    cited: Vec<Spot>,
    /// Principals, by place.
    pub principals: Vec<u32>,
    /// What was touched, or what tells of it, for people; empty where the records tell it.
    things: Vec<String>,
    /// First and last time.
    pub times: Option<(Seconds, Seconds)>,
}

impl About {
    /// About these things at these times, without records.
    pub(crate) fn things(things: Vec<String>, times: Option<(Seconds, Seconds)>) -> Self {
        About { things, times, ..About::default() }
    }

    /// With these things in place of those that the records touch.
    #[must_use]
    pub(crate) fn with_things(self, things: Vec<String>) -> Self {
        About { things, ..self }
    }

    /// With these times in place of those of the records.
    #[must_use]
    pub(crate) fn at_times(self, times: Option<(Seconds, Seconds)>) -> Self {
        About { times, ..self }
    }

    /// With these times where the records tell none.
    #[must_use]
    pub(crate) fn or_times(self, times: (Seconds, Seconds)) -> Self {
        About { times: self.times.or(Some(times)), ..self }
    }

    /// Whether it has no records.
    pub(crate) fn is_bare(&self) -> bool {
        self.cited.is_empty()
    }

    /// The first records by time and reference.
    pub fn cited(&self, ledger: &Ledger) -> Vec<Cited> {
        let cited = |spot: &Spot| {
            let (event_ref, row) = ledger.at(*spot)?;
            Some(Cited { time: row.time, event_ref, part: row.part, row: RowKey(*row) })
        };
        self.cited.iter().filter_map(cited).collect()
    }

    /// What was touched, or what tells of it, for people.
    pub fn objects(&self, ledger: &Ledger) -> Vec<String> {
        if !self.things.is_empty() {
            return self.things.clone();
        }
        let name = |cited: &Cited| {
            let (_, raw, _) = ledger.shape(&cited.row.0)?;
            Some(ledger.name(raw.object_name).to_owned()).filter(|name| !name.is_empty())
        };
        let names: BTreeSet<String> = self.cited(ledger).iter().filter_map(name).collect();
        names.into_iter().collect()
    }
}

/// One access where it stands.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) event: EventRows<'a>,
    pub(crate) row: &'a Row,
    pub(crate) number: usize,
}

impl<'a> At<'a> {
    /// What is kept of it.
    pub(crate) fn seen(&self) -> SeenAt {
        SeenAt {
            time: self.row.time,
            spot: self.event.spot.later(self.number),
            principal: self.ledger.principal_place(self.row),
            shape: self.row.shape,
        }
    }

    /// When, if the record tells.
    pub(crate) fn time(&self) -> Option<Seconds> {
        (self.row.time != NO_TIME).then_some(self.row.time)
    }

    /// Whether it is the first access of its event.
    pub(crate) fn is_first(&self) -> bool {
        self.number == 0
    }

    /// The key text.
    pub(crate) fn key(&self) -> &'a str {
        self.event.partition.key(self.row)
    }
}

/// What is kept of an access.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenAt {
    pub(crate) time: Seconds,
    pub(crate) spot: Spot,
    pub(crate) principal: u32,
    pub(crate) shape: u32,
}

/// Keeps the first accesses by time, and the principals and times of all. Accesses must come in the order of the walk:
/// it is that of references, so equal times stay in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    first: Vec<(Seconds, Spot)>,
    principals: BTreeSet<u32>,
    last: Option<u32>,
    times: Option<(Seconds, Seconds)>,
}

impl Kept {
    pub(crate) fn take(&mut self, seen: SeenAt) {
        if self.last != Some(seen.principal) {
            self.last = Some(seen.principal);
            self.principals.insert(seen.principal);
        }
        if seen.time != NO_TIME {
            let (first, last) = self.times.unwrap_or((seen.time, seen.time));
            self.times = Some((first.min(seen.time), last.max(seen.time)));
        }
        let full = self.first.len() >= CITATIONS;
        if full && self.first.last().is_some_and(|(last, _)| *last <= seen.time) {
            return;
        }
        let place = self.first.partition_point(|(other, _)| *other <= seen.time);
        self.first.insert(place, (seen.time, seen.spot));
        self.first.truncate(CITATIONS);
    }

    /// Both together.
    pub(crate) fn and(&self, other: &Kept) -> Kept {
        let mut both = self.clone();
        both.first.extend(&other.first);
        // Spots are in the order of references, but for the few ids that are no GUIDs.
        both.first.sort();
        both.first.dedup();
        both.first.truncate(CITATIONS);
        both.principals.extend(&other.principals);
        both.times = match (self.times, other.times) {
            (Some(one), Some(two)) => Some((one.0.min(two.0), one.1.max(two.1))),
            (one, two) => one.or(two),
        };
        both
    }

    pub(crate) fn about(&self) -> About {
        About {
            cited: self.first.iter().map(|(_, spot)| *spot).collect(),
            principals: self.principals.iter().copied().collect(),
            things: Vec::new(),
            times: self.times,
        }
    }
}

/// What stands behind accesses that are in the order of time.
pub(crate) fn of_accesses(accesses: impl IntoIterator<Item = SeenAt>) -> About {
    let mut kept = Kept::default();
    accesses.into_iter().for_each(|seen| kept.take(seen));
    kept.about()
}

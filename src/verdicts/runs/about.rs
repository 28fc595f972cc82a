//! The records behind an object of a run: the first ones cited, the principals, the things touched, the times.

use std::collections::BTreeSet;

use crate::clock::Seconds;
use crate::ledger::Ledger;
use crate::ledger::row::{NO_TIME, Row};
use crate::ledger::walk::EventRows;
use crate::verdicts::tally::{CITATIONS, Cited, RowKey};

/// What stands behind an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The first records by time and reference.
    pub cited: Vec<Cited>,
    /// Principals, by place.
    pub principals: Vec<u32>,
    /// What was touched, or what tells of it, for people.
    pub objects: Vec<String>,
    /// First and last time.
    pub times: Option<(Seconds, Seconds)>,
}

impl About {
    /// About these things at these times, without records.
    pub(super) fn things(objects: Vec<String>, times: Option<(Seconds, Seconds)>) -> Self {
        About { objects, times, ..About::default() }
    }
}

/// One access where it stands.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) event: EventRows<'a>,
    pub(super) row: &'a Row,
}

impl At<'_> {
    /// As it is cited.
    pub(super) fn cited(&self) -> Cited {
        let mut event_ref = String::new();
        self.event.reference(&mut event_ref);
        Cited { time: self.row.time, event_ref, part: self.row.part, row: RowKey(*self.row) }
    }

    /// When, if the record tells.
    pub(super) fn time(&self) -> Option<Seconds> {
        (self.row.time != NO_TIME).then_some(self.row.time)
    }

    /// Whether it is the first access of its event.
    pub(super) fn is_first(&self) -> bool {
        self.event.rows.first().is_some_and(|first| first.part == self.row.part)
    }

    /// Its object's name as documents show it.
    pub(super) fn object(&self) -> &str {
        self.ledger.shape(self.row).map_or("", |(_, raw, _)| self.ledger.name(raw.object_name))
    }
}

/// Keeps the first accesses by time, and the principals and times of all. Accesses must come in the order of the walk:
/// it is that of references, so equal times stay in it.
#[derive(Clone, Default)]
pub(super) struct Kept<'a> {
    first: Vec<At<'a>>,
    principals: BTreeSet<u32>,
    times: Option<(Seconds, Seconds)>,
}

impl<'a> Kept<'a> {
    pub(super) fn take(&mut self, at: At<'a>) {
        self.principals.insert(at.ledger.principal_place(at.row));
        if let Some(time) = at.time() {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
        let full = self.first.len() >= CITATIONS;
        if full && self.first.last().is_some_and(|last| last.row.time <= at.row.time) {
            return;
        }
        let place = self.first.partition_point(|other| other.row.time <= at.row.time);
        self.first.insert(place, at);
        self.first.truncate(CITATIONS);
    }

    /// With the names of the objects of the accesses kept.
    pub(super) fn about(&self) -> About {
        let objects: BTreeSet<&str> =
            self.first.iter().map(At::object).filter(|name| !name.is_empty()).collect();
        About {
            cited: self.first.iter().map(At::cited).collect(),
            principals: self.principals.iter().copied().collect(),
            objects: objects.into_iter().map(str::to_owned).collect(),
            times: self.times,
        }
    }
}

/// What stands behind accesses that are in the order of time.
pub(super) fn of_accesses<'a>(accesses: impl IntoIterator<Item = At<'a>>) -> About {
    let mut kept = Kept::default();
    accesses.into_iter().for_each(|at| kept.take(at));
    kept.about()
}

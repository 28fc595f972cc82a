//! One walk for all lists. Each part says once a shape whether it wants its accesses; a shape that none wants costs
//! one look.

use super::about::At;
use crate::events::catalogue::{self, Entry};
use crate::identities::Grade;
use crate::ledger::shape::RawShape;
use crate::ledger::who::WhoShape;
use crate::ledger::{Ledger, Shape};

/// A shape with what it is made of.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) shape: &'a Shape,
    pub(crate) raw: &'a RawShape,
    pub(crate) who: &'a WhoShape,
    pub(crate) entry: Option<&'static Entry>,
}

impl<'a> Seen<'a> {
    /// A shape of the ledger.
    pub(crate) fn new(ledger: &'a Ledger, shape: &'a Shape) -> Option<Self> {
        let raw = ledger.raw(shape)?;
        let who = ledger.who_shapes.get(shape.who as usize)?;
        let entry = catalogue::find(ledger.name(raw.source), ledger.name(raw.operation));
        Some(Seen { shape, raw, who, entry })
    }

    /// Whether a person acts, as the field `caller_kind` says.
    pub(crate) fn human(&self) -> bool {
        self.who.caller_kind == "human" || (self.who.grade == Grade::C && self.raw.from_console)
    }

    /// What the event does, as the catalogue says; empty for an event it does not know.
    pub(crate) fn does(&self) -> &'static str {
        self.entry.map_or("", |entry| entry.does)
    }

    /// Whether the event belongs to one of these groups of the catalogue.
    pub(crate) fn in_group(&self, groups: &[&str]) -> bool {
        self.entry.is_some_and(|entry| entry.groups.iter().any(|group| groups.contains(group)))
    }
}

/// A part of the walk.
pub(crate) trait Collect<'a> {
    /// Whether accesses of this shape are looked at; `number` is its place.
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool;
    /// Looks at one of them. They come in the order of references.
    fn take(&mut self, at: At<'a>);
}

/// Walks once.
pub(crate) fn walk<'a>(ledger: &'a Ledger, parts: &mut [&mut dyn Collect<'a>]) {
    let mask = |(number, shape): (usize, &'a Shape)| {
        let seen = Seen::new(ledger, shape)?;
        let wanted = parts.iter_mut().enumerate().filter_map(|(bit, part)| {
            let wants = part.wants(number, &seen);
            wants.then_some(1_u32 << bit)
        });
        Some(wanted.fold(0, |mask, bit| mask | bit))
    };
    let masks: Vec<u32> = ledger.shapes.iter().enumerate().map(mask).map(Option::unwrap_or_default).collect();
    ledger.walk(&mut |event| {
        for (number, row) in event.rows.iter().enumerate() {
            let mut mask = masks.get(row.shape as usize).copied().unwrap_or(0);
            while mask != 0 {
                if let Some(part) = parts.get_mut(mask.trailing_zeros() as usize) {
                    part.take(At { ledger, event, row, number });
                }
                mask &= mask - 1;
            }
        }
    });
}

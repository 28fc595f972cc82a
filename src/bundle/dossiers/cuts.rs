//! Lists that a dossier cuts: the first accesses by time, and how many there are. Comes in: accesses. Goes out: their
//! citations. A list holds no more than it prints, whatever somebody did.

use std::collections::BTreeSet;

use super::Maker;
use crate::bundle::exceptions;
use crate::bundle::model::{Citation, Listing};
use crate::bundle::sessions::Touch;
use crate::clock::Seconds;
use crate::verdicts::tally::{Cited, RowKey};

/// Rows of a list in print.
pub(super) const SHOWN: usize = 200;

/// The first accesses of a list, by time and reference, as places among the accesses of the dossier.
#[derive(Default)]
pub(super) struct Cut {
    /// How many there are.
    pub(super) total: u64,
    kept: BTreeSet<(Seconds, u32, usize)>,
}

impl Cut {
    pub(super) fn add(&mut self, touch: &Touch<'_>, place: usize) {
        self.total += 1;
        self.kept.insert((touch.row.time, touch.order, place));
        if self.kept.len() > SHOWN {
            self.kept.pop_last();
        }
    }

    /// The accesses kept.
    pub(super) fn touches<'t, 'a>(&'t self, touches: &'t [Touch<'a>]) -> impl Iterator<Item = &'t Touch<'a>> {
        self.kept.iter().filter_map(|(_, _, place)| touches.get(*place))
    }
}

impl Maker<'_> {
    pub(super) fn citation(&self, touch: &Touch<'_>) -> Citation {
        let mut event_ref = String::new();
        touch.event.reference(&mut event_ref);
        let cited = Cited { time: touch.row.time, event_ref, part: touch.row.part, row: RowKey(*touch.row) };
        exceptions::citation(self.inputs.ledger, &cited)
    }

    /// A list with the citations of its accesses.
    pub(super) fn citations(&self, cut: &Cut, touches: &[Touch<'_>]) -> Listing<Citation> {
        self.listing(cut.touches(touches).map(|touch| self.citation(touch)).collect(), cut.total)
    }

    /// A list whose whole is in `data/accesses.csv.gz`.
    pub(super) fn listing<T>(&self, rows: Vec<T>, total: u64) -> Listing<T> {
        let file = &self.accesses_file;
        Listing { rows, total, file: file.path.clone(), sha256: file.sha256.clone() }
    }
}

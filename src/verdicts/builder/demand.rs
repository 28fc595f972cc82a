//! Where a pack demands that signed digests prove what a test rests on. Comes in: the hours that the test needs and the
//! log files its records stand in. Goes out: reasons against `supported`; none only where all of it is verified.

use std::collections::{BTreeMap, BTreeSet};

use super::{Counted, Weigher};
use crate::clock::rfc3339;
use crate::coverage::{State, Strip};
use crate::rules::Method;
use crate::verdicts::TestPlace;

/// Places that a reason names.
const PLACES: usize = 3;

/// Hours of one account and region.
type Places<'s> = BTreeMap<(&'s str, &'s str), BTreeSet<u64>>;

/// What is said beside the hours of a test.
pub(super) fn words(place: &TestPlace<'_>) -> &'static str {
    if place.demands_verified_hours() { "; signed digests must verify what it rests on" } else { "" }
}

impl Weigher<'_> {
    /// What speaks against a test that demands verified hours: hours that no digest proves, with the cause, and records in
    /// log files that none proves. A test that states no hours of its own rests on all of the scope.
    pub(super) fn unverified(
        &self,
        place: &TestPlace<'_>,
        counted: &Counted,
        strips: &[&Strip],
    ) -> Vec<String> {
        let mut causes: BTreeMap<&str, Places<'_>> = BTreeMap::new();
        let all: Vec<&Strip> = self.coverage.strips.iter().collect();
        for strip in if place.test.coverage.is_some() { strips } else { &all } {
            let open = (0_u64..).zip(&strip.states).filter(|(_, state)| **state != State::Verified);
            for (hour, _) in open {
                let places = causes.entry(self.coverage.why_not_verified(strip, hour)).or_default();
                places.entry((&strip.account, &strip.region)).or_default().insert(hour);
            }
        }
        let hours = causes.iter().map(|(cause, places)| self.hours_words(cause, places));
        hours.chain(self.files_words(place, counted)).collect()
    }

    fn hours_words(&self, cause: &str, places: &Places<'_>) -> String {
        let hours: usize = places.values().map(BTreeSet::len).sum();
        let told = places.iter().take(PLACES).map(|((account, region), hours)| {
            let first = hours.first().copied().unwrap_or(0);
            let last = hours.last().copied().unwrap_or(0);
            let (from, to) = self.coverage.times(first, last + 1 - first);
            format!("{account} {region} from {} to {}", rfc3339(from), rfc3339(to))
        });
        let mut told: Vec<String> = told.collect();
        if places.len() > PLACES {
            told.push(format!("{} more accounts and regions", places.len() - PLACES));
        }
        format!(
            "{hours} hours are not verified by signed digests, which this test demands: {cause} ({})",
            told.join("; ")
        )
    }

    /// Records that the test examines, or, where it judges the run as a whole, all that were read.
    fn files_words(&self, place: &TestPlace<'_>, counted: &Counted) -> Option<String> {
        match place.test.method {
            Method::Each(_) => (counted.unverified > 0).then(|| {
                format!(
                    "{} of {} {} stand in log files that no signed digest proves, which this test demands",
                    counted.unverified, counted.population, place.test.unit
                )
            }),
            Method::Judge(_) => (self.unverified_files > 0).then(|| {
                let files = self.unverified_files;
                format!("{files} log files with records are not proven by a signed digest, which this test demands")
            }),
        }
    }
}

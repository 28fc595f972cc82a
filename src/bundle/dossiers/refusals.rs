//! Refused attempts of a dossier with what the same user did next. Comes in: accesses of one principal. Goes out: the
//! first refusals, each with its error and the ten minutes after it, told and not judged.

use std::collections::BTreeMap;

use super::Maker;
use super::cuts::Cut;
use crate::bundle::model::{Listing, Refusal};
use crate::bundle::object_name;
use crate::bundle::redaction::shown;
use crate::bundle::sessions::{Sums, Touch};
use crate::clock::Seconds;
use crate::events::Outcome;
use crate::ledger::row::NO_TIME;
use crate::verdicts::tally::shown_time;

/// How long after a refusal is looked.
const AFTER: Seconds = 10 * 60;
/// Operations named among those done next.
const NAMED: usize = 4;

impl Maker<'_> {
    pub(super) fn refusals(&self, cut: &Cut, touches: &[Touch<'_>]) -> Listing<Refusal> {
        if cut.total == 0 {
            return self.listing(Vec::new(), 0);
        }
        let mut timed: Vec<&Touch<'_>> = touches.iter().filter(|touch| touch.row.time != NO_TIME).collect();
        timed.sort_unstable_by_key(|touch| (touch.row.time, touch.order));
        let row = |touch: &Touch<'_>| Refusal {
            cited: self.citation(touch),
            error: self.error(touch),
            after: self.after(touch, &timed),
        };
        self.listing(cut.touches(touches).map(row).collect(), cut.total)
    }

    fn error(&self, touch: &Touch<'_>) -> String {
        let ledger = self.inputs.ledger;
        let error = ledger.shape(touch.row).map_or("", |(_, raw, _)| ledger.name(raw.error));
        if error.is_empty() { "no error code logged".to_owned() } else { shown(error).into_owned() }
    }

    /// What else was done in the same second and the ten minutes after it, over all credentials.
    fn after(&self, refused: &Touch<'_>, timed: &[&Touch<'_>]) -> String {
        let (start, ledger) = (refused.row.time, self.inputs.ledger);
        if start == NO_TIME {
            return "not known: the record states no time".to_owned();
        }
        let from = timed.partition_point(|touch| touch.row.time < start);
        let next = timed.iter().skip(from).take_while(|touch| touch.row.time <= start + AFTER);
        let (mut sums, mut done, mut first) = (Sums::default(), BTreeMap::<&str, u64>::new(), None);
        for touch in next.filter(|touch| touch.event.first != refused.event.first) {
            let Some((_, raw, _)) = ledger.shape(touch.row) else { continue };
            sums.add(raw.kind, raw.outcome);
            if raw.outcome == Outcome::Done {
                *done.entry(ledger.name(raw.operation)).or_insert(0) += 1;
                first = first.or(Some((*touch, raw)));
            }
        }
        let Some((touch, raw)) = first else { return none_done(&sums) };
        let mut reference = String::new();
        touch.event.reference(&mut reference);
        format!(
            "{} accesses: {} done ({}), {} refused, {} failed; first done: {} on {} at {}, {reference}",
            sums.all(),
            sums.all() - sums.refused - sums.failed,
            most(&done),
            sums.refused,
            sums.failed,
            shown(ledger.name(raw.operation)),
            object_name(ledger, raw),
            shown_time(touch.row.time)
        )
    }
}

fn none_done(sums: &Sums) -> String {
    match sums.all() {
        0 => "nothing".to_owned(),
        all => format!("{all} accesses: none done, {} refused, {} failed", sums.refused, sums.failed),
    }
}

/// `GetItem 8, Query 2 and 3 more operations`.
fn most(done: &BTreeMap<&str, u64>) -> String {
    let mut sorted: Vec<(&str, u64)> = done.iter().map(|(name, count)| (*name, *count)).collect();
    sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let named: Vec<String> =
        sorted.iter().take(NAMED).map(|(name, count)| format!("{} {count}", shown(name))).collect();
    match sorted.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more operations", named.join(", ")),
    }
}

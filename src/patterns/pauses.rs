//! Accesses of a person after a long pause inside the window. Kept is one line a person and day.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::given::{Given, Proven, days};
use super::{Kind, Pattern, What};
use crate::clock::{DAY, rfc3339};
use crate::verdicts::runs::about::{At, Kept, SeenAt};
use crate::verdicts::runs::walk::{Collect, Seen};

/// First and last access of each person on each day.
#[derive(Default)]
pub(super) struct Days {
    of: FxHashMap<(u32, i64), Day>,
}

#[derive(Clone, Copy)]
struct Day {
    first: SeenAt,
    last: SeenAt,
    count: u64,
}

impl Days {
    pub(super) fn list(self, given: Given<'_>) -> Vec<Pattern> {
        let proven = Proven::of_all(given.coverage);
        let mut people: BTreeMap<u32, BTreeMap<i64, Day>> = BTreeMap::new();
        let sorted: BTreeMap<(u32, i64), Day> = self.of.into_iter().collect();
        for ((principal, day), told) in sorted {
            people.entry(principal).or_default().insert(day, told);
        }
        let of_person =
            |days: BTreeMap<i64, Day>| of_person(given, &proven, &days.into_values().collect::<Vec<_>>());
        people.into_values().flat_map(of_person).collect()
    }
}

fn of_person(given: Given<'_>, proven: &Proven, active: &[Day]) -> Vec<Pattern> {
    let pause = i64::from(given.settings.pause_days.get()) * DAY;
    let stretches: Vec<&[Day]> =
        active.chunk_by(|before, after| after.first.time - before.last.time < pause).collect();
    let pairs = stretches.windows(2).filter_map(|pair| match pair {
        [before, after] => pattern(given, proven, before.last()?, after),
        _ => None,
    });
    pairs.collect()
}

fn pattern(given: Given<'_>, proven: &Proven, before: &Day, after: &[Day]) -> Option<Pattern> {
    let (left, back, last) = (before.last, after.first()?.first, after.last()?.last);
    let mut kept = Kept::default();
    kept.take(left);
    kept.take(back);
    let (words, whole) = proven.words((left.time, back.time), "what audit.toml declares");
    Some(Pattern {
        kind: Kind::AfterPause,
        what: What::Anything,
        count: after.iter().map(|day| day.count).sum(),
        times: (back.time, last.time),
        rule: format!(
            "accesses after {} or more without any access by this person; cited are the last one before and the first one after",
            days(i64::from(given.settings.pause_days.get()) * DAY)
        ),
        baseline: format!(
            "no access by this person for {} from {}; {words}",
            days(back.time - left.time),
            rfc3339(left.time)
        ),
        proven: Some(whole),
        about: kept.about(),
    })
}

impl<'a> Collect<'a> for Days {
    fn wants(&mut self, _: usize, seen: &Seen<'a>) -> bool {
        seen.human()
    }

    fn take(&mut self, at: At<'a>) {
        let Some(time) = at.time() else { return };
        let seen = at.seen();
        let new = Day { first: seen, last: seen, count: 0 };
        let day = self.of.entry((seen.principal, time.div_euclid(DAY))).or_insert(new);
        day.count += 1;
        // Of equal times the first reference stays.
        if time < day.first.time {
            day.first = seen;
        }
        if time > day.last.time {
            day.last = seen;
        }
    }
}

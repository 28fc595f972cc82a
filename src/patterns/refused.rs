//! An operation on an object refused to somebody, then done by the same principal. Refusals are few and gathered first;
//! a second walk looks at the calls that were done of the shapes that were refused too.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::given::{Given, NOTHING};
use super::{Kind, Pattern, What};
use crate::clock::{Seconds, rfc3339};
use crate::events::Outcome;
use crate::identities::Grade;
use crate::ledger::shape::RawShape;
use crate::verdicts::runs::about::{At, Kept, SeenAt};
use crate::verdicts::runs::walk::{Collect, Seen};

/// Object, service and operation.
type Call = (u32, u32, u32);

/// Principal, and which call.
type Key = (u32, Call);

/// Refusals of people and workloads.
pub(super) struct Refused<'a> {
    given: Given<'a>,
    calls: Vec<Option<Call>>,
    of: FxHashMap<Key, Vec<SeenAt>>,
}

/// The call of each shape of this outcome by people and workloads.
fn calls(given: Given<'_>, outcome: Outcome) -> Vec<Option<Call>> {
    let ledger = given.ledger;
    let call = |(number, shape): (u32, &crate::ledger::Shape)| {
        let raw: &RawShape = ledger.raw(shape).filter(|raw| raw.outcome == outcome)?;
        let who = ledger.who_shapes.get(shape.who as usize).filter(|who| who.grade != Grade::S)?;
        let object = given.objects.of(number);
        (object != NOTHING && who.grade != Grade::S).then_some((object, raw.source, raw.operation))
    };
    (0_u32..).zip(&ledger.shapes).map(call).collect()
}

impl<'a> Refused<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        let done: FxHashSet<Call> = calls(given, Outcome::Done).into_iter().flatten().collect();
        let mut calls = calls(given, Outcome::Refused);
        calls.iter_mut().for_each(|call| *call = call.filter(|call| done.contains(call)));
        Refused { given, calls, of: FxHashMap::default() }
    }

    /// What is asked of calls that were done.
    pub(super) fn allowed(self) -> Allowed<'a> {
        let mut of: BTreeMap<Key, Attempts> = BTreeMap::new();
        let sorted: BTreeMap<Key, Vec<SeenAt>> = self.of.into_iter().collect();
        for (key, mut refused) in sorted {
            // Equal times stay in the order of references.
            refused.sort_by_key(|seen| seen.time);
            let next = vec![None; refused.len()];
            of.insert(key, Attempts { refused, next, before: 0 });
        }
        let wanted: FxHashSet<Call> = of.keys().map(|(_, call)| *call).collect();
        let mut calls = calls(self.given, Outcome::Done);
        calls.iter_mut().for_each(|call| *call = call.filter(|call| wanted.contains(call)));
        Allowed { given: self.given, calls, of }
    }
}

impl<'a> Collect<'a> for Refused<'a> {
    fn wants(&mut self, number: usize, _: &Seen<'a>) -> bool {
        self.calls.get(number).is_some_and(Option::is_some)
    }

    fn take(&mut self, at: At<'a>) {
        let call = self.calls.get(at.row.shape as usize).copied().flatten();
        if let (Some(call), Some(_)) = (call, at.time()) {
            let seen = at.seen();
            self.of.entry((seen.principal, call)).or_default().push(seen);
        }
    }
}

/// Refusals by time, each with the first call done after it.
struct Attempts {
    refused: Vec<SeenAt>,
    next: Vec<Option<SeenAt>>,
    /// Calls done before the first refusal.
    before: u64,
}

/// Calls done after a refusal.
pub(super) struct Allowed<'a> {
    given: Given<'a>,
    calls: Vec<Option<Call>>,
    of: BTreeMap<Key, Attempts>,
}

impl Allowed<'_> {
    /// Whether anything needs to be looked at.
    pub(super) fn any(&self) -> bool {
        !self.of.is_empty()
    }

    pub(super) fn list(self) -> Vec<Pattern> {
        let given = self.given;
        let minutes = i64::from(given.settings.allowed_minutes.get());
        self.of.iter().filter_map(|((_, call), attempts)| pattern(given, minutes, *call, attempts)).collect()
    }
}

fn pattern(
    given: Given<'_>,
    minutes: i64,
    (object, _, operation): Call,
    attempts: &Attempts,
) -> Option<Pattern> {
    let (mut kept, mut count, mut last) = (Kept::default(), 0, None);
    let mut times: Option<(Seconds, Seconds)> = None;
    let mut next = None;
    // A refusal without a call of its own is followed by that of the next refusal.
    let mut followed: Vec<(SeenAt, SeenAt)> = Vec::new();
    for (refused, own) in attempts.refused.iter().zip(&attempts.next).rev() {
        next = own.or(next);
        let done: Option<SeenAt> =
            next.filter(|done| done.time > refused.time && done.time - refused.time <= minutes * 60);
        followed.extend(done.map(|done| (*refused, done)));
    }
    for (refused, done) in followed.into_iter().rev() {
        count += 1;
        kept.take(refused);
        if last != Some(done.spot) {
            kept.take(done);
            last = Some(done.spot);
        }
        let first = times.map_or(refused.time, |times| times.0);
        times = Some((first, done.time));
    }
    let first_refused = attempts.refused.first()?.time;
    Some(Pattern {
        kind: Kind::RefusedThenAllowed,
        what: What::Call(given.objects.raw(object)?, operation),
        count,
        times: times?,
        rule: format!(
            "an operation on an object that was refused, and done by the same principal within {minutes} minutes after; calls of the same second are in no known order and not told"
        ),
        baseline: format!(
            "before the first refusal at {}, in this window: {} such calls done by this principal",
            rfc3339(first_refused),
            attempts.before
        ),
        proven: None,
        about: kept.about(),
    })
}

impl<'a> Collect<'a> for Allowed<'a> {
    fn wants(&mut self, number: usize, _: &Seen<'a>) -> bool {
        self.calls.get(number).is_some_and(Option::is_some)
    }

    fn take(&mut self, at: At<'a>) {
        let call = self.calls.get(at.row.shape as usize).copied().flatten();
        let (Some(call), Some(time)) = (call, at.time()) else { return };
        let seen = at.seen();
        let Some(attempts) = self.of.get_mut(&(seen.principal, call)) else { return };
        // The last refusal before it: what was done in the very second of one may have come first.
        match attempts.refused.partition_point(|refused| refused.time < time).checked_sub(1) {
            None => attempts.before += u64::from(attempts.refused.first().is_some_and(|one| one.time > time)),
            Some(place) => {
                if let Some(next) = attempts.next.get_mut(place)
                    && next.is_none_or(|known| time < known.time)
                {
                    *next = Some(seen);
                }
            }
        }
    }
}

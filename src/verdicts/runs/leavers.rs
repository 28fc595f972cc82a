//! People who must no longer have access: what they still used, and when access was taken from them.

use std::collections::BTreeSet;

use super::Given;
use super::about::{About, At, Kept, of_accesses};
use super::accounts::{AccountEvent, Done, normal};
use super::walk::{Collect, Seen};
use crate::audit::{HighRisk, RosterRow};
use crate::clock::{DAY, HOUR, Seconds, rfc3339};
use crate::events::Outcome;
use crate::identities::{Who, roster};
use crate::ledger::Ledger;
use crate::rules;

/// Until when somebody may have access.
struct Until {
    kind: &'static str,
    /// As stated: a date or a time.
    stated: String,
    /// From when taking access away counts: the last day is part of it.
    taken: Seconds,
    /// Last instant of access.
    last: Seconds,
    /// From when there must be none.
    from: Seconds,
}

impl Until {
    fn of_leaver(row: &RosterRow) -> Option<Until> {
        let (last, from) = (row.left?, row.gone_from()?);
        let day = if row.last_day.is_some() { DAY } else { 0 };
        Some(Until { kind: "leaver", stated: row.left_as_stated()?, taken: from - day, last, from })
    }

    fn of_risk(row: &HighRisk) -> Until {
        let from = row.from;
        Until { kind: "high-risk", stated: rfc3339(from), taken: from, last: from, from }
    }
}

/// Somebody and what was seen of them after their time.
struct Target {
    person: String,
    until: Until,
    identities: BTreeSet<String>,
    uses: i64,
    kept: Kept,
}

/// Uses after the time from which there must be none.
pub(super) struct UsesAfter<'a> {
    ledger: &'a Ledger,
    window: (Seconds, Seconds),
    targets: Vec<Target>,
    /// Targets of each principal.
    of_principal: Vec<Vec<usize>>,
}

impl<'a> UsesAfter<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        let (ledger, audit) = (given.ledger, given.audit);
        let mut uses = UsesAfter {
            ledger,
            window: (audit.from, audit.to),
            targets: Vec::new(),
            of_principal: vec![Vec::new(); ledger.principals.len()],
        };
        for (place, row) in (0_u32..).zip(&ledger.roster.rows) {
            if let Some(until) = Until::of_leaver(row) {
                uses.add(until, Some((place, row)), &row.id);
            }
        }
        for row in audit.high_risk.iter().flatten() {
            let known = on_roster(ledger, &row.person);
            uses.add(Until::of_risk(row), known, &row.person);
        }
        uses
    }

    fn add(&mut self, until: Until, known: Option<(u32, &RosterRow)>, written: &str) {
        if until.from >= self.window.1 {
            return;
        }
        let number = self.targets.len();
        let ledger = self.ledger;
        let mine = |who: &Who, place: usize| match known {
            Some((row, _)) => *who == Who::Person(row),
            None => !matches!(who, Who::Service(_)) && is_called(ledger, place, written),
        };
        for (place, principal) in ledger.principals.iter().enumerate() {
            if mine(&principal.who, place)
                && let Some(targets) = self.of_principal.get_mut(place)
            {
                targets.push(number);
            }
        }
        let identities = match known {
            Some((_, row)) => row.identities.iter().chain([&row.mail]).map(|text| normal(text)).collect(),
            None => BTreeSet::from([normal(written)]),
        };
        self.targets.push(Target {
            person: known.map_or_else(|| written.to_owned(), |(_, row)| row.id.clone()),
            until,
            identities,
            uses: 0,
            kept: Kept::default(),
        });
    }

    /// One object each, by time and person.
    pub(super) fn list(&self, accounts: &[AccountEvent<'a>]) -> Vec<(rules::Leaver, About)> {
        let mut list: Vec<(Seconds, rules::Leaver, About)> = self
            .targets
            .iter()
            // Whoever left before the window lost access before it: nothing here could show how.
            .filter(|target| target.until.from >= self.window.0 || target.uses > 0)
            .map(|target| one(target, accounts))
            .collect();
        list.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        list.into_iter().map(|(_, leaver, about)| (leaver, about)).collect()
    }
}

fn one(target: &Target, accounts: &[AccountEvent<'_>]) -> (Seconds, rules::Leaver, About) {
    let until = &target.until;
    let counts = |event: &&AccountEvent<'_>| {
        let taken = match event.done {
            Done::Removed => true,
            Done::Disabled | Done::Unassigned => event.time >= until.taken,
            Done::Created => false,
        };
        taken && target.identities.contains(&normal(event.object))
    };
    let removal = accounts.iter().filter(counts).min_by_key(|event| event.time);
    let after = |unit: Seconds| {
        removal.map_or(-1, |event| (event.time.max(until.from) - until.from + unit - 1) / unit)
    };
    let verb = if until.kind == "leaver" { "left" } else { "high risk from" };
    let leaver = rules::Leaver {
        name: format!("{} {verb} {}", target.person, until.stated),
        person: target.person.clone(),
        kind: until.kind.to_owned(),
        from: rfc3339(until.from),
        uses_after: target.uses,
        removed: removal.is_some(),
        removed_after_hours: after(HOUR),
        removed_after_minutes: after(60),
    };
    let mut about = target.kept.about();
    if about.is_bare() {
        let stated = if until.kind == "leaver" { "records.roster" } else { "records.high_risk" };
        about = of_accesses(removal.map(|event| event.at)).with_things(vec![stated.to_owned()]);
        about = about.at_times(Some((until.from, until.from)));
    }
    (until.from, leaver, about)
}

/// The roster row that an id, name, mail or identity stands for, if it is one.
fn on_roster<'l>(ledger: &'l Ledger, person: &str) -> Option<(u32, &'l RosterRow)> {
    let rows = || (0_u32..).zip(&ledger.roster.rows);
    if let Some(known) = rows().find(|(_, row)| row.id == person) {
        return Some(known);
    }
    if let roster::Match::One(place) = ledger.roster.find(person) {
        return ledger.roster.row(place).map(|row| (place, row));
    }
    let mut named = rows().filter(|(_, row)| row.name == person);
    named.next().filter(|_| named.next().is_none())
}

/// Whether a principal that is on no roster goes by this name.
fn is_called(ledger: &Ledger, place: usize, written: &str) -> bool {
    let wanted = normal(written);
    let callers = ledger.callers.iter().zip(&ledger.principal_of);
    let named = ledger.principals.get(place).is_some_and(|principal| principal.name == written);
    named
        || callers
            .filter(|(_, principal)| **principal as usize == place)
            .any(|(caller, _)| normal(&caller.arn) == wanted || normal(&caller.role_or_user()) == wanted)
}

impl<'a> Collect<'a> for UsesAfter<'a> {
    fn wants(&mut self, _: usize, seen: &Seen<'a>) -> bool {
        // A refused call shows that access was gone.
        let carried_out = matches!(seen.raw.outcome, Outcome::Done | Outcome::ConditionFailed);
        carried_out && !self.targets.is_empty()
    }

    fn take(&mut self, at: At<'a>) {
        let principal = self.ledger.principal_place(at.row) as usize;
        let Some(time) = at.time() else { return };
        for number in self.of_principal.get(principal).into_iter().flatten() {
            if let Some(target) = self.targets.get_mut(*number).filter(|target| time > target.until.last) {
                target.uses += 1;
                target.kept.take(at.seen());
            }
        }
    }
}

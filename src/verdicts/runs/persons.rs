//! Human callers and the duties they exercised.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::Given;
use super::about::{About, At, Kept};
use super::bursts::data_class;
use super::walk::{Collect, Seen};
use crate::audit::DataClass;
use crate::audit::scope::Principals;
use crate::events::{Kind, Outcome, Plane};
use crate::identities::{Reason, Who};
use crate::ledger::people;
use crate::rules;

/// One duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    ScopeRead,
    ScopeWrite,
    AccessAdmin,
    LogAdmin,
    KeyAdmin,
}

const ACCESS: &[&str] =
    &["iam.account", "iam.credential", "iam.privilege", "sso.privilege", "sso.identity", "ddb.permission"];
const LOGS: &[&str] = &["log.status", "log.tamper", "log.protection"];

#[derive(Default)]
struct Sums {
    acts: [i64; 5],
    /// Classes of the tables whose items were read or written.
    classes: BTreeSet<DataClass>,
    kept: Kept,
    all: Kept,
    /// Something more than names given at sign-ins that led to nothing.
    acted: bool,
}

/// Acts by principal.
pub(super) struct Acts<'a> {
    given: Given<'a>,
    /// Duties that an access of each shape exercises.
    of_shape: Vec<(Vec<Act>, Option<DataClass>)>,
    /// Shapes of calls that did not succeed under a name that was only given.
    only_claimed: Vec<bool>,
    sums: FxHashMap<u32, Sums>,
}

impl<'a> Acts<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        Acts {
            given,
            of_shape: vec![(Vec::new(), None); given.ledger.shapes.len()],
            only_claimed: vec![false; given.ledger.shapes.len()],
            sums: FxHashMap::default(),
        }
    }

    /// Duties and the class of the table whose items they touch.
    fn of(&self, seen: &Seen<'a>) -> (Vec<Act>, Option<DataClass>) {
        let (ledger, scope, raw) = (self.given.ledger, &self.given.audit.scope, seen.raw);
        if raw.outcome != Outcome::Done {
            return (Vec::new(), None);
        }
        let touches = matches!(raw.kind, Kind::Read | Kind::Write | Kind::Delete);
        let items = raw.plane != Plane::Management && touches;
        let class = data_class(ledger, scope, seen).filter(|_| items);
        let log_object = || scope.is_log_object(raw.object_kind.word(), ledger.name(raw.object_name));
        let told = [
            (Act::ScopeRead, class.is_some() && raw.kind == Kind::Read),
            (Act::ScopeWrite, class.is_some() && raw.kind != Kind::Read),
            (Act::AccessAdmin, seen.in_group(ACCESS) && !seen.shape.own_identity),
            (Act::LogAdmin, seen.in_group(LOGS) && log_object()),
            (Act::KeyAdmin, seen.in_group(&["kms.admin"])),
        ];
        (told.into_iter().filter(|(_, does)| *does).map(|(act, _)| act).collect(), class)
    }

    /// One object a human caller, in the order of principals.
    pub(super) fn list(&self) -> Vec<(rules::Person, About)> {
        let scope = &self.given.audit.scope;
        let names = people::told_apart(&self.given.ledger.principals, &self.given.ledger.roster);
        let person = |(principal, sums): (&u32, &Sums)| {
            let known = self.given.ledger.principals.get(*principal as usize)?;
            let [scope_reads, scope_writes, access_admin, log_admin, key_admin] = sums.acts;
            let duties = match scope.dual_duty.given() {
                true if self.holds(&scope.dual_duty, *principal) => "listed",
                true => "not-listed",
                false => "not-given",
            };
            let person = rules::Person {
                name: names.get(*principal as usize)?.clone(),
                kind: known.kind.to_owned(),
                grade: known.grade.letter().to_owned(),
                scope_reads,
                scope_writes,
                data_classes: sums.classes.iter().map(|class| class.as_str().to_owned()).collect(),
                access_admin,
                log_admin,
                key_admin,
                duties: duties.to_owned(),
                watched: self.holds(&scope.watched, *principal),
                privileged: matches!(known.who, Who::Root(_)) || self.holds(&scope.privileged, *principal),
            };
            // The acts are cited first; somebody without one is cited by any access.
            let acts = sums.kept.about();
            Some((person, if acts.is_bare() { sums.all.about() } else { acts }))
        };
        // Whoever only gave a name and was let in nowhere is no further person: it may be one who stands here already.
        let sums: BTreeMap<&u32, &Sums> = self.sums.iter().filter(|(_, sums)| sums.acted).collect();
        sums.into_iter().filter_map(person).collect()
    }

    /// Whether a list holds an identity of somebody, or the person by id, name or mail.
    fn holds(&self, list: &Principals, principal: u32) -> bool {
        let ledger = self.given.ledger;
        let person = match ledger.principals.get(principal as usize).map(|principal| &principal.who) {
            Some(Who::Person(row)) => ledger.roster.row(*row),
            _ => None,
        };
        let mine = ledger.callers.iter().zip(&ledger.principal_of).filter(|(_, place)| **place == principal);
        person.is_some_and(|row| [&row.id, &row.name, &row.mail].into_iter().any(|text| list.holds(text)))
            || mine
                .map(|(caller, _)| caller)
                .any(|caller| list.holds(&caller.arn) || list.holds(&caller.role_or_user()))
    }
}

impl<'a> Collect<'a> for Acts<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        let human = seen.human();
        if human {
            let acts = self.of(seen);
            if let Some(slot) = self.of_shape.get_mut(number) {
                *slot = acts;
            }
            if let Some(slot) = self.only_claimed.get_mut(number) {
                *slot = seen.who.reason == Reason::ClaimedName && seen.raw.outcome != Outcome::Done;
            }
        }
        human
    }

    fn take(&mut self, at: At<'a>) {
        let seen = at.seen();
        let sums = self.sums.entry(seen.principal).or_default();
        let known = self.of_shape.get(at.row.shape as usize);
        let (acts, class) = known.map_or((&[][..], None), |(acts, class)| (acts.as_slice(), *class));
        sums.classes.extend(class);
        sums.acted |= self.only_claimed.get(at.row.shape as usize) == Some(&false);
        for act in acts {
            if let Some(count) = sums.acts.get_mut(*act as usize) {
                *count += 1;
            }
        }
        if acts.is_empty() {
            sums.all.take(seen);
        } else {
            sums.kept.take(seen);
        }
    }
}

//! Clusters of refusals.

use std::collections::{BTreeMap, BTreeSet};

use super::about::{self, About, At, SeenAt};
use super::walk::{Collect, Seen};
use crate::audit::{DataClass, Scope};
use crate::clock::{Seconds, rfc3339};
use crate::events::{ObjectKind, Outcome};
use crate::identities::Grade;
use crate::ledger::row::Row;
use crate::ledger::{Cover, Ledger, Shape, people};
use crate::rules;

/// One refused event with the classes of the declared tables it was aimed at.
#[derive(Clone)]
struct Refusal {
    seen: SeenAt,
    classes: Vec<DataClass>,
}

/// Refused events of people and workloads, by principal.
pub(crate) struct Refusals<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    /// Data class of each shape's table.
    classes: Vec<Option<DataClass>>,
    /// Names that tell principals apart.
    names: Vec<String>,
    by_principal: BTreeMap<u32, Vec<Refusal>>,
}

impl<'a> Refusals<'a> {
    pub(crate) fn new(ledger: &'a Ledger, scope: &'a Scope) -> Self {
        Refusals {
            ledger,
            scope,
            classes: vec![None; ledger.shapes.len()],
            names: people::told_apart(&ledger.principals, &ledger.roster),
            by_principal: BTreeMap::new(),
        }
    }

    /// Refusals of one principal with no pause longer than `pause`.
    pub(crate) fn list(&self, pause: Seconds) -> Vec<(rules::Burst, About)> {
        let mut bursts = Vec::new();
        for (principal, refusals) in &self.by_principal {
            let mut refusals = refusals.clone();
            refusals.sort_by_key(|refusal| refusal.seen.time);
            for cluster in refusals.chunk_by(|a, b| b.seen.time - a.seen.time <= pause) {
                bursts.extend(self.burst(*principal, cluster));
            }
        }
        bursts
    }

    fn burst(&self, principal: u32, cluster: &[Refusal]) -> Option<(rules::Burst, About)> {
        let (first, last) = (cluster.first()?.seen.time, cluster.last()?.seen.time);
        let person = self.names.get(principal as usize)?.clone();
        let classes: BTreeSet<DataClass> =
            cluster.iter().flat_map(|refusal| refusal.classes.clone()).collect();
        let (count, from, to) = (cluster.len(), rfc3339(first), rfc3339(last));
        let burst = rules::Burst {
            name: format!("{person}: {count} refusals from {from} to {to}"),
            person,
            count: super::count(count),
            minutes: (last - first + 59) / 60,
            from,
            to,
            data_classes: classes.into_iter().map(|class| class.as_str().to_owned()).collect(),
            incident: covered(self.ledger, cluster.iter().map(|refusal| refusal.seen), |shape| {
                shape.incident
            })
            .word()
            .to_owned(),
        };
        Some((burst, about::of_accesses(cluster.iter().map(|refusal| refusal.seen))))
    }
}

impl<'a> Collect<'a> for Refusals<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        let refused = seen.raw.outcome == Outcome::Refused && seen.who.grade != Grade::S;
        if let Some(class) = self.classes.get_mut(number).filter(|_| refused) {
            *class = data_class(self.ledger, self.scope, seen);
        }
        refused
    }

    fn take(&mut self, at: At<'a>) {
        if at.is_first() && at.time().is_some() {
            let class = |row: &Row| self.classes.get(row.shape as usize).copied().flatten();
            let seen = at.seen();
            let refusal = Refusal { seen, classes: at.event.rows.iter().filter_map(class).collect() };
            self.by_principal.entry(seen.principal).or_default().push(refusal);
        }
    }
}

/// The class of a declared table; `None` for anything else.
pub(super) fn data_class(ledger: &Ledger, scope: &Scope, seen: &Seen<'_>) -> Option<DataClass> {
    if seen.raw.object_kind != ObjectKind::Table {
        return None;
    }
    let raw = seen.raw;
    scope.data_class(
        ledger.name(raw.object_account),
        ledger.name(raw.object_region),
        ledger.name(raw.object_name),
    )
}

/// Whether the organisation's files cover all of these accesses.
pub(super) fn covered(
    ledger: &Ledger,
    accesses: impl Iterator<Item = SeenAt>,
    of: impl Fn(&Shape) -> Cover,
) -> Cover {
    let mut covers = accesses.filter_map(|seen| ledger.shapes.get(seen.shape as usize)).map(of);
    let first = covers.next().unwrap_or(Cover::NotGiven);
    if first == Cover::None || covers.any(|cover| cover == Cover::None) { Cover::None } else { first }
}

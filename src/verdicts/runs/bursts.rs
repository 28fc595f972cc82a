//! Clusters of refusals.

use std::collections::BTreeMap;

use super::about::{self, About, At};
use super::walk::{Collect, Seen};
use crate::audit::{DataClass, Scope};
use crate::clock::{Seconds, rfc3339};
use crate::events::{ObjectKind, Outcome};
use crate::identities::Grade;
use crate::ledger::{Cover, Ledger};
use crate::rules;

/// Refused events of people and workloads, by principal.
pub(super) struct Refusals<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    /// Data class of each shape's table.
    classes: Vec<Option<DataClass>>,
    by_principal: BTreeMap<u32, Vec<At<'a>>>,
}

impl<'a> Refusals<'a> {
    pub(super) fn new(ledger: &'a Ledger, scope: &'a Scope) -> Self {
        Refusals { ledger, scope, classes: vec![None; ledger.shapes.len()], by_principal: BTreeMap::new() }
    }

    /// Refusals of one principal with no pause longer than `pause`.
    pub(super) fn list(&self, pause: Seconds) -> Vec<(rules::Burst, About)> {
        let mut bursts = Vec::new();
        for (principal, refusals) in &self.by_principal {
            let mut refusals = refusals.clone();
            refusals.sort_by_key(|at| at.row.time);
            for cluster in refusals.chunk_by(|a, b| b.row.time - a.row.time <= pause) {
                bursts.extend(self.burst(*principal, cluster));
            }
        }
        bursts
    }

    fn burst(&self, principal: u32, cluster: &[At<'a>]) -> Option<(rules::Burst, About)> {
        let (first, last) = (cluster.first()?.row.time, cluster.last()?.row.time);
        let person = self.ledger.principals.get(principal as usize)?.name.clone();
        let rows = cluster.iter().flat_map(|at| at.event.rows);
        let mut classes: Vec<DataClass> =
            rows.filter_map(|row| self.classes.get(row.shape as usize).copied().flatten()).collect();
        classes.sort_unstable();
        classes.dedup();
        let (count, from, to) = (cluster.len(), rfc3339(first), rfc3339(last));
        let burst = rules::Burst {
            name: format!("{person}: {count} refusals from {from} to {to}"),
            person,
            count: super::count(count),
            minutes: (last - first + 59) / 60,
            from,
            to,
            data_classes: classes.into_iter().map(|class| class.as_str().to_owned()).collect(),
            incident: covered(cluster, |shape| shape.incident).word().to_owned(),
        };
        Some((burst, about::of_accesses(cluster.iter().copied())))
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
            self.by_principal.entry(self.ledger.principal_place(at.row)).or_default().push(at);
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
pub(super) fn covered(accesses: &[At<'_>], of: impl Fn(&crate::ledger::Shape) -> Cover) -> Cover {
    let mut covers = accesses.iter().filter_map(|at| at.ledger.shape(at.row)).map(|(shape, _, _)| of(shape));
    let first = covers.next().unwrap_or(Cover::NotGiven);
    if first == Cover::None || covers.any(|cover| cover == Cover::None) { Cover::None } else { first }
}

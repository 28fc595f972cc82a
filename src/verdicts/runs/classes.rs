//! Groups of the event catalogue: what occurred, and whether the trails select it.

use std::collections::{BTreeMap, BTreeSet};

use super::about::About;
use super::walk::Seen;
use super::{Given, number};
use crate::coverage::selectors::Selectors;
use crate::coverage::{Class, State};
use crate::events::catalogue::{self, Entry};
use crate::events::{Kind, ObjectKind, Plane};
use crate::rules;

/// Group of uses of root, which no event names by itself.
const ROOT: &str = "root.use";

/// Start of the names of groups of key events, which a trail can leave out of the management events.
const KEYS: &str = "kms.";

/// What an event must be selected as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Selection {
    Strips(Class),
    /// Objects of buckets.
    Objects,
}

/// One object a group, by name.
pub(super) fn list(given: Given<'_>) -> Vec<(rules::EventClass, About)> {
    let mut needs: BTreeMap<&str, BTreeSet<Selection>> = BTreeMap::new();
    for entry in catalogue::all() {
        for group in &entry.groups {
            needs.entry(group).or_default().extend(selections(entry));
        }
    }
    needs.entry(ROOT).or_default().insert(Selection::Strips(Class::Management));
    let counts = counts(given);
    let known: BTreeMap<Selection, &str> = needs
        .values()
        .flatten()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|selection| (*selection, selected(given, *selection)))
        .collect();
    let scope = &given.audit.scope;
    let keys_left_out =
        given.coverage.without_key_events.iter().any(|account| scope.declares_account(account));
    let class = |(group, needs): (&str, BTreeSet<Selection>)| {
        let without_keys = group.starts_with(KEYS) && keys_left_out;
        let told: BTreeSet<&str> = needs.iter().filter_map(|need| known.get(need).copied()).collect();
        let selected =
            match (without_keys || told.contains("no"), told.contains("unknown") || told.is_empty()) {
                (true, _) => "no",
                (false, true) => "unknown",
                (false, false) => "yes",
            };
        let class = rules::EventClass {
            name: group.to_owned(),
            count: number(counts.get(group).copied().unwrap_or(0)),
            selected: selected.to_owned(),
        };
        (class, About::things(vec![group.to_owned()], Some((given.audit.from, given.audit.to))))
    };
    needs.into_iter().map(class).collect()
}

/// Accesses of each group, by shapes.
fn counts(given: Given<'_>) -> BTreeMap<&'static str, u64> {
    let ledger = given.ledger;
    let mut counts = BTreeMap::new();
    for (shape, accesses) in ledger.shapes.iter().zip(&ledger.counts) {
        let Some(seen) = Seen::new(ledger, shape) else { continue };
        let root = (seen.who.principal_kind == "root").then_some(ROOT);
        let listed = seen.entry.map_or(&[][..], |entry| &entry.groups).iter().copied();
        let groups: BTreeSet<&str> = listed.chain(root).collect();
        for group in groups {
            *counts.entry(group).or_insert(0) += accesses;
        }
    }
    counts
}

fn selections(entry: &Entry) -> Vec<Selection> {
    match (entry.plane, entry.source) {
        (Plane::Management, _) => vec![Selection::Strips(Class::Management)],
        (Plane::Stream, _) => vec![Selection::Strips(Class::Stream)],
        (Plane::Data, "dynamodb.amazonaws.com") if entry.does == "partiql" => {
            vec![Selection::Strips(Class::Read), Selection::Strips(Class::Write)]
        }
        (Plane::Data, "dynamodb.amazonaws.com") => {
            vec![Selection::Strips(if entry.kind == Kind::Read { Class::Read } else { Class::Write })]
        }
        (Plane::Data, _) => vec![Selection::Objects],
    }
}

fn selected(given: Given<'_>, selection: Selection) -> &'static str {
    match selection {
        Selection::Objects => objects(given),
        Selection::Strips(class) => {
            let strips: Vec<_> = given.coverage.strips.iter().filter(|strip| strip.class == class).collect();
            let some = |state| strips.iter().any(|strip| strip.count(state) > 0);
            if some(State::NotSelected) {
                "no"
            } else if strips.is_empty()
                || some(State::Unknown)
                || strips.iter().any(|strip| strip.proof.is_empty())
            {
                "unknown"
            } else {
                "yes"
            }
        }
    }
}

/// Objects of every declared log bucket.
fn objects(given: Given<'_>) -> &'static str {
    let (ledger, audit) = (given.ledger, given.audit);
    let seen: BTreeSet<&str> = ledger
        .shapes
        .iter()
        .filter_map(|shape| ledger.raw(shape))
        .filter(|raw| raw.object_kind == ObjectKind::Bucket && raw.plane == Plane::Data)
        .map(|raw| ledger.name(raw.object_name))
        .collect();
    let selectors: Vec<Selectors> =
        audit.snapshots.iter().filter_map(|snapshot| Selectors::read(&snapshot.answer)).collect();
    let told = |bucket: &String| {
        seen.contains(bucket.as_str()) || selectors.iter().any(|one| one.selects_objects(bucket))
    };
    let buckets = &audit.scope.log_buckets;
    if !buckets.is_empty() && buckets.iter().all(told) { "yes" } else { "unknown" }
}

//! Names of users and roles that were deleted and created again.

use std::collections::BTreeMap;

use super::about::{self, About};
use super::accounts::{AccountEvent, Done, normal};
use crate::clock::{DAY, rfc3339};
use crate::rules;

/// Each deletion with the next creation of the same name.
pub(super) fn list(events: &[AccountEvent<'_>]) -> Vec<(rules::Reuse, About)> {
    let mut by_name: BTreeMap<String, Vec<&AccountEvent<'_>>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.object.starts_with("arn:")) {
        by_name.entry(normal(event.object)).or_default().push(event);
    }
    let mut list = Vec::new();
    for mut events in by_name.into_values() {
        // In one second a deletion stands before a creation: a name must be free to be given.
        events.sort_by_key(|event| (event.time, event.done == Done::Created));
        let mut deleted: Option<&AccountEvent<'_>> = None;
        for event in events {
            match event.done {
                Done::Removed => deleted = Some(event),
                Done::Created => list.extend(deleted.take().map(|deleted| reuse(deleted, event))),
                Done::Disabled | Done::Unassigned => {}
            }
        }
    }
    list
}

fn reuse(deleted: &AccountEvent<'_>, created: &AccountEvent<'_>) -> (rules::Reuse, About) {
    let (from, to) = (rfc3339(deleted.time), rfc3339(created.time));
    let reuse = rules::Reuse {
        name: format!("{} deleted {from}, created again {to}", created.object),
        deleted: from,
        created: to,
        days: (created.time - deleted.time) / DAY,
    };
    (reuse, about::of_accesses([deleted.at, created.at]))
}

//! Names of users and roles that were deleted and created again, in the window or outside it.

use std::collections::BTreeMap;

use super::about::{self, About, SeenAt};
use super::accounts::{AccountEvent, Done, normal};
use crate::clock::{DAY, Seconds, rfc3339};
use crate::ledger::{Ledger, Life};
use crate::rules;

/// A creation or deletion.
struct Event<'a> {
    time: Seconds,
    created: bool,
    object: &'a str,
    record: Record<'a>,
}

/// The record that tells of it.
enum Record<'a> {
    /// An access of the window.
    Inside(SeenAt),
    /// An event outside it, which is no access.
    Outside(&'a Life),
}

/// Each deletion with the next creation of the same name.
pub(super) fn list<'a>(ledger: &'a Ledger, events: &[AccountEvent<'a>]) -> Vec<(rules::Reuse, About)> {
    let inside = events.iter().filter_map(|event| {
        let created = match event.done {
            Done::Created => true,
            Done::Removed => false,
            Done::Disabled | Done::Unassigned => return None,
        };
        Some(Event { time: event.time, created, object: event.object, record: Record::Inside(event.at) })
    });
    let outside = ledger.lives.iter().map(|life| Event {
        time: life.time,
        created: life.created,
        object: &life.object,
        record: Record::Outside(life),
    });
    let mut by_name: BTreeMap<String, Vec<Event<'a>>> = BTreeMap::new();
    for event in inside.chain(outside).filter(|event| event.object.starts_with("arn:")) {
        by_name.entry(normal(event.object)).or_default().push(event);
    }
    let mut list = Vec::new();
    for mut events in by_name.into_values() {
        // In one second a deletion stands before a creation: a name must be free to be given.
        events.sort_by_key(|event| (event.time, event.created));
        let mut deleted: Option<Event<'a>> = None;
        for event in events {
            match event.created {
                false => deleted = Some(event),
                true => list.extend(deleted.take().map(|deleted| reuse(ledger, deleted, event))),
            }
        }
    }
    list
}

fn reuse<'a>(ledger: &'a Ledger, deleted: Event<'a>, created: Event<'a>) -> (rules::Reuse, About) {
    let (from, to) = (rfc3339(deleted.time), rfc3339(created.time));
    let reuse = rules::Reuse {
        name: format!("{} deleted {from}, created again {to}", created.object),
        deleted: from,
        created: to,
        days: (created.time - deleted.time) / DAY,
    };
    let times = Some((deleted.time, created.time));
    let mut objects = vec![created.object.to_owned()];
    let mut accesses = Vec::new();
    for event in [deleted, created] {
        match event.record {
            Record::Inside(at) => accesses.push(at),
            Record::Outside(life) => objects.push(told(ledger, life)),
        }
    }
    (reuse, about::of_accesses(accesses).with_things(objects).at_times(times))
}

/// An event outside the window, which is cited by its reference, file and place.
fn told(ledger: &Ledger, life: &Life) -> String {
    let file = ledger.files.get(life.file as usize).map_or("", |file| &file.name);
    format!("{} (outside the window, record {} of {file})", life.event_ref, life.index)
}

//! Stretches of reading, writing and deleting: how much of a table one caller touched at a time.

use std::collections::{BTreeMap, VecDeque};

use rustc_hash::FxHashMap;

use super::about::{self, About, At};
use super::bursts::{covered, data_class};
use super::walk::{Collect, Seen};
use crate::audit::scope::Table;
use crate::audit::{DataClass, Scope};
use crate::clock::{Seconds, rfc3339};
use crate::events::{KeyKind, Kind, Outcome, Plane, keys};
use crate::identities::Grade;
use crate::ledger::{Ledger, people};
use crate::rules;

/// Whose calls, on which table (by place), of which kind, and whether a person made them.
type Key = (u32, u32, Kind, bool);

/// Done calls on items of declared tables by people and workloads.
pub(super) struct Touches<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    tables: BTreeMap<(Table, DataClass), u32>,
    /// Names that tell principals apart.
    names: Vec<String>,
    /// Table, kind and sort of caller of each shape.
    of_shape: Vec<Option<(u32, Kind, bool)>>,
    touches: BTreeMap<Key, Vec<Touch<'a>>>,
}

/// One call with hashes of the keys it names.
struct Touch<'a> {
    at: At<'a>,
    keys: Box<[u64]>,
}

impl<'a> Touches<'a> {
    pub(super) fn new(ledger: &'a Ledger, scope: &'a Scope) -> Self {
        let tables =
            scope.tables.iter().zip(0_u32..).map(|((table, class), place)| ((table.clone(), *class), place));
        Touches {
            ledger,
            scope,
            tables: tables.collect(),
            names: people::told_apart(&ledger.principals, &ledger.roster),
            of_shape: vec![None; ledger.shapes.len()],
            touches: BTreeMap::new(),
        }
    }

    /// The busiest stretch of this length in each run of calls of one of these kinds without a longer pause.
    pub(super) fn list(&self, length: Seconds, kinds: &[Kind]) -> Vec<(rules::Bulk, About)> {
        let tables: BTreeMap<u32, &(Table, DataClass)> =
            self.tables.iter().map(|(table, place)| (*place, table)).collect();
        let mut list = Vec::new();
        for (key, touches) in self.touches.iter().filter(|((_, _, kind, _), _)| kinds.contains(kind)) {
            let mut touches: Vec<&Touch<'a>> = touches.iter().collect();
            touches.sort_by_key(|touch| touch.at.row.time);
            let Some(table) = tables.get(&key.1) else { continue };
            for run in touches.chunk_by(|a, b| b.at.row.time - a.at.row.time <= length) {
                let (stretch, keys) = busiest(run, length);
                list.extend(self.bulk(*key, table, stretch, keys));
            }
        }
        list
    }

    fn bulk(
        &self,
        (principal, _, kind, human): Key,
        (table, class): &(Table, DataClass),
        stretch: &[&Touch<'a>],
        keys: usize,
    ) -> Option<(rules::Bulk, About)> {
        let accesses: Vec<At<'a>> = stretch.iter().map(|touch| touch.at).collect();
        let (first, last) = (accesses.first()?.row.time, accesses.last()?.row.time);
        let person = self.names.get(principal as usize)?.clone();
        let bulk = rules::Bulk {
            name: format!(
                "{person}, {} {} {}: {} {}s from {}",
                table.account,
                table.region,
                table.name,
                accesses.len(),
                kind.word(),
                rfc3339(first)
            ),
            person,
            kind: kind.word().to_owned(),
            human,
            table: table.name.clone(),
            data_class: class.as_str().to_owned(),
            keys: super::count(keys),
            events: super::count(accesses.len()),
            minutes: (last - first + 59) / 60,
            incident: covered(&accesses, |shape| shape.incident).word().to_owned(),
            change: covered(&accesses, |shape| shape.change).word().to_owned(),
        };
        Some((bulk, about::of_accesses(accesses)))
    }
}

impl<'a> Collect<'a> for Touches<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        let raw = seen.raw;
        let items = matches!(raw.kind, Kind::Read | Kind::Write | Kind::Delete) && raw.plane == Plane::Data;
        if !items || raw.outcome != Outcome::Done || seen.who.grade == Grade::S {
            return false;
        }
        let Some(class) = data_class(self.ledger, self.scope, seen) else {
            return false;
        };
        let name = |place| self.ledger.name(place).to_owned();
        let table = Table {
            account: name(raw.object_account),
            region: name(raw.object_region),
            name: name(raw.object_name),
        };
        let place = self.tables.get(&(table, class)).copied();
        if let Some(slot) = self.of_shape.get_mut(number) {
            *slot = place.map(|place| (place, raw.kind, seen.human()));
        }
        place.is_some()
    }

    fn take(&mut self, at: At<'a>) {
        let known = self.of_shape.get(at.row.shape as usize).copied().flatten();
        if let (Some((table, kind, human)), Some(_)) = (known, at.time()) {
            let named = self
                .ledger
                .shape(at.row)
                .is_some_and(|(_, raw, _)| matches!(raw.key_kind, KeyKind::Exact | KeyKind::Partial));
            let keys = if named { keys::split(at.event.partition.key(at.row)) } else { Vec::new() };
            let keys = keys.iter().map(|key| xxhash_rust::xxh3::xxh3_64(key.as_bytes())).collect();
            let principal = self.ledger.principal_place(at.row);
            self.touches.entry((principal, table, kind, human)).or_default().push(Touch { at, keys });
        }
    }
}

/// The stretch with the most keys, then the most calls, then the earliest; and its number of keys.
fn busiest<'r, 'a>(touches: &'r [&'r Touch<'a>], length: Seconds) -> (&'r [&'r Touch<'a>], usize) {
    let mut inside: FxHashMap<u64, u32> = FxHashMap::default();
    let mut window: VecDeque<&Touch<'a>> = VecDeque::new();
    let (mut best, mut most) = (0..0, 0);
    for (end, touch) in touches.iter().enumerate() {
        while window.front().is_some_and(|first| touch.at.row.time - first.at.row.time > length) {
            for key in window.pop_front().iter().flat_map(|gone| gone.keys.iter()) {
                if let Some(count) = inside.get_mut(key) {
                    *count -= 1;
                    if *count == 0 {
                        inside.remove(key);
                    }
                }
            }
        }
        window.push_back(touch);
        for key in &touch.keys {
            *inside.entry(*key).or_insert(0) += 1;
        }
        if (inside.len(), window.len()) > (most, best.len()) {
            (most, best) = (inside.len(), end + 1 - window.len()..end + 1);
        }
    }
    (touches.get(best).unwrap_or_default(), most)
}

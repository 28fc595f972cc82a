//! Stretches of reading, writing and deleting: how much of a table one caller touched at a time.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::about::{self, About, At, SeenAt};
use super::bursts::{covered, data_class};
use super::walk::{Collect, Seen};
use crate::audit::scope::Table;
use crate::audit::{DataClass, Scope};
use crate::clock::{Seconds, rfc3339};
use crate::events::{KeyKind, Kind, Outcome, Plane, keys};
use crate::identities::Grade;
use crate::ledger::{Ledger, people};
use crate::rules;

/// Done calls on items of declared tables by people and workloads.
pub(crate) struct Touches<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    tables: BTreeMap<(Table, DataClass), u32>,
    /// Names that tell principals apart.
    names: Vec<String>,
    /// What each shape does to which table, and whether its key text names keys.
    of_shape: Vec<Option<(Deed, bool)>>,
    touches: Vec<Touch>,
    /// Hashes of the keys that calls name.
    keys: Vec<u64>,
}

/// What makes a stretch the busiest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Most {
    /// The most keys, then the most calls.
    Keys,
    /// The most calls, then the most keys.
    Calls,
}

/// What calls of one stretch have in common beside the caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Deed {
    /// Table, by place.
    table: u32,
    kind: Kind,
    /// A person made the call.
    human: bool,
}

/// One call; its keys stand from `from` to `to`.
#[derive(Clone, Copy)]
struct Touch {
    deed: Deed,
    seen: SeenAt,
    from: u32,
    to: u32,
}

impl<'a> Touches<'a> {
    pub(crate) fn new(ledger: &'a Ledger, scope: &'a Scope) -> Self {
        let tables =
            scope.tables.iter().zip(0_u32..).map(|((table, class), place)| ((table.clone(), *class), place));
        Touches {
            ledger,
            scope,
            tables: tables.collect(),
            names: people::told_apart(&ledger.principals, &ledger.roster),
            of_shape: vec![None; ledger.shapes.len()],
            touches: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// The busiest stretch of this length in each run of calls of one of these kinds without a longer pause.
    pub(crate) fn list(&self, length: Seconds, kinds: &[Kind], most: Most) -> Vec<(rules::Bulk, About)> {
        let tables: BTreeMap<u32, &(Table, DataClass)> =
            self.tables.iter().map(|(table, place)| (*place, table)).collect();
        let touches = self.in_order(kinds);
        let mut list = Vec::new();
        let same = |a: &Touch, b: &Touch| {
            (a.seen.principal, a.deed) == (b.seen.principal, b.deed) && b.seen.time - a.seen.time <= length
        };
        for run in touches.chunk_by(same) {
            let (stretch, keys) = self.busiest(run, length, most);
            let table = run.first().and_then(|touch| tables.get(&touch.deed.table));
            list.extend(table.and_then(|table| self.bulk(table, stretch, keys)));
        }
        list
    }

    fn bulk(
        &self,
        (table, class): &(Table, DataClass),
        stretch: &[Touch],
        keys: usize,
    ) -> Option<(rules::Bulk, About)> {
        let accesses = || stretch.iter().map(|touch| touch.seen);
        let Deed { kind, human, .. } = stretch.first()?.deed;
        let (first, last) = (stretch.first()?.seen, stretch.last()?.seen);
        let person = self.names.get(first.principal as usize)?.clone();
        let (count, first, last) = (stretch.len(), first.time, last.time);
        let bulk = rules::Bulk {
            name: format!(
                "{person}, {} {} {}: {} {}s from {}",
                table.account,
                table.region,
                table.name,
                count,
                kind.word(),
                rfc3339(first)
            ),
            person,
            kind: kind.word().to_owned(),
            human,
            table: table.name.clone(),
            data_class: class.as_str().to_owned(),
            keys: super::count(keys),
            events: super::count(count),
            minutes: (last - first + 59) / 60,
            incident: covered(self.ledger, accesses(), |shape| shape.incident).word().to_owned(),
            change: covered(self.ledger, accesses(), |shape| shape.change).word().to_owned(),
        };
        Some((bulk, about::of_accesses(accesses())))
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
            let named = matches!(raw.key_kind, KeyKind::Exact | KeyKind::Partial);
            let deed = |table| Deed { table, kind: raw.kind, human: seen.human() };
            *slot = place.map(|table| (deed(table), named));
        }
        place.is_some()
    }

    fn take(&mut self, at: At<'a>) {
        let told = self.of_shape.get(at.row.shape as usize).copied().flatten();
        let (Some((deed, named)), true) = (told, at.time().is_some()) else {
            return;
        };
        let from = self.keys.len();
        let text = if named { at.key() } else { "" };
        let hash = |key: &str| xxhash_rust::xxh3::xxh3_64(key.as_bytes());
        if text.starts_with('[') {
            self.keys.extend(keys::split(text).into_iter().map(hash));
        } else if !text.is_empty() {
            self.keys.push(hash(text));
        }
        let place = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        self.touches.push(Touch { deed, seen: at.seen(), from: place(from), to: place(self.keys.len()) });
    }
}

impl Touches<'_> {
    /// Calls of these kinds by caller, deed and time; equal times stay in the order of references. Sorted as numbers:
    /// there may be as many as there are events.
    fn in_order(&self, kinds: &[Kind]) -> Vec<Touch> {
        let of = |touch: &Touch| (touch.seen.principal, touch.deed);
        let wanted = || self.touches.iter().filter(|touch| kinds.contains(&touch.deed.kind));
        let distinct: FxHashSet<(u32, Deed)> = wanted().map(of).collect();
        let mut callers: Vec<(u32, Deed)> = distinct.into_iter().collect();
        callers.sort_unstable();
        let ranks: FxHashMap<(u32, Deed), u32> = callers.into_iter().zip(0..).collect();
        let mut order: Vec<u128> = (0_u32..)
            .zip(&self.touches)
            .filter(|(_, touch)| kinds.contains(&touch.deed.kind))
            .map(|(place, touch)| {
                let rank = ranks.get(&of(touch)).copied().unwrap_or(u32::MAX);
                // The sign turned, so that times before 1970 stay first.
                let time = touch.seen.time.cast_unsigned() ^ (1 << 63);
                u128::from(rank) << 96 | u128::from(time) << 32 | u128::from(place)
            })
            .collect();
        order.sort_unstable();
        let place = |key: &u128| usize::try_from(key & u128::from(u32::MAX)).unwrap_or(usize::MAX);
        order.iter().filter_map(|key| self.touches.get(place(key)).copied()).collect()
    }

    fn keys_of(&self, touch: &Touch) -> &[u64] {
        self.keys.get(touch.from as usize..touch.to as usize).unwrap_or_default()
    }

    /// The stretch with the most keys, then the most calls, or the other way round, then the earliest; and its number of
    /// keys.
    fn busiest<'r>(&self, touches: &'r [Touch], length: Seconds, most: Most) -> (&'r [Touch], usize) {
        let mut inside: FxHashMap<u64, u32> = FxHashMap::default();
        let (mut start, mut best, mut best_keys) = (0, 0..0, 0);
        let rank = |keys: usize, calls: usize| match most {
            Most::Keys => (keys, calls),
            Most::Calls => (calls, keys),
        };
        for (end, touch) in touches.iter().enumerate() {
            while let Some(first) =
                touches.get(start).filter(|first| touch.seen.time - first.seen.time > length)
            {
                for key in self.keys_of(first) {
                    if let Some(count) = inside.get_mut(key) {
                        *count -= 1;
                        if *count == 0 {
                            inside.remove(key);
                        }
                    }
                }
                start += 1;
            }
            for key in self.keys_of(touch) {
                *inside.entry(*key).or_insert(0) += 1;
            }
            if rank(inside.len(), end + 1 - start) > rank(best_keys, best.len()) {
                (best_keys, best) = (inside.len(), start..end + 1);
            }
        }
        (touches.get(best).unwrap_or_default(), best_keys)
    }
}

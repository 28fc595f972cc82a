//! Stretches of reading: how much of a table one human caller read at a time.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::about::{self, About, At, SeenAt};
use super::bursts::{covered, data_class};
use super::walk::{Collect, Seen};
use crate::audit::scope::Table;
use crate::audit::{DataClass, Scope};
use crate::clock::{Seconds, rfc3339};
use crate::events::{KeyKind, Kind, Outcome, Plane, keys};
use crate::ledger::Ledger;
use crate::rules;

/// Reads of declared tables by human callers.
pub(super) struct Reads<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    tables: BTreeMap<(Table, DataClass), u32>,
    /// Table of each shape, and whether its key text names keys.
    table_of: Vec<(u32, bool)>,
    reads: Vec<Read>,
    /// Hashes of the keys that reads name.
    keys: Vec<u64>,
}

/// One read; its keys stand from `from` to `to`.
#[derive(Clone, Copy)]
struct Read {
    table: u32,
    seen: SeenAt,
    from: u32,
    to: u32,
}

impl<'a> Reads<'a> {
    pub(super) fn new(ledger: &'a Ledger, scope: &'a Scope) -> Self {
        let tables =
            scope.tables.iter().zip(0_u32..).map(|((table, class), place)| ((table.clone(), *class), place));
        Reads {
            ledger,
            scope,
            tables: tables.collect(),
            table_of: vec![(u32::MAX, false); ledger.shapes.len()],
            reads: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// The busiest stretch of this length in each run of reads without a longer pause.
    pub(super) fn list(&self, length: Seconds) -> Vec<(rules::BulkRead, About)> {
        let names: BTreeMap<u32, &(Table, DataClass)> =
            self.tables.iter().map(|(table, place)| (*place, table)).collect();
        let mut reads = self.reads.clone();
        // Equal times stay in the order of references.
        reads.sort_by_key(|read| (read.seen.principal, read.table, read.seen.time));
        let mut list = Vec::new();
        let same = |a: &Read, b: &Read| {
            (a.seen.principal, a.table) == (b.seen.principal, b.table) && b.seen.time - a.seen.time <= length
        };
        for run in reads.chunk_by(same) {
            let (stretch, keys) = self.busiest(run, length);
            let table = run.first().and_then(|read| names.get(&read.table));
            list.extend(table.and_then(|table| self.bulk(table, stretch, keys)));
        }
        list
    }

    fn bulk(
        &self,
        (table, class): &(Table, DataClass),
        stretch: &[Read],
        keys: usize,
    ) -> Option<(rules::BulkRead, About)> {
        let accesses = || stretch.iter().map(|read| read.seen);
        let (first, last) = (stretch.first()?.seen, stretch.last()?.seen);
        let person = self.ledger.principals.get(first.principal as usize)?.name.clone();
        let (count, first, last) = (stretch.len(), first.time, last.time);
        let bulk = rules::BulkRead {
            name: format!(
                "{person}, {} {} {}: {} reads from {}",
                table.account,
                table.region,
                table.name,
                count,
                rfc3339(first)
            ),
            person,
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

impl<'a> Collect<'a> for Reads<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        let raw = seen.raw;
        if raw.kind != Kind::Read || raw.plane != Plane::Data || raw.outcome != Outcome::Done {
            return false;
        }
        let Some(class) = data_class(self.ledger, self.scope, seen).filter(|_| seen.human()) else {
            return false;
        };
        let name = |place| self.ledger.name(place).to_owned();
        let table = Table {
            account: name(raw.object_account),
            region: name(raw.object_region),
            name: name(raw.object_name),
        };
        let place = self.tables.get(&(table, class)).copied();
        if let (Some(slot), Some(place)) = (self.table_of.get_mut(number), place) {
            *slot = (place, matches!(raw.key_kind, KeyKind::Exact | KeyKind::Partial));
        }
        place.is_some()
    }

    fn take(&mut self, at: At<'a>) {
        let told = self.table_of.get(at.row.shape as usize).copied();
        let (Some((table, named)), true) = (told, at.time().is_some()) else {
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
        self.reads.push(Read { table, seen: at.seen(), from: place(from), to: place(self.keys.len()) });
    }
}

impl Reads<'_> {
    fn keys_of(&self, read: &Read) -> &[u64] {
        self.keys.get(read.from as usize..read.to as usize).unwrap_or_default()
    }

    /// The stretch with the most keys, then the most reads, then the earliest; and its number of keys.
    fn busiest<'r>(&self, reads: &'r [Read], length: Seconds) -> (&'r [Read], usize) {
        let mut inside: FxHashMap<u64, u32> = FxHashMap::default();
        let (mut start, mut best, mut most) = (0, 0..0, 0);
        for (end, read) in reads.iter().enumerate() {
            while let Some(first) = reads.get(start).filter(|first| read.seen.time - first.seen.time > length)
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
            for key in self.keys_of(read) {
                *inside.entry(*key).or_insert(0) += 1;
            }
            if (inside.len(), end + 1 - start) > (most, best.len()) {
                (most, best) = (inside.len(), start..end + 1);
            }
        }
        (reads.get(best).unwrap_or_default(), most)
    }
}

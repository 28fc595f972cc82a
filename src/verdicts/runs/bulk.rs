//! Stretches of reading: how much of a table one human caller read at a time.

use std::collections::{BTreeMap, VecDeque};

use rustc_hash::FxHashMap;

use super::about::{self, About, At};
use super::bursts::{covered, data_class};
use super::walk::{Collect, Seen};
use crate::audit::scope::Table;
use crate::audit::{DataClass, Scope};
use crate::clock::{Seconds, rfc3339};
use crate::events::{KeyKind, Kind, Outcome, Plane, keys};
use crate::ledger::Ledger;
use crate::rules;

/// Reads of declared tables by human callers: principal and table.
pub(super) struct Reads<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    tables: BTreeMap<(Table, DataClass), u32>,
    /// Table of each shape.
    table_of: Vec<u32>,
    reads: BTreeMap<(u32, u32), Vec<Read<'a>>>,
}

/// One read with hashes of the keys it names.
struct Read<'a> {
    at: At<'a>,
    keys: Box<[u64]>,
}

impl<'a> Reads<'a> {
    pub(super) fn new(ledger: &'a Ledger, scope: &'a Scope) -> Self {
        let tables =
            scope.tables.iter().zip(0_u32..).map(|((table, class), place)| ((table.clone(), *class), place));
        Reads {
            ledger,
            scope,
            tables: tables.collect(),
            table_of: vec![u32::MAX; ledger.shapes.len()],
            reads: BTreeMap::new(),
        }
    }

    /// The busiest stretch of this length in each run of reads without a longer pause.
    pub(super) fn list(&self, length: Seconds) -> Vec<(rules::BulkRead, About)> {
        let names: BTreeMap<u32, &(Table, DataClass)> =
            self.tables.iter().map(|(table, place)| (*place, table)).collect();
        let mut list = Vec::new();
        for ((principal, table), reads) in &self.reads {
            let mut reads: Vec<&Read<'a>> = reads.iter().collect();
            reads.sort_by_key(|read| read.at.row.time);
            let Some(table) = names.get(table) else { continue };
            for run in reads.chunk_by(|a, b| b.at.row.time - a.at.row.time <= length) {
                let (stretch, keys) = busiest(run, length);
                list.extend(self.bulk(*principal, table, stretch, keys));
            }
        }
        list
    }

    fn bulk(
        &self,
        principal: u32,
        (table, class): &(Table, DataClass),
        stretch: &[&Read<'a>],
        keys: usize,
    ) -> Option<(rules::BulkRead, About)> {
        let accesses: Vec<At<'a>> = stretch.iter().map(|read| read.at).collect();
        let (first, last) = (accesses.first()?.row.time, accesses.last()?.row.time);
        let person = self.ledger.principals.get(principal as usize)?.name.clone();
        let bulk = rules::BulkRead {
            name: format!(
                "{person}, {} {} {}: {} reads from {}",
                table.account,
                table.region,
                table.name,
                accesses.len(),
                rfc3339(first)
            ),
            person,
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
            *slot = place;
        }
        place.is_some()
    }

    fn take(&mut self, at: At<'a>) {
        let table = self.table_of.get(at.row.shape as usize).copied().unwrap_or(u32::MAX);
        if at.time().is_some() {
            let named = self
                .ledger
                .shape(at.row)
                .is_some_and(|(_, raw, _)| matches!(raw.key_kind, KeyKind::Exact | KeyKind::Partial));
            let keys = if named { keys::split(at.event.partition.key(at.row)) } else { Vec::new() };
            let keys = keys.iter().map(|key| xxhash_rust::xxh3::xxh3_64(key.as_bytes())).collect();
            let principal = self.ledger.principal_place(at.row);
            self.reads.entry((principal, table)).or_default().push(Read { at, keys });
        }
    }
}

/// The stretch with the most keys, then the most reads, then the earliest; and its number of keys.
fn busiest<'r, 'a>(reads: &'r [&'r Read<'a>], length: Seconds) -> (&'r [&'r Read<'a>], usize) {
    let mut inside: FxHashMap<u64, u32> = FxHashMap::default();
    let mut window: VecDeque<&Read<'a>> = VecDeque::new();
    let (mut best, mut most) = (0..0, 0);
    for (end, read) in reads.iter().enumerate() {
        while window.front().is_some_and(|first| read.at.row.time - first.at.row.time > length) {
            for key in window.pop_front().iter().flat_map(|gone| gone.keys.iter()) {
                if let Some(count) = inside.get_mut(key) {
                    *count -= 1;
                    if *count == 0 {
                        inside.remove(key);
                    }
                }
            }
        }
        window.push_back(read);
        for key in &read.keys {
            *inside.entry(*key).or_insert(0) += 1;
        }
        if (inside.len(), window.len()) > (most, best.len()) {
            (most, best) = (inside.len(), end + 1 - window.len()..end + 1);
        }
    }
    (reads.get(best).unwrap_or_default(), most)
}

//! Uses of tables' KMS keys: a second log of who touched a table, against which item calls are held.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::Given;
use super::about::{self, About, At, SeenAt};
use super::walk::{Collect, Seen};
use crate::clock::Seconds;
use crate::events::{Class, ObjectKind, Outcome};
use crate::ledger::Ledger;
use crate::rules;

/// DynamoDB keeps a table's key this long before it asks KMS again.
const BEFORE: Seconds = 300;
/// A call is stamped when it ends, after DynamoDB asked for the key.
const AFTER: Seconds = 60;

/// Account, region and name of a table.
type Named<'a> = (&'a str, &'a str, &'a str);

/// Key uses and item calls of the same ARN on the same table.
pub(super) struct KeyUses<'a> {
    ledger: &'a Ledger,
    tables: Vec<Named<'a>>,
    /// Table of each shape, and whether it is a key use.
    of_shape: Vec<Option<(u32, bool)>>,
    /// ARN of each caller, by place in `arns`.
    arn_of: Vec<u32>,
    arns: Vec<&'a str>,
    uses: BTreeMap<(u32, u32), Vec<SeenAt>>,
    calls: FxHashMap<(u32, u32), Vec<Seconds>>,
}

impl<'a> KeyUses<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        let mut places: FxHashMap<&str, u32> = FxHashMap::default();
        let mut arns: Vec<&str> = Vec::new();
        let mut arn_of = Vec::with_capacity(ledger.callers.len());
        for caller in &ledger.callers {
            // A service-linked role acts for the service itself.
            let own = caller.arn.is_empty() || caller.issuer_arn.contains(":role/aws-service-role/");
            let next = u32::try_from(arns.len()).unwrap_or(u32::MAX);
            arn_of.push(if own {
                u32::MAX
            } else {
                *places.entry(&caller.arn).or_insert_with(|| {
                    arns.push(&caller.arn);
                    next
                })
            });
        }
        let mut uses = KeyUses {
            ledger,
            tables: Vec::new(),
            of_shape: vec![None; ledger.shapes.len()],
            arn_of,
            arns,
            uses: BTreeMap::new(),
            calls: FxHashMap::default(),
        };
        uses.find_tables();
        uses
    }

    /// Every table that a key use names, in the order of names.
    fn find_tables(&mut self) {
        let seen = self.ledger.shapes.iter().filter_map(|shape| Seen::new(self.ledger, shape));
        let mut tables: Vec<Named<'a>> = seen.filter_map(|seen| witnessed(self.ledger, &seen)).collect();
        tables.sort_unstable();
        tables.dedup();
        self.tables = tables;
    }

    fn place(&self, table: Named<'a>) -> Option<u32> {
        self.tables.binary_search(&table).ok().and_then(|place| u32::try_from(place).ok())
    }

    /// One object a table and ARN.
    pub(super) fn list(&mut self, given: Given<'a>) -> Vec<(rules::Witness, About)> {
        let people = self.people();
        let mut list = Vec::new();
        for ((table, arn), used) in &self.uses {
            let calls = self.calls.entry((*table, *arn)).or_default();
            calls.sort_unstable();
            let is_alone = |used: &&SeenAt| {
                let next = calls.partition_point(|call| *call < used.time - BEFORE);
                calls.get(next).is_none_or(|call| *call > used.time + AFTER)
            };
            let alone: Vec<SeenAt> = used.iter().filter(is_alone).copied().collect();
            let (Some((account, region, name)), Some(arn)) =
                (self.tables.get(*table as usize), self.arns.get(*arn as usize))
            else {
                continue;
            };
            let class = given.audit.scope.data_class(account, region, name);
            let witness = rules::Witness {
                name: format!("{account} {region} {name} by {arn}"),
                table: (*name).to_owned(),
                data_class: class.map_or("", crate::audit::DataClass::as_str).to_owned(),
                account: (*account).to_owned(),
                region: (*region).to_owned(),
                person: people.get(arn).cloned().unwrap_or_else(|| (*arn).to_owned()),
                count: super::count(used.len()),
                unmatched: super::count(alone.len()),
            };
            // Where some have no call, those alone are what the answer rests on.
            let told = if alone.is_empty() { used } else { &alone };
            let about = about::of_accesses(told.iter().copied()).with_things(vec![(*name).to_owned()]);
            list.push((witness, about));
        }
        list.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        list
    }

    /// Roster id or workload of each ARN that called by itself.
    fn people(&self) -> BTreeMap<&'a str, String> {
        let mut people = BTreeMap::new();
        let own = self.ledger.callers.iter().zip(&self.ledger.resolutions);
        for (caller, resolution) in own.filter(|(caller, _)| caller.service().is_none()) {
            let name = crate::verdicts::fields::who_id(self.ledger, &resolution.who);
            if !name.is_empty() && !caller.arn.is_empty() {
                people.entry(caller.arn.as_str()).or_insert(name);
            }
        }
        people
    }
}

/// The table that a done key use names.
fn witnessed<'a>(ledger: &'a Ledger, seen: &Seen<'a>) -> Option<Named<'a>> {
    if seen.does() != "key_use" || seen.raw.outcome != Outcome::Done {
        return None;
    }
    let (account, name) = ledger.name(seen.raw.detail).split_once(':')?;
    Some((account, ledger.name(seen.raw.region), name))
}

/// The table of a call that uses its key: item and stream calls, and copies.
fn called<'a>(ledger: &'a Ledger, seen: &Seen<'a>) -> Option<Named<'a>> {
    let raw = seen.raw;
    let copies = matches!(seen.does(), "copy_out" | "copy_in");
    if raw.object_kind != ObjectKind::Table || !(raw.class == Class::DataAccess || copies) {
        return None;
    }
    Some((ledger.name(raw.object_account), ledger.name(raw.object_region), ledger.name(raw.object_name)))
}

impl<'a> Collect<'a> for KeyUses<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        if self.tables.is_empty() {
            return false;
        }
        let used = witnessed(self.ledger, seen).and_then(|table| self.place(table));
        let call = || called(self.ledger, seen).and_then(|table| self.place(table));
        let told = used.map(|table| (table, true)).or_else(|| call().map(|table| (table, false)));
        if let Some(slot) = self.of_shape.get_mut(number) {
            *slot = told;
        }
        told.is_some()
    }

    fn take(&mut self, at: At<'a>) {
        let arn = self.arn_of.get(at.row.caller as usize).copied().unwrap_or(u32::MAX);
        let told = self.of_shape.get(at.row.shape as usize).copied().flatten();
        let (Some(time), Some((table, is_use)), true) = (at.time(), told, arn != u32::MAX) else {
            return;
        };
        if is_use {
            self.uses.entry((table, arn)).or_default().push(at.seen());
        } else {
            self.calls.entry((table, arn)).or_default().push(time);
        }
    }
}

//! Views: one action as the logs of several accounts tell it. CloudTrail gives each account a record of its own, with
//! its own eventID and one `sharedEventID` for all of them (cloudtrail-records §2). Comes in: partitions without
//! repeats, the records that state a `sharedEventID`. Goes out: the same partitions with one event for each action, the
//! other records as its views, and groups that do not agree, which are kept apart whole. Nothing here depends on
//! the order in which files were read, and nobody is named whom no record names.

pub mod agree;

use std::collections::BTreeSet;

use self::agree::{Judging, Live};
use super::intern::Interner;
use super::row::{IdKind, Partition, Partitions, Row};
use super::shape::{RawShape, Trust};
use crate::identities::Caller;

/// Marks rows that another account's record stands for, until they are taken out.
const GONE: u32 = u32::MAX;

/// References told of a group that is kept apart.
const TOLD: usize = 4;

/// A record that says that other accounts got one of the same action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shared {
    /// `sharedEventID`: the GUID, or a hash of any other text.
    pub shared: u128,
    /// Its event.
    pub event: EventKey,
    /// Hash of `requestID`; 0 for none.
    pub request: u128,
    /// File.
    pub file: u32,
    /// Zero-based place among the file's records.
    pub index: u32,
}

/// Which event of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    /// Account (a name) and leading digit of the id: its partition.
    pub partition: (u32, u8),
    /// How the id is spelt.
    pub id_kind: IdKind,
    /// The id.
    pub id: u128,
    /// Hash of the record's bytes.
    pub hash: u128,
}

/// Another account's record of an action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct View {
    /// `account:eventID`.
    pub event_ref: String,
    /// File, by place among the files read; of the ledger in the end.
    pub file: u32,
    /// Zero-based place among the file's records.
    pub index: u32,
    /// The access has its caller from here: the record it is counted by does not name it as well.
    pub names_caller: bool,
}

/// Records with one `sharedEventID` that do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// Where the first of them stands: file and place.
    pub place: (u32, u32),
    /// How many.
    pub records: u64,
    /// Why, and which.
    pub detail: String,
}

/// What merging did.
#[derive(Debug, Default)]
pub struct Merged {
    /// Views of each merged action; rows name them by place and one more.
    pub views: Vec<Vec<View>>,
    /// Groups kept apart.
    pub apart: Vec<Apart>,
    /// Records that another one stands for.
    pub copies: u64,
    /// Their references.
    pub gone: BTreeSet<String>,
    /// Every place where they were delivered: file and place.
    pub told_elsewhere: BTreeSet<(u32, u32)>,
}

/// What a part knows besides its rows.
pub struct Known<'a> {
    /// Texts.
    pub names: &'a Interner<Box<str>>,
    /// Callers, as rows name them.
    pub callers: &'a [Caller],
    /// Raw shapes; merged accesses may need new ones.
    pub shapes: &'a mut Interner<RawShape>,
}

/// Merges the views of each action. `partitions` hold each event once, sorted by id.
pub fn merge(partitions: &mut Partitions, mut shared: Vec<Shared>, known: &mut Known<'_>) -> Merged {
    let mut merged = Merged::default();
    shared.iter_mut().for_each(|one| one.event.hash = kept(partitions, &one.event));
    shared.sort_unstable();
    let mut touched = BTreeSet::new();
    for group in shared.chunk_by(|a, b| a.shared == b.shared) {
        if group.first().map(|one| one.event) == group.last().map(|one| one.event) {
            continue;
        }
        let action = action(partitions, group, known, &mut merged);
        for change in action {
            touched.insert(change.event.partition);
            change.apply(partitions);
        }
    }
    for place in touched {
        if let Some(partition) = partitions.get_mut(&place) {
            partition.rows.retain(|row| row.views != GONE);
        }
    }
    merged
}

/// New rows for an event.
struct Change {
    event: EventKey,
    rows: Vec<Row>,
}

impl Change {
    fn apply(self, partitions: &mut Partitions) {
        let Some(partition) = partitions.get_mut(&self.event.partition) else { return };
        let place = place(partition, &self.event);
        for (slot, row) in partition.rows.iter_mut().skip(place.start).zip(self.rows) {
            *slot = row;
        }
    }
}

/// Where the rows of an event stand.
fn place(partition: &Partition, event: &EventKey) -> std::ops::Range<usize> {
    let wanted = (event.id_kind, event.id);
    let first = partition.rows.partition_point(|row| (row.id_kind, row.id) < wanted);
    let same = partition.rows.iter().skip(first).take_while(|row| (row.id_kind, row.id) == wanted);
    let mut start = first;
    let mut end = first;
    for (number, row) in same.enumerate() {
        if row.hash == event.hash {
            start = if end == first { first + number } else { start };
            end = first + number + 1;
        }
    }
    start..end
}

/// The content under which an event is kept: its own, or that of the one copy left that agrees with it. A poorer copy may
/// be the only one that tells of other accounts.
fn kept(partitions: &Partitions, event: &EventKey) -> u128 {
    let Some(partition) = partitions.get(&event.partition) else { return event.hash };
    let wanted = (event.id_kind, event.id);
    let first = partition.rows.partition_point(|row| (row.id_kind, row.id) < wanted);
    let same = || partition.rows.iter().skip(first).take_while(|row| (row.id_kind, row.id) == wanted);
    match same().next() {
        Some(one) if same().all(|row| row.hash != event.hash) && same().all(|row| row.hash == one.hash) => {
            one.hash
        }
        _ => event.hash,
    }
}

/// Whether a reference has other content too.
fn is_contested(partition: &Partition, event: &EventKey) -> bool {
    let wanted = (event.id_kind, event.id);
    let first = partition.rows.partition_point(|row| (row.id_kind, row.id) < wanted);
    let mut same = partition.rows.iter().skip(first).take_while(|row| (row.id_kind, row.id) == wanted);
    same.any(|row| row.hash != event.hash)
}

/// One group of records: merged, or kept apart with the reason, or nothing to do because one event of it is left.
fn action(
    partitions: &Partitions,
    group: &[Shared],
    known: &mut Known<'_>,
    merged: &mut Merged,
) -> Vec<Change> {
    let views = live(partitions, group, known.names);
    if views.len() < 2 {
        return Vec::new();
    }
    let judged =
        Judging { names: known.names, callers: known.callers, shapes: known.shapes.values() }.of(&views);
    match judged {
        Err(why) => {
            merged.apart.push(apart(&views, why));
            Vec::new()
        }
        Ok(roles) => joined(&views, group, &roles, known, merged),
    }
}

/// The events of a group that stand in the ledger, by account.
fn live<'a>(partitions: &'a Partitions, group: &[Shared], names: &'a Interner<Box<str>>) -> Vec<Live<'a>> {
    let mut views: Vec<Live<'a>> = Vec::new();
    for same in group.chunk_by(|a, b| a.event == b.event) {
        let found = same.first().and_then(|one| {
            let partition = partitions.get(&one.event.partition)?;
            let rows = partition.rows.get(place(partition, &one.event)).filter(|rows| !rows.is_empty())?;
            Some((one, partition, rows))
        });
        let Some((one, partition, rows)) = found else { continue };
        let account = names.str(one.event.partition.0);
        let contested = is_contested(partition, &one.event);
        // A row of a query may lack the request.
        let request = same.iter().map(|one| one.request).find(|request| *request != 0).unwrap_or(0);
        views.push(Live { event: one.event, request, account, partition, rows, contested });
    }
    views.sort_by(|a, b| {
        (a.account, a.event.id_kind, a.event.id).cmp(&(b.account, b.event.id_kind, b.event.id))
    });
    views
}

fn apart(views: &[Live<'_>], why: agree::Why) -> Apart {
    let mut told: Vec<String> = views.iter().take(TOLD).map(Live::reference).collect();
    if views.len() > TOLD {
        told.push(format!("{} more", views.len() - TOLD));
    }
    Apart {
        place: views.first().map_or((u32::MAX, u32::MAX), Live::place),
        records: views.len() as u64,
        detail: format!("{}: {}", why.words(), told.join(", ")),
    }
}

/// The event that stands for all of them, and those that go.
fn joined(
    views: &[Live<'_>],
    group: &[Shared],
    roles: &agree::Roles,
    known: &mut Known<'_>,
    merged: &mut Merged,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut others = Vec::new();
    for (number, view) in views.iter().enumerate() {
        if number == roles.primary {
            continue;
        }
        let (file, index) = view.place();
        let (event_ref, names_caller) = (view.reference(), number == roles.caller);
        merged.gone.insert(event_ref.clone());
        let delivered = group.iter().filter(|one| one.event == view.event);
        merged.told_elsewhere.extend(delivered.map(|one| (one.file, one.index)));
        others.push(View { event_ref, file, index, names_caller });
        let rows = view.rows.iter().map(|row| Row { views: GONE, ..*row }).collect();
        changes.push(Change { event: view.event, rows });
    }
    merged.copies += others.len() as u64;
    merged.views.push(others);
    let number = u32::try_from(merged.views.len()).unwrap_or(GONE - 1);
    if let Some(primary) = views.get(roles.primary) {
        let rows = primary.rows.iter().map(|row| combined(row, number, views, roles, known)).collect();
        changes.push(Change { event: primary.event, rows });
    }
    changes
}

/// A row of the event that stands for all, with what it lacks taken from the others.
fn combined(row: &Row, number: u32, views: &[Live<'_>], roles: &agree::Roles, known: &mut Known<'_>) -> Row {
    let firsts = || views.iter().filter_map(|view| view.rows.first());
    let empty = |name: u32| known.names.str(name).is_empty();
    let stated = |own: u32, of: fn(&Row) -> u32| {
        if empty(own) { firsts().map(of).find(|name| !empty(*name)).unwrap_or(own) } else { own }
    };
    let (address, agent) = (stated(row.address, |row| row.address), stated(row.agent, |row| row.agent));
    let caller =
        views.get(roles.caller).and_then(|view| view.rows.first()).map_or(row.caller, |row| row.caller);
    let shape = shape(row, caller, views, roles, known);
    Row { caller, address, agent, shape, views: number, ..*row }
}

fn shape(row: &Row, caller: u32, views: &[Live<'_>], roles: &agree::Roles, known: &mut Known<'_>) -> u32 {
    let raws: Vec<RawShape> =
        views.iter().filter_map(|view| known.shapes.get(view.rows.first()?.shape).copied()).collect();
    let Some(own) = known.shapes.get(row.shape).copied() else { return row.shape };
    // The access is trusted no more than each record it rests on.
    let trust = |place: usize| raws.get(place).map_or(Trust::Unverified, |raw| raw.trust);
    let rested = roles.rests_on.iter().map(|place| trust(*place)).max();
    known.shapes.add(RawShape {
        has_who: known.callers.get(caller as usize).is_some_and(Caller::names_somebody),
        from_console: raws.iter().any(|raw| raw.from_console),
        endpoint: own.endpoint.or_else(|| raws.iter().find_map(|raw| raw.endpoint)),
        trust: rested.unwrap_or(own.trust).max(own.trust),
        ..own
    })
}

//! From a merged part to the ledger: remove repeats, keep the window, resolve people, shape and count. Nothing here
//! depends on the order in which files were read.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::adopt;
use super::covers::Covers;
use super::individuals::Uses;
use super::lives::Lives;
use super::part::{LoggingRecord, Part};
use super::people;
use super::repeats::{self, Place, Reread};
use super::row::{NO_TIME, Partition, Partitions, Row};
use super::shape::{RawShape, agent_family, origin};
use super::standing::Stander;
use super::views::{self, Known, Merged};
use super::who::WhoShape;
use super::{AccountRows, Boxes, FileFacts, Ledger, Shape};
use crate::audit::Audit;
use crate::clock::TimeForm;
use crate::coverage::{Coverage, Delivered, Presence, trails};
use crate::events::{Class, Kind, ObjectKind, Plane, arn};
use crate::gaps::{Gap, GapKind};
use crate::identities::{Caller, Issuance, Resolution, Resolver, Roster, mfa, roster};

impl Part {
    /// What coverage rests on.
    pub fn presence(&self) -> Presence {
        let mut presence = Presence::default();
        #[expect(clippy::iter_over_hash_type, reason = "goes into an ordered set")]
        for (shape, hour) in &self.presence {
            let Some(shape) = self.shapes.get(*shape) else {
                continue;
            };
            if shape.class != Class::SetAside {
                presence.delivered.insert(self.delivered(shape, *hour));
            }
        }
        #[expect(clippy::iter_over_hash_type, reason = "goes into an ordered map")]
        for ((account, region), time) in &self.last_seen {
            let place = (self.names.str(*account).to_owned(), self.names.str(*region).to_owned());
            presence.last.insert(place, *time);
        }
        presence
    }

    /// Accounts and regions that events of log files speak of, in order.
    pub fn places(&self) -> Vec<(String, String)> {
        let name = |place: u32| self.names.str(place).to_owned();
        let places = self.last_seen.keys().map(|(account, region)| (name(*account), name(*region)));
        let places: std::collections::BTreeSet<(String, String)> = places.collect();
        places.into_iter().collect()
    }

    fn delivered(&self, shape: &RawShape, hour: i64) -> Delivered {
        use crate::coverage::Class as Logged;
        let class = match (shape.class, shape.plane, shape.kind) {
            (Class::DataAccess, Plane::Stream, _) => Some(Logged::Stream),
            (Class::DataAccess, _, Kind::Read) => Some(Logged::Read),
            (Class::DataAccess, _, _) => Some(Logged::Write),
            (Class::SetAside, _, _) => None,
            (_, Plane::Management, _) => Some(Logged::Management),
            _ => None,
        };
        let data = matches!(class, Some(Logged::Read | Logged::Write | Logged::Stream));
        // Another account's table in this log shows nothing of the table of the same name here.
        let own = shape.object_account == shape.account && shape.object_region == shape.region;
        Delivered {
            account: self.names.str(shape.account).to_owned(),
            region: self.names.str(shape.region).to_owned(),
            hour,
            class,
            table: if data && own { self.names.str(shape.object_name).to_owned() } else { String::new() },
        }
    }

    /// Changes of logging by time, each once.
    pub fn logging_changes(&self) -> Vec<LoggingRecord> {
        let mut changes = self.logging.clone();
        // Of copies of one record the one that says most stays: rows of a query may lack the trail and the request.
        changes.sort_by(|a, b| b.cmp(a));
        changes.dedup_by(|a, b| a.event_ref == b.event_ref && a.time == b.time && a.operation == b.operation);
        changes.reverse();
        changes
    }

    /// The same for coverage.
    pub fn trail_changes(&self) -> Vec<trails::Change> {
        let change = |record: LoggingRecord| trails::Change {
            time: record.time,
            account: record.account,
            region: record.region,
            operation: record.operation,
            trail: record.trail,
            request: record.request,
        };
        self.logging_changes().into_iter().map(change).collect()
    }
}

/// Settles a merged part.
pub fn settle(mut part: Part, audit: &Audit, coverage: &Coverage, reread: Reread<'_>) -> Ledger {
    let roster = Roster::new(audit.roster.clone().unwrap_or_default());
    let order = caller_order(part.callers.values());
    let sorted: Vec<Caller> = order.iter().filter_map(|place| part.callers.get(*place).cloned()).collect();
    let mut new_place = vec![0_u32; sorted.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(slot) = new_place.get_mut(*old as usize) {
            *slot = u32::try_from(new).unwrap_or(u32::MAX);
        }
    }
    for issuance in &mut part.issuances {
        issuance.caller = new_place.get(issuance.caller as usize).copied().unwrap_or(u32::MAX);
    }
    part.issuances.sort();
    part.issuances.dedup();
    without_poorer_copies(&mut part.issuances);
    let resolutions = Resolver::new(&sorted, &part.issuances, &roster, &audit.scope).all();
    let (principals, principal_of) = people::principals(&resolutions, &roster);
    let mut logging = part.logging_changes();
    let rank = file_rank(&part.files);
    let mut partitions = std::mem::take(&mut part.partitions);
    let homes = adopt::nameless(&mut partitions, |account| part.names.str(account));
    let copies = repeats::Copies::new(&part.files, part.shapes.values(), &rank);
    let removed = repeats::remove_all(&mut partitions, &copies, reread);
    let mut shared = std::mem::take(&mut part.shared);
    homes.follow(&mut shared);
    let mut known = Known { names: &part.names, callers: part.callers.values(), shapes: &mut part.shapes };
    let mut merged = views::merge(&mut partitions, shared, &mut known);
    let gaps = gaps(&mut part, removed.conflicts, &merged);
    logging.retain(|change| !merged.gone.contains(&change.event_ref));
    let mut settling = Settling::new(&part, audit, coverage, &sorted, &resolutions, &roster);
    let accounts = settling.rows(partitions, &rank, &new_place);
    let Settling { shapes, counts, who_shapes, boxes, lives, uses, .. } = settling;
    let used = uses.finish();
    merged.views.iter_mut().flatten().for_each(|view| view.file = placed(&rank, view.file));
    let mut files = std::mem::take(&mut part.files);
    let span =
        files.iter().filter_map(|file| file.first.zip(file.last)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let boxes = Boxes {
        parsed: files.iter().map(|file| file.records).sum(),
        duplicates: removed.duplicates,
        copies: merged.copies,
        apart: merged.apart.iter().map(|group| group.records).sum(),
        ..boxes
    };
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ledger {
        raw_shapes: part.shapes.values().to_vec(),
        names: part.names,
        callers: sorted,
        resolutions,
        used,
        principal_of,
        principals,
        who_shapes,
        shapes,
        counts,
        accounts,
        files,
        views: merged.views,
        logging,
        lives: lives.finish(&rank),
        issuances: part.issuances,
        gaps,
        boxes,
        span,
        roster,
    }
}

fn caller_order(callers: &[Caller]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(callers.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by(|a, b| callers.get(*a as usize).cmp(&callers.get(*b as usize)));
    order
}

/// Place of each file among the names sorted.
fn file_rank(files: &[FileFacts]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|place| files.get(*place).map(|file| &file.name));
    let mut rank = vec![0; files.len()];
    for (new, old) in order.into_iter().enumerate() {
        if let Some(slot) = rank.get_mut(old) {
            *slot = u32::try_from(new).unwrap_or(u32::MAX);
        }
    }
    rank
}

/// What the part lacks, with conflicts and records that stay apart. What another account's record tells is not lost.
fn gaps(part: &mut Part, conflicts: Vec<Place>, merged: &Merged) -> Vec<Gap> {
    let place = |(file, index): (u32, u32)| {
        let name = part.files.get(file as usize).map(|file| file.name.clone()).unwrap_or_default();
        (name, format!("record {index}"))
    };
    let gap = |kind, at, detail: &str, count| {
        let (file, position) = place(at);
        Gap { kind, file, position, detail: detail.to_owned(), count }
    };
    let told: BTreeSet<(String, String)> = merged.told_elsewhere.iter().copied().map(place).collect();
    let conflict = "its reference is printed with ~ and the start of its content hash";
    let conflicts = conflicts.into_iter().map(|at| gap(GapKind::Conflict, at, conflict, 1));
    let apart =
        merged.apart.iter().map(|group| gap(GapKind::Apart, group.place, &group.detail, group.records));
    let mut gaps: Vec<Gap> = conflicts.chain(apart).collect();
    gaps.extend(std::mem::take(&mut part.gaps));
    gaps.retain(|gap| {
        let lost = gap.kind != GapKind::NotUnderstood || told.is_empty();
        lost || !told.contains(&(gap.file.clone(), gap.position.clone()))
    });
    gaps.sort();
    gaps
}

fn placed(rank: &[u32], file: u32) -> u32 {
    rank.get(file as usize).copied().unwrap_or(u32::MAX)
}

struct Settling<'a> {
    names: &'a super::intern::Interner<Box<str>>,
    raw_shapes: &'a [RawShape],
    audit: &'a Audit,
    callers: &'a [Caller],
    resolutions: &'a [Resolution],
    roster: &'a Roster,
    who_of: Vec<u32>,
    who_shapes: Vec<WhoShape>,
    shapes: Vec<Shape>,
    places: FxHashMap<Shape, u32>,
    counts: Vec<u64>,
    origins: FxHashMap<u32, &'static str>,
    agents: FxHashMap<u32, &'static str>,
    boxes: Boxes,
    lives: Lives,
    uses: Uses,
    covers: Covers<'a>,
    stander: Stander<'a>,
}

impl<'a> Settling<'a> {
    fn new(
        part: &'a Part,
        audit: &'a Audit,
        coverage: &Coverage,
        callers: &'a [Caller],
        resolutions: &'a [Resolution],
        roster: &'a Roster,
    ) -> Self {
        let factors = mfa::all(callers, &part.issuances);
        let shapes: Vec<WhoShape> = callers
            .iter()
            .zip(resolutions)
            .zip(factors)
            .map(|((caller, resolution), mfa)| WhoShape::new(caller, resolution, mfa, &audit.scope, coverage))
            .collect();
        let mut places: BTreeMap<&WhoShape, u32> = BTreeMap::new();
        for shape in &shapes {
            places.entry(shape).or_insert(0);
        }
        for (number, place) in places.values_mut().enumerate() {
            *place = u32::try_from(number).unwrap_or(u32::MAX);
        }
        let covers = Covers { names: &part.names, audit, callers, resolutions, roster };
        Settling {
            covers,
            stander: Stander::new(covers),
            names: &part.names,
            raw_shapes: part.shapes.values(),
            audit,
            callers,
            resolutions,
            roster,
            who_of: shapes.iter().map(|shape| places.get(shape).copied().unwrap_or(0)).collect(),
            who_shapes: places.keys().map(|shape| (*shape).clone()).collect(),
            shapes: Vec::new(),
            places: FxHashMap::default(),
            counts: Vec::new(),
            origins: FxHashMap::default(),
            agents: FxHashMap::default(),
            boxes: Boxes::default(),
            uses: Uses::new(resolutions, roster),
            lives: Lives::new(&part.names, part.shapes.values()),
        }
    }

    /// Goes over all partitions; rows come out sorted, with shape, caller and file of the ledger.
    fn rows(&mut self, partitions: Partitions, rank: &[u32], new_place: &[u32]) -> Vec<AccountRows> {
        let mut accounts: BTreeMap<&str, AccountRows> = BTreeMap::new();
        for ((account, class), mut partition) in partitions {
            for row in &mut partition.rows {
                row.caller = new_place.get(row.caller as usize).copied().unwrap_or(u32::MAX);
            }
            self.keep(&mut partition);
            for row in &mut partition.rows {
                row.file = placed(rank, row.file);
            }
            let name = self.names.str(account);
            let fresh = || AccountRows { account: name.to_owned(), ..AccountRows::default() };
            let rows = accounts.entry(name).or_insert_with(fresh);
            if class == 16 {
                rows.others = sorted_by_text(partition);
            } else {
                rows.guids.push(partition);
            }
        }
        accounts.into_values().collect()
    }

    /// Counts events into their boxes and keeps the rows the audit looks at.
    fn keep(&mut self, partition: &mut Partition) {
        let mut last = None;
        let mut rows = std::mem::take(&mut partition.rows);
        rows.retain_mut(|row| {
            let event = (row.id_kind, row.id, row.hash);
            let first = last != Some(event);
            last = Some(event);
            self.count(row, first, partition)
        });
        partition.rows = rows;
    }

    fn count(&mut self, row: &mut Row, first_of_event: bool, texts: &Partition) -> bool {
        let Some(raw) = self.raw_shapes.get(row.shape as usize) else {
            return false;
        };
        let once = u64::from(first_of_event);
        if row.time != NO_TIME && !(self.audit.from..self.audit.to).contains(&row.time) {
            self.boxes.outside += once;
            if first_of_event {
                self.lives.outside(self.names, raw, row, texts);
            }
            return false;
        }
        *self.boxes.classes.entry(raw.class).or_insert(0) += once;
        self.boxes.without_time += if row.time == NO_TIME { once } else { 0 };
        let whole = matches!(raw.time_form, TimeForm::Seconds | TimeForm::Coarser);
        self.boxes.whole_seconds += if whole { once } else { 0 };
        let who = self.who_of.get(row.caller as usize).copied().unwrap_or(0);
        let privileged = self.who_shapes.get(who as usize).is_some_and(|shape| shape.privileged);
        let kept = match raw.class {
            Class::DataAccess | Class::TableManagement | Class::Catalogued => true,
            Class::OtherService => privileged,
            Class::SetAside => false,
        };
        if kept {
            self.boxes.other_kept += if raw.class == Class::OtherService { once } else { 0 };
            self.uses.add(row.caller, row.time);
            self.shape(row, raw, who, texts);
        }
        kept
    }

    fn shape(&mut self, row: &mut Row, raw: &RawShape, who: u32, texts: &Partition) {
        let names = self.names;
        let shape = Shape {
            raw: row.shape,
            who,
            origin: self.origins.entry(row.address).or_insert_with(|| origin(names.str(row.address))),
            agent: self.agents.entry(row.agent).or_insert_with(|| agent_family(names.str(row.agent))),
            change: self.covers.approved(self.audit.changes.as_ref(), row, raw),
            incident: self.covers.incident(row),
            own_identity: raw.object_kind == ObjectKind::Identity && self.own(row, raw),
            target_privileged: raw.object_kind == ObjectKind::Identity
                && self.audit.scope.privileged.holds(names.str(raw.object_name)),
            standing: self.stander.of(row, raw, texts),
        };
        let place = *self.places.entry(shape).or_insert_with(|| {
            self.shapes.push(shape);
            self.counts.push(0);
            u32::try_from(self.shapes.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(count) = self.counts.get_mut(place as usize) {
            *count += 1;
        }
        row.shape = place;
    }

    fn own(&self, row: &Row, raw: &RawShape) -> bool {
        let object = self.names.str(raw.object_name);
        let Some(caller) = self.callers.get(row.caller as usize) else {
            return false;
        };
        if object.is_empty() || caller.service().is_some() {
            return false;
        }
        let same_person =
            match (self.resolutions.get(row.caller as usize).map(|r| &r.who), self.roster.find(object)) {
                (Some(crate::identities::Who::Person(row)), roster::Match::One(other)) => *row == other,
                _ => false,
            };
        let session = matches!(raw.plane, Plane::Management) && self.is_session(raw);
        !session
            && (same_person
                || same_identity(object, &caller.arn)
                || same_identity(object, &caller.role_or_user()))
    }

    /// Signing in or assuming a role touches an identity without changing it.
    fn is_session(&self, raw: &RawShape) -> bool {
        let source = self.names.str(raw.source);
        source == "signin.amazonaws.com" || source == "sts.amazonaws.com"
    }
}

/// Of one record's copies those taken from rows of a query give way: they may lack who asked.
fn without_poorer_copies(issuances: &mut Vec<Issuance>) {
    let key = |issuance: &Issuance| {
        let id = issuance.event_ref.rsplit(':').next().unwrap_or_default().to_owned();
        (issuance.partition.clone(), issuance.access_key.clone(), id)
    };
    if issuances.iter().any(|issuance| issuance.from_row) {
        let whole: BTreeSet<_> = issuances.iter().filter(|issuance| !issuance.from_row).map(key).collect();
        issuances.retain(|issuance| !issuance.from_row || !whole.contains(&key(issuance)));
    }
}

/// Ids that are no GUIDs stand in the order of their printed text; accesses of one event keep theirs.
fn sorted_by_text(mut partition: Partition) -> Partition {
    let mut keyed: Vec<(String, Row)> = partition
        .rows
        .iter()
        .map(|row| {
            let mut text = String::new();
            partition.push_id(&mut text, row);
            (text, *row)
        })
        .collect();
    keyed.sort_by(|a, b| (&a.0, a.1.part).cmp(&(&b.0, b.1.part)));
    partition.rows = keyed.into_iter().map(|(_, row)| row).collect();
    partition
}

/// Whether two ARNs name one user or role; requests state names without the path that ARNs carry.
fn same_identity(a: &str, b: &str) -> bool {
    let parts = |text: &'_ str| -> Option<(String, String, String)> {
        let arn = arn::parse(text)?;
        let (kind, path) = arn.resource.split_once('/')?;
        Some((arn.account.to_owned(), kind.to_owned(), path.rsplit('/').next()?.to_owned()))
    };
    a == b || parts(a).is_some_and(|a| parts(b) == Some(a))
}

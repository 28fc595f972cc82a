//! Who read, wrote or deleted one item. Comes in: table and key as typed. Goes out: for each table of that name what
//! touched the item for certain, what named it without success, what may have touched it and why, and which hours are not
//! proven. Every access to the table is in exactly one count, and the counts add up.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bearing::{self, Bearing, Named, Off, Why, Words};
use super::key::Asked;
use super::line::{Line, Maker};
use super::roles::Roles;
use super::schema::Schema;
use super::unrecorded::{self, Limit, Unrecorded};
use super::{Head, Refusal, Sources, near, near_hint};
use crate::audit::scope;
use crate::bundle::redaction::shown;
use crate::bundle::sessions::Sessions;
use crate::error::Result;
use crate::events::{ObjectKind, arn};
use crate::ledger::Ledger;
use crate::ledger::repeats::Place;
use crate::ledger::row::Row;
use crate::ledger::shape::RawShape;
use crate::ledger::walk::EventRows;

/// Limits that bear on the view of an item.
const LIMITS: [&str; 9] = ["L01", "L02", "L03", "L05", "L06", "L07", "L14", "L15", "L30"];

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// Name or ARN of the table.
    pub table: &'q str,
    /// The key as typed.
    pub key: &'q [String],
    /// Roles in place of people.
    pub roles: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemTrace {
    /// `trace item`.
    pub trace: &'static str,
    /// Roles stand for people.
    pub roles: bool,
    /// Head.
    pub head: Head,
    /// One for each table of that name.
    pub tables: Vec<TableTrace>,
    /// What no log of this kind shows.
    pub limits: Vec<Limit>,
}

/// Accesses of a table, each counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// All accesses to the table.
    pub accesses: u64,
    /// Touched the item.
    pub touched: u64,
    /// Named it without success.
    pub tried: u64,
    /// May have touched it.
    pub may: u64,
    /// Name other items.
    pub other_items: u64,
    /// Reach no items: settings, descriptions.
    pub no_items: u64,
    /// Failed, and would have reached items at large.
    pub failed: u64,
    /// Accesses to items in this region that do not state their table; not among the accesses above.
    pub without_table: u64,
    /// Those of them that may have touched it; these are in its list.
    pub may_without_table: u64,
}

/// Accesses that may have touched the item, of one reason, operation and person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MayGroup {
    /// Why they only may: a code.
    pub why: &'static str,
    /// The same in words.
    pub why_words: &'static str,
    /// `eventName`.
    pub operation: String,
    /// Who, or in which function.
    pub who: String,
    /// Accesses.
    pub accesses: u64,
    /// Time of the first.
    pub first: String,
    /// Time of the last.
    pub last: String,
    /// Reference of the first.
    pub event_ref: String,
    /// File and place of the first.
    pub place: String,
    /// Trust of the first.
    pub trust: &'static str,
}

/// What happened to the item of one table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableTrace {
    /// Owner account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Table.
    pub table: String,
    /// Whether audit.toml declares it; no hour of another table is proven.
    pub declared: bool,
    /// The key asked for.
    pub key: String,
    /// What is known of the table's keys.
    pub keys: String,
    /// The key asked for leaves key attributes open: it stands for every item that holds its values.
    pub several_items: bool,
    /// The counts.
    pub sums: Sums,
    /// Touched it for certain.
    pub touched: Vec<Line>,
    /// Named it without success.
    pub tried: Vec<Line>,
    /// May have touched it.
    pub may: Vec<Line>,
    /// The same by reason, operation and who.
    pub may_groups: Vec<MayGroup>,
    /// Hours that are not proven.
    pub unrecorded: Vec<Unrecorded>,
}

/// Traces an item. The inner refusal tells what is wrong with the question.
///
/// # Errors
/// When the shipped limits cannot be read.
pub fn trace(from: &Sources<'_>, question: Question<'_>) -> Result<std::result::Result<ItemTrace, Refusal>> {
    let tables = match tables(from, question.table) {
        Ok(tables) => tables,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let sessions = Sessions::new(from.ledger, from.audit.session_silence);
    let roles = question.roles.then(|| Roles::new(from.ledger));
    let maker = Maker { ledger: from.ledger, sessions: &sessions, roles: roles.as_ref() };
    let mut traces = Vec::new();
    for table in &tables {
        let schema = Schema::of(from, table);
        let asked = match Asked::read(question.key, schema.as_ref()) {
            Ok(asked) => asked,
            Err(refusal) => return Ok(Err(about(refusal, table))),
        };
        traces.push(one_table(from, &maker, table, &asked, schema.as_ref()));
    }
    let limits = unrecorded::limits(from, &LIMITS)?;
    let head = Head::new(from, question.roles);
    Ok(Ok(ItemTrace { trace: "item", roles: question.roles, head, tables: traces, limits }))
}

fn about(refusal: Refusal, table: &scope::Table) -> Refusal {
    let place = format!("{} of {} in {}", table.name, table.account, table.region);
    Refusal { message: format!("table {place}: {}", refusal.message), ..refusal }
}

/// The tables of a name or ARN: declared ones and those seen.
fn tables(from: &Sources<'_>, typed: &str) -> std::result::Result<Vec<scope::Table>, Refusal> {
    let ledger = from.ledger;
    let mut known: BTreeSet<scope::Table> = from.audit.scope.tables.keys().cloned().collect();
    for raw in ledger.shapes.iter().filter_map(|shape| ledger.raw(shape)) {
        let name = ledger.name(raw.object_name);
        if raw.object_kind == ObjectKind::Table && !name.is_empty() {
            known.insert(scope::Table {
                account: ledger.name(raw.object_account).to_owned(),
                region: ledger.name(raw.object_region).to_owned(),
                name: name.to_owned(),
            });
        }
    }
    let stated = arn::table(typed);
    let is_it = |table: &&scope::Table| match stated {
        Some(place) => place == (&*table.region, &*table.account, &*table.name),
        None => table.name == typed,
    };
    let found: Vec<scope::Table> = known.iter().filter(is_it).cloned().collect();
    if found.is_empty() {
        let near =
            near(stated.map_or(typed, |(_, _, name)| name), known.iter().map(|table| table.name.as_str()));
        return Err(Refusal::new(
            format!("no table {typed:?}: audit.toml declares none, and no record of the window names one"),
            near_hint(&near, "name a table as audit.toml does, or by its ARN"),
        ));
    }
    Ok(found)
}

/// An access on its way into a part.
struct Candidate<'a> {
    event: EventRows<'a>,
    number: usize,
    bearing: Bearing,
    nameless: bool,
}

fn one_table(
    from: &Sources<'_>,
    maker: &Maker<'_>,
    table: &scope::Table,
    asked: &Asked,
    schema: Option<&Schema>,
) -> TableTrace {
    let mut candidates = Vec::new();
    from.ledger.walk(&mut |event| {
        for (number, row) in event.rows.iter().enumerate() {
            if let Some((bearing, nameless)) = first_look(from.ledger, table, asked, event, row) {
                candidates.push(Candidate { event, number, bearing, nameless });
            }
        }
    });
    look_closer(from, table, asked, &mut candidates);
    let mut answer = TableTrace {
        account: shown(&table.account).into_owned(),
        region: shown(&table.region).into_owned(),
        table: shown(&table.name).into_owned(),
        declared: from.audit.scope.tables.contains_key(table),
        key: shown(&asked.words()).into_owned(),
        keys: keys_words(schema),
        several_items: schema.is_some_and(|schema| asked.is_part_of(schema)),
        sums: Sums::default(),
        touched: Vec::new(),
        tried: Vec::new(),
        may: Vec::new(),
        may_groups: Vec::new(),
        unrecorded: unrecorded::of_table(from, table),
    };
    for candidate in candidates {
        answer.take(maker, candidate);
    }
    for lines in [&mut answer.touched, &mut answer.tried, &mut answer.may] {
        lines.sort_by(|a, b| a.order.cmp(&b.order));
    }
    answer.may_groups = groups(&answer.may);
    answer
}

/// Lines sorted by time, put together by reason, operation and who.
fn groups(lines: &[Line]) -> Vec<MayGroup> {
    let mut groups: BTreeMap<(&str, &str, String), MayGroup> = BTreeMap::new();
    for line in lines {
        let fresh = || MayGroup {
            why: line.why,
            why_words: line.why_words,
            operation: line.operation.clone(),
            who: line.who(),
            accesses: 0,
            first: line.time.clone(),
            last: String::new(),
            event_ref: line.event_ref.clone(),
            place: line.place.clone(),
            trust: line.trust,
        };
        let group = groups.entry((line.why, &line.operation, line.who())).or_insert_with(fresh);
        group.accesses += 1;
        group.last.clone_from(&line.time);
    }
    groups.into_values().collect()
}

fn keys_words(schema: Option<&Schema>) -> String {
    match schema {
        Some(schema) => shown(&format!("{} ({})", schema.names.join(", "), schema.from)).into_owned(),
        None => "not known: no call that succeeded names one, and no description of the table was saved"
            .to_owned(),
    }
}

fn words<'a>(ledger: &'a Ledger, raw: &RawShape, event: EventRows<'a>, row: &Row) -> Words<'a> {
    Words {
        source: ledger.name(raw.source),
        operation: ledger.name(raw.operation),
        error: ledger.name(raw.error),
        key: event.partition.key(row),
    }
}

/// What the row says; `None` for accesses to anything else than the table.
fn first_look(
    ledger: &Ledger,
    table: &scope::Table,
    asked: &Asked,
    event: EventRows<'_>,
    row: &Row,
) -> Option<(Bearing, bool)> {
    let (_, raw, _) = ledger.shape(row)?;
    let (name, region) = (ledger.name(raw.object_name), ledger.name(raw.object_region));
    if raw.object_kind != ObjectKind::Table || region != table.region {
        return None;
    }
    if bearing::is_nameless(raw, name) {
        return Some((bearing::nameless(raw, ledger.name(raw.error)), true));
    }
    let here = name == table.name && ledger.name(raw.object_account) == table.account;
    here.then(|| (bearing::first_look(raw, words(ledger, raw, event, row), asked), false))
}

/// Reads the records of the accesses whose rows do not say enough.
fn look_closer(from: &Sources<'_>, table: &scope::Table, asked: &Asked, candidates: &mut [Candidate<'_>]) {
    let ledger = from.ledger;
    let mut open: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        if let (Bearing::Ask, Some(row)) = (&candidate.bearing, candidate.event.rows.get(candidate.number)) {
            open.entry((row.file, row.index)).or_default().push(at);
        }
    }
    let places: BTreeSet<Place> = open.keys().copied().collect();
    (from.again)(&places, &mut |place, record| {
        for at in open.get(&place).into_iter().flatten() {
            let Some(candidate) = candidates.get_mut(*at) else { continue };
            let Some(row) = candidate.event.rows.get(candidate.number) else { continue };
            let Some((_, raw, _)) = ledger.shape(row) else { continue };
            let words = words(ledger, raw, candidate.event, row);
            candidate.bearing = bearing::closer_look(record, raw, words, table, asked);
        }
    });
    for candidate in candidates.iter_mut().filter(|candidate| candidate.bearing == Bearing::Ask) {
        let Some(row) = candidate.event.rows.get(candidate.number) else { continue };
        let Some((_, raw, _)) = ledger.shape(row) else { continue };
        candidate.bearing = bearing::without_record(raw, words(ledger, raw, candidate.event, row), asked);
    }
}

impl TableTrace {
    fn take(&mut self, maker: &Maker<'_>, candidate: Candidate<'_>) {
        if candidate.nameless {
            self.sums.without_table += 1;
        } else {
            self.sums.accesses += 1;
        }
        let line = || maker.line(candidate.event, candidate.number);
        match candidate.bearing {
            Bearing::Touched(named) => {
                self.sums.touched += 1;
                self.touched.extend(line().map(|line| named_line(line, &named, true)));
            }
            Bearing::Tried(named) => {
                self.sums.tried += 1;
                self.tried.extend(line().map(|line| named_line(line, &named, false)));
            }
            Bearing::May(why) => self.take_may(line(), why, candidate.nameless),
            Bearing::Ask => self.take_may(line(), Why::Unread, candidate.nameless),
            Bearing::Off(Off::OtherItems) => self.sums.other_items += 1,
            Bearing::Off(Off::Failed) if candidate.nameless => {}
            Bearing::Off(Off::Failed) => self.sums.failed += 1,
            Bearing::Off(Off::NoItems) => self.sums.no_items += 1,
        }
    }

    fn take_may(&mut self, line: Option<Line>, why: Why, nameless: bool) {
        let count = if nameless { &mut self.sums.may_without_table } else { &mut self.sums.may };
        *count += 1;
        self.may.extend(line.map(|line| may_line(line, why)));
    }
}

fn named_line(line: Line, named: &Named, done: bool) -> Line {
    let acts: Vec<&str> = named.acts.iter().map(|act| act.word()).collect();
    let did = if done { acts.join(", ") } else { format!("tried: {}", acts.join(", ")) };
    let notes: Vec<&str> = named.notes.iter().copied().collect();
    let note = if done { notes.join("; ") } else { String::new() };
    // The key asked for says it; a batch also names items of others.
    Line { did, note, items: named.items, recorded: None, ..line }
}

fn may_line(line: Line, why: Why) -> Line {
    Line { why: why.code(), why_words: why.words(), ..line }
}

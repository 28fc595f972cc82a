//! Sessions: one credential's accesses, split after a silence (evidence-bundle §7). Comes in: the ledger and the silence
//! that audit.toml states. Goes out: the session of every access and the sessions themselves, numbered by principal,
//! credential and time.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::clock::Seconds;
use crate::events::{KeyKind, Kind, ObjectKind, Outcome, keys};
use crate::ledger::Ledger;
use crate::ledger::row::Row;
use crate::ledger::shape::RawShape;
use crate::ledger::standing::Told;
use crate::ledger::walk::EventRows;

/// Accesses by what they did and what came of them. The members sum to all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Done reads.
    pub reads: u64,
    /// Done writes.
    pub writes: u64,
    /// Done deletes.
    pub deletes: u64,
    /// Done administration, descriptions, sign-ins.
    pub admin: u64,
    /// Refused.
    pub refused: u64,
    /// Failed otherwise.
    pub failed: u64,
}

impl Sums {
    /// Counts one access.
    pub fn add(&mut self, kind: Kind, outcome: Outcome) {
        let slot = match (outcome, kind) {
            (Outcome::Refused, _) => &mut self.refused,
            (Outcome::Done, Kind::Read) => &mut self.reads,
            (Outcome::Done, Kind::Write) => &mut self.writes,
            (Outcome::Done, Kind::Delete) => &mut self.deletes,
            (Outcome::Done, Kind::Admin | Kind::Describe) => &mut self.admin,
            (_, _) => &mut self.failed,
        };
        *slot += 1;
    }

    /// All accesses.
    pub fn all(&self) -> u64 {
        self.reads + self.writes + self.deletes + self.admin + self.refused + self.failed
    }
}

/// One access on its way into a session.
#[derive(Clone, Copy)]
pub struct Touch<'a> {
    /// Principal, by place.
    pub principal: u32,
    /// Place in [`Ledger::walk`].
    pub order: u32,
    /// Its row.
    pub row: &'a Row,
    /// Its event.
    pub event: EventRows<'a>,
}

/// A session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// Principal, by place.
    pub principal: u32,
    /// Caller of its first access, by place.
    pub caller: u32,
    /// Address of its first access, by place.
    pub address: u32,
    /// Further addresses in it.
    pub more_addresses: u64,
    /// Agent of its first access, by place.
    pub agent: u32,
    /// First time.
    pub start: Seconds,
    /// Last time.
    pub end: Seconds,
    /// What was done.
    pub sums: Sums,
    /// Distinct keys of the items that its done accesses to tables name.
    pub items: u64,
    /// Distinct operations, done or not.
    pub operations: u64,
    /// Distinct tables, touched or attempted.
    pub tables: u64,
    /// Accesses made in the console.
    pub console: u64,
    /// Accesses outside the working hours that audit.toml states; 0 where it states none.
    pub off_hours: u64,
}

impl Session {
    /// Whether the console was used: `yes`, `no`, or `in part`.
    pub fn console_word(&self) -> &'static str {
        match self.console {
            0 => "no",
            some if some == self.sums.all() => "yes",
            _ => "in part",
        }
    }
}

/// A table: account, region, name.
type TablePlace = (u32, u32, u32);

fn table_place(raw: &RawShape) -> TablePlace {
    (raw.object_account, raw.object_region, raw.object_name)
}

/// The keys of the items that a done access to a table names.
pub fn items_of<'a>(touch: &Touch<'a>, raw: &RawShape) -> Vec<&'a str> {
    let named = raw.object_kind == ObjectKind::Table
        && raw.outcome == Outcome::Done
        && raw.key_kind == KeyKind::Exact
        && touch.row.key_length > 0;
    if named { keys::split(touch.event.partition.key(touch.row)) } else { Vec::new() }
}

/// What a session counts one by one.
#[derive(Default)]
struct Seen<'a> {
    items: FxHashSet<(TablePlace, &'a str)>,
    addresses: FxHashSet<u32>,
    operations: FxHashSet<(u32, u32)>,
    tables: FxHashSet<TablePlace>,
    sums: Sums,
    console: u64,
    off_hours: u64,
}

impl<'a> Seen<'a> {
    fn add(&mut self, ledger: &Ledger, touch: &Touch<'a>) {
        self.addresses.insert(touch.row.address);
        let Some((shape, raw, _)) = ledger.shape(touch.row) else { return };
        self.sums.add(raw.kind, raw.outcome);
        self.operations.insert((raw.source, raw.operation));
        if raw.object_kind == ObjectKind::Table && raw.has_object {
            self.tables.insert(table_place(raw));
        }
        self.console += u64::from(raw.from_console);
        self.off_hours += u64::from(shape.standing.hours == Told::Outside);
        self.items.extend(items_of(touch, raw).into_iter().map(|key| (table_place(raw), key)));
    }
}

/// All sessions and the session of each access.
#[derive(Default)]
pub struct Sessions<'a> {
    /// The accesses sorted by principal, credential, time, reference.
    pub touches: Vec<Touch<'a>>,
    /// The sessions, in that order.
    pub list: Vec<Session>,
    /// Session of each access, in the order of [`Ledger::walk`].
    pub of: Vec<u32>,
    /// First and last touch of each principal, as a range into `touches`.
    pub ranges: BTreeMap<u32, std::ops::Range<usize>>,
}

impl<'a> Sessions<'a> {
    /// Sorts all accesses into sessions; one ends when its credential is silent for longer than `silence`.
    pub fn new(ledger: &'a Ledger, silence: Seconds) -> Sessions<'a> {
        let credentials = credentials(ledger);
        let credential =
            |touch: &Touch<'_>| credentials.get(touch.row.caller as usize).copied().unwrap_or(u32::MAX);
        let mut touches = Vec::with_capacity(usize::try_from(ledger.accesses()).unwrap_or(0));
        ledger.walk(&mut |event| {
            for (number, row) in event.rows.iter().enumerate() {
                let order = u32::try_from(event.first + number).unwrap_or(u32::MAX);
                touches.push(Touch { principal: ledger.principal_place(row), order, row, event });
            }
        });
        touches
            .sort_unstable_by_key(|touch| (touch.principal, credential(touch), touch.row.time, touch.order));
        let mut sessions = Sessions { of: vec![0; touches.len()], ..Sessions::default() };
        let same = |a: &Touch<'_>, b: &Touch<'_>| {
            (a.principal, credential(a)) == (b.principal, credential(b))
                && b.row.time.saturating_sub(a.row.time) <= silence
        };
        for group in touches.chunk_by(same) {
            sessions.add(ledger, group);
        }
        let mut at = 0;
        for group in touches.chunk_by(|a, b| a.principal == b.principal) {
            if let Some(first) = group.first() {
                sessions.ranges.insert(first.principal, at..at + group.len());
            }
            at += group.len();
        }
        sessions.touches = touches;
        sessions
    }

    fn add(&mut self, ledger: &Ledger, touches: &[Touch<'_>]) {
        let (Some(first), Some(last)) = (touches.first(), touches.last()) else {
            return;
        };
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let mut seen = Seen::default();
        for touch in touches {
            if let Some(slot) = self.of.get_mut(touch.order as usize) {
                *slot = number;
            }
            seen.add(ledger, touch);
        }
        self.list.push(Session {
            principal: first.principal,
            caller: first.row.caller,
            address: first.row.address,
            more_addresses: seen.addresses.len() as u64 - 1,
            agent: first.row.agent,
            start: first.row.time,
            end: last.row.time,
            sums: seen.sums,
            items: seen.items.len() as u64,
            operations: seen.operations.len() as u64,
            tables: seen.tables.len() as u64,
            console: seen.console,
            off_hours: seen.off_hours,
        });
    }

    /// Sessions of a principal with their numbers.
    pub fn of_principal(&self, principal: u32) -> impl Iterator<Item = (usize, &Session)> {
        let start = self.list.partition_point(|session| session.principal < principal);
        self.list
            .iter()
            .enumerate()
            .skip(start)
            .take_while(move |(_, session)| session.principal == principal)
    }

    /// Accesses of a principal, by credential and time.
    pub fn touches_of(&self, principal: u32) -> &[Touch<'a>] {
        self.ranges.get(&principal).and_then(|range| self.touches.get(range.clone())).unwrap_or_default()
    }
}

/// `S-000001`.
pub fn session_id(number: usize) -> String {
    format!("S-{:06}", number + 1)
}

/// Callers that share a credential share a number; numbers follow principal ARN and key, not reading order.
fn credentials(ledger: &Ledger) -> Vec<u32> {
    let mut places: BTreeMap<(&str, &str, &str), u32> = BTreeMap::new();
    let key = |caller: &'_ crate::identities::Caller| -> (String, String, String) {
        (caller.principal(), caller.access_key.clone(), caller.created.clone())
    };
    let keys: Vec<_> = ledger.callers.iter().map(key).collect();
    for (principal, access_key, created) in &keys {
        places.entry((principal, access_key, created)).or_insert(0);
    }
    for (number, place) in places.values_mut().enumerate() {
        *place = u32::try_from(number).unwrap_or(u32::MAX);
    }
    keys.iter()
        .map(|(principal, access_key, created)| {
            places.get(&(principal.as_str(), access_key.as_str(), created.as_str())).copied().unwrap_or(0)
        })
        .collect()
}

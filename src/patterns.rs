//! Patterns of use: what stands out in how people used data, described and never judged. Comes in: ledger, coverage and
//! the thresholds of `[patterns]`. Goes out: [`Patterns`], each with its rule, its baseline and the records behind it,
//! in an order that does not depend on files. It stands behind the verdicts in the flow, so none can depend on it.
//!
//! Repeats were removed in the ledger. Attempts that failed or were throttled and then sent again count as the one call
//! that was done. What a record hides (`HIDDEN_DUE_TO_…`) is taken for no name, key or address; an access without a
//! usable time is not looked at.

mod collect;
mod given;
mod hours;
mod known;
mod origins;
mod pauses;
mod refused;
mod tables;

use crate::audit::Audit;
use crate::clock::{DAY, Seconds};
use crate::coverage::Coverage;
use crate::ledger::Ledger;
use crate::ledger::shape::RawShape;
use crate::verdicts::runs::About;
use crate::verdicts::runs::walk::{self, Collect};
use given::{Given, Objects};

/// What is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// First access to a table after the baseline.
    FirstOnTable,
    /// Refused, then done.
    RefusedThenAllowed,
    /// Many refusals in a row.
    BurstOfRefusals,
    /// Many keys or calls on one table within a stretch.
    BulkReads,
    /// A network not used before.
    NewNetwork,
    /// Outside the declared hours.
    OutsideHours,
    /// One access key from many networks.
    KeyNetworks,
    /// A pause, then accesses.
    AfterPause,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Kind; 8] = [
        Kind::FirstOnTable,
        Kind::RefusedThenAllowed,
        Kind::BurstOfRefusals,
        Kind::BulkReads,
        Kind::NewNetwork,
        Kind::OutsideHours,
        Kind::KeyNetworks,
        Kind::AfterPause,
    ];

    /// The word of data files.
    pub fn code(self) -> &'static str {
        match self {
            Kind::FirstOnTable => "first-on-table",
            Kind::RefusedThenAllowed => "refused-then-allowed",
            Kind::BurstOfRefusals => "burst-of-refusals",
            Kind::BulkReads => "bulk-reads",
            Kind::NewNetwork => "new-network",
            Kind::OutsideHours => "outside-hours",
            Kind::KeyNetworks => "key-networks",
            Kind::AfterPause => "after-pause",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Kind::FirstOnTable => "first access to this table in the window",
            Kind::RefusedThenAllowed => "refused, then allowed",
            Kind::BurstOfRefusals => "refusals close together",
            Kind::BulkReads => "many reads of one table",
            Kind::NewNetwork => "from a network not used before in the window",
            Kind::OutsideHours => "outside the declared hours",
            Kind::KeyNetworks => "one access key from several networks",
            Kind::AfterPause => "accesses after a pause",
        }
    }

    /// What is counted.
    pub fn counted(self) -> &'static str {
        match self {
            Kind::BurstOfRefusals | Kind::RefusedThenAllowed => "refused events",
            Kind::BulkReads => "reads",
            Kind::KeyNetworks => "uses from an address",
            _ => "accesses",
        }
    }
}

/// What a pattern is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A table or another object, as this shape names it.
    Object(RawShape),
    /// An operation (a name of the ledger) on such an object.
    Call(RawShape, u32),
    /// A network.
    Network(String),
    /// An access key id.
    Key(String),
    /// Whatever was touched.
    Anything,
}

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Kind.
    pub kind: Kind,
    /// What it is about.
    pub what: What,
    /// How many of what [`Kind::counted`] says.
    pub count: u64,
    /// First and last time.
    pub times: (Seconds, Seconds),
    /// The rule in words, with its numbers.
    pub rule: String,
    /// What it is compared with, in words.
    pub baseline: String,
    /// Whether every hour that the baseline speaks of is proven to be logged; `None` where it speaks of no silence.
    pub proven: Option<bool>,
    /// Principals and first records.
    pub about: About,
}

/// All patterns of a run.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    /// By principal, kind, time and object.
    pub list: Vec<Pattern>,
    /// Kinds that cannot be told of this run, and what all of them leave out.
    pub notes: Vec<String>,
}

/// Finds the patterns of a run: one walk over the accesses of people, and a second over the few shapes that were both
/// refused and done.
pub fn find(ledger: &Ledger, coverage: &Coverage, audit: &Audit) -> Patterns {
    let objects = Objects::new(ledger);
    let given = Given::new(ledger, coverage, audit, &objects);
    let mut known = known::Known::new(given);
    let mut tables = tables::Firsts::new(given);
    let mut networks = origins::Networks::new(given);
    let mut hours = hours::Outside::new(given);
    let mut pauses = pauses::Days::default();
    let mut refused = refused::Refused::new(given);
    let mut parts: Vec<&mut dyn Collect<'_>> =
        vec![&mut tables, &mut networks, &mut hours, &mut pauses, &mut refused];
    parts.extend(known.parts());
    walk::walk(ledger, &mut parts);
    let mut allowed = refused.allowed();
    if allowed.any() {
        walk::walk(ledger, &mut [&mut allowed]);
    }
    let mut list = tables.list();
    list.extend(allowed.list());
    list.extend(known.list());
    list.extend(networks.list());
    list.extend(hours.list());
    list.extend(pauses.list(given));
    list.sort_by_cached_key(|pattern| order(ledger, pattern));
    Patterns { list, notes: notes(given) }
}

/// Nothing in it depends on the order of files.
fn order(ledger: &Ledger, pattern: &Pattern) -> (Vec<u32>, Kind, (Seconds, Seconds), Vec<String>) {
    let object = |raw: &RawShape| {
        let places = [raw.object_account, raw.object_region, raw.object_name, raw.source];
        places.map(|place| ledger.name(place).to_owned()).to_vec()
    };
    let texts = match &pattern.what {
        What::Object(raw) => object(raw),
        What::Call(raw, operation) => [object(raw), vec![ledger.name(*operation).to_owned()]].concat(),
        What::Network(text) | What::Key(text) => vec![text.clone()],
        What::Anything => Vec::new(),
    };
    (pattern.about.principals.clone(), pattern.kind, pattern.times, texts)
}

fn notes(given: Given<'_>) -> Vec<String> {
    let mut notes = vec![format!(
        "The window has no history before it: what is new in it may be old. The first {} show what is usual; only what begins after them is told as new.",
        given::days(given.baseline)
    )];
    if given.audit.scope.calendar.is_none() {
        notes.push("Use outside declared hours is not told: audit.toml declares no [calendar].".to_owned());
    }
    let pause = i64::from(given.settings.pause_days.get()) * DAY;
    if given.audit.to - given.audit.from <= pause {
        notes.push(format!(
            "Accesses after a pause are not told: the window is not longer than a pause of {}.",
            given::days(pause)
        ));
    }
    if given.ledger.boxes.without_time > 0 {
        notes.push(format!(
            "{} events state no usable time and are in no pattern.",
            given.ledger.boxes.without_time
        ));
    }
    notes.push(
        "Of workloads only refusals are told; of AWS services nothing. What callers without a name did may be somebody's first access."
            .to_owned(),
    );
    notes
}

#[cfg(test)]
pub(crate) mod tests;

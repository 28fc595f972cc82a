//! Was it logged? Comes in: hours in which something was delivered, changes of logging, selector snapshots, the
//! declared scope, attested deliveries. Goes out: for each account × region × table × class the state of every hour of the
//! window. Silence alone is never proof: an hour without a record is unproven unless signed digests attest that nothing
//! was delivered (architecture §1).

pub mod proof;
pub mod selectors;
pub mod trails;

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::Audit;
use crate::clock::{HOUR, Seconds};
use crate::events::arn;
pub use proof::Proof;
use selectors::Selected;
use trails::Trails;

/// Classes of events that are logged or not together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Reads of items.
    Read,
    /// Writes and deletes of items.
    Write,
    /// Reads of a table's stream.
    Stream,
    /// Management events.
    Management,
}

impl Class {
    /// The word of packs and data files.
    pub fn word(self) -> &'static str {
        match self {
            Class::Read => "read",
            Class::Write => "write",
            Class::Stream => "stream",
            Class::Management => "management",
        }
    }

    /// Reads the word of packs.
    pub fn from_word(word: &str) -> Option<Class> {
        [Class::Read, Class::Write, Class::Stream, Class::Management]
            .into_iter()
            .find(|class| class.word() == word)
    }
}

/// State of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Selected, and all that was delivered is here and proven by signed digests; that may be nothing.
    Verified,
    /// Selected and delivered.
    Delivered,
    /// Nothing was delivered from this account and region in this hour.
    Silent,
    /// Logging was stopped in this hour or a part of it.
    Stopped,
    /// The trail's selectors leave this class or table out, or narrow it.
    NotSelected,
    /// Nothing tells whether this class was selected.
    Unknown,
    /// The sources do not reach far enough past this hour.
    Tail,
}

impl State {
    /// The word of data files and charts.
    pub fn word(self) -> &'static str {
        match self {
            State::Verified => "verified",
            State::Delivered => "delivered",
            State::Silent => "silent",
            State::Stopped => "stopped",
            State::NotSelected => "not-selected",
            State::Unknown => "unknown",
            State::Tail => "tail",
        }
    }

    /// Whether the hour is proven to be logged.
    pub fn is_proven(self) -> bool {
        matches!(self, State::Verified | State::Delivered)
    }

    /// What the state says of an hour.
    pub fn words(self) -> &'static str {
        match self {
            State::Verified => "selected, and all that was delivered is here, proven by signed digests",
            State::Delivered => "selected and delivered",
            State::Silent => "no record was delivered from this account and region",
            State::Stopped => "logging was stopped",
            State::NotSelected => "the trail's selectors leave this class out or narrow it",
            State::Unknown => {
                "no snapshot, selector change or record shows that this class was selected and delivered"
            }
            State::Tail => "the sources do not reach past this hour and the delivery lag",
        }
    }
}

/// Something delivered in an hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Delivered {
    /// Account whose log it is.
    pub account: String,
    /// Region.
    pub region: String,
    /// Hour since 1970.
    pub hour: i64,
    /// Class, if it is one that selectors speak of.
    pub class: Option<Class>,
    /// Table for item and stream access; empty otherwise.
    pub table: String,
}

/// What reading saw that coverage rests on.
#[derive(Debug, Clone, Default)]
pub struct Presence {
    /// Hours with their classes and tables.
    pub delivered: BTreeSet<Delivered>,
    /// Last time seen by account and region.
    pub last: BTreeMap<(String, String), Seconds>,
}

/// One line of coverage: the states of all hours for one account × region × table × class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Table; empty for management.
    pub table: String,
    /// Data class of the table; empty for management.
    pub data_class: String,
    /// Class.
    pub class: Class,
    /// One state an hour, from the start of the window.
    pub states: Vec<State>,
    /// Hours in which a record of this very class (and table) was seen: positive controls.
    pub controls: u64,
    /// How the selection is known: snapshot, change in the log, records seen.
    pub proof: String,
}

impl Strip {
    /// Hours in a state.
    pub fn count(&self, state: State) -> u64 {
        self.states.iter().filter(|other| **other == state).count() as u64
    }

    /// Hours proven.
    pub fn proven(&self) -> u64 {
        self.count(State::Verified) + self.count(State::Delivered)
    }

    /// For people: `111122223333 eu-west-1 cards read`.
    pub fn name(&self) -> String {
        let table = if self.table.is_empty() { String::new() } else { format!(" {}", self.table) };
        format!("{} {}{table} {}", self.account, self.region, self.class.word())
    }

    /// Runs of equal state: state, first hour, hours.
    pub fn spans(&self) -> Vec<(State, u64, u64)> {
        let mut spans: Vec<(State, u64, u64)> = Vec::new();
        for (hour, state) in self.states.iter().enumerate() {
            match spans.last_mut() {
                Some((last, _, hours)) if last == state => *hours += 1,
                _ => spans.push((*state, hour as u64, 1)),
            }
        }
        spans
    }
}

/// What a test needs to be proven.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Classes.
    pub classes: Vec<Class>,
    /// Only tables of these data classes; `None` for all declared tables.
    pub data_class: Option<Vec<String>>,
    /// Management only in these regions; `None` for all declared ones.
    pub regions: Option<Vec<String>>,
}

/// Coverage of the declared scope.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Start of the first clock hour.
    pub from: Seconds,
    /// The window, which may begin or end inside an hour.
    pub window: (Seconds, Seconds),
    /// The strips, by account, region, table, class.
    pub strips: Vec<Strip>,
    /// Accounts whose trails leave out the events of keys at some time of the window.
    pub without_key_events: BTreeSet<String>,
}

impl Coverage {
    /// Works out every clock hour that the window touches.
    pub fn new(audit: &Audit, presence: &Presence, trails: &Trails, proof: &Proof) -> Coverage {
        let builder = Builder { audit, trails, proof, places: places(audit, presence) };
        let mut strips = Vec::new();
        for (account, (_, regions)) in &audit.scope.accounts {
            for region in regions {
                strips.push(builder.strip(account, region, None, Class::Management));
            }
        }
        for (table, class) in &audit.scope.tables {
            for events in [Class::Read, Class::Write, Class::Stream] {
                let named = Some((table.name.as_str(), class.as_str()));
                strips.push(builder.strip(&table.account, &table.region, named, events));
            }
        }
        strips.sort_by(|a, b| {
            (&a.account, &a.region, &a.table, a.class).cmp(&(&b.account, &b.region, &b.table, b.class))
        });
        Coverage {
            from: first_hour(audit) * HOUR,
            window: (audit.from, audit.to),
            strips,
            without_key_events: trails.without_key_events(audit.from, audit.to),
        }
    }

    /// Hours proven and hours in all, over all strips.
    pub fn totals(&self) -> (u64, u64) {
        let hours = self.strips.iter().map(|strip| strip.states.len() as u64).sum();
        (self.strips.iter().map(Strip::proven).sum(), hours)
    }

    /// Start and end of a span of hours, inside the window.
    pub fn times(&self, first: u64, hours: u64) -> (Seconds, Seconds) {
        let at = |hour: u64| self.from + i64::try_from(hour).unwrap_or(0) * HOUR;
        (at(first).max(self.window.0), at(first + hours).min(self.window.1))
    }

    /// The strips a test needs.
    pub fn needed<'a>(&'a self, need: &'a Need) -> impl Iterator<Item = &'a Strip> {
        self.strips.iter().filter(move |strip| {
            let wanted = need.classes.contains(&strip.class);
            let here = strip.class != Class::Management
                || need.regions.as_ref().is_none_or(|regions| regions.contains(&strip.region));
            let table = strip.class == Class::Management
                || need.data_class.as_ref().is_none_or(|classes| classes.contains(&strip.data_class));
            wanted && here && table
        })
    }

    /// Whether the management events of a whole account are proven in the hour of `time`.
    pub fn account_proven(&self, account: &str, time: Seconds) -> bool {
        let Ok(hour) = usize::try_from((time - self.from).div_euclid(HOUR)) else {
            return false;
        };
        let mut strips = self
            .strips
            .iter()
            .filter(|strip| strip.account == account && strip.class == Class::Management)
            .peekable();
        strips.peek().is_some()
            && strips.all(|strip| strip.states.get(hour).is_some_and(|state| state.is_proven()))
    }
}

fn first_hour(audit: &Audit) -> i64 {
    audit.from.div_euclid(HOUR)
}

/// What was delivered from one account and region.
#[derive(Default)]
struct Place<'a> {
    /// Hours with any record.
    any: BTreeSet<i64>,
    /// Hours with a record of a class, and table for data classes.
    same: BTreeMap<(Class, &'a str), BTreeSet<i64>>,
    /// Whether item or stream access was seen at all: else its files may lie elsewhere.
    data: bool,
    /// The sources reach to here.
    last: Option<Seconds>,
}

/// How far past the window a record's time still tells how far the sources reach; a time far beyond is a wrong time.
const PLAUSIBLE: Seconds = 30 * 24 * HOUR;

fn places<'a>(audit: &Audit, presence: &'a Presence) -> BTreeMap<(&'a str, &'a str), Place<'a>> {
    let mut places: BTreeMap<(&str, &str), Place<'_>> = BTreeMap::new();
    let latest = audit.to + PLAUSIBLE;
    for seen in &presence.delivered {
        let place = places.entry((&seen.account, &seen.region)).or_default();
        place.any.insert(seen.hour);
        if seen.hour * HOUR <= latest {
            place.last = place.last.max(Some(seen.hour * HOUR));
        }
        if let Some(class) = seen.class {
            place.same.entry((class, &seen.table)).or_default().insert(seen.hour);
            place.data |= class != Class::Management;
        }
    }
    for ((account, region), last) in presence.last.iter().filter(|(_, last)| **last <= latest) {
        let place = places.entry((account, region)).or_default();
        place.last = place.last.max(Some(*last));
    }
    places
}

struct Builder<'a> {
    audit: &'a Audit,
    trails: &'a Trails,
    proof: &'a Proof,
    places: BTreeMap<(&'a str, &'a str), Place<'a>>,
}

impl Builder<'_> {
    /// One strip; `table` is name and data class, absent for management events.
    fn strip(&self, account: &str, region: &str, table: Option<(&str, &str)>, class: Class) -> Strip {
        let nothing = Place::default();
        let place = self.places.get(&(account, region)).unwrap_or(&nothing);
        let (name, data_class) = table.unwrap_or(("", ""));
        let streams = self.proof.streams(account, region);
        let no_hours = BTreeSet::new();
        let same = place.same.get(&(class, name)).unwrap_or(&no_hours);
        let partition = arn::partition_of_region(region);
        let arn = table.map(|(name, _)| format!("arn:{partition}:dynamodb:{region}:{account}:table/{name}"));
        let hours = first_hour(self.audit)..(self.audit.to + HOUR - 1).div_euclid(HOUR);
        let mut proofs = BTreeSet::new();
        let states = hours
            .clone()
            .map(|hour| {
                let told =
                    self.trails.at(account, region, arn.as_deref(), class, (hour * HOUR, (hour + 1) * HOUR));
                let end = ((hour + 1) * HOUR).min(self.audit.to);
                // What happens in an hour is delivered in it or some time later.
                let deliveries = (hour * HOUR, (hour + 1) * HOUR + self.audit.delivery_lag);
                let holds =
                    |by: &&trails::Selecting<'_>| streams.iter().any(|one| one.holds(by.trail, deliveries));
                let attested = told.by.iter().find(holds);
                // Of several trails the one counts whose digests attest the hour.
                let proof = attested.or(told.by.first()).map_or("", |by| by.proof.as_str());
                let seen = Seen {
                    any: place.any.contains(&hour),
                    same: same.contains(&hour),
                    elsewhere: class != Class::Management && !place.data,
                    attested: attested.is_some(),
                    reached: place.last.is_some_and(|last| end <= last - self.audit.delivery_lag),
                };
                state(&told, proof, seen, &mut proofs)
            })
            .collect();
        Strip {
            account: account.to_owned(),
            region: region.to_owned(),
            table: name.to_owned(),
            data_class: data_class.to_owned(),
            class,
            states,
            controls: same.iter().filter(|hour| hours.contains(hour)).count() as u64,
            proof: proofs.into_iter().collect::<Vec<_>>().join("; "),
        }
    }
}

/// What the sources show of one hour.
#[derive(Clone, Copy)]
struct Seen {
    /// Any record of the account and region.
    any: bool,
    /// A record of this class and table.
    same: bool,
    /// No item access at all was delivered from here: its files may lie in another bucket.
    elsewhere: bool,
    /// Digests of a trail that selects the class attest everything delivered of the hour.
    attested: bool,
    /// The sources reach past the hour and the delivery lag.
    reached: bool,
}

fn state(told: &trails::Told<'_>, proof: &str, seen: Seen, proofs: &mut BTreeSet<String>) -> State {
    if told.stopped {
        return State::Stopped;
    }
    match told.selected {
        // Records of the class were delivered all the same: by another trail, whose selection is not known.
        Some(Selected::No) => return if seen.same { State::Unknown } else { State::NotSelected },
        Some(Selected::Yes) => {
            proofs.insert(proof.to_owned());
        }
        None if seen.same => {
            proofs.insert("records of this class seen hour by hour".to_owned());
        }
        None => {}
    }
    if seen.attested {
        State::Verified
    } else if !seen.reached {
        State::Tail
    } else if !seen.any {
        State::Silent
    } else if seen.elsewhere || (told.selected.is_none() && !seen.same) {
        State::Unknown
    } else {
        State::Delivered
    }
}

#[cfg(test)]
mod tests;

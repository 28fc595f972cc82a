//! What a dossier counts. Comes in: the accesses of one principal. Goes out: sums, days, hours, uses of objects, item
//! keys, lists, links. Texts stay where the ledger holds them, so that an item costs some numbers.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::Maker;
use super::cuts::{Cut, SHOWN};
use super::hours::MOST_DAYS;
use crate::bundle::model::{ChainLink, KeyUse, Listing, ObjectUse, TableUse};
use crate::bundle::redaction::shown;
use crate::bundle::sessions::{Sums, Touch, items_of};
use crate::bundle::table::Written;
use crate::bundle::{Inputs, object_name};
use crate::clock::{DAY, HOUR, Seconds, rfc3339};
use crate::events::{KeyKind, Kind, ObjectKind, Outcome, Plane, arn};
use crate::identities::Who;
use crate::ledger::people::Principal;
use crate::ledger::row::NO_TIME;
use crate::ledger::shape::RawShape;
use crate::ledger::standing::Told;
use crate::verdicts::tally::shown_time;

/// Conditions of a line that are printed.
const CONDITIONS: usize = 3;

/// A session's ARN without the session's name.
fn without_session(principal: &str) -> String {
    match arn::assumed_role(principal) {
        Some((partition, account, role, _)) => format!("arn:{partition}:sts::{account}:assumed-role/{role}"),
        None => principal.to_owned(),
    }
}

/// What one line of the table by object stands for: object, data, operation, outcome, how keys are stated.
type Place = (String, String, String, &'static str, &'static str);

#[derive(Default)]
struct Use<'a> {
    accesses: u64,
    items: BTreeSet<&'a str>,
    conditions: BTreeSet<&'a str>,
    withheld: bool,
    first: Option<Seconds>,
    last: Option<Seconds>,
}

impl<'a> Use<'a> {
    fn add(&mut self, touch: &Touch<'a>, key_kind: KeyKind, sensitive: bool) {
        self.accesses += 1;
        let time = touch.row.time;
        if time != NO_TIME {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        let text = touch.event.partition.key(touch.row);
        if key_kind == KeyKind::Exact {
            self.items.extend(crate::events::keys::split(text));
        } else if sensitive {
            self.withheld = true;
        } else if !text.is_empty() {
            self.conditions.insert(text);
            // One more than is printed tells that there are more.
            if self.conditions.len() > CONDITIONS + 1 {
                self.conditions.pop_last();
            }
        }
    }

    fn conditions(&self) -> Vec<String> {
        let mut told: Vec<String> =
            self.conditions.iter().take(CONDITIONS).map(|text| shown(text).into_owned()).collect();
        if self.conditions.len() > CONDITIONS {
            told.push("and others".to_owned());
        }
        if self.withheld {
            told.push("[sensitive]".to_owned());
        }
        told
    }
}

/// An item: its object, 0 or the number that stands for a withheld key, the key.
type ItemPlace<'a> = (u32, usize, &'a str);

struct Item {
    reads: u64,
    writes: u64,
    /// Time and place of the first access.
    first: (Seconds, u32, usize),
    last: Seconds,
}

/// A way from a person to a role or user: the steps without session names, grade, reason, hops.
type Way = (Vec<String>, &'static str, &'static str, u8);

/// What went that way.
#[derive(Default)]
struct Went {
    accesses: u64,
    /// Credentials, each with the records that prove it.
    credentials: BTreeSet<Vec<String>>,
}

/// What all accesses of one shape have in common.
#[derive(Clone, Copy)]
struct Seen {
    place: usize,
    object: u32,
}

/// What was counted.
pub(super) struct Gathered<'a> {
    inputs: &'a Inputs<'a>,
    touches: &'a [Touch<'a>],
    pub(super) sums: Sums,
    pub(super) days: BTreeMap<i64, Sums>,
    pub(super) hours: BTreeMap<i64, [u64; 24]>,
    places: BTreeMap<Place, usize>,
    uses: Vec<Use<'a>>,
    names: BTreeMap<String, u32>,
    shapes: FxHashMap<u32, Seen>,
    keys: BTreeMap<ItemPlace<'a>, Item>,
    withheld: FxHashMap<&'a str, usize>,
    pub(super) refusals: Cut,
    pub(super) administration: Cut,
    pub(super) off_hours: Cut,
    /// Accesses whose record states no time.
    pub(super) untimed: u64,
    callers: BTreeMap<u32, u64>,
    roster_id: String,
    /// Whatever root does is administration.
    everything: bool,
}

impl<'a> Gathered<'a> {
    /// Counts the accesses of a principal.
    pub(super) fn of(maker: &Maker<'a>, principal: &Principal, touches: &'a [Touch<'a>]) -> Self {
        let inputs = maker.inputs;
        let (from, to) = (inputs.audit.from.div_euclid(DAY), (inputs.audit.to - 1).div_euclid(DAY));
        let all_days = from..=to.min(from + MOST_DAYS);
        let roster_id = match &principal.who {
            Who::Person(row) => inputs.ledger.roster.row(*row).map(|row| row.id.clone()).unwrap_or_default(),
            _ => String::new(),
        };
        let mut gathered = Gathered {
            inputs,
            touches,
            sums: Sums::default(),
            days: all_days.clone().map(|day| (day, Sums::default())).collect(),
            hours: all_days.map(|day| (day, [0; 24])).collect(),
            places: BTreeMap::new(),
            uses: Vec::new(),
            names: BTreeMap::new(),
            shapes: FxHashMap::default(),
            keys: BTreeMap::new(),
            withheld: FxHashMap::default(),
            refusals: Cut::default(),
            administration: Cut::default(),
            off_hours: Cut::default(),
            untimed: 0,
            callers: BTreeMap::new(),
            roster_id,
            everything: matches!(principal.who, Who::Root(_)),
        };
        touches.iter().enumerate().for_each(|(place, touch)| gathered.add(touch, place));
        gathered
    }

    fn add(&mut self, touch: &Touch<'a>, place: usize) {
        let Some((shape, raw, _)) = self.inputs.ledger.shape(touch.row) else { return };
        self.sums.add(raw.kind, raw.outcome);
        self.time(touch.row.time, raw);
        let seen = self.seen(touch.row.shape, raw);
        let sensitive = shape.standing.sensitive_key == Told::Found;
        if let Some(used) = self.uses.get_mut(seen.place) {
            used.add(touch, raw.key_kind, sensitive);
        }
        for key in items_of(touch, raw) {
            let item = if sensitive { (seen.object, self.withheld(key), "") } else { (seen.object, 0, key) };
            self.item(item, raw.kind, touch, place);
        }
        if shape.standing.hours == Told::Outside {
            self.off_hours.add(touch, place);
        }
        self.cite(touch, raw, place);
        *self.callers.entry(touch.row.caller).or_insert(0) += 1;
    }

    fn time(&mut self, time: Seconds, raw: &RawShape) {
        if time == NO_TIME {
            self.untimed += 1;
            return;
        }
        self.days.entry(time.div_euclid(DAY)).or_default().add(raw.kind, raw.outcome);
        let hours = self.hours.entry(time.div_euclid(DAY)).or_insert([0; 24]);
        let hour = usize::try_from(time.rem_euclid(DAY) / HOUR).ok();
        if let Some(count) = hour.and_then(|hour| hours.get_mut(hour)) {
            *count += 1;
        }
    }

    /// Line and object of a shape; told once.
    fn seen(&mut self, shape: u32, raw: &RawShape) -> Seen {
        if let Some(seen) = self.shapes.get(&shape) {
            return *seen;
        }
        let ledger = self.inputs.ledger;
        let name = object_name(ledger, raw);
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let object = *self.names.entry(name.clone()).or_insert(next);
        let operation = shown(ledger.name(raw.operation)).into_owned();
        let line = (name, self.data_class(raw), operation, raw.outcome.word(), raw.key_kind.word());
        let place = *self.places.entry(line).or_insert_with(|| {
            self.uses.push(Use::default());
            self.uses.len() - 1
        });
        let seen = Seen { place, object };
        self.shapes.insert(shape, seen);
        seen
    }

    fn data_class(&self, raw: &RawShape) -> String {
        let ledger = self.inputs.ledger;
        if raw.object_kind != ObjectKind::Table {
            return raw.object_kind.word().to_owned();
        }
        let place =
            (ledger.name(raw.object_account), ledger.name(raw.object_region), ledger.name(raw.object_name));
        let class = self.inputs.audit.scope.data_class(place.0, place.1, place.2);
        class.map_or("not declared", crate::audit::DataClass::as_str).to_owned()
    }

    /// Stands for a key that holds what audit.toml forbids in keys, and tells it from the others.
    fn withheld(&mut self, key: &'a str) -> usize {
        let next = self.withheld.len() + 1;
        *self.withheld.entry(key).or_insert(next)
    }

    fn item(&mut self, item: ItemPlace<'a>, kind: Kind, touch: &Touch<'_>, place: usize) {
        let time = touch.row.time;
        let at = (time, touch.order, place);
        let item = self.keys.entry(item).or_insert(Item { reads: 0, writes: 0, first: at, last: time });
        if kind == Kind::Read {
            item.reads += 1;
        } else {
            item.writes += 1;
        }
        item.first = item.first.min(at);
        item.last = item.last.max(time);
    }

    fn cite(&mut self, touch: &Touch<'_>, raw: &RawShape, place: usize) {
        let admin = raw.outcome == Outcome::Done && raw.plane == Plane::Management && raw.kind == Kind::Admin;
        if raw.outcome == Outcome::Refused {
            self.refusals.add(touch, place);
        } else if admin || raw.object_kind == ObjectKind::Bucket || self.everything {
            self.administration.add(touch, place);
        }
    }

    /// Distinct items.
    pub(super) fn items(&self) -> u64 {
        self.keys.len() as u64
    }

    /// Distinct objects.
    pub(super) fn object_count(&self) -> u64 {
        self.names.len() as u64
    }

    fn reasons(&self) -> BTreeSet<&'static str> {
        let resolutions = &self.inputs.ledger.resolutions;
        self.callers
            .keys()
            .filter_map(|caller| resolutions.get(*caller as usize))
            .map(|one| one.reason.words())
            .collect()
    }

    /// Why, in words.
    pub(super) fn grade_words(&self) -> String {
        let reasons: Vec<&str> = self.reasons().into_iter().collect();
        reasons.join("; ")
    }

    fn links(&self) -> BTreeMap<Way, Went> {
        let mut links: BTreeMap<Way, Went> = BTreeMap::new();
        for (caller, accesses) in &self.callers {
            let Some(resolution) = self.inputs.ledger.resolutions.get(*caller as usize) else { continue };
            let path: Vec<String> =
                resolution.path.iter().map(|step| shown(&without_session(step)).into_owned()).collect();
            let way = (path, resolution.grade.letter(), resolution.reason.words(), resolution.hops);
            let went = links.entry(way).or_default();
            went.accesses += accesses;
            went.credentials.insert(resolution.proof.clone());
        }
        links
    }

    /// Each way to this principal with what proves it.
    pub(super) fn chain(&self, credentials_file: &str) -> Vec<ChainLink> {
        let link = |((path, grade, words, hops), went): (Way, Went)| {
            let proof = went.credentials.first().cloned().unwrap_or_default();
            let more = match (went.credentials.len() - 1, proof.is_empty()) {
                (0, _) | (_, true) => String::new(),
                (more, false) => {
                    format!(
                        "; {more} further credentials the same way, their records are in {credentials_file}"
                    )
                }
            };
            ChainLink {
                principal: path.last().cloned().unwrap_or_default(),
                grade: grade.to_owned(),
                link: format!("{words}{}{more}", self.roster_words(grade)),
                hops: u64::from(hops),
                proof,
                path,
                accesses: went.accesses,
            }
        };
        self.links().into_iter().map(link).collect()
    }

    /// For grade A: which row of the roster it is.
    fn roster_words(&self, grade: &str) -> String {
        if grade == "A" && !self.roster_id.is_empty() {
            format!("; roster id {}", self.roster_id)
        } else {
            String::new()
        }
    }

    /// Lines by object, operation, outcome and how keys are stated.
    pub(super) fn tables(&self, file: &Written) -> Listing<TableUse> {
        let time = |time: Option<Seconds>| time.map_or_else(|| "not logged".to_owned(), rfc3339);
        let line = |((object, data, operation, outcome, keys), place): (&Place, &usize)| {
            let used = self.uses.get(*place)?;
            Some(TableUse {
                object: object.clone(),
                data: data.clone(),
                operation: operation.clone(),
                outcome: (*outcome).to_owned(),
                keys: (*keys).to_owned(),
                conditions: used.conditions(),
                accesses: used.accesses,
                items: used.items.len() as u64,
                first: time(used.first),
                last: time(used.last),
            })
        };
        let rows = self.places.iter().take(SHOWN).filter_map(line).collect();
        listing(rows, self.places.len(), file)
    }

    /// Objects, those used most first.
    pub(super) fn objects(&self, file: &Written) -> Listing<ObjectUse> {
        let mut found: BTreeMap<&str, ObjectUse> = BTreeMap::new();
        for ((name, data, _, outcome, _), place) in &self.places {
            let Some(used) = self.uses.get(*place) else { continue };
            let object = found.entry(name).or_insert_with(|| ObjectUse {
                object: name.clone(),
                data: data.clone(),
                ..ObjectUse::default()
            });
            object.accesses += used.accesses;
            object.refused += if *outcome == Outcome::Refused.word() { used.accesses } else { 0 };
        }
        let mut rows: Vec<ObjectUse> = found.into_values().collect();
        rows.sort_by(|a, b| b.accesses.cmp(&a.accesses).then_with(|| a.object.cmp(&b.object)));
        let total = rows.len();
        rows.truncate(OBJECTS);
        for object in &mut rows {
            let Some(place) = self.names.get(&object.object).copied() else { continue };
            object.items = self.keys.range((place, 0, "")..(place + 1, 0, "")).count() as u64;
        }
        listing(rows, total, file)
    }

    /// Item keys by object and key.
    pub(super) fn key_list(&self, file: &Written) -> Listing<KeyUse> {
        let all = self.names.iter().flat_map(|(name, place)| {
            self.keys.range((*place, 0, "")..(place + 1, 0, "")).map(move |found| (name, found))
        });
        let row = |(object, ((_, number, key), item)): (&String, (&ItemPlace<'_>, &Item))| KeyUse {
            object: object.clone(),
            key: if *number > 0 { format!("[sensitive key {number}]") } else { shown(key).into_owned() },
            reads: item.reads,
            writes: item.writes,
            first: shown_time(item.first.0),
            last: shown_time(item.last),
            citation: self.reference(item.first.2),
        };
        listing(all.take(SHOWN).map(row).collect(), self.keys.len(), file)
    }

    fn reference(&self, place: usize) -> String {
        let mut reference = String::new();
        if let Some(touch) = self.touches.get(place) {
            touch.event.reference(&mut reference);
        }
        reference
    }
}

/// Objects of the chart.
const OBJECTS: usize = 40;

fn listing<T>(rows: Vec<T>, total: usize, file: &Written) -> Listing<T> {
    Listing { rows, total: total as u64, file: file.path.clone(), sha256: file.sha256.clone() }
}

//! Requests of persons whose data is held: who touched the item that a request names. The key is personal data: it is
//! compared and never shown.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::Given;
use super::about::{About, At, Kept};
use super::walk::{Collect, Seen};
use crate::audit::SubjectRow;
use crate::clock::{Seconds, rfc3339};
use crate::events::{KeyKind, Kind, ObjectKind, Outcome, Plane, arn, keys};
use crate::ledger::Shape;
use crate::records::scan::Json;
use crate::rules;
use crate::rules::{Field, Fields, Value};
use crate::verdicts::fields::AccessFields;

/// A key to look for.
enum Wanted {
    /// Attributes with their values.
    Attributes(Vec<(String, String)>),
    /// A value that any attribute may have.
    Value(String),
}

/// How a recorded key stands to the one that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Names,
    MayReturn,
    Other,
}

/// What was seen of one request.
struct Request<'a> {
    row: &'a SubjectRow,
    wanted: Option<Wanted>,
    declared: bool,
    reads: i64,
    writes: Vec<Option<Seconds>>,
    deletes: Vec<Option<Seconds>>,
    possible_reads: i64,
    external: i64,
    without_purpose: i64,
    kept: Kept,
    possible: Kept,
}

/// Reads and copies that concern all requests about one table alike: their keys are not stated.
#[derive(Default)]
struct Alike {
    requests: Vec<usize>,
    reads: i64,
    external: i64,
    copies: i64,
    kept: Kept,
}

/// What a shape of access to a table tells.
#[derive(Debug, Clone, Copy, Default)]
struct Facts {
    /// Place in `alike`.
    table: usize,
    external: bool,
    without_purpose: bool,
    copies: bool,
}

/// Touches of the tables that requests name.
pub(super) struct Touches<'a> {
    given: Given<'a>,
    requests: Vec<Request<'a>>,
    alike: Vec<Alike>,
    /// Requests by a value that their keys hold.
    by_value: FxHashMap<String, Vec<usize>>,
    facts: Vec<Facts>,
}

impl<'a> Touches<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        let tables = &given.audit.scope.tables;
        let request = |row: &'a SubjectRow| Request {
            row,
            wanted: wanted(&row.key),
            declared: tables
                .keys()
                .any(|table| is_table(&row.table, &table.account, &table.region, &table.name)),
            reads: 0,
            writes: Vec::new(),
            deletes: Vec::new(),
            possible_reads: 0,
            external: 0,
            without_purpose: 0,
            kept: Kept::default(),
            possible: Kept::default(),
        };
        let requests: Vec<Request<'a>> = given.audit.subjects.iter().flatten().map(request).collect();
        let mut by_value: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (number, request) in requests.iter().enumerate() {
            for value in request.wanted.iter().flat_map(Wanted::values) {
                let mine = by_value.entry(value.to_owned()).or_default();
                if mine.last() != Some(&number) {
                    mine.push(number);
                }
            }
        }
        let facts = vec![Facts::default(); given.ledger.shapes.len()];
        Touches { given, requests, alike: Vec::new(), by_value, facts }
    }

    /// One object a row, by time received and id.
    pub(super) fn list(&self) -> Vec<(rules::SubjectRequest, About)> {
        let mut requests: Vec<(usize, &Request<'a>)> = self.requests.iter().enumerate().collect();
        requests.sort_by_key(|(_, request)| (request.row.received, &request.row.id));
        requests.into_iter().map(|(number, request)| request.told(number, &self.alike)).collect()
    }

    /// The place of these requests among those that are about one table.
    fn table(&mut self, requests: Vec<usize>) -> usize {
        let known = self.alike.iter().position(|alike| alike.requests == requests);
        known.unwrap_or_else(|| {
            self.alike.push(Alike { requests, ..Alike::default() });
            self.alike.len() - 1
        })
    }

    /// Whether a field of accesses of this shape says a word.
    fn says(&self, shape: &Shape, field: Field, word: &str) -> bool {
        let fields = AccessFields::of_shape(self.given.ledger, &self.given.audit.scope, shape);
        fields.is_some_and(|fields| fields.field(field) == Value::from(word))
    }
}

impl Request<'_> {
    fn told(&self, number: usize, alike: &[Alike]) -> (rules::SubjectRequest, About) {
        let row = self.row;
        let since = |times: &[Option<Seconds>], from: Seconds| {
            times.iter().flatten().filter(|time| **time >= from).count()
        };
        let deleted = self.deletes.iter().flatten().filter(|time| **time >= row.received).min();
        let written = match deleted {
            Some(deleted) => since(&self.writes, deleted + 1),
            None => since(&self.writes, row.received),
        };
        // A request whose key cannot be read is about no item.
        let readable = self.wanted.is_some();
        let mine = || alike.iter().filter(|alike| readable && alike.requests.contains(&number));
        let sum = |of: fn(&Alike) -> i64| mine().map(of).sum::<i64>();
        let subject = rules::SubjectRequest {
            name: row.id.clone(),
            kind: row.kind.word().to_owned(),
            received: rfc3339(row.received),
            table: row.table.clone(),
            known: self.declared && self.wanted.is_some(),
            reads: self.reads,
            writes: super::count(self.writes.len()),
            deletes: super::count(self.deletes.len()),
            deletes_after: super::count(since(&self.deletes, row.received)),
            written_after: super::count(written),
            possible_reads: self.possible_reads + sum(|alike| alike.reads),
            external: self.external + sum(|alike| alike.external),
            without_purpose: self.without_purpose,
            copies: sum(|alike| alike.copies),
        };
        let named = self.kept.about();
        let about = if named.is_bare() {
            mine().fold(self.possible.clone(), |kept, alike| kept.and(&alike.kept)).about()
        } else {
            named
        };
        let received = (row.received, row.received);
        (subject, about.with_things(vec![row.table.clone()]).or_times(received))
    }

    fn touch(&mut self, at: At<'_>, kind: Kind, matched: Match, facts: Facts) -> bool {
        match (kind, matched) {
            (_, Match::Other) => return false,
            (Kind::Read, Match::Names) => self.reads += 1,
            (Kind::Read, Match::MayReturn) => self.possible_reads += 1,
            (Kind::Write, Match::Names) => self.writes.push(at.time()),
            (Kind::Delete, Match::Names) => self.deletes.push(at.time()),
            _ => return false,
        }
        if kind == Kind::Read {
            self.external += i64::from(facts.external);
            self.without_purpose += i64::from(facts.without_purpose && matched == Match::Names);
        }
        true
    }
}

impl<'a> Collect<'a> for Touches<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        let (ledger, raw) = (self.given.ledger, seen.raw);
        if raw.object_kind != ObjectKind::Table || raw.outcome != Outcome::Done {
            return false;
        }
        let copies = seen.does() == "copy_out";
        if raw.plane != Plane::Data && !copies {
            return false;
        }
        let (account, region, name) =
            (ledger.name(raw.object_account), ledger.name(raw.object_region), ledger.name(raw.object_name));
        // A table that is not declared is nobody's to answer for here.
        if self.given.audit.scope.data_class(account, region, name).is_none() {
            return false;
        }
        let about = self.requests.iter().enumerate();
        let mine: Vec<usize> = about
            .filter(|(_, request)| is_table(&request.row.table, account, region, name))
            .map(|(place, _)| place)
            .collect();
        let wants = !mine.is_empty();
        let facts = Facts {
            table: if wants { self.table(mine) } else { 0 },
            external: wants && self.says(seen.shape, Field::External, "yes"),
            without_purpose: wants && self.says(seen.shape, Field::Purpose, "none"),
            copies,
        };
        if let Some(known) = self.facts.get_mut(number) {
            *known = facts;
        }
        wants
    }

    fn take(&mut self, at: At<'a>) {
        let facts = self.facts.get(at.row.shape as usize).copied().unwrap_or_default();
        let Some((_, raw, _)) = at.ledger.shape(at.row) else {
            return;
        };
        let Some(alike) = self.alike.get_mut(facts.table) else {
            return;
        };
        let keys = if facts.copies { None } else { Recorded::new(raw.key_kind, at.key()) };
        let Some(recorded) = keys else {
            if facts.copies {
                alike.copies += 1;
                alike.kept.take(at.seen());
            } else if raw.kind == Kind::Read {
                alike.reads += 1;
                alike.external += i64::from(facts.external);
                alike.kept.take(at.seen());
            }
            return;
        };
        let holds = recorded.values().filter_map(|value| self.by_value.get(value)).flatten();
        let near: BTreeSet<usize> = holds.copied().filter(|number| alike.requests.contains(number)).collect();
        for number in near {
            if let Some(request) = self.requests.get_mut(number) {
                let matched = request.wanted.as_ref().map_or(Match::Other, |wanted| recorded.to(wanted));
                if request.touch(at, raw.kind, matched, facts) {
                    let named = matched == Match::Names;
                    let kept = if named { &mut request.kept } else { &mut request.possible };
                    kept.take(at.seen());
                }
            }
        }
    }
}

/// The keys that a record states: in full, or the part of a query.
struct Recorded<'k>(Vec<Vec<(&'k str, Cow<'k, str>)>>);

impl<'k> Recorded<'k> {
    /// `None` where the record states none that can be told apart: anything may have been touched.
    fn new(kind: KeyKind, text: &'k str) -> Option<Self> {
        if !matches!(kind, KeyKind::Exact | KeyKind::Partial) {
            return None;
        }
        let one = |key: &'k str| {
            let (json, _) = Json::first(key, 0).ok()?;
            let members = json.members().map_while(Result::ok).map(|(name, value)| (name, plain(value)));
            Some(members.collect::<Vec<_>>()).filter(|members| !members.is_empty())
        };
        let keys: Vec<_> = match text.starts_with('[') {
            true => keys::split(text).into_iter().map(one).collect::<Option<_>>()?,
            false => vec![one(text)?],
        };
        (!keys.is_empty()).then_some(Recorded(keys))
    }

    fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(|(_, value)| &**value)
    }

    fn to(&self, wanted: &Wanted) -> Match {
        let one = |key: &Vec<(&str, Cow<'_, str>)>| match wanted {
            Wanted::Value(value) if key.iter().any(|(_, other)| other == value) => Match::Names,
            Wanted::Value(_) => Match::Other,
            Wanted::Attributes(wanted) => {
                let same = |(name, value): &&(String, String)| {
                    key.iter().any(|(other, told)| other == name && told == value)
                };
                let agree = wanted.iter().filter(same).count();
                match (agree == wanted.len(), agree == key.len()) {
                    (true, _) => Match::Names,
                    (false, true) => Match::MayReturn,
                    (false, false) => Match::Other,
                }
            }
        };
        let all: Vec<Match> = self.0.iter().map(one).collect();
        [Match::Names, Match::MayReturn].into_iter().find(|found| all.contains(found)).unwrap_or(Match::Other)
    }
}

/// A key value as text.
fn plain(value: Json<'_>) -> Cow<'_, str> {
    value.plain().unwrap_or(Cow::Borrowed(value.raw()))
}

impl Wanted {
    /// The values that a key must hold one of to be near.
    fn values(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Wanted::Value(value) => Box::new(std::iter::once(value.as_str())),
            Wanted::Attributes(attributes) => Box::new(attributes.iter().map(|(_, value)| value.as_str())),
        }
    }
}

/// The key of a request; `None` when it cannot be read.
fn wanted(key: &str) -> Option<Wanted> {
    let key = key.trim();
    if !key.starts_with(['{', '[']) {
        return (!key.is_empty()).then(|| Wanted::Value(key.to_owned()));
    }
    let (json, end) = Json::first(key, 0).ok()?;
    if !json.is_object() || !key.get(end..)?.trim().is_empty() {
        return None;
    }
    let canonical = keys::canonical(json).into_owned();
    let (json, _) = Json::first(&canonical, 0).ok()?;
    let members = json.members().map_while(Result::ok);
    let attributes: Vec<(String, String)> =
        members.map(|(name, value)| (name.to_owned(), plain(value).into_owned())).collect();
    (!attributes.is_empty()).then_some(Wanted::Attributes(attributes))
}

/// Whether a request's table, a name or an ARN, is this one.
fn is_table(written: &str, account: &str, region: &str, name: &str) -> bool {
    match arn::table(written) {
        Some(told) => told == (region, account, name),
        None => written == name,
    }
}

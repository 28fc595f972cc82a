//! Requests of persons whose data is held: who touched the item that a request names. The key is personal data: it is
//! compared and never shown.

use std::collections::BTreeMap;

use super::Given;
use super::about::{About, At, Kept};
use super::walk::{Collect, Seen};
use crate::audit::SubjectRow;
use crate::clock::{Seconds, rfc3339};
use crate::events::{KeyKind, Kind, ObjectKind, Outcome, Plane, arn, keys};
use crate::ledger::Shape;
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
    copies: i64,
    kept: Kept<'a>,
    possible: Kept<'a>,
}

/// What a shape of access to a table tells.
#[derive(Debug, Clone, Copy, Default)]
struct Facts {
    external: bool,
    without_purpose: bool,
    copies: bool,
}

/// Touches of the tables that requests name.
pub(super) struct Touches<'a> {
    given: Given<'a>,
    requests: Vec<Request<'a>>,
    /// Requests about the table of each shape.
    of_shape: Vec<Vec<usize>>,
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
            copies: 0,
            kept: Kept::default(),
            possible: Kept::default(),
        };
        let shapes = given.ledger.shapes.len();
        Touches {
            given,
            requests: given.audit.subjects.iter().flatten().map(request).collect(),
            of_shape: vec![Vec::new(); shapes],
            facts: vec![Facts::default(); shapes],
        }
    }

    /// One object a row, by time received and id.
    pub(super) fn list(&self) -> Vec<(rules::SubjectRequest, About)> {
        let mut requests: Vec<&Request<'a>> = self.requests.iter().collect();
        requests.sort_by_key(|request| (request.row.received, &request.row.id));
        requests.into_iter().map(Request::told).collect()
    }

    /// Whether a field of accesses of this shape says a word.
    fn says(&self, shape: &Shape, field: Field, word: &str) -> bool {
        let fields = AccessFields::of_shape(self.given.ledger, &self.given.audit.scope, shape);
        fields.is_some_and(|fields| fields.field(field) == Value::from(word))
    }
}

impl Request<'_> {
    fn told(&self) -> (rules::SubjectRequest, About) {
        let row = self.row;
        let since = |times: &[Option<Seconds>], from: Seconds| {
            times.iter().flatten().filter(|time| **time >= from).count()
        };
        let deleted = self.deletes.iter().flatten().filter(|time| **time >= row.received).min();
        let written = match deleted {
            Some(deleted) => since(&self.writes, deleted + 1),
            None => since(&self.writes, row.received),
        };
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
            possible_reads: self.possible_reads,
            external: self.external,
            without_purpose: self.without_purpose,
            copies: self.copies,
        };
        let named = self.kept.about();
        let about = if named.cited.is_empty() { self.possible.about() } else { named };
        let times = about.times.or(Some((row.received, row.received)));
        (subject, About { objects: vec![row.table.clone()], times, ..about })
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
            external: wants && self.says(seen.shape, Field::External, "yes"),
            without_purpose: wants && self.says(seen.shape, Field::Purpose, "none"),
            copies,
        };
        if let (Some(slot), Some(known)) = (self.of_shape.get_mut(number), self.facts.get_mut(number)) {
            (*slot, *known) = (mine, facts);
        }
        wants
    }

    fn take(&mut self, at: At<'a>) {
        let shape = at.row.shape as usize;
        let facts = self.facts.get(shape).copied().unwrap_or_default();
        let mine = self.of_shape.get(shape).map_or(&[][..], Vec::as_slice);
        if facts.copies {
            for number in mine {
                if let Some(request) = self.requests.get_mut(*number) {
                    request.copies += 1;
                    request.possible.take(at);
                }
            }
            return;
        }
        let Some((_, raw, _)) = at.ledger.shape(at.row) else {
            return;
        };
        let recorded = Recorded::new(raw.key_kind, at.event.partition.key(at.row));
        for number in mine {
            if let Some(request) = self.requests.get_mut(*number) {
                let matched = request.wanted.as_ref().map_or(Match::Other, |wanted| recorded.to(wanted));
                if request.touch(at, raw.kind, matched, facts) {
                    let kept =
                        if matched == Match::Names { &mut request.kept } else { &mut request.possible };
                    kept.take(at);
                }
            }
        }
    }
}

/// The keys that a record states.
enum Recorded {
    /// Keys in full, or the part of a query.
    Keys(Vec<BTreeMap<String, String>>),
    /// Anything may have been touched.
    Any,
}

impl Recorded {
    fn new(kind: KeyKind, text: &str) -> Recorded {
        let keys: Option<Vec<BTreeMap<String, String>>> = match kind {
            KeyKind::Exact | KeyKind::Partial => keys::split(text).into_iter().map(members).collect(),
            KeyKind::Condition | KeyKind::None | KeyKind::LeftOut => None,
        };
        // A batch of which the record states a part may hold any key.
        keys.filter(|keys| !keys.is_empty()).map_or(Recorded::Any, Recorded::Keys)
    }

    fn to(&self, wanted: &Wanted) -> Match {
        let Recorded::Keys(keys) = self else {
            return Match::MayReturn;
        };
        let one = |key: &BTreeMap<String, String>| match wanted {
            Wanted::Value(value) if key.values().any(|other| other == value) => Match::Names,
            Wanted::Value(_) => Match::Other,
            Wanted::Attributes(wanted) => {
                let same = |(name, value): &&(String, String)| key.get(name) == Some(value);
                let agree = wanted.iter().filter(same).count();
                match (agree == wanted.len(), agree == key.len()) {
                    (true, _) => Match::Names,
                    (false, true) => Match::MayReturn,
                    (false, false) => Match::Other,
                }
            }
        };
        let all: Vec<Match> = keys.iter().map(one).collect();
        [Match::Names, Match::MayReturn].into_iter().find(|found| all.contains(found)).unwrap_or(Match::Other)
    }
}

/// The members of a key as the ledger spells it.
fn members(key: &str) -> Option<BTreeMap<String, String>> {
    let value: serde_json::Value = serde_json::from_str(key).ok()?;
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(value.as_object()?.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
}

/// The key of a request; `None` when it cannot be read.
fn wanted(key: &str) -> Option<Wanted> {
    let key = key.trim();
    if !key.starts_with(['{', '[']) {
        return (!key.is_empty()).then(|| Wanted::Value(key.to_owned()));
    }
    let canonical = {
        let (json, end) = crate::records::scan::Json::first(key, 0).ok()?;
        let whole = key.get(end..).is_some_and(|rest| rest.trim().is_empty()) && json.is_object();
        whole.then(|| keys::canonical(json).into_owned())?
    };
    let attributes: Vec<(String, String)> = members(&canonical)?.into_iter().collect();
    (!attributes.is_empty()).then_some(Wanted::Attributes(attributes))
}

/// Whether a request's table, a name or an ARN, is this one.
fn is_table(written: &str, account: &str, region: &str, name: &str) -> bool {
    match arn::table(written) {
        Some(told) => told == (region, account, name),
        None => written == name,
    }
}

//! Dossiers: what one principal touched, in figures that add up (evidence-bundle §7).

use std::collections::{BTreeMap, BTreeSet};

use super::model::{
    ChainLink, Citation, DayKinds, Dossier, Fact, HourRow, KeyUse, Listing, Session, Share, TableUse,
};
use super::redaction::shown;
use super::sessions::{Sessions, Sums, Touch, session_id};
use super::table::Written;
use super::{Inputs, data, exceptions, object_name, patterns};
use crate::clock::{DAY, HOUR, Seconds, day, rfc3339};
use crate::events::{KeyKind, Kind, ObjectKind, Outcome, Plane, arn, keys};
use crate::identities::{Reason, Who};
use crate::ledger::people::Principal;
use crate::ledger::row::NO_TIME;
use crate::ledger::shape::agent_family;
use crate::ledger::standing::Told;
use crate::patterns::Patterns;
use crate::verdicts::tally::{Cited, RowKey, shown_time};

/// Rows of a list in print.
const SHOWN: usize = 200;

/// Makes dossiers.
pub struct Maker<'a> {
    /// What the bundle is made from.
    pub inputs: &'a Inputs<'a>,
    /// All sessions.
    pub sessions: &'a Sessions<'a>,
    /// `data/sessions.csv`.
    pub sessions_file: Written,
    /// `data/accesses.csv.gz`.
    pub accesses_file: Written,
    /// Patterns of use, and `data/patterns.csv`.
    pub patterns: (&'a Patterns, Written),
    /// Where every credential of a person is listed.
    pub credentials_file: &'static str,
}

impl Maker<'_> {
    /// Dossiers of everybody who accessed anything, AWS services left out (users.csv lists them).
    pub fn all(&self) -> Vec<Dossier> {
        let principals = self.inputs.ledger.principals.iter().zip(0_u32..);
        principals
            .filter(|(principal, _)| !matches!(principal.who, Who::Service(_)))
            .filter_map(|(_, place)| self.one(place))
            .collect()
    }

    /// The dossier of the principal at a place; `None` for one without any access.
    pub fn one(&self, place: u32) -> Option<Dossier> {
        let principal = self.inputs.ledger.principals.get(place as usize)?;
        let touches = self.sessions.touches_of(place);
        if touches.is_empty() {
            return None;
        }
        let mut gathered = Gathered::new(self.inputs);
        if let Who::Person(row) = &principal.who {
            gathered.roster_id =
                self.inputs.ledger.roster.row(*row).map(|row| row.id.clone()).unwrap_or_default();
        }
        // Whatever root does is administration.
        gathered.everything = matches!(principal.who, Who::Root(_));
        touches.iter().for_each(|touch| gathered.add(touch));
        let sums = gathered.sums;
        let sessions = self.sessions(place);
        let objects = gathered.objects.len() as u64;
        let items = gathered.keys.len() as u64;
        Some(Dossier {
            token: principal.token.clone(),
            name: shown(&principal.name).into_owned(),
            kind: gathered.kind_words(principal.kind).to_owned(),
            grade: format!("{}: {}", principal.grade.letter(), principal.grade.words()),
            grade_words: gathered.grade_words(),
            roster: self.roster(principal),
            totals_line: totals_line(&sums),
            totals: totals(&sums, sessions.total, objects, items),
            chain: gathered.chain(self.credentials_file),
            hour_strip: gathered
                .hours
                .iter()
                .map(|(day_of, hours)| HourRow { day: day(day_of * DAY), hours: hours.to_vec() })
                .collect(),
            per_day: gathered.days.iter().map(|(day_of, sums)| day_kinds(*day_of, sums)).collect(),
            sessions,
            tables: gathered.tables(),
            keys: gathered.key_list(&self.accesses_file),
            refusals: cut(gathered.refusals, &self.accesses_file),
            administration: cut(gathered.administration, &self.accesses_file),
            patterns: patterns::listing(self.inputs.ledger, self.patterns.0, place, &self.patterns.1),
            pattern_notes: self.patterns.0.notes.clone(),
            gaps: self.gaps(),
        })
    }

    fn roster(&self, principal: &Principal) -> Vec<Fact> {
        let Who::Person(row) = &principal.who else {
            return Vec::new();
        };
        self.roster_facts(*row)
    }

    /// What the roster states of a person.
    pub fn roster_facts(&self, row: u32) -> Vec<Fact> {
        let Some(row) = self.inputs.ledger.roster.row(row) else {
            return Vec::new();
        };
        let stated = |text: Option<String>| text.unwrap_or_else(|| "not stated".to_owned());
        let facts = [
            ("Person id", row.id.clone()),
            ("Mail", row.mail.clone()),
            ("Department", row.department.clone()),
            ("Manager", row.manager.clone()),
            ("Joined", stated(row.joined_as_stated())),
            ("Left", stated(row.left_as_stated())),
        ];
        facts.into_iter().map(|(label, value)| Fact { label: label.to_owned(), value }).collect()
    }

    fn sessions(&self, place: u32) -> Listing<Session> {
        let ledger = self.inputs.ledger;
        let shown_session = |(number, session): (usize, &super::sessions::Session)| {
            let caller = ledger.callers.get(session.caller as usize);
            let more = if session.more_addresses > 0 {
                format!(" and {} more", session.more_addresses)
            } else {
                String::new()
            };
            let credential = caller.map_or("", |caller| caller.access_key.as_str());
            Session {
                id: session_id(number),
                start: shown_time(session.start),
                end: shown_time(session.end),
                principal: caller.map(|caller| shown(&caller.principal()).into_owned()).unwrap_or_default(),
                credential: if credential.is_empty() {
                    "not logged".to_owned()
                } else {
                    shown(credential).into_owned()
                },
                origin: format!("{}{more}", shown(ledger.name(session.address))),
                agent: agent_family(ledger.name(session.agent)).to_owned(),
                mfa: caller.map_or("not logged", data::mfa).to_owned(),
                reads: session.sums.reads,
                writes: session.sums.writes + session.sums.deletes,
                admin: session.sums.admin,
                refused: session.sums.refused,
                failed: session.sums.failed,
                items: session.items,
            }
        };
        let total = self.sessions.of_principal(place).count() as u64;
        let mut all: Vec<_> = self.sessions.of_principal(place).collect();
        all.sort_by_key(|(number, session)| (session.start, *number));
        let rows = all.into_iter().take(SHOWN).map(shown_session).collect();
        Listing {
            rows,
            total,
            file: self.sessions_file.path.clone(),
            sha256: self.sessions_file.sha256.clone(),
        }
    }

    /// Hours that are not proven, and what no log of this kind shows.
    pub fn gaps(&self) -> Vec<String> {
        let coverage = self.inputs.coverage;
        let unproven: Vec<String> = coverage
            .strips
            .iter()
            .filter(|strip| strip.proven() < strip.states.len() as u64)
            .map(|strip| {
                format!(
                    "{}: {} of {} hours are not proven",
                    strip.name(),
                    strip.states.len() as u64 - strip.proven(),
                    strip.states.len()
                )
            })
            .collect();
        let mut gaps = unproven;
        gaps.push("Queries and scans do not list the items returned; reads through a cache, an export or a backup leave no record here.".to_owned());
        gaps
    }
}

/// A session's ARN without the session's name.
fn without_session(principal: &str) -> String {
    match arn::assumed_role(principal) {
        Some((partition, account, role, _)) => format!("arn:{partition}:sts::{account}:assumed-role/{role}"),
        None => principal.to_owned(),
    }
}

/// `214 accesses = 188 reads + 22 writes + …`.
pub fn totals_line(sums: &Sums) -> String {
    format!(
        "{} accesses = {} reads + {} writes + {} deletes + {} settings and sign-ins + {} refused + {} failed",
        sums.all(),
        sums.reads,
        sums.writes,
        sums.deletes,
        sums.admin,
        sums.refused,
        sums.failed
    )
}

fn totals(sums: &Sums, sessions: u64, objects: u64, items: u64) -> Vec<Share> {
    let all = [
        ("accesses", sums.all()),
        ("reads", sums.reads),
        ("writes", sums.writes),
        ("deletes", sums.deletes),
        ("settings and sign-ins (changes and descriptions)", sums.admin),
        ("refused", sums.refused),
        ("failed otherwise", sums.failed),
        ("sessions", sessions),
        ("objects", objects),
        ("distinct items named", items),
    ];
    all.into_iter().map(|(label, count)| Share { label: label.to_owned(), count }).collect()
}

/// A day's sums as documents show them.
pub fn day_kinds(day_of: i64, sums: &Sums) -> DayKinds {
    DayKinds {
        day: day(day_of * DAY),
        reads: sums.reads,
        writes: sums.writes,
        deletes: sums.deletes,
        admin: sums.admin,
        refused: sums.refused,
        failed: sums.failed,
    }
}

fn cut(cited: BTreeSet<Ordered>, file: &Written) -> Listing<Citation> {
    let total = cited.len() as u64;
    let rows = cited.into_iter().take(SHOWN).map(|cited| cited.1).collect();
    Listing { rows, total, file: file.path.clone(), sha256: file.sha256.clone() }
}

/// A citation with its order: time, reference, access of the event.
#[derive(PartialEq)]
struct Ordered((Seconds, String, u16), Citation);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

#[derive(Default)]
struct Use {
    accesses: u64,
    items: BTreeSet<String>,
    first: Option<Seconds>,
    last: Option<Seconds>,
}

impl Use {
    fn add(&mut self, time: Seconds) {
        self.accesses += 1;
        if time != NO_TIME {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
    }
}

#[derive(Default)]
struct Item {
    reads: u64,
    writes: u64,
    first: Option<(Seconds, String)>,
    last: Option<Seconds>,
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

struct Gathered<'a> {
    inputs: &'a Inputs<'a>,
    sums: Sums,
    days: BTreeMap<i64, Sums>,
    hours: BTreeMap<i64, [u64; 24]>,
    objects: BTreeMap<(String, String, String, &'static str), Use>,
    keys: BTreeMap<(String, String), Item>,
    withheld: BTreeMap<String, usize>,
    refusals: BTreeSet<Ordered>,
    administration: BTreeSet<Ordered>,
    links: BTreeMap<Way, Went>,
    reasons: BTreeSet<&'static str>,
    roster_id: String,
    everything: bool,
}

impl<'a> Gathered<'a> {
    fn new(inputs: &'a Inputs<'a>) -> Self {
        let (from, to) = (inputs.audit.from.div_euclid(DAY), (inputs.audit.to - 1).div_euclid(DAY));
        let all_days = from..=to.min(from + 400);
        Gathered {
            inputs,
            sums: Sums::default(),
            days: all_days.clone().map(|day| (day, Sums::default())).collect(),
            hours: all_days.map(|day| (day, [0; 24])).collect(),
            objects: BTreeMap::new(),
            keys: BTreeMap::new(),
            withheld: BTreeMap::new(),
            refusals: BTreeSet::new(),
            administration: BTreeSet::new(),
            links: BTreeMap::new(),
            reasons: BTreeSet::new(),
            roster_id: String::new(),
            everything: false,
        }
    }

    fn add(&mut self, touch: &Touch<'_>) {
        let ledger = self.inputs.ledger;
        let Some((shape, raw, _)) = ledger.shape(touch.row) else {
            return;
        };
        let time = touch.row.time;
        self.sums.add(raw.kind, raw.outcome);
        if time != NO_TIME {
            self.days.entry(time.div_euclid(DAY)).or_default().add(raw.kind, raw.outcome);
            let hours = self.hours.entry(time.div_euclid(DAY)).or_insert([0; 24]);
            if let Some(count) =
                usize::try_from(time.rem_euclid(DAY) / HOUR).ok().and_then(|hour| hours.get_mut(hour))
            {
                *count += 1;
            }
        }
        let object = object_name(ledger, raw);
        let class = self.data_class(raw);
        let place =
            (object.clone(), class, shown(ledger.name(raw.operation)).into_owned(), raw.outcome.word());
        let used = self.objects.entry(place).or_default();
        used.add(time);
        let texts = if raw.key_kind == KeyKind::Exact {
            keys::split(touch.event.partition.key(touch.row))
        } else {
            Vec::new()
        };
        used.items.extend(texts.iter().map(|key| (*key).to_owned()));
        if raw.object_kind == ObjectKind::Table && raw.outcome == Outcome::Done {
            let sensitive = shape.standing.sensitive_key == Told::Found;
            for key in &texts {
                let text = if sensitive { self.withheld(key) } else { shown(key).into_owned() };
                self.item(&object, text, raw.kind, touch);
            }
        }
        self.cite(touch, raw);
        self.link(touch.row.caller);
    }

    fn data_class(&self, raw: &crate::ledger::shape::RawShape) -> String {
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
    fn withheld(&mut self, key: &str) -> String {
        let next = self.withheld.len() + 1;
        let number = *self.withheld.entry(key.to_owned()).or_insert(next);
        format!("[sensitive key {number}]")
    }

    fn item(&mut self, object: &str, key: String, kind: Kind, touch: &Touch<'_>) {
        let item = self.keys.entry((object.to_owned(), key)).or_default();
        if kind == Kind::Read {
            item.reads += 1;
        } else {
            item.writes += 1;
        }
        let time = touch.row.time;
        if item.first.as_ref().is_none_or(|first| (time, ()) < (first.0, ())) {
            let mut reference = String::new();
            touch.event.reference(&mut reference);
            item.first = Some((time, reference));
        }
        item.last = Some(item.last.map_or(time, |last| last.max(time)));
    }

    fn cite(&mut self, touch: &Touch<'_>, raw: &crate::ledger::shape::RawShape) {
        let refused = raw.outcome == Outcome::Refused;
        let admin = raw.outcome == Outcome::Done && raw.plane == Plane::Management && raw.kind == Kind::Admin;
        let log_read = raw.object_kind == ObjectKind::Bucket;
        if !refused && !admin && !log_read && !self.everything {
            return;
        }
        let mut reference = String::new();
        touch.event.reference(&mut reference);
        let cited = Cited {
            time: touch.row.time,
            event_ref: reference.clone(),
            part: touch.row.part,
            row: RowKey(*touch.row),
        };
        let entry = Ordered(
            (touch.row.time, reference, touch.row.part),
            exceptions::citation(self.inputs.ledger, &cited),
        );
        if refused {
            self.refusals.insert(entry)
        } else {
            self.administration.insert(entry)
        };
    }

    fn link(&mut self, caller: u32) {
        let ledger = self.inputs.ledger;
        let Some(resolution) = ledger.resolutions.get(caller as usize) else { return };
        let path: Vec<String> =
            resolution.path.iter().map(|step| shown(&without_session(step)).into_owned()).collect();
        self.reasons.insert(resolution.reason.words());
        let way = (path, resolution.grade.letter(), resolution.reason.words(), resolution.hops);
        let went = self.links.entry(way).or_default();
        went.accesses += 1;
        if !went.credentials.contains(&resolution.proof) {
            went.credentials.insert(resolution.proof.clone());
        }
    }

    /// A name that a record proves is on no roster; one that was only given may be that of somebody who is.
    fn kind_words<'k>(&self, kind: &'k str) -> &'k str {
        match kind {
            "named" if self.reasons.contains(Reason::NotOnRoster.words()) => "person not on the roster",
            "named" => "named, not proven",
            kind => kind,
        }
    }

    fn grade_words(&self) -> String {
        let reasons: Vec<&str> = self.reasons.iter().copied().collect();
        reasons.join("; ")
    }

    fn chain(&self, credentials_file: &str) -> Vec<ChainLink> {
        let link = |((path, grade, words, hops), went): (&Way, &Went)| {
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
                grade: (*grade).to_owned(),
                link: format!("{words}{}{more}", self.roster_words(grade)),
                hops: u64::from(*hops),
                proof,
                path: path.clone(),
                accesses: went.accesses,
            }
        };
        self.links.iter().map(link).collect()
    }

    /// For grade A: which row of the roster it is.
    fn roster_words(&self, grade: &str) -> String {
        if grade == "A" && !self.roster_id.is_empty() {
            format!("; roster id {}", self.roster_id)
        } else {
            String::new()
        }
    }

    fn tables(&self) -> Vec<TableUse> {
        let time = |time: Option<Seconds>| time.map_or_else(|| "not logged".to_owned(), rfc3339);
        let used =
            |((object, data, operation, outcome), used): (&(String, String, String, &'static str), &Use)| {
                TableUse {
                    object: object.clone(),
                    data: data.clone(),
                    operation: operation.clone(),
                    outcome: (*outcome).to_owned(),
                    accesses: used.accesses,
                    items: used.items.len() as u64,
                    first: time(used.first),
                    last: time(used.last),
                }
            };
        self.objects.iter().map(used).collect()
    }

    fn key_list(&self, file: &Written) -> Listing<KeyUse> {
        let row = |((object, key), item): (&(String, String), &Item)| KeyUse {
            object: object.clone(),
            key: key.clone(),
            reads: item.reads,
            writes: item.writes,
            first: item.first.as_ref().map_or_else(String::new, |first| shown_time(first.0)),
            last: item.last.map_or_else(String::new, shown_time),
            citation: item.first.as_ref().map(|first| first.1.clone()).unwrap_or_default(),
        };
        let rows = self.keys.iter().take(SHOWN).map(row).collect();
        Listing { rows, total: self.keys.len() as u64, file: file.path.clone(), sha256: file.sha256.clone() }
    }
}

//! Where one credential came from, what it was used for, and what it handed out in turn. Comes in: an access key id. Goes
//! out: the chain of records that issued it, up to a person or to the named reason why it ends; uses; further
//! credentials. A record that is not among the sources is said to be missing, never guessed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::line::{Line, Maker};
use super::unrecorded::{self, Limit};
use super::{Head, Refusal, Sources, near, near_hint};
use crate::bundle::data::file_id;
use crate::bundle::redaction::shown;
use crate::bundle::sessions::Sessions;
use crate::clock::{Seconds, rfc3339};
use crate::error::Result;
use crate::events::{self, Outcome, text};
use crate::identities::{Caller, Issuance, IssuanceKind};
use crate::ledger::Ledger;
use crate::ledger::repeats::Place;

/// Limits that bear on the view of a credential.
const LIMITS: [&str; 4] = ["L01", "L04", "L15", "L16"];

/// Steps followed upwards or downwards at most.
const MOST: usize = 200;

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CredentialTrace {
    /// `trace credential`.
    pub trace: &'static str,
    /// Head.
    pub head: Head,
    /// The access key id.
    pub credential: String,
    /// What its prefix says of it.
    pub kind: &'static str,
    /// Who used it.
    pub holders: Vec<Holder>,
    /// Records that issued it, then those that issued the credential these were called with, and so on.
    pub issued_by: Vec<Step>,
    /// Where the chain ends, and why.
    pub ends: Vec<String>,
    /// Totals of its uses.
    pub uses: Uses,
    /// What it handed out in turn, directly or further on.
    pub handed_out: Vec<Step>,
    /// Every use by time.
    pub accesses: Vec<Line>,
    /// The chain was cut at this number of steps; 0 when it is whole.
    pub cut_at: u64,
    /// What no log of this kind shows.
    pub limits: Vec<Limit>,
}

/// An identity that used the credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Holder {
    /// Identity as logged.
    pub principal: String,
    /// Person, workload or who it is.
    pub person: String,
    /// Token.
    pub token: String,
    /// Grade.
    pub grade: &'static str,
    /// Why, as a code.
    pub reason: &'static str,
    /// Why, in words.
    pub how_known: &'static str,
}

/// A credential handed out by a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// How many records lie between it and the credential asked for.
    pub steps: u64,
    /// Access key id that was handed out.
    pub credential: String,
    /// Session or user it belongs to, as the answer states it.
    pub session: String,
    /// The call.
    pub call: &'static str,
    /// Time of the call.
    pub time: String,
    /// Reference of its record.
    pub event_ref: String,
    /// File and place of the record.
    pub place: String,
    /// Records of the same call in the logs of other accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<String>,
    /// Who called.
    pub by: Holder,
    /// The credential it was called with; empty when not logged.
    pub with_credential: String,
    /// Accesses of the window made with what was handed out.
    pub uses: u64,
}

/// Totals of the uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Uses {
    /// Accesses in the window.
    pub accesses: u64,
    /// First; empty when there is none.
    pub first: String,
    /// Last.
    pub last: String,
    /// By operation, object and outcome.
    pub operations: Vec<Used>,
    /// By address and family of agent.
    pub origins: Vec<Used>,
}

/// A line of totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Used {
    /// Operation, object and outcome; or address and agent.
    pub what: Vec<String>,
    /// Accesses.
    pub accesses: u64,
    /// First.
    pub first: String,
    /// Last.
    pub last: String,
}

/// A credential handed out, as found in the ledger or in a record of IAM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Handed {
    key: String,
    session: String,
    call: &'static str,
    time: Option<Seconds>,
    event_ref: String,
    caller: u32,
    place: Option<Place>,
}

/// Traces a credential. The inner refusal says that it is not known.
///
/// # Errors
/// When the shipped limits cannot be read.
pub fn trace(from: &Sources<'_>, key: &str) -> Result<std::result::Result<CredentialTrace, Refusal>> {
    let ledger = from.ledger;
    let handed = all_handed(from);
    let used = ledger.callers.iter().any(|caller| caller.access_key == key);
    if key.is_empty() || !(used || handed.iter().any(|one| one.key == key)) {
        let keys = ledger.callers.iter().map(|caller| caller.access_key.as_str());
        let near = near(key, keys.filter(|key| !key.is_empty()));
        return Ok(Err(Refusal::new(
            format!("no record of the sources names the credential {key:?}"),
            near_hint(&near, "give the access key id (AKIA… or ASIA…), never the secret"),
        )));
    }
    let sessions = Sessions::new(ledger, from.audit.session_silence);
    let mut chain = Chain { ledger, handed: &handed, counts: counts(ledger), places: BTreeMap::new() };
    let ((up, more_up), (down, more_down)) = (chain.up(key), chain.down(key));
    let keys: BTreeSet<&str> = up.iter().chain(&down).map(|(one, _)| one.key.as_str()).collect();
    chain.places = places(from, handed.iter().filter(|one| keys.contains(one.key.as_str())));
    let (issued_by, handed_out) = (chain.steps(up), chain.steps(down));
    let accesses = lines(ledger, &sessions, key);
    Ok(Ok(CredentialTrace {
        trace: "credential",
        head: Head::new(from, false),
        credential: shown(key).into_owned(),
        kind: kind(key),
        holders: chain.holders(key),
        ends: chain.ends(key, &issued_by),
        issued_by,
        uses: totals(&accesses),
        handed_out,
        accesses,
        cut_at: if more_up || more_down { MOST as u64 } else { 0 },
        limits: unrecorded::limits(from, &LIMITS)?,
    }))
}

fn kind(key: &str) -> &'static str {
    match key.get(..4) {
        Some("AKIA") => "long-lived key of a user",
        Some("ASIA") => "temporary credential of a session",
        _ => "credential of a kind that its prefix does not tell",
    }
}

/// All credentials that records hand out: those of STS, and keys of users.
fn all_handed(from: &Sources<'_>) -> Vec<Handed> {
    let of = |issuance: &Issuance| Handed {
        key: issuance.access_key.clone(),
        session: issuance.session.clone(),
        call: match issuance.kind {
            IssuanceKind::Role => "AssumeRole",
            IssuanceKind::Root => "AssumeRoot",
            IssuanceKind::Switch => "SwitchRole",
            IssuanceKind::Saml => "AssumeRoleWithSAML",
            IssuanceKind::WebIdentity => "AssumeRoleWithWebIdentity",
            IssuanceKind::Token => "GetSessionToken or GetFederationToken",
        },
        time: issuance.time,
        event_ref: issuance.event_ref.clone(),
        caller: issuance.caller,
        place: None,
    };
    let mut handed: Vec<Handed> = from.ledger.issuances.iter().map(of).collect();
    handed.extend(user_keys(from));
    handed.sort();
    handed.dedup();
    handed
}

/// Keys of users that CreateAccessKey made in the window: the answer stands in the record alone.
fn user_keys(from: &Sources<'_>) -> Vec<Handed> {
    let ledger = from.ledger;
    let mut made: BTreeMap<Place, Handed> = BTreeMap::new();
    ledger.walk(&mut |event| {
        let Some(row) = event.rows.first() else { return };
        let Some((_, raw, _)) = ledger.shape(row) else { return };
        if ledger.name(raw.operation) != "CreateAccessKey" || raw.outcome != Outcome::Done {
            return;
        }
        let mut event_ref = String::new();
        event.reference(&mut event_ref);
        let (place, time) = ((row.file, row.index), Some(row.time));
        let fresh = Handed {
            key: String::new(),
            session: ledger.name(raw.object_name).to_owned(),
            call: "CreateAccessKey",
            time,
            event_ref,
            caller: row.caller,
            place: Some(place),
        };
        made.insert(place, fresh);
    });
    let wanted: BTreeSet<Place> = made.keys().copied().collect();
    (from.again)(&wanted, &mut |place, record| {
        let answer = record.response.and_then(|response| response.get("accessKey"));
        let key = text(answer.and_then(|answer| answer.get("accessKeyId")));
        if let Some(handed) = made.get_mut(&place) {
            handed.key = key.into_owned();
        }
    });
    made.into_values().filter(|handed| !handed.key.is_empty()).collect()
}

/// Accesses of each credential.
fn counts(ledger: &Ledger) -> BTreeMap<&str, u64> {
    let mut of_caller: BTreeMap<u32, u64> = BTreeMap::new();
    ledger.walk(&mut |event| {
        for row in event.rows {
            *of_caller.entry(row.caller).or_insert(0) += 1;
        }
    });
    let mut counts = BTreeMap::new();
    for (caller, count) in of_caller {
        let key = ledger.callers.get(caller as usize).map_or("", |caller| caller.access_key.as_str());
        *counts.entry(key).or_insert(0) += count;
    }
    counts
}

/// Where the issuing records stand. Records outside the window have no row: the files that reach over their time are
/// searched for them.
fn places<'h>(from: &Sources<'_>, handed: impl Iterator<Item = &'h Handed>) -> BTreeMap<String, Place> {
    let ledger = from.ledger;
    let handed: Vec<&Handed> = handed.collect();
    let wanted: BTreeSet<&str> = handed.iter().map(|one| one.event_ref.as_str()).collect();
    let mut found: BTreeMap<String, Place> = BTreeMap::new();
    let mut reference = String::new();
    ledger.walk(&mut |event| {
        let Some(row) = event.rows.first() else { return };
        event.reference(&mut reference);
        if wanted.contains(reference.as_str()) {
            found.insert(reference.clone(), (row.file, row.index));
        }
        for view in ledger.views(row).iter().filter(|view| wanted.contains(view.event_ref.as_str())) {
            found.insert(view.event_ref.clone(), (view.file, view.index));
        }
    });
    let missing: Vec<&Handed> =
        handed.into_iter().filter(|one| !found.contains_key(&one.event_ref)).collect();
    let mut searched: BTreeSet<Place> = BTreeSet::new();
    for (file, number) in ledger.files.iter().zip(0_u32..) {
        let reaches = |time: Seconds| {
            file.first.zip(file.last).is_some_and(|(first, last)| (first..=last).contains(&time))
        };
        if missing.iter().filter_map(|one| one.time).any(reaches) {
            searched
                .extend((0..u32::try_from(file.records).unwrap_or(u32::MAX)).map(|index| (number, index)));
        }
    }
    (from.again)(&searched, &mut |place, record| {
        let account = events::understand(record).account;
        let reference = format!("{account}:{}", events::reference_part(&text(record.event_id)));
        if missing.iter().any(|one| one.event_ref == reference) {
            found.entry(reference).or_insert(place);
        }
    });
    found
}

/// The records that hand out credentials, ready to be followed.
struct Chain<'a> {
    ledger: &'a Ledger,
    handed: &'a [Handed],
    counts: BTreeMap<&'a str, u64>,
    places: BTreeMap<String, Place>,
}

/// Records on the way, with their number of steps, and whether there are more.
type Followed<'a> = (Vec<(&'a Handed, u64)>, bool);

impl<'a> Chain<'a> {
    /// The credential that a caller used.
    fn key_of(&self, caller: u32) -> &'a str {
        self.ledger.callers.get(caller as usize).map_or("", |caller| &caller.access_key)
    }

    fn holder(&self, place: u32) -> Holder {
        let ledger = self.ledger;
        let resolution = ledger.resolutions.get(place as usize);
        let principal =
            ledger.principal_of.get(place as usize).and_then(|at| ledger.principals.get(*at as usize));
        Holder {
            principal: ledger.callers.get(place as usize).map_or_else(String::new, logged),
            person: principal.map_or_else(|| "not known".to_owned(), |one| shown(&one.name).into_owned()),
            token: principal.map(|one| one.token.clone()).unwrap_or_default(),
            grade: resolution.map_or("", |one| one.grade.letter()),
            reason: resolution.map_or("", |one| one.reason.code()),
            how_known: resolution.map_or("", |one| one.reason.words()),
        }
    }

    /// Who used a credential, each once.
    fn holders(&self, key: &str) -> Vec<Holder> {
        let users = self.ledger.callers.iter().zip(0_u32..).filter(|(caller, _)| caller.access_key == key);
        let holders: BTreeSet<Holder> = users.map(|(_, place)| self.holder(place)).collect();
        holders.into_iter().collect()
    }

    /// Steps, one a call: the log of each account holds a record of it, and the one that tells most of the caller stands
    /// for all.
    fn steps(&self, found: Vec<(&Handed, u64)>) -> Vec<Step> {
        let mut told: BTreeSet<&Handed> = BTreeSet::new();
        let mut steps = Vec::new();
        for (one, depth) in found {
            if !told.contains(one) {
                let is_its = |other: &&Handed| *other == one || self.is_copy(one, other);
                let call: Vec<&Handed> = self.handed.iter().filter(is_its).collect();
                told.extend(&call);
                steps.extend(self.step(call, depth));
            }
        }
        steps
    }

    /// Whether two records of different accounts tell of one call: a credential is handed out once.
    fn is_copy(&self, one: &Handed, other: &Handed) -> bool {
        let account = |handed: &Handed| handed.event_ref.split(':').next().map(str::to_owned);
        let callers =
            self.ledger.callers.get(one.caller as usize).zip(self.ledger.callers.get(other.caller as usize));
        let same = (&one.key, &one.session, one.call, one.time)
            == (&other.key, &other.session, other.call, other.time);
        same && account(one) != account(other) && callers.is_some_and(|(one, other)| !one.contradicts(other))
    }

    fn place(&self, one: &Handed) -> String {
        let place = one.place.or_else(|| self.places.get(&one.event_ref).copied());
        let not_found = || "outside the window, place not found".to_owned();
        place.map_or_else(not_found, |(file, index)| format!("{}#{index}", file_id(file)))
    }

    fn step(&self, mut call: Vec<&Handed>, steps: u64) -> Option<Step> {
        let told = |one: &&Handed| self.ledger.callers.get(one.caller as usize).map_or(0, Caller::told);
        call.sort_by(|a, b| told(b).cmp(&told(a)).then_with(|| a.cmp(b)));
        let (one, copies) = call.split_first()?;
        Some(Step {
            copies: copies.iter().map(|copy| format!("{} {}", copy.event_ref, self.place(copy))).collect(),
            steps,
            credential: shown(&one.key).into_owned(),
            session: shown(&one.session).into_owned(),
            call: one.call,
            time: one.time.map_or_else(|| "not logged".to_owned(), rfc3339),
            event_ref: one.event_ref.clone(),
            place: self.place(one),
            by: self.holder(one.caller),
            with_credential: shown(self.key_of(one.caller)).into_owned(),
            uses: self.counts.get(one.key.as_str()).copied().unwrap_or(0),
        })
    }

    /// The records that issued a credential, and so on upwards.
    fn up(&self, key: &'a str) -> Followed<'a> {
        self.follow(key, &|key, one| one.key == key, &|one| self.key_of(one.caller))
    }

    /// What was handed out with a credential, and so on downwards.
    fn down(&self, key: &'a str) -> Followed<'a> {
        self.follow(key, &|key, one| self.key_of(one.caller) == key, &|one| &one.key)
    }

    /// Follows credentials one record after another, nearest first; each credential once.
    fn follow(
        &self,
        key: &'a str,
        is_next: &dyn Fn(&str, &Handed) -> bool,
        further: &dyn Fn(&'a Handed) -> &'a str,
    ) -> Followed<'a> {
        let mut found = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::from([key]);
        let (mut level, mut depth) = (vec![key], 0);
        while !level.is_empty() {
            depth += 1;
            let mut next = Vec::new();
            for one in level.iter().flat_map(|key| self.handed.iter().filter(|one| is_next(key, one))) {
                if found.len() >= MOST {
                    return (found, true);
                }
                found.push((one, depth));
                let further = further(one);
                if !further.is_empty() && seen.insert(further) {
                    next.push(further);
                }
            }
            level = next;
        }
        (found, false)
    }

    /// Who stands at the upper end, and why the chain goes no further.
    fn ends(&self, key: &str, steps: &[Step]) -> Vec<String> {
        let tops: BTreeSet<&Holder> = steps
            .iter()
            .filter(|step| !steps.iter().any(|above| above.credential == step.with_credential))
            .map(|step| &step.by)
            .collect();
        let words = |one: &Holder| {
            format!("{}: {} (grade {}), {}", one.principal, one.person, one.grade, one.how_known)
        };
        if tops.is_empty() {
            let holders = self.holders(key);
            let mut ends: Vec<String> = holders.iter().map(words).collect();
            ends.insert(0, "this credential: no record among the sources handed it out".to_owned());
            return ends;
        }
        tops.into_iter().map(words).collect()
    }
}

fn logged(caller: &Caller) -> String {
    shown(&caller.principal()).into_owned()
}

fn lines(ledger: &Ledger, sessions: &Sessions<'_>, key: &str) -> Vec<Line> {
    let maker = Maker { ledger, sessions, roles: None };
    let users: BTreeSet<u32> = ledger
        .callers
        .iter()
        .zip(0_u32..)
        .filter(|(one, _)| one.access_key == key)
        .map(|(_, at)| at)
        .collect();
    let mut lines = Vec::new();
    ledger.walk(&mut |event| {
        for (number, row) in event.rows.iter().enumerate() {
            if users.contains(&row.caller) {
                lines.extend(maker.line(event, number));
            }
        }
    });
    lines.sort_by(|a, b| a.order.cmp(&b.order));
    lines
}

/// Totals of lines that are sorted by time.
fn totals(lines: &[Line]) -> Uses {
    Uses {
        accesses: lines.len() as u64,
        first: lines.first().map(|line| line.time.clone()).unwrap_or_default(),
        last: lines.last().map(|line| line.time.clone()).unwrap_or_default(),
        operations: summed(lines, &|line| {
            vec![line.operation.clone(), line.object.clone(), line.outcome.to_owned()]
        }),
        origins: summed(lines, &|line| vec![line.origin.clone(), line.agent.to_owned()]),
    }
}

fn summed(lines: &[Line], what: &dyn Fn(&Line) -> Vec<String>) -> Vec<Used> {
    let mut sums: BTreeMap<Vec<String>, Used> = BTreeMap::new();
    for line in lines {
        let key = what(line);
        let used = sums.entry(key.clone()).or_insert_with(|| Used {
            what: key,
            accesses: 0,
            first: line.time.clone(),
            last: String::new(),
        });
        used.accesses += 1;
        used.last.clone_from(&line.time);
    }
    sums.into_values().collect()
}

//! What one person did. Comes in: a name, mail, ARN, roster id or token. Goes out: the dossier that a bundle holds of
//! somebody, with every access as a line. Only an exact match is that person: near names are offered, never taken.

use std::collections::BTreeSet;

use serde::Serialize;

use super::line::{Line, Maker};
use super::unrecorded::{self, Limit, Unrecorded};
use super::{Head, Refusal, Sources, near, near_hint};
use crate::bundle::dossiers;
use crate::bundle::model::{Dossier, Fact};
use crate::bundle::redaction::shown;
use crate::bundle::sessions::{Sessions, Sums};
use crate::error::Result;
use crate::identities::{Caller, Who};
use crate::ledger::people;

/// Limits that bear on the view of a person.
const LIMITS: [&str; 7] = ["L01", "L02", "L03", "L04", "L06", "L14", "L15"];

/// Names that a message lists.
const LISTED: usize = 20;

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonTrace {
    /// `trace person`.
    pub trace: &'static str,
    /// Head.
    pub head: Head,
    /// The dossier; without figures for somebody of the roster who accessed nothing.
    pub dossier: Dossier,
    /// Identities and credentials that lead to this person.
    pub credentials: Vec<CredentialOf>,
    /// Others who may be this person, not counted here.
    pub also: Vec<Also>,
    /// Every access by time.
    pub accesses: Vec<Line>,
    /// Hours that are not proven.
    pub unrecorded: Vec<Unrecorded>,
    /// What no log of this kind shows.
    pub limits: Vec<Limit>,
}

/// An identity as logged that leads to the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CredentialOf {
    /// Access key id; empty when not logged.
    pub credential: String,
    /// Identity as logged.
    pub principal: String,
    /// Grade.
    pub grade: &'static str,
    /// Why.
    pub how_known: &'static str,
    /// Identities from the person to this one.
    pub path: Vec<String>,
    /// References of the issuing records.
    pub proof: Vec<String>,
    /// Accesses in the window.
    pub accesses: u64,
}

/// Somebody who may be the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Also {
    /// Name as shown.
    pub name: String,
    /// Token.
    pub token: String,
    /// Accesses in the window.
    pub accesses: u64,
    /// Why it is not counted as the person.
    pub words: &'static str,
}

/// Somebody found: a principal of the run, or a person of the roster who accessed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Principal, by place.
    Principal(u32),
    /// Row of the roster.
    Roster(u32),
}

/// Finds somebody.
///
/// # Errors
/// When nobody or several people are meant.
pub fn find(from: &Sources<'_>, typed: &str) -> std::result::Result<Subject, Refusal> {
    let found = exact(from, typed);
    let mut several = found.iter().take(LISTED).map(|subject| described(from, *subject));
    match found.len() {
        0 => Err(nobody(from, typed)),
        1 => found.first().copied().ok_or_else(|| nobody(from, typed)),
        all => {
            let listed: Vec<String> = several.by_ref().collect();
            let more =
                if all > listed.len() { format!(", and {} more", all - listed.len()) } else { String::new() };
            Err(Refusal::new(
                format!("{typed:?} is {all} people or identities: {}{more}", listed.join("; ")),
                "ask for one of them by its token",
            ))
        }
    }
}

fn nobody(from: &Sources<'_>, typed: &str) -> Refusal {
    let ledger = from.ledger;
    let rows = ledger.roster.rows.iter();
    let roster = rows.flat_map(|row| [row.name.as_str(), row.mail.as_str(), row.id.as_str()]);
    let principals = ledger.principals.iter().map(|principal| principal.name.as_str());
    let near = near(typed, roster.chain(principals).filter(|name| !name.is_empty()));
    let near: Vec<String> = near.iter().map(|name| shown(name).into_owned()).collect();
    let otherwise = if ledger.callers.iter().any(|caller| caller.access_key == typed) {
        "this is an access key id: `trailwitness trace credential` follows it"
    } else {
        "give a name, mail, roster id or token (u-…) as in a bundle's users.csv, or the ARN of a user or session"
    };
    Refusal::new(
        format!("nobody is known as {typed:?}, on the roster or in the records of the window"),
        near_hint(&near, otherwise),
    )
}

fn described(from: &Sources<'_>, subject: Subject) -> String {
    let ledger = from.ledger;
    match subject {
        Subject::Principal(place) => ledger
            .principals
            .get(place as usize)
            .map(|one| format!("{} ({}, {})", shown(&one.name), one.kind, one.token))
            .unwrap_or_default(),
        Subject::Roster(row) => ledger
            .roster
            .row(row)
            .map(|one| {
                let token = people::token(&Who::Person(row), &ledger.roster);
                format!("{} (on the roster as {}, {token})", shown(&one.name), shown(&one.id))
            })
            .unwrap_or_default(),
    }
}

/// Everybody whom the text names exactly, people of the roster first.
fn exact(from: &Sources<'_>, typed: &str) -> Vec<Subject> {
    let ledger = from.ledger;
    let lower = typed.to_lowercase();
    let mut rows = BTreeSet::new();
    for (row, number) in ledger.roster.rows.iter().zip(0_u32..) {
        let names = [&row.id, &row.name, &row.mail].into_iter().chain(&row.identities);
        let token = people::token(&Who::Person(number), &ledger.roster);
        if token == typed || names.filter(|name| !name.is_empty()).any(|name| name.to_lowercase() == lower) {
            rows.insert(number);
        }
    }
    let mut places = BTreeSet::new();
    for (principal, place) in ledger.principals.iter().zip(0_u32..) {
        let listed = matches!(principal.who, Who::Person(row) if rows.contains(&row));
        if listed || principal.token == typed || principal.name.to_lowercase() == lower {
            places.insert(place);
        }
    }
    for (caller, place) in ledger.callers.iter().zip(&ledger.principal_of) {
        if is_caller(caller, typed) {
            places.insert(*place);
        }
    }
    let accessed = |row: u32| {
        let mut principals = ledger.principals.iter();
        principals.any(|principal| principal.who == Who::Person(row))
    };
    let silent = rows.into_iter().filter(|row| !accessed(*row)).map(Subject::Roster);
    places.into_iter().map(Subject::Principal).chain(silent).collect()
}

/// An ARN of a session, user or role, or a principal or user id.
fn is_caller(caller: &Caller, typed: &str) -> bool {
    let names = [&caller.arn, &caller.issuer_arn, &caller.principal_id, &caller.on_behalf_of];
    names.into_iter().any(|name| !name.is_empty() && name == typed) || caller.role_or_user() == typed
}

/// Traces a person.
///
/// # Errors
/// When the shipped limits cannot be read.
pub fn trace(
    from: &Sources<'_>,
    sessions: &Sessions<'_>,
    maker: &dossiers::Maker<'_>,
    subject: Subject,
    accesses: Vec<Line>,
) -> Result<PersonTrace> {
    let dossier = match subject {
        Subject::Principal(place) => maker.one(place).unwrap_or_else(|| silent(from, maker, subject)),
        Subject::Roster(_) => silent(from, maker, subject),
    };
    Ok(PersonTrace {
        trace: "person",
        head: Head::new(from, false),
        dossier,
        credentials: credentials(from, sessions, subject),
        also: also(from, sessions, subject),
        accesses,
        unrecorded: unrecorded::of_all(from),
        limits: unrecorded::limits(from, &LIMITS)?,
    })
}

/// Every access of somebody, by time.
pub fn lines(from: &Sources<'_>, sessions: &Sessions<'_>, subject: Subject) -> Vec<Line> {
    let Subject::Principal(place) = subject else { return Vec::new() };
    let maker = Maker { ledger: from.ledger, sessions, roles: None };
    let touches = sessions.touches_of(place).iter();
    let mut lines: Vec<Line> = touches
        .filter_map(|touch| {
            let number = (touch.order as usize).checked_sub(touch.event.first)?;
            maker.line(touch.event, number)
        })
        .collect();
    lines.sort_by(|a, b| a.order.cmp(&b.order));
    lines
}

/// A dossier of somebody without any access: who it is, and what was not recorded.
fn silent(from: &Sources<'_>, maker: &dossiers::Maker<'_>, subject: Subject) -> Dossier {
    let ledger = from.ledger;
    let principal = match subject {
        Subject::Principal(place) => ledger.principals.get(place as usize),
        Subject::Roster(_) => None,
    };
    let row = match (principal.map(|principal| &principal.who), subject) {
        (Some(Who::Person(row)), _) => Some(*row),
        (None, Subject::Roster(row)) => Some(row),
        _ => None,
    };
    let row = row.map(|row| (row, ledger.roster.row(row)));
    let who = row.map(|(row, _)| Who::Person(row));
    let name =
        principal.map(|one| one.name.clone()).or_else(|| row.and_then(|(_, row)| Some(row?.name.clone())));
    Dossier {
        token: principal
            .map(|one| one.token.clone())
            .or_else(|| who.map(|who| people::token(&who, &ledger.roster)))
            .unwrap_or_default(),
        name: shown(&name.unwrap_or_default()).into_owned(),
        kind: principal.map_or("person", |one| one.kind).to_owned(),
        grade: "no access in the window".to_owned(),
        grade_words: "no record of the window leads to this person".to_owned(),
        roster: row.map_or_else(Vec::<Fact>::new, |(row, _)| maker.roster_facts(row)),
        totals_line: dossiers::totals_line(&Sums::default()),
        gaps: maker.gaps(),
        ..Dossier::default()
    }
}

fn credentials(from: &Sources<'_>, sessions: &Sessions<'_>, subject: Subject) -> Vec<CredentialOf> {
    let Subject::Principal(place) = subject else { return Vec::new() };
    let ledger = from.ledger;
    let mut counts = std::collections::BTreeMap::new();
    for touch in sessions.touches_of(place) {
        *counts.entry(touch.row.caller).or_insert(0_u64) += 1;
    }
    let one = |(caller, accesses): (u32, u64)| {
        let told = ledger.callers.get(caller as usize)?;
        let resolution = ledger.resolutions.get(caller as usize)?;
        Some(CredentialOf {
            credential: shown(&told.access_key).into_owned(),
            principal: shown(&told.principal()).into_owned(),
            grade: resolution.grade.letter(),
            how_known: resolution.reason.words(),
            path: resolution.path.iter().map(|step| shown(step).into_owned()).collect(),
            proof: resolution.proof.clone(),
            accesses,
        })
    };
    counts.into_iter().filter_map(one).collect()
}

/// Those who gave this person's name without proof.
fn also(from: &Sources<'_>, sessions: &Sessions<'_>, subject: Subject) -> Vec<Also> {
    let ledger = from.ledger;
    let row = match subject {
        Subject::Roster(row) => Some(row),
        Subject::Principal(place) => match ledger.principals.get(place as usize).map(|one| &one.who) {
            Some(Who::Person(row)) => Some(*row),
            _ => None,
        },
    };
    let Some(row) = row.and_then(|row| ledger.roster.row(row)) else { return Vec::new() };
    let claimed = format!("{} (by name only)", row.name);
    let principals = ledger.principals.iter().zip(0_u32..);
    principals
        .filter(|(one, _)| matches!(&one.who, Who::Named(name) if *name == claimed))
        .map(|(one, place)| Also {
            name: shown(&one.name).into_owned(),
            token: one.token.clone(),
            accesses: sessions.touches_of(place).len() as u64,
            words: "only a name that the caller chose says so",
        })
        .collect()
}

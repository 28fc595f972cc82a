//! Dossiers: what one principal touched, in figures that add up (evidence-bundle §7). Comes in: the ledger and its
//! sessions. Goes out: one dossier at a time, so that a thousand people take no more memory than the busiest of them.

mod cuts;
mod gathered;
pub mod hours;
mod refusals;

use gathered::Gathered;
use hours::Closed;

use super::model::{DayKinds, Dossier, Fact, HourRow, Listing, Session, Share};
use super::redaction::shown;
use super::sessions::{Sessions, Sums, Touch, session_id};
use super::table::Written;
use super::{Inputs, data, patterns};
use crate::clock::{DAY, day};
use crate::identities::{Reason, Who};
use crate::ledger::people::Principal;
use crate::ledger::shape::agent_family;
use crate::patterns::Patterns;
use crate::verdicts::tally::shown_time;

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
    /// Hours without work, once for all.
    pub closed: Closed,
}

impl Maker<'_> {
    /// Places of everybody who accessed anything, AWS services left out (users.csv lists them), each with the name, token
    /// and kind of the dossier; [`Maker::one`] makes the rest.
    pub fn all(&self) -> Vec<(u32, Dossier)> {
        let principals = self.inputs.ledger.principals.iter().zip(0_u32..);
        principals
            .filter(|(principal, _)| !matches!(principal.who, Who::Service(_)))
            .filter(|(_, place)| !self.sessions.touches_of(*place).is_empty())
            .map(|(principal, place)| (place, self.named(principal, place)))
            .collect()
    }

    fn named(&self, principal: &Principal, place: u32) -> Dossier {
        let kind = match principal.kind {
            "named" if self.is_proven(place) => "person not on the roster",
            "named" => "named, not proven",
            kind => kind,
        };
        Dossier {
            token: principal.token.clone(),
            name: shown(&principal.name).into_owned(),
            kind: kind.to_owned(),
            ..Dossier::default()
        }
    }

    /// A name that a record proves is on no roster; one that was only given may be that of somebody who is.
    fn is_proven(&self, place: u32) -> bool {
        let resolutions = &self.inputs.ledger.resolutions;
        let mut touches = self.sessions.touches_of(place).iter();
        touches.any(|touch| {
            resolutions.get(touch.row.caller as usize).is_some_and(|one| one.reason == Reason::NotOnRoster)
        })
    }

    /// The dossier of the principal at a place; `None` for one without any access.
    pub fn one(&self, place: u32) -> Option<Dossier> {
        let principal = self.inputs.ledger.principals.get(place as usize)?;
        let touches = self.sessions.touches_of(place);
        if touches.is_empty() {
            return None;
        }
        let gathered = Gathered::of(self, principal, touches);
        let sums = gathered.sums;
        let sessions = self.sessions(place);
        let off_hours = self.off_hours(&gathered, place);
        Some(Dossier {
            grade: format!("{}: {}", principal.grade.letter(), principal.grade.words()),
            grade_words: gathered.grade_words(),
            built_from: self.built_from(principal, touches),
            roster: self.roster(principal),
            totals_line: totals_line(&sums),
            totals: self.totals(&gathered, sessions.total),
            chain: gathered.chain(self.credentials_file),
            hour_strip: gathered.hours.iter().map(|(day_of, hours)| self.hour_row(*day_of, hours)).collect(),
            per_day: gathered.days.iter().map(|(day_of, sums)| day_kinds(*day_of, sums)).collect(),
            sessions,
            objects: gathered.objects(&self.accesses_file),
            tables: gathered.tables(&self.accesses_file),
            keys: gathered.key_list(&self.accesses_file),
            refusals: self.refusals(&gathered.refusals, touches),
            off_hours,
            patterns: patterns::listing(self.inputs.ledger, self.patterns.0, place, &self.patterns.1),
            pattern_notes: self.patterns.0.notes.clone(),
            administration: self.citations(&gathered.administration, touches),
            gaps: self.gaps(),
            ..self.named(principal, place)
        })
    }

    fn hour_row(&self, day_of: i64, hours: &[u64; 24]) -> HourRow {
        HourRow { day: day(day_of * DAY), hours: hours.to_vec(), closed: self.closed.of_day(day_of) }
    }

    /// How many records the figures come from, and what may belong to the same person and is not counted here.
    fn built_from(&self, principal: &Principal, touches: &[Touch<'_>]) -> String {
        let events = touches.iter().filter(|touch| touch.order as usize == touch.event.first).count();
        let mut words = format!("Built from {} accesses of {events} events in the window.", touches.len());
        if !matches!(principal.who, Who::Person(_)) {
            return words;
        }
        let claimed = format!("{} (by name only)", principal.name);
        let principals = self.inputs.ledger.principals.iter().zip(0_u32..);
        let others = principals.filter(|(one, _)| matches!(&one.who, Who::Named(name) if *name == claimed));
        for (one, place) in others {
            words.push_str(&format!(
                " {} further accesses may belong to this person and are not counted here: {} (grade B, dossier {}).",
                self.sessions.touches_of(place).len(),
                shown(&one.name),
                one.token
            ));
        }
        words.push_str(" What shared or ambiguous identities did (grade D) stands in dossiers of their own.");
        words
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
        let hours_stated = self.inputs.audit.scope.calendar.is_some();
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
                operations: session.operations,
                tables: session.tables,
                console: session.console_word().to_owned(),
                off_hours: hours_stated.then_some(session.off_hours),
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

    fn totals(&self, gathered: &Gathered<'_>, sessions: u64) -> Vec<Share> {
        let sums = &gathered.sums;
        let mut all = vec![
            ("accesses", sums.all()),
            ("reads", sums.reads),
            ("writes", sums.writes),
            ("deletes", sums.deletes),
            ("settings and sign-ins (changes and descriptions)", sums.admin),
            ("refused", sums.refused),
            ("failed otherwise", sums.failed),
            ("sessions", sessions),
            ("objects", gathered.object_count()),
            ("distinct items named", gathered.items()),
        ];
        if self.inputs.audit.scope.calendar.is_some() {
            all.push(("outside the declared hours", gathered.off_hours.total));
        }
        all.into_iter().map(|(label, count)| Share { label: label.to_owned(), count }).collect()
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

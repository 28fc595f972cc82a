//! Failures of logging, with the incident that followed each.

use std::collections::{BTreeMap, BTreeSet};

use super::Given;
use super::about::About;
use super::logging::{Effect, LoggingRows, trail_name, validation};
use super::places::{FilePlaces, delivered};
use crate::audit::{Audit, Incident};
use crate::clock::{DAY, HOUR, Seconds, rfc3339};
use crate::coverage::{State, Strip};
use crate::ledger::LoggingRecord;
use crate::ledger::shape::Trust;
use crate::rules;

/// How long after its start a failure may be met by an incident.
const FOLLOWED: Seconds = 30 * DAY;

/// All failures, by time.
pub(super) fn list(
    given: Given<'_>,
    rows: &LoggingRows<'_>,
    files: Option<&FilePlaces<'_>>,
) -> Vec<(rules::Failure, About)> {
    let mut found = Vec::new();
    let mut places: BTreeMap<(&str, &str), Vec<&Strip>> = BTreeMap::new();
    for strip in &given.coverage.strips {
        places.entry((&strip.account, &strip.region)).or_default().push(strip);
    }
    for (place, strips) in &places {
        for (state, kind, words) in STATES {
            hours(&mut found, given, rows, *place, strips, (*state, kind, words));
        }
    }
    switched_off(&mut found, given, rows);
    altered(&mut found, given, files);
    found.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    found.into_iter().map(|(_, failure, about)| (failure, about)).collect()
}

type Found = (Option<Seconds>, rules::Failure, About);

/// States of strips that are failures.
const STATES: &[(State, &str, &str)] = &[
    (State::Stopped, "stopped", "logging stopped"),
    (State::Silent, "silent", "nothing delivered"),
    (State::NotSelected, "not-selected", "events not selected"),
];

/// Hours of one state in one account and region, joined over tables and classes.
fn hours(
    found: &mut Vec<Found>,
    given: Given<'_>,
    rows: &LoggingRows<'_>,
    (account, region): (&str, &str),
    strips: &[&Strip],
    (state, kind, words): (State, &str, &str),
) {
    let all = strips.iter().map(|strip| strip.states.len()).max().unwrap_or(0);
    let is = |hour: usize| strips.iter().any(|strip| strip.states.get(hour) == Some(&state));
    let failed: Vec<usize> = (0..all).filter(|hour| is(*hour)).collect();
    for span in failed.chunk_by(|a, b| b - a == 1) {
        let (Some(first), hours) = (span.first(), span.len()) else { continue };
        let (from, to) = given.coverage.times(*first as u64, hours as u64);
        let here = |record: &&LoggingRecord| {
            record.account == account
                && (from..to).contains(&record.time)
                && Effect::of(record, given.audit).explains(state)
        };
        let causes: Vec<&LoggingRecord> = given.ledger.logging.iter().filter(here).collect();
        let began = causes.first().map(|record| record.time).filter(|time| *time < from + HOUR);
        let start = began.unwrap_or(from);
        let touched = strips
            .iter()
            .filter(|strip| strip.states.iter().skip(*first).take(hours).any(|other| *other == state));
        let trails: BTreeSet<&str> = causes.iter().map(|record| trail_name(&record.trail)).collect();
        let failure = rules::Failure {
            name: format!("{words} in {account} {region} from {}, {hours} h", rfc3339(start)),
            kind: kind.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            start: rfc3339(start),
            hours: super::count(hours),
            restarted: to < given.audit.to,
            ..rules::Failure::default()
        };
        let about =
            rows.about(causes.iter().copied()).with_things(touched.map(|strip| strip.name()).collect());
        let about = about.at_times(Some((start, to)));
        let failure = followed(given.audit, failure, Some(start), &trails);
        found.push((Some(start), failure, about));
    }
}

impl Effect {
    /// Whether such a change can be why hours are in this state.
    fn explains(self, state: State) -> bool {
        match state {
            State::Stopped => self.ends,
            State::NotSelected => self.narrows,
            State::Silent
            | State::Verified
            | State::Delivered
            | State::Damaged
            | State::Unknown
            | State::Tail => false,
        }
    }
}

/// Log file validation switched off inside the window.
fn switched_off(found: &mut Vec<Found>, given: Given<'_>, rows: &LoggingRows<'_>) {
    let (audit, logging) = (given.audit, &given.ledger.logging);
    let off = logging.iter().filter(|record| {
        (audit.from..audit.to).contains(&record.time) && Effect::of(record, audit).validation_off
    });
    for record in off {
        let trail = trail_name(&record.trail);
        let on = logging.iter().find(|other| {
            other.time >= record.time
                && other.account == record.account
                && trail_name(&other.trail) == trail
                && validation(other) == Some(true)
        });
        let end = on.map_or(audit.to, |on| on.time.min(audit.to));
        let failure = rules::Failure {
            name: format!(
                "log file validation of {trail} switched off in {} {} at {}",
                record.account,
                record.region,
                rfc3339(record.time)
            ),
            kind: "validation-off".to_owned(),
            account: record.account.clone(),
            region: record.region.clone(),
            start: rfc3339(record.time),
            hours: (end - record.time + HOUR - 1) / HOUR,
            restarted: end < audit.to,
            ..rules::Failure::default()
        };
        let failure = followed(audit, failure, Some(record.time), &BTreeSet::from([trail]));
        found.push((Some(record.time), failure, rows.about([record])));
    }
}

/// Files that are not what was delivered.
fn altered(found: &mut Vec<Found>, given: Given<'_>, files: Option<&FilePlaces<'_>>) {
    for (number, file) in (0_u32..).zip(&given.ledger.files) {
        if file.trust != Trust::Altered {
            continue;
        }
        let places = files.map(|files| files.of(number)).unwrap_or_default();
        let (account, region) = match places.as_slice() {
            [one] => *one,
            _ => ("", ""),
        };
        let start = file.first.or_else(|| delivered(file));
        let failure = rules::Failure {
            name: format!("altered log file {} ({})", file.name, file.trust_reason),
            kind: "altered".to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            start: start.map(rfc3339).unwrap_or_default(),
            restarted: true,
            ..rules::Failure::default()
        };
        let failure = followed(given.audit, failure, start, &BTreeSet::new());
        let times = start.map(|start| (start, file.last.unwrap_or(start)));
        found.push((start, failure, About::things(vec![file.name.clone()], times)));
    }
}

/// With the first incident that covers the failure.
fn followed(
    audit: &Audit,
    failure: rules::Failure,
    start: Option<Seconds>,
    trails: &BTreeSet<&str>,
) -> rules::Failure {
    let Some(incidents) = &audit.incidents else {
        return rules::Failure { incident: "not-given".to_owned(), incident_after_minutes: -1, ..failure };
    };
    let speaks = |incident: &Incident| {
        let pattern = &incident.principal;
        let declared = audit.scope.trails.iter().filter(|_| trails.is_empty());
        pattern.fits("logging")
            || (!failure.account.is_empty() && pattern.fits(&failure.account))
            || trails.iter().any(|trail| pattern.fits(trail))
            || declared.into_iter().any(|trail| pattern.fits(trail) || pattern.fits(trail_name(trail)))
    };
    let after = |incident: &Incident| {
        let start = start?;
        let met = (start..=start + FOLLOWED).contains(&incident.opened) && speaks(incident);
        met.then_some((incident.opened - start + 59) / 60)
    };
    let first = incidents.iter().filter_map(after).min();
    rules::Failure {
        incident: if first.is_some() { "approved" } else { "none" }.to_owned(),
        incident_after_minutes: first.unwrap_or(-1),
        ..failure
    }
}

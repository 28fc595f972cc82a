//! Coverage strips and changes of logging.

use std::collections::BTreeMap;

use serde_json::Value;

use super::about::{About, At, SeenAt};
use super::walk::{Collect, Seen};
use super::{Given, number};
use crate::audit::Audit;
use crate::clock::{HOUR, Seconds, rfc3339};
use crate::coverage::selectors::{Selected, Selectors};
use crate::coverage::{Class, State, Strip};
use crate::events::arn;
use crate::ledger::row::Row;
use crate::ledger::{Cover, LoggingRecord};
use crate::rules;
use crate::verdicts::fields::person_id;

/// The strips as rules see them.
pub(super) fn strips(given: Given<'_>) -> Vec<(rules::Strip, About)> {
    let window = Some(given.coverage.window);
    let about = |strip: &Strip| About::things(vec![strip.name()], window);
    given.coverage.strips.iter().map(|one| (strip(one), about(one))).collect()
}

fn strip(strip: &Strip) -> rules::Strip {
    let count = |state| number(strip.count(state));
    rules::Strip {
        name: strip.name(),
        account: strip.account.clone(),
        region: strip.region.clone(),
        table: strip.table.clone(),
        data_class: strip.data_class.clone(),
        class: strip.class.word().to_owned(),
        hours: super::count(strip.states.len()),
        proven: number(strip.proven()),
        stopped: count(State::Stopped),
        damaged: count(State::Damaged),
        silent: count(State::Silent),
        unknown: count(State::Unknown),
        not_selected: count(State::NotSelected),
        tail: count(State::Tail),
    }
}

/// Accesses that change logging, by event reference.
#[derive(Default)]
pub(super) struct LoggingRows<'a> {
    rows: BTreeMap<String, (&'a Row, SeenAt)>,
}

impl<'a> Collect<'a> for LoggingRows<'a> {
    fn wants(&mut self, _: usize, seen: &Seen<'a>) -> bool {
        seen.does().starts_with("log_st") || seen.does() == "log_change"
    }

    fn take(&mut self, at: At<'a>) {
        let mut reference = String::new();
        at.event.reference(&mut reference);
        self.rows.insert(reference, (at.row, at.seen()));
    }
}

impl LoggingRows<'_> {
    /// The records behind some changes of logging.
    pub(super) fn about<'r>(&self, records: impl IntoIterator<Item = &'r LoggingRecord>) -> About {
        let records: Vec<&LoggingRecord> = records.into_iter().collect();
        let accesses =
            records.iter().filter_map(|record| self.rows.get(&record.event_ref)).map(|(_, seen)| *seen);
        let times = records.iter().map(|record| record.time);
        let mut objects: Vec<String> =
            records.iter().map(|record| trail_name(&record.trail).to_owned()).collect();
        objects.sort();
        objects.dedup();
        let times = times.clone().min().zip(times.max());
        super::about::of_accesses(accesses).with_things(objects).at_times(times)
    }
}

/// Changes of logging inside the window.
pub(super) fn changes(given: Given<'_>, rows: &LoggingRows<'_>) -> Vec<(rules::LoggingChange, About)> {
    let (ledger, audit) = (given.ledger, given.audit);
    let inside = ledger.logging.iter().filter(|record| (audit.from..audit.to).contains(&record.time));
    let change = |record: &LoggingRecord| {
        let row = rows.rows.get(&record.event_ref).map(|(row, _)| *row);
        let shape = row.and_then(|row| ledger.shape(row));
        let effect = Effect::of(record, audit);
        let start = restart(record, &ledger.logging);
        let until = start.unwrap_or(audit.to).min(audit.to);
        let change = rules::LoggingChange {
            name: format!("{} {} {}", record.operation, trail_name(&record.trail), rfc3339(record.time)),
            operation: record.operation.clone(),
            account: record.account.clone(),
            region: record.region.clone(),
            trail: trail_name(&record.trail).to_owned(),
            object: record.trail.clone(),
            person: row.map(|row| person_id(ledger, row)).unwrap_or_default(),
            grade: shape.map_or("E", |(_, _, who)| who.grade.letter()).to_owned(),
            stops: effect.stops(),
            narrows: effect.narrows,
            validation_off: effect.validation_off,
            restarted: start.is_some_and(|start| start < audit.to),
            stopped_hours: if effect.stops() { (until - record.time + HOUR - 1) / HOUR } else { 0 },
            change: shape.map_or(Cover::NotGiven, |(shape, _, _)| shape.change).word().to_owned(),
            log_admin: shape.is_some_and(|(_, _, who)| who.log_admin),
        };
        (change, rows.about([record]))
    };
    inside.map(change).collect()
}

/// The name of a trail named by name or ARN.
pub(super) fn trail_name(trail: &str) -> &str {
    trail.rsplit('/').next().unwrap_or(trail)
}

/// When the same trail was started again after a stop.
pub(super) fn restart(record: &LoggingRecord, all: &[LoggingRecord]) -> Option<Seconds> {
    let same = |other: &&LoggingRecord| {
        other.time >= record.time
            && other.account == record.account
            && trail_name(&other.trail) == trail_name(&record.trail)
            && matches!(other.operation.as_str(), "StartLogging" | "StartEventDataStoreIngestion")
    };
    all.iter().find(same).map(|other| other.time)
}

/// What a change does to logging.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// A stop or a removal.
    pub(super) ends: bool,
    /// Logs less.
    pub(super) narrows: bool,
    /// Switches log file validation off.
    pub(super) validation_off: bool,
    /// Names another bucket.
    moves: bool,
}

impl Effect {
    /// Stops or reduces logging.
    fn stops(self) -> bool {
        self.ends || self.narrows || self.validation_off || self.moves
    }

    pub(super) fn of(record: &LoggingRecord, audit: &Audit) -> Effect {
        let request: Value = serde_json::from_str(&record.request).unwrap_or_default();
        match record.operation.as_str() {
            "StopLogging" | "DeleteTrail" | "DeleteEventDataStore" | "StopEventDataStoreIngestion" => {
                Effect { ends: true, ..Effect::default() }
            }
            "UpdateTrail" => {
                let off = |name: &str| request.get(name).and_then(Value::as_bool) == Some(false);
                Effect {
                    ends: false,
                    narrows: off("isMultiRegionTrail") || off("includeGlobalServiceEvents"),
                    validation_off: off("enableLogFileValidation"),
                    moves: request.get("s3BucketName").is_some_and(|name| !name.is_null()),
                }
            }
            "PutEventSelectors" => {
                let narrows =
                    Selectors::read(&request).is_none_or(|selectors| leaves_out(&selectors, record, audit));
                Effect { narrows, ..Effect::default() }
            }
            _ => Effect::default(),
        }
    }
}

/// Whether CreateTrail or UpdateTrail states log file validation.
pub(super) fn validation(record: &LoggingRecord) -> Option<bool> {
    let request: Value = serde_json::from_str(&record.request).unwrap_or_default();
    let stated = request.get("enableLogFileValidation").and_then(Value::as_bool);
    match record.operation.as_str() {
        "UpdateTrail" => stated,
        "CreateTrail" => Some(stated.unwrap_or(false)),
        _ => None,
    }
}

fn leaves_out(selectors: &Selectors, record: &LoggingRecord, audit: &Audit) -> bool {
    let mut tables = audit
        .scope
        .tables
        .keys()
        .filter(|table| table.account == record.account && table.region == record.region);
    selectors.selects(Class::Management, None) == Selected::No
        || tables.any(|table| {
            let partition = arn::partition_of_region(&table.region);
            let name =
                format!("arn:{partition}:dynamodb:{}:{}:table/{}", table.region, table.account, table.name);
            [Class::Read, Class::Write]
                .iter()
                .any(|class| selectors.selects(*class, Some(&name)) == Selected::No)
        })
}

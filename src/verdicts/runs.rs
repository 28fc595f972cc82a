//! What `judge(run)` sees: coverage strips, changes of logging, clusters of refusals. Also keeps, for each of them,
//! the records behind it.

use std::collections::BTreeMap;

use crate::audit::Audit;
use crate::clock::{HOUR, Seconds, rfc3339};
use crate::coverage::selectors::{Selected, Selectors};
use crate::coverage::{Class, Coverage, State, Strip};
use crate::events::{Outcome, arn, catalogue};
use crate::identities::Grade;
use crate::ledger::row::{NO_TIME, Row};
use crate::ledger::{Cover, Ledger, LoggingRecord};
use crate::rules;

use super::fields::person_id;
use super::tally::{Cited, RowKey};

/// The run as rules see it, with the records behind its members.
#[derive(Debug, Default)]
pub struct RunFacts {
    /// For rules.
    pub run: rules::Run,
    /// Records behind each change of logging.
    pub changes: Vec<Vec<Cited>>,
    /// Records behind each cluster, the first ones.
    pub bursts: Vec<Vec<Cited>>,
    /// Principals behind each cluster.
    pub burst_principals: Vec<u32>,
}

/// Puts the run together.
pub fn facts(ledger: &Ledger, coverage: &Coverage, audit: &Audit, burst_minutes: i64) -> RunFacts {
    let mut facts = RunFacts {
        run: rules::Run {
            from: rfc3339(audit.from),
            to: rfc3339(audit.to),
            hours: i64::try_from(audit.hours()).unwrap_or(i64::MAX),
            coverage: coverage.strips.iter().map(strip).collect(),
            ..rules::Run::default()
        },
        ..RunFacts::default()
    };
    let seen = collect(ledger);
    changes(&mut facts, ledger, audit, &seen.logging);
    bursts(&mut facts, ledger, audit, seen.refusals, burst_minutes * 60);
    facts
}

fn strip(strip: &Strip) -> rules::Strip {
    let count = |state| i64::try_from(strip.count(state)).unwrap_or(i64::MAX);
    rules::Strip {
        name: strip.name(),
        account: strip.account.clone(),
        region: strip.region.clone(),
        table: strip.table.clone(),
        data_class: strip.data_class.clone(),
        class: strip.class.word().to_owned(),
        hours: i64::try_from(strip.states.len()).unwrap_or(i64::MAX),
        proven: count(State::Delivered),
        stopped: count(State::Stopped),
        silent: count(State::Silent),
        unknown: count(State::Unknown),
        not_selected: count(State::NotSelected),
        tail: count(State::Tail),
    }
}

#[derive(Default)]
struct Collected {
    /// Accesses that change logging, by event reference.
    logging: BTreeMap<String, Row>,
    /// Refused accesses of people and workloads: principal, then time and reference.
    refusals: BTreeMap<u32, Vec<Cited>>,
}

fn collect(ledger: &Ledger) -> Collected {
    let mut collected = Collected::default();
    ledger.walk(&mut |event| {
        let mut first_refusal = true;
        for row in event.rows {
            let Some((_, raw, who)) = ledger.shape(row) else {
                continue;
            };
            let refused = raw.outcome == Outcome::Refused && who.grade != Grade::S;
            let entry = catalogue::find(ledger.name(raw.source), ledger.name(raw.operation));
            let logging =
                entry.is_some_and(|entry| entry.does.starts_with("log_st") || entry.does == "log_change");
            if !refused && !logging {
                continue;
            }
            let mut reference = String::new();
            event.reference(&mut reference);
            if logging {
                collected.logging.insert(reference.clone(), *row);
            }
            if refused && first_refusal && row.time != NO_TIME {
                first_refusal = false;
                let cited = Cited { time: row.time, event_ref: reference, part: row.part, row: RowKey(*row) };
                collected.refusals.entry(ledger.principal_place(row)).or_default().push(cited);
            }
        }
    });
    collected
}

fn changes(facts: &mut RunFacts, ledger: &Ledger, audit: &Audit, rows: &BTreeMap<String, Row>) {
    let inside: Vec<&LoggingRecord> =
        ledger.logging.iter().filter(|record| (audit.from..audit.to).contains(&record.time)).collect();
    for record in &inside {
        let row = rows.get(&record.event_ref);
        let shape = row.and_then(|row| ledger.shape(row));
        let stops = reduces(record, audit);
        let start = restart(record, &ledger.logging);
        let until = start.unwrap_or(audit.to).min(audit.to);
        facts.run.logging_changes.push(rules::LoggingChange {
            name: format!("{} {} {}", record.operation, trail_name(&record.trail), rfc3339(record.time)),
            operation: record.operation.clone(),
            account: record.account.clone(),
            region: record.region.clone(),
            trail: trail_name(&record.trail).to_owned(),
            person: row.map(|row| person_id(ledger, row)).unwrap_or_default(),
            grade: shape.map_or("E", |(_, _, who)| who.grade.letter()).to_owned(),
            stops,
            restarted: start.is_some_and(|start| start < audit.to),
            stopped_hours: if stops { (until - record.time + HOUR - 1) / HOUR } else { 0 },
            change: shape.map_or(Cover::NotGiven, |(shape, _, _)| shape.change).word().to_owned(),
            log_admin: shape.is_some_and(|(_, _, who)| who.log_admin),
        });
        let cited = |row: &Row| Cited {
            time: row.time,
            event_ref: record.event_ref.clone(),
            part: row.part,
            row: RowKey(*row),
        };
        facts.changes.push(row.map(cited).into_iter().collect());
    }
}

fn trail_name(trail: &str) -> &str {
    trail.rsplit('/').next().unwrap_or(trail)
}

/// When the same trail was started again after a stop.
fn restart(record: &LoggingRecord, all: &[LoggingRecord]) -> Option<Seconds> {
    let same = |other: &&LoggingRecord| {
        other.time >= record.time
            && other.account == record.account
            && trail_name(&other.trail) == trail_name(&record.trail)
            && matches!(other.operation.as_str(), "StartLogging" | "StartEventDataStoreIngestion")
    };
    all.iter().find(same).map(|other| other.time)
}

/// Whether a change stops logging or logs less: a stop, a removal, selectors that leave out what is declared, log file
/// validation switched off, another bucket.
fn reduces(record: &LoggingRecord, audit: &Audit) -> bool {
    let request: serde_json::Value = serde_json::from_str(&record.request).unwrap_or_default();
    match record.operation.as_str() {
        "StopLogging" | "DeleteTrail" | "DeleteEventDataStore" | "StopEventDataStoreIngestion" => true,
        "UpdateTrail" => {
            let off = |name: &str| request.get(name).and_then(serde_json::Value::as_bool) == Some(false);
            off("enableLogFileValidation")
                || off("isMultiRegionTrail")
                || off("includeGlobalServiceEvents")
                || request.get("s3BucketName").is_some_and(|name| !name.is_null())
        }
        "PutEventSelectors" => {
            Selectors::read(&request).is_none_or(|selectors| leaves_out(&selectors, record, audit))
        }
        _ => false,
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

/// Refusals of one principal with no pause longer than `pause`.
fn bursts(
    facts: &mut RunFacts,
    ledger: &Ledger,
    audit: &Audit,
    refusals: BTreeMap<u32, Vec<Cited>>,
    pause: Seconds,
) {
    for (principal, mut cited) in refusals {
        cited.sort();
        for cluster in cited.chunk_by(|a, b| b.time - a.time <= pause) {
            let (Some(first), Some(last)) = (cluster.first(), cluster.last()) else {
                continue;
            };
            let covers: Vec<Cover> = cluster
                .iter()
                .filter_map(|one| ledger.shape(&one.row.0))
                .map(|(shape, _, _)| shape.incident)
                .collect();
            let incident = if covers.contains(&Cover::None) {
                Cover::None
            } else {
                covers.first().copied().unwrap_or(Cover::NotGiven)
            };
            let person = ledger
                .principals
                .get(principal as usize)
                .map(|principal| principal.name.clone())
                .unwrap_or_default();
            facts.run.bursts.push(rules::Burst {
                name: format!(
                    "{person}: {} refusals from {} to {}",
                    cluster.len(),
                    rfc3339(first.time),
                    rfc3339(last.time)
                ),
                person,
                count: i64::try_from(cluster.len()).unwrap_or(i64::MAX),
                minutes: (last.time - first.time + 59) / 60,
                from: rfc3339(first.time),
                to: rfc3339(last.time),
                on_cardholder: cluster.iter().any(|one| on_cardholder(ledger, audit, &one.row.0)),
                incident: incident.word().to_owned(),
            });
            facts.bursts.push(cluster.iter().take(super::tally::CITATIONS).cloned().collect());
            facts.burst_principals.push(principal);
        }
    }
}

fn on_cardholder(ledger: &Ledger, audit: &Audit, row: &Row) -> bool {
    ledger.shape(row).is_some_and(|(_, raw, _)| {
        let place =
            (ledger.name(raw.object_account), ledger.name(raw.object_region), ledger.name(raw.object_name));
        audit.scope.data_class(place.0, place.1, place.2) == Some(crate::audit::DataClass::Cardholder)
    })
}

//! The completeness section of the model.

use std::collections::{BTreeMap, BTreeSet};

use super::Parts;
use crate::audit::Snapshot;
use crate::audit::scope::Table;
use crate::bundle::data::{file_id, outcome_words};
use crate::bundle::dossiers::day_kinds;
use crate::bundle::exceptions::trust_words;
use crate::bundle::model::{
    Completeness, CoverageGap, Fact, FileRow, GradeShare, Listing, LoggingChange, Loss, OperationRegion,
    ScopeDifference, Share, StateSpan, Strip,
};
use crate::bundle::redaction::shown;
use crate::bundle::sessions::Sums;
use crate::bundle::table::Written;
use crate::bundle::{Inputs, exceptions, reconcile};
use crate::clock::{DAY, rfc3339};
use crate::coverage::selectors::{Selected, Selectors};
use crate::coverage::{self, State};
use crate::events::{ObjectKind, Outcome, arn};
use crate::identities::Grade;
use crate::ledger::row::NO_TIME;
use crate::ledger::shape::Trust;
use crate::ledger::{FileFacts, FileOutcome};
use crate::sources::{hex, names};

/// Rows of a list in print.
const SHOWN: usize = 200;

/// The section.
pub fn section(inputs: &Inputs<'_>, parts: &Parts<'_>) -> Completeness {
    let file = |name: &str| parts.written.iter().find(|file| file.path == name).cloned().unwrap_or_default();
    Completeness {
        sentence: sentence(inputs, parts),
        statement: statement(inputs),
        integrity: super::integrity::part(inputs, &file("data/integrity.json")),
        reconciliation: parts.lines.clone(),
        strips: inputs.coverage.strips.iter().map(strip).collect(),
        gaps: listing(gaps(inputs), &file("data/coverage.csv")),
        losses: listing(losses(inputs), &file("data/gaps.csv")),
        scope_differences: scope_differences(inputs),
        logging_changes: listing(logging_changes(inputs), &file("data/accesses.csv.gz")),
        grades: grades(inputs),
        files: file_shares(inputs),
        file_rows: listing(file_rows(inputs), &file("data/files.csv")),
        per_day: per_day(inputs),
        operations: operations(inputs),
    }
}

fn listing<T>(rows: Vec<T>, file: &Written) -> Listing<T> {
    first_rows(rows, SHOWN, file)
}

/// The first rows of a list, and where all of them stand.
pub(super) fn first_rows<T>(mut rows: Vec<T>, most: usize, file: &Written) -> Listing<T> {
    let total = rows.len() as u64;
    rows.truncate(most);
    Listing { rows, total, file: file.path.clone(), sha256: file.sha256.clone() }
}

fn sentence(inputs: &Inputs<'_>, parts: &Parts<'_>) -> String {
    let (proven, hours) = inputs.coverage.totals();
    let adds = if reconcile::all_hold(&parts.lines) {
        "every line of the reconciliation adds up"
    } else {
        "THE RECONCILIATION DOES NOT ADD UP"
    };
    let lost = inputs.ledger.lost();
    format!(
        "{proven} of {hours} strip hours (one hour of one account, region, table and class) are selected for logging and show delivered records; {lost} files or records could not be read or placed; {adds}. {}",
        super::integrity::sentence(inputs.integrity)
    )
}

fn statement(inputs: &Inputs<'_>) -> Vec<Fact> {
    let fact = |label: &str, value: String| Fact { label: label.to_owned(), value };
    let ledger = inputs.ledger;
    let span = ledger.span.map_or_else(
        || "no event time was read".to_owned(),
        |span| format!("{} to {}", rfc3339(span.0), rfc3339(span.1)),
    );
    let snapshots: Vec<String> =
        inputs.audit.snapshots.iter().map(|snapshot| selected_words(inputs, snapshot)).collect();
    let facts = vec![
        fact("System", inputs.audit.file.audit.system.clone()),
        fact("What the records are", "AWS CloudTrail records of API calls, as delivered by the log service".to_owned()),
        fact("How extracted", "all files of the named source folders, read in full; none filtered or sampled".to_owned()),
        fact("Extracted by", format!("{} with trailwitness {}", inputs.audit.file.audit.prepared_by, env!("CARGO_PKG_VERSION"))),
        fact("Event times in the sources", span),
        fact("Window", format!("{} to {} (end not included)", rfc3339(inputs.audit.from), rfc3339(inputs.audit.to))),
        fact("Left out", "events outside the window, and other services' events that no test asks about; both are counted below".to_owned()),
        fact("Selector snapshots", if snapshots.is_empty() { "none given".to_owned() } else { snapshots.join("; ") }),
        fact("Where the raw files stay", "in the source; data/files.csv lists each with its SHA-256".to_owned()),
        fact("How to repeat", "run the same version over the same files with the same audit.toml and compare the content digest".to_owned()),
    ];
    let contained = contained_words(inputs).map(|words| fact("Records in other containers", words));
    facts.into_iter().chain(contained).collect()
}

/// Which records did not come as a trail delivers them, and what that costs.
fn contained_words(inputs: &Inputs<'_>) -> Option<String> {
    let told: Vec<String> = inputs
        .ledger
        .container_limits()
        .into_iter()
        .map(|(id, contained)| {
            let words: Vec<&str> = contained.words.into_iter().collect();
            format!(
                "{}: {} files with {} records, see limit {id}",
                words.join(", "),
                contained.files,
                contained.records
            )
        })
        .collect();
    let what = "they are evidence of what they hold, and prove no hour complete";
    (!told.is_empty()).then(|| format!("{}; {what}", told.join("; ")))
}

/// What a saved selector answer says about the declared scope.
fn selected_words(inputs: &Inputs<'_>, snapshot: &Snapshot) -> String {
    let taken = rfc3339(snapshot.taken);
    let Some(selectors) = Selectors::read(&snapshot.answer) else {
        return format!("{} ({taken}): holds no selectors", snapshot.trail);
    };
    let here = |table: &&Table| {
        table.account == snapshot.account && (snapshot.multi_region || table.region == snapshot.region)
    };
    let tables: Vec<&Table> = inputs.audit.scope.tables.keys().filter(here).collect();
    let count = |class: coverage::Class| {
        let selected = tables.iter().filter(|table| {
            let partition = arn::partition_of_region(&table.region);
            let name =
                format!("arn:{partition}:dynamodb:{}:{}:table/{}", table.region, table.account, table.name);
            selectors.selects(class, Some(&name)) == Selected::Yes
        });
        selected.count()
    };
    let management = selectors.selects(coverage::Class::Management, None) == Selected::Yes;
    format!(
        "{} ({taken}): management events {}; of {} declared tables in its reach it selects all reads of {}, all writes of {}",
        snapshot.trail,
        if management { "in full" } else { "not in full" },
        tables.len(),
        count(coverage::Class::Read),
        count(coverage::Class::Write)
    )
}

fn strip(strip: &coverage::Strip) -> Strip {
    let span = |(state, first_hour, hours): (State, u64, u64)| StateSpan {
        state: state.word().to_owned(),
        first_hour,
        hours,
    };
    Strip {
        account: strip.account.clone(),
        region: strip.region.clone(),
        table: if strip.table.is_empty() { "all management calls".to_owned() } else { strip.table.clone() },
        class: strip.class.word().to_owned(),
        hours: strip.states.len() as u64,
        proven: strip.proven(),
        spans: strip.spans().into_iter().map(span).collect(),
    }
}

fn gaps(inputs: &Inputs<'_>) -> Vec<CoverageGap> {
    let needs: Vec<(String, Option<coverage::Need>)> =
        inputs.tests.iter().map(|place| (place.id(), place.need(inputs.audit))).collect();
    let mut gaps = Vec::new();
    for strip in &inputs.coverage.strips {
        let touches = |need: &Option<coverage::Need>| {
            need.as_ref().is_some_and(|need| inputs.coverage.needed(need).any(|other| other == strip))
        };
        let tests: Vec<String> =
            needs.iter().filter(|(_, need)| touches(need)).map(|(id, _)| id.clone()).collect();
        for (state, first, hours) in strip.spans() {
            if state.is_proven() {
                continue;
            }
            let (start, end) = inputs.coverage.times(first, hours);
            gaps.push(CoverageGap {
                account: strip.account.clone(),
                region: strip.region.clone(),
                table: if strip.table.is_empty() {
                    "all management calls".to_owned()
                } else {
                    strip.table.clone()
                },
                class: strip.class.word().to_owned(),
                from: rfc3339(start),
                to: rfc3339(end),
                hours,
                state: state.word().to_owned(),
                cause: state.words().to_owned(),
                tests: tests.clone(),
            });
        }
    }
    gaps
}

fn losses(inputs: &Inputs<'_>) -> Vec<Loss> {
    let loss = |gap: &crate::gaps::Gap| Loss {
        kind: gap.kind.words().to_owned(),
        file: shown(&gap.file).into_owned(),
        position: gap.position.clone(),
        detail: shown(&gap.detail).into_owned(),
        count: gap.count,
    };
    inputs.ledger.gaps.iter().map(loss).collect()
}

/// What is said of tables that calls name and that do not exist: nothing of them can be declared.
pub const NOT_FOUND: &str = "named in calls that found no such table";

/// Tables, accounts and regions seen but not declared, and declared but never seen.
pub fn scope_differences(inputs: &Inputs<'_>) -> Vec<ScopeDifference> {
    let (ledger, scope) = (inputs.ledger, &inputs.audit.scope);
    let mut seen: BTreeMap<(&str, String), u64> = BTreeMap::new();
    let mut not_found: BTreeMap<(&str, String), u64> = BTreeMap::new();
    let mut tables: BTreeSet<(String, String, String)> = BTreeSet::new();
    let mut regions: BTreeSet<(String, String)> = BTreeSet::new();
    for (shape, count) in ledger.shapes.iter().zip(&ledger.counts) {
        let Some(raw) = ledger.raw(shape) else { continue };
        let (account, region) = (ledger.name(raw.account), ledger.name(raw.region));
        regions.insert((account.to_owned(), region.to_owned()));
        if !scope.declares_account(account) {
            *seen.entry(("account", shown_or_empty(account))).or_insert(0) += count;
        } else if !scope.declares_region(account, region) {
            *seen.entry(("region", format!("{} {}", shown(account), shown_or_empty(region)))).or_insert(0) +=
                count;
        }
        let place =
            (ledger.name(raw.object_account), ledger.name(raw.object_region), ledger.name(raw.object_name));
        if raw.object_kind == ObjectKind::Table && !place.2.is_empty() {
            tables.insert((place.0.to_owned(), place.1.to_owned(), place.2.to_owned()));
            if scope.data_class(place.0, place.1, place.2).is_none() {
                let list = if raw.outcome == Outcome::NotFound { &mut not_found } else { &mut seen };
                *list
                    .entry(("table", format!("{} {} {}", shown(place.0), shown(place.1), shown(place.2))))
                    .or_insert(0) += count;
            }
        }
    }
    let difference = |what: &str, kind: &str, name: String, count: u64| ScopeDifference {
        what: what.to_owned(),
        kind: kind.to_owned(),
        name,
        count,
    };
    not_found.retain(|table, _| !seen.contains_key(table));
    let mut list: Vec<ScopeDifference> = [("seen, not declared", seen), (NOT_FOUND, not_found)]
        .into_iter()
        .flat_map(|(what, tables)| tables.into_iter().map(move |table| (what, table)))
        .map(|(what, ((kind, name), count))| difference(what, kind, name, count))
        .collect();
    for table in scope.tables.keys() {
        if !tables.contains(&(table.account.clone(), table.region.clone(), table.name.clone())) {
            list.push(difference(
                "declared, never seen",
                "table",
                format!("{} {} {}", table.account, table.region, table.name),
                0,
            ));
        }
    }
    for (account, (_, declared)) in &scope.accounts {
        for region in
            declared.iter().filter(|region| !regions.contains(&(account.clone(), (*region).clone())))
        {
            list.push(difference("declared, never seen", "region", format!("{account} {region}"), 0));
        }
    }
    list
}

fn shown_or_empty(text: &str) -> String {
    if text.is_empty() { "(not stated)".to_owned() } else { shown(text).into_owned() }
}

fn logging_changes(inputs: &Inputs<'_>) -> Vec<LoggingChange> {
    let facts = inputs.judged.facts.base();
    let change = |(change, about): (&crate::rules::LoggingChange, &crate::verdicts::runs::About)| {
        let citation = about
            .cited(inputs.ledger)
            .first()
            .map(|cited| exceptions::citation(inputs.ledger, cited))
            .unwrap_or_default();
        let meaning = match (change.stops, change.restarted) {
            (true, true) => {
                format!("stops or reduces logging; started again after {} h", change.stopped_hours)
            }
            (true, false) => "stops or reduces logging; not started again in the window".to_owned(),
            (false, _) => "starts, creates or changes logging".to_owned(),
        };
        let also = match exceptions::copies_told(std::slice::from_ref(&citation)) {
            copies if copies.is_empty() => copies,
            copies => format!("; in logs of other accounts: {copies}"),
        };
        LoggingChange {
            time: citation.time.clone(),
            account: shown(&change.account).into_owned(),
            region: shown(&change.region).into_owned(),
            operation: shown(&change.operation).into_owned(),
            trail: shown(&change.trail).into_owned(),
            person: citation.person.clone(),
            meaning: format!("{meaning}; change record: {}{also}", change.change),
            citation: format!("{} {}", citation.event_ref, citation.place),
        }
    };
    let about = facts.about(crate::rules::List::LoggingChanges);
    facts.run.logging_changes.iter().zip(about).map(change).collect()
}

fn grades(inputs: &Inputs<'_>) -> Vec<GradeShare> {
    let ledger = inputs.ledger;
    let mut accesses: BTreeMap<Grade, u64> = BTreeMap::new();
    for (shape, count) in ledger.shapes.iter().zip(&ledger.counts) {
        if let Some(who) = ledger.who_shapes.get(shape.who as usize) {
            *accesses.entry(who.grade).or_insert(0) += count;
        }
    }
    let mut principals: BTreeMap<Grade, BTreeSet<u32>> = BTreeMap::new();
    ledger.walk(&mut |event| {
        for row in event.rows {
            if let Some((_, _, who)) = ledger.shape(row) {
                principals.entry(who.grade).or_default().insert(ledger.principal_place(row));
            }
        }
    });
    let share = |(grade, accesses): (Grade, u64)| GradeShare {
        grade: grade.letter().to_owned(),
        meaning: grade.words().to_owned(),
        accesses,
        principals: principals.get(&grade).map_or(0, |set| set.len() as u64),
    };
    accesses.into_iter().map(share).collect()
}

fn file_shares(inputs: &Inputs<'_>) -> Vec<Share> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for file in &inputs.ledger.files {
        let (outcome, reason) = outcome_words(&file.outcome);
        let label = if reason.is_empty() {
            format!("{outcome}, {}", trust_words(file))
        } else {
            format!("{outcome}: {reason}")
        };
        *counts.entry(label).or_insert(0) += 1;
    }
    counts.into_iter().map(|(label, count)| Share { label, count }).collect()
}

/// What is not plainly fine first: failed files, altered ones, skipped ones, unproven ones, then the rest; digests last.
fn file_rows(inputs: &Inputs<'_>) -> Vec<FileRow> {
    let rank = |file: &FileFacts| match (&file.outcome, file.trust) {
        (FileOutcome::Failed(_), _) => 0,
        (FileOutcome::Skipped(_), _) if names::is_beside_logs(&file.name) => 5,
        (FileOutcome::Skipped(_), _) => 2,
        (FileOutcome::Read, Trust::Altered) => 1,
        (FileOutcome::Read, Trust::Unverified) => 3,
        (FileOutcome::Read, Trust::Verified) => 4,
    };
    let mut order: Vec<usize> = (0..inputs.ledger.files.len()).collect();
    order.sort_by_key(|place| (inputs.ledger.files.get(*place).map(rank), *place));
    let row = |place: usize| {
        let file = inputs.ledger.files.get(place)?;
        let (outcome, reason) = outcome_words(&file.outcome);
        Some(FileRow {
            id: file_id(u32::try_from(place).unwrap_or(u32::MAX)),
            path: shown(&file.name).into_owned(),
            outcome: if reason.is_empty() { outcome.to_owned() } else { format!("{outcome}: {reason}") },
            trust: trust_words(file),
            records: file.records,
            sha256: file.sha256.map(|hash| hex(&hash)).unwrap_or_default(),
        })
    };
    order.into_iter().filter_map(row).collect()
}

fn per_day(inputs: &Inputs<'_>) -> Vec<crate::bundle::model::DayKinds> {
    let (from, to) = (inputs.audit.from.div_euclid(DAY), (inputs.audit.to - 1).div_euclid(DAY));
    let mut days: BTreeMap<i64, Sums> =
        (from..=to.min(from + 400)).map(|day| (day, Sums::default())).collect();
    inputs.ledger.walk(&mut |event| {
        for row in event.rows.iter().filter(|row| row.time != NO_TIME) {
            if let Some((_, raw, _)) = inputs.ledger.shape(row) {
                days.entry(row.time.div_euclid(DAY)).or_default().add(raw.kind, raw.outcome);
            }
        }
    });
    days.iter().map(|(day, sums)| day_kinds(*day, sums)).collect()
}

fn operations(inputs: &Inputs<'_>) -> Vec<OperationRegion> {
    let ledger = inputs.ledger;
    let mut counts: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    for (shape, count) in ledger.shapes.iter().zip(&ledger.counts) {
        let Some(raw) = ledger.raw(shape) else { continue };
        let place =
            (shown(ledger.name(raw.operation)).into_owned(), shown(ledger.name(raw.region)).into_owned());
        let entry = counts.entry(place).or_insert((0, 0));
        entry.0 += count;
        entry.1 += if raw.outcome == Outcome::Refused { *count } else { 0 };
    }
    let row =
        |((operation, region), (accesses, refused))| OperationRegion { operation, region, accesses, refused };
    counts.into_iter().map(row).collect()
}

//! The smaller data files: answers, tests, exceptions, users, sessions, coverage, files, reconciliation, columns.

use std::path::Path;

use super::Inputs;
use super::exceptions::Group;
use super::sessions::{Sessions, session_id};
use super::table::{self, Column, Table, Written};
use crate::clock::rfc3339;
use crate::error::Result;
use crate::identities::{Caller, CallerType};
use crate::ledger::FileOutcome;
use crate::ledger::shape::{Trust, agent_family};
use crate::sources::hex;
use crate::verdicts::answers::Cell;
use crate::verdicts::tally::shown_time;

type Rows = Vec<Vec<String>>;

/// Columns of answers.csv.
pub const ANSWERS: &[Column] = &[
    ("test", "text", "test id", "none"),
    ("group", "text", "group of accesses.csv.gz", "none"),
    (
        "outcome",
        "text",
        "conforming, exception, undetermined; groups outside the population have no row",
        "none",
    ),
    ("cause", "text", "cause code of exceptions and undetermined", "none"),
];

/// Columns of tests.csv.
pub const TESTS: &[Column] = &[
    ("test", "text", "test id", "none"),
    ("requirement", "text", "pack/number", "none"),
    ("name", "text", "name in words", "none"),
    ("verdict", "text", "supported, exceptions, insufficient, not-tested, not-applicable, error", "none"),
    ("qualifiers", "text", "separated by spaces", "none"),
    ("unit", "text", "what is counted", "none"),
    ("population", "number", "things examined", "none"),
    ("events", "number", "distinct events in the population", "none"),
    ("conforming", "number", "conforming", "none"),
    ("exceptions", "number", "exceptions", "none"),
    ("undetermined", "number", "undetermined", "none"),
    (
        "population_digest",
        "text",
        "SHA-256 of the sorted unique event references, one a line; for tests over the run of kind and name of their objects, see findings.csv",
        "none",
    ),
    ("coverage", "text", "hours needed and proven", "none"),
    ("reasons", "text", "why this verdict", "none"),
];

/// Columns of exceptions.csv.
pub const EXCEPTIONS: &[Column] = &[
    ("id", "text", "EX-0001, one a group", "none"),
    ("fingerprint", "text", "hash of test, cause and subject, stable across runs", "none"),
    ("test", "text", "test id", "none"),
    ("severity", "text", "from the pack", "none"),
    ("outcome", "text", "exception or undetermined", "none"),
    ("cause", "text", "cause code", "none"),
    ("cause_words", "text", "cause in words", "none"),
    ("subject", "text", "what it is about", "person"),
    ("first_seen", "time", "first", "none"),
    ("last_seen", "time", "last", "none"),
    ("count", "number", "how many", "none"),
    ("user_token", "text", "principal; see users.csv", "person"),
    ("objects", "text", "tables or other objects, separated by spaces", "none"),
    ("citations", "text", "first 20: event_ref file#index, separated by spaces", "account"),
    ("disposition", "text", "open until answered", "none"),
    (
        "copies",
        "text",
        "records of the actions cited in the logs of other accounts, in the same order: event_ref file#index, separated by spaces",
        "account",
    ),
];

/// Columns of users.csv.
pub const USERS: &[Column] = &[
    ("user_token", "text", "token of the principal", "person"),
    ("name", "text", "name", "person"),
    ("kind", "text", "person, named, shared, root, unresolved, workload, service", "none"),
    ("grade", "text", "grade of this identity", "none"),
    ("reason", "text", "why, as a code", "none"),
    ("principal", "text", "identity as logged", "person"),
    ("role", "text", "role or user without session", "none"),
    ("hops", "number", "roles between the person and this identity", "none"),
    ("path", "text", "identities from the first to this one, separated by ' > '", "person"),
    ("proof", "text", "references of the issuing records, separated by spaces", "account"),
    ("accesses", "number", "accesses through it in the window", "none"),
];

/// Columns of sessions.csv.
pub const SESSIONS: &[Column] = &[
    ("session", "text", "session id", "none"),
    ("user_token", "text", "principal", "person"),
    ("start", "time", "first access", "none"),
    ("end", "time", "last access", "none"),
    ("principal", "text", "identity as logged", "person"),
    ("credential", "text", "access key id", "person"),
    ("mfa", "text", "yes, no, not shown (role sessions hide it) or not logged: MFA as AWS saw it", "none"),
    ("source_ip", "text", "address of the first access", "address"),
    ("more_addresses", "number", "further addresses in the session", "none"),
    ("agent", "text", "agent family of the first access", "agent"),
    ("reads", "number", "done reads", "none"),
    ("writes", "number", "done writes", "none"),
    ("deletes", "number", "done deletes", "none"),
    ("admin", "number", "done administration, descriptions, sign-ins", "none"),
    ("refused", "number", "refused", "none"),
    ("failed", "number", "failed otherwise", "none"),
    ("items", "number", "distinct keys of the items that done accesses to tables name", "none"),
    ("operations", "number", "distinct operations, done or not", "none"),
    ("tables", "number", "distinct tables touched or attempted", "none"),
    ("console", "text", "whether the console was used: yes, no, in part", "none"),
    (
        "off_hours",
        "number",
        "accesses outside the hours of [calendar] in audit.toml, in its zone; empty when none are stated",
        "none",
    ),
];

/// Columns of coverage.csv.
pub const COVERAGE: &[Column] = &[
    ("account", "text", "account", "account"),
    ("region", "text", "region", "none"),
    ("table", "text", "table; empty for management events", "none"),
    ("data_class", "text", "class of the table", "none"),
    ("class", "text", "read, write, stream, management", "none"),
    ("from", "time", "start of the span", "none"),
    ("to", "time", "end of the span", "none"),
    ("hours", "number", "hours", "none"),
    ("state", "text", "verified, delivered, damaged, silent, stopped, not-selected, unknown, tail", "none"),
    ("proof", "text", "how the selection is known", "none"),
];

/// Columns of files.csv.
pub const FILES: &[Column] = &[
    ("file_row", "text", "id used in citations", "none"),
    ("path", "text", "path relative to its source", "none"),
    ("outcome", "text", "read, skipped or failed", "none"),
    ("reason", "text", "why skipped or failed", "none"),
    ("container", "text", "what it holds", "none"),
    ("stored_bytes", "number", "size as stored", "none"),
    ("content_bytes", "number", "size inflated", "none"),
    ("sha256", "text", "SHA-256 of the (first gzip member's) content", "none"),
    ("trust", "text", "verified, unverified, altered", "none"),
    ("trust_reason", "text", "why", "none"),
    ("digest", "text", "key of the valid digest that lists it; see integrity.json", "none"),
    ("signature", "text", "where the signature of that digest stands: metadata or successor", "none"),
    ("records", "number", "records parsed", "none"),
    ("first_event", "time", "first event time", "none"),
    ("last_event", "time", "last event time", "none"),
];

/// Columns of reconciliation.csv.
pub const RECONCILIATION: &[Column] = &[
    ("step", "text", "what is counted", "none"),
    ("count", "number", "count", "none"),
    ("check", "text", "how it adds up", "none"),
    ("holds", "text", "yes or no", "none"),
];

/// Columns of gaps.csv.
pub const GAPS: &[Column] = &[
    ("kind", "text", "kind of loss", "none"),
    ("file", "text", "path relative to its source", "none"),
    ("position", "text", "place in the file", "none"),
    ("detail", "text", "what is known", "none"),
    ("count", "number", "how many", "none"),
    ("loses_input", "text", "yes when something could not be read", "none"),
];

fn write(bundle: &Path, name: &'static str, columns: &[Column], rows: Rows) -> Result<Vec<Written>> {
    let mut table = Table::new(bundle, name, columns);
    for cells in rows {
        let line = table.row();
        cells.iter().for_each(|cell| table::cell(line, cell));
        table::end(line);
        table.row_done()?;
    }
    table.finish()
}

/// `answers.csv`.
///
/// # Errors
/// When it cannot be written; so for all functions here.
pub fn answers(bundle: &Path, inputs: &Inputs<'_>) -> Result<Vec<Written>> {
    let answers = &inputs.judged.answers;
    let mut rows = Rows::new();
    for (number, place) in inputs.tests.iter().enumerate() {
        for group in 0..answers.groups.len() {
            let (word, cause) = match answers.cell(u32::try_from(group).unwrap_or(u32::MAX), number) {
                Cell::Outside => continue,
                Cell::Conforming => ("conforming", ""),
                Cell::Exception(cause) => ("exception", answers.cause(cause)),
                Cell::Undetermined(cause) => ("undetermined", answers.cause(cause)),
            };
            rows.push(vec![place.id(), format!("g{}", group + 1), word.to_owned(), cause.to_owned()]);
        }
    }
    write(bundle, "data/answers.csv", ANSWERS, rows)
}

/// `tests.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn tests(bundle: &Path, inputs: &Inputs<'_>) -> Result<Vec<Written>> {
    let rows = inputs.tests.iter().zip(&inputs.judged.verdicts).map(|(place, verdict)| {
        let counted = &verdict.counted;
        let mut row = vec![
            place.id(),
            place.requirement(),
            place.test.name.clone(),
            place.word(inputs.audit, verdict).as_str().to_owned(),
        ];
        row.push(verdict.qualifiers.iter().copied().collect::<Vec<_>>().join(" "));
        row.push(place.test.unit.clone());
        row.extend(
            [
                Some(counted.population),
                counted.events,
                Some(counted.conforming),
                Some(counted.exceptions),
                Some(counted.undetermined),
            ]
            .map(|n| n.map_or_else(String::new, |n| n.to_string())),
        );
        row.extend([counted.digest.clone(), verdict.coverage.clone(), verdict.reasons.join("; ")]);
        row
    });
    write(bundle, "data/tests.csv", TESTS, rows.collect())
}

/// `exceptions.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn exceptions(bundle: &Path, groups: &[Group]) -> Result<Vec<Written>> {
    let rows = groups.iter().map(|group| {
        let shown = &group.shown;
        let cited: Vec<String> =
            shown.citations.iter().map(|cited| format!("{} {}", cited.event_ref, cited.place)).collect();
        vec![
            shown.id.clone(),
            shown.fingerprint.clone(),
            shown.test.clone(),
            shown.severity.clone(),
            shown.outcome.clone(),
            shown.cause.clone(),
            shown.cause_words.clone(),
            shown.subject.clone(),
            shown.first_seen.clone(),
            shown.last_seen.clone(),
            shown.count.to_string(),
            group.token.clone(),
            shown.objects.join(" "),
            cited.join(" "),
            shown.disposition.clone(),
            super::exceptions::copies_told(&shown.citations),
        ]
    });
    write(bundle, "data/exceptions.csv", EXCEPTIONS, rows.collect())
}

/// `users.csv`: one row an identity seen in the window.
///
/// # Errors
/// When it cannot be written.
pub fn users(bundle: &Path, inputs: &Inputs<'_>, sessions: &Sessions<'_>) -> Result<Vec<Written>> {
    let ledger = inputs.ledger;
    let mut counts = vec![0_u64; ledger.callers.len()];
    for touch in &sessions.touches {
        if let Some(count) = counts.get_mut(touch.row.caller as usize) {
            *count += 1;
        }
    }
    let mut rows = Rows::new();
    for (place, caller) in ledger.callers.iter().enumerate() {
        let count = counts.get(place).copied().unwrap_or(0);
        let (Some(resolution), true) = (ledger.resolutions.get(place), count > 0) else {
            continue;
        };
        let principal = ledger.principal_of.get(place).and_then(|at| ledger.principals.get(*at as usize));
        let Some(principal) = principal else { continue };
        rows.push(vec![
            principal.token.clone(),
            principal.name.clone(),
            principal.kind.to_owned(),
            resolution.grade.letter().to_owned(),
            resolution.reason.code().to_owned(),
            identity_shown(inputs, u32::try_from(place).unwrap_or(u32::MAX)),
            caller.role_or_user(),
            resolution.hops.to_string(),
            resolution.path.join(" > "),
            resolution.proof.join(" "),
            count.to_string(),
        ]);
    }
    rows.sort();
    merge_counts(&mut rows);
    write(bundle, "data/users.csv", USERS, rows)
}

/// The identity as logged; a service that logs none is shown by its name.
fn identity_shown(inputs: &Inputs<'_>, caller: u32) -> String {
    let ledger = inputs.ledger;
    let named = ledger.callers.get(caller as usize).filter(|caller| caller.names_an_id());
    let principal =
        ledger.principal_of.get(caller as usize).and_then(|at| ledger.principals.get(*at as usize));
    match (named, principal) {
        (Some(caller), _) => caller.principal(),
        (None, Some(principal)) => principal.name.clone(),
        (None, None) => "not stated".to_owned(),
    }
}

/// Callers that differ only in what users.csv does not show (key, creation) become one row.
fn merge_counts(rows: &mut Rows) {
    let count = |row: &Vec<String>| row.last().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    rows.dedup_by(|next, kept| {
        let last = kept.len() - 1;
        let same = kept.get(..last) == next.get(..last);
        if same {
            let sum = count(kept) + count(next);
            if let Some(cell) = kept.last_mut() {
                *cell = sum.to_string();
            }
        }
        same
    });
}

/// `sessions.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn sessions(bundle: &Path, inputs: &Inputs<'_>, sessions: &Sessions<'_>) -> Result<Vec<Written>> {
    let ledger = inputs.ledger;
    let mut table = Table::new(bundle, "data/sessions.csv", SESSIONS);
    for (number, session) in sessions.list.iter().enumerate() {
        let token =
            ledger.principals.get(session.principal as usize).map_or("", |principal| &principal.token);
        let Some(caller) = ledger.callers.get(session.caller as usize) else {
            continue;
        };
        let line = table.row();
        table::plain(line, &session_id(number));
        table::plain(line, token);
        table::plain(line, &shown_time(session.start));
        table::plain(line, &shown_time(session.end));
        table::cell(line, &identity_shown(inputs, session.caller));
        table::cell(line, &caller.access_key);
        table::plain(line, mfa(caller));
        table::cell(line, ledger.name(session.address));
        table::number(line, session.more_addresses);
        table::plain(line, agent_family(ledger.name(session.agent)));
        let sums = session.sums;
        for count in
            [sums.reads, sums.writes, sums.deletes, sums.admin, sums.refused, sums.failed, session.items]
        {
            table::number(line, count);
        }
        table::number(line, session.operations);
        table::number(line, session.tables);
        table::plain(line, session.console_word());
        match inputs.audit.scope.calendar {
            Some(_) => table::number(line, session.off_hours),
            None => table::plain(line, ""),
        }
        table::end(line);
        table.row_done()?;
    }
    table.finish()
}

/// MFA in words. `false` in a role session shows nothing: a second factor at an identity provider or at the sign-in
/// before is hidden from it (cloudtrail-records §5.3).
pub fn mfa(caller: &Caller) -> &'static str {
    match (caller.mfa, caller.kind) {
        (Some(true), _) => "yes",
        (Some(false), CallerType::RoleSession | CallerType::Federated) => "not shown",
        (Some(false), _) => "no",
        (None, _) => "not logged",
    }
}

/// `coverage.csv`: one row a span of equal state.
///
/// # Errors
/// When it cannot be written.
pub fn coverage(bundle: &Path, inputs: &Inputs<'_>) -> Result<Vec<Written>> {
    let mut rows = Rows::new();
    for strip in &inputs.coverage.strips {
        for (state, first, hours) in strip.spans() {
            let (start, end) = inputs.coverage.times(first, hours);
            rows.push(vec![
                strip.account.clone(),
                strip.region.clone(),
                strip.table.clone(),
                strip.data_class.clone(),
                strip.class.word().to_owned(),
                rfc3339(start),
                rfc3339(end),
                hours.to_string(),
                state.word().to_owned(),
                strip.proof.clone(),
            ]);
        }
    }
    write(bundle, "data/coverage.csv", COVERAGE, rows)
}

/// `F-000001`.
pub fn file_id(place: u32) -> String {
    format!("F-{:06}", place + 1)
}

/// Outcome and reason of a file.
pub fn outcome_words(outcome: &FileOutcome) -> (&'static str, &str) {
    match outcome {
        FileOutcome::Read => ("read", ""),
        FileOutcome::Skipped(reason) => ("skipped", reason),
        FileOutcome::Failed(reason) => ("failed", reason),
    }
}

/// `files.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn files(bundle: &Path, inputs: &Inputs<'_>) -> Result<Vec<Written>> {
    let rows = inputs.ledger.files.iter().enumerate().map(|(place, file)| {
        let (outcome, reason) = outcome_words(&file.outcome);
        vec![
            file_id(u32::try_from(place).unwrap_or(u32::MAX)),
            file.name.clone(),
            outcome.to_owned(),
            reason.to_owned(),
            file.container.map_or("", crate::records::Container::word).to_owned(),
            file.stored.to_string(),
            file.size.to_string(),
            file.sha256.map(|hash| hex(&hash)).unwrap_or_default(),
            file.trust.word().to_owned(),
            if file.trust == Trust::Verified { String::new() } else { file.trust_reason.clone() },
            file.digest.as_ref().map_or("", |digest| &digest.key).to_owned(),
            file.digest.as_ref().map_or("", |digest| digest.signature).to_owned(),
            file.records.to_string(),
            file.first.map(rfc3339).unwrap_or_default(),
            file.last.map(rfc3339).unwrap_or_default(),
        ]
    });
    write(bundle, "data/files.csv", FILES, rows.collect())
}

/// `reconciliation.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn reconciliation(bundle: &Path, lines: &[super::model::BoxLine]) -> Result<Vec<Written>> {
    let holds = |line: &super::model::BoxLine| if line.holds { "yes" } else { "no" }.to_owned();
    let rows = lines
        .iter()
        .map(|line| vec![line.step.clone(), line.count.to_string(), line.check.clone(), holds(line)]);
    write(bundle, "data/reconciliation.csv", RECONCILIATION, rows.collect())
}

/// `gaps.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn gaps(bundle: &Path, inputs: &Inputs<'_>) -> Result<Vec<Written>> {
    let rows = inputs.ledger.gaps.iter().map(|gap| {
        let loses = if gap.kind.loses_input() { "yes" } else { "no" };
        vec![
            gap.kind.code().to_owned(),
            gap.file.clone(),
            gap.position.clone(),
            gap.detail.clone(),
            gap.count.to_string(),
            loses.to_owned(),
        ]
    });
    write(bundle, "data/gaps.csv", GAPS, rows.collect())
}

/// `columns.json`: every column of every table.
pub fn columns() -> serde_json::Value {
    let tables = [
        ("accesses.csv.gz", super::accesses::COLUMNS),
        ("answers.csv", ANSWERS),
        ("coverage.csv", COVERAGE),
        ("exceptions.csv", EXCEPTIONS),
        ("files.csv", FILES),
        ("findings.csv", super::findings::COLUMNS),
        ("gaps.csv", GAPS),
        ("objects.csv", super::findings::OBJECTS),
        ("patterns.csv", super::patterns::COLUMNS),
        ("reconciliation.csv", RECONCILIATION),
        ("roster.csv", super::individuals::COLUMNS),
        ("sessions.csv", SESSIONS),
        ("tests.csv", TESTS),
        ("users.csv", USERS),
    ];
    let column = |column: &Column| {
        let (name, kind, meaning, class) = column;
        serde_json::json!({"name": name, "type": kind, "meaning": meaning, "redaction_class": class})
    };
    let table = |(name, columns): (&str, &[Column])| {
        (name.to_owned(), serde_json::Value::Array(columns.iter().map(column).collect()))
    };
    serde_json::Value::Object(tables.into_iter().map(table).collect())
}

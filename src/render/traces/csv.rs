//! Lines of traces as CSV, with the cells of the bundle's data files: quoted, masked, harmless in a spreadsheet.

use crate::bundle::table;
use crate::traces::credential::CredentialTrace;
use crate::traces::item::ItemTrace;
use crate::traces::line::{By, Line};

/// Columns that every line has, before and behind who made the access.
const WHAT: [&str; 6] = ["time", "operation", "kind", "outcome", "object", "recorded"];
const WHERE: [&str; 7] = ["grade", "origin", "agent", "event_ref", "place", "trust", "copies"];
const PERSON: [&str; 8] =
    ["person", "user_token", "principal", "session", "credential", "how_known", "error", "user_agent"];
const ROLE: [&str; 2] = ["function", "role"];
const ITEM: [&str; 10] =
    ["part", "account", "region", "table", "key", "did", "items", "why", "why_words", "note"];

/// Every line of an item's trace; the first column tells its part.
pub fn item(trace: &ItemTrace) -> String {
    let mut out = header(&ITEM, trace.roles);
    for table in &trace.tables {
        let parts = [("touched", &table.touched), ("tried", &table.tried), ("may", &table.may)];
        let lines = parts.into_iter().flat_map(|(part, lines)| lines.iter().map(move |line| (part, line)));
        for (part, line) in lines {
            let items = line.items.to_string();
            let cells = [
                part,
                table.account.as_str(),
                &table.region,
                &table.table,
                &table.key,
                &line.did,
                if line.items == 0 { "" } else { &items },
                line.why,
                line.why_words,
                &line.note,
            ];
            cells.iter().for_each(|cell| table::cell(&mut out, cell));
            push(&mut out, line, trace.roles);
        }
    }
    out
}

/// Every access of a person.
pub fn person(lines: &[Line]) -> String {
    plain(lines)
}

/// Every use of a credential.
pub fn credential(trace: &CredentialTrace) -> String {
    plain(&trace.accesses)
}

fn plain(lines: &[Line]) -> String {
    let mut out = header(&[], false);
    lines.iter().for_each(|line| push(&mut out, line, false));
    out
}

fn header(first: &[&str], by_role: bool) -> String {
    let what = if by_role { &WHAT[..5] } else { &WHAT[..] };
    let who: &[&str] = if by_role { &ROLE } else { &PERSON };
    [first, what, who, &WHERE].concat().join(",") + "\n"
}

fn push(out: &mut String, line: &Line, by_role: bool) {
    for cell in [line.time.as_str(), &line.operation, line.kind, line.outcome, &line.object] {
        table::cell(out, cell);
    }
    if !by_role {
        table::cell(out, line.recorded.as_deref().unwrap_or(""));
    }
    match &line.by {
        By::Role { function, role } => {
            [function.as_str(), role].iter().for_each(|cell| table::cell(out, cell))
        }
        By::Person { person, token, principal, session, credential, how_known, error, user_agent } => {
            let cells =
                [person.as_str(), token, principal, session, credential, how_known, error, user_agent];
            cells.iter().for_each(|cell| table::cell(out, cell));
        }
    }
    let copies = line.copies.join("; ");
    for cell in [line.grade, &line.origin, line.agent, &line.event_ref, &line.place, line.trust, &copies] {
        table::cell(out, cell);
    }
    table::end(out);
}

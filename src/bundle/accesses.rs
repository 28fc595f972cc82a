//! `data/accesses.csv.gz`: one row an access, sorted by event reference. The one table that grows with the input, so
//! texts that repeat are quoted once.

use std::path::Path;

use super::sessions::Sessions;
use super::table::{self, Column, Table, Written};
use crate::audit::Audit;
use crate::clock::push_rfc3339;
use crate::error::Result;
use crate::events::ObjectKind;
use crate::ledger::row::{NO_TIME, Row};
use crate::ledger::shape::RawShape;
use crate::ledger::standing::Told;
use crate::ledger::views::View;
use crate::ledger::walk::EventRows;
use crate::ledger::{Cover, Ledger};
use crate::verdicts::Judged;

/// Columns of the table.
pub const COLUMNS: &[Column] = &[
    ("event_ref", "text", "account:eventID, the key of a record everywhere", "account"),
    ("group", "text", "group of accesses that all tests answer alike; see answers.csv", "none"),
    (
        "event_time",
        "time",
        "when the request was completed, UTC, whole seconds; empty when not logged",
        "none",
    ),
    ("user_token", "text", "principal; see users.csv", "person"),
    ("grade", "text", "how well the caller is known, A to E, S for an AWS service", "none"),
    ("session", "text", "session; see sessions.csv", "none"),
    ("operation", "text", "eventName", "none"),
    ("kind", "text", "read, write, delete, admin, describe", "none"),
    ("object_kind", "text", "table, trail, key, bucket, log-group, identity, none", "none"),
    ("account", "text", "account that owns the object", "account"),
    ("region", "text", "region of the object", "none"),
    ("table", "text", "table, or name or ARN of another object; empty when not stated", "none"),
    ("data_class", "text", "class audit.toml declares for the table; empty when not declared", "none"),
    (
        "key",
        "text",
        "key, keys or condition as logged; [none-recorded], [left-out], or [sensitive] for what audit.toml forbids in keys",
        "key",
    ),
    ("key_kind", "text", "exact, partial, condition, none, left-out", "none"),
    ("outcome", "text", "done, refused, condition-failed, not-found, throttled, invalid, other", "none"),
    ("error", "text", "error code as logged", "none"),
    ("source_ip", "text", "source address as logged", "address"),
    ("user_agent", "text", "user agent as logged", "agent"),
    (
        "change",
        "text",
        "approved change of the organisation that covers it, as stated there; empty when none",
        "none",
    ),
    (
        "incident",
        "text",
        "incident of the organisation that covers it, as stated there; empty when none",
        "none",
    ),
    ("trust", "text", "trust of the record's file", "none"),
    ("file_row", "text", "row of files.csv", "none"),
    ("record_index", "number", "zero-based place in the file's Records", "none"),
    (
        "copies",
        "text",
        "records of the same action in the logs of other accounts, not counted again: event_ref file#index, separated by spaces",
        "account",
    ),
    (
        "caller_ref",
        "text",
        "the one of them that names the caller, when the record itself tells less; empty otherwise",
        "account",
    ),
];

/// In place of a key that audit.toml forbids in keys.
pub(super) const SENSITIVE: &str = "[sensitive]";

/// Writes the table.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    bundle: &Path,
    ledger: &Ledger,
    sessions: &Sessions<'_>,
    judged: &Judged,
    audit: &Audit,
) -> Result<Vec<Written>> {
    let mut writing = Writing {
        table: Table::new(bundle, "data/accesses.csv.gz", COLUMNS),
        ledger,
        sessions,
        judged,
        names: ledger.names.values().iter().map(|name| table::quoted(name) + ",").collect(),
        shapes: shape_texts(ledger, audit),
        reference: String::new(),
        result: Ok(()),
    };
    ledger.walk(&mut |event| writing.event(event));
    writing.result?;
    writing.table.finish()
}

/// The texts of a shape: before the key, between key kind and address, behind the agent.
struct ShapeText {
    grade: &'static str,
    head: String,
    middle: String,
    trust: &'static str,
    covers: String,
    left_out: bool,
    sensitive: bool,
}

fn shape_texts(ledger: &Ledger, audit: &Audit) -> Vec<ShapeText> {
    let text = |shape: &crate::ledger::Shape| {
        let (raw, who) = (ledger.raw(shape)?, ledger.who_shapes.get(shape.who as usize)?);
        let (account, region, name) =
            (ledger.name(raw.object_account), ledger.name(raw.object_region), ledger.name(raw.object_name));
        let class = if raw.object_kind == ObjectKind::Table {
            audit.scope.data_class(account, region, name)
        } else {
            None
        };
        let mut head = String::new();
        push_object(&mut head, raw, |place| ledger.name(place));
        table::plain(&mut head, class.map_or("", crate::audit::DataClass::as_str));
        let mut covers = String::new();
        table::cell(&mut covers, change_id(audit, shape.change));
        table::cell(&mut covers, incident_id(audit, shape.incident));
        let mut middle = String::new();
        push_outcome(&mut middle, raw, |place| ledger.name(place));
        let left_out = raw.key_kind == crate::events::KeyKind::LeftOut;
        let sensitive = shape.standing.sensitive_key == Told::Found;
        let (grade, trust) = (who.grade.letter(), raw.trust.word());
        Some(ShapeText { grade, head, middle, trust, covers, left_out, sensitive })
    };
    let nothing = || ShapeText {
        grade: "",
        head: String::new(),
        middle: String::new(),
        trust: "",
        covers: ",,".to_owned(),
        left_out: false,
        sensitive: false,
    };
    ledger.shapes.iter().map(|shape| text(shape).unwrap_or_else(nothing)).collect()
}

/// The cells from operation to table.
pub(super) fn push_object<'n>(line: &mut String, raw: &RawShape, name: impl Fn(u32) -> &'n str) {
    table::cell(line, name(raw.operation));
    for word in [raw.kind.word(), raw.object_kind.word()] {
        table::plain(line, word);
    }
    for place in [raw.object_account, raw.object_region, raw.object_name] {
        table::cell(line, name(place));
    }
}

/// The cells from key kind to error.
pub(super) fn push_outcome<'n>(line: &mut String, raw: &RawShape, name: impl Fn(u32) -> &'n str) {
    table::plain(line, raw.key_kind.word());
    table::plain(line, raw.outcome.word());
    table::cell(line, name(raw.error));
}

/// The cell of the key.
pub(super) fn push_key(line: &mut String, key: &str, left_out: bool, sensitive: bool) {
    match (key.is_empty(), left_out) {
        (true, true) => table::plain(line, "[left-out]"),
        (true, false) => table::plain(line, "[none-recorded]"),
        _ if sensitive => table::plain(line, SENSITIVE),
        _ => table::cell(line, key),
    }
}

/// Id of the approved change behind a cover; empty when there is none.
pub fn change_id(audit: &Audit, cover: Cover) -> &str {
    let Cover::Approved(place) = cover else { return "" };
    audit.changes.as_ref().and_then(|changes| changes.get(place as usize)).map_or("", |change| &change.id)
}

/// Id of the incident behind a cover; empty when there is none.
pub fn incident_id(audit: &Audit, cover: Cover) -> &str {
    let Cover::Approved(place) = cover else { return "" };
    audit
        .incidents
        .as_ref()
        .and_then(|incidents| incidents.get(place as usize))
        .map_or("", |incident| &incident.id)
}

struct Writing<'a> {
    table: Table,
    ledger: &'a Ledger,
    sessions: &'a Sessions<'a>,
    judged: &'a Judged,
    names: Vec<String>,
    shapes: Vec<ShapeText>,
    reference: String,
    result: Result<()>,
}

impl Writing<'_> {
    fn event(&mut self, event: EventRows<'_>) {
        if self.result.is_err() {
            return;
        }
        event.reference(&mut self.reference);
        for (number, row) in event.rows.iter().enumerate() {
            self.row(row, event, event.first + number);
            self.result = self.table.row_done();
        }
    }

    fn row(&mut self, row: &Row, event: EventRows<'_>, order: usize) {
        let Some(shape) = self.shapes.get(row.shape as usize) else {
            return;
        };
        let group = self.judged.answers.group_of.get(order).copied().unwrap_or(0);
        let session = self.sessions.of.get(order).copied().unwrap_or(0);
        let line = self.table.row();
        table::plain(line, &self.reference);
        line.push('g');
        table::number(line, u64::from(group) + 1);
        if row.time != NO_TIME {
            push_rfc3339(line, row.time);
        }
        line.push(',');
        table::plain(line, self.ledger.principal(row).map_or("", |principal| &principal.token));
        table::plain(line, shape.grade);
        line.push_str("S-");
        push_padded(line, u64::from(session) + 1);
        line.push(',');
        line.push_str(&shape.head);
        push_key(line, event.partition.key(row), shape.left_out, shape.sensitive);
        line.push_str(&shape.middle);
        for place in [row.address, row.agent] {
            line.push_str(self.names.get(place as usize).map_or(",", |text| text));
        }
        line.push_str(&shape.covers);
        table::plain(line, shape.trust);
        line.push_str("F-");
        push_padded(line, u64::from(row.file) + 1);
        line.push(',');
        table::number(line, u64::from(row.index));
        push_views(line, self.ledger.views(row));
        table::end(line);
    }
}

/// Records of other accounts, and the one of them that names the caller.
fn push_views(line: &mut String, views: &[View]) {
    for (number, view) in views.iter().enumerate() {
        let space = if number > 0 { " " } else { "" };
        line.push_str(&format!("{space}{} F-", view.event_ref));
        push_padded(line, u64::from(view.file) + 1);
        line.push_str(&format!("#{}", view.index));
    }
    line.push(',');
    if let Some(view) = views.iter().find(|view| view.names_caller) {
        line.push_str(&view.event_ref);
    }
    line.push(',');
}

/// Six digits at least.
fn push_padded(line: &mut String, value: u64) {
    let mut limit = 100_000;
    while limit > value && limit > 1 {
        line.push('0');
        limit /= 10;
    }
    table::number(line, value);
    line.pop();
}

//! Files that are no JSON: tables of comma-separated values, lines of an exported log, base64. Comes in: a text. Goes
//! out: what it is, and its records. Recognised by content; anything else is not JSON and is left alone.

use super::Record;
use super::content::{Hand, Level, Trouble, Walker};
use super::kinds::{Container, speaks_of_records};
use super::open;
use super::packed::{Budget, looks_packed};
use super::rows::{self, Table};
use crate::clock;
use crate::gaps::GapKind;

/// What a text is that begins neither with an object nor with a list.
pub(super) fn kind(text: &str) -> Container {
    if looks_packed(text) {
        return packed_kind(text);
    }
    if let Some(table) = Table::of(text) {
        return table.container();
    }
    if starts_with_time(text) && speaks_of_records(text) {
        return Container::CloudWatchLogs;
    }
    Container::NotJson
}

/// What the first line of base64 holds.
fn packed_kind(text: &str) -> Container {
    let first = text.split(['\n', '\r']).next().unwrap_or_default();
    let whole = |text: &str| Budget::default().unpack(text).ok();
    let Some(unpacked) = whole(first).or_else(|| whole(text)) else { return Container::NotJson };
    let inside = String::from_utf8_lossy(&unpacked.bytes);
    if looks_packed(&inside) {
        return Container::LambdaEvent;
    }
    match super::kind(&inside) {
        Container::LogFile => Container::LambdaEvent,
        kind => kind,
    }
}

/// Hands out the records of such a text.
pub(super) fn text(hand: &mut Hand<'_>, text: &str, container: Container) {
    if looks_packed(text) {
        return packed_lines(hand, text, container);
    }
    match Table::of(text) {
        Some(table) => rows::table(hand, &table, text, Level::TOP.inside(table.container(), false)),
        None => exported(hand, text),
    }
}

fn packed_lines(hand: &mut Hand<'_>, text: &str, container: Container) {
    let level = Level::TOP.inside(container, false);
    let first = text.split(['\n', '\r']).next().unwrap_or_default();
    if Budget::default().unpack(first).is_err() {
        return open::packed(hand, text.trim_end(), level);
    }
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        open::packed(hand, line, level);
    }
}

/// Lines `time message`: those of other log groups stand among them.
fn exported(hand: &mut Hand<'_>, text: &str) {
    let level = Level::TOP.inside(Container::CloudWatchLogs, true);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let Some(at) = line.find('{') else {
            hand.tell(GapKind::SetAside, "line of another log");
            continue;
        };
        match Record::first(line.get(at..).unwrap_or_default()) {
            Ok(_) => Walker { text: line, hand, level }.sequence(at),
            Err(fault) if speaks_of_records(line) => {
                hand.trouble(Trouble::Inside(format!(
                    "the line breaks: {} at byte {}",
                    fault.what,
                    at + fault.at
                )));
            }
            Err(_) => hand.tell(GapKind::SetAside, "line of another log"),
        }
    }
}

fn starts_with_time(text: &str) -> bool {
    let first = text.split([' ', '\t']).next().unwrap_or_default();
    first.len() <= 40 && clock::parse(first).is_some()
}

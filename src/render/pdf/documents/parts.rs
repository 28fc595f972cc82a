//! Pieces that several documents share: citations, days, limits, verdict tables.
//! Comes in: lists of the model. Goes out: tables on a flow.
//! Never reorders what it is given.

use crate::bundle::model::{Citation, DayKinds, Limit, Listing, SummaryRow};
use crate::verdicts::Word;

use super::super::canvas::{LEFT, MUTED, RIGHT, WIDTH};
use super::super::layout::Flow;
use super::super::table::{Cell, Column, Kind, Table, listing_note};
use super::super::text::{self, LABEL};

const CITATIONS: [Column; 4] = [
    ("Time (UTC)", Kind::Whole),
    ("Operation, object", Kind::Words),
    ("Who, outcome", Kind::Words),
    ("Event reference, place, trust of the file", Kind::Reference),
];

/// Where a record is: reference, place, trust, and its copies in other accounts.
pub(crate) fn reference(citation: &Citation) -> Cell {
    let first = Cell::code(&citation.event_ref).and_code(&citation.place).and(&citation.trust);
    citation.copies.iter().fold(first, |cell, copy| {
        let words = format!("{}; {}", copy.trust, copy.words);
        cell.and_code(&copy.event_ref).and_code(&copy.place).and(&words)
    })
}

/// Rows of citations: what happened, by whom, and where the raw record is.
pub(crate) fn citation_rows(citations: &[Citation]) -> Vec<Vec<Cell>> {
    let row = |citation: &Citation| {
        vec![
            Cell::words(&citation.time),
            Cell::words(&citation.operation).and_code(&citation.object),
            Cell::words(&citation.person).and(&citation.outcome),
            reference(citation),
        ]
    };
    citations.iter().map(row).collect()
}

/// A table of citations with its own note.
pub(crate) fn citations(flow: &mut Flow<'_>, caption: &str, citations: &[Citation], note: String) {
    flow.table(Table { caption, columns: &CITATIONS, rows: citation_rows(citations), note });
}

/// A table of a listing of citations.
pub(crate) fn citation_listing(flow: &mut Flow<'_>, caption: &str, listing: &Listing<Citation>) {
    citations(flow, &counted(caption, listing), &listing.rows, listing_note(listing));
}

/// A caption with the number of all rows of a listing.
pub(crate) fn counted<T>(caption: &str, listing: &Listing<T>) -> String {
    match listing.total {
        0 => caption.to_owned(),
        1 => format!("{caption} (1 row)"),
        total => format!("{caption} ({} rows)", text::figure(total)),
    }
}

const DAYS: [Column; 7] = [
    ("Day", Kind::Words),
    ("Reads", Kind::Number),
    ("Writes", Kind::Number),
    ("Deletes", Kind::Number),
    ("Settings, sign-ins", Kind::Number),
    ("Refused", Kind::Number),
    ("Failed", Kind::Number),
];

/// The chart of accesses a day and the table that stands beside it.
pub(crate) fn days(flow: &mut Flow<'_>, caption: &str, days: &[DayKinds]) {
    flow.days_chart(caption, days);
    if days.is_empty() {
        return;
    }
    let row = |day: &DayKinds| {
        let counts = [day.reads, day.writes, day.deletes, day.admin, day.refused, day.failed];
        std::iter::once(Cell::words(&day.day)).chain(counts.map(Cell::number)).collect()
    };
    let caption = format!("{caption}, figures");
    let rows = days.iter().map(row).collect();
    flow.table(Table { caption: &caption, columns: &DAYS, rows, note: String::new() });
}

/// Width of the ids of limits.
const IDS: f32 = 36.0;

/// Limits with their ids.
pub(crate) fn limits(flow: &mut Flow<'_>, limits: &[Limit]) {
    if limits.is_empty() {
        flow.paragraph("none");
    }
    for limit in limits {
        flow.fact(&limit.id, &limit.words, IDS);
    }
    flow.gap(3.0);
}

const VERDICTS: [Column; 5] = [
    ("Requirement", Kind::Words),
    ("Verdict, qualifiers", Kind::Words),
    ("Examined", Kind::Words),
    ("Exceptions", Kind::Number),
    ("Undetermined", Kind::Number),
];

/// One row a requirement: number, title, verdict, counts.
pub(crate) fn verdict_table(flow: &mut Flow<'_>, caption: &str, rows: &[SummaryRow]) {
    let row = |row: &SummaryRow| {
        let other = (!row.other_words.is_empty()).then(|| format!("also: {}", row.other_words));
        let beside: Vec<String> = other.into_iter().chain(row.qualifiers.iter().cloned()).collect();
        // Nothing was counted: a nought would read as "looked, and found none".
        let count =
            |count| if row.verdict == Word::NotTested { Cell::words("–") } else { Cell::number(count) };
        vec![
            Cell::words(&format!("{}  {}", row.number, row.title)),
            Cell::verdict(row.verdict).and(&beside.join(" · ")),
            Cell::words(if row.examined.is_empty() { "–" } else { &row.examined }),
            count(row.exceptions),
            count(row.undetermined),
        ]
    };
    let rows = rows.iter().map(row).collect();
    flow.table(Table { caption, columns: &VERDICTS, rows, note: String::new() });
}

pub(crate) fn blank_line(flow: &mut Flow<'_>, label: &str, x: f32, width: f32) {
    flow.need(20.0);
    let base = flow.y + 14.0;
    let wide = flow.fonts.width(LABEL.face, LABEL.size, label);
    let end = (x + width).min(RIGHT);
    flow.page().write(x, base, LABEL, label);
    flow.page().stroke((x + wide + 6.0, base + 2.0), (end, base + 2.0), 0.5, MUTED);
    flow.y += 20.0;
}

/// Lines to fill over the whole width.
pub(crate) fn blank_lines(flow: &mut Flow<'_>, labels: &[&str]) {
    labels.iter().for_each(|label| blank_line(flow, label, LEFT, WIDTH));
}

//! `human/30-exceptions.pdf`: the register of exceptions with citations and answers, and the block to sign.
//! Comes in: the register of the model. Goes out: a flow.
//! Never ticks a statement and never signs: that is for people.

use crate::bundle::model::{ExceptionGroup, Head, Model};

use super::super::canvas::{Area, INK, LEFT, WIDTH};
use super::super::fonts::Fonts;
use super::super::layout::Flow;
use super::super::table::{Cell, Column, Kind, Table, listing_note};
use super::super::text::{self, BODY, LABEL};
use super::parts;

/// Fills the document.
pub(crate) fn draw<'f>(model: &Model, fonts: &'f Fonts) -> Flow<'f> {
    let title = format!("Exceptions register – {} – {}", model.head.entity, model.head.system);
    let mut flow = Flow::new(fonts, &title, "Exceptions register");
    flow.title("Exceptions register");
    flow.paragraph(
        "One entry a group: same test, same cause, same subject; what several requirements ask about is one entry for each of them. An answer adds text and a qualifier; it never changes a verdict.",
    );
    index(&mut flow, model);
    model.exceptions.rows.iter().for_each(|group| entry(&mut flow, group));
    sign_off(&mut flow, &model.head);
    flow
}

const INDEX: [Column; 6] = [
    ("Id", Kind::Whole),
    ("Requirement, severity", Kind::Words),
    ("Cause, outcome", Kind::Words),
    ("Subject", Kind::Words),
    ("Count", Kind::Number),
    ("Answer", Kind::Words),
];

fn index(flow: &mut Flow<'_>, model: &Model) {
    let row = |group: &ExceptionGroup| {
        vec![
            Cell::words(&group.id).leading_to(&group.id),
            Cell::words(&format!("{} {}", group.framework, group.requirement)).and(&group.severity),
            Cell::words(&group.cause_words).and(&group.outcome),
            Cell::code(&group.subject),
            Cell::number(group.count),
            Cell::words(&group.disposition),
        ]
    };
    let listing = &model.exceptions;
    let rows = listing.rows.iter().map(row).collect();
    let caption = parts::counted("Groups, worst first", listing);
    flow.table(Table { caption: &caption, columns: &INDEX, rows, note: listing_note(listing) });
}

/// Stands in entries about objects of the run alone.
const SAW: &str = "What the rule saw";

fn entry(flow: &mut Flow<'_>, group: &ExceptionGroup) {
    flow.section(&format!("{} – {}", group.id, group.cause_words));
    flow.anchor(&group.id);
    let count = text::figure(group.count);
    let between = format!("{} to {}", group.first_seen, group.last_seen);
    let (people, objects) = (group.people.join(", "), group.objects.join(", "));
    let requirement = format!("{} {}, test {}", group.framework, group.requirement, group.test);
    let cause = format!("{} ({}, severity {})", group.cause, group.outcome, group.severity);
    let facts = [
        ("Requirement", requirement.as_str()),
        ("Cause", &cause),
        ("Subject", &group.subject),
        ("Seen", &between),
        ("Count", &count),
        ("People, principals", &people),
        ("Tables, objects", &objects),
        (SAW, &group.told),
        ("Answer", &group.disposition),
        ("Fingerprint", &group.fingerprint),
    ];
    flow.facts(facts.into_iter().filter(|(label, value)| *label != SAW || !value.is_empty()));
    let shown = u64::try_from(group.citations.len()).unwrap_or(u64::MAX);
    let note = match group.count > shown && shown >= 20 {
        true => format!(
            "first {} of {count}; the data files of test {} hold all",
            text::figure(shown),
            group.test
        ),
        false => String::new(),
    };
    parts::citations(flow, &format!("Citations of {}", group.id), &group.citations, note);
}

/// Statements offered to those who sign.
const STATEMENTS: [&str; 4] = [
    "I ran or supervised this run.",
    "I compared the reconciliation with the source system.",
    "I reviewed the exceptions and their answers.",
    "I am independent of the users and systems described.",
];

const SIGNERS: [&str; 3] = ["Prepared by", "Reviewed by", "Approved by"];

fn sign_off(flow: &mut Flow<'_>, head: &Head) {
    flow.part("Exceptions register · Sign-off");
    flow.section("Sign-off");
    flow.paragraph("No box is ticked and no line is filled by the product.");
    flow.facts([("Bundle", head.bundle_id.as_str()), ("Content digest", &head.content_digest)]);
    for signer in SIGNERS {
        block(flow, signer);
    }
    flow.heading("Review log");
    let lines = ["Period reviewed", "Date", "Reviewer", "What was found", "Follow-up"];
    parts::blank_lines(flow, &lines);
}

fn block(flow: &mut Flow<'_>, signer: &str) {
    flow.gap(4.0);
    flow.need(150.0);
    flow.heading(signer);
    let half = (WIDTH - 16.0) / 2.0;
    for (left, right) in [("Name", "Role"), ("Date", "Key id or signature")] {
        let top = flow.y;
        parts::blank_line(flow, left, LEFT, half);
        flow.y = top;
        parts::blank_line(flow, right, LEFT + half + 16.0, half);
    }
    boxes(flow, "Decision", &["accept", "accept with comments", "return"]);
    STATEMENTS.iter().for_each(|statement| boxes(flow, "", &[statement]));
    parts::blank_line(flow, "Comments", LEFT, WIDTH);
}

/// Boxes to tick, drawn as outlines, each with its words.
fn boxes(flow: &mut Flow<'_>, label: &str, choices: &[&str]) {
    flow.need(16.0);
    let base = flow.y + 11.0;
    flow.page().write(LEFT, base, LABEL, label);
    let mut x = if label.is_empty() { LEFT } else { LEFT + 60.0 };
    for choice in choices {
        flow.page().frame(Area { x, y: base - 7.5, w: 8.5, h: 8.5 }, INK, 0.7);
        flow.page().write(x + 14.0, base, BODY, *choice);
        x += 14.0 + flow.fonts.width(BODY.face, BODY.size, choice) + 18.0;
    }
    flow.y += 15.0;
}

//! `human/50-users/<token>.pdf`: what one person, workload or unresolved principal touched.
//! Comes in: one dossier of the model. Goes out: a flow.
//! Never judges the person: wording is descriptive, totals add up, gaps are told.

use crate::bundle::model::{ChainLink, Dossier, Head, KeyUse, PatternRow, Session, Share, TableUse};

use super::super::fonts::Fonts;
use super::super::layout::Flow;
use super::super::table::{Cell, Column, Kind, Table, listing_note};
use super::super::text;
use super::parts;

/// Fills the document.
pub(crate) fn draw<'f>(head: &Head, it: &Dossier, fonts: &'f Fonts) -> Flow<'f> {
    let name = text::or_none(&it.name);
    let title = format!("Dossier {name} – {}", head.system);
    let mut flow = Flow::new(fonts, &title, &format!("Dossier · {name} · {}", it.token));
    flow.title(name);
    flow.strong(&it.totals_line);
    flow.facts([
        ("Kind", it.kind.as_str()),
        ("Grade", &it.grade),
        ("Why", &it.grade_words),
        ("Token", &it.token),
    ]);
    flow.facts(it.roster.iter().map(|fact| (fact.label.as_str(), fact.value.as_str())));
    totals(&mut flow, &it.totals);
    flow.section("Identity chain");
    chain(&mut flow, &it.chain);
    flow.section("When");
    flow.hour_strip("Accesses by hour and day", &it.hour_strip);
    parts::days(&mut flow, "Accesses per day by kind (UTC)", &it.per_day);
    flow.section("Sessions");
    sessions(&mut flow, it);
    flow.section("Tables and other objects");
    tables(&mut flow, &it.tables);
    flow.section("Item keys");
    keys(&mut flow, it);
    flow.section("Refused attempts");
    parts::citation_listing(&mut flow, "Refused attempts in the window", &it.refusals);
    flow.section("Administration and log access");
    parts::citation_listing(&mut flow, "Administration and log access in the window", &it.administration);
    flow.section("Off-hours and unusual");
    patterns(&mut flow, it);
    flow.section("Sources and gaps");
    flow.list(&it.gaps);
    flow
}

/// Links that are drawn; beyond them a table holds all.
const DRAWN: usize = 6;

const PRINCIPALS: [Column; 4] = [
    ("Principal", Kind::Words),
    ("Grade, why", Kind::Words),
    ("Proving records", Kind::Reference),
    ("Accesses", Kind::Number),
];

/// The first links as diagrams; where there are more, every link as a row.
fn chain(flow: &mut Flow<'_>, links: &[ChainLink]) {
    flow.chain(links.get(..DRAWN).unwrap_or(links));
    if links.len() <= DRAWN {
        return;
    }
    let row = |link: &ChainLink| {
        let proof = link.proof.iter().fold(Cell::default(), |cell, reference| cell.and_code(reference));
        vec![
            Cell::code(&link.principal),
            Cell::words(text::or_none(&link.grade)).and(&link.link),
            if link.proof.is_empty() { Cell::words("none") } else { proof },
            Cell::number(link.accesses),
        ]
    };
    flow.table(Table {
        caption: &format!("Principals and their links ({} rows)", text::figure(links.len() as u64)),
        columns: &PRINCIPALS,
        rows: links.iter().map(row).collect(),
        note: format!("The first {DRAWN} principals are drawn above; this table holds all."),
    });
}

const TOTALS: [Column; 2] = [("What", Kind::Words), ("Count", Kind::Number)];

fn totals(flow: &mut Flow<'_>, totals: &[Share]) {
    let rows = totals.iter().map(|it| vec![Cell::words(&it.label), Cell::number(it.count)]).collect();
    flow.table(Table { caption: "Totals", columns: &TOTALS, rows, note: String::new() });
}

const SESSIONS: [Column; 8] = [
    ("Session, MFA", Kind::Whole),
    ("Start, end (UTC)", Kind::Whole),
    ("Principal, credential, origin, agent", Kind::Words),
    ("Reads", Kind::Number),
    ("Writes", Kind::Number),
    ("Settings", Kind::Number),
    ("Refused, failed", Kind::Number),
    ("Items", Kind::Number),
];

fn sessions(flow: &mut Flow<'_>, it: &Dossier) {
    let row = |session: &Session| {
        vec![
            Cell::words(&session.id).and(&format!("MFA {}", text::or_none(&session.mfa))),
            Cell::words(&session.start).and(&session.end),
            Cell::code(&session.principal)
                .and_code(&session.credential)
                .and(&session.origin)
                .and(&session.agent),
            Cell::number(session.reads),
            Cell::number(session.writes),
            Cell::number(session.admin),
            Cell::number(session.refused).and(&text::figure(session.failed)),
            Cell::number(session.items),
        ]
    };
    let rows = it.sessions.rows.iter().map(row).collect();
    let caption = parts::counted("Sessions in the window", &it.sessions);
    flow.table(Table { caption: &caption, columns: &SESSIONS, rows, note: listing_note(&it.sessions) });
}

const TABLES: [Column; 5] = [
    ("Object, data", Kind::Words),
    ("Operation, outcome", Kind::Words),
    ("Accesses", Kind::Number),
    ("Keys", Kind::Number),
    ("First, last (UTC)", Kind::Whole),
];

fn tables(flow: &mut Flow<'_>, tables: &[TableUse]) {
    let row = |it: &TableUse| {
        vec![
            Cell::code(&it.object).and(&it.data),
            Cell::words(&it.operation).and(&it.outcome),
            Cell::number(it.accesses),
            Cell::number(it.items),
            Cell::words(&it.first).and(&it.last),
        ]
    };
    let rows = tables.iter().map(row).collect();
    let caption = "By object and operation";
    flow.table(Table { caption, columns: &TABLES, rows, note: String::new() });
}

const KEYS: [Column; 5] = [
    ("Table, key", Kind::Words),
    ("Reads", Kind::Number),
    ("Writes", Kind::Number),
    ("First, last (UTC)", Kind::Whole),
    ("First citation", Kind::Reference),
];

fn keys(flow: &mut Flow<'_>, it: &Dossier) {
    let row = |key: &KeyUse| {
        vec![
            Cell::words(&key.object).and_code(&key.key),
            Cell::number(key.reads),
            Cell::number(key.writes),
            Cell::words(&key.first).and(&key.last),
            Cell::code(&key.citation),
        ]
    };
    let rows = it.keys.rows.iter().map(row).collect();
    let caption = parts::counted("Item keys logged in the window", &it.keys);
    flow.table(Table { caption: &caption, columns: &KEYS, rows, note: listing_note(&it.keys) });
}

const PATTERNS: [Column; 4] = [
    ("Pattern, what", Kind::Words),
    ("First, last (UTC), count", Kind::Whole),
    ("Rule, baseline", Kind::Words),
    ("First records", Kind::Reference),
];

fn patterns(flow: &mut Flow<'_>, it: &Dossier) {
    flow.paragraph("Described, not judged: each row says its rule, what it is compared with and the first records. No verdict depends on it.");
    let row = |it: &PatternRow| {
        let cited = it.citations.iter();
        let cited =
            cited.fold(Cell::default(), |cell, one| cell.and_code(&one.event_ref).and_code(&one.place));
        vec![
            Cell::words(&it.words).and_code(&it.what).and(&it.id),
            Cell::words(&it.first).and(&it.last).and(&format!("{} {}", text::figure(it.count), it.counted)),
            Cell::words(&it.rule).and(&it.baseline),
            cited,
        ]
    };
    let rows = it.patterns.rows.iter().map(row).collect();
    let caption = parts::counted("Patterns of use in the window", &it.patterns);
    flow.table(Table { caption: &caption, columns: &PATTERNS, rows, note: listing_note(&it.patterns) });
    flow.list(&it.pattern_notes);
}

//! `human/50-users/<token>.pdf`: what one person, workload or unresolved principal touched.
//! Comes in: one dossier of the model. Goes out: a flow.
//! Never judges the person: wording is descriptive, totals add up, gaps are told.

use crate::bundle::model::{
    ChainLink, Dossier, Head, KeyUse, Listing, ObjectUse, OffHours, PatternRow, Refusal, Session, Share,
    TableUse,
};

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
    if !it.built_from.is_empty() {
        flow.paragraph(&it.built_from);
    }
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
    objects(&mut flow, &it.objects);
    tables(&mut flow, &it.tables);
    flow.section("Item keys");
    keys(&mut flow, it);
    flow.section("Refused attempts");
    refusals(&mut flow, &it.refusals);
    flow.section("Off-hours and unusual");
    off_hours(&mut flow, &it.off_hours);
    patterns(&mut flow, it);
    flow.section("Administration and log access");
    parts::citation_listing(&mut flow, "Administration and log access in the window", &it.administration);
    flow.section("Sources and gaps");
    flow.list(&it.gaps);
    flow.section("Reviewed by");
    review(&mut flow);
    flow
}

const OBJECTS: [Column; 5] = [
    ("Object, data", Kind::Words),
    ("Accesses, refused ones hatched", Kind::Bar),
    ("Accesses", Kind::Number),
    ("Refused", Kind::Number),
    ("Items", Kind::Number),
];

/// Objects as bars to one scale, those used most first.
fn objects(flow: &mut Flow<'_>, objects: &Listing<ObjectUse>) {
    let largest = objects.rows.first().map_or(1, |first| first.accesses.max(1));
    let row = |it: &ObjectUse| {
        let share = |count: u64| count as f32 / largest as f32;
        vec![
            Cell::code(&it.object).and(&it.data),
            Cell::bar(share(it.accesses), share(it.refused)),
            Cell::number(it.accesses),
            Cell::number(it.refused),
            Cell::number(it.items),
        ]
    };
    let rows = objects.rows.iter().map(row).collect();
    let caption = parts::counted("Accesses by object, those used most first", objects);
    flow.table(Table { caption: &caption, columns: &OBJECTS, rows, note: listing_note(objects) });
}

const REFUSALS: [Column; 4] = [
    ("Time (UTC)", Kind::Whole),
    ("Operation, object, error", Kind::Words),
    ("What the same user did in the 10 minutes after", Kind::Words),
    ("Event reference, place, trust of the file", Kind::Reference),
];

fn refusals(flow: &mut Flow<'_>, refusals: &Listing<Refusal>) {
    let row = |it: &Refusal| {
        vec![
            Cell::words(&it.cited.time),
            Cell::words(&it.cited.operation).and_code(&it.cited.object).and(&it.error),
            Cell::words(&it.after),
            parts::reference(&it.cited),
        ]
    };
    let rows = refusals.rows.iter().map(row).collect();
    let caption = parts::counted("Refused attempts in the window", refusals);
    flow.table(Table { caption: &caption, columns: &REFUSALS, rows, note: listing_note(refusals) });
}

fn off_hours(flow: &mut Flow<'_>, it: &OffHours) {
    flow.paragraph(&it.words);
    if it.inside + it.outside + it.untimed == 0 {
        return;
    }
    let count = |label: &str, count: u64| (label.to_owned(), text::figure(count));
    let facts = [
        count("Inside", it.inside),
        count("Outside", it.outside),
        count("No time", it.untimed),
        count("Sessions", it.sessions),
    ];
    flow.facts(facts.iter().map(|(label, value)| (label.as_str(), value.as_str())));
    parts::citation_listing(flow, "Accesses outside the declared hours", &it.accesses);
}

/// Lines for people to fill; nothing is written on them.
fn review(flow: &mut Flow<'_>) {
    flow.paragraph("No line is filled by the product.");
    parts::blank_lines(flow, &["Reviewed by, role", "Date, signature", "Result of the review"]);
    flow.heading("Statement of the person, where law or agreement asks for it");
    parts::blank_lines(flow, &["Statement", "", "Date, signature"]);
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
    ("Session, start, end (UTC)", Kind::Whole),
    ("Principal, credential, origin, agent, MFA", Kind::Words),
    ("Reads", Kind::Number),
    ("Writes", Kind::Number),
    ("Settings", Kind::Number),
    ("Refused, failed", Kind::Number),
    ("Items, tables, operations", Kind::Number),
    ("Off-hours", Kind::Number),
];

fn sessions(flow: &mut Flow<'_>, it: &Dossier) {
    let row = |session: &Session| {
        let factor = format!(
            "{}, {}, MFA {}, console {}",
            session.origin,
            session.agent,
            text::or_none(&session.mfa),
            text::or_none(&session.console)
        );
        vec![
            Cell::words(&session.id).and(&session.start).and(&session.end),
            Cell::code(&session.principal).and_code(&session.credential).and(&factor),
            Cell::number(session.reads),
            Cell::number(session.writes),
            Cell::number(session.admin),
            Cell::number(session.refused).and(&text::figure(session.failed)),
            Cell::number(session.items)
                .and(&text::figure(session.tables))
                .and(&text::figure(session.operations)),
            session.off_hours.map_or_else(|| Cell::words("–"), Cell::number),
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

fn tables(flow: &mut Flow<'_>, tables: &Listing<TableUse>) {
    let row = |it: &TableUse| {
        vec![
            Cell::code(&it.object).and(&it.data),
            it.conditions.iter().fold(
                Cell::words(&it.operation)
                    .and(&it.outcome)
                    .and(&format!("keys: {}", text::or_none(&it.keys))),
                |cell, condition| cell.and_code(condition),
            ),
            Cell::number(it.accesses),
            Cell::number(it.items),
            Cell::words(&it.first).and(&it.last),
        ]
    };
    let rows = tables.rows.iter().map(row).collect();
    let caption = parts::counted("By object, operation, outcome and how keys are stated", tables);
    flow.table(Table { caption: &caption, columns: &TABLES, rows, note: listing_note(tables) });
    flow.note(
        "Queries and scans do not list the items they return: no key logged does not mean no item read.",
    );
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

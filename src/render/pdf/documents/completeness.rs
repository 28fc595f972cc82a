//! `human/10-completeness.pdf`: where the records came from, whether they add up, which hours are proven.
//! Comes in: the completeness section of the model. Goes out: a flow.
//! Never leaves out a gap or a loss without saying where the rest is.

use crate::bundle::model::{
    BoxLine, Completeness, CoverageGap, FileRow, GradeShare, Integrity, IntegrityFinding, IntegrityKey,
    IntegrityObject, IntegrityStream, LoggingChange, Loss, Model, OperationRegion, ScopeDifference, Share,
};

use super::super::fonts::Fonts;
use super::super::layout::Flow;
use super::super::table::{Cell, Column, Kind, Table, listing_note};
use super::parts;

/// Fills the document.
pub(crate) fn draw<'f>(model: &Model, fonts: &'f Fonts) -> Flow<'f> {
    let it = &model.completeness;
    let title = format!("Completeness and integrity – {} – {}", model.head.entity, model.head.system);
    let mut flow = Flow::new(fonts, &title, "Completeness and integrity");
    flow.title("Completeness and integrity");
    flow.strong(&it.sentence);
    flow.section("Statement of source");
    flow.fact_list(&it.statement);
    flow.section("Integrity");
    integrity(&mut flow, &it.integrity);
    flow.section("Reconciliation");
    reconciliation(&mut flow, &it.reconciliation);
    flow.section("Coverage");
    let caption = format!("Hours of the window by state ({} strips)", it.strips.len());
    flow.strips(&caption, &model.head, &it.strips);
    gaps(&mut flow, it);
    flow.section("What was not read or not understood");
    losses(&mut flow, it);
    flow.section("Scope and logging");
    scope_differences(&mut flow, &it.scope_differences);
    logging_changes(&mut flow, it);
    flow.section("Identity grades");
    grades(&mut flow, &it.grades);
    flow.section("Accesses");
    parts::days(&mut flow, "Accesses per day by kind (UTC)", &it.per_day);
    operations(&mut flow, &it.operations);
    flow.section("Input files");
    shares(&mut flow, "Files by outcome and trust", &it.files);
    file_rows(&mut flow, it);
    flow
}

const STREAMS: [Column; 5] = [
    ("Stream", Kind::Words),
    ("Deliveries attested", Kind::Words),
    ("Chains", Kind::Number),
    ("Valid digests", Kind::Words),
    ("Valid log files", Kind::Words),
];
const KEYS: [Column; 4] = [
    ("Fingerprint, SHA-256", Kind::Reference),
    ("Valid, region", Kind::Words),
    ("File", Kind::Words),
    ("Verified", Kind::Number),
];
const FINDINGS: [Column; 4] = [
    ("Class", Kind::Whole),
    ("Finding, stream", Kind::Words),
    ("From, to", Kind::Words),
    ("What it means", Kind::Words),
];
const OBJECTS: [Column; 4] =
    [("Class", Kind::Whole), ("Kind, status", Kind::Words), ("File", Kind::Reference), ("More", Kind::Words)];

/// Caption, columns, rows, and how many rows there are in all; 0 where all are shown.
type Shown<'t> = (&'t str, &'t [Column], Vec<Vec<Cell>>, u64);

fn integrity(flow: &mut Flow<'_>, it: &Integrity) {
    flow.paragraph(&it.sentence);
    flow.fact_list(&it.facts);
    let stream = |stream: &IntegrityStream| {
        vec![
            Cell::words(&stream.label),
            Cell::words(&stream.attested),
            Cell::number(stream.chains),
            Cell::words(&format!("{} of {}", stream.digests, stream.of_digests)),
            Cell::words(&format!("{} of {}", stream.logs, stream.of_logs)),
        ]
    };
    let key = |key: &IntegrityKey| {
        vec![
            Cell::code(&key.fingerprint).and_code(&key.sha256),
            Cell::words(&key.window).and(&key.region),
            Cell::words(&key.source),
            Cell::number(key.verified),
        ]
    };
    let finding = |finding: &IntegrityFinding| {
        vec![
            Cell::words(&finding.class),
            Cell::words(&finding.id).and(&finding.stream),
            Cell::words(&finding.from).and(&finding.to),
            Cell::words(&finding.text),
        ]
    };
    let object = |object: &IntegrityObject| {
        vec![
            Cell::words(&object.class),
            Cell::words(&object.kind).and(&object.words),
            Cell::code(&object.path),
            Cell::words(&object.detail),
        ]
    };
    let note = |shown: usize, total: u64| match total > shown as u64 {
        true => format!("{shown} of {total} are shown; all stand in data/integrity.json."),
        false => String::new(),
    };
    let tables: [Shown<'_>; 4] = [
        (
            "Streams: one trail's deliveries of one account and region",
            &STREAMS,
            it.streams.iter().map(stream).collect(),
            0,
        ),
        ("Public keys supplied: what the proof rests on", &KEYS, it.keys.iter().map(key).collect(), 0),
        ("Findings", &FINDINGS, it.findings.rows.iter().map(finding).collect(), it.findings.total),
        (
            "Digests and log files that are not plainly fine",
            &OBJECTS,
            it.objects.rows.iter().map(object).collect(),
            it.objects.total,
        ),
    ];
    for (caption, columns, rows, total) in tables {
        if !rows.is_empty() {
            let note = note(rows.len(), total);
            flow.table(Table { caption, columns, rows, note });
        }
    }
}

const BOXES: [Column; 4] =
    [("Step", Kind::Words), ("Count", Kind::Number), ("Check", Kind::Words), ("Adds up", Kind::Whole)];

fn reconciliation(flow: &mut Flow<'_>, lines: &[BoxLine]) {
    let row = |line: &BoxLine| {
        let holds = if line.holds { "yes" } else { "NO" };
        vec![Cell::words(&line.step), Cell::number(line.count), Cell::words(&line.check), Cell::words(holds)]
    };
    let rows = lines.iter().map(row).collect();
    let caption = "Every record read ends in exactly one box";
    flow.table(Table { caption, columns: &BOXES, rows, note: String::new() });
}

const GAPS: [Column; 6] = [
    ("Account, region", Kind::Words),
    ("Table, class", Kind::Words),
    ("From", Kind::Whole),
    ("To", Kind::Whole),
    ("Hours", Kind::Number),
    ("State, cause, tests", Kind::Words),
];

fn gaps(flow: &mut Flow<'_>, it: &Completeness) {
    let row = |gap: &CoverageGap| {
        vec![
            Cell::words(&gap.account).and(&gap.region),
            Cell::words(&gap.table).and(&gap.class),
            Cell::words(&gap.from),
            Cell::words(&gap.to),
            Cell::number(gap.hours),
            Cell::words(&gap.state).and(&gap.cause).and(&gap.tests.join(", ")),
        ]
    };
    let rows = it.gaps.rows.iter().map(row).collect();
    let caption = parts::counted("Hours that are not proven", &it.gaps);
    flow.table(Table { caption: &caption, columns: &GAPS, rows, note: listing_note(&it.gaps) });
}

const LOSSES: [Column; 4] =
    [("Kind, detail", Kind::Words), ("File", Kind::Words), ("Place", Kind::Words), ("Count", Kind::Number)];

fn losses(flow: &mut Flow<'_>, it: &Completeness) {
    let row = |loss: &Loss| {
        vec![
            Cell::words(&loss.kind).and(&loss.detail),
            Cell::code(&loss.file),
            Cell::words(&loss.position),
            Cell::number(loss.count),
        ]
    };
    let rows = it.losses.rows.iter().map(row).collect();
    let caption = parts::counted("Losses by kind", &it.losses);
    flow.table(Table { caption: &caption, columns: &LOSSES, rows, note: listing_note(&it.losses) });
}

const DIFFERENCES: [Column; 4] =
    [("Difference", Kind::Words), ("Kind", Kind::Words), ("Name", Kind::Words), ("Accesses", Kind::Number)];

fn scope_differences(flow: &mut Flow<'_>, differences: &[ScopeDifference]) {
    let row = |it: &ScopeDifference| {
        vec![Cell::words(&it.what), Cell::words(&it.kind), Cell::code(&it.name), Cell::number(it.count)]
    };
    let rows = differences.iter().map(row).collect();
    let caption = "Declared scope against what was seen";
    flow.table(Table { caption, columns: &DIFFERENCES, rows, note: String::new() });
}

const CHANGES: [Column; 4] = [
    ("Time (UTC)", Kind::Whole),
    ("Operation, trail", Kind::Words),
    ("Where, who", Kind::Words),
    ("Meaning, citation", Kind::Reference),
];

fn logging_changes(flow: &mut Flow<'_>, it: &Completeness) {
    let row = |change: &LoggingChange| {
        vec![
            Cell::words(&change.time),
            Cell::words(&change.operation).and_code(&change.trail),
            Cell::words(&change.person).and(&format!("{} {}", change.account, change.region)),
            Cell::words(&change.meaning).and_code(&change.citation),
        ]
    };
    let changes = &it.logging_changes;
    let rows = changes.rows.iter().map(row).collect();
    let caption = parts::counted("Changes of logging found in the records", changes);
    flow.table(Table { caption: &caption, columns: &CHANGES, rows, note: listing_note(changes) });
}

const GRADES: [Column; 4] = [
    ("Grade", Kind::Whole),
    ("Meaning", Kind::Words),
    ("Accesses", Kind::Number),
    ("People or principals", Kind::Number),
];

fn grades(flow: &mut Flow<'_>, grades: &[GradeShare]) {
    flow.grade_bar(grades);
    let row = |it: &GradeShare| {
        vec![
            Cell::words(&it.grade),
            Cell::words(&it.meaning),
            Cell::number(it.accesses),
            Cell::number(it.principals),
        ]
    };
    let rows = grades.iter().map(row).collect();
    let caption = "Accesses by identity grade";
    flow.table(Table { caption, columns: &GRADES, rows, note: String::new() });
}

const OPERATIONS: [Column; 5] = [
    ("Operation", Kind::Words),
    ("Region", Kind::Whole),
    ("Accesses", Kind::Number),
    ("Of these refused", Kind::Number),
    ("Share of the most", Kind::Bar),
];

fn operations(flow: &mut Flow<'_>, operations: &[OperationRegion]) {
    let most = operations.iter().map(|it| it.accesses).max().unwrap_or(0).max(1) as f32;
    let row = |it: &OperationRegion| {
        vec![
            Cell::words(&it.operation),
            Cell::words(&it.region),
            Cell::number(it.accesses),
            Cell::number(it.refused),
            Cell::bar(it.accesses as f32 / most, it.refused as f32 / most),
        ]
    };
    let rows = operations.iter().map(row).collect();
    let note = if operations.is_empty() { "" } else { "Bars: all accesses; the crossed part was refused." };
    let caption = "Accesses by operation and region";
    flow.table(Table { caption, columns: &OPERATIONS, rows, note: note.to_owned() });
}

const SHARES: [Column; 2] = [("What", Kind::Words), ("Count", Kind::Number)];

fn shares(flow: &mut Flow<'_>, caption: &str, shares: &[Share]) {
    let rows = shares.iter().map(|it| vec![Cell::words(&it.label), Cell::number(it.count)]).collect();
    flow.table(Table { caption, columns: &SHARES, rows, note: String::new() });
}

const FILES: [Column; 4] = [
    ("File", Kind::Whole),
    ("Path, SHA-256 of the content", Kind::Words),
    ("Outcome, trust", Kind::Words),
    ("Records", Kind::Number),
];

fn file_rows(flow: &mut Flow<'_>, it: &Completeness) {
    let row = |file: &FileRow| {
        vec![
            Cell::words(&file.id),
            Cell::code(&file.path).and_code(&file.sha256),
            Cell::words(&file.outcome).and(&file.trust),
            Cell::number(file.records),
        ]
    };
    let rows = it.file_rows.rows.iter().map(row).collect();
    let caption = parts::counted("Input files", &it.file_rows);
    flow.table(Table { caption: &caption, columns: &FILES, rows, note: listing_note(&it.file_rows) });
}

//! `human/00-overview.pdf`: cover, executive summary, scope, limits, glossary, files.
//! Comes in: the model. Goes out: a flow; always small.
//! Never holds rows about single events.

use crate::bundle::model::{DataFile, Head, Model, PackFacts, Summary};

use super::super::fonts::Fonts;
use super::super::layout::Flow;
use super::super::table::{Cell, Column, Kind, Table};
use super::super::text;
use super::parts;

/// Fills the document.
pub(crate) fn draw<'f>(model: &Model, fonts: &'f Fonts) -> Flow<'f> {
    let head = &model.head;
    let title = format!("Log evidence – {} – {}", head.entity, head.system);
    let mut flow = Flow::new(fonts, &title, "Overview");
    cover(&mut flow, model);
    flow.part("Overview · Executive summary");
    summary(&mut flow, &model.summary);
    flow.part("Overview · Scope and parameters");
    flow.section("Scope and parameters");
    model.packs.iter().for_each(|pack| pack_facts(&mut flow, pack));
    flow.heading("Parameters in effect");
    flow.fact_list(&model.parameters);
    flow.section("What limits this evidence");
    parts::limits(&mut flow, &model.limits);
    flow.section("Glossary");
    flow.fact_list(&model.glossary);
    files(&mut flow, &model.data_files);
    flow
}

fn cover(flow: &mut Flow<'_>, model: &Model) {
    let head = &model.head;
    flow.title("Log evidence");
    flow.strong(&model.summary.sentence);
    flow.gap(8.0);
    flow.facts(head.frameworks.iter().map(|framework| ("Framework", framework.as_str())));
    let system = format!("{} – {}", head.entity, head.system);
    let window = window(head);
    flow.facts([
        ("Entity, system", system.as_str()),
        ("Window (UTC)", &window),
        ("Window, local", &head.window_local),
        ("Sources", &head.sources),
        ("Prepared by", &head.prepared_by),
        ("Made with", &head.generator),
        ("As of", &head.as_of),
    ]);
    flow.gap(6.0);
    flow.facts([
        ("Bundle", head.bundle_id.as_str()),
        ("Content digest", &head.content_digest),
        ("Classification", &head.classification),
        ("Redaction", &head.redaction),
        ("Replaces", &head.replaces),
        ("Keep until", &head.keep_until),
        ("Contact", &head.contact),
        ("Request reference", &head.reference),
    ]);
    flow.section("How to read this bundle");
    flow.paragraph(
        "This bundle reports what the records show for the stated window; people conclude. Limits stand before findings. \
         Each citation names a file and the place of the record in it, so that a stranger can open it with ordinary tools.",
    );
    flow.facts(DOCUMENTS);
    flow.paragraph(
        "The HTML pages (human/index.html) hold the same content and are the accessible form; this PDF is not tagged. \
         The bundle is unsigned and has no time stamp; run facts are in manifest.json. README.txt says how to check the bundle \
         without the product; `trailwitness verify` checks all of it.",
    );
}

const DOCUMENTS: [(&str, &str); 5] = [
    ("00-overview.pdf", "this document: summary, scope, limits, glossary"),
    ("10-completeness.pdf", "where the records came from, and whether they are all there"),
    (
        "20-controls….pdf",
        "one document a rule pack, one section a requirement: what was tested and what came out",
    ),
    ("30-exceptions.pdf", "the register of exceptions, with a block to sign"),
    ("50-users/", "one dossier a person, workload or unresolved principal"),
];

fn window(head: &Head) -> String {
    let (from, to) = (&head.window_from, &head.window_to);
    format!("{from} to {to} ({} hours); reporting zone {}", text::figure(head.window_hours), head.zone)
}

fn summary(flow: &mut Flow<'_>, summary: &Summary) {
    flow.title("Executive summary");
    flow.strong(&summary.sentence);
    flow.heading("What limits this evidence, worst first");
    flow.list(&summary.limits);
    for pack in &summary.packs {
        if summary.packs.len() > 1 {
            flow.heading(&pack.framework);
            flow.paragraph(&pack.sentence);
        }
        parts::verdict_table(flow, &format!("Requirements of rule pack {}", pack.pack), &pack.rows);
    }
    flow.heading("What the assessor still needs from elsewhere");
    flow.list(&summary.needs);
    flow.heading("The run at a glance");
    flow.fact_list(&summary.facts);
}

fn pack_facts(flow: &mut Flow<'_>, pack: &PackFacts) {
    flow.heading(&format!("Rule pack {} {}", pack.id, pack.version));
    let approval = match pack.approved_on.is_empty() {
        true => pack.approver.clone(),
        false => format!("{}, {}", pack.approver, pack.approved_on),
    };
    flow.facts([
        ("Title", pack.title.as_str()),
        ("Framework", &pack.framework),
        ("Scope", &pack.scope),
        ("Author", &pack.author),
        ("Approved by", &approval),
        ("Approval", &pack.approval),
        ("Against shipped", &pack.difference),
        ("SHA-256", &pack.sha256),
    ]);
}

const FILES: [Column; 3] =
    [("File and what it holds", Kind::Words), ("Rows", Kind::Number), ("SHA-256", Kind::Whole)];

fn files(flow: &mut Flow<'_>, files: &[DataFile]) {
    let row = |file: &DataFile| {
        vec![Cell::code(&file.path).and(&file.words), Cell::number(file.rows), Cell::code(&file.sha256)]
    };
    let rows = files.iter().map(row).collect();
    flow.section("Data files of the bundle");
    let note = "The content digest on every page covers these files: SHA-256 over the sorted lines of their SHA-256 and path.";
    flow.table(Table { caption: "Data files", columns: &FILES, rows, note: note.to_owned() });
}

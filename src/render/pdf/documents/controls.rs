//! `human/20-controls….pdf`: an index, then one section a requirement of one rule pack in a fixed order.
//! Comes in: the requirements of a pack. Goes out: a flow.
//! Never shows a verdict apart from its limits: both stand on the first half of a requirement's first page.

use crate::bundle::model::{
    Breakdown, CauseCount, ExceptionGroup, Model, PackSummary, Requirement, Share, Test,
};

use super::super::fonts::Fonts;
use super::super::layout::Flow;
use super::super::table::{Cell, Column, Kind, Table};
use super::super::text;
use super::parts;

/// Fills the document of one pack.
pub(crate) fn draw<'f>(model: &Model, pack: &PackSummary, fonts: &'f Fonts) -> Flow<'f> {
    let title = format!("Requirements – {} – {}", model.head.entity, model.head.system);
    let mut flow = Flow::new(fonts, &title, "Requirements");
    flow.title(&format!("Requirements of {}", pack.framework));
    flow.strong(&pack.sentence);
    flow.gap(4.0);
    flow.anchor(INDEX);
    let requirements = || model.requirements.iter().filter(|it| it.pack == pack.pack);
    for requirement in requirements() {
        let words =
            format!("{} {} – {}", requirement.number, requirement.title, requirement.verdict.as_str());
        flow.index_line(Some(requirement.verdict), &words, &anchor(requirement));
    }
    if pack.rows.is_empty() {
        flow.paragraph("No requirement was examined.");
    }
    let mut after_tested = true;
    for requirement in requirements() {
        let tested = !requirement.tests.is_empty();
        // Requirements without tests are short: they share pages.
        if tested || after_tested {
            flow.part(&format!("{} · {}", requirement.framework, requirement.number));
        }
        after_tested = tested;
        section(&mut flow, requirement, &model.exceptions.rows);
    }
    flow
}

/// Anchor of the list of requirements.
const INDEX: &str = "index";

fn anchor(requirement: &Requirement) -> String {
    format!("{}/{}", requirement.pack, requirement.slug)
}

fn section(flow: &mut Flow<'_>, it: &Requirement, register: &[ExceptionGroup]) {
    flow.anchor(&anchor(it));
    flow.section(&format!("{} {}", it.number, it.title));
    if !it.words.is_empty() {
        flow.paragraph(&it.words);
    }
    let reference = match it.evidence_ref.as_str() {
        "" => String::new(),
        reference => format!(" Evidence reference {reference}."),
    };
    flow.note(&format!("{}, in our words; see the standard for the binding text.{reference}", it.framework));
    flow.gap(3.0);
    flow.verdict(it.verdict, &it.other_words, &it.qualifiers);
    if !it.declaration.is_empty() {
        flow.paragraph(&it.declaration);
    }
    for note in &it.notes {
        flow.note(note);
    }
    flow.heading("Limits that apply");
    parts::limits(flow, &it.limits);
    flow.heading("What this evidence shows");
    flow.facts([
        ("Statement", it.statement.as_str()),
        ("Shows", &it.shows),
        ("Cannot show", &it.cannot_show),
        ("Assessor methods", &it.methods),
        ("Automation", &it.status),
    ]);
    for test in &it.tests {
        section_test(flow, test);
    }
    if it.tests.is_empty() {
        flow.heading("Tests");
        flow.paragraph("none");
    }
    groups(flow, it, register);
    flow.heading("What else to ask for");
    flow.list(&it.needs);
    flow.heading("Same question in other frameworks");
    flow.list(&it.crosswalk);
    if !it.script.is_empty() {
        flow.heading("Rule text that ran");
        flow.script(&it.script);
    }
    flow.lead_to("back to the list of requirements", INDEX);
}

fn section_test(flow: &mut Flow<'_>, test: &Test) {
    flow.heading(&format!("Test {} – {}", test.id, test.name));
    flow.paragraph(&test.words);
    flow.verdict(test.verdict, "", &test.qualifiers);
    if !test.reasons.is_empty() {
        flow.list(&test.reasons);
    }
    let population = format!("{} {}", text::figure(test.population), test.unit);
    let events = test.events.map(text::figure);
    let mut facts = vec![("Population", test.population_words.as_str()), ("Size", &population)];
    facts.extend(events.as_deref().map(|events| ("Distinct events", events)));
    facts.extend([("Population digest", &*test.population_digest), ("Coverage", &*test.coverage)]);
    flow.facts(facts);
    if !test.parameters.is_empty() {
        flow.caption("Parameters", 30.0);
        flow.fact_list(&test.parameters);
    }
    if !test.elements.is_empty() {
        flow.caption("Elements present in the population", 30.0);
        flow.fact_list(&test.elements);
    }
    result(flow, test);
    causes(flow, &test.causes);
    test.breakdowns.iter().for_each(|breakdown| self::breakdown(flow, test, breakdown));
    let (shown, all) = (test.conforming_examples.len(), text::figure(test.conforming));
    flow.caption(&format!("Examples that conform: {shown} of {all} {}", test.unit), 30.0);
    flow.list(&test.conforming_examples);
}

const RESULT: [Column; 4] = [
    ("Conforming", Kind::Number),
    ("Exceptions", Kind::Number),
    ("Undetermined", Kind::Number),
    ("Population", Kind::Number),
];

fn result(flow: &mut Flow<'_>, test: &Test) {
    let counts = [test.conforming, test.exceptions, test.undetermined, test.population];
    let rows = vec![counts.map(Cell::number).to_vec()];
    flow.table(Table { caption: "Result", columns: &RESULT, rows, note: String::new() });
}

const CAUSES: [Column; 4] =
    [("Outcome", Kind::Whole), ("Cause", Kind::Words), ("In words", Kind::Words), ("Count", Kind::Number)];

fn causes(flow: &mut Flow<'_>, causes: &[CauseCount]) {
    let row = |it: &CauseCount| {
        vec![Cell::words(&it.outcome), Cell::words(&it.cause), Cell::words(&it.words), Cell::number(it.count)]
    };
    let rows = causes.iter().map(row).collect();
    let caption = "Exceptions and undetermined by cause";
    flow.table(Table { caption, columns: &CAUSES, rows, note: String::new() });
}

const SHARES: [Column; 2] = [("Value", Kind::Words), ("Count", Kind::Number)];

fn breakdown(flow: &mut Flow<'_>, test: &Test, breakdown: &Breakdown) {
    let row = |it: &Share| vec![Cell::words(&it.label), Cell::number(it.count)];
    let rows = breakdown.rows.iter().map(row).collect();
    let caption = format!("Population {} (sums to {})", breakdown.by, text::figure(test.population));
    let caption = if breakdown.by == "elements present" {
        "Elements present in the population".to_owned()
    } else {
        caption
    };
    flow.table(Table { caption: &caption, columns: &SHARES, rows, note: String::new() });
}

const GROUPS: [Column; 5] = [
    ("Register", Kind::Whole),
    ("Cause", Kind::Words),
    ("Subject", Kind::Words),
    ("Count", Kind::Number),
    ("Answer", Kind::Words),
];

/// The groups of the register that belong to a requirement; their citations stand in the register.
fn groups(flow: &mut Flow<'_>, it: &Requirement, register: &[ExceptionGroup]) {
    let prefix = format!("{}/", it.pack);
    let belongs = |group: &&ExceptionGroup| group.slug == it.slug && group.test.starts_with(&prefix);
    let row = |group: &ExceptionGroup| {
        vec![
            Cell::words(&group.id),
            Cell::words(&group.cause_words).and(&group.outcome),
            Cell::code(&group.subject),
            Cell::number(group.count),
            Cell::words(&group.disposition),
        ]
    };
    let rows: Vec<_> = register.iter().filter(belongs).map(row).collect();
    if !rows.is_empty() {
        let caption = "Groups in the exceptions register (30-exceptions.pdf)";
        flow.table(Table { caption, columns: &GROUPS, rows, note: String::new() });
    }
}

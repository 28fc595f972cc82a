//! `data/findings.csv`: what every test over the run made of each object, conforming ones too; `data/objects.csv`: the
//! objects, each told once with the records behind it, however many tests judged it. Tests over accesses have their
//! answers in answers.csv.

use std::path::Path;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::Inputs;
use super::exceptions::{self, Group};
use super::table::{self, Column, Table, Written};
use crate::error::Result;
use crate::rules::{Answer, Finding};
use crate::sources::hex;
use crate::verdicts::TestPlace;

/// Columns of findings.csv.
pub const COLUMNS: &[Column] = &[
    ("test", "text", "test id", "none"),
    ("object", "text", "kind of object, as the rules call it", "none"),
    ("name", "text", "its name; kind and name, one a line, make the population digest", "person"),
    ("outcome", "text", "conforming, exception, undetermined", "none"),
    ("cause", "text", "cause code of exceptions and undetermined", "none"),
    ("object_id", "text", "its row in objects.csv", "none"),
];

/// Columns of objects.csv.
pub const OBJECTS: &[Column] = &[
    ("object_id", "text", "O-000001, in the order of findings.csv", "none"),
    ("object", "text", "kind of object, as the rules call it", "none"),
    (
        "name",
        "text",
        "its name; packs that set other pauses see other clusters and stretches, each with a row of its own",
        "person",
    ),
    ("first_seen", "time", "first time it speaks of", "none"),
    ("last_seen", "time", "last time it speaks of", "none"),
    ("user_token", "text", "principal, if it is one; see users.csv", "person"),
    ("objects", "text", "what was touched or what tells of it, at most 50, separated by spaces", "none"),
    ("citations", "text", "first 20 records: event_ref file#index, separated by spaces", "account"),
    (
        "told",
        "text",
        "what the rule could see of it: members and values; packs explain --api says what each means",
        "person",
    ),
    (
        "copies",
        "text",
        "records of the actions cited in the logs of other accounts, in the same order: event_ref file#index, separated by spaces",
        "account",
    ),
];

/// Writes both tables, tests in their order, objects in that of their names.
///
/// # Errors
/// When one cannot be written.
pub fn write(bundle: &Path, inputs: &Inputs<'_>) -> Result<Vec<Written>> {
    let mut tables = Tables {
        inputs,
        findings: Table::new(bundle, "data/findings.csv", COLUMNS),
        objects: Table::new(bundle, "data/objects.csv", OBJECTS),
        known: FxHashMap::default(),
    };
    for (place, findings) in inputs.tests.iter().zip(&inputs.judged.findings) {
        tables.test(place, findings)?;
    }
    let mut written = tables.findings.finish()?;
    written.extend(tables.objects.finish()?);
    Ok(written)
}

/// The population digest of a test over objects: SHA-256 over the sorted lines `KIND NAME` as data/findings.csv holds them,
/// so that anybody can make it anew from there.
pub fn digest(findings: &[Finding]) -> String {
    let line =
        |finding: &Finding| format!("{} {}\n", finding.subject.object(), table::text(&finding.subject.name));
    let mut lines: Vec<String> = findings.iter().map(line).collect();
    lines.sort();
    lines.dedup();
    hex(&Sha256::digest(lines.concat().as_bytes()))
}

struct Tables<'a> {
    inputs: &'a Inputs<'a>,
    findings: Table,
    objects: Table,
    /// Name cell and id of each object that was told.
    known: FxHashMap<exceptions::ObjectKey, (String, String)>,
}

impl Tables<'_> {
    fn test(&mut self, place: &TestPlace<'_>, findings: &[Finding]) -> Result<()> {
        let id = table::quoted(&place.id());
        let mut sorted: Vec<&Finding> = findings.iter().collect();
        sorted.sort_by(|a, b| (&a.subject.name, &a.answer).cmp(&(&b.subject.name, &b.answer)));
        for finding in sorted {
            let key = exceptions::key(self.inputs, place, &finding.subject);
            if !self.known.contains_key(&key) {
                let told = self.object(place, finding)?;
                self.known.insert(key, told);
            }
            let Some((name, object_id)) = self.known.get(&key) else { continue };
            let (outcome, cause) = match &finding.answer {
                Answer::Conforming => ("conforming", ""),
                Answer::Exception(cause) => ("exception", cause.as_str()),
                Answer::Undetermined(cause) => ("undetermined", cause.as_str()),
            };
            let line = self.findings.row();
            for safe in [&id, finding.subject.object(), name, outcome] {
                table::plain(line, safe);
            }
            table::cell(line, cause);
            table::plain(line, object_id);
            table::end(line);
            self.findings.row_done()?;
        }
        Ok(())
    }

    /// Tells an object; gives its name as a cell, and its id.
    fn object(&mut self, place: &TestPlace<'_>, finding: &Finding) -> Result<(String, String)> {
        let subject = &finding.subject;
        let id = format!("O-{:06}", self.known.len() + 1);
        let name = table::quoted(&subject.name);
        let Group { shown, token } = exceptions::about(self.inputs, place, subject);
        let cited: Vec<String> =
            shown.citations.iter().map(|cited| format!("{} {}", cited.event_ref, cited.place)).collect();
        let line = self.objects.row();
        for safe in [&id, subject.object(), &name, &shown.first_seen, &shown.last_seen, &token] {
            table::plain(line, safe);
        }
        table::cell(line, &shown.objects.join(" "));
        table::cell(line, &cited.join(" "));
        table::cell(line, &self.inputs.judged.facts.of(place).run.told(subject));
        table::cell(line, &exceptions::copies_told(&shown.citations));
        table::end(line);
        self.objects.row_done()?;
        Ok((name, id))
    }
}

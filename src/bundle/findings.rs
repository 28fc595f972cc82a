//! `data/findings.csv`: every object of the run that a test judged, conforming ones too, with what tells of it. Tests
//! over accesses have their answers in answers.csv.

use std::path::Path;

use super::Inputs;
use super::exceptions;
use super::table::{self, Column, Table, Written};
use crate::error::Result;
use crate::rules::Answer;

/// Columns of findings.csv.
pub const COLUMNS: &[Column] = &[
    ("test", "text", "test id", "none"),
    ("object", "text", "kind of object, as the rules call it", "none"),
    ("name", "text", "its name; kind and name, one a line, make the population digest", "person"),
    ("outcome", "text", "conforming, exception, undetermined", "none"),
    ("cause", "text", "cause code of exceptions and undetermined", "none"),
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

/// Writes the table, tests in their order, objects in that of their names.
///
/// # Errors
/// When it cannot be written.
pub fn write(bundle: &Path, inputs: &Inputs<'_>) -> Result<Vec<Written>> {
    let mut table = Table::new(bundle, "data/findings.csv", COLUMNS);
    for (place, findings) in inputs.tests.iter().zip(&inputs.judged.findings) {
        let id = place.id();
        let mut findings: Vec<_> = findings.iter().collect();
        findings.sort_by(|a, b| (&a.subject.name, &a.answer).cmp(&(&b.subject.name, &b.answer)));
        for finding in findings {
            let (outcome, cause) = match &finding.answer {
                Answer::Conforming => ("conforming", ""),
                Answer::Exception(cause) => ("exception", cause.as_str()),
                Answer::Undetermined(cause) => ("undetermined", cause.as_str()),
            };
            let group = exceptions::about(inputs, place, &finding.subject);
            let cited: Vec<String> = group
                .shown
                .citations
                .iter()
                .map(|cited| format!("{} {}", cited.event_ref, cited.place))
                .collect();
            let line = table.row();
            let cells = [
                &id,
                finding.subject.object(),
                &finding.subject.name,
                outcome,
                cause,
                &group.shown.first_seen,
                &group.shown.last_seen,
                &group.token,
                &group.shown.objects.join(" "),
                &cited.join(" "),
                &inputs.judged.facts.of(place).run.told(&finding.subject),
                &exceptions::copies_told(&group.shown.citations),
            ];
            cells.into_iter().for_each(|cell| table::cell(line, cell));
            table::end(line);
            table.row_done()?;
        }
    }
    table.finish()
}

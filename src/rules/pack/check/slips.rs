//! Checks that stand beside the reading of a pack: scripts that cannot be read, official numbers, requirements named
//! twice, and notes on rules that are asked access by access.

use std::collections::BTreeMap;

use rhai::Position;

use super::super::written::PackToml;
use super::Checker;
use crate::rules::lint::{Problem, Source, Use, unreadable};
use crate::rules::numbers;

impl Checker<'_> {
    /// A script that the parser refuses: the last slip ends the reading of its control.
    pub(super) fn unreadable(&mut self, rules: Source<'_>, error: &rhai::ParseError) -> Problem {
        let mut found = unreadable(rules, error);
        let last = found.pop().unwrap_or_else(|| rules.at_position(error.position(), error.to_string()));
        self.problems.extend(found);
        last
    }

    /// Numbers that stand twice, and numbers that the framework does not have.
    pub(super) fn numbers(&mut self, source: Source<'_>, written: &PackToml) {
        let official = numbers::of(&written.framework, &written.edition);
        if official.is_none() {
            self.edition(source, written);
        }
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for requirement in &written.requirements {
            let number = requirement.number.as_str();
            let count = seen.entry(number).and_modify(|count| *count += 1).or_insert(1);
            if *count == 2 {
                let problem = at_number(source, number, 1, format!("requirement {number} stands twice"));
                self.problems
                    .insert(problem.hint("name each requirement once; remove one or mend its number"));
            }
            if let Some(official) = official.as_ref().filter(|official| !official.know(number)) {
                let message = format!("{} {} has no number `{number}`", written.framework, written.edition);
                let hint = "a pack with numbers of its own states another framework";
                let problem = at_number(source, number, 0, message).hint(hint);
                self.problems.insert(problem.nearest(number, official.iter()));
            }
        }
    }

    /// A framework that is known, in an edition that is not.
    fn edition(&mut self, source: Source<'_>, written: &PackToml) {
        let known: Vec<&str> = numbers::editions(&written.framework).collect();
        if !known.is_empty() {
            let message = format!(
                "the numbers of {} in edition `{}` are not known here, so they are not checked",
                written.framework, written.edition
            );
            let problem = source.at_text("edition", message).note();
            self.problems.insert(problem.hint(format!("known editions: {}", known.join(", "))));
        }
    }

    /// How many problems keep the pack from running.
    pub(super) fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| !problem.is_note()).count()
    }

    /// Notes which fields make a test run once an access instead of once a shape.
    pub(super) fn per_row(&mut self, rules: Source<'_>, test: u32, uses: &[Use]) {
        for (field, position) in uses.iter().flat_map(|using| &using.rows) {
            let name = field.facts().name;
            let message =
                format!("test {test} is computed access by access, because it reads access.{name} here");
            self.problems.insert(note(rules, *position, message));
        }
    }
}

fn note(rules: Source<'_>, position: Position, message: String) -> Problem {
    let hint =
        "this costs time on large logs; a field that many accesses share is asked once for all of them";
    rules.at_position(position, message).hint(hint).note()
}

/// A problem at the line `number = "…"` of a requirement, the first or a later one.
fn at_number(source: Source<'_>, number: &str, nth: usize, message: String) -> Problem {
    let quoted = format!("\"{number}\"");
    let places = source.text.match_indices(&quoted).filter(|(at, _)| {
        let before = source.text.get(..*at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.trim_start().starts_with("number")
    });
    match places.map(|(at, _)| at).nth(nth) {
        Some(at) => source.at_offset(at, message),
        None => source.at_text(&quoted, message),
    }
}

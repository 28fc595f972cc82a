//! The reconciliation: every record ends in exactly one counted box, and each line adds up (evidence-bundle §6.4).

use super::model::BoxLine;
use super::{Inputs, individuals};
use crate::events::Class;
use crate::ledger::FileOutcome;
use crate::ledger::individuals::Individuals;

/// The lines, in the order of the flow.
pub fn lines(inputs: &Inputs<'_>) -> Vec<BoxLine> {
    let mut lines = files(inputs);
    lines.extend(records(inputs));
    lines.extend(classes(inputs));
    lines.push(proofs(inputs));
    lines.extend(populations(inputs));
    lines
}

/// Whether every line holds.
pub fn all_hold(lines: &[BoxLine]) -> bool {
    lines.iter().all(|line| line.holds)
}

fn line(step: impl Into<String>, count: u64, check: impl Into<String>, holds: bool) -> BoxLine {
    BoxLine { step: step.into(), count, check: check.into(), holds }
}

fn files(inputs: &Inputs<'_>) -> Vec<BoxLine> {
    let files = &inputs.ledger.files;
    let count =
        |wanted: fn(&FileOutcome) -> bool| files.iter().filter(|file| wanted(&file.outcome)).count() as u64;
    let read = count(|outcome| matches!(outcome, FileOutcome::Read));
    let skipped = count(|outcome| matches!(outcome, FileOutcome::Skipped(_)));
    let failed = count(|outcome| matches!(outcome, FileOutcome::Failed(_)));
    let listed = files.len() as u64;
    vec![
        line(
            "Files listed",
            listed,
            format!("= {read} read + {skipped} skipped + {failed} failed"),
            listed == read + skipped + failed,
        ),
        line("Files read", read, "log files, lists and JSON lines read in full", true),
        line("Files skipped", skipped, "no log files, or passed over; reasons in files.csv", true),
        line("Files failed", failed, "could not be read in full; reasons in files.csv and gaps.csv", true),
    ]
}

fn records(inputs: &Inputs<'_>) -> Vec<BoxLine> {
    let boxes = &inputs.ledger.boxes;
    let by_file: u64 = inputs.ledger.files.iter().map(|file| file.records).sum();
    let (unique, inside) = (boxes.unique(), boxes.in_window());
    vec![
        line("Records parsed", boxes.parsed, "sum of files.csv", boxes.parsed == by_file),
        line(
            "Duplicates removed",
            boxes.duplicates,
            "same event reference and same content",
            boxes.duplicates <= boxes.parsed,
        ),
        line(
            "Unique records",
            unique,
            format!("= {} parsed - {} duplicates", boxes.parsed, boxes.duplicates),
            boxes.parsed == unique + boxes.duplicates,
        ),
        line(
            "Copies in other accounts",
            boxes.copies,
            "records of an action that is counted once, by another account's record with the same sharedEventID; accesses.csv names both",
            boxes.copies == inputs.ledger.views.iter().map(|views| views.len() as u64).sum::<u64>(),
        ),
        line("Outside the window", boxes.outside, "by event time", true),
        line(
            "In window",
            inside,
            format!("= {unique} unique - {} copies - {} outside", boxes.copies, boxes.outside),
            unique == inside + boxes.copies + boxes.outside,
        ),
        line(
            "Kept apart although their sharedEventID is the same",
            boxes.apart,
            "part of the records outside and in the window: they do not agree, so each is counted; reasons in gaps.csv",
            boxes.apart <= inside + boxes.outside,
        ),
        line(
            "In window without usable time",
            boxes.without_time,
            "part of the line above: they cannot be placed and count as inside",
            boxes.without_time <= inside,
        ),
    ]
}

fn classes(inputs: &Inputs<'_>) -> Vec<BoxLine> {
    let boxes = &inputs.ledger.boxes;
    let all =
        [Class::DataAccess, Class::TableManagement, Class::Catalogued, Class::OtherService, Class::SetAside];
    let count = |class: &Class| boxes.classes.get(class).copied().unwrap_or(0);
    let sum: u64 = all.iter().map(count).sum();
    let mut lines: Vec<BoxLine> = all
        .iter()
        .map(|class| line(format!("In window: {}", class.words()), count(class), "a box of the window", true))
        .collect();
    lines.push(line(
        "Sum of the boxes of the window",
        sum,
        format!("= {} in window", boxes.in_window()),
        sum == boxes.in_window(),
    ));
    let kept = sum - count(&Class::OtherService) - count(&Class::SetAside) + boxes.other_kept;
    let words = format!(
        "item and table access, catalogued events, and {} events of other services by root or privileged identities; one access for each object touched: {} accesses",
        boxes.other_kept,
        inputs.ledger.accesses()
    );
    lines.push(line("Events examined", kept, words, kept <= sum && inputs.ledger.accesses() >= kept));
    lines
}

/// Every access leads to somebody who is proven, to a name, or to nobody for a named reason.
fn proofs(inputs: &Inputs<'_>) -> BoxLine {
    let found = Individuals::of(inputs.ledger);
    let parts: Vec<String> = individuals::shares(&found)
        .into_iter()
        .map(|share| format!("{} {}", share.accesses, share.words))
        .collect();
    let accesses = inputs.ledger.accesses();
    line("Accesses examined", accesses, format!("= {}", parts.join(" + ")), accesses == found.accesses())
}

fn populations(inputs: &Inputs<'_>) -> Vec<BoxLine> {
    let mut lines = Vec::new();
    let inside = inputs.ledger.boxes.in_window();
    for (place, verdict) in inputs.tests.iter().zip(&inputs.judged.verdicts) {
        let counted = &verdict.counted;
        if let Some(events) = counted.events {
            let not = inside.saturating_sub(events);
            let check = format!("= {inside} in window - {events} in its population");
            lines.push(line(
                format!("Events not in population of {}", place.id()),
                not,
                check,
                inside == not + events,
            ));
        }
        let parts = counted.conforming + counted.exceptions + counted.undetermined;
        let check = format!(
            "= {} conforming + {} exceptions + {} undetermined ({})",
            counted.conforming, counted.exceptions, counted.undetermined, place.test.unit
        );
        lines.push(line(
            format!("Population of {}", place.id()),
            counted.population,
            check,
            counted.population == parts,
        ));
    }
    lines
}

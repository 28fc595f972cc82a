//! Populations made anew from the data files: digest of each, and how many things conform, contradict or are undetermined.
//! Comes in: `answers.csv` with `accesses.csv.gz`, `findings.csv`. Goes out: what agrees with the manifest.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Findings, each_access, parts};
use crate::sources::hex;

/// The outcomes in data files, and the members of the manifest that count them.
const OUTCOMES: [(&str, &str); 3] =
    [("conforming", "conforming"), ("exception", "exceptions"), ("undetermined", "undetermined")];

/// What the data files say of one test.
#[derive(Default)]
struct Recount {
    digest: Sha256,
    /// The reference hashed last: an event counts once in the digest, each of its accesses in the numbers.
    last: String,
    counts: [u64; 3],
}

/// Checks every test of the manifest.
pub(super) fn check(folder: &Path, manifest: &Value, findings: &mut Findings) {
    let mut recounts = match accesses(folder) {
        Ok(recounts) => recounts,
        Err(error) => return findings.unchecked.push(format!("population digests: {error}")),
    };
    match objects(folder) {
        Ok(others) => recounts.extend(others),
        Err(error) => return findings.unchecked.push(format!("population digests: {error}")),
    }
    for (id, test) in manifest.get("tests").and_then(Value::as_object).into_iter().flatten() {
        one(id, test, recounts.remove(id).unwrap_or_default(), findings);
    }
    for id in recounts.keys() {
        findings.differs.push(format!("{id}: data files answer a test that the manifest does not name"));
    }
}

fn one(id: &str, test: &Value, recount: Recount, findings: &mut Findings) {
    let stated = test.get("population_digest").and_then(Value::as_str).unwrap_or("");
    let actual = hex(&recount.digest.finalize());
    if stated.is_empty() {
        findings.unchecked.push(format!("{id}: the manifest states no population digest"));
    } else {
        findings.check(stated == actual, format!("{id}: population digest {actual}"));
    }
    let same = OUTCOMES
        .iter()
        .zip(recount.counts)
        .all(|((_, member), count)| test.get(*member).and_then(Value::as_u64) == Some(count));
    let told: Vec<String> = OUTCOMES
        .iter()
        .zip(recount.counts)
        .map(|((outcome, _), count)| format!("{count} {outcome}"))
        .collect();
    findings.check(same, format!("{id}: {} in the data files", told.join(", ")));
}

/// Tests over accesses, from each access's group and what each test made of that group.
fn accesses(folder: &Path) -> Result<BTreeMap<String, Recount>, csv::Error> {
    let mut tests: Vec<(String, Recount)> = Vec::new();
    let mut groups: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for row in csv::Reader::from_path(folder.join("data/answers.csv"))?.records() {
        let row = row?;
        let (Some(test), Some(group), Some(answer)) = (row.get(0), row.get(1), row.get(2)) else { continue };
        let Some(outcome) = OUTCOMES.iter().position(|(word, _)| *word == answer) else { continue };
        let place = match tests.iter().rposition(|(known, _)| known == test) {
            Some(place) => place,
            None => {
                tests.push((test.to_owned(), Recount::default()));
                tests.len() - 1
            }
        };
        groups.entry(group.to_owned()).or_default().push((place, outcome));
    }
    each_access(folder, &mut |reference, group| {
        for (place, outcome) in groups.get(group).into_iter().flatten() {
            if let Some((_, recount)) = tests.get_mut(*place) {
                recount.access(reference, *outcome);
            }
        }
    })?;
    Ok(tests.into_iter().collect())
}

impl Recount {
    fn access(&mut self, reference: &str, outcome: usize) {
        if let Some(count) = self.counts.get_mut(outcome) {
            *count += 1;
        }
        if self.last != reference {
            self.digest.update(reference.as_bytes());
            self.digest.update(b"\n");
            reference.clone_into(&mut self.last);
        }
    }
}

/// Tests over objects of the run.
fn objects(folder: &Path) -> Result<BTreeMap<String, Recount>, csv::Error> {
    let mut lines: BTreeMap<String, (Vec<String>, [u64; 3])> = BTreeMap::new();
    for path in parts(folder, "findings")? {
        for row in csv::Reader::from_path(path)?.records() {
            let row = row?;
            let (Some(test), Some(kind), Some(name)) = (row.get(0), row.get(1), row.get(2)) else { continue };
            let (lines, counts) = lines.entry(test.to_owned()).or_default();
            lines.push(format!("{kind} {name}\n"));
            let place = OUTCOMES.iter().position(|(word, _)| Some(*word) == row.get(3));
            if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
                *count += 1;
            }
        }
    }
    let recount = |(test, (mut lines, counts)): (String, (Vec<String>, [u64; 3]))| {
        lines.sort();
        lines.dedup();
        let digest = Sha256::new_with_prefix(lines.concat());
        (test, Recount { digest, counts, last: String::new() })
    };
    Ok(lines.into_iter().map(recount).collect())
}

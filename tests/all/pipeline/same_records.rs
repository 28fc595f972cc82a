//! The same records in other files give the same evidence: split anew, recompressed, delivered twice, pretty-printed.
//! Only places differ: files, citation places, file and duplicate counts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use super::bundles::{self, Row};
use super::generated;

/// What must not depend on the files that carry the records.
#[derive(Debug, PartialEq)]
struct Evidence {
    tests: Vec<Row>,
    people: Vec<Row>,
    sessions: Vec<Row>,
    coverage: Vec<Row>,
    exceptions: Vec<Row>,
    answers: Vec<Row>,
    accesses: Vec<Row>,
}

/// Without the places of other accounts' records.
fn unplaced(mut row: Row) -> Row {
    let placeless =
        row["copies"].split(' ').filter(|word| !word.starts_with("F-")).collect::<Vec<_>>().join(" ");
    row.insert("copies".to_owned(), placeless);
    row
}

fn evidence(bundle: &Path) -> Evidence {
    let placeless = |mut row: Row| {
        let cited =
            row["citations"].split(' ').filter(|word| !word.starts_with("F-")).collect::<Vec<_>>().join(" ");
        row.insert("citations".to_owned(), cited);
        unplaced(row)
    };
    // Numbers of groups count those about files too.
    let unnumbered = |mut row: Row| {
        row.remove("id");
        row
    };
    let unfiled = |mut row: Row| {
        row.remove("file_row");
        row.remove("record_index");
        unplaced(row)
    };
    // Accesses of one event stand in the order of the record's members, which another printer may change.
    let mut accesses: Vec<Row> = bundles::rows(bundle, "accesses.csv.gz").into_iter().map(unfiled).collect();
    accesses.sort_by(|a, b| (&a["event_ref"], &a["table"], a).cmp(&(&b["event_ref"], &b["table"], b)));
    // Tests about the delivery of files speak of the very files, so other files change them.
    let about_files = |row: &Row| row["unit"].starts_with("accounts");
    let tests = bundles::rows(bundle, "tests.csv");
    let of_files: Vec<String> =
        tests.iter().filter(|row| about_files(row)).map(|row| row["test"].clone()).collect();
    assert!(!of_files.is_empty());
    let of_records = |row: &Row| !of_files.contains(&row["test"]);
    Evidence {
        tests: tests.iter().filter(|row| of_records(row)).cloned().collect(),
        people: bundles::rows(bundle, "users.csv"),
        sessions: bundles::rows(bundle, "sessions.csv"),
        coverage: bundles::rows(bundle, "coverage.csv"),
        exceptions: bundles::rows(bundle, "exceptions.csv")
            .into_iter()
            .filter(of_records)
            .map(placeless)
            .map(unnumbered)
            .collect(),
        answers: bundles::rows(bundle, "answers.csv"),
        accesses,
    }
}

fn assert_same(name: &str, one: &[Row], other: &[Row]) {
    for (here, there) in one.iter().zip(other) {
        assert_eq!(here, there, "{name}");
    }
    assert_eq!(one.len(), other.len(), "{name}");
}

fn assert_same_evidence(bundle: &Path) {
    let (one, other) = (evidence(generated::bundle()), evidence(bundle));
    assert!(!one.exceptions.is_empty() && !one.tests.is_empty());
    assert_same("tests", &one.tests, &other.tests);
    assert_same("people", &one.people, &other.people);
    assert_same("coverage", &one.coverage, &other.coverage);
    assert_same("exceptions", &one.exceptions, &other.exceptions);
    assert_same("accesses", &one.accesses, &other.accesses);
    assert_same("sessions", &one.sessions, &other.sessions);
    assert_same("answers", &one.answers, &other.answers);
}

/// The facts of the organisation in a fresh folder, with these files as its logs.
fn folder_with(files: &BTreeMap<String, Vec<u8>>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["audit.toml", "roster.csv"] {
        std::fs::copy(generated::logs().0.path().join(name), folder.path().join(name)).unwrap();
    }
    for (name, content) in files {
        let path = folder.path().join("logs").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn gzip(text: &str, level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Files of the records dealt out like cards, as gzip of several levels and as plain JSON, at several depths.
fn dealt(texts: &[String], files: usize) -> BTreeMap<String, Vec<u8>> {
    let hand = |number: usize| {
        let mine: Vec<&str> = texts.iter().rev().skip(number).step_by(files).map(String::as_str).collect();
        let text = format!("{{\"Records\":[{}]}}", mine.join(","));
        match number % 3 {
            0 => (format!("flat-{number}.json"), text.into_bytes()),
            1 => (format!("best/{number}/x.json.gz"), gzip(&text, 9)),
            _ => (format!("stored-{number}.gz"), gzip(&text, 0)),
        }
    };
    (0..files).map(hand).collect()
}

fn duplicates(bundle: &Path) -> u64 {
    bundles::boxes(bundle)["Duplicates removed"]
}

#[test]
fn records_split_over_other_files_and_recompressed_give_the_same_evidence() {
    let texts = generated::texts(&generated::logs().0.path().join("logs"));
    assert_eq!(texts.len() as u64, generated::logs().1.records);
    let folder = folder_with(&dealt(&texts, 37));
    let (_kept, bundle) = bundles::made(&["audit.toml", "--documents", "none"], folder.path(), &[], 0);
    assert_same_evidence(&bundle);
    assert_eq!(duplicates(&bundle), duplicates(generated::bundle()));
    bundles::assert_sums(&bundle);
}

#[test]
fn records_delivered_twice_give_the_same_evidence_and_only_more_duplicates() {
    let texts = generated::texts(&generated::logs().0.path().join("logs"));
    let mut files = dealt(&texts, 11);
    files.extend(dealt(&texts, 5).into_iter().map(|(name, content)| (format!("again/{name}"), content)));
    let folder = folder_with(&files);
    let (_kept, bundle) = bundles::made(&["audit.toml", "--documents", "none"], folder.path(), &[], 0);
    assert_same_evidence(&bundle);
    assert_eq!(duplicates(&bundle), duplicates(generated::bundle()) + texts.len() as u64);
}

/// Pretty-printed, members in another order.
fn pretty(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

#[test]
fn records_printed_in_another_way_give_the_same_evidence() {
    let texts = generated::texts(&generated::logs().0.path().join("logs"));
    let printed: Vec<String> = texts.iter().map(|text| pretty(text)).collect();
    assert_ne!(texts[0], printed[0]);
    let mut files = dealt(&printed, 7);
    let some: Vec<String> = texts.iter().step_by(997).cloned().collect();
    files.insert("raw.json".to_owned(), format!("{{\"Records\":[{}]}}", some.join(",")).into_bytes());
    let folder = folder_with(&files);
    let (_kept, bundle) = bundles::made(&["audit.toml", "--documents", "none"], folder.path(), &[], 0);
    let known: BTreeSet<Row> = bundles::rows(&bundle, "gaps.csv").into_iter().collect();
    assert!(known.is_empty(), "another spelling is no conflict: {known:?}");
    assert_eq!(duplicates(&bundle), duplicates(generated::bundle()) + some.len() as u64);
    assert_same_evidence(&bundle);
}

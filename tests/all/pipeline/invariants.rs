//! Invariants of evidence-bundle §12 that hold for every bundle: sums, citations, digests, and no good news from
//! nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};
use trailwitness::audit::{Audit, Overrides};
use trailwitness::bundle::assemble::{self, Parts};
use trailwitness::bundle::model::Model;
use trailwitness::bundle::{Inputs, exceptions, reconcile};
use trailwitness::commands::pipeline;
use trailwitness::ledger::intake;
use trailwitness::verdicts;

use super::bundles::{self, Row};
use super::generated;
use crate::support;
use crate::trail::Plan;

/// The model that documents draw, without dossiers.
fn model(audit: &Path) -> Model {
    let audit = Audit::read(audit, &Overrides::default()).unwrap();
    let packs = pipeline::packs(&audit).unwrap();
    let tests = verdicts::tests(&packs);
    let read = pipeline::read(&audit, 2, &intake::Quiet).unwrap();
    let judged = pipeline::judge(&read, &audit, &tests);
    let inputs = Inputs {
        audit: &audit,
        packs: &packs,
        tests: &tests,
        ledger: &read.ledger,
        coverage: &read.coverage,
        judged: &judged,
        integrity: read.integrity.as_ref(),
    };
    let (lines, groups) = (reconcile::lines(&inputs), exceptions::groups(&inputs));
    assert!(reconcile::all_hold(&lines));
    let parts = Parts { digest: "0".repeat(64), written: &[], lines, groups: &groups };
    assemble::model(&inputs, parts, Vec::new()).unwrap()
}

#[test]
fn every_breakdown_sums_to_its_population() {
    for audit in [support::story().join("audit.toml"), generated::logs().0.path().join("audit.toml")] {
        let model = model(&audit);
        let tests: Vec<_> = model.requirements.iter().flat_map(|requirement| &requirement.tests).collect();
        let accesses: Vec<_> =
            tests.iter().filter(|test| test.unit == "accesses" && test.population > 0).collect();
        assert!(accesses.len() > 2);
        for test in &accesses {
            assert_eq!(test.breakdowns.len(), 4, "{}", test.id);
        }
        for test in tests {
            assert_eq!(test.population, test.conforming + test.exceptions + test.undetermined, "{}", test.id);
            for breakdown in &test.breakdowns {
                let sum: u64 = breakdown.rows.iter().map(|row| row.count).sum();
                assert_eq!(sum, test.population, "{} {}", test.id, breakdown.by);
            }
            let causes: u64 = test.causes.iter().map(|cause| cause.count).sum();
            assert_eq!(causes, test.exceptions + test.undetermined, "{}: by cause", test.id);
        }
    }
}

#[test]
fn the_model_and_the_data_files_hold_the_same_groups_and_verdicts() {
    let model = model(&support::story().join("audit.toml"));
    let rows = bundles::rows(support::story_bundle(), "exceptions.csv");
    assert_eq!(model.exceptions.total, rows.len() as u64);
    for (group, row) in model.exceptions.rows.iter().zip(&rows) {
        assert_eq!(
            (&group.id, &group.fingerprint, group.count.to_string()),
            (&row["id"], &row["fingerprint"], row["count"].clone())
        );
    }
    let tests = bundles::rows(support::story_bundle(), "tests.csv");
    let drawn = model.requirements.iter().flat_map(|requirement| &requirement.tests);
    let drawn: BTreeMap<&str, &str> = drawn.map(|test| (test.id.as_str(), test.verdict.as_str())).collect();
    let told = tests.iter().map(|row| (row["test"].as_str(), row["verdict"].as_str())).collect();
    assert_eq!(drawn, told);
}

#[test]
fn every_exception_and_undetermined_access_belongs_to_a_group_of_the_register() {
    for bundle in [support::story_bundle(), generated::bundle()] {
        let mut registered: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in bundles::rows(bundle, "exceptions.csv") {
            let key = (row["test"].clone(), row["outcome"].clone());
            *registered.entry(key).or_insert(0) += row["count"].parse::<u64>().unwrap();
            assert_eq!(row["disposition"], "open", "{row:?}");
        }
        for row in bundles::rows(bundle, "tests.csv") {
            for (outcome, column) in [("exception", "exceptions"), ("undetermined", "undetermined")] {
                let found = registered.get(&(row["test"].clone(), outcome.to_owned())).copied().unwrap_or(0);
                // Nothing contradicts a requirement that does not apply.
                let applies = row["verdict"] != "not-applicable";
                let counted = if applies { row[column].as_str() } else { "0" };
                assert_eq!(found.to_string(), counted, "{} {outcome}", row["test"]);
            }
        }
    }
}

/// Log files by citation name, opened once.
struct Sources {
    files: BTreeMap<String, Row>,
    logs: PathBuf,
    opened: BTreeMap<String, Vec<Value>>,
}

impl Sources {
    fn new(bundle: &Path, logs: &Path) -> Sources {
        let files = bundles::rows(bundle, "files.csv")
            .into_iter()
            .map(|row| (row["file_row"].clone(), row))
            .collect();
        Sources { files, logs: logs.to_owned(), opened: BTreeMap::new() }
    }

    /// The record that a place such as `F-000012#7` names.
    fn record(&mut self, place: &str) -> Value {
        let (file, index) = place.split_once('#').unwrap();
        let row = &self.files[file];
        let logs = &self.logs;
        let records = self.opened.entry(file.to_owned()).or_insert_with(|| {
            let content = bundles::content(&logs.join(&row["path"]));
            let hash: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, row["sha256"], "{}", row["path"]);
            let mut value: Value = serde_json::from_slice(&content).unwrap();
            serde_json::from_value(value["Records"].take()).unwrap()
        });
        records[index.parse::<usize>().unwrap()].clone()
    }
}

fn assert_citations_open(bundle: &Path, logs: &Path) {
    let mut sources = Sources::new(bundle, logs);
    let mut accesses: BTreeMap<String, Row> = BTreeMap::new();
    for row in bundles::rows(bundle, "accesses.csv.gz") {
        accesses.insert(row["event_ref"].clone(), row);
    }
    let mut opened = 0;
    for group in bundles::rows(bundle, "exceptions.csv") {
        let words: Vec<&str> = group["citations"].split_whitespace().collect();
        assert_eq!(words.len() % 2, 0, "{}", group["id"]);
        for pair in words.chunks(2) {
            let (record, row) = (sources.record(pair[1]), &accesses[pair[0]]);
            let text = |name: &str| record[name].as_str().unwrap_or_default();
            assert_eq!(format!("{}:{}", text("recipientAccountId"), text("eventID")), pair[0], "{}", pair[1]);
            assert_eq!(
                (text("eventTime"), text("eventName")),
                (row["event_time"].as_str(), row["operation"].as_str())
            );
            let inside = group["first_seen"].as_str() <= text("eventTime")
                && text("eventTime") <= group["last_seen"].as_str();
            assert!(inside, "{}: {} lies outside first and last seen", group["id"], pair[0]);
            opened += 1;
        }
    }
    assert!(opened > 10, "{opened} citations were opened");
}

#[test]
fn every_citation_of_the_register_opens_its_record() {
    assert_citations_open(support::story_bundle(), &support::story().join("logs"));
    assert_citations_open(generated::bundle(), &generated::logs().0.path().join("logs"));
}

#[test]
fn every_row_of_the_accesses_opens_its_record() {
    let bundle = support::story_bundle();
    let mut sources = Sources::new(bundle, &support::story().join("logs"));
    let rows = bundles::rows(bundle, "accesses.csv.gz");
    assert!(rows.is_sorted_by(|a, b| a["event_ref"] <= b["event_ref"]), "sorted by event reference");
    for row in rows {
        let record = sources.record(&format!("{}#{}", row["file_row"], row["record_index"]));
        let text = |name: &str| record[name].as_str().unwrap_or_default();
        assert_eq!(format!("{}:{}", text("recipientAccountId"), text("eventID")), row["event_ref"]);
        assert_eq!(
            (text("eventTime"), text("eventName")),
            (row["event_time"].as_str(), row["operation"].as_str())
        );
        let agent = text("userAgent");
        assert_eq!(text("sourceIPAddress"), row["source_ip"], "{}", row["event_ref"]);
        assert_eq!(agent, row["user_agent"], "{}", row["event_ref"]);
    }
}

/// Event references of a test's population, from answers.csv and accesses.csv.gz alone.
fn population(bundle: &Path, test: &str) -> BTreeSet<String> {
    let answers = bundles::rows(bundle, "answers.csv");
    let groups: BTreeSet<&str> =
        answers.iter().filter(|row| row["test"] == test).map(|row| row["group"].as_str()).collect();
    let rows = bundles::rows(bundle, "accesses.csv.gz");
    rows.iter()
        .filter(|row| groups.contains(row["group"].as_str()))
        .map(|row| row["event_ref"].clone())
        .collect()
}

#[test]
fn a_stranger_gets_each_population_digest_from_the_data_files() {
    for bundle in [support::story_bundle(), generated::bundle()] {
        for row in bundles::rows(bundle, "tests.csv").iter().filter(|row| row["unit"] == "accesses") {
            let references = population(bundle, &row["test"]);
            let mut hash = Sha256::new();
            references.iter().for_each(|reference| hash.update(format!("{reference}\n")));
            let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(
                (digest, references.len().to_string()),
                (row["population_digest"].clone(), row["events"].clone()),
                "{}",
                row["test"]
            );
        }
    }
}

/// Takes every copy of an event out of the logs.
fn removed(logs: &Path, id: &str) -> usize {
    let mut copies = 0;
    for path in bundles::tree(logs).values() {
        let mut value: Value = serde_json::from_slice(&bundles::content(path)).unwrap();
        let records = value["Records"].as_array_mut().unwrap();
        let before = records.len();
        records.retain(|record| record["eventID"] != id);
        if records.len() < before {
            copies += before - records.len();
            std::fs::write(path, support::gzip(value.to_string().as_bytes())).unwrap();
        }
    }
    copies
}

#[test]
fn removing_one_record_changes_the_population_digest_and_a_count() {
    let (folder, _truth) =
        generated::written(&Plan { events: 2_000, events_per_file: 200, days: 2, ..Plan::default() });
    let args = ["audit.toml", "--documents", "none"];
    let (_first, before) = bundles::made(&args, folder.path(), &[], 0);
    let test = "pci-dss-4.0.1/10.2.1.1#1";
    let victims = population(&before, test);
    let victim = victims.iter().nth(victims.len() / 2).unwrap();
    let copies = removed(&folder.path().join("logs"), victim.split_once(':').unwrap().1);
    assert!(copies > 0);
    let (_second, after) = bundles::made(&args, folder.path(), &[], 0);
    let row = |bundle: &Path| {
        bundles::rows(bundle, "tests.csv").into_iter().find(|row| row["test"] == test).unwrap()
    };
    let (then, now) = (row(&before), row(&after));
    assert_ne!(then["population_digest"], now["population_digest"]);
    let events = |row: &Row| row["events"].parse::<usize>().unwrap();
    assert_eq!(events(&then), events(&now) + 1);
    let boxes = (bundles::boxes(&before), bundles::boxes(&after));
    assert_eq!(boxes.0["Records parsed"], boxes.1["Records parsed"] + copies as u64);
    assert_eq!(boxes.0["In window"], boxes.1["In window"] + 1);
    assert_ne!(before.file_name(), after.file_name(), "another content digest");
}

fn assert_nothing_supported(bundle: &Path) {
    let rows = bundles::rows(bundle, "tests.csv");
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(row["verdict"], "insufficient", "{row:?}");
    }
    assert_eq!(bundles::boxes(bundle)["In window"], 0);
}

#[test]
fn a_window_without_records_gives_no_supported() {
    let args = ["audit.toml", "--documents", "none", "--from", "2001-01-01", "--to", "2001-01-08"];
    let (_kept, bundle) = bundles::made(&args, generated::logs().0.path(), &[], 0);
    assert_nothing_supported(&bundle);
    assert!(bundles::boxes(&bundle)["Outside the window"] > 0);
}

#[test]
fn log_files_without_records_give_no_supported() {
    let folder = support::audit_folder();
    std::fs::write(folder.path().join("logs/empty.json"), r#"{"Records":[]}"#).unwrap();
    let (_kept, bundle) = bundles::made(&["audit.toml", "--documents", "none"], folder.path(), &[], 0);
    assert_nothing_supported(&bundle);
}

//! `run` over logs with signed digests: each record carries what came out for its file, and hours that digests attest are
//! proven, also those in which nothing was delivered.

use std::path::{Path, PathBuf};

use super::small_day;
use crate::bucket::{Bucket, Spec};
use crate::pipeline::bundles::{self, Row};

pub const AUDIT: &str = r#"
[audit]
entity = "Test Ltd"
system = "Test"
name = "test"
prepared_by = "Tester"
packs = ["pci-dss-4.0.1"]
[period]
from = "2026-03-01T02:00:00Z"
to = "2026-03-01T20:00:00Z"
[[source]]
path = "bucket"
[[account]]
id = "111122223333"
name = "prod"
regions = ["us-east-1"]
[[table]]
account = "111122223333"
region = "us-east-1"
name = "cards"
data = "cardholder"
[logs]
public-keys = ["public-keys"]
[[snapshot]]
file = "selectors.json"
taken = "2026-03-01T00:00:00Z"
multi_region = false
"#;

const SELECTORS: &str = r#"{"TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit-trail", "AdvancedEventSelectors": [
    {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
    {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::DynamoDB::Table"]}]}]}"#;

pub struct Told {
    pub folder: tempfile::TempDir,
    _out: tempfile::TempDir,
    pub bundle: PathBuf,
}

impl Told {
    pub fn of(bucket: &Bucket, audit: &str, code: i32) -> Told {
        Told::beside(bucket, audit, &[], code)
    }

    /// With further files in the folder of audit.toml.
    pub fn beside(bucket: &Bucket, audit: &str, files: &[(&str, String)], code: i32) -> Told {
        let folder = tempfile::tempdir().unwrap();
        bucket.write(folder.path());
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::write(folder.path().join("selectors.json"), SELECTORS).unwrap();
        std::fs::write(folder.path().join("audit.toml"), audit).unwrap();
        let (out, bundle) = bundles::made(&["--documents", "html"], folder.path(), &[], code);
        Told { folder, _out: out, bundle }
    }

    fn logs(&self) -> Vec<Row> {
        let rows = bundles::rows(&self.bundle, "files.csv");
        rows.into_iter().filter(|row| row["path"].contains("_CloudTrail_")).collect()
    }

    /// Hours by state, of management events.
    pub fn hours(&self, state: &str) -> u64 {
        let rows = bundles::rows(&self.bundle, "coverage.csv");
        let of = rows.iter().filter(|row| row["class"] == "management" && row["state"] == state);
        of.map(|row| row["hours"].parse::<u64>().unwrap()).sum()
    }

    fn report(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.bundle.join("data/integrity.json")).unwrap()).unwrap()
    }

    fn qualified(&self, word: &str) -> usize {
        let rows = bundles::rows(&self.bundle, "tests.csv");
        rows.iter().filter(|row| row["qualifiers"].split(' ').any(|one| one == word)).count()
    }
}

fn page(bundle: &Path) -> String {
    std::fs::read_to_string(bundle.join("human/completeness.html")).unwrap()
}

#[test]
fn attested_logs_are_verified_and_prove_hours_without_records() {
    let told = Told::of(&small_day(true), AUDIT, 0);
    let logs = told.logs();
    assert!(!logs.is_empty() && logs.iter().all(|row| row["trust"] == "verified"), "{logs:?}");
    assert!(
        logs.iter()
            .all(|row| row["digest"].contains("_CloudTrail-Digest_") && row["signature"] == "metadata")
    );
    // Every other hour is without records, and attested as such.
    assert_eq!((told.hours("verified"), told.hours("silent")), (18, 0));
    assert_eq!(told.report()["verdict"], "VERIFIED");
    assert_eq!(told.qualified("integrity-unverified"), 0);
    assert!(page(&told.bundle).contains("Integrity VERIFIED"));
}

#[test]
fn without_keys_nothing_is_verified_and_silence_proves_nothing() {
    let told = Told::of(&small_day(true), &AUDIT.replace("[logs]\npublic-keys = [\"public-keys\"]\n", ""), 0);
    assert!(told.logs().iter().all(|row| row["trust"] == "unverified"));
    let rows = bundles::rows(&told.bundle, "coverage.csv");
    assert!(told.hours("verified") == 0 && told.hours("silent") > 0, "{rows:?}");
    assert_eq!(told.report()["exit"], 3);
    let tests = bundles::rows(&told.bundle, "tests.csv").len();
    assert_eq!(told.qualified("integrity-unverified"), tests);
}

#[test]
fn records_of_an_altered_file_are_read_marked_and_never_conform() {
    let mut bucket = small_day(false);
    let key = bucket.logs()[10].clone();
    let text = String::from_utf8(bucket.content(&key)).unwrap().replacen("GetItem", "PutItem", 1);
    bucket.put(&key, text.as_bytes());
    let told = Told::of(&bucket, AUDIT, 0);
    let (altered, others): (Vec<Row>, Vec<Row>) =
        told.logs().into_iter().partition(|row| row["path"].ends_with(&key));
    let [altered] = &*altered else { panic!("{altered:?}") };
    assert_eq!((&*altered["trust"], &*altered["trust_reason"]), ("altered", "hash-mismatch"));
    assert!(altered["records"].parse::<u64>().unwrap() > 0);
    assert!(others.iter().all(|row| row["trust"] == "verified"));
    assert_eq!((&told.report()["verdict"], &told.report()["exit"]), (&"FAILED".into(), &1.into()));
    // Its hour and those whose deliveries reach into it are not attested.
    assert!(told.hours("verified") < 18);
    let accesses = bundles::rows(&told.bundle, "accesses.csv.gz");
    let groups: std::collections::BTreeSet<&str> =
        accesses.iter().filter(|row| row["trust"] == "altered").map(|row| row["group"].as_str()).collect();
    assert!(!groups.is_empty());
    for answer in bundles::rows(&told.bundle, "answers.csv") {
        assert!(
            !groups.contains(answer["group"].as_str()) || answer["outcome"] != "conforming",
            "{answer:?}"
        );
    }
}

#[test]
fn a_listed_file_that_is_gone_is_lost_input_and_supports_nothing() {
    let mut bucket = Bucket::new(&Spec::default());
    let gone = bucket.logs()[40].clone();
    bucket.delete(std::slice::from_ref(&gone));
    // Three more files of the hour are here, so that records alone would show nothing.
    let told = Told::of(&bucket, AUDIT, 4);
    let gaps = bundles::rows(&told.bundle, "gaps.csv");
    let lost: Vec<&Row> = gaps.iter().filter(|row| row["kind"] == "listed-not-here").collect();
    assert!(matches!(&*lost, [row] if row["file"] == gone), "{gaps:?}");
    assert!(bundles::rows(&told.bundle, "tests.csv").iter().all(|row| row["verdict"] != "supported"));
    // What was delivered long after the window cannot hold events of it.
    let mut bucket = Bucket::new(&Spec::default());
    let late = bucket.logs().last().unwrap().clone();
    bucket.delete(&[late]);
    assert!(bundles::rows(&Told::of(&bucket, AUDIT, 0).bundle, "gaps.csv").is_empty());
}

fn findings(told: &Told) -> Vec<String> {
    let report = told.report();
    report["findings"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Taking the newest digests away breaks no link, so the window of the audit must be attested to its end.
#[test]
fn a_chain_that_ends_before_the_window_does_is_not_called_verified() {
    let mut bucket = Bucket::new(&Spec::default());
    let digests = bucket.digests();
    let logs = bucket.logs();
    bucket.delete(&digests[digests.len() - 8..]);
    bucket.delete(&logs[logs.len() - 32..]);
    let told = Told::of(&bucket, AUDIT, 0);
    assert_eq!((&told.report()["verdict"], &told.report()["exit"]), (&"INCOMPLETE".into(), &3.into()));
    assert!(findings(&told).contains(&"tail-short".to_owned()), "{:?}", findings(&told));
    assert!(page(&told.bundle).contains("Integrity INCOMPLETE"));
}

/// Records that somebody laid beside a clean trail count in the run, so not everything supplied is CloudTrail's.
#[test]
fn records_in_a_file_of_no_trail_are_named_in_the_verdict_on_integrity() {
    let clean = small_day(true);
    let records = String::from_utf8(clean.content(&clean.logs()[3])).unwrap();
    let told = Told::beside(&clean, AUDIT, &[("bucket/loose.json", records)], 0);
    assert_eq!(told.report()["verdict"], "INCOMPLETE");
    assert!(findings(&told).contains(&"records-without-digest".to_owned()), "{:?}", findings(&told));
}

//! An own pack that judges every object of every list over the story: each appears in findings.csv and in the register
//! with name, times and records, on the pages, and makes up the population that its test is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};
use trailwitness::rules::List;

use super::bundles::{self, Row};
use crate::support;

/// An audit of the story by a pack that calls every object of every list an exception.
fn audit() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, path) in bundles::tree(&support::story()) {
        let folders = ["config/", "public-keys/"];
        let wanted = folders.iter().any(|folder| name.starts_with(folder))
            || name.ends_with(".csv")
            || name == "audit.toml";
        if wanted && !name.starts_with("logs") {
            let target = folder.path().join(&name);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(path, target).unwrap();
        }
    }
    let path = folder.path().join("audit.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("packs = [\"pci-dss-4.0.1\"]", "packs = [\"own\"]\npack_folders = [\"packs\"]");
    let text = text
        .replace("[records]\n", "[records]\nsubjects = \"subjects.csv\"\nhigh_risk = \"high-risk.csv\"\n");
    let saved = "\n[[snapshot]]\nkind = \"bucket-versioning\"\nsubject = \"acme-audit-trail-logs\"\n\
        file = \"versioning.json\"\ntaken = \"2026-03-15\"\n";
    std::fs::write(path, text + saved).unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("versioning.json", r#"{"Status": "Enabled"}"#);
    put(
        "reviews.csv",
        "period_from,period_to,date,reviewer,found,follow_up\n2026-03-02,2026-03-09,2026-03-09,Kim,none,\n",
    );
    put("subjects.csv", "id,kind,received,table,key\nSR-1,access,2026-03-05,loyalty,a-secret-key\n");
    put("high-risk.csv", "person,from,reason\nsomebody,2026-03-05,notice\n");
    put(
        "packs/own/settings.toml",
        "# Classes.\ndata_classes = [\"cardholder\"]\n# Pause.\nburst_minutes = 30\n# Stretch.\nbulk_minutes = 20\n",
    );
    put("packs/own/pack.toml", PACK);
    let mut words = CONTROL.to_owned();
    let mut script = String::new();
    for (number, list) in List::ALL.iter().enumerate() {
        let (id, member, object) = (number + 1, list.member(), list.object());
        words.push_str(&format!(
            "[[test]]\nid = {id}\nname = \"{member}\"\nwords = \"Each of {member}.\"\npopulation_words = \"All.\"\n\
             unit = \"{member}\"\njudge = \"judge_{member}\"\nsettings = [\"burst_minutes\", \"bulk_minutes\"]\n"
        ));
        script.push_str(&format!(
            "fn judge_{member}(run) {{\n    let all = [];\n    for {object} in run.{member} {{ all.push(exception(\"told\", {object})); }}\n    all\n}}\n"
        ));
    }
    let whole = List::ALL.len() + 1;
    words.push_str(&format!(
        "[[test]]\nid = {whole}\nname = \"run\"\nwords = \"The run.\"\npopulation_words = \"All.\"\n\
         unit = \"runs\"\njudge = \"judge_whole\"\n"
    ));
    script.push_str("fn judge_whole(run) {\n    [exception(\"told\", run)]\n}\n");
    put("packs/own/a-1/control.toml", &(words + "[causes]\ntold = \"It was looked at.\"\n"));
    put("packs/own/a-1/control.rhai", &script);
    folder
}

const PACK: &str = r#"
id = "own"
title = "All objects"
framework = "Own"
edition = "1"
version = "1"
author = "a"
approver = "b"
scope = "All."
[[requirement]]
number = "A-1"
title = "All"
status = "automated"
"#;

const CONTROL: &str = r#"
requirement = "A-1"
title = "All"
words = "All."
shows = "All."
cannot_show = "None."
claim = "All."
do_not_claim = "None."
severity = "low"
methods = ["examine-log-data"]
limits = []
needs = []
crosswalk = []
"#;

fn by<'r>(rows: &'r [Row], column: &str) -> BTreeMap<&'r str, Vec<&'r Row>> {
    let mut by: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by.entry(row[column].as_str()).or_default().push(row);
    }
    by
}

/// The findings, each with the row of its object.
fn findings(bundle: &Path) -> Vec<Row> {
    let objects = bundles::rows(bundle, "objects.csv");
    let by_id = by(&objects, "object_id");
    assert_eq!(by_id.len(), objects.len(), "an object is told once");
    let with_object = |mut finding: Row| {
        let object = by_id[finding["object_id"].as_str()][0];
        for (column, value) in object {
            let known = finding.insert(column.clone(), value.clone());
            assert!(known.is_none_or(|known| known == *value), "{column} of {object:?}");
        }
        finding
    };
    bundles::rows(bundle, "findings.csv").into_iter().map(with_object).collect()
}

fn assert_told(bundle: &Path) {
    let (findings, register) = (findings(bundle), bundles::rows(bundle, "exceptions.csv"));
    let (by_test, groups) = (by(&findings, "test"), by(&register, "test"));
    for (number, list) in List::ALL.iter().enumerate() {
        let id = format!("own/A-1#{}", number + 1);
        let rows = by_test.get(id.as_str()).cloned().unwrap_or_default();
        // Nothing in the story was deleted and created again.
        assert!(!rows.is_empty() || *list == List::Reused, "{list}: no object");
        for row in &rows {
            assert!(row["object"] == list.object() && !row["name"].is_empty(), "{row:?}");
            assert!(!row["first_seen"].is_empty() && !row["last_seen"].is_empty(), "{row:?}");
            assert!(!row["objects"].is_empty() || !row["citations"].is_empty(), "{row:?}");
        }
        let names: BTreeSet<&str> = rows.iter().map(|row| row["name"].as_str()).collect();
        let told = groups.get(id.as_str()).cloned().unwrap_or_default();
        let counted: u64 = told.iter().map(|row| row["count"].parse::<u64>().unwrap()).sum();
        assert_eq!(counted, rows.len() as u64, "{list}");
        if *list != List::Coverage {
            let subjects: BTreeSet<&str> = told.iter().map(|row| row["subject"].as_str()).collect();
            assert_eq!(subjects, names, "{list}");
        }
    }
}

/// The run itself is one object, with its window and the number of its records.
fn assert_run_told(bundle: &Path) {
    let id = format!("own/A-1#{}", List::ALL.len() + 1);
    let mine = |rows: Vec<Row>| -> Vec<Row> { rows.into_iter().filter(|row| row["test"] == id).collect() };
    let (findings, register) = (mine(findings(bundle)), mine(bundles::rows(bundle, "exceptions.csv")));
    let ([finding], [group]) = (&*findings, &*register) else { panic!("{findings:?} {register:?}") };
    let records: u64 =
        bundles::rows(bundle, "files.csv").iter().map(|row| row["records"].parse::<u64>().unwrap()).sum();
    assert_eq!((&*finding["object"], &*finding["outcome"]), ("run", "exception"));
    assert_eq!(finding["name"], format!("the whole run: {records} records"));
    assert_eq!((&group["subject"], &*group["count"]), (&finding["name"], "1"));
    assert!(finding["first_seen"] < finding["last_seen"], "{finding:?}");
}

/// The digest of a test over the run, from findings.csv alone.
fn assert_digests(bundle: &Path) {
    let findings = bundles::rows(bundle, "findings.csv");
    let by_test = by(&findings, "test");
    for test in bundles::rows(bundle, "tests.csv") {
        let rows = by_test.get(test["test"].as_str()).cloned().unwrap_or_default();
        let lines: BTreeSet<String> =
            rows.iter().map(|row| format!("{} {}\n", row["object"], row["name"])).collect();
        let digest = Sha256::digest(lines.into_iter().collect::<String>());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, test["population_digest"], "{}", test["name"]);
        assert_eq!(test["population"], rows.len().to_string());
    }
}

#[test]
fn every_kind_of_object_stands_in_register_data_and_pages() {
    let folder = audit();
    let logs = support::story().join("logs");
    let args = ["audit.toml", "--source", logs.to_str().unwrap()];
    let (_kept, bundle) = bundles::made(&args, folder.path(), &[], 0);
    assert_told(&bundle);
    assert_run_told(&bundle);
    assert_digests(&bundle);
    let files = bundles::tree(&bundle);
    assert!(files.contains_key("inputs/config/bucket-versioning-acme-audit-trail-logs-2026-03-15.json"));
    let scope = std::fs::read_to_string(&files["inputs/scope.json"]).unwrap();
    assert!(scope.contains("SR-1") && !scope.contains("a-secret-key"));
    // The key of a person's item is shown nowhere in the bundle.
    for (name, path) in files.iter().filter(|(name, _)| name.ends_with(".csv") || name.ends_with(".html")) {
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        assert!(!text.contains("a-secret-key"), "{name}");
    }
    let pages: String = files
        .iter()
        .filter(|(name, _)| name.ends_with(".html"))
        .map(|(_, path)| super::words_of(&std::fs::read_to_string(path).unwrap()))
        .collect();
    // Pages list the first 500 groups of the register.
    for words in ["bucket acme-audit-trail-logs", "SR-1", "AKIA"] {
        assert!(pages.contains(words), "{words}");
    }
}

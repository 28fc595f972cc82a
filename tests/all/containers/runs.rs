//! Whole runs over containers: what they prove, what they cannot, copies beside the trail's own log file.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use super::{NOON, envelope, looked_up, record, rows, subscription};
use crate::support::{self, audit_folder, bundle_in, gzip, log_file, run};

/// A run over some files.
struct Done {
    _folder: TempDir,
    bundle: PathBuf,
    code: i32,
}

fn run_over(files: &[(&str, Vec<u8>)], documents: &str) -> Done {
    let folder = audit_folder();
    for (name, bytes) in files {
        std::fs::write(folder.path().join("logs").join(name), bytes).unwrap();
    }
    let ran = run(&["run", "audit.toml", "--out", "out", "--documents", documents], folder.path());
    assert!(matches!(ran.code, 0 | 4), "{}{}", ran.stdout, ran.stderr);
    let bundle = bundle_in(&folder.path().join("out"));
    Done { _folder: folder, bundle, code: ran.code }
}

impl Done {
    fn table(&self, name: &str) -> Vec<std::collections::BTreeMap<String, String>> {
        support::table(&self.bundle.join("data").join(name))
    }

    fn step(&self, step: &str) -> u64 {
        let rows = self.table("reconciliation.csv");
        rows.iter().find(|row| row["step"] == step).unwrap()["count"].parse().unwrap()
    }

    /// Parsed, removed as duplicates, conflicts.
    fn counts(&self) -> (u64, u64, usize) {
        let gaps = self.table("gaps.csv");
        let conflicts = gaps.iter().filter(|gap| gap["kind"] == "same-reference-other-content").count();
        (self.step("Records parsed"), self.step("Duplicates removed"), conflicts)
    }

    fn delivered_hours(&self) -> u64 {
        let rows = self.table("coverage.csv");
        rows.iter()
            .filter(|row| row["state"] == "delivered")
            .map(|row| row["hours"].parse::<u64>().unwrap())
            .sum()
    }
}

fn trail() -> (&'static str, Vec<u8>) {
    (
        "111122223333_CloudTrail_us-east-1_20260302T1205Z_aaaaaaaaaaaaaaaa.json.gz",
        gzip(log_file(&[record(1)]).as_bytes()),
    )
}

#[test]
fn copies_in_containers_are_duplicates_and_the_trails_own_is_cited() {
    let mut files = vec![
        trail(),
        ("a-bridge.json", envelope(&record(1)).into_bytes()),
        ("a-logs.json", subscription(&[record(1)]).into_bytes()),
        ("a-lookup.json", json!({"Events": [looked_up(&record(1))]}).to_string().into_bytes()),
        ("a-spelt.json", serde_json::to_string_pretty(&super::value(&record(1))).unwrap().into_bytes()),
    ];
    let tables = rows::tables();
    let names = ["b-0.json", "b-1.csv", "b-2.json", "b-3.json", "b-4.csv"];
    files.extend(names.iter().zip(&tables).map(|(name, (_, text))| (*name, text.clone().into_bytes())));
    let done = run_over(&files, "none");
    assert_eq!(done.counts(), (10, 9, 0), "{:#?}", done.table("gaps.csv"));
    assert_eq!(done.code, 0);
    let accesses = done.table("accesses.csv.gz");
    assert_eq!(accesses.len(), 1);
    let cited =
        done.table("files.csv").into_iter().find(|row| row["file_row"] == accesses[0]["file_row"]).unwrap();
    assert_eq!(cited["container"], "log-file");
    assert!(done.table("files.csv").iter().all(|row| row["trust"] != "verified"));
}

#[test]
fn a_row_that_contradicts_the_trails_record_is_a_conflict_and_both_stay() {
    let row = rows::tables()[1]
        .1
        .replace("user/alice", "user/mallory")
        .replace("username=alice", "username=mallory");
    let done = run_over(&[trail(), ("a-rows.csv", row.into_bytes())], "none");
    assert_eq!(done.counts(), (2, 0, 1));
    let accesses = done.table("accesses.csv.gz");
    assert_eq!(accesses.len(), 2);
    let bare = accesses.iter().find(|row| !row["event_ref"].contains('~')).unwrap();
    let files = done.table("files.csv");
    let cited = files.iter().find(|row| row["file_row"] == bare["file_row"]).unwrap();
    assert_eq!(cited["container"], "log-file", "the trail's own keeps the bare reference");
}

#[test]
fn a_row_without_account_is_the_copy_of_the_event_that_has_its_id() {
    let row = "eventid,eventname,eventsource,eventtime,awsregion\n00000001-0000-4000-8000-000000000001,GetItem,dynamodb.amazonaws.com,2026-03-02 12:00:00.000,us-east-1\n00000009-0000-4000-8000-000000000001,GetItem,dynamodb.amazonaws.com,2026-03-02 12:00:00.000,us-east-1\n";
    let done = run_over(&[trail(), ("rows.csv", row.as_bytes().to_vec())], "none");
    assert_eq!(done.counts(), (3, 1, 0));
}

#[test]
fn containers_prove_no_hour_and_say_what_they_cannot_show() {
    // An hour is proven only where the sources reach past it.
    let late = support::get_item(9, "2026-03-02T15:00:00Z");
    let lines = |wrap: &dyn Fn(&str) -> String| format!("{}\n{}\n", wrap(&record(1)), wrap(&late));
    let only = |name: &'static str, text: String| run_over(&[(name, text.into_bytes())], "html");
    for (name, text, limit, word) in [
        ("l.json", lines(&|record| looked_up(record).to_string()), "L31", "lookup-events"),
        ("e.json", lines(&envelope), "L32", "event-bridge"),
        ("c.json", lines(&|record| subscription(&[record.to_owned()])), "L33", "cloudwatch-logs"),
        ("r.csv", rows::tables()[1].1.clone(), "L34", "query-rows"),
        ("j.json", lines(&str::to_owned), "L36", "json-lines"),
    ] {
        let done = only(name, text);
        assert_eq!(done.code, 0, "{name}");
        assert_eq!(done.delivered_hours(), 0, "{name}");
        assert_eq!(done.table("files.csv")[0]["container"], word);
        for row in done.table("tests.csv") {
            assert!(row["qualifiers"].split(' ').any(|one| one == "container-limited"), "{name}: {row:?}");
        }
        let pages = pages(&done.bundle);
        assert!(
            pages.iter().filter(|page| page.contains(limit)).count() > 5,
            "{name}: each tested requirement"
        );
        assert!(
            pages.iter().any(|page| page.contains("Records in other containers") && page.contains(word)),
            "{name}"
        );
    }
    let done = only("t.json", log_file(&[record(1), late.clone()]));
    assert!(done.delivered_hours() > 0);
    assert!(done.table("tests.csv").iter().all(|row| !row["qualifiers"].contains("container-limited")));
    assert!(pages(&done.bundle).iter().all(|page| !page.contains("Records in other containers")));
}

fn pages(bundle: &Path) -> Vec<String> {
    let mut pages = Vec::new();
    let mut folders = vec![bundle.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "html") {
                pages.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(!pages.is_empty());
    pages
}

#[test]
fn firehose_files_of_several_members_and_of_double_compression_are_one_text() {
    let two =
        [gzip(subscription(&[record(1)]).as_bytes()), gzip(subscription(&[record(2)]).as_bytes())].concat();
    let lake = rows::tables()[4].1.clone();
    let (head, rest) = lake.split_at(lake.find('\n').unwrap() + 1);
    let done = run_over(
        &[
            ("members", two.clone()),
            (
                "twice",
                gzip(
                    &[
                        gzip(subscription(&[record(3)]).as_bytes()),
                        gzip(subscription(&[record(4)]).as_bytes()),
                    ]
                    .concat(),
                ),
            ),
            ("result_1.csv.gz", [gzip(head.as_bytes()), gzip(rest.as_bytes())].concat()),
        ],
        "none",
    );
    assert_eq!(done.code, 0, "{:#?}", done.table("gaps.csv"));
    let records: Vec<(String, String)> = done
        .table("files.csv")
        .into_iter()
        .map(|row| (row["container"].clone(), row["records"].clone()))
        .collect();
    let logs = || ("cloudwatch-logs".to_owned(), "2".to_owned());
    assert_eq!(records, [logs(), ("query-rows".to_owned(), "1".to_owned()), logs()]);
    let cut = gzip(&gzip(subscription(&[record(3)]).as_bytes())[..200]);
    assert_eq!(run_over(&[trail(), ("cut", cut)], "none").code, 4);
}

#[test]
fn an_incomplete_list_is_lost_input() {
    let list = json!({"Events": [looked_up(&record(1))], "NextToken": "more"}).to_string();
    let done = run_over(&[("l.json", list.into_bytes())], "none");
    assert_eq!(done.code, 4);
    let gap = done.table("gaps.csv").remove(0);
    assert_eq!((gap["kind"].as_str(), gap["loses_input"].as_str()), ("list-incomplete", "yes"));
}

#[test]
fn standard_input_is_a_source_told_by_content() {
    for (bytes, container) in [
        (gzip(log_file(&[record(1), record(2)]).as_bytes()), "log-file"),
        (format!("{}\n{}", envelope(&record(1)), envelope(&record(2))).into_bytes(), "event-bridge"),
    ] {
        let folder = audit_folder();
        let mut child = Command::new(env!("CARGO_BIN_EXE_trailwitness"))
            .args(["run", "audit.toml", "--source", "-", "--out", "out", "--documents", "none"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let files = support::table(&bundle_in(&folder.path().join("out")).join("data/files.csv"));
        assert_eq!(files.len(), 1);
        assert_eq!((files[0]["path"].as_str(), files[0]["container"].as_str()), ("stdin", container));
        assert_eq!(files[0]["records"], "2");
        assert_eq!(files[0]["first_event"], NOON);
    }
}

#[test]
fn audit_toml_may_name_standard_input() {
    let folder = audit_folder();
    let path = folder.path().join("audit.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("path = \"logs\"", "path = \"-\"");
    std::fs::write(&path, text).unwrap();
    let ran = run(&["run", "audit.toml", "--out", "out", "--documents", "none"], folder.path());
    assert_eq!(ran.code, 3, "nothing comes in: {}{}", ran.stdout, ran.stderr);
}

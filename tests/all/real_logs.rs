//! Every file of the library of real and documented logs, the whole of it and folder by folder: nothing is dropped,
//! nothing panics, each file's outcome is named, and DynamoDB records say what a person reads in them
//! (tests/real_samples.json, written by hand).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::pipeline::bundles::{self, Known, Row};
use crate::support;

fn expectations() -> Value {
    let text = std::fs::read_to_string(support::project().join("tests/real_samples.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn list<'v>(value: &'v Value, name: &str) -> &'v Vec<Value> {
    value[name].as_array().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// Runs over a folder with a window that holds every record.
fn run_over(source: &Path) -> (TempDir, PathBuf) {
    let folder = support::audit_folder();
    let source = source.canonicalize().unwrap();
    let window = ["--from", "2000-01-01", "--to", "2030-01-01", "--documents", "none", "--out", "."];
    let mut args = vec!["run", "audit.toml", "--source", source.to_str().unwrap()];
    args.extend(window);
    let ran = support::run(&args, folder.path());
    assert!(matches!(ran.code, 0 | 4), "{}: {}{}", source.display(), ran.stdout, ran.stderr);
    let bundle = support::bundle_in(folder.path());
    let lost = bundles::rows(&bundle, "gaps.csv").iter().any(|gap| gap["loses_input"] == "yes");
    assert_eq!(ran.code == 4, lost, "{}: exit 4 says that input was lost", source.display());
    (folder, bundle)
}

/// The bundle of the whole library; `None` when it is not beside the project.
fn whole() -> Option<&'static Path> {
    static WHOLE: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    let made = WHOLE.get_or_init(|| support::shared("samples/real").map(|source| run_over(&source)));
    made.as_ref().map(|(_, bundle)| bundle.as_path())
}

fn expected_files() -> BTreeMap<String, Value> {
    let all = expectations();
    list(&all, "files").iter().map(|file| (text(file, "path").to_owned(), file.clone())).collect()
}

/// Expected rows of files.csv below a folder: path inside it, outcome, container, records.
fn outcomes_below(prefix: &str) -> BTreeMap<String, (String, String, String)> {
    let below = |(path, file): (String, Value)| {
        let inside = path.strip_prefix(prefix)?.to_owned();
        let words = (text(&file, "outcome").to_owned(), text(&file, "container").to_owned());
        Some((inside, (words.0, words.1, file["records"].to_string())))
    };
    expected_files().into_iter().filter_map(below).collect()
}

fn outcomes(bundle: &Path) -> BTreeMap<String, (String, String, String)> {
    let row = |row: Row| {
        (row["path"].clone(), (row["outcome"].clone(), row["container"].clone(), row["records"].clone()))
    };
    bundles::rows(bundle, "files.csv").into_iter().map(row).collect()
}

fn assert_outcomes(bundle: &Path, prefix: &str) {
    let (found, wanted) = (outcomes(bundle), outcomes_below(prefix));
    for path in wanted.keys().chain(found.keys()) {
        assert_eq!(found.get(path), wanted.get(path), "{prefix}{path}: outcome, container, records");
    }
}

#[test]
fn every_file_ends_with_the_outcome_and_the_records_that_a_person_counts() {
    let Some(bundle) = whole() else { return };
    assert_outcomes(bundle, "");
    bundles::assert_sums(bundle);
    let (boxes, all) = (bundles::boxes(bundle), expectations());
    let totals = &all["totals"];
    assert_eq!(boxes["Files listed"].to_string(), totals["files"].to_string());
    assert_eq!(boxes["Files read"].to_string(), totals["files_read"].to_string());
    assert_eq!(boxes["Files skipped"].to_string(), totals["files_skipped"].to_string());
    assert_eq!(boxes["Files failed"], 0);
    assert_eq!(boxes["Records parsed"].to_string(), totals["records_read"].to_string());
    let copies: usize =
        list(totals, "equal_second_deliveries").iter().map(|pair| pair[1].as_array().unwrap().len()).sum();
    assert_eq!(boxes["Duplicates removed"], copies as u64);
    assert_eq!(boxes["Outside the window"], 0);
}

#[test]
fn every_skipped_file_says_what_it_is_and_closed_containers_are_counted_as_lost() {
    let Some(bundle) = whole() else { return };
    let gaps = bundles::rows(bundle, "gaps.csv");
    for (path, file) in expected_files() {
        let here = |gap: &&Row| gap["file"] == path;
        if text(&file, "outcome") == "skipped" {
            let rows = bundles::rows(bundle, "files.csv");
            let row = rows.iter().find(|row| row["path"] == path).unwrap();
            assert!(row["reason"].contains(text(&file, "container")), "{path}: {}", row["reason"]);
            let holds_records = file["entries_not_read"] != 0;
            assert_eq!(
                gaps.iter().any(|gap| here(&gap) && gap["loses_input"] == "yes"),
                holds_records,
                "{path}"
            );
        } else {
            let unread = gaps.iter().filter(here).filter(|gap| gap["kind"] == "not-a-record").count();
            assert_eq!(
                file["entries_not_read"].to_string(),
                unread.to_string(),
                "{path}: entries that are no records"
            );
        }
    }
}

#[test]
fn each_folder_alone_reads_as_it_does_in_the_whole() {
    let Some(source) = support::shared("samples/real") else { return };
    let files = expected_files();
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for path in files.keys() {
        folders.extend(path.match_indices('/').map(|(end, _)| &path[..=end]));
    }
    assert_eq!(folders.len(), 6);
    for folder in folders {
        let (_kept, bundle) = run_over(&source.join(folder));
        assert_outcomes(&bundle, folder);
        bundles::assert_sums(&bundle);
    }
}

/// Places of records that are equal second deliveries: they are cited elsewhere.
fn second_deliveries() -> BTreeSet<(String, u64)> {
    let all = expectations();
    let mut places = BTreeSet::new();
    for pair in list(&all["totals"], "equal_second_deliveries") {
        for index in pair[1].as_array().unwrap() {
            places.insert((pair[0].as_str().unwrap().to_owned(), index.as_u64().unwrap()));
        }
    }
    places
}

/// Hand-written record and the accesses found at its place.
fn records(bundle: &Path) -> Vec<(String, Value, Vec<Known>)> {
    let names: BTreeMap<String, String> = bundles::rows(bundle, "files.csv")
        .into_iter()
        .map(|row| (row["file_row"].clone(), row["path"].clone()))
        .collect();
    let mut found: BTreeMap<(String, u64), Vec<Known>> = BTreeMap::new();
    for known in bundles::known(bundle) {
        let place = (names[known.cell("file_row")].clone(), known.cell("record_index").parse().unwrap());
        found.entry(place).or_default().push(known);
    }
    let (mut records, again) = (Vec::new(), second_deliveries());
    for (path, file) in expected_files() {
        for record in list(&file, "dynamodb") {
            let place = (path.clone(), record["index"].as_u64().unwrap());
            if !again.contains(&place) {
                let words = format!("{path} record {} {}", record["index"], text(record, "operation"));
                records.push((words, record.clone(), found.remove(&place).unwrap_or_default()));
            }
        }
    }
    records
}

#[test]
fn operation_kind_outcome_and_caller_are_what_a_person_reads() {
    let Some(bundle) = whole() else { return };
    let records = records(bundle);
    assert_eq!(records.len(), 20, "18 DynamoDB, 1 DAX and 2 KMS records less one second delivery");
    for (words, record, accesses) in records {
        assert!(!accesses.is_empty(), "{words} has no access");
        for access in &accesses {
            for column in ["operation", "kind", "outcome"] {
                assert_eq!(access.cell(column), text(&record, column), "{words}: {column}");
            }
            assert_eq!(access.caller, text(&record, "caller"), "{words}");
            let reference = access.cell("event_ref").split('~').next().unwrap();
            assert_eq!(reference.rsplit(':').next().unwrap(), text(&record, "event_id"), "{words}");
        }
    }
}

#[test]
fn tables_are_those_that_the_records_name() {
    let Some(bundle) = whole() else { return };
    for (words, record, accesses) in records(bundle) {
        // KMS calls for a table are key use: their object is the key (its table is only context).
        if record.get("source").is_some_and(|source| source == "kms.amazonaws.com") {
            assert!(accesses.iter().all(|access| access.cell("object_kind") == "key"), "{words}");
            continue;
        }
        let wanted: BTreeSet<Vec<&str>> = list(&record, "tables")
            .iter()
            .map(|table| ["account", "region", "name"].map(|name| text(table, name)).to_vec())
            .collect();
        let tables = accesses.iter().filter(|access| access.cell("object_kind") == "table");
        let found: BTreeSet<Vec<&str>> = tables
            .map(|access| ["account", "region", "table"].map(|column| access.cell(column)).to_vec())
            .collect();
        assert_eq!(found, wanted, "{words}");
    }
}

/// Items of a key cell as `attribute=value, attribute=value`.
fn items(cell: &str) -> BTreeSet<String> {
    let value: Value = serde_json::from_str(cell).unwrap_or_else(|error| panic!("{cell}: {error}"));
    let item = |item: &Value| {
        let attributes = item.as_object().unwrap().iter();
        attributes
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match &value {
        Value::Array(list) => list.iter().map(item).collect(),
        one => BTreeSet::from([item(one)]),
    }
}

#[test]
fn keys_are_those_that_the_records_hold() {
    let Some(bundle) = whole() else { return };
    for (words, record, accesses) in records(bundle) {
        let wanted: BTreeSet<String> =
            list(&record, "keys").iter().map(|key| key.as_str().unwrap().to_owned()).collect();
        let cell = accesses[0].cell("key");
        match accesses[0].cell("key_kind") {
            "none" => assert!(wanted.is_empty() && cell == "[none-recorded]", "{words}: {cell}"),
            "condition" => {
                let parts: Vec<&str> = wanted.iter().flat_map(|key| key.split(", ")).collect();
                assert!(!parts.is_empty(), "{words}: {cell}");
                for (name, value) in parts.iter().map(|part| part.split_once('=').unwrap()) {
                    assert!(cell.contains(&format!("{name} = '{value}'")), "{words}: {cell}");
                }
            }
            _ => assert_eq!(items(cell), wanted, "{words}"),
        }
    }
}

#[test]
fn events_that_reuse_one_id_all_count_and_print_apart() {
    let Some(bundle) = whole() else { return };
    let reused = "111122223333:a954451c-c2fc-4561-8aea-7a30ba1fdf52";
    let rows = bundles::rows(bundle, "accesses.csv.gz");
    let mut references: Vec<(&str, &str)> = rows
        .iter()
        .filter(|row| row["event_ref"].split('~').next() == Some(reused))
        .map(|row| (row["operation"].as_str(), row["event_ref"].as_str()))
        .collect();
    references.sort_unstable();
    assert_eq!(
        references.iter().map(|pair| pair.0).collect::<Vec<_>>(),
        ["DeleteTable", "PutItem", "UpdateItem"]
    );
    let apart: BTreeSet<&str> = references.iter().map(|pair| pair.1).collect();
    assert_eq!(apart.len(), 3);
    assert_eq!(apart.iter().filter(|reference| reference.contains('~')).count(), 2, "{apart:?}");
    let gaps = bundles::rows(bundle, "gaps.csv");
    assert!(gaps.iter().filter(|gap| gap["kind"] == "same-reference-other-content").count() >= 2);
}

#[test]
fn no_credential_of_another_session_names_anybody() {
    let Some(bundle) = whole() else { return };
    for (words, record, accesses) in records(bundle) {
        let access = &accesses[0];
        let person = record["person"].as_str();
        match access.kind.as_str() {
            "named" | "person" => {
                let person =
                    person.unwrap_or_else(|| panic!("{words}: nobody is named, not {}", access.name));
                assert!(access.name.ends_with(person), "{words}: {} is not {person}", access.name);
            }
            "service" => assert!(access.name.ends_with(".amazonaws.com"), "{words}: {}", access.name),
            "root" => assert_eq!(person, None, "{words}"),
            other => assert_eq!(other, "unresolved", "{words}: {}", access.name),
        }
        assert_ne!(access.cell("grade"), "A", "{words}: no roster was given");
    }
}

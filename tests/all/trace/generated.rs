//! Traces over a generated log, against the text of its records.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::logs::{answer, assert_sums};
use crate::trail;

/// Every record of the generated files by its event id.
fn records(folder: &Path) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder.join("logs")).into_iter().map(Result::unwrap) {
        if !entry.file_type().is_file() {
            continue;
        }
        let mut text = String::new();
        let file = std::fs::File::open(entry.path()).unwrap();
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
        let content: Value = serde_json::from_str(&text).unwrap();
        for record in content["Records"].as_array().unwrap() {
            found.insert(record["eventID"].as_str().unwrap().to_owned(), record.clone());
        }
    }
    found
}

fn ids(lines: &Value) -> BTreeSet<String> {
    let id = |line: &Value| line["event_ref"].as_str().unwrap().split_once(':').unwrap().1.to_owned();
    lines.as_array().unwrap().iter().map(id).collect()
}

/// Whether the request states a value on its own, in a key or a statement.
fn states(record: &Value, value: &str) -> bool {
    let request = record["requestParameters"].to_string();
    request.contains(&format!("\"{value}\"")) || request.contains(&format!("'{value}'"))
}

#[test]
fn what_states_the_key_is_never_ruled_out_and_what_does_not_is_never_certain() {
    let folder = tempfile::tempdir().unwrap();
    let plan =
        trail::Plan { events: 6_000, people: 20, missing_issuance_share: 0.0, ..trail::Plan::default() };
    let truth = trail::write(&plan, folder.path()).unwrap();
    let records = records(folder.path());
    let table = truth.tables.iter().find(|table| table.name == "cards").unwrap();
    let on_table = |record: &&Value| {
        record["eventSource"] == "dynamodb.amazonaws.com"
            && record["resources"].to_string().contains(&format!("\"{}\"", table.arn))
    };
    let mut values: BTreeSet<String> = BTreeSet::new();
    for record in records.values().filter(on_table) {
        let value = record["requestParameters"]["key"][table.partition_key].as_str();
        values.extend(value.map(str::to_owned));
    }
    assert!(values.len() > 100);
    for value in values.iter().step_by(values.len() / 6) {
        let key = format!("{}={value}", table.partition_key);
        let told = answer(folder.path(), &["item", &table.arn, &key]);
        let told = &told["tables"][0];
        assert_sums(told);
        assert_eq!(told["sums"]["accesses"], records.values().filter(on_table).count(), "{value}");
        let (touched, tried, may) = (ids(&told["touched"]), ids(&told["tried"]), ids(&told["may"]));
        for (id, record) in records.iter().filter(|(_, record)| on_table(record)) {
            let (stated, done) = (states(record, value), record.get("errorCode").is_none());
            if stated && done {
                assert!(touched.contains(id) || may.contains(id), "{record}");
            }
            if touched.contains(id) || tried.contains(id) {
                assert!(stated && touched.contains(id) == done, "{record}");
            }
            let open = matches!(record["eventName"].as_str(), Some("Scan" | "GetRecords"));
            assert!(!(open && done) || may.contains(id), "{record}");
        }
        assert!(!touched.is_empty(), "{value}");
    }
}

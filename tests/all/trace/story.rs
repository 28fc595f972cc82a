//! Traces over the sample story: its items by the rows of its bundle, its people and credentials by its known truth.

use std::collections::BTreeSet;

use serde_json::Value;

use super::logs::assert_sums;
use crate::support;

fn answer(args: &[&str]) -> Value {
    let audit = support::story().join("audit.toml");
    let here = tempfile::tempdir().unwrap();
    let ran = support::run(
        &[&["trace"], args, &["--audit", audit.to_str().unwrap(), "--json"]].concat(),
        here.path(),
    );
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn references(lines: &Value) -> BTreeSet<String> {
    lines.as_array().unwrap().iter().map(|line| line["event_ref"].as_str().unwrap().to_owned()).collect()
}

/// Two independent ways to the same answer: the trace reads records again, the bundle's table has the keys of rows.
#[test]
fn an_item_is_touched_by_those_rows_of_the_bundle_that_hold_its_key() {
    let rows = support::table(&support::story_bundle().join("data/accesses.csv.gz"));
    for (table, name, value) in [("merchants", "merchantId", "m-0094"), ("cards", "cardToken", "tok-0169")] {
        let told = answer(&["item", table, value]);
        let told = &told["tables"][0];
        assert_sums(told);
        let key = format!("{{\"{name}\":\"{value}\"}}");
        let on_table = rows.iter().filter(|row| row["table"] == table).count();
        assert_eq!(told["sums"]["accesses"], on_table, "{table}");
        let done = |row: &&std::collections::BTreeMap<String, String>| {
            row["table"] == table
                && row["key"].contains(&key)
                && row["outcome"] == "done"
                && row["key_kind"] == "exact"
        };
        let exact: BTreeSet<String> = rows.iter().filter(done).map(|row| row["event_ref"].clone()).collect();
        let touched = references(&told["touched"]);
        assert!(exact.len() > 8 && exact.is_subset(&touched), "{table}");
        let more: BTreeSet<&String> = touched.difference(&exact).collect();
        let queries = told["touched"].as_array().unwrap().iter().filter(|line| {
            matches!(line["operation"].as_str(), Some("Query" | "ExecuteStatement" | "BatchExecuteStatement"))
        });
        assert_eq!(more.len(), queries.count(), "{table}: the others name the key in a condition");
        let scans = rows
            .iter()
            .filter(|row| row["table"] == table && row["operation"] == "Scan" && row["outcome"] == "done");
        let may = references(&told["may"]);
        assert!(scans.map(|row| &row["event_ref"]).all(|scan| may.contains(scan)), "{table}");
    }
}

#[test]
fn the_stop_of_monday_is_told_with_every_item_of_cards() {
    let told = answer(&["item", "cards", "tok-0169"]);
    let hours = told["tables"][0]["unrecorded"].as_array().unwrap();
    for class in ["read", "write", "stream"] {
        let one =
            hours.iter().find(|one| one["name"] == format!("111122223333 eu-west-1 cards {class}")).unwrap();
        assert_eq!((&one["proven"], &one["hours"]), (&Value::from(331), &Value::from(336)));
        assert_eq!(one["spans"][0]["from"], "2026-03-09T10:00:00Z");
        assert_eq!(one["spans"][0]["to"], "2026-03-09T13:00:00Z");
        assert_eq!(one["spans"][0]["state"], "stopped");
        assert_eq!(
            (&one["spans"][1]["to"], &one["spans"][1]["state"]),
            (&"2026-03-09T15:00:00Z".into(), &"damaged".into())
        );
    }
}

/// The list of patterns named a file of a bundle with the hash of the trace's own CSV form.
#[test]
fn a_trace_states_no_hash_of_a_file_that_it_does_not_write() {
    let told = answer(&["person", "p-014"]);
    let patterns = &told["dossier"]["patterns"];
    assert!(!patterns["rows"].as_array().unwrap().is_empty(), "{told}");
    assert_eq!(
        (&patterns["file"], &patterns["sha256"]),
        (&"data/patterns.csv of a bundle".into(), &"".into())
    );
}

#[test]
fn a_persons_trace_counts_what_the_bundle_counts() {
    let users = support::table(&support::story_bundle().join("data/users.csv"));
    for (id, name) in [
        ("p-022", "Saskia Vermeulen-Hart"),
        ("p-014", "Inés Valdecasas-Roy"),
        ("p-002", "Bram Okonjo-Visser"),
    ] {
        let told = answer(&["person", id]);
        assert_eq!(told["dossier"]["name"], name);
        let expected: u64 = users
            .iter()
            .filter(|row| row["name"] == name)
            .map(|row| row["accesses"].parse::<u64>().unwrap())
            .sum();
        assert_eq!(told["accesses"].as_array().unwrap().len() as u64, expected, "{name}");
        assert!(
            told["dossier"]["totals_line"].as_str().unwrap().starts_with(&format!("{expected} accesses = ")),
            "{name}"
        );
        let credentials = told["credentials"].as_array().unwrap().iter();
        assert_eq!(credentials.map(|one| one["accesses"].as_u64().unwrap()).sum::<u64>(), expected, "{name}");
    }
}

#[test]
fn two_roles_across_accounts_lead_back_to_one_person() {
    let rows = support::table(&support::story_bundle().join("data/sessions.csv"));
    let forensics = rows.iter().find(|row| row["principal"].contains("/card-forensics/")).unwrap();
    let told = answer(&["credential", &forensics["credential"]]);
    let accounts: Vec<&str> = told["issued_by"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["event_ref"].as_str().unwrap()[..12])
        .collect();
    assert_eq!(accounts, ["111122223333", "444455556666"]);
    assert!(
        told["issued_by"][1]["copies"].to_string().contains("111122223333:"),
        "the role's account holds a record too"
    );
    assert_eq!(told["ends"].as_array().unwrap().len(), 1);
    assert!(told["ends"][0].as_str().unwrap().contains("Tomasz Wierzbowski-Hale (grade A)"));
}

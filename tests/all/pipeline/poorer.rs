//! Copies of records as queries give them: without the account whose log they are in, or without what joins them to other
//! accounts. Comes in: records and such rows. Goes out: that actions count as they do when the log files tell them.

use proptest::prelude::*;
use serde_json::Value;

use super::ledgers::Bench;
use super::views::{callers, files, owners, read, told};

/// A copy of a record as a query may give it: without the account whose log it is in, without other members.
fn poorer(record: &str, account: bool, shared: bool) -> String {
    let mut record: Value = serde_json::from_str(record).unwrap();
    let members = record.as_object_mut().unwrap();
    if !account {
        members.remove("recipientAccountId");
        members.get_mut("userIdentity").and_then(Value::as_object_mut).map(|who| who.remove("accountId"));
    }
    if !shared {
        members.remove("sharedEventID");
    }
    let rows = members.iter().filter(|(_, value)| !value.is_null());
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let row: serde_json::Map<String, Value> =
        rows.map(|(name, value)| (name.to_lowercase(), cell(value).into())).collect();
    Value::Object(row).to_string()
}

/// Rows of a query, one a line.
fn rows(records: &[String]) -> (String, String) {
    ("rows.jsonl".to_owned(), records.join("\n"))
}

/// An id that records of several accounts have, with other contents.
const SHARED_ID: &str = "\"00000000-0000-4000-8000-000000000001\"";

/// The record under an id that no other account's log has, as CloudTrail gives them.
fn of_one_account(record: &str) -> String {
    let mut record: Value = serde_json::from_str(record).unwrap();
    let id = record["eventID"].as_str().unwrap().to_owned();
    let account = record["recipientAccountId"].as_str().unwrap();
    if !id.starts_with("00000000") {
        record["eventID"] = format!("{}{account}", &id[..24]).into();
    }
    record.to_string()
}

#[test]
fn a_copy_that_states_no_account_still_joins_the_records_of_its_action() {
    let [owner, caller] = [owners(), callers()].map(|record| record.to_string());
    let whole = read(&[owners(), callers()]);
    let bench = Bench::with_rows(
        &[("caller.json".to_owned(), vec![caller.clone()])],
        &rows(&[poorer(&owner, false, true), poorer(&owner, true, false)]),
    );
    let read = bench.settle(bench.all());
    assert_eq!(read.ledger.boxes.copies, 1, "the action counts once: {:?}", read.ledger.gaps);
    assert_eq!(told(&read.ledger), told(&whole.ledger));
    assert_eq!(read.ledger.boxes.duplicates, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn poorer_copies_change_nothing_but_the_count_of_duplicates(
        files in files(),
        chosen in prop::collection::vec((0..20_usize, any::<bool>(), any::<bool>()), 1..8),
    ) {
        let files: Vec<Vec<String>> =
            files.iter().map(|records| records.iter().map(|record| of_one_account(record)).collect()).collect();
        let texts: Vec<&String> = files.iter().flatten().filter(|record| !record.contains(SHARED_ID)).collect();
        let copies: Vec<String> = chosen.iter()
            .filter_map(|(place, account, shared)| Some(poorer(texts.get(*place)?, *account, *shared)))
            .collect();
        let named: Vec<(String, Vec<String>)> =
            (0..).zip(&files).map(|(number, records)| (format!("file-{number}.json"), records.clone())).collect();
        let (one, two) = (Bench::placed(&named), Bench::with_rows(&named, &rows(&copies)));
        let (one, two) = (one.settle(one.all()), two.settle(two.all()));
        prop_assert_eq!(told(&one.ledger), told(&two.ledger));
        prop_assert_eq!(one.ledger.boxes.copies, two.ledger.boxes.copies);
        prop_assert_eq!(one.ledger.boxes.duplicates + copies.len() as u64, two.ledger.boxes.duplicates);
    }

    #[test]
    fn records_that_only_poorer_copies_tell_count_as_they_do_themselves(
        files in files(),
        chosen in prop::collection::vec(any::<bool>(), 40),
    ) {
        let files: Vec<Vec<String>> =
            files.iter().map(|records| records.iter().map(|record| of_one_account(record)).collect()).collect();
        let id = |record: &str| serde_json::from_str::<Value>(record).unwrap()["eventID"].clone();
        let alone = |record: &String| files.iter().flatten().all(|other| other == record || id(other) != id(record));
        let split: Vec<&String> = files.iter().flatten().zip(chosen.iter().cycle())
            .filter_map(|(record, split)| (*split && alone(record)).then_some(record)).collect();
        let copies: Vec<String> =
            split.iter().flat_map(|record| [poorer(record, false, true), poorer(record, true, false)]).collect();
        let named = |left_out: &[&String]| -> Vec<(String, Vec<String>)> {
            let kept = |records: &Vec<String>| records.iter().filter(|one| !left_out.contains(one)).cloned().collect();
            (0..).zip(&files).map(|(number, records)| (format!("file-{number}.json"), kept(records))).collect()
        };
        let (one, two) = (Bench::placed(&named(&[])), Bench::with_rows(&named(&split), &rows(&copies)));
        let (one, two) = (one.settle(one.all()), two.settle(two.all()));
        prop_assert_eq!(told(&one.ledger), told(&two.ledger));
        prop_assert_eq!(one.ledger.boxes.copies, two.ledger.boxes.copies);
    }
}

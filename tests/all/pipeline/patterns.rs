//! data/patterns.csv of samples/acme-payments against counts made here from data/accesses.csv.gz alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trailwitness::clock::{self, HOUR};

use super::bundles::{self, Known, Row};
use crate::support;

fn rows(kind: &str) -> Vec<Row> {
    let rows = bundles::rows(support::story_bundle(), "patterns.csv").into_iter();
    rows.filter(|row| row["kind"] == kind).collect()
}

/// Accesses of people with their times; the story's programs are registered.
fn of_people() -> Vec<(i64, Known)> {
    let known = bundles::known(support::story_bundle()).into_iter();
    let people = known.filter(|one| !matches!(one.kind.as_str(), "workload" | "service"));
    people.map(|one| (clock::parse(one.cell("event_time")).unwrap(), one)).collect()
}

fn start() -> i64 {
    clock::parse("2026-03-02T00:00:00Z").unwrap()
}

/// Dublin keeps UTC in these weeks; 2 March is a Monday.
fn is_outside(time: i64) -> bool {
    let (day, hour) = ((time - start()).div_euclid(24 * HOUR), (time - start()).rem_euclid(24 * HOUR) / HOUR);
    day.rem_euclid(7) >= 5 || !(7..19).contains(&hour)
}

/// As patterns.csv names what was touched, without the words for nameless objects.
fn named(row: &Row) -> Option<String> {
    let table = &row["table"];
    match row["object_kind"].as_str() {
        _ if table.is_empty() => None,
        "table" => Some(format!("{table} ({} {})", row["account"], row["region"])),
        _ => Some(table.clone()),
    }
}

/// First time, last time, count.
type Span = (String, String, u64);

fn span(known: &mut BTreeMap<(String, String), Span>, key: (String, String), row: &Row) {
    let time = row["event_time"].clone();
    let span = known.entry(key).or_insert((time.clone(), time.clone(), 0));
    *span = (span.0.clone().min(time.clone()), span.1.clone().max(time), span.2 + 1);
}

fn told(kind: &str) -> BTreeMap<(String, String), Span> {
    let cells = |row: Row| {
        let count = row["count"].parse().unwrap();
        let key = (row["user_token"].clone(), row["what"].clone());
        (key, (row["first_seen"].clone(), row["last_seen"].clone(), count))
    };
    rows(kind).into_iter().map(cells).collect()
}

#[test]
fn accesses_outside_the_declared_hours_are_those_that_accesses_csv_holds() {
    let mut counted = BTreeMap::new();
    for (_, one) in of_people().iter().filter(|(time, _)| is_outside(*time)) {
        if let Some(what) = named(&one.row) {
            span(&mut counted, (one.cell("user_token").to_owned(), what), &one.row);
        }
    }
    let mut told = told("outside-hours");
    told.retain(|(_, what), _| !what.starts_with("the service itself") && what != "not stated");
    assert!(counted.len() > 3);
    assert_eq!(told, counted);
}

#[test]
fn tables_new_to_a_person_after_seven_days_are_those_that_accesses_csv_holds() {
    let mut counted = BTreeMap::new();
    for (_, one) in of_people() {
        let item =
            ["read", "write", "delete"].contains(&one.cell("kind")) && !one.cell("data_class").is_empty();
        let stream = ["GetRecords", "GetShardIterator"].contains(&one.cell("operation"));
        if item && !stream && one.cell("outcome") == "done" {
            span(&mut counted, (one.cell("user_token").to_owned(), named(&one.row).unwrap()), &one.row);
        }
    }
    counted.retain(|_, span| span.0.as_str() >= "2026-03-09T00:00:00Z");
    assert!(!counted.is_empty());
    assert_eq!(told("first-on-table"), counted);
}

#[test]
fn networks_new_to_a_person_are_those_that_accesses_csv_holds() {
    let mut used: BTreeMap<(String, String), Span> = BTreeMap::new();
    for (_, one) in of_people() {
        if let Ok(address) = one.cell("source_ip").parse::<std::net::Ipv4Addr>() {
            let [a, b, c, _] = address.octets();
            span(&mut used, (one.cell("user_token").to_owned(), format!("{a}.{b}.{c}.0/24")), &one.row);
        }
    }
    let new = |span: &Span| span.0.as_str() >= "2026-03-09T00:00:00Z";
    let known: BTreeSet<String> =
        used.iter().filter(|(_, span)| !new(span)).map(|((token, _), _)| token.clone()).collect();
    used.retain(|(token, _), span| new(span) && known.contains(token));
    assert_eq!(told("new-network"), used);
}

#[test]
fn refusals_close_together_are_those_that_accesses_csv_holds() {
    let mut refused: BTreeMap<String, BTreeSet<(i64, String)>> = BTreeMap::new();
    for one in bundles::known(support::story_bundle()) {
        if one.cell("outcome") == "refused" && one.kind != "service" {
            let time = clock::parse(one.cell("event_time")).unwrap();
            refused
                .entry(one.cell("user_token").to_owned())
                .or_default()
                .insert((time, one.cell("event_ref").to_owned()));
        }
    }
    let mut counted: Vec<(String, u64)> = Vec::new();
    for (token, events) in refused {
        let times: Vec<i64> = events.into_iter().map(|event| event.0).collect();
        for burst in times.chunk_by(|a, b| b - a <= HOUR).filter(|burst| burst.len() >= 10) {
            counted.push((token.clone(), burst.len() as u64));
        }
    }
    let mut told: Vec<(String, u64)> = rows("burst-of-refusals")
        .into_iter()
        .map(|row| (row["user_token"].clone(), row["count"].parse().unwrap()))
        .collect();
    told.sort();
    assert!(!counted.is_empty());
    assert_eq!(told, counted);
}

#[test]
fn calls_refused_and_then_done_are_those_that_accesses_csv_holds() {
    let mut calls: BTreeMap<(String, String, String), Vec<(i64, bool)>> = BTreeMap::new();
    for one in bundles::known(support::story_bundle()) {
        let (Some(what), false) = (named(&one.row), one.kind == "service") else { continue };
        let outcome = one.cell("outcome");
        if outcome == "refused" || outcome == "done" {
            let key = (one.cell("user_token").to_owned(), one.cell("operation").to_owned(), what);
            let time = clock::parse(one.cell("event_time")).unwrap();
            calls.entry(key).or_default().push((time, outcome == "done"));
        }
    }
    let mut counted = BTreeMap::new();
    for ((token, operation, what), list) in calls {
        let done: BTreeSet<i64> = list.iter().filter(|call| call.1).map(|call| call.0).collect();
        let followed =
            |call: &&(i64, bool)| !call.1 && done.range(call.0 + 1..=call.0 + 24 * HOUR).next().is_some();
        let count = list.iter().filter(followed).count() as u64;
        if count > 0 {
            counted.insert((token, format!("{operation} on {what}")), count);
        }
    }
    let told: BTreeMap<(String, String), u64> =
        told("refused-then-allowed").into_iter().map(|(key, span)| (key, span.2)).collect();
    assert_eq!(told, counted);
}

#[test]
fn every_citation_is_an_access_of_the_principal_and_the_file_is_described_and_hashed() {
    let bundle = support::story_bundle();
    let places: BTreeMap<(String, String), String> = bundles::rows(bundle, "accesses.csv.gz")
        .into_iter()
        .map(|row| {
            let place = format!("{}#{}", row["file_row"], row["record_index"]);
            ((row["event_ref"].clone(), row["user_token"].clone()), place)
        })
        .collect();
    let rows = bundles::rows(bundle, "patterns.csv");
    for row in &rows {
        let cited: Vec<&str> = row["citations"].split(' ').collect();
        assert!(cited.len() >= 2 && cited.len() <= 40, "{row:?}");
        for pair in cited.chunks(2) {
            assert_eq!(places[&(pair[0].to_owned(), row["user_token"].clone())], pair[1]);
        }
        assert!(!row["rule"].is_empty() && !row["baseline"].is_empty());
    }
    let columns: Value =
        serde_json::from_slice(&std::fs::read(bundle.join("data/columns.json")).unwrap()).unwrap();
    let told: Vec<&str> = columns["patterns.csv"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), rows[0].len());
    assert!(told.iter().all(|name| rows[0].contains_key(*name)));
    let sums = std::fs::read_to_string(bundle.join("SHA256SUMS")).unwrap();
    assert!(sums.contains("data/patterns.csv"));
    let parameters: Value =
        serde_json::from_slice(&std::fs::read(bundle.join("inputs/parameters.json")).unwrap()).unwrap();
    assert_eq!(parameters["patterns"]["baseline_days"], 7);
}

#[test]
fn the_dossier_shows_the_patterns_of_its_person_with_rule_and_place() {
    let bundle = support::story_bundle();
    let row = rows("first-on-table").remove(0);
    let page =
        std::fs::read_to_string(bundle.join(format!("human/people/{}.html", row["user_token"]))).unwrap();
    let words = crate::pipeline::words_of(&page);
    let place = row["citations"].split(' ').nth(1).unwrap();
    for told in
        ["Off-hours and unusual", "first access to this table in the window", &row["pattern_id"], place]
    {
        assert!(words.contains(told), "{told}\n{words}");
    }
    assert!(words.contains("The window has no history before it"));
}

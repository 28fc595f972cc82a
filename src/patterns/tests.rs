//! Each pattern just under and just over its threshold, and what holds for all: no order of files, no word of judgement,
//! nothing taken from what a record hides.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::audit::Overrides;
use crate::clock::{parse, rfc3339};
use crate::verdicts::runs::tests::{Bench, item, record, refused, with};

const START: &str = "2026-02-02T00:00:00Z";

/// A window of fourteen days, so that seven show what is usual.
pub(crate) fn bench(records: Vec<Value>) -> Bench {
    Bench::new().replacing(("to = \"2026-02-04\"", "to = \"2026-02-16\"")).logs(records)
}

/// Seconds after the window's start, as records write them.
fn at(seconds: i64) -> String {
    rfc3339(parse(START).unwrap() + seconds)
}

const HOURS: i64 = 3600;
const DAYS: i64 = 24 * HOURS;

/// From an address.
fn from(address: &str, record: Value) -> Value {
    with(record, &json!({"sourceIPAddress": address}))
}

fn get(by: &str, seconds: i64, table: &str, key: &str) -> Value {
    let record = item("GetItem", by, &at(seconds), table, Some(key));
    let id = format!(
        "{:08x}-0000-4000-9000-{seconds:012x}",
        xxhash_rust::xxh3::xxh3_64(format!("{by}{table}{key}").as_bytes()) >> 32
    );
    with(record, &json!({"eventID": id}))
}

/// Principal, what, count, first time, baseline proven, number of citations; of one kind.
type Told = (String, String, u64, String, Option<bool>, usize);

fn told_of(ledger: &Ledger, patterns: &Patterns, kind: Kind) -> Vec<Told> {
    let what = |pattern: &Pattern| match &pattern.what {
        What::Object(raw) => ledger.name(raw.object_name).to_owned(),
        What::Call(raw, operation) => format!("{} {}", ledger.name(*operation), ledger.name(raw.object_name)),
        What::Network(text) | What::Key(text) => text.clone(),
        What::Anything => String::new(),
    };
    let told = |pattern: &Pattern| {
        let names: Vec<&str> = pattern
            .about
            .principals
            .iter()
            .map(|place| ledger.principals[*place as usize].name.as_str())
            .collect();
        let cited = pattern.about.cited(ledger).len();
        (names.join("+"), what(pattern), pattern.count, rfc3339(pattern.times.0), pattern.proven, cited)
    };
    patterns.list.iter().filter(|pattern| pattern.kind == kind).map(told).collect()
}

fn told(bench: &Bench, kind: Kind) -> Vec<Told> {
    let (audit, coverage, ledger) = bench.read();
    told_of(&ledger, &find(&ledger, &coverage, &audit), kind)
}

fn row(who: &str, what: &str, count: u64, first: i64, proven: Option<bool>, cited: usize) -> Told {
    (who.to_owned(), what.to_owned(), count, at(first), proven, cited)
}

#[test]
fn a_table_is_new_to_a_person_from_the_end_of_the_baseline_on() {
    let logs = vec![
        get("alice", 7 * DAYS - 1, "cards", "a"),
        get("alice", 8 * DAYS, "cards", "a"),
        get("alice", 7 * DAYS, "notes", "a"),
        get("alice", 9 * DAYS, "notes", "b"),
        // Refused, undeclared, a program: none is a person's first access to declared data.
        refused(get("bob", 8 * DAYS, "cards", "a")),
        get("bob", 8 * DAYS, "elsewhere", "a"),
        get("robot", 8 * DAYS, "notes", "a"),
    ];
    assert_eq!(
        told(&bench(logs), Kind::FirstOnTable),
        [row("Alice A", "notes", 2, 7 * DAYS, Some(false), 2)]
    );
}

#[test]
fn a_baseline_is_proven_only_by_hours_that_were_logged_one_by_one() {
    let quiet = |hour: i64| from("203.0.113.9", get("robot", hour * HOURS, "cards", "r"));
    let writes =
        |hour: i64| with(quiet(hour), &json!({"eventName": "PutItem", "eventID": format!("w-{hour}")}));
    let all = |gap: i64| {
        let mut logs: Vec<Value> = (0..14 * 24 + 3)
            .filter(|hour| *hour != gap)
            .flat_map(|hour| [quiet(hour), writes(hour)])
            .collect();
        logs.push(get("alice", 7 * DAYS + 60, "cards", "a"));
        logs
    };
    assert_eq!(
        told(&bench(all(-1)), Kind::FirstOnTable),
        [row("Alice A", "cards", 1, 7 * DAYS + 60, Some(true), 1)]
    );
    assert_eq!(
        told(&bench(all(30)), Kind::FirstOnTable),
        [row("Alice A", "cards", 1, 7 * DAYS + 60, Some(false), 1)]
    );
}

#[test]
fn refused_then_allowed_is_one_principal_one_call_and_within_the_minutes() {
    let day = DAYS;
    let alike = |by: &str, seconds: i64, operation: &str| {
        with(get(by, seconds, "cards", operation), &json!({"eventName": operation}))
    };
    let pair = |by: &str, operation: &str, gap: i64| {
        vec![refused(alike(by, day, operation)), alike(by, day + gap, operation)]
    };
    for (gap, count) in [(0, 0), (1, 1), (1440 * 60, 1), (1440 * 60 + 1, 0)] {
        assert_eq!(
            told(&bench(pair("alice", "GetItem", gap)), Kind::RefusedThenAllowed).len(),
            count,
            "{gap}"
        );
    }
    let mut logs = pair("alice", "GetItem", 60);
    logs.push(refused(alike("alice", day + 30, "GetItem")));
    // Another operation, another person: neither answers a refusal.
    logs.extend([refused(alike("alice", day, "PutItem")), alike("bob", day + 9, "PutItem")]);
    logs.extend(pair("robot", "Query", 5));
    let expected =
        [row("Alice A", "GetItem cards", 2, day, None, 3), row("robot", "Query cards", 1, day, None, 2)];
    assert_eq!(told(&bench(logs), Kind::RefusedThenAllowed), expected);
}

#[test]
fn a_burst_is_ten_refused_events_without_a_longer_pause() {
    let burst = |by: &str, count: i64, pause: i64| -> Vec<Value> {
        (0..count).map(|number| refused(get(by, DAYS + number * pause, "cards", "a"))).collect()
    };
    assert!(told(&bench(burst("alice", 9, HOURS)), Kind::BurstOfRefusals).is_empty());
    assert!(told(&bench(burst("alice", 10, HOURS + 1)), Kind::BurstOfRefusals).is_empty());
    let expected = [row("robot", "", 10, DAYS, None, 10)];
    assert_eq!(told(&bench(burst("robot", 10, HOURS)), Kind::BurstOfRefusals), expected);
}

#[test]
fn bulk_reads_count_keys_or_calls_and_no_key_that_is_hidden() {
    let reads = |by: &str, keys: i64| -> Vec<Value> {
        (0..keys).map(|key| get(by, DAYS + key * 60, "cards", &format!("k{key}"))).collect()
    };
    let bench = |logs: Vec<Value>| {
        bench(logs).stating("[patterns]\nbulk_keys = 5\nbulk_calls = 8\nbulk_minutes = 4\n")
    };
    assert!(told(&bench(reads("alice", 4)), Kind::BulkReads).is_empty());
    assert_eq!(told(&bench(reads("alice", 5)), Kind::BulkReads), [row("Alice A", "cards", 5, DAYS, None, 5)]);
    assert!(told(&bench(reads("robot", 50)), Kind::BulkReads).is_empty(), "a program's trade");
    let scans = |count: i64| -> Vec<Value> {
        (0..count).map(|number| item("Scan", "alice", &at(DAYS + number), "cards", None)).collect()
    };
    assert!(told(&bench(scans(7)), Kind::BulkReads).is_empty());
    assert_eq!(told(&bench(scans(8)), Kind::BulkReads), [row("Alice A", "cards", 8, DAYS, None, 8)]);
    let hidden = |number: i64| {
        get("alice", DAYS + number, "cards", &format!("HIDDEN_DUE_TO_SECURITY_REASONS{number}"))
    };
    assert!(told(&bench((0..50).map(hidden).collect()), Kind::BulkReads).is_empty());
}

#[test]
fn a_network_is_new_only_beside_one_of_the_baseline_and_never_a_mark_for_a_hidden_address() {
    let logs = vec![
        from("203.0.113.7", get("alice", DAYS, "cards", "a")),
        from("203.0.113.200", get("alice", 8 * DAYS, "cards", "a")),
        from("198.51.100.1", get("alice", 9 * DAYS, "cards", "a")),
        from("2001:db8:1:2::5", get("alice", 10 * DAYS, "cards", "a")),
        from("HIDDEN_DUE_TO_SECURITY_REASONS", get("alice", 11 * DAYS, "cards", "a")),
        from("dynamodb.amazonaws.com", get("alice", 12 * DAYS, "cards", "a")),
        // Nothing to compare with.
        from("192.0.2.1", get("bob", 8 * DAYS, "cards", "a")),
        from("192.0.2.200", get("robot", DAYS, "cards", "a")),
        from("198.51.100.9", get("robot", 9 * DAYS, "cards", "a")),
    ];
    let bench = bench(logs);
    let expected = [
        row("Alice A", "198.51.100.0/24", 1, 9 * DAYS, Some(false), 1),
        row("Alice A", "2001:db8:1::/48", 1, 10 * DAYS, Some(false), 1),
    ];
    assert_eq!(told(&bench, Kind::NewNetwork), expected);
    let (audit, coverage, ledger) = bench.read();
    let list = find(&ledger, &coverage, &audit).list;
    let words: Vec<&str> =
        list.iter().filter(|one| one.kind == Kind::NewNetwork).map(|one| one.baseline.as_str()).collect();
    assert!(words[1].contains("who came from 203.0.113.0/24, 198.51.100.0/24;"), "{words:?}");
}

#[test]
fn hours_are_told_where_they_are_declared_and_said_to_be_missing_where_they_are_not() {
    let logs = || {
        vec![
            get("alice", 19 * HOURS - 1, "cards", "a"),
            get("alice", 19 * HOURS, "cards", "a"),
            get("alice", DAYS + 7 * HOURS - 1, "cards", "a"),
            get("alice", DAYS + 7 * HOURS, "cards", "a"),
            get("robot", DAYS, "cards", "a"),
        ]
    };
    let without = bench(logs());
    assert!(told(&without, Kind::OutsideHours).is_empty());
    let (audit, coverage, ledger) = without.read();
    let notes = find(&ledger, &coverage, &audit).notes;
    assert!(notes.iter().any(|note| note.contains("declares no [calendar]")), "{notes:?}");
    let calendar =
        "[calendar]\nzone = \"UTC\"\ndays = [\"mon\", \"tue\"]\nfrom = \"07:00\"\nto = \"19:00\"\n";
    let with = bench(logs()).stating(calendar);
    assert_eq!(told(&with, Kind::OutsideHours), [row("Alice A", "cards", 2, 19 * HOURS, None, 2)]);
    let (audit, coverage, ledger) = with.read();
    let found = find(&ledger, &coverage, &audit);
    assert!(found.notes.iter().all(|note| !note.contains("[calendar]")));
    let one = found.list.iter().find(|one| one.kind == Kind::OutsideHours).unwrap();
    assert!(
        one.rule.ends_with("mon tue from 07:00 to 19:00, UTC") && one.baseline.contains(": 2 accesses"),
        "{one:?}"
    );
}

#[test]
fn a_key_is_told_from_three_networks_on() {
    let uses = |by: &str, addresses: &[&str]| -> Vec<Value> {
        let uses = addresses.iter().zip(1..);
        uses.map(|(address, day)| from(address, get(by, day * DAYS, "cards", "a"))).collect()
    };
    let two =
        ["203.0.113.7", "203.0.113.8", "198.51.100.1", "HIDDEN_DUE_TO_SECURITY_REASONS", "kms.amazonaws.com"];
    assert!(told(&bench(uses("alice", &two)), Kind::KeyNetworks).is_empty());
    let three = ["203.0.113.7", "198.51.100.1", "192.0.2.1"];
    let expected = [row("Alice A", "AKIA00000000000ALICE", 3, DAYS, None, 3)];
    assert_eq!(told(&bench(uses("alice", &three)), Kind::KeyNetworks), expected);
}

#[test]
fn a_pause_is_as_long_as_stated_and_the_window_must_be_longer() {
    let logs = |gap: i64| {
        vec![
            get("alice", DAYS, "cards", "a"),
            get("alice", DAYS + gap, "cards", "a"),
            record("iam:ListUsers", "alice", &at(DAYS + gap + 60)),
        ]
    };
    let with = |gap: i64| bench(logs(gap)).stating("[patterns]\npause_days = 3\n");
    assert!(told(&with(3 * DAYS - 1), Kind::AfterPause).is_empty());
    assert_eq!(told(&with(3 * DAYS), Kind::AfterPause), [row("Alice A", "", 2, 4 * DAYS, Some(false), 2)]);
    let (audit, coverage, ledger) = bench(logs(9 * DAYS)).read();
    let notes = find(&ledger, &coverage, &audit).notes;
    assert!(notes.iter().any(|note| note.contains("not longer than a pause of 30 days")), "{notes:?}");
}

#[test]
fn a_threshold_of_nought_is_an_error_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.toml");
    std::fs::write(&path, "[patterns]\nbulk_keys = 0\n").unwrap();
    let error = Audit::read(&path, &Overrides::default()).unwrap_err().to_string();
    assert!(error.contains(":2:"), "{error}");
}

/// Something of every kind.
pub(crate) fn everything() -> Vec<Value> {
    let mut logs = Vec::new();
    for number in 0..12 {
        logs.push(refused(get("alice", DAYS + number * 60, "cards", "a")));
        logs.push(get("alice", 2 * DAYS - number * 60, "cards", &format!("k{number}")));
    }
    for (day, address) in [(1, "203.0.113.7"), (8, "198.51.100.1"), (13, "192.0.2.1")] {
        logs.push(from(address, get("alice", day * DAYS + 5, "notes", "n")));
        logs.push(from(address, get("bob", day * DAYS + 5, "cards", "n")));
    }
    logs.push(get("bob", 13 * DAYS, "notes", "=cmd|' /C calc'!A0<script>\u{1b}[2J"));
    logs.push(get("bob", 13 * DAYS, "=cmd()<script>alert(1)</script>\u{1b}[2J", "x"));
    logs
}

pub(crate) const ALL: &str = "[patterns]\nbulk_keys = 5\nbulk_calls = 8\npause_days = 3\n[calendar]\nzone = \"UTC\"\ndays = [\"mon\"]\nfrom = \"07:00\"\nto = \"19:00\"\n";

/// Everything about the patterns of a run but where files lie.
fn described(bench: &Bench) -> Vec<(Kind, Vec<Told>, Vec<String>)> {
    let (audit, coverage, ledger) = bench.read();
    let found = find(&ledger, &coverage, &audit);
    let texts = |kind: Kind| {
        let own = found.list.iter().filter(move |one| one.kind == kind);
        own.flat_map(|one| {
            let cited = one.about.cited(&ledger).into_iter().map(|cited| cited.event_ref);
            [one.rule.clone(), one.baseline.clone()].into_iter().chain(cited).collect::<Vec<_>>()
        })
        .collect()
    };
    Kind::ALL.into_iter().map(|kind| (kind, told_of(&ledger, &found, kind), texts(kind))).collect()
}

#[test]
fn every_kind_is_told_once_and_no_word_of_it_judges() {
    let all = described(&bench(everything()).stating(ALL));
    for (kind, told, texts) in &all {
        assert!(!told.is_empty(), "{kind:?}");
        let words = texts.join(" ") + kind.words() + kind.code() + kind.counted();
        for judging in ["suspicious", "anomal", "attack", "abnormal", "malicious", "violat"] {
            assert!(!words.to_lowercase().contains(judging), "{kind:?}: {judging}");
        }
    }
    // What was delivered twice is one access.
    assert_eq!(all, described(&bench(everything()).logs(everything()).stating(ALL)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn patterns_depend_on_neither_order_nor_cut_of_files(
        order in Just((0..everything().len()).collect::<Vec<_>>()).prop_shuffle(),
        size in 1_usize..9,
    ) {
        let records = everything();
        let mut cut = Bench::new().replacing(("to = \"2026-02-04\"", "to = \"2026-02-16\"")).stating(ALL);
        for (number, part) in order.chunks(size).enumerate() {
            let part = part.iter().map(|place| records[*place].clone()).collect();
            cut = cut.file(&format!("111122223333_CloudTrail_us-east-1_20260202T1000Z_{number:016}.json"), part);
        }
        prop_assert_eq!(described(&cut), described(&bench(records).stating(ALL)));
    }
}

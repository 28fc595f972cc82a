//! Readers under damage: no bytes make them panic, and what serde_json reads whole they read the same.

use proptest::prelude::*;
use trailwitness::clock;
use trailwitness::events;
use trailwitness::records::scan::Json;
use trailwitness::records::{Piece, Record, walk};

use crate::support::{get_item, log_file};

/// Records and troubles of a text.
fn told(text: &str) -> (usize, usize) {
    let (mut records, mut troubles) = (0, 0);
    walk(text, &mut |_, piece| match piece {
        Piece::Record(record) => {
            records += 1;
            events::understand(&record);
            record.content_hash();
        }
        Piece::Trouble(_) => troubles += 1,
    });
    (records, troubles)
}

fn base() -> String {
    let records: Vec<String> = (0..4).map(|n| get_item(n, "2026-03-02T10:00:00Z")).collect();
    log_file(&records)
}

/// One change to a text: cut, removed, replaced or inserted bytes.
#[derive(Debug, Clone)]
enum Damage {
    Cut(usize),
    Remove(usize, usize),
    Replace(usize, u8),
    Insert(usize, String),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), 1..40_usize).prop_map(|(at, length)| Damage::Remove(at, length)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (any::<usize>(), "[\\[\\]{}\",:\\\\ntu0-9 é\u{0}]{1,8}")
            .prop_map(|(at, text)| Damage::Insert(at, text)),
    ]
}

fn apply(mut bytes: Vec<u8>, damage: &Damage) -> Vec<u8> {
    let place = |at: usize, bytes: &[u8]| at % (bytes.len() + 1);
    match damage {
        Damage::Cut(at) => bytes.truncate(place(*at, &bytes)),
        Damage::Remove(at, length) => {
            let start = place(*at, &bytes);
            let end = (start + length).min(bytes.len());
            bytes.drain(start..end);
        }
        Damage::Replace(at, byte) if !bytes.is_empty() => {
            let at = *at % bytes.len();
            bytes[at] = *byte;
        }
        Damage::Replace(..) => {}
        Damage::Insert(at, text) => {
            let at = place(*at, &bytes);
            bytes.splice(at..at, text.bytes());
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_log_files_never_panic_and_whole_ones_lose_nothing(steps in prop::collection::vec(damage(), 0..4)) {
        let bytes = steps.iter().fold(base().into_bytes(), apply);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (records, troubles) = told(&text);
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text)
            && let Some(list) = value.get("Records").and_then(serde_json::Value::as_array)
            && list.first().is_none_or(|first| first.get("eventSource").is_some_and(|s| s == "dynamodb.amazonaws.com"))
        {
            prop_assert_eq!(records + troubles, list.len(), "each member of Records is a record or a trouble");
        }
    }

    #[test]
    fn any_text_is_scanned_without_panic(text in "\\PC{0,200}") {
        told(&text);
        if let Ok((json, _)) = Json::first(&text, 0) {
            for (_, value) in json.members().map_while(Result::ok) {
                let _text = value.text();
            }
        }
    }

    #[test]
    fn values_that_serde_json_accepts_are_whole_values(text in json_text()) {
        let (json, end) = Json::first(&text, 0).expect("serde_json accepts it");
        prop_assert_eq!(end, text.trim_end().len());
        prop_assert_eq!(
            serde_json::from_str::<serde_json::Value>(json.raw()).unwrap(),
            serde_json::from_str::<serde_json::Value>(&text).unwrap()
        );
    }

    #[test]
    fn every_spelling_of_a_second_is_the_same_second(time in 0_i64..4_000_000_000, zone in -12_i32..=14) {
        let utc = clock::rfc3339(time);
        prop_assert_eq!(clock::parse(&utc), Some(time));
        let local = clock::rfc3339(time + i64::from(zone) * 3600);
        let local = local.trim_end_matches('Z');
        for spelt in [format!("{local}{zone:+03}:00"), format!("{local}{zone:+03}00"), utc.replace('T', " ").replace('Z', "")] {
            prop_assert_eq!(clock::parse(&spelt), Some(time), "{}", spelt);
        }
    }
}

fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        "\\PC{0,20}".prop_map(serde_json::Value::from),
    ];
    let value = leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map("\\PC{0,8}", inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    });
    (value, any::<bool>()).prop_map(|(value, pretty)| {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        text.expect("a value prints") + if pretty { "\n" } else { "" }
    })
}

#[test]
fn repeated_members_read_as_other_json_tools_read_them() {
    let text = r#"{"eventVersion":"1.11","eventName":"GetItem","eventName":"DeleteItem","eventSource":"dynamodb.amazonaws.com"}"#;
    let record = Record::of(Json::first(text, 0).unwrap().0).unwrap();
    assert_eq!(record.event_name.unwrap().raw(), "\"DeleteItem\"");
}

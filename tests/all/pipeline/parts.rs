//! Merging parts: associative, commutative, and the same however the files are split. Repeats count once wherever
//! they lie; the same id with other content is another event.

use proptest::prelude::*;
use trailwitness::ledger::Part;

use super::ledgers::{Bench, described};

/// What varies in a record; small pools, so that repeats, reused ids and shared credentials are common.
#[derive(Debug, Clone)]
struct Draw {
    what: u8,
    id: u8,
    time: u8,
    who: u8,
    account: u8,
    spaced: bool,
}

fn draw() -> impl Strategy<Value = Draw> {
    (0..9_u8, 0..14_u8, 0..6_u8, 0..6_u8, 0..2_u8, any::<bool>())
        .prop_map(|(what, id, time, who, account, spaced)| Draw { what, id, time, who, account, spaced })
}

/// Two to five files with up to nine records each, and up to seven of them delivered again, some spelt anew.
fn files() -> impl Strategy<Value = Vec<Vec<String>>> {
    let drawn = prop::collection::vec(prop::collection::vec(draw(), 0..10), 2..6);
    let copies = prop::collection::vec((0..50_usize, 0..5_usize, any::<bool>()), 0..8);
    (drawn, copies).prop_map(|(drawn, copies)| {
        let all: Vec<Draw> = drawn.iter().flatten().cloned().collect();
        let mut files: Vec<Vec<String>> =
            drawn.iter().map(|file| file.iter().map(record).collect()).collect();
        for (which, to, spaced) in copies {
            let to = to % files.len();
            if let Some(draw) = all.get(which % all.len().max(1)) {
                files[to].insert(0, record(&Draw { spaced, ..draw.clone() }));
            }
        }
        files
    })
}

fn identity(who: u8) -> String {
    let user = |name: &str| {
        format!(
            r#"{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/{name}","accountId":"111122223333","accessKeyId":"AKIA{name}","userName":"{name}"}}"#
        )
    };
    let session = |name: &str, key: &str| {
        format!(
            r#"{{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/desk/{name}","accountId":"111122223333","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"Role","arn":"arn:aws:iam::111122223333:role/desk","userName":"desk"}}}}}}"#
        )
    };
    match who {
        0 => user("alice"),
        1 => user("bob"),
        2 => user("robot"),
        3 => session("s1", "ASIAONE0000000000001"),
        4 => session("s2", "ASIATWO0000000000002"),
        _ => {
            r#"{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}"#.to_owned()
        }
    }
}

/// Source, operation, request, response and resources.
fn call(what: u8) -> (&'static str, &'static str, String, String, String) {
    let table = |name: &str| {
        format!(
            r#"{{"type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:us-east-1:111122223333:table/{name}"}}"#
        )
    };
    let (none, item) = ("null".to_owned(), r#"{"tableName":"cards","key":{"pk":"a"}}"#.to_owned());
    let issue = |name: &str, key: &str| {
        (
            format!(r#"{{"roleArn":"arn:aws:iam::111122223333:role/desk","roleSessionName":"{name}"}}"#),
            format!(
                r#"{{"credentials":{{"accessKeyId":"{key}"}},"assumedRoleUser":{{"arn":"arn:aws:sts::111122223333:assumed-role/desk/{name}"}}}}"#
            ),
        )
    };
    let dynamodb = "dynamodb.amazonaws.com";
    match what {
        0 => (dynamodb, "GetItem", item, none, format!("[{}]", table("cards"))),
        1 => (dynamodb, "DeleteItem", item, none, format!("[{}]", table("cards"))),
        2 => {
            (dynamodb, "BatchGetItem", none.clone(), none, format!("[{},{}]", table("cards"), table("books")))
        }
        3 => (
            dynamodb,
            "DescribeTable",
            r#"{"tableName":"books"}"#.to_owned(),
            none,
            format!("[{}]", table("books")),
        ),
        4 => (
            "cloudtrail.amazonaws.com",
            "StopLogging",
            r#"{"name":"main"}"#.to_owned(),
            none,
            "[]".to_owned(),
        ),
        5 => (
            "cloudtrail.amazonaws.com",
            "StartLogging",
            r#"{"name":"main"}"#.to_owned(),
            none,
            "[]".to_owned(),
        ),
        6 => ("glue.amazonaws.com", "GetTables", none.clone(), none, "[]".to_owned()),
        7 => {
            let (request, response) = issue("s1", "ASIAONE0000000000001");
            ("sts.amazonaws.com", "AssumeRole", request, response, "[]".to_owned())
        }
        _ => {
            let (request, response) = issue("s2", "ASIATWO0000000000002");
            ("sts.amazonaws.com", "AssumeRole", request, response, "[]".to_owned())
        }
    }
}

fn record(draw: &Draw) -> String {
    let (source, operation, request, response, resources) = call(draw.what);
    let identity = identity(draw.who);
    let id = match draw.id {
        number @ 0..=9 => format!(r#""eventID":"{number:x}0000000-0000-4000-8000-00000000000{number}","#),
        10 => r#""eventID":"not, a GUID","#.to_owned(),
        11 => r#""eventID":"0","#.to_owned(),
        12 => r#""eventID":"F0000000-0000-4000-8000-000000000001","#.to_owned(),
        _ => String::new(),
    };
    let time = [
        "2026-03-02T00:00:00Z",
        "2026-03-02T10:30:00Z",
        "2026-03-02 10:30:00",
        "2026-03-02T23:59:59Z",
        "2026-03-03T00:00:00Z",
        "soon",
    ];
    let time = time[usize::from(draw.time)];
    let account = ["111122223333", "222233334444"][usize::from(draw.account)];
    let text = format!(
        r#"{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"{time}","eventSource":"{source}","eventName":"{operation}","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.{}","userAgent":"aws-cli/2","requestParameters":{request},"responseElements":{response},{id}"resources":{resources},"eventType":"AwsApiCall","managementEvent":{},"recipientAccountId":"{account}"}}"#,
        draw.who,
        draw.what > 2,
    );
    if draw.spaced { text.replace("\":", "\" : ") } else { text }
}

fn merged(parts: Vec<Part>) -> Part {
    let mut whole = Part::default();
    for part in parts {
        whole.merge(part);
    }
    whole
}

fn singles(bench: &Bench) -> Vec<Part> {
    (0..bench.entries.len()).map(|file| bench.part(&[file])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_is_commutative(files in files(), turn in 0..100_usize) {
        let bench = Bench::new(&files);
        let mut parts = singles(&bench);
        let forward = bench.described(merged(parts.clone()));
        parts.reverse();
        let backward = bench.described(merged(parts.clone()));
        prop_assert_eq!(&forward, &backward);
        let middle = turn % parts.len();
        parts.rotate_left(middle);
        prop_assert_eq!(&forward, &bench.described(merged(parts)));
    }

    #[test]
    fn merging_is_associative(files in files(), cut in 1..100_usize) {
        let bench = Bench::new(&files);
        let parts = singles(&bench);
        let left = bench.described(merged(parts.clone()));
        let mut right = Part::default();
        for part in parts.iter().rev() {
            let mut next = part.clone();
            next.merge(right);
            right = next;
        }
        prop_assert_eq!(&left, &bench.described(right));
        let (first, second) = parts.split_at(cut % parts.len());
        let halves = vec![merged(first.to_vec()), merged(second.to_vec())];
        prop_assert_eq!(&left, &bench.described(merged(halves)));
    }

    #[test]
    fn one_reader_of_all_files_and_a_reader_a_file_agree(
        files in files(),
        deal in prop::collection::vec(0..3_usize, 6),
    ) {
        let bench = Bench::new(&files);
        let whole = bench.described(bench.all());
        prop_assert_eq!(&whole, &bench.described(merged(singles(&bench))));
        let hand = |reader: usize| (0..files.len()).filter(|file| deal[*file] == reader).collect::<Vec<_>>();
        let dealt = (0..3).map(|reader| bench.part(&hand(reader))).collect();
        prop_assert_eq!(&whole, &bench.described(merged(dealt)));
    }

    #[test]
    fn the_same_records_in_other_files_make_the_same_ledger(
        files in files(),
        deal in prop::collection::vec(0..4_usize, 60),
    ) {
        let bench = Bench::new(&files);
        let mut dealt = vec![Vec::new(); 4];
        for (text, place) in files.iter().flatten().rev().zip(deal.iter().cycle()) {
            dealt[*place].push(text.clone());
        }
        let other = Bench::new(&dealt);
        let (one, two) = (bench.settle(bench.all()), other.settle(other.all()));
        prop_assert_eq!(described(&one, false), described(&two, false));
        prop_assert_eq!(one.ledger.boxes, two.ledger.boxes);
    }

    #[test]
    fn records_delivered_again_count_once(
        files in files(),
        again in prop::collection::vec(any::<bool>(), 60),
    ) {
        let bench = Bench::new(&files);
        let mut more = files.clone();
        let chosen = files.iter().flatten().zip(&again).filter(|(_, yes)| **yes);
        let copies: Vec<String> = chosen.map(|(text, _)| text.clone()).collect();
        more.push(copies.clone());
        let other = Bench::new(&more);
        let (one, two) = (bench.settle(bench.all()), other.settle(other.all()));
        prop_assert_eq!(described(&one, false), described(&two, false));
        prop_assert_eq!(two.ledger.boxes.duplicates, one.ledger.boxes.duplicates + copies.len() as u64);
        prop_assert_eq!(two.ledger.boxes.parsed, one.ledger.boxes.parsed + copies.len() as u64);
    }

    #[test]
    fn every_record_ends_in_one_box(files in files()) {
        let bench = Bench::new(&files);
        let boxes = bench.settle(bench.all()).ledger.boxes;
        prop_assert_eq!(boxes.parsed, files.iter().flatten().count() as u64);
        prop_assert_eq!(boxes.unique(), boxes.copies + boxes.outside + boxes.in_window());
    }
}

fn plain(what: u8, id: u8, who: u8) -> Draw {
    Draw { what, id, time: 1, who, account: 0, spaced: false }
}

fn references(bench: &Bench) -> Vec<String> {
    let mut references = Vec::new();
    bench.settle(bench.all()).ledger.walk(&mut |event| {
        let mut text = String::new();
        event.reference(&mut text);
        references.push(text);
    });
    references
}

#[test]
fn another_spelling_of_one_event_is_a_repeat_and_no_conflict() {
    let draw = plain(0, 3, 0);
    let spaced = record(&Draw { spaced: true, ..draw.clone() });
    let bench = Bench::new(&[vec![record(&draw)], vec![spaced]]);
    let ledger = bench.settle(bench.all()).ledger;
    assert_eq!((ledger.boxes.duplicates, ledger.boxes.in_window(), ledger.gaps.len()), (1, 1, 0));
}

#[test]
fn one_id_with_other_content_is_two_events_with_references_that_differ() {
    let bench = Bench::new(&[vec![record(&plain(0, 3, 0))], vec![record(&plain(1, 3, 0))]]);
    let ledger = bench.settle(bench.all()).ledger;
    assert_eq!((ledger.boxes.duplicates, ledger.boxes.in_window(), ledger.gaps.len()), (0, 2, 1));
    let references = references(&bench);
    assert_eq!(references.len(), 2);
    assert!(references[1].starts_with(&format!("{}~", references[0])), "{references:?}");
}

#[test]
fn one_id_in_two_accounts_is_two_events() {
    let draw = plain(0, 3, 0);
    let other = record(&Draw { account: 1, ..draw.clone() });
    let bench = Bench::new(&[vec![record(&draw), other]]);
    let ledger = bench.settle(bench.all()).ledger;
    assert_eq!((ledger.boxes.duplicates, ledger.boxes.in_window(), ledger.gaps.len()), (0, 2, 0));
}

#[test]
fn references_come_in_the_order_of_their_bytes() {
    let all: Vec<String> = (0..14).flat_map(|id| [0, 1].map(|what| record(&plain(what, id, 0)))).collect();
    let references = references(&Bench::new(&[all]));
    let mut sorted = references.clone();
    sorted.sort();
    assert_eq!(references, sorted);
    assert_eq!(references.len(), 28);
}

#[test]
fn a_session_is_resolved_by_an_issuance_in_any_other_part() {
    let (issued, used) = (record(&plain(7, 1, 0)), record(&plain(0, 2, 3)));
    for files in [vec![vec![issued.clone()], vec![used.clone()]], vec![vec![used], vec![issued]]] {
        let bench = Bench::new(&files);
        let lines = bench.described(merged(singles(&bench)));
        let line = lines.iter().find(|line| line.contains(" GetItem ")).unwrap();
        assert!(line.contains("Alice A") && line.contains("assumed-role/desk/s1"), "{line}");
    }
}

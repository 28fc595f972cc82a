//! Containers of records (cloudtrail-records §8), each written by hand around one record: read as the record alone
//! would be, told by content, at places that a second walk finds again, and with what they cannot show.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use trailwitness::gaps::GapKind;
use trailwitness::records::{Container, Meaning, Piece, Trouble, Walked, walk};

use crate::support::{get_item, gzip};

#[path = "containers/damage.rs"]
mod damage;
#[path = "containers/library.rs"]
mod library;
#[path = "containers/rows.rs"]
mod rows;
#[path = "containers/runs.rs"]
mod runs;

const NOON: &str = "2026-03-02T12:00:00Z";

fn record(number: u32) -> String {
    get_item(number, NOON)
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What a walk gave.
#[derive(Debug, PartialEq)]
struct Told {
    walked: Walked,
    /// Place, text and wrapping of each record.
    records: Vec<(u32, String, Option<Container>)>,
    /// Place of each trouble, without notes.
    troubles: Vec<(u32, Trouble)>,
    /// Notes.
    notes: Vec<(GapKind, String)>,
}

fn told_once(text: &str) -> Told {
    let (mut records, mut troubles, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let walked = walk(text, &mut |index, piece| match piece {
        Piece::Record(record) => records.push((index, record.raw.to_owned(), record.from)),
        Piece::Trouble(Trouble::Told(kind, words)) => notes.push((kind, words)),
        Piece::Trouble(trouble) => troubles.push((index, trouble)),
    });
    Told { walked, records, troubles, notes }
}

/// Walks twice: places must replay.
fn told(text: &str) -> Told {
    let told = told_once(text);
    assert_eq!(told, told_once(text), "a second walk differs");
    let places: Vec<u32> = {
        let troubles = told.troubles.iter().map(|(index, _)| *index);
        let all: BTreeSet<u32> = told.records.iter().map(|(index, ..)| *index).chain(troubles).collect();
        all.into_iter().collect()
    };
    let expected: Vec<u32> = (0..u32::try_from(told.records.len() + told.troubles.len()).unwrap()).collect();
    assert_eq!(places, expected, "places have no hole and no repeat");
    told
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A CloudWatch Logs subscription with these messages.
fn subscription(messages: &[String]) -> String {
    let events: Vec<Value> =
        messages.iter().map(|message| json!({"id": "1", "timestamp": 1, "message": message})).collect();
    json!({"messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "trail",
        "logStream": "111122223333_CloudTrail_us-east-1", "subscriptionFilters": ["f"], "logEvents": events})
    .to_string()
}

/// An EventBridge envelope; the record's text stands in it as it is.
fn envelope(record: &str) -> String {
    format!(
        r#"{{"version":"0","id":"e","detail-type":"AWS API Call via CloudTrail","source":"aws.dynamodb","account":"111122223333","time":"{NOON}","region":"us-east-1","resources":[],"detail":{record}}}"#
    )
}

fn looked_up(record: &str) -> Value {
    json!({"EventId": "x", "EventName": "GetItem", "ReadOnly": "true", "EventTime": "2026-03-02 23:00:00+11:00",
        "Username": "mallory", "Resources": [], "CloudTrailEvent": record})
}

/// A wrapping of records 1 and 2: name, text, container, innermost wrapping.
type Wrapping = (&'static str, String, Container, Container);

fn wrappings() -> Vec<Wrapping> {
    [answers(), envelopes(), messages(), logs(), logs_in_streams()].concat()
}

/// Answers of LookupEvents.
fn answers() -> Vec<Wrapping> {
    let (one, two) = (record(1), record(2));
    let (first, second) = (looked_up(&one), looked_up(&two));
    let told = |name, text| (name, text, Container::LookupEvents, Container::LookupEvents);
    vec![
        told("LookupEvents", json!({"Events": [first, second]}).to_string()),
        told("LookupEvents, an event a line", format!("{first}\n{second}")),
        told("LookupEvents as list", json!([first, second]).to_string()),
        told(
            "LookupEvents, other case, record as object",
            format!("{{\"cloudTrailEvent\":{one}}}\n{{\"cloudtrailevent\":{two}}}"),
        ),
    ]
}

fn sqs(texts: &[String]) -> String {
    let message = |text: &String| json!({"messageId": "1", "eventSource": "aws:sqs", "body": text});
    json!({"Records": texts.iter().map(message).collect::<Vec<_>>()}).to_string()
}

fn kinesis(texts: &[Vec<u8>]) -> String {
    let stream = |bytes: &Vec<u8>| json!({"eventSource": "aws:kinesis", "kinesis": {"partitionKey": "1", "data": base64(bytes)}});
    json!({"Records": texts.iter().map(stream).collect::<Vec<_>>()}).to_string()
}

/// EventBridge, alone and in messages.
fn envelopes() -> Vec<Wrapping> {
    let (one, two) = (envelope(&record(1)), envelope(&record(2)));
    let sns = |text: &str| {
        json!({"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": text}).to_string()
    };
    let for_lambda = |text: &str| json!({"EventSource": "aws:sns", "Sns": {"Message": text}});
    let alone = |name, text| (name, text, Container::EventBridge, Container::EventBridge);
    let inside = |name, text| (name, text, Container::LambdaEvent, Container::EventBridge);
    vec![
        alone("EventBridge", format!("{one}\n{two}")),
        alone("EventBridge as list", format!("[{one},{two}]")),
        inside("EventBridge in SQS", sqs(&[one.clone(), two.clone()])),
        inside("EventBridge in SNS in SQS", sqs(&[sns(&one), sns(&two)])),
        inside(
            "EventBridge in SNS for Lambda",
            json!({"Records": [for_lambda(&one), for_lambda(&two)]}).to_string(),
        ),
        inside(
            "answer of SQS",
            json!({"Messages": [{"MessageId": "1", "Body": one}, {"MessageId": "2", "Body": two}]})
                .to_string(),
        ),
    ]
}

/// Messages and streams that hold records themselves, and documents of log shippers.
fn messages() -> Vec<Wrapping> {
    let (one, two) = (record(1), record(2));
    let data = |text: &[u8]| json!({"SequenceNumber": "1", "PartitionKey": "p", "Data": base64(text)});
    let told = |name, text| (name, text, Container::LambdaEvent, Container::LambdaEvent);
    vec![
        told("log file in SQS", sqs(&[format!("{{\"Records\":[{one},{two}]}}")])),
        told("records in Kinesis", kinesis(&[one.clone().into_bytes(), gzip(two.as_bytes())])),
        told(
            "answer of Kinesis",
            json!({"Records": [data(one.as_bytes()), data(&gzip(two.as_bytes()))]}).to_string(),
        ),
        (
            "document of a log shipper",
            format!(
                "{}\n{}",
                json!({"@timestamp": "t", "message": one}),
                json!({"@timestamp": "t", "event": {"original": two}})
            ),
            Container::LogShipper,
            Container::LogShipper,
        ),
    ]
}

/// CloudWatch Logs as its API and its export give it.
fn logs() -> Vec<Wrapping> {
    let (one, two) = (record(1), record(2));
    let both = [one.clone(), two.clone()];
    let told = |name, text| (name, text, Container::CloudWatchLogs, Container::CloudWatchLogs);
    vec![
        told("CloudWatch Logs subscription", subscription(&both)),
        told(
            "Firehose: one after another",
            format!("{}{}", subscription(&both[..1]), subscription(&both[1..])),
        ),
        told(
            "filter-log-events",
            json!({"events": [{"logStreamName": "s", "timestamp": 1, "message": one}, {"timestamp": 2, "message": two}],
                "searchedLogStreams": []})
            .to_string(),
        ),
        told(
            "CloudWatch Logs Insights",
            json!({"results": [[{"field": "@timestamp", "value": "t"}, {"field": "@message", "value": one}],
                [{"field": "@message", "value": two}]], "status": "Complete"})
            .to_string(),
        ),
        told(
            "export of CloudWatch Logs",
            format!("2026-03-02T12:00:01.000Z {one}\n2026-03-02T12:00:02.000Z {two}\n"),
        ),
    ]
}

/// CloudWatch Logs in gzip and base64.
fn logs_in_streams() -> Vec<Wrapping> {
    use Container::{CloudWatchLogs, LambdaEvent};
    let both = [record(1), record(2)];
    let packed = gzip(subscription(&both).as_bytes());
    let line = |records: &[String]| base64(&gzip(subscription(records).as_bytes()));
    let told = |name, text, container| (name, text, container, CloudWatchLogs);
    let lambda = json!({"awslogs": {"data": base64(&packed)}}).to_string();
    let firehose = json!({"invocationId": "i", "deliveryStreamArn": "a",
        "records": [{"recordId": "1", "data": base64(&packed)}]});
    vec![
        told("CloudWatch Logs for Lambda", lambda, CloudWatchLogs),
        told("CloudWatch Logs in Kinesis", kinesis(std::slice::from_ref(&packed)), LambdaEvent),
        told("CloudWatch Logs in base64", format!("{}\n", base64(&packed)), CloudWatchLogs),
        told("base64 a line", format!("{}\n{}\n", line(&both[..1]), line(&both[1..])), CloudWatchLogs),
        told("Firehose for Lambda", firehose.to_string(), LambdaEvent),
    ]
}

#[test]
fn every_wrapping_gives_its_records_as_they_are() {
    let expected = [value(&record(1)), value(&record(2))];
    for (name, text, container, innermost) in wrappings() {
        let told = told(&text);
        assert_eq!(told.walked.container, container, "{name}");
        assert_eq!(told.walked.held, BTreeSet::from([innermost]), "{name}");
        assert_eq!(told.troubles, [], "{name}");
        assert_eq!(told.notes, [], "{name}");
        let found: Vec<Value> = told.records.iter().map(|(_, text, _)| value(text)).collect();
        assert_eq!(found, expected, "{name}");
        assert!(told.records.iter().all(|(.., from)| *from == Some(innermost)), "{name}");
        assert!(container.is_read() && innermost.limit().is_some(), "{name}");
    }
}

#[test]
fn names_of_wrappings_are_their_limits_words() {
    let limits = trailwitness::rules::limits().unwrap();
    for container in [
        Container::List,
        Container::JsonLines,
        Container::LookupEvents,
        Container::EventHistory,
        Container::EventBridge,
        Container::CloudWatchLogs,
        Container::QueryRows,
        Container::LogShipper,
        Container::LambdaEvent,
    ] {
        assert!(limits.contains_key(container.limit().unwrap()), "{container:?}");
    }
    assert_eq!(Container::LogFile.limit(), None);
    assert!(limits["L31"].words.contains("90 days") && limits["L32"].words.contains("256 KB"));
}

#[test]
fn a_token_for_more_makes_a_list_incomplete() {
    let incomplete = |text: &str| told(text).notes.iter().any(|(kind, _)| *kind == GapKind::Incomplete);
    let event = looked_up(&record(1));
    assert!(incomplete(&json!({"Events": [event], "NextToken": "abc"}).to_string()));
    assert!(!incomplete(&json!({"Events": [event], "NextToken": null}).to_string()));
    let logs = json!({"events": [{"message": record(1)}], "searchedLogStreams": [], "nextToken": "abc"});
    assert!(incomplete(&logs.to_string()));
    // get-log-events always names the places before and behind.
    let logs =
        json!({"events": [{"message": record(1)}], "nextForwardToken": "f/1", "nextBackwardToken": "b/1"});
    assert!(!incomplete(&logs.to_string()));
    let lake = json!({"QueryResultRows": [], "QueryStatus": "FINISHED", "NextToken": "abc"});
    assert!(incomplete(&lake.to_string()));
    assert!(GapKind::Incomplete.loses_input());
    let pages = [json!({"Events": [event], "NextToken": "abc"}), json!({"Events": [event]})];
    assert!(!incomplete(&format!("{}{}", pages[0], pages[1])), "the next page follows in the same file");
    assert!(incomplete(&format!("{}{}", pages[1], pages[0])));
}

#[test]
fn an_answer_that_is_cut_gives_its_whole_entries_and_says_that_it_is_cut() {
    let answer = json!({"Events": [looked_up(&record(1)), looked_up(&record(2))]}).to_string();
    for text in [answer, subscription(&[record(1), record(2)])] {
        let cut = text.rfind("item-2").unwrap();
        let told = told(&text[..cut]);
        assert_eq!(told.records.len(), 1, "{text}");
        assert!(matches!(&told.troubles[..], [(1, Trouble::Broken(_))]), "{:?}", told.troubles);
        assert_eq!(told.walked.held.len(), 1);
    }
}

#[test]
fn parameters_that_a_shipper_left_as_text_are_not_taken_for_none() {
    let request = r#"{"tableName":"cards","key":{"pk":"item-1"}}"#;
    let text = record(1).replace(request, "\"{tableName=cards, key={pk=item-1}}\"");
    let mut told = Vec::new();
    walk(&text, &mut |_, piece| {
        if let Piece::Record(record) = piece {
            let event = trailwitness::events::understand(&record);
            told.push((event.accesses[0].object.name.to_string(), event.accesses[0].key_kind));
        }
    });
    assert_eq!(told, [("cards".to_owned(), trailwitness::events::KeyKind::LeftOut)]);
}

#[test]
fn the_inner_record_decides_and_not_what_stands_beside_it() {
    let told = told(&json!({"Events": [looked_up(&record(1))]}).to_string());
    assert_eq!(value(&told.records[0].1)["eventTime"], NOON);
    assert!(!told.records[0].1.contains("mallory"));
}

#[test]
fn other_messages_of_a_group_are_counted_and_records_that_break_are_named() {
    let broken = &record(2)[..200];
    let text = subscription(&[
        "START RequestId: 1".into(),
        record(1),
        "{\"level\":\"info\"}".into(),
        broken.into(),
        record(3),
        String::new(),
    ]);
    let told = told(&text);
    assert_eq!(told.records.len(), 2);
    assert_eq!(told.records.iter().map(|(index, ..)| *index).collect::<Vec<_>>(), [0, 2]);
    assert!(matches!(&told.troubles[..], [(1, Trouble::Inside(_))]), "{:?}", told.troubles);
    assert_eq!(told.notes.iter().filter(|(kind, _)| *kind == GapKind::SetAside).count(), 3);
    let lines = format!(
        "2026-03-02T12:00:00.000Z START RequestId: {{x}}\n2026-03-02T12:00:01.000Z {}\n2026-03-02T12:00:02.000Z {broken}\nno time {}",
        record(1),
        record(2)
    );
    let told = told_once(&lines);
    assert_eq!((told.records.len(), told.troubles.len(), told.notes.len()), (2, 1, 1));
}

#[test]
fn an_envelope_of_cloudtrail_owes_a_record_and_others_do_not() {
    let state = r#"{"detail-type":"EC2 Instance State-change Notification","detail":{"state":"running"}}"#;
    let told_of = told(&format!("{state}\n{}", envelope(&record(1))));
    assert_eq!((told_of.records.len(), told_of.troubles.len(), told_of.notes.len()), (1, 0, 1));
    let empty = told(&envelope("{\"a\":1}"));
    assert!(matches!(&empty.troubles[..], [(0, Trouble::Inside(_))]));
    let sign_in = envelope(&record(1)).replace("AWS API Call via", "AWS Console Sign In via");
    assert_eq!(told(&sign_in).records.len(), 1);
    let cut = envelope(&record(1));
    assert!(matches!(&told(&cut[..cut.len() - 2]).troubles[..], [(0, Trouble::Broken(_))]));
}

#[test]
fn envelopes_among_plain_records_keep_their_lines_place() {
    let told = told(&format!("{}\n{}\n{}", record(1), envelope(&record(2)), record(3)));
    assert_eq!(told.walked.container, Container::JsonLines);
    let from: Vec<_> = told.records.iter().map(|(index, _, from)| (*index, *from)).collect();
    assert_eq!(from, [(0, None), (1, Some(Container::EventBridge)), (2, None)]);
    let in_log_file = told_once(&format!("{{\"Records\":[{},{}]}}", record(1), envelope(&record(2))));
    assert_eq!(in_log_file.walked.container, Container::LogFile);
    assert_eq!(in_log_file.records[1].2, Some(Container::EventBridge), "it was not delivered so");
}

#[test]
fn a_shippers_time_is_taken_only_where_eventtime_is_missing_and_said() {
    let without = record(1).replace(&format!("\"eventTime\":\"{NOON}\","), "");
    let shipped = |record: &str| record.replacen('{', "{\"@timestamp\":\"2026-03-02T13:00:00.000Z\",", 1);
    let told_of = told(&format!("{}\n{}", shipped(&without), shipped(&record(2))));
    assert_eq!(told_of.walked.container, Container::LogShipper);
    assert_eq!(told_of.notes.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [GapKind::ShipperTime]);
    let mut times = Vec::new();
    walk(&format!("{}\n{}", shipped(&without), shipped(&record(2))), &mut |_, piece| {
        if let Piece::Record(record) = piece {
            times.push(trailwitness::events::understand(&record).time.unwrap());
        }
    });
    assert_eq!(times[0] - times[1], 3_600);
    assert_eq!(told(&record(1)).notes, []);
}

#[test]
fn lookalikes_hold_no_records_and_lose_none() {
    let s3 = r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","awsRegion":"us-east-1","s3":{"object":{"key":"AWSLogs/x.json.gz"}}}]}"#;
    let stream = r#"{"Records":[{"eventID":"1","eventVersion":"1.1","eventSource":"aws:dynamodb","eventName":"INSERT","awsRegion":"us-east-1","dynamodb":{},"eventSourceARN":"arn:aws:dynamodb:x"}]}"#;
    let notice = r#"{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"{\"s3Bucket\":\"b\",\"s3ObjectKey\":[\"k\"]}"}}]}"#;
    for text in [s3, stream, notice] {
        let told = told(text);
        assert_eq!(
            (told.walked.container, told.records.len(), told.troubles.len()),
            (Container::LambdaEvent, 0, 0),
            "{text}"
        );
        assert_eq!(told.notes.len(), 1, "{text}");
        assert!(told.notes.iter().all(|(kind, _)| !kind.loses_input()), "{text}");
    }
    for (text, container) in [
        (r#"{"digestStartTime":"a","digestEndTime":"b","logFiles":[]}"#, Container::Digest),
        (r#"{"hashSignature":"x","files":[]}"#, Container::SignFile),
        (r#"{"class_uid":6003}"#, Container::Ocsf),
        ("hello", Container::NotJson),
        ("name,age\na,1\n", Container::NotJson),
        ("2026-03-02T12:00:00Z hello", Container::NotJson),
        ("H4sIhello", Container::NotJson),
        ("", Container::NotJson),
    ] {
        let told = told(text);
        assert_eq!(
            (told.walked.container, told.records.len(), told.troubles.len()),
            (container, 0, 0),
            "{text}"
        );
    }
}

#[test]
fn copies_agree_when_the_poorer_contradicts_nothing() {
    let whole = Meaning::of(&value(&record(1)));
    let change = |from: &str, to: &str| Meaning::of(&value(&record(1).replace(from, to)));
    let poorer = change("\"recipientAccountId\":\"111122223333\",", "");
    assert!(poorer.agrees_with(&whole, true) && !whole.agrees_with(&poorer, true));
    assert!(whole.agrees_with(&poorer, false), "a row may lack what another row has");
    assert!(change("\"readOnly\":true", "\"readOnly\":\"true\"").agrees_with(&whole, true));
    assert!(change("\"accountId\"", "\"accountid\"").agrees_with(&whole, true));
    assert!(!change("item-1", "item-2").agrees_with(&whole, true));
    assert!(!change("alice", "mallory").agrees_with(&whole, true));
    assert!(!change("\"responseElements\":null", "\"responseElements\":{\"a\":1}").agrees_with(&whole, true));
    assert!(!change("\"resources\":[", "\"resources\":[{\"ARN\":\"arn:x\"},").agrees_with(&whole, true));
}

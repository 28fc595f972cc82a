//! Damaged and foreign files among the logs.

use super::{Case, GOOD};
use crate::support::{get_item, gzip, log_file};

const NOON: &str = "2026-03-02T12:00:00Z";

/// A log file of so many records, from number 100 on.
fn many(count: u32) -> String {
    log_file(&(100..100 + count).map(|number| get_item(number, NOON)).collect::<Vec<_>>())
}

#[test]
fn half_a_gzip_gives_its_whole_records_and_says_where_it_ends() {
    let whole = gzip(many(400).as_bytes());
    let done = Case::with("half.json.gz", &whole[..whole.len() / 2]).run();
    done.assert_lost();
    let file = done.file("half.json.gz");
    let records: u64 = file["records"].parse().unwrap();
    assert!(records > 0 && records < 400, "{file:?}");
    assert_eq!((file["outcome"].as_str(), file["trust"].as_str()), ("failed", "altered"));
    assert!(file["reason"].contains("gzip"), "{file:?}");
    assert_eq!(done.step("Records parsed"), GOOD + records);
    assert_eq!(done.gaps("damaged-gzip", "half.json.gz").len(), 1);
    let broken = done.gaps("not-json", "half.json.gz");
    assert_eq!(broken.len(), 1, "the record that is cut has its place");
    assert_eq!(broken[0]["position"], format!("record {records}"));
    assert!(broken[0]["detail"].contains("byte"), "{broken:?}");
    let altered = done.table("accesses.csv.gz").iter().filter(|row| row["trust"] == "altered").count() as u64;
    assert_eq!(altered, records);
}

#[test]
fn a_gzip_with_a_wrong_checksum_is_damaged_and_its_records_are_altered() {
    let mut bytes = gzip(many(3).as_bytes());
    let sum = bytes.len() - 8;
    bytes[sum] ^= 1;
    let done = Case::with("sum.json.gz", &bytes).run();
    done.assert_lost();
    let file = done.file("sum.json.gz");
    assert_eq!(
        (file["outcome"].as_str(), file["trust"].as_str(), file["records"].as_str()),
        ("failed", "altered", "3")
    );
    assert_eq!(done.only_gap()["kind"], "damaged-gzip");
}

#[test]
fn records_in_an_appended_gzip_member_are_read_and_never_conform() {
    let attested = log_file(&[get_item(3, NOON)]);
    let added = log_file(&[get_item(4, NOON), get_item(5, NOON)]);
    let done = Case::with("two.json.gz", &[gzip(attested.as_bytes()), gzip(added.as_bytes())].concat()).run();
    done.assert_whole();
    assert_eq!(done.step("Records parsed"), GOOD + 3);
    let gap = done.only_gap();
    assert_eq!(
        (gap["kind"].as_str(), gap["file"].as_str(), gap["loses_input"].as_str()),
        ("trailing-data", "two.json.gz", "no")
    );
    let file = done.file("two.json.gz");
    assert_eq!((file["trust"].as_str(), file["trust_reason"].as_str()), ("altered", "trailing-data"));
    let accesses = done.table("accesses.csv.gz");
    let trust = |number: u32| {
        let key = format!("{{\"pk\":\"item-{number}\"}}");
        accesses.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key}"))["trust"].clone()
    };
    assert_eq!([1, 3, 4, 5].map(trust), ["unverified", "unverified", "altered", "altered"]);
    let groups: Vec<&str> =
        accesses.iter().filter(|row| row["trust"] == "altered").map(|row| row["group"].as_str()).collect();
    let answers = done.table("answers.csv");
    let told: Vec<_> = answers.iter().filter(|row| groups.contains(&row["group"].as_str())).collect();
    assert!(!told.is_empty());
    assert!(told.iter().all(|row| row["outcome"] != "conforming"), "{told:#?}");
}

#[test]
fn bytes_behind_a_gzip_are_told() {
    let done =
        Case::with("tail.json.gz", &[gzip(many(1).as_bytes()), b"something else".to_vec()].concat()).run();
    done.assert_whole();
    assert_eq!(done.step("Records parsed"), GOOD + 1);
    assert_eq!(done.only_gap()["kind"], "trailing-data");
    assert_eq!(done.file("tail.json.gz")["trust"], "altered");
}

#[test]
fn a_file_of_no_bytes_named_like_a_log_file_is_lost_input() {
    for (name, bytes) in
        [("none.json.gz", Vec::new()), ("none.json", Vec::new()), ("gz/none.json.gz", gzip(b""))]
    {
        let done = Case::with(name, &bytes).run();
        done.assert_lost();
        assert_eq!(done.step("Records parsed"), GOOD);
        let gap = done.only_gap();
        assert_eq!((gap["kind"].as_str(), gap["file"].as_str()), ("empty-file", name));
        assert_eq!(done.file(name)["outcome"], "failed");
    }
}

#[test]
fn files_that_promise_no_log_are_named_and_passed_over() {
    let digest = r#"{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T10:00:00Z","digestEndTime":"2026-03-02T11:00:00Z","logFiles":[]}"#;
    for (name, text, container) in [
        ("digest.json", digest, "digest"),
        ("settings.json", r#"{"a":1}"#, "other-json"),
        ("empty-object.json", "{}", "other-json"),
        ("list.json", r#"[{"a":1},{"b":2}]"#, "other-json"),
        ("notes.txt", "call the auditor", "not-json"),
        (".keep", "", ""),
    ] {
        let done = Case::with(name, text.as_bytes()).run();
        let file = done.file(name);
        assert_eq!((file["outcome"].as_str(), file["records"].as_str()), ("skipped", "0"), "{name}");
        assert!(!file["reason"].is_empty(), "{name}");
        if !container.is_empty() {
            assert_eq!(file["container"], container, "{name}");
        }
        done.assert_whole();
        assert_eq!(done.step("Records parsed"), GOOD, "{name}");
    }
}

#[test]
fn a_log_file_that_is_no_json_is_lost_input() {
    for (name, bytes) in [
        ("words.json", b"hello".to_vec()),
        ("words.json.gz", gzip(b"hello")),
        ("cut.json", b"{\"Rec".to_vec()),
    ] {
        let done = Case::with(name, &bytes).run();
        done.assert_lost();
        let gap = done.only_gap();
        assert_eq!((gap["kind"].as_str(), gap["file"].as_str()), ("not-json", name));
        assert_eq!(done.file(name)["outcome"], "failed");
        assert_eq!(done.step("Records parsed"), GOOD);
    }
}

#[test]
fn json_that_breaks_loses_only_what_follows_and_names_the_record() {
    let text = log_file(&[get_item(3, NOON), get_item(4, NOON)]);
    let cut = text.len() - 40;
    let done = Case::with("cut.json", &text.as_bytes()[..cut]).run();
    done.assert_lost();
    assert_eq!(done.step("Records parsed"), GOOD + 1);
    let gap = done.only_gap();
    assert_eq!((gap["kind"].as_str(), gap["position"].as_str()), ("not-json", "record 1"));
    assert_eq!(done.file("cut.json")["outcome"], "failed");
}

#[test]
fn a_bad_line_costs_that_line_only() {
    let text = format!("{}\nthis is no record\n{}\n", get_item(3, NOON), get_item(4, NOON));
    let done = Case::with("lines.jsonl", text.as_bytes()).run();
    done.assert_lost();
    assert_eq!(done.step("Records parsed"), GOOD + 2);
    assert_eq!(done.only_gap()["position"], "record 1");
}

#[test]
fn wrappings_without_a_record_are_counted_and_cost_nothing() {
    let sqs =
        r#"{"Records":[{"messageId":"1","body":"{}","eventSource":"aws:sqs","awsRegion":"us-east-1"}]}"#;
    let s3 = r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","awsRegion":"us-east-1"}]}"#;
    let sns = r#"{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","Sns":{"Message":"x"}}]}"#;
    let other = r#"{"version":"0","detail-type":"EC2 Instance State-change Notification","detail":{"state":"running"}}"#;
    let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination"}]}"#;
    for (text, container) in [
        (sqs, "lambda-event"),
        (s3, "lambda-event"),
        (sns, "lambda-event"),
        (other, "event-bridge"),
        (control, "cloudwatch-logs"),
    ] {
        let done = Case::with("wrapped.json", text.as_bytes()).run();
        let file = done.file("wrapped.json");
        assert_eq!((file["outcome"].as_str(), file["container"].as_str()), ("skipped", container));
        assert!(file["reason"].contains("holds no CloudTrail record"), "{file:?}");
        let gap = done.only_gap();
        assert_eq!((gap["kind"].as_str(), gap["loses_input"].as_str()), ("no-record-inside", "no"));
        assert_eq!((gap["file"].as_str(), gap["count"].as_str()), ("wrapped.json", "1"));
        assert_eq!(done.step("Records parsed"), GOOD);
    }
}

#[test]
fn wrappings_that_promise_a_record_and_hold_none_are_lost_input() {
    let looked_up = r#"{"Events":[{"EventId":"1","CloudTrailEvent":"{}"}]}"#;
    let bridge = r#"{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{}}"#;
    let cut = r#"{"logEvents":[{"message":"{\"eventVersion\":\"1.08\",\"eventName\":\"Ge"}]}"#;
    let lake = r#"{"class_uid":6003,"metadata":{"product":{"name":"CloudTrail"}}}"#;
    for (text, container, kind) in [
        (looked_up, "lookup-events", "not-a-record"),
        (bridge, "event-bridge", "not-a-record"),
        (cut, "cloudwatch-logs", "not-a-record"),
        (lake, "ocsf", "container-not-opened"),
    ] {
        let done = Case::with("wrapped.json", text.as_bytes()).run();
        assert_eq!(done.file("wrapped.json")["container"], container);
        done.assert_lost();
        let gap = done.only_gap();
        assert_eq!((gap["kind"].as_str(), gap["file"].as_str()), (kind, "wrapped.json"));
        assert_eq!(done.step("Records parsed"), GOOD);
    }
}

#[test]
fn members_of_a_log_file_that_are_no_records_are_counted_with_their_place() {
    let strange =
        [get_item(3, NOON), "7".into(), "null".into(), r#"{"a":1}"#.into(), get_item(4, NOON), "[]".into()];
    let done = Case::with("strange.json", log_file(&strange).as_bytes()).run();
    done.assert_lost();
    assert_eq!(done.step("Records parsed"), GOOD + 2);
    let mut places: Vec<String> =
        done.gaps("not-a-record", "strange.json").iter().map(|row| row["position"].clone()).collect();
    places.sort();
    assert_eq!(places, ["record 1", "record 2", "record 3", "record 5"]);
}

#[test]
fn a_log_file_whose_records_are_all_foreign_is_not_called_read_without_a_gap() {
    let done = Case::with("foreign.json", br#"{"Records":[{"hello":"world"}]}"#).run();
    done.assert_lost();
    assert_eq!(done.gaps("not-a-record", "foreign.json").len(), 1);
}

#[test]
fn records_without_a_usable_time_are_counted_and_placed() {
    let good = get_item(3, NOON);
    let with = |time: &str| good.replacen(&format!("\"eventTime\":\"{NOON}\""), time, 1);
    let records = [
        with("\"eventTime\":\"yesterday\""),
        with("\"eventTime\":\"2026-02-30T10:00:00Z\""),
        with("\"eventTime\":\"2026-03-02T25:00:00Z\""),
        with("\"eventTime\":12"),
        with("\"eventTime\":null"),
        with("\"eventTime\":\"\""),
        with("\"other\":1"),
    ];
    let distinct: Vec<String> = records
        .iter()
        .enumerate()
        .map(|(at, text)| text.replace("00000003-", &format!("000000{at}a-")))
        .collect();
    let done = Case::with("times.json", log_file(&distinct).as_bytes()).run();
    done.assert_lost();
    let gaps = done.gaps("no-usable-time", "times.json");
    assert_eq!(gaps.len(), records.len(), "{gaps:#?}");
    let mut places: Vec<&str> = gaps.iter().map(|row| row["position"].as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, (0..7).map(|at| format!("record {at}")).collect::<Vec<_>>());
    assert_eq!(done.step("Records parsed"), GOOD + 7);
    assert_eq!(done.step("In window without usable time"), 7);
    assert_eq!(done.step("In window"), GOOD + 7);
    let without = done.table("accesses.csv.gz").iter().filter(|row| row["event_time"].is_empty()).count();
    assert_eq!(without, 7);
}

#[test]
fn a_record_of_two_megabytes_is_read_like_any_other() {
    let large = get_item(3, NOON).replace("item-3", &"x".repeat(2 << 20));
    let done =
        Case::with("large.json", log_file(&[large, get_item(4, NOON)]).as_bytes()).run_with_documents();
    done.assert_whole();
    assert_eq!(done.step("Records parsed"), GOOD + 2);
    let longest = done.table("accesses.csv.gz").iter().map(|row| row["key"].len()).max().unwrap();
    assert_eq!(longest, (2 << 20) + "{\"pk\":\"\"}".len(), "the key stands in the data in full");
    let documents: u64 =
        files_under(&done.bundle.join("human")).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(documents < 8 << 20, "documents cut it and point to the data: {documents} bytes");
}

fn files_under(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

#[test]
fn nesting_beyond_bounds_is_a_gap_with_its_place_and_no_crash() {
    let deep = |depth: usize| {
        get_item(3, NOON).replace("\"item-3\"", &format!("{}1{}", "[".repeat(depth), "]".repeat(depth)))
    };
    let done = Case::with("some.json", log_file(&[deep(100), get_item(4, NOON)]).as_bytes()).run();
    done.assert_whole();
    assert_eq!(done.step("Records parsed"), GOOD + 2);
    let done = Case::with("deep.json", log_file(&[get_item(4, NOON), deep(300_000)]).as_bytes()).run();
    done.assert_lost();
    assert_eq!(done.step("Records parsed"), GOOD + 1);
    let gap = done.only_gap();
    assert_eq!(
        (gap["kind"].as_str(), gap["file"].as_str(), gap["position"].as_str()),
        ("not-json", "deep.json", "record 1")
    );
    let done = Case::with("brackets.json", "[".repeat(1_000_000).as_bytes()).run();
    done.assert_lost();
    assert_eq!(done.step("Records parsed"), GOOD);
}

#[test]
fn bytes_that_are_not_utf8_are_replaced_and_placed() {
    let mut bytes = log_file(&[get_item(3, NOON), get_item(4, NOON)]).into_bytes();
    let at = bytes.windows(6).position(|window| window == b"item-3").unwrap();
    bytes[at] = 0xFF;
    let done = Case::with("bytes.json", &bytes).run();
    done.assert_whole();
    assert_eq!(done.step("Records parsed"), GOOD + 2);
    let gap = done.only_gap();
    assert_eq!((gap["kind"].as_str(), gap["position"].as_str()), ("not-utf8", format!("byte {at}").as_str()));
    assert!(done.table("accesses.csv.gz").iter().any(|row| row["key"] == "{\"pk\":\"\u{FFFD}tem-3\"}"));
}

#[test]
fn two_records_with_one_reference_and_other_content_are_both_kept() {
    let (one, other) = (get_item(3, NOON), get_item(3, NOON).replace("item-3", "item-9"));
    let done = Case::with("conflict.json", log_file(&[one.clone(), other, one]).as_bytes()).run();
    done.assert_whole();
    assert_eq!((done.step("Records parsed"), done.step("Duplicates removed")), (GOOD + 3, 1));
    assert_eq!(
        done.table("gaps.csv").iter().filter(|row| row["kind"] == "same-reference-other-content").count(),
        1
    );
    assert_eq!(done.table("accesses.csv.gz").len() as u64, GOOD + 2);
}

#[test]
fn several_kinds_of_damage_at_once_are_told_one_by_one() {
    let case = Case::with("a.json", b"hello");
    case.put("b.json.gz", b"");
    case.put("c.json", log_file(&[get_item(3, "never")]).as_bytes());
    let half = gzip(many(400).as_bytes());
    case.put("d.json.gz", &half[..half.len() / 2]);
    let done = case.run();
    done.assert_lost();
    for (kind, file) in [
        ("not-json", "a.json"),
        ("empty-file", "b.json.gz"),
        ("no-usable-time", "c.json"),
        ("damaged-gzip", "d.json.gz"),
    ] {
        assert_eq!(done.gaps(kind, file).len(), 1, "{kind}");
    }
    let lost: u64 = done
        .table("gaps.csv")
        .iter()
        .filter(|row| row["loses_input"] == "yes")
        .map(|row| row["count"].parse::<u64>().unwrap())
        .sum();
    assert!(
        done.ran
            .stdout
            .contains(&format!("{lost} files or records could not be read or placed: see data/gaps.csv")),
        "{}",
        done.ran.stdout
    );
}

#[test]
fn records_behind_something_else_are_never_dropped_in_silence() {
    let record = get_item(3, NOON);
    let file = log_file(std::slice::from_ref(&record));
    let digest = r#"{"digestStartTime":"a","digestEndTime":"b","logFiles":[]}"#;
    let mut silent = Vec::new();
    for text in [
        format!("[{{\"a\":1}},{record}]"),
        format!("[{}][{record}]", get_item(4, NOON)),
        format!("{{\"Records\":[{}]{file}", get_item(4, NOON)),
        format!("{{\"Records\":[],\"Records\":[{record}]}}"),
        format!("{digest}\n{file}"),
        format!("{digest}\n{record}"),
        format!("{{\"a\":1}}\n{record}"),
        format!("{file} and {file}"),
    ] {
        let done = Case::with("odd.json", text.as_bytes()).run();
        let read = done.table("accesses.csv.gz").iter().any(|row| row["key"] == "{\"pk\":\"item-3\"}");
        if !read && !done.loses_input() {
            silent.push(text.replace(&record, "RECORD").chars().take(120).collect::<String>());
        }
        done.assert_sound(if done.loses_input() { 4 } else { 0 });
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn text_behind_the_records_is_told() {
    let list = log_file(&[get_item(3, NOON)]);
    for text in [
        format!("{list} oops"),
        format!("{} oops}}", &list[..list.len() - 1]),
        list[..list.len() - 1].to_owned(),
    ] {
        let done = Case::with("tail.json", text.as_bytes()).run();
        assert_eq!(done.step("Records parsed"), GOOD + 1);
        assert_eq!(done.gaps("not-json", "tail.json").len(), 1, "{}", &text[text.len() - 10..]);
        done.assert_lost();
    }
}

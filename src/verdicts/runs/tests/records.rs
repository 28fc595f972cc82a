//! Lists of records: refusals, stretches of reading, key uses, classes of event.

use super::*;

#[test]
fn clusters_end_at_the_pause_of_each_pack_and_tell_the_classes_aimed_at() {
    let at = ["10:00:00", "10:10:00", "10:10:00", "10:25:00"];
    let logs = at
        .iter()
        .zip(["cards", "notes", "cards", "undeclared"])
        .map(|(at, table)| refused(item("GetItem", "bob", &format!("2026-02-02T{at}Z"), table, Some("a"))));
    let mut logs: Vec<Value> = logs.collect();
    // Two refusals of one second are two events.
    logs[2]["eventID"] = json!("99999999-0000-4000-8000-000000000002");
    let bench = Bench::new().logs(logs);
    let told = |burst: i64| {
        let view = bench.view(&[List::Bursts], Minutes { burst, bulk: 60 });
        let bursts = view.run.bursts.iter();
        bursts.map(|one| (one.count, one.minutes, one.data_classes.join(" "))).collect::<Vec<_>>()
    };
    assert_eq!(told(60), [(4, 25, "cardholder other".to_owned())]);
    assert_eq!(told(10), [(3, 10, "cardholder other".to_owned()), (1, 0, String::new())]);
}

#[test]
fn a_stretch_of_reading_is_the_busiest_of_its_length() {
    let mut logs = Vec::new();
    for minute in 0..30 {
        let at = format!("2026-02-02T10:{minute:02}:00Z");
        // Half of the reads name the same key again.
        logs.push(item("GetItem", "alice", &at, "cards", Some(&format!("k{}", minute / 2))));
        logs.push(item("GetItem", "robot", &at, "cards", Some(&format!("k{minute}"))));
    }
    logs.push(item("Scan", "alice", "2026-02-02T10:29:30Z", "cards", None));
    logs.push(item("GetItem", "alice", "2026-02-02T20:00:00Z", "cards", Some("late")));
    logs.push(item("GetItem", "alice", "2026-02-02T20:00:00Z", "undeclared", Some("x")));
    let bench = Bench::new().logs(logs);
    let told = |bulk: i64| {
        let view = bench.view(&[List::BulkReads], Minutes { burst: 60, bulk });
        let bulks = view.run.bulk_reads.iter().filter(|one| one.human);
        bulks.map(|one| (one.keys, one.events, one.minutes)).collect::<Vec<_>>()
    };
    assert_eq!(told(60), [(15, 31, 30), (1, 1, 0)]);
    assert_eq!(told(9), [(6, 10, 9), (1, 1, 0)]);
    let run = bench.with(List::BulkReads).run;
    let [_, _, robot] = &*run.bulk_reads else { panic!("{:?}", run.bulk_reads) };
    assert_eq!(
        (robot.person.as_str(), robot.human, robot.keys, robot.kind.as_str()),
        ("robot", false, 30, "read")
    );
    assert!(run.bulk_writes.is_empty());
}

#[test]
fn writes_and_deletes_are_stretches_of_their_own() {
    let mut logs = Vec::new();
    for minute in 10..20 {
        let at = |hour: u32| format!("2026-02-02T{hour}:{minute}:00Z");
        logs.push(item("GetItem", "alice", &at(10), "cards", Some("k")));
        logs.push(item("PutItem", "alice", &at(11), "cards", Some(&format!("k{minute}"))));
        logs.push(item("DeleteItem", "robot", &at(12), "notes", Some(&format!("k{minute}"))));
        logs.push(refused(item("DeleteItem", "alice", &at(13), "cards", Some(&format!("k{minute}")))));
    }
    logs.push(item("DeleteItem", "alice", "2026-02-02T11:12:30Z", "cards", Some("k12")));
    let view = Bench::new().logs(logs).with(List::BulkWrites);
    let told: Vec<_> = view
        .run
        .bulk_writes
        .iter()
        .map(|one| (one.person.as_str(), one.kind.as_str(), one.human, one.data_class.as_str(), one.keys))
        .collect();
    let expected = [
        ("Alice A", "write", true, "cardholder", 10),
        ("Alice A", "delete", true, "cardholder", 1),
        ("robot", "delete", false, "other", 10),
    ];
    assert_eq!(told, expected);
    assert!(view.run.bulk_writes[0].name.ends_with("cards: 10 writes from 2026-02-02T11:10:00Z"));
    assert_eq!(view.cited(List::BulkWrites)[2].len(), 10);
    assert_eq!(view.run.bulk_reads.len(), 1);
}

fn key_use(by: &str, at: &str, table: &str) -> Value {
    let mut decrypt = record("kms:Decrypt", by, at);
    decrypt["userIdentity"]["invokedBy"] = json!("dynamodb.amazonaws.com");
    decrypt["requestParameters"] = json!({"encryptionContext": {
        "aws:dynamodb:tableName": table, "aws:dynamodb:subscriberId": "111122223333"}});
    decrypt["resources"] =
        json!([{"type": "AWS::KMS::Key", "ARN": "arn:aws:kms:us-east-1:111122223333:key/k"}]);
    decrypt
}

#[test]
fn key_uses_without_an_item_call_near_them_are_unmatched() {
    let logs = vec![
        key_use("alice", "2026-02-02T10:00:00Z", "cards"),
        // The call ends after DynamoDB asked for the key.
        item("GetItem", "alice", "2026-02-02T10:00:01Z", "cards", Some("a")),
        key_use("alice", "2026-02-02T10:05:01Z", "cards"),
        key_use("alice", "2026-02-02T10:05:02Z", "cards"),
        // Another caller's call and a look at the table's settings explain nothing.
        item("GetItem", "bob", "2026-02-02T10:05:02Z", "cards", Some("a")),
        item("DescribeTable", "alice", "2026-02-02T10:05:02Z", "cards", None),
        refused(key_use("alice", "2026-02-02T12:00:00Z", "cards")),
        key_use("bob", "2026-02-02T15:00:00Z", "undeclared"),
        with(
            key_use("x", "2026-02-02T15:00:00Z", "cards"),
            &json!({"userIdentity": {
            "type": "AWSService", "invokedBy": "dynamodb.amazonaws.com"}}),
        ),
    ];
    let view = Bench::new().logs(logs).with(List::Witnesses);
    let told: Vec<_> = view
        .run
        .witnesses
        .iter()
        .map(|one| {
            (one.person.as_str(), one.table.as_str(), one.data_class.as_str(), one.count, one.unmatched)
        })
        .collect();
    let bob = "arn:aws:iam::111122223333:user/bob";
    assert!(view.run.witnesses[1].name.ends_with(bob));
    assert_eq!(told, [("p-1", "cards", "cardholder", 3, 1), ("p-2", "undeclared", "", 1, 1)]);
    // The use that lacks a call is cited, not the two that have one.
    assert_eq!(view.cited(List::Witnesses)[0].len(), 1);
}

#[test]
fn a_table_of_the_same_name_elsewhere_is_no_witness_for_this_one() {
    let mut elsewhere = key_use("alice", "2026-02-02T10:00:00Z", "cards");
    elsewhere["requestParameters"]["encryptionContext"]["aws:dynamodb:subscriberId"] = json!("999988887777");
    let logs = vec![elsewhere, item("GetItem", "alice", "2026-02-02T10:00:00Z", "cards", Some("a"))];
    let run = Bench::new().logs(logs).with(List::Witnesses).run;
    assert_eq!((run.witnesses[0].data_class.as_str(), run.witnesses[0].unmatched), ("", 1));
}

#[test]
fn classes_of_event_tell_what_occurred_and_what_is_selected() {
    let selectors = json!({
        "TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []}],
    });
    let logs = || {
        vec![
            item("GetItem", "alice", "2026-02-02T10:00:00Z", "cards", Some("a")),
            record("iam:ListUsers", "root", "2026-02-02T10:00:00Z"),
        ]
    };
    let classes = |bench: Bench| bench.logs(logs()).with(List::EventClasses).run.event_classes;
    let find = |classes: &[rules::EventClass], name: &str| {
        let class = classes.iter().find(|class| class.name == name).unwrap();
        (class.count, class.selected.clone())
    };
    let silent = classes(Bench::new());
    assert_eq!(find(&silent, "ddb.item.read"), (1, "unknown".to_owned()));
    // The one hour with deliveries shows management events.
    assert_eq!(find(&silent, "root.use"), (1, "yes".to_owned()));
    let told = classes(Bench::new().saved("event-selectors", None, "2026-02-02", &selectors));
    assert_eq!(find(&told, "iam.review"), (1, "yes".to_owned()));
    // The selectors leave the tables out.
    assert_eq!(find(&told, "ddb.item.write"), (0, "no".to_owned()));
    assert_eq!(find(&told, "s3.log.read").1, "unknown");
    assert_eq!(told.len(), 51);
    // Management events are selected, those of keys apart.
    assert_eq!(find(&told, "kms.use").1, "yes");
    let mut without = selectors;
    without["EventSelectors"][0]["ExcludeManagementEventSources"] = json!(["kms.amazonaws.com"]);
    let told = classes(Bench::new().saved("event-selectors", None, "2026-02-02", &without));
    for group in ["kms.use", "kms.admin", "kms.describe", "kms.service_event"] {
        assert_eq!(find(&told, group).1, "no", "{group}");
    }
    assert_eq!(find(&told, "iam.review").1, "yes");
    without["TrailARN"] = json!("arn:aws:cloudtrail:us-east-1:222233334444:trail/main");
    let told = classes(Bench::new().saved("event-selectors", None, "2026-02-02", &without));
    assert_eq!(find(&told, "kms.use").1, "yes", "an account that is not declared");
}

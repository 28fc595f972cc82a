//! One action in the logs of several accounts: counted once with every record kept as a citation, whatever the order,
//! splitting and repeats; what does not agree stays apart and is named; what a region or a second trail delivers
//! again is a repeat.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};
use trailwitness::commands::pipeline::Read;
use trailwitness::gaps::GapKind;
use trailwitness::ledger::shape::Trust;
use trailwitness::ledger::{Ledger, Part, intake};

use super::bundles;
use super::generated;
use super::ledgers::{Bench, described};
use crate::support;
use crate::trail::Plan;

const OWNER: &str = "111122223333";
const CALLER: &str = "222233334444";
const ROLE: &str = "arn:aws:sts::222233334444:assumed-role/desk/s1";

/// The owner's record of a call by somebody of another account: an id and an account, the table in full.
pub fn owners() -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "AWSAccount", "principalId": "AROADESK:s1", "accountId": CALLER},
        "eventTime": "2026-03-02T10:00:00Z", "eventSource": "dynamodb.amazonaws.com", "eventName": "GetItem",
        "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2",
        "requestParameters": {"tableName": "arn:aws:dynamodb:us-east-1:111122223333:table/cards", "key": {"pk": "a"}},
        "responseElements": null, "requestID": "REQ1", "eventID": "10000000-0000-4000-8000-000000000001",
        "resources": [{"accountId": OWNER, "type": "AWS::DynamoDB::Table",
            "ARN": "arn:aws:dynamodb:us-east-1:111122223333:table/cards"}],
        "eventType": "AwsApiCall", "managementEvent": false, "recipientAccountId": OWNER,
        "sharedEventID": "50000000-0000-4000-8000-000000000001", "eventCategory": "Data"
    })
}

/// The caller's record of the same call: who it was, and the table only in the request.
pub fn callers() -> Value {
    let mut record = owners();
    record["userIdentity"] = session();
    record["eventID"] = "20000000-0000-4000-8000-000000000002".into();
    record["recipientAccountId"] = CALLER.into();
    record.as_object_mut().unwrap().remove("resources");
    record
}

fn session() -> Value {
    json!({
        "type": "AssumedRole", "principalId": "AROADESK:s1", "arn": ROLE, "accountId": CALLER,
        "accessKeyId": "ASIAONE0000000000001",
        "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROADESK",
            "arn": "arn:aws:iam::222233334444:role/desk", "accountId": CALLER, "userName": "desk"}}
    })
}

fn changed(mut record: Value, pointer: &str, value: impl Into<Value>) -> Value {
    *record.pointer_mut(pointer).unwrap() = value.into();
    record
}

fn without(mut record: Value, member: &str) -> Value {
    record.as_object_mut().unwrap().remove(member).unwrap();
    record
}

fn texts(records: &[Value]) -> Vec<String> {
    records.iter().map(Value::to_string).collect()
}

pub fn read(records: &[Value]) -> Read {
    let bench = Bench::new(&[texts(records)]);
    bench.settle(bench.all())
}

/// References with those of the other accounts' records, and whether one of these names the caller.
pub fn told(ledger: &Ledger) -> Vec<(String, Vec<(String, bool)>)> {
    let mut told = Vec::new();
    ledger.walk(&mut |event| {
        let mut reference = String::new();
        event.reference(&mut reference);
        let views = ledger.views(&event.rows[0]).iter();
        told.push((reference, views.map(|view| (view.event_ref.clone(), view.names_caller)).collect()));
    });
    told
}

fn boxes(ledger: &Ledger) -> (u64, u64, u64, u64, u64) {
    let boxes = &ledger.boxes;
    (boxes.parsed, boxes.duplicates, boxes.copies, boxes.in_window(), boxes.apart)
}

#[test]
fn the_owners_record_is_counted_and_the_callers_names_who_it_was() {
    for records in [[owners(), callers()], [callers(), owners()]] {
        let read = read(&records);
        let ledger = &read.ledger;
        assert_eq!(boxes(ledger), (2, 0, 1, 1, 0));
        let copy = (format!("{CALLER}:20000000-0000-4000-8000-000000000002"), true);
        assert_eq!(told(ledger), [(format!("{OWNER}:10000000-0000-4000-8000-000000000001"), vec![copy])]);
        assert!(ledger.gaps.is_empty(), "{:?}", ledger.gaps);
        ledger.walk(&mut |event| {
            let (_, raw, _) = ledger.shape(&event.rows[0]).unwrap();
            assert_eq!(ledger.callers[event.rows[0].caller as usize].arn, ROLE);
            assert_eq!((ledger.name(raw.object_account), ledger.name(raw.object_name)), (OWNER, "cards"));
            assert_eq!(event.partition.key(&event.rows[0]), r#"{"pk":"a"}"#);
        });
    }
}

#[test]
fn half_of_an_action_is_an_event_like_any_other() {
    for record in [owners(), callers()] {
        let read = read(&[record]);
        assert_eq!(boxes(&read.ledger), (1, 0, 0, 1, 0));
        assert!(told(&read.ledger)[0].1.is_empty() && read.ledger.gaps.is_empty());
    }
}

#[test]
fn records_without_shared_event_are_never_joined_however_alike() {
    let read = read(&[without(owners(), "sharedEventID"), without(callers(), "sharedEventID")]);
    assert_eq!(boxes(&read.ledger), (2, 0, 0, 2, 0));
    assert!(read.ledger.gaps.is_empty());
}

#[test]
fn what_does_not_agree_stays_apart_and_says_why() {
    let other_table = "arn:aws:dynamodb:us-east-1:111122223333:table/books";
    let stranger = json!({"type": "AWSAccount", "principalId": "AROAELSE:s1", "accountId": CALLER});
    let elsewhere = json!({"type": "AWSAccount", "accountId": "333344445555"});
    let service = json!({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"});
    let pairs = [
        (callers(), changed(owners(), "/recipientAccountId", CALLER), "of one account"),
        (changed(callers(), "/eventName", "DeleteItem"), owners(), "different calls"),
        (changed(callers(), "/eventSource", "dax.amazonaws.com"), owners(), "different calls"),
        (changed(callers(), "/awsRegion", "eu-west-1"), owners(), "different calls"),
        (changed(callers(), "/requestID", "REQ2"), owners(), "requestIDs differ"),
        (without(callers(), "requestID"), owners(), "requestIDs differ"),
        (changed(callers(), "/eventTime", "2026-03-02T10:00:03Z"), owners(), "times"),
        (changed(callers(), "/eventTime", "soon"), owners(), "times"),
        (callers(), changed(owners(), "/userIdentity", stranger), "different callers"),
        (callers(), changed(owners(), "/userIdentity", elsewhere), "different callers"),
        (callers(), changed(owners(), "/userIdentity", service), "different callers"),
        (changed(callers(), "/sourceIPAddress", "192.0.2.8"), owners(), "different addresses"),
        (changed(callers(), "/requestParameters/tableName", other_table), owners(), "what was touched"),
        (changed(callers(), "/requestParameters/key/pk", "b"), owners(), "what was touched"),
    ];
    for (one, other, why) in pairs {
        let read = read(&[one, other]);
        let ledger = &read.ledger;
        assert_eq!(boxes(ledger), (2, 0, 0, 2, 2), "{why}");
        let gap = ledger.gaps.iter().find(|gap| gap.kind == GapKind::Apart).unwrap();
        assert!(gap.detail.contains(why) && gap.count == 2, "{why}: {}", gap.detail);
        for (reference, views) in told(ledger) {
            assert!(gap.detail.contains(&reference) && views.is_empty(), "{}", gap.detail);
        }
    }
}

#[test]
fn a_refusal_and_a_success_are_not_one_action() {
    let mut refused = callers();
    refused["errorCode"] = "AccessDenied".into();
    let read = read(&[refused, owners()]);
    assert_eq!(boxes(&read.ledger), (2, 0, 0, 2, 2));
    assert!(read.ledger.gaps[0].detail.contains("outcomes"), "{:?}", read.ledger.gaps);
}

#[test]
fn a_second_between_two_clocks_is_still_one_action() {
    let read = read(&[changed(callers(), "/eventTime", "2026-03-02T10:00:01Z"), owners()]);
    assert_eq!(boxes(&read.ledger), (2, 0, 1, 1, 0));
}

#[test]
fn a_reference_with_other_content_joins_nothing() {
    let forged = without(changed(owners(), "/requestParameters/key/pk", "z"), "sharedEventID");
    let read = read(&[owners(), callers(), forged]);
    assert_eq!(boxes(&read.ledger), (3, 0, 0, 3, 2));
    let kinds: Vec<GapKind> = read.ledger.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(kinds, [GapKind::Conflict, GapKind::Apart]);
}

#[test]
fn a_record_of_an_altered_file_joins_nothing() {
    let bench = Bench::new(&[texts(&[owners()])]);
    let mut part = bench.all();
    let text = json!({"Records": [callers()]}).to_string();
    intake::held(&mut part, "altered.json", &text, Trust::Altered);
    let read = trailwitness::commands::pipeline::settle_part(
        part,
        &bench.audit,
        &trailwitness::coverage::Proof::default(),
        &|_| panic!("nothing doubtful"),
    );
    assert_eq!(boxes(&read.ledger), (2, 0, 0, 2, 2));
    assert!(read.ledger.gaps[0].detail.contains("not what was delivered"), "{:?}", read.ledger.gaps);
}

#[test]
fn an_access_is_trusted_no_more_than_each_record_it_rests_on() {
    for (owner, caller, expected) in [
        (Trust::Verified, Trust::Verified, Trust::Verified),
        (Trust::Verified, Trust::Unverified, Trust::Unverified),
        (Trust::Unverified, Trust::Verified, Trust::Verified),
    ] {
        let bench = Bench::new(&[Vec::new()]);
        let mut part = Part::default();
        intake::held(&mut part, "o.json", &json!({"Records": [owners()]}).to_string(), owner);
        intake::held(&mut part, "c.json", &json!({"Records": [callers()]}).to_string(), caller);
        let read = trailwitness::commands::pipeline::settle_part(
            part,
            &bench.audit,
            &trailwitness::coverage::Proof::default(),
            &|_| panic!("doubtful"),
        );
        assert_eq!(boxes(&read.ledger), (2, 0, 1, 1, 0));
        // The caller's record tells all by itself; the owner's needs the caller's for the caller.
        read.ledger.walk(&mut |event| {
            let (_, raw, _) = read.ledger.shape(&event.rows[0]).unwrap();
            assert_eq!(raw.trust, expected, "{owner:?} {caller:?}");
        });
    }
}

#[test]
fn what_only_one_record_tells_is_not_lost() {
    let mut bare = owners();
    bare["resources"] = json!([]);
    bare["requestParameters"] = json!({});
    let alone = read(&[bare.clone()]);
    assert_eq!(alone.ledger.gaps.len(), 1, "its table cannot be told");
    let both = read(&[bare.clone(), bare, callers()]);
    assert_eq!(boxes(&both.ledger), (3, 1, 1, 1, 0));
    assert!(both.ledger.gaps.is_empty(), "the other record tells: {:?}", both.ledger.gaps);
    assert!(told(&both.ledger)[0].0.starts_with(CALLER), "counted by the record that tells more");
}

#[test]
fn three_accounts_make_one_event_and_one_that_differs_keeps_all_apart() {
    let mut third = owners();
    third["eventID"] = "30000000-0000-4000-8000-000000000003".into();
    third["recipientAccountId"] = "333344445555".into();
    let three = read(&[third.clone(), callers(), owners()]);
    assert_eq!(boxes(&three.ledger), (3, 0, 2, 1, 0));
    let told = told(&three.ledger);
    assert!(told[0].0.starts_with(OWNER), "{told:?}");
    assert_eq!(told[0].1.iter().map(|view| view.1).collect::<Vec<_>>(), [true, false], "{told:?}");
    let apart = read(&[changed(third, "/requestID", "REQ9"), callers(), owners()]);
    assert_eq!(boxes(&apart.ledger), (3, 0, 0, 3, 3));
}

#[test]
fn one_masked_text_in_place_of_all_shared_ids_joins_nothing() {
    let record = |number: u32| {
        let id = format!("{number:08x}-0000-4000-8000-000000000001");
        changed(changed(owners(), "/eventID", id), "/sharedEventID", "HIDDEN")
    };
    let read = read(&(0..40).map(record).collect::<Vec<_>>());
    assert_eq!(boxes(&read.ledger), (40, 0, 0, 40, 40));
    assert_eq!(read.ledger.gaps.len(), 1, "one line for all of them");
}

/// AssumeRole across accounts: alice of one account takes a role of the other.
fn issued(caller: bool) -> Value {
    let alice = json!({"type": "IAMUser", "principalId": "AIDAALICE", "accountId": OWNER,
        "arn": "arn:aws:iam::111122223333:user/alice", "accessKeyId": "AKIAALICE00000000001", "userName": "alice"});
    let outside = json!({"type": "AWSAccount", "principalId": "AIDAALICE", "accountId": OWNER});
    json!({
        "eventVersion": "1.08", "userIdentity": if caller { alice } else { outside },
        "eventTime": "2026-03-02T09:00:00Z", "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
        "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2",
        "requestParameters": {"roleArn": "arn:aws:iam::222233334444:role/desk", "roleSessionName": "s1"},
        "responseElements": {"credentials": {"accessKeyId": "ASIAONE0000000000001"}, "assumedRoleUser": {"arn": ROLE}},
        "requestID": "REQ0", "eventType": "AwsApiCall", "managementEvent": true,
        "eventID": if caller { "a0000000-0000-4000-8000-00000000000a" } else { "b0000000-0000-4000-8000-00000000000b" },
        "resources": [{"accountId": CALLER, "type": "AWS::IAM::Role", "ARN": "arn:aws:iam::222233334444:role/desk"}],
        "recipientAccountId": if caller { OWNER } else { CALLER },
        "sharedEventID": "60000000-0000-4000-8000-000000000006", "eventCategory": "Management"
    })
}

#[test]
fn a_session_is_joined_to_its_issuance_by_either_record_and_the_call_counts_once() {
    let use_of_it = callers();
    for (records, who, events) in [
        (vec![issued(true), issued(false)], "Alice A", 1),
        (vec![issued(false), issued(true)], "Alice A", 1),
        (vec![issued(true)], "Alice A", 1),
        (vec![issued(false)], "unresolved: AIDAALICE", 1),
    ] {
        let copies = records.len() as u64 - 1;
        let mut all = records;
        all.push(use_of_it.clone());
        let read = read(&all);
        let ledger = &read.ledger;
        assert_eq!(boxes(ledger), (all.len() as u64, 0, copies, 1 + events, 0));
        let proof = format!("{OWNER}:a0000000-0000-4000-8000-00000000000a");
        ledger.walk(&mut |event| {
            let (row, (_, raw, _)) = (&event.rows[0], ledger.shape(&event.rows[0]).unwrap());
            match ledger.name(raw.operation) {
                "GetItem" => {
                    assert_eq!(ledger.principal(row).unwrap().name, who);
                    let resolution = &ledger.resolutions[row.caller as usize];
                    assert!(who != "Alice A" || resolution.proof == [proof.clone()], "{resolution:?}");
                }
                _ if copies == 1 => {
                    assert_eq!(ledger.principal(row).unwrap().name, "Alice A");
                    assert_eq!(event.account, CALLER, "counted for the account of the role");
                    assert_eq!(ledger.views(row)[0].event_ref, proof);
                }
                _ => assert!(ledger.views(row).is_empty()),
            }
        });
    }
}

/// An event of a global service, as two regions and two trails deliver it.
fn global() -> Value {
    json!({
        "eventVersion": "1.10", "userIdentity": {"type": "IAMUser", "principalId": "AIDABOB", "accountId": OWNER,
            "arn": "arn:aws:iam::111122223333:user/bob", "accessKeyId": "AKIABOB0000000000001", "userName": "bob"},
        "eventTime": "2026-03-02T09:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateRole",
        "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2",
        "requestParameters": {"roleName": "new"}, "responseElements": null, "requestID": "REQ0",
        "eventID": "c0000000-0000-4000-8000-00000000000c", "eventType": "AwsApiCall", "managementEvent": true,
        "recipientAccountId": OWNER, "eventCategory": "Management"
    })
}

fn delivered(folder: &str, region: &str, record: &str) -> (String, Vec<String>) {
    let name = format!("{OWNER}_CloudTrail_{region}_20260302T0910Z_AbCdEfGhIjKlMnOp.json");
    (format!("{folder}/{OWNER}/CloudTrail/{region}/2026/03/02/{name}"), vec![record.to_owned()])
}

#[test]
fn events_of_global_services_delivered_by_regions_and_trails_count_once() {
    let sign_in =
        changed(changed(global(), "/eventSource", "signin.amazonaws.com"), "/eventName", "ConsoleLogin");
    let session = changed(changed(global(), "/eventSource", "sts.amazonaws.com"), "/eventName", "AssumeRole");
    let front = changed(
        changed(global(), "/eventSource", "cloudfront.amazonaws.com"),
        "/eventName",
        "CreateDistribution",
    );
    for record in [global(), sign_in, session, front] {
        let (text, spaced) = (record.to_string(), record.to_string().replace("\":", "\" : "));
        let bench = Bench::placed(&[
            delivered("account-bucket/AWSLogs", "us-east-1", &text),
            delivered("account-bucket/AWSLogs", "eu-west-1", &text),
            delivered("trail-bucket/prefix/AWSLogs/o-abc123def4", "us-east-1", &text),
            delivered("trail-bucket/prefix/AWSLogs/o-abc123def4", "ap-south-1", &spaced),
        ]);
        let read = bench.settle(bench.all());
        assert_eq!(boxes(&read.ledger), (4, 3, 0, 1, 0));
        assert!(read.ledger.gaps.is_empty(), "{:?}", read.ledger.gaps);
        for file in 0..4 {
            let alone = bench.settle(bench.part(&[file]));
            assert_eq!(alone.ledger.boxes.classes, read.ledger.boxes.classes);
        }
    }
}

#[test]
fn a_region_that_delivers_other_content_under_one_reference_is_a_named_conflict() {
    let other = changed(global(), "/requestParameters/roleName", "old");
    let bench = Bench::placed(&[
        delivered("b/AWSLogs", "us-east-1", &global().to_string()),
        delivered("b/AWSLogs", "eu-west-1", &other.to_string()),
    ]);
    let read = bench.settle(bench.all());
    assert_eq!(boxes(&read.ledger), (2, 0, 0, 2, 0));
    let gap = &read.ledger.gaps[0];
    assert_eq!((gap.kind, read.ledger.gaps.len()), (GapKind::Conflict, 1));
}

/// What varies in records of few actions: small pools, so that halves, wholes, contradictions and forgeries are common.
#[derive(Debug, Clone)]
struct Draw {
    shared: u8,
    account: u8,
    id: u8,
    call: u8,
    who: u8,
    odd: u8,
}

fn draw() -> impl Strategy<Value = Draw> {
    (0..9_u8, 0..3_u8, 0..12_u8, 0..12_u8, 0..3_u8, 0..30_u8)
        .prop_map(|(shared, account, id, call, who, odd)| Draw { shared, account, id, call, who, odd })
}

fn drawn(draw: &Draw) -> String {
    let account = [OWNER, CALLER, "333344445555"][usize::from(draw.account)];
    let mut record = if draw.who == 0 { callers() } else { owners() };
    record["recipientAccountId"] = account.into();
    // Mostly an id of its own for account and action, sometimes one that others have too.
    let id = if draw.id == 0 { 0 } else { 16 + u32::from(draw.shared) };
    record["eventID"] = format!("{id:08x}-0000-4000-8000-000000000001").into();
    record["sharedEventID"] = match draw.shared {
        0 => Value::Null,
        1 => "masked".into(),
        number => format!("{number}0000000-0000-4000-8000-000000000001").into(),
    };
    record["eventName"] = if draw.call == 0 { "DeleteItem" } else { "GetItem" }.into();
    match draw.odd {
        0 => record["requestID"] = "REQ2".into(),
        1 => record["eventTime"] = "2026-03-03T00:00:00Z".into(),
        2 => record["sourceIPAddress"] = "192.0.2.8".into(),
        3 => record["requestParameters"] = Value::Null,
        4 => record["userIdentity"] = Value::Null,
        5 => record["userAgent"] = Value::Null,
        _ => {}
    }
    record.to_string()
}

pub fn files() -> impl Strategy<Value = Vec<Vec<String>>> {
    prop::collection::vec(prop::collection::vec(draw().prop_map(|draw| drawn(&draw)), 0..8), 2..5)
}

fn merged(parts: impl IntoIterator<Item = Part>) -> Part {
    let mut whole = Part::default();
    parts.into_iter().for_each(|part| whole.merge(part));
    whole
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_grouping_of_parts_do_not_matter(files in files(), turn in 0..100_usize) {
        let bench = Bench::new(&files);
        let parts: Vec<Part> = (0..files.len()).map(|file| bench.part(&[file])).collect();
        let forward = bench.described(merged(parts.clone()));
        prop_assert_eq!(&forward, &bench.described(bench.all()));
        prop_assert_eq!(&forward, &bench.described(merged(parts.iter().rev().cloned())));
        let (first, second) = parts.split_at(turn % parts.len());
        let halves = [merged(second.to_vec()), merged(first.to_vec())];
        prop_assert_eq!(&forward, &bench.described(merged(halves)));
    }

    #[test]
    fn other_files_and_repeats_do_not_matter(files in files(), deal in prop::collection::vec(0..3_usize, 40)) {
        let (one, mut dealt) = (Bench::new(&files), vec![Vec::new(); 3]);
        for (text, place) in files.iter().flatten().rev().zip(deal.iter().cycle()) {
            dealt[*place].push(text.clone());
        }
        let again: Vec<String> = dealt[0].clone();
        dealt.push(again);
        let two = Bench::new(&dealt);
        let (one, two) = (one.settle(one.all()), two.settle(two.all()));
        prop_assert_eq!(described(&one, false), described(&two, false));
        prop_assert_eq!(one.ledger.boxes.copies, two.ledger.boxes.copies);
    }

    #[test]
    fn every_record_ends_in_one_box_and_every_copy_is_named_once(files in files()) {
        let bench = Bench::new(&files);
        let read = bench.settle(bench.all());
        let boxes = &read.ledger.boxes;
        prop_assert_eq!(boxes.parsed, files.iter().flatten().count() as u64);
        prop_assert_eq!(boxes.parsed, boxes.duplicates + boxes.copies + boxes.outside + boxes.in_window());
        prop_assert_eq!(boxes.copies, read.ledger.views.iter().map(|views| views.len() as u64).sum::<u64>());
        let mut named: Vec<String> = told(&read.ledger).into_iter()
            .flat_map(|(own, views)| views.into_iter().map(|view| view.0).chain([own]))
            .collect();
        let all = named.len();
        named.sort();
        named.dedup();
        prop_assert_eq!(named.len(), all, "no record stands for two");
    }
}

#[test]
fn the_properties_see_merged_actions_and_such_that_stay_apart() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut copies, mut apart) = (0, 0);
    for _ in 0..40 {
        let files = files().new_tree(&mut runner).unwrap().current();
        let bench = Bench::new(&files);
        let boxes = bench.settle(bench.all()).ledger.boxes;
        copies += boxes.copies;
        apart += boxes.apart;
    }
    assert!(copies > 10 && apart > 40, "{copies} {apart}");
}

#[test]
fn data_pages_and_verify_show_the_records_of_other_accounts() {
    let plan =
        Plan { cross_account_share: 0.2, events: 1_500, events_per_file: 100, days: 2, ..Plan::default() };
    let (folder, truth) = generated::written(&plan);
    let (_kept, bundle) = bundles::made(&["audit.toml", "--documents", "html"], folder.path(), &[], 0);
    let logs = folder.path().join("logs");
    let files = bundles::rows(&bundle, "files.csv");
    let record = |place: &str| -> Value {
        let (row, index) = place.split_once('#').unwrap();
        let path = &files.iter().find(|file| file["file_row"] == row).unwrap()["path"];
        let content: Value = serde_json::from_slice(&bundles::content(&logs.join(path))).unwrap();
        content["Records"][index.parse::<usize>().unwrap()].clone()
    };
    let (mut copies, mut named) = (0, 0);
    let rows = bundles::rows(&bundle, "accesses.csv.gz");
    for row in rows.iter().filter(|row| !row["copies"].is_empty()).take(60) {
        let own = record(&format!("{}#{}", row["file_row"], row["record_index"]));
        for pair in row["copies"].split(' ').collect::<Vec<_>>().chunks(2) {
            let other = record(pair[1]);
            let text = |name: &str| other[name].as_str().unwrap().to_owned();
            assert_eq!(format!("{}:{}", text("recipientAccountId"), text("eventID")), pair[0]);
            assert_eq!(other["sharedEventID"], own["sharedEventID"]);
            assert_ne!(other["recipientAccountId"], own["recipientAccountId"]);
            copies += 1;
            if row["caller_ref"] == pair[0] {
                assert!(other["userIdentity"]["arn"].is_string() && own["userIdentity"]["arn"].is_null());
                named += 1;
            }
        }
    }
    assert!(copies > 50 && named > 50, "{copies} {named}");
    assert!(rows.iter().all(|row| row["caller_ref"].is_empty() || !row["copies"].is_empty()));
    let register = bundles::rows(&bundle, "exceptions.csv");
    let cited = register.iter().find(|group| !group["copies"].is_empty()).expect("a group cites one of them");
    let page = bundles::tree(&bundle.join("human")).into_values().any(|path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.contains("the same action in this account") && text.contains("names the caller")
    });
    assert!(page, "the register shows the copies of {}", cited["id"]);
    assert_verified(&bundle, truth.copies);
}

fn assert_verified(bundle: &std::path::Path, copies: u64) {
    assert_eq!(bundles::boxes(bundle)["Copies in other accounts"], copies);
    let check = || support::run(&["verify", bundle.to_str().unwrap()], bundle);
    let sum = "Unique records = Copies in other accounts + Outside the window + In window";
    let good = check();
    assert!(good.code == 0 && good.stdout.contains(sum), "{}{}", good.stdout, good.stderr);
    let path = bundle.join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for line in manifest["reconciliation"].as_array_mut().unwrap() {
        if line["step"] == "Copies in other accounts" {
            line["count"] = (copies + 1).into();
        }
    }
    std::fs::write(&path, manifest.to_string()).unwrap();
    let bad = check();
    let told = bad.stdout.lines().find(|line| line.contains(sum)).unwrap_or_default();
    assert!(bad.code == 1 && !good.stdout.contains(told), "{}", bad.stdout);
}

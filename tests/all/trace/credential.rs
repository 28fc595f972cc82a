//! Where a credential came from, over several roles, and what it handed out.

use serde_json::{Value, json};

use super::logs::{answer, assume, folder, record, session, trace, user, write};

const ONE: &str = "ASIAONE0000000000001";
const TWO: &str = "ASIATWO0000000000002";
const THREE: &str = "ASIATHREE00000000003";

fn chain() -> Vec<Value> {
    let read = |number, who: Value| {
        record(
            number,
            "GetItem",
            json!({"userIdentity": who, "requestParameters": {"tableName": "cards", "key": {"pk": "a"}}}),
        )
    };
    vec![
        assume(1, &user("alice"), "first", "s1", ONE),
        assume(2, &session("first", "s1", ONE), "second", "s2", TWO),
        assume(3, &session("second", "s2", TWO), "third", "s3", THREE),
        read(4, session("third", "s3", THREE)),
        read(5, session("third", "s3", THREE)),
        read(6, session("fourth", "s4", "ASIAFOUR00000000004A")),
    ]
}

fn steps(told: &Value, list: &str) -> Vec<String> {
    let step = |step: &Value| {
        format!(
            "{} {} with {}",
            step["steps"],
            step["credential"].as_str().unwrap(),
            step["with_credential"].as_str().unwrap()
        )
    };
    told[list].as_array().unwrap().iter().map(step).collect()
}

#[test]
fn a_chain_is_followed_up_to_the_person_with_its_citations() {
    let folder = folder(&chain());
    let told = answer(folder.path(), &["credential", THREE]);
    let expected = [
        format!("1 {THREE} with {TWO}"),
        format!("2 {TWO} with {ONE}"),
        format!("3 {ONE} with AKIA00000000000ALICE"),
    ];
    assert_eq!(steps(&told, "issued_by"), expected);
    let places: Vec<&str> =
        told["issued_by"].as_array().unwrap().iter().map(|step| step["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["F-000001#2", "F-000001#1", "F-000001#0"]);
    let ends = told["ends"].as_array().unwrap();
    assert_eq!(ends.len(), 1);
    assert!(ends[0].as_str().unwrap().contains("user/alice: Alice Example (grade A)"), "{ends:?}");
    assert_eq!(told["holders"][0]["person"], "Alice Example");
    assert_eq!(told["uses"]["accesses"], 2);
    assert_eq!(told["uses"]["first"], "2026-03-02T10:00:04Z");
    assert_eq!(told["uses"]["last"], "2026-03-02T10:00:05Z");
    assert_eq!(
        told["uses"]["operations"][0]["what"],
        json!(["GetItem", "cards (111122223333 us-east-1)", "done"])
    );
}

#[test]
fn what_a_credential_handed_out_is_followed_downwards() {
    let folder = folder(&chain());
    let told = answer(folder.path(), &["credential", ONE]);
    assert_eq!(steps(&told, "handed_out"), [format!("1 {TWO} with {ONE}"), format!("2 {THREE} with {TWO}")]);
    assert_eq!(told["handed_out"][1]["uses"], 2);
    assert_eq!(told["uses"]["accesses"], 1, "the call that handed out the next one");
}

#[test]
fn a_chain_without_its_record_names_the_reason() {
    let folder = folder(&chain());
    let told = answer(folder.path(), &["credential", "ASIAFOUR00000000004A"]);
    assert_eq!(told["issued_by"], json!([]));
    let ends = told["ends"].to_string();
    assert!(ends.contains("no record among the sources handed it out"), "{ends}");
    assert_eq!(told["holders"][0]["reason"], "issuance-not-found");
}

#[test]
fn an_issuance_before_the_window_is_found_with_its_place() {
    let mut early = assume(1, &user("alice"), "first", "s1", ONE);
    early["eventTime"] = json!("2026-03-01T23:00:00Z");
    let folder = folder(&[record(2, "Scan", json!({"userIdentity": session("first", "s1", ONE)}))]);
    write(folder.path(), "b.json", &[early]);
    let told = answer(folder.path(), &["credential", ONE]);
    assert_eq!(told["issued_by"][0]["time"], "2026-03-01T23:00:00Z");
    assert_eq!(told["issued_by"][0]["place"], "F-000002#0");
}

#[test]
fn records_of_two_accounts_about_one_call_are_one_step() {
    let mut records = chain();
    let mut other = assume(1, &user("alice"), "first", "s1", ONE);
    other["recipientAccountId"] = json!("222233334444");
    other["eventID"] = json!("00000099-0000-4000-8000-000000000001");
    other["userIdentity"] =
        json!({"type": "AWSAccount", "principalId": "AIDAEXAMPLE0000000001", "accountId": "111122223333"});
    records.push(other);
    let folder = folder(&records);
    let told = answer(folder.path(), &["credential", ONE]);
    assert_eq!(steps(&told, "issued_by"), [format!("1 {ONE} with AKIA00000000000ALICE")]);
    let copies = told["issued_by"][0]["copies"].to_string();
    assert!(copies.contains("222233334444:00000099") && copies.contains("F-000001#6"), "{copies}");
}

#[test]
fn a_key_of_a_user_leads_to_who_made_it() {
    let made = record(
        1,
        "CreateAccessKey",
        json!({"eventSource": "iam.amazonaws.com", "userIdentity": user("brendan"), "resources": [], "managementEvent": true,
            "eventCategory": "Management", "requestParameters": {"userName": "alice"},
            "responseElements": {"accessKey": {"accessKeyId": "AKIA00000000000ALICE", "userName": "alice", "status": "Active"}}}),
    );
    let folder = folder(&[made, record(2, "Scan", json!({}))]);
    let told = answer(folder.path(), &["credential", "AKIA00000000000ALICE"]);
    assert_eq!(told["issued_by"][0]["call"], "CreateAccessKey");
    assert_eq!(told["issued_by"][0]["by"]["person"], "Brendan Quirke");
    assert_eq!(told["holders"][0]["person"], "Alice Example");
    let down = answer(folder.path(), &["credential", "AKIA000000000BRENDAN"]);
    assert_eq!(down["handed_out"][0]["credential"], "AKIA00000000000ALICE");
}

#[test]
fn an_unknown_key_is_refused_with_a_near_one() {
    let folder = folder(&chain());
    let ran = trace(folder.path(), &["credential", "ASIATHREE00000000033"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.contains("no record of the sources names the credential") && ran.stderr.contains(THREE),
        "{}",
        ran.stderr
    );
    let text = trace(folder.path(), &["credential", THREE]).stdout;
    for part in [
        "WHERE IT CAME FROM: 3 calls",
        "ends at arn:aws:iam::111122223333:user/alice",
        "ITS USES IN THE WINDOW: 2",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

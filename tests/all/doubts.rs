//! Evidence that must not be believed: data access that cannot be told, and what was appended to delivered files.

use std::path::Path;

use crate::support::{self, audit_folder, bundle_in, get_item, gzip, log_file};

const TIME: &str = "2026-03-02T10:00:00Z";

fn run(folder: &Path) -> (i32, std::path::PathBuf) {
    let ran = support::run(&["run", "--documents", "none", "--out", "out"], folder);
    assert!(ran.code == 0 || ran.code == 4, "{}", ran.stderr);
    (ran.code, bundle_in(&folder.join("out")))
}

/// A GetItem by a session of the role `app` with credential K.
fn by_session(number: u32) -> String {
    let identity = r#""userIdentity":{"type":"AssumedRole","principalId":"AROAX:opaque","arn":"arn:aws:sts::111122223333:assumed-role/app/opaque","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE000000009","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/app"}}}"#;
    let record = get_item(number, TIME);
    let (start, end) = (record.find("\"userIdentity\"").unwrap(), record.find(",\"eventTime\"").unwrap());
    format!("{}{identity}{}", &record[..start], &record[end..])
}

/// AssumeRole of alice that hands out K.
fn assume_role() -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE000000001","userName":"alice"}},"eventTime":"{TIME}","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.10","userAgent":"x","requestParameters":{{"roleArn":"arn:aws:iam::111122223333:role/app","roleSessionName":"opaque"}},"responseElements":{{"credentials":{{"accessKeyId":"ASIAEXAMPLE000000009"}},"assumedRoleUser":{{"arn":"arn:aws:sts::111122223333:assumed-role/app/opaque"}}}},"eventID":"00000077-0000-4000-8000-000000000001","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}}"#
    )
}

fn reason_of_session(bundle: &Path) -> (String, String) {
    let users = support::table(&bundle.join("data/users.csv"));
    let row = users.iter().find(|row| row["principal"].contains("assumed-role/app/opaque")).unwrap();
    (row["grade"].clone(), row["reason"].clone())
}

#[test]
fn item_access_that_cannot_be_told_is_counted_and_no_test_is_supported() {
    let folder = audit_folder();
    let record = get_item(1, TIME);
    let start = record.find("\"requestParameters\"").unwrap();
    let end = record.find("\"responseElements\"").unwrap();
    let resources = record.find("\"resources\"").unwrap();
    let behind = record.find("\"eventType\"").unwrap();
    let hidden = format!(
        "{}\"requestParameters\":\"HIDDEN_DUE_TO_SECURITY_REASONS\",{}{}",
        &record[..start],
        &record[end..resources],
        &record[behind..]
    );
    std::fs::write(folder.path().join("logs/a.json"), log_file(&[hidden, get_item(2, TIME)])).unwrap();
    let (code, bundle) = run(folder.path());
    assert_eq!(code, 4);
    let gaps = support::table(&bundle.join("data/gaps.csv"));
    assert_eq!(
        (gaps.len(), gaps[0]["kind"].as_str(), gaps[0]["position"].as_str()),
        (1, "not-understood", "record 0")
    );
    assert!(support::table(&bundle.join("data/tests.csv")).iter().all(|test| test["verdict"] != "supported"));
}

#[test]
fn an_appended_record_proves_nobodys_identity() {
    let folder = audit_folder();
    let log = gzip(log_file(&[by_session(1)]).as_bytes());
    let forged = gzip(log_file(&[assume_role()]).as_bytes());
    std::fs::write(folder.path().join("logs/a.json.gz"), [log.clone(), forged.clone()].concat()).unwrap();
    let (_, bundle) = run(folder.path());
    assert_eq!(reason_of_session(&bundle), ("E".to_owned(), "issuance-not-found".to_owned()));

    let honest = audit_folder();
    std::fs::write(honest.path().join("logs/a.json.gz"), log).unwrap();
    std::fs::write(honest.path().join("logs/b.json.gz"), forged).unwrap();
    let (_, bundle) = run(honest.path());
    assert_ne!(
        reason_of_session(&bundle).1,
        "issuance-not-found",
        "delivered in a file of its own it counts"
    );
}

#[test]
fn records_behind_an_empty_first_member_are_altered() {
    let folder = audit_folder();
    let file = [gzip(b""), gzip(log_file(&[get_item(1, TIME)]).as_bytes())].concat();
    std::fs::write(folder.path().join("logs/a.json.gz"), file).unwrap();
    std::fs::write(folder.path().join("logs/b.json"), log_file(&[get_item(2, TIME)])).unwrap();
    let (_, bundle) = run(folder.path());
    let rows = support::table(&bundle.join("data/accesses.csv.gz"));
    let trust: Vec<&str> = rows.iter().map(|row| row["trust"].as_str()).collect();
    assert_eq!(trust, ["altered", "unverified"]);
}

#[test]
fn lines_that_somebody_may_have_picked_prove_no_hour() {
    let records = [get_item(1, TIME), get_item(2, "2026-03-03T05:00:00Z")];
    let delivered_hours = |text: String| {
        let folder = audit_folder();
        std::fs::write(folder.path().join("logs/a.json"), text).unwrap();
        let (_, bundle) = run(folder.path());
        let rows = support::table(&bundle.join("data/coverage.csv"));
        rows.iter().filter(|row| row["state"] == "delivered" && row["class"] == "read").count()
    };
    assert_eq!(delivered_hours(log_file(&records)), 1);
    assert_eq!(delivered_hours(records.join("\n")), 0);
}

//! Small logs for traces: single records whose answer is known, and running the command over them.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{self, Ran};

/// A call by the user alice on the table `cards`, unless the parts say otherwise.
pub fn record(number: u32, operation: &str, parts: Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": user("alice"),
        "eventTime": format!("2026-03-02T10:{:02}:{:02}Z", number / 60, number % 60),
        "eventSource": "dynamodb.amazonaws.com",
        "eventName": operation,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.10",
        "userAgent": "aws-cli/2.15.0",
        "requestParameters": {"tableName": "cards"},
        "responseElements": null,
        "requestID": format!("REQ{number}"),
        "eventID": event_id(number),
        "resources": [{"accountId": "111122223333", "type": "AWS::DynamoDB::Table", "ARN": "arn:aws:dynamodb:us-east-1:111122223333:table/cards"}],
        "eventType": "AwsApiCall",
        "managementEvent": false,
        "recipientAccountId": "111122223333",
        "eventCategory": "Data"
    });
    for (name, value) in parts.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

/// Id of a record.
pub fn event_id(number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-000000000001")
}

/// An IAM user.
pub fn user(name: &str) -> Value {
    json!({"type": "IAMUser", "principalId": "AIDAEXAMPLE0000000001", "arn": format!("arn:aws:iam::111122223333:user/{name}"),
        "accountId": "111122223333", "accessKeyId": format!("AKIA{:0>16}", name.to_uppercase()), "userName": name})
}

/// A session of a role with its credential.
pub fn session(role: &str, name: &str, key: &str) -> Value {
    json!({"type": "AssumedRole", "principalId": format!("AROAEXAMPLE{role}:{name}"),
        "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/{name}"), "accountId": "111122223333", "accessKeyId": key,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": format!("arn:aws:iam::111122223333:role/{role}")},
            "attributes": {"creationDate": "2026-03-02T09:00:00Z", "mfaAuthenticated": "false"}}})
}

/// AssumeRole by somebody, which hands out a credential.
pub fn assume(number: u32, by: &Value, role: &str, name: &str, key: &str) -> Value {
    let arn = format!("arn:aws:sts::111122223333:assumed-role/{role}/{name}");
    record(
        number,
        "AssumeRole",
        json!({"eventSource": "sts.amazonaws.com", "userIdentity": by, "resources": [], "managementEvent": true, "eventCategory": "Management",
            "requestParameters": {"roleArn": format!("arn:aws:iam::111122223333:role/{role}"), "roleSessionName": name},
            "responseElements": {"credentials": {"accessKeyId": key, "sessionToken": "x"}, "assumedRoleUser": {"arn": arn}}}),
    )
}

/// What the organisation states besides: a roster with alice.
const FACTS: &str = "\n[records]\nroster = \"roster.csv\"\n";
const ROSTER: &str = "id,name,mail,department,manager,joined,left,identities\n\
    p-1,Alice Example,alice@example.test,Claims,,2020-01-01,,arn:aws:iam::111122223333:user/alice\n\
    p-2,Brendan Quirke,brendan@example.test,Audit,p-1,2020-01-01,,arn:aws:iam::111122223333:user/brendan\n\
    p-3,Carla Example,carla@example.test,Audit,p-1,2020-01-01,,arn:aws:iam::111122223333:user/carla\n";

/// A folder with audit.toml, a roster and one log file of these records.
pub fn folder(records: &[Value]) -> tempfile::TempDir {
    let folder = support::audit_folder();
    let text = std::fs::read_to_string(folder.path().join("audit.toml")).unwrap();
    std::fs::write(folder.path().join("audit.toml"), text + FACTS).unwrap();
    std::fs::write(folder.path().join("roster.csv"), ROSTER).unwrap();
    write(folder.path(), "a.json", records);
    folder
}

/// Writes a log file.
pub fn write(folder: &Path, name: &str, records: &[Value]) {
    let text = json!({"Records": records}).to_string();
    std::fs::write(folder.join("logs").join(name), text).unwrap();
}

/// Runs a trace.
pub fn trace(folder: &Path, args: &[&str]) -> Ran {
    support::run(&[&["trace"], args].concat(), folder)
}

/// Runs a trace that answers, as JSON.
pub fn answer(folder: &Path, args: &[&str]) -> Value {
    let ran = trace(folder, &[args, &["--json"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

/// `number: word` of the lines of a part, the number being that of the record.
pub fn lines(table: &Value, part: &str, word: &str) -> Vec<String> {
    let line = |line: &Value| {
        let reference = line["event_ref"].as_str().unwrap();
        let number = u32::from_str_radix(&reference[13..21], 16).unwrap();
        format!("{number}: {}", line[word].as_str().unwrap())
    };
    table[part].as_array().unwrap().iter().map(line).collect()
}

/// Every access to the table is in exactly one count, and each list is as long as its count.
pub fn assert_sums(table: &Value) {
    let sums = &table["sums"];
    let count = |name: &str| sums[name].as_u64().unwrap();
    let parts = ["touched", "tried", "may", "other_items", "no_items", "failed"];
    assert_eq!(count("accesses"), parts.into_iter().map(count).sum::<u64>(), "{sums}");
    let listed = |part: &str| table[part].as_array().unwrap().len() as u64;
    assert_eq!((listed("touched"), listed("tried")), (count("touched"), count("tried")));
    assert_eq!(listed("may"), count("may") + count("may_without_table"));
    let grouped = table["may_groups"].as_array().unwrap().iter();
    assert_eq!(grouped.map(|group| group["accesses"].as_u64().unwrap()).sum::<u64>(), listed("may"));
}

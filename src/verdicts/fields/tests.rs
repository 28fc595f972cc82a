//! Fields of accesses, from records and facts of audit.toml through the whole way to the ledger.

use serde_json::{Value as Json, json};

use super::*;
use crate::audit::{Audit, Overrides};
use crate::coverage::{Coverage, trails::Trails};
use crate::ledger::{intake, settle};
use crate::sources;

const HEAD: &str = r#"
third_party = []
[audit]
entity = "e"
system = "s"
name = "n"
prepared_by = "p"
packs = ["x"]
[period]
from = "2026-02-01"
to = "2026-03-01"
[[source]]
path = "logs"
[[account]]
id = "111122223333"
name = "production"
regions = ["us-east-1"]
[[table]]
account = "111122223333"
region = "us-east-1"
name = "records"
data = "health"
"#;

/// The accesses of records under facts of audit.toml; `files` stand beside it.
struct Told {
    ledger: Ledger,
    audit: Audit,
}

impl Told {
    fn new(facts: &str, files: &[(&str, &str)], records: &[Json]) -> Told {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("logs")).unwrap();
        let head = if facts.contains("[[third_party]]") {
            HEAD.replace("third_party = []", "")
        } else {
            HEAD.to_owned()
        };
        let head =
            if facts.contains("no third parties") { head.replace("third_party = []", "") } else { head };
        std::fs::write(folder.path().join("audit.toml"), format!("{head}{facts}")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let log = json!({"Records": records});
        std::fs::write(folder.path().join("logs/log.json"), log.to_string()).unwrap();
        let audit = Audit::read(&folder.path().join("audit.toml"), &Overrides::default()).unwrap();
        let part = intake::read(&sources::list(&audit.sources).unwrap(), None, 1, &intake::Quiet).unwrap();
        let trails = Trails::new(&audit.snapshots, &part.trail_changes());
        let coverage = Coverage::new(&audit, &part.presence(), &trails, &crate::coverage::Proof::default());
        let ledger = settle::settle(part, &audit, &coverage, &|_| std::collections::BTreeMap::new());
        Told { ledger, audit }
    }

    /// A field of every access, in the order of event ids.
    fn all(&self, name: &str) -> Vec<String> {
        let field = Field::named(name).unwrap();
        let mut values = Vec::new();
        self.ledger.walk(&mut |event| {
            for row in event.rows {
                let (shape, _, _) = self.ledger.shape(row).unwrap();
                let fields = AccessFields::of_shape(&self.ledger, &self.audit.scope, shape).unwrap();
                values.push(match fields.with_row(row, event).field(field) {
                    Value::Text(text) => text.to_string(),
                    other => format!("{other:?}"),
                });
            }
        });
        values
    }

    fn one(&self, name: &str) -> String {
        let mut all = self.all(name);
        assert_eq!(all.len(), 1);
        all.remove(0)
    }
}

fn user(name: &str) -> Json {
    json!({"type": "IAMUser", "principalId": format!("AIDA{name}"), "arn": format!("arn:aws:iam::111122223333:user/{name}"),
        "accountId": "111122223333", "userName": name, "accessKeyId": "AKIAEXAMPLEEXAMPLE01"})
}

fn record(number: u32, changes: Json) -> Json {
    let mut record = json!({
        "eventVersion": "1.09", "eventSource": "dynamodb.amazonaws.com", "eventName": "GetItem",
        "eventTime": "2026-02-02T09:00:00Z", "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
        "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2", "userIdentity": user("dana"),
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "requestParameters": {"tableName": "records", "key": {"id": "r-1"}},
        "managementEvent": false, "eventCategory": "Data",
    });
    for (name, value) in changes.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

/// A record that is no item call.
fn call(service: &str, operation: &str, request: Json) -> Json {
    record(
        1,
        json!({
            "eventSource": format!("{service}.amazonaws.com"), "eventName": operation, "requestParameters": request,
            "managementEvent": true, "eventCategory": "Management",
        }),
    )
}

#[test]
fn facts_that_are_not_given_are_one_constant() {
    let records = [
        record(1, json!({})),
        record(2, json!({"eventTime": "2026-02-07T23:00:00Z", "sourceIPAddress": "198.51.100.9"})),
        record(
            3,
            json!({"sourceIPAddress": "AWS Internal", "requestParameters": {"tableName": "records", "key": {"id": "123-45-6789"}}}),
        ),
    ];
    let told = Told::new("# no third parties\n", &[], &records);
    let fields = [
        "network",
        "hours",
        "authorised",
        "direct_query",
        "purpose",
        "request",
        "after_leaving",
        "third_party",
        "external",
        "key_admin",
        "region_allowed",
        "sensitive_key",
    ];
    for field in fields {
        assert_eq!(told.all(field), ["not-given"; 3], "{field}");
    }
    assert_eq!(
        told.ledger.shapes.iter().map(|shape| shape.standing).collect::<std::collections::HashSet<_>>().len(),
        1
    );
}

#[test]
fn networks_know_addresses_endpoints_and_services() {
    let address = |number, text: &str| record(number, json!({"sourceIPAddress": text}));
    let endpoint =
        |number, id: &str| record(number, json!({"sourceIPAddress": "10.0.0.5", "vpcEndpointId": id}));
    let records = [
        address(1, "203.0.113.7"),
        address(2, "198.51.100.9"),
        address(3, "2001:db8::5"),
        address(4, "dynamodb.amazonaws.com"),
        address(5, "AWS Internal"),
        address(6, ""),
        endpoint(7, "vpce-0abc"),
        endpoint(8, "vpce-0def"),
        endpoint(9, "AWS Internal"),
    ];
    let given = "[networks]\napproved = [\"203.0.113.0/24\", \"2001:db8::/32\", \"vpce-0abc\"]\n";
    assert_eq!(
        Told::new(given, &[], &records).all("network"),
        ["approved", "other", "approved", "service", "service", "none", "approved", "other", "other"]
    );
    let empty = Told::new("[networks]\napproved = []\n", &[], &records[..2]);
    assert_eq!(empty.all("network"), ["other"; 2], "an empty list approves nothing");
}

#[test]
fn hours_and_records_without_time() {
    let calendar = "[calendar]\nzone = \"America/New_York\"\ndays = [\"mon\"]\nfrom = \"07:00\"\nto = \"19:00\"\nholidays = [\"2026-02-16\"]\n";
    let at = |number, time: &str| record(number, json!({"eventTime": time}));
    // Monday 2 February in New York lasts from 05:00 UTC to 05:00 UTC.
    let records = [
        at(1, "2026-02-02T11:59:59Z"),
        at(2, "2026-02-02T12:00:00Z"),
        at(3, "2026-02-02T23:59:59Z"),
        at(4, "2026-02-03T00:00:00Z"),
        at(5, "2026-02-16T15:00:00Z"),
        at(6, "no time"),
    ];
    let told = Told::new(calendar, &[], &records);
    assert_eq!(told.all("hours"), ["outside", "inside", "inside", "outside", "outside", "no-time"]);
    assert_eq!(told.all("time_form")[4..], ["seconds", "none"]);
}

#[test]
fn the_access_matrix_and_purposes_speak_of_person_table_and_kind() {
    let facts = "[records]\naccess = \"a.csv\"\npurposes = \"p.csv\"\nroster = \"r.csv\"\n";
    let files = [
        ("a.csv", "principal,table,kinds,approver\np-001,records,read;copy,p-9\n"),
        (
            "p.csv",
            "principal,table,purpose\narn:aws:iam::111122223333:user/dana,arn:aws:dynamodb:*:table/records,care\n",
        ),
        (
            "r.csv",
            "id,name,mail,department,manager,joined,left,identities\np-001,Dana,,,,,,arn:aws:iam::111122223333:user/dana\n",
        ),
    ];
    let records = [
        record(1, json!({})),
        record(2, json!({"eventName": "PutItem"})),
        record(3, json!({"userIdentity": user("lee")})),
        record(4, json!({"requestParameters": {"tableName": "elsewhere", "key": {"id": "1"}}})),
        record(
            5,
            json!({"eventName": "CreateBackup", "managementEvent": true, "requestParameters": {"tableName": "records"}}),
        ),
        record(
            6,
            json!({"eventName": "DescribeTable", "managementEvent": true, "requestParameters": {"tableName": "records"}}),
        ),
    ];
    let told = Told::new(facts, &files, &records);
    assert_eq!(
        told.all("authorised"),
        ["allowed", "outside", "outside", "not-asked", "allowed", "not-asked"]
    );
    assert_eq!(told.all("purpose"), ["stated", "stated", "none", "none", "stated", "stated"]);
    let none =
        [("a.csv", "principal,table,kinds,approver\n"), ("p.csv", "principal,table,purpose\n"), files[2]];
    let none = Told::new(facts, &none, &records[..1]);
    assert_eq!((none.one("authorised"), none.one("purpose")), ("outside".to_owned(), "none".to_owned()));
}

#[test]
fn requests_leavers_and_lists() {
    let facts = "[records]\nrequests = \"q.csv\"\nroster = \"r.csv\"\n[principals]\nkey_admins = [\"*:user/dana\"]\ndirect_query = []\n";
    let files = [
        (
            "q.csv",
            "id,from,to,principal,operation,object,approver\nR1,2026-02-02,2026-02-03,p-001,CreateUser,*user/new,p-9\n",
        ),
        (
            "r.csv",
            "id,name,mail,department,manager,joined,left,identities\np-001,Dana,,,,,2026-02-02T10:00:00Z,arn:aws:iam::111122223333:user/dana\n",
        ),
    ];
    let create = |number, time: &str, name: &str| {
        let mut made = call("iam", "CreateUser", json!({"userName": name}));
        made["eventTime"] = time.into();
        made["eventID"] = format!("00000000-0000-4000-8000-{number:012}").into();
        made
    };
    let records = [
        create(1, "2026-02-02T10:00:00Z", "new"),
        create(2, "2026-02-02T10:00:01Z", "other"),
        create(3, "2026-02-04T09:00:00Z", "new"),
    ];
    let told = Told::new(facts, &files, &records);
    assert_eq!(told.all("request"), ["approved", "none", "none"]);
    assert_eq!(told.all("after_leaving"), ["no", "yes", "yes"]);
    assert_eq!(told.all("key_admin"), ["listed"; 3]);
    assert_eq!(told.all("direct_query"), ["not-listed"; 3]);
    assert_eq!(told.all("third_party"), ["no"; 3]);
}

#[test]
fn the_last_day_is_worked_to_its_end() {
    let facts = "[records]\nroster = \"r.csv\"\n";
    let zone = "[calendar]\nzone = \"America/New_York\"\ndays = [\"mon\"]\nfrom = \"07:00\"\nto = \"19:00\"\nholidays = []\n";
    let roster = "id,name,mail,department,manager,joined,left,identities\np-001,Dana,,,,2026-02-02,2026-02-02,arn:aws:iam::111122223333:user/dana\n";
    let at = |number, time: &str| record(number, json!({"eventTime": time}));
    let records = [
        at(1, "2026-02-02T09:00:00Z"),
        at(2, "2026-02-02T23:59:59Z"),
        at(3, "2026-02-03T00:00:00Z"),
        at(4, "2026-02-03T04:59:59Z"),
        at(5, "2026-02-03T05:00:00Z"),
    ];
    let after = |facts: &str| Told::new(facts, &[("r.csv", roster)], &records).all("after_leaving");
    assert_eq!(after(facts), ["no", "no", "yes", "yes", "yes"], "UTC without calendar");
    assert_eq!(after(&format!("{facts}{zone}")), ["no", "no", "no", "no", "yes"], "in the calendar's zone");
}

#[test]
fn a_change_of_a_table_without_its_name_has_no_object() {
    let has = |operation: &str, changes: Json| {
        let mut made = call("dynamodb", operation, Json::Null);
        for (name, value) in changes.as_object().unwrap() {
            made[name] = value.clone();
        }
        Told::new("", &[], &[made]).one("has_object") == "Truth(true)"
    };
    for operation in ["UpdateTable", "DeleteTable", "CreateBackup", "PutResourcePolicy", "TagResource"] {
        assert!(!has(operation, json!({})), "{operation}");
        assert!(!has(operation, json!({"errorCode": "AccessDenied", "errorMessage": "not authorized"})));
        let table = json!({"resources": [{"ARN": "arn:aws:dynamodb:us-east-1:111122223333:table/records"}]});
        assert!(has(operation, table), "{operation}");
    }
    for operation in [
        "ListTables",
        "DescribeLimits",
        "DescribeEndpoints",
        "DescribeTable",
        "PurchaseReservedCapacityOfferings",
        "UpdateAbacStatus",
    ] {
        assert!(has(operation, json!({})), "{operation}");
    }
    let other =
        json!({"requestParameters": {"resourceArn": "arn:aws:dynamodb::111122223333:global-table/g"}});
    assert!(has("TagResource", other), "named, though it is no table");
    let refused = json!({"errorCode": "AccessDenied", "errorMessage": "not authorized to perform: dynamodb:DeleteTable on resource: arn:aws:dynamodb:us-east-1:111122223333:table/records because"});
    assert!(has("DeleteTable", refused), "the message names the table");
}

#[test]
fn outcomes_and_shared_sessions_reach_their_fields() {
    let login = |number, response: Json| {
        let changes = json!({"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "managementEvent": true,
            "requestParameters": null, "responseElements": response});
        record(number, changes)
    };
    let shared = json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/ops/x", "accountId": "111122223333",
        "accessKeyId": "ASIAEXAMPLEEXAMPLE09", "sessionContext": {"sourceIdentity": "dana"}});
    let records = [
        login(1, Json::Null),
        login(2, json!({"ConsoleLogin": "Success"})),
        record(3, json!({"userIdentity": shared})),
    ];
    let facts = "[records]\nroster = \"r.csv\"\n[principals]\nshared = [\"*:role/ops\"]\n";
    let roster =
        [("r.csv", "id,name,mail,department,manager,joined,left,identities\np-001,Dana,,,,,,dana\n")];
    let told = Told::new(facts, &roster, &records);
    assert_eq!(told.all("has_outcome"), ["Truth(false)", "Truth(true)", "Truth(true)"]);
    assert_eq!(told.all("entered_by"), ["not-shared", "not-shared", "person"]);
    assert_eq!(
        (told.all("grade").remove(2), told.all("shared_identity").remove(2)),
        ("D".to_owned(), "Truth(true)".to_owned())
    );
}

#[test]
fn third_parties_and_callers_from_outside() {
    let vendor = |number, changes: Json| {
        let mut made = record(number, changes);
        made["userIdentity"] = json!({"type": "AssumedRole", "arn": "arn:aws:sts::444455556666:assumed-role/support/x",
            "accountId": "444455556666", "accessKeyId": "ASIAEXAMPLEEXAMPLE01"});
        made
    };
    let facts = "[[third_party]]\nname = \"Vendor\"\nprincipals = [\"444455556666\"]\nfrom = \"2026-02-02\"\nto = \"2026-02-03\"\nnetworks = [\"203.0.113.0/24\"]\ntables = [\"records\"]\n[principals]\nexternal = [\"*:user/lee\"]\n";
    let records = [
        vendor(1, json!({})),
        vendor(2, json!({"eventTime": "2026-02-04T09:00:00Z"})),
        vendor(3, json!({"sourceIPAddress": "198.51.100.9"})),
        vendor(4, json!({"requestParameters": {"tableName": "elsewhere", "key": {"id": "1"}}})),
        record(5, json!({})),
        record(6, json!({"userIdentity": user("lee")})),
        record(7, json!({"userIdentity": {"type": "AWSService", "invokedBy": "backup.amazonaws.com"}})),
        record(8, json!({"userIdentity": {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}})),
        record(9, json!({"userIdentity": {"type": "Unknown", "userName": "x"}})),
    ];
    let told = Told::new(facts, &[], &records);
    assert_eq!(
        told.all("third_party"),
        ["inside", "outside", "outside", "outside", "no", "no", "no", "no", "no"]
    );
    assert_eq!(told.all("external"), ["yes", "yes", "yes", "yes", "no", "yes", "no", "yes", "not-given"]);
}

#[test]
fn second_factors_of_sign_ins_and_sessions() {
    let issued = json!({"credentials": {"accessKeyId": "ASIAEXAMPLEEXAMPLE09"}, "assumedRoleUser": {"arn": "arn:aws:sts::111122223333:assumed-role/admin/dana"}});
    let mut assume = call(
        "sts",
        "AssumeRole",
        json!({"roleArn": "arn:aws:iam::111122223333:role/admin", "serialNumber": "arn:aws:iam::111122223333:mfa/dana"}),
    );
    assume["responseElements"] = issued;
    let session = json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/admin/dana", "accountId": "111122223333",
        "accessKeyId": "ASIAEXAMPLEEXAMPLE09", "sessionContext": {"attributes": {"mfaAuthenticated": "false", "creationDate": "2026-02-02T07:30:00Z"}}});
    let center = json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_x/dana", "accountId": "111122223333",
        "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x"}, "attributes": {"mfaAuthenticated": "false"}}});
    let login = |number, used: &str, who: &Json| {
        record(
            number,
            json!({"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "managementEvent": true, "userIdentity": who,
            "requestParameters": null, "additionalEventData": {"MFAUsed": used}, "responseElements": {"ConsoleLogin": "Success"}}),
        )
    };
    let records = [
        assume,
        record(2, json!({"userIdentity": session, "sessionCredentialFromConsole": "true"})),
        record(3, json!({"userIdentity": center})),
        record(4, json!({})),
        login(5, "Yes", &user("dana")),
        login(6, "No", &user("dana")),
        login(7, "No", &center),
    ];
    let told = Told::new("[identity_provider]\nmfa_attestation = \"SEC-1\"\n", &[], &records);
    assert_eq!(told.all("mfa"), ["yes", "yes", "provider", "no", "yes", "no", "provider"]);
    assert_eq!(told.all("mfa_attested"), ["Truth(true)"; 7]);
    assert_eq!(told.all("console")[..3], ["Truth(false)", "Truth(true)", "Truth(false)"]);
    assert_eq!(told.all("session_hours")[..3], ["Number(-1)", "Number(1)", "Number(-1)"]);
}

#[test]
fn effects_depend_on_accounts_and_days_that_are_declared() {
    let policy = |account: &str| {
        let text = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": account}}}).to_string();
        call("kms", "PutKeyPolicy", json!({"keyId": "k", "policy": text}))
    };
    let effect = |facts: &str, record: Json| Told::new(facts, &[], &[record]).one("effect");
    assert_eq!(effect("", policy("111122223333")), "");
    assert_eq!(effect("", policy("999988887777")), "policy-opened");
    assert_eq!(effect("[logs]\naccount = \"999988887777\"\n", policy("999988887777")), "");
    assert_eq!(effect("", policy("*")), "policy-opened");
    assert_eq!(effect("", policy("AROAEXAMPLE")), "policy-unclear");
    let opened = |facts: &str, record: Json| Told::new(facts, &[], &[record]).one("opened_to");
    assert_eq!(opened("", policy("*")), "everybody");
    assert_eq!(opened("", policy("999988887777")), "outside-account");
    assert_eq!(opened("[logs]\naccount = \"999988887777\"\n", policy("999988887777")), "");
    assert_eq!((opened("", policy("111122223333")), opened("", policy("AROAEXAMPLE"))), Default::default());
    let both =
        json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": ["999988887777", "*"]}}}).to_string();
    assert_eq!(opened("", call("kms", "PutKeyPolicy", json!({"keyId": "k", "policy": both}))), "everybody");
    let retention =
        || call("logs", "PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 30}));
    assert_eq!(effect("", retention()), "retention-changed");
    assert_eq!(effect("[logs]\nretention_days = 365\n", retention()), "retention-shortened");
    assert_eq!(effect("[logs]\nretention_days = 30\n", retention()), "retention-changed");
    assert_eq!(effect("", record(1, json!({}))), "");
}

#[test]
fn copies_and_regions() {
    let copy = |request: Json| call("dynamodb", "ExportTableToPointInTime", request);
    let arn = "arn:aws:dynamodb:us-east-1:111122223333:table/records";
    let facts = "[data]\nallowed_regions = [\"us-east-1\"]\nkeys = [\"arn:aws:kms:us-east-1:111122223333:key/data-key\"]\n";
    let told = |record: Json| {
        let told = Told::new(facts, &[], &[record]);
        [told.one("destination"), told.one("region_allowed"), told.one("wide")].join(" ")
    };
    assert_eq!(told(record(1, json!({}))), "none inside Truth(false)");
    assert_eq!(told(copy(json!({"tableArn": arn, "s3Bucket": "b"}))), "own-account unknown Truth(true)");
    assert_eq!(
        told(copy(json!({"tableArn": arn, "s3Bucket": "b", "s3BucketOwner": "444455556666"}))),
        "other-account unknown Truth(true)"
    );
    assert_eq!(told(copy(json!(null))), "unknown none Truth(true)");
    let replica = call(
        "dynamodb",
        "UpdateTable",
        json!({"tableName": "records", "replicaUpdates": [{"create": {"regionName": "eu-west-1"}}]}),
    );
    assert_eq!(told(replica), "own-account outside Truth(true)");
    let decrypt = call("kms", "Decrypt", json!({"keyId": "arn:aws:kms:us-east-1:111122223333:key/data-key"}));
    let decrypt = Told::new(facts, &[], &[decrypt]);
    assert_eq!(
        (decrypt.one("data_key"), decrypt.one("region_allowed")),
        ("Truth(true)".to_owned(), "none".to_owned())
    );
}

#[test]
fn sensitive_values_in_keys_are_found_but_attribute_names_are_not() {
    let key = |number, key: Json| {
        record(number, json!({"requestParameters": {"tableName": "records", "key": key}}))
    };
    let statement = json!({"eventName": "ExecuteStatement", "requestParameters": {"statement": "SELECT a FROM records WHERE id = '123-45-6789'"}});
    let records = [
        key(1, json!({"id": "123-45-6789"})),
        key(2, json!({"id": "r-1"})),
        key(3, json!({"123-45-6789": "x"})),
        record(4, statement),
        record(5, json!({"eventName": "Scan", "requestParameters": {"tableName": "records"}})),
    ];
    let told = Told::new("[data]\nsensitive_keys = ['\\b\\d{3}-\\d{2}-\\d{4}\\b']\n", &[], &records);
    assert_eq!(told.all("sensitive_key"), ["found", "none", "none", "found", "none"]);
    assert_eq!(Told::new("[data]\nsensitive_keys = []\n", &[], &records[..1]).one("sensitive_key"), "none");
}

#[test]
fn a_service_acts_of_its_own_accord_unless_it_carries_a_role_of_the_organisation() {
    let role = |name: &str| {
        json!({"userIdentity": {"type": "AssumedRole", "accountId": "111122223333", "invokedBy": "backup.amazonaws.com",
            "arn": "arn:aws:sts::111122223333:assumed-role/X/backup",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": format!("arn:aws:iam::111122223333:role/{name}")}}}})
    };
    let records = [
        record(1, json!({"userIdentity": {"type": "AWSService", "invokedBy": "backup.amazonaws.com"}})),
        record(2, role("aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup")),
        record(3, role("our-backup")),
        record(4, json!({})),
    ];
    let told = Told::new("", &[], &records);
    assert_eq!(told.all("of_own_accord"), ["Truth(true)", "Truth(true)", "Truth(false)", "Truth(false)"]);
}

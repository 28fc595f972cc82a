//! Lists about the state of logging: deliveries, failures, reviews, saved configurations.

use super::*;

fn delivered(stamp: &str) -> String {
    format!("111122223333_CloudTrail_us-east-1_{stamp}_{:0>16}.json", stamp.replace(['T', 'Z'], ""))
}

fn get(at: &str) -> Value {
    item("GetItem", "alice", at, "cards", Some("a"))
}

#[test]
fn places_count_files_days_and_delays() {
    let bench = Bench::new()
        .file(&delivered("20260130T1000Z"), vec![get("2026-01-30T09:55:00Z")])
        .file(&delivered("20260202T1005Z"), vec![get("2026-02-02T10:00:00Z"), get("2026-02-02T10:04:00Z")])
        .file(&delivered("20260203T1230Z"), vec![get("2026-02-03T12:00:30Z")])
        .file("elsewhere.json", vec![get("2026-02-03T20:00:00Z")])
        .file("222233334444_CloudTrail_us-east-1_20260203T1230Z_0000000000000009.json", Vec::new());
    let view = bench.with(List::Places);
    let [place] = &*view.run.places else { panic!("{:?}", view.run.places) };
    assert_eq!((place.files, place.failed, place.verified, place.unverified, place.altered), (4, 0, 0, 4, 0));
    assert_eq!((place.reach_days, place.days_present, place.days_missing), (5, 3, 2));
    assert_eq!((place.late_minutes, place.validation.as_str()), (30, "unknown"));
}

/// A digest of an hour that ended then, with what it lists.
fn digest(end: &str, suffix: &str, lists: &Value) -> (String, Value) {
    let name = format!("111122223333_CloudTrail-Digest_us-east-1_my_trail.x_us-east-1_{end}{suffix}.json");
    let content = json!({
        "awsAccountId": "111122223333",
        "digestStartTime": "2026-02-02T00:00:00Z",
        "digestEndTime": "2026-02-02T01:00:00Z",
        "digestS3Bucket": "logs",
        "digestS3Object": name,
        "digestPublicKeyFingerprint": "0",
        "digestSignatureAlgorithm": "SHA256withRSA",
        "previousDigestSignature": null,
        "logFiles": lists,
    });
    (name, content)
}

#[test]
fn a_digest_that_lists_nothing_is_a_delivery_of_its_day() {
    let place = |digests: &[(String, Value)]| {
        let mut bench = Bench::new()
            .file(&delivered("20260130T1000Z"), vec![get("2026-01-30T09:55:00Z")])
            .file(&delivered("20260203T1230Z"), vec![get("2026-02-03T12:00:30Z")]);
        for (name, content) in digests {
            bench = bench.other(name, &content.to_string());
        }
        let run = bench.with(List::Places).run;
        let place = run.places[0].clone();
        assert_eq!((place.files, place.reach_days, place.days_present + place.days_missing), (2, 5, 5));
        place.days_missing
    };
    assert_eq!(place(&[]), 3);
    let none = json!([]);
    let quiet = digest("20260131T101728Z", "", &none);
    assert_eq!(place(std::slice::from_ref(&quiet)), 2);
    // One that ends at midnight speaks of the day before.
    assert_eq!(place(&[quiet.clone(), digest("20260201T000000Z", "", &none)]), 2);
    assert_eq!(place(&[quiet, digest("20260201T000001Z", "", &none)]), 1);
    let listed = json!([{"s3Object": "gone.json.gz"}]);
    assert_eq!(place(&[digest("20260131T101728Z", "", &listed)]), 3, "its log file is not there");
    assert_eq!(place(&[digest("20260131T101728Z", "_backfill", &none)]), 3, "no hour");
    let (elsewhere, content) = digest("20260131T101728Z", "", &none);
    assert_eq!(place(&[(elsewhere.replace("us-east-1", "eu-west-1"), content)]), 3);
    let (name, _) = digest("20260131T101728Z", "", &none);
    assert_eq!(place(&[(name, json!({"other": []}))]), 3, "no digest");
}

#[test]
fn a_place_without_deliveries_tells_none() {
    let bench = Bench::new().file(
        "222233334444_CloudTrail_us-east-1_20260203T1230Z_0000000000000009.json",
        vec![with(get("2026-02-03T12:00:00Z"), &json!({"recipientAccountId": "222233334444"}))],
    );
    let run = bench.with(List::Places).run;
    let place = &run.places[0];
    assert_eq!((place.files, place.reach_days, place.days_missing, place.late_minutes), (0, 0, 0, -1));
}

fn trail_call(name: &str, at: &str, request: Value) -> Value {
    with(record(&format!("cloudtrail:{name}"), "alice", at), &json!({ "requestParameters": request }))
}

#[test]
fn validation_follows_saved_settings_and_calls() {
    let trail = json!({"trailList": [{
        "Name": "main", "TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
        "LogFileValidationEnabled": true, "IsMultiRegionTrail": true}]});
    let bench = |records: Vec<Value>| {
        let run = Bench::new().saved("trail", None, "2026-02-01", &trail).logs(records);
        run.view(&[List::Places, List::Failures, List::LoggingChanges], Minutes::default()).run
    };
    assert_eq!(bench(vec![get("2026-02-02T10:00:00Z")]).places[0].validation, "on");
    let off = trail_call(
        "UpdateTrail",
        "2026-02-02T10:00:00Z",
        json!({"name": "main", "enableLogFileValidation": false}),
    );
    let on = trail_call(
        "UpdateTrail",
        "2026-02-02T12:30:00Z",
        json!({"name": "main", "enableLogFileValidation": true}),
    );
    let run = bench(vec![off.clone()]);
    assert_eq!(run.places[0].validation, "off");
    let change = &run.logging_changes[0];
    assert!(change.validation_off && change.stops && !change.narrows);
    let failure = run.failures.iter().find(|one| one.kind == "validation-off").unwrap();
    assert_eq!((failure.hours, failure.restarted), (38, false));
    let run = bench(vec![off, on]);
    assert_eq!(run.places[0].validation, "on");
    let failure = run.failures.iter().find(|one| one.kind == "validation-off").unwrap();
    assert_eq!((failure.hours, failure.restarted), (3, true));
}

#[test]
fn a_stop_is_one_failure_with_the_first_incident_that_covers_it() {
    let logs = || {
        let mut logs = vec![
            trail_call("StopLogging", "2026-02-02T10:20:00Z", json!({"name": "main"})),
            trail_call("StartLogging", "2026-02-02T12:10:00Z", json!({"name": "main"})),
        ];
        logs.extend((0..24).map(|hour| get(&format!("2026-02-03T{hour:02}:00:00Z"))));
        logs
    };
    let failure = |incidents: Option<&str>| {
        let bench = match incidents {
            Some(rows) => {
                Bench::new().csv("incidents", &format!("id,opened,closed,principal,summary\n{rows}"))
            }
            None => Bench::new(),
        };
        let view = bench.logs(logs()).with(List::Failures);
        let found =
            view.run.failures.iter().zip(view.cited(List::Failures)).find(|(one, _)| one.kind == "stopped");
        let (failure, cited) = found.unwrap();
        assert_eq!(cited.len(), 1, "the call that stopped logging");
        failure.clone()
    };
    let open = failure(None);
    assert_eq!((open.start.as_str(), open.hours, open.restarted), ("2026-02-02T10:20:00Z", 3, true));
    assert_eq!((open.incident.as_str(), open.incident_after_minutes), ("not-given", -1));
    let none = "I-1,2026-02-02T10:19:00Z,,*,before\nI-2,2026-03-05,,*,too late\nI-3,2026-02-02T11:00:00Z,,bob,other\n";
    assert_eq!(failure(Some(none)).incident, "none");
    // Two overlapping incidents: the first one opened counts.
    let both = "I-2,2026-02-02T11:00:00Z,,logging,b\nI-1,2026-02-02T10:50:30Z,,main,a\n";
    let met = failure(Some(both));
    assert_eq!((met.incident.as_str(), met.incident_after_minutes), ("approved", 31));
    assert_eq!(failure(Some("I,2026-02-02T10:20:00Z,,111122223333,x\n")).incident_after_minutes, 0);
}

#[test]
fn silence_is_joined_over_tables_and_an_altered_file_is_a_failure() {
    let mut altered = json!({"Records": [get("2026-02-02T10:00:00Z")]}).to_string().into_bytes();
    altered.truncate(altered.len() - 1);
    let bench = Bench::new().logs(vec![get("2026-02-02T10:00:00Z"), get("2026-02-03T23:00:00Z")]);
    let run = bench.with(List::Failures).run;
    assert!(run.failures.iter().all(|one| one.kind == "silent"), "{:?}", run.failures);
    let names: BTreeSet<&str> = run.failures.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names.len(), run.failures.len());
}

fn intervals(rows: &str) -> Vec<(i64, bool, String)> {
    let header = "period_from,period_to,date,reviewer,found,follow_up\n";
    let bench =
        Bench::new().csv("reviews", &format!("{header}{rows}")).logs(vec![get("2026-02-02T10:00:00Z")]);
    let run = bench.with(List::Reviews).run;
    run.reviews.iter().map(|one| (one.days, one.open, one.follow_up.clone())).collect()
}

#[test]
fn review_intervals_run_from_the_window_over_its_reviews_to_as_of() {
    assert_eq!(intervals(""), [(2, true, "not-needed".to_owned())]);
    // A review before the window starts no interval; one after as_of ends none.
    let outside = "2026-01-01,2026-01-31,2026-02-01,Kim,x,\n2026-02-01,2026-02-05,2026-02-05,Kim,x,\n";
    assert_eq!(intervals(outside), [(2, true, "not-needed".to_owned())]);
    let some = "2026-02-02,2026-02-03,2026-02-03T01:00:00Z,Kim,Nothing.,\n2026-02-02,2026-02-02,2026-02-02T10:00:00Z,Lee,a role,ticket 4\n";
    let expected = [(1, false, "given"), (1, false, "not-needed"), (1, true, "not-needed")];
    assert_eq!(intervals(some), expected.map(|(days, open, word)| (days, open, word.to_owned())));
    let last = "2026-02-02,2026-02-04,2026-02-04,Kim,a role,\n";
    assert_eq!(intervals(last), [(2, false, "none".to_owned())]);
    let without = Bench::new().logs(vec![get("2026-02-02T10:00:00Z")]).with(List::Reviews);
    assert!(without.run.reviews.is_empty());
}

#[test]
fn times_that_no_review_looked_at_are_named() {
    let holes = |rows: &str| {
        let header = "period_from,period_to,date,reviewer,found,follow_up\n";
        let bench = Bench::new().csv("reviews", &format!("{header}{rows}"));
        let period =
            ("from = \"2026-02-02\"\nto = \"2026-02-04\"", "from = \"2026-02-02\"\nto = \"2026-03-02\"");
        let run =
            bench.replacing(period).logs(vec![get("2026-02-02T10:00:00Z")]).with(List::ReviewPeriods).run;
        let open = run.review_periods.iter().filter(|one| !one.reviewed);
        open.map(|one| format!("{}/{}", &one.from[5..16], &one.to[5..16])).collect::<Vec<_>>()
    };
    // A date in period_to is the last day reviewed; what comes after the last period is not asked here.
    let weekly = "2026-02-02,2026-02-08,2026-02-09,Kim,none,\n2026-02-09,2026-02-15,2026-02-16,Kim,none,\n";
    assert!(holes(weekly).is_empty());
    let sparse = "2026-02-05,2026-02-05,2026-02-06,Kim,none,\n2026-02-15,2026-02-15,2026-02-16,Kim,none,\n";
    assert_eq!(holes(sparse), ["02-02T00:00/02-05T00:00", "02-06T00:00/02-15T00:00"]);
    // A hole of under a day was rounded away.
    let noon = "2026-02-02,2026-02-05T12:00:00Z,2026-02-06,Kim,none,\n2026-02-06T11:00:00Z,2026-02-15,2026-02-16,Kim,none,\n";
    assert_eq!(holes(noon), ["02-05T12:00/02-06T11:00"]);
    let second = noon.replace("05T12:00:00Z", "05T23:59:59Z").replace("06T11:00:00Z", "06T00:00:00Z");
    assert!(holes(&second).is_empty());
    // Any other review may hold the time, also one after as_of.
    let filled = format!("{sparse}2026-02-06,2026-02-12,2026-04-01,Kim,none,\n");
    assert_eq!(holes(&filled), ["02-02T00:00/02-05T00:00", "02-13T00:00/02-15T00:00"]);
    // Time before the window is not asked about.
    let late = "2026-01-01,2026-01-10,2026-02-03,Kim,none,\n2026-02-04,2026-02-15,2026-02-16,Kim,none,\n";
    assert_eq!(holes(late), ["02-02T00:00/02-04T00:00"]);
}

#[test]
fn saved_answers_about_one_subject_are_one_configuration() {
    let facts = "[logs]\nbuckets = [\"audit-logs\"]\naccount = \"999988887777\"\n\
        [data]\nkeys = [\"arn:aws:kms:us-east-1:111122223333:key/data\"]\n";
    let block = json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "IgnorePublicAcls": true,
        "BlockPublicPolicy": true, "RestrictPublicBuckets": true}});
    let rules = json!({"Rules": [{"Status": "Enabled", "Expiration": {"Days": 400}}]});
    let table = json!({"Table": {"TableName": "cards", "TableStatus": "ACTIVE",
        "TableArn": "arn:aws:dynamodb:us-east-1:111122223333:table/cards", "DeletionProtectionEnabled": true,
        "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS",
            "KMSMasterKeyArn": "arn:aws:kms:us-east-1:111122223333:key/data"}}});
    let pitr = json!({"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription":
        {"PointInTimeRecoveryStatus": "ENABLED"}}});
    let trail = json!({"Trail": {"TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
        "S3BucketName": "audit-logs", "KmsKeyId": "x", "LogFileValidationEnabled": true,
        "IsMultiRegionTrail": false, "IsOrganizationTrail": false}});
    let key = json!({"KeyMetadata": {"Arn": "arn:aws:kms:us-east-1:111122223333:key/data",
        "KeyManager": "CUSTOMER", "KeyState": "Enabled"}, "KeyRotationEnabled": true});
    let groups =
        json!({"logGroups": [{"logGroupName": "trail", "retentionInDays": 30}, {"logGroupName": "open"}]});
    let view = Bench::new()
        .stating(facts)
        .saved("bucket-versioning", Some("audit-logs"), "2026-02-01", &json!({"Status": "Suspended"}))
        .saved("bucket-versioning", Some("audit-logs"), "2026-02-03", &json!({"Status": "Enabled"}))
        .saved("bucket-lifecycle", Some("audit-logs"), "2026-02-03", &rules)
        .saved("public-access-block", Some("audit-logs"), "2026-02-03", &block)
        .saved("table", None, "2026-02-03", &table)
        .saved("continuous-backups", Some("cards"), "2026-02-03", &pitr)
        .saved("trail", None, "2026-02-03", &trail)
        .saved("trail-status", Some("main"), "2026-02-03", &json!({"IsLogging": true}))
        .saved("key", None, "2026-02-03", &key)
        .saved("log-group", None, "2026-02-03", &groups)
        .logs(vec![get("2026-02-02T10:00:00Z")])
        .with(List::Configurations);
    let configs = &view.run.configurations;
    let names: Vec<&str> = configs.iter().map(|one| one.name.as_str()).collect();
    let table = "table arn:aws:dynamodb:us-east-1:111122223333:table/cards";
    let trail = "trail arn:aws:cloudtrail:us-east-1:111122223333:trail/main";
    let key = "key arn:aws:kms:us-east-1:111122223333:key/data";
    assert_eq!(names, ["bucket audit-logs", key, "log-group open", "log-group trail", table, trail]);
    let [bucket, key, open, group, table, trail] = &**configs else { panic!("{configs:?}") };
    assert_eq!((bucket.versioning.as_str(), bucket.stale_days, bucket.retention_days), ("on", 3, 400));
    assert_eq!(
        (bucket.public_access.as_str(), bucket.log_object, bucket.account.as_str()),
        ("off", true, "999988887777")
    );
    assert_eq!((bucket.other_account.as_str(), bucket.object_lock.as_str()), ("on", "unknown"));
    assert_eq!((key.data_key, key.enabled.as_str(), key.rotation.as_str()), (true, "on", "on"));
    assert_eq!((open.retention_days, group.retention_days), (0, 30));
    assert_eq!((table.recovery.as_str(), table.deletion_protection.as_str()), ("on", "on"));
    assert_eq!((table.encryption_key.as_str(), table.data_class.as_str()), ("customer", "cardholder"));
    assert_eq!((trail.enabled.as_str(), trail.other_account.as_str()), ("on", "on"));
    assert_eq!((trail.validation.as_str(), trail.multi_region.as_str()), ("on", "off"));
    assert!(view.things(List::Configurations)[0].len() > 1);
}

/// Nothing is delivered from one partition into another, so one account cannot own the log buckets of both.
#[test]
fn an_account_of_another_partition_tells_nothing_of_where_a_trail_delivers() {
    let gov = "[[account]]\nid = \"777788889999\"\nname = \"gov\"\nregions = [\"us-gov-west-1\"]\n\
        [logs]\naccount = \"999988887777\"\nbuckets = [\"audit-logs\", \"gov-logs\"]\n";
    let trail = |arn: &str, bucket: &str| json!({"trailList": [{"Name": "t", "TrailARN": arn, "S3BucketName": bucket, "HomeRegion": "us-east-1"}]});
    let home = "arn:aws:cloudtrail:us-east-1:111122223333:trail/t";
    let away = "arn:aws-us-gov:cloudtrail:us-gov-west-1:777788889999:trail/t";
    let told = |facts: &str| -> Vec<(String, String)> {
        let view = Bench::new()
            .stating(facts)
            .saved("trail", None, "2026-02-03", &trail(home, "audit-logs"))
            .saved("trail", None, "2026-02-03", &trail(away, "gov-logs"))
            .logs(vec![get("2026-02-02T10:00:00Z")])
            .with(List::Configurations);
        view.run.configurations.iter().map(|one| (one.name.clone(), one.other_account.clone())).collect()
    };
    let of = |told: &[(String, String)], name: &str| {
        told.iter().find(|(known, _)| known.ends_with(name)).map(|(_, word)| word.clone()).unwrap()
    };
    let both = told(gov);
    assert_eq!((of(&both, home), of(&both, away)), ("unknown".to_owned(), "unknown".to_owned()));
    // The owner's partition is declared: only trails of it are compared.
    let known =
        format!("[[account]]\nid = \"999988887777\"\nname = \"logs\"\nregions = [\"us-east-1\"]\n{gov}");
    let known = told(&known);
    assert_eq!((of(&known, home), of(&known, away)), ("on".to_owned(), "unknown".to_owned()));
}

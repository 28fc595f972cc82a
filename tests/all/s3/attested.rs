//! `integrity` over a bucket with signed digests: cases 55 to 57 of the acceptance table (cloudtrail-integrity §13), in which S3
//! refuses one object, over the network. No object refused ends in exit code 0.

use std::path::Path;

use serde_json::{Value, json};

use super::runs::run;
use crate::bucket::Bucket;
use crate::buckets::{Proxy, Put, server};
use crate::integrity::run::AUDIT;
use crate::integrity::{bucket, parts, told};
use crate::support;
use trailwitness::sources::names;

/// The bucket that the digests name.
const NAME: &str = "example-cloudtrail-logs";

/// The objects of a bucket; what sidecars hold is metadata again.
fn objects(bucket: &Bucket) -> Vec<Put> {
    let metadata = |key: &str| {
        let sidecar = bucket.files.get(&format!("{key}{}", names::SIDECAR))?;
        let value: Value = serde_json::from_slice(sidecar).unwrap();
        let member = |(name, value): (&String, &Value)| {
            Some((name.strip_prefix("x-amz-meta-")?.to_owned(), value.as_str()?.to_owned()))
        };
        Some(value.as_object().unwrap().iter().filter_map(member).collect())
    };
    let own = bucket.files.iter().filter(|(key, _)| !key.ends_with(names::SIDECAR));
    own.map(|(key, bytes)| Put { metadata: metadata(key).unwrap_or_default(), ..Put::new(key, bytes) })
        .collect()
}

/// The report over the window of the cases, with exit code, through a proxy.
fn checked(folder: &Path, port: u16) -> Value {
    let (source, endpoint) = (format!("s3://{NAME}"), format!("http://127.0.0.1:{port}"));
    let window = ["--from", "2026-03-01", "--to", "2026-03-02", "--allowance", "0"];
    let scope = ["--account", "111122223333", "--region", "us-east-1", "--public-keys", "public-keys"];
    let mut arguments = vec!["integrity", &source, "--json", "--s3-endpoint", &endpoint, "--s3-path-style"];
    arguments.extend(window.iter().chain(&scope));
    let ran = run(&arguments, folder);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    assert_eq!(report["exit"], ran.code);
    report
}

#[test]
fn cases_55_to_57_hold_where_s3_itself_refuses() {
    let Some(server) = server() else { return };
    let clean = bucket(|_| {});
    server.fill(NAME, objects(&clean));
    let proxy = Proxy::start(server.port);
    let log = &clean.logs()[10];
    let digest = &clean.digests()[12];
    let no_log = "3: 25 digests, 95 logs ok; 1 log unverified: unreadable";
    let no_digest =
        "3: 24 digests, 92 logs ok; 1 digest unverified: unreadable, 4 logs uncovered: digest; gap-digest";
    for (case, refused, code, expected) in [
        ("01-clean", None, "", "0: 25 digests, 96 logs ok"),
        ("55-log-denied", Some(log), "AccessDenied", no_log),
        ("56-log-archived", Some(log), "InvalidObjectState", no_log),
        ("57-digest-denied", Some(digest), "AccessDenied", no_digest),
    ] {
        let folder = tempfile::tempdir().unwrap();
        clean.write(folder.path());
        std::fs::remove_dir_all(folder.path().join("bucket")).unwrap();
        let rule = |key: &String| json!({"match": key, "status": 403, "code": code, "message": "denied"});
        proxy.rules(0, &refused.map(rule).into_iter().collect::<Vec<_>>());
        let report = checked(folder.path(), proxy.port);
        let told = told(&report);
        assert_eq!(parts(&told), parts(expected), "{case}\n  told     {told}\n  expected {expected}");
        let objects = report["objects"].as_array().unwrap();
        let named = refused.is_none_or(|key| {
            objects.iter().any(|object| {
                object["key"].as_str().unwrap() == key
                    || object["path"].as_str().is_some_and(|path| path.ends_with(key.as_str()))
            })
        });
        assert!(named, "{case} names the object: {objects:?}");
    }
}

/// A bucket that replication filled is not where the digests say; `run` believes it only where audit.toml names the original.
#[test]
fn logs_of_a_replica_verify_where_the_audit_file_names_the_bucket_they_were_delivered_to() {
    let Some(server) = server() else { return };
    let clean = bucket(|_| {});
    server.fill("replica", objects(&clean));
    let originals = format!("original_buckets = [\"{NAME}\"]\n");
    for (stated, trust) in [("", "unverified"), (originals.as_str(), "verified")] {
        let folder = tempfile::tempdir().unwrap();
        clean.write(folder.path());
        let source = format!(
            "path = \"s3://replica\"\nendpoint = \"http://127.0.0.1:{}\"\npath_style = true\ncache = \"kept\"",
            server.port
        );
        let snapshot = AUDIT.find("[[snapshot]]").unwrap();
        let order = AUDIT[..snapshot]
            .replace("path = \"bucket\"", &source)
            .replace("[logs]\n", &format!("[logs]\n{stated}"));
        std::fs::write(folder.path().join("audit.toml"), order).unwrap();
        let ran = run(&["run", "--out", "out", "--documents", "none"], folder.path());
        let files = support::table(&support::bundle_in(&folder.path().join("out")).join("data/files.csv"));
        let logs: Vec<_> = files.iter().filter(|row| names::log(&row["path"]).is_some()).collect();
        assert!(logs.len() > 50, "{}{}", ran.stdout, ran.stderr);
        assert!(logs.iter().all(|row| row["trust"] == trust), "{stated}: {:?}", logs[0]);
    }
}

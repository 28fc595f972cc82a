//! Further acceptance checks of the specification, and what the cases do not reach.

use super::*;
use crate::bucket::{Sidecars, gzip, keys, sidecar};
use serde_json::json;
use trailwitness::sources::digests::{Acceptance, Inside, LogSeen, Standing};
use trailwitness::sources::{Reader, digests::words::Status};

/// The ids of all findings.
fn ids(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.id).collect()
}

/// A report without a window that was asked for.
fn open(bucket: &Bucket) -> Report {
    let copy = Copy::of(bucket);
    let settings = Settings { keys: copy.keys(), ..Settings::default() };
    copy.report(&copy.entries(), settings, 2)
}

#[test]
fn without_sidecars_the_report_names_those_that_would_help() {
    let none = bucket(|spec| (spec.sidecars, spec.backfill_every) = (Sidecars::None, 10));
    let report = checked(&none);
    assert_eq!(report.exit, 3);
    let (digests, backfills) = (none.digests(), none.backfills());
    let wanted = [&backfills[8], &digests[24]];
    let missing: Vec<&String> = report.missing_sidecars.iter().map(|missing| &missing.sidecar).collect();
    assert!(missing.len() == 2 && wanted.iter().all(|key| missing.contains(&&sidecar(key))), "{missing:?}");
    assert_eq!(report.missing_sidecars.iter().map(|missing| missing.logs.len()).sum::<usize>(), 5);
    assert_eq!((report.totals.digests.by_successor, report.totals.backfill_digests.by_successor), (24, 8));
    let latest = bucket(|spec| spec.sidecars = Sidecars::Latest);
    assert_eq!(
        (checked(&latest).exit, latest.files.keys().filter(|key| key.ends_with(names::SIDECAR)).count()),
        (0, 1)
    );
    let restarted = bucket(|spec| (spec.sidecars, spec.gap) = (Sidecars::Latest, Some((6, 12))));
    assert_eq!(ours(&checked(&restarted)), "3: 20 digests (18 by successor), 72 logs ok; gap-restart");
}

/// A bucket with one of each kind of trouble.
fn troubled() -> Bucket {
    let mut bucket = bucket(|spec| spec.backfill_every = 10);
    bucket.delete(&bucket.digests()[12..13]);
    bucket.delete(&bucket.logs()[70..71]);
    let garbage = bucket.digests()[3].clone();
    bucket.put(&garbage, b"[]");
    let cut = bucket.logs()[50].clone();
    bucket.files.get_mut(&cut).unwrap().truncate(40);
    let forged = bucket.logs()[80].replace("T20", "T21");
    bucket.files.insert(forged, gzip(b"{}"));
    bucket
}

#[test]
fn copies_with_another_root_and_fetched_objects_give_the_same_report() {
    let bucket = troubled();
    let report = |copy: &Copy, entries: &[Entry], threads| {
        let settings = Settings { all_objects: true, ..settings(copy.keys()) };
        copy.report(entries, settings, threads)
    };
    let copy = Copy::of(&bucket);
    let entries = copy.entries();
    let first = report(&copy, &entries, 2);
    assert_eq!(first.exit, 1);
    let mut as_objects = entries.clone();
    fetched(&mut as_objects, "example-cloudtrail-logs");
    assert_eq!(comparable(&report(&copy, &as_objects, 2)), comparable(&first));
    let flat = |key: &str| format!("all/{}", names::base(key));
    let rooted = |key: &str| key.strip_prefix("AWSLogs/111122223333/").unwrap_or(key).to_owned();
    let deeper = |key: &str| format!("a/b/{key}");
    let ways: [&dyn Fn(&str) -> String; 3] = [&flat, &rooted, &deeper];
    for (number, way) in ways.iter().enumerate() {
        let files = bucket.files.iter().map(|(key, bytes)| (way(key), bytes.clone())).collect();
        let other = Copy::of(&Bucket { files, keys: bucket.keys.clone() });
        let told = report(&other, &other.entries(), 2);
        assert_eq!(comparable(&told), comparable(&first));
        assert_eq!(told.totals.relocated > 0, number == 0);
    }
    for threads in [1, 16] {
        let again = serde_json::to_string(&report(&copy, &entries, threads)).unwrap();
        assert_eq!(again, serde_json::to_string(&first).unwrap(), "{threads} threads");
    }
}

#[test]
fn without_a_window_it_runs_from_the_first_to_the_last_thing_seen() {
    let clean = bucket(|spec| spec.regions = vec!["us-east-1", "eu-west-1"]);
    let report = open(&clean);
    assert_eq!((report.exit, report.verdict), (0, "VERIFIED"), "{:?}", report.findings);
    assert!(!report.window.from_given && !report.window.to_given);
    assert_eq!((report.totals.digests.valid, report.totals.logs.valid), (50, 192));
    let mut cut = bucket(|_| {});
    let newest = cut.digests()[24].clone();
    cut.delete(&[newest]);
    assert_eq!(ours(&open(&cut)), "3: 24 digests, 92 logs ok; 4 logs uncovered: after-chain; tail-short");
    let mut one_short = clean.clone();
    let digests: Vec<String> =
        clean.digests().into_iter().filter(|key| key.contains("/eu-west-1/")).collect();
    one_short.delete(&digests[20..]);
    let logs: Vec<String> = clean.logs().into_iter().filter(|key| key.contains("_eu-west-1_")).collect();
    one_short.delete(&logs[76..]);
    assert_eq!(ours(&open(&one_short)), "3: 45 digests, 172 logs ok; tail-short");
    let mut early = bucket(|_| {});
    let key = "AWSLogs/111122223333/CloudTrail/us-east-1/1970/01/01/111122223333_CloudTrail_us-east-1_19700101T0005Z_AbCdEfGh01234567.json.gz";
    early.files.insert(key.to_owned(), gzip(b"{}"));
    let report = open(&early);
    assert_eq!(report.window.from, "2026-02-28T23:18:31Z", "an invented time stretches no window");
    assert_eq!(ours(&report), "3: 25 digests, 96 logs ok; 1 log uncovered: before-chain");
}

/// A copy of a few days was `FAILED` without `--from`: the first digest names one before it, which nobody asked for.
#[test]
fn what_ends_where_the_copy_begins_is_not_missing() {
    let mut copied = bucket(|spec| spec.regions = vec!["us-east-1", "eu-west-1"]);
    for region in ["/us-east-1/", "/eu-west-1/"] {
        let of_region = |key: &String| key.contains(region);
        let digests: Vec<String> = copied.digests().into_iter().filter(of_region).collect();
        let logs: Vec<String> = copied.logs().into_iter().filter(of_region).collect();
        copied.delete(&digests[..6]);
        copied.delete(&logs[..20]);
    }
    assert_eq!(ours(&open(&copied)), "0: 38 digests, 152 logs ok");
    assert!(ours(&checked(&copied)).starts_with("1: 38 digests, 152 logs ok; 2 digests missing"));
    // A stream that begins hours after the others lacks something.
    let late: Vec<String> = copied.digests().into_iter().filter(|key| key.contains("/eu-west-1/")).collect();
    copied.delete(&late[..3]);
    let told = ours(&open(&copied));
    assert!(told.starts_with("1: 35 digests") && told.contains("1 digest missing"), "{told}");
}

#[test]
fn a_region_seen_for_one_account_is_expected_for_all() {
    let mut bucket = bucket(|spec| {
        spec.accounts = vec!["111122223333", "444455556666"];
        spec.regions = vec!["us-east-1", "eu-west-1"];
    });
    bucket.files.retain(|key, _| !(key.contains("444455556666") && key.contains("eu-west-1/")));
    let report = checked(&bucket);
    assert_eq!(ours(&report), "3: 75 digests, 288 logs ok; no-digests");
    assert_eq!(report.findings[0].stream, "444455556666/eu-west-1");
    let absent = report.streams.iter().find(|stream| stream.label == "444455556666/eu-west-1").unwrap();
    assert_eq!(absent.coverage.days, [("2026-03-01".to_owned(), "absent")]);
    let copy = Copy::of(&bucket);
    let entries = copy.entries();
    let expected = vec![("111122223333".to_owned(), "us-east-1".to_owned())];
    let settings = Settings { expected, ..settings(copy.keys()) };
    let attested = digests::attest(&entries, settings, 2).unwrap();
    let logs = attested.read_logs(&entries, 2, &|_| {}).unwrap();
    assert_eq!(attested.conclude(&entries, &logs, &Inside::default()).exit, 0);
}

#[test]
fn hours_tell_what_is_attested() {
    let mut bucket = bucket(|spec| (spec.gap, spec.empty_every) = (Some((6, 12)), 24));
    bucket.delete(&bucket.digests()[3..4]);
    bucket.delete(&bucket.logs()[40..41]);
    let report = checked(&bucket);
    let hours = &report.streams[0].coverage.hours;
    let told: Vec<String> =
        hours.iter().map(|run| format!("{}-{} {}", &run.from[8..13], &run.to[8..13], run.state)).collect();
    let expected = [
        "01T00-01T02 attested",
        "01T02-01T04 partial",
        "01T04-01T06 attested",
        "01T06-01T07 partial",
        "01T07-01T11 stopped",
        "01T11-01T12 partial",
    ];
    assert_eq!(told[..6], expected, "{told:?}");
    assert!(told.iter().any(|run| run.ends_with("partial") && run.starts_with("01T1")), "{told:?}");
    assert_eq!(report.streams[0].coverage.days, [("2026-03-01".to_owned(), "partial")]);
    assert_eq!(report.streams[0].chains.len(), 3);
    assert!(report.streams[0].chains[2].restart && !report.streams[0].chains[1].restart);
}

#[test]
fn copies_of_one_file_that_differ_are_all_checked() {
    let clean = bucket(|_| {});
    let (log, digest) = (clean.logs()[10].clone(), clean.digests()[12].clone());
    let mut twice = clean.clone();
    for key in [&log, &digest] {
        twice.files.insert(format!("copy/{key}"), clean.files[key].clone());
    }
    assert_eq!(ours(&checked(&twice)), "0: 25 digests, 96 logs ok");
    twice.files.insert(format!("copy/{log}"), gzip(b"{\"Records\":[]}"));
    let report = checked(&twice);
    assert_eq!(ours(&report), "1: 25 digests, 95 logs ok; 1 log invalid: hash-mismatch");
    assert_eq!(report.objects[0].path.as_deref(), Some(format!("copy/{log}").as_str()));
    let mut other = clean.clone();
    other.files.insert(format!("copy/{digest}"), gzip(b"{}"));
    assert_eq!(ours(&checked(&other)), "1: 25 digests, 96 logs ok; 1 digest invalid: missing-field");
}

#[test]
fn what_lies_in_the_folder_of_log_files_under_another_name_is_unlisted() {
    let mut bucket = bucket(|_| {});
    let folder = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01";
    bucket.files.insert(format!("{folder}/more.json.gz"), gzip(b"{\"Records\":[]}"));
    bucket.files.insert(format!("{folder}/index.html"), b"x".to_vec());
    let odd = "111122223333_CloudTrail-Odd_us-east-1_20260301T1005Z_AbCdEfGh01234567.json.gz";
    bucket.files.insert(format!("{folder}/{odd}"), gzip(b"{\"Records\":[]}"));
    let insight = folder.replace("CloudTrail", "CloudTrail-Insight");
    let name = "111122223333_CloudTrail-Insight_us-east-1_20260301T1005Z_AbCdEfGh01234567.json.gz";
    bucket.files.insert(format!("{insight}/{name}"), gzip(b"{\"Records\":[]}"));
    let report = checked(&bucket);
    assert_eq!(ours(&report), "3: 25 digests, 96 logs ok; 2 logs unlisted");
    assert_eq!(report.totals.other_files, 2, "another folder, until a digest lists a file of it");
    let digest = bucket.digests()[24].clone();
    bucket.forge(&digest, |value| {
        let mut entry = value["logFiles"][0].clone();
        entry["s3Object"] = json!(format!("{insight}/{}", name.replace("1005Z_A", "2355Z_B")));
        value["logFiles"].as_array_mut().unwrap().push(entry);
    });
    assert_eq!(ours(&checked(&bucket)), "1: 25 digests, 96 logs ok; 1 log missing, 3 logs unlisted");
}

#[test]
fn sidecars_of_both_forms_are_read_and_bad_ones_told() {
    let mut bucket = bucket(|_| {});
    let newest = bucket.digests()[24].clone();
    let mut written = Value::Null;
    bucket.metadata(&newest, |metadata| written = metadata["x-amz-meta-signature"].clone());
    let head = json!({"ContentLength": 1, "ETag": "x", "Metadata": {"Signature": written, "signature-algorithm": "SHA256withRSA"}});
    bucket.metadata(&newest, |metadata| *metadata = head);
    assert_eq!(ours(&checked(&bucket)), "0: 25 digests, 96 logs ok");
    let plain = bucket.content(&newest);
    bucket.files.insert(newest.clone(), plain);
    assert_eq!(ours(&checked(&bucket)), "0: 25 digests, 96 logs ok; stored-uncompressed");
    bucket.files.insert(sidecar(&newest), b"{".to_vec());
    let report = checked(&bucket);
    assert_eq!(report.exit, 3, "stored plain and unsigned is no proof of tampering: {}", ours(&report));
    assert!(ours(&report).contains("1 digest unverified: no-signature"));
    bucket.files.insert(sidecar(&bucket.digests()[5]), b"{}".to_vec());
    assert!(ids(&checked(&bucket)).contains(&"metadata-mismatch"));
}

/// A changed digest spoils its own word about the digest before it, not that digest.
#[test]
fn an_invalid_digest_accuses_no_other() {
    let mut bucket = bucket(|spec| spec.sidecars = Sidecars::Latest);
    let key = bucket.digests()[12].clone();
    let mut value: Value = serde_json::from_slice(&bucket.content(&key)).unwrap();
    value["previousDigestSignature"] = json!("ab".repeat(256));
    bucket.put(&key, value.to_string().as_bytes());
    let report = checked(&bucket);
    let told = ours(&report);
    assert!(
        told.contains("1 digest invalid: signature-mismatch, 1 digest unverified: no-signature"),
        "{told}"
    );
}

#[test]
fn keys_are_bound_to_regions_and_warnings_are_no_failures() {
    let mut bucket = bucket(|_| {});
    let own = bucket.keys.remove("us-east-1").unwrap();
    bucket.keys.insert("eu-central-1".to_owned(), own.clone());
    let report = checked(&bucket);
    assert_eq!(ours(&report), "0: 25 digests, 96 logs ok; key-region-mismatch x25");
    bucket.keys.insert("eu-central-1".to_owned(), keys::listing(keys::of("other")));
    assert!(
        ours(&checked(&bucket))
            .starts_with("3: 0 digests, 0 logs ok; 25 digests unverified: no-key-for-period")
    );
    bucket.keys.insert("all-keys".to_owned(), own);
    let report = checked(&bucket);
    assert_eq!((report.exit, report.keys.len()), (0, 4));
    let used: Vec<(u64, &str)> = report.keys.iter().map(|key| (key.verified, key.source.as_str())).collect();
    assert_eq!(
        used,
        [(24, "all-keys.json"), (1, "all-keys.json"), (0, "all-keys.json"), (0, "eu-central-1.json")]
    );
    assert!(report.keys.iter().all(|key| key.sha256.len() == 64 && key.source_sha256.len() == 64));
}

#[test]
fn accepted_findings_are_printed_and_failures_stay() {
    let mut bucket = bucket(|spec| spec.gap = Some((6, 12)));
    let accepted = |bucket: &Bucket, texts: &[&str]| {
        let copy = Copy::of(bucket);
        let accepted = texts.iter().map(|text| Acceptance::parse(text).unwrap()).collect();
        copy.report(&copy.entries(), Settings { accepted, ..settings(copy.keys()) }, 2)
    };
    let report = accepted(&bucket, &["gap-restart=maintenance CHG-7"]);
    assert_eq!((report.exit, report.verdict), (0, "VERIFIED WITH EXCEPTIONS"));
    assert_eq!((report.exceptions[0].accepts.as_str(), report.exceptions[0].count), ("gap-restart", 1));
    assert_eq!(report.findings[0].class, "accepted");
    assert_eq!(accepted(&bucket, &["gap-digest=x"]).exit, 3, "it was another finding");
    bucket.delete(&bucket.logs()[40..41]);
    assert_eq!(accepted(&bucket, &["gap-restart=maintenance"]).exit, 1);
}

#[test]
fn records_can_ask_what_their_file_is() {
    let mut bucket = bucket(|_| {});
    let logs = bucket.logs();
    bucket.put(&logs[10], b"{\"Records\":[]}");
    bucket.delete(&bucket.digests()[12..13]);
    let copy = Copy::of(&bucket);
    let entries = copy.entries();
    let attested = digests::attest(&entries, settings(copy.keys()), 2).unwrap();
    let mut reader = Reader::default();
    let mut weighed = |key: &str| {
        let number = entries.iter().position(|entry| entry.name == key).unwrap();
        let content = reader.read(&entries[number]).unwrap();
        let weighed = attested.weigh(number, content);
        assert_eq!(weighed, attested.standing(&LogSeen::of(number, content)));
        (weighed.standing, weighed.words(), attested.expects(number).is_some())
    };
    assert_eq!(weighed(&logs[9]), (Standing::Verified, "valid".to_owned(), true));
    assert_eq!(weighed(&logs[10]), (Standing::Altered, "invalid: hash-mismatch".to_owned(), true));
    assert_eq!(weighed(&logs[46]), (Standing::Unverified, "uncovered: digest".to_owned(), false));
    let expected = attested.expects(entries.iter().position(|entry| entry.name == logs[9]).unwrap()).unwrap();
    assert_eq!((expected.account, expected.region), ("111122223333", "us-east-1"));
    assert!(expected.oldest < expected.newest);
    let digest = attested.digest(expected.digest).unwrap();
    assert_eq!((digest.status, digest.stream.trail.as_str()), (Status::Valid, "audit-trail"));
    assert!(digest.signer.is_some() && digest.proof.is_some_and(|proof| proof.signature.len() == 256));
    assert!(
        digest.signed_text.unwrap().starts_with("2026-03-01T03:18:31Z\nexample-cloudtrail-logs/AWSLogs/")
    );
    let outside = |log: &mut LogSeen| log.outside = 2;
    let mut seen = attested.read_logs(&entries, 2, &|_| {}).unwrap();
    outside(&mut seen[0]);
    assert!(ids(&attested.conclude(&entries, &seen, &Inside::default())).contains(&"event-outside"));
    let place = ("111122223333".to_owned(), "ap-south-1".to_owned());
    assert!(
        ids(&attested.conclude(&entries, &seen, &Inside { places: vec![place], ..Inside::default() }))
            .contains(&"no-digests")
    );
    let unread = attested.conclude(&entries, &seen[1..], &Inside::default());
    assert!(ours(&unread).contains("1 log unverified: unreadable"), "what nobody read is not verified");
}

#[test]
fn hostile_digests_cost_little_and_open_nothing() {
    let clean = bucket(|_| {});
    let key = clean.digests()[12].clone();
    let told = |content: &[u8]| {
        let mut bucket = clean.clone();
        bucket.put(&key, content);
        let report = checked(&bucket);
        assert_ne!(report.exit, 0);
        report
            .objects
            .iter()
            .find(|object| object.kind == "digest" && object.status != "valid")
            .unwrap()
            .words()
    };
    assert_eq!(told(&vec![b' '; 65 << 20]), "unverified: too-large");
    assert_eq!(told(format!("{{\"logFiles\":{}", "[".repeat(100_000)).as_bytes()), "invalid: not-json");
    let deep = |name: &str| format!("{{\"{name}\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(told(deep("logFiles").as_bytes()), "invalid: not-json");
    assert_eq!(told(deep("unknown").as_bytes()), "invalid: missing-field");
    let mut bucket = clean.clone();
    let newest = bucket.digests()[24].clone();
    bucket.forge(&newest, |value| {
        value["logFiles"][0]["s3Object"] = json!("../../public-keys/us-east-1.json");
    });
    let report = checked(&bucket);
    assert!(ours(&report).contains("1 log missing"), "{}", ours(&report));
}

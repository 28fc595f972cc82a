//! The command as people meet it: text, JSON, exit codes, wrong flags.

use super::*;
use crate::bucket::{gzip, sidecar};
use crate::support::{Ran, run};

const WINDOW: [&str; 4] = ["--from", "2026-03-01", "--to", "2026-03-02"];

fn integrity(copy: &Copy, more: &[&str]) -> Ran {
    let fixed = ["integrity", "bucket", "--public-keys", "public-keys"];
    run(&[&fixed, more].concat(), copy.folder.path())
}

#[test]
fn a_clean_bucket_is_verified_and_the_text_says_what_was_proven() {
    let copy = Copy::of(&bucket(|_| {}));
    let ran = integrity(&copy, &WINDOW);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    for part in [
        "111122223333/us-east-1/audit-trail/us-east-1\n",
        "25/25 digest files valid\n",
        "96/96 log files valid\n",
        "deliveries attested from 2026-02-28T23:18:31Z to 2026-03-02T00:18:31Z",
        "key 5df9d0a893c204c14084357d2f60ecfb of us-east-1.json (SHA-256 ",
        "verified 24 digest files",
        "window 2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z, deliveries up to 15 minutes later",
        "\nVERIFIED: ",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("unproven") && !ran.stdout.contains('\t'), "{}", ran.stdout);
    let ran = integrity(&copy, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("newer hours are unproven"), "{}", ran.stdout);
    let ran = integrity(&copy, &[&WINDOW[..], &["--verbose"]].concat());
    assert_eq!(ran.stdout.lines().filter(|line| line.contains("\tvalid\t")).count(), 25 + 96);
}

#[test]
fn what_is_not_fine_stands_in_lines_and_decides_the_exit_code() {
    let mut bucket = bucket(|_| {});
    bucket.delete(&bucket.logs()[10..11]);
    bucket.put(&bucket.logs()[30].clone(), b"{}");
    bucket.delete(&bucket.digests()[12..13]);
    let ran = integrity(&Copy::of(&bucket), &WINDOW);
    assert_eq!(ran.code, 1);
    for part in [
        "log\tmissing\t111122223333/us-east-1/audit-trail/us-east-1\t2026-03-01T03:00:00Z\tAWSLogs/",
        "log\tinvalid: hash-mismatch\t",
        "digest\tmissing\t",
        "log\tuncovered: digest\t111122223333/us-east-1\t",
        "incomplete\tgap-digest\t111122223333/us-east-1/audit-trail/us-east-1\t2026-03-01T11:18:31Z to 2026-03-01T12:18:31Z\t1 digests expected",
        "24/25 digest files valid, 1/25 digest files MISSING",
        "90/92 log files valid, 1/92 log files INVALID, 1/92 log files MISSING",
        "4 log files uncovered: digest",
        "FAILED: ",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
    }
    let mut newest = super::bucket(|_| {});
    newest.files.remove(&sidecar(&newest.digests()[24]));
    let ran = integrity(&Copy::of(&newest), &WINDOW);
    assert_eq!(ran.code, 3);
    let wanted = "missing sidecar: AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/";
    assert!(ran.stdout.contains(wanted) && ran.stdout.contains("INCOMPLETE: "), "{}", ran.stdout);
}

#[test]
fn the_json_is_one_object_with_the_members_of_the_specification_and_repeats() {
    let copy = Copy::of(&bucket(|spec| spec.gap = Some((6, 12))));
    let flags = [&WINDOW[..], &["--json", "--accept", "gap-restart=planned"]].concat();
    let ran = integrity(&copy, &flags);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    let members = [
        "schema",
        "tool",
        "generatedAt",
        "source",
        "window",
        "keys",
        "streams",
        "objects",
        "findings",
        "missingSidecars",
        "exceptions",
        "totals",
        "verdict",
        "exit",
    ];
    let places: Vec<usize> =
        members.iter().map(|name| ran.stdout.find(&format!("\n  \"{name}\":")).expect(name)).collect();
    assert!(places.is_sorted(), "the order of members is fixed");
    assert_eq!(value["verdict"], "VERIFIED WITH EXCEPTIONS");
    assert_eq!(value["source"], serde_json::json!(["bucket"]));
    assert_eq!((&value["generatedAt"], &value["objects"]), (&Value::Null, &serde_json::json!([])));
    assert_eq!(value["findings"][0]["id"], "gap-restart");
    assert_eq!(value["totals"]["logs"]["valid"], 72);
    for threads in ["1", "16"] {
        assert_eq!(integrity(&copy, &[&flags[..], &["--threads", threads]].concat()).stdout, ran.stdout);
    }
    let dated = integrity(&copy, &[&flags[..], &["--generated-at", "2026-04-01"]].concat()).stdout;
    assert_eq!(
        dated,
        ran.stdout.replace("\"generatedAt\": null", "\"generatedAt\": \"2026-04-01T00:00:00Z\"")
    );
}

#[test]
fn accounts_and_regions_that_must_be_there_are_asked_for() {
    let copy = Copy::of(&bucket(|_| {}));
    for (flags, code) in [
        (&["--region", "us-east-1"][..], 0),
        (&["--region", "us-east-1", "--region", "eu-west-1"], 3),
        (&["--account", "111122223333", "--account", "999999999999"], 3),
    ] {
        assert_eq!(integrity(&copy, &[&WINDOW[..], flags].concat()).code, code, "{flags:?}");
    }
}

#[test]
fn wrong_flags_exit_2_and_say_what_to_do() {
    let copy = Copy::of(&bucket(|spec| spec.hours = 1));
    std::fs::write(copy.folder.path().join("bad.json"), "{}").unwrap();
    std::fs::create_dir(copy.folder.path().join("empty")).unwrap();
    for (flags, part) in [
        (&["--public-keys", "nowhere"][..], "cannot read public keys: nowhere"),
        (&["--public-keys", "bad.json"], "list-public-keys"),
        (&["--public-keys", "empty"], "REGION.json"),
        (&["--from", "soon"], "--from \"soon\" is no date or time"),
        (&["--from", "2026-03-02", "--to", "2026-03-01"], "must be before --to"),
        (&["--account", "1"], "twelve digits"),
        (&["--region", "US"], "us-east-1"),
        (&["--accept", "missing=x"], "cannot be accepted"),
        (&["--accept", "unverified:no-signature=x"], "cannot be accepted"),
        (&["--allowance", "99999"], "--allowance"),
    ] {
        let ran = integrity(&copy, flags);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{flags:?} {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{flags:?}: {part:?} in\n{}", ran.stderr);
    }
    assert_eq!(run(&["integrity"], copy.folder.path()).code, 2);
    let ran = run(&["integrity", "nowhere"], copy.folder.path());
    assert!(ran.code == 3 && ran.stderr.contains("source not found"), "{}", ran.stderr);
    let ran = run(&["integrity", "bucket"], copy.folder.path());
    assert!(
        ran.code == 3 && ran.stdout.contains("nothing can be verified without --public-keys"),
        "{}",
        ran.stdout
    );
    let ran = run(&["integrity", "public-keys"], copy.folder.path());
    assert_eq!(ran.code, 3, "no digest at all is never good: {}", ran.stdout);
}

/// What a digest says is shown, and cannot write lines or move the cursor.
#[test]
fn text_of_digests_is_shown_harmlessly() {
    let mut bucket = bucket(|_| {});
    let key = bucket.digests()[12].clone();
    let mut value: Value = serde_json::from_slice(&bucket.content(&key)).unwrap();
    value["digestS3Object"] = serde_json::json!("a\nVERIFIED: all is well\t\u{1b}[2J\u{202e}");
    bucket.files.insert(key, gzip(value.to_string().as_bytes()));
    let ran = integrity(&Copy::of(&bucket), &WINDOW);
    assert_eq!(ran.code, 1);
    assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{}", ran.stdout);
    assert!(!ran.stdout.lines().any(|line| line.starts_with("VERIFIED")), "{}", ran.stdout);
    assert!(ran.stdout.contains("\\u{a}VERIFIED: all is well\\u{9}\\u{1b}[2J\\u{202e}"), "{}", ran.stdout);
}

#[test]
fn help_names_the_flags() {
    let here = tempfile::tempdir().unwrap();
    let ran = run(&["integrity", "--help"], here.path());
    for part in [
        "Usage: trailwitness integrity [OPTIONS] <SOURCE>...",
        "--public-keys <FILE|DIR>",
        "--allowance <MINUTES>",
        "[default: 15]",
        "--accept <CLASS[:REASON]=TEXT>",
        "--original-bucket <BUCKET>",
        "--generated-at <TIME>",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
    }
}

//! The acceptance table, row by row: the change, and the very "ours" cell of the specification.

use super::*;
use crate::bucket::{gzip, keys, sidecar};
use serde_json::json;
use trailwitness::gaps::GapKind;
use trailwitness::sources::Obstacle;

/// Makes a bucket with the default spec, changes it, and compares what comes out.
fn case(name: &str, ours: &str, change: impl FnOnce(&mut Bucket)) {
    let mut bucket = bucket(|_| {});
    change(&mut bucket);
    same(name, ours, &checked(&bucket));
}

fn same(name: &str, expected: &str, report: &Report) {
    let told = ours(report);
    assert_eq!(parts(&told), parts(expected), "{name}\n  told     {told}\n  expected {expected}");
}

/// As [`case`], with settings and entries of its own.
fn case_with(
    name: &str,
    ours: &str,
    bucket: &Bucket,
    set: impl FnOnce(&mut Settings),
    change: impl FnOnce(&mut Vec<Entry>),
) {
    let copy = Copy::of(bucket);
    let (mut entries, mut settings) = (copy.entries(), settings(copy.keys()));
    set(&mut settings);
    change(&mut entries);
    same(name, ours, &copy.report(&entries, settings, 2));
}

/// Log files that a digest lists.
fn listed(bucket: &Bucket, digest: &str) -> Vec<String> {
    let value: Value = serde_json::from_slice(&bucket.content(digest)).unwrap();
    let entries = value["logFiles"].as_array().unwrap();
    entries.iter().map(|entry| entry["s3Object"].as_str().unwrap().to_owned()).collect()
}

/// Takes digests away with what they list.
fn delete_with_logs(bucket: &mut Bucket, digests: &[String]) {
    for digest in digests {
        let logs = listed(bucket, digest);
        bucket.delete(&logs);
    }
    bucket.delete(digests);
}

fn edit_log(bucket: &mut Bucket, key: &str) {
    let text = String::from_utf8(bucket.content(key)).unwrap();
    let edited = text.replacen("\"alice\"", "\"mallory\"", 1);
    assert_ne!(text, edited);
    bucket.put(key, edited.as_bytes());
}

/// Changes a digest and keeps its signature.
fn edit_digest(bucket: &mut Bucket, key: &str, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&bucket.content(key)).unwrap();
    change(&mut value);
    bucket.put(key, value.to_string().as_bytes());
}

fn forged(name: &str) -> (String, Vec<u8>) {
    let key = format!(
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/111122223333_CloudTrail_us-east-1_{name}.json.gz"
    );
    (key, gzip(br#"{"Records":[]}"#))
}

#[test]
fn cases_of_log_files() {
    case("01-clean", "0: 25 digests, 96 logs ok", |_| {});
    case("02-log-modified", "1: 25 digests, 95 logs ok; 1 log invalid: hash-mismatch", |bucket| {
        let key = bucket.logs()[10].clone();
        edit_log(bucket, &key);
    });
    case("03-log-recompressed", "0: 25 digests, 96 logs ok", |bucket| {
        let key = bucket.logs()[10].clone();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(1));
        std::io::Write::write_all(&mut encoder, &bucket.content(&key)).unwrap();
        let other = encoder.finish().unwrap();
        assert_ne!(bucket.files.insert(key, other.clone()), Some(other));
    });
    case("04-log-deleted", "1: 25 digests, 95 logs ok; 1 log missing", |bucket| {
        let key = bucket.logs()[10].clone();
        bucket.delete(&[key]);
    });
    case("05-log-truncated", "1: 25 digests, 95 logs ok; 1 log invalid: truncated", |bucket| {
        let bytes = bucket.files.get_mut(&bucket.logs()[10]).unwrap();
        bytes.truncate(bytes.len() - 20);
    });
    case("06-log-not-gzip", "0: 25 digests, 96 logs ok; stored-uncompressed", |bucket| {
        let key = bucket.logs()[10].clone();
        bucket.files.insert(key.clone(), bucket.content(&key));
    });
    case("07-log-second-member", "1: 25 digests, 95 logs ok; 1 log invalid: trailing-data", |bucket| {
        let key = bucket.logs()[10].clone();
        bucket.files.get_mut(&key).unwrap().extend(gzip(br#"{"Records":[]}"#));
    });
    case("08-log-garbage-tail", "1: 25 digests, 95 logs ok; 1 log invalid: trailing-data", |bucket| {
        let key = bucket.logs()[10].clone();
        bucket.files.get_mut(&key).unwrap().extend([0; 16]);
    });
    case("09-log-extra", "3: 25 digests, 96 logs ok; 1 log unlisted", |bucket| {
        bucket.files.extend([forged("20260301T1005Z_AbCdEfGh01234567")]);
    });
    case("10-log-copy", "0: 25 digests, 96 logs ok; 1 log unlisted: duplicate", |bucket| {
        let bytes = bucket.files[&bucket.logs()[10]].clone();
        bucket.files.insert(forged("20260301T1005Z_AbCdEfGh01234567").0, bytes);
    });
}

#[test]
fn cases_of_digests_that_are_gone() {
    case(
        "11-digest-deleted",
        "1: 24 digests, 92 logs ok; 1 digest missing, 4 logs uncovered: digest; gap-digest",
        |bucket| bucket.delete(&bucket.digests()[12..13]),
    );
    case(
        "12-two-digests-deleted",
        "1: 23 digests, 88 logs ok; 1 digest missing, 8 logs uncovered: digest; gap-digest",
        |bucket| bucket.delete(&bucket.digests()[12..14]),
    );
    case(
        "13-newest-digest-deleted",
        "3: 24 digests, 92 logs ok; 4 logs uncovered: after-chain; tail-short",
        |bucket| bucket.delete(&bucket.digests()[24..]),
    );
    case("14-tail-deleted", "3: 19 digests, 72 logs ok; tail-short", |bucket| {
        let digests = bucket.digests()[19..].to_vec();
        delete_with_logs(bucket, &digests);
    });
    case("15-start-deleted", "1: 24 digests, 96 logs ok; 1 digest missing; head-short", |bucket| {
        bucket.delete(&bucket.digests()[..1]);
    });
    case("16-head-deleted", "1: 19 digests, 76 logs ok; 1 digest missing; head-short", |bucket| {
        let digests = bucket.digests()[..6].to_vec();
        delete_with_logs(bucket, &digests);
    });
    case("17-digest-and-logs-deleted", "1: 24 digests, 92 logs ok; 1 digest missing; gap-digest", |bucket| {
        let digests = bucket.digests()[12..13].to_vec();
        delete_with_logs(bucket, &digests);
    });
}

#[test]
fn cases_of_digests_that_are_changed() {
    let failed = |reason: &str, more: &str| {
        format!(
            "1: 24 digests, 92 logs ok; 1 digest invalid: {reason}, 4 logs uncovered: digest; {more}gap-digest"
        )
    };
    let changed = "link-hash-mismatch, ";
    case("18-digest-modified", &failed("signature-mismatch", changed), |bucket| {
        let key = bucket.digests()[12].clone();
        edit_digest(bucket, &key, |digest| drop(digest["logFiles"].as_array_mut().unwrap().pop()));
    });
    case("19-digest-reformatted", &failed("signature-mismatch", changed), |bucket| {
        let key = bucket.digests()[12].clone();
        let value: Value = serde_json::from_slice(&bucket.content(&key)).unwrap();
        bucket.put(&key, &serde_json::to_vec_pretty(&value).unwrap());
    });
    case(
        "22-digest-moved",
        "1: 24 digests, 92 logs ok; 1 digest invalid: location-mismatch, 1 digest missing, 4 logs uncovered: digest; gap-digest",
        |bucket| {
            let key = bucket.digests()[12].clone();
            let moved = key.replace("31Z.json.gz", "32Z.json.gz");
            for (from, to) in [(key.clone(), moved.clone()), (sidecar(&key), sidecar(&moved))] {
                let bytes = bucket.files.remove(&from).unwrap();
                bucket.files.insert(to, bytes);
            }
        },
    );
    case("23-digest-not-gzip", &failed("not-gzip", ""), |bucket| {
        bucket.files.insert(bucket.digests()[12].clone(), b"garbage".to_vec());
    });
    case("24-digest-not-json", &failed("not-json", ""), |bucket| {
        let key = bucket.digests()[12].clone();
        bucket.put(&key, b"not json");
    });
    case("25-digest-missing-field", &failed("missing-field", changed), |bucket| {
        let key = bucket.digests()[12].clone();
        edit_digest(bucket, &key, |digest| drop(digest.as_object_mut().unwrap().remove("digestEndTime")));
    });
    case("26-digest-second-member", &failed("trailing-data", ""), |bucket| {
        let key = bucket.digests()[12].clone();
        bucket.files.get_mut(&key).unwrap().extend(gzip(b"{}"));
    });
}

#[test]
fn cases_of_metadata() {
    case("20-digest-no-metadata", "0: 25 digests (1 by successor), 96 logs ok", |bucket| {
        bucket.files.remove(&sidecar(&bucket.digests()[12]));
    });
    case(
        "21-all-metadata-lost",
        "3: 24 digests (24 by successor), 92 logs ok; 1 digest unverified: no-signature, 4 logs uncovered: after-chain; tail-short",
        |bucket| bucket.files.retain(|key, _| !key.ends_with(names::SIDECAR)),
    );
    case("32-signature-not-hex", "0: 25 digests (1 by successor), 96 logs ok; metadata-mismatch", |bucket| {
        let key = bucket.digests()[12].clone();
        bucket.metadata(&key, |metadata| metadata["x-amz-meta-signature"] = json!("zz"));
    });
    case("33-algorithm-metadata-changed", "0: 25 digests, 96 logs ok; metadata-mismatch", |bucket| {
        let key = bucket.digests()[12].clone();
        bucket.metadata(&key, |metadata| metadata["x-amz-meta-signature-algorithm"] = json!("MD5withRSA"));
    });
}

#[test]
fn cases_of_keys() {
    let one = |bucket: &mut Bucket, value: Value| drop(bucket.keys.insert("us-east-1".to_owned(), value));
    let first = |bucket: &mut Bucket, name: &str, value: Value| {
        bucket.keys.get_mut("us-east-1").unwrap()["PublicKeyList"][0][name] = value;
    };
    case(
        "27-key-not-published",
        "1: 0 digests, 0 logs ok; 25 digests invalid: key-unknown, 96 logs uncovered: no-digest; no-valid-digest",
        |bucket| one(bucket, keys::listing(keys::of("other"))),
    );
    case(
        "28-no-keys",
        "3: 0 digests, 0 logs ok; 25 digests unverified: no-key-for-period, 96 logs uncovered: no-digest; no-valid-digest",
        |bucket| one(bucket, json!({"PublicKeyList": []})),
    );
    case(
        "29-wrong-key",
        "1: 1 digests, 4 logs ok; 24 digests invalid: signature-mismatch, 91 logs uncovered: before-chain, 1 log unlisted; key-fingerprint-mismatch, head-short",
        |bucket| first(bucket, "Value", json!(keys::base64(keys::of("other")[0].der()))),
    );
    case("30-key-spki", "0: 25 digests, 96 logs ok", |bucket| {
        first(bucket, "Value", json!(keys::base64(&keys::of("us-east-1")[0].spki())));
    });
    case(
        "31-key-garbage",
        "3: 1 digests, 4 logs ok; 24 digests unverified: key-unusable, 91 logs uncovered: before-chain, 1 log unlisted; key-unusable, head-short",
        |bucket| first(bucket, "Value", json!(keys::base64(b"no key"))),
    );
    case("53-expired-key", "0: 25 digests, 96 logs ok; key-window x24", |bucket| {
        first(bucket, "ValidityEndTime", json!("2026-02-20T00:00:00Z"));
    });
    let mut bucket = bucket(|spec| spec.digests = false);
    bucket.keys.clear();
    case_with(
        "52-no-keys-no-digests",
        "3: 0 digests, 0 logs ok; 96 logs uncovered: no-digest; no-digests",
        &bucket,
        |_| {},
        |_| {},
    );
}

#[test]
fn cases_that_need_the_genuine_key() {
    case(
        "34-chain-fork",
        "1: 25 digests, 95 logs ok; 1 log unlisted; link-mismatch, link-hash-mismatch, event-range",
        |bucket| {
            let key = bucket.digests()[12].clone();
            bucket.forge(&key, |digest| drop(digest["logFiles"].as_array_mut().unwrap().pop()));
        },
    );
    case(
        "35-log-listed-twice",
        "1: 25 digests, 96 logs ok; link-mismatch, link-hash-mismatch, listed-twice",
        |bucket| {
            let key = bucket.digests()[12].clone();
            bucket.forge(&key, |digest| {
                let again = digest["logFiles"][0].clone();
                digest["logFiles"].as_array_mut().unwrap().push(again);
            });
        },
    );
    case(
        "54-event-outside",
        "1: 25 digests, 96 logs ok; link-mismatch, link-hash-mismatch, event-range",
        |bucket| {
            let key = bucket.digests()[12].clone();
            bucket.forge(&key, |digest| {
                digest["oldestEventTime"] = json!("2026-02-01T00:00:00Z");
                digest["newestEventTime"] = json!("2026-04-01T00:00:00Z");
            });
        },
    );
}

#[test]
fn cases_of_gaps_empty_hours_and_backfill() {
    let mut gap = bucket(|spec| spec.gap = Some((6, 12)));
    same("36-gap", "3: 20 digests, 72 logs ok; gap-restart", &checked(&gap));
    gap.files.extend([forged("20260301T0900Z_AbCdEfGh01234567")]);
    let expected = "3: 20 digests, 72 logs ok; 1 log uncovered: stopped; gap-restart";
    same("37-gap-forged", expected, &checked(&gap));
    let empty = bucket(|spec| spec.empty_every = 3);
    same("38-empty-hours", "0: 25 digests, 64 logs ok", &checked(&empty));
    let backfill = bucket(|spec| spec.backfill_every = 10);
    same("39-backfill", "0: 25 digests + 9 backfill, 96 logs ok", &checked(&backfill));
    let mut deleted = backfill.clone();
    deleted.delete(&backfill.backfills()[4..5]);
    let expected = "1: 25 digests + 8 backfill, 95 logs ok; 1 backfill digest missing, 1 log unlisted";
    same("40-backfill-deleted", expected, &checked(&deleted));
    let mut modified = backfill.clone();
    let log = listed(&backfill, &backfill.backfills()[4])[0].clone();
    edit_log(&mut modified, &log);
    let expected = "1: 25 digests + 9 backfill, 95 logs ok; 1 log invalid: hash-mismatch";
    same("41-backfill-log-modified", expected, &checked(&modified));
}

#[test]
fn cases_of_regions_accounts_and_trails() {
    let mut two = bucket(|spec| spec.regions = vec!["us-east-1", "eu-west-1"]);
    two.files.retain(|key, _| !key.contains("/eu-west-1/"));
    let both = |settings: &mut Settings| {
        settings.expected =
            ["us-east-1", "eu-west-1"].map(|region| ("111122223333".to_owned(), region.to_owned())).to_vec();
    };
    let expected = "3: 25 digests, 96 logs ok; no-digests";
    case_with("42-other-region-deleted", expected, &two, both, |_| {});
    let other = |settings: &mut Settings| {
        settings.expected = vec![("111122223333".to_owned(), "eu-west-1".to_owned())];
    };
    case_with("43-other-region-gone", expected, &two, other, |_| {});
    let none = bucket(|spec| spec.digests = false);
    let expected = "3: 0 digests, 0 logs ok; 96 logs uncovered: no-digest; no-digests";
    same("44-no-digests", expected, &checked(&none));
    let org = bucket(|spec| {
        spec.accounts = vec!["111122223333", "444455556666"];
        (spec.organization, spec.prefix) = ("o-exampleorgid", "audit");
    });
    let expected = "0: 50 digests, 192 logs ok";
    let account = |settings: &mut Settings| {
        settings.expected = vec![("444455556666".to_owned(), "us-east-1".to_owned())];
    };
    case_with("45-org", expected, &org, account, |_| {});
    case_with("46-org-no-account", expected, &org, |_| {}, |_| {});
    case_with("47-org-bucket", expected, &org, |_| {}, |entries| fetched(entries, "example-cloudtrail-logs"));
    let mut trails = bucket(|_| {});
    let second = bucket(|spec| (spec.trail, spec.offset, spec.digests) = ("second", 300, false));
    trails.files.extend(second.files);
    same("59-two-trails", "3: 25 digests, 96 logs ok; 96 logs unlisted", &checked(&trails));
}

#[test]
fn cases_of_windows_copies_and_key_changes() {
    let clean = bucket(|_| {});
    let expected = "0: 25 digests, 96 logs ok";
    case_with("48-window", expected, &clean, |_| {}, |_| {});
    let replica = |settings: &mut Settings| {
        settings.original_buckets = vec!["example-cloudtrail-logs".to_owned()];
    };
    case_with("49-copied-bucket", expected, &clean, replica, |entries| fetched(entries, "copied-logs"));
    let moved = "1: 0 digests, 0 logs ok; 25 digests invalid: location-mismatch, 96 logs uncovered: no-digest; no-valid-digest";
    case_with("49 undeclared", moved, &clean, |_| {}, |entries| fetched(entries, "copied-logs"));
    let own = |entries: &mut Vec<Entry>| fetched(entries, "example-cloudtrail-logs");
    case_with("50-unknown-trail", expected, &clean, |_| {}, own);
    case_with("58-window-offset", expected, &clean, |_| {}, |_| {});
    // The prototype took one window for all cases; the two hours themselves, in UTC and with an offset.
    for (from, to) in [
        ("2026-03-01T10:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00+02:00", "2026-03-01T14:00:00+02:00"),
    ] {
        let hours =
            |settings: &mut Settings| (settings.from, settings.to) = (Some(time(from)), Some(time(to)));
        case_with("48 and 58, two hours", "0: 3 digests, 12 logs ok", &clean, hours, |_| {});
    }
    let long = bucket(|spec| {
        (spec.start, spec.hours, spec.per_hour) = (time("2026-02-12T00:00:00Z"), 45 * 24, 1);
    });
    let days = |settings: &mut Settings| {
        (settings.from, settings.to) =
            (Some(time("2026-02-12T00:00:00Z")), Some(time("2026-03-29T00:00:00Z")));
    };
    case_with("51-key-rotation", "0: 1081 digests, 1080 logs ok", &long, days, |_| {});
}

#[test]
fn cases_of_objects_that_cannot_be_read() {
    let clean = bucket(|_| {});
    let lose = |entries: &mut Vec<Entry>, key: &str| {
        let entry = entries.iter_mut().find(|entry| entry.name == key).unwrap();
        entry.obstacle = Some(Obstacle::Lost(GapKind::Unreadable, "access denied".to_owned()));
    };
    let log = clean.logs()[10].clone();
    let expected = "3: 25 digests, 95 logs ok; 1 log unverified: unreadable";
    case_with("55-log-denied", expected, &clean, |_| {}, |entries| lose(entries, &log));
    case_with("56-log-archived", expected, &clean, |_| {}, |entries| lose(entries, &log));
    let digest = clean.digests()[12].clone();
    let expected =
        "3: 24 digests, 92 logs ok; 1 digest unverified: unreadable, 4 logs uncovered: digest; gap-digest";
    case_with("57-digest-denied", expected, &clean, |_| {}, |entries| lose(entries, &digest));
}

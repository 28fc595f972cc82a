//! What S3 does not give: single objects become counted gaps, a bucket that cannot be used at all is an error.

use serde_json::{Value, json};

use super::{log, log_key};
use crate::buckets::{Order, Proxy, server};

const A: &str = "111122223333";
const DAY: &str = "2026/03/02";

fn refuse(what: &str, status: u16, code: &str, message: &str) -> Value {
    json!({"match": what, "status": status, "code": code, "message": message})
}

/// What an order over the first key of a bucket with three objects gives when a rule stands.
fn with(bucket: &str, rules: &[Value], check: impl Fn(&Order, &Proxy)) {
    let Some(server) = server() else { return };
    server.fill(bucket, (0..3).map(|number| log("", A, "us-east-1", DAY, number)).collect());
    let proxy = Proxy::start(server.port);
    proxy.rules(0, rules);
    let cache = tempfile::tempdir().unwrap();
    check(&Order::new(proxy.port, cache.path(), &[&format!("s3://{bucket}")]), &proxy);
}

#[test]
fn refused_objects_are_gaps_and_the_rest_is_read() {
    let cases = [
        ("refused-access", 403, "AccessDenied", "Access Denied", "s3-access-denied: AccessDenied (403)"),
        (
            "refused-key",
            403,
            "AccessDenied",
            "User is not authorized to perform: kms:Decrypt",
            "s3-key-refused: AccessDenied (403)",
        ),
        (
            "refused-kms",
            400,
            "KMS.DisabledException",
            "arn:aws:kms:x is disabled.",
            "s3-key-refused: KMS.DisabledException (400)",
        ),
        (
            "refused-archive",
            403,
            "InvalidObjectState",
            "not valid for the object's storage class",
            "s3-archived: InvalidObjectState (403)",
        ),
        (
            "refused-gone",
            404,
            "NoSuchKey",
            "The specified key does not exist.",
            "s3-object-gone: NoSuchKey (404)",
        ),
    ];
    for (bucket, status, code, message, told) in cases {
        with(bucket, &[refuse("unique0000000001", status, code, message)], |order, proxy| {
            let listed = order.list();
            let key = log_key("", A, "us-east-1", DAY, 1);
            assert_eq!(listed.obstacles(), [(key.as_str(), told)], "{:?}", listed.error);
            assert_eq!(listed.names().len(), 2);
            assert_eq!(proxy.stats().gets(), 3, "{code} is not asked again");
        });
    }
}

#[test]
fn a_server_that_asks_to_slow_down_is_waited_for() {
    let mut rule = refuse("unique0000000001", 503, "SlowDown", "Please reduce your request rate.");
    rule["times"] = json!(2);
    with("slow-down-twice", &[rule], |order, proxy| {
        let listed = order.list();
        assert_eq!((listed.names().len(), listed.obstacles().len()), (3, 0));
        assert_eq!(proxy.stats().gets(), 5);
    });
}

#[test]
fn a_server_that_always_asks_to_slow_down_is_a_gap() {
    let rule = refuse("unique0000000001", 503, "SlowDown", "Please reduce your request rate.");
    with("slow-down-always", &[rule], |order, proxy| {
        let listed = order.list();
        let key = log_key("", A, "us-east-1", DAY, 1);
        assert_eq!(listed.obstacles(), [(key.as_str(), "s3-throttled: SlowDown (503)")]);
        let gets = proxy.stats().gets();
        assert!((6..=12).contains(&gets), "{gets} requests, some after the rest was done");
    });
}

#[test]
fn bytes_that_break_off_or_differ_are_asked_for_again() {
    let wrong = json!({"match": "unique0000000001", "headers": {"x-amz-checksum-crc32": "AAAAAA=="}});
    let cut = json!({"match": "unique0000000001", "cut": true});
    for (bucket, rule, told) in [
        ("bytes-differ", wrong, "s3-checksum: ChecksumMismatch"),
        ("bytes-cut", cut, "s3-not-fetched: BodyCut"),
    ] {
        with(bucket, std::slice::from_ref(&rule), |order, _| {
            let listed = order.list();
            let key = log_key("", A, "us-east-1", DAY, 1);
            assert_eq!(listed.obstacles(), [(key.as_str(), told)]);
        });
        let mut once = rule;
        once["times"] = json!(1);
        with(&format!("{bucket}-once"), &[once], |order, proxy| {
            let listed = order.list();
            let key = log_key("", A, "us-east-1", DAY, 1);
            assert_eq!((listed.obstacles().len(), proxy.stats().gets()), (0, 4));
            assert_eq!(listed.bytes(&key), log("", A, "us-east-1", DAY, 1).bytes);
        });
    }
}

#[test]
fn a_folder_that_may_not_be_listed_is_a_gap() {
    let rule = refuse(&format!("LIST AWSLogs/{A}/CloudTrail/"), 403, "AccessDenied", "no");
    with("folder-denied", &[rule], |order, _| {
        let listed = order.list();
        let told = format!("AWSLogs/{A}/CloudTrail/");
        assert_eq!(listed.obstacles(), [(told.as_str(), "s3-access-denied: listing: AccessDenied (403)")]);
    });
}

#[test]
fn a_listing_that_is_put_off_is_asked_for_again_at_the_end() {
    let mut rule = refuse(&format!("LIST AWSLogs/{A}/CloudTrail/"), 503, "SlowDown", "no");
    rule["times"] = json!(6);
    with("listing-put-off", &[rule], |order, proxy| {
        let listed = order.list();
        assert_eq!((listed.names().len(), listed.obstacles().len()), (3, 0));
        let again = proxy.stats().lists();
        assert_eq!(again.iter().filter(|prefix| prefix.ends_with("/CloudTrail/")).count(), 7);
    });
}

#[test]
fn a_bucket_in_another_region_is_followed() {
    let mut rule = refuse("LIST ", 301, "PermanentRedirect", "use the specified endpoint");
    rule["headers"] = json!({"x-amz-bucket-region": "eu-central-1"});
    rule["times"] = json!(1);
    with("elsewhere", &[rule], |order, proxy| {
        assert_eq!(order.list().names().len(), 3);
        let signed: Vec<String> = proxy.stats().header("authorization").into_iter().flatten().collect();
        assert!(signed[0].contains("/us-east-1/s3/"), "{signed:?}");
        assert!(signed[1..].iter().all(|header| header.contains("/eu-central-1/s3/")), "{signed:?}");
    });
}

#[test]
fn a_bucket_that_cannot_be_used_is_an_error_that_says_what_to_do() {
    for (bucket, rule, what, hint) in [
        (
            "no-listing",
            refuse("LIST ", 403, "AccessDenied", "x is not authorized to perform: s3:ListBucket"),
            "the bucket may not be listed",
            "allow s3:ListBucket",
        ),
        (
            "bad-credentials",
            refuse("LIST ", 403, "InvalidAccessKeyId", "does not exist"),
            "the AWS credentials are refused",
            "aws sts get-caller-identity",
        ),
        (
            "expired",
            refuse("LIST ", 400, "ExpiredToken", "has expired"),
            "the AWS credentials have expired",
            "sign in again",
        ),
        (
            "none-there",
            refuse("LIST ", 404, "NoSuchBucket", "does not exist"),
            "there is no such bucket",
            "check its name",
        ),
        (
            "clock",
            refuse("LIST ", 403, "RequestTimeTooSkewed", "too large"),
            "refuses the time of this machine",
            "set the clock",
        ),
    ] {
        with(bucket, &[rule], |order, _| {
            let error = order.list().error.unwrap_or_else(|| panic!("{bucket}"));
            assert!(error.starts_with(&format!("s3://{bucket}: ")) && error.contains(what), "{error}");
            assert!(error.contains("hint: ") && error.contains(hint), "{error}");
        });
    }
}

#[test]
fn a_real_server_refuses_what_is_wrong() {
    let Some(server) = server() else { return };
    server.fill("real-refusals", vec![log("", A, "us-east-1", DAY, 1)]);
    let cache = tempfile::tempdir().unwrap();
    let order = Order::new(server.port, cache.path(), &["s3://real-refusals"]);
    let wrong = order.clone().env("AWS_SECRET_ACCESS_KEY", "another").list().error.unwrap();
    assert!(
        wrong.contains("the AWS credentials are refused") && wrong.contains("SignatureDoesNotMatch"),
        "{wrong}"
    );
    let none = Order::new(server.port, cache.path(), &["s3://there-is-no-such"]).list().error.unwrap();
    assert!(none.contains("there is no such bucket"), "{none}");
    let nobody =
        order.clone().env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "").list().error.unwrap();
    assert!(nobody.contains("AWS credentials cannot be had") && nobody.contains("aws sso login"), "{nobody}");
    let away = order.set("endpoint", "http://127.0.0.1:9".into()).list().error.unwrap();
    assert!(away.contains("the bucket cannot be reached"), "{away}");
}

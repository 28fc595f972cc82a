//! A build without the feature `s3` says so when it is asked for a bucket.

use crate::support;

#[test]
fn a_bucket_is_an_error_with_a_hint() {
    let folder = support::audit_folder();
    let ran = support::run(&["run", "--source", "s3://acme-logs/AWSLogs"], folder.path());
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("s3://acme-logs/AWSLogs: this build of the program cannot read buckets"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("hint: build it with the feature s3"), "{}", ran.stderr);
}

//! How buckets are reached: roles, profiles, payers, owners, partitions, FIPS; and public keys from CloudTrail.

use serde_json::{Value, json};

use super::log;
use crate::buckets::{KEY, Order, Proxy, server};

const EMPTY: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

#[test]
fn who_pays_and_who_owns_goes_with_every_request() {
    let Some(server) = server() else { return };
    server.fill("pays", vec![log("", "111122223333", "us-east-1", "2026/03/02", 1)]);
    let proxy = Proxy::start(server.port);
    let cache = tempfile::tempdir().unwrap();
    let order = Order::new(proxy.port, cache.path(), &["s3://pays"]);
    let order = order.set("requester_pays", true.into()).set("bucket_owner", "999988887777".into());
    order.list();
    let stats = proxy.stats();
    assert!(stats.header("x-amz-request-payer").iter().all(|value| value.as_deref() == Some("requester")));
    assert!(
        stats
            .header("x-amz-expected-bucket-owner")
            .iter()
            .all(|value| value.as_deref() == Some("999988887777"))
    );
}

#[test]
fn a_role_is_taken_on_with_its_external_id() {
    let proxy = Proxy::start(0);
    let role = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
        <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    proxy.rules(
        0,
        &[
            json!({"match": "ExternalId=from-the-auditee", "status": 200, "body": role}),
            json!({"match": "LIST ", "status": 200, "body": EMPTY}),
        ],
    );
    let cache = tempfile::tempdir().unwrap();
    let order = Order::new(proxy.port, cache.path(), &["s3://role"])
        .set("role_arn", "arn:aws:iam::111122223333:role/auditor".into())
        .set("external_id", "from-the-auditee".into())
        .env("AWS_ENDPOINT_URL_STS", &format!("http://127.0.0.1:{}", proxy.port));
    let error = order.list().error.unwrap();
    assert!(error.contains("no file in"), "{error}");
    let signed: Vec<String> = proxy.stats().header("authorization").into_iter().flatten().collect();
    assert!(signed[0].contains(KEY) && signed[0].contains("/sts/"), "{signed:?}");
    let listing = signed.last().unwrap();
    assert!(listing.contains("Credential=ASIAROLE/") && listing.contains("/s3/"), "{signed:?}");
}

#[test]
fn a_profile_gives_credentials_and_region() {
    let proxy = Proxy::start(0);
    proxy.rules(0, &[json!({"match": "LIST ", "status": 200, "body": EMPTY})]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, "[profile audit]\nregion = us-gov-west-1\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n").unwrap();
    let order = Order::new(proxy.port, folder.path(), &["s3://profile"])
        .set("profile", "audit".into())
        .env("AWS_ACCESS_KEY_ID", "")
        .env("AWS_SECRET_ACCESS_KEY", "")
        .env("AWS_REGION", "")
        .env("AWS_CONFIG_FILE", file.to_str().unwrap());
    order.list();
    let signed = proxy.stats().header("authorization")[0].clone().unwrap();
    assert!(signed.contains("Credential=AKIAPROFILE/") && signed.contains("/us-gov-west-1/s3/"), "{signed}");
}

#[test]
fn public_keys_come_by_region_in_the_form_of_key_files() {
    let proxy = Proxy::start(0);
    let page = |fingerprint: &str, next: Option<&str>| {
        let key = json!({"Value": "Zm9v", "Fingerprint": fingerprint, "ValidityStartTime": 1_772_409_600.0, "ValidityEndTime": 1_775_001_600.0});
        json!({"PublicKeyList": [key], "NextToken": next}).to_string()
    };
    let rule = |what: &str, status: u16, body: String| json!({"match": what, "status": status, "body": body, "times": 1});
    proxy.rules(
        0,
        &[
            rule("ListPublicKeys", 200, page("aa", Some("more"))),
            rule("\"NextToken\":\"more\"", 200, page("bb", None)),
            rule(
                "ListPublicKeys",
                400,
                json!({"__type": "AccessDeniedException", "message": "no"}).to_string(),
            ),
        ],
    );
    let cache = tempfile::tempdir().unwrap();
    let answer = Order::new(proxy.port, cache.path(), &[])
        .set("cloudtrail_endpoint", format!("http://127.0.0.1:{}", proxy.port).into())
        .window("2026-03-02", "2026-03-03")
        .keys(&["eu-west-1", "us-east-1"])
        .answer();
    let keys = &answer["keys"]["eu-west-1"]["Ok"]["PublicKeyList"];
    let told: Vec<&Value> = keys.as_array().unwrap().iter().map(|key| &key["Fingerprint"]).collect();
    assert_eq!(told, ["aa", "bb"], "{answer}");
    assert_eq!(keys[0]["Value"], "Zm9v");
    assert_eq!(keys[0]["ValidityStartTime"], "2026-03-02T00:00:00Z");
    assert_eq!(answer["keys"]["us-east-1"]["Err"], "AccessDeniedException: no", "{answer}");
    let signed: Vec<String> = proxy.stats().header("authorization").into_iter().flatten().collect();
    assert!(
        signed[0].contains("/eu-west-1/cloudtrail/") && signed[2].contains("/us-east-1/cloudtrail/"),
        "{signed:?}"
    );
}

//! What is fetched is kept: second runs, changes, damage, sidecars; how many requests and how much memory that takes.

use std::collections::BTreeMap;
use std::io::Write;

use super::{log, log_key};
use crate::buckets::{Order, Proxy, Put, server};

const A: &str = "111122223333";
const DAY: &str = "2026/03/02";

#[test]
fn a_second_run_fetches_only_what_changed() {
    let Some(server) = server() else { return };
    server.fill("resumes", (0..20).map(|number| log("", A, "us-east-1", DAY, number)).collect());
    let proxy = Proxy::start(server.port);
    proxy.rules(0, &[]);
    let cache = tempfile::tempdir().unwrap();
    let order = Order::new(proxy.port, cache.path(), &["s3://resumes"]);
    let first = order.list();
    assert_eq!((first.names().len(), proxy.stats().gets(), proxy.stats().others()), (20, 20, 0));
    proxy.rules(0, &[]);
    let second = order.list();
    assert_eq!((second.entries == first.entries, proxy.stats().gets()), (true, 0));
    let changed = Put::new(&log_key("", A, "us-east-1", DAY, 3), b"changed");
    server.put("resumes", &changed);
    let damaged = first.entries[&log_key("", A, "us-east-1", DAY, 5)]["path"].as_str().unwrap();
    std::fs::write(damaged, "half").unwrap();
    proxy.rules(0, &[]);
    let third = order.list();
    assert_eq!(proxy.stats().gets(), 2);
    assert_eq!(third.bytes(&changed.key), b"changed");
    assert_eq!(third.bytes(&log_key("", A, "us-east-1", DAY, 5)), log("", A, "us-east-1", DAY, 5).bytes);
}

#[test]
fn a_run_that_broke_off_is_taken_up_where_it_was() {
    let Some(server) = server() else { return };
    server.fill("broken-off", (0..12).map(|number| log("", A, "us-east-1", DAY, number)).collect());
    let proxy = Proxy::start(server.port);
    let expired = serde_json::json!({"match": "unique0000000007", "status": 400, "code": "ExpiredToken", "message": "The provided token has expired."});
    proxy.rules(0, &[expired]);
    let cache = tempfile::tempdir().unwrap();
    let order = Order::new(proxy.port, cache.path(), &["s3://broken-off"]).set("requests", 1.into());
    let error = order.list().error.unwrap();
    assert!(
        error.contains("the AWS credentials have expired") && error.contains("hint: sign in again"),
        "{error}"
    );
    let before = proxy.stats().gets();
    assert!(before > 1, "some were fetched before: {before}");
    proxy.rules(0, &[]);
    assert_eq!(order.list().names().len(), 12);
    assert_eq!(proxy.stats().gets(), 12 - (before - 1), "only the rest is fetched");
}

#[test]
fn metadata_of_digests_is_kept_beside_them() {
    let Some(server) = server() else { return };
    let key = format!(
        "AWSLogs/{A}/CloudTrail-Digest/us-east-1/{DAY}/{A}_CloudTrail-Digest_us-east-1_trail_us-east-1_20260302T010000Z.json.gz"
    );
    let metadata = BTreeMap::from([
        ("signature".to_owned(), "3a".repeat(256)),
        ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned()),
    ]);
    // A copy of a bucket that was once made on disk may hold sidecars as objects: the metadata itself goes before them.
    let copied = Put::new(&format!("{key}.metadata.json"), b"{\"Metadata\": {}}");
    let bare = key.replace("T010000Z", "T020000Z");
    let of_bare = Put::new(&format!("{bare}.metadata.json"), b"{\"Metadata\": {\"signature\": \"ab\"}}");
    let digest = Put { metadata: metadata.clone(), ..Put::new(&key, b"digest") };
    server.fill(
        "sidecars",
        vec![digest, copied, Put::new(&bare, b"bare"), of_bare, log("", A, "us-east-1", DAY, 1)],
    );
    let cache = tempfile::tempdir().unwrap();
    let order = Order::new(server.port, cache.path(), &["s3://sidecars/"]);
    for turn in 0..2 {
        let listed = order.list();
        let sidecar = format!("{key}.metadata.json");
        let told: BTreeMap<String, String> = serde_json::from_slice(&listed.bytes(&sidecar)).unwrap();
        let expected: BTreeMap<String, String> =
            metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone())).collect();
        assert_eq!(told, expected);
        let path = listed.entries[&key]["path"].as_str().unwrap();
        assert_eq!(listed.entries[&sidecar]["path"].as_str().unwrap(), format!("{path}.metadata.json"));
        assert!(listed.entries[&sidecar]["object"].is_null());
        assert_eq!(
            listed.bytes(&format!("{bare}.metadata.json")),
            b"{\"Metadata\": {\"signature\": \"ab\"}}"
        );
        let left = format!("{sidecar} (object)");
        assert_eq!(listed.obstacles(), [(left.as_str(), "the metadata of the digest object itself is used")]);
        assert_eq!(listed.names().len(), 5, "a log file has no sidecar");
        if turn == 0 {
            std::fs::remove_file(format!("{path}.metadata.json")).unwrap();
        }
    }
}

/// Ten thousand small objects: at most two requests each, many at once, and memory that holds none of them.
#[test]
fn many_small_objects_take_few_requests_and_little_memory() {
    let Some(server) = server() else { return };
    let (small, large) = (1_000_u32, 10_000_u32);
    let days = |count: u32| {
        (0..count).map(|number| log("", A, "us-east-1", &format!("2026/03/{:02}", 1 + number % 20), number))
    };
    server.fill("few", days(small).collect());
    server.fill("many", days(large).collect());
    let proxy = Proxy::start(server.port);
    let listed = |bucket: &str| {
        proxy.rules(0, &[]);
        let cache = tempfile::tempdir().unwrap();
        Order::new(proxy.port, cache.path(), &[&format!("s3://{bucket}")])
            .window("2026-03-02", "2026-03-19")
            .list()
    };
    let few = listed("few");
    let many = listed("many");
    let stats = proxy.stats();
    assert_eq!((many.names().len(), stats.gets()), (large as usize, u64::from(large)));
    let requests = stats.gets() + stats.lists().len() as u64;
    assert!(
        requests <= u64::from(large) + 60 && stats.others() == 0,
        "{requests} requests for {large} objects"
    );
    let grown = many.memory.saturating_sub(few.memory);
    assert!(grown < 16 << 20, "ten times the objects take {grown} more bytes");
}

/// Thirty milliseconds a request: requests overlap by far more than twenty times.
#[test]
fn slow_answers_are_waited_for_together() {
    let Some(server) = server() else { return };
    server.fill("slow", (0..800).map(|number| log("", A, "us-east-1", DAY, number)).collect());
    let proxy = Proxy::start(server.port);
    proxy.rules(30, &[]);
    let cache = tempfile::tempdir().unwrap();
    let started = std::time::Instant::now();
    let listed = Order::new(proxy.port, cache.path(), &["s3://slow"]).list();
    let stats = proxy.stats();
    let waited = stats.0["waited_ms"].as_f64().unwrap();
    let told = format!(
        "{:.1} x faster than one request after another",
        waited / 1e3 / started.elapsed().as_secs_f64()
    );
    drop(writeln!(std::io::stderr(), "{told}"));
    assert_eq!((listed.names().len(), stats.gets()), (800, 800));
    let most = stats.0["most"].as_u64().unwrap();
    assert!((20..=64).contains(&most), "{most} requests at once");
}

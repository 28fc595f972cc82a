//! Which objects become entries: whole trails, organisations, scopes, windows, prefixes that start anywhere.

use std::path::Path;

use super::{log, log_key};
use crate::buckets::{Order, Proxy, Put, server};
use crate::support;

const A: &str = "111122223333";
const B: &str = "444455556666";

/// Names and content hashes of what a listing of a folder gives.
fn of_folder(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = trailwitness::sources::list(&[folder.to_path_buf().into()]).unwrap();
    entries.iter().map(|entry| (entry.name.clone(), std::fs::read(&entry.path).unwrap())).collect()
}

#[test]
fn a_trail_in_a_bucket_gives_what_its_copy_in_a_folder_gives() {
    let Some(server) = server() else { return };
    let logs = support::story().join("logs");
    server.fill_from("whole-trail", &logs, "a/b/");
    let cache = tempfile::tempdir().unwrap();
    let listed = Order::new(server.port, cache.path(), &["s3://whole-trail/a/b"]).list();
    let expected = of_folder(&logs);
    assert!(expected.len() > 100 && listed.error.is_none(), "{:?}", listed.error);
    assert_eq!(listed.names(), expected.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
    for (name, bytes) in &expected {
        assert!(listed.bytes(name) == *bytes, "{name}");
        let object = serde_json::json!(["whole-trail", format!("a/b/{name}")]);
        assert_eq!(listed.entries[name]["object"], object);
    }
}

#[test]
fn a_trail_of_an_organisation_beside_one_of_an_account() {
    let Some(server) = server() else { return };
    let day = "2026/03/02";
    let member = log("t/", &format!("o-abcdefghij/{B}"), "us-east-1", day, 2);
    let member = Put { key: member.key.replace(&format!("o-abcdefghij/{B}_"), &format!("{B}_")), ..member };
    let other = Put::new(&format!("t/AWSLogs/o-abcdefghij/{B}/Config/us-east-1/{day}/x.json.gz"), b"x");
    server.fill("organisation", vec![log("t/", A, "us-east-1", day, 1), member.clone(), other]);
    let cache = tempfile::tempdir().unwrap();
    let listed = Order::new(server.port, cache.path(), &["s3://organisation/t/"]).list();
    let names = [log_key("", A, "us-east-1", day, 1), member.key.trim_start_matches("t/").to_owned()];
    assert_eq!(listed.names(), names);
    let left = format!("AWSLogs/o-abcdefghij/{B}/Config/");
    assert_eq!(listed.obstacles(), [(left.as_str(), "logs of another service: not listed")]);
}

#[test]
fn only_accounts_regions_and_days_that_matter_are_listed() {
    let Some(server) = server() else { return };
    let mut objects = Vec::new();
    for (number, day) in [
        "2025/12/31",
        "2026/02/28",
        "2026/03/01",
        "2026/03/02",
        "2026/03/03",
        "2026/03/04",
        "2026/03/05",
        "2026/04/01",
    ]
    .iter()
    .enumerate()
    {
        for (account, region) in [(A, "eu-west-1"), (A, "us-east-1"), (A, "eu-west-2"), (B, "eu-west-1")] {
            objects.push(log("", account, region, day, u32::try_from(number).unwrap()));
        }
    }
    server.fill("windows", objects);
    let proxy = Proxy::start(server.port);
    proxy.rules(0, &[]);
    let cache = tempfile::tempdir().unwrap();
    let order = Order::new(proxy.port, cache.path(), &["s3://windows"])
        .account(A, &["eu-west-1"])
        .window("2026-03-02", "2026-03-03");
    let listed = order.list();
    let expected: Vec<String> = ["eu-west-1", "us-east-1"]
        .iter()
        .flat_map(|region| {
            (1..=3).map(move |day| log_key("", A, region, &format!("2026/03/0{day}"), day + 1))
        })
        .chain(["eu-west-1", "us-east-1"].iter().map(|region| log_key("", A, region, "2026/03/04", 5)))
        .collect();
    let mut expected = expected;
    expected.sort();
    assert_eq!(listed.names(), expected);
    let told: Vec<&str> = listed.obstacles().iter().map(|(name, _)| *name).collect();
    assert_eq!(told, [format!("AWSLogs/{A}/CloudTrail/eu-west-2/"), format!("AWSLogs/{B}/")]);
    let lists = proxy.stats().lists();
    let inside = |prefix: &String| {
        !prefix.contains("2025")
            && !prefix.contains("2026/04")
            && !prefix.contains("2026/02")
            && !prefix.contains(&format!("{B}/"))
    };
    assert!(lists.iter().all(inside), "{lists:?}");
    let outside = order.set("outside_scope", true.into()).list();
    assert_eq!((outside.names().len(), outside.obstacles().len()), (16, 0));
}

#[test]
fn a_prefix_may_start_at_any_folder_or_be_one_object() {
    let Some(server) = server() else { return };
    let key = log_key("x/", A, "us-east-1", "2026/03/02", 1);
    server.fill(
        "starts",
        vec![log("x/", A, "us-east-1", "2026/03/02", 1), log("x/", A, "us-east-1", "2025/03/02", 2)],
    );
    let parts: Vec<&str> = key.split('/').collect();
    for depth in 0..parts.len() {
        let cache = tempfile::tempdir().unwrap();
        let prefix = parts[..=depth].join("/");
        let listed = Order::new(server.port, cache.path(), &[&format!("s3://starts/{prefix}")])
            .window("2026-03-02", "2026-03-03")
            .list();
        let name =
            if depth + 1 == parts.len() { parts[depth].to_owned() } else { parts[depth + 1..].join("/") };
        assert_eq!(listed.names(), [name.as_str()], "{prefix}: {listed:?}");
        assert_eq!(listed.entries[&name]["object"], serde_json::json!(["starts", key]));
    }
    let cache = tempfile::tempdir().unwrap();
    let none = Order::new(server.port, cache.path(), &["s3://starts/y"]).list().error.unwrap();
    assert!(none.contains("no file in s3://starts/y") && none.contains("hint:"), "{none}");
}

#[test]
fn without_a_layout_everything_below_is_read() {
    let Some(server) = server() else { return };
    let keys = ["mine/1.json", "mine/a/2.json", "mine/a/b/3.json", "mine/c/4.json", "other/5.json"];
    server.fill("no-layout", keys.iter().map(|key| Put::new(key, key.as_bytes())).collect());
    let cache = tempfile::tempdir().unwrap();
    let listed = Order::new(server.port, cache.path(), &["s3://no-layout/mine"])
        .window("2026-03-02", "2026-03-03")
        .list();
    assert_eq!(listed.names(), ["1.json", "a/2.json", "a/b/3.json", "c/4.json"]);
}

#[test]
fn what_stands_beside_a_layout_is_left_with_a_reason_or_is_one_itself() {
    let Some(server) = server() else { return };
    let mut objects =
        vec![log("", A, "us-east-1", "2026/03/02", 1), log("second/", A, "us-east-1", "2026/03/02", 2)];
    objects.extend([Put::new("elb/1.log", b"x"), Put::new("note.json", b"{}")]);
    server.fill("beside", objects);
    let cache = tempfile::tempdir().unwrap();
    let listed = Order::new(server.port, cache.path(), &["s3://beside/"]).list();
    assert_eq!(
        listed.names(),
        [
            log_key("", A, "us-east-1", "2026/03/02", 1),
            "note.json".to_owned(),
            log_key("second/", A, "us-east-1", "2026/03/02", 2)
        ]
    );
    assert_eq!(listed.obstacles().iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["elb/"]);
}

#[test]
fn several_prefixes_are_told_apart() {
    let Some(server) = server() else { return };
    server.fill(
        "several",
        vec![log("a/", A, "us-east-1", "2026/03/02", 1), log("b/", A, "us-east-1", "2026/03/02", 2)],
    );
    let cache = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), "{}").unwrap();
    let place = folder.path().display().to_string();
    let listed = Order::new(server.port, cache.path(), &["s3://several/a", &place, "s3://several/b"]).list();
    let names = [
        format!("s1/{}", log_key("", A, "us-east-1", "2026/03/02", 1)),
        "s2/x.json".to_owned(),
        format!("s3/{}", log_key("", A, "us-east-1", "2026/03/02", 2)),
    ];
    assert_eq!(listed.names(), names);
}

#[test]
fn hostile_keys_become_files_inside_the_cache() {
    let Some(server) = server() else { return };
    let long = format!("h/{}.json", "n".repeat(300));
    let keys = [
        "h/a b+c.json",
        "h/%2E%2E/x.json",
        "h/é\u{202E}.json",
        "h/q?x=1&y#z.json",
        "h/\u{1}\u{7f}.json",
        "h/a",
        "h/a/b",
        long.as_str(),
    ];
    // What a server that keeps keys as paths cannot hold itself is proved beside cache.rs.
    server.fill(
        "hostile",
        keys.iter()
            .filter(|key| **key != long && **key != "h/a")
            .map(|key| Put::new(key, key.as_bytes()))
            .collect(),
    );
    let cache = tempfile::tempdir().unwrap();
    let listed = Order::new(server.port, cache.path(), &["s3://hostile/h/"]).list();
    assert_eq!(listed.error, None);
    assert_eq!(listed.names().len(), keys.len() - 2, "{:?}", listed.entries);
    let root = cache.path().canonicalize().unwrap();
    for (name, entry) in &listed.entries {
        let key = entry["object"][1].as_str().unwrap();
        assert_eq!(String::from_utf8(listed.bytes(name)).unwrap(), key);
        let path = Path::new(entry["path"].as_str().unwrap()).canonicalize().unwrap();
        assert!(path.starts_with(&root), "{path:?}");
        assert!(name.chars().all(|letter| !letter.is_control()), "{name:?}");
    }
}

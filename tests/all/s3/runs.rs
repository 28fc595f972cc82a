//! `run` over a bucket: the same bundle as over a folder, gaps of refused objects in it, settings from audit.toml.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::log;
use crate::buckets::{KEY, Proxy, SECRET, server};
use crate::support::{self, Ran};

/// Runs the program with the credentials of the tests and nothing else of the environment.
pub fn run(arguments: &[&str], folder: &Path) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_trailwitness"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs([
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
        .env("HOME", folder)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// The story without its digests: they name the buckets that they lay in, of which this one is a copy in other folders.
fn story_without_digests() -> tempfile::TempDir {
    let (folder, story) = (tempfile::tempdir().unwrap(), support::story());
    let files = walkdir::WalkDir::new(&story).into_iter().map(Result::unwrap);
    let digest = |file: &walkdir::DirEntry| file.path().to_string_lossy().contains("CloudTrail-Digest");
    for file in files.filter(|file| file.file_type().is_file() && !digest(file)) {
        let to = folder.path().join(file.path().strip_prefix(&story).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(file.path(), to).unwrap();
    }
    folder
}

#[test]
fn the_story_from_a_bucket_gives_the_data_of_the_story_from_its_folder() {
    let Some(server) = server() else { return };
    let order = story_without_digests();
    server.fill_from("story", &order.path().join("logs"), "deep/er/");
    let out = tempfile::tempdir().unwrap();
    let audit = order.path().join("audit.toml");
    let plain = ["run", audit.to_str().unwrap(), "--out", "plain", "--documents", "none"];
    let ran = run(&plain, out.path());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let from_folder = support::bundle_in(&out.path().join("plain"));
    let endpoint = format!("http://127.0.0.1:{}", server.port);
    let arguments = [
        "run",
        audit.to_str().unwrap(),
        "--source",
        "s3://story/deep/er",
        "--s3-endpoint",
        &endpoint,
        "--s3-path-style",
        "--out",
        "bucket",
        "--documents",
        "none",
    ];
    let ran = run(&arguments, out.path());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let bundle = support::bundle_in(&out.path().join("bucket"));
    let access = support::table(&bundle.join("data/accesses.csv.gz")).remove(0);
    let cited = format!("{}#{}", access["file_row"], access["record_index"]);
    let verify = ["verify", bundle.to_str().unwrap(), "--event", &cited];
    let ran = run(&verify, out.path());
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stdout.contains("say --logs s3://story/deep/er with the --s3 options"), "{}", ran.stdout);
    let reached = ["--logs", "s3://story/deep/er", "--s3-endpoint", &endpoint, "--s3-path-style"];
    let originals =
        ["--original-bucket", "acme-audit-trail-logs", "--original-bucket", "acme-security-watch"];
    let ran = run(&[&verify[..], &reached[..], &originals[..]].concat(), out.path());
    assert!(ran.stdout.contains("(agrees with the bundle)"), "{}{}", ran.stdout, ran.stderr);
    assert!(!ran.stdout.contains("DIFFERS"), "{}", ran.stdout);
    assert!(
        out.path().join(".cache/trailwitness/s3/objects/story/deep").is_dir(),
        "the user's cache is the default"
    );
    for file in ["data/accesses.csv.gz", "data/tests.csv", "data/files.csv", "data/coverage.csv"] {
        let of = |root: &Path| support::csv(&root.join(file));
        assert!(of(&bundle) == of(&from_folder), "{file}");
    }
}

#[test]
fn a_refused_object_is_a_gap_of_the_bundle_that_says_what_to_do() {
    let Some(server) = server() else { return };
    server.fill(
        "gaps",
        (0..3).map(|number| log("", "111122223333", "us-east-1", "2026/03/02", number)).collect(),
    );
    let proxy = Proxy::start(server.port);
    proxy.rules(0, &[json!({"match": "unique0000000001", "status": 403, "code": "InvalidObjectState"})]);
    let folder = support::audit_folder();
    let source = format!(
        "path = \"s3://gaps/\"\nendpoint = \"http://127.0.0.1:{}\"\npath_style = true\ncache = \"kept\"\nregion = \"us-east-1\"",
        proxy.port
    );
    std::fs::write(folder.path().join("audit.toml"), support::AUDIT.replace("path = \"logs\"", &source))
        .unwrap();
    let ran = run(&["run", "--out", "out", "--documents", "html"], folder.path());
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    let bundle = support::bundle_in(&folder.path().join("out"));
    let gaps = support::table(&bundle.join("data/gaps.csv"));
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(
        (gaps[0]["kind"].as_str(), gaps[0]["detail"].as_str()),
        ("s3-archived", "InvalidObjectState (403)")
    );
    let pages = walkdir::WalkDir::new(bundle.join("human")).into_iter().map(Result::unwrap);
    let pages = pages.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "html"));
    let told = |page: &walkdir::DirEntry| {
        std::fs::read_to_string(page.path()).unwrap().contains("object is archived: restore it")
    };
    assert!(pages.filter(told).count() > 0, "a page says what to do");
    assert!(folder.path().join("kept/objects/gaps").is_dir());
    let manifest = std::fs::read_to_string(bundle.join("manifest.json")).unwrap();
    assert!(manifest.contains("s3://gaps/") && !manifest.contains(SECRET));
}

#[test]
fn settings_of_a_bucket_at_a_folder_and_names_that_are_none_are_errors_with_their_line() {
    let folder = support::audit_folder();
    for (source, what) in [
        ("path = \"logs\"\nregion = \"eu-west-1\"", "is a folder, but has settings of a bucket"),
        ("path = \"s3:///logs\"", "is no name of a bucket"),
        ("path = \"s3://acme\"\nrequests = 0", "must be from 1 to 256"),
        ("path = \"s3://acme\"\nregio = \"x\"", "regio"),
    ] {
        std::fs::write(folder.path().join("audit.toml"), support::AUDIT.replace("path = \"logs\"", source))
            .unwrap();
        let ran = run(&["run"], folder.path());
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(what) && ran.stderr.contains("audit.toml:1"), "{}", ran.stderr);
    }
}

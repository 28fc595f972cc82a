//! What the tests share: running the program, small logs, the story's bundle made once.
#![allow(dead_code, reason = "each test root uses a part of it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What the program printed and returned.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs the program in a scrubbed environment.
pub fn run(args: &[&str], folder: &Path) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_trailwitness"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .expect("the program starts");
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The folder of the project.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sample story.
pub fn story() -> PathBuf {
    project().join("samples/acme-payments")
}

/// The library beside the project, when it is there; says so when it is not.
pub fn shared(what: &str) -> Option<PathBuf> {
    let path = project().join("../shared").join(what);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!("../shared/{what} is not beside the project"));
    None
}

/// Says that a test could not run here; written past the test runner's capture so that it is seen.
pub fn skipped(why: &str) {
    drop(writeln!(std::io::stderr(), "SKIPPED: {why}"));
}

/// The only bundle folder inside `out`.
pub fn bundle_in(out: &Path) -> PathBuf {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(out)
        .expect("the output folder exists")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("evidence_"))
        .collect();
    assert_eq!(folders.len(), 1, "one bundle in {}", out.display());
    folders.remove(0)
}

/// The story's bundle with all documents, made once for all tests.
pub fn story_bundle() -> &'static Path {
    static BUNDLE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUNDLE.get_or_init(|| {
        let out = tempfile::tempdir().unwrap();
        let audit = story().join("audit.toml");
        let ran = run(&["run", audit.to_str().unwrap(), "--out", "."], out.path());
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        let path = bundle_in(out.path());
        (out, path)
    });
    path
}

/// A CSV file of a bundle as rows of cells, header first; `.gz` is inflated.
pub fn csv(path: &Path) -> Vec<Vec<String>> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = if path.extension().is_some_and(|ending| ending == "gz") {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()), &mut text)
            .unwrap();
        text
    } else {
        bytes
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Rows of a CSV file as maps from column to cell.
pub fn table(path: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut rows = csv(path).into_iter();
    let header = rows.next().expect("a header");
    rows.map(|row| header.iter().cloned().zip(row).collect()).collect()
}

/// Gzip of bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An audit.toml over `logs/` with one account, one region and one cardholder table, for 2026-03-02 to 2026-03-03.
pub const AUDIT: &str = r#"
[audit]
entity = "Test Ltd"
system = "Test"
name = "test"
prepared_by = "Tester"
packs = ["pci-dss-4.0.1"]

[period]
from = "2026-03-02"
to = "2026-03-03"

[[source]]
path = "logs"

[[account]]
id = "111122223333"
name = "prod"
regions = ["us-east-1"]

[[table]]
account = "111122223333"
region = "us-east-1"
name = "cards"
data = "cardholder"
"#;

/// One GetItem record by an IAM user at a time of the test window.
pub fn get_item(number: u32, time: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDAEXAMPLE0000000001","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE000000001","userName":"alice"}},"eventTime":"{time}","eventSource":"dynamodb.amazonaws.com","eventName":"GetItem","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.10","userAgent":"aws-cli/2.15.0","requestParameters":{{"tableName":"cards","key":{{"pk":"item-{number}"}}}},"responseElements":null,"requestID":"REQ{number}","eventID":"{number:08x}-0000-4000-8000-000000000001","readOnly":true,"resources":[{{"accountId":"111122223333","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:us-east-1:111122223333:table/cards"}}],"eventType":"AwsApiCall","apiVersion":"2012-08-10","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}}"#
    )
}

/// A log file of records.
pub fn log_file(records: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

/// A fresh folder with audit.toml and an empty logs/.
pub fn audit_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("audit.toml"), AUDIT).unwrap();
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    folder
}

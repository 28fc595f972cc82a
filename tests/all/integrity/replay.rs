//! `verify --event`: a citation is followed to the bytes of its log file, the digest that lists it, the signature and the
//! key; whatever was changed on that way is found, and what cannot be checked is told.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::run::{AUDIT, Told};
use super::small_day;
use crate::pipeline::bundles::{self, Row};
use crate::support::{self, Ran};

/// A bundle over an attested trail, with the first of its citations.
struct Attested {
    told: Told,
    row: Row,
}

impl Attested {
    fn new() -> Attested {
        Attested::of(AUDIT)
    }

    fn of(audit: &str) -> Attested {
        let told = Told::of(&small_day(false), audit, 0);
        let row = bundles::rows(&told.bundle, "accesses.csv.gz").remove(3);
        Attested { told, row }
    }

    fn folder(&self) -> &Path {
        self.told.folder.path()
    }

    /// `F-000012#7`.
    fn place(&self) -> String {
        format!("{}#{}", self.row["file_row"], self.row["record_index"])
    }

    /// The log file of the citation.
    fn log(&self) -> PathBuf {
        let files = bundles::rows(&self.told.bundle, "files.csv");
        let file = files.into_iter().find(|file| file["file_row"] == self.row["file_row"]).unwrap();
        self.folder().join("bucket").join(&file["path"])
    }

    fn replay(&self, reference: &str, more: &[&str]) -> Ran {
        replay(&self.told.bundle, self.folder(), reference, more)
    }
}

fn replay(bundle: &Path, folder: &Path, reference: &str, more: &[&str]) -> Ran {
    let mut arguments = vec!["verify", bundle.to_str().unwrap(), "--event", reference];
    arguments.extend(more);
    support::run(&arguments, folder)
}

#[track_caller]
fn assert_told(ran: &Ran, code: i32, parts: &[&str]) {
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, code, "{told}");
    for part in parts {
        assert!(told.contains(part), "{part:?} in\n{told}");
    }
}

#[test]
fn a_citation_of_an_attested_trail_holds_down_to_key_and_signature() {
    let attested = Attested::new();
    let ran = attested.replay(&attested.place(), &[]);
    let files = bundles::rows(&attested.told.bundle, "files.csv");
    let file = files.iter().find(|file| file["file_row"] == attested.row["file_row"]).unwrap();
    let id = attested.row["event_ref"].split_once(':').unwrap().1;
    assert_told(
        &ran,
        0,
        &[
            &format!("{} (agrees with the bundle)", file["sha256"]),
            &format!("{} (valid)", file["digest"]),
            "bits, of the metadata of the digest)",
            "5df9d0a893c204c14084357d2f60ecfb (valid from 2026-",
            "verified; the bundle states verified",
            &format!("\"eventID\": \"{id}\""),
            "agree in 14 columns",
            "The record holds down to the bytes of the log file and the signature of its digest.",
        ],
    );
    let ran = attested.replay(&attested.place(), &["--json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let record = &told["records"][0];
    assert_eq!((&told["exit"], &record["record"]["eventID"]), (&0.into(), &id.into()));
    assert_eq!(record["digest"]["public_key"]["fingerprint"], "5df9d0a893c204c14084357d2f60ecfb");
    assert_eq!(
        (&record["trust"], &record["digest"]["signature_source"]),
        (&"verified".into(), &"metadata".into())
    );
    // The other forms of the same citation.
    let both = format!("{} {}", attested.row["event_ref"], attested.place());
    for form in [attested.row["event_ref"].as_str(), id, &both] {
        assert_eq!(
            attested.replay(form, &[]).stdout,
            attested.replay(&attested.place(), &[]).stdout,
            "{form}"
        );
    }
}

#[test]
fn a_changed_log_file_differs() {
    let attested = Attested::new();
    let log = attested.log();
    let text = bundles_text(&log).replacen("cards", "bards", 1);
    std::fs::write(&log, support::gzip(text.as_bytes())).unwrap();
    let ran = attested.replay(&attested.place(), &[]);
    assert_told(
        &ran,
        1,
        &["DIFFERS", "SHA-256 of its content", "altered (hash-mismatch), the bundle states verified"],
    );
    // A record that is gone.
    std::fs::write(&log, support::gzip(b"{\"Records\":[]}")).unwrap();
    assert_told(&attested.replay(&attested.place(), &[]), 1, &["holds no record at place"]);
}

fn bundles_text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()), &mut text)
        .unwrap();
    text
}

#[test]
fn a_record_of_a_file_that_the_bundle_calls_altered_holds_as_such() {
    let mut bucket = small_day(false);
    let key = bucket.logs()[10].clone();
    let text = String::from_utf8(bucket.content(&key)).unwrap().replacen("GetItem", "PutItem", 1);
    bucket.put(&key, text.as_bytes());
    let told = Told::of(&bucket, AUDIT, 0);
    let rows = bundles::rows(&told.bundle, "accesses.csv.gz");
    let row = rows.iter().find(|row| row["trust"] == "altered").unwrap();
    let ran = replay(&told.bundle, told.folder.path(), &row["event_ref"], &[]);
    assert_told(
        &ran,
        0,
        &["altered (hash-mismatch); the bundle states altered", "NOT what CloudTrail delivered"],
    );
}

/// A link out of the bundle, or a table that the manifest does not list, is nothing to rest on.
#[test]
fn data_that_is_no_part_of_the_bundle_is_refused() {
    let attested = Attested::new();
    let data = attested.told.bundle.join("data");
    std::fs::copy(data.join("accesses.csv.gz"), data.join("accesses-002.csv.gz")).unwrap();
    let ran = attested.replay(&attested.place(), &[]);
    assert_told(&ran, 1, &["data/accesses-002.csv.gz differs from the hash in manifest.json"]);
    std::fs::remove_file(data.join("accesses-002.csv.gz")).unwrap();
    std::fs::remove_file(data.join("files.csv")).unwrap();
    assert_told(&attested.replay(&attested.place(), &[]), 2, &["data/files.csv of the bundle is missing"]);
    std::os::unix::fs::symlink("/dev/zero", data.join("files.csv")).unwrap();
    assert_told(&attested.replay(&attested.place(), &[]), 2, &["is no regular file"]);
}

#[test]
fn a_log_file_compressed_anew_holds() {
    let attested = Attested::new();
    let text = bundles_text(&attested.log());
    std::fs::write(attested.log(), support::gzip(text.as_bytes())).unwrap();
    assert_told(&attested.replay(&attested.place(), &[]), 0, &["agrees with the bundle"]);
}

#[test]
fn what_is_not_here_cannot_be_checked() {
    let attested = Attested::new();
    let keys = attested.folder().join("public-keys");
    let elsewhere = attested.folder().join("elsewhere");
    std::fs::rename(&keys, &elsewhere).unwrap();
    let ran = attested.replay(&attested.place(), &[]);
    let parts = [
        "unchecked",
        "unverified (no-digest), the bundle states verified",
        "--public-keys",
        "no-key-for-period",
    ];
    assert_told(&ran, 3, &parts);
    assert_told(&attested.replay(&attested.place(), &["--public-keys", "elsewhere"]), 0, &["verified"]);
    let other = elsewhere.join("us-east-1.json");
    std::fs::write(&other, crate::bucket::keys::listing(crate::bucket::keys::of("other")).to_string())
        .unwrap();
    let ran = attested.replay(&attested.place(), &["--public-keys", "elsewhere"]);
    assert_told(&ran, 3, &["key-unknown", "--public-keys"]);
    std::fs::remove_file(attested.log()).unwrap();
    assert_told(
        &attested.replay(&attested.place(), &[]),
        3,
        &["not found in ./bucket", "(unverified: no-key-for-period)", "--logs"],
    );
}

#[test]
fn logs_that_moved_are_found_by_folder_and_by_file() {
    let attested = Attested::new();
    let log = attested.log();
    std::fs::create_dir(attested.folder().join("archive")).unwrap();
    std::fs::rename(attested.folder().join("bucket"), attested.folder().join("archive/2026")).unwrap();
    assert_told(&attested.replay(&attested.place(), &[]), 3, &["source not found: ", "--logs"]);
    assert_told(
        &attested.replay(&attested.place(), &["--logs", "archive"]),
        0,
        &["verified; the bundle states verified"],
    );
    let file = attested
        .folder()
        .join("archive/2026")
        .join(log.strip_prefix(attested.folder().join("bucket")).unwrap());
    let renamed = attested.folder().join("one.json.gz");
    std::fs::copy(file, &renamed).unwrap();
    // Alone and under another name it is the same record; digests are not here to prove it.
    let ran = attested.replay(&attested.place(), &["--logs", "one.json.gz"]);
    assert_told(
        &ran,
        3,
        &["agrees with the bundle", "agree in 14 columns", "no digest is among these files"],
    );
    assert_told(
        &attested.replay(&attested.place(), &["--logs", "nowhere"]),
        3,
        &["source not found: nowhere"],
    );
    let ran =
        support::run(&["verify", attested.told.bundle.to_str().unwrap(), "--logs", "x"], attested.folder());
    assert_told(&ran, 2, &["--event"]);
}

#[test]
fn a_row_that_was_changed_differs_from_its_record() {
    let attested = Attested::new();
    let path = attested.told.bundle.join("data/accesses.csv.gz");
    let good = bundles_text(&path);
    let operation = attested.row["operation"].clone();
    let line = good.lines().find(|line| line.starts_with(&attested.row["event_ref"])).unwrap().to_owned();
    for (from, to, told) in [
        (operation.as_str(), "DeleteTable", "operation is `"),
        ("cards", "bards", "table is `cards`, data/accesses.csv.gz says `bards`"),
        (attested.row["source_ip"].as_str(), "198.51.100.99", "source_ip is `"),
    ] {
        let bad = good.replace(&line, &line.replacen(from, to, 1));
        assert_ne!(good, bad);
        std::fs::write(&path, support::gzip(bad.as_bytes())).unwrap();
        let ran = attested.replay(&attested.place(), &[]);
        assert_told(&ran, 1, &["data/accesses.csv.gz differs from the hash in manifest.json", told]);
    }
    std::fs::write(&path, support::gzip(good.replace(&format!("{line}\n"), "").as_bytes())).unwrap();
    assert_eq!(attested.replay(&attested.place(), &[]).code, 1);
}

#[test]
fn a_reference_that_names_nothing_is_told_with_the_nearest() {
    let attested = Attested::new();
    let mut slip = attested.row["event_ref"].clone();
    slip.pop();
    slip.push('~');
    let count = bundles::rows(&attested.told.bundle, "files.csv")
        .into_iter()
        .find(|file| file["file_row"] == attested.row["file_row"])
        .unwrap()["records"]
        .clone();
    assert_told(
        &attested.replay(&slip, &[]),
        2,
        &["has no record", &format!("did you mean {}", attested.row["event_ref"])],
    );
    let beyond = format!("{}#{count}", attested.row["file_row"]);
    assert_told(&attested.replay(&beyond, &[]), 2, &[&format!("holds {count} records"), "its places are"]);
    assert_told(&attested.replay("nonsense\u{1b}[2J", &[]), 2, &["has no record", "F-000012#7"]);
    assert!(!attested.replay("nonsense\u{1b}[2J", &[]).stderr.contains('\u{1b}'));
}

/// A bundle over log files of these names and contents, without digests.
struct Plain {
    folder: tempfile::TempDir,
    bundle: PathBuf,
}

impl Plain {
    fn of(files: &[(&str, Vec<u8>)], more: &str, code: i32) -> Plain {
        let folder = support::audit_folder();
        std::fs::write(folder.path().join("audit.toml"), format!("{}{more}", support::AUDIT)).unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join("logs").join(name), bytes).unwrap();
        }
        let ran = support::run(&["run", "--out", "out", "--documents", "none"], folder.path());
        assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
        let bundle = support::bundle_in(&folder.path().join("out"));
        Plain { folder, bundle }
    }

    fn replay(&self, reference: &str, more: &[&str]) -> Ran {
        replay(&self.bundle, self.folder.path(), reference, more)
    }
}

#[test]
fn an_id_with_several_records_shows_all_of_them() {
    let one = support::get_item(1, "2026-03-02T10:00:00Z");
    let other = one.replace("\"item-1\"", "\"item-2\"");
    let file = |record: &String| support::log_file(std::slice::from_ref(record)).into_bytes();
    let plain = Plain::of(&[("a.json", file(&one)), ("b.json", file(&other)), ("c.json", file(&one))], "", 0);
    let ran = plain.replay("00000001-0000-4000-8000-000000000001", &[]);
    assert_told(
        &ran,
        0,
        &["item-1", "item-2", "unverified", "All records hold", "No signed digest proves it"],
    );
    let references: Vec<String> = bundles::rows(&plain.bundle, "accesses.csv.gz")
        .into_iter()
        .map(|mut row| row.remove("event_ref").unwrap())
        .collect();
    assert!(references.len() == 2 && references.iter().any(|text| text.contains('~')), "{references:?}");
    let conflict = references.iter().find(|text| text.contains('~')).unwrap();
    let told: Value = serde_json::from_str(&plain.replay(conflict, &["--json"]).stdout).unwrap();
    assert_eq!(told["records"].as_array().unwrap().len(), 1);
    // A repeat stands in no row; its place is told with the one that is counted.
    let places: Vec<String> = (1..=3).map(|number| format!("F-00000{number}#0")).collect();
    let repeats =
        places.iter().filter(|place| plain.replay(place, &[]).stdout.contains("a repeat of 111122223333:"));
    assert_eq!(repeats.count(), 1);
    assert!(places.iter().all(|place| plain.replay(place, &[]).code == 0));
}

#[test]
fn hostile_text_and_secrets_of_a_record_are_never_shown() {
    let hostile = support::get_item(1, "2026-03-02T10:00:00Z")
        .replace("aws-cli/2.15.0", "\u{202e}evil\\u001b[2J\u{9b}31m<script>")
        .replace(
            "\"responseElements\":null",
            "\"responseElements\":{\"credentials\":{\"sessionToken\":\"s3cret\"}}",
        )
        .replace("item-1", "4111111111111111");
    let sensitive = support::get_item(2, "2026-03-02T11:00:00Z").replace("item-2", "078-05-1120");
    let log = support::log_file(&[hostile, sensitive]).into_bytes();
    let keys = "[data]\nsensitive_keys = ['^\\d{3}-\\d{2}-\\d{4}$']\n";
    let plain = Plain::of(&[("a.json", log)], keys, 0);
    for more in [&[][..], &["--json"]] {
        let ran = plain.replay("F-000001#0", more);
        assert_told(
            &ran,
            0,
            &[r"\u202eevil\u001b[2J\u009b31m<script>", "[secret removed]", "411111******1111"],
        );
        let ran_2 = plain.replay("F-000001#1", more);
        assert_told(&ran_2, 0, &["[withheld: holds a key that audit.toml calls sensitive]"]);
        for told in [&ran.stdout, &ran_2.stdout] {
            for never in ["\u{1b}", "\u{202e}", "\u{9b}", "s3cret", "4111111111111111", "078-05-1120"] {
                assert!(!told.contains(never), "{never:?} in {told}");
            }
        }
    }
}

#[test]
fn records_inside_wrappings_and_rows_of_tables_are_found_again() {
    let record = |number: u32| support::get_item(number, "2026-03-02T10:00:00Z");
    let lookup = serde_json::json!({"Events": [
        {"EventId": "x", "CloudTrailEvent": record(1)},
        {"EventId": "y"},
        {"EventId": "z", "CloudTrailEvent": record(2)},
    ]});
    let table = "eventversion,useridentity,eventtime,eventsource,eventname,awsregion,sourceipaddress,requestparameters,eventid,recipientaccountid,eventtype\n\
        1.11,\"{\"\"type\"\":\"\"IAMUser\"\",\"\"userName\"\":\"\"alice\"\",\"\"accountId\"\":\"\"111122223333\"\",\"\"arn\"\":\"\"arn:aws:iam::111122223333:user/alice\"\"}\",\
        2026-03-02T12:00:00Z,dynamodb.amazonaws.com,GetItem,us-east-1,192.0.2.10,\"{\"\"tableName\"\":\"\"cards\"\",\"\"key\"\":{\"\"pk\"\":\"\"item-9\"\"}}\",\
        00000009-0000-4000-8000-000000000001,111122223333,AwsApiCall\n";
    let lines = format!("{}\n{}\n", record(3), record(4));
    let plain = Plain::of(
        &[
            ("lookup.json", lookup.to_string().into_bytes()),
            ("rows.csv", table.as_bytes().to_vec()),
            ("lines.jsonl.gz", support::gzip(lines.as_bytes())),
        ],
        "",
        4,
    );
    let rows = bundles::rows(&plain.bundle, "accesses.csv.gz");
    assert_eq!(rows.len(), 5, "{rows:?}");
    for row in &rows {
        let place = format!("{}#{}", row["file_row"], row["record_index"]);
        let id = row["event_ref"]
            .split_once(':')
            .unwrap()
            .1
            .split('-')
            .next()
            .unwrap()
            .trim_start_matches('0')
            .to_owned();
        assert_told(&plain.replay(&place, &[]), 0, &[&format!("item-{id}"), "agree in 14 columns"]);
    }
}

/// Every kind of record of the story, copies in other accounts among them.
#[test]
fn citations_of_the_story_hold() {
    let bundle = support::story_bundle();
    let logs = support::story().join("logs");
    let rows = bundles::rows(bundle, "accesses.csv.gz");
    let mut seen = std::collections::BTreeSet::new();
    let told = rows.iter().filter(|row| {
        seen.insert((row["operation"].clone(), row["outcome"].clone(), row["copies"].is_empty()))
    });
    let mut references: Vec<String> = Vec::new();
    for row in told.take(60) {
        references.push(format!("{}#{}", row["file_row"], row["record_index"]));
        references.extend(row["copies"].split(' ').filter(|word| word.starts_with("F-")).map(str::to_owned));
    }
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let ran = replay(bundle, support::project(), &reference, &["--logs", logs.to_str().unwrap()]);
        // Without the keys of the run what it proved cannot be proven again.
        assert!(
            ran.code == 0 || (ran.code == 3 && ran.stdout.contains("--public-keys")),
            "{reference}: {}{}",
            ran.stdout,
            ran.stderr
        );
        assert!(!ran.stdout.contains("DIFFERS"), "{reference}: {}", ran.stdout);
    }
}

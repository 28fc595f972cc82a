//! Log integrity: the 59 cases of the specification (cloudtrail-integrity §13), its vectors, its further checks, and what
//! must hold whatever happens to a bucket.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::bucket::{Bucket, Spec};
use trailwitness::clock::{Seconds, parse};
use trailwitness::sources::digests::{self, Keys, Report, Settings};
use trailwitness::sources::{self, Entry, S3Object, names};

#[path = "integrity/cases.rs"]
mod cases;
#[path = "integrity/command.rs"]
mod command;
#[path = "integrity/demand.rs"]
mod demand;
#[path = "integrity/further.rs"]
mod further;
#[path = "integrity/properties.rs"]
mod properties;
#[path = "integrity/replay.rs"]
mod replay;
#[path = "integrity/run.rs"]
pub mod run;
#[path = "integrity/vectors.rs"]
mod vectors;

/// A day of one account and region with one log file an hour, or, if `quiet`, one every other hour.
fn small_day(quiet: bool) -> Bucket {
    Bucket::new(&Spec {
        per_hour: 1,
        offset: 1_500,
        empty_every: if quiet { 2 } else { 0 },
        ..Spec::default()
    })
}

fn time(text: &str) -> Seconds {
    parse(text).unwrap()
}

/// The window of the cases, keys as given, nothing else.
fn settings(keys: Keys) -> Settings {
    Settings {
        keys,
        from: Some(time("2026-03-01T00:00:00Z")),
        to: Some(time("2026-03-02T00:00:00Z")),
        allowance: 0,
        ..Settings::default()
    }
}

/// A bucket on disk.
struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    fn of(bucket: &Bucket) -> Copy {
        let folder = tempfile::tempdir().unwrap();
        bucket.write(folder.path());
        Copy { folder }
    }

    fn keys(&self) -> Keys {
        let path = self.folder.path().join("public-keys");
        let any = std::fs::read_dir(&path).unwrap().next().is_some();
        if any { Keys::read(&[path]).unwrap() } else { Keys::default() }
    }

    fn entries(&self) -> Vec<Entry> {
        sources::list(&[self.folder.path().join("bucket").into()]).unwrap()
    }

    fn report(&self, entries: &[Entry], settings: Settings, threads: usize) -> Report {
        let attested = digests::attest(entries, settings, threads).unwrap();
        let logs = attested.read_logs(entries, threads, &|_| {}).unwrap();
        attested.conclude(entries, &logs, &digests::Inside::default())
    }
}

/// What came out for a bucket with the window of the cases.
fn checked(bucket: &Bucket) -> Report {
    let copy = Copy::of(bucket);
    copy.report(&copy.entries(), settings(copy.keys()), 2)
}

/// The entries as if they had been fetched from a bucket of this name; sidecars are files beside them.
fn fetched(entries: &mut [Entry], bucket: &str) {
    for entry in entries.iter_mut().filter(|entry| !entry.name.ends_with(names::SIDECAR)) {
        entry.object = Some(S3Object { bucket: bucket.to_owned(), key: entry.name.clone() });
    }
}

/// The report without what may differ between copies.
fn comparable(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).unwrap();
    value["source"] = Value::Null;
    for object in value["objects"].as_array_mut().unwrap() {
        object["path"] = Value::Null;
    }
    for missing in value["missingSidecars"].as_array_mut().unwrap() {
        missing["digest"] = Value::Null;
        missing["sidecar"] = Value::Null;
    }
    fn relocated(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.remove("relocated");
                members.values_mut().for_each(relocated);
            }
            Value::Array(items) => items.iter_mut().for_each(relocated),
            _ => {}
        }
    }
    relocated(&mut value);
    value
}

/// The report in the words of the "ours" column: exit code, sums, statuses other than valid, findings.
fn ours(report: &Report) -> String {
    told(&serde_json::to_value(report).unwrap())
}

/// As [`ours`], of the report as JSON.
pub fn told(report: &Value) -> String {
    let totals = &report["totals"];
    let count = |kind: &str, what: &str| totals[kind][what].as_u64().unwrap();
    let successor = count("digests", "bySuccessor") + count("backfillDigests", "bySuccessor");
    let by = if successor > 0 { format!(" ({successor} by successor)") } else { String::new() };
    let backfill = match count("backfillDigests", "valid") {
        0 => String::new(),
        count => format!(" + {count} backfill"),
    };
    let (digests, logs) = (count("digests", "valid"), count("logs", "valid"));
    let mut text = format!("{}: {digests} digests{backfill}{by}, {logs} logs ok", report["exit"]);
    let list = |name: &str| report[name].as_array().unwrap().iter();
    let word = |object: &Value, name: &str| object[name].as_str().unwrap().to_owned();
    let mut statuses: BTreeMap<(String, String), usize> = BTreeMap::new();
    for object in list("objects").filter(|object| object["status"] != "valid") {
        let reason = word(object, "reason");
        let reason = if reason.is_empty() { reason } else { format!(": {reason}") };
        let status = word(object, "status") + reason.as_str();
        *statuses.entry((word(object, "kind").replace('-', " "), status)).or_default() += 1;
    }
    let mut findings: BTreeMap<String, usize> = BTreeMap::new();
    for finding in list("findings") {
        *findings.entry(word(finding, "id")).or_default() += 1;
    }
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let statuses: Vec<String> = statuses
        .iter()
        .map(|((kind, words), count)| format!("{count} {kind}{} {words}", plural(*count)))
        .collect();
    let times = |count: usize| if count == 1 { String::new() } else { format!(" x{count}") };
    let findings: Vec<String> = findings.iter().map(|(id, count)| format!("{id}{}", times(*count))).collect();
    for part in [statuses, findings].iter().filter(|part| !part.is_empty()) {
        text.push_str(&format!("; {}", part.join(", ")));
    }
    text
}

/// Parts of an "ours" cell in a fixed order.
pub fn parts(ours: &str) -> Vec<String> {
    let mut parts: Vec<String> =
        ours.split("; ").flat_map(|part| part.split(", ")).map(str::to_owned).collect();
    parts.sort();
    parts
}

/// A bucket with the default spec, changed.
pub fn bucket(change: impl FnOnce(&mut Spec)) -> Bucket {
    let mut spec = Spec::default();
    change(&mut spec);
    Bucket::new(&spec)
}

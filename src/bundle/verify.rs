//! Checking a bundle: hashes, content digest, population digests, the sums of the reconciliation. What cannot be
//! checked is said. It reads nothing outside the bundle; [`replay`] follows one citation to the log file.

pub mod cited;
mod populations;
pub mod replay;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::manifest::{self, FORMAT};
use crate::error::{Error, Result};
use crate::sources::hex;

/// What checking found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// What holds, one line each.
    pub holds: Vec<String>,
    /// What differs.
    pub differs: Vec<String>,
    /// What the manifest claims and could not be checked.
    pub unchecked: Vec<String>,
}

impl Findings {
    /// 0 holds, 1 something differs, 3 something could not be checked.
    pub fn exit_code(&self) -> u8 {
        match (self.differs.is_empty(), self.unchecked.is_empty()) {
            (false, _) => 1,
            (true, false) => 3,
            (true, true) => 0,
        }
    }

    /// Takes in what else was found.
    pub fn add(&mut self, other: &Findings) {
        self.holds.extend(other.holds.iter().cloned());
        self.differs.extend(other.differs.iter().cloned());
        self.unchecked.extend(other.unchecked.iter().cloned());
    }

    fn check(&mut self, holds: bool, what: String) {
        if holds { self.holds.push(what) } else { self.differs.push(what) }
    }
}

/// Checks a bundle.
///
/// # Errors
/// `Kind::Usage` when the folder is no bundle, or of a newer format.
pub fn bundle(folder: &Path) -> Result<Findings> {
    let manifest = read_manifest(folder)?;
    let mut findings = Findings::default();
    let found = hashes(folder, &mut findings);
    manifest_files(&manifest, &found, &mut findings);
    sums_file(folder, &found, &mut findings);
    tests_table(folder, &manifest, &mut findings);
    reconciliation_table(folder, &manifest, &mut findings);
    digest(&manifest, &found, &mut findings);
    reconciliation(&manifest, &mut findings);
    populations::check(folder, &manifest, &mut findings);
    integrity_report(folder, &manifest, &mut findings);
    let signed = folder.join("attestation/manifest.dsse.json").exists();
    let claimed = manifest.get("signature").and_then(Value::as_str) != Some("unsigned");
    if signed {
        findings.unchecked.push("attestation/ holds a signature that this version cannot check".to_owned());
    } else if claimed {
        findings.differs.push("the manifest claims a signature, and attestation/ holds none".to_owned());
    } else {
        findings
            .holds
            .push("unsigned: attestation/ holds no signature, and the manifest claims none".to_owned());
    }
    Ok(findings)
}

/// The manifest of a bundle.
///
/// # Errors
/// `Kind::Usage` when the folder is no bundle, or of a newer format.
pub fn read_manifest(folder: &Path) -> Result<Value> {
    let path = folder.join("manifest.json");
    let text = std::fs::read_to_string(&path).map_err(|cause| {
        Error::usage(format!("{} is no bundle: no manifest.json", folder.display()))
            .cause(&cause)
            .hint("name the folder that `trailwitness run` wrote")
    })?;
    let manifest: Value = serde_json::from_str(&text)
        .map_err(|cause| Error::usage(format!("{} is not JSON", path.display())).cause(&cause))?;
    let format = manifest.get("bundle_format").and_then(Value::as_str).unwrap_or("none");
    if format.split('.').next() != FORMAT.split('.').next() {
        return Err(Error::usage(format!(
            "bundle format {format} is not known to this version (it knows {FORMAT})"
        ))
        .hint("check it with the version that wrote it, or a newer one"));
    }
    Ok(manifest)
}

/// SHA-256 of every file in the folder, by path.
fn hashes(folder: &Path, findings: &mut Findings) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for step in walkdir::WalkDir::new(folder).follow_links(false) {
        let entry = match step {
            Ok(entry) => entry,
            Err(error) => {
                findings.unchecked.push(format!("cannot be read: {error}"));
                continue;
            }
        };
        if entry.file_type().is_dir() {
            continue;
        }
        let name = relative(folder, entry.path());
        if entry.file_type().is_symlink() {
            findings.differs.push(format!("{name} is a symbolic link; a bundle holds none"));
            continue;
        }
        // Opening a pipe or a device would wait, or never end.
        if !entry.file_type().is_file() {
            findings.differs.push(format!("{name} is no regular file; a bundle holds none"));
            continue;
        }
        match hash(entry.path()) {
            Ok(hash) => drop(found.insert(name, hash)),
            Err(error) => findings.unchecked.push(format!("{name}: {error}")),
        }
    }
    found
}

fn relative(folder: &Path, path: &Path) -> String {
    let parts: Vec<String> = path
        .strip_prefix(folder)
        .unwrap_or(path)
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}

fn hash(path: &Path) -> Result<String> {
    let mut file = std::fs::File::open(path).map_err(|cause| Error::output("cannot read", path, &cause))?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut block).map_err(|cause| Error::output("cannot read", path, &cause))?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(block.get(..read).unwrap_or_default());
    }
}

fn manifest_files(manifest: &Value, found: &BTreeMap<String, String>, findings: &mut Findings) {
    let mut listed = BTreeSet::from(["manifest.json".to_owned(), "SHA256SUMS".to_owned()]);
    let mut same = 0;
    for file in manifest.get("files").and_then(Value::as_array).into_iter().flatten() {
        let (Some(path), Some(hash)) =
            (file.get("path").and_then(Value::as_str), file.get("sha256").and_then(Value::as_str))
        else {
            findings.differs.push("manifest.json has a file without path or hash".to_owned());
            continue;
        };
        listed.insert(path.to_owned());
        match found.get(path) {
            Some(actual) if actual == hash => same += 1,
            Some(_) => findings.differs.push(format!("{path} differs from the hash in manifest.json")),
            None => findings.differs.push(format!("{path} is missing")),
        }
    }
    findings.check(same > 0, format!("{same} files have the hashes of manifest.json"));
    for path in found.keys().filter(|path| !listed.contains(*path) && !path.starts_with("attestation/")) {
        findings.differs.push(format!("{path} is not listed in manifest.json"));
    }
}

fn sums_file(folder: &Path, found: &BTreeMap<String, String>, findings: &mut Findings) {
    let Ok(text) = std::fs::read_to_string(folder.join("SHA256SUMS")) else {
        return findings.differs.push("SHA256SUMS is missing or is no text".to_owned());
    };
    let mut listed = BTreeSet::new();
    for line in text.lines() {
        let Some((hash, name)) = line.split_once("  ") else {
            findings.differs.push("SHA256SUMS has a line that is no sum".to_owned());
            continue;
        };
        listed.insert(name);
        if found.get(name).map(String::as_str) != Some(hash) {
            findings.differs.push(format!("{name} differs from SHA256SUMS"));
        }
    }
    let all = found.keys().filter(|name| *name != "SHA256SUMS" && !name.starts_with("attestation/"));
    let unlisted: Vec<&String> = all.filter(|name| !listed.contains(name.as_str())).collect();
    findings.check(unlisted.is_empty(), format!("SHA256SUMS lists every file ({} lines)", listed.len()));
}

/// Verdicts and counts stand in manifest.json and in data/tests.csv: they must be the same.
fn tests_table(folder: &Path, manifest: &Value, findings: &mut Findings) {
    let rows = match rows(&folder.join("data/tests.csv")) {
        Ok(rows) => rows,
        Err(error) => return findings.unchecked.push(format!("data/tests.csv: {error}")),
    };
    let stated = manifest.get("tests").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut same = rows.len() == stated.len();
    for row in &rows {
        let id = row.get("test").map_or("", String::as_str);
        let Some(test) = stated.get(id) else {
            same = false;
            findings.differs.push(format!("{id} stands in data/tests.csv but not in manifest.json"));
            continue;
        };
        for name in [
            "verdict",
            "population",
            "events",
            "conforming",
            "exceptions",
            "undetermined",
            "population_digest",
        ] {
            let claimed = test.get(name).map(|value| match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            let cell = row.get(name).cloned();
            if claimed != cell {
                same = false;
                let (claimed, cell) = (claimed.unwrap_or_default(), cell.unwrap_or_default());
                findings
                    .differs
                    .push(format!("{id}: {name} `{claimed}` in manifest.json, `{cell}` in data/tests.csv"));
            }
        }
    }
    findings.check(same, format!("{} tests are told alike in manifest.json and data/tests.csv", rows.len()));
}

/// The same for the reconciliation.
fn reconciliation_table(folder: &Path, manifest: &Value, findings: &mut Findings) {
    let rows = match rows(&folder.join("data/reconciliation.csv")) {
        Ok(rows) => rows,
        Err(error) => return findings.unchecked.push(format!("data/reconciliation.csv: {error}")),
    };
    let stated = manifest.get("reconciliation").and_then(Value::as_array).cloned().unwrap_or_default();
    let same = rows.len() == stated.len()
        && rows.iter().zip(&stated).all(|(row, line)| {
            let count = line.get("count").map(Value::to_string);
            row.get("step").map(String::as_str) == line.get("step").and_then(Value::as_str)
                && row.get("count") == count.as_ref()
        });
    findings.check(
        same,
        "the reconciliation is told alike in manifest.json and data/reconciliation.csv".to_owned(),
    );
}

/// The report on integrity as the manifest tells of it.
fn integrity_report(folder: &Path, manifest: &Value, findings: &mut Findings) {
    let Some(stated) = manifest.get("integrity").filter(|stated| stated.get("report").is_some()) else {
        return;
    };
    let text = std::fs::read(folder.join("data/integrity.json")).map_err(|error| error.to_string());
    let report =
        text.and_then(|text| serde_json::from_slice::<Value>(&text).map_err(|error| error.to_string()));
    match report {
        Ok(report) => findings.check(
            stated.get("result") == report.get("verdict")
                && ["totals", "keys"].iter().all(|member| stated.get(member) == report.get(member)),
            "the check against digests is told alike in manifest.json and data/integrity.json".to_owned(),
        ),
        Err(error) => findings.unchecked.push(format!("data/integrity.json: {error}")),
    }
}

/// A row: cells by column.
pub type Row = BTreeMap<String, String>;

/// Rows of a table.
fn rows(path: &Path) -> std::result::Result<Vec<Row>, csv::Error> {
    csv::Reader::from_path(path)?.deserialize().collect()
}

fn digest(manifest: &Value, found: &BTreeMap<String, String>, findings: &mut Findings) {
    let stated = manifest.get("content_digest").and_then(Value::as_str).unwrap_or("");
    let actual = manifest::content_digest(found.iter().map(|(path, hash)| (path.as_str(), hash.as_str())));
    findings.check(stated == actual, format!("content digest {actual}"));
}

/// The sums again, from the counts themselves.
fn reconciliation(manifest: &Value, findings: &mut Findings) {
    let lines = manifest.get("reconciliation").and_then(Value::as_array).cloned().unwrap_or_default();
    let count = |step: &str| {
        lines
            .iter()
            .find(|line| line.get("step").and_then(Value::as_str) == Some(step))
            .and_then(|line| line.get("count")?.as_u64())
    };
    let sums = [
        ("Files listed", vec!["Files read", "Files skipped", "Files failed"]),
        ("Records parsed", vec!["Unique records", "Duplicates removed"]),
        ("Unique records", vec!["Copies in other accounts", "Outside the window", "In window"]),
    ];
    for (whole, parts) in sums {
        let sum: Option<u64> = parts.iter().map(|part| count(part)).sum();
        findings.check(sum.is_some() && sum == count(whole), format!("{whole} = {}", parts.join(" + ")));
    }
    for (id, test) in manifest.get("tests").and_then(Value::as_object).into_iter().flatten() {
        let number = |name: &str| test.get(name).and_then(Value::as_u64);
        let sum: Option<u64> =
            ["conforming", "exceptions", "undetermined"].iter().map(|name| number(name)).sum();
        findings.check(
            sum.is_some() && sum == number("population"),
            format!("{id}: population = conforming + exceptions + undetermined"),
        );
    }
}

/// Hands out event reference and group of each access.
fn each_access(folder: &Path, visit: &mut dyn FnMut(&str, &str)) -> std::result::Result<(), csv::Error> {
    for path in parts(folder, "accesses")? {
        for row in access_table(&path)?.records() {
            let row = row?;
            if let (Some(reference), Some(group)) = (row.get(0), row.get(1)) {
                visit(reference, group);
            }
        }
    }
    Ok(())
}

/// A row of accesses.csv.gz as it was read.
struct Cells<'a> {
    header: &'a csv::StringRecord,
    row: &'a csv::StringRecord,
}

impl Cells<'_> {
    /// The cell of a column; empty where there is none.
    fn cell(&self, column: &str) -> &str {
        let place = self.header.iter().position(|name| name == column);
        place.and_then(|place| self.row.get(place)).unwrap_or_default()
    }

    fn to_row(&self) -> Row {
        self.header.iter().map(str::to_owned).zip(self.row.iter().map(str::to_owned)).collect()
    }
}

/// Hands out each row of accesses.csv.gz.
fn each_row(folder: &Path, visit: &mut dyn FnMut(&Cells<'_>)) -> std::result::Result<(), csv::Error> {
    for path in parts(folder, "accesses")? {
        let mut table = access_table(&path)?;
        let header = table.headers()?.clone();
        let mut row = csv::StringRecord::new();
        while table.read_record(&mut row)? {
            visit(&Cells { header: &header, row: &row });
        }
    }
    Ok(())
}

/// The parts of a table, in order: `accesses.csv.gz`, `accesses-002.csv.gz` …
fn parts(folder: &Path, table: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder.join("data"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    paths.retain(|path| {
        let rest = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(table));
        rest.is_some_and(|rest| rest.starts_with(['.', '-']))
    });
    // Shorter names first.
    paths.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    Ok(paths)
}

fn access_table(path: &Path) -> std::io::Result<csv::Reader<impl Read>> {
    Ok(csv::Reader::from_reader(flate2::read::MultiGzDecoder::new(std::fs::File::open(path)?)))
}

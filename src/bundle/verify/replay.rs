//! One citation followed to the bytes. Comes in: the records that a citation names, the files found where the logs lie, what
//! their digests attest. Goes out: for each record what it is, and whether the bundle says the same of it. Log files are
//! read, hashed and understood by the very code that `run` uses; nothing is written.

mod listed;
mod understood;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::cited::{Citation, Role};
pub use super::shown::visible;
use super::{Findings, Row, each_row, hash, parts, relative, shown};
use crate::audit::Sensitive;
use crate::bundle::accesses::{self, SENSITIVE};
use crate::bundle::data::outcome_words;
use crate::bundle::{exceptions, redaction};
use crate::clock::rfc3339;
use crate::error::{Error, Result};
use crate::events::keys;
use crate::ledger::{FileFacts, Part, Trust, intake};
use crate::records;
use crate::sources::digests::Attested;
use crate::sources::{Content, Entry, Obstacle, Reader, folder, hex};
pub use listed::{Digest, PublicKey};
use understood::Understood;

/// The files among which log files are looked for, and what digests among them attest.
pub struct Logs<'a> {
    /// All files.
    pub entries: &'a [Entry],
    /// What the digests attest.
    pub attested: &'a Attested,
    /// Where they lie, in words.
    pub places: &'a [String],
}

/// What the bundle states of itself, as far as a replay needs it.
pub struct Stated {
    folder: PathBuf,
    /// Redaction profile.
    profile: String,
    /// What must never stand in keys.
    sensitive: Sensitive,
    /// Public keys of the run: SHA-256 by fingerprint.
    keys: BTreeMap<String, Vec<String>>,
    /// Start and end of the window.
    window: (String, String),
}

impl Stated {
    /// Reads it.
    pub fn of(folder: &Path, manifest: &Value) -> Stated {
        let json = |name: &str| -> Value {
            let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            serde_json::from_str(&text).unwrap_or_default()
        };
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut sensitive = Sensitive::default();
        let scope = json("inputs/scope.json");
        let expressions = scope.pointer("/stated/data/sensitive_keys").and_then(Value::as_array);
        let readable = expressions
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .all(|text| sensitive.add(text).is_ok());
        let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let integrity = json("data/integrity.json");
        for key in integrity.get("keys").and_then(Value::as_array).into_iter().flatten() {
            let (print, sha256) = (key.get("fingerprint").map(word), key.get("sha256").map(word));
            keys.entry(print.unwrap_or_default()).or_default().extend(sha256);
        }
        let profile = manifest.pointer("/redaction/profile").map(word).unwrap_or_default();
        let window = |end: &str| manifest.pointer(&format!("/window/{end}")).map(word).unwrap_or_default();
        Stated {
            folder: folder.to_path_buf(),
            profile: if readable { profile } else { "unreadable".to_owned() },
            sensitive,
            keys,
            window: (window("from"), window("to")),
        }
    }

    /// Persons, keys, addresses and accounts stand in it in full.
    fn in_full(&self) -> bool {
        self.profile == "internal"
    }
}

impl Replayed {
    /// `F-000012`.
    fn file_id(&self) -> &str {
        self.place.split('#').next().unwrap_or_default()
    }

    /// Whether the bundle states this trust of the file.
    pub fn is_stated(&self, trust: Trust) -> bool {
        self.stated_trust.split(' ').next() == Some(trust.word())
    }
}

/// What a replay is given.
struct Given<'a> {
    stated: &'a Stated,
    logs: &'a Logs<'a>,
}

/// One record and what came out for it.
#[derive(Debug, Default, Serialize)]
pub struct Replayed {
    /// `F-000012#7`.
    pub place: String,
    /// Path that files.csv states.
    pub file: String,
    /// Where the file was read.
    pub read_at: Option<String>,
    /// SHA-256 of its content, as read now.
    pub sha256: Option<String>,
    /// SHA-256 that the bundle states.
    pub stated_sha256: String,
    /// What the file holds.
    pub container: String,
    /// The record as JSON text, safe to show.
    #[serde(skip)]
    pub record: Option<String>,
    /// Size of the record in bytes.
    pub record_bytes: Option<usize>,
    /// SHA-256 of its bytes.
    pub record_sha256: Option<String>,
    /// Rows of accesses.csv.gz that rest on it.
    pub rows: usize,
    /// The digest that lists the file.
    pub digest: Option<Digest>,
    /// Trust that the bundle states.
    pub stated_trust: String,
    /// Trust as it comes out now.
    pub trust: Option<String>,
    /// What holds, differs or could not be checked.
    #[serde(skip)]
    pub findings: Findings,
}

/// Whether the data that a replay rests on has the hashes that the manifest states. Nothing but regular files is opened.
///
/// # Errors
/// `Kind::Usage` when a file is missing or no regular file.
pub fn data(folder: &Path, manifest: &Value) -> Result<Findings> {
    let files = manifest.get("files").and_then(Value::as_array);
    let word =
        |file: &Value, name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let listed: BTreeMap<String, String> =
        files.into_iter().flatten().map(|file| (word(file, "path"), word(file, "sha256"))).collect();
    let tables = parts(folder, "accesses").unwrap_or_default();
    let mut paths: Vec<String> = tables.iter().map(|path| relative(folder, path)).collect();
    paths.extend(["data/files.csv", "inputs/scope.json"].map(str::to_owned));
    paths.extend(listed.keys().filter(|path| *path == "data/integrity.json").cloned());
    let mut findings = Findings::default();
    for path in &paths {
        let file = folder.join(path);
        if !std::fs::symlink_metadata(&file).is_ok_and(|facts| facts.is_file()) {
            return Err(Error::usage(format!("{path} of the bundle is missing, or is no regular file"))
                .hint("`trailwitness verify` without --event tells all that is wrong with a bundle"));
        }
        if listed.get(path) != Some(&hash(&file)?) {
            findings.differs.push(format!("{path} differs from the hash in manifest.json"));
        }
    }
    if findings.differs.is_empty() {
        findings.holds.push(format!("{} data files have the hashes of manifest.json", paths.len()));
    }
    Ok(findings)
}

/// A record whose log file nobody could look for, with why.
pub fn without_logs(citation: &Citation, why: &str) -> Replayed {
    let mut replayed = begin(citation);
    replayed.findings.unchecked.push(format!("{}: {why}", replayed.file_id()));
    replayed
}

/// Follows one record.
pub fn replay(citation: &Citation, stated: &Stated, logs: &Logs<'_>) -> Replayed {
    let mut replayed = begin(citation);
    let Some((number, entry)) = entry(logs.entries, &replayed.file, &replayed.stated_sha256) else {
        let why = format!(
            "not found in {}: name the folder or file that holds it with --logs",
            logs.places.join(", ")
        );
        replayed.findings.unchecked.push(format!("{}: {why}", replayed.file_id()));
        replayed.digest = listed::stated(citation, &Given { stated, logs }, &mut replayed.findings);
        return replayed;
    };
    replayed.read_at = Some(entry.path.display().to_string());
    if let Some(Obstacle::Lost(_, detail)) = &entry.obstacle {
        replayed.findings.unchecked.push(format!("{}: cannot be read: {detail}", replayed.file_id()));
        return replayed;
    }
    let mut reader = Reader::default();
    match reader.read(entry) {
        Ok(content) => {
            let part = intake::one(logs.entries, number, logs.attested);
            Following { citation, stated, part: &part, replayed: &mut replayed }.all(content);
            listed::trust(citation, &part, number, &Given { stated, logs }, &mut replayed);
        }
        Err(error) => {
            let why = folder::io_words(&error);
            replayed.findings.unchecked.push(format!("{}: cannot be read: {why}", replayed.file_id()));
        }
    }
    replayed
}

fn begin(citation: &Citation) -> Replayed {
    let (trust, reason) = (cell(&citation.file, "trust"), cell(&citation.file, "trust_reason"));
    Replayed {
        place: citation.place.clone(),
        file: cell(&citation.file, "path").to_owned(),
        stated_sha256: cell(&citation.file, "sha256").to_owned(),
        container: cell(&citation.file, "container").to_owned(),
        rows: if citation.role == Role::Counted { citation.rows.len() } else { 0 },
        stated_trust: exceptions::with_reason(trust, reason),
        ..Replayed::default()
    }
}

fn cell<'r>(row: &'r Row, column: &str) -> &'r str {
    row.get(column).map_or("", String::as_str)
}

/// The file of a name: by its whole name, without the number of its source, else the one whose name ends alike; of
/// several the one with the content that the bundle states. A single file is taken whatever its name.
fn entry<'e>(entries: &'e [Entry], name: &str, sha256: &str) -> Option<(usize, &'e Entry)> {
    let named = |fits: &dyn Fn(&str) -> bool| -> Vec<(usize, &'e Entry)> {
        entries.iter().enumerate().filter(|(_, entry)| fits(&entry.name)).collect()
    };
    let base = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let name = name.strip_prefix('\'').unwrap_or(name);
    let told = |own: &str| redaction::shown(own).into_owned();
    let ways: [&dyn Fn(&str) -> bool; 3] =
        [&|own| told(own) == name, &|own| bare(&told(own)) == bare(name), &|own| {
            base(&told(own)) == base(name)
        }];
    let found = ways.iter().map(|fits| named(*fits)).find(|found| !found.is_empty());
    match (found, entries) {
        (Some(found), _) => {
            let same = |(_, entry): &&(usize, &Entry)| {
                Reader::default().read(entry).is_ok_and(|content| hex(&content.sha256) == sha256)
            };
            let fitting = if found.len() > 1 { found.iter().find(same) } else { None };
            fitting.or(found.first()).copied()
        }
        (None, [one]) => Some((0, one)),
        (None, _) => None,
    }
}

/// A name without `sN/`, the number of its source.
fn bare(name: &str) -> &str {
    let source = name.split_once('/').filter(|(source, _)| {
        source
            .strip_prefix('s')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    source.map_or(name, |(_, rest)| rest)
}

/// One record in its file.
struct Following<'a> {
    citation: &'a Citation,
    stated: &'a Stated,
    /// The file as `run` takes it in.
    part: &'a Part,
    replayed: &'a mut Replayed,
}

impl Following<'_> {
    fn all(&mut self, content: &Content) {
        self.file(content);
        let mut found = None;
        records::again(content, &mut |index, record| {
            if index == self.citation.index {
                found = Some(record.raw.to_owned());
            }
        });
        let Some(raw) = found else {
            let place =
                format!("{}: the file holds no record at place {}", self.citation.place, self.citation.index);
            return self.replayed.findings.differs.push(place);
        };
        self.replayed.record_bytes = Some(raw.len());
        self.replayed.record_sha256 = Some(hex(&<sha2::Sha256 as sha2::Digest>::digest(raw.as_bytes())));
        let rows = understood::rows(self.part, self.citation.index);
        let keys = rows
            .iter()
            .any(|row| keys::any_value(&row.key, &mut |value| self.stated.sensitive.found_in(value)));
        let sensitive = keys || self.citation.rows.iter().any(|row| cell(row, "key") == SENSITIVE);
        if self.stated.in_full() {
            self.replayed.record = Some(shown::record(&raw, sensitive));
        }
        self.rows(&rows);
    }

    /// Content and facts of the file, without its size as stored: it may have been compressed anew.
    fn file(&mut self, content: &Content) {
        let replayed = &mut *self.replayed;
        let actual = hex(&content.sha256);
        let (id, stated) = (replayed.file_id().to_owned(), &replayed.stated_sha256);
        if actual == *stated {
            replayed
                .findings
                .holds
                .push(format!("{id}: its content has the SHA-256 that data/files.csv states"));
        } else {
            let words = format!("{id}: SHA-256 of its content is {actual}, data/files.csv states {stated}");
            replayed.findings.differs.push(words);
        }
        replayed.sha256 = Some(actual);
        let Some(facts) = self.part.files.first() else { return };
        for (column, now) in file_cells(facts) {
            let stated = cell(&self.citation.file, column);
            if now != stated {
                let id = replayed.file_id();
                let words = format!("{id}: {column} is `{now}`, data/files.csv says `{stated}`");
                replayed.findings.differs.push(words);
            }
        }
    }

    fn rows(&mut self, rows: &[Understood]) {
        match &self.citation.role {
            Role::Counted => self.counted(rows),
            Role::Copy(reference) => self.copy(reference, rows),
            Role::Unlisted => self.unlisted(rows),
        }
    }

    fn counted(&mut self, rows: &[Understood]) {
        let (place, stated) = (&self.citation.place, &self.citation.rows);
        if rows.len() != stated.len() {
            let words = format!(
                "{place}: the record touches {} objects, the bundle has {} rows of it",
                rows.len(),
                stated.len()
            );
            self.replayed.findings.differs.push(words);
        }
        let (mut columns, mut wrong) = (0, Vec::new());
        for (row, stated) in rows.iter().zip(stated) {
            if !row.is_named(cell(stated, "event_ref")) {
                wrong.push(format!(
                    "{place}: event_ref is `{}`, the bundle says `{}`",
                    row.reference,
                    cell(stated, "event_ref")
                ));
            }
            columns = row.cells.len() + 1;
            for (column, now) in row.cells.iter().filter(|(column, _)| self.compares(column, stated)) {
                let told = cell(stated, column);
                if now != told {
                    wrong.push(format!("{place}: {column} is `{now}`, data/accesses.csv.gz says `{told}`"));
                }
            }
            let (row_trust, file_trust) = (cell(stated, "trust"), cell(&self.citation.file, "trust"));
            if row_trust == Trust::Verified.word() && file_trust != row_trust {
                wrong.push(format!("{place}: the row says `{row_trust}`, its file is `{file_trust}`"));
            }
        }
        let findings = &mut self.replayed.findings;
        if wrong.is_empty() && !rows.is_empty() {
            let redacted = if self.stated.in_full() { "" } else { " as far as they are not redacted" };
            findings.holds.push(format!(
                "{place}: the record and its rows of data/accesses.csv.gz ({}) agree in {columns} columns{redacted}; who stands behind it, approvals and answers follow from other records and are not replayed",
                stated.len()
            ));
        }
        findings.differs.extend(wrong);
    }

    /// Whether a cell can be the record's own: it is not redacted, and nothing stands there from another account's record.
    fn compares(&self, column: &str, stated: &Row) -> bool {
        let class =
            accesses::COLUMNS.iter().find(|(name, ..)| *name == column).map_or("", |(.., class)| class);
        let from_other = matches!(column, "source_ip" | "user_agent") && !cell(stated, "copies").is_empty();
        let sensitive = column == "key" && cell(stated, column) == SENSITIVE;
        (class == "none" || self.stated.in_full()) && !from_other && !sensitive
    }

    fn copy(&mut self, reference: &str, rows: &[Understood]) {
        let place = &self.citation.place;
        let counted = self.citation.rows.first().map_or("", |row| cell(row, "event_ref"));
        let same = rows.iter().any(|row| row.is_named(reference));
        let words =
            format!("{place}: is {reference}, another account’s record of {counted}, which is counted");
        self.replayed.findings.check(same, words);
        let own =
            |column: &str| rows.first().and_then(|row| row.cells.get(column).cloned()).unwrap_or_default();
        for column in ["operation", "event_time"] {
            let told = self.citation.rows.first().map_or("", |row| cell(row, column));
            if own(column) != told {
                let words =
                    format!("{place}: {column} is `{}`, data/accesses.csv.gz says `{told}`", own(column));
                self.replayed.findings.differs.push(words);
            }
        }
    }

    /// Why a record that can be read stands in no row.
    fn unlisted(&mut self, rows: &[Understood]) {
        let place = &self.citation.place;
        let findings = &mut self.replayed.findings;
        let Some(first) = rows.first() else {
            return findings.holds.push(format!("{place}: the record touches nothing that is counted"));
        };
        let time = first.cells.get("event_time").map_or("", String::as_str);
        let (from, to) = (self.stated.window.0.as_str(), self.stated.window.1.as_str());
        if !time.is_empty() && !(from..to).contains(&time) {
            return findings.holds.push(format!("{place}: the record lies outside the window ({time})"));
        }
        let mut counted = None;
        let walked = each_row(&self.stated.folder, &mut |row| {
            if counted.is_none() && first.is_named(row.cell("event_ref")) {
                counted = Some(format!("{}#{}", row.cell("file_row"), row.cell("record_index")));
            }
        });
        match (walked, counted) {
            (Ok(()), Some(other)) => {
                findings.holds.push(format!("{place}: a repeat of {}, which is counted at {other}", first.reference));
            }
            _ => findings.unchecked.push(format!(
                "{place}: no row of data/accesses.csv.gz rests on this record; events of services that the audit does not look at have none"
            )),
        }
    }
}

/// Facts of a file that do not depend on how it is stored or who vouches for it.
fn file_cells(facts: &FileFacts) -> [(&'static str, String); 6] {
    let (outcome, reason) = outcome_words(&facts.outcome);
    [
        ("outcome", outcome.to_owned()),
        ("reason", reason.to_owned()),
        ("container", facts.container.map_or("", records::Container::word).to_owned()),
        ("content_bytes", facts.size.to_string()),
        ("records", facts.records.to_string()),
        ("first_event", facts.first.map(rfc3339).unwrap_or_default()),
    ]
}

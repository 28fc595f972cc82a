//! Reading files into a part: one read, one inflate, hash and parse of those same bytes. Workers take whole files.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::part::{FileFacts, FileOutcome, Part, Place};
use super::shape::Trust;
use crate::clock::Seconds;
use crate::error::{Error, Kind, Result};
use crate::gaps::{Gap, GapKind};
use crate::records::{self, Container, Piece, Trouble};
use crate::sources::inflate::Damage;
use crate::sources::{Content, Entry, Obstacle, Reader, Watch, folder};

/// How far reading is; called from workers.
pub trait Progress: Watch {
    /// These entries will be read.
    fn begin(&self, entries: &[Entry]);

    /// A file is done.
    fn file(&self, stored_bytes: u64, records: u64);
}

/// No progress shown.
pub struct Quiet;

impl Watch for Quiet {}

impl Progress for Quiet {
    fn begin(&self, _entries: &[Entry]) {}

    fn file(&self, _stored_bytes: u64, _records: u64) {}
}

/// Reads all entries with so many threads.
///
/// # Errors
/// `Kind::Internal` when a worker died.
pub fn read(entries: &[Entry], threads: usize, progress: &dyn Progress) -> Result<Part> {
    if threads <= 1 {
        return Ok(work(entries, &AtomicUsize::new(0), progress));
    }
    let next = AtomicUsize::new(0);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(entries, &next, progress))).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut whole = Part::default();
    for part in parts {
        let part = part.map_err(|_| {
            Error::new(Kind::Internal, "a reading thread stopped")
                .hint("this is a fault of the program: please report it")
        })?;
        if whole.files.is_empty() { whole = part } else { whole.merge(part) }
    }
    Ok(whole)
}

/// Takes in a text that never was a file, as a log file of this name and trust: what examples are made of.
pub fn held(part: &mut Part, name: &str, text: &str, trust: Trust) {
    let mut file = unread(name);
    file.stored = text.len() as u64;
    file.size = file.stored;
    file.sha256 = Some(<sha2::Sha256 as sha2::Digest>::digest(text.as_bytes()).into());
    file.trust = trust;
    file.trust_reason = "stated by the example".to_owned();
    let mut gaps = Vec::new();
    let (container, _) = Taking { part, file: &mut file, gaps: &mut gaps }.text(text.as_bytes(), trust, 0);
    file.container = Some(container);
    part.gaps.extend(gaps);
    part.files.push(file);
}

fn work(entries: &[Entry], next: &AtomicUsize, progress: &dyn Progress) -> Part {
    let mut part = Part::default();
    let mut reader = Reader::default();
    while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
        take_file(&mut part, &mut reader, entry);
        if let Some(file) = part.files.last() {
            progress.file(file.stored, file.records);
        }
    }
    part
}

fn take_file(part: &mut Part, reader: &mut Reader, entry: &Entry) {
    let mut file = unread(&entry.name);
    let mut gaps = Vec::new();
    match &entry.obstacle {
        Some(Obstacle::Passed(reason)) => file.outcome = FileOutcome::Skipped((*reason).to_owned()),
        Some(Obstacle::Lost(kind, detail)) => lose(&mut file, &mut gaps, *kind, "", detail),
        None => match reader.read(entry) {
            Ok(content) => Taking { part, file: &mut file, gaps: &mut gaps }.content(content),
            Err(error) => lose(&mut file, &mut gaps, GapKind::Unreadable, "", &folder::io_words(&error)),
        },
    }
    part.gaps.extend(gaps);
    part.files.push(file);
}

fn unread(name: &str) -> FileFacts {
    FileFacts {
        name: name.to_owned(),
        stored: 0,
        size: 0,
        sha256: None,
        container: None,
        outcome: FileOutcome::Read,
        trust: Trust::Unverified,
        trust_reason: "no digest was checked".to_owned(),
        records: 0,
        first: None,
        last: None,
        listed: None,
    }
}

fn lose(file: &mut FileFacts, gaps: &mut Vec<Gap>, kind: GapKind, position: &str, detail: &str) {
    if !matches!(file.outcome, FileOutcome::Failed(_)) {
        file.outcome = FileOutcome::Failed(kind.words().to_owned());
    }
    gaps.push(gap(file, kind, position, detail));
}

fn gap(file: &FileFacts, kind: GapKind, position: &str, detail: &str) -> Gap {
    Gap { kind, file: file.name.clone(), position: position.to_owned(), detail: detail.to_owned(), count: 1 }
}

/// One file being taken in.
struct Taking<'p> {
    part: &'p mut Part,
    file: &'p mut FileFacts,
    gaps: &'p mut Vec<Gap>,
}

impl Taking<'_> {
    fn content(&mut self, content: &Content) {
        self.file.stored = content.stored;
        self.file.size = content.bytes.len() as u64;
        self.file.sha256 = Some(content.sha256);
        if content.bytes.is_empty() && content.damage.is_none() {
            return self.empty();
        }
        let first = content.bytes.get(..content.attested_end).unwrap_or_default();
        let rest = content.bytes.get(content.attested_end..).unwrap_or_default();
        let first_damaged = content.damage.is_some() && !content.tail_damaged;
        let trust = if first_damaged { Trust::Altered } else { Trust::Unverified };
        let (container, next) = self.text(first, trust, 0);
        self.file.container = Some(container);
        self.name_container(container);
        self.tail(rest, content, next);
        self.damage(content);
    }

    fn empty(&mut self) {
        if looks_like_log(&self.file.name) {
            lose(self.file, self.gaps, GapKind::Empty, "", "0 bytes");
        } else {
            self.file.outcome =
                FileOutcome::Skipped("empty file that is not named like a log file".to_owned());
        }
    }

    /// What was appended to a delivered log file is counted and marked; for other containers further members are
    /// usual, but bytes that are none are not.
    fn tail(&mut self, rest: &[u8], content: &Content, next: u32) {
        let before = self.file.records;
        // Behind an empty first member nothing is what was delivered.
        let log_file =
            self.file.container == Some(Container::LogFile) || (content.gzip && content.attested_end == 0);
        let read = self.file.container.is_some_and(Container::is_read);
        let trust = if log_file { Trust::Altered } else { Trust::Unverified };
        if !rest.is_empty() && (read || before == 0) {
            let (container, _) = self.text(rest, trust, next);
            if read && !container.is_read() {
                let detail = format!("behind the first gzip member: {}", container.word());
                self.gaps.push(gap(self.file, GapKind::NotARecord, "", &detail));
            }
        }
        if content.trailing && (log_file || content.garbage) && (read || self.file.records > 0) {
            self.file.trust = Trust::Altered;
            self.file.trust_reason = GapKind::TrailingData.code().to_owned();
            let records = self.file.records - before;
            let detail =
                format!("{records} records stand behind the first member; they are read and marked altered");
            self.gaps.push(gap(self.file, GapKind::TrailingData, "", &detail));
        }
    }

    fn damage(&mut self, content: &Content) {
        let Some(damage) = content.damage else {
            return;
        };
        let kind = if damage == Damage::TooLarge { GapKind::TooLarge } else { GapKind::DamagedGzip };
        self.file.trust = Trust::Altered;
        self.file.trust_reason = kind.code().to_owned();
        let place = if content.tail_damaged { ", the damage lies behind the first member" } else { "" };
        let detail = format!(
            "{} bytes could be inflated; {} records in them are read{place}",
            self.file.size, self.file.records
        );
        self.file.outcome = FileOutcome::Failed(kind.words().to_owned());
        lose(self.file, self.gaps, kind, "", &detail);
    }

    /// Parses one text; returns what it is and the place behind its last piece.
    fn text(&mut self, bytes: &[u8], trust: Trust, base: u32) -> (Container, u32) {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => {
                let position = format!("byte {}", error.valid_up_to());
                self.gaps.push(gap(
                    self.file,
                    GapKind::NotUtf8,
                    &position,
                    "the records are read with U+FFFD in place of these bytes",
                ));
                String::from_utf8_lossy(bytes)
            }
        };
        let file = u32::try_from(self.part.files.len()).unwrap_or(u32::MAX);
        let (part, facts, gaps) = (&mut *self.part, &mut *self.file, &mut *self.gaps);
        let delivered = records::kind(&text) == Container::LogFile;
        let mut next = base;
        let container = records::walk(&text, &mut |index, piece| {
            let place = Place { file, index: base + index, trust, delivered };
            next = place.index + 1;
            match piece {
                Piece::Record(record) => {
                    facts.records += 1;
                    let taken = part.push(&record, place);
                    note_time(facts, gaps, taken.time, place.index);
                    note_understood(facts, gaps, taken.understood, place.index);
                }
                Piece::Trouble(trouble) => note_trouble(facts, gaps, &trouble, place.index),
            }
        });
        if container == Container::Digest {
            facts.listed = records::listed(&text);
        }
        (container, next)
    }

    fn name_container(&mut self, container: Container) {
        if container.is_read() {
            return;
        }
        let name = container.word();
        if container.may_hold_records() {
            self.file.outcome =
                FileOutcome::Skipped(format!("{name}: recognised, not opened by this version"));
            self.gaps.push(gap(
                self.file,
                GapKind::ClosedContainer,
                "",
                &format!("{name}: give the trail's own log files instead"),
            ));
        } else if container == Container::NotJson && (looks_like_log(&self.file.name)) {
            lose(
                self.file,
                self.gaps,
                GapKind::NotJson,
                "",
                "named like a log file, but its content is not JSON",
            );
        } else {
            self.file.outcome = FileOutcome::Skipped(format!("{name}: not a log file"));
        }
    }
}

fn note_time(facts: &mut FileFacts, gaps: &mut Vec<Gap>, time: Option<Seconds>, index: u32) {
    match time {
        Some(time) => {
            facts.first = Some(facts.first.map_or(time, |first| first.min(time)));
            facts.last = Some(facts.last.map_or(time, |last| last.max(time)));
        }
        None => gaps.push(gap(
            facts,
            GapKind::NoTime,
            &format!("record {index}"),
            "eventTime is absent or no time",
        )),
    }
}

/// A data access that happened but whose table or statement cannot be told may be any access.
fn note_understood(facts: &FileFacts, gaps: &mut Vec<Gap>, understood: bool, index: u32) {
    if !understood {
        let detail = "item access that happened, but its table or statement cannot be told";
        gaps.push(gap(facts, GapKind::NotUnderstood, &format!("record {index}"), detail));
    }
}

fn note_trouble(facts: &mut FileFacts, gaps: &mut Vec<Gap>, trouble: &Trouble, index: u32) {
    let position = format!("record {index}");
    match trouble {
        Trouble::Broken(what) => lose(facts, gaps, GapKind::NotJson, &position, what),
        Trouble::NotARecord => {
            gaps.push(gap(facts, GapKind::NotARecord, &position, "no eventVersion, source and name"))
        }
    }
}

/// Whether a name promises a log file: then content that is none is lost input, not a stray file.
fn looks_like_log(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.ends_with(".json")
        || name.ends_with(".gz")
        || name.ends_with(".jsonl")
        || name.contains("_CloudTrail_")
}

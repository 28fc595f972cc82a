//! Reading files into a part: one read, one inflate, hash and parse of those same bytes. Workers take whole files. What
//! the digests attest of a file is told before its records are read, so that each carries it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::part::{FileFacts, FileOutcome, ListedBy, Part, Place};
use super::shape::Trust;
use crate::clock::Seconds;
use crate::error::{Error, Kind, Result};
use crate::gaps::{Gap, GapKind};
use crate::records::{self, Container, Piece, Trouble};
use crate::sources::digests::{Attested, LogSeen, Standing, Weighed};
use crate::sources::inflate::Damage;
use crate::sources::{Content, Entry, Obstacle, Reader, Watch, folder, names};

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

/// Reads all entries with so many threads; `attested` is what the digests among them say, if they were read.
///
/// # Errors
/// `Kind::Internal` when a worker died.
pub fn read(
    entries: &[Entry],
    attested: Option<&Attested>,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Part> {
    let next = AtomicUsize::new(0);
    if threads <= 1 {
        return Ok(work(entries, attested, &next, progress));
    }
    let parts: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| work(entries, attested, &next, progress))).collect();
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

/// Reads one of the entries alone, as [`read`] does, into a part of its own.
pub fn one(entries: &[Entry], number: usize, attested: &Attested) -> Part {
    let mut part = Part::default();
    if let Some(entry) = entries.get(number) {
        let listed = Listed { number, entry, attested: Some(attested) };
        take_file(&mut part, &mut Reader::default(), &listed);
    }
    part
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
    let mut taking = Taking { part, file: &mut file, gaps: &mut gaps, listed: None, outside: 0 };
    let (container, _) = taking.text(text.as_bytes(), trust, 0);
    file.container = Some(container);
    part.gaps.extend(gaps);
    part.files.push(file);
}

fn work(entries: &[Entry], attested: Option<&Attested>, next: &AtomicUsize, progress: &dyn Progress) -> Part {
    let mut part = Part::default();
    let mut reader = Reader::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(entry) = entries.get(number) else { break };
        take_file(&mut part, &mut reader, &Listed { number, entry, attested });
        if let Some(file) = part.files.last() {
            progress.file(file.stored, file.records);
        }
    }
    part
}

/// An entry with its number and what the digests say.
#[derive(Clone, Copy)]
struct Listed<'e> {
    number: usize,
    entry: &'e Entry,
    attested: Option<&'e Attested>,
}

impl Listed<'_> {
    /// What these bytes are; nothing where no digest was read, or for a file that no trail names.
    fn weigh(&self, seen: &LogSeen) -> Option<Weighed> {
        let attested = self.attested?;
        let is_log = names::log(&self.entry.name).is_some();
        (is_log || attested.expects(self.number).is_some()).then(|| attested.standing(seen))
    }

    /// What the report on integrity needs of a file that could not be read.
    fn unseen(&self, seen: impl FnOnce(usize) -> LogSeen) -> Option<LogSeen> {
        self.attested.is_some_and(|attested| attested.wants(self.number)).then(|| seen(self.number))
    }
}

fn take_file(part: &mut Part, reader: &mut Reader, listed: &Listed<'_>) {
    let mut file = unread(&listed.entry.name);
    let mut gaps = Vec::new();
    match &listed.entry.obstacle {
        Some(Obstacle::Passed(reason)) => file.outcome = FileOutcome::Skipped((*reason).to_owned()),
        Some(Obstacle::Lost(kind, detail)) => {
            lose(&mut file, &mut gaps, *kind, "", detail);
            part.seen.extend(listed.unseen(|number| LogSeen::lost(number, detail)));
        }
        None => match reader.read(listed.entry) {
            Ok(content) => take_content(part, &mut file, &mut gaps, listed, content),
            Err(error) => {
                lose(&mut file, &mut gaps, GapKind::Unreadable, "", &folder::io_words(&error));
                part.seen.extend(listed.unseen(|number| LogSeen::failed(number, &error)));
            }
        },
    }
    part.gaps.extend(gaps);
    part.files.push(file);
}

fn take_content(
    part: &mut Part,
    file: &mut FileFacts,
    gaps: &mut Vec<Gap>,
    listed: &Listed<'_>,
    content: &Content,
) {
    let seen = LogSeen::of(listed.number, content);
    if let Some(weighed) = listed.weigh(&seen) {
        file.trust = trust(weighed.standing);
        let proven = file.trust == Trust::Verified || !weighed.reason.is_empty();
        let reason = if proven { weighed.reason } else { weighed.status.word() };
        reason.clone_into(&mut file.trust_reason);
    } else if listed.attested.is_some_and(|attested| attested.digests() > 0) {
        "no digest speaks of it".clone_into(&mut file.trust_reason);
    }
    let expected = listed.attested.and_then(|attested| attested.expects(listed.number));
    file.digest =
        listed.attested.zip(expected).and_then(|(attested, expected)| listed_by(attested, expected.digest));
    let range = expected.map(|expected| Range {
        account: expected.account,
        region: expected.region,
        times: (expected.oldest, expected.newest),
    });
    let mut taking = Taking { part, file, gaps, listed: range, outside: 0 };
    taking.content(content);
    let outside = taking.outside;
    if matches!(file.outcome, FileOutcome::Skipped(_)) && file.trust == Trust::Unverified {
        "holds no records".clone_into(&mut file.trust_reason);
    }
    if listed.attested.is_some_and(|attested| attested.wants(listed.number)) {
        part.seen.push(LogSeen { outside, ..seen });
    }
}

fn listed_by(attested: &Attested, digest: usize) -> Option<ListedBy> {
    let facts = attested.digest(digest)?;
    let signature = facts.proof.map_or("", |proof| proof.source.word());
    Some(ListedBy { key: facts.key.to_owned(), signature })
}

fn trust(standing: Standing) -> Trust {
    match standing {
        Standing::Verified => Trust::Verified,
        Standing::Unverified => Trust::Unverified,
        Standing::Altered => Trust::Altered,
    }
}

/// What a digest says of the events in a file.
#[derive(Clone, Copy)]
struct Range<'d> {
    account: &'d str,
    region: &'d str,
    /// Oldest and newest event.
    times: (Option<Seconds>, Option<Seconds>),
}

impl Range<'_> {
    /// Whether a record lies outside: its time, its log's account, or its region, which global services state otherwise.
    fn leaves_out(&self, record: &records::Record<'_>, time: Option<Seconds>) -> bool {
        let late = |newest: Seconds| time.is_some_and(|time| time > newest);
        let early = |oldest: Seconds| time.is_some_and(|time| time < oldest);
        let other = |member: Option<records::scan::Json<'_>>, expected: &str| {
            member.and_then(records::scan::Json::text).is_some_and(|text| text != expected)
        };
        self.times.1.is_some_and(late)
            || self.times.0.is_some_and(early)
            || other(record.recipient, self.account)
            || (other(record.aws_region, self.region) && !is_global(record))
    }
}

/// Services that record in one region what happens in all (cloudtrail-records §7).
fn is_global(record: &records::Record<'_>) -> bool {
    let source = record.event_source.and_then(records::scan::Json::text).unwrap_or_default();
    let name = source.trim_end_matches(".cn").trim_end_matches(".amazonaws.com");
    matches!(
        name,
        "iam"
            | "sts"
            | "signin"
            | "cloudfront"
            | "route53"
            | "route53domains"
            | "organizations"
            | "sso"
            | "waf"
            | "shield"
            | "globalaccelerator"
            | "support"
            | "health"
            | "budgets"
            | "ce"
            | "importexport"
            | "networkmanager"
    )
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
        held: BTreeSet::new(),
        digest: None,
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
    /// What a valid digest says of its events.
    listed: Option<Range<'p>>,
    /// Records outside that.
    outside: u64,
}

impl Taking<'_> {
    fn content(&mut self, content: &Content) {
        self.file.stored = content.stored;
        self.file.size = content.bytes.len() as u64;
        self.file.sha256 = Some(content.sha256);
        if content.bytes.is_empty() && content.damage.is_none() {
            return self.empty();
        }
        let halves = records::halves(content);
        if let Some(kind) = halves.lost {
            lose(self.file, self.gaps, kind, "", "compressed twice: the inner gzip stream");
        }
        let (first, rest) = (&*halves.first, halves.rest);
        let first_damaged = content.damage.is_some() && !content.tail_damaged;
        let trust = if first_damaged { Trust::Altered } else { self.file.trust };
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
        let (listed, outside) = (self.listed, &mut self.outside);
        let delivered = records::kind(&text) == Container::LogFile;
        let mut next = base;
        let mut told = Told::default();
        let walked = records::walk(&text, &mut |index, piece| {
            let mut place = Place { file, index: base + index, trust, delivered };
            match piece {
                Piece::Record(record) => {
                    next = place.index + 1;
                    place.delivered = delivered && record.from.is_none();
                    facts.records += 1;
                    let taken = part.push(&record, place);
                    *outside += u64::from(listed.is_some_and(|range| range.leaves_out(&record, taken.time)));
                    note_time(facts, gaps, taken.time, place.index);
                    note_understood(facts, gaps, taken.understood, place.index);
                }
                Piece::Trouble(Trouble::Told(kind, words)) => told.add(kind, words, place.index),
                Piece::Trouble(trouble) => {
                    next = place.index + 1;
                    note_trouble(facts, gaps, &trouble, place.index);
                }
            }
        });
        told.finish(facts, gaps);
        facts.held.extend(walked.held);
        if walked.container == Container::Digest {
            facts.listed = records::listed(&text);
        }
        (walked.container, next)
    }

    fn name_container(&mut self, container: Container) {
        let name = container.word();
        if container.is_read() {
            if self.file.records > 0 {
                self.file.held.insert(container);
            }
            let lost = self.gaps.iter().any(|gap| gap.kind.loses_input());
            if container.wraps() && self.file.records == 0 && !lost {
                self.file.outcome = FileOutcome::Skipped(format!("{name}: holds no CloudTrail record"));
            }
            return;
        }
        if container.may_hold_records() {
            self.file.outcome =
                FileOutcome::Skipped(format!("{name}: recognised, not opened by this version"));
            self.gaps.push(gap(
                self.file,
                GapKind::ClosedContainer,
                "",
                &format!("{name}: another schema; give the trail's own log files instead"),
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

/// What one text has to be told about, each kind once with its number.
#[derive(Default)]
struct Told {
    seen: Vec<(GapKind, String, u32, u64)>,
}

impl Told {
    /// Different words of one kind that are kept apart.
    const MOST: usize = 50;

    fn add(&mut self, kind: GapKind, words: String, index: u32) {
        let words = if self.seen.len() < Self::MOST { words } else { "further ones".to_owned() };
        match self.seen.iter_mut().find(|(other, said, ..)| *other == kind && *said == words) {
            Some((.., count)) => *count += 1,
            None => self.seen.push((kind, words, index, 1)),
        }
    }

    fn finish(self, facts: &mut FileFacts, gaps: &mut Vec<Gap>) {
        for (kind, words, index, count) in self.seen {
            if kind == GapKind::TooLarge && !matches!(facts.outcome, FileOutcome::Failed(_)) {
                facts.outcome = FileOutcome::Failed(kind.words().to_owned());
            }
            gaps.push(Gap { count, ..gap(facts, kind, &format!("from record {index}"), &words) });
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
        Trouble::Inside(what) => gaps.push(gap(facts, GapKind::NotARecord, &position, what)),
        Trouble::Told(kind, words) => gaps.push(gap(facts, *kind, &position, words)),
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

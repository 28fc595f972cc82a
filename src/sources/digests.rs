//! Log integrity: is every log file byte for byte what CloudTrail delivered, is every delivered file here, and for which
//! hours can that not be told (cloudtrail-integrity)? Comes in: entries, and public keys. Goes out: what each log file
//! must be, what it is, and the [`Report`]. It parses no record, opens no path that a digest names, and calls nothing
//! verified that was not.
//!
//! Three steps, so that a log file is read once and its records carry what came out for its bytes:
//!
//! 1. [`attest`] reads digests and their sidecars, in parallel, and verifies signatures and chains.
//! 2. For each log file read, from any thread, between inflating and parsing: [`Attested::weigh`] tells whether these
//!    bytes are what a valid digest lists; [`LogSeen::of`] keeps what the report needs of them (hash and form, no content).
//!    [`Attested::expects`] tells the same before reading, with the events the digest states. Both look up and compare
//!    only. A program that does nothing else with the logs calls [`Attested::read_logs`].
//! 3. [`Attested::conclude`] takes what was seen, in any order, and gives the report.
//!
//! The same entries and settings give the same report, whatever the number of threads.

mod chains;
mod conclude;
mod encoding;
mod file;
mod hours;
pub mod keys;
mod listing;
mod places;
mod reading;
pub mod report;
mod signing;
mod verdict;
mod window;
pub mod words;

use std::collections::BTreeMap;

use crate::clock::Seconds;
use crate::error::Result;
use crate::sources::inflate::MAX_CONTENT;
use crate::sources::{Content, Entry, Obstacle, Reader, folder};
pub use chains::StreamId;
pub use keys::{Key, Keys};
pub use report::Report;
pub use signing::{Proof, SignatureSource};
pub use verdict::Acceptance;
pub use window::Window;
use words::Code;
pub use words::Status;

/// What the check is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The root of trust.
    pub keys: Keys,
    /// Start of the window; the first thing seen if not given.
    pub from: Option<Seconds>,
    /// End of the window, exclusive; the last thing seen if not given.
    pub to: Option<Seconds>,
    /// How long after the end a delivery still speaks of the window.
    pub allowance: Seconds,
    /// Accounts and regions that must have digests; if empty, every account seen in every region seen.
    pub expected: Vec<(String, String)>,
    /// Buckets whose content was copied to the one that is read.
    pub original_buckets: Vec<String>,
    /// Incomplete findings that are accepted, each with its reason.
    pub accepted: Vec<Acceptance>,
    /// Whether the report lists valid files too.
    pub all_objects: bool,
    /// What must be attested beside what is here: the window of an audit. It narrows nothing, as `from` and `to` do.
    pub audited: Option<(Seconds, Seconds)>,
}

/// What the records themselves tell, where somebody read them.
#[derive(Debug, Clone, Default)]
pub struct Inside {
    /// Accounts and regions that events speak of.
    pub places: Vec<(String, String)>,
    /// Records by name of the file.
    pub records: BTreeMap<String, u64>,
}

/// Events may reach the bucket some minutes late.
pub const ALLOWANCE: Seconds = 15 * 60;

impl Default for Settings {
    fn default() -> Self {
        Settings {
            keys: Keys::default(),
            from: None,
            to: None,
            allowance: ALLOWANCE,
            expected: Vec::new(),
            original_buckets: Vec::new(),
            accepted: Vec::new(),
            all_objects: false,
            audited: None,
        }
    }
}

/// Something found beside the status of files.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Stable word.
    pub id: &'static str,
    /// `failure`, `incomplete`, `accepted` or `warning`.
    pub class: &'static str,
    /// The stream, as [`StreamId::label`]; empty when it is about none.
    pub stream: String,
    /// Start of the time it is about.
    pub from: Option<String>,
    /// End of the time it is about.
    pub to: Option<String>,
    /// For people. May hold text of files, which is hostile.
    pub text: String,
}

impl Finding {
    fn new(code: Code, stream: String, span: Option<(Seconds, Seconds)>, text: String) -> Finding {
        let time = |time: Option<Seconds>| time.map(crate::clock::rfc3339);
        Finding {
            id: code.word(),
            class: code.class().word(),
            stream,
            from: time(span.map(|span| span.0)),
            to: time(span.map(|span| span.1)),
            text,
        }
    }
}

/// What is known of a log file's bytes, in the words of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// A valid digest lists exactly these bytes.
    Verified,
    /// That cannot be told.
    Unverified,
    /// A valid digest lists other bytes, or the stored form is not what was delivered.
    Altered,
}

/// What came out for one log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighed {
    /// For records.
    pub standing: Standing,
    /// In the words of the report.
    pub status: Status,
    /// Stable word; empty when there is nothing to add.
    pub reason: &'static str,
}

impl Weighed {
    fn new(status: Status, reason: &'static str) -> Weighed {
        let standing = match status {
            Status::Valid => Standing::Verified,
            Status::Invalid => Standing::Altered,
            _ => Standing::Unverified,
        };
        Weighed { standing, status, reason }
    }

    /// `invalid: hash-mismatch`.
    pub fn words(&self) -> String {
        report::said(self.status, self.reason)
    }
}

/// What a valid digest lists for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected<'a> {
    /// SHA-256 of the uncompressed file; `None` when it was hashed in a way that is not known here.
    pub sha256: Option<&'a [u8; 32]>,
    /// Number of the digest, for [`Attested::digest`].
    pub digest: usize,
    /// Account of the stream.
    pub account: &'a str,
    /// Region of the stream.
    pub region: &'a str,
    /// Oldest event in the file, as the digest states.
    pub oldest: Option<Seconds>,
    /// Newest event in the file, as the digest states.
    pub newest: Option<Seconds>,
}

/// A digest as it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestFacts<'a> {
    /// Number of its entry (of the first, when there are copies).
    pub entry: usize,
    /// Where it was put; its base name when that is not known.
    pub key: &'a str,
    /// Its stream.
    pub stream: &'a StreamId,
    /// Deliveries it lists.
    pub span: (Seconds, Seconds),
    /// SHA-256 of its uncompressed content.
    pub sha256: Option<[u8; 32]>,
    /// What came out.
    pub status: Status,
    /// Why.
    pub reason: &'static str,
    /// What proves it, when it is valid.
    pub proof: Option<&'a Proof>,
    /// The key that signed it, when it is valid.
    pub signer: Option<&'a Key>,
    /// The text that the signature covers, when it can be read.
    pub signed_text: Option<String>,
}

/// What was seen of one log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSeen {
    /// Number of its entry.
    pub entry: usize,
    /// What became of reading it.
    pub fate: Fate,
    /// Events in it that lie outside the times, account or region that its digest states; 0 where nobody looked.
    pub outside: u64,
}

/// What became of reading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was read.
    Read {
        /// SHA-256 of the attested part.
        sha256: [u8; 32],
        /// Whether it is gzip.
        gzip: bool,
        /// What speaks against its stored form.
        fault: Option<(Status, &'static str)>,
    },
    /// It is larger than this program reads.
    TooLarge,
    /// It could not be opened or read.
    Unreadable(String),
}

impl LogSeen {
    /// For a file that was read.
    pub fn of(entry: usize, content: &Content) -> LogSeen {
        let fault = reading::stored_fault(content);
        LogSeen { entry, fate: Fate::Read { sha256: content.sha256, gzip: content.gzip, fault }, outside: 0 }
    }

    /// For a file that was not read.
    pub fn failed(entry: usize, error: &std::io::Error) -> LogSeen {
        let fate = match error.kind() {
            std::io::ErrorKind::FileTooLarge => Fate::TooLarge,
            _ => Fate::Unreadable(folder::io_words(error)),
        };
        LogSeen { entry, fate, outside: 0 }
    }

    /// For a file that the listing already knew to be lost.
    pub fn lost(entry: usize, detail: &str) -> LogSeen {
        LogSeen { entry, fate: Fate::Unreadable(detail.to_owned()), outside: 0 }
    }
}

/// What digests attest.
#[derive(Debug)]
pub struct Attested {
    settings: Settings,
    window: Window,
    nodes: Vec<reading::Node>,
    checked: Vec<signing::Checked>,
    ids: Vec<StreamId>,
    streams: Vec<chains::Stream>,
    index: listing::Index,
    unlisted: Vec<Option<Weighed>>,
}

/// Reads and verifies the digests among the entries. Entries that are none are only looked at by name.
///
/// # Errors
/// `Kind::Internal` when a worker died. What cannot be read or verified is part of the result.
pub fn attest(entries: &[Entry], settings: Settings, threads: usize) -> Result<Attested> {
    let until = settings.to.map(|to| to + settings.allowance);
    let wanted = reading::wanted(entries, settings.from, until);
    let nodes = reading::read(entries, &wanted, &settings, threads)?;
    let checked = signing::verify(&nodes, &settings.keys, threads)?;
    let window = Window::of(&settings, entries, &nodes);
    let known = chains::Known { entries, nodes: &nodes, checked: &checked, window };
    let (ids, streams) = chains::streams(&known);
    let mut places = places::Places::new(window, &streams);
    let index = listing::Index::new(entries, &nodes, &checked, &ids, window, &mut places);
    let unlisted = entries.iter().map(|entry| {
        let place = places::of_entry(entry)?;
        let (status, reason) = places.unlisted(place);
        Some(Weighed::new(status, reason))
    });
    let unlisted = unlisted.collect();
    Ok(Attested { settings, window, nodes, checked, ids, streams, index, unlisted })
}

impl Attested {
    /// The window that is judged.
    pub fn window(&self) -> Window {
        self.window
    }

    /// What a valid digest lists for an entry.
    pub fn expects(&self, entry: usize) -> Option<Expected<'_>> {
        let (_, listing) = self.index.of(entry).next()?;
        let (listed, id) = (listing.of(&self.nodes)?, self.ids.get(listing.node)?);
        Some(Expected {
            sha256: listed.sha256.as_ref(),
            digest: listing.node,
            account: &id.account,
            region: &id.region,
            oldest: listed.events.1,
            newest: listed.events.0,
        })
    }

    /// What the bytes just read are. Call it before parsing, from any thread.
    pub fn weigh(&self, entry: usize, content: &Content) -> Weighed {
        self.standing(&LogSeen::of(entry, content))
    }

    /// What a file is, from what was seen of it. Where several listings speak of it, the worst counts.
    pub fn standing(&self, seen: &LogSeen) -> Weighed {
        let against = self.index.of(seen.entry).filter_map(|(_, listing)| listing.of(&self.nodes));
        let listed = against.map(|listed| compare(listed.sha256.as_ref(), &seen.fate));
        let worst = listed.max_by_key(|(status, _)| status.class(""));
        match worst {
            Some((status, reason)) => Weighed::new(status, reason),
            None => self
                .unlisted
                .get(seen.entry)
                .copied()
                .flatten()
                .unwrap_or(Weighed::new(Status::Unverified, words::NO_DIGEST)),
        }
    }

    /// Whether the report needs this entry to be read.
    pub fn wants(&self, entry: usize) -> bool {
        let mut listed = self.index.of(entry).peekable();
        if listed.peek().is_some() {
            return listed.any(|(_, listing)| listing.selected);
        }
        self.unlisted.get(entry).copied().flatten().is_some_and(|weighed| in_scope(&weighed))
    }

    /// A digest by number, for [`Expected::digest`].
    pub fn digest(&self, number: usize) -> Option<DigestFacts<'_>> {
        let (node, checked) = (self.nodes.get(number)?, self.checked.get(number)?);
        let proof = checked.proof.as_ref().filter(|_| checked.is_valid());
        let text = node.digest().zip(node.sha256.as_ref());
        Some(DigestFacts {
            entry: node.copies.first().copied()?,
            key: node.key(),
            stream: self.ids.get(number)?,
            span: node.span(),
            sha256: node.sha256,
            status: checked.status(),
            reason: checked.fault.as_ref().map_or("", |fault| fault.reason),
            proof,
            signer: proof.and_then(|proof| self.settings.keys.all().get(proof.key)),
            signed_text: text.map(|(digest, sha256)| signing::signed_text(digest, sha256)),
        })
    }

    /// Numbers of the digests that were read: `0..digests()`.
    pub fn digests(&self) -> usize {
        self.nodes.len()
    }

    /// Reads, inflates and hashes the log files that the report needs. Workers take whole files; `done` is called for each
    /// with its stored size.
    ///
    /// # Errors
    /// `Kind::Internal` when a worker died.
    pub fn read_logs(
        &self,
        entries: &[Entry],
        threads: usize,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<LogSeen>> {
        let wanted: Vec<usize> = (0..entries.len()).filter(|number| self.wants(*number)).collect();
        let work = |reader: &mut Reader, number: usize| {
            let number = *wanted.get(number)?;
            let entry = entries.get(number)?;
            let seen = match &entry.obstacle {
                Some(Obstacle::Lost(_, detail)) => LogSeen::lost(number, detail),
                Some(Obstacle::Passed(reason)) => LogSeen::lost(number, reason),
                None => match reader.read(entry) {
                    Ok(content) => {
                        done(content.stored);
                        LogSeen::of(number, content)
                    }
                    Err(error) => LogSeen::failed(number, &error),
                },
            };
            Some(seen)
        };
        Ok(reading::each(wanted.len(), threads, &work, MAX_CONTENT)?.into_iter().flatten().collect())
    }
}

/// Whether what is not listed is part of the report.
fn in_scope(weighed: &Weighed) -> bool {
    !matches!(weighed.reason, words::OUTSIDE_WINDOW | words::NOT_LISTED_KIND)
}

/// What a file is against what a digest lists (cloudtrail-integrity §6).
fn compare(expected: Option<&[u8; 32]>, fate: &Fate) -> (Status, &'static str) {
    match (fate, expected) {
        (Fate::Unreadable(_), _) => (Status::Unverified, words::UNREADABLE),
        (Fate::TooLarge, _) => (Status::Unverified, words::TOO_LARGE),
        (Fate::Read { fault: Some((status, reason)), .. }, _) => (*status, reason),
        (Fate::Read { .. }, None) => (Status::Unverified, words::UNSUPPORTED_ALGORITHM),
        (Fate::Read { sha256, .. }, Some(expected)) if sha256 == expected => (Status::Valid, ""),
        (Fate::Read { gzip: false, .. }, _) => (Status::Invalid, words::NOT_GZIP),
        (Fate::Read { .. }, _) => (Status::Invalid, words::HASH_MISMATCH),
    }
}

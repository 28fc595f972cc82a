//! Reading digests and their sidecars (cloudtrail-integrity §6, §7). Comes in: entries. Goes out: one node for each
//! content of a digest, with the first fault of reading, fields and place. It verifies no signature.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::file::{self, Digest, Parsed};
use super::words::{self, Status};
use super::{Settings, encoding};
use crate::clock::{self, DAY, HOUR, Seconds};
use crate::error::{Error, Kind, Result};
use crate::sources::inflate::Damage;
use crate::sources::{Content, Entry, Obstacle, Reader, folder, names};

/// Largest digest that is read, stored or uncompressed.
const MOST: usize = 64 << 20;
/// Largest sidecar that is read.
const MOST_SIDECAR: u64 = 1 << 20;
/// Digests that lie so far outside the window are read too: their links and lists speak of it.
const BEFORE: Seconds = 2 * HOUR;
const AFTER: Seconds = DAY + 2 * HOUR;

/// Does some work for each number, with so many threads; results in order.
///
/// # Errors
/// `Kind::Internal` when a worker died.
pub(super) fn each<T: Send>(
    count: usize,
    threads: usize,
    work: &(dyn Fn(&mut Reader, usize) -> T + Sync),
    most: usize,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let (mut reader, mut done) = (Reader::at_most(most), Vec::new());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return done;
            }
            done.push((number, work(&mut reader, number)));
        }
    };
    let threads = threads.min(count);
    if threads <= 1 {
        return Ok(worker().into_iter().map(|(_, result)| result).collect());
    }
    let parts: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut all = Vec::with_capacity(count);
    for part in parts {
        all.extend(part.map_err(|_| {
            Error::new(Kind::Internal, "a reading thread stopped")
                .hint("this is a fault of the program: please report it")
        })?);
    }
    all.sort_unstable_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

/// The parts of a digest's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub account: String,
    pub region: String,
    pub trail: String,
    pub home: String,
    pub backfill: bool,
    pub end: Seconds,
}

impl Name {
    pub(super) fn of(path: &str) -> Option<Name> {
        names::digest(path).map(|name| Name {
            account: name.account.to_owned(),
            region: name.region.to_owned(),
            trail: name.trail.to_owned(),
            home: name.home.to_owned(),
            backfill: name.backfill,
            end: name.end,
        })
    }
}

/// Why a digest is not looked at any further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub status: Status,
    pub reason: &'static str,
    pub detail: String,
}

/// One content of a digest; byte-identical copies are one node.
#[derive(Debug)]
pub(super) struct Node {
    pub copies: Vec<usize>,
    pub name: Name,
    pub stem: String,
    pub sha256: Option<[u8; 32]>,
    pub plain: bool,
    pub parsed: Parsed,
    pub fault: Option<Fault>,
    pub metadata: Vec<Metadata>,
    pub relocated: bool,
}

impl Node {
    pub(super) fn digest(&self) -> Option<&Digest> {
        self.parsed.digest.as_ref()
    }

    /// The deliveries it speaks of; by its name where it cannot be read.
    pub(super) fn span(&self) -> (Seconds, Seconds) {
        match self.digest() {
            Some(digest) if self.fault.is_none() => (digest.start, digest.end),
            _ => (self.name.end - HOUR, self.name.end),
        }
    }

    /// Where it was put; its base name where that is not known.
    pub(super) fn key(&self) -> &str {
        match self.digest() {
            Some(digest) if self.fault.is_none() => &digest.object,
            _ => &self.stem,
        }
    }

    /// When a backfill digest was made, as its metadata says.
    pub(super) fn generated(&self) -> Option<Seconds> {
        self.metadata.iter().find_map(|metadata| metadata.generated)
    }
}

/// A signature as a text gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signature {
    Bytes(Vec<u8>),
    Malformed,
}

impl Signature {
    pub(super) fn of(text: &str) -> Signature {
        encoding::from_hex(text.trim())
            .filter(|bytes| !bytes.is_empty())
            .map_or(Signature::Malformed, Signature::Bytes)
    }
}

/// The metadata of a digest's object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    pub signature: Option<Signature>,
    pub algorithm: Option<String>,
    pub generated: Option<Seconds>,
}

/// Numbers of the entries that are digests to read, by name: those near the window, and of each chain the next one
/// behind, whose signature of its predecessor may be needed.
pub(super) fn wanted(entries: &[Entry], from: Option<Seconds>, until: Option<Seconds>) -> Vec<usize> {
    let mut wanted = Vec::new();
    let mut next: BTreeMap<Name, (Seconds, Vec<usize>)> = BTreeMap::new();
    let passed = |entry: &Entry| matches!(entry.obstacle, Some(Obstacle::Passed(_)));
    for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| !passed(entry)) {
        let Some(name) = Name::of(&entry.name) else { continue };
        let end = name.end;
        if from.is_some_and(|from| end <= from - BEFORE) {
            continue;
        }
        if until.is_none_or(|until| end < until + AFTER) {
            wanted.push(number);
            continue;
        }
        let slot = next.entry(Name { end: 0, ..name }).or_insert((end, Vec::new()));
        if end < slot.0 {
            *slot = (end, Vec::new());
        }
        if end == slot.0 {
            slot.1.push(number);
        }
    }
    wanted.extend(next.into_values().flat_map(|(_, numbers)| numbers));
    let name = |number: &usize| entries.get(*number).map(|entry| entry.name.as_str());
    wanted.sort_by(|one, other| name(one).cmp(&name(other)));
    wanted
}

/// What copies of one node share: name, content, and the first fault.
type Same = (String, Option<[u8; 32]>, Option<&'static str>);

/// Reads these digests. Copies of one content become one node.
///
/// # Errors
/// `Kind::Internal` when a worker died.
pub(super) fn read(
    entries: &[Entry],
    wanted: &[usize],
    settings: &Settings,
    threads: usize,
) -> Result<Vec<Node>> {
    let sidecars = sidecars(entries);
    let work = |reader: &mut Reader, number: usize| {
        let entry_number = wanted.get(number).copied()?;
        let entry = entries.get(entry_number)?;
        let mut node = one(reader, entry, settings)?;
        node.copies.push(entry_number);
        node.metadata = metadata(entry, entries, &sidecars);
        Some(node)
    };
    let read = each(wanted.len(), threads, &work, MOST)?;
    let mut nodes: Vec<Node> = Vec::new();
    let mut known: BTreeMap<Same, usize> = BTreeMap::new();
    for node in read.into_iter().flatten() {
        let key = (node.stem.clone(), node.sha256, node.fault.as_ref().map(|fault| fault.reason));
        match known.get(&key).and_then(|number| nodes.get_mut(*number)) {
            Some(first) if node.sha256.is_some() => first.merge(node),
            _ => {
                known.insert(key, nodes.len());
                nodes.push(node);
            }
        }
    }
    Ok(nodes)
}

impl Node {
    fn merge(&mut self, other: Node) {
        self.copies.extend(other.copies);
        self.plain &= other.plain;
        self.relocated &= other.relocated;
        for metadata in other.metadata {
            if !self.metadata.contains(&metadata) {
                self.metadata.push(metadata);
            }
        }
    }
}

/// Reads one digest; `None` when the entry is none.
fn one(reader: &mut Reader, entry: &Entry, settings: &Settings) -> Option<Node> {
    let mut node = Node {
        copies: Vec::new(),
        name: Name::of(&entry.name)?,
        stem: names::stem(&entry.name).to_owned(),
        sha256: None,
        plain: false,
        parsed: Parsed::default(),
        fault: None,
        metadata: Vec::new(),
        relocated: false,
    };
    let unread = |reason, detail| Some(Fault { status: Status::Unverified, reason, detail });
    match &entry.obstacle {
        Some(Obstacle::Lost(_, detail)) => node.fault = unread(words::UNREADABLE, detail.clone()),
        Some(Obstacle::Passed(reason)) => node.fault = unread(words::UNREADABLE, (*reason).to_owned()),
        None => match reader.read(entry) {
            Ok(content) => node.take(content),
            Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                node.fault = unread(words::TOO_LARGE, String::new());
            }
            Err(error) => node.fault = unread(words::UNREADABLE, folder::io_words(&error)),
        },
    }
    node.place(entry, settings);
    Some(node)
}

/// What speaks against the gzip form of a file; the same for digests and log files.
pub(super) fn stored_fault(content: &Content) -> Option<(Status, &'static str)> {
    match content.damage.filter(|_| !content.tail_damaged) {
        Some(Damage::TooLarge) => Some((Status::Unverified, words::TOO_LARGE)),
        Some(Damage::Cut) => Some((Status::Invalid, words::TRUNCATED)),
        Some(Damage::Broken) => Some((Status::Invalid, words::DAMAGED)),
        None => content.trailing.then_some((Status::Invalid, words::TRAILING_DATA)),
    }
}

impl Node {
    fn take(&mut self, content: &Content) {
        self.plain = !content.gzip;
        self.sha256 = Some(content.sha256);
        let stored = stored_fault(content);
        if stored.is_none_or(|(_, reason)| reason == words::TRAILING_DATA) {
            self.parsed = file::parse(content.bytes.get(..content.attested_end).unwrap_or_default());
        }
        let written = self.parsed.fault.clone();
        self.fault = match (stored, written) {
            (Some((status, reason)), _) => Some(Fault { status, reason, detail: String::new() }),
            (None, Some((reason, detail))) => Some(Fault { status: Status::Invalid, reason, detail }),
            (None, None) => None,
        };
    }

    /// Base name and account must be those that the digest states; in S3 bucket and key too.
    fn place(&mut self, entry: &Entry, settings: &Settings) {
        let Some(digest) = self.parsed.digest.as_ref().filter(|_| self.fault.is_none()) else {
            return;
        };
        let elsewhere = match &entry.object {
            Some(object) => {
                let bucket =
                    object.bucket == digest.bucket || settings.original_buckets.contains(&digest.bucket);
                object.key != digest.object || !bucket
            }
            None => self.stem != names::stem(&digest.object),
        };
        self.relocated = entry.object.is_none() && !names::same_folder(&entry.name, &digest.object);
        if elsewhere || digest.account != self.name.account {
            let detail = format!("it says that it was put at {}/{}", digest.bucket, digest.object);
            self.fault = Some(Fault { status: Status::Invalid, reason: words::LOCATION_MISMATCH, detail });
        } else if digest.algorithm != words::SHA256_WITH_RSA {
            let detail = digest.algorithm.clone();
            self.fault =
                Some(Fault { status: Status::Unverified, reason: words::UNSUPPORTED_ALGORITHM, detail });
        }
    }
}

/// Entries that are sidecars, by name.
fn sidecars(entries: &[Entry]) -> BTreeMap<&str, usize> {
    let is_sidecar = |(_, entry): &(usize, &Entry)| entry.name.ends_with(names::SIDECAR);
    let named = entries.iter().enumerate().filter(is_sidecar);
    named.map(|(number, entry)| (entry.name.as_str(), number)).collect()
}

/// The sidecars of a digest, also where one of the two was stored without `.gz`.
fn metadata(entry: &Entry, entries: &[Entry], sidecars: &BTreeMap<&str, usize>) -> Vec<Metadata> {
    let bare = entry.name.strip_suffix(".gz").unwrap_or(&entry.name);
    let names = [format!("{bare}{}", names::SIDECAR), format!("{bare}.gz{}", names::SIDECAR)];
    let found = names.iter().filter_map(|name| entries.get(*sidecars.get(name.as_str())?));
    found.map(sidecar).collect()
}

/// Reads one sidecar; one that cannot be read has no signature.
fn sidecar(entry: &Entry) -> Metadata {
    use std::io::Read;
    let mut text = String::new();
    let read = std::fs::File::open(&entry.path)
        .and_then(|file| file.take(MOST_SIDECAR).read_to_string(&mut text))
        .ok()
        .filter(|_| entry.obstacle.is_none());
    let value: Option<Value> =
        read.and_then(|_| serde_json::from_str(text.trim_start_matches('\u{feff}')).ok());
    value.map(|value| written(&value)).unwrap_or_default()
}

/// The metadata in either form of a sidecar; names of any case, with or without `x-amz-meta-`.
fn written(value: &Value) -> Metadata {
    let whole = value.as_object().into_iter().flatten();
    let inner = whole.clone().find(|(name, _)| name.eq_ignore_ascii_case("Metadata"));
    let inner = inner.and_then(|(_, value)| value.as_object());
    let mut metadata = Metadata::default();
    for (name, value) in inner.into_iter().flatten().chain(whole) {
        let name = name.to_ascii_lowercase();
        let text = value.as_str().unwrap_or_default();
        match name.strip_prefix("x-amz-meta-").unwrap_or(&name) {
            "signature" => metadata.signature = metadata.signature.or(Some(Signature::of(text))),
            "signature-algorithm" => metadata.algorithm = metadata.algorithm.or(Some(text.to_owned())),
            "backfill-generation-timestamp" => {
                metadata.generated = metadata.generated.or(clock::parse(text));
            }
            _ => {}
        }
    }
    metadata
}

//! The report (cloudtrail-integrity §11): one object, the same bytes for the same input and options. Renderers draw this
//! and nothing else. It holds text of files, which is hostile: JSON escapes it, others must.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::Finding;
use super::chains::StreamId;
use super::words::{Class, Status};

/// Name and version of the form.
pub const SCHEMA: &str = "trailwitness-integrity/1";

/// Everything that came out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Who made it.
    pub tool: Tool,
    /// When, if the caller says so; nothing here reads the clock.
    pub generated_at: Option<String>,
    /// Where the files came from, in the caller's words.
    pub source: Vec<String>,
    /// What was judged.
    pub window: WindowFacts,
    /// Every key supplied, in order of use.
    pub keys: Vec<KeyFacts>,
    /// Every stream seen or expected, in order.
    pub streams: Vec<StreamFacts>,
    /// Digests, log files and paths that are not plainly fine; all when so asked.
    pub objects: Vec<Object>,
    /// What was found beside the status of files.
    pub findings: Vec<Finding>,
    /// Sidecars whose absence leaves digests without a signature.
    pub missing_sidecars: Vec<MissingSidecar>,
    /// Accepted with a reason.
    pub exceptions: Vec<Exception>,
    /// Sums over all streams.
    pub totals: Totals,
    /// `VERIFIED`, `VERIFIED WITH EXCEPTIONS`, `INCOMPLETE` or `FAILED`.
    pub verdict: &'static str,
    /// 0, 3 or 1.
    pub exit: u8,
}

/// The program.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// What was judged.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowFacts {
    /// Start.
    pub from: String,
    /// End, exclusive.
    pub to: String,
    /// Whether the start was asked for; otherwise it is the first thing seen.
    pub from_given: bool,
    /// Whether the end was asked for; otherwise it is the last thing seen, and what came later is unproven.
    pub to_given: bool,
    /// Minutes after the end in which deliveries still count.
    pub allowance_minutes: i64,
}

/// One public key.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyFacts {
    /// Fingerprint under which it was supplied.
    pub fingerprint: String,
    /// SHA-256 of its DER.
    pub sha256: String,
    /// Start of its validity.
    pub valid_from: Option<String>,
    /// End of its validity.
    pub valid_to: Option<String>,
    /// Region it is bound to.
    pub region: Option<String>,
    /// File it came from.
    pub source: String,
    /// SHA-256 of that file.
    pub source_sha256: String,
    /// Whether it can be used.
    pub usable: bool,
    /// Digests of the window that it verified.
    pub verified: u64,
}

/// One stream.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamFacts {
    /// Its parts.
    pub identity: Identity,
    /// The stream in one line, as findings and objects name it.
    pub label: String,
    /// Its chains of valid digests.
    pub chains: Vec<ChainFacts>,
    /// From when deliveries are attested.
    pub attested_from: Option<String>,
    /// Up to when deliveries are attested, gaps apart.
    pub attested_to: Option<String>,
    /// By day and hour.
    pub coverage: Coverage,
    /// Its sums.
    pub totals: Totals,
}

/// Parts of a stream; a trail is not known where no digest is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// `o-…`.
    pub organization: Option<String>,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Trail.
    pub trail: Option<String>,
    /// Home region of the trail.
    pub home_region: Option<String>,
}

impl Identity {
    pub(super) fn of(id: &StreamId) -> Identity {
        Identity {
            organization: id.organization.clone(),
            account: id.account.clone(),
            region: id.region.clone(),
            trail: Some(id.trail.clone()),
            home_region: Some(id.home.clone()),
        }
    }
}

/// A run of linked valid digests.
#[derive(Debug, Clone, Serialize)]
pub struct ChainFacts {
    /// `hourly` or `backfill`.
    pub kind: &'static str,
    /// Start of its first digest.
    pub first: String,
    /// End of its last digest.
    pub last: String,
    /// How many.
    pub digests: usize,
    /// It began anew behind another chain.
    pub restart: bool,
}

/// States by day, and by runs of hours.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// Day to state.
    #[serde(serialize_with = "as_map")]
    pub days: Vec<(String, &'static str)>,
    /// Hours of one state together.
    pub hours: Vec<HourFacts>,
}

fn as_map<S: Serializer>(days: &[(String, &'static str)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(days.len()))?;
    for (day, state) in days {
        map.serialize_entry(day, state)?;
    }
    map.end()
}

/// Hours of one state.
#[derive(Debug, Clone, Serialize)]
pub struct HourFacts {
    /// Start.
    pub from: String,
    /// End.
    pub to: String,
    /// `attested`, `attested-empty`, `partial`, `stopped`, `lost`, `not-attested` or `absent`.
    pub state: &'static str,
}

/// A digest, a log file, or a path that could not be looked into.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Object {
    /// `digest`, `backfill-digest`, `log` or `path`.
    pub kind: &'static str,
    /// Stream, as its label; of a log file that no digest lists, account and region.
    pub stream: String,
    /// Key as a digest states it; the base name where none does.
    pub key: String,
    /// Name of its entry; none when it is missing.
    pub path: Option<String>,
    /// End of a digest, delivery of a log file, as names tell.
    pub time: Option<String>,
    /// `valid`, `invalid`, `missing`, `unverified`, `uncovered` or `unlisted`.
    pub status: &'static str,
    /// Stable word; empty when there is nothing to add.
    pub reason: &'static str,
    /// `fine`, `warning`, `accepted`, `incomplete` or `failure`.
    pub class: &'static str,
    /// SHA-256 that a valid digest states.
    pub expected_sha256: Option<String>,
    /// SHA-256 of what is here.
    pub actual_sha256: Option<String>,
    /// Key of the digest that lists it.
    pub digest: Option<String>,
    /// `metadata` or `successor`.
    pub signature_source: Option<&'static str>,
    /// More, for people.
    pub detail: String,
}

impl Object {
    /// `invalid: hash-mismatch`.
    pub fn words(&self) -> String {
        joined(self.status, self.reason)
    }
}

/// Status and reason as text and JSON say them.
pub(super) fn said(status: Status, reason: &str) -> String {
    joined(status.word(), reason)
}

fn joined(status: &str, reason: &str) -> String {
    if reason.is_empty() { status.to_owned() } else { format!("{status}: {reason}") }
}

/// A digest without a signature, and what its sidecar would attest.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingSidecar {
    /// Name of the digest's entry.
    pub digest: String,
    /// File that would hold its metadata.
    pub sidecar: String,
    /// Keys of the log files it lists.
    pub logs: Vec<String>,
}

/// Something accepted with a reason.
#[derive(Debug, Clone, Serialize)]
pub struct Exception {
    /// Status or finding, with its reason.
    pub accepts: String,
    /// Why.
    pub text: String,
    /// How many objects and findings it took.
    pub count: u64,
}

/// Counts of digests or listed log files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// Proven.
    pub valid: u64,
    /// Proven by a successor's word.
    pub by_successor: u64,
    /// Proven to be something else.
    pub invalid: u64,
    /// Not here.
    pub missing: u64,
    /// Cannot be told.
    pub unverified: u64,
}

impl Counts {
    pub(super) fn add(&mut self, status: Status, by_successor: bool) {
        self.total += 1;
        self.by_successor += u64::from(by_successor);
        match status {
            Status::Valid => self.valid += 1,
            Status::Invalid => self.invalid += 1,
            Status::Missing => self.missing += 1,
            _ => self.unverified += 1,
        }
    }

    fn plus(&mut self, other: &Counts) {
        self.total += other.total;
        self.valid += other.valid;
        self.by_successor += other.by_successor;
        self.invalid += other.invalid;
        self.missing += other.missing;
        self.unverified += other.unverified;
    }
}

/// Sums of a stream, or of all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Hourly digests.
    pub digests: Counts,
    /// Backfill digests.
    pub backfill_digests: Counts,
    /// Log files that valid digests list.
    pub logs: Counts,
    /// Log files of hours that no valid digest attests, by reason.
    pub uncovered: BTreeMap<&'static str, u64>,
    /// Log files that no digest lists though their hour is attested.
    pub unlisted: u64,
    /// Copies of verified files.
    pub duplicates: u64,
    /// Paths that could not be looked into.
    pub unreadable_paths: u64,
    /// Log files outside the window.
    pub outside_window: u64,
    /// Files of folders that no digest speaks of, and everything else.
    pub other_files: u64,
    /// Digests in another folder than the one they were put in.
    pub relocated: u64,
    /// Findings and objects by class.
    pub classes: BTreeMap<&'static str, u64>,
}

impl Totals {
    pub(super) fn plus(&mut self, other: &Totals) {
        self.digests.plus(&other.digests);
        self.backfill_digests.plus(&other.backfill_digests);
        self.logs.plus(&other.logs);
        for (reason, count) in &other.uncovered {
            *self.uncovered.entry(reason).or_default() += count;
        }
        self.unlisted += other.unlisted;
        self.duplicates += other.duplicates;
        self.relocated += other.relocated;
        for (class, count) in &other.classes {
            *self.classes.entry(class).or_default() += count;
        }
    }

    pub(super) fn class(&mut self, class: Class) {
        if class != Class::Fine {
            *self.classes.entry(class.word()).or_default() += 1;
        }
    }

    /// Log files that no valid digest attests.
    pub fn uncovered(&self) -> u64 {
        self.uncovered.values().sum()
    }
}

//! The completeness part of the model: source, boxes, coverage, losses, scope, files.

use serde::{Deserialize, Serialize};

use super::{Fact, Listing};

/// The completeness section (evidence-bundle §6.4).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Completeness {
    /// One sentence: is it all there?
    pub sentence: String,
    /// The statement of source: system, what the records are, how extracted, filters, how to repeat.
    pub statement: Vec<Fact>,
    /// What signed digests say of the log files.
    pub integrity: Integrity,
    /// The boxes; each line adds up.
    pub reconciliation: Vec<BoxLine>,
    /// One strip for each account × region × table × class.
    pub strips: Vec<Strip>,
    /// Hours that are not proven, as spans.
    pub gaps: Listing<CoverageGap>,
    /// Files and records that could not be read or understood, by kind.
    pub losses: Listing<Loss>,
    /// Tables, accounts and regions seen but not declared, or declared but never seen.
    pub scope_differences: Vec<ScopeDifference>,
    /// Changes of logging found in the records (stops, starts, selectors).
    pub logging_changes: Listing<LoggingChange>,
    /// Accesses by identity grade; sums to the accesses in the window.
    pub grades: Vec<GradeShare>,
    /// Files by outcome and trust.
    pub files: Vec<Share>,
    /// The input files themselves (first ones).
    pub file_rows: Listing<FileRow>,
    /// Accesses per day by kind, over all objects in the audit.
    pub per_day: Vec<DayKinds>,
    /// Accesses by operation and region.
    pub operations: Vec<OperationRegion>,
}

/// The integrity part: the check of log files against signed digests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Integrity {
    /// What it came to.
    pub sentence: String,
    /// Verdict, window, counts.
    pub facts: Vec<Fact>,
    /// Public keys supplied: the root of trust.
    pub keys: Vec<IntegrityKey>,
    /// Streams seen or expected.
    pub streams: Vec<IntegrityStream>,
    /// What was found beside the status of files.
    pub findings: Listing<IntegrityFinding>,
    /// Digests and log files that are not plainly fine.
    pub objects: Listing<IntegrityObject>,
}

/// A public key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IntegrityKey {
    /// Fingerprint.
    pub fingerprint: String,
    /// SHA-256 of its DER.
    pub sha256: String,
    /// Validity.
    pub window: String,
    /// Region it is bound to.
    pub region: String,
    /// File it came from, with its SHA-256.
    pub source: String,
    /// Digests it verified.
    pub verified: u64,
}

/// One trail's deliveries of one account and region.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IntegrityStream {
    /// Account, region, trail, home region.
    pub label: String,
    /// Deliveries attested.
    pub attested: String,
    /// Chains of digests.
    pub chains: u64,
    /// Valid digests.
    pub digests: u64,
    /// Digests that should be here.
    pub of_digests: u64,
    /// Valid log files.
    pub logs: u64,
    /// Log files that valid digests list.
    pub of_logs: u64,
}

/// Something found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IntegrityFinding {
    /// `failure`, `incomplete`, `accepted` or `warning`.
    pub class: String,
    /// Stable word.
    pub id: String,
    /// Stream.
    pub stream: String,
    /// Start; empty when it has none.
    pub from: String,
    /// End.
    pub to: String,
    /// For people.
    pub text: String,
}

/// A file that is not plainly fine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IntegrityObject {
    /// `failure`, `incomplete`, `accepted` or `warning`.
    pub class: String,
    /// `digest`, `log` …
    pub kind: String,
    /// Status and reason.
    pub words: String,
    /// Name in its source.
    pub path: String,
    /// More.
    pub detail: String,
}

/// One line of the reconciliation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxLine {
    /// What is counted.
    pub step: String,
    /// The count.
    pub count: u64,
    /// How it adds up, in words and numbers.
    pub check: String,
    /// Whether the sum holds.
    pub holds: bool,
}

/// A coverage strip: the states of all hours of the window for one account × region × table × class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Strip {
    /// Account number.
    pub account: String,
    /// Region.
    pub region: String,
    /// Table name, or `all management calls`.
    pub table: String,
    /// `read`, `write`, `stream` or `management`.
    pub class: String,
    /// Hours of the window.
    pub hours: u64,
    /// Hours proven: selected, delivered, not stopped.
    pub proven: u64,
    /// Runs of equal state that follow each other and fill the window.
    pub spans: Vec<StateSpan>,
}

/// A run of hours in one state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StateSpan {
    /// One of `verified`, `delivered`, `damaged`, `silent`, `stopped`, `not-selected`, `unknown`, `tail`.
    pub state: String,
    /// First hour, counted from the start of the window.
    pub first_hour: u64,
    /// Number of hours.
    pub hours: u64,
}

/// A span of unproven hours.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CoverageGap {
    /// Account number.
    pub account: String,
    /// Region.
    pub region: String,
    /// Table name, or `all management calls`.
    pub table: String,
    /// Class.
    pub class: String,
    /// Start of the span.
    pub from: String,
    /// End of the span.
    pub to: String,
    /// Hours.
    pub hours: u64,
    /// State word.
    pub state: String,
    /// Cause if known, in words.
    pub cause: String,
    /// Tests it touches.
    pub tests: Vec<String>,
}

/// Something that could not be read or understood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    /// Kind in words.
    pub kind: String,
    /// File, as a path relative to its source.
    pub file: String,
    /// Place in the file, or empty.
    pub position: String,
    /// What is known.
    pub detail: String,
    /// How many.
    pub count: u64,
}

/// A difference between the declared scope and what was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScopeDifference {
    /// `seen, not declared`, `declared, never seen`, or that no such table was found.
    pub what: String,
    /// `table`, `account` or `region`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Accesses (0 for never seen).
    pub count: u64,
}

/// A change of logging found in the records.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoggingChange {
    /// Time.
    pub time: String,
    /// Account number.
    pub account: String,
    /// Region.
    pub region: String,
    /// `StopLogging`, `StartLogging`, `PutEventSelectors` …
    pub operation: String,
    /// Trail name or ARN.
    pub trail: String,
    /// Who did it.
    pub person: String,
    /// What it means for coverage.
    pub meaning: String,
    /// Citation.
    pub citation: String,
}

/// Accesses of one identity grade.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GradeShare {
    /// `A` to `E`, `service` or `root`.
    pub grade: String,
    /// Meaning in words.
    pub meaning: String,
    /// Accesses.
    pub accesses: u64,
    /// Distinct people or principals.
    pub principals: u64,
}

/// A named amount.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// What is counted.
    pub label: String,
    /// Amount.
    pub count: u64,
}

/// One input file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileRow {
    /// `F-00001`.
    pub id: String,
    /// Path relative to its source.
    pub path: String,
    /// `read`, `skipped: …` or `failed: …`.
    pub outcome: String,
    /// `unverified (…)` or `altered (…)` or `verified`.
    pub trust: String,
    /// Records parsed.
    pub records: u64,
    /// SHA-256 of the content (uncompressed).
    pub sha256: String,
}

/// Accesses of one day by kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DayKinds {
    /// `2026-03-02`.
    pub day: String,
    /// Done reads.
    pub reads: u64,
    /// Done writes.
    pub writes: u64,
    /// Done deletes.
    pub deletes: u64,
    /// Done administration.
    pub admin: u64,
    /// Refused.
    pub refused: u64,
    /// Failed otherwise.
    pub failed: u64,
}

/// Accesses of one operation in one region.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationRegion {
    /// Operation as logged.
    pub operation: String,
    /// Region.
    pub region: String,
    /// Accesses.
    pub accesses: u64,
    /// Of these refused.
    pub refused: u64,
}

#[cfg(test)]
impl Integrity {
    /// A failed check with one row of each kind, for tests of pages; `text` stands where files may speak.
    pub(crate) fn example(text: &str) -> Integrity {
        fn list<T>(rows: Vec<T>, total: u64) -> Listing<T> {
            Listing { rows, total, file: "data/integrity.json".into(), sha256: "cd".repeat(32) }
        }
        Integrity {
            sentence: "Integrity FAILED: something is altered or lost. 24 of 25 digests are valid, 95 of 96 log files they list are here as they were delivered.".into(),
            facts: vec![Fact { label: "Verdict".into(), value: "FAILED".into() }],
            keys: vec![IntegrityKey {
                fingerprint: "5df9d0a893c204c14084357d2f60ecfb".into(),
                sha256: "ab".repeat(32),
                window: "2026-02-01T00:00:00Z to 2026-03-03T00:00:00Z".into(),
                region: "us-east-1".into(),
                source: "us-east-1.json (0123)".into(),
                verified: 24,
            }],
            streams: vec![IntegrityStream {
                label: "111122223333/us-east-1/audit-trail/us-east-1".into(),
                attested: "2026-03-01T00:18:31Z to 2026-03-02T00:18:31Z".into(),
                chains: 1,
                digests: 24,
                of_digests: 25,
                logs: 95,
                of_logs: 96,
            }],
            findings: list(
                vec![IntegrityFinding {
                    class: "incomplete".into(),
                    id: "gap-digest".into(),
                    stream: "111122223333/us-east-1/audit-trail/us-east-1".into(),
                    from: "2026-03-01T11:18:31Z".into(),
                    to: "2026-03-01T12:18:31Z".into(),
                    text: text.to_owned(),
                }],
                120,
                            ),
            objects: list(
                vec![IntegrityObject {
                    class: "failure".into(),
                    kind: "log".into(),
                    words: "invalid: hash-mismatch".into(),
                    path: "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/111122223333_CloudTrail_us-east-1_20260301T0515Z_d9ba6a04568afa67.json.gz".into(),
                    detail: String::new(),
                }],
                1,
                            ),
        }
    }
}

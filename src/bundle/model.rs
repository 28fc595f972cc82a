//! The finished bundle as one model: every figure that a document shows, already counted, sorted, masked and cut.
//! Comes in: what `bundle` assembled. Goes out: HTML and PDF, which draw it and nothing else.
//! Renderers never count, sort or judge; numbers are plain integers here and get thin-space thousands when drawn.

mod completeness;
mod dossier;
mod individuals;

use serde::{Deserialize, Serialize};

pub use completeness::*;
pub use dossier::*;
pub use individuals::*;

pub use crate::verdicts::Word;

/// Everything that documents show.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Identity of the bundle and the audit, printed on covers and page edges.
    pub head: Head,
    /// One page: the answer first.
    pub summary: Summary,
    /// Where the records came from and whether they are all there.
    pub completeness: Completeness,
    /// One entry a requirement, in the order of the standard's numbers.
    pub requirements: Vec<Requirement>,
    /// The exceptions register: one entry a group (test, cause, subject), worst first.
    pub exceptions: Listing<ExceptionGroup>,
    /// One dossier a person, workload or unresolved principal, in the order of users. While a bundle is drawn, only the one
    /// being drawn is whole; of the others, what lists and links show.
    pub people: Vec<Dossier>,
    /// How far accesses lead to individuals, and how those stand to the roster.
    #[serde(default)]
    pub individuals: Individuals,
    /// Limits of the evidence (appendix B), only those that apply.
    pub limits: Vec<Limit>,
    /// Effective parameters after defaults: name and value.
    pub parameters: Vec<Fact>,
    /// The packs that ran.
    pub packs: Vec<PackFacts>,
    /// Data files of the bundle: path, rows, SHA-256.
    pub data_files: Vec<DataFile>,
    /// Explanations of terms, for the glossary page.
    pub glossary: Vec<Fact>,
}

/// Identity of the bundle and of the audit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Folder name of the bundle.
    pub bundle_id: String,
    /// SHA-256 over data/, rules/ and inputs/, 64 hex digits.
    pub content_digest: String,
    /// Organisation under audit.
    pub entity: String,
    /// System under audit.
    pub system: String,
    /// For example `CONFIDENTIAL - contains personal data`.
    pub classification: String,
    /// One line: redaction profile and what it means.
    pub redaction: String,
    /// Start of the window, `2026-03-02T00:00:00Z`.
    pub window_from: String,
    /// End of the window (exclusive).
    pub window_to: String,
    /// Length of the window in hours.
    pub window_hours: u64,
    /// Reporting time zone, for example `Europe/Dublin`.
    pub zone: String,
    /// The window in the reporting zone, one line.
    pub window_local: String,
    /// The only "today" that rules and documents know.
    pub as_of: String,
    /// Preparer as given in audit.toml.
    pub prepared_by: String,
    /// Contact as given, or `none given`.
    pub contact: String,
    /// Request reference as given, or `none given`.
    pub reference: String,
    /// `trailwitness 0.1.0`.
    pub generator: String,
    /// One line a pack: `PCI DSS 4.0.1, requirement 10.2 (rule pack pci-dss-4.0.1 1.0.0, unmodified)`.
    pub frameworks: Vec<String>,
    /// One line on sources: accounts, regions, files, records.
    pub sources: String,
    /// `none` or the bundle this one replaces.
    pub replaces: String,
    /// Keep-until statement, or `not stated`.
    pub keep_until: String,
}

/// The executive summary.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The one sentence that answers the question.
    pub sentence: String,
    /// One entry a rule pack, in the order of audit.toml.
    pub packs: Vec<PackSummary>,
    /// What limits this evidence, worst first, at most five lines.
    pub limits: Vec<String>,
    /// What the assessor still needs from elsewhere.
    pub needs: Vec<String>,
    /// Facts of the run worth a glance: label and value.
    pub facts: Vec<Fact>,
}

/// What came out of one rule pack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PackSummary {
    /// Pack id: `pci-dss-4.0.1`.
    pub pack: String,
    /// Framework and edition: `PCI DSS 4.0.1`.
    pub framework: String,
    /// The one sentence about this pack.
    pub sentence: String,
    /// One row a requirement.
    pub rows: Vec<SummaryRow>,
}

/// A requirement in the summary table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// Name for anchors and files, with the pack: `pci-dss-4.0.1-10.2.1.1`.
    pub slug: String,
    /// Official number.
    pub number: String,
    /// Title in our words.
    pub title: String,
    /// Worst verdict of its tests.
    pub verdict: Word,
    /// Counts of the other words its tests got, for example `1 supported`; empty when none.
    pub other_words: String,
    /// Qualifiers such as `coverage-limited`.
    pub qualifiers: Vec<String>,
    /// What its tests examined, by unit; things that several tests look at count once.
    pub examined: String,
    /// Exceptions, summed over its tests.
    pub exceptions: u64,
    /// Undetermined, summed over its tests.
    pub undetermined: u64,
}

/// A label and its value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// Its value, ready to print.
    pub value: String,
}

/// A list cut for print: the first rows, how many there are, and the file that holds all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Listing<T> {
    /// The rows shown.
    pub rows: Vec<T>,
    /// How many rows there are in all; when larger than `rows`, print
    /// "first N of M, all rows in FILE, SHA-256 …".
    pub total: u64,
    /// File inside the bundle that holds all rows.
    pub file: String,
    /// SHA-256 of that file.
    pub sha256: String,
}

/// A requirement's pages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Name for anchors and files, with the pack.
    pub slug: String,
    /// Pack id.
    pub pack: String,
    /// Framework and edition.
    pub framework: String,
    /// Official number.
    pub number: String,
    /// Title.
    pub title: String,
    /// The requirement in our words.
    pub words: String,
    /// `automated`, `partial` or `manual`.
    pub status: String,
    /// Worst verdict.
    pub verdict: Word,
    /// Counts of the other words.
    pub other_words: String,
    /// What its tests examined, by unit; things that several tests look at count once.
    #[serde(default)]
    pub examined: String,
    /// Qualifiers.
    pub qualifiers: Vec<String>,
    /// What this evidence shows.
    pub shows: String,
    /// What it cannot show.
    pub cannot_show: String,
    /// Statement the bundle makes (within `claim`).
    pub statement: String,
    /// Assessor methods served.
    pub methods: String,
    /// Limits that apply, ids and words.
    pub limits: Vec<Limit>,
    /// What else to ask for.
    pub needs: Vec<String>,
    /// Same question in other frameworks.
    pub crosswalk: Vec<String>,
    /// Its tests.
    pub tests: Vec<Test>,
    /// Not-applicable declaration, if any.
    pub declaration: String,
    /// What is to be known of the control itself: what it uses, what differs, whether it is approved.
    pub notes: Vec<String>,
    /// The rule text that ran.
    pub script: String,
    /// Evidence reference, `EV-PCI-DSS-4.0.1-10.2.1.1`.
    pub evidence_ref: String,
}

/// One test of a requirement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// `pci-dss-4.0.1/10.2.1.1#1`.
    pub id: String,
    /// Name in words.
    pub name: String,
    /// Plain description.
    pub words: String,
    /// Verdict.
    pub verdict: Word,
    /// Why this word: one line each.
    pub reasons: Vec<String>,
    /// Qualifiers.
    pub qualifiers: Vec<String>,
    /// What is counted: `accesses`, `coverage strips` …
    pub unit: String,
    /// Definition of the population.
    pub population_words: String,
    /// Population size.
    pub population: u64,
    /// Distinct events in it; nothing for tests over the run.
    pub events: Option<u64>,
    /// SHA-256 of the sorted unique references.
    pub population_digest: String,
    /// Conforming.
    pub conforming: u64,
    /// Exceptions.
    pub exceptions: u64,
    /// Undetermined.
    pub undetermined: u64,
    /// Breakdowns; each sums to the population.
    pub breakdowns: Vec<Breakdown>,
    /// Exceptions and undetermined by cause.
    pub causes: Vec<CauseCount>,
    /// Hours that this test needs, and how many are proven.
    pub coverage: String,
    /// Parameters with values.
    pub parameters: Vec<Fact>,
    /// For tests that look at the elements of entries: share of the population that holds each.
    pub elements: Vec<Fact>,
    /// A few conforming things, so that a tester sees both kinds.
    pub conforming_examples: Vec<String>,
}

/// A breakdown of a population.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// `by table`, `by operation`, `by identity grade`, `by month`, or `elements present`.
    pub by: String,
    /// Rows; sum to the population.
    pub rows: Vec<Share>,
}

/// One cause under a test.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CauseCount {
    /// `exception` or `undetermined`.
    pub outcome: String,
    /// Stable code.
    pub cause: String,
    /// Words from control.toml.
    pub words: String,
    /// How many.
    pub count: u64,
}

/// One group of the exceptions register (evidence-bundle §6.8).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExceptionGroup {
    /// `EX-0001`.
    pub id: String,
    /// Stable fingerprint, 16 hex digits.
    pub fingerprint: String,
    /// Framework and edition: numbers repeat between them.
    pub framework: String,
    /// Requirement number.
    pub requirement: String,
    /// Name of the requirement for links, with the pack.
    pub slug: String,
    /// Test id.
    pub test: String,
    /// Severity from the pack.
    pub severity: String,
    /// `exception` or `undetermined`.
    pub outcome: String,
    /// Stable cause code.
    pub cause: String,
    /// Cause in words.
    pub cause_words: String,
    /// What it is about: person, principal, strip …
    pub subject: String,
    /// First and last time.
    pub first_seen: String,
    /// Last time.
    pub last_seen: String,
    /// How many.
    pub count: u64,
    /// People or principals.
    pub people: Vec<String>,
    /// Tables or objects.
    pub objects: Vec<String>,
    /// For an object of the run: what the rule could see of it, members and values; empty for accesses.
    #[serde(default)]
    pub told: String,
    /// First citations (at most 20).
    pub citations: Vec<Citation>,
    /// `open` until answered.
    pub disposition: String,
}

/// A pointer to one raw record (evidence-bundle §6.6).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// `account:eventID`.
    pub event_ref: String,
    /// Time.
    pub time: String,
    /// Operation.
    pub operation: String,
    /// Object touched.
    pub object: String,
    /// Who.
    pub person: String,
    /// Outcome word.
    pub outcome: String,
    /// `F-00012#212`: row of files.csv and zero-based place in `Records`.
    pub place: String,
    /// Trust of that file.
    pub trust: String,
    /// Records of the same action in other accounts.
    #[serde(default)]
    pub copies: Vec<CitedCopy>,
}

/// A record of the same action in another account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CitedCopy {
    /// `account:eventID`.
    pub event_ref: String,
    /// Row of files.csv and zero-based place in `Records`.
    pub place: String,
    /// Trust of that file.
    pub trust: String,
    /// What it is to the record cited, in words.
    pub words: String,
}

/// A limit of the evidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// `L01`.
    pub id: String,
    /// Words.
    pub words: String,
}

/// A pack that ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PackFacts {
    /// `pci-dss-4.0.1`.
    pub id: String,
    /// Title.
    pub title: String,
    /// Framework and edition.
    pub framework: String,
    /// Pack version.
    pub version: String,
    /// Author.
    pub author: String,
    /// Approver.
    pub approver: String,
    /// Approval date.
    pub approved_on: String,
    /// Hash over its files.
    pub sha256: String,
    /// `unmodified`, or the files that differ from the shipped pack.
    pub difference: String,
    /// Whether the approval holds, in words.
    pub approval: String,
    /// Scope statement.
    pub scope: String,
}

/// A data file of the bundle.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DataFile {
    /// Path inside the bundle.
    pub path: String,
    /// Rows, header not counted.
    pub rows: u64,
    /// SHA-256.
    pub sha256: String,
    /// What it holds.
    pub words: String,
}

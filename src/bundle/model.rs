//! The finished bundle as one model: every figure that a document shows, already counted, sorted, masked and cut.
//! Comes in: what `bundle` assembled. Goes out: HTML and PDF, which draw it and nothing else.
//! Renderers never count, sort or judge; numbers are plain integers here and get thin-space thousands when drawn.

use serde::{Deserialize, Serialize};

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
    /// One dossier a person, workload or unresolved principal; sorted by name, then token.
    pub people: Vec<Dossier>,
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
    /// One row a requirement.
    pub rows: Vec<SummaryRow>,
    /// What limits this evidence, worst first, at most five lines.
    pub limits: Vec<String>,
    /// What the assessor still needs from elsewhere.
    pub needs: Vec<String>,
    /// Facts of the run worth a glance: label and value.
    pub facts: Vec<Fact>,
}

/// A requirement in the summary table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// Slug, used for anchors and file names: `10.2.1.1`.
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
    /// Things examined, summed over its tests.
    pub population: u64,
    /// Exceptions, summed over its tests.
    pub exceptions: u64,
    /// Undetermined, summed over its tests.
    pub undetermined: u64,
}

/// Verdict words (evidence-bundle §5.1), in order of severity, worst first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The test did not complete.
    Error,
    /// At least one exception.
    Exceptions,
    /// Evidence not sufficient to conclude.
    Insufficient,
    /// Not testable from these logs.
    #[default]
    NotTested,
    /// Evidence supports the requirement for the tested population.
    Supported,
    /// Declared not applicable by the organisation.
    NotApplicable,
}

impl Word {
    /// The word as data files and pages print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Word::Error => "error",
            Word::Exceptions => "exceptions",
            Word::Insufficient => "insufficient",
            Word::NotTested => "not-tested",
            Word::Supported => "supported",
            Word::NotApplicable => "not-applicable",
        }
    }

    /// The sentence printed beside the word (evidence-bundle §5.1).
    pub fn sentence(self) -> &'static str {
        match self {
            Word::Error => "Test did not complete",
            Word::Exceptions => "Exceptions found",
            Word::Insufficient => "Evidence not sufficient to conclude",
            Word::NotTested => "Not testable from these logs",
            Word::Supported => "Evidence supports the requirement for the tested population",
            Word::NotApplicable => "Not applicable, as declared",
        }
    }

    /// The shape that accompanies the colour (visual.md): ● ▲ ◐ ○ – ■.
    pub fn shape(self) -> &'static str {
        match self {
            Word::Error => "■",
            Word::Exceptions => "▲",
            Word::Insufficient => "◐",
            Word::NotTested => "○",
            Word::Supported => "●",
            Word::NotApplicable => "–",
        }
    }
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

/// The completeness section (evidence-bundle §6.4).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Completeness {
    /// One sentence: is it all there?
    pub sentence: String,
    /// The statement of source: system, what the records are, how extracted, filters, how to repeat.
    pub statement: Vec<Fact>,
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
    /// One of `verified`, `delivered`, `silent`, `stopped`, `not-selected`, `unknown`, `tail`.
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
    /// `seen, not declared` or `declared, never seen`.
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

/// A requirement's pages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Slug.
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
    /// Distinct events in it (equal to the population for other units).
    pub events: u64,
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
    /// Requirement number.
    pub requirement: String,
    /// Requirement slug, for links.
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
}

/// A person's, workload's or unresolved principal's dossier (evidence-bundle §7).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dossier {
    /// File-name token, `u-3fa9…` (16 hex digits of a hash of the principal).
    pub token: String,
    /// Name as shown.
    pub name: String,
    /// `person`, `workload`, `service`, `root`, `shared` or `unresolved`.
    pub kind: String,
    /// Best grade with its meaning.
    pub grade: String,
    /// Why, in words.
    pub grade_words: String,
    /// Roster facts: mail, department, manager, joined, left.
    pub roster: Vec<Fact>,
    /// One line that adds up: `214 accesses = 188 reads + 22 writes + 4 refused`.
    pub totals_line: String,
    /// Totals as figures.
    pub totals: Vec<Share>,
    /// Identity chain, one entry a principal seen.
    pub chain: Vec<ChainLink>,
    /// 24 × days: accesses in each hour of each day (UTC), row-major by day.
    pub hour_strip: Vec<HourRow>,
    /// Accesses per day by kind.
    pub per_day: Vec<DayKinds>,
    /// Sessions.
    pub sessions: Listing<Session>,
    /// By table and operation.
    pub tables: Vec<TableUse>,
    /// Item keys.
    pub keys: Listing<KeyUse>,
    /// Refused attempts.
    pub refusals: Listing<Citation>,
    /// Administration and log access.
    pub administration: Listing<Citation>,
    /// Hours not covered and limits that apply to this person's evidence.
    pub gaps: Vec<String>,
}

/// One row of the hour × day strip.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HourRow {
    /// Day.
    pub day: String,
    /// 24 counts.
    pub hours: Vec<u64>,
}

/// One principal that belongs to a person, and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChainLink {
    /// Principal (ARN or name).
    pub principal: String,
    /// Grade of this link.
    pub grade: String,
    /// Why, in words.
    pub link: String,
    /// Hops from the person to this principal.
    pub hops: u64,
    /// Proving records.
    pub proof: Vec<String>,
    /// The steps from the person to the principal, for the diagram: principal names; arrows carry `proof`.
    pub path: Vec<String>,
    /// Accesses through it.
    pub accesses: u64,
}

/// One session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// `S-0001`.
    pub id: String,
    /// Start.
    pub start: String,
    /// End.
    pub end: String,
    /// Principal.
    pub principal: String,
    /// Access key id or `not logged`.
    pub credential: String,
    /// Address.
    pub origin: String,
    /// Agent family.
    pub agent: String,
    /// `yes`, `no` or `not logged`.
    pub mfa: String,
    /// Reads.
    pub reads: u64,
    /// Writes and deletes.
    pub writes: u64,
    /// Administration.
    pub admin: u64,
    /// Refused.
    pub refused: u64,
    /// Failed otherwise.
    pub failed: u64,
    /// Distinct item keys.
    pub items: u64,
}

/// Operations of a person on one object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableUse {
    /// Table or other object, with account and region.
    pub object: String,
    /// Data class, or `not declared`.
    pub data: String,
    /// Operation.
    pub operation: String,
    /// Outcome word.
    pub outcome: String,
    /// Accesses.
    pub accesses: u64,
    /// Distinct keys logged.
    pub items: u64,
    /// First.
    pub first: String,
    /// Last.
    pub last: String,
}

/// One item key a person touched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyUse {
    /// Table.
    pub object: String,
    /// Key as logged (masked when it looks like a card number).
    pub key: String,
    /// Reads.
    pub reads: u64,
    /// Writes and deletes.
    pub writes: u64,
    /// First.
    pub first: String,
    /// Last.
    pub last: String,
    /// First citation.
    pub citation: String,
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

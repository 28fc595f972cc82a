//! The dossier part of the model: one person's accesses, ready to draw.

use serde::{Deserialize, Serialize};

use super::{Citation, DayKinds, Fact, Listing, Share};

/// A person's, workload's or unresolved principal's dossier (evidence-bundle §7).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dossier {
    /// File-name token, `u-3fa9…` (16 hex digits of a hash of the principal).
    pub token: String,
    /// Name as shown.
    pub name: String,
    /// `person`, `person not on the roster`, `named, not proven`, `workload`, `service`, `root`, `shared` or `unresolved`.
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
    /// Patterns of use, described and not judged.
    #[serde(default)]
    pub patterns: Listing<PatternRow>,
    /// Which patterns cannot be told, and why.
    #[serde(default)]
    pub pattern_notes: Vec<String>,
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

/// A pattern of use.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PatternRow {
    /// Its row in patterns.csv.
    pub id: String,
    /// Kind in words.
    pub words: String,
    /// Object, network or access key; empty for any.
    pub what: String,
    /// First.
    pub first: String,
    /// Last.
    pub last: String,
    /// How many.
    pub count: u64,
    /// What is counted.
    pub counted: String,
    /// The rule with its numbers.
    pub rule: String,
    /// What it is compared with.
    pub baseline: String,
    /// First records.
    pub citations: Vec<Citation>,
}

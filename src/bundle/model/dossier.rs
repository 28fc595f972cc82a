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
    /// How many records it is built from, and what may belong to the same person.
    #[serde(default)]
    pub built_from: String,
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
    /// By object, those used most first.
    #[serde(default)]
    pub objects: Listing<ObjectUse>,
    /// By object, operation, outcome and how keys are stated.
    pub tables: Listing<TableUse>,
    /// Item keys.
    pub keys: Listing<KeyUse>,
    /// Refused attempts.
    pub refusals: Listing<Refusal>,
    /// What lay outside the declared hours.
    #[serde(default)]
    pub off_hours: OffHours,
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

impl Dossier {
    /// What lists and links show of a dossier; the rest is dropped.
    #[must_use]
    pub fn into_head(self) -> Dossier {
        Dossier {
            token: self.token,
            name: self.name,
            kind: self.kind,
            grade: self.grade,
            totals_line: self.totals_line,
            totals: self.totals,
            ..Dossier::default()
        }
    }
}

/// One row of the hour × day strip.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HourRow {
    /// Day.
    pub day: String,
    /// 24 counts.
    pub hours: Vec<u64>,
    /// Hours wholly outside the declared working hours; empty where none are declared.
    #[serde(default)]
    pub closed: Vec<bool>,
}

/// A refused attempt and what the same user did next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// The record.
    #[serde(flatten)]
    pub cited: Citation,
    /// Error code as logged.
    pub error: String,
    /// What was done in the same second and the ten minutes after it.
    pub after: String,
}

/// Accesses by the hours that audit.toml declares.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OffHours {
    /// Calendar, zone and rule, or that none are declared.
    pub words: String,
    /// Inside them.
    pub inside: u64,
    /// Outside them.
    pub outside: u64,
    /// Without a time.
    pub untimed: u64,
    /// Sessions with an access outside them.
    pub sessions: u64,
    /// The accesses outside them.
    pub accesses: Listing<Citation>,
}

/// All that a person did on one object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ObjectUse {
    /// Table or other object, with account and region.
    pub object: String,
    /// Data class, or what it is.
    pub data: String,
    /// Accesses.
    pub accesses: u64,
    /// Of these refused.
    pub refused: u64,
    /// Distinct items named by done accesses.
    pub items: u64,
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
    /// Distinct keys of the items that its done accesses to tables name.
    pub items: u64,
    /// Distinct operations.
    #[serde(default)]
    pub operations: u64,
    /// Distinct tables.
    #[serde(default)]
    pub tables: u64,
    /// Whether the console was used: `yes`, `no`, `in part`.
    #[serde(default)]
    pub console: String,
    /// Accesses outside the declared hours; nothing where none are declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_hours: Option<u64>,
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
    /// How its accesses state keys: `exact`, `partial`, `condition`, `none`, `left-out`.
    #[serde(default)]
    pub keys: String,
    /// The first conditions or partial keys as logged.
    #[serde(default)]
    pub conditions: Vec<String>,
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

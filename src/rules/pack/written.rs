//! pack.toml and control.toml as people write them. Unknown keys are errors.

use std::collections::BTreeMap;

use serde::Deserialize;

/// pack.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackToml {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) framework: String,
    pub(super) edition: String,
    pub(super) version: String,
    pub(super) author: String,
    pub(super) approver: String,
    pub(super) approved_on: Option<String>,
    pub(super) scope: String,
    #[serde(default, rename = "requirement")]
    pub(super) requirements: Vec<Requirement>,
}

/// A requirement that the pack names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Official number.
    pub number: String,
    /// Title in our words.
    pub title: String,
    /// How far the pack tests it.
    pub status: Status,
    /// Why it is manual.
    pub why: Option<String>,
    /// What to ask for instead.
    pub ask_for: Option<String>,
}

/// How far a pack tests a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The records answer it as far as the listed services go.
    Automated,
    /// The records answer a part.
    Partial,
    /// Not tested by this pack.
    Manual,
}

impl Status {
    /// The word of pack.toml.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Automated => "automated",
            Status::Partial => "partial",
            Status::Manual => "manual",
        }
    }
}

/// control.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ControlToml {
    pub(super) requirement: String,
    pub(super) title: String,
    pub(super) words: String,
    pub(super) shows: String,
    pub(super) cannot_show: String,
    pub(super) claim: String,
    pub(super) do_not_claim: String,
    pub(super) severity: String,
    pub(super) methods: Vec<String>,
    pub(super) limits: Vec<String>,
    pub(super) needs: Vec<String>,
    pub(super) crosswalk: Vec<String>,
    #[serde(default, rename = "test")]
    pub(super) tests: Vec<TestToml>,
    #[serde(default)]
    pub(super) causes: BTreeMap<String, String>,
}

/// `[[test]]` of control.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestToml {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) words: String,
    pub(super) population_words: String,
    #[serde(default = "accesses")]
    pub(super) unit: String,
    pub(super) population: Option<String>,
    pub(super) expect: Option<String>,
    pub(super) judge: Option<String>,
    #[serde(default)]
    pub(super) absence_is_evidence: bool,
    #[serde(default)]
    pub(super) requires: Vec<String>,
    pub(super) coverage: Option<Coverage>,
    #[serde(default)]
    pub(super) settings: Vec<String>,
}

fn accesses() -> String {
    String::from("accesses")
}

/// Which hours must be proven before a test can be supported.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Classes of event.
    pub classes: Vec<Class>,
    /// Data class of the tables meant, or `declared` for every declared table; for data classes of event only.
    pub of: Option<String>,
    /// Where management events must be proven.
    #[serde(default)]
    pub regions: Regions,
}

/// A class of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Item reads.
    Read,
    /// Item writes.
    Write,
    /// Stream reads.
    Stream,
    /// Everything else.
    Management,
}

impl Class {
    /// The word of control.toml and of coverage strips.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Read => "read",
            Class::Write => "write",
            Class::Stream => "stream",
            Class::Management => "management",
        }
    }
}

/// The regions in which management events must be proven.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Regions {
    /// Every declared region of every declared account.
    #[default]
    All,
    /// Only where services without a region record: us-east-1, us-gov-west-1, cn-north-1.
    Global,
    /// Only where Identity Center is switched on, as `logs.identity_center_region` of audit.toml states it; every
    /// declared region when it does not.
    IdentityCenter,
}

//! pack.toml and control.toml as people write them. Unknown keys are errors.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::audit::Baseline;

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
    #[serde(default)]
    pub(super) approver: String,
    pub(super) approved_on: Option<String>,
    pub(super) approved_digest: Option<String>,
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
    /// Baselines of the framework that hold it; empty when the framework has none.
    #[serde(default)]
    pub baselines: Vec<Baseline>,
}

impl Requirement {
    /// Why it does not apply under a baseline; `None` where it does.
    pub fn outside(&self, level: Baseline) -> Option<String> {
        if self.baselines.is_empty() || self.baselines.contains(&level) {
            return None;
        }
        let held: Vec<&str> = self.baselines.iter().map(|level| level.as_str()).collect();
        Some(format!(
            "not in the baseline `{}` that audit.toml chooses; it stands in {}",
            level.as_str(),
            held.join(", ")
        ))
    }
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

/// control.toml. What is left out where `uses` is stated comes from the control used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ControlToml {
    pub(super) requirement: String,
    pub(super) title: String,
    pub(super) words: String,
    pub(super) uses: Option<String>,
    pub(super) changed: Option<String>,
    pub(super) applies: Option<Condition>,
    pub(super) shows: Option<String>,
    pub(super) cannot_show: Option<String>,
    pub(super) claim: Option<String>,
    pub(super) do_not_claim: Option<String>,
    pub(super) severity: Option<String>,
    pub(super) methods: Option<Vec<String>>,
    pub(super) limits: Option<Vec<String>>,
    pub(super) needs: Option<Vec<String>>,
    pub(super) crosswalk: Vec<String>,
    #[serde(default, rename = "test")]
    pub(super) tests: Vec<TestToml>,
    #[serde(default)]
    pub(super) causes: BTreeMap<String, String>,
}

/// A statement of audit.toml on which it depends whether a control applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// The organisation serves others with the audited system.
    ServiceProvider,
}

/// `[[test]]` of control.toml. What is left out where `uses` is stated comes from the test used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestToml {
    pub(super) id: u32,
    pub(super) uses: Option<String>,
    pub(super) name: Option<String>,
    pub(super) words: Option<String>,
    pub(super) population_words: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) population: Option<String>,
    pub(super) expect: Option<String>,
    pub(super) judge: Option<String>,
    pub(super) absence_is_evidence: Option<bool>,
    pub(super) empty_is_not_applicable: Option<bool>,
    pub(super) requires: Option<Vec<String>>,
    pub(super) coverage: Option<Coverage>,
    pub(super) settings: Option<Vec<String>>,
}

/// Which hours must be proven before a test can be supported.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Classes of event.
    pub classes: Vec<Class>,
    /// Data class of the tables meant, `scope` for the classes of the pack, or `declared` for every declared table; for data classes of event only.
    pub of: Option<String>,
    /// Where management events must be proven.
    #[serde(default)]
    pub regions: Regions,
    /// When the hours must be proven.
    #[serde(default)]
    pub when: When,
}

/// When the hours of a test must be proven.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Always.
    #[default]
    Always,
    /// Only where nothing was found to examine: what was found speaks for itself, such as a stop that was answered.
    Empty,
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

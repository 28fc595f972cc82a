//! pack.toml and control.toml as people write them. Unknown keys are errors.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::audit::Baseline;

/// pack.toml.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::rules) struct PackToml {
    /// Id of the pack, also the name of its folder: lower case letters, digits, `.` and `-`.
    pub(super) id: String,
    /// Title for people.
    pub(super) title: String,
    /// Framework, such as `PCI DSS`; a pack with numbers of its own names one of its own.
    pub(super) framework: String,
    /// Edition of the framework, such as `4.0.1`.
    pub(super) edition: String,
    /// Version of this pack; raise it with each change.
    pub(super) version: String,
    /// Who wrote the pack.
    pub(super) author: String,
    /// Who approved it; another person than the author. Written by `trailwitness packs approve`.
    #[serde(default)]
    pub(super) approver: String,
    /// Day of the approval. Written by `trailwitness packs approve`.
    pub(super) approved_on: Option<String>,
    /// Digest of the pack as approved. Written by `trailwitness packs approve`; a later change makes the approval lapse.
    pub(super) approved_digest: Option<String>,
    /// What the pack covers and what it leaves out.
    pub(super) scope: String,
    /// Every requirement in scope, also those that are not tested.
    #[serde(default, rename = "requirement")]
    pub(super) requirements: Vec<Requirement>,
}

/// A requirement that the pack names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::rules) struct ControlToml {
    /// Official number of the requirement, as in pack.toml.
    pub(super) requirement: String,
    /// Title in your words.
    pub(super) title: String,
    /// The requirement in your words; the text of a standard belongs to its publisher.
    pub(super) words: String,
    /// Control that answers this one, as `pack/number`: what is not stated here comes from there.
    pub(super) uses: Option<String>,
    /// What changed in meaning against the control used.
    pub(super) changed: Option<String>,
    /// Statement of audit.toml without which the control does not apply.
    pub(super) applies: Option<Condition>,
    /// What the evidence shows.
    pub(super) shows: Option<String>,
    /// What it cannot show.
    pub(super) cannot_show: Option<String>,
    /// What a bundle may claim.
    pub(super) claim: Option<String>,
    /// What it must not claim.
    pub(super) do_not_claim: Option<String>,
    /// How much an exception weighs.
    pub(super) severity: Option<String>,
    /// Methods of assessment that the evidence serves.
    pub(super) methods: Option<Vec<String>>,
    /// Ids of rules/limits.toml: what the logs cannot show.
    pub(super) limits: Option<Vec<String>>,
    /// What else the assessor should ask for.
    pub(super) needs: Option<Vec<String>>,
    /// Controls of other frameworks that the same evidence serves.
    pub(super) crosswalk: Vec<String>,
    /// The tests, numbered from 1.
    #[serde(default, rename = "test")]
    pub(super) tests: Vec<TestToml>,
    /// Words for each cause that the script gives.
    #[serde(default)]
    pub(super) causes: BTreeMap<String, String>,
    /// Values of settings that hold for this control, in every pack that uses it, where settings.toml states none; each with its comment above it.
    #[serde(default, rename = "defaults")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(super) _defaults: toml::Table,
}

/// A statement of audit.toml on which it depends whether a control applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// The organisation serves others with the audited system.
    ServiceProvider,
}

/// `[[test]]` of control.toml. What is left out where `uses` is stated comes from the test used.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestToml {
    /// Number of the test inside the control, from 1.
    pub(super) id: u32,
    /// Test that this one takes its logic from, as `pack/number#test`.
    pub(super) uses: Option<String>,
    /// Short name.
    pub(super) name: Option<String>,
    /// What is tested, in plain words.
    pub(super) words: Option<String>,
    /// What is examined, in plain words.
    pub(super) population_words: Option<String>,
    /// What is counted; accesses if not stated.
    pub(super) unit: Option<String>,
    /// Function of control.rhai that says which accesses are examined; `population` if not stated.
    pub(super) population: Option<String>,
    /// Function of control.rhai that answers about each of them; `expect` if not stated.
    pub(super) expect: Option<String>,
    /// Function of control.rhai that answers about the run as a whole, instead of the two above.
    pub(super) judge: Option<String>,
    /// Whether an empty population can be evidence, where logging is proven.
    pub(super) absence_is_evidence: Option<bool>,
    /// Whether an empty population, with proven logging, means that the test does not apply.
    pub(super) empty_is_not_applicable: Option<bool>,
    /// Facts of audit.toml without which the test concludes nothing.
    pub(super) requires: Option<Vec<String>>,
    /// Hours that must be proven before the test can be supported.
    pub(super) coverage: Option<Coverage>,
    /// Settings that the functions of this test read.
    pub(super) settings: Option<Vec<String>>,
}

/// Which hours must be proven before a test can be supported.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
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
    /// Whether signed digests must prove the hours, and the log files of all records that are examined.
    #[serde(default)]
    pub verified: bool,
}

/// When the hours of a test must be proven.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Always.
    #[default]
    Always,
    /// Only where nothing was found to examine: what was found speaks for itself, such as a stop that was answered.
    Empty,
}

/// A class of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Regions {
    /// Every declared region of every declared account.
    #[default]
    All,
    /// As `all`, and each account must declare the region where services without a region record: tests about identities
    /// and sign-ins, which could never be seen elsewhere.
    Everywhere,
    /// Only where services without a region record: us-east-1, us-gov-west-1, cn-north-1.
    Global,
    /// Only where Identity Center is switched on, as `logs.identity_center_region` of audit.toml states it; every
    /// declared region when it does not.
    IdentityCenter,
}

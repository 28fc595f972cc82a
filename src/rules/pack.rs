//! A pack: a folder of controls in a team's own words, logic and settings. Comes in: an id and folders. Goes out: a
//! checked [`Pack`] whose tests can be asked, and the very files that ran. Nothing unchecked ever runs.

mod check;
mod files;
mod shipped;
mod written;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::api::{Field, Fields, Level};
use super::engine::{AccessRule, Answer, Fault, Finding, Script};
use super::lint::Problem;
use super::run::{List, Run};
use super::settings::Settings;
use crate::error::{Error, Result};

pub use written::{Class, Coverage, Regions, Requirement, Status};

/// A checked rule pack.
#[derive(Debug)]
pub struct Pack {
    /// Id, also the folder name: `pci-dss-4.0.1`.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Framework: `PCI DSS`.
    pub framework: String,
    /// Edition of the framework: `4.0.1`.
    pub edition: String,
    /// Version of the pack.
    pub version: String,
    /// Who wrote it.
    pub author: String,
    /// Who approved it.
    pub approver: String,
    /// When, as a date; `None` while nobody did.
    pub approved_on: Option<String>,
    /// What it covers and what it leaves out.
    pub scope: String,
    /// Every requirement in scope, in the order of pack.toml.
    pub requirements: Vec<Requirement>,
    /// The controls with tests, in the same order.
    pub controls: Vec<Control>,
    /// The values of settings.toml.
    pub settings: Settings,
    /// The files that ran, in order of path.
    pub files: Vec<PackFile>,
    difference: Difference,
}

/// A control: words and tests for one requirement.
#[derive(Debug)]
pub struct Control {
    /// Folder name: the requirement's number as a slug.
    pub slug: String,
    /// Official number of the requirement.
    pub requirement: String,
    /// Title in our words.
    pub title: String,
    /// The requirement in our words.
    pub words: String,
    /// What the evidence shows.
    pub shows: String,
    /// What it cannot show.
    pub cannot_show: String,
    /// What a bundle may claim.
    pub claim: String,
    /// What it must not claim.
    pub do_not_claim: String,
    /// `high`, `medium` or `low`.
    pub severity: String,
    /// Assessor methods served: `examine-configuration`, `examine-log-data`, `interview`, `observe`.
    pub methods: Vec<String>,
    /// Ids of rules/limits.toml.
    pub limits: Vec<String>,
    /// What else the assessor should ask for.
    pub needs: Vec<String>,
    /// Controls of other frameworks that the same evidence serves.
    pub crosswalk: Vec<String>,
    /// The tests, in order of id.
    pub tests: Vec<Test>,
    /// Causes with their words.
    pub causes: BTreeMap<String, String>,
}

/// One mechanical check of a requirement.
#[derive(Debug, Clone)]
pub struct Test {
    /// Number inside the control, from 1.
    pub id: u32,
    /// Short name.
    pub name: String,
    /// What is tested, in plain words.
    pub words: String,
    /// What the population is, in plain words.
    pub population_words: String,
    /// What is counted: `accesses`, `coverage strips`, …
    pub unit: String,
    /// Whether an empty population can be evidence.
    pub absence_is_evidence: bool,
    /// Facts of audit.toml that the test cannot do without.
    pub requires: Vec<String>,
    /// Which hours must be proven.
    pub coverage: Option<Coverage>,
    /// Settings that the test depends on.
    pub settings: Vec<String>,
    /// How it is computed.
    pub method: Method,
}

/// How a test is computed.
#[derive(Debug, Clone)]
pub enum Method {
    /// Access by access.
    Each(Each),
    /// Over the run as a whole.
    Judge(Judge),
}

/// The two functions of a test over accesses.
#[derive(Debug, Clone)]
pub struct Each {
    population: AccessRule,
    expect: AccessRule,
}

/// The function of a test over the run.
#[derive(Debug, Clone)]
pub struct Judge {
    script: Arc<Script>,
    function: String,
    lists: Vec<List>,
}

/// A file of the pack as it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// Path inside the pack: `10.2.1.1/control.rhai`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// SHA-256 of the text, 64 hex digits.
    pub sha256: String,
}

/// How a pack differs from the shipped one of the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Byte for byte the shipped pack.
    Unmodified,
    /// These files differ, were added or are missing.
    Files(Vec<String>),
    /// No pack of this id is shipped.
    Own,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Unmodified => write!(f, "unmodified"),
            Difference::Files(files) => write!(f, "modified: {}", files.join(", ")),
            Difference::Own => write!(f, "own pack, not shipped with trailwitness"),
        }
    }
}

impl Pack {
    /// Loads and checks a pack: from the first folder that holds it, else the shipped one. A folder that holds nothing
    /// but a settings.toml for the pack replaces the settings of the shipped one.
    ///
    /// # Errors
    /// `Kind::Usage` when no such pack exists or anything in it is wrong; the message lists every problem.
    pub fn load(id: &str, folders: &[PathBuf]) -> Result<Pack> {
        let files = files::read(id, folders)?;
        check::pack(id, &files).map_err(|problems| {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let count = told.len();
            Error::usage(format!("pack {id} has {count} problem(s):\n{}", told.join("\n")))
                .hint(format!("correct them and run again: all problems of pack {id} are listed at once"))
        })
    }

    /// Every problem of a pack, in order of place; empty when it can be loaded.
    ///
    /// # Errors
    /// `Kind::Usage` when no such pack exists or its files cannot be read.
    pub fn problems(id: &str, folders: &[PathBuf]) -> Result<Vec<Problem>> {
        let files = files::read(id, folders)?;
        Ok(check::pack(id, &files).err().unwrap_or_default())
    }

    /// How this pack differs from the shipped one of the same id.
    pub fn difference(&self) -> &Difference {
        &self.difference
    }

    /// The control of a requirement.
    pub fn control(&self, requirement: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.requirement == requirement)
    }
}

impl Test {
    /// Fields that decide whether an access belongs to the population; none for a test over the run.
    pub fn population_fields(&self) -> &[Field] {
        match &self.method {
            Method::Each(each) => &each.population.fields,
            Method::Judge(_) => &[],
        }
    }

    /// Fields that decide the answer; none for a test over the run.
    pub fn expect_fields(&self) -> &[Field] {
        match &self.method {
            Method::Each(each) => &each.expect.fields,
            Method::Judge(_) => &[],
        }
    }

    /// Lists of `run` that the test reads; none for a test over accesses.
    pub fn lists(&self) -> &[List] {
        match &self.method {
            Method::Each(_) => &[],
            Method::Judge(judge) => &judge.lists,
        }
    }

    /// Whether the population is decided row by row.
    pub fn population_per_row(&self) -> bool {
        self.population_fields().iter().any(|field| field.facts().level == Level::Row)
    }

    /// Whether the answer is given row by row.
    pub fn expect_per_row(&self) -> bool {
        self.expect_fields().iter().any(|field| field.facts().level == Level::Row)
    }

    /// Whether an access belongs to the population; never for a test over the run.
    ///
    /// # Errors
    /// A fault of the rule.
    pub fn in_population(&self, access: &dyn Fields) -> std::result::Result<bool, Fault> {
        match &self.method {
            Method::Each(each) => each.population.truth(access),
            Method::Judge(_) => Ok(false),
        }
    }

    /// The answer about an access of the population.
    ///
    /// # Errors
    /// A fault of the rule, or the test is over the run.
    pub fn expect(&self, access: &dyn Fields) -> std::result::Result<Answer, Fault> {
        match &self.method {
            Method::Each(each) => each.expect.answer(access),
            Method::Judge(judge) => Err(judge.wrong("an access")),
        }
    }

    /// The answers about the run, one a subject.
    ///
    /// # Errors
    /// A fault of the rule, or the test is over accesses.
    pub fn judge(&self, run: &Run) -> std::result::Result<Vec<Finding>, Fault> {
        match &self.method {
            Method::Judge(judge) => judge.script.judge(&judge.function, run),
            Method::Each(each) => Err(Fault::wrong_method(&each.expect.function, "a run")),
        }
    }
}

impl Judge {
    fn wrong(&self, asked: &str) -> Fault {
        Fault::wrong_method(&self.function, asked)
    }
}

/// Ids of the packs that are part of the program.
pub fn shipped_packs() -> Vec<&'static str> {
    shipped::PACKS.iter().map(|(id, _)| *id).collect()
}

/// The folder name of a requirement's number: lower case; `(n)` of NIST numbers becomes `.n`, other `(x)` `-x`.
pub fn slug(number: &str) -> String {
    let nist = number.starts_with(|first: char| first.is_ascii_alphabetic());
    let mut slug = String::new();
    let mut rest = number;
    while let Some((before, after)) = rest.split_once('(') {
        let (inside, behind) = after.split_once(')').unwrap_or((after, ""));
        let numbered = nist && inside.chars().all(|digit| digit.is_ascii_digit());
        slug.push_str(before);
        slug.push(if numbered { '.' } else { '-' });
        slug.push_str(inside);
        rest = behind;
    }
    slug.push_str(rest);
    slug.to_lowercase()
}

#[cfg(test)]
mod tests;

//! A pack: a folder of controls in a team's own words, logic and settings. Comes in: an id and folders. Goes out: a
//! checked [`Pack`] whose tests can be asked, and the very files that ran. Nothing unchecked ever runs.

mod approval;
mod check;
mod examples;
mod files;
mod reach;
mod resolve;
mod shelf;
mod shipped;
mod written;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::api::{Field, Fields, Level};
use super::engine::{AccessRule, Answer, Fault, Finding, Said, Script};
use super::run::{List, Run};
use super::settings::Settings;
use crate::audit::Baseline;
use crate::error::Result;

pub use approval::Approval;
pub use check::control::FACTS;
pub(super) use check::control::{COVERED, METHODS, SEVERITIES};
pub use examples::ExampleFile;
pub use shelf::Shelf;
pub use written::{Class, Condition, Coverage, Regions, Requirement, Status, When};
pub(super) use written::{ControlToml, PackToml};

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
    /// The values of settings.toml that hold for the pack as a whole.
    pub settings: Settings,
    /// The files that ran, in order of path; those of other packs below `uses/`.
    pub files: Vec<PackFile>,
    /// Whether requirements or values depend on a baseline.
    pub by_level: bool,
    difference: Difference,
    approval: Approval,
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
    /// The control that answers this one.
    pub uses: Option<String>,
    /// What the requirement asks otherwise than the control it uses.
    pub changed: Option<String>,
    /// On what it depends whether the control applies.
    pub applies: Option<Condition>,
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
    /// The values that hold for this control.
    pub settings: Settings,
    /// Paths of the files that it is made of, used ones among them.
    pub sources: Vec<String>,
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
    /// Whether an empty population means that there was nothing to do.
    pub empty_is_not_applicable: bool,
    /// Facts of audit.toml that the test cannot do without.
    pub requires: Vec<String>,
    /// Which hours must be proven.
    pub coverage: Option<Coverage>,
    /// Settings that the test depends on.
    pub settings: Vec<String>,
    /// Classes of the tables that its pack is about.
    pub data_classes: Vec<String>,
    /// Causes it gives.
    pub causes: Vec<String>,
    /// Where its logic lives.
    pub home: Home,
    /// How it is computed.
    pub method: Method,
    logic: u128,
    probe: Probe,
}

/// Where the logic of a test lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Whether that is another test than the one in hand.
    pub used: bool,
    /// Pack.
    pub pack: String,
    /// Official number of the requirement there.
    pub requirement: String,
    /// Number of the test there.
    pub test: u32,
    /// Path of the script among the files of the pack in hand.
    pub script: String,
}

/// Answers of a rule, each with the line of the script that gave it.
pub type Heard = Arc<Mutex<Vec<(Answer, usize)>>>;

/// What an example run listens to, or replaces.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    /// Replaces what the rule says.
    pub blunt: Option<Blunt>,
    /// Gets each answer with the line of the script that gave it.
    pub heard: Option<Heard>,
}

impl Probe {
    fn is_idle(&self) -> bool {
        self.blunt.is_none() && self.heard.is_none()
    }
}

/// A rule that always says the same: examples must notice it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blunt {
    /// Whatever it sees conforms.
    AlwaysConforming,
    /// Whatever it sees is an exception.
    AlwaysException,
    /// Nothing is examined.
    NothingExamined,
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

/// Files named where a pack is called modified.
const SHOWN_FILES: usize = 6;

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
            Difference::Files(files) if files.len() > SHOWN_FILES => {
                let first = files.get(..SHOWN_FILES).unwrap_or_default().join(", ");
                write!(f, "modified: {first} and {} more, all in pack.lock", files.len() - SHOWN_FILES)
            }
            Difference::Files(files) => write!(f, "modified: {}", files.join(", ")),
            Difference::Own => write!(f, "own pack, not shipped with trailwitness"),
        }
    }
}

impl Pack {
    /// Loads and checks one pack under a baseline; several are loaded from one [`Shelf`].
    ///
    /// # Errors
    /// As [`Shelf::load`].
    pub fn load(id: &str, folders: &[PathBuf], level: Option<Baseline>) -> Result<Pack> {
        Shelf::new(folders).load(id, level)
    }

    /// How this pack differs from the shipped one of the same id.
    pub fn difference(&self) -> &Difference {
        &self.difference
    }

    /// The files behind a control that differ from the shipped ones.
    pub fn differing<'a>(&'a self, control: &'a Control) -> Vec<&'a str> {
        let Difference::Files(files) = &self.difference else {
            return Vec::new();
        };
        let read = control.tests.iter().any(|test| !test.settings.is_empty());
        let own = format!("{}/", control.slug);
        let behind = |path: &&String| {
            control.sources.contains(path) || path.starts_with(&own) || (read && *path == "settings.toml")
        };
        files.iter().filter(behind).map(String::as_str).collect()
    }

    /// pack.toml with an approval of the pack as it is written into it; everything else in it stays as it was.
    pub fn approved(&self, approver: &str, on: &str) -> String {
        let files: files::Files =
            self.files.iter().map(|file| (file.path.clone(), file.text.clone().into())).collect();
        let text = self.file("pack.toml").map_or("", |file| file.text.as_str());
        approval::approved(text, approver, on, &approval::digest(&files))
    }

    /// Whether somebody else than the author approved the pack as it is.
    pub fn approval(&self) -> &Approval {
        &self.approval
    }

    /// Whether a requirement has baselines anywhere in this pack: then one must be chosen.
    pub fn has_baselines(&self) -> bool {
        self.requirements.iter().any(|requirement| !requirement.baselines.is_empty())
    }

    /// A requirement as pack.toml states it.
    pub fn requirement(&self, number: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| requirement.number == number)
    }

    /// A file that ran.
    pub fn file(&self, path: &str) -> Option<&PackFile> {
        self.files.iter().find(|file| file.path == path)
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

    /// The same test, listened to or blunted.
    #[must_use]
    pub fn with_probe(&self, probe: Probe) -> Test {
        Test { probe, ..self.clone() }
    }

    /// Whether an access belongs to the population; never for a test over the run.
    ///
    /// # Errors
    /// A fault of the rule.
    pub fn in_population(&self, access: &dyn Fields) -> std::result::Result<bool, Fault> {
        match &self.method {
            Method::Each(each) => {
                let inside = each.population.truth(access)?;
                Ok(inside && self.probe.blunt != Some(Blunt::NothingExamined))
            }
            Method::Judge(_) => Ok(false),
        }
    }

    /// The answer about an access of the population.
    ///
    /// # Errors
    /// A fault of the rule, or the test is over the run.
    pub fn expect(&self, access: &dyn Fields) -> std::result::Result<Answer, Fault> {
        match &self.method {
            Method::Each(each) => each.expect.answer(access).map(|said| self.heard(said)),
            Method::Judge(judge) => Err(judge.wrong("an access")),
        }
    }

    /// Whether two tests answer alike, in whatever pack they stand: same script, functions and values of the settings
    /// that these read. One answer then serves both. A test that an example listens to stands for itself.
    pub fn asks_the_same_as(&self, other: &Test) -> bool {
        self.logic == other.logic && self.probe.is_idle() && other.probe.is_idle()
    }

    /// The answers about the run, one a subject.
    ///
    /// # Errors
    /// A fault of the rule, or the test is over accesses.
    pub fn judge(&self, run: &Run) -> std::result::Result<Vec<Finding>, Fault> {
        let judge = match &self.method {
            Method::Judge(judge) => judge,
            Method::Each(each) => return Err(Fault::wrong_method(&each.expect.function, "a run")),
        };
        let found = judge.script.judge(&judge.function, run)?;
        if self.probe.blunt == Some(Blunt::NothingExamined) {
            return Ok(Vec::new());
        }
        let finding = |said: Said<Finding>| {
            let answer = self.heard(Said { what: said.what.answer, line: said.line });
            Finding { answer, subject: said.what.subject }
        };
        Ok(found.into_iter().map(finding).collect())
    }

    /// The answer as it counts: told to who listens, replaced where the test is blunted.
    fn heard(&self, said: Said<Answer>) -> Answer {
        let answer = match self.probe.blunt {
            Some(Blunt::AlwaysConforming) => Answer::Conforming,
            Some(Blunt::AlwaysException) => {
                Answer::Exception(self.causes.first().cloned().unwrap_or_default())
            }
            _ => said.what,
        };
        if let Some(heard) = &self.probe.heard
            && let Ok(mut heard) = heard.lock()
        {
            heard.push((answer.clone(), said.line));
        }
        answer
    }
}

impl Judge {
    fn wrong(&self, asked: &str) -> Fault {
        Fault::wrong_method(&self.function, asked)
    }
}

/// Ids of the packs that are part of the program.
pub fn shipped_packs() -> Vec<&'static str> {
    shipped::packs().collect()
}

/// The base that compact examples start from, as it is shipped.
pub fn example_base() -> &'static str {
    shipped::example_base()
}

/// A shipped pack's file, examples among them.
pub fn shipped_file(id: &str, path: &str) -> Option<&'static str> {
    shipped::file(id, path)
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

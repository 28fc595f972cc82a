//! Runs the examples of a pack through the whole program, in memory: what each branch of a rule answers, and whether
//! the examples would notice a rule that always says the same. Comes in: a shelf and a base. Goes out: outcomes, and
//! problems in words. It prints nothing.

mod checking;
mod records;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::audit::Baseline;
use crate::commands::pipeline;
use crate::error::{Error, Result};
use crate::rules::{Answer, Blunt, Control, ExampleFile, Method, Pack, Probe, Problem, Shelf, Test};
use crate::verdicts::answers::{ALTERED, Cell};
use crate::verdicts::{Judged, TestPlace, Word};
pub use checking::{BLUNT, Checked, check};
use stage::{Staged, stage};

/// Words that an example may expect.
const EXPECTED: [Word; 5] =
    [Word::Supported, Word::Exceptions, Word::Insufficient, Word::NotApplicable, Word::Error];

/// What an example is said to give, or what it gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Verdict.
    pub verdict: String,
    /// Causes of exceptions and of what could not be decided.
    pub causes: BTreeSet<String>,
    /// Things examined; `None` where an example does not say.
    pub population: Option<u64>,
}

/// What running an example told.
#[derive(Debug, Clone)]
pub struct Told {
    /// What it gave.
    pub outcome: Outcome,
    /// Reasons of the verdict.
    pub reasons: Vec<String>,
    /// Answers of the rule, with the lines that gave them.
    pub heard: BTreeSet<(usize, Answer)>,
}

/// An example of a control, parsed.
#[derive(Debug, Clone)]
pub struct Example {
    /// Where it stands.
    pub file: ExampleFile,
    /// Its content.
    pub content: Value,
    /// What it is said to give.
    pub expected: Outcome,
}

impl Example {
    /// `pci-dss-4.0.1/10.2.1.1/examples/root-read.exceptions.json`.
    pub fn path(&self) -> String {
        format!("{}/examples/{}", self.file.home, self.file.name)
    }

    /// Parses an example for a control.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(file: ExampleFile, control: &Control) -> std::result::Result<Example, String> {
        let content: Value =
            serde_json::from_str(&file.text).map_err(|error| format!("not JSON: {error}"))?;
        let test = control.tests.iter().find(|test| test.id == file.test).ok_or_else(|| {
            let known: Vec<String> = control.tests.iter().map(|test| test.id.to_string()).collect();
            format!("`test` must be a number of a test of this control: {}", known.join(", "))
        })?;
        let verdict = content["expect"]["verdict"].as_str().unwrap_or_default();
        if !EXPECTED.iter().any(|word| word.as_str() == verdict) {
            let known: Vec<&str> = EXPECTED.iter().map(|word| word.as_str()).collect();
            return Err(format!("expect.verdict must be one of {}", known.join(", ")));
        }
        if !file.name.ends_with(&format!(".{verdict}.json")) {
            return Err(format!("expects {verdict}, so its name must end in .{verdict}.json"));
        }
        if !content["proves"].as_str().is_some_and(|proves| proves.ends_with('.')) {
            return Err("`proves` must be one sentence that ends with a full stop".to_owned());
        }
        let causes: BTreeSet<String> = content["expect"]["causes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|cause| cause.as_str().map(str::to_owned))
            .collect();
        if let Some(unknown) = causes.iter().find(|cause| !test.causes.contains(cause) && *cause != ALTERED) {
            return Err(format!(
                "test {} gives no cause `{unknown}`; it gives {}",
                test.id,
                test.causes.join(", ")
            ));
        }
        let population = content["expect"]["population"].as_u64();
        let expected = Outcome { verdict: verdict.to_owned(), causes, population };
        Ok(Example { file, content, expected })
    }
}

/// A pack under every baseline that examples may choose.
pub struct Levels {
    packs: BTreeMap<Option<Baseline>, Pack>,
}

impl Levels {
    /// Loads what is sound of a pack; the problems of the rest go out beside it.
    ///
    /// # Errors
    /// As [`Shelf::sound_part`].
    pub fn load(shelf: &Shelf, id: &str) -> Result<(Levels, Vec<Problem>)> {
        let (plain, problems) = shelf.sound_part(id, None)?;
        let by_level = plain.as_ref().is_some_and(|pack| pack.by_level);
        let mut packs: BTreeMap<_, _> = plain.into_iter().map(|pack| (None, pack)).collect();
        for level in Baseline::ALL.into_iter().filter(|_| by_level) {
            packs.extend(shelf.sound_part(id, Some(level))?.0.map(|pack| (Some(level), pack)));
        }
        Ok((Levels { packs }, problems))
    }

    /// The pack as it is without a baseline, if its frame is sound.
    pub fn plain(&self) -> Option<&Pack> {
        self.at(None)
    }

    fn at(&self, level: Option<Baseline>) -> Option<&Pack> {
        self.packs.get(&level).or_else(|| self.packs.get(&None))
    }
}

/// The base of compact examples, parsed.
///
/// # Errors
/// `Kind::Usage` when it is no JSON.
pub fn base(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|cause| Error::usage("example-base.json is not JSON").cause(&cause))
}

/// An example ready to be asked of one test, as it is or blunted.
pub struct Ready<'p> {
    staged: Staged,
    pack: &'p Pack,
    control: &'p Control,
    test: &'p Test,
}

impl<'p> Ready<'p> {
    /// Stages an example of a requirement.
    ///
    /// # Errors
    /// What is wrong with the example.
    pub fn new(
        levels: &'p Levels,
        requirement: &str,
        example: &Example,
        base: &Value,
    ) -> std::result::Result<Self, String> {
        let plain = levels.at(None).ok_or("the pack is not loaded")?;
        let control = plain.control(requirement).ok_or("the control is not loaded")?;
        let classes = |control: &Control| {
            let test = control.tests.iter().find(|test| test.id == example.file.test);
            test.map(|test| test.data_classes.clone()).unwrap_or_default()
        };
        let staged = stage(base, &example.content, &plain.id, &classes(control))?;
        let pack = levels.at(staged.audit.file.audit.baseline).ok_or("the pack is not loaded")?;
        let control = pack.control(requirement).ok_or("the control is not loaded")?;
        let test = control.tests.iter().find(|test| test.id == example.file.test).ok_or("no such test")?;
        Ok(Ready { staged, pack, control, test })
    }

    /// Asks the test.
    pub fn ask(&self, blunt: Option<Blunt>) -> Told {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let test = self.test.with_probe(Probe { blunt, heard: Some(heard.clone()) });
        let place = TestPlace { pack: self.pack, control: self.control, test: &test };
        let judged = pipeline::judge(&self.staged.read, &self.staged.audit, &[place]);
        let heard = heard.lock().map(|heard| heard.clone()).unwrap_or_default();
        Told {
            outcome: outcome(&judged, &place, &self.staged),
            reasons: judged.verdicts.iter().flat_map(|verdict| verdict.reasons.clone()).collect(),
            heard: heard.into_iter().map(|(answer, line)| (line, answer)).collect(),
        }
    }
}

fn outcome(judged: &Judged, place: &TestPlace<'_>, staged: &Staged) -> Outcome {
    let causes = match place.test.method {
        Method::Each(_) => judged
            .tally
            .findings
            .iter()
            .flat_map(|found| found.keys())
            .filter_map(|key| match key.cell {
                Cell::Exception(cause) | Cell::Undetermined(cause) => {
                    Some(judged.answers.cause(cause).to_owned())
                }
                _ => None,
            })
            .collect(),
        Method::Judge(_) => judged
            .findings
            .iter()
            .flat_map(|found| found.iter())
            .filter_map(|finding| match &finding.answer {
                Answer::Exception(cause) | Answer::Undetermined(cause) => Some(cause.clone()),
                Answer::Conforming => None,
            })
            .collect(),
    };
    let verdict = judged.verdicts.first();
    Outcome {
        verdict: verdict.map_or("", |verdict| place.word(&staged.audit, verdict).as_str()).to_owned(),
        causes,
        population: verdict.map(|verdict| verdict.counted.population),
    }
}

impl Outcome {
    /// Whether this is what was expected; a population that the example does not state is not compared.
    pub fn agrees(&self, expected: &Outcome) -> bool {
        self.verdict == expected.verdict
            && self.causes == expected.causes
            && expected.population.is_none_or(|stated| Some(stated) == self.population)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let causes: Vec<&str> = self.causes.iter().map(String::as_str).collect();
        let causes = if causes.is_empty() { "no cause".to_owned() } else { causes.join(", ") };
        write!(f, "{}, {causes}", self.verdict)?;
        match self.population {
            Some(count) => write!(f, ", population {count}"),
            None => Ok(()),
        }
    }
}

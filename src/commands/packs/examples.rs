//! Runs the examples of a pack through the whole program, in memory: what each branch of a rule answers, and whether
//! the examples would notice a rule that always says the same. Comes in: a shelf and a base. Goes out: outcomes, and
//! problems in words. It prints nothing.

mod records;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::audit::Baseline;
use crate::commands::pipeline;
use crate::error::{Error, Result};
use crate::rules::{Answer, Blunt, Control, ExampleFile, Method, Pack, Probe, Problem, Shelf, Test};
use crate::verdicts::answers::{ALTERED, Cell};
use crate::verdicts::{Judged, TestPlace, Word};
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
            .keys()
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
            .flatten()
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

/// What checking the examples of a pack gave.
#[derive(Debug, Default)]
pub struct Checked {
    /// Examples run, those of used tests each time they are run.
    pub run: usize,
    /// Tests that they belong to.
    pub tests: usize,
    /// Everything wrong, in order.
    pub problems: Vec<String>,
}

/// One control's share of the work.
struct Task<'p> {
    control: &'p Control,
    files: Vec<ExampleFile>,
}

/// Lints a pack and runs every example of its sound controls: each must give what it says, each test must show each verdict, and a rule that always
/// says the same must be noticed.
///
/// # Errors
/// `Kind::Usage` when the pack or its examples cannot be read.
pub fn check(shelf: &Shelf, id: &str, base: &Value) -> Result<Checked> {
    let (levels, problems) = Levels::load(shelf, id)?;
    let mut tasks = Vec::new();
    for control in levels.plain().into_iter().flat_map(|pack| &pack.controls) {
        tasks.push(Task { control, files: shelf.examples_of(id, &control.requirement)? });
    }
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(number) else { break };
            let checked = task.check(&levels, base);
            if let Ok(mut found) = found.lock() {
                found.insert(number, checked);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let problems = problems.iter().map(|problem| format!("{id}/{problem}")).collect();
    let mut whole = Checked { problems, ..Checked::default() };
    for (_, checked) in found.into_inner().unwrap_or_default() {
        whole.run += checked.run;
        whole.tests += checked.tests;
        whole.problems.extend(checked.problems);
    }
    Ok(whole)
}

impl Task<'_> {
    fn check(&self, levels: &Levels, base: &Value) -> Checked {
        let mut checked = Checked { tests: self.control.tests.len(), ..Checked::default() };
        let mut shown: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        let mut noticed: BTreeSet<(u32, usize)> = BTreeSet::new();
        for file in &self.files {
            let path = format!("{}/examples/{}", file.home, file.name);
            let told = Example::read(file.clone(), self.control).and_then(|example| {
                let ready = Ready::new(levels, &self.control.requirement, &example, base)?;
                Ok((example, ready))
            });
            let (example, ready) = match told {
                Ok(told) => told,
                Err(message) => {
                    checked.problems.push(format!("{path}{}: {message}", self.asked(file)));
                    continue;
                }
            };
            checked.run += 1;
            shown.entry(file.test).or_default().insert(example.expected.verdict.clone());
            let told = ready.ask(None);
            if !told.outcome.agrees(&example.expected) {
                checked.problems.push(self.failure(&example, &ready, &told));
            }
            for (number, blunt) in BLUNT.into_iter().enumerate() {
                if !noticed.contains(&(file.test, number)) && ready.ask(Some(blunt)).outcome != told.outcome {
                    noticed.insert((file.test, number));
                }
            }
        }
        for test in &self.control.tests {
            checked.problems.extend(self.missing(levels, test, shown.get(&test.id)));
            for (number, blunt) in BLUNT.into_iter().enumerate() {
                if !noticed.contains(&(test.id, number)) {
                    let pack = levels.plain().map_or("", |pack| pack.id.as_str());
                    let place = format!("{pack}/{}#{}", self.control.requirement, test.id);
                    checked.problems.push(format!("{place}: no example notices {}", unnoticed(blunt)));
                }
            }
        }
        checked
    }

    /// Where an inherited example is asked.
    fn asked(&self, file: &ExampleFile) -> String {
        if file.inherited {
            format!(" (inherited by {}#{})", self.control.requirement, file.test)
        } else {
            String::new()
        }
    }

    fn failure(&self, example: &Example, ready: &Ready<'_>, told: &Told) -> String {
        let mut lines = vec![
            format!(
                "{}{}: {}",
                example.path(),
                self.asked(&example.file),
                example.content["proves"].as_str().unwrap_or_default()
            ),
            format!("  expected  {}", example.expected),
            format!("  got       {}", told.outcome),
        ];
        lines.extend(told.reasons.iter().map(|reason| format!("  reason    {reason}")));
        let script = &ready.test.home.script;
        let text = ready.pack.file(script).map_or("", |file| file.text.as_str());
        for (line, answer) in &told.heard {
            let said = match answer {
                Answer::Conforming => "conforming".to_owned(),
                Answer::Exception(cause) => format!("exception {cause}"),
                Answer::Undetermined(cause) => format!("undetermined {cause}"),
            };
            let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
            lines.push(format!("  decided   {said} at {script}:{line} | {written}"));
        }
        lines.join("\n")
    }

    /// Verdicts that no example of a test shows.
    fn missing(&self, levels: &Levels, test: &Test, shown: Option<&BTreeSet<String>>) -> Vec<String> {
        let conditional = self.control.applies.is_some() || test.empty_is_not_applicable;
        let mut wanted = vec![Word::Supported, Word::Exceptions, Word::Insufficient];
        wanted.extend(conditional.then_some(Word::NotApplicable));
        let has = |word: &Word| shown.is_some_and(|shown| shown.contains(word.as_str()));
        let pack = levels.at(None).map_or("", |pack| pack.id.as_str());
        wanted
            .into_iter()
            .filter(|word| !has(word))
            .map(|word| {
                format!("{pack}/{}#{}: no example shows {}", self.control.requirement, test.id, word.as_str())
            })
            .collect()
    }
}

/// Rules that always say the same.
pub const BLUNT: [Blunt; 3] = [Blunt::AlwaysConforming, Blunt::AlwaysException, Blunt::NothingExamined];

fn unnoticed(blunt: Blunt) -> &'static str {
    match blunt {
        Blunt::AlwaysConforming => "a rule by which everything conforms",
        Blunt::AlwaysException => "a rule by which everything is an exception",
        Blunt::NothingExamined => "a rule that examines nothing",
    }
}

//! Checks the examples of a whole pack: each must give what it says, each test must show each verdict, each cause must
//! be brought out, and a rule that always says the same must be noticed. Comes in: a shelf and a base. Goes out: counts
//! and problems in words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::{Example, Levels, Ready, Told};
use crate::error::Result;
use crate::rules::{Answer, Blunt, Control, ExampleFile, Pack, Shelf, Test, unseen_causes};
use crate::verdicts::Word;

/// What checking the examples of a pack gave.
#[derive(Debug, Default)]
pub struct Checked {
    /// Examples run, those of used tests each time they are run.
    pub run: usize,
    /// Tests that they belong to.
    pub tests: usize,
    /// Everything wrong, in order.
    pub problems: Vec<String>,
    /// What is worth knowing and not wrong.
    pub notes: Vec<String>,
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
    let threads = crate::commands::threads(None);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let told = |note: bool| {
        let meant = problems.iter().filter(move |problem| problem.is_note() == note);
        meant.map(|problem| format!("{id}/{problem}")).collect()
    };
    let mut whole = Checked { problems: told(false), notes: told(true), ..Checked::default() };
    for (_, checked) in found.into_inner().unwrap_or_default() {
        whole.run += checked.run;
        whole.tests += checked.tests;
        whole.problems.extend(checked.problems);
        whole.notes.extend(checked.notes);
    }
    Ok(whole)
}

/// What the examples of a control showed.
#[derive(Default)]
struct Shown {
    /// Verdicts, by test.
    verdicts: BTreeMap<u32, BTreeSet<String>>,
    /// Blunt rules noticed: test and place in [`BLUNT`].
    noticed: BTreeSet<(u32, usize)>,
    /// Causes brought out.
    causes: BTreeSet<String>,
}

impl Task<'_> {
    fn check(&self, levels: &Levels, base: &Value) -> Checked {
        let mut checked = Checked { tests: self.control.tests.len(), ..Checked::default() };
        let mut shown = Shown::default();
        for file in &self.files {
            self.example(file, levels, base, &mut checked, &mut shown);
        }
        let Some(pack) = levels.plain() else { return checked };
        for test in &self.control.tests {
            checked.problems.extend(self.missing(pack, test, shown.verdicts.get(&test.id)));
            for (number, blunt) in BLUNT.into_iter().enumerate() {
                if !shown.noticed.contains(&(test.id, number)) {
                    let place = format!("{}/{}#{}", pack.id, self.control.requirement, test.id);
                    checked.problems.push(format!("{place}: no example notices {}", unnoticed(blunt)));
                }
            }
        }
        checked.notes.extend(self.unseen(pack, &shown.causes));
        checked
    }

    /// Runs one example and notes what it shows.
    fn example(
        &self,
        file: &ExampleFile,
        levels: &Levels,
        base: &Value,
        checked: &mut Checked,
        shown: &mut Shown,
    ) {
        let told = Example::read(file.clone(), self.control).and_then(|example| {
            let ready = Ready::new(levels, &self.control.requirement, &example, base)?;
            Ok((example, ready))
        });
        let (example, ready) = match told {
            Ok(told) => told,
            Err(message) => {
                let path = format!("{}/examples/{}", file.home, file.name);
                checked.problems.push(format!("{path}{}: {message}", self.asked(file)));
                return;
            }
        };
        checked.run += 1;
        let verdict = example.expected.verdict.clone();
        shown.verdicts.entry(file.test).or_default().insert(verdict);
        let told = ready.ask(None);
        if !told.outcome.agrees(&example.expected) {
            checked.problems.push(self.failure(&example, &ready, &told));
        }
        for (number, blunt) in BLUNT.into_iter().enumerate() {
            let known = shown.noticed.contains(&(file.test, number));
            if !known && ready.ask(Some(blunt)).outcome != told.outcome {
                shown.noticed.insert((file.test, number));
            }
        }
        shown.causes.extend(told.outcome.causes);
    }

    /// Causes of the control's own script that no example brings out.
    fn unseen(&self, pack: &Pack, seen: &BTreeSet<String>) -> Vec<String> {
        let file = format!("{}/control.toml", self.control.slug);
        let own = self.control.tests.iter().filter(|test| !test.home.used);
        let given: BTreeSet<&String> = own.flat_map(|test| &test.causes).collect();
        let causes: BTreeMap<String, String> = self
            .control
            .causes
            .iter()
            .filter(|(cause, _)| given.contains(cause))
            .map(|(c, w)| (c.clone(), w.clone()))
            .collect();
        let text = pack.file(&file).map_or("", |file| file.text.as_str());
        let problems = unseen_causes(&file, text, &causes, seen);
        problems.iter().map(|problem| format!("{}/{problem}", pack.id)).collect()
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
    fn missing(&self, pack: &Pack, test: &Test, shown: Option<&BTreeSet<String>>) -> Vec<String> {
        let conditional = self.control.applies.is_some() || test.empty_is_not_applicable;
        let mut wanted = vec![Word::Supported, Word::Exceptions, Word::Insufficient];
        wanted.extend(conditional.then_some(Word::NotApplicable));
        let has = |word: &Word| shown.is_some_and(|shown| shown.contains(word.as_str()));
        wanted
            .into_iter()
            .filter(|word| !has(word))
            .map(|word| {
                format!(
                    "{}/{}#{}: no example shows {}",
                    pack.id,
                    self.control.requirement,
                    test.id,
                    word.as_str()
                )
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

//! The summary that `run` prints: for people at most 37 lines, for machines as JSON. Comes in: what a run read, judged and
//! wrote. Goes out: text. It counts verdicts and judges nothing.

use std::collections::BTreeMap;

use serde_json::json;

use super::pipeline::{self, Documents};
use super::terminal;
use crate::audit::Audit;
use crate::bundle::{individuals, reconcile};
use crate::clock;
use crate::ledger::FileOutcome;
use crate::ledger::individuals::Individuals;
use crate::rules::Pack;
use crate::verdicts::{Judged, TestPlace, Verdict, Word, examined};

/// Requirements told one by one, the worst when there are more.
const TOLD: usize = 16;

/// Missing facts named.
const MISSING: usize = 8;

/// A test or a requirement and what it came to.
struct Line {
    name: String,
    word: Word,
    population: u64,
    exceptions: u64,
    undetermined: u64,
}

impl Line {
    fn text(&self, examined: &str) -> String {
        let held = self.word == Word::Insufficient && self.exceptions > 0;
        let contradict = if held { "contradict, not concluded" } else { "contradict" };
        format!(
            "  {} {:<14} {:<24} {} {contradict}, {} undetermined of {}",
            self.word.shape(),
            self.word.as_str(),
            self.name,
            self.exceptions,
            self.undetermined,
            if examined.is_empty() { "nothing" } else { examined }
        )
    }

    fn json_test(&self) -> serde_json::Value {
        json!({"test": self.name, "verdict": self.word.as_str(), "population": self.population, "exceptions": self.exceptions, "undetermined": self.undetermined})
    }
}

/// What a run came to.
pub struct Report<'a> {
    /// What was read.
    pub read: &'a pipeline::Read,
    /// The audit.
    pub audit: &'a Audit,
    /// The packs that ran.
    pub packs: &'a [Pack],
    /// Their tests.
    pub tests: &'a [TestPlace<'a>],
    /// What they said.
    pub judged: &'a Judged,
    /// What was written.
    pub outcome: &'a pipeline::Outcome,
    /// Documents that were drawn.
    pub documents: Documents,
}

impl Report<'_> {
    /// One line a test.
    fn tests(&self) -> Vec<Line> {
        let line = |(place, verdict): (&TestPlace<'_>, &Verdict)| Line {
            name: place.id(),
            word: place.word(self.audit, verdict),
            population: verdict.counted.population,
            exceptions: verdict.counted.exceptions,
            undetermined: verdict.counted.undetermined,
        };
        self.tests.iter().zip(&self.judged.verdicts).map(line).collect()
    }

    /// The worst word of each tested requirement, with its sums.
    fn requirements(&self) -> Vec<Line> {
        let mut list: Vec<Line> = Vec::new();
        for test in self.tests() {
            let name = test.name.split('#').next().unwrap_or(&test.name).to_owned();
            match list.last_mut().filter(|last| last.name == name) {
                Some(last) => {
                    last.word = last.word.min(test.word);
                    last.population += test.population;
                    last.exceptions += test.exceptions;
                    last.undetermined += test.undetermined;
                }
                None => list.push(Line { name, ..test }),
            }
        }
        list
    }

    /// What the tests of a requirement examined.
    fn examined(&self, requirement: &str) -> String {
        let mine =
            |(place, _): &(&TestPlace<'_>, &Verdict)| place.id().split('#').next() == Some(requirement);
        examined::of(self.audit, self.tests.iter().zip(&self.judged.verdicts).filter(mine))
    }

    /// How many requirements of each pack got which word.
    fn packs(&self, requirements: &[Line]) -> Vec<String> {
        let told = |pack: &Pack| {
            let start = format!("{}/", pack.id);
            let mine: Vec<&Line> = requirements.iter().filter(|line| line.name.starts_with(&start)).collect();
            let count = |word: Word| match word {
                Word::NotTested => pack.requirements.len() - mine.len(),
                word => mine.iter().filter(|line| line.word == word).count(),
            };
            let words: Vec<String> = Word::ALL
                .iter()
                .filter(|word| count(**word) > 0)
                .map(|word| format!("{} {} {}", word.shape(), count(*word), word.as_str()))
                .collect();
            format!("Pack     {}, {} requirements: {}", pack.id, pack.requirements.len(), words.join(", "))
        };
        self.packs.iter().map(told).collect()
    }

    /// The files that were read, and those that were not; digests are among what holds no records.
    fn files(&self) -> String {
        let files = &self.read.ledger.files;
        let failed = files.iter().filter(|file| matches!(file.outcome, FileOutcome::Failed(_))).count();
        let skipped = files.iter().filter(|file| matches!(file.outcome, FileOutcome::Skipped(_))).count();
        let skipped_words = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
        format!("{} files ({failed} failed{skipped_words})", files.len() - skipped)
    }

    /// What the check against digests came to, where there are digests.
    fn integrity(&self) -> Option<String> {
        let report = self.read.integrity.as_ref()?;
        let (digests, logs) = (&report.totals.digests, &report.totals.logs);
        (digests.total > 0).then(|| {
            format!(
                "Check    {}: {} of {} listed log files and {} of {} digests are valid: see data/integrity.json",
                report.verdict, logs.valid, logs.total, digests.valid, digests.total
            )
        })
    }

    /// At most 38 lines.
    pub fn text(&self) -> String {
        let ledger = &self.read.ledger;
        let boxes = &ledger.boxes;
        let found = Individuals::of(ledger);
        let adds = if reconcile::all_hold(&self.outcome.lines) { "adds up" } else { "DOES NOT ADD UP" };
        let mut lines = vec![
            format!("Read     {}, {} records; {} people seen", self.files(), boxes.parsed, found.seen()),
            format!(
                "Boxes    {} parsed = {} duplicates + {} copies in other accounts + {} outside the window + {} in it: the reconciliation {adds}",
                boxes.parsed,
                boxes.duplicates,
                boxes.copies,
                boxes.outside,
                boxes.in_window()
            ),
        ];
        lines.extend(self.integrity());
        lines.push(format!("People   {}", individuals::sentence(&found)));
        let roster = individuals::roster_sentence(self.audit, &found);
        lines.extend(roster.map(|told| format!("Roster   {}", terminal::safe(&told))));
        let mut requirements = self.requirements();
        lines.extend(self.packs(&requirements));
        lines.push(String::new());
        let more = requirements.len().saturating_sub(TOLD);
        if more > 0 {
            requirements.sort_by_key(|line| line.word);
        }
        let told = |line: &Line| line.text(&self.examined(&line.name));
        lines.extend(requirements.iter().take(TOLD).map(told));
        if more > 0 {
            lines.push(format!("  … and {more} more in data/tests.csv"));
        }
        lines.push(String::new());
        lines.extend(self.missing());
        if self.read.ledger.lost() > 0 {
            lines.push(format!(
                "Lost     {} files or records could not be read or placed: see data/gaps.csv",
                self.read.ledger.lost()
            ));
        }
        lines.push(format!("Bundle   {}", terminal::safe(&self.outcome.folder.display().to_string())));
        lines.push(format!("Digest   {}", self.outcome.digest));
        lines.push(format!("Open     {}", self.first_file()));
        lines.join("\n") + "\n"
    }

    /// Facts that audit.toml leaves out, those first that most tests wait for.
    fn missing(&self) -> Option<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for fact in self.judged.verdicts.iter().flat_map(|verdict| &verdict.missing) {
            *counts.entry(fact).or_insert(0) += 1;
        }
        let mut facts: Vec<(&str, usize)> = counts.into_iter().collect();
        facts.sort_by_key(|(_, tests)| std::cmp::Reverse(*tests));
        let more = facts.len().saturating_sub(MISSING);
        let told = |(fact, tests): &(&str, usize)| {
            format!("{fact} ({tests} {})", if *tests == 1 { "test" } else { "tests" })
        };
        let told: Vec<String> = facts.iter().take(MISSING).map(told).collect();
        let more = if more > 0 { format!(" and {more} more, see data/tests.csv") } else { String::new() };
        (!told.is_empty()).then(|| format!("Missing  audit.toml does not state {}{more}", told.join(", ")))
    }

    fn first_file(&self) -> String {
        let name = match self.documents {
            Documents::All => "human/00-overview.pdf, or human/index.html in a browser",
            Documents::Html => "human/index.html in a browser",
            Documents::None => "README.txt, then data/tests.csv",
        };
        format!("first {name}")
    }

    /// The same for machines, with every test.
    pub fn json(&self, exit: u8) -> String {
        let ledger = &self.read.ledger;
        let boxes = &ledger.boxes;
        let tests: Vec<_> = self.tests().iter().map(Line::json_test).collect();
        let requirements: Vec<_> = self
            .requirements()
            .iter()
            .map(|line| json!({"requirement": line.name, "verdict": line.word.as_str()}))
            .collect();
        let value = json!({
            "bundle": self.outcome.folder.display().to_string(),
            "content_digest": self.outcome.digest,
            "window": {"from": clock::rfc3339(self.audit.from), "to": clock::rfc3339(self.audit.to)},
            "files": ledger.files.len(),
            "records": {"parsed": boxes.parsed, "duplicates": boxes.duplicates, "copies": boxes.copies, "outside": boxes.outside, "in_window": boxes.in_window()},
            "accesses": ledger.accesses(),
            "identity": individuals::told(self.audit, &Individuals::of(ledger)),
            "lost": self.read.ledger.lost(),
            "reconciliation_holds": reconcile::all_hold(&self.outcome.lines),
            "exception_groups": self.outcome.groups.len(),
            "pdf_pages": self.outcome.pages,
            "requirements": requirements,
            "tests": tests,
            "exit": exit,
        });
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    }
}

//! Verdicts: what the tests answered, weighed against coverage, lost input and missing facts. The one builder of
//! verdicts is here; a pass over logs with gaps is `insufficient`, and no script has to remember that
//! (evidence-bundle §5).

pub mod answers;
pub mod builder;
pub mod examined;
pub mod fields;
mod hours;
mod missing;
pub mod runs;
pub mod tally;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audit::Audit;
use crate::coverage::{self, Coverage, Need};
use crate::events::arn;
use crate::ledger::Ledger;
use crate::rules::{self, Control, Method, Pack, Test};
use answers::Answers;
pub use builder::{Verdict, Word};
use runs::RunFacts;
use tally::Tally;

/// A test and where it stands.
#[derive(Clone, Copy)]
pub struct TestPlace<'a> {
    /// Its pack.
    pub pack: &'a Pack,
    /// Its control.
    pub control: &'a Control,
    /// The test.
    pub test: &'a Test,
}

impl TestPlace<'_> {
    /// `pci-dss-4.0.1/10.2.1.1`.
    pub fn requirement(&self) -> String {
        format!("{}/{}", self.pack.id, self.control.requirement)
    }

    /// `pci-dss-4.0.1/10.2.1.1#1`.
    pub fn id(&self) -> String {
        format!("{}#{}", self.requirement(), self.test.id)
    }

    /// Its word with the organisation's declaration applied: it makes a requirement not applicable, as the conditions of
    /// its pack do, and a fault stays one.
    pub fn word(&self, audit: &Audit, verdict: &Verdict) -> Word {
        let declared = audit.declaration(&self.requirement()).is_some();
        if declared && verdict.word != Word::Error { Word::NotApplicable } else { verdict.word }
    }

    /// Whether it applies, as audit.toml and the pack say.
    pub fn applies(&self, audit: &Audit) -> Applies {
        let section = &audit.file.audit;
        if self.control.applies == Some(rules::Condition::ServiceProvider) {
            match section.service_provider {
                Some(true) => {}
                Some(false) => {
                    let reason = "audit.toml states that the organisation is no service provider, and this requirement is for service providers only";
                    return Applies::No(reason.to_owned());
                }
                None => return Applies::NotStated("audit.service_provider"),
            }
        }
        if !self.pack.has_baselines() {
            return Applies::Yes;
        }
        let Some(level) = section.baseline else {
            return Applies::NotStated("audit.baseline");
        };
        match self.pack.requirement(&self.control.requirement) {
            Some(stated) => stated.outside(level).map_or(Applies::Yes, Applies::No),
            None => Applies::Yes,
        }
    }

    /// Whether signed digests must verify the hours it needs (all of the scope where it states none) and the records it
    /// examines: it says so itself, or the settings of its pack do.
    pub fn demands_verified_hours(&self) -> bool {
        let by_test = self.test.coverage.as_ref().is_some_and(|stated| stated.verified);
        by_test || self.control.settings.demands_verified_hours()
    }

    /// What must be proven for it.
    pub fn need(&self, audit: &Audit) -> Option<Need> {
        let stated = self.test.coverage.as_ref()?;
        let identity_center = audit.file.logs.as_ref().and_then(|logs| logs.identity_center_region.clone());
        Some(Need {
            classes: stated
                .classes
                .iter()
                .filter_map(|class| coverage::Class::from_word(class.as_str()))
                .collect(),
            data_class: match stated.of.as_deref() {
                None | Some("declared") => None,
                Some("scope") => Some(self.test.data_classes.clone()),
                Some(class) => Some(vec![class.to_owned()]),
            },
            regions: match stated.regions {
                rules::Regions::All | rules::Regions::Everywhere => None,
                rules::Regions::Global => {
                    Some(arn::GLOBAL_REGIONS.iter().map(|name| (*name).to_owned()).collect())
                }
                rules::Regions::IdentityCenter => identity_center.map(|region| vec![region]),
            },
        })
    }
}

/// Whether a test applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applies {
    /// It does.
    Yes,
    /// It does not, for this reason.
    No(String),
    /// It depends on this fact, which audit.toml does not state.
    NotStated(&'static str),
}

/// All tests of the packs, in their order.
pub fn tests(packs: &[Pack]) -> Vec<TestPlace<'_>> {
    packs
        .iter()
        .flat_map(|pack| pack.controls.iter().map(move |control| (pack, control)))
        .flat_map(|(pack, control)| control.tests.iter().map(move |test| TestPlace { pack, control, test }))
        .collect()
}

/// What the tests said and what it is worth.
#[derive(Debug)]
pub struct Judged {
    /// Answers about accesses.
    pub answers: Answers,
    /// Counts.
    pub tally: Tally,
    /// The run as rules saw it.
    pub facts: RunFacts,
    /// Findings of tests over the run, by test; tests that ask the same share theirs.
    pub findings: Vec<Arc<[rules::Finding]>>,
    /// One verdict a test.
    pub verdicts: Vec<Verdict>,
}

/// Asks the tests over the run, those that ask the same of the same objects once.
fn findings(
    facts: &RunFacts,
    tests: &[TestPlace<'_>],
    faults: &mut BTreeMap<usize, rules::Fault>,
) -> Vec<Arc<[rules::Finding]>> {
    let mut findings: Vec<Arc<[rules::Finding]>> = Vec::with_capacity(tests.len());
    for (number, place) in tests.iter().enumerate() {
        let is_twin = |other: &&TestPlace<'_>| {
            other.test.asks_the_same_as(place.test) && std::ptr::eq(facts.of(other), facts.of(place))
        };
        let twin = tests.iter().take(number).position(|other| is_twin(&other));
        let found = match (&place.test.method, twin) {
            (Method::Each(_), _) => Arc::default(),
            (Method::Judge(_), Some(twin)) => {
                if let Some(fault) = faults.get(&twin).cloned() {
                    faults.insert(number, fault);
                }
                findings.get(twin).cloned().unwrap_or_default()
            }
            (Method::Judge(_), None) => {
                let judged = place.test.judge(&facts.of(place).run).unwrap_or_else(|fault| {
                    faults.insert(number, fault);
                    Vec::new()
                });
                judged.into()
            }
        };
        findings.push(found);
    }
    findings
}

/// Asks, counts and weighs.
pub fn judge(ledger: &Ledger, coverage: &Coverage, audit: &Audit, tests: &[TestPlace<'_>]) -> Judged {
    let mut answers = answers::ask(ledger, &audit.scope, tests);
    let tally = tally::count(ledger, &answers, tests.len());
    let facts = runs::facts(ledger, coverage, audit, tests);
    let findings = findings(&facts, tests, &mut answers.faults);
    let weigher = builder::Weigher::new(ledger, coverage, audit);
    let verdicts = tests
        .iter()
        .enumerate()
        .map(|(number, place)| {
            let count = builder::Counted::of(
                place,
                tally.counts.get(number),
                findings.get(number).map(|found| &**found),
            );
            weigher.weigh(place, &count, answers.faults.get(&number))
        })
        .collect();
    Judged { answers, tally, facts, findings, verdicts }
}

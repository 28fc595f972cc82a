//! The one builder of verdicts. It refuses to call anything supported without population, coverage, facts and whole
//! input; each verdict carries its reasons.

mod demand;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::hours::hours_words;
use super::tally::Count;
use super::{Applies, TestPlace, examined, missing, runs};
use crate::audit::Audit;
use crate::coverage::selectors::Selectors;
use crate::coverage::{Coverage, State, Strip};
use crate::events::{ObjectKind, Outcome, Plane, arn};
use crate::gaps::GapKind;
use crate::ledger::Ledger;
use crate::ledger::shape::RawShape;
use crate::rules::{Answer, Approval, Difference, Fault, Field, Finding, Method, Regions, When};

/// Verdict words (evidence-bundle §5.1), in order of severity, worst first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The test did not complete.
    Error,
    /// At least one exception.
    Exceptions,
    /// Evidence not sufficient to conclude.
    Insufficient,
    /// Not testable from these logs.
    #[default]
    NotTested,
    /// Evidence supports the requirement for the tested population.
    Supported,
    /// Declared not applicable by the organisation, or a condition that the pack states is not met.
    NotApplicable,
}

impl Word {
    /// Every word, worst first.
    pub const ALL: [Word; 6] = [
        Word::Error,
        Word::Exceptions,
        Word::Insufficient,
        Word::NotTested,
        Word::Supported,
        Word::NotApplicable,
    ];

    /// The word as data files and pages print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Word::Error => "error",
            Word::Exceptions => "exceptions",
            Word::Insufficient => "insufficient",
            Word::NotTested => "not-tested",
            Word::Supported => "supported",
            Word::NotApplicable => "not-applicable",
        }
    }

    /// The sentence printed beside the word (evidence-bundle §5.1).
    pub fn sentence(self) -> &'static str {
        match self {
            Word::Error => "Test did not complete",
            Word::Exceptions => "Exceptions found",
            Word::Insufficient => "Evidence not sufficient to conclude",
            Word::NotTested => "Not testable from these logs",
            Word::Supported => "Evidence supports the requirement for the tested population",
            Word::NotApplicable => "Not applicable, for the reason given",
        }
    }

    /// The shape that accompanies the colour (visual.md): ● ▲ ◐ ○ – ■.
    pub fn shape(self) -> &'static str {
        match self {
            Word::Error => "■",
            Word::Exceptions => "▲",
            Word::Insufficient => "◐",
            Word::NotTested => "○",
            Word::Supported => "●",
            Word::NotApplicable => "–",
        }
    }
}

/// What a test came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The word.
    pub word: Word,
    /// Why, one line each; never empty.
    pub reasons: Vec<String>,
    /// Facts of audit.toml that it needs and that are not stated.
    pub missing: Vec<String>,
    /// Qualifiers.
    pub qualifiers: BTreeSet<&'static str>,
    /// Counts.
    pub counted: Counted,
    /// What had to be proven and what was, in words.
    pub coverage: String,
}

/// Counts that a verdict rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Things examined.
    pub population: u64,
    /// Distinct events, for accesses.
    pub events: Option<u64>,
    /// Conforming.
    pub conforming: u64,
    /// Exceptions.
    pub exceptions: u64,
    /// Undetermined.
    pub undetermined: u64,
    /// Accesses whose records stand in files that no signed digest proves.
    pub unverified: u64,
    /// Population digest; of objects of the run it is made where their names are made fit to be shown.
    pub digest: String,
}

impl Counted {
    /// From the counts over accesses, or the findings over the run.
    pub fn of(place: &TestPlace<'_>, count: Option<&Count>, findings: Option<&[Finding]>) -> Counted {
        match place.test.method {
            Method::Each(_) => count.map(Counted::accesses).unwrap_or_default(),
            Method::Judge(_) => findings.map(Counted::findings).unwrap_or_default(),
        }
    }

    fn accesses(count: &Count) -> Counted {
        Counted {
            population: count.population,
            events: Some(count.events),
            conforming: count.conforming,
            exceptions: count.exceptions,
            undetermined: count.undetermined,
            unverified: count.unverified,
            digest: count.digest.clone(),
        }
    }

    fn findings(findings: &[Finding]) -> Counted {
        let number = |wanted: fn(&Answer) -> bool| {
            findings.iter().filter(|finding| wanted(&finding.answer)).count() as u64
        };
        Counted {
            population: findings.len() as u64,
            events: None,
            conforming: number(|answer| *answer == Answer::Conforming),
            exceptions: number(|answer| matches!(answer, Answer::Exception(_))),
            undetermined: number(|answer| matches!(answer, Answer::Undetermined(_))),
            unverified: 0,
            digest: String::new(),
        }
    }
}

/// Weighs answers.
pub struct Weigher<'a> {
    coverage: &'a Coverage,
    audit: &'a Audit,
    lost: u64,
    conflicts: u64,
    /// Records came out of containers that cannot show all that a trail delivers.
    contained: bool,
    /// Files with records that no signed digest proves.
    unverified_files: usize,
    /// Accounts with tables that audit.toml does not declare.
    undeclared: BTreeSet<String>,
    logged_buckets: BTreeSet<String>,
}

impl<'a> Weigher<'a> {
    /// Gathers what applies to every test.
    pub fn new(ledger: &Ledger, coverage: &'a Coverage, audit: &'a Audit) -> Self {
        let conflicts = ledger.gaps.iter().filter(|gap| gap.kind == GapKind::Conflict);
        let raws: Vec<&RawShape> = ledger.shapes.iter().filter_map(|shape| ledger.raw(shape)).collect();
        let undeclared = |raw: &&&RawShape| {
            let place = (
                ledger.name(raw.object_account),
                ledger.name(raw.object_region),
                ledger.name(raw.object_name),
            );
            let exists = !place.2.is_empty() && raw.outcome != Outcome::NotFound;
            raw.object_kind == ObjectKind::Table
                && exists
                && audit.scope.data_class(place.0, place.1, place.2).is_none()
        };
        let object_logged =
            |raw: &&&RawShape| raw.object_kind == ObjectKind::Bucket && raw.plane == Plane::Data;
        Weigher {
            coverage,
            audit,
            lost: ledger.lost(),
            contained: !ledger.container_limits().is_empty(),
            unverified_files: ledger
                .files
                .iter()
                .filter(|file| file.records > 0 && file.trust != crate::ledger::Trust::Verified)
                .count(),
            conflicts: conflicts.map(|gap| gap.count).sum(),
            undeclared: raws
                .iter()
                .filter(undeclared)
                .map(|raw| ledger.name(raw.object_account).to_owned())
                .collect(),
            logged_buckets: raws
                .iter()
                .filter(object_logged)
                .map(|raw| ledger.name(raw.object_name).to_owned())
                .collect(),
        }
    }

    /// Every declared log bucket shows object-level logging: a selector snapshot includes its objects, or a record of
    /// such an event was seen.
    fn objects_logged(&self) -> bool {
        let buckets = &self.audit.scope.log_buckets;
        let selected = |bucket: &String| {
            self.audit.snapshots.iter().any(|snapshot| {
                Selectors::read(&snapshot.answer).is_some_and(|selectors| selectors.selects_objects(bucket))
            })
        };
        !buckets.is_empty()
            && buckets.iter().all(|bucket| self.logged_buckets.contains(bucket) || selected(bucket))
    }

    /// Accounts of these strips in which tables were seen that audit.toml does not declare.
    fn undeclared_in<'s>(&self, strips: &[&'s Strip]) -> BTreeSet<&'s str> {
        let accounts = strips.iter().map(|strip| strip.account.as_str());
        accounts.filter(|account| self.undeclared.contains(*account)).collect()
    }

    /// The verdict of one test.
    pub fn weigh(&self, place: &TestPlace<'_>, counted: &Counted, fault: Option<&Fault>) -> Verdict {
        let need = place.need(self.audit);
        let strips: Vec<&Strip> = need.iter().flat_map(|need| self.coverage.needed(need)).collect();
        let (word, reasons) = self.word(place, counted, &strips, fault);
        Verdict {
            word,
            reasons,
            missing: self.unstated(place),
            qualifiers: self.qualifiers(place, &strips, counted),
            counted: counted.clone(),
            coverage: self.coverage_words(&strips) + demand::words(place),
        }
    }

    fn word(
        &self,
        place: &TestPlace<'_>,
        counted: &Counted,
        strips: &[&Strip],
        fault: Option<&Fault>,
    ) -> (Word, Vec<String>) {
        if let Some(fault) = fault {
            return (Word::Error, vec![format!("the rule did not complete: {fault}")]);
        }
        let contradict = format!(
            "{} of {} {} the test",
            counted.exceptions,
            examined::count(counted.population, &place.test.unit),
            if counted.exceptions == 1 { "contradicts" } else { "contradict" }
        );
        let classes = &place.test.data_classes;
        match place.applies(self.audit) {
            Applies::Yes => {}
            Applies::No(reason) => return (Word::NotApplicable, vec![reason]),
            Applies::NotStated(fact) => {
                let held = "are listed, but whether the test applies is not stated";
                let listed = (counted.exceptions > 0).then(|| format!("{contradict} and {held}"));
                let lacks = without(&missing::words(fact, classes));
                return (Word::Insufficient, std::iter::once(lacks).chain(listed).collect());
            }
        }
        let absent = self.absent(place);
        let missing: Vec<String> = absent.iter().map(|fact| missing::words(fact, classes)).collect();
        if counted.exceptions > 0 && !place.test.requires.iter().any(|fact| self.accuses(place, fact)) {
            return (Word::Exceptions, std::iter::once(contradict).chain(missing).collect());
        }
        if !missing.is_empty() {
            let held = "are listed, but they may be so only because that fact is missing";
            let listed = (counted.exceptions > 0).then(|| format!("{contradict} and {held}"));
            return (Word::Insufficient, missing.iter().map(|words| without(words)).chain(listed).collect());
        }
        let reasons = self.shortcomings(place, counted, strips);
        if !reasons.is_empty() {
            return (Word::Insufficient, reasons);
        }
        if counted.population == 0 {
            return match self.nothing_in_scope(place) {
                Some(lacks) => (Word::Insufficient, vec![lacks]),
                None => empty(place, strips),
            };
        }
        let covered = if strips.is_empty() { String::new() } else { format!("; {}", coverage_words(strips)) };
        let unit = &place.test.unit;
        let all = match counted.population {
            1 => format!("1 of {} conforms{covered}", examined::count(1, unit)),
            population => format!("all {population} {unit} conform{covered}"),
        };
        (Word::Supported, vec![all])
    }

    /// What audit.toml would have to state before the test could conclude, by its key there.
    fn unstated(&self, place: &TestPlace<'_>) -> Vec<String> {
        let facts: Vec<&str> = match place.applies(self.audit) {
            Applies::Yes => self.absent(place),
            Applies::No(_) => Vec::new(),
            Applies::NotStated(fact) => vec![fact],
        };
        let stated_there = facts.into_iter().filter(|fact| *fact != missing::KEY_EVENTS);
        stated_there.map(|fact| missing::key(fact, &place.test.data_classes)).collect()
    }

    /// Facts that the test cannot do without and that are not given.
    fn absent<'t>(&self, place: &TestPlace<'t>) -> Vec<&'t str> {
        let given = |fact: &str| match fact {
            "tables.scope" => self.in_scope(place),
            fact => self.given(fact),
        };
        place.test.requires.iter().map(String::as_str).filter(|fact| !given(fact)).collect()
    }

    /// A table of the classes that the pack of a test is about is declared.
    fn in_scope(&self, place: &TestPlace<'_>) -> bool {
        self.audit.scope.holds_any(place.test.data_classes.iter().map(String::as_str))
    }

    /// That nothing occurred says nothing of a framework whose data no declared table holds.
    fn nothing_in_scope(&self, place: &TestPlace<'_>) -> Option<String> {
        let lacks = || missing::words("tables.scope", &place.test.data_classes);
        (!self.in_scope(place)).then(|| format!("nothing to examine was found, and {}", lacks()))
    }

    /// Whether the lack of a fact makes innocent accesses look like exceptions: without the list of those who may touch
    /// audit logs everybody looks like an intruder, and where a rule calls those conforming who are privileged, so does
    /// everybody without that list. Without workloads every program looks like a person whom nobody knows, without roster
    /// every person does. Lack of any other fact leaves accesses undetermined, so that an exception found without it
    /// stands.
    fn accuses(&self, place: &TestPlace<'_>, fact: &str) -> bool {
        let accusing = match fact {
            "principals.log_readers" | "principals.log_admins" | "workloads" | "records.roster" => true,
            "principals.privileged" => place.test.expect_fields().contains(&Field::Privileged),
            _ => false,
        };
        accusing && !self.given(fact)
    }

    fn given(&self, fact: &str) -> bool {
        let scope = &self.audit.scope;
        match fact {
            "records.roster" => self.audit.roster.is_some(),
            "records.changes" => self.audit.changes.is_some(),
            "records.incidents" => self.audit.incidents.is_some(),
            "records.reviews" => self.audit.reviews.is_some(),
            "records.subjects" => self.audit.subjects.is_some(),
            "records.high_risk" => self.audit.high_risk.is_some(),
            "snapshots.trails" => runs::describes(self.audit, "trail"),
            "snapshots.buckets" => runs::describes(self.audit, "bucket"),
            "snapshots.tables" => runs::describes(self.audit, "table"),
            "snapshots.keys" => runs::describes(self.audit, "key"),
            "principals.privileged" => scope.privileged.given(),
            "principals.break_glass" => scope.break_glass.given(),
            "principals.shared" => scope.shared.given(),
            "principals.log_readers" => scope.log_readers.given(),
            "principals.log_admins" => scope.log_admins.given(),
            "logs.buckets" => !scope.log_buckets.is_empty(),
            "logs.trails" => !scope.trails.is_empty(),
            "logs.keys" => !scope.log_keys.is_empty(),
            "logs.objects-logged" => self.objects_logged(),
            "logs.key-events" => self.coverage.without_key_events.is_empty(),
            "logs.groups" => !scope.log_groups.is_empty(),
            "audit.baseline" => self.audit.file.audit.baseline.is_some(),
            "audit.service_provider" => self.audit.file.audit.service_provider.is_some(),
            "tables.declared" => !scope.tables.is_empty(),
            "workloads" => !scope.workloads.is_empty(),
            "identity_provider.mfa_attestation" => scope.mfa_attestation.is_some(),
            "networks.approved" => scope.networks.is_some(),
            "calendar" => scope.calendar.is_some(),
            "data.keys" => scope.data_keys.is_some(),
            "data.allowed_regions" => scope.allowed_regions.is_some(),
            "data.sensitive_keys" => scope.sensitive_keys.is_some(),
            "principals.key_admins" => scope.key_admins.given(),
            "principals.direct_query" => scope.direct_query.given(),
            "principals.dual_duty" => scope.dual_duty.given(),
            "principals.watched" => scope.watched.given(),
            "principals.external" => scope.external.given(),
            "third_parties" => scope.third_parties.is_some(),
            "logs.account" => scope.log_account.is_some(),
            "logs.retention_days" => scope.retention_days.is_some(),
            "logs.online_days" => scope.online_days.is_some(),
            "records.requests" => self.audit.requests.is_some(),
            "records.access" => self.audit.access.is_some(),
            "records.purposes" => self.audit.purposes.is_some(),
            other => match other.strip_prefix("tables.") {
                Some(class) => scope.tables.values().any(|data| data.as_str() == class),
                None => false,
            },
        }
    }

    /// For tests over global services: declared accounts whose global region is not declared.
    fn accounts_without_global_region(&self, place: &TestPlace<'_>) -> Vec<&'a str> {
        let global = place
            .test
            .coverage
            .as_ref()
            .is_some_and(|stated| matches!(stated.regions, Regions::Global | Regions::Everywhere));
        let accounts = self.audit.scope.accounts.iter().filter(|_| global);
        let without = accounts.filter(|(_, (_, regions))| {
            !regions.iter().any(|region| arn::GLOBAL_REGIONS.contains(&region.as_str()))
        });
        without.map(|(account, _)| account.as_str()).collect()
    }

    /// What had to be proven and was, and what qualifies it.
    fn coverage_words(&self, strips: &[&Strip]) -> String {
        let accounts: Vec<&str> = self.undeclared_in(strips).into_iter().collect();
        let words = coverage_words(strips);
        if accounts.is_empty() {
            return words;
        }
        format!("{words}; tables that audit.toml does not declare were seen in {}", accounts.join(", "))
    }

    fn shortcomings(&self, place: &TestPlace<'_>, counted: &Counted, strips: &[&Strip]) -> Vec<String> {
        let mut reasons = Vec::new();
        if counted.undetermined > 0 {
            reasons.push(format!(
                "{} of {} could not be decided",
                counted.undetermined,
                examined::count(counted.population, &place.test.unit)
            ));
        }
        if place.test.coverage.is_some() && strips.is_empty() {
            reasons
                .push("audit.toml declares no account, region or table that this test speaks of".to_owned());
        }
        let silent: Vec<&str> = self.accounts_without_global_region(place);
        if !silent.is_empty() {
            reasons.push(format!(
                "no region where global services log is declared for {}: their identity events are not covered",
                silent.join(", ")
            ));
        }
        let (hours, touched) = unproven_hours(strips);
        let spoken_for = counted.population > 0
            && place.test.coverage.as_ref().is_some_and(|stated| stated.when == When::Empty);
        if hours > 0 && !spoken_for {
            reasons.push(format!(
                "{hours} hours of the window are not proven on {touched} of the {} strips this test needs ({})",
                strips.len(),
                coverage_words(strips)
            ));
        }
        if place.demands_verified_hours() {
            reasons.extend(self.unverified(place, counted, if spoken_for { &[] } else { strips }));
        }
        if self.lost > 0 {
            reasons.push(format!(
                "{} files or records could not be read or placed; they may hold what this test looks for",
                self.lost
            ));
        }
        if self.conflicts > 0 {
            reasons.push(format!(
                "{} records share a reference with another of different content",
                self.conflicts
            ));
        }
        reasons
    }

    fn qualifiers(
        &self,
        place: &TestPlace<'_>,
        strips: &[&Strip],
        counted: &Counted,
    ) -> BTreeSet<&'static str> {
        let unproven = strips.iter().any(|strip| strip.proven() < strip.states.len() as u64);
        let rests_on_identity =
            place.test.requires.iter().any(|fact| fact == "records.roster" || fact == "workloads");
        let verified = self.unverified_files == 0
            && strips.iter().all(|strip| strip.count(State::Verified) == strip.states.len() as u64);
        let told = [
            ("coverage-limited", unproven || !self.undeclared_in(strips).is_empty() || self.lost > 0),
            ("integrity-unverified", !verified),
            ("container-limited", self.contained),
            ("config-not-provided", self.audit.snapshots.is_empty()),
            ("identity-limited", rests_on_identity && counted.undetermined > 0),
            ("pack-modified", *place.pack.difference() != Difference::Unmodified),
            ("pack-unapproved", *place.pack.approval() != Approval::Approved),
        ];
        told.into_iter().filter(|(_, applies)| *applies).map(|(word, _)| word).collect()
    }
}

/// Nothing to examine is supported only where the rule declares absence to be evidence, every hour is proven and a
/// record of the same class or a snapshot shows that the class is logged (evidence-bundle §5.3).
fn empty(place: &TestPlace<'_>, strips: &[&Strip]) -> (Word, Vec<String>) {
    let nothing_to_do = place.test.empty_is_not_applicable;
    if nothing_to_do && place.test.coverage.is_none() {
        let reason = format!("there were no {} to examine", place.test.unit);
        return (Word::NotApplicable, vec![reason]);
    }
    if !place.test.absence_is_evidence && !nothing_to_do {
        return (
            Word::Insufficient,
            vec!["nothing to examine was found, and absence is no evidence for this test".to_owned()],
        );
    }
    let shown =
        !strips.is_empty() && strips.iter().all(|strip| strip.controls > 0 || !strip.proof.is_empty());
    if !shown {
        return (
            Word::Insufficient,
            vec!["nothing to examine was found, and nothing shows that such events are logged".to_owned()],
        );
    }
    let proofs: BTreeSet<&str> =
        strips.iter().map(|strip| strip.proof.as_str()).filter(|proof| !proof.is_empty()).collect();
    let controls: u64 = strips.iter().map(|strip| strip.controls).sum();
    let by = if proofs.is_empty() {
        format!("records of the same class in {controls} hours")
    } else {
        proofs.into_iter().collect::<Vec<_>>().join("; ")
    };
    let word = if nothing_to_do { Word::NotApplicable } else { Word::Supported };
    (
        word,
        vec![format!(
            "No such event occurred in {}. Logging of this class was shown by {by}.",
            hours_words(strips)
        )],
    )
}

/// Hours of the window that some strip leaves unproven, and how many strips do.
fn unproven_hours(strips: &[&Strip]) -> (usize, usize) {
    let open = |strip: &&&Strip| strip.proven() < strip.states.len() as u64;
    let hours: BTreeSet<usize> = strips
        .iter()
        .flat_map(|strip| strip.states.iter().enumerate().filter(|(_, state)| !state.is_proven()))
        .map(|(hour, _)| hour)
        .collect();
    (hours.len(), strips.iter().filter(open).count())
}

/// What is missing, where it keeps a test from concluding.
fn without(lacks: &str) -> String {
    format!("{lacks}; without that this test cannot conclude")
}

fn coverage_words(strips: &[&Strip]) -> String {
    if strips.is_empty() {
        return "coverage itself is what this test examines, or it needs none".to_owned();
    }
    let hours: u64 = strips.iter().map(|strip| strip.states.len() as u64).sum();
    let proven: u64 = strips.iter().map(|strip| strip.proven()).sum();
    let of = |state: State| strips.iter().map(|strip| strip.count(state)).sum::<u64>();
    let others =
        [State::Damaged, State::Stopped, State::Silent, State::NotSelected, State::Unknown, State::Tail];
    let told: Vec<String> = others
        .iter()
        .filter(|state| of(**state) > 0)
        .map(|state| format!("{} {}", of(*state), state.word()))
        .collect();
    let rest = if told.is_empty() { String::new() } else { format!(", {}", told.join(", ")) };
    let verified = match of(State::Verified) {
        0 => String::new(),
        verified => format!(" ({verified} of {hours} strip hours verified by signed digests)"),
    };
    if proven == hours {
        return format!("logging is proven for all {}{verified}", hours_words(strips));
    }
    let each = strips.first().map_or(0, |strip| strip.states.len());
    format!(
        "{proven} of {hours} strip hours proven{verified} over {} strips of {each} hours{rest}",
        strips.len()
    )
}

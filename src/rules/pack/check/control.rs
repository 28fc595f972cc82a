//! Checks one control: its words, its tests and its script, and that they name the same things.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rhai::Position;

use super::super::written::{ControlToml, TestToml};
use super::super::{Control, Each, Judge, Method, Test, slug};
use super::{Checker, source};
use crate::rules::engine::{AccessRule, Script};
use crate::rules::limits::limits;
use crate::rules::lint::{Problem, Source, Type, Use, WHOLE_RUN, Walker, parse_problem};
use crate::rules::settings::PROGRAM_KEYS;

const SEVERITIES: &[&str] = &["high", "medium", "low"];
const METHODS: &[&str] = &["examine-configuration", "examine-log-data", "interview", "observe"];
/// Facts of audit.toml that a test may require.
const FACTS: &[&str] = &[
    "records.roster",
    "records.changes",
    "records.incidents",
    "principals.privileged",
    "principals.break_glass",
    "principals.shared",
    "principals.log_readers",
    "principals.log_admins",
    "logs.buckets",
    "logs.keys",
    "logs.groups",
    "logs.trails",
    "logs.objects-logged",
    "tables.cardholder",
    "tables.health",
    "tables.criminal-justice",
    "tables.personal",
    "tables.other",
    "tables.declared",
    "tables.scope",
    "workloads",
    "audit.baseline",
    "audit.service_provider",
    "identity_provider.mfa_attestation",
    "networks.approved",
    "calendar",
    "data.keys",
    "data.allowed_regions",
    "data.sensitive_keys",
    "principals.key_admins",
    "principals.direct_query",
    "principals.dual_duty",
    "principals.watched",
    "principals.external",
    "third_parties",
    "logs.account",
    "logs.retention_days",
    "logs.online_days",
    "records.requests",
    "records.access",
    "records.purposes",
    "records.reviews",
    "records.subjects",
    "records.high_risk",
    "snapshots.trails",
    "snapshots.buckets",
    "snapshots.tables",
    "snapshots.keys",
];
/// What coverage may be asked of.
const COVERED: &[&str] = &["cardholder", "health", "criminal-justice", "personal", "other", "declared"];

/// The two files of a control and its walker.
struct Reading<'a> {
    words: Source<'a>,
    walker: Walker<'a>,
    script: Arc<Script>,
    causes: BTreeMap<String, Position>,
    rules: Source<'a>,
}

impl Checker<'_> {
    /// Reads the control of a folder; problems that leave something to check are collected, others end it.
    pub(super) fn control(&mut self, folder: &str, number: &str) -> Result<Control, Problem> {
        let (words_path, rules_path) = (format!("{folder}/control.toml"), format!("{folder}/control.rhai"));
        let words = source(self.files, &words_path)?;
        let rules = source(self.files, &rules_path)?;
        let written: ControlToml = words.toml()?;
        let ast = self.engines.compile(rules.text).map_err(|error| parse_problem(rules, &error))?;
        let settings = self.settings.clone();
        let walker = Walker::new(rules, &ast, &settings);
        let script = Arc::new(Script { engines: self.engines.clone(), ast });
        let mut reading = Reading { words, walker, script, causes: BTreeMap::new(), rules };
        self.control_words(words, &written, number);
        let tests = self.tests(&mut reading, &written.tests);
        self.causes(&reading, &written.causes);
        self.problems.extend(reading.walker.finish());
        Ok(assemble(folder, written, tests))
    }

    fn control_words(&mut self, source: Source<'_>, written: &ControlToml, number: &str) {
        if written.requirement != number {
            let message = format!("this folder belongs to requirement {number}, not {}", written.requirement);
            let hint = format!("its folder would be `{}`", slug(&written.requirement));
            self.problems.insert(source.at_text("requirement", message).hint(hint));
        }
        self.known(source, "severity", [&written.severity], SEVERITIES.iter().copied());
        self.known(source, "method", &written.methods, METHODS.iter().copied());
        let limits = limits().unwrap_or_default();
        self.known(source, "limit", &written.limits, limits.keys().map(String::as_str));
        if written.tests.is_empty() {
            self.problems.insert(Problem::of_file(source.file, "a control needs at least one [[test]]"));
        }
    }

    /// Reports names that are not among the known ones.
    fn known<'a, 'b>(
        &mut self,
        source: Source<'_>,
        what: &str,
        names: impl IntoIterator<Item = &'a String>,
        known: impl Iterator<Item = &'b str>,
    ) {
        let known: Vec<&str> = known.collect();
        for name in names.into_iter().filter(|name| !known.contains(&name.as_str())) {
            let problem = source.at_text(&format!("\"{name}\""), format!("no {what} `{name}` exists"));
            self.problems.insert(problem.nearest(name, known.iter().copied()));
        }
    }

    fn tests(&mut self, reading: &mut Reading<'_>, written: &[TestToml]) -> Vec<Test> {
        let mut ids = BTreeSet::new();
        let mut tests = Vec::new();
        for test in written {
            if test.id == 0 || !ids.insert(test.id) {
                let message = format!("the id {} is not free; tests are numbered from 1", test.id);
                let name = reading.words.at_text(&format!("\"{}\"", test.name), message);
                self.problems.insert(name);
            }
            self.known(reading.words, "fact of audit.toml", &test.requires, FACTS.iter().copied());
            let of = test.coverage.iter().filter_map(|coverage| coverage.of.as_ref());
            self.known(reading.words, "data class", of, COVERED.iter().copied());
            if let Some(method) = self.method(reading, test) {
                tests.push(assemble_test(test, method));
            }
        }
        tests.sort_by_key(|test| test.id);
        tests
    }

    fn method(&mut self, reading: &mut Reading<'_>, test: &TestToml) -> Option<Method> {
        let script = reading.script.clone();
        if let Some(function) = &test.judge {
            if test.population.is_some() || test.expect.is_some() {
                let message = "a test has `judge`, or `population` and `expect`, not both";
                self.problems.insert(reading.words.at_text(function, message));
            }
            let using = self.function(reading, function, WHOLE_RUN, Type::List)?;
            self.settings_named(reading, test, std::slice::from_ref(&using));
            let lists = using.lists.iter().copied().collect();
            return Some(Method::Judge(Judge { script, function: function.clone(), lists }));
        }
        let population = test.population.as_deref().unwrap_or("population");
        let expect = test.expect.as_deref().unwrap_or("expect");
        let chosen = self.function(reading, population, Type::Access, Type::Truth);
        let expected = self.function(reading, expect, Type::Access, Type::Answer);
        let (chosen, expected) = (chosen?, expected?);
        let rule = |function: &str, using: &Use| AccessRule {
            script: script.clone(),
            function: function.to_owned(),
            fields: using.fields.iter().copied().collect(),
        };
        let each = Each { population: rule(population, &chosen), expect: rule(expect, &expected) };
        self.settings_named(reading, test, &[chosen, expected]);
        Some(Method::Each(each))
    }

    fn function(
        &mut self,
        reading: &mut Reading<'_>,
        name: &str,
        parameter: Type,
        gives: Type,
    ) -> Option<Use> {
        let found = reading.walker.entry(name, parameter, gives);
        match &found {
            Some(using) => reading.causes.extend(using.causes.clone()),
            None => {
                let message = format!("control.rhai has no function `{name}`");
                let problem = reading.words.at_text(&format!("\"{name}\""), message);
                self.problems.insert(problem.nearest(name, reading.walker.function_names()));
            }
        }
        found
    }

    /// The settings that a test names are exactly those that its functions read.
    fn settings_named(&mut self, reading: &Reading<'_>, test: &TestToml, uses: &[Use]) {
        let used: BTreeMap<&String, Position> =
            uses.iter().flat_map(|using| &using.settings).map(|(name, position)| (name, *position)).collect();
        let known: Vec<String> = self.settings.iter().map(|(name, _)| name.to_owned()).collect();
        self.known(reading.words, "setting", &test.settings, known.iter().map(String::as_str));
        for (name, position) in used.iter().filter(|(name, _)| !test.settings.contains(**name)) {
            let message = format!("test {} uses settings.{name} but does not name it", test.id);
            let hint = format!("add it to control.toml: settings = [\"{name}\"]");
            self.problems.insert(reading.rules.at_position(*position, message).hint(hint));
        }
        for name in test.settings.iter().filter(|name| !used.contains_key(name)) {
            if !PROGRAM_KEYS.contains(&name.as_str()) && known.contains(name) {
                let message = format!("test {} names the setting `{name}` but does not use it", test.id);
                self.problems.insert(reading.words.at_text(&format!("\"{name}\""), message));
            }
        }
    }

    fn causes(&mut self, reading: &Reading<'_>, words: &BTreeMap<String, String>) {
        for (cause, position) in reading.causes.iter().filter(|(cause, _)| !words.contains_key(*cause)) {
            let problem =
                reading.rules.at_position(*position, format!("control.toml has no words for `{cause}`"));
            let problem = problem.hint(format!("add to [causes]: {cause} = \"…\""));
            self.problems.insert(problem.nearest(cause, words.keys().map(String::as_str)));
        }
        for cause in words.keys().filter(|cause| !reading.causes.contains_key(*cause)) {
            let problem =
                reading.words.at_text(&format!("\n{cause} "), format!("no rule gives the cause `{cause}`"));
            self.problems.insert(problem.hint("remove it, or give it in a rule"));
        }
    }
}

fn assemble(slug: &str, written: ControlToml, tests: Vec<Test>) -> Control {
    Control {
        slug: slug.to_owned(),
        requirement: written.requirement,
        title: written.title,
        words: written.words,
        shows: written.shows,
        cannot_show: written.cannot_show,
        claim: written.claim,
        do_not_claim: written.do_not_claim,
        severity: written.severity,
        methods: written.methods,
        limits: written.limits,
        needs: written.needs,
        crosswalk: written.crosswalk,
        tests,
        causes: written.causes,
    }
}

fn assemble_test(test: &TestToml, method: Method) -> Test {
    Test {
        id: test.id,
        name: test.name.clone(),
        words: test.words.clone(),
        population_words: test.population_words.clone(),
        unit: test.unit.clone(),
        absence_is_evidence: test.absence_is_evidence,
        requires: test.requires.clone(),
        coverage: test.coverage.clone(),
        settings: test.settings.clone(),
        method,
    }
}

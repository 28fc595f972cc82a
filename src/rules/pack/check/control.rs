//! Checks one control: its words, its tests and their scripts, and that they name the same things.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;
use std::sync::Arc;

use rhai::Position;

use super::super::reach::overreach;
use super::super::resolve::{Place, Plan, TestPlan, Words};
use super::super::{Control, Each, Home, Judge, Method, Probe, Test, slug};
use super::{Checker, source};
use crate::rules::engine::{AccessRule, Script};
use crate::rules::limits::limits;
use crate::rules::lint::{Held, Problem, Source, Type, Use, WHOLE_RUN, Walker};
use crate::rules::settings::{DATA_CLASSES, PROGRAM_KEYS, Settings, SettingsFile};

pub(in crate::rules) const SEVERITIES: &[&str] = &["high", "medium", "low"];
pub(in crate::rules) const METHODS: &[&str] =
    &["examine-configuration", "examine-log-data", "interview", "observe"];
/// Facts of audit.toml that a test may require.
pub const FACTS: &[&str] = &[
    "audit.baseline",
    "audit.service_provider",
    "identity_provider.mfa_attestation",
    "networks.approved",
    "calendar",
    "data.keys",
    "data.allowed_regions",
    "data.sensitive_keys",
    "records.roster",
    "records.changes",
    "records.incidents",
    "records.requests",
    "records.access",
    "records.purposes",
    "records.reviews",
    "records.subjects",
    "records.high_risk",
    "principals.privileged",
    "principals.break_glass",
    "principals.shared",
    "principals.log_readers",
    "principals.log_admins",
    "principals.key_admins",
    "principals.direct_query",
    "principals.dual_duty",
    "principals.watched",
    "principals.external",
    "third_parties",
    "logs.buckets",
    "logs.keys",
    "logs.groups",
    "logs.trails",
    "logs.objects-logged",
    "logs.key-events",
    "logs.account",
    "logs.retention_days",
    "logs.online_days",
    "snapshots.trails",
    "snapshots.buckets",
    "snapshots.tables",
    "snapshots.keys",
    "tables.scope",
    "tables.cardholder",
    "tables.health",
    "tables.criminal-justice",
    "tables.personal",
    "tables.other",
    "tables.declared",
    "workloads",
];
/// What coverage may be asked of.
pub(in crate::rules) const COVERED: &[&str] =
    &["scope", "cardholder", "health", "criminal-justice", "personal", "other", "declared"];

/// The own script of a control and its walker.
struct Reading<'a> {
    walker: Walker<'a>,
    script: Arc<Script>,
    rules: Source<'a>,
}

/// What is gathered while the tests of a control are read.
struct Gathered<'a> {
    words: Source<'a>,
    settings: &'a Settings,
    own: Option<Reading<'a>>,
    /// Causes given, with the place in the own script where they are first given.
    causes: BTreeMap<String, Option<Position>>,
    /// Words of causes that used tests bring.
    inherited: BTreeMap<String, String>,
}

impl Checker<'_> {
    /// Reads the control of a folder; problems that leave something to check are collected, others end it.
    pub(super) fn control(&mut self, folder: &str, number: &str) -> Result<Control, Problem> {
        let words_path = format!("{folder}/control.toml");
        let words = source(self.files, &words_path)?;
        let plan = self.resolver.control(folder)?;
        let settings = self.settings_of(folder, &plan, number)?;
        self.control_words(words, &plan, number);
        let rules_path = format!("{folder}/control.rhai");
        let own = plan.tests.iter().any(|test| test.through.is_none());
        let own = match self.files.get(&rules_path) {
            Some(text) if own => Some(self.reading(Source { file: &rules_path, text }, &settings)?),
            Some(_) => {
                let message = "every test of this control comes from another one, so this script is not used";
                return Err(
                    Problem::of_file(&rules_path, message).hint("remove the file, or write an own test")
                );
            }
            None => None,
        };
        let mut gathered =
            Gathered { words, settings: &settings, own, causes: BTreeMap::new(), inherited: BTreeMap::new() };
        let tests = self.tests(&mut gathered, &plan);
        self.causes(&gathered, &plan.own_causes);
        if let Some(reading) = gathered.own.take() {
            self.problems.extend(reading.walker.finish());
        }
        let mut causes = gathered.inherited;
        causes.extend(plan.own_causes.clone());
        Ok(assemble(folder, plan, tests, causes, settings.clone()))
    }

    /// The values that hold for a control: those of settings.toml, else the defaults of the controls whose scripts it
    /// runs, else its own.
    fn settings_of(&mut self, folder: &str, plan: &Plan, number: &str) -> Result<Settings, Problem> {
        let own = Place { pack: self.id.to_owned(), slug: folder.to_owned() };
        let stated = self.stated.effective(self.level, Some(number));
        let mut settings = Settings::default();
        for home in plan.tests.iter().map(|test| &test.home).chain([&own]).collect::<BTreeSet<_>>() {
            let parsed = self.resolver.parsed(home)?;
            let source = Source { file: &parsed.path, text: &parsed.text };
            let defaults = SettingsFile::defaults(&source)?;
            for (name, value) in defaults.iter() {
                let named = plan.tests.iter().any(|test| test.settings.iter().any(|known| known == name));
                if *home == own && !named {
                    let message = format!("no test of this control uses the setting `{name}`");
                    self.problems.insert(source.at_text(&format!("\n{name} "), message));
                }
                let other =
                    stated.get(name).is_some_and(|stated| discriminant(stated) != discriminant(value));
                if other {
                    let message = format!("setting `{name}` has another type in settings.toml than here");
                    self.problems.insert(source.at_text(&format!("\n{name} "), message));
                }
            }
            settings = settings.under(defaults);
        }
        Ok(settings.under(stated))
    }

    fn reading<'s>(&mut self, rules: Source<'s>, settings: &'s Settings) -> Result<Reading<'s>, Problem> {
        let engines = self.shelf.engines(settings);
        let ast = self.shelf.compile(&engines, rules.text).map_err(|error| self.unreadable(rules, &error))?;
        let walker = Walker::new(rules, &ast, settings);
        Ok(Reading { walker, script: Arc::new(Script { engines, ast }), rules })
    }

    fn control_words(&mut self, source: Source<'_>, plan: &Plan, number: &str) {
        let words = &plan.words;
        if words.toml.requirement != number {
            let message =
                format!("this folder belongs to requirement {number}, not {}", words.toml.requirement);
            let hint = format!("its folder would be `{}`", slug(&words.toml.requirement));
            self.problems.insert(source.at_text("requirement", message).hint(hint));
        }
        self.known(source, "severity", [&words.severity], SEVERITIES.iter().copied());
        self.known(source, "method", &words.methods, METHODS.iter().copied());
        let limits = limits().unwrap_or_default();
        self.known(source, "limit", &words.limits, limits.keys().map(String::as_str));
        if plan.tests.is_empty() {
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

    fn tests(&mut self, gathered: &mut Gathered<'_>, plan: &Plan) -> Vec<Test> {
        let mut ids = BTreeSet::new();
        let mut tests = Vec::new();
        for test in &plan.tests {
            if test.id == 0 || !ids.insert(test.id) {
                let message = format!("the id {} is not free; tests are numbered from 1", test.id);
                let name = gathered.words.at_text(&format!("\"{}\"", test.name), message);
                self.problems.insert(name);
            }
            self.known(gathered.words, "fact of audit.toml", &test.requires, FACTS.iter().copied());
            let of = test.coverage.iter().filter_map(|coverage| coverage.of.as_ref());
            self.known(gathered.words, "data class", of, COVERED.iter().copied());
            let read = match &test.through {
                None => self.own_test(gathered, test),
                Some(uses) => self.used_test(gathered, test, uses),
            };
            if let Some((method, logic, causes)) = read {
                let test = assemble_test(test, method, logic, causes, gathered.settings, self.id);
                self.reach(gathered.words, &test);
                tests.push(test);
            }
        }
        tests.sort_by_key(|test| test.id);
        tests
    }

    /// A test asks the hours of all tables that it examines, and that there is one in scope where it speaks of scope.
    fn reach(&mut self, words: Source<'_>, test: &Test) {
        for found in overreach(test) {
            let problem = words.at_text(&format!("\"{}\"", test.name), found.message);
            self.problems.insert(problem.hint(found.hint));
        }
    }

    fn own_test(&mut self, gathered: &mut Gathered<'_>, test: &TestPlan) -> Option<Read> {
        let (words, settings) = (gathered.words, gathered.settings);
        let reading = gathered.own.as_mut()?;
        let (method, uses) = self.method(words, reading, test)?;
        self.settings_named(words, reading.rules, settings, test, &uses);
        self.per_row(reading.rules, test.id, &uses);
        let logic = logic(reading.rules.text, test, settings);
        let causes = causes_of(&uses);
        for (cause, position) in uses.into_iter().flat_map(|using| using.causes) {
            gathered.causes.entry(cause).or_insert(None).get_or_insert(position);
        }
        Some((method, logic, causes))
    }

    /// A test whose logic another control holds: its script must find here what it reads.
    fn used_test(&mut self, gathered: &mut Gathered<'_>, test: &TestPlan, uses: &str) -> Option<Read> {
        let (words, settings) = (gathered.words, gathered.settings);
        let there = self.resolver.file(&test.home, "control.rhai");
        let (path, text) = there.map_err(|problem| self.problems.insert(problem)).ok()?;
        let rules = Source { file: &path, text: &text };
        let absent: Vec<&String> = test.settings.iter().filter(|name| settings.get(name).is_none()).collect();
        for name in &absent {
            let message = format!(
                "{} uses {uses}, which reads settings.{name}, and settings.toml of {} has no `{name}`",
                words.file, self.id
            );
            let problem = words.at_text(&format!("\"{uses}\""), message);
            self.problems.insert(problem.hint(format!("add `{name}` with a comment to settings.toml")));
        }
        if !absent.is_empty() {
            return None;
        }
        let read = self.reading(rules, settings).map_err(|problem| self.problems.insert(problem));
        let mut reading = read.ok()?;
        let read = self.method(rules, &mut reading, test);
        let told = reading.walker.found();
        self.broken |= told.iter().any(|problem| !problem.is_note());
        // Notes belong to the control that holds the script.
        self.problems.extend(told.into_iter().filter(|problem| !problem.is_note()));
        let (method, found) = read?;
        let causes = causes_of(&found);
        for cause in &causes {
            gathered.causes.entry(cause.clone()).or_insert(None);
            match test.causes.get(cause) {
                Some(words) => drop(gathered.inherited.insert(cause.clone(), words.clone())),
                None => {
                    let message =
                        format!("no control on the way to {uses} has words for the cause `{cause}`");
                    self.problems.insert(words.at_text(&format!("\"{uses}\""), message));
                }
            }
        }
        Some((method, logic(&text, test, settings), causes))
    }

    fn method(
        &mut self,
        words: Source<'_>,
        reading: &mut Reading<'_>,
        test: &TestPlan,
    ) -> Option<(Method, Vec<Use>)> {
        let script = reading.script.clone();
        if let Some(function) = &test.judge {
            if test.population.is_some() || test.expect.is_some() {
                let message = "a test has `judge`, or `population` and `expect`, not both";
                self.problems.insert(words.at_text(function, message));
            }
            let using = self.function(words, reading, function, WHOLE_RUN, Type::List(Held::Findings))?;
            let lists = using.lists.iter().copied().collect();
            let judge = Judge { script, function: function.clone(), lists };
            return Some((Method::Judge(judge), vec![using]));
        }
        let population = test.population.as_deref().unwrap_or("population");
        let expect = test.expect.as_deref().unwrap_or("expect");
        let chosen = self.function(words, reading, population, Type::Access, Type::Truth);
        let expected = self.function(words, reading, expect, Type::Access, Type::Answer);
        let (chosen, expected) = (chosen?, expected?);
        let rule = |function: &str, using: &Use| AccessRule {
            script: script.clone(),
            function: function.to_owned(),
            fields: using.fields.iter().copied().collect(),
        };
        let each = Each { population: rule(population, &chosen), expect: rule(expect, &expected) };
        Some((Method::Each(each), vec![chosen, expected]))
    }

    fn function(
        &mut self,
        words: Source<'_>,
        reading: &mut Reading<'_>,
        name: &str,
        parameter: Type,
        gives: Type,
    ) -> Option<Use> {
        let found = reading.walker.entry(name, parameter, gives);
        if found.is_none() {
            let message = format!("control.rhai has no function `{name}`");
            let quoted = format!("\"{name}\"");
            let place = if words.text.contains(&quoted) { quoted.as_str() } else { "[[test]]" };
            let problem = words.at_text(place, message);
            self.problems.insert(problem.nearest(name, reading.walker.function_names()));
        }
        found
    }

    /// The settings that a test names are exactly those that its functions read.
    fn settings_named(
        &mut self,
        words: Source<'_>,
        rules: Source<'_>,
        settings: &Settings,
        test: &TestPlan,
        uses: &[Use],
    ) {
        let used: BTreeMap<&String, Position> =
            uses.iter().flat_map(|using| &using.settings).map(|(name, position)| (name, *position)).collect();
        let known: Vec<String> = settings.iter().map(|(name, _)| name.to_owned()).collect();
        self.known(words, "setting", &test.settings, known.iter().map(String::as_str));
        for (name, position) in used.iter().filter(|(name, _)| !test.settings.contains(**name)) {
            let message = format!("test {} uses settings.{name} but does not name it", test.id);
            let hint = format!("add it to control.toml: settings = [\"{name}\"]");
            self.problems.insert(rules.at_position(*position, message).hint(hint));
        }
        for name in test.settings.iter().filter(|name| !used.contains_key(name)) {
            if !PROGRAM_KEYS.contains(&name.as_str()) && known.contains(name) {
                let message = format!("test {} names the setting `{name}` but does not use it", test.id);
                self.problems.insert(words.at_text(&format!("\"{name}\""), message));
            }
        }
    }

    fn causes(&mut self, gathered: &Gathered<'_>, words: &BTreeMap<String, String>) {
        let own = gathered.causes.iter().filter_map(|(cause, position)| Some((cause, (*position)?)));
        for (cause, position) in own.filter(|(cause, _)| !words.contains_key(*cause)) {
            let Some(reading) = &gathered.own else { continue };
            let problem =
                reading.rules.at_position(position, format!("control.toml has no words for `{cause}`"));
            let problem = problem.hint(format!("add to [causes]: {cause} = \"…\""));
            self.problems.insert(problem.nearest(cause, words.keys().map(String::as_str)));
        }
        for cause in words.keys().filter(|cause| !gathered.causes.contains_key(*cause)) {
            let problem =
                gathered.words.at_text(&format!("\n{cause} "), format!("no rule gives the cause `{cause}`"));
            self.problems.insert(problem.hint("remove it, or give it in a rule"));
        }
    }
}

/// How a test is computed, the identity of its logic, the causes it gives.
type Read = (Method, u128, Vec<String>);

fn causes_of(uses: &[Use]) -> Vec<String> {
    let mut causes: Vec<String> = uses.iter().flat_map(|using| using.causes.keys().cloned()).collect();
    causes.sort();
    causes.dedup();
    causes
}

/// Equal for two tests that answer alike whatever they are asked: same script, same functions, same values of the
/// settings they read.
fn logic(script: &str, test: &TestPlan, settings: &Settings) -> u128 {
    let values: Vec<_> = test.settings.iter().map(|name| (name, settings.get(name))).collect();
    let text = format!("{:?}", (script, &test.population, &test.expect, &test.judge, values));
    xxhash_rust::xxh3::xxh3_128(text.as_bytes())
}

fn assemble(
    slug: &str,
    plan: Plan,
    tests: Vec<Test>,
    causes: BTreeMap<String, String>,
    settings: Settings,
) -> Control {
    let Words { toml, shows, cannot_show, claim, do_not_claim, severity, methods, limits, needs } =
        plan.words;
    Control {
        slug: slug.to_owned(),
        requirement: toml.requirement,
        title: toml.title,
        words: toml.words,
        uses: toml.uses,
        changed: toml.changed,
        applies: toml.applies,
        shows,
        cannot_show,
        claim,
        do_not_claim,
        severity,
        methods,
        limits,
        needs,
        crosswalk: toml.crosswalk,
        tests,
        causes,
        settings,
        sources: plan.files.into_iter().collect(),
    }
}

fn assemble_test(
    test: &TestPlan,
    method: Method,
    logic: u128,
    causes: Vec<String>,
    settings: &Settings,
    id: &str,
) -> Test {
    let own = test.home.pack == id;
    let folder = if own { String::new() } else { format!("uses/{}/", test.home.pack) };
    Test {
        id: test.id,
        name: test.name.clone(),
        words: test.words.clone(),
        population_words: test.population_words.clone(),
        unit: test.unit.clone(),
        absence_is_evidence: test.absence_is_evidence,
        empty_is_not_applicable: test.empty_is_not_applicable,
        requires: test.requires.clone(),
        coverage: test.coverage.clone(),
        settings: test.settings.clone(),
        data_classes: settings.texts(DATA_CLASSES),
        causes,
        home: Home {
            used: test.through.is_some(),
            pack: test.home.pack.clone(),
            requirement: test.home_requirement.clone(),
            test: test.home_id,
            script: format!("{folder}{}/control.rhai", test.home.slug),
        },
        method,
        logic,
        probe: Probe::default(),
    }
}

//! Shipped packs as a whole: every example of every control gives its verdict through the whole pipeline, examples
//! notice a control that always says the same, words of fields are those the program produces, and a hostile pack
//! stops with a clear error.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use trailwitness::audit::{Audit, Overrides};
use trailwitness::commands::pipeline;
use trailwitness::coverage::{Coverage, State, trails::Trails};
use trailwitness::events::catalogue;
use trailwitness::ledger::{intake, settle};
use trailwitness::rules::api::FIELDS;
use trailwitness::rules::{Answer, Method, Pack, limits, shipped_packs, slug};
use trailwitness::sources;
use trailwitness::verdicts::answers::Cell;
use trailwitness::verdicts::{self, Judged, TestPlace, Word};

use crate::support;

const PCI: &str = "pci-dss-4.0.1";

/// What an example is said to give, or what it gave.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    verdict: String,
    causes: BTreeSet<String>,
    population: Option<u64>,
}

/// One example file.
struct Example {
    control: String,
    name: String,
    content: Value,
}

impl Example {
    fn all(pack: &str) -> Vec<Example> {
        let folder = support::project().join("rules").join(pack);
        let mut examples = Vec::new();
        for control in folders(&folder) {
            for path in files(&folder.join(&control).join("examples")) {
                let content = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
                let name = format!("{control}/{}", path.file_name().unwrap().to_string_lossy());
                examples.push(Example { control: control.clone(), name, content });
            }
        }
        assert!(!examples.is_empty(), "{pack} has no example");
        examples
    }

    fn expected(&self) -> Outcome {
        let expect = &self.content["expect"];
        Outcome {
            verdict: expect["verdict"].as_str().unwrap().to_owned(),
            causes: expect["causes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|cause| cause.as_str().unwrap().to_owned())
                .collect(),
            population: expect.get("population").map(|count| count.as_u64().unwrap()),
        }
    }

    /// Runs the example; a population that it does not state is not compared.
    fn run(&self, pack: &Pack) -> Outcome {
        let mut given = self.given(pack);
        if self.content["expect"].get("population").is_none() {
            given.population = None;
        }
        given
    }

    fn given(&self, pack: &Pack) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        self.write(folder.path());
        let audit = Audit::read(&folder.path().join("audit.toml"), &Overrides::default())
            .unwrap_or_else(|error| panic!("{}: {error:?}", self.name));
        let entries = sources::list(&audit.sources).unwrap();
        let part = intake::read(&entries, 1, &intake::Quiet).unwrap();
        assert!(part.gaps.is_empty(), "{}: {:?}", self.name, part.gaps);
        let trails = Trails::new(&audit.snapshots, &part.trail_changes());
        let coverage = self.coverage(Coverage::new(&audit, &part.presence(), &trails));
        let ledger = settle::settle(part, &audit, &coverage, &|_| std::collections::BTreeMap::new());
        let read = pipeline::Read { ledger, coverage };
        let tests = verdicts::tests(std::slice::from_ref(pack));
        let judged = pipeline::judge(&read, &audit, &tests);
        let id = self.content["test"].as_u64().unwrap();
        let place = tests
            .iter()
            .position(|place| place.control.slug == self.control && u64::from(place.test.id) == id);
        outcome(&judged, &tests, place.unwrap_or_else(|| panic!("{}: no test {id}", self.name)))
    }

    /// `proven`: every hour delivered, but those in which a record of the example stops logging; `unproven`: none.
    fn coverage(&self, mut coverage: Coverage) -> Coverage {
        let proven = match self.content["coverage"].as_str().unwrap() {
            "proven" => true,
            "unproven" => false,
            other => panic!("{}: coverage {other}", self.name),
        };
        for strip in &mut coverage.strips {
            strip.proof = if proven { "stated by the example".to_owned() } else { String::new() };
            for state in &mut strip.states {
                *state = match (proven, *state) {
                    (true, State::Stopped) => State::Stopped,
                    (true, _) => State::Delivered,
                    (false, _) => State::Unknown,
                };
            }
        }
        coverage
    }

    /// Writes audit.toml, its tables and one log file.
    fn write(&self, folder: &Path) {
        let mut audit = self.content["audit"].clone();
        audit["source"] = serde_json::json!([{"path": "logs"}]);
        let mut records = serde_json::Map::new();
        for (name, columns) in [
            ("roster", "id,name,mail,department,manager,joined,left,identities"),
            ("changes", "id,from,to,principal,operation,object,approver"),
            ("incidents", "id,opened,closed,principal,summary"),
        ] {
            if let Some(rows) = self.content.get(name) {
                std::fs::write(folder.join(format!("{name}.csv")), csv(columns, rows)).unwrap();
                records.insert(name.to_owned(), format!("{name}.csv").into());
            }
        }
        audit["records"] = records.into();
        let text = toml::to_string(&toml::Value::try_from(&audit).unwrap()).unwrap();
        std::fs::write(folder.join("audit.toml"), text).unwrap();
        std::fs::create_dir(folder.join("logs")).unwrap();
        let log = serde_json::json!({"Records": self.content["records"]});
        std::fs::write(folder.join("logs/example.json"), log.to_string()).unwrap();
    }
}

fn csv(columns: &str, rows: &Value) -> Vec<u8> {
    let columns: Vec<&str> = columns.split(',').collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns).unwrap();
    for row in rows.as_array().unwrap() {
        let row = row.as_object().unwrap();
        assert!(row.keys().all(|name| columns.contains(&name.as_str())), "{row:?}");
        writer.write_record(columns.iter().map(|name| row[*name].as_str().unwrap())).unwrap();
    }
    writer.into_inner().unwrap()
}

fn outcome(judged: &Judged, tests: &[TestPlace<'_>], number: usize) -> Outcome {
    let verdict = &judged.verdicts[number];
    let causes = match tests[number].test.method {
        Method::Each(_) => judged
            .tally
            .findings
            .keys()
            .filter(|key| key.test == number)
            .filter_map(|key| match key.cell {
                Cell::Exception(cause) | Cell::Undetermined(cause) => {
                    Some(judged.answers.cause(cause).to_owned())
                }
                _ => None,
            })
            .collect(),
        Method::Judge(_) => judged.findings[number]
            .iter()
            .filter_map(|finding| match &finding.answer {
                Answer::Exception(cause) | Answer::Undetermined(cause) => Some(cause.clone()),
                Answer::Conforming => None,
            })
            .collect(),
    };
    Outcome {
        verdict: verdict.word.as_str().to_owned(),
        causes,
        population: Some(verdict.counted.population),
    }
}

/// Names of the folders in a folder, in order.
fn folders(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = entries
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
}

fn shipped() -> Vec<Pack> {
    shipped_packs().into_iter().map(|id| Pack::load(id, &[], None).unwrap()).collect()
}

#[test]
fn every_example_gives_its_verdict_causes_and_population() {
    let mut wrong = Vec::new();
    for pack in shipped() {
        for example in Example::all(&pack.id) {
            let (given, expected) = (example.run(&pack), example.expected());
            if given != expected {
                wrong.push(format!("{}\n  expected {expected:?}\n  given    {given:?}", example.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The verdict of an example does not rest on the order in which its records stand in the log.
#[test]
fn examples_give_the_same_with_their_records_reversed() {
    let pack = Pack::load(PCI, &[], None).unwrap();
    for mut example in Example::all(PCI) {
        let given = example.run(&pack);
        example.content["records"].as_array_mut().unwrap().reverse();
        assert_eq!(example.run(&pack), given, "{}", example.name);
    }
}

/// A control with one of its scripts' answers replaced.
#[derive(Debug, Clone, Copy)]
enum Blunt {
    AlwaysConforming,
    AlwaysException,
    NothingExamined,
}

/// The script with the same names, settings and causes, so that it loads, but blunt.
fn blunt(script: &str, populations: &BTreeSet<&str>, blunt: Blunt) -> String {
    let cause = script.split_once("exception(\"").unwrap().1.split_once('"').unwrap().0;
    let mut text = String::new();
    for line in script.lines() {
        let line = if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
        let line = match blunt {
            Blunt::AlwaysConforming => ["exception(", "undetermined("].iter().fold(line, |line, name| {
                replace_calls(&line, name, |call, subject| {
                    format!("if true {{ conforming({subject}) }} else {{ {call} }}")
                })
            }),
            Blunt::AlwaysException => ["conforming(", "undetermined("].iter().fold(line, |line, name| {
                replace_calls(&line, name, |call, subject| {
                    let comma = if subject.is_empty() { "" } else { ", " };
                    format!("if true {{ exception(\"{cause}\"{comma}{subject}) }} else {{ {call} }}")
                })
            }),
            Blunt::NothingExamined => nothing(&line, populations),
        };
        text.push_str(&line);
        text.push('\n');
    }
    if matches!(blunt, Blunt::NothingExamined) {
        for name in populations {
            text.push_str(&format!("fn {name}(access) {{ false && kept_{name}(access) }}\n"));
        }
    }
    text
}

fn nothing(line: &str, populations: &BTreeSet<&str>) -> String {
    let mut line = line.to_owned();
    for name in populations {
        line = line.replace(&format!("fn {name}(access)"), &format!("fn kept_{name}(access)"));
    }
    match line.split_once("answers.push(") {
        Some((before, rest)) => {
            let (call, after) = rest.split_once(';').unwrap();
            format!("{before}if false {{ answers.push({call}; }}{after}")
        }
        None => line,
    }
}

/// Replaces `name…)` by what `with` makes of the call and its subject.
fn replace_calls(line: &str, name: &str, with: impl Fn(&str, &str) -> String) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(name) {
        let (arguments, behind) = after.split_once(')').unwrap();
        let last = arguments.rsplit(", ").next().unwrap();
        let subject = if last.starts_with('"') { "" } else { last };
        text.push_str(before);
        text.push_str(&with(&format!("{name}{arguments})"), subject));
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// A copy of the shipped pack in a folder, with one file changed.
fn changed(path: &str, change: impl Fn(&str) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let pack = Pack::load(PCI, &[], None).unwrap();
    assert!(pack.files.iter().any(|file| file.path == path), "{path}");
    for file in &pack.files {
        let text = if file.path == path { change(&file.text) } else { file.text.clone() };
        let target = folder.path().join(PCI).join(&file.path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, text).unwrap();
    }
    folder
}

#[test]
fn examples_notice_a_control_that_always_says_the_same() {
    let pack = Pack::load(PCI, &[], None).unwrap();
    let examples = Example::all(PCI);
    let mut unnoticed = Vec::new();
    for control in &pack.controls {
        let words = std::fs::read_to_string(
            support::project().join(format!("rules/{PCI}/{}/control.toml", control.slug)),
        );
        let words: toml::Value = toml::from_str(&words.unwrap()).unwrap();
        let each = |test: &&toml::Value| test.get("judge").is_none();
        let name =
            |test| toml::Value::get(test, "population").map_or("population", |name| name.as_str().unwrap());
        let populations: BTreeSet<&str> =
            words["test"].as_array().unwrap().iter().filter(each).map(name).collect();
        for kind in [Blunt::AlwaysConforming, Blunt::AlwaysException, Blunt::NothingExamined] {
            let path = format!("{}/control.rhai", control.slug);
            let folder = changed(&path, |script| blunt(script, &populations, kind));
            let own = Pack::load(PCI, &[folder.path().to_path_buf()], None)
                .unwrap_or_else(|error| panic!("{path} {kind:?}: {error}"));
            assert_eq!(own.difference().to_string(), format!("modified: {path}"));
            for test in &control.tests {
                let mut mine = examples
                    .iter()
                    .filter(|example| example.control == control.slug && example.content["test"] == test.id);
                if !mine.any(|example| example.run(&own) != example.run(&pack)) {
                    unnoticed.push(format!("{}#{} {kind:?}", control.slug, test.id));
                }
            }
        }
    }
    assert!(unnoticed.is_empty(), "no example notices: {unnoticed:?}");
}

#[test]
fn numbers_and_folder_names_of_requirements_are_unique() {
    for pack in shipped() {
        let numbers: BTreeSet<&str> =
            pack.requirements.iter().map(|requirement| requirement.number.as_str()).collect();
        assert_eq!(numbers.len(), pack.requirements.len(), "{}", pack.id);
        let slugs: BTreeSet<String> = numbers.iter().map(|number| slug(number)).collect();
        assert_eq!(slugs.len(), numbers.len(), "{}", pack.id);
        for control in &pack.controls {
            assert!(numbers.contains(control.requirement.as_str()), "{}", control.requirement);
            assert_eq!(control.slug, slug(&control.requirement));
        }
        assert_eq!(folders(&support::project().join("rules").join(&pack.id)).len(), pack.controls.len());
    }
}

#[test]
fn limits_named_by_controls_exist_and_each_limit_is_told_once() {
    let known = limits().unwrap();
    for pack in shipped() {
        for control in &pack.controls {
            assert!(!control.limits.is_empty(), "{}", control.slug);
            let named: BTreeSet<&String> = control.limits.iter().collect();
            assert_eq!(named.len(), control.limits.len(), "{}", control.slug);
            for id in named {
                assert!(known.contains_key(id), "{}: {id}", control.slug);
            }
        }
    }
}

#[test]
fn crosswalks_name_requirements_of_the_controls_library() {
    let Some(folder) = support::shared("controls") else { return };
    let text = std::fs::read_to_string(folder.join("pci-dss.json")).unwrap();
    let library: Vec<Value> = serde_json::from_str(&text).unwrap();
    for control in &Pack::load(PCI, &[], None).unwrap().controls {
        let same =
            |entry: &&Value| entry["version"] == "4.0.1" && entry["control"] == control.requirement.as_str();
        let entry = library
            .iter()
            .find(same)
            .unwrap_or_else(|| panic!("{} is not in the library", control.requirement));
        let known: BTreeSet<&str> =
            entry["crosswalk"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert!(!control.crosswalk.is_empty(), "{}", control.slug);
        for name in &control.crosswalk {
            assert!(known.contains(name.as_str()), "{}: {name} is not among {known:?}", control.requirement);
        }
    }
}

#[test]
fn every_setting_is_used_by_a_script_and_named_by_its_test() {
    let program = ["burst_minutes"];
    for pack in shipped() {
        let named: BTreeSet<&str> = pack
            .controls
            .iter()
            .flat_map(|control| &control.tests)
            .flat_map(|test| &test.settings)
            .map(String::as_str)
            .collect();
        for (name, _) in pack.settings.iter() {
            let used = pack
                .files
                .iter()
                .any(|file| file.path.ends_with(".rhai") && file.text.contains(&format!("settings.{name}")));
            assert!(used || program.contains(&name), "{name} is used by no script");
            assert!(named.contains(name), "{name} is named by no test");
        }
        assert!(named.iter().all(|name| pack.settings.get(name).is_some()));
    }
}

/// The closed list of a field of `access`.
fn values(field: &str) -> BTreeSet<String> {
    let facts = FIELDS.iter().find(|facts| facts.name == field).unwrap_or_else(|| panic!("no field {field}"));
    let values: BTreeSet<String> = facts.values.iter().map(|value| (*value).to_owned()).collect();
    assert_eq!(values.len(), facts.values.len(), "{field} says a word twice");
    assert!(!values.is_empty(), "{field} has no closed list");
    values
}

/// The words that an enum's lines `Name::Variant => "word"` give in a file of the sources.
fn words(file: &str, name: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(support::project().join("src").join(file)).unwrap();
    let mut words = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with(&format!("{name}::"))) {
        if let Some((variant, rest)) = line.split_once(" => \"") {
            // The first text of a variant is its word; a later one its sentence.
            words.entry(variant.to_owned()).or_insert_with(|| rest.split('"').next().unwrap().to_owned());
        }
    }
    words.into_values().collect()
}

#[test]
fn words_of_closed_fields_are_those_the_program_produces() {
    for (field, file, name) in [
        ("kind", "events.rs", "Kind"),
        ("plane", "events.rs", "Plane"),
        ("object_kind", "events.rs", "ObjectKind"),
        ("key_kind", "events.rs", "KeyKind"),
        ("outcome", "events/outcome.rs", "Outcome"),
        ("data_class", "audit.rs", "DataClass"),
        ("principal_kind", "identities/caller.rs", "CallerType"),
        ("grade", "identities/grades.rs", "Grade"),
        ("change", "ledger.rs", "Cover"),
        ("incident", "ledger.rs", "Cover"),
        ("trust", "ledger/shape.rs", "Trust"),
    ] {
        assert_eq!(values(field), words(file, name), "{field}");
    }
}

#[test]
fn words_of_the_catalogue_are_those_of_does_and_groups() {
    let does: BTreeSet<String> = catalogue::all().map(|entry| entry.does.to_owned()).collect();
    assert_eq!(values("does"), does);
    let mut groups: BTreeSet<String> =
        catalogue::all().flat_map(|entry| &entry.groups).map(|group| (*group).to_owned()).collect();
    groups.insert("root.use".to_owned());
    assert_eq!(values("groups"), groups);
}

#[test]
fn every_group_that_a_script_names_holds_an_event() {
    let held: BTreeSet<&str> = catalogue::all().flat_map(|entry| &entry.groups).copied().collect();
    for pack in shipped() {
        for file in pack.files.iter().filter(|file| file.path.ends_with(".rhai")) {
            for (before, _) in
                file.text.match_indices("\" in access.groups").map(|(at, _)| file.text.split_at(at))
            {
                let group = before.rsplit('"').next().unwrap();
                assert!(held.contains(group), "{}: {group}", file.path);
            }
        }
    }
}

/// The shipped pack with lines put at the start of the first population of 10.2.1.1.
fn attacked(lines: &str) -> tempfile::TempDir {
    let head = "fn population(access) {\n";
    changed("10.2.1.1/control.rhai", |script| {
        assert!(script.contains(head));
        script.replacen(head, &format!("{head}    {lines}\n"), 1)
    })
}

#[test]
fn what_reaches_outside_or_calls_itself_is_refused_when_the_pack_is_loaded() {
    for (attack, named) in [
        ("let x = eval(\"1\");", "eval"),
        ("import \"std\" as std;", "import"),
        ("let now = timestamp();", "timestamp"),
        ("print(\"x\");", "print"),
        ("debug(\"x\");", "debug"),
        ("let text = open_file(\"secret\");", "open_file"),
        ("sleep(1000);", "sleep"),
        ("let f = Fn(\"population\");", "Fn"),
        ("if population(access) { return true; }", "population"),
        ("let f = |x| x;", "|"),
        ("let text = access.no_such_field;", "no_such_field"),
    ] {
        let folder = attacked(attack);
        let error = Pack::load(PCI, &[folder.path().to_path_buf()], None).expect_err(attack);
        let told = error.to_string();
        assert_eq!(error.kind.exit_code(), 2, "{attack}");
        assert!(told.contains("10.2.1.1/control.rhai:4"), "{attack}: no place in {told}");
        assert!(told.contains(named), "{attack}: {told}");
    }
}

#[test]
fn endless_and_greedy_rules_get_the_verdict_error_and_the_others_their_own() {
    for attack in [
        "loop { let x = 1; }",
        "let n = 0; while n >= 0 { n += 1; }",
        "let text = \"xxxxxxxxxxxxxxxx\"; loop { text += text; }",
        "let list = []; loop { list.push(1); }",
    ] {
        let folder = attacked(attack);
        let own = match Pack::load(PCI, &[folder.path().to_path_buf()], None) {
            Ok(own) => own,
            Err(error) => {
                assert!(error.to_string().contains("10.2.1.1/control.rhai:4"), "{attack}: {error}");
                continue;
            }
        };
        for example in Example::all(PCI)
            .iter()
            .filter(|example| example.name.contains("read-by-named") || example.control == "10.2.2")
        {
            let expected = if example.control == "10.2.1.1" {
                Word::Error.as_str().to_owned()
            } else {
                example.expected().verdict
            };
            assert_eq!(example.run(&own).verdict, expected, "{attack}: {}", example.name);
        }
    }
}

#[test]
fn a_run_with_an_endless_rule_writes_its_bundle_names_the_rule_and_exits_4() {
    let packs = attacked("loop { let x = 1; }");
    let folder = support::audit_folder();
    let log = support::log_file(&[support::get_item(1, "2026-03-02T10:00:00Z")]);
    std::fs::write(folder.path().join("logs/a.json"), log).unwrap();
    let audit =
        support::AUDIT.replace("packs = [", &format!("pack_folders = [{:?}]\npacks = [", packs.path()));
    std::fs::write(folder.path().join("audit.toml"), audit).unwrap();
    let ran = support::run(&["run", "--documents", "none"], folder.path());
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    let tests = support::table(&support::bundle_in(folder.path()).join("data/tests.csv"));
    let verdict = |id: &str| tests.iter().find(|row| row["test"] == format!("{PCI}/{id}")).unwrap();
    assert_eq!(verdict("10.2.1.1#1")["verdict"], "error");
    let reasons = &verdict("10.2.1.1#1")["reasons"];
    assert!(
        reasons.contains("population ran too long and was stopped") && !reasons.contains("line 0"),
        "{reasons}"
    );
    assert!(tests.iter().filter(|row| row["verdict"] != "error").count() >= tests.len() - 1);
}

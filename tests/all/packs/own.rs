//! Packs of an organisation: controls that use others, single files laid over a shipped pack, approvals, baselines and
//! conditions.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use trailwitness::audit::Baseline;
use trailwitness::commands::packs::examples::{Example, Levels, Ready, Told};
use trailwitness::rules::{Approval, Difference, ExampleFile, Pack, Shelf};

use super::{PCI, base};
use crate::support;

/// A folder with packs of this test.
struct Packs(tempfile::TempDir);

impl Packs {
    fn new() -> Self {
        Packs(tempfile::tempdir().unwrap())
    }

    /// A pack `id` with requirements; each gets its block of pack.toml.
    fn pack(self, id: &str, requirements: &[&str], settings: &str) -> Self {
        let mut text = format!(
            "id = \"{id}\"\ntitle = \"T\"\nframework = \"F\"\nedition = \"1\"\nversion = \"1.0.0\"\nauthor = \"A. Uthor\"\nscope = \"S\"\n"
        );
        for requirement in requirements {
            text.push_str(&format!(
                "\n[[requirement]]\ntitle = \"T\"\nstatus = \"partial\"\n{requirement}\n"
            ));
        }
        self.put(&format!("{id}/pack.toml"), &text).put(
            &format!("{id}/settings.toml"),
            &format!("# Classes.\ndata_classes = [\"health\"]\n{settings}"),
        )
    }

    fn put(self, path: &str, text: &str) -> Self {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn folders(&self) -> Vec<PathBuf> {
        vec![self.0.path().to_path_buf()]
    }

    fn load(&self, id: &str) -> Pack {
        Pack::load(id, &self.folders(), None).unwrap()
    }

    fn error(&self, id: &str) -> String {
        Pack::load(id, &self.folders(), None).unwrap_err().to_string()
    }
}

const FULL: &str = "shows = \"s\"\ncannot_show = \"c\"\nclaim = \"C.\"\ndo_not_claim = \"D.\"\nseverity = \"low\"\nmethods = [\"interview\"]\nlimits = [\"L01\"]\nneeds = []\n";

fn control(number: &str, rest: &str) -> String {
    format!(
        "requirement = \"{number}\"\ntitle = \"Own title\"\nwords = \"Own words.\"\ncrosswalk = []\n{rest}"
    )
}

/// Reads by people; the hours count as a setting.
const RULES: &str = "fn population(access) { access.kind == \"read\" && access.caller_kind == \"human\" }\nfn expect(access) {\n    if access.grade == \"A\" && settings.limit > 3 { conforming() }\n    else if access.grade == \"A\" { undetermined(\"low-limit\") }\n    else { exception(\"nobody\") }\n}\n";
const TEST: &str = "[[test]]\nid = 1\nname = \"N\"\nwords = \"W\"\npopulation_words = \"P\"\nsettings = [\"limit\"]\ncoverage = { classes = [\"read\"], of = \"declared\" }\nabsence_is_evidence = true\n";
const CAUSES: &str = "[causes]\nnobody = \"Nobody.\"\nlow-limit = \"Low.\"\n";
const LIMIT: &str = "# Limit.\nlimit = 5\n";

/// `home` holds the logic of 1.1; `other` uses it.
fn home_and_other(other: &str, settings: &str) -> Packs {
    Packs::new()
        .pack("home", &["number = \"1.1\""], LIMIT)
        .put("home/1.1/control.toml", &control("1.1", &format!("{FULL}{TEST}{CAUSES}")))
        .put("home/1.1/control.rhai", RULES)
        .pack("other", &["number = \"9\""], settings)
        .put("other/9/control.toml", other)
}

/// An example asked of test 1 of a requirement.
fn ask(packs: &Packs, id: &str, number: &str, content: Value) -> Told {
    let shelf = Shelf::new(&packs.folders());
    let (levels, problems) = Levels::load(&shelf, id).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    let mut content = content;
    content["proves"] = "It holds.".into();
    content["expect"] = json!({"verdict": "supported"});
    let file = ExampleFile {
        home: format!("{id}/{number}"),
        name: "it.supported.json".to_owned(),
        test: 1,
        inherited: false,
        text: content.to_string(),
    };
    let example = Example::read(file, levels.plain().unwrap().control(number).unwrap()).unwrap();
    Ready::new(&levels, number, &example, &base()).unwrap().ask(None)
}

fn read(by: &str) -> Value {
    json!({"records": [{"event": "dynamodb:GetItem", "by": by, "at": "09:00", "table": "records", "key": {"id": "r-1"}}]})
}

#[test]
fn a_control_that_uses_another_takes_tests_causes_and_words_and_keeps_its_own() {
    let packs = home_and_other(&control("9", "uses = \"home/1.1\"\nclaim = \"Own claim.\"\n"), LIMIT);
    let pack = packs.load("other");
    let used = pack.control("9").unwrap();
    assert_eq!(
        (used.title.as_str(), used.claim.as_str(), used.shows.as_str()),
        ("Own title", "Own claim.", "s")
    );
    assert_eq!(used.tests[0].home.script, "uses/home/1.1/control.rhai");
    assert_eq!((used.tests[0].name.as_str(), used.causes["nobody"].as_str()), ("N", "Nobody."));
    let paths: Vec<&str> = pack.files.iter().map(|file| file.path.as_str()).collect();
    let expected = [
        "9/control.toml",
        "pack.toml",
        "settings.toml",
        "uses/home/1.1/control.rhai",
        "uses/home/1.1/control.toml",
    ];
    assert_eq!(paths, expected);
    assert!(used.tests[0].asks_the_same_as(&packs.load("home").controls[0].tests[0]));
    assert_eq!(ask(&packs, "other", "9", read("dana")).outcome.verdict, "supported");
    assert_eq!(ask(&packs, "other", "9", read("shared")).outcome.verdict, "exceptions");
}

#[test]
fn a_used_test_runs_with_the_values_of_the_pack_that_uses_it() {
    let packs = home_and_other(
        &control("9", "uses = \"home/1.1\"\n"),
        "# Limit.\nlimit = 5\n[9]\n# Limit here.\nlimit = 2\n",
    );
    assert_eq!(ask(&packs, "other", "9", read("dana")).outcome.verdict, "insufficient");
    assert!(
        !packs.load("other").controls[0].tests[0].asks_the_same_as(&packs.load("home").controls[0].tests[0])
    );
}

/// A settings.toml of a few keys was refused key by key.
#[test]
fn a_settings_file_of_a_few_keys_lies_over_the_shipped_one() {
    let shipped = Pack::load(PCI, &[], None).unwrap();
    let some = "# Fewer than shipped.\nburst_refusals = 3\n[\"10.2.1.4\"]\n# For this one alone.\nburst_minutes = 7\n";
    let laid = Packs::new().put(&format!("{PCI}/settings.toml"), some).load(PCI);
    assert_eq!(laid.difference(), &Difference::Files(vec!["settings.toml".to_owned()]));
    let value = |pack: &Pack, number: &str, name: &str| {
        pack.control(number).unwrap().settings.get(name).unwrap().to_string()
    };
    assert_eq!(value(&laid, "10.2.1.4", "burst_refusals"), "3");
    assert_eq!(value(&laid, "10.2.1.4", "burst_minutes"), "7");
    assert_eq!(laid.settings.words("burst_refusals"), Some("Fewer than shipped."));
    let names = |pack: &Pack| pack.settings.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&laid), names(&shipped));
    // As a bundle holds it, it loads as it ran.
    let mut bundle = Packs::new();
    for file in &laid.files {
        bundle = bundle.put(&format!("{PCI}/{}", file.path), &file.text);
    }
    let again = bundle.load(PCI);
    assert_eq!((again.settings == laid.settings, again.difference()), (true, laid.difference()));
    let spare = Packs::new().put(&format!("{PCI}/settings.toml"), "# One.\n\n# Spare.\nburst_refusal = 3\n");
    let told = spare.error(PCI);
    assert!(told.contains("settings.toml:4:1: no test uses the setting `burst_refusal`"), "{told}");
    assert!(told.contains("did you mean `burst_refusals`?") && told.contains("1 problem(s)"), "{told}");
    let typed = Packs::new().put(&format!("{PCI}/settings.toml"), "# A text.\nburst_refusals = \"3\"\n");
    assert!(typed.error(PCI).contains("burst_refusals"));
}

/// A value that a team added to a control had to be stated in every pack that uses it.
#[test]
fn a_default_of_a_control_holds_for_every_pack_that_states_nothing_else() {
    let defaults = "[defaults]\n# Most, unless a pack says otherwise.\nlimit = 2\n";
    let text = control("1.1", &format!("{FULL}{TEST}{CAUSES}{defaults}"));
    let limit = |packs: &Packs, id: &str, number: &str| {
        let pack = packs.load(id);
        let settings = &pack.control(number).unwrap().settings;
        (settings.get("limit").map(ToString::to_string), settings.words("limit").map(str::to_owned))
    };
    let other = control("9", "uses = \"home/1.1\"\n");
    let silent = home_and_other(&other, "").put("home/1.1/control.toml", &text);
    let given = (Some("2".to_owned()), Some("Most, unless a pack says otherwise.".to_owned()));
    assert_eq!(limit(&silent, "other", "9"), given);
    assert_eq!(limit(&silent, "home", "1.1").0.as_deref(), Some("5"), "its own settings.toml states another");
    let stating = home_and_other(&other, "# Own.\nlimit = 7\n").put("home/1.1/control.toml", &text);
    assert_eq!(limit(&stating, "other", "9"), (Some("7".to_owned()), Some("Own.".to_owned())));
    let slip = |to: &str, id: &str| {
        home_and_other(&other, LIMIT).put("home/1.1/control.toml", &text.replace("limit = 2", to)).error(id)
    };
    let typed = slip("limit = \"2\"", "home");
    assert!(typed.contains("setting `limit` has another type in settings.toml than here"), "{typed}");
    let spare = slip("limt = 2", "home");
    assert!(spare.contains("no test of this control uses the setting `limt`"), "{spare}");
}

#[test]
fn single_tests_are_used_beside_own_ones_and_may_state_words_anew() {
    let own = format!(
        "{FULL}[[test]]\nid = 1\nuses = \"home/1.1#1\"\nname = \"Renamed\"\nempty_is_not_applicable = true\n\n{}\n[causes]\nnobody = \"Nobody here.\"\nlow-limit = \"Low.\"\n",
        TEST.replace("id = 1", "id = 2")
    );
    let packs = home_and_other(&control("9", &own), LIMIT).put("other/9/control.rhai", RULES);
    let pack = packs.load("other");
    let control = pack.control("9").unwrap();
    let names: Vec<(u32, &str, bool)> =
        control.tests.iter().map(|test| (test.id, test.name.as_str(), test.home.used)).collect();
    assert_eq!(names, [(1, "Renamed", true), (2, "N", false)]);
    assert_eq!(control.causes["nobody"], "Nobody here.");
    let none = ask(&packs, "other", "9", json!({"records": []}));
    assert_eq!(none.outcome.verdict, "not-applicable");
    assert!(none.reasons[0].contains("No such event occurred"), "{:?}", none.reasons);
    let unproven = ask(&packs, "other", "9", json!({"records": [], "coverage": "unproven"}));
    assert_eq!(unproven.outcome.verdict, "insufficient");
}

#[test]
fn slips_in_uses_are_told_with_file_and_line() {
    let told = |uses: &str, settings: &str| home_and_other(&control("9", uses), settings).error("other");
    let missing = told("uses = \"home/1.1\"\n", "");
    assert!(missing.contains("9/control.toml:5:8: 9/control.toml uses home/1.1, which reads settings.limit, and settings.toml of other has no `limit`"), "{missing}");
    assert!(told("uses = \"home/1.2\"\n", LIMIT).contains(
        "9/control.toml:5:8: `home/1.2` cannot be used: uses/home/1.2/control.toml: this file is missing"
    ));
    assert!(told("uses = \"hone/1.1\"\n", LIMIT).contains("no pack `hone` is shipped"));
    assert!(told("uses = \"home\"\n", LIMIT).contains("write pack/number"));
    assert!(told("uses = \"home/1.1#1\"\n", LIMIT).contains("a control uses a control"));
    let test = told(&format!("{FULL}[[test]]\nid = 1\nuses = \"home/1.1#4\"\n"), LIMIT);
    assert!(test.contains("9/control.toml:15:8: home/1.1 has no test 4"), "{test}");
    let twice = told(&format!("{FULL}[[test]]\nid = 1\nuses = \"home/1.1#1\"\nexpect = \"e\"\n"), LIMIT);
    assert!(twice.contains("its `expect` comes from there"), "{twice}");
}

#[test]
fn chains_are_followed_and_circles_refused() {
    let chained = |end: &str| {
        home_and_other(&control("9", "uses = \"home/1.1\"\n"), LIMIT)
            .pack("third", &["number = \"7\""], LIMIT)
            .put("third/7/control.toml", &control("7", "uses = \"other/9\"\n"))
            .put("home/1.1/control.toml", end)
    };
    let packs = chained(&control("1.1", &format!("{FULL}{TEST}{CAUSES}")));
    let pack = packs.load("third");
    assert_eq!(pack.controls[0].tests[0].home.pack, "home");
    assert!(pack.files.iter().any(|file| file.path == "uses/other/9/control.toml"));
    let circle = chained(&control("1.1", "uses = \"third/7\"\n")).error("third");
    assert!(
        circle.contains("leads back to where it came from: third/7 → other/9 → home/1.1 → third/7"),
        "{circle}"
    );
    assert!(circle.contains("control.toml:5:8"), "{circle}");
}

#[test]
fn single_files_lie_over_the_shipped_pack_and_reach_those_who_use_it() {
    let path = "10.2.2/control.rhai";
    let shipped = Pack::load(PCI, &[], None).unwrap();
    let text = shipped
        .file(path)
        .unwrap()
        .text
        .replace("!access.has_origin", "!access.has_origin || access.hour < 0");
    let packs = Packs::new()
        .put(&format!("{PCI}/{path}"), &text)
        .pack("own", &["number = \"1\""], "")
        .put("own/1/control.toml", &control("1", &format!("uses = \"{PCI}/10.2.2\"\n")));
    let laid = packs.load(PCI);
    assert_eq!(laid.difference(), &Difference::Files(vec![path.to_owned()]));
    assert_eq!(laid.differing(laid.control("10.2.2").unwrap()), [path]);
    assert!(laid.differing(laid.control("10.2.1.7").unwrap()).is_empty());
    assert_eq!(laid.controls.len(), shipped.controls.len());
    let own = packs.load("own");
    assert_eq!(own.file(&format!("uses/{PCI}/{path}")).unwrap().text, text);
}

#[test]
fn a_pack_taken_out_of_a_bundle_loads_as_it_ran() {
    let packs = home_and_other(&control("9", "uses = \"home/1.1\"\n"), LIMIT);
    let ran = packs.load("other");
    let mut copy = Packs::new().put("other/pack.lock", "x");
    for file in &ran.files {
        copy = copy.put(&format!("other/{}", file.path), &file.text);
    }
    let again = copy.load("other");
    assert_eq!(again.files, ran.files);
    assert!(again.controls[0].tests[0].asks_the_same_as(&ran.controls[0].tests[0]));
}

fn approve(packs: &Packs, by: &str) -> support::Ran {
    let folder = packs.0.path().join("other");
    support::run(
        &["packs", "approve", folder.to_str().unwrap(), "--by", by, "--on", "2026-03-02"],
        packs.0.path(),
    )
}

fn reason(pack: &Pack) -> &'static str {
    match pack.approval() {
        Approval::Approved => "",
        Approval::No(reason) => reason,
    }
}

#[test]
fn an_approval_holds_until_the_pack_or_what_it_uses_changes() {
    let packs = home_and_other(&control("9", "uses = \"home/1.1\"\n"), LIMIT);
    assert_eq!(reason(&packs.load("other")), "nobody approved it");
    let before = std::fs::read_to_string(packs.0.path().join("other/pack.toml")).unwrap();
    let author = approve(&packs, " a. uthor ");
    assert_eq!((author.code, author.stderr.contains("its author and its approver are the same")), (2, true));
    assert_eq!(std::fs::read_to_string(packs.0.path().join("other/pack.toml")).unwrap(), before);
    assert_eq!(approve(&packs, "B. Oss").code, 0);
    assert_eq!(reason(&packs.load("other")), "");
    let after = std::fs::read_to_string(packs.0.path().join("other/pack.toml")).unwrap();
    let kept: Vec<&str> = after.lines().filter(|line| !line.starts_with("approve")).collect();
    assert_eq!(kept, before.lines().collect::<Vec<_>>());
    let packs = packs.put("home/1.1/control.rhai", &RULES.replace("> 3", "> 4"));
    assert_eq!(reason(&packs.load("other")), "it changed after it was approved, or something it uses did");
}

#[test]
fn who_stands_behind_a_pack_is_in_the_bundle() {
    let folder = support::audit_folder();
    let log = support::log_file(&[support::get_item(1, "2026-03-02T10:00:00Z")]);
    std::fs::write(folder.path().join("logs/a.json"), log).unwrap();
    let ran = support::run(&["run", "--documents", "html"], folder.path());
    assert!(ran.code == 0 || ran.code == 4, "{}", ran.stderr);
    let bundle = support::bundle_in(folder.path());
    let tests = support::table(&bundle.join("data/tests.csv"));
    assert!(tests.iter().all(|row| row["qualifiers"].split(' ').any(|word| word == "pack-unapproved")));
    let pages = std::fs::read_dir(bundle.join("human")).unwrap().map(|entry| entry.unwrap().path());
    let pages: Vec<String> = pages.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    assert!(pages.iter().any(|page| page.contains("not approved: nobody approved it")));
}

#[test]
fn baselines_decide_what_applies_and_with_which_values() {
    let settings = "# Limit.\nlimit = 5\n[high]\n# At high.\nlimit = 2\n";
    let packs = Packs::new()
        .pack(
            "levels",
            &[
                "number = \"1.1\"\nbaselines = [\"moderate\", \"high\"]",
                "number = \"1.2\"\nbaselines = [\"low\"]",
            ],
            settings,
        )
        .put("levels/1.1/control.toml", &control("1.1", &format!("{FULL}{TEST}{CAUSES}")))
        .put("levels/1.1/control.rhai", RULES)
        .put("levels/1.2/control.toml", &control("1.2", "uses = \"levels/1.1\"\n"));
    let at = |number: &str, level: &str, by: &str| {
        let mut content = read(by);
        content["facts"] = json!({"audit": {"baseline": level}});
        ask(&packs, "levels", number, content)
    };
    assert_eq!(at("1.1", "moderate", "dana").outcome.verdict, "supported");
    assert_eq!(at("1.1", "high", "dana").outcome.verdict, "insufficient");
    let low = at("1.1", "low", "shared");
    assert_eq!(low.outcome.verdict, "not-applicable");
    assert_eq!(
        low.reasons,
        ["not in the baseline `low` that audit.toml chooses; it stands in moderate, high"]
    );
    assert_eq!(at("1.2", "high", "dana").outcome.verdict, "not-applicable");
    let mut unstated = read("shared");
    unstated["without"] = json!(["audit.baseline"]);
    let unstated = ask(&packs, "levels", "1.1", unstated);
    assert_eq!((unstated.outcome.verdict.as_str(), unstated.outcome.population), ("insufficient", Some(1)));
    assert!(unstated.reasons[0].contains("`baseline` under `[audit]`"), "{:?}", unstated.reasons);
    assert!(unstated.reasons[1].contains("1 of 1 access contradicts the test"), "{:?}", unstated.reasons);
    let value = |level| {
        Pack::load("levels", &packs.folders(), level).unwrap().settings.get("limit").unwrap().to_string()
    };
    assert_eq!(
        (value(Some(Baseline::High)), value(Some(Baseline::Low)), value(None)),
        ("2".into(), "5".into(), "5".into())
    );
}

#[test]
fn a_control_for_service_providers_applies_to_them_alone() {
    let packs = Packs::new()
        .pack("providers", &["number = \"1\""], LIMIT)
        .put(
            "providers/1/control.toml",
            &control("1", &format!("applies = \"service-provider\"\n{FULL}{TEST}{CAUSES}")),
        )
        .put("providers/1/control.rhai", RULES);
    let with = |stated: Value| {
        let mut content = read("shared");
        content["facts"] = json!({"audit": {"service_provider": stated}});
        ask(&packs, "providers", "1", content)
    };
    assert_eq!(with(true.into()).outcome.verdict, "exceptions");
    let no = with(false.into());
    assert_eq!(
        (no.outcome.verdict.as_str(), no.reasons[0].contains("no service provider")),
        ("not-applicable", true)
    );
    let unstated = with(Value::Null);
    assert_eq!(unstated.outcome.verdict, "insufficient");
    assert!(unstated.reasons[0].contains("`service_provider` under `[audit]`"), "{:?}", unstated.reasons);
}

#[test]
fn settings_of_sections_are_checked() {
    let told =
        |settings: &str| home_and_other(&control("9", "uses = \"home/1.1\"\n"), settings).error("other");
    let stray = told("# Limit.\nlimit = 5\n[\"8\"]\n# Elsewhere.\nlimit = 2\n");
    assert!(
        stray.contains("settings.toml:7:1: `8` is no baseline and no requirement that this pack tests"),
        "{stray}"
    );
    let alone = told("# Limit.\nlimit = 5\n[high]\n# Spare.\nspare = 2\n");
    assert!(alone.contains("no test uses the setting `spare`"), "{alone}");
    let without =
        home_and_other(&control("9", "uses = \"home/1.1\"\n"), LIMIT).put("other/settings.toml", LIMIT);
    assert!(without.error("other").contains("`data_classes` must list the classes of tables"));
}

#[test]
fn folders_are_not_left_by_names() {
    let folders = [Path::new(".").to_path_buf()];
    assert!(Pack::load("..", &folders, None).unwrap_err().to_string().contains("is no pack id"));
}

//! `trailwitness packs …` as its users meet it.

use std::path::Path;

use serde_json::Value;
use trailwitness::rules::Pack;

use crate::support::{self, Ran};

fn packs(args: &[&str], folder: &Path) -> Ran {
    support::run(&[&["packs"], args].concat(), folder)
}

#[test]
fn list_names_every_requirement_of_every_shipped_pack() {
    let folder = tempfile::tempdir().unwrap();
    let ran = packs(&["list", "--json"], folder.path());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let expected: usize = super::shipped().iter().map(|pack| pack.requirements.len()).sum();
    assert_eq!(rows.len(), expected);
    let one = rows.iter().find(|row| row["pack"] == super::PCI && row["number"] == "10.2.1.1").unwrap();
    assert_eq!((one["status"].as_str(), one["tests"].as_u64()), (Some("automated"), Some(2)));
    assert!(rows.iter().all(|row| (row["tests"] == 0) == (row["status"] == "manual")));
    let text = packs(&["list"], folder.path()).stdout;
    assert!(text.contains("10.2.1.1") && text.contains("2 tests"), "{text}");
}

#[test]
fn check_finds_no_problem_in_any_shipped_pack() {
    let folder = tempfile::tempdir().unwrap();
    let ran = packs(&["check", "--json"], folder.path());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let checked: Vec<(&str, u64, &Value)> = told["packs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pack| (pack["pack"].as_str().unwrap(), pack["tests"].as_u64().unwrap(), &pack["problems"]))
        .collect();
    let none = Value::Array(Vec::new());
    let shipped = super::shipped();
    let tests = |pack: &Pack| pack.controls.iter().map(|control| control.tests.len() as u64).sum();
    let expected: Vec<(&str, u64, &Value)> =
        shipped.iter().map(|pack| (pack.id.as_str(), tests(pack), &none)).collect();
    assert_eq!((checked.len(), checked), (7, expected));
}

#[test]
fn a_new_pack_and_a_new_control_pass_the_check_and_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    for id in ["own-rules", "own-rules/AC-2(3)"] {
        let ran = packs(&["new", id], folder.path());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let ran = packs(&["check", "own-rules"], folder.path());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "own-rules: 2 tests, 6 examples, 0 problems\n"));
    let listed = packs(&["list", "--folder", "."], folder.path()).stdout;
    assert!(listed.contains("own-rules") && listed.contains("AC-2(3)"), "{listed}");
    let again = packs(&["new", "own-rules/AC-2(3)"], folder.path());
    assert_eq!((again.code, again.stderr.contains("is there already")), (2, true), "{}", again.stderr);
    assert_eq!(packs(&["new", "../outside"], folder.path()).code, 2);
    assert_eq!(packs(&["new", super::PCI], folder.path()).code, 2);
}

#[test]
fn a_failing_example_is_told_with_what_was_expected_what_came_and_the_line_that_decided() {
    let folder = tempfile::tempdir().unwrap();
    packs(&["new", "own"], folder.path());
    let rules = folder.path().join("own/1.1/control.rhai");
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(
        &rules,
        text.replace(
            "access.grade == \"A\" { conforming() }",
            "access.grade == \"A\" { undetermined(\"person-not-proven\") }",
        ),
    )
    .unwrap();
    let ran = packs(&["check", "own"], folder.path());
    assert_eq!(ran.code, 2);
    for part in [
        "own/1.1/examples/read-by-a-person.supported.json",
        "expected  supported, no cause, population 1",
        "got       insufficient, person-not-proven, population 1",
        "decided   undetermined person-not-proven at 1.1/control.rhai:10 | if access.grade",
    ] {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.stdout);
    }
    let json: Value =
        serde_json::from_str(&packs(&["check", "own", "--json"], folder.path()).stdout).unwrap();
    assert_eq!((json["exit"].as_u64(), json["packs"][0]["pack"].as_str()), (Some(2), Some("own")));
}

#[test]
fn missing_examples_and_rules_that_nothing_notices_are_told() {
    let folder = tempfile::tempdir().unwrap();
    packs(&["new", "own"], folder.path());
    let examples = folder.path().join("own/1.1/examples");
    std::fs::remove_file(examples.join("read-by-a-shared-role.exceptions.json")).unwrap();
    std::fs::remove_file(examples.join("session-of-nobody-known.insufficient.json")).unwrap();
    let told = packs(&["check", "own"], folder.path()).stdout;
    for part in [
        "own/1.1#1: no example shows exceptions",
        "own/1.1#1: no example shows insufficient",
        "own/1.1#1: no example notices a rule by which everything conforms",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(!told.contains("examines nothing"), "{told}");
}

#[test]
fn explain_shows_requirement_test_logic_and_reference() {
    let folder = tempfile::tempdir().unwrap();
    let control = packs(&["explain", "pci-dss-4.0.1/10.2.1.4#2"], folder.path()).stdout;
    for part in [
        "test 2",
        "burst_refusals = 10",
        "once for the run",
        "fn judge_clusters(run)",
        "must not be claimed",
        "L01",
    ] {
        assert!(control.contains(part), "{part}\n{control}");
    }
    let api = packs(&["explain", "--api"], folder.path()).stdout;
    assert!(api.contains("access.grade (text)") && api.contains("run.coverage"), "{api}");
    let unknown = packs(&["explain", "pci-dss-4.0.1/10.9"], folder.path());
    assert_eq!((unknown.code, unknown.stderr.contains("names no requirement 10.9")), (2, true));
}

#[test]
fn diff_tells_words_logic_parameters_and_verdicts() {
    let folder = support::audit_folder();
    let log = support::log_file(&[support::get_item(1, "2026-03-02T10:00:00Z")]);
    std::fs::write(folder.path().join("logs/a.json"), log).unwrap();
    let own = super::changed("10.2.1.4/control.rhai", |text| {
        text.replace("access.outcome == \"refused\"", "access.outcome == \"done\"")
    });
    let settings = own.path().join(super::PCI).join("settings.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("burst_refusals = 10", "burst_refusals = 5")).unwrap();
    let side = own.path().join(super::PCI);
    let ran =
        packs(&["diff", super::PCI, side.to_str().unwrap(), "--logs", "audit.toml", "--json"], folder.path());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let changes: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let of = |kind: &str| {
        changes.iter().find(|change| change["kind"] == kind && change["a"] == "10.2.1.4").unwrap()
    };
    assert_eq!(
        (of("parameter")["before"].as_str(), of("parameter")["after"].as_str()),
        (Some("10"), Some("5"))
    );
    assert!(of("logic")["after"].as_str().unwrap().contains("access.outcome == \"done\""));
    assert!(of("verdict")["after"].as_str().unwrap().contains("1 examined"), "{}", of("verdict"));
    let same = packs(&["diff", super::PCI, super::PCI], folder.path());
    assert_eq!(same.stdout, "nothing differs\n");
}

//! Rules that loop, fault or return nonsense: their test gets the verdict `error`, the others run as before, the bundle
//! appears and holds, and the exit code says so.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::{Case, Done, Row};
use crate::support::project;

const PACK: &str = "pci-dss-4.0.1";

/// A case whose pack is a copy with one text of one script replaced.
fn with_rule(script: &str, from: &str, to: &str) -> Case {
    let case = Case::new();
    case.edit("packs = [", "pack_folders = [\"packs\"]\npacks = [");
    let (source, target) = (project().join("rules").join(PACK), case.path().join("packs").join(PACK));
    for entry in walkdir::WalkDir::new(&source) {
        let entry = entry.unwrap();
        let place = target.join(entry.path().strip_prefix(&source).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(place).unwrap();
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
    let path = target.join(script);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{script} holds {from}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    case
}

fn by_test(done: &Done) -> BTreeMap<String, Row> {
    done.table("tests.csv").into_iter().map(|row| (row["test"].clone(), row)).collect()
}

/// Each of the tests, which all ask the faulty rule, has the verdict `error` for a reason with `words`; every other test
/// is as with the shipped pack.
fn assert_only_these_tests_fail(case: &Case, tests: &[&str], words: &str) -> Done {
    let done = case.run();
    done.assert_sound(4);
    let (shipped, mine) = (by_test(&Case::new().run()), by_test(&done));
    assert_eq!(shipped.keys().collect::<Vec<_>>(), mine.keys().collect::<Vec<_>>());
    assert!(tests.iter().all(|test| mine.contains_key(*test)), "{tests:?}");
    for (id, row) in &mine {
        let other = &shipped[id];
        if tests.contains(&id.as_str()) {
            assert_eq!(row["verdict"], "error", "{row:?}");
            assert!(row["reasons"].contains(words), "{words:?} in {row:?}");
            continue;
        }
        for column in
            ["verdict", "population", "conforming", "exceptions", "undetermined", "population_digest"]
        {
            assert_eq!(row[column], other[column], "{id} {column}");
        }
    }
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(done.bundle.join("manifest.json")).unwrap()).unwrap();
    let told = manifest["errors"].as_array().unwrap().iter();
    let told: Vec<&str> = told.map(|error| error["test"].as_str().unwrap()).collect();
    assert_eq!(told, tests);
    assert_eq!(manifest["run"]["exit_status"], 4);
    for test in tests {
        let requirement = test.split('#').next().unwrap();
        let line = done.ran.stdout.lines().find(|line| line.contains(&format!("{requirement} "))).unwrap();
        assert!(line.contains("error"), "{line}");
    }
    assert_readme_commands_hold(&done.bundle);
    done
}

/// Commands 1 and 2 of README.txt: the hashes hold and the content digest is the printed one.
fn assert_readme_commands_hold(bundle: &Path) {
    let readme = std::fs::read_to_string(bundle.join("README.txt")).unwrap();
    let sums = readme.lines().map(str::trim).find(|line| line.starts_with("sha256sum -c")).unwrap();
    let digest = readme.lines().map(str::trim).find(|line| line.starts_with("find data")).unwrap();
    let Ok(output) = Command::new("bash")
        .args(["-c", &format!("{sums} --quiet && {digest}")])
        .current_dir(bundle)
        .output()
    else {
        return eprintln!("SKIPPED: bash is not there");
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8_lossy(&output.stdout);
    let printed = printed.split_whitespace().next().unwrap();
    assert!(readme.contains(&format!("Content digest {printed}")), "{printed}");
}

const HAS_KEY: &str = "access.key_kind in [\"exact\", \"partial\", \"condition\"]";
const CARD: &str = "if access.card_in_key { exception(\"card-number-in-key\") } else { conforming() }";
/// The second test of 10.2.1.1, and the test of 3.5.1 that uses it.
const SECOND: [&str; 2] = ["pci-dss-4.0.1/3.5.1#1", "pci-dss-4.0.1/10.2.1.1#2"];

fn with_population(body: &str) -> Case {
    with_rule("10.2.1.1/control.rhai", HAS_KEY, body)
}

/// The script fails in `body`, before it answers.
fn with_expectation(body: &str) -> Case {
    let body = format!(
        "let list = []; {body}; if access.card_in_key {{ exception(\"card-number-in-key\") }} else {{ conforming() }}"
    );
    with_rule("10.2.1.1/control.rhai", CARD, &body)
}

#[test]
fn a_rule_that_never_ends_is_stopped() {
    let case = with_expectation("let n = 0; while access.card_in_key == false { n += 1; }");
    assert_only_these_tests_fail(&case, &SECOND, "ran too long");
    let case =
        with_population("let n = 0; loop { n += 1; if n < 0 { break; } } access.key_kind == \"exact\"");
    assert_only_these_tests_fail(&case, &SECOND, "ran too long");
}

#[test]
fn a_rule_that_grows_without_bound_is_stopped() {
    let case = with_expectation("let text = \"x\"; while text != \"\" { text += text; }");
    assert_only_these_tests_fail(&case, &SECOND, "too large");
}

#[test]
fn a_rule_that_faults_says_where() {
    let case = with_expectation("list[7]");
    let script =
        std::fs::read_to_string(case.path().join("packs/pci-dss-4.0.1/10.2.1.1/control.rhai")).unwrap();
    let line = script.lines().position(|line| line.contains("list[7]")).unwrap() + 1;
    assert_only_these_tests_fail(&case, &SECOND, &format!("(line {line}, column"));
}

#[test]
fn a_rule_that_returns_nonsense_is_told_what_it_gave() {
    let case = with_expectation("if !access.card_in_key { return [[7]][0][0]; }");
    assert_only_these_tests_fail(&case, &SECOND, "must give an answer");
    let case = with_population("[[\"yes\"]][0][0]");
    assert_only_these_tests_fail(&case, &SECOND, "must give true or false");
}

#[test]
fn a_rule_over_the_run_that_returns_nonsense_is_told_what_it_gave() {
    let body = "for item in run.logging_changes { answers.push(weigh(item)); }";
    let case = with_rule("10.2.1.6/control.rhai", body, &format!("{body} answers.push([[7]][0][0]);"));
    assert_only_these_tests_fail(&case, &["pci-dss-4.0.1/10.2.1.6#1"], "judge_changes");
}

#[test]
fn a_rule_over_the_run_that_never_ends_is_stopped() {
    let body = "for item in run.logging_changes { answers.push(weigh(item)); }";
    let case =
        with_rule("10.2.1.6/control.rhai", body, &format!("{body} let n = 0; while n >= 0 {{ n += 1; }}"));
    assert_only_these_tests_fail(&case, &["pci-dss-4.0.1/10.2.1.6#1"], "ran too long");
}

#[test]
fn a_faulty_rule_is_shown_in_every_document() {
    let told = |done: &Done| {
        let human = done.bundle.join("human");
        let mut texts = Vec::new();
        for name in ["index.html", "control-pci-dss-4.0.1-10.2.1.1.html"] {
            texts.push((name, std::fs::read_to_string(human.join(name)).unwrap()));
        }
        for name in ["00-overview.pdf", "20-controls.pdf"] {
            match Command::new("pdftotext").arg(human.join(name)).arg("-").output() {
                Ok(output) => texts.push((name, String::from_utf8_lossy(&output.stdout).into_owned())),
                Err(_) => eprintln!("SKIPPED: pdftotext is not there, {name} is not read"),
            }
        }
        texts
    };
    let faulty = with_expectation("list[7]").run_with_documents();
    faulty.assert_sound(4);
    for (name, text) in told(&faulty) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let control = name.contains("control");
        assert!(!control || text.contains("the rule did not complete"), "{name} says why");
    }
    let words = |text: &str| text.matches("error").count();
    for ((name, faulty), (_, shipped)) in told(&faulty).iter().zip(&told(&Case::new().run_with_documents())) {
        assert!(words(faulty) > words(shipped), "{name}: {} and {}", words(faulty), words(shipped));
    }
}

#[test]
fn the_changed_pack_is_kept_and_called_modified() {
    let done = with_expectation("list[7]").run();
    let kept =
        std::fs::read_to_string(done.bundle.join("rules/pci-dss-4.0.1/10.2.1.1/control.rhai")).unwrap();
    assert!(kept.contains("let list = []; list[7];"), "the very rule that ran");
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(done.bundle.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["rule_packs"][0]["difference"], "modified: 10.2.1.1/control.rhai");
    for (test, row) in by_test(&done) {
        assert!(row["qualifiers"].split(' ').any(|word| word == "pack-modified"), "{test} {row:?}");
    }
}

#[test]
fn a_rule_that_cannot_be_right_is_refused_before_anything_is_read() {
    for (body, parts) in [
        (
            "if access.card_in_kee { exception(\"card-number-in-key\") } else { conforming() }",
            &["card_in_kee", "card_in_key"][..],
        ),
        ("if access.grade = \"A\" { conforming() } else { conforming() }", &["=="]),
        ("if access.card_in_key { exception(\"no-such-cause\") } else { conforming() }", &["no-such-cause"]),
        ("eval(\"1\")", &["eval"]),
        ("42", &["answer"]),
        ("expect_no_card(access)", &["`expect_no_card` calls itself"]),
        ("if access.card_in_key { conforming() ", &["control.rhai"]),
    ] {
        let case = with_rule("10.2.1.1/control.rhai", CARD, body);
        let ran = case.try_run();
        assert_eq!(ran.code, 2, "{body}\n{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("10.2.1.1/control.rhai:"), "{}", ran.stderr);
        for part in parts {
            assert!(ran.stderr.contains(part), "{part} in {}", ran.stderr);
        }
        case.assert_no_bundle();
    }
}

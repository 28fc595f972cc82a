//! `run`: summary, JSON, exit codes, flags.

use super::*;

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

#[test]
fn json_holds_the_figures_of_the_bundle_and_nothing_else_is_printed() {
    let folder = folder();
    let ran = run_into(folder.path(), "out", &["--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let told = json(&ran);
    let bundle = folder.path().join(told["bundle"].as_str().unwrap());
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(bundle.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(told["content_digest"], manifest["content_digest"]);
    assert_eq!(told["exit"], 0);
    assert_eq!(told["files"], 1);
    assert_eq!(
        told["records"],
        serde_json::json!({"parsed": 2, "duplicates": 0, "copies": 0, "outside": 0, "in_window": 2})
    );
    assert_eq!((told["accesses"].as_u64(), told["lost"].as_u64()), (Some(2), Some(0)));
    assert_eq!(told["reconciliation_holds"], true);
    assert_eq!(
        told["window"],
        serde_json::json!({"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"})
    );
    let groups = table(&bundle.join("data/exceptions.csv")).len();
    assert_eq!(told["exception_groups"].as_u64(), Some(groups as u64));
    let tests = table(&bundle.join("data/tests.csv"));
    assert_eq!(told["tests"].as_array().unwrap().len(), tests.len());
    for (mine, row) in told["tests"].as_array().unwrap().iter().zip(&tests) {
        assert_eq!(
            (mine["test"].as_str(), mine["verdict"].as_str()),
            (Some(row["test"].as_str()), Some(row["verdict"].as_str()))
        );
        assert_eq!(mine["population"].to_string(), row["population"]);
    }
    assert_eq!((tests.len(), told["requirements"].as_array().unwrap().len()), (58, 32));
}

#[test]
fn the_summary_tells_counts_verdicts_and_what_to_open() {
    let folder = folder();
    let ran = run(&["run", "audit.toml", "--out", "out", "--documents", "html"], folder.path());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "no progress on a pipe");
    let name = bundle_in(&folder.path().join("out"));
    for part in [
        "Read     1 files (0 failed), 2 records",
        "2 parsed = 0 duplicates + 0 copies in other accounts + 0 outside the window + 2 in it: the reconciliation adds up",
        "51 requirements: ◐ 32 insufficient, ○ 19 not-tested",
        "Missing  audit.toml does not state ",
        "insufficient   pci-dss-4.0.1/7.2.2 ",
        "… and 16 more in data/tests.csv",
        name.file_name().unwrap().to_str().unwrap(),
        "first human/index.html in a browser",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
    }
    assert!(ran.stdout.lines().count() <= 30 && !ran.stdout.contains('\r'));
}

#[test]
fn progress_stays_away_from_pipes_even_with_many_files() {
    let folder = folder();
    for number in 10..60 {
        let record = get_item(number, "2026-03-02T10:00:00Z");
        std::fs::write(folder.path().join(format!("logs/{number}.json")), log_file(&[record])).unwrap();
    }
    let ran = run_into(folder.path(), "out", &["--threads", "2"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("Read     51 files"), "{}", ran.stdout);
}

/// The record as a session makes it that began with a second factor, so that 8.4.2 finds nothing wrong with it.
fn with_second_factor(record: &str) -> String {
    let user = r#""userName":"alice""#;
    assert!(record.contains(user), "{record}");
    let session = r#","sessionContext":{"attributes":{"creationDate":"2026-03-02T09:00:00Z","mfaAuthenticated":"true"}}"#;
    record.replace(user, &format!("{user}{session}")).replace("AKIAEXAMPLE", "ASIAEXAMPLE")
}

#[test]
fn fail_on_gives_the_verdicts_exit_codes_by_precedence() {
    let folder = folder();
    let times = [(1, "2026-03-02T10:00:00Z"), (2, "2026-03-02T11:00:00Z")];
    let good = times.map(|(number, time)| with_second_factor(&get_item(number, time)));
    std::fs::write(folder.path().join("logs/good.json"), log_file(&good)).unwrap();
    let into = |out: &str, words: &str| run_into(folder.path(), out, &["--fail-on", words]);
    let plain = run_into(folder.path(), "a", &[]);
    let bundle = bundle_in(&folder.path().join("a"));
    assert_eq!(plain.code, 0);
    assert!(has_verdict(&bundle, "insufficient") && !has_verdict(&bundle, "exceptions"));
    assert_eq!(into("b", "exceptions").code, 0, "there are none");
    assert_eq!(into("c", "insufficient").code, 10);
    let card = with_second_factor(&get_item(3, "2026-03-02T12:00:00Z")).replace("item-3", "4111111111111111");
    std::fs::write(folder.path().join("logs/card.json"), log_file(&[card])).unwrap();
    assert_eq!(into("d", "exceptions").code, 11);
    assert_eq!(into("e", "insufficient").code, 10);
    assert_eq!(into("f", "insufficient,exceptions").code, 11, "11 comes before 10");
    std::fs::write(folder.path().join("logs/broken.json"), "oops").unwrap();
    let lost = into("g", "insufficient,exceptions");
    assert_eq!(lost.code, 4, "4 comes before 11");
    assert!(bundle_in(&folder.path().join("g")).is_dir(), "the bundle is there with each of these codes");
}

#[test]
fn the_exit_code_stands_in_summary_and_manifest() {
    let folder = folder();
    std::fs::write(folder.path().join("logs/broken.json"), "oops").unwrap();
    let ran = run_into(folder.path(), "out", &["--json"]);
    assert_eq!((ran.code, json(&ran)["exit"].as_i64(), json(&ran)["lost"].as_i64()), (4, Some(4), Some(1)));
    let manifest = std::fs::read(bundle_in(&folder.path().join("out")).join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["run"]["exit_status"], 4);
    assert_eq!(manifest["warnings"]["not-json"], 1);
}

#[test]
fn flags_override_the_file() {
    let folder = folder();
    std::fs::rename(folder.path().join("logs"), folder.path().join("elsewhere")).unwrap();
    let flags = [
        "--source",
        "elsewhere",
        "--from",
        "2026-03-02T10:30:00Z",
        "--to",
        "2026-03-02T12:00:00Z",
        "--as-of",
        "2026-03-20",
        "--json",
    ];
    let ran = run_into(folder.path(), "out", &flags);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told = json(&ran);
    assert_eq!(
        told["records"],
        serde_json::json!({"parsed": 2, "duplicates": 0, "copies": 0, "outside": 1, "in_window": 1})
    );
    assert_eq!(
        told["window"],
        serde_json::json!({"from": "2026-03-02T10:30:00Z", "to": "2026-03-02T12:00:00Z"})
    );
    let parameters =
        std::fs::read_to_string(bundle_in(&folder.path().join("out")).join("inputs/parameters.json"))
            .unwrap();
    assert!(parameters.contains("2026-03-20T00:00:00Z"), "{parameters}");
}

#[test]
fn threads_zone_and_locale_of_the_machine_change_nothing() {
    let folder = folder();
    let digest = |out: &str, threads: &str, environment: &[(&str, &str)]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_trailwitness"))
            .args(["run", "audit.toml", "--documents", "none", "--json", "--out", out, "--threads", threads])
            .current_dir(folder.path())
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        told["content_digest"].as_str().unwrap().to_owned()
    };
    let one = digest("a", "1", &[("TZ", "UTC"), ("LC_ALL", "C")]);
    assert_eq!(one, digest("b", "2", &[("TZ", "Asia/Kathmandu"), ("LC_ALL", "de_DE.UTF-8")]));
    assert_eq!(one, digest("c", "256", &[("LANG", "tr_TR.UTF-8"), ("NO_COLOR", "1")]));
}

#[test]
fn documents_are_drawn_as_asked() {
    let folder = folder();
    let human = |out: &str| bundle_in(&folder.path().join(out)).join("human");
    for (out, documents, html, pdf) in
        [("a", "none", false, false), ("b", "html", true, false), ("c", "all", true, true)]
    {
        assert_eq!(
            run(&["run", "--out", out, "--documents", documents], folder.path()).code,
            0,
            "audit.toml is the default"
        );
        assert_eq!(human(out).join("index.html").is_file(), html, "{documents}");
        assert_eq!(human(out).join("00-overview.pdf").is_file(), pdf, "{documents}");
    }
}

#[test]
fn the_storys_audit_runs_from_any_folder() {
    let here = tempfile::tempdir().unwrap();
    let audit = story().join("audit.toml");
    let ran = run(
        &["run", audit.to_str().unwrap(), "--documents", "none", "--json", "--fail-on", "exceptions"],
        here.path(),
    );
    assert_eq!(ran.code, 11, "{}", ran.stderr);
    assert!(
        json(&ran)["bundle"]
            .as_str()
            .unwrap()
            .starts_with("./evidence_pci-dss-4.0.1_2026-03-02_2026-03-16_acme-payments_")
    );
    assert_eq!(verify(&bundle_in(here.path())).code, 0);
}

//! The command line as a stranger meets it: help, version, exit codes, JSON, `init`, `verify`, wrong flags.

use std::path::{Path, PathBuf};

use crate::support::{Ran, audit_folder, bundle_in, get_item, log_file, run, story, table};

/// A folder with one log file: GetItems by a user whom no roster knows.
fn folder() -> tempfile::TempDir {
    let folder = audit_folder();
    let records = [get_item(1, "2026-03-02T10:00:00Z"), get_item(2, "2026-03-02T11:00:00Z")];
    std::fs::write(folder.path().join("logs/good.json"), log_file(&records)).unwrap();
    folder
}

fn run_into(folder: &Path, out: &str, more: &[&str]) -> Ran {
    run(&[&["run", "audit.toml", "--out", out, "--documents", "none"], more].concat(), folder)
}

/// A folder with a small bundle with HTML in `out`.
fn bundle() -> (tempfile::TempDir, PathBuf) {
    let folder = folder();
    let ran = run(&["run", "audit.toml", "--out", "out", "--documents", "html"], folder.path());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let bundle = bundle_in(&folder.path().join("out"));
    (folder, bundle)
}

fn verify(bundle: &Path) -> Ran {
    run(&["verify", bundle.to_str().unwrap()], bundle.parent().unwrap())
}

/// A test with this verdict is in the bundle.
fn has_verdict(bundle: &Path, word: &str) -> bool {
    table(&bundle.join("data/tests.csv")).iter().any(|row| row["verdict"] == word)
}

mod help_and_flags {
    use super::*;

    fn assert_help(args: &[&str], parts: &[&str]) {
        let here = tempfile::tempdir().unwrap();
        let ran = run(args, here.path());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}");
        for part in parts {
            assert!(ran.stdout.contains(part), "{args:?}: {part:?} in\n{}", ran.stdout);
        }
    }

    #[test]
    fn help_tells_a_stranger_what_it_is_and_where_to_start() {
        let parts = [
            "Evidence bundles from AWS CloudTrail logs about Amazon DynamoDB",
            "Usage: trailwitness <COMMAND>",
            "init    Write a commented audit.toml",
            "run     Read the logs, test them and write the evidence bundle",
            "verify  Check that a bundle holds: hashes, digests, sums",
            "Start with:  trailwitness init my-audit",
            "0 done",
            "1 no bundle, or verify found a difference",
            "2 usage",
            "3 no log file",
            "4 a bundle was written but a rule faulted or input could not be read",
        ];
        assert_help(&["--help"], &parts);
        assert_help(&["-h"], &parts[1..5]);
    }

    #[test]
    fn help_of_each_command_names_its_flags() {
        assert_help(
            &["run", "--help"],
            &[
                "Usage: trailwitness run [OPTIONS] [AUDIT]",
                "[default: audit.toml]",
                "--source <FOLDER>",
                "--from <TIME>",
                "--to <TIME>",
                "--as-of <TIME>",
                "--pack <PACK>",
                "--out <FOLDER>",
                "--redaction <PROFILE>",
                "--documents <DOCUMENTS>",
                "HTML and PDF",
                "--threads <N>",
                "--fail-on <WORDS>",
                "Exit 11 on exceptions, 10 on insufficient evidence",
                "--json",
            ],
        );
        assert_help(
            &["verify", "--help"],
            &["Usage: trailwitness verify [OPTIONS] <BUNDLE>", "Folder that `run` wrote", "--json"],
        );
        assert_help(
            &["init", "--help"],
            &["Usage: trailwitness init [FOLDER]", "Folder to write into", "[default: .]"],
        );
    }

    #[test]
    fn version_is_the_packages() {
        let here = tempfile::tempdir().unwrap();
        let expected = format!("trailwitness {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(run(&["--version"], here.path()).stdout, expected);
        assert_eq!(run(&["-V"], here.path()).stdout, expected);
    }

    #[test]
    fn wrong_flags_exit_2_and_say_what_was_meant() {
        let folder = folder();
        for (args, part) in [
            (&["run", "audit.toml", "--souce", "x"][..], "--source"),
            (&["run", "audit.toml", "--documents", "word"], "[possible values: all, html, none]"),
            (&["run", "audit.toml", "--fail-on", "nothing"], "[possible values: exceptions, insufficient]"),
            (&["run", "audit.toml", "--threads", "0"], "--threads"),
            (&["run", "audit.toml", "--threads", "many"], "--threads"),
            (&["run", "audit.toml", "--redaction", "full"], "`full` does not exist in this version"),
            (&["run", "a.toml", "b.toml"], "b.toml"),
            (&["verfy"], "verify"),
            (&["verify"], "<BUNDLE>"),
            (&["--nonsense"], "--nonsense"),
        ] {
            let ran = run(args, folder.path());
            assert_eq!(ran.code, 2, "{args:?} {}", ran.stderr);
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} in\n{}", ran.stderr);
            assert!(ran.stderr.contains("error: ") && ran.stdout.is_empty(), "{args:?}");
        }
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "nothing was written: {left:?}");
    }

    #[test]
    fn no_command_shows_the_help_and_exits_2() {
        let here = tempfile::tempdir().unwrap();
        let ran = run(&[], here.path());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains("Usage: trailwitness <COMMAND>"), "{}", ran.stderr);
    }
}

mod runs {
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
            serde_json::json!({"parsed": 2, "duplicates": 0, "outside": 0, "in_window": 2})
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
        assert_eq!(told["requirements"].as_array().unwrap().len(), 9);
    }

    #[test]
    fn the_summary_tells_counts_verdicts_and_what_to_open() {
        let folder = folder();
        let ran = run(&["run", "audit.toml", "--out", "out", "--documents", "html"], folder.path());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "no progress on a pipe");
        let name = bundle_in(&folder.path().join("out"));
        for part in [
            "Read     1 files (0 failed), 2 records",
            "2 parsed = 0 duplicates + 0 outside the window + 2 in it: the reconciliation adds up",
            "insufficient   pci-dss-4.0.1/10.2.1.1",
            name.file_name().unwrap().to_str().unwrap(),
            "first human/index.html in a browser",
        ] {
            assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
        }
        assert!(ran.stdout.lines().count() <= 25 && !ran.stdout.contains('\r'));
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

    #[test]
    fn fail_on_gives_the_verdicts_exit_codes_by_precedence() {
        let folder = folder();
        let into = |out: &str, words: &str| run_into(folder.path(), out, &["--fail-on", words]);
        let plain = run_into(folder.path(), "a", &[]);
        let bundle = bundle_in(&folder.path().join("a"));
        assert_eq!(plain.code, 0);
        assert!(has_verdict(&bundle, "insufficient") && !has_verdict(&bundle, "exceptions"));
        assert_eq!(into("b", "exceptions").code, 0, "there are none");
        assert_eq!(into("c", "insufficient").code, 10);
        let card = get_item(3, "2026-03-02T12:00:00Z").replace("item-3", "4111111111111111");
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
        assert_eq!(
            (ran.code, json(&ran)["exit"].as_i64(), json(&ran)["lost"].as_i64()),
            (4, Some(4), Some(1))
        );
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
            serde_json::json!({"parsed": 2, "duplicates": 0, "outside": 1, "in_window": 1})
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
                .args([
                    "run",
                    "audit.toml",
                    "--documents",
                    "none",
                    "--json",
                    "--out",
                    out,
                    "--threads",
                    threads,
                ])
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
}

mod init {
    use super::*;

    const FILES: &[&str] =
        &["audit.toml", "roster.csv", "changes.csv", "incidents.csv", "packs/pci-dss-4.0.1/settings.toml"];

    #[test]
    fn the_first_run_says_that_the_logs_are_missing() {
        let here = tempfile::tempdir().unwrap();
        let ran = run(&["init", "my-audit"], here.path());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(
            ran.stdout.contains("Wrote my-audit/audit.toml")
                && ran.stdout.contains("trailwitness run my-audit/audit.toml"),
            "{}",
            ran.stdout
        );
        for name in FILES {
            assert!(here.path().join("my-audit").join(name).is_file(), "{name}");
        }
        let first = run(&["run", "my-audit/audit.toml"], here.path());
        assert_eq!(first.code, 3, "{}", first.stderr);
        assert!(
            first.stderr.contains("source not found: my-audit/logs") && first.stderr.contains("hint: "),
            "{}",
            first.stderr
        );
    }

    #[test]
    fn what_it_writes_runs_once_logs_are_there() {
        let here = tempfile::tempdir().unwrap();
        assert_eq!(run(&["init", "."], here.path()).code, 0);
        std::fs::create_dir(here.path().join("logs")).unwrap();
        std::fs::write(here.path().join("logs/a.json"), log_file(&[get_item(1, "2026-03-02T10:00:00Z")]))
            .unwrap();
        let ran = run(&["run", "--documents", "none"], here.path());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(verify(&bundle_in(here.path())).code, 0);
    }

    #[test]
    fn every_commented_key_is_one_that_the_program_knows() {
        let here = tempfile::tempdir().unwrap();
        assert_eq!(run(&["init"], here.path()).code, 0);
        let path = here.path().join("audit.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let open: Vec<&str> = text
            .lines()
            .map(|line| {
                line.strip_prefix("# ")
                    .filter(|rest| rest.starts_with('[') || rest.contains(" = "))
                    .unwrap_or(line)
            })
            .collect();
        assert!(open.iter().any(|line| line.starts_with("[[not_applicable]]")));
        std::fs::write(&path, open.join("\n")).unwrap();
        std::fs::create_dir(here.path().join("config")).unwrap();
        let selectors =
            r#"{"TrailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main","EventSelectors":[]}"#;
        std::fs::write(here.path().join("config/event-selectors-main.json"), selectors).unwrap();
        let ran = run(&["run"], here.path());
        assert_eq!(ran.code, 3, "all keys are taken, only the logs are missing: {}", ran.stderr);
    }

    #[test]
    fn an_existing_file_is_never_overwritten_and_nothing_is_added_beside_it() {
        for name in FILES {
            let here = tempfile::tempdir().unwrap();
            let path = here.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "mine").unwrap();
            let ran = run(&["init"], here.path());
            assert_eq!(ran.code, 1, "{name} {}", ran.stderr);
            assert!(ran.stderr.contains(name) && ran.stderr.contains("exists already"), "{}", ran.stderr);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
            let files = walkdir::WalkDir::new(here.path())
                .into_iter()
                .filter(|entry| entry.as_ref().unwrap().file_type().is_file())
                .count();
            assert_eq!(files, 1, "{name}");
        }
    }
}

mod verifies {
    use super::*;

    /// Verifies after a change that must be found, in words that name `file`.
    fn assert_found(bundle: &Path, file: &str, words: &str) {
        let ran = verify(bundle);
        assert_eq!(ran.code, 1, "{file}: {}", ran.stdout);
        let named = ran
            .stdout
            .lines()
            .any(|line| line.starts_with("DIFFERS ") && line.contains(file) && line.contains(words));
        assert!(named, "{file} {words:?} in\n{}", ran.stdout);
        assert!(ran.stdout.contains("The bundle does NOT hold"), "{}", ran.stdout);
    }

    fn files(bundle: &Path) -> Vec<String> {
        let all = walkdir::WalkDir::new(bundle).sort_by_file_name().into_iter().map(Result::unwrap);
        all.filter(|entry| entry.file_type().is_file())
            .map(|entry| entry.path().strip_prefix(bundle).unwrap().to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_good_bundle_holds_and_is_called_unsigned() {
        let (_folder, bundle) = bundle();
        let ran = verify(&bundle);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
        for part in [
            "holds      content digest ",
            "Files listed = Files read + Files skipped + Files failed",
            "population digest",
            "It is unsigned",
        ] {
            assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
        }
        assert!(!ran.stdout.contains("DIFFERS") && !ran.stdout.contains("unchecked"), "{}", ran.stdout);
        let ran = run(&["verify", "--json", bundle.to_str().unwrap()], &bundle);
        let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((told["exit"].as_i64(), told["differs"].as_array().map(Vec::len)), (Some(0), Some(0)));
        assert!(told["holds"].as_array().unwrap().len() > 10);
    }

    #[test]
    fn one_bit_changed_in_any_file_is_found_and_the_file_named() {
        let (_folder, bundle) = bundle();
        let all = files(&bundle);
        for part in ["data/", "human/", "rules/", "inputs/", "README.txt", "manifest.json", "SHA256SUMS"] {
            assert!(all.iter().any(|name| name.starts_with(part)), "{part}");
        }
        for name in all {
            let path = bundle.join(&name);
            let good = std::fs::read(&path).unwrap();
            let mut bad = good.clone();
            let middle = bad.len() / 2;
            bad[middle] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            let ran = verify(&bundle);
            assert!(matches!(ran.code, 1 | 2), "{name}: exit {} {}", ran.code, ran.stdout);
            if name != "SHA256SUMS" {
                let told = format!("{}{}", ran.stdout, ran.stderr);
                assert!(told.contains(&name), "{name} in\n{told}");
            }
            std::fs::write(&path, good).unwrap();
        }
        assert_eq!(verify(&bundle).code, 0, "all files are as they were");
    }

    #[test]
    fn a_changed_file_is_named_without_the_good_ones() {
        let (_folder, bundle) = bundle();
        let path = bundle.join("data/files.csv");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("good.json", "goot.json")).unwrap();
        assert_found(&bundle, "data/files.csv", "manifest.json");
        let ran = verify(&bundle);
        assert!(
            !ran.stdout.lines().any(|line| line.starts_with("DIFFERS ") && line.contains("data/users.csv")),
            "{}",
            ran.stdout
        );
    }

    #[test]
    fn a_removed_file_is_named() {
        for name in [
            "data/gaps.csv",
            "data/accesses.csv.gz",
            "human/index.html",
            "rules/pci-dss-4.0.1/pack.toml",
            "inputs/scope.json",
            "README.txt",
            "SHA256SUMS",
        ] {
            let (_folder, bundle) = bundle();
            std::fs::remove_file(bundle.join(name)).unwrap();
            assert_found(&bundle, name, "missing");
        }
    }

    #[test]
    fn an_added_file_or_link_is_named() {
        let (_folder, bundle) = bundle();
        std::fs::write(bundle.join("data/extra.csv"), "a,b\n").unwrap();
        assert_found(&bundle, "data/extra.csv", "not listed");
        std::fs::remove_file(bundle.join("data/extra.csv")).unwrap();
        std::os::unix::fs::symlink("gaps.csv", bundle.join("data/more.csv")).unwrap();
        assert_found(&bundle, "data/more.csv", "symbolic link");
        std::fs::remove_file(bundle.join("data/more.csv")).unwrap();
        std::fs::write(bundle.join("note.txt"), "x").unwrap();
        assert_found(&bundle, "note.txt", "not listed");
    }

    #[test]
    fn a_file_replaced_by_a_link_to_its_equal_is_named() {
        let (_folder, bundle) = bundle();
        std::fs::copy(bundle.join("data/gaps.csv"), bundle.parent().unwrap().join("copy.csv")).unwrap();
        std::fs::remove_file(bundle.join("data/gaps.csv")).unwrap();
        std::os::unix::fs::symlink("../../copy.csv", bundle.join("data/gaps.csv")).unwrap();
        assert_found(&bundle, "data/gaps.csv", "symbolic link");
    }

    fn edited(bundle: &Path, change: &dyn Fn(&mut serde_json::Value)) {
        let path = bundle.join("manifest.json");
        let mut manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut manifest);
        std::fs::write(path, serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
    }

    #[test]
    fn an_edited_manifest_is_found_even_where_its_sum_was_mended() {
        let test = "pci-dss-4.0.1/10.2.1.1#1";
        let digest = "0".repeat(64);
        let changes: [(&str, Box<dyn Fn(&mut serde_json::Value)>); 5] = [
            (
                "population = conforming",
                Box::new(move |manifest| manifest["tests"][test]["conforming"] = 99.into()),
            ),
            ("content digest", Box::new(move |manifest| manifest["content_digest"] = digest.clone().into())),
            ("Files listed", Box::new(|manifest| manifest["reconciliation"][0]["count"] = 9.into())),
            (
                "population digest",
                Box::new(move |manifest| {
                    manifest["tests"][test]["population_digest"] = "1".repeat(64).into()
                }),
            ),
            (
                "data/gaps.csv",
                Box::new(|manifest| {
                    let files = manifest["files"].as_array_mut().unwrap();
                    files.retain(|file| file["path"] != "data/gaps.csv");
                }),
            ),
        ];
        for (words, change) in changes {
            let (_folder, bundle) = bundle();
            edited(&bundle, &change);
            assert_found(&bundle, "manifest.json", "SHA256SUMS");
            mend_sum(&bundle);
            let ran = verify(&bundle);
            assert_eq!(ran.code, 1, "{words}: {}", ran.stdout);
            assert!(
                ran.stdout.lines().any(|line| line.starts_with("DIFFERS ") && line.contains(words)),
                "{words} in\n{}",
                ran.stdout
            );
        }
    }

    #[test]
    fn verdicts_of_manifest_and_data_must_agree() {
        let (_folder, bundle) = bundle();
        edited(&bundle, &|manifest| {
            for test in manifest["tests"].as_object_mut().unwrap().values_mut() {
                test["verdict"] = "supported".into();
            }
        });
        mend_sum(&bundle);
        let ran = verify(&bundle);
        assert_eq!(ran.code, 1, "data/tests.csv says insufficient: {}", ran.stdout);
    }

    #[test]
    fn a_manifest_that_claims_no_population_digest_is_found() {
        let (_folder, bundle) = bundle();
        edited(&bundle, &|manifest| {
            manifest["tests"]["pci-dss-4.0.1/10.2.1.1#1"]["population_digest"] = "".into()
        });
        mend_sum(&bundle);
        let ran = verify(&bundle);
        assert!(matches!(ran.code, 1 | 3), "an empty claim does not hold: {}", ran.stdout);
    }

    /// Gives manifest.json its new hash in SHA256SUMS, as a forger would.
    fn mend_sum(bundle: &Path) {
        use sha2::Digest;
        let hash = sha2::Sha256::digest(std::fs::read(bundle.join("manifest.json")).unwrap());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = bundle.join("SHA256SUMS");
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                if line.ends_with("  manifest.json") {
                    format!("{hash}  manifest.json")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    }

    #[test]
    fn what_is_no_bundle_exits_2_and_says_what_to_name() {
        let folder = folder();
        std::fs::write(folder.path().join("logs/manifest.json"), "oops").unwrap();
        std::fs::create_dir(folder.path().join("newer")).unwrap();
        std::fs::write(folder.path().join("newer/manifest.json"), r#"{"bundle_format":"2.0"}"#).unwrap();
        for (name, part) in [
            (".", "is no bundle: no manifest.json"),
            ("no-such-folder", "is no bundle"),
            ("audit.toml", "is no bundle"),
            ("logs", "is not JSON"),
            ("newer", "bundle format 2.0 is not known"),
        ] {
            let ran = run(&["verify", name], folder.path());
            assert_eq!(ran.code, 2, "{name}: {}{}", ran.stdout, ran.stderr);
            assert!(ran.stderr.contains(part) && ran.stdout.is_empty(), "{name}: {}", ran.stderr);
        }
    }

    #[test]
    fn files_for_signatures_may_be_added_and_are_not_called_checked() {
        let (_folder, bundle) = bundle();
        std::fs::create_dir_all(bundle.join("attestation")).unwrap();
        std::fs::write(bundle.join("attestation/manifest.dsse.json"), "{}").unwrap();
        let ran = verify(&bundle);
        assert_eq!(ran.code, 3, "{}", ran.stdout);
        assert!(
            ran.stdout.contains("unchecked  attestation/") && !ran.stdout.contains("It is unsigned"),
            "{}",
            ran.stdout
        );
    }
}

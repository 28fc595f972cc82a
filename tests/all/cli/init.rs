//! `init`: what it writes, and what it never overwrites.

use super::*;

const FILES: &[&str] = &[
    "audit.toml",
    "roster.csv",
    "changes.csv",
    "incidents.csv",
    "reviews.csv",
    "subjects.csv",
    "high-risk.csv",
    "requests.csv",
    "access.csv",
    "purposes.csv",
    "packs/pci-dss-4.0.1/settings.toml",
];

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
fn other_packs_bring_their_own_settings_and_no_level_is_guessed() {
    let here = tempfile::tempdir().unwrap();
    let ran = run(&["init", "--pack", "hipaa", "--pack", "fedramp-rev5"], here.path());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for pack in ["hipaa", "fedramp-rev5"] {
        assert!(here.path().join(format!("packs/{pack}/settings.toml")).is_file(), "{pack}");
    }
    let text = std::fs::read_to_string(here.path().join("audit.toml")).unwrap();
    assert!(text.contains("\npacks = [\"hipaa\", \"fedramp-rev5\"]\n"), "{text}");
    assert!(text.contains("\n# baseline = ") && ran.stdout.contains("State the level in force"), "{text}");
    let wrong = run(&["init", "other", "--pack", "hipa"], here.path());
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("hipaa") && !here.path().join("other").exists(), "{}", wrong.stderr);
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
    std::fs::write(here.path().join("config/trails.json"), r#"{"trailList":[]}"#).unwrap();
    std::fs::create_dir(here.path().join("public-keys")).unwrap();
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

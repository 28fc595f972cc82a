//! Odd places: missing and empty sources, links, folders with names of files, names that are no text.

use std::os::unix::fs::symlink;

use super::{Case, GOOD};
use crate::support::{get_item, log_file, run};

const NOON: &str = "2026-03-02T12:00:00Z";

fn third() -> String {
    log_file(&[get_item(3, NOON)])
}

#[test]
fn a_missing_source_is_named_and_there_is_no_bundle() {
    let case = Case::new();
    case.edit("path = \"logs\"", "path = \"no-such-folder\"");
    let ran = case.try_run();
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("source not found") && ran.stderr.contains("no-such-folder"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("hint: give the folder that holds AWSLogs/"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    case.assert_no_bundle();
}

#[test]
fn one_missing_source_among_several_is_not_passed_over() {
    let case = Case::new();
    case.edit("path = \"logs\"", "path = \"logs\"\n[[source]]\npath = \"gone\"");
    let ran = case.try_run();
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("gone"), "{}", ran.stderr);
    case.assert_no_bundle();
}

#[test]
fn an_empty_source_says_what_was_looked_for() {
    let case = Case::empty();
    std::fs::create_dir(case.path().join("logs/deep")).unwrap();
    let ran = case.try_run();
    assert_eq!(ran.code, 3);
    for part in ["no file in", "logs", "looked for CloudTrail log files", ".json.gz"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    case.assert_no_bundle();
}

#[test]
fn a_source_without_any_log_file_tells_what_lies_there() {
    let case = Case::empty();
    case.put("notes.txt", b"call the auditor");
    case.put("words.json", b"hello");
    case.put("none.json.gz", b"");
    let ran = case.try_run();
    assert_eq!(ran.code, 3);
    for part in [
        "none of the 3 files is a CloudTrail log file",
        "words.json",
        "none.json.gz",
        "Records",
        "JSON lines",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    case.assert_no_bundle();
}

#[test]
fn logs_without_a_record_in_the_window_support_nothing() {
    let case = Case::empty();
    case.put("old.json", log_file(&[get_item(1, "2025-03-02T10:00:00Z")]).as_bytes());
    case.put("no-records.json", b"{\"Records\":[]}");
    let done = case.run();
    done.assert_whole();
    assert_eq!((done.step("Outside the window"), done.step("In window")), (1, 0));
    assert!(
        done.verdicts().values().all(|word| word != "supported" && word != "exceptions"),
        "{:?}",
        done.verdicts()
    );
    assert!(done.verdicts().values().any(|word| word == "insufficient"));
}

#[test]
fn a_loop_by_symbolic_link_is_walked_once() {
    let case = Case::with("deep/third.json", third().as_bytes());
    symlink("..", case.path().join("logs/deep/up")).unwrap();
    symlink("itself", case.path().join("logs/itself")).unwrap();
    let done = case.run();
    assert_eq!((done.step("Records parsed"), done.step("Duplicates removed")), (GOOD + 1, 0));
    assert_eq!(done.file("deep/up")["outcome"], "skipped");
    assert_eq!(done.file("itself")["outcome"], "failed", "a link to itself leads nowhere");
    assert_eq!(done.gaps("symbolic-link", "itself").len(), 1);
    done.assert_lost();
}

#[test]
fn a_loop_that_stays_inside_loses_nothing() {
    let case = Case::with("deep/third.json", third().as_bytes());
    symlink("..", case.path().join("logs/deep/up")).unwrap();
    symlink("deep/third.json", case.path().join("logs/again.json")).unwrap();
    let done = case.run();
    done.assert_whole();
    assert_eq!((done.step("Records parsed"), done.step("Files skipped")), (GOOD + 1, 2));
}

#[test]
fn dangling_links_and_links_out_of_the_source_are_lost_input() {
    let case = Case::new();
    std::fs::write(case.path().join("outside.json"), third()).unwrap();
    symlink("nowhere.json", case.path().join("logs/dangling.json")).unwrap();
    symlink("../outside.json", case.path().join("logs/out.json")).unwrap();
    let done = case.run();
    done.assert_lost();
    assert_eq!(done.step("Records parsed"), GOOD);
    for name in ["dangling.json", "out.json"] {
        assert_eq!(done.file(name)["outcome"], "failed");
        let gaps = done.gaps("symbolic-link", name);
        assert_eq!((gaps.len(), gaps[0]["loses_input"].as_str()), (1, "yes"), "{name}");
        assert!(!gaps[0]["detail"].is_empty(), "{name}");
    }
}

#[test]
fn a_folder_named_like_a_log_file_is_a_folder() {
    let case = Case::with("x.json.gz/third.json", third().as_bytes());
    std::fs::create_dir(case.path().join("logs/empty.json.gz")).unwrap();
    let done = case.run();
    done.assert_whole();
    assert_eq!(done.step("Records parsed"), GOOD + 1);
    assert_eq!(done.file("x.json.gz/third.json")["outcome"], "read");
}

#[test]
fn a_pipe_among_the_files_is_named_and_never_waited_for() {
    let case = Case::new();
    let made = std::process::Command::new("mkfifo").arg(case.path().join("logs/pipe.json")).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: mkfifo is not there");
        return;
    }
    let done = case.run();
    let file = done.file("pipe.json");
    assert_eq!((file["outcome"].as_str(), file["reason"].as_str()), ("skipped", "not a regular file"));
    done.assert_whole();
}

#[test]
fn a_path_that_may_not_be_read_is_lost_input() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::with("secret.json", third().as_bytes());
    std::fs::create_dir(case.path().join("logs/closed")).unwrap();
    for name in ["secret.json", "closed"] {
        std::fs::set_permissions(case.path().join("logs").join(name), std::fs::Permissions::from_mode(0o000))
            .unwrap();
    }
    if std::fs::read(case.path().join("logs/secret.json")).is_ok() {
        eprintln!("SKIPPED: this account may read everything");
        return;
    }
    let done = case.run();
    done.assert_lost();
    for name in ["secret.json", "closed"] {
        assert_eq!(done.gaps("unreadable", name).len(), 1, "{name}");
        assert_eq!(done.file(name)["outcome"], "failed");
    }
    std::fs::set_permissions(case.path().join("logs/closed"), std::fs::Permissions::from_mode(0o755))
        .unwrap();
}

#[test]
fn a_source_whose_read_fails_for_everybody_is_lost_input_and_no_crash() {
    let case = Case::new();
    // The memory of a process cannot be read from its start by anybody.
    let path = std::path::Path::new("/proc/self/mem");
    if !path.exists() {
        eprintln!("SKIPPED: no /proc/self/mem");
        return;
    }
    let ran = run(
        &[
            "run",
            "audit.toml",
            "--out",
            "out",
            "--documents",
            "none",
            "--source",
            "logs",
            "--source",
            "/proc/self/mem",
        ],
        case.path(),
    );
    let done = case.done(ran);
    assert_eq!(done.gaps("unreadable", "s2/mem").len(), 1, "{:#?}", done.table("gaps.csv"));
    assert_eq!(done.step("Records parsed"), GOOD);
    done.assert_lost();
}

#[test]
fn names_that_are_no_text_are_escaped_and_stay_told_apart() {
    let case = Case::new();
    for (name, number) in
        [(&b"odd\xff.json"[..], 3), (b"odd\xfe.json", 4), (b"new\nline.json", 5), (b"100%.json", 6)]
    {
        case.put_raw(name, log_file(&[get_item(number, NOON)]).as_bytes());
    }
    let done = case.run();
    done.assert_whole();
    assert_eq!(done.step("Records parsed"), GOOD + 4);
    for name in ["odd%FF.json", "odd%FE.json", "new%0Aline.json", "100%25.json"] {
        assert_eq!(done.file(name)["outcome"], "read");
    }
}

#[test]
fn one_source_named_twice_gives_duplicates_and_no_other_counts() {
    let once = Case::new().run();
    let case = Case::new();
    case.edit("path = \"logs\"", "path = \"logs\"\n[[source]]\npath = \"logs\"");
    let twice = case.run();
    twice.assert_whole();
    assert_eq!((twice.step("Records parsed"), twice.step("Duplicates removed")), (2 * GOOD, GOOD));
    assert_eq!(twice.step("In window"), once.step("In window"));
    assert_eq!(twice.table("exceptions.csv").len(), once.table("exceptions.csv").len());
}

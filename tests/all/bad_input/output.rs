//! What stands in the way of the bundle: a full disk, an existing folder, a file in its place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Case;
use crate::support::{Ran, run};

fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.path().to_path_buf(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

/// Runs with at most so many KiB a file; `before` is shell text.
fn limited(case: &Case, before: &str, blocks: u32, documents: &str) -> Option<Ran> {
    let script =
        format!("{before} ulimit -f {blocks}; exec \"$0\" run audit.toml --out out --documents {documents}");
    let output = std::process::Command::new("bash")
        .args(["-c", &script, env!("CARGO_BIN_EXE_trailwitness")])
        .current_dir(case.path())
        .output()
        .inspect_err(|error| eprintln!("SKIPPED: bash: {error}"))
        .ok()?;
    Some(Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn assert_no_room(case: &Case, ran: &Ran) {
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("error: cannot") && ran.stderr.contains("there is no room for the bundle"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.is_empty(), "no summary of a bundle that is not there: {}", ran.stdout);
    case.assert_no_bundle();
}

#[test]
fn a_full_disk_ends_the_run_and_leaves_no_half_bundle() {
    for (blocks, documents) in [(1, "none"), (8, "none"), (16, "html"), (24, "all")] {
        let case = Case::new();
        let Some(ran) = limited(&case, "trap '' XFSZ;", blocks, documents) else { return };
        assert_no_room(&case, &ran);
    }
}

#[test]
fn a_limit_on_file_size_is_an_error_and_not_a_death_by_signal() {
    let case = Case::new();
    let Some(ran) = limited(&case, "", 8, "none") else { return };
    assert_no_room(&case, &ran);
}

#[test]
fn enough_room_is_no_error_under_the_same_limit() {
    let case = Case::new();
    let Some(ran) = limited(&case, "", 100_000, "none") else { return };
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_summary_that_nobody_can_take_is_an_error() {
    if !Path::new("/dev/full").exists() {
        eprintln!("SKIPPED: no /dev/full");
        return;
    }
    let case = Case::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trailwitness"))
        .args(["run", "audit.toml", "--out", "out", "--documents", "none"])
        .current_dir(case.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the summary"));
}

#[test]
fn an_existing_bundle_is_never_touched() {
    let case = Case::new();
    let first = case.run();
    assert_eq!(first.ran.code, 0);
    let before = contents(&case.path().join("out"));
    let again = case.try_run();
    assert_eq!(again.code, 1);
    let name = first.bundle.file_name().unwrap().to_str().unwrap();
    assert!(again.stderr.contains(&format!("{name} exists already")), "{}", again.stderr);
    assert!(again.stderr.contains("hint: ") && again.stderr.contains("--out"), "{}", again.stderr);
    assert!(contents(&case.path().join("out")) == before, "the first bundle and nothing else");
}

#[test]
fn an_empty_folder_of_the_same_name_is_not_taken_either() {
    let case = Case::new();
    let name = case.run().bundle.file_name().unwrap().to_owned();
    std::fs::create_dir_all(case.path().join("other").join(&name)).unwrap();
    let ran = run(&["run", "audit.toml", "--out", "other", "--documents", "none"], case.path());
    assert_eq!(ran.code, 1);
    let left: Vec<_> = std::fs::read_dir(case.path().join("other"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, [name]);
}

#[test]
fn the_output_folder_may_hold_other_things_and_is_made_when_missing() {
    let case = Case::new();
    std::fs::create_dir(case.path().join("out")).unwrap();
    std::fs::write(case.path().join("out/notes.txt"), "mine").unwrap();
    assert_eq!(case.run().ran.code, 0);
    assert_eq!(std::fs::read_to_string(case.path().join("out/notes.txt")).unwrap(), "mine");
    let deep = run(&["run", "audit.toml", "--out", "a/b/c", "--documents", "none"], case.path());
    assert_eq!(deep.code, 0, "{}", deep.stderr);
}

#[test]
fn a_file_where_the_output_folder_should_be_is_an_error() {
    let case = Case::new();
    std::fs::write(case.path().join("out"), "a file").unwrap();
    let ran = case.try_run();
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("cannot create the output folder: out"), "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(case.path().join("out")).unwrap(), "a file");
}

#[test]
fn a_bundle_written_among_the_logs_does_not_become_a_log() {
    let case = Case::new();
    let run_inside = || run(&["run", "audit.toml", "--out", "logs", "--documents", "none"], case.path());
    assert_eq!(run_inside().code, 0);
    let again = run_inside();
    assert_ne!(again.code, 2, "{}", again.stderr);
    assert!(!again.stderr.contains("panicked"), "{}", again.stderr);
}

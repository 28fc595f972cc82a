//! The command line as a stranger meets it: help, version, exit codes, JSON, `init`, `verify`, wrong flags.

use std::path::{Path, PathBuf};

use crate::support::{Ran, audit_folder, bundle_in, get_item, log_file, run, story, table};

#[path = "cli/help_and_flags.rs"]
mod help_and_flags;
#[path = "cli/init.rs"]
mod init;
#[path = "cli/runs.rs"]
mod runs;
#[path = "cli/verifies.rs"]
mod verifies;

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
    bundle_with("html")
}

/// A folder with a small bundle with these documents in `out`.
fn bundle_with(documents: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = folder();
    let ran = run(&["run", "audit.toml", "--out", "out", "--documents", documents], folder.path());
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

//! Reading a bundle back as a stranger would: from its data files alone. Comes in: a folder. Goes out: rows, and
//! every access joined with who stands behind it. It knows nothing of the program's own types.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{self, Ran};

/// A row: cells by column.
pub type Row = BTreeMap<String, String>;

/// An access with the identity that users.csv gives it.
pub struct Known {
    /// Its row in accesses.csv.gz.
    pub row: Row,
    /// Name in users.csv.
    pub name: String,
    /// Kind in users.csv.
    pub kind: String,
    /// Caller as logged.
    pub caller: String,
    /// Records between the person and the call.
    pub hops: u8,
}

impl Known {
    /// A cell.
    pub fn cell(&self, column: &str) -> &str {
        self.row[column].as_str()
    }
}

/// Rows of a data file.
pub fn rows(bundle: &Path, name: &str) -> Vec<Row> {
    support::table(&bundle.join("data").join(name))
}

/// Every access with who stands behind it: its session names the caller, users.csv knows the caller.
pub fn known(bundle: &Path) -> Vec<Known> {
    let callers: BTreeMap<String, String> = rows(bundle, "sessions.csv")
        .into_iter()
        .map(|mut row| (row.remove("session").unwrap(), row.remove("principal").unwrap()))
        .collect();
    let mut users: BTreeMap<(String, String), BTreeSet<u8>> = BTreeMap::new();
    let mut names: BTreeMap<String, (String, String)> = BTreeMap::new();
    for row in rows(bundle, "users.csv") {
        let hops = row["hops"].parse().unwrap();
        users.entry((row["user_token"].clone(), row["principal"].clone())).or_default().insert(hops);
        names.insert(row["user_token"].clone(), (row["name"].clone(), row["kind"].clone()));
    }
    let join = |row: Row| {
        let token = row["user_token"].clone();
        let (name, kind) = names.get(&token).unwrap_or_else(|| panic!("{token} is not in users.csv")).clone();
        let caller = callers[&row["session"]].clone();
        let hops = users.get(&(token, caller.clone()));
        let hops = match hops {
            Some(hops) => {
                *hops.first().filter(|_| hops.len() == 1).unwrap_or_else(|| panic!("{caller}: {hops:?}"))
            }
            None => panic!("{caller} of {name} is not in users.csv"),
        };
        Known { row, name, kind, caller, hops }
    };
    rows(bundle, "accesses.csv.gz").into_iter().map(join).collect()
}

/// The counts of reconciliation.csv by step; every line must say that it holds.
pub fn boxes(bundle: &Path) -> BTreeMap<String, u64> {
    let line = |row: Row| {
        assert_eq!(row["holds"], "yes", "{row:?}");
        (row["step"].clone(), row["count"].parse().unwrap())
    };
    rows(bundle, "reconciliation.csv").into_iter().map(line).collect()
}

/// Asserts the sums that every reconciliation must keep (evidence-bundle §6.4), from the numbers alone.
pub fn assert_sums(bundle: &Path) {
    let boxes = boxes(bundle);
    let files = rows(bundle, "files.csv");
    let with = |outcome: &str| files.iter().filter(|file| file["outcome"] == outcome).count() as u64;
    let records: u64 = files.iter().map(|file| file["records"].parse::<u64>().unwrap()).sum();
    assert_eq!(boxes["Files listed"], files.len() as u64);
    assert_eq!(boxes["Files listed"], with("read") + with("skipped") + with("failed"));
    assert_eq!(boxes["Records parsed"], records);
    assert_eq!(boxes["Records parsed"], boxes["Duplicates removed"] + boxes["Unique records"]);
    let copies = boxes["Copies in other accounts"];
    assert_eq!(boxes["Unique records"], copies + boxes["Outside the window"] + boxes["In window"]);
    let inside = boxes.iter().filter(|(step, _)| step.starts_with("In window: "));
    assert_eq!(boxes["In window"], inside.map(|(_, count)| count).sum::<u64>());
    for test in rows(bundle, "tests.csv") {
        let number = |column: &str| test[column].parse::<u64>().unwrap();
        let answers = number("conforming") + number("exceptions") + number("undetermined");
        assert_eq!(number("population"), answers, "{}", test["test"]);
        assert_eq!(boxes[&format!("Population of {}", test["test"])], answers);
    }
}

/// Content of a log file as its records were written.
pub fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut content).unwrap();
    content
}

/// All files below a folder, by relative path.
pub fn tree(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/"), path);
            }
        }
    }
    found
}

/// The bundle of one run into a fresh folder, which must end with `code`.
pub fn made(
    args: &[&str],
    folder: &Path,
    environment: &[(&str, &str)],
    code: i32,
) -> (tempfile::TempDir, PathBuf) {
    let out = tempfile::tempdir().unwrap();
    let mut all = vec!["run"];
    all.extend(args);
    all.extend(["--out", out.path().to_str().unwrap()]);
    let ran = run_with(&all, folder, environment);
    assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
    let path = support::bundle_in(out.path());
    (out, path)
}

/// Runs the program with nothing but these variables.
fn run_with(args: &[&str], folder: &Path, environment: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trailwitness"));
    command.args(args).current_dir(folder).env_clear().envs(environment.iter().copied());
    let output = command.output().expect("the program starts");
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

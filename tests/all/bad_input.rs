//! Bad input gets a clear answer and loses nothing: each kind of damage has its exit code, its words and its row in the
//! bundle, and the good records beside it are still counted.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::support::{self, Ran, audit_folder, bundle_in, get_item, log_file, run};

#[path = "bad_input/audit_file.rs"]
mod audit_file;
#[path = "bad_input/cards.rs"]
mod cards;
#[path = "bad_input/faulty_rules.rs"]
mod faulty_rules;
#[path = "bad_input/hostile.rs"]
mod hostile;
#[path = "bad_input/log_files.rs"]
mod log_files;
#[path = "bad_input/output.rs"]
mod output;
#[path = "bad_input/places.rs"]
mod places;

/// A row of a table of the bundle.
type Row = BTreeMap<String, String>;

/// Records of the good file that lies beside the bad one.
const GOOD: u64 = 2;

/// A folder with audit.toml and logs/.
struct Case {
    folder: Rc<tempfile::TempDir>,
}

impl Case {
    /// With nothing in logs/.
    fn empty() -> Case {
        Case { folder: Rc::new(audit_folder()) }
    }

    /// With a good file of two records in logs/.
    fn new() -> Case {
        let case = Case::empty();
        let records = [get_item(1, "2026-03-02T10:00:00Z"), get_item(2, "2026-03-02T11:00:00Z")];
        case.put("good.json", log_file(&records).as_bytes());
        case
    }

    /// With the good file and one other.
    fn with(name: &str, bytes: &[u8]) -> Case {
        let case = Case::new();
        case.put(name, bytes);
        case
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        self.put_raw(name.as_bytes(), bytes);
    }

    fn put_raw(&self, name: &[u8], bytes: &[u8]) {
        let path = self.path().join("logs").join(std::ffi::OsStr::from_bytes(name));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Changes audit.toml.
    fn edit(&self, from: &str, to: &str) {
        let path = self.path().join("audit.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "audit.toml holds {from}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Runs without documents; there may be no bundle.
    fn try_run(&self) -> Ran {
        run(&["run", "audit.toml", "--out", "out", "--documents", "none"], self.path())
    }

    /// Runs without documents and expects a bundle.
    fn run(&self) -> Done {
        let ran = self.try_run();
        self.done(ran)
    }

    /// Runs with all documents and expects a bundle.
    fn run_with_documents(&self) -> Done {
        let ran = run(&["run", "audit.toml", "--out", "out"], self.path());
        self.done(ran)
    }

    fn done(&self, ran: Ran) -> Done {
        assert!(
            self.path().join("out").is_dir(),
            "no bundle: exit {}\n{}{}",
            ran.code,
            ran.stdout,
            ran.stderr
        );
        Done { bundle: bundle_in(&self.path().join("out")), ran, _folder: Rc::clone(&self.folder) }
    }

    /// Nothing was written, not even a part.
    fn assert_no_bundle(&self) {
        let out = self.path().join("out");
        let left: Vec<_> =
            std::fs::read_dir(&out).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// A run that wrote a bundle.
struct Done {
    bundle: PathBuf,
    ran: Ran,
    /// Keeps the bundle on disk.
    _folder: Rc<tempfile::TempDir>,
}

impl Done {
    fn table(&self, name: &str) -> Vec<Row> {
        support::table(&self.bundle.join("data").join(name))
    }

    /// The row of a file.
    fn file(&self, path: &str) -> Row {
        let rows = self.table("files.csv");
        rows.iter().find(|row| row["path"] == path).unwrap_or_else(|| panic!("{path} in {rows:#?}")).clone()
    }

    /// Gaps of a kind in a file.
    fn gaps(&self, kind: &str, file: &str) -> Vec<Row> {
        self.table("gaps.csv").into_iter().filter(|row| row["kind"] == kind && row["file"] == file).collect()
    }

    /// The only gap of the run.
    fn only_gap(&self) -> Row {
        let mut rows = self.table("gaps.csv");
        assert_eq!(rows.len(), 1, "{rows:#?}");
        rows.remove(0)
    }

    /// A count of reconciliation.csv.
    fn step(&self, step: &str) -> u64 {
        let rows = self.table("reconciliation.csv");
        let row =
            rows.iter().find(|row| row["step"] == step).unwrap_or_else(|| panic!("{step} in {rows:#?}"));
        row["count"].parse().unwrap()
    }

    /// Verdict word of each test.
    fn verdicts(&self) -> BTreeMap<String, String> {
        self.table("tests.csv").into_iter().map(|row| (row["test"].clone(), row["verdict"].clone())).collect()
    }

    /// The exit code; every line of the reconciliation holds; `verify` holds; files and records add up.
    fn assert_sound(&self, code: i32) {
        assert_eq!(self.ran.code, code, "{}{}", self.ran.stdout, self.ran.stderr);
        for row in self.table("reconciliation.csv") {
            assert_eq!(row["holds"], "yes", "{row:?}");
        }
        let files = self.table("files.csv");
        assert_eq!(self.step("Files listed"), files.len() as u64);
        for (step, outcome) in
            [("Files read", "read"), ("Files skipped", "skipped"), ("Files failed", "failed")]
        {
            assert_eq!(
                self.step(step),
                files.iter().filter(|row| row["outcome"] == outcome).count() as u64,
                "{step}"
            );
        }
        let records: u64 = files.iter().map(|row| row["records"].parse::<u64>().unwrap()).sum();
        assert_eq!(self.step("Records parsed"), records);
        let verified = run(&["verify", self.bundle.to_str().unwrap()], self.bundle.parent().unwrap());
        assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
        assert_eq!(self.ran.stdout.contains("could not be read or placed"), code == 4 && self.loses_input());
    }

    fn loses_input(&self) -> bool {
        self.table("gaps.csv").iter().any(|row| row["loses_input"] == "yes")
    }

    /// Input was lost: exit 4, and no test may claim support.
    fn assert_lost(&self) {
        assert!(self.loses_input(), "{:#?}", self.table("gaps.csv"));
        self.assert_sound(4);
        assert!(self.verdicts().values().all(|word| word != "supported"), "{:#?}", self.verdicts());
    }

    /// Nothing was lost: exit 0.
    fn assert_whole(&self) {
        assert!(!self.loses_input(), "{:#?}", self.table("gaps.csv"));
        self.assert_sound(0);
    }
}

#[test]
fn two_good_records_are_read_without_a_gap() {
    let done = Case::new().run();
    done.assert_whole();
    assert!(done.table("gaps.csv").is_empty());
    assert_eq!((done.step("Records parsed"), done.step("In window")), (GOOD, GOOD));
    assert_eq!(done.table("accesses.csv.gz").len() as u64, GOOD);
}

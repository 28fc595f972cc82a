//! Ledgers in memory: records written to files, read into parts, merged, settled, and described line by line. Comes
//! in: texts of records. Goes out: what two ledgers must have in common.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use trailwitness::audit::{Audit, Overrides};
use trailwitness::commands::pipeline::{Read, settle_part};
use trailwitness::ledger::row::Row;
use trailwitness::ledger::walk::EventRows;
use trailwitness::ledger::{Ledger, Part, intake};
use trailwitness::records::{self, Piece, Trouble};
use trailwitness::sources::{self, Entry};

/// The organisation: two accounts, a declared table, three people, one workload, a shared role.
const AUDIT: &str = r#"
[audit]
entity = "Test Ltd"
system = "Test"
name = "test"
prepared_by = "Tester"
packs = ["pci-dss-4.0.1"]

[period]
from = "2026-03-02"
to = "2026-03-03"

[[source]]
path = "logs"

[[account]]
id = "111122223333"
name = "prod"
regions = ["us-east-1"]

[[account]]
id = "222233334444"
name = "other"
regions = ["us-east-1"]

[[table]]
account = "111122223333"
region = "us-east-1"
name = "cards"
data = "cardholder"

[[workload]]
name = "robot"
owner = "Team"
principals = ["arn:aws:iam::111122223333:user/robot"]

[principals]
privileged = ["arn:aws:iam::*:user/bob"]
break_glass = []
shared = []
log_readers = []
log_admins = []

[records]
roster = "roster.csv"
"#;

const ROSTER: &str = "id,name,mail,department,manager,joined,left,identities\n\
    p-1,Alice A,alice@example.com,D,,2020-01-01,,arn:aws:iam::111122223333:user/alice\n\
    p-2,Bob B,bob@example.com,D,,2020-01-01,,arn:aws:iam::111122223333:user/bob\n";

/// Files of records in a fresh folder, with the audit that reads them.
pub struct Bench {
    folder: tempfile::TempDir,
    /// The audit.
    pub audit: Audit,
    /// The files, by name.
    pub entries: Vec<Entry>,
    contents: BTreeMap<String, Vec<Value>>,
}

impl Bench {
    /// One log file for each list of records, named by its place.
    pub fn new(files: &[Vec<String>]) -> Bench {
        let named =
            |(number, records): (usize, &Vec<String>)| (format!("file-{number:02}.json"), records.clone());
        Bench::placed(&files.iter().enumerate().map(named).collect::<Vec<_>>())
    }

    /// Log files by their path below the source.
    pub fn placed(files: &[(String, Vec<String>)]) -> Bench {
        Bench::stating(files, "", ROSTER)
    }

    /// Log files of an organisation that states more in its audit.toml and has this roster.
    pub fn stating(files: &[(String, Vec<String>)], more: &str, roster: &str) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        std::fs::write(folder.path().join("audit.toml"), format!("{AUDIT}\n{more}")).unwrap();
        std::fs::write(folder.path().join("roster.csv"), roster).unwrap();
        for (name, records) in files {
            let (path, text) = (logs.join(name), format!("{{\"Records\":[{}]}}", records.join(",")));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let audit = Audit::read(&folder.path().join("audit.toml"), &Overrides::default()).unwrap();
        let entries = sources::list(&audit.sources).unwrap();
        assert_eq!(entries.len(), files.len());
        let contents = entries.iter().map(|entry| (entry.name.clone(), values(&entry.path))).collect();
        Bench { folder, audit, entries, contents }
    }

    /// Log files, and rows of a query in a file of their own.
    pub fn with_rows(files: &[(String, Vec<String>)], rows: &(String, String)) -> Bench {
        let mut bench = Bench::placed(files);
        if rows.1.is_empty() {
            return bench;
        }
        std::fs::write(bench.folder().join("logs").join(&rows.0), &rows.1).unwrap();
        bench.entries = sources::list(&bench.audit.sources).unwrap();
        bench.contents =
            bench.entries.iter().map(|entry| (entry.name.clone(), values(&entry.path))).collect();
        bench
    }

    /// Where audit.toml lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The part of some of the files, in this order.
    pub fn part(&self, files: &[usize]) -> Part {
        let entries: Vec<Entry> = files.iter().map(|file| self.entries[*file].clone()).collect();
        intake::read(&entries, None, 1, &intake::Quiet).unwrap()
    }

    /// The part of all files.
    pub fn all(&self) -> Part {
        self.part(&(0..self.entries.len()).collect::<Vec<_>>())
    }

    /// Settles a part as the program does.
    pub fn settle(&self, part: Part) -> Read {
        let names: Vec<String> = part.files.iter().map(|file| file.name.clone()).collect();
        let read = settle_part(part, &self.audit, &trailwitness::coverage::Proof::default(), &|places| {
            let value = |(file, index): &(u32, u32)| &self.contents[&names[*file as usize]][*index as usize];
            places.iter().map(|place| (*place, records::Meaning::of(value(place)))).collect()
        });
        assert_eq!(read.ledger.files.len(), names.len());
        read
    }

    /// Settles and describes with places.
    pub fn described(&self, part: Part) -> Vec<String> {
        described(&self.settle(part), true)
    }
}

fn values(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut values = Vec::new();
    records::walk(&text, &mut |_, piece| match piece {
        Piece::Record(record) => values.push(serde_json::from_str(record.raw).unwrap()),
        // What a row lacks is told; its record is there.
        Piece::Trouble(Trouble::Told(..)) => {}
        Piece::Trouble(trouble) => panic!("{trouble:?}"),
    });
    values
}

/// Everything that a ledger says, a line a fact. With `places`, also where each access is cited from.
pub fn described(read: &Read, places: bool) -> Vec<String> {
    let ledger = &read.ledger;
    let mut lines = Vec::new();
    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    ledger.walk(&mut |event| {
        let mut reference = String::new();
        event.reference(&mut reference);
        for row in event.rows {
            let views = ledger.views(row).iter().map(|view| {
                let place = if places {
                    format!("{}#{}", ledger.files[view.file as usize].name, view.index)
                } else {
                    String::new()
                };
                format!("{} {} {place}", view.event_ref, view.names_caller)
            });
            lines.extend(views.map(|view| format!("{reference} {} also {view}", row.part)));
            let shape = shape_words(ledger, row.shape);
            let place = if places { cited(ledger, row) } else { String::new() };
            lines.push(format!(
                "{reference} {} {} | {shape} | {place}",
                row.part,
                row_words(ledger, event, row)
            ));
            *counted.entry(shape).or_insert(0) += 1;
        }
    });
    let mut shapes: BTreeMap<String, u64> = BTreeMap::new();
    for (place, count) in ledger.counts.iter().enumerate() {
        *shapes.entry(shape_words(ledger, u32::try_from(place).unwrap())).or_insert(0) += count;
    }
    assert_eq!(shapes, counted, "shapes are counted as often as rows name them");
    lines.push(format!(
        "boxes {:?} unique {}",
        (
            &ledger.boxes.classes,
            ledger.boxes.outside,
            ledger.boxes.without_time,
            ledger.boxes.other_kept,
            ledger.boxes.copies,
            ledger.boxes.apart
        ),
        ledger.boxes.unique()
    ));
    lines.extend(
        ledger.principals.iter().map(|principal| {
            format!("principal {} {} {:?}", principal.token, principal.name, principal.grade)
        }),
    );
    lines.extend(ledger.logging.iter().map(|change| format!("logging {change:?}")));
    lines.extend(read.coverage.strips.iter().map(|strip| format!("strip {strip:?}")));
    lines.push(format!("span {:?}", ledger.span));
    if places {
        lines.push(format!("parsed {} duplicates {}", ledger.boxes.parsed, ledger.boxes.duplicates));
        lines.extend(ledger.gaps.iter().map(|gap| format!("gap {gap:?}")));
        lines.extend(ledger.files.iter().map(|file| format!("file {file:?}")));
    }
    lines
}

fn shape_words(ledger: &Ledger, place: u32) -> String {
    let shape = &ledger.shapes[place as usize];
    let raw = ledger.raw(shape).unwrap();
    let names = [
        raw.account,
        raw.region,
        raw.source,
        raw.operation,
        raw.error,
        raw.object_account,
        raw.object_region,
        raw.object_name,
    ];
    let names = names.map(|name| ledger.name(name)).join(" ");
    let facts = (raw.class, raw.plane, raw.kind, raw.outcome, raw.object_kind, raw.key_kind);
    let flags = (
        raw.card_in_key,
        raw.from_console,
        raw.has_who,
        raw.has_when,
        raw.has_outcome,
        raw.has_object,
        raw.trust,
    );
    let derived = (
        shape.origin,
        shape.agent,
        shape.change,
        shape.incident,
        shape.own_identity,
        shape.target_privileged,
    );
    format!("{names} {facts:?} {flags:?} {derived:?} {:?}", ledger.who_shapes[shape.who as usize])
}

fn row_words(ledger: &Ledger, event: EventRows<'_>, row: &Row) -> String {
    let caller = &ledger.callers[row.caller as usize];
    let who = ledger.principal(row).unwrap();
    let (address, agent) = (ledger.name(row.address), ledger.name(row.agent));
    let path = &ledger.resolutions[row.caller as usize];
    format!(
        "{} {} {} {:?} {address} {agent} {} {path:?}",
        row.time,
        who.name,
        caller.principal(),
        row.conflict,
        event.partition.key(row)
    )
}

fn cited(ledger: &Ledger, row: &Row) -> String {
    format!("{}#{}", ledger.files[row.file as usize].name, row.index)
}

//! Each list on a small ledger built from records, and what holds for all lists: they depend on neither the order nor
//! the cut of files, and only those that are asked for are made.

mod people;
mod records;
mod state;

use serde_json::{Value, json};

use super::*;
use crate::audit::{Audit, Overrides};
use crate::coverage::trails::Trails;
use crate::ledger::intake::Quiet;
use crate::ledger::{intake, settle};
use crate::sources;

const AUDIT: &str = r#"
[audit]
entity = "Test Ltd"
system = "Test"
name = "test"
prepared_by = "Tester"
packs = ["pci-dss-4.0.1"]

[period]
from = "2026-02-02"
to = "2026-02-04"

[[source]]
path = "logs"

[[account]]
id = "111122223333"
name = "prod"
regions = ["us-east-1"]

[[table]]
account = "111122223333"
region = "us-east-1"
name = "cards"
data = "cardholder"

[[table]]
account = "111122223333"
region = "us-east-1"
name = "notes"
data = "other"

[[workload]]
name = "robot"
owner = "Team"
principals = ["arn:aws:iam::111122223333:user/robot"]
"#;

const ROSTER: &str = "id,name,mail,department,manager,joined,left,identities\n\
    p-1,Alice A,alice@example.com,D,,2020-01-01,,arn:aws:iam::111122223333:user/team/alice;alice\n\
    p-2,Bob B,bob@example.com,D,,2020-01-01,2026-02-03T00:00:00Z,arn:aws:iam::111122223333:user/bob\n";

const HUNDRED: &str = "111122223333";

/// An organisation with its files and logs.
pub(crate) struct Bench {
    audit: String,
    records: Vec<(&'static str, String)>,
    saved: Vec<Value>,
    files: Vec<(String, String)>,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench {
            audit: AUDIT.to_owned(),
            records: vec![("roster", ROSTER.to_owned())],
            saved: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Adds to audit.toml.
    pub(crate) fn stating(mut self, text: &str) -> Bench {
        self.audit.push_str(text);
        self.audit.push('\n');
        self
    }

    /// Adds or replaces a file of [records].
    pub(super) fn csv(mut self, name: &'static str, text: &str) -> Bench {
        self.records.retain(|(other, _)| *other != name);
        self.records.push((name, text.to_owned()));
        self
    }

    /// Adds a saved answer.
    pub(super) fn saved(mut self, kind: &str, subject: Option<&str>, taken: &str, answer: &Value) -> Bench {
        let file = format!("saved-{}.json", self.saved.len());
        let subject = subject.map(|subject| format!("subject = \"{subject}\"\n")).unwrap_or_default();
        let regions = if kind == "event-selectors" { "multi_region = false\n" } else { "" };
        let section = format!(
            "[[snapshot]]\nkind = \"{kind}\"\nfile = \"{file}\"\ntaken = \"{taken}\"\n{subject}{regions}"
        );
        self.saved.push(answer.clone());
        self.stating(&section)
    }

    /// Adds a log file.
    pub(crate) fn file(self, name: &str, records: Vec<Value>) -> Bench {
        self.other(name, &json!({ "Records": records }).to_string())
    }

    /// Adds a file of any content.
    pub(crate) fn other(mut self, name: &str, text: &str) -> Bench {
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    /// With another text in audit.toml.
    pub(crate) fn replacing(mut self, (text, other): (&str, &str)) -> Bench {
        assert!(self.audit.contains(text), "{text}");
        self.audit = self.audit.replace(text, other);
        self
    }

    /// Adds a log file with a name as delivered.
    pub(crate) fn logs(self, records: Vec<Value>) -> Bench {
        let name = format!("111122223333_CloudTrail_us-east-1_20260202T1000Z_{:016}.json", self.files.len());
        self.file(&name, records)
    }

    /// Everything that is read of it.
    pub(crate) fn read(&self) -> (Audit, Coverage, Ledger) {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        let mut audit = self.audit.clone() + "[records]\n";
        for (name, text) in &self.records {
            audit.push_str(&format!("{name} = \"{name}.csv\"\n"));
            std::fs::write(folder.path().join(format!("{name}.csv")), text).unwrap();
        }
        for (number, answer) in self.saved.iter().enumerate() {
            std::fs::write(folder.path().join(format!("saved-{number}.json")), answer.to_string()).unwrap();
        }
        std::fs::write(folder.path().join("audit.toml"), audit).unwrap();
        for (name, text) in &self.files {
            std::fs::write(logs.join(name), text).unwrap();
        }
        let audit = Audit::read(&folder.path().join("audit.toml"), &Overrides::default()).unwrap();
        let entries = sources::list(&audit.sources).unwrap();
        let part = intake::read(&entries, None, 1, &Quiet).unwrap();
        let trails = Trails::new(&audit.snapshots, &part.trail_changes());
        let coverage = Coverage::new(&audit, &part.presence(), &trails, &crate::coverage::Proof::default());
        let ledger = settle::settle(part, &audit, &coverage, &|_| BTreeMap::new());
        (audit, coverage, ledger)
    }

    /// The run with these lists, as tests with these pauses see it.
    pub(super) fn view(&self, lists: &[List], minutes: Minutes) -> Seen {
        let (audit, coverage, ledger) = self.read();
        let given = Given { ledger: &ledger, coverage: &coverage, audit: &audit };
        let lists: BTreeSet<List> = lists.iter().copied().collect();
        let facts = make(given, &lists, &BTreeSet::from([minutes]));
        let view = facts.views.into_values().next().unwrap();
        Seen { run: view.run.clone(), view, ledger }
    }

    /// With one list and pauses of an hour.
    pub(super) fn with(&self, list: List) -> Seen {
        self.view(&[list], Minutes::default())
    }
}

/// A run with its ledger.
pub(super) struct Seen {
    pub(super) run: rules::Run,
    view: View,
    ledger: Ledger,
}

impl Seen {
    /// References of the records behind each object of a list.
    pub(super) fn cited(&self, list: List) -> Vec<Vec<String>> {
        let cited = |about: &About| about.cited(&self.ledger).into_iter().map(|one| one.event_ref).collect();
        self.view.about(list).iter().map(cited).collect()
    }

    /// What each object of a list touched.
    pub(super) fn things(&self, list: List) -> Vec<Vec<String>> {
        self.view.about(list).iter().map(|about| about.objects(&self.ledger)).collect()
    }
}

/// A record: `service:Operation` by somebody at a time.
pub(crate) fn record(event: &str, by: &str, at: &str) -> Value {
    let (source, name) = event.split_once(':').unwrap();
    let data = ["GetItem", "PutItem", "DeleteItem", "Query", "Scan", "UpdateItem"].contains(&name);
    let digest = xxhash_rust::xxh3::xxh3_64(format!("{event}{by}{at}").as_bytes());
    json!({
        "eventVersion": "1.11",
        "userIdentity": identity(by),
        "eventTime": at,
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2",
        "requestParameters": null,
        "responseElements": null,
        "eventID": format!("{:08x}-0000-4000-8000-{:012x}", digest >> 32, digest & 0xffff_ffff),
        "eventType": "AwsApiCall",
        "managementEvent": !data,
        "eventCategory": if data { "Data" } else { "Management" },
        "recipientAccountId": HUNDRED,
    })
}

fn identity(by: &str) -> Value {
    match by {
        "root" => {
            json!({"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": HUNDRED, "principalId": HUNDRED})
        }
        user => {
            let path = if user == "alice" { "team/" } else { "" };
            json!({
                "type": "IAMUser", "userName": user, "accountId": HUNDRED, "principalId": format!("AIDA{user}"),
                "arn": format!("arn:aws:iam::111122223333:user/{path}{user}"),
                "accessKeyId": format!("AKIA{:0>16}", user.to_uppercase()),
            })
        }
    }
}

/// An item call on a table with a key.
pub(crate) fn item(operation: &str, by: &str, at: &str, table: &str, key: Option<&str>) -> Value {
    let mut item = record(&format!("dynamodb:{operation}"), by, at);
    item["requestParameters"] = json!({"tableName": table});
    if let Some(key) = key {
        item["requestParameters"]["key"] = json!({"pk": key});
    }
    let arn = format!("arn:aws:dynamodb:us-east-1:111122223333:table/{table}");
    item["resources"] = json!([{"type": "AWS::DynamoDB::Table", "ARN": arn}]);
    item
}

/// With other members.
pub(crate) fn with(mut record: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

/// A refused call.
pub(crate) fn refused(record: Value) -> Value {
    with(record, &json!({"errorCode": "AccessDeniedException", "errorMessage": "no"}))
}

/// Something of everything.
fn everything() -> Vec<Value> {
    let mut records = Vec::new();
    for minute in 0..12 {
        let at = format!("2026-02-02T09:{minute:02}:00Z");
        records.push(item("GetItem", "alice", &at, "cards", Some(&format!("k{minute}"))));
        records.push(refused(item("GetItem", "bob", &at, "notes", Some("k"))));
    }
    records.push(record("cloudtrail:StopLogging", "alice", "2026-02-02T11:00:00Z"));
    records.push(with(
        record("iam:DeleteUser", "alice", "2026-02-03T10:00:00Z"),
        &json!({"requestParameters": {"userName": "bob"}}),
    ));
    records.push(item("Scan", "robot", "2026-02-03T11:00:00Z", "cards", None));
    records
}

#[test]
fn no_list_depends_on_the_order_or_the_cut_of_files() {
    let all = everything();
    let whole = Bench::new().csv("subjects", "id,kind,received,table,key\nS-1,access,2026-02-02,cards,k1\n");
    let name = |number: usize| format!("111122223333_CloudTrail_us-east-1_20260202T1000Z_{number:016}.json");
    let one = whole.file(&name(0), all.clone());
    let mut cut =
        Bench::new().csv("subjects", "id,kind,received,table,key\nS-1,access,2026-02-02,cards,k1\n");
    for (number, record) in all.into_iter().rev().enumerate() {
        cut = cut.file(&name(number), vec![record]);
    }
    let told = |bench: &Bench| {
        let mut view = bench.view(List::ALL, Minutes::default());
        // How many files there are is the one thing that the cut decides.
        view.run.files = 0;
        view.run.places = Arc::default();
        let cited: Vec<Vec<Vec<String>>> = List::ALL.iter().map(|list| view.cited(*list)).collect();
        (view.run, cited)
    };
    assert_eq!(told(&one), told(&cut));
}

#[test]
fn lists_that_nobody_reads_are_not_made_and_all_others_have_their_records() {
    let bench = Bench::new().logs(everything());
    let view = bench.with(List::Bursts);
    assert_eq!((view.run.bursts.len(), view.run.persons.len(), view.run.identities.len()), (1, 0, 0));
    let all = bench.view(List::ALL, Minutes::default());
    let cited = all.cited(List::Persons);
    assert_eq!(cited.len(), all.run.persons.len());
    assert!(cited.iter().all(|cited| !cited.is_empty() && cited.len() <= 20));
    let totals = &all.run;
    assert_eq!((totals.people, totals.workloads, totals.accesses, totals.files), (2, 1, 27, 1));
    assert_eq!(totals.as_of, totals.to);
}

#[test]
fn an_empty_window_gives_lists_and_no_numbers_out_of_nothing() {
    let outside = vec![record("iam:ListUsers", "alice", "2026-05-01T00:00:00Z")];
    let run = Bench::new().logs(outside).view(List::ALL, Minutes::default()).run;
    assert_eq!((run.accesses, run.bursts.len(), run.persons.len(), run.bulk_reads.len()), (0, 0, 0, 0));
    let alice = run.identities.iter().find(|one| one.name.ends_with("/alice")).unwrap();
    assert_eq!((alice.uses, alice.last_use_days, alice.longest_gap_days, alice.reach_days), (0, -1, 2, 2));
    assert_eq!(run.event_classes.iter().map(|class| class.count).sum::<i64>(), 0);
}

#[test]
fn totals_tell_coarse_times_and_what_retention_is_stated() {
    let at = |time: &str| {
        with(record("iam:ListUsers", "alice", "x"), &json!({"eventTime": time, "eventID": time}))
    };
    let logs = || {
        vec![
            at("2026-02-02T10:00:00Z"),
            at("2026-02-02T10:00:01.250Z"),
            at("2026-02-02T10:02Z"),
            at("2026-01-01T10:00:00Z"),
            with(at("2026-02-02T11:00:00Z"), &json!({"eventSource": "elsewhere.amazonaws.com"})),
            at("never"),
        ]
    };
    // The same file twice: each event counts once, the one before the window not at all.
    let bench = || Bench::new().logs(logs()).logs(logs());
    let run = bench().with(List::Reused).run;
    assert_eq!((run.records, run.whole_second_times), (12, 3));
    assert_eq!((run.retention_days, run.online_days), (-1, -1));
    let stated = "[logs]\nretention_days = 365\nonline_days = 90\n";
    let run = bench().stating(stated).with(List::Reused).run;
    assert_eq!((run.retention_days, run.online_days), (365, 90));
}

//! The shipped pack loads, equals its folder, and each control's branches answer as its words say.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::rules::api::{FIELDS, Kind, Value};
use crate::rules::run::{Burst, LoggingChange, Strip};

const PCI: &str = "pci-dss-4.0.1";

/// An access in which everything is in order, with some fields set otherwise.
struct Case(BTreeMap<&'static str, Value>);

impl Fields for Case {
    fn field(&self, field: Field) -> Value {
        let facts = field.facts();
        match (self.0.get(facts.name), facts.kind) {
            (Some(value), _) => value.clone(),
            (None, Kind::Truth) => Value::Truth(false),
            (None, Kind::Number) => Value::Number(0),
            (None, Kind::Texts) => Value::from(&[][..]),
            (None, _) => Value::from(""),
        }
    }
}

impl Case {
    /// A person's read of a cardholder item.
    fn read() -> Self {
        let mut case = Case(BTreeMap::new());
        for name in ["has_who", "has_what", "has_when", "has_outcome", "has_origin", "has_object", "declared"]
        {
            case = case.with(name, true);
        }
        case.with("service", "dynamodb")
            .with("operation", "GetItem")
            .with("kind", "read")
            .with("does", "read_item")
            .with("groups", &["ddb.data", "ddb.item.read"][..])
            .with("outcome", "done")
            .with("object_kind", "table")
            .with("data_class", "cardholder")
            .with("caller_kind", "human")
            .with("principal_kind", "identity-center")
            .with("grade", "A")
            .with("issuers_in_sources", true)
            .with("key_kind", "exact")
            .with("change", "not-given")
            .with("incident", "not-given")
    }

    /// A call of another service on some object.
    fn call(service: &str, operation: &str, groups: &[&str]) -> Self {
        Case::read()
            .with("service", service)
            .with("operation", operation)
            .with("kind", "admin")
            .with("does", "")
            .with("groups", groups)
            .with("object_kind", "none")
            .with("data_class", "")
            .with("key_kind", "none")
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let facts = FIELDS.iter().find(|facts| facts.name == name).unwrap();
        let value = value.into();
        assert_eq!(value.kind(), facts.kind, "{name}");
        if let (Value::Text(text), false) = (&value, facts.values.is_empty()) {
            assert!(text.is_empty() || facts.values.contains(&text.as_str()), "{name} cannot be {text}");
        }
        self.0.insert(facts.name, value);
        self
    }
}

fn pci() -> Pack {
    Pack::load(PCI, &[], None).unwrap()
}

/// What a test says about an access: `outside`, `conforming`, or the cause.
fn said(pack: &Pack, test: &str, case: &Case) -> String {
    let (requirement, id) = test.split_once('#').unwrap();
    let control = pack.control(requirement).unwrap();
    let test = control.tests.iter().find(|test| test.id.to_string() == id).unwrap();
    if !test.in_population(case).unwrap() {
        return String::from("outside");
    }
    word(test.expect(case).unwrap())
}

fn word(answer: Answer) -> String {
    match answer {
        Answer::Conforming => String::from("conforming"),
        Answer::Exception(cause) => cause,
        Answer::Undetermined(cause) => format!("{cause}?"),
    }
}

/// The answers of a test over a run.
fn judged(pack: &Pack, requirement: &str, id: usize, run: &Run) -> Vec<String> {
    let test = &pack.control(requirement).unwrap().tests[id - 1];
    test.judge(run).unwrap().into_iter().map(|finding| word(finding.answer)).collect()
}

#[test]
fn the_table_of_shipped_files_equals_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    for id in shipped_packs() {
        let copy = Pack::load(id, std::slice::from_ref(&folder), None).unwrap();
        assert_eq!(copy.difference(), &Difference::Unmodified, "{id}");
    }
    let packs = std::fs::read_dir(folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().join("pack.toml").is_file())
        .count();
    assert_eq!(packs, shipped_packs().len());
}

#[test]
fn every_requirement_that_is_not_manual_has_a_control() {
    for id in shipped_packs() {
        let pack = Pack::load(id, &[], None).unwrap();
        let tested = pack.requirements.iter().filter(|requirement| requirement.status != Status::Manual);
        assert_eq!(tested.count(), pack.controls.len(), "{id}");
        assert_eq!(pack.difference().to_string(), "unmodified");
        assert!(pack.files.iter().all(|file| file.sha256.len() == 64));
    }
}

#[test]
fn fields_of_a_test_are_exact() {
    let pack = pci();
    let test = &pack.control("10.2.1.1").unwrap().tests[0];
    let names: Vec<&str> = test.population_fields().iter().map(|field| field.facts().name).collect();
    assert_eq!(names, ["groups", "outcome", "data_class", "caller_kind"]);
    assert!(!test.expect_per_row());
}

#[test]
fn access_to_cardholder_data_leads_to_a_person() {
    let pack = pci();
    let say = |case: Case| said(&pack, "10.2.1.1#1", &case);
    assert_eq!(say(Case::read()), "conforming");
    assert_eq!(say(Case::read().with("grade", "D")), "shared-identity");
    assert_eq!(say(Case::read().with("grade", "B")), "named-only?");
    assert_eq!(say(Case::read().with("grade", "E")), "person-unknown");
    assert_eq!(
        say(Case::read().with("grade", "E").with("issuers_in_sources", false)),
        "issuer-not-in-sources?"
    );
    assert_eq!(say(Case::read().with("principal_kind", "root").with("grade", "D")), "root-used");
    assert_eq!(say(Case::read().with("key_kind", "left-out")), "items-left-out");
    assert_eq!(say(Case::read().with("outcome", "refused")), "outside");
    assert_eq!(say(Case::read().with("outcome", "condition-failed")), "conforming");
    assert_eq!(say(Case::read().with("caller_kind", "workload").with("grade", "C")), "outside");
    assert_eq!(say(Case::read().with("data_class", "other")), "outside");
    assert_eq!(say(Case::read().with("groups", &["ddb.bulk.egress"][..])), "conforming");
}

#[test]
fn a_card_number_in_a_key_is_an_exception_in_any_table() {
    let pack = pci();
    let say = |case: Case| said(&pack, "10.2.1.1#2", &case);
    assert_eq!(say(Case::read().with("data_class", "")), "conforming");
    assert_eq!(say(Case::read().with("data_class", "").with("card_in_key", true)), "card-number-in-key");
    assert_eq!(say(Case::read().with("key_kind", "none")), "outside");
}

#[test]
fn acts_of_administrators_are_known_and_covered() {
    let pack = pci();
    let say = |case: Case| said(&pack, "10.2.1.2#1", &case);
    let change = || Case::call("dynamodb", "UpdateTable", &["ddb.control"]).with("privileged", true);
    assert_eq!(say(Case::read()), "outside");
    assert_eq!(say(change()), "conforming");
    assert_eq!(say(change().with("change", "none")), "no-change-record");
    assert_eq!(say(change().with("change", "none").with("incident", "approved")), "conforming");
    assert_eq!(say(change().with("change", "none").with("does", "session")), "conforming");
    assert_eq!(say(Case::read().with("privileged", true).with("change", "none")), "conforming");
    assert_eq!(say(change().with("grade", "D")), "shared-identity");
    assert_eq!(say(change().with("grade", "B")), "named-only?");
    assert_eq!(say(change().with("grade", "E")), "person-unknown");
    assert_eq!(say(change().with("grade", "E").with("issuers_in_sources", false)), "issuer-not-in-sources?");
    assert_eq!(say(change().with("principal_kind", "root")), "root-without-incident");
    assert_eq!(say(change().with("principal_kind", "root").with("incident", "approved")), "conforming");
    assert_eq!(say(Case::read().with("interactive", true)), "workload-used-by-hand");
}

#[test]
fn audit_logs_are_touched_by_those_who_may() {
    let pack = pci();
    let say = |case: Case| said(&pack, "10.2.1.3#1", &case);
    let read = || Case::call("s3", "GetObject", &["log.access", "s3.log.read"]).with("log_object", true);
    let write = || Case::call("s3", "DeleteObject", &["log.tamper", "s3.log.write"]).with("log_object", true);
    assert_eq!(say(read().with("log_reader", true)), "conforming");
    assert_eq!(say(read()), "read-without-right");
    assert_eq!(say(write().with("log_reader", true)), "changed-without-right");
    assert_eq!(say(write().with("log_admin", true)), "conforming");
    assert_eq!(say(write().with("log_admin", true).with("grade", "D")), "shared-identity");
    assert_eq!(say(read().with("log_reader", true).with("grade", "B")), "named-only?");
    assert_eq!(say(read().with("log_reader", true).with("grade", "E")), "person-unknown");
    let elsewhere = read().with("log_reader", true).with("grade", "E").with("issuers_in_sources", false);
    assert_eq!(say(elsewhere), "issuer-not-in-sources?");
    assert_eq!(say(read().with("principal_kind", "root")), "root-used");
    assert_eq!(say(read().with("log_object", false)), "outside");
    assert_eq!(say(read().with("caller_kind", "service")), "outside");
    let lookup = Case::call("cloudtrail", "LookupEvents", &["log.access"]).with("log_reader", true);
    assert_eq!(say(lookup), "conforming");
}

#[test]
fn refusals_name_who_and_from_where() {
    let pack = pci();
    let say = |case: Case| said(&pack, "10.2.1.4#1", &case.with("outcome", "refused"));
    assert_eq!(said(&pack, "10.2.1.4#1", &Case::read()), "outside");
    assert_eq!(said(&pack, "10.2.1.4#1", &Case::read().with("outcome", "throttled")), "outside");
    assert_eq!(say(Case::read()), "conforming");
    assert_eq!(say(Case::read().with("has_who", false)), "no-identity");
    assert_eq!(say(Case::read().with("has_origin", false)), "no-origin");
    let sign_in = Case::call("signin", "ConsoleLogin", &["signin", "signin.login"]);
    assert_eq!(say(sign_in.with("has_who", false)), "name-hidden?");
}

#[test]
fn clusters_need_a_follow_up() {
    let burst = |count, incident: &str, on_cardholder: bool| Burst {
        count,
        incident: incident.to_owned(),
        data_classes: if on_cardholder {
            vec!["other".to_owned(), "cardholder".to_owned()]
        } else {
            Vec::new()
        },
        ..Burst::default()
    };
    let bursts = vec![
        burst(9, "none", true),
        burst(10, "none", true),
        burst(10, "none", false),
        burst(12, "approved", true),
        burst(12, "not-given", false),
    ];
    let run = Run { bursts: bursts.into(), ..Run::default() };
    let expected = ["data-without-follow-up", "no-follow-up", "conforming", "incidents-not-given?"];
    assert_eq!(judged(&pci(), "10.2.1.4", 2, &run), expected);
}

#[test]
fn changes_of_identities_need_approval() {
    let pack = pci();
    let say = |case: Case| said(&pack, "10.2.1.5#1", &case);
    let change = || Case::call("iam", "AttachRolePolicy", &["iam.privilege"]).with("change", "none");
    assert_eq!(say(change()), "no-change-record");
    assert_eq!(say(change().with("change", "approved")), "conforming");
    assert_eq!(say(change().with("change", "not-given")), "changes-not-given?");
    assert_eq!(say(change().with("target_privileged", true)), "privileged-without-approval");
    assert_eq!(say(change().with("change", "approved").with("own_identity", true)), "own-identity");
    assert_eq!(say(change().with("operation", "ChangePassword").with("own_identity", true)), "conforming");
    assert_eq!(say(change().with("grade", "D")), "shared-identity");
    assert_eq!(say(change().with("grade", "B")), "named-only?");
    assert_eq!(say(change().with("grade", "E")), "person-unknown");
    assert_eq!(say(change().with("grade", "E").with("issuers_in_sources", false)), "issuer-not-in-sources?");
    assert_eq!(say(change().with("principal_kind", "root")), "root-used");
    assert_eq!(
        say(change().with("caller_kind", "service").with("of_own_accord", true).with("grade", "S")),
        "conforming"
    );
    assert_eq!(say(change().with("outcome", "refused")), "outside");
    let assignment =
        Case::call("sso", "CreateAccountAssignment", &["sso.privilege"]).with("change", "approved");
    assert_eq!(said(&pack, "10.2.1.5#2", &assignment), "conforming");
    assert_eq!(said(&pack, "10.2.1.5#1", &assignment), "outside");
}

#[test]
fn stops_of_logging_need_right_approval_and_an_end() {
    let stop = |change: &str, log_admin, restarted| LoggingChange {
        stops: true,
        change: change.to_owned(),
        log_admin,
        restarted,
        ..LoggingChange::default()
    };
    let logging_changes = vec![
        LoggingChange::default(),
        stop("approved", true, true),
        stop("approved", false, true),
        stop("none", true, true),
        stop("approved", true, false),
        stop("not-given", true, true),
    ];
    let run = Run { logging_changes: logging_changes.into(), ..Run::default() };
    let expected = [
        "conforming",
        "conforming",
        "not-log-admin",
        "no-change-record",
        "not-restarted",
        "changes-not-given?",
    ];
    assert_eq!(judged(&pci(), "10.2.1.6", 1, &run), expected);
}

#[test]
fn changes_of_logging_lead_to_an_administrator_of_logs() {
    let pack = pci();
    let say = |case: Case| said(&pack, "10.2.1.6#2", &case);
    let update = || {
        let case = Case::call("cloudtrail", "UpdateTrail", &["log.status", "log.status.change"]);
        case.with("log_admin", true).with("change", "approved")
    };
    assert_eq!(say(update()), "conforming");
    assert_eq!(say(update().with("log_admin", false)), "not-log-admin");
    assert_eq!(say(update().with("change", "none")), "no-change-record");
    assert_eq!(say(update().with("change", "not-given")), "changes-not-given?");
    assert_eq!(say(update().with("grade", "D")), "shared-identity");
    assert_eq!(say(update().with("grade", "B")), "named-only?");
    assert_eq!(say(update().with("grade", "E")), "person-unknown");
    assert_eq!(say(update().with("grade", "E").with("issuers_in_sources", false)), "issuer-not-in-sources?");
    assert_eq!(say(update().with("principal_kind", "root")), "root-used");
    let bucket =
        || Case::call("s3", "PutBucketPolicy", &["log.protection", "s3.log.bucket"]).with("log_admin", true);
    assert_eq!(say(bucket().with("change", "approved")), "outside");
    assert_eq!(say(bucket().with("change", "approved").with("log_object", true)), "conforming");
}

#[test]
fn creations_and_deletions_need_approval() {
    let pack = pci();
    let say = |case: Case| said(&pack, "10.2.1.7#1", &case);
    let create =
        || Case::call("dynamodb", "CreateTable", &["ddb.table.lifecycle"]).with("object_kind", "table");
    assert_eq!(say(create().with("change", "approved")), "conforming");
    assert_eq!(say(create().with("change", "none")), "no-change-record");
    assert_eq!(say(create()), "changes-not-given?");
    assert_eq!(say(create().with("declared", false)), "not-in-inventory");
    assert_eq!(say(create().with("grade", "D")), "shared-identity");
    assert_eq!(say(create().with("grade", "B")), "named-only?");
    assert_eq!(say(create().with("grade", "E")), "person-unknown");
    assert_eq!(say(create().with("grade", "E").with("issuers_in_sources", false)), "issuer-not-in-sources?");
    assert_eq!(say(create().with("principal_kind", "root")), "root-used");
    assert_eq!(say(create().with("caller_kind", "service").with("of_own_accord", true)), "conforming");
    let backup = || create().with("operation", "CreateBackup").with("change", "none");
    assert_eq!(say(backup().with("caller_kind", "workload").with("grade", "C")), "conforming");
    assert_eq!(say(backup()), "no-change-record");
    let role = Case::call("iam", "DeleteRole", &["iam.account"]).with("change", "approved");
    assert_eq!(say(role), "conforming");
    assert_eq!(say(Case::call("iam", "UpdateUser", &["iam.account"])), "outside");
}

#[test]
fn six_elements_are_in_every_entry() {
    let pack = pci();
    let say = |case: Case| said(&pack, "10.2.2#1", &case);
    assert_eq!(say(Case::read()), "conforming");
    assert_eq!(say(Case::read().with("caller_kind", "service")), "outside");
    assert_eq!(say(Case::call("sts", "GetCallerIdentity", &["session.probe"])), "outside");
    assert_eq!(say(Case::call("s3", "GetObject", &["log.access"]).with("log_object", true)), "conforming");
    assert_eq!(say(Case::call("iam", "CreateUser", &["iam.account"])), "conforming");
    for (element, cause) in [
        ("has_who", "no-identity"),
        ("has_what", "no-call"),
        ("has_when", "no-time"),
        ("has_outcome", "no-outcome"),
        ("has_origin", "no-origin"),
        ("has_object", "no-object"),
    ] {
        assert_eq!(say(Case::read().with(element, false)), cause);
    }
}

#[test]
fn hours_of_a_strip_are_weighed_worst_first() {
    let strip = |change: fn(&mut Strip)| {
        let mut strip =
            Strip { hours: 24, proven: 24, data_class: String::from("cardholder"), ..Strip::default() };
        change(&mut strip);
        strip
    };
    let coverage = vec![
        strip(|_| {}),
        strip(|strip| (strip.stopped, strip.silent) = (1, 3)),
        strip(|strip| strip.not_selected = 24),
        strip(|strip| strip.unknown = 24),
        strip(|strip| strip.damaged = 2),
        strip(|strip| strip.silent = 1),
        strip(|strip| strip.tail = 1),
        strip(|strip| (strip.data_class, strip.class) = (String::new(), String::from("management"))),
    ];
    let run = Run { coverage: coverage.into(), ..Run::default() };
    let expected = [
        "conforming",
        "logging-stopped",
        "not-selected",
        "selection-unknown?",
        "files-damaged?",
        "not-delivered?",
        "still-arriving?",
    ];
    assert_eq!(judged(&pci(), "10.2.1", 1, &run), expected);
    assert_eq!(judged(&pci(), "10.2.1", 2, &run), ["conforming"]);
}

#[test]
fn a_test_asked_the_wrong_way_faults() {
    let pack = pci();
    let over_run = &pack.control("10.2.1").unwrap().tests[0];
    assert!(over_run.expect(&Case::read()).unwrap_err().words.contains("does not judge an access"));
    assert!(!over_run.in_population(&Case::read()).unwrap());
    let over_accesses = &pack.control("10.2.2").unwrap().tests[0];
    assert!(over_accesses.judge(&Run::default()).unwrap_err().words.contains("does not judge a run"));
}

#[test]
fn slugs_follow_the_frameworks() {
    for (number, folder) in [
        ("10.2.1.1", "10.2.1.1"),
        ("AU-9(4)", "au-9.4"),
        ("164.312(b)", "164.312-b"),
        ("164.308(a)(1)(ii)(D)", "164.308-a-1-ii-d"),
    ] {
        assert_eq!(slug(number), folder);
    }
}

mod shown;
mod slips;

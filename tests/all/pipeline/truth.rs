//! Generated logs with known truth: totals per person, hops, operation, table and outcome are exact, nobody is guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::bundles::{self, Known};
use super::generated;
use crate::trail::{AccessKey, Plan, Truth, UNRESOLVED};

fn who(access: &Known) -> (String, u8) {
    match access.kind.as_str() {
        "person" => (access.name.clone(), access.hops),
        "workload" => (access.name.clone(), 0),
        "unresolved" => (UNRESOLVED.to_owned(), 0),
        other => panic!("no {other} plays in these logs: {}", access.name),
    }
}

fn key(access: &Known) -> AccessKey {
    let (name, hops) = who(access);
    let cell = |column| access.cell(column);
    let arn = format!("arn:aws:dynamodb:{}:{}:table/{}", cell("region"), cell("account"), cell("table"));
    (name, hops, cell("operation").to_owned(), arn, cell("outcome").to_owned())
}

fn assert_exact(bundle: &Path, truth: &Truth) {
    let mut counted: BTreeMap<AccessKey, u64> = BTreeMap::new();
    for access in bundles::known(bundle).iter().filter(|access| access.cell("object_kind") == "table") {
        *counted.entry(key(access)).or_insert(0) += 1;
    }
    for key in truth.accesses.keys().chain(counted.keys()) {
        assert_eq!(counted.get(key), truth.accesses.get(key), "{key:?}");
    }
}

#[test]
fn totals_per_person_hops_operation_table_and_outcome_are_exact() {
    let truth = &generated::logs().1;
    let hops: BTreeSet<u8> = truth.accesses.keys().map(|key| key.1).collect();
    assert_eq!(hops, BTreeSet::from([0, 1, 2, 3]), "the logs hold direct calls and chains of one to three");
    assert!(
        truth.accesses.keys().any(|key| key.0 == UNRESOLVED),
        "the logs hold calls that nobody can be named for"
    );
    assert_exact(generated::bundle(), truth);
}

#[test]
fn totals_stay_exact_when_a_third_of_the_sessions_lack_issuance_and_half_the_records_come_twice() {
    for seed in [2, 3] {
        let shares = Plan { missing_issuance_share: 0.33, duplicate_share: 0.5, ..Plan::default() };
        let plan = Plan { seed, events: 3_000, events_per_file: 90, people: 15, days: 3, ..shares };
        let (folder, truth) = generated::written(&plan);
        let (_kept, bundle) = bundles::made(&["audit.toml", "--documents", "none"], folder.path(), &[], 0);
        let unresolved = truth.accesses.iter().filter(|(key, _)| key.0 == UNRESOLVED).map(|(_, count)| count);
        assert!(unresolved.sum::<u64>() > 100 && truth.duplicates > 1_000);
        assert_exact(&bundle, &truth);
        assert_eq!(bundles::boxes(&bundle)["Duplicates removed"], truth.duplicates);
    }
}

#[test]
fn chains_of_one_to_five_roles_through_three_accounts_are_exact_for_every_seed() {
    for seed in 11..=14 {
        let plan = Plan {
            seed,
            events: 5_000,
            events_per_file: 120,
            people: 30,
            cross_account_share: 0.04,
            longest_chain: 5,
            days: 4,
            ..Plan::default()
        };
        assert_eq!((plan.missing_issuance_share, plan.duplicate_share), (0.03, 0.05));
        let (folder, truth) = generated::written(&plan);
        let (_kept, bundle) = bundles::made(&["audit.toml", "--documents", "none"], folder.path(), &[], 0);
        let hops: BTreeSet<u8> = truth.accesses.keys().map(|key| key.1).collect();
        assert_eq!(hops, BTreeSet::from([0, 1, 2, 3, 4, 5]), "seed {seed}");
        assert!(truth.role_sessions.1 > 0 && truth.role_sessions.0 > 20 * truth.role_sessions.1);
        assert!(truth.accesses.keys().any(|key| key.0 == UNRESOLVED), "seed {seed} lacks some issuance");
        assert_exact(&bundle, &truth);
        assert_people_proven(&bundle, &truth);
        assert_grades_add_up(&bundle, &truth);
        assert_eq!(bundles::boxes(&bundle)["Duplicates removed"], truth.duplicates);
    }
}

#[test]
fn calls_that_two_accounts_logged_count_once_and_keep_their_caller() {
    let plan =
        Plan { cross_account_share: 0.05, events: 6_000, events_per_file: 150, days: 5, ..Plan::default() };
    let (folder, truth) = generated::written(&plan);
    let (_kept, bundle) = bundles::made(&["audit.toml", "--documents", "none"], folder.path(), &[], 0);
    assert_exact(&bundle, &truth);
    bundles::assert_sums(&bundle);
    let boxes = bundles::boxes(&bundle);
    assert!(truth.copies > 300, "{}", truth.copies);
    assert_eq!(boxes["Copies in other accounts"], truth.copies);
    assert_eq!(boxes["Kept apart although their sharedEventID is the same"], 0);
    assert_eq!(boxes["In window"], truth.unique - truth.copies);
    let rows = bundles::rows(&bundle, "accesses.csv.gz");
    let copies: BTreeSet<&str> =
        rows.iter().filter(|row| !row["copies"].is_empty()).map(|row| row["event_ref"].as_str()).collect();
    assert_eq!(copies.len() as u64, truth.copies, "each is named by the event that stands for it");
    let strangers = rows.iter().filter(|row| row["grade"] == "E" && row["object_kind"] == "table");
    assert!(strangers.count() > 10, "halves without the caller's record name nobody");
}

#[test]
fn every_record_of_the_logs_ends_in_one_box() {
    let (bundle, truth) = (generated::bundle(), &generated::logs().1);
    bundles::assert_sums(bundle);
    let boxes = bundles::boxes(bundle);
    assert_eq!(boxes["Files listed"], truth.files);
    assert_eq!(boxes["Files read"], truth.files);
    assert_eq!(boxes["Records parsed"], truth.records);
    assert_eq!(boxes["Duplicates removed"], truth.duplicates);
    assert_eq!(boxes["Copies in other accounts"], truth.copies);
    assert_eq!(boxes["Kept apart although their sharedEventID is the same"], 0);
    assert_eq!(boxes["In window"], truth.unique - truth.copies);
    assert_eq!(boxes["In window: other services"], truth.others);
    let data = boxes["In window: DynamoDB item and stream access"];
    assert_eq!(data + boxes["In window: DynamoDB table management"], truth.dynamodb);
    let asked = boxes["In window: other services' events that controls ask about"];
    assert_eq!(
        asked,
        truth.unique - truth.copies - truth.dynamodb - truth.others,
        "AssumeRole and what begins sessions"
    );
    let bytes: u64 = bundles::rows(bundle, "files.csv")
        .iter()
        .map(|file| file["content_bytes"].parse::<u64>().unwrap())
        .sum();
    assert_eq!(bytes, truth.json_bytes);
}

#[test]
fn every_person_behind_a_role_is_proven_by_as_many_records_as_there_are_hops() {
    assert_people_proven(generated::bundle(), &generated::logs().1);
    let rows = bundles::rows(generated::bundle(), "users.csv");
    assert!(rows.iter().any(|row| row["kind"] == "person" && row["hops"] == "3"));
}

/// What manifest.json says of proof is what the rows say, and the roster's rows hold all that people did.
fn assert_grades_add_up(bundle: &Path, truth: &Truth) {
    let text = std::fs::read_to_string(bundle.join("manifest.json")).unwrap();
    let identity = serde_json::from_str::<serde_json::Value>(&text).unwrap()["identity"].clone();
    let rows = bundles::rows(bundle, "accesses.csv.gz");
    let of = |grades: &str| rows.iter().filter(|row| grades.contains(row["grade"].as_str())).count() as u64;
    let told = |part: &str| identity["accesses_by_proof"][part].as_u64().unwrap();
    assert_eq!(identity["accesses"], rows.len());
    assert_eq!((told("proven"), told("by_name_only"), told("unresolved")), (of("ACS"), of("B"), of("DE")));
    assert_eq!(told("proven") + told("by_name_only") + told("unresolved"), rows.len() as u64);
    let unresolved: u64 = truth.accesses.iter().filter(|(key, _)| key.0 == UNRESOLVED).map(|(_, n)| n).sum();
    let open = rows.iter().filter(|row| row["grade"] == "E" && row["object_kind"] == "table").count() as u64;
    assert_eq!(open, unresolved, "every chain that cannot be proven is counted as such");
    assert_eq!(identity["guessed"], 0);
    let people = bundles::rows(bundle, "roster.csv");
    let number = |row: &bundles::Row| row["accesses"].parse::<u64>().unwrap();
    assert_eq!(people.iter().map(number).sum::<u64>(), of("A"));
    let seen: BTreeSet<&str> =
        people.iter().filter(|row| number(row) > 0).map(|row| row["id"].as_str()).collect();
    assert_eq!(identity["roster"]["people_seen"], seen.len());
    assert_eq!(identity["roster"]["people"], truth.people.len());
    assert_eq!(identity["roster"]["names_on_no_roster"], 0);
    assert_eq!(identity["roster"]["match_rate_percent"], "100.0");
}

/// Every person of users.csv stands on the roster, at grade A, with a record for each hop.
fn assert_people_proven(bundle: &Path, truth: &Truth) {
    let people: BTreeSet<&str> = truth.people.iter().map(|person| person.name.as_str()).collect();
    for row in bundles::rows(bundle, "users.csv").iter().filter(|row| row["kind"] == "person") {
        assert!(people.contains(row["name"].as_str()), "{row:?}");
        let proofs = row["proof"].split_whitespace().count();
        assert_eq!(proofs.to_string(), row["hops"], "{row:?}");
        assert_eq!(row["grade"], "A", "{row:?}");
    }
}

#[test]
fn a_session_without_issuance_names_nobody_and_says_why() {
    let rows = bundles::rows(generated::bundle(), "users.csv");
    let unresolved: Vec<_> = rows.iter().filter(|row| row["kind"] == "unresolved").collect();
    assert!(!unresolved.is_empty());
    for row in unresolved {
        assert_eq!((row["grade"].as_str(), row["reason"].as_str()), ("E", "issuance-not-found"), "{row:?}");
        assert!(row["name"].starts_with("unresolved: "), "{row:?}");
    }
}

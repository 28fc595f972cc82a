//! The bundle of samples/acme-payments says what its README says: verdicts, counts, people, hours, findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::pipeline::bundles::{self, Known, Row};
use crate::support;

/// Words from worst to best, as a requirement takes the worst of its tests (evidence-bundle §5.1).
const SEVERITY: [&str; 6] =
    ["error", "exceptions", "insufficient", "not-tested", "supported", "not-applicable"];

fn expected() -> Value {
    let text = std::fs::read_to_string(support::story().join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

fn rows(name: &str) -> Vec<Row> {
    bundles::rows(support::story_bundle(), name)
}

/// The worst word of each requirement, by its number.
fn verdicts() -> BTreeMap<String, String> {
    let mut worst: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows("tests.csv") {
        let place = SEVERITY.iter().position(|word| *word == row["verdict"]).unwrap();
        let number = row["requirement"].trim_start_matches("pci-dss-4.0.1/").to_owned();
        let known = worst.entry(number).or_insert(place);
        *known = (*known).min(place);
    }
    worst.into_iter().map(|(number, place)| (number, SEVERITY[place].to_owned())).collect()
}

fn count_of(test: &str, column: &str) -> u64 {
    let row = rows("tests.csv").into_iter().find(|row| row["test"] == format!("pci-dss-4.0.1/{test}"));
    row.unwrap_or_else(|| panic!("no test {test}"))[column].parse().unwrap()
}

#[test]
fn each_requirement_gets_the_verdict_of_the_readme() {
    let expected = expected();
    let stated: BTreeMap<String, String> = expected["requirements"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(number, said)| (number.clone(), said["verdict"].as_str().unwrap().to_owned()))
        .collect();
    for word in ["supported", "exceptions", "insufficient", "not-applicable"] {
        assert!(stated.values().any(|said| said == word), "the story tells of one {word}");
    }
    assert_eq!(verdicts(), stated);
}

#[test]
fn the_readme_and_expected_json_promise_the_same_verdicts() {
    let readme = std::fs::read_to_string(support::story().join("README.md")).unwrap();
    for (number, said) in expected()["requirements"].as_object().unwrap() {
        let line = readme.lines().find(|line| line.starts_with(&format!("| {number} |")));
        let line = line.unwrap_or_else(|| panic!("README.md says nothing of {number}"));
        let word = line.split('|').nth(2).unwrap().trim().trim_matches('*');
        assert_eq!(word, said["verdict"], "{number}");
    }
}

#[test]
fn records_files_and_duplicates_are_counted_as_they_were_delivered() {
    let (boxes, expected) = (bundles::boxes(support::story_bundle()), expected());
    bundles::assert_sums(support::story_bundle());
    let records = &expected["records"];
    let files = |kind: &str| number(&expected["files"][kind]);
    assert_eq!(boxes["Files read"], files("log_files"));
    assert_eq!(boxes["Files skipped"], files("digests") + files("sidecars"));
    assert_eq!(boxes["Records parsed"], number(&records["delivered"]));
    assert_eq!(boxes["Duplicates removed"], number(&records["duplicates"]));
    assert_eq!(boxes["Unique records"], number(&records["unique"]));
    let outside = number(&records["before_window"]) + number(&records["after_window"]);
    assert_eq!(boxes["Outside the window"], outside);
    let copies = number(&records["copies_in_other_accounts"]);
    assert_eq!(boxes["Copies in other accounts"], copies);
    assert_eq!(boxes["In window"], number(&records["in_window"]) - copies);
    assert_eq!(rows("gaps.csv").len(), 0, "nothing was lost on the way");
}

/// Who acted, in the words of expected.json.
fn actor(known: &Known, people: &BTreeMap<String, String>) -> String {
    match known.kind.as_str() {
        "person" => people[&known.name].clone(),
        "named" => known.name.rsplit(['/', ':']).next().unwrap().to_owned(),
        "shared" => known.name.rsplit('/').next().unwrap().to_owned(),
        "unresolved" if known.name.ends_with(":role/payments-maintenance") => "unknown-issuer".to_owned(),
        "service" => format!("service:{}", known.name),
        "workload" => known.name.clone(),
        other => panic!("{other}: {}", known.name),
    }
}

/// Ids by name.
fn people(expected: &Value) -> BTreeMap<String, String> {
    let people = expected["people"].as_array().unwrap().iter();
    let text = |person: &Value, member: &str| person[member].as_str().unwrap().to_owned();
    people.map(|person| (text(person, "name"), text(person, "id"))).collect()
}

#[test]
fn accesses_by_person_hops_operation_and_table_are_those_of_the_story() {
    let expected = expected();
    let people = people(&expected);
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    for row in expected["accesses"].as_array().unwrap() {
        for outcome in ["done", "refused", "other"] {
            let words =
                ["actor", "operation", "account", "region", "table"].map(|name| row[name].as_str().unwrap());
            let key = format!("{} after {} hops: {outcome}", words.join(" "), number(&row["hops"]));
            *told.entry(key).or_insert(0) += number(&row[outcome]);
        }
    }
    told.retain(|_, count| *count > 0);
    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    let known = bundles::known(support::story_bundle());
    for access in known.iter().filter(|access| access.cell("object_kind") == "table") {
        let words = ["operation", "account", "region", "table"].map(|column| access.cell(column)).join(" ");
        let outcome = match access.cell("outcome") {
            word @ ("done" | "refused") => word,
            _ => "other",
        };
        let key = format!("{} {words} after {} hops: {outcome}", actor(access, &people), access.hops);
        *counted.entry(key).or_insert(0) += 1;
    }
    assert!(told.len() > 100);
    for key in told.keys().chain(counted.keys()) {
        assert_eq!(counted.get(key), told.get(key), "{key}");
    }
}

#[test]
fn three_stopped_hours_and_two_of_an_altered_file_are_unproven_and_no_others() {
    let proven = |row: &Row| matches!(row["state"].as_str(), "delivered" | "verified");
    let stopped: Vec<Row> = rows("coverage.csv").into_iter().filter(|row| !proven(row)).collect();
    let mut places = BTreeSet::new();
    for row in &stopped {
        let span = ["account", "region", "from", "to", "hours", "state"].map(|column| row[column].as_str());
        let here = |from, to, hours, state| ["111122223333", "eu-west-1", from, to, hours, state];
        let stop = here("2026-03-09T10:00:00Z", "2026-03-09T13:00:00Z", "3", "stopped");
        // Events of these hours may stand in the file that was delivered at 14:05 and written over.
        let damage = here("2026-03-09T13:00:00Z", "2026-03-09T15:00:00Z", "2", "damaged");
        assert!(span == stop || span == damage, "{row:?}");
        places.insert((row["table"].as_str(), row["class"].as_str(), row["state"].as_str()));
    }
    // The second trail went on: it selects management events in full.
    let mut wanted = BTreeSet::new();
    for table in ["cards", "authorizations", "loyalty"] {
        for class in ["read", "write", "stream"] {
            wanted.extend(["stopped", "damaged"].map(|state| (table, class, state)));
        }
    }
    assert_eq!(places, wanted);
    let expected = expected();
    let main = &expected["integrity"]["streams"].as_array().unwrap()[0];
    assert_eq!(main["stream"], "111122223333/eu-west-1/acme-prod-euw1");
    let said =
        [("stopped", &expected["facts"]["10.2.1"]["hours_stopped"]), ("damaged", &main["damaged_hours"])];
    for (state, hours) in said {
        let hours = hours.to_string();
        let fits = |row: &Row| row["state"] != state || row["hours"] == hours;
        assert!(stopped.iter().all(fits), "{state}");
    }
}

/// Hours in which digests attest all deliveries, by account and region, of the main trail's class and of management events,
/// which the second trail attests too.
#[test]
fn hours_are_verified_by_signed_digests_but_for_those_around_the_stop() {
    let mut counted: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let mut hours: BTreeMap<[String; 4], u64> = BTreeMap::new();
    for row in rows("coverage.csv") {
        let strip = ["account", "region", "table", "class"].map(|column| row[column].clone());
        let verified = if row["state"] == "verified" { row["hours"].parse().unwrap() } else { 0 };
        *hours.entry(strip).or_insert(0) += verified;
    }
    for ([account, region, _, class], hours) in hours {
        let kind = if class == "management" { "management" } else { "items" };
        counted.entry(format!("{account}/{region} {kind}")).or_default().insert(hours);
    }
    let expected = expected();
    let mut told: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for stream in expected["integrity"]["streams"].as_array().unwrap() {
        let (place, trail) = stream["stream"].as_str().unwrap().rsplit_once('/').unwrap();
        let hours = number(&stream["verified_hours"]);
        if trail != "acme-prod-watch" && trail != "acme-audit-use1" {
            told.insert(format!("{place} items"), BTreeSet::from([hours]));
        }
        let management = told.entry(format!("{place} management")).or_default();
        let best = management.pop_last().unwrap_or(0).max(hours);
        management.insert(best);
    }
    assert_eq!(counted, told);
}

/// The file that somebody wrote over, and nothing else, is not what was delivered.
#[test]
fn one_log_file_is_altered_and_its_records_are_marked() {
    let (expected, rows_of) = (expected(), rows("files.csv"));
    let logs: Vec<&Row> = rows_of.iter().filter(|row| row["path"].contains("_CloudTrail_")).collect();
    let altered: Vec<&str> =
        logs.iter().filter(|row| row["trust"] == "altered").map(|row| row["path"].as_str()).collect();
    let told = expected["integrity"]["altered"].as_array().unwrap();
    assert_eq!(altered, told.iter().map(|path| path.as_str().unwrap()).collect::<Vec<_>>());
    let facts = &expected["facts"]["10.3.4"];
    let verified = logs.iter().filter(|row| row["trust"] == "verified").count() as u64;
    assert_eq!(verified, number(&facts["log_files_verified"]));
    let file = logs.iter().find(|row| row["trust"] == "altered").unwrap();
    assert_eq!(file["records"], facts["records_in_altered_file"].to_string());
    let people = people(&expected);
    let known = bundles::known(support::story_bundle());
    let mut marked: BTreeMap<String, u64> = BTreeMap::new();
    let altered =
        |access: &&Known| access.cell("trust") == "altered" && access.cell("object_kind") == "table";
    for access in known.iter().filter(altered) {
        *marked.entry(actor(access, &people)).or_insert(0) += 1;
    }
    assert_eq!(marked, self::told(&facts["accesses_told_there_alone"]));
}

#[test]
fn the_report_on_integrity_tells_of_that_file_and_of_the_stop_alone() {
    let text = std::fs::read(support::story_bundle().join("data/integrity.json")).unwrap();
    let (report, expected): (Value, Value) = (serde_json::from_slice(&text).unwrap(), expected());
    let told = &expected["integrity"];
    assert_eq!(report["verdict"], told["verdict"]);
    assert_eq!(report["keys"].as_array().unwrap().len() as u64, number(&told["keys"]));
    assert_eq!(report["totals"]["digests"]["valid"], expected["files"]["digests"]);
    assert_eq!(report["totals"]["digests"]["total"], expected["files"]["digests"]);
    let keys: Vec<&Value> =
        report["objects"].as_array().unwrap().iter().map(|object| &object["key"]).collect();
    assert_eq!(keys, told["altered"].as_array().unwrap().iter().collect::<Vec<_>>());
    let findings: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().map(|finding| &finding["id"]).collect();
    assert_eq!(findings, ["gap-restart"]);
    let mut streams: BTreeMap<String, [u64; 3]> = BTreeMap::new();
    for stream in report["streams"].as_array().unwrap() {
        let name = |part: &str| stream["identity"][part].as_str().unwrap();
        let counts = [
            number(&stream["totals"]["digests"]["total"]),
            stream["chains"].as_array().unwrap().len() as u64,
            number(&stream["totals"]["logs"]["total"]),
        ];
        streams.insert(format!("{}/{}/{}", name("account"), name("region"), name("trail")), counts);
    }
    for stream in told["streams"].as_array().unwrap() {
        let counts = ["digests", "chains", "log_files"].map(|count| number(&stream[count]));
        assert_eq!(streams.remove(stream["stream"].as_str().unwrap()), Some(counts), "{stream}");
    }
    assert!(streams.is_empty(), "{streams:?}");
}

fn group(test: &str, cause: &str) -> Row {
    let mut found = rows("exceptions.csv");
    found.retain(|row| row["test"] == format!("pci-dss-4.0.1/{test}") && row["cause"] == cause);
    assert_eq!(found.len(), 1, "one group of {cause} under {test}");
    found.remove(0)
}

#[test]
fn the_card_number_in_keys_is_one_group_and_is_printed_masked_only() {
    let group = group("10.2.1.1#2", "card-number-in-key");
    let facts = &expected()["facts"]["10.2.1.1"];
    assert_eq!(group["count"], facts["accesses_with_card_number_as_key"].to_string());
    assert_eq!((group["subject"].as_str(), group["objects"].as_str()), ("Wanjiru Kamathi-Dean", "loyalty"));
    let cited: BTreeSet<&str> = group["citations"].split(' ').filter(|word| word.contains(':')).collect();
    let accesses = rows("accesses.csv.gz");
    let keys: Vec<&str> = accesses
        .iter()
        .filter(|row| cited.contains(row["event_ref"].as_str()))
        .map(|row| row["key"].as_str())
        .collect();
    assert_eq!(keys, [r#"{"memberId":"411111******1111"}"#; 3]);
    let card = ["411111", "111111", "1111"].concat();
    for (name, path) in bundles::tree(support::story_bundle()) {
        let content = bundles::content(&path);
        assert!(
            !content.windows(card.len()).any(|window| window == card.as_bytes()),
            "{name} holds the card number"
        );
    }
}

#[test]
fn findings_have_the_sizes_that_the_story_gives_them() {
    let facts = &expected()["facts"];
    let said = |number: &str, name: &str| facts[number][name].to_string();
    let first = &facts["10.2.1.1"];
    assert_eq!(count_of("10.2.1.1#1", "exceptions"), number(&first["accesses_by_shared_user"]));
    assert_eq!(undecided("10.2.1.1#1"), number(&first["accesses_by_unknown_issuer"]));
    assert_eq!(group("10.2.1.1#1", "shared-identity")["count"], said("10.2.1.1", "accesses_by_shared_user"));
    assert_eq!(group("10.2.1.2#1", "root-without-incident")["count"], said("10.2.1.2", "events_of_root"));
    let uncovered = group("10.2.1.2#1", "no-change-record");
    assert_eq!(uncovered["count"], said("10.2.1.2", "acts_without_change"));
    assert_eq!(uncovered["subject"], "Henrik Sandvær-Pool");
    assert_eq!(
        group("10.2.1.3#1", "read-without-right")["count"],
        said("10.2.1.3", "objects_read_by_no_reader")
    );
    assert_eq!(count_of("10.2.1.4#1", "population"), number(&facts["10.2.1.4"]["refusals"]));
    let cluster = group("10.2.1.4#2", "data-without-follow-up");
    let size = format!("{} refusals", facts["10.2.1.4"]["largest_cluster"]);
    assert!(cluster["subject"].starts_with("Inés Valdecasas-Roy") && cluster["subject"].contains(&size));
    let changes = count_of("10.2.1.5#1", "population") + count_of("10.2.1.5#2", "population");
    assert_eq!(changes, number(&facts["10.2.1.5"]["changes_of_identities"]));
    assert_eq!(count_of("10.2.1.6#1", "exceptions"), number(&facts["10.2.1.6"]["stops"]));
    assert_eq!(
        count_of("10.2.1.7#1", "exceptions"),
        number(&facts["10.2.1.7"]["tables_created_without_change"])
    );
    assert_eq!(count_of("10.2.2#1", "exceptions") + undecided("10.2.2#1"), 0);
}

/// Undetermined for another reason than the file that was written over.
fn undecided(test: &str) -> u64 {
    count_of(test, "undetermined") - sizes(test, "altered-file").values().sum::<u64>()
}

#[test]
fn what_the_altered_file_alone_tells_is_undetermined_wherever_it_would_conform() {
    let told = told(&expected()["facts"]["10.3.4"]["accesses_told_there_alone"]);
    let of = |names: &[&str]| -> BTreeMap<String, u64> {
        names.iter().map(|name| ((*name).to_owned(), told[*name])).collect()
    };
    assert_eq!(sizes("8.6.1#1", "altered-file"), of(&["payments-api", "stream-relay"]));
    assert_eq!(sizes("3.5.1#1", "altered-file"), of(&["p-003", "payments-api"]));
}

/// The sizes of the groups of one cause, by subject as expected.json names it.
fn sizes(test: &str, cause: &str) -> BTreeMap<String, u64> {
    let expected = expected();
    let people = expected["people"].as_array().unwrap();
    let named = |subject: &str| {
        let person = people.iter().find(|person| person["name"] == subject);
        let name = person.map_or(subject, |person| person["id"].as_str().unwrap());
        name.rsplit('/').next().unwrap().to_owned()
    };
    rows("exceptions.csv")
        .iter()
        .filter(|row| row["test"] == format!("pci-dss-4.0.1/{test}") && row["cause"] == cause)
        .map(|row| (named(&row["subject"]), row["count"].parse().unwrap()))
        .collect()
}

fn told(facts: &Value) -> BTreeMap<String, u64> {
    facts.as_object().unwrap().iter().map(|(name, count)| (name.clone(), number(count))).collect()
}

#[test]
fn access_outside_what_was_approved_has_the_sizes_of_the_story() {
    let facts = &expected()["facts"];
    let outside = "accesses_outside_matrix";
    assert_eq!(sizes("7.2.2#1", "outside-matrix"), told(&facts["7.2.2"][outside]));
    assert_eq!(sizes("7.2.5#1", "outside-matrix"), told(&facts["7.2.5"][outside]));
    let unlisted = sizes("7.2.6#1", "direct-query-not-listed");
    assert_eq!(unlisted, told(&facts["7.2.6"]["queries_by_no_one_listed"]));
    let keys = &facts["8.4.2"];
    assert_eq!(sizes("8.4.2#1", "no-second-factor"), told(&keys["accesses_without_second_factor"]));
    assert_eq!(undecided("8.4.2#1"), number(&keys["undetermined"]));
    let outside = number(&facts["8.4.3"]["accesses_from_outside_without_second_factor"]);
    assert_eq!(count_of("8.4.3#1", "exceptions"), outside);
    assert_eq!(count_of("7.2.3#1", "exceptions"), number(&facts["7.2.3"]["grants_without_request"]));
    let changes = &facts["8.2.4"];
    assert_eq!(count_of("8.2.4#1", "population"), number(&changes["changes_of_identities"]));
    assert_eq!(count_of("8.2.4#1", "exceptions"), number(&changes["without_request"]));
    let business = number(&facts["10.2.1.4"]["refused_without_business"]);
    assert_eq!(count_of("10.2.1.4#3", "exceptions"), business);
    let tables = number(&facts["6.5.1"]["changes_of_tables_in_scope"]);
    assert_eq!((count_of("6.5.1#1", "population"), count_of("6.5.1#1", "exceptions")), (tables, 0));
}

#[test]
fn identities_that_lead_to_nobody_or_should_be_gone_have_the_sizes_of_the_story() {
    let facts = &expected()["facts"];
    let of = |number: &str, name: &str| self::number(&facts[number][name]);
    let (root, shared) = (of("8.2.1", "of_root"), of("8.2.1", "of_shared_user"));
    assert_eq!(count_of("8.2.1#1", "exceptions"), root + shared);
    let unproven = of("8.2.1", "of_contractor") + of("8.2.1", "of_unknown_issuer");
    assert_eq!(undecided("8.2.1#1"), unproven);
    // A key of a shared user leads to one principal and to no one person.
    let credentials = |whose: &str| of("8.2.1", &format!("credentials_of_{whose}"));
    assert_eq!(count_of("8.2.1#2", "exceptions"), credentials("root_and_shared_user"));
    assert_eq!(count_of("8.2.1#2", "undetermined"), credentials("contractor_and_unknown_issuer"));
    assert_eq!(count_of("8.2.2#1", "exceptions"), root + shared);
    assert_eq!(count_of("8.2.2#1", "conforming"), of("8.2.2", "of_break_glass"));
    assert_eq!(count_of("8.2.5#1", "exceptions"), of("8.2.5", "calls_after_leaving"));
    assert_eq!(group("8.2.5#1", "used-after-leaving")["subject"], "Saskia Vermeulen-Hart");
    assert_eq!(count_of("8.2.5#2", "exceptions"), 1, "her user was removed late");
    assert_eq!(count_of("8.2.7#1", "exceptions"), of("8.2.7", "calls_outside_terms"));
    assert_eq!(count_of("8.6.1#1", "exceptions"), of("8.6.1", "calls_by_hand"));
    assert_eq!(count_of("8.4.1#1", "exceptions") + count_of("8.4.1#2", "exceptions"), 0);
}

#[test]
fn logs_and_their_settings_have_the_sizes_of_the_story() {
    let facts = &expected()["facts"];
    let used = number(&facts["10.2.1"]["key_used_without_call"]);
    assert_eq!(count_of("10.2.1#3", "exceptions"), used);
    assert_eq!(
        count_of("10.2.1#2", "conforming"),
        4,
        "management events are there, thanks to the second trail"
    );
    let read = number(&facts["10.3.1"]["objects_read_by_no_reader"]);
    assert_eq!(count_of("10.3.1#1", "exceptions"), read);
    let [delivered, written] =
        ["files_delivered", "log_files_written_by_people"].map(|name| number(&facts["10.3.2"][name]));
    assert_eq!(
        (count_of("10.3.2#1", "conforming"), count_of("10.3.2#1", "exceptions")),
        (delivered, written)
    );
    assert_eq!(group("10.3.2#1", "log-written")["subject"], "Henrik Sandvær-Pool");
    assert_eq!((count_of("10.3.4#1", "conforming"), count_of("10.3.4#1", "exceptions")), (3, 1));
    assert_eq!(group("10.3.4#1", "files-altered")["subject"], "111122223333 eu-west-1");
    // Nobody saved the settings of acme-gov: its digests show that validation was on.
    assert_eq!((count_of("10.3.4#2", "conforming"), count_of("10.3.4#2", "population")), (4, 4));
    let late = facts["10.3.3"]["minutes_late"].as_object().unwrap();
    assert_eq!(count_of("10.3.3#2", "exceptions"), late.len() as u64);
    assert!(late.values().all(|minutes| number(minutes) > 60));
    assert!(group("10.3.3#1", "kept-in-own-account")["subject"].ends_with("trail/acme-audit-use1"));
    let short = group("10.5.1#2", "kept-too-short");
    assert!(short["subject"].ends_with(facts["10.5.1"]["kept_too_short"][0].as_str().unwrap()));
    let failures = ["stops_without_incident", "altered_files_without_incident"];
    let unmet: u64 = failures.iter().map(|name| number(&facts["10.7.2"][name])).sum();
    assert_eq!(count_of("10.7.2#1", "exceptions"), unmet);
    assert_eq!(count_of("10.7.2#2", "exceptions"), number(&facts["10.7.2"]["days_without_review"]));
}

#[test]
fn undeclared_tables_are_an_exception_and_are_listed_with_their_counts() {
    assert_eq!(group("10.2.1.7#1", "no-change-record")["objects"], "scratch-refund-replay");
    let accesses = rows("accesses.csv.gz");
    let page = std::fs::read_to_string(support::story_bundle().join("human/completeness.html")).unwrap();
    let words = crate::pipeline::words_of(&page);
    for table in ["scratch-refund-replay", "authorisations"] {
        let of = |row: &&Row| row["table"] == table && row["object_kind"] == "table";
        let count = accesses.iter().filter(of).count();
        assert!(count > 0 && accesses.iter().filter(of).all(|row| row["data_class"].is_empty()), "{table}");
        let listed = words.lines().any(|line| {
            line.contains(table) && line.split_whitespace().any(|word| word == count.to_string())
        });
        assert!(listed, "{table} is listed with its {count} accesses");
    }
    assert!(!words.contains("never seen"), "every declared table and region was seen");
}

#[test]
fn who_left_before_the_window_appears_nowhere_and_the_others_all_do() {
    let users = rows("users.csv");
    let seen: BTreeSet<&str> =
        users.iter().filter(|row| row["kind"] == "person").map(|row| row["name"].as_str()).collect();
    let expected = expected();
    let names = expected["people"].as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap());
    let told: BTreeSet<&str> = names.filter(|name| *name != "Maren Solheim-Carr").collect();
    assert_eq!(seen, told);
}

#[test]
fn the_generator_writes_what_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("python3");
    command.arg(support::story().join("generate.py")).arg("--out").arg(folder.path());
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("TZ", "Asia/Tokyo");
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: python3 is absent");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (written, kept) = (bundles::tree(folder.path()), bundles::tree(&support::story()));
    let logs = |tree: &BTreeMap<String, std::path::PathBuf>| -> Vec<String> {
        let written = |name: &&String| name.starts_with("logs/") || name.starts_with("public-keys/");
        tree.keys().filter(written).cloned().collect()
    };
    assert_eq!(logs(&written), logs(&kept));
    for name in ["audit.toml", "expected.json", "access.csv", "config/trail-acme-prod-euw1.json"] {
        assert!(written.contains_key(name), "{name}");
    }
    for (name, path) in &written {
        assert_same_content(name, path, &kept[name]);
    }
}

fn assert_same_content(name: &str, written: &Path, kept: &Path) {
    assert!(bundles::content(written) == bundles::content(kept), "{name} differs from what is committed");
}

/// The block that README.md shows is what the sample prints.
#[test]
fn readme_shows_what_the_sample_prints() {
    let out = tempfile::tempdir().unwrap();
    let audit = support::story().join("audit.toml");
    let ran = support::run(&["run", audit.to_str().unwrap(), "--documents", "none"], out.path());
    let told = ran.stdout.replace(
        "first README.txt, then data/tests.csv",
        "first human/00-overview.pdf, or human/index.html in a browser",
    );
    let readme = std::fs::read_to_string(support::project().join("README.md")).unwrap();
    assert!(readme.contains(&told), "paste this into README.md:\n{told}");
}

/// The block on integrity is what the command above it prints.
#[test]
fn readme_shows_what_integrity_prints_of_the_sample() {
    let readme = std::fs::read_to_string(support::project().join("README.md")).unwrap();
    let command = readme.lines().find(|line| line.contains("trailwitness integrity samples/")).unwrap();
    let flags: Vec<&str> = command.split_whitespace().skip_while(|word| *word != "integrity").collect();
    let ran = support::run(&flags, support::project());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(readme.contains(&ran.stdout), "paste this into README.md:\n{}", ran.stdout);
}

/// A stranger to the generator and to this program counts the same; broken signatures, hashes and counts fail there.
#[test]
fn the_checker_beside_the_story_finds_nothing_wrong() {
    let mut command = Command::new("python3");
    command.arg(support::story().join("verify.py")).env("PYTHONDONTWRITEBYTECODE", "1");
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: python3 is absent");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

//! The roster against the logs: both forms of the file, what matched what, who is on it and not seen, who is seen and not
//! on it, accesses outside somebody's time with the organisation.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::bundles::{self, Row};
use super::individuals::{ACCOUNT, CENTER, K1, read, record, session, user, with};
use super::ledgers::Bench;
use crate::support::run;

const CSV: &str = "id,name,mail,department,manager,joined,left,identities\n\
    p-1,Alice A,Alice.A@Example.com,Payments,p-3,2020-01-01,,arn:aws:iam::111122223333:user/alice\n\
    p-2,Zo\u{eb} Z,,Fraud,p-3,2026-03-03,,zo\u{eb}\n\
    p-3,Bob B,bob@example.com,Fraud,,2020-01-01,2026-03-01,arn:aws:iam::111122223333:user/bob\n\
    p-4,Nobody N,nobody@example.com,Fraud,p-3,,,\n";

const JSON: &str = r#"[
  {"id": "p-1", "name": "Alice A", "mail": "Alice.A@Example.com", "department": "Payments", "manager": "p-3", "joined": "2020-01-01",
   "left": null, "identities": ["arn:aws:iam::111122223333:user/alice"]},
  {"id": "p-2", "name": "Zo\u00eb Z", "department": "Fraud", "manager": "p-3", "joined": "2026-03-03", "identities": ["zo\u00eb"]},
  {"id": "p-3", "name": "Bob B", "mail": "bob@example.com", "department": "Fraud", "joined": "2020-01-01", "left": "2026-03-01",
   "identities": ["arn:aws:iam::111122223333:user/bob"]},
  {"id": "p-4", "name": "Nobody N", "mail": "nobody@example.com", "department": "Fraud", "manager": "p-3"}
]"#;

/// One item access each: by ARN, by mail in other case, by a decomposed name, by somebody who left, by a stranger.
fn logs() -> Vec<String> {
    let center = |name: &str| session(CENTER, "AWSReservedSSO_Desk_0123456789abcdef", name, K1);
    let callers =
        [user("alice"), center("alice.a@example.com"), center("zoe\u{308}"), user("bob"), user("eve")];
    let numbered =
        |(number, who): (u32, &Value)| read(who).replace("000000000001\"", &format!("{number:012}\""));
    (1..).zip(&callers).map(numbered).collect()
}

fn bundle_of(roster: &str) -> (tempfile::TempDir, std::path::PathBuf, Bench) {
    let bench = Bench::stating(&[("a.json".to_owned(), logs())], "", roster);
    let (kept, bundle) = bundles::made(&["audit.toml", "--documents", "html"], bench.folder(), &[], 0);
    (kept, bundle, bench)
}

fn told(bundle: &Path) -> Vec<String> {
    let cells = ["id", "identity", "matched", "how", "accesses", "before_joining", "after_leaving"];
    let line = |row: &Row| cells.map(|cell| row[cell].as_str()).join("|");
    bundles::rows(bundle, "roster.csv").iter().map(line).collect()
}

fn manifest(bundle: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(bundle.join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn every_identity_of_the_roster_says_what_matched_it_and_every_stranger_is_listed() {
    let (_kept, bundle, bench) = bundle_of(CSV);
    let lines = told(&bundle);
    let eve = &bundles::rows(&bundle, "users.csv").into_iter().find(|row| row["kind"] == "named").unwrap()["user_token"];
    let expected = [
        "p-1|Alice.A@Example.com|alice.a@example.com|mail without letter case|1|0|0".to_owned(),
        "p-1|arn:aws:iam::111122223333:user/alice|arn:aws:iam::111122223333:user/alice|exact|1|0|0"
            .to_owned(),
        "p-2|zo\u{eb}|zoe\u{308}|in one form of Unicode (NFC)|1|1|0".to_owned(),
        "p-3|arn:aws:iam::111122223333:user/bob|arn:aws:iam::111122223333:user/bob|exact|1|0|1".to_owned(),
        "p-3|bob@example.com||unused|0|0|0".to_owned(),
        "p-4|nobody@example.com||unused|0|0|0".to_owned(),
        format!("|{eve}|arn:aws:iam::111122223333:user/eve|not on the roster|1|0|0"),
    ];
    assert_eq!(lines, expected);
    let roster = &manifest(&bundle)["identity"]["roster"];
    let bytes = std::fs::read(bench.folder().join("roster.csv")).unwrap();
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(roster["sha256"], hash);
    assert_eq!(
        (&roster["people"], &roster["people_seen"], &roster["people_not_seen"]),
        (&4.into(), &3.into(), &1.into())
    );
    assert_eq!((&roster["names_on_no_roster"], &roster["match_rate_percent"]), (&1.into(), &"75.0".into()));
    assert_eq!(
        (&roster["accesses_before_joining"], &roster["accesses_after_leaving"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn a_roster_in_json_says_the_same_as_one_in_csv() {
    let (_one, csv, _) = bundle_of(CSV);
    let (_other, json, _) = bundle_of(JSON);
    assert_eq!(told(&csv), told(&json));
    let scope = |bundle: &Path| {
        let text = std::fs::read_to_string(bundle.join("inputs/scope.json")).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["roster"].clone()
    };
    let one = scope(&csv);
    assert_eq!(one, scope(&json));
    assert_eq!(one[1]["joined"], "2026-03-03");
}

#[test]
fn the_run_prints_how_far_accesses_lead_and_what_the_roster_came_to() {
    let bench = Bench::stating(&[("a.json".to_owned(), logs())], "", CSV);
    let out = tempfile::tempdir().unwrap();
    let ran = run(
        &["run", "audit.toml", "--documents", "none", "--out", out.path().to_str().unwrap()],
        bench.folder(),
    );
    let line =
        |start: &str| ran.stdout.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_owned();
    assert_eq!(
        line("People"),
        "People   80.0 % of 5 accesses proven (people 4), 20.0 % by name only, 0.0 % unresolved, 0 guessed"
    );
    let roster = line("Roster");
    for part in [
        "Roster   roster.csv (SHA-256 ",
        "…): 3 of 4 individuals seen are on it (75.0 %); of its 4 people 1 not seen",
        "; 1 access before joining; 1 access after leaving",
    ] {
        assert!(roster.contains(part), "{roster}");
    }
}

#[test]
fn the_page_of_people_lists_who_is_not_seen_and_who_is_on_no_roster() {
    let (_kept, bundle, _) = bundle_of(CSV);
    let page = std::fs::read_to_string(bundle.join("human/people.html")).unwrap();
    let words = super::words_of(&page);
    for part in [
        "80.0 % of 5 accesses proven (people 4), 20.0 % by name only, 0.0 % unresolved, 0 guessed",
        "People of the roster without access in the window: 1",
        "Nobody N (p-4), Fraud",
        "Names that are on no roster: 1",
        "1 access before joining (2026-03-03)",
        "1 access after leaving (2026-03-01)",
    ] {
        assert!(words.contains(part), "{part} in\n{words}");
    }
}

#[test]
fn a_name_given_at_a_sign_in_that_failed_is_named_but_not_proven() {
    let failed = with(user("alice"), "", "arn", Value::Null);
    let more = serde_json::json!({"errorMessage": "Failed authentication", "responseElements": {"ConsoleLogin": "Failure"},
        "eventType": "AwsConsoleSignIn"});
    let records = vec![record(7, "signin.amazonaws.com", "ConsoleLogin", &failed, &more), read(&user("eve"))];
    let bench = Bench::stating(&[("a.json".to_owned(), records)], "", CSV);
    let (_kept, bundle) = bundles::made(&["audit.toml", "--documents", "html"], bench.folder(), &[], 0);
    let words = super::words_of(&std::fs::read_to_string(bundle.join("human/people.html")).unwrap());
    let row = |name: &str| {
        words.lines().find(|line| line.contains(name) && line.contains(" B ")).unwrap_or_default().to_owned()
    };
    assert!(row("Alice A (by name only)").contains("named, not proven"), "{words}");
    assert!(row(&format!("arn:aws:iam::{ACCOUNT}:user/eve")).contains("person not on the roster"), "{words}");
}

//! Roles in place of employees: no output names one.

use serde_json::{Value, json};

use super::logs::{assume, folder, record, session, trace, user};
use crate::support;

fn leaks(text: &str, names: &[&str]) -> Vec<String> {
    let lower = text.to_lowercase();
    names.iter().filter(|name| lower.contains(&name.to_lowercase())).map(|name| (*name).to_owned()).collect()
}

#[test]
fn no_form_names_an_employee_a_session_a_user_or_a_key() {
    let on = |who: Value| json!({"userIdentity": who, "requestParameters": {"tableName": "cards", "key": {"pk": "a"}}});
    let key = "ASIAONE0000000000001";
    let mut refused = on(user("brendan"));
    refused["errorMessage"] = json!("User: arn:aws:iam::111122223333:user/brendan is not authorized");
    let mut noted = on(user("alice"));
    noted["userAgent"] = json!("tool/1.0 run-by-alice@example.test");
    let records = [
        assume(1, &user("alice"), "ClaimsReader", "alice-session", key),
        record(2, "GetItem", on(session("ClaimsReader", "alice-session", key))),
        record(3, "GetItem", on(session("quirke-admin", "s", "ASIATWO0000000000002"))),
        record(4, "GetItem", refused),
        record(5, "GetItem", noted),
        record(6, "GetItem", on(user("zelda.outsider"))),
        record(
            7,
            "ExecuteStatement",
            json!({"requestParameters": {"statement": "SELECT * FROM cards WHERE owner = 'Brendan Quirke'"}}),
        ),
    ];
    let folder = folder(&records);
    let names = [
        "alice",
        "brendan",
        "quirke",
        "carla",
        "zelda",
        "outsider",
        "example.test",
        "alice-session",
        "ASIA",
        "AKIA",
        "p-1",
        "p-2",
        "192.0.2.10",
        "s1",
    ];
    for form in [&[][..], &["--csv"], &["--json"]] {
        let ran = trace(folder.path(), &[&["item", "cards", "a", "--roles"], form].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert_eq!(leaks(&ran.stdout, &names), Vec::<String>::new(), "{form:?}\n{}", ran.stdout);
        for part in [
            "employee: Claims",
            "role ClaimsReader of 111122223333",
            "withheld",
            "IAM user of 111122223333",
            "somebody who is not on the roster",
        ] {
            assert!(ran.stdout.contains(part), "{form:?}: {part}\n{}", ran.stdout);
        }
        let named = trace(folder.path(), &[&["item", "cards", "a"], form].concat());
        assert!(leaks(&named.stdout, &names).len() > 6, "without the flag they are there");
    }
}

#[test]
fn no_output_over_the_story_names_anybody_of_the_roster() {
    let audit = support::story().join("audit.toml");
    let rows = support::table(&support::story().join("roster.csv"));
    let mut names: Vec<String> = Vec::new();
    for row in &rows {
        names.extend([row["name"].clone(), row["mail"].clone()]);
        names.extend(
            row["identities"].split(';').map(|identity| identity.rsplit('/').next().unwrap().to_owned()),
        );
    }
    names.extend(["kit.ashdown".to_owned(), "ops-shared".to_owned(), "ASIA".to_owned(), "AKIA".to_owned()]);
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    let here = tempfile::tempdir().unwrap();
    for (table, key) in [("merchants", "m-0094"), ("cards", "tok-0169")] {
        for form in [&[][..], &["--csv"], &["--json"]] {
            let args = [&["trace", "item", table, key, "--roles", "--audit", audit.to_str().unwrap()], form]
                .concat();
            let ran = support::run(&args, here.path());
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            assert_eq!(leaks(&ran.stdout, &names), Vec::<String>::new(), "{table} {form:?}");
            assert!(ran.stdout.contains("employee: "), "{table} {form:?}");
        }
    }
}

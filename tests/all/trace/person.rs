//! One person: found only by what is exactly theirs, with the figures of the bundle.

use serde_json::json;

use super::logs::{answer, folder, record, session, trace, user};

fn records() -> Vec<serde_json::Value> {
    let key = |value: &str| json!({"requestParameters": {"tableName": "cards", "key": {"pk": value}}});
    let by = |who: serde_json::Value, value: &str| {
        let mut parts = key(value);
        parts["userIdentity"] = who;
        parts
    };
    vec![
        record(1, "GetItem", key("a")),
        record(2, "Scan", json!({})),
        record(3, "GetItem", by(user("brendan"), "b")),
        record(4, "GetItem", by(session("ops", "alice@example.test", "ASIAONE0000000000001"), "c")),
        record(5, "GetItem", by(user("zelda"), "d")),
    ]
}

#[test]
fn a_person_is_found_by_each_of_their_names() {
    let folder = folder(&records());
    let token =
        answer(folder.path(), &["person", "Alice Example"])["dossier"]["token"].as_str().unwrap().to_owned();
    for who in ["alice example", "p-1", "alice@example.test", "arn:aws:iam::111122223333:user/alice", &token]
    {
        let told = answer(folder.path(), &["person", who]);
        assert_eq!(told["dossier"]["name"], "Alice Example", "{who}");
        assert_eq!(told["accesses"].as_array().unwrap().len(), 2, "{who}");
    }
}

#[test]
fn what_somebody_did_under_that_name_is_told_and_not_counted() {
    let folder = folder(&records());
    let told = answer(folder.path(), &["person", "p-1"]);
    let line = "2 accesses = 2 reads + 0 writes + 0 deletes + 0 settings and sign-ins + 0 refused + 0 failed";
    assert_eq!(told["dossier"]["totals_line"], line);
    assert_eq!(told["also"][0]["name"], "Alice Example (by name only)");
    assert_eq!(told["also"][0]["accesses"], 1);
    let text = trace(folder.path(), &["person", "p-1"]).stdout;
    assert!(text.contains("not counted: 1 accesses of Alice Example (by name only)"), "{text}");
}

#[test]
fn somebody_of_the_roster_without_access_is_an_answer() {
    let folder = folder(&records());
    let told = answer(folder.path(), &["person", "Carla Example"]);
    assert_eq!(told["dossier"]["grade"], "no access in the window");
    assert_eq!(told["accesses"], json!([]));
    assert!(!told["unrecorded"].as_array().unwrap().is_empty());
    let ran = trace(folder.path(), &["person", "p-3", "--pdf", "carla.pdf"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(std::fs::read(folder.path().join("carla.pdf")).unwrap().starts_with(b"%PDF"));
}

#[test]
fn nobody_and_several_are_refused_with_names_to_choose_from() {
    let folder = folder(&records());
    for (who, parts) in [
        ("Alice", &["nobody is known as \"Alice\"", "did you mean", "Alice Example"][..]),
        ("Brenda Quirke", &["did you mean Brendan Quirke?"]),
        ("qqqqqq", &["give a name, mail, roster id or token"]),
        ("AKIA00000000000ZELDA", &["`trailwitness trace credential` follows it"]),
    ] {
        let ran = trace(folder.path(), &["person", who]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{who}");
        assert!(parts.iter().all(|part| ran.stderr.contains(part)), "{who}: {}", ran.stderr);
    }
    let roster = folder.path().join("roster.csv");
    let text = std::fs::read_to_string(&roster).unwrap().replace("Carla Example", "Alice Example");
    std::fs::write(&roster, text).unwrap();
    let ran = trace(folder.path(), &["person", "Alice Example"]);
    assert_eq!(ran.code, 2);
    for part in
        ["is 2 people or identities", "u-", "on the roster as p-3", "ask for one of them by its token"]
    {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}

#[test]
fn a_dossier_is_written_once_and_its_digest_is_that_of_the_json_form() {
    use sha2::Digest;
    let folder = folder(&records());
    let ran = trace(folder.path(), &["person", "p-1", "--pdf", "alice.pdf", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let digest: String =
        sha2::Sha256::digest(ran.stdout.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let pdf = std::fs::read(folder.path().join("alice.pdf")).unwrap();
    let document = lopdf::Document::load_mem(&pdf).unwrap();
    let text = document.extract_text(&[1]).unwrap().replace(['\n', ' '], "");
    assert!(text.contains(&digest[..8]) && text.contains("AliceExample"), "{digest}: {text}");
    let again = trace(folder.path(), &["person", "p-1", "--pdf", "alice.pdf"]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("nothing is overwritten"), "{}", again.stderr);
    let csv = trace(folder.path(), &["person", "p-1", "--csv"]).stdout;
    assert_eq!(csv.lines().count(), 3, "{csv}");
}

//! Wrong audit.toml and wrong files that it names: exit 2 with file, line and what to do, before anything is read.

use super::Case;
use crate::support::{AUDIT, Ran, run};

/// Line of a text in audit.toml, from 1.
fn line_of(case: &Case, part: &str) -> usize {
    let text = std::fs::read_to_string(case.path().join("audit.toml")).unwrap();
    text.lines().position(|line| line.contains(part)).unwrap_or_else(|| panic!("{part} in audit.toml")) + 1
}

/// Exit 2 with all parts in the error, no output, no bundle.
fn assert_refused(case: &Case, ran: &Ran, parts: &[&str]) {
    assert_eq!(ran.code, 2, "{parts:?}\n{}{}", ran.stdout, ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "{part:?} in\n{}", ran.stderr);
    }
    assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    case.assert_no_bundle();
}

/// Changes audit.toml; the error must name the line that holds `wrong`, and all parts.
fn assert_edit_refused(from: &str, to: &str, wrong: &str, parts: &[&str]) {
    let case = Case::new();
    case.edit(from, to);
    let place = format!("audit.toml:{}:", line_of(&case, wrong));
    assert_refused(&case, &case.try_run(), &[&[place.as_str()], parts].concat());
}

#[test]
fn unknown_keys_are_named_with_line_and_nearest_name() {
    for (from, to, wrong, near) in [
        ("entity =", "entitty =", "entitty", "did you mean `entity`?"),
        ("[period]", "[perod]", "[perod]", "did you mean `period`?"),
        ("path = \"logs\"", "pth = \"logs\"", "pth", "did you mean `path`?"),
        ("data = \"cardholder\"", "data = \"cardholder\"\nnmae = \"x\"", "nmae", "did you mean `name`?"),
        ("regions =", "region =", "region = [", "did you mean `regions`?"),
        (
            "to = \"2026-03-03\"",
            "to = \"2026-03-03\"\ndelivery_lag_minuts = 5",
            "minuts",
            "did you mean `delivery_lag_minutes`?",
        ),
    ] {
        assert_edit_refused(from, to, wrong, &["unknown field", near]);
    }
}

#[test]
fn a_name_near_to_nothing_gets_no_false_suggestion() {
    let case = Case::new();
    case.edit("entity =", "zzqqxxwwvv = 1\nentity =");
    let ran = case.try_run();
    assert_refused(&case, &ran, &["zzqqxxwwvv"]);
    assert!(!ran.stderr.contains("did you mean"), "{}", ran.stderr);
}

#[test]
fn wrong_types_and_values_are_named_with_line() {
    for (from, to, wrong, part) in [
        ("packs = [\"pci-dss-4.0.1\"]", "packs = \"pci-dss-4.0.1\"", "packs =", "expected a sequence"),
        ("entity = \"Test Ltd\"", "entity = 7", "entity =", "expected a string"),
        ("from = \"2026-03-02\"", "from = 2026", "from =", "expected a string"),
        ("regions = [\"us-east-1\"]", "regions = [1]", "regions =", "expected a string"),
        ("data = \"cardholder\"", "data = \"cards\"", "data =", "unknown variant `cards`"),
        ("to = \"2026-03-03\"", "to = \"2026-03-03\"\ndelivery_lag_minutes = -1", "minutes", "-1"),
        ("id = \"111122223333\"", "id = \"1111\"", "id = \"1111\"", "twelve digits"),
        ("name = \"test\"", "name = \"Test Case\"", "\"Test Case\"", "lower-case letters"),
        ("region = \"us-east-1\"", "region = \"us-west-9\"", "[[table]]", "us-west-9"),
    ] {
        let case = Case::new();
        case.edit(from, to);
        let ran = case.try_run();
        assert_refused(&case, &ran, &["audit.toml:", part]);
        if wrong != "[[table]]" {
            let place = format!("audit.toml:{}:", line_of(&case, wrong));
            assert!(ran.stderr.contains(&place), "{place} in {}", ran.stderr);
        }
    }
}

#[test]
fn text_that_is_no_toml_is_named_with_line() {
    assert_edit_refused("entity = \"Test Ltd\"", "entity = \"Test Ltd", "entity =", &[]);
    assert_edit_refused("[audit]", "[audit", "[audit", &[]);
    assert_edit_refused(
        "system = \"Test\"",
        "system = \"Test\"\nsystem = \"Other\"",
        "Other",
        &["duplicate key"],
    );
}

#[test]
fn a_missing_section_or_key_is_named() {
    for (from, to, missing) in
        [("prepared_by = \"Tester\"\n", "", "prepared_by"), ("data = \"cardholder\"\n", "", "data")]
    {
        let case = Case::new();
        case.edit(from, to);
        assert_refused(&case, &case.try_run(), &["audit.toml:", &format!("missing field `{missing}`")]);
    }
    let case = Case::new();
    case.edit("[[source]]\npath = \"logs\"\n", "");
    assert_refused(&case, &case.try_run(), &["no source is named", "[[source]]", "--source"]);
    let case = Case::new();
    case.edit("packs = [\"pci-dss-4.0.1\"]", "packs = []");
    assert_refused(&case, &case.try_run(), &["packs is empty", "pci-dss-4.0.1"]);
}

#[test]
fn a_window_that_does_not_run_forward_is_refused_with_line() {
    for to in ["2026-03-02", "2026-03-01", "2026-03-02T00:00:00Z"] {
        assert_edit_refused(
            "to = \"2026-03-03\"",
            &format!("to = \"{to}\""),
            "from =",
            &["must be before to", "2026-03-02T00:00:00Z"],
        );
    }
}

#[test]
fn times_and_zones_that_do_not_exist_are_refused_with_line() {
    assert_edit_refused(
        "from = \"2026-03-02\"",
        "from = \"2026-02-30\"",
        "from =",
        &["\"2026-02-30\" is no date or time", "hint: write 2026-03-02"],
    );
    assert_edit_refused(
        "to = \"2026-03-03\"",
        "to = \"soon\"",
        "to = \"soon\"",
        &["\"soon\" is no date or time"],
    );
    assert_edit_refused(
        "to = \"2026-03-03\"",
        "to = \"2026-03-03\"\nas_of = \"2026\"",
        "as_of",
        &["is no date or time"],
    );
    assert_edit_refused(
        "to = \"2026-03-03\"",
        "to = \"2026-03-03\"\nzone = \"Dublin\"",
        "zone",
        &["\"Dublin\" is no time zone", "Europe/Dublin"],
    );
}

#[test]
fn an_unknown_pack_gets_the_nearest_name() {
    let case = Case::new();
    case.edit("pci-dss-4.0.1", "pci-dss-4.0.2");
    assert_refused(&case, &case.try_run(), &["no pack `pci-dss-4.0.2`", "did you mean `pci-dss-4.0.1`?"]);
    let case = Case::new();
    case.edit("pci-dss-4.0.1", "../../etc");
    assert_refused(&case, &case.try_run(), &["is no pack id"]);
}

#[test]
fn redaction_profiles_that_do_not_exist_yet_are_refused_with_line() {
    let to = "packs = [\"pci-dss-4.0.1\"]\nredaction = \"external-auditor\"";
    assert_edit_refused(
        "packs = [\"pci-dss-4.0.1\"]",
        to,
        "redaction",
        &["`external-auditor` does not exist in this version", "`internal`"],
    );
}

#[test]
fn a_declaration_for_an_unknown_requirement_is_refused() {
    let case = Case::new();
    let section = "[[not_applicable]]\nrequirement = \"pci-dss-4.0.1/10.9\"\nreason = \"r\"\nby = \"b\"\non = \"2026-03-01\"\n[period]";
    case.edit("[period]", section);
    assert_refused(&case, &case.try_run(), &["pci-dss-4.0.1/10.9", "pack/number"]);
}

/// A file of `[records]` with this content.
fn with_records(key: &str, content: &str) -> Case {
    let case = Case::new();
    case.edit("[period]", &format!("[records]\n{key} = \"facts.csv\"\n[period]"));
    std::fs::write(case.path().join("facts.csv"), content).unwrap();
    case
}

#[test]
fn wrong_lines_of_the_roster_are_named() {
    let head = "id,name,mail,department,manager,joined,left,identities\n";
    let good = "1,Ann,a@example.test,Ops,,2020-01-01,,arn:aws:iam::111122223333:user/alice\n";
    for (content, line, part) in [
        (format!("{head}{good}2,Ben,b@example.test,Ops,,someday,,\n"), 3, "\"someday\""),
        (format!("{head}{good}2,Ben,b@example.test\n"), 3, "fields"),
        (format!("{head}{good}{good}"), 3, "person id 1 stands twice"),
        ("id,name,mail,department,manager,joined,identities\n1,Ann,,,,,\n".to_owned(), 2, "left"),
        ("id,name,mail,department,manager,joined,left,identitys\n1,Ann,,,,,,\n".to_owned(), 2, "identit"),
        (format!("{head}{good}\n\n2,Ben,b@example.test,Ops,,2020-01-01,never,\n"), 5, "\"never\""),
        (
            format!("{head}1,\"Ann\nMary\",a@example.test,Ops,,2020-01-01,,\n2,Ben,,Ops,,never,,\n"),
            4,
            "\"never\"",
        ),
    ] {
        let case = with_records("roster", &content);
        assert_refused(&case, &case.try_run(), &[&format!("facts.csv:{line}: "), part]);
    }
}

#[test]
fn wrong_people_of_a_roster_in_json_are_named_with_their_line() {
    let good = r#"{"id": "1", "name": "Ann {\"", "identities": []}"#;
    for (content, line, part) in [
        (
            format!("[{good},\n {{\"id\": \"2\", \"name\": \"Ben\", \"joined\": \"someday\"}}]"),
            2,
            "\"someday\"",
        ),
        (format!("[{good},\n\n{good}]"), 3, "person id 1 stands twice"),
        ("[{\"id\": \"\", \"name\": \"Ann\"}]".to_owned(), 1, "`id` is empty"),
        (format!("[{good},\n {{\"id\": \"2\", \"nmae\": \"Ben\"}}]"), 2, "nmae"),
        (format!("[{good},\n {{\"id\": \"2\"}}]"), 2, "name"),
        ("{\"people\": []}".to_owned(), 1, "a roster in JSON is a list of people"),
        (format!("[{good}"), 1, "EOF"),
    ] {
        let case = with_records("roster", &content);
        assert_refused(&case, &case.try_run(), &[&format!("facts.csv:{line}: "), part]);
    }
}

#[test]
fn wrong_lines_of_changes_and_incidents_are_named() {
    let head = "id,from,to,principal,operation,object,approver\n";
    for (content, line, part) in [
        (
            format!("{head}C-1,2026-03-02,2026-03-03,*,*,*,Ann\nC-2,2026-03-02,,*,*,*,Ann\n"),
            3,
            "is no date or time",
        ),
        (format!("{head}C-1,2026-03-02,2026-03-03,*,*,*\n"), 2, "fields"),
        (
            format!("{head}C-1,2026-03-03,2026-03-02,*,*,*,Ann\n"),
            2,
            "2026-03-03T00:00:00Z lies behind 2026-03-02T00:00:00Z",
        ),
    ] {
        let case = with_records("changes", &content);
        assert_refused(&case, &case.try_run(), &[&format!("facts.csv:{line}: "), part]);
    }
    let case = with_records("incidents", "id,opened,closed,principal,summary\nI-1,never,,*,x\n");
    assert_refused(&case, &case.try_run(), &["facts.csv:2: ", "\"never\""]);
}

#[test]
fn facts_with_bytes_that_are_not_utf8_are_named_with_line() {
    let case = with_records("roster", "");
    let content = b"id,name,mail,department,manager,joined,left,identities\n1,\xff,,,,,,\n";
    std::fs::write(case.path().join("facts.csv"), content).unwrap();
    assert_refused(&case, &case.try_run(), &["facts.csv:2: ", "UTF-8"]);
}

#[test]
fn files_that_audit_toml_names_and_that_are_not_there_are_named() {
    let case = with_records("roster", "");
    std::fs::remove_file(case.path().join("facts.csv")).unwrap();
    assert_refused(&case, &case.try_run(), &["cannot read", "facts.csv", "[records]"]);
    let snapshot =
        "[[snapshot]]\nfile = \"selectors.json\"\ntaken = \"2026-03-01\"\nmulti_region = false\n[period]";
    let case = Case::new();
    case.edit("[period]", snapshot);
    assert_refused(&case, &case.try_run(), &["cannot read", "selectors.json"]);
    std::fs::write(case.path().join("selectors.json"), "{}").unwrap();
    assert_refused(&case, &case.try_run(), &["selectors.json", "no TrailARN", "get-event-selectors"]);
    std::fs::write(case.path().join("selectors.json"), "{").unwrap();
    assert_refused(&case, &case.try_run(), &["selectors.json", "is not JSON"]);
}

#[test]
fn an_audit_file_that_is_not_there_or_no_text_is_named() {
    let case = Case::new();
    let ran = run(&["run", "other.toml", "--out", "out"], case.path());
    assert_refused(&case, &ran, &["cannot read other.toml", "trailwitness init"]);
    std::fs::write(case.path().join("other.toml"), [AUDIT.as_bytes(), b"# \xff\n"].concat()).unwrap();
    let ran = run(&["run", "other.toml", "--out", "out"], case.path());
    assert_refused(&case, &ran, &["cannot read other.toml", "UTF-8"]);
}

#[test]
fn flags_with_wrong_times_are_named() {
    let case = Case::new();
    let ran = run(&["run", "audit.toml", "--out", "out", "--from", "tomorrow"], case.path());
    assert_refused(&case, &ran, &["--from \"tomorrow\" is no date or time"]);
    let ran = run(&["run", "audit.toml", "--out", "out", "--from", "2026-04-01"], case.path());
    assert_refused(&case, &ran, &["must be before to", "2026-04-01"]);
}

#[test]
fn wrong_lines_of_reviews_requests_and_high_risk_people_are_named() {
    let reviews = "period_from,period_to,date,reviewer,found,follow_up\n";
    let subjects = "id,kind,received,table,key\n";
    for (key, content, line, part) in [
        ("reviews", format!("{reviews}2026-03-02,2026-03-01,2026-03-03,Ann,,\n"), 2, "lies behind"),
        ("reviews", format!("{reviews}2026-03-01,2026-03-02,,Ann,,\n"), 2, "is no date or time"),
        ("reviews", format!("{reviews}2026-03-01,2026-03-02,2026-03-03,,,\n"), 2, "needs a reviewer"),
        ("subjects", format!("{subjects}S-1,deletion,2026-03-01,cards,k\n"), 2, "deletion"),
        ("subjects", format!("{subjects}S-1,access,2026-03-01,cards,\n"), 2, "a table and a key"),
        (
            "subjects",
            format!("{subjects}S-1,access,2026-03-01,cards,k\nS-1,access,2026-03-01,cards,l\n"),
            3,
            "S-1 stands twice",
        ),
        ("high_risk", "person,from,reason\nAnn,soon,x\n".to_owned(), 2, "\"soon\""),
        ("high_risk", "person,from,reason\n,2026-03-01,x\n".to_owned(), 2, "needs a person"),
    ] {
        let case = with_records(key, &content);
        assert_refused(&case, &case.try_run(), &[&format!("facts.csv:{line}: "), part]);
    }
}

#[test]
fn saved_answers_of_another_kind_or_without_subject_are_refused() {
    let snapshot = |kind: &str, rest: &str, answer: &str| {
        let case = Case::new();
        let section = format!(
            "[[snapshot]]\nkind = \"{kind}\"\nfile = \"saved.json\"\ntaken = \"2026-03-01\"\n{rest}[period]"
        );
        case.edit("[period]", &section);
        std::fs::write(case.path().join("saved.json"), answer).unwrap();
        case
    };
    for (kind, rest, answer, parts) in [
        ("table", "", "{}", ["saved.json", "no answer of the kind `table`", "describe-table"]),
        ("bucket-versioning", "", "{}", ["saved.json", "does not name its bucket", "subject ="]),
        ("trail", "", r#"{"Status":"Enabled"}"#, ["no answer of the kind `trail`", "describe-trails", ""]),
        ("buckets", "", "{}", ["audit.toml:", "buckets", "bucket-versioning"]),
        (
            "event-selectors",
            "",
            r#"{"TrailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/t","EventSelectors":[]}"#,
            ["saved.json", "multi_region is missing", "true or false"],
        ),
    ] {
        let case = snapshot(kind, rest, answer);
        assert_refused(&case, &case.try_run(), &parts);
    }
    let case = snapshot("bucket-versioning", "subject = \"logs\"\n", "{}");
    assert_eq!(case.run().ran.code, 0);
}

//! What audit.toml states: read, told apart from what is left out, and refused with line and remedy.

use super::*;

const HEAD: &str = "[audit]\nentity = \"e\"\nsystem = \"s\"\nname = \"n\"\nprepared_by = \"p\"\npacks = [\"x\"]\n[period]\nfrom = \"2026-02-01\"\nto = \"2026-03-01\"\n[[source]]\npath = \"logs\"\n";

fn read(text: &str) -> Result<Audit> {
    Audit::from_text(text, Path::new("audit.toml"), &Beside::folder(Path::new(".")), &Overrides::default())
}

/// What is said of a slip in facts behind the head, which has 11 lines.
fn slip(facts: &str) -> String {
    let error = read(&format!("{HEAD}{facts}")).unwrap_err();
    format!("{} {}", error.message, error.hint.unwrap_or_default())
}

#[test]
fn left_out_is_not_the_same_as_empty() {
    let nothing = read(HEAD).unwrap();
    assert!(nothing.scope.networks.is_none() && nothing.scope.third_parties.is_none());
    assert!(nothing.scope.data_keys.is_none() && !nothing.scope.direct_query.given());
    let empty = format!(
        "third_party = []\n{HEAD}[networks]\napproved = []\n[data]\nkeys = []\n[principals]\ndirect_query = []\n"
    );
    let empty = read(&empty).unwrap();
    assert_eq!(empty.scope.third_parties.as_ref().map(Vec::len), Some(0));
    assert!(empty.scope.networks.is_some() && empty.scope.direct_query.given());
    assert_eq!(empty.scope.data_keys, Some(Vec::new()));
}

#[test]
fn stated_facts_are_read() {
    let facts = "[identity_provider]\nname = \"idp\"\nmfa_attestation = \"SEC-1\"\n[logs]\naccount = \"999988887777\"\nretention_days = 365\nonline_days = 90\n[[third_party]]\nname = \"V\"\nprincipals = [\"*\"]\nfrom = \"2026-01-01\"\nto = \"2026-06-30\"\n";
    let head = HEAD.replace("packs = ", "baseline = \"moderate\"\nservice_provider = false\npacks = ");
    let audit = read(&format!("{head}{facts}")).unwrap();
    assert_eq!(audit.file.audit.baseline, Some(Baseline::Moderate));
    assert_eq!(audit.file.audit.service_provider, Some(false));
    assert_eq!(audit.scope.mfa_attestation.as_deref(), Some("SEC-1"));
    assert_eq!((audit.scope.retention_days, audit.scope.online_days), (Some(365), Some(90)));
    assert!(audit.scope.is_own_account("999988887777") && !audit.scope.is_own_account("111122223333"));
    assert_eq!(audit.scope.third_parties.unwrap().len(), 1);
}

#[test]
fn public_keys_are_named_in_either_spelling_and_must_be_there() {
    for name in ["public_keys", "public-keys"] {
        let audit = read(&format!("{HEAD}[logs]\n{name} = [\"src\", \"Cargo.toml\"]\n")).unwrap();
        assert_eq!(audit.public_keys, [Path::new("./src"), Path::new("./Cargo.toml")]);
    }
    assert!(read(HEAD).unwrap().public_keys.is_empty());
    let files = std::collections::BTreeMap::from([(PathBuf::from("keys/us-east-1.json"), Vec::new())]);
    let text = |path: &str| format!("{HEAD}[logs]\npublic_keys = [\"{path}\"]\n");
    let held = Beside::held(files);
    let held = |path: &str| {
        Audit::from_text(&text(path), Path::new("a"), &held, &Overrides::default())
            .map(|audit| audit.public_keys)
    };
    assert_eq!(held("keys").unwrap(), [Path::new("keys")]);
    assert!(held("key").is_err());
}

#[test]
fn slips_name_line_and_remedy() {
    let cases = [
        ("[networks]\napproved = [\n\"203.0.113.7/24\"]\n", ":14: ", "203.0.113.0/24"),
        ("[networks]\naproved = []\n", ":13: ", "did you mean `approved`?"),
        ("[data]\nkeys = [\"alias/x\"]\n", ":13: \"alias/x\" is no ARN of a KMS key", "aliases"),
        ("[data]\nallowed_regions = [\"Ireland\"]\n", ":13: ", "eu-west-1"),
        ("[data]\nsensitive_keys = ['(']\n", ":13: \"(\" is no regular expression", "single quotes"),
        ("[logs]\naccount = \"1\"\n", ":13: logs.account", ""),
        ("[logs]\nretention_days = 10\nonline_days = 90\n", ":14: online_days (90) is more", ""),
        ("[logs]\nretention_days = -1\n", ":13: ", ""),
        (
            "[logs]\npublic_keys = [\n\"src\",\n\"nowhere\"]\n",
            ":15: public keys not found: ./nowhere",
            "REGION.json",
        ),
        (
            "[identity_provider]\nmfa_attestation = \" \"\n",
            ":13: mfa_attestation is empty",
            "leave the key out",
        ),
        (
            "[[third_party]]\nname = \"V\"\nprincipals = [\"*\"]\nfrom = \"2026-02-02\"\nto = \"2026-02-01\"\n",
            ":15: ",
            "first instant",
        ),
        (
            "[[third_party]]\nname = \"V\"\nprincipals = []\nfrom = \"2026-02-02\"\nto = \"2026-02-03\"\n",
            ":15: ",
            "accounts",
        ),
        (
            "[[third_party]]\nname = \"V\"\nprincipals = [\"*\"]\nfrom = \"soon\"\nto = \"2026-02-03\"\n",
            ":15: ",
            "2026-03-02",
        ),
        ("[records]\naccess = \"nowhere.csv\"\n", "cannot read", "[records]"),
    ];
    for (facts, message, hint) in cases {
        let told = slip(facts);
        let (line, words) = message
            .split_once(": ")
            .map_or((message.to_owned(), ""), |(line, words)| (format!("{line}:"), words));
        assert!(told.contains(&line) && told.contains(words) && told.contains(hint), "{facts}: {told}");
    }
    let head = HEAD.replace("packs = ", "baseline = \"medium\"\npacks = ");
    let baseline = read(&head).unwrap_err();
    assert!(baseline.message.contains(":6:") && baseline.message.contains("`moderate`"), "{baseline:?}");
}

#[test]
fn slips_in_a_calendar_name_their_line() {
    let calendar = |day: &str, from: &str, to: &str, zone: &str, holiday: &str| {
        slip(&format!(
            "[calendar]\nzone = \"{zone}\"\ndays = [\"{day}\"]\nfrom = \"{from}\"\nto = \"{to}\"\nholidays = [\"{holiday}\"]\n"
        ))
    };
    let at = |told: String, line: &str, words: &str| told.contains(line) && told.contains(words);
    let date = "2026-01-01";
    assert!(at(calendar("monday", "07:00", "19:00", "UTC", date), ":14:", "\"monday\" is no day"));
    assert!(at(calendar("mon", "7", "19:00", "UTC", date), ":15:", "\"7\" is no time of day"));
    assert!(at(calendar("mon", "07:00", "24:30", "UTC", date), ":16:", ""));
    assert!(at(calendar("mon", "07:00", "07:00", "UTC", date), ":16:", "from and to are the same"));
    assert!(at(calendar("mon", "07:00", "19:00", "Dublin", date), ":13:", "\"Dublin\" is no time zone"));
    assert!(at(calendar("mon", "07:00", "19:00", "UTC", "1 May"), ":17:", "\"1 May\" is no date"));
    assert!(slip("[calendar]\nzone = \"UTC\"\n").contains("missing field"));
}

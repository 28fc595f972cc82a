//! Texts in logs that attack the reader: formulas, marks of direction, control characters, markup. They are harmless in
//! every file of the bundle and on the terminal.

use std::path::Path;

use super::{Case, Done};
use crate::support::{get_item, log_file, run};

const NOON: &str = "2026-03-02T12:00:00Z";

/// JSON texts (with escapes) that attack.
const ATTACKS: &[&str] = &[
    "=HYPERLINK(\\\"http://x.test\\\")",
    "+1+cmd|' /C calc'!A0",
    "-1+2",
    "@SUM(A1)",
    "\\t=1+1",
    "\\r=1+1",
    "a\\nb,c\\\"d",
    "abc\\u202Edcba",
    "zero\\u200Bwidth\\u2066x",
    "\\u001b[31mred\\u001b]0;title\\u0007",
    "<script>alert(1)</script>",
    "\\\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "nul\\u0000byte",
    "..\\/..\\/etc\\/passwd",
];

/// For each attack: a key, an agent, a session name, a table, an error code, an address, an id.
fn attacked() -> Case {
    let case = Case::new();
    let mut records = Vec::new();
    for (number, attack) in (10_u32..).step_by(10).zip(ATTACKS) {
        let plain = |step: u32| get_item(number + step, NOON);
        records.push(plain(0).replace(&format!("item-{number}"), attack));
        records.push(plain(1).replace("aws-cli/2.15.0", attack));
        records.push(plain(2).replace("192.0.2.10", attack));
        records.push(
            plain(3)
                .replace("\"tableName\":\"cards\"", &format!("\"tableName\":\"{attack}\""))
                .replace("table/cards", &format!("table/{attack}")),
        );
        records.push(plain(4).replace(
            "\"requestID\"",
            &format!("\"errorCode\":\"{attack}\",\"errorMessage\":\"{attack}\",\"requestID\""),
        ));
        records.push(
            plain(5)
                .replace("user/alice", &format!("user/{attack}"))
                .replace("\"alice\"", &format!("\"{attack}\"")),
        );
        records.push(assumed(number + 6, attack));
        records.push(plain(7).replace(
            &format!("{:08x}-0000-4000-8000-000000000001", number + 7),
            &format!("{attack}-{number}"),
        ));
        records.push(plain(8).replace("\"GetItem\"", &format!("\"{attack}\"")));
        records.push(plain(9).replace("\"awsRegion\":\"us-east-1\"", &format!("\"awsRegion\":\"{attack}\"")));
    }
    case.put("attack.json", log_file(&records).as_bytes());
    case
}

/// An item read by a role session of this name.
fn assumed(number: u32, session: &str) -> String {
    let user = r#""type":"IAMUser","principalId":"AIDAEXAMPLE0000000001","arn":"arn:aws:iam::111122223333:user/alice""#;
    let role = format!(
        r#""type":"AssumedRole","principalId":"AROAEXAMPLE0000000001:{session}","arn":"arn:aws:sts::111122223333:assumed-role/app/{session}""#
    );
    get_item(number, NOON).replace(user, &role).replace(",\"userName\":\"alice\"", "")
}

fn text_of(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|ending| ending == "gz") {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()), &mut text)
            .unwrap();
        return text;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| panic!("{} is UTF-8", path.display()))
}

fn files(done: &Done, endings: &[&str]) -> Vec<std::path::PathBuf> {
    let all = walkdir::WalkDir::new(&done.bundle).into_iter().map(|entry| entry.unwrap().into_path());
    let found: Vec<_> = all
        .filter(|path| {
            path.is_file() && endings.iter().any(|ending| path.to_string_lossy().ends_with(ending))
        })
        .collect();
    assert!(!found.is_empty());
    found
}

fn is_dangerous(letter: char) -> bool {
    (letter.is_control() && letter != '\n') || trailwitness::sources::folder::hidden(letter)
}

fn assert_no_hidden_letters(text: &str, what: &str) {
    if let Some(at) = text.find(is_dangerous) {
        let near: String = text[at..].chars().take(20).collect();
        panic!("{what}: hidden letter at byte {at}: {near:?}");
    }
}

#[test]
fn hostile_texts_are_harmless_in_every_file_of_the_bundle() {
    let done = attacked().run_with_documents();
    done.assert_sound(done.ran.code);
    assert!(matches!(done.ran.code, 0 | 4), "{}", done.ran.stderr);
    assert_eq!(done.step("Records parsed"), super::GOOD + 10 * ATTACKS.len() as u64);
    for path in files(&done, &[".csv", ".csv.gz", ".html", ".txt", ".json", ".svg", ".css", "SHA256SUMS"]) {
        assert_no_hidden_letters(&text_of(&path), &path.display().to_string());
    }
    for path in files(&done, &[".csv", ".csv.gz"]) {
        assert_cells_are_tame(&path);
    }
    for path in files(&done, &[".html"]) {
        assert_markup_is_ours(&path);
    }
    assert_no_hidden_letters(&done.ran.stdout, "stdout");
    assert_no_hidden_letters(&done.ran.stderr, "stderr");
}

fn assert_cells_are_tame(path: &Path) {
    let rows = crate::support::csv(path);
    for row in &rows {
        assert_eq!(row.len(), rows[0].len(), "{}", path.display());
        for cell in row {
            let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(!risky && !cell.contains('\n'), "{}: {cell:?}", path.display());
        }
    }
}

fn assert_markup_is_ours(path: &Path) {
    let text = text_of(path);
    for wrong in ["<script>alert", "<img src=x", "' onmouseover='", "href=\"javascript:", "href=\"=HYPER"] {
        assert!(!text.contains(wrong), "{}: {wrong}", path.display());
    }
    for tag in text.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let outside_quotes: String = tag.split('"').step_by(2).collect();
        assert!(
            !outside_quotes.contains("onerror") && !outside_quotes.contains("onmouseover"),
            "{}: <{tag}>",
            path.display()
        );
    }
}

#[test]
fn hostile_texts_stay_readable_as_escapes() {
    let done = attacked().run();
    let keys: Vec<String> = done.table("accesses.csv.gz").iter().map(|row| row["key"].clone()).collect();
    let agents: Vec<String> =
        done.table("accesses.csv.gz").iter().map(|row| row["user_agent"].clone()).collect();
    assert!(agents.contains(&"'=HYPERLINK(\"http://x.test\")".to_owned()));
    assert!(agents.contains(&"abc\\u{202e}dcba".to_owned()));
    assert!(agents.contains(&"a\\u{a}b,c\"d".to_owned()));
    assert!(keys.iter().any(|key| key.contains("<script>alert(1)</script>")), "CSV is no markup");
    assert!(keys.iter().any(|key| key.contains("u{202e}") || key.contains("\\u202e")), "{keys:#?}");
}

#[test]
fn hostile_events_keep_their_own_references() {
    let done = attacked().run();
    let references: std::collections::BTreeSet<String> =
        done.table("accesses.csv.gz").iter().map(|row| row["event_ref"].clone()).collect();
    assert_eq!(references.len() as u64, done.step("Unique records"));
    let plain = |reference: &String| {
        reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":.-_%~".contains(&byte))
    };
    assert!(references.iter().all(plain), "{references:#?}");
}

#[test]
fn hostile_file_names_are_harmless_on_the_terminal() {
    let case = Case::empty();
    case.put_raw("\u{1b}[31mred\u{202E}\n.json".as_bytes(), b"hello");
    let ran = case.try_run();
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("red"), "{}", ran.stderr);
    assert_no_hidden_letters(&ran.stderr, "stderr");
    let ran = run(&["run", "no\u{1b}[31m\u{202E}such.toml"], case.path());
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("such.toml"), "{}", ran.stderr);
    assert_no_hidden_letters(&ran.stderr, "stderr");
}

#[test]
fn hostile_file_names_are_harmless_in_documents() {
    let case = Case::new();
    let record = log_file(&[get_item(3, NOON)]);
    for name in
        ["=1+1.json", "<script>alert(1)<%2Fscript>.json", "\u{202E}nosj.json", "\u{1b}[31m.json", "a\nb.json"]
    {
        case.put(name, record.as_bytes());
    }
    case.put("<img src=x onerror=alert(1)>.json", b"broken");
    let done = case.run_with_documents();
    done.assert_lost();
    for path in files(&done, &[".csv", ".csv.gz", ".html", ".txt", ".json", "SHA256SUMS"]) {
        assert_no_hidden_letters(&text_of(&path), &path.display().to_string());
    }
    files(&done, &[".csv", ".csv.gz"]).iter().for_each(|path| assert_cells_are_tame(path));
    files(&done, &[".html"]).iter().for_each(|path| assert_markup_is_ours(path));
}

#[test]
fn verify_tells_of_hostile_names_without_showing_them_raw() {
    let done = Case::new().run();
    std::fs::write(done.bundle.join("data/\u{1b}[31mred\u{202E}\nx"), "x").unwrap();
    let verified = run(&["verify", done.bundle.to_str().unwrap()], &done.bundle);
    assert_eq!(verified.code, 1);
    assert!(verified.stdout.contains("red"), "{}", verified.stdout);
    assert_no_hidden_letters(&verified.stdout, "stdout");
}

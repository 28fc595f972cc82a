//! Dossiers against the data: every figure on a person's page of the sample is counted again here from
//! `data/accesses.csv.gz`, `data/sessions.csv` and audit.toml, by code that shares nothing with the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Datelike, Timelike, Utc};

use crate::support;
use crate::trail::{self, Plan};

type Row = BTreeMap<String, String>;

/// The text of markup: tags gone, references read, thin spaces out of numbers.
fn text(markup: &str) -> String {
    let spaced =
        markup.replace("<wbr>", "").replace("<br>", "\n").replace("<span class=\"second", "\n<span class=\"");
    let mut out = String::new();
    let mut rest = spaced.as_str();
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        rest = tag.split_once('>').unwrap().1;
    }
    out.push_str(rest);
    let out = out.replace('\u{2009}', "").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    out.replace("&#39;", "'").replace("&amp;", "&").trim().to_owned()
}

/// The cells of a table of a page, head left out; none when the page has no such table.
fn grid(page: &str, name: &str) -> Vec<Vec<String>> {
    let Some((_, table)) = page.split_once(&format!("data-table=\"{name}\"")) else { return Vec::new() };
    let table = table.split_once("</table>").unwrap().0;
    let body = table.split_once("<tbody>").unwrap().1;
    let cells = |row: &str| {
        let starts = row.replace("<th ", "<td ").replace("</th>", "</td>");
        starts
            .split("<td")
            .skip(1)
            .map(|cell| text(&format!("<td{}", cell.split("</td>").next().unwrap())))
            .collect()
    };
    body.split("<tr").skip(1).map(cells).collect()
}

/// How many rows a table says there are in all.
fn stated(page: &str, name: &str) -> usize {
    let Some((_, table)) = page.split_once(&format!("data-table=\"{name}\"")) else { return 0 };
    let caption = text(table.split_once("<caption>").unwrap().1.split_once("</caption>").unwrap().0);
    let words: Vec<&str> = caption.split_whitespace().collect();
    words[words.len() - 2].parse().unwrap()
}

fn facts(page: &str) -> BTreeMap<String, String> {
    let parts = page.split("<dt>").skip(1).map(|part| {
        let (label, rest) = part.split_once("</dt><dd>").unwrap();
        (text(label), text(rest.split_once("</dd>").unwrap().0))
    });
    parts.collect()
}

/// Where an access is counted.
fn slot(row: &Row) -> &'static str {
    match (row["outcome"].as_str(), row["kind"].as_str()) {
        ("refused", _) => "refused",
        ("done", "read") => "reads",
        ("done", "write") => "writes",
        ("done", "delete") => "deletes",
        ("done", _) => "admin",
        _ => "failed",
    }
}

fn number<'r>(rows: impl IntoIterator<Item = &'r &'r Row>, name: &str) -> usize {
    rows.into_iter().filter(|row| slot(row) == name).count()
}

/// Whether an access lies outside the sample's hours: Monday to Friday, 07:00 to 19:00 in Dublin, no holiday.
fn is_outside(row: &Row) -> bool {
    let Ok(time) = row["event_time"].parse::<DateTime<Utc>>() else { return false };
    let local = time.with_timezone(&chrono_tz::Europe::Dublin);
    let weekend = local.weekday().num_days_from_monday() > 4;
    let holiday = (local.month(), local.day()) == (3, 17);
    weekend || holiday || !(7..19).contains(&local.hour())
}

/// Items that a done access to a table names: table and key.
fn items(row: &Row) -> Vec<(String, String)> {
    if (row["object_kind"].as_str(), row["outcome"].as_str(), row["key_kind"].as_str())
        != ("table", "done", "exact")
    {
        return Vec::new();
    }
    let key = &row["key"];
    let list: Vec<String> = match serde_json::from_str::<serde_json::Value>(key) {
        Ok(serde_json::Value::Array(keys)) => keys.iter().map(ToString::to_string).collect(),
        Ok(one) => vec![one.to_string()],
        Err(_) => vec![key.clone()],
    };
    list.into_iter().map(|key| (table(row), key)).collect()
}

fn table(row: &Row) -> String {
    format!("{} ({} {})", row["table"], row["account"], row["region"])
}

fn distinct<T: Ord>(all: impl IntoIterator<Item = T>) -> usize {
    all.into_iter().collect::<BTreeSet<T>>().len()
}

/// The sample's accesses by token.
fn by_token(bundle: &Path) -> BTreeMap<String, Vec<Row>> {
    let mut found: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in support::table(&bundle.join("data/accesses.csv.gz")) {
        found.entry(row["user_token"].clone()).or_default().push(row);
    }
    found
}

/// Each person's page with the accesses that it tells of.
fn each_page(mut see: impl FnMut(&str, &str, &[&Row])) {
    let bundle = support::story_bundle();
    let accesses = by_token(bundle);
    let mut pages = 0;
    for entry in std::fs::read_dir(bundle.join("human/people")).unwrap() {
        let path = entry.unwrap().path();
        let token = path.file_stem().unwrap().to_str().unwrap();
        let rows: Vec<&Row> = accesses[token].iter().collect();
        see(token, &std::fs::read_to_string(&path).unwrap(), &rows);
        pages += 1;
    }
    assert!(pages > 10, "{pages}");
}

#[test]
fn totals_of_every_page_are_those_of_the_data() {
    each_page(|token, page, rows| {
        let facts = facts(page);
        let expected = [
            ("accesses", rows.len()),
            ("reads", number(rows, "reads")),
            ("writes", number(rows, "writes")),
            ("deletes", number(rows, "deletes")),
            ("settings and sign-ins (changes and descriptions)", number(rows, "admin")),
            ("refused", number(rows, "refused")),
            ("failed otherwise", number(rows, "failed")),
            ("sessions", distinct(rows.iter().map(|row| &row["session"]))),
            ("distinct items named", distinct(rows.iter().flat_map(|row| items(row)))),
            ("outside the declared hours", rows.iter().filter(|row| is_outside(row)).count()),
        ];
        for (label, count) in expected {
            assert_eq!(facts[label], count.to_string(), "{label} of {token}");
        }
        let events = distinct(rows.iter().map(|row| &row["event_ref"]));
        let built = format!("Built from {} accesses of {events} events in the window.", rows.len());
        assert!(page.contains(&built), "{built} {token}");
    });
}

#[test]
fn sessions_of_every_page_are_those_of_the_data() {
    let file = support::table(&support::story_bundle().join("data/sessions.csv"));
    let listed: BTreeMap<&str, &Row> = file.iter().map(|row| (row["session"].as_str(), row)).collect();
    each_page(|token, page, rows| {
        let mut sessions: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            sessions.entry(&row["session"]).or_default().push(row);
        }
        let shown = grid(page, "sessions");
        assert_eq!(stated(page, "sessions"), sessions.len(), "{token}");
        assert_eq!(shown.len(), sessions.len().min(200), "{token}");
        for cells in shown {
            let (id, told) = cells[0].split_once('\n').unwrap();
            let mine = &sessions[id];
            let times: BTreeSet<&str> =
                mine.iter().map(|row| row["event_time"].as_str()).filter(|time| !time.is_empty()).collect();
            if let (Some(first), Some(last)) = (times.first(), times.last()) {
                assert_eq!(told, format!("{first}\n{last}"), "{id}");
            }
            let tables = mine.iter().filter(|row| row["object_kind"] == "table" && !row["table"].is_empty());
            let expected = [
                number(mine, "reads"),
                number(mine, "writes") + number(mine, "deletes"),
                number(mine, "admin"),
                number(mine, "refused"),
                number(mine, "failed"),
                distinct(mine.iter().map(|row| &row["operation"])),
                distinct(tables.map(|row| table(row))),
                distinct(mine.iter().flat_map(|row| items(row))),
                mine.iter().filter(|row| is_outside(row)).count(),
            ];
            assert_eq!(cells[3..], expected.map(|count| count.to_string()), "{id} of {token}");
            let row = listed[id];
            assert_eq!(row["user_token"], token);
            let counts =
                ["reads", "admin", "refused", "failed", "operations", "tables", "items", "off_hours"];
            let of = [3, 5, 6, 7, 8, 9, 10, 11].map(|at| cells[at].as_str());
            assert_eq!(counts.map(|name| row[name].as_str()), of, "{id}");
            let factor = format!("MFA {}\nconsole {}", row["mfa"], row["console"]);
            assert!(
                cells[2].ends_with(&factor) && cells[2].starts_with(&row["source_ip"]),
                "{id}: {}",
                cells[2]
            );
            assert!(cells[1].contains(&row["credential"]), "{id}");
        }
    });
}

#[test]
fn tables_of_every_page_are_those_of_the_data() {
    each_page(|token, page, rows| {
        let mut lines: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for row in rows.iter().filter(|row| row["object_kind"] == "table" && !row["table"].is_empty()) {
            let line =
                vec![table(row), row["operation"].clone(), row["outcome"].clone(), row["key_kind"].clone()];
            *lines.entry(line).or_insert(0) += 1;
        }
        let shown = grid(page, "tables");
        assert_eq!(shown.len(), stated(page, "tables"), "{token}");
        let sum: usize = shown.iter().map(|cells| cells[5].parse::<usize>().unwrap()).sum();
        assert_eq!(sum, rows.len(), "{token}");
        let mut found = 0;
        for cells in &shown {
            let keys = cells[4].lines().next().unwrap().to_owned();
            let line = vec![cells[0].clone(), cells[2].clone(), cells[3].clone(), keys];
            if let Some(count) = lines.get(&line) {
                assert_eq!(cells[5], count.to_string(), "{line:?} of {token}");
                found += 1;
            }
        }
        assert_eq!(found, lines.len(), "{token}");
        let objects = grid(page, "objects");
        assert_eq!(objects.len(), distinct(shown.iter().map(|cells| &cells[0])), "{token}");
        let sums = |column: usize| {
            objects.iter().map(|cells| cells[column].parse::<usize>().unwrap()).sum::<usize>()
        };
        assert_eq!((sums(3), sums(4)), (rows.len(), number(rows, "refused")), "{token}");
    });
}

#[test]
fn items_of_every_page_are_those_of_the_data() {
    each_page(|token, page, rows| {
        let mut counts: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
        for row in rows {
            for item in items(row) {
                let count = counts.entry(item).or_default();
                if row["kind"] == "read" { count.0 += 1 } else { count.1 += 1 }
            }
        }
        assert_eq!(stated(page, "keys"), counts.len(), "{token}");
        let shown = grid(page, "keys");
        assert_eq!(shown.len(), counts.len().min(200), "{token}");
        for cells in shown.iter().filter(|cells| !cells[0].starts_with("[sensitive")) {
            let key = serde_json::from_str::<serde_json::Value>(&cells[0])
                .map_or_else(|_| cells[0].clone(), |key| key.to_string());
            let (reads, writes) = counts[&(cells[1].clone(), key)];
            assert_eq!(cells[2..4], [reads.to_string(), writes.to_string()], "{} of {token}", cells[0]);
        }
    });
}

/// For each refusal, what the same user did next is counted again from the times of the data.
#[test]
fn refusals_of_every_page_say_what_came_next() {
    each_page(|token, page, rows| {
        let refused: Vec<&&Row> = rows.iter().filter(|row| slot(row) == "refused").collect();
        assert_eq!(stated(page, "refusals"), refused.len(), "{token}");
        let shown = grid(page, "refusals");
        assert_eq!(shown.len(), refused.len().min(200), "{token}");
        for cells in shown {
            let time: DateTime<Utc> = cells[0].parse().unwrap();
            let after = |row: &&&Row| {
                let Ok(other) = row["event_time"].parse::<DateTime<Utc>>() else { return false };
                let gone = (other - time).num_seconds();
                (0..=600).contains(&gone) && !cells[4].contains(row["event_ref"].as_str())
            };
            let next: Vec<&Row> = rows.iter().filter(after).copied().collect();
            let (refused, failed) = (number(&next, "refused"), number(&next, "failed"));
            let done = next.len() - refused - failed;
            let expected = match (next.len(), done) {
                (0, _) => "nothing".to_owned(),
                (all, 0) => format!("{all} accesses: none done, {refused} refused, {failed} failed"),
                (all, _) => format!("{all} accesses: {done} done ("),
            };
            assert!(cells[3].starts_with(&expected), "{expected}: {cells:?}");
        }
    });
}

/// The sample's refusals are followed by nothing that was done; here is one that is, by another operation as well.
#[test]
fn what_was_done_within_ten_minutes_of_a_refusal_stands_beside_it() {
    let folder = support::audit_folder();
    let refused = support::get_item(1, "2026-03-02T10:00:00Z")
        .replace("\"eventID\"", "\"errorCode\":\"AccessDenied\",\"eventID\"");
    let mut records = vec![refused];
    records.extend(
        ["10:00:00", "10:10:00", "10:10:01", "09:59:59"]
            .iter()
            .zip(2..)
            .map(|(time, number)| support::get_item(number, &format!("2026-03-02T{time}Z"))),
    );
    std::fs::write(folder.path().join("logs/a.json"), support::log_file(&records)).unwrap();
    let ran = support::run(&["run", "audit.toml", "--documents", "html"], folder.path());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let people = support::bundle_in(folder.path()).join("human/people");
    let page = std::fs::read_dir(people).unwrap().next().unwrap().unwrap().path();
    let rows = grid(&std::fs::read_to_string(page).unwrap(), "refusals");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0][1], "GetItem\nAccessDenied");
    let first = "first done: GetItem on cards (111122223333 us-east-1) at 2026-03-02T10:00:00Z, 111122223333:00000002-0000-4000-8000-000000000001";
    assert_eq!(rows[0][3], format!("2 accesses: 2 done (GetItem 2), 0 refused, 0 failed; {first}"));
}

const PARTS: [&str; 11] = [
    "Identity chain",
    "Timeline",
    "Sessions",
    "Tables and other objects",
    "Item keys",
    "Refused attempts",
    "Off-hours and unusual",
    "Administration and log access",
    "Sources and gaps",
    "Review",
    "Built from",
];

#[test]
fn every_page_has_every_part() {
    each_page(|token, page, _| {
        for part in PARTS {
            assert!(page.contains(part), "{part} in {token}");
        }
    });
}

/// Two accesses ten minutes apart are one session or two, as audit.toml says.
#[test]
fn the_silence_that_ends_a_session_is_a_key_of_the_audit() {
    let folder = support::audit_folder();
    let records =
        [support::get_item(1, "2026-03-02T10:00:00Z"), support::get_item(2, "2026-03-02T10:10:00Z")];
    std::fs::write(folder.path().join("logs/a.json"), support::log_file(&records)).unwrap();
    let sessions = |line: &str, out: &str| {
        let audit = support::AUDIT.replace("name = \"test\"", &format!("name = \"test\"\n{line}"));
        std::fs::write(folder.path().join("audit.toml"), audit).unwrap();
        std::fs::create_dir(folder.path().join(out)).unwrap();
        let ran = support::run(&["run", "audit.toml", "--out", out, "--documents", "html"], folder.path());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        support::bundle_in(&folder.path().join(out))
    };
    let (one, two) = (sessions("", "a"), sessions("session_silence_minutes = 9", "b"));
    let rows = |bundle: &Path| support::table(&bundle.join("data/sessions.csv"));
    assert_eq!((rows(&one).len(), rows(&two).len()), (1, 2));
    assert_eq!(rows(&one)[0]["off_hours"], "", "no hours are stated");
    let appendix = std::fs::read_to_string(two.join("human/appendix.html")).unwrap();
    assert!(appendix.contains("9 minutes"));
    let stated = std::fs::read_to_string(two.join("inputs/parameters.json")).unwrap();
    assert!(stated.contains("\"session_silence_minutes\": 9"), "{stated}");
    for wrong in ["0", "1441"] {
        let line = format!("name = \"test\"\nsession_silence_minutes = {wrong}");
        std::fs::write(folder.path().join("audit.toml"), support::AUDIT.replace("name = \"test\"", &line))
            .unwrap();
        let ran = support::run(&["run", "audit.toml"], folder.path());
        assert_eq!(ran.code, 2);
        assert!(
            ran.stderr.contains("write 1 to 1440") && ran.stderr.contains("audit.toml:6"),
            "{}",
            ran.stderr
        );
    }
}

/// Peak memory of a run with all documents, in KiB.
fn peak(people: u32) -> Option<u64> {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { people, events: 20_000, days: 5, ..Plan::default() };
    trail::write(&plan, folder.path()).unwrap();
    let program = env!("CARGO_BIN_EXE_trailwitness");
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M", program, "run", "audit.toml"]).current_dir(folder.path());
    let timed = command.output();
    let Ok(output) = timed else {
        support::skipped("/usr/bin/time is not installed");
        return None;
    };
    let pages = std::fs::read_dir(support::bundle_in(folder.path()).join("human/50-users")).unwrap().count();
    assert!(pages > people as usize * 9 / 10, "{pages} dossiers");
    String::from_utf8(output.stderr).unwrap().trim().lines().last().unwrap().parse().ok()
}

/// The same number of accesses by a few people and by a thousand: what one more person costs is a name and totals.
#[test]
#[ignore = "some minutes; measures memory"]
fn a_thousand_dossiers_take_little_more_memory_than_thirty() {
    let (Some(few), Some(many)) = (peak(30), peak(1_000)) else { return };
    support::skipped(&format!("nothing: peak {few} KiB with 30 people, {many} KiB with 1000"));
    assert!(many < few + 40_000, "{few} KiB with 30 people, {many} KiB with 1000");
}

//! `data/roster.csv`: every identity of the roster with what matched it, and the names that are on no roster; the same
//! cut for documents, and the one sentence that says how far accesses lead to individuals (evidence-bundle §7).

use std::path::Path;

use super::Inputs;
use super::model::{IndividualShare, Individuals as Model, Listing, RosterUse};
use super::redaction::shown;
use super::table::{self, Column, Table, Written};
use crate::audit::{Audit, RosterRow};
use crate::clock::rfc3339;
use crate::error::Result;
use crate::identities::Grade;
use crate::ledger::individuals::{Individuals, Matched, Used, tenths};
use crate::ledger::people::Principal;
use crate::sources::hex;

/// Columns of roster.csv.
pub const COLUMNS: &[Column] = &[
    ("id", "text", "person id of the roster; empty for names that are on no roster", "person"),
    ("name", "text", "name", "person"),
    ("department", "text", "department", "none"),
    ("manager", "text", "manager", "person"),
    ("joined", "text", "first day, or time, as the roster states it", "none"),
    ("left", "text", "last day, or time, as the roster states it", "none"),
    (
        "identity",
        "text",
        "identity as the roster writes it; of a name that is on no roster, its token in users.csv",
        "person",
    ),
    ("matched", "text", "the same as logged; empty when the logs never name it", "person"),
    (
        "how",
        "text",
        "exact, mail without letter case, in one form of Unicode (NFC), unused, not on the roster",
        "none",
    ),
    ("accesses", "number", "accesses in the window that lead to the person by it", "none"),
    ("first_seen", "time", "first of them", "none"),
    ("last_seen", "time", "last of them", "none"),
    ("before_joining", "number", "of them before the first day", "none"),
    ("after_leaving", "number", "of them after the last day; tests judge these", "none"),
];

/// Rows of a list in documents.
const SHOWN: usize = 200;

/// Writes the table.
///
/// # Errors
/// When it cannot be written.
pub fn write(bundle: &Path, inputs: &Inputs<'_>) -> Result<Vec<Written>> {
    let ledger = inputs.ledger;
    let found = Individuals::of(ledger);
    let mut file = Table::new(bundle, "data/roster.csv", COLUMNS);
    for matched in &found.identities {
        let Some(person) = ledger.roster.row(matched.row) else { continue };
        let facts = [
            &person.id,
            &person.name,
            &person.department,
            &person.manager,
            &person.joined_as_stated().unwrap_or_default(),
            &person.left_as_stated().unwrap_or_default(),
            &matched.written,
            &matched.logged,
        ];
        row(&mut file, &facts.map(String::as_str), how(matched), &matched.used)?;
    }
    for (place, used) in &found.unmatched {
        let Some(principal) = ledger.principals.get(*place as usize) else { continue };
        let facts = ["", &principal.name, "", "", "", "", &principal.token, &principal.name];
        row(&mut file, &facts, "not on the roster", used)?;
    }
    file.finish()
}

fn row(file: &mut Table, facts: &[&str], how: &str, used: &Used) -> Result<()> {
    let line = file.row();
    facts.iter().for_each(|fact| table::cell(line, fact));
    table::plain(line, how);
    table::number(line, used.accesses);
    for time in [used.first, used.last] {
        table::plain(line, &time.map_or_else(String::new, rfc3339));
    }
    table::number(line, used.before_joining);
    table::number(line, used.after_leaving);
    table::end(line);
    file.row_done()
}

fn how(matched: &Matched) -> &'static str {
    matched.how.map_or("unused", |how| how.words())
}

/// What accesses are counted as: words, and the grades that make it up.
const PARTS: [(&str, &[Grade]); 3] = [
    ("proven", &[Grade::A, Grade::C, Grade::S]),
    ("by name only", &[Grade::B]),
    ("unresolved", &[Grade::D, Grade::E]),
];

/// Parts of all accesses with their share; they add up to the accesses and to 100.0 %.
pub fn shares(found: &Individuals) -> Vec<IndividualShare> {
    let counts = PARTS.map(|(_, grades)| found.of_grades(grades));
    let share = |((words, _), (accesses, tenths)): (&(&str, &[Grade]), (u64, u64))| IndividualShare {
        words: (*words).to_owned(),
        accesses,
        tenths,
    };
    PARTS.iter().zip(counts.into_iter().zip(tenths(counts))).map(share).collect()
}

/// Who is proven to have made accesses.
const PROVEN: [(&str, Grade); 3] =
    [("people", Grade::A), ("workloads", Grade::C), ("AWS services", Grade::S)];

/// `98.2 % of 1204 accesses proven (people 900, workloads 282), 1.1 % by name only, 0.7 % unresolved, 0 guessed`.
pub fn sentence(found: &Individuals) -> String {
    let all = found.accesses();
    if all == 0 {
        return "no access to lead back to anybody".to_owned();
    }
    let by = PROVEN.map(|(words, grade)| (words, found.of_grades(&[grade])));
    let by: Vec<String> =
        by.iter().filter(|(_, count)| *count > 0).map(|(words, count)| format!("{words} {count}")).collect();
    let told = |(place, share): (usize, IndividualShare)| {
        let percent = format!("{}.{} %", share.tenths / 10, share.tenths % 10);
        match place {
            0 if by.is_empty() => format!("{percent} of {} {}", accesses(all), share.words),
            0 => format!("{percent} of {} {} ({})", accesses(all), share.words, by.join(", ")),
            _ => format!("{percent} {}", share.words),
        }
    };
    let parts: Vec<String> = shares(found).into_iter().enumerate().map(told).collect();
    format!("{}, {} guessed", parts.join(", "), found.guessed)
}

/// Counts of a roster against the logs.
struct Counts {
    people: u64,
    seen: u64,
    unmatched: u64,
    before_joining: u64,
    after_leaving: u64,
}

impl Counts {
    fn new(found: &Individuals) -> Counts {
        let sum = |of: fn(&Used) -> u64| found.people.iter().map(of).sum();
        Counts {
            people: found.people.len() as u64,
            seen: found.seen(),
            unmatched: found.unmatched.len() as u64,
            before_joining: sum(|used| used.before_joining),
            after_leaving: sum(|used| used.after_leaving),
        }
    }

    /// Tenths of a percent of the individuals seen that are on the roster.
    fn rate(&self) -> u64 {
        let [rate, _] = tenths([self.seen, self.unmatched]);
        rate
    }
}

fn accesses(count: u64) -> String {
    if count == 1 { "1 access".to_owned() } else { format!("{count} accesses") }
}

/// What a roster came to, in one sentence; nothing without a roster.
pub fn roster_sentence(audit: &Audit, found: &Individuals) -> Option<String> {
    let file = audit.roster_file.as_ref()?;
    let counts = Counts::new(found);
    let all = counts.seen + counts.unmatched;
    let rate = counts.rate();
    let rate = if all > 0 { format!(" ({}.{} %)", rate / 10, rate % 10) } else { String::new() };
    let mut told = format!(
        "{} (SHA-256 {}…): {} of {all} individuals seen are on it{rate}; of its {} people {} not seen",
        file.name,
        hex(&file.sha256).get(..12).unwrap_or_default(),
        counts.seen,
        counts.people,
        counts.people - counts.seen,
    );
    for (count, words) in [(counts.before_joining, "before joining"), (counts.after_leaving, "after leaving")]
    {
        if count > 0 {
            told.push_str(&format!("; {} {words}", accesses(count)));
        }
    }
    Some(told)
}

/// The same for machines: part of manifest.json and of what `run --json` prints.
pub fn told(audit: &Audit, found: &Individuals) -> serde_json::Value {
    let grades: serde_json::Map<String, serde_json::Value> =
        found.grades.iter().map(|(grade, count)| (grade.letter().to_owned(), (*count).into())).collect();
    let shares: serde_json::Map<String, serde_json::Value> = shares(found)
        .into_iter()
        .map(|share| (share.words.replace(' ', "_"), share.accesses.into()))
        .collect();
    let counts = Counts::new(found);
    let roster = audit.roster_file.as_ref().map(|file| {
        serde_json::json!({
            "file": file.name, "sha256": hex(&file.sha256), "people": counts.people, "people_seen": counts.seen,
            "people_not_seen": counts.people - counts.seen, "names_on_no_roster": counts.unmatched,
            "match_rate_percent": format!("{}.{}", counts.rate() / 10, counts.rate() % 10),
            "accesses_before_joining": counts.before_joining, "accesses_after_leaving": counts.after_leaving,
            "list_file": "data/roster.csv",
        })
    });
    serde_json::json!({
        "accesses": found.accesses(), "accesses_by_grade": grades, "accesses_by_proof": shares, "guessed": found.guessed,
        "roster": roster,
    })
}

/// The part of the model.
pub fn model(inputs: &Inputs<'_>, file: &Written) -> Model {
    let found = Individuals::of(inputs.ledger);
    let roster = inputs.ledger.roster.rows.as_slice();
    let list = |rows: Vec<RosterUse>| Listing {
        total: rows.len() as u64,
        rows: rows.into_iter().take(SHOWN).collect(),
        file: file.path.clone(),
        sha256: file.sha256.clone(),
    };
    let unused = roster.iter().zip(&found.people).filter(|(_, used)| used.accesses == 0);
    let outside =
        roster.iter().zip(&found.people).filter(|(_, used)| used.before_joining + used.after_leaving > 0);
    let otherwise = found
        .identities
        .iter()
        .filter(|matched| matched.how.is_some_and(|how| how != crate::identities::roster::How::Exact));
    let otherwise = otherwise.filter_map(|matched| {
        let person = roster.get(matched.row as usize)?;
        let note = format!("{} is {}: {}", matched.logged, matched.written, how(matched));
        Some(of_person(person, &matched.used, note))
    });
    let unmatched = found.unmatched.iter().filter_map(|(place, used)| {
        let principal: &Principal = inputs.ledger.principals.get(*place as usize)?;
        let name = shown(&principal.name).into_owned();
        Some(RosterUse {
            name,
            token: principal.token.clone(),
            accesses: used.accesses,
            ..RosterUse::default()
        })
    });
    Model {
        sentence: sentence(&found),
        shares: shares(&found),
        guessed: found.guessed,
        roster: roster_sentence(inputs.audit, &found).unwrap_or_else(|| {
            "audit.toml names no roster, so nobody is proven to be one of its people".to_owned()
        }),
        roster_sha256: inputs.audit.roster_file.as_ref().map_or_else(String::new, |file| hex(&file.sha256)),
        unused: list(unused.map(|(person, used)| of_person(person, used, String::new())).collect()),
        unmatched: list(unmatched.collect()),
        otherwise: list(otherwise.collect()),
        outside: list(
            outside.map(|(person, used)| of_person(person, used, outside_words(person, used))).collect(),
        ),
    }
}

fn of_person(person: &RosterRow, used: &Used, note: String) -> RosterUse {
    RosterUse {
        name: shown(&person.name).into_owned(),
        token: person.id.clone(),
        department: shown(&person.department).into_owned(),
        accesses: used.accesses,
        note: shown(&note).into_owned(),
    }
}

/// `3 accesses before joining (2026-03-10); 2 after leaving (2026-03-12)`.
fn outside_words(person: &RosterRow, used: &Used) -> String {
    let told = |count: u64, words: &str, day: Option<String>| {
        (count > 0).then(|| format!("{} {words} ({})", accesses(count), day.unwrap_or_default()))
    };
    let before = told(used.before_joining, "before joining", person.joined_as_stated());
    let after = told(used.after_leaving, "after leaving", person.left_as_stated());
    before.into_iter().chain(after).collect::<Vec<_>>().join("; ")
}

//! Figures agree wherever they are printed: tests.csv, manifest.json, the HTML pages, the PDF.

use std::collections::BTreeMap;
use std::process::Command;

use super::bundles::{self, Row};
use crate::support;

/// Spaces that stand inside printed numbers.
fn is_thin(letter: char) -> bool {
    matches!(letter, '\u{2009}' | '\u{202f}' | '\u{a0}')
}

/// The words of an HTML page: a table row or block a line, digits of a number together, no tags.
pub fn words_of(page: &str) -> String {
    let mut words = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once('<') {
        words.push_str(before);
        let (tag, next) = after.split_once('>').unwrap_or((after, ""));
        let name: String = tag.chars().take_while(|letter| !letter.is_whitespace()).collect();
        match name.as_str() {
            "style" | "script" => {
                rest = next.split_once(&format!("</{name}>")).map_or("", |(_, behind)| behind);
                continue;
            }
            "/tr" | "/p" | "/li" | "/dd" | "/h1" | "/h2" | "/h3" | "/h4" | "/caption" | "/thead" | "br" => {
                words.push('\n')
            }
            "/td" | "/th" | "/dt" | "td" | "th" => words.push(' '),
            _ => {}
        }
        rest = next;
    }
    words.push_str(rest);
    let words = words.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    let lines = words.lines().map(|line| line.plain()).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

trait Words {
    fn plain(&self) -> String;
}

impl Words for str {
    /// One space between words, none inside numbers.
    fn plain(&self) -> String {
        let text: String = self.chars().filter(|letter| !is_thin(*letter)).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// What stands between the head of a test and the head of the next.
fn section<'t>(text: &'t str, heads: &[String], number: usize) -> &'t str {
    let head = &heads[number];
    let start = text.find(head.as_str()).unwrap_or_else(|| panic!("{head} is not printed"));
    let rest = &text[start + head.len()..];
    let end = heads.iter().filter(|other| *other != head).filter_map(|other| rest.find(other.as_str())).min();
    &rest[..end.unwrap_or(rest.len())]
}

fn tests() -> Vec<Row> {
    bundles::rows(support::story_bundle(), "tests.csv")
}

fn four(row: &Row) -> [&str; 4] {
    ["conforming", "exceptions", "undetermined", "population"].map(|column| row[column].as_str())
}

#[test]
fn manifest_and_tests_csv_state_the_same_figures() {
    let text = std::fs::read_to_string(support::story_bundle().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let tests = tests();
    assert_eq!(manifest["tests"].as_object().unwrap().len(), tests.len());
    for row in tests {
        let said = &manifest["tests"][&row["test"]];
        for column in ["conforming", "exceptions", "undetermined", "population", "events"] {
            // Tests over the run count objects, not events.
            let said = if said[column].is_null() { String::new() } else { said[column].to_string() };
            assert_eq!(said, row[column], "{}: {column}", row["test"]);
        }
        assert_eq!(said["verdict"], row["verdict"].as_str(), "{}", row["test"]);
        assert_eq!(said["population_digest"], row["population_digest"].as_str(), "{}", row["test"]);
    }
    let lines = manifest["reconciliation"].as_array().unwrap();
    let printed: BTreeMap<String, u64> = lines
        .iter()
        .map(|line| (line["step"].as_str().unwrap().to_owned(), line["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(printed, bundles::boxes(support::story_bundle()));
}

#[test]
fn html_pages_state_the_figures_of_tests_csv() {
    let tests = tests();
    let heads: Vec<String> = tests.iter().map(|row| format!("Test {}\n", row["test"])).collect();
    for (number, row) in tests.iter().enumerate() {
        let requirement = row["requirement"].rsplit('/').next().unwrap();
        let path = support::story_bundle().join(format!("human/control-pci-dss-4.0.1-{requirement}.html"));
        let words = words_of(&std::fs::read_to_string(path).unwrap());
        let here = section(&words, &heads, number);
        let [conforming, exceptions, undetermined, population] = four(row);
        let wanted = format!(
            "Conforming {conforming}\nExceptions {exceptions}\nUndetermined {undetermined}\nPopulation {population}\n"
        );
        assert!(here.contains(&wanted), "{}: no {wanted:?} in {here}", row["test"]);
        let digest: String = here.split_whitespace().collect();
        assert!(digest.contains(&row["population_digest"]), "{}: its digest is not on the page", row["test"]);
    }
}

/// What a requirement examined: units in order, each with the sizes of its populations by digest; exceptions and undetermined.
type Told = (Vec<(String, Sizes)>, [u64; 2]);

/// Sizes of the populations of one unit, by digest.
type Sizes = BTreeMap<String, u64>;

#[test]
fn the_overview_page_states_what_was_examined_and_sums_of_tests_csv() {
    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    for row in tests() {
        let requirement = row["requirement"].rsplit('/').next().unwrap().to_owned();
        let (units, sums) = told.entry(requirement).or_default();
        // What does not apply examined nothing.
        if row["verdict"] == "not-applicable" {
            continue;
        }
        if units.iter().all(|(unit, _)| *unit != row["unit"]) {
            units.push((row["unit"].clone(), Sizes::new()));
        }
        let (_, sizes) = units.iter_mut().find(|(unit, _)| *unit == row["unit"]).unwrap();
        sizes.insert(row["population_digest"].clone(), row["population"].parse().unwrap());
        for (total, column) in sums.iter_mut().zip(["exceptions", "undetermined"]) {
            *total += row[column].parse::<u64>().unwrap();
        }
    }
    let words = words_of(&std::fs::read_to_string(support::story_bundle().join("human/index.html")).unwrap());
    for (requirement, (units, [exceptions, undetermined])) in told {
        // One thing is told in the singular, whose words another test knows.
        let figures = units.iter().flat_map(|(_, sizes)| {
            let several =
                if sizes.len() > 1 { format!("in {} populations", sizes.len()) } else { String::new() };
            [sizes.values().sum::<u64>().to_string(), several]
        });
        let mut parts: Vec<String> = figures.collect();
        parts.push(format!(" {exceptions} {undetermined}"));
        let fits = |line: &str| {
            line.starts_with(&format!("{requirement} ")) && parts.iter().all(|part| line.contains(part))
        };
        assert!(words.lines().any(fits), "{requirement} with {parts:?} is no row of index.html:\n{words}");
    }
}

/// Digits in groups of three, as pdftotext gives them back.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[test]
fn the_pdf_states_the_figures_of_tests_csv() {
    let path = support::story_bundle().join("human/20-controls.pdf");
    let Ok(output) = Command::new("pdftotext").arg("-layout").arg(path).arg("-").output() else {
        eprintln!("SKIPPED: pdftotext is absent");
        return;
    };
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap().plain();
    let tests = tests();
    let heads: Vec<String> = tests.iter().map(|row| format!("Test {} ", row["test"])).collect();
    for (number, row) in tests.iter().enumerate() {
        let here = section(&text, &heads, number);
        let figures = four(row).map(grouped).join(" ");
        let wanted = format!("Conforming Exceptions Undetermined Population {figures} ");
        assert!(here.contains(&wanted), "{}: no {wanted:?} in {here}", row["test"]);
        assert!(here.contains(&row["population_digest"]), "{}: its digest is not printed", row["test"]);
    }
}

//! Every example of every shipped pack gives its verdict through the whole program, every test shows each verdict, and
//! no rule that always says the same would go unnoticed.

use std::collections::BTreeSet;

use serde_json::Value;
use trailwitness::bundle::assemble::requirements::statement;
use trailwitness::commands::packs::examples::{self as runner, Example, Levels, Ready};
use trailwitness::rules::{Shelf, shipped_packs};
use trailwitness::verdicts::Word;

use super::{base, shipped};

#[test]
fn every_example_holds_every_test_shows_each_verdict_and_blunt_rules_are_noticed() {
    let (shelf, base) = (Shelf::new(&[]), base());
    for id in shipped_packs() {
        let checked = runner::check(&shelf, id, &base).unwrap();
        assert!(checked.problems.is_empty(), "{}", checked.problems.join("\n"));
        assert!(checked.run >= 3 * checked.tests && checked.tests > 0, "{id}");
        let pack = shelf.load(id, None).unwrap();
        let tests: usize = pack.controls.iter().map(|control| control.tests.len()).sum();
        assert_eq!(checked.tests, tests, "{id}: every test of every control was asked");
    }
}

/// The verdict of an example does not rest on the order in which its records stand in the log.
#[test]
fn examples_give_the_same_with_their_records_reversed() {
    let (shelf, base) = (Shelf::new(&[]), base());
    for id in shipped_packs() {
        let levels = Levels::load(&shelf, id).unwrap().0;
        for control in &levels.plain().unwrap().controls {
            for file in shelf.examples_of(id, &control.requirement).unwrap() {
                if file.inherited {
                    continue;
                }
                let mut example = Example::read(file, control).unwrap();
                let records = example.content["records"].as_array_mut().unwrap();
                if records.len() < 2 {
                    continue;
                }
                number(records);
                let given = |example: &Example| {
                    Ready::new(&levels, &control.requirement, example, &base).unwrap().ask(None).outcome
                };
                let before = given(&example);
                example.content["records"].as_array_mut().unwrap().reverse();
                assert_eq!(given(&example), before, "{}", example.path());
            }
        }
    }
}

/// Gives each record the id that its place gave it, so that reversing changes the order alone.
fn number(records: &mut [Value]) {
    for (number, record) in records.iter_mut().enumerate().filter(|(_, record)| record.get("event").is_some())
    {
        let id = format!("{:08x}-0000-4000-8000-000000000001", number + 1);
        match record.get_mut("more").and_then(Value::as_object_mut) {
            Some(more) => drop(more.entry("eventID").or_insert(id.into())),
            None => record["more"] = serde_json::json!({"eventID": id}),
        }
    }
}

/// A slip in an example is an error, never an example that silently proves nothing.
#[test]
fn an_example_that_no_test_reads_or_that_names_itself_wrongly_is_told() {
    let shelf = Shelf::new(&[]);
    let pack = shelf.load(super::PCI, None).unwrap();
    let control = pack.control("10.2.2").unwrap();
    let whole = shelf.examples_of(super::PCI, "10.2.2").unwrap().remove(0);
    let wrong = |from: &str, to: &str, test: u32| {
        let file =
            trailwitness::rules::ExampleFile { text: whole.text.replace(from, to), test, ..whole.clone() };
        Example::read(file, control).unwrap_err()
    };
    assert!(wrong("", "", 7).contains("must be a number of a test of this control: 1"));
    let verdict = whole.name.rsplit('.').nth(1).unwrap();
    assert!(wrong(&format!("\"{verdict}\""), "\"error\"", 1).contains("must end in .error.json"));
    assert!(wrong(&format!("\"{verdict}\""), "\"fine\"", 1).contains("must be one of"));
    assert!(wrong("{", "[", 1).contains("not JSON"));
}

#[test]
fn the_statement_of_a_bundle_is_the_claim_or_none_and_never_what_must_not_be_claimed() {
    let words = [
        Word::Error,
        Word::Exceptions,
        Word::Insufficient,
        Word::NotTested,
        Word::Supported,
        Word::NotApplicable,
    ];
    for control in shipped().iter().flat_map(|pack| &pack.controls) {
        let forbidden = sentences(&control.do_not_claim);
        assert!(!control.claim.is_empty() && !forbidden.is_empty(), "{}", control.requirement);
        for word in words {
            let said = statement(control, word);
            let claimed = said == control.claim;
            assert_eq!(claimed, word == Word::Supported, "{} {said}", control.requirement);
            assert!(claimed || said.starts_with("No statement"), "{} {said}", control.requirement);
            for sentence in &forbidden {
                assert!(!said.to_lowercase().contains(sentence), "{}: {said}", control.requirement);
            }
        }
    }
}

/// What is forbidden, clause by clause, without the word that leads it in.
fn sentences(text: &str) -> BTreeSet<String> {
    let bare = |part: &str| part.trim().trim_start_matches("that ").trim_end_matches('.').trim().to_owned();
    let parts = text.to_lowercase();
    parts.split([';', '.']).map(bare).filter(|part| part.len() > 8).collect()
}

//! The examples of each control are whole: their names say what their content says, and they name what exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::pci;
use crate::rules::Control;

/// Name and content of every example of a control, in order of name.
fn examples(control: &Control) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("rules/pci-dss-4.0.1")
        .join(&control.slug)
        .join("examples");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap())
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn each_control_shows_the_three_verdicts() {
    for control in &pci().controls {
        let verdicts: BTreeSet<String> = examples(control)
            .into_iter()
            .map(|(_, content)| content["expect"]["verdict"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            verdicts.into_iter().collect::<Vec<_>>(),
            ["exceptions", "insufficient", "supported"],
            "{}",
            control.slug
        );
    }
}

#[test]
fn names_say_what_the_content_says() {
    for control in &pci().controls {
        for (name, content) in examples(control) {
            let verdict = content["expect"]["verdict"].as_str().unwrap();
            assert!(name.ends_with(&format!(".{verdict}.json")), "{name}");
            assert!(content["proves"].as_str().unwrap().ends_with('.'), "{name}");
            let test = content["test"].as_u64().unwrap();
            assert!(control.tests.iter().any(|known| u64::from(known.id) == test), "{name}");
            for cause in content["expect"]["causes"].as_array().unwrap() {
                assert!(control.causes.contains_key(cause.as_str().unwrap()), "{name}: {cause}");
            }
        }
    }
}

#[test]
fn every_test_has_an_example_and_event_ids_are_unique() {
    for control in &pci().controls {
        let all = examples(control);
        for test in &control.tests {
            assert!(
                all.iter().any(|(_, content)| content["test"] == test.id),
                "{}#{}",
                control.slug,
                test.id
            );
        }
        for (name, content) in all {
            let records = content["records"].as_array().unwrap();
            let ids: BTreeSet<&str> =
                records.iter().map(|record| record["eventID"].as_str().unwrap()).collect();
            assert_eq!(ids.len(), records.len(), "{name}");
        }
    }
}

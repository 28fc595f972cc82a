//! Slips in the files of a pack are told with file and line; own packs and own settings are found and compared.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::PCI;
use crate::rules::pack::check;
use crate::rules::pack::files::{Files, shipped_files};
use crate::rules::{Difference, Pack, Shelf};

/// The shipped pack with one text replaced in one file; what lint says then.
fn slip(path: &str, from: &str, to: &str) -> Vec<String> {
    let mut files = shipped_files(PCI).unwrap();
    let text = files.get_mut(path).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    *text = text.replacen(from, to, 1).into();
    problems(&files)
}

fn problems(files: &Files) -> Vec<String> {
    let told = check::pack(&Shelf::default(), PCI, files, None);
    let problems = told.map_or_else(|problem| vec![problem], |(_, problems)| problems);
    problems.iter().map(ToString::to_string).collect()
}

/// That one of the problems starts and goes on as given.
fn tells(problems: &[String], start: &str, part: &str) {
    let found = problems.iter().any(|problem| problem.starts_with(start) && problem.contains(part));
    assert!(found, "{start} … {part} is not in {problems:#?}");
}

#[test]
fn causes_and_their_words_belong_together() {
    let rules = "10.2.1.1/control.rhai";
    let words = slip(rules, "exception(\"root-used\")", "exception(\"root-usd\")");
    tells(&words, "10.2.1.1/control.rhai:11:52", "control.toml has no words for `root-usd`");
    tells(&words, "10.2.1.1/control.rhai:11:52", "did you mean `root-used`?");
    tells(&words, "10.2.1.1/control.toml:", "no rule gives the cause `root-used`");
}

#[test]
fn settings_are_known_named_and_used() {
    let words = "10.2.1.1/control.toml";
    let named = "settings = [\"data_classes\", \"accept_named_sessions\"]";
    let unknown = slip(words, named, "settings = [\"data_classes\", \"accept_named_session\"]");
    tells(&unknown, words, "did you mean `accept_named_sessions`?");
    tells(&unknown, "10.2.1.1/control.rhai:15:", "uses settings.accept_named_sessions but does not name it");
    let more = "settings = [\"data_classes\", \"accept_named_sessions\", \"burst_refusals\"]";
    let idle = slip(words, named, more);
    tells(&idle, words, "names the setting `burst_refusals` but does not use it");
    let spare = slip("settings.toml", "# The longest", "# Spare.\nspare = 1\n\n# The longest");
    tells(&spare, "settings.toml:22:1", "no test uses the setting `spare`");
}

#[test]
fn unknown_keys_and_names_in_words_are_found() {
    let words = "10.2.1.4/control.toml";
    tells(&slip(words, "severity =", "severty ="), "10.2.1.4/control.toml:8:1", "did you mean `severity`?");
    tells(&slip(words, "\"medium\"", "\"midium\""), words, "did you mean `medium`?");
    tells(&slip(words, "\"L30\"", "\"L99\""), words, "no limit `L99` exists");
    tells(&slip(words, "records.incidents", "records.incident"), words, "did you mean `records.incidents`?");
    tells(&slip(words, "\"read\"", "\"reads\""), words, "did you mean `read`?");
    tells(&slip(words, "of = \"declared\"", "of = \"declard\""), words, "did you mean `declared`?");
    tells(&slip(words, "judge_clusters", "judge_cluster"), words, "did you mean `judge_clusters`?");
    tells(&slip(words, "id = 2", "id = 1"), words, "the id 1 is not free");
}

#[test]
fn requirements_and_folders_agree() {
    let words = slip("10.2.2/control.toml", "requirement = \"10.2.2\"", "requirement = \"10.2.1\"");
    tells(&words, "10.2.2/control.toml:1:1", "this folder belongs to requirement 10.2.2");
    let gone = slip("pack.toml", "number = \"10.2.2\"", "number = \"10.2.3\"");
    tells(&gone, "10.2.2/control.toml", "no requirement of pack.toml has this folder name");
    tells(&gone, "pack.toml", "requirement 10.2.3 is tested, so it needs a folder");
    tells(&slip("pack.toml", "why =", "wy ="), "pack.toml", "did you mean `why`?");
    tells(
        &slip("pack.toml", "number = \"4.2.1\"", "number = \"3.5.1\""),
        "pack.toml:18:10: requirement 3.5.1 stands twice",
        "name each requirement once",
    );
    tells(&slip("pack.toml", "id = \"pci", "id = \"pcx"), "pack.toml", "is not the folder's name");
    let mut files = shipped_files(PCI).unwrap();
    files.remove("10.2.2/control.rhai");
    tells(&problems(&files), "10.2.2/control.rhai", "this file is missing");
}

/// A folder of this test alone, empty at the start.
fn scratch() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("trailwitness-packs-{}-{number}", std::process::id()));
    std::fs::create_dir_all(folder.join(PCI)).unwrap();
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(PCI).join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn own_settings_replace_the_shipped_ones() {
    let folder = scratch();
    let shipped = shipped_files(PCI).unwrap();
    write(
        &folder,
        "settings.toml",
        &shipped["settings.toml"].replace("burst_refusals = 10", "burst_refusals = 5"),
    );
    let pack = Pack::load(PCI, std::slice::from_ref(&folder), None).unwrap();
    assert_eq!(pack.difference(), &Difference::Files(vec![String::from("settings.toml")]));
    assert_eq!(pack.settings.get("burst_refusals").unwrap().to_string(), "5");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_own_copy_comes_first_and_tells_what_differs() {
    let folder = scratch();
    for (path, text) in shipped_files(PCI).unwrap() {
        write(&folder, &path, &text.replace("\"root-used\"", "\"root\"").replace("root-used =", "root ="));
    }
    let pack = Pack::load(PCI, std::slice::from_ref(&folder), None).unwrap();
    let told = pack.difference().to_string();
    assert!(told.starts_with("modified: 10.2.1.1/control.rhai, 10.2.1.1/control.toml"), "{told}");
    write(&folder, "notes.txt", "");
    assert!(
        Pack::load(PCI, std::slice::from_ref(&folder), None)
            .unwrap_err()
            .to_string()
            .contains("not part of a pack")
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_unknown_or_dangerous_id_is_refused() {
    let told = |id: &str| Pack::load(id, &[], None).unwrap_err().to_string();
    assert!(told("pci-dss-4.0").contains("did you mean `pci-dss-4.0.1`?"));
    assert!(told("../secret").contains("is no pack id"));
    assert!(told("").contains("is no pack id"));
}

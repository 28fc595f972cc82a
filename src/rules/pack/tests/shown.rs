//! Slips in the files of a small pack, each with the whole message that is printed: file, line, column, caret, remedy.

use crate::rules::Shelf;
use crate::rules::pack::check;
use crate::rules::pack::files::Files;

const FILES: [(&str, &str); 4] = [
    (
        "pack.toml",
        r#"id = "small"
title = "A small pack"
framework = "PCI DSS"
edition = "4.0.1"
version = "1"
author = "Rule writers"
scope = "One requirement."

[[requirement]]
number = "10.2.2"
title = "Content of entries"
status = "automated"

[[requirement]]
number = "10.6.1"
title = "Clocks"
status = "manual"
why = "A state of other systems."
ask_for = "Their settings."
"#,
    ),
    (
        "settings.toml",
        "# Classes.\ndata_classes = [\"cardholder\"]\n\n# Calls left out.\nroutine = [\"GetItem\"]\n\n# Most at night.\nmost = 3\n",
    ),
    (
        "10.2.2/control.toml",
        r#"requirement = "10.2.2"
title = "Content of entries"
words = "Entries tell who acted."
shows = "Who acted."
cannot_show = "Why."
claim = "Entries tell who acted."
do_not_claim = "More."
severity = "high"
methods = ["examine-log-data"]
limits = ["L01"]
needs = []
crosswalk = []

[[test]]
id = 1
name = "Who"
words = "Each entry names a caller."
population_words = "Every call."
requires = ["records.roster"]
coverage = { classes = ["read"], of = "declared" }
settings = ["routine", "most"]

[causes]
no-identity = "The record names nobody."
"#,
    ),
    (
        "10.2.2/control.rhai",
        r#"fn population(access) {
    access.caller_kind == "human" && !(access.operation in settings.routine)
}

fn expect(access) {
    if access.has_who || access.object.len() > settings.most { conforming() }
    else { exception("no-identity") }
}
"#,
    ),
];

fn told(path: &str, from: &str, to: &str) -> String {
    let mut files: Files = FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).into())).collect();
    if !path.is_empty() {
        let text = files.get_mut(path).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        *text = text.replacen(from, to, 1).into();
    }
    let told = check::pack(&Shelf::default(), "small", &files, None);
    let problems = told.map_or_else(|problem| vec![problem], |(_, problems)| problems);
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_pack_itself_is_sound() {
    assert_eq!(told("", "", ""), "");
}

/// `shown.txt`: after `===` the file; then what is replaced, `>>>`, by what; after `---` what is printed.
#[test]
fn every_slip_in_a_pack_is_told_in_the_words_of_the_list() {
    let mut count = 0;
    for case in include_str!("shown.txt").split("\n=== ").skip(1) {
        let (path, rest) = case.split_once('\n').unwrap();
        let (change, expected) = rest.split_once("\n---\n").unwrap();
        let (from, to) = change.split_once("\n>>>\n").unwrap_or_else(|| panic!("{case}"));
        assert_eq!(told(path, from, to), expected.trim_end(), "{path}: {from} > {to}");
        count += 1;
    }
    assert!(count > 25, "{count} cases were read");
}

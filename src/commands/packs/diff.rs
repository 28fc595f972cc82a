//! `trailwitness packs diff`: what differs between two packs, requirement by requirement, in words, logic and
//! parameters; on logs also in verdicts.

mod lines;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::json;

use super::place::Place;
use crate::audit::{Audit, Overrides};
use crate::commands::pipeline;
use crate::error::{Error, Result};
use crate::ledger::intake::Quiet;
use crate::rules::{Control, Pack, Shelf, Test};
use crate::verdicts;

/// Flags of `packs diff`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// A pack's id, its folder, or a bundle
    pub a: String,
    /// The same, to compare it with
    pub b: String,
    /// Also judge these logs by both packs
    #[arg(long, value_name = "AUDIT.toml")]
    pub logs: Option<PathBuf>,
    /// Folder with own packs, searched before the shipped ones (may be repeated)
    #[arg(long, value_name = "DIR")]
    pub folder: Vec<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Requirement in A; empty when A has none.
    pub a: String,
    /// Requirement in B; empty when B has none.
    pub b: String,
    /// `pack`, `requirement`, `words`, `logic`, `parameter` or `verdict`.
    pub kind: &'static str,
    /// What differs.
    pub what: String,
    /// As it is in A.
    pub before: String,
    /// As it is in B.
    pub after: String,
}

/// One side: a place and the pack's id there.
struct Side {
    shelf: Shelf,
    id: String,
}

/// Compares.
///
/// # Errors
/// When a side is no pack, has problems, or the logs cannot be read.
pub fn run(flags: &Flags) -> Result<u8> {
    let audit = flags.logs.as_deref().map(|path| Audit::read(path, &Overrides::default())).transpose()?;
    let level = audit.as_ref().and_then(|audit| audit.file.audit.baseline);
    let mut changes = Vec::new();
    let mut pairs = Vec::new();
    for (a, b) in sides(flags)? {
        pairs.push((a.shelf.load(&a.id, level)?, b.shelf.load(&b.id, level)?));
    }
    for (a, b) in &pairs {
        changes.extend(packs(a, b));
    }
    if let Some(audit) = &audit {
        let read = pipeline::read(audit, crate::commands::threads(None), &Quiet)?;
        for (a, b) in &pairs {
            changes.extend(verdicts_differ(&read, audit, a, b));
        }
    }
    let text = if flags.json { as_json(&changes) } else { as_text(&changes) };
    super::print_safe(text.trim_end())?;
    Ok(0)
}

/// The pairs to compare: one pack each, or those that two folders both hold.
fn sides(flags: &Flags) -> Result<Vec<(Side, Side)>> {
    let place = |text: &str| Place::named(text, &flags.folder);
    let (a, b) = (place(&flags.a)?, place(&flags.b)?);
    let side = |place: &Place, id: &str| Side { shelf: place.shelf(), id: id.to_owned() };
    if let ([one], [other]) = (a.packs.as_slice(), b.packs.as_slice()) {
        return Ok(vec![(side(&a, one), side(&b, other))]);
    }
    let shared: Vec<_> =
        a.packs.iter().filter(|id| b.packs.contains(id)).map(|id| (side(&a, id), side(&b, id))).collect();
    if shared.is_empty() {
        return Err(Error::usage(format!(
            "{} holds {}, {} holds {}: no pack is in both",
            flags.a,
            a.packs.join(", "),
            flags.b,
            b.packs.join(", ")
        ))
        .hint("name one pack on each side"));
    }
    Ok(shared)
}

/// Requirement numbers of A and of B that belong together; an empty one where the other side has none.
fn pairs(a: &Pack, b: &Pack) -> Vec<(String, String)> {
    let leads = |control: &Control, to: &Pack| {
        let uses = control.uses.as_deref()?.strip_prefix(&format!("{}/", to.id))?;
        to.requirement(uses).map(|stated| stated.number.clone())
    };
    let mut by_use: BTreeSet<(String, String)> = BTreeSet::new();
    if a.id != b.id {
        by_use.extend(
            b.controls.iter().filter_map(|control| Some((leads(control, a)?, control.requirement.clone()))),
        );
        by_use.extend(
            a.controls.iter().filter_map(|control| Some((control.requirement.clone(), leads(control, b)?))),
        );
    }
    let by_number = by_use.is_empty();
    let mut found = Vec::new();
    for stated in &a.requirements {
        let others: Vec<&String> =
            by_use.iter().filter(|(number, _)| *number == stated.number).map(|(_, other)| other).collect();
        let same = by_number.then(|| b.requirement(&stated.number)).flatten();
        match (others.as_slice(), same) {
            ([], Some(same)) => found.push((stated.number.clone(), same.number.clone())),
            ([], None) => found.push((stated.number.clone(), String::new())),
            (others, _) => found.extend(others.iter().map(|other| (stated.number.clone(), (*other).clone()))),
        }
    }
    for stated in &b.requirements {
        if !found.iter().any(|(_, other)| *other == stated.number) {
            found.push((String::new(), stated.number.clone()));
        }
    }
    found
}

/// What differs between two packs but their verdicts.
pub fn packs(a: &Pack, b: &Pack) -> Vec<Change> {
    let mut changes = Vec::new();
    let heads = [
        ("id", &a.id, &b.id),
        ("title", &a.title, &b.title),
        ("edition", &a.edition, &b.edition),
        ("version", &a.version, &b.version),
        ("author", &a.author, &b.author),
        ("scope", &a.scope, &b.scope),
    ];
    for (what, before, after) in heads.into_iter().filter(|(_, before, after)| before != after) {
        changes.push(change("", "", "pack", what, before, after));
    }
    let approvals = (a.approval().to_string(), b.approval().to_string());
    if approvals.0 != approvals.1 {
        changes.push(change("", "", "pack", "approval", &approvals.0, &approvals.1));
    }
    for (before, after) in pairs(a, b) {
        requirement(&mut changes, (a, &before), (b, &after));
    }
    changes
}

fn change(a: &str, b: &str, kind: &'static str, what: &str, before: &str, after: &str) -> Change {
    let [a, b, what, before, after] = [a, b, what, before, after].map(str::to_owned);
    Change { a, b, kind, what, before, after }
}

fn requirement(changes: &mut Vec<Change>, (a, number): (&Pack, &str), (b, other): (&Pack, &str)) {
    let (Some(before), Some(after)) = (a.requirement(number), b.requirement(other)) else {
        let title = |pack: &Pack, number: &str| {
            pack.requirement(number).map_or("", |stated| stated.title.as_str()).to_owned()
        };
        changes.push(change(
            number,
            other,
            "requirement",
            "stands on one side only",
            &title(a, number),
            &title(b, other),
        ));
        return;
    };
    let mut tell = |kind, what: &str, before: &str, after: &str| {
        if before != after {
            changes.push(change(number, other, kind, what, before, after));
        }
    };
    tell("requirement", "status", before.status.as_str(), after.status.as_str());
    tell("words", "title of the requirement", &before.title, &after.title);
    tell(
        "words",
        "why it is manual",
        before.why.as_deref().unwrap_or(""),
        after.why.as_deref().unwrap_or(""),
    );
    tell(
        "words",
        "what to ask for",
        before.ask_for.as_deref().unwrap_or(""),
        after.ask_for.as_deref().unwrap_or(""),
    );
    let (Some(before), Some(after)) = (a.control(number), b.control(other)) else { return };
    for (what, before, after) in words(before).into_iter().zip(words(after)).map(|(x, y)| (x.0, x.1, y.1)) {
        tell("words", what, &before, &after);
    }
    tell(
        "words",
        "changed in meaning",
        before.changed.as_deref().unwrap_or(""),
        after.changed.as_deref().unwrap_or(""),
    );
    let values = |control: &Control| -> BTreeMap<String, String> {
        let read =
            |name: &str| control.tests.iter().any(|test| test.settings.iter().any(|named| named == name));
        let all = control.settings.iter().filter(|(name, _)| read(name));
        all.map(|(name, value)| (name.to_owned(), value.to_string())).collect()
    };
    let (left, right) = (values(before), values(after));
    for name in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
        let value = |side: &BTreeMap<String, String>| {
            side.get(name).cloned().unwrap_or_else(|| "not read".to_owned())
        };
        tell("parameter", name, &value(&left), &value(&right));
    }
    let ids: BTreeSet<u32> = before.tests.iter().chain(&after.tests).map(|test| test.id).collect();
    for id in ids {
        let test = |control: &Control| control.tests.iter().find(|test| test.id == id).cloned();
        logic(&mut tell, id, (a, test(before)), (b, test(after)));
    }
}

fn words(control: &Control) -> Vec<(&'static str, String)> {
    vec![
        ("title", control.title.clone()),
        ("requirement in our words", control.words.clone()),
        ("shows", control.shows.clone()),
        ("cannot show", control.cannot_show.clone()),
        ("claim", control.claim.clone()),
        ("must not be claimed", control.do_not_claim.clone()),
        ("severity", control.severity.clone()),
        ("limits", control.limits.join(", ")),
        ("what else to ask for", control.needs.join("; ")),
    ]
}

fn logic(
    tell: &mut impl FnMut(&'static str, &str, &str, &str),
    id: u32,
    (a, before): (&Pack, Option<Test>),
    (b, after): (&Pack, Option<Test>),
) {
    let (Some(before), Some(after)) = (before.clone(), after.clone()) else {
        let name = |test: &Option<Test>| test.as_ref().map(|test| test.name.clone()).unwrap_or_default();
        tell("logic", &format!("test {id} stands on one side only"), &name(&before), &name(&after));
        return;
    };
    tell("words", &format!("test {id}: words"), &before.words, &after.words);
    tell("words", &format!("test {id}: population"), &before.population_words, &after.population_words);
    tell(
        "logic",
        &format!("test {id}: facts it needs"),
        &before.requires.join(", "),
        &after.requires.join(", "),
    );
    let coverage =
        |test: &Test| test.coverage.as_ref().map(|coverage| format!("{coverage:?}")).unwrap_or_default();
    tell("logic", &format!("test {id}: hours it needs"), &coverage(&before), &coverage(&after));
    let empty = |test: &Test| match (test.empty_is_not_applicable, test.absence_is_evidence) {
        (true, _) => "not applicable",
        (false, true) => "supported",
        (false, false) => "insufficient",
    };
    tell("logic", &format!("test {id}: nothing to examine is"), empty(&before), empty(&after));
    let text = |pack: &Pack, test: &Test| {
        pack.file(&test.home.script).map(|file| file.text.clone()).unwrap_or_default()
    };
    let (left, right) = (text(a, &before), text(b, &after));
    if left != right {
        let (gone, come) = lines::differing(&left, &right);
        tell("logic", &format!("test {id}: script"), &gone, &come);
    }
}

/// Tests whose verdicts or counts differ on the same logs.
fn verdicts_differ(read: &pipeline::Read, audit: &Audit, a: &Pack, b: &Pack) -> Vec<Change> {
    let told = |pack: &Pack| -> BTreeMap<(String, u32), String> {
        let tests = verdicts::tests(std::slice::from_ref(pack));
        let judged = pipeline::judge(read, audit, &tests);
        let one = |(place, verdict): (&verdicts::TestPlace<'_>, &verdicts::Verdict)| {
            let counted = &verdict.counted;
            let words = format!(
                "{}: {} examined, {} contradict, {} undetermined",
                place.word(audit, verdict).as_str(),
                counted.population,
                counted.exceptions,
                counted.undetermined
            );
            ((place.control.requirement.clone(), place.test.id), words)
        };
        tests.iter().zip(&judged.verdicts).map(one).collect()
    };
    let (left, right) = (told(a), told(b));
    let none = || "no such test".to_owned();
    let mut changes = Vec::new();
    for (number, other) in pairs(a, b) {
        let of = |side: &BTreeMap<(String, u32), String>, number: &str| -> BTreeMap<u32, String> {
            side.iter()
                .filter(|((stated, _), _)| stated == number)
                .map(|((_, id), words)| (*id, words.clone()))
                .collect()
        };
        let (before, after) = (of(&left, &number), of(&right, &other));
        for id in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let words = |side: &BTreeMap<u32, String>| side.get(id).cloned().unwrap_or_else(none);
            let (before, after) = (words(&before), words(&after));
            if before != after {
                changes.push(change(&number, &other, "verdict", &format!("test {id}"), &before, &after));
            }
        }
    }
    changes
}

fn as_text(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "nothing differs".to_owned();
    }
    let mut out = String::new();
    let mut at = None;
    for change in changes {
        let place = match (change.a.as_str(), change.b.as_str()) {
            ("", "") => "the packs".to_owned(),
            ("", b) => format!("{b} (only in B)"),
            (a, "") => format!("{a} (only in A)"),
            (a, b) if a == b => a.to_owned(),
            (a, b) => format!("{a} and {b}"),
        };
        if at.as_ref() != Some(&place) {
            out.push_str(&format!("\n{place}\n"));
            at = Some(place);
        }
        out.push_str(&format!("  {}: {}\n", change.kind, change.what));
        for (side, text) in [("A", &change.before), ("B", &change.after)] {
            for line in text.lines() {
                out.push_str(&format!("    {side}  {line}\n"));
            }
        }
    }
    out.trim_start().to_owned()
}

fn as_json(changes: &[Change]) -> String {
    let one = |change: &Change| json!({"a": change.a, "b": change.b, "kind": change.kind, "what": change.what, "before": change.before, "after": change.after});
    serde_json::to_string_pretty(&changes.iter().map(one).collect::<Vec<_>>()).unwrap_or_default()
}

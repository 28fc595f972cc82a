//! Definitions of everything a rule may use, for the language server of Rhai: names, types, words and examples out of
//! the tables that lint reads.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::rules::api::{FIELDS, FUNCTIONS, FunctionFacts, Kind, Level, Shape};
use crate::rules::lint::Type;
use crate::rules::run::OBJECTS;
use crate::rules::settings::Setting;
use crate::rules::{Pack, shipped_packs};

const HEAD: &str = "/// Everything that a control.rhai of trailwitness may use: `access` in population(access) and expect(access), `run` in
/// judge(run), `settings` in both, and the functions. Made from the program's own tables; changes here are lost.
module static;
";

/// The definitions as one file.
pub(super) fn text() -> String {
    let mut out = String::from(HEAD);
    access(&mut out);
    objects(&mut out);
    settings(&mut out);
    out.push_str("\n/// What a rule says about one access.\ntype Answer = ?;\n");
    out.push_str("\n/// What a rule says about one object of a run.\ntype Finding = ?;\n");
    for facts in FUNCTIONS {
        function(&mut out, facts);
    }
    out
}

fn documented(out: &mut String, indent: &str, words: &[&str]) {
    for line in words.iter().flat_map(|words| words.lines()) {
        out.push_str(format!("{indent}/// {line}").trim_end());
        out.push('\n');
    }
}

fn access(out: &mut String) {
    out.push_str("\n/// One access: a call and one object that it touches.\ntype Access = #{\n");
    for facts in FIELDS {
        let row = match facts.level {
            Level::Shape => "",
            Level::Row => "Differs from access to access: a test that reads it is computed access by access.",
        };
        let example = format!("Example: {}", facts.example);
        let words = [facts.words, row, example.as_str()];
        let words: Vec<&str> = words.into_iter().filter(|words| !words.is_empty()).collect();
        documented(out, "    ", &words);
        member(out, facts.name, facts.kind, facts.values);
    }
    out.push_str("};\n\n/// The access that a rule is asked about.\nconst access: Access;\n");
}

fn objects(out: &mut String) {
    for (place, (object, words, members)) in OBJECTS.iter().enumerate() {
        // Two lists may hold objects of one kind.
        if OBJECTS.iter().take(place).any(|(other, ..)| other == object) {
            continue;
        }
        out.push('\n');
        documented(out, "", &[words]);
        let _ = writeln!(out, "type {} = #{{", title(object));
        for facts in *members {
            let example = format!("Example: {}", facts.example);
            documented(out, "    ", &[facts.words, &example]);
            member(out, facts.name, facts.kind, facts.values);
        }
        out.push_str("};\n");
    }
    out.push_str("\n/// The run that judge(run) is asked about.\nconst run: Run;\n");
}

fn member(out: &mut String, name: &str, kind: Kind, values: &[&str]) {
    let _ = writeln!(out, "    {name}: {},", written(kind, values));
}

/// A kind as the language server writes it; a text with few values is the choice among them, and empty besides.
fn written(kind: Kind, values: &[&str]) -> String {
    let choice = || values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(" | ");
    match (kind, values) {
        (Kind::Text, []) => String::from("string"),
        (Kind::Text, _) => choice(),
        (Kind::Truth, _) => String::from("bool"),
        (Kind::Number, _) => String::from("int"),
        (Kind::Texts, []) => String::from("[string]"),
        (Kind::Texts, _) => format!("[{}]", choice()),
        (list, _) => match Type::of_kind(list, &[]) {
            Type::Objects(place) => {
                let name = OBJECTS.get(place).map_or_else(|| String::from("?"), |(object, ..)| title(object));
                format!("[{name}]")
            }
            _ => String::from("[?]"),
        },
    }
}

fn title(object: &str) -> String {
    let mut letters = object.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// The settings of all shipped packs: own packs may have others.
fn settings(out: &mut String) {
    let mut known: BTreeMap<String, (String, &str)> = BTreeMap::new();
    for id in shipped_packs() {
        let Ok(pack) = Pack::load(id, &[], None) else {
            continue;
        };
        let own =
            std::iter::once(&pack.settings).chain(pack.controls.iter().map(|control| &control.settings));
        for (settings, name, value) in
            own.flat_map(|one| one.iter().map(move |(name, value)| (one, name, value)))
        {
            let words = settings.words(name).unwrap_or_default().to_owned();
            known.entry(name.to_owned()).or_insert((words, of_setting(value)));
        }
    }
    out.push_str("\n/// Values of settings.toml; each pack has its own.\ntype Settings = #{\n");
    for (name, (words, kind)) in &known {
        documented(out, "    ", &[words]);
        let _ = writeln!(out, "    {name}: {kind},");
    }
    out.push_str("};\n\n/// The settings of the pack.\nconst settings: Settings;\n");
}

fn of_setting(value: &Setting) -> &'static str {
    match value {
        Setting::Truth(_) => "bool",
        Setting::Number(_) => "int",
        Setting::Text(_) => "string",
        Setting::Texts(_) => "[string]",
    }
}

fn function(out: &mut String, facts: &FunctionFacts) {
    out.push('\n');
    let (signature, example) = (format!("`{}`", facts.signature), format!("Example: {}", facts.example));
    documented(out, "", &[facts.words, &signature, &example]);
    let parameters: Vec<String> = names(facts)
        .iter()
        .zip(facts.takes)
        .map(|(name, shape)| format!("{name}: {}", of_shape(*shape)))
        .collect();
    let _ = write!(out, "fn {}({})", facts.name, parameters.join(", "));
    match facts.gives {
        Shape::Nothing => out.push_str(";\n"),
        gives => {
            let _ = writeln!(out, " -> {};", of_shape(gives));
        }
    }
}

/// Names of parameters, as the way of writing shows them: `list.push(member)`, `text in list`.
fn names(facts: &FunctionFacts) -> Vec<String> {
    let signature = facts.signature;
    if let Some((member, list)) = signature.split_once(" in ") {
        return vec![list.to_owned(), member.to_owned()];
    }
    let (head, inside) = signature.trim_end_matches(')').split_once('(').unwrap_or((signature, ""));
    let object = head.split_once('.').map(|(object, _)| object.to_owned());
    let others = inside.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    object.into_iter().chain(others).collect()
}

fn of_shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Text | Shape::Cause => "string",
        Shape::Truth => "bool",
        Shape::Number => "int",
        Shape::List => "[?]",
        Shape::Any | Shape::Subject => "?",
        Shape::Answer => "Answer",
        Shape::Finding => "Finding",
        Shape::Nothing => "()",
    }
}

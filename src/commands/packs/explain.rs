//! `trailwitness packs explain`: what a pack, a control or a test asks, how it is answered, and what it cannot show; or
//! the reference of everything that a rule may use.

use std::path::PathBuf;

use super::place::Place;
use crate::error::{Error, Result};
use crate::rules::{Control, Field, Level, Method, Pack, Shelf, Test, api, limits};

/// Flags of `packs explain`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Pack, pack/number or pack/number#test; or a pack's folder
    #[arg(required_unless_present = "api")]
    pub id: Option<String>,
    /// Print every field, object and function that a rule may use
    #[arg(long)]
    pub api: bool,
    /// Folder with own packs, searched before the shipped ones (may be repeated)
    #[arg(long, value_name = "DIR")]
    pub folder: Vec<PathBuf>,
}

/// Explains.
///
/// # Errors
/// When there is no such pack, control or test.
pub fn run(flags: &Flags) -> Result<u8> {
    let mut parts = Vec::new();
    if let Some(id) = &flags.id {
        parts.push(explained(id, &flags.folder)?);
    }
    if flags.api {
        parts.push(api::reference());
    }
    super::print_safe(parts.join("\n").trim_end())?;
    Ok(0)
}

fn explained(id: &str, folders: &[PathBuf]) -> Result<String> {
    if std::path::Path::new(id).is_dir() {
        let place = Place::folder(std::path::Path::new(id))?;
        let shelf = place.shelf();
        let packs: Result<Vec<String>> =
            place.packs.iter().map(|id| shelf.load(id, None).map(|pack| whole(&pack))).collect();
        return Ok(packs?.join("\n"));
    }
    let shelf = Shelf::new(folders);
    let Some((name, rest)) = id.split_once('/') else {
        return Ok(whole(&shelf.load(id, None)?));
    };
    let pack = shelf.load(name, None)?;
    let (number, test) = match rest.rsplit_once('#') {
        Some((number, test)) => (number, Some(test)),
        None => (rest, None),
    };
    let Some(stated) = pack.requirement(number) else {
        let known: Vec<&str> = pack.requirements.iter().map(|stated| stated.number.as_str()).collect();
        return Err(Error::usage(format!("pack {name} names no requirement {number}"))
            .hint(format!("it names {}", known.join(", "))));
    };
    let Some(control) = pack.control(number) else {
        return Ok(format!(
            "{name}/{number}  {}\n\nNot tested by this pack: {}\nAsk for: {}\n",
            stated.title,
            stated.why.as_deref().unwrap_or("no reason is stated"),
            stated.ask_for.as_deref().unwrap_or("nothing is stated")
        ));
    };
    let wanted = |known: &&Test| test.is_none_or(|test| known.id.to_string() == test);
    let tests: Vec<&Test> = control.tests.iter().filter(wanted).collect();
    if tests.is_empty() {
        return Err(Error::usage(format!("{name}/{number} has no test {}", test.unwrap_or_default()))
            .hint(format!("its tests are 1 to {}", control.tests.len())));
    }
    let mut text = head(&pack, control)?;
    for test in tests {
        text.push_str(&one_test(&pack, control, test));
    }
    text.push_str(&scripts(
        &pack,
        control,
        test.is_some().then_some(()).and(control.tests.iter().find(wanted)),
    ));
    text.push_str(&examples(&shelf, &pack, control, test)?);
    Ok(text)
}

fn whole(pack: &Pack) -> String {
    let mut text = format!(
        "{}  {}\n\n{}\n\nversion {}, author {}, {}\nagainst the shipped pack: {}\n\nparameters\n",
        pack.id,
        pack.title,
        pack.scope,
        pack.version,
        pack.author,
        pack.approval(),
        pack.difference()
    );
    for (name, value) in pack.settings.iter() {
        text.push_str(&format!(
            "  {name} = {value}\n      {}\n",
            pack.settings.words(name).unwrap_or_default()
        ));
    }
    text.push_str("\nrequirements\n");
    for stated in &pack.requirements {
        let tests = pack.control(&stated.number).map_or(0, |control| control.tests.len());
        let levels: Vec<&str> = stated.baselines.iter().map(|level| level.as_str()).collect();
        let levels = if levels.is_empty() { String::new() } else { format!(" [{}]", levels.join(", ")) };
        text.push_str(&format!(
            "  {} ({}, {tests} tests){levels}  {}\n",
            stated.number,
            stated.status.as_str(),
            stated.title
        ));
    }
    text
}

fn head(pack: &Pack, control: &Control) -> Result<String> {
    let mut text = format!("{}/{}  {}\n\n{}\n", pack.id, control.requirement, control.title, control.words);
    let mut say = |label: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("\n{label}\n  {value}\n"));
        }
    };
    if let Some(uses) = &control.uses {
        say("uses", uses);
    }
    say("changed against it", control.changed.as_deref().unwrap_or_default());
    if control.applies.is_some() {
        say("applies", "only to service providers, as audit.toml states under [audit] service_provider");
    }
    if let Some(stated) = pack.requirement(&control.requirement).filter(|stated| !stated.baselines.is_empty())
    {
        let levels: Vec<&str> = stated.baselines.iter().map(|level| level.as_str()).collect();
        say("baselines", &levels.join(", "));
    }
    say("shows", &control.shows);
    say("cannot show", &control.cannot_show);
    say("may be claimed", &control.claim);
    say("must not be claimed", &control.do_not_claim);
    say("severity", &control.severity);
    say("ask for as well", &control.needs.join("; "));
    say("same question elsewhere", &control.crosswalk.join("; "));
    let differing = pack.differing(control);
    say("differs from the shipped pack", &differing.join(", "));
    let words = limits()?;
    text.push_str("\nlimits\n");
    for id in &control.limits {
        text.push_str(&format!("  {id}  {}\n", words.get(id).map_or("", |limit| limit.words.as_str())));
    }
    Ok(text)
}

fn one_test(pack: &Pack, control: &Control, test: &Test) -> String {
    let mut text = format!(
        "\ntest {}  {}\n  {}\n  population: {}\n  unit: {}\n",
        test.id, test.name, test.words, test.population_words, test.unit
    );
    let mut say = |label: &str, value: String| text.push_str(&format!("  {label}: {value}\n"));
    if test.home.used {
        let home = &test.home;
        say("the logic lives in", format!("{}/{}#{}", home.pack, home.requirement, home.test));
    }
    say("asked", asked(test));
    if !test.requires.is_empty() {
        say("concludes nothing without", test.requires.join(", "));
    }
    if let Some(coverage) = &test.coverage {
        let classes: Vec<&str> = coverage.classes.iter().map(|class| class.as_str()).collect();
        let of = match coverage.of.as_deref() {
            Some("scope") => format!("tables of class {}", test.data_classes.join(", ")),
            Some("declared") | None => "every declared table".to_owned(),
            Some(class) => format!("tables of class {class}"),
        };
        say("hours to be proven", format!("{} of {of}", classes.join(", ")));
    }
    let stated = test.coverage.as_ref().is_some_and(|coverage| coverage.verified);
    if stated || control.settings.demands_verified_hours() {
        let by = if stated { "the test" } else { "require_verified_hours of settings.toml" };
        say("signed digests must verify", format!("hours and log files ({by})"));
    }
    say(
        "nothing to examine",
        match (test.empty_is_not_applicable, test.absence_is_evidence) {
            (true, _) => "is not applicable where the hours are proven",
            (false, true) => "is supported where the hours are proven",
            (false, false) => "is insufficient",
        }
        .to_owned(),
    );
    for name in &test.settings {
        let value = control.settings.get(name).or(pack.settings.get(name));
        let words = control.settings.words(name).unwrap_or_default();
        say(
            "parameter",
            format!("{name} = {} ({words})", value.map(ToString::to_string).unwrap_or_default()),
        );
    }
    for cause in &test.causes {
        say("cause", format!("{cause}: {}", control.causes.get(cause).map_or("", String::as_str)));
    }
    text
}

/// How often a rule is asked, and over which fields.
fn asked(test: &Test) -> String {
    if matches!(test.method, Method::Judge(_)) {
        return "once for the run".to_owned();
    }
    let fields = test.population_fields().iter().chain(test.expect_fields());
    let mut fields: Vec<Field> = fields.copied().collect();
    fields.sort();
    fields.dedup();
    let named = |level: Level| {
        let of = fields.iter().map(|field| field.facts()).filter(|facts| facts.level == level);
        of.map(|facts| facts.name).collect::<Vec<_>>().join(", ")
    };
    let (shape, row) = (named(Level::Shape), named(Level::Row));
    if row.is_empty() {
        format!("once for all accesses that agree in {shape}")
    } else {
        format!("access by access, because it reads {row}; besides {shape}")
    }
}

/// The scripts behind a control, or behind one test of it.
fn scripts(pack: &Pack, control: &Control, test: Option<&Test>) -> String {
    let wanted = |path: &&String| match test {
        Some(test) => **path == test.home.script,
        None => path.ends_with(".rhai"),
    };
    let files = control.sources.iter().filter(wanted).filter_map(|path| pack.file(path));
    files.map(|file| format!("\n{}\n\n{}", file.path, file.text)).collect()
}

fn examples(shelf: &Shelf, pack: &Pack, control: &Control, test: Option<&str>) -> Result<String> {
    let mut text = String::from("\nexamples\n");
    for example in shelf.examples_of(&pack.id, &control.requirement)? {
        if test.is_some_and(|test| example.test.to_string() != test) {
            continue;
        }
        let content: serde_json::Value = serde_json::from_str(&example.text).unwrap_or_default();
        let from = if example.inherited { format!(" (from {})", example.home) } else { String::new() };
        let proves = content["proves"].as_str().unwrap_or_default();
        text.push_str(&format!("  test {}  {}{from}\n      {proves}\n", example.test, example.name));
    }
    Ok(text)
}

//! Turns the files of a pack into a checked [`Pack`], or into the list of everything that is wrong in them.

mod control;
mod slips;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::files::{Files, shipped_files};
use super::written::{PackToml, Requirement, Status};
use super::{Control, Difference, Pack, PackFile, slug};
use crate::rules::engine::Engines;
use crate::rules::lint::{Problem, Source};
use crate::rules::settings::Settings;

/// Collects problems while a pack is read.
struct Checker<'a> {
    files: &'a Files,
    settings: Settings,
    engines: Arc<Engines>,
    problems: BTreeSet<Problem>,
}

/// Checks the files of a pack.
pub(super) fn pack(id: &str, files: &Files) -> Result<Pack, Vec<Problem>> {
    let manifest = source(files, "pack.toml").map_err(|problem| vec![problem])?;
    let written: PackToml = manifest.toml().map_err(|problem| vec![problem])?;
    let settings = source(files, "settings.toml").and_then(|source| Settings::read(&source));
    let settings = settings.map_err(|problem| vec![problem])?;
    let engines = Arc::new(Engines::new(&settings));
    let mut checker = Checker { files, settings, engines, problems: BTreeSet::new() };
    checker.manifest(id, manifest, &written);
    let controls = checker.controls(&written.requirements);
    checker.settings_in_use(&controls);
    if checker.problems.iter().all(Problem::is_note) {
        let notes = checker.problems.into_iter().collect();
        Ok(Pack { notes, ..assemble(written, controls, checker.settings, files) })
    } else {
        Err(checker.problems.into_iter().collect())
    }
}

fn source<'a>(files: &'a Files, path: &'a str) -> Result<Source<'a>, Problem> {
    match files.get(path) {
        Some(text) => Ok(Source { file: path, text }),
        None => Err(Problem::of_file(path, "this file is missing")),
    }
}

fn assemble(written: PackToml, controls: Vec<Control>, settings: Settings, files: &Files) -> Pack {
    let difference = difference(&written.id, files);
    let files = files
        .iter()
        .map(|(path, text)| PackFile { path: path.clone(), text: text.clone(), sha256: sha256(text) })
        .collect();
    Pack {
        id: written.id,
        title: written.title,
        framework: written.framework,
        edition: written.edition,
        version: written.version,
        author: written.author,
        approver: written.approver,
        approved_on: written.approved_on,
        scope: written.scope,
        requirements: written.requirements,
        controls,
        settings,
        files,
        notes: Vec::new(),
        difference,
    }
}

fn difference(id: &str, files: &Files) -> Difference {
    let Some(shipped) = shipped_files(id) else {
        return Difference::Own;
    };
    let paths: BTreeSet<&String> = shipped.keys().chain(files.keys()).collect();
    let differing = paths.into_iter().filter(|path| shipped.get(*path) != files.get(*path));
    let differing: Vec<String> = differing.cloned().collect();
    if differing.is_empty() { Difference::Unmodified } else { Difference::Files(differing) }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Checker<'_> {
    fn manifest(&mut self, id: &str, source: Source<'_>, written: &PackToml) {
        if written.id != id {
            let message = format!("the id `{}` is not the folder's name `{id}`", written.id);
            self.problems.insert(source.at_text("id", message));
        }
        self.numbers(source, written);
        let mut slugs: BTreeMap<String, &str> = BTreeMap::new();
        for requirement in &written.requirements {
            let number = requirement.number.as_str();
            if let Some(other) = slugs.insert(slug(number), number).filter(|other| *other != number) {
                let message = format!("requirements `{other}` and `{number}` share one folder name");
                self.problems.insert(source.at_text(&format!("\"{number}\""), message));
            }
            self.requirement(source, requirement);
        }
    }

    fn requirement(&mut self, source: Source<'_>, requirement: &Requirement) {
        let (number, manual) = (&requirement.number, requirement.status == Status::Manual);
        let explained = requirement.why.is_some() && requirement.ask_for.is_some();
        let folder = format!("{}/", slug(number));
        let tested = self.files.keys().any(|path| path.starts_with(&folder));
        let message = match (manual, explained, tested) {
            (true, false, _) => "is manual: say `why` and what to `ask_for` instead",
            (true, _, true) => "is manual but has a folder with tests",
            (false, _, false) => "is tested, so it needs a folder",
            _ => return,
        };
        let problem = source.at_text(&format!("\"{number}\""), format!("requirement {number} {message}"));
        self.problems.insert(problem.hint(format!("the folder's name is `{folder}`")));
    }

    /// The controls, in the order in which pack.toml names their requirements.
    fn controls(&mut self, requirements: &[Requirement]) -> Vec<Control> {
        let folders: BTreeSet<&str> =
            self.files.keys().filter_map(|path| path.split_once('/')).map(|(at, _)| at).collect();
        let mut controls: Vec<(usize, Control)> = Vec::new();
        for folder in folders {
            let place = requirements.iter().position(|requirement| slug(&requirement.number) == folder);
            let Some(place) = place else {
                self.stray(folder, requirements);
                continue;
            };
            let number = requirements.get(place).map_or("", |requirement| requirement.number.as_str());
            match self.control(folder, number) {
                Ok(control) => controls.push((place, control)),
                Err(problem) => drop(self.problems.insert(problem)),
            }
        }
        controls.sort_by_key(|(place, _)| *place);
        controls.into_iter().map(|(_, control)| control).collect()
    }

    fn stray(&mut self, folder: &str, requirements: &[Requirement]) {
        let slugs: Vec<String> = requirements.iter().map(|requirement| slug(&requirement.number)).collect();
        let message = "no requirement of pack.toml has this folder name";
        let problem = Problem::of_file(&format!("{folder}/control.toml"), message);
        self.problems.insert(problem.nearest(folder, slugs.iter().map(String::as_str)));
    }

    fn settings_in_use(&mut self, controls: &[Control]) {
        if !self.problems.iter().all(Problem::is_note) {
            return;
        }
        let named: BTreeSet<&str> = controls
            .iter()
            .flat_map(|control| &control.tests)
            .flat_map(|test| &test.settings)
            .map(String::as_str)
            .collect();
        let Ok(source) = source(self.files, "settings.toml") else {
            return;
        };
        for (name, _) in self.settings.iter().filter(|(name, _)| !named.contains(name)) {
            let problem = source.at_text(&format!("\n{name}"), format!("no test uses the setting `{name}`"));
            self.problems.insert(problem.nearest(name, named.iter().copied()));
        }
    }
}

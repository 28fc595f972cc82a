//! Turns the files of a pack into a checked [`Pack`], or into the list of everything that is wrong in them.

pub(super) mod control;
mod slips;

use std::collections::{BTreeMap, BTreeSet};

use super::approval;
use super::files::{Files, SHIPPED_SETTINGS, USES, shipped_files};
use super::resolve::Resolver;
use super::shelf::Shelf;
use super::written::{PackToml, Requirement, Status};
use super::{Control, Difference, Pack, PackFile, shipped, slug};
use crate::audit::{Baseline, DataClass};
use crate::rules::lint::{Problem, Source};
use crate::rules::settings::{DATA_CLASSES, Setting, Settings, SettingsFile, VERIFIED_HOURS};
use crate::sources::hex;

/// Collects problems while a pack is read.
struct Checker<'a> {
    shelf: &'a Shelf,
    id: &'a str,
    files: &'a Files,
    level: Option<Baseline>,
    resolver: Resolver<'a>,
    stated: SettingsFile,
    /// The values that hold for the pack as a whole.
    settings: Settings,
    problems: BTreeSet<Problem>,
    /// The control in hand has a problem, be it one that another control told already.
    broken: bool,
}

/// Checks the files of a pack. What is sound of it goes out with every problem of the rest: only a pack without problems
/// may run, but examples of sound controls can be tried while others are still being written.
pub(super) fn pack(
    shelf: &Shelf,
    id: &str,
    files: &Files,
    level: Option<Baseline>,
) -> Result<(Pack, Vec<Problem>), Problem> {
    let manifest = source(files, "pack.toml")?;
    let written: PackToml = manifest.toml()?;
    let stated = stated(files)?;
    let settings = stated.effective(level, None);
    let resolver = Resolver::new(shelf, id, files);
    let mut checker = Checker {
        shelf,
        id,
        files,
        level,
        resolver,
        stated,
        settings,
        problems: BTreeSet::new(),
        broken: false,
    };
    checker.manifest(id, manifest, &written);
    checker.data_classes();
    let controls = checker.controls(&written.requirements);
    checker.settings_in_use(&controls);
    let used = checker.used_files(&controls);
    let by_level = checker.stated.by_level();
    let problems = checker.problems.into_iter().collect();
    Ok((assemble(written, controls, checker.settings, files, used, by_level), problems))
}

/// The values of settings.toml, over the shipped ones where the organisation's file stands above those.
fn stated(files: &Files) -> Result<SettingsFile, Problem> {
    let own = source(files, "settings.toml")?;
    let stated = SettingsFile::read(&own)?;
    match source(files, SHIPPED_SETTINGS) {
        Ok(shipped) => stated.over(SettingsFile::read(&shipped)?, &own),
        Err(_) => Ok(stated),
    }
}

fn source<'a>(files: &'a Files, path: &'a str) -> Result<Source<'a>, Problem> {
    match files.get(path) {
        Some(text) => Ok(Source { file: path, text }),
        None => Err(Problem::of_file(path, "this file is missing")),
    }
}

fn assemble(
    written: PackToml,
    controls: Vec<Control>,
    settings: Settings,
    files: &Files,
    used: Files,
    by_level: bool,
) -> Pack {
    let mut all = files.clone();
    all.retain(|path, _| !path.starts_with(&format!("{USES}/")));
    all.extend(used);
    let difference = difference(&written.id, &all);
    let approval = approval::state(&written, &all);
    let files = all
        .into_iter()
        .map(|(path, text)| PackFile { sha256: sha256(&text), path, text: text.into_owned() })
        .collect();
    let by_level =
        by_level || written.requirements.iter().any(|requirement| !requirement.baselines.is_empty());
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
        by_level,
        difference,
        approval,
    }
}

/// Own files against the shipped pack of the same id, used files against the shipped packs they come from.
fn difference(id: &str, files: &Files) -> Difference {
    let used = |path: &&String| {
        let (pack, file) =
            path.strip_prefix("uses/").and_then(|path| path.split_once('/')).unwrap_or_default();
        shipped::file(pack, file) != files.get(*path).map(AsRef::as_ref)
    };
    let is_used = |path: &&String| path.starts_with("uses/");
    let mut differing: Vec<String> = files.keys().filter(is_used).filter(used).cloned().collect();
    let Some(shipped) = shipped_files(id) else {
        return Difference::Own;
    };
    // The values below are the shipped ones, unless somebody changed them.
    let same_below = |path: &&String| {
        *path == SHIPPED_SETTINGS && shipped.get("settings.toml") == files.get(SHIPPED_SETTINGS)
    };
    let own = files.keys().filter(|path| !is_used(path) && !same_below(path));
    let paths: BTreeSet<&String> = shipped.keys().chain(own).collect();
    differing.extend(paths.into_iter().filter(|path| shipped.get(*path) != files.get(*path)).cloned());
    differing.sort();
    if differing.is_empty() { Difference::Unmodified } else { Difference::Files(differing) }
}

fn sha256(text: &str) -> String {
    hex(&<sha2::Sha256 as sha2::Digest>::digest(text.as_bytes()))
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

    /// Every pack says which classes of tables it is about.
    fn data_classes(&mut self) {
        let Ok(source) = source(self.files, "settings.toml") else {
            return;
        };
        let known = DataClass::ALL.map(DataClass::as_str);
        let classes = match self.settings.get(DATA_CLASSES) {
            Some(Setting::Texts(classes)) if !classes.is_empty() => classes.clone(),
            _ => {
                let message = "`data_classes` must list the classes of tables that the pack is about";
                let problem = source.at_text(DATA_CLASSES, message);
                let hint =
                    format!("for example data_classes = [\"cardholder\"]; known are {}", known.join(", "));
                self.problems.insert(problem.hint(hint));
                return;
            }
        };
        for class in classes.iter().filter(|class| !known.contains(&class.as_str())) {
            let problem = source.at_text(&format!("\"{class}\""), format!("no data class `{class}` exists"));
            self.problems.insert(problem.nearest(class, known));
        }
    }

    /// The controls, in the order in which pack.toml names their requirements.
    fn controls(&mut self, requirements: &[Requirement]) -> Vec<Control> {
        let folders: BTreeSet<&str> = self
            .files
            .keys()
            .filter_map(|path| path.split_once('/'))
            .map(|(at, _)| at)
            .filter(|at| *at != USES)
            .collect();
        let mut controls: Vec<(usize, Control)> = Vec::new();
        for folder in folders {
            let place = requirements.iter().position(|requirement| slug(&requirement.number) == folder);
            let Some(place) = place else {
                self.stray(folder, requirements);
                continue;
            };
            let number = requirements.get(place).map_or("", |requirement| requirement.number.as_str());
            let before = self.errors();
            self.broken = false;
            match self.control(folder, number) {
                Ok(control) if self.errors() == before && !self.broken => controls.push((place, control)),
                Ok(_) => {}
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

    /// Each value is used by a test that it holds for: a spare or misspelt one would silently do nothing.
    fn settings_in_use(&mut self, controls: &[Control]) {
        let Ok(source) = source(self.files, "settings.toml") else {
            return;
        };
        if self.errors() > 0 {
            return;
        }
        let mut problems = Vec::new();
        for (section, name) in self.stated.stated() {
            let meant = |control: &&Control| match &section.requirement {
                Some(number) => control.requirement == *number,
                None => true,
            };
            if section.requirement.is_some() && !controls.iter().any(|control| meant(&control)) {
                let number = section.requirement.as_deref().unwrap_or_default();
                let message = format!("`{number}` is no baseline and no requirement that this pack tests");
                let problem = self.stated.at(&source, section, name, message);
                problems.push(
                    problem.nearest(number, controls.iter().map(|control| control.requirement.as_str())),
                );
                continue;
            }
            let named: BTreeSet<&str> = controls
                .iter()
                .filter(meant)
                .flat_map(|control| &control.tests)
                .flat_map(|test| &test.settings)
                .map(String::as_str)
                .collect();
            if name == VERIFIED_HOURS {
                let value = self.stated.effective(section.level, section.requirement.as_deref());
                if !matches!(value.get(name), Some(Setting::Truth(_))) {
                    let message = format!("`{name}` must be true or false");
                    problems.push(self.stated.at(&source, section, name, message));
                }
            } else if name != DATA_CLASSES && !named.contains(name) {
                let message = format!("no test uses the setting `{name}`");
                let problem = self.stated.at(&source, section, name, message);
                problems.push(problem.nearest(name, named.iter().copied()));
            } else if section.level.is_some()
                && self.stated.effective(None, section.requirement.as_deref()).get(name).is_none()
            {
                let message = format!("`{name}` has a value for a baseline, but none without one");
                let problem = self.stated.at(&source, section, name, message);
                problems.push(problem.hint("state it above the tables of baselines as well"));
            }
        }
        self.problems.extend(problems);
    }

    /// The files of other controls that this pack's controls rest on, by the path that a bundle gives them.
    fn used_files(&mut self, controls: &[Control]) -> Files {
        let mut used = Files::new();
        for path in controls.iter().flat_map(|control| &control.sources) {
            let Some((pack, file)) = path.strip_prefix("uses/").and_then(|path| path.split_once('/')) else {
                continue;
            };
            let (slug, name) = file.split_once('/').unwrap_or_default();
            let place = super::resolve::Place { pack: pack.to_owned(), slug: slug.to_owned() };
            match self.resolver.file(&place, name) {
                Ok((path, text)) => drop(used.insert(path, text)),
                Err(problem) => drop(self.problems.insert(problem)),
            }
        }
        used
    }
}

//! Where packs are taken from, with what several of them share: files read once, scripts compiled once, one pair of
//! engines for each distinct set of settings.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use rhai::AST;

use super::files::{self, Files};
use super::{Pack, check, shipped};
use crate::audit::Baseline;
use crate::error::{Error, Result};
use crate::rules::engine::Engines;
use crate::rules::lint::Problem;
use crate::rules::settings::Settings;

/// Folders of the organisation, then the shipped packs.
#[derive(Debug, Default)]
pub struct Shelf {
    folders: Vec<PathBuf>,
    files: RefCell<BTreeMap<String, Rc<Files>>>,
    engines: RefCell<BTreeMap<String, Arc<Engines>>>,
    compiled: RefCell<BTreeMap<String, AST>>,
}

impl Shelf {
    /// A shelf that looks into these folders first.
    pub fn new(folders: &[PathBuf]) -> Self {
        Shelf { folders: folders.to_vec(), ..Shelf::default() }
    }

    /// Loads and checks a pack under a baseline.
    ///
    /// # Errors
    /// `Kind::Usage` when no such pack exists or anything in it is wrong; the message lists every problem.
    pub fn load(&self, id: &str, level: Option<Baseline>) -> Result<Pack> {
        let (pack, problems) = self.sound_part(id, level)?;
        match (pack, problems) {
            (Some(pack), problems) if problems.iter().all(Problem::is_note) => Ok(pack),
            (_, problems) => {
                Err(told(id, &problems.into_iter().filter(|problem| !problem.is_note()).collect::<Vec<_>>()))
            }
        }
    }

    /// The sound part of a pack, if its frame is sound, and every problem of the rest in order of place. Nothing of a
    /// pack with problems may run but examples.
    ///
    /// # Errors
    /// `Kind::Usage` when no such pack exists or its files cannot be read.
    pub fn sound_part(&self, id: &str, level: Option<Baseline>) -> Result<(Option<Pack>, Vec<Problem>)> {
        let files = self.files(id)?;
        Ok(match check::pack(self, id, &files, level) {
            Ok((pack, problems)) => (Some(pack), problems),
            Err(problem) => (None, vec![problem]),
        })
    }

    /// Ids of all packs: those of the folders and the shipped ones.
    ///
    /// # Errors
    /// `Kind::Usage` when a folder cannot be read.
    pub fn ids(&self) -> Result<Vec<String>> {
        let mut ids: Vec<String> = shipped::packs().map(str::to_owned).collect();
        for folder in &self.folders {
            let cannot = |cause| Error::usage(format!("cannot read {}", folder.display())).cause(&cause);
            for entry in std::fs::read_dir(folder).map_err(cannot)? {
                let entry = entry.map_err(cannot)?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if files::is_name(&name) && entry.path().join("pack.toml").is_file() {
                    ids.push(name);
                }
            }
        }
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    /// The examples of a control: file name and text.
    ///
    /// # Errors
    /// `Kind::Usage` when they cannot be read.
    pub(super) fn examples(&self, id: &str, slug: &str) -> Result<Files> {
        files::examples(id, slug, &self.folders)
    }

    /// The files of a pack, read once.
    pub(super) fn files(&self, id: &str) -> Result<Rc<Files>> {
        if let Some(known) = self.files.borrow().get(id) {
            return Ok(known.clone());
        }
        let read = Rc::new(files::read(id, &self.folders)?);
        self.files.borrow_mut().insert(id.to_owned(), read.clone());
        Ok(read)
    }

    /// The engines whose scripts see these settings.
    pub(super) fn engines(&self, settings: &Settings) -> Arc<Engines> {
        let key = format!("{:?}", settings.iter().collect::<Vec<_>>());
        self.engines.borrow_mut().entry(key).or_insert_with(|| Arc::new(Engines::new(settings))).clone()
    }

    /// A script, compiled once: settings change what it sees, not what it says.
    pub(super) fn compile(
        &self,
        engines: &Engines,
        text: &str,
    ) -> std::result::Result<AST, rhai::ParseError> {
        if let Some(known) = self.compiled.borrow().get(text) {
            return Ok(known.clone());
        }
        let ast = engines.compile(text)?;
        self.compiled.borrow_mut().insert(text.to_owned(), ast.clone());
        Ok(ast)
    }
}

fn told(id: &str, problems: &[Problem]) -> Error {
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Error::usage(format!("pack {id} has {} problem(s):\n{}", told.len(), told.join("\n")))
        .hint(format!("correct them and run again: all problems of pack {id} are listed at once"))
}

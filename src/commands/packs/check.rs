//! `trailwitness packs check`: is a pack sound, and do its examples give what they say?

use std::path::{Path, PathBuf};

use serde_json::json;

use super::examples;
use crate::commands::terminal;
use crate::error::{Error, Kind, Result};
use crate::rules::{Shelf, example_base, shipped_packs};

/// Flags of `packs check`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// A pack's folder, or a folder of packs; every shipped pack if not given
    pub folder: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// What is checked: packs, where they are looked up first, and the base of their examples.
pub struct Target {
    /// Ids, in order.
    pub packs: Vec<String>,
    /// Folders that hold them.
    pub folders: Vec<PathBuf>,
    /// Text of example-base.json.
    pub base: String,
}

impl Target {
    /// A pack's folder, a folder of packs, or the shipped packs.
    ///
    /// # Errors
    /// `Kind::Usage` when there is no such folder or no pack in it.
    pub fn of(folder: Option<&Path>) -> Result<Target> {
        let Some(folder) = folder else {
            let packs = shipped_packs().into_iter().map(str::to_owned).collect();
            return Ok(Target { packs, folders: Vec::new(), base: example_base().to_owned() });
        };
        let cannot = |cause| {
            Error::usage(format!("cannot read {}", folder.display()))
                .cause(&cause)
                .hint("name a pack's folder or a folder of packs")
        };
        let folder = folder.canonicalize().map_err(cannot)?;
        let shipped = |name: &str| shipped_packs().contains(&name);
        let name = |path: &Path| {
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let is_pack =
            |path: &Path| path.join("pack.toml").is_file() || (path.is_dir() && shipped(&name(path)));
        let (parent, mut packs) = if is_pack(&folder) {
            (folder.parent().map_or(folder.clone(), Path::to_path_buf), vec![name(&folder)])
        } else {
            let mut packs = Vec::new();
            for entry in std::fs::read_dir(&folder).map_err(cannot)? {
                let path = entry.map_err(cannot)?.path();
                if is_pack(&path) {
                    packs.push(name(&path));
                }
            }
            (folder.clone(), packs)
        };
        packs.sort();
        if packs.is_empty() {
            return Err(Error::usage(format!("{} holds no pack", folder.display()))
                .hint("a pack is a folder with a pack.toml, or one named like a shipped pack"));
        }
        let own = parent.join("example-base.json");
        let base = if own.is_file() {
            std::fs::read_to_string(&own)
                .map_err(|cause| Error::usage(format!("cannot read {}", own.display())).cause(&cause))?
        } else {
            example_base().to_owned()
        };
        Ok(Target { packs, folders: vec![parent], base })
    }
}

/// What checking one pack gave.
struct Sheet {
    pack: String,
    tests: usize,
    examples: usize,
    problems: Vec<String>,
}

/// Checks and gives the exit code: 0 sound, 2 with problems.
///
/// # Errors
/// When a pack cannot be found or read.
pub fn run(flags: &Flags) -> Result<u8> {
    let target = Target::of(flags.folder.as_deref())?;
    let base = examples::base(&target.base)?;
    let shelf = Shelf::new(&target.folders);
    let mut results = Vec::new();
    for pack in &target.packs {
        let checked = examples::check(&shelf, pack, &base)?;
        results.push(Sheet {
            pack: pack.clone(),
            tests: checked.tests,
            examples: checked.run,
            problems: checked.problems,
        });
    }
    let exit = if results.iter().all(|result| result.problems.is_empty()) { 0 } else { 2 };
    let text = if flags.json { as_json(&results, exit) } else { as_text(&results) };
    terminal::results(&text)
        .map_err(|cause| Error::new(Kind::Output, "cannot write the result").cause(&cause))?;
    Ok(exit)
}

fn as_text(results: &[Sheet]) -> String {
    let mut out = String::new();
    for result in results {
        for problem in &result.problems {
            out.push_str(&terminal::safe(problem));
            out.push_str("\n\n");
        }
        out.push_str(&format!(
            "{}: {} tests, {} examples, {} problems\n",
            result.pack,
            result.tests,
            result.examples,
            result.problems.len()
        ));
    }
    out
}

fn as_json(results: &[Sheet], exit: u8) -> String {
    let one = |result: &Sheet| json!({"pack": result.pack, "tests": result.tests, "examples": result.examples, "problems": result.problems});
    let value = json!({"packs": results.iter().map(one).collect::<Vec<_>>(), "exit": exit});
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

//! `trailwitness packs check`: is a pack sound, and do its examples give what they say?

use std::path::PathBuf;

use serde_json::json;

use super::examples;
use super::place::Place;
use crate::commands::terminal;
use crate::error::Result;

/// Flags of `packs check`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// A pack's folder, or a folder of packs; every shipped pack if not given
    pub folder: Option<PathBuf>,
    /// Also print notes: rules asked access by access, causes that no example brings out
    #[arg(long)]
    pub notes: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// What checking one pack gave.
struct Sheet {
    pack: String,
    tests: usize,
    examples: usize,
    problems: Vec<String>,
    notes: Vec<String>,
}

/// Checks and gives the exit code: 0 sound, 2 with problems.
///
/// # Errors
/// When a pack cannot be found or read.
pub fn run(flags: &Flags) -> Result<u8> {
    let place = flags.folder.as_deref().map_or_else(|| Ok(Place::shipped()), Place::folder)?;
    let base = examples::base(&place.base()?)?;
    let shelf = place.shelf();
    let mut results = Vec::new();
    for pack in &place.packs {
        let checked = examples::check(&shelf, pack, &base)?;
        results.push(Sheet {
            pack: pack.clone(),
            tests: checked.tests,
            examples: checked.run,
            problems: checked.problems,
            notes: checked.notes,
        });
    }
    let exit = if results.iter().all(|result| result.problems.is_empty()) { 0 } else { 2 };
    let text = if flags.json { as_json(&results, exit) } else { as_text(&results, flags.notes) };
    super::print(&text)?;
    Ok(exit)
}

fn as_text(results: &[Sheet], notes: bool) -> String {
    let mut out = String::new();
    for result in results {
        let noted = result.notes.iter().filter(|_| notes);
        for problem in noted.chain(&result.problems) {
            out.push_str(&terminal::safe(problem));
            out.push_str("\n\n");
        }
        out.push_str(&format!(
            "{}: {} tests, {} examples, {} problems{}\n",
            result.pack,
            result.tests,
            result.examples,
            result.problems.len(),
            if result.notes.is_empty() { String::new() } else { format!(", {} notes", result.notes.len()) }
        ));
    }
    out
}

fn as_json(results: &[Sheet], exit: u8) -> String {
    let one = |result: &Sheet| json!({"pack": result.pack, "tests": result.tests, "examples": result.examples, "problems": result.problems, "notes": result.notes});
    let value = json!({"packs": results.iter().map(one).collect::<Vec<_>>(), "exit": exit});
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

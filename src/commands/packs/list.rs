//! `trailwitness packs list`: which packs there are, and what of each requirement is tested.

use std::path::PathBuf;

use serde_json::json;

use crate::commands::terminal;
use crate::error::{Error, Result};
use crate::rules::{Pack, Shelf, Status};

/// Flags of `packs list`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Folder with own packs, searched before the shipped ones (may be repeated)
    #[arg(long, value_name = "DIR")]
    pub folder: Vec<PathBuf>,
    /// Print as JSON: one object a requirement
    #[arg(long)]
    pub json: bool,
}

/// Lists.
///
/// # Errors
/// When a folder cannot be read or a pack's frame is not sound.
pub fn run(flags: &Flags) -> Result<u8> {
    let shelf = Shelf::new(&flags.folder);
    let mut packs = Vec::new();
    let mut faulty = Vec::new();
    for id in shelf.ids()? {
        match shelf.sound_part(&id, None)? {
            (Some(pack), problems) => {
                let count = problems.iter().filter(|problem| !problem.is_note()).count();
                faulty.extend((count > 0).then(|| format!("{id} has {count} problems: see packs check")));
                packs.push(pack);
            }
            (None, problems) => {
                let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
                return Err(Error::usage(format!("pack {id} cannot be listed:\n{}", told.join("\n"))));
            }
        }
    }
    faulty.iter().for_each(|told| terminal::talk(&terminal::safe(told)));
    if flags.json {
        let rows: Vec<_> = packs.iter().flat_map(json_rows).collect();
        super::print(&(serde_json::to_string_pretty(&rows).unwrap_or_default() + "\n"))?;
    } else {
        super::print_safe(&packs.iter().map(text).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(0)
}

fn tests(pack: &Pack, number: &str) -> usize {
    pack.control(number).map_or(0, |control| control.tests.len())
}

fn json_rows(pack: &Pack) -> impl Iterator<Item = serde_json::Value> {
    pack.requirements.iter().map(|stated| {
        json!({
            "pack": pack.id,
            "number": stated.number,
            "title": stated.title,
            "status": stated.status.as_str(),
            "tests": tests(pack, &stated.number),
        })
    })
}

fn text(pack: &Pack) -> String {
    let of = |status: Status| pack.requirements.iter().filter(|stated| stated.status == status).count();
    let all: usize = pack.controls.iter().map(|control| control.tests.len()).sum();
    let mut lines = vec![
        format!("{}  {} ({}, {})", pack.id, pack.title, pack.version, pack.difference()),
        format!(
            "  {} requirements: {} automated, {} partial, {} manual; {all} tests",
            pack.requirements.len(),
            of(Status::Automated),
            of(Status::Partial),
            of(Status::Manual)
        ),
    ];
    let width = pack.requirements.iter().map(|stated| stated.number.chars().count()).max().unwrap_or(0);
    lines.extend(pack.requirements.iter().map(|stated| {
        let tests = match tests(pack, &stated.number) {
            0 => String::new(),
            1 => "1 test".to_owned(),
            count => format!("{count} tests"),
        };
        format!("    {:<width$}  {:<9}  {tests:<8} {}", stated.number, stated.status.as_str(), stated.title)
    }));
    lines.join("\n") + "\n"
}

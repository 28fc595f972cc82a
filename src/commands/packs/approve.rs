//! `trailwitness packs approve`: somebody else than the author says in pack.toml that they stand behind the pack as it is.

use std::path::{Path, PathBuf};

use super::place::Place;
use crate::clock;
use crate::error::{Error, Result};
use crate::rules::Approval;

/// Flags of `packs approve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Folder of the pack
    pub folder: PathBuf,
    /// Who approves it
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// The day of approval, as 2026-03-02
    #[arg(long, value_name = "DATE")]
    pub on: String,
}

/// Writes the approval.
///
/// # Errors
/// When the pack has problems, is no whole pack, or its author would approve it.
pub fn run(flags: &Flags) -> Result<u8> {
    let path = flags.folder.join("pack.toml");
    if !path.is_file() {
        return Err(Error::usage(format!("{} has no pack.toml", flags.folder.display())).hint(
            "an approval is written into pack.toml, so the folder must hold the whole pack: copy it out of a bundle's rules/",
        ));
    }
    let day = flags.on.len() == 10 && clock::parse_date_or_time(&flags.on).is_some();
    if !day {
        return Err(Error::usage(format!("--on {:?} is no day", flags.on)).hint("write 2026-03-02"));
    }
    let place = Place::folder(&flags.folder)?;
    let id = place.packs.first().map_or("", String::as_str);
    let pack = place.shelf().load(id, None)?;
    write(&path, &pack.approved(flags.by.trim(), &flags.on), || {
        let again = place.shelf().load(id, None)?;
        match again.approval() {
            Approval::Approved => Ok(()),
            Approval::No(reason) => {
                Err(Error::usage(format!("pack {id} would not count as approved: {reason}"))
                    .hint("the approver must be somebody else than the author whom pack.toml names"))
            }
        }
    })?;
    super::print_safe(&format!(
        "{id} {} is approved by {} on {}; every later change of it makes it unapproved again",
        pack.version,
        flags.by.trim(),
        flags.on
    ))?;
    Ok(0)
}

/// Writes a text and takes it back when what it gives is refused.
fn write(path: &Path, text: &str, check: impl Fn() -> Result<()>) -> Result<()> {
    let before = std::fs::read(path).map_err(|cause| Error::output("cannot read", path, &cause))?;
    let put = |bytes: &[u8]| {
        std::fs::write(path, bytes).map_err(|cause| Error::output("cannot write", path, &cause))
    };
    put(text.as_bytes())?;
    check().or_else(|error| {
        put(&before)?;
        Err(error)
    })
}

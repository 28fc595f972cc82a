//! `trailwitness verify`: does a bundle hold together?

use std::path::PathBuf;

use serde_json::json;

use super::terminal;
use crate::bundle::verify;
use crate::error::{Error, Kind, Result};

/// Flags of `verify`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Folder that `run` wrote
    pub bundle: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Checks and gives the exit code: 0 holds, 1 differs, 3 something could not be checked.
///
/// # Errors
/// When the folder is no bundle.
pub fn run(flags: &Flags) -> Result<u8> {
    let findings = verify::bundle(&flags.bundle)?;
    let exit = findings.exit_code();
    let text = if flags.json {
        let value = json!({"holds": findings.holds, "differs": findings.differs, "unchecked": findings.unchecked, "exit": exit});
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    } else {
        words(&findings, exit)
    };
    terminal::results(&text)
        .map_err(|cause| Error::new(Kind::Output, "cannot write the result").cause(&cause))?;
    Ok(exit)
}

fn words(findings: &verify::Findings, exit: u8) -> String {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(findings.holds.iter().map(|line| format!("holds      {}", terminal::safe(line))));
    lines.extend(findings.unchecked.iter().map(|line| format!("unchecked  {}", terminal::safe(line))));
    lines.extend(findings.differs.iter().map(|line| format!("DIFFERS    {}", terminal::safe(line))));
    lines.push(match exit {
        0 => "The bundle holds. It is unsigned: nothing proves who made it.".to_owned(),
        1 => format!("The bundle does NOT hold: {} differences.", findings.differs.len()),
        _ => format!("Nothing differs, but {} claims could not be checked.", findings.unchecked.len()),
    });
    lines.join("\n") + "\n"
}

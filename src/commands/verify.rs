//! `trailwitness verify`: does a bundle hold together, and does one citation hold down to the bytes of its log file?

mod event;

use std::path::PathBuf;

use serde_json::json;

use super::s3::S3Flags;
use super::terminal;
use crate::bundle::verify::{self, Findings};
use crate::error::{Error, Kind, Result};

/// Flags of `verify`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Folder that `run` wrote
    pub bundle: PathBuf,
    /// Replay one citation down to the bytes of its log file instead: `F-000012#7`, an event reference, or an event id
    #[arg(long, value_name = "REF")]
    pub event: Option<String>,
    /// Folder or file where the logs lie now, or `s3://BUCKET/PREFIX` (may be repeated); where the run read them if not given
    #[arg(long, value_name = "FOLDER|S3", requires = "event")]
    pub logs: Vec<PathBuf>,
    /// File with the answer of ListPublicKeys, or folder with one REGION.json a region (may be repeated); those of the run if
    /// not given
    #[arg(long, value_name = "FILE|DIR", requires = "event")]
    pub public_keys: Vec<PathBuf>,
    /// Bucket that CloudTrail delivered to, when the logs are a copy in another one (may be repeated)
    #[arg(long, value_name = "BUCKET", requires = "event")]
    pub original_bucket: Vec<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// How buckets are reached
    #[command(flatten)]
    pub s3: S3Flags,
}

/// Checks and gives the exit code: 0 holds, 1 differs, 3 something could not be checked.
///
/// # Errors
/// When the folder is no bundle, or holds no such record.
pub fn run(flags: &Flags) -> Result<u8> {
    if let Some(reference) = &flags.event {
        return event::run(flags, reference);
    }
    let findings = verify::bundle(&flags.bundle)?;
    let exit = findings.exit_code();
    let text = if flags.json {
        let value = json!({"holds": findings.holds, "differs": findings.differs, "unchecked": findings.unchecked, "exit": exit});
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    } else {
        words(&findings, exit)
    };
    print(&text)?;
    Ok(exit)
}

fn print(text: &str) -> Result<()> {
    terminal::results(text).map_err(|cause| Error::new(Kind::Output, "cannot write the result").cause(&cause))
}

fn words(findings: &Findings, exit: u8) -> String {
    let mut lines = told(findings);
    lines.push(match exit {
        0 => "The bundle holds. It is unsigned: nothing proves who made it.".to_owned(),
        1 => format!("The bundle does NOT hold: {} differences.", findings.differs.len()),
        _ => format!("Nothing differs, but {} claims could not be checked.", findings.unchecked.len()),
    });
    lines.join("\n") + "\n"
}

/// A line for each finding.
fn told(findings: &Findings) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(findings.holds.iter().map(|line| format!("holds      {}", terminal::safe(line))));
    lines.extend(findings.unchecked.iter().map(|line| format!("unchecked  {}", terminal::safe(line))));
    lines.extend(findings.differs.iter().map(|line| format!("DIFFERS    {}", terminal::safe(line))));
    lines
}

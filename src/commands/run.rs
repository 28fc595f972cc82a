//! `trailwitness run`: the main job.

use std::path::PathBuf;

use super::pipeline::{self, Documents, Writing};
use super::reading::Reading;
use super::s3::S3Flags;
use super::summary::Report;
use super::terminal::{self, Bar};
use crate::audit::{Audit, Overrides, Source};
use crate::bundle::manifest::RunFacts;
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::verdicts::{self, TestPlace, Word};

/// Flags of `run`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// The audit file
    #[arg(default_value = "audit.toml")]
    pub audit: PathBuf,
    /// What to read instead
    #[command(flatten)]
    pub reading: Reading,
    /// The only "today" that rules and documents see; the end of the window if not given
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Run this pack instead of those named in the file (may be repeated)
    #[arg(long, value_name = "PACK")]
    pub pack: Vec<String>,
    /// Write the bundle into this folder
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub out: PathBuf,
    /// Redaction profile; only `internal` exists in this version
    #[arg(long, value_name = "PROFILE")]
    pub redaction: Option<String>,
    /// Documents to draw beside the data files
    #[arg(long, value_enum, default_value_t)]
    pub documents: Documents,
    /// Folder with own page templates
    #[arg(long, value_name = "FOLDER")]
    pub templates: Option<PathBuf>,
    /// Reading threads; all cores if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Exit 11 on exceptions, 10 on insufficient evidence
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub fail_on: Vec<FailOn>,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
    /// How buckets are reached
    #[command(flatten)]
    pub s3: S3Flags,
}

/// Verdicts that `--fail-on` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// Exit 11 when a test found exceptions.
    Exceptions,
    /// Exit 10 when a test could not conclude.
    Insufficient,
}

/// Runs the main job and gives the exit code.
///
/// # Errors
/// When no bundle could be written.
pub fn run(flags: &Flags) -> Result<u8> {
    let started = clock::now();
    let overrides = Overrides {
        as_of: flags.as_of.clone(),
        packs: flags.pack.clone(),
        redaction: flags.redaction.clone(),
        ..flags.reading.overrides(&flags.s3)
    };
    let audit = Audit::read(&flags.audit, &overrides)?;
    let packs = pipeline::packs(&audit)?;
    let tests = verdicts::tests(&packs);
    check_declarations(&audit, &packs)?;
    let read = read(&audit, flags)?;
    let judged = pipeline::judge(&read, &audit, &tests);
    let exit = exit_code(&read, &audit, &tests, &judged, flags);
    let run = RunFacts {
        started,
        finished: started,
        operator: std::env::var("USER")
            .or_else(|_| std::env::var("LOGNAME"))
            .unwrap_or_else(|_| "not known".to_owned()),
        command: std::env::args().collect(),
        sources: audit.sources.iter().map(Source::shown).collect(),
        public_keys: audit.public_keys.iter().map(|path| path.display().to_string()).collect(),
        exit,
    };
    let writing =
        Writing { out: &flags.out, documents: flags.documents, run, templates: flags.templates.as_deref() };
    let outcome = pipeline::write(&read, &audit, &packs, &tests, &judged, &writing)?;
    let report = Report {
        read: &read,
        audit: &audit,
        packs: &packs,
        tests: &tests,
        judged: &judged,
        outcome: &outcome,
        documents: flags.documents,
    };
    let text = if flags.json { report.json(exit) } else { report.text() };
    terminal::results(&text)
        .map_err(|cause| Error::new(Kind::Output, "cannot write the summary").cause(&cause))?;
    Ok(exit)
}

fn read(audit: &Audit, flags: &Flags) -> Result<pipeline::Read> {
    let bar = Bar::new();
    let read = pipeline::read(audit, super::threads(flags.threads), &bar);
    bar.finish();
    read
}

/// A declaration for a requirement that no loaded pack has would silently do nothing.
fn check_declarations(audit: &Audit, packs: &[crate::rules::Pack]) -> Result<()> {
    for section in &audit.file.not_applicable {
        let known = packs.iter().any(|pack| {
            pack.requirements
                .iter()
                .any(|stated| format!("{}/{}", pack.id, stated.number) == section.requirement)
        });
        if !known {
            return Err(Error::usage(format!(
                "[[not_applicable]] names {:?}, which no pack of this run has",
                section.requirement
            ))
            .hint("write it as pack/number, for example pci-dss-4.0.1/10.2.1.1"));
        }
    }
    Ok(())
}

/// Precedence 4, 11, 10, 0 (architecture §4).
fn exit_code(
    read: &pipeline::Read,
    audit: &Audit,
    tests: &[TestPlace<'_>],
    judged: &verdicts::Judged,
    flags: &Flags,
) -> u8 {
    let has = |word: Word| {
        tests.iter().zip(&judged.verdicts).any(|(place, verdict)| place.word(audit, verdict) == word)
    };
    let lost = read.ledger.lost() > 0;
    if lost || judged.verdicts.iter().any(|verdict| verdict.word == Word::Error) {
        4
    } else if flags.fail_on.contains(&FailOn::Exceptions) && has(Word::Exceptions) {
        11
    } else if flags.fail_on.contains(&FailOn::Insufficient) && has(Word::Insufficient) {
        10
    } else {
        0
    }
}

//! `trailwitness trace`: who touched one item, what one person did, where one credential came from. It reads what
//! audit.toml names, as `run` does, and writes an answer and no bundle.

use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::pipeline::{self, Read, Rereader};
use super::reading::Reading;
use super::s3::S3Flags;
use super::terminal::{self, Bar};
use crate::audit::Audit;
use crate::bundle::Inputs;
use crate::bundle::dossiers::{Maker, hours::Closed};
use crate::bundle::model::Model;
use crate::bundle::sessions::Sessions;
use crate::bundle::table::Written;
use crate::bundle::{assemble, redaction};
use crate::error::{Error, Kind, Result};
use crate::ledger::repeats::Place;
use crate::patterns;
use crate::records::Record;
use crate::render::{pdf, traces as render};
use crate::sources::{self, Entry, hex};
use crate::traces::item::Question;
use crate::traces::person::{self, PersonTrace, Subject};
use crate::traces::{Refusal, Sources, credential, item};
use crate::verdicts::{self, Judged};

/// Where the CSV form is named in a dossier.
const CSV: &str = "the CSV form of this trace (--csv)";

/// What to trace.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Who read, wrote or deleted one item, and who may have
    Item(Box<Item>),
    /// What one person, program or unresolved identity did
    Person(Box<Person>),
    /// Where one credential came from, its uses, and what it handed out
    Credential(Box<Credential>),
}

/// What every trace reads and how it answers.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// The audit file
    #[arg(long, value_name = "FILE", default_value = "audit.toml")]
    pub audit: PathBuf,
    /// What to read instead
    #[command(flatten)]
    pub reading: Reading,
    /// Print every line as CSV
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Reading threads; all cores if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// How buckets are reached
    #[command(flatten)]
    pub s3: S3Flags,
}

/// Flags of `trace item`.
#[derive(Debug, Clone, clap::Args)]
pub struct Item {
    /// Name or ARN of the table; a name stands for every table that has it
    #[arg(value_name = "TABLE")]
    pub table: String,
    /// The key: values, or NAME=VALUE, or JSON as DynamoDB writes it ({"pk": {"S": "a"}}). Attributes that are left out
    /// may have any value
    #[arg(value_name = "KEY", required = true, allow_negative_numbers = true)]
    pub key: Vec<String>,
    /// Name functions and roles in place of employees, as an answer to somebody outside may have to
    #[arg(long)]
    pub roles: bool,
    /// What to read and how to answer
    #[command(flatten)]
    pub common: Common,
}

/// Flags of `trace person`.
#[derive(Debug, Clone, clap::Args)]
pub struct Person {
    /// Name, mail, roster id, ARN, or token as in a bundle's users.csv
    #[arg(value_name = "WHO")]
    pub who: String,
    /// Also write the dossier as a PDF
    #[arg(long, value_name = "FILE")]
    pub pdf: Option<PathBuf>,
    /// What to read and how to answer
    #[command(flatten)]
    pub common: Common,
}

/// Flags of `trace credential`.
#[derive(Debug, Clone, clap::Args)]
pub struct Credential {
    /// Access key id (AKIA…, ASIA…), never a secret
    #[arg(value_name = "KEYID")]
    pub key: String,
    /// What to read and how to answer
    #[command(flatten)]
    pub common: Common,
}

/// Traces and gives the exit code: 0, or 4 when input could not be read.
///
/// # Errors
/// When the question names nothing or several things, or the sources cannot be read.
pub fn run(command: &Command) -> Result<u8> {
    let common = match command {
        Command::Item(flags) => &flags.common,
        Command::Person(flags) => &flags.common,
        Command::Credential(flags) => &flags.common,
    };
    let audit = Audit::read(&common.audit, &common.reading.overrides(&common.s3))?;
    let bar = Bar::new();
    let entries = sources::list_watched(&audit.sources, &bar)?;
    let read = pipeline::read_entries(&audit, &entries, super::threads(common.threads), &bar);
    bar.finish();
    let read = read?;
    let text = answer(command, common, &audit, &read, &entries)?;
    terminal::results(&text)
        .map_err(|cause| Error::new(Kind::Output, "cannot write the answer").cause(&cause))?;
    Ok(if read.ledger.lost() > 0 { 4 } else { 0 })
}

fn answer(
    command: &Command,
    common: &Common,
    audit: &Audit,
    read: &Read,
    entries: &[Entry],
) -> Result<String> {
    let reader = Rereader::new(entries, &read.ledger.files);
    let again = |places: &std::collections::BTreeSet<Place>, see: &mut dyn FnMut(Place, &Record<'_>)| {
        reader.visit(places, see);
    };
    let from = Sources { audit, ledger: &read.ledger, coverage: &read.coverage, again: &again };
    match command {
        Command::Item(flags) => {
            let question = Question { table: &flags.table, key: &flags.key, roles: flags.roles };
            let trace = item::trace(&from, question)?.map_err(refused)?;
            form(common, &trace, &|| render::item_csv(&trace), &|| render::item(&trace))
        }
        Command::Credential(flags) => {
            let trace = credential::trace(&from, &flags.key)?.map_err(refused)?;
            form(common, &trace, &|| render::credential_csv(&trace), &|| render::credential(&trace))
        }
        Command::Person(flags) => {
            let subject = person::find(&from, &flags.who).map_err(refused)?;
            one_person(flags, common, &from, read, subject)
        }
    }
}

fn refused(refusal: Refusal) -> Error {
    Error::usage(refusal.message).hint(refusal.hint)
}

fn form(
    common: &Common,
    trace: &impl serde::Serialize,
    csv: &dyn Fn() -> String,
    text: &dyn Fn() -> String,
) -> Result<String> {
    if common.json {
        json(trace)
    } else if common.csv {
        Ok(csv())
    } else {
        Ok(terminal::safe(&text()) + "\n")
    }
}

fn json(trace: &impl serde::Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(trace)
        .map_err(|cause| Error::new(Kind::Internal, "cannot write the answer").cause(&cause))?;
    Ok(text + "\n")
}

fn one_person(
    flags: &Person,
    common: &Common,
    from: &Sources<'_>,
    read: &Read,
    subject: Subject,
) -> Result<String> {
    let sessions = Sessions::new(from.ledger, from.audit.session_silence);
    let lines = person::lines(from, &sessions, subject);
    let judged = verdicts::judge(from.ledger, from.coverage, from.audit, &[]);
    let inputs = inputs(from, read, &judged);
    let patterns = patterns::find(from.ledger, from.coverage, from.audit);
    let csv = render::person_csv(&lines);
    let file = Written {
        path: CSV.to_owned(),
        bytes: csv.len() as u64,
        sha256: hex(&Sha256::digest(csv.as_bytes())),
        rows: lines.len() as u64,
    };
    // No file of this trace holds all patterns, so no hash can be told of one.
    let patterns_file = Written { path: "data/patterns.csv of a bundle".to_owned(), ..Written::default() };
    let maker = Maker {
        inputs: &inputs,
        sessions: &sessions,
        sessions_file: file.clone(),
        accesses_file: file,
        patterns: (&patterns, patterns_file),
        credentials_file: "the JSON form of this trace (--json)",
        closed: Closed::of(from.audit),
    };
    let trace = person::trace(from, &sessions, &maker, subject, lines)?;
    if let Some(path) = &flags.pdf {
        dossier(path, &inputs, &trace)?;
    }
    form(common, &trace, &|| csv.clone(), &|| render::person(&trace))
}

/// What dossiers are made from, without any pack: nothing is judged here.
fn inputs<'a>(from: &Sources<'a>, read: &'a Read, judged: &'a Judged) -> Inputs<'a> {
    Inputs {
        audit: from.audit,
        packs: &[],
        tests: &[],
        ledger: from.ledger,
        coverage: from.coverage,
        judged,
        integrity: read.integrity.as_ref(),
    }
}

/// Writes the dossier. Its digest is the one of the trace's JSON form: there is no bundle to take one from.
fn dossier(path: &Path, inputs: &Inputs<'_>, trace: &PersonTrace) -> Result<()> {
    let digest = hex(&Sha256::digest(json(trace)?.as_bytes()));
    let mut head = assemble::head(inputs, &digest);
    head.bundle_id =
        format!("no bundle: `trailwitness trace person`, digest of its JSON form ({})", trace.dossier.token);
    head.redaction = redaction::INTERNAL.to_owned();
    let model = Model { head, people: vec![trace.dossier.clone()], ..Model::default() };
    let drawn = pdf::dossier(&model, 0).map(|plan| pdf::draw(&model, &plan)).transpose();
    let drawn =
        drawn.map_err(|cause| Error::new(Kind::Internal, "the dossier could not be drawn").cause(&cause))?;
    let bytes = drawn.map(|drawn| drawn.bytes).unwrap_or_default();
    let mut file = std::fs::File::create_new(path).map_err(|cause| {
        let error = Error::output("cannot write the dossier", path, &cause);
        match cause.kind() {
            std::io::ErrorKind::AlreadyExists => error.hint("nothing is overwritten: name another file"),
            _ => error,
        }
    })?;
    file.write_all(&bytes).map_err(|cause| Error::output("cannot write", path, &cause))
}

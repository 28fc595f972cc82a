//! `trailwitness integrity`: are the log files what CloudTrail delivered, are they all here, and for which hours can that
//! not be told? It reads and hashes files, and parses no record.

mod text;

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::s3::{self, S3Flags};
use super::terminal::{self, Bar};
use super::trust;
use crate::audit::{S3Scope, S3Settings, Source};
use crate::clock::{self, Seconds};
use crate::error::{Error, Kind, Result};
use crate::ledger::intake::Progress;
use crate::sources::digests::{self, Acceptance, Inside, Keys, Report, Settings};
use crate::sources::{self, Entry, names};

/// Flags of `integrity`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Folders or files with log files and digests, in any arrangement, or `s3://BUCKET/PREFIX`
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// File with the answer of ListPublicKeys, or folder with one REGION.json a region (may be repeated); asked of
    /// CloudTrail if not given and a source is a bucket
    #[arg(long, value_name = "FILE|DIR")]
    pub public_keys: Vec<PathBuf>,
    /// Start of the window, a date or a time; the first thing seen if not given
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// End of the window, not included; the last thing seen if not given
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Minutes after the end in which deliveries still count
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u32).range(..=10_080))]
    pub allowance: u32,
    /// Account that must have digests (may be repeated); all that are seen if not given
    #[arg(long, value_name = "ID")]
    pub account: Vec<String>,
    /// Region that must have digests in each account (may be repeated); all that are seen if not given
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// Bucket that the objects were copied from, when the source is a replica (may be repeated)
    #[arg(long, value_name = "BUCKET")]
    pub original_bucket: Vec<String>,
    /// Accept an incomplete finding for a reason that the report prints (may be repeated)
    #[arg(long, value_name = "CLASS[:REASON]=TEXT")]
    pub accept: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// List valid files too
    #[arg(long)]
    pub verbose: bool,
    /// Reading threads; all cores if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Time to state in the report as the time it was made; left out if not given, so that runs can be compared
    #[arg(long, value_name = "TIME")]
    pub generated_at: Option<String>,
    /// How buckets are reached.
    #[command(flatten)]
    pub s3: S3Flags,
}

/// Checks and gives the exit code: 0 verified, 1 altered or lost, 3 cannot be told.
///
/// # Errors
/// For wrong flags, keys that cannot be read, sources that do not exist.
pub fn run(flags: &Flags) -> Result<u8> {
    let mut settings = settings(flags)?;
    let generated = flags.generated_at.as_deref().map(|text| time(text, "--generated-at")).transpose()?;
    let sources = places(flags, &settings)?;
    let entries = sources::list(&sources)?;
    settings.expected = expected(flags, &entries);
    settings.keys = trust::keys(&flags.public_keys, &sources, &entries)?;
    let mut report = report(flags, &entries, settings)?;
    report.source = sources.iter().map(Source::shown).collect();
    report.generated_at = generated.map(clock::rfc3339);
    let text = if flags.json {
        serde_json::to_string_pretty(&report)
            .map_err(|cause| Error::new(Kind::Internal, "cannot write the report").cause(&cause))?
            + "\n"
    } else {
        text::report(&report)
    };
    terminal::results(&text)
        .map_err(|cause| Error::new(Kind::Output, "cannot write the result").cause(&cause))?;
    Ok(report.exit)
}

fn report(flags: &Flags, entries: &[Entry], settings: Settings) -> Result<Report> {
    let threads = super::threads(flags.threads);
    let bar = Bar::new();
    bar.begin(entries);
    let attested = digests::attest(entries, settings, threads)?;
    let logs = attested.read_logs(entries, threads, &|stored| bar.bytes(stored));
    bar.finish();
    Ok(attested.conclude(entries, &logs?, &Inside::default()))
}

/// What the flags say, without the accounts and regions to expect.
fn settings(flags: &Flags) -> Result<Settings> {
    let from = flags.from.as_deref().map(|text| time(text, "--from")).transpose()?;
    let to = flags.to.as_deref().map(|text| time(text, "--to")).transpose()?;
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        let (from, to) = (clock::rfc3339(from), clock::rfc3339(to));
        return Err(Error::usage(format!("--from ({from}) must be before --to ({to})"))
            .hint("a date means its first instant in UTC; the end is not part of the window"));
    }
    if let Some(wrong) = flags.account.iter().find(|account| !names::is_account(account)) {
        return Err(
            Error::usage(format!("--account {wrong:?} is no account")).hint("write its twelve digits")
        );
    }
    if let Some(wrong) = flags.region.iter().find(|region| !names::is_region(region)) {
        return Err(Error::usage(format!("--region {wrong:?} is no region")).hint("write it as in us-east-1"));
    }
    Ok(Settings {
        keys: Keys::default(),
        from,
        to,
        allowance: Seconds::from(flags.allowance) * 60,
        expected: Vec::new(),
        original_buckets: flags.original_bucket.clone(),
        accepted: flags.accept.iter().map(|text| Acceptance::parse(text)).collect::<Result<_>>()?,
        all_objects: flags.verbose,
        audited: None,
    })
}

/// Folders, and buckets of which only the accounts, regions and days asked for are listed.
fn places(flags: &Flags, settings: &Settings) -> Result<Vec<Source>> {
    let regions: BTreeSet<String> = flags.region.iter().cloned().collect();
    let scope = S3Scope {
        accounts: flags.account.iter().map(|account| (account.clone(), regions.clone())).collect(),
        window: settings.from.zip(settings.to),
    };
    let reached = flags.s3.settings();
    let cache = reached.cache.clone().or_else(s3::default_cache);
    let reached = S3Settings { cache, ..reached };
    flags.sources.iter().map(|path| Source::new(path, &reached, &scope)).collect()
}

fn time(text: &str, flag: &str) -> Result<Seconds> {
    clock::parse_date_or_time(text).ok_or_else(|| {
        Error::usage(format!("{flag} {text:?} is no date or time"))
            .hint("write 2026-03-02, 2026-03-02T10:00:00Z or 2026-03-02T12:00:00+02:00")
    })
}

/// Every account expected in every region expected; where only one of both is given, those seen in names stand for the other.
fn expected(flags: &Flags, entries: &[Entry]) -> Vec<(String, String)> {
    if flags.account.is_empty() && flags.region.is_empty() {
        return Vec::new();
    }
    let seen: BTreeSet<(&str, &str)> = entries.iter().filter_map(|entry| place(&entry.name)).collect();
    let given_or = |given: &[String], seen: BTreeSet<&str>| -> BTreeSet<String> {
        if given.is_empty() {
            seen.into_iter().map(str::to_owned).collect()
        } else {
            given.iter().cloned().collect()
        }
    };
    let accounts = given_or(&flags.account, seen.iter().map(|(account, _)| *account).collect());
    let regions = given_or(&flags.region, seen.iter().map(|(_, region)| *region).collect());
    let of =
        |account: &String| regions.iter().map(|region| (account.clone(), region.clone())).collect::<Vec<_>>();
    accounts.iter().flat_map(of).collect()
}

fn place(name: &str) -> Option<(&str, &str)> {
    let log = names::log(name).map(|log| (log.account, log.region));
    log.or_else(|| names::digest(name).map(|digest| (digest.account, digest.region)))
}

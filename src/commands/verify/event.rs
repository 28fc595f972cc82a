//! `verify BUNDLE --event REF`: finds the logs and keys, has each record that the citation names followed to the bytes, and
//! prints what came out. It never reads a bucket or standard input that only the bundle names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use super::Flags;
use crate::audit::{S3Scope, S3Settings, Source};
use crate::bundle::verify::cited::{self, Citation};
use crate::bundle::verify::replay::{self, Digest, Logs, PublicKey, Replayed, Stated, visible};
use crate::bundle::verify::{self, Findings};
use crate::clock::{DAY, Seconds};
use crate::commands::terminal::safe;
use crate::commands::{s3, threads, trust};
use crate::error::Result;
use crate::ledger::Trust;
use crate::sources::digests::{self, Settings};
use crate::sources::{self, names, stdin};

/// Replays a citation and gives the exit code.
///
/// # Errors
/// When the folder is no bundle, holds no such record, or flags name what is not there.
pub fn run(flags: &Flags, reference: &str) -> Result<u8> {
    let manifest = verify::read_manifest(&flags.bundle)?;
    let mut findings = replay::data(&flags.bundle, &manifest)?;
    let citations = cited::find(&flags.bundle, reference)?;
    let stated = Stated::of(&flags.bundle, &manifest);
    let replayed = replayed(flags, &manifest, &citations, &stated)?;
    replayed.iter().for_each(|one| findings.add(&one.findings));
    let exit = findings.exit_code();
    let text = if flags.json {
        as_json(reference, &replayed, &findings, exit)
    } else {
        words(&replayed, &findings, exit)
    };
    super::print(&text)?;
    Ok(exit)
}

/// Follows each record, or tells why its log file could not be looked for.
fn replayed(
    flags: &Flags,
    manifest: &Value,
    citations: &[Citation],
    stated: &Stated,
) -> Result<Vec<Replayed>> {
    let without = |why: &str| citations.iter().map(|citation| replay::without_logs(citation, why)).collect();
    let sources = match places(flags, manifest, citations)? {
        Ok(sources) => sources,
        Err(why) => return Ok(without(&why)),
    };
    let entries = match sources::list(&sources) {
        Ok(entries) => entries,
        // What was asked for has to be there; what the bundle names may have moved.
        Err(error) if !flags.logs.is_empty() => return Err(error),
        Err(error) => {
            return Ok(without(&format!(
                "{}: name the folder that holds the logs now with --logs",
                error.message
            )));
        }
    };
    let keys = trust::keys(&key_files(flags, manifest), &sources, &entries)?;
    let original_buckets = flags.original_bucket.clone();
    let settings = Settings { keys, original_buckets, ..Settings::default() };
    let attested = digests::attest(&entries, settings, threads(None))?;
    let places: Vec<String> = sources.iter().map(Source::shown).collect();
    let logs = Logs { entries: &entries, attested: &attested, places: &places };
    Ok(citations.iter().map(|citation| replay::replay(citation, stated, &logs)).collect())
}

/// What is not here may have moved; a file, a device or the root of the disk is no folder of logs.
fn is_folder_of_logs(place: &Path) -> bool {
    (place.is_dir() || !place.exists()) && place.components().any(|part| matches!(part, Component::Normal(_)))
}

/// Where to look for the logs; why not, where only the bundle names a place that no bundle may make somebody read.
fn places(
    flags: &Flags,
    manifest: &Value,
    citations: &[Citation],
) -> Result<std::result::Result<Vec<Source>, String>> {
    let settings = flags.s3.settings();
    let settings = S3Settings { cache: settings.cache.clone().or_else(s3::default_cache), ..settings };
    let scope = scope(citations);
    if !flags.logs.is_empty() {
        return flags
            .logs
            .iter()
            .map(|path| Source::new(path, &settings, &scope))
            .collect::<Result<_>>()
            .map(Ok);
    }
    let read = stated(manifest, "locations");
    let only_here =
        |place: &&String| place.starts_with("s3://") || stdin::is_stdin(Path::new(place.as_str()));
    Ok(match read.iter().find(only_here) {
        Some(place) if stdin::is_stdin(Path::new(place.as_str())) => {
            Err("the run read standard input: name the file that holds it with --logs".to_owned())
        }
        Some(place) => Err(format!(
            "the run read {place}: say --logs {place} with the --s3 options that reach it, or --logs FOLDER with a copy"
        )),
        None if read.is_empty() => {
            Err("manifest.json names no place of the logs: name it with --logs".to_owned())
        }
        // A bundle could name any file; a folder of logs is what a run reads, and never the whole disk.
        None if read.iter().any(|place| !is_folder_of_logs(Path::new(place))) => {
            Err("manifest.json names a file or a whole disk: name where the logs lie with --logs".to_owned())
        }
        None => Ok(read.into_iter().map(|place| Source::Folder(PathBuf::from(place))).collect()),
    })
}

/// Of a bucket only the accounts, regions and days of the files cited are listed, with the digests around them.
fn scope(citations: &[Citation]) -> S3Scope {
    let paths = citations.iter().filter_map(|citation| citation.file.get("path"));
    let logs: Vec<_> = paths.map(|path| names::log(path)).collect();
    let Some(logs) = logs.into_iter().collect::<Option<Vec<_>>>() else { return S3Scope::default() };
    let mut accounts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for log in &logs {
        accounts.entry(log.account.to_owned()).or_default().insert(log.region.to_owned());
    }
    let stamps = || logs.iter().map(|log| log.stamp);
    let window: Option<(Seconds, Seconds)> =
        stamps().min().zip(stamps().max()).map(|(first, last)| (first - DAY, last + DAY));
    S3Scope { accounts, window }
}

/// The public keys given, else those of the run that are still there.
fn key_files(flags: &Flags, manifest: &Value) -> Vec<PathBuf> {
    if !flags.public_keys.is_empty() {
        return flags.public_keys.clone();
    }
    stated(manifest, "public_keys")
        .into_iter()
        .map(PathBuf::from)
        .filter(|path| path.is_file() || path.is_dir())
        .collect()
}

/// A list of places of the run.
fn stated(manifest: &Value, name: &str) -> Vec<String> {
    let list = manifest.pointer(&format!("/sources/0/{name}")).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn as_json(reference: &str, replayed: &[Replayed], findings: &Findings, exit: u8) -> String {
    let one = |one: &Replayed| {
        let mut value = serde_json::to_value(one).unwrap_or_default();
        let record = one
            .record
            .as_deref()
            .map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())));
        value["record"] = record.unwrap_or_default();
        value
    };
    let value = json!({
        "event": reference,
        "records": replayed.iter().map(one).collect::<Vec<_>>(),
        "holds": findings.holds, "differs": findings.differs, "unchecked": findings.unchecked, "exit": exit,
    });
    visible(&serde_json::to_string_pretty(&value).unwrap_or_default()) + "\n"
}

fn words(replayed: &[Replayed], findings: &Findings, exit: u8) -> String {
    let mut lines: Vec<String> = Vec::new();
    for one in replayed {
        lines.extend(record_lines(one));
        lines.push(String::new());
    }
    lines.extend(super::told(findings));
    let records = if replayed.len() == 1 { "The record holds" } else { "All records hold" };
    lines.push(match exit {
        0 if replayed.iter().any(|one| one.is_stated(Trust::Altered)) => {
            format!("{records} as the bundle says; a log file is NOT what CloudTrail delivered, which it says too.")
        }
        0 if replayed.iter().all(|one| one.trust.as_deref() == Some(Trust::Verified.word())) => {
            format!("{records} down to the bytes of the log file and the signature of its digest.")
        }
        0 => format!(
            "{records} down to the bytes of the log file. No signed digest proves it: nothing shows that CloudTrail delivered these bytes."
        ),
        1 => format!("This does NOT hold: {} differences.", findings.differs.len()),
        _ => format!("Nothing differs, but {} claims could not be checked.", findings.unchecked.len()),
    });
    lines.join("\n") + "\n"
}

fn record_lines(one: &Replayed) -> Vec<String> {
    let mut lines = vec![safe(&format!("{}  {}", one.place, one.file))];
    let mut line = |name: &str, text: &str| {
        if !text.is_empty() {
            lines.push(format!("  {name:<12}{}", safe(text)));
        }
    };
    line("read at", one.read_at.as_deref().unwrap_or("not read"));
    let agrees = |now: &String| if *now == one.stated_sha256 { "agrees" } else { "DIFFERS" };
    let hash = one.sha256.as_ref().map(|now| format!("{now} ({} with the bundle)", agrees(now)));
    line("content", &hash.unwrap_or_else(|| format!("the bundle states SHA-256 {}", one.stated_sha256)));
    line("holds", &one.container);
    if let (Some(bytes), Some(hash)) = (one.record_bytes, &one.record_sha256) {
        line("record", &format!("{bytes} bytes, SHA-256 {hash}"));
    }
    digest_lines(one.digest.as_ref(), &mut line);
    line(
        "trust",
        &one.trust
            .as_deref()
            .map_or_else(String::new, |now| format!("{now}; the bundle states {}", one.stated_trust)),
    );
    match (&one.record, one.record_bytes) {
        (Some(record), _) => lines.extend(record.lines().map(|text| format!("  {text}"))),
        (None, Some(_)) => lines
            .push("  The record is not shown: the redaction profile of the bundle withholds it.".to_owned()),
        (None, None) => {}
    }
    lines
}

fn digest_lines(digest: Option<&Digest>, line: &mut dyn FnMut(&str, &str)) {
    let Some(digest) = digest else { return line("digest", "no valid digest of those here lists the file") };
    line("digest", &format!("{} ({})", digest.key, digest.status));
    if let (Some(signature), Some(source)) = (&digest.signature, digest.signature_source) {
        let place =
            if source == "metadata" { "of the metadata of the digest" } else { "in the digest behind it" };
        let start = signature.get(..16).unwrap_or(signature);
        line("signature", &format!("{start}… ({} bits, {place})", signature.len() * 4));
    }
    if let Some(key) = &digest.public_key {
        line("public key", &key_words(key));
    }
}

fn key_words(key: &PublicKey) -> String {
    let window = match (&key.valid_from, &key.valid_to) {
        (Some(from), Some(to)) => format!("valid from {from} to {to}"),
        _ => "no time of validity stated".to_owned(),
    };
    format!("{} ({window}, from {}, SHA-256 {})", key.fingerprint, key.source, key.sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bundle_makes_somebody_read_a_bucket_or_wait_for_input() {
        let flags = |logs: &[&str]| Flags {
            bundle: PathBuf::new(),
            event: Some("x".to_owned()),
            logs: logs.iter().map(PathBuf::from).collect(),
            public_keys: Vec::new(),
            original_bucket: Vec::new(),
            json: false,
            s3: s3::S3Flags::default(),
        };
        let manifest = |places: &[&str]| json!({"sources": [{"locations": places}]});
        let told = |logs: &[&str], read: &[&str]| places(&flags(logs), &manifest(read), &[]).unwrap();
        assert!(told(&[], &["a", "s3://acme-logs/x"]).unwrap_err().contains("--logs s3://acme-logs/x"));
        assert!(told(&[], &["-"]).unwrap_err().contains("standard input"));
        assert!(told(&[], &[]).unwrap_err().contains("--logs"));
        assert_eq!(told(&[], &["src"]).unwrap(), [Source::Folder(PathBuf::from("src"))]);
        // Neither a file nor the root of the disk, whatever the bundle says.
        for place in ["Cargo.toml", "/", "/.."] {
            assert!(told(&[], &[place]).unwrap_err().contains("--logs"), "{place}");
        }
        assert!(matches!(told(&["s3://acme-logs/x"], &["a"]).unwrap().as_slice(), [Source::S3(_)]));
    }
}

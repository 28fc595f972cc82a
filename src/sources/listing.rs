//! The one way in: all sources of an audit become one sorted list of entries. Comes in: folders and buckets. Goes out:
//! entries whose files lie on this machine. It opens none of them.

#[cfg(feature = "s3")]
use super::s3;
use super::{Entry, Obstacle, folder};
use crate::audit::{S3Place, Source};
use crate::error::{Error, Kind, Result};

/// How far fetching is; called from workers.
pub trait Watch: Sync {
    /// So many objects were found so far, so many of them are here, so many bytes came over the network.
    fn fetching(&self, found: u64, here: u64, bytes: u64) {
        let _ = (found, here, bytes);
    }
}

/// Nobody watches.
pub struct Unwatched;

impl Watch for Unwatched {}

/// Lists all files of the sources, sorted by name bytes; objects are fetched into the cache.
///
/// # Errors
/// `Kind::NoInput` when a source does not exist, is unreadable, or all together hold no file.
pub fn list(sources: &[Source]) -> Result<Vec<Entry>> {
    list_watched(sources, &Unwatched)
}

/// As [`list`], telling how far it is.
///
/// # Errors
/// As [`list`].
pub fn list_watched(sources: &[Source], watch: &dyn Watch) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let prefix = if sources.len() > 1 { format!("s{}/", number + 1) } else { String::new() };
        match source {
            Source::Folder(path) => folder::list(path, &prefix, &mut entries)?,
            Source::S3(place) => entries.extend(objects(place, &prefix, watch)?),
        }
    }
    let passed = |entry: &Entry| matches!(entry.obstacle, Some(Obstacle::Passed(_)));
    let buckets = sources.iter().any(|source| matches!(source, Source::S3(_)));
    if entries.is_empty() || (buckets && entries.iter().all(passed)) {
        return Err(nothing(sources, &entries));
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

#[cfg(feature = "s3")]
fn objects(place: &S3Place, prefix: &str, watch: &dyn Watch) -> Result<Vec<Entry>> {
    s3::fetch(place, prefix, watch)
}

#[cfg(not(feature = "s3"))]
fn objects(place: &S3Place, _prefix: &str, _watch: &dyn Watch) -> Result<Vec<Entry>> {
    Err(Error::usage(format!("{}: this build of the program cannot read buckets", place.shown()))
        .hint("build it with the feature s3 (it is on by default), or copy the bucket and give the folder"))
}

/// Words for an empty source: where was looked, and what was seen and left.
fn nothing(sources: &[Source], entries: &[Entry]) -> Error {
    let looked: Vec<String> = sources.iter().map(Source::shown).collect();
    let mut error = Error::new(Kind::NoInput, format!("no file in {}", looked.join(", ")));
    for entry in entries.iter().take(5) {
        if let Some(Obstacle::Passed(reason)) = &entry.obstacle {
            error.causes.push(format!("{}: {reason}", entry.name));
        }
    }
    let buckets: Vec<&S3Place> = sources
        .iter()
        .filter_map(|source| if let Source::S3(place) = source { Some(&**place) } else { None })
        .collect();
    if buckets.is_empty() {
        return error
            .hint("looked for CloudTrail log files (.json or .json.gz, in any arrangement of folders)");
    }
    error.hint(
        "looked below AWSLogs/ for the accounts, regions and days of the audit, and below other prefixes for everything: \
         check the prefix, [[account]], its regions and the window",
    )
}

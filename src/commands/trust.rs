//! The public keys that a check rests on: from files, or asked of CloudTrail where a source is a bucket and no file is
//! named. Comes in: paths, sources, entries. Goes out: keys; regions that could not be asked are told on standard error.

use std::path::PathBuf;

use crate::audit::Source;
use crate::error::Result;
use crate::sources::Entry;
use crate::sources::digests::Keys;

/// Keys from these files and folders; without any, those of the regions and times of the digests found in a bucket.
///
/// # Errors
/// For files that cannot be read, and when there are no credentials to ask with.
pub fn keys(files: &[PathBuf], sources: &[Source], entries: &[Entry]) -> Result<Keys> {
    let keys = Keys::read(files)?;
    let place = sources.iter().find_map(|source| match source {
        Source::S3(place) => Some(place),
        Source::Folder(_) => None,
    });
    match place {
        Some(place) if files.is_empty() => asked(keys, &place.settings, entries),
        _ => Ok(keys),
    }
}

#[cfg(feature = "s3")]
fn asked(mut keys: Keys, settings: &crate::audit::S3Settings, entries: &[Entry]) -> Result<Keys> {
    use std::collections::BTreeSet;

    use crate::commands::terminal;
    use crate::sources::{names, s3};

    if settings.endpoint.is_some() && settings.cloudtrail_endpoint.is_none() {
        terminal::talk("no public keys: a server other than AWS has none, name files that hold them");
        return Ok(keys);
    }
    let digests: Vec<_> = entries.iter().filter_map(|entry| names::digest(&entry.name)).collect();
    let regions: BTreeSet<String> = digests.iter().map(|digest| digest.region.to_owned()).collect();
    let ends = || digests.iter().map(|digest| digest.end);
    let (Some(first), Some(last)) = (ends().min(), ends().max()) else {
        return Ok(keys);
    };
    let regions: Vec<String> = regions.into_iter().collect();
    for (region, answer) in s3::public_keys(settings, &regions, (first, last))? {
        let source = format!("ListPublicKeys {region}");
        let taken = answer.and_then(|answer| {
            keys.listed(&answer, Some(&region), &source).map_err(|cause| cause.to_string())
        });
        if let Err(why) = taken {
            terminal::talk(&terminal::safe(&format!("public keys of {region}: {why}")));
        }
    }
    Ok(keys)
}

#[cfg(not(feature = "s3"))]
fn asked(keys: Keys, _: &crate::audit::S3Settings, _: &[Entry]) -> Result<Keys> {
    Ok(keys)
}

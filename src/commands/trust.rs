//! The public keys that a check rests on: from files, or asked of CloudTrail where a source is a bucket and no file is
//! named. Comes in: paths, sources, entries. Goes out: keys, and for each region that could not be asked why.

use std::path::PathBuf;

use crate::audit::Source;
use crate::error::Result;
use crate::sources::Entry;
use crate::sources::digests::Keys;

/// Keys, and what could not be asked, one line a region.
pub struct Trusted {
    /// The keys.
    pub keys: Keys,
    /// Regions without an answer, with the reason.
    pub refused: Vec<String>,
}

/// Keys from these files and folders; without any, those of the regions and times of the digests found in a bucket.
///
/// # Errors
/// For files that cannot be read, and when there are no credentials to ask with.
pub fn keys(files: &[PathBuf], sources: &[Source], entries: &[Entry]) -> Result<Trusted> {
    let keys = Keys::read(files)?;
    let place = sources.iter().find_map(|source| match source {
        Source::S3(place) => Some(place),
        Source::Folder(_) => None,
    });
    match place {
        Some(place) if files.is_empty() => asked(keys, &place.settings, entries),
        _ => Ok(Trusted { keys, refused: Vec::new() }),
    }
}

#[cfg(feature = "s3")]
fn asked(mut keys: Keys, settings: &crate::audit::S3Settings, entries: &[Entry]) -> Result<Trusted> {
    use std::collections::BTreeSet;

    use crate::sources::{names, s3};

    if settings.endpoint.is_some() && settings.cloudtrail_endpoint.is_none() {
        let why = "no public keys: a server other than AWS has none, name files that hold them";
        return Ok(Trusted { keys, refused: vec![why.to_owned()] });
    }
    let digests: Vec<_> = entries.iter().filter_map(|entry| names::digest(&entry.name)).collect();
    let regions: BTreeSet<String> = digests.iter().map(|digest| digest.region.to_owned()).collect();
    let ends = || digests.iter().map(|digest| digest.end);
    let (Some(first), Some(last)) = (ends().min(), ends().max()) else {
        return Ok(Trusted { keys, refused: Vec::new() });
    };
    let regions: Vec<String> = regions.into_iter().collect();
    let mut refused = Vec::new();
    for (region, answer) in s3::public_keys(settings, &regions, (first, last))? {
        let source = format!("ListPublicKeys {region}");
        let taken = answer.and_then(|answer| {
            keys.listed(&answer, Some(&region), &source).map_err(|cause| cause.to_string())
        });
        if let Err(why) = taken {
            refused.push(format!("public keys of {region}: {why}"));
        }
    }
    Ok(Trusted { keys, refused })
}

#[cfg(not(feature = "s3"))]
fn asked(keys: Keys, _: &crate::audit::S3Settings, _: &[Entry]) -> Result<Trusted> {
    Ok(Trusted { keys, refused: Vec::new() })
}

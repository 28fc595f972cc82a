//! Objects of a bucket as entries. Comes in: an `s3://` source with its settings and scope. Goes out: entries whose files lie in
//! the cache, and obstacles for what could not be had; a second run fetches only what changed. It parses no object, and
//! no key leads a file out of the cache folder.

mod bucket;
mod cache;
mod client;
mod crew;
pub mod keys;
mod layout;
mod refusal;

use std::sync::Arc;

use aws_config::SdkConfig;
use tokio::runtime::{Builder, Runtime};

use super::{Entry, Watch};
use crate::audit::{S3Place, S3Scope};
use crate::error::{Error, Kind, Result};
use bucket::{Bucket, Page};
use cache::Cache;
use crew::{Crew, Listing};
pub use keys::{RegionKeys, public_keys};
use layout::Layout;
use refusal::Refusal;

/// Threads that wait for the network and write files.
const THREADS: usize = 2;

/// Lists what matters of a bucket and fetches what the cache does not hold.
///
/// # Errors
/// `Kind::NoInput` without credentials, bucket or the right to list it, `Kind::Output` when objects cannot be kept.
pub fn fetch(place: &S3Place, before: &str, watch: &dyn Watch) -> Result<Vec<Entry>> {
    let root = place.settings.cache.as_deref().ok_or_else(|| {
        Error::usage(format!("{}: there is no folder for fetched objects", place.shown()))
            .hint("name one with --s3-cache, TRAILWITNESS_S3_CACHE or cache = \"…\" in [[source]]")
    })?;
    let cache = Cache::new(root, &place.bucket).map_err(|cause| crew::cache_error(&cause))?;
    runtime()?.block_on(async {
        let config = client::config(&place.settings).await?;
        let bucket = Bucket {
            client: client::s3(&config, place, None),
            place: place.clone(),
            root: folder_of(&place.prefix),
            before: before.to_owned(),
            cache,
        };
        let (bucket, listing, page) = start(&config, bucket).await?;
        Crew::new(Arc::new(bucket), layout(place), watch).work(listing, page).await
    })
}

fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()
        .map_err(|cause| Error::new(Kind::Internal, "the network cannot be used").cause(&cause))
}

/// The scope, or all accounts and regions with the days of the window.
fn layout(place: &S3Place) -> Layout {
    if place.settings.outside_scope.unwrap_or(false) {
        Layout::new(&S3Scope { window: place.scope.window, ..S3Scope::default() })
    } else {
        Layout::new(&place.scope)
    }
}

/// A prefix names a folder, with or without `/` at its end.
fn folder_of(prefix: &str) -> String {
    if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") }
}

/// The first listing: finds the right region, tells what is wrong with a bucket as a whole, and looks for one object of that very key
/// where there is no such folder.
async fn start(config: &SdkConfig, mut bucket: Bucket) -> Result<(Bucket, Listing, Page)> {
    let listing = Listing { level: Layout::level(&bucket.root), prefix: bucket.root.clone(), token: None };
    let folders = !layout(&bucket.place).lists_all(&listing.level);
    let name = bucket.place.bucket.clone();
    let mut page = bucket.page(&listing.prefix, folders, None).await;
    if let Err(Refusal { region: Some(region), status: 301 | 307 | 400, .. }) = &page {
        bucket.client = client::s3(config, &bucket.place, Some(region));
        page = bucket.page(&listing.prefix, folders, None).await;
    }
    let page = page.map_err(|refusal| refusal.at_start(&name))?;
    let empty = page.objects.is_empty() && page.folders.is_empty();
    if empty && bucket.root != bucket.place.prefix {
        let key = bucket.place.prefix.clone();
        let mut page = bucket.page(&key, true, None).await.map_err(|refusal| refusal.at_start(&name))?;
        page.objects.retain(|object| object.key == key);
        page.folders.clear();
        page.next = None;
        bucket.root = key.rfind('/').map_or_else(String::new, |at| key.split_at(at + 1).0.to_owned());
        return Ok((bucket, listing, page));
    }
    Ok((bucket, listing, page))
}

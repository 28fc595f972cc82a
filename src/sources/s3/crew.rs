//! Listing and fetching at once, so many requests in flight. Comes in: where to start. Goes out: entries, in any order.
//! The newest work is done first: objects of a page go before the next page, so what waits stays small however large
//! the bucket is. It holds no bytes of objects.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::bucket::{Bucket, Failure, Fetched, Object, Page, too_large};
use super::layout::{BESIDE, Layout, Level, Step};
use super::refusal::Refusal;
use crate::error::{Error, Kind, Result};
use crate::gaps::GapKind;
use crate::sources::names::SIDECAR;
use crate::sources::{Entry, Obstacle, Watch};

/// Requests in flight when nobody says.
const IN_FLIGHT: u16 = 64;
/// Requests in flight for objects that were refused for a moment.
const LATE_IN_FLIGHT: usize = 4;
/// Folders at the start of a source that are looked into for `AWSLogs/`; more are no layout of a trail.
const MOST_SIDES: usize = 20;

/// A listing to ask for.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Prefix; empty or with `/` at its end.
    pub prefix: String,
    /// Where it stands.
    pub level: Level,
    /// Page to go on with.
    pub token: Option<String>,
}

enum Work {
    List(Listing),
    Get(Object),
}

enum Done {
    Listed(Listing, std::result::Result<Page, Refusal>),
    Got(Object, std::result::Result<Fetched, Failure>),
}

/// Everything that is under way in one bucket.
pub struct Crew<'w> {
    bucket: Arc<Bucket>,
    layout: Layout,
    watch: &'w dyn Watch,
    stack: Vec<Work>,
    /// Refused for a moment; asked for once more when the rest is done.
    late: Vec<Work>,
    /// Whether the late ones are under way.
    last_turn: bool,
    /// Objects named like sidecars; fetched last, because the metadata of the digest itself goes before them.
    sidecars: Vec<Object>,
    in_flight: usize,
    entries: Vec<Entry>,
    found: u64,
    bytes: u64,
}

impl<'w> Crew<'w> {
    /// A crew without work.
    pub fn new(bucket: Arc<Bucket>, layout: Layout, watch: &'w dyn Watch) -> Crew<'w> {
        let in_flight = usize::from(bucket.place.settings.requests.unwrap_or(IN_FLIGHT).max(1));
        Crew {
            bucket,
            layout,
            watch,
            stack: Vec::new(),
            late: Vec::new(),
            last_turn: false,
            sidecars: Vec::new(),
            in_flight,
            entries: Vec::new(),
            found: 0,
            bytes: 0,
        }
    }

    /// Works from a first page until nothing is left.
    ///
    /// # Errors
    /// When no further request would succeed, or the cache cannot be written.
    pub async fn work(mut self, start: Listing, page: Page) -> Result<Vec<Entry>> {
        self.page(start, page);
        let mut running = JoinSet::new();
        loop {
            while running.len() < self.in_flight
                && let Some(work) = self.stack.pop()
            {
                running.spawn(run(Arc::clone(&self.bucket), self.layout.clone(), work));
            }
            match running.join_next().await {
                Some(Ok(done)) => self.done(done)?,
                Some(Err(cause)) => {
                    return Err(Error::new(Kind::Internal, "a fetching task stopped").cause(&cause));
                }
                None if self.refill() => {}
                None => return Ok(self.entries),
            }
        }
    }

    /// What waits until the rest is done; `false` when nothing does.
    fn refill(&mut self) -> bool {
        if !self.late.is_empty() {
            self.last_turn = true;
            self.in_flight = self.in_flight.min(LATE_IN_FLIGHT);
            self.stack.append(&mut self.late);
        } else if !self.sidecars.is_empty() {
            self.last_turn = true;
            self.take_sidecars();
        }
        !self.stack.is_empty()
    }

    /// Objects named like sidecars are fetched unless the metadata of the digest object has told what they could.
    fn take_sidecars(&mut self) {
        let own = self.entries.iter().filter(|entry| entry.object.is_none());
        let own: BTreeSet<String> = own.map(|entry| entry.name.clone()).collect();
        for object in std::mem::take(&mut self.sidecars) {
            let mut left = self.bucket.unopened(&object.key, Obstacle::Passed(OUTRANKED));
            if own.contains(&left.name) {
                left.name.push_str(" (object)");
                self.entries.push(left);
            } else {
                self.stack.push(Work::Get(object));
            }
        }
    }

    fn done(&mut self, done: Done) -> Result<()> {
        match done {
            Done::Listed(listing, Ok(page)) => self.page(listing, page),
            Done::Listed(listing, Err(refusal)) => self.refused_listing(listing, &refusal)?,
            Done::Got(_, Ok(fetched)) => {
                self.bytes += fetched.bytes;
                self.entries.extend(fetched.entries);
            }
            Done::Got(object, Err(failure)) => self.refused(object, failure)?,
        }
        self.watch.fetching(self.found, self.entries.len() as u64, self.bytes);
        Ok(())
    }

    fn refused(&mut self, object: Object, failure: Failure) -> Result<()> {
        let refusal = match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Cache(cause) => return Err(cache_error(&cause)),
        };
        if let Some(error) = refusal.fatal(&self.bucket.place.bucket) {
            return Err(error);
        }
        if refusal.may_pass() && !self.last_turn {
            self.later(Work::Get(object));
            return Ok(());
        }
        let (kind, detail) = refusal.gap();
        self.lost(&object.key, kind, detail);
        Ok(())
    }

    fn refused_listing(&mut self, listing: Listing, refusal: &Refusal) -> Result<()> {
        if let Some(error) = refusal.fatal(&self.bucket.place.bucket) {
            return Err(error);
        }
        if refusal.may_pass() && !self.last_turn {
            self.later(Work::List(listing));
            return Ok(());
        }
        let (kind, detail) = refusal.gap();
        self.lost(&listing.prefix, kind, format!("listing: {detail}"));
        Ok(())
    }

    /// Once more at the end, and fewer at a time from now on: S3 is busy.
    fn later(&mut self, work: Work) {
        self.in_flight = (self.in_flight / 2).max(LATE_IN_FLIGHT.min(self.in_flight));
        self.late.push(work);
    }

    fn lost(&mut self, key: &str, kind: GapKind, detail: String) {
        self.entries.push(self.bucket.unopened(key, Obstacle::Lost(kind, detail)));
    }

    fn passed(&mut self, key: &str, reason: &'static str) {
        self.entries.push(self.bucket.unopened(key, Obstacle::Passed(reason)));
    }

    /// Takes in a page: objects are fetched, folders looked into or left.
    fn page(&mut self, listing: Listing, page: Page) {
        if page.unreadable > 0 {
            let detail = format!("listing: {} keys are no text", page.unreadable);
            self.lost(&listing.prefix, GapKind::NotFetched, detail);
        }
        let above = matches!(listing.level, Level::Start | Level::Side(_));
        let trails = listing.token.is_some()
            || page.folders.iter().any(|folder| name(folder, &listing.prefix) == "AWSLogs");
        if above && !trails {
            self.no_layout(listing, page);
            return;
        }
        if page.next.is_some() && page.next == listing.token {
            self.lost(&listing.prefix, GapKind::NotFetched, "listing: the same page again".to_owned());
        } else if page.next.is_some() {
            self.stack.push(Work::List(Listing { token: page.next, ..listing.clone() }));
        }
        for folder in page.folders {
            self.folder(&listing, folder);
        }
        page.objects.into_iter().for_each(|object| self.object(object));
    }

    fn folder(&mut self, listing: &Listing, prefix: String) {
        match self.layout.step(&listing.level, name(&prefix, &listing.prefix)) {
            // Here is a layout: what stands beside it is looked into for one of its own only.
            Step::Into(Level::Side(_)) => self.list(prefix, Level::Side(true)),
            Step::Into(level) => self.list(prefix, level),
            Step::Leave(reason) => self.passed(&prefix, reason),
            Step::Day => {}
        }
    }

    /// No `AWSLogs/` here: everything below is wanted, unless a layout stands beside it.
    fn no_layout(&mut self, listing: Listing, page: Page) {
        let whole = page.next.is_none();
        match listing.level {
            Level::Side(true) => self.passed(&listing.prefix, BESIDE),
            Level::Start if whole && page.folders.len() <= MOST_SIDES => {
                page.folders.into_iter().for_each(|folder| self.list(folder, Level::Side(false)));
                page.objects.into_iter().for_each(|object| self.object(object));
            }
            _ if whole && page.folders.is_empty() => {
                page.objects.into_iter().for_each(|object| self.object(object));
            }
            _ => self.list(listing.prefix, Level::Below),
        }
    }

    fn list(&mut self, prefix: String, level: Level) {
        self.stack.push(Work::List(Listing { prefix, level, token: None }));
    }

    fn object(&mut self, object: Object) {
        self.found += 1;
        if object.key.ends_with('/') && object.size == 0 {
            self.passed(&object.key, "marker of a folder");
        } else if let Some(obstacle) = too_large(&object) {
            self.entries.push(self.bucket.unopened(&object.key, obstacle));
        } else if object.key.ends_with(SIDECAR) {
            self.sidecars.push(object);
        } else {
            self.stack.push(Work::Get(object));
        }
    }
}

const OUTRANKED: &str = "the metadata of the digest object itself is used";

/// The last part of a folder's prefix.
fn name<'a>(folder: &'a str, parent: &str) -> &'a str {
    folder.strip_prefix(parent).unwrap_or(folder).trim_end_matches('/')
}

async fn run(bucket: Arc<Bucket>, layout: Layout, work: Work) -> Done {
    match work {
        Work::List(listing) => {
            let folders = !layout.lists_all(&listing.level);
            let page = bucket.page(&listing.prefix, folders, listing.token.clone()).await;
            Done::Listed(listing, page)
        }
        Work::Get(object) => {
            let got = bucket.fetch(&object).await;
            Done::Got(object, got)
        }
    }
}

/// The error when objects cannot be kept.
pub fn cache_error(cause: &std::io::Error) -> Error {
    Error::new(Kind::Output, "fetched objects cannot be kept")
        .cause(cause)
        .hint("free space, or name a folder you may write to with --s3-cache")
}

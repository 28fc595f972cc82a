//! The window that is judged (cloudtrail-integrity §9). Comes in: what was asked for, and what was seen. Goes out: start,
//! end, and how far past the end deliveries count. It reads nothing.

use std::collections::BTreeMap;

use super::reading::Node;
use super::{Settings, places};
use crate::clock::{HOUR, Seconds};
use crate::sources::Entry;

/// Stamps in names of log files are good for ten minutes.
pub(super) const STAMP: Seconds = 600;

/// CloudTrail began in November 2013. Other times are somebody's invention: they are judged, but stretch no window.
const PLAUSIBLE: std::ops::Range<Seconds> = 1_383_264_000..4_102_444_800;

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Start, inclusive.
    pub from: Seconds,
    /// End, exclusive.
    pub to: Seconds,
    /// End with the allowance for late deliveries.
    pub until: Seconds,
    /// Whether the start was asked for; otherwise it is the first thing seen.
    pub from_given: bool,
    /// Whether the end was asked for; otherwise it is the last thing seen.
    pub to_given: bool,
}

/// First and last time of one stream.
#[derive(Debug, Clone, Copy)]
struct Reach {
    first: Seconds,
    last: Seconds,
}

impl Reach {
    fn with(known: Option<Reach>, first: Seconds, last: Seconds) -> Reach {
        known.map_or(Reach { first, last }, |known| Reach {
            first: known.first.min(first),
            last: known.last.max(last),
        })
    }
}

impl Window {
    /// What was asked for, the rest from the first to the last thing seen. Streams end their hours at different minutes:
    /// those that begin, or end, within an hour of the outermost one reach as far as it does.
    pub(super) fn of(settings: &Settings, entries: &[Entry], nodes: &[Node]) -> Window {
        let seen = reaches(entries, nodes);
        let earliest = seen.streams.iter().map(|reach| reach.first).min();
        let latest = seen.streams.iter().map(|reach| reach.last).max();
        let firsts = seen.streams.iter().map(|reach| reach.first);
        let lasts = seen.streams.iter().map(|reach| reach.last);
        let first = earliest.and_then(|edge| firsts.filter(|first| *first < edge + HOUR).max());
        let last = latest.and_then(|edge| lasts.filter(|last| *last > edge - HOUR).min());
        let first = [first, seen.first_log].into_iter().flatten().min();
        let last = last.max(seen.last_log);
        let (audited_from, audited_to) = settings.audited.unzip();
        let first = [first, audited_from].into_iter().flatten().min();
        let last = last.max(audited_to);
        let from = settings.from.or(first).or(settings.to).unwrap_or(0);
        let to = settings.to.or(last).unwrap_or(from).max(from);
        Window {
            from,
            to,
            until: to + settings.allowance,
            from_given: settings.from.is_some(),
            to_given: settings.to.is_some(),
        }
    }

    /// Whether deliveries of a time speak of the window. Where no bound was asked for, everything does.
    pub(super) fn meets(&self, (start, end): (Seconds, Seconds)) -> bool {
        (!self.from_given || end > self.from) && (!self.to_given || start < self.until)
    }
}

/// How far things reach.
#[derive(Debug, Default)]
struct Seen {
    streams: Vec<Reach>,
    /// The earliest and latest log files that lie outside of all streams of their account and region.
    first_log: Option<Seconds>,
    last_log: Option<Seconds>,
}

/// Name and home region of a trail, to how far it reaches.
type Trails<'n> = BTreeMap<(&'n str, &'n str), Reach>;

fn reaches(entries: &[Entry], nodes: &[Node]) -> Seen {
    let mut streams: BTreeMap<(&str, &str), Trails<'_>> = BTreeMap::new();
    let plausible = |node: &&Node| {
        let (start, end) = node.span();
        !node.name.backfill && PLAUSIBLE.contains(&start) && PLAUSIBLE.contains(&end)
    };
    for node in nodes.iter().filter(plausible) {
        let (name, (start, end)) = (&node.name, node.span());
        let place = streams.entry((&name.account, &name.region)).or_default();
        let known = place.get(&(name.trail.as_str(), name.home.as_str())).copied();
        place.insert((&name.trail, &name.home), Reach::with(known, start, end));
    }
    let mut seen = Seen::default();
    for place in entries.iter().filter_map(places::of_entry) {
        let Some(stamp) = place.stamp.filter(|stamp| PLAUSIBLE.contains(stamp)) else { continue };
        let of_place = streams.get(&(place.account, place.region));
        let first = of_place.and_then(|streams| streams.values().map(|reach| reach.first).min());
        let last = of_place.and_then(|streams| streams.values().map(|reach| reach.last).max());
        if first.is_none_or(|first| stamp + STAMP < first) {
            seen.first_log = Some(seen.first_log.map_or(stamp + STAMP, |known| known.min(stamp + STAMP)));
        }
        if last.is_none_or(|last| stamp > last) {
            seen.last_log = seen.last_log.max(Some(stamp));
        }
    }
    seen.streams = streams.values().flat_map(BTreeMap::values).copied().collect();
    seen
}

//! Log files that no digest lists (cloudtrail-integrity §9 step 9). Comes in: the name of a file, and what the streams of
//! its account and region attest. Goes out: why it is not covered, or that the hour is attested and it is not part of it.

use std::collections::{BTreeMap, BTreeSet};

use super::chains::Stream;
use super::window::{STAMP, Window};
use super::words::{self, Status};
use crate::clock::{HOUR, Seconds};
use crate::sources::{Entry, Obstacle, names};

/// Behind the start of the next digest a file may still belong to the gap.
const AFTER_GAP: Seconds = 300;

/// What the name or the folder of a log file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'n> {
    pub account: &'n str,
    pub region: &'n str,
    pub kind: &'n str,
    pub stamp: Option<Seconds>,
}

/// The place of a log file; `None` for digests and all else.
pub(super) fn of_name(name: &str) -> Option<Place<'_>> {
    if names::digest(name).is_some() {
        return None;
    }
    let folder = names::log_folder(name);
    // In the folder of log files, whatever its name says, it is taken for one.
    let kind = |kind| if folder.is_some() { "CloudTrail" } else { kind };
    let named = names::log(name).map(|log| Place {
        account: log.account,
        region: log.region,
        kind: kind(log.kind),
        stamp: Some(log.stamp),
    });
    named.or_else(|| {
        let (account, region) = folder?;
        Some(Place { account, region, kind: "CloudTrail", stamp: None })
    })
}

/// As [`of_name`], for what is not passed over.
pub(super) fn of_entry(entry: &Entry) -> Option<Place<'_>> {
    of_name(&entry.name).filter(|_| !matches!(entry.obstacle, Some(Obstacle::Passed(_))))
}

/// Every account in every region that any account was seen in. An account lives in one partition: those of GovCloud and
/// China have no regions elsewhere.
pub(super) fn everywhere(seen: &BTreeSet<(String, String)>) -> BTreeSet<(String, String)> {
    let partitions: BTreeSet<(&str, &str)> =
        seen.iter().map(|(account, region)| (account.as_str(), names::partition_of_region(region))).collect();
    let regions: BTreeSet<&str> = seen.iter().map(|(_, region)| region.as_str()).collect();
    let of = |(account, partition): &(&str, &str)| {
        let there = regions.iter().filter(|region| names::partition_of_region(region) == *partition);
        there.map(|region| ((*account).to_owned(), (*region).to_owned())).collect::<Vec<_>>()
    };
    partitions.iter().flat_map(of).collect()
}

/// What the streams of one account and region attest.
#[derive(Debug, Clone, Default)]
struct Attests {
    /// First start and last end of each stream with valid digests; gaps of all.
    spans: Vec<(Seconds, Seconds)>,
    gaps: Vec<(Seconds, Seconds, bool)>,
    /// Kinds of files, other than those of `CloudTrail`, that valid digests list.
    kinds: BTreeSet<String>,
}

/// What is attested of each account and region.
#[derive(Debug, Clone)]
pub(super) struct Places {
    window: Window,
    by_place: BTreeMap<(String, String), Attests>,
}

impl Places {
    pub(super) fn new(window: Window, streams: &[Stream]) -> Places {
        let mut by_place: BTreeMap<(String, String), Attests> = BTreeMap::new();
        for stream in streams {
            let place = by_place.entry((stream.id.account.clone(), stream.id.region.clone())).or_default();
            place.spans.extend(stream.span);
            place.gaps.extend(stream.gaps.iter().map(|gap| (gap.from, gap.to, gap.restart)));
        }
        Places { window, by_place }
    }

    /// A valid digest lists a file of this name.
    pub(super) fn lists(&mut self, key: &str) {
        if let Some(name) = names::log(key).filter(|name| name.kind != "CloudTrail") {
            let place = (name.account.to_owned(), name.region.to_owned());
            self.by_place.entry(place).or_default().kinds.insert(name.kind.to_owned());
        }
    }

    /// What is to be said of a file that no valid digest lists; status `Valid` never comes out.
    pub(super) fn unlisted(&self, place: Place<'_>) -> (Status, &'static str) {
        let none = Attests::default();
        let key = (place.account.to_owned(), place.region.to_owned());
        let attests = self.by_place.get(&key).unwrap_or(&none);
        if place.kind != "CloudTrail" && !attests.kinds.contains(place.kind) {
            return (Status::Unverified, words::NOT_LISTED_KIND);
        }
        let reason = match place.stamp {
            Some(stamp) if !attests.in_scope(self.window, stamp) => {
                return (Status::Unverified, words::OUTSIDE_WINDOW);
            }
            _ if attests.spans.is_empty() => Some(words::NO_DIGEST),
            Some(stamp) => attests.uncovered(stamp),
            None => None,
        };
        reason.map_or((Status::Unlisted, ""), |reason| (Status::Uncovered, reason))
    }
}

impl Attests {
    /// Where the chain does not reach the edge of the window, files of an hour beyond it count too.
    fn in_scope(&self, window: Window, stamp: Seconds) -> bool {
        let first = self.spans.iter().map(|span| span.0);
        let last = self.spans.iter().map(|span| span.1);
        let whole_head = first.clone().max().is_some_and(|first| first <= window.from);
        let whole_tail = last.clone().min().is_some_and(|last| last >= window.until);
        let lower =
            if whole_head { first.min().unwrap_or(window.from).min(window.from) } else { window.from - HOUR };
        let upper = if whole_tail { last.max().unwrap_or(window.until) } else { window.until + HOUR };
        let lower = if window.from_given { lower - STAMP } else { Seconds::MIN };
        let upper = if window.to_given { upper } else { Seconds::MAX };
        lower <= stamp && stamp < upper
    }

    /// The first stream that does not attest the time explains the file.
    fn uncovered(&self, stamp: Seconds) -> Option<&'static str> {
        let gap = self.gaps.iter().find(|(from, to, _)| from - STAMP <= stamp && stamp <= to + AFTER_GAP);
        if let Some((_, _, restart)) = gap {
            return Some(if *restart { words::STOPPED } else { words::DIGEST });
        }
        if self.spans.iter().any(|(_, last)| stamp >= last - STAMP) {
            return Some(words::AFTER_CHAIN);
        }
        self.spans.iter().any(|(first, _)| stamp < first - STAMP).then_some(words::BEFORE_CHAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_expected_in_regions_of_their_own_partition_only() {
        let places = |pairs: &[(&str, &str)]| -> BTreeSet<(String, String)> {
            pairs.iter().map(|(account, region)| ((*account).to_owned(), (*region).to_owned())).collect()
        };
        let seen =
            places(&[("1", "us-east-1"), ("1", "eu-west-1"), ("2", "us-east-1"), ("3", "us-gov-west-1")]);
        let told = everywhere(&seen);
        assert_eq!(told.difference(&seen).collect::<Vec<_>>(), [&("2".to_owned(), "eu-west-1".to_owned())]);
        assert!(seen.is_subset(&told));
    }
}

//! A network that a person used after the span that shows what is usual, and never before in the window.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::collect::is_address;
use super::given::{Given, NOTHING, Proven, days};
use super::{Kind, Pattern, What};
use crate::clock::Seconds;
use crate::verdicts::runs::about::{About, At, Kept};
use crate::verdicts::runs::credentials::network_of;
use crate::verdicts::runs::walk::{Collect, Seen};

/// Networks named of those used before.
const NAMED: usize = 5;

/// Accesses of people by principal and network.
pub(super) struct Networks<'a> {
    given: Given<'a>,
    of_address: FxHashMap<u32, u32>,
    places: BTreeMap<String, u32>,
    of: FxHashMap<(u32, u32), (u64, Kept)>,
}

/// A network with what came from it.
struct Used<'n> {
    network: &'n str,
    count: u64,
    times: (Seconds, Seconds),
    about: About,
}

impl<'a> Networks<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        Networks {
            given,
            of_address: FxHashMap::default(),
            places: BTreeMap::new(),
            of: FxHashMap::default(),
        }
    }

    fn network(&mut self, address: u32) -> u32 {
        if let Some(known) = self.of_address.get(&address) {
            return *known;
        }
        let text = self.given.ledger.name(address);
        let next = u32::try_from(self.places.len()).unwrap_or(NOTHING);
        let network =
            if is_address(text) { *self.places.entry(network_of(text)).or_insert(next) } else { NOTHING };
        self.of_address.insert(address, network);
        network
    }

    pub(super) fn list(self) -> Vec<Pattern> {
        let names: BTreeMap<u32, &str> =
            self.places.iter().map(|(name, place)| (*place, name.as_str())).collect();
        let proven = Proven::of_all(self.given.coverage);
        let sorted: BTreeMap<(u32, u32), (u64, Kept)> = self.of.into_iter().collect();
        let mut people: BTreeMap<u32, Vec<Used<'_>>> = BTreeMap::new();
        for ((principal, place), (count, kept)) in sorted {
            let about = kept.about();
            if let (Some(times), Some(network)) = (about.times, names.get(&place)) {
                people.entry(principal).or_default().push(Used { network, count, times, about });
            }
        }
        people.into_values().flat_map(|used| of_person(self.given, &proven, used)).collect()
    }
}

/// Nothing is new of somebody who was not seen in the span that shows what is usual.
fn of_person(given: Given<'_>, proven: &Proven, mut used: Vec<Used<'_>>) -> Vec<Pattern> {
    used.sort_by_key(|used| (used.times.0, used.network));
    let seen: Vec<(Seconds, &str)> = used.iter().map(|used| (used.times.0, used.network)).collect();
    if seen.first().is_none_or(|first| given.is_new(first.0)) {
        return Vec::new();
    }
    used.into_iter()
        .filter(|used| given.is_new(used.times.0))
        .map(|used| {
            let before: Vec<&str> =
                seen.iter().filter(|one| one.0 < used.times.0).map(|one| one.1).collect();
            let (words, whole) =
                proven.words((given.audit.from, used.times.0), "what audit.toml declares");
            Pattern {
                kind: Kind::NewNetwork,
                what: What::Network(used.network.to_owned()),
                count: used.count,
                times: used.times,
                rule: format!(
                    "accesses from a network (IPv4 /24, IPv6 /48), the first of them {} or more after the window begins, by a person who came from another one before that",
                    days(given.baseline)
                ),
                baseline: format!(
                    "in the {} of this window before: 0 accesses from this network by this person, who came from {}; {words}",
                    given.before(used.times.0),
                    named(&before)
                ),
                proven: Some(whole),
                about: used.about,
            }
        })
        .collect()
}

fn named(networks: &[&str]) -> String {
    let shown = networks.get(..NAMED).unwrap_or(networks).join(", ");
    match networks.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

impl<'a> Collect<'a> for Networks<'a> {
    fn wants(&mut self, _: usize, seen: &Seen<'a>) -> bool {
        seen.human() && seen.shape.origin == "address"
    }

    fn take(&mut self, at: At<'a>) {
        let network = self.network(at.row.address);
        if network != NOTHING && at.time().is_some() {
            let seen = at.seen();
            let (count, kept) = self.of.entry((seen.principal, network)).or_default();
            *count += 1;
            kept.take(seen);
        }
    }
}

//! Credentials that human callers used: from how many networks, by how many people.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use rustc_hash::{FxHashMap, FxHashSet};

use super::about::{About, At, Kept};
use super::walk::{Collect, Seen};
use crate::clock::Seconds;
use crate::ledger::Ledger;
use crate::rules;

/// What was seen of a credential.
#[derive(Default)]
struct Use<'a> {
    uses: i64,
    addresses: FxHashSet<u32>,
    people: BTreeMap<u32, String>,
    /// Times with the network, calls by services left out.
    times: Vec<(Seconds, u32)>,
    kept: Kept<'a>,
}

/// Credentials by partition and access key id.
pub(super) struct Uses<'a> {
    ledger: &'a Ledger,
    /// Credential of each caller.
    of_caller: Vec<u32>,
    names: Vec<(&'a str, &'a str)>,
    uses: Vec<Use<'a>>,
    /// Origin class of each shape.
    from_address: Vec<bool>,
    networks: FxHashMap<u32, u32>,
    network_names: BTreeMap<String, u32>,
}

impl<'a> Uses<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        let mut places: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        let mut names = Vec::new();
        let mut of_caller = Vec::with_capacity(ledger.callers.len());
        for caller in &ledger.callers {
            if !caller.has_credential() {
                of_caller.push(u32::MAX);
                continue;
            }
            let name = (caller.partition.as_str(), caller.access_key.as_str());
            let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
            of_caller.push(*places.entry(name).or_insert_with(|| {
                names.push(name);
                next
            }));
        }
        let uses = names.iter().map(|_| Use::default()).collect();
        Uses {
            ledger,
            of_caller,
            names,
            uses,
            from_address: vec![false; ledger.shapes.len()],
            networks: FxHashMap::default(),
            network_names: BTreeMap::new(),
        }
    }

    fn network(&mut self, address: u32) -> u32 {
        if let Some(known) = self.networks.get(&address) {
            return *known;
        }
        let next = u32::try_from(self.network_names.len()).unwrap_or(u32::MAX);
        let name = network_of(self.ledger.name(address));
        let network = *self.network_names.entry(name).or_insert(next);
        self.networks.insert(address, network);
        network
    }

    /// Those that were used, by access key id.
    pub(super) fn list(&mut self) -> Vec<(rules::Credential, About)> {
        let mut list: Vec<(rules::Credential, About)> = self
            .names
            .iter()
            .zip(&mut self.uses)
            .filter(|(_, used)| used.uses > 0)
            .map(|((_, key), used)| credential(key, used))
            .collect();
        list.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        list
    }
}

fn credential(key: &str, used: &mut Use<'_>) -> (rules::Credential, About) {
    used.times.sort_unstable();
    let networks: BTreeSet<u32> = used.times.iter().map(|(_, network)| *network).collect();
    let between = |pair: &[(Seconds, u32)]| match pair {
        [(first, one), (second, other)] if one != other => Some((second - first) / 60),
        _ => None,
    };
    let people: BTreeSet<&str> = used.people.values().map(String::as_str).collect();
    let credential = rules::Credential {
        name: key.to_owned(),
        person: people.into_iter().collect::<Vec<_>>().join(", "),
        kind: if key.starts_with("AKIA") { "access-key" } else { "session" }.to_owned(),
        uses: used.uses,
        addresses: super::count(used.addresses.len()),
        networks: super::count(networks.len()),
        people: super::count(used.people.len()),
        overlap_minutes: used.times.windows(2).filter_map(between).min().unwrap_or(-1),
    };
    (credential, used.kept.about())
}

/// The network of an address.
fn network_of(address: &str) -> String {
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        let [a, b, c, _] = address.octets();
        return format!("{a}.{b}.{c}.0/24");
    }
    if let Ok(address) = address.parse::<Ipv6Addr>() {
        let [a, b, c, ..] = address.segments();
        return format!("{a:x}:{b:x}:{c:x}::/48");
    }
    address.to_owned()
}

impl<'a> Collect<'a> for Uses<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        if let Some(slot) = self.from_address.get_mut(number) {
            *slot = seen.shape.origin == "address";
        }
        seen.human()
    }

    fn take(&mut self, at: At<'a>) {
        let place = self.of_caller.get(at.row.caller as usize).copied().unwrap_or(u32::MAX) as usize;
        let outside = self.from_address.get(at.row.shape as usize).copied().unwrap_or(false);
        let network = if outside { self.network(at.row.address) } else { u32::MAX };
        let Some(used) = self.uses.get_mut(place) else {
            return;
        };
        used.uses += 1;
        used.kept.take(at);
        used.people.entry(self.ledger.principal_place(at.row)).or_insert_with(|| person(at));
        if outside {
            used.addresses.insert(at.row.address);
            used.times.extend(at.time().map(|time| (time, network)));
        }
    }
}

/// Roster id, or the name as resolved.
fn person(at: At<'_>) -> String {
    let id = crate::verdicts::fields::person_id(at.ledger, at.row);
    if id.is_empty() {
        at.ledger.principal(at.row).map(|principal| principal.name.clone()).unwrap_or_default()
    } else {
        id
    }
}

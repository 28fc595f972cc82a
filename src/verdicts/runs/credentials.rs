//! Credentials that human callers used: from how many networks, by how many people.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use rustc_hash::FxHashMap;

use super::about::{self, About, At, SeenAt};
use super::walk::{Collect, Seen};
use crate::clock::Seconds;
use crate::identities::Grade;
use crate::ledger::Ledger;
use crate::ledger::row::NO_TIME;
use crate::rules;
use crate::verdicts::fields::who_id;

/// One use.
#[derive(Clone, Copy)]
struct Use {
    credential: u32,
    /// Address, or [`NOWHERE`] for a call by a service.
    address: u32,
    seen: SeenAt,
    caller: u32,
}

const NOWHERE: u32 = u32::MAX;
/// Grades by how little they lead to one person: several people are worse than nobody known.
const LEAST_LAST: [Grade; 6] = [Grade::A, Grade::S, Grade::C, Grade::B, Grade::E, Grade::D];

/// Credentials by partition and access key id.
pub(crate) struct Uses<'a> {
    ledger: &'a Ledger,
    /// Credential of each caller.
    of_caller: Vec<u32>,
    names: Vec<&'a str>,
    /// Whether each shape comes from an address.
    from_address: Vec<bool>,
    uses: Vec<Use>,
}

impl<'a> Uses<'a> {
    pub(crate) fn new(ledger: &'a Ledger) -> Self {
        let mut places: FxHashMap<(&str, &str), u32> = FxHashMap::default();
        let mut names = Vec::new();
        let mut of_caller = Vec::with_capacity(ledger.callers.len());
        for caller in &ledger.callers {
            if !caller.has_credential() {
                of_caller.push(u32::MAX);
                continue;
            }
            let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
            let name = (caller.partition.as_str(), caller.access_key.as_str());
            of_caller.push(*places.entry(name).or_insert_with(|| {
                names.push(name.1);
                next
            }));
        }
        let from_address = vec![false; ledger.shapes.len()];
        Uses { ledger, of_caller, names, from_address, uses: Vec::new() }
    }

    /// Those that were used, by access key id.
    pub(crate) fn list(&mut self) -> Vec<(rules::Credential, About)> {
        // Equal times stay in the order of references.
        self.uses.sort_by_key(|used| (used.credential, used.seen.time));
        let mut networks = Networks::new(self.ledger);
        let mut list: Vec<(rules::Credential, About)> = Vec::new();
        for uses in self.uses.chunk_by(|a, b| a.credential == b.credential) {
            let key = uses.first().and_then(|used| self.names.get(used.credential as usize));
            list.extend(key.map(|key| credential(self.ledger, key, uses, &mut networks)));
        }
        list.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        list
    }
}

fn credential(
    ledger: &Ledger,
    key: &str,
    uses: &[Use],
    networks: &mut Networks<'_>,
) -> (rules::Credential, About) {
    let mut people: BTreeMap<u32, u32> = BTreeMap::new();
    let mut addresses: Vec<u32> = Vec::new();
    let mut times: Vec<(Seconds, u32)> = Vec::new();
    for used in uses {
        people.entry(used.seen.principal).or_insert(used.caller);
        if used.address != NOWHERE {
            if addresses.last() != Some(&used.address) {
                addresses.push(used.address);
            }
            if used.seen.time != NO_TIME {
                times.push((used.seen.time, networks.of(used.address)));
            }
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    let seen: BTreeSet<u32> = times.iter().map(|(_, network)| *network).collect();
    let between = |pair: &[(Seconds, u32)]| match pair {
        [(first, one), (second, other)] if one != other => Some((second - first) / 60),
        _ => None,
    };
    let names: BTreeSet<String> =
        people.iter().map(|(principal, caller)| person(ledger, *principal, *caller)).collect();
    let credential = rules::Credential {
        name: key.to_owned(),
        person: names.into_iter().collect::<Vec<_>>().join(", "),
        kind: if key.starts_with("AKIA") { "access-key" } else { "session" }.to_owned(),
        uses: super::count(uses.len()),
        addresses: super::count(addresses.len()),
        networks: super::count(seen.len()),
        people: super::count(people.len()),
        grade: grade(ledger, uses).letter().to_owned(),
        overlap_minutes: times.windows(2).filter_map(between).min().unwrap_or(-1),
    };
    (credential, about::of_accesses(uses.iter().map(|used| used.seen)))
}

/// The grade that leads least to one person.
fn grade(ledger: &Ledger, uses: &[Use]) -> Grade {
    let doubt = |grade: &Grade| LEAST_LAST.iter().position(|known| known == grade);
    let grades = uses.iter().filter_map(|used| ledger.resolutions.get(used.caller as usize)?.grade.into());
    grades.max_by_key(doubt).unwrap_or(Grade::E)
}

/// Roster id, or the name as resolved.
fn person(ledger: &Ledger, principal: u32, caller: u32) -> String {
    let resolution = ledger.resolutions.get(caller as usize);
    let id = resolution.map(|resolution| who_id(ledger, &resolution.who)).unwrap_or_default();
    if id.is_empty() {
        ledger.principals.get(principal as usize).map(|one| one.name.clone()).unwrap_or_default()
    } else {
        id
    }
}

/// Networks of addresses, each looked up once.
struct Networks<'a> {
    ledger: &'a Ledger,
    known: FxHashMap<u32, u32>,
    places: BTreeMap<String, u32>,
}

impl<'a> Networks<'a> {
    fn new(ledger: &'a Ledger) -> Self {
        Networks { ledger, known: FxHashMap::default(), places: BTreeMap::new() }
    }

    fn of(&mut self, address: u32) -> u32 {
        if let Some(known) = self.known.get(&address) {
            return *known;
        }
        let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        let network = *self.places.entry(network_of(self.ledger.name(address))).or_insert(next);
        self.known.insert(address, network);
        network
    }
}

/// The network of an address.
pub(crate) fn network_of(address: &str) -> String {
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
        let credential = self.of_caller.get(at.row.caller as usize).copied().unwrap_or(u32::MAX);
        if credential != u32::MAX {
            let outside = self.from_address.get(at.row.shape as usize).copied().unwrap_or(false);
            let address = if outside { at.row.address } else { NOWHERE };
            self.uses.push(Use { credential, address, seen: at.seen(), caller: at.row.caller });
        }
    }
}

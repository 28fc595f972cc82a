//! How an access stands to what the organisation states: networks, hours, the access matrix, purposes, requests,
//! leavers, third parties, forbidden keys. Each answer is one constant where its fact is not given, and is found once
//! for each address, hour, or caller and shape.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_128;

use super::Cover;
use super::covers::Covers;
use super::row::{NO_TIME, Partition, Row};
use super::shape::{self, RawShape};
use crate::audit::Pattern;
use crate::clock::Seconds;
use crate::events::{Kind, ObjectKind, keys};
use crate::identities::{Resolution, Who};

/// Places for key texts whose answer is remembered.
const REMEMBERED: usize = 4096;

/// An answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Told {
    /// The fact is not given.
    #[default]
    NotGiven,
    /// Nothing there.
    None,
    /// Yes.
    Yes,
    /// No.
    No,
    /// Inside what is stated.
    Inside,
    /// Outside of it.
    Outside,
    /// The record states no time.
    NoTime,
    /// Approved.
    Approved,
    /// None of those approved.
    Other,
    /// An AWS service.
    Service,
    /// Allowed.
    Allowed,
    /// Not a thing that the fact speaks of.
    NotAsked,
    /// Stated.
    Stated,
    /// Found.
    Found,
    /// On the list.
    Listed,
    /// Not on the list.
    NotListed,
}

impl Told {
    /// The word of rules.
    pub fn word(self) -> &'static str {
        match self {
            Told::NotGiven => "not-given",
            Told::None => "none",
            Told::Yes => "yes",
            Told::No => "no",
            Told::Inside => "inside",
            Told::Outside => "outside",
            Told::NoTime => "no-time",
            Told::Approved => "approved",
            Told::Other => "other",
            Told::Service => "service",
            Told::Allowed => "allowed",
            Told::NotAsked => "not-asked",
            Told::Stated => "stated",
            Told::Found => "found",
            Told::Listed => "listed",
            Told::NotListed => "not-listed",
        }
    }
}

/// The answers for one access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Comes from an approved network.
    pub network: Told,
    /// Falls into working hours.
    pub hours: Told,
    /// The access matrix allows it.
    pub authorised: Told,
    /// A purpose is stated for caller and table.
    pub purpose: Told,
    /// An approved request covers it.
    pub request: Told,
    /// The person had left.
    pub after_leaving: Told,
    /// A third party, within its terms or not.
    pub third_party: Told,
    /// The key holds what must not stand there.
    pub sensitive_key: Told,
}

/// A shape is looked up for each access: the answers go into its hash as one number.
impl Hash for Standing {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from_le_bytes([
            self.network as u8,
            self.hours as u8,
            self.authorised as u8,
            self.purpose as u8,
            self.request as u8,
            self.after_leaving as u8,
            self.third_party as u8,
            self.sensitive_key as u8,
        ]));
    }
}

/// Finds the answers.
pub struct Stander<'a> {
    covers: Covers<'a>,
    addresses: FxHashMap<u32, Told>,
    hours: FxHashMap<Seconds, Told>,
    granted: FxHashMap<(u32, u32), (Told, Told)>,
    parties: FxHashMap<u32, Vec<usize>>,
    /// Key texts by their hash, each at one place; a later one takes it over.
    keys: Vec<(u128, Told)>,
    /// When the person behind each caller left; nothing when nobody did.
    left: Vec<Seconds>,
}

impl<'a> Stander<'a> {
    /// For one run.
    pub fn new(covers: Covers<'a>) -> Self {
        let given = covers.audit.scope.sensitive_keys.is_some();
        Stander {
            covers,
            addresses: FxHashMap::default(),
            hours: FxHashMap::default(),
            granted: FxHashMap::default(),
            parties: FxHashMap::default(),
            keys: if given { vec![(xxh3_128(b""), Told::None); REMEMBERED] } else { Vec::new() },
            left: left(covers),
        }
    }

    /// The answers for a row of a partition that holds its texts.
    pub fn of(&mut self, row: &Row, raw: &RawShape, texts: &Partition) -> Standing {
        let (authorised, purpose) = self.granted(row, raw);
        Standing {
            network: self.network(row, raw),
            hours: self.hours(row.time),
            authorised,
            purpose,
            request: match self.covers.approved(self.covers.audit.requests.as_ref(), row, raw) {
                Cover::Approved(_) => Told::Approved,
                Cover::None => Told::None,
                Cover::NotGiven => Told::NotGiven,
            },
            after_leaving: self.after_leaving(row),
            third_party: self.third_party(row, raw),
            sensitive_key: self.sensitive_key(row, texts),
        }
    }

    fn network(&mut self, row: &Row, raw: &RawShape) -> Told {
        let covers = self.covers;
        let Some(networks) = &covers.audit.scope.networks else {
            return Told::NotGiven;
        };
        if raw.endpoint.is_some_and(|place| networks.holds_endpoint(covers.names.str(place))) {
            return Told::Approved;
        }
        *self.addresses.entry(row.address).or_insert_with(|| {
            let address = covers.names.str(row.address);
            match shape::origin(address) {
                "none" => Told::None,
                "service" | "internal" => Told::Service,
                _ if networks.holds(address) => Told::Approved,
                _ => Told::Other,
            }
        })
    }

    fn hours(&mut self, time: Seconds) -> Told {
        let Some(calendar) = &self.covers.audit.scope.calendar else {
            return Told::NotGiven;
        };
        if time == NO_TIME {
            return Told::NoTime;
        }
        let inside = || if calendar.inside(time) { Told::Inside } else { Told::Outside };
        *self.hours.entry(time.div_euclid(calendar.step())).or_insert_with(inside)
    }

    /// What the access matrix and the purposes say of a caller and a shape.
    fn granted(&mut self, row: &Row, raw: &RawShape) -> (Told, Told) {
        let (covers, audit) = (self.covers, self.covers.audit);
        if audit.access.is_none() && audit.purposes.is_none() {
            return (Told::NotGiven, Told::NotGiven);
        }
        *self.granted.entry((row.caller, row.shape)).or_insert_with(|| {
            let fits = |principal: &Pattern, table: &Pattern| {
                covers.is_on(raw, table) && covers.is_by(row.caller, principal)
            };
            let table = raw.object_kind == ObjectKind::Table;
            let authorised = match (&audit.access, matrix_kind(raw)) {
                (None, _) => Told::NotGiven,
                (Some(grants), Some(kind)) if table && is_declared(covers, raw) => {
                    let allowed = grants
                        .iter()
                        .any(|grant| grant.kinds.contains(&kind) && fits(&grant.principal, &grant.table));
                    if allowed { Told::Allowed } else { Told::Outside }
                }
                _ => Told::NotAsked,
            };
            let stated = |purposes: &Vec<crate::audit::Purpose>| {
                table && purposes.iter().any(|purpose| fits(&purpose.principal, &purpose.table))
            };
            let purpose = match &audit.purposes {
                None => Told::NotGiven,
                Some(purposes) if stated(purposes) => Told::Stated,
                Some(_) => Told::None,
            };
            (authorised, purpose)
        })
    }

    fn after_leaving(&self, row: &Row) -> Told {
        if self.covers.audit.roster.is_none() {
            return Told::NotGiven;
        }
        let left = self.left.get(row.caller as usize);
        if left.is_some_and(|left| row.time > *left) { Told::Yes } else { Told::No }
    }

    fn third_party(&mut self, row: &Row, raw: &RawShape) -> Told {
        let covers = self.covers;
        let Some(parties) = &covers.audit.scope.third_parties else {
            return Told::NotGiven;
        };
        let mine = self.parties.entry(row.caller).or_insert_with(|| {
            let Some(caller) = covers.callers.get(row.caller as usize) else { return Vec::new() };
            let named = |pattern: &Pattern| {
                pattern.fits(&caller.arn)
                    || pattern.fits(&caller.role_or_user())
                    || pattern.fits(&caller.account)
            };
            let fits =
                |(_, party): &(usize, &crate::audit::scope::ThirdParty)| party.principals.iter().any(named);
            parties.iter().enumerate().filter(fits).map(|(place, _)| place).collect()
        });
        let inside = |place: &usize| {
            let Some(party) = parties.get(*place) else { return false };
            let network = party.networks.as_ref().is_none_or(|networks| {
                networks.holds(covers.names.str(row.address))
                    || raw.endpoint.is_some_and(|place| networks.holds_endpoint(covers.names.str(place)))
            });
            let table = raw.object_kind != ObjectKind::Table
                || party
                    .tables
                    .as_ref()
                    .is_none_or(|tables| tables.iter().any(|table| covers.is_on(raw, table)));
            (party.from..=party.to).contains(&row.time) && network && table
        };
        match mine.as_slice() {
            [] => Told::No,
            mine if mine.iter().any(inside) => Told::Inside,
            _ => Told::Outside,
        }
    }

    fn sensitive_key(&mut self, row: &Row, texts: &Partition) -> Told {
        let Some(sensitive) = &self.covers.audit.scope.sensitive_keys else {
            return Told::NotGiven;
        };
        let key = texts.key(row);
        if key.is_empty() {
            return Told::None;
        }
        let hash = xxh3_128(key.as_bytes());
        let place = usize::try_from(hash % REMEMBERED as u128).unwrap_or(0);
        let Some(slot) = self.keys.get_mut(place) else { return Told::None };
        if slot.0 != hash {
            let found = keys::any_value(key, &mut |value| sensitive.found_in(value));
            *slot = (hash, if found { Told::Found } else { Told::None });
        }
        slot.1
    }
}

/// When the person behind each caller left; the end of all time for those who did not. Empty when nobody left.
fn left(covers: Covers<'_>) -> Vec<Seconds> {
    if covers.roster.rows.iter().all(|person| person.left.is_none()) {
        return Vec::new();
    }
    let left = |resolution: &Resolution| match resolution.who {
        Who::Person(place) => covers.roster.row(place).and_then(|person| person.left),
        _ => None,
    };
    covers.resolutions.iter().map(|resolution| left(resolution).unwrap_or(Seconds::MAX)).collect()
}

/// The kind under which the access matrix speaks of an access; looking at settings is none.
fn matrix_kind(raw: &RawShape) -> Option<&'static str> {
    match raw.kind {
        _ if raw.copies => Some("copy"),
        Kind::Describe => None,
        kind => Some(kind.word()),
    }
}

fn is_declared(covers: Covers<'_>, raw: &RawShape) -> bool {
    let (names, scope) = (covers.names, &covers.audit.scope);
    let place = (names.str(raw.object_account), names.str(raw.object_region), names.str(raw.object_name));
    scope.data_class(place.0, place.1, place.2).is_some()
}

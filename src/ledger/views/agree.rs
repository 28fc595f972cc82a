//! Whether the records with one `sharedEventID` tell one action, and which of them says what. Comes in: the events of
//! one group. Goes out: the one it is counted by and the one that names the caller, or why they stay apart. What one
//! record leaves out contradicts nothing; what two of them state must be the same.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::EventKey;
use crate::clock::Seconds;
use crate::events::{Effect, Factor, ObjectKind, arn};
use crate::identities::Caller;
use crate::ledger::intern::Interner;
use crate::ledger::row::{NO_TIME, Partition, Row};
use crate::ledger::shape::{RawShape, Trust};

/// Most seconds between the times of one action's records: each account's copy is written from the one call.
const MOST_APART: Seconds = 2;

/// Most records of one action.
const MOST_VIEWS: usize = 16;

/// An event of a group.
pub struct Live<'a> {
    /// Which.
    pub event: EventKey,
    /// Hash of its `requestID`; 0 for none.
    pub request: u128,
    /// Account of its reference.
    pub account: &'a str,
    /// Where its texts are.
    pub partition: &'a Partition,
    /// Its accesses, at least one.
    pub rows: &'a [Row],
    /// Its reference has other content too.
    pub contested: bool,
}

impl Live<'_> {
    /// `account:eventID`.
    pub fn reference(&self) -> String {
        let mut text = format!("{}:", self.account);
        if let Some(row) = self.rows.first() {
            self.partition.push_id(&mut text, row);
        }
        text
    }

    /// File and place.
    pub fn place(&self) -> (u32, u32) {
        self.rows.first().map_or((u32::MAX, u32::MAX), |row| (row.file, row.index))
    }
}

/// Why records with one `sharedEventID` stay apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// More than one action has.
    TooMany,
    /// Two of them come from one account.
    SameAccount,
    /// Another record has the reference of one of them.
    Contested,
    /// A file was altered.
    Altered,
    /// Another call.
    Call,
    /// Another request.
    Request,
    /// Another time.
    Time,
    /// Another outcome.
    Outcome,
    /// Another caller.
    Caller,
    /// Another origin.
    Origin,
    /// Other objects, keys or effects.
    Objects,
}

impl Why {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Why::TooMany => "more records than one action has",
            Why::SameAccount => "two of them are of one account",
            Why::Contested => "one of their references has other content too",
            Why::Altered => "one of them stands in a file that is not what was delivered",
            Why::Call => "they tell different calls",
            Why::Request => "their requestIDs differ",
            Why::Time => "their times are not the same",
            Why::Outcome => "they tell different outcomes",
            Why::Caller => "they name different callers",
            Why::Origin => "they come from different addresses",
            Why::Objects => "they tell different things of what was touched",
        }
    }
}

/// Which record of an action says what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// The one it is counted by.
    pub primary: usize,
    /// The one that names the caller.
    pub caller: usize,
    /// Those whose word is taken for anything.
    pub rests_on: BTreeSet<usize>,
}

/// What the judgement needs to know.
pub struct Judging<'a> {
    /// Texts.
    pub names: &'a Interner<Box<str>>,
    /// Callers.
    pub callers: &'a [Caller],
    /// Raw shapes.
    pub shapes: &'a [RawShape],
}

/// A thing that was touched. Tables are told apart by their owner and region; what else has a name carries it inside.
type Thing = (ObjectKind, u32, u32, u32);

impl Judging<'_> {
    /// Roles of the records of one action.
    ///
    /// # Errors
    /// Why they stay apart.
    pub fn of(&self, views: &[Live<'_>]) -> Result<Roles, Why> {
        checked(views.len() > MOST_VIEWS, Why::TooMany)?;
        let accounts: BTreeSet<&str> = views.iter().map(|view| view.account).collect();
        checked(accounts.len() < views.len() || accounts.contains(""), Why::SameAccount)?;
        checked(views.iter().any(|view| view.contested), Why::Contested)?;
        checked(self.raws(views).any(|raw| raw.trust == Trust::Altered), Why::Altered)?;
        self.same_call(views)?;
        self.same_caller(views)?;
        self.same_origin(views)?;
        let primary = self.primary(views)?;
        let caller = self.namer(views, primary);
        Ok(Roles { primary, caller, rests_on: self.rests_on(views, primary, caller) })
    }

    fn raw(&self, row: &Row) -> Option<&RawShape> {
        self.shapes.get(row.shape as usize)
    }

    /// Raw shape of the first access of each.
    fn raws<'s>(&'s self, views: &'s [Live<'_>]) -> impl Iterator<Item = &'s RawShape> {
        views.iter().filter_map(|view| self.raw(view.rows.first()?))
    }

    fn same_call(&self, views: &[Live<'_>]) -> Result<(), Why> {
        let call = |raw: &RawShape| (raw.source, raw.operation, raw.region, raw.class, raw.plane);
        checked(several(self.raws(views).map(call)), Why::Call)?;
        checked(several(views.iter().map(|view| view.request)), Why::Request)?;
        let times = || views.iter().filter_map(|view| view.rows.first()).map(|row| row.time);
        let (first, last) = (times().min().unwrap_or(NO_TIME), times().max().unwrap_or(NO_TIME));
        checked(first == NO_TIME || last - first > MOST_APART, Why::Time)?;
        let errors = self.raws(views).map(|raw| raw.error).filter(|error| self.stated(*error));
        checked(several(self.raws(views).map(|raw| raw.outcome)) || several(errors), Why::Outcome)
    }

    fn stated(&self, name: u32) -> bool {
        !self.names.str(name).is_empty()
    }

    fn caller(&self, view: &Live<'_>) -> Option<&Caller> {
        self.callers.get(view.rows.first()?.caller as usize)
    }

    fn same_caller(&self, views: &[Live<'_>]) -> Result<(), Why> {
        let callers: Vec<&Caller> = views.iter().filter_map(|view| self.caller(view)).collect();
        let contradicted = |(number, caller): (usize, &&Caller)| {
            callers.iter().skip(number + 1).any(|other| caller.contradicts(other))
        };
        checked(callers.iter().enumerate().any(contradicted), Why::Caller)
    }

    fn same_origin(&self, views: &[Live<'_>]) -> Result<(), Why> {
        let rows = views.iter().filter_map(|view| view.rows.first());
        let addresses = rows.map(|row| row.address).filter(|address| self.stated(*address));
        let endpoints = self.raws(views).filter_map(|raw| raw.endpoint);
        checked(several(addresses) || several(endpoints), Why::Origin)
    }

    /// The record that tells most of what was touched; of equal ones the best trusted, that of the owner's account,
    /// that of the caller's.
    fn primary(&self, views: &[Live<'_>]) -> Result<usize, Why> {
        let things: Vec<BTreeSet<Thing>> = views.iter().map(|view| self.things(view)).collect();
        let knows_all = |place: &usize| {
            things.get(*place).is_some_and(|mine| things.iter().all(|others| mine.is_superset(others)))
        };
        let order = |place: &usize| {
            views.get(*place).map(|view| {
                let trust = view.rows.first().and_then(|row| self.raw(row)).map(|raw| raw.trust);
                let own_caller = self.caller(view).is_some_and(|caller| caller.account == view.account);
                (Reverse(self.told(view)), trust, !self.is_owner(view), !own_caller, view.account)
            })
        };
        let primary = (0..views.len()).filter(knows_all).min_by_key(order).ok_or(Why::Objects)?;
        let differs = |view: &Live<'_>| views.get(primary).is_some_and(|primary| self.differs(primary, view));
        checked(views.iter().any(differs), Why::Objects)?;
        Ok(primary)
    }

    fn thing(&self, raw: &RawShape) -> Option<Thing> {
        let table = raw.object_kind == ObjectKind::Table;
        let place = if table { (raw.object_account, raw.object_region) } else { (0, 0) };
        self.stated(raw.object_name).then_some((raw.object_kind, place.0, place.1, raw.object_name))
    }

    fn things(&self, view: &Live<'_>) -> BTreeSet<Thing> {
        view.rows.iter().filter_map(|row| self.thing(self.raw(row)?)).collect()
    }

    /// How much a record tells besides names: keys, effects, reach, second factor.
    fn told(&self, view: &Live<'_>) -> usize {
        let told = |row: &Row| {
            let raw = self.raw(row);
            let says = |says: fn(&RawShape) -> bool| usize::from(raw.is_some_and(says));
            usize::from(row.key_length > 0)
                + says(|raw| raw.effect != Effect::None)
                + says(|raw| raw.reach.is_some())
                + says(|raw| raw.factor != Factor::Unstated)
        };
        view.rows.iter().map(told).sum()
    }

    /// Whether the thing touched belongs to the account whose log this is.
    fn is_owner(&self, view: &Live<'_>) -> bool {
        let owned = |raw: &RawShape| {
            let name = self.names.str(raw.object_name);
            match arn::parse(name).filter(|arn| !arn.account.is_empty()) {
                Some(arn) => arn.account == view.account,
                None => !name.is_empty() && self.names.str(raw.object_account) == view.account,
            }
        };
        view.rows.iter().filter_map(|row| self.raw(row)).any(owned)
    }

    /// Whether two records state different things of what both of them tell.
    fn differs(&self, primary: &Live<'_>, other: &Live<'_>) -> bool {
        other.rows.iter().any(|row| {
            let Some(raw) = self.raw(row) else { return false };
            let thing = self.thing(raw);
            let same = |own: &&Row| thing.is_some() && self.raw(own).and_then(|raw| self.thing(raw)) == thing;
            // A record that names nothing is compared with the one access there is.
            let alone = primary.rows.first().filter(|_| thing.is_none() && primary.rows.len() == 1);
            let Some(own) = primary.rows.iter().find(same).or(alone) else { return false };
            let keys = row.key_length > 0 && own.key_length > 0;
            let key_differs = keys && primary.partition.key(own) != other.partition.key(row);
            key_differs || self.raw(own).is_some_and(|own| weighs_otherwise(own, raw))
        })
    }

    /// The record that names the caller best; of equal ones the one it is counted by.
    fn namer(&self, views: &[Live<'_>], primary: usize) -> usize {
        let order = |place: &usize| {
            let view = views.get(*place)?;
            let caller = self.caller(view)?;
            let (known, told) = (caller.arn_known() || caller.service().is_some(), caller.told());
            let at_home = caller.account == view.account;
            Some((known, told, *place == primary, at_home, Reverse(view.account)))
        };
        (0..views.len()).max_by_key(order).unwrap_or(primary)
    }

    /// The records whose word counts: the main one, the caller's, and the first that states an origin it lacks.
    fn rests_on(&self, views: &[Live<'_>], primary: usize, caller: usize) -> BTreeSet<usize> {
        let mut places = BTreeSet::from([primary, caller]);
        let first = |place: usize| views.get(place).and_then(|view| view.rows.first());
        let of = |states: &dyn Fn(&Row) -> bool| {
            let lacking = first(primary).is_some_and(|row| !states(row));
            (0..views.len()).find(|place| lacking && first(*place).is_some_and(states))
        };
        places.extend(of(&|row| self.stated(row.address)));
        places.extend(of(&|row| self.stated(row.agent)));
        places.extend(of(&|row| self.raw(row).is_some_and(|raw| raw.endpoint.is_some())));
        places.extend(of(&|row| self.raw(row).is_some_and(|raw| raw.from_console)));
        places
    }
}

/// Kinds and effects that both records state and that differ.
fn weighs_otherwise(one: &RawShape, other: &RawShape) -> bool {
    let effects = one.effect != other.effect && one.effect != Effect::None && other.effect != Effect::None;
    let factors =
        one.factor != other.factor && one.factor != Factor::Unstated && other.factor != Factor::Unstated;
    let reach = one.reach.zip(other.reach).is_some_and(|(one, other)| one != other);
    one.kind != other.kind || effects || factors || reach
}

fn checked(wrong: bool, why: Why) -> Result<(), Why> {
    if wrong { Err(why) } else { Ok(()) }
}

/// Whether there are two different values.
fn several<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    values.next().is_some_and(|first| values.any(|other| other != first))
}

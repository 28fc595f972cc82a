//! Trails over time: what each selects and when it stood still, from snapshots and from the changes in the log.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Class;
use super::selectors::{Selected, Selectors};
use crate::audit::Snapshot;
use crate::clock::{Seconds, rfc3339};
use crate::events::{arn, cards};

/// A change of logging, as coverage needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// When.
    pub time: Seconds,
    /// Account of the log.
    pub account: String,
    /// Region.
    pub region: String,
    /// `eventName`.
    pub operation: String,
    /// Trail name or ARN.
    pub trail: String,
    /// `requestParameters`.
    pub request: String,
}

/// One trail.
#[derive(Debug, Clone, Default, PartialEq)]
struct Trail {
    account: String,
    region: String,
    name: String,
    /// Whether it logs all regions; `None` when nothing tells.
    all_regions: Option<bool>,
    /// Selectors from a time on, and how they are known.
    selections: Vec<(Seconds, Option<Selectors>, String)>,
    /// Times without logging.
    stops: Vec<(Seconds, Seconds)>,
}

/// All trails known.
#[derive(Debug, Clone, Default)]
pub struct Trails {
    trails: Vec<Trail>,
}

/// What the trails say about an hour.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told<'t> {
    /// Stopped in this hour or a part of it, on every trail that would have logged it.
    pub stopped: bool,
    /// Selected in full; `None` when nothing tells.
    pub selected: Option<Selected>,
    /// The trails that select it in full.
    pub by: Vec<Selecting<'t>>,
}

/// A trail that selects a class in full.
#[derive(Debug, Clone, PartialEq)]
pub struct Selecting<'t> {
    /// Name and home region.
    pub trail: (&'t str, &'t str),
    /// How the selection is known.
    pub proof: String,
}

impl Trails {
    /// Puts snapshots and changes together. Changes must be sorted by time.
    pub fn new(snapshots: &[Snapshot], changes: &[Change]) -> Trails {
        let mut trails = Trails::default();
        for snapshot in snapshots {
            let trail = trails.find(&snapshot.account, &snapshot.region, &snapshot.trail);
            trail.all_regions = Some(trail.all_regions == Some(true) || snapshot.multi_region);
            let proof = format!("selector snapshot of {} taken {}", trail.name, rfc3339(snapshot.taken));
            trail.selections.push((snapshot.taken, Selectors::read(&snapshot.answer), proof));
        }
        for change in changes {
            trails.apply(change);
        }
        for trail in &mut trails.trails {
            trail.open_backwards(changes);
        }
        trails
    }

    fn find(&mut self, account: &str, region: &str, named: &str) -> &mut Trail {
        let name = cards::masked(named.rsplit('/').next().unwrap_or(named)).into_owned();
        let (account, region) = match arn::parse(named) {
            Some(arn) => (arn.account, arn.region),
            None => (account, region),
        };
        let known = self
            .trails
            .iter()
            .position(|trail| trail.account == account && trail.region == region && trail.name == name);
        let at = known.unwrap_or_else(|| {
            let trail = Trail {
                account: account.to_owned(),
                region: region.to_owned(),
                name: name.clone(),
                ..Trail::default()
            };
            self.trails.push(trail);
            self.trails.len() - 1
        });
        &mut self.trails[at]
    }

    fn apply(&mut self, change: &Change) {
        let trail = self.find(&change.account, &change.region, &change.trail);
        let request: Value = serde_json::from_str(&change.request).unwrap_or_default();
        let stated = request.get("isMultiRegionTrail").and_then(Value::as_bool);
        if matches!(change.operation.as_str(), "CreateTrail" | "UpdateTrail") && stated.is_some() {
            trail.all_regions = stated;
        }
        match change.operation.as_str() {
            // A trail made in the log did not exist before, and logs only once it is started.
            "CreateTrail" if trail.stops.is_empty() => trail.stops.push((Seconds::MIN, Seconds::MAX)),
            "StopLogging" | "DeleteTrail"
                if trail.stops.last().is_none_or(|(_, end)| *end <= change.time) =>
            {
                trail.stops.push((change.time, Seconds::MAX));
            }
            "StartLogging" => {
                if let Some((_, end)) = trail.stops.last_mut().filter(|(_, end)| *end == Seconds::MAX) {
                    *end = change.time;
                }
            }
            "PutEventSelectors" => {
                let proof = format!("PutEventSelectors on {} at {}", trail.name, rfc3339(change.time));
                trail.selections.push((change.time, Selectors::read(&request), proof));
            }
            _ => {}
        }
    }

    /// Accounts whose key events are left out at some time in `[from, to)`: each of their trails whose selection is known
    /// leaves them out then.
    pub fn without_key_events(&self, from: Seconds, to: Seconds) -> BTreeSet<String> {
        let known = |trail: &&Trail| trail.selections.iter().any(|(_, selectors, _)| selectors.is_some());
        let accounts: BTreeSet<&str> =
            self.trails.iter().filter(known).map(|trail| trail.account.as_str()).collect();
        let silent = |account: &&str| {
            let mut trails = self.trails.iter().filter(|trail| trail.account == **account).filter(known);
            trails.all(|trail| trail.leaves_out_keys(from, to))
        };
        accounts.into_iter().filter(silent).map(str::to_owned).collect()
    }

    /// What is known about an hour `[from, to)` of a class.
    pub fn at(
        &self,
        account: &str,
        region: &str,
        table: Option<&str>,
        class: Class,
        hour: (Seconds, Seconds),
    ) -> Told<'_> {
        let here = self.trails.iter().filter(|trail| trail.account == account);
        let mut told = Told::default();
        let mut stopped = false;
        for trail in here {
            // Where nothing tells how far a trail reaches, its stop counts everywhere and its selection at home only.
            let home = trail.region == region;
            let still = (home || trail.all_regions != Some(false))
                && trail.stops.iter().any(|(from, to)| *from < hour.1 && *to > hour.0);
            stopped |= still;
            if still || !(home || trail.all_regions == Some(true)) {
                continue;
            }
            match trail.selected(class, table, hour) {
                Some((Selected::Yes, proof)) => {
                    told.selected = Some(Selected::Yes);
                    let trail = (trail.name.as_str(), trail.region.as_str());
                    told.by.push(Selecting { trail, proof });
                }
                Some((Selected::No, _)) if told.selected.is_none() => told.selected = Some(Selected::No),
                _ => {}
            }
        }
        Told { stopped: stopped && told.by.is_empty(), ..told }
    }
}

impl Trail {
    /// Whether a selection in force at some time in `[from, to)` leaves key events out.
    fn leaves_out_keys(&self, from: Seconds, to: Seconds) -> bool {
        let ends = self.selections.iter().skip(1).map(|(next, _, _)| *next).chain([Seconds::MAX]);
        self.selections
            .iter()
            .zip(ends)
            .filter(|((start, _, _), end)| *start < to && *end > from)
            .any(|((_, selectors, _), _)| selectors.as_ref().is_some_and(Selectors::leaves_out_keys))
    }

    /// The selection through the whole hour: a change inside it counts only if both sides select.
    fn selected(
        &self,
        class: Class,
        table: Option<&str>,
        hour: (Seconds, Seconds),
    ) -> Option<(Selected, String)> {
        let at_start = self.selections.iter().rev().find(|(from, _, _)| *from <= hour.0)?;
        let inside = self.selections.iter().filter(|(from, _, _)| *from > hour.0 && *from < hour.1);
        let mut answer = (at_start.1.as_ref()?.selects(class, table), at_start.2.clone());
        for (_, selectors, proof) in inside {
            if selectors.as_ref()?.selects(class, table) == Selected::No {
                answer = (Selected::No, proof.clone());
            }
        }
        Some(answer)
    }

    /// Sorts selections; a snapshot also speaks for the time before it, back to the last change in the log.
    fn open_backwards(&mut self, changes: &[Change]) {
        self.selections.sort_by_key(|(from, _, _)| *from);
        let puts: Vec<Seconds> = changes
            .iter()
            .filter(|change| change.operation == "PutEventSelectors" && change.trail.ends_with(&self.name))
            .map(|change| change.time)
            .collect();
        for (from, _, _) in &mut self.selections {
            if !puts.contains(from) {
                let last_change = puts.iter().rev().find(|put| *put < from);
                *from = last_change.map_or(Seconds::MIN, |put| put + 1);
            }
        }
        self.selections.sort_by_key(|(from, _, _)| *from);
    }
}

//! What was delivered from each declared account and region: files, days, delays.

use std::collections::{BTreeMap, BTreeSet};

use super::about::{About, At};
use super::walk::{Collect, Seen};
use super::{Given, logging};
use crate::audit::{Saved, SnapshotKind};
use crate::clock::{DAY, Seconds};
use crate::coverage::{Coverage, State, Strip};
use crate::events::arn;
use crate::ledger::shape::Trust;
use crate::ledger::{FileFacts, FileOutcome, Ledger};
use crate::records::Container;
use crate::rules;
use crate::sources::names::{self, DigestName, LogName};

/// What the name of a log file tells; files of other folders are none.
fn named(path: &str) -> Option<LogName<'_>> {
    names::log(path).filter(|name| name.kind == "CloudTrail")
}

/// A digest that says that nothing was delivered in its hour, for nothing occurred.
fn quiet_hour(file: &FileFacts) -> Option<DigestName<'_>> {
    let intact = !matches!(file.outcome, FileOutcome::Failed(_)) && file.trust != Trust::Altered;
    let empty = file.container == Some(Container::Digest) && file.listed == Some(0);
    names::digest(&file.name).filter(|hour| intact && empty && !hour.backfill)
}

/// Account and region of every log file, by its name or by the records it holds.
pub(super) struct FilePlaces<'a> {
    ledger: &'a Ledger,
    /// Log files whose name does not tell.
    nameless: Vec<bool>,
    /// Account and region of each shape's log.
    of_shape: Vec<(&'a str, &'a str)>,
    found: BTreeSet<(u32, &'a str, &'a str)>,
}

impl<'a> FilePlaces<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        let nameless = |file: &FileFacts| is_log(file) && named(&file.name).is_none();
        FilePlaces {
            ledger,
            nameless: ledger.files.iter().map(nameless).collect(),
            of_shape: vec![("", ""); ledger.shapes.len()],
            found: BTreeSet::new(),
        }
    }

    /// Places of a file, by its number.
    pub(super) fn of(&self, number: u32) -> Vec<(&'a str, &'a str)> {
        let file = self.ledger.files.get(number as usize).filter(|file| is_log(file));
        match file.and_then(|file| named(&file.name)) {
            Some(named) => vec![(named.account, named.region)],
            None => {
                let mine = self.found.range((number, "", "")..).take_while(|(file, ..)| *file == number);
                mine.map(|(_, account, region)| (*account, *region)).collect()
            }
        }
    }
}

impl<'a> Collect<'a> for FilePlaces<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        if let Some(slot) = self.of_shape.get_mut(number) {
            *slot = (self.ledger.name(seen.raw.account), self.ledger.name(seen.raw.region));
        }
        self.nameless.contains(&true)
    }

    fn take(&mut self, at: At<'a>) {
        if self.nameless.get(at.row.file as usize) == Some(&true)
            && let Some((account, region)) = self.of_shape.get(at.row.shape as usize)
        {
            self.found.insert((at.row.file, account, region));
        }
    }
}

/// Whether a file is a log file as a trail delivers it, read or not.
fn is_log(file: &FileFacts) -> bool {
    file.container == Some(Container::LogFile) || named(&file.name).is_some()
}

/// When a file was delivered, if its name tells.
pub(super) fn delivered(file: &FileFacts) -> Option<Seconds> {
    named(&file.name).map(|named| named.stamp)
}

/// What is counted of one place.
#[derive(Default)]
struct Sums {
    files: i64,
    failed: i64,
    verified: i64,
    unverified: i64,
    altered: i64,
    days: BTreeSet<i64>,
    late: Option<Seconds>,
    times: Option<(Seconds, Seconds)>,
}

impl Sums {
    /// Something was delivered at this time.
    fn present(&mut self, time: Seconds) {
        self.days.insert(time.div_euclid(DAY));
        let (first, last) = self.times.unwrap_or((time, time));
        self.times = Some((first.min(time), last.max(time)));
    }

    fn add(&mut self, file: &FileFacts, window: (Seconds, Seconds)) {
        self.files += 1;
        self.failed += i64::from(matches!(file.outcome, FileOutcome::Failed(_)));
        *match file.trust {
            Trust::Verified => &mut self.verified,
            Trust::Unverified => &mut self.unverified,
            Trust::Altered => &mut self.altered,
        } += 1;
        let stamp = delivered(file);
        let seen: Vec<Seconds> =
            stamp.map_or_else(|| file.first.into_iter().chain(file.last).collect(), |stamp| vec![stamp]);
        for time in seen {
            self.present(time);
        }
        let touches =
            file.first.zip(file.last).filter(|(first, last)| *first < window.1 && *last >= window.0);
        if let (Some(stamp), Some((first, _))) = (stamp, touches) {
            // Events before the window are not asked about.
            let delay = (stamp - first.max(window.0)).max(0);
            self.late = self.late.max(Some(delay));
        }
    }
}

/// One object a declared account and region.
pub(super) fn list(given: Given<'_>, files: Option<&FilePlaces<'_>>) -> Vec<(rules::Place, About)> {
    let audit = given.audit;
    let mut sums: BTreeMap<(&str, &str), Sums> = BTreeMap::new();
    for (account, (_, regions)) in &audit.scope.accounts {
        for region in regions {
            sums.insert((account, region), Sums::default());
        }
    }
    for (number, file) in (0_u32..).zip(&given.ledger.files) {
        for (account, region) in files.map(|files| files.of(number)).unwrap_or_default() {
            if let Some(sums) = sums.get_mut(&(account, region)) {
                sums.add(file, (audit.from, audit.to));
            }
        }
        let quiet = quiet_hour(file);
        let quiet = quiet.and_then(|hour| Some((sums.get_mut(&(hour.account, hour.region))?, hour.end)));
        if let Some((sums, end)) = quiet {
            // The last second of its hour.
            sums.present(end - 1);
        }
    }
    let validation = Validation::new(given);
    let window_end = (audit.to + DAY - 1).div_euclid(DAY);
    let place = |((account, region), sums): ((&str, &str), Sums)| {
        // Nobody supplies files up to `as_of`: days behind the window count only as far as files were supplied.
        let end = window_end.max(sums.days.last().map_or(0, |last| last + 1));
        let first = sums.days.first().copied().filter(|first| *first < end);
        let reach = first.map_or(0, |first| end - first);
        let present = super::count(sums.days.range(..end).count());
        let place = rules::Place {
            name: format!("{account} {region}"),
            account: account.to_owned(),
            region: region.to_owned(),
            files: sums.files,
            failed: sums.failed,
            verified: sums.verified,
            unverified: sums.unverified,
            altered: sums.altered,
            days_present: present,
            days_missing: reach - present,
            reach_days: reach,
            late_minutes: sums.late.map_or(-1, |late| (late + 59) / 60),
            validation: validation.at(account, region, given.coverage).to_owned(),
        };
        (place, About::things(vec![format!("{account} {region}")], sums.times))
    };
    sums.into_iter().map(place).collect()
}

/// What is known of one trail's log file validation.
#[derive(Debug, Default)]
struct Trail {
    all_regions: bool,
    organisation: bool,
    told: BTreeMap<Seconds, bool>,
}

/// Log file validation of all trails known: account, home region and name.
struct Validation {
    trails: BTreeMap<(String, String, String), Trail>,
}

impl Validation {
    fn new(given: Given<'_>) -> Validation {
        let mut validation = Validation { trails: BTreeMap::new() };
        for snapshot in &given.audit.snapshots {
            let trail = validation.trail(&snapshot.account, &snapshot.region, &snapshot.trail);
            trail.all_regions |= snapshot.multi_region;
        }
        let saved = given.audit.saved.iter().filter(|saved| saved.kind == SnapshotKind::Trail);
        saved.for_each(|saved| validation.saved(saved));
        for record in given.ledger.logging.iter().filter(|record| record.time < given.audit.to) {
            let request: serde_json::Value = serde_json::from_str(&record.request).unwrap_or_default();
            let all = request.get("isMultiRegionTrail").and_then(serde_json::Value::as_bool);
            let told = logging::validation(record);
            if told.is_some() || all.is_some() {
                let trail = validation.trail(&record.account, &record.region, &record.trail);
                trail.all_regions = all.unwrap_or(trail.all_regions);
                trail.told.extend(told.map(|on| (record.time, on)));
            }
        }
        validation
    }

    fn saved(&mut self, saved: &Saved) {
        let truth =
            |part: &serde_json::Value, name: &str| part.get(name).and_then(serde_json::Value::as_bool);
        for (subject, part) in &saved.subjects {
            let trail = self.trail("", "", subject);
            trail.all_regions |= truth(part, "IsMultiRegionTrail") == Some(true);
            trail.organisation |= truth(part, "IsOrganizationTrail") == Some(true);
            trail.told.extend(truth(part, "LogFileValidationEnabled").map(|on| (saved.taken, on)));
        }
    }

    fn trail(&mut self, account: &str, region: &str, named: &str) -> &mut Trail {
        let (account, region) = match arn::parse(named) {
            Some(arn) => (arn.account, arn.region),
            None => (account, region),
        };
        let key = (account.to_owned(), region.to_owned(), logging::trail_name(named).to_owned());
        self.trails.entry(key).or_default()
    }

    fn at(&self, account: &str, region: &str, coverage: &Coverage) -> &'static str {
        let covers = |((owner, home, _), trail): &(&(String, String, String), &Trail)| {
            (owner == account || trail.organisation) && (home == region || trail.all_regions)
        };
        let trails = self.trails.iter().filter(covers);
        let last: Vec<bool> = trails.filter_map(|(_, trail)| trail.told.values().last().copied()).collect();
        // Digests of every hour could not be here with validation off.
        let attested = |strip: &Strip| {
            (strip.account.as_str(), strip.region.as_str()) == (account, region)
                && strip.states.iter().all(|state| *state == State::Verified)
        };
        match last.as_slice() {
            [] if coverage.strips.iter().any(attested) => "on",
            [] => "unknown",
            all if all.contains(&true) => "on",
            _ => "off",
        }
    }
}

//! Counting what the tests said: populations, digests, breakdowns, exception groups with their first citations.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::answers::{Answers, Cell};
use crate::clock::{DAY, Seconds, rfc3339};
use crate::ledger::Ledger;
use crate::ledger::row::{NO_TIME, Row};
use crate::ledger::walk::EventRows;

/// Citations kept for a group.
pub const CITATIONS: usize = 20;

/// Conforming accesses cited of each test.
const EXAMPLES: usize = 15;

/// Where a record stands: enough to cite it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cited {
    /// Time; [`NO_TIME`] first.
    pub time: Seconds,
    /// `account:eventID`.
    pub event_ref: String,
    /// Which access of the event.
    pub part: u16,
    /// The row.
    pub row: RowKey,
}

/// A row by value, ordered by nothing that depends on reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowKey(pub Row);

impl PartialOrd for RowKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RowKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.file, self.0.index, self.0.part).cmp(&(other.0.file, other.0.index, other.0.part))
    }
}

/// Exceptions or undetermined accesses of one test, cause and principal.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// How many accesses.
    pub count: u64,
    /// First time.
    pub first: Option<Seconds>,
    /// Last time.
    pub last: Option<Seconds>,
    /// Objects touched (names), at most 50.
    pub objects: BTreeSet<String>,
    /// The first citations by time and reference.
    pub cited: BTreeSet<Cited>,
}

/// Which finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingKey {
    /// Test, by place.
    pub test: usize,
    /// The answer, never conforming.
    pub cell: Cell,
    /// Principal, by place.
    pub principal: u32,
}

/// Counts of one test over accesses.
#[derive(Debug, Clone, Default)]
pub struct Count {
    /// Accesses in the population.
    pub population: u64,
    /// Events in the population.
    pub events: u64,
    /// Conforming accesses.
    pub conforming: u64,
    /// Exceptions.
    pub exceptions: u64,
    /// Undetermined.
    pub undetermined: u64,
    /// Population digest.
    pub digest: String,
    /// By day (or month for long windows).
    pub by_time: BTreeMap<String, u64>,
    /// The first conforming accesses by time and reference.
    pub conforming_cited: BTreeSet<Cited>,
}

/// What counting gives.
#[derive(Debug, Default)]
pub struct Tally {
    /// By test.
    pub counts: Vec<Count>,
    /// Findings.
    pub findings: BTreeMap<FindingKey, Finding>,
}

/// Counts everything in one walk.
pub fn count(ledger: &Ledger, answers: &Answers, tests: usize) -> Tally {
    let populations = Populations::new(answers, tests);
    let mut tally = Tally { counts: vec![Count::default(); tests], findings: BTreeMap::new() };
    for ((_, group), accesses) in &answers.by_shape {
        for (test, count) in tally.counts.iter_mut().enumerate() {
            count.add(answers.cell(*group, test), *accesses);
        }
    }
    let mut walking = Walking {
        ledger,
        answers,
        interesting: interesting(answers),
        populations,
        by_day: FxHashMap::default(),
        findings: FxHashMap::default(),
        conforming: vec![BTreeSet::new(); tests],
        reference: String::new(),
    };
    ledger.walk(&mut |event| walking.event(event));
    walking.finish(&mut tally);
    tally
}

impl Count {
    fn add(&mut self, cell: Cell, accesses: u64) {
        let slot = match cell {
            Cell::Outside => return,
            Cell::Conforming => &mut self.conforming,
            Cell::Exception(_) => &mut self.exceptions,
            Cell::Undetermined(_) => &mut self.undetermined,
        };
        *slot += accesses;
        self.population += accesses;
    }
}

/// Distinct populations: which groups each holds. A digest is computed once for each.
struct Populations {
    of_test: Vec<usize>,
    /// Populations a group belongs to.
    of_group: Vec<Vec<usize>>,
    hashers: Vec<Sha256>,
    events: Vec<u64>,
    /// Populations that the event at hand was counted in.
    seen: Vec<usize>,
}

impl Populations {
    fn new(answers: &Answers, tests: usize) -> Self {
        let mut distinct: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
        let mut of_test = Vec::with_capacity(tests);
        for test in 0..tests {
            let inside: Vec<bool> = answers
                .groups
                .iter()
                .map(|cells| cells.get(test).is_some_and(|cell| *cell != Cell::Outside))
                .collect();
            let next = distinct.len();
            of_test.push(*distinct.entry(inside).or_insert(next));
        }
        let of_group = (0..answers.groups.len())
            .map(|group| {
                let mut places: Vec<usize> = distinct
                    .iter()
                    .filter(|(inside, _)| inside.get(group) == Some(&true))
                    .map(|(_, place)| *place)
                    .collect();
                places.sort_unstable();
                places
            })
            .collect();
        Populations {
            of_test,
            of_group,
            hashers: vec![Sha256::new(); distinct.len()],
            events: vec![0; distinct.len()],
            seen: Vec::new(),
        }
    }

    fn event(&mut self, groups: &[u32], reference: &str) {
        self.seen.clear();
        for group in groups {
            for place in self.of_group.get(*group as usize).into_iter().flatten() {
                if self.seen.contains(place) {
                    continue;
                }
                self.seen.push(*place);
                if let (Some(hasher), Some(events)) =
                    (self.hashers.get_mut(*place), self.events.get_mut(*place))
                {
                    hasher.update(reference.as_bytes());
                    *events += 1;
                }
            }
        }
    }
}

fn interesting(answers: &Answers) -> Vec<Vec<(usize, Cell)>> {
    let cells = |cells: &Vec<Cell>| {
        let finding = |(test, cell): (usize, &Cell)| {
            matches!(cell, Cell::Exception(_) | Cell::Undetermined(_)).then_some((test, *cell))
        };
        cells.iter().enumerate().filter_map(finding).collect()
    };
    answers.groups.iter().map(cells).collect()
}

struct Walking<'a> {
    ledger: &'a Ledger,
    answers: &'a Answers,
    interesting: Vec<Vec<(usize, Cell)>>,
    populations: Populations,
    by_day: FxHashMap<(u32, i64), u64>,
    findings: FxHashMap<FindingKey, Finding>,
    conforming: Vec<BTreeSet<Cited>>,
    reference: String,
}

impl Walking<'_> {
    fn event(&mut self, event: EventRows<'_>) {
        event.reference(&mut self.reference);
        self.reference.push('\n');
        let answers = self.answers;
        let groups = answers.group_of.get(event.first..event.first + event.rows.len()).unwrap_or_default();
        self.populations.event(groups, &self.reference);
        self.reference.pop();
        for (row, group) in event.rows.iter().zip(groups) {
            let day = if row.time == NO_TIME { i64::MIN } else { row.time.div_euclid(DAY) };
            *self.by_day.entry((*group, day)).or_insert(0) += 1;
            self.findings(row, *group);
            self.conforming(row, *group);
        }
    }

    fn cited(&self, row: &Row) -> Cited {
        Cited { time: row.time, event_ref: self.reference.clone(), part: row.part, row: RowKey(*row) }
    }

    fn findings(&mut self, row: &Row, group: u32) {
        let Some(cells) = self.interesting.get(group as usize).filter(|cells| !cells.is_empty()) else {
            return;
        };
        let principal = self.ledger.principal_place(row);
        let keys: Vec<FindingKey> =
            cells.iter().map(|(test, cell)| FindingKey { test: *test, cell: *cell, principal }).collect();
        for key in keys {
            let cited = self.cited(row);
            let object =
                self.ledger.shape(row).map(|(_, raw, _)| self.ledger.name(raw.object_name).to_owned());
            let finding = self.findings.entry(key).or_default();
            finding.count += 1;
            if row.time != NO_TIME {
                finding.first = Some(finding.first.map_or(row.time, |first| first.min(row.time)));
                finding.last = Some(finding.last.map_or(row.time, |last| last.max(row.time)));
            }
            if finding.objects.len() < 50 {
                finding.objects.extend(object.filter(|name| !name.is_empty()));
            }
            keep_first(&mut finding.cited, cited, CITATIONS);
        }
    }

    /// A few conforming accesses of each test, so that a reader sees both kinds.
    fn conforming(&mut self, row: &Row, group: u32) {
        let Some(cells) = self.answers.groups.get(group as usize) else {
            return;
        };
        for (test, cell) in cells.iter().enumerate() {
            if *cell != Cell::Conforming {
                continue;
            }
            let full = self.conforming.get(test).is_some_and(|kept| {
                kept.len() >= EXAMPLES
                    && kept.last().is_some_and(|last| {
                        (last.time, last.event_ref.as_str()) <= (row.time, self.reference.as_str())
                    })
            });
            if !full {
                let cited = self.cited(row);
                if let Some(kept) = self.conforming.get_mut(test) {
                    keep_first(kept, cited, EXAMPLES);
                }
            }
        }
    }

    fn finish(self, tally: &mut Tally) {
        let digests: Vec<String> = self
            .populations
            .hashers
            .into_iter()
            .map(|hasher| crate::sources::hex(&hasher.finalize()))
            .collect();
        #[expect(clippy::iter_over_hash_type, reason = "sums go into ordered maps")]
        for ((group, day), accesses) in self.by_day {
            let label =
                if day == i64::MIN { "no time stated".to_owned() } else { crate::clock::day(day * DAY) };
            for (test, count) in tally.counts.iter_mut().enumerate() {
                if self.answers.cell(group, test) != Cell::Outside {
                    *count.by_time.entry(label.clone()).or_insert(0) += accesses;
                }
            }
        }
        for (test, count) in tally.counts.iter_mut().enumerate() {
            let place = self.populations.of_test.get(test).copied().unwrap_or(0);
            count.events = self.populations.events.get(place).copied().unwrap_or(0);
            count.digest = digests.get(place).cloned().unwrap_or_default();
            count.by_time = by_month_if_long(std::mem::take(&mut count.by_time));
        }
        for (count, kept) in tally.counts.iter_mut().zip(self.conforming) {
            count.conforming_cited = kept;
        }
        tally.findings = self.findings.into_iter().collect();
    }
}

/// Days stay days in windows of up to 62; longer ones are told by month.
fn by_month_if_long(days: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    if days.len() <= 62 {
        return days;
    }
    let mut months = BTreeMap::new();
    for (day, count) in days {
        let month = day.get(..7).map_or(day.clone(), str::to_owned);
        *months.entry(month).or_insert(0) += count;
    }
    months
}

fn keep_first(kept: &mut BTreeSet<Cited>, cited: Cited, most: usize) {
    if kept.len() >= most && kept.last().is_some_and(|last| *last <= cited) {
        return;
    }
    kept.insert(cited);
    if kept.len() > most {
        kept.pop_last();
    }
}

/// A time as printed, or that there is none.
pub fn shown_time(time: Seconds) -> String {
    if time == NO_TIME { "not logged".to_owned() } else { rfc3339(time) }
}

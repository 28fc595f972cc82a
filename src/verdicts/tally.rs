//! Counting what the tests said: populations, digests, breakdowns, exception groups with their first citations.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use super::answers::{Answers, Cell};
use crate::clock::{DAY, Seconds, rfc3339};
use crate::ledger::row::{NO_TIME, Row};
use crate::ledger::walk::EventRows;
use crate::ledger::{Ledger, Trust};

/// Citations kept for a group.
pub const CITATIONS: usize = 20;

/// Conforming accesses, or objects of the run, shown of each test.
pub const EXAMPLES: usize = 15;

/// Bytes that wait to be hashed, at most.
const WAITING: usize = 4096;

/// Objects named of a finding: the first by name.
const OBJECTS: usize = 50;

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

/// Exceptions or undetermined accesses of one question, cause and principal.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// How many accesses.
    pub count: u64,
    /// First time.
    pub first: Option<Seconds>,
    /// Last time.
    pub last: Option<Seconds>,
    /// Objects touched: the first 50 names.
    pub objects: BTreeSet<String>,
    /// The first citations by time and reference.
    pub cited: BTreeSet<Cited>,
}

/// Which finding of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingKey {
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
    /// Those of the population whose records stand in files that no signed digest proves.
    pub unverified: u64,
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
    /// Findings by question; see [`Answers::question_of`].
    pub findings: Vec<BTreeMap<FindingKey, Finding>>,
}

/// Counts everything in one walk. What a row costs does not grow with the number of tests: rows are gathered by group, and
/// groups are told to the tests afterwards.
pub fn count(ledger: &Ledger, answers: &Answers, tests: usize) -> Tally {
    let mut walking = Walking {
        ledger,
        answers,
        contradicted: answers.groups.iter().map(|cells| cells.iter().any(is_finding)).collect(),
        populations: Populations::new(answers),
        by_day: FxHashMap::default(),
        findings: FxHashMap::default(),
        conforming: vec![BTreeSet::new(); answers.groups.len()],
        reference: String::new(),
    };
    ledger.walk(&mut |event| walking.event(event));
    walking.tell(tests)
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

/// Distinct populations: which groups each holds. Digest and times are computed once for each.
struct Populations {
    of_question: Vec<usize>,
    /// Groups that each population holds.
    inside: Vec<Vec<bool>>,
    /// Populations a group belongs to.
    of_group: Vec<Vec<usize>>,
    hashers: Vec<Sha256>,
    /// References that wait to be hashed: many short updates cost more than few long ones.
    waiting: Vec<Vec<u8>>,
    events: Vec<u64>,
    /// Populations that the event at hand was counted in.
    seen: Vec<usize>,
}

impl Populations {
    fn new(answers: &Answers) -> Self {
        let mut distinct: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
        let mut of_question = Vec::with_capacity(answers.questions());
        for question in 0..answers.questions() {
            let inside: Vec<bool> = answers
                .groups
                .iter()
                .map(|cells| cells.get(question).is_some_and(|cell| *cell != Cell::Outside))
                .collect();
            let next = distinct.len();
            of_question.push(*distinct.entry(inside).or_insert(next));
        }
        let mut inside: Vec<(Vec<bool>, usize)> = distinct.into_iter().collect();
        inside.sort_by_key(|(_, place)| *place);
        let inside: Vec<Vec<bool>> = inside.into_iter().map(|(groups, _)| groups).collect();
        let of_group = (0..answers.groups.len())
            .map(|group| {
                let held = inside.iter().enumerate().filter(|(_, groups)| groups.get(group) == Some(&true));
                held.map(|(place, _)| place).collect()
            })
            .collect();
        Populations {
            of_question,
            of_group,
            hashers: vec![Sha256::new(); inside.len()],
            waiting: vec![Vec::with_capacity(WAITING); inside.len()],
            events: vec![0; inside.len()],
            seen: Vec::new(),
            inside,
        }
    }

    fn event(&mut self, groups: &[u32], reference: &str) {
        let of_group = |group: &u32| self.of_group.get(*group as usize).map_or(&[][..], |places| places);
        self.seen.clear();
        for (number, group) in groups.iter().enumerate() {
            // Most events are one access, or several of one group.
            if groups.get(..number).is_some_and(|before| before.contains(group)) {
                continue;
            }
            let places = of_group(group).iter();
            self.seen.extend(places);
        }
        if groups.len() > 1 {
            self.seen.sort_unstable();
            self.seen.dedup();
        }
        for place in &self.seen {
            if let (Some(waiting), Some(events)) = (self.waiting.get_mut(*place), self.events.get_mut(*place))
            {
                *events += 1;
                if waiting.len() + reference.len() > WAITING
                    && let Some(hasher) = self.hashers.get_mut(*place)
                {
                    hasher.update(&*waiting);
                    waiting.clear();
                }
                waiting.extend_from_slice(reference.as_bytes());
            }
        }
    }

    /// The digest of each population.
    fn digests(&self) -> Vec<String> {
        let digest = |(hasher, waiting): (&Sha256, &Vec<u8>)| {
            crate::sources::hex(&hasher.clone().chain_update(waiting).finalize())
        };
        self.hashers.iter().zip(&self.waiting).map(digest).collect()
    }

    /// Accesses of each population by day, or by month for long windows.
    fn times(&self, by_day: &BTreeMap<(i64, u32), u64>) -> Vec<BTreeMap<String, u64>> {
        let mut times: Vec<BTreeMap<i64, u64>> = vec![BTreeMap::new(); self.inside.len()];
        for ((day, group), accesses) in by_day {
            for place in self.of_group.get(*group as usize).into_iter().flatten() {
                if let Some(days) = times.get_mut(*place) {
                    *days.entry(*day).or_insert(0) += accesses;
                }
            }
        }
        let label = |day: i64| match day {
            i64::MIN => "no time stated".to_owned(),
            day => crate::clock::day(day * DAY),
        };
        let named = |days: BTreeMap<i64, u64>| days.into_iter().map(|(day, count)| (label(day), count));
        times.into_iter().map(|days| by_month_if_long(named(days).collect())).collect()
    }
}

fn is_finding(cell: &Cell) -> bool {
    matches!(cell, Cell::Exception(_) | Cell::Undetermined(_))
}

struct Walking<'a> {
    ledger: &'a Ledger,
    answers: &'a Answers,
    /// Whether some question finds an exception or nothing decided in a group.
    contradicted: Vec<bool>,
    populations: Populations,
    by_day: FxHashMap<(u32, i64), u64>,
    /// By group and principal.
    findings: FxHashMap<(u32, u32), Gathered>,
    /// The first accesses of each group, kept in case a test calls them conforming.
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
            self.finding(row, *group);
            self.conforming(row, *group);
        }
    }

    fn finding(&mut self, row: &Row, group: u32) {
        if !self.contradicted.get(group as usize).copied().unwrap_or(false) {
            return;
        }
        let ledger = self.ledger;
        let object = ledger.shape(row).map(|(_, raw, _)| raw.object_name);
        let gathered = self.findings.entry((group, ledger.principal_place(row))).or_default();
        gathered.objects.extend(object);
        let finding = &mut gathered.finding;
        finding.count += 1;
        if row.time != NO_TIME {
            finding.first = Some(finding.first.map_or(row.time, |first| first.min(row.time)));
            finding.last = Some(finding.last.map_or(row.time, |last| last.max(row.time)));
        }
        if is_early(&finding.cited, CITATIONS, row, &self.reference) {
            keep_first(&mut finding.cited, cited(row, &self.reference), CITATIONS);
        }
    }

    /// A few conforming accesses of each test, so that a reader sees both kinds.
    fn conforming(&mut self, row: &Row, group: u32) {
        if let Some(kept) = self.conforming.get_mut(group as usize)
            && is_early(kept, EXAMPLES, row, &self.reference)
        {
            keep_first(kept, cited(row, &self.reference), EXAMPLES);
        }
    }

    /// Tells every test what was gathered.
    fn tell(self, tests: usize) -> Tally {
        let mut by_day = BTreeMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "goes into an ordered map")]
        for ((group, day), accesses) in &self.by_day {
            by_day.insert((*day, *group), *accesses);
        }
        let times = self.populations.times(&by_day);
        let digests = self.populations.digests();
        let mut of_group = vec![0_u64; self.answers.groups.len()];
        for ((_, group), accesses) in &self.answers.by_shape {
            if let Some(count) = of_group.get_mut(*group as usize) {
                *count += accesses;
            }
        }
        let unverified = self.unverified_of_groups();
        let mut tally =
            Tally { counts: vec![Count::default(); tests], findings: self.findings_by_question() };
        for question in 0..self.answers.questions() {
            let mut count = Count::default();
            for (cells, accesses) in self.answers.groups.iter().zip(&of_group) {
                count.add(cells.get(question).copied().unwrap_or(Cell::Outside), *accesses);
            }
            let inside = |cells: &Vec<Cell>| cells.get(question).is_some_and(|cell| *cell != Cell::Outside);
            let groups = self.answers.groups.iter().zip(&unverified);
            count.unverified = groups.filter(|(cells, _)| inside(cells)).map(|(_, accesses)| accesses).sum();
            let place = self.populations.of_question.get(question).copied().unwrap_or(0);
            count.events = self.populations.events.get(place).copied().unwrap_or(0);
            count.digest = digests.get(place).cloned().unwrap_or_default();
            count.by_time = times.get(place).cloned().unwrap_or_default();
            count.conforming_cited = self.conforming_of(question);
            for test in self.answers.tests_of(question) {
                if let Some(slot) = tally.counts.get_mut(test) {
                    *slot = count.clone();
                }
            }
        }
        tally
    }

    /// Accesses of each group whose records stand in files that no signed digest proves.
    fn unverified_of_groups(&self) -> Vec<u64> {
        let mut of_group = vec![0_u64; self.answers.groups.len()];
        for ((shape, group), accesses) in &self.answers.by_shape {
            let raw = self.ledger.shapes.get(*shape as usize).and_then(|shape| self.ledger.raw(shape));
            let proven = raw.is_some_and(|raw| raw.trust == Trust::Verified);
            if let Some(count) = of_group.get_mut(*group as usize).filter(|_| !proven) {
                *count += accesses;
            }
        }
        of_group
    }

    fn conforming_of(&self, question: usize) -> BTreeSet<Cited> {
        let mut first = BTreeSet::new();
        for (cells, kept) in self.answers.groups.iter().zip(&self.conforming) {
            if cells.get(question) == Some(&Cell::Conforming) {
                kept.iter().for_each(|cited| keep_first(&mut first, cited.clone(), EXAMPLES));
            }
        }
        first
    }

    fn findings_by_question(&self) -> Vec<BTreeMap<FindingKey, Finding>> {
        let mut by_question = vec![BTreeMap::new(); self.answers.questions()];
        let gathered: BTreeMap<_, _> = self.findings.iter().collect();
        for ((group, principal), gathered) in gathered {
            let finding = &gathered.finding(self.ledger);
            let cells = self.answers.groups.get(*group as usize).into_iter().flatten().enumerate();
            for (question, cell) in cells.filter(|(_, cell)| is_finding(cell)) {
                let key = FindingKey { cell: *cell, principal: *principal };
                if let Some(findings) = by_question.get_mut(question) {
                    findings.entry(key).or_insert_with(Finding::default).take_in(finding);
                }
            }
        }
        by_question
    }
}

/// What is gathered of one group and principal.
#[derive(Debug, Default)]
struct Gathered {
    finding: Finding,
    /// Names of objects touched, by place.
    objects: FxHashSet<u32>,
}

impl Gathered {
    /// With the first names of objects in words.
    fn finding(&self, ledger: &Ledger) -> Finding {
        let mut finding = self.finding.clone();
        #[expect(clippy::iter_over_hash_type, reason = "the first of all names are kept, whatever the order")]
        for object in &self.objects {
            let name = ledger.name(*object);
            if !name.is_empty() {
                keep_first(&mut finding.objects, name.to_owned(), OBJECTS);
            }
        }
        finding
    }
}

fn cited(row: &Row, reference: &str) -> Cited {
    Cited { time: row.time, event_ref: reference.to_owned(), part: row.part, row: RowKey(*row) }
}

impl Finding {
    fn take_in(&mut self, other: &Finding) {
        self.count += other.count;
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.into_iter().chain(other.last).max();
        for object in &other.objects {
            keep_first(&mut self.objects, object.clone(), OBJECTS);
        }
        for cited in &other.cited {
            keep_first(&mut self.cited, cited.clone(), CITATIONS);
        }
    }
}

/// Whether a row stands before the last of those kept, or there is room for it.
fn is_early(kept: &BTreeSet<Cited>, most: usize, row: &Row, reference: &str) -> bool {
    kept.len() < most
        || kept.last().is_none_or(|last| (row.time, reference) <= (last.time, last.event_ref.as_str()))
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

fn keep_first<T: Ord>(kept: &mut BTreeSet<T>, one: T, most: usize) {
    if kept.len() >= most && kept.last().is_some_and(|last| *last <= one) {
        return;
    }
    kept.insert(one);
    if kept.len() > most {
        kept.pop_last();
    }
}

/// A time as printed, or that there is none.
pub fn shown_time(time: Seconds) -> String {
    if time == NO_TIME { "not logged".to_owned() } else { rfc3339(time) }
}

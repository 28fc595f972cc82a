//! Answers of all tests about all accesses. Tests that are one and the same question are asked once; a question is
//! asked once for each distinct combination of the fields it reads; accesses that all questions answer alike form one
//! group. Output is O(accesses) + O(groups × questions), never O(accesses × tests).

mod profiles;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::TestPlace;
use super::fields::AccessFields;
use crate::audit::Scope;
use crate::ledger::Ledger;
use crate::ledger::row::Row;
use crate::ledger::walk::EventRows;
use crate::rules::{Answer, Fault, Field, Fields, Level, Test, Value};
use profiles::{Classes, FieldKey, Profiles};

/// The cause given when a record would conform but its file is not what was delivered.
pub const ALTERED: &str = "altered-file";

/// What a test says about an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// Not in its population.
    Outside,
    /// Conforming.
    Conforming,
    /// Exception with a cause, by place.
    Exception(u16),
    /// Undetermined with a cause, by place.
    Undetermined(u16),
}

/// Answers about accesses.
#[derive(Debug, Default)]
pub struct Answers {
    /// Cause codes.
    pub causes: Vec<String>,
    /// The distinct rows of cells, one cell a question; sorted.
    pub groups: Vec<Vec<Cell>>,
    /// The question that each test asks.
    pub question_of: Vec<usize>,
    /// Group of each access, in the order of [`Ledger::walk`].
    pub group_of: Vec<u32>,
    /// Accesses by shape and group.
    pub by_shape: BTreeMap<(u32, u32), u64>,
    /// Faults by test.
    pub faults: BTreeMap<usize, Fault>,
}

impl Answers {
    /// A cell of a group.
    pub fn cell(&self, group: u32, test: usize) -> Cell {
        let question = self.question_of.get(test).copied().unwrap_or(usize::MAX);
        self.groups
            .get(group as usize)
            .and_then(|cells| cells.get(question))
            .copied()
            .unwrap_or(Cell::Outside)
    }

    /// A cause.
    pub fn cause(&self, place: u16) -> &str {
        self.causes.get(place as usize).map_or("", |cause| cause)
    }

    /// How many distinct questions the tests ask.
    pub fn questions(&self) -> usize {
        self.question_of.iter().max().map_or(0, |last| last + 1)
    }

    /// The tests that ask a question.
    pub fn tests_of(&self, question: usize) -> impl Iterator<Item = usize> {
        self.question_of
            .iter()
            .enumerate()
            .filter(move |(_, asked)| **asked == question)
            .map(|(test, _)| test)
    }
}

/// Asks all tests about all accesses.
pub fn ask(ledger: &Ledger, scope: &Scope, tests: &[TestPlace<'_>]) -> Answers {
    let (question_of, questions) = questions(tests);
    let mut fields: BTreeSet<Field> = questions.iter().flat_map(|test| fields_of(test)).collect();
    fields.insert(Field::Trust);
    let mut asking = Asking {
        ledger,
        scope,
        profiles: Profiles::new(ledger, scope, fields),
        altered: Vec::new(),
        causes: Vec::new(),
        faults: BTreeMap::new(),
    };
    let cells = asking.profile_cells(&questions);
    let mut grouping = Grouping::new(&asking.profiles, &cells, &questions);
    grouping.rows(&mut asking);
    grouping.finish(asking, question_of)
}

/// The question of each test, and one test for each question.
fn questions<'t>(tests: &[TestPlace<'t>]) -> (Vec<usize>, Vec<&'t Test>) {
    let mut distinct: Vec<&'t Test> = Vec::new();
    let question_of = tests
        .iter()
        .map(|place| {
            distinct.iter().position(|known| known.asks_the_same_as(place.test)).unwrap_or_else(|| {
                distinct.push(place.test);
                distinct.len() - 1
            })
        })
        .collect();
    (question_of, distinct)
}

/// Fields of the shape that a test reads.
fn fields_of(test: &Test) -> impl Iterator<Item = Field> {
    let read = test.population_fields().iter().chain(test.expect_fields()).copied();
    read.filter(|field| field.facts().level == Level::Shape)
}

struct Asking<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    profiles: Profiles,
    /// Whether the records of a profile are not what was delivered.
    altered: Vec<bool>,
    causes: Vec<String>,
    /// Faults by question.
    faults: BTreeMap<usize, Fault>,
}

/// The cells of one question, by profile; `None` where the row decides.
type Cells = Vec<Option<Cell>>;

impl Asking<'_> {
    /// The cells of every question.
    fn profile_cells(&mut self, questions: &[&Test]) -> Vec<Cells> {
        let altered = Value::from("altered");
        self.altered = (0..self.profiles.len())
            .map(|profile| self.profiles.fields(place(profile)).field(Field::Trust) == altered)
            .collect();
        questions.iter().enumerate().map(|(question, test)| self.question(question, test)).collect()
    }

    fn question(&mut self, question: usize, test: &Test) -> Cells {
        if test.population_per_row() {
            return vec![None; self.profiles.len()];
        }
        let populations = self.profiles.classes(test.population_fields());
        let inside: Vec<bool> = populations
            .example
            .iter()
            .map(|profile| {
                let given = test.in_population(&self.profiles.fields(*profile));
                given.unwrap_or_else(|fault| self.fault(question, fault).is_some())
            })
            .collect();
        let is_inside = |profile: usize| class_value(&populations, profile, &inside).unwrap_or(false);
        if test.expect_per_row() {
            let open = |profile| if is_inside(profile) { None } else { Some(Cell::Outside) };
            return (0..self.profiles.len()).map(open).collect();
        }
        let expected = self.profiles.classes(test.expect_fields());
        let mut known: Cells = vec![None; expected.example.len()];
        let mut cells = Vec::with_capacity(self.profiles.len());
        for profile in 0..self.profiles.len() {
            if !is_inside(profile) {
                cells.push(Some(Cell::Outside));
                continue;
            }
            let class = expected.of_profile.get(profile).copied().unwrap_or(0) as usize;
            let cell = known.get(class).copied().flatten().unwrap_or_else(|| {
                let answer = test.expect(&self.profiles.fields(place(profile)));
                self.cell(question, answer)
            });
            if let Some(slot) = known.get_mut(class) {
                *slot = Some(cell);
            }
            cells.push(Some(self.trusted(cell, profile)));
        }
        cells
    }

    fn cell(&mut self, question: usize, answer: Result<Answer, Fault>) -> Cell {
        match answer {
            Ok(Answer::Conforming) => Cell::Conforming,
            Ok(Answer::Exception(cause)) => Cell::Exception(self.cause(&cause)),
            Ok(Answer::Undetermined(cause)) => Cell::Undetermined(self.cause(&cause)),
            Err(fault) => self.fault(question, fault).unwrap_or(Cell::Outside),
        }
    }

    /// A record that is not what was delivered never conforms.
    fn trusted(&mut self, cell: Cell, profile: usize) -> Cell {
        let altered = self.altered.get(profile).copied().unwrap_or(false);
        if altered && cell == Cell::Conforming { Cell::Undetermined(self.cause(ALTERED)) } else { cell }
    }

    fn cause(&mut self, cause: &str) -> u16 {
        let known = self.causes.iter().position(|known| known == cause);
        let place = known.unwrap_or_else(|| {
            self.causes.push(cause.to_owned());
            self.causes.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// Keeps a fault; a faulted test answers nothing. Of several faults the first in the script is told, whatever the
    /// order of asking.
    fn fault(&mut self, question: usize, fault: Fault) -> Option<Cell> {
        let order = |fault: &Fault| (fault.line, fault.column, fault.words.clone());
        let kept = self.faults.entry(question).or_insert_with(|| fault.clone());
        if order(&fault) < order(kept) {
            *kept = fault;
        }
        None
    }

    /// The cell of a row whose profile leaves it open.
    fn row_cell(&mut self, asked: &mut PerRow<'_>, profile: usize, fields: &AccessFields<'_>) -> Cell {
        if asked.test.population_per_row() {
            let key = keys(asked.test.population_fields(), fields);
            let known = asked.population.get(&key).copied();
            let inside = known.unwrap_or_else(|| {
                let given = asked.test.in_population(fields);
                given.unwrap_or_else(|fault| self.fault(asked.question, fault).is_some())
            });
            asked.population.insert(key, inside);
            if !inside {
                return Cell::Outside;
            }
        }
        let key = keys(asked.test.expect_fields(), fields);
        let cell = match asked.expect.get(&key) {
            Some(cell) => *cell,
            None => {
                let cell = self.cell(asked.question, asked.test.expect(fields));
                asked.expect.insert(key, cell);
                cell
            }
        };
        self.trusted(cell, profile)
    }
}

fn class_value<T: Copy>(classes: &Rc<Classes>, profile: usize, values: &[T]) -> Option<T> {
    values.get(*classes.of_profile.get(profile)? as usize).copied()
}

fn keys(fields: &[Field], access: &AccessFields<'_>) -> Vec<FieldKey> {
    fields.iter().map(|field| FieldKey::from(access.field(*field))).collect()
}

/// A question that looks at single accesses, with what it answered so far.
struct PerRow<'t> {
    question: usize,
    test: &'t Test,
    population: FxHashMap<Vec<FieldKey>, bool>,
    expect: FxHashMap<Vec<FieldKey>, Cell>,
}

/// Gives every access its group.
struct Grouping<'t> {
    /// Cells by profile, one a question; `Outside` where the row decides.
    profiles: Vec<Vec<Cell>>,
    /// Questions that a profile leaves open, by place in `open_tests`.
    open: Vec<Vec<usize>>,
    open_tests: Vec<PerRow<'t>>,
    groups: FxHashMap<Vec<Cell>, u32>,
    group_of: Vec<u32>,
    counts: FxHashMap<(u32, u32), u64>,
}

impl<'t> Grouping<'t> {
    fn new(profiles: &Profiles, cells: &[Cells], questions: &[&'t Test]) -> Self {
        let per_row = |test: &Test| test.population_per_row() || test.expect_per_row();
        let open_tests: Vec<PerRow<'t>> = questions
            .iter()
            .enumerate()
            .filter(|(_, test)| per_row(test))
            .map(|(question, test)| PerRow {
                question,
                test,
                population: FxHashMap::default(),
                expect: FxHashMap::default(),
            })
            .collect();
        let cell = |of: &Cells, profile: usize| of.get(profile).copied().flatten();
        let open = (0..profiles.len()).map(|profile| {
            let undecided =
                |asked: &PerRow<'_>| cells.get(asked.question).is_some_and(|of| cell(of, profile).is_none());
            let places = open_tests.iter().enumerate().filter(|(_, asked)| undecided(asked));
            places.map(|(place, _)| place).collect()
        });
        let open = open.collect();
        let rows = (0..profiles.len())
            .map(|profile| cells.iter().map(|of| cell(of, profile).unwrap_or(Cell::Outside)).collect());
        Grouping {
            profiles: rows.collect(),
            open,
            open_tests,
            groups: FxHashMap::default(),
            group_of: Vec::new(),
            counts: FxHashMap::default(),
        }
    }

    fn rows(&mut self, asking: &mut Asking<'_>) {
        let fixed: Vec<Option<u32>> = (0..self.profiles.len()).map(|profile| self.fixed(profile)).collect();
        let ledger = asking.ledger;
        self.group_of.reserve(usize::try_from(ledger.accesses()).unwrap_or(0));
        // Groups of open profiles by what the rows decided.
        let mut decided: FxHashMap<(u32, Vec<Cell>), u32> = FxHashMap::default();
        ledger.walk(&mut |event| {
            for row in event.rows {
                let profile = asking.profiles.of_shape.get(row.shape as usize).copied().unwrap_or(u32::MAX);
                let known = fixed.get(profile as usize).copied().flatten();
                let group = known.unwrap_or_else(|| {
                    let cells = self.open_cells(asking, profile as usize, row, event);
                    let known = decided.get(&(profile, cells.clone())).copied();
                    known.unwrap_or_else(|| {
                        let group = self.group_with(profile as usize, &cells);
                        decided.insert((profile, cells), group);
                        group
                    })
                });
                self.group_of.push(group);
                *self.counts.entry((row.shape, group)).or_insert(0) += 1;
            }
        });
    }

    /// The group of a profile that leaves nothing open.
    fn fixed(&mut self, profile: usize) -> Option<u32> {
        let closed = self.open.get(profile)?.is_empty();
        closed.then(|| self.group_with(profile, &[]))
    }

    fn open_cells(
        &mut self,
        asking: &mut Asking<'_>,
        profile: usize,
        row: &Row,
        event: EventRows<'_>,
    ) -> Vec<Cell> {
        let shape = asking.ledger.shapes.get(row.shape as usize);
        let fields = shape
            .and_then(|shape| AccessFields::of_shape(asking.ledger, asking.scope, shape))
            .map(|fields| fields.with_row(row, event));
        let (Some(fields), Some(open)) = (fields, self.open.get(profile)) else {
            return Vec::new();
        };
        let mut cells = Vec::with_capacity(open.len());
        for place in open {
            if let Some(asked) = self.open_tests.get_mut(*place) {
                cells.push(asking.row_cell(asked, profile, &fields));
            }
        }
        cells
    }

    /// The group of a profile's cells with those that rows decided put in.
    fn group_with(&mut self, profile: usize, decided: &[Cell]) -> u32 {
        let mut cells = self.profiles.get(profile).cloned().unwrap_or_default();
        for (place, cell) in self.open.get(profile).into_iter().flatten().zip(decided) {
            let question = self.open_tests.get(*place).map_or(usize::MAX, |asked| asked.question);
            if let Some(slot) = cells.get_mut(question) {
                *slot = *cell;
            }
        }
        let next = place(self.groups.len());
        *self.groups.entry(cells).or_insert(next)
    }

    /// Sorts causes and groups by content, so that numbers do not depend on the order of asking.
    fn finish(self, asking: Asking<'_>, question_of: Vec<usize>) -> Answers {
        let mut causes = asking.causes.clone();
        causes.sort();
        let renamed_cause = |old: u16| {
            let cause = asking.causes.get(old as usize);
            let at = cause.and_then(|cause| causes.binary_search(cause).ok()).unwrap_or(0);
            u16::try_from(at).unwrap_or(u16::MAX)
        };
        // A fault found late takes the test out of every group.
        let renamed = |(question, cell): (usize, &Cell)| match cell {
            _ if asking.faults.contains_key(&question) => Cell::Outside,
            Cell::Exception(cause) => Cell::Exception(renamed_cause(*cause)),
            Cell::Undetermined(cause) => Cell::Undetermined(renamed_cause(*cause)),
            other => *other,
        };
        let mut listed: Vec<(Vec<Cell>, u32)> = self.groups.into_iter().collect();
        listed.sort_by_key(|(_, place)| *place);
        let groups: Vec<Vec<Cell>> =
            listed.iter().map(|(cells, _)| cells.iter().enumerate().map(renamed).collect()).collect();
        let mut sorted = groups.clone();
        sorted.sort();
        sorted.dedup();
        let new: Vec<u32> = groups.iter().map(|cells| sorted.binary_search(cells).map_or(0, place)).collect();
        let moved = |old: u32| new.get(old as usize).copied().unwrap_or(0);
        let mut by_shape = BTreeMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "sums go into an ordered map")]
        for ((shape, group), count) in self.counts {
            *by_shape.entry((shape, moved(group))).or_insert(0) += count;
        }
        let faults = question_of.iter().enumerate();
        let faults = faults.filter_map(|(test, asked)| Some((test, asking.faults.get(asked)?.clone())));
        Answers {
            faults: faults.collect(),
            group_of: self.group_of.into_iter().map(moved).collect(),
            causes,
            groups: sorted,
            question_of,
            by_shape,
        }
    }
}

fn place(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

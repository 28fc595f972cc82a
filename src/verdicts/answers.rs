//! Answers of all tests about all accesses. A test is asked once for each distinct combination of the fields it
//! reads; accesses that all tests answer alike form one group. Output is O(accesses) + O(groups × tests).

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::TestPlace;
use super::fields::AccessFields;
use crate::audit::Scope;
use crate::ledger::shape::Trust;
use crate::ledger::walk::EventRows;
use crate::ledger::{Ledger, Shape};
use crate::rules::{Answer, Fault, Field, Fields, Test, Value};

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
    /// The distinct rows of cells, one cell a test; sorted.
    pub groups: Vec<Vec<Cell>>,
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
        self.groups.get(group as usize).and_then(|cells| cells.get(test)).copied().unwrap_or(Cell::Outside)
    }

    /// A cause.
    pub fn cause(&self, place: u16) -> &str {
        self.causes.get(place as usize).map_or("", |cause| cause)
    }
}

/// Asks all tests about all accesses.
pub fn ask(ledger: &Ledger, scope: &Scope, tests: &[TestPlace<'_>]) -> Answers {
    let mut asking = Asking {
        ledger,
        scope,
        tests: tests.iter().map(|place| Asked::new(place.test)).collect(),
        causes: FxHashMap::default(),
        answers: Answers::default(),
    };
    let shapes: Vec<Vec<Option<Cell>>> = ledger.shapes.iter().map(|shape| asking.shape(shape)).collect();
    asking.rows(&shapes);
    asking.finish()
}

struct Asked<'t> {
    test: &'t Test,
    per_row: bool,
    population: FxHashMap<Vec<FieldKey>, bool>,
    expect: FxHashMap<Vec<FieldKey>, Cell>,
}

/// A field value as a hashable key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum FieldKey {
    Text(rhai::ImmutableString),
    Number(i64),
    Texts(Vec<rhai::ImmutableString>),
}

impl<'t> Asked<'t> {
    fn new(test: &'t Test) -> Self {
        let per_row = test.population_per_row() || test.expect_per_row();
        Asked { test, per_row, population: FxHashMap::default(), expect: FxHashMap::default() }
    }
}

struct Asking<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    tests: Vec<Asked<'a>>,
    causes: FxHashMap<String, u16>,
    answers: Answers,
}

impl Asking<'_> {
    /// The cells of a shape; `None` where the row decides.
    fn shape(&mut self, shape: &Shape) -> Vec<Option<Cell>> {
        let Some(fields) = AccessFields::of_shape(self.ledger, self.scope, shape) else {
            return Vec::new();
        };
        let cached = Cached::new(&fields);
        let altered = self.ledger.raw(shape).is_some_and(|raw| raw.trust == Trust::Altered);
        (0..self.tests.len()).map(|number| self.shape_cell(number, &cached, altered)).collect()
    }

    fn shape_cell(&mut self, number: usize, fields: &Cached<'_>, altered: bool) -> Option<Cell> {
        let asked = self.tests.get(number)?;
        let (per_row, row_decides) = (asked.per_row, asked.test.population_per_row());
        if !per_row {
            return Some(self.cell(number, fields, altered));
        }
        let open = row_decides || self.population(number, fields);
        if open { None } else { Some(Cell::Outside) }
    }

    fn cell(&mut self, number: usize, fields: &Cached<'_>, altered: bool) -> Cell {
        if !self.population(number, fields) {
            return Cell::Outside;
        }
        let cell = self.expect(number, fields);
        if altered && cell == Cell::Conforming { Cell::Undetermined(self.cause(ALTERED)) } else { cell }
    }

    fn population(&mut self, number: usize, fields: &Cached<'_>) -> bool {
        let Some(asked) = self.tests.get_mut(number) else {
            return false;
        };
        let key = fields.key(asked.test.population_fields());
        if let Some(known) = asked.population.get(&key) {
            return *known;
        }
        match asked.test.in_population(fields) {
            Ok(inside) => {
                asked.population.insert(key, inside);
                inside
            }
            Err(fault) => {
                keep_fault(&mut self.answers.faults, number, fault);
                false
            }
        }
    }

    fn expect(&mut self, number: usize, fields: &Cached<'_>) -> Cell {
        let Some(asked) = self.tests.get(number) else {
            return Cell::Outside;
        };
        let key = fields.key(asked.test.expect_fields());
        if let Some(known) = asked.expect.get(&key) {
            return *known;
        }
        let cell = match asked.test.expect(fields) {
            Ok(Answer::Conforming) => Cell::Conforming,
            Ok(Answer::Exception(cause)) => Cell::Exception(self.cause(&cause)),
            Ok(Answer::Undetermined(cause)) => Cell::Undetermined(self.cause(&cause)),
            Err(fault) => {
                keep_fault(&mut self.answers.faults, number, fault);
                Cell::Outside
            }
        };
        if let Some(asked) = self.tests.get_mut(number) {
            asked.expect.insert(key, cell);
        }
        cell
    }

    fn cause(&mut self, cause: &str) -> u16 {
        if let Some(place) = self.causes.get(cause) {
            return *place;
        }
        let place = u16::try_from(self.answers.causes.len()).unwrap_or(u16::MAX);
        self.answers.causes.push(cause.to_owned());
        self.causes.insert(cause.to_owned(), place);
        place
    }

    /// Gives every access its group; asks per row where a shape does not decide.
    fn rows(&mut self, shapes: &[Vec<Option<Cell>>]) {
        let mut groups: FxHashMap<Vec<Cell>, u32> = FxHashMap::default();
        let mut fixed: Vec<Option<u32>> = Vec::with_capacity(shapes.len());
        for cells in shapes {
            let whole: Option<Vec<Cell>> = cells.iter().copied().collect();
            fixed.push(whole.map(|cells| place_of(&mut groups, cells)));
        }
        let ledger = self.ledger;
        let mut group_of = Vec::with_capacity(usize::try_from(ledger.accesses()).unwrap_or(0));
        let mut counts: FxHashMap<(u32, u32), u64> = FxHashMap::default();
        ledger.walk(&mut |event| {
            for row in event.rows {
                let known = fixed.get(row.shape as usize).copied().flatten();
                let group = known.unwrap_or_else(|| {
                    let cells = self.row_cells(shapes.get(row.shape as usize), row, event);
                    place_of(&mut groups, cells)
                });
                group_of.push(group);
                *counts.entry((row.shape, group)).or_insert(0) += 1;
            }
        });
        self.answers.group_of = group_of;
        let mut listed: Vec<(Vec<Cell>, u32)> = groups.into_iter().collect();
        listed.sort_by_key(|(_, place)| *place);
        self.answers.groups = listed.into_iter().map(|(cells, _)| cells).collect();
        self.answers.by_shape = counts.into_iter().collect();
    }

    fn row_cells(
        &mut self,
        cells: Option<&Vec<Option<Cell>>>,
        row: &crate::ledger::row::Row,
        event: EventRows<'_>,
    ) -> Vec<Cell> {
        let ledger = self.ledger;
        let shape = ledger.shapes.get(row.shape as usize);
        let fields = shape
            .and_then(|shape| AccessFields::of_shape(ledger, self.scope, shape))
            .map(|fields| fields.with_row(row, event));
        let (Some(fields), Some(cells)) = (fields, cells) else {
            return vec![Cell::Outside; self.tests.len()];
        };
        let cached = Cached::new(&fields);
        let altered =
            shape.and_then(|shape| ledger.raw(shape)).is_some_and(|raw| raw.trust == Trust::Altered);
        cells
            .iter()
            .enumerate()
            .map(|(number, cell)| cell.unwrap_or_else(|| self.cell(number, &cached, altered)))
            .collect()
    }

    /// Sorts causes and groups by content, so that numbers do not depend on the order of asking.
    fn finish(mut self) -> Answers {
        let mut causes: Vec<String> = self.answers.causes.clone();
        causes.sort();
        let place = |old: u16| {
            let cause = self.answers.causes.get(old as usize);
            let place = cause.and_then(|cause| causes.binary_search(cause).ok()).unwrap_or(0);
            u16::try_from(place).unwrap_or(u16::MAX)
        };
        // A fault found late takes the test out of every group.
        let faulted: Vec<usize> = self.answers.faults.keys().copied().collect();
        let renamed = |(test, cell): (usize, &Cell)| match cell {
            _ if faulted.contains(&test) => Cell::Outside,
            Cell::Exception(cause) => Cell::Exception(place(*cause)),
            Cell::Undetermined(cause) => Cell::Undetermined(place(*cause)),
            other => *other,
        };
        let groups: Vec<Vec<Cell>> =
            self.answers.groups.iter().map(|cells| cells.iter().enumerate().map(renamed).collect()).collect();
        let mut sorted = groups.clone();
        sorted.sort();
        sorted.dedup();
        let new: Vec<u32> = groups
            .iter()
            .map(|cells| sorted.binary_search(cells).ok().and_then(|at| u32::try_from(at).ok()).unwrap_or(0))
            .collect();
        let moved = |old: u32| new.get(old as usize).copied().unwrap_or(0);
        for group in &mut self.answers.group_of {
            *group = moved(*group);
        }
        let mut by_shape = BTreeMap::new();
        for ((shape, group), count) in &self.answers.by_shape {
            *by_shape.entry((*shape, moved(*group))).or_insert(0) += count;
        }
        Answers { causes, groups: sorted, by_shape, ..self.answers }
    }
}

/// Of several faults of a test the first in the script is told, whatever the order of asking.
fn keep_fault(faults: &mut BTreeMap<usize, Fault>, test: usize, fault: Fault) {
    let order = |fault: &Fault| (fault.line, fault.column, fault.words.clone());
    let kept = faults.entry(test).or_insert_with(|| fault.clone());
    if order(&fault) < order(kept) {
        *kept = fault;
    }
}

fn place_of(groups: &mut FxHashMap<Vec<Cell>, u32>, cells: Vec<Cell>) -> u32 {
    let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    *groups.entry(cells).or_insert(next)
}

/// Fields of one access, each looked up once.
struct Cached<'a> {
    fields: &'a AccessFields<'a>,
    values: std::cell::RefCell<FxHashMap<Field, Value>>,
}

impl<'a> Cached<'a> {
    fn new(fields: &'a AccessFields<'a>) -> Self {
        Cached { fields, values: std::cell::RefCell::default() }
    }

    fn key(&self, fields: &[Field]) -> Vec<FieldKey> {
        let key = |field: &Field| match self.field(*field) {
            Value::Text(text) => FieldKey::Text(text),
            Value::Truth(truth) => FieldKey::Number(i64::from(truth)),
            Value::Number(number) => FieldKey::Number(number),
            Value::Texts(texts) => FieldKey::Texts(texts.0.to_vec()),
        };
        fields.iter().map(key).collect()
    }
}

impl Fields for Cached<'_> {
    fn field(&self, field: Field) -> Value {
        if let Some(value) = self.values.borrow().get(&field) {
            return value.clone();
        }
        let value = self.fields.field(field);
        self.values.borrow_mut().insert(field, value.clone());
        value
    }
}

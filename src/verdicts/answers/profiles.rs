//! Profiles: shapes that agree in every field that some test reads. There are far fewer of them than shapes, and what a
//! test says of a profile it says of all its shapes. Comes in: the ledger and the fields in use. Goes out: profiles, and
//! for each set of fields the classes of profiles that agree in it.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::audit::Scope;
use crate::ledger::Ledger;
use crate::rules::{Field, Fields, Value};
use crate::verdicts::fields::AccessFields;

/// Profiles whose fields of one set agree form a class.
#[derive(Debug)]
pub(super) struct Classes {
    /// Class of each profile.
    pub(super) of_profile: Vec<u32>,
    /// One profile of each class.
    pub(super) example: Vec<u32>,
}

impl Classes {
    /// One class of all profiles.
    fn of_all(profiles: usize) -> Classes {
        Classes { of_profile: vec![0; profiles], example: if profiles > 0 { vec![0] } else { Vec::new() } }
    }

    /// With those of a class told apart that differ in a further value.
    fn split(&self, value: impl Fn(usize) -> Option<u32>) -> Classes {
        let mut known: FxHashMap<(u32, Option<u32>), u32> = FxHashMap::default();
        let mut split =
            Classes { of_profile: Vec::with_capacity(self.of_profile.len()), example: Vec::new() };
        for (profile, class) in self.of_profile.iter().enumerate() {
            let next = number(known.len());
            let class = *known.entry((*class, value(profile))).or_insert_with(|| {
                split.example.push(number(profile));
                next
            });
            split.of_profile.push(class);
        }
        split
    }
}

/// The profiles of a ledger.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    /// Profile of each shape.
    pub(super) of_shape: Vec<u32>,
    columns: Vec<Column>,
    /// Place of the value in each column, by profile.
    rows: Vec<Box<[u32]>>,
    classes: BTreeMap<Vec<Field>, Rc<Classes>>,
}

/// The distinct values of a field.
#[derive(Debug)]
struct Column {
    field: Field,
    values: Vec<Value>,
    places: FxHashMap<FieldKey, u32>,
}

/// A field value as a hashable key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum FieldKey {
    Text(rhai::ImmutableString),
    Number(i64),
    Texts(Vec<rhai::ImmutableString>),
}

impl From<Value> for FieldKey {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) => FieldKey::Text(text),
            Value::Truth(truth) => FieldKey::Number(i64::from(truth)),
            Value::Number(number) => FieldKey::Number(number),
            Value::Texts(texts) => FieldKey::Texts(texts.0.to_vec()),
        }
    }
}

impl Profiles {
    /// Puts every shape into its profile. `fields` must live in the shape.
    pub(super) fn new(ledger: &Ledger, scope: &Scope, fields: impl IntoIterator<Item = Field>) -> Self {
        let columns = fields.into_iter().map(|field| Column {
            field,
            values: Vec::new(),
            places: FxHashMap::default(),
        });
        let mut profiles = Profiles { columns: columns.collect(), ..Profiles::default() };
        let mut known: FxHashMap<Box<[u32]>, u32> = FxHashMap::default();
        for shape in &ledger.shapes {
            let row: Box<[u32]> = match AccessFields::of_shape(ledger, scope, shape) {
                Some(fields) => profiles
                    .columns
                    .iter_mut()
                    .map(|column| column.place(fields.field(column.field)))
                    .collect(),
                None => Box::default(),
            };
            let next = number(known.len());
            let place = *known.entry(row).or_insert(next);
            profiles.of_shape.push(place);
        }
        let mut rows: Vec<(Box<[u32]>, u32)> = known.into_iter().collect();
        rows.sort_by_key(|(_, place)| *place);
        profiles.rows = rows.into_iter().map(|(row, _)| row).collect();
        profiles
    }

    /// How many profiles there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The fields of a profile.
    pub(super) fn fields(&self, profile: u32) -> ProfileFields<'_> {
        ProfileFields { profiles: self, profile }
    }

    /// The classes of profiles that agree in these fields.
    pub(super) fn classes(&mut self, fields: &[Field]) -> Rc<Classes> {
        if let Some(known) = self.classes.get(fields) {
            return known.clone();
        }
        let classes = match fields.split_last() {
            None => Classes::of_all(self.rows.len()),
            // Tests read much the same fields first, and what those tell apart is known then.
            Some((last, before)) => {
                let coarse = self.classes(before);
                let column = self.column(*last).unwrap_or(usize::MAX);
                coarse.split(|profile| self.rows.get(profile).and_then(|row| row.get(column)).copied())
            }
        };
        let classes = Rc::new(classes);
        self.classes.insert(fields.to_vec(), classes.clone());
        classes
    }

    fn column(&self, field: Field) -> Option<usize> {
        self.columns.iter().position(|column| column.field == field)
    }

    fn value(&self, profile: u32, field: Field) -> Option<&Value> {
        let column = self.column(field)?;
        let place = *self.rows.get(profile as usize)?.get(column)?;
        self.columns.get(column)?.values.get(place as usize)
    }
}

impl Column {
    fn place(&mut self, value: Value) -> u32 {
        let key = FieldKey::from(value.clone());
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let place = number(self.values.len());
        self.values.push(value);
        self.places.insert(key, place);
        place
    }
}

/// What a rule may see of a profile.
pub(super) struct ProfileFields<'a> {
    profiles: &'a Profiles,
    profile: u32,
}

impl Fields for ProfileFields<'_> {
    fn field(&self, field: Field) -> Value {
        self.profiles.value(self.profile, field).cloned().unwrap_or_else(|| Value::Text("".into()))
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

//! Values that repeat become small integers, per part, and are joined when parts merge.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Values in the order they came, each once.
#[derive(Debug, Clone)]
pub struct Interner<T> {
    values: Vec<T>,
    places: FxHashMap<T, u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner { values: Vec::new(), places: FxHashMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The place of a value.
    pub fn add(&mut self, value: T) -> u32 {
        if let Some(place) = self.places.get(&value) {
            return *place;
        }
        let place = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value.clone());
        self.places.insert(value, place);
        place
    }

    /// All values by place.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The value at a place.
    pub fn get(&self, place: u32) -> Option<&T> {
        self.values.get(place as usize)
    }

    /// Adds all values of another and tells their new places.
    pub fn absorb(&mut self, other: Interner<T>) -> Vec<u32> {
        other.values.into_iter().map(|value| self.add(value)).collect()
    }
}

impl Interner<Box<str>> {
    /// The place of a text; copies it only when it is new.
    pub fn text(&mut self, text: &str) -> u32 {
        match self.places.get(text) {
            Some(place) => *place,
            None => self.add(text.into()),
        }
    }

    /// The text at a place.
    pub fn str(&self, place: u32) -> &str {
        self.get(place).map_or("", |text| text)
    }
}

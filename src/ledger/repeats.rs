//! Repeats: one event delivered twice counts once. Same reference and same bytes is a repeat; same reference with
//! other bytes is read again and compared as JSON before it is called a conflict (architecture §5).

use std::collections::{BTreeMap, BTreeSet};

use super::row::{IdKind, Partition, Row};
use super::shape::{RawShape, Trust};

/// What removing repeats did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Copies removed, in records.
    pub duplicates: u64,
    /// Records that share a reference with another of different content: place of one of their rows.
    pub conflicts: Vec<Place>,
}

/// Where a record stands: file and place.
pub type Place = (u32, u32);

/// Reads records again and hashes what they say, whatever their spelling; each file is opened once. A record that
/// cannot be read again has no hash and equals no other.
pub type Reread<'a> = &'a dyn Fn(&BTreeSet<Place>) -> BTreeMap<Place, u128>;

/// Removes the repeats of all partitions, which are sorted by reference then. `rank` orders files by name.
pub fn remove_all(
    partitions: &mut BTreeMap<(u32, u8), Partition>,
    shapes: &[RawShape],
    rank: &[u32],
    reread: Reread<'_>,
) -> Removed {
    let mut doubtful = BTreeSet::new();
    for partition in partitions.values_mut() {
        sort(partition, shapes, rank);
        spelt_differently(partition, &mut doubtful);
    }
    let meanings = if doubtful.is_empty() { BTreeMap::new() } else { reread(&doubtful) };
    let mut all = Removed::default();
    for partition in partitions.values_mut() {
        let removed = remove(partition, shapes, &meanings);
        all.duplicates += removed.duplicates;
        all.conflicts.extend(removed.conflicts);
    }
    all
}

/// Sorts a partition by reference and copies: the best trusted first, then the smallest file and place. `rank` orders
/// files by name.
pub fn sort(partition: &mut Partition, shapes: &[RawShape], rank: &[u32]) {
    let key = |row: &Row| {
        let file = rank.get(row.file as usize).copied().unwrap_or(u32::MAX);
        (row.id_kind, row.id, row.hash, trust(shapes, row), file, row.index, row.part)
    };
    partition.rows.sort_unstable_by_key(key);
}

fn trust(shapes: &[RawShape], row: &Row) -> Trust {
    shapes.get(row.shape as usize).map_or(Trust::Unverified, |shape| shape.trust)
}

fn references(partition: &Partition) -> impl Iterator<Item = &[Row]> {
    partition.rows.chunk_by(|a, b| (a.id_kind, a.id) == (b.id_kind, b.id))
}

/// One place for each spelling of an event that has several; records without id are events of their own.
pub fn spelt_differently(partition: &Partition, places: &mut BTreeSet<Place>) {
    for rows in references(partition) {
        let several = rows.first().zip(rows.last()).is_some_and(|(first, last)| first.hash != last.hash);
        if several && rows.first().is_some_and(|row| row.id_kind != IdKind::Missing) {
            let spellings = rows.chunk_by(|a, b| a.hash == b.hash);
            places.extend(spellings.filter_map(|same| same.first()).map(|row| (row.file, row.index)));
        }
    }
}

/// Keeps one copy of each event of a sorted partition. `meanings` tells spellings apart from contents.
pub fn remove(partition: &mut Partition, shapes: &[RawShape], meanings: &BTreeMap<Place, u128>) -> Removed {
    let mut removed = Removed::default();
    let mut kept = Vec::with_capacity(partition.rows.len());
    for rows in references(partition) {
        let mut spellings: Vec<&[Row]> = rows.chunk_by(|a, b| a.hash == b.hash).collect();
        if spellings.len() > 1 {
            // The best trusted one keeps the bare reference; the others print with their hash and follow by it.
            let best = spellings
                .iter()
                .filter_map(|rows| rows.first())
                .map(|row| (trust(shapes, row), row.hash))
                .min();
            spellings.sort_by_key(|rows| {
                rows.first().map(|row| (best.is_some_and(|best| best.1 != row.hash), row.hash))
            });
        }
        one_reference(&spellings, &mut kept, &mut removed, meanings);
    }
    partition.rows = kept;
    removed
}

fn one_reference(
    spellings: &[&[Row]],
    kept: &mut Vec<Row>,
    removed: &mut Removed,
    meanings: &BTreeMap<Place, u128>,
) {
    let mut seen: Vec<u128> = Vec::new();
    for (number, rows) in spellings.iter().enumerate() {
        let copies = rows.chunk_by(|a, b| (a.file, a.index) == (b.file, b.index)).count() as u64;
        let Some(first) = rows.first() else { continue };
        let place = (first.file, first.index);
        let meaning = meanings.get(&place).copied();
        if meaning.is_some_and(|meaning| seen.contains(&meaning)) {
            removed.duplicates += copies;
            continue;
        }
        seen.extend(meaning);
        removed.duplicates += copies - 1;
        // A record without id has its hash for an id: other content is another event.
        let conflict = number > 0 && first.id_kind != IdKind::Missing;
        if conflict {
            removed.conflicts.push(place);
        }
        let same_place = rows.iter().take_while(|row| (row.file, row.index) == place);
        kept.extend(same_place.map(|row| Row { conflict, ..*row }));
    }
}

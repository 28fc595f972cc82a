//! Repeats: one event delivered twice counts once. Same reference and same bytes is a repeat; same reference with
//! other bytes is read again and compared as JSON before it is called a conflict (architecture §5).

use std::collections::{BTreeMap, BTreeSet};

use std::cmp::Reverse;

use super::FileFacts;
use super::row::{IdKind, Partition, Partitions, Row};
use super::shape::{RawShape, Trust};
use crate::records::{Container, Meaning};

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

/// Reads records again and tells what they say, whatever their spelling; each file is opened once. A record that
/// cannot be read again has no meaning and equals no other.
pub type Reread<'a> = &'a dyn Fn(&BTreeSet<Place>) -> BTreeMap<Place, Meaning>;

/// Removes the repeats of all partitions, which are sorted by reference then.
pub fn remove_all(partitions: &mut Partitions, copies: &Copies<'_>, reread: Reread<'_>) -> Removed {
    let mut doubtful = BTreeSet::new();
    for partition in partitions.values_mut() {
        sort(partition, copies);
        spelt_differently(partition, &mut doubtful);
    }
    let meanings = if doubtful.is_empty() { BTreeMap::new() } else { reread(&doubtful) };
    let mut all = Removed::default();
    for partition in partitions.values_mut() {
        let removed = remove(partition, copies, &meanings);
        all.duplicates += removed.duplicates;
        all.conflicts.extend(removed.conflicts);
    }
    all
}

/// How much of its record a copy holds; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Copied {
    /// The log file that a trail delivered.
    Delivered,
    /// Taken out of a wrapping, or passed on as a list.
    Whole,
    /// A row of chosen columns.
    Row,
}

/// What decides between copies: what files are, and their order by name.
pub struct Copies<'a> {
    shapes: &'a [RawShape],
    rank: &'a [u32],
    copied: Vec<Copied>,
}

impl<'a> Copies<'a> {
    /// Of the files of a part; `rank` orders them by name.
    pub fn new(files: &[FileFacts], shapes: &'a [RawShape], rank: &'a [u32]) -> Self {
        let copied = |file: &FileFacts| match file.container {
            _ if file.held.iter().any(|container| container.is_rows()) => Copied::Row,
            Some(Container::LogFile) => Copied::Delivered,
            _ => Copied::Whole,
        };
        Copies { shapes, rank, copied: files.iter().map(copied).collect() }
    }

    fn trust(&self, row: &Row) -> Trust {
        self.shapes.get(row.shape as usize).map_or(Trust::Unverified, |shape| shape.trust)
    }

    fn copied(&self, row: &Row) -> Copied {
        self.copied.get(row.file as usize).copied().unwrap_or(Copied::Whole)
    }
}

/// Sorts a partition by reference and copies: the best trusted first, then a trail's own, then the smallest file and
/// place.
pub fn sort(partition: &mut Partition, copies: &Copies<'_>) {
    let key = |row: &Row| {
        let file = copies.rank.get(row.file as usize).copied().unwrap_or(u32::MAX);
        let standing = (copies.trust(row), copies.copied(row));
        (row.id_kind, row.id, row.hash, standing, file, row.index, row.part)
    };
    partition.rows.sort_unstable_by_key(key);
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
pub fn remove(
    partition: &mut Partition,
    copies: &Copies<'_>,
    meanings: &BTreeMap<Place, Meaning>,
) -> Removed {
    let mut removed = Removed::default();
    let mut kept = Vec::with_capacity(partition.rows.len());
    for rows in references(partition) {
        let mut spellings: Vec<&[Row]> = rows.chunk_by(|a, b| a.hash == b.hash).collect();
        if spellings.len() > 1 {
            // The best copy keeps the bare reference; the others print with their hash and follow by it.
            let best = spellings.iter().filter_map(|rows| rows.first()).min_by_key(|row| {
                let copied = copies.copied(row);
                let size = meanings.get(&(row.file, row.index)).filter(|_| copied == Copied::Row);
                (copies.trust(row), copied, Reverse(size.map_or(0, Meaning::size)), row.hash)
            });
            let best = best.map(|row| row.hash);
            spellings.sort_by_key(|rows| {
                rows.first().map(|row| (best != Some(row.hash), copies.copied(row) == Copied::Row, row.hash))
            });
        }
        one_reference(&spellings, &mut kept, &mut removed, copies, meanings);
    }
    partition.rows = kept;
    removed
}

fn one_reference(
    spellings: &[&[Row]],
    kept: &mut Vec<Row>,
    removed: &mut Removed,
    copies: &Copies<'_>,
    meanings: &BTreeMap<Place, Meaning>,
) {
    let mut seen: Vec<(&Meaning, Copied)> = Vec::new();
    for (number, rows) in spellings.iter().enumerate() {
        let number_of_copies = rows.chunk_by(|a, b| (a.file, a.index) == (b.file, b.index)).count() as u64;
        let Some(first) = rows.first() else { continue };
        let place = (first.file, first.index);
        let (meaning, copied) = (meanings.get(&place), copies.copied(first));
        // What a trail delivered twice must be equal; another copy must contradict nothing.
        let same = |meaning: &Meaning, (kept, how): &(&Meaning, Copied)| {
            let poorer = copied != Copied::Delivered && copied >= *how;
            meaning.exact == kept.exact || (poorer && meaning.agrees_with(kept, *how != Copied::Row))
        };
        if meaning.is_some_and(|meaning| seen.iter().any(|kept| same(meaning, kept))) {
            removed.duplicates += number_of_copies;
            continue;
        }
        seen.extend(meaning.map(|meaning| (meaning, copied)));
        removed.duplicates += number_of_copies - 1;
        // A record without id has its hash for an id: other content is another event.
        let conflict = number > 0 && first.id_kind != IdKind::Missing;
        if conflict {
            removed.conflicts.push(place);
        }
        let same_place = rows.iter().take_while(|row| (row.file, row.index) == place);
        kept.extend(same_place.map(|row| Row { conflict, ..*row }));
    }
}

//! Repeats: one event delivered twice counts once. Same reference and same bytes is a repeat; same reference with
//! other bytes is read again and compared as JSON before it is called a conflict (architecture §5).

use super::row::{IdKind, Partition, Row};
use super::shape::{RawShape, Trust};

/// What removing repeats did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Copies removed, in records.
    pub duplicates: u64,
    /// Records that share a reference with another of different content: place of one of their rows.
    pub conflicts: Vec<(u32, u32)>,
}

/// Gives a record's JSON again, by file and index.
pub type Reread<'a> = &'a dyn Fn(u32, u32) -> Option<serde_json::Value>;

/// Sorts a partition by reference and keeps one copy of each event: the best trusted, then the smallest file and place.
/// `rank` orders files by name.
pub fn remove(partition: &mut Partition, shapes: &[RawShape], rank: &[u32], reread: Reread<'_>) -> Removed {
    let key = |row: &Row| {
        let trust = shapes.get(row.shape as usize).map_or(Trust::Unverified, |shape| shape.trust);
        let file = rank.get(row.file as usize).copied().unwrap_or(u32::MAX);
        (row.id_kind, row.id, row.hash, trust, file, row.index, row.part)
    };
    partition.rows.sort_unstable_by_key(key);
    let mut removed = Removed::default();
    let mut kept = Vec::with_capacity(partition.rows.len());
    for event in partition.rows.chunk_by(|a, b| (a.id_kind, a.id) == (b.id_kind, b.id)) {
        one_reference(event, &mut kept, &mut removed, reread);
    }
    partition.rows = kept;
    removed
}

fn one_reference(rows: &[Row], kept: &mut Vec<Row>, removed: &mut Removed, reread: Reread<'_>) {
    let mut contents: Vec<(u32, u32)> = Vec::new();
    for same_content in rows.chunk_by(|a, b| a.hash == b.hash) {
        let copies = same_content.chunk_by(|a, b| (a.file, a.index) == (b.file, b.index)).count() as u64;
        let Some(first) = same_content.first() else {
            continue;
        };
        let place = (first.file, first.index);
        let same = |other: &(u32, u32)| match (reread(place.0, place.1), reread(other.0, other.1)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        };
        // A record without id has its hash for an id: other content is another event.
        if first.id_kind != IdKind::Missing && contents.iter().any(same) {
            removed.duplicates += copies;
            continue;
        }
        removed.duplicates += copies - 1;
        let conflict = !contents.is_empty();
        if conflict {
            removed.conflicts.push(place);
        }
        contents.push(place);
        let rows = same_content.iter().take_while(|row| (row.file, row.index) == place);
        kept.extend(rows.map(|row| Row { conflict, ..*row }));
    }
}

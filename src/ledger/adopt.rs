//! Copies that do not say whose log they come from. Comes in: the partitions of all accounts. Goes out: the same, with
//! such rows beside the rows of the account whose log holds the same event id. It removes nothing.

use std::collections::BTreeMap;

use super::row::{IdKind, Partition, Partitions, Row};
use super::views::Shared;

/// A partition: account and leading digit of the ids.
type Place = (u32, u8);

/// Where an event of no account stood, by partition and id, and the partition that has it now.
#[derive(Debug, Default)]
pub struct Homes(BTreeMap<(Place, IdKind, u128), Place>);

impl Homes {
    /// Leads what is known of these events to where they are now.
    pub fn follow(&self, shared: &mut [Shared]) {
        if self.0.is_empty() {
            return;
        }
        for one in shared {
            let event = &mut one.event;
            if let Some(home) = self.0.get(&(event.partition, event.id_kind, event.id)) {
                event.partition = *home;
            }
        }
    }
}

/// Moves rows of no account to the account that has their id; those whose id nobody has stay. `name` tells the
/// accounts.
pub fn nameless<'n>(partitions: &mut Partitions, name: impl Fn(u32) -> &'n str) -> Homes {
    let mut all = Homes::default();
    let keys: Vec<(u32, u8)> =
        partitions.keys().copied().filter(|(account, _)| name(*account).is_empty()).collect();
    for key in keys {
        let mut others: Vec<(u32, u8)> =
            partitions.keys().copied().filter(|other| other.1 == key.1 && *other != key).collect();
        others.sort_by_key(|(account, _)| name(*account));
        let Some(mut orphans) = partitions.remove(&key).filter(|_| !others.is_empty()) else { continue };
        let mut ids: Vec<(IdKind, u128)> = orphans.rows.iter().map(id).collect();
        ids.sort_unstable();
        ids.dedup();
        let homes = homes(partitions, &others, &ids);
        let mut kept = Vec::new();
        for row in std::mem::take(&mut orphans.rows) {
            match homes.get(&id(&row)).and_then(|home| partitions.get_mut(home)) {
                Some(home) => move_row(&orphans, row, home),
                None => kept.push(row),
            }
        }
        orphans.rows = kept;
        partitions.insert(key, orphans);
        all.0.extend(homes.into_iter().map(|((kind, id), home)| ((key, kind, id), home)));
    }
    all
}

fn id(row: &Row) -> (IdKind, u128) {
    (row.id_kind, row.id)
}

/// The first account, by its name, that has each of the ids.
fn homes(
    partitions: &Partitions,
    others: &[(u32, u8)],
    ids: &[(IdKind, u128)],
) -> BTreeMap<(IdKind, u128), (u32, u8)> {
    let mut homes = BTreeMap::new();
    for place in others {
        let rows = partitions.get(place).map_or(&[][..], |partition| &partition.rows);
        for row in rows.iter().filter(|row| row.id_kind != IdKind::Missing) {
            if ids.binary_search(&id(row)).is_ok() {
                homes.entry(id(row)).or_insert(*place);
            }
        }
    }
    homes
}

fn move_row(from: &Partition, row: Row, to: &mut Partition) {
    let heap = to.keep(from.id_text(&row), from.key(&row));
    to.rows.push(Row { heap, ..row });
}

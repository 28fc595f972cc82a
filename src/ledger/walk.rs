//! Going over all events in the order of their references.

use super::row::{Partition, Row};
use super::{AccountRows, Ledger};

/// Where an access stands in a ledger: enough to find it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    account: u32,
    /// Place among the GUID partitions; [`OTHERS`] for the rows with other ids.
    partition: u32,
    row: u32,
}

const OTHERS: u32 = u32::MAX;

impl Spot {
    /// The access that stands this many rows later.
    #[must_use]
    pub fn later(self, rows: usize) -> Spot {
        Spot { row: self.row.saturating_add(u32::try_from(rows).unwrap_or(u32::MAX)), ..self }
    }
}

/// One event: its accesses.
#[derive(Clone, Copy)]
pub struct EventRows<'a> {
    /// Account of its reference.
    pub account: &'a str,
    /// Its accesses.
    pub rows: &'a [Row],
    /// Where their texts are.
    pub partition: &'a Partition,
    /// Number of its first row in this walk.
    pub first: usize,
    /// Where its first row stands.
    pub spot: Spot,
}

impl EventRows<'_> {
    /// Writes the event reference into `text`, which is cleared.
    pub fn reference(&self, text: &mut String) {
        if let Some(row) = self.rows.first() {
            write_reference(text, self.account, self.partition, row);
        }
    }
}

fn write_reference(text: &mut String, account: &str, partition: &Partition, row: &Row) {
    text.clear();
    text.push_str(account);
    text.push(':');
    partition.push_id(text, row);
}

/// Events with the place of their first row.
fn events(partition: &Partition) -> impl Iterator<Item = (u32, &[Row])> {
    let mut next = 0_u32;
    partition.rows.chunk_by(|a, b| (a.id_kind, a.id, a.hash) == (b.id_kind, b.id, b.hash)).map(move |rows| {
        let start = next;
        next = next.saturating_add(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        (start, rows)
    })
}

/// Rows of an event, where they are, partition and place of the first.
type Sent<'a> = (&'a [Row], &'a Partition, u32, u32);

impl Ledger {
    /// Calls `visit` for every event, references ascending by their bytes.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(EventRows<'a>)) {
        let mut first = 0;
        for (account, place) in self.accounts.iter().zip(0_u32..) {
            let mut send = |(rows, partition, number, row): Sent<'a>| {
                let spot = Spot { account: place, partition: number, row };
                visit(EventRows { account: &account.account, rows, partition, first, spot });
                first += rows.len();
            };
            walk_account(account, &mut send);
        }
    }

    /// The access at a spot, with the reference of its event.
    pub fn at(&self, spot: Spot) -> Option<(String, &Row)> {
        let account = self.accounts.get(spot.account as usize)?;
        let partition = match spot.partition {
            OTHERS => &account.others,
            place => account.guids.get(place as usize)?,
        };
        let row = partition.rows.get(spot.row as usize)?;
        let mut reference = String::new();
        write_reference(&mut reference, &account.account, partition, row);
        Some((reference, row))
    }
}

/// Merges GUID ids with the others. A conflicting GUID prints with a suffix and so stays behind its twin.
fn walk_account<'a>(account: &'a AccountRows, send: &mut dyn FnMut(Sent<'a>)) {
    let mut others = events(&account.others).peekable();
    let text_of = |rows: &[Row], partition: &Partition| {
        let mut text = String::new();
        if let Some(row) = rows.first() {
            partition.push_id(&mut text, row);
        }
        text
    };
    for (partition, place) in account.guids.iter().zip(0_u32..) {
        for (row, rows) in events(partition) {
            if others.peek().is_some() {
                let here = text_of(rows, partition);
                while let Some((row, other)) =
                    others.next_if(|(_, other)| text_of(other, &account.others) < here)
                {
                    send((other, &account.others, OTHERS, row));
                }
            }
            send((rows, partition, place, row));
        }
    }
    for (row, other) in others {
        send((other, &account.others, OTHERS, row));
    }
}

//! Going over all events in the order of their references.

use super::row::{Partition, Row};
use super::{AccountRows, Ledger};

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
}

impl EventRows<'_> {
    /// Writes the event reference into `text`, which is cleared.
    pub fn reference(&self, text: &mut String) {
        text.clear();
        text.push_str(self.account);
        text.push(':');
        if let Some(row) = self.rows.first() {
            self.partition.push_id(text, row);
        }
    }
}

fn events(partition: &Partition) -> impl Iterator<Item = &[Row]> {
    partition.rows.chunk_by(|a, b| (a.id_kind, a.id, a.hash) == (b.id_kind, b.id, b.hash))
}

impl Ledger {
    /// Calls `visit` for every event, references ascending by their bytes.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(EventRows<'a>)) {
        let mut first = 0;
        for account in &self.accounts {
            let mut send = |rows: &'a [Row], partition: &'a Partition| {
                visit(EventRows { account: &account.account, rows, partition, first });
                first += rows.len();
            };
            walk_account(account, &mut send);
        }
    }
}

/// Merges GUID ids with the others. A conflicting GUID prints with a suffix and so stays behind its twin.
fn walk_account<'a>(account: &'a AccountRows, send: &mut dyn FnMut(&'a [Row], &'a Partition)) {
    let mut others = events(&account.others).peekable();
    let text_of = |rows: &[Row], partition: &Partition| {
        let mut text = String::new();
        if let Some(row) = rows.first() {
            partition.push_id(&mut text, row);
        }
        text
    };
    for partition in &account.guids {
        for rows in events(partition) {
            if others.peek().is_some() {
                let here = text_of(rows, partition);
                while let Some(other) = others.next_if(|other| text_of(other, &account.others) < here) {
                    send(other, &account.others);
                }
            }
            send(rows, partition);
        }
    }
    for other in others {
        send(other, &account.others);
    }
}

//! Rows: one access each, a fixed part plus its raw texts in the partition's heap. The layout holds numbers only, so
//! a partition can go to disk as it is.

use crate::clock::Seconds;

/// Stands for a time the record does not give; sorts before all times.
pub const NO_TIME: Seconds = Seconds::MIN;

/// How an event's id is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// A lower-case GUID: the number is the id.
    Guid,
    /// Any other text, in the heap.
    Text,
    /// None in the record: the number is the content hash.
    Missing,
}

/// One access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The GUID, or a hash where the id is none.
    pub id: u128,
    /// Hash of the record's bytes.
    pub hash: u128,
    /// Time, or [`NO_TIME`].
    pub time: Seconds,
    /// Raw shape.
    pub shape: u32,
    /// Caller.
    pub caller: u32,
    /// Source address.
    pub address: u32,
    /// User agent.
    pub agent: u32,
    /// File.
    pub file: u32,
    /// Zero-based place among the file's records.
    pub index: u32,
    /// Start of its texts in the heap.
    pub heap: u64,
    /// Length of the key text.
    pub key_length: u32,
    /// Length of the id text, before the key.
    pub id_length: u16,
    /// Which of the event's accesses this is, from 0.
    pub part: u16,
    /// How the id is spelt.
    pub id_kind: IdKind,
    /// Its event shares its reference with another of different content.
    pub conflict: bool,
    /// Records of the same action in other accounts: one more than the place among the ledger's views; 0 for none.
    pub views: u32,
}

/// Reads a lower-case GUID. Anything else is no GUID here: its text is kept.
pub fn guid(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 {
        return None;
    }
    let mut number = 0_u128;
    for (at, byte) in bytes.iter().enumerate() {
        let dash = matches!(at, 8 | 13 | 18 | 23);
        let digit = match byte {
            b'-' if dash => continue,
            b'0'..=b'9' if !dash => byte - b'0',
            b'a'..=b'f' if !dash => byte - b'a' + 10,
            _ => return None,
        };
        number = number << 4 | u128::from(digit);
    }
    Some(number)
}

/// Appends a GUID.
pub fn push_guid(text: &mut String, id: u128) {
    for at in 0..32 {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        let digit = (id >> (124 - 4 * at) & 15) as u32;
        text.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}

/// Partitions by account (a name) and leading digit of the id; 16 holds ids that are no GUIDs.
pub type Partitions = std::collections::BTreeMap<(u32, u8), Partition>;

/// Rows of one account and one leading part of the id, with their texts.
#[derive(Debug, Clone, Default)]
pub struct Partition {
    /// The rows.
    pub rows: Vec<Row>,
    /// Texts of the rows.
    pub heap: Vec<u8>,
}

impl Partition {
    /// Adds texts to the heap and tells where they start.
    pub fn keep(&mut self, id: &str, key: &str) -> u64 {
        let start = self.heap.len() as u64;
        self.heap.extend_from_slice(id.as_bytes());
        self.heap.extend_from_slice(key.as_bytes());
        start
    }

    /// The key text of a row.
    pub fn key(&self, row: &Row) -> &str {
        let start = usize::try_from(row.heap).unwrap_or(usize::MAX).saturating_add(row.id_length as usize);
        self.slice(start, row.key_length as usize)
    }

    /// The id text of a row whose id is no GUID.
    pub fn id_text(&self, row: &Row) -> &str {
        self.slice(usize::try_from(row.heap).unwrap_or(usize::MAX), row.id_length as usize)
    }

    fn slice(&self, start: usize, length: usize) -> &str {
        let bytes = self.heap.get(start..start.saturating_add(length)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or("")
    }

    /// Appends the row's id as printed behind the account.
    pub fn push_id(&self, text: &mut String, row: &Row) {
        match row.id_kind {
            IdKind::Guid => push_guid(text, row.id),
            IdKind::Text => text.push_str(self.id_text(row)),
            IdKind::Missing => {
                text.push_str("no-id-");
                push_hex(text, row.id, 32);
            }
        }
        if row.conflict {
            text.push('~');
            push_hex(text, row.hash, 8);
        }
    }
}

/// Appends the first digits of a number in hexadecimal.
fn push_hex(text: &mut String, number: u128, digits: u32) {
    for at in 0..digits {
        text.push(char::from_digit((number >> (124 - 4 * at) & 15) as u32, 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_stays_as_small_as_its_numbers() {
        assert_eq!(size_of::<Row>(), 96, "memory is rows; what few rows have stands beside them");
    }

    #[test]
    fn guids_survive_a_round_trip_and_nothing_else_is_one() {
        let text = "7b0c2f10-0a1b-4c2d-8e3f-0123456789ab";
        let mut back = String::new();
        push_guid(&mut back, guid(text).unwrap());
        assert_eq!(back, text);
        for other in [
            "",
            "7B0C2F10-0A1B-4C2D-8E3F-0123456789AB",
            "7b0c2f10-0a1b-4c2d-8e3f-0123456789a",
            "7b0c2f1000a1b-4c2d-8e3f-0123456789ab",
        ] {
            assert_eq!(guid(other), None);
        }
    }
}

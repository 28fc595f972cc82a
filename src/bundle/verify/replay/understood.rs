//! What `run` makes of one record: its accesses as cells of accesses.csv.gz. Comes in: a file taken in as `run` does. Goes
//! out: the cells that the record alone tells, in the spelling of the table.

use std::collections::BTreeMap;

use crate::bundle::accesses::{push_key, push_object, push_outcome};
use crate::bundle::table;
use crate::clock::push_rfc3339;
use crate::events::KeyKind;
use crate::ledger::Part;
use crate::ledger::row::{NO_TIME, Partition, Row};
use crate::ledger::shape::RawShape;

/// What `run` makes of a record, one object of it.
pub(super) struct Understood {
    /// Reference with account.
    pub(super) reference: String,
    /// Start of the content's hash, as it is printed behind `~`.
    hash: String,
    /// The key as logged.
    pub(super) key: String,
    /// Cells as the table prints them.
    pub(super) cells: BTreeMap<&'static str, String>,
}

/// The columns that a record alone tells.
const OWN: [&str; 13] = [
    "event_time",
    "operation",
    "kind",
    "object_kind",
    "account",
    "region",
    "table",
    "key",
    "key_kind",
    "outcome",
    "error",
    "source_ip",
    "user_agent",
];

impl Understood {
    fn of(part: &Part, partition: &Partition, row: &Row, raw: &RawShape, account: &str) -> Understood {
        let name = |place: u32| part.names.str(place);
        let key = partition.key(row);
        let mut line = String::new();
        if row.time != NO_TIME {
            push_rfc3339(&mut line, row.time);
        }
        line.push(',');
        push_object(&mut line, raw, name);
        push_key(&mut line, key, raw.key_kind == KeyKind::LeftOut, false);
        push_outcome(&mut line, raw, name);
        for place in [row.address, row.agent] {
            table::cell(&mut line, name(place));
        }
        table::end(&mut line);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        let cells = reader.records().next().and_then(std::result::Result::ok).unwrap_or_default();
        let mut reference = format!("{account}:");
        partition.push_id(&mut reference, &Row { conflict: false, ..*row });
        Understood {
            reference,
            hash: format!("{:08x}", row.hash >> 96),
            key: key.to_owned(),
            cells: OWN.into_iter().zip(cells.iter().map(str::to_owned)).collect(),
        }
    }

    /// Whether a reference is this record's. One that says whose content it is says so truly; a record that does not name
    /// its account goes with the account that has its id.
    pub(super) fn is_named(&self, reference: &str) -> bool {
        let (plain, hash) = match reference.rsplit_once('~') {
            Some((plain, hash)) => (plain, Some(hash)),
            None => (reference, None),
        };
        let nameless = self.reference.starts_with(':') && plain.ends_with(&self.reference);
        (plain == self.reference || nameless) && hash.is_none_or(|hash| hash == self.hash)
    }
}

/// The accesses of the record at a place of the only file of a part, in order.
pub(super) fn rows(part: &Part, index: u32) -> Vec<Understood> {
    let mut rows: Vec<(u16, Understood)> = Vec::new();
    for ((account, _), partition) in &part.partitions {
        for row in partition.rows.iter().filter(|row| row.index == index) {
            if let Some(raw) = part.shapes.get(row.shape) {
                rows.push((row.part, Understood::of(part, partition, row, raw, part.names.str(*account))));
            }
        }
    }
    rows.sort_by_key(|(part, _)| *part);
    rows.into_iter().map(|(_, row)| row).collect()
}

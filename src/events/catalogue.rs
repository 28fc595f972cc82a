//! The one catalogue of events that controls ask about: source and name to plane, what it does, object, groups. The
//! table (`catalogue.csv`) comes from the controls library's list of 408 events.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::{Kind, ObjectKind, Plane};

/// One event of the catalogue.
#[derive(Debug)]
pub struct Entry {
    /// `eventSource`.
    pub source: &'static str,
    /// `eventName`.
    pub name: &'static str,
    /// Which selectors it falls under.
    pub plane: Plane,
    /// What it does, for example `read_item`, `log_stop`.
    pub does: &'static str,
    /// What it does to its object.
    pub kind: Kind,
    /// What it touches.
    pub object_kind: ObjectKind,
    /// Groups that controls name.
    pub groups: Vec<&'static str>,
    /// Where the object's name stands, in order of preference.
    pub targets: Vec<&'static str>,
}

/// Finds an event; names compare with letter case.
pub fn find(source: &str, name: &str) -> Option<&'static Entry> {
    table().get(name)?.iter().find(|entry| entry.source == source)
}

/// All entries, sorted by source and name.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    let mut entries: Vec<_> = table().values().flatten().collect();
    entries.sort_by_key(|entry| (entry.source, entry.name));
    entries.into_iter()
}

fn table() -> &'static FxHashMap<&'static str, Vec<Entry>> {
    static TABLE: OnceLock<FxHashMap<&'static str, Vec<Entry>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: FxHashMap<&'static str, Vec<Entry>> = FxHashMap::default();
        for entry in include_str!("catalogue.csv").lines().skip(1).filter_map(line) {
            table.entry(entry.name).or_default().push(entry);
        }
        table
    })
}

fn line(line: &'static str) -> Option<Entry> {
    let mut cells = line.split(',');
    let (source, name, plane, does) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let (object_kind, groups, targets) = (cells.next()?, cells.next()?, cells.next()?);
    Some(Entry {
        source,
        name,
        plane: match plane {
            "data" => Plane::Data,
            "stream" => Plane::Stream,
            _ => Plane::Management,
        },
        does,
        kind: kind_of(does),
        object_kind: object_of(object_kind),
        groups: groups.split_whitespace().collect(),
        targets: targets.split_whitespace().collect(),
    })
}

fn kind_of(does: &str) -> Kind {
    match does {
        "read_item" | "read_set" | "stream_read" | "log_read" => Kind::Read,
        "write_item" | "partiql" | "log_write" => Kind::Write,
        "delete_item" | "log_delete" => Kind::Delete,
        "describe" | "log_config_read" | "review" | "key_use" => Kind::Describe,
        _ => Kind::Admin,
    }
}

fn object_of(word: &str) -> ObjectKind {
    match word {
        "table" => ObjectKind::Table,
        "trail" => ObjectKind::Trail,
        "key" => ObjectKind::Key,
        "bucket" => ObjectKind::Bucket,
        "log-group" => ObjectKind::LogGroup,
        "identity" => ObjectKind::Identity,
        _ => ObjectKind::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_an_entry() {
        assert_eq!(all().count(), include_str!("catalogue.csv").lines().count() - 1);
        assert_eq!(find("dynamodb.amazonaws.com", "GetItem").unwrap().kind, Kind::Read);
        assert_eq!(find("cloudtrail.amazonaws.com", "StopLogging").unwrap().does, "log_stop");
        assert!(find("s3.amazonaws.com", "GetItem").is_none());
    }
}

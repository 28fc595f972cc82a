//! The key attributes of a table: from a saved description of it, else from the keys of the calls that succeeded on it.

use std::collections::BTreeMap;

use super::Sources;
use super::key::Type;
use crate::audit::SnapshotKind;
use crate::audit::scope;
use crate::events::{KeyKind, ObjectKind, Outcome, arn, keys};
use crate::records::scan::Json;

/// The key attributes of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Their names; the partition key first where the order is known.
    pub names: Vec<String>,
    /// Whether the order is known.
    pub ordered: bool,
    /// Their types, where known.
    pub kinds: BTreeMap<String, Type>,
    /// Names in keys that disagree: the table may have been made anew with other keys.
    pub others: Vec<String>,
    /// Where it is known from, in words.
    pub from: String,
}

impl Schema {
    /// Whether the table's keys have such an attribute.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().chain(&self.others).any(|known| known == name)
    }

    /// Type of an attribute.
    pub fn kind(&self, name: &str) -> Option<Type> {
        self.kinds.get(name).copied()
    }

    /// The key attributes of a table; `None` when nothing tells them.
    pub fn of(from: &Sources<'_>, table: &scope::Table) -> Option<Schema> {
        saved(from, table).or_else(|| recorded(from, table))
    }
}

/// From the answer of DescribeTable.
fn saved(from: &Sources<'_>, table: &scope::Table) -> Option<Schema> {
    let is_it = |subject: &str| {
        arn::table(subject) == Some((table.region.as_str(), table.account.as_str(), table.name.as_str()))
    };
    let answers = from.audit.saved.iter().filter(|saved| saved.kind == SnapshotKind::Table);
    let found = answers.flat_map(|saved| saved.subjects.iter().map(move |subject| (saved, subject)));
    let (saved, (_, told)) = found.rev().find(|(_, (subject, _))| is_it(subject))?;
    let mut parts: Vec<(bool, String)> = told
        .get("KeySchema")?
        .as_array()?
        .iter()
        .filter_map(|part| {
            let is_range = part.get("KeyType")?.as_str()? == "RANGE";
            Some((is_range, part.get("AttributeName")?.as_str()?.to_owned()))
        })
        .collect();
    parts.sort();
    let attributes = told.get("AttributeDefinitions").and_then(|list| list.as_array());
    let kind = |part: &serde_json::Value| {
        let kind = Type::of(part.get("AttributeType")?.as_str()?)?;
        Some((part.get("AttributeName")?.as_str()?.to_owned(), kind))
    };
    Some(Schema {
        names: parts.into_iter().map(|(_, name)| name).collect(),
        ordered: true,
        kinds: attributes.into_iter().flatten().filter_map(kind).collect(),
        others: Vec::new(),
        from: format!("saved answer {}", saved.file),
    })
    .filter(|schema| !schema.names.is_empty())
}

/// From the keys of calls that succeeded: the attributes that most of them have.
fn recorded(from: &Sources<'_>, table: &scope::Table) -> Option<Schema> {
    let ledger = from.ledger;
    let mut seen: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    ledger.walk(&mut |event| {
        for row in event.rows {
            let Some((_, raw, _)) = ledger.shape(row) else { continue };
            let here = raw.object_kind == ObjectKind::Table
                && ledger.name(raw.object_name) == table.name
                && ledger.name(raw.object_account) == table.account
                && ledger.name(raw.object_region) == table.region;
            if !here || raw.key_kind != KeyKind::Exact || raw.outcome != Outcome::Done {
                continue;
            }
            for key in keys::split(event.partition.key(row)) {
                *seen.entry(names(key)).or_insert(0) += 1;
            }
        }
    });
    seen.remove(&Vec::new());
    let all: u64 = seen.values().sum();
    let (most, times) =
        seen.iter().max_by_key(|(_, times)| **times).map(|(names, times)| (names.clone(), *times))?;
    let others = seen.into_keys().flatten().filter(|name| !most.contains(name)).collect();
    let from = format!("recorded keys: {times} of {all}");
    Some(Schema { names: most, ordered: false, kinds: BTreeMap::new(), others, from })
}

fn names(key: &str) -> Vec<String> {
    let object = Json::first(key, 0).ok().map(|(object, _)| object);
    let members = object.into_iter().flat_map(Json::members).map_while(Result::ok);
    members.map(|(name, _)| name.to_owned()).collect()
}

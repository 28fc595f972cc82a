//! An example as an audit with log files, all in memory. Comes in: its JSON, the base, the data class of the pack. Goes
//! out: a checked [`Audit`] and what reading the records gives. Nothing is written to disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::records::Making;
use crate::audit::{Audit, Beside, Overrides};
use crate::clock::{self, Seconds};
use crate::commands::pipeline::Read;
use crate::coverage::trails::Trails;
use crate::coverage::{Coverage, State};
use crate::gaps::GapKind;
use crate::ledger::shape::Trust;
use crate::ledger::{Part, intake, settle};

/// Keys of an example beside those of its rows.
const KEYS: &[&str] = &[
    "proves",
    "test",
    "audit",
    "facts",
    "without",
    "period",
    "coverage",
    "snapshots",
    "trust",
    "records",
    "expect",
];

/// An example ready to be judged.
pub(super) struct Staged {
    pub(super) audit: Audit,
    pub(super) read: Read,
}

/// Stages an example for a pack about these classes of tables.
pub(super) fn stage(
    base: &Value,
    example: &Value,
    pack: &str,
    data_classes: &[String],
) -> Result<Staged, String> {
    known_keys(base, example)?;
    let compact = example.get("audit").is_none();
    let mut facts = if compact { base["facts"].clone() } else { example["audit"].clone() };
    if let Some(period) = example.get("period") {
        merge(&mut facts["period"], period, true);
    }
    if let Some(over) = example.get("facts") {
        merge(&mut facts, over, true);
    }
    facts["source"] = json!([{"path": "logs"}]);
    facts["audit"]["packs"] = json!([pack]);
    let mut held = Held::new();
    rows(base, example, &mut facts, &mut held, compact)?;
    snapshots(base, example, &mut facts, &mut held, compact)?;
    for fact in example.get("without").and_then(Value::as_array).into_iter().flatten() {
        let fact = fact.as_str().unwrap_or_default();
        if !remove(&mut facts, fact, data_classes) {
            return Err(format!("`without` names `{fact}`, which the base does not state"));
        }
    }
    let first = data_classes.first().map_or("other", String::as_str);
    for table in facts["table"].as_array_mut().into_iter().flatten() {
        if table["data"] == "scope" {
            table["data"] = first.into();
        }
    }
    let audit = audit(&facts, held)?;
    let part = part(base, example, audit.from)?;
    let trails = Trails::new(&audit.snapshots, &part.trail_changes());
    let coverage = covered(Coverage::new(&audit, &part.presence(), &trails), example)?;
    let ledger = settle::settle(part, &audit, &coverage, &|_| BTreeMap::new());
    Ok(Staged { read: Read { ledger, coverage }, audit })
}

type Held = BTreeMap<PathBuf, Vec<u8>>;

fn known_keys(base: &Value, example: &Value) -> Result<(), String> {
    let tables = base["columns"].as_object().into_iter().flat_map(Map::keys);
    let known: Vec<&str> = KEYS.iter().copied().chain(tables.map(String::as_str)).collect();
    let mut stated = example.as_object().into_iter().flat_map(Map::keys);
    match stated.find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => Err(format!("unknown key `{unknown}`; known are {}", known.join(", "))),
        None => Ok(()),
    }
}

fn audit(facts: &Value, held: Held) -> Result<Audit, String> {
    let text = toml::Value::try_from(facts).and_then(|value| toml::to_string(&value));
    let text = text.map_err(|error| format!("the facts cannot be written as audit.toml: {error}"))?;
    let text = known_only(text);
    Audit::from_text(&text, Path::new("audit.toml"), &Beside::held(held), &Overrides::default())
        .map_err(|error| error.to_string())
}

/// Leaves out keys that this version of audit.toml does not know.
fn known_only(mut text: String) -> String {
    while let Err(error) = toml::from_str::<crate::audit::File>(&text) {
        let Some(span) = error.span().filter(|_| error.message().starts_with("unknown field")) else { break };
        let line = text.get(..span.start).unwrap_or_default().matches('\n').count();
        let lines: Vec<&str> = text.lines().collect();
        let header = lines.get(line).is_some_and(|line| line.starts_with('['));
        let behind = lines.iter().skip(line + 1).take_while(|line| header && !line.starts_with('[')).count();
        let kept = lines.iter().enumerate().filter(|(number, _)| !(line..=line + behind).contains(number));
        text = kept.map(|(_, line)| format!("{line}\n")).collect();
    }
    text
}

/// Tables of facts as CSV: rows of the example, else of the base.
fn rows(
    base: &Value,
    example: &Value,
    facts: &mut Value,
    held: &mut Held,
    compact: bool,
) -> Result<(), String> {
    let mut named = Map::new();
    for (table, columns) in base["columns"].as_object().into_iter().flatten() {
        let default = compact.then(|| &base["rows"][table]);
        let Some(rows) = example.get(table).or(default).filter(|rows| !rows.is_null()) else {
            continue;
        };
        let file = format!("{table}.csv");
        let columns: Vec<&str> = columns.as_str().unwrap_or_default().split(',').collect();
        held.insert(PathBuf::from(&file), csv(table, &columns, rows)?);
        named.insert(table.clone(), file.into());
    }
    merge(&mut facts["records"], &named.into(), true);
    Ok(())
}

fn csv(table: &str, columns: &[&str], rows: &Value) -> Result<Vec<u8>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("{table}: {error}");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).map_err(|error| wrong(&error))?;
    for (number, row) in rows.as_array().into_iter().flatten().enumerate() {
        if let Some(unknown) =
            row.as_object().into_iter().flat_map(Map::keys).find(|key| !columns.contains(&key.as_str()))
        {
            return Err(format!("{table}: no column `{unknown}`; columns are {}", columns.join(", ")));
        }
        let cell = |column: &&str| match row.get(*column) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None if *column == "id" => format!("{table}-{}", number + 1),
            None => String::new(),
        };
        writer.write_record(columns.iter().map(cell)).map_err(|error| wrong(&error))?;
    }
    writer.into_inner().map_err(|error| wrong(&error))
}

/// Saved answers: the base's selectors, unless the example states its own, and those of the example.
fn snapshots(
    base: &Value,
    example: &Value,
    facts: &mut Value,
    held: &mut Held,
    compact: bool,
) -> Result<(), String> {
    let mut listed = Vec::new();
    let stated = example.get("snapshots").and_then(Value::as_array).cloned().unwrap_or_default();
    let selectors = |entry: &&Value| matches!(entry["kind"].as_str(), None | Some("event-selectors"));
    let mut entries = stated.clone();
    if compact && !stated.iter().any(|entry| selectors(&entry)) {
        let taken = facts["period"]["from"].clone();
        entries.insert(0, json!({"taken": taken, "multi_region": true, "answer": base["selectors"]}));
    }
    for (number, entry) in entries.iter().enumerate() {
        let mut section = entry.as_object().cloned().ok_or("a snapshot must be an object")?;
        let answer = section.remove("answer").ok_or("a snapshot needs its `answer`")?;
        let file = format!("snapshot-{}.json", number + 1);
        held.insert(PathBuf::from(&file), answer.to_string().into_bytes());
        section.insert("file".to_owned(), file.into());
        if selectors(&entry) {
            section.entry("multi_region").or_insert(true.into());
        }
        section.entry("taken").or_insert(facts["period"]["from"].clone());
        listed.push(Value::Object(section));
    }
    if !listed.is_empty() {
        facts["snapshot"] = listed.into();
    }
    Ok(())
}

/// Takes a fact away, by the name that tests use in `requires`; false when nothing was there.
fn remove(facts: &mut Value, fact: &str, data_classes: &[String]) -> bool {
    match fact {
        "workloads" => take(facts, "workload"),
        "third_parties" => take(facts, "third_party"),
        "tables.declared" => take(facts, "table"),
        "logs.objects-logged" => {
            let list = facts["snapshot"].as_array_mut();
            list.is_some_and(|list| {
                let before = list.len();
                list.retain(|entry| !matches!(entry["kind"].as_str(), None | Some("event-selectors")));
                list.len() < before
            })
        }
        _ => match fact.split_once('.') {
            Some(("tables", class)) => {
                let meant = |data: &Value| {
                    let scope = class == "scope" || data_classes.iter().any(|named| named == class);
                    data == class
                        || (scope && (data == "scope" || data_classes.iter().any(|named| data == named)))
                };
                facts["table"].as_array_mut().is_some_and(|list| {
                    let before = list.len();
                    list.retain(|table| !meant(&table["data"]));
                    list.len() < before
                })
            }
            Some((section, key)) => facts.get_mut(section).is_some_and(|section| take(section, key)),
            None => take(facts, fact),
        },
    }
}

fn take(facts: &mut Value, key: &str) -> bool {
    facts.as_object_mut().and_then(|facts| facts.remove(key)).is_some()
}

/// Lays one value over another: members of objects one by one, anything else replaces. With `drop`, null takes away.
pub(super) fn merge(under: &mut Value, over: &Value, drop: bool) {
    match over {
        Value::Object(members) => {
            if !under.is_object() {
                *under = json!({});
            }
            for (name, value) in members {
                match under.as_object_mut() {
                    Some(object) if drop && value.is_null() => std::mem::drop(object.remove(name)),
                    _ => merge(&mut under[name.as_str()], value, drop),
                }
            }
        }
        other => *under = other.clone(),
    }
}

/// Records in log files as a trail delivers them: one for each account, region and five minutes.
fn part(base: &Value, example: &Value, from: Seconds) -> Result<Part, String> {
    let trust = match example.get("trust").and_then(Value::as_str) {
        None | Some("verified") => Trust::Verified,
        Some("unverified") => Trust::Unverified,
        Some("altered") => Trust::Altered,
        Some(other) => return Err(format!("trust `{other}` must be verified, unverified or altered")),
    };
    let making = Making { base, from };
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let entries = example.get("records").and_then(Value::as_array).ok_or("`records` must be a list")?;
    for (number, entry) in entries.iter().enumerate() {
        let record = making.record(number, entry)?;
        files.entry(file_name(&record, from)).or_default().push(record);
    }
    let mut part = Part::default();
    for (name, records) in &files {
        intake::held(&mut part, name, &json!({"Records": records}).to_string(), trust);
    }
    let told = |kind: GapKind| matches!(kind, GapKind::NoTime | GapKind::NotUnderstood);
    match part.gaps.iter().find(|gap| !told(gap.kind)) {
        Some(gap) => Err(format!("a record cannot be read: {} {}", gap.kind.words(), gap.detail)),
        None => Ok(part),
    }
}

fn file_name(record: &Value, from: Seconds) -> String {
    let word = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
    let time = record["eventTime"].as_str().and_then(clock::parse_date_or_time).unwrap_or(from);
    let delivered = clock::rfc3339((time.div_euclid(300) + 1) * 300);
    let (day, minute) = (delivered.get(..10).unwrap_or_default(), delivered.get(11..16).unwrap_or_default());
    let (account, region) = (word("recipientAccountId"), word("awsRegion"));
    let stamp = format!("{}T{}Z", day.replace('-', ""), minute.replace(':', ""));
    format!(
        "AWSLogs/{account}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{stamp}_example.json.gz",
        day.replace('-', "/")
    )
}

/// `proven`: every hour delivered, but those in which a record of the example stops logging; `unproven`: none.
fn covered(mut coverage: Coverage, example: &Value) -> Result<Coverage, String> {
    let proven = match example.get("coverage").and_then(Value::as_str) {
        None | Some("proven") => true,
        Some("unproven") => false,
        Some(other) => return Err(format!("coverage `{other}` must be proven or unproven")),
    };
    for strip in &mut coverage.strips {
        strip.proof = if proven { "stated by the example".to_owned() } else { String::new() };
        for state in &mut strip.states {
            *state = match (proven, *state) {
                (true, State::Stopped) => State::Stopped,
                (true, _) => State::Delivered,
                (false, _) => State::Unknown,
            };
        }
    }
    Ok(coverage)
}

//! An example as an audit with log files, all in memory. Comes in: its JSON, the base, the data class of the pack. Goes
//! out: a checked [`Audit`] and what reading the records gives. Nothing is written to disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::records::Making;
use crate::audit::{Audit, Beside, Overrides};
use crate::clock::{self, DAY, Seconds};
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
    "deliveries",
    "delivered",
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
    if !compact {
        conditions(base, &mut facts);
    }
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
    if !compact {
        elsewhere(&mut facts, data_classes);
    }
    for table in facts["table"].as_array_mut().into_iter().flatten() {
        if table["data"] == "scope" {
            table["data"] = first.into();
        }
    }
    let audit = audit(&facts, held)?;
    let part = part(base, example, &audit)?;
    let trails = Trails::new(&audit.snapshots, &part.trail_changes());
    let coverage = covered(
        Coverage::new(&audit, &part.presence(), &trails, &crate::coverage::Proof::default()),
        example,
    )?;
    let ledger = settle::settle(part, &audit, &coverage, &|_| BTreeMap::new());
    Ok(Staged { read: Read { ledger, coverage, integrity: None }, audit })
}

/// An example that states its whole audit for another pack: its tables are of this pack's class.
fn elsewhere(facts: &mut Value, data_classes: &[String]) {
    let tables = facts["table"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
    let known = |table: &Value| data_classes.iter().any(|class| table["data"] == class.as_str());
    if !tables.iter().any(known) {
        let theirs = tables.iter_mut().filter(|table| table["data"] != "other");
        theirs.for_each(|table| table["data"] = "scope".into());
    }
}

/// An example that states its whole audit stands under the same conditions as the others, where it names none.
fn conditions(base: &Value, facts: &mut Value) {
    for name in ["baseline", "service_provider"] {
        if facts["audit"].get(name).is_none() {
            facts["audit"][name] = base["facts"]["audit"][name].clone();
        }
    }
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
    Audit::from_text(&text, Path::new("audit.toml"), &Beside::held(held), &Overrides::default())
        .map_err(|error| error.to_string())
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

/// Records in log files as a trail delivers them: one for each account, region and five minutes; and files without
/// records on the days on which nothing else shows that a trail delivered.
fn part(base: &Value, example: &Value, audit: &Audit) -> Result<Part, String> {
    let trust = trust(example)?;
    let delivered = example.get("delivered").map(|time| instant(time, "delivered")).transpose()?;
    let making = Making { base, from: audit.from };
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for day in deliveries(example, audit)? {
        for (account, (_, regions)) in &audit.scope.accounts {
            for region in regions {
                files.entry(file_name(account, region, day + DAY / 2)).or_default();
            }
        }
    }
    let entries = example.get("records").and_then(Value::as_array).ok_or("`records` must be a list")?;
    for record in making.records(entries)? {
        let word = |key: &str| record[key].as_str().unwrap_or_default();
        let time = clock::parse_date_or_time(word("eventTime")).unwrap_or(audit.from);
        let at = delivered.unwrap_or((time.div_euclid(300) + 1) * 300);
        files.entry(file_name(word("recipientAccountId"), word("awsRegion"), at)).or_default().push(record);
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

/// What the log files of an example are.
fn trust(example: &Value) -> Result<Trust, String> {
    match example.get("trust").and_then(Value::as_str) {
        None | Some("verified") => Ok(Trust::Verified),
        Some("unverified") => Ok(Trust::Unverified),
        Some("altered") => Ok(Trust::Altered),
        Some(other) => Err(format!("trust `{other}` must be verified, unverified or altered")),
    }
}

fn instant(value: &Value, key: &str) -> Result<Seconds, String> {
    let time = value.as_str().and_then(clock::parse_date_or_time);
    time.ok_or_else(|| format!("`{key}` must hold dates or times, not {value}"))
}

/// Days on which a trail delivered: those that the example states, else every day of the window.
fn deliveries(example: &Value, audit: &Audit) -> Result<BTreeSet<Seconds>, String> {
    let spans = match example.get("deliveries") {
        None => vec![(audit.from, audit.to)],
        Some(spans) => spans
            .as_array()
            .ok_or("`deliveries` must be a list")?
            .iter()
            .map(|span| Ok((instant(&span["from"], "deliveries")?, instant(&span["to"], "deliveries")?)))
            .collect::<Result<_, String>>()?,
    };
    let days = |(from, to): (Seconds, Seconds)| {
        (from.div_euclid(DAY)..(to + DAY - 1).div_euclid(DAY)).map(|day| day * DAY)
    };
    Ok(spans.into_iter().flat_map(days).collect())
}

fn file_name(account: &str, region: &str, delivered: Seconds) -> String {
    let time = clock::rfc3339(delivered);
    let (day, minute) = (time.get(..10).unwrap_or_default(), time.get(11..16).unwrap_or_default());
    let stamp = format!("{}T{}Z", day.replace('-', ""), minute.replace(':', ""));
    format!(
        "AWSLogs/{account}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{stamp}_Example000000001.json.gz",
        day.replace('-', "/")
    )
}

/// `proven`: every hour delivered, and verified where the log files are, but those in which records of the example stop
/// logging or its selectors leave the class out; `delivered`: the same, verified by nothing; `unproven`: nothing tells;
/// `silent`: nothing was delivered; `damaged`: log files are lost or altered.
fn covered(mut coverage: Coverage, example: &Value) -> Result<Coverage, String> {
    let other = match example.get("coverage").and_then(Value::as_str) {
        None | Some("proven") if trust(example)? == Trust::Verified => State::Verified,
        None | Some("proven" | "delivered") => State::Delivered,
        Some("unproven") => State::Unknown,
        Some("silent") => State::Silent,
        Some("damaged") => State::Damaged,
        Some(other) => {
            return Err(format!("coverage `{other}` must be proven, delivered, unproven, silent or damaged"));
        }
    };
    let proven = other.is_proven();
    for strip in &mut coverage.strips {
        strip.proof = if proven { "stated by the example".to_owned() } else { String::new() };
        for state in &mut strip.states {
            let stays = proven && matches!(state, State::Stopped | State::NotSelected);
            *state = if stays { *state } else { other };
        }
    }
    Ok(coverage)
}

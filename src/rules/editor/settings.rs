//! JSON Schemas of settings.toml: for each shipped pack its own keys with their types and comments, and one that fits the
//! settings of any pack.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schemas::{data_classes, printed};
use crate::audit::Baseline;
use crate::error::{Error, Kind, Result};
use crate::rules::lint::Source;
use crate::rules::settings::{DATA_CLASSES, Setting, SettingsFile};
use crate::rules::{Pack, shipped_file};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema for the settings of a shipped pack.
pub(super) fn shipped(id: &str) -> Result<String> {
    let text = shipped_file(id, "settings.toml").unwrap_or_default();
    let pack = Pack::load(id, &[], None)?;
    let numbers: Vec<&str> =
        pack.requirements.iter().map(|requirement| requirement.number.as_str()).collect();
    settings_schema(id, text, &numbers)
}

/// The schema for a settings.toml as it stands: its keys, their types and comments; requirements and baselines may hold
/// other values of the same keys.
///
/// # Errors
/// `Kind::Usage` with file and line when the text is no settings.toml.
pub fn settings_schema(id: &str, text: &str, requirements: &[&str]) -> Result<String> {
    let source = Source { file: "settings.toml", text };
    let file = SettingsFile::read(&source).map_err(|told| Error::new(Kind::Usage, told.to_string()))?;
    let mut known = BTreeMap::new();
    for (section, name) in file.stated() {
        let here = file.effective(section.level, section.requirement.as_deref());
        if let (Some(value), words) = (here.get(name), here.words(name).unwrap_or_default()) {
            known.entry(name.to_owned()).or_insert_with(|| one(name, value, words));
        }
    }
    let values: Map<String, Value> = known.into_iter().collect();
    let table = |words: String, place: &str| json!({ "description": words, "$ref": place });
    let by_requirement: Map<String, Value> = requirements
        .iter()
        .map(|number| ((*number).to_owned(), table(format!("Values for {number} alone."), "#/$defs/values")))
        .collect();
    let closed = |properties: &Map<String, Value>| json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let mut whole = values.clone();
    whole.extend(by_requirement.clone());
    let mut shared = json!({ "values": closed(&values) });
    if file.by_level() {
        let mut inside = values;
        inside.extend(by_requirement);
        if let Some(shared) = shared.as_object_mut() {
            shared.insert(String::from("baseline"), closed(&inside));
        }
        for level in Baseline::ALL {
            let words = format!("Values under the baseline `{}` alone.", level.as_str());
            whole.insert(level.as_str().to_owned(), table(words, "#/$defs/baseline"));
        }
    }
    Ok(printed(&json!({
        "$schema": DIALECT,
        "title": format!("settings.toml of {id}"),
        "description": "What a team may decide. Each value has a comment above it, and all of it is printed in the report.",
        "type": "object",
        "properties": whole,
        "additionalProperties": false,
        "$defs": shared,
    })))
}

fn one(name: &str, value: &Setting, words: &str) -> Value {
    let mut schema = match value {
        Setting::Truth(truth) => json!({ "type": "boolean", "default": truth }),
        Setting::Number(number) => json!({ "type": "integer", "minimum": 0, "default": number }),
        Setting::Text(text) => json!({ "type": "string", "default": text }),
        Setting::Texts(texts) => json!({ "type": "array", "items": { "type": "string" }, "default": texts }),
    };
    if name == DATA_CLASSES
        && let Some(items) = schema.pointer_mut("/items")
    {
        *items = json!({ "enum": data_classes() });
    }
    if let Some(object) = schema.as_object_mut() {
        object.insert(String::from("description"), words.into());
    }
    schema
}

/// The schema for the settings of any pack: names are free, types are not.
pub(super) fn any() -> String {
    let value = json!({ "anyOf": [
        { "type": "boolean" },
        { "type": "integer", "minimum": 0 },
        { "type": "string" },
        { "type": "array", "items": { "type": "string" } },
    ]});
    let inner = json!({ "type": "object", "additionalProperties": value });
    let levels: Map<String, Value> = Baseline::ALL
        .iter()
        .map(|level| {
            let words = format!("Values under the baseline `{}` alone.", level.as_str());
            let table = json!({ "description": words, "type": "object", "additionalProperties": { "anyOf": [value, inner] } });
            (level.as_str().to_owned(), table)
        })
        .collect();
    let classes = json!({
        "description": "Classes of the tables that the pack is about.",
        "type": "array",
        "items": { "enum": data_classes() },
        "minItems": 1,
    });
    let mut properties = levels;
    properties.insert(DATA_CLASSES.to_owned(), classes);
    printed(&json!({
        "$schema": DIALECT,
        "title": "settings.toml of a pack",
        "description": "What a team may decide. Each value has a comment above it; a table named like a requirement holds values for it alone.",
        "type": "object",
        "properties": properties,
        "required": [DATA_CLASSES],
        "additionalProperties": { "anyOf": [value, inner] },
    }))
}

//! JSON Schemas of audit.toml, pack.toml and control.toml, made from the types that read them and from the names that
//! lint knows.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::audit::{DataClass, File};
use crate::rules::limits::limits;
use crate::rules::pack::{COVERED, ControlToml, FACTS, METHODS, PackToml, SEVERITIES};

/// The schema of audit.toml.
pub(super) fn audit() -> String {
    let mut schema = of::<File>();
    choose(&mut schema, "/properties/audit/properties/packs/items", suggestions());
    printed(&schema)
}

/// Ids of packs: the shipped ones are offered, own ones are possible.
fn suggestions() -> Value {
    json!({ "examples": crate::rules::shipped_packs() })
}

/// The schema of pack.toml.
pub(super) fn pack() -> String {
    printed(&of::<PackToml>())
}

/// The schema of control.toml.
pub(super) fn control() -> String {
    let mut schema = of::<ControlToml>();
    let limits: Vec<String> = limits().unwrap_or_default().into_keys().collect();
    choose(&mut schema, "/properties/severity", json!({ "enum": SEVERITIES }));
    choose(&mut schema, "/properties/methods/items", json!({ "enum": METHODS }));
    choose(&mut schema, "/properties/limits/items", json!({ "enum": limits }));
    let test = "/properties/test/items/properties";
    choose(&mut schema, &format!("{test}/requires/items"), json!({ "enum": FACTS }));
    choose(&mut schema, &format!("{test}/coverage/properties/of"), json!({ "enum": COVERED }));
    printed(&schema)
}

/// The words for the classes of tables.
pub(super) fn data_classes() -> Vec<&'static str> {
    DataClass::ALL.map(DataClass::as_str).to_vec()
}

/// Adds keys to the schema at a place.
fn choose(schema: &mut Value, place: &str, keys: Value) {
    let found = schema.pointer_mut(place).and_then(Value::as_object_mut);
    if let (Some(found), Value::Object(keys)) = (found, keys) {
        found.extend(keys);
    }
}

fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema: Schema = settings.for_deserialize().into_generator().into_root_schema_for::<T>();
    let mut value = schema.to_value();
    plain(&mut value);
    value
}

/// TOML has no null: a key that may be left out is simply not required. Sizes of numbers are of no use in an editor.
fn plain(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            object.remove("format");
            if let Some(Value::Array(kinds)) = object.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [one] = kinds.as_slice() {
                    let one = one.clone();
                    object.insert(String::from("type"), one);
                }
            }
            if let Some(Value::Array(kinds)) = object.get_mut("enum") {
                kinds.retain(|kind| !kind.is_null());
            }
            if let Some(Value::Array(choices)) = object.remove("anyOf") {
                let mut kept: Vec<Value> =
                    choices.into_iter().filter(|one| *one != json!({"type": "null"})).collect();
                match (kept.len(), kept.pop()) {
                    (1, Some(Value::Object(only))) => only.into_iter().for_each(|(key, value)| {
                        object.entry(key).or_insert(value);
                    }),
                    (_, last) => {
                        kept.extend(last);
                        object.insert(String::from("anyOf"), kept.into());
                    }
                }
            }
            object.values_mut().for_each(plain);
        }
        Value::Array(list) => list.iter_mut().for_each(plain),
        _ => {}
    }
}

/// A schema as its file holds it.
pub(super) fn printed(schema: &Value) -> String {
    let mut text = format!("{schema:#}");
    text.push('\n');
    text
}

/// A configuration for Taplo, the language server for TOML, that ties the schemas to their files.
pub(super) fn taplo(names: &[String]) -> String {
    let mut text = String::from(
        "# Ties the schemas of this folder to the files of an audit and of rule packs. Copy it to the top of the folder that\n\
         # holds audit.toml and packs/, and this folder beside it. Renewed with the schemas; see rules/README.md.\n",
    );
    for name in names {
        let files = match name.trim_end_matches(".schema.json").split_once('.') {
            Some((_, pack)) => format!("\"**/{pack}/settings.toml\""),
            None => format!("\"**/{}.toml\"", name.trim_end_matches(".schema.json")),
        };
        text.push_str(&format!(
            "\n[[rule]]\ninclude = [{files}]\n\n[rule.schema]\npath = \"editor/{name}\"\n"
        ));
    }
    text
}

//! Files of `rules/editor`: as the program makes them now, accepting every file of the repository and refusing slips.
//! `TRAILWITNESS_RENEW=1 cargo test editor` writes them anew.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use trailwitness::rules::{Setting, api, editor, shipped_file, shipped_packs};

use crate::support;

fn folder() -> std::path::PathBuf {
    support::project().join("rules/editor")
}

fn made() -> BTreeMap<String, String> {
    editor::files().unwrap().into_iter().collect()
}

#[test]
fn editor_files_are_current() {
    let made = made();
    if std::env::var("TRAILWITNESS_RENEW").is_ok_and(|value| value == "1") {
        std::fs::create_dir_all(folder()).unwrap();
        for (name, text) in &made {
            std::fs::write(folder().join(name), text).unwrap();
        }
    }
    for (name, text) in &made {
        let held = std::fs::read_to_string(folder().join(name)).unwrap_or_default();
        assert!(
            held == *text,
            "rules/editor/{name} is not current; TRAILWITNESS_RENEW=1 cargo test editor renews it"
        );
    }
    let held = std::fs::read_dir(folder()).unwrap();
    let names: Vec<String> =
        held.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(names.iter().all(|name| made.contains_key(name)), "{names:?} has files that nothing makes");
}

/// Every way in which a value does not fit a schema. Only what the schemas use is understood; anything else fails.
fn misfits(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    for (key, rule) in schema.as_object().unwrap_or_else(|| panic!("{place}: {schema}")) {
        match key.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "examples" => {}
            "$ref" => {
                let there = rule.as_str().unwrap().trim_start_matches('#');
                misfits(root, root.pointer(there).unwrap(), value, place, found);
            }
            "type" => {
                let kind = match value {
                    Value::String(_) => "string",
                    Value::Bool(_) => "boolean",
                    Value::Number(_) => "integer",
                    Value::Array(_) => "array",
                    _ => "object",
                };
                if rule != kind {
                    found.push(format!("{place} is {kind}, not {rule}"));
                }
            }
            "const" if rule != value => found.push(format!("{place} is {value}, not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => found.push(format!("{place} is {value}")),
            "const" | "enum" => {}
            "minimum" if value.as_i64() < rule.as_i64() => found.push(format!("{place} is below {rule}")),
            "minItems" if value.as_array().map_or(0, Vec::len) < 1 => found.push(format!("{place} is empty")),
            "minimum" | "minItems" | "maximum" => {}
            "required" => {
                let missing =
                    rule.as_array().unwrap().iter().filter(|key| value.get(key.as_str().unwrap()).is_none());
                found.extend(missing.map(|key| format!("{place} has no {key}")));
            }
            "items" => value
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|item| misfits(root, rule, item, place, found)),
            "anyOf" | "oneOf" => {
                let fits = |one: &&Value| {
                    let mut inside = Vec::new();
                    misfits(root, one, value, place, &mut inside);
                    inside.is_empty()
                };
                if rule.as_array().unwrap().iter().filter(fits).count() == 0 {
                    found.push(format!("{place} fits none of {key}"));
                }
            }
            "properties" => {
                for (key, rule) in rule.as_object().unwrap() {
                    value
                        .get(key)
                        .into_iter()
                        .for_each(|value| misfits(root, rule, value, &format!("{place}.{key}"), found));
                }
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                for (key, value) in value.as_object().into_iter().flatten() {
                    let stated = known.is_some_and(|known| known.contains_key(key));
                    match rule {
                        _ if stated => {}
                        Value::Bool(false) => found.push(format!("{place}.{key} is not known")),
                        Value::Bool(true) => {}
                        rule => misfits(root, rule, value, &format!("{place}.{key}"), found),
                    }
                }
            }
            other => panic!("{place}: the keyword {other} is not understood here"),
        }
    }
}

/// What the schema of a name says about a TOML text.
fn told(schema: &str, text: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(&made()[schema]).unwrap();
    let value: toml::Value = toml::from_str(text).unwrap();
    let mut found = Vec::new();
    misfits(&schema, &schema, &serde_json::to_value(value).unwrap(), "", &mut found);
    found
}

fn accepts(schema: &str, path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(told(schema, &text), [""; 0], "{}", path.display());
    text
}

/// That a slip is refused where it stands.
fn refuses(schema: &str, text: &str, from: &str, to: &str, part: &str) {
    assert!(text.contains(from), "{from}");
    let told = told(schema, &text.replacen(from, to, 1));
    assert!(told.iter().any(|told| told.contains(part)), "{part} in {told:?}");
}

#[test]
fn schemas_accept_every_file_of_the_repository() {
    let project = support::project();
    accepts("audit.schema.json", &project.join("samples/acme-payments/audit.toml"));
    accepts("audit.schema.json", &project.join("src/commands/init/audit.toml"));
    for id in shipped_packs() {
        let pack = project.join("rules").join(id);
        accepts("pack.schema.json", &pack.join("pack.toml"));
        accepts("settings.schema.json", &pack.join("settings.toml"));
        accepts(&format!("settings.{id}.schema.json"), &pack.join("settings.toml"));
        for entry in std::fs::read_dir(&pack).unwrap() {
            let control = entry.unwrap().path().join("control.toml");
            if control.is_file() {
                accepts("control.schema.json", &control);
            }
        }
    }
}

#[test]
fn schemas_refuse_slips() {
    let project = support::project();
    let audit = accepts("audit.schema.json", &project.join("src/commands/init/audit.toml"));
    refuses("audit.schema.json", &audit, "entity =", "entitty =", ".audit.entitty is not known");
    refuses(
        "audit.schema.json",
        &audit,
        "regions = [\"us-east-1\"]",
        "regions = \"us-east-1\"",
        ".regions is string",
    );
    refuses("audit.schema.json", &audit, "prepared_by =", "contact_ =", "has no \"prepared_by\"");
    let pack = shipped_file("pci-dss-4.0.1", "pack.toml").unwrap();
    refuses("pack.schema.json", pack, "edition =", "editon =", ".editon is not known");
    refuses("pack.schema.json", pack, "status = \"manual\"", "status = \"manually\"", ".requirement.status");
    refuses("pack.schema.json", pack, "status = \"manual\"\n", "", "has no \"status\"");
    let control = shipped_file("pci-dss-4.0.1", "10.2.1.4/control.toml").unwrap();
    refuses("control.schema.json", control, "records.incidents", "records.incident", "records.incident");
    refuses("control.schema.json", control, "severity = \"medium\"", "severity = \"middle\"", ".severity");
    refuses(
        "control.schema.json",
        control,
        "population_words =",
        "population_word =",
        ".test.population_word",
    );
    let settings = shipped_file("pci-dss-4.0.1", "settings.toml").unwrap();
    for name in ["settings.schema.json", "settings.pci-dss-4.0.1.schema.json"] {
        refuses(name, settings, "[\"cardholder\"]", "[\"cardholders\"]", ".data_classes");
        refuses(name, settings, "burst_refusals = 10", "burst_refusals = 1.5", ".burst_refusals");
    }
    let own = "settings.pci-dss-4.0.1.schema.json";
    refuses(own, settings, "burst_refusals =", "burst_refusal =", ".burst_refusal is not known");
    refuses(own, settings, "burst_refusals = 10", "burst_refusals = \"10\"", ".burst_refusals is string");
    let table = format!("{settings}\n[\"10.2.1.4\"]\n# More.\nburst_refusals = 20\n");
    assert_eq!(told(own, &table), [""; 0]);
    refuses(own, &table, "burst_refusals = 20", "burst_refusal = 20", ".10.2.1.4.burst_refusal is not known");
}

#[test]
fn settings_keep_their_comments_and_definitions_name_everything() {
    let made = made();
    let schema: Value = serde_json::from_str(&made["settings.pci-dss-4.0.1.schema.json"]).unwrap();
    let pack = trailwitness::rules::Pack::load("pci-dss-4.0.1", &[], None).unwrap();
    for (name, value) in pack.settings.iter() {
        let told = &schema["properties"][name];
        assert_eq!(told["description"].as_str(), pack.settings.words(name), "{name}");
        let kind = match value {
            Setting::Truth(_) => "boolean",
            Setting::Number(_) => "integer",
            Setting::Text(_) => "string",
            Setting::Texts(_) => "array",
        };
        assert_eq!(told["type"], kind, "{name}");
    }
    let definitions = &made["trailwitness.d.rhai"];
    for facts in api::FIELDS {
        assert!(definitions.contains(&format!("    /// {}\n", facts.words)), "{}", facts.name);
        assert!(definitions.contains(&format!("\n    {}: ", facts.name)), "{}", facts.name);
    }
    for facts in api::FUNCTIONS {
        assert!(definitions.contains(&format!("\nfn {}(", facts.name)), "{}", facts.name);
    }
    for name in ["access: Access", "run: Run", "settings: Settings"] {
        assert!(definitions.contains(&format!("\nconst {name};\n")), "{name}");
    }
}

#[test]
fn the_sample_configuration_ties_every_schema_to_its_files() {
    let made = made();
    let sample: toml::Table = toml::from_str(&made[".taplo.toml"]).unwrap();
    let rules = sample["rule"].as_array().unwrap();
    let tied: Vec<&str> = rules.iter().map(|rule| rule["schema"]["path"].as_str().unwrap()).collect();
    let schemas: Vec<String> = made
        .keys()
        .filter(|name| name.ends_with(".schema.json"))
        .map(|name| format!("editor/{name}"))
        .collect();
    assert!(schemas.iter().all(|schema| tied.contains(&schema.as_str())) && tied.len() == schemas.len());
}

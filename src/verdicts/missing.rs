//! What audit.toml would have to state. Comes in: the name that `requires` gives a fact, and the classes of tables that
//! the test is about. Goes out: the key that a reader finds in audit.toml, and a sentence. It judges nothing.

use crate::audit::SnapshotKind;

/// Lists of tables of audit.toml, by the name that `requires` gives them.
const LISTS: [(&str, &str); 3] =
    [("tables.declared", "table"), ("workloads", "workload"), ("third_parties", "third_party")];

/// The fact that the logs show, not audit.toml.
pub const KEY_EVENTS: &str = "logs.key-events";

/// The key of audit.toml that states a fact, as it is written there: `[records] roster`.
pub fn key(fact: &str, classes: &[String]) -> String {
    if let Some((_, list)) = LISTS.iter().find(|(name, _)| *name == fact) {
        return format!("[[{list}]]");
    }
    match fact.split_once('.') {
        Some(("tables", _)) => format!("[[table]] data = {}", any_of(&named(fact, classes))),
        Some(("snapshots", objects)) => {
            format!("[[snapshot]] kind = {}", any_of(&kinds(objects.trim_end_matches('s'))))
        }
        Some(("logs", "objects-logged")) => {
            format!("[[snapshot]] kind = \"{}\"", SnapshotKind::EventSelectors.word())
        }
        Some((section, key)) => format!("[{section}] {key}"),
        None => format!("[{fact}]"),
    }
}

/// What is missing and what to do about it.
pub fn words(fact: &str, classes: &[String]) -> String {
    match fact.split_once('.') {
        Some(("logs", "objects-logged")) => {
            format!(
                "nothing shows that S3 object events of every bucket of `buckets` under `[logs]` are logged: a [[snapshot]] \
                 of kind \"{}\" with these objects does, or the logs of the trail that selects them",
                SnapshotKind::EventSelectors.word()
            )
        }
        Some(("logs", "key-events")) => {
            "the selectors of a trail leave out key events (kms.amazonaws.com), so the use of keys is not fully logged"
                .to_owned()
        }
        Some(("tables", "declared")) => "audit.toml declares no table: each needs a [[table]]".to_owned(),
        Some(("tables", _)) => format!(
            "no [[table]] of audit.toml has data = {}: declare the tables that hold such data",
            any_of(&named(fact, classes))
        ),
        Some(("snapshots", objects)) => {
            let object = objects.trim_end_matches('s');
            format!(
                "audit.toml names no saved settings of a {object}: [[snapshot]] with kind = {}",
                any_of(&kinds(object))
            )
        }
        Some((section, key)) => format!("audit.toml does not state `{key}` under `[{section}]`"),
        None => format!("audit.toml has no `{}`", key(fact, classes)),
    }
}

/// The classes that a fact about tables means.
fn named(fact: &str, classes: &[String]) -> Vec<String> {
    match fact.strip_prefix("tables.") {
        None | Some("scope") => classes.to_vec(),
        Some(class) => vec![class.to_owned()],
    }
}

/// The kinds of saved answers about such an object.
fn kinds(object: &str) -> Vec<String> {
    let about = SnapshotKind::ALL
        .into_iter()
        .filter(|kind| *kind != SnapshotKind::EventSelectors && kind.object() == object);
    about.map(|kind| kind.word().to_owned()).collect()
}

/// `"trail" or "trail-status"`.
fn any_of(words: &[String]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::FACTS;

    fn health() -> Vec<String> {
        vec!["health".to_owned()]
    }

    /// The keys of a section, and whether it is a list, by the schema that editors get.
    fn section(schema: &serde_json::Value, name: &str) -> Option<(Vec<String>, bool)> {
        let property = schema["properties"].get(name)?;
        let text = property.to_string();
        let named = text.split("#/$defs/").nth(1)?.split('"').next()?.to_owned();
        let keys = schema["$defs"][&named]["properties"].as_object()?.keys().cloned().collect();
        Some((keys, text.contains("\"array\"")))
    }

    /// A reader must find what a reason names: `tables.scope` was no key of audit.toml.
    #[test]
    fn each_fact_leads_to_a_key_of_audit_toml() {
        let schema = schemars::schema_for!(crate::audit::File).to_value();
        for fact in FACTS.iter().filter(|fact| **fact != KEY_EVENTS) {
            let told = key(fact, &health());
            let list = told.starts_with("[[");
            let (name, rest) = told.trim_start_matches('[').split_once(']').unwrap();
            let (keys, is_list) = section(&schema, name).unwrap_or_else(|| panic!("{fact}: no [{name}]"));
            assert_eq!(list, is_list, "{fact}: {told}");
            let member = rest.trim_start_matches(']').split('=').next().unwrap_or_default().trim();
            assert!(member.is_empty() || keys.iter().any(|key| key == member), "{fact}: {told}");
            let words = words(fact, &health());
            assert!(words.contains(&format!("[{name}]")), "{fact}: {words}");
            assert!(words.contains(member), "{fact}: {words}");
        }
    }

    #[test]
    fn tables_of_no_class_are_told_by_their_classes() {
        let told = words("tables.scope", &["health".to_owned(), "personal".to_owned()]);
        assert!(
            told.starts_with("no [[table]] of audit.toml has data = \"health\" or \"personal\""),
            "{told}"
        );
        assert_eq!(key("tables.scope", &health()), "[[table]] data = \"health\"");
        assert_eq!(key("tables.cardholder", &health()), "[[table]] data = \"cardholder\"");
    }
}

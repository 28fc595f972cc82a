//! Everything a rule may see or call, in one place: name, type, words and example. Getters, lint and the printed
//! reference are made from these tables, so they cannot disagree. Nothing here runs a rule.

mod fields;
mod functions;

use std::sync::Arc;

use super::run::List;
pub use fields::{FIELDS, Field, FieldFacts};
pub use functions::{FUNCTIONS, FunctionFacts, Shape};

/// Text as scripts hold it: cheap to clone.
pub type Text = rhai::ImmutableString;

/// A short list of texts, such as the groups of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts(pub Arc<[Text]>);

/// The value of one field of an access.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text; empty when the record has none.
    Text(Text),
    /// True or false.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// Several texts.
    Texts(Texts),
}

/// What a name stands for in a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// True or false.
    Truth,
    /// A whole number.
    Number,
    /// A list of texts.
    Texts,
    /// A list of objects of a run.
    List(List),
}

/// Where a field lives: shared by many accesses, or in each row alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Takes few values: a test that reads only these is computed once a shape.
    Shape,
    /// Differs from access to access: makes a test run once a row of its population.
    Row,
}

/// What offers the fields of one access.
pub trait Fields {
    /// The value of a field; its kind must be the one of the table in this module.
    fn field(&self, field: Field) -> Value;
}

/// A named member of a run or of an object of a run.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Name in scripts.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it says.
    pub words: &'static str,
    /// An example value.
    pub example: &'static str,
    /// The only texts it can hold; empty where anything can stand.
    pub values: &'static [&'static str],
}

impl Value {
    /// The kind of this value.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Text(_) => Kind::Text,
            Value::Truth(_) => Kind::Truth,
            Value::Number(_) => Kind::Number,
            Value::Texts(_) => Kind::Texts,
        }
    }
}

impl Kind {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Truth => "true or false",
            Kind::Number => "number",
            Kind::Texts => "list of text",
            Kind::List(_) => "list",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Truth(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(number)
    }
}

impl From<&[&str]> for Value {
    fn from(texts: &[&str]) -> Self {
        Value::Texts(Texts(texts.iter().map(|text| Text::from(*text)).collect()))
    }
}

/// The reference of everything a rule may use, as plain text (`packs explain --api`).
pub fn reference() -> String {
    let mut out = String::from("access: one access, seen by population(access) and expect(access)\n");
    for level in [Level::Shape, Level::Row] {
        out.push_str(match level {
            Level::Shape => "\n  computed once for all accesses that agree in these fields\n",
            Level::Row => {
                "\n  a test that reads one of these is computed for each access of its population\n"
            }
        });
        for facts in FIELDS.iter().filter(|facts| facts.level == level) {
            entry(&mut out, &format!("access.{}", facts.name), facts.kind, facts.words, facts.example);
            if !facts.values.is_empty() {
                out.push_str(&format!("      one of: {}\n", facts.values.join(", ")));
            }
        }
    }
    for (place, (object, words, members)) in super::run::OBJECTS.iter().enumerate() {
        out.push_str(&format!("\n{object}: {words}\n"));
        // Two lists may hold objects of one kind.
        if super::run::OBJECTS.iter().take(place).any(|(other, ..)| other == object) {
            out.push_str("  with the members told above\n");
            continue;
        }
        for member in *members {
            entry(&mut out, &format!("{object}.{}", member.name), member.kind, member.words, member.example);
            if !member.values.is_empty() {
                out.push_str(&format!("      one of: {}\n", member.values.join(", ")));
            }
        }
    }
    out.push_str("\nfunctions\n");
    for facts in FUNCTIONS {
        out.push_str(&format!(
            "  {}\n      {}\n      example: {}\n",
            facts.signature, facts.words, facts.example
        ));
    }
    out
}

fn entry(out: &mut String, name: &str, kind: Kind, words: &str, example: &str) {
    let kind = match kind {
        Kind::List(list) => format!("list of {}", list.plural()),
        other => other.as_str().to_owned(),
    };
    out.push_str(&format!("  {name} ({kind})\n      {words}\n      example: {example}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_told_once_with_words_and_example() {
        let text = reference();
        for facts in FIELDS {
            assert!(text.contains(&format!("  access.{} (", facts.name)), "{}", facts.name);
            assert!(!facts.words.is_empty() && !facts.example.is_empty(), "{}", facts.name);
        }
        let mut names: Vec<_> = FIELDS.iter().map(|facts| facts.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FIELDS.len());
    }

    #[test]
    fn examples_of_closed_fields_are_among_their_values() {
        for facts in FIELDS.iter().filter(|facts| !facts.values.is_empty() && facts.kind == Kind::Text) {
            assert!(facts.values.contains(&facts.example), "{}", facts.name);
        }
    }

    #[test]
    fn a_field_finds_its_own_facts() {
        for (index, facts) in FIELDS.iter().enumerate() {
            assert_eq!(facts.field as usize, index);
            assert_eq!(facts.field.facts().name, facts.name);
            assert_eq!(Field::named(facts.name), Some(facts.field));
        }
    }
}

//! The key asked for, and how far a recorded key is it. The log states key values as text without their types
//! (cloudtrail-records §6.4), so texts are compared; a stated type decides how numbers and binary values compare.

use std::borrow::Cow;

use base64::Engine;

use super::Refusal;
use super::schema::Schema;
use crate::error::place;
pub use crate::events::keys::is_hidden;
use crate::records::scan::Json;

/// Type of a key attribute, as DynamoDB writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text.
    S,
    /// Number.
    N,
    /// Binary, written as base64.
    B,
}

impl Type {
    /// Reads the letter.
    pub fn of(letter: &str) -> Option<Type> {
        match letter {
            "S" => Some(Type::S),
            "N" => Some(Type::N),
            "B" => Some(Type::B),
            _ => None,
        }
    }
}

/// A value asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its type, where one is stated.
    pub kind: Option<Type>,
    /// Its text.
    pub text: String,
}

/// Why a recorded value may be the one asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// The record hides it.
    Hidden,
    /// It is the same number in another spelling, and nothing tells that the attribute is a number.
    Spelling,
    /// The value fits, but not which attribute it belongs to.
    Unnamed,
}

/// How far a recorded value or key is the one asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Same {
    /// It is.
    Yes,
    /// It may be.
    Perhaps(Doubt),
    /// It is another.
    No,
}

impl Same {
    /// Both must hold.
    #[must_use]
    pub fn and(self, other: Same) -> Same {
        match (self, other) {
            (Same::No, _) | (_, Same::No) => Same::No,
            (Same::Perhaps(doubt), _) | (_, Same::Perhaps(doubt)) => Same::Perhaps(doubt),
            (Same::Yes, Same::Yes) => Same::Yes,
        }
    }
}

impl Value {
    /// Compares with a value as recorded.
    pub fn is(&self, recorded: &str) -> Same {
        if self.text == recorded {
            return Same::Yes;
        }
        if is_hidden(recorded) {
            return Same::Perhaps(Doubt::Hidden);
        }
        let equal = |same: bool| if same { Same::Yes } else { Same::No };
        match self.kind {
            Some(Type::S) => Same::No,
            Some(Type::N) => equal(same_number(&self.text, recorded)),
            Some(Type::B) if recorded.starts_with(['{', '[']) => Same::Perhaps(Doubt::Hidden),
            Some(Type::B) => equal(same_bytes(&self.text, recorded)),
            None if same_number(&self.text, recorded) => Same::Perhaps(Doubt::Spelling),
            None => Same::No,
        }
    }
}

fn same_number(one: &str, other: &str) -> bool {
    number(one).is_some_and(|one| number(other) == Some(one))
}

/// A decimal number as sign, digits without zeros at either end, and the power of ten behind them.
fn number(text: &str) -> Option<(bool, String, i64)> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ended = digits.trim_end_matches('0');
    if ended.is_empty() {
        return Some((false, String::new(), 0));
    }
    let cut = i64::try_from(digits.len() - ended.len()).ok()?;
    let power = i64::from(exponent) - i64::try_from(part.len()).ok()? + cut;
    Some((negative, ended.trim_start_matches('0').to_owned(), power))
}

fn same_bytes(one: &str, other: &str) -> bool {
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let bytes = |text: &str| engine.decode(text.trim_end_matches('=')).ok();
    bytes(one).is_some_and(|one| bytes(other) == Some(one))
}

/// The key asked for: all items whose key holds these values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Attributes with their values; without a name where neither the question nor the records tell it.
    pub parts: Vec<(Option<String>, Value)>,
}

impl Asked {
    /// Reads what was typed, with what is known of the table's keys.
    ///
    /// # Errors
    /// When it names an attribute that is no key, or leaves open which attribute a value belongs to.
    pub fn read(typed: &[String], schema: Option<&Schema>) -> Result<Asked, Refusal> {
        let mut parts: Vec<(Option<String>, Value)> = Vec::new();
        for text in typed {
            match object(text) {
                Some(members) => parts.extend(members.into_iter().map(|(name, value)| (Some(name), value))),
                None => parts.push(part(text, schema)?),
            }
        }
        name_parts(&mut parts, schema)?;
        if let Some(schema) = schema {
            for (name, value) in &mut parts {
                check(name.as_deref(), schema)?;
                value.kind = value.kind.or_else(|| schema.kind(name.as_deref()?));
            }
        }
        let mut names: Vec<&str> = parts.iter().filter_map(|(name, _)| name.as_deref()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair.first() == pair.last()).and_then(<[_]>::first)
        {
            return Err(Refusal::new(
                format!("the key states {twice} twice"),
                "state each attribute once, as NAME=VALUE",
            ));
        }
        Ok(Asked { parts })
    }

    /// As shown: `pk=PAT-1 sk=2026`.
    pub fn words(&self) -> String {
        let part = |(name, value): &(Option<String>, Value)| match name {
            Some(name) => format!("{name}={}", value.text),
            None => value.text.clone(),
        };
        self.parts.iter().map(part).collect::<Vec<_>>().join(" ")
    }

    /// Whether it leaves out key attributes that the table has: then it stands for several items.
    pub fn is_part_of(&self, schema: &Schema) -> bool {
        self.parts.len() < schema.names.len()
    }

    /// Compares with one recorded key, in the form of `events::keys`.
    pub fn is(&self, recorded: &str) -> Same {
        let object =
            Json::first(recorded, 0).ok().map(|(object, _)| object).filter(|object| object.is_object());
        // What stands where a key should be and is none was put there in its place.
        let Some(object) = object else { return Same::Perhaps(Doubt::Hidden) };
        let members: Vec<(&str, Cow<'_, str>)> = object
            .members()
            .map_while(Result::ok)
            .map(|(name, value)| (name, value.plain().unwrap_or(Cow::Borrowed(value.raw()))))
            .collect();
        self.parts
            .iter()
            .fold(Same::Yes, |same, (name, value)| same.and(one(name.as_deref(), value, &members)))
    }
}

fn one(name: Option<&str>, value: &Value, members: &[(&str, Cow<'_, str>)]) -> Same {
    match (name, members) {
        (Some(name), _) => {
            let found = members.iter().find(|(known, _)| *known == name);
            found.map_or(Same::No, |(_, recorded)| value.is(recorded))
        }
        (None, [(_, recorded)]) => value.is(recorded),
        (None, _) if members.iter().any(|(_, recorded)| value.is(recorded) != Same::No) => {
            Same::Perhaps(Doubt::Unnamed)
        }
        (None, _) => Same::No,
    }
}

/// `{"pk": "a", "sk": {"N": "1"}}`; nothing for any other text.
fn object(text: &str) -> Option<Vec<(String, Value)>> {
    let trimmed = text.trim();
    let (json, end) = Json::first(trimmed, 0).ok().filter(|(json, _)| json.is_object())?;
    let members: Result<Vec<_>, _> = json.members().collect();
    let members = members.ok().filter(|members| !members.is_empty() && end == trimmed.len())?;
    members.into_iter().map(|(name, value)| Some((name.to_owned(), typed(value)?))).collect()
}

/// A plain value, or `{"S": "…"}`.
fn typed(value: Json<'_>) -> Option<Value> {
    if let Some(plain) = value.plain() {
        return Some(Value { kind: None, text: plain.into_owned() });
    }
    let mut members = value.members().map_while(Result::ok);
    let (Some((letter, inner)), None) = (members.next(), members.next()) else { return None };
    Some(Value { kind: Some(Type::of(letter)?), text: inner.plain()?.into_owned() })
}

/// `NAME=VALUE`, or a value alone. What stands before `=` is a name only where the table has such an attribute, or where
/// nothing is known of its keys: values may hold `=` too. A name that is nearly right is refused, for as a value it would
/// find nothing.
fn part(text: &str, schema: Option<&Schema>) -> Result<(Option<String>, Value), Refusal> {
    let written = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let is_name = |name: &str| match schema {
        Some(schema) => schema.has(name) || schema.names.len() > 1,
        None => name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-#".contains(&byte)),
    };
    let named = written.filter(|(name, _)| is_name(name));
    if let (None, Some((name, _)), Some(schema)) = (named, written, schema)
        && let Some(near) = place::nearest(name, schema.names.iter().map(String::as_str))
    {
        return Err(Refusal::new(
            format!("the table's keys have no attribute {name:?}"),
            format!("did you mean {near}? If the value itself begins like this, write {near}={text}"),
        ));
    }
    let (name, text) = named.map_or((None, text), |(name, rest)| (Some(name.to_owned()), rest));
    let plain = || Value { kind: None, text: text.to_owned() };
    let whole = Json::first(text, 0).ok().filter(|(json, end)| json.is_object() && *end == text.len());
    Ok((name, whole.and_then(|(json, _)| typed(json)).unwrap_or_else(plain)))
}

/// Gives values without a name the attributes that the table's keys have, where that can be told.
fn name_parts(parts: &mut [(Option<String>, Value)], schema: Option<&Schema>) -> Result<(), Refusal> {
    let open = parts.iter().filter(|(name, _)| name.is_none()).count();
    let (Some(schema), true) = (schema, open > 0) else {
        return if parts.len() > 1 && open > 0 {
            Err(Refusal::new(
                "which attribute each value belongs to is not known",
                "write each part of the key as NAME=VALUE",
            ))
        } else {
            Ok(())
        };
    };
    if open == parts.len() && (schema.names.len() == 1 || schema.ordered) && open <= schema.names.len() {
        for ((name, _), known) in parts.iter_mut().zip(&schema.names) {
            *name = Some(known.clone());
        }
        return Ok(());
    }
    if parts.len() > schema.names.len() {
        let (given, names) = (parts.len(), schema.names.join(", "));
        return Err(Refusal::new(
            format!("{given} values are given, and the table's keys have only {names} ({})", schema.from),
            "put a value with spaces between quotation marks",
        ));
    }
    Err(Refusal::new(
        format!(
            "which of the key's attributes ({}) a value belongs to is not known",
            schema.names.join(", ")
        ),
        format!("write each part as NAME=VALUE, for example {}=…", schema.names.join("=… ")),
    ))
}

fn check(name: Option<&str>, schema: &Schema) -> Result<(), Refusal> {
    match name {
        Some(name) if !schema.has(name) => Err(Refusal::new(
            format!("the table's keys have no attribute {name:?}"),
            format!("they have {} ({})", schema.names.join(" and "), schema.from),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(names: &[&str], ordered: bool) -> Schema {
        Schema { names: names.iter().map(|name| (*name).to_owned()).collect(), ordered, ..Schema::default() }
    }

    fn asked(typed: &[&str], schema: Option<&Schema>) -> Result<Asked, Refusal> {
        let typed: Vec<String> = typed.iter().map(|text| (*text).to_owned()).collect();
        Asked::read(&typed, schema)
    }

    #[test]
    fn a_key_is_read_in_every_form_it_is_typed_in() {
        let both = schema(&["pk", "sk"], true);
        let expected = asked(&["pk=a", "sk=1"], Some(&both)).unwrap();
        for typed in [&["a", "1"][..], &[r#"{"pk":"a","sk":1}"#], &[r#"{"pk":"a","sk":"1"}"#]] {
            assert_eq!(asked(typed, Some(&both)).unwrap(), expected, "{typed:?}");
        }
        let typed = asked(&[r#"pk={"S":"a"}"#, r#"sk={"N":"1"}"#], Some(&both)).unwrap();
        assert_eq!(typed, asked(&[r#"{"pk":{"S":"a"},"sk":{"N":"1"}}"#], Some(&both)).unwrap());
        assert_eq!(typed.parts[1].1.kind, Some(Type::N));
        assert_eq!(typed.words(), "pk=a sk=1");
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        let one = schema(&["hash"], false);
        let read = asked(&["dPDbaz=="], Some(&one)).unwrap();
        assert_eq!(
            read.parts,
            [(Some("hash".to_owned()), Value { kind: None, text: "dPDbaz==".to_owned() })]
        );
        assert_eq!(asked(&["hash=a=b"], Some(&one)).unwrap().words(), "hash=a=b");
        assert!(asked(&["hahs=a"], Some(&one)).is_err(), "a slip of the name must not find nothing");
    }

    #[test]
    fn what_belongs_to_no_attribute_is_refused() {
        let both = schema(&["pk", "sk"], false);
        for typed in [&["a"][..], &["a", "1"], &["pk=a", "1"], &["id=a"], &["pk=a", "pk=b"]] {
            assert!(asked(typed, Some(&both)).is_err(), "{typed:?}");
        }
        assert!(asked(&["a", "b"], None).is_err());
        assert_eq!(asked(&["a"], None).unwrap().parts[0].0, None);
    }

    #[test]
    fn recorded_keys_are_told_apart_exactly() {
        let number = |kind| Value { kind, text: "42".to_owned() };
        for (kind, recorded, expected) in [
            (None, "42", Same::Yes),
            (None, "42.0", Same::Perhaps(Doubt::Spelling)),
            (Some(Type::N), "4.20e1", Same::Yes),
            (Some(Type::N), "042", Same::Yes),
            (Some(Type::N), "-42", Same::No),
            (Some(Type::N), "420", Same::No),
            (Some(Type::S), "42.0", Same::No),
            (None, "4 2", Same::No),
            (Some(Type::S), "***(Redacted)", Same::Perhaps(Doubt::Hidden)),
            (None, "HIDDEN_DUE_TO_SECURITY_REASONS", Same::Perhaps(Doubt::Hidden)),
        ] {
            assert_eq!(number(kind).is(recorded), expected, "{kind:?} {recorded}");
        }
        let bytes = Value { kind: Some(Type::B), text: "AQI=".to_owned() };
        assert_eq!((bytes.is("AQI"), bytes.is("AQM=")), (Same::Yes, Same::No));
        let whole = Asked { parts: vec![(Some("pk".to_owned()), number(None))] };
        assert_eq!(whole.is(r#"{"pk":"42","sk":"1"}"#), Same::Yes);
        assert_eq!(whole.is(r#"{"sk":"42"}"#), Same::No);
        assert_eq!(whole.is("HIDDEN_DUE_TO_SECURITY_REASONS"), Same::Perhaps(Doubt::Hidden));
        let unnamed = Asked { parts: vec![(None, number(None))] };
        assert_eq!(unnamed.is(r#"{"pk":"42"}"#), Same::Yes);
        assert_eq!(unnamed.is(r#"{"pk":"42","sk":"1"}"#), Same::Perhaps(Doubt::Unnamed));
    }
}

//! What a key condition or a WHERE clause pins down: which attributes must equal which readable values. Comes in: the
//! text, or the request of a Query. Goes out: a [`Condition`]. What cannot be read for certain pins nothing and excludes
//! nothing (cloudtrail-records §6.2, §6.4).

use std::borrow::Cow;

use super::key::{Asked, Doubt, Same, is_hidden};
use crate::records::scan::Json;

/// One of the terms that all must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Attribute.
    pub attribute: String,
    /// It must equal the value; else it is compared in another way.
    pub equal: bool,
    /// The value, where the record states it.
    pub value: Option<String>,
}

/// A condition: terms that all must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// The terms that could be read.
    pub terms: Vec<Term>,
    /// Nothing but these terms is asked.
    pub whole: bool,
}

/// How a condition stands to the key asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    /// It asks for another key.
    Not,
    /// It asks for this key and nothing else.
    Exactly,
    /// It asks for this key and more must hold.
    WithMore,
    /// It may ask for this key.
    Perhaps(Doubt),
    /// It takes in this key among others, or cannot be read.
    Openly,
}

impl Condition {
    /// The condition of a statement: the text behind WHERE.
    pub fn of_statement(text: &str) -> Condition {
        Condition::of_tokens(&tokens(text))
    }

    /// The key condition of a Query.
    pub fn of_query(request: Json<'_>) -> Condition {
        let key = request.get_folded("key").filter(|key| key.is_object());
        let stated = request.get_folded("keyConditionExpression").and_then(Json::text);
        if let Some(text) = stated {
            let names = request.get_folded("expressionAttributeNames");
            let mut condition = Condition::of_statement(&text);
            for term in &mut condition.terms {
                term.fill(names, key);
            }
            return condition;
        }
        if let Some(legacy) = request.get_folded("keyConditions").filter(|legacy| legacy.is_object()) {
            let terms =
                legacy.members().map_while(Result::ok).map(|(name, told)| legacy_term(name, told, key));
            return Condition { terms: terms.collect(), whole: true };
        }
        // A key condition always has one attribute that must be equal; with two it is not told which.
        let members: Vec<(&str, Json<'_>)> =
            key.into_iter().flat_map(Json::members).map_while(Result::ok).collect();
        let single = members.len() == 1;
        let term = |(name, value): (&str, Json<'_>)| Term {
            attribute: name.to_owned(),
            equal: single,
            value: value_text(value),
        };
        Condition { whole: single, terms: members.into_iter().map(term).collect() }
    }

    fn of_tokens(tokens: &[Token<'_>]) -> Condition {
        let mut condition = Condition { terms: Vec::new(), whole: true };
        for part in conjuncts(tokens) {
            let Some(part) = part else { return Condition::default() };
            match Term::read(part) {
                Some(term) => condition.terms.push(term),
                None => condition.whole = false,
            }
        }
        condition.whole &= !condition.terms.is_empty();
        condition
    }

    /// How it stands to a key.
    pub fn covers(&self, asked: &Asked) -> Covers {
        let (mut pinned, mut doubt) = (0, None);
        for (name, value) in &asked.parts {
            let is_it = |term: &&Term| term.equal && name.as_ref().is_none_or(|name| term.attribute == *name);
            let values = self.terms.iter().filter(is_it).filter_map(|term| term.value.as_deref());
            let sames: Vec<Same> = values.map(|recorded| value.is(recorded)).collect();
            // A value without a name may belong to any attribute: another one's value excludes nothing.
            if name.is_some() && sames.contains(&Same::No) {
                return Covers::Not;
            }
            match sames.iter().find(|same| **same != Same::No) {
                Some(Same::Yes) => pinned += 1,
                Some(Same::Perhaps(found)) => doubt = Some(*found),
                _ => {}
            }
        }
        match (pinned == asked.parts.len(), doubt) {
            (true, _) if self.whole && self.terms.len() == pinned => Covers::Exactly,
            (true, _) => Covers::WithMore,
            (false, Some(doubt)) => Covers::Perhaps(doubt),
            (false, None) => Covers::Openly,
        }
    }
}

/// The legacy form: `{attribute: {comparisonOperator, attributeValueList}}`.
fn legacy_term(name: &str, told: Json<'_>, key: Option<Json<'_>>) -> Term {
    let equal = told.get_folded("comparisonOperator").and_then(Json::text).is_some_and(|word| word == "EQ");
    let listed = told.get_folded("attributeValueList").and_then(|list| list.items().next()?.ok());
    let value = key.and_then(|key| key.get(name)).or(listed).and_then(value_text);
    Term { attribute: name.to_owned(), equal, value }
}

/// A value of a key as text, typed or not; nothing for one that is hidden.
fn value_text(value: Json<'_>) -> Option<String> {
    let typed = || value.members().map_while(Result::ok).next().and_then(|(_, inner)| inner.plain());
    let text = value.plain().or_else(typed)?;
    (!is_hidden(&text)).then(|| text.into_owned())
}

impl Term {
    /// Puts names and values in place of placeholders.
    fn fill(&mut self, names: Option<Json<'_>>, key: Option<Json<'_>>) {
        if self.attribute.starts_with('#')
            && let Some(name) = names.and_then(|names| names.get(&self.attribute)?.text())
        {
            self.attribute = name.into_owned();
        }
        if self.value.is_none() && self.equal {
            self.value = key.and_then(|key| key.get(&self.attribute)).and_then(value_text);
        }
    }

    fn read(tokens: &[Token<'_>]) -> Option<Term> {
        let equal = |name: &str, value: &Token<'_>| Term {
            attribute: name.to_owned(),
            equal: true,
            value: value.value(),
        };
        match tokens {
            [Token::Name(name), Token::Sign("="), value] if value.is_value() => Some(equal(name, value)),
            [value, Token::Sign("="), Token::Name(name)] if value.is_value() => Some(equal(name, value)),
            [Token::Name(_), Token::Sign("("), Token::Name(name), Token::Sign(","), .., Token::Sign(")")] => {
                Some(Term { attribute: name.clone(), equal: false, value: None })
            }
            [Token::Name(name), Token::Sign("<" | ">"), ..] => {
                Some(Term { attribute: name.clone(), equal: false, value: None })
            }
            [Token::Name(name), Token::Name(word), ..] if is_word(word, &["BETWEEN", "IN"]) => {
                Some(Term { attribute: name.clone(), equal: false, value: None })
            }
            _ => None,
        }
    }
}

/// A piece of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token<'t> {
    /// A name or word.
    Name(String),
    /// A readable value.
    Value(Cow<'t, str>),
    /// A placeholder or a value that the log hides.
    Hidden,
    /// A sign.
    Sign(&'t str),
}

impl Token<'_> {
    fn is_value(&self) -> bool {
        matches!(self, Token::Value(_) | Token::Hidden)
    }

    fn value(&self) -> Option<String> {
        match self {
            Token::Value(text) => Some(text.to_string()),
            _ => None,
        }
    }
}

fn is_word(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = token(rest, first);
        found.push(token);
        rest = rest.get(length..).unwrap_or("").trim_start();
    }
    found
}

const REDACTED: &str = "***(Redacted)";

fn token(rest: &str, first: char) -> (Token<'_>, usize) {
    match first {
        '\'' | '"' => {
            let (text, length) = quoted(rest, first);
            let token = match first {
                '"' => Token::Name(text),
                _ if is_hidden(&text) => Token::Hidden,
                _ => Token::Value(Cow::Owned(text)),
            };
            (token, length)
        }
        '*' if rest.starts_with(REDACTED) => (Token::Hidden, REDACTED.len()),
        '?' => (Token::Hidden, 1),
        _ if first.is_alphanumeric() || matches!(first, '_' | '#' | ':' | '-' | '.') => word(rest),
        _ => (Token::Sign(rest.get(..first.len_utf8()).unwrap_or("")), first.len_utf8()),
    }
}

/// Text between quotes; a quote inside is written twice.
fn quoted(rest: &str, quote: char) -> (String, usize) {
    let mut text = String::new();
    let mut at = 1;
    while let Some(next) = rest.get(at..).and_then(|rest| rest.chars().next()) {
        at += next.len_utf8();
        if next != quote {
            text.push(next);
        } else if rest.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            text.push(quote);
            at += 1;
        } else {
            break;
        }
    }
    (text, at)
}

fn word(rest: &str) -> (Token<'_>, usize) {
    let in_word = |letter: char| letter.is_alphanumeric() || "_#:-.".contains(letter);
    let length = rest.find(|letter| !in_word(letter)).unwrap_or(rest.len());
    let text = rest.get(..length).unwrap_or("");
    let is_number = text.parse::<f64>().is_ok() && !text.starts_with(|letter: char| letter.is_alphabetic());
    let token = if text.starts_with(':') {
        Token::Hidden
    } else if is_number || is_word(text, &["true", "false"]) {
        Token::Value(Cow::Borrowed(text))
    } else {
        Token::Name(text.to_owned())
    };
    (token, length)
}

/// The parts between ANDs; a `None` among them says that something else than AND joins them. What follows the condition
/// (ORDER BY, RETURNING, a bracket that closes what opened before it) ends it.
fn conjuncts<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<Option<&'t [Token<'a>]>> {
    let (mut parts, mut start, mut depth, mut between) = (Vec::new(), 0, 0_u32, false);
    let mut end = tokens.len();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") if depth == 0 => {
                end = at;
                break;
            }
            Token::Sign(")" | "]" | "}") => depth -= 1,
            Token::Name(word) if is_word(word, &["OR", "NOT"]) => parts.push(None),
            Token::Name(word) if depth == 0 && is_word(word, &["ORDER", "RETURNING"]) => {
                end = at;
                break;
            }
            Token::Name(word) if depth == 0 && is_word(word, &["BETWEEN"]) => between = true,
            Token::Name(word) if depth == 0 && is_word(word, &["AND"]) => {
                if between {
                    between = false;
                } else {
                    parts.push(tokens.get(start..at));
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    if start < end {
        parts.push(tokens.get(start..end));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traces::schema::Schema;

    fn asked(typed: &[&str], names: &[&str]) -> Asked {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let typed: Vec<String> = typed.iter().map(|text| (*text).to_owned()).collect();
        Asked::read(&typed, Some(&Schema { names, ..Schema::default() })).unwrap()
    }

    #[test]
    fn a_where_clause_names_an_item_only_by_its_whole_key() {
        let item = asked(&["pk=a", "sk=1"], &["pk", "sk"]);
        for (text, expected) in [
            ("pk = 'a' AND sk = 1", Covers::Exactly),
            ("\"sk\"='1' and 'a' = pk RETURNING ALL OLD *", Covers::Exactly),
            ("pk='a' AND sk='1')", Covers::Exactly),
            ("pk = 'a' AND sk = '1' AND state = '***(Redacted)'", Covers::WithMore),
            ("pk = 'a' AND sk = '1' AND contains(note, ***(Redacted))", Covers::WithMore),
            ("pk = 'a'", Covers::Openly),
            ("pk = 'a' AND begins_with(sk, '2')", Covers::Openly),
            ("pk = 'a' AND sk BETWEEN '0' AND '2'", Covers::Openly),
            ("pk = 'a' AND sk = ?", Covers::Openly),
            ("pk = 'a' AND sk = ***(Redacted)", Covers::Openly),
            ("pk = 'a' AND sk = 1.0", Covers::Perhaps(Doubt::Spelling)),
            ("pk = 'b' AND sk = '1'", Covers::Not),
            ("pk = 'b' AND begins_with(sk, '1')", Covers::Not),
            ("pk = 'b' OR sk = '1'", Covers::Openly),
            ("(pk = 'b')", Covers::Openly),
            ("NOT pk = 'a'", Covers::Openly),
            ("pk IN ['b']", Covers::Openly),
            ("pk = 'a''b' AND sk = '1'", Covers::Not),
            ("'pk' = 'b'", Covers::Openly),
            ("", Covers::Openly),
        ] {
            assert_eq!(Condition::of_statement(text).covers(&item), expected, "{text}");
        }
    }

    #[test]
    fn a_query_is_read_with_its_names_and_its_key() {
        let item = asked(&["pk=a"], &["pk"]);
        for (request, expected) in [
            (
                r##"{"key":{"pk":"a"},"keyConditionExpression":"#k = :k","expressionAttributeNames":{"#k":"pk"}}"##,
                Covers::Exactly,
            ),
            (r#"{"key":{"pk":"a"}}"#, Covers::Exactly),
            (r#"{"key":{"pk":{"S":"b"}}}"#, Covers::Not),
            (
                r##"{"key":{"pk":"b"},"keyConditionExpression":"#k = :k","expressionAttributeNames":{"#k":"pk"}}"##,
                Covers::Not,
            ),
            (
                r#"{"key":{"pk":"a","sk":"1"},"keyConditionExpression":"pk = :k AND sk > :s"}"#,
                Covers::WithMore,
            ),
            (
                r#"{"key":{"pk":"b","day":"1"},"keyConditionExpression":"day = :k AND pk > :s"}"#,
                Covers::Openly,
            ),
            (r#"{"key":{"pk":"b","day":"1"}}"#, Covers::Openly),
            (r#"{"keyConditionExpression":"pk = :k"}"#, Covers::Openly),
            (r#"{"key":{"state":"open"}}"#, Covers::Openly),
            (
                r#"{"keyConditions":{"pk":{"comparisonOperator":"EQ","attributeValueList":[{"S":"a"}]}}}"#,
                Covers::Exactly,
            ),
            (
                r#"{"keyConditions":{"pk":{"comparisonOperator":"EQ","attributeValueList":["b"]}}}"#,
                Covers::Not,
            ),
            (r#"{"key":{"pk":"HIDDEN_DUE_TO_SECURITY_REASONS"}}"#, Covers::Openly),
            ("{}", Covers::Openly),
        ] {
            let (json, _) = Json::first(request, 0).unwrap();
            assert_eq!(Condition::of_query(json).covers(&item), expected, "{request}");
        }
    }

    #[test]
    fn a_value_without_a_name_excludes_nothing() {
        let item =
            Asked { parts: vec![(None, super::super::key::Value { kind: None, text: "a".to_owned() })] };
        assert_eq!(Condition::of_statement("pk = 'b'").covers(&item), Covers::Openly);
        assert_eq!(Condition::of_statement("pk = 'a'").covers(&item), Covers::Exactly);
    }
}

//! Turns what the script parser says into words that tell what was meant.

use rhai::ParseErrorType;

use super::spelling::slips;
use super::{Problem, Source, nearest};
use crate::rules::api::FIELDS;
use crate::rules::run::OBJECTS;

/// Names that other languages have for what rules write otherwise.
const NAMES: &[(&str, &str)] = &[
    ("True", "write `true`"),
    ("TRUE", "write `true`"),
    ("False", "write `false`"),
    ("FALSE", "write `false`"),
    ("None", "an empty text is written \"\""),
    ("null", "an empty text is written \"\""),
    ("nil", "an empty text is written \"\""),
];

/// Everything that is known to keep a script from being read, in order of place.
pub(in crate::rules) fn unreadable(source: Source<'_>, error: &rhai::ParseError) -> Vec<Problem> {
    let found = match error.err_type() {
        ParseErrorType::FnMissingBody(_) => Vec::new(),
        _ => slips(source),
    };
    if found.is_empty() { vec![parse_problem(source, error)] } else { found }
}

/// The problem behind an error of the parser.
fn parse_problem(source: Source<'_>, error: &rhai::ParseError) -> Problem {
    let kind = error.err_type().to_string();
    let problem = |message: String| source.at_position(error.position(), message);
    match error.err_type() {
        ParseErrorType::VariableUndefined(name) => {
            unknown_name(source, name, problem(format!("`{name}` is not known here")))
        }
        ParseErrorType::Reserved(word) => {
            let told = problem(format!("`{word}` is a word of the script language that rules do without"));
            match NAMES.iter().find(|(known, _)| known == word) {
                Some((_, hint)) => told.hint(*hint),
                None => told,
            }
        }
        ParseErrorType::FnMissingBody(_) => {
            problem(kind).hint("a function is written `fn name(access) { … }`")
        }
        _ if kind.contains("typo of '=='") => {
            problem("`=` sets a value; it does not compare".into()).hint("write `==` to compare")
        }
        _ if kind.starts_with("Expecting a boolean") => {
            let told = problem("a condition must be true or false, this is not".into());
            match alternative(&told) {
                Some(hint) => told.hint(hint),
                None => told.hint("compare it with something: `access.grade == \"A\"`"),
            }
        }
        _ if kind.contains("to terminate") => problem("something is missing before this".into())
            .hint("a statement ends with `;`, and two conditions are joined by `&&` or `||`"),
        _ => problem(kind),
    }
}

/// `x == "a" || "b"`: what was meant.
fn alternative(problem: &Problem) -> Option<String> {
    let row: Vec<char> = problem.excerpt.chars().collect();
    let (before, after) = row.split_at_checked(problem.column.saturating_sub(1))?;
    let (before, after): (String, String) = (before.iter().collect(), after.iter().collect());
    let (thing, first) = before.trim_end().strip_suffix("||")?.rsplit_once("==")?;
    let thing = thing.trim_end().rsplit([' ', '(']).next()?;
    let second = after.strip_prefix('"')?.split('"').next()?;
    Some(format!("write `{thing} in [{}, \"{second}\"]`", first.trim()))
}

/// A name that nothing bears: a text without quotation marks, or a slip.
fn unknown_name(source: Source<'_>, name: &str, problem: Problem) -> Problem {
    if let Some((_, hint)) = NAMES.iter().find(|(known, _)| *known == name) {
        return problem.hint(*hint);
    }
    let line: Vec<char> = problem.excerpt.chars().collect();
    let start = problem.column.saturating_sub(1);
    let rest = line.get(start..).unwrap_or_default();
    let letter = |letter: &&char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let text: String = rest.iter().take_while(letter).collect();
    if is_value(&text) {
        return problem.hint(format!("texts stand in quotation marks: \"{text}\""));
    }
    let own = own_names(source.text);
    let known = ["access", "run", "settings"].into_iter().chain(own.iter().map(String::as_str));
    if nearest(name, known.clone()).is_some() {
        return problem.nearest(name, known);
    }
    let before: String = line.get(..start).unwrap_or_default().iter().collect();
    let before = before.trim_end();
    let compared = ["==", "!=", "[", "(", ","].iter().any(|sign| before.ends_with(sign));
    let object = rest.get(text.chars().count()) == Some(&'(') || text.contains('.');
    if compared && !object {
        return problem.hint(format!("if it is a text, put it in quotation marks: \"{text}\""));
    }
    if FIELDS.iter().any(|facts| facts.name == name) {
        return problem.hint(format!("fields are written `access.{name}`"));
    }
    problem.hint("a rule knows `access` or `run`, `settings`, its parameters and what it sets with `let`")
}

/// Whether a word is a value of a field or of a member.
fn is_value(text: &str) -> bool {
    let fields = FIELDS.iter().flat_map(|facts| facts.values);
    let members = OBJECTS.iter().flat_map(|(_, _, members)| *members).flat_map(|member| member.values);
    fields.chain(members).any(|value| *value == text)
}

/// Names that the script itself gives: parameters, variables, loops.
fn own_names(text: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let after = |mark: &str| text.match_indices(mark).map(|(at, _)| at + mark.len()).collect::<Vec<_>>();
    let mut names: Vec<String> = Vec::new();
    for start in [after("let "), after("for ")].concat() {
        names.push(word(text.get(start..).unwrap_or_default()));
    }
    for start in after("fn ") {
        let head = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
        let inside = head.split(['(', ')']).nth(1).unwrap_or_default();
        names.extend(inside.split(',').map(word));
    }
    names.retain(|name| !name.is_empty());
    names
}

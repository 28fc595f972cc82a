//! The locked-down script engine. Comes in: a script that lint has accepted, then one access or one run a call. Goes
//! out: an [`Answer`], findings, or a [`Fault`]. A script has no clock, no input, no output, no packages of the
//! language, and bounded time, depth and sizes.

mod builtins;

use std::sync::Arc;

use rhai::{AST, Array, CallFnOptions, Dynamic, EvalAltResult, FuncArgs, OptimizationLevel, Position, Scope};

use super::api::{FIELDS, Field, Fields, Text, Texts, Value};
use super::run::{self, List, Run, Whole};
use super::settings::Settings;

/// Operations that one call about an access may take.
const ACCESS_OPERATIONS: u64 = 200_000;
/// Operations that one call about a whole run may take.
const RUN_OPERATIONS: u64 = 20_000_000;
/// Name under which scripts see the settings of their pack.
pub(super) const SETTINGS: &str = "settings";
/// Words of the language that rules do without.
const FORBIDDEN: &[&str] = &[
    "eval",
    "import",
    "export",
    "as",
    "print",
    "debug",
    "switch",
    "try",
    "catch",
    "throw",
    "Fn",
    "call",
    "curry",
    "this",
    "type_of",
    "is_shared",
    "is_def_fn",
    "is_def_var",
    "global",
    "?.",
    "?[",
    "??",
];

/// What a rule says about one access or one subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// As it should be.
    Conforming,
    /// Contradicts the test, for this cause.
    Exception(String),
    /// The records do not decide, for this cause.
    Undetermined(String),
}

/// The object of a run, or the run itself, that a finding is about. Its text, kind and name, does not depend on places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Its list; `None` for the run itself.
    pub list: Option<List>,
    /// Its place in the list.
    pub place: usize,
    /// Its name.
    pub name: Text,
}

impl Subject {
    /// What the rules call such an object.
    pub fn object(&self) -> &'static str {
        self.list.map_or("run", List::object)
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.object(), self.name)
    }
}

/// One answer of `judge(run)` and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The answer.
    pub answer: Answer,
    /// What it is about.
    pub subject: Subject,
}

/// An answer as a script gave it, with the line that gave it.
#[derive(Debug, Clone)]
pub(super) struct Said<T> {
    pub(super) what: T,
    pub(super) line: usize,
}

/// A rule that did not complete. Its test gets the verdict `error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}{}", place(*line, *column))]
pub struct Fault {
    /// What happened.
    pub words: String,
    /// Line in control.rhai, from 1; 0 when it is not known.
    pub line: usize,
    /// Column, from 1; 0 when it is not known.
    pub column: usize,
}

/// Where it happened, if that is known: limits carry no position.
fn place(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!(" (line {line}, column {column})") }
}

impl Fault {
    fn new(words: impl Into<String>) -> Self {
        Fault { words: words.into(), line: 0, column: 0 }
    }

    /// A test was asked about something it does not judge.
    pub(super) fn wrong_method(function: &str, asked: &str) -> Self {
        Fault::new(format!("{function} does not judge {asked}"))
    }

    fn at(words: impl Into<String>, position: Position) -> Self {
        let (line, column) = (position.line().unwrap_or(0), position.position().unwrap_or(0));
        Fault { words: words.into(), line, column }
    }
}

/// Two engines that differ in how long a call may take, made once for each distinct set of settings.
#[derive(Debug)]
pub(super) struct Engines {
    access: rhai::Engine,
    run: rhai::Engine,
    scope: Scope<'static>,
}

impl Engines {
    /// Engines whose scripts see these settings.
    pub(super) fn new(settings: &Settings) -> Self {
        let constants = builtins::SettingValues::new(settings);
        let mut scope = Scope::new();
        scope.push_constant_dynamic(SETTINGS, Dynamic::from(constants.clone()));
        Engines {
            access: locked(ACCESS_OPERATIONS, &constants),
            run: locked(RUN_OPERATIONS, &constants),
            scope,
        }
    }

    /// Parses a script.
    pub(super) fn compile(&self, text: &str) -> Result<AST, rhai::ParseError> {
        self.access.compile_with_scope(&self.scope, text)
    }
}

fn locked(operations: u64, settings: &builtins::SettingValues) -> rhai::Engine {
    let mut engine = rhai::Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_fast_operators(false)
        .set_allow_anonymous_fn(false)
        .set_allow_shadowing(false)
        .set_max_operations(operations)
        .set_max_call_levels(16)
        .set_max_expr_depths(32, 32)
        .set_max_string_size(16_384)
        .set_max_array_size(200_000)
        .set_max_map_size(16)
        .set_max_variables(64)
        .set_max_functions(64)
        .set_max_modules(0);
    for symbol in FORBIDDEN {
        engine.disable_symbol(*symbol);
    }
    builtins::register(&mut engine, settings);
    run::register(&mut engine, &builtins::SubjectAnswers);
    engine.register_type_with_name::<Access>("access");
    for facts in FIELDS {
        let field = facts.field;
        engine.register_get(facts.name, move |access: &mut Access| access.value(field));
    }
    engine
}

/// `access` as scripts hold it: the values of the fields that the called function reads.
#[derive(Clone)]
struct Access {
    fields: Arc<[Field]>,
    values: Arc<[Dynamic]>,
}

impl Access {
    fn value(&self, field: Field) -> Result<Dynamic, Box<EvalAltResult>> {
        let place = self.fields.iter().position(|known| *known == field);
        match place.and_then(|place| self.values.get(place)) {
            Some(value) => Ok(value.clone()),
            None => Err(format!("access.{} was not found by lint", field.facts().name).into()),
        }
    }
}

/// A function of a script about one access, with the fields it reads.
#[derive(Debug, Clone)]
pub(super) struct AccessRule {
    pub(super) script: Arc<Script>,
    pub(super) function: String,
    pub(super) fields: Arc<[Field]>,
}

/// A compiled script and the engines that run it.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) engines: Arc<Engines>,
    pub(super) ast: AST,
}

impl AccessRule {
    /// Calls a function that says whether the access belongs to the population.
    pub(super) fn truth(&self, fields: &dyn Fields) -> Result<bool, Fault> {
        let given = self.call(fields)?;
        given
            .as_bool()
            .map_err(|kind| Fault::new(format!("{} must give true or false, it gave {kind}", self.function)))
    }

    /// Calls a function that gives an answer.
    pub(super) fn answer(&self, fields: &dyn Fields) -> Result<Said<Answer>, Fault> {
        let given = self.call(fields)?;
        let kind = given.type_name();
        given
            .try_cast::<Said<Answer>>()
            .ok_or_else(|| Fault::new(format!("{} must give an answer, it gave {kind}", self.function)))
    }

    fn call(&self, fields: &dyn Fields) -> Result<Dynamic, Fault> {
        let values = self
            .fields
            .iter()
            .map(|field| offered(*field, fields.field(*field)))
            .collect::<Result<_, _>>()?;
        let access = Access { fields: self.fields.clone(), values };
        self.script.call(&self.script.engines.access, &self.function, (access,))
    }
}

fn offered(field: Field, value: Value) -> Result<Dynamic, Fault> {
    let facts = field.facts();
    if value.kind() != facts.kind {
        let (is, must) = (value.kind().as_str(), facts.kind.as_str());
        return Err(Fault::new(format!("access.{} must be {must}, the ledger gave {is}", facts.name)));
    }
    Ok(match value {
        Value::Text(text) => text.into(),
        Value::Truth(truth) => truth.into(),
        Value::Number(number) => number.into(),
        Value::Texts(texts) => Dynamic::from(texts),
    })
}

impl Script {
    /// Calls `judge(run)`.
    pub(super) fn judge(&self, function: &str, run: &Run) -> Result<Vec<Said<Finding>>, Fault> {
        let whole = Whole(Arc::new(run.clone()));
        let given = self.call(&self.engines.run, function, (whole,))?;
        let kind = given.type_name();
        let list = given
            .try_cast::<Array>()
            .ok_or_else(|| Fault::new(format!("{function} must give a list of answers, it gave {kind}")))?;
        list.into_iter()
            .map(|member| {
                let kind = member.type_name();
                let wrong = || {
                    Fault::new(format!("{function} must give answers with a subject, its list holds {kind}"))
                };
                member.try_cast::<Said<Finding>>().ok_or_else(wrong)
            })
            .collect()
    }

    fn call(&self, engine: &rhai::Engine, function: &str, args: impl FuncArgs) -> Result<Dynamic, Fault> {
        let options = CallFnOptions::new().eval_ast(false).rewind_scope(true);
        engine
            .call_fn_with_options::<Dynamic>(options, &mut Scope::new(), &self.ast, function, args)
            .map_err(|error| fault(function, *error))
    }
}

/// Limits carry no position, and calls wrap their cause: unwrap, then say it in words.
fn fault(function: &str, mut error: EvalAltResult) -> Fault {
    let mut position = error.take_position();
    while let EvalAltResult::ErrorInFunctionCall(_, _, inner, _) = error {
        error = *inner;
        let deeper = error.take_position();
        position = if deeper.is_none() { position } else { deeper };
    }
    let words = match &error {
        EvalAltResult::ErrorTooManyOperations(_) => format!("{function} ran too long and was stopped"),
        EvalAltResult::ErrorStackOverflow(_) => {
            format!("the functions that {function} calls nest too deeply")
        }
        EvalAltResult::ErrorDataTooLarge(what, _) => format!("{function} made something too large ({what})"),
        EvalAltResult::ErrorRuntime(words, _) => words.to_string(),
        other => other.to_string(),
    };
    Fault::at(words, position)
}

impl From<&Texts> for Value {
    fn from(texts: &Texts) -> Self {
        Value::Texts(texts.clone())
    }
}

#[cfg(test)]
mod tests;

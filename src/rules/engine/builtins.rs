//! The functions and operators of rules, registered one by one: no package of the script language is loaded. Values
//! of different types never compare as "not equal": they raise an error, so that a mistake cannot hide.

use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, Module, NativeCallContext};

use super::{Answer, Finding, SETTINGS, Said};
use crate::rules::api::{Text, Texts};
use crate::rules::run::{Answers, Judged};
use crate::rules::settings::{Setting, Settings};

type Raised<T> = Result<T, Box<EvalAltResult>>;

/// `settings` as scripts hold it.
#[derive(Debug, Clone)]
pub(super) struct SettingValues(Arc<Vec<(String, Dynamic)>>);

impl SettingValues {
    pub(super) fn new(settings: &Settings) -> Self {
        let values = settings.iter().map(|(name, setting)| (name.to_owned(), value(setting)));
        SettingValues(Arc::new(values.collect()))
    }

    fn get(&self, place: usize) -> Raised<Dynamic> {
        self.0.get(place).map(|(_, value)| value.clone()).ok_or_else(|| "this setting does not exist".into())
    }
}

fn value(setting: &Setting) -> Dynamic {
    match setting {
        Setting::Truth(truth) => (*truth).into(),
        Setting::Number(number) => (*number).into(),
        Setting::Text(text) => Text::from(text.as_str()).into(),
        Setting::Texts(texts) => {
            Dynamic::from(Texts(texts.iter().map(|text| Text::from(text.as_str())).collect()))
        }
    }
}

/// Makes everything of this module known to an engine.
pub(super) fn register(engine: &mut Engine, settings: &SettingValues) {
    register_settings(engine, settings);
    register_answers(engine);
    register_texts(engine);
    register_lists(engine);
    register_comparisons(engine);
    engine.register_fn("-", |number: i64| -> Raised<i64> {
        number.checked_neg().ok_or_else(|| "the number is too large".into())
    });
}

fn register_settings(engine: &mut Engine, settings: &SettingValues) {
    engine.register_type_with_name::<SettingValues>(SETTINGS);
    for (place, (name, _)) in settings.0.iter().enumerate() {
        engine.register_get(name, move |settings: &mut SettingValues| settings.get(place));
    }
    let mut module = Module::new();
    module.set_var(SETTINGS, Dynamic::from(settings.clone()));
    engine.register_global_module(module.into());
}

fn register_answers(engine: &mut Engine) {
    engine
        .register_type_with_name::<Said<Answer>>("answer")
        .register_type_with_name::<Said<Finding>>("answer with a subject");
    engine.register_fn("conforming", |call: NativeCallContext<'_>| said(&call, Answer::Conforming));
    engine.register_fn("exception", |call: NativeCallContext<'_>, cause: Text| {
        said(&call, Answer::Exception(cause.to_string()))
    });
    engine.register_fn("undetermined", |call: NativeCallContext<'_>, cause: Text| {
        said(&call, Answer::Undetermined(cause.to_string()))
    });
}

/// Keeps the line of the call, so that an example that fails can name it.
fn said<T>(call: &NativeCallContext<'_>, what: T) -> Said<T> {
    Said { what, line: call.call_position().line().unwrap_or(0) }
}

/// The answers about `run` or an object of one of its lists.
pub(super) struct SubjectAnswers;

impl Answers for SubjectAnswers {
    fn register<T: Judged>(&self, engine: &mut Engine) {
        let finding = |answer, subject: &T| Finding { answer, subject: subject.subject() };
        engine.register_fn("conforming", move |call: NativeCallContext<'_>, subject: T| {
            said(&call, finding(Answer::Conforming, &subject))
        });
        engine.register_fn("exception", move |call: NativeCallContext<'_>, cause: Text, subject: T| {
            said(&call, finding(Answer::Exception(cause.to_string()), &subject))
        });
        engine.register_fn("undetermined", move |call: NativeCallContext<'_>, cause: Text, subject: T| {
            said(&call, finding(Answer::Undetermined(cause.to_string()), &subject))
        });
    }
}

fn register_texts(engine: &mut Engine) {
    engine.register_fn("starts_with", |text: Text, part: Text| text.starts_with(part.as_str()));
    engine.register_fn("ends_with", |text: Text, part: Text| text.ends_with(part.as_str()));
    engine.register_fn("contains", |text: Text, part: Text| text.contains(part.as_str()));
    engine.register_fn("is_empty", |text: Text| text.is_empty());
    engine.register_fn("len", |text: Text| length(text.chars().count()));
    engine.register_type_with_name::<Texts>("list of text");
    engine.register_fn("contains", |list: &mut Texts, text: Text| list.0.contains(&text));
    engine.register_fn("is_empty", |list: &mut Texts| list.0.is_empty());
    engine.register_fn("len", |list: &mut Texts| length(list.0.len()));
    engine.register_iterator::<Texts>();
}

impl IntoIterator for Texts {
    type Item = Text;
    type IntoIter = std::vec::IntoIter<Text>;

    fn into_iter(self) -> Self::IntoIter {
        let texts: Vec<Text> = self.0.iter().cloned().collect();
        texts.into_iter()
    }
}

fn register_lists(engine: &mut Engine) {
    engine.register_fn("push", |list: &mut Array, member: Dynamic| list.push(member));
    engine.register_fn("is_empty", |list: &mut Array| list.is_empty());
    engine.register_fn("len", |list: &mut Array| length(list.len()));
    engine.register_fn("contains", |list: &mut Array, text: Text| -> Raised<bool> {
        for member in list.iter() {
            if *text_of(member)? == *text.as_str() {
                return Ok(true);
            }
        }
        Ok(false)
    });
    engine.register_iterator::<Array>();
}

fn text_of(member: &Dynamic) -> Raised<Text> {
    member
        .clone()
        .into_immutable_string()
        .map_err(|kind| format!("the list holds {kind} where text was expected").into())
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

macro_rules! comparisons {
    ($engine:ident, $($operator:literal $compare:tt,)*) => {
        $(
            $engine.register_fn($operator, |left: Text, right: Text| left.as_str() $compare right.as_str());
            $engine.register_fn($operator, |left: i64, right: i64| left $compare right);
            $engine.register_fn($operator, |left: Dynamic, right: Dynamic| -> Raised<bool> {
                Err(mismatch(&left, $operator, &right))
            });
        )*
    };
}

/// Negation and comparisons. Every pair of types that has no row of its own falls to the one that raises an error.
fn register_comparisons(engine: &mut Engine) {
    comparisons!(engine, "==" ==, "!=" !=, "<" <, "<=" <=, ">" >, ">=" >=,);
    engine.register_fn("!", |truth: bool| !truth);
    engine.register_fn("==", |left: bool, right: bool| left == right);
    engine.register_fn("!=", |left: bool, right: bool| left != right);
}

fn mismatch(left: &Dynamic, operator: &str, right: &Dynamic) -> Box<EvalAltResult> {
    format!("`{operator}` cannot compare {} with {}", named(left), named(right)).into()
}

fn named(value: &Dynamic) -> &str {
    match value.type_name() {
        "string" => "text",
        "i64" => "a number",
        "bool" => "true or false",
        "()" => "nothing",
        "array" => "a list",
        other => other,
    }
}

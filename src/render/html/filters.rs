//! Filters and functions that templates use.
//! Comes in: values of the model as templates hold them. Goes out: text, or markup whose texts are already
//! escaped.
//! Never reads files, the clock or the environment.

use std::io::Write;

use serde::Deserialize;
use tera::{Kwargs, State, Tera, TeraResult, Value};

use crate::bundle::model::{ChainLink, DayKinds, GradeShare, HourRow, Strip, Word};
use crate::render::svg;

/// Escapes what a template prints, with hidden characters made visible.
pub fn escape(text: &str, out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all(svg::markup(text).as_bytes())
}

/// Filters that templates use; those that draw return markup whose texts are already escaped.
pub fn register(tera: &mut Tera) {
    tera.register_filter("n", |count: u64, _: Kwargs, _: &State| svg::thousands(count));
    tera.register_filter("brief", |digest: &str, _: Kwargs, _: &State| brief(digest));
    tera.register_filter("anchor", |text: &str, _: Kwargs, _: &State| anchor(text));
    tera.register_filter("shape", |word: &str, _: Kwargs, _: &State| word_named(word).shape());
    tera.register_filter("sentence", |word: &str, _: Kwargs, _: &State| word_named(word).sentence());
    tera.register_filter("breakable", |text: &str, _: Kwargs, _: &State| {
        Value::safe_string(&svg::breakable(text))
    });
    tera.register_filter("reference", |text: &str, _: Kwargs, _: &State| {
        Value::safe_string(&svg::reference(text))
    });
    tera.register_filter("coverage_strip", |strip: &Value, _: Kwargs, _: &State| {
        drawn(strip, |strip: Strip| svg::coverage_strip(&strip))
    });
    tera.register_filter("per_day", |days: &Value, _: Kwargs, _: &State| {
        drawn(days, |days: Vec<DayKinds>| svg::per_day(&days))
    });
    tera.register_filter("hour_strip", |days: &Value, _: Kwargs, _: &State| {
        drawn(days, |days: Vec<HourRow>| svg::hour_strip(&days))
    });
    tera.register_filter("grade_bar", |shares: &Value, _: Kwargs, _: &State| {
        drawn(shares, |shares: Vec<GradeShare>| svg::grades(&shares))
    });
    tera.register_filter("grade_swatch", |grade: &str, _: Kwargs, _: &State| {
        Value::safe_string(&svg::grade_swatch(grade))
    });
    tera.register_filter("chain", |link: &Value, arguments: Kwargs, _: &State| -> TeraResult<Value> {
        let name = arguments.must_get::<&str>("name")?;
        drawn(link, |link: ChainLink| svg::chain(name, &link))
    });
    tera.register_filter(
        "operation_bar",
        |accesses: u64, arguments: Kwargs, _: &State| -> TeraResult<Value> {
            let (refused, largest) =
                (arguments.must_get::<u64>("refused")?, arguments.must_get::<u64>("largest")?);
            Ok(Value::safe_string(&svg::operation_bar(accesses, refused, largest)))
        },
    );
    tera.register_function("coverage_legend", |_: Kwargs, _: &State| {
        Value::safe_string(&svg::coverage_legend())
    });
    tera.register_function("kinds_legend", |_: Kwargs, _: &State| Value::safe_string(&svg::kinds_legend()));
}

/// Reads a part of the model back from a template value and draws it.
fn drawn<T: for<'a> Deserialize<'a>>(value: &Value, draw: impl FnOnce(T) -> String) -> TeraResult<Value> {
    let part = T::deserialize(value).map_err(|cause| tera::Error::message(cause.to_string()))?;
    Ok(Value::safe_string(&draw(part)))
}

fn word_named(name: &str) -> Word {
    Word::ALL.into_iter().find(|word| word.as_str() == name).unwrap_or_default()
}

/// A digest as page edges print it: its first and last eight digits.
pub fn brief(digest: &str) -> String {
    match (digest.get(..8), digest.len().checked_sub(8).and_then(|start| digest.get(start..))) {
        (Some(first), Some(last)) if digest.len() > 16 => format!("{first}…{last}"),
        _ => digest.into(),
    }
}

/// A name that may stand in `id` and after `#`: other characters than letters, digits, `.`, `_` and `-`
/// become `-`.
pub(super) fn anchor(text: &str) -> String {
    let kept = |one: char| one.is_ascii_alphanumeric() || matches!(one, '.' | '_' | '-');
    text.chars().map(|one| if kept(one) { one } else { '-' }).collect()
}

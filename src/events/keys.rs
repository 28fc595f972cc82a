//! Item keys as text. The log gives plain values without types, at times typed ones; both come out as one canonical
//! JSON object with text values, members sorted, so that equal keys are equal texts (cloudtrail-records §6.1, §6.4).

use std::borrow::Cow;

use crate::records::scan::Json;

/// Marks that stand where a value was taken out (cloudtrail-records §6.4).
pub fn is_hidden(text: &str) -> bool {
    let marks = ["HIDDEN_DUE_TO", "(Redacted)", "[REDACTED]", "<sensitiveDataRemoved>", "\u{FFFD}"];
    marks.iter().any(|mark| text.contains(mark)) || (text.len() >= 3 && text.bytes().all(|byte| byte == b'*'))
}

/// The canonical text of one key object. Empty for anything that is no object with members.
pub fn canonical<'a>(key: Json<'a>) -> Cow<'a, str> {
    if !key.is_object() {
        return key.plain().unwrap_or(Cow::Borrowed(""));
    }
    if is_canonical(key) {
        return Cow::Borrowed(key.raw());
    }
    let mut parts: Vec<(String, String)> = key
        .members()
        .map_while(Result::ok)
        .map(|(name, value)| (name.to_owned(), value_text(value)))
        .collect();
    if parts.is_empty() {
        return Cow::Borrowed("");
    }
    parts.sort();
    let mut out = String::from("{");
    for (number, (name, value)) in parts.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        push_json_text(&mut out, value);
    }
    out.push('}');
    Cow::Owned(out)
}

/// One member, a text value without escapes, no space around: the usual record needs no copy.
fn is_canonical(key: Json<'_>) -> bool {
    let raw = key.raw();
    if raw.contains('\\') {
        return false;
    }
    let mut members = key.members();
    let (Some(Ok((name, value))), None) = (members.next(), members.next()) else {
        return false;
    };
    value.raw().starts_with('"') && raw.len() == name.len() + value.raw().len() + 5
}

/// A key value: text as it is, numbers and truth as written, typed values without their type.
fn value_text(value: Json<'_>) -> String {
    if let Some(plain) = value.plain() {
        return plain.into_owned();
    }
    let mut members = value.members();
    match (members.next(), members.next()) {
        (Some(Ok(("S" | "N" | "B", inner))), None) => {
            inner.plain().map_or_else(|| inner.raw().to_owned(), Cow::into_owned)
        }
        _ => value.raw().to_owned(),
    }
}

fn push_json_text(out: &mut String, text: &str) {
    match serde_json::to_string(text) {
        Ok(quoted) => out.push_str(&quoted),
        Err(_) => out.push_str("\"\""),
    }
}

/// Several keys as one text: the canonical keys, sorted, each once, in a JSON list. One key stays bare.
pub fn join(mut keys: Vec<Cow<'_, str>>) -> Cow<'_, str> {
    keys.retain(|key| !key.is_empty());
    keys.sort();
    keys.dedup();
    if keys.len() <= 1 {
        return keys.pop().unwrap_or(Cow::Borrowed(""));
    }
    Cow::Owned(format!("[{}]", keys.join(",")))
}

/// The single keys in a text made by [`join`].
pub fn split(text: &str) -> Vec<&str> {
    if !text.starts_with('[') {
        return if text.is_empty() { Vec::new() } else { vec![text] };
    }
    match Json::first(text, 0) {
        Ok((list, _)) => list.items().map_while(Result::ok).map(Json::raw).collect(),
        Err(_) => vec![text],
    }
}

/// Whether some value in a text made by [`join`] passes: each value of each key, or the whole text where it is no key
/// object, as conditions are.
pub fn any_value(text: &str, passes: &mut dyn FnMut(&str) -> bool) -> bool {
    split(text).into_iter().any(|key| {
        let object = Json::first(key, 0).ok().map(|(object, _)| object).filter(|object| object.is_object());
        let Some(object) = object else { return passes(key) };
        object.members().any(|step| match step {
            Ok((_, value)) => passes(&value.plain().unwrap_or(Cow::Borrowed(value.raw()))),
            Err(_) => passes(key),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_asked_without_names_quotes_and_escapes() {
        let asked = |text: &str| {
            let mut seen = Vec::new();
            any_value(text, &mut |value| {
                seen.push(value.to_owned());
                false
            });
            seen
        };
        assert_eq!(asked(r#"{"ssn":"a\"b","n":7}"#), ["a\"b", "7"]);
        assert_eq!(asked(r#"[{"id":"1"},{"id":"2"}]"#), ["1", "2"]);
        assert_eq!(asked("pk = '1'"), ["pk = '1'"]);
        assert_eq!(asked("{'pk':'1'}"), ["{'pk':'1'}"]);
        assert_eq!(asked("AWSLogs/x.json.gz"), ["AWSLogs/x.json.gz"]);
        assert!(any_value(r#"{"a":"x"}"#, &mut |value| value == "x") && asked("").is_empty());
    }

    fn key(text: &str) -> String {
        canonical(Json::first(text, 0).unwrap().0).into_owned()
    }

    #[test]
    fn equal_keys_are_equal_texts() {
        let expected = r#"{"pk":"7","sk":"x"}"#;
        for text in [
            r#"{"sk":"x","pk":"7"}"#,
            r#"{ "pk" : 7, "sk":"x" }"#,
            r#"{"pk":{"N":"7"},"sk":{"S":"x"}}"#,
            r#"{"pk":"\u0037","sk":"x"}"#,
        ] {
            assert_eq!(key(text), expected, "{text}");
        }
        assert_eq!(key(r#"{"id":"a b"}"#), r#"{"id":"a b"}"#);
        assert_eq!(key(r#"{ "id":"a"}"#), r#"{"id":"a"}"#);
        assert_eq!(key("{}"), "");
    }

    #[test]
    fn joined_keys_come_apart_again() {
        let joined = join(vec![
            Cow::Borrowed(r#"{"id":"b,]"}"#),
            Cow::Borrowed(r#"{"id":"a"}"#),
            Cow::Borrowed(r#"{"id":"a"}"#),
        ]);
        assert_eq!(split(&joined), [r#"{"id":"a"}"#, r#"{"id":"b,]"}"#]);
        assert_eq!(split(""), Vec::<&str>::new());
    }
}

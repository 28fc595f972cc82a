//! Item keys as text. The log gives plain values without types, at times typed ones; both come out as one canonical
//! JSON object with text values, members sorted, so that equal keys are equal texts (cloudtrail-records §6.1, §6.4).

use std::borrow::Cow;

use crate::records::scan::Json;

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

#[cfg(test)]
mod tests {
    use super::*;

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

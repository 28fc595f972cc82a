//! A pull scanner over JSON text that is already in memory. Comes in: a `&str`. Goes out: members and items as spans
//! of that same text, nothing copied. What nobody asks for is skipped by brackets and quotes alone, so its inner
//! grammar is not judged; what is asked for is checked when it is entered. Nesting is bounded.

use std::borrow::Cow;

/// Deepest nesting accepted; CloudTrail records stay under 20.
const MAX_DEPTH: u32 = 200;

/// Why a span is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct Fault {
    /// What was expected or found.
    pub what: &'static str,
    /// Offset inside the text that was scanned.
    pub at: usize,
}

/// One JSON value as a span of text without surrounding space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'a> {
    raw: &'a str,
}

/// A step of an iteration: what was found, or why scanning ends here.
pub type Step<T> = Result<T, Fault>;

impl<'a> Json<'a> {
    /// Takes the first value of a text and says where it ends.
    ///
    /// # Errors
    /// When the text does not begin with a whole value.
    pub fn first(text: &'a str, from: usize) -> Step<(Json<'a>, usize)> {
        let bytes = text.as_bytes();
        let start = skip_space(bytes, from);
        let end = skip_value(bytes, start)?;
        Ok((Json { raw: slice(text, start, end)? }, end))
    }

    /// The span.
    pub fn raw(self) -> &'a str {
        self.raw
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.raw == "null"
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.raw.starts_with('{')
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        self.raw.starts_with('[')
    }

    /// A string's text. Broken escapes give `None`; a lone half of a surrogate pair becomes U+FFFD.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let inner = self.raw.strip_prefix('"')?.strip_suffix('"')?;
        if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
            Some(Cow::Borrowed(inner))
        } else {
            unescape(inner).map(Cow::Owned)
        }
    }

    /// A string's text, or the literal of a number or truth value: what a person reads in it.
    pub fn plain(self) -> Option<Cow<'a, str>> {
        match self.raw.as_bytes().first()? {
            b'"' => self.text(),
            b'{' | b'[' => None,
            _ => Some(Cow::Borrowed(self.raw)),
        }
    }

    /// `true` or `"true"` (LookupEvents and console marks spell it as text), `false` likewise.
    pub fn truth(self) -> Option<bool> {
        match self.raw {
            "true" | "\"true\"" => Some(true),
            "false" | "\"false\"" => Some(false),
            _ => None,
        }
    }

    /// The members of an object; none for anything else.
    pub fn members(self) -> Members<'a> {
        let open = self.is_object();
        Members { text: self.raw, at: 1, state: if open { State::Open } else { State::Done } }
    }

    /// The items of a list; none for anything else.
    pub fn items(self) -> Items<'a> {
        let open = self.is_list();
        Items { text: self.raw, at: 1, state: if open { State::Open } else { State::Done } }
    }

    /// A member of an object by exact name; the last wins, as for other JSON tools; faults end the search.
    pub fn get(self, name: &str) -> Option<Json<'a>> {
        self.members().map_while(Result::ok).filter(|(key, _)| *key == name).last().map(|(_, value)| value)
    }

    /// A member of an object by name without letter case (DynamoDB mixes `tableName` and `TableName`).
    pub fn get_folded(self, name: &str) -> Option<Json<'a>> {
        self.members()
            .map_while(Result::ok)
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .last()
            .map(|(_, value)| value)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Next,
    Done,
}

/// Members of an object. Keys are spans without quotes; a key with an escape is given as written.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    text: &'a str,
    at: usize,
    state: State,
}

impl<'a> Iterator for Members<'a> {
    type Item = Step<(&'a str, Json<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = separator(self.text, self.at, &mut self.state, b'}')?;
        let step = at.and_then(|start| self.member(start));
        if step.is_err() {
            self.state = State::Done;
        }
        Some(step)
    }
}

impl<'a> Members<'a> {
    /// Walks the object that opens at the start of `text`, whose end is not known yet.
    pub fn of_prefix(text: &'a str) -> Members<'a> {
        Members { text, at: 1, state: if text.starts_with('{') { State::Open } else { State::Done } }
    }

    /// Offset behind the object once the walk came to its closing bracket.
    pub fn end(&self) -> usize {
        skip_space(self.text.as_bytes(), self.at) + 1
    }

    fn member(&mut self, start: usize) -> Step<(&'a str, Json<'a>)> {
        let bytes = self.text.as_bytes();
        if bytes.get(start) != Some(&b'"') {
            return Err(Fault { what: "expected a member name", at: start });
        }
        let key_end = skip_string(bytes, start)?;
        let key = slice(self.text, start + 1, key_end - 1)?;
        let colon = skip_space(bytes, key_end);
        if bytes.get(colon) != Some(&b':') {
            return Err(Fault { what: "expected a colon", at: colon });
        }
        let (value, end) = Json::first(self.text, colon + 1)?;
        self.at = end;
        Ok((key, value))
    }
}

/// Items of a list.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    text: &'a str,
    at: usize,
    state: State,
}

impl<'a> Items<'a> {
    /// Walks a list whose end may be missing (a file cut short): starts at the opening bracket of `text` and yields
    /// items until one is damaged.
    pub fn of_prefix(text: &'a str) -> Items<'a> {
        Items { text, at: 1, state: if text.starts_with('[') { State::Open } else { State::Done } }
    }

    /// Offset behind the last item taken.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Where the next item starts, for a caller that scans it itself and then calls [`Items::passed`].
    pub fn next_start(&mut self) -> Option<Step<usize>> {
        separator(self.text, self.at, &mut self.state, b']')
    }

    /// Tells that the item just announced ends at `end`.
    pub fn passed(&mut self, end: usize) {
        self.at = end;
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Step<Json<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = separator(self.text, self.at, &mut self.state, b']')?;
        let step = at.and_then(|start| Json::first(self.text, start));
        match step {
            Ok((value, end)) => {
                self.at = end;
                Some(Ok(value))
            }
            Err(fault) => {
                self.state = State::Done;
                Some(Err(fault))
            }
        }
    }
}

/// Passes the comma before the next member or item. `None` at the closing bracket.
fn separator(text: &str, at: usize, state: &mut State, close: u8) -> Option<Step<usize>> {
    let bytes = text.as_bytes();
    let here = skip_space(bytes, at);
    match (*state, bytes.get(here)) {
        (State::Done, _) => None,
        (_, Some(byte)) if *byte == close => {
            *state = State::Done;
            None
        }
        (State::Open, Some(_)) => {
            *state = State::Next;
            Some(Ok(here))
        }
        (State::Next, Some(b',')) => Some(Ok(skip_space(bytes, here + 1))),
        (_, Some(_)) => {
            *state = State::Done;
            Some(Err(Fault { what: "expected a comma", at: here }))
        }
        (_, None) => {
            *state = State::Done;
            Some(Err(Fault { what: "text ends inside a value", at: here }))
        }
    }
}

fn slice(text: &str, start: usize, end: usize) -> Step<&str> {
    text.get(start..end).ok_or(Fault { what: "broken character", at: start })
}

/// First position at or after `at` that is no white space.
pub fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Position behind the string that opens at `at`.
fn skip_string(bytes: &[u8], at: usize) -> Step<usize> {
    let mut here = at + 1;
    loop {
        let rest = bytes.get(here..).unwrap_or_default();
        let Some(step) = quote_or_backslash(rest) else {
            return Err(Fault { what: "text ends inside a string", at });
        };
        here += step;
        if bytes.get(here) == Some(&b'"') {
            return Ok(here + 1);
        }
        here += 2;
    }
}

/// Strings in logs are short: sixteen bytes by hand before calling the vector search pays.
fn quote_or_backslash(rest: &[u8]) -> Option<usize> {
    let near = rest.iter().take(16).position(|byte| matches!(byte, b'"' | b'\\'));
    near.or_else(|| {
        let far = rest.get(16..)?;
        memchr::memchr2(b'"', b'\\', far).map(|step| step + 16)
    })
}

fn skip_value(bytes: &[u8], at: usize) -> Step<usize> {
    match bytes.get(at) {
        Some(b'"') => skip_string(bytes, at),
        Some(b'{' | b'[') => skip_container(bytes, at),
        Some(b't') => literal(bytes, at, b"true"),
        Some(b'f') => literal(bytes, at, b"false"),
        Some(b'n') => literal(bytes, at, b"null"),
        Some(b'-' | b'0'..=b'9') => Ok(skip_number(bytes, at)),
        Some(_) => Err(Fault { what: "expected a value", at }),
        None => Err(Fault { what: "text ends where a value should be", at }),
    }
}

fn literal(bytes: &[u8], at: usize, word: &'static [u8]) -> Step<usize> {
    let end = at + word.len();
    if bytes.get(at..end) == Some(word) { Ok(end) } else { Err(Fault { what: "expected a value", at }) }
}

fn skip_number(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') = bytes.get(at) {
        at += 1;
    }
    at
}

fn skip_container(bytes: &[u8], start: usize) -> Step<usize> {
    let mut depth = 0_u32;
    let mut kinds = [0_u64; 4];
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = skip_string(bytes, at)?;
                continue;
            }
            b'{' | b'[' => {
                if depth >= MAX_DEPTH {
                    return Err(Fault { what: "nested too deeply", at });
                }
                mark(&mut kinds, depth, *byte == b'{');
                depth += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                if marked(&kinds, depth) != (*byte == b'}') {
                    return Err(Fault { what: "closing bracket of the wrong kind", at });
                }
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    Err(Fault { what: "text ends inside a value", at: start })
}

fn mark(kinds: &mut [u64; 4], depth: u32, object: bool) {
    if let Some(word) = kinds.get_mut((depth / 64) as usize) {
        let bit = 1_u64 << (depth % 64);
        *word = if object { *word | bit } else { *word & !bit };
    }
}

fn marked(kinds: &[u64; 4], depth: u32) -> bool {
    kinds.get((depth / 64) as usize).is_some_and(|word| word & (1 << (depth % 64)) != 0)
}

fn unescape(inner: &str) -> Option<String> {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at)?);
        let mut after = rest.get(at + 1..)?.chars();
        match after.next()? {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => {
                rest = unicode(after.as_str(), &mut out)?;
                continue;
            }
            plain @ ('"' | '\\' | '/') => out.push(plain),
            _ => return None,
        }
        rest = after.as_str();
    }
    out.push_str(rest);
    Some(out)
}

/// Reads `XXXX` (and the second half of a pair) behind `\u`; returns the rest.
fn unicode<'a>(rest: &'a str, out: &mut String) -> Option<&'a str> {
    let first = hex4(rest)?;
    let rest = rest.get(4..)?;
    if (0xD800..0xDC00).contains(&first) {
        let second = rest.strip_prefix("\\u").and_then(hex4).filter(|half| (0xDC00..0xE000).contains(half));
        if let Some(second) = second {
            let joined = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            out.push(char::from_u32(joined).unwrap_or('\u{FFFD}'));
            return rest.get(6..);
        }
    }
    out.push(char::from_u32(first).unwrap_or('\u{FFFD}'));
    Some(rest)
}

fn hex4(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Json<'_> {
        Json::first(text, 0).unwrap().0
    }

    #[test]
    fn members_and_items_are_spans_of_the_text() {
        let json = value(r#" {"a" : [1, "x\"y", {"b":null}], "c":-1.5e3 , "d":true} "#);
        let keys: Vec<_> = json.members().map(|step| step.unwrap().0).collect();
        assert_eq!(keys, ["a", "c", "d"]);
        let items: Vec<_> = json.get("a").unwrap().items().map(|step| step.unwrap().raw()).collect();
        assert_eq!(items, ["1", r#""x\"y""#, r#"{"b":null}"#]);
        assert_eq!(json.get("c").unwrap().plain().unwrap(), "-1.5e3");
    }

    #[test]
    fn escapes_agree_with_serde_json() {
        for text in [r#""a\n\t\"\\\/""#, r#""\u00e9\u4e2d""#, r#""\ud83d\ude00!""#, r#""plain""#] {
            let expected: String = serde_json::from_str(text).unwrap();
            assert_eq!(value(text).text().unwrap(), expected);
        }
        assert_eq!(value(r#""\ud83d alone""#).text().unwrap(), "\u{FFFD} alone");
        assert!(value(r#""\q""#).text().is_none());
    }

    #[test]
    fn broken_text_is_a_fault_and_never_a_value() {
        for text in ["", "{", "[1", r#"{"a":1"#, r#"{"a":[}"#, "nul", r#""abc"#, "{]", "@"] {
            assert!(Json::first(text, 0).is_err(), "{text}");
        }
        assert!(value(r#"{"a" 1}"#).members().any(|step| step.is_err()));
        assert!(value("[1 2]").items().any(|step| step.is_err()));
    }

    #[test]
    fn deep_nesting_is_bounded() {
        let deep = "[".repeat(100_000);
        assert_eq!(Json::first(&deep, 0).unwrap_err().what, "nested too deeply");
        let fine = format!("{}{}", "[".repeat(150), "]".repeat(150));
        assert!(Json::first(&fine, 0).is_ok());
    }
}

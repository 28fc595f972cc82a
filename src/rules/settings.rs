//! settings.toml of a pack: the values that teams edit. Comes in: its text. Goes out: names in order, each with its
//! value and the comment above it. Unknown types are errors.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::lint::{Problem, Source};

/// Settings that the program itself reads, so that a test may name them although no script does: the longest pause
/// inside one cluster of refusals and the length of a stretch of reading, in minutes.
pub(super) const PROGRAM_KEYS: &[&str] = &["burst_minutes", "bulk_minutes"];

/// One value of settings.toml.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// True or false.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
}

/// All values of settings.toml.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    values: BTreeMap<String, Setting>,
    words: BTreeMap<String, String>,
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Setting::Truth(truth) => write!(f, "{truth}"),
            Setting::Number(number) => write!(f, "{number}"),
            Setting::Text(text) => write!(f, "{text}"),
            Setting::Texts(texts) if texts.is_empty() => write!(f, "none"),
            Setting::Texts(texts) => write!(f, "{}", texts.join(", ")),
        }
    }
}

impl Settings {
    /// Reads settings.toml.
    pub(super) fn read(source: &Source<'_>) -> Result<Self, Problem> {
        let table: BTreeMap<String, toml::Spanned<toml::Value>> = source.toml()?;
        let mut settings = Settings::default();
        for (name, spanned) in table {
            let start = spanned.span().start;
            let words = comment_above(source.text, start);
            if words.is_empty() {
                return Err(source.at_offset(start, format!("setting `{name}` has no comment above it")));
            }
            let setting = Setting::deserialize(spanned.into_inner()).map_err(|_| {
                let message = format!(
                    "setting `{name}` must be true or false, a whole number, a text or a list of texts"
                );
                source.at_offset(start, message)
            })?;
            settings.words.insert(name.clone(), words);
            settings.values.insert(name, setting);
        }
        Ok(settings)
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.values.get(name)
    }

    /// The comment above a name.
    pub fn words(&self, name: &str) -> Option<&str> {
        self.words.get(name).map(String::as_str)
    }

    /// Names and values, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// The comment lines directly above the line of a value, joined.
fn comment_above(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or_default();
    let mut lines: Vec<&str> =
        before.lines().rev().skip(1).take_while(|line| line.starts_with('#')).collect();
    lines.reverse();
    let words: Vec<&str> = lines.iter().map(|line| line.trim_start_matches('#').trim()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, Problem> {
        Settings::read(&Source { file: "settings.toml", text })
    }

    #[test]
    fn each_value_carries_its_comment() {
        let settings =
            read("# Most refusals\n# in a row.\nlimit = 10\n\n# Names.\nnames = [\"a\", \"b\"]\n").unwrap();
        assert_eq!(settings.get("limit"), Some(&Setting::Number(10)));
        assert_eq!(settings.words("limit"), Some("Most refusals in a row."));
        assert_eq!(settings.get("names").map(ToString::to_string).as_deref(), Some("a, b"));
    }

    #[test]
    fn a_value_without_comment_is_refused_with_its_line() {
        let problem = read("# One.\none = 1\n\ntwo = 2\n").unwrap_err();
        assert_eq!((problem.line, problem.message.contains("`two`")), (4, true));
    }

    #[test]
    fn a_fraction_is_refused() {
        assert!(read("# One.\none = 1.5\n").unwrap_err().message.contains("whole number"));
    }
}

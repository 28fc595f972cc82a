//! Patterns of audit.toml: plain text in which `*` stands for any text, also none. No other character is special.
//! Beside them, the regular expressions of what must never stand in an item key.

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(text: &str) -> Self {
        Pattern { parts: text.split('*').map(str::to_owned).collect() }
    }

    /// Whether the whole text fits.
    pub fn fits(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            let Some(at) = rest.find(part.as_str()) else {
                return false;
            };
            rest = rest.get(at + part.len()..).unwrap_or_default();
        }
        rest.ends_with(last.as_str())
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.parts.join("*"))
    }
}

/// Regular expressions over the values of item keys. They see bytes: classes such as `\d` and letter case are those of
/// ASCII, and a letter beyond it is more than one `.`.
#[derive(Debug, Clone, Default)]
pub struct Sensitive(Vec<regex::bytes::Regex>);

impl Sensitive {
    /// Adds an expression.
    ///
    /// # Errors
    /// When it is none.
    pub fn add(&mut self, text: &str) -> Result<(), regex::Error> {
        self.0.push(regex::bytes::RegexBuilder::new(text).unicode(false).build()?);
        Ok(())
    }

    /// Whether a text matches one of them.
    pub fn found_in(&self, text: &str) -> bool {
        self.0.iter().any(|expression| expression.is_match(text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_values_are_found() {
        let mut sensitive = Sensitive::default();
        assert!(!sensitive.found_in("123-45-6789"));
        sensitive.add(r"^\d{3}-\d{2}-\d{4}$").unwrap();
        sensitive.add("(?i)mrn-.+[0-9]").unwrap();
        assert!(sensitive.found_in("123-45-6789") && !sensitive.found_in("0123-45-6789"));
        assert!(sensitive.found_in("x MRN-ü7") && !sensitive.found_in(""));
        assert!(sensitive.add("(").is_err());
    }

    #[test]
    fn stars_stand_for_any_text() {
        let fits = |pattern: &str, text: &str| Pattern::new(pattern).fits(text);
        assert!(fits("arn:aws:iam::1:role/app", "arn:aws:iam::1:role/app"));
        assert!(!fits("arn:aws:iam::1:role/app", "arn:aws:iam::1:role/app2"));
        assert!(fits("arn:*:role/app-*", "arn:aws:iam::1:role/app-x"));
        assert!(fits("*", "") && fits("a*a", "aa") && !fits("a*a", "a"));
        assert!(fits("*b*b", "bab") && !fits("*b*b", "b"));
    }
}

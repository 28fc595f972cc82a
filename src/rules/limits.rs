//! rules/limits.toml: what the logs cannot show, one text an id, named by controls. Comes in: the shipped file. Goes out:
//! ids with words and source.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::lint::Source;
use crate::error::{Error, Kind, Result};

/// A limit of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What an assessor must be told.
    pub words: String,
    /// Where that is known from.
    pub source: String,
}

/// The file as it is shipped, for copying into a bundle.
pub fn limits_text() -> &'static str {
    include_str!("../../rules/limits.toml")
}

/// Every limit, in order of id.
///
/// # Errors
/// `Kind::Internal` when the shipped file is damaged.
pub fn limits() -> Result<BTreeMap<String, Limit>> {
    let source = Source { file: "limits.toml", text: limits_text() };
    source.toml().map_err(|problem| Error::new(Kind::Internal, problem.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_run_from_l01_to_l36_without_a_hole() {
        let ids: Vec<String> = limits().unwrap().into_keys().collect();
        let expected: Vec<String> = (1..=36).map(|number| format!("L{number:02}")).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn each_has_words_and_source() {
        for (id, limit) in limits().unwrap() {
            assert!(limit.words.ends_with('.') && !limit.source.is_empty(), "{id}");
        }
    }
}

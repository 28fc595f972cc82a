//! Lint of examples: causes that none of them brings out. Comes in: what the runner of examples saw. Goes out: problems
//! with the place of the cause. It runs nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Problem, Source};

/// Causes of control.toml that no example of the control brought out, each at its line under `[causes]`. `file` is the
/// path of control.toml inside the pack, `text` its content, `causes` the causes that its own script gives, `seen`
/// those that the examples brought out: of this control, and of every control that uses its tests.
pub fn unseen(
    file: &str,
    text: &str,
    causes: &BTreeMap<String, String>,
    seen: &BTreeSet<String>,
) -> Vec<Problem> {
    let source = Source { file, text };
    let never = causes.keys().filter(|cause| !seen.contains(*cause));
    let told = never.map(|cause| {
        let message =
            format!("no example brings out the cause `{cause}`, so nothing shows that its rule can fire");
        let hint = format!("add an example whose `expect` has \"causes\": [\"{cause}\"]");
        match place(text, cause) {
            Some(offset) => source.at_offset(offset, message).hint(hint),
            None => Problem::of_file(file, message).hint(hint),
        }
    });
    told.collect()
}

/// Where `[causes]` states a cause.
fn place(text: &str, cause: &str) -> Option<usize> {
    let start = text.find("[causes]")?;
    let mut offset = start;
    for row in text.get(start..)?.split_inclusive('\n') {
        let name = row.split('=').next().unwrap_or_default().trim().trim_matches('"');
        if name == cause && row.contains('=') {
            return Some(offset + (row.len() - row.trim_start().len()));
        }
        offset += row.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_no_example_brings_out_is_told_with_its_line() {
        let text = "words = \"no-time\"\n\n[causes]\nno-who = \"Nobody.\"\nno-time = \"No time.\"\n";
        let causes = ["no-who", "no-time"].map(|cause| (cause.to_owned(), String::new())).into();
        let told = unseen("10.2.2/control.toml", text, &causes, &BTreeSet::from(["no-who".to_owned()]));
        let shown: Vec<String> = told.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "10.2.2/control.toml:5:1: no example brings out the cause `no-time`, so nothing shows that its rule can fire\n  5 | no-time = \"No time.\"\n    | ^^^^^^^\n  hint: add an example whose `expect` has \"causes\": [\"no-time\"]"
            ]
        );
    }
}

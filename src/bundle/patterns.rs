//! `data/patterns.csv` and its rows in dossiers: what stands out in how people used data, as [`crate::patterns`] describes
//! it. It adds no word of judgement.

use std::path::Path;

use super::exceptions::{citation, copies_told};
use super::model::{Citation, Listing, PatternRow};
use super::object_name;
use super::redaction::shown;
use super::table::{self, Column, Table, Written};
use crate::error::Result;
use crate::ledger::Ledger;
use crate::patterns::{Pattern, Patterns, What};
use crate::verdicts::tally::shown_time;

/// Rows of a dossier in print.
const SHOWN: usize = 100;

/// Citations of a row in print.
const CITED: usize = 3;

/// Columns of patterns.csv.
pub const COLUMNS: &[Column] = &[
    ("pattern_id", "text", "P-000001", "none"),
    (
        "kind",
        "text",
        "first-on-table, refused-then-allowed, burst-of-refusals, bulk-reads, new-network, outside-hours, key-networks, after-pause",
        "none",
    ),
    ("user_token", "text", "principals, separated by spaces; see users.csv", "person"),
    (
        "what",
        "text",
        "table or other object, operation on it, network or access key id; empty for any",
        "address",
    ),
    ("first_seen", "time", "first", "none"),
    ("last_seen", "time", "last", "none"),
    ("count", "number", "how many", "none"),
    ("counted", "text", "what is counted", "none"),
    ("rule", "text", "the rule in words, with the numbers of this run", "none"),
    ("baseline", "text", "what it is compared with", "address"),
    (
        "baseline_proven",
        "text",
        "whether every hour that the baseline speaks of is proven to be logged: yes or no; empty where it speaks of no absence",
        "none",
    ),
    ("citations", "text", "first 20 records: event_ref file#index, separated by spaces", "account"),
    (
        "copies",
        "text",
        "records of the actions cited in the logs of other accounts, in the same order: event_ref file#index, separated by spaces",
        "account",
    ),
];

/// Writes the table.
///
/// # Errors
/// When it cannot be written.
pub fn write(bundle: &Path, ledger: &Ledger, patterns: &Patterns) -> Result<Vec<Written>> {
    let mut out = Table::new(bundle, "data/patterns.csv", COLUMNS);
    for (number, pattern) in patterns.list.iter().enumerate() {
        let records = citations(ledger, pattern);
        let row = row(ledger, number, pattern, &[]);
        let cited: Vec<String> =
            records.iter().map(|cited| format!("{} {}", cited.event_ref, cited.place)).collect();
        let tokens: Vec<&str> = (pattern.about.principals.iter())
            .filter_map(|place| Some(ledger.principals.get(*place as usize)?.token.as_str()))
            .collect();
        let proven = match pattern.proven {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        let cells = [
            &row.id,
            pattern.kind.code(),
            &tokens.join(" "),
            &row.what,
            &row.first,
            &row.last,
            &row.count.to_string(),
            &row.counted,
            &row.rule,
            &row.baseline,
            proven,
            &cited.join(" "),
            &copies_told(&records),
        ];
        let line = out.row();
        cells.iter().for_each(|cell| table::cell(line, cell));
        table::end(line);
        out.row_done()?;
    }
    out.finish()
}

/// The patterns of a principal as its dossier shows them.
pub fn listing(ledger: &Ledger, patterns: &Patterns, principal: u32, file: &Written) -> Listing<PatternRow> {
    let own = || {
        let all = patterns.list.iter().enumerate();
        all.filter(|(_, pattern)| pattern.about.principals.contains(&principal))
    };
    let shown_row = |(number, pattern): (usize, &Pattern)| {
        let records = citations(ledger, pattern);
        row(ledger, number, pattern, records.get(..CITED).unwrap_or(&records))
    };
    Listing {
        rows: own().take(SHOWN).map(shown_row).collect(),
        total: own().count() as u64,
        file: file.path.clone(),
        sha256: file.sha256.clone(),
    }
}

fn row(ledger: &Ledger, number: usize, pattern: &Pattern, citations: &[Citation]) -> PatternRow {
    let what = match &pattern.what {
        What::Object(raw) => object_name(ledger, raw),
        What::Call(raw, operation) => {
            format!("{} on {}", shown(ledger.name(*operation)), object_name(ledger, raw))
        }
        What::Network(text) | What::Key(text) => shown(text).into_owned(),
        What::Anything => String::new(),
    };
    PatternRow {
        id: format!("P-{:06}", number + 1),
        words: pattern.kind.words().to_owned(),
        what,
        first: shown_time(pattern.times.0),
        last: shown_time(pattern.times.1),
        count: pattern.count,
        counted: pattern.kind.counted().to_owned(),
        rule: shown(&pattern.rule).into_owned(),
        baseline: shown(&pattern.baseline).into_owned(),
        citations: citations.to_vec(),
    }
}

fn citations(ledger: &Ledger, pattern: &Pattern) -> Vec<Citation> {
    pattern.about.cited(ledger).iter().map(|cited| citation(ledger, cited)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patterns::find;
    use crate::patterns::tests::{ALL, bench, everything};

    #[test]
    fn hostile_names_are_harmless_in_patterns_csv() {
        let (audit, coverage, ledger) = bench(everything()).stating(ALL).read();
        let found = find(&ledger, &coverage, &audit);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let written = write(folder.path(), &ledger, &found).unwrap();
        let text = std::fs::read_to_string(folder.path().join("data/patterns.csv")).unwrap();
        assert_eq!(written[0].rows, found.list.len() as u64);
        assert!(text.contains("'=cmd()<script>") && !text.contains('\u{1b}'), "{text}");
        assert!(!text.contains(",=cmd") && !text.contains("HIDDEN_DUE_TO"));
    }
}

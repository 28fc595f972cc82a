//! The whole way from logs to bundles: known truth, repeats, merging, and the invariants of evidence-bundle §12.

#[path = "pipeline/bundles.rs"]
pub mod bundles;
#[path = "pipeline/documents.rs"]
mod documents;
#[path = "pipeline/generated.rs"]
mod generated;
#[path = "pipeline/individuals.rs"]
mod individuals;
#[path = "pipeline/invariants.rs"]
mod invariants;
#[path = "pipeline/ledgers.rs"]
mod ledgers;
#[path = "pipeline/objects.rs"]
mod objects;
#[path = "pipeline/parts.rs"]
mod parts;
#[path = "pipeline/patterns.rs"]
mod patterns;
#[path = "pipeline/poorer.rs"]
mod poorer;
#[path = "pipeline/rosters.rs"]
mod rosters;
#[path = "pipeline/same_bytes.rs"]
mod same_bytes;
#[path = "pipeline/same_records.rs"]
mod same_records;
#[path = "pipeline/times.rs"]
mod times;
#[path = "pipeline/truth.rs"]
mod truth;
#[path = "pipeline/views.rs"]
mod views;

/// The words of an HTML page: a table row or block a line, digits of a number together, no tags.
pub fn words_of(page: &str) -> String {
    documents::words_of(page)
}

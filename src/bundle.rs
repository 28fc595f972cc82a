//! The evidence bundle: the folder a run writes. Comes in: ledger, coverage, judged tests, audit, packs. Goes out:
//! data, rules, inputs, documents, manifest, SHA256SUMS, README (evidence-bundle §3). Written to a hidden sibling and
//! renamed when whole; an interrupted run leaves nothing that looks like a bundle.

pub mod accesses;
pub mod assemble;
pub mod data;
pub mod dossiers;
pub mod exceptions;
pub mod findings;
pub mod folder;
pub mod individuals;
pub mod inputs;
pub mod manifest;
pub mod model;
pub mod patterns;
pub mod readme;
pub mod reconcile;
pub mod redaction;
pub mod sessions;
pub mod table;
pub mod verify;

use crate::audit::Audit;
use crate::coverage::Coverage;
use crate::events::ObjectKind;
use crate::ledger::Ledger;
use crate::ledger::shape::RawShape;
use crate::rules::Pack;
use crate::sources::digests::Report;
use crate::verdicts::{Judged, TestPlace};

/// Everything a bundle is made from.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The audit.
    pub audit: &'a Audit,
    /// The packs.
    pub packs: &'a [Pack],
    /// Their tests.
    pub tests: &'a [TestPlace<'a>],
    /// The ledger.
    pub ledger: &'a Ledger,
    /// Coverage.
    pub coverage: &'a Coverage,
    /// What was judged.
    pub judged: &'a Judged,
    /// What digests say of the log files.
    pub integrity: Option<&'a Report>,
}

/// Name of a requirement in links and files: two packs may share a number.
pub fn link_name(pack: &Pack, slug: &str) -> String {
    format!("{}-{slug}", pack.id)
}

/// An object as shown: a table with account and region, others by name. An event that need not name one touched the
/// service itself; one that should and does not is `not stated`.
pub fn object_name(ledger: &Ledger, raw: &RawShape) -> String {
    let name = redaction::shown(ledger.name(raw.object_name));
    match (raw.object_kind, name.is_empty()) {
        (_, true) if raw.has_object => {
            let service = ledger.name(raw.source).trim_end_matches(".amazonaws.com");
            format!("the service itself ({})", redaction::shown(service))
        }
        (_, true) => "not stated".to_owned(),
        (ObjectKind::Table, false) => {
            let (account, region) = (ledger.name(raw.object_account), ledger.name(raw.object_region));
            format!("{name} ({} {})", redaction::shown(account), redaction::shown(region))
        }
        (_, false) => name.into_owned(),
    }
}

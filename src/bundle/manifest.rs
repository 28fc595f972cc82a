//! Digests, manifest.json and SHA256SUMS. The content digest covers data/, rules/ and inputs/; the clock, the host and
//! the command line stand in manifest.json alone (evidence-bundle §4).

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::table::Written;
use super::{Inputs, individuals, inputs as files};
use crate::clock::rfc3339;
use crate::ledger::FileOutcome;
use crate::ledger::individuals::Individuals;
use crate::sources::hex;

/// Version of the bundle's format.
pub const FORMAT: &str = "1.1";

/// Facts of the run that may not reach any other file.
#[derive(Debug, Clone, Default)]
pub struct RunFacts {
    /// Seconds since 1970.
    pub started: i64,
    /// Seconds since 1970.
    pub finished: i64,
    /// Operating-system account, if known.
    pub operator: String,
    /// Command line.
    pub command: Vec<String>,
    /// Folders read.
    pub sources: Vec<String>,
    /// Files and folders with public keys.
    pub public_keys: Vec<String>,
    /// Exit status that the run will return.
    pub exit: u8,
}

/// Whether a path counts for the content digest.
pub fn is_content(path: &str) -> bool {
    ["data/", "rules/", "inputs/", "auditor/"].iter().any(|start| path.starts_with(start))
}

/// SHA-256 over the lines `<sha256>  <path>`, sorted by path bytes.
pub fn content_digest<'a>(written: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut lines: Vec<(&str, &str)> = written.filter(|(path, _)| is_content(path)).collect();
    lines.sort_unstable();
    let mut hasher = Sha256::new();
    for (path, hash) in lines {
        hasher.update(format!("{hash}  {path}\n").as_bytes());
    }
    hex(&hasher.finalize())
}

/// The text of SHA256SUMS.
pub fn sums(written: &[Written]) -> String {
    let mut lines: Vec<String> =
        written.iter().map(|file| format!("{}  {}\n", file.sha256, file.path)).collect();
    lines.sort_by(|a, b| a.get(66..).cmp(&b.get(66..)));
    lines.concat()
}

/// manifest.json.
pub fn manifest(
    inputs: &Inputs<'_>,
    id: &str,
    digest: &str,
    run: &RunFacts,
    written: &[Written],
    lines: &[super::model::BoxLine],
) -> Value {
    let audit = inputs.audit;
    let hash_of = |path: &str| written.iter().find(|file| file.path == path).map(|file| file.sha256.clone());
    json!({
        "bundle_format": FORMAT,
        "bundle_id": id,
        "content_digest": digest,
        "generator": {"name": "trailwitness", "version": env!("CARGO_PKG_VERSION"), "build_target": format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)},
        "run": {
            "started": rfc3339(run.started),
            "finished": rfc3339(run.finished),
            "time_source": "clock of the machine that ran it: a claim, not a proof",
            "prepared_by": audit.file.audit.prepared_by,
            "operating_system_account": run.operator,
            "host": "withheld",
            "command_line": run.command,
            "exit_status": run.exit,
        },
        "window": {"from": rfc3339(audit.from), "to": rfc3339(audit.to), "reporting_zone": audit.zone.name(), "as_of": rfc3339(audit.as_of)},
        "parameters_sha256": hash_of("inputs/parameters.json"),
        "scope_sha256": hash_of("inputs/scope.json"),
        "rule_packs": inputs.packs.iter().map(|pack| json!({
            "id": pack.id, "version": pack.version, "framework": pack.framework, "edition": pack.edition, "sha256": files::pack_hash(pack),
            "author": pack.author, "approver": pack.approver, "approved_on": pack.approved_on, "difference": pack.difference().to_string(), "approval": pack.approval().to_string(),
        })).collect::<Vec<_>>(),
        "sources": sources(inputs, run),
        "integrity": integrity(inputs),
        "reconciliation": lines.iter().map(|line| json!({"step": line.step, "count": line.count, "check": line.check, "holds": line.holds})).collect::<Vec<_>>(),
        "tests": tests(inputs),
        "identity": individuals::told(audit, &Individuals::of(inputs.ledger)),
        "redaction": {"profile": "internal", "card_numbers": "masked"},
        "errors": inputs.judged.verdicts.iter().zip(inputs.tests).filter(|(verdict, _)| verdict.word == crate::verdicts::Word::Error).map(|(verdict, place)| json!({"test": place.id(), "reasons": verdict.reasons})).collect::<Vec<_>>(),
        "warnings": warnings(inputs),
        "signature": "unsigned",
        "retention": {"keep_until": audit.file.audit.keep_until},
        "previous": audit.file.audit.replaces,
        "files": written.iter().map(|file| json!({"path": file.path, "bytes": file.bytes, "sha256": file.sha256, "role": role(&file.path), "rows": file.rows})).collect::<Vec<_>>(),
    })
}

fn role(path: &str) -> &'static str {
    match path.split('/').next() {
        Some("human") => "human",
        Some("data") => "data",
        Some("rules" | "inputs") => "input",
        _ => "machine",
    }
}

fn sources(inputs: &Inputs<'_>, run: &RunFacts) -> Value {
    let ledger = inputs.ledger;
    let read = ledger.files.iter().filter(|file| matches!(file.outcome, FileOutcome::Read)).count();
    json!([{
        "kind": "folder",
        "locations": run.sources,
        "public_keys": run.public_keys,
        "files": ledger.files.len(),
        "read": read,
        "bytes": ledger.files.iter().map(|file| file.stored).sum::<u64>(),
        "records": ledger.boxes.parsed,
        "first_event": ledger.span.map(|span| rfc3339(span.0)),
        "last_event": ledger.span.map(|span| rfc3339(span.1)),
        "list_file": "data/files.csv",
    }])
}

fn tests(inputs: &Inputs<'_>) -> Value {
    let test = |(place, verdict): (&crate::verdicts::TestPlace<'_>, &crate::verdicts::Verdict)| {
        let counted = &verdict.counted;
        let facts = json!({
            "unit": place.test.unit,
            "population": counted.population, "events": counted.events, "population_digest": counted.digest,
            "conforming": counted.conforming, "exceptions": counted.exceptions, "undetermined": counted.undetermined,
            "verdict": place.word(inputs.audit, verdict).as_str(), "qualifiers": verdict.qualifiers, "reasons": verdict.reasons,
        });
        (place.id(), facts)
    };
    Value::Object(inputs.tests.iter().zip(&inputs.judged.verdicts).map(test).collect())
}

fn warnings(inputs: &Inputs<'_>) -> Value {
    let mut counts: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for gap in &inputs.ledger.gaps {
        *counts.entry(gap.kind.code()).or_insert(0) += gap.count;
    }
    json!(counts)
}

/// Verdict and sums of the check against digests; data/integrity.json holds all of it.
fn integrity(inputs: &Inputs<'_>) -> Value {
    match inputs.integrity {
        None => json!({"result": "unverified", "why": "no digest was checked"}),
        Some(report) => json!({
            "result": report.verdict, "totals": report.totals, "keys": files::told(&report.keys), "report": "data/integrity.json",
        }),
    }
}

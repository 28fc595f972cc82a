//! The integrity part of the model: what signed digests say of the log files. Comes in: the report of the check. Goes out:
//! facts, keys, streams, findings and files for documents. It judges nothing.

use super::completeness::first_rows;
use crate::bundle::Inputs;
use crate::bundle::model::{
    Fact, Integrity, IntegrityFinding, IntegrityKey, IntegrityObject, IntegrityStream,
};
use crate::bundle::redaction::shown;
use crate::bundle::table::Written;
use crate::sources::digests::Report;
use crate::sources::digests::report::{Counts, KeyFacts, Object, StreamFacts, Totals};

/// Findings and files in print.
const SHOWN: usize = 100;

/// The part.
pub fn part(inputs: &Inputs<'_>, file: &Written) -> Integrity {
    let Some(report) = inputs.integrity else {
        return Integrity { sentence: sentence(None), ..Integrity::default() };
    };
    let fine = |class: &str| class == "fine";
    let findings = report.findings.iter().map(finding).collect();
    let objects = report.objects.iter().filter(|object| !fine(object.class)).map(object).collect();
    Integrity {
        sentence: sentence(Some(report)),
        facts: facts(report),
        keys: report.keys.iter().map(key).collect(),
        streams: report.streams.iter().map(stream).collect(),
        findings: first_rows(findings, SHOWN, file),
        objects: first_rows(objects, SHOWN, file),
    }
}

/// What the check came to, in one sentence.
pub fn sentence(report: Option<&Report>) -> String {
    let Some(report) = report else {
        return "No log file was checked against a signed digest: every record is unverified.".to_owned();
    };
    let totals = &report.totals;
    if totals.digests.total + totals.backfill_digests.total == 0 {
        return "No digest was supplied, so no log file is proven: every record is unverified.".to_owned();
    }
    let meaning = match report.exit {
        0 => "everything supplied is what CloudTrail delivered",
        1 => "something is altered or lost",
        _ => "for a part that cannot be told",
    };
    format!(
        "Integrity {}: {meaning}. {} of {} digests are valid, {} of {} log files they list are here as they were delivered{}.",
        report.verdict,
        totals.digests.valid + totals.backfill_digests.valid,
        totals.digests.total + totals.backfill_digests.total,
        totals.logs.valid,
        totals.logs.total,
        uncovered(totals)
    )
}

fn uncovered(totals: &Totals) -> String {
    let count: u64 = totals.uncovered.values().sum::<u64>() + totals.unlisted;
    if count == 0 { String::new() } else { format!("; {count} log files stand in no valid digest") }
}

fn facts(report: &Report) -> Vec<Fact> {
    let fact = |label: &str, value: String| Fact { label: label.to_owned(), value };
    let totals = &report.totals;
    let counts = |counts: &Counts| format!("{} valid of {}", counts.valid, counts.total);
    let mut facts = vec![
        fact("Verdict", report.verdict.to_owned()),
        fact(
            "Judged",
            format!("{} to {}, everything that was supplied", report.window.from, report.window.to),
        ),
        fact("Hourly digests", counts(&totals.digests)),
        fact("Backfill digests", counts(&totals.backfill_digests)),
        fact("Log files listed by valid digests", counts(&totals.logs)),
    ];
    for (reason, count) in &totals.uncovered {
        facts.push(fact(&format!("Log files uncovered: {reason}"), count.to_string()));
    }
    facts.push(fact("Log files in no digest though their hour is attested", totals.unlisted.to_string()));
    for exception in &report.exceptions {
        facts.push(fact(
            "Accepted",
            format!("{} ({}): {}", exception.accepts, exception.count, exception.text),
        ));
    }
    facts
}

fn key(key: &KeyFacts) -> IntegrityKey {
    let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "not stated".to_owned());
    IntegrityKey {
        fingerprint: shown(&key.fingerprint).into_owned(),
        sha256: key.sha256.clone(),
        window: format!("{} to {}", time(&key.valid_from), time(&key.valid_to)),
        region: key.region.clone().unwrap_or_else(|| "any".to_owned()),
        source: format!("{} ({})", shown(&key.source), key.source_sha256),
        verified: key.verified,
    }
}

fn stream(stream: &StreamFacts) -> IntegrityStream {
    let attested = match (&stream.attested_from, &stream.attested_to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        _ => "nothing".to_owned(),
    };
    IntegrityStream {
        label: shown(&stream.label).into_owned(),
        attested,
        chains: stream.chains.len() as u64,
        digests: stream.totals.digests.valid,
        of_digests: stream.totals.digests.total,
        logs: stream.totals.logs.valid,
        of_logs: stream.totals.logs.total,
    }
}

fn finding(finding: &crate::sources::digests::Finding) -> IntegrityFinding {
    let time = |time: &Option<String>| time.clone().unwrap_or_default();
    IntegrityFinding {
        class: finding.class.to_owned(),
        id: finding.id.to_owned(),
        stream: shown(&finding.stream).into_owned(),
        from: time(&finding.from),
        to: time(&finding.to),
        text: shown(&finding.text).into_owned(),
    }
}

fn object(object: &Object) -> IntegrityObject {
    IntegrityObject {
        class: object.class.to_owned(),
        kind: object.kind.to_owned(),
        words: object.words(),
        path: shown(object.path.as_ref().unwrap_or(&object.key)).into_owned(),
        detail: shown(&object.detail).into_owned(),
    }
}

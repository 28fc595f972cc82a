//! The report of `integrity` for people: a line for each object that is not plainly fine, tab-separated, then sums in the
//! form of `aws cloudtrail validate-logs`, then the verdict. Text of files is made safe part by part.

use crate::bundle::redaction::shown;
use crate::sources::digests::Report;
use crate::sources::digests::report::{Counts, Totals};

/// The whole text.
pub(super) fn report(report: &Report) -> String {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(report.objects.iter().map(|object| {
        let place = object.path.as_deref().unwrap_or(&object.key);
        row(&[
            object.kind,
            &object.words(),
            &object.stream,
            object.time.as_deref().unwrap_or(""),
            place,
            &object.detail,
        ])
    }));
    lines.extend(report.findings.iter().map(|finding| {
        let span = match (&finding.from, &finding.to) {
            (Some(from), Some(to)) => format!("{from} to {to}"),
            _ => String::new(),
        };
        row(&[finding.class, finding.id, &finding.stream, &span, &finding.text])
    }));
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.extend(streams(report));
    lines.extend(keys(report));
    lines.extend(sidecars(report));
    lines.extend(exceptions(report));
    lines.extend(window(report));
    lines.push(closing(report));
    lines.join("\n") + "\n"
}

/// Parts with tabs between them; nothing a file says can make a part or a line of its own.
fn row(parts: &[&str]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| shown(part)).collect();
    parts.join("\t").trim_end().to_owned()
}

fn streams(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for stream in &report.streams {
        let reach = match (&stream.attested_from, &stream.attested_to) {
            (Some(from), Some(to)) => format!("  deliveries attested from {from} to {to}"),
            _ => "  no delivery attested".to_owned(),
        };
        lines.push(shown(&stream.label).into_owned());
        lines.push(reach);
        lines.extend(sums(&stream.totals).into_iter().map(|line| format!("  {line}")));
    }
    if report.streams.len() != 1 {
        lines.push("all".to_owned());
        lines.extend(sums(&report.totals).into_iter().map(|line| format!("  {line}")));
    }
    lines.extend(beside(&report.totals));
    lines
}

/// Sums in the peer's form, followed by those it does not have.
fn sums(totals: &Totals) -> Vec<String> {
    let mut lines = vec![counts("digest", &totals.digests)];
    if totals.backfill_digests.total > 0 {
        lines.push(counts("backfill digest", &totals.backfill_digests));
    }
    lines.push(counts("log", &totals.logs));
    lines.extend(
        totals
            .uncovered
            .iter()
            .map(|(reason, count)| format!("{count} log {} uncovered: {reason}", files(*count))),
    );
    if totals.unlisted > 0 {
        lines.push(format!("{} log {} unlisted", totals.unlisted, files(totals.unlisted)));
    }
    if totals.duplicates > 0 {
        lines.push(format!("{} log {} unlisted: duplicate", totals.duplicates, files(totals.duplicates)));
    }
    lines
}

fn counts(what: &str, counts: &Counts) -> String {
    let total = counts.total;
    let mut parts = vec![format!("{}/{total} {what} files valid", counts.valid)];
    for (count, word) in
        [(counts.invalid, "INVALID"), (counts.missing, "MISSING"), (counts.unverified, "unverified")]
    {
        if count > 0 {
            parts.push(format!("{count}/{total} {what} files {word}"));
        }
    }
    if counts.by_successor > 0 {
        parts.push(format!(
            "{} of the valid by the signature that the next digest holds",
            counts.by_successor
        ));
    }
    parts.join(", ")
}

fn files(count: u64) -> &'static str {
    if count == 1 { "file" } else { "files" }
}

/// What else lies there.
fn beside(totals: &Totals) -> Vec<String> {
    let mut lines = Vec::new();
    for (count, words) in [
        (totals.unreadable_paths, "paths could not be looked into"),
        (totals.outside_window, "log files lie outside the window and were not read"),
        (totals.relocated, "digests lie in another folder than the one they were put in"),
        (totals.other_files, "other files were not looked at"),
    ] {
        if count > 0 {
            lines.push(format!("{count} {words}"));
        }
    }
    lines
}

fn keys(report: &Report) -> Vec<String> {
    if report.keys.is_empty() {
        return vec!["no public keys were given: nothing can be verified without --public-keys".to_owned()];
    }
    let unused = report.keys.iter().filter(|key| key.verified == 0).count();
    let mut lines: Vec<String> = report.keys.iter().filter(|key| key.verified > 0).map(key).collect();
    if unused > 0 {
        lines.push(format!("{unused} further keys verified nothing"));
    }
    lines
}

fn key(key: &crate::sources::digests::report::KeyFacts) -> String {
    let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "?".to_owned());
    let verified = key.verified;
    let text = format!(
        "key {} of {} (SHA-256 {}), valid {} to {}, verified {verified} digest {}",
        key.fingerprint,
        key.source,
        key.sha256,
        time(&key.valid_from),
        time(&key.valid_to),
        files(verified)
    );
    shown(&text).into_owned()
}

fn sidecars(report: &Report) -> Vec<String> {
    let line = |missing: &crate::sources::digests::report::MissingSidecar| {
        let text = format!(
            "missing sidecar: {} would give its digest a signature; the digest lists {} log {}",
            missing.sidecar,
            missing.logs.len(),
            files(missing.logs.len() as u64)
        );
        shown(&text).into_owned()
    };
    report.missing_sidecars.iter().map(line).collect()
}

fn exceptions(report: &Report) -> Vec<String> {
    let line = |exception: &crate::sources::digests::report::Exception| {
        let text = format!("accepted {}: {} ({} times)", exception.accepts, exception.text, exception.count);
        shown(&text).into_owned()
    };
    report.exceptions.iter().map(line).collect()
}

fn window(report: &Report) -> Vec<String> {
    let window = &report.window;
    let minutes = window.allowance_minutes;
    let mut lines =
        vec![format!("window {} to {}, deliveries up to {minutes} minutes later", window.from, window.to)];
    if !window.from_given {
        lines.push(
            "no start was given: the window begins with the first thing seen; older hours are unproven"
                .to_owned(),
        );
    }
    if !window.to_given {
        lines.push(
            "no end was given: the window ends with the last thing seen; newer hours are unproven".to_owned(),
        );
    }
    lines
}

fn closing(report: &Report) -> String {
    let words = match report.verdict {
        "VERIFIED" => "every log file listed is here, byte for byte as delivered, and every hour is attested",
        "VERIFIED WITH EXCEPTIONS" => "as VERIFIED, except what was accepted above",
        "FAILED" => "something was altered or is missing",
        _ => "nothing is proven to be altered or missing, but not everything can be told",
    };
    format!("{}: {words}", report.verdict)
}

//! The cost floor and the run, in one process over the same files: F (read, inflate, hash), each stage and the whole
//! run as multiples of F, in CPU time. `cargo bench`; `EVENTS=100000 cargo bench` for a smaller log. Ratios only:
//! a time alone says little on a shared machine (architecture §5).
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a bench reports on a terminal and stops at the first error"
)]

#[path = "../tests/support/bucket.rs"]
mod bucket;
#[path = "../tests/support/trail.rs"]
mod trail;

use std::path::{Path, PathBuf};
use std::time::Duration;

use cpu_time::ProcessTime;
use trailwitness::audit::{Audit, Overrides};
use trailwitness::bundle::manifest::RunFacts;
use trailwitness::commands::pipeline::{self, Documents, Writing};
use trailwitness::ledger::intake::{self, Quiet};
use trailwitness::sources::{self, Reader, digests, names};
use trailwitness::verdicts;

fn main() {
    let events = std::env::var("EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(500_000);
    let share = std::env::var("OTHER").ok().and_then(|text| text.parse().ok()).unwrap_or(0.0);
    let folder = tempfile::tempdir().unwrap();
    let plan = trail::Plan { events, other_service_share: share, ..trail::Plan::default() };
    let truth = trail::write(&plan, folder.path()).unwrap();
    println!(
        "{events} events, {} records with repeats, {} MB of JSON",
        truth.records,
        truth.json_bytes / 1_000_000
    );
    if let Ok(packs) = std::env::var("PACKS") {
        return profile(folder.path(), &packs);
    }
    let audit = Audit::read(&folder.path().join("audit.toml"), &Overrides::default()).unwrap();
    floor(&audit);
    let floor = (0..3).map(|_| floor(&audit)).min().unwrap();
    println!(
        "F        {:>7.3} µs an event (read, inflate with libdeflate, SHA-256; one core)",
        micros(floor, events)
    );
    stages(&audit, floor, events);
    one_test_and_nine(&audit);
    all_packs(folder.path());
    documents();
    for records in [3, 20, 300] {
        attested(records);
    }
}

/// A week of one trail and region with digests, 2,016 log files in 169 digests: `integrity` against reading, inflating and
/// hashing the same files, and what digests add to reading inside a run.
fn attested(records: i64) {
    let folder = tempfile::tempdir().unwrap();
    let spec = bucket::Spec { hours: 168, per_hour: 12, records, ..bucket::Spec::default() };
    let made = bucket::Bucket::new(&spec);
    assert_eq!((made.logs().len(), made.digests().len()), (2016, 169));
    made.write(folder.path());
    let source = vec![trailwitness::audit::Source::Folder(folder.path().join("bucket"))];
    let entries = sources::list(&source).unwrap();
    let logs: Vec<_> = entries.iter().filter(|entry| names::log(&entry.name).is_some()).cloned().collect();
    let settings = || digests::Settings {
        keys: digests::Keys::read(&[folder.path().join("public-keys")]).unwrap(),
        ..digests::Settings::default()
    };
    let read = |entries: &[sources::Entry]| {
        let mut reader = Reader::default();
        entries.iter().map(|entry| reader.read(entry).unwrap().bytes.len()).sum::<usize>()
    };
    let integrity = || {
        let attested = digests::attest(&entries, settings(), 1).unwrap();
        let read = attested.read_logs(&entries, 1, &|_| {}).unwrap();
        attested.conclude(&entries, &read, &digests::Inside::default())
    };
    let inside = || {
        let attested = digests::attest(&entries, settings(), 1).unwrap();
        intake::read(&entries, Some(&attested), 1, &Quiet).unwrap()
    };
    let best = |run: &dyn Fn()| (0..5).map(|_| timed(run).0).min().unwrap();
    let whole = best(&|| assert!(read(&entries) > 0));
    let checked = best(&|| assert_eq!(integrity().exit, 0));
    let plain = best(&|| drop(intake::read(&logs, None, 1, &Quiet).unwrap()));
    let trusted = best(&|| drop(inside()));
    println!(
        "integrity of 2016 logs of {records} records in 169 digests {:.2} x F; reading inside a run with digests {:.3} of without, \
         {:.0} µs more a digest",
        ratio(checked, whole),
        ratio(trusted, plain),
        trusted.saturating_sub(plain).as_secs_f64() * 1e6 / 169.0
    );
}

fn micros(time: Duration, events: u64) -> f64 {
    time.as_secs_f64() * 1e6 / events as f64
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = ProcessTime::now();
    let result = work();
    (start.elapsed(), result)
}

fn floor(audit: &Audit) -> Duration {
    let entries = sources::list(&audit.sources).unwrap();
    let mut reader = Reader::default();
    let (time, bytes) =
        timed(|| entries.iter().map(|entry| reader.read(entry).unwrap().bytes.len()).sum::<usize>());
    assert!(bytes > 0);
    time
}

fn line(name: &str, time: Duration, floor: Duration) {
    println!("{name:<28} {:>6.2} x F", time.as_secs_f64() / floor.as_secs_f64());
}

fn stages(audit: &Audit, floor: Duration, events: u64) {
    let entries = sources::list(&audit.sources).unwrap();
    let packs = pipeline::packs(audit).unwrap();
    let tests = verdicts::tests(&packs);
    let (reading, part) = timed(|| intake::read(&entries, None, 1, &Quiet).unwrap());
    let (settling, read) = timed(|| {
        pipeline::settle_part(part, audit, &trailwitness::coverage::Proof::default(), &|_| {
            std::collections::BTreeMap::new()
        })
    });
    let (judging, judged) = timed(|| pipeline::judge(&read, audit, &tests));
    println!(
        "         {} shapes, {} groups, {} callers",
        read.ledger.shapes.len(),
        judged.answers.groups.len(),
        read.ledger.callers.len()
    );
    let out = tempfile::tempdir().unwrap();
    let (writing, _) = timed(|| {
        let ready = Ready { read: &read, audit, packs: &packs, tests: &tests, judged: &judged };
        write(&ready, out.path(), Documents::None)
    });
    line("read, parse, rows", reading, floor);
    line("repeats, people, shapes", settling, floor);
    line("rules, counts, digests", judging, floor);
    line("data files", writing, floor);
    line("the whole run, 1 thread", reading + settling + judging + writing, floor);
    let whole = reading + settling + judging + writing;
    println!(
        "         {:.0} events a CPU second; peak memory {} MiB",
        events as f64 / whole.as_secs_f64(),
        peak_memory()
    );
}

/// What a bundle is written from.
struct Ready<'a> {
    read: &'a pipeline::Read,
    audit: &'a Audit,
    packs: &'a [trailwitness::rules::Pack],
    tests: &'a [verdicts::TestPlace<'a>],
    judged: &'a verdicts::Judged,
}

fn write(ready: &Ready<'_>, out: &Path, documents: Documents) -> pipeline::Outcome {
    let writing = Writing { out, documents, run: RunFacts::default(), templates: None };
    pipeline::write(ready.read, ready.audit, ready.packs, ready.tests, ready.judged, &writing).unwrap()
}

/// The whole run with the first test alone and with all of them.
fn one_test_and_nine(audit: &Audit) {
    let packs = pipeline::packs(audit).unwrap();
    let tests = verdicts::tests(&packs);
    let one: Vec<_> =
        tests.iter().filter(|place| place.control.requirement == "10.2.1.1").take(1).copied().collect();
    // Nine tests over nine requirements: the first of each.
    let mut nine: Vec<verdicts::TestPlace<'_>> = Vec::new();
    for place in &tests {
        if nine.iter().all(|other| other.control.requirement != place.control.requirement) {
            nine.push(*place);
        }
    }
    let run = |tests: &[verdicts::TestPlace<'_>]| {
        let out = tempfile::tempdir().unwrap();
        timed(|| {
            let read = pipeline::read(audit, 1, &Quiet).unwrap();
            let judged = pipeline::judge(&read, audit, tests);
            let ready = Ready { read: &read, audit, packs: &packs, tests, judged: &judged };
            write(&ready, out.path(), Documents::None)
        })
        .0
    };
    let best = |times: [Duration; 2]| times.into_iter().min().unwrap();
    let single = best([run(&one), run(&one)]);
    let all = best([run(&nine), run(&nine)]);
    let every = best([run(&tests), run(&tests)]);
    println!(
        "{} tests cost {:.3} of one test; all {} tests {:.3}",
        nine.len(),
        ratio(all, single),
        tests.len(),
        ratio(every, single)
    );
}

/// An audit file over the same logs with tables of every class of data and the facts that some packs ask for.
fn every_class(folder: &Path) -> PathBuf {
    let classes = ["cardholder", "health", "criminal-justice", "personal"];
    let mut next = classes.iter().cycle();
    let text = std::fs::read_to_string(folder.join("audit.toml")).unwrap();
    let text: Vec<String> = text
        .lines()
        .map(|line| match line.starts_with("data = ") {
            true => format!("data = \"{}\"", next.next().unwrap()),
            false => line.replace("prepared_by", "baseline = \"high\"\nservice_provider = true\nprepared_by"),
        })
        .collect();
    let path = folder.join("all.toml");
    std::fs::write(&path, text.join("\n")).unwrap();
    path
}

fn shipped() -> Vec<String> {
    trailwitness::rules::shipped_packs().into_iter().map(str::to_owned).collect()
}

/// One whole run with these packs.
fn with_packs(audit: &Path, packs: Vec<String>) -> Measured {
    // What was written stays until the end: deleting many files slows down making others.
    let out = tempfile::tempdir_in(audit.parent().unwrap()).unwrap().keep();
    let overrides = Overrides { packs, ..Overrides::default() };
    timed(|| {
        let audit = Audit::read(audit, &overrides).unwrap();
        let packs = pipeline::packs(&audit).unwrap();
        let tests = verdicts::tests(&packs);
        let read = pipeline::read(&audit, 1, &Quiet).unwrap();
        let judged = pipeline::judge(&read, &audit, &tests);
        let ready = Ready { read: &read, audit: &audit, packs: &packs, tests: &tests, judged: &judged };
        write(&ready, &out, Documents::None);
        (packs.len(), tests.len(), judged.answers.questions(), judged.answers.groups.len())
    })
}

/// CPU time, and the numbers of packs, tests, questions and groups.
type Measured = (Duration, (usize, usize, usize, usize));

/// Nothing but whole runs with the named packs (or `all`), for a profiler: `PACKS=all cargo bench`.
fn profile(folder: &Path, packs: &str) {
    let packs = if packs == "all" { shipped() } else { packs.split(',').map(str::to_owned).collect() };
    let (time, numbers) = with_packs(&every_class(folder), packs);
    println!("{numbers:?} in {time:?} of CPU");
}

/// The whole run with the first pack alone and with every shipped pack, over tables of every class of data.
fn all_packs(folder: &Path) {
    let path = every_class(folder);
    // Turns about, so that a machine that grows slower or faster shows in both.
    let first = || with_packs(&path, vec!["pci-dss-4.0.1".to_owned()]);
    let every = || with_packs(&path, shipped());
    let pairs = [(first(), every()), (first(), every()), (first(), every())];
    let one = pairs.iter().map(|(one, _)| one.0).min().unwrap();
    let (many, (packs, tests, questions, groups)) =
        pairs.iter().map(|(_, many)| (many.0, many.1)).min().unwrap();
    println!(
        "{packs} packs ({tests} tests, {questions} questions, {groups} groups) cost {:.3} of pci-dss-4.0.1 alone",
        ratio(many, one)
    );
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

/// Documents of the sample story, in CPU milliseconds a PDF page.
fn documents() {
    let story = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/acme-payments/audit.toml");
    let audit = Audit::read(&story, &Overrides::default()).unwrap();
    let packs = pipeline::packs(&audit).unwrap();
    let tests = verdicts::tests(&packs);
    let read = pipeline::read(&audit, 1, &Quiet).unwrap();
    let judged = pipeline::judge(&read, &audit, &tests);
    let mut times = Vec::new();
    let mut pages = 0;
    for documents in [Documents::None, Documents::Html, Documents::All] {
        let out = tempfile::tempdir().unwrap();
        let (time, outcome) = timed(|| {
            let ready = Ready { read: &read, audit: &audit, packs: &packs, tests: &tests, judged: &judged };
            write(&ready, out.path(), documents)
        });
        times.push(time);
        pages = outcome.pages;
    }
    if let [none, html, all] = times.as_slice() {
        let html_ms = html.saturating_sub(*none).as_secs_f64() * 1e3;
        let pdf_ms = all.saturating_sub(*html).as_secs_f64() * 1e3;
        println!(
            "documents of the story: HTML {html_ms:.0} ms, {pages} PDF pages at {:.2} CPU ms a page",
            pdf_ms / pages as f64
        );
    }
}

/// Peak resident memory of this process in MiB, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|text| text.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
    kib.map_or_else(|| "not known".to_owned(), |kib| (kib / 1024).to_string())
}

//! A model with realistic and hostile content for the tests of the HTML pages.
//! Comes in: nothing. Goes out: a filled [`Model`]. Never leaves test builds.

use super::dossiers;
use crate::bundle::model::*;

/// Text as an attacker would choose it: markup, quotes, a right-to-left override, a bell.
pub const HOSTILE: &str = "<script>alert('x')</script>\" onload=\"y\u{202e}gnp\u{7} & https://evil.example/";
const SHA: &str = "3f6c0c1f9a41d3b27788f00112233445566778899aabbccddeeff001e4f50917";
pub(super) const NAMES: [&str; 6] =
    ["Aoife Byrne", "Ελένη Παπαδοπούλου", "مريم الحداد", "王小明", "Jörg Müller", HOSTILE];

pub(super) fn arn() -> String {
    format!(
        "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_{}_0a1b2c3d4e5f6a7b/aoife.byrne@example.test",
        "ClinicianReadOnlyAccessForPaymentsPlatform".repeat(3)
    )
}

pub(super) fn list<T>(rows: Vec<T>, total: u64, file: &str) -> Listing<T> {
    Listing { rows, total, file: file.into(), sha256: SHA.into() }
}

pub(super) fn fact(label: &str, value: &str) -> Fact {
    Fact { label: label.into(), value: value.into() }
}

pub(super) fn share(label: &str, count: u64) -> Share {
    Share { label: label.into(), count }
}

pub(super) fn reference(place: u64) -> String {
    format!("111122223333:{:08x}-4f3a-4c1d-9b2e-{:012x}", place * 7_919 + 40_961, place * 104_729)
}

pub(super) fn time(place: u64) -> String {
    format!(
        "2026-03-{:02}T{:02}:{:02}:{:02}Z",
        2 + place % 14,
        place * 5 % 24,
        place * 7 % 60,
        place * 11 % 60
    )
}

fn copy(place: u64) -> CitedCopy {
    CitedCopy {
        event_ref: reference(place + 1_000),
        place: format!("F-{:05}#{}", place % 90 + 1, place),
        trust: "unverified (no digest)".into(),
        words: "the same action in this account's log".into(),
    }
}

pub(super) fn citation(place: u64) -> Citation {
    Citation {
        event_ref: reference(place),
        time: time(place),
        operation: ["GetItem", "Query", "Scan", "PutItem"][place as usize % 4].into(),
        object: "table/cardholder-tokens".into(),
        person: NAMES[place as usize % 6].into(),
        outcome: "refused".into(),
        place: format!("F-{:05}#{}", place % 90, place * 3),
        trust: "unverified (no digest files)".into(),
        copies: if place.is_multiple_of(3) { vec![copy(place)] } else { Vec::new() },
    }
}

/// A whole bundle.
pub fn model() -> Model {
    Model {
        head: head(),
        summary: summary(),
        completeness: completeness(),
        requirements: ["10.2.1.1", "10.2.1.4", "10.2.2", "10.3.1", "10.4.1", "10.6.1"]
            .iter()
            .zip(WORDS)
            .map(|(slug, word)| requirement(slug, word))
            .collect(),
        exceptions: list((1..=40).map(exception).collect(), 412, "data/exceptions.csv"),
        people: (0..30).map(dossiers::dossier).collect(),
        individuals: Default::default(),
        limits: limits(),
        parameters: vec![
            fact("off_hours_from", "19:00"),
            fact("roster", &arn()),
            fact("tolerance_hours", "0"),
        ],
        packs: vec![pack()],
        data_files: [
            "data/accesses.csv.gz",
            "data/exceptions.csv",
            "data/files.csv",
            "data/integrity.json",
            "data/sessions.csv",
        ]
        .iter()
        .map(|path| DataFile {
            path: (*path).into(),
            rows: 1_204_118,
            sha256: SHA.into(),
            words: "One row an access, sorted by event reference".into(),
        })
        .collect(),
        glossary: vec![
            fact("Window", "The period in UTC; its end is not part of it."),
            fact("Event reference", "Account and event id: the key of a record everywhere."),
        ],
    }
}

const WORDS: [Word; 6] = [
    Word::Exceptions,
    Word::Supported,
    Word::Insufficient,
    Word::NotTested,
    Word::Error,
    Word::NotApplicable,
];

fn head() -> Head {
    Head {
        bundle_id: "evidence_pci-dss-4.0.1_2026-03-02_2026-03-16_payments_3f6c0c1f".into(),
        content_digest: SHA.into(),
        entity: "Example Payments Ltd".into(),
        system: "Payments platform".into(),
        classification: "CONFIDENTIAL - contains pseudonymised personal data".into(),
        redaction: "Profile external-auditor. Item keys and persons pseudonymised, addresses in full. \
                    Pseudonymised is not anonymous; handle as personal data."
            .into(),
        window_from: "2026-03-02T00:00:00Z".into(),
        window_to: "2026-03-16T00:00:00Z".into(),
        window_hours: 336,
        zone: "Europe/Dublin".into(),
        window_local: "2026-03-02 00:00 to 2026-03-16 00:00 GMT".into(),
        as_of: "2026-03-20".into(),
        prepared_by: "E. Preparer (as given in audit.toml)".into(),
        contact: "evidence@example.test".into(),
        reference: "AUD-1234".into(),
        generator: "trailwitness 0.1.0".into(),
        frameworks: vec![
            "PCI DSS 4.0.1, requirement 10.2 (rule pack pci-dss-4.0.1 1.0.0, unmodified)".into(),
        ],
        sources: "2 accounts, 3 regions, 26\u{2009}214 log files, 4\u{2009}812\u{2009}377 records".into(),
        replaces: "none".into(),
        keep_until: "2029-04-30 (basis: assessment evidence, 3 years)".into(),
    }
}

fn summary() -> Summary {
    let titles = [
        "Audit logs hold every access by an individual to cardholder data",
        "Audit logs hold refused logical access attempts",
        "Audit logs record who, what, when, whether it succeeded, from where and on what",
        "Read access to audit logs is limited to those with a need",
        "Audit logs are reviewed at least daily",
        "System clocks are synchronised",
    ];
    Summary {
        sentence: "Of 6 requirements examined, the records support 1 for the tested population; \
                   1 shows exceptions; \
                   1 could not be concluded; 1 did not complete; 2 cannot be tested from logs."
            .into(),
        packs: vec![PackSummary {
            pack: "pci-dss-4.0.1".into(),
            framework: "PCI DSS 4.0.1".into(),
            sentence: String::new(),
            rows: ["10.2.1.1", "10.2.1.4", "10.2.2", "10.3.1", "10.4.1", "10.6.1"]
                .iter()
                .zip(WORDS)
                .zip(titles)
                .map(|((slug, verdict), title)| SummaryRow {
                    slug: (*slug).into(),
                    number: (*slug).into(),
                    title: title.into(),
                    verdict,
                    other_words: if verdict == Word::Exceptions {
                        "1 supported".into()
                    } else {
                        String::new()
                    },
                    qualifiers: if verdict == Word::Supported {
                        vec![]
                    } else {
                        vec!["coverage-limited".into(), "integrity-unverified".into()]
                    },
                    examined: "1204118 accesses".into(),
                    exceptions: if verdict == Word::Exceptions { 41 } else { 0 },
                    undetermined: 25,
                })
                .collect(),
        }],
        limits: vec![
            "3 of 336 hours (0.9 %) are not proven; this run tolerates 0.".into(),
            "L-06 Session names are chosen by the caller unless the role's policy forces them.".into(),
        ],
        needs: vec!["Configuration of the trail".into(), "Interviews for 10.2.2.".into()],
        facts: vec![fact("People and principals", "30"), fact("Accesses", "1\u{2009}204\u{2009}118")],
    }
}

fn completeness() -> Completeness {
    Completeness {
        integrity: Integrity::example(HOSTILE),
        sentence:
            "Of 336 hours, 333 are proven for every table in scope; 3 are not, and each is listed below."
                .into(),
        statement: vec![
            fact("System", "AWS CloudTrail, organisation trail payments-trail"),
            fact("Extracted", "aws s3 sync of the trail's bucket, as stated by the preparer"),
            fact("Filters", "none"),
        ],
        reconciliation: vec![
            line("Files listed", 26_214, "= 26 209 read + 3 skipped + 2 failed", true),
            line("Records parsed", 4_812_377, "sum of data/files.csv", true),
            line("Duplicates removed", 1_946, "same event reference and same content", true),
            line("In window", 4_799_223, "= 4 810 431 - 11 208", false),
        ],
        strips: (0..8).map(strip).collect(),
        gaps: list((0..4).map(gap).collect(), 4, "data/coverage.csv"),
        losses: list(
            vec![Loss {
                kind: "damaged gzip".into(),
                file: HOSTILE.into(),
                position: String::new(),
                detail: "ends after 4 096 bytes".into(),
                count: 2,
            }],
            1,
            "data/files.csv",
        ),
        scope_differences: vec![ScopeDifference {
            what: "seen, not declared".into(),
            kind: "table".into(),
            name: "cardholder-tokens-backup".into(),
            count: 12,
        }],
        logging_changes: list(vec![logging_change()], 1, "data/coverage.csv"),
        grades: grades(),
        files: vec![share("read, unverified (no digest files)", 26_209), share("failed: damaged gzip", 2)],
        file_rows: list((1..=300).map(file_row).collect(), 26_214, "data/files.csv"),
        per_day: days(48_000),
        operations: ["GetItem", "Query", "BatchGetItem", "UpdateItem", "Scan", "DeleteItem", HOSTILE]
            .iter()
            .zip([801_331, 250_120, 90_400, 45_002, 1_204, 55, 6])
            .map(|(operation, accesses)| OperationRegion {
                operation: (*operation).into(),
                region: "eu-west-1".into(),
                accesses,
                refused: accesses / 20,
            })
            .collect(),
    }
}

fn line(step: &str, count: u64, check: &str, holds: bool) -> BoxLine {
    BoxLine { step: step.into(), count, check: check.into(), holds }
}

fn strip(place: u64) -> Strip {
    let span = |state: &str, first_hour, hours| StateSpan { state: state.into(), first_hour, hours };
    Strip {
        account: "111122223333".into(),
        region: ["eu-west-1", "us-east-1"][place as usize % 2].into(),
        table: ["cardholder-tokens", "chargebacks", "all management calls", HOSTILE][place as usize / 2]
            .into(),
        class: ["read", "write"][place as usize % 2].into(),
        hours: 336,
        proven: 333 - place,
        spans: vec![
            span("verified", 0, 60 + 20 * place),
            span("stopped", 60 + 20 * place, 1),
            span("delivered", 61 + 20 * place, 59),
            span("silent", 120 + 20 * place, 2 + place),
            span("not-selected", 122 + 21 * place, 20),
            span("unknown", 142 + 21 * place, 10),
            span("verified", 152 + 21 * place, 182 - 21 * place),
            span("tail", 334, 2),
        ],
    }
}

fn gap(place: u64) -> CoverageGap {
    CoverageGap {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        table: "cardholder-tokens".into(),
        class: "read".into(),
        from: time(place),
        to: time(place + 1),
        hours: 1 + place,
        state: "silent".into(),
        cause: if place == 0 { "StopLogging by breakglass".into() } else { String::new() },
        tests: vec!["pci-dss-4.0.1/10.2.1.1#1".into()],
    }
}

fn logging_change() -> LoggingChange {
    LoggingChange {
        time: time(3),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        operation: "StopLogging".into(),
        trail: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/payments-trail".into(),
        person: HOSTILE.into(),
        meaning: "Nothing is logged by this trail from here until StartLogging".into(),
        citation: reference(3),
    }
}

fn grades() -> Vec<GradeShare> {
    [
        ("A", "person on the roster, proven", 900_214),
        ("B", "named, not proven", 101_377),
        ("C", "registered workload", 193_461),
        ("D", "shared or ambiguous", 41),
        ("E", "unknown", 25),
        ("service", "AWS service", 9_000),
        ("root", "root user", 0),
    ]
    .map(|(grade, meaning, accesses)| GradeShare {
        grade: grade.into(),
        meaning: meaning.into(),
        accesses,
        principals: 4,
    })
    .into()
}

fn file_row(place: u64) -> FileRow {
    FileRow {
        id: format!("F-{place:05}"),
        path: format!(
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_{place:04}.json.gz"
        ),
        outcome: "read".into(),
        trust: "unverified (no digest files)".into(),
        records: place * 13,
        sha256: SHA.into(),
    }
}

pub(super) fn days(size: u64) -> Vec<DayKinds> {
    (0..14)
        .map(|day| DayKinds {
            day: format!("2026-03-{:02}", day + 2),
            reads: size * (3 + day * 5 % 7) / 10,
            writes: size / 8,
            deletes: size / 30,
            admin: size / 40,
            refused: size / 12,
            failed: size / 25,
        })
        .collect()
}

fn limits() -> Vec<Limit> {
    [
        (
            "L-01",
            "The log records requests, not results. For queries and scans the items returned are not listed.",
        ),
        ("L-04", "Hours without a verified digest: absence of records in them proves nothing."),
        ("L-06", "A session name is chosen by the caller unless the role's policy forces it."),
    ]
    .map(|(id, words)| Limit { id: id.into(), words: words.into() })
    .into()
}

fn requirement(slug: &str, verdict: Word) -> Requirement {
    Requirement {
        examined: "1204118 accesses".into(),
        slug: slug.into(),
        pack: "pci-dss-4.0.1".into(),
        framework: "PCI DSS 4.0.1".into(),
        number: slug.into(),
        title: "Every access by an individual to cardholder data".into(),
        words: "Audit logs must hold every access by an individual to cardholder data.".into(),
        status: "partial".into(),
        verdict,
        other_words: "1 supported".into(),
        qualifiers: vec!["coverage-limited".into()],
        shows: "Each record of data access names one person or one registered workload.".into(),
        cannot_show: "What a query or scan returned.".into(),
        statement: "Accesses are tied to individuals but for the exceptions below.".into(),
        methods: "Examine log configuration; examine log data".into(),
        limits: limits(),
        needs: vec!["The trail's configuration at the start and end of the window.".into()],
        crosswalk: vec!["HIPAA 164.312(b)".into(), "FedRAMP AU-12".into()],
        tests: if verdict == Word::NotTested { vec![] } else { vec![test(slug, 1), test(slug, 2)] },
        declaration: String::new(),
        notes: vec!["Answered by pci-dss-4.0.1/10.2.1.1: the same rule runs here.".into()],
        script: "// hostile: </pre></script>\nfn test(access) {\n\tif grade == \"D\" { exception() }\n}"
            .into(),
        evidence_ref: format!("EV-PCI-DSS-4.0.1-{slug}"),
    }
}

fn test(slug: &str, place: u64) -> Test {
    Test {
        id: format!("pci-dss-4.0.1/{slug}#{place}"),
        name: "Each access names one individual".into(),
        words: "Reads every access to an in-scope table and asks whether it names one person or workload."
            .into(),
        verdict: if place == 1 { Word::Exceptions } else { Word::Supported },
        reasons: vec!["41 accesses of a shared session".into()],
        qualifiers: vec!["coverage-limited".into()],
        unit: "accesses".into(),
        population_words: "All accesses of people and workloads to tables in scope, in the window.".into(),
        population: 1_204_118,
        events: Some(1_204_101),
        population_digest: SHA.into(),
        conforming: 1_204_052,
        exceptions: 41,
        undetermined: 25,
        breakdowns: vec![Breakdown {
            by: "by table".into(),
            rows: vec![share("cardholder-tokens", 1_198_330), share("chargebacks", 5_788)],
        }],
        causes: vec![CauseCount {
            outcome: "exception".into(),
            cause: "shared-identity".into(),
            words: "The session cannot be tied to one person".into(),
            count: 41,
        }],
        coverage: "336 hours needed, 333 proven".into(),
        parameters: vec![fact("allow_workloads", "true")],
        elements: Vec::new(),
        conforming_examples: vec![format!("{} GetItem cardholder-tokens {}", time(9), reference(9))],
    }
}

fn exception(place: u64) -> ExceptionGroup {
    ExceptionGroup {
        framework: "PCI DSS 4.0.1".into(),
        told: "days=12; reviewer=Kim Okafor".into(),
        id: format!("EX-{place:04}"),
        fingerprint: format!("{:016x}", place * 1_000_003),
        requirement: "10.2.1.1".into(),
        slug: "10.2.1.1".into(),
        test: "pci-dss-4.0.1/10.2.1.1#1".into(),
        severity: "high".into(),
        outcome: if place.is_multiple_of(3) { "undetermined".into() } else { "exception".into() },
        cause: "shared-identity".into(),
        cause_words: "The session cannot be tied to one person".into(),
        subject: if place == 1 { HOSTILE.into() } else { arn() },
        first_seen: time(place),
        last_seen: time(place + 2),
        count: 41 * place,
        people: vec![NAMES[place as usize % 6].into()],
        objects: vec!["cardholder-tokens".into()],
        citations: if place.is_multiple_of(4) { vec![] } else { (0..place % 5 + 1).map(citation).collect() },
        disposition: "open".into(),
    }
}

fn pack() -> PackFacts {
    PackFacts {
        id: "pci-dss-4.0.1".into(),
        title: "PCI DSS 4.0.1, logging of access".into(),
        framework: "PCI DSS 4.0.1".into(),
        version: "1.0.0".into(),
        author: "A. Author".into(),
        sha256: SHA.into(),
        difference: "unmodified".into(),
        scope: "Requirement 10.2 for DynamoDB tables".into(),
        ..PackFacts::default()
    }
}

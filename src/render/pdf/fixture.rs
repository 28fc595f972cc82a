//! A model for tests: realistic sizes, and the kinds of text that break layouts.
//! Comes in: nothing. Goes out: the same model each time, made of counters.
//! Never holds a value from a real log.

use crate::bundle::model::*;

const ACCOUNT: &str = "111122223333";
const HOSTILE: &str = "eve\u{202e}txt.exe\u{0000}\u{200b}<script>alert('x')</script>\"&\\";

fn fact(label: &str, value: &str) -> Fact {
    Fact { label: label.to_owned(), value: value.to_owned() }
}

fn hash(seed: u64) -> String {
    (0..4)
        .map(|part| format!("{:016x}", (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 + part * 77)))
        .collect()
}

/// A made-up event reference.
pub(crate) fn event_ref(number: u64) -> String {
    format!("{ACCOUNT}:7b0c2f10-1111-4222-8333-{number:012x}")
}

fn time(minute: u64) -> String {
    let (day, rest) = (minute / 1_440, minute % 1_440);
    format!("2026-{:02}-{:02}T{:02}:{:02}:22Z", 1 + day / 28 % 12, 1 + day % 28, rest / 60, rest % 60)
}

fn long_arn(number: u64) -> String {
    let role = "AWSReservedSSO_ClinicianReadOnlyAccess_0123456789abcdef";
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/j.doe.{number}+long.session.name@clinic.example.test")
}

fn listing<T>(rows: Vec<T>, total: u64, file: &str) -> Listing<T> {
    Listing { rows, total, file: file.to_owned(), sha256: hash(total) }
}

/// The model.
pub(crate) fn model() -> Model {
    let requirements: Vec<Requirement> = (0..9).map(requirement).collect();
    Model {
        head: head(),
        summary: summary(&requirements),
        completeness: completeness(),
        exceptions: listing((0..60).map(group).collect(), 412, "data/exceptions.csv"),
        people: people(),
        individuals: Default::default(),
        limits: (1..=10).map(limit).collect(),
        parameters: (0..14)
            .map(|n| fact(&format!("tests.parameter_{n}"), "10.1.0.0/16, 10.2.0.0/16"))
            .collect(),
        packs: vec![pack()],
        data_files: (0..12).map(data_file).collect(),
        glossary: (0..10)
            .map(|n| fact(&format!("Term {n}"), &"A plain explanation in words. ".repeat(3)))
            .collect(),
        requirements,
    }
}

fn head() -> Head {
    Head {
        bundle_id: "evidence_pci-dss-4.0.1_2026-01-01_2026-04-01_payments_3f6c0c1f".into(),
        content_digest: hash(7),
        entity: "Example Payments Ltd".into(),
        system: "Payments platform".into(),
        classification: "CONFIDENTIAL - contains pseudonymised personal data".into(),
        redaction: "external-auditor: item keys pseudonymised, persons pseudonymised, addresses in full"
            .into(),
        window_from: "2026-01-01T00:00:00Z".into(),
        window_to: "2026-04-01T00:00:00Z".into(),
        window_hours: 2_160,
        zone: "Europe/Dublin".into(),
        window_local: "2026-01-01 00:00 to 2026-04-01 01:00 Europe/Dublin".into(),
        as_of: "2026-04-01".into(),
        prepared_by: "E. Preparer (as given in audit.toml)".into(),
        contact: "evidence@example.test".into(),
        reference: "AUD-1234".into(),
        generator: "trailwitness 0.1.0".into(),
        frameworks: vec![
            "PCI DSS 4.0.1, requirement 10.2 (rule pack pci-dss-4.0.1 1.0.0, unmodified)".into(),
        ],
        sources: "2 accounts, 3 regions, 26 214 log files, 4 812 377 records".into(),
        replaces: String::new(),
        keep_until: "2029-04-30 (assessment evidence, 3 years)".into(),
    }
}

fn summary(requirements: &[Requirement]) -> Summary {
    let row = |it: &Requirement| SummaryRow {
        slug: it.slug.clone(),
        number: it.number.clone(),
        title: it.title.clone(),
        verdict: it.verdict,
        other_words: it.other_words.clone(),
        qualifiers: it.qualifiers.clone(),
        examined: "1204118 accesses".into(),
        exceptions: 41,
        undetermined: 25,
    };
    Summary {
        sentence: "Of 9 requirements examined, the records support 5 for the tested population; 1 shows exceptions; \
                   1 could not be concluded; 2 cannot be tested from logs."
            .into(),
        packs: vec![PackSummary {
            pack: "pci-dss-4.0.1".into(),
            framework: "PCI DSS 4.0.1".into(),
            sentence: "Of 9 requirements examined, the records support 5.".into(),
            rows: requirements.iter().map(row).collect(),
        }],
        limits: vec!["3 of 2 160 hours have no verified digest; this run tolerates none.".into(); 4],
        needs: vec!["Policy on log review, with the names of the reviewers.".into(); 3],
        facts: vec![fact("Records", "4 812 377"), fact("People", "214"), fact("Tables", "2")],
    }
}

const WORDS: [Word; 6] = [
    Word::Supported,
    Word::Exceptions,
    Word::Insufficient,
    Word::NotTested,
    Word::NotApplicable,
    Word::Error,
];

fn requirement(number: usize) -> Requirement {
    let verdict = WORDS[number % WORDS.len()];
    let slug = format!("10.2.1.{number}");
    let tests = if verdict == Word::NotTested { 0 } else { 2 };
    Requirement {
        examined: "1204118 accesses".into(),
        pack: "pci-dss-4.0.1".into(),
        framework: "PCI DSS 4.0.1".into(),
        number: slug.clone(),
        title: "Individual access to cardholder data is logged".into(),
        words: "Audit logs must hold every access by an individual to cardholder data.\nEach names who, what and when."
            .into(),
        status: "partial".into(),
        verdict,
        other_words: "1 supported".into(),
        qualifiers: vec!["coverage-limited".into(), "integrity-unverified".into()],
        shows: "Each record of data access to an in-scope table names one person or one registered workload.".into(),
        cannot_show: "Items returned by queries and scans.".into(),
        statement: "The records support the statement for 1 204 118 accesses.".into(),
        methods: "examine log configuration, examine log data".into(),
        limits: (1..4).map(limit).collect(),
        needs: vec!["The trail's configuration on the first and last day.".into()],
        crosswalk: vec!["HIPAA 164.312(b)".into(), "CJIS AU-2".into()],
        tests: (1..=tests).map(|test| self::test(&slug, test, verdict)).collect(),
        declaration: String::new(),
        notes: vec!["Answered by pci-dss-4.0.1/10.2.1.1: the same rule runs here.".into()],
        script: "//! Rule text\nfn check(event) {\n    if event.person == \"\" { return exception(\"no-person\"); }\n    conforming()\n}\n"
            .repeat(4),
        evidence_ref: format!("EV-PCI-DSS-4.0.1-{slug}"),
        slug,
    }
}

fn test(slug: &str, number: u64, verdict: Word) -> Test {
    let shares =
        |labels: &[&str]| labels.iter().map(|l| Share { label: (*l).into(), count: 401_220 }).collect();
    Test {
        id: format!("pci-dss-4.0.1/{slug}#{number}"),
        name: "every access names a person".into(),
        words: "Looks at each access in the window and asks whether the identity block leads to one person."
            .into(),
        verdict,
        reasons: vec!["41 exceptions".into(), "3 of 2 160 hours unproven".into()],
        qualifiers: vec!["coverage-limited".into()],
        unit: "accesses".into(),
        population_words: "all data accesses to tables of class cardholder in the window".into(),
        population: 1_204_118,
        events: Some(1_204_118),
        population_digest: hash(number),
        conforming: 1_204_052,
        exceptions: 41,
        undetermined: 25,
        breakdowns: vec![
            Breakdown { by: "by month".into(), rows: shares(&["2026-01", "2026-02", "2026-03"]) },
            Breakdown { by: "by table".into(), rows: shares(&[&long_arn(1), "chargebacks"]) },
        ],
        causes: vec![CauseCount {
            outcome: "exception".into(),
            cause: "shared-identity".into(),
            words: "One role session was used by more than one person at the same time.".into(),
            count: 41,
        }],
        coverage: "2 157 of 2 160 hours proven".into(),
        parameters: vec![fact("max_sessions", "1")],
        elements: Vec::new(),
        conforming_examples: vec![event_ref(1), event_ref(2)],
    }
}

fn limit(number: u64) -> Limit {
    let words =
        "The log records requests, not results. For queries and scans the items returned are not listed.";
    Limit { id: format!("L{number:02}"), words: words.into() }
}

fn copy(number: u64) -> CitedCopy {
    CitedCopy {
        event_ref: event_ref(number + 1_000),
        place: format!("F-{:05}#{}", number % 90 + 1, number),
        trust: "unverified (no digest)".into(),
        words: "the same action in this account's log".into(),
    }
}

fn citation(number: u64) -> Citation {
    Citation {
        event_ref: event_ref(number),
        time: time(number * 37),
        operation: "GetItem".into(),
        object: "cardholder-tokens".into(),
        person: ["Ζωή Παπαδοπούλου", "李明", "فاطمة", HOSTILE, "Łukasz Żółć"][number as usize % 5].into(),
        outcome: "refused".into(),
        place: format!("F-{number:05}#212"),
        trust: "unverified (no digest)".into(),
        copies: if number.is_multiple_of(3) { vec![copy(number)] } else { Vec::new() },
    }
}

fn group(number: u64) -> ExceptionGroup {
    ExceptionGroup {
        framework: "PCI DSS 4.0.1".into(),
        told: "days=12; reviewer=Kim Okafor".into(),
        id: format!("EX-{number:04}"),
        fingerprint: hash(number)[..16].into(),
        requirement: "10.2.1.1".into(),
        slug: "10.2.1.1".into(),
        test: "pci-dss-4.0.1/10.2.1.1#1".into(),
        severity: "high".into(),
        outcome: if number.is_multiple_of(3) { "undetermined" } else { "exception" }.into(),
        cause: "shared-identity".into(),
        cause_words: "Shared role session".into(),
        subject: if number.is_multiple_of(4) { HOSTILE.into() } else { long_arn(number) },
        first_seen: time(number),
        last_seen: time(number + 600),
        count: 41 + number,
        people: vec!["u-3fa9".into(), "李明".into()],
        objects: vec!["cardholder-tokens".into()],
        citations: (0..number % 21).map(citation).collect(),
        disposition: "open".into(),
    }
}

fn pack() -> PackFacts {
    PackFacts {
        id: "pci-dss-4.0.1".into(),
        title: "Access to cardholder data".into(),
        framework: "PCI DSS 4.0.1".into(),
        version: "1.0.0".into(),
        author: "trailwitness".into(),
        sha256: hash(3),
        difference: "unmodified".into(),
        scope: "Requirement 10.2".into(),
        ..PackFacts::default()
    }
}

fn data_file(number: u64) -> DataFile {
    let words = "one row an access, sorted by event reference".into();
    DataFile {
        path: format!("data/accesses-{number}.csv.gz"),
        rows: 1_204_118 * number,
        sha256: hash(number),
        words,
    }
}

fn strip(number: u64) -> Strip {
    let states = ["verified", "delivered", "damaged", "silent", "stopped", "not-selected", "unknown", "tail"];
    let hours = [1_000, 700, 200, 1 + number, 150, 80, 29 - number % 20];
    let mut first_hour = 0;
    let mut spans = Vec::new();
    for (state, hours) in states.iter().zip(hours) {
        spans.push(StateSpan { state: (*state).into(), first_hour, hours });
        first_hour += hours;
    }
    Strip {
        account: ACCOUNT.into(),
        region: "eu-west-1".into(),
        table: if number.is_multiple_of(5) {
            format!("tenant-{}-cardholder-tokens-production", "x".repeat(60))
        } else {
            "patients".into()
        },
        class: "read".into(),
        hours: first_hour,
        proven: 1_700,
        spans,
    }
}

fn completeness() -> Completeness {
    Completeness {
        integrity: Integrity::example("One digest is lost."),
        sentence: "All 26 214 files listed are accounted for; 3 of 2 160 hours are not proven.".into(),
        statement: vec![fact("System", "AWS CloudTrail"), fact("Trail", &long_arn(5)), fact("Filters", "")],
        reconciliation: (0..9)
            .map(|n| BoxLine {
                step: format!("Files read, step {n}"),
                count: 4_812_377,
                check: "= read + skipped + failed = 26 209 + 3 + 2".into(),
                holds: n != 4,
            })
            .collect(),
        strips: (0..40).map(strip).collect(),
        gaps: listing((0..30).map(gap).collect(), 30, "data/coverage.csv"),
        losses: listing((0..4).map(loss).collect(), 400, "data/losses.csv"),
        scope_differences: Vec::new(),
        logging_changes: listing((0..3).map(change).collect(), 3, "data/changes.csv"),
        grades: ["A", "B", "C", "D", "E", "service", "root"]
            .iter()
            .zip([900_000, 150_000, 90_000, 41_000, 12_000, 8_000, 3])
            .map(|(grade, accesses)| GradeShare {
                grade: (*grade).into(),
                meaning: "person on the roster, link proven by record or directory".into(),
                accesses,
                principals: 12,
            })
            .collect(),
        files: vec![Share { label: "read, unverified".into(), count: 26_209 }],
        file_rows: listing((0..300).map(file_row).collect(), 26_214, "data/files.csv"),
        per_day: (0..90).map(day).collect(),
        operations: (0..12)
            .map(|n| OperationRegion {
                operation: ["GetItem", "Query", "TransactWriteItems"][n % 3].into(),
                region: "eu-west-1".into(),
                accesses: 120_000 / (n as u64 + 1),
                refused: 900 * n as u64,
            })
            .collect(),
    }
}

fn gap(number: u64) -> CoverageGap {
    CoverageGap {
        account: ACCOUNT.into(),
        region: "ap-southeast-2".into(),
        table: "patients".into(),
        class: "write".into(),
        from: time(number * 60),
        to: time(number * 60 + 60),
        hours: 1,
        state: "silent".into(),
        cause: String::new(),
        tests: vec!["pci-dss-4.0.1/10.2.1.1#1".into(), "pci-dss-4.0.1/10.2.1.2#1".into()],
    }
}

fn loss(number: u64) -> Loss {
    Loss {
        kind: "damaged gzip".into(),
        file: format!(
            "AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/02/11/{ACCOUNT}_CloudTrail_eu-west-1_{number:020}.json.gz"
        ),
        position: "byte 8 192".into(),
        detail: HOSTILE.into(),
        count: 1,
    }
}

fn change(number: u64) -> LoggingChange {
    LoggingChange {
        time: time(number),
        account: ACCOUNT.into(),
        region: "eu-west-1".into(),
        operation: "StopLogging".into(),
        trail: format!("arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/payments-trail"),
        person: "Łukasz Żółć".into(),
        meaning: "From here on nothing is proven until logging starts again.".into(),
        citation: event_ref(number),
    }
}

fn file_row(number: u64) -> FileRow {
    FileRow {
        id: format!("F-{number:05}"),
        path: loss(number).file,
        outcome: "read".into(),
        trust: "unverified (no digest)".into(),
        records: 183,
        sha256: hash(number),
    }
}

fn day(number: u64) -> DayKinds {
    let (month, day) = (1 + number / 30, 1 + number % 30);
    DayKinds {
        day: format!("2026-{month:02}-{day:02}"),
        reads: 800 + number * 7 % 400,
        writes: 300,
        deletes: number % 9 * 20,
        admin: 60,
        refused: number % 7 * 30,
        failed: 40,
    }
}

fn people() -> Vec<Dossier> {
    let names = ["Jane Doe", "Ζωή Παπαδοπούλου", "李明", "فاطمة الزهراء", HOSTILE];
    names.iter().zip(0_u64..).map(|(name, number)| dossier(name, number)).collect()
}

fn dossier(name: &str, number: u64) -> Dossier {
    if number == 4 {
        return Dossier { token: "u-empty".into(), name: name.into(), ..Dossier::default() };
    }
    Dossier {
        token: format!("u-{number:016x}"),
        name: name.into(),
        kind: "person".into(),
        grade: "A – person on the roster, link proven".into(),
        grade_words: "The session name equals the roster mail; the role was assumed by that session.".into(),
        roster: vec![fact("Mail", "j.doe@clinic.example.test"), fact("Department", "Cardiology")],
        totals_line: "214 accesses = 188 reads + 22 writes + 4 refused; 17 sessions; 2 tables; 96 items"
            .into(),
        totals: vec![
            Share { label: "Reads".into(), count: 188 },
            Share { label: "Refused".into(), count: 4 },
        ],
        chain: vec![chain(3, number), chain(6, number)],
        hour_strip: (0..90)
            .map(|row| HourRow {
                day: day(row).day,
                hours: (0..24).map(|hour| (row * hour) % 13).collect(),
                closed: (0..24).map(|hour| hour < 7).collect(),
            })
            .collect(),
        per_day: (0..20).map(day).collect(),
        sessions: listing((0..40).map(session).collect(), 40, "data/sessions.csv"),
        tables: listing((0..5).map(table_use).collect(), 5, "data/accesses.csv.gz"),
        keys: listing((0..200).map(key_use).collect(), 1_204, "data/accesses.csv.gz"),
        refusals: listing((0..300).map(refusal).collect(), 300, "data/accesses.csv.gz"),
        objects: listing(
            vec![ObjectUse { object: long_arn(7), accesses: 188, refused: 4, ..ObjectUse::default() }],
            1,
            "data/accesses.csv.gz",
        ),
        off_hours: OffHours {
            words: "Declared hours: mon, 07:00 to 19:00 UTC".into(),
            outside: 3,
            accesses: listing((0..3).map(citation).collect(), 3, "data/accesses.csv.gz"),
            ..OffHours::default()
        },
        built_from: "Built from 214 accesses of 210 events in the window.".into(),
        administration: Listing::default(),
        patterns: listing((0..30).map(pattern).collect(), 120, "data/patterns.csv"),
        pattern_notes: vec!["The window has no history before it.".into()],
        gaps: vec!["3 hours on 2026-02-11 are not proven.".into()],
    }
}

fn pattern(number: u64) -> PatternRow {
    PatternRow {
        id: format!("P-{:06}", number + 1),
        words: "outside the declared hours".into(),
        what: long_arn(number),
        first: time(number),
        last: time(number + 60),
        count: 1_204,
        counted: "accesses".into(),
        rule: "accesses outside the declared hours: mon from 07:00 to 19:00, UTC".into(),
        baseline: "inside the declared hours, in this window: 20 accesses".into(),
        citations: (0..3).map(citation).collect(),
    }
}

fn chain(steps: u64, number: u64) -> ChainLink {
    ChainLink {
        principal: long_arn(number),
        grade: "A".into(),
        link: "session name equals roster mail".into(),
        hops: steps - 1,
        proof: (1..steps).map(event_ref).collect(),
        path: (0..steps).map(|step| if step == 0 { "Jane Doe".into() } else { long_arn(step) }).collect(),
        accesses: 188,
    }
}

fn session(number: u64) -> Session {
    Session {
        id: format!("S-{number:04}"),
        start: time(number * 90),
        end: time(number * 90 + 29),
        principal: long_arn(number),
        credential: "ASIAEXAMPLEEXAMPLE00".into(),
        origin: "2001:db8:85a3:8d3:1319:8a2e:370:7348".into(),
        agent: "aws-cli/2".into(),
        mfa: "not logged".into(),
        reads: 12,
        writes: 1_204,
        refused: 1,
        items: 11,
        ..Session::default()
    }
}

fn refusal(number: u64) -> Refusal {
    Refusal {
        cited: citation(number),
        error: "AccessDenied".into(),
        after: "3 accesses: 2 done (GetItem 2), 1 refused, 0 failed".into(),
    }
}

fn table_use(number: u64) -> TableUse {
    TableUse {
        object: format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/patients-{number}/index/by-department"),
        data: "health records".into(),
        operation: "Query".into(),
        outcome: "done".into(),
        keys: "condition".into(),
        conditions: vec!["pk = :patient AND begins_with(sk, :visit)".into()],
        accesses: 188,
        items: 0,
        first: time(5),
        last: time(9_000),
    }
}

fn key_use(number: u64) -> KeyUse {
    KeyUse {
        object: "patients".into(),
        key: format!("pk=PAT-{number:06}, sk={}", "v".repeat(number as usize % 120)),
        reads: 3,
        writes: 0,
        first: time(number),
        last: time(number + 5_000),
        citation: event_ref(number),
    }
}

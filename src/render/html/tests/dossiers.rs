//! Dossiers of the fixture: six busy people with hostile and foreign names, and quiet workloads.
//! Comes in: a place in the list. Goes out: a dossier. Never leaves test builds.

use super::fixture::*;
use crate::bundle::model::*;

/// The dossier at a place.
pub(super) fn dossier(place: u64) -> Dossier {
    let busy = place < 6;
    Dossier {
        token: format!("u-{:016x}", place * 7_777_777 + 99),
        name: if busy { NAMES[place as usize].into() } else { format!("Workload {place}") },
        kind: if busy { "person".into() } else { "workload".into() },
        grade: if busy { "A".into() } else { "C".into() },
        grade_words: "On the roster; link proven by AssumeRole records.".into(),
        roster: vec![fact("Mail", "aoife.byrne@example.test"), fact("Department", "Risk")],
        totals_line: "214 accesses = 188 reads + 22 writes + 4 refused".into(),
        totals: vec![share("Accesses", 214 + place), share("Reads", 188), share("Refused", 4)],
        chain: if busy { (0..3).map(chain_link).collect() } else { vec![] },
        hour_strip: if busy { hours() } else { vec![] },
        per_day: if busy { days(20) } else { vec![] },
        sessions: if busy {
            list((1..=60).map(session).collect(), 171, "data/sessions.csv")
        } else {
            Listing::default()
        },
        tables: if busy {
            list(vec![table_use(), table_use()], 2, "data/sessions.csv")
        } else {
            Listing::default()
        },
        objects: if busy { list(vec![object_use()], 1, "data/sessions.csv") } else { Listing::default() },
        built_from: "Built from 214 accesses of 210 events in the window.".into(),
        keys: if busy {
            list((0..12).map(key_use).collect(), 12, "data/keys.csv")
        } else {
            Listing::default()
        },
        refusals: if busy {
            list((0..4).map(refusal).collect(), 4, "data/accesses.csv.gz")
        } else {
            Listing::default()
        },
        off_hours: OffHours {
            words: "Declared hours: mon, 07:00 to 19:00 UTC".into(),
            inside: 210,
            outside: 4,
            sessions: 2,
            accesses: list((0..4).map(citation).collect(), 4, "data/accesses.csv.gz"),
            ..OffHours::default()
        },
        administration: Listing::default(),
        patterns: if busy {
            list((0..2).map(pattern).collect(), 2, "data/patterns.csv")
        } else {
            Listing::default()
        },
        pattern_notes: vec!["The window has no history before it.".into()],
        gaps: vec!["3 hours of cardholder-tokens (read) in eu-west-1 are not proven.".into()],
    }
}

fn pattern(place: u64) -> PatternRow {
    PatternRow {
        id: format!("P-{:06}", place + 1),
        words: "outside the declared hours".into(),
        what: "cards<script> (111122223333 eu-west-1)".into(),
        first: "2026-02-02T22:00:00Z".into(),
        last: "2026-02-02T23:00:00Z".into(),
        count: 4,
        counted: "accesses".into(),
        rule: "accesses outside the declared hours: mon from 07:00 to 19:00, UTC".into(),
        baseline: "inside the declared hours, in this window: 20 accesses".into(),
        citations: vec![citation(place)],
    }
}

fn chain_link(hops: u64) -> ChainLink {
    let steps = [
        "aoife.byrne@example.test".into(),
        arn(),
        "arn:aws:sts::111122223333:assumed-role/BreakGlass/inc-44".into(),
    ];
    ChainLink {
        principal: steps[hops as usize].clone(),
        grade: "A".into(),
        link: "session name equals roster mail".into(),
        hops,
        proof: (0..hops).map(reference).collect(),
        path: steps[..=hops as usize].to_vec(),
        accesses: 90 * hops,
    }
}

fn hours() -> Vec<HourRow> {
    (0..14_u64)
        .map(|day| HourRow {
            day: format!("2026-03-{:02}", day + 2),
            hours: (0..24_u64)
                .map(|hour| if (8..18).contains(&hour) { (day * hour * 7) % 90 } else { 0 })
                .collect(),
            closed: (0..24).map(|hour| hour < 7 || day % 7 > 4).collect(),
        })
        .collect()
}

fn session(place: u64) -> Session {
    Session {
        id: format!("S-{place:04}"),
        start: time(place),
        end: time(place + 1),
        principal: arn(),
        credential: "ASIAIOSFODNN7EXAMPLE".into(),
        origin: "203.0.113.7".into(),
        agent: "aws-cli".into(),
        mfa: "yes".into(),
        reads: place * 40,
        writes: place,
        items: place * 2,
        ..Session::default()
    }
}

fn refusal(place: u64) -> Refusal {
    Refusal { cited: citation(place), error: "AccessDenied".into(), after: HOSTILE.into() }
}

fn object_use() -> ObjectUse {
    ObjectUse {
        object: "table/cardholder-tokens (111122223333, eu-west-1)".into(),
        accesses: 1_204,
        refused: 4,
        ..ObjectUse::default()
    }
}

fn table_use() -> TableUse {
    TableUse {
        object: "table/cardholder-tokens (111122223333, eu-west-1)".into(),
        data: "cardholder data".into(),
        operation: "GetItem".into(),
        outcome: "done".into(),
        keys: "condition".into(),
        conditions: vec![HOSTILE.into()],
        accesses: 1_204,
        items: 96,
        first: time(1),
        last: time(2),
    }
}

fn key_use(place: u64) -> KeyUse {
    KeyUse {
        object: "cardholder-tokens".into(),
        key: if place == 1 { HOSTILE.into() } else { format!("pk=k:faea:falz3bh2{place:04}") },
        reads: 12,
        writes: 1,
        first: time(place),
        last: time(place + 1),
        citation: reference(place),
    }
}

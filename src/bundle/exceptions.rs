//! The register: one group a test, cause and subject, with its first citations (evidence-bundle §6.8).

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::data::file_id;
use super::model::{Citation, CitedCopy, ExceptionGroup};
use super::redaction::shown;
use super::{Inputs, object_name};
use crate::clock::{Seconds, rfc3339};
use crate::ledger::Ledger;
use crate::ledger::people::Principal;
use crate::ledger::views::View;
use crate::rules::{Answer, List, Subject};
use crate::sources::hex;
use crate::verdicts::answers::Cell;
use crate::verdicts::tally::{Cited, Finding, FindingKey, shown_time};
use crate::verdicts::{TestPlace, Word, answers};

/// People and things listed of one group.
const MOST: usize = 50;

/// A group with what data files add to what documents show.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// As documents show it.
    pub shown: ExceptionGroup,
    /// Token of the principal; empty for other subjects.
    pub token: String,
}

/// All groups, worst first, numbered.
pub fn groups(inputs: &Inputs<'_>) -> Vec<Group> {
    let mut groups = of_accesses(inputs);
    groups.extend(of_run(inputs));
    let order = |group: &Group| {
        let shown = &group.shown;
        (
            shown.outcome == "undetermined",
            severity_rank(&shown.severity),
            shown.test.clone(),
            shown.cause.clone(),
            shown.subject.clone(),
        )
    };
    groups.sort_by_key(order);
    for (number, group) in groups.iter_mut().enumerate() {
        group.shown.id = format!("EX-{:04}", number + 1);
    }
    groups
}

fn severity_rank(severity: &str) -> u8 {
    match severity {
        "critical" => 0,
        "high" => 1,
        "medium" => 2,
        _ => 3,
    }
}

/// Tests that apply, with their places: nothing contradicts a requirement that does not.
fn applicable<'a>(inputs: &Inputs<'a>) -> impl Iterator<Item = (usize, &'a TestPlace<'a>)> {
    let audit = inputs.audit;
    let verdicts = &inputs.judged.verdicts;
    let places = inputs.tests.iter().enumerate().zip(verdicts);
    places
        .filter(move |((_, place), verdict)| place.word(audit, verdict) != Word::NotApplicable)
        .map(|(place, _)| place)
}

/// What all tests that ask one question show alike is put into words once.
fn of_accesses(inputs: &Inputs<'_>) -> Vec<Group> {
    let answers = &inputs.judged.answers;
    let told: Vec<Vec<(&FindingKey, Group)>> = inputs
        .judged
        .tally
        .findings
        .iter()
        .map(|findings| {
            findings
                .iter()
                .filter_map(|(key, finding)| Some((key, finding_group(inputs, key, finding)?)))
                .collect()
        })
        .collect();
    let mut groups = Vec::new();
    for (number, place) in applicable(inputs) {
        let question = answers.question_of.get(number).unwrap_or(&usize::MAX);
        for (key, group) in told.get(*question).into_iter().flatten() {
            let (outcome, cause) = match key.cell {
                Cell::Exception(cause) => ("exception", answers.cause(cause)),
                Cell::Undetermined(cause) => ("undetermined", answers.cause(cause)),
                Cell::Outside | Cell::Conforming => continue,
            };
            let mut group = group.clone();
            name(&mut group.shown, place, outcome, cause, &group.token);
            groups.push(group);
        }
    }
    groups
}

fn finding_group(inputs: &Inputs<'_>, key: &FindingKey, finding: &Finding) -> Option<Group> {
    let ledger = inputs.ledger;
    let principal = ledger.principals.get(key.principal as usize)?;
    let time = |time: Option<Seconds>| time.map_or_else(|| "not logged".to_owned(), rfc3339);
    let shown = ExceptionGroup {
        subject: shown(&principal.name).into_owned(),
        first_seen: time(finding.first),
        last_seen: time(finding.last),
        count: finding.count,
        people: vec![shown(&principal.name).into_owned()],
        objects: finding.objects.iter().map(|name| shown(name).into_owned()).collect(),
        citations: finding.cited.iter().map(|cited| citation(ledger, cited)).collect(),
        ..ExceptionGroup::default()
    };
    Some(Group { shown, token: principal.token.clone() })
}

/// Fills in what test and cause give.
fn name(group: &mut ExceptionGroup, place: &TestPlace<'_>, outcome: &str, cause: &str, subject: &str) {
    group.framework = format!("{} {}", place.pack.framework, place.pack.edition);
    group.requirement.clone_from(&place.control.requirement);
    group.slug = super::link_name(place.pack, &place.control.slug);
    group.test = place.id();
    group.severity.clone_from(&place.control.severity);
    group.outcome = outcome.to_owned();
    group.cause = cause.to_owned();
    group.cause_words = cause_words(place, cause);
    group.disposition = "open".to_owned();
    let digest = Sha256::digest(format!("{}\n{cause}\n{subject}", place.id()).as_bytes());
    group.fingerprint = hex(digest.get(..8).unwrap_or_default());
}

/// A cause in words.
pub fn cause_words(place: &TestPlace<'_>, cause: &str) -> String {
    if cause == answers::ALTERED {
        return "The record conforms, but its file is not what was delivered, so it proves nothing."
            .to_owned();
    }
    place.control.causes.get(cause).cloned().unwrap_or_else(|| cause.to_owned())
}

fn of_run(inputs: &Inputs<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut told: FxHashMap<ObjectKey, Group> = FxHashMap::default();
    for (number, place) in applicable(inputs) {
        let findings = inputs.judged.findings.get(number).map_or(&[][..], |findings| findings);
        let mut places: FxHashMap<String, usize> = FxHashMap::default();
        for finding in findings {
            let (outcome, cause) = match &finding.answer {
                Answer::Conforming => continue,
                Answer::Exception(cause) => ("exception", cause),
                Answer::Undetermined(cause) => ("undetermined", cause),
            };
            let key = key(inputs, place, &finding.subject);
            let mut group = told.entry(key).or_insert_with(|| about(inputs, place, &finding.subject)).clone();
            let subject = group.shown.subject.clone();
            name(&mut group.shown, place, outcome, cause, &subject);
            join(&mut groups, &mut places, group);
        }
    }
    groups
}

/// Strips of one account and region that fail for one cause are one group: a single stop touches them all.
fn join(groups: &mut Vec<Group>, places: &mut FxHashMap<String, usize>, group: Group) {
    let place = *places.entry(group.shown.fingerprint.clone()).or_insert(groups.len());
    let Some(known) = groups.get_mut(place) else {
        return groups.push(group);
    };
    known.shown.count += group.shown.count;
    known.shown.objects.extend(group.shown.objects);
    known.shown.first_seen = known.shown.first_seen.clone().min(group.shown.first_seen);
    known.shown.last_seen = known.shown.last_seen.clone().max(group.shown.last_seen);
}

/// Which object of which list: packs that set other pauses have other lists of clusters and stretches.
pub type ObjectKey = (usize, Option<List>, usize);

/// The key of an object that a test judged.
pub fn key(inputs: &Inputs<'_>, place: &TestPlace<'_>, subject: &Subject) -> ObjectKey {
    let list = subject.list.map_or(0, |list| inputs.judged.facts.of(place).about(list).as_ptr().addr());
    (list, subject.list, subject.place)
}

/// What is shown of an object of the run, or of the run itself: its name, its times, the principals, things and records behind it.
pub fn about(inputs: &Inputs<'_>, place: &TestPlace<'_>, subject: &Subject) -> Group {
    let list = match subject.list {
        None => return run_group(inputs, subject),
        Some(List::Coverage) => return strip_group(inputs, subject.place),
        Some(list) => list,
    };
    let ledger = inputs.ledger;
    let Some(about) = inputs.judged.facts.of(place).about(list).get(subject.place) else {
        return Group::default();
    };
    let principals: Vec<&Principal> =
        about.principals.iter().filter_map(|at| ledger.principals.get(*at as usize)).collect();
    let token = match principals.as_slice() {
        [one] => one.token.clone(),
        _ => String::new(),
    };
    let time = |time: crate::clock::Seconds| shown_time(time);
    Group {
        shown: ExceptionGroup {
            subject: shown(&subject.name).into_owned(),
            first_seen: about.times.map(|times| time(times.0)).unwrap_or_default(),
            last_seen: about.times.map(|times| time(times.1)).unwrap_or_default(),
            count: 1,
            people: principals.iter().take(MOST).map(|one| shown(&one.name).into_owned()).collect(),
            objects: about.objects(ledger).iter().take(MOST).map(|name| shown(name).into_owned()).collect(),
            told: shown(&inputs.judged.facts.of(place).run.told(subject)).into_owned(),
            citations: about.cited(ledger).iter().map(|cited| citation(ledger, cited)).collect(),
            ..ExceptionGroup::default()
        },
        token,
    }
}

/// The run itself: its window, and the files that tell of it.
fn run_group(inputs: &Inputs<'_>, subject: &Subject) -> Group {
    let window = inputs.coverage.window;
    Group {
        shown: ExceptionGroup {
            subject: shown(&subject.name).into_owned(),
            first_seen: shown_time(window.0),
            last_seen: shown_time(window.1),
            count: 1,
            objects: vec![format!("{} files", inputs.ledger.files.len())],
            ..ExceptionGroup::default()
        },
        token: String::new(),
    }
}

fn strip_group(inputs: &Inputs<'_>, at: usize) -> Group {
    let Some(strip) = inputs.coverage.strips.get(at) else {
        return Group::default();
    };
    let unproven = |(state, first, hours): &(crate::coverage::State, u64, u64)| {
        (!state.is_proven()).then(|| inputs.coverage.times(*first, *hours))
    };
    let spans: Vec<_> = strip.spans().iter().filter_map(unproven).collect();
    let facts = inputs.judged.facts.base();
    let changes = facts.run.logging_changes.iter().zip(facts.about(List::LoggingChanges));
    let stops = changes.filter(|(change, _)| {
        change.stops && change.account == strip.account && change.region == strip.region
    });
    let citations: Vec<Citation> = stops
        .flat_map(|(_, about)| about.cited(inputs.ledger))
        .map(|cited| citation(inputs.ledger, &cited))
        .collect();
    let mut people: Vec<String> = citations.iter().map(|cited| cited.person.clone()).collect();
    people.sort();
    people.dedup();
    Group {
        shown: ExceptionGroup {
            subject: format!("coverage of {} {}", strip.account, strip.region),
            // Hours that are all proven are told by the window.
            first_seen: rfc3339(spans.first().map_or(inputs.coverage.window.0, |span| span.0)),
            last_seen: rfc3339(spans.last().map_or(inputs.coverage.window.1, |span| span.1)),
            count: 1,
            people,
            objects: vec![strip.name()],
            citations,
            ..ExceptionGroup::default()
        },
        token: String::new(),
    }
}

/// A citation as printed.
pub fn citation(ledger: &Ledger, cited: &Cited) -> Citation {
    let row = &cited.row.0;
    let shape = ledger.shape(row);
    Citation {
        event_ref: cited.event_ref.clone(),
        time: shown_time(cited.time),
        operation: shape
            .map(|(_, raw, _)| shown(ledger.name(raw.operation)).into_owned())
            .unwrap_or_default(),
        object: shape.map(|(_, raw, _)| object_name(ledger, raw)).unwrap_or_default(),
        person: ledger
            .principal(row)
            .map(|principal| shown(&principal.name).into_owned())
            .unwrap_or_default(),
        outcome: shape.map_or("", |(_, raw, _)| raw.outcome.word()).to_owned(),
        place: format!("{}#{}", file_id(row.file), row.index),
        trust: file_trust(ledger, row.file),
        copies: ledger.views(row).iter().map(|view| copy(ledger, view)).collect(),
    }
}

fn copy(ledger: &Ledger, view: &View) -> CitedCopy {
    let words = if view.names_caller {
        "the same action in this account's log, which names the caller"
    } else {
        "the same action in this account's log"
    };
    CitedCopy {
        event_ref: view.event_ref.clone(),
        place: format!("{}#{}", file_id(view.file), view.index),
        trust: file_trust(ledger, view.file),
        words: words.to_owned(),
    }
}

fn file_trust(ledger: &Ledger, file: u32) -> String {
    ledger.files.get(file as usize).map(trust_words).unwrap_or_default()
}

/// Records of the cited actions in other accounts, as data files list them: reference and place of each.
pub fn copies_told(citations: &[Citation]) -> String {
    let copies = citations.iter().flat_map(|cited| &cited.copies);
    copies.map(|copy| format!("{} {}", copy.event_ref, copy.place)).collect::<Vec<_>>().join(" ")
}

/// Trust of a file in words.
pub fn trust_words(file: &crate::ledger::FileFacts) -> String {
    with_reason(file.trust.word(), &file.trust_reason)
}

/// A word of trust with its reason, where there is one.
pub fn with_reason(trust: &str, reason: &str) -> String {
    if reason.is_empty() { trust.to_owned() } else { format!("{trust} ({reason})") }
}

//! Requirement pages of the model.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::model::{Breakdown, CauseCount, Fact, Limit, Requirement, Share, Test};
use crate::bundle::{Inputs, accesses, exceptions, inputs as files, link_name, object_name};
use crate::rules::{Answer, Approval, Control, Field, Fields, List, Method, Pack, Status, Value};
use crate::verdicts::answers::Cell;
use crate::verdicts::fields::AccessFields;
use crate::verdicts::tally::EXAMPLES;
use crate::verdicts::{TestPlace, Word, examined};

/// One entry a requirement of each pack, in the pack's order. `contained` are the limits of the containers that records
/// of this run came in: they hold for every requirement that is tested.
pub fn all(inputs: &Inputs<'_>, limit: &dyn Fn(&str) -> Limit, contained: &[Limit]) -> Vec<Requirement> {
    let mut list = Vec::new();
    for pack in inputs.packs {
        for stated in &pack.requirements {
            list.push(match pack.control(&stated.number) {
                Some(control) => {
                    let mut requirement = automated(inputs, pack, control, stated.status, limit);
                    requirement.limits.extend_from_slice(contained);
                    requirement
                }
                None => manual(inputs, pack, stated),
            });
        }
    }
    list
}

fn manual(inputs: &Inputs<'_>, pack: &Pack, stated: &crate::rules::Requirement) -> Requirement {
    let outside = inputs.audit.file.audit.baseline.and_then(|level| stated.outside(level));
    Requirement {
        slug: link_name(pack, &crate::rules::slug(&stated.number)),
        pack: pack.id.clone(),
        framework: format!("{} {}", pack.framework, pack.edition),
        number: stated.number.clone(),
        title: stated.title.clone(),
        status: stated.status.as_str().to_owned(),
        verdict: if outside.is_some() { Word::NotApplicable } else { Word::NotTested },
        cannot_show: stated.why.clone().unwrap_or_default(),
        statement: match outside {
            Some(reason) => format!("No statement is made: {reason}."),
            None => "No statement is made: these logs cannot show it.".to_owned(),
        },
        needs: stated.ask_for.iter().cloned().collect(),
        ..Requirement::default()
    }
}

fn automated(
    inputs: &Inputs<'_>,
    pack: &Pack,
    control: &Control,
    status: Status,
    limit: &dyn Fn(&str) -> Limit,
) -> Requirement {
    let mine =
        |place: &TestPlace<'_>| place.pack.id == pack.id && place.control.requirement == control.requirement;
    let tests: Vec<(usize, &TestPlace<'_>)> =
        inputs.tests.iter().enumerate().filter(|(_, place)| mine(place)).collect();
    let judged =
        tests.iter().filter_map(|(number, place)| Some((*place, inputs.judged.verdicts.get(*number)?)));
    let shown: Vec<Test> = tests.iter().filter_map(|(number, place)| test(inputs, *number, place)).collect();
    let worst = shown.iter().map(|test| test.verdict).min().unwrap_or(Word::NotTested);
    let qualifiers: BTreeSet<String> = shown.iter().flat_map(|test| test.qualifiers.clone()).collect();
    let requirement = format!("{}/{}", pack.id, control.requirement);
    Requirement {
        slug: link_name(pack, &control.slug),
        pack: pack.id.clone(),
        framework: format!("{} {}", pack.framework, pack.edition),
        number: control.requirement.clone(),
        title: control.title.clone(),
        words: control.words.clone(),
        status: status.as_str().to_owned(),
        verdict: worst,
        other_words: other_words(&shown, worst),
        examined: examined::of(inputs.audit, judged),
        qualifiers: qualifiers.into_iter().collect(),
        shows: control.shows.clone(),
        cannot_show: control.cannot_show.clone(),
        statement: statement(control, worst),
        methods: control.methods.join(", ").replace('-', " "),
        limits: control.limits.iter().map(|id| limit(id)).collect(),
        needs: control.needs.clone(),
        crosswalk: control.crosswalk.clone(),
        tests: shown,
        declaration: declaration(inputs, &requirement),
        notes: notes(pack, control),
        script: script(pack, control),
        evidence_ref: format!("EV-{}-{}", pack.id.to_uppercase(), control.requirement),
    }
}

/// What a bundle says of a requirement: the control's own claim where its evidence supports it, else nothing.
pub fn statement(control: &Control, word: Word) -> String {
    if word == Word::Supported {
        control.claim.clone()
    } else {
        format!("No statement beyond the figures below is made: {}.", word.sentence().to_lowercase())
    }
}

/// Where the control comes from, what differs from what is shipped, and whether somebody stands behind it.
fn notes(pack: &Pack, control: &Control) -> Vec<String> {
    let mut notes = Vec::new();
    for test in control.tests.iter().filter(|test| test.home.used) {
        let home = &test.home;
        notes.push(format!(
            "Test {} is answered by the rule of {}/{}#{}, with the values of this pack.",
            test.id, home.pack, home.requirement, home.test
        ));
    }
    notes.extend(control.changed.iter().map(|changed| {
        let other = control.uses.as_deref().unwrap_or("the control it uses");
        format!("What this requirement asks otherwise than {other}: {changed}")
    }));
    let differing = pack.differing(control);
    if !differing.is_empty() {
        notes.push(format!("Differs from the shipped rule pack: {}.", differing.join(", ")));
    }
    if let Approval::No(reason) = pack.approval() {
        notes.push(format!("The rule pack is not approved: {reason}."));
    }
    notes
}

/// The scripts that answered, each under its path when there are several.
fn script(pack: &Pack, control: &Control) -> String {
    let files: Vec<_> = control
        .sources
        .iter()
        .filter(|path| path.ends_with(".rhai"))
        .filter_map(|path| pack.file(path))
        .collect();
    match files.as_slice() {
        [one] => one.text.clone(),
        several => several.iter().map(|file| format!("// {}\n{}\n", file.path, file.text)).collect(),
    }
}

fn declaration(inputs: &Inputs<'_>, requirement: &str) -> String {
    inputs.audit.declaration(requirement).map_or_else(String::new, |section| {
        format!(
            "Not applicable, as declared by {} on {} for the reason: {}",
            section.by, section.on, section.reason
        )
    })
}

fn other_words(tests: &[Test], worst: Word) -> String {
    let mut counts: BTreeMap<Word, u64> = BTreeMap::new();
    for test in tests.iter().filter(|test| test.verdict != worst) {
        *counts.entry(test.verdict).or_insert(0) += 1;
    }
    counts.iter().map(|(word, count)| format!("{count} {}", word.as_str())).collect::<Vec<_>>().join(", ")
}

fn test(inputs: &Inputs<'_>, number: usize, place: &TestPlace<'_>) -> Option<Test> {
    let verdict = inputs.judged.verdicts.get(number)?;
    let counted = &verdict.counted;
    Some(Test {
        id: place.id(),
        name: place.test.name.clone(),
        words: place.test.words.clone(),
        verdict: place.word(inputs.audit, verdict),
        reasons: verdict.reasons.clone(),
        qualifiers: verdict.qualifiers.iter().map(|word| (*word).to_owned()).collect(),
        unit: place.test.unit.clone(),
        population_words: place.test.population_words.clone(),
        population: counted.population,
        events: counted.events,
        population_digest: counted.digest.clone(),
        conforming: counted.conforming,
        exceptions: counted.exceptions,
        undetermined: counted.undetermined,
        breakdowns: breakdowns(inputs, number, place),
        causes: causes(inputs, number, place),
        coverage: verdict.coverage.clone(),
        parameters: parameters(place),
        elements: elements(inputs, number, place),
        conforming_examples: examples(inputs, number, place),
    })
}

fn parameters(place: &TestPlace<'_>) -> Vec<Fact> {
    let value =
        |name: &String| place.control.settings.get(name).map(files::setting_words).unwrap_or_default();
    place.test.settings.iter().map(|name| Fact { label: name.clone(), value: value(name) }).collect()
}

/// The first things that conform: accesses with their citation, objects of the run with what the rule saw of them.
fn examples(inputs: &Inputs<'_>, number: usize, place: &TestPlace<'_>) -> Vec<String> {
    match place.test.method {
        Method::Each(_) => conforming_accesses(inputs, number),
        Method::Judge(_) => conforming_objects(inputs, number, place),
    }
}

fn conforming_objects(inputs: &Inputs<'_>, number: usize, place: &TestPlace<'_>) -> Vec<String> {
    let findings = inputs.judged.findings.get(number).into_iter().flat_map(|found| found.iter());
    let conforming = findings.filter(|finding| finding.answer == Answer::Conforming).take(EXAMPLES);
    let told = |finding: &crate::rules::Finding| {
        let about = exceptions::about(inputs, place, &finding.subject).shown;
        // All strips of an account and region are one subject; the strip's own name tells them apart.
        let name = match finding.subject.list {
            Some(List::Coverage) => about.objects.concat(),
            _ => about.subject,
        };
        let more = if about.told.is_empty() { String::new() } else { format!(" · {}", about.told) };
        format!("{name}{more}")
    };
    conforming.map(told).collect()
}

fn conforming_accesses(inputs: &Inputs<'_>, number: usize) -> Vec<String> {
    let cited = inputs.judged.tally.counts.get(number).into_iter().flat_map(|count| &count.conforming_cited);
    cited
        .map(|cited| {
            let one = exceptions::citation(inputs.ledger, cited);
            let shape = inputs.ledger.shape(&cited.row.0).map(|(shape, _, _)| *shape);
            let change = shape.map_or("", |shape| accesses::change_id(inputs.audit, shape.change));
            let approved = if change.is_empty() { String::new() } else { format!(" · change {change}") };
            format!(
                "{} {} {} · {}{approved} · {} · {}",
                one.time, one.operation, one.object, one.person, one.event_ref, one.place
            )
        })
        .collect()
}

/// Shares of the elements that a test reads, in its population.
fn elements(inputs: &Inputs<'_>, number: usize, place: &TestPlace<'_>) -> Vec<Fact> {
    const ELEMENTS: &[(Field, &str)] = &[
        (Field::HasWho, "User identification"),
        (Field::HasWhat, "Type of event"),
        (Field::HasWhen, "Date and time"),
        (Field::HasOutcome, "Success or failure"),
        (Field::HasOrigin, "Origin"),
        (Field::HasObject, "Data, component or resource"),
    ];
    let read = place.test.expect_fields();
    let wanted = ELEMENTS.iter().filter(|(field, _)| read.contains(field));
    let whole = inputs.judged.verdicts.get(number).map_or(0, |verdict| verdict.counted.population);
    if ELEMENTS.iter().filter(|(field, _)| read.contains(field)).count() < 3 {
        return Vec::new();
    }
    wanted
        .map(|(field, label)| {
            let held = held(inputs, number, *field);
            Fact { label: (*label).to_owned(), value: format!("{held} of {whole}") }
        })
        .collect()
}

fn held(inputs: &Inputs<'_>, number: usize, field: Field) -> u64 {
    let has = |shape: u32| {
        let shape = inputs.ledger.shapes.get(shape as usize);
        let fields =
            shape.and_then(|shape| AccessFields::of_shape(inputs.ledger, &inputs.audit.scope, shape));
        fields.is_some_and(|fields| fields.field(field) == Value::Truth(true))
    };
    let answers = &inputs.judged.answers;
    let inside =
        answers.by_shape.iter().filter(|((_, group), _)| answers.cell(*group, number) != Cell::Outside);
    inside.filter(|((shape, _), _)| has(*shape)).map(|(_, count)| count).sum()
}

/// Four breakdowns; each sums to the population.
fn breakdowns(inputs: &Inputs<'_>, number: usize, place: &TestPlace<'_>) -> Vec<Breakdown> {
    if matches!(place.test.method, Method::Judge(_)) {
        return Vec::new();
    }
    let ledger = inputs.ledger;
    let mut by: [BTreeMap<String, u64>; 3] = Default::default();
    for ((shape, group), count) in &inputs.judged.answers.by_shape {
        if inputs.judged.answers.cell(*group, number) == Cell::Outside {
            continue;
        }
        let Some(shape) = ledger.shapes.get(*shape as usize) else {
            continue;
        };
        let (Some(raw), Some(who)) = (ledger.raw(shape), ledger.who_shapes.get(shape.who as usize)) else {
            continue;
        };
        let labels = [
            object_name(ledger, raw),
            crate::bundle::redaction::shown(ledger.name(raw.operation)).into_owned(),
            format!("{}: {}", who.grade.letter(), who.grade.words()),
        ];
        for (map, label) in by.iter_mut().zip(labels) {
            *map.entry(label).or_insert(0) += count;
        }
    }
    let [objects, operations, grades] = by;
    let times = inputs.judged.tally.counts.get(number).map(|count| count.by_time.clone()).unwrap_or_default();
    let named = [
        ("by object", objects),
        ("by operation", operations),
        ("by identity grade", grades),
        ("by day", times),
    ];
    named
        .into_iter()
        .filter(|(_, map)| !map.is_empty())
        .map(|(by, map)| Breakdown { by: by.to_owned(), rows: rows(map) })
        .collect()
}

/// At most 40 rows; the rest is one row, so that the sum stays whole.
fn rows(map: BTreeMap<String, u64>) -> Vec<Share> {
    let more: u64 = map.values().skip(40).sum();
    let kinds = map.len().saturating_sub(40);
    let mut rows: Vec<Share> =
        map.into_iter().take(40).map(|(label, count)| Share { label, count }).collect();
    if kinds > 0 {
        rows.push(Share { label: format!("{kinds} more, all in data/accesses.csv.gz"), count: more });
    }
    rows
}

fn causes(inputs: &Inputs<'_>, number: usize, place: &TestPlace<'_>) -> Vec<CauseCount> {
    let mut counts: BTreeMap<(&str, String), u64> = BTreeMap::new();
    for ((_, group), count) in &inputs.judged.answers.by_shape {
        let (outcome, cause) = match inputs.judged.answers.cell(*group, number) {
            Cell::Exception(cause) => ("exception", cause),
            Cell::Undetermined(cause) => ("undetermined", cause),
            Cell::Outside | Cell::Conforming => continue,
        };
        *counts.entry((outcome, inputs.judged.answers.cause(cause).to_owned())).or_insert(0) += count;
    }
    for finding in inputs.judged.findings.get(number).into_iter().flat_map(|found| found.iter()) {
        let (outcome, cause) = match &finding.answer {
            Answer::Exception(cause) => ("exception", cause),
            Answer::Undetermined(cause) => ("undetermined", cause),
            Answer::Conforming => continue,
        };
        *counts.entry((outcome, cause.clone())).or_insert(0) += 1;
    }
    let row = |((outcome, cause), count): ((&str, String), u64)| CauseCount {
        outcome: outcome.to_owned(),
        words: exceptions::cause_words(place, &cause),
        cause,
        count,
    };
    counts.into_iter().map(row).collect()
}

//! The model that documents draw, from what was counted and judged. Every figure is taken from where it was counted.

mod completeness;
mod integrity;
pub mod requirements;

use std::collections::BTreeSet;

use super::exceptions::Group;
use super::model::{
    BoxLine, DataFile, Dossier, ExceptionGroup, Fact, Head, Limit, Listing, Model, PackFacts, PackSummary,
    Requirement, Summary, SummaryRow,
};
use super::redaction::{INTERNAL, shown};
use super::table::Written;
use super::{Inputs, individuals, inputs as files, manifest};
use crate::clock::{local, rfc3339};
use crate::error::Result;
use crate::ledger::individuals::Individuals;
use crate::rules;
use crate::verdicts::{Word, examined};

/// What the model is made from, beside the inputs.
pub struct Parts<'a> {
    /// Content digest.
    pub digest: String,
    /// Files written so far.
    pub written: &'a [Written],
    /// The reconciliation.
    pub lines: Vec<BoxLine>,
    /// The register.
    pub groups: &'a [Group],
}

/// Name of the bundle's folder.
pub fn bundle_id(inputs: &Inputs<'_>, digest: &str) -> String {
    let audit = inputs.audit;
    let pack = match inputs.packs {
        [one] => one.id.clone(),
        _ => "multi".to_owned(),
    };
    let day = |time: i64| crate::clock::day(time);
    format!(
        "evidence_{pack}_{}_{}_{}_{}",
        day(audit.from),
        day(audit.to),
        audit.file.audit.name,
        digest.get(..8).unwrap_or(digest)
    )
}

/// Head of every document.
pub fn head(inputs: &Inputs<'_>, digest: &str) -> Head {
    let (audit, section) = (inputs.audit, &inputs.audit.file.audit);
    let given = |text: &Option<String>| text.clone().unwrap_or_else(|| "none given".to_owned());
    let ledger = inputs.ledger;
    Head {
        bundle_id: bundle_id(inputs, digest),
        content_digest: digest.to_owned(),
        entity: section.entity.clone(),
        system: section.system.clone(),
        classification: section
            .classification
            .clone()
            .unwrap_or_else(|| "CONFIDENTIAL - contains personal data".to_owned()),
        redaction: INTERNAL.to_owned(),
        window_from: rfc3339(audit.from),
        window_to: rfc3339(audit.to),
        window_hours: audit.hours(),
        zone: audit.zone.name().to_owned(),
        window_local: format!("{} to {}", local(audit.from, audit.zone), local(audit.to, audit.zone)),
        as_of: rfc3339(audit.as_of),
        prepared_by: section.prepared_by.clone(),
        contact: given(&section.contact),
        reference: given(&section.reference),
        generator: concat!("trailwitness ", env!("CARGO_PKG_VERSION")).to_owned(),
        frameworks: inputs.packs.iter().map(framework_line).collect(),
        sources: format!(
            "{} files, {} records; {} accounts declared, with {} regions between them",
            ledger.files.len(),
            ledger.boxes.parsed,
            audit.scope.accounts.len(),
            audit.scope.accounts.values().map(|(_, regions)| regions.len()).sum::<usize>()
        ),
        replaces: section.replaces.clone().unwrap_or_else(|| "none".to_owned()),
        keep_until: section.keep_until.clone().unwrap_or_else(|| "not stated".to_owned()),
    }
}

fn framework_line(pack: &rules::Pack) -> String {
    format!(
        "{} {} (rule pack {} {}, {})",
        pack.framework,
        pack.edition,
        pack.id,
        pack.version,
        pack.difference()
    )
}

/// The whole model; of `people` what documents about everybody show is enough.
///
/// # Errors
/// When the shipped limits cannot be read.
pub fn model(inputs: &Inputs<'_>, parts: Parts<'_>, people: Vec<Dossier>) -> Result<Model> {
    let texts = rules::limits()?;
    let limit = |id: &str| {
        let words = texts
            .get(id)
            .map_or_else(|| "this limit is not described".to_owned(), |limit| limit.words.clone());
        Limit { id: id.to_owned(), words }
    };
    let contained: Vec<Limit> = inputs.ledger.container_limits().into_keys().map(&limit).collect();
    let requirements = requirements::all(inputs, &limit, &contained);
    let written =
        |path: &str| parts.written.iter().find(|file| file.path == path).cloned().unwrap_or_default();
    let (register, roster) = (written("data/exceptions.csv"), written("data/roster.csv"));
    let mut used: Vec<Limit> =
        requirements.iter().flat_map(|requirement| requirement.limits.clone()).chain(contained).collect();
    used.sort_by(|a, b| a.id.cmp(&b.id));
    used.dedup();
    let groups: Vec<ExceptionGroup> =
        parts.groups.iter().take(500).map(|group| group.shown.clone()).collect();
    Ok(Model {
        head: head(inputs, &parts.digest),
        summary: summary(inputs, &requirements, parts.groups),
        completeness: completeness::section(inputs, &parts),
        requirements,
        exceptions: Listing {
            rows: groups,
            total: parts.groups.len() as u64,
            file: register.path,
            sha256: register.sha256,
        },
        people,
        individuals: individuals::model(inputs, &roster),
        limits: used,
        parameters: parameters(inputs),
        packs: inputs.packs.iter().map(pack_facts).collect(),
        data_files: data_files(parts.written),
        glossary: glossary(),
    })
}

fn summary_row(requirement: &Requirement) -> SummaryRow {
    let applies = |test: &&super::model::Test| test.verdict != Word::NotApplicable;
    let sum =
        |number: fn(&super::model::Test) -> u64| requirement.tests.iter().filter(applies).map(number).sum();
    SummaryRow {
        slug: requirement.slug.clone(),
        number: requirement.number.clone(),
        title: requirement.title.clone(),
        verdict: requirement.verdict,
        other_words: requirement.other_words.clone(),
        qualifiers: requirement.qualifiers.clone(),
        examined: requirement.examined.clone(),
        exceptions: sum(|test| test.exceptions),
        undetermined: sum(|test| test.undetermined),
    }
}

fn pack_summary(pack: &rules::Pack, requirements: &[Requirement]) -> PackSummary {
    let mine = requirements.iter().filter(|requirement| requirement.pack == pack.id);
    let rows: Vec<SummaryRow> = mine.map(summary_row).collect();
    PackSummary {
        pack: pack.id.clone(),
        framework: format!("{} {}", pack.framework, pack.edition),
        sentence: sentence(rows.iter()),
        rows,
    }
}

fn summary(inputs: &Inputs<'_>, requirements: &[Requirement], groups: &[Group]) -> Summary {
    let packs: Vec<PackSummary> = inputs.packs.iter().map(|pack| pack_summary(pack, requirements)).collect();
    let ledger = inputs.ledger;
    let found = Individuals::of(ledger);
    let fact = |label: &str, value: String| Fact { label: label.to_owned(), value };
    Summary {
        sentence: sentence(packs.iter().flat_map(|pack| &pack.rows)),
        limits: limits(inputs),
        needs: needs(requirements),
        facts: vec![
            fact("Records read", ledger.boxes.parsed.to_string()),
            fact("Duplicates removed", ledger.boxes.duplicates.to_string()),
            fact("Copies in other accounts, counted once", ledger.boxes.copies.to_string()),
            fact("Events in the window", ledger.boxes.in_window().to_string()),
            fact("Accesses examined", ledger.accesses().to_string()),
            fact("People seen", found.seen().to_string()),
            fact("Who stands behind them", individuals::sentence(&found)),
            fact("Groups in the exceptions register", register_words(groups)),
        ],
        packs,
    }
}

fn register_words(groups: &[Group]) -> String {
    let exceptions = groups.iter().filter(|group| group.shown.outcome == "exception").count();
    format!("{}: {exceptions} exceptions, {} undetermined", groups.len(), groups.len() - exceptions)
}

/// The one sentence that answers the question.
fn sentence<'r>(rows: impl Iterator<Item = &'r SummaryRow>) -> String {
    let words: Vec<Word> = rows.map(|row| row.verdict).collect();
    let count = |word: Word| words.iter().filter(|other| **other == word).count();
    let examined = words.len() - count(Word::NotTested) - count(Word::NotApplicable);
    let mut text = format!(
        "Of {examined} requirements examined, the records support {} for the tested population",
        count(Word::Supported)
    );
    for (word, words) in [
        (Word::Exceptions, "show exceptions"),
        (Word::Insufficient, "could not be concluded"),
        (Word::Error, "did not complete"),
    ] {
        if count(word) > 0 {
            text.push_str(&format!("; {} {words}", count(word)));
        }
    }
    let more = [
        (Word::NotTested, "in scope cannot be tested from these logs"),
        (Word::NotApplicable, "not applicable: as declared, by its own condition, or outside the baseline"),
    ];
    for (word, words) in more {
        if count(word) > 0 {
            text.push_str(&format!(". {} more {words}", count(word)));
        }
    }
    text.push('.');
    text
}

/// Packs that have no data to test: no declared table holds what they are about.
fn without_tables(inputs: &Inputs<'_>) -> Vec<String> {
    let told = |pack: &rules::Pack| {
        let tests = inputs.tests.iter().filter(|place| place.pack.id == pack.id);
        let classes: BTreeSet<&str> =
            tests.flat_map(|place| &place.test.data_classes).map(String::as_str).collect();
        (!classes.is_empty() && !inputs.audit.scope.holds_any(classes.iter().copied())).then(|| {
            format!(
                "No table in audit.toml has the data class {}: of {} {} only access and logging as such were tested, no data.",
                classes.into_iter().collect::<Vec<_>>().join(" or "),
                pack.framework,
                pack.edition
            )
        })
    };
    inputs.packs.iter().filter_map(told).collect()
}

fn unapproved(inputs: &Inputs<'_>) -> Option<String> {
    let count = inputs.packs.iter().filter(|pack| matches!(pack.approval(), rules::Approval::No(_))).count();
    (count > 0).then(|| {
        format!(
            "{count} of {} rule packs, as they ran, are not approved by anybody but their author.",
            inputs.packs.len()
        )
    })
}

/// Worst first; a line a pack at most, and one a kind of limit.
fn limits(inputs: &Inputs<'_>) -> Vec<String> {
    let ledger = inputs.ledger;
    let mut lines = Vec::new();
    let lost = ledger.lost();
    if lost > 0 {
        lines.push(format!("{lost} files or records could not be read or placed: no test is called supported while they are missing."));
    }
    lines.extend(without_tables(inputs));
    let (proven, hours) = inputs.coverage.totals();
    let unproven = hours - proven;
    if unproven > 0 {
        lines.push(format!("{unproven} of {hours} strip hours (account x region x table x class) are not proven to be logged."));
    }
    let differences = completeness::scope_differences(inputs);
    let differences = differences.iter().filter(|one| one.what != completeness::NOT_FOUND).count();
    if differences > 0 {
        let told = examined::count(differences as u64, "differences");
        lines.push(format!("{told} between the declared scope and what was seen."));
    }
    if inputs.integrity.is_none_or(|report| report.exit != 0) {
        lines.push(integrity::sentence(inputs.integrity));
    }
    lines.push(
        "The log names requests, not results: items returned by queries and scans are not listed.".to_owned(),
    );
    lines.extend(unapproved(inputs));
    lines
}

/// Needs that the overview lists before it points at the requirements' own pages.
const NEEDS: usize = 12;

/// What several requirements ask for first; a cut says how many more there are.
fn needs(requirements: &[Requirement]) -> Vec<String> {
    let mut asked: Vec<(&String, usize)> = Vec::new();
    let tested = requirements.iter().filter(|requirement| requirement.status != "manual");
    for need in tested.flat_map(|requirement| &requirement.needs) {
        match asked.iter_mut().find(|(known, _)| *known == need) {
            Some((_, times)) => *times += 1,
            None => asked.push((need, 1)),
        }
    }
    // The sort is stable: needs asked for equally often stay in the order of the requirements.
    asked.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let more = asked.len().saturating_sub(NEEDS);
    let mut needs: Vec<String> = asked.into_iter().take(NEEDS).map(|(need, _)| need.clone()).collect();
    if more > 0 {
        needs.push(format!("{more} more: the section of each requirement names what else to ask for"));
    }
    needs
}

fn parameters(inputs: &Inputs<'_>) -> Vec<Fact> {
    let audit = inputs.audit;
    let fact = |label: &str, value: String| Fact { label: label.to_owned(), value };
    let mut facts = vec![
        fact("Delivery lag", format!("{} minutes", audit.delivery_lag / 60)),
        fact("Silence that ends a session", format!("{} minutes", audit.session_silence / 60)),
    ];
    for pack in inputs.packs {
        facts.extend(
            pack.settings
                .iter()
                .map(|(name, value)| fact(&format!("{}: {name}", pack.id), files::setting_words(value))),
        );
    }
    facts
}

fn pack_facts(pack: &rules::Pack) -> PackFacts {
    PackFacts {
        id: pack.id.clone(),
        title: pack.title.clone(),
        framework: format!("{} {}", pack.framework, pack.edition),
        version: pack.version.clone(),
        author: pack.author.clone(),
        approver: pack.approver.clone(),
        approved_on: pack.approved_on.clone().unwrap_or_default(),
        sha256: files::pack_hash(pack),
        difference: pack.difference().to_string(),
        approval: pack.approval().to_string(),
        scope: pack.scope.clone(),
    }
}

/// Files that the content digest covers; those of a rule pack are one line, its lock, which lists them with their hashes.
fn data_files(written: &[Written]) -> Vec<DataFile> {
    let content = written.iter().filter(|file| manifest::is_content(&file.path));
    let told = |file: &&Written| !file.path.starts_with("rules/") || file.path.ends_with("/pack.lock");
    content.filter(told).map(data_file).collect()
}

fn data_file(file: &Written) -> DataFile {
    let words = match file.path.as_str() {
        "data/accesses.csv.gz" => "one row an access",
        "data/answers.csv" => "what each test made of each group",
        "data/tests.csv" => "tests with populations, digests and verdicts",
        "data/exceptions.csv" => "the exceptions register",
        "data/users.csv" => "identities and who stands behind them",
        "data/roster.csv" => {
            "identities of the roster with what matched them, and names that are on no roster"
        }
        "data/sessions.csv" => "sessions",
        "data/coverage.csv" => "coverage by account, region, table and class",
        "data/files.csv" => "every input file",
        "data/findings.csv" => "what tests over the run made of each object",
        "data/objects.csv" => "the objects that tests over the run judged",
        "data/patterns.csv" => "patterns of use, described and not judged",
        "data/integrity.json" => "log files against signed digests",
        "data/gaps.csv" => "what could not be read or understood",
        "data/reconciliation.csv" => "the boxes that add up",
        "data/columns.json" => "every column explained",
        path if path.ends_with("/pack.lock") => "the files of the rule pack as it ran, with their hashes",
        _ => "input of the run",
    };
    DataFile {
        path: file.path.clone(),
        rows: file.rows,
        sha256: file.sha256.clone(),
        words: words.to_owned(),
    }
}

fn glossary() -> Vec<Fact> {
    let words = [
        ("record", "one JSON record as the log service delivered it"),
        ("event", "a record understood: operation, caller, outcome, objects"),
        ("access", "one event and one object it touches; a batch over two tables is two accesses"),
        ("caller", "the identity as logged; its credential is the access key id"),
        (
            "grade",
            "how well a caller leads to a person: A proven and on the roster, B named only, C registered workload, D shared or ambiguous, E unknown, S an AWS service",
        ),
        ("coverage strip", "all hours of the window for one account, region, table and class of event"),
        ("population", "everything in the window that a test applies to; tests read all of it"),
        (
            "conforming, exception, undetermined",
            "the three answers about a thing examined; undetermined: the records do not decide",
        ),
        (
            "coverage-limited",
            "hours that the test needs are not proven, input was lost, or tables that audit.toml does not declare were seen in an account it concerns",
        ),
        ("integrity-unverified", "not every record, or not every hour, is proven by a signed digest"),
        ("config-not-provided", "no saved answer about the trails' selectors was given"),
        ("identity-limited", "some accesses could not be tied to a person or workload"),
        ("pack-modified", "the rule pack differs from the shipped one; the packs page names the files"),
        (
            "pack-unapproved",
            "nobody but its author approved the rule pack as it ran; the packs page and each requirement say why",
        ),
        ("citation", "account and event id, with file row and place, of one record"),
    ];
    words
        .iter()
        .map(|(label, value)| Fact { label: (*label).to_owned(), value: shown(value).into_owned() })
        .collect()
}

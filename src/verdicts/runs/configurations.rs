//! Saved configurations: the answers about one subject put together.

use std::collections::{BTreeMap, BTreeSet};

use super::about::About;
use super::saved::{Openness, Told, on, read};
use crate::audit::scope::Table;
use crate::audit::{Audit, DataClass, SnapshotKind};
use crate::clock::{DAY, Seconds, rfc3339};
use crate::events::arn;
use crate::rules::Config;

/// What is known of one subject.
struct Draft {
    config: Config,
    told: Told,
    /// Oldest and newest answer.
    taken: (Seconds, Seconds),
    files: BTreeSet<String>,
}

/// Kind and subject.
type Key = (&'static str, String);

/// One object a subject, by kind and subject.
pub(super) fn list(audit: &Audit) -> Vec<(Config, About)> {
    let known: Vec<Key> = audit
        .saved
        .iter()
        .flat_map(|saved| saved.subjects.iter().map(|(subject, _)| (saved.kind.object(), subject.clone())))
        .collect();
    let mut drafts: BTreeMap<Key, Draft> = BTreeMap::new();
    // Later answers win; of two saved at one time the one whose file name comes last.
    let mut saved: Vec<_> = audit.saved.iter().collect();
    saved.sort_by_key(|saved| (saved.taken, saved.kind, &saved.file));
    for saved in saved {
        for (subject, part) in &saved.subjects {
            let kind = saved.kind.object();
            let name = full_name(audit, &known, kind, subject);
            let draft = drafts.entry((kind, name)).or_insert_with(|| Draft::new(saved.taken));
            draft.taken = (draft.taken.0.min(saved.taken), draft.taken.1.max(saved.taken));
            draft.files.insert(saved.file.clone());
            read(saved.kind, part, &mut draft.config, &mut draft.told);
        }
    }
    let managers = key_managers(&drafts);
    let deliveries = deliveries(&drafts);
    drafts.into_iter().map(|(key, draft)| finish(audit, key, draft, &managers, &deliveries)).collect()
}

impl Draft {
    fn new(taken: Seconds) -> Draft {
        let unknown = || "unknown".to_owned();
        let config = Config {
            validation: unknown(),
            multi_region: unknown(),
            organisation: unknown(),
            other_account: unknown(),
            versioning: unknown(),
            object_lock: unknown(),
            public_access: unknown(),
            encryption_key: unknown(),
            recovery: unknown(),
            deletion_protection: unknown(),
            enabled: unknown(),
            rotation: unknown(),
            retention_days: -1,
            ..Config::default()
        };
        Draft { config, told: Told::default(), taken: (taken, taken), files: BTreeSet::new() }
    }
}

/// The ARN that a name stands for, where other answers or audit.toml tell it and only one fits.
fn full_name(audit: &Audit, known: &[Key], kind: &str, subject: &str) -> String {
    let subject = subject.strip_suffix(":*").unwrap_or(subject);
    if subject.starts_with("arn:") {
        return subject.to_owned();
    }
    let ends =
        |arn: &str| arn.rsplit(['/', ':']).next() == Some(subject) || arn.ends_with(&format!(":{subject}"));
    let mut fits: BTreeSet<String> = known
        .iter()
        .filter(|(other, arn)| *other == kind && arn.starts_with("arn:") && ends(arn.trim_end_matches(":*")))
        .map(|(_, arn)| arn.trim_end_matches(":*").to_owned())
        .collect();
    if kind == "table" && fits.is_empty() {
        fits.extend(audit.scope.tables.keys().filter(|table| table.name == subject).map(table_arn));
    }
    if kind == "trail" && fits.is_empty() {
        fits.extend(audit.snapshots.iter().map(|one| one.trail.clone()).filter(|arn| ends(arn)));
    }
    match fits.len() {
        1 => fits.pop_first().unwrap_or_default(),
        _ => subject.to_owned(),
    }
}

fn table_arn(table: &Table) -> String {
    let Table { account, region, name } = table;
    format!("arn:{}:dynamodb:{region}:{account}:table/{name}", arn::partition_of_region(region))
}

/// Who manages each key that an answer describes.
fn key_managers(drafts: &BTreeMap<Key, Draft>) -> BTreeMap<String, String> {
    let keys = drafts.iter().filter(|((kind, _), _)| *kind == "key");
    keys.map(|((_, arn), draft)| (arn.clone(), draft.config.encryption_key.clone())).collect()
}

/// Accounts of the trails that deliver to each bucket.
fn deliveries(drafts: &BTreeMap<Key, Draft>) -> BTreeMap<String, BTreeSet<String>> {
    let mut deliveries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((kind, subject), draft) in drafts {
        if let (true, Some(bucket), Some(arn)) = (*kind == "trail", &draft.told.bucket, arn::parse(subject)) {
            deliveries.entry(bucket.clone()).or_default().insert(arn.account.to_owned());
        }
    }
    deliveries
}

fn finish(
    audit: &Audit,
    (kind, subject): Key,
    draft: Draft,
    managers: &BTreeMap<String, String>,
    deliveries: &BTreeMap<String, BTreeSet<String>>,
) -> (Config, About) {
    let scope = &audit.scope;
    let Draft { config, told, taken, files } = draft;
    let parsed = arn::parse(&subject).map(|arn| (arn.account.to_owned(), arn.region.to_owned()));
    let (account, region) = parsed.unwrap_or_default();
    let log_object = scope.is_log_object(kind, &subject);
    let owner = scope.log_account.as_ref().filter(|_| kind == "bucket" && log_object);
    let account = if account.is_empty() { owner.cloned().unwrap_or_default() } else { account };
    let class = table_class(audit, kind, &subject);
    let other_account = other_account(audit, kind, &subject, &account, deliveries);
    let encryption_key = match &told.table_key {
        Some(key) => key_of_table(audit, key, managers),
        None => config.encryption_key.clone(),
    };
    let config = Config {
        name: format!("{kind} {subject}"),
        kind: kind.to_owned(),
        account,
        region,
        taken: rfc3339(taken.0),
        data_class: class.map_or("", DataClass::as_str).to_owned(),
        log_object,
        data_key: kind == "key" && scope.is_data_key(&subject),
        stale_days: ((audit.as_of - taken.0) / DAY).max(0),
        other_account,
        public_access: public(kind, told.openness),
        encryption_key,
        subject: subject.clone(),
        ..config
    };
    let objects =
        std::iter::once(subject).chain(files.into_iter().map(|file| format!("saved answer {file}")));
    (config, About::things(objects.collect(), Some(taken)))
}

fn table_class(audit: &Audit, kind: &str, subject: &str) -> Option<DataClass> {
    let (region, account, name) = arn::table(subject).filter(|_| kind == "table")?;
    audit.scope.data_class(account, region, name)
}

/// Whether the account of the log buckets is another than that of the trails.
fn other_account(
    audit: &Audit,
    kind: &str,
    subject: &str,
    account: &str,
    deliveries: &BTreeMap<String, BTreeSet<String>>,
) -> String {
    let scope = &audit.scope;
    let Some(owner) = &scope.log_account else {
        return "unknown".to_owned();
    };
    let of_one_partition = |accounts: &[&str]| shares_partition(audit, owner, accounts);
    match kind {
        "trail" if !account.is_empty() && of_one_partition(&[account]) => on(owner != account),
        "bucket" if scope.is_log_object(kind, subject) => match deliveries.get(subject) {
            Some(accounts) if of_one_partition(&accounts.iter().map(String::as_str).collect::<Vec<_>>()) => {
                on(!accounts.contains(owner))
            }
            Some(_) => "unknown".to_owned(),
            None => on(!scope.declares_account(owner)),
        },
        _ => "unknown".to_owned(),
    }
}

/// Whether the account of the log buckets can receive from these accounts: nothing is delivered from one partition into
/// another (cloudtrail-records §7), so that their buckets lie in an account that audit.toml does not name. Where it does
/// not tell the partition of the owner, that of all declared accounts together counts.
fn shares_partition(audit: &Audit, owner: &str, accounts: &[&str]) -> bool {
    let partitions = |account: &str| -> BTreeSet<&str> {
        let declared = audit.scope.accounts.get(account).map(|(_, regions)| regions);
        declared.into_iter().flatten().map(|region| arn::partition_of_region(region)).collect()
    };
    let mut all = partitions(owner);
    if all.is_empty() {
        all.extend(audit.scope.accounts.keys().flat_map(|account| partitions(account)));
    }
    all.extend(accounts.iter().flat_map(|account| partitions(account)));
    all.len() <= 1
}

fn public(kind: &str, openness: Openness) -> String {
    if kind != "bucket" {
        return "unknown".to_owned();
    }
    match (openness.policy, openness.blocked, openness.restricted) {
        (_, Some(true), _) | (_, _, Some(true)) => "off",
        (Some(true), _, _) => "on",
        _ => "unknown",
    }
    .to_owned()
}

fn key_of_table(audit: &Audit, key: &str, managers: &BTreeMap<String, String>) -> String {
    let listed = audit.scope.is_data_key(key);
    let managed = managers.iter().find(|(other, _)| same_key(other, key)).map(|(_, manager)| manager.clone());
    managed.unwrap_or_else(|| if listed { "customer" } else { "unknown" }.to_owned())
}

/// Whether two spellings, ARN or id, are one key.
fn same_key(one: &str, other: &str) -> bool {
    one == other
        || (one.starts_with("arn:") != other.starts_with("arn:")
            && one.rsplit('/').next() == other.rsplit('/').next())
}

/// Whether any answer about this kind of object was saved.
pub(in crate::verdicts) fn given(audit: &Audit, kind: &str) -> bool {
    audit.saved.iter().any(|saved| saved.kind != SnapshotKind::EventSelectors && saved.kind.object() == kind)
}

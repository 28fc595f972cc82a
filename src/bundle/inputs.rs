//! `rules/` and `inputs/` of a bundle: the very pack files that ran, effective parameters, declared scope, selector
//! snapshots as received. Nothing here names a machine, a source's place or the clock.

use std::collections::BTreeMap;

use serde_json::json;

use super::Inputs;
use crate::audit::{Audit, Pattern, Saved};
use crate::clock::rfc3339;
use crate::rules::{Control, Pack, Setting};
use crate::sources::hex;

/// A small file of the bundle: path and content.
pub type Small = (String, Vec<u8>);

/// All files of `rules/` and `inputs/`.
pub fn files(inputs: &Inputs<'_>) -> Vec<Small> {
    let mut files: Vec<Small> = inputs.packs.iter().flat_map(|pack| pack_files(pack, inputs.packs)).collect();
    files.push(("inputs/parameters.json".to_owned(), pretty(&parameters(inputs))));
    files.push(("inputs/scope.json".to_owned(), pretty(&scope(inputs))));
    for snapshot in &inputs.audit.snapshots {
        let name = snapshot.trail.rsplit('/').next().unwrap_or("trail");
        let path = format!(
            "inputs/config/event-selectors-{}-{}-{}.json",
            snapshot.account,
            snapshot.region,
            safe(name)
        );
        files.push((path, pretty(&snapshot.answer)));
    }
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    files.extend(saved(inputs));
    files.sort();
    files
}

/// Other saved answers: kind, subjects, day; a number tells answers of one kind, subject and day apart.
fn saved(inputs: &Inputs<'_>) -> Vec<Small> {
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    let mut saved: Vec<&Saved> = inputs.audit.saved.iter().collect();
    saved.sort_by_key(|one| (one.kind, one.taken, &one.file));
    let path = |one: &Saved| {
        let subject = match one.subjects.as_slice() {
            [(subject, _)] => safe(subject.rsplit(['/', ':']).next().unwrap_or(subject)),
            several => format!("{}-subjects", several.len()),
        };
        format!("inputs/config/{}-{subject}-{}", one.kind.word(), crate::clock::day(one.taken))
    };
    let file = |one: &Saved| {
        let path = path(one);
        let count = known.entry(path.clone()).or_insert(0);
        *count += 1;
        let number = if *count > 1 { format!("-{count}") } else { String::new() };
        (format!("{path}{number}.json"), pretty(&one.answer))
    };
    saved.into_iter().map(file).collect()
}

fn safe(name: &str) -> String {
    name.chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' })
        .take(60)
        .collect()
}

/// The files of a pack and its pack.lock. What it uses of another pack that ran too, in the very same words, stands with
/// that one alone: `uses/OTHER/…` of its pack.lock is `rules/OTHER/…` then.
fn pack_files(pack: &Pack, packs: &[Pack]) -> Vec<Small> {
    let stands_with_its_own = |path: &str, sha256: &str| {
        let used = path.strip_prefix("uses/").and_then(|path| path.split_once('/'));
        used.is_some_and(|(id, path)| {
            let other = packs.iter().find(|other| other.id == id && other.id != pack.id);
            other.and_then(|other| other.file(path)).is_some_and(|file| file.sha256 == sha256)
        })
    };
    let mut files: Vec<Small> = pack
        .files
        .iter()
        .filter(|file| !stands_with_its_own(&file.path, &file.sha256))
        .map(|file| (format!("rules/{}/{}", pack.id, file.path), file.text.clone().into_bytes()))
        .collect();
    files.push((format!("rules/{}/pack.lock", pack.id), pack_lock(pack).into_bytes()));
    files
}

/// The text of pack.lock: each file with its hash.
fn pack_lock(pack: &Pack) -> String {
    pack.files.iter().map(|file| format!("{}  {}\n", file.sha256, file.path)).collect()
}

/// Hash over the files of a pack: SHA-256 of its pack.lock.
pub fn pack_hash(pack: &Pack) -> String {
    hex(&<sha2::Sha256 as sha2::Digest>::digest(pack_lock(pack).as_bytes()))
}

/// A value whose texts may come from files and logs: card numbers masked, hidden characters visible.
pub fn told(value: &impl serde::Serialize) -> serde_json::Value {
    harmless(serde_json::to_value(value).unwrap_or_default())
}

fn harmless(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(super::redaction::shown(&text).into_owned()),
        Value::Array(items) => Value::Array(items.into_iter().map(harmless).collect()),
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                (super::redaction::shown(&name).into_owned(), harmless(value))
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        other => other,
    }
}

/// JSON with an end of line.
pub fn pretty(value: &serde_json::Value) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

fn setting(setting: &Setting) -> serde_json::Value {
    match setting {
        Setting::Truth(truth) => json!(truth),
        Setting::Number(number) => json!(number),
        Setting::Text(text) => json!(text),
        Setting::Texts(texts) => json!(texts),
    }
}

/// A setting for people.
pub fn setting_words(value: &Setting) -> String {
    match value {
        Setting::Truth(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Setting::Number(number) => number.to_string(),
        Setting::Text(text) => text.clone(),
        Setting::Texts(texts) => texts.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
    }
}

fn parameters(inputs: &Inputs<'_>) -> serde_json::Value {
    let audit = inputs.audit;
    let settings = |pack: &Pack| {
        let map: serde_json::Map<String, serde_json::Value> =
            pack.settings.iter().map(|(name, value)| (name.to_owned(), setting(value))).collect();
        (pack.id.clone(), serde_json::Value::Object(map))
    };
    let by_requirement = |pack: &Pack| {
        let own: serde_json::Map<_, _> =
            pack.controls.iter().filter_map(|control| own_settings(pack, control)).collect();
        (pack.id.clone(), serde_json::Value::Object(own))
    };
    json!({
        "window": {"from": rfc3339(audit.from), "to": rfc3339(audit.to)},
        "as_of": rfc3339(audit.as_of),
        "reporting_zone": audit.zone.name(),
        "delivery_lag_minutes": audit.delivery_lag / 60,
        "session_silence_minutes": audit.session_silence / 60,
        "redaction": "internal",
        "patterns": audit.file.patterns,
        "packs": inputs.packs.iter().map(|pack| format!("{} {}", pack.id, pack.version)).collect::<Vec<_>>(),
        "baseline": audit.file.audit.baseline.map(crate::audit::Baseline::as_str),
        "settings": inputs.packs.iter().map(settings).collect::<serde_json::Map<_, _>>(),
        "settings_by_requirement": inputs.packs.iter().map(by_requirement).collect::<serde_json::Map<_, _>>(),
    })
}

/// The values that hold for a control alone.
fn own_settings(pack: &Pack, control: &Control) -> Option<(String, serde_json::Value)> {
    let own: serde_json::Map<String, serde_json::Value> = control
        .settings
        .iter()
        .filter(|(name, value)| pack.settings.get(name) != Some(value))
        .map(|(name, value)| (name.to_owned(), setting(value)))
        .collect();
    (!own.is_empty()).then(|| (control.requirement.clone(), own.into()))
}

fn scope(inputs: &Inputs<'_>) -> serde_json::Value {
    let (audit, scope) = (inputs.audit, &inputs.audit.scope);
    let file = &audit.file;
    let principals = file.principals.clone().unwrap_or_default();
    json!({
        "entity": file.audit.entity,
        "system": file.audit.system,
        "accounts": scope.accounts.iter().map(|(id, (name, regions))| json!({"id": id, "name": name, "regions": regions})).collect::<Vec<_>>(),
        "tables": scope.tables.iter().map(|(table, class)| json!({"account": table.account, "region": table.region, "name": table.name, "data": class.as_str()})).collect::<Vec<_>>(),
        "workloads": file.workloads.iter().map(|workload| json!({"name": workload.name, "owner": workload.owner, "principals": workload.principals})).collect::<Vec<_>>(),
        "principals": {
            "privileged": principals.privileged,
            "break_glass": principals.break_glass,
            "shared": principals.shared,
            "log_readers": principals.log_readers,
            "log_admins": principals.log_admins,
            "key_admins": principals.key_admins,
            "direct_query": principals.direct_query,
            "dual_duty": principals.dual_duty,
            "watched": principals.watched,
            "external": principals.external,
        },
        "logs": {
            "buckets": scope.log_buckets, "keys": scope.log_keys, "groups": scope.log_groups, "trails": scope.trails,
            "account": scope.log_account, "retention_days": scope.retention_days, "online_days": scope.online_days,
        },
        "stated": stated(audit),
        "roster": audit.roster.as_ref().map(|rows| rows.iter().map(|row| json!({"id": row.id, "name": row.name, "mail": row.mail, "department": row.department, "manager": row.manager, "joined": row.joined_as_stated(), "left": row.left_as_stated(), "identities": row.identities})).collect::<Vec<_>>()),
        "changes": audit.changes.as_ref().map(|rows| rows.iter().map(|row| json!({"id": row.id, "from": rfc3339(row.from), "to": rfc3339(row.to), "principal": pattern(&row.principal), "operation": pattern(&row.operation), "object": pattern(&row.object), "approver": row.approver})).collect::<Vec<_>>()),
        "incidents": audit.incidents.as_ref().map(|rows| rows.iter().map(|row| json!({"id": row.id, "opened": rfc3339(row.opened), "closed": row.closed.map(rfc3339), "principal": pattern(&row.principal), "summary": row.summary})).collect::<Vec<_>>()),
        "reviews": audit.reviews.as_ref().map(|rows| rows.iter().map(|row| json!({"period_from": rfc3339(row.period_from), "period_to": rfc3339(row.period_to), "date": rfc3339(row.date), "reviewer": row.reviewer, "found": row.found, "follow_up": row.follow_up})).collect::<Vec<_>>()),
        "subjects": audit.subjects.as_ref().map(|rows| rows.iter().map(|row| json!({"id": row.id, "kind": row.kind.word(), "received": rfc3339(row.received), "table": row.table, "key": "left out: personal data"})).collect::<Vec<_>>()),
        "high_risk": audit.high_risk.as_ref().map(|rows| rows.iter().map(|row| json!({"person": row.person, "from": rfc3339(row.from), "reason": row.reason})).collect::<Vec<_>>()),
        "not_applicable": file.not_applicable.iter().map(|section| json!({"requirement": section.requirement, "reason": section.reason, "by": section.by, "on": section.on})).collect::<Vec<_>>(),
    })
}

/// How access is meant to be, as audit.toml and the files it names state it; `null` where nothing is stated.
fn stated(audit: &Audit) -> serde_json::Value {
    let file = &audit.file;
    let texts = |list: Option<&Vec<toml::Spanned<String>>>| {
        list.map(|list| list.iter().map(|text| text.as_ref().clone()).collect::<Vec<_>>())
    };
    let patterns = |list: &Vec<Pattern>| list.iter().map(pattern).collect::<Vec<_>>();
    let provider = file.identity_provider.as_ref();
    let data = file.data.clone().unwrap_or_default();
    let written = file.third_parties.iter().flatten();
    let parties = audit.scope.third_parties.as_ref().map(|parties| {
        let told = parties.iter().zip(written).map(|(party, section)| json!({"name": party.name, "principals": patterns(&party.principals), "from": rfc3339(party.from), "to": rfc3339(party.to), "networks": texts(section.networks.as_ref()), "tables": party.tables.as_ref().map(patterns)}));
        told.collect::<Vec<_>>()
    });
    json!({
        "baseline": file.audit.baseline.map(crate::audit::Baseline::as_str),
        "service_provider": file.audit.service_provider,
        "identity_provider": {"name": provider.and_then(|section| section.name.clone()), "mfa_attestation": audit.scope.mfa_attestation},
        "approved_networks": texts(file.networks.as_ref().and_then(|section| section.approved.as_ref())),
        "calendar": file.calendar.as_ref().map(|section| json!({"zone": section.zone.as_ref(), "days": texts(Some(&section.days)), "from": section.from.as_ref(), "to": section.to.as_ref(), "holidays": texts(Some(&section.holidays))})),
        "data": {"keys": texts(data.keys.as_ref()), "allowed_regions": texts(data.allowed_regions.as_ref()), "sensitive_keys": texts(data.sensitive_keys.as_ref())},
        "third_parties": parties,
        "requests": audit.requests.as_ref().map(|rows| rows.iter().map(|row| json!({"id": row.id, "from": rfc3339(row.from), "to": rfc3339(row.to), "principal": pattern(&row.principal), "operation": pattern(&row.operation), "object": pattern(&row.object), "approver": row.approver})).collect::<Vec<_>>()),
        "access": audit.access.as_ref().map(|rows| rows.iter().map(|row| json!({"principal": pattern(&row.principal), "table": pattern(&row.table), "kinds": row.kinds, "approver": row.approver})).collect::<Vec<_>>()),
        "purposes": audit.purposes.as_ref().map(|rows| rows.iter().map(|row| json!({"principal": pattern(&row.principal), "table": pattern(&row.table), "purpose": row.purpose})).collect::<Vec<_>>()),
    })
}

fn pattern(pattern: &Pattern) -> String {
    pattern.to_string()
}

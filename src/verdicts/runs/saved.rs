//! What a saved answer of AWS tells, read member by member. What an answer does not hold stays unknown.

use serde_json::Value;

use crate::audit::SnapshotKind;
use crate::rules::Config;

/// The parts of `public_access` of a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Openness {
    /// Its policy allows something to everybody without condition.
    pub(super) policy: Option<bool>,
    /// All four parts of its public access block are on.
    pub(super) blocked: Option<bool>,
    /// The block restricts public buckets.
    pub(super) restricted: Option<bool>,
}

/// What an answer tells beside the members of a configuration.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) openness: Openness,
    /// Key that a table names.
    pub(super) table_key: Option<String>,
    /// Bucket that a trail delivers to.
    pub(super) bucket: Option<String>,
}

/// Reads one part of an answer into a configuration.
pub(super) fn read(kind: SnapshotKind, part: &Value, config: &mut Config, told: &mut Told) {
    match kind {
        SnapshotKind::EventSelectors => {}
        SnapshotKind::Trail => trail(part, config, told),
        SnapshotKind::TrailStatus => set(&mut config.enabled, truth(part, &["IsLogging"])),
        SnapshotKind::BucketVersioning => {
            config.versioning = on(text(part, &["Status"]) == Some("Enabled"));
        }
        SnapshotKind::BucketLifecycle => config.retention_days = expiration(part),
        SnapshotKind::ObjectLock => {
            let enabled = text(part, &["ObjectLockConfiguration", "ObjectLockEnabled"]) == Some("Enabled");
            config.object_lock = on(enabled);
        }
        SnapshotKind::PublicAccessBlock => block(part, &mut told.openness),
        SnapshotKind::BucketPolicy => told.openness.policy = open_policy(part),
        SnapshotKind::Table => table(part, config, told),
        SnapshotKind::ContinuousBackups => backups(part, config),
        SnapshotKind::Key => key(part, config),
        SnapshotKind::LogGroup => log_group(part, config),
    }
}

/// `on` or `off`.
pub(super) fn on(truth: bool) -> String {
    if truth { "on" } else { "off" }.to_owned()
}

fn set(member: &mut String, truth: Option<bool>) {
    if let Some(truth) = truth {
        *member = on(truth);
    }
}

fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    at(value, path)?.as_str()
}

fn truth(value: &Value, path: &[&str]) -> Option<bool> {
    at(value, path)?.as_bool()
}

fn trail(part: &Value, config: &mut Config, told: &mut Told) {
    set(&mut config.validation, truth(part, &["LogFileValidationEnabled"]));
    set(&mut config.multi_region, truth(part, &["IsMultiRegionTrail"]));
    set(&mut config.organisation, truth(part, &["IsOrganizationTrail"]));
    // A trail without a key of its own is encrypted with keys of S3.
    let named = text(part, &["KmsKeyId"]).is_some_and(|key| !key.is_empty());
    config.encryption_key = if named { "customer" } else { "owned" }.to_owned();
    told.bucket = text(part, &["S3BucketName"]).map(str::to_owned);
}

/// The shortest expiration of an enabled rule; 0 when none expires, -1 when one expires on a date.
fn expiration(part: &Value) -> i64 {
    let rules = part.get("Rules").and_then(Value::as_array).into_iter().flatten();
    let enabled = rules.filter(|rule| text(rule, &["Status"]) == Some("Enabled"));
    let mut shortest = 0;
    for rule in enabled {
        if at(rule, &["Expiration", "Date"]).is_some() {
            return -1;
        }
        let days = at(rule, &["Expiration", "Days"]).and_then(Value::as_i64).filter(|days| *days > 0);
        shortest = match (days, shortest) {
            (Some(days), 0) => days,
            (Some(days), known) => days.min(known),
            (None, known) => known,
        };
    }
    shortest
}

fn block(part: &Value, openness: &mut Openness) {
    let is = |name: &str| truth(part, &["PublicAccessBlockConfiguration", name]) == Some(true);
    let all = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
    openness.blocked = Some(all.into_iter().all(is));
    openness.restricted = Some(is("RestrictPublicBuckets"));
}

/// Whether a statement allows something to everybody without condition. The policy comes as text inside the answer.
fn open_policy(part: &Value) -> Option<bool> {
    let inside;
    let policy = match part.get("Policy") {
        Some(Value::String(text)) => {
            inside = serde_json::from_str::<Value>(text).ok()?;
            &inside
        }
        Some(policy) => policy,
        None => part,
    };
    let statements = match policy.get("Statement")? {
        Value::Array(statements) => statements.as_slice(),
        one => std::slice::from_ref(one),
    };
    let everybody = |principal: &Value| match principal {
        Value::String(text) => text == "*",
        Value::Object(kinds) => kinds.get("AWS").is_some_and(|aws| match aws {
            Value::String(text) => text == "*",
            Value::Array(list) => list.iter().any(|one| one.as_str() == Some("*")),
            _ => false,
        }),
        _ => false,
    };
    let unconditional = |statement: &Value| match statement.get("Condition") {
        None | Some(Value::Null) => true,
        Some(condition) => condition.as_object().is_some_and(serde_json::Map::is_empty),
    };
    Some(statements.iter().any(|statement| {
        text(statement, &["Effect"]) == Some("Allow")
            && statement.get("Principal").is_some_and(everybody)
            && unconditional(statement)
    }))
}

fn table(part: &Value, config: &mut Config, told: &mut Told) {
    let Some(table) = part.get("Table") else { return };
    set(&mut config.deletion_protection, truth(table, &["DeletionProtectionEnabled"]));
    set(&mut config.enabled, text(table, &["TableStatus"]).map(|status| status == "ACTIVE"));
    told.table_key = text(table, &["SSEDescription", "KMSMasterKeyArn"]).map(str::to_owned);
    // Without a description, or with one that is not enabled, DynamoDB encrypts with a key that it owns.
    let status = text(table, &["SSEDescription", "Status"]);
    let owned = table.get("SSEDescription").is_none_or(Value::is_null) || status == Some("DISABLED");
    if owned {
        config.encryption_key = "owned".to_owned();
    }
}

fn backups(part: &Value, config: &mut Config) {
    let description = ["ContinuousBackupsDescription", "PointInTimeRecoveryDescription"];
    let status = at(part, &description).and_then(|found| text(found, &["PointInTimeRecoveryStatus"]));
    set(&mut config.recovery, status.map(|status| status == "ENABLED"));
}

fn key(part: &Value, config: &mut Config) {
    let Some(key) = part.get("KeyMetadata") else { return };
    match text(key, &["KeyManager"]) {
        Some("CUSTOMER") => config.encryption_key = "customer".to_owned(),
        Some("AWS") => config.encryption_key = "aws".to_owned(),
        _ => {}
    }
    let state = text(key, &["KeyState"]).map(|state| state == "Enabled");
    set(&mut config.enabled, state.or_else(|| truth(key, &["Enabled"])));
    let rotation = truth(part, &["KeyRotationEnabled"]).or_else(|| truth(key, &["KeyRotationEnabled"]));
    set(&mut config.rotation, rotation);
}

fn log_group(part: &Value, config: &mut Config) {
    config.retention_days = at(part, &["retentionInDays"]).and_then(Value::as_i64).unwrap_or(0);
    let named = text(part, &["kmsKeyId"]).is_some_and(|key| !key.is_empty());
    config.encryption_key = if named { "customer" } else { "owned" }.to_owned();
    set(&mut config.deletion_protection, truth(part, &["deletionProtectionEnabled"]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(policy: &str) -> Option<bool> {
        open_policy(&serde_json::json!({ "Policy": policy }))
    }

    #[test]
    fn a_policy_is_open_to_everybody_only_without_condition() {
        let statement = |effect: &str, principal: &str, rest: &str| {
            format!(r#"{{"Statement":[{{"Effect":"{effect}","Principal":{principal}{rest}}}]}}"#)
        };
        assert_eq!(open(&statement("Allow", r#""*""#, "")), Some(true));
        assert_eq!(open(&statement("Allow", r#"{"AWS":["*"]}"#, "")), Some(true));
        assert_eq!(open(&statement("Deny", r#""*""#, "")), Some(false));
        let condition = r#","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}"#;
        assert_eq!(open(&statement("Allow", r#""*""#, condition)), Some(false));
        assert_eq!(open(&statement("Allow", r#"{"Service":"cloudtrail.amazonaws.com"}"#, "")), Some(false));
        assert_eq!(open("not JSON"), None);
    }

    #[test]
    fn the_shortest_enabled_expiration_counts() {
        let days =
            |rules: &str| expiration(&serde_json::from_str(&format!(r#"{{"Rules":{rules}}}"#)).unwrap());
        assert_eq!(days("[]"), 0);
        assert_eq!(days(r#"[{"Status":"Disabled","Expiration":{"Days":1}}]"#), 0);
        let two = r#"[{"Status":"Enabled","Expiration":{"Days":400}},{"Status":"Enabled","Expiration":{"Days":90}}]"#;
        assert_eq!(days(two), 90);
        assert_eq!(days(r#"[{"Status":"Enabled","Expiration":{"Date":"2027-01-01"}}]"#), -1);
    }
}

//! What a change of settings weakens, told from the request, whether it succeeded or was only tried. What cannot be told
//! without the declared scope (whose account a policy names, how long logs must be kept) stays open here.

use super::policies;
use crate::records::Record;
use crate::records::scan::Json;

/// What a change weakens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing that is told here.
    #[default]
    None,
    /// Less is logged than before.
    LoggingReduced,
    /// Log file validation is off.
    ValidationOff,
    /// Deletion protection, encryption, a lock or a guarding policy is gone.
    ProtectionRemoved,
    /// Backups, recovery or a second copy are gone.
    RecoveryRemoved,
    /// Days that things are kept; `None` when the request states none or things are kept for ever.
    Retention(Option<u32>),
    /// Versions are no longer kept.
    VersioningSuspended,
    /// A policy or access list was written; the event's reach tells for whom.
    PolicyWritten,
    /// The barrier against public access is down.
    PublicAccessOpened,
    /// A second factor is gone.
    MfaRemoved,
    /// A key can no longer be used.
    KeyUnusable,
    /// The key of a table changed.
    TableKeyChanged,
    /// Items expire by another attribute, or no more.
    TimeToLiveChanged,
}

/// The effect of a call, and for a policy whom it lets in (see [`policies`]).
pub fn of(record: &Record<'_>, source: &str, operation: &str) -> (Effect, String) {
    let Some(service) = source.strip_suffix(".amazonaws.com") else {
        return (Effect::None, String::new());
    };
    if !matches!(service, "dynamodb" | "s3" | "iam" | "kms" | "cloudtrail" | "logs") {
        return (Effect::None, String::new());
    }
    if let Some(reach) = policies::written(record, service, operation) {
        return if reach.is_empty() { (Effect::None, reach) } else { (Effect::PolicyWritten, reach) };
    }
    let request = Request(record.request);
    let effect = match service {
        "dynamodb" => table(&request, operation),
        "s3" => bucket(&request, operation),
        "iam" if matches!(operation, "DeactivateMFADevice" | "DeleteVirtualMFADevice") => Effect::MfaRemoved,
        "kms" => key(operation),
        "cloudtrail" => trail(&request, operation),
        "logs" => log_group(&request, operation),
        _ => Effect::None,
    };
    (effect, String::new())
}

/// Request parameters, asked by path without letter case.
struct Request<'a>(Option<Json<'a>>);

impl<'a> Request<'a> {
    fn at(&self, path: &[&str]) -> Option<Json<'a>> {
        path.iter().try_fold(self.0?, |value, name| value.get_folded(name)).filter(|value| !value.is_null())
    }

    fn says(&self, path: &[&str], truth: bool) -> bool {
        self.at(path).and_then(Json::truth) == Some(truth)
    }

    fn number(&self, path: &[&str]) -> Option<u32> {
        number(self.at(path)?)
    }

    fn is(&self, path: &[&str], word: &str) -> bool {
        self.at(path).and_then(Json::text).is_some_and(|text| text.eq_ignore_ascii_case(word))
    }
}

fn number(value: Json<'_>) -> Option<u32> {
    let text = value.plain()?;
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

fn table(request: &Request<'_>, operation: &str) -> Effect {
    match operation {
        "UpdateTable" if request.says(&["deletionProtectionEnabled"], false) => Effect::ProtectionRemoved,
        "UpdateTable" if request.at(&["sSESpecification"]).is_some() => Effect::TableKeyChanged,
        "UpdateContinuousBackups" => {
            let path = ["pointInTimeRecoverySpecification", "pointInTimeRecoveryEnabled"];
            if request.says(&path, false) { Effect::RecoveryRemoved } else { Effect::None }
        }
        "DeleteBackup" => Effect::RecoveryRemoved,
        "UpdateTimeToLive" => Effect::TimeToLiveChanged,
        _ => Effect::None,
    }
}

fn bucket(request: &Request<'_>, operation: &str) -> Effect {
    match operation {
        "PutBucketPublicAccessBlock" | "PutAccountPublicAccessBlock" => barrier(request),
        "DeleteBucketPublicAccessBlock" | "DeleteAccountPublicAccessBlock" => Effect::PublicAccessOpened,
        "PutBucketVersioning" if request.is(&["versioningConfiguration", "status"], "Suspended") => {
            Effect::VersioningSuspended
        }
        "PutBucketLifecycle" | "PutBucketLifecycleConfiguration" => Effect::Retention(expiry(request)),
        "DeleteBucketLifecycle" | "DeleteBucketLifecycleConfiguration" | "PutObjectRetention" => {
            Effect::Retention(None)
        }
        "DeleteBucketPolicy" | "DeleteBucketEncryption" => Effect::ProtectionRemoved,
        "DeleteBucketReplication" => Effect::RecoveryRemoved,
        "DeleteBucket" => Effect::LoggingReduced,
        "PutBucketLogging" if request.at(&["bucketLoggingStatus", "loggingEnabled"]).is_none() => {
            Effect::LoggingReduced
        }
        "PutBucketObjectLockConfiguration" => lock(request),
        "PutObjectLegalHold" if request.is(&["legalHold", "status"], "OFF") => Effect::ProtectionRemoved,
        _ => Effect::None,
    }
}

/// All four parts of the barrier must be stated as up; one that is left out is down.
fn barrier(request: &Request<'_>) -> Effect {
    let parts = ["blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"];
    let up = |part: &&str| request.says(&["publicAccessBlockConfiguration", part], true);
    if request.0.is_none() || parts.iter().all(up) { Effect::None } else { Effect::PublicAccessOpened }
}

/// The fewest days after which a rule in force deletes objects; a rule with a date deletes whatever is there by then.
fn expiry(request: &Request<'_>) -> Option<u32> {
    let rules = request.at(&["lifecycleConfiguration", "rule"])?;
    let listed = rules.items().map_while(Result::ok);
    let rules = listed.chain(rules.is_object().then_some(rules)).map(|rule| Request(Some(rule)));
    rules
        .filter(|rule| !rule.is(&["status"], "Disabled"))
        .filter_map(|rule| {
            let dated = rule.at(&["expiration", "date"]).map(|_| 0);
            rule.number(&["expiration", "days"]).or(dated)
        })
        .min()
}

/// Default retention of new objects; a configuration without rule gives them none.
fn lock(request: &Request<'_>) -> Effect {
    let Some(kept) = request.at(&["objectLockConfiguration", "rule", "defaultRetention"]) else {
        return if request.0.is_none() { Effect::Retention(None) } else { Effect::ProtectionRemoved };
    };
    let kept = Request(Some(kept));
    let years = kept.number(&["years"]).map(|years| years.saturating_mul(365));
    Effect::Retention(kept.number(&["days"]).or(years))
}

fn key(operation: &str) -> Effect {
    match operation {
        "DisableKey"
        | "ScheduleKeyDeletion"
        | "DeleteKey"
        | "DeleteImportedKeyMaterial"
        | "DeleteExpiredKeyMaterial"
        | "DisconnectCustomKeyStore"
        | "DeleteCustomKeyStore" => Effect::KeyUnusable,
        "DisableKeyRotation" => Effect::ProtectionRemoved,
        _ => Effect::None,
    }
}

fn trail(request: &Request<'_>, operation: &str) -> Effect {
    match operation {
        "StopLogging" | "DeleteTrail" | "StopEventDataStoreIngestion" | "DeleteEventDataStore" => {
            Effect::LoggingReduced
        }
        "UpdateTrail" | "UpdateEventDataStore" => {
            let switches = [
                "isMultiRegionTrail",
                "includeGlobalServiceEvents",
                "isOrganizationTrail",
                "multiRegionEnabled",
                "organizationEnabled",
            ];
            if switches.iter().any(|switch| request.says(&[switch], false)) {
                Effect::LoggingReduced
            } else if request.says(&["enableLogFileValidation"], false) {
                Effect::ValidationOff
            } else if request.says(&["terminationProtectionEnabled"], false) || request.is(&["kmsKeyId"], "")
            {
                Effect::ProtectionRemoved
            } else if request.at(&["retentionPeriod"]).is_some() {
                Effect::Retention(request.number(&["retentionPeriod"]))
            } else {
                Effect::None
            }
        }
        "PutEventSelectors" if selects_nothing(request) => Effect::LoggingReduced,
        _ => Effect::None,
    }
}

/// Whether selectors are stated and select nothing at all. Whether other selectors leave out more than the ones before
/// them is for coverage to tell, which knows those.
fn selects_nothing(request: &Request<'_>) -> bool {
    let items = |name: &str| request.at(&[name]).filter(|list| list.is_list());
    let (plain, advanced) = (items("eventSelectors"), items("advancedEventSelectors"));
    let some = |list: Option<Json<'_>>| list.is_some_and(|list| list.items().next().is_some());
    let idle = |selector: Json<'_>| {
        let selector = Request(Some(selector));
        let data = selector.at(&["dataResources"]).is_some_and(|list| list.items().next().is_some());
        selector.says(&["includeManagementEvents"], false) && !data
    };
    let all_idle = || plain.is_none_or(|list| list.items().map_while(Result::ok).all(idle));
    (plain.is_some() || advanced.is_some()) && !some(advanced) && all_idle()
}

fn log_group(request: &Request<'_>, operation: &str) -> Effect {
    match operation {
        "DeleteLogGroup" | "DeleteLogStream" | "DeleteSubscriptionFilter" => Effect::LoggingReduced,
        "PutRetentionPolicy" => Effect::Retention(request.number(&["retentionInDays"])),
        "DeleteRetentionPolicy" => Effect::Retention(None),
        "DisassociateKmsKey" | "DeleteMetricFilter" => Effect::ProtectionRemoved,
        _ => Effect::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(service: &str, operation: &str, request: &str) -> Effect {
        let text = format!(
            r#"{{"eventVersion":"1.09","eventSource":"{service}.amazonaws.com","eventName":"{operation}","requestParameters":{request}}}"#
        );
        let record = Record::of(Json::first(&text, 0).unwrap().0).unwrap();
        of(&record, &format!("{service}.amazonaws.com"), operation).0
    }

    #[test]
    fn tables_and_backups() {
        assert_eq!(
            told("dynamodb", "UpdateTable", r#"{"deletionProtectionEnabled":false}"#),
            Effect::ProtectionRemoved
        );
        assert_eq!(told("dynamodb", "UpdateTable", r#"{"deletionProtectionEnabled":true}"#), Effect::None);
        let key = r#"{"sSESpecification":{"enabled":true,"kMSMasterKeyId":"k"}}"#;
        assert_eq!(told("dynamodb", "UpdateTable", key), Effect::TableKeyChanged);
        assert_eq!(told("dynamodb", "UpdateTable", r#"{"billingMode":"PAY_PER_REQUEST"}"#), Effect::None);
        for (truth, effect) in [("false", Effect::RecoveryRemoved), ("true", Effect::None)] {
            let request =
                format!(r#"{{"pointInTimeRecoverySpecification":{{"pointInTimeRecoveryEnabled":{truth}}}}}"#);
            assert_eq!(told("dynamodb", "UpdateContinuousBackups", &request), effect);
        }
        assert_eq!(told("dynamodb", "DeleteBackup", "null"), Effect::RecoveryRemoved);
        assert_eq!(told("dynamodb", "UpdateTimeToLive", "{}"), Effect::TimeToLiveChanged);
        assert_eq!(told("dynamodb", "GetItem", r#"{"deletionProtectionEnabled":false}"#), Effect::None);
    }

    #[test]
    fn buckets() {
        let up = |last: &str| {
            format!(
                r#"{{"PublicAccessBlockConfiguration":{{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true{last}}}}}"#
            )
        };
        let all = up(r#","RestrictPublicBuckets":true"#);
        assert_eq!(told("s3", "PutBucketPublicAccessBlock", &all), Effect::None);
        let down = up(r#","RestrictPublicBuckets":false"#);
        assert_eq!(told("s3", "PutBucketPublicAccessBlock", &down), Effect::PublicAccessOpened);
        assert_eq!(told("s3", "PutAccountPublicAccessBlock", &up("")), Effect::PublicAccessOpened);
        assert_eq!(told("s3", "DeleteBucketPublicAccessBlock", "{}"), Effect::PublicAccessOpened);
        let status = |word: &str| format!(r#"{{"VersioningConfiguration":{{"Status":"{word}"}}}}"#);
        assert_eq!(told("s3", "PutBucketVersioning", &status("Suspended")), Effect::VersioningSuspended);
        assert_eq!(told("s3", "PutBucketVersioning", &status("Enabled")), Effect::None);
        assert_eq!(told("s3", "PutBucketLogging", r#"{"BucketLoggingStatus":{}}"#), Effect::LoggingReduced);
        assert_eq!(
            told("s3", "PutObjectLegalHold", r#"{"LegalHold":{"Status":"OFF"}}"#),
            Effect::ProtectionRemoved
        );
    }

    #[test]
    fn days_that_things_are_kept() {
        let one = r#"{"LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":1}}}}"#;
        assert_eq!(told("s3", "PutBucketLifecycle", one), Effect::Retention(Some(1)));
        let several = r#"{"LifecycleConfiguration":{"Rule":[{"Status":"Disabled","Expiration":{"Days":1}},{"Status":"Enabled","Expiration":{"Days":"400"}},{"Status":"Enabled","Transition":{"Days":30}}]}}"#;
        assert_eq!(told("s3", "PutBucketLifecycle", several), Effect::Retention(Some(400)));
        let dated =
            r#"{"LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Date":"2026-01-01"}}}}"#;
        assert_eq!(told("s3", "PutBucketLifecycle", dated), Effect::Retention(Some(0)));
        assert_eq!(told("s3", "DeleteBucketLifecycle", "{}"), Effect::Retention(None));
        let lock = r#"{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"COMPLIANCE","Years":2}}}}"#;
        assert_eq!(told("s3", "PutBucketObjectLockConfiguration", lock), Effect::Retention(Some(730)));
        let open = r#"{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}"#;
        assert_eq!(told("s3", "PutBucketObjectLockConfiguration", open), Effect::ProtectionRemoved);
        assert_eq!(
            told("logs", "PutRetentionPolicy", r#"{"retentionInDays":30}"#),
            Effect::Retention(Some(30))
        );
        assert_eq!(told("logs", "DeleteRetentionPolicy", "{}"), Effect::Retention(None));
    }

    #[test]
    fn trails_keys_and_second_factors() {
        assert_eq!(told("cloudtrail", "StopLogging", "{}"), Effect::LoggingReduced);
        assert_eq!(
            told("cloudtrail", "UpdateTrail", r#"{"name":"t","enableLogFileValidation":false}"#),
            Effect::ValidationOff
        );
        assert_eq!(
            told("cloudtrail", "UpdateTrail", r#"{"isMultiRegionTrail":false}"#),
            Effect::LoggingReduced
        );
        assert_eq!(
            told("cloudtrail", "UpdateTrail", r#"{"name":"t","enableLogFileValidation":true}"#),
            Effect::None
        );
        let idle = r#"{"eventSelectors":[{"readWriteType":"All","includeManagementEvents":false,"dataResources":[]}]}"#;
        assert_eq!(told("cloudtrail", "PutEventSelectors", idle), Effect::LoggingReduced);
        let management = r#"{"eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[]}]}"#;
        assert_eq!(told("cloudtrail", "PutEventSelectors", management), Effect::None);
        assert_eq!(
            told("cloudtrail", "PutEventSelectors", r#"{"advancedEventSelectors":[]}"#),
            Effect::LoggingReduced
        );
        assert_eq!(told("cloudtrail", "PutEventSelectors", "null"), Effect::None);
        assert_eq!(told("kms", "ScheduleKeyDeletion", "{}"), Effect::KeyUnusable);
        assert_eq!(told("kms", "CancelKeyDeletion", "{}"), Effect::None);
        assert_eq!(told("iam", "DeactivateMFADevice", "{}"), Effect::MfaRemoved);
        assert_eq!(told("iam", "EnableMFADevice", "{}"), Effect::None);
    }
}

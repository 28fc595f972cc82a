//! Saved answers of AWS about trails, buckets, tables, keys and log groups: read, told apart, named by what they are
//! about. What they say is read where it is judged.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{Beside, SnapshotSection};
use crate::clock::{self, Seconds};
use crate::error::{Error, Result};

/// Which answer was saved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotKind {
    /// `aws cloudtrail get-event-selectors`.
    #[default]
    EventSelectors,
    /// `aws cloudtrail describe-trails` or `get-trail`.
    Trail,
    /// `aws cloudtrail get-trail-status`.
    TrailStatus,
    /// `aws s3api get-bucket-versioning`.
    BucketVersioning,
    /// `aws s3api get-bucket-lifecycle-configuration`.
    BucketLifecycle,
    /// `aws s3api get-object-lock-configuration`.
    ObjectLock,
    /// `aws s3api get-public-access-block`.
    PublicAccessBlock,
    /// `aws s3api get-bucket-policy`.
    BucketPolicy,
    /// `aws dynamodb describe-table`.
    Table,
    /// `aws dynamodb describe-continuous-backups`.
    ContinuousBackups,
    /// `aws kms describe-key`, also with the answer of get-key-rotation-status.
    Key,
    /// `aws logs describe-log-groups`.
    LogGroup,
}

impl SnapshotKind {
    /// All of them, in order.
    pub const ALL: [SnapshotKind; 12] = [
        SnapshotKind::EventSelectors,
        SnapshotKind::Trail,
        SnapshotKind::TrailStatus,
        SnapshotKind::BucketVersioning,
        SnapshotKind::BucketLifecycle,
        SnapshotKind::ObjectLock,
        SnapshotKind::PublicAccessBlock,
        SnapshotKind::BucketPolicy,
        SnapshotKind::Table,
        SnapshotKind::ContinuousBackups,
        SnapshotKind::Key,
        SnapshotKind::LogGroup,
    ];

    /// The word of audit.toml.
    pub fn word(self) -> &'static str {
        match self {
            SnapshotKind::EventSelectors => "event-selectors",
            SnapshotKind::Trail => "trail",
            SnapshotKind::TrailStatus => "trail-status",
            SnapshotKind::BucketVersioning => "bucket-versioning",
            SnapshotKind::BucketLifecycle => "bucket-lifecycle",
            SnapshotKind::ObjectLock => "object-lock",
            SnapshotKind::PublicAccessBlock => "public-access-block",
            SnapshotKind::BucketPolicy => "bucket-policy",
            SnapshotKind::Table => "table",
            SnapshotKind::ContinuousBackups => "continuous-backups",
            SnapshotKind::Key => "key",
            SnapshotKind::LogGroup => "log-group",
        }
    }

    /// What it describes: `trail`, `bucket`, `table`, `key`, `log-group`.
    pub fn object(self) -> &'static str {
        match self {
            SnapshotKind::EventSelectors | SnapshotKind::Trail | SnapshotKind::TrailStatus => "trail",
            SnapshotKind::BucketVersioning
            | SnapshotKind::BucketLifecycle
            | SnapshotKind::ObjectLock
            | SnapshotKind::PublicAccessBlock
            | SnapshotKind::BucketPolicy => "bucket",
            SnapshotKind::Table | SnapshotKind::ContinuousBackups => "table",
            SnapshotKind::Key => "key",
            SnapshotKind::LogGroup => "log-group",
        }
    }

    /// The command that gives it.
    fn command(self) -> &'static str {
        match self {
            SnapshotKind::EventSelectors => "aws cloudtrail get-event-selectors --trail-name NAME",
            SnapshotKind::Trail => "aws cloudtrail describe-trails",
            SnapshotKind::TrailStatus => "aws cloudtrail get-trail-status --name NAME",
            SnapshotKind::BucketVersioning => "aws s3api get-bucket-versioning --bucket NAME",
            SnapshotKind::BucketLifecycle => "aws s3api get-bucket-lifecycle-configuration --bucket NAME",
            SnapshotKind::ObjectLock => "aws s3api get-object-lock-configuration --bucket NAME",
            SnapshotKind::PublicAccessBlock => "aws s3api get-public-access-block --bucket NAME",
            SnapshotKind::BucketPolicy => "aws s3api get-bucket-policy --bucket NAME",
            SnapshotKind::Table => "aws dynamodb describe-table --table-name NAME",
            SnapshotKind::ContinuousBackups => "aws dynamodb describe-continuous-backups --table-name NAME",
            SnapshotKind::Key => "aws kms describe-key --key-id ID",
            SnapshotKind::LogGroup => "aws logs describe-log-groups",
        }
    }
}

/// A saved answer about one or more subjects.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Which answer.
    pub kind: SnapshotKind,
    /// What it is about: ARNs or names, each with the part of the answer that tells of it.
    pub subjects: Vec<(String, Value)>,
    /// When it was saved.
    pub taken: Seconds,
    /// The answer as received.
    pub answer: Value,
    /// File name as audit.toml gives it.
    pub file: String,
}

/// Reads a saved answer of any kind but event selectors.
///
/// # Errors
/// When the file cannot be read or is no such answer, or the subject is neither in it nor stated.
pub fn saved(folder: &Beside, section: &SnapshotSection) -> Result<Saved> {
    let path = folder.join(&section.file);
    let (answer, taken) = (answer(&path)?, taken(&path, section)?);
    let kind = section.kind;
    let wrong = |what: String| {
        Error::usage(format!("[[snapshot]] {}: {what}", path.display()))
            .hint(format!("save the answer of `{} --output json`", kind.command()))
    };
    let parts = parts(kind, &answer)
        .ok_or_else(|| wrong(format!("this is no answer of the kind `{}`", kind.word())))?;
    let mut subjects = Vec::new();
    for (named, part) in parts {
        let subject = named.or_else(|| section.subject.clone()).ok_or_else(|| {
            wrong(format!("the answer does not name its {}: add subject = \"…\"", kind.object()))
        })?;
        subjects.push((subject, part));
    }
    Ok(Saved { kind, subjects, taken, answer, file: section.file.display().to_string() })
}

/// The JSON of a file.
pub(super) fn answer(path: &Beside) -> Result<Value> {
    let text = path
        .bytes()
        .map_err(|cause| Error::usage(format!("cannot read {}", path.display())).cause(&cause))?;
    serde_json::from_slice(&text)
        .map_err(|cause| Error::usage(format!("{} is not JSON", path.display())).cause(&cause))
}

/// When the answer was saved.
pub(super) fn taken(path: &Path, section: &SnapshotSection) -> Result<Seconds> {
    clock::parse_date_or_time(&section.taken).ok_or_else(|| {
        Error::usage(format!("[[snapshot]] {}: taken = {:?} is no time", path.display(), section.taken))
    })
}

/// The parts of an answer, each with the subject it names; `None` when it is no answer of this kind.
fn parts(kind: SnapshotKind, answer: &Value) -> Option<Vec<(Option<String>, Value)>> {
    let object = answer.as_object()?;
    let named = |part: &Value, name: &str| part.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str, subject: &dyn Fn(&Value) -> Option<String>| {
        let items = answer.get(name)?.as_array()?;
        Some(items.iter().map(|item| (subject(item), item.clone())).collect())
    };
    let one = |name: &str, subject: &str| {
        let part = answer.get(name)?.as_object()?;
        Some(vec![(part.get(subject).and_then(Value::as_str).map(str::to_owned), answer.clone())])
    };
    let whole = |holds: bool| holds.then(|| vec![(None, answer.clone())]);
    match kind {
        SnapshotKind::EventSelectors => whole(true),
        SnapshotKind::Trail if object.contains_key("Trail") => {
            let trail = answer.get("Trail")?;
            Some(vec![(named(trail, "TrailARN"), trail.clone())])
        }
        SnapshotKind::Trail => list("trailList", &|trail| named(trail, "TrailARN")),
        SnapshotKind::TrailStatus => whole(object.contains_key("IsLogging")),
        // A bucket that never had versioning answers with an empty object.
        SnapshotKind::BucketVersioning => whole(object.is_empty() || object.contains_key("Status")),
        SnapshotKind::BucketLifecycle => whole(object.get("Rules").is_some_and(Value::is_array)),
        SnapshotKind::ObjectLock => whole(object.contains_key("ObjectLockConfiguration")),
        SnapshotKind::PublicAccessBlock => whole(object.contains_key("PublicAccessBlockConfiguration")),
        SnapshotKind::BucketPolicy => {
            whole(object.contains_key("Policy") || object.contains_key("Statement"))
        }
        SnapshotKind::Table => one("Table", "TableArn"),
        SnapshotKind::ContinuousBackups => whole(object.contains_key("ContinuousBackupsDescription")),
        SnapshotKind::Key => one("KeyMetadata", "Arn"),
        SnapshotKind::LogGroup => {
            list("logGroups", &|group| named(group, "arn").or_else(|| named(group, "logGroupName")))
        }
    }
}

//! Events of other services that controls ask about: which trail, key, bucket, log group or identity they touch. The
//! catalogue says where the name stands; nothing here is written for one event alone.

use std::borrow::Cow;

use super::{Access, Event, KeyKind, Kind, Object, ObjectKind, arn, text};
use crate::records::Record;
use crate::records::scan::Json;

/// The one access of a catalogued event.
pub fn access<'a>(record: &Record<'a>, event: &Event<'a>) -> Access<'a> {
    let object_kind = event.entry.map_or(ObjectKind::None, |entry| entry.object_kind);
    let name = match object_kind {
        ObjectKind::Key => key_arn(record).or_else(|| target(record, event)),
        ObjectKind::Identity => identity(record, event),
        _ => target(record, event),
    };
    let object_key = object_key(record, object_kind);
    let object = Object {
        kind: object_kind,
        account: event.account.clone(),
        region: event.region.clone(),
        name: name.unwrap_or(Cow::Borrowed("")),
    };
    let key_kind = if object_key.is_some() { KeyKind::Exact } else { KeyKind::None };
    Access {
        object,
        kind: event.entry.map_or(Kind::Admin, |entry| entry.kind),
        key: object_key.unwrap_or(Cow::Borrowed("")),
        key_kind,
    }
}

/// The first target path of the catalogue that gives a text.
fn target<'a>(record: &Record<'a>, event: &Event<'a>) -> Option<Cow<'a, str>> {
    event
        .entry?
        .targets
        .iter()
        .filter(|path| !path.ends_with(".key"))
        .find_map(|path| at_path(record, path))
        .filter(|name| !name.is_empty())
}

/// The identity that an IAM call names, for calls the catalogue does not know.
pub fn iam_object<'a>(record: &Record<'a>, event: &Event<'a>) -> Option<Cow<'a, str>> {
    let names = [("userName", "user"), ("roleName", "role"), ("groupName", "group")];
    let (name, part) = names.iter().find_map(|(member, part)| {
        let name = record.request?.get(member)?.text().filter(|name| !name.is_empty())?;
        Some((name, part))
    })?;
    let partition = arn::partition_of_region(&event.region);
    Some(Cow::Owned(format!("arn:{partition}:iam::{}:{part}/{name}", event.account)))
}

/// An object's name inside a bucket.
fn object_key<'a>(record: &Record<'a>, kind: ObjectKind) -> Option<Cow<'a, str>> {
    (kind == ObjectKind::Bucket).then_some(())?;
    record.request?.get("key")?.text().filter(|key| !key.is_empty())
}

fn at_path<'a>(record: &Record<'a>, path: &str) -> Option<Cow<'a, str>> {
    let mut parts = path.split('.');
    let mut value = match parts.next()? {
        "requestParameters" => record.request?,
        "responseElements" => record.response?,
        "userIdentity" => record.user_identity?,
        "additionalEventData" => record.additional?,
        "serviceEventDetails" => record.service_details?,
        "resources[]" => return resources(record).next(),
        _ => return None,
    };
    for part in parts {
        value = value.get_folded(part)?;
    }
    // A list of names counts by its first one; deletions of several alarms name them in `key`-less records.
    value
        .plain()
        .or_else(|| value.items().next()?.ok()?.plain())
        .filter(|text| !text.is_empty() && text != "null")
}

fn resources<'a>(record: &Record<'a>) -> impl Iterator<Item = Cow<'a, str>> {
    let items = record.resources.into_iter().flat_map(|list| list.items().map_while(Result::ok));
    items.filter_map(|item| item.get("ARN")?.text()).filter(|text| !text.is_empty())
}

fn key_arn<'a>(record: &Record<'a>) -> Option<Cow<'a, str>> {
    resources(record).find(|text| arn::parse(text).is_some_and(|arn| arn.service == "kms"))
}

/// An identity as an ARN where the record gives one or enough to write it: `userName`, `roleName`, `groupName` are
/// names within the account. Paths of users and roles are not logged in requests, so they are absent here.
fn identity<'a>(record: &Record<'a>, event: &Event<'a>) -> Option<Cow<'a, str>> {
    let entry = event.entry?;
    if matches!(entry.does, "signin" | "session" | "credential") && entry.source == "signin.amazonaws.com" {
        let caller = record.user_identity?;
        let arn = text(caller.get("arn"));
        return if arn.is_empty() { target(record, event) } else { Some(arn) };
    }
    let Some(path) = entry.targets.iter().find(|path| at_path(record, path).is_some()) else {
        return (entry.source == "iam.amazonaws.com").then(|| iam_object(record, event)).flatten();
    };
    let name = at_path(record, path)?;
    let part = match path.rsplit('.').next()? {
        "userName" if entry.source == "iam.amazonaws.com" => "user",
        "roleName" => "role",
        "groupName" if entry.source == "iam.amazonaws.com" => "group",
        "instanceProfileName" => "instance-profile",
        _ => return Some(name),
    };
    let partition = arn::partition_of_region(&event.region);
    Some(Cow::Owned(format!("arn:{partition}:iam::{}:{part}/{name}", event.account)))
}

/// Whether the request of a `PutEventSelectors` or the like is an object, for coverage.
pub fn request_text<'a>(record: &Record<'a>) -> &'a str {
    record.request.filter(|request| request.is_object()).map_or("", Json::raw)
}

/// What a few calls say besides their object, in few values: for uses of a KMS key the table of the encryption context
/// as `account:table`; for UpdateAccessKey the status. Empty for all others, item calls among them.
pub fn detail<'a>(record: &Record<'a>, event: &Event<'_>) -> Cow<'a, str> {
    let nothing = Cow::Borrowed("");
    match event.entry.map_or("", |entry| entry.does) {
        "key_use" => table_of_context(record, event).unwrap_or(nothing),
        "credential" if event.operation == "UpdateAccessKey" => {
            text(record.request.and_then(|request| request.get_folded("status")))
        }
        _ => nothing,
    }
}

/// `account:table` of a Decrypt or GenerateDataKey that DynamoDB makes for a table.
fn table_of_context<'a>(record: &Record<'a>, event: &Event<'_>) -> Option<Cow<'a, str>> {
    if !matches!(&*event.operation, "Decrypt" | "GenerateDataKey") {
        return None;
    }
    let context = record.request?.get("encryptionContext")?;
    let table = context.get("aws:dynamodb:tableName")?.text().filter(|table| !table.is_empty())?;
    let owner = text(context.get("aws:dynamodb:subscriberId"));
    let account = if owner.is_empty() { &*event.account } else { &*owner };
    Some(Cow::Owned(format!("{account}:{table}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events;

    fn told(source: &str, operation: &str, rest: &str) -> (&'static str, String, String, &'static str) {
        let text = format!(
            r#"{{"eventVersion":"1.09","eventSource":"{source}.amazonaws.com","eventName":"{operation}","awsRegion":"us-gov-west-1","recipientAccountId":"111122223333",{rest}}}"#
        );
        let record = Record::of(Json::first(&text, 0).unwrap().0).unwrap();
        let event = events::understand(&record);
        let access = event.accesses.first().unwrap();
        (
            access.object.kind.word(),
            access.object.name.to_string(),
            access.key.to_string(),
            access.kind.word(),
        )
    }

    fn row(
        kind: &'static str,
        name: &str,
        key: &str,
        done: &'static str,
    ) -> (&'static str, String, String, &'static str) {
        (kind, name.to_owned(), key.to_owned(), done)
    }

    #[test]
    fn objects_of_other_services_are_named() {
        assert_eq!(
            told("cloudtrail", "StopLogging", r#""requestParameters":{"name":"trail-1"}"#),
            row("trail", "trail-1", "", "admin")
        );
        assert_eq!(
            told("iam", "CreateUser", r#""requestParameters":{"userName":"alice"}"#),
            row("identity", "arn:aws-us-gov:iam::111122223333:user/alice", "", "admin")
        );
        assert_eq!(
            told("s3", "GetObject", r#""requestParameters":{"bucketName":"logs","key":"AWSLogs/x.json.gz"}"#),
            row("bucket", "logs", "AWSLogs/x.json.gz", "read")
        );
        assert_eq!(
            told(
                "kms",
                "Decrypt",
                r#""requestParameters":{"keyId":""},"resources":[{"ARN":"arn:aws:kms:x:1:key/9"}]"#
            ),
            row("key", "arn:aws:kms:x:1:key/9", "", "describe")
        );
        assert_eq!(
            told("signin", "ConsoleLogin", r#""userIdentity":{"arn":"arn:aws:iam::1:root"}"#),
            row("identity", "arn:aws:iam::1:root", "", "admin")
        );
    }
}

//! Where a copy of a table goes: exports, backups, restores, replicas, stream destinations. As a text that takes few
//! values: `ACCOUNT/REGION` words separated by a space, sorted, each once, `?` for what the record does not tell. Whose
//! the accounts are is not known here.

use std::collections::BTreeSet;

use super::{Event, arn, text};
use crate::records::Record;
use crate::records::scan::Json;

/// What the record does not tell.
pub const UNKNOWN: &str = "?";

/// The places of a copy; `None` for a call that copies nothing.
pub fn places(record: &Record<'_>, event: &Event<'_>) -> Option<String> {
    if event.source != "dynamodb.amazonaws.com" {
        return None;
    }
    let request = record.request;
    let here = || Some(vec![place(&event.account, &event.region)]);
    let places = match &*event.operation {
        "ExportTableToPointInTime" => Some(vec![place(&bucket_owner(record, event), UNKNOWN)]),
        "CreateBackup"
        | "StartAwsBackupJob"
        | "RestoreTableFromBackup"
        | "RestoreTableFromAwsBackup"
        | "RestoreTableToPointInTime" => here(),
        "EnableKinesisStreamingDestination" => Some(vec![stream(request)]),
        "CreateGlobalTable" => Some(regions(event, request, "replicationGroup", None)),
        "UpdateGlobalTable" | "UpdateTable" => {
            let replicas = request.and_then(|request| request.get_folded("replicaUpdates"));
            let created = regions(event, request, "replicaUpdates", Some("create"));
            match replicas {
                // Replicas that are only taken away or changed are no copies.
                Some(_) => (!created.is_empty()).then_some(created),
                None => {
                    (event.operation == "UpdateGlobalTable").then(|| vec![place(&event.account, UNKNOWN)])
                }
            }
        }
        _ => None,
    }?;
    let unknown = || BTreeSet::from([place(&event.account, UNKNOWN)]);
    let places: BTreeSet<String> = places.into_iter().collect();
    let places = if places.is_empty() { unknown() } else { places };
    Some(places.into_iter().collect::<Vec<_>>().join(" "))
}

fn place(account: &str, region: &str) -> String {
    let or_unknown = |text: &str| if text.is_empty() { UNKNOWN.to_owned() } else { text.to_owned() };
    format!("{}/{}", or_unknown(account), or_unknown(region))
}

/// Owner of the bucket of an export. The API demands it for a bucket of another account, so without it the bucket
/// belongs to the account that asks.
fn bucket_owner(record: &Record<'_>, event: &Event<'_>) -> String {
    let answer = record.response.and_then(|response| response.get_folded("exportDescription"));
    let stated = [record.request, answer].into_iter().flatten();
    let owner =
        stated.filter_map(|part| part.get_folded("s3BucketOwner")?.plain()).find(|owner| !owner.is_empty());
    if let Some(owner) = owner {
        return owner.into_owned();
    }
    let caller = text(record.user_identity.and_then(|identity| identity.get("accountId")));
    let told = record.request.is_some_and(Json::is_object);
    if told && (caller.is_empty() || caller == event.account) {
        event.account.to_string()
    } else {
        UNKNOWN.to_owned()
    }
}

fn stream(request: Option<Json<'_>>) -> String {
    let name = text(request.and_then(|request| request.get_folded("streamArn")));
    match arn::parse(&name) {
        Some(arn) => place(arn.account, arn.region),
        None => place(UNKNOWN, UNKNOWN),
    }
}

/// Regions of replicas, each in `regionName` of a list member or of what stands in it under a name.
fn regions(event: &Event<'_>, request: Option<Json<'_>>, list: &str, inside: Option<&str>) -> Vec<String> {
    let listed = request.and_then(|request| request.get_folded(list));
    let members = listed.into_iter().flat_map(|list| list.items().map_while(Result::ok));
    let replicas = members.filter_map(|member| match inside {
        Some(name) => member.get_folded(name),
        None => Some(member),
    });
    replicas.map(|replica| place(&event.account, &text(replica.get_folded("regionName")))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events;

    fn told(operation: &str, rest: &str) -> Option<String> {
        let text = format!(
            r#"{{"eventVersion":"1.09","eventSource":"dynamodb.amazonaws.com","eventName":"{operation}","awsRegion":"eu-west-1","recipientAccountId":"111122223333",{rest}}}"#
        );
        let record = Record::of(Json::first(&text, 0).unwrap().0).unwrap();
        let event = events::understand(&record);
        assert_eq!(event.copies, event.copies && !event.reach.is_empty());
        event.copies.then_some(event.reach)
    }

    #[test]
    fn exports_go_where_the_bucket_belongs() {
        let export = |rest: &str| told("ExportTableToPointInTime", rest).unwrap();
        assert_eq!(
            export(r#""requestParameters":{"s3Bucket":"b","s3BucketOwner":"444455556666"}"#),
            "444455556666/?"
        );
        assert_eq!(export(r#""requestParameters":{"s3Bucket":"b"}"#), "111122223333/?");
        let stranger = r#""userIdentity":{"type":"AWSAccount","accountId":"444455556666"},"requestParameters":{"s3Bucket":"b"}"#;
        assert_eq!(export(stranger), "?/?");
        assert_eq!(export(r#""requestParameters":null"#), "?/?");
    }

    #[test]
    fn backups_replicas_and_streams() {
        assert_eq!(
            told("CreateBackup", r#""requestParameters":{"tableName":"t"}"#).unwrap(),
            "111122223333/eu-west-1"
        );
        let kinesis = r#""requestParameters":{"tableName":"t","streamArn":"arn:aws:kinesis:us-east-1:444455556666:stream/s"}"#;
        assert_eq!(told("EnableKinesisStreamingDestination", kinesis).unwrap(), "444455556666/us-east-1");
        let group = r#""requestParameters":{"globalTableName":"t","replicationGroup":[{"regionName":"us-east-1"},{"regionName":"ap-south-1"}]}"#;
        assert_eq!(
            told("CreateGlobalTable", group).unwrap(),
            "111122223333/ap-south-1 111122223333/us-east-1"
        );
        let added = r#""requestParameters":{"tableName":"t","replicaUpdates":[{"create":{"regionName":"us-east-1"}},{"delete":{"regionName":"eu-west-2"}}]}"#;
        assert_eq!(told("UpdateTable", added).unwrap(), "111122223333/us-east-1");
        let removed = r#""requestParameters":{"tableName":"t","replicaUpdates":[{"delete":{"regionName":"eu-west-2"}}]}"#;
        assert_eq!(told("UpdateTable", removed), None);
        assert_eq!(told("UpdateTable", r#""requestParameters":{"tableName":"t"}"#), None);
        assert_eq!(told("UpdateGlobalTable", r#""requestParameters":null"#).unwrap(), "111122223333/?");
        assert_eq!(told("ImportTable", r#""requestParameters":{}"#), None);
    }
}

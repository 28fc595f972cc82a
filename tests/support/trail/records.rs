//! Records of table calls and of services outside the catalogue. Comes in: a session, an operation, tables,
//! an outcome. Goes out: one line of JSON. It never counts.

use super::Table;
use super::calendar::push_time;
use super::operations::{Operation, Outcome, Shape, push_error, push_parameters, stream_label};
use super::random::Random;
use super::sessions::Session;

/// A call on tables.
#[derive(Debug)]
pub struct Call<'c> {
    /// By whom.
    pub session: &'c Session,
    /// Completed at.
    pub time: i64,
    /// Operation.
    pub operation: Operation,
    /// One or two tables of one place.
    pub tables: Vec<&'c Table>,
    /// How it ended.
    pub outcome: Outcome,
}

/// Services outside the catalogue, with an operation and what it asks for.
const OTHERS: [(&str, &str, &str, &str); 6] = [
    (
        "ec2.amazonaws.com",
        "DescribeInstances",
        "2016-11-15",
        "{\"instancesSet\":{},\"filterSet\":{\"items\":[{\"name\":\"instance-state-name\",\
         \"valueSet\":{\"items\":[{\"value\":\"running\"}]}}]}}",
    ),
    (
        "ec2.amazonaws.com",
        "DescribeSecurityGroups",
        "2016-11-15",
        "{\"securityGroupSet\":{},\"securityGroupIdSet\":{},\"filterSet\":{}}",
    ),
    (
        "elasticloadbalancing.amazonaws.com",
        "DescribeTargetHealth",
        "2015-12-01",
        "{\"targetGroupArn\":\"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/c/6d0ecf83\"}",
    ),
    (
        "autoscaling.amazonaws.com",
        "DescribeAutoScalingGroups",
        "2011-01-01",
        "{\"autoScalingGroupNames\":[\"cards-workers\",\"cards-web\"],\"maxRecords\":100}",
    ),
    (
        "monitoring.amazonaws.com",
        "DescribeAlarms",
        "2010-08-01",
        "{\"alarmNamePrefix\":\"cards-\",\"maxRecords\":50}",
    ),
    (
        "ecr.amazonaws.com",
        "BatchGetImage",
        "2015-09-21",
        "{\"repositoryName\":\"cards/worker\",\"imageIds\":[{\"imageTag\":\"2026.03\"}]}",
    ),
];

/// Appends the record of a call on tables.
pub fn push_call(out: &mut String, call: &Call<'_>, random: &mut Random) {
    let Some(table) = call.tables.first() else { return };
    let Call { session, operation, outcome, .. } = call;
    push_head(out, session, call.time, "dynamodb.amazonaws.com", operation.name, table.region);
    push_error(out, *operation, *outcome, &session.identity.arn, table);
    out.push_str("\"requestParameters\":");
    push_parameters(out, *operation, &call.tables, *outcome == Outcome::ConditionFailed, random);
    out.push_str(",\"responseElements\":null,\"requestID\":\"");
    random.push_capitals(out, 26);
    out.push_str("VV4KQNSO5AEMVJF66Q9ASUAAJG\",\"eventID\":\"");
    random.push_guid(out);
    let management = operation.shape == Shape::Describe;
    out.push_str(if operation.read_only {
        "\",\"readOnly\":true,\"resources\":["
    } else {
        "\",\"readOnly\":false,\"resources\":["
    });
    push_resources(out, &call.tables, !management);
    out.push_str("],\"eventType\":\"AwsApiCall\",");
    if *outcome != Outcome::Refused {
        out.push_str("\"apiVersion\":\"2012-08-10\",");
    }
    push_tail(out, session, management, table.account, &format!("dynamodb.{}.amazonaws.com", table.region));
}

/// Appends a record of a service outside the catalogue.
pub fn push_other(out: &mut String, session: &Session, time: i64, region: &str, random: &mut Random) {
    let (source, name, version, parameters) = OTHERS[random.index(OTHERS.len())];
    push_head(out, session, time, source, name, region);
    out.push_str("\"requestParameters\":");
    out.push_str(parameters);
    out.push_str(",\"responseElements\":null,\"requestID\":\"");
    random.push_guid(out);
    out.push_str("\",\"eventID\":\"");
    random.push_guid(out);
    out.push_str(&format!("\",\"readOnly\":true,\"eventType\":\"AwsApiCall\",\"apiVersion\":\"{version}\","));
    let host = source.replacen(".amazonaws", &format!(".{region}.amazonaws"), 1);
    push_tail(out, session, true, session.identity.account, &host);
}

fn push_head(out: &mut String, session: &Session, time: i64, source: &str, name: &str, region: &str) {
    out.push_str("{\"eventVersion\":\"1.11\",\"userIdentity\":");
    out.push_str(&session.identity.block);
    out.push_str(",\"eventTime\":\"");
    push_time(out, time);
    for (member, value) in [
        ("\",\"eventSource\":\"", source),
        ("\",\"eventName\":\"", name),
        ("\",\"awsRegion\":\"", region),
        ("\",\"sourceIPAddress\":\"", &session.address),
        ("\",\"userAgent\":\"", session.agent),
    ] {
        out.push_str(member);
        out.push_str(value);
    }
    out.push_str("\",");
}

/// Data events on the table with a stream name the stream too.
fn push_resources(out: &mut String, tables: &[&Table], data: bool) {
    for (number, table) in tables.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        let Table { account, arn, .. } = table;
        if data && table.has_stream() {
            out.push_str(&format!(
                "{{\"accountId\":\"{account}\",\"type\":\"AWS::DynamoDB::Stream\",\
                 \"ARN\":\"{arn}/stream/{}\"}},",
                stream_label(table)
            ));
        }
        out.push_str(&format!(
            "{{\"accountId\":\"{account}\",\"type\":\"AWS::DynamoDB::Table\",\"ARN\":\"{arn}\"}}"
        ));
    }
}

fn push_tail(out: &mut String, session: &Session, management: bool, recipient: &str, host: &str) {
    out.push_str(if management {
        "\"managementEvent\":true,\"recipientAccountId\":\""
    } else {
        "\"managementEvent\":false,\"recipientAccountId\":\""
    });
    out.push_str(recipient);
    if !session.endpoint.is_empty() {
        out.push_str("\",\"vpcEndpointId\":\"");
        out.push_str(&session.endpoint);
    }
    out.push_str(if management {
        "\",\"eventCategory\":\"Management\""
    } else {
        "\",\"eventCategory\":\"Data\""
    });
    out.push_str(
        ",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\
    \"clientProvidedHostHeader\":\"",
    );
    out.push_str(host);
    out.push_str(if session.console { "\"},\"sessionCredentialFromConsole\":\"true\"}" } else { "\"}}" });
}

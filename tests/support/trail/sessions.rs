//! Identity blocks and the STS records that issue their credentials. Comes in: roles, users, times. Goes out:
//! JSON text of userIdentity blocks and of AssumeRole records. It never decides who acts.

use super::calendar::{self, HOUR, push_time};
use super::cast::{Actor, HOME_REGION, Machine, Role};
use super::random::Random;

/// An identity as it stands in records.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its userIdentity block.
    pub block: String,
    /// The block that another account sees: an id and an account, no name.
    pub foreign: String,
    /// Its ARN.
    pub arn: String,
    /// Its account.
    pub account: &'static str,
}

impl Identity {
    /// A role session: what it takes on in turn lives for an hour at most.
    pub fn is_role_session(&self) -> bool {
        self.arn.contains(":assumed-role/")
    }
}

/// Who uses the tables for a while with one identity.
#[derive(Debug)]
pub struct Session {
    /// As logged.
    pub identity: Identity,
    /// Who stands behind it: 0 nobody that the logs prove, then people, then workloads.
    pub who: usize,
    /// AssumeRole records between the logged identity and the person.
    pub hops: u8,
    /// Place, by index.
    pub place: usize,
    /// `sourceIPAddress`.
    pub address: String,
    /// `userAgent`.
    pub agent: &'static str,
    /// VPC endpoint; empty for people.
    pub endpoint: String,
    /// Made from a browser.
    pub console: bool,
    /// Uses left.
    pub left: u64,
    /// Not used from here on.
    pub until: i64,
}

/// An AssumeRole call in the making.
#[derive(Debug)]
pub struct Issuance<'c> {
    /// Completed at.
    pub time: i64,
    /// Region of the STS endpoint.
    pub region: &'static str,
    /// Caller's address.
    pub address: &'c str,
    /// Caller's program.
    pub agent: &'c str,
    /// The role taken on.
    pub role: &'c Role,
    /// Session name.
    pub name: &'c str,
    /// For how many hours.
    pub hours: i64,
    /// Access key id that the answer hands out.
    pub key: &'c str,
}

/// An IAM user: with the long-term key, or with a session of the console or of GetSessionToken made at
/// `created`.
pub fn iam_user(
    actor: &Actor,
    account: &'static str,
    created: Option<(i64, bool)>,
    random: &mut Random,
) -> Identity {
    let (id, arn, login) = (&actor.user_id, actor.user_arn(account), &actor.login);
    let mut block = format!(
        "{{\"type\":\"IAMUser\",\"principalId\":\"{id}\",\"arn\":\"{arn}\",\"accountId\":\"{account}\",\
         \"accessKeyId\":\""
    );
    match created {
        None => block.push_str(&format!("{}\",\"userName\":\"{login}\"}}", actor.key)),
        Some((time, mfa)) => {
            let key = random.capitals("ASIA", 16);
            block.push_str(&format!("{key}\",\"userName\":\"{login}\",\"sessionContext\":{{\"attributes\":"));
            push_attributes(&mut block, time, mfa);
            block.push_str("}}");
        }
    }
    let foreign = format!("{{\"type\":\"AWSAccount\",\"principalId\":\"{id}\",\"accountId\":\"{account}\"}}");
    Identity { block, foreign, arn, account }
}

/// A role session: role, session name, access key id, time of issue.
pub fn role_session(role: &Role, name: &str, key: &str, created: i64, mfa: bool) -> Identity {
    let Role { account, id, .. } = role;
    let arn = role.session_arn(name);
    let mut block = format!(
        "{{\"type\":\"AssumedRole\",\"principalId\":\"{id}:{name}\",\"arn\":\"{arn}\",\
         \"accountId\":\"{account}\",\
         \"accessKeyId\":\"{key}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\
         \"principalId\":\"{id}\",\
         \"arn\":\"{}\",\"accountId\":\"{account}\",\"userName\":\"{}\"}},\"attributes\":",
        role.arn(),
        role.name
    );
    push_attributes(&mut block, created, mfa);
    block.push_str("}}");
    let foreign =
        format!("{{\"type\":\"AWSAccount\",\"principalId\":\"{id}:{name}\",\"accountId\":\"{account}\"}}");
    Identity { block, foreign, arn, account }
}

/// A session name that says nothing about the person, as programs make them up.
pub fn opaque_name(random: &mut Random, created: i64) -> String {
    let mut name = String::new();
    match random.below(4) {
        0 => name.push_str(&format!("botocore-session-{created}")),
        1 => name.push_str(&format!("aws-go-sdk-{created}{:09}", random.below(1_000_000_000))),
        2 => random.push_hex(&mut name, 32),
        _ => {
            name.push_str("session-");
            random.push_hex(&mut name, 12);
        }
    }
    name
}

/// The records of one AssumeRole: one in the caller's account, and if the role is another account's, one
/// there too. The strings are `(account, record)`.
pub fn assume_role(
    issuance: &Issuance<'_>,
    caller: &Identity,
    random: &mut Random,
) -> Vec<(&'static str, String)> {
    if caller.account == issuance.role.account {
        return vec![(caller.account, record(issuance, caller.account, &caller.block, "", random))];
    }
    let mut shared = String::new();
    random.push_guid(&mut shared);
    let mut twin = random.clone();
    let here = record(issuance, caller.account, &caller.block, &shared, random);
    let there = record(issuance, issuance.role.account, &caller.foreign, &shared, &mut twin);
    let mut other_id = String::new();
    random.push_guid(&mut other_id);
    let there = replace_event_id(&there, &other_id);
    vec![(caller.account, here), (issuance.role.account, there)]
}

/// A call on another account's things as the owner's and as the caller's account get it. `record` is the owner's but
/// for the identity.
pub fn both_views(record: &str, identity: &Identity, random: &mut Random) -> [String; 2] {
    let (mut shared, mut other) = (String::new(), String::new());
    random.push_guid(&mut shared);
    random.push_guid(&mut other);
    let joined = record.strip_suffix('}').map(|record| format!("{record},\"sharedEventID\":\"{shared}\"}}"));
    let joined = joined.unwrap_or_default();
    let owner = joined.replacen(&identity.block, &identity.foreign, 1);
    let caller = replace_member(&replace_event_id(&joined, &other), "recipientAccountId", identity.account);
    [owner, caller]
}

/// The owner's record as if the caller were of an account whose log is not here.
pub fn by_stranger(owner: &str, identity: &Identity, random: &mut Random) -> String {
    let id = random.capitals("AROA", 17);
    let block =
        format!("{{\"type\":\"AWSAccount\",\"principalId\":\"{id}:x\",\"accountId\":\"999988887777\"}}");
    owner.replacen(&identity.foreign, &block, 1)
}

/// The AssumeRole that a service makes for a workload.
pub fn service_assume_role(machine: &Machine, issuance: &Issuance<'_>, random: &mut Random) -> String {
    let block = format!("{{\"type\":\"AWSService\",\"invokedBy\":\"{}.amazonaws.com\"}}", machine.service);
    let mut shared = String::new();
    random.push_guid(&mut shared);
    record(issuance, issuance.role.account, &block, &shared, random)
}

fn push_attributes(out: &mut String, created: i64, mfa: bool) {
    out.push_str("{\"creationDate\":\"");
    push_time(out, created);
    out.push_str(if mfa {
        "\",\"mfaAuthenticated\":\"true\"}"
    } else {
        "\",\"mfaAuthenticated\":\"false\"}"
    });
}

fn record(
    issuance: &Issuance<'_>,
    recipient: &str,
    block: &str,
    shared: &str,
    random: &mut Random,
) -> String {
    let Issuance { region, address, agent, role, name, key, .. } = issuance;
    let mut out = String::with_capacity(2_000);
    out.push_str("{\"eventVersion\":\"1.08\",\"userIdentity\":");
    out.push_str(block);
    out.push_str(",\"eventTime\":\"");
    push_time(&mut out, issuance.time);
    out.push_str(&format!(
        "\",\"eventSource\":\"sts.amazonaws.com\",\"eventName\":\"AssumeRole\",\"awsRegion\":\"{region}\",\
         \"sourceIPAddress\":\"{address}\",\"userAgent\":\"{agent}\",\
         \"requestParameters\":{{\"roleArn\":\"{}\",\
         \"roleSessionName\":\"{name}\",\"durationSeconds\":{}}},\"responseElements\":{{\"credentials\":\
         {{\"accessKeyId\":\"{key}\",\"sessionToken\":\"",
        role.arn(),
        issuance.hours * HOUR
    ));
    random.push_hex(&mut out, 120);
    out.push_str(&format!(
        "\",\"expiration\":\"{}\"}},\"assumedRoleUser\":{{\"assumedRoleId\":\"{}:{name}\",\
         \"arn\":\"{}\"}}}},\"requestID\":\"",
        calendar::expiration(issuance.time + issuance.hours * HOUR),
        role.id,
        role.session_arn(name)
    ));
    random.push_guid(&mut out);
    out.push_str("\",\"eventID\":\"");
    random.push_guid(&mut out);
    out.push_str(&format!(
        "\",\"readOnly\":true,\"resources\":[{{\"accountId\":\"{}\",\"type\":\"AWS::IAM::Role\",\
         \"ARN\":\"{}\"}}],\
         \"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"{recipient}\"",
        role.account,
        role.arn()
    ));
    if !shared.is_empty() {
        out.push_str(&format!(",\"sharedEventID\":\"{shared}\""));
    }
    out.push_str(",\"eventCategory\":\"Management\"");
    if !address.ends_with(".amazonaws.com") {
        let host = if *region == HOME_REGION { "sts.amazonaws.com" } else { "sts.eu-west-1.amazonaws.com" };
        out.push_str(&format!(
            ",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\
             \"clientProvidedHostHeader\":\"{host}\"}}"
        ));
    }
    out.push('}');
    out
}

/// The other account's copy of a record has its own eventID.
fn replace_event_id(record: &str, id: &str) -> String {
    replace_member(record, "eventID", id)
}

/// The record with another text in a member.
fn replace_member(record: &str, member: &str, value: &str) -> String {
    let mark = format!("\"{member}\":\"");
    let Some(start) = record.find(&mark).map(|at| at + mark.len()) else {
        return record.to_owned();
    };
    let end = record[start..].find('"').map_or(record.len(), |length| start + length);
    let mut text = record.to_owned();
    text.replace_range(start..end, value);
    text
}

//! Issuances: the STS answers that hand out a credential. Read in pass 1, joined when all files are read, because the
//! STS event can come later or from another account.

use super::Caller;
use crate::clock::{self, Seconds};
use crate::events::{arn, factor, text};
use crate::records::Record;
use crate::records::scan::Json;

/// Which call handed the credential out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssuanceKind {
    /// AssumeRole.
    Role,
    /// AssumeRoot.
    Root,
    /// AssumeRoleWithSAML.
    Saml,
    /// AssumeRoleWithWebIdentity.
    WebIdentity,
    /// GetFederationToken, GetSessionToken.
    Token,
    /// SwitchRole of the console, which states the session and who entered it, but no access key.
    Switch,
}

/// A credential handed out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issuance {
    /// Partition: nothing joins across partitions.
    pub partition: String,
    /// Access key id handed out; empty for a switch.
    pub access_key: String,
    /// `account:eventID` of the STS event.
    pub event_ref: String,
    /// Place of the calling identity among the callers of the part or run.
    pub caller: u32,
    /// Kind of call.
    pub kind: IssuanceKind,
    /// ARN of the session the credential belongs to, as the answer states it; empty when it does not.
    pub session: String,
    /// Time of the STS event.
    pub time: Option<Seconds>,
    /// The request named a device for a second factor.
    pub mfa: bool,
    /// The record is a row of a query, which may lack who asked.
    pub from_row: bool,
}

impl Issuance {
    /// Whether the credential was handed to this very session; an answer that names none fits any.
    pub fn is_for(&self, caller: &Caller) -> bool {
        self.session.is_empty() || caller.arn.is_empty() || self.session == caller.arn
    }

    /// Whether a switch entered this very session: the name is the user's own, so the second in which the session began
    /// must be that of the switch.
    pub fn entered(&self, caller: &Caller) -> bool {
        let began = clock::parse(&caller.created).zip(self.time);
        self.session == caller.arn && began.is_some_and(|(began, time)| (began - time).abs() <= 1)
    }
}

/// ARN of whoever switched to a role at the console, as the sign-in record states it.
pub fn switched_from(record: &Record<'_>, source: &str, operation: &str) -> String {
    if source != "signin.amazonaws.com" || operation != "SwitchRole" {
        return String::new();
    }
    let done = record.response.and_then(|response| response.get("SwitchRole"));
    let from = record.additional.and_then(|more| more.get("SwitchFrom"));
    if text(done) == "Success" { text(from).into_owned() } else { String::new() }
}

/// A credential as an STS answer hands it out. The secret and the token are never looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Partition.
    pub partition: String,
    /// Access key id; empty for a switch.
    pub access_key: String,
    /// ARN of the session; empty when not stated.
    pub session: String,
    /// Kind of call.
    pub kind: IssuanceKind,
    /// The request named a device for a second factor.
    pub mfa: bool,
}

/// What an event of this caller hands out, if it does.
pub fn issued(
    record: &Record<'_>,
    source: &str,
    operation: &str,
    region: &str,
    caller: &Caller,
) -> Option<Issued> {
    if !caller.switched_from.is_empty() && caller.arn_known() {
        return Some(Issued {
            partition: caller.partition.clone(),
            access_key: String::new(),
            session: caller.arn.clone(),
            kind: IssuanceKind::Switch,
            mfa: false,
        });
    }
    if source != "sts.amazonaws.com" {
        return None;
    }
    let kind = match operation {
        "AssumeRole" => IssuanceKind::Role,
        "AssumeRoot" => IssuanceKind::Root,
        "AssumeRoleWithSAML" => IssuanceKind::Saml,
        "AssumeRoleWithWebIdentity" => IssuanceKind::WebIdentity,
        "GetFederationToken" | "GetSessionToken" => IssuanceKind::Token,
        _ => return None,
    };
    let response = record.response?;
    let key = response.get("credentials")?.get("accessKeyId").and_then(Json::text)?;
    let session = ["assumedRoleUser", "federatedUser"].iter().find_map(|name| response.get(name)?.get("arn"));
    let session = text(session).into_owned();
    let partition = arn::parse(&session).map(|arn| arn.partition.to_owned());
    Some(Issued {
        partition: partition.unwrap_or_else(|| arn::partition_of_region(region).to_owned()),
        access_key: key.into_owned(),
        session,
        kind,
        mfa: factor::names_device(record),
    })
}

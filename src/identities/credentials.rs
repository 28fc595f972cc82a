//! Issuances: the STS answers that hand out a credential. Read in pass 1, joined when all files are read, because the
//! STS event can come later or from another account.

use super::Caller;
use crate::clock::Seconds;
use crate::events::{arn, factor, text};
use crate::records::Record;
use crate::records::scan::Json;

/// Which call handed the credential out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssuanceKind {
    /// AssumeRole, AssumeRoot.
    Role,
    /// AssumeRoleWithSAML.
    Saml,
    /// AssumeRoleWithWebIdentity.
    WebIdentity,
    /// GetFederationToken, GetSessionToken.
    Token,
}

/// A credential handed out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issuance {
    /// Partition: nothing joins across partitions.
    pub partition: String,
    /// Access key id handed out.
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
}

/// A credential as an STS answer hands it out. The secret and the token are never looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Partition.
    pub partition: String,
    /// Access key id.
    pub access_key: String,
    /// ARN of the session; empty when not stated.
    pub session: String,
    /// Kind of call.
    pub kind: IssuanceKind,
    /// The request named a device for a second factor.
    pub mfa: bool,
}

/// What an event hands out, if it does.
pub fn issued(record: &Record<'_>, source: &str, operation: &str, region: &str) -> Option<Issued> {
    if source != "sts.amazonaws.com" {
        return None;
    }
    let kind = match operation {
        "AssumeRole" | "AssumeRoot" => IssuanceKind::Role,
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

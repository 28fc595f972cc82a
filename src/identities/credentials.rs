//! Issuances: the STS answers that hand out a credential. Read in pass 1, joined when all files are read, because the
//! STS event can come later or from another account.

use crate::clock::Seconds;
use crate::events::{arn, text};
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
    /// Time of the STS event.
    pub time: Option<Seconds>,
}

/// The access key an event hands out, if it does and succeeded. The secret and the token are never looked at.
pub fn issued(record: &Record<'_>, source: &str, operation: &str, region: &str) -> Option<(String, String, IssuanceKind)> {
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
    let partition = arn::parse(&text(session)).map(|arn| arn.partition.to_owned());
    let partition = partition.unwrap_or_else(|| arn::partition_of_region(region).to_owned());
    Some((partition, key.into_owned(), kind))
}

//! Shapes: what of an access takes few values (architecture §2). The raw shape comes from the record alone; the shape
//! of the ledger adds what people, scope and the organisation's files say.

use std::hash::{Hash, Hasher};

use crate::clock::TimeForm;
use crate::events::{Class, Effect, Factor, KeyKind, Kind, ObjectKind, Outcome, Plane};

/// How far a record's file is trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// Proven by a signed digest.
    Verified,
    /// Not proven.
    #[default]
    Unverified,
    /// Not what was delivered.
    Altered,
}

impl Trust {
    /// The word of rules.
    pub fn word(self) -> &'static str {
        match self {
            Trust::Verified => "verified",
            Trust::Unverified => "unverified",
            Trust::Altered => "altered",
        }
    }
}

/// The shape a record gives by itself. Texts are places in the part's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawShape {
    /// Whose log.
    pub account: u32,
    /// Region of the event.
    pub region: u32,
    /// `eventSource`.
    pub source: u32,
    /// `eventName`.
    pub operation: u32,
    /// Error text.
    pub error: u32,
    /// Object's account.
    pub object_account: u32,
    /// Object's region.
    pub object_region: u32,
    /// Object's name.
    pub object_name: u32,
    /// What else of the request decides: see [`crate::events::management::detail`].
    pub detail: u32,
    /// What the record is.
    pub class: Class,
    /// Selectors it falls under.
    pub plane: Plane,
    /// What was done.
    pub kind: Kind,
    /// What came of it.
    pub outcome: Outcome,
    /// Kind of object.
    pub object_kind: ObjectKind,
    /// How much of the keys is stated.
    pub key_kind: KeyKind,
    /// A key holds what looks like a card number.
    pub card_in_key: bool,
    /// Made in the console.
    pub from_console: bool,
    /// The record names its caller.
    pub has_who: bool,
    /// The record states a usable time.
    pub has_when: bool,
    /// The record tells success or failure.
    pub has_outcome: bool,
    /// The record names what was touched.
    pub has_object: bool,
    /// Trust of its file.
    pub trust: Trust,
    /// VPC endpoint it came through.
    pub endpoint: Option<u32>,
    /// How its time is written.
    pub time_form: TimeForm,
    /// What a change weakens.
    pub effect: Effect,
    /// A copy of the table goes somewhere.
    pub copies: bool,
    /// Whom a written policy lets in, or where a copy goes.
    pub reach: Option<u32>,
    /// Takes an open set as it comes, or copies the table.
    pub wide: bool,
    /// What the record says of a second factor.
    pub factor: Factor,
}

/// A shape is looked up for each access, so what is small goes into its hash as one number; what an effect states besides
/// its kind is left to the comparison.
impl Hash for RawShape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        state.write_u64(pair(self.account, self.region));
        state.write_u64(pair(self.source, self.operation));
        state.write_u64(pair(self.error, self.object_account));
        state.write_u64(pair(self.object_region, self.object_name));
        state.write_u64(pair(self.endpoint.unwrap_or(u32::MAX), self.reach.unwrap_or(u32::MAX)));
        state.write_u64(u64::from_le_bytes([
            self.class as u8,
            self.plane as u8,
            self.kind as u8,
            self.outcome as u8,
            self.object_kind as u8,
            self.key_kind as u8,
            self.trust as u8,
            self.time_form as u8,
        ]));
        let flags = [
            self.card_in_key,
            self.from_console,
            self.has_who,
            self.has_when,
            self.has_outcome,
            self.has_object,
            self.copies,
            self.wide,
        ];
        let flags = flags.iter().fold(0, |all, flag| all << 1 | u8::from(*flag));
        state.write_u16(u16::from_le_bytes([flags, self.factor as u8]));
        std::mem::discriminant(&self.effect).hash(state);
    }
}

/// Where a request came from, as a class.
pub fn origin(address: &str) -> &'static str {
    if address.is_empty() {
        "none"
    } else if address.starts_with("AWS Internal") || address == "aws.internal" {
        "internal"
    } else if address.ends_with(".amazonaws.com") || address.ends_with(".amazonaws.com.cn") {
        "service"
    } else {
        "address"
    }
}

/// The family of a user agent: a short fixed list, so that texts callers choose cannot multiply shapes.
pub fn agent_family(agent: &str) -> &'static str {
    const FAMILIES: &[(&str, &str)] = &[
        ("aws-cli", "aws-cli"),
        ("Boto3", "boto3"),
        ("Botocore", "boto3"),
        ("aws-sdk-", "aws-sdk"),
        ("Terraform", "terraform"),
        ("APN/1.0 HashiCorp", "terraform"),
        ("HashiCorp", "terraform"),
        ("Mozilla/", "browser"),
        ("S3Console", "console"),
        ("console.", "console"),
        ("signin.", "console"),
        ("AWS Internal", "internal"),
    ];
    let agent = agent.trim_start_matches('[');
    if agent.is_empty() {
        return "none";
    }
    let known = FAMILIES.iter().find(|(start, _)| agent.starts_with(start));
    match known {
        Some((_, family)) => family,
        None if agent.trim_end_matches(']').ends_with(".amazonaws.com") => "service",
        None => "other",
    }
}

//! Bytes to records. Comes in: the content of one file. Goes out: what kind of file it is and each CloudTrail record
//! with its place, out of whatever wraps it; what is no record comes out as a [`Trouble`]. Nothing is interpreted here.

pub mod content;
mod identity;
mod kinds;
mod lines;
mod open;
mod packed;
mod rows;
pub mod scan;

pub use content::{Halves, Piece, Trouble, Walked, again, halves, kind, listed, walk};
pub use kinds::Container;
use scan::{Json, Members, Step};

/// One record: spans of its known top-level members (cloudtrail-records §2). A member that is absent is `None`;
/// a repeated member has its last value, as for other JSON tools.
#[derive(Debug, Clone, Copy, Default)]
pub struct Record<'a> {
    /// The whole record.
    pub raw: &'a str,
    /// `eventVersion`.
    pub event_version: Option<Json<'a>>,
    /// `userIdentity`.
    pub user_identity: Option<Json<'a>>,
    /// `eventTime`.
    pub event_time: Option<Json<'a>>,
    /// `eventSource`.
    pub event_source: Option<Json<'a>>,
    /// `eventName`.
    pub event_name: Option<Json<'a>>,
    /// `awsRegion`.
    pub aws_region: Option<Json<'a>>,
    /// `sourceIPAddress`.
    pub source_ip: Option<Json<'a>>,
    /// `userAgent`.
    pub user_agent: Option<Json<'a>>,
    /// `errorCode`.
    pub error_code: Option<Json<'a>>,
    /// `errorMessage`.
    pub error_message: Option<Json<'a>>,
    /// `requestParameters`.
    pub request: Option<Json<'a>>,
    /// `responseElements`.
    pub response: Option<Json<'a>>,
    /// `additionalEventData`.
    pub additional: Option<Json<'a>>,
    /// `eventID`.
    pub event_id: Option<Json<'a>>,
    /// `resources`.
    pub resources: Option<Json<'a>>,
    /// `eventType`.
    pub event_type: Option<Json<'a>>,
    /// `recipientAccountId`.
    pub recipient: Option<Json<'a>>,
    /// `managementEvent`.
    pub management_event: Option<Json<'a>>,
    /// `eventCategory`.
    pub event_category: Option<Json<'a>>,
    /// `serviceEventDetails`.
    pub service_details: Option<Json<'a>>,
    /// `sessionCredentialFromConsole`.
    pub from_console: Option<Json<'a>>,
    /// `vpcEndpointId`.
    pub vpc_endpoint: Option<Json<'a>>,
    /// `sharedEventID`.
    pub shared_event: Option<Json<'a>>,
    /// The wrapping it was taken out of; `None` where the record stands in the file itself.
    pub from: Option<Container>,
    /// It is a row of a query that did not ask for errors: no error in it is no success.
    pub outcome_gone: bool,
}

impl<'a> Record<'a> {
    /// Takes a JSON object apart. `None` when its own members are broken or it is no CloudTrail record: a record
    /// names its version, or at least source, name and identity.
    pub fn of(json: Json<'a>) -> Option<Record<'a>> {
        let mut record = Record { raw: json.raw(), ..Record::default() };
        for step in json.members() {
            let (key, value) = step.ok()?;
            record.take(key, value);
        }
        record.looks_like_cloudtrail().then_some(record)
    }

    /// Takes the value at the start of `text` as a record in one pass. The second part is where the value ends; the
    /// record is `None` for a whole value that is no CloudTrail record.
    ///
    /// # Errors
    /// When the value is broken.
    pub fn first(text: &'a str) -> Step<(Option<Record<'a>>, usize)> {
        if !text.starts_with('{') {
            return Json::first(text, 0).map(|(_, end)| (None, end));
        }
        let mut record = Record::default();
        let mut members = Members::of_prefix(text);
        for step in members.by_ref() {
            let (key, value) = step?;
            record.take(key, value);
        }
        let end = members.end();
        record.raw = text.get(..end).unwrap_or_default();
        Ok((record.looks_like_cloudtrail().then_some(record), end))
    }

    fn take(&mut self, key: &str, value: Json<'a>) {
        let slot = match key {
            "eventVersion" => &mut self.event_version,
            "userIdentity" => &mut self.user_identity,
            "eventTime" => &mut self.event_time,
            "eventSource" => &mut self.event_source,
            "eventName" => &mut self.event_name,
            "awsRegion" => &mut self.aws_region,
            "sourceIPAddress" => &mut self.source_ip,
            "userAgent" => &mut self.user_agent,
            "errorCode" => &mut self.error_code,
            "errorMessage" => &mut self.error_message,
            "requestParameters" => &mut self.request,
            "responseElements" => &mut self.response,
            "additionalEventData" => &mut self.additional,
            "eventID" => &mut self.event_id,
            "resources" => &mut self.resources,
            "eventType" => &mut self.event_type,
            "recipientAccountId" => &mut self.recipient,
            "managementEvent" => &mut self.management_event,
            "eventCategory" => &mut self.event_category,
            "serviceEventDetails" => &mut self.service_details,
            "sessionCredentialFromConsole" => &mut self.from_console,
            "vpcEndpointId" => &mut self.vpc_endpoint,
            "sharedEventID" => &mut self.shared_event,
            _ => return,
        };
        *slot = Some(value).filter(|value| !value.is_null());
    }

    fn looks_like_cloudtrail(&self) -> bool {
        let source = self.event_source.and_then(Json::text);
        let foreign = source.as_deref().is_some_and(|source| source.starts_with("aws:"));
        let placed = self.event_time.is_some() && self.aws_region.is_some();
        let named =
            self.event_version.is_some() || (source.is_some() && (self.user_identity.is_some() || placed));
        named
            && !foreign
            && (self.event_name.is_some() || self.event_type.is_some() || self.event_category.is_some())
    }

    /// A member that few records are asked for, and so is looked up afresh.
    pub fn member(&self, name: &str) -> Option<Json<'a>> {
        let members = Members::of_prefix(self.raw).map_while(Result::ok);
        let named = members.filter(|(key, _)| *key == name).last();
        named.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// Hash of the record's bytes, for telling repeats: 128 bits, not a proof against a forger (files are proven by
    /// SHA-256 and digests).
    pub fn content_hash(&self) -> u128 {
        xxhash_rust::xxh3::xxh3_128(self.raw.as_bytes())
    }
}

/// What a record says, for comparing copies of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// Hash of all it says: members in the order of their names, white space and escapes forgotten.
    pub exact: u128,
    /// Hashes of the places of its single values and of the values, sorted.
    leaves: Box<[(u32, u32)]>,
}

impl Meaning {
    /// Of a record as JSON.
    pub fn of(value: &serde_json::Value) -> Meaning {
        let mut text = String::new();
        spell(value, &mut text);
        let mut leaves = Vec::new();
        for (name, member) in value.as_object().into_iter().flatten() {
            if rows::is_member(name) {
                gather(member, &mut name.to_ascii_lowercase(), &mut leaves);
            }
        }
        leaves.sort_unstable();
        Meaning { exact: xxhash_rust::xxh3::xxh3_128(text.as_bytes()), leaves: leaves.into() }
    }

    /// How many single values it has.
    pub fn size(&self) -> usize {
        self.leaves.len()
    }

    /// Whether a poorer copy contradicts nothing of a better one: every value it has stands there too, as text. Where
    /// the better one is itself a row of chosen columns, values may be missing there.
    pub fn agrees_with(&self, better: &Meaning, better_has_all: bool) -> bool {
        self.leaves.iter().all(|(place, value)| {
            let start = better.leaves.partition_point(|leaf| leaf.0 < *place);
            let mut there = better.leaves.iter().skip(start).take_while(|leaf| leaf.0 == *place).peekable();
            match there.peek() {
                None => !better_has_all,
                Some(_) => there.any(|leaf| leaf.1 == *value),
            }
        })
    }
}

/// Single values of a member with their places. Case of names means nothing, what is empty says nothing; numbers and
/// truth values are compared as text, for tables give them so.
fn gather(value: &serde_json::Value, place: &mut String, leaves: &mut Vec<(u32, u32)>) {
    let hash = |text: &str| (xxhash_rust::xxh3::xxh3_64(text.as_bytes()) >> 32) as u32;
    let length = place.len();
    match value {
        serde_json::Value::Null => {}
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                place.push('.');
                place.push_str(&name.to_ascii_lowercase());
                gather(member, place, leaves);
                place.truncate(length);
            }
        }
        serde_json::Value::Array(items) => {
            if !items.is_empty() {
                leaves.push((hash(&format!("{place}#")), hash(&items.len().to_string())));
            }
            for (number, item) in items.iter().enumerate() {
                place.push_str(&format!("#{number}"));
                gather(item, place, leaves);
                place.truncate(length);
            }
        }
        serde_json::Value::String(text) => {
            if !text.is_empty() {
                leaves.push((hash(place), hash(text)));
            }
        }
        plain => leaves.push((hash(place), hash(&plain.to_string()))),
    }
}

fn spell(value: &serde_json::Value, out: &mut String) {
    match value {
        serde_json::Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (name, value) in sorted {
                spell(&serde_json::Value::from(name.as_str()), out);
                out.push(':');
                spell(value, out);
                out.push(',');
            }
            out.push('}');
        }
        serde_json::Value::Array(items) => {
            out.push('[');
            for item in items {
                spell(item, out);
                out.push(',');
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

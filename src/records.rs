//! Bytes to records. Comes in: the content of one file. Goes out: what kind of file it is and each CloudTrail record
//! with its place; what is no record comes out as a [`Trouble`]. Nothing is interpreted here.

pub mod content;
pub mod scan;

pub use content::{Container, Piece, Trouble, kind, listed, walk};
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

/// Hash of what a JSON value says: members in the order of their names, white space and escapes forgotten.
pub fn meaning(value: &serde_json::Value) -> u128 {
    let mut text = String::new();
    spell(value, &mut text);
    xxhash_rust::xxh3::xxh3_128(text.as_bytes())
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

//! A record understood. Comes in: a [`Record`]. Goes out: an [`Event`] with its time, place, outcome and one
//! [`Access`] for each object it touches. It knows nothing of people, scope or rules. Facts: cloudtrail-records §6.

pub mod arn;
pub mod cards;
pub mod catalogue;
pub mod copies;
pub mod dynamodb;
pub mod effects;
pub mod factor;
pub mod keys;
pub mod management;
pub mod outcome;
pub mod partiql;
pub mod policies;

use std::borrow::Cow;

use crate::clock::{self, Seconds, TimeForm};
use crate::records::Record;
use crate::records::scan::Json;
use catalogue::Entry;
pub use effects::Effect;
pub use factor::Factor;
pub use outcome::Outcome;

/// What an access does to its object. `readOnly` is never asked (cloudtrail-records §1, rule 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Reads content: items, stream records, log files.
    Read,
    /// Writes content.
    Write,
    /// Deletes content.
    Delete,
    /// Changes settings, identities, keys, trails; starts sessions.
    Admin,
    /// Reads settings or uses a key.
    Describe,
}

impl Kind {
    /// The word of data files and rules.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Write => "write",
            Kind::Delete => "delete",
            Kind::Admin => "admin",
            Kind::Describe => "describe",
        }
    }
}

/// Which selectors an event falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// Item access: logged only when selected.
    Data,
    /// Reads of a table's stream: logged with the table's data events.
    Stream,
    /// Management events.
    Management,
}

impl Plane {
    /// The word of data files and rules.
    pub fn word(self) -> &'static str {
        match self {
            Plane::Data => "data",
            Plane::Stream => "stream",
            Plane::Management => "management",
        }
    }
}

/// What kind of thing was touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A DynamoDB table.
    Table,
    /// A trail or event data store.
    Trail,
    /// A KMS key.
    Key,
    /// An S3 bucket.
    Bucket,
    /// A CloudWatch log group.
    LogGroup,
    /// A user, role, group, permission set.
    Identity,
    /// Nothing that is named.
    None,
}

impl ObjectKind {
    /// The word of data files and rules.
    pub fn word(self) -> &'static str {
        match self {
            ObjectKind::Table => "table",
            ObjectKind::Trail => "trail",
            ObjectKind::Key => "key",
            ObjectKind::Bucket => "bucket",
            ObjectKind::LogGroup => "log-group",
            ObjectKind::Identity => "identity",
            ObjectKind::None => "none",
        }
    }
}

/// How much of the items' keys the record states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// All keys of the items touched.
    Exact,
    /// The key values of a query, or a part of what was touched.
    Partial,
    /// Only the condition: an expression or a statement.
    Condition,
    /// None: a scan, a table call.
    None,
    /// The record's parameters were left out (over 100 KB).
    LeftOut,
}

impl KeyKind {
    /// The word of data files and rules.
    pub fn word(self) -> &'static str {
        match self {
            KeyKind::Exact => "exact",
            KeyKind::Partial => "partial",
            KeyKind::Condition => "condition",
            KeyKind::None => "none",
            KeyKind::LeftOut => "left-out",
        }
    }
}

/// The object of an access. A table is its account, region and name; other objects carry their name or ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object<'a> {
    /// Kind.
    pub kind: ObjectKind,
    /// Owner account.
    pub account: Cow<'a, str>,
    /// Region.
    pub region: Cow<'a, str>,
    /// Name or ARN; empty when the record does not state it.
    pub name: Cow<'a, str>,
}

/// One event × one object it touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access<'a> {
    /// What was touched.
    pub object: Object<'a>,
    /// What was done to it.
    pub kind: Kind,
    /// The key, the keys or the condition as text; empty when none.
    pub key: Cow<'a, str>,
    /// How much of the keys that is.
    pub key_kind: KeyKind,
}

/// What a record is, as far as the audit is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// DynamoDB item or stream access.
    DataAccess,
    /// DynamoDB or DAX management.
    TableManagement,
    /// Another service's event that controls ask about.
    Catalogued,
    /// Any other service's event.
    OtherService,
    /// Insights, aggregates, network activity: no single access.
    SetAside,
}

impl Class {
    /// For the reconciliation.
    pub fn words(self) -> &'static str {
        match self {
            Class::DataAccess => "DynamoDB item and stream access",
            Class::TableManagement => "DynamoDB table management",
            Class::Catalogued => "other services' events that controls ask about",
            Class::OtherService => "other services",
            Class::SetAside => "set aside: insights, aggregates and network activity are no single accesses",
        }
    }
}

/// A record understood.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// When the request was completed; `None` when the record does not say.
    pub time: Option<Seconds>,
    /// `eventSource`.
    pub source: Cow<'a, str>,
    /// `eventName`.
    pub operation: Cow<'a, str>,
    /// Whose log this is: recipient, else the caller's account, else empty.
    pub account: Cow<'a, str>,
    /// `awsRegion`.
    pub region: Cow<'a, str>,
    /// What came of it.
    pub outcome: Outcome,
    /// The record tells success or failure.
    pub outcome_told: bool,
    /// `errorCode`, else the start of `errorMessage`; empty when done.
    pub error: Cow<'a, str>,
    /// What the record is.
    pub class: Class,
    /// Which selectors it falls under.
    pub plane: Plane,
    /// Its line in the catalogue, if it has one.
    pub entry: Option<&'static Entry>,
    /// One for each object touched, at least one.
    pub accesses: Vec<Access<'a>>,
    /// Whether all that an item access touched could be told. Refused and failed calls often do not state it.
    pub understood: bool,
    /// How the time is written.
    pub time_form: TimeForm,
    /// What a change weakens.
    pub effect: Effect,
    /// A copy of the table goes somewhere: `reach` tells where.
    pub copies: bool,
    /// Whom a written policy lets in ([`policies`]), or where a copy goes ([`copies`]); empty for all other events.
    pub reach: String,
    /// Reads an open set without limit or choice of attributes, or copies the table.
    pub wide: bool,
    /// What the record says of a second factor.
    pub factor: Factor,
}

/// Understands a record.
pub fn understand<'a>(record: &Record<'a>) -> Event<'a> {
    let source = text(record.event_source);
    let operation = text(record.event_name);
    let entry = catalogue::find(&source, &operation);
    let outcome = outcome::of(record);
    let class = class_of(record, &source, entry);
    let written = text(record.event_time);
    let time = clock::parse(&written);
    let mut event = Event {
        time,
        time_form: clock::form(&written, time),
        account: account(record),
        region: text(record.aws_region),
        error: outcome::error_text(record, outcome),
        plane: plane_of(record, entry, class),
        accesses: Vec::new(),
        understood: true,
        effect: Effect::None,
        copies: false,
        reach: String::new(),
        wide: false,
        factor: Factor::Unstated,
        source,
        operation,
        outcome,
        outcome_told: !record.outcome_gone,
        class,
        entry,
    };
    let mut accesses = match class {
        Class::DataAccess | Class::TableManagement => {
            let (accesses, understood) = dynamodb::accesses(record, &event);
            event.understood = understood;
            event.wide = class == Class::DataAccess && dynamodb::reads_widely(record, &event);
            accesses
        }
        Class::Catalogued => vec![management::access(record, &event)],
        Class::OtherService | Class::SetAside => vec![uncatalogued(record, &event)],
    };
    // The order of members in a record means nothing.
    accesses.sort_by(|a, b| {
        let (a, b) = (&a.object, &b.object);
        a.account.cmp(&b.account).then_with(|| a.region.cmp(&b.region)).then_with(|| a.name.cmp(&b.name))
    });
    event.accesses = accesses;
    if class != Class::DataAccess && class != Class::SetAside {
        look_closer(record, &mut event);
    }
    event
}

/// What only management events and object calls of S3 have: effects, copies, second factors, results of sign-ins.
fn look_closer(record: &Record<'_>, event: &mut Event<'_>) {
    event.outcome_told &= outcome::is_told(record, &event.source, &event.operation);
    (event.effect, event.reach) = effects::of(record, &event.source, &event.operation);
    event.factor = factor::of(record, &event.source, &event.operation, event.outcome);
    // No call both writes a policy and copies a table.
    if let (true, Some(places)) = (event.reach.is_empty(), copies::places(record, event)) {
        event.reach = places;
        event.copies = true;
        event.wide = true;
    }
}

/// An event that the catalogue does not know. IAM calls name the identity they look at; all else touches the service.
fn uncatalogued<'a>(record: &Record<'a>, event: &Event<'a>) -> Access<'a> {
    let named =
        (event.source == "iam.amazonaws.com").then(|| management::iam_object(record, event)).flatten();
    let object = Object {
        kind: if named.is_some() { ObjectKind::Identity } else { ObjectKind::None },
        account: event.account.clone(),
        region: event.region.clone(),
        name: named.unwrap_or(Cow::Borrowed("")),
    };
    let reads = ["Get", "List", "Describe", "Head"].iter().any(|start| event.operation.starts_with(start));
    let kind = if reads { Kind::Describe } else { Kind::Admin };
    Access { object, kind, key: Cow::Borrowed(""), key_kind: KeyKind::None }
}

/// A member's text; empty when absent or not text.
pub fn text(json: Option<Json<'_>>) -> Cow<'_, str> {
    json.and_then(Json::text).unwrap_or(Cow::Borrowed(""))
}

/// Whose log it is. What is no plain account number is made safe for references.
fn account<'a>(record: &Record<'a>) -> Cow<'a, str> {
    let recipient = record.recipient.and_then(Json::plain).filter(|text| !text.is_empty());
    let stated =
        recipient.or_else(|| record.user_identity?.get("accountId")?.plain()).unwrap_or(Cow::Borrowed(""));
    if stated.bytes().all(|byte| byte.is_ascii_digit()) && stated.len() <= 12 {
        return stated;
    }
    Cow::Owned(reference_part(&stated))
}

/// A text made safe as part of an event reference: everything outside letters, digits, `.`, `_`, `-` as `%XX`. What
/// is very long or holds a card number is told by its hash.
pub fn reference_part(text: &str) -> String {
    if text.len() > 120 || cards::present(text) {
        return format!("hash-{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()));
    }
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn class_of(record: &Record<'_>, source: &str, entry: Option<&Entry>) -> Class {
    let category = record.event_category.and_then(Json::text).unwrap_or_default();
    let kind = record.event_type.and_then(Json::text).unwrap_or_default();
    if matches!(&*category, "Insight" | "Aggregated" | "NetworkActivity")
        || matches!(&*kind, "AwsCloudTrailInsight" | "AwsAggregatedEvent" | "AwsVpceEvents")
    {
        return Class::SetAside;
    }
    match source {
        "dynamodb.amazonaws.com" if is_data(record, entry) => Class::DataAccess,
        "dynamodb.amazonaws.com" | "dax.amazonaws.com" => Class::TableManagement,
        _ if entry.is_some() => Class::Catalogued,
        _ => Class::OtherService,
    }
}

/// `managementEvent == false` is the test; before 1.06 the catalogue decides (cloudtrail-records §2).
fn is_data(record: &Record<'_>, entry: Option<&Entry>) -> bool {
    match entry {
        Some(entry) => entry.plane != Plane::Management,
        None => {
            record.management_event.and_then(Json::truth) == Some(false)
                || record.event_category.and_then(Json::text).as_deref() == Some("Data")
        }
    }
}

fn plane_of(record: &Record<'_>, entry: Option<&Entry>, class: Class) -> Plane {
    match (entry, class) {
        (Some(entry), _) => entry.plane,
        (None, Class::DataAccess) => Plane::Data,
        (None, _) if record.event_category.and_then(Json::text).as_deref() == Some("Data") => Plane::Data,
        (None, _) => Plane::Management,
    }
}

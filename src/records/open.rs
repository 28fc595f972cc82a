//! Opens what wraps records: API answers, envelopes, messages, stream records. Comes in: one JSON value that is no
//! record, or a text out of a wrapping. Goes out: the records inside, at consecutive places, and what was none. Depth
//! and size are bounded; a text inside is unescaped and scanned like any other.

use super::content::{Hand, Level, Trouble, Walker, beginning, list_named};
use super::kinds::{Container, classify, speaks_of_records};
use super::packed::{Refusal, looks_packed};
use super::scan::{Items, Json};
use super::{Record, rows};
use crate::gaps::GapKind;
use crate::sources::inflate::is_gzip;

/// Deepest nesting of wrappings; SQS around SNS around base64 around CloudWatch Logs is five.
const MAX_DEPTH: u32 = 10;

/// Hands out the records of a value that is none itself.
pub(super) fn value(hand: &mut Hand<'_>, raw: &str, level: Level) {
    let Ok((json, _)) = Json::first(raw, 0) else {
        return hand.no_record(level, "no CloudTrail record");
    };
    if level.depth >= MAX_DEPTH {
        return hand.trouble(Trouble::Inside("wrapped too deeply".to_owned()));
    }
    match classify(json) {
        Container::LookupEvents => lookup(hand, json, level),
        Container::EventBridge => envelope(hand, json, level),
        Container::CloudWatchLogs => logs(hand, json, level),
        Container::QueryRows => rows::answer(hand, json, level),
        Container::LambdaEvent => message(hand, json, level),
        Container::LogShipper => shipped(hand, json, level),
        Container::Ocsf => {
            hand.trouble(Trouble::Inside("event of Security Lake (OCSF): another schema".to_owned()));
        }
        Container::Digest | Container::SignFile if level.depth > 0 => {
            hand.tell(GapKind::SetAside, "digest or sign file");
        }
        _ => hand.no_record(level, "no CloudTrail record"),
    }
}

/// A record, or something that wraps one.
fn item(hand: &mut Hand<'_>, json: Json<'_>, level: Level) {
    match Record::of(json) {
        Some(record) => hand.record(record, level.from),
        None => value(hand, json.raw(), level),
    }
}

fn items(hand: &mut Hand<'_>, list: Json<'_>, level: Level) {
    for step in list.items() {
        match step {
            Ok(json) => item(hand, json, level),
            Err(fault) => hand.trouble(Trouble::Inside(format!("the list inside breaks: {fault}"))),
        }
    }
}

/// Hands out the whole entries of an answer that is cut short; what breaks is told by whoever asks.
pub(super) fn salvage(hand: &mut Hand<'_>, text: &str, level: Level) {
    if let Some(at) = list_named(text, 0, "\"Events\"") {
        let inside = level.inside(Container::LookupEvents, false);
        let list = Items::of_prefix(text.get(at..).unwrap_or_default());
        list.map_while(Result::ok).for_each(|event| item(hand, event, inside));
    } else if let Some(at) = list_named(text, 0, "\"logEvents\"") {
        let inside = level.inside(Container::CloudWatchLogs, true);
        let list = Items::of_prefix(text.get(at..).unwrap_or_default());
        list.map_while(Result::ok).for_each(|event| logged(hand, event, inside));
    }
}

/// A string's text, opened; an object or list in its place is taken as it is.
fn inner(hand: &mut Hand<'_>, json: Json<'_>, level: Level) {
    if json.is_object() {
        return item(hand, json, level);
    }
    if json.is_list() {
        return items(hand, json, level);
    }
    if !hand.budget.spend(json.raw().len()) {
        return too_large(hand);
    }
    match json.text() {
        Some(inside) => text(hand, &inside, level),
        None => hand.no_record(level, "neither a text nor an object inside"),
    }
}

fn too_large(hand: &mut Hand<'_>) {
    hand.tell(GapKind::TooLarge, "what is packed in this file is more than this program unpacks");
}

/// Opens a text that a wrapping carries.
pub(super) fn text(hand: &mut Hand<'_>, text: &str, level: Level) {
    if level.depth >= MAX_DEPTH {
        return hand.trouble(Trouble::Inside("wrapped too deeply".to_owned()));
    }
    let start = beginning(text);
    let bare = text.get(start..).unwrap_or_default();
    match bare.as_bytes().first() {
        None => hand.no_record(level, "empty text"),
        Some(b'{' | b'[') => Walker { text, hand, level }.sequence(start),
        Some(_) if looks_packed(bare) => packed(hand, bare.trim_end(), level),
        // A line of a log: what stands before the record is its time.
        Some(_) => match bare.find('{').filter(|_| speaks_of_records(bare)) {
            Some(at) => Walker { text: bare, hand, level }.sequence(at),
            None => hand.no_record(level, "text that is no JSON and holds no record"),
        },
    }
}

/// Base64, with gzip inside or not.
pub(super) fn packed(hand: &mut Hand<'_>, packed: &str, level: Level) {
    match hand.budget.unpack(packed) {
        Ok(unpacked) => {
            if unpacked.damaged {
                hand.trouble(Trouble::Inside("gzip stream inside is cut or damaged".to_owned()));
            }
            bytes(hand, unpacked.bytes, level);
        }
        Err(Refusal::TooLarge) => too_large(hand),
        Err(Refusal::NotPacked) if speaks_of_records(packed) => text(hand, packed, deeper(level)),
        Err(Refusal::NotPacked) => hand.no_record(level, "neither base64 nor a record"),
    }
}

fn deeper(level: Level) -> Level {
    Level { depth: level.depth + 1, ..level }
}

/// Bytes out of a wrapping: gzip once more, or a text.
fn bytes(hand: &mut Hand<'_>, bytes: Vec<u8>, level: Level) {
    if is_gzip(&bytes) && level.depth < MAX_DEPTH {
        return match hand.budget.inflate(&bytes) {
            Ok(unpacked) => self::bytes(hand, unpacked.bytes, deeper(level)),
            Err(_) => too_large(hand),
        };
    }
    match String::from_utf8(bytes) {
        Ok(inside) => text(hand, &inside, deeper(level)),
        Err(error) => {
            let inside = String::from_utf8_lossy(error.as_bytes()).into_owned();
            if !level.lenient || speaks_of_records(&inside) {
                hand.tell(GapKind::NotUtf8, "inside a wrapping: U+FFFD stands in place of these bytes");
            }
            text(hand, &inside, deeper(level));
        }
    }
}

/// An answer of LookupEvents, or one of its events. The record inside decides; what stands beside it is another
/// spelling of a part of it.
fn lookup(hand: &mut Hand<'_>, json: Json<'_>, level: Level) {
    let inside = level.inside(Container::LookupEvents, false);
    if let Some(events) = json.get("Events").filter(|events| events.is_list()) {
        items(hand, events, inside);
        return hand.page(json, "NextToken");
    }
    match json.get_folded("CloudTrailEvent") {
        Some(event) => inner(hand, event, inside),
        None => hand.no_record(level, "no CloudTrailEvent"),
    }
}

/// An EventBridge envelope; other services send theirs in the same form.
fn envelope(hand: &mut Hand<'_>, json: Json<'_>, level: Level) {
    let title = json.get("detail-type").and_then(Json::text).unwrap_or_default();
    let ours = title.ends_with("via CloudTrail");
    match json.get("detail") {
        Some(detail) if ours => inner(hand, detail, level.inside(Container::EventBridge, false)),
        Some(detail) if Record::of(detail).is_some() => {
            inner(hand, detail, level.inside(Container::EventBridge, true));
        }
        _ if ours => hand.no_record(level.inside(Container::EventBridge, false), "envelope without detail"),
        _ => hand.tell(GapKind::SetAside, "EventBridge envelope of another kind"),
    }
}

/// CloudWatch Logs: a subscription, an answer of its API, or one event of these.
fn logs(hand: &mut Hand<'_>, json: Json<'_>, level: Level) {
    let inside = level.inside(Container::CloudWatchLogs, true);
    if let Some(data) = json.get("awslogs").and_then(|logs| logs.get("data")).and_then(Json::text) {
        return packed(hand, &data, inside);
    }
    if json.get("messageType").and_then(Json::text).as_deref() == Some("CONTROL_MESSAGE") {
        return hand.tell(GapKind::SetAside, "control message of CloudWatch Logs");
    }
    if let Some(answer) = json.get("results").filter(|results| results.is_list()) {
        return rows::fields(hand, answer, inside);
    }
    let lists = ["logEvents", "events"].into_iter().filter_map(|name| json.get(name));
    let mut listed = false;
    for list in lists.filter(|list| list.is_list()) {
        listed = true;
        for step in list.items() {
            match step {
                Ok(event) => logged(hand, event, inside),
                Err(fault) => hand.trouble(Trouble::Inside(format!("the list inside breaks: {fault}"))),
            }
        }
    }
    if !listed {
        logged(hand, json, inside);
    }
    hand.page(json, "nextToken");
}

fn logged(hand: &mut Hand<'_>, event: Json<'_>, level: Level) {
    match event.get("message").or_else(|| event.get("@message")) {
        Some(message) => inner(hand, message, level),
        None => hand.no_record(level, "log event without message"),
    }
}

/// SQS, SNS, Kinesis, Firehose, S3: as Lambda is called with them, or as the service answers.
fn message(hand: &mut Hand<'_>, json: Json<'_>, level: Level) {
    let inside = level.inside(Container::LambdaEvent, true);
    let list = ["Records", "records", "Messages"].into_iter().find_map(|name| json.get(name));
    if let Some(list) = list.filter(|list| list.is_list()) {
        return items(hand, list, inside);
    }
    let within = |outer: &str, name: &str| json.get(outer).and_then(|value| value.get(name));
    let carried = within("Sns", "Message")
        .or_else(|| ["body", "Body", "Message"].into_iter().find_map(|name| json.get(name)));
    if let Some(carried) = carried {
        return inner(hand, carried, inside);
    }
    let data = within("kinesis", "data").or_else(|| json.get("Data")).or_else(|| json.get("data"));
    match data.and_then(Json::text) {
        Some(data) => packed(hand, &data, inside),
        None => hand.tell(GapKind::SetAside, "notice or message without a record"),
    }
}

/// A document of a log shipper that keeps the record as a text.
fn shipped(hand: &mut Hand<'_>, json: Json<'_>, level: Level) {
    let inside = level.inside(Container::LogShipper, true);
    let original = json.get("event").and_then(|event| event.get("original"));
    let source = json.get("_source");
    match original.or_else(|| json.get("message")).or(source) {
        Some(carried) => inner(hand, carried, inside),
        None => hand.no_record(level, "document of a log shipper without its record"),
    }
}

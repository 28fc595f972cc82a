//! Compact records of an example as CloudTrail would log them. Comes in: an entry of `records` and the base. Goes out:
//! a whole record. What an entry states wins over what the base says.

use serde_json::{Map, Value, json};

use super::stage::merge;
use crate::clock::{self, DAY, Seconds};
use crate::events::{Kind, Plane, catalogue};

/// Keys of a compact record.
const KEYS: &[&str] = &[
    "event",
    "by",
    "at",
    "table",
    "key",
    "request",
    "response",
    "error",
    "message",
    "address",
    "agent",
    "region",
    "account",
    "resources",
    "times",
    "more",
];
/// Records that one entry may stand for.
const MOST: u64 = 100_000;

/// What records are made with.
pub(super) struct Making<'a> {
    /// `record` and `identities` of the base.
    pub(super) base: &'a Value,
    /// First instant of the window.
    pub(super) from: Seconds,
}

impl Making<'_> {
    /// The records of all entries, in order; an entry with `times` is made so often, with `{n}` counted from 1.
    pub(super) fn records(&self, entries: &[Value]) -> Result<Vec<Value>, String> {
        let mut made = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            let Some(times) = entry.get("times") else {
                made.push(self.record(place, made.len(), entry)?);
                continue;
            };
            let times = times.as_u64().filter(|times| (1..=MOST).contains(times));
            let times = times.ok_or_else(|| format!("record {place}: `times` must be 1 to {MOST}"))?;
            for number in 1..=times {
                made.push(self.record(place, made.len(), &counted(entry, number))?);
            }
        }
        Ok(made)
    }

    /// The record of an entry; an entry without `event` is one already.
    fn record(&self, number: usize, made: usize, entry: &Value) -> Result<Value, String> {
        if entry.get("event").is_none() {
            return Ok(entry.clone());
        }
        let keys = entry.as_object().into_iter().flat_map(Map::keys);
        if let Some(unknown) = keys.into_iter().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(format!(
                "record {number} has an unknown key `{unknown}`; known are {}",
                KEYS.join(", ")
            ));
        }
        let event = text(entry, "event").unwrap_or_default();
        let (service, operation) = event
            .split_once(':')
            .ok_or_else(|| format!("record {number}: `{event}` must be service:Operation"))?;
        let source = format!("{service}.amazonaws.com");
        let known = catalogue::find(&source, operation);
        let data = known.is_some_and(|known| known.plane != Plane::Management);
        let reads = known.is_some_and(|known| matches!(known.kind, Kind::Read | Kind::Describe));
        let by_service = text(entry, "by") == Some("service");
        let place = |key: &str| match text(entry, key) {
            Some(stated) => stated.to_owned(),
            None if by_service && matches!(key, "address" | "agent") => "dynamodb.amazonaws.com".to_owned(),
            None => self.base["record"][key].as_str().unwrap_or_default().to_owned(),
        };
        let (account, region) = (place("account"), place("region"));
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": self.identity(number, entry)?,
            "eventTime": self.time(number, text(entry, "at").unwrap_or("09:00"))?,
            "eventSource": source,
            "eventName": operation,
            "awsRegion": region,
            "sourceIPAddress": place("address"),
            "userAgent": place("agent"),
            "requestParameters": request(entry, operation),
            "responseElements": entry.get("response").cloned().unwrap_or(Value::Null),
            "requestID": format!("{:08x}-1111-4000-8000-000000000001", made + 1),
            "eventID": format!("{:08x}-0000-4000-8000-000000000001", made + 1),
            "readOnly": reads,
            "eventType": if operation == "ConsoleLogin" { "AwsConsoleSignIn" } else { "AwsApiCall" },
            "managementEvent": !data,
            "recipientAccountId": account,
            "eventCategory": if data { "Data" } else { "Management" },
        });
        for (key, name) in [("error", "errorCode"), ("message", "errorMessage"), ("resources", "resources")] {
            if let Some(value) = entry.get(key) {
                record[name] = value.clone();
            }
        }
        if let (Some(table), None) = (text(entry, "table"), entry.get("resources")) {
            let arn = format!("arn:aws:dynamodb:{region}:{account}:table/{table}");
            record["resources"] = json!([{"accountId": account, "type": "AWS::DynamoDB::Table", "ARN": arn}]);
        }
        if let Some(more) = entry.get("more") {
            merge(&mut record, more, false);
        }
        Ok(record)
    }

    fn identity(&self, number: usize, entry: &Value) -> Result<Value, String> {
        match entry.get("by") {
            Some(Value::String(name)) => self.base["identities"].get(name).cloned().ok_or_else(|| {
                let known: Vec<&String> =
                    self.base["identities"].as_object().into_iter().flat_map(Map::keys).collect();
                format!("record {number}: nobody is called `{name}`; known are {known:?}")
            }),
            Some(identity) => Ok(identity.clone()),
            None => Err(format!("record {number} has no `by`")),
        }
    }

    /// `HH:MM[:SS]` on the first day, or a whole time, which is kept as it is written.
    fn time(&self, number: usize, at: &str) -> Result<String, String> {
        if at.len() > 8 {
            return Ok(at.to_owned());
        }
        let parts: Option<Vec<Seconds>> = at.split(':').map(|part| part.parse().ok()).collect();
        let seconds = match parts.as_deref() {
            Some([hour, minute]) => hour * 3600 + minute * 60,
            Some([hour, minute, second]) => hour * 3600 + minute * 60 + second,
            _ => return Err(format!("record {number}: at `{at}` must be HH:MM, HH:MM:SS or a whole time")),
        };
        Ok(clock::rfc3339(self.from.div_euclid(DAY) * DAY + seconds))
    }
}

/// The entry with `{n}` replaced in every text.
fn counted(value: &Value, number: u64) -> Value {
    match value {
        Value::String(text) => text.replace("{n}", &number.to_string()).into(),
        Value::Array(list) => list.iter().map(|member| counted(member, number)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), counted(member, number)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

fn text<'v>(entry: &'v Value, key: &str) -> Option<&'v str> {
    entry.get(key).and_then(Value::as_str)
}

/// Parameters: what `table` and `key` say in the form of the operation, with `request` laid over it.
fn request(entry: &Value, operation: &str) -> Value {
    let key = entry.get("key");
    let mut request = match (text(entry, "table"), operation) {
        (Some(table), "BatchGetItem") => {
            json!({"requestItems": {table: {"keys": key.into_iter().collect::<Vec<_>>()}}})
        }
        (Some(table), "BatchWriteItem") => json!({"requestItems": {table: [{"putRequest": {"item": key}}]}}),
        (Some(table), "TransactGetItems") => {
            json!({"transactItems": [{"operation": "Get", "tableName": table, "key": key}]})
        }
        (Some(table), "TransactWriteItems") => {
            json!({"transactItems": [{"operation": "Put", "tableName": table, "key": key}]})
        }
        (table, _) => {
            let stated = [("tableName", table.map(Value::from)), ("key", key.cloned())];
            let stated = stated.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            let map: Map<String, Value> = stated.collect();
            if map.is_empty() { Value::Null } else { map.into() }
        }
    };
    match entry.get("request") {
        Some(over) if over.is_object() => {
            if request.is_null() {
                request = json!({});
            }
            merge(&mut request, over, true);
        }
        Some(over) => request = over.clone(),
        None => {}
    }
    request
}

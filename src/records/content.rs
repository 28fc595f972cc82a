//! What a file holds, told by content and not by name (cloudtrail-records §8): a log file, a list, JSON lines, or one
//! of the other things that lie in a log bucket.

use super::Record;
use super::scan::{Items, Json, skip_space};

/// Kinds of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Container {
    /// `{"Records": […]}`.
    LogFile,
    /// A list of records.
    List,
    /// Records one after another.
    JsonLines,
    /// Digest file.
    Digest,
    /// Sign file of saved query results.
    SignFile,
    /// Answer of LookupEvents.
    LookupEvents,
    /// EventBridge envelopes.
    EventBridge,
    /// CloudWatch Logs subscription.
    CloudWatchLogs,
    /// CloudTrail Lake or Athena rows.
    QueryRows,
    /// SQS, SNS, S3 or stream events for Lambda.
    LambdaEvent,
    /// Security Lake.
    Ocsf,
    /// JSON of another kind.
    OtherJson,
    /// No JSON at all.
    NotJson,
}

impl Container {
    /// Stable word, as files.csv prints it.
    pub fn word(self) -> &'static str {
        match self {
            Container::LogFile => "log-file",
            Container::List => "list",
            Container::JsonLines => "json-lines",
            Container::Digest => "digest",
            Container::SignFile => "sign-file",
            Container::LookupEvents => "lookup-events",
            Container::EventBridge => "event-bridge",
            Container::CloudWatchLogs => "cloudwatch-logs",
            Container::QueryRows => "query-rows",
            Container::LambdaEvent => "lambda-event",
            Container::Ocsf => "ocsf",
            Container::OtherJson => "other-json",
            Container::NotJson => "not-json",
        }
    }

    /// Whether its records are read.
    pub fn is_read(self) -> bool {
        matches!(self, Container::LogFile | Container::List | Container::JsonLines)
    }

    /// Whether records may lie inside that this version does not open.
    pub fn may_hold_records(self) -> bool {
        matches!(
            self,
            Container::LookupEvents
                | Container::EventBridge
                | Container::CloudWatchLogs
                | Container::QueryRows
                | Container::LambdaEvent
                | Container::Ocsf
        )
    }
}

/// Something in a file that is not a record but should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The text breaks here; what follows is not read.
    Broken(String),
    /// A list member or a line that is no CloudTrail record.
    NotARecord,
}

/// What the walk hands out.
pub enum Piece<'a> {
    /// A record with its zero-based place among the records of the file.
    Record(Box<Record<'a>>),
    /// Something else.
    Trouble(Trouble),
}

/// Walks a text and hands each record, with its place, to `sink`. Returns what the file is.
pub fn walk<'a>(text: &'a str, sink: &mut dyn FnMut(u32, Piece<'a>)) -> Container {
    let start = skip_space(text.as_bytes(), usize::from(text.starts_with('\u{FEFF}')) * 3);
    let mut walker = Walker { text, sink, index: 0 };
    match text.as_bytes().get(start) {
        Some(b'{') => walker.objects(start),
        Some(b'[') => walker.list(start),
        _ => Container::NotJson,
    }
}

struct Walker<'a, 's> {
    text: &'a str,
    sink: &'s mut dyn FnMut(u32, Piece<'a>),
    index: u32,
}

impl<'a> Walker<'a, '_> {
    fn hand(&mut self, record: Option<Record<'a>>) {
        let piece = match record {
            Some(record) => Piece::Record(Box::new(record)),
            None => Piece::Trouble(Trouble::NotARecord),
        };
        (self.sink)(self.index, piece);
        self.index += 1;
    }

    fn broken(&mut self, what: &str, at: usize) {
        (self.sink)(self.index, Piece::Trouble(Trouble::Broken(format!("{what} at byte {at}"))));
    }

    fn list(&mut self, start: usize) -> Container {
        let inner = self.text.get(start..).unwrap_or_default();
        let first = Items::of_prefix(inner).next().and_then(Result::ok);
        let kind = first.filter(|json| json.is_object()).map_or(Container::List, |json| {
            if Record::of(json).is_some() { Container::List } else { classify(json) }
        });
        match kind {
            Container::List | Container::LogFile => {
                if first.is_none() && !inner.trim_end().ends_with(']') {
                    return Container::NotJson;
                }
                self.items(inner, start);
                Container::List
            }
            Container::OtherJson if first.is_none_or(|json| !json.is_object()) => Container::OtherJson,
            other => other,
        }
    }

    /// Hands out the items of a list that may have no end; returns where the walk stopped.
    fn items(&mut self, list: &'a str, base: usize) -> usize {
        let mut items = Items::of_prefix(list);
        while let Some(step) = items.next_start() {
            let taken = step.and_then(|start| {
                let (record, length) = Record::first(list.get(start..).unwrap_or_default())?;
                Ok((record, start + length))
            });
            match taken {
                Ok((record, end)) => {
                    items.passed(end);
                    self.hand(record);
                }
                Err(fault) => {
                    items.stop();
                    self.broken(fault.what, base + items.offset() + fault.at);
                }
            }
        }
        base + items.offset()
    }

    /// One or more top-level objects.
    fn objects(&mut self, start: usize) -> Container {
        if let Some(at) = records_list(self.text, start) {
            return self.log_file(at);
        }
        let Ok((first, end)) = Json::first(self.text, start) else {
            return self.cut_object(start);
        };
        if Record::of(first).is_none() {
            let kind = classify(first);
            if kind != Container::OtherJson || skip_space(self.text.as_bytes(), end) >= self.text.len() {
                return kind;
            }
        }
        self.lines(start);
        Container::JsonLines
    }

    /// `{ … "Records": [` opens at `list`; other files may follow in the same text.
    fn log_file(&mut self, list: usize) -> Container {
        let inner = self.text.get(list..).unwrap_or_default();
        let first = Items::of_prefix(inner).next().and_then(Result::ok);
        if let Some(json) = first.filter(|json| Record::of(*json).is_none()) {
            let source = json.get("eventSource").and_then(Json::text).unwrap_or_default();
            let source_v1 = json.get("EventSource").and_then(Json::text).unwrap_or_default();
            if source.starts_with("aws:") || source_v1.starts_with("aws:") {
                return Container::LambdaEvent;
            }
        }
        let end = self.items(inner, list);
        if let Some(next) = behind_list(self.text, end) {
            self.lines(next);
        }
        Container::LogFile
    }

    /// The first object has no end: a file cut short, or not JSON.
    fn cut_object(&mut self, start: usize) -> Container {
        let looks_cut = self.text.get(start..).is_some_and(|rest| rest.contains("\"eventVersion\""));
        if !looks_cut {
            return Container::NotJson;
        }
        self.lines(start);
        Container::JsonLines
    }

    /// Objects one after another, with or without line ends; a bad line costs that line only.
    fn lines(&mut self, mut at: usize) {
        let bytes = self.text.as_bytes();
        loop {
            at = skip_space(bytes, at);
            if at >= bytes.len() {
                return;
            }
            match Json::first(self.text, at) {
                Ok((json, end)) => {
                    match json.get("Records").filter(|list| list.is_list()) {
                        Some(list) => {
                            self.items(list.raw(), at);
                        }
                        None => self.hand(Record::of(json)),
                    }
                    at = end;
                }
                Err(fault) => {
                    self.broken(fault.what, fault.at);
                    self.index += 1;
                    let rest = bytes.get(at..).unwrap_or_default();
                    let Some(step) = memchr::memchr(b'\n', rest) else {
                        return;
                    };
                    at += step + 1;
                }
            }
        }
    }
}

/// Offset of the `[` of a top-level member `Records`, also when the object or the list has no end.
fn records_list(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, start + 1);
    loop {
        let (key, end) = Json::first(text, at).ok()?;
        let colon = skip_space(bytes, end);
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let value = skip_space(bytes, colon + 1);
        if key.raw() == "\"Records\"" {
            return (bytes.get(value) == Some(&b'[')).then_some(value);
        }
        let (_, end) = Json::first(text, value).ok()?;
        let comma = skip_space(bytes, end);
        if bytes.get(comma) != Some(&b',') {
            return None;
        }
        at = skip_space(bytes, comma + 1);
    }
}

/// Where the next top-level object starts behind the object whose list ends at `at`, if there is one.
fn behind_list(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut here = skip_space(bytes, at);
    (bytes.get(here) == Some(&b']')).then_some(())?;
    loop {
        here = skip_space(bytes, here + 1);
        match bytes.get(here)? {
            b'}' => break,
            b',' => {
                let (_, key) = Json::first(text, here + 1).ok()?;
                let (_, value) = Json::first(text, skip_space(bytes, key) + 1).ok()?;
                here = value - 1;
            }
            _ => return None,
        }
    }
    let next = skip_space(bytes, here + 1);
    (next < bytes.len()).then_some(next)
}

fn classify(json: Json<'_>) -> Container {
    let has = |name: &str| json.get(name).is_some();
    if has("logFiles") || (has("digestStartTime") && has("digestEndTime")) {
        Container::Digest
    } else if has("hashSignature") {
        Container::SignFile
    } else if has("CloudTrailEvent") || json.get("Events").is_some_and(Json::is_list) {
        Container::LookupEvents
    } else if has("detail-type") {
        Container::EventBridge
    } else if has("logEvents") || has("messageType") {
        Container::CloudWatchLogs
    } else if has("QueryResultRows") || has("useridentity") {
        Container::QueryRows
    } else if has("class_uid") {
        Container::Ocsf
    } else if has("Message") && has("TopicArn") || has("Body") || has("messageId") {
        Container::LambdaEvent
    } else {
        Container::OtherJson
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Container, usize, usize) {
        let (mut records, mut troubles) = (0, 0);
        let kind = walk(text, &mut |_, piece| match piece {
            Piece::Record(_) => records += 1,
            Piece::Trouble(_) => troubles += 1,
        });
        (kind, records, troubles)
    }

    const ONE: &str =
        r#"{"eventVersion":"1.09","eventName":"GetItem","eventSource":"dynamodb.amazonaws.com"}"#;

    #[test]
    fn arrangements_of_records_are_read() {
        assert_eq!(told(&format!("{{\"Records\":[{ONE},{ONE}]}}")), (Container::LogFile, 2, 0));
        assert_eq!(told("{\"Records\": []}"), (Container::LogFile, 0, 0));
        assert_eq!(told(&format!("[{ONE}]")), (Container::List, 1, 0));
        assert_eq!(told("[]"), (Container::List, 0, 0));
        assert_eq!(told(&format!("{ONE}\n\n{ONE}{ONE}")), (Container::JsonLines, 3, 0));
        assert_eq!(
            told(&format!("{{\"Records\":[{ONE}]}}{{\"Records\":[{ONE}]}}")),
            (Container::LogFile, 2, 0)
        );
        assert_eq!(told(&format!("\u{FEFF}{{\"note\":1,\"Records\":[{ONE}]}}")), (Container::LogFile, 1, 0));
    }

    #[test]
    fn damage_costs_only_what_follows_it() {
        assert_eq!(told(&format!("{{\"Records\":[{ONE},{{\"eventVers")), (Container::LogFile, 1, 1));
        assert_eq!(told(&format!("{ONE}\nnot json\n{ONE}")), (Container::JsonLines, 2, 1));
        assert_eq!(told(&format!("{{\"Records\":[{ONE},7,{ONE}]}}")), (Container::LogFile, 2, 1));
    }

    #[test]
    fn lookalikes_are_recognised() {
        assert_eq!(told(r#"{"Records":[{"eventSource":"aws:sqs","body":"x"}]}"#).0, Container::LambdaEvent);
        assert_eq!(told(r#"{"digestStartTime":"a","digestEndTime":"b","logFiles":[]}"#).0, Container::Digest);
        assert_eq!(told(r#"{"Events":[{"CloudTrailEvent":"{}"}]}"#).0, Container::LookupEvents);
        assert_eq!(
            told("{\"detail-type\":\"x\",\"detail\":{}}\n{\"detail-type\":\"x\"}").0,
            Container::EventBridge
        );
        assert_eq!(told(r#"{"class_uid":6003}"#).0, Container::Ocsf);
        assert_eq!(told(r#"{"a":1}"#).0, Container::OtherJson);
        assert_eq!(told("hello").0, Container::NotJson);
        assert_eq!(told("").0, Container::NotJson);
    }
}

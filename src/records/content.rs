//! What a file holds, told by content and not by name (cloudtrail-records §8): a log file, a list, JSON lines, or one
//! of the other things that lie in a log bucket.

use super::Record;
use super::scan::{Fault, Items, Json, skip_space};

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

/// Walks a text and hands each record, with its place, to `sink`. Returns what the file is. A text may hold several
/// values behind one another; none of them is passed over in silence once one of them holds records.
pub fn walk<'a>(text: &'a str, sink: &mut dyn FnMut(u32, Piece<'a>)) -> Container {
    let start = beginning(text);
    let kind = first_kind(text, start);
    if kind.is_read() {
        Walker { text, sink, index: 0 }.sequence(start);
    }
    kind
}

/// What a text is, without walking it.
pub fn kind(text: &str) -> Container {
    first_kind(text, beginning(text))
}

/// How many log files a digest lists; `None` where it does not tell.
pub fn listed(digest: &str) -> Option<u64> {
    let (digest, _) = Json::first(digest, beginning(digest)).ok()?;
    let list = digest.get("logFiles").filter(|list| list.is_list())?;
    list.items().try_fold(0, |count, step| step.ok().map(|_| count + 1))
}

/// Behind a byte order mark and white space.
fn beginning(text: &str) -> usize {
    skip_space(text.as_bytes(), if text.starts_with('\u{FEFF}') { 3 } else { 0 })
}

/// What a text is, from its first value; a lookalike counts as such only when no record follows it.
fn first_kind(text: &str, start: usize) -> Container {
    match text.as_bytes().get(start) {
        Some(b'{') if records_list(text, start).is_some() => {
            if is_lambda_event(text, start) && !holds_records(text, start) {
                Container::LambdaEvent
            } else {
                Container::LogFile
            }
        }
        Some(b'{') => match Json::first(text, start) {
            Ok((first, _)) if Record::of(first).is_some() || holds_records(text, start) => {
                Container::JsonLines
            }
            Ok((first, _)) => classify(first),
            // The first object has no end: a file cut short, or not JSON.
            Err(_) if text.contains("\"eventVersion\"") => Container::JsonLines,
            Err(_) => Container::NotJson,
        },
        Some(b'[') => list_kind(text, start),
        _ => Container::NotJson,
    }
}

fn list_kind(text: &str, start: usize) -> Container {
    let inner = text.get(start..).unwrap_or_default();
    match Items::of_prefix(inner).next() {
        None => {
            if inner.trim_end() == "[]" || inner.contains(']') {
                Container::List
            } else {
                Container::NotJson
            }
        }
        Some(Ok(first)) if Record::of(first).is_some() || holds_records(text, start) => Container::List,
        Some(Ok(first)) => classify(first),
        Some(Err(_)) if inner.contains("\"eventVersion\"") => Container::List,
        Some(Err(_)) => Container::NotJson,
    }
}

/// Whether a record stands anywhere at the top of a text: as a value, in a list, or in a member `Records`. Asked only
/// of texts that do not begin with a record.
fn holds_records(text: &str, start: usize) -> bool {
    let mut at = start;
    while let Ok((json, end)) = Json::first(text, at) {
        let listed =
            |list: Json<'_>| list.items().map_while(Result::ok).any(|item| Record::of(item).is_some());
        let named =
            json.members().map_while(Result::ok).any(|(name, value)| name == "Records" && listed(value));
        if named || listed(json) || Record::of(json).is_some() {
            return true;
        }
        at = skip_space(text.as_bytes(), end);
    }
    false
}

fn is_lambda_event(text: &str, start: usize) -> bool {
    let list = records_list(text, start).and_then(|at| text.get(at..)).unwrap_or_default();
    let first = Items::of_prefix(list).next().and_then(Result::ok);
    let source = |name: &str| first.and_then(|json| json.get(name)).and_then(Json::text).unwrap_or_default();
    source("eventSource").starts_with("aws:") || source("EventSource").starts_with("aws:")
}

struct Walker<'a, 's> {
    text: &'a str,
    sink: &'s mut dyn FnMut(u32, Piece<'a>),
    index: u32,
}

/// The walk ended early; the trouble was told.
struct Ended;

impl<'a> Walker<'a, '_> {
    fn hand(&mut self, record: Option<Record<'a>>) {
        let piece = match record {
            Some(record) => Piece::Record(Box::new(record)),
            None => Piece::Trouble(Trouble::NotARecord),
        };
        (self.sink)(self.index, piece);
        self.index += 1;
    }

    fn broken(&mut self, what: &str, at: usize) -> Ended {
        (self.sink)(self.index, Piece::Trouble(Trouble::Broken(format!("{what} at byte {at}"))));
        self.index += 1;
        Ended
    }

    /// Values one after another, with or without line ends; a bad line costs that line only.
    fn sequence(&mut self, mut at: usize) {
        let bytes = self.text.as_bytes();
        loop {
            at = skip_space(bytes, at);
            let step = match bytes.get(at) {
                None => return,
                Some(b'{') if records_list(self.text, at).is_some() => self.log_file(at),
                Some(b'[') => self.list(at),
                Some(_) => {
                    at = match self.value(at) {
                        Some(end) => end,
                        None => return,
                    };
                    continue;
                }
            };
            match step {
                Ok(end) => at = end,
                Err(Ended) => return,
            }
        }
    }

    /// One record or line; `None` when nothing follows a broken one.
    fn value(&mut self, at: usize) -> Option<usize> {
        match Record::first(self.text.get(at..).unwrap_or_default()) {
            Ok((record, length)) => {
                self.hand(record);
                Some(at + length)
            }
            Err(fault) => {
                self.broken(fault.what, at + fault.at);
                let rest = self.text.as_bytes().get(at..).unwrap_or_default();
                memchr::memchr(b'\n', rest).map(|step| at + step + 1)
            }
        }
    }

    /// A list of records; returns what stands behind its bracket.
    fn list(&mut self, at: usize) -> Result<usize, Ended> {
        let end = self.items(at)?;
        self.closing(end, b']')
    }

    fn closing(&mut self, at: usize, bracket: u8) -> Result<usize, Ended> {
        let here = skip_space(self.text.as_bytes(), at);
        if self.text.as_bytes().get(here) == Some(&bracket) {
            Ok(here + 1)
        } else {
            Err(self.broken("text ends inside a value", here))
        }
    }

    /// An object with a member `Records`: hands out every such list, passes over its other members.
    fn log_file(&mut self, start: usize) -> Result<usize, Ended> {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            at = skip_space(bytes, at);
            if bytes.get(at) == Some(&b'}') {
                return Ok(at + 1);
            }
            let (key, end) = Json::first(self.text, at).map_err(|fault| self.broken(fault.what, fault.at))?;
            let colon = skip_space(bytes, end);
            if bytes.get(colon) != Some(&b':') {
                return Err(self.broken("expected a colon", colon));
            }
            let value = skip_space(bytes, colon + 1);
            at = if key.raw() == "\"Records\"" && bytes.get(value) == Some(&b'[') {
                self.list(value)?
            } else {
                Json::first(self.text, value).map_err(|fault| self.broken(fault.what, fault.at))?.1
            };
            at = skip_space(bytes, at);
            match bytes.get(at) {
                Some(b',') => at += 1,
                Some(b'}') => {}
                _ => return Err(self.broken("text ends or breaks behind a member", at)),
            }
        }
    }

    /// Hands out the items of a list that may have no end; returns where its bracket should stand.
    fn items(&mut self, base: usize) -> Result<usize, Ended> {
        let list = self.text.get(base..).unwrap_or_default();
        let mut items = Items::of_prefix(list);
        while let Some(step) = items.next_start() {
            let taken = step.and_then(|start| {
                let (record, length) = Record::first(list.get(start..).unwrap_or_default())
                    .map_err(|fault| Fault { at: start + fault.at, ..fault })?;
                Ok((record, start + length))
            });
            match taken {
                Ok((record, end)) => {
                    items.passed(end);
                    self.hand(record);
                }
                Err(fault) => return Err(self.broken(fault.what, base + fault.at)),
            }
        }
        Ok(base + items.offset())
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
        assert_eq!(told(&format!("{{\"Records\":[{ONE}]")), (Container::LogFile, 1, 1));
        assert_eq!(told(&format!("{{\"Records\":[{ONE}")), (Container::LogFile, 1, 1));
        assert_eq!(told(&format!("{ONE}\nnot json\n{ONE}")), (Container::JsonLines, 2, 1));
        assert_eq!(told(&format!("{{\"Records\":[{ONE},7,{ONE}]}}")), (Container::LogFile, 2, 1));
    }

    #[test]
    fn records_behind_something_else_are_read() {
        assert_eq!(told(&format!("[{{\"a\":1}},{ONE}]")), (Container::List, 1, 1));
        assert_eq!(told(&format!("[{ONE}][{ONE}]")), (Container::List, 2, 0));
        assert_eq!(told(&format!("{{\"Records\":[],\"Records\":[{ONE}]}}")), (Container::LogFile, 1, 0));
        assert_eq!(told(&format!("{{\"Records\":[{ONE}] oops}}")), (Container::LogFile, 1, 1));
        assert_eq!(told(&format!("{{\"logFiles\":[]}}\n{ONE}")), (Container::JsonLines, 1, 1));
        assert_eq!(told("[1,2,3]"), (Container::OtherJson, 0, 0));
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

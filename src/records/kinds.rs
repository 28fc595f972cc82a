//! The kinds of content and what tells them apart: names of members, never names of files. Comes in: one JSON value.
//! Goes out: a [`Container`]. It opens nothing. Facts: cloudtrail-records §8.

use super::scan::Json;

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
    /// Table that the console's event history gives.
    EventHistory,
    /// EventBridge envelopes.
    EventBridge,
    /// CloudWatch Logs: subscription, export, or an answer of its API.
    CloudWatchLogs,
    /// CloudTrail Lake or Athena rows.
    QueryRows,
    /// Output of a log shipper.
    LogShipper,
    /// Messages and stream records: SQS, SNS, Kinesis, Firehose, S3, as services and Lambda hand them on.
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
            Container::EventHistory => "event-history",
            Container::EventBridge => "event-bridge",
            Container::CloudWatchLogs => "cloudwatch-logs",
            Container::QueryRows => "query-rows",
            Container::LogShipper => "log-shipper",
            Container::LambdaEvent => "lambda-event",
            Container::Ocsf => "ocsf",
            Container::OtherJson => "other-json",
            Container::NotJson => "not-json",
        }
    }

    /// Whether its records are read.
    pub fn is_read(self) -> bool {
        matches!(self, Container::LogFile | Container::List | Container::JsonLines) || self.wraps()
    }

    /// Whether it wraps records in something else.
    pub fn wraps(self) -> bool {
        matches!(
            self,
            Container::LookupEvents
                | Container::EventHistory
                | Container::EventBridge
                | Container::CloudWatchLogs
                | Container::QueryRows
                | Container::LogShipper
                | Container::LambdaEvent
        )
    }

    /// Whether records may lie inside that this version does not open.
    pub fn may_hold_records(self) -> bool {
        self == Container::Ocsf
    }

    /// Whether what it holds may be a part of each record only: columns that somebody chose.
    pub fn is_rows(self) -> bool {
        matches!(self, Container::QueryRows | Container::EventHistory)
    }

    /// What records from here cannot show, as an id of rules/limits.toml; `None` for what a trail delivers.
    pub fn limit(self) -> Option<&'static str> {
        match self {
            Container::LookupEvents | Container::EventHistory => Some("L31"),
            Container::EventBridge => Some("L32"),
            Container::CloudWatchLogs => Some("L33"),
            Container::QueryRows => Some("L34"),
            Container::LogShipper => Some("L35"),
            Container::LambdaEvent | Container::List | Container::JsonLines => Some("L36"),
            _ => None,
        }
    }
}

/// What a value that is no record holds, by the names of its members.
pub(super) fn classify(json: Json<'_>) -> Container {
    let mut marks = Marks::default();
    for (name, value) in json.members().map_while(Result::ok) {
        marks.note(name, value);
    }
    marks.kind()
}

/// Which telling members an object has.
#[derive(Default)]
struct Marks {
    found: u32,
}

const DIGEST: u32 = 1;
const DIGEST_START: u32 = 1 << 1;
const DIGEST_END: u32 = 1 << 2;
const SIGN: u32 = 1 << 3;
const LOOKUP: u32 = 1 << 4;
const BRIDGE: u32 = 1 << 5;
const LOGS: u32 = 1 << 6;
const ROWS: u32 = 1 << 7;
const OCSF: u32 = 1 << 8;
const MESSAGE: u32 = 1 << 9;
const TEXT: u32 = 1 << 10;
const TOPIC_TEXT: u32 = 1 << 11;
const TOPIC: u32 = 1 << 17;
const TEXT_OF_LOGS: u32 = 1 << 12;
const SHIPPED: u32 = 1 << 13;
const DATA: u32 = 1 << 14;
const OF_STREAM: u32 = 1 << 15;
const NOTICE: u32 = 1 << 16;

impl Marks {
    fn note(&mut self, name: &str, value: Json<'_>) {
        let list = value.is_list();
        let text = value.raw().starts_with('"');
        self.found |= match name {
            "logFiles" => DIGEST,
            "digestStartTime" => DIGEST_START,
            "digestEndTime" => DIGEST_END,
            "hashSignature" => SIGN,
            "Events" if list => LOOKUP,
            "detail-type" => BRIDGE,
            "logEvents" | "messageType" | "awslogs" | "searchedLogStreams" | "nextForwardToken" => LOGS,
            "events" if list && logged(value) => LOGS,
            "results" if list && is_logs_answer(value) => LOGS,
            "QueryResultRows" | "useridentity" | "eventname" | "eventsource" => ROWS,
            "ResultSet" if value.get("Rows").is_some() => ROWS,
            "class_uid" => OCSF,
            "Sns" | "kinesis" | "body" | "Body" | "messageId" | "MessageId" | "receiptHandle" => MESSAGE,
            "Records" | "records" | "Messages" if list => MESSAGE,
            "message" if text => TEXT,
            "Message" if text => TOPIC_TEXT,
            "TopicArn" => TOPIC,
            "ingestionTime" | "logStreamName" | "@message" => TEXT_OF_LOGS,
            "@timestamp" => SHIPPED,
            "Data" | "data" if text => DATA,
            "PartitionKey" | "SequenceNumber" | "recordId" => OF_STREAM,
            "s3" | "s3Bucket" | "eventSourceARN" => NOTICE,
            "eventSource" | "EventSource" if foreign(value) => NOTICE,
            _ if name.eq_ignore_ascii_case("CloudTrailEvent") => LOOKUP,
            _ => 0,
        };
    }

    fn has(&self, marks: u32) -> bool {
        self.found & marks == marks
    }

    fn kind(&self) -> Container {
        let topic = self.has(TOPIC_TEXT | TOPIC);
        if self.has(DIGEST) || self.has(DIGEST_START | DIGEST_END) {
            Container::Digest
        } else if self.has(SIGN) {
            Container::SignFile
        } else if self.has(LOOKUP) {
            Container::LookupEvents
        } else if self.has(BRIDGE) {
            Container::EventBridge
        } else if self.has(LOGS) || self.has(TEXT | TEXT_OF_LOGS) {
            Container::CloudWatchLogs
        } else if self.has(ROWS) {
            Container::QueryRows
        } else if self.has(OCSF) {
            Container::Ocsf
        } else if topic || self.has(MESSAGE) || self.has(NOTICE) || self.has(DATA | OF_STREAM) {
            Container::LambdaEvent
        } else if self.has(SHIPPED) {
            Container::LogShipper
        } else {
            Container::OtherJson
        }
    }
}

/// A list whose first item is an event of CloudWatch Logs; an empty one as well.
fn logged(list: Json<'_>) -> bool {
    list.items().next().is_none_or(|step| step.is_ok_and(|item| item.get("message").is_some()))
}

/// A list of rows, each a list of fields with values.
fn is_logs_answer(list: Json<'_>) -> bool {
    let first = list.items().next().and_then(Result::ok);
    let field = first.and_then(|row| row.items().next()?.ok());
    field.is_some_and(|field| field.get("field").is_some())
}

/// `aws:sqs`, `aws:s3` and the like: the word of an event source of Lambda.
fn foreign(value: Json<'_>) -> bool {
    value.text().is_some_and(|source| source.starts_with("aws:"))
}

/// Whether a text that cannot be read as JSON looks as if records lay inside.
pub(super) fn speaks_of_records(text: &str) -> bool {
    bytes_speak_of_records(text.as_bytes())
}

/// The same of what stands near a place; a text that breaks in every line is not searched in full each time.
pub(super) fn speaks_of_records_near(text: &str, at: usize) -> bool {
    let (start, end) =
        (at.saturating_sub(1 << 10).min(text.len()), at.saturating_add(1 << 10).min(text.len()));
    text.as_bytes().get(start..end).is_some_and(bytes_speak_of_records)
}

fn bytes_speak_of_records(bytes: &[u8]) -> bool {
    ["eventVersion", "eventversion", "CloudTrailEvent", "useridentity", "userIdentity"]
        .iter()
        .any(|word| memchr::memmem::find(bytes, word.as_bytes()).is_some())
}

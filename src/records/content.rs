//! What a file holds, told by content and not by name (cloudtrail-records §8), and the walk over its records: log
//! files, lists and JSON lines in one pass here, everything that wraps records through [`open`].

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::kinds::{Container, classify, speaks_of_records, speaks_of_records_near};
use super::scan::{Fault, Items, Json, skip_space};
use super::{Record, lines, open, packed};
use crate::gaps::GapKind;
use crate::sources::Content;
use crate::sources::inflate::is_gzip;

/// Something in a file that is not a record but should be, or that has to be told about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The text breaks here; what follows is not read.
    Broken(String),
    /// A list member or a line that is no CloudTrail record.
    NotARecord,
    /// An entry of a wrapping that should hold a record and holds none that can be read.
    Inside(String),
    /// Something about what was read, told once a kind; it takes no place among the records.
    Told(GapKind, String),
}

/// What the walk hands out.
pub enum Piece<'a> {
    /// A record with its zero-based place among the records of the file.
    Record(Box<Record<'a>>),
    /// Something else.
    Trouble(Trouble),
}

/// What a walk went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// What the text is.
    pub container: Container,
    /// The wrappings that records were taken out of.
    pub held: BTreeSet<Container>,
}

/// Walks a text and hands each record, with its place, to `sink`. A text may hold several values behind one another;
/// none of them is passed over in silence once one of them holds records. Walking the same text again hands out the
/// same pieces at the same places.
pub fn walk(text: &str, sink: &mut dyn FnMut(u32, Piece<'_>)) -> Walked {
    let start = beginning(text);
    let container = first_kind(text, start);
    let mut hand = Hand::new(sink);
    if container.is_read() {
        match text.as_bytes().get(start) {
            Some(b'{' | b'[') => Walker { text, hand: &mut hand, level: Level::TOP }.sequence(start),
            _ => lines::text(&mut hand, text.get(start..).unwrap_or_default(), container),
        }
    }
    hand.end();
    Walked { container, held: hand.held }
}

/// What a text is, without walking it.
pub fn kind(text: &str) -> Container {
    first_kind(text, beginning(text))
}

/// The texts of a file, which are walked one after another.
pub struct Halves<'a> {
    /// The attested part, or the whole of it.
    pub first: Cow<'a, [u8]>,
    /// What follows it; places go on behind those of the first part.
    pub rest: &'a [u8],
    /// What was compressed twice could not be unpacked to its end.
    pub lost: Option<GapKind>,
}

/// Cuts the content of a file where it has to be cut. A container other than a delivered log file is one text,
/// whatever gzip members it came in: a table's head stands in the first alone. What Firehose compressed once more than
/// CloudWatch Logs did is unpacked.
pub fn halves(content: &Content) -> Halves<'_> {
    let (first, rest) = content.bytes.split_at(content.attested_end.min(content.bytes.len()));
    if is_gzip(&content.bytes) {
        let mut budget = packed::Budget::default();
        let (bytes, lost) = match budget.inflate(&content.bytes) {
            Ok(unpacked) => (unpacked.bytes, unpacked.damaged.then_some(GapKind::DamagedGzip)),
            Err(_) => (Vec::new(), Some(GapKind::TooLarge)),
        };
        return Halves { first: Cow::Owned(bytes), rest: &[], lost };
    }
    let apart = rest.is_empty()
        || first.is_empty()
        || content.tail_damaged
        || matches!(kind(&String::from_utf8_lossy(first)), Container::LogFile | Container::NotJson);
    let (first, rest) = if apart { (first, rest) } else { (content.bytes.as_slice(), &[][..]) };
    Halves { first: Cow::Borrowed(first), rest, lost: None }
}

/// Hands out the records of a file again, each at the place that reading gave it.
pub fn again(content: &Content, sink: &mut dyn FnMut(u32, &Record<'_>)) {
    let halves = halves(content);
    let mut base = 0;
    for bytes in [&*halves.first, halves.rest] {
        let text = String::from_utf8_lossy(bytes);
        let mut next = base;
        walk(&text, &mut |index, piece| match piece {
            Piece::Trouble(Trouble::Told(..)) => {}
            Piece::Trouble(_) => next = base + index + 1,
            Piece::Record(record) => {
                next = base + index + 1;
                sink(base + index, &record);
            }
        });
        base = next;
    }
}

/// How many log files a digest lists; `None` where it does not tell.
pub fn listed(digest: &str) -> Option<u64> {
    let (digest, _) = Json::first(digest, beginning(digest)).ok()?;
    let list = digest.get("logFiles").filter(|list| list.is_list())?;
    list.items().try_fold(0, |count, step| step.ok().map(|_| count + 1))
}

/// Behind a byte order mark and white space.
pub(super) fn beginning(text: &str) -> usize {
    skip_space(text.as_bytes(), if text.starts_with('\u{FEFF}') { 3 } else { 0 })
}

/// What a text is, from its first value; a lookalike counts as such only when no record follows it.
fn first_kind(text: &str, start: usize) -> Container {
    match text.as_bytes().get(start) {
        Some(b'{') if records_list(text, start).is_some() => match wrapped_item(text, start) {
            Some(wrapping) if !holds_records(text, start) => wrapping,
            _ => Container::LogFile,
        },
        Some(b'{') => match Json::first(text, start) {
            Ok((first, _)) if is_shipped(first) => Container::LogShipper,
            Ok((first, _)) if Record::of(first).is_some() || holds_records(text, start) => {
                Container::JsonLines
            }
            Ok(_) => first_told(text, start),
            // The first object has no end: a file cut short, or not JSON.
            Err(_) if speaks_of_records(text) => Container::JsonLines,
            Err(_) => Container::NotJson,
        },
        Some(b'[') => list_kind(text, start),
        _ => lines::kind(text.get(start..).unwrap_or_default()),
    }
}

/// A record whose time stands in the member that log shippers add.
fn is_shipped(json: Json<'_>) -> bool {
    json.get("@timestamp").is_some() && json.get("eventTime").is_none() && Record::of(json).is_some()
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
        Some(Ok(first)) if is_shipped(first) => Container::LogShipper,
        Some(Ok(first)) if Record::of(first).is_some() || holds_records(text, start) => Container::List,
        Some(Ok(_)) => first_told(text, start),
        Some(Err(_)) if speaks_of_records(inner) => Container::List,
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

/// The first wrapping at the top of a text that is opened, else what its first value is.
fn first_told(text: &str, start: usize) -> Container {
    let mut at = start;
    let mut first = None;
    while let Ok((json, end)) = Json::first(text, at) {
        let mut told = std::iter::once(json).chain(json.items().map_while(Result::ok)).map(classify);
        if let Some(wrapping) = told.find(|kind| kind.is_read() || kind.may_hold_records()) {
            return wrapping;
        }
        let named = json.items().next().and_then(Result::ok).unwrap_or(json);
        first.get_or_insert(classify(named));
        at = skip_space(text.as_bytes(), end);
    }
    first.unwrap_or(Container::OtherJson)
}

/// What the first member of a `Records` list wraps its record in, if it is none itself.
fn wrapped_item(text: &str, start: usize) -> Option<Container> {
    let list = records_list(text, start).and_then(|at| text.get(at..)).unwrap_or_default();
    let first = Items::of_prefix(list).next().and_then(Result::ok)?;
    if Record::of(first).is_some() {
        return None;
    }
    Some(classify(first)).filter(|kind| kind.wraps())
}

/// Where a text stands: in the file itself, or inside so many wrappings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// The wrapping around it.
    pub(super) from: Option<Container>,
    /// How many are around it.
    pub(super) depth: u32,
    /// What is no record here was never said to be one.
    pub(super) lenient: bool,
}

impl Level {
    /// The file itself.
    pub(super) const TOP: Level = Level { from: None, depth: 0, lenient: false };

    /// One wrapping further in.
    pub(super) fn inside(self, from: Container, lenient: bool) -> Level {
        Level { from: Some(from), depth: self.depth + 1, lenient }
    }
}

/// Hands pieces to the sink and counts their places.
pub(super) struct Hand<'s> {
    sink: &'s mut dyn FnMut(u32, Piece<'_>),
    index: u32,
    held: BTreeSet<Container>,
    /// What the last list said of more that follows it.
    open_end: Option<&'static str>,
    /// Bytes that may still be unpacked.
    pub(super) budget: packed::Budget,
}

impl<'s> Hand<'s> {
    fn new(sink: &'s mut dyn FnMut(u32, Piece<'_>)) -> Self {
        let (held, budget) = (BTreeSet::new(), packed::Budget::default());
        Hand { sink, index: 0, held, open_end: None, budget }
    }

    /// A list of several pages: each may name a token for the next. Only what the last one says counts.
    pub(super) fn page(&mut self, json: Json<'_>, name: &'static str) {
        let token = json.get(name).and_then(Json::plain);
        self.open_end = token.filter(|token| !token.is_empty() && token != "null").map(|_| name);
    }

    /// The walk is over.
    fn end(&mut self) {
        if let Some(name) = self.open_end {
            let words = format!("{name} is set: save the whole answer, all of its pages in one file");
            self.tell(GapKind::Incomplete, &words);
        }
    }

    /// A record, with the wrapping around it.
    pub(super) fn record(&mut self, mut record: Record<'_>, from: Option<Container>) {
        record.from = from;
        if record.event_time.is_none() {
            self.shipped(&mut record);
        }
        self.held.extend(record.from);
        self.piece(Piece::Record(Box::new(record)));
    }

    /// A record without time takes that of the log shipper, if one passed it on.
    fn shipped(&mut self, record: &mut Record<'_>) {
        let json = Json::first(record.raw, 0).ok().map(|(json, _)| json);
        if let Some(time) = json.and_then(|json| json.get("@timestamp")) {
            record.event_time = Some(time);
            record.from = Some(Container::LogShipper);
            let words = "eventTime is missing: the time is @timestamp, which a log shipper wrote";
            self.tell(GapKind::ShipperTime, words);
        }
    }

    /// Something at the place of a record that is none.
    pub(super) fn trouble(&mut self, trouble: Trouble) {
        self.piece(Piece::Trouble(trouble));
    }

    /// Something to be told, without a place of its own.
    pub(super) fn tell(&mut self, kind: GapKind, words: &str) {
        (self.sink)(self.index, Piece::Trouble(Trouble::Told(kind, words.to_owned())));
    }

    /// What is no record: a fault where one was promised, else only counted.
    pub(super) fn no_record(&mut self, level: Level, words: &str) {
        if level.lenient {
            self.tell(GapKind::SetAside, words);
        } else if level.depth == 0 {
            self.trouble(Trouble::NotARecord);
        } else {
            self.trouble(Trouble::Inside(words.to_owned()));
        }
    }

    fn piece(&mut self, piece: Piece<'_>) {
        (self.sink)(self.index, piece);
        self.index += 1;
    }
}

/// Walks the values of one text.
pub(super) struct Walker<'a, 'h, 's> {
    pub(super) text: &'a str,
    pub(super) hand: &'h mut Hand<'s>,
    pub(super) level: Level,
}

/// The walk ended early; the trouble was told.
pub(super) struct Ended;

impl<'a> Walker<'a, '_, '_> {
    /// Hands out what stands between two places of the text.
    fn take(&mut self, record: Option<Record<'a>>, start: usize, end: usize) {
        match record {
            Some(record) => self.hand.record(record, self.level.from),
            None => open::value(self.hand, self.text.get(start..end).unwrap_or_default(), self.level),
        }
    }

    fn broken(&mut self, what: &str, at: usize) -> Ended {
        let words = format!("{what} at byte {at}");
        match self.level.depth {
            0 => self.hand.trouble(Trouble::Broken(words)),
            _ if self.level.lenient && !speaks_of_records_near(self.text, at) => {
                self.hand.tell(GapKind::SetAside, "text that is no JSON and holds no record");
            }
            _ => self.hand.trouble(Trouble::Inside(format!("the text inside breaks: {words}"))),
        }
        Ended
    }

    /// Values one after another, with or without line ends; a bad line costs that line only.
    pub(super) fn sequence(&mut self, mut at: usize) {
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
                self.take(record, at, at + length);
                Some(at + length)
            }
            Err(fault) => {
                open::salvage(self.hand, self.text.get(at..).unwrap_or_default(), self.level);
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
                Ok((record, start, start + length))
            });
            match taken {
                Ok((record, start, end)) => {
                    items.passed(end);
                    self.take(record, base + start, base + end);
                }
                Err(fault) => return Err(self.broken(fault.what, base + fault.at)),
            }
        }
        Ok(base + items.offset())
    }
}

/// Offset of the `[` of a top-level member `Records`, also when the object or the list has no end.
fn records_list(text: &str, start: usize) -> Option<usize> {
    list_named(text, start, "\"Records\"")
}

/// The same for a member of any name, given in its quotation marks.
pub(super) fn list_named(text: &str, start: usize, name: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, start + 1);
    loop {
        let (key, end) = Json::first(text, at).ok()?;
        let colon = skip_space(bytes, end);
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let value = skip_space(bytes, colon + 1);
        if key.raw() == name {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Container, usize, usize) {
        let (mut records, mut troubles) = (0, 0);
        let walked = walk(text, &mut |_, piece| match piece {
            Piece::Record(_) => records += 1,
            Piece::Trouble(_) => troubles += 1,
        });
        (walked.container, records, troubles)
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

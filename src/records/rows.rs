//! Rows of queries and tables: Athena, CloudTrail Lake, CloudWatch Logs Insights, the console's event history. Comes
//! in: named cells. Goes out: a record text in CloudTrail's own spelling, scanned like any other. A member that the row
//! lacks stays absent; a text that could be read in two ways is left out and told. Facts: cloudtrail-records §8.

use std::borrow::Cow;

use super::content::{Hand, Level, Trouble};
use super::kinds::Container;
use super::scan::Json;
use super::{Record, identity, open};
use crate::clock;
use crate::gaps::GapKind;

/// How a cell becomes a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Text.
    Text,
    /// Text of a time.
    Time,
    /// `true` or `false`, often as text.
    Truth,
    /// JSON, often as text.
    Json,
    /// `userIdentity`.
    Identity,
    /// `resources`.
    Resources,
    /// A member of `userIdentity` by itself.
    Who,
}

/// Columns by their names without case, spaces and signs; the member; how it is read.
const COLUMNS: &[(&str, &str, Form)] = &[
    ("eventversion", "eventVersion", Form::Text),
    ("useridentity", "userIdentity", Form::Identity),
    ("eventtime", "eventTime", Form::Time),
    ("eventsource", "eventSource", Form::Text),
    ("eventname", "eventName", Form::Text),
    ("awsregion", "awsRegion", Form::Text),
    ("sourceipaddress", "sourceIPAddress", Form::Text),
    ("useragent", "userAgent", Form::Text),
    ("errorcode", "errorCode", Form::Text),
    ("errormessage", "errorMessage", Form::Text),
    ("requestparameters", "requestParameters", Form::Json),
    ("responseelements", "responseElements", Form::Json),
    ("additionaleventdata", "additionalEventData", Form::Json),
    ("requestid", "requestID", Form::Text),
    ("eventid", "eventID", Form::Text),
    ("readonly", "readOnly", Form::Truth),
    ("resources", "resources", Form::Resources),
    ("eventtype", "eventType", Form::Text),
    ("apiversion", "apiVersion", Form::Text),
    ("managementevent", "managementEvent", Form::Truth),
    ("recipientaccountid", "recipientAccountId", Form::Text),
    ("sharedeventid", "sharedEventID", Form::Text),
    ("vpcendpointid", "vpcEndpointId", Form::Text),
    ("vpcendpointaccountid", "vpcEndpointAccountId", Form::Text),
    ("serviceeventdetails", "serviceEventDetails", Form::Json),
    ("eventcategory", "eventCategory", Form::Text),
    ("sessioncredentialfromconsole", "sessionCredentialFromConsole", Form::Text),
    ("addendum", "addendum", Form::Json),
    ("edgedevicedetails", "edgeDeviceDetails", Form::Json),
    ("tlsdetails", "tlsDetails", Form::Json),
    ("username", "userName", Form::Who),
    ("awsaccesskey", "accessKeyId", Form::Who),
    ("awsaccesskeyid", "accessKeyId", Form::Who),
    ("useridentitytype", "type", Form::Who),
    ("useridentityprincipalid", "principalId", Form::Who),
    ("useridentityarn", "arn", Form::Who),
    ("useridentityaccountid", "accountId", Form::Who),
    ("useridentityaccesskeyid", "accessKeyId", Form::Who),
    ("useridentityusername", "userName", Form::Who),
    ("useridentityinvokedby", "invokedBy", Form::Who),
];

/// Columns without which a row says much less than its record.
const TELLING: [&str; 5] =
    ["userIdentity", "errorCode", "requestParameters", "eventID", "recipientAccountId"];

/// A cell that is not empty.
enum Cell<'a> {
    /// What a text says.
    Text(Cow<'a, str>),
    /// JSON that is no text.
    Json(Json<'a>),
}

impl<'a> Cell<'a> {
    fn of(json: Json<'a>) -> Option<Cell<'a>> {
        match json.text() {
            Some(text) => Cell::written(text),
            None if json.is_null() => None,
            None => Some(Cell::Json(json)),
        }
    }

    /// Tables print what is absent as nothing or as `null`.
    fn written(text: Cow<'a, str>) -> Option<Cell<'a>> {
        (!text.is_empty() && text != "null").then_some(Cell::Text(text))
    }

    fn plain(&self) -> Option<Cow<'_, str>> {
        match self {
            Cell::Text(text) => Some(Cow::Borrowed(text)),
            Cell::Json(json) => json.plain(),
        }
    }
}

/// A row on its way to a record.
#[derive(Default)]
struct Row {
    text: String,
    who: String,
    /// Members that the row has columns for.
    asked: Vec<&'static str>,
    told: Vec<(GapKind, &'static str)>,
}

impl Row {
    fn cell(&mut self, column: &str, cell: Option<Cell<'_>>) {
        let folded = folded(column);
        let Some((_, member, form)) = COLUMNS.iter().find(|(name, ..)| *name == folded) else { return };
        let asked = if *form == Form::Who { "userIdentity" } else { member };
        let again = *form != Form::Who && self.asked.contains(member);
        self.asked.push(asked);
        let Some(cell) = cell.filter(|_| !again) else { return };
        match form {
            Form::Text => self.put_text(member, &cell),
            Form::Time => self.time(&cell),
            Form::Truth => self.truth(member, &cell),
            Form::Json => self.json(member, &cell),
            Form::Identity => self.identity(&cell),
            Form::Resources => self.resources(&cell),
            Form::Who => self.who(member, &cell),
        }
    }

    /// Every member of an object as a cell; `false` when it breaks, for what follows may change what the row says.
    fn members(&mut self, json: Json<'_>) -> bool {
        json.members().all(|step| step.map(|(name, value)| self.cell(name, Cell::of(value))).is_ok())
    }

    fn put(&mut self, member: &str, json: &str) {
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
        push_text(&mut self.text, member);
        self.text.push(':');
        self.text.push_str(json);
    }

    fn put_text(&mut self, member: &str, cell: &Cell<'_>) {
        match cell {
            Cell::Json(json) => self.put(member, json.raw()),
            Cell::Text(text) => self.put(member, &quoted(text)),
        }
    }

    /// SQL engines print times in UTC without saying so.
    fn time(&mut self, cell: &Cell<'_>) {
        let Cell::Text(text) = cell else { return self.put_text("eventTime", cell) };
        let bare = text.strip_suffix(" UTC").unwrap_or(text);
        let sql = bare.as_bytes().get(10) == Some(&b' ') && bare.get(19..).is_some_and(is_no_fraction);
        match clock::parse(bare.get(..19).unwrap_or_default()).filter(|_| sql) {
            Some(time) => self.put("eventTime", &quoted(&clock::rfc3339(time))),
            None => self.put_text("eventTime", cell),
        }
    }

    fn truth(&mut self, member: &str, cell: &Cell<'_>) {
        match cell.plain().as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some(word @ ("true" | "false")) => self.put(member, word),
            _ => self.put_text(member, cell),
        }
    }

    fn json(&mut self, member: &'static str, cell: &Cell<'_>) {
        match cell {
            Cell::Json(json) => self.put(member, json.raw()),
            Cell::Text(text) if is_json(text) => self.put(member, text.trim()),
            Cell::Text(_) if member == "requestParameters" => {
                let words =
                    "requestParameters in a form without quotation marks: what they say cannot be told apart";
                self.told.push((GapKind::ColumnsGone, words));
            }
            Cell::Text(text) => self.put(member, &quoted(text)),
        }
    }

    fn identity(&mut self, cell: &Cell<'_>) {
        let block = match cell {
            Cell::Json(json) => identity::renamed(*json),
            Cell::Text(text) if is_json(text) => {
                Json::first(text, 0).ok().and_then(|(json, _)| identity::renamed(json))
            }
            Cell::Text(text) => identity::printed(text.trim()),
        };
        match block {
            Some(block) => self.put("userIdentity", &block),
            None => self.told.push((
                GapKind::NotUnderstood,
                "useridentity in a form that can be read in two ways: the record names nobody",
            )),
        }
    }

    fn resources(&mut self, cell: &Cell<'_>) {
        let list = match cell {
            Cell::Json(json) => renamed_resources(*json),
            Cell::Text(text) if is_json(text) => {
                Json::first(text, 0).ok().and_then(|(json, _)| renamed_resources(json))
            }
            Cell::Text(text) => printed_resources(text.trim()),
        };
        match list {
            Some(list) => self.put("resources", &list),
            None => self.told.push((GapKind::ColumnsGone, "resources in a form that cannot be told apart")),
        }
    }

    fn who(&mut self, member: &str, cell: &Cell<'_>) {
        if let Some(text) = cell.plain() {
            self.who.push(if self.who.is_empty() { '{' } else { ',' });
            push_text(&mut self.who, member);
            self.who.push(':');
            push_text(&mut self.who, &text);
        }
    }

    /// Hands the record out, and what has to be told about its row.
    fn finish(mut self, hand: &mut Hand<'_>, level: Level) {
        if !self.who.is_empty() {
            self.who.push('}');
            let who = std::mem::take(&mut self.who);
            self.put("userIdentity", &who);
        }
        self.text.push_str(if self.text.is_empty() { "{}" } else { "}" });
        let json = Json::first(&self.text, 0).ok().map(|(json, _)| json);
        let Some(mut record) = json.and_then(Record::of) else {
            return hand
                .no_record(level, "row without eventName and eventSource, or without time and region");
        };
        record.outcome_gone = !self.asked.contains(&"errorCode") && record.error_message.is_none();
        for (kind, words) in &self.told {
            hand.tell(*kind, words);
        }
        let gone: Vec<&str> = TELLING.into_iter().filter(|member| !self.asked.contains(member)).collect();
        if !gone.is_empty() {
            hand.tell(GapKind::ColumnsGone, &format!("rows without {}", gone.join(", ")));
        }
        hand.record(record, level.from);
    }
}

/// Rows of Lake or Athena as JSON: an answer of their API, or one row by itself.
pub(super) fn answer(hand: &mut Hand<'_>, json: Json<'_>, level: Level) {
    let level = level.inside(Container::QueryRows, false);
    if let Some(rows) = json.get("QueryResultRows").filter(|rows| rows.is_list()) {
        each(hand, rows, |hand, row| lake(hand, row, level));
        return hand.page(json, "NextToken");
    }
    if let Some(rows) = json.get("ResultSet").and_then(|set| set.get("Rows")) {
        athena(hand, rows, level);
        return hand.page(json, "NextToken");
    }
    let mut row = Row::default();
    if row.members(json) { row.finish(hand, level) } else { broken(hand) }
}

fn broken(hand: &mut Hand<'_>) {
    hand.trouble(Trouble::Inside("the row breaks".to_owned()));
}

fn each<'a>(hand: &mut Hand<'_>, list: Json<'a>, mut take: impl FnMut(&mut Hand<'_>, Json<'a>)) {
    for step in list.items() {
        match step {
            Ok(row) => take(hand, row),
            Err(fault) => hand.trouble(Trouble::Inside(format!("the list of rows breaks: {fault}"))),
        }
    }
}

/// A row of Lake: a list of objects with one member each.
fn lake(hand: &mut Hand<'_>, json: Json<'_>, level: Level) {
    let mut row = Row::default();
    let whole = json.items().all(|step| step.is_ok_and(|cell| row.members(cell)));
    if whole && (json.is_list() || row.members(json)) { row.finish(hand, level) } else { broken(hand) }
}

/// `ResultSet.Rows` of Athena: the first row holds the names.
fn athena(hand: &mut Hand<'_>, rows: Json<'_>, level: Level) {
    let mut names: Option<Vec<String>> = None;
    each(hand, rows, |hand, json| {
        let cells: Vec<Option<Json<'_>>> = json
            .get("Data")
            .into_iter()
            .flat_map(Json::items)
            .map_while(Result::ok)
            .map(|cell| cell.get("VarCharValue"))
            .collect();
        let Some(names) = &names else {
            let text = |cell: &Option<Json<'_>>| cell.and_then(Json::text).unwrap_or_default().into_owned();
            names = Some(cells.iter().map(text).collect());
            return;
        };
        if names.len() != cells.len() {
            return hand.trouble(Trouble::Inside("row with more or fewer cells than columns".to_owned()));
        }
        let mut row = Row::default();
        for (name, cell) in names.iter().zip(cells) {
            row.cell(name, cell.and_then(Cell::of));
        }
        row.finish(hand, level);
    });
}

/// An answer of CloudWatch Logs Insights: rows of fields; `@message` holds the record, else its members do.
pub(super) fn fields(hand: &mut Hand<'_>, rows: Json<'_>, level: Level) {
    each(hand, rows, |hand, json| {
        let cells = || {
            let fields = json.items().map_while(Result::ok);
            fields.filter_map(|cell| Some((cell.get("field")?.text()?, cell.get("value")?)))
        };
        if let Some(message) = cells().find_map(|(name, value)| (name == "@message").then(|| value.text())?) {
            return open::text(hand, &message, level);
        }
        let mut row = Row::default();
        for (name, value) in cells() {
            row.cell(&name, Cell::of(value));
        }
        row.finish(hand, Level { lenient: false, ..level });
    });
}

/// A table of comma-separated values that holds rows of CloudTrail.
pub(super) struct Table {
    names: Vec<String>,
    history: bool,
}

impl Table {
    /// Reads the head of a table; `None` when its columns are not CloudTrail's.
    pub(super) fn of(text: &str) -> Option<Table> {
        let head = text.get(..text.len().min(1 << 14)).or_else(|| text.lines().next())?;
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(head.as_bytes());
        let names: Vec<String> = reader
            .records()
            .next()?
            .ok()?
            .iter()
            .map(|name| folded(name.trim_start_matches('\u{FEFF}')))
            .collect();
        let has = |name: &str| names.iter().any(|other| other == name);
        let ours = has("eventname") && ["eventid", "eventtime", "eventsource"].into_iter().any(has);
        let history = has("username") && !names.iter().any(|name| name.starts_with("useridentity"));
        ours.then_some(Table { names, history })
    }

    /// Which kind of table.
    pub(super) fn container(&self) -> Container {
        if self.history { Container::EventHistory } else { Container::QueryRows }
    }
}

/// Hands out the rows of a table.
pub(super) fn table(hand: &mut Hand<'_>, table: &Table, text: &str, level: Level) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    for step in reader.records() {
        let Ok(cells) = step else {
            hand.trouble(Trouble::Inside("row of the table that cannot be read".to_owned()));
            continue;
        };
        if cells.len() != table.names.len() {
            hand.trouble(Trouble::Inside("row with more or fewer cells than columns".to_owned()));
            continue;
        }
        let mut row = Row::default();
        for (name, cell) in table.names.iter().zip(&cells) {
            row.cell(name, Cell::written(Cow::Borrowed(cell)));
        }
        row.finish(hand, level);
    }
}

/// Whether a name is that of a member of records.
pub(super) fn is_member(name: &str) -> bool {
    COLUMNS.iter().any(|(_, member, form)| *member == name && *form != Form::Who)
}

/// A column's name without case, spaces and signs.
fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn is_no_fraction(rest: &str) -> bool {
    rest.is_empty() || rest.strip_prefix('.').is_some_and(|digits| digits.bytes().all(|byte| byte == b'0'))
}

/// Whether a text is a JSON object or list, checked to its end.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Members of `resources` in CloudTrail's spelling.
fn resource_member(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "arn" => Some("ARN"),
        "arnprefix" => Some("ARNPrefix"),
        "accountid" => Some("accountId"),
        "type" => Some("type"),
        _ => None,
    }
}

fn renamed_resources(json: Json<'_>) -> Option<String> {
    if !json.is_list() {
        return None;
    }
    let mut items = Vec::new();
    for item in json.items() {
        let mut members = Vec::new();
        for step in item.ok()?.members() {
            let (name, value) = step.ok()?;
            if let Some(spelt) = resource_member(name).filter(|_| !value.is_null()) {
                members.push(format!("{}:{}", quoted(spelt), value.raw()));
            }
        }
        items.push(format!("{{{}}}", members.join(",")));
    }
    Some(format!("[{}]", items.join(",")))
}

/// `[{arn=…, accountid=…, type=…}, …]`; ARNs with a comma or bracket are not told apart.
fn printed_resources(text: &str) -> Option<String> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    if inside.is_empty() {
        return Some("[]".to_owned());
    }
    let mut items = Vec::new();
    for item in inside.strip_prefix('{')?.strip_suffix('}')?.split("}, {") {
        let mut members: Vec<(&'static str, String)> = Vec::new();
        for member in item.split(", ") {
            let (name, value) = member.split_once('=')?;
            let spelt = resource_member(name)?;
            if value.contains(['{', '}', ',', ' ']) || members.iter().any(|(other, _)| *other == spelt) {
                return None;
            }
            members.push((spelt, value.to_owned()));
        }
        let written = members.iter().filter(|(_, value)| value != "null");
        let written: Vec<String> =
            written.map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
        items.push(format!("{{{}}}", written.join(",")));
    }
    Some(format!("[{}]", items.join(",")))
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_text(&mut out, text);
    out
}

/// Appends a text as a JSON string.
pub(super) fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

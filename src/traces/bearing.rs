//! What one access says of the item asked for. Comes in: its row and shape, and the record where the row does not say
//! enough. Goes out: a [`Bearing`]. Only a call that names the item's key and succeeded touched it for certain; whatever
//! could have reached it is told apart, with the reason why it only may.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::condition::{Condition, Covers};
use super::key::{Asked, Doubt, Same};
use crate::audit::scope;
use crate::events::{KeyKind, Kind, ObjectKind, Outcome, Plane, arn, catalogue, dynamodb, keys, partiql};
use crate::ledger::shape::{RawShape, Trust};
use crate::records::Record;
use crate::records::scan::Json;

/// What was done to an item, or tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Read.
    Read,
    /// Written.
    Wrote,
    /// Deleted.
    Deleted,
    /// A condition on it was checked.
    Checked,
}

impl Act {
    /// What was done, for people.
    pub fn word(self) -> &'static str {
        match self {
            Act::Read => "read",
            Act::Wrote => "wrote",
            Act::Deleted => "deleted",
            Act::Checked => "checked a condition on it",
        }
    }

    fn of(kind: Kind) -> Act {
        match kind {
            Kind::Write => Act::Wrote,
            Kind::Delete => Act::Deleted,
            Kind::Read | Kind::Admin | Kind::Describe => Act::Read,
        }
    }
}

/// The item was named by its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// What was done or tried.
    pub acts: BTreeSet<Act>,
    /// Items of the key asked for that it names: more than one only where the key asked for leaves attributes open.
    pub items: u64,
    /// What else the record says of it.
    pub notes: BTreeSet<&'static str>,
}

/// Why an access may have touched the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A scan.
    Scan,
    /// A query whose condition takes it in.
    Query,
    /// A query for this very key with a filter.
    Filtered,
    /// A query by an index.
    Index,
    /// A statement whose condition takes it in.
    Statement,
    /// A statement for this very key with further conditions.
    FurtherConditions,
    /// A statement that shows no key.
    HiddenStatement,
    /// Reading the table's stream.
    Stream,
    /// A copy of the table, or into it.
    Copy,
    /// Deletion of the table.
    TableDeleted,
    /// The record names no key for what it did.
    NoKey,
    /// The record's parameters were left out.
    LeftOut,
    /// The key is hidden.
    HiddenKey,
    /// The key is spelt differently.
    Spelling,
    /// The key's attribute is not known.
    Unnamed,
    /// Whether it took effect is not told.
    Outcome,
    /// A failed condition may have returned it.
    ReturnedOnFailure,
    /// The record stands in an altered file.
    Altered,
    /// The record does not state its table.
    NoTable,
    /// The record could not be read again.
    Unread,
    /// An operation that this version does not know.
    Unknown,
}

impl Why {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Why::Scan => "scan",
            Why::Query => "query",
            Why::Filtered => "query-with-filter",
            Why::Index => "query-by-index",
            Why::Statement => "statement",
            Why::FurtherConditions => "statement-with-further-conditions",
            Why::HiddenStatement => "statement-hides-key",
            Why::Stream => "stream",
            Why::Copy => "copy-of-table",
            Why::TableDeleted => "table-deleted",
            Why::NoKey => "key-not-recorded",
            Why::LeftOut => "parameters-left-out",
            Why::HiddenKey => "key-hidden",
            Why::Spelling => "key-spelt-differently",
            Why::Unnamed => "attribute-not-known",
            Why::Outcome => "effect-not-told",
            Why::ReturnedOnFailure => "returned-on-failure",
            Why::Altered => "altered-file",
            Why::NoTable => "table-not-stated",
            Why::Unread => "not-read-again",
            Why::Unknown => "unknown-operation",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Why::Scan => "a scan reads the table page by page; the record names no item",
            Why::Query => {
                "a query whose condition takes in this item; the record does not list what came back"
            }
            Why::Filtered => {
                "a query for this very key with a filter, which decides whether the item came back"
            }
            Why::Index => "a query by an index; the record does not list what came back",
            Why::Statement => {
                "a statement without this item's whole key; the record does not list what it reached"
            }
            Why::FurtherConditions => {
                "a SELECT for this very key with further conditions, which decide whether the item came back"
            }
            Why::HiddenStatement => "a statement whose key values the log hides",
            Why::Stream => {
                "reads the table's stream, which carries the changes of its items; the record names none"
            }
            Why::Copy => "a copy of the table, or into it, takes all items with it; the record names none",
            Why::TableDeleted => "deleted the table with whatever items it held then",
            Why::NoKey => "the record does not state the key of what it touched",
            Why::LeftOut => "the record's parameters were left out, as over 100 KB",
            Why::HiddenKey => "the log hides the key",
            Why::Spelling => {
                "the same number in another spelling: it is this item if the attribute is a number (state the type: {\"N\": \"…\"})"
            }
            Why::Unnamed => {
                "the value fits, but which attribute was asked for is not known (write NAME=VALUE)"
            }
            Why::Outcome => "names this item, but the record leaves open whether the call took effect",
            Why::ReturnedOnFailure => {
                "a condition on this item failed and the call asked for the item in that case (ALL_OLD)"
            }
            Why::Altered => "names this item, but its file is not what was delivered, so it proves nothing",
            Why::NoTable => "item access that does not state its table",
            Why::Unread => "the record could not be read again to tell its items apart",
            Why::Unknown => "an operation on the table's data that this version does not know",
        }
    }
}

impl From<Doubt> for Why {
    fn from(doubt: Doubt) -> Why {
        match doubt {
            Doubt::Hidden => Why::HiddenKey,
            Doubt::Spelling => Why::Spelling,
            Doubt::Unnamed => Why::Unnamed,
        }
    }
}

/// Why an access has nothing to do with the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Off {
    /// It names other items.
    OtherItems,
    /// It reaches no items: settings, descriptions.
    NoItems,
    /// It failed, and would have reached items at large.
    Failed,
}

/// What an access says of the item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearing {
    /// Named it and succeeded.
    Touched(Named),
    /// Named it and did not succeed.
    Tried(Named),
    /// May have touched it.
    May(Why),
    /// Has nothing to do with it.
    Off(Off),
    /// The record must be read.
    Ask,
}

/// How a call came out, as far as effects on items go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Done,
    None,
    Unknown,
}

/// Errors of transactions: nothing was written.
const ROLLED_BACK: [&str; 4] =
    ["TransactionCanceled", "TransactionConflict", "TransactionInProgress", "Idempotent"];

fn effect(raw: &RawShape, error: &str) -> Effect {
    let writes = matches!(raw.kind, Kind::Write | Kind::Delete);
    match raw.outcome {
        Outcome::Done if raw.has_outcome => Effect::Done,
        Outcome::Done => Effect::Unknown,
        Outcome::Other if writes && !ROLLED_BACK.iter().any(|start| error.starts_with(start)) => {
            Effect::Unknown
        }
        _ => Effect::None,
    }
}

/// The operation and error of an access, as texts.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// `eventSource`.
    pub source: &'a str,
    /// `eventName`.
    pub operation: &'a str,
    /// Error text.
    pub error: &'a str,
    /// The key text of its row.
    pub key: &'a str,
}

/// What the row alone says of an access to the table.
pub fn first_look(raw: &RawShape, words: Words<'_>, asked: &Asked) -> Bearing {
    if raw.plane == Plane::Management {
        return management(raw, words);
    }
    let effect = effect(raw, words.error);
    let open = |why| if effect == Effect::None { Bearing::Off(Off::Failed) } else { Bearing::May(why) };
    match (words.operation, raw.key_kind) {
        ("GetShardIterator", _) => Bearing::Off(Off::NoItems),
        ("GetRecords", _) => open(Why::Stream),
        (_, KeyKind::LeftOut) => open(Why::LeftOut),
        ("Scan", _) => open(Why::Scan),
        ("Query" | "SearchVectors", KeyKind::Partial) if excluded(words.key, asked) => {
            Bearing::Off(Off::OtherItems)
        }
        ("Query" | "SearchVectors", _) if effect == Effect::None => Bearing::Off(Off::Failed),
        (_, KeyKind::Exact) => named_in_row(words.key, asked),
        (_, KeyKind::None) if effect == Effect::None => Bearing::Off(Off::Failed),
        _ => Bearing::Ask,
    }
}

fn management(raw: &RawShape, words: Words<'_>) -> Bearing {
    let does = catalogue::find(words.source, words.operation).map_or("", |entry| entry.does);
    let copies = raw.copies || matches!(does, "copy_out" | "copy_in");
    match raw.outcome {
        _ if !copies && words.operation != "DeleteTable" => Bearing::Off(Off::NoItems),
        Outcome::Done | Outcome::Other if copies => Bearing::May(Why::Copy),
        Outcome::Done | Outcome::Other => Bearing::May(Why::TableDeleted),
        _ => Bearing::Off(Off::Failed),
    }
}

/// A query for other items: its one attribute, or all of its attributes, have other values. One of them must be equal.
fn excluded(key: &str, asked: &Asked) -> bool {
    let Ok((object, _)) = Json::first(key, 0) else { return false };
    let mut members = object.members().map_while(Result::ok).peekable();
    let other = |(name, value): (&str, Json<'_>)| {
        let recorded = value.plain().unwrap_or(Cow::Borrowed(value.raw()));
        asked
            .parts
            .iter()
            .any(|(known, value)| known.as_deref() == Some(name) && value.is(&recorded) == Same::No)
    };
    members.peek().is_some() && members.all(other)
}

fn named_in_row(key: &str, asked: &Asked) -> Bearing {
    let other = keys::split(key).into_iter().all(|key| asked.is(key) == Same::No);
    if other { Bearing::Off(Off::OtherItems) } else { Bearing::Ask }
}

/// What an access says whose record cannot be read again.
pub fn without_record(raw: &RawShape, words: Words<'_>, asked: &Asked) -> Bearing {
    let single = matches!(words.operation, "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem");
    match (single && raw.key_kind == KeyKind::Exact).then(|| asked.is(words.key)) {
        Some(Same::Yes) => {
            let named = Named { acts: BTreeSet::from([Act::of(raw.kind)]), items: 1, ..Named::default() };
            weighed(raw, words.error, named)
        }
        Some(Same::Perhaps(doubt)) => Bearing::May(doubt.into()),
        Some(Same::No) => Bearing::Off(Off::OtherItems),
        None if effect(raw, words.error) == Effect::None => Bearing::Off(Off::Failed),
        None => Bearing::May(Why::Unread),
    }
}

/// What the record says of an access to the table.
pub fn closer_look(
    record: &Record<'_>,
    raw: &RawShape,
    words: Words<'_>,
    table: &scope::Table,
    asked: &Asked,
) -> Bearing {
    let request = record.request.filter(|request| request.is_object());
    let Some(request) = request else { return without_record(raw, words, asked) };
    let mut seen = Seen::default();
    match words.operation {
        "Query" | "SearchVectors" => return query(request, raw, words, asked),
        "BatchGetItem" | "TransactGetItems" | "BatchWriteItem" | "TransactWriteItems" => {
            seen.batch = words.operation.starts_with("Batch");
            dynamodb::each_member(request, &mut |name, verb, item| {
                if is_table(&name, table)
                    && let Some(item) = item
                {
                    seen.member(act(verb, raw.kind), item, asked);
                }
            });
        }
        "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction" => {
            seen.batch = words.operation == "BatchExecuteStatement";
            dynamodb::each_statement(request, &mut |text| seen.statement(&text, table, asked));
        }
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" => {
            seen.member(Act::of(raw.kind), request, asked);
        }
        _ => {
            let off = effect(raw, words.error) == Effect::None;
            return if off { Bearing::Off(Off::Failed) } else { Bearing::May(Why::Unknown) };
        }
    }
    seen.bearing(raw, words.error)
}

/// Whether a request names this table, by name or ARN.
fn is_table(name: &str, table: &scope::Table) -> bool {
    match arn::table(name) {
        Some((region, account, name)) => {
            (region, account, name) == (&*table.region, &*table.account, &*table.name)
        }
        None => name == table.name,
    }
}

fn act(verb: Option<&str>, kind: Kind) -> Act {
    match verb {
        Some(verb) if verb.eq_ignore_ascii_case("conditioncheck") => Act::Checked,
        _ => Act::of(verb.and_then(dynamodb::verb_kind).unwrap_or(kind)),
    }
}

fn query(request: Json<'_>, raw: &RawShape, words: Words<'_>, asked: &Asked) -> Bearing {
    let has = |name: &str| request.get_folded(name).is_some_and(|value| !value.is_null());
    let by_index = has("indexName");
    match Condition::of_query(request).covers(asked) {
        Covers::Not => Bearing::Off(Off::OtherItems),
        _ if effect(raw, words.error) == Effect::None => Bearing::Off(Off::Failed),
        _ if by_index => Bearing::May(Why::Index),
        Covers::Exactly if has("filterExpression") || has("queryFilter") => Bearing::May(Why::Filtered),
        Covers::Exactly => {
            let mut named = Named { acts: BTreeSet::from([Act::Read]), items: 1, ..Named::default() };
            named.notes.insert("a query for this very key");
            weighed(raw, words.error, named)
        }
        Covers::Perhaps(doubt) => Bearing::May(doubt.into()),
        Covers::WithMore | Covers::Openly => Bearing::May(Why::Query),
    }
}

/// What the members or statements of one call say of the item.
#[derive(Default)]
struct Seen {
    named: Named,
    doubts: BTreeSet<Why>,
    batch: bool,
    returned_on_failure: bool,
}

impl Seen {
    /// A member of a batch or transaction, or a whole request for one item.
    fn member(&mut self, act: Act, item: Json<'_>, asked: &Asked) {
        let single = item.get_folded("key").filter(|key| key.is_object());
        let list = item.get_folded("keys");
        let keys: Vec<Json<'_>> = single
            .into_iter()
            .chain(list.into_iter().flat_map(|list| list.items().map_while(Result::ok)))
            .collect();
        if keys.is_empty() {
            self.doubts.insert(Why::NoKey);
        }
        for key in keys {
            match asked.is(&keys::canonical(key)) {
                Same::Yes => self.found(act, item),
                Same::Perhaps(doubt) => {
                    self.doubts.insert(doubt.into());
                }
                Same::No => {}
            }
        }
    }

    fn found(&mut self, act: Act, item: Json<'_>) {
        self.named.acts.insert(act);
        self.named.items += 1;
        let asks = |name: &str| {
            let word = item.get_folded(name).and_then(Json::text);
            word.is_some_and(|word| !matches!(&*word, "" | "NONE"))
        };
        if asks("returnValues") {
            self.named.notes.insert("the call asked for values of the item in return");
        }
        self.returned_on_failure |= asks("returnValuesOnConditionCheckFailure");
    }

    fn statement(&mut self, text: &str, table: &scope::Table, asked: &Asked) {
        let Some(statement) = partiql::read(text) else {
            self.doubts.insert(Why::HiddenStatement);
            return;
        };
        if !is_table(statement.table, table) {
            return;
        }
        let verb = text.trim_start().get(..6).unwrap_or("").to_ascii_uppercase();
        if verb == "INSERT" {
            self.doubts.insert(Why::HiddenStatement);
            return;
        }
        let act = if verb == "EXISTS" { Act::Checked } else { Act::of(statement.kind) };
        let reads = statement.kind == Kind::Read;
        let by_index = reads && text.contains(&format!("{}\".", statement.table));
        match Condition::of_statement(statement.condition).covers(asked) {
            Covers::Not => {}
            _ if by_index => {
                self.doubts.insert(Why::Statement);
            }
            Covers::WithMore if act == Act::Read => {
                self.doubts.insert(Why::FurtherConditions);
            }
            Covers::Exactly | Covers::WithMore => {
                self.named.acts.insert(act);
                self.named.items += 1;
            }
            Covers::Perhaps(doubt) => {
                self.doubts.insert(doubt.into());
            }
            Covers::Openly => {
                self.doubts.insert(Why::Statement);
            }
        }
    }

    fn bearing(mut self, raw: &RawShape, error: &str) -> Bearing {
        if self.batch {
            self.named.notes.insert("a batch may leave single items undone; the record does not say which");
        }
        match (self.named.items, self.doubts.first()) {
            (0, None) => Bearing::Off(Off::OtherItems),
            (0, Some(_)) if effect(raw, error) == Effect::None => Bearing::Off(Off::Failed),
            (0, Some(why)) => Bearing::May(*why),
            _ if raw.outcome == Outcome::ConditionFailed && self.returned_on_failure => {
                Bearing::May(Why::ReturnedOnFailure)
            }
            _ => weighed(raw, error, self.named),
        }
    }
}

/// A call that names the item, by how it came out and by the trust of its file.
fn weighed(raw: &RawShape, error: &str, named: Named) -> Bearing {
    match effect(raw, error) {
        Effect::None => Bearing::Tried(named),
        _ if raw.trust == Trust::Altered => Bearing::May(Why::Altered),
        Effect::Done => Bearing::Touched(named),
        Effect::Unknown => Bearing::May(Why::Outcome),
    }
}

/// Whether an access is one to items whose table is not stated.
pub fn is_nameless(raw: &RawShape, name: &str) -> bool {
    raw.object_kind == ObjectKind::Table && raw.plane != Plane::Management && name.is_empty()
}

/// What an access says that does not state its table.
pub fn nameless(raw: &RawShape, error: &str) -> Bearing {
    match effect(raw, error) {
        Effect::None => Bearing::Off(Off::Failed),
        _ => Bearing::May(Why::NoTable),
    }
}

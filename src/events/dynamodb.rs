//! DynamoDB and DAX events: which tables, which keys, what was done to each (cloudtrail-records §6.2, §6.3).

use std::borrow::Cow;

use super::{Access, Class, Event, KeyKind, Kind, Object, ObjectKind, Outcome, Plane, arn, keys, partiql};
use crate::records::Record;
use crate::records::scan::Json;

/// The accesses of one event, one a table; at least one, with an empty name when no table is stated.
/// The second part is false when something that happened could not be told.
pub fn accesses<'a>(record: &Record<'a>, event: &Event<'a>) -> (Vec<Access<'a>>, bool) {
    let mut draft = Draft { event, found: Vec::new(), left_out: left_out(record, event), unread: false };
    let request = record.request.filter(|request| request.is_object());
    match &*event.operation {
        "BatchGetItem" | "TransactGetItems" | "BatchWriteItem" | "TransactWriteItems" => draft.many(request),
        "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction" => draft.statements(request),
        "GetRecords" | "GetShardIterator" => draft.stream(record, request),
        _ => draft.single(record, request),
    }
    draft.add_resources(record);
    draft.fall_back(record);
    let happened = matches!(event.outcome, Outcome::Done | Outcome::ConditionFailed);
    let data = event.class == Class::DataAccess;
    let understood = !(happened && data && (draft.unread || draft.found.is_empty()));
    (draft.finish(), understood)
}

/// Whether a management call names by its ARN something that leads to no table.
pub fn names_another(record: &Record<'_>, event: &Event<'_>) -> bool {
    let request = record.request.filter(|_| event.class == Class::TableManagement);
    let named = |member| request?.get_folded(member)?.text().filter(|text| text.starts_with("arn:"));
    ["resourceArn", "bulkOperationArn", "backupArn"].into_iter().any(|member| named(member).is_some())
}

/// Whether a read takes an open set as it comes: a scan, a query or `SELECT *` without limit and choice of attributes. A
/// read whose parameters were left out for their size states neither.
pub fn reads_widely(record: &Record<'_>, event: &Event<'_>) -> bool {
    if !matches!(&*event.operation, "Scan" | "Query" | "ExecuteStatement") {
        return false;
    }
    let Some(request) = record.request.filter(|request| request.is_object()) else {
        return matches!(event.outcome, Outcome::Done) && event.operation != "ExecuteStatement";
    };
    let mut bounded = false;
    for (name, value) in request.members().map_while(Result::ok) {
        bounded |= match name {
            "limit"
            | "Limit"
            | "projectionExpression"
            | "ProjectionExpression"
            | "attributesToGet"
            | "AttributesToGet" => true,
            "select" | "Select" => matches!(value.text().as_deref(), Some("COUNT" | "SPECIFIC_ATTRIBUTES")),
            "statement" | "Statement" => !value.text().is_some_and(|text| partiql::selects_all(&text)),
            _ => false,
        };
    }
    !bounded
}

/// A data event that succeeded always has parameters: without them they were over 100 KB and left out.
fn left_out(record: &Record<'_>, event: &Event<'_>) -> bool {
    let told = record.request.is_some_and(Json::is_object);
    !told && event.outcome != Outcome::Refused && event.plane == Plane::Data
}

struct Draft<'e, 'a> {
    event: &'e Event<'a>,
    found: Vec<Found<'a>>,
    left_out: bool,
    /// A statement could not be read.
    unread: bool,
}

/// What is known of one table so far.
struct Found<'a> {
    account: Cow<'a, str>,
    region: Cow<'a, str>,
    name: Cow<'a, str>,
    kinds: Vec<Kind>,
    keys: Vec<Cow<'a, str>>,
    key_kind: Option<KeyKind>,
    /// No ARN states its owner and region: they are taken from the record.
    guessed: bool,
}

impl<'a> Draft<'_, 'a> {
    /// The table of a name or ARN, noted once.
    fn table(&mut self, name: Cow<'a, str>) -> &mut Found<'a> {
        let guessed = arn::table(&name).is_none();
        let (region, account, name) = match name {
            Cow::Borrowed(text) => match arn::table(text) {
                Some((region, account, table)) => {
                    (Cow::Borrowed(region), Cow::Borrowed(account), Cow::Borrowed(table))
                }
                None => (self.event.region.clone(), self.event.account.clone(), Cow::Borrowed(text)),
            },
            Cow::Owned(text) => match arn::table(&text) {
                Some((region, account, table)) => (
                    Cow::Owned(region.to_owned()),
                    Cow::Owned(account.to_owned()),
                    Cow::Owned(table.to_owned()),
                ),
                None => (self.event.region.clone(), self.event.account.clone(), Cow::Owned(text)),
            },
        };
        let known = self
            .found
            .iter()
            .position(|found| found.name == name && found.region == region && found.account == account);
        let at = known.unwrap_or_else(|| {
            self.found.push(Found {
                account,
                region,
                name,
                kinds: Vec::new(),
                keys: Vec::new(),
                key_kind: None,
                guessed,
            });
            self.found.len() - 1
        });
        let found = &mut self.found[at];
        found.guessed &= guessed;
        found
    }

    /// Operations on one table.
    fn single(&mut self, record: &Record<'a>, request: Option<Json<'a>>) {
        let Some(request) = request else { return };
        let mut key = None;
        let mut condition = None;
        let mut names: Vec<Cow<'a, str>> = Vec::new();
        for (member, value) in request.members().map_while(Result::ok) {
            match member {
                "key" | "Key" => key = Some(value),
                "keyConditionExpression" | "KeyConditionExpression" | "keyConditions" => {
                    condition = Some(value)
                }
                "tableName" | "TableName" => names.extend(value.text()),
                "tableArn" | "sourceTableArn" | "sourceTableName" | "targetTableName" | "globalTableName"
                | "backupArn" | "exportArn" | "importArn" | "bulkOperationArn" | "resourceArn"
                | "streamArn" => {
                    names.extend(
                        value.text().filter(|text| !text.starts_with("arn:") || arn::table(text).is_some()),
                    );
                }
                "tableCreationParameters" => names.extend(value.get_folded("tableName").and_then(Json::text)),
                _ => {}
            }
        }
        let by_resource = names.is_empty().then(|| resource_tables(record).next()).flatten();
        for name in names.into_iter().chain(by_resource) {
            let is_query = matches!(&*self.event.operation, "Query" | "SearchVectors");
            self.table(name).single_key(key, condition, is_query);
        }
    }

    /// Batches and transactions.
    fn many(&mut self, request: Option<Json<'a>>) {
        let Some(request) = request else { return };
        let default = self.default_kind();
        each_member(request, &mut |table, verb, item| {
            let found = self.table(table);
            if let Some(item) = item {
                found.item(verb.and_then(verb_kind).unwrap_or(default), item);
            }
        });
    }

    fn default_kind(&self) -> Kind {
        match &*self.event.operation {
            "BatchGetItem" | "TransactGetItems" => Kind::Read,
            _ => self.event.entry.map_or(Kind::Write, |entry| entry.kind),
        }
    }

    fn statements(&mut self, request: Option<Json<'a>>) {
        let Some(request) = request else { return };
        each_statement(request, &mut |text| match text {
            Cow::Borrowed(text) => self.statement(text, Cow::Borrowed),
            Cow::Owned(text) => self.statement(&text, |part| Cow::Owned(part.to_owned())),
        });
    }

    fn statement<'t>(&mut self, text: &'t str, keep: impl Fn(&'t str) -> Cow<'a, str>) {
        let Some(statement) = partiql::read(text) else {
            self.unread = true;
            return;
        };
        let found = self.table(keep(statement.table));
        found.kinds.push(statement.kind);
        if !statement.condition.is_empty() {
            found.keys.push(keep(statement.condition));
            found.key_kind = Some(KeyKind::Condition);
        }
    }

    /// A stream leads to its table: by its ARN, else by the shard iterator `arn…|1|opaque`.
    fn stream(&mut self, record: &Record<'a>, request: Option<Json<'a>>) {
        let stated =
            ["streamArn", "shardIterator"].into_iter().filter_map(|name| request?.get_folded(name)?.text());
        let named = stated.chain(resource_tables(record)).find(|text| arn::table(text).is_some());
        if let Some(name) = named {
            self.table(name).kinds.push(Kind::Read);
        }
    }

    /// Tables that only `resources[]` names (a restore lists source and target).
    fn add_resources(&mut self, record: &Record<'a>) {
        for name in resource_tables(record) {
            self.table(name);
        }
        // A resource gives the true owner of a table that the request gave by bare name.
        let event = self.event;
        let owned: Vec<(Cow<'a, str>, Cow<'a, str>, Cow<'a, str>)> = self
            .found
            .iter()
            .filter(|found| found.account != event.account || found.region != event.region)
            .map(|found| (found.name.clone(), found.account.clone(), found.region.clone()))
            .collect();
        for (name, account, region) in owned {
            self.merge_guess(&name, &account, &region);
        }
    }

    /// Folds an entry guessed from a bare name into the one an ARN proves.
    fn merge_guess(&mut self, name: &str, account: &str, region: &str) {
        let guess = self.found.iter().position(|found| {
            let here = found.account == self.event.account && found.region == self.event.region;
            found.guessed && found.name == name && here
        });
        let proven =
            |found: &Found<'_>| found.name == name && found.account == account && found.region == region;
        let same_name = self.found.iter().filter(|found| found.name == name).count();
        if let (Some(guess), 2) = (guess, same_name) {
            let guessed = self.found.remove(guess);
            if let Some(found) = self.found.iter_mut().find(|found| proven(found)) {
                found.kinds.extend(guessed.kinds);
                found.keys.extend(guessed.keys);
                found.key_kind = found.key_kind.or(guessed.key_kind);
            }
        }
    }

    /// Nothing yet: the answer or the error message may name the table.
    fn fall_back(&mut self, record: &Record<'a>) {
        if !self.found.is_empty() {
            return;
        }
        let described = record.response.and_then(|response| {
            let description = response.get_folded("tableDescription")?;
            description.get_folded("tableArn").or_else(|| description.get_folded("tableName"))?.text()
        });
        let refused = || {
            let message = record.error_message.and_then(Json::text)?;
            message
                .split([' ', '"'])
                .find(|word| arn::table(word).is_some())
                .map(|word| Cow::Owned(word.to_owned()))
        };
        if let Some(name) = described.or_else(refused) {
            self.table(name);
        }
    }

    fn finish(self) -> Vec<Access<'a>> {
        let kind = self.event.entry.map_or_else(|| unknown_kind(self.event), |entry| entry.kind);
        let (event, left_out) = (self.event, self.left_out);
        let names_tables = event.entry.is_none_or(|entry| entry.object_kind == ObjectKind::Table);
        if self.found.is_empty() {
            let object_kind = if event.plane != Plane::Management && names_tables {
                ObjectKind::Table
            } else {
                ObjectKind::None
            };
            let object = Object {
                kind: object_kind,
                account: event.account.clone(),
                region: event.region.clone(),
                name: Cow::Borrowed(""),
            };
            let key_kind = if left_out { KeyKind::LeftOut } else { KeyKind::None };
            return vec![Access { object, kind, key: Cow::Borrowed(""), key_kind }];
        }
        self.found.into_iter().map(|found| found.access(kind, left_out)).collect()
    }
}

impl<'a> Found<'a> {
    fn single_key(&mut self, key: Option<Json<'a>>, condition: Option<Json<'a>>, is_query: bool) {
        let text = key.map(keys::canonical).filter(|text| !text.is_empty());
        match (text, condition) {
            (Some(text), _) => {
                self.keys.push(text);
                self.key_kind = Some(if is_query { KeyKind::Partial } else { KeyKind::Exact });
            }
            (None, Some(condition)) => {
                self.keys.push(condition.text().unwrap_or(Cow::Borrowed(condition.raw())));
                self.key_kind = Some(KeyKind::Condition);
            }
            (None, None) => {}
        }
    }

    /// One member of a batch or transaction.
    fn item(&mut self, kind: Kind, item: Json<'a>) {
        self.kinds.push(kind);
        let single = item.get_folded("key").map(keys::canonical);
        let list = item
            .get_folded("keys")
            .into_iter()
            .flat_map(|list| list.items().map_while(Result::ok))
            .map(keys::canonical);
        let before = self.keys.len();
        self.keys.extend(single.into_iter().chain(list).filter(|key| !key.is_empty()));
        let exact = self.keys.len() > before && !matches!(self.key_kind, Some(KeyKind::Partial));
        if exact && (before > 0 || self.kinds.len() == 1) {
            self.key_kind = Some(KeyKind::Exact);
        } else if !self.keys.is_empty() {
            self.key_kind = Some(KeyKind::Partial);
        }
    }

    /// What was done to the table as a whole: writes outweigh deletes, deletes outweigh reads.
    fn access(self, default: Kind, left_out: bool) -> Access<'a> {
        let kind = if self.kinds.contains(&Kind::Write) {
            Kind::Write
        } else if self.kinds.contains(&Kind::Delete) {
            Kind::Delete
        } else {
            self.kinds.first().copied().unwrap_or(default)
        };
        let key_kind = match self.key_kind {
            Some(kind) => kind,
            None if left_out => KeyKind::LeftOut,
            None => KeyKind::None,
        };
        let object =
            Object { kind: ObjectKind::Table, account: self.account, region: self.region, name: self.name };
        Access { object, kind, key: keys::join(self.keys), key_kind }
    }
}

/// Takes the table of a member, its verb where one is stated, and its part of the request where there is one.
pub type SeeMember<'s, 'a> = &'s mut dyn FnMut(Cow<'a, str>, Option<&str>, Option<Json<'a>>);

/// Calls `see` with every member of a batch or transaction, in the logged list form and in the form of the API: its table,
/// its verb where one is stated, and its part of the request; without that part where a table is named and no item of it.
pub fn each_member<'a>(request: Json<'a>, see: SeeMember<'_, 'a>) {
    for name in ["requestItems", "transactItems"] {
        let Some(items) = request.get_folded(name) else {
            continue;
        };
        for item in items.items().map_while(Result::ok) {
            each_listed(item, see);
        }
        for (table, value) in items.members().map_while(Result::ok) {
            let item = value.is_object().then_some(value);
            see(Cow::Borrowed(table), None, item);
            for request in value.items().map_while(Result::ok) {
                for (verb, inner) in request.members().map_while(Result::ok) {
                    see(Cow::Borrowed(table), Some(verb), Some(inner));
                }
            }
        }
    }
}

/// `{operation, tableName, key}` or `{put: {tableName, …}}`.
fn each_listed<'a>(item: Json<'a>, see: SeeMember<'_, 'a>) {
    if let Some(table) = item.get_folded("tableName").and_then(Json::text) {
        let verb = item.get_folded("operation").and_then(Json::text);
        return see(table, verb.as_deref(), Some(item));
    }
    for (verb, inner) in item.members().map_while(Result::ok) {
        if let Some(table) = inner.get_folded("tableName").and_then(Json::text) {
            see(table, Some(verb), Some(inner));
        }
    }
}

/// Calls `see` with every statement of a PartiQL call.
pub fn each_statement<'a>(request: Json<'a>, see: &mut dyn FnMut(Cow<'a, str>)) {
    let single = request.get_folded("statement");
    let lists = ["requestItems", "transactStatements", "statements"]
        .into_iter()
        .filter_map(|name| request.get_folded(name));
    let listed = lists
        .flat_map(|list| list.items().map_while(Result::ok))
        .filter_map(|item| item.get_folded("statement"));
    single.into_iter().chain(listed).filter_map(Json::text).for_each(see);
}

/// What the verb of a member does to its item; the words are those of the log and of the API.
pub fn verb_kind(verb: &str) -> Option<Kind> {
    match verb.to_ascii_lowercase().as_str() {
        "get" | "conditioncheck" => Some(Kind::Read),
        "put" | "update" | "putrequest" => Some(Kind::Write),
        "delete" | "deleterequest" => Some(Kind::Delete),
        _ => None,
    }
}

/// An operation the catalogue does not know: what begins like a read of settings is one, everything else counts as
/// the heavier case.
fn unknown_kind(event: &Event<'_>) -> Kind {
    let describes = ["Describe", "List", "Get"].iter().any(|start| event.operation.starts_with(start));
    match (event.plane, describes) {
        (Plane::Management, true) => Kind::Describe,
        (Plane::Management, false) => Kind::Admin,
        (_, true) => Kind::Read,
        (_, false) => Kind::Write,
    }
}

/// ARNs of tables in `resources[]`.
fn resource_tables<'a>(record: &Record<'a>) -> impl Iterator<Item = Cow<'a, str>> {
    let items = record.resources.into_iter().flat_map(|list| list.items().map_while(Result::ok));
    items.filter_map(|item| item.get("ARN")?.text()).filter(|text| arn::table(text).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events;

    /// (account/region/name, kind, key, key kind) of each access.
    fn told(operation: &str, rest: &str) -> Vec<(String, &'static str, String, &'static str)> {
        let text = format!(
            r#"{{"eventVersion":"1.09","eventSource":"dynamodb.amazonaws.com","eventName":"{operation}","awsRegion":"eu-west-1","recipientAccountId":"111122223333",{rest}}}"#
        );
        let record = Record::of(Json::first(&text, 0).unwrap().0).unwrap();
        let event = events::understand(&record);
        let tell = |access: &Access<'_>| {
            let object = &access.object;
            let place = format!("{}/{}/{}", object.account, object.region, object.name);
            (place, access.kind.word(), access.key.to_string(), access.key_kind.word())
        };
        event.accesses.iter().map(tell).collect()
    }

    fn row(
        place: &str,
        kind: &'static str,
        key: &str,
        key_kind: &'static str,
    ) -> (String, &'static str, String, &'static str) {
        (place.to_owned(), kind, key.to_owned(), key_kind)
    }

    const HOME: &str = "111122223333/eu-west-1/";

    #[test]
    fn single_item_operations() {
        let key = r#""requestParameters":{"tableName":"cards","key":{"pk":"1"}}"#;
        assert_eq!(told("GetItem", key), [row(&format!("{HOME}cards"), "read", r#"{"pk":"1"}"#, "exact")]);
        assert_eq!(
            told("DeleteItem", key),
            [row(&format!("{HOME}cards"), "delete", r#"{"pk":"1"}"#, "exact")]
        );
        assert_eq!(told("Query", key), [row(&format!("{HOME}cards"), "read", r#"{"pk":"1"}"#, "partial")]);
        let scan = r#""requestParameters":{"tableName":"cards","limit":5}"#;
        assert_eq!(told("Scan", scan), [row(&format!("{HOME}cards"), "read", "", "none")]);
        let condition = r#""requestParameters":{"tableName":"cards","keyConditionExpression":"pk = :v"}"#;
        assert_eq!(told("Query", condition), [row(&format!("{HOME}cards"), "read", "pk = :v", "condition")]);
    }

    #[test]
    fn owner_of_a_table_comes_from_the_arn() {
        let by_arn = r#""requestParameters":{"tableName":"arn:aws:dynamodb:us-east-1:444455556666:table/t"}"#;
        assert_eq!(told("Scan", by_arn), [row("444455556666/us-east-1/t", "read", "", "none")]);
        let by_resource = r#""requestParameters":{"tableName":"t","key":{"a":"b"}},"resources":[{"ARN":"arn:aws:dynamodb:us-east-1:444455556666:table/t"}]"#;
        assert_eq!(
            told("GetItem", by_resource),
            [row("444455556666/us-east-1/t", "read", r#"{"a":"b"}"#, "exact")]
        );
    }

    #[test]
    fn transactions_and_batches_touch_each_table_once() {
        let list = r#""requestParameters":{"requestItems":[{"operation":"Put","tableName":"a","key":{"k":"1"}},{"operation":"Delete","TableName":"b","Key":{"k":"2"}},{"operation":"ConditionCheck","tableName":"c","key":{"k":"3"}},{"operation":"Delete","tableName":"a","key":{"k":"0"}}]}"#;
        assert_eq!(
            told("TransactWriteItems", list),
            [
                row(&format!("{HOME}a"), "write", r#"[{"k":"0"},{"k":"1"}]"#, "exact"),
                row(&format!("{HOME}b"), "delete", r#"{"k":"2"}"#, "exact"),
                row(&format!("{HOME}c"), "read", r#"{"k":"3"}"#, "exact"),
            ]
        );
        let api = r#""requestParameters":{"requestItems":{"a":{"keys":[{"k":"1"},{"k":"2"}]},"b":{"keys":[{"k":"1"}]}}}"#;
        assert_eq!(told("BatchGetItem", api).len(), 2);
        let writes = r#""requestParameters":{"requestItems":{"a":[{"deleteRequest":{"key":{"k":"1"}}}],"b":[{"putRequest":{"item":["k","v"]}}]}}"#;
        assert_eq!(
            told("BatchWriteItem", writes),
            [
                row(&format!("{HOME}a"), "delete", r#"{"k":"1"}"#, "exact"),
                row(&format!("{HOME}b"), "write", "", "none")
            ]
        );
        let transact = r#""requestParameters":{"transactItems":[{"get":{"tableName":"a","key":{"k":"1"}}}]}"#;
        assert_eq!(
            told("TransactGetItems", transact),
            [row(&format!("{HOME}a"), "read", r#"{"k":"1"}"#, "exact")]
        );
    }

    #[test]
    fn open_sets_without_limit_or_choice_are_wide() {
        let wide = |operation: &str, rest: &str| {
            let text = format!(
                r#"{{"eventVersion":"1.09","eventSource":"dynamodb.amazonaws.com","eventName":"{operation}",{rest}}}"#
            );
            let record = Record::of(Json::first(&text, 0).unwrap().0).unwrap();
            events::understand(&record).wide
        };
        let request = |inside: &str| format!(r#""requestParameters":{{"tableName":"t"{inside}}}"#);
        assert!(wide("Scan", &request("")) && wide("Query", &request(r#","key":{"a":"b"}"#)));
        assert!(wide("Scan", &request(r#","select":"ALL_ATTRIBUTES""#)));
        for bound in [
            r#","limit":5"#,
            r#","projectionExpression":"a""#,
            r#","select":"COUNT""#,
            r#","attributesToGet":["a"]"#,
        ] {
            assert!(!wide("Scan", &request(bound)), "{bound}");
        }
        assert!(!wide("GetItem", &request("")));
        let statement =
            |text: &str, more: &str| format!(r#""requestParameters":{{"statement":"{text}"{more}}}"#);
        assert!(wide("ExecuteStatement", &statement("select  * from t", "")));
        assert!(!wide("ExecuteStatement", &statement("SELECT a FROM t", "")));
        assert!(!wide("ExecuteStatement", &statement("SELECT * FROM t", r#","limit":5"#)));
        assert!(!wide("ExecuteStatement", &statement("DELETE FROM t WHERE k='*'", "")));
        assert!(wide("Query", r#""requestParameters":null"#));
        assert!(!wide("Scan", r#""errorCode":"AccessDenied","requestParameters":null"#));
        assert!(wide("CreateBackup", &request("")) && !wide("UpdateTable", &request("")));
    }

    #[test]
    fn statements_streams_and_refusals_name_their_table() {
        let select =
            r#""readOnly":false,"requestParameters":{"statement":"SELECT * FROM cards WHERE pk = '1'"}"#;
        assert_eq!(
            told("ExecuteStatement", select),
            [row(&format!("{HOME}cards"), "read", "pk = '1'", "condition")]
        );
        let batch = r#""requestParameters":{"requestItems":[{"statement":"DELETE FROM a WHERE k='1'"},{"statement":"SELECT * FROM b"}]}"#;
        assert_eq!(told("BatchExecuteStatement", batch).len(), 2);
        let stream = r#""requestParameters":{"shardIterator":"arn:aws:dynamodb:eu-west-1:111122223333:table/cards/stream/x|1|y"}"#;
        assert_eq!(told("GetRecords", stream), [row(&format!("{HOME}cards"), "read", "", "none")]);
        let refused = r#""errorCode":"AccessDenied","errorMessage":"not authorized to perform: dynamodb:Scan on resource: arn:aws:dynamodb:eu-west-1:111122223333:table/cards because","requestParameters":null"#;
        assert_eq!(told("Scan", refused), [row(&format!("{HOME}cards"), "read", "", "none")]);
        assert_eq!(told("PutItem", r#""requestParameters":null"#), [row(HOME, "write", "", "left-out")]);
    }
}

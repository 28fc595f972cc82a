//! What touched an item for certain, what may have, and what had nothing to do with it.

use serde_json::{Value, json};

use super::logs::{self, answer, assert_sums, folder, lines, record, trace};

/// Parameters on the table `cards`.
fn on(parts: Value) -> Value {
    let mut request = json!({"tableName": "cards"});
    for (name, value) in parts.as_object().unwrap() {
        request[name] = value.clone();
    }
    json!({ "requestParameters": request })
}

fn keyed(value: &str) -> Value {
    on(json!({"key": {"pk": value}}))
}

fn with(mut parts: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        parts[name] = value.clone();
    }
    parts
}

fn request(parameters: Value) -> Value {
    json!({ "requestParameters": parameters })
}

/// The only table of an answer.
fn table(records: &[Value], args: &[&str]) -> Value {
    let folder = folder(records);
    let answer = answer(folder.path(), &[&["item", "cards"], args].concat());
    let table = answer["tables"][0].clone();
    assert_sums(&table);
    table
}

#[test]
fn calls_that_name_the_key_touched_it_and_others_did_not() {
    let table = table(
        &[
            record(1, "GetItem", keyed("a")),
            record(2, "PutItem", keyed("a")),
            record(3, "UpdateItem", keyed("a")),
            record(4, "DeleteItem", keyed("a")),
            record(5, "GetItem", keyed("b")),
            record(6, "GetItem", keyed("A")),
            record(7, "GetItem", keyed("aa")),
            record(
                8,
                "DescribeTable",
                with(keyed("a"), &json!({"managementEvent": true, "eventCategory": "Management"})),
            ),
            record(
                9,
                "ExecuteStatement",
                request(json!({"statement": "SELECT * FROM \"cards\" WHERE pk = 'a'"})),
            ),
            record(10, "ExecuteStatement", request(json!({"statement": "DELETE FROM cards WHERE pk='b'"}))),
            record(11, "Query", on(json!({"key": {"pk": "a"}, "keyConditionExpression": "pk = :v"}))),
            record(12, "Query", on(json!({"key": {"pk": "b"}, "keyConditionExpression": "pk = :v"}))),
        ],
        &["a"],
    );
    assert_eq!(
        lines(&table, "touched", "did"),
        ["1: read", "2: wrote", "3: wrote", "4: deleted", "9: read", "11: read"]
    );
    assert_eq!(lines(&table, "may", "why"), Vec::<String>::new());
    assert_eq!((&table["sums"]["other_items"], &table["sums"]["no_items"]), (&json!(5), &json!(1)));
    let line = &table["touched"][0];
    for (name, value) in [
        ("time", "2026-03-02T10:00:01Z"),
        ("operation", "GetItem"),
        ("outcome", "done"),
        ("person", "Alice Example"),
        ("grade", "A"),
        ("principal", "arn:aws:iam::111122223333:user/alice"),
        ("credential", "AKIA00000000000ALICE"),
        ("origin", "192.0.2.10"),
        ("user_agent", "aws-cli/2.15.0"),
        ("place", "F-000001#0"),
        ("trust", "unverified"),
    ] {
        assert_eq!(line[name], value, "{name}");
    }
}

#[test]
fn of_a_batch_only_what_was_done_to_this_item_is_told() {
    let listed = |items: Value| request(json!({ "requestItems": items }));
    let table = table(
        &[
            record(1, "GetItem", keyed("z")),
            record(
                2,
                "TransactWriteItems",
                listed(json!([
                    {"operation": "Put", "tableName": "cards", "key": {"pk": "b"}},
                    {"operation": "Delete", "TableName": "cards", "Key": {"pk": "a"}},
                ])),
            ),
            record(
                3,
                "TransactWriteItems",
                listed(json!([
                    {"operation": "ConditionCheck", "tableName": "cards", "key": {"pk": "a"}},
                    {"operation": "Put", "tableName": "cards", "key": {"pk": "c"}},
                ])),
            ),
            record(4, "BatchGetItem", listed(json!({"cards": {"keys": [{"pk": "b"}, {"pk": {"S": "a"}}]}}))),
            record(
                5,
                "BatchWriteItem",
                listed(
                    json!({"cards": [{"deleteRequest": {"key": {"pk": "b"}}}, {"putRequest": {"item": ["pk", "state"]}}]}),
                ),
            ),
            record(
                6,
                "BatchWriteItem",
                listed(
                    json!([{"operation": "Put", "tableName": "orders", "key": {"pk": "a"}}, {"operation": "Put", "tableName": "cards", "key": {"pk": "b"}}]),
                ),
            ),
            record(
                7,
                "BatchExecuteStatement",
                listed(
                    json!([{"statement": "UPDATE cards SET a=***(Redacted) WHERE pk='a' AND state='***(Redacted)'"}, {"statement": "DELETE FROM cards WHERE pk='b'"}]),
                ),
            ),
            record(
                8,
                "ExecuteTransaction",
                request(
                    json!({"transactStatements": [{"statement": "EXISTS(SELECT * FROM cards WHERE pk='a')"}, {"statement": "DELETE FROM cards WHERE pk='b'"}]}),
                ),
            ),
        ],
        &["pk=a"],
    );
    let told = lines(&table, "touched", "did");
    assert_eq!(
        told,
        ["2: deleted", "3: checked a condition on it", "4: read", "7: wrote", "8: checked a condition on it"]
    );
    assert_eq!(lines(&table, "may", "why"), ["5: key-not-recorded"]);
    assert!(table["touched"][2]["note"].as_str().unwrap().contains("undone"));
}

/// Records that may have touched the item `a`, besides one that tells the table's key and one that reaches no item.
fn open_records() -> Vec<Value> {
    let management = json!({"managementEvent": true, "eventCategory": "Management"});
    let by_arn =
        json!({"tableArn": "arn:aws:dynamodb:us-east-1:111122223333:table/cards", "s3Bucket": "out"});
    let iterator = "arn:aws:dynamodb:us-east-1:111122223333:table/cards/stream/2026|1|AAAA";
    vec![
        record(1, "GetItem", keyed("z")),
        record(2, "Scan", on(json!({"limit": 50}))),
        record(
            3,
            "Query",
            on(
                json!({"key": {"pk": "a"}, "keyConditionExpression": "pk = :v", "filterExpression": "x = :x"}),
            ),
        ),
        record(
            4,
            "Query",
            on(
                json!({"key": {"state": "open"}, "indexName": "by-state", "keyConditionExpression": "state = :v"}),
            ),
        ),
        record(5, "Query", on(json!({"keyConditionExpression": "pk = :v"}))),
        record(6, "ExecuteStatement", request(json!({"statement": "SELECT * FROM cards"}))),
        record(
            7,
            "ExecuteStatement",
            request(json!({"statement": "SELECT * FROM cards WHERE pk='a' AND state='***(Redacted)'"})),
        ),
        record(
            8,
            "ExecuteStatement",
            request(json!({"statement": "INSERT INTO cards VALUE {'pk':'***(Redacted)'}"})),
        ),
        record(9, "GetRecords", request(json!({"shardIterator": iterator}))),
        record(10, "ExportTableToPointInTime", with(request(by_arn), &management)),
        record(11, "DeleteTable", with(on(json!({})), &management)),
        record(12, "BatchGetItem", json!({"requestParameters": null})),
        record(13, "GetItem", on(json!({"key": {"pk": "HIDDEN_DUE_TO_SECURITY_REASONS"}}))),
        record(14, "GetItem", on(json!({"key": "HIDDEN_DUE_TO_SECURITY_REASONS"}))),
        record(15, "PutItem", with(keyed("a"), &json!({"errorCode": "InternalServerError"}))),
        record(
            17,
            "GetShardIterator",
            request(json!({"streamArn": "arn:aws:dynamodb:us-east-1:111122223333:table/cards/stream/2026"})),
        ),
    ]
}

#[test]
fn what_may_have_reached_it_says_why_it_only_may() {
    let table = table(&open_records(), &["a"]);
    assert_eq!(lines(&table, "touched", "did"), Vec::<String>::new());
    assert_eq!(
        lines(&table, "may", "why"),
        [
            "2: scan",
            "3: query-with-filter",
            "4: query-by-index",
            "5: query",
            "6: statement",
            "7: statement-with-further-conditions",
            "8: statement-hides-key",
            "9: stream",
            "10: copy-of-table",
            "11: table-deleted",
            "12: parameters-left-out",
            "13: key-hidden",
            "14: key-not-recorded",
            "15: effect-not-told",
        ]
    );
    let words = table["may"].as_array().unwrap().iter().map(|line| line["why_words"].as_str().unwrap());
    assert!(words.into_iter().all(|words| words.len() > 15), "each reason is told in words");
}

#[test]
fn a_call_that_failed_touched_nothing() {
    let refused = json!({"errorCode": "AccessDenied", "errorMessage": "not authorized"});
    let failed = json!({"errorCode": "ConditionalCheckFailedException"});
    let back = on(json!({"key": {"pk": "a"}, "returnValuesOnConditionCheckFailure": "ALL_OLD"}));
    let cancelled =
        json!({"errorCode": "TransactionCanceledException", "errorMessage": "[None, TransactionConflict]"});
    let items = json!([{"operation": "Put", "tableName": "cards", "key": {"pk": "a"}}]);
    let table = table(
        &[
            record(1, "GetItem", with(keyed("a"), &refused)),
            record(2, "PutItem", with(keyed("a"), &failed)),
            record(3, "PutItem", with(back, &failed)),
            record(4, "Scan", with(on(json!({})), &refused)),
            record(5, "TransactWriteItems", with(request(json!({ "requestItems": items })), &cancelled)),
            record(6, "GetItem", keyed("z")),
        ],
        &["a"],
    );
    assert_eq!(lines(&table, "touched", "did"), Vec::<String>::new());
    assert_eq!(lines(&table, "tried", "did"), ["1: tried: read", "2: tried: wrote", "5: tried: wrote"]);
    assert_eq!(lines(&table, "may", "why"), ["3: returned-on-failure"]);
    assert_eq!(table["sums"]["failed"], 1);
}

#[test]
fn typed_keys_are_compared_by_their_type() {
    let records = [
        record(1, "GetItem", on(json!({"key": {"pk": "7"}}))),
        record(2, "GetItem", on(json!({"key": {"pk": 7}}))),
        record(3, "GetItem", on(json!({"key": {"pk": "7.0"}}))),
        record(4, "GetItem", on(json!({"key": {"pk": {"N": "70e-1"}}}))),
        record(5, "GetItem", on(json!({"key": {"pk": "07a"}}))),
    ];
    let plain = table(&records, &["7"]);
    assert_eq!(lines(&plain, "touched", "did"), ["1: read", "2: read"]);
    assert_eq!(lines(&plain, "may", "why"), ["3: key-spelt-differently", "4: key-spelt-differently"]);
    let number = table(&records, &[r#"pk={"N": "7"}"#]);
    assert_eq!(lines(&number, "touched", "did"), ["1: read", "2: read", "3: read", "4: read"]);
    let text = table(&records, &[r#"{"pk": {"S": "7"}}"#]);
    assert_eq!(lines(&text, "touched", "did"), ["1: read", "2: read"]);
    assert_eq!(lines(&text, "may", "why"), Vec::<String>::new());
}

#[test]
fn a_partition_and_a_sort_key_are_one_item_and_a_partition_alone_is_several() {
    let key = |pk: &str, sk: &str| on(json!({"key": {"pk": pk, "sk": sk}}));
    let condition = "pk = :p AND begins_with(sk, :s)";
    let records = [
        record(1, "GetItem", key("a", "1")),
        record(2, "GetItem", key("a", "2")),
        record(3, "GetItem", key("b", "1")),
        record(4, "Query", on(json!({"key": {"pk": "a"}, "keyConditionExpression": "pk = :p"}))),
        record(5, "Query", on(json!({"key": {"pk": "a", "sk": "1"}, "keyConditionExpression": condition}))),
        record(6, "Query", on(json!({"key": {"pk": "b", "sk": "1"}, "keyConditionExpression": condition}))),
    ];
    let one = table(&records, &["pk=a", "sk=1"]);
    assert_eq!(lines(&one, "touched", "did"), ["1: read"]);
    assert_eq!(lines(&one, "may", "why"), ["4: query", "5: query"]);
    assert_eq!(one["several_items"], false);
    let all = table(&records, &["pk=a"]);
    assert_eq!(lines(&all, "touched", "did"), ["1: read", "2: read", "4: read"]);
    assert_eq!(lines(&all, "may", "why"), ["5: query"]);
    assert_eq!(all["several_items"], true);
    let folder = folder(&records);
    for (args, part) in [
        (&["a"][..], "write each part as NAME=VALUE"),
        (&["pk=a", "state=1"], "they have pk and sk (recorded keys: 3 of 3)"),
        (&["pk=a", "pk=b"], "states pk twice"),
    ] {
        let ran = trace(folder.path(), &[&["item", "cards"], args].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(part), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn tables_of_one_name_are_told_apart_and_an_unknown_one_is_refused() {
    let elsewhere = json!({"awsRegion": "eu-west-1", "resources": []});
    let records = [record(1, "GetItem", keyed("a")), record(2, "GetItem", with(keyed("a"), &elsewhere))];
    let folder = folder(&records);
    let both = answer(folder.path(), &["item", "cards", "a"]);
    let tables = both["tables"].as_array().unwrap();
    let told: Vec<_> = tables
        .iter()
        .map(|table| (table["region"].as_str().unwrap(), table["declared"].as_bool().unwrap()))
        .collect();
    assert_eq!(told, [("eu-west-1", false), ("us-east-1", true)]);
    assert!(tables.iter().all(|table| table["touched"].as_array().unwrap().len() == 1));
    let arn = "arn:aws:dynamodb:us-east-1:111122223333:table/cards";
    let one = answer(folder.path(), &["item", arn, "a"]);
    assert_eq!(lines(&one["tables"][0], "touched", "did"), ["1: read"]);
    assert_eq!(one["tables"].as_array().unwrap().len(), 1);
    let ran = trace(folder.path(), &["item", "crads", "a"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("no table \"crads\"") && ran.stderr.contains("did you mean cards?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_item_that_nobody_named_is_an_answer_with_the_hours_that_are_not_proven() {
    let folder = folder(&[record(1, "GetItem", keyed("z"))]);
    let ran = trace(folder.path(), &["item", "cards", "nobody"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for part in [
        "TOUCHED FOR CERTAIN: the record names the key, and the call succeeded: 0",
        "111122223333 us-east-1 cards read: 0 of 24 hours proven",
        "2026-03-02T00:00:00Z to 2026-03-02T09:00:00Z  9 hours  silent: no record was delivered",
        "L05 Items that expire by time to live",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
    }
}

#[test]
fn hostile_texts_cannot_run_or_break_out() {
    let evil = "=cmd|'/c calc'!A1\u{1b}[2J\u{202e}";
    let folder = folder(&[record(
        1,
        "GetItem",
        with(
            on(json!({"key": {"pk": evil}})),
            &json!({"userAgent": "@SUM(1)\u{1b}]0;x\u{7}", "sourceIPAddress": "+1\n2"}),
        ),
    )]);
    for form in [&["--csv"][..], &["--json"], &[]] {
        let ran = trace(folder.path(), &[&["item", "cards", evil], form].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{form:?}");
        assert!(ran.stdout.contains("GetItem"), "{form:?}: the item is found all the same");
    }
    let ran = trace(folder.path(), &["item", "cards", evil, "--csv"]);
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    for cell in &rows[0] {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
    let refused = trace(folder.path(), &["item", "cards\u{1b}[2J", "a"]);
    assert!(refused.code == 2 && !refused.stderr.contains('\u{1b}'), "{}", refused.stderr);
}

#[test]
fn card_numbers_and_forbidden_keys_stay_masked() {
    let folder = folder(&[
        record(1, "GetItem", keyed("4111111111111111")),
        record(
            2,
            "ExecuteStatement",
            request(json!({"statement": "SELECT * FROM cards WHERE mail = 'zoe@example.test'"})),
        ),
    ]);
    let text = std::fs::read_to_string(folder.path().join("audit.toml")).unwrap();
    let pattern = "\n[data]\nsensitive_keys = ['[^@\\s]+@[^@\\s]+\\.[a-z]{2,}']\n";
    std::fs::write(folder.path().join("audit.toml"), text + pattern).unwrap();
    for form in ["--csv", "--json"] {
        let ran = trace(folder.path(), &["item", "cards", "4111111111111111", form]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(!ran.stdout.contains("4111111111111111") && ran.stdout.contains("411111******1111"));
        assert!(!ran.stdout.contains("zoe@") && ran.stdout.contains("[sensitive]"), "{form}");
    }
}

#[test]
fn lost_input_is_told_and_exits_4() {
    let folder = folder(&[record(1, "GetItem", keyed("a"))]);
    std::fs::write(folder.path().join("logs/b.json"), "{\"Records\": [{\"eventVersion\"").unwrap();
    let ran = trace(folder.path(), &["item", "cards", "a"]);
    assert_eq!(ran.code, 4);
    assert!(ran.stdout.contains("INCOMPLETE: 1 files or records"), "{}", ran.stdout);
}

#[test]
fn the_window_is_that_of_the_flags() {
    let folder = folder(&[record(1, "GetItem", keyed("a")), record(61, "GetItem", keyed("a"))]);
    let args = ["item", "cards", "a", "--from", "2026-03-02T10:01:00Z", "--to", "2026-03-02T11:00:00Z"];
    let told = answer(folder.path(), &args);
    assert_eq!(lines(&told["tables"][0], "touched", "did"), ["61: read"]);
    assert_eq!(told["head"]["window_from"], "2026-03-02T10:01:00Z");
    assert_eq!(logs::trace(folder.path(), &["item", "cards", "a", "--csv", "--json"]).code, 2);
}

#[test]
fn item_access_that_states_no_table_may_be_any_and_counts_as_lost() {
    let folder = folder(&[record(1, "GetItem", json!({"requestParameters": null, "resources": []}))]);
    let ran = trace(folder.path(), &["item", "cards", "a", "--json"]);
    assert_eq!(ran.code, 4);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let table = &told["tables"][0];
    assert_sums(table);
    assert_eq!(lines(table, "may", "why"), ["1: table-not-stated"]);
    assert_eq!((&table["sums"]["accesses"], &table["sums"]["may_without_table"]), (&json!(0), &json!(1)));
}

#[test]
fn a_record_that_was_not_delivered_proves_nothing() {
    let folder = folder(&[record(1, "GetItem", keyed("a"))]);
    let member = |number| {
        crate::support::gzip(
            json!({"Records": [record(number, "GetItem", keyed("a"))]}).to_string().as_bytes(),
        )
    };
    std::fs::write(folder.path().join("logs/b.json.gz"), [member(2), member(3)].concat()).unwrap();
    let ran = trace(folder.path(), &["item", "cards", "a", "--json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let table = &told["tables"][0];
    assert_sums(table);
    assert_eq!(lines(table, "touched", "did"), ["1: read", "2: read"]);
    assert_eq!(lines(table, "may", "why"), ["3: altered-file"]);
    assert_eq!(table["may"][0]["trust"], "altered");
}

//! Which calls are made, how they end, and what their requestParameters hold. Comes in: random numbers and
//! tables. Goes out: operations, outcomes, JSON text. It never decides who calls.

use super::Table;
use super::random::Random;

/// A DynamoDB operation as the generator knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// `eventName`.
    pub name: &'static str,
    /// In a thousand DynamoDB calls.
    pub share: u64,
    /// `readOnly` as CloudTrail writes it.
    pub read_only: bool,
    /// What its request looks like.
    pub shape: Shape,
}

/// Shapes of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Table and key.
    Key,
    /// Table, key, attribute names.
    Put,
    /// Table, key, update expression.
    Update,
    /// Table, key condition.
    Query,
    /// Table alone.
    Scan,
    /// Several items of one or two tables: reads, or writes.
    Batch {
        /// Writes.
        writes: bool,
    },
    /// A transaction over one or two tables: reads, or writes.
    Transaction {
        /// Writes.
        writes: bool,
    },
    /// One statement.
    Statement,
    /// Statements on one or two tables.
    Statements,
    /// A shard iterator.
    Iterator,
    /// A stream and a shard.
    Stream,
    /// Table management.
    Describe,
}

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Without an error.
    Done,
    /// No permission.
    Refused,
    /// A condition did not hold.
    ConditionFailed,
    /// Too fast.
    Throttled,
}

impl Outcome {
    /// The word of the truth.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
            Outcome::ConditionFailed => "condition-failed",
            Outcome::Throttled => "throttled",
        }
    }
}

/// The mix of life, in a thousand calls.
pub const OPERATIONS: [Operation; 17] = [
    operation("GetItem", 450, true, Shape::Key),
    operation("Query", 200, true, Shape::Query),
    operation("PutItem", 80, false, Shape::Put),
    operation("UpdateItem", 80, false, Shape::Update),
    operation("DeleteItem", 20, false, Shape::Key),
    operation("BatchGetItem", 30, true, Shape::Batch { writes: false }),
    operation("BatchWriteItem", 20, false, Shape::Batch { writes: true }),
    operation("TransactGetItems", 10, true, Shape::Transaction { writes: false }),
    operation("TransactWriteItems", 20, false, Shape::Transaction { writes: true }),
    operation("ExecuteStatement", 10, false, Shape::Statement),
    operation("BatchExecuteStatement", 5, false, Shape::Statements),
    operation("ExecuteTransaction", 5, false, Shape::Statements),
    operation("Scan", 10, true, Shape::Scan),
    operation("GetRecords", 35, true, Shape::Iterator),
    operation("GetShardIterator", 5, true, Shape::Stream),
    operation("DescribeTable", 15, true, Shape::Describe),
    operation("DescribeTimeToLive", 5, true, Shape::Describe),
];

const fn operation(name: &'static str, share: u64, read_only: bool, shape: Shape) -> Operation {
    Operation { name, share, read_only, shape }
}

impl Operation {
    /// Draws an index into [`OPERATIONS`] by the mix of life.
    pub fn draw(random: &mut Random) -> usize {
        let mut ticket = random.below(OPERATIONS.iter().map(|operation| operation.share).sum());
        for (number, operation) in OPERATIONS.iter().enumerate() {
            if ticket < operation.share {
                return number;
            }
            ticket -= operation.share;
        }
        0
    }

    /// Reads a stream.
    pub fn is_stream(self) -> bool {
        matches!(self.shape, Shape::Iterator | Shape::Stream)
    }

    /// May touch two tables.
    pub fn is_multiple(self) -> bool {
        matches!(self.shape, Shape::Batch { .. } | Shape::Transaction { .. } | Shape::Statements)
    }

    /// Half a per cent refused, a fifth of a per cent throttled; one write in twenty fails its condition,
    /// which is one call in a hundred.
    pub fn outcome(self, random: &mut Random) -> Outcome {
        let writes = Shape::Transaction { writes: true };
        let conditional = !self.read_only
            && (!self.is_multiple() || self.shape == writes)
            && self.shape != Shape::Statement;
        if random.chance(0.005) {
            Outcome::Refused
        } else if random.chance(0.002) {
            Outcome::Throttled
        } else if conditional && random.chance(0.05) {
            Outcome::ConditionFailed
        } else {
            Outcome::Done
        }
    }
}

/// Appends errorCode and errorMessage, if the call failed.
pub fn push_error(out: &mut String, operation: Operation, outcome: Outcome, caller: &str, table: &Table) {
    let (name, arn) = (operation.name, &table.arn);
    match outcome {
        Outcome::Done => {}
        Outcome::Refused => out.push_str(&format!(
            "\"errorCode\":\"AccessDenied\",\"errorMessage\":\"User: {caller} is not authorized to \
             perform: dynamodb:{name} on resource: {arn} because no identity-based policy allows the \
             dynamodb:{name} action\","
        )),
        Outcome::ConditionFailed if operation.is_multiple() => out.push_str(
            "\"errorCode\":\"TransactionCanceledException\",\"errorMessage\":\"Transaction cancelled, \
             please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]\",",
        ),
        Outcome::ConditionFailed => out.push_str(
            "\"errorCode\":\"ConditionalCheckFailedException\",\
             \"errorMessage\":\"The conditional request failed\",",
        ),
        Outcome::Throttled => out.push_str(
            "\"errorCode\":\"ProvisionedThroughputExceededException\",\
             \"errorMessage\":\"The level of \
             configured provisioned throughput for the table was exceeded. Consider increasing your \
             provisioning level with the UpdateTable API.\",",
        ),
    }
}

/// Appends the requestParameters object of a call on these tables.
pub fn push_parameters(
    out: &mut String,
    operation: Operation,
    tables: &[&Table],
    conditional: bool,
    random: &mut Random,
) {
    let Some(table) = tables.first() else { return };
    out.push('{');
    match operation.shape {
        Shape::Key | Shape::Put | Shape::Update => push_item_call(out, operation, table, conditional, random),
        Shape::Query => push_query(out, table, random),
        Shape::Scan => push_scan(out, table, random),
        Shape::Batch { writes } => push_batch(out, tables, writes, random),
        Shape::Transaction { writes } => push_transaction(out, tables, writes, conditional, random),
        Shape::Statement => {
            out.push_str("\"statement\":\"");
            let verb = random.below(4);
            push_statement(out, table, verb, random);
            out.push('"');
        }
        Shape::Statements => push_statements(out, operation, tables, random),
        Shape::Iterator => {
            out.push_str(&format!("\"shardIterator\":\"{}/stream/{}|1|", table.arn, stream_label(table)));
            random.push_capitals(out, 180);
            out.push_str("\",\"limit\":1000");
        }
        Shape::Stream => {
            out.push_str(&format!("\"streamArn\":\"{}/stream/{}", table.arn, stream_label(table)));
            out.push_str("\",\"shardId\":\"shardId-000000017");
            out.push_str(&format!("{:011}-", random.below(100_000_000_000)));
            random.push_hex(out, 8);
            out.push_str("\",\"shardIteratorType\":\"TRIM_HORIZON\"");
        }
        Shape::Describe => push_table(out, table),
    }
    out.push('}');
}

/// Label of a table's stream.
pub fn stream_label(table: &Table) -> &'static str {
    if table.name == "cards" { "2025-11-04T09:21:37.052" } else { "2025-06-19T14:02:11.840" }
}

fn push_table(out: &mut String, table: &Table) {
    out.push_str("\"tableName\":\"");
    out.push_str(table.name);
    out.push('"');
}

/// `"Artist":"No One You Know"`, without braces and without type tags.
fn push_key_members(out: &mut String, table: &Table, random: &mut Random) {
    let item = Random::new(random.below(40_000), 7).next();
    out.push_str(&format!("\"{}\":\"{}{:014x}\"", table.partition_key, table.prefix, item >> 8));
    if !table.sort_key.is_empty() {
        out.push_str(&format!(",\"{}\":\"{:06}\"", table.sort_key, random.below(999_999)));
    }
}

fn push_key(out: &mut String, table: &Table, random: &mut Random) {
    out.push_str("\"key\":{");
    push_key_members(out, table, random);
    out.push('}');
}

fn push_item_call(
    out: &mut String,
    operation: Operation,
    table: &Table,
    conditional: bool,
    random: &mut Random,
) {
    push_table(out, table);
    out.push(',');
    push_key(out, table, random);
    match operation.shape {
        Shape::Put => {
            out.push_str(&format!(
                ",\"items\":[\"{}\",\"state\",\"amount\",\"updatedBy\",\
            \"version\"]",
                table.partition_key
            ));
        }
        Shape::Update => out.push_str(
            ",\"updateExpression\":\"SET #s = :s, #v = #v + :one, updatedBy = :by\",\
             \"expressionAttributeNames\":\
             {\"#s\":\"state\",\"#v\":\"version\"}",
        ),
        _ if operation.read_only && random.chance(0.3) => out.push_str(",\"consistentRead\":true"),
        _ => {}
    }
    if conditional {
        out.push_str(",\"conditionExpression\":\"attribute_exists(version) AND version = :expected\"");
    }
    if random.chance(0.4) {
        out.push_str(",\"returnConsumedCapacity\":\"TOTAL\"");
    }
}

fn push_query(out: &mut String, table: &Table, random: &mut Random) {
    push_table(out, table);
    let item = random.below(40_000);
    out.push_str(&format!(
        ",\"key\":{{\"{key}\":\"{}{:014x}\"}},\"keyConditionExpression\":\"#pk = :pk\",\
         \"expressionAttributeNames\":{{\"#pk\":\"{key}\"}}",
        table.prefix,
        Random::new(item, 7).next() >> 8,
        key = table.partition_key
    ));
    if random.chance(0.25) {
        out.push_str(",\"limit\":100,\"scanIndexForward\":false");
    }
}

fn push_scan(out: &mut String, table: &Table, random: &mut Random) {
    out.push_str("\"select\":\"ALL_ATTRIBUTES\",\"consistentRead\":false,");
    push_table(out, table);
    out.push_str(&format!(",\"limit\":{},\"returnConsumedCapacity\":\"TOTAL\"", 50 * (random.below(4) + 1)));
}

fn push_batch(out: &mut String, tables: &[&Table], writes: bool, random: &mut Random) {
    let items = 1 + random.below(3);
    if !writes && random.chance(0.5) {
        out.push_str("\"requestItems\":{");
        push_each(out, tables, |out, table| {
            out.push_str(&format!("\"{}\":{{\"keys\":[", table.name));
            push_each(out, &vec![*table; items as usize], |out, table| {
                out.push('{');
                push_key_members(out, table, random);
                out.push('}');
            });
            out.push_str("]}");
        });
        return out.push('}');
    }
    out.push_str("\"requestItems\":[");
    let rows: Vec<&Table> = tables.iter().flat_map(|table| vec![*table; items as usize]).collect();
    push_each(out, &rows, |out, table| {
        out.push('{');
        if writes {
            out.push_str(random.pick(&["\"operation\":\"Put\",", "\"operation\":\"Delete\","]));
        }
        push_table(out, table);
        out.push(',');
        push_key(out, table, random);
        out.push('}');
    });
    out.push(']');
}

fn push_transaction(
    out: &mut String,
    tables: &[&Table],
    writes: bool,
    conditional: bool,
    random: &mut Random,
) {
    out.push_str("\"requestItems\":[");
    let rows: Vec<&Table> = tables.iter().flat_map(|table| [*table, *table]).collect();
    push_each(out, &rows, |out, table| {
        let word = if writes { random.pick(&["Put", "Update", "Delete", "Update"]) } else { "Get" };
        out.push_str(&format!("{{\"operation\":\"{word}\","));
        push_table(out, table);
        out.push(',');
        push_key(out, table, random);
        if word == "Update" {
            out.push_str(
                ",\"updateExpression\":\"SET #s = :s\",\"expressionAttributeNames\":{\"#s\":\"state\"}",
            );
        }
        if conditional {
            out.push_str(",\"conditionExpression\":\"attribute_exists(version)\"");
        }
        out.push('}');
    });
    out.push_str("],\"returnConsumedCapacity\":\"TOTAL\"");
}

/// Statements of one event either all read or all write, as a transaction must.
fn push_statements(out: &mut String, operation: Operation, tables: &[&Table], random: &mut Random) {
    let transaction = operation.name == "ExecuteTransaction";
    out.push_str(if transaction { "\"transactStatements\":[" } else { "\"requestItems\":[" });
    let verb = random.below(4);
    push_each(out, tables, |out, table| {
        out.push_str("{\"statement\":\"");
        push_statement(out, table, verb, random);
        out.push_str("\"}");
    });
    out.push(']');
}

/// Values are redacted but for keys after WHERE; INSERT shows no value at all.
fn push_statement(out: &mut String, table: &Table, verb: u64, random: &mut Random) {
    let quote = random.pick(&["", "\\\""]);
    let (name, key) = (table.name, table.partition_key);
    out.push_str(&match verb {
        0 => format!("SELECT * FROM {quote}{name}{quote} WHERE {key} = "),
        1 => format!(
            "INSERT INTO {quote}{name}{quote} VALUE {{'{key}': ***(Redacted), 'state': ***(Redacted)}}"
        ),
        2 => format!("UPDATE {quote}{name}{quote} SET state = ***(Redacted) WHERE {key} = "),
        _ => format!("DELETE FROM {quote}{name}{quote} WHERE {key} = "),
    });
    if verb != 1 {
        let item = Random::new(random.below(40_000), 7).next() >> 8;
        out.push_str(&format!("'{}{item:014x}'", table.prefix));
    }
}

/// Members with commas between them.
fn push_each<'t>(out: &mut String, rows: &[&'t Table], mut push: impl FnMut(&mut String, &&'t Table)) {
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        push(out, row);
    }
}

"""DynamoDB as CloudTrail writes it down: item, batch, transaction, PartiQL, stream and table calls.

Comes in: a credential, a time, tables. Goes out: records in the ledger. Shapes that no published record shows
(BatchGetItem, TransactGetItems, BatchWriteItem, ExecuteTransaction, GetShardIterator, refused item calls) follow the
API and the neighbouring operations; README.md says which.
"""

from .times import spoken
from .world import partition

SOURCE, VERSION = "dynamodb.amazonaws.com", "2012-08-10"
TABLE_KEY = "5d1c6f2e-0b7a-4c39-9e84-a1b2c3d4e5f6"
REASONS = {
    "refused": (
        "AccessDenied",
        "User: {who} is not authorized to perform: dynamodb:{operation} on resource: {table} "
        "because no identity-based policy allows the dynamodb:{operation} action",
    ),
    "condition": ("ConditionalCheckFailedException", "The conditional request failed"),
    "cancelled": (
        "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific "
        "reasons [ConditionalCheckFailed, None]",
    ),
    "throttled": (
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table "
        "was exceeded. Consider increasing your provisioning level.",
    ),
    "missing": ("ResourceNotFoundException", "Requested resource not found"),
}
READS = {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan", "GetRecords", "GetShardIterator"}
OUTCOMES = {"refused": "refused", "condition": "other", "cancelled": "other", "throttled": "other", "missing": "other"}


class DynamoDB:
    """Writes DynamoDB calls."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.dice = ledger.dice

    def key(self, table):
        """One of 240 items of a table, so that several people meet the same item."""
        values = {table.keys[0]: f"{table.prefix}{self.dice.below(240):04d}"}
        if len(table.keys) > 1:
            values[table.keys[1]] = self.dice.between(1, 3)
        return values

    def data(self, credential, when, operation, *tables, fails=None, request=None, verb="SELECT"):
        """Any item or stream call on one or more tables of one region."""
        if request is None:
            request = getattr(self, "_" + operation)(tables, verb)
        self._send(credential, when, operation, tables, request, fails, data=True, read_only=operation in READS)

    def admin(
        self, credential, when, operation, table, request=None, response=None, read_only=False, tables=None, fails=None
    ):
        """A management call on a table."""
        self._send(
            credential,
            when,
            operation,
            tables or (table,),
            request or {"tableName": table.name},
            fails,
            data=False,
            read_only=read_only,
            response=response,
        )

    def _send(self, credential, when, operation, tables, request, fails, *, data, read_only, response=None):
        error = None
        if fails:
            code, message = REASONS[fails]
            error = (
                code,
                message.format(who=credential.block.get("arn", ""), operation=operation, table=tables[0].arn),
                OUTCOMES[fails],
            )
        self.ledger.call(
            credential,
            when,
            SOURCE,
            operation,
            account=tables[0].account,
            region=tables[0].region,
            request=None if fails == "refused" else request,
            response=response,
            read_only=read_only,
            data=data,
            resources=[entry for table in tables for entry in resources_of(table, data)],
            api_version=VERSION,
            error=error,
            request_id=self.dice.dynamodb_request(),
            tables=[table.name for table in tables],
        )

    def decrypt(self, credential, when, table):
        """KMS opens the table key for the caller: a witness of the access, made by DynamoDB."""
        key = f"arn:{partition(table.account)}:kms:{table.region}:{table.account}:key/{TABLE_KEY}"
        self.ledger.call(
            credential,
            when,
            "kms.amazonaws.com",
            "Decrypt",
            account=table.account,
            region=table.region,
            request={
                "encryptionContext": {"aws:dynamodb:tableName": table.name, "aws:dynamodb:subscriberId": table.account},
                "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
            },
            read_only=True,
            resources=[{"accountId": table.account, "type": "AWS::KMS::Key", "ARN": key}],
            invoked_by=SOURCE,
        )

    def create(self, credential, when, table):
        """CreateTable with its answer."""
        request = {
            "tableName": table.name,
            "keySchema": [{"attributeName": table.keys[0], "keyType": "HASH"}],
            "attributeDefinitions": [{"attributeName": table.keys[0], "attributeType": "S"}],
            "billingMode": "PAY_PER_REQUEST",
        }
        self.admin(credential, when, "CreateTable", table, request, described(table, "CREATING", when))

    # One method an operation: (tables, verb) → requestParameters.

    def _GetItem(self, tables, _):
        return {"tableName": tables[0].name, "key": self.key(tables[0])}

    def _PutItem(self, tables, _):
        return {
            "tableName": tables[0].name,
            "key": self.key(tables[0]),
            "items": [*tables[0].attributes, *tables[0].keys],
        }

    def _UpdateItem(self, tables, _):
        return {
            "tableName": tables[0].name,
            "key": self.key(tables[0]),
            "updateExpression": "SET #a = :a",
            "expressionAttributeNames": {"#a": self.dice.pick(tables[0].attributes)},
        }

    def _DeleteItem(self, tables, _):
        return {"tableName": tables[0].name, "key": self.key(tables[0])}

    def _Query(self, tables, _):
        table = tables[0]
        first = table.keys[0]
        if self.dice.chance(25):
            name = table.index.removeprefix("by").lower()
            return {
                "tableName": table.name,
                "indexName": table.index,
                "keyConditionExpression": "#k = :k",
                "expressionAttributeNames": {"#k": name},
                "key": {name: f"{name}-{self.dice.below(40):02d}"},
                "limit": 50,
            }
        return {
            "tableName": table.name,
            "keyConditionExpression": "#k = :k",
            "expressionAttributeNames": {"#k": first},
            "key": {first: self.key(table)[first]},
        }

    def _Scan(self, tables, _):
        return {
            "tableName": tables[0].name,
            "select": "ALL_ATTRIBUTES",
            "limit": self.dice.pick((50, 100, 300)),
            "consistentRead": False,
            "returnConsumedCapacity": "TOTAL",
        }

    def _BatchGetItem(self, tables, _):
        return {"requestItems": {table.name: {"keys": [self.key(table) for _ in range(3)]} for table in tables}}

    def _TransactGetItems(self, tables, _):
        return {
            "requestItems": [{"operation": "Get", "tableName": table.name, "key": self.key(table)} for table in tables]
        }

    def _BatchWriteItem(self, tables, _):
        puts = [
            {"operation": "Put", "tableName": table.name, "key": self.key(table), "items": [*table.attributes]}
            for table in tables
            for _ in range(2)
        ]
        return {
            "requestItems": [*puts, {"operation": "Delete", "tableName": tables[0].name, "key": self.key(tables[0])}]
        }

    def _TransactWriteItems(self, tables, _):
        items = [
            {
                "operation": "Update",
                "tableName": tables[0].name,
                "key": self.key(tables[0]),
                "updateExpression": "SET #a = :a",
                "ExpressionAttributeNames": {"#a": tables[0].attributes[-1]},
            }
        ]
        for table in tables[1:]:
            items.append(
                {
                    "operation": "ConditionCheck",
                    "TableName": table.name,
                    "Key": self.key(table),
                    "ConditionExpression": "attribute_exists(#k)",
                    "ExpressionAttributeNames": {"#k": table.keys[0]},
                }
            )
        return {"requestItems": items, "returnConsumedCapacity": "TOTAL"}

    def _ExecuteStatement(self, tables, verb):
        return {"statement": self._statement(tables[0], verb)}

    def _BatchExecuteStatement(self, tables, verb):
        return {"requestItems": [{"statement": self._statement(table, verb)} for table in tables]}

    def _ExecuteTransaction(self, tables, verb):
        return self._BatchExecuteStatement(tables, verb)

    def _GetRecords(self, tables, _):
        return {"shardIterator": f"{tables[0].stream_arn}|1|{self.dice.text('ABCDEFGH', 12)}", "limit": 1000}

    def _GetShardIterator(self, tables, _):
        return {
            "streamArn": tables[0].stream_arn,
            "shardId": "shardId-00000001762243957119-4e1f2a3b",
            "shardIteratorType": "TRIM_HORIZON",
        }

    def _statement(self, table, verb):
        key, other = table.keys[0], table.attributes[0]
        value = self.key(table)[key]
        return {
            "SELECT": f"SELECT * FROM \"{table.name}\" WHERE {key} = '{value}' AND {other} = ***(Redacted)",
            "INSERT": f"INSERT INTO \"{table.name}\" VALUE {{'{key}': ***(Redacted), '{other}': ***(Redacted)}}",
            "UPDATE": f"UPDATE \"{table.name}\" SET {other} = ***(Redacted) WHERE {key} = '{value}'",
            "DELETE": f"DELETE FROM \"{table.name}\" WHERE {key} = '{value}'",
        }[verb]


def resources_of(table, data):
    """Data events on a table with a stream name the stream as well as the table."""
    listed = [{"accountId": table.account, "type": "AWS::DynamoDB::Table", "ARN": table.arn}]
    if data and table.stream_arn:
        listed.append({"accountId": table.account, "type": "AWS::DynamoDB::Stream", "ARN": table.stream_arn})
    return listed


def described(table, status, when):
    """The tableDescription that answers a table call."""
    return {
        "tableDescription": {
            "tableName": table.name,
            "tableStatus": status,
            "tableArn": table.arn,
            "tableId": f"0bbd1d31-624b-4a0a-b804-{when:012x}",
            "creationDateTime": spoken(when),
            "keySchema": [{"attributeName": table.keys[0], "keyType": "HASH"}],
            "itemCount": 0,
            "tableSizeBytes": 0,
        }
    }

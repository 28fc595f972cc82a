"""Programs: every hour, in every account and region, something is read, written, streamed and described.

That steady beat is what lets an hour without it be called unproven. Comes in: the ledger. Goes out: records of the six
registered workloads and of application auto scaling. CloudTrail's own deliveries are written by `delivery`.
"""

from .dice import HEX
from .times import HOUR, LOGS_FROM, LOGS_TO, at
from .world import (
    AUDIT,
    AUTHORIZATIONS,
    CARDS,
    EU,
    GOV,
    GOV_CARDS,
    GOVWEST,
    LOYALTY,
    MERCHANTS,
    PROD,
    SETTLEMENTS,
    TRAILS,
    US,
)

LEASE = 6 * HOUR
# Short name → account, region, role, session name (a task id when empty), service that hands it out, address, agent.
RUNTIMES = {
    "api": (PROD, EU, "payments-api", "", "ecs-tasks", "203.0.113.11", "java"),
    "batch": (PROD, US, "settlement-batch", "settlement-batch", "lambda", "203.0.113.24", "lambda"),
    "relay-eu": (PROD, EU, "stream-relay", "stream-relay", "lambda", "203.0.113.12", "lambda"),
    "relay-us": (PROD, US, "stream-relay", "stream-relay", "lambda", "203.0.113.25", "lambda"),
    "vault": (GOV, GOVWEST, "gov-card-vault", "i-0a4c7e19b2d8f6035", "ec2", "198.51.100.80", "java-ec2"),
    "monitor": (AUDIT, US, "trail-monitor", "trail-monitor", "lambda", "203.0.113.40", "lambda"),
}


class Workloads:
    """The programs and their sessions; a session lasts six hours."""

    def __init__(self, ledger, identities, dynamodb):
        self.ledger, self.identities, self.dynamodb, self.dice = ledger, identities, dynamodb, ledger.dice
        self.sessions = {}

    def run(self):
        """All hours of the logs."""
        for hour in range(LOGS_FROM, LOGS_TO, HOUR):
            if (hour - LOGS_FROM) % LEASE == 0:
                self._renew(hour)
            self._cards_region(hour)
            self._settlement_region(hour)
            self._government(hour)
            self._audit(hour)
            if (hour // HOUR) % 6 == 2:
                self._auto_scaling(hour)
            if hour >= at("2026-03-04T00:00") and (hour // HOUR) % 24 == 5:
                self._reporting(hour)

    def _moment(self, hour, first=70, last=3580):
        return hour + self.dice.between(first, last)

    def _renew(self, hour):
        for short, (account, region, role, name, service, address, agent) in RUNTIMES.items():
            self.sessions[short] = self.identities.service_session(
                account,
                region,
                role,
                name or self.dice.text(HEX, 32),
                service + ".amazonaws.com",
                role,
                hour + 5,
                address=address,
                agent=agent,
                delivery="2.0" if service == "ec2" else None,
            )

    def _cards_region(self, hour):
        api, relay, data = self.sessions["api"], self.sessions["relay-eu"], self.dynamodb.data
        opened = self._moment(hour)
        data(api, opened, "GetItem", CARDS)
        if (hour // HOUR) % 3 == 0:
            self.dynamodb.decrypt(api, opened, CARDS)
        data(api, self._moment(hour), "UpdateItem", CARDS)
        data(api, self._moment(hour), "PutItem", AUTHORIZATIONS, fails="condition" if self.dice.chance(3) else None)
        data(api, self._moment(hour), "PutItem", AUTHORIZATIONS)
        data(api, self._moment(hour), "Query", AUTHORIZATIONS)
        data(api, self._moment(hour), "GetItem", LOYALTY)
        data(api, self._moment(hour), "UpdateItem", LOYALTY)
        for table in (CARDS, AUTHORIZATIONS, LOYALTY):
            if (hour // HOUR) % 4 == 1:
                data(relay, hour + 65, "GetShardIterator", table)
            data(relay, self._moment(hour), "GetRecords", table)
        self.dynamodb.admin(api, self._moment(hour), "DescribeTable", CARDS, read_only=True)
        self._busy_hours(hour, api)

    def _busy_hours(self, hour, api):
        if not 7 <= (hour // HOUR) % 24 <= 20:
            return
        data = self.dynamodb.data
        data(
            api,
            self._moment(hour),
            "BatchGetItem",
            CARDS,
            AUTHORIZATIONS,
            fails="throttled" if self.dice.chance(4) else None,
        )
        data(
            api,
            self._moment(hour),
            "TransactWriteItems",
            AUTHORIZATIONS,
            CARDS,
            fails="cancelled" if self.dice.chance(6) else None,
        )
        data(api, self._moment(hour), "TransactGetItems", CARDS, LOYALTY)

    def _settlement_region(self, hour):
        batch, relay, data = self.sessions["batch"], self.sessions["relay-us"], self.dynamodb.data
        data(batch, self._moment(hour), "GetItem", MERCHANTS)
        data(batch, self._moment(hour), "UpdateItem", MERCHANTS, fails="throttled" if self.dice.chance(2) else None)
        data(batch, self._moment(hour), "PutItem", MERCHANTS)
        data(batch, self._moment(hour), "Query", SETTLEMENTS)
        data(batch, self._moment(hour), "BatchWriteItem", SETTLEMENTS)
        for table in (MERCHANTS, SETTLEMENTS):
            if (hour // HOUR) % 4 == 1:
                data(relay, hour + 66, "GetShardIterator", table)
            data(relay, self._moment(hour), "GetRecords", table)
        self.dynamodb.admin(batch, self._moment(hour), "DescribeTable", SETTLEMENTS, read_only=True)

    def _government(self, hour):
        vault, data = self.sessions["vault"], self.dynamodb.data
        data(vault, self._moment(hour), "GetItem", GOV_CARDS)
        data(vault, self._moment(hour), "PutItem", GOV_CARDS)
        if (hour // HOUR) % 4 == 1:
            data(vault, hour + 67, "GetShardIterator", GOV_CARDS)
        data(vault, self._moment(hour), "GetRecords", GOV_CARDS)
        self.dynamodb.admin(vault, self._moment(hour), "DescribeTable", GOV_CARDS, read_only=True)

    def _audit(self, hour):
        name = f"arn:aws:cloudtrail:{US}:{AUDIT}:trail/{TRAILS[AUDIT, US]}"
        self.ledger.call(
            self.sessions["monitor"],
            self._moment(hour),
            "cloudtrail.amazonaws.com",
            "GetTrailStatus",
            region=US,
            request={"name": name},
            read_only=True,
        )

    def _auto_scaling(self, hour):
        service = "dynamodb.application-autoscaling.amazonaws.com"
        role = "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
        made = self.identities.session(
            PROD,
            role,
            "AutoScaling-ManageAlarms",
            "service:" + service,
            created=hour,
            address=service,
            agent=service,
            path="/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/",
        )
        when = self._moment(hour)
        self.ledger.call(
            made,
            when,
            "dynamodb.amazonaws.com",
            "DescribeTable",
            region=US,
            request={"tableName": MERCHANTS.name},
            read_only=True,
            api_version="2012-08-10",
            tables=[MERCHANTS.name],
            invoked_by=service,
            resources=[{"accountId": PROD, "type": "AWS::DynamoDB::Table", "ARN": MERCHANTS.arn}],
            request_id=self.dice.dynamodb_request(),
        )

    def _reporting(self, hour):
        user = self.identities.user(PROD, "svc-reporting", "svc-reporting", address="203.0.113.31", agent="lambda")
        for table, operation in ((SETTLEMENTS, "Query"), (MERCHANTS, "Query"), (SETTLEMENTS, "GetItem")):
            self.dynamodb.data(user, self._moment(hour), operation, table)

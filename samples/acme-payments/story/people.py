"""Ordinary working days: who does what, from where, in Dublin office hours. The special days are in `chapters`.

Comes in: the ledger. Goes out: sessions of a few dozen calls a person and day, Monday to Friday, and on-call weekends.
"""

from .ledger import Truth, tls_details
from .times import DAY, HOUR, LOGS_TO, WINDOW_FROM, at, iso, weekday
from .world import (
    AGENTS,
    AUDIT,
    AUTHORIZATIONS,
    CARDS,
    EU,
    GOV,
    GOV_CARDS,
    LOYALTY,
    MERCHANTS,
    PERSON,
    PROD,
    SETTLEMENTS,
    TRAILS,
    US,
)

# (operation, tables, PartiQL verb), weight
SUPPORT_READ = (
    (("GetItem", (CARDS,), ""), 5),
    (("Query", (AUTHORIZATIONS,), ""), 5),
    (("GetItem", (LOYALTY,), ""), 2),
    (("BatchGetItem", (CARDS, AUTHORIZATIONS), ""), 2),
)
SUPPORT_WRITE = (
    (("UpdateItem", (AUTHORIZATIONS,), ""), 5),
    (("GetItem", (AUTHORIZATIONS,), ""), 5),
    (("TransactWriteItems", (AUTHORIZATIONS, LOYALTY), ""), 2),
    (("GetItem", (CARDS,), ""), 2),
)
FRAUD = (
    (("Query", (AUTHORIZATIONS,), ""), 6),
    (("Scan", (AUTHORIZATIONS,), ""), 1),
    (("ExecuteStatement", (AUTHORIZATIONS,), "SELECT"), 3),
    (("BatchExecuteStatement", (AUTHORIZATIONS, LOYALTY), "SELECT"), 1),
)
DEVELOPER = (
    (("GetItem", (MERCHANTS,), ""), 4),
    (("Query", (MERCHANTS,), ""), 3),
    (("Query", (SETTLEMENTS,), ""), 3),
    (("ExecuteStatement", (SETTLEMENTS,), "SELECT"), 1),
)
MAINTENANCE = (
    (("UpdateItem", (AUTHORIZATIONS,), ""), 4),
    (("GetItem", (CARDS,), ""), 3),
    (("DeleteItem", (AUTHORIZATIONS,), ""), 1),
    (("ExecuteTransaction", (AUTHORIZATIONS, LOYALTY), "UPDATE"), 1),
)
MERCHANT_DESK = (
    (("GetItem", (MERCHANTS,), ""), 6),
    (("UpdateItem", (MERCHANTS,), ""), 4),
    (("PutItem", (MERCHANTS,), ""), 2),
    (("ExecuteStatement", (MERCHANTS,), "UPDATE"), 1),
)
FINANCE = (
    (("Query", (SETTLEMENTS,), ""), 6),
    (("GetItem", (SETTLEMENTS,), ""), 3),
    (("Query", (MERCHANTS,), ""), 2),
    (("BatchGetItem", (SETTLEMENTS, MERCHANTS), ""), 1),
)
LOYALTY_DESK = (
    (("GetItem", (LOYALTY,), ""), 5),
    (("UpdateItem", (LOYALTY,), ""), 4),
    (("PutItem", (LOYALTY,), ""), 2),
    (("DeleteItem", (LOYALTY,), ""), 1),
)
SETTLEMENT_DESK = (
    (("Query", (SETTLEMENTS,), ""), 5),
    (("UpdateItem", (SETTLEMENTS,), ""), 3),
    (("BatchWriteItem", (SETTLEMENTS,), ""), 2),
    (("TransactGetItems", (SETTLEMENTS, MERCHANTS), ""), 2),
    (("ExecuteStatement", (SETTLEMENTS,), "INSERT"), 1),
    (("ExecuteStatement", (SETTLEMENTS,), "DELETE"), 1),
)
GOV_DESK = ((("GetItem", (GOV_CARDS,), ""), 6), (("UpdateItem", (GOV_CARDS,), ""), 3), (("Query", (GOV_CARDS,), ""), 2))
FORENSICS = ((("Query", (AUTHORIZATIONS,), ""), 5), (("GetItem", (CARDS,), ""), 4), (("Scan", (LOYALTY,), ""), 1))


class People:
    """The working days."""

    def __init__(self, ledger, identities, dynamodb):
        self.ledger, self.identities, self.dynamodb, self.dice = ledger, identities, dynamodb, ledger.dice

    def run(self):
        """Every day of the window that has working hours."""
        for day in range(WINDOW_FROM, LOGS_TO - HOUR * 9, DAY):
            if weekday(day) < 5:
                self._identity_center_desks(day)
                self._merchant_services(day)
                self._engineering(day)
                self._government(day)
                self._security(day)
            else:
                self._weekend(day)

    def work(self, credential, start, routine, calls, *, witness=None):
        """A sitting: so many calls of a routine, a minute or so apart; KMS may witness the first on a table."""
        when = start
        for _ in range(calls):
            operation, tables, verb = self.dice.weighted(routine)
            self.dynamodb.data(
                credential, when, operation, *tables, verb=verb or "SELECT", fails=self._mishap(operation)
            )
            if witness in tables:
                self.dynamodb.decrypt(credential, when, witness)
                witness = None
            when += self.dice.between(12, 150)
        return when

    def _mishap(self, operation):
        if operation in ("UpdateItem", "DeleteItem") and self.dice.chance(4):
            return "condition"
        if operation == "TransactWriteItems" and self.dice.chance(8):
            return "cancelled"
        if operation in ("Query", "Scan") and self.dice.chance(2):
            return "throttled"
        return None

    def _start(self, day, hour):
        return day + hour * HOUR + self.dice.between(60, 2700)

    def _identity_center_desks(self, day):
        desks = (
            ("aoife.tierney", "SupportRead", (9, 14), SUPPORT_READ, 14, CARDS),
            ("niki.pappa", "FraudAnalyst", (8, 13), FRAUD, 11, None),
            ("ines.valdecasas", "FraudAnalyst", (10,), FRAUD, 12, None),
            ("sunniva.torkelsdatter", "SupportWrite", (9, 15), SUPPORT_WRITE, 12, CARDS),
            ("wanjiru.kamathi", "LoyaltyEditor", (11,), LOYALTY_DESK, 14, None),
            ("hana.brozkova", "SettlementOps", (8, 16), SETTLEMENT_DESK, 12, None),
            ("declan.macruairi", "Developer", (10, 15), DEVELOPER, 9, None),
            ("rasmus.egholm", "Developer", (13,), DEVELOPER, 10, None),
        )
        for user, permission_set, hours, routine, calls, witness in desks:
            for hour in hours:
                start = self._start(day, hour)
                credential = self.identities.sso(
                    user, PROD, permission_set, start - 40, mail=user in ("aoife.tierney", "hana.brozkova")
                )
                self.work(credential, start, routine, self.dice.between(calls - 4, calls + 4), witness=witness)

    def _merchant_services(self, day):
        start = self._start(day, 10)
        if day != at("2026-03-04T00:00"):
            self.console_login("oisin.kelleher", start - 30)
            signed_in = self.identities.user(
                PROD, "oisin.kelleher", "p-012", address="192.0.2.127", agent="mac", signed_in=start - 30
            )
            self.work(signed_in, start, MERCHANT_DESK, self.dice.between(9, 16))
        start = self._start(day, 14)
        mehmet = self.identities.user(PROD, "mehmet.karadagli", "p-013", address="192.0.2.134")
        role = self.identities.assume(
            mehmet,
            PROD,
            "merchant-editor",
            "edit-" + self.dice.text("0123456789abcdef", 8),
            start - 20,
            US,
            source_identity="mehmet.karadagli",
        )
        self.work(role, start, MERCHANT_DESK, self.dice.between(8, 14))
        if day >= at("2026-03-11T00:00"):
            start = self._start(day, 12)
            self.console_login("petros.andreadakis", start - 45)
            petros = self.identities.user(
                PROD, "petros.andreadakis", "p-020", address="192.0.2.202", agent="mac", signed_in=start - 45
            )
            self.work(petros, start, MERCHANT_DESK[:1], self.dice.between(4, 8))

    def _engineering(self, day):
        bram = self.identities.user(PROD, "bram.okonjo", "p-002", address="192.0.2.34")
        self.work(bram, self._start(day, 9), DEVELOPER, self.dice.between(6, 10))
        start = self._start(day, 14)
        role = self.identities.assume(
            bram, PROD, "payments-maintenance", "mnt-" + self.dice.text("0123456789abcdef", 8), start - 25, US
        )
        self.work(role, start, MAINTENANCE, self.dice.between(7, 12), witness=CARDS)
        start = self._start(day, 9)
        priya = PERSON["priya.raghunath"]
        tip = self.identities.session(
            PROD,
            "finance-analytics",
            "quicksight-" + self.dice.text("0123456789abcdef", 8),
            priya.id,
            created=start - 90,
            address=priya.address,
            agent="windows",
            behalf=priya.store_id,
        )
        self.work(tip, start, FINANCE, self.dice.between(10, 18))

    def _government(self, day):
        start = self._start(day, 13)
        zoe = self.identities.saml(
            "zoe.muller",
            "zoë.müller-ó-briain@acme-payments.example",
            GOV,
            "gov-card-operator",
            "s-" + self.dice.text("0123456789abcdef", 12),
            start - 15,
        )
        self.work(zoe, start, GOV_DESK, self.dice.between(9, 15))
        start = self._start(day, 15)
        lucia = self.identities.user(GOV, "lucia.ferrandiz", "p-017", address="198.51.100.27")
        self.work(lucia, start, GOV_DESK[2:], 4)
        if weekday(day) in (1, 3):
            role = self.identities.assume(
                lucia,
                GOV,
                "gov-card-auditor",
                "rev-" + self.dice.text("0123456789abcdef", 8),
                start + 1500,
                "us-gov-west-1",
            )
            self.work(role, start + 1520, GOV_DESK[:1] + GOV_DESK[2:], 8)

    def _security(self, day):
        if weekday(day) in (1, 2, 4):
            start = self._start(day, 11)
            engineer = self.identities.sso("tomasz.wierzbowski", AUDIT, "SecurityEngineer", start - 120)
            first = self.identities.assume(
                engineer, PROD, "security-investigator", "sec-" + self.dice.text("0123456789abcdef", 8), start - 60, US
            )
            second = self.identities.assume(
                first, PROD, "card-forensics", "case-" + self.dice.text("0123456789abcdef", 8), start - 20, US
            )
            self.work(second, start, FORENSICS, self.dice.between(8, 12), witness=CARDS)
            for table in (MERCHANTS, SETTLEMENTS):
                self.dynamodb.admin(first, start + 1800 + self.dice.below(60), "DescribeTable", table, read_only=True)
        if weekday(day) in (0, 3):
            start = self._start(day, 10)
            auditor = self.identities.sso("caoimhe.nidhalaigh", AUDIT, "LogReader", start - 30)
            for step in range(3):
                self.ledger.call(
                    auditor,
                    start + step * 70,
                    "cloudtrail.amazonaws.com",
                    "LookupEvents",
                    region=US,
                    read_only=True,
                    request={
                        "lookupAttributes": [{"attributeKey": "EventName", "attributeValue": "StopLogging"}],
                        "maxResults": 50,
                    },
                )
        start = self._start(day, 8)
        jarmo = self.identities.sso("jarmo.kettunen", PROD, "PlatformAdmin", start - 20)
        for step, table in enumerate((CARDS, AUTHORIZATIONS, LOYALTY, MERCHANTS)):
            self.dynamodb.admin(jarmo, start + step * 9, "DescribeTable", table, read_only=True)
        self._trail_check(day)

    def _trail_check(self, day):
        henrik = self.identities.sso("henrik.sandvaer", PROD, "LogAdmin", day + 8 * HOUR + 1100)
        for step, region in enumerate((US, EU)):
            self.ledger.call(
                henrik,
                day + 8 * HOUR + 1130 + step * 6,
                "cloudtrail.amazonaws.com",
                "GetTrailStatus",
                region=region,
                request={"name": f"arn:aws:cloudtrail:{region}:{PROD}:trail/{TRAILS[PROD, region]}"},
                read_only=True,
            )

    def _weekend(self, day):
        start = self._start(day, 12)
        credential = self.identities.sso("aoife.tierney", PROD, "SupportRead", start - 40, mail=True)
        self.work(credential, start, SUPPORT_READ, self.dice.between(8, 14), witness=CARDS)
        start = self._start(day, 17)
        credential = self.identities.sso("niki.pappa", PROD, "FraudAnalyst", start - 40)
        self.work(credential, start, FRAUD, self.dice.between(5, 9))

    def console_login(self, user, when, success=True):
        """A console sign-in of an IAM user, with a second factor or failed."""
        person = PERSON[user]
        made = self.identities.user(PROD, user, person.id, key=False, address=person.address, agent=person.agent)
        self.sign_in(made, when, mfa_device=f"arn:aws:iam::{PROD}:mfa/{user}", success=success)

    def sign_in(self, credential, when, *, mfa_device, success=True):
        """ConsoleLogin; a failure carries errorMessage without errorCode and no ARN, as CloudTrail writes it."""
        block = {
            name: value for name, value in credential.block.items() if name not in ("sessionContext", "accessKeyId")
        }
        if not success:
            block = {
                "type": "IAMUser",
                "principalId": block["principalId"],
                "accountId": PROD,
                "accessKeyId": "",
                "userName": block["userName"],
            }
        details = {
            "LoginTo": "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true",
            "MobileVersion": "No",
        }
        details.update({"MFAIdentifier": mfa_device} if success else {})
        record = {
            "eventVersion": "1.09",
            "userIdentity": block,
            "eventTime": iso(when),
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "awsRegion": US,
            "sourceIPAddress": credential.address,
            "userAgent": AGENTS[credential.agent],
            **({} if success else {"errorMessage": "Failed authentication"}),
            "requestParameters": None,
            "responseElements": {"ConsoleLogin": "Success" if success else "Failure"},
            "additionalEventData": {**details, "MFAUsed": "Yes"},
            "eventID": self.dice.uuid(),
            "readOnly": False,
            "eventType": "AwsConsoleSignIn",
            "managementEvent": True,
            "recipientAccountId": PROD,
            "eventCategory": "Management",
            "tlsDetails": tls_details("signin.amazonaws.com", US),
        }
        self.ledger.write(PROD, US, when, record, Truth(credential.actor, 0, outcome="done" if success else "refused"))

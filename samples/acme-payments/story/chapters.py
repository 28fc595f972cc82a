"""The days that matter: each method is one chapter of README.md, and plants what one requirement must find.

Comes in: the ledger and the working-day helpers. Goes out: the records of the special events. The change and incident
records that cover some of them are in `facts`.
"""

from .dynamodb import described
from .times import HOUR, STOPPED_FROM, STOPPED_TO, at, spoken
from .world import (
    AUDIT,
    AUTHORIZATIONS,
    CARDS,
    EU,
    GOV,
    GOVWEST,
    LOG_BUCKET,
    LOYALTY,
    MERCHANTS,
    MISSPELT,
    PERMISSION_SETS,
    PERSON,
    PROD,
    SCRATCH,
    SETTLEMENTS,
    TRAILS,
    US,
    user_arn,
)

CARD_NUMBER = "4111111111111111"
SHARED, UNKNOWN, ROOT, CONTRACTOR = "ops-shared", "unknown-issuer", "root", "kit.ashdown"


class Chapters:
    """The special events, in the order of the calendar."""

    def __init__(self, ledger, identities, dynamodb, people):
        self.ledger, self.identities, self.dynamodb, self.people = ledger, identities, dynamodb, people
        self.dice = ledger.dice

    def run(self):
        """All chapters."""
        for chapter in (
            self.session_from_before,
            self.reporting_user,
            self.contractor,
            self.lost_phone,
            self.shared_user,
            self.scratch_table,
            self.logging_stopped,
            self.card_number_as_key,
            self.new_starter,
            self.break_glass,
            self.role_policies,
            self.burst,
            self.small_refusals,
            self.root_sign_in,
            self.bucket_policy,
            self.planned_changes,
        ):
            chapter()

    def iam(self, credential, when, name, request, response=None, region=US):
        """A change of an identity."""
        self.ledger.call(
            credential,
            when,
            "iam.amazonaws.com",
            name,
            region=region,
            request=request,
            response=response,
            read_only=False,
        )

    def session_from_before(self):
        """1 and 2 March: a role session whose AssumeRole lies before the first log."""
        role = self.identities.session(
            PROD,
            "payments-maintenance",
            "mnt-9c41e07b",
            UNKNOWN,
            created=at("2026-03-01T17:10:12"),
            address="192.0.2.240",
            agent="cli",
        )
        for moment in (
            "2026-03-01T20:11:40",
            "2026-03-01T22:47:05",
            "2026-03-02T00:31:18",
            "2026-03-02T02:02:51",
            "2026-03-02T04:26:33",
        ):
            self.dynamodb.data(role, at(moment), "GetItem", CARDS)
        self.dynamodb.data(role, at("2026-03-02T02:05:09"), "Query", AUTHORIZATIONS)

    def reporting_user(self):
        """2 and 3 March: CHG-2101 creates a user for the reporting program and gives it a key."""
        name = "svc-reporting"
        ngozi = self.identities.sso("ngozi.adeyemi", PROD, "IdentityAdmin", at("2026-03-02T09:40:00"))
        made = {
            "path": "/",
            "userName": name,
            "userId": self.identities.principal_id("AIDA", user_arn(PROD, name)),
            "arn": user_arn(PROD, name),
            "createDate": spoken(at("2026-03-02T09:46:12")),
        }
        self.iam(ngozi, at("2026-03-02T09:46:12"), "CreateUser", {"path": "/", "userName": name}, {"user": made})
        ngozi = self.identities.sso("ngozi.adeyemi", PROD, "IdentityAdmin", at("2026-03-03T10:05:00"))
        self.iam(
            ngozi,
            at("2026-03-03T10:09:31"),
            "AttachUserPolicy",
            {"userName": name, "policyArn": f"arn:aws:iam::{PROD}:policy/svc-reporting-read"},
        )
        key = self.identities.user(PROD, name, name).block["accessKeyId"]
        self.iam(
            ngozi,
            at("2026-03-03T10:14:02"),
            "CreateAccessKey",
            {"userName": name},
            {
                "accessKey": {
                    "userName": name,
                    "accessKeyId": key,
                    "status": "Active",
                    "createDate": spoken(at("2026-03-03T10:14:02")),
                }
            },
        )

    def contractor(self):
        """3 March: an IAM user that is not on the roster reads a table without cardholder data."""
        kit = self.identities.user(PROD, "kit.ashdown", CONTRACTOR, address="203.0.113.77")
        for step in range(6):
            self.dynamodb.data(kit, at("2026-03-03T14:20:00") + step * 95, "Query", SETTLEMENTS)

    def lost_phone(self):
        """4 March: a failed sign-in, then CHG-2107 replaces the second factor of Oisín Kelleher-Brandt."""
        user, serial = "oisin.kelleher", f"arn:aws:iam::{PROD}:mfa/oisin.kelleher"
        self.people.console_login(user, at("2026-03-04T09:12:44"), success=False)
        ngozi = self.identities.sso("ngozi.adeyemi", PROD, "IdentityAdmin", at("2026-03-04T10:30:00"))
        self.iam(ngozi, at("2026-03-04T10:33:20"), "DeactivateMFADevice", {"userName": user, "serialNumber": serial})
        self.iam(ngozi, at("2026-03-04T10:41:05"), "EnableMFADevice", {"userName": user, "serialNumber": serial})
        self.people.console_login(user, at("2026-03-04T10:55:31"))
        signed_in = self.identities.user(
            PROD, user, "p-012", address="192.0.2.127", agent="mac", signed_in=at("2026-03-04T10:55:31")
        )
        for step in range(10):
            self.dynamodb.data(signed_in, at("2026-03-04T11:02:00") + step * 80, "GetItem", MERCHANTS)

    def shared_user(self):
        """5 March: the shared user ops-shared takes a role and reads cards; nobody can say who sat there."""
        ops = self.identities.user(PROD, "ops-shared", SHARED, address="192.0.2.199")
        role = self.identities.assume(ops, PROD, "payments-maintenance", "ops", at("2026-03-05T18:03:10"), EU)
        for step in range(12):
            self.dynamodb.data(role, at("2026-03-05T18:05:00") + step * 47, "GetItem", CARDS)
        self.dynamodb.data(role, at("2026-03-05T18:16:30"), "Scan", CARDS)
        self.dynamodb.decrypt(role, at("2026-03-05T18:05:00"), CARDS)
        self.dynamodb.data(ops, at("2026-03-05T18:31:02"), "Query", MERCHANTS)

    def scratch_table(self):
        """6 and 9 March: a table appears without a change record and goes with one (CHG-2115)."""
        declan = self.identities.sso("declan.macruairi", PROD, "Developer", at("2026-03-06T15:10:00"))
        self.dynamodb.create(declan, at("2026-03-06T15:20:41"), SCRATCH)
        for step in range(8):
            self.dynamodb.data(declan, at("2026-03-06T15:24:00") + step * 33, "PutItem", SCRATCH)
        self.dynamodb.data(declan, at("2026-03-06T15:31:17"), "Scan", SCRATCH)
        declan = self.identities.sso("declan.macruairi", PROD, "Developer", at("2026-03-09T14:00:00"))
        self.dynamodb.admin(
            declan,
            at("2026-03-09T14:06:22"),
            "DeleteTable",
            SCRATCH,
            response=described(SCRATCH, "DELETING", at("2026-03-06T15:20:41")),
        )

    def logging_stopped(self):
        """9 March: acme-prod-euw1 is stopped for three hours without a change record."""
        henrik = self.identities.sso("henrik.sandvaer", PROD, "LogAdmin", STOPPED_FROM - 600)
        request = {"name": f"arn:aws:cloudtrail:{EU}:{PROD}:trail/{TRAILS[PROD, EU]}"}
        for when, name in ((STOPPED_FROM, "StopLogging"), (STOPPED_TO, "StartLogging")):
            self.ledger.call(
                henrik, when, "cloudtrail.amazonaws.com", name, region=EU, request=request, read_only=False
            )

    def card_number_as_key(self):
        """10 and 11 March: a column mix-up puts a card number where the member's number belongs."""
        wrong = {"memberId": CARD_NUMBER}
        wanjiru = self.identities.sso("wanjiru.kamathi", PROD, "LoyaltyEditor", at("2026-03-10T15:38:00"))
        self.dynamodb.data(
            wanjiru,
            at("2026-03-10T15:42:19"),
            "PutItem",
            LOYALTY,
            request={"tableName": LOYALTY.name, "key": wrong, "items": ["points", "tier", "memberId"]},
        )
        self.dynamodb.data(
            wanjiru, at("2026-03-10T15:44:50"), "GetItem", LOYALTY, request={"tableName": LOYALTY.name, "key": wrong}
        )
        wanjiru = self.identities.sso("wanjiru.kamathi", PROD, "LoyaltyEditor", at("2026-03-11T09:02:00"))
        self.dynamodb.data(
            wanjiru, at("2026-03-11T09:07:33"), "DeleteItem", LOYALTY, request={"tableName": LOYALTY.name, "key": wrong}
        )

    def new_starter(self):
        """10 March: CHG-2118 makes the user of Petros Andreadakis-Hume and gives him his first rights."""
        name, when = "petros.andreadakis", at("2026-03-10T08:50:00")
        ngozi = self.identities.sso("ngozi.adeyemi", PROD, "IdentityAdmin", when)
        made = {
            "path": "/",
            "userName": name,
            "userId": self.identities.principal_id("AIDA", user_arn(PROD, name)),
            "arn": user_arn(PROD, name),
            "createDate": spoken(when + 251),
        }
        self.iam(ngozi, when + 251, "CreateUser", {"path": "/", "userName": name}, {"user": made})
        self.iam(
            ngozi,
            when + 302,
            "CreateLoginProfile",
            {"userName": name, "passwordResetRequired": False},
            {"loginProfile": {"userName": name, "createDate": spoken(when + 302), "passwordResetRequired": False}},
        )
        self.iam(ngozi, when + 377, "AddUserToGroup", {"userName": name, "groupName": "merchant-services"})
        self.iam(
            ngozi, when + 460, "EnableMFADevice", {"userName": name, "serialNumber": f"arn:aws:iam::{PROD}:mfa/{name}"}
        )

    def break_glass(self):
        """11 March, at night: Jarmo Kettunen-Bligh takes the emergency role; incident INC-4471 is open."""
        jarmo = self.identities.sso("jarmo.kettunen", PROD, "PlatformAdmin", at("2026-03-11T02:04:00"))
        role = self.identities.assume(jarmo, PROD, "break-glass", "inc-4471", at("2026-03-11T02:06:28"), EU)
        start = at("2026-03-11T02:09:00")
        for step, operation in enumerate(("Query", "Query", "UpdateItem", "UpdateItem", "UpdateItem", "Query")):
            self.dynamodb.data(role, start + step * 210, operation, AUTHORIZATIONS)
        self.dynamodb.data(role, start + 1500, "GetItem", CARDS)
        self.dynamodb.decrypt(role, start + 1500, CARDS)

    def role_policies(self):
        """11 and 12 March: rights change under CHG-2121, CHG-2123 (in the identity account) and CHG-2124 (GovCloud)."""
        policy = (
            '{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["dynamodb:Query"],"Resource":"{}"}}]}}'
        )
        ngozi = self.identities.sso("ngozi.adeyemi", PROD, "IdentityAdmin", at("2026-03-11T13:20:00"))
        self.iam(
            ngozi,
            at("2026-03-11T13:27:48"),
            "PutRolePolicy",
            {
                "roleName": "settlement-batch",
                "policyName": "settlement-batch-query",
                "policyDocument": policy.format(SETTLEMENTS.arn),
            },
        )
        ngozi = self.identities.sso("ngozi.adeyemi", AUDIT, "IdentityAdmin", at("2026-03-11T13:50:00"))
        self.ledger.call(
            ngozi,
            at("2026-03-11T13:58:10"),
            "sso.amazonaws.com",
            "CreateAccountAssignment",
            region=US,
            read_only=False,
            request={
                "instanceArn": "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6",
                "targetId": AUDIT,
                "targetType": "AWS_ACCOUNT",
                "principalType": "USER",
                "principalId": PERSON["rasmus.egholm"].store_id,
                "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-"
                + PERMISSION_SETS[AUDIT, "ToolsDeveloper"],
            },
        )
        lucia = self.identities.user(GOV, "lucia.ferrandiz", "p-017", address="198.51.100.27")
        self.iam(
            lucia,
            at("2026-03-12T16:02:15"),
            "PutRolePolicy",
            {
                "roleName": "gov-card-vault",
                "policyName": "gov-card-vault-stream",
                "policyDocument": policy.format("arn:aws-us-gov:dynamodb:us-gov-west-1:777788889999:table/gov-cards/*"),
            },
            region=GOVWEST,
        )

    def burst(self):
        """12 March: Inés Valdecasas-Roy is refused 14 times within 20 minutes on cards; no incident was opened."""
        ines = self.identities.sso("ines.valdecasas", PROD, "FraudAnalyst", at("2026-03-12T14:00:30"))
        for step in range(14):
            operation = ("GetItem", "GetItem", "Query", "Scan")[step % 4]
            self.dynamodb.data(ines, at("2026-03-12T14:02:07") + step * 83, operation, CARDS, fails="refused")

    def small_refusals(self):
        """Now and then somebody tries what they may not, or types a table's name wrongly: too few for a cluster."""
        for day in ("03", "10", "13"):
            declan = self.identities.sso("declan.macruairi", PROD, "Developer", at(f"2026-03-{day}T12:10:00"))
            self.dynamodb.data(declan, at(f"2026-03-{day}T12:14:21"), "GetItem", CARDS, fails="refused")
            self.dynamodb.data(declan, at(f"2026-03-{day}T12:15:02"), "Query", CARDS, fails="refused")
            self.dynamodb.data(declan, at(f"2026-03-{day}T12:19:40"), "GetItem", MISSPELT, fails="missing")
        mehmet = self.identities.user(PROD, "mehmet.karadagli", "p-013", address="192.0.2.134")
        for step in range(2):
            self.dynamodb.data(mehmet, at("2026-03-05T15:52:10") + step * 20, "DeleteItem", MERCHANTS, fails="refused")

    def root_sign_in(self):
        """13 March: the root user of payments-prod looks at the user ops-shared; nothing covers it."""
        when = at("2026-03-13T16:41:09")
        root = self.identities.root(PROD, ROOT, "192.0.2.61", "mac", when)
        self.people.sign_in(root, when, mfa_device=f"arn:aws:iam::{PROD}:mfa/root-account-mfa-device")
        for step, name in enumerate(("GetUser", "ListMFADevices", "ListAccessKeys")):
            self.ledger.call(
                root,
                when + 40 + step * 25,
                "iam.amazonaws.com",
                name,
                region=US,
                read_only=True,
                request={"userName": "ops-shared"},
            )

    def bucket_policy(self):
        """11 March: the log bucket gets a new policy under CHG-2122."""
        bucket = LOG_BUCKET[AUDIT]
        henrik = self.identities.sso("henrik.sandvaer", AUDIT, "LogAdmin", at("2026-03-11T15:00:00"))
        statement = {
            "Sid": "AWSCloudTrailWrite",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/*",
        }
        self.ledger.call(
            henrik,
            at("2026-03-11T15:08:54"),
            "s3.amazonaws.com",
            "PutBucketPolicy",
            region=US,
            read_only=False,
            request={
                "bucketName": bucket,
                "Host": f"{bucket}.s3.amazonaws.com",
                "policy": "",
                "bucketPolicy": {"Version": "2012-10-17", "Statement": [statement]},
            },
            request_id=self.dice.s3_request(),
            resources=[{"accountId": AUDIT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}],
        )

    def planned_changes(self):
        """14 and 15 March: a table setting (CHG-2126), a backup (CHG-2127), an export (CHG-2129)."""
        jarmo = self.identities.sso("jarmo.kettunen", PROD, "PlatformAdmin", at("2026-03-14T10:00:00"))
        self.dynamodb.admin(
            jarmo,
            at("2026-03-14T10:06:33"),
            "UpdateTable",
            MERCHANTS,
            {"tableName": MERCHANTS.name, "deletionProtectionEnabled": True},
            described(MERCHANTS, "UPDATING", at("2025-11-04T08:12:37")),
        )
        self.dynamodb.admin(
            jarmo,
            at("2026-03-14T10:20:18"),
            "CreateBackup",
            CARDS,
            {"tableName": CARDS.name, "backupName": "cards-before-quarter-end"},
            {
                "backupDetails": {
                    "backupName": "cards-before-quarter-end",
                    "backupStatus": "CREATING",
                    "backupType": "USER",
                    "backupArn": CARDS.arn + "/backup/01773483618000-5f0e1d2c",
                    "backupCreationDateTime": spoken(at("2026-03-14T10:20:18")),
                }
            },
        )
        hana = self.identities.sso("hana.brozkova", PROD, "SettlementOps", at("2026-03-15T09:00:00"), mail=True)
        self.dynamodb.admin(
            hana,
            at("2026-03-15T09:11:46"),
            "ExportTableToPointInTime",
            SETTLEMENTS,
            {
                "tableArn": SETTLEMENTS.arn,
                "s3Bucket": "acme-finance-quarter-end",
                "exportFormat": "DYNAMODB_JSON",
                "clientToken": self.dice.uuid(),
            },
            {
                "exportDescription": {
                    "exportStatus": "IN_PROGRESS",
                    "tableArn": SETTLEMENTS.arn,
                    "exportArn": SETTLEMENTS.arn + "/export/01773565906000-1a2b3c4d",
                }
            },
        )


def read_log_objects(ledger, identities, delivered):
    """Reads of delivered log files: by the auditor, as she should, and on 13 March by a developer who is no log reader.

    `delivered` holds (time, key) of the files in the log bucket, oldest first.
    """
    bucket = LOG_BUCKET[AUDIT]
    readings = [("caoimhe.nidhalaigh", "LogReader", f"2026-03-{day}T11:15:00", 6) for day in ("05", "09", "12")]
    for user, permission_set, moment, count in [
        *readings,
        ("rasmus.egholm", "ToolsDeveloper", "2026-03-13T14:26:00", 4),
    ]:
        start = at(moment)
        reader = identities.sso(user, AUDIT, permission_set, start - 60)
        for step, key in enumerate([key for when, key in delivered if when < start - HOUR][-count:]):
            s3_object(ledger, reader, start + step * 38, "GetObject", bucket, AUDIT, US, key, read_only=True)


def s3_object(
    ledger, credential, when, name, bucket, account, region, key, *, read_only, request=None, shared_event=""
):
    """An S3 data event on one object."""
    arn = "arn:aws-us-gov:s3:::" if account == GOV else "arn:aws:s3:::"
    ledger.call(
        credential,
        when,
        "s3.amazonaws.com",
        name,
        account=account,
        region=region,
        data=True,
        read_only=read_only,
        request={"bucketName": bucket, "Host": f"{bucket}.s3.{region}.amazonaws.com", **(request or {}), "key": key},
        request_id=ledger.dice.s3_request(),
        shared_event=shared_event,
        resources=[
            {"type": "AWS::S3::Object", "ARN": f"{arn}{bucket}/{key}"},
            {"accountId": account, "type": "AWS::S3::Bucket", "ARN": f"{arn}{bucket}"},
        ],
    )

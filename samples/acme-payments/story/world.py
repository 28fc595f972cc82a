"""What exists: accounts, tables, trails, roles, people and workloads. Facts only; nothing happens here."""

from dataclasses import dataclass, field

PROD, AUDIT, GOV = "111122223333", "444455556666", "777788889999"
EU, US, GOVWEST = "eu-west-1", "us-east-1", "us-gov-west-1"
STREAMS = ((PROD, US), (PROD, EU), (AUDIT, US), (GOV, GOVWEST))
TRAILS = {
    (PROD, US): "acme-prod-use1",
    (PROD, EU): "acme-prod-euw1",
    (AUDIT, US): "acme-audit-use1",
    (GOV, GOVWEST): "acme-gov",
}
LOG_BUCKET = {PROD: "acme-audit-trail-logs", AUDIT: "acme-audit-trail-logs", GOV: "acme-gov-trail-logs"}
# A second trail, of the security team, watches payments-prod in both regions: all management events, and these item
# calls. It runs on while another trail is stopped.
SECOND_TRAIL = "acme-prod-watch"
SECOND_BUCKET = "acme-security-watch"
WATCHED_CALLS = ("BatchExecuteStatement", "DeleteItem", "ExecuteStatement", "ExecuteTransaction", "Scan")
IDENTITY_STORE = f"arn:aws:identitystore::{AUDIT}:identitystore/d-9067a1b2c3"
DOMAIN = "acme-payments.example"


def partition(account):
    """The ARN partition of an account."""
    return "aws-us-gov" if account == GOV else "aws"


@dataclass(frozen=True)
class Table:
    """A DynamoDB table with the shape of its keys and the names of its other attributes."""

    name: str
    account: str
    region: str
    data: str
    prefix: str
    keys: tuple
    attributes: tuple
    index: str
    stream: str = "2025-11-04T08:12:37.119"

    @property
    def arn(self):
        """The table's ARN."""
        return f"arn:{partition(self.account)}:dynamodb:{self.region}:{self.account}:table/{self.name}"

    @property
    def stream_arn(self):
        """The ARN of its change stream; empty for a table without one."""
        return f"{self.arn}/stream/{self.stream}" if self.stream else ""


CARDS = Table("cards", PROD, EU, "cardholder", "tok-", ("cardToken",), ("panCipher", "expiry", "holderRef"), "byHolder")
AUTHORIZATIONS = Table(
    "authorizations",
    PROD,
    EU,
    "cardholder",
    "auth-",
    ("authId", "attempt"),
    ("cardToken", "amount", "currency", "state"),
    "byMerchant",
)
LOYALTY = Table("loyalty", PROD, EU, "other", "mbr-", ("memberId",), ("points", "tier"), "byTier")
MERCHANTS = Table(
    "merchants", PROD, US, "cardholder", "m-", ("merchantId",), ("settlementCard", "status", "mcc"), "byStatus"
)
SETTLEMENTS = Table(
    "settlements", PROD, US, "other", "stl-", ("settlementId",), ("merchantId", "net", "paidOn"), "byMerchant"
)
GOV_CARDS = Table(
    "gov-cards", GOV, GOVWEST, "cardholder", "gtok-", ("cardToken",), ("agency", "limit", "panCipher"), "byAgency"
)
TABLES = (CARDS, AUTHORIZATIONS, LOYALTY, MERCHANTS, SETTLEMENTS, GOV_CARDS)
SCRATCH = Table("scratch-refund-replay", PROD, US, "", "row-", ("rowId",), ("payload",), "", stream="")
MISSPELT = Table("authorisations", PROD, EU, "", "auth-", ("authId",), (), "", stream="")


@dataclass(frozen=True)
class Person:
    """A row of the roster, with where the person works from."""

    id: str
    name: str
    user: str
    department: str
    manager: str
    joined: str
    left: str = ""
    address: str = "192.0.2.10"
    agent: str = "cli"
    store_id: str = ""
    extra: tuple = field(default_factory=tuple)

    @property
    def mail(self):
        """The person's address in the directory."""
        return f"{self.user}@{DOMAIN}"


def user_arn(account, name):
    """ARN of an IAM user."""
    return f"arn:{partition(account)}:iam::{account}:user/{name}"


PEOPLE = (
    Person(
        "p-001",
        "Aoife Tierney-Walsh",
        "aoife.tierney",
        "Customer support",
        "p-011",
        "2021-04-12",
        "",
        "192.0.2.21",
        "mac",
        "94482488-3041-7012-8cdd-5e1b0a7c2d01",
    ),
    Person(
        "p-002",
        "Bram Okonjo-Visser",
        "bram.okonjo",
        "Payments engineering",
        "p-015",
        "2020-09-01",
        "",
        "192.0.2.34",
        "cli",
        "",
        (user_arn(PROD, "bram.okonjo"),),
    ),
    Person(
        "p-003",
        "Νίκη Παππά",
        "niki.pappa",
        "Fraud",
        "p-014",
        "2022-01-17",
        "",
        "192.0.2.47",
        "windows",
        "94482488-3041-7033-a1c4-1f0b9d2e6a03",
    ),
    Person(
        "p-004",
        "Zoë Müller-Ó Briain",
        "zoe.muller",
        "Government cards",
        "p-017",
        "2019-06-03",
        "",
        "198.51.100.14",
        "cli",
        "",
        ("zoë.müller-ó-briain@" + DOMAIN,),
    ),
    Person(
        "p-005",
        "Tomasz Wierzbowski-Hale",
        "tomasz.wierzbowski",
        "Security",
        "p-009",
        "2018-11-26",
        "",
        "192.0.2.58",
        "cli",
        "94482488-3041-7055-b7e2-6c4d8f1a9b05",
    ),
    Person(
        "p-006",
        "Ngozi Adeyemi-Lindqvist",
        "ngozi.adeyemi",
        "Identity services",
        "p-009",
        "2020-02-10",
        "",
        "192.0.2.61",
        "mac",
        "94482488-3041-7066-93d0-2b5e7c8f1d06",
    ),
    Person(
        "p-007",
        "Henrik Sandvær-Pool",
        "henrik.sandvaer",
        "Platform",
        "p-015",
        "2017-08-14",
        "",
        "192.0.2.73",
        "cli",
        "94482488-3041-7077-8f6a-4d1c3e9b7a07",
    ),
    Person(
        "p-008",
        "Priya Raghunath-Moore",
        "priya.raghunath",
        "Finance analytics",
        "p-019",
        "2023-05-02",
        "",
        "192.0.2.85",
        "windows",
        "94482488-3041-7088-a2b9-7e6f5d4c3b08",
    ),
    Person(
        "p-009",
        "Caoimhe Ní Dhálaigh-Fox",
        "caoimhe.nidhalaigh",
        "Internal audit",
        "",
        "2016-03-21",
        "",
        "192.0.2.96",
        "windows",
        "94482488-3041-7099-b5c8-9a8b7c6d5e09",
    ),
    Person(
        "p-010",
        "Declan Mac Ruairí-Boyd",
        "declan.macruairi",
        "Payments engineering",
        "p-015",
        "2021-10-04",
        "",
        "192.0.2.108",
        "cli",
        "94482488-3041-7110-9e7d-3c2b1a0f9e10",
    ),
    Person(
        "p-011",
        "Sunniva Torkelsdatter-Ames",
        "sunniva.torkelsdatter",
        "Customer support",
        "p-019",
        "2019-01-28",
        "",
        "192.0.2.119",
        "mac",
        "94482488-3041-7111-8d6c-5f4e3d2c1b11",
    ),
    Person(
        "p-012",
        "Oisín Kelleher-Brandt",
        "oisin.kelleher",
        "Merchant services",
        "p-019",
        "2022-07-11",
        "",
        "192.0.2.127",
        "mac",
        "",
        (user_arn(PROD, "oisin.kelleher"),),
    ),
    Person(
        "p-013",
        "Mehmet Karadağlı-Stone",
        "mehmet.karadagli",
        "Merchant services",
        "p-012",
        "2023-09-18",
        "",
        "192.0.2.134",
        "cli",
        "",
        (user_arn(PROD, "mehmet.karadagli"),),
    ),
    Person(
        "p-014",
        "Inés Valdecasas-Roy",
        "ines.valdecasas",
        "Fraud",
        "p-009",
        "2018-05-07",
        "",
        "192.0.2.146",
        "windows",
        "94482488-3041-7114-a3f2-1e0d9c8b7a14",
    ),
    Person(
        "p-015",
        "Jarmo Kettunen-Bligh",
        "jarmo.kettunen",
        "Platform",
        "p-009",
        "2017-02-06",
        "",
        "203.0.113.52",
        "cli",
        "94482488-3041-7115-97e1-8b7a6c5d4e15",
    ),
    Person(
        "p-016",
        "Wanjiru Kamathi-Dean",
        "wanjiru.kamathi",
        "Loyalty",
        "p-011",
        "2024-02-19",
        "",
        "192.0.2.163",
        "windows",
        "94482488-3041-7116-8c2f-6d5e4f3a2b16",
    ),
    Person(
        "p-017",
        "Lucía Ferrándiz-Quill",
        "lucia.ferrandiz",
        "Government cards",
        "p-009",
        "2018-10-15",
        "",
        "198.51.100.27",
        "cli",
        "",
        (user_arn(GOV, "lucia.ferrandiz"),),
    ),
    Person(
        "p-018",
        "Rasmus Egholm-Tait",
        "rasmus.egholm",
        "Payments engineering",
        "p-015",
        "2024-11-25",
        "",
        "192.0.2.188",
        "cli",
        "94482488-3041-7118-b1d3-0f9e8d7c6b18",
    ),
    Person(
        "p-019",
        "Hana Brožková-Lyle",
        "hana.brozkova",
        "Settlement operations",
        "p-009",
        "2019-12-02",
        "",
        "192.0.2.195",
        "mac",
        "94482488-3041-7119-9a4e-2c1b0a9f8e19",
    ),
    Person(
        "p-020",
        "Petros Andreadakis-Hume",
        "petros.andreadakis",
        "Merchant services",
        "p-012",
        "2026-03-10",
        "",
        "192.0.2.202",
        "mac",
        "",
        (user_arn(PROD, "petros.andreadakis"),),
    ),
    Person("p-021", "Maren Solheim-Carr", "maren.solheim", "Fraud", "p-014", "2020-08-24", "2026-02-27"),
    Person(
        "p-022",
        "Saskia Vermeulen-Hart",
        "saskia.vermeulen",
        "Merchant services",
        "p-012",
        "2022-03-14",
        "2026-03-05",
        "203.0.113.201",
        "cli",
        "",
        (user_arn(PROD, "saskia.vermeulen"),),
    ),
)
PERSON = {person.user: person for person in PEOPLE}

# Permission sets of Identity Center: account × name → the suffix that AWS adds to the role.
PERMISSION_SETS = {
    (PROD, "SupportRead"): "3f9c1a7e5b2d8046",
    (PROD, "SupportWrite"): "a07d4c2b91e6f358",
    (PROD, "FraudAnalyst"): "5be2907ca1d4836f",
    (PROD, "Developer"): "c81f6d3e0a94b725",
    (PROD, "LoyaltyEditor"): "1d70e9b4c65a2f83",
    (PROD, "SettlementOps"): "96a3f5c07e1b4d28",
    (PROD, "PlatformAdmin"): "e24b8d917fa0c356",
    (PROD, "LogAdmin"): "70c5e1f92ab8d463",
    (PROD, "IdentityAdmin"): "4a9e07d3c1f86b52",
    (AUDIT, "IdentityAdmin"): "b86f2c940e7d5a13",
    (AUDIT, "LogAdmin"): "2e7a5d0b8c9f1436",
    (AUDIT, "LogReader"): "d90b3e6f74a1c258",
    (AUDIT, "SecurityEngineer"): "8c1d5f2e6b9a0374",
    (AUDIT, "ToolsDeveloper"): "f35a7c8e1d0b2946",
}

WORKLOADS = (
    ("payments-api", "Payments engineering", f"arn:aws:iam::{PROD}:role/payments-api"),
    ("settlement-batch", "Settlement operations", f"arn:aws:iam::{PROD}:role/settlement-batch"),
    ("stream-relay", "Payments engineering", f"arn:aws:iam::{PROD}:role/stream-relay"),
    ("gov-card-vault", "Government cards", f"arn:aws-us-gov:iam::{GOV}:role/gov-card-vault"),
    ("trail-monitor", "Security", f"arn:aws:iam::{AUDIT}:role/trail-monitor"),
    ("svc-reporting", "Finance analytics", f"arn:aws:iam::{PROD}:user/svc-reporting"),
)

AGENTS = {
    "cli": "aws-cli/2.24.5 md/awscrt#0.23.8 ua/2.1 os/linux#6.8.0-55-generic md/arch#x86_64 lang/python#3.12.6 "
    "md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#{command}",
    "mac": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 "
    "Safari/605.1.15",
    "windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 "
    "Safari/537.36",
    "java": "aws-sdk-java/2.30.14 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.129 lang/java#21.0.6 "
    "exec-env/AWS_ECS_FARGATE",
    "java-ec2": "aws-sdk-java/2.30.14 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.129 lang/java#21.0.6",
    "lambda": "Boto3/1.37.4 md/Botocore#1.37.4 ua/2.0 os/linux#5.10.234 md/arch#aarch64 lang/python#3.13.2 "
    "md/pyimpl#CPython exec-env/AWS_Lambda_python3.13",
}

"""What the organisation approved and reviewed: requests, the access matrix, purposes, reviews of the logs.

Comes in: the world. Goes out: rows for facts. The requests repeat what the changes cover, but for one: the assignment
of 11 March has a change record and was never requested. The review of Sunday 8 March is missing; that of 10 March found
the stop and led to nothing.
"""

from .times import DAY, at, iso
from .world import AUDIT, GOV, PROD, user_arn

ADMIN = "*AWSReservedSSO_IdentityAdmin_*"
REQUESTS = (
    ("REQ-0411", "2026-03-02T09:00:00Z", "2026-03-03T18:00:00Z", ADMIN, "*", "*svc-reporting*", "Hana Brožková-Lyle"),
    (
        "REQ-0415",
        "2026-03-04T10:00:00Z",
        "2026-03-04T12:00:00Z",
        ADMIN,
        "*MFADevice",
        "*oisin.kelleher*",
        "Hana Brožková-Lyle",
    ),
    (
        "REQ-0422",
        "2026-03-06T09:00:00Z",
        "2026-03-10T18:00:00Z",
        ADMIN,
        "Delete*",
        "*saskia.vermeulen*",
        "Oisín Kelleher-Brandt",
    ),
    (
        "REQ-0424",
        "2026-03-10T08:00:00Z",
        "2026-03-10T12:00:00Z",
        ADMIN,
        "*",
        "*petros.andreadakis*",
        "Oisín Kelleher-Brandt",
    ),
    (
        "REQ-0427",
        "2026-03-11T13:00:00Z",
        "2026-03-11T15:00:00Z",
        ADMIN,
        "PutRolePolicy",
        "*settlement-batch*",
        "Hana Brožková-Lyle",
    ),
    (
        "REQ-0430",
        "2026-03-12T15:00:00Z",
        "2026-03-12T18:00:00Z",
        user_arn(GOV, "lucia.ferrandiz"),
        "PutRolePolicy",
        "*gov-card-vault*",
        "Zoë Müller-Ó Briain",
    ),
)


def _set(name):
    """Whoever holds a permission set."""
    return f"*AWSReservedSSO_{name}_*"


def _session(role, name):
    """Sessions of a role whose name fits."""
    return f"arn:aws:sts::{PROD}:assumed-role/{role}/{name}"


def _role(name):
    return f"arn:aws:iam::{PROD}:role/{name}"


# Who, tables and kinds, why, may query directly. The shared user `ops-shared` and the contractor are not on it; a
# session of payments-maintenance counts if it bears the name that the ticket system gives it.
GRANTS = (
    (
        _set("SupportRead"),
        {"cards": "read", "authorizations": "read", "loyalty": "read"},
        "Answering cardholders",
        "p-011",
    ),
    (
        _set("SupportWrite"),
        {"cards": "read", "authorizations": "read;write", "loyalty": "read;write"},
        "Correcting authorizations",
        "p-019",
    ),
    (_set("FraudAnalyst"), {"authorizations": "read", "loyalty": "read"}, "Fraud analysis", "p-009"),
    (_set("Developer"), {"merchants": "read", "settlements": "read"}, "Support of the merchant programs", "p-015"),
    (_set("LoyaltyEditor"), {"loyalty": "read;write;delete"}, "Loyalty desk", "p-011"),
    (
        _set("SettlementOps"),
        {"settlements": "read;write;delete;copy", "merchants": "read"},
        "Settlement desk",
        "p-009",
    ),
    (_set("PlatformAdmin"), {"*": "copy;admin"}, "Operation of the tables", "p-009"),
    (
        _session("payments-maintenance", "mnt-*"),
        {"cards": "read", "authorizations": "read;write;delete", "loyalty": "read;write"},
        "Repairs under a ticket",
        "p-015",
    ),
    (
        user_arn(PROD, "bram.okonjo"),
        {"merchants": "read", "settlements": "read"},
        "Support of the merchant programs",
        "p-015",
    ),
    (user_arn(PROD, "oisin.kelleher"), {"merchants": "read;write"}, "Merchant desk", "p-019"),
    (user_arn(PROD, "petros.andreadakis"), {"merchants": "read"}, "Merchant desk", "p-012"),
    (_role("merchant-editor"), {"merchants": "read;write"}, "Merchant desk", "p-012"),
    (_role("finance-analytics"), {"merchants": "read", "settlements": "read"}, "Quarterly figures", "p-019"),
    (
        _role("card-forensics"),
        {"cards": "read", "authorizations": "read", "loyalty": "read"},
        "Investigations",
        "p-009",
    ),
    (_role("break-glass"), {"cards": "read", "authorizations": "read;write"}, "Emergencies with an incident", "p-009"),
    (f"arn:aws-us-gov:iam::{GOV}:role/gov-card-operator", {"gov-cards": "read;write"}, "Government card desk", "p-017"),
    (f"arn:aws-us-gov:iam::{GOV}:role/gov-card-auditor", {"gov-cards": "read"}, "Monthly sample", "p-004"),
    (user_arn(GOV, "lucia.ferrandiz"), {"gov-cards": "read"}, "Supervision of the desk", "p-009"),
)
PROGRAMS = (
    ("payments-api", {"cards": "read;write", "authorizations": "read;write", "loyalty": "read;write"}, "Payments"),
    ("settlement-batch", {"merchants": "read;write", "settlements": "read;write;delete"}, "Daily settlement"),
    (
        "stream-relay",
        dict.fromkeys(("cards", "authorizations", "loyalty", "merchants", "settlements"), "read"),
        "Passing changes on",
    ),
    ("gov-card-vault", {"gov-cards": "read;write"}, "Vault of government cards"),
    ("svc-reporting", {"settlements": "read"}, "Report on settlements (CHG-2101)"),
)


def access():
    """Rows of access.csv: principal, table, kinds, approver."""
    for principal, tables, _, approver in GRANTS:
        yield from ((principal, table, kinds, approver) for table, kinds in tables.items())
    for program, tables, _ in PROGRAMS:
        yield from ((program, table, kinds, "p-015") for table, kinds in tables.items())


def purposes():
    """Rows of purposes.csv: principal, table, purpose."""
    rows = [(principal, tables, purpose) for principal, tables, purpose, _ in GRANTS]
    for principal, tables, purpose in [*rows, *PROGRAMS]:
        yield from ((principal, table, purpose) for table in tables)


def direct_query():
    """People who may query tables by hand: everybody whom the matrix lets read or copy."""
    words = ("read", "copy")
    return [
        principal
        for principal, tables, _, _ in GRANTS
        if any(word in kinds for kinds in tables.values() for word in words)
    ]


def reviews():
    """Rows of reviews.csv: a review each day at 09:00 for the day before, from 2 March to the day of the order."""
    found = {
        "2026-03-06": (
            "ops-shared read cards on 5 March; nobody can say who",
            "Interview of the platform team, 9 March",
        ),
        "2026-03-10": ("acme-prod-euw1 did not log from 10:00 to 13:00 on 9 March", ""),
        "2026-03-13": ("14 refusals of one analyst on cards", "Asked her manager: a wrong filter in a report"),
        "2026-03-14": ("Log files read by a developer; root used", "Assignment taken back on 14 March"),
    }
    for day in range(at("2026-03-02T09:00"), at("2026-03-20T10:00"), DAY):
        date = iso(day)[:10]
        if date != "2026-03-08":
            what, follow_up = found.get(date, ("nothing", ""))
            yield (iso(day - 33 * 3600), iso(day - 9 * 3600), iso(day), "Caoimhe Ní Dhálaigh-Fox", what, follow_up)


# Of which principals audit.toml says more, beside those that administer, read and change logs.
KEY_ADMINS = (_set("PlatformAdmin"),)
DUAL_DUTY = (_set("PlatformAdmin"), _role("break-glass"))
WATCHED = (_role("break-glass"), _role("payments-maintenance"), f"arn:aws:iam::{AUDIT}:role/security-investigator")

"""What the organisation states beside the logs: audit.toml and the files it names.

Comes in: the world. Goes out: (path, text) of each file. Never looks at the records.
"""

import csv
import io

from . import approvals, saved
from .world import PEOPLE, SECOND_TRAIL, TABLES, WORKLOADS

AUDIT_TOML = """\
# The audit of Acme Payments, an invented company. Written by generate.py; README.md tells the story.

[audit]
entity = "Acme Payments (invented)"
system = "Card and settlement platform"
name = "acme-payments"
prepared_by = "Compliance team, Acme Payments"
contact = "evidence@acme-payments.example"
reference = "AUD-2026-014"
packs = ["pci-dss-4.0.1"]
redaction = "internal"
keep_until = "2029-03-31 (assessment evidence, 3 years)"
service_provider = false

[period]
from = "2026-03-02"
to = "2026-03-16"
as_of = "2026-03-20"
zone = "Europe/Dublin"
delivery_lag_minutes = 60

# Holds the log files and digests of four trails under AWSLogs/, and those of a fifth under logs-copy/.
[[source]]
path = "logs"

[[account]]
id = "111122223333"
name = "payments-prod"
regions = ["eu-west-1", "us-east-1"]

[[account]]
id = "444455556666"
name = "security-audit"
regions = ["us-east-1"]

[[account]]
id = "777788889999"
name = "payments-gov"
regions = ["us-gov-west-1"]

{tables}
{workloads}
# The office, the GovCloud desk and the programs. Whoever works elsewhere comes from outside.
[networks]
approved = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/27", "203.0.113.31/32", "203.0.113.40/32"]

[calendar]
zone = "Europe/Dublin"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "07:00"
to = "19:00"
holidays = ["2026-03-17"]

[identity_provider]
name = "Acme workforce directory"
mfa_attestation = "SEC-POL-07, section 3; letter of 2026-01-15"

# The other tables are encrypted with keys that AWS owns.
[data]
keys = ["{key}"]
allowed_regions = ["eu-west-1", "us-east-1", "us-gov-west-1"]
sensitive_keys = ['[A-Z]{{2}}\\d{{2}}[A-Z]{{4}}\\d{{14}}', '[^@\\s]+@[^@\\s]+\\.[a-z]{{2,}}']

[[third_party]]
name = "Ashdown Reconciliation (contractor)"
principals = ["arn:aws:iam::111122223333:user/kit.ashdown"]
from = "2026-01-05"
to = "2026-02-27"
networks = ["203.0.113.64/28"]
tables = ["settlements"]

[principals]
privileged = [
    "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_PlatformAdmin_*",
    "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_IdentityAdmin_*",
    "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_LogAdmin_*",
    "arn:aws:iam::111122223333:role/break-glass",
]
break_glass = ["arn:aws:iam::111122223333:role/break-glass"]
shared = ["arn:aws:iam::111122223333:user/ops-shared"]
log_readers = [
    "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_LogReader_*",
    "arn:aws:iam::444455556666:role/trail-monitor",
]
log_admins = [
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_LogAdmin_*",
    "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_LogAdmin_*",
]
key_admins = [{key_admins}]
dual_duty = [{dual_duty}]
watched = [{watched}]
external = []
direct_query = [{direct_query}]

[logs]
buckets = ["acme-audit-trail-logs", "acme-gov-trail-logs"]
keys = []
groups = []
trails = ["acme-prod-use1", "acme-prod-euw1", "acme-audit-use1", "acme-gov", "acme-prod-watch"]
identity_center_region = "us-east-1"
account = "444455556666"
public_keys = ["public-keys"]
retention_days = 365
online_days = 90

[records]
roster = "roster.csv"
changes = "changes.csv"
incidents = "incidents.csv"
requests = "requests.csv"
access = "access.csv"
purposes = "purposes.csv"
reviews = "reviews.csv"

{snapshots}"""

ADMIN, GOV_USER = approvals.ADMIN, "arn:aws-us-gov:iam::777788889999:user/lucia.ferrandiz"
CHANGE_COLUMNS = ("id", "from", "to", "principal", "operation", "object", "approver")
CHANGES = (
    (
        "CHG-2101",
        "2026-03-02T09:00:00Z",
        "2026-03-03T18:00:00Z",
        ADMIN,
        "*",
        "*svc-reporting*",
        "Priya Raghunath-Moore",
    ),
    (
        "CHG-2107",
        "2026-03-04T10:15:00Z",
        "2026-03-04T12:00:00Z",
        ADMIN,
        "*MFADevice",
        "*oisin.kelleher*",
        "Caoimhe Ní Dhálaigh-Fox",
    ),
    (
        "CHG-2115",
        "2026-03-09T13:30:00Z",
        "2026-03-09T17:00:00Z",
        "*AWSReservedSSO_Developer_*",
        "DeleteTable",
        "*scratch-refund-replay",
        "Jarmo Kettunen-Bligh",
    ),
    (
        "CHG-2118",
        "2026-03-10T08:30:00Z",
        "2026-03-10T12:00:00Z",
        ADMIN,
        "*",
        "*petros.andreadakis*",
        "Oisín Kelleher-Brandt",
    ),
    (
        "CHG-2120",
        "2026-03-10T15:00:00Z",
        "2026-03-10T17:00:00Z",
        ADMIN,
        "Delete*",
        "*saskia.vermeulen*",
        "Oisín Kelleher-Brandt",
    ),
    (
        "CHG-2121",
        "2026-03-11T13:00:00Z",
        "2026-03-11T15:00:00Z",
        ADMIN,
        "PutRolePolicy",
        "*settlement-batch*",
        "Hana Brožková-Lyle",
    ),
    (
        "CHG-2122",
        "2026-03-11T14:30:00Z",
        "2026-03-11T16:30:00Z",
        "*AWSReservedSSO_LogAdmin_*",
        "PutBucketPolicy",
        "*acme-audit-trail-logs",
        "Caoimhe Ní Dhálaigh-Fox",
    ),
    (
        "CHG-2123",
        "2026-03-11T13:30:00Z",
        "2026-03-11T15:00:00Z",
        ADMIN,
        "CreateAccountAssignment",
        "*",
        "Jarmo Kettunen-Bligh",
    ),
    (
        "CHG-2124",
        "2026-03-12T15:00:00Z",
        "2026-03-12T18:00:00Z",
        GOV_USER,
        "PutRolePolicy",
        "*gov-card-vault*",
        "Zoë Müller-Ó Briain",
    ),
    (
        "CHG-2126",
        "2026-03-14T09:30:00Z",
        "2026-03-14T12:00:00Z",
        "*AWSReservedSSO_PlatformAdmin_*",
        "UpdateTable",
        "*merchants",
        "Oisín Kelleher-Brandt",
    ),
    (
        "CHG-2127",
        "2026-03-14T09:30:00Z",
        "2026-03-14T12:00:00Z",
        "*AWSReservedSSO_PlatformAdmin_*",
        "CreateBackup",
        "*cards*",
        "Hana Brožková-Lyle",
    ),
    (
        "CHG-2129",
        "2026-03-15T08:00:00Z",
        "2026-03-15T12:00:00Z",
        "*AWSReservedSSO_SettlementOps_*",
        "ExportTableToPointInTime",
        "*settlements*",
        "Priya Raghunath-Moore",
    ),
)
INCIDENTS = (
    (
        "INC-4468",
        "2026-03-04T09:20:00Z",
        "2026-03-04T11:30:00Z",
        "arn:aws:iam::111122223333:user/oisin.kelleher",
        "Phone lost; second factor replaced under CHG-2107",
    ),
    (
        "INC-4471",
        "2026-03-11T01:52:00Z",
        "2026-03-11T06:30:00Z",
        "*break-glass*",
        "Authorizations stuck in state pending; emergency role approved by the duty manager",
    ),
)


def files():
    """Every stated fact as (path, text)."""
    yield (
        "audit.toml",
        AUDIT_TOML.format(
            tables="".join(map(_table, TABLES)),
            workloads="".join(_workload(*row) for row in WORKLOADS),
            key=saved.KEY_ARN,
            key_admins=_list(approvals.KEY_ADMINS),
            dual_duty=_list(approvals.DUAL_DUTY),
            watched=_list(approvals.WATCHED),
            direct_query=_list(approvals.direct_query()),
            snapshots="\n".join(_snapshot(*answer) for answer in saved.answers()),
        ),
    )
    yield (
        "roster.csv",
        _csv(("id", "name", "mail", "department", "manager", "joined", "left", "identities"), map(_roster_row, PEOPLE)),
    )
    yield "changes.csv", _csv(CHANGE_COLUMNS, CHANGES)
    yield "incidents.csv", _csv(("id", "opened", "closed", "principal", "summary"), INCIDENTS)
    yield "requests.csv", _csv(CHANGE_COLUMNS, approvals.REQUESTS)
    yield "access.csv", _csv(("principal", "table", "kinds", "approver"), approvals.access())
    yield "purposes.csv", _csv(("principal", "table", "purpose"), approvals.purposes())
    yield (
        "reviews.csv",
        _csv(("period_from", "period_to", "date", "reviewer", "found", "follow_up"), approvals.reviews()),
    )
    for _, name, _, _, answer in saved.answers():
        yield f"config/{name}.json", saved.text(answer)


def _table(table):
    return (
        f'[[table]]\naccount = "{table.account}"\nregion = "{table.region}"\nname = "{table.name}"\n'
        f'data = "{table.data}"\n\n'
    )


def _workload(name, owner, principal):
    return f'[[workload]]\nname = "{name}"\nowner = "{owner}"\nprincipals = ["{principal}"]\n\n'


def _list(texts):
    """A TOML list, one text a line."""
    return "\n" + "".join(f'    "{text}",\n' for text in texts)


def _snapshot(kind, name, taken, subject, _):
    lines = [f'file = "config/{name}.json"', f'taken = "{taken}"']
    if kind == "event-selectors":
        lines.append(f"multi_region = {'true' if name.endswith(SECOND_TRAIL) else 'false'}")
    else:
        lines.insert(0, f'kind = "{kind}"')
    lines += [f'subject = "{subject}"'] if subject else []
    return "[[snapshot]]\n" + "\n".join(lines) + "\n"


def _roster_row(person):
    names = [*person.extra]
    if person.store_id:
        names += [person.user, person.store_id, person.mail]
    elif not person.extra:
        names += [person.mail]
    if person.user == "mehmet.karadagli":
        names.append(person.user)
    return (
        person.id,
        person.name,
        person.mail,
        person.department,
        person.manager,
        person.joined,
        person.left,
        ";".join(names),
    )


def _csv(head, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()

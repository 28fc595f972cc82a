"""The numbers behind requirements 3, 6, 7, 8 and 10.3 to 10.7, counted from the files alone. `verify.py` runs it.

Comes in: the folder and the records that `verify.py` read. Goes out: the entries of `facts` in expected.json that it
can count. It takes audit.toml and the CSV files at their word and shares no code with the generator.
"""

import csv
import datetime
import fnmatch
import json
import re
import tomllib

ANSWERED = {"ConditionalCheckFailedException", "TransactionCanceledException"}
READS = {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan", "GetRecords", "GetShardIterator"}
WRITES = {"PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"}
COPIES = {"CreateBackup", "ExportTableToPointInTime"}
VERBS = {"SELECT": "read", "INSERT": "write", "UPDATE": "write", "DELETE": "delete"}
GRANTS = re.compile(r"^(Create(User|AccountAssignment)|Put(User|Role)Policy|AttachUserPolicy|AddUserToGroup)$")
FILE = re.compile(r"/(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{8}T\d{4})Z_")


def rows(folder, name):
    """The lines of a CSV file."""
    return list(csv.DictReader((folder / name).read_text(encoding="utf-8").splitlines()))


def moment(text):
    """Seconds of `2026-03-02T09:00:00Z` or `20260302T0900`."""
    form = "%Y-%m-%dT%H:%M:%SZ" if "-" in text else "%Y%m%dT%H%M"
    return int(datetime.datetime.strptime(text, form).replace(tzinfo=datetime.UTC).timestamp())


def fits(pattern, names):
    """Whether a pattern with `*` names one of them."""
    return any(fnmatch.fnmatchcase(name, pattern) for name in names)


class Facts:
    """Counts what expected.json promises."""

    def __init__(self, folder, inside, roster, tables):
        self.folder, self.inside, self.roster, self.tables = folder, inside, roster, tables
        self.audit = tomllib.loads((folder / "audit.toml").read_text(encoding="utf-8"))
        self.people = {row["id"]: row for row in rows(folder, "roster.csv")}
        self.cardholder = {
            (table["account"], table["region"], table["name"])
            for table in self.audit["table"]
            if table["data"] == "cardholder"
        }
        self.calls = [(record, roster.who(record["userIdentity"])[0]) for record in inside]

    # Who and what.

    def names(self, record, who):
        """By what a caller may be called: ARN, role or user, program, person."""
        identity = record["userIdentity"]
        issuer = identity.get("sessionContext", {}).get("sessionIssuer", {}).get("arn", "")
        row = self.people.get(who, {})
        person = [row[name] for name in ("id", "name", "mail") if row]
        program = [
            each["name"]
            for each in self.audit["workload"]
            if fits(each["principals"][0], [identity.get("arn", ""), issuer])
        ]
        return [name for name in (identity.get("arn", ""), issuer, *person, *program) if name]

    def is_program(self, record, who):
        """Whether a registered program called."""
        return any(name in {each["name"] for each in self.audit["workload"]} for name in self.names(record, who))

    @staticmethod
    def answered(record):
        """Carried out, or its condition failed."""
        return not record.get("errorMessage") or record.get("errorCode") in ANSWERED

    def accesses(self):
        """(record, who, table) of every access to a cardholder table that was answered."""
        for record, who in self.calls:
            for table in self.tables(record):
                place = record["recipientAccountId"], record["awsRegion"], table
                if place in self.cardholder and self.answered(record) and not who.startswith("service:"):
                    yield record, who, table

    @staticmethod
    def kind(record, table):
        """read, write, delete, copy, admin, or nothing for a description."""
        name = record["eventName"]
        if name in READS:
            return "read"
        if "Statement" in name or name == "ExecuteTransaction":
            statement = next(
                word for word in re.findall(r'"statement": "(.*?[^\\])"', json.dumps(record)) if table in word
            )
            return VERBS[statement.split()[0]]
        if name in WRITES:
            return "write"
        return "delete" if name == "DeleteItem" else "copy" if name in COPIES else "" if "Describe" in name else "admin"

    def covered(self, file, record, who):
        """Whether a line of requests.csv or changes.csv covers a call."""
        request = record["requestParameters"]
        objects = [
            str(request[name])
            for name in ("userName", "roleName", "principalId", "tableName", "tableArn", "serialNumber")
            if name in request
        ]
        return any(
            row["from"] <= record["eventTime"] <= row["to"]
            and fnmatch.fnmatchcase(record["eventName"], row["operation"])
            and fits(row["principal"], self.names(record, who))
            and fits(row["object"], objects)
            for row in rows(self.folder, file)
        )

    # One method a group of requirements.

    def all(self):
        """Everything that can be counted, as expected.json names it."""
        return {**self.matrix(), **self.identities(), **self.persons(), **self.factors(), **self.logs()}

    def matrix(self):
        """3.5.1, 6.5.1, 7.2.2, 7.2.5, 7.2.6, 8.6.1 and refusals."""
        grants, direct = rows(self.folder, "access.csv"), self.audit["principals"]["direct_query"]
        outside, queries, changes = {}, {}, 0
        for record, who, table in self.accesses():
            kind, names = self.kind(record, table), self.names(record, who)
            allowed = any(
                kind in row["kinds"].split(";") and fits(row["table"], [table]) and fits(row["principal"], names)
                for row in grants
            )
            if kind and not allowed:
                outside[who] = outside.get(who, 0) + 1
            by_person = not self.is_program(record, who)
            asked = kind in ("read", "copy") or "Statement" in record["eventName"]
            if by_person and asked and not any(fits(pattern, names) for pattern in direct):
                queries[who] = queries.get(who, 0) + 1
            if kind in ("admin", "copy"):
                changes += self.covered("changes.csv", record, who)
        programs = {
            who: count for who, count in outside.items() if who in {each["name"] for each in self.audit["workload"]}
        }
        return {
            "6.5.1": {"changes_of_tables_in_scope": changes},
            "7.2.2": {"accesses_outside_matrix": outside},
            "7.2.5": {"accesses_outside_matrix": programs},
            "7.2.6": {"queries_by_no_one_listed": queries},
        }

    def identities(self):
        """7.2.3, 8.2.4, 8.4.1: what Identity services did, and what was requested."""
        changes = [
            (record, who)
            for record, who in self.calls
            if record["eventSource"] in ("iam.amazonaws.com", "sso.amazonaws.com")
            and not record["readOnly"]
            and record["eventName"] != "GetRoleCredentials"
        ]
        wanting = [record["eventName"] for record, who in changes if not self.covered("requests.csv", record, who)]
        removed = [call for call in changes if call[0]["eventName"] == "DeactivateMFADevice"]
        return {
            "7.2.3": {"grants_without_request": sum(bool(GRANTS.match(name)) for name in wanting)},
            "8.2.4": {"changes_of_identities": len(changes), "without_request": len(wanting)},
            "8.4.1": {"factors_removed_under_change": sum(self.covered("changes.csv", *call) for call in removed)},
        }

    def persons(self):
        """8.2.1, 8.2.2, 8.2.5, 8.2.7: root, the shared user, the leaver, the contractor."""

        def of(*names):
            """Calls of somebody."""
            return sum(who in names for _, who in self.calls)

        party = self.audit["third_party"][0]
        kit = party["principals"][0].rsplit("/", 1)[-1]
        late = [call for call in self.calls if call[1] == kit and call[0]["eventTime"][:10] > party["to"]]
        emergency = [
            who
            for record, who in self.calls
            if ":assumed-role/break-glass/" in record["userIdentity"].get("arn", "") and not who.startswith("service:")
        ]
        gone = [
            record
            for record, who in self.calls
            if self.people.get(who, {}).get("left") and record["eventTime"][:10] > self.people[who]["left"]
        ]
        shared = {"of_root": of("root"), "of_shared_user": of("ops-shared")}
        return {
            "8.2.1": {**shared, "of_contractor": of(kit), "of_unknown_issuer": of("unknown-issuer")},
            "8.2.2": {**shared, "of_break_glass": len(emergency)},
            "8.2.5": {"calls_after_leaving": len(gone)},
            "8.2.7": {"calls_outside_terms": len(late)},
        }

    def factors(self):
        """8.4.2, 8.4.3: accesses of sessions that go back to a long-lived key."""
        without, unknown, outside = {}, 0, 0
        for record, who, table in self.accesses():
            if not self.kind(record, table) or self.is_program(record, who):
                continue
            key = self.first_key(record["userIdentity"])
            if key.startswith("AKIA"):
                without[who] = without.get(who, 0) + 1
                outside += not self.approved(record["sourceIPAddress"])
            unknown += who == "unknown-issuer"
        return {
            "8.4.2": {"accesses_without_second_factor": dict(sorted(without.items())), "undetermined": unknown},
            "8.4.3": {"accesses_from_outside_without_second_factor": outside},
        }

    def first_key(self, identity):
        """The access key at the start of a chain of roles."""
        issuer = self.roster.issued.get(identity.get("accessKeyId"))
        goes_on = issuer and issuer.get("accessKeyId")
        return self.first_key(issuer) if goes_on else identity.get("accessKeyId", "")

    def approved(self, address):
        """Whether an address lies in an approved network."""
        number = sum(int(part) << shift for part, shift in zip(address.split("."), (24, 16, 8, 0), strict=True))
        for network in self.audit["networks"]["approved"]:
            base, bits = network.split("/")
            first = sum(int(part) << shift for part, shift in zip(base.split("."), (24, 16, 8, 0), strict=True))
            if number >> (32 - int(bits)) == first >> (32 - int(bits)):
                return True
        return False

    def logs(self):
        """10.3.2, 10.5.1, 10.7.2 and the refusals of 10.2.1.4."""
        buckets = self.audit["logs"]["buckets"]
        put = [who for record, who in self.calls if record["eventName"] == "PutObject"]
        written = [record for record, who in self.calls if record["eventName"] == "PutObject" and who in self.people]
        kept = {}
        for bucket in buckets:
            answer = json.loads((self.folder / f"config/bucket-lifecycle-{bucket}.json").read_text(encoding="utf-8"))
            kept[bucket] = answer["Rules"][0]["Expiration"]["Days"]
        days = {moment(row["date"]) // 86400 for row in rows(self.folder, "reviews.csv")}
        stops = [record for record, _ in self.calls if record["eventName"] == "StopLogging"]
        words = " ".join(row["principal"] for row in rows(self.folder, "incidents.csv"))
        unmet = [record for record in stops if record["requestParameters"]["name"].rsplit("/", 1)[-1] not in words]
        return {
            "10.3.2": {
                "files_delivered": sum(who == "service:cloudtrail.amazonaws.com" for who in put),
                "log_files_written_by_people": sum(not who.startswith("service:") for who in put),
            },
            "10.5.1": {
                "days_kept": kept,
                "kept_too_short": [bucket for bucket in buckets if kept[bucket] < self.audit["logs"]["retention_days"]],
            },
            "10.7.2": {
                "stops_without_incident": len(unmet),
                "altered_files_without_incident": 0 if "acme-prod-euw1" in words else len(written),
                "days_without_review": max(days) - min(days) + 1 - len(days),
            },
        }


def key_uses_without_call(inside, tables):
    """Uses of a table's key by sessions that made no call on the table in the five minutes before."""
    calls = [
        (record["userIdentity"].get("arn"), table, moment(record["eventTime"]))
        for record in inside
        for table in tables(record)
        if not record["managementEvent"]
    ]
    alone = 0
    for record in inside:
        if record["eventName"] == "Decrypt":
            who, when = record["userIdentity"]["arn"], moment(record["eventTime"])
            table = record["requestParameters"]["encryptionContext"]["aws:dynamodb:tableName"]
            alone += not any(call[:2] == (who, table) and when - 300 <= call[2] <= when + 60 for call in calls)
    return alone


def minutes_late(delivered, window):
    """The worst wait, by stream, between the oldest event of a file and the time in the file's name."""
    first, end, worst = moment(window["from"]), moment(window["to"]), {}
    for name, records in delivered.items():
        account, region, stamp = FILE.search("/" + name).groups()
        times = [moment(record["eventTime"]) for record in records]
        if min(times) < end and max(times) >= first:
            late = -(-(moment(stamp) - max(min(times), first)) // 60)
            stream = f"{account}/{region}"
            worst[stream] = max(worst.get(stream, 0), late)
    return worst

#!/usr/bin/env python3
"""Checks the written sample against expected.json from the other side: it reads only the files, as a stranger would.

    python3 verify.py [DIR]

Comes in: logs/, public-keys/, config/, audit.toml and its CSV files, expected.json. Goes out: one line a check; exit 1
if any fails. It shares no code with the generator: sessions are followed by access key, people found through the
roster, counts made anew. `verify_controls.py` counts what the requirements beside 10.2 need, `verify_integrity.py`
checks the digests.
"""

import collections
import csv
import fnmatch
import gzip
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import verify_controls  # noqa: E402
import verify_integrity  # noqa: E402

NAME = re.compile(
    r"(?:logs-copy/)?AWSLogs/(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4}/\d\d/\d\d)/\1_CloudTrail_\2_(\d{8})T\d{4}Z_\w{16}\.json\.gz"
)
STOPPED = "2026-03-09T10:00:00Z", "2026-03-09T13:00:00Z"
REFUSALS = {"AccessDenied"}
TABLE = re.compile(r":table/([\w.-]+)")
STREAM_KINDS = {"GetRecords": "stream", "GetShardIterator": "stream"}
SESSION_ISSUERS = {"AssumeRole", "AssumeRoleWithSAML"}
IDENTITY_SOURCES = {"iam.amazonaws.com", "sso.amazonaws.com"}
failures = []


def check(holds, words):
    """Prints one result and remembers a failure."""
    print(("ok    " if holds else "FAILS ") + words)
    if not holds:
        failures.append(words)


def read(folder):
    """All files as {path: records}, with their names checked."""
    delivered = {}
    for path in sorted((folder / "logs").rglob("*_CloudTrail_*.gz")):
        name = path.relative_to(folder / "logs").as_posix()
        match = NAME.fullmatch(name)
        records = json.loads(gzip.decompress(path.read_bytes()))["Records"]
        places = {(record["recipientAccountId"], record["awsRegion"]) for record in records}
        if not match or match[3].replace("/", "") != match[4] or not places <= {(match[1], match[2])}:
            failures.append(name)
        delivered[name] = records
    return delivered


def unique(delivered):
    """Records by event reference; a repeat must be the same JSON text."""
    kept, repeats = {}, 0
    for name in sorted(delivered, key=lambda name: name.startswith("logs-copy/")):
        for record in delivered[name]:
            reference = record["recipientAccountId"], record["eventID"]
            if reference in kept:
                repeats += 1
                if json.dumps(kept[reference]) != json.dumps(record) or not name.startswith("logs-copy/"):
                    failures.append(f"{reference} differs")
            kept.setdefault(reference, record)
    return list(kept.values()), repeats


class Roster:
    """Finds the person behind an identity by following issued access keys."""

    def __init__(self, folder, records):
        rows = csv.DictReader((folder / "roster.csv").read_text(encoding="utf-8").splitlines())
        self.by_name = {name: row["id"] for row in rows for name in row["identities"].split(";")}
        self.issued = {}
        for record in records:
            if record["eventName"] in SESSION_ISSUERS and record["userIdentity"]["type"] != "AWSAccount":
                self.issued[record["responseElements"]["credentials"]["accessKeyId"]] = record["userIdentity"]

    def who(self, identity):
        """(person or reason, issued sessions between)."""
        names, hops = self._names(identity), 0
        if identity.get("invokedBy"):
            return "service:" + identity["invokedBy"], 0
        issuer = self.issued.get(identity.get("accessKeyId"))
        if issuer:
            deeper, hops = self.who(issuer)
            if not deeper.startswith("service:"):
                return deeper, hops + 1
        for name in names:
            if name in self.by_name:
                return self.by_name[name], hops
        return self._other(identity), hops

    @staticmethod
    def _names(identity):
        context = identity.get("sessionContext", {})
        session = identity.get("arn", "").rsplit("/", 1)[-1]
        reserved = "AWSReservedSSO_" in identity.get("arn", "")
        return [
            name
            for name in (
                identity.get("onBehalfOf", {}).get("userId"),
                context.get("sourceIdentity"),
                session if reserved else None,
                identity.get("arn"),
                identity.get("userName") if identity["type"] == "SAMLUser" else None,
                f"arn:aws:iam::{identity.get('accountId')}:user/{identity.get('userName')}",
            )
            if name
        ]

    @staticmethod
    def _other(identity):
        if identity["type"] == "Root":
            return "root"
        if identity["type"] == "IAMUser":
            return identity["userName"]
        role = identity.get("arn", "/?/").split("/")[1]
        return "unknown-issuer" if role == "payments-maintenance" else role


def outcome(record):
    """done, refused or other."""
    if record.get("errorCode"):
        return "refused" if record["errorCode"] in REFUSALS else "other"
    return "refused" if "errorMessage" in record else "done"


def tables(record):
    """Tables that an event touches, by resources[]."""
    if record["eventSource"] != "dynamodb.amazonaws.com":
        return []
    return sorted(
        {TABLE.search(entry["ARN"])[1] for entry in record.get("resources", []) if TABLE.search(entry["ARN"])}
    )


def count_accesses(records, roster):
    """The rows that expected.json promises under `accesses`."""
    rows = collections.defaultdict(lambda: {"done": 0, "refused": 0, "other": 0})
    for record in records:
        who, hops = roster.who(record["userIdentity"])
        for table in tables(record):
            rows[who, hops, record["eventName"], record["recipientAccountId"], record["awsRegion"], table][
                outcome(record)
            ] += 1
    return rows


def presence(delivered, expected):
    """Hours without a management record in a stream of files; hours in which the main trail brought no read, write or
    stream record of a table."""
    classes = collections.defaultdict(set)
    for name, record in ((name, record) for name, records in delivered.items() for record in records):
        place, hour = (record["recipientAccountId"], record["awsRegion"]), record["eventTime"][:13]
        if record["managementEvent"] and record["eventName"] not in ("StopLogging", "StartLogging"):
            classes[place, "management"].add(hour)
        elif outcome(record) == "done" and not name.startswith("logs-copy/"):
            kind = STREAM_KINDS.get(record["eventName"], "read" if record["readOnly"] else "write")
            for table in tables(record):
                classes[place, table, kind].add(hour)
    hours = {f"2026-03-{day:02d}T{hour:02d}" for day in range(1, 17) for hour in range(24)}
    hours = {hour for hour in hours if "2026-03-01T18" <= hour <= "2026-03-16T02"}
    stopped = {f"2026-03-09T{hour}" for hour in (10, 11, 12)}
    wanted = {(tuple(stream.split("/")), "management") for stream in expected["unique_by_stream"]}
    wanted |= {
        key
        for key in classes
        if key[1] in ("cards", "authorizations", "loyalty", "merchants", "settlements", "gov-cards")
    }
    for key in sorted(wanted, key=str):
        missing = hours - classes[key]
        check(
            missing == (stopped if key[0][1] == "eu-west-1" and key[1] != "management" else set()),
            f"every hour, but item calls in the stop: {key} ({len(missing)} missing)",
        )
    check(len(wanted) == 4 + 6 * 3, "six tables with reads, writes and stream reads")


def identity_changes(folder, records, roster):
    """10.2.1.5: a person on the roster, an approved change, never oneself."""
    changes = list(csv.DictReader((folder / "changes.csv").read_text(encoding="utf-8").splitlines()))
    found = [
        record
        for record in records
        if record["eventSource"] in IDENTITY_SOURCES
        and not record["readOnly"]
        and record["eventName"] != "GetRoleCredentials"
    ]
    for record in found:
        request, identity = record["requestParameters"], record["userIdentity"]
        target = request.get("userName") or request.get("roleName") or request["principalId"]
        covered = [
            row["id"]
            for row in changes
            if row["from"] <= record["eventTime"] < row["to"]
            and fnmatch.fnmatchcase(identity["arn"], row["principal"])
            and fnmatch.fnmatchcase(record["eventName"], row["operation"])
            and fnmatch.fnmatchcase(target, row["object"])
        ]
        who, _ = roster.who(identity)
        own = target in identity["arn"]
        check(
            len(covered) == 1 and who.startswith("p-") and not own,
            f"{record['eventName']} on {target} by {who} under {covered}",
        )
    return found


def luhn(digits):
    """The check digit of card numbers."""
    total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def card_numbers(records):
    """Every number of 13 to 19 digits in a request to DynamoDB that passes the check digit."""
    found = collections.Counter()
    for record in records:
        if record["eventSource"] == "dynamodb.amazonaws.com":
            for digits in re.findall(r"(?<!\d)\d{13,19}(?!\d)", json.dumps(record["requestParameters"])):
                found[digits] += luhn(digits) and "shardId" not in json.dumps(record["requestParameters"])
    return {digits: count for digits, count in found.items() if count}


def bursts(records, roster):
    """Most refusals of one caller within an hour, and within twenty minutes for the largest."""
    times = collections.defaultdict(list)
    for record in records:
        if outcome(record) == "refused":
            day, clock = record["eventTime"][8:10], record["eventTime"][11:19].split(":")
            times[roster.who(record["userIdentity"])[0]].append(
                int(day) * 86400 + int(clock[0]) * 3600 + int(clock[1]) * 60 + int(clock[2])
            )
    return {
        who: max(sum(start <= moment < start + 3600 for moment in moments) for start in moments)
        for who, moments in times.items()
    }


def check_stop(folder, delivered, expected):
    """While the main trail of eu-west-1 was stopped, the second one alone recorded, and only what it selects."""
    selectors = (folder / "config/event-selectors-acme-prod-watch.json").read_text(encoding="utf-8")
    caught = [
        (name, record)
        for name, records in delivered.items()
        for record in records
        if (record["recipientAccountId"], record["awsRegion"]) == ("111122223333", "eu-west-1")
        and STOPPED[0] < record["eventTime"] < STOPPED[1]
    ]
    check(
        len(caught) == expected["records"]["second_trail_only"]
        and all(name.startswith("logs-copy/") for name, _ in caught)
        and all(record["managementEvent"] or f'"{record["eventName"]}"' in selectors for _, record in caught),
        f"{len(caught)} records of eu-west-1 while logging was stopped, all by the second trail",
    )


def check_integrity(folder, delivered, inside, roster, expected):
    """Digests, signatures and hashes; and what the altered file lacks, which the second trail still has."""
    told, counts, faults = verify_integrity.integrity(folder, expected["window"], 3600)
    check(not faults, f"faults of digests: {faults}")
    check(told == expected["integrity"], f"integrity: {told}")
    second = {name: records for name, records in delivered.items() if name.startswith("logs-copy/")}
    files = {"log_files": len(delivered), "of_which_second_trail": len(second), **counts}
    check(files == expected["files"], f"files: {files}")
    (name,) = told["altered"]
    here = {record["eventID"] for record in delivered[name]}
    copied = {record["eventID"]: record for records in second.values() for record in records}
    main = {record["eventID"] for path, records in delivered.items() if path not in second for record in records}
    gone = [
        record["eventName"]
        for reference, record in copied.items()
        if reference not in main
        and not (record["awsRegion"] == "eu-west-1" and STOPPED[0] < record["eventTime"] < STOPPED[1])
    ]
    check(sorted(gone) == ["StartLogging", "StopLogging"], f"taken out of the altered file: {gone}")
    alone = collections.Counter(
        roster.who(record["userIdentity"])[0]
        for record in inside
        if record["eventID"] in here and record["eventID"] not in copied
        for _ in tables(record)
    )
    counted = {
        "log_files_verified": len(delivered) - 1,
        "log_files_altered": 1,
        "records_in_altered_file": len(here),
        "records_taken_out": len(gone),
        "accesses_told_there_alone": dict(sorted(alone.items())),
    }
    check(expected["facts"]["10.3.4"] == counted, f"10.3.4: {counted}")


def check_facts(folder, delivered, inside, roster, expected):
    """Every fact of expected.json that can be counted from the files."""
    facts = expected["facts"]
    for number, counted in verify_controls.Facts(folder, inside, roster, tables).all().items():
        check(facts[number] == counted, f"{number}: {counted}")
    alone = verify_controls.key_uses_without_call(inside, tables)
    check(alone == facts["10.2.1"]["key_used_without_call"], f"{alone} uses of a key without a call")
    late = verify_controls.minutes_late(delivered, expected["window"])
    check(late == facts["10.3.3"]["minutes_late"], f"minutes late: {late}")
    refused = [
        record
        for record in inside
        if outcome(record) == "refused" and {"cards", "authorizations", "merchants", "gov-cards"} & set(tables(record))
    ]
    check(
        len(refused) == facts["10.2.1.4"]["refused_without_business"], f"{len(refused)} refusals on cardholder tables"
    )


def main():
    """Runs all checks."""
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    delivered = read(folder)
    records, repeats = unique(delivered)
    inside = [
        record for record in records if expected["window"]["from"] <= record["eventTime"] < expected["window"]["to"]
    ]
    counted = {
        "delivered": sum(map(len, delivered.values())),
        "duplicates": repeats,
        "unique": len(records),
        "in_window": len(inside),
    }
    check(all(expected["records"][name] == count for name, count in counted.items()), f"records {counted}")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    check(size < 4_500_000, f"{size} bytes in the folder")
    roster = Roster(folder, records)
    rows = [
        dict(zip(("actor", "hops", "operation", "account", "region", "table"), where), **counts)
        for where, counts in sorted(count_accesses(inside, roster).items())
    ]
    check(
        rows == expected["accesses"],
        f"{len(rows)} rows of accesses, {sum(r['done'] + r['refused'] + r['other'] for r in rows)} accesses",
    )
    presence(delivered, expected)
    check(
        len(identity_changes(folder, inside, roster)) == expected["facts"]["10.2.1.5"]["changes_of_identities"],
        "all changes of identities",
    )
    check(card_numbers(records) == {"4111111111111111": 3}, f"card numbers in keys: {card_numbers(records)}")
    largest = bursts(inside, roster)
    check(largest.pop("p-014") == 14 and max(largest.values()) < 10, f"refusals within an hour: 14 and {largest}")
    check_stop(folder, delivered, expected)
    check_integrity(folder, delivered, inside, roster, expected)
    check_facts(folder, delivered, inside, roster, expected)
    addresses = {record["sourceIPAddress"] for record in records}
    check(
        all(re.match(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.|.*amazonaws\.com$", a) for a in addresses),
        f"{len(addresses)} addresses, all for documentation",
    )
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
